"""A run of the victim alone, once more, with some of its readings answered anew."""

from __future__ import annotations

from tests.oracle.terms import MISSING
from tests.oracle.world import VICTIM, Answer, Lines, Place, Reached, World


class Replay(World):
    """The victim alone, once more, with some of its readings answered anew, up to the write that is in question."""

    def __init__(self, recorded: World, goal: Place, anew: frozenset[Place], answer: Answer) -> None:
        super().__init__(dict(recorded.state), recorded.choose, lambda world, found: None)
        self._goal = goal
        self._recorded = recorded
        self._known = {place: value for place, value, _ in recorded.reads}
        self._anew = anew
        self._answer = answer
        self.reached: object = None
        self.arrived = False
        self.broken = False
        self.looked: set[str] = set()

    def read(self, path: str, line: Lines, strict: bool = False) -> object:
        """Answer as recorded or anew; what was never asked before is answered from the state."""
        self.looked.add("w " + path)
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

    def branch(self, value: object, number: int) -> bool:
        """Decide as recorded if forced, else by the value; a test that was not made and goes either way, freely."""
        place = self._seen[VICTIM].place((number,), "?")
        if self._answer.forced:
            return self._recorded.decisions.get(place, bool(value))
        wide = self._recorded.wide
        if wide is not None and number in wide.open and place not in self._recorded.decisions:
            return self.choose()
        return bool(value) != (place in self._recorded.turned)

    def free(self, line: Lines, kind: str) -> bool:
        """Choose as recorded; what was never asked before, freely."""
        place = self._seen[VICTIM].place(line, kind)
        known = self._recorded.decisions.get(place)
        return known if known is not None else kind != "!" and self.choose()
