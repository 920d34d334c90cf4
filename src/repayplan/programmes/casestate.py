"""Where cases stand on a day: one of them, or many with a value for each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from repayplan.basics.dates import Days
from repayplan.basics.errors import Code
from repayplan.basics.outcome import Bools, Failure, Failures, Ints
from repayplan.basics.reason import Reason
from repayplan.programmes.caserule import CaseRule
from repayplan.programmes.cases import Cases
from repayplan.programmes.casestages import CASE_KINDS, CaseName, CaseStage


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
        First days of the months, counted from the day after signing, in which none was. A month ends on the
        day of the month on which it was signed, and a review on that day is one of it.
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
        datetime64[D]; NaT where there is none. ``expired_on``: when an offer last expired by
        itself, and none was accepted nor signed since.
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
    "completed": ("completed", "材料补齐"),
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
