"""Cases taken from stage to stage, event by event: the first of each of them at once, then the second, ..."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from repayplan.basics.outcome import Bools, Ints, any_of
from repayplan.kernel.law import FOREVER
from repayplan.programmes.casestages import CASE_KIND_INDEX
from repayplan.programmes.daycounter import DayCounter

_EXPIRED, _REFUSED, _OFFER, _ACCEPTED, _SIGNED = (
    CASE_KIND_INDEX[name] for name in ("offer_expired", "refused", "offer_made", "offer_accepted", "signed")
)


class Happened(NamedTuple):
    """Events that hold, by case and in order: int64 day numbers; ``until`` is FOREVER where there is none.

    ``outside``: applications that were received outside the programme's window.
    """

    case: Ints
    kind: Ints
    day: Ints
    until: Ints
    outside: Bools


@dataclass(slots=True, eq=False)
class Turns:
    """What became of the cases.

    Attributes
    ----------
    stage, since
        int64 (cases,); the stage (0: not begun), and the day number of its first day.
    deadline
        int64 (cases,); the last day of an open offer, FOREVER where there is none.
    lapsed
        int64 (cases,); the day on which an offer last expired by itself, -1: none did, or one was
        accepted or signed since.
    refused
        bool (cases,); received outside the window.
    days, worked
        int64 (cases, stages + 1); days in each stage, all and working ones.
    taken, before
        Of each event: bool, whether it came in turn; int64, the stage that it came in.
    """

    stage: Ints
    since: Ints
    deadline: Ints
    lapsed: Ints
    refused: Bools
    days: Ints
    worked: Ints
    taken: Bools
    before: Ints
    _table: Ints
    _counter: DayCounter

    @classmethod
    def of(cls, events: Happened, table: Ints, size: int, counter: DayCounter, end: int) -> Turns:
        """Every event of every case, and the days since up to the end."""
        stages = len(table)
        turns = cls(
            stage=np.zeros(size, np.int64),
            since=np.full(size, end),
            deadline=np.full(size, FOREVER),
            lapsed=np.full(size, -1),
            refused=np.zeros(size, np.bool_),
            days=np.zeros((size, stages), np.int64),
            worked=np.zeros((size, stages), np.int64),
            taken=np.zeros(len(events.case), np.bool_),
            before=np.zeros(len(events.case), np.int64),
            _table=table,
            _counter=counter,
        )
        count = np.bincount(events.case, minlength=size)
        first = np.cumsum(count) - count
        by_count = np.argsort(-count, kind="stable")
        reach = np.searchsorted(-count[by_count], -np.arange(int(count.max(initial=0))), side="left")
        for rank, active in enumerate(reach.tolist()):
            cases = by_count[:active]
            turns._step(cases, first[cases] + rank, events)
        turns._lapse(np.flatnonzero(turns.deadline < end))
        turns._count(np.arange(size), np.full(size, end))
        return turns

    def _step(self, cases: Ints, at: Ints, events: Happened) -> None:
        """One event of each of some cases."""
        kind, day = events.kind[at], events.day[at]
        late = self.deadline[cases] < day
        if any_of(late):
            self._lapse(cases[late])
        stage = self.stage[cases]
        self.before[at] = stage
        to = self._table[stage, kind]
        taken = to >= 0
        self.taken[at] = taken
        moved = taken & (to != stage)
        self._move(cases[moved], to[moved], day[moved])
        offered = taken & (kind == _OFFER)
        if any_of(offered):
            self.deadline[cases[offered]] = events.until[at[offered]]
        agreed = taken & ((kind == _ACCEPTED) | (kind == _SIGNED))
        if any_of(agreed):
            self.lapsed[cases[agreed]] = -1
        # Where no offer can expire, none is open.
        gone = cases[moved | offered]
        self.deadline[gone[self._table[self.stage[gone], _EXPIRED] < 0]] = FOREVER
        outside = taken & events.outside[at]
        if any_of(outside):
            some = cases[outside]
            self.refused[some] = True
            self._move(some, self._table[self.stage[some], _REFUSED], day[outside])

    def _lapse(self, cases: Ints) -> None:
        """Offers whose last day is over expire on the day after."""
        if not len(cases):
            return
        when = self.deadline[cases] + 1
        self._move(cases, self._table[self.stage[cases], _EXPIRED], when)
        self.lapsed[cases] = when
        self.deadline[cases] = FOREVER

    def _move(self, cases: Ints, to: Ints, day: Ints) -> None:
        """Cases come to a stage on a day."""
        if not len(cases):
            return
        self._count(cases, day)
        self.stage[cases] = to
        self.since[cases] = day

    def _count(self, cases: Ints, day: Ints) -> None:
        """Days in the stage that cases are in, up to a day."""
        begun = self.stage[cases] > 0
        if not np.count_nonzero(begun):
            return
        some, until = cases[begun], day[begun]
        stage, since = self.stage[some], self.since[some]
        self.days[some, stage] += until - since
        self.worked[some, stage] += self._counter.between(since, until)
