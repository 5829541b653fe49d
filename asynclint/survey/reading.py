"""From text to the standard library's tree, or to one clear sentence."""

from __future__ import annotations

import ast
import re
import warnings

from asynclint.errors import UnreadableError

_BARE_EXCEPT = re.compile(
    r"^([ \t]*except\*?)[ \t]([ \t]*)([\w.]+(?:[ \t]*,[ \t]*[\w.]+)+[ \t]*,?)[ \t]*:", re.MULTILINE
)
_NEWER_FORMS = re.compile(
    r"""
    ^\s*type\s+\w+\s*(?:\[.*\])?\s*=       # PEP 695: type aliases
    | ^\s*(?:async\s+)?def\s+\w+\[         # PEP 695: generic functions
    | ^\s*class\s+\w+\[                    # PEP 695: generic classes
    | ^\s*except\s*\*                      # PEP 654: exception groups
    | ^\s*except\s+[\w.]+\s*,              # PEP 758: except without parentheses
    | ^\s*lazy\s+(?:import|from)\s         # PEP 810: lazy imports
    | (?<!\w)[fF]?[rR]?[fF]["'].*\{        # PEP 701: quotes in f-strings
    | (?<!\w)(?:[tT][rR]?|[rR][tT])["']    # PEP 750: template strings
    | [\[({]\s*\*\*?[\w.()]+\s+(?:async\s+)?for\s  # PEP 798: unpacking in comprehensions
    """,
    re.MULTILINE | re.VERBOSE,
)


def parse(text: str) -> ast.Module:
    """Parse a file; raise `UnreadableError` with the place and a sentence where that is impossible."""
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
    """Parse again with parentheses around bare `except A, B:`; line numbers stay, columns shift behind them only."""
    patched = _BARE_EXCEPT.sub(r"\1(\2\3):", text)
    if patched != text:
        try:
            return _parse(patched)
        except (SyntaxError, RecursionError, MemoryError, ValueError):
            pass
    raise unreadable(text, error) from None


def unreadable(text: str, error: SyntaxError) -> UnreadableError:
    """Say where and why a file is not valid Python, and whether a newer Python may read it."""
    message = (error.msg or "invalid syntax").rstrip(".")
    newer = _NEWER_FORMS.search(text) is not None
    return UnreadableError(
        f"Not valid Python: {message}.", error.lineno or 1, max(1, error.offset or 1), newer_syntax=newer
    )


def _null_byte(text: str, error: Exception) -> UnreadableError:
    at = text.find("\0")
    if at < 0:
        return UnreadableError(f"Not valid Python: {error}.")
    start = text.rfind("\n", 0, at) + 1
    return UnreadableError("The file contains a null byte.", text.count("\n", 0, at) + 1, at - start + 1)
