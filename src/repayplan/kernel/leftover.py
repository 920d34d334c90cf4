"""Whether a rounded level instalment leaves more to the last row than one: mostly without writing it all."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from repayplan.basics.outcome import Bools, Ints
from repayplan.kernel import accrue
from repayplan.kernel.accrue import Floats
from repayplan.kernel.proof import bound
from repayplan.kernel.solve import FLOAT_ERROR, NEAR, decided, level_estimate
from repayplan.kernel.work import Amount, Work

BESIDE = 1.5
"""So many standard deviations of what roundings add up to are left room for."""


def alone(work: Work) -> bool:
    """Whether plans are one level instalment over periods that are alike after the first, and nothing else.

    Its amount and interest are rounded half up to the unit.
    """
    rule, *more = work.rules
    simple = rule.amount is Amount.LEVEL and rule.net and not (more or work.given or work.leaves)
    beside = work.course is not None or work.moves or work.floors is not None or work.stop is not None
    moved = work.extra_first is not None or work.extra_every is not None or work.later is not None
    units = work.instalment_multiple == work.interest_multiple == 1
    halves = work.instalment_mode == work.interest_mode == "half_up"
    return simple and units and halves and not (beside or moved)


class Leaves(NamedTuple):
    """The solved instalment (int64), whether the last payment is above it, and where both are known."""

    amount: Ints
    more: Bools
    known: Bools


def leaves_more(work: Work) -> Leaves:
    """Where the last payment is above the others.

    Parameters
    ----------
    work
        Plans that are :func:`alone`.

    Returns
    -------
    Leaves
        Of a loan that is known every row repays something, too, and the last one what is left.

    Notes
    -----
    After ``k`` rows, with ``m`` to come, let ``A`` be the exact instalment of the balance there, ``X`` the
    one that is paid, and ``s`` what 1 paid in each of the ``m`` rows grows to. Were every row paid ``X``, the
    last, too, then ``(A - X) s + e`` would be left, where ``e`` is what the roundings grow to: as each is at
    most half a unit, at most ``s / 2``. So it is above 0 where ``A > X + 1/2``, and isn't where
    ``A <= X - 1/2``. By then a difference of the exact instalment at the start from ``X`` has grown with the
    balance, while ``s`` has shrunk: from how much it was follows where it will be enough. Of the few of which
    it isn't, all rows are worked out.
    """
    size = len(work.opening)
    amount, (more, known, told) = np.empty(size, np.int64), np.empty((3, size), np.bool_)
    bound(work)
    for start in range(0, size, NEAR):
        some = slice(start, start + NEAR)
        amount[some], more[some], told[some], known[some] = _by_bounds(work.take(some))
    rest = (known & ~told).nonzero()[0]
    if len(rest):
        part = work.take(rest)
        order = np.argsort(-part.term, kind="stable")
        more[rest[order]] = _after(part, amount[rest], part.term, order) > 0
    return Leaves(amount, more, known)


def _by_bounds(work: Work) -> tuple[Ints, Bools, Bools, Bools]:
    """Instalments, where more is left, of which loans bounds tell it, and of which their rows can."""
    term, den, even = work.term, work.den, work.first is work.regular
    nums = [work.num * work.regular, *(() if even else (work.num * work.first,))]
    f = nums[0] / den
    with np.errstate(all="ignore"):  # what isn't finite isn't known
        limits, step, grown = bound(work), np.log1p(f), work.grown()
        if grown is None:
            grown = np.expm1(term * step)
        exact = level_estimate(work.opening, nums[-1] / den if len(nums) > 1 else f, f, term, grown)
        amount, known = decided(exact, None, exact * FLOAT_ERROR, "half_up")
        rows = _enough(term, exact - amount, f, step, grown)
        # Half a unit of the instalment, and of each rounding, grows to less than one pays; and all fall.
        least = exact - 3
        known &= (limits.total < accrue.MAX_FLOAT_BALANCE) & (grown < least * f)
        known &= (f > 0) & (work.opening * limits.factor < least)
        # Balance and interest are added before they are rounded: a product of a factor above 1.
        highest, one = 1 + limits.factor, np.ones(1, np.int64)
        for num in nums:
            known &= accrue.float_provable(limits.balance, highest, num + den, den, one)
        order = np.argsort(-rows.astype(np.int16), kind="stable")
        balance = _after(work, amount, rows, order)

        left, own = (term - rows)[order], f[order]
        level = level_estimate(balance, own, own, left, np.expm1(left * step[order]))
        apart = level - amount[order]  # infinite, or not a number, where all rows are written
        sure = (np.abs(apart) > 0.5 + level * FLOAT_ERROR) | (left == 0)
    more, told = np.empty((2, len(order)), np.bool_)
    more[order], told[order] = apart > 0, sure
    return amount, more, told, known


def _enough(term: Ints, apart: Floats, f: Floats, step: Floats, grown: Floats) -> Ints:
    """After how many rows it can most likely be told: all of them, where nothing says that fewer are enough.

    ``apart``: how much the exact instalment is above what is paid.
    """
    # Roundings are as if drawn evenly from half a unit below to half a unit above.
    spread = grown * (grown + 2)
    spread *= f * (BESIDE * BESIDE / 6)
    growth = np.abs(apart) * grown
    growth *= 2
    growth -= np.sqrt(spread)
    growth += 1
    left = np.log(growth)
    left /= step
    left[~(left > 0)] = 0
    return np.asarray(np.maximum(term - left.astype(np.int64), 1), np.int64)


def _after(work: Work, amount: Ints, rows: Ints, order: Ints) -> Floats:
    """Balances of the loans in this order, by ``rows`` falling, after so many rows that pay the amount."""
    mode, num, den = work.interest_mode, work.num[order], work.den
    active = (len(order) - np.cumsum(np.bincount(rows)))[:-1].tolist()
    balance = work.opening[order].astype(np.float64)
    factor = accrue.float_factor(num * work.regular[order] + den, den, mode, 1)
    first = factor
    if work.first is not work.regular:
        first = accrue.float_factor(num * work.first[order] + den, den, mode, 1)
    # A number in which the addition rounds, less what is paid.
    paid, u = accrue.SHIFT - amount[order], np.empty_like(balance)
    shift = np.array(accrue.SHIFT)
    for t, n in enumerate(active):
        b, grown = balance[:n], u[:n]
        np.multiply(b, (factor if t else first)[:n], grown)
        np.add(grown, paid[:n], grown)
        np.subtract(grown, shift, b)
    return balance
