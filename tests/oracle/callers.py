"""What the generated code that runs now has at hand."""

from __future__ import annotations

import sys
from types import FrameType

PROGRAM = "<program>"
"""The file that generated code says it is from."""


def local_values() -> list[object]:
    """Return what the locals of the running method and of its helpers hold."""
    frame: FrameType | None = sys._getframe()
    while frame is not None and frame.f_code.co_filename != PROGRAM:
        frame = frame.f_back
    held: list[object] = []
    while frame is not None and frame.f_code.co_filename == PROGRAM:
        held += [value for name, value in frame.f_locals.items() if name != "self"]
        frame = frame.f_back
    return held
