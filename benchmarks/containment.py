"""Whether the survey is a sieve: what a lowered function reads, writes, calls and binds must be in its facts.

    python -m benchmarks.containment FOLDER...

Prints, for each folder, how many functions were compared, and everything that the survey left out.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from asynclint.errors import UnreadableError
from asynclint.ir import ops
from asynclint.ir.graph import FunctionIR
from asynclint.ir.places import CLOSURE, MODULE
from asynclint.lower import lower
from asynclint.survey import survey
from asynclint.survey.facts import FunctionFacts, ModuleFacts, Place
from asynclint.survey.vocabulary import ELEMENT_METHODS, MUTATORS, PAIR_METHODS, VIEW_METHODS
from asynclint.syntax.slices import split_lines

Flat = tuple[str, ...]
MAX_STEPS = 3
SHOWN = 20


@dataclass
class Touched:
    """What a lowered function does with places, found without looking at order."""

    reads: set[Flat] = field(default_factory=set)
    writes: set[Flat] = field(default_factory=set)
    iterated: set[Flat] = field(default_factory=set)


class Reader:
    """Follows places through the variables of one function, in rounds, until nothing is added.

    `views` are variables that hold a container (or iterator) of places: a copy, a slice, a pair that `.items()` gave;
    `pairs` those that hold the result of `.items()`.
    """

    def __init__(self, facts: FunctionFacts, module: ModuleFacts, names: dict[str, FunctionFacts]) -> None:
        self.facts = facts
        self.variables = {name for name, _ in module.globals}
        self.imports = {name for name, _ in module.imports}
        self.classes = {one.name for one in module.classes if "." not in one.name}
        self.outer_self = _outer_self(facts, names)
        self.places: dict[str, set[Flat]] = {}
        self.views: dict[str, set[Flat]] = {}
        self.pairs: dict[str, set[Flat]] = {}
        self.slices: set[str] = set()
        self.touched = Touched()

    def read(self, ir: FunctionIR) -> Touched:
        """Return what the function touches."""
        for param in ir.params:
            root: Flat = ("param", param.name) if param.kind == "param" else (param.kind, param.kind)
            self.places[param.name] = {root}
        size = -1
        while size != (size := self._size()):
            for block in ir.graph.blocks:
                for op in block.ops:
                    self._apply(op)
        return self.touched

    def _size(self) -> int:
        held = sum(len(known) for table in (self.places, self.views, self.pairs) for known in table.values())
        return held + len(self.touched.reads) + len(self.touched.writes) + len(self.touched.iterated)

    def _of(self, var: str | None) -> set[Flat]:
        return set(self.places.get(var or "", ()))

    def _attribute(self, base: str, name: str) -> set[Flat]:
        if base == MODULE:
            return self._module_name(name)
        if base == CLOSURE:
            return {self.outer_self[:2]} if self.outer_self[2:] == (name,) else {("closure", CLOSURE, name)}
        return {_further(place, name) for place in self._of(base)}

    def _module_name(self, name: str) -> set[Flat]:
        capitalised = name.lstrip("_")[:1].isupper() and not name.isupper()
        if name in self.classes or (name in self.imports and capitalised):
            return {("class", name)}
        if name in self.variables or name in self.imports:
            return {("global", MODULE, name)}
        return set()

    def _set(self, var: str | None, places: set[Flat]) -> None:
        if var is not None and places:
            self.places.setdefault(var, set()).update(places)

    def _element(self, var: str | None) -> set[Flat]:
        return {_further(place, "[]") for place in self._of(var)} | set(self.views.get(var or "", ()))

    def _apply(self, op: ops.Op) -> None:
        """Follow an op that moves values; hand the others on."""
        match op:
            case ops.Move(into=into, source=source):
                for table in (self.places, self.views, self.pairs):
                    if source in table:
                        table.setdefault(into, set()).update(table[source])
            case ops.Iterate(into=into, iterable=iterable):
                self.touched.iterated.update(self._of(iterable))
                self._set(into, self._element(iterable))
                if iterable in self.pairs:
                    self.views.setdefault(into, set()).update(self.pairs[iterable])
            case ops.Enter(into=into, context=context):
                self._set(into, self._of(context))
            case ops.Compute(into=into, kind="slice"):
                self.slices.add(into)
            case ops.Compute(into=into, kind="item", args=(source, *_)):
                self._set(into, self._element(source))
            case _:
                self._touch(op)

    def _touch(self, op: ops.Op) -> None:
        match op:
            case ops.LoadAttr(into=into, base=base, name=name):
                self._load(into, self._attribute(base, name))
            case ops.LoadItem(into=into, base=base, key=key):
                self._load(into, self._element(base), is_slice=key in self.slices)
            case ops.StoreAttr(base=base, name=name) | ops.DeleteAttr(base=base, name=name):
                self.touched.writes.update(self._attribute(base, name))
            case ops.StoreItem(base=base) | ops.DeleteItem(base=base):
                self.touched.writes.update(_further(place, "[]") for place in self._of(base))
            case ops.Call():
                self._call(op)
            case _:
                pass

    def _load(self, into: str, places: set[Flat], is_slice: bool = False) -> None:
        self.touched.reads.update(places)
        if is_slice:
            self.views.setdefault(into, set()).update(places)
        else:
            self._set(into, places)

    def _call(self, op: ops.Call) -> None:
        if op.awaited or op.receiver is None:
            return
        if op.method in MUTATORS:
            self.touched.writes.update(self._of(op.receiver))
        if op.method in ELEMENT_METHODS:
            self._load(op.into, self._element(op.receiver))
        if op.method in VIEW_METHODS:
            self.views.setdefault(op.into, set()).update(self._element(op.receiver))
        if op.method in PAIR_METHODS:
            self.pairs.setdefault(op.into, set()).update(self._element(op.receiver))


def _further(place: Flat, step: str) -> Flat:
    return place if len(place) >= 2 + MAX_STEPS else (*place, step)


def _outer_self(facts: FunctionFacts, names: dict[str, FunctionFacts]) -> Flat:
    """Return kind, root and name of the `self` of the method that a nested function stands in."""
    outer = names.get(facts.parent or "")
    if facts.cls is not None or outer is None:
        return ()
    while outer is not None and outer.cls is None:
        outer = names.get(outer.parent or "")
    if outer is None or outer.kind not in ("method", "classmethod") or not outer.params:
        return ()
    root = "self" if outer.kind == "method" else "cls"
    return (root, root, outer.params[0][0])


def _flat(place: Place) -> Flat:
    return (place.kind, place.root, *place.steps)


def missing(facts: FunctionFacts, ir: FunctionIR, module: ModuleFacts) -> list[str]:
    """Return what the lowered function has and the survey's facts lack."""
    names = {one.name: one for one in module.functions}
    reader = Reader(facts, module, names)
    touched = reader.read(ir)
    loads, iterated = set(map(_flat, facts.loads)), set(map(_flat, facts.iterates))
    writes = {_flat(one.place) for one in facts.writes}
    bare = {("global", MODULE, name) for name in reader.imports - reader.variables}
    found = [f"read of {_text(one)}" for one in touched.reads - loads - bare if _is_state(one)]
    found += [f"write of {_text(one)}" for one in touched.writes - writes if len(one) > 2]
    found += [f"iteration over {_text(one)}" for one in touched.iterated - iterated if _is_state(one)]
    own = next((param.name for param in ir.params if param.kind != "param"), (reader.outer_self or ("", "", ""))[2])
    return sorted([*found, *_other(facts, ir, own)])


def _is_state(place: Flat) -> bool:
    return len(place) > 2


def _text(place: Flat) -> str:
    return ".".join(place[1:]).replace(".[]", "[]")


def _other(facts: FunctionFacts, ir: FunctionIR, own: str) -> Iterator[str]:
    """Yield calls, bindings and suspensions that the facts lack."""
    every = [op for block in ir.graph.blocks for op in block.ops]
    calls = {(call.callee, call.awaited) for call in facts.calls}
    for op in every:
        if isinstance(op, ops.Call) and op.callee[0] != "%" and "@" not in op.callee and op.method != "__call__":
            callee = op.callee
            if own and (callee == own or callee.startswith(f"{own}.")):
                callee = f"self{callee[len(own) :]}"
            if (callee, op.awaited) not in calls and callee not in ("super", *facts.decorators):
                yield f"call of {callee}"
        elif isinstance(op, ops.Move) and op.into[0] != "%" and "@" not in op.into and op.into not in facts.bindings:
            yield f"binding of {op.into}"
    if not facts.suspensions and any(isinstance(op, ops.Suspend) for op in every):
        yield "suspensions"


def compare(path: str, text: str) -> Iterator[tuple[FunctionFacts, list[str]]]:
    """Yield each function of a file that can be lowered, and what its facts lack."""
    module = survey(path, text)
    lines = split_lines(text)
    for facts in module.functions:
        try:
            ir = lower(facts, lines, path).ir
        except UnreadableError:
            continue
        yield facts, missing(facts, ir, module)


def main(folders: list[str]) -> int:
    """Compare every function below some folders; 1 if anything is missing."""
    failed = 0
    for folder in folders:
        started, count, lacking = time.perf_counter(), 0, []
        for path in sorted(Path(folder).rglob("*.py")):
            try:
                for facts, lacks in compare(str(path), path.read_text(encoding="utf-8")):
                    count += 1
                    lacking += [f"{path}:{facts.line}: {facts.name} lacks the {one}" for one in lacks]
            except (UnreadableError, UnicodeDecodeError):
                continue
        spent = time.perf_counter() - started
        print(f"{folder}: {count} functions in {spent:.0f} s, {len(lacking)} facts missing")
        print("\n".join(lacking[:SHOWN]))
        failed += len(lacking)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
