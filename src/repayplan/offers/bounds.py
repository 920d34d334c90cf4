"""What plans of one stage ask at least, and how many instalments they need, before any row is written."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from repayplan.basics.outcome import Bools, Ints
from repayplan.basics.rounding import Residue
from repayplan.kernel import solve
from repayplan.kernel.accrue import Floats
from repayplan.kernel.proof import bound, calm_loans, first_payment, interest_on_opening
from repayplan.kernel.rules import MAX_PERIODS, Amount
from repayplan.kernel.work import Work

SPREAD = 4
"""A correction of every instalment is as small as what rounding did to one row: less than so many steps."""
LOOK = 32
"""Periods after which loans that can't get there any more are left out."""
LONGEST_WITHIN = 12
"""Within so many rows of equal principal over uneven periods, the largest payment is about reached."""
SHORT_WITHIN = 64
"""Within so many rows an instalment that doesn't cover a period's interest surely shows."""
ABOUT = 2
"""After so many steps a factor is known to some hundred-thousandths of it."""
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
    if amount is Amount.LEVEL and work.later is not None and work.resets is None:
        return _level_reaches(work, most)
    shortest, first = _factors(work)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if amount is Amount.LEVEL:
            start = balance if first is shortest else balance * (1 + first) / (1 + shortest)
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
    out, periods = np.full(len(most), MAX_PERIODS + 1), 1 + len(np.asarray(work.later))
    left = np.flatnonzero(most > 0)
    wanted = work.opening[left] / most[left] * (1 - 1e-9)
    rate = work.num[left] / work.den
    ever = 1 / np.maximum(rate * work.smallest_units()[left], 2.0**-60)
    worth, total = np.ones(len(left)), np.zeros(len(left))
    for t in range(periods):
        worth = worth / (1 + rate * work.units(t, left))
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
        left, wanted, rate = left[keep], wanted[keep], rate[keep]
        ever, worth, total = ever[keep], worth[keep], total[keep]
        if not len(left):
            break
    return out


def surely_beyond(work: Work, room: Ints, residue: Residue) -> Bools:
    """Where a plan surely can't be kept within ``room``, nor that of any balance above.

    By unrounded figures, which are in proportion to the opening balance, less what roundings can change:
    a level instalment below the interest of some period, or the interest of a longer period than the
    first with the share of equal principal or flat.
    """
    rule, out = work.rules[0], np.zeros(len(room), np.bool_)
    if work.resets is not None or rule.amount is Amount.NONE:
        return out
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        if rule.amount is Amount.SHARE:
            return _share_beyond(work, room, residue)
        return _level_refused(work, residue)


def last_beyond(work: Work, room: Ints) -> Bools:
    """Where the last payment of a level plan surely is above ``room``, and that of any balance above.

    The unrounded instalment, less what roundings up of all instalments and of interest grow to.
    """
    up = 1.0 if work.instalment_mode == "up" else 0.0 if work.instalment_mode == "down" else 0.5
    by = drift(work, np.zeros_like(work.opening))
    with np.errstate(over="ignore", invalid="ignore"):
        least = _unrounded(work) * (1 - 1e-9) - up * work.instalment_multiple * by.total - by.reach
        return np.asarray((work.term > 1) & (by.total < 1e9) & (work.num >= 0) & (least > room), np.bool_)


def _level_refused(work: Work, residue: Residue) -> Bools:
    step, n, rate = 1.0 * work.instalment_multiple, work.term, work.num / work.den
    half = step * (1.0 if work.instalment_mode in ("up", "down") else 0.5)
    of_interest = work.interest_multiple * (1.0 if work.interest_mode in ("up", "down") else 0.5)
    # What the instalment, and what was paid before, can be away from the unrounded one.
    at_once = n * step + step if residue == "first" else np.full(len(n), SPREAD * (step + of_interest))
    unlike = half + (0.0 if residue == "last" else 1.0) * at_once
    out, unrounded = np.zeros(len(n), np.bool_), _unrounded(work)
    balance, paid = work.opening * 1.0, np.zeros(len(n))
    for row in range(1 if work.later is None else min(SHORT_WITHIN, 1 + len(work.later))):
        factor = rate * work.units(row)
        least = factor * (balance - (unlike + of_interest) * paid) * (1 - 1e-9) - of_interest
        out |= (n > row + 1) & (least > unrounded * (1 + 1e-9) + unlike + 0.01)
        balance, paid = balance * (1 + factor) - unrounded, paid * (1 + factor) + 1
    return out


def _share_beyond(work: Work, room: Ints, residue: Residue) -> Bools:
    step, n, rate = 1.0 * work.instalment_multiple, work.term, work.num / work.den
    out = np.zeros(len(room), np.bool_)
    if work.later is None or 1 + len(work.later) < FIRST_COMPARED:
        return out
    balance, share = work.opening * 1.0, work.opening / n
    least = share - step * (1 if residue in ("last", "first") else 1 + SPREAD)
    alive = share > (n + 2.0) * step  # so that no row before the last is cut short
    if work.rules[0].on_start:
        longest = np.maximum.accumulate(work.later, axis=0)
        units = longest[np.clip(n - 3, 0, len(longest) - 1), work.calendar]
        asked = least + rate * units * balance * (1 - 1e-12) - work.interest_multiple - 1
        return np.asarray((n >= FIRST_COMPARED) & alive & (asked > room), np.bool_)
    for row in range(1, min(LONGEST_WITHIN, len(work.later))):
        left = balance - row * share - (row + n + 2.0) * step
        asked = least + rate * work.units(row) * left * (1 - 1e-12)
        out |= (n > row + 1) & alive & (asked - work.interest_multiple - 1 > room)
    return out


def share_in_row(work: Work, row: int, residue: Residue) -> Floats:
    """What plans of equal principal or flat ask in one row at least, by its number from 0.

    Floats, minor units; never falling when the balance or the rate rises. 0 where the plan has no such row,
    may end before it, or nothing is proven. What is paid with the first instalment isn't in it.
    """
    step, n, rate = 1.0 * work.instalment_multiple, work.term, work.num / work.den
    balance, share = work.opening * 1.0, work.opening / n
    left = np.maximum(balance - row * share - (row + n + 2.0) * step, 0)
    exact = residue == "last" or (residue == "first" and row)  # but for the rounding of ``A``
    part = share - step * (1 if exact else 1 + SPREAD + n)
    base = balance if work.rules[0].on_start else left
    asked = np.minimum(part, left) + rate * work.units(row) * base * (1 - 1e-12) - work.interest_multiple - 1
    known = (n > row) & (share > (n + 2.0) * step) & (work.num >= 0)
    return np.asarray(np.where(known, asked, 0.0), np.float64)


def _unrounded(work: Work) -> Floats:
    """The level instalment before it is rounded."""
    if work.later is not None:
        return np.asarray(work.opening / _annuity(work).worth, np.float64)
    regular = work.num * 1.0 * work.regular / work.den
    first = regular if work.first is work.regular else work.num * 1.0 * work.first / work.den
    return solve.level_estimate(work.opening, first, regular, work.term)


def left_after(work: Work, rows: Ints) -> Floats:
    """What level plans, or those of equal principal, leave after so many rows if nothing is rounded.

    Floats, minor units; NaN where they can't be told.

    Parameters
    ----------
    work
        Plans of one stage whose rates don't change.
    rows
        int64; fewer than the plans have.
    """
    if work.rules[0].amount is Amount.SHARE:
        return np.asarray(work.opening * (1 - rows / work.term), np.float64)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        if work.later is None and work.first is work.regular:
            repaid = _grown(work, rows) / _grown(work, work.term)
            return np.asarray(work.opening * (1 - repaid), np.float64)
        unrounded, rate = _unrounded(work), work.num / work.den
        balance = work.opening * 1.0
        for row in range(int(rows.max(initial=0))):
            after = balance * (1 + rate * work.units(row)) - unrounded
            balance = np.where(row < rows, after, balance)
    return np.asarray(balance, np.float64)


def repaid_by(work: Work, rows: Ints, length: Ints, paid: Ints) -> Floats:
    """What level plans over alike periods repay in their first rows, if nothing is rounded.

    It falls with the length, and when the rate rises.

    Parameters
    ----------
    rows
        int64 (rules, loans). Infinite is what is said of plans that end in them.
    length
        int64; the plans' rows.
    paid
        int64; the instalment, or more than that.
    """
    factor = work.num * 1.0 * work.regular / work.den
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        each = np.where(factor == 0, rows * 1.0, np.expm1(rows * np.log1p(factor)) / factor)
        repaid = (
            (np.maximum(paid, 0) + work.instalment_multiple)
            * each
            * (1 + factor) ** -length.astype(np.float64)
        )
    return np.where(rows < length, repaid, np.inf)


def longest_leaving(work: Work, rows: Ints, most: Floats) -> Floats | None:
    """The longest plan that leaves no more than ``most`` after so many rows if nothing is rounded.

    Infinite where all do; None where periods aren't alike: a formula knows nothing of them.
    """
    balance = work.opening * 1.0
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        times = np.where(most < balance, balance / (balance - most), np.inf)
        if work.rules[0].amount is Amount.SHARE:
            return np.asarray(rows * times, np.float64)
        if work.later is not None or work.first is not work.regular:
            return None
        factor = work.num * 1.0 * work.regular / work.den
        of_growth = np.log1p(_grown(work, rows) * times) / np.log1p(factor)
        length = np.where(factor == 0, rows * times, of_growth)
    return np.where(np.isnan(length), np.inf, length)


def about_factor(opening: Ints, term: Ints, paid: Floats) -> Floats:
    """About the factor of a period at which so much repays a balance as a level instalment; 0: at none.

    By Newton's method from above: the instalment rises with the factor, and ever faster.
    """
    balance = opening.astype(np.float64)
    factor = 2 * (paid * term / balance - 1) / (term + 1)
    factor = np.maximum(factor, 1e-12)
    for _ in range(ABOUT):
        worth = -np.expm1(-term * np.log1p(factor))
        slope = worth - factor * term * (1 - worth) / (1 + factor)
        factor = np.maximum(factor - (balance * factor - paid * worth) * worth / (balance * slope), 1e-12)
    return np.asarray(factor, np.float64)


def _grown(work: Work, rows: Ints) -> Floats:
    """``(1 + f)**rows - 1`` over alike periods; where there's no interest the rows, in proportion as well."""
    factor = work.num * 1.0 * work.regular / work.den
    return np.where(factor == 0, rows * 1.0, np.expm1(rows * np.log1p(factor)))


@dataclass(frozen=True, slots=True)
class Drift:
    """What rounding does to level plans of one stage by their last row: floats, minor units.

    The last payment is within ``reach`` of ``last`` where no row is cut short; more than ``last + reach``
    below it never is what remains to be paid, whatever the rows before pay of ``A``. One unit more in the
    first row takes ``growth`` off it, one more in every row before ``total - 1``, and in the last as well
    ``total``.
    """

    last: Floats
    reach: Floats
    growth: Floats
    total: Floats


def drift(work: Work, amount: Ints) -> Drift:
    """The drift of level plans.

    What the rounded instalment is short of the unrounded one, in every period, the last payment has more,
    grown to the end. Of each row's interest only the most that rounding can change is known.
    """
    term = work.term
    half = 1.0 if work.interest_mode in ("up", "down") else 0.5
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        if work.later is None:
            regular = work.num * 1.0 * work.regular / work.den
            first = regular if work.first is work.regular else work.num * 1.0 * work.first / work.den
            grown = work.grown()
            power = np.expm1(term * np.log1p(regular)) if grown is None else grown
            unrounded = solve.level_estimate(work.opening, first, regular, term, power)
            total = np.where(regular > 0, power / regular, term)
            growth = (1 + power) / (1 + regular)
            error = unrounded * solve.FLOAT_ERROR
        else:
            by = _annuity(work)
            worth = by.last
            unrounded, total = work.opening / by.worth, by.worth / worth
            growth = 1 / (worth * (1 + work.num / work.den * work.first))
            error = unrounded * (1 + term) * 2.0**-50
        last = amount + (unrounded - amount) * total
        return Drift(last, (half * work.interest_multiple + error) * total * 1.001 + 1.0, growth, total)


def _annuity(work: Work) -> solve.Annuity:
    """What the instalments of plans over a table are worth."""
    return solve.annuity(work.num / work.den, work.first, np.asarray(work.later), work.calendar, work.term)


def last_range(work: Work, amount: Ints) -> tuple[Floats, Floats]:
    """Between which amounts the last payment of a plan surely lies, without writing its rows.

    Without bounds (``-inf``, ``inf``) where none is proven.

    Parameters
    ----------
    work
        One solved stage: level, equal principal over alike periods, or flat.
    amount
        Its ``A``.
    """
    term, rule = work.term, work.rules[0]
    if rule.amount is Amount.SHARE:
        left = np.maximum(work.opening - amount * (term - 1), 0)
        units = work.regular if work.first is work.regular else work.units(term - 1)
        base = np.where(left > 0, work.opening, 0) if rule.on_start else left
        repaid = left + base * (work.num * 1.0 * units / work.den)
        most = work.interest_multiple + repaid * solve.FLOAT_ERROR + 1.0
        return repaid - most, repaid + most
    by = drift(work, amount)
    calm = calm_loans(work, bound(work))
    return np.where(calm, by.last - by.reach, -np.inf), np.where(calm, by.last + by.reach, np.inf)


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
    return np.minimum(amount, work.opening) - np.asarray(most).astype(np.int64)


def _factors(work: Work) -> tuple[Floats, Floats]:
    """The smallest regular factor of each loan, and its first period's."""
    rate = work.num / work.den
    shortest = rate * work.smallest_later()
    if work.later is None and work.first is work.regular:
        return shortest, shortest
    return shortest, rate * work.first
