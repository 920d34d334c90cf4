"""Whether a rounded level instalment leaves more to the last row than one: mostly without writing it all."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from repayplan.basics.outcome import Bools, Ints
from repayplan.kernel import accrue
from repayplan.kernel.accrue import Floats
from repayplan.kernel.amounts import opening_amount
from repayplan.kernel.proof import bound
from repayplan.kernel.rules import Amount
from repayplan.kernel.solve import FLOAT_ERROR, NEAR, decided, level_estimate
from repayplan.kernel.work import Work

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


class Seen(NamedTuple):
    """What is known of the last payments of plans before their rows.

    ``amount`` (int64) is the solved instalment, ``more`` whether the last payment is above a limit, ``known``
    where both can be known: of such a loan every row repays something, too, and the last one what is left.
    ``rows`` (int64): whether it is above can most likely be told after so many rows, or, by all rows, whether
    it is known; 0: that is told already.
    """

    amount: Ints
    more: Bools
    known: Bools
    rows: Ints


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
    """
    amount, more, known, rows = last_above(work)
    left = (known & (rows > 0)).nonzero()[0]
    if len(left):
        part = work if len(left) == len(rows) else work.take(left)
        more[left], known[left] = above_by_rows(part, amount[left], rows[left])
    return Leaves(amount, more, known)


def last_above(work: Work, most: Ints | None = None) -> Seen:
    """Where the last payment is above ``most``, or the other payments, as far as bounds tell it.

    Parameters
    ----------
    work
        Plans that are :func:`alone`.
    most
        int64 minor units.

    Notes
    -----
    After ``k`` rows, with ``m`` to come, let ``A`` be the exact instalment of the balance there, ``X`` the
    one that is paid, and ``s`` what 1 paid in each of the ``m`` rows grows to. Were every row paid ``X``, the
    last, too, then ``(A - X) s + e`` would be left, where ``e`` is what the roundings grow to: as each is at
    most half a unit, at most ``s / 2``. So it is above ``g`` where ``A > X + g / s + 1/2``, and isn't where
    ``A <= X + g / s - 1/2``. By then a difference of the exact instalment at the start from that has grown
    with the balance, while ``s`` has shrunk: from how much it was follows where it will be enough.
    """
    size = len(work.opening)
    amount, rows = np.empty((2, size), np.int64)
    more, known = np.empty((2, size), np.bool_)
    for start in range(0, size, NEAR):
        some = slice(start, start + NEAR)
        part = work if size <= NEAR else work.take(some)
        limit = None if most is None else most[some]
        amount[some], more[some], known[some], rows[some] = _by_bounds(part, limit)
    # Too near to a half for a float to tell the instalment.
    near = (known & (rows < 0)).nonzero()[0]
    if len(near):
        part, limit = work.take(near), None if most is None else most[near]
        part.knowing(opening_amount(part))
        amount[near], more[near], known[near], rows[near] = _by_bounds(part, limit)
    return Seen(amount, more, known, rows)


def above_by_rows(work: Work, amount: Ints, rows: Ints, most: Ints | None = None) -> tuple[Bools, Bools]:
    """The same of plans that may be known: after ``rows`` rows, and where that isn't enough by all of them.

    Returns also which are known: those that leave something to the last row.

    Parameters
    ----------
    amount, rows
        As they were seen.
    """
    more, known = np.empty((2, len(rows)), np.bool_)
    for start in range(0, len(rows), NEAR):
        some = np.arange(start, min(start + NEAR, len(rows)))
        order = some[np.argsort(-rows[some].astype(np.int16), kind="stable")]
        beside = None if most is None else (most[order] - amount[order]).astype(np.float64)
        more[order], known[order] = _by_rows(work.take(order), amount[order], rows[order], beside)
    return more, known


def _by_bounds(work: Work, most: Ints | None) -> tuple[Ints, Bools, Bools, Ints]:
    """The parts of what is seen of some loans; ``rows`` -1 where the instalment isn't sure."""
    term, f = work.term, work.factor
    nums, first = [work.num * work.regular], f
    if work.first is not work.regular:
        nums += [work.num * work.first]
        f, first = (num / work.den for num in nums)
    with np.errstate(all="ignore"):  # what isn't finite isn't known
        limits, grown = bound(work), work.grown()
        if grown is None:
            grown = np.expm1(term * np.log1p(f))
        exact = level_estimate(work.opening, first, f, term, grown)
        error, least = exact * FLOAT_ERROR, exact - 3
        amount, sure = decided(exact, None, error, "half_up")
        if work.solved is not None:
            amount, sure = work.solved, np.ones_like(sure)
        apart = short = exact - amount
        doubt = error
        if most is not None:
            beside = (most - amount) * f / grown
            apart, doubt = short - beside, error + np.abs(beside) * (4 * FLOAT_ERROR)
        rows = np.zeros(len(term), np.int64)
        left = (~(np.abs(apart) > doubt + 0.5)).nonzero()[0]
        if len(left):
            rows[left] = _enough(term[left], apart[left], f[left], grown[left])
        # What is paid too much, and half a unit for each rounding, grows to less than one pays: else whether
        # something is left before the last row, all rows must say.
        late = ~(grown * (0.5 + doubt - short) < least * f)
        rows[late] = term[late]
        rows[~sure] = -1
        known = (limits.total < accrue.MAX_FLOAT_BALANCE) & (f > 0)
        known &= work.opening * limits.factor < least  # all balances fall
        # Balance and interest are added before they are rounded: a product of a factor above 1, whose
        # numerator has the same divisors in common with the denominator.
        highest, one = 1 + limits.factor, np.ones(1, np.int64)
        for num in nums:
            known &= accrue.float_provable(limits.balance, highest, num, work.den, one)
    return amount, apart > 0, known, rows


def _enough(term: Ints, apart: Floats, f: Floats, grown: Floats) -> Ints:
    """After how many rows it can most likely be told: all of them, where nothing says that fewer are enough.

    ``apart``: how much the exact instalment is above what would leave what is just allowed.
    """
    # Roundings are as if drawn evenly from half a unit below to half a unit above.
    spread = grown * (grown + 2)
    spread *= f * (BESIDE * BESIDE / 6)
    growth = np.abs(apart) * grown
    growth *= 2
    growth -= np.sqrt(spread)
    growth += 1
    left = np.log(growth)
    left /= np.log1p(f)
    left[~(left > 0)] = 0
    return np.asarray(np.maximum(term - left.astype(np.int64), 1), np.int64)


def _by_rows(work: Work, amount: Ints, rows: Ints, beside: Floats | None) -> tuple[Bools, Bools]:
    """Where more is left than ``beside``, and which are known, of loans ordered by rows, most first."""
    mode, den = work.interest_mode, work.den
    num = work.num * work.regular
    factor = accrue.float_factor(num + den, den, mode, 1)
    first = factor
    if work.first is not work.regular:
        first = accrue.float_factor(work.num * work.first + den, den, mode, 1)
    balance = work.opening.astype(np.float64)
    _pay(balance, first, factor, amount, rows)

    left, f = work.term - rows, work.factor if work.alike else num / den
    with np.errstate(all="ignore"):  # infinite, or not a number, where all rows are written
        grown = np.expm1(left * (work.step() if work.alike else np.log1p(f)))
        level = level_estimate(balance, f, f, left, grown)
        apart, doubt = level - amount, level * FLOAT_ERROR
        if beside is not None:
            each = beside * f / grown
            apart -= each
            doubt += np.abs(each) * (4 * FLOAT_ERROR)
        unsure = ~(np.abs(apart) > doubt + 0.5)
    rest = (unsure & (left > 0)).nonzero()[0]
    if len(rest):
        rest = rest[np.argsort(-left[rest].astype(np.int16), kind="stable")]
        some, onward = balance[rest], factor[rest]
        _pay(some, onward, onward, amount[rest], left[rest])
        balance[rest], left[rest] = some, 0
    # Balances fall: something is left before the last row where that has something to pay.
    return np.where(left > 0, apart > 0, balance > (0 if beside is None else beside)), (left > 0) | (
        balance > -amount
    )


def _pay(balance: Floats, first: Floats, factor: Floats, amount: Ints, rows: Ints) -> None:
    """Balances, in place, of loans ordered by rows, most first, after so many rows that pay the amount."""
    active = (len(rows) - np.cumsum(np.bincount(rows)))[:-1].tolist()
    # A number in which the addition rounds, less what is paid.
    paid, u = accrue.SHIFT - amount, np.empty_like(balance)
    shift = np.array(accrue.SHIFT)
    for t, n in enumerate(active):
        b, grown = balance[:n], u[:n]
        np.multiply(b, (factor if t else first)[:n], grown)
        np.add(grown, paid[:n], grown)
        np.subtract(grown, shift, b)
