"""What runs leave behind for later ones: data only, and what cannot be read or trusted is as if it were not there."""

from __future__ import annotations

from asynclint.cache.folder import Folder

__all__ = ["Folder"]
