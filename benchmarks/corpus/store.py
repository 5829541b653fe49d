"""Wheels downloaded and unpacked outside the tree. Nothing in them is built, imported or run."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from benchmarks.corpus.packages import CorpusError, Package

MOST_FILE_BYTES = 20_000_000
MOST_PACKAGE_BYTES = 400_000_000

_KEPT = (".py", ".pyw", ".pyi")
_DONE = ".complete"


def default_store() -> Path:
    """Return the folder below the user's caches."""
    caches = os.environ.get("XDG_CACHE_HOME")
    return (Path(caches) if caches else Path.home() / ".cache") / "asynclint-corpus"


def home(package: Package, store: Path) -> Path:
    """Return where a package lies unpacked."""
    return store / "src" / package.release


def fetched(package: Package, store: Path) -> bool:
    """Tell whether a package lies there whole, as it is pinned now."""
    mark = home(package, store) / _DONE
    return mark.is_file() and mark.read_text(encoding="utf-8") == package.sha256


def fetch(package: Package, store: Path) -> bool:
    """Download and unpack a package; return whether there was something to do."""
    if fetched(package, store):
        return False
    wheel = store / "wheels" / package.file
    if not wheel.is_file():
        _download(package, wheel)
    if hashlib.sha256(wheel.read_bytes()).hexdigest() != package.sha256:
        raise CorpusError(f"{package.release}: {wheel} has another SHA-256 than packages.toml says; remove it")
    target = home(package, store)
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    unpack(wheel, target)
    (target / _DONE).write_text(package.sha256, encoding="utf-8")
    return True


def unpack(wheel: Path, target: Path) -> None:
    """Write the Python files of a wheel below a folder; refuse names that lead out of it, and what is far too large."""
    total = 0
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.infolist():
            path = PurePosixPath(member.filename)
            if path.is_absolute() or ".." in path.parts or "\\" in member.filename or ":" in member.filename:
                raise CorpusError(f"{wheel.name}: {member.filename!r} leads out of the archive")
            if member.is_dir() or path.suffix not in _KEPT:
                continue
            total += member.file_size
            if member.file_size > MOST_FILE_BYTES or total > MOST_PACKAGE_BYTES:
                raise CorpusError(f"{wheel.name}: too large at {member.filename!r}")
            file = target.joinpath(*path.parts)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(archive.read(member))


def _download(package: Package, wheel: Path) -> None:
    """Let pip find the one file with the pinned hash, whatever machine this is; a wheel needs no build."""
    with tempfile.TemporaryDirectory(prefix="asynclint-corpus-") as temporary:
        folder = Path(temporary)
        wanted = folder / "wanted.txt"
        wanted.write_text(f"{package.name}=={package.version} --hash=sha256:{package.sha256}\n", encoding="utf-8")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
        command += ["--only-binary", ":all:", "--ignore-requires-python", "--dest", str(folder), "--requirement"]
        done = subprocess.run([*command, str(wanted), *_tags(package)], capture_output=True, text=True, check=False)
        files = list(folder.glob("*.whl"))
        if done.returncode or not files:
            raise CorpusError(f"{package.release}: pip could not download it: {done.stderr.strip()[-300:]}")
        wheel.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(files[0], wheel)


def _tags(package: Package) -> Iterator[str]:
    python, abi, platform = package.tags
    version = next((tag[2:] for tag in python if tag.startswith("cp")), "313")
    yield from ("--python-version", version, "--implementation", "cp")
    for tag in abi:
        yield from ("--abi", tag)
    for tag in platform:
        yield from ("--platform", tag)
