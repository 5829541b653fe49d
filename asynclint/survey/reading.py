"""From text to the standard library's tree, or to one clear sentence."""

from __future__ import annotations

import ast
import warnings
from contextlib import suppress

from asynclint.errors import UnreadableError
from asynclint.survey.newer import in_brackets, may_be_newer, older


def parse(text: str) -> ast.Module:
    """Parse a file; raise `UnreadableError` with the place and a sentence where that is impossible."""
    bracketed = in_brackets(text)
    if bracketed != text:
        # To fail first, and to look for what else may be newer, would cost as much as several files.
        with suppress(SyntaxError, RecursionError, MemoryError, ValueError):
            return _parse(bracketed)
    try:
        return _parse(text)
    except SyntaxError as error:
        if "\0" in text:
            raise _null_byte(text, error) from None
        return _retry(text, error)
    except (RecursionError, MemoryError):
        raise UnreadableError("The code is nested too deeply to be parsed.") from None
    except ValueError as error:
        raise _null_byte(text, error) from None


def _parse(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


def _retry(text: str, error: SyntaxError) -> ast.Module:
    """Parse again with newer syntax written in an older way."""
    patched = older(text)
    if patched != text:
        with suppress(SyntaxError, RecursionError, MemoryError, ValueError):
            return _parse(patched)
    raise unreadable(text, error) from None


def unreadable(text: str, error: SyntaxError) -> UnreadableError:
    """Say where and why a file is not valid Python, and whether a newer Python may read it."""
    message = (error.msg or "invalid syntax").rstrip(".")
    newer = may_be_newer(text)
    return UnreadableError(
        f"Not valid Python: {message}.", error.lineno or 1, max(1, error.offset or 1), newer_syntax=newer
    )


def _null_byte(text: str, error: Exception) -> UnreadableError:
    at = text.find("\0")
    if at < 0:
        return UnreadableError(f"Not valid Python: {error}.")
    start = text.rfind("\n", 0, at) + 1
    return UnreadableError("The file contains a null byte.", text.count("\n", 0, at) + 1, at - start + 1)
