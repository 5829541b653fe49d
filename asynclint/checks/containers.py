"""What kind of container an attribute holds, as far as its constructors and annotation tell, and what puts into one."""

from __future__ import annotations

import re

from asynclint.survey.facts import AttributeFacts

KEYED = frozenset(("dict", "defaultdict", "OrderedDict", "Counter", "WeakValueDictionary", "WeakKeyDictionary"))
IN_PLACE = KEYED - {"WeakValueDictionary", "WeakKeyDictionary"} | {"set", "list", "deque", "bytearray"}
MAKING = frozenset(("defaultdict", "Counter"))
KEYED_TYPE = re.compile(r"(typing\.|t\.|collections\.)?([Dd]ict|defaultdict|DefaultDict|OrderedDict|MutableMapping)\b")
DATA_TYPE = re.compile(
    r"((typing\.|t\.)?Optional\[)?(typing\.|t\.|datetime\.|dt\.)?"
    r"(str|int|float|bool|bytes|bytearray|datetime|date|timedelta|[Ll]ist|[Tt]uple|[Ss]et|[Ff]rozen[Ss]et|[Dd]ict)\b"
)
OF_DATA = re.compile(r"\w*([Dd]ict|[Mm]apping)\[[^\[\]]*,\s*(str|int|float|bool|bytes)\b")
VALUE = re.compile(r"\w*([Dd]ict|[Mm]apping)\[[^\[\]]*,\s*([\w.]+)")
OPTIONAL = re.compile(r"(?:(?:typing\.|t\.)?Optional\[)?([\w.]+)")
LISTED_TYPE = re.compile(r"(typing\.|t\.)?[Ll]ist\b")
OF_LISTS = re.compile(r"\w*([Dd]ict|[Mm]apping)\[[^\[\]]*,\s*(typing\.|t\.)?[Ll]ist\b")
ORDERED = frozenset(("append", "extend", "insert", "reverse", "sort"))
"""Methods of lists; a deque has them too, but for `sort`."""
GROWING = frozenset(("append", "appendleft", "extend", "insert", "update"))
"""Methods that put in whatever is there already."""
ADDING = GROWING | {"add", "setdefault"}
"""The same, and those that put in what is not there."""


def is_keyed(facts: AttributeFacts | None) -> bool:
    """Tell whether it is known to be a mapping."""
    return facts is not None and (bool(_made(facts) & KEYED) or KEYED_TYPE.match(facts.annotation) is not None)


def always_finds(facts: AttributeFacts | None) -> bool:
    """Tell whether it is known to be a mapping that makes up what is not there."""
    return facts is not None and bool(_made(facts) & MAKING)


def changes_in_place(facts: AttributeFacts | None) -> bool:
    """Tell whether it is only ever a container that `op=` changes, instead of making another one."""
    made = _made(facts) - {"None"} if facts is not None else frozenset[str]()
    return bool(made) and made <= IN_PLACE


def is_listed(facts: AttributeFacts | None) -> bool:
    """Tell whether it is known to be a list."""
    return facts is not None and ("list" in _made(facts) or LISTED_TYPE.match(facts.annotation) is not None)


def holds_lists(facts: AttributeFacts | None) -> bool:
    """Tell whether it is known to be a mapping of lists."""
    return facts is not None and OF_LISTS.match(facts.annotation) is not None


def is_deque(facts: AttributeFacts | None) -> bool:
    """Tell whether it may be a deque, which notices that it was changed."""
    return facts is not None and ("deque" in _made(facts) or "deque" in facts.annotation.lower())


def is_truth(facts: AttributeFacts | None) -> bool:
    """Tell whether it is true or false where it is written as a constant, and never a new object or nothing."""
    if facts is None:
        return False
    made = _made(facts)
    return "bool" in made and "None" not in made and not any(name.lstrip("_")[:1].isupper() for name in made)


def is_data(facts: AttributeFacts | None) -> bool:
    """Tell whether it is annotated as a text, a number, a time, or a container of such: nothing that could be open."""
    return facts is not None and DATA_TYPE.match(facts.annotation) is not None


def holds_data(facts: AttributeFacts | None) -> bool:
    """Tell whether it is known to be a mapping of texts or numbers."""
    return facts is not None and OF_DATA.match(facts.annotation) is not None


def kind_of_value(facts: AttributeFacts | None, keyed: bool) -> str:
    """Return the name of the class that an attribute, or each value of a mapping, is annotated as; else nothing."""
    if facts is None:
        return ""
    found = (VALUE if keyed else OPTIONAL).search(facts.annotation.replace('"', ""))
    return found.groups()[-1].rpartition(".")[2] if found is not None else ""


def _made(facts: AttributeFacts) -> set[str]:
    return {name.rsplit(".", 1)[-1].split("(")[0] for name in facts.constructors}
