"""Which files a run is about: those that were asked for, and the rest of their project, which informs it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from zlib import crc32

from asynclint.config import Config
from asynclint.errors import explain_os_error
from asynclint.ignoring import Patterns, compile_patterns, gitignore, gitignores_above, left_out, nobody_means

SUFFIXES = (".py", ".pyw")
ROOT_MARKS = ("pyproject.toml", "asynclint.toml", ".git")
MOST_CONTEXT = 20_000


@dataclass(frozen=True, slots=True)
class File:
    """A file to read: `path` is what reports print, `location` is absolute; `data` is given for standard input.

    `mtime_ns` and `ctime_ns` are when its content, and anything about it, last changed, in nanoseconds.
    """

    path: str
    location: str
    size: int = 0
    mtime_ns: int = 0
    ctime_ns: int = 0
    data: bytes | None = None


@dataclass(frozen=True, slots=True)
class Unreached:
    """A folder or link that could not be followed; reported as ARC902."""

    path: str
    message: str


@dataclass(frozen=True, slots=True)
class Discovered:
    """What there is, each file once, in the order of the printed paths.

    `context` is empty unless files were named, or a part of them asked for: a folder stands for itself. `missing` and
    `notes` are sentences.
    """

    requested: tuple[File, ...] = ()
    context: tuple[File, ...] = ()
    unreached: tuple[Unreached, ...] = ()
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Found:
    """What a walk has gathered so far; `files` by real location, so that each is there once."""

    exclude: tuple[Patterns, ...]
    here: str
    most: int | None = None
    files: dict[str, File] = field(default_factory=dict)
    links: list[tuple[str, str]] = field(default_factory=list)
    unreached: list[Unreached] = field(default_factory=list)

    @property
    def too_many(self) -> bool:
        """Whether the walk has found more than it may."""
        return self.most is not None and len(self.files) > self.most


def discover(paths: Sequence[str], config: Config, stdin: File | None = None) -> Discovered:
    """Find the files to lint below `paths`, and where files are named, the rest of their projects.

    A file that is named is linted whatever its ending and whatever `.gitignore` says; `exclude` holds for it too, so
    that a hook that is handed single files leaves out what the configuration leaves out. `.pyi` files hold no code.
    """
    found = _Found(_exclude(config), os.getcwd())
    named: list[str] = []
    folders: list[str] = []
    missing: list[str] = []
    for path in paths:
        location = os.path.abspath(path)
        try:
            mode = os.stat(location).st_mode
        except (OSError, ValueError) as error:
            missing.append(f"{printable(path)}: {_not_there(location, error)}")
            continue
        if stat.S_ISDIR(mode):
            folders.append(location)
            _walk(location, found)
        elif stat.S_ISREG(mode):
            named.append(location)
            _name(location, found)
        else:
            missing.append(f"{printable(path)}: neither a file nor a folder; `-` reads standard input")
    if stdin is not None:
        named.append(stdin.location)
        found.files[os.path.realpath(stdin.location)] = stdin
    _follow_links(found)
    loose = [location for location in named if not any(location.startswith(folder + os.sep) for folder in folders)]
    context, notes = _context(loose, found)
    every = Discovered(_sorted(found.files.values()), context, tuple(found.unreached), tuple(missing), notes)
    return every if config.shard is None else _part(every, *config.shard)


def _part(found: Discovered, number: int, of: int) -> Discovered:
    """Return what one of several runs is asked for; all other files inform it.

    Whose turn a file is depends on its path alone: so runs on different machines neither leave one out nor do one
    twice, whatever else they find there.
    """

    def is_ours(one: File | Unreached) -> bool:
        return crc32(one.path.encode("utf-8", "surrogateescape")) % of == number - 1

    requested = tuple(filter(is_ours, found.requested))
    context = _sorted((*found.context, *(file for file in found.requested if not is_ours(file))))
    return replace(found, requested=requested, context=context, unreached=tuple(filter(is_ours, found.unreached)))


def project_root(location: str) -> str | None:
    """Return the nearest folder at or above a path that holds a project file or `.git`."""
    folder = location
    while True:
        if any(os.path.exists(os.path.join(folder, mark)) for mark in ROOT_MARKS):
            return folder
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent


def shown(location: str, here: str) -> str:
    """Return a path as reports print it: relative where it lies below `here`, with forward slashes."""
    below = here if here.endswith(os.sep) else here + os.sep
    return printable(location.removeprefix(below).replace(os.sep, "/"))


def printable(path: str) -> str:
    """Return a path as text that can be encoded: undecodable bytes of a file name become `\\xNN`."""
    if path.isascii():
        return path
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _file(location: str, facts: os.stat_result, found: _Found) -> File:
    return File(shown(location, found.here), location, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns)


def _exclude(config: Config) -> tuple[Patterns, ...]:
    patterns = compile_patterns(config.root, config.exclude) if config.exclude else None
    return () if patterns is None else (patterns,)


def _not_there(location: str, error: OSError | ValueError) -> str:
    if isinstance(error, FileNotFoundError) and not os.path.lexists(location):
        return "no such file or folder"
    return explain_os_error(error)


def _name(location: str, found: _Found) -> None:
    """Add a file that was named."""
    if location.endswith(".pyi") or left_out(location, False, found.exclude):
        return
    real = os.path.realpath(location)
    if real not in found.files:
        facts = os.stat(location)
        found.files[real] = _file(location, facts, found)


def _walk(root: str, found: _Found) -> None:
    """Add the Python files below a folder; links to folders are not followed, links to files at the end."""
    real_root = os.path.realpath(root)
    stack: list[tuple[str, tuple[Patterns, ...]]] = [(root, gitignores_above(root))]
    while stack and not found.too_many:
        folder, patterns = stack.pop()
        try:
            with os.scandir(folder) as listing:
                entries = {entry.name: entry for entry in listing}
        except OSError as error:
            found.unreached.append(
                Unreached(shown(folder, found.here), f"the folder cannot be listed: {explain_os_error(error)}")
            )
            continue
        if folder != root and nobody_means(os.path.basename(folder), entries):
            continue
        if ".gitignore" in entries:
            own = gitignore(folder)
            patterns = (*patterns, own) if own is not None else patterns
        for entry in entries.values():
            is_folder = _is_folder(entry)
            if not is_folder and (entry.name.startswith(".") or not entry.name.endswith(SUFFIXES)):
                continue
            if left_out(entry.path, is_folder, patterns) or left_out(entry.path, is_folder, found.exclude):
                continue
            if is_folder:
                stack.append((entry.path, patterns))
            else:
                _add(entry, real_root + entry.path[len(root) :], found)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _add(entry: os.DirEntry[str], real: str, found: _Found) -> None:
    """Add a file met on the way; what is neither a file nor a link to one (a socket, a pipe) is passed over."""
    try:
        if entry.is_symlink():
            if not os.path.isdir(entry.path):
                found.links.append((entry.path, real))
        elif entry.is_file(follow_symlinks=False) and real not in found.files:
            facts = entry.stat(follow_symlinks=False)
            found.files[real] = _file(entry.path, facts, found)
    except OSError as error:
        found.unreached.append(
            Unreached(shown(entry.path, found.here), f"the file cannot be read: {explain_os_error(error)}")
        )


def _follow_links(found: _Found) -> None:
    """Add the files that links lead to, where the file itself was not found: the file is reported by its own name."""
    for location, _ in sorted(found.links):
        try:
            facts = os.stat(location)
        except OSError as error:
            message = f"the link cannot be followed: {explain_os_error(error)}"
            found.unreached.append(Unreached(shown(location, found.here), message))
            continue
        real = os.path.realpath(location)
        if stat.S_ISREG(facts.st_mode) and real not in found.files:
            found.files[real] = _file(location, facts, found)
    found.links.clear()


def _context(named: Sequence[str], requested: _Found) -> tuple[tuple[File, ...], tuple[str, ...]]:
    """Find the rest of the projects that the named files belong to; nothing of a tree too large to be one project."""
    folders = {os.path.dirname(location) for location in named}
    roots = sorted({root for root in map(project_root, folders) if root is not None})
    context = _Found(requested.exclude, requested.here, MOST_CONTEXT)
    for root in _outermost(roots):
        _walk(root, context)
        if context.too_many:
            where = shown(root, requested.here)
            note = f"{where} holds more than {MOST_CONTEXT:,} files; what was named is linted without the rest"
            return (), (note,)
    _follow_links(context)
    return _sorted(file for real, file in context.files.items() if real not in requested.files), ()


def _outermost(folders: Sequence[str]) -> Iterator[str]:
    for folder in folders:
        if not any(folder.startswith(other.rstrip(os.sep) + os.sep) for other in folders if other != folder):
            yield folder


def _sorted(files: Iterable[File]) -> tuple[File, ...]:
    return tuple(sorted(files, key=lambda file: file.path))
