"""`python -m asynclint`: the same command, from a checkout too."""

from __future__ import annotations

from asynclint.cli import main

if __name__ == "__main__":
    main()
