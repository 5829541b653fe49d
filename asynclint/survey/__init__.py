"""The survey: every file, cheap, with the standard library's `ast`."""

from __future__ import annotations

from asynclint.survey.module import survey

__all__ = ["survey"]
