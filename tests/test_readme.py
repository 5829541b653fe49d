"""The README shows what asynclint prints."""

from __future__ import annotations

import re
from pathlib import Path

from tests.support.tree import ROOT, run_asynclint

POOL = """\
import asyncio


class Pool:
    def __init__(self, connect):
        self._connect = connect
        self._conn = None

    async def connection(self):
        if self._conn is None:
            self._conn = await self._connect()
        return self._conn


async def main(connect):
    pool = Pool(connect)
    await asyncio.gather(pool.connection(), pool.connection())
"""


def test_the_example_is_what_is_printed(tmp_path: Path) -> None:
    (tmp_path / "asynclint.toml").touch()
    (tmp_path / "pool.py").write_text(POOL)
    readme = (ROOT / "README.md").read_text()
    shown = re.search(r"^```console\n\$ asynclint (.*)\n((?:.*\n)*?)```$", readme, re.MULTILINE)
    assert shown is not None
    printed = run_asynclint("--no-cache", *shown[1].split(), cwd=tmp_path).stdout
    assert printed.startswith(shown[2].encode())
