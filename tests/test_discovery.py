"""Which files a run is about, and how they are read."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from asynclint import discovery
from asynclint.config import Config
from asynclint.discovery import Discovered, File, discover, project_root
from asynclint.errors import UnreadableError
from asynclint.ignoring import gitignore
from asynclint.reading import Sources, decode, digest, read
from tests.support.tree import write_tree


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty project as the working directory."""
    monkeypatch.chdir(tmp_path)
    gitignore.cache_clear()
    return tmp_path


def paths_in(*paths: str, exclude: tuple[str, ...] = ()) -> list[str]:
    """Return the printed paths of what is asked for."""
    return [file.path for file in found(*paths, exclude=exclude).requested]


def found(*paths: str, exclude: tuple[str, ...] = ()) -> Discovered:
    """Discover with an `exclude` that holds below the working directory."""
    return discover(paths, Config(exclude=exclude))


def test_a_folder_gives_its_python_files_in_the_order_of_their_paths(tree: Path) -> None:
    write_tree(tree, {"b.py": "", "a/z.py": "", "a.py": "", "a/b/c.pyw": "", "a/stub.pyi": "", "notes.txt": ""})
    assert paths_in(".") == ["a.py", "a/b/c.pyw", "a/z.py", "b.py"]


def test_overlapping_paths_give_each_file_once(tree: Path) -> None:
    write_tree(tree, {"src/a.py": "", "src/in/b.py": ""})
    assert paths_in("src", "src/in", "src/a.py", "./src/../src/a.py", str(tree / "src")) == ["src/a.py", "src/in/b.py"]


def test_a_folder_with_the_name_of_a_file_is_a_folder(tree: Path) -> None:
    write_tree(tree, {"discord.py/client.py": "", "discord.py/discord.py/x.py": ""})
    assert paths_in("discord.py") == ["discord.py/client.py", "discord.py/discord.py/x.py"]


def test_paths_outside_the_working_directory_are_absolute(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tree(tree, {"a.py": "", "below/b.py": ""})
    monkeypatch.chdir(tree / "below")
    assert paths_in("..") == [f"{tree.as_posix()}/a.py", "b.py"]


def test_what_nobody_means_is_left_out_but_a_package_may_be_called_build(tree: Path) -> None:
    left_out = (
        "node_modules/n.py",
        ".hidden/h.py",
        ".h.py",
        "my/pyvenv.cfg",
        "my/lib/v.py",
        "build/b.py",
        "src/dist/d.py",
    )
    write_tree(tree, dict.fromkeys((*left_out, "src/build/__init__.py", "src/build/kept.py"), ""))
    assert paths_in(".") == ["src/build/__init__.py", "src/build/kept.py"]
    assert paths_in("build", ".hidden", "my") == [".hidden/h.py", "build/b.py", "my/lib/v.py"]


@pytest.mark.parametrize(
    ("ignored", "left"),
    [
        ("gen.py", ["keep.py", "sub/keep.py"]),
        ("/gen.py", ["keep.py", "sub/gen.py", "sub/keep.py"]),
        ("sub/", ["gen.py", "keep.py"]),
        ("*.py\n!keep.py", ["keep.py", "sub/keep.py"]),
        ("sub/*\n!sub/keep.py", ["gen.py", "keep.py", "sub/keep.py"]),
        ("sub/**\n!sub/keep.py", ["gen.py", "keep.py", "sub/keep.py"]),
        ("!keep.py\nkeep.py", ["gen.py", "sub/gen.py"]),
        ("# gen.py\n\n  \n", ["gen.py", "keep.py", "sub/gen.py", "sub/keep.py"]),
        ("k*p.py\ng[a-f]n.py", []),
    ],
)
def test_gitignore_patterns_mean_what_they_mean_to_git(tree: Path, ignored: str, left: list[str]) -> None:
    write_tree(tree, {".gitignore": ignored, "gen.py": "", "keep.py": "", "sub/gen.py": "", "sub/keep.py": ""})
    assert paths_in(".") == left


def test_the_nearest_gitignore_that_speaks_of_a_file_decides(tree: Path) -> None:
    write_tree(tree, {".git/HEAD": "", ".gitignore": "gen.py\n", "a/.gitignore": "!gen.py\nx.py\n"})
    write_tree(tree, dict.fromkeys(("gen.py", "x.py", "a/gen.py", "a/x.py", "a/b/gen.py"), ""))
    assert paths_in(".") == ["a/b/gen.py", "a/gen.py", "x.py"]
    assert paths_in("a/b") == ["a/b/gen.py"]


def test_gitignores_above_hold_up_to_the_root_of_the_repository(tree: Path) -> None:
    write_tree(tree, {".gitignore": "*.py", "repo/.git/HEAD": "", "repo/.gitignore": "gen.py", "repo/a/gen.py": ""})
    write_tree(tree, {"repo/a/b.py": ""})
    assert paths_in("repo/a") == ["repo/a/b.py"]


def test_who_names_an_ignored_folder_or_file_means_it(tree: Path) -> None:
    write_tree(tree, {".git/HEAD": "", ".gitignore": "vendored/\n*.gen.py\n", "vendored/a.py": "", "b.gen.py": ""})
    assert paths_in(".") == []
    assert paths_in("vendored", "b.gen.py") == ["b.gen.py", "vendored/a.py"]


def test_exclude_holds_for_named_files_too(tree: Path) -> None:
    write_tree(tree, {"src/a.py": "", "src/vendored/b.py": "", "src/c_gen.py": ""})
    exclude = ("vendored/", "/src/*_gen.py")
    assert paths_in(".", exclude=exclude) == ["src/a.py"]
    assert paths_in("src/a.py", "src/c_gen.py", exclude=exclude) == ["src/a.py"]


def test_a_missing_path_is_told_and_the_others_are_found(tree: Path) -> None:
    write_tree(tree, {"a.py": ""})
    result = found("nope", "a.py", "nope/b.py")
    assert result.missing == ("nope: no such file or folder", "nope/b.py: no such file or folder")
    assert [file.path for file in result.requested] == ["a.py"]


def test_a_socket_is_neither_a_file_nor_a_folder(tree: Path) -> None:
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind("s.py")
        result = found("s.py", ".")
    assert result.missing == ("s.py: neither a file nor a folder; `-` reads standard input",)
    assert result.requested == ()


def test_links_to_files_count_once_under_the_name_of_the_file(tree: Path) -> None:
    write_tree(tree, {"real.py": "", "outside/o.py": "", "in/x.txt": ""})
    (tree / "alias.py").symlink_to("real.py")
    (tree / "in/o.py").symlink_to(tree / "outside/o.py")
    assert paths_in(".") == ["outside/o.py", "real.py"]
    assert paths_in("in") == ["in/o.py"]


def test_links_to_folders_are_followed_only_when_named(tree: Path) -> None:
    write_tree(tree, {"src/a.py": "", "other/b.py": ""})
    (tree / "src/loop").symlink_to(tree / "src")
    (tree / "src/other").symlink_to(tree / "other")
    assert paths_in("src") == ["src/a.py"]
    assert paths_in("src/other") == ["src/other/b.py"]


def test_named_files_bring_the_rest_of_their_project_as_context(tree: Path) -> None:
    write_tree(tree, {"p/pyproject.toml": "", "p/a.py": "", "p/b.py": "", "p/c/d.py": "", "q/e.py": ""})
    result = found("p/a.py")
    assert [file.path for file in result.requested] == ["p/a.py"]
    assert [file.path for file in result.context] == ["p/b.py", "p/c/d.py"]
    assert found("p").context == ()
    assert found("p", "p/a.py").context == ()


@pytest.mark.parametrize("mark", ["asynclint.toml", ".git"])
def test_the_root_of_a_project_is_marked(tree: Path, mark: str) -> None:
    write_tree(tree, {f"p/{mark}": "", "p/c/d.py": ""})
    assert project_root(str(tree / "p/c/d.py")) == str(tree / "p")


def test_a_tree_too_large_for_one_project_is_not_read_for_context(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tree(tree, {"asynclint.toml": "", "a.py": "", "b.py": "", "c.py": ""})
    monkeypatch.setattr(discovery, "MOST_CONTEXT", 2)
    result = found("a.py")
    assert result.context == ()
    assert result.notes == (f"{tree} holds more than 2 files; what was named is linted without the rest",)


def test_standard_input_stands_for_the_file_on_disk(tree: Path) -> None:
    write_tree(tree, {"pyproject.toml": "", "a.py": "old", "b.py": ""})
    result = discover([], Config(), File("a.py", str(tree / "a.py"), data=b"new"))
    assert [(file.path, file.data) for file in result.requested] == [("a.py", b"new")]
    assert [file.path for file in result.context] == ["b.py"]


def test_a_file_name_that_is_not_text_is_found_read_and_printable(tree: Path) -> None:
    name = os.fsdecode(b"odd-\xff.py")
    write_tree(tree, {name: "x = 1\n"})
    (file,) = found(".").requested
    assert file.path == "odd-\\xff.py"
    assert read(file, 100).text == "x = 1\n"


@pytest.mark.parametrize(
    ("data", "encoding", "text"),
    [
        (b"x = '\xc3\xa9'\r\n", "utf-8", "x = 'é'\r\n"),
        (b"\xef\xbb\xbfx = 1\n", "utf-8-sig", "x = 1\n"),
        (b"# -*- coding: latin-1 -*-\nx = '\xe9'\n", "iso-8859-1", "# -*- coding: latin-1 -*-\nx = 'é'\n"),
        (b"#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\nx = '\x80'\n", "cp1252", None),
        (b"x = 1\ny = 2\n# coding: latin-1\nz = '\xc3\xa9'\n", "utf-8", None),
        (b"", "utf-8", ""),
    ],
)
def test_files_are_decoded_as_python_decodes_them(data: bytes, encoding: str, text: str | None) -> None:
    source = decode(data, "a.py")
    assert source.encoding == encoding
    assert source.text.encode(source.encoding) == data
    assert text is None or source.text == text


@pytest.mark.parametrize(
    ("data", "line", "column", "told"),
    [
        (b"x = 1\ny = '\xff'\n", 2, 6, "byte 0xff at offset 11 is not valid utf-8"),
        (b"x = 1\r\n\r\n  \0", 3, 3, "a null byte at offset 11"),
        (b"# coding: klingon\n", 1, 1, "unknown encoding: klingon"),
        (b"\xef\xbb\xbf# coding: latin-1\n", 1, 1, "encoding problem"),
        (b"# coding: hex\n0a", 1, 1, "'hex' cannot be read"),
    ],
)
def test_what_cannot_be_decoded_is_refused_with_its_place(data: bytes, line: int, column: int, told: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        decode(data, "a.py")
    assert told in caught.value.message
    assert (caught.value.line, caught.value.column) == (line, column)


def test_a_source_is_never_another_text_than_was_surveyed(tree: Path) -> None:
    write_tree(tree, {"a.py": "x = 1\n", "b.py": "y = 1\n"})
    files = {file.path: (file, digest(read(file, 100).data)) for file in found(".").requested}
    sources = Sources(files, frozenset(files), limit=100)
    assert sources["a.py"].text == "x = 1\n"
    write_tree(tree, {"a.py": "x = 2\n", "b.py": "y = 2\n"})
    assert sources["a.py"].text == "x = 1\n"
    with pytest.raises(UnreadableError, match="changed while it was being analysed"):
        sources["b.py"]
