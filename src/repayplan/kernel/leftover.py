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
from repayplan.kernel.solve import FLOAT_ERROR, NEAR, level_estimate, nearest
from repayplan.kernel.work import Work

BESIDE = 1.5
"""So many standard deviations of what roundings add up to are left room for."""
TOGETHER = 131_072
"""Loans whose rows are written together: each row is a few calls, whatever the number of loans."""


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
    it is known; 0: that is told already. ``step``: the logarithm of what 1 grows to in a regular period.
    """

    amount: Ints
    more: Bools
    known: Bools
    rows: Ints
    step: Floats

    def take(self, loans: Ints | slice) -> Seen:
        """The same of some of the loans."""
        more, known = self.more[loans], self.known[loans]
        return Seen(self.amount[loans], more, known, self.rows[loans], self.step[loans])


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
    seen = last_above(work)
    left = (seen.known & (seen.rows > 0)).nonzero()[0]
    if len(left) == len(seen.rows):
        return Leaves(seen.amount, *above_by_rows(work, seen))
    if len(left):
        seen.more[left], seen.known[left] = above_by_rows(work.take(left), seen.take(left))
    return Leaves(seen.amount, seen.more, seen.known)


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
    seen = Seen(amount, more, known, rows, np.empty(size))
    for start in range(0, size, NEAR):
        some = slice(start, start + NEAR)
        part = work if size <= NEAR else work.take(some)
        _by_bounds(part, None if most is None else most[some], seen.take(some))
    # Too near to a half for a float to tell the instalment.
    near = (seen.known & (seen.rows < 0)).nonzero()[0]
    if len(near):
        part, again = work.take(near), seen.take(near)
        part.knowing(opening_amount(part))
        _by_bounds(part, None if most is None else most[near], again)
        for column, found in zip(seen, again, strict=True):
            column[near] = found
    return seen


def above_by_rows(work: Work, seen: Seen, most: Ints | None = None) -> tuple[Bools, Bools]:
    """The same of plans that may be known: after their ``rows``, and where that isn't enough by all of them.

    Returns also which are known: those that leave something to the last row.
    """
    size = len(seen.rows)
    more, known = np.empty((2, size), np.bool_)
    for start in range(0, size, TOGETHER):
        some = slice(start, start + TOGETHER)
        part = work if size <= TOGETHER else work.take(some)
        beside = None if most is None else (most[some] - seen.amount[some]).astype(np.float64)
        more[some], known[some] = _by_rows(part, seen.take(some), beside)
    return more, known


def _by_bounds(work: Work, most: Ints | None, seen: Seen) -> None:
    """Puts what is seen of some loans into ``seen``; ``rows`` -1 where the instalment isn't sure."""
    term, den, even = work.term, work.den, work.first is work.regular
    nums = [work.num * work.regular, *(() if even else (work.num * work.first,))]
    f = nums[0] / den
    with np.errstate(all="ignore"):  # what isn't finite isn't known
        limits, step = bound(work), seen.step
        step[:] = work.step() if work.alike else np.log1p(f)
        grown = work.grown()
        if grown is None:
            grown = np.expm1(term * step)
        exact = level_estimate(work.opening, nums[-1] / den if len(nums) > 1 else f, f, term, grown)
        doubt = exact * FLOAT_ERROR
        if work.solved is None:
            amount, above, sure = nearest(exact, doubt)
            seen.amount[:] = amount
            unsure = (~sure).nonzero()[0]
        else:
            seen.amount[:] = work.solved
            above, unsure = exact - work.solved, np.zeros(0, np.int64)
        apart = above
        if most is not None:
            beside = (most - seen.amount) * f / grown
            apart, doubt = above - beside, doubt + np.abs(beside) * (4 * FLOAT_ERROR)
        size = np.abs(apart)
        rows = seen.rows
        rows[:] = _enough(term, size, f, step, grown)
        doubt += 0.5
        if most is not None or work.solved is not None:  # rounded by itself it is at most a half apart
            rows[size > doubt] = 0
        # What is paid too much, and half a unit for each rounding, grows to less than one pays: else whether
        # something is left before the last row, all rows must say.
        least = exact - 3
        late = (~(grown * (doubt - above) < least * f)).nonzero()[0]
        rows[late] = term[late]
        rows[unsure] = -1
        known = np.less(limits.total, accrue.MAX_FLOAT_BALANCE, seen.known)
        known &= f > 0
        known &= limits.balance * limits.factor < least  # all balances fall
        # Balance and interest are added before they are rounded: a product of a factor above 1.
        highest, one = 1 + limits.factor, np.ones(1, np.int64)
        for num in nums:
            known &= accrue.float_provable(limits.balance, highest, num + den, den, one)
        np.greater(apart, 0, seen.more)


def _enough(term: Ints, apart: Floats, f: Floats, step: Floats, grown: Floats) -> Ints:
    """After how many rows it can most likely be told: all of them, where nothing says that fewer are enough.

    ``apart``: how far the exact instalment is from what would leave what is just allowed.
    """
    # Roundings are as if drawn evenly from half a unit below to half a unit above.
    spread = grown * (grown + 2)
    spread *= f * (BESIDE * BESIDE / 6)
    growth = apart * grown
    growth *= 2
    growth -= np.sqrt(spread, spread)
    growth += 1
    left = np.log(np.fmax(growth, 1, out=growth), growth)
    left /= step
    return np.asarray(np.maximum(term - left.astype(np.int64), 1), np.int64)


def _by_rows(work: Work, seen: Seen, beside: Floats | None) -> tuple[Bools, Bools]:
    """Where more is left than ``beside``, and which are known."""
    mode, den, rows = work.interest_mode, work.den, seen.rows
    num = work.num * work.regular
    first = factor = accrue.float_factor(num + den, den, mode, 1)
    if work.first is not work.regular:
        first = accrue.float_factor(work.num * work.first + den, den, mode, 1)
    balance = work.opening.astype(np.float64)
    _pay(balance, first, factor, seen.amount, rows)

    left = work.term - rows
    more, unsure = np.empty((2, len(rows)), np.bool_)
    for start in range(0, len(rows), NEAR):
        some = slice(start, start + NEAR)
        own = None if beside is None else beside[some]
        owed, f = balance[some], num[some] / den
        more[some], unsure[some] = _told(owed, left[some], f, seen.step[some], seen.amount[some], own)
    unsure |= left == 0
    rest, known = unsure.nonzero()[0], ~unsure
    going = rest[left[rest] > 0]
    if len(going):
        owed, onward = balance[going], factor[going]
        _pay(owed, onward, onward, seen.amount[going], left[going])
        balance[going] = owed
    # Balances fall: something is left before the last row where that has something to pay.
    more[rest] = balance[rest] > (0 if beside is None else beside[rest])
    known[rest] = balance[rest] > -seen.amount[rest]
    return more, known


def _told(
    balance: Floats, left: Ints, f: Floats, step: Floats, amount: Ints, beside: Floats | None
) -> tuple[Bools, Bools]:
    """Where more than ``beside`` is left by balances with so many rows to come, and where none tells yet."""
    with np.errstate(all="ignore"):  # infinite, or not a number, where all rows are written
        grown = np.expm1(left * step)
        level = level_estimate(balance, f, f, left, grown)
        apart, doubt = level - amount, level * FLOAT_ERROR
        if beside is not None:
            each = beside * f / grown
            apart -= each
            doubt += np.abs(each) * (4 * FLOAT_ERROR)
        doubt += 0.5
        return apart > 0, ~(np.abs(apart) > doubt)


def _pay(balance: Floats, first: Floats, factor: Floats, amount: Ints, rows: Ints) -> None:
    """Balances, in place, after so many rows that pay the amount."""
    most = int(rows.max())
    # Those with most rows first, so that those that have theirs fall off the end.
    order = np.argsort((most - rows).astype(np.uint8 if most < 256 else np.uint16), kind="stable")
    active = (len(rows) - np.cumsum(np.bincount(rows)))[:-1].tolist()
    owed, onward = balance.take(order), factor.take(order)
    begin = onward if first is factor else first.take(order)
    # A number in which the addition rounds, less what is paid.
    paid, u = accrue.SHIFT - amount.take(order), np.empty_like(balance)
    shift = np.array(accrue.SHIFT)
    for t, n in enumerate(active):
        b, grown = owed[:n], u[:n]
        np.multiply(b, (onward if t else begin)[:n], grown)
        np.add(grown, paid[:n], grown)
        np.subtract(grown, shift, b)
    balance[order] = owed
