"""One graph for a function and the helpers that it runs: calls replaced by the bodies that they run."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field

from asynclint.flow.liveness import variables
from asynclint.flow.values import Hold, State, Value
from asynclint.ir import ops
from asynclint.ir.graph import Block, Graph
from asynclint.ir.places import Path
from asynclint.link.answers import informed
from asynclint.link.compared import compared_again
from asynclint.link.constants import decided
from asynclint.link.effects import Effects, can_stand_in, is_property, is_short
from asynclint.link.giving import Giving, Outlook
from asynclint.link.handed_in import goes_over
from asynclint.link.known_ways import without_contradictions
from asynclint.link.locks import Locks
from asynclint.link.program import Function
from asynclint.link.rename import Renaming, bound
from asynclint.link.rewrite import Rewriter
from asynclint.link.same_key import named_as_asked
from asynclint.link.shortcuts import shortened
from asynclint.link.unpacking import OpenBlock, unpack
from asynclint.link.walks import gone_over, live_sources, stepping, walk_of
from asynclint.link.ways import ANYTHING
from asynclint.lower import Lowered
from asynclint.source import Span

MAX_DEPTH = 3
MAX_OPS = 500
RUNNING = (ops.Call, ops.LoadAttr)  # what may run a body: a call, and the load of a property


@dataclass(frozen=True, slots=True)
class Frame:
    """One function in the graph; ops from `base` on are its own. `call` is the op in the parent that leads here."""

    function: Function
    lowered: Lowered
    base: int
    parent: int | None
    call: int | None


@dataclass(frozen=True, slots=True)
class Assembled:
    """The graph, and which function and place each op comes from."""

    graph: Graph
    frames: tuple[Frame, ...]
    entry: State
    interest: frozenset[str]

    def frame(self, at: int) -> int:
        """Return the number of the frame that an op belongs to."""
        return bisect_right(self.frames, at, key=lambda frame: frame.base) - 1

    def span(self, at: int) -> Span:
        """Return where an op stands in the file of its function."""
        frame = self.frames[self.frame(at)]
        return frame.lowered.positions.span(at - frame.base)

    def text(self, at: int) -> str:
        """Return the source of an op."""
        frame = self.frames[self.frame(at)]
        return frame.lowered.positions.text(at - frame.base)

    def chain(self, at: int) -> tuple[int, ...]:
        """Return the frames from the root to the op's own."""
        number: int | None = self.frame(at)
        found: list[int] = []
        while number is not None:
            found.append(number)
            number = self.frames[number].parent
        return tuple(reversed(found))

    def in_root(self, at: int) -> int:
        """Return the op of the root function that an op stands for: itself, or the call that leads to it."""
        chain = self.chain(at)
        if len(chain) == 1:
            return at
        call = self.frames[chain[1]].call
        assert call is not None
        return call


@dataclass(slots=True)
class Assembler:
    """Builds the graph of one root function."""

    locks: Locks
    effects: Effects
    lowered: Callable[[Function], Lowered]
    giving: Giving | None = None
    """Looks closer at what gives way and which ways are taken, if it is there."""
    _outlooks: list[Outlook | None] = field(default_factory=list)
    _blocks: list[OpenBlock] = field(default_factory=list)
    _frames: list[Frame] = field(default_factory=list)
    _guarded: list[tuple[int, int]] = field(default_factory=list)
    _base: int = 0
    _total: int = 0
    _relevant: frozenset[str] = frozenset()
    _sources: set[ops.Var] = field(default_factory=set)
    """What loops go over as it is."""

    def assemble(self, root: Function, held: frozenset[Hold] = frozenset()) -> Assembled:
        """Return the graph of a function; `held` are the locks that every caller holds."""
        self._relevant = self.effects.followed(root)
        first, exit_block, raised = self._expand(root, None, None, (), None)
        assert first == 0
        blocks = tuple(Block(tuple(d.ops), tuple(d.successors), d.handler) for d in self._blocks)
        graph = shortened(decided(Graph(blocks, exit_block, raised, tuple(self._guarded))))
        graph = named_as_asked(without_contradictions(graph))
        entry = State(self._environment(), frozenset(), held)
        return Assembled(graph, tuple(self._frames), entry, self._interest(graph))

    def _interest(self, graph: Graph) -> frozenset[str]:
        """Return the last attribute names of all that the functions in the graph write, go over or compare again."""
        places = [write.place for frame in self._frames for write in frame.function.facts.writes]
        places += [place for frame in self._frames for place in frame.function.facts.iterates]
        known = gone_over(graph) | compared_again(graph)
        return known.union(next((s for s in reversed(p.steps) if s != "[]"), p.root) for p in places)

    def _environment(self) -> dict[ops.Var, Value]:
        env: dict[ops.Var, Value] = {}
        for frame in self._frames:
            env.setdefault("self", _root("self", "self"))
            if frame.parent is None:
                for param in frame.lowered.ir.params:
                    # What takes the rest of the arguments is made anew for each call.
                    env[param.name] = Value(fresh=True) if param.variadic else _root(param.kind, param.name)
            path = frame.function.path
            if path != self._frames[0].function.path:
                env[f"%module:{path}"] = _root("global", f"%module:{path}")
        return env

    def _expand(
        self,
        function: Function,
        parent: int | None,
        call: ops.Op | None,
        stack: tuple[Function, ...],
        target: tuple[int, int] | None,
    ) -> tuple[int, int, int]:
        """Append a function's blocks; return its entry, exit and raised blocks. `target` maps the last two."""
        lowered = self.lowered(function)
        number, offset = len(self._frames), len(self._blocks)
        self._frames.append(Frame(function, lowered, self._base, parent, call.at if call else None))
        graph = lowered.ir.graph
        places = {old: offset + old for old in range(len(graph.blocks))}
        if target is not None:
            places[graph.exit], places[graph.raised] = target
        awaited = isinstance(call, ops.Call) and call.awaited and not function.facts.is_async
        outlook = self._outlook(function, parent, call, awaited)
        self._outlooks.append(outlook)
        rewriter = Rewriter(function, lowered.ir, self.locks, outlook.quiet if outlook is not None else frozenset())
        renaming = Renaming(
            number, self._base, self._closure(function, parent), self._module(function), lowered.ir.params
        )
        renaming = renaming.called(call) if call is not None else renaming
        self._base += lowered.positions.size + 1
        own: list[int] = []
        for old, block in enumerate(graph.blocks):
            block = outlook.taken(old, block) if outlook is not None else block
            begun = rewriter.awaiting(block.ops) if awaited else block.ops
            changed = [renaming.op(op) for op in rewriter.rewrite(begun)]
            self._total += len(changed)
            own.append(len(self._blocks))
            self._blocks.append(OpenBlock(changed, [places[s] for s in block.successors], places[block.handler]))
        self._guarded.extend((places[handler], places[begin]) for handler, begin in graph.guarded)
        self._sources |= live_sources(self._blocks[one].ops for one in own)
        for block_number in own:
            self._inline(block_number, function, number, rewriter, renaming, (*stack, function))
        return offset, places[graph.exit], places[graph.raised]

    def _outlook(self, function: Function, parent: int | None, call: ops.Op | None, awaited: bool) -> Outlook | None:
        """Return what this call of a function can do, if that is looked at."""
        if self.giving is None:
            return None
        above = self._outlooks[parent] if parent is not None else None
        if above is None or parent is None or not isinstance(call, ops.Call):
            return self.giving.outlook(function)
        given = above.passes.get(call.at - self._frames[parent].base, ANYTHING)
        return self.giving.outlook(function, given, awaited)

    def _closure(self, function: Function, parent: int | None) -> str | None:
        """Return the suffix of the enclosing function's variables, if it is in the graph."""
        number = parent
        while number is not None:
            frame = self._frames[number]
            if frame.function.path == function.path and frame.function.name == function.facts.parent:
                return Renaming.suffix_of(number)
            number = frame.parent
        return None

    def _module(self, function: Function) -> str:
        root = self._frames[0].function.path
        return "%module" if function.path == root else f"%module:{function.path}"

    def _inline(
        self, number: int, function: Function, frame: int, rewriter: Rewriter, renaming: Renaming,
        stack: tuple[Function, ...],
    ) -> None:  # fmt: skip
        """Replace calls in a block by the bodies that they run, cutting the block at each."""
        place = 0
        while place < len(self._blocks[number].ops):
            draft = self._blocks[number]
            op = draft.ops[place]
            if isinstance(op, ops.Call) and op.into in self._sources:
                draft.ops[place : place + 1] = self._stepping(op, function, rewriter, renaming)
                op = draft.ops[place]
            callee = self._callee(op, function, rewriter, renaming, stack) if op.__class__ in RUNNING else None
            rest = draft.ops[place + 1 :] if callee is not None else []
            if callee is None or not self._matters(callee, op, rest):
                if callee is not None and self.giving is not None and isinstance(op, ops.Call):
                    draft.ops[place] = informed(op, callee, self.lowered(callee))
                place += 1
                continue
            result = op.into if isinstance(op, ops.Call | ops.LoadAttr) else ""
            if isinstance(op, ops.Call) and op.awaited and rest and isinstance(rest[0], ops.Suspend):
                result, rest = rest[0].into or result, rest[1:]
            follow = len(self._blocks)
            self._blocks.append(OpenBlock(rest, draft.successors, draft.handler))
            handler = draft.handler
            entry, _, _ = self._expand(callee, frame, op, stack, (follow, handler))
            begin = self._blocks[number]
            begin.ops = [*draft.ops[:place], *self._bound(op)]
            begin.successors = [entry]
            self._return_into(entry, follow, result, op.at)
            number, place = follow, 0

    def _stepping(self, op: ops.Call, function: Function, rewriter: Rewriter, renaming: Renaming) -> list[ops.Op]:
        """Return what stands for a call whose answer a loop goes over, where that is a generator over a container."""
        found = self.locks.resolver.target(function, rewriter.callee(renaming.original(op)))
        if found is None or found.facts.is_async or not found.facts.is_generator:
            return [op]
        ir = self.lowered(found).ir
        walk = walk_of(ir)
        return stepping(op, ir, walk, self._module(found)) if walk is not None else [op]

    def _matters(self, callee: Function, op: ops.Op, rest: list[ops.Op]) -> bool:
        """Tell whether a helper touches the state in question or locks, or makes something of its arguments."""
        if self.effects.all(callee).names & self._relevant or self.effects.takes_locks(callee):
            return True
        if getattr(op, "into", "") in self._sources:
            return is_short(callee)
        if goes_over(callee) and isinstance(op, ops.Call) and op.args:
            return True  # it does not know whose that is
        used = isinstance(op, ops.Call) and op.args and any(op.into in variables(other) for other in rest)
        return bool(used) and is_short(callee)

    def _return_into(self, entry: int, follow: int, result: ops.Var, at: int) -> None:
        returning = [
            draft
            for draft in self._blocks[entry:]
            if draft.ops and isinstance(draft.ops[-1], ops.Return) and draft.successors == [follow]
        ]
        unpack(returning, self._blocks[follow], result)
        for draft in returning:
            value = draft.ops[-1].value if isinstance(draft.ops[-1], ops.Return) else None
            draft.ops[-1] = ops.Move(result, value, at) if value is not None else ops.Const(result, "None", at)

    def _bound(self, op: ops.Op) -> list[ops.Op]:
        """Return the moves that bind a callee's parameters to the arguments of a call."""
        number = max(i for i, frame in enumerate(self._frames) if frame.call == op.at)
        return bound(op, self._frames[number].lowered.ir.params, Renaming.suffix_of(number))

    def _callee(
        self, op: ops.Op, function: Function, rewriter: Rewriter, renaming: Renaming, stack: tuple[Function, ...]
    ) -> Function | None:
        """Return the function whose body may replace a call or property, if it is small enough."""
        resolver = self.locks.resolver
        found: Function | None = None
        if isinstance(op, ops.Call):
            call = renaming.original(op)
            found = resolver.target(function, rewriter.callee(call))
            if found is not None and found.facts.is_async and not op.awaited:
                return None
        elif isinstance(op, ops.LoadAttr) and rewriter.describe(renaming.plain(op.base)) == "self":
            own = resolver.program.class_of(function)
            method = resolver.program.method(own, op.name) if own is not None else None
            found = method if method is not None and is_property(method) else None
        far = found is None or found in stack or len(stack) > MAX_DEPTH or self._total > MAX_OPS
        return None if far or found is None or not can_stand_in(found) else found


def _root(kind: str, name: str) -> Value:
    match kind:
        case "self" | "cls":
            path = Path(kind, kind)
        case "global" | "param":
            path = Path(kind, name)
        case _:
            raise AssertionError(kind)
    return Value(place=path, live=path, source=path)
