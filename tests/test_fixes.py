"""The laws of repairs, on all sources with findings that there are; and what each remedy makes of its fixtures."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

from asynclint import rulebook
from asynclint.findings import Finding
from asynclint.fixes.edits import Edit, Fix, SpliceError, compatible, splice
from asynclint.fixes.registry import REMEDIES
from asynclint.reading import decode
from tests.support.analysis import found_in
from tests.support.expectations import comments
from tests.support.golden import check_golden
from tests.support.pythons import SUPPORTED, interpreter, refused
from tests.support.repairs import Outcome, repaired, sources

FIXTURES = Path(__file__).parent / "fixtures" / "fixes"
SOURCES = sources()
CASES = sorted(path for path in FIXTURES.glob("*/*.py") if not path.name.endswith(".fixed.py"))

each_source = pytest.mark.parametrize("name", SOURCES)
each_case = pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")


@cache
def outcome(name: str, unsafe: bool = True) -> Outcome:
    """Repair one of the sources, once."""
    return repaired(SOURCES[name], unsafe)


@cache
def again(name: str) -> Outcome:
    """Repair what was repaired."""
    return repaired(outcome(name).data)


def counted(findings: Iterable[Finding]) -> Counter[tuple[str, str, str | None]]:
    """Count findings by what a repair elsewhere in the file does not move."""
    return Counter((one.code, one.function, one.state) for one in findings)


# What each remedy makes of its fixtures


@each_case
def test_fixtures_become_what_is_written_down(path: Path, update: bool) -> None:
    done = repaired(path.read_bytes())
    check_golden(path.with_suffix(".fixed.py"), done.text, update)
    check_golden(path.with_suffix(".txt"), done.story, update)


def test_every_remedy_has_fixtures_and_rules() -> None:
    assert {one.name.replace("_", "-") for one in REMEDIES} == {path.name for path in FIXTURES.iterdir()}
    assert {code for one in REMEDIES for code in one.codes} <= set(rulebook.load().codes)


@pytest.mark.parametrize("remedy", REMEDIES, ids=lambda one: one.name)
def test_every_remedy_is_used(remedy: object) -> None:
    used = {one.remedy for name in SOURCES for one in outcome(name).made}
    assert getattr(remedy, "name") in used  # noqa: B009


# The laws


@each_source
def test_the_result_parses_and_only_what_was_repaired_is_gone(name: str) -> None:
    done = outcome(name)
    ast.parse(done.text)
    before = counted(found_in(SOURCES[name], min_confidence="low"))
    # What another fix has repaired along the way may be gone as well.
    assert counted(again(name).left) <= before - counted(one.finding for one in done.made)


@pytest.mark.parametrize("minor", SUPPORTED)
def test_every_supported_python_reads_the_result(minor: int) -> None:
    python = interpreter(minor)
    if not python:
        pytest.skip(f"no Python 3.{minor} is here")
    before = refused(python, {name: text.encode() for name, text in SOURCES.items()})
    assert len(before) < len(SOURCES) // 10
    assert refused(python, {name: outcome(name).data for name in SOURCES}) <= before


@pytest.mark.parametrize("minor", SUPPORTED)
def test_what_a_python_cannot_read_is_known(minor: int) -> None:
    python = interpreter(minor)
    if not python:
        pytest.skip(f"no Python 3.{minor} is here")
    texts = {"old": b"x = 1", "new": b"type X = int", "nested": b"x = f'{'a'}'", "wrong": b"x ="}
    assert refused(python, texts) == {"wrong"} | ({"new", "nested"} if minor < 12 else set())


@each_source
def test_a_second_run_changes_nothing(name: str) -> None:
    assert (again(name).data, again(name).made) == (outcome(name).data, ())


@each_source
def test_only_safe_fixes_are_made_unasked(name: str) -> None:
    safe = outcome(name, unsafe=False)
    assert all(one.fix.applicability == "safe" for one in safe.made)


def _remarks(text: str) -> Counter[str]:
    """Count the comments of a text, but for suppressions, of which the unused are taken out."""
    return Counter(re.sub(r"#\s*asynclint: ignore[^#]*", "", comment) for _, comment in comments(text)) - Counter(
        {"": 99}
    )


@each_source
def test_comments_and_what_does_not_change_stay(name: str) -> None:
    before, after = SOURCES[name], outcome(name).text
    assert _remarks(after) == _remarks(before)
    kept = Counter(line.strip() for line in before.splitlines()) - Counter(line.strip() for line in after.splitlines())
    touched = sum(len(edit.replacement.splitlines()) + 2 for one in outcome(name).made for edit in one.fix.edits)
    assert sum(kept.values()) <= touched


def _crlf(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()


def _bom(text: str) -> bytes:
    return b"\xef\xbb\xbf" + text.encode()


def _latin(text: str) -> bytes:
    return f"# coding: latin-1\n# caf\xe9\n{text}".encode("latin-1")


def _no_newline(text: str) -> bytes:
    return text.rstrip("\n").encode()


def _tabs(text: str) -> bytes:
    return "\n".join(_tabbed(line) for line in text.split("\n")).encode()


def _tabbed(line: str) -> str:
    code = line.lstrip(" ")
    steps, rest = divmod(len(line) - len(code), 4)
    return "\t" * steps + " " * rest + code


def _all_at_once(text: str) -> bytes:
    return _bom(_no_newline(_tabs(text).decode()).decode().replace("\n", "\r\n"))


SPELLINGS = (_crlf, _bom, _latin, _no_newline, _tabs)
SPELLED = [name for name in SOURCES if name.startswith(("fixes/", "ARC"))]
SPELLED_ONE_WAY = [(name, SPELLINGS[number % len(SPELLINGS)]) for number, name in enumerate(SPELLED)]


@pytest.mark.parametrize(("name", "spelled"), [*SPELLED_ONE_WAY, *((name, _all_at_once) for name in SPELLED)])
def test_encoding_newlines_and_indentation_are_kept(name: str, spelled: Callable[[str], bytes]) -> None:
    """Each source spelled in one of the ways, in turn, and in all of them that go together."""
    assert repaired(spelled(SOURCES[name])).data == spelled(outcome(name).text)


# Edits


def _fixes(first: Edit, second: Edit, claims: frozenset[str] = frozenset()) -> tuple[Fix, list[Fix]]:
    return Fix("safe", "", (first,), claims), [Fix("safe", "", (second,), claims)]


def test_edits_that_overlap_are_refused() -> None:
    source = decode(b"abcdef", "a.py")
    assert splice(source, [Edit(4, 5, ""), Edit(1, 2, "xyz"), Edit(2, 3, "")]) == b"axyzdf"
    for pair in (
        [Edit(1, 3, ""), Edit(2, 4, "")],
        [Edit(2, 2, "x"), Edit(2, 2, "y")],
        [Edit(1, 5, ""), Edit(2, 3, "")],
    ):
        assert not compatible(*_fixes(pair[0], pair[1]))
        with pytest.raises(SpliceError):
            splice(source, pair)
    assert compatible(*_fixes(Edit(1, 3, ""), Edit(3, 4, "")))
    assert not compatible(*_fixes(Edit(1, 3, ""), Edit(3, 4, ""), frozenset(("lock",))))
    with pytest.raises(SpliceError):
        splice(source, [Edit(5, 7, "")])


def test_what_an_encoding_cannot_say_is_refused() -> None:
    source = decode("# coding: latin-1\nx = 'é'\n".encode("latin-1"), "a.py")
    with pytest.raises(SpliceError, match="iso-8859-1"):
        splice(source, [Edit(0, 0, "日")])
    assert splice(source, [Edit(18, 19, "é")]) == "# coding: latin-1\né = 'é'\n".encode("latin-1")


def _stateful() -> Iterator[bytes]:
    yield "# coding: iso-2022-jp\n# 日本\nx = 1\n".encode("iso-2022-jp")
    yield b"# coding: utf-7\n" + "# 日本\n".encode("utf-7") + b"x = 1\n"


@pytest.mark.parametrize("data", list(_stateful()))
def test_encodings_with_a_memory_keep_their_bytes_or_are_refused(data: bytes) -> None:
    source = decode(data, "a.py")
    try:
        done = splice(source, [Edit(source.text.index("x"), source.text.index("x") + 1, "y")])
    except SpliceError:
        return
    assert done == data.replace(b"x = 1", b"y = 1")
