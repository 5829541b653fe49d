"""Lowering: from the concrete syntax of one function to its intermediate representation."""

from __future__ import annotations

from asynclint.lower.function import Lowered, lower
from asynclint.syntax.positions import SourceMap

__all__ = ["Lowered", "SourceMap", "lower"]
