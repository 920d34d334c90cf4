"""Cases replayed from their events to a day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from repayplan.accounts.register import Entries, standing
from repayplan.basics.arguments import one_date
from repayplan.basics.calendars import Calendar, coverage
from repayplan.basics.columns import Screen
from repayplan.basics.dates import DAY, Days, shift
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Bools, Failures, Ints, any_of, in_order
from repayplan.kernel.law import FOREVER
from repayplan.programmes.caseclock import NO_INSTANT
from repayplan.programmes.caseevent import CaseEvents
from repayplan.programmes.caserule import CaseRule
from repayplan.programmes.cases import Cases
from repayplan.programmes.casescreen import (
    Lists,
    listed,
    received_outside,
    refuse_out_of_turn,
    refuse_uncovered,
)
from repayplan.programmes.casestages import CASE_KIND_INDEX, CASE_KINDS
from repayplan.programmes.casestate import KIND_NAMES, CaseStates
from repayplan.programmes.caseturns import Happened, Turns
from repayplan.programmes.daycounter import DayCounter
from repayplan.programmes.standing import MONTHLY, months_begun

_NEVER = np.datetime64("NaT", "D")


@dataclass(slots=True, eq=False)
class CaseReplay:
    """Cases, and what of their events holds, in order."""

    cases: Cases
    rule: CaseRule
    end: np.datetime64
    row: Ints
    case: Ints
    kind: Ints
    at: Days
    lists: Lists
    turns: Turns
    counter: DayCounter
    failures: Failures

    @classmethod
    def of(
        cls, cases: Cases, events: CaseEvents, rule: CaseRule, as_of: Any, known_on: Any, calendar: Calendar
    ) -> CaseReplay:
        """Events that hold, taken through the rule's stages up to the day."""
        end = np.datetime64(one_date("as_of", as_of), "D")
        covered = (calendar.first is None or calendar.first <= end) and (
            calendar.last is None or end <= calendar.last
        )
        if not covered:
            rule_text = f"a day that the calendar covers: {coverage(calendar)}"
            raise InputError(Code.OUT_OF_RANGE, "as_of", str(end), rule_text)
        nobody = (events.case < 0) | (events.case >= len(cases))
        if any_of(nobody):
            wrong = int(events.case[nobody][0])
            raise InputError(Code.OUT_OF_RANGE, "case", wrong, f"0 to {len(cases) - 1}")
        screen = Screen(len(events))
        screen.adopt(events.failures)
        lists = listed(events, rule, screen)
        refuse_uncovered(events, calendar, end, screen)
        known = screen.good
        if known_on is not None:
            known = known & (events.booked <= np.datetime64(one_date("known_on", known_on), "D"))
        rows = _in_turn(events, np.flatnonzero(known))
        inner = Screen(len(rows))
        reversal = events.kind[rows] == CASE_KIND_INDEX["reversal"]
        entries = Entries(
            events.case[rows],
            events.at[rows],
            "at",
            events.booked[rows],
            events.reference[rows],
            events.reverses[rows],
            reversal,
        )
        holds = standing(entries, np.ones(len(rows), np.bool_), inner, "case")
        screen.adopt(inner.failures().moved(rows))
        rows = rows[holds & inner.good & (events.at[rows] <= end)]
        at = events.at[rows]
        begin = min(int(at.min().astype(np.int64)), int(end.astype(np.int64))) if len(rows) else None
        ahead = max((level.days for level in rule.levels), default=0)
        last = int(end.astype(np.int64))
        counter = DayCounter.of(calendar, last if begin is None else begin, last, ahead)
        kind, until = events.kind[rows], events.until[rows]
        outside = received_outside(rule, kind, at)
        happened = Happened(
            events.case[rows],
            kind,
            at.astype(np.int64),
            np.where(np.isnat(until), FOREVER, until.astype(np.int64)),
            outside,
        )
        table = rule.table
        turns = Turns.of(happened, table, len(cases), counter, last)
        refuse_out_of_turn(events, rule, rows[~turns.taken], turns.before[~turns.taken], screen)
        some = turns.taken
        return cls(
            cases,
            rule,
            end,
            rows[some],
            happened.case[some],
            kind[some],
            at[some],
            Lists(*(each[rows[some]] for each in lists)),
            turns,
            counter,
            screen.failures(),
        )

    def states(self) -> CaseStates:
        """Of every case."""
        turns, size = self.turns, len(self.cases)
        received, signed, closed = (self._first(kind) for kind in ("received", "signed", "closed"))
        seen = np.zeros((size, len(CASE_KINDS)), np.bool_)
        seen[self.case, self.kind] = True
        lacks_items, lacks_steps = self._lacks(seen)
        due_by, late_by = self._levels()
        reviews, missed_case, missed_month = self._reviews(signed, closed)
        contact = self._last(self.kind == CASE_KIND_INDEX["contact"])
        called = contact >= 0
        spoken = np.where(called, contact, 0)
        nothing = np.full(size, -1)
        newest = self._last(np.ones(len(self.case), np.bool_))
        return CaseStates(
            cases=self.cases,
            rule=self.rule,
            as_of=one_date("as_of", self.end),
            stage=turns.stage - 1,
            since=np.where(turns.stage > 0, turns.since.astype(DAY), _NEVER),
            days=turns.days[:, 1:],
            working_days=turns.worked[:, 1:],
            due_by=due_by,
            late_by=late_by,
            received=received,
            signed=signed,
            closed=closed,
            expired_on=np.where(turns.lapsed >= 0, turns.lapsed.astype(DAY), _NEVER),
            outside_window=turns.refused,
            offer_open_until=_day(turns.deadline),
            seen=seen,
            lacks_items=lacks_items,
            lacks_steps=lacks_steps,
            duplicate_of=self._duplicates(received),
            reviews=reviews,
            missed=np.bincount(missed_case, minlength=size),
            missed_case=missed_case,
            missed_month=missed_month,
            last_contact=np.where(called, self.at[spoken], _NEVER) if len(self.at) else np.full(size, _NEVER),
            last_channel=np.where(called, self.lists.channel[spoken], -1) if len(self.at) else nothing,
            last_role=np.where(called, self.lists.role[spoken], -1) if len(self.at) else nothing,
            last_event=np.where(newest >= 0, self.row[newest], -1) if len(self.at) else nothing,
            refused_events=self.failures.called(KIND_NAMES),
        )

    def _last(self, some: Bools) -> Ints:
        """The place of the last of some events of each case, -1 where there is none."""
        place, out = np.flatnonzero(some), np.full(len(self.cases), -1)
        ends = np.append(self.case[place][1:] != self.case[place][:-1], True) if len(place) else some[:0]
        out[self.case[place[ends]]] = place[ends]
        return out

    def _first(self, kind: str) -> Days:
        """The day of the first event of a kind of each case, NaT where there is none."""
        place, out = np.flatnonzero(self.kind == CASE_KIND_INDEX[kind]), np.full(len(self.cases), _NEVER)
        case = self.case[place]
        heads = np.append(True, case[1:] != case[:-1]) if len(place) else np.zeros(0, np.bool_)
        out[case[heads]] = self.at[place[heads]]
        return out

    def _lacks(self, seen: Bools) -> tuple[Bools, Bools]:
        """Items and steps wanted before steps that were taken, or the next one, that aren't there."""
        rule, size = self.rule, len(self.cases)
        brought = np.zeros(size, np.int64)
        place = np.flatnonzero(self.lists.items)
        if len(place):
            case = self.case[place]
            heads = np.flatnonzero(np.append(True, case[1:] != case[:-1]))
            brought[case[heads]] = np.bitwise_or.reduceat(self.lists.items[place], heads)
        names = [item.name for item in rule.items]
        nothing = CASE_KIND_INDEX["reversal"]  # which no rule has anything before
        follows = [nothing if s.follows is None else CASE_KIND_INDEX[s.follows] for s in rule.stages]
        coming = np.array([nothing, *follows])[self.turns.stage]
        items, steps = np.zeros((size, len(names)), np.bool_), np.zeros(seen.shape, np.bool_)
        for need in rule.needs:
            kind = CASE_KIND_INDEX[need.before]
            wanted = seen[:, kind] | (coming == kind)
            for name in need.items:
                items[:, names.index(name)] |= wanted
            for step in need.steps:
                steps[:, CASE_KIND_INDEX[step]] |= wanted
        have = (brought[:, None] >> np.arange(len(names))) & 1 > 0
        return items & ~have, steps & ~seen

    def _levels(self) -> tuple[Days, Ints]:
        """The last day in the stage that each case is in, and by how many days it is longer there."""
        turns, places = self.turns, {stage.name: i for i, stage in enumerate(self.rule.stages, 1)}
        allowed = np.full(len(places) + 1, -1)
        working = np.zeros(len(places) + 1, np.bool_)
        for level in self.rule.levels:
            allowed[places[level.stage]] = level.days
            working[places[level.stage]] = level.counted == "working_days"
        end = int(self.end.astype(np.int64))
        days, counts = allowed[turns.stage], working[turns.stage]
        due = np.full(len(days), FOREVER)
        some = np.flatnonzero((days >= 0) & counts)
        due[some] = self.counter.after(turns.since[some], days[some])
        plain = (days >= 0) & ~counts
        due[plain] = turns.since[plain] + days[plain]
        late = np.where(plain, np.maximum(end - due, 0), 0)
        spent = self.counter.between(turns.since[some], np.full(len(some), end))
        late[some] = np.maximum(spent - days[some], 0)
        return _day(due), late

    def _duplicates(self, received: Days) -> Ints:
        """The first case of the same applicant and contract, where it isn't the case itself."""
        cases, out = self.cases, np.full(len(self.cases), -1)
        some = np.flatnonzero((cases.same >= 0) & ~np.isnat(received) & ~self.turns.refused)
        some = some[np.bincount(cases.same[some], minlength=1)[cases.same[some]] > 1] if len(some) else some
        some = some[np.lexsort((cases.id[some], received[some], cases.same[some]))]
        same = cases.same[some]
        heads = np.append(True, same[1:] != same[:-1]) if len(some) else np.zeros(0, np.bool_)
        first = some[heads][np.cumsum(heads) - 1] if len(some) else some
        out[some] = np.where(heads, -1, first)
        return out

    def _reviews(self, signed: Days, closed: Days) -> tuple[Ints, Ints, Days]:
        """How many reviews each case had, and its months without one: whose, and their first days.

        A month goes from the day after that of the month on which it was signed up to that day again.
        """
        size = len(self.cases)
        until = np.where(np.isnat(closed), self.end, closed)
        some = np.flatnonzero(~np.isnat(signed))
        months = np.zeros(size, np.int64)
        # A month that ends today may still have its review.
        months[some] = months_begun(signed[some], until[some]) - 1
        before = np.cumsum(months) - months
        held = np.zeros(int(months.sum()), np.bool_)
        at = np.flatnonzero(self.kind == CASE_KIND_INDEX["monthly_review"])
        case = self.case[at]
        reviews = np.bincount(case, minlength=size)
        at, case = at[~np.isnat(signed[case])], case[~np.isnat(signed[case])]
        month = months_begun(signed[case], self.at[at]) - 1
        whole = (self.at[at] >= signed[case]) & (month < months[case])
        held[before[case[whole]] + month[whole]] = True
        gone = np.flatnonzero(~held)
        whose = np.repeat(np.arange(size), months)[gone]
        return reviews, whose, shift(signed[whose], MONTHLY, gone - before[whose]) + np.timedelta64(1, "D")


def _day(numbers: Ints) -> Days:
    """Days from day numbers, NaT where there is none."""
    return np.where(numbers < FOREVER, np.where(numbers < FOREVER, numbers, 0).astype(DAY), _NEVER)


def _in_turn(events: CaseEvents, rows: Ints) -> Ints:
    """Some events by case and in order; those that are alike in all that the order looks at by the rest."""
    if not len(rows):
        return rows
    day = events.at[rows].astype(np.int64)
    instant = events.instant[rows]
    key = events.case[rows]
    timed = instant != NO_INSTANT
    parts = [(day - int(day.min()), int(day.max()) - int(day.min()) + 1)]
    if any_of(timed):
        # Of those with a time the kind comes after it.
        instants, place = np.unique(instant, return_inverse=True)
        parts.append((place.reshape(-1), len(instants)))
    parts.append((events.kind[rows], len(CASE_KINDS)))
    for part, width in parts:
        key = key * width + part
    order = in_order(key)
    rows, key = rows[order], key[order]
    again = key[1:] == key[:-1]
    if any_of(again):
        ties = np.flatnonzero(np.append(again, False) | np.append(False, again))
        tied = rows[ties]
        rest = [getattr(events, name).of[tied] for name in ("items", "role", "channel")]
        keys = (*rest, events.until[tied], events.reverses[tied], events.booked[tied], events.reference[tied])
        rows[ties] = tied[np.lexsort((*keys, key[ties]))]
    return rows
