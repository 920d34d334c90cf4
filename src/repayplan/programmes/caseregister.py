"""The register of cases, replayed to any date: where each stands, what is late, what is lacking."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, NamedTuple, overload

import numpy as np
import numpy.typing as npt

from repayplan.ability.figures import one_rule
from repayplan.accounts.register import Entries, standing
from repayplan.basics.arguments import one_date
from repayplan.basics.calendars import Calendar, coverage
from repayplan.basics.columns import Screen
from repayplan.basics.dates import DAY, FREQUENCY_INDEX, Days, civil, shift
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Bools, Failure, Failures, Ints, any_of, in_order
from repayplan.basics.reason import Reason
from repayplan.kernel.law import FOREVER
from repayplan.offers.hardship import said
from repayplan.programmes.caseevent import NO_INSTANT, CaseEvent, CaseEvents, Cases, Names
from repayplan.programmes.caserule import CASE_KIND_INDEX, CASE_KINDS, CaseName, CaseRule, CaseStage
from repayplan.programmes.caseturns import Happened, Turns
from repayplan.programmes.daycounter import DayCounter

_MONTHLY = FREQUENCY_INDEX["monthly"]
_NEVER = np.datetime64("NaT", "D")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseState:
    """Where one case stands on a day.

    Attributes
    ----------
    stage, since
        Its stage, and the day on which it came there; None: it hasn't begun.
    days, working_days
        Days in each stage so far, by the stage's name: all, and working ones, from the day after it came
        there up to the day that it left, or today.
    due_by, late_by
        The last day on which it may be in its stage (None: no level says so, or the calendar ends before),
        and by how many days of the kind that the level counts it is longer there.
    received, signed, closed
        When it was; None: it wasn't.
    next_step
        The kind of event that comes next in the ordinary course.
    lacks_items, lacks_steps
        What the rule wants before steps that were taken, or before the next one, and isn't there.
    duplicate_of
        The id of an earlier case of the same applicant and contract; None: there is none.
    offer_open_until
        The last day of an offer that is open, if it has one.
    reviews
        How many monthly reviews were held.
    missed_reviews
        First days of the months, counted from signing, in which none was.
    last_contact, last_channel, last_role
        Of the newest contact.
    reasons
        The same as codes with figures: outside the window, a duplicate, too late, expired, lacking, missed.
    refused_events
        Events that can't be, or were out of turn, by their place; the others count.
    """

    stage: CaseStage | None
    since: date | None
    days: Mapping[str, int]
    working_days: Mapping[str, int]
    due_by: date | None
    late_by: int
    received: date | None
    signed: date | None
    closed: date | None
    next_step: str | None
    lacks_items: tuple[str, ...]
    lacks_steps: tuple[str, ...]
    duplicate_of: str | None
    offer_open_until: date | None
    reviews: int
    missed_reviews: tuple[date, ...]
    last_contact: date | None
    last_channel: str | None
    last_role: str | None
    reasons: tuple[Reason, ...]
    refused_events: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CaseStates:
    """The same of many cases, a value for each.

    Attributes
    ----------
    cases, rule, as_of
        Of what, by which rule, on which day.
    stage
        int64; place among the rule's stages, -1: it hasn't begun.
    since, due_by, received, signed, closed, expired_on, offer_open_until, last_contact
        datetime64[D]; NaT where there is none. ``expired_on``: when an offer last expired by itself.
    days, working_days
        int64 (cases, stages).
    late_by
        int64; 0: it isn't late.
    outside_window
        bool; refused because it was received outside the window.
    seen
        bool (cases, kinds); which kinds of events there were.
    lacks_items, lacks_steps
        bool (cases, items of the rule) and (cases, kinds).
    duplicate_of
        int64; the row of the earlier case, -1: there is none.
    reviews, missed
        int64; how many monthly reviews were held, and in how many months none was.
    missed_case, missed_month
        Of each of these months: int64, rising, whose; datetime64[D], its first day.
    last_channel, last_role
        int64; place among the rule's channels and roles, -1 where there is none.
    last_event
        int64; the place of the newest event that counts, -1 where there is none.
    refused_events
        Events that can't be, or were out of turn, by their row; all others count.
    """

    cases: Cases
    rule: CaseRule
    as_of: date
    stage: Ints
    since: Days
    days: Ints
    working_days: Ints
    due_by: Days
    late_by: Ints
    received: Days
    signed: Days
    closed: Days
    expired_on: Days
    outside_window: Bools
    offer_open_until: Days
    seen: Bools = field(repr=False)
    lacks_items: Bools = field(repr=False)
    lacks_steps: Bools = field(repr=False)
    duplicate_of: Ints
    reviews: Ints
    missed: Ints
    missed_case: Ints = field(repr=False)
    missed_month: Days = field(repr=False)
    last_contact: Days
    last_channel: Ints
    last_role: Ints
    last_event: Ints
    refused_events: Failures

    def __len__(self) -> int:
        return len(self.stage)

    def __repr__(self) -> str:
        return f"CaseStates({len(self)} cases, {self.as_of}, {len(self.refused_events)} events refused)"

    def one(self, i: int) -> CaseState:
        """Of case ``i``, without the events of it that were refused."""
        rule, names = self.rule, [stage.name for stage in self.rule.stages]
        stage = None if self.stage[i] < 0 else rule.stages[self.stage[i]]
        low, high = np.searchsorted(self.missed_case, [i, i + 1])
        other = int(self.duplicate_of[i])
        return CaseState(
            stage=stage,
            since=self.since[i].item(),
            days=dict(zip(names, self.days[i].tolist(), strict=True)),
            working_days=dict(zip(names, self.working_days[i].tolist(), strict=True)),
            due_by=self.due_by[i].item(),
            late_by=int(self.late_by[i]),
            received=self.received[i].item(),
            signed=self.signed[i].item(),
            closed=self.closed[i].item(),
            next_step=None if stage is None else stage.follows,
            lacks_items=tuple(rule.items[k].name for k in np.flatnonzero(self.lacks_items[i])),
            lacks_steps=tuple(CASE_KINDS[k] for k in np.flatnonzero(self.lacks_steps[i])),
            duplicate_of=None if other < 0 else str(self.cases.id[other]),
            offer_open_until=self.offer_open_until[i].item(),
            reviews=int(self.reviews[i]),
            missed_reviews=tuple(self.missed_month[low:high].tolist()),
            last_contact=self.last_contact[i].item(),
            last_channel=_name(rule.channels, self.last_channel[i]),
            last_role=_name(rule.roles, self.last_role[i]),
            reasons=tuple(self._reasons(i)),
        )

    def _reasons(self, i: int) -> Iterable[Reason]:
        rule = self.rule
        called = {item.name: (item.en, item.zh) for item in rule.items} | KIND_NAMES
        stages = {stage.name: (stage.en, stage.zh) for stage in rule.stages}
        if self.outside_window[i]:
            yield Reason(Code.CASE_OUTSIDE_WINDOW, "received", self.received[i].item(), rule.window)
        if self.duplicate_of[i] >= 0:
            yield Reason(Code.CASE_DUPLICATE, "case", str(self.cases.id[self.duplicate_of[i]]))
        if not np.isnat(self.expired_on[i]):
            yield Reason(Code.CASE_OFFER_EXPIRED, "offer", self.expired_on[i].item())
        if self.late_by[i]:
            stage = rule.stages[self.stage[i]].name
            level = next(each for each in rule.levels if each.stage == stage)
            code = Code.CASE_LATE_WORKING_DAYS if level.counted == "working_days" else Code.CASE_LATE
            yield Reason(code, stage, int(self.late_by[i]), self.due_by[i].item(), names=stages)
        for k in np.flatnonzero(self.lacks_items[i]):
            yield Reason(Code.CASE_ITEM_MISSING, rule.items[k].name, names=called)
        for k in np.flatnonzero(self.lacks_steps[i]):
            yield Reason(Code.CASE_STEP_MISSING, CASE_KINDS[k], names=called)
        low, high = np.searchsorted(self.missed_case, [i, i + 1])
        for month in self.missed_month[low:high].tolist():
            yield Reason(Code.CASE_REVIEW_MISSED, "monthly_review", month)

    def table(self) -> dict[str, npt.NDArray[Any]]:
        """A row a case: what it is called, where it stands, since when, what is late and what is lacking.

        Returns
        -------
        Columns of one length: text ``case``, ``applicant``, ``contract``, ``stage`` (empty: not begun),
        ``duplicate_of``, ``channel``; datetime64[D] ``since``, ``due_by``, ``received``, ``signed``,
        ``closed``, ``last_contact``; int64 ``days_in_stage``, ``late_by``, ``lacking`` (items and steps),
        ``reviews``, ``reviews_missed``; bool ``outside_window``.
        """
        stages = np.array([*(stage.name for stage in self.rule.stages), ""])
        channels = np.array([*(each.name for each in self.rule.channels), ""])
        ids = np.append(self.cases.id, "")
        days = np.append(self.days, np.zeros((len(self), 1), np.int64), axis=1)
        return {
            "case": self.cases.id,
            "applicant": self.cases.applicant,
            "contract": self.cases.contract,
            "stage": stages[self.stage],
            "since": self.since,
            "days_in_stage": days[np.arange(len(self)), self.stage],
            "due_by": self.due_by,
            "late_by": self.late_by,
            "received": self.received,
            "signed": self.signed,
            "closed": self.closed,
            "lacking": self.lacks_items.sum(axis=1) + self.lacks_steps.sum(axis=1),
            "duplicate_of": ids[self.duplicate_of],
            "outside_window": self.outside_window,
            "reviews": self.reviews,
            "reviews_missed": self.missed,
            "last_contact": self.last_contact,
            "channel": channels[self.last_channel],
        }

    def to_frame(self, kind: Any = "pandas") -> Any:
        """:meth:`table` as a frame: ``"pandas"``, ``"polars"`` or ``"arrow"`` (each an extra).

        Raises
        ------
        InputError
            ``kind`` isn't one of the three.
        ImportError
            The library isn't installed; the message names the extra.
        """
        from repayplan.edges.frames import figured, frame_of

        return frame_of(figured(self.table(), 0), kind)


KIND_NAMES: dict[str, tuple[str, str]] = {
    "received": ("received", "受理"),
    "contact": ("contact", "联系"),
    "completed": ("complete", "材料补齐"),
    "handed_over": ("handed over", "移交"),
    "opinion": ("opinion", "审核意见"),
    "returned": ("returned", "退回"),
    "approved": ("approved", "批准"),
    "refused": ("refused", "拒绝"),
    "offer_made": ("offer made", "发出方案"),
    "offer_accepted": ("offer accepted", "接受方案"),
    "offer_expired": ("offer expired", "方案失效"),
    "signed": ("signed", "签约"),
    "copy_delivered": ("copy delivered", "交付文本"),
    "monthly_review": ("monthly review", "月度回访"),
    "closed": ("closed", "结案"),
    "reversal": ("reversal", "冲销"),
}
"""Kinds of events for people, in English and Chinese."""


def _name(names: Sequence[CaseName], place: Any) -> str | None:
    return None if place < 0 else names[place].name


@overload
def case_register(
    cases: Cases,
    events: CaseEvents,
    rule: CaseRule,
    *,
    as_of: Any,
    calendar: Calendar,
    known_on: Any = None,
) -> CaseStates: ...
@overload
def case_register(
    cases: str,
    events: Sequence[CaseEvent],
    rule: CaseRule,
    *,
    as_of: Any,
    calendar: Calendar,
    known_on: Any = None,
) -> CaseState: ...
def case_register(
    cases: Cases | str,
    events: CaseEvents | Sequence[CaseEvent],
    rule: CaseRule,
    *,
    as_of: Any,
    calendar: Calendar,
    known_on: Any = None,
) -> CaseStates | CaseState:
    """Where cases stand on a day, from everything that happened to them up to it.

    Events of one case come in the order of their days; of one day those without a time come first, by kind
    (in the order of :data:`CASE_KINDS`), the others in the order in which they happened, wherever that was;
    what is left by
    reference. The order in which events are given doesn't matter. A reversal takes an event out as if it had
    never been in the list; its own day, which isn't before that of the event, changes nothing. An event that
    can't be, or may not come in the stage that its case is in, is left out and listed with its code; every
    other event counts. Of two with one reference the one that was booked first counts.

    An application that is received outside the rule's window is refused on that day. An offer whose last
    day is over has expired on the day after. Of several cases of the same applicant and contract that were
    received in the window, all but the first (of one day, the one whose id sorts first) are called
    duplicates; nothing is done about them. Months are counted from the day of signing; one that is over by
    the day asked for, or by the day on which the case was closed, and has no review in it, was missed.

    Parameters
    ----------
    cases
        A batch; or, for one, what it is called.
    events
        Of a batch :class:`CaseEvents`; of one :class:`CaseEvent` s.
    rule
        Stages, steps, time allowed, needs, lists, window.
    as_of
        The day.
    calendar
        Whose working days count.
    known_on
        Only events booked up to this day are looked at: what was known then. None: all.

    Returns
    -------
    :class:`CaseStates`, or :class:`CaseState` of one.

    Raises
    ------
    InputError
        A day that isn't one, or that the calendar doesn't cover; an event of no case.

    Examples
    --------
    >>> from repayplan.basics.calendars import WEEKENDS
    >>> rule = CaseRule.example("negotiated-repayment")
    >>> came = CaseEvent(kind="received", at="2026-03-02", reference="1", channel="branch")
    >>> state = case_register("A-7", [came], rule, as_of="2026-03-10", calendar=WEEKENDS)
    >>> state.stage.en, state.working_days["received"], str(state.due_by), state.late_by, state.next_step
    ('received', 6, '2026-03-09', 1, 'completed')
    >>> print(state.reasons[0].text())
    the stage (received) was to end by 2026-03-09; working days too late: 1
    """
    one_rule("rule", rule, CaseRule)
    one_rule("calendar", calendar, Calendar)
    if isinstance(cases, Cases):
        if not isinstance(events, CaseEvents):
            raise InputError(Code.UNKNOWN_VALUE, "events", type(events).__name__, "CaseEvents, for a batch")
        return _Register.of(cases, events, rule, as_of, known_on, calendar).states()
    said("cases", cases)
    batch = CaseEvents.of(events) if not isinstance(events, CaseEvents) else events
    alone = Cases.from_columns(id=[cases])
    states = _Register.of(alone, batch, rule, as_of, known_on, calendar).states()
    return replace(states.one(0), refused_events=tuple(states.refused_events))


class _Lists(NamedTuple):
    """What events say, as places in the rule's lists (-1: nothing), and their items as bits."""

    channel: Ints
    role: Ints
    items: Ints


@dataclass(slots=True, eq=False)
class _Register:
    """Cases, and what of their events holds, in order."""

    cases: Cases
    rule: CaseRule
    end: np.datetime64
    row: Ints
    case: Ints
    kind: Ints
    at: Days
    lists: _Lists
    turns: Turns
    counter: DayCounter
    failures: Failures

    @classmethod
    def of(
        cls, cases: Cases, events: CaseEvents, rule: CaseRule, as_of: Any, known_on: Any, calendar: Calendar
    ) -> _Register:
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
        lists = _listed(events, rule, screen)
        _refuse_uncovered(events, calendar, end, screen)
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
        outside = _outside(rule, kind, at)
        happened = Happened(
            events.case[rows],
            kind,
            at.astype(np.int64),
            np.where(np.isnat(until), FOREVER, until.astype(np.int64)),
            outside,
        )
        table = rule.table
        turns = Turns.of(happened, table, len(cases), counter, last)
        _refuse_out_of_turn(events, rule, rows[~turns.taken], turns.before[~turns.taken], screen)
        some = turns.taken
        return cls(
            cases,
            rule,
            end,
            rows[some],
            happened.case[some],
            kind[some],
            at[some],
            _Lists(*(each[rows[some]] for each in lists)),
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
            refused_events=self.failures,
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
        """How many reviews each case had, and its months without one: whose, and their first days."""
        size = len(self.cases)
        until = np.where(np.isnat(closed), self.end, closed)
        some = np.flatnonzero(~np.isnat(signed))
        months = np.zeros(size, np.int64)
        months[some] = _months_between(signed[some], until[some])
        before = np.cumsum(months) - months
        held = np.zeros(int(months.sum()), np.bool_)
        at = np.flatnonzero(self.kind == CASE_KIND_INDEX["monthly_review"])
        case = self.case[at]
        reviews = np.bincount(case, minlength=size)
        at, case = at[~np.isnat(signed[case])], case[~np.isnat(signed[case])]
        month = _months_between(signed[case], self.at[at])
        whole = (month >= 0) & (month < months[case])
        held[before[case[whole]] + month[whole]] = True
        gone = np.flatnonzero(~held)
        whose = np.repeat(np.arange(size), months)[gone]
        return reviews, whose, shift(signed[whose], _MONTHLY, gone - before[whose])


def _months_between(since: Days, until: Days) -> Ints:
    """Whole months from a day up to another."""
    months = civil(until)[0] - civil(since)[0]
    return months - (shift(since, _MONTHLY, months) > until)


def _day(numbers: Ints) -> Days:
    """Days from day numbers, NaT where there is none."""
    return np.where(numbers < FOREVER, np.where(numbers < FOREVER, numbers, 0).astype(DAY), _NEVER)


def _listed(events: CaseEvents, rule: CaseRule, screen: Screen) -> _Lists:
    """What events say in the rule's words; faults of those that say something else."""
    channel = _places("channel", events.channel, rule.channels, screen)
    role = _places("role", events.role, rule.roles, screen)
    names = [item.name for item in rule.items]
    bits = np.zeros(len(events.items.names), np.int64)
    unknown = np.zeros(len(bits), np.bool_)
    for i, text in enumerate(events.items.names.tolist()):
        said_ones = [each.strip() for each in text.split(",")] if text else []
        unknown[i] = any(each not in names for each in said_ones)
        bits[i] = sum({1 << names.index(each) for each in said_ones if each in names})
    items = bits[events.items.of]
    shown = _shown(events.items)
    if any_of(unknown):
        screen.fault(unknown[events.items.of], Code.UNKNOWN_VALUE, "items", shown, ", ".join(names))
    if any_of(bits):
        may = np.zeros(len(CASE_KINDS), np.int64)
        for i, item in enumerate(rule.items):
            may[[CASE_KIND_INDEX[kind] for kind in item.brought_by]] |= 1 << i
        other = (items & ~may[events.kind]) != 0
        screen.fault(other, Code.UNKNOWN_VALUE, "items", shown, "what an event of its kind may bring")
    return _Lists(channel, role, items)


def _places(field_name: str, given: Names, known: Sequence[CaseName], screen: Screen) -> Ints:
    """Names as places in a closed list, -1 for none; faults of those that aren't in it."""
    names = [each.name for each in known]
    place = np.array([names.index(each) if each in names else -1 for each in given.names.tolist()], np.int64)
    wrong = (place < 0) & (given.names != "")
    if any_of(wrong):
        screen.fault(wrong[given.of], Code.UNKNOWN_VALUE, field_name, _shown(given), ", ".join(names))
    return place[given.of]


def _shown(given: Names) -> Any:
    return lambda row: given.names[given.of[row]]


def _refuse_uncovered(events: CaseEvents, calendar: Calendar, end: np.datetime64, screen: Screen) -> None:
    """Events on days that the calendar says nothing about."""
    if calendar.first is not None and len(events):
        early = (events.at < calendar.first) & (events.at <= end)
        screen.fault(early, Code.OUT_OF_RANGE, "at", events.at, coverage(calendar))


def _refuse_out_of_turn(events: CaseEvents, rule: CaseRule, rows: Ints, stage: Ints, screen: Screen) -> None:
    """Events that may not come in the stage that their case was in."""
    if not len(rows):
        return
    may = [", ".join(CASE_KINDS[k] for k in np.flatnonzero(line >= 0)) or "none" for line in rule.table]
    wrong, place = np.zeros(len(events), np.bool_), np.zeros(len(events), np.int64)
    wrong[rows], place[rows] = True, stage
    kinds, follow = np.array(CASE_KINDS), np.array(may)
    screen.fault(
        wrong,
        Code.OUT_OF_TURN,
        "kind",
        lambda row: kinds[events.kind[row]],
        lambda row: follow[place[row]],
    )


def _outside(rule: CaseRule, kind: Ints, at: Days) -> Bools:
    """Which events are applications that were received outside the window."""
    outside = np.zeros(len(kind), np.bool_)
    if rule.opens is not None:
        outside |= at < np.datetime64(rule.opens, "D")
    if rule.closes is not None:
        outside |= at > np.datetime64(rule.closes, "D")
    outside &= kind == CASE_KIND_INDEX["received"]
    return outside


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
