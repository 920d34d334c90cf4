"""The position of accounts on a day, a column for each figure: what is owed, how late, what pays it off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from repayplan.accounts.keeping import Reached, keeping
from repayplan.accounts.terms import AccountTerms
from repayplan.basics.dates import Days
from repayplan.basics.outcome import Bools, Ints
from repayplan.kernel.allocate import PARTS, Stretch, nothing, stretch, sums, totals, totals_by_part
from repayplan.kernel.books import Books
from repayplan.kernel.law import FOREVER, Law
from repayplan.kernel.payoff import coming_by, owed_by

_NEVER = np.datetime64("NaT", "D")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Columns:
    """What a batch's accounts are, one value each; int64 minor units unless said otherwise.

    Attributes
    ----------
    owed
        (accounts, PARTS); fallen due, and not paid or given up.
    asked, paid, waived
        (accounts, PARTS); fallen due so far, and what of everything was paid or given up.
    accrued_interest
        Of the running period, to the day, and what was put aside before.
    not_due
        Principal that hasn't fallen due, without interest that is to join it later.
    held
        Paid, and kept until something falls due.
    payoff
        What pays the account off on the day.
    days_past_due
        Days since the oldest instalment of the plan fell due of which something is missing; a fee or cost
        charged beside isn't one.
    instalments_overdue
        How many of them there are; what was called in before it was due by the plan counts as one.
    next_amount
        What remains to be paid of the next row that falls due, less what is held; 0 where that covers it.
    next_payment
        What remains to be paid of the first row to fall due that what is held doesn't cover.
    instalments_left
        How many of the plan's aren't paid, fallen due or not.
    instalment
        The plan's largest, without fees, but for its last.
    paid_in_time
        How many instalments since the plan was signed or changed were paid in full within the days of grace,
        without one between them that wasn't: the last ones. One of which no more than the tolerance was
        missing by then is one of them; one of which something was given up, or paid by goodwill, isn't, but
        doesn't end the row either.
    longest_in_time
        The most of these that ever were, one after the other, even if a later one wasn't.
    all_in_time, all_late
        How many instalments since the plan was signed, those before it was changed among them, were paid
        within the days of grace, and how many weren't, though these are over. One of which something was
        waived, given up by a settlement, paid by goodwill or taken over by a new plan is in neither, unless
        its days of grace had gone by before: then it is late. What only a write-off called in is in neither.
    paid_later
        By how many days in all the last three instalments that were paid came later than the three before.
    broken_by_missed, part_paid
        bool; see :class:`~repayplan.accounts.tracking.Tracks`.
    missing, missing_today
        What is missing of overdue instalments, without charges for being late, and of those that fall due on
        the day itself.
    rate
        The contract's annual rate, multiples of 1e-10.
    frequency
        How often the plan falls due, index into :data:`~repayplan.basics.dates.FREQUENCIES`; -1 where the
        contract's terms aren't known.
    restructures
        How often the plan was changed.
    written_off
        (accounts, PARTS); what was owed when it was; of what is paid since, ``owed`` is less.
    matures, restructured_on, broken_on
        datetime64[D]; the plan's last due date, and when it was last changed or broken (NaT where it wasn't).
    next_due, next_payment_due, oldest_due, called, closed, repaid_early
        datetime64[D]; NaT where there is none. ``next_payment_due``: when ``next_payment`` falls due;
        ``called``: when the whole balance fell due; ``closed``: when it was settled, written off or repaid
        early; ``repaid_early``: when an early repayment ended it that wasn't closed before.
    """

    owed: Ints
    asked: Ints
    paid: Ints
    waived: Ints
    accrued_interest: Ints
    not_due: Ints
    held: Ints
    payoff: Ints
    days_past_due: Ints
    instalments_overdue: Ints
    next_amount: Ints
    next_payment: Ints
    instalments_left: Ints
    instalment: Ints
    paid_in_time: Ints
    longest_in_time: Ints
    all_in_time: Ints
    all_late: Ints
    paid_later: Ints
    broken_by_missed: Bools
    part_paid: Bools
    missing: Ints
    missing_today: Ints
    rate: Ints
    frequency: Ints
    restructures: Ints
    written_off: Ints
    matures: Days
    restructured_on: Days
    broken_on: Days
    next_due: Days
    next_payment_due: Days
    oldest_due: Days
    called: Days
    closed: Days
    repaid_early: Days

    @classmethod
    def of(
        cls,
        books: Books,
        end: Ints,
        law: Law,
        terms: AccountTerms,
        *,
        rate: Ints,
        frequency: Ints,
        tolerance: Ints,
        reached: Reached | None = None,
    ) -> Columns:
        """Of one block.

        ``rate`` and ``frequency``: the contract's of each account by now; ``tolerance``: what may be missing
        of an instalment; ``reached``: as of :func:`~repayplan.accounts.keeping.keeping`.
        """
        demands, heads = books.demands, books.begin
        waived = totals_by_part(books.waived, heads)
        paid = totals_by_part(demands.charged, heads) - totals_by_part(demands.left, heads) - waived
        first, last = books.first, books.end
        some = np.flatnonzero(first < last)
        open_ones = _open(books, stretch(first[some], last[some]), some, end, law)
        size = len(first)
        found = {name: np.zeros((size, *column.shape[1:]), np.int64) for name, column in open_ones.items()}
        for name in ("next_due", "next_payment_due", "oldest_due"):
            found[name][:] = FOREVER
        for name, column in open_ones.items():
            found[name][some] = column
        held, kept = books.held, keeping(books, end, terms, tolerance, reached)
        owed, oldest = found["owed"], found["oldest_due"]
        return cls(
            owed=owed,
            asked=owed + paid + waived,
            paid=paid,
            waived=waived,
            accrued_interest=found["accrued_interest"],
            not_due=found["not_due"],
            held=held,
            payoff=np.maximum(found["payoff"] - held, 0),
            days_past_due=np.where(oldest < FOREVER, end - oldest, 0),
            instalments_overdue=found["instalments_overdue"],
            next_amount=found["next_amount"],
            next_due=days_from(found["next_due"]),
            next_payment=found["next_payment"],
            next_payment_due=days_from(found["next_payment_due"]),
            oldest_due=days_from(oldest),
            called=days_from(books.called),
            instalments_left=found["instalments_left"],
            instalment=books.instalment,
            paid_in_time=kept.paid_in_time,
            longest_in_time=kept.longest_in_time,
            all_in_time=kept.all_in_time,
            all_late=kept.all_late,
            paid_later=kept.paid_later,
            broken_on=days_from(kept.broken_on),
            broken_by_missed=kept.by_missed,
            missing=found["missing"],
            missing_today=found["missing_today"],
            part_paid=found["part_paid"] > 0,
            rate=rate,
            frequency=frequency,
            restructures=books.renewed,
            matures=days_from(books.matures),
            restructured_on=days_from(np.where(books.renewed > 0, books.renewed_on, FOREVER)),
            closed=days_from(books.closed),
            repaid_early=days_from(books.repaid),
            written_off=books.written_off,
        )

    @classmethod
    def _none(cls) -> Columns:
        """Of no account."""
        found: dict[str, Any] = {each.name: np.zeros(0, _DTYPES[str(each.type)]) for each in fields(cls)}
        return cls(**found | dict.fromkeys(_BY_PART, np.zeros((0, PARTS), np.int64)))

    @classmethod
    def joined(cls, blocks: Sequence[Columns], good: Bools) -> Columns:
        """Of all blocks together, those that are good; there may be none."""
        blocks = [cls._none(), *blocks]
        whole = {name: np.concatenate([getattr(each, name) for each in blocks]) for name in cls.__slots__}
        return cls(**{name: column[good] for name, column in whole.items()})


_BY_PART = ("owed", "asked", "paid", "waived", "written_off")
_DTYPES = {"Ints": "int64", "Bools": "bool", "Days": "datetime64[D]"}


def _open(books: Books, at: Stretch, loans: Ints, end: Ints, law: Law) -> dict[str, Ints]:
    """Figures of accounts that have rows which aren't done with."""
    demands, rows, heads = books.demands, at.rows, at.heads
    when = end[loans][at.of]
    due, plain = demands.due[rows], books.plain[rows]
    owed = owed_by(books, law, rows, when)
    fallen = due <= when
    missing = sums(owed, demands.plain)
    late = fallen & plain & (missing > 0) & (due < when)
    overdue = np.flatnonzero(late)
    begun = missing[overdue] < demands.asked(rows[overdue])
    early = books.early[rows[overdue]]
    called_in = np.bincount(at.of[overdue[early]], minlength=len(heads)) > 0  # as one
    coming, owed_of = coming_by(books, at, owed, when), nothing(len(heads))
    for part in demands.parts:
        owed_of[:, part] = totals(owed[:, part] * fallen, heads)
    ahead = np.where(fallen, 0, np.maximum(missing, 0))
    there, following = _first(ahead > 0, at)
    # What is held pays what is to come in its order; so much is left of all rows up to each.
    held = books.held[loans]
    asked = np.cumsum(ahead)
    uncovered = asked - (asked[heads] - ahead[heads] + held)[at.of]
    pays, payable = _first((ahead > 0) & (uncovered > 0), at)
    return {
        "owed": owed_of,
        "oldest_due": np.minimum.reduceat(np.where(late, due, FOREVER), heads),
        "missing": totals(np.where(late, missing, 0), heads),
        "missing_today": totals(np.where(plain & (due == when), missing, 0), heads),
        "part_paid": np.bincount(at.of[overdue[begun]], minlength=len(heads)),
        "instalments_left": np.bincount(at.of[plain & (missing > 0)], minlength=len(heads)),
        "instalments_overdue": np.bincount(at.of[overdue[~early]], minlength=len(heads)) + called_in,
        "accrued_interest": np.maximum(coming.interest, 0),
        # Interest that was paid before it has accrued is principal that is paid.
        "not_due": np.maximum(coming.principal + np.minimum(coming.interest, 0), 0),
        "payoff": sums(owed_of) + coming.total,
        "next_amount": np.where(there, np.maximum(missing[following] - held, 0), 0),
        "next_due": np.where(there, due[following], FOREVER),
        "next_payment": np.where(pays, uncovered[payable], 0),
        "next_payment_due": np.where(pays, due[payable], FOREVER),
    }


def _first(some: Bools, at: Stretch) -> tuple[Bools, Ints]:
    """Whether each account has one of some rows, and the place of its first (0 where it hasn't)."""
    place = np.full(len(at.heads), -1)
    mine = np.flatnonzero(some)[::-1]  # of each account the first is written last
    place[at.of[mine]] = mine
    return place >= 0, np.maximum(place, 0)


def days_from(numbers: Ints) -> Days:
    """Dates of day numbers; NaT for what never comes."""
    days = np.where(numbers < FOREVER, numbers, 0).view("datetime64[D]")
    return np.where(numbers < FOREVER, days, _NEVER)
