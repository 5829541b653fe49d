"""What kind of container a state is, as far as its assignments tell."""

from __future__ import annotations

from asynclint.fixes.document import Document
from asynclint.fixes.state import State
from asynclint.survey.facts import FunctionFacts


def kinds_of(document: Document, function: FunctionFacts, state: State) -> frozenset[str]:
    """Return the types of what is assigned to the container of a state (`dict`, `set`), empty if that is not known."""
    names = [step for step in state.steps if step != "[]"]
    if len(names) != 1:
        return frozenset()
    cls = document.class_of(function)
    if state.kind in ("self", "cls", "class"):
        known = [pair for one in (document.family(cls) if cls else ()) for pair in one.attributes]
    else:
        known = list(document.facts.globals)
    found: set[str] = set()
    for name, facts in known:
        if name == names[0]:
            found.update(one.partition("(")[0].rpartition(".")[2] for one in facts.constructors)
            annotated = facts.annotation.partition("[")[0].rpartition(".")[2].lower()
            found.update({annotated} & {"dict", "set", "list", "deque"})
    return frozenset(found - {"None"})
