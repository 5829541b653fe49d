"""Loans: an object that is not given back to the container that it is of if an await fails while it is out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from asynclint.checks.alone import is_unit_of_work
from asynclint.checks.judgement import after_failure
from asynclint.checks.story import Account, lowered
from asynclint.checks.suspensions import quiet
from asynclint.findings import Finding, Step
from asynclint.flow.borrowed import LENDING, TAKING, Loan, loans
from asynclint.ir import ops
from asynclint.ir.places import Path
from asynclint.link.loans import takers
from asynclint.link.program import Function
from asynclint.link.view import FunctionView

GIVEN_BACK = re.compile(r"release|give_?back|put_?back|return|check_?in|recycle|free|reuse", re.IGNORECASE)
"""Names of methods by which a caller gives back what it had."""
COMPARING = frozenset(("<", ">", "<=", ">="))


def not_given_back(view: FunctionView) -> Iterator[Finding]:
    """Report objects that stay out of the container that they were taken from if an await fails."""
    told: set[Path] = set()
    returning = GIVEN_BACK.search(view.function.short) is not None
    given = frozenset(name for name, _ in view.function.facts.params[1:]) if returning else frozenset[str]()
    for loan in loans(view.solved, given, quiet(view)):
        if loan.path in told or len(view.assembled.chain(loan.failed)) > 1:
            continue
        found = _told(view, loan)
        if found is not None:
            told.add(loan.path)
            yield found


def _told(view: FunctionView, loan: Loan) -> Finding | None:
    others = [one for one in takers(view.rivals.tasks, view.function, loan.path) if one is not view.function]
    asked = next((step for one in others or [view.function] if (step := _asks(view, one, loan.path))), None)
    if asked is None or (loan.taken is None and not others):
        return None
    state = view.state(loan.path)
    how = "is cancelled" if loan.cause == "cancel" else "raises"
    first = view.primary(loan.taken if loan.taken is not None else loan.failed)
    steps = [
        view.step("suspend", view.assembled.in_root(loan.failed), f"if this {how}, what follows is skipped"),
        view.step("write", loan.given, "not reached then"),
        asked,
    ]
    if loan.taken is not None:
        steps.insert(0, view.step("write", loan.taken, f"it is taken out of `{state}`"))
    limited = loan.lent or _is_queue(view, loan.path) or any(_counts(view, one) for one in (view.function, *others))
    text = f"there is one less in `{state}` for {asked.function}, for ever"
    back = "given" if loan.lent else "put"
    account = Account(
        "ARC107", f"what is out of `{state}` is not {back} back if the await before that {how}", tuple(steps),
        (f"{asked.function} takes from `{state}`",), text,
    )  # fmt: skip
    # Where nothing says how many there may be, or nobody counts it any more, another one is made instead, and what
    # failed is best not used again.
    down = lowered(view, loan.path) + is_unit_of_work(view) + (loan.used and (loan.booked or not limited))
    return account.finding(view, first, state, after_failure(loan.cause, False, down))


def _asks(view: FunctionView, function: Function, path: Path) -> Step | None:
    lowered_ = view.lowered(function)
    for block in lowered_.ir.graph.blocks:
        loaded = {op.into for op in block.ops if isinstance(op, ops.LoadAttr) and op.name == path.attribute}
        for op in block.ops:
            if isinstance(op, ops.Call) and op.method in TAKING | LENDING and op.receiver in loaded:
                return Step("rival", function.path, lowered_.positions.span(op.at), function.name, "takes one out")
    return None


def _is_queue(view: FunctionView, path: Path) -> bool:
    facts = view.attribute(path)
    return facts is not None and any("Queue" in name for name in (*facts.constructors, facts.annotation))


def _counts(view: FunctionView, function: Function) -> bool:
    """Tell whether a function compares an amount: how many there are or may be."""
    for block in view.lowered(function).ir.graph.blocks:
        if any(isinstance(op, ops.Compute) and op.kind in COMPARING for op in block.ops):
            return True
    return False
