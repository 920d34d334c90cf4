"""The level instalment over uneven periods: each has a discount of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from repayplan.basics.outcome import Bools, Ints, all_of, any_of, largest, repeated
from repayplan.basics.pairs import Pair, add, divide, multiply, pair
from repayplan.basics.rounding import Mode
from repayplan.kernel.accrue import Floats
from repayplan.kernel.solve import FLOAT_ERROR, NEAR, PAIR_ERROR, by_stages, share

CELLS = 262_144
"""Cells of factors looked at in one go."""
FEW_KINDS = 8
"""So many lengths of periods that all loans share have a discount each, worked out once."""
FEW_CELLS = 12_288
"""Where loans have so few periods all of them are discounted at once, in memory that is at hand."""


@dataclass(frozen=True, slots=True)
class Annuity:
    """What 1 an instalment, and 1 at the end, is worth at the start: floats, one a loan.

    Within a relative ``FLOAT_ERROR * (1 + n / 8)`` over n periods. ``free`` loans bear no interest.
    """

    worth: Floats
    last: Floats
    free: Bools

    @classmethod
    def empty(cls, size: int) -> Annuity:
        """Of nobody yet."""
        return cls(np.ones(size), np.ones(size), np.zeros(size, np.bool_))

    def put(self, rows: Ints | slice, worth: Floats, last: Floats, free: Bools) -> None:
        """Fills in some loans."""
        self.worth[rows], self.last[rows], self.free[rows] = worth, last, free


# Where a period takes all of a balance (-100 %), 1 is worth nothing finite: such are solved exactly.
@np.errstate(divide="ignore", invalid="ignore", over="ignore")
def annuity(rate: Floats, first: Ints, later: npt.NDArray[Any], calendar: Ints, count: Ints) -> Annuity:
    """Annuities that pay in every period.

    Parameters
    ----------
    rate
        Interest per counted unit.
    first
        int64; counted units of the first period.
    later, calendar
        Counted units of the periods that follow are ``later[0, calendar]`` and so on.
    count
        int64; periods, at least 1 and at most ``1 + len(later)``.
    """
    units = np.asarray(later[: largest(count) - 1] if len(count) else later[:0], np.float64)
    none, idle = rate == 0, first == 0
    if any_of(idle):
        none |= idle & ~np.asarray(units.any(axis=0), np.bool_)[calendar]
    once = 1 / (1 + rate * first)
    if len(rate) and all_of(rate == rate[:1]):  # one sum a calendar
        sums, place = rate[:1], calendar
    elif len(rate) * len(units) <= FEW_CELLS:  # a sum a loan, in few calls, beyond its end too
        sums, place, units = rate, np.arange(len(rate)), units.take(calendar, axis=1)
    else:
        return _by_period(rate, once, none, units, calendar, count)
    each = np.ones((1 + len(units), units.shape[1]))
    np.divide(1, 1 + sums * units, out=each[1:])
    each = each.cumprod(axis=0)
    at = (count - 1, place)
    return Annuity(once * each.cumsum(axis=0)[at], once * each[at], none)


def _by_period(
    rate: Floats, once: Floats, none: Bools, units: Floats, calendar: Ints, count: Ints
) -> Annuity:
    """The same of many loans, period by period: ``once`` is what 1 after the first period is worth."""
    made = Annuity.empty(len(rate))
    order = np.argsort(-count.astype(np.int16), kind="stable")
    kinds, kind = np.unique(units[:, 0], return_inverse=True)
    if units.shape[1] > 1 or len(kinds) > FEW_KINDS:
        kinds = kinds[:0]  # nothing to share
    for begin in range(0, len(order), NEAR):
        rows = order[begin : begin + NEAR]
        own, when, length = rate[rows], calendar[rows], count[rows]
        active = len(rows) - np.cumsum(np.bincount(length, minlength=1))  # loans of more than t periods
        total, each, step = once[rows], once[rows], np.empty(len(rows))
        discounts = [1 / (1 + own * unit) for unit in kinds]
        for t, here in enumerate(active[1:-1].tolist()):
            grown, last = step[:here], each[:here]
            if discounts:
                last *= discounts[kind[t]][:here]
            else:
                np.multiply(own[:here], units[t].take(when[:here]), out=grown)
                grown += 1
                last /= grown
            total[:here] += last
        made.put(rows, total, each, none[rows])
    return made


@np.errstate(divide="ignore", invalid="ignore", over="ignore")
def level_uneven(
    balance: Ints,
    factors: Callable[[int | slice, Ints | slice], tuple[Ints, Bools]],
    last: int,
    den: int,
    count: Ints,
    mode: Mode,
    multiple: int,
    balloon: Ints | None = None,
    known: Annuity | None = None,
) -> Ints:
    """The level instalment over periods of different length, or one that leaves a balloon.

    Parameters
    ----------
    balance
        int64, minor units.
    factors
        ``factors(k, loans)`` gives the numerators over ``den`` of period ``k`` (of 0 .. last-1; a
        slice gives a row for each) for some of the loans, and which of them pay in it; where a loan
        doesn't pay, its numerator is 0.
    last
        Number of periods to look at.
    count
        Instalments of each loan.
    mode, multiple
        Rounding of the result.
    balloon
        int64, minor units; what is left after the last of the periods.
    known
        What the instalments are worth, where that is worked out already.
    """
    size = len(balance)
    rest = repeated(0, size) if balloon is None else balloon
    by = known
    if by is None:
        by = Annuity.empty(size)
        step = max(1, CELLS // max(last, 1))
        for start in range(0, size, step):
            part = slice(start, start + step)
            num, pays = factors(slice(0, last), part)
            discount = np.cumprod(1 / (1 + num / den), axis=0)
            free = np.asarray(~num.any(axis=0), np.bool_)
            by.put(part, (discount * pays).sum(axis=0), discount[-1], free)

    def estimate() -> tuple[Floats, Floats]:
        # The balance is worth the sum of the discounted payments.
        left = rest * by.last
        error = (balance + left) / by.worth * FLOAT_ERROR * (1 + count / 8)
        error[by.free] = -1.0  # those are divided below
        return (balance - left) / by.worth, error

    def redo(rows: Ints) -> tuple[Pair, Floats]:
        one: Pair = (np.ones(len(rows)), np.zeros(len(rows)))
        growth, sums = one, (np.zeros(len(rows)), np.zeros(len(rows)))
        d = pair(np.full(len(rows), den))
        some = max(1, NEAR // max(len(rows), 1))
        for start in range(0, last, some):  # the steps of several periods at once
            num, pays = factors(slice(start, min(start + some, last)), rows)
            for *step, payer in zip(*add(one, divide(pair(num), d)), pays.astype(np.float64), strict=True):
                growth = multiply(growth, (step[0], step[1]))
                sums = add(multiply(sums, (step[0], step[1])), (payer, one[1]))
        grown, left = multiply(pair(balance[rows]), growth), pair(-rest[rows])
        error = (grown[0] - left[0]) / sums[0] * PAIR_ERROR * 4 * (1 + count[rows]) + 2.0**-40
        return divide(add(grown, left), sums), error

    def exact(i: int) -> tuple[int, int]:
        growth, sums = Fraction(1), Fraction(0)
        for k in range(last):
            num, pays = factors(k, np.array([i]))
            step = 1 + Fraction(int(num[0]), den)
            growth, sums = growth * step, sums * step + int(pays[0])
        return ((int(balance[i]) * growth - int(rest[i])) / sums).as_integer_ratio()

    solved = by_stages(estimate, redo, exact, mode, multiple)
    # Without interest, halves and whole numbers are common.
    free = by.free
    return np.where(free, share(balance - rest, count, mode, multiple), solved) if any_of(free) else solved
