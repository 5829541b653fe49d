"""Functions cut out of the text of their file, and parsed alone."""

from __future__ import annotations

import gc
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

import libcst as cst

from asynclint.errors import UnreadableError
from asynclint.syntax import limits

_WRAPPER = "if 1:\n"
_PLACE = re.compile(r"error at (\d+):(\d+)")


@dataclass(frozen=True, slots=True)
class Slice:
    """The lines of one function; `offset` added to a line of the parsed tree gives the line of the file."""

    text: str
    first_line: int
    path: str
    wrapped: bool

    @property
    def offset(self) -> int:
        """What to add to a line number of the parsed slice."""
        return self.first_line - 1 - self.wrapped


def split_lines(text: str) -> list[str]:
    """Split at the newlines that Python knows, keeping them."""
    return list(io.StringIO(text, newline=""))


def cut(lines: Sequence[str], line: int, end_line: int, column: int, path: str) -> Slice:
    """Cut the lines of a function out of its file; lines count from 1, both inclusive."""
    return Slice("".join(lines[line - 1 : end_line]), line, path, column > 0)


def parse(piece: Slice) -> cst.Module:
    """Parse a slice; raise `UnreadableError` with a place in the file if that cannot be done."""
    text = _WRAPPER + piece.text if piece.wrapped else piece.text
    enabled = gc.isenabled()
    # The tree is large and acyclic: collections while it grows cost a sixth of the parse and find nothing.
    gc.disable()
    try:
        limits.check(piece.text)
        return cst.parse_module(text)
    except cst.ParserSyntaxError as error:
        raise _syntax_error(error, piece) from None
    except UnreadableError as error:
        raise UnreadableError(error.message, error.line + piece.first_line - 1, error.column) from None
    except RecursionError:
        raise UnreadableError("the code is nested too deep to be parsed", piece.first_line) from None
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # noqa: BLE001 - a native panic is not an `Exception`
        raise UnreadableError(f"the parser failed: {error}", piece.first_line) from None
    finally:
        if enabled:
            gc.enable()


def _syntax_error(error: cst.ParserSyntaxError, piece: Slice) -> UnreadableError:
    """Name the place in the file; the parser's own list of a hundred expected tokens helps nobody."""
    place = _PLACE.search(error.message)
    line, column = (int(place[1]), int(place[2])) if place else (error.raw_line, error.raw_column + 1)
    return UnreadableError("syntax error", max(line + piece.offset, piece.first_line), max(column, 1))


def function_in(module: cst.Module, piece: Slice) -> cst.FunctionDef:
    """Return the function that a parsed slice holds."""
    body: Sequence[cst.CSTNode] = module.body
    if piece.wrapped and body and isinstance(body[0], cst.If):
        body = body[0].body.body
    if body and isinstance(body[0], cst.FunctionDef):
        return body[0]
    raise UnreadableError("there is no function where one was expected", piece.first_line)
