"""From the body of a method to a whole program: the class around it, and what is free about its runs."""

from __future__ import annotations

import re

from tests.oracle.program import Domain, Method, Program

HEADER = "import asyncio\n\nfrom outside import bump, fetch, flip, make, pause, use\n\n\n"
NAME = re.compile(r"self\.(\w+)(\[[^]]*\])?")
KEYS = re.compile(r"self\.d\[([^]]*)\]|self\.d\.\w+\(([^,)]*)|(\S+) (?:not )?in self\.d\b")
STATE = re.compile(r"self\.[xyz]\b|self\.busy\b|self\.d\.\w+|self\.d\[[^]]*\]|in self\.d\b")
LOCKS = ("lock", "other")
PARAMS: tuple[tuple[str, Domain], ...] = (
    ("a", "bool"),
    ("items", "items"),
    ("key", "key"),
    ("n", "fresh"),
    ("m", "fresh"),
)
START = {"any": "make()", "count": "0", "slot": "None", "flag": "False"}


def domain_of(text: str) -> Domain:
    """Choose what counters and slots can hold: a program that tells None or 0 from others must meet both."""
    if "None" in re.sub(r"pop\(\w+, None\)", "", text):
        return "slot"
    return "count" if re.search(r"\b(if|while|assert|and|or|not)\b", text) else "any"


def _paths(text: str) -> tuple[tuple[str, Domain], ...]:
    found = {name for name, _ in NAME.findall(text)}
    value = domain_of(text)
    paths: list[tuple[str, Domain]] = [(name, value) for name in ("x", "y", "z") if name in found]
    if "busy" in found:
        paths.append(("busy", "flag"))
    keys = sorted({key for match in KEYS.findall(text) for key in match if key}, reverse=True)
    unsure = re.search(r"in self\.d\b|self\.d\.|\bdel\b|KeyError", text)
    paths += [(f"d[{key}]", "absent" if unsure else "any") for key in keys]
    return tuple(paths)


def _signature(text: str, value: Domain) -> tuple[tuple[str, Domain], ...]:
    used = set(re.findall(r"\w+", text))
    told_apart = set(re.findall(r"\b([nm])(?= is\b)|(?:\bif|\bnot|==|!=|\bis|\band|\bor|\bwhile) ([nm])\b", text))
    params: list[tuple[str, Domain]] = [
        (name, "alike" if domain == "fresh" and any(name in pair for pair in told_apart) else domain)
        for name, domain in PARAMS
        if name in used
    ]
    return tuple(params) + ((("v", value),) if "v" in used else ())


def _method(kind: str, name: str, body: str, value: Domain) -> tuple[Method, str]:
    params = _signature(body, value)
    names = ", ".join(["self", *(param for param, _ in params)])
    lines = "".join(f"        {line}\n" for line in body.splitlines())
    return Method(name, params), f"    {kind} {name}({names}):\n{lines}"


def _constructor(paths: tuple[tuple[str, Domain], ...], locks: tuple[str, ...]) -> str:
    lines = [f"        self.{path} = {START[domain]}\n" for path, domain in paths if "[" not in path]
    if any("[" in path for path, _ in paths):
        lines.append("        self.d = {}\n")
    lines += [f"        self.{lock} = asyncio.Lock()\n" for lock in locks]
    return "    def __init__(self):\n" + "".join(lines or ["        pass\n"])


def frame(body: str, rival: str = "", shape: str = "") -> Program:
    """Put a method body, and that of its rival (async if it awaits), into a class."""
    text = f"{body}\n{rival}"
    paths = _paths(text)
    locks = tuple(lock for lock in LOCKS if f"self.{lock}" in text)
    value: Domain = "fresh" if "self.d" in rival else domain_of(text)
    methods, parts = zip(*_methods(body, rival, value), strict=True)
    source = "class Shared:\n" + "\n".join((_constructor(paths, locks), *parts))
    raising = "try:" in body
    patience = 4 if "while" in body else 12
    return Program(source, paths, methods, _crowds(body, rival), locks, raising, patience, shape=shape)


def _methods(body: str, rival: str, value: Domain) -> list[tuple[Method, str]]:
    methods = [_method("async def", "work", body, value)]
    if rival:
        kind = "async def" if re.search(r"\b(await|async)\b", rival) else "def"
        methods.append(_method(kind, "rival", rival, value))
    return methods


def _crowds(body: str, rival: str) -> tuple[tuple[str, ...], ...]:
    """Return who runs beside the method: itself always; rivals up to two, where there are two gaps to fall into."""
    if not rival:
        return (("work",),)
    gaps = len(re.findall(r"\b(await|async)\b", body)) * (2 if re.search(r"\b(while|for)\b", body) else 1)
    crowds = [("rival",), ("rival", "rival")] if gaps > 1 else [("rival",)]
    elsewhere = set(STATE.findall(body)) - set(STATE.findall(rival))
    return (*crowds, ("work",)) if "async" in rival or "lock" in body or elsewhere else tuple(crowds)
