"""Where the command `asynclint-server` begins: says what is missing if the extra is not installed."""

from __future__ import annotations

import sys


def main() -> int:
    """Serve an editor over standard input and output; the exit code is 2 if that needs more than is installed."""
    try:
        from asynclint.integrations.language_server import serve
    except ModuleNotFoundError as error:
        install = "pip install 'asynclint[lsp]', or in a checkout pip install '.[lsp]'"
        sys.stderr.write(f"asynclint: the language server needs {error.name}, which is not installed: {install}\n")
        return 2
    serve()
    return 0
