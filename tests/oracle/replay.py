"""A run of the victim alone, once more, with some of its readings answered anew."""

from __future__ import annotations

from tests.oracle.freedom import Answer
from tests.oracle.terms import MISSING
from tests.oracle.world import VICTIM, Lines, Place, Reached, World


class Replay(World):
    """The victim alone, once more, with some of its readings answered anew, up to the write that is in question."""

    def __init__(self, recorded: World, goal: Place, anew: frozenset[Place], answer: Answer) -> None:
        # What the victim itself has written meanwhile is not there yet when it runs once more.
        state = {path: recorded.left(path) for path in recorded.state}
        super().__init__(state, recorded.choose, lambda world, found: None, recorded.falsy)
        self._goal = goal
        self._recorded = recorded
        self._known = {place: value for place, value, _ in recorded.reads}
        self._anew = anew
        self._answer = answer
        self.reached: object = None
        self.arrived = False
        self.broken = self.endless = False
        self.sent = 0
        self.looked: set[tuple[str, Lines]] = set()
        self._tested: tuple[Lines, int] = ((), 0)

    @property
    def may_be_false(self) -> bool:
        """Whether what is computed may be false: as in the run."""
        return self._recorded.wide is not None and self._recorded.wide.blind

    @property
    def all_may_raise(self) -> bool:
        """Whether any outside call may raise: as in the run."""
        return self._recorded.wide is not None

    def waits_for(self, path: str) -> bool:
        """Tell whether a loop that the run went through as well goes on here, and tests this path and nothing else."""
        line, number = self._tested
        if not any(place[0] == (number,) for place in self._recorded.decisions):
            return False
        tested = {name for name, where in self.looked if where[: len(line)] == line}
        return (tested or {name for name, _ in self.looked}) == {path}

    def read(self, path: str, line: Lines, strict: bool = False, decides: bool = False) -> object:
        """Answer as recorded or anew; what was never asked before is answered from the state."""
        self.looked.add(("w " + path, line))
        place = self._seen[VICTIM].place(line, "r " + path)
        if place not in self._known:
            return self.now(path)
        recorded = self._known[place]
        if place not in self._anew:
            return recorded
        if self._answer.forced and strict and recorded is MISSING:
            return recorded
        answer = self._recorded.left(path) if self._answer.present else self._answer.value
        self.state[path] = answer  # whoever looks again finds the same
        return answer

    def write(self, path: str, value: object, line: Lines, atomic: bool = False) -> None:
        """Write, or stop at the write that is in question."""
        if self._seen[VICTIM].place(line, "w " + path) == self._goal:
            self.reached, self.arrived = value, True
            raise Reached
        self.state[path] = value

    def there(self, path: str, line: Lines) -> bool:
        """Tell it as recorded."""
        place = self._seen[VICTIM].place(line, "t " + path)
        return self._recorded.decisions.get(place, self.now(path) is not MISSING)

    def branch(self, value: object, number: int, line: Lines = ()) -> bool:
        """Decide as recorded if forced, else by the value; freely if a test goes either way and is new or asks anew."""
        self._tested = (line, number)
        place = self._seen[VICTIM].place((number,), "?")
        if self._answer.forced:
            return self._recorded.decisions.get(place, bool(value))
        wide = self._recorded.wide
        if wide is not None and number in wide.open and (place not in self._recorded.decisions or self._asks(line)):
            return self.choose()
        return bool(value) != (place in self._recorded.turned)

    def _asks(self, line: Lines) -> bool:
        """Tell whether a test looks at what is answered anew; `make()` may give what is there already."""
        return any(place[0] == line for place in self._anew)

    def free(self, line: Lines, kind: str) -> bool:
        """Choose as recorded; what was never asked before, freely."""
        place = self._seen[VICTIM].place(line, kind)
        known = self._recorded.decisions.get(place)
        return known if known is not None else kind != "!" and self.choose()
