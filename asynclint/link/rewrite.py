"""One function's ops, with what the program knows put in: locks, mutations of containers, awaits that never suspend."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from asynclint.ir import ops
from asynclint.ir.graph import FunctionIR
from asynclint.ir.places import CLOSURE, MODULE
from asynclint.link.locks import LockKind, Locks
from asynclint.link.program import Function
from asynclint.survey.vocabulary import MUTATORS, QUIET

EXCLUSIVE: tuple[LockKind, ...] = ("mutex", "condition", "thread")
STACKED = ("enter_async_context", "enter_context", "push_async_exit")


@dataclass(slots=True)
class Rewriter:
    """Rewrites the ops of one function, block by block."""

    function: Function
    ir: FunctionIR
    locks: Locks
    quiet: frozenset[tuple[str, int]] = frozenset()
    """Suspensions, by kind and place, that are known never to give way on the ways that are taken here."""
    _made: dict[ops.Var, ops.Op | None] = field(default_factory=dict)
    _makers: dict[ops.Var, list[ops.Op]] = field(default_factory=dict)
    _stacks: dict[ops.Var, list[ops.Var]] = field(default_factory=dict)
    _taken: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for block in self.ir.graph.blocks:
            for op in block.ops:
                into = getattr(op, "into", None)
                if into is not None:
                    self._made[into] = None if into in self._made else op
                    self._makers.setdefault(into, []).append(op)

    def makers(self, var: ops.Var) -> Sequence[ops.Op]:
        """Return the ops that make a variable."""
        return self._makers.get(var, ())

    def describe(self, var: ops.Var, depth: int = 8) -> str:
        """Return the dotted text of what a variable holds (`self._locks[]`, `self._guard()`), empty if unclear."""
        for param in self.ir.params:
            if param.name == var and var not in self._made:
                return param.kind if param.kind != "param" else var
        made = self._made.get(var)
        return self._described(made, depth) if depth and made is not None else ""

    def _described(self, made: ops.Op, depth: int) -> str:
        match made:
            case ops.Move(_, source, _):
                return self.describe(source, depth - 1)
            case ops.Suspend(_, value, _, _) if value is not None:
                return self.describe(value, depth - 1)
            case ops.LoadAttr(_, base, name, _):
                if base in (MODULE, CLOSURE):
                    return name
                owner = self.describe(base, depth - 1)
                return f"{owner}.{name}" if owner else ""
            case ops.LoadItem(_, base, _, _, _, _):
                owner = self.describe(base, depth - 1)
                return f"{owner}[]" if owner else ""
            case ops.Call(_, _, receiver, method, _, _, _, _, _, _):
                return self._described_call(made, receiver, method, depth)
            case _:
                return ""

    def _described_call(self, call: ops.Call, receiver: ops.Var | None, method: str, depth: int) -> str:
        if receiver is None:
            return f"{call.callee}()" if call.callee != "%" else ""
        owner = self.describe(receiver, depth - 1)
        if method in ("get", "setdefault", "pop"):
            return f"{owner}[]" if owner else ""
        return f"{owner}.{method}()" if owner else f"{method}()"

    def kind(self, var: ops.Var) -> LockKind:
        """Return what a variable is as a lock."""
        text = self.describe(var)
        if text:
            return self.locks.kind(self.function, text)
        made = self._made.get(var)
        if isinstance(made, ops.Move):
            return self.kind(made.source)
        return self._kind_of_either(self._makers.get(var, ()))

    def _kind_of_either(self, makers: Sequence[ops.Op]) -> LockKind:
        """Return what a variable with several makers is: the shared lock where one is looked up or made if missing."""
        if len(makers) < 2:
            return "none"
        kinds: set[LockKind] = set()
        for maker in makers:
            text = self._described(maker, 8)
            made = text.endswith("()") and self.locks.constructed(self.function.path, text.removesuffix("()"))
            if not made and not (isinstance(maker, ops.Const) and maker.text == "None"):
                kinds.add(self.locks.kind(self.function, text) if text else "none")
        return kinds.pop() if len(kinds) == 1 else "none"

    def rewrite(self, block: tuple[ops.Op, ...]) -> Iterator[ops.Op]:
        """Yield the ops of a block as the flow stage wants them."""
        following: list[ops.Op] = []
        dropped = False
        for op in block:
            match op:
                case ops.Enter():
                    yield from self._enter(op, following)
                case ops.Exit():
                    dropped = self.kind(op.context) in EXCLUSIVE
                    yield from self._exit(op, dropped)
                case ops.Suspend("async exit", _, _, _) if dropped:
                    dropped = False
                case ops.Suspend():
                    yield from self._suspend(op)
                    yield from following
                    following.clear()
                case ops.Call():
                    yield from self._call(op, following)
                case _:
                    yield op

    def awaiting(self, block: tuple[ops.Op, ...]) -> tuple[ops.Op, ...]:
        """Return the ops of a block of a plain function whose caller awaits what it returns: as if it did so itself.

        A coroutine that never gives way is not waited for.
        """
        last = block[-1] if block else None
        if not isinstance(last, ops.Return) or last.value is None:
            return block
        begun, outcome = block[:-1], f"{last.value}."
        call = begun[-1] if begun else None
        if isinstance(call, ops.Call) and call.into == last.value:
            call = self._made[last.value] = replace(call, awaited=True)
            begun = (*begun[:-1], call)
        return (*begun, ops.Suspend("await", last.value, outcome, last.at), ops.Return(outcome, last.at))

    def _enter(self, op: ops.Enter, following: list[ops.Op]) -> Iterator[ops.Op]:
        yield op
        if self.kind(op.context) in EXCLUSIVE:
            acquire = self._acquire(op.context, op.at)
            if op.is_async:
                following.append(acquire)
            else:
                yield acquire

    def _exit(self, op: ops.Exit, locked: bool) -> Iterator[ops.Op]:
        yield op
        if locked:
            yield ops.Release(op.context, op.at)
        for lock in self._stacks.get(op.context, ()):
            yield ops.Release(lock, op.at)

    def _suspend(self, op: ops.Suspend) -> Iterator[ops.Op]:
        call = self._made.get(op.value) if op.value is not None else None
        awaited = op.kind == "await" and isinstance(call, ops.Call) and call.awaited
        quiet = (op.kind, op.at) in self.quiet
        if not quiet and (not awaited or not isinstance(call, ops.Call) or self._suspends(call)):
            yield op
        elif op.into is not None and op.value is not None:
            yield ops.Move(op.into, op.value, op.at)

    def _suspends(self, call: ops.Call) -> bool:
        return self.locks.resolver.suspends(self.function, self.callee(call))

    def callee(self, call: ops.Call) -> str:
        """Return the dotted callee with the first parameter spelled as what it is."""
        if call.receiver is None:
            return call.callee
        owner = self.describe(call.receiver)
        return f"{owner}.{call.method}" if owner else call.callee

    def _call(self, op: ops.Call, following: list[ops.Op]) -> Iterator[ops.Op]:
        receiver = op.receiver
        op = replace(op, quiet=True) if self._is_quiet(op) else op
        if op.method in STACKED and receiver is not None and op.args and self.kind(op.args[0]) in EXCLUSIVE:
            yield op
            stack = self._stack(receiver)
            self._stacks.setdefault(stack, []).append(op.args[0])
            acquire = ops.Acquire(op.args[0], op.at)
            if op.awaited:
                following.append(acquire)
            else:
                yield acquire
        elif receiver is not None and op.method in ("acquire", "release", "wait", "wait_for"):
            yield from self._lock_call(op, receiver, following)
        elif receiver is not None and op.method in MUTATORS and not op.awaited and self._is_container(op):
            yield ops.Mutate(op, op.at)
        else:
            yield op
            following.extend(self._timed(op))

    def _timed(self, op: ops.Call) -> Iterator[ops.Acquire]:
        """Yield the lock that a call has taken within a time: `await asyncio.wait_for(lock.acquire(), 5)`."""
        inner = self._made.get(op.args[0]) if op.awaited and op.args and op.method == "wait_for" else None
        if not isinstance(inner, ops.Call) or inner.method != "acquire" or inner.receiver is None:
            return
        if self.kind(inner.receiver) in EXCLUSIVE:
            yield ops.Acquire(inner.receiver, op.at)

    def _lock_call(self, op: ops.Call, receiver: ops.Var, following: list[ops.Op]) -> Iterator[ops.Op]:
        kind = self.kind(receiver)
        if kind not in EXCLUSIVE:
            yield op
            following.extend(self._timed(op))
        elif op.method == "acquire":
            yield op
            if op.awaited:
                following.append(self._acquire(receiver, op.at))
            elif kind == "thread" or _tries(op):
                yield ops.Acquire(receiver, op.at)
        elif op.method == "release":
            yield op
            yield ops.Release(receiver, op.at)
        else:
            yield op
            if kind == "condition" and op.awaited:
                yield ops.Release(receiver, op.at)
                # Whoever has waited has what was taken at first: where ways meet, it is held on both.
                following.append(ops.Acquire(receiver, self._taken.get(self.describe(receiver), op.at)))

    def _acquire(self, lock: ops.Var, at: int) -> ops.Acquire:
        self._taken.setdefault(self.describe(lock), at)
        return ops.Acquire(lock, at)

    def _stack(self, var: ops.Var) -> ops.Var:
        """Return the context that a `with` entered, for the variable that `as` bound."""
        seen: set[ops.Var] = set()
        while var not in seen:
            seen.add(var)
            match self._made.get(var):
                case ops.Move(_, source, _):
                    var = source
                case ops.Suspend(_, str() as value, _, _):
                    var = value
                case ops.Enter(_, context, _, _):
                    var = context
                case _:
                    break
        return var

    def _is_quiet(self, op: ops.Call) -> bool:
        """Tell whether a call is of a method that raises nothing, on a built-in container that is known as such."""
        kinds = QUIET.get(op.method)
        if kinds is None or op.receiver is None or op.awaited or (op.method == "pop" and len(op.args) < 2):
            return False
        made, steps = self._made.get(op.receiver), 0
        while isinstance(made, ops.Move) and (steps := steps + 1) < 8:
            made = self._made.get(made.source)
        if isinstance(made, ops.New):
            return made.kind in kinds
        text = self.describe(op.receiver)
        facts = self.locks.resolver.declared(self.function, text) if text and "[" not in text else None
        known = facts.constructors - {"None"} if facts is not None else frozenset[str]()
        return bool(known) and known <= kinds

    def _is_container(self, op: ops.Call) -> bool:
        """Tell whether a mutator is called on a built-in container, not on a class of the project that has it."""
        text = self.callee(op)
        if not text or text == "%":
            return True
        return not self.locks.resolver.targets(self.function, text)


def _tries(acquire: ops.Call) -> bool:
    """Tell by the arguments that a lock is one of threads, which is taken at once or not: `acquire(blocking=False)`.

    Whoever goes on without it is taken to have it. Mostly it waits a little, and tries again.
    """
    return bool(acquire.args) or any(name in ("blocking", "timeout") for name, _ in acquire.keywords)
