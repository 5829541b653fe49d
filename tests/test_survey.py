"""What the survey says of small sources: places, writes, calls, attributes."""

from __future__ import annotations

import marshal
from dataclasses import dataclass
from textwrap import dedent, indent

import pytest

from asynclint.survey import survey
from asynclint.survey.codec import from_data, to_data
from asynclint.survey.facts import FunctionFacts, ModuleFacts, Place
from asynclint.survey.vocabulary import sounds_like_lock


def text_of(place: Place) -> str:
    """Return a place as `kind:root.steps`; the kind is left out for self and cls."""
    steps = ".".join(place.steps).replace(".[]", "[]")
    joint = "" if steps.startswith("[]") or not steps else "."
    body = steps if place.root.startswith("%") else f"{place.root}{joint}{steps}"
    return body if place.kind in ("self", "cls") else f"{place.kind}:{body}"


def read(source: str) -> ModuleFacts:
    """Survey a dedented source."""
    return survey("a.py", dedent(source))


def method(body: str, head: str = "async def f(self, n, other):") -> FunctionFacts:
    """Survey a body as that of a method of a class in a module with a few names."""
    source = (
        "import asyncio\nimport core\nfrom app import Registry, cache, helper as renamed\nCOUNT = 0\nrows = {}\n"
        "def plain(): ...\nclass Box:\n    " + head + "\n" + indent(dedent(body).strip("\n"), "        ") + "\n"
    )
    return next(one for one in survey("a.py", source).functions if one.name == "Box.f")


def writes(facts: FunctionFacts) -> list[str]:
    """Return the writes as `how place detail`."""
    return sorted(f"{one.how} {text_of(one.place)} {one.detail}".strip() for one in facts.writes)


def loads(facts: FunctionFacts) -> set[str]:
    """Return the loads as text."""
    return {text_of(one) for one in facts.loads}


WRITES = {
    "self.x = 1": ["store self.x 1"],
    "self.x = None": ["store self.x None"],
    "self.x = -1": ["store self.x -1"],
    "self.x = dict()": ["store self.x {}"],
    "self.x = n": ["store self.x"],
    "self.x: int = 3": ["store self.x 3"],
    "self.x: int": [],
    "self.a.b.c.d = 0": ["store self.a.b.c 0"],
    "self.x += await n()": ["augmented self.x"],
    "del self.x": ["delete self.x"],
    "self.d[n] = True": ["item self.d[] True"],
    "self.d[n][0].z = True": ["store self.d[][] True"],
    "self.d[n] += 1": ["augmented self.d[]"],
    "del self.d[n], self.y": ["delete item self.d[]", "delete self.y"],
    "self.a = self.b = []": ["store self.a []", "store self.b []"],
    "self.a, (self.b, *self.c) = 1, n": ["store self.a 1", "store self.b", "store self.c"],
    "self.d.update(n)": ["mutate self.d update"],
    "self.d[n].append(1)": ["mutate self.d[] append"],
    "self.d.get(n).append(1)": ["mutate self.d[] append"],
    "self.d.setdefault(n, []).append(1)": ["mutate self.d setdefault", "mutate self.d[] append"],
    "await self.d.update(n)": [],
    "heapq.heappush(self.h, n)": ["mutate self.h heappush"],
    "setattr(self, 'x', 0)": ["store self.x 0"],
    "delattr(self, 'x')": ["delete self.x"],
    "setattr(self, n, 0)": [],
    "global COUNT; COUNT = 1": ["store global:COUNT 1"],
    "global COUNT; COUNT += 1": ["augmented global:COUNT"],
    "global FRESH; del FRESH": ["delete global:FRESH"],
    "COUNT = 1": [],
    "rows[n] = 1": ["item global:rows[] 1"],
    "rows.clear()": ["mutate global:rows clear"],
    "cache[n] = 1": ["item global:cache[] 1"],
    "core.app.x = 1": ["store global:core.app.x 1"],
    "Registry.x = 1": ["store class:Registry.x 1"],
    "Box.rows.append(1)": ["mutate class:Box.rows append"],
    "other.x = 1": ["store param:other.x 1"],
    "other[n] = 1": ["item param:other[] 1"],
    "other.append(1)": ["mutate param:other append"],
    "fresh = {}; fresh[n] = 1; fresh.x = 2": [],
    "fresh = make(); fresh.append(1)": [],
    "[].append(1)": [],
    "for self.x in n: pass": ["store self.x"],
    "for self.d[n] in n: pass": ["item self.d[]"],
    "with n as self.x: pass": ["store self.x"],
    "if (row := self.row): row.n = 1": ["store self.row.n 1"],
}

ALIASES = {
    "row = self.rows[n]; row.n += 1": ["augmented self.rows[].n"],
    "row = self.rows.get(n); row['k'] = 1": ["item self.rows[][] 1"],
    "a = self.x; b = a; b.y = 1": ["store self.x.y 1"],
    "b.y = 1; b = a; a = self.x": ["store self.x.y 1"],
    "row = self.a if n else self.b\nrow.clear()": ["mutate self.a clear", "mutate self.b clear"],
    "row = self.a or {}; row.clear()": ["mutate self.a clear"],
    "a, b = self.x, self.y; b.z = 1": ["store self.y.z 1"],
    "for row in self.rows: row.n = 1": ["store self.rows[].n 1"],
    "for row in list(self.rows): row.n = 1": ["store self.rows[].n 1"],
    "for k, row in self.rows.items(): row.n = 1": ["store self.rows[].n 1"],
    "for i, row in enumerate(self.rows): row.n = 1": ["store self.rows[].n 1"],
    "for i, (k, row) in enumerate(self.rows.items()): row.n = 1": ["store self.rows[].n 1"],
    "for row in self.rows[1:]: row.n = 1": ["store self.rows[].n 1"],
    "for row in (self.a, self.b): row.n = 1": ["store self.a.n 1", "store self.b.n 1"],
    "for row in [r for r in self.rows if r]: row.n = 1": ["store self.rows[].n 1"],
    "rows = [r.x for r in self.rows]\nfor x in rows: x.n = 1": ["store self.rows[].x 1"],
    "rows = list(self.rows); rows.append(1)": [],
    "rows = list(self.rows); rows[0] = 1; rows[1] += 1; del rows[2]": [],
    "for row in self.rows: made = {row.key: row}; made[1] = row": [],
    "rows = list(self.rows); rows[0].append(1); rows[0].n = 1": ["mutate self.rows[] append", "store self.rows[].n 1"],
    "rows = self.rows.copy(); rows.clear()": [],
    "with self.lock as held: held.n = 1": ["store self.lock.n 1"],
    "x = getattr(self, 'a', None); x.n = 1": ["store self.a.n 1"],
    "x = cast(Foo, self.a); x.n = 1": ["store self.a.n 1"],
    "other = self.a; other.n = 1": ["store param:other.n 1", "store self.a.n 1"],
    "x = next(iter(self.rows)); x.n = 1": ["store self.rows[].n 1"],
    "match self.a:\n    case x: x.n = 1": ["store self.a.n 1"],
    "[r.clear() for r in self.rows]": ["mutate self.rows[] clear"],
    "x = await self.a; x.n = 1": [],
}


@pytest.mark.parametrize(("source", "expected"), [*WRITES.items(), *ALIASES.items()], ids=str)
def test_writes(source: str, expected: list[str]) -> None:
    assert writes(method(source)) == expected


LOADS = {
    "return self.a.b": {"self.a", "self.a.b"},
    "self.a.b()": {"self.a"},
    "self.go()": set(),
    "await self.go(self.x)": {"self.x"},
    "self.x += 1": {"self.x"},
    "self.x = 1": set(),
    "self.a.x = 1": {"self.a"},
    "n in self.rows": {"self.rows", "self.rows[]"},
    "self.rows.get(n)": {"self.rows", "self.rows[]"},
    "f'{self.x!r:>{self.y}}'": {"self.x", "self.y"},
    "lambda: self.x": {"self.x"},
    "[r.n for r in self.rows]": {"self.rows", "self.rows[]", "self.rows[].n"},
    "hasattr(self, 'x')": {"self.x"},
    "COUNT": {"global:COUNT"},
    "cache": {"global:cache"},
    "core.app.x": {"global:core.app", "global:core.app.x"},
    "asyncio.Lock": {"global:asyncio.Lock"},
    "plain; Registry; print": set(),
    "Registry.x": {"class:Registry.x"},
    "other.x.y": {"param:other.x", "param:other.x.y"},
    "row = self.rows[n]; return row.n": {"self.rows", "self.rows[]", "self.rows[].n"},
    "match n:\n    case self.x: pass": {"self.x"},
    "assert self.x, self.y": {"self.x", "self.y"},
    "raise self.x from self.y": {"self.x", "self.y"},
    "try: pass\nexcept self.x: self.y\nelse: self.z\nfinally: self.w": {"self.x", "self.y", "self.z", "self.w"},
    "def g(x=self.x): return self.y": {"self.x"},
    "class C(self.x): y = 1": {"self.x"},
    "self.d[self.k] = self.v": {"self.d", "self.k", "self.v"},
    "del self.a.b, self.c[self.k]": {"self.a", "self.c", "self.k"},
}


@pytest.mark.parametrize(("source", "expected"), LOADS.items(), ids=str)
def test_loads(source: str, expected: set[str]) -> None:
    assert loads(method(source)) == expected


CALLS = {
    "foo()": ["foo"],
    "await self.a.b(n)": ["await self.a.b n"],
    "asyncio.create_task(self._run())": ["self._run", "asyncio.create_task self._run"],
    "on_message(self._run, key=self._end)": ["on_message self._run self._end"],
    "call_soon(lambda: self._run(1))": ["self._run", "call_soon self._run"],
    "call_soon(partial(self._run, n))": ["partial self._run n", "call_soon partial self._run n"],
    "for x in self.go(): self.run()": ["self.go", "loop self.run"],
    "while self.go(): pass\nelse: self.run()": ["loop self.go", "self.run"],
    "await gather(*(self.one(i) for i in n))": ["loop self.one i", "await gather self.one i"],
    "gather(*tasks, [self.a, self.b])": ["gather tasks self.a self.b"],
    "foo(await self.bar())": ["await self.bar", "foo"],
    "asyncio.get_running_loop().call_later(1, self.cb)": [
        "asyncio.get_running_loop",
        "asyncio.get_running_loop().call_later self.cb",
    ],
    "super().start()": ["super().start"],
    "self.tasks[n].cancel()": ["self.tasks[].cancel"],
    "(a or b)()": [],
}


def call_texts(facts: FunctionFacts) -> list[str]:
    """Return the calls as `loop await callee arguments`."""
    found = []
    for one in facts.calls:
        marks = "loop " * one.in_loop + "await " * one.awaited
        found.append(" ".join([marks + one.callee, *one.arguments]))
    return found


@pytest.mark.parametrize(("source", "expected"), CALLS.items(), ids=str)
def test_calls(source: str, expected: list[str]) -> None:
    assert call_texts(method(source)) == expected


@dataclass(frozen=True)
class Nested:
    """A function in a source, and what it loads and writes."""

    source: str
    name: str
    reads: set[str]
    changes: list[str]
    free: set[str]


NESTED = [
    Nested(
        "class A:\n def f(self):\n  def g():\n   self.x = self.y\n  g()",
        "A.f.g",
        {"self.y"},
        ["store self.x"],
        {"self"},
    ),
    Nested("def f():\n x = 0\n def g():\n  nonlocal x\n  x += 1", "f.g", {"closure:x"}, ["augmented closure:x"], {"x"}),
    Nested("def f(x):\n def g(): x.y = x.z", "f.g", {"closure:x", "closure:x.z"}, ["store closure:x.y"], {"x"}),
    Nested("def f(x):\n def g():\n  def h(): return x", "f.g", set(), [], {"x"}),
    Nested("def f(x):\n def g(x): x.y = 1", "f.g", set(), ["store param:x.y 1"], set()),
    Nested("def f(self):\n self.x = 1", "f", set(), ["store param:self.x 1"], set()),
    Nested("class A:\n @classmethod\n def f(klass):\n  klass.x = 1", "A.f", set(), ["store cls.x 1"], set()),
    Nested("class A:\n @staticmethod\n def f(a):\n  a.x = 1", "A.f", set(), ["store param:a.x 1"], set()),
    Nested("class A:\n def f(this):\n  this.x = this.y", "A.f", {"self.y"}, ["store self.x"], set()),
    Nested("def f():\n import core\n core.x = 1", "f", set(), ["store global:core.x 1"], set()),
    Nested(
        "class A:\n def f(self):\n  rows = self.rows\n  def g(): rows.clear()",
        "A.f.g",
        {"closure:rows"},
        ["mutate closure:rows clear", "mutate self.rows clear"],
        {"rows"},
    ),
    Nested("x = 1\ndef f():\n def g():\n  global x\n  x = 2", "f.g", set(), ["store global:x 2"], set()),
    Nested("def f(x):\n class C:\n  def g(self): return x", "f.C.g", {"closure:x"}, [], {"x"}),
]


@pytest.mark.parametrize("case", NESTED, ids=lambda case: case.source)
def test_nested(case: Nested) -> None:
    facts = {one.name: one for one in read(case.source).functions}[case.name]
    assert (loads(facts), writes(facts), set(facts.free)) == (case.reads, case.changes, case.free)


EVERYTHING = """
from __future__ import annotations
import asyncio
import os.path as osp
from . import sibling
from ..pkg.mod import Thing as Other
LIMIT: int = 3
state = None

@register
class Account(Base[int], mixins.Locked):
    shared: dict[str, "Thing"] = {}
    cache = field(default_factory=asyncio.Queue)

    def __init__(self, hass: HomeAssistant, lock: asyncio.Lock | None = None) -> None:
        self.hass = hass
        self._lock = lock or asyncio.Lock()
        self.rows: list[Row] = []

    @app.route("/é")
    async def deposit(self, n: int, *rest, key=None, **more) -> Opt[int]:
        é = 1; self.n = n
        async with self._locks[n], self.timeout(3) as t:
            async for row in self.rows:
                yield row

    class Inner:
        async def work(self): await asyncio.sleep(0)

def start():
    global state, started
    started = True
    async def worker():
        import json
        [x async for x in state]

asyncio.run(start())
"""


def test_module() -> None:
    facts = read(EVERYTHING)
    assert dict(facts.imports) == {
        "annotations": "__future__.annotations",
        "asyncio": "asyncio",
        "osp": "os.path",
        "sibling": ".sibling",
        "Other": "..pkg.mod.Thing",
        "json": "json",
    }
    assert [(name, sorted(one.constructors), one.annotation) for name, one in facts.globals] == [
        ("LIMIT", ["int"], "int"),
        ("state", ["None"], ""),
        ("started", [], ""),
    ]
    assert [(one.callee, one.arguments) for one in facts.top_level_calls] == [
        ("start", ()),
        ("asyncio.run", ("start",)),
        ("field", ("asyncio.Queue",)),
        ("app.route", ()),
    ]


def test_constants_are_numbers_and_truths_in_bodies() -> None:
    source = """
    LIMIT = 1
    NAME, OFF = "a", False
    MANY = 1 if NAME else 2
    class Base:
        polls: bool = True
        name = "b"
        def __init__(self):
            self.rest = 3
    """
    assert read(source).constants == (("LIMIT", "1"), ("OFF", "False"), ("Base.polls", "True"))


def test_classes() -> None:
    account, inner = read(EVERYTHING).classes
    assert (account.name, account.bases, account.decorators) == ("Account", ("Base", "mixins.Locked"), ("register",))
    assert account.methods == ("__init__", "deposit")
    assert [(name, sorted(one.constructors), one.annotation) for name, one in account.attributes] == [
        ("shared", ["dict"], "dict[str, Thing]"),
        ("cache", ["asyncio.Queue(0)"], ""),
        ("hass", [], "HomeAssistant"),
        ("_lock", ["asyncio.Lock"], ""),
        ("rows", ["list"], "list[Row]"),
        ("n", [], "int"),
    ]
    assert (inner.name, inner.methods) == ("Account.Inner", ("work",))


def test_functions() -> None:
    facts = {one.name: one for one in read(EVERYTHING).functions}
    assert list(facts) == [
        "Account.__init__",
        "Account.deposit",
        "Account.Inner.work",
        "start",
        "start.worker",
    ]
    deposit = facts["Account.deposit"]
    assert (deposit.first_line, deposit.line, deposit.column, deposit.end_line) == (20, 21, 4, 25)
    assert deposit.params == (("self", ""), ("n", "int"), ("rest", ""), ("key", ""), ("more", ""))
    assert (deposit.decorators, deposit.returns) == (("app.route",), "Opt[int]")
    assert (deposit.is_async, deposit.is_generator, deposit.suspensions) == (True, True, 4)
    assert [(one.text, one.line, one.end_line) for one in deposit.withs] == [
        ("self._locks[]", 23, 25),
        ("self.timeout()", 23, 25),
    ]
    assert [(one.line, one.column, one.end_column) for one in deposit.writes] == [(22, 16, 22)]
    assert {text_of(one) for one in deposit.iterates} == {"self.rows"}
    assert deposit.bindings == {"self", "n", "rest", "key", "more", "é", "t", "row"}
    worker = facts["start.worker"]
    assert (worker.parent, worker.cls, worker.suspensions, set(worker.bindings)) == ("start", None, 1, {"json"})
    assert (facts["Account.Inner.work"].cls, facts["Account.Inner.work"].parent) == ("Account.Inner", None)


def test_codec_gives_back_equal_facts_and_is_plain_data() -> None:
    facts = read(EVERYTHING)
    assert from_data(marshal.loads(marshal.dumps(to_data(facts)))) == facts


def test_codec_refuses_another_format() -> None:
    data = to_data(read(EVERYTHING))
    with pytest.raises(ValueError, match="another format"):
        from_data((data[0] + 1, *data[1:]))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("self._lock", True),
        ("self._locks[]", True),
        ("self.lock_for()", True),
        ("asyncio.Lock()", True),
        ("self._rlock", True),
        ("write_mutex", True),
        ("self.sem", True),
        ("self._semaphore", True),
        ("self._connectionLock", True),
        ("self.LOCK", True),
        ("self.block", False),
        ("self.clock", False),
        ("self.lock.owner", False),
        ("self.assembly", False),
        ("self.unlocked", False),
        ("self.blocking", False),
    ],
)
def test_names_of_locks(text: str, expected: bool) -> None:
    assert sounds_like_lock(text) is expected
