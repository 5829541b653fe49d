"""What makes ready, what says that it is, and what ends it: by name."""

from __future__ import annotations

import re

from asynclint.checks.asking import stored_constants
from asynclint.flow.control import Control
from asynclint.flow.outlook import questions
from asynclint.flow.publications import Publication, Work
from asynclint.flow.ways import place_of
from asynclint.ir.graph import Graph
from asynclint.link.view import FunctionView

READYING = re.compile(
    r"_*(a_?|async_|do_)?(connect|open|start|init|set_?up|log_?in|sign_?in|auth|load|prepare|handshake|launch|boot|warm|"
    r"ensure|attach|negotiate|ready|enter|__aenter__|bind|restore|hydrate|register|subscribe|declare|configure|populate)"
    r"(?!_?(lifespan|forever))",
    re.IGNORECASE,
)
"""Names of what makes an object ready for use."""
PROMISES = re.compile(
    r"initiali[sz]ed?$|(^|_)(inited|init|loaded|set_?up|prepared|connected|subscribed(_to)?|subscriptions?|authenticated|"
    r"logged_in|ready|registered|joined|declared|populated|configured)(_done)?$",
    re.IGNORECASE,
)
"""Names of state that says that something has been done."""
TO_DO = re.compile(r"(^|_)(init|set_?up|load|connect|subscribe|auth|log_?in|prepare|register)", re.IGNORECASE)
"""Names of flags that say that something is still to be done."""
ENDING = re.compile(
    r"_*(a_?|async_|do_|on_)?(close|stop|shut|disconnect|exit|unsub|cancel|dispose|release|terminate|kill|leave|log_?out|"
    r"clear|reset|clean|flush|teardown|tear_down|unload|abort|deinit|destroy|detach|drain|__aexit__|remove|unregister|"
    r"end(?![a-z])|finish|finali[sz]e)",
    re.IGNORECASE,
)
"""Names of what takes down, which is another rule's."""
LASTING = re.compile(
    r"_*(run|serve|wait|loop|main|process|handle|execute_?forever|put|get|send|acquire|join|consume)", re.IGNORECASE
)
"""Names of what lasts as long as the object, or is its use."""


def asks_when_done(view: FunctionView, made: Publication, work: Work, graph: Graph, use: int) -> bool:
    """Tell whether a use stands behind a check of a flag that is set to true only when the work is over."""
    flags = [path for path in made.later if path.kind == "self" and len(path.steps) == 1 and path != made.path]
    control, (block, _) = Control(graph), place_of(graph, use)
    for flag in flags:
        stored = [at for at, value in stored_constants(view.assembled.graph, flag) if value == "True"]
        late = stored and all(view.primary(at) > view.primary(work.at) for at in stored)
        if late and any(control.dominates(one.set, block) for one in questions(graph, flag.attribute, True)):
            return True
    return False
