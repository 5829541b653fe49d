"""Places in source text: what every other module points with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of source text; lines and columns count from 1, columns in characters, the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Source:
    """One file as it was read.

    `path` is what reports print (relative to the working directory where it lies below it, forward slashes);
    `text` is decoded, without a BOM, newlines as they stand in the file.
    """

    path: str
    text: str
    data: bytes
    encoding: str = "utf-8"
