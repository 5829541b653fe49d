"""Races that were shipped and fixed, and functions that only look racy."""
