"""What the user is told instead of a traceback."""

from __future__ import annotations

import os
import traceback


class AsynclintError(Exception):
    """A problem that stops the run; its text says where, what, and what to do. Exit code 2."""


class ConfigError(AsynclintError):
    """The configuration names something that does not exist or has a value that is not allowed."""


class UnreadableError(AsynclintError):
    """One file that cannot be read or parsed; becomes an ARC902 finding, and the run goes on.

    `line` and `column` count from 1 and say where in the file, where that is known. `newer_syntax`: a newer Python than
    the running one may well read the file.
    """

    def __init__(self, message: str, line: int = 1, column: int = 1, *, newer_syntax: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column
        self.newer_syntax = newer_syntax


def explain_os_error(error: OSError | ValueError) -> str:
    """Say in a few words what the system said about a path."""
    if isinstance(error, PermissionError):
        return "permission denied"
    if isinstance(error, FileNotFoundError):
        return "it is not there, or leads to nothing"
    if isinstance(error, OSError) and error.errno is not None:
        return os.strerror(error.errno).lower()
    return str(error)


def describe(error: BaseException) -> str:
    """Say what an unexpected exception was, and where in this package it came up: for a report of our own defect."""
    frames = traceback.extract_tb(error.__traceback__)
    here = os.path.dirname(__file__) + os.sep
    ours = [frame for frame in frames if frame.filename.startswith(here)]
    place = f" (at {ours[-1].filename.removeprefix(here)}:{ours[-1].lineno})" if ours else ""
    return f"{type(error).__name__}: {error}{place}"
