"""What a write stores: a new object, which is not the same thing when it is made twice, or a plain value."""

from __future__ import annotations

import re
from collections.abc import Iterator

from asynclint.flow.agreement import comparison
from asynclint.flow.transfer import ARITHMETIC, COPIERS
from asynclint.flow.windows import Window
from asynclint.flow.writes import Written
from asynclint.ir import ops
from asynclint.ir.graph import Graph
from asynclint.ir.walk import reached
from asynclint.link.view import FunctionView

CLASS = re.compile(r"_*[A-Z]\w*[a-z]\w*(?<!Error)(?<!Exception)(?<!Timeout)(?<!Exit)")
CLOCKS = frozenset(("monotonic", "monotonic_ns", "time", "time_ns", "perf_counter", "now", "utcnow"))
"""Calls that read a clock."""
SCALARS = frozenset(("len", "sum", "any", "all", "bool", "int", "str", "float", "repr", "abs", "round", "hash", "id"))

TRUTHS = frozenset(("not", "in", "not in", "<", ">", "<=", ">="))
"""Operators that give a truth, beside those that say whether two are one."""

OPENED = re.compile(
    r"connection|conn|session|client|pool|socket|websocket|server|sandbox|browser|page|task|resource|instance|singleton|"
    r"factory|subscription"
)
"""What names of state call that which is lost, or left open, where it is made twice."""
MAKES = re.compile(
    r"connect|reconnect|open|create|start|restart|spawn|launch|init|initialize|initialise|acquire|subscribe|"
    r"register|login|auth|authenticate|setup|make|build|new|enter|instantiate|bind|attach|join|prepare|"
    r"provision"
)
"""Words for what is done once: it opens, starts or makes something."""
FETCHES = re.compile(
    r"get|fetch(row|rows|val|one|all|many)?|select|load|read|list|query|find|lookup|search|request|download|retrieve|receive|poll|flatten|parse|"
    r"decode|count|check|is|has"
)
"""Words for what only brings an answer, which is the same when it is brought twice."""
BRINGS = frozenset(("fetch", "download", "retrieve", "query", "lookup"))
"""Those of them that say so much of a function as a whole: what it keeps is what somebody else has told."""
DESCRIBES = re.compile(
    r"metadata|infos?|details|descriptions?|configs?|configuration|settings|options|schemas?|urls?|uris?|versions?|params|"
    r"summary|results?"
)
"""Words for what is only told of something: to be told it twice is nothing."""
MEASURES = re.compile(
    r"paths?|dirs?|directory|folders?|filenames?|names?|titles?|types?|kinds?|sha\d*|hash|digests?|checksums?|size|length|"
    r"counts?|records?|capabilities|features|locale|languages?"
)
"""More words for what state tells of something; what makes one may well begin something."""
NUMBERS = re.compile(r"ids?|numbers?|uuids?|index")
LISTED = re.compile(
    r"tools|agents?|definitions?|models|users|members|items|entries|messages|prompts|rules|roles|tags|labels|groups"
)
"""Words for what somebody else has a list of, or an entry in one: to get it is to be told of it."""
INFORMS = frozenset(("info", "infos", "metadata", "details", "description", "summary"))
"""Words for what is told of something, and nothing that it is set to."""
ADDRESSES = re.compile(r"urls?|uris?")
BEGINS = re.compile(
    r"connect|reconnect|open|start|restart|spawn|launch|acquire|subscribe|register|login|auth|authenticate|enter|bind|"
    r"attach|join|provision"
)
"""Those of the words for what is done once that begin something, whatever they begin."""
SOURCES = re.compile(r"pool|factory|provider|launcher|builder|connector|server")
"""Words for what gives out what it makes."""
CONTAINERS = frozenset(("cache", "cached", "caches", "map", "dict", "registry"))
DONE = re.compile(r"\w+ed|sent|done|setup|seen|known")
CHECKED = re.compile(r"validated?|verified|verify|checked|tested|warned|logged|probed|inspected")
CREDENTIALS = re.compile(r"token|tokens|credential|credentials|auth|cookie|cookies|jwt")
ISSUED = re.compile(r"new|issue|create|open|acquire|register|start|provision|login|subscribe")
"""Words for what is begun at the other end, be it known here by a text alone."""
PLAIN = re.compile(r"(typing\.)?(Optional\[)?(str|int|float|bool|bytes)\]?(\s*\|\s*None)?")
"""Annotations of what nobody has to end."""
ASIDE = frozenset(("", "a", "async", "do", "maybe", "try"))
"""Words before the one that says what a function does."""
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def words(name: str) -> tuple[str, ...]:
    """Split a name into lower-case words: `_getHTTPClient` is get, http, client."""
    return tuple(word.lower() for word in WORD.findall(name))


def makes(name: str) -> bool:
    """Tell whether a dotted name says that something is opened, started or made, and not only asked for."""
    *owners, last = name.split(".")
    if _fetches(last) or _only_tells(last):
        # Who asks `client` for something asks over what is open already.
        return any(_makes(one) and any(map(SOURCES.fullmatch, words(one))) for one in owners)
    return any(map(_makes, (*owners, last)))


def _only_tells(name: str) -> bool:
    """Tell whether a name says no more than that something is got, or that it is the number or the like of it."""
    said = [word for word in words(name) if word not in ASIDE]
    if said[:1] != ["get"]:
        return False
    return not said[1:] or any(known.fullmatch(said[-1]) for known in (DESCRIBES, MEASURES, NUMBERS, LISTED))


def _fetches(name: str) -> bool:
    """Tell whether a name says that something is asked for; to get it may be to make it."""
    said = [word for word in words(name) if word not in ASIDE]
    return bool(said) and said[0] != "get" and FETCHES.fullmatch(said[0]) is not None


def _makes(name: str) -> bool:
    said = [word for word in words(name) if word not in ASIDE]
    if not said or FETCHES.fullmatch(said[0]):
        return False
    if DESCRIBES.fullmatch(said[-1]) and not any(map(BEGINS.fullmatch, said)):
        return False
    return any(MAKES.fullmatch(word) or OPENED.fullmatch(word) for word in said)


def once(state: str) -> bool:
    """Tell whether a flag's name says that something has been made, started or opened, or is to be."""
    return any(
        MAKES.fullmatch(form)
        for word in words(state)
        for form in (word, word.removesuffix("d"), word.removesuffix("ed"))
    )


def says_done(state: str) -> bool:
    """Tell whether a name says that something has been done, or of what: `added_ids`, `fetched`, `known`."""
    return any(DONE.fullmatch(word) for word in words(state))


def says_checked(state: str) -> bool:
    """Tell whether a name says that somebody has looked whether all is as it should be: `proxy_validated`."""
    return any(map(CHECKED.fullmatch, words(state)))


def holds(state: str, keyed: bool) -> bool:
    """Tell whether state is by its name what is lost, or left open, where it is made twice."""
    return not describes(state) and any(
        OPENED.fullmatch(word.removesuffix("s") if keyed else word) for word in words(state)
    )


def describes(state: str) -> bool:
    """Tell whether state is by its name what somebody says of something: `session_info`, `resource_metadata_cache`."""
    said = [word for word in words(state) if word not in CONTAINERS]
    return bool(said) and any(known.fullmatch(said[-1]) for known in (DESCRIBES, MEASURES))


def informs(state: str) -> bool:
    """Tell whether state is by its name what somebody tells of something, which nobody changes: `mint_info`."""
    return words(state)[-1:] != () and words(state)[-1] in INFORMS


def is_credential(state: str) -> bool:
    """Tell whether state is by its name what lets somebody in: two that are got at once are mostly both good."""
    return any(map(CREDENTIALS.fullmatch, words(state)))


def made_by(graph: Graph, wrote: Written) -> tuple[ops.Call, ...]:
    """Return the calls of this function that gave the value of a write, or what it is a part of; order is ignored."""
    every = [op for block in graph.blocks for op in block.ops]
    made: dict[ops.Var, list[tuple[ops.Op, tuple[ops.Var, ...]]]] = {}
    for op in every:
        for into, sources in _passed_on(op):
            made.setdefault(into, []).append((op, sources))
    stored = [op.value for op in every if isinstance(op, ops.StoreAttr | ops.StoreItem) and op.at == wrote.at]
    every_var = reached(stored, lambda var: (source for _, sources in made.get(var, ()) for source in sources))
    calls = (op for var in every_var for op, _ in made.get(var, ()) if isinstance(op, ops.Call))
    return tuple(dict.fromkeys(calls))


def _passed_on(op: ops.Op) -> Iterator[tuple[ops.Var, tuple[ops.Var, ...]]]:
    """Yield the variable that an op makes of others, and those; of a call only that it is one."""
    match op:
        case ops.Call():
            yield op.into, ()
        case ops.Move(into, source, _):
            yield into, (source,)
        case ops.Suspend(_, str() as value, str() as into, _):
            yield into, (value,)
        case ops.Compute(into, _, args, _):
            yield into, args
        case ops.New(into, _, parts, _):
            yield into, parts
        case ops.LoadAttr(into, base, _, _) | ops.LoadItem(into, base, _, _, _, _):
            yield into, (base,)
        case ops.Enter(into, context, _, _):
            yield into, (context,)
        case _:
            pass


def constructs(view: FunctionView, wrote: Written) -> bool:
    """Tell whether what is stored is a new object of a class."""
    return any(CLASS.fullmatch(call.callee.rsplit(".", 1)[-1]) for call in _calls(view, wrote))


def makes_object(view: FunctionView, window: Window) -> bool:
    """Tell whether a new object of a class is made between a check and the write."""
    first, last = view.primary(window.reading.at).line, view.primary(window.at).line
    return any(
        first <= view.primary(call.at).line <= last
        for call in view.assembled.graph.calls.values()
        if CLASS.fullmatch(call.callee.rsplit(".", 1)[-1])
    )


def is_plain(view: FunctionView, wrote: Written) -> bool:
    """Tell whether what is stored is a number, a text, a truth or a time: nothing that could be left open."""
    form = wrote.value.form
    if form in ARITHMETIC or form in SCALARS & COPIERS or form in TRUTHS or comparison(form)[0]:
        return True
    return any(call.method in CLOCKS for call in _calls(view, wrote)) or _is_said_plain(view, wrote)


def _is_said_plain(view: FunctionView, wrote: Written) -> bool:
    """Tell whether all that gives a value is annotated to return a number, a text or a truth."""
    calls = made_by(view.assembled.graph, wrote)
    address = ADDRESSES.fullmatch((words(wrote.path.attribute) or ("",))[-1])
    if not address and any(ISSUED.fullmatch(word) for call in calls for word in words(call.method)):
        return False  # the name of something that the other end holds ready
    return bool(calls) and all(PLAIN.fullmatch(said) for call in calls for said in _said(view, call) or ("",))


def _said(view: FunctionView, call: ops.Call) -> list[str]:
    """Return the annotations of what a call returns; none if it is not known what it runs."""
    function = view.assembled.frames[view.assembled.frame(call.at)].function
    first, _, rest = call.callee.partition(".")
    own = function.facts.params[0][0] if function.facts.cls is not None and function.facts.params else ""
    callee = f"self.{rest}" if rest and first == own else call.callee
    return [target.facts.returns for target in view.rivals.tasks.resolver.targets(function, callee)]


def _calls(view: FunctionView, wrote: Written) -> Iterator[ops.Call]:
    """Yield the call whose result is stored in an attribute."""
    every = [op for block in view.assembled.graph.blocks for op in block.ops]
    stored = {op.value for op in every if isinstance(op, ops.StoreAttr) and op.at == wrote.at}
    yield from {op.into: op for op in every if isinstance(op, ops.Call) and op.into in stored}.values()


def waits_for_itself(view: FunctionView, window: Window) -> bool:
    """Tell whether a window waits for what stands in the state: for the end of that, which takes it away."""
    every = [op for block in view.assembled.graph.blocks for op in block.ops]
    var = next((op.value for op in every if isinstance(op, ops.Suspend) and op.at == window.slept), None)
    sources: dict[ops.Var, ops.Var] = {}
    named: set[ops.Var] = set()
    for op in every:
        match op:
            case ops.LoadAttr(into, _, name, _) if name == window.path.attribute:
                named.add(into)
            case ops.Move(into, source, _) | ops.LoadItem(into, source, _, _, _, _):
                sources[into] = source
            case _:
                pass
    seen: set[ops.Var] = set()
    while var is not None and var not in named and var not in seen:
        seen.add(var)
        var = sources.get(var)
    return var in named


def brings(name: str) -> bool:
    """Tell by its name whether a function only brings an answer: a second one is as good as the first."""
    return next(iter(words(name)), "") in BRINGS
