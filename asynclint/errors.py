"""What the user is told instead of a traceback."""

from __future__ import annotations


class AsynclintError(Exception):
    """A problem that stops the run; its text says where, what, and what to do. Exit code 2."""


class ConfigError(AsynclintError):
    """The configuration names something that does not exist or has a value that is not allowed."""


class UnreadableError(AsynclintError):
    """One file that cannot be read or parsed; becomes an ARC902 finding, and the run goes on.

    `line` and `column` count from 1 and say where in the file, where that is known.
    """

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column
