"""Marks that a failure could leave set, told from the survey's facts alone: who sets, who may take back, who asks."""

from __future__ import annotations

from dataclasses import dataclass

from asynclint.flow.marks import LATCH, PUTTING, TAKING
from asynclint.flow.verdicts import FALSE
from asynclint.link.effects import Effects, name_at
from asynclint.link.entering import is_entering
from asynclint.link.events import OWN, Event, Events
from asynclint.link.handed_on import may_share
from asynclint.link.hope import Hope
from asynclint.link.loans import may_keep_out
from asynclint.link.program import Function
from asynclint.link.rivals import Rivals
from asynclint.link.spots import OWN_OBJECT, may_be_one, path_of


@dataclass(frozen=True, slots=True)
class Markings:
    """Tells which functions set a mark before a suspension, so that what takes it back may not be reached."""

    effects: Effects
    rivals: Rivals
    events: Events

    def any(self, function: Function, hope: Hope) -> bool:
        """Tell whether a mark may stay set by which somebody decides, or an object may stay out of its container."""
        tasks = self.rivals.tasks
        if may_keep_out(tasks, self.events, function) or may_share(tasks.resolver, function):
            return True
        names = self.events.written(function)
        pauses = self.events.pauses(function) if names else []
        if not pauses:
            return False
        reads, writes = self.events.of(function, names)
        return any(
            # What a coroutine sets is told of the coroutine.
            not mark.awaited
            and _sets(mark)
            and hope.mark(function, path_of(mark.spot, function.path))
            and (failed := next((pause for pause in pauses if pause >= mark.first), None)) is not None
            and self._is_asked(function, mark, reads[name])
            and self._counts(function, name, mark, reads[name], [one for one in writes[name] if one.last >= failed])
            for name in names
            for mark in writes[name]
        )

    def _counts(self, function: Function, name: str, mark: Event, reads: list[Event], later: list[Event]) -> bool:
        """Tell whether something may take a mark back, or whether it stands for work that has been done."""
        if any(_takes_back(other, mark) for other in later):
            return True
        anchor, steps = mark.spot
        if anchor == OWN_OBJECT and len(steps) == 1 and is_entering(self.rivals.tasks, function):
            return True
        if mark.how == "store" and mark.detail in ("True", "") and LATCH.search(name) and reads:
            return True
        if mark.how == "mutate" and mark.detail == "clear":
            # An event is set by a call, which is no write.
            sites = (site for one in self.events.inside(function) for site in one.facts.calls)
            if any(site.callee.endswith(".set") for site in sites):
                return True
        return not is_put(mark) and self._may_be_reset(function, mark)

    def _may_be_reset(self, function: Function, mark: Event) -> bool:
        """Tell whether a call may take a mark back somewhere that is not looked into."""
        path = path_of(mark.spot, function.path)
        name = name_at(path) if path is not None else ""
        return any(
            not name or name in self.effects.all(target).writes
            for one in self.events.inside(function)
            for site in one.facts.calls
            for target in self.effects.resolver.targets(one, site.callee)
        )

    def _is_asked(self, function: Function, mark: Event, reads: list[Event]) -> bool:
        """Tell whether anybody reads a mark: the function itself, before it sets it, or another."""
        if any(read.first <= mark.last and may_be_one(read.spot, mark.spot) for read in reads):
            return True
        if mark.how == "store" and mark.detail not in ("True", ""):
            return False
        path = path_of(mark.spot, function.path)
        return path is None or next(self.rivals.readers(function, path), None) is not None


def _sets(event: Event) -> bool:
    match event.how:
        case "store":
            return event.detail not in FALSE
        case "mutate":
            return event.detail == "clear" or event.detail in PUTTING
        case _:
            return event.how in ("augmented", "item")


def is_put(event: Event) -> bool:
    """Tell whether an event puts an element into a container."""
    return event.how == "item" or (event.how == "mutate" and event.detail in PUTTING)


def _is_taken(event: Event) -> bool:
    return event.how == "delete item" or (event.how == "mutate" and event.detail in TAKING)


def _takes_back(event: Event, mark: Event) -> bool:
    """Tell whether a write may undo a mark; of a value that is no constant it is not known which it is."""
    same = event.call == mark.call and (event is mark or event.call != OWN)  # then the call leaves no mark
    if same or (is_put(mark) and event.awaited) or not may_be_one(event.spot, mark.spot):
        return False
    if mark.how == "store":
        return event.how == "delete" or (event.how == "store" and (not event.detail or event.detail != mark.detail))
    if mark.how == "augmented":
        return event.how == "augmented"
    return is_put(mark) and _is_taken(event)
