"""Facts as a cache holds them: JSON without the file's path, so that equal facts are equal bytes."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import cast

from asynclint.cache.shapes import reader
from asynclint.survey.codec import ModuleData, from_data, to_data
from asynclint.survey.facts import ModuleFacts

_READ = reader(ModuleData)


def dump(facts: ModuleFacts) -> bytes:
    """Return the facts of a file as bytes."""
    return json.dumps(to_data(replace(facts, path="")), separators=(",", ":")).encode("ascii")


def load(data: bytes, path: str) -> ModuleFacts:
    """Return the facts that `dump` made the bytes of, as those of a path; raise `ValueError` for anything else."""
    try:
        facts = from_data(cast(ModuleData, _READ(json.loads(data))))
    except (IndexError, TypeError, RecursionError) as error:
        raise ValueError("not the facts of a file") from error
    return replace(facts, path=path)
