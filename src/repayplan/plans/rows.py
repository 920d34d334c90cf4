"""The rows of schedules as columns, derived from what the kernel keeps of them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import numpy as np
import numpy.typing as npt

from repayplan.basics.dates import DAY, Days
from repayplan.basics.outcome import Bools, Ints, any_of
from repayplan.kernel.courses import Course, Pays
from repayplan.kernel.rules import Interest
from repayplan.kernel.work import Work
from repayplan.plans.arrears import share_of
from repayplan.plans.fees import charged
from repayplan.plans.laid import first_paying, paying, payment_number, pays_at
from repayplan.plans.loan import Loans
from repayplan.plans.moves import moved_within
from repayplan.plans.stored import Known, Stored

MONEY = (
    "opening",
    "drawn",
    "interest",
    "interest_paid",
    "capitalised",
    "deferred",
    "waived",
    "principal",
    "fee",
    "payment",
    "closing",
)
"""Columns of a schedule that are amounts."""
COLUMNS = ("period", "due_date", "days", *MONEY)
TOTALS = ("interest", "interest_paid", "capitalised", "waived", "principal", "fee", "payment")
Columns = dict[str, npt.NDArray[Any]]


def derive(
    loans: Loans,
    part: Stored,
    at: Ints,
    t: Ints,
    known: Known | None = None,
    names: Collection[str] = COLUMNS,
) -> Columns:
    """Columns for rows of a block, those that are named and no others: loan ``at`` in period ``t``."""
    out: Columns = {"period": t + 1} if "period" in names else {}
    if "due_date" in names:
        out["due_date"] = _due_dates(loans, part, at, t, known)
    if "days" in names:
        out["days"] = _days(part, at, t)
    amounts = [name for name in MONEY if name in names]
    return out | _amounts(loans, part, at, t, known, amounts) if amounts else out


def _due_dates(loans: Loans, part: Stored, at: Ints, t: Ints, known: Known | None) -> Days:
    work, order = part.laid.work, part.block.rows[at]
    if part.laid.dues is not None:
        return part.laid.dues[t, work.calendar[order]].astype(np.int64).view(DAY)
    if known is not None and known.dues is not None and known.calendar is not None:
        return known.dues[t, known.calendar[at]]
    # A plan that ends before its stages do never comes to its last due date.
    agreed = work.term if work.stop is None else work.lengths.sum(axis=0)
    return loans.due(part.laid.rows[order], t, t == agreed[order] - 1)


def _days(part: Stored, at: Ints, t: Ints) -> Ints:
    work, order = part.laid.work, part.block.rows[at]
    if part.laid.days is not None:
        return part.laid.days.of(t, order, work.calendar)
    return np.where(t == 0, work.first[order], work.regular[order]) * part.laid.unit


def _amounts(
    loans: Loans, part: Stored, at: Ints, t: Ints, known: Known | None, names: Collection[str]
) -> Columns:
    block, work = part.block, part.laid.work
    order = block.rows[at]
    rows = part.laid.rows[order]
    opening, interest, closing = block.cells(at, t)
    final = t == work.term[order] - 1
    zero = np.zeros(len(interest), np.int64)
    capitalised, deferred, waived = zero, zero, zero
    ends = work.lengths.cumsum(axis=0)
    if any(rule.adds or rule.interest is not Interest.PAID for rule in work.rules):
        stage = np.minimum((t >= ends[:, order]).sum(axis=0), len(work.rules) - 1)
        fate = _fates(work, stage, final)
        capitalised = np.where(fate == Interest.CAPITALISED, interest, 0)
        deferred = np.where((fate == Interest.DEFERRED) | (fate == Interest.JOINED), interest, 0)
        waived = np.where(fate == Interest.WAIVED, interest, 0)
        # What a payment leaves of the interest where that is allowed; the balance rises by it.
        adds = np.array([r.adds for r in work.rules])[stage] & ~final
        moved = moved_within(work, order, t, opening)
        capitalised = np.where(adds, np.maximum(closing - opening - moved, 0), capitalised)
    if work.course is not None:
        nothing, waits = (_on_course(mark, order, t) & ~final for mark in _marks(work.course))
        capitalised = np.where(nothing, interest, capitalised)
        deferred = np.where(waits, interest, deferred)
    fee = zero
    repaid = zero
    if any_of(loans.beside[rows]) if known is None else known.beside:
        repaid, fee = _arrears(loans, part, order, t, final)
    for s, rule in enumerate(work.rules):
        if rule.interest is Interest.DEFERRED:
            repaid = repaid + _repaid(part, s, order, t, ends)
        elif rule.interest is Interest.JOINED:
            joins, paid = _joined(part, s, order, t, ends)
            capitalised, repaid = capitalised + joins, repaid + joins + paid
    if work.course is not None and work.course.waits.any():
        repaid = repaid + _waited(part)[t, at]

    def plus(amount: Ints, *others: Ints) -> Ints:
        """Their sum; those that no loan here has are ``zero`` itself, and aren't looked at."""
        for other in others:
            amount = other if amount is zero else amount if other is zero else amount + other
        return amount

    interest_paid = interest - plus(capitalised, deferred, waived) + repaid
    drawn = zero
    for move in work.moves:
        drawn = drawn + np.where(move.period[order] == t, np.maximum(move.amount[order], 0), 0)
    aside = zero if part.laid.aside is None else part.laid.aside[order]
    then = zero if aside is zero else np.where(final, aside, 0)
    principal = opening - closing + plus(capitalised, drawn, then)
    # A fee that is financed is lent beside what was owed.
    financed = np.where(t == 0, opening + aside - loans.balance[rows], 0) if part.laid.plan.beside else zero
    if part.laid.fees and ("fee" in names or "payment" in names):
        something = (opening + drawn != 0) | (principal + interest_paid + fee != 0)
        pays = (t == first_paying(work)[order], pays_at(work, order, t) & something)
        fee = fee + charged(part.laid.fees, order, opening + aside - financed, pays)
    made: dict[str, Callable[[], Ints]] = {
        "opening": lambda: plus(opening, aside) - financed,
        "drawn": lambda: plus(drawn, financed),
        "interest": lambda: interest,
        "interest_paid": lambda: interest_paid,
        "capitalised": lambda: capitalised,
        "deferred": lambda: deferred - repaid,
        "waived": lambda: waived,
        "principal": lambda: principal,
        "fee": lambda: fee,
        "payment": lambda: plus(principal + interest_paid, fee),
        "closing": lambda: plus(closing, aside if aside is zero else aside - then),
    }
    return {name: made[name]() for name in names}


def _arrears(loans: Loans, part: Stored, order: Ints, t: Ints, final: Bools) -> tuple[Ints, Ints]:
    """What is paid in rows of the interest, and of the fees and penalty, that are owed at the start."""
    work, rows, own = part.laid.work, part.laid.rows[order], {each.of: each for each in part.laid.arrears}
    first = t == first_paying(work)[order]
    if not own:
        return np.where(first, loans.carried[rows], 0), np.where(first, loans.charges[rows], 0)
    number, count = payment_number(work, order, t)
    pays = pays_at(work, order, t)
    out = []
    for names in (("overdue_interest", "accrued_interest"), ("fees", "penalty")):
        paid = np.zeros(len(order), np.int64)
        for name in names:
            owed, how = getattr(loans, name)[rows], own.get(name)
            if how is None:
                paid += np.where(first, owed, 0)
            elif how.over is None:
                paid += np.where(final, owed, 0)
            else:
                paid += np.where(pays, share_of(owed, how.over[order], number, count), 0)
        out.append(paid)
    return out[0], out[1]


def _fates(work: Work, stage: Ints, final: Bools) -> npt.NDArray[Any]:
    """What becomes of the interest of rows of these stages: a plan's last row pays what isn't waived."""
    fate = np.array([rule.interest for rule in work.rules])[stage]
    return np.where(final & (fate != Interest.WAIVED), Interest.PAID, fate)


def _marks(course: Course) -> tuple[Bools, Bools]:
    """Rows that pay nothing, and rows whose interest waits."""
    return np.asarray(course.pays == Pays.NOTHING, np.bool_), course.waits


def _on_course(mark: Bools, order: Ints, t: Ints) -> Bools:
    """A mark of rows, False beyond the rows that it is known for."""
    inside = t < len(mark)
    return np.asarray(inside & mark[np.where(inside, t, 0), order], np.bool_)


def _waited(part: Stored) -> Ints:
    """Interest of earlier rows that is paid in each row, (periods, loans of the block)."""
    block, course = part.block, part.laid.work.course
    periods = len(block.active) - 1
    out = np.zeros((periods, len(block.rows)), np.int64)
    waiting = np.zeros(len(block.rows), np.int64)
    for period in range(periods):
        _, interest, _ = block.period(period)
        here, there = int(block.active[period]), int(block.active[period + 1])
        waits = np.zeros(here, np.bool_)
        if course is not None and period < len(course):
            waits[:there] = course.waits[period, block.rows[:there]]
        out[period, :here] = np.where(waits, 0, waiting[:here])
        waiting[:here] = np.where(waits, waiting[:here] + interest, 0)
    return out


def sums(loans: Loans, part: Stored) -> Columns:
    """Totals of each loan of a block, period by period; what is deferred or carried is repaid by the end."""
    block, work = part.block, part.laid.work
    fates, adds = [rule.interest for rule in work.rules], [rule.adds for rule in work.rules]
    kept = {fate: np.zeros(len(block.rows), np.int64) for fate in Interest}
    for t in range(len(block.active) - 1):
        opening, interest, closing = block.period(t)
        here, there = int(block.active[t]), int(block.active[t + 1])
        nothing = np.zeros(here, np.bool_)
        if work.course is not None and t < len(work.course):
            nothing[:there] = work.course.pays[t, block.rows[:there]] == Pays.NOTHING
        if all(fate is Interest.PAID for fate in fates) and not any(adds) and not nothing.any():
            kept[Interest.PAID][:here] += interest
            continue
        stage = np.minimum((t >= block.ends[:, :here]).sum(axis=0), len(fates) - 1)
        fate = _fates(work, stage, np.arange(here) >= there)
        fate = np.where(nothing, Interest.CAPITALISED, fate)
        if Interest.JOINED in fates:  # unless the plan ends within the stage: then its last row pays it
            ended = block.ends[stage, np.arange(here)] >= work.term[block.rows[:here]]
            joins = np.where(ended, Interest.DEFERRED, Interest.CAPITALISED)
            fate = np.where(fate == Interest.JOINED, joins, fate)
        for kind, total in kept.items():
            total[:here] += np.where(fate == kind, interest, 0)
        own = np.array(adds)[stage] & (np.arange(here) < there) & ~nothing
        moved = moved_within(work, block.rows[:here], np.full(here, t), opening)
        added = np.where(own, closing - opening - moved, 0)
        kept[Interest.CAPITALISED][:here] += np.maximum(added, 0)
        kept[Interest.PAID][:here] -= np.maximum(added, 0)
    accrued = np.sum(list(kept.values()), axis=0)
    capitalised, waived = kept[Interest.CAPITALISED], kept[Interest.WAIVED]
    paid = accrued - capitalised - waived + loans.carried[part.rows]
    principal = block.opening + capitalised + work.drawn[block.rows]
    if part.laid.aside is not None:
        principal = principal + part.laid.aside[block.rows]
    fee = loans.charges[part.rows] if not part.laid.fees else _fees(loans, part)
    return {
        "interest": accrued,
        "interest_paid": paid,
        "capitalised": capitalised,
        "waived": waived,
        "principal": principal,
        "fee": fee,
        "payment": principal + paid + fee,
    }


def _fees(loans: Loans, part: Stored) -> Ints:
    """All that is paid of fees by each loan of a block."""
    t = np.repeat(np.arange(len(part.block.active)), part.block.active)
    at = np.arange(len(t)) - part.block.offset[t]
    out = np.zeros(len(part.rows), np.int64)
    np.add.at(out, at, derive(loans, part, at, t, names=("fee",))["fee"])
    return out


def _joined(part: Stored, s: int, order: Ints, t: Ints, ends: Ints) -> tuple[Ints, Ints]:
    """What of the interest of stage ``s`` joins the balance in these rows, and what is paid in them of it.

    All of it joins in the stage's last row; where the plan ends within the stage, its last row pays it.
    """
    work = part.laid.work
    end, aside = ends[s] - 1, _put_aside(part, s, ends)[order]
    last = np.minimum(end, work.term - 1)[order]
    here = (work.lengths[s] > 0)[order] & (t == last)
    joins = (end < work.term - 1)[order]
    return np.where(here & joins, aside, 0), np.where(here & ~joins, aside, 0)


def _put_aside(part: Stored, s: int, ends: Ints) -> Ints:
    """Interest of the rows of stage ``s``, the plan's last aside, of each loan of the work."""
    block, work = part.block, part.laid.work
    begin, end, last = ends[s] - work.lengths[s], ends[s], work.term - 1
    aside = np.zeros(len(work.opening), np.int64)
    for period in range(len(block.active) - 1):
        _, interest, _ = block.period(period)
        loan = block.rows[: len(interest)]
        holds = (begin[loan] <= period) & (period < end[loan]) & (period < last[loan])
        aside[loan] += np.where(holds, interest, 0)
    return aside


def _repaid(part: Stored, s: int, order: Ints, t: Ints, ends: Ints) -> Ints:
    """What is repaid in these rows of the interest that stage ``s`` put aside."""
    work = part.laid.work
    end, last, aside = ends[s], work.term - 1, _put_aside(part, s, ends)
    if work.course is not None:
        row = np.arange(int(work.term.max()))[:, None]
        every = paying(work) & ((row >= end) | (row == last))  # a plan may end within the stage
        first, count, pays = every.argmax(axis=0), every.sum(axis=0), every[t, order]
    else:
        first, count, pays = _paying_after(work, s, order, t, ends)
    repay = part.laid.plan.stages[s].repay
    where = {"first": first, "last": last}.get(str(repay))
    if where is not None:
        return np.where(t == where[order], aside[order], 0)
    each = aside // count
    rest = (aside - each * (count - 1))[order]
    return np.where(t == last[order], rest, np.where(pays, each[order], 0))


def _paying_after(work: Work, s: int, order: Ints, t: Ints, ends: Ints) -> tuple[Ints, Ints, Bools]:
    """Of the rows after stage ``s`` in which anything is paid: the first, how many, and whether these are."""
    first, count = work.term - 1, np.zeros(len(work.term), np.int64)
    pays = t == first[order]  # the last row always pays
    counted = np.zeros(len(work.term), np.bool_)
    for r in range(len(work.rules) - 1, s, -1):
        if work.rules[r].pays:
            begin, end = ends[r] - work.lengths[r], np.minimum(ends[r], work.term)
            count += np.maximum(end - begin, 0)
            counted |= (begin < end) & (end == work.term)
            first = np.where(begin < end, begin, first)
            pays |= (t >= begin[order]) & (t < end[order])
    return first, count + ~counted, pays
