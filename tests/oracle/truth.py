"""The truth about a program: which of its writes can go wrong, found by running every interleaving.

A write of P by the victim is torn if a value of P that it had read was overwritten with a different one by another task
before the write, and either the written value is computed from what was read and from no fresh reading (replaying the
victim with the same decisions and another value in place of the stale one changes what it writes), or the victim would
not have written had it read only then (replaying it with the present value avoids the write), unless it had checked
and then reserved P by a write of its own before anybody else came.

A write is open if a replay differs, but for a reason that is not asynclint's to tell (or not yet): it may report the
write or not. Such are a constant that is written twice; a value that is put back as it was read (save and restore); a
write that a fresh check of another kind guards as well; an update under a lock or busy flag that the other task
ignores; one of which the present value has just been taken into a local (a swap); one that a `KeyError` elsewhere
would avoid; one that is chosen by a check but not computed from state; and `P += stale`. So is one that fails,
as another task has taken out what the victim itself had put in: nothing was read, but who says so is right.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import cast

from tests.oracle.callers import local_values
from tests.oracle.freedom import ROUNDS, Answer, Wide
from tests.oracle.program import Domain, Program
from tests.oracle.replay import Replay
from tests.oracle.schedule import FAILURES, Chooser, Task, Work, close, drop, interleave
from tests.oracle.staging import Staged, key_path
from tests.oracle.terms import CONSTANTS, MARKER, MISSING, same
from tests.oracle.turns import Turns
from tests.oracle.world import VICTIM, Place, Reached, Suspect, World

Writes = frozenset[tuple[str, int]]
"""Access paths as in the source without `self.`, and lines."""
PATIENCE = 20
RUNS = 300
WIDE_RUNS = 3000
BLIND_RUNS = 50_000
DATA = Answer(MARKER, forced=True)
PRESENT = Answer(present=True)
KEY_ANSWERS = (Answer(MARKER), Answer(MISSING))
ANSWERS: dict[Domain, tuple[Answer, ...]] = {
    "count": (Answer(MARKER), Answer(CONSTANTS[0])),
    "slot": (Answer(MARKER), Answer(None)),
    "any": (Answer(MARKER),),
}


class TooManyRunsError(Exception):
    """A program has more interleavings than are looked at: it is left out."""


@dataclass(frozen=True, slots=True)
class Truth:
    """The torn writes of a program, those that are at least open, and all that were ever made.

    `alive`: every statement was reached, and every test went both ways; `stuck` are those that did not, or never in one
    run, though they were made again.
    """

    torn: Writes
    open: Writes
    written: Writes
    alive: bool
    stuck: frozenset[int]


@dataclass(slots=True)
class Found:
    """What has been found so far."""

    torn: set[tuple[str, int]] = field(default_factory=set)
    open: set[tuple[str, int]] = field(default_factory=set)
    written: set[tuple[str, int]] = field(default_factory=set)
    decided: set[tuple[int, bool]] = field(default_factory=set)
    repeated: set[int] = field(default_factory=set)
    varied: set[int] = field(default_factory=set)
    wanted: frozenset[str] = frozenset()
    thorough: bool = False

    def decide(self, decisions: dict[Place, bool]) -> None:
        """Note which ways the tests of one run went."""
        ways = Counter((place[0][0], way) for place, way in decisions.items() if place[1] == "?")
        self.decided |= ways.keys()
        self.repeated.update(number for number, way in ways if ways[number, way] > 1)
        self.varied.update(number for number, way in ways if way and (number, False) in ways)

    def enough(self) -> bool:
        """Tell whether everything that was wanted has been found."""
        return bool(self.wanted) and self.wanted <= {path for path, _ in self.torn | self.open}


def truth(
    program: Program, wide: Wide | None = None, wanted: frozenset[str] = frozenset(), thorough: bool = False
) -> Truth:
    """Run every interleaving of the program's victim beside its crowds, or until the paths `wanted` go wrong.

    Nothing is left out for the sake of `wanted` if another path is written as well and values are as the source says.
    `thorough`: also those that come to the same as others.
    """
    staged = Staged(program)
    asked = wanted if wide is not None or staged.stored <= wanted else frozenset[str]()
    found = Found(wanted=frozenset(map(key_path, asked)), thorough=thorough)
    crowds = (*program.crowds, *(_others(program) if wide is not None and program.public else ()))
    for crowd in crowds if asked or thorough else _largest(crowds):
        if not found.enough():
            Trial(staged, crowd, found, wide).run()
    names = {key_path(path): path for path, _ in program.state}

    def sites(writes: set[tuple[str, int]]) -> Writes:
        return frozenset((names[path], line) for path, line in writes)

    tests = range(1, staged.branches + 1)
    stuck = frozenset(test for test in tests if not {(test, True), (test, False)} <= found.decided)
    alive = not stuck and len(staged.stage.reached) == staged.marks
    stuck |= found.repeated - found.varied
    return Truth(sites(found.torn), sites(found.torn | found.open), sites(found.written), alive, stuck)


def _largest(crowds: tuple[tuple[str, ...], ...]) -> list[tuple[str, ...]]:
    """Return the crowds that are no part of another: in some run of that one, who is not of the part never begins."""
    return [crowd for crowd in crowds if not any(Counter(crowd) < Counter(other) for other in crowds)]


def _others(program: Program) -> tuple[tuple[str, ...], ...]:
    """Return who else may run where whoever has the object may call its methods."""
    return tuple((program.victim, method.name) for method in reversed(program.methods))


class Trial:
    """All runs of one program's victim beside one crowd."""

    def __init__(self, staged: Staged, crowd: tuple[str, ...], found: Found, wide: Wide | None) -> None:
        self.staged = staged
        self.crowd = crowd
        self.found = found
        self.wide = wide
        self._arguments: tuple[object, ...] = ()
        self._victim = Task(lambda: None)

    def run(self) -> None:
        """Run every interleaving, noting what is torn."""
        chooser, turns = Chooser(), Turns(self.found.thorough)
        for _ in range(RUNS if self.wide is None else BLIND_RUNS if self.wide.blind else WIDE_RUNS):
            self._once(chooser, turns)
            if not chooser.advance() or self.found.enough():
                return
        raise TooManyRunsError

    def _once(self, chooser: Chooser, turns: Turns) -> None:
        staged, stage, victim = self.staged, self.staged.stage, self.staged.program.victim
        contended = staged.program.contended

        def gives_way() -> bool:
            # Where it need not, nobody comes in between in one of the runs in which it does.
            return contended and stage.world.actor == VICTIM and (not turns.thorough or chooser.choose(2) == 1)

        probe = staged.probe(gives_way)
        rounds, blind = (self.wide.rounds, self.wide.blind) if self.wide is not None else (ROUNDS, False)
        arguments = self._arguments = staged.arguments(victim, VICTIM, chooser, rounds, blind)
        self._victim = Task(lambda: staged.start(victim, probe, arguments))
        tasks = [self._victim]
        for number, name in enumerate(self.crowd, 1):
            tasks.append(staged.task(name, number, chooser, probe))
            tasks[number].like = self.crowd.index(name) + 1 if name in self.crowd[: number - 1] else 0
        falsy = CONSTANTS[0] if staged.kind == "count" else None

        def choose() -> bool:
            return bool(chooser.choose(2))

        world = stage.world = World(staged.state(chooser), choose, self._judge, falsy, self.wide)
        world.vague = any(argument is None or argument is CONSTANTS[0] for argument in arguments)
        interleave(stage, tasks, chooser, turns, staged.program.patience)
        self.found.written |= world.written
        self.found.open |= world.robbed
        self.found.decide(world.decisions)
        stage.world = World({}, lambda: False, lambda world, found: None)
        close(tasks)

    def _judge(self, world: World, suspect: Suspect) -> None:
        """Decide about one write in one run: torn for sure, or open, as are those of the path that come after such."""
        world.touched.everything = True  # what was found rests on all of the state as it is now
        lines, kind, _ = suspect.place
        sites = [(kind.removeprefix("w "), line) for line in lines]
        if suspect.cleared:
            self.found.open.update(sites)
        elif kind not in world.spoiled and self._tears(world, suspect):
            world.spoiled.add(kind)
            self.found.torn.update(sites)
        elif self._depends(world, suspect):
            world.spoiled.update(() if suspect.excused else (kind,))
            self.found.open.update(sites)

    def _tears(self, world: World, suspect: Suspect) -> bool:
        """Tell whether the write is wrong for sure."""
        if suspect.excused or not suspect.loose:
            return False
        put_back = any(same(suspect.value, seen) for seen in suspect.seen)
        if not put_back and self._differs(world, suspect, suspect.loose, DATA):
            return not self._differs(world, suspect, suspect.fresh, DATA)
        if suspect.own:  # whether or not it should have come here: it only takes back what it did just now
            return False
        if suspect.fresh and world.now(suspect.place[1].removeprefix("w ")) in local_values():
            return False
        asked = suspect.loose - suspect.mine  # a check of what it has just put there itself says nothing of others
        if not asked or not self._avoids(world, suspect, asked, PRESENT) or self._checked(world, suspect):
            return False
        reserved = suspect.changed - suspect.loose  # a check that was made again, before the victim reserved the path
        return not reserved or not self._avoids(world, suspect, reserved, PRESENT)

    def _checked(self, world: World, suspect: Suspect) -> bool:
        """Tell whether a fresh reading decides about the write as well: whether it is made, or when."""
        others = KEY_ANSWERS if "[" in suspect.place[1] else ANSWERS[self.staged.kind]
        # What was not equal to a local would have been, had it been that; it may hold something else by now.
        at_hand = [value for place in suspect.fresh for value in world.at_hand[place]]
        held = {id(value): value for value in (*suspect.seen, *local_values(), *at_hand)}
        others += tuple(map(Answer, held.values()))
        for other in others if suspect.fresh else ():
            replay = self._replayed(world, suspect, suspect.fresh, other)
            if replay.arrived and replay.sent > self._victim.steps:
                return True
            if replay.endless or self._avoided(world, replay):
                return True
        return False

    def _depends(self, world: World, suspect: Suspect) -> bool:
        """Tell whether the write could be called wrong."""
        if self._differs(world, suspect, suspect.changed, DATA):
            return True
        if suspect.loose and self._differs(world, suspect, suspect.loose, PRESENT):
            return True
        alone = suspect.loose if self.wide is not None and len(suspect.loose) > 1 else ()
        return any(self._avoids(world, suspect, frozenset((place,)), PRESENT) for place in alone)

    def _avoids(self, world: World, suspect: Suspect, places: frozenset[Place], answer: Answer) -> bool:
        return self._avoided(world, self._replayed(world, suspect, places, answer))

    def _avoided(self, world: World, replay: Replay) -> bool:
        return not replay.arrived and not replay.broken and replay.failed == world.failed

    def _differs(self, world: World, suspect: Suspect, places: frozenset[Place], answer: Answer) -> bool:
        replay = self._replayed(world, suspect, places, answer)
        return replay.reached != suspect.value if replay.arrived else not answer.forced

    def _replayed(self, world: World, suspect: Suspect, places: frozenset[Place], answer: Answer) -> Replay:
        """Run the victim alone up to the write, with some readings answered anew."""
        replay = Replay(world, suspect.place, places, answer)
        self.staged.stage.world = replay
        work = cast("Work", self.staged.start(self.staged.program.victim, self.staged.probe(bool), self._arguments))
        try:
            for step in range(PATIENCE):
                if step <= PATIENCE // 2:  # what it looks at in the later rounds of a loop is what it waits for
                    replay.looked.clear()
                replay.sent += 1
                work.send(None)
            replay.broken = not replay.waits_for(suspect.place[1])
            replay.endless = True
        except (StopIteration, Reached):
            pass
        except FAILURES:
            replay.broken = True
        drop(work)
        self.staged.stage.world = world
        return replay
