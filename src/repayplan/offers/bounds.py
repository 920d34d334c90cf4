"""What plans of one stage ask at least, and how many instalments they need, before any row is written."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from repayplan.basics.outcome import Ints
from repayplan.kernel.accrue import Floats
from repayplan.kernel.amortise import FEW_CELLS
from repayplan.kernel.amounts import opening_amount
from repayplan.kernel.proof import bound, calm_loans, first_payment, interest_on_opening, last_payment_range
from repayplan.kernel.work import MAX_PERIODS, Amount, Work

LOOK = 32
"""Periods after which loans that can't get there any more are left out."""
FIRST_COMPARED = 3
"""From this length on, what a plan can't be below never rises with its length."""


def necessary(work: Work, room: Ints, slack: float, *, corrected: bool) -> Ints:
    """A length below which no plan keeps its payments within ``room``; beyond the domain: none does.

    For a level instalment: its exact value (where rates change, with the shortest period's factor after the
    first) may not exceed the room by more than rounding. For a principal share: the first payment may not.

    Parameters
    ----------
    work
        Plans of one stage.
    room
        int64 minor units.
    slack
        What rounding can take off a payment, minor units.
    corrected
        Whether the first payment takes what rounding leaves: only the later ones are looked at.
    """
    balance, most = work.opening.astype(np.float64), room.astype(np.float64) + slack
    amount = work.rules[0].amount
    if amount is Amount.LEVEL and work.table is not None and work.resets is None:
        return _level_reaches(work, most)
    shortest, first = _factors(work)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if amount is Amount.LEVEL:
            start = balance * (1 + first) / (1 + shortest)
            growth = 1 - start * shortest / most
            length = np.where(shortest > 0, -np.log(growth) / np.log1p(shortest), start / most)
            length = np.where(shortest < 0, 1, length)  # a balance that shrinks by itself
            impossible = (most <= 0) | (growth <= 0)
        elif amount is Amount.SHARE:
            if not corrected:
                most = most - np.floor(balance * first * (1 - 1e-12))
            length, impossible = balance / most, most <= 0
        else:
            return np.where(work.opening > room, MAX_PERIODS + 1, 1)
        length = np.where(impossible, np.inf, np.ceil(length * (1 - 1e-9) - 1e-6))
    return np.clip(length, 1, MAX_PERIODS + 1).astype(np.int64)


def _level_reaches(work: Work, most: Floats) -> Ints:
    """The first length whose unrounded level instalment is at most ``most``, period by period of the table.

    An instalment of 1 a period is worth ``sum of 1 / prod(1 + f)`` at the start, and what is still to come
    never more than for ever, at the shortest period's factor.
    """
    table, out = np.asarray(work.table), np.full(len(most), MAX_PERIODS + 1)
    left = np.flatnonzero(most > 0)
    wanted = work.opening[left] / most[left] * (1 - 1e-9)
    rate, calendar = work.num[left] / work.den, work.calendar[left]
    ever = 1 / np.maximum(rate * work.smallest_units()[left], 2.0**-60)
    worth, total = np.ones(len(left)), np.zeros(len(left))
    for t in range(len(table)):
        worth = worth / (1 + rate * table[t, calendar])
        total = total + worth
        short = total < wanted
        if t % LOOK == LOOK - 1:
            hopeful = (total + worth * ever) * (1 + 1e-9) >= wanted
        elif short.all():
            continue
        else:
            hopeful = short
        out[left[~short]] = t + 1
        keep = np.flatnonzero(short & hopeful)
        left, wanted, rate, calendar = left[keep], wanted[keep], rate[keep], calendar[keep]
        ever, worth, total = ever[keep], worth[keep], total[keep]
        if not len(left):
            break
    return out


def amount_of(work: Work) -> Ints:
    """``A`` of plans of one stage; over uneven periods, those of a like length together."""
    if work.table is None or work.rules[0].amount is not Amount.LEVEL:
        return opening_amount(work)
    groups = _alike(work.term)
    if len(groups) == 1:
        return opening_amount(work)
    out = np.empty_like(work.opening)
    for rows in groups:
        out[rows] = opening_amount(work.take(rows))
    return out


def _alike(length: Ints) -> list[Ints]:
    """Rows in groups whose lengths differ at most by half, where a few are far longer than most."""
    if int(length.max(initial=1)) * len(length) <= 2 * int(length.sum()):
        return [np.arange(len(length))]
    _, size = np.frexp(length)
    return [np.flatnonzero(size == each) for each in np.unique(size)]


def last_range(work: Work, amount: Ints) -> tuple[Floats, Floats]:
    """As :func:`~repayplan.kernel.proof.last_payment_range`; of level and flat plans over a table as well.

    What the rounded instalment is short of the unrounded one, in every period, the last payment has more,
    grown to the end; each row's interest is rounded too.
    """
    if work.table is None:
        return last_payment_range(work, amount)
    term, size = work.term, len(amount)
    half = 1.0 if work.interest_mode in ("up", "down") else 0.5
    if work.rules[0].amount is Amount.SHARE:
        left = np.maximum(work.opening - amount * (term - 1), 0)
        factor = work.num / work.den * work.table[term - 1, work.calendar]
        repaid = left + np.where(left > 0, work.opening * factor, 0.0)
        most = work.interest_multiple + repaid * 2.0**-47 + 1.0
        return repaid - most, repaid + most
    worth, total = np.empty(size), np.empty(size)
    for rows in _alike(term):
        step = max(1, FEW_CELLS // int(term[rows].max()))
        for start in range(0, len(rows), step):
            part = rows[start : start + step]
            last = term[part] - 1
            units = work.table[: int(last.max()) + 1, work.calendar[part]]
            each = np.cumprod(1 / (1 + work.num[part] / work.den * units), axis=0)
            at = (last, np.arange(len(last)))
            worth[part], total[part] = each[at], np.cumsum(each, axis=0)[at]
    unrounded, grown = work.opening / total, total / worth
    error = unrounded * (1 + term) * 2.0**-50
    middle = amount + (unrounded - amount) * grown
    reach = (half * work.interest_multiple + error) * grown * 1.001 + 1.0
    calm = calm_loans(work, bound(work))
    return np.where(calm, middle - reach, -np.inf), np.where(calm, middle + reach, np.inf)


def largest_before(work: Work, amount: Ints, extra: Ints) -> tuple[Ints, Ints]:
    """Between which amounts the largest payment before the last lies; ``extra`` is paid with the first.

    The first, and of equal principal that has more than two, the second: none that follows is larger where
    the periods are alike. Of a flat plan over uneven periods: that of the longest, where it isn't paid off
    before.

    Parameters
    ----------
    work
        One solved stage: level, equal principal over alike periods, or flat.
    amount
        Its ``A``.
    """
    first, rule = first_payment(work, amount) + extra, work.rules[0]
    several = work.term > 2
    if rule.amount is not Amount.SHARE:
        return first, first
    if work.table is not None:
        most = np.maximum.accumulate(work.table[1:], axis=0) if len(work.table) > 1 else work.table
        units = most[np.maximum(work.term - 3, 0), work.calendar].astype(np.int64)
        later = np.minimum(amount, work.opening) + interest_on_opening(work, units)
        largest = np.where(several, np.maximum(first, later), first)
        return np.where(amount * (work.term - 1) < work.opening, largest, first), largest
    if not (work.first is work.regular or (work.first >= work.regular).all()):
        left = np.maximum(work.opening - amount, 0)
        base = np.where(left > 0, work.opening, 0) if rule.on_start else left
        second = np.minimum(amount, left) + interest_on_opening(replace(work, opening=base), work.regular)
        first = np.where(several, np.maximum(first, second), first)
    return first, first


def least_of_two(work: Work, amount: Ints, extra: Ints) -> Ints:
    """What the larger of the first and the second payment can't be below.

    It never falls when the balance or the rate rises, and never rises with the length from
    :data:`FIRST_COMPARED` on: of the second payment of equal principal that is so before it is rounded.
    """
    most, rule = first_payment(work, amount) + extra, work.rules[0]
    if rule.amount is not Amount.SHARE or (work.table is not None and len(work.table) < 2):
        return most
    if work.table is None and (work.first is work.regular or (work.first >= work.regular).all()):
        return most  # and so is the second
    units = work.regular if work.table is None else work.table[1, work.calendar]
    factor, balance, length = work.num * 1.0 * units / work.den, work.opening * 1.0, work.term
    # The share and the interest on what it leaves; where a period's factor is above 1, that rises with the
    # length, and the shortest plan compared is taken.
    if rule.on_start:
        second = balance / length + factor * balance
    else:
        share = balance / np.where(factor > 1, FIRST_COMPARED, length)
        second = share + factor * (balance - share)
    second = second * (1 - 1e-12) - (1 + factor) * work.instalment_multiple - work.interest_multiple - 1
    sure = (length >= FIRST_COMPARED) & (factor > 0) & (balance > 3.0 * work.instalment_multiple)
    return np.where(sure, np.maximum(most, np.where(sure, second, 0).astype(np.int64)), most)


def shortest_units(work: Work) -> Ints:
    """The fewest units of any period but the first."""
    if work.table is None:
        return work.regular
    table = work.table if len(work.table) == 1 else work.table[1:]
    return np.asarray(table.min(axis=0)[work.calendar], np.int64)


def _factors(work: Work) -> tuple[Floats, Floats]:
    """The smallest regular factor of each loan, and its first period's."""
    rate = work.num / work.den
    first = work.first if work.table is None else work.table[0, work.calendar]
    return rate * shortest_units(work), rate * first
