"""The corpus: published packages, what asynclint says of them, and what readers said of that."""
