"""Which loans stay within what can be computed: their amounts, their rows, their dates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from repayplan.basics.calendars import coverage
from repayplan.basics.columns import Screen
from repayplan.basics.dates import PERIOD_MONTHS_DEN, PERIOD_MONTHS_NUM
from repayplan.basics.errors import Code
from repayplan.basics.money import MAX_TOTAL, as_text
from repayplan.basics.outcome import Failures, Ints, all_of, brief, largest, span
from repayplan.kernel.amortise import rows_until_paid
from repayplan.kernel.courses import Bound
from repayplan.kernel.proof import bound
from repayplan.kernel.rules import MAX_PERIODS
from repayplan.kernel.work import Work
from repayplan.plans.ends import ended
from repayplan.plans.fees import most
from repayplan.plans.laid import Laid
from repayplan.plans.loan import Loans
from repayplan.plans.moves import rows_written
from repayplan.plans.timeline import first_fault

_MOST_MONTHS = -(-PERIOD_MONTHS_NUM // PERIOD_MONTHS_DEN)
LAST_DATE = np.datetime64("9999-12-31")
"""No due date lies beyond."""
_LAST_DAY = int(LAST_DATE.astype(np.int64))


def only_within(loans: Loans, laid: Laid, screen: Screen, longest: Ints | None) -> Iterator[Laid]:
    """The work without the loans that leave the domain."""
    decimals = int(loans.decimals[laid.rows[0]]) if len(laid.rows) else 0
    if laid.plan.stages[-1].name == "fixed_payment":
        laid = _until_paid(loans, laid, screen, decimals)
    work = laid.work if longest is None else _stretched(laid.work, longest[laid.at])
    limits = bound(work)
    total = within(limits, laid)
    inside = total + loans.beside[laid.at] < MAX_TOTAL
    if not all_of(inside):
        total = total + loans.beside[span(laid.rows)]
        _fault_of_size(screen, laid.rows[~inside], total[~inside], decimals)
        laid = laid.take(np.flatnonzero(inside))
    if laid.work.moves or laid.work.floors is not None or laid.merges is not None:
        laid = replace(laid, work=ended(laid.work, laid.merges))
    if longest is None:
        laid = _within_dates(loans, laid, screen)
    if len(laid.rows):
        yield laid


def within(limits: Bound, laid: Laid) -> npt.NDArray[np.float64]:
    """What all that is paid under a plan can't exceed, without what the loans owe beside their balance."""
    total, balance = limits.total, limits.balance
    if laid.aside is not None:
        total, balance = total + laid.aside, balance + laid.aside
    return total + most(laid.fees, balance, laid.work.term) if laid.fees else total


def _within_dates(loans: Loans, laid: Laid, screen: Screen) -> Laid:
    """The work without the loans whose last due date has no year that is written in four digits."""
    if not len(laid.rows):
        return laid
    rows = span(laid.rows)
    months = largest(laid.work.term) * largest(_MOST_MONTHS[brief(loans.frequency[rows])])
    if largest(loans.next_due[rows].view(np.int64)) + 31 * (months + 2) < _LAST_DAY:
        return laid
    last = laid.work.term - 1
    due = loans.due(laid.rows, last, np.ones(len(last), np.bool_))
    late = due > LAST_DATE
    if late.any():
        shown = due[late].astype(np.str_)
        add_fault(screen, laid.rows[late], Code.OUT_OF_RANGE, "plan", shown, f"until {LAST_DATE}")
        laid = laid.take(np.flatnonzero(~late))
    return laid


def _stretched(work: Work, longest: Ints) -> Work:
    *before, _ = work.lengths
    return work.lasting(np.stack((*before, np.maximum(longest - sum(before), 1))))


def add_fault(
    screen: Screen, rows: Ints, code: Code, field: str, value: npt.ArrayLike, limit: npt.ArrayLike = ""
) -> None:
    """Value and limit: for all of the rows, or one each."""
    screen.adopt(Failures.at(rows, code, field, value, limit))


def _fault_of_size(screen: Screen, rows: Ints, total: npt.NDArray[np.float64], decimals: int) -> None:
    shown, most = np.char.mod("%.4g", total / 10**decimals), as_text(MAX_TOTAL, decimals)
    add_fault(screen, rows, Code.BEYOND_DOMAIN, "principal", shown, most)


def _until_paid(loans: Loans, laid: Laid, screen: Screen, decimals: int) -> Laid:
    """Fills in how many rows a payment until paid off needs."""
    work = laid.work
    total = bound(work).total
    safe = total < MAX_TOTAL
    if not safe.all():
        _fault_of_size(screen, laid.rows[~safe], total[~safe], decimals)
        laid = laid.take(np.flatnonzero(safe))
        work = laid.work
    if work.moves:
        every = work.lengths.copy()
        every[-1] = (MAX_PERIODS if laid.sound is None else laid.sound) - work.term
        written = rows_written(replace(work, lengths=every))
        count = np.where(written > 0, np.maximum(written - work.term, 1), 0)
    else:
        count = rows_until_paid(work)
    never, late = count == 0, np.zeros(len(count), np.bool_)
    if laid.sound is not None:  # what would come after the last of its due dates isn't known
        late = np.where(never, MAX_PERIODS, work.term + count) > laid.sound
        fault_of_dates(loans, laid.rows[late], laid.sound[late] + 1, screen)
        never &= ~late
    if never.any():
        paid, most = as_text(work.amounts[-1][never], decimals), str(MAX_PERIODS)
        add_fault(screen, laid.rows[never], Code.NEVER_PAID_OFF, "fixed_payment.amount", paid, most)
    lengths = work.lengths.copy()
    lengths[-1] = count
    keep = np.flatnonzero(~(never | late))
    return replace(laid, work=replace(work, lengths=lengths)).take(keep)


def fault_of_dates(loans: Loans, who: Ints, term: Ints, screen: Screen) -> None:
    """Faults of loans whose due dates aren't covered, or don't follow each other, with these dates."""
    if not len(who):
        return
    period, day, before, gone = first_fault(loans, who, term)
    law, ended = loans.due_index[who], np.isnat(day)
    listed = np.array([f"{r.given[0]} to {r.given[-1]}" if r.given else "" for r in loans.due_dates])[law]
    covered = np.where(ended, listed, np.array([coverage(r.calendar) for r in loans.due_dates])[law])
    shown = np.where(ended, np.char.add("#", (period + 1).astype(np.str_)), day.astype(np.str_))
    add_fault(screen, who[gone], Code.BEYOND_CALENDAR, "due_dates", shown[gone], covered[gone])
    later = np.char.add("> ", before.astype(np.str_))
    last = loans.last_due[who] == day
    for field, mine in (("last_due", ~gone & last), ("due_dates", ~gone & ~last)):
        add_fault(screen, who[mine], Code.DATES_OUT_OF_ORDER, field, day[mine], later[mine])
