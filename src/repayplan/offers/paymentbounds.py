"""What the payments of plans of one stage ask at least, and at most."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from repayplan.basics.outcome import Bools, Ints
from repayplan.basics.rounding import Residue
from repayplan.kernel.accrue import Floats
from repayplan.kernel.proof import first_payment, interest_on_opening
from repayplan.kernel.rules import Amount
from repayplan.kernel.work import Work
from repayplan.offers.balancebounds import drift

SPREAD = 4
"""A correction of every instalment is as small as what rounding did to one row: less than so many steps."""
LONGEST_WITHIN = 12
"""Within so many rows of equal principal over uneven periods, the largest payment is about reached."""
FIRST_COMPARED = 3
"""From this length on, what a plan can't be below never rises with its length."""


def surely_above(work: Work, amount: Ints, extra: Ints, room: Ints, residue: Residue, *, even: bool) -> Bools:
    """Where the largest payment is surely above ``room``, without writing the rows.

    Parameters
    ----------
    work
        One solved stage, its residue not yet placed.
    amount
        Its ``A``.
    extra
        int64; paid with the first instalment.
    room
        int64 minor units.
    residue
        Where what rounding leaves is placed.
    even
        Only by what rises with the balance as long as ``A`` stays the same: of balances with one ``A``, all
        above one that is excluded are then excluded.
    """
    if work.resets is not None or work.rules[0].amount is Amount.NONE:
        return np.zeros(len(room), np.bool_)
    if work.rules[0].amount is Amount.SHARE:
        return _share_above(work, amount, extra, room, residue)
    return _level_above(work, amount, extra, room, residue, even=even)


def _level_above(work: Work, amount: Ints, extra: Ints, room: Ints, residue: Residue, *, even: bool) -> Bools:
    step, several, long = work.instalment_multiple, work.term > 1, work.term >= FIRST_COMPARED
    begin = first_payment(work, amount)
    alone = begin + extra > room
    by, spare = drift(work, amount), 1.0 * (room - amount)
    if residue == "last":
        return np.asarray(alone | several & (by.last - by.reach > room), np.bool_)
    interest = interest_on_opening(work, work.first)
    gain, paid = (by.growth, by.growth) if residue == "first" else (by.total, by.total - 1)
    # The correction is the multiple that brings the last payment nearest to the others, within what is
    # known of that; none where it would do harm.
    nearest, unsure = (by.last - amount) / gain, by.reach / gain + (0.5 + 1e-6) * step
    if residue == "shared":  # what brings it nearer is less than twice what would bring it there
        nearest, unsure = 2 * nearest, 2 * unsure
    low, high = np.minimum(nearest - unsure, 0), np.maximum(nearest + unsure, 0)
    # Payments may be cut short where the plan ends before its rows do.
    largest = step * (2.0 + (work.term if residue == "first" else 0)) if even else high
    whole = 2.0 * (amount + largest) < work.opening
    # What the correction can be for the first payment's sake, and what is left then.
    most = spare - extra
    most = np.where(whole, np.floor(most / step) * step, most)
    if not even:
        most = np.minimum(most, np.floor(high / step) * step)
    rest = by.last - by.reach - most * np.where(most > 0, gain, paid)
    least = amount + (0 if residue == "first" else low)
    above = (interest + extra > room) | (whole & (amount + low + extra > room))
    above |= (rest > room) | (long & whole & (least > room))
    return np.asarray(np.where(several, above, alone), np.bool_)


def _share_above(work: Work, amount: Ints, extra: Ints, room: Ints, residue: Residue) -> Bools:
    step, term, on_start = work.instalment_multiple, work.term, work.rules[0].on_start
    zero: Ints = np.zeros_like(amount)
    low, high, later = zero, zero, zero
    if residue != "last":
        # As above, in whole numbers: what is left over, in steps, half of one either way.
        left: Ints = 2 * (work.opening - amount * term)
        gain = np.ones_like(term) if residue == "first" else term
        low, high = (left - gain * step) // (2 * gain), np.maximum((left + gain * step) // (2 * gain), 0)
        low = np.where(amount >= 2 * step, low, np.minimum(low, 0))
        later = zero if residue == "first" else high
    begin = np.minimum(np.maximum(amount + low, 0), work.opening)
    begin = begin + interest_on_opening(work, work.first)
    alone = first_payment(work, amount) + extra > room
    above = begin + extra > room
    repaid, part = amount + high, amount + (0 if residue == "first" else np.minimum(low, 0))

    def of_row(left: Ints, principal: Ints, units: Ints) -> Ints:
        base = np.where(left > 0, work.opening if on_start else left, 0)
        return np.maximum(principal, 0) + interest_on_opening(replace(work, opening=base), units)

    most: Ints = np.zeros_like(term)
    for row in range(1, LONGEST_WITHIN):
        left = np.maximum(work.opening - repaid, 0)
        units = work.units(row)
        if (units > most).any():  # where no earlier period was as long
            above |= (term > row + 1) & (of_row(left, np.minimum(part, left), units) > room)
        repaid = repaid + amount + later
        most = np.maximum(most, units)
    before = amount * (term - 1) + np.where(term > 1, high + later * (term - 2), 0)
    left = np.maximum(work.opening - before, 0)
    units = work.regular if work.later is None else work.units(term - 1)
    above |= of_row(left, left, units) > room
    if on_start and work.later is not None:
        # Flat interest is on the same balance to the end: that of the longest period.
        longest = np.maximum.accumulate(work.later, axis=0)
        units = longest[np.clip(term - 3, 0, len(longest) - 1), work.calendar].astype(np.int64)
        above |= (term >= FIRST_COMPARED) & (left > 0) & (of_row(left, part, units) > room)
    return np.where(term > 1, above, alone)


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
    if work.later is not None:
        most = np.maximum.accumulate(work.later, axis=0)
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
    if rule.amount is not Amount.SHARE:
        return most
    if work.later is None and (work.first is work.regular or (work.first >= work.regular).all()):
        return most  # and so is the second
    units = work.units(1)
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


def least_corrected(work: Work, amount: Ints, residue: Residue) -> Ints:
    """The same as :func:`least_of_two` where the residue is placed, of plans of three rows and more.

    Whatever is paid with the first instalment isn't looked at: its correction may make room for it.
    """
    step, n, rule = work.instalment_multiple, work.term, work.rules[0]
    slack = 0 if residue == "first" else SPREAD * (step + work.interest_multiple)
    least, units = amount - slack, work.smallest_later()
    # In the second row, unless that ends the plan; then the two have repaid it.
    least = np.minimum(least, work.opening // 2)
    if rule.amount is Amount.LEVEL:
        return least
    # Something is left after the first row, whose correction is what roundings of all rows add up to.
    factor, balance = work.num * 1.0 * units / work.den, work.opening * 1.0
    sure = balance / n + (2.0 * n + 1) * step < balance
    if rule.on_start:
        return np.where(sure, amount - slack + interest_on_opening(work, units), least)
    share = balance / np.where(factor > 1, FIRST_COMPARED, n)
    second = share + factor * (balance - share - (n + 2.0) * step)
    second = second * (1 - 1e-12) - slack - step - work.interest_multiple - 1
    second = np.where(factor > 0, second, 0).astype(np.int64)
    return np.where(sure, np.maximum(amount - slack, second), least)


def least_first(work: Work, amount: Ints, residue: Residue) -> Ints:
    """What the first instalment (its principal, of a principal share) can't be below once corrected.

    The last payment is off by what rounding ``A``, and the interest of each row, made of it. The correction
    makes that good to half a step: in the first row by no more than so much for each row there is, in every
    row by once that (``"shared"``, which takes no account of interest, by less than twice that).
    """
    step = work.instalment_multiple
    row = step * (0.5 if work.instalment_mode.startswith("half") else 1.0)
    if work.rules[0].amount is Amount.LEVEL:
        row += 6 * work.interest_multiple
    rows = work.term * 1.0 if residue == "first" else 2.0 if residue == "shared" else 1.0
    most = np.minimum(rows * row + step + 8, 2.0**62)
    least: Ints = np.minimum(amount, work.opening) - np.asarray(most).astype(np.int64)
    return least


def least_factors(work: Work) -> tuple[Floats, Floats]:
    """The smallest regular factor of each loan, and its first period's."""
    if work.alike:
        return work.factor, work.factor
    rate = work.num / work.den
    return rate * work.smallest_later(), rate * work.first
