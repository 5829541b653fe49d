"""When in the life of an object a method is called, by its name."""

from __future__ import annotations

import re

LIFECYCLE = re.compile(
    r"(async_)?(a?start|a?stop|a?open|a?close|connect|disconnect|init|initiali[sz]e|set_?up|shut_?down|tear_?down|clean_?up|"
    r"dispose|terminate|run|serve|launch|bootstrap|begin|finali[sz]e|prepare|login|logout|"
    r"on_(before_|after_|first_)?(start|started|startup))(_async)?"
)
"""Names of methods with which a user begins and ends the use of an object."""
BEGINS = re.compile(r"(async_)?(a?start|init|set_?up|run|serve|launch|bootstrap|begin|prepare)")
"""Those of the names for the begin of a life after which nothing is begun again; a connection is."""
STARTING = re.compile(r"_*(async_|do_|on_)?(start|run|set_?up|init|aenter|launch|begin|serve|main)")
"""How the names of functions begin that run when an object, or a program, begins to work."""
ENDS = re.compile(
    r"_*(async_|do_)?(a?stop|a?close|disconnect|shut_?down|tear_?down|clean_?up|dispose|terminate|finali[sz]e|logout)(_|$)"
)
"""Names of what ends a life, be it a step of that."""
RENEWING = re.compile(r"_*(async_)?(re(?!ad)|update|poll|sync|fetch|get)")
"""How the names of functions begin that are called again for what is new since."""
SETUP = frozenset(
    (
        "connection_made",
        "__init__",
        "__new__",
        "__post_init__",
        "__init_subclass__",
        "__set_name__",
        "__attrs_post_init__",
    )
)
DYING = "__del__"
"""Runs when nobody has the object any more: no coroutine of it waits."""
WRAPPERS = frozenset(("wrapper", "wrapped", "inner", "decorated", "_wrapper", "_wrapped", "async_wrapper", "_inner"))
EARLY = re.compile(
    r"use|include|mount|_?(add|register|install|instrument|include|mount|define|declare|configure|init|initiali[sz]e|"
    r"load|launch|set_?up)_\w+"
)
"""Names of functions with which a user mostly says, before the work begins, what there is."""
DECORATED = frozenset(("cls", "func", "fn", "f", "function", "coro", "method", "handler", "callback", "fun", "klass"))
"""Names of the one parameter with which a decorator is given what stands below it."""
ONCE = re.compile(r"add_done_callback|call_(soon|later|at)\w*|\w*signal_handler|\w*timer")
"""Names of what calls a callback once."""
AGAIN = re.compile(r"\w*(notif|subscri|regist|listen|callback|handler|observe|watch|event|signal|hook)\w*|on|on_\w+")
"""Names of what calls a callback each time that something happens."""


def calls_again(callee: str) -> bool:
    """Tell by its name whether a call takes a callback for all that happens, and not for one thing."""
    last = callee.rsplit(".", 1)[-1]
    return AGAIN.fullmatch(last) is not None and not ONCE.fullmatch(last)
