"""Finds where an async Python program loses an update."""

from __future__ import annotations

__version__ = "0.1.0"
