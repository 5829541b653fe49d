"""Concrete syntax: cutting functions out of files, parsing them, and finding where a node stands."""
