"""The analysis as tests call it: source text in, findings out."""

from __future__ import annotations

import tempfile
from collections.abc import Collection
from pathlib import Path

from asynclint.findings import Confidence, Finding


def found_in(
    source_text: str,
    path: str = "example.py",
    codes: Collection[str] | None = None,
    min_confidence: Confidence = "medium",
) -> list[Finding]:
    """Lint one file that is alone in its project; return what would be reported, in order."""
    raise NotImplementedError
