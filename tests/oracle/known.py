"""Small programs whose truth is known by thought: what the oracle itself is tested with.

Each is a body, the body of a rival (empty: only a second run of the same method), and the torn paths.
"""

from __future__ import annotations

STORE = "self.x = v"
LOCKED = "async with self.lock:\n    self.x = v"
PUT = "self.d[key] = v"
DROP = "self.d.pop(key, None)"

KNOWN: tuple[tuple[str, str, str, str], ...] = (
    # what, body, rival, torn paths
    ("lost update", "n = self.x\nawait pause()\nself.x = n + 1", STORE, "x"),
    ("lost update, second run", "n = self.x\nawait pause()\nself.x = n + 1", "", "x"),
    ("no suspension between", "await pause()\nn = self.x\nself.x = n + 1\nawait pause()", STORE, ""),
    ("blind write", "n = self.x\nawait pause()\nself.x = make()", STORE, ""),
    ("dummy re-read", "n = self.x\nawait pause()\nself.x\nself.x = n + 1", STORE, "x"),
    ("read again", "n = self.x\nawait pause()\nn = self.x\nself.x = n + 1", STORE, ""),
    ("another attribute", "n = self.x\nawait pause()\nself.y = n + 1", STORE, ""),
    ("augmented, atomic", "await pause()\nself.x += 1\nawait pause()", STORE, ""),
    ("augmented, torn", "self.x += await fetch()", STORE, "x"),
    ("augmented, torn, second run", "self.x += await fetch()", "", "x"),
    ("read before await in one expression", "self.x = self.x + await fetch()", STORE, "x"),
    ("read after await in one expression", "self.x = await fetch() + self.x", STORE, ""),
    ("argument order", "self.x = bump(self.x, await fetch())", STORE, "x"),
    ("argument order, safe", "self.x = bump(await fetch(), self.x)", STORE, ""),
    ("through an argument of the awaited call", "self.x = await fetch(self.x)", STORE, "x"),
    ("through two locals", "n = self.x\nm = n + 1\nawait pause()\nself.x = m", STORE, "x"),
    ("through a tuple", "n, m = self.x, self.y\nawait pause()\nself.y = n\nself.x = m", STORE, ""),
    ("through a tuple, own", "n, m = self.x, self.y\nawait pause()\nself.y, self.x = m + 1, n + 1", STORE, "x y"),
    ("walrus", "if (n := self.x) is not None:\n    await pause()\n    self.x = bump(n)", STORE, "x"),
    ("f-string", "n = f'{self.x}'\nawait pause()\nself.x = n", STORE, "x"),
    ("overwritten local", "n = self.x\nn = 10\nawait pause()\nself.x = n", STORE, ""),
    ("one branch only", "n = self.x\nif flip():\n    await pause()\nself.x = n + 1", STORE, "x"),
    ("back edge", "for item in items:\n    n_ = self.x\n    await pause()\n", STORE, ""),
    ("back edge, torn", "for item in items:\n    self.x = n + 1\n    n = self.x\n    await pause()", STORE, "x"),
    ("back edge, reloaded", "for item in items:\n    n = self.x\n    self.x = n + 1\n    await pause()", STORE, ""),
    ("lazy init", "if self.x is None:\n    await pause()\n    self.x = make()", "", "x"),
    ("lazy init, value first", "if self.x is None:\n    self.x = await fetch()", "", "x"),
    ("lazy init, constant", "if self.x is None:\n    await pause()\n    self.x = 10", "", ""),
    ("lazy init, constant, other value", "if self.x is None:\n    await pause()\n    self.x = 10", STORE, "x"),
    ("lazy init, atomic", "if self.x is None:\n    self.x = make()\nawait pause()", STORE, ""),
    (
        "double check",
        "if self.x is None:\n    await pause()\n    if self.x is None:\n        self.x = make()",
        STORE,
        "",
    ),
    (
        "double check of another",
        "if self.x is None:\n    await pause()\n    if self.y is None:\n        self.x = make()",
        STORE,
        "x",
    ),
    ("early return", "if self.x is not None:\n    return\nawait pause()\nself.x = make()", STORE, "x"),
    (
        "early return, re-check",
        "if self.x is not None:\n    return\nn = await fetch()\nif self.x is not None:\n    return\nself.x = n",
        STORE,
        "",
    ),
    ("both branches write", "if self.x is None:\n    use(1)\nawait pause()\nself.x = 10", STORE, ""),
    ("compare and set", "n = self.x\nawait pause()\nif self.x == n:\n    self.x = n + 1", STORE, ""),
    ("identity", "n = self.x\nawait pause()\nif self.x is n:\n    self.x = make()", STORE, ""),
    (
        "compare with what it wrote itself",
        "n = self.x\nawait pause()\nself.x = None\nif self.x is n:\n    self.x = bump(n)",
        STORE,
        "x",
    ),
    (
        "unset, known on the way that gives way",
        "n = self.x\nif self.x is None:\n    await pause()\nif self.x is None:\n    self.x = bump(n)",
        STORE,
        "",
    ),
    (
        "unset, known on one of two ways that give way",
        (
            "n = self.x\nif self.x is None:\n    await pause()\nelse:\n    await pause()\n"
            "if self.x is None:\n    self.x = bump(n)"
        ),
        STORE,
        "x",
    ),
    (
        "compared with a variable, which may be None, and set to None",
        "n = self.x\nif self.x is n:\n    n = self.x\n    self.x = None\n    await pause()\n    self.x = bump(n)",
        STORE,
        "x",
    ),
    (
        "a flag found clear on one way, long ago on the other",
        (
            "if self.busy:\n    return\nif flip():\n    await pause()\nself.busy = True\n"
            "n = self.x\nawait pause()\nself.x = bump(n)\nself.busy = False"
        ),
        "",
        "busy x",
    ),
    (
        "stale outside, found anew inside a loop that gives way twice",
        (
            "while self.d.get(key) is n:\n    await pause()\n    await pause()\n"
            "    if key in self.d:\n        self.d[key] = make()"
        ),
        PUT,
        "",
    ),
    (
        "compared after a default that tells itself apart",
        (
            "n = self.d.get(key)\nawait pause()\nself.d.setdefault(key, make())\n"
            "if self.d.get(key) is n:\n    self.d[key] = bump(n)"
        ),
        PUT,
        "",
    ),
    (
        "takes back what it has just put",
        (
            "if key not in self.d:\n    await pause()\n"
            "    if key not in self.d:\n        self.d[key] = 10\n        del self.d[key]"
        ),
        PUT,
        "",
    ),
    ("compare, then suspend", "n = self.x\nif self.x == n:\n    await pause()\n    self.x = n + 1", STORE, "x"),
    ("wait for", "while self.x is not None:\n    await pause()\nself.x = make()", STORE, ""),
    ("wait, then suspend", "while self.x is not None:\n    await pause()\nawait pause()\nself.x = make()", STORE, "x"),
    ("chosen by a check, not computed", "n = 10 if self.x is None else 11\nawait pause()\nself.x = n", STORE, ""),
    ("reserved", "if self.x is None:\n    self.x = 10\n    n = await fetch()\n    self.x = n", "", ""),
    (
        "reserved, rival ignores it",
        "if self.x is None:\n    self.x = 10\n    n = await fetch()\n    self.x = n",
        STORE,
        "",
    ),
    (
        "busy flag",
        "if self.busy:\n    return\nself.busy = True\nn = self.x\nawait pause()\nself.x = n + 1\nself.busy = False",
        "",
        "",
    ),
    (
        "busy flag too late",
        (
            "if self.busy:\n    return\nawait pause()\nself.busy = True\n"
            "n = self.x\nawait pause()\nself.x = n + 1\nself.busy = False"
        ),
        "",
        "busy x",
    ),
    (
        "busy flag, rival ignores it, another rule's",
        "if self.busy:\n    return\nself.busy = True\nn = self.x\nawait pause()\nself.x = n + 1\nself.busy = False",
        STORE,
        "",
    ),
    ("save and restore, another rule's", "n = self.x\nself.x = make()\nawait pause()\nself.x = n", STORE, ""),
    ("lock", "async with self.lock:\n    n = self.x\n    await pause()\n    self.x = n + 1", LOCKED, ""),
    ("lock, second run", "async with self.lock:\n    n = self.x\n    await pause()\n    self.x = n + 1", "", ""),
    (
        "lock that the rival does not take, another rule's",
        "async with self.lock:\n    n = self.x\n    await pause()\n    self.x = n + 1",
        STORE,
        "",
    ),
    ("read outside the lock", "n = self.x\nawait pause()\nasync with self.lock:\n    self.x = n + 1", LOCKED, "x"),
    (
        "lock taken between, held over a suspension",
        "n = self.x\nasync with self.lock:\n    await pause()\n    self.x = n + 1",
        "",
        "x",
    ),
    (
        "lock taken between, which somebody may hold",
        "n = self.x\nasync with self.lock:\n    self.x = n + 1",
        "",
        "x",
    ),
    (
        "split critical section",
        "async with self.lock:\n    n = self.x\nawait pause()\nasync with self.lock:\n    self.x = n + 1",
        LOCKED,
        "x",
    ),
    (
        "wrong lock, another rule's",
        "async with self.other:\n    n = self.x\n    await pause()\n    self.x = n + 1",
        LOCKED,
        "",
    ),
    (
        "acquire and release",
        (
            "await self.lock.acquire()\ntry:\n    n = self.x\n"
            "    await pause()\n    self.x = n + 1\nfinally:\n    self.lock.release()"
        ),
        LOCKED,
        "",
    ),
    (
        "released too early",
        "await self.lock.acquire()\nn = self.x\nawait pause()\nself.lock.release()\nawait pause()\nself.x = n + 1",
        LOCKED,
        "x",
    ),
    ("in finally", "n = self.x\ntry:\n    await pause()\nfinally:\n    self.x = n + 1", STORE, "x"),
    ("in except", "n = self.x\ntry:\n    await pause()\n    n = 10\nexcept Exception:\n    self.x = n + 1", STORE, "x"),
    (
        "after except",
        "n = self.x\ntry:\n    await pause()\n    n = 10\nexcept Exception:\n    n = 11\nself.x = n",
        STORE,
        "",
    ),
    ("cache fill", "if key not in self.d:\n    self.d[key] = await fetch()", "", "d[key]"),
    (
        "cache fill, re-check",
        "if key not in self.d:\n    n = await fetch()\n    if key not in self.d:\n        self.d[key] = n",
        "",
        "",
    ),
    ("cache fill by get", "n = self.d.get(key)\nif n is None:\n    self.d[key] = await fetch()", "", "d[key]"),
    (
        "cache fill by exception",
        "try:\n    n = self.d[key]\nexcept KeyError:\n    self.d[key] = await fetch()",
        "",
        "d[key]",
    ),
    ("setdefault", "if key not in self.d:\n    n = await fetch()\n    self.d.setdefault(key, n)", PUT, ""),
    ("pop with default", "if key in self.d:\n    await pause()\n    self.d.pop(key, None)", DROP, ""),
    ("delete", "if key in self.d:\n    await pause()\n    del self.d[key]", "", "d[key]"),
    ("delete at once", "if key in self.d:\n    del self.d[key]\nawait pause()", DROP, ""),
    ("other key", "n = self.d['a']\nawait pause()\nself.d['b'] = n", "self.d['a'] = v\nself.d['b'] = v", ""),
    ("same key", "n = self.d['a']\nawait pause()\nself.d['a'] = bump(n)", "self.d['a'] = v\nself.d['b'] = v", "d['a']"),
    ("key counter", "self.d[key] += await fetch()", "", "d[key]"),
    (
        "what is the same again is reserved, whoever wrote the same meanwhile",
        (
            "while flip():\n    n = self.x\n    await pause()\n    if self.x is n:\n        self.x = bump(m)\n"
            "        self.x = bump(n)\n        self.x = await fetch()\n        return"
        ),
        STORE,
        "",
    ),
    (
        "what was read under a busy flag, and goes on under the next one that is taken at once",
        (
            "if self.busy:\n    return\nself.busy = True\nn = bump(self.d.get(key))\nawait pause()\nself.busy = False\n"
            "if self.busy:\n    return\nself.busy = True\nm = await fetch()\nself.busy = False\nself.d[key] = n"
        ),
        PUT,
        "",
    ),
    ("two atomic increments", "self.x += 1\nawait pause()\nself.x += 1", STORE, ""),
    ("counter taken first", "n = self.x\nself.x = n + 1\nawait fetch(n)", STORE, ""),
    ("comprehension", "self.x = [self.x + await fetch() for item in items]", STORE, "x"),
    ("comprehension, outer read", "n = self.x\nself.x = [await fetch(item) for item in items] + [n]", STORE, "x"),
    (
        "stale, of a key that is not there now, where nobody takes keys away",
        (
            "n = self.d.get(key)\nfor item in items:\n    await pause()\n    if key not in self.d:\n        break\n"
            "else:\n    return\nself.d[key] = bump(m, n)"
        ),
        PUT,
        "",
    ),
    (
        "stale, of a key that is not there now, where somebody takes keys away",
        (
            "n = self.d.get(key)\nfor item in items:\n    await pause()\n    if key not in self.d:\n        break\n"
            "else:\n    return\nself.d[key] = bump(m, n)"
        ),
        DROP,
        "d[key]",
    ),
    (
        "compared with what was computed from it",
        "n = self.x\nn += 1\nawait pause()\nif self.x == n:\n    self.x = bump(n)",
        "self.x += 1",
        "x",
    ),
    (
        "set to what it was found to be, which takes no flag",
        "n = self.x\nif not self.x:\n    self.x = n\n    await pause()\n    self.x = bump(self.x, await fetch())",
        "",
        "x",
    ),
    (
        "a default that is put on one of two ways",
        "if flip() or key not in self.d:\n    self.d.setdefault(key, make())\n    await pause()\n    self.d[key] = m",
        PUT,
        "",
    ),
    (
        "beside what setdefault found or put",
        "m = self.d.get(key)\nawait pause()\nn = self.d.setdefault(key, make())\nself.d[key] = bump(n, m)",
        DROP,
        "",
    ),
    (
        "a default that is put where nothing was found",
        "if self.d.get(key) is None:\n    self.d.setdefault(key, make())\n    await pause()\n    self.d[key] = m",
        "",
        "",
    ),
    (
        "a mark that is taken away before anybody looks",
        (
            "self.d.pop(key, None)\nif key not in self.d:\n    self.d[key] = m\n"
            "    self.d[key] = bump(self.d.get(key), await fetch())"
        ),
        "",
        "d[key]",
    ),
    (
        "what was found is there again, and something of its own after it",
        (
            "n = self.x\nif self.x is None:\n    await pause()\n"
            "if self.x is None:\n    self.x = make()\n    self.x = bump(n, m)"
        ),
        "self.x = make()",
        "",
    ),
    (
        "an amount that was raised under a check of it, and torn then",
        "self.x += n\nif self.x != m:\n    self.x += n\n    self.x += await fetch()",
        "",
        "x",
    ),
    (
        "looked up, made something of, and checked again",
        (
            "if key in self.d:\n    return\nn = await fetch()\nn = bump(self.d.get(key))\n"
            "if key in self.d:\n    return\nself.d[key] = n"
        ),
        "",
        "",
    ),
    (
        "where there is nothing it waits first",
        (
            "if key not in self.d:\n    while self.d.get(key) is None:\n        await pause()\n    self.d[key] = n\n"
            "self.d[key] = bump(await fetch(), self.d.get(key))"
        ),
        "",
        "",
    ),
    (
        "checked again and reserved",
        (
            "if self.x:\n    return\nn = await fetch()\nif self.x:\n    return\nn = m = self.x\nself.x = m\n"
            "self.x = bump(await fetch(), self.x)"
        ),
        STORE,
        "",
    ),
    (
        "set only where nothing is, by everybody",
        (
            "for item in items:\n    await pause()\n    n = f'{self.x}{n}'\n    if self.x is None:\n        break\n"
            "else:\n    return\nself.x = bump(n)"
        ),
        "if self.x is None:\n    self.y = v",
        "",
    ),
    (
        "only a second gap",
        (
            "n = self.x\nif n is None:\n    await pause()\n"
            "    if self.x is not None:\n        m = self.x\n        await pause()\n        self.x = bump(m)"
        ),
        STORE,
        "x",
    ),
    (
        "deletion whose error is caught",
        "if key not in self.d:\n    return\ntry:\n    await pause()\n    del self.d[key]\nexcept Exception:\n    pass",
        DROP,
        "",
    ),
    (
        "deletion whose error ends the task",
        "if key not in self.d:\n    return\nawait pause()\ndel self.d[key]",
        DROP,
        "d[key]",
    ),
    (
        "a wait that makes room itself decides when",
        (
            "while key not in self.d:\n    await pause()\nawait pause()\nwhile key in self.d:\n    await pause()\n"
            "    self.d.pop(key, None)\nself.d[key] = 10"
        ),
        DROP,
        "",
    ),
    (
        "flag that is cleared by whoever takes it",
        "if self.x is None:\n    return\nself.x = None\nself.x = bump(self.x, await fetch())",
        STORE,
        "",
    ),
    (
        "flag that is cleared, and was not looked at",
        "self.x = None\nself.x = bump(self.x, await fetch())",
        STORE,
        "x",
    ),
    (
        "compared with what nobody else has",
        "if self.x is not None:\n    return\nn = await fetch()\nif self.x is not n:\n    self.x = make()",
        STORE,
        "",
    ),
    (
        "compared with what a local held before",
        (
            "m = await fetch()\nif key not in self.d:\n    return\nawait pause()\n"
            "if self.d.get(key) is m:\n    return\nm = self.d.get(key)\ndel self.d[key]"
        ),
        PUT,
        "",
    ),
    (
        "checked what it has just put there",
        "self.x = None\nwhile not (self.x is None):\n    await pause()\nawait pause()\nself.x = make()",
        STORE,
        "",
    ),
    (
        "checked what it has put there before it gave way",
        "self.x = None\nawait pause()\nif self.x is None:\n    await pause()\n    self.x = make()",
        STORE,
        "x",
    ),
    (
        "counted by what is there now, and made of what was",
        "n = n + self.x\nawait pause()\nself.x = bump(n for m in [self.x])",
        STORE,
        "x",
    ),
    (
        "made of nothing that is there, for each of a list that is written down",
        "self.x, self.y = bump(n for m in [self.x]), bump(await fetch(), self.x)",
        STORE,
        "",
    ),
)
