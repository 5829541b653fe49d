"""What names say about the place of a function or a flag in the life of an object."""

from __future__ import annotations

import re

LAST = re.compile(
    r"close|stop|shut_?down|clean_?up|exit|unload|cancel|kill|quit|terminate|dispose|finali[sz]e", re.IGNORECASE
)
"""Names of functions that are called at the end of an object's life."""
GONE = re.compile(LAST.pattern + r"|disconnect|release", re.IGNORECASE)
"""The same, and of those that end a connection, which may be made again."""
ENDED = re.compile(r"clos(ed?|ing)|stop(p|$)|shut|terminat|finish|final|end(ed|ing)|exit|dispos|destroy", re.IGNORECASE)
"""Names of flags that say that an object is used no more."""
HALT = re.compile(r"(^|_)(stop|cancel|quit|exit|abort|halt|shut_?down|terminate)", re.IGNORECASE)
"""Names of flags by which a function is asked to end."""
REQUEST = re.compile(
    r"(^|_)(stop(ping)?|cancel(l?ing)?|quit|exit|abort|halt|shut(ting)?_?down|terminat(e|ing)|kill)(_|$)", re.IGNORECASE
)
"""Those of them that ask, and do not tell that it has happened."""
FAILED = re.compile(r"(^|_)(fail|error|invalid|broken|dirty|stale|expired|unavailable|offline|lost)", re.IGNORECASE)
"""Names of flags that say that something went wrong: they are meant to stay up when it does."""
LINKED = re.compile(r"(^|_)(connected|online|available|established|logged_in|authenticated)(_|$)", re.IGNORECASE)
"""Names of events that say that there is a connection: as long as it fails there is none, and they stay cleared."""
ERROR = re.compile(r"(^|_)(fail|error)", re.IGNORECASE)
"""Those of them that tell of one run: they are cleared when the next begins."""
BAD = re.compile(r"clos(ed?|ing)|done|finished|exited|expire|stale|broken|dead|lost|invalid|at_eof", re.IGNORECASE)
"""Names of what an object says yes to when it is of no use any more."""
GOOD = re.compile(
    r"open|(?<!dis)connected|alive|running|(?<!in)valid|healthy|usable|ready|(?<!in)active|ping", re.IGNORECASE
)
"""Names of what an object says yes to as long as it is good."""
STATE = re.compile(r"state$|returncode", re.IGNORECASE)
"""Names of what else tells that, when it is compared."""
