"""Golden files: whole outputs that a test compares, and `pytest --update` rewrites."""

from __future__ import annotations

from pathlib import Path


def check_golden(path: Path, actual: str, update: bool) -> None:
    """Compare text with a golden file, or write it."""
    if update:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(actual.encode("utf-8"))
    assert path.is_file(), f"{path} does not exist; run pytest --update and read what it wrote"
    assert actual == path.read_bytes().decode("utf-8")
