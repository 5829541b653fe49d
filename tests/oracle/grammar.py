"""The grammar of method bodies, as data: templates by flavour, with holes.

Holes: `{P}` the path that is looked at, `{Q}` another path, `{L}` and `{M}` locals, `{E}` a value, `{C}` a condition;
`{T}` tells that the path is unset, `{F}` that it is what was read of it before (`{K}`). A hole with a number is filled
in the same way wherever it stands in a pattern.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Flavour:
    """What programs about one kind of state are made of."""

    paths: tuple[str, str]
    simple: tuple[str, ...]
    values: tuple[str, ...]
    conditions: tuple[str, ...]
    rivals: tuple[str, ...]
    free: str
    fresh: str


LOCAL_VALUES = ("{L}", "{L}", "bump({L})", "make()", "10", "{L} if {C} else {M}", "bump({L}, {M})")
AWAITS = (
    "await pause()",
    "await pause()",
    "await pause()",
    "{L} = await fetch()",
    "{L} = await fetch()",
    "use({L})",
)
LOADS = ("{L} = {P}", "{L} = {P}", "{L} = {P}", "{L}, {M} = {P}, {Q}", "{L} = {M} = {P}", "{P}")
STORES = (
    "{P} = {E}",
    "{P} = {E}",
    "{P} = {E}",
    "{P}, {Q} = {E}, {E}",
    "{P} = {Q} = {E}",
    "{Q} = {E}",
    "{L} = {E}",
    "{L} = {M}",
)
FREE = ("flip()", "flip()", "not flip()", "flip() and flip()")

COUNT = Flavour(
    paths=("self.x", "self.y"),
    simple=(
        *AWAITS,
        *LOADS,
        *STORES,
        "{P} += 1",
        "{P} += {L}",
        "{P} += await fetch()",
        "{L} += 1",
        "{L} += {P}",
        "{L} = ({M} := {P})",
    ),
    values=(
        *LOCAL_VALUES,
        "{L} + 1",
        "{P} + 1",
        "{L} + {P}",
        "await fetch()",
        "{P} + await fetch()",
        "await fetch() + {P}",
        "{L} + await fetch()",
        "bump({P}, await fetch())",
        "bump(await fetch(), {P})",
        "bump([{P}, await fetch()])",
        "bump({L} for {L} in [{P}])",
    ),
    conditions=(
        *FREE,
        "{P}",
        "not {P}",
        "{L}",
        "not {L}",
        "{P} == {L}",
        "{P} != {L}",
        "flip() and {P}",
        "{P} or flip()",
        "{P} == 0",
        "({L} := {P})",
    ),
    rivals=("", "", "{P} = v", "{P} = v", "{P} += 1", "{Q} = v", "{P} = 10"),
    free="not {P}",
    fresh="{P} == {K}",
)
SLOT = Flavour(
    paths=("self.x", "self.y"),
    simple=(*AWAITS, *LOADS, *STORES, "{P} = await fetch()", "{P} = None", "{P} = make()", "{L} = f'<{P}><{M}>'"),
    values=(
        *LOCAL_VALUES,
        "bump({P})",
        "None",
        "await fetch()",
        "bump({P}, await fetch())",
        "bump(await fetch(), {P})",
        "f'<{L}>'",
    ),
    conditions=(
        *FREE,
        "{P} is None",
        "{P} is not None",
        "{L} is None",
        "{L} is not None",
        "{P} is {L}",
        "{P} is not {L}",
        "flip() and {P} is None",
        "{P} is None or flip()",
        "({L} := {P}) is None",
        "not {P}",
    ),
    rivals=("", "", "{P} = v", "{P} = v", "{P} = None", "{P} = make()", "{Q} = v"),
    free="{P} is None",
    fresh="{P} is {K}",
)
TABLE = Flavour(
    paths=("self.d[key]", "self.d['b']"),
    simple=(
        *AWAITS,
        "{L} = self.d.get(key)",
        "{L} = self.d.get(key)",
        "{L} = self.d.get('b')",
        "{P} = {E}",
        "{P} = {E}",
        "{Q} = {E}",
        "{L} = {E}",
        "self.d.setdefault(key, make())",
        "{L} = self.d.setdefault(key, await fetch())",
    ),
    values=(
        *LOCAL_VALUES,
        "await fetch()",
        "bump(self.d.get(key))",
        "bump(self.d.get(key), await fetch())",
        "bump(await fetch(), self.d.get(key))",
    ),
    conditions=(
        *FREE,
        "key in self.d",
        "key not in self.d",
        "'b' in self.d",
        "{L} is None",
        "{L} is not None",
        "self.d.get(key) is None",
        "self.d.get(key) is {L}",
        "({L} := self.d.get(key)) is None",
        "flip() and key in self.d",
    ),
    rivals=("", "", "self.d[key] = v", "self.d['b'] = v"),
    free="key not in self.d",
    fresh="self.d.get(key) is {K}",
)
DROPS = Flavour(
    paths=TABLE.paths,
    simple=(*TABLE.simple, "self.d.pop(key, None)", "del self.d[key]", "{L} = self.d.pop(key, None)"),
    values=TABLE.values,
    conditions=TABLE.conditions,
    rivals=(*TABLE.rivals, "self.d.pop(key, None)", "del self.d[key]"),
    free=TABLE.free,
    fresh=TABLE.fresh,
)
FLAVOURS: dict[str, Flavour] = {"count": COUNT, "slot": SLOT, "table": TABLE, "drops": DROPS}

BUSY = "if self.busy:\n    return\nself.busy = True\n"
WAIT = "while self.busy:\n    await pause()\n"
PATTERNS = (
    "{K} = {R}\nawait pause()\n{P} = bump({K})",
    "{K} = {R}\nif {C}:\n    await pause()\n{P} = bump({K})",
    "{K} = {R}\nawait pause()\n{K} = {R}\n{P} = bump({K})",
    "{K} = {R}\nawait pause()\nif {F}:\n    {P} = bump({K})",
    "{K} = {R}\nif {F}:\n    await pause()\n    {P} = bump({K})",
    "{K} = {R}\nawait pause()\nif not ({F}):\n    return\n{P} = bump({K})",
    "{K} = {R}\nawait pause()\nif not ({F}):\n    {P} = bump({K})",
    "while flip():\n    {K} = {R}\n    await pause()\n    if {F}:\n        {P} = bump({K})\n        return",
    "if {T}:\n    await pause()\n    {P} = {E}",
    "if {T}:\n    {P} = {E}\n    await pause()",
    "if {T}:\n    await pause()\n    if {T}:\n        {P} = {E}",
    "if {T}:\n    await pause()\nif {T}:\n    {P} = {E}",
    "if {T}:\n    if {T}:\n        await pause()\n    {P} = {E}",
    "if not ({T}):\n    return\nawait pause()\n{P} = {E}",
    "if not ({T}):\n    return\n{L} = await fetch()\nif not ({T}):\n    return\n{P} = {L}",
    "if {T} and {C}:\n    await pause()\n    {P} = {E}",
    "if {C} or {T}:\n    await pause()\n    {P} = {E}",
    "while not ({T}):\n    await pause()\n{P} = {E}",
    "while not ({T}):\n    await pause()\nawait pause()\n{P} = {E}",
    "if {T}:\n    async with self.lock:\n        {P} = await fetch()",
    "if {T}:\n    async with self.lock:\n        if {T}:\n            {P} = await fetch()",
    "async with self.lock:\n    if {T}:\n        {P} = await fetch()",
    "async with self.lock:\n    {K} = {R}\n    await pause()\n    {P} = bump({K})",
    "async with self.lock:\n    {K} = {R}\n    await pause()\nasync with self.lock:\n    {P} = bump({K})",
    "async with self.lock:\n    {K} = {R}\nawait pause()\n{P} = bump({K})",
    "{K} = {R}\nasync with self.lock:\n    {P} = bump({K}, await fetch())",
    "for item in items:\n    {K} = {R}\n    await pause()\n    {P} = bump({K})",
    "for item in items:\n    {P} = bump({K})\n    {K} = {R}\n    await pause()",
    "for item in items:\n    {P} = bump({K})\n    await pause()\n    {K} = {R}",
    "{K} = {R}\nfor item in items:\n    {P} = bump({K})\n    await pause()",
    "for item in items:\n    await pause()\n    if {T}:\n        break\nelse:\n    return\n{P} = {E}",
    "{K} = {R}\ntry:\n    await pause()\nexcept Exception:\n    {P} = bump({K})",
    "{K} = {R}\ntry:\n    await pause()\n    {K} = 10\nexcept Exception:\n    {P} = bump({K})",
    "try:\n    {K} = {R}\n    await pause()\nfinally:\n    {P} = bump({K})",
    "try:\n    await pause()\n    {K} = {R}\nfinally:\n    {P} = bump({K})",
    "{K} = {R}\ntry:\n    await pause()\n    return\nfinally:\n    {P} = bump({K})",
    "{K} = {R}\ntry:\n    use({K})\n    {P} = bump({K})\nexcept Exception:\n    await pause()\n    {P} = bump({K})",
    "{K} = {R}\ntry:\n    await pause()\nexcept Exception:\n    {K} = {R}\n{P} = bump({K})",
    "if self.busy:\n    return\nself.busy = True\n{K} = {R}\nawait pause()\n{P} = bump({K})\nself.busy = False",
    f"{BUSY}try:\n    {{K}} = {{R}}\n    await pause()\n    {{P}} = bump({{K}})\nfinally:\n    self.busy = False",
    "if self.busy:\n    return\nself.busy = True\nself.busy = False\n{K} = {R}\nawait pause()\n{P} = bump({K})",
    "if self.busy:\n    return\nawait pause()\nself.busy = True\n{K} = {R}\n{P} = bump({K})\nself.busy = False",
    f"{WAIT}self.busy = True\n{{K}} = {{R}}\nawait pause()\n{{P}} = bump({{K}})\nself.busy = False",
)
"""Updates as people write them, right and wrong; a statement or two is put in at random places."""
LONG_RIVALS = (
    "await pause()\n{P} = v",
    "{K} = {R}\nawait pause()\n{P} = bump({K})",
    "if {T}:\n    {P} = await fetch()",
    "if {T}:\n    {P} = v",
    "{Q} = v\n{P} = v",
)
"""Rivals of more than one statement: those that give way have windows of their own, which are not looked at."""
