"""How many instalments plans of one stage need at least, and which surely can't be afforded, however long."""

from __future__ import annotations

import numpy as np

from repayplan.basics.outcome import Bools, Ints, any_of
from repayplan.basics.rounding import Residue
from repayplan.kernel.accrue import Floats
from repayplan.kernel.rules import MAX_PERIODS, Amount
from repayplan.kernel.work import Work
from repayplan.offers.balancebounds import drift, unrounded_instalment
from repayplan.offers.paymentbounds import FIRST_COMPARED, LONGEST_WITHIN, SPREAD, least_factors

LOOK = 32
"""Periods after which loans that can't get there any more are left out."""
SHORT_WITHIN = 64
"""Within so many rows an instalment that doesn't cover a period's interest surely shows."""


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
    shortest, first = least_factors(work)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if amount is Amount.LEVEL:
            start = balance if first is shortest else balance * (1 + first) / (1 + shortest)
            growth = 1 - start * shortest / most
            length = -np.log(growth) / (work.step() if work.alike else np.log1p(shortest))
            free = ~(shortest > 0)
            if any_of(free):  # without interest; and a balance that shrinks by itself
                length = np.where(free, np.where(shortest < 0, 1, start / most), length)
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
        least = unrounded_instalment(work) * (1 - 1e-9) - up * work.instalment_multiple * by.total - by.reach
        return np.asarray((work.term > 1) & (by.total < 1e9) & (work.num >= 0) & (least > room), np.bool_)


def _level_refused(work: Work, residue: Residue) -> Bools:
    step, n, rate = 1.0 * work.instalment_multiple, work.term, work.num / work.den
    half = step * (1.0 if work.instalment_mode in ("up", "down") else 0.5)
    of_interest = work.interest_multiple * (1.0 if work.interest_mode in ("up", "down") else 0.5)
    # What the instalment, and what was paid before, can be away from the unrounded one.
    at_once = n * step + step if residue == "first" else np.full(len(n), SPREAD * (step + of_interest))
    unlike = half + (0.0 if residue == "last" else 1.0) * at_once
    out, unrounded = np.zeros(len(n), np.bool_), unrounded_instalment(work)
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
