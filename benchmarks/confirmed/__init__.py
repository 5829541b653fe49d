"""Findings in published packages that were run: each script drives one race and shows what is lost."""
