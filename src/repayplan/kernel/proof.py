"""What is known of a plan before its rows are written: bounds, and figures that follow from its amount."""

from __future__ import annotations

import numpy as np

from repayplan.basics.outcome import Bools, Ints, any_of
from repayplan.kernel import accrue
from repayplan.kernel.accrue import Floats
from repayplan.kernel.courses import Bound, Pays
from repayplan.kernel.rules import Amount
from repayplan.kernel.solve import FLOAT_ERROR, level_estimate
from repayplan.kernel.work import Work


def bound(work: Work) -> Bound:
    """Bounds before anything is computed, from capitalising rows and the longest period."""
    return work.bounded(_bound(work)) if work.bound is None else work.bound


def _bound(work: Work) -> Bound:
    units, factor = work.largest_units(), work.factor
    capitalising = [length for rule, length in zip(work.rules, work.lengths, strict=True) if rule.grows]
    if work.course is not None:
        capitalising.append((work.course.pays == Pays.NOTHING).sum(axis=0))
    with np.errstate(over="ignore"):
        balance = np.asarray(work.opening + 1.0, np.float64)
        if work.moves:
            balance += np.sum([np.maximum(move.amount, 0) * 1.0 for move in work.moves], axis=0)
        if capitalising:
            grows = np.sum(capitalising, axis=0)
            balance += grows * work.interest_multiple
            balance *= np.exp(grows * np.log1p(factor)) * 1.001
        total = balance + work.term * (balance * factor + (work.interest_multiple + work.instalment_multiple))
        if work.given:
            total += np.maximum(work.amounts, 0).sum(axis=0)
        if work.floors is not None:
            total += work.floors.sum(axis=0)
        if work.course is not None and len(work.course):
            total += np.maximum(work.course.given, 0).max(axis=0)
    return Bound(balance, factor, total, units)


def by_float(work: Work, limits: Bound) -> Bools:
    """Loans whose interest is provably right as a float product in every row."""
    fits = limits.total < 2.0**51
    if work.resets is not None:  # each period's factor is one float
        one = np.ones_like(work.opening)
        fits &= work.smallest_units() >= 0
        return fits & accrue.float_provable(limits.balance, limits.factor, work.common_units(), work.den, one)
    if work.later is not None:
        return fits & accrue.float_provable(limits.balance, limits.factor, work.num, work.den, limits.units)
    one = np.ones_like(work.num)
    first, regular = work.num * work.first, work.num * work.regular
    ok = fits & accrue.float_provable(limits.balance, limits.factor, regular, work.den, one)
    if work.first is not work.regular:
        ok &= accrue.float_provable(limits.balance, limits.factor, first, work.den, one)
    return ok


def calm_loans(work: Work, limits: Bound, grown: Floats | None = None) -> Bools:
    """Loans that surely neither pay off early nor pay less than a period's interest.

    Early: what rounding adds up to must be below what the last row has to repay. Too little: the longest
    period's interest must be below the least that a level instalment can be. A plan whose last stage
    isn't solved may be paid off long before it. ``grown``: no less than 1 grows by, from the first row to the
    end, where periods are alike; the less it is above that, the more loans are told.
    """
    solved = work.rules[-1].amount in (Amount.LEVEL, Amount.SHARE)
    corrected = work.extra_first is not None or work.extra_every is not None
    if (
        not solved
        or corrected
        or work.given
        or work.leaves
        or work.floors is not None
        or work.resets is not None
        or work.course is not None
        or work.moves
    ):
        return np.zeros(len(work.opening), np.bool_)
    grown = work.grown() if grown is None else grown
    steps = 2.0 * (work.instalment_multiple + work.interest_multiple)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        alone = len(work.rules) == 1 and work.rules[0].amount is Amount.LEVEL
        level = work.solved * 1.0 if work.solved is not None and alone else _least_level(work, limits, grown)
        last = level if len(work.rules) == 1 and work.rules[0].net else work.opening / work.term
        calm = _noise(work, limits.factor, grown) * (1 + limits.factor) < last - steps
        if any(rule.net and rule.amortises for rule in work.rules):
            calm &= level - work.opening * limits.factor > steps
    return np.asarray(calm, np.bool_)


def _least_level(work: Work, limits: Bound, grown: Floats | None) -> Floats:
    """No level instalment over all rows is below ``B f / (1 - (1 + f)**-n)`` with the shortest period's f."""
    least = limits.factor
    if work.later is not None or work.first is not work.regular:
        least = np.asarray(work.num * 1.0 * work.smallest_units() / work.den, np.float64)
    grown = np.expm1(work.term * np.log1p(least)) if grown is None else grown
    share, free = least + least / grown, least <= 0
    if any_of(free):
        share = np.where(free, 1 / work.term, share)
    return np.asarray(work.opening * share * (1 - 1e-9), np.float64)


def residue_bound(work: Work, level: Ints | None) -> Floats:
    """What the last payment of a solved instalment can't differ by from it, before a residue is placed.

    Infinite where such an instalment may not cover the interest. ``level``: the instalment, if it is known.
    """
    limits, steps = bound(work), 2.0 * (work.instalment_multiple + work.interest_multiple)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        found = _noise(work, limits.factor, None) + work.instalment_multiple
        least = _least_level(work, limits, None) if level is None else level
        covers = least - limits.balance * limits.factor > steps
    return np.asarray(np.where(covers & (found < np.inf), found, np.inf), np.float64)


def _noise(work: Work, factor: Floats, grown: Floats | None) -> Floats:
    """More than rounding can take off the last row: each row's, grown to the end."""
    of_interest, of_instalment = (
        multiple * (1.0 if mode in ("up", "down") else 0.5)
        for mode, multiple in (
            (work.interest_mode, work.interest_multiple),
            (work.instalment_mode, work.instalment_multiple),
        )
    )
    step: Floats | float = of_interest + of_instalment
    if work.solved is not None and grown is not None and work.rules[0].amount is Amount.LEVEL:
        unrounded = level_estimate(work.opening, factor, factor, work.term, grown)
        # An instalment that is rounded down leaves more to the last row.
        step = of_interest + np.maximum(work.solved - unrounded, 0) + unrounded * FLOAT_ERROR
    growth = 1.001 * (np.expm1(work.term * np.log1p(factor)) if grown is None else grown)
    if len(work.rules) > 1:  # a later stage's instalment can be smaller by as much again
        return np.asarray(2 * step * work.term * (1 + growth) ** 2, np.float64)
    added, tiny = growth / factor, factor <= 1e-9
    if any_of(tiny):
        added = np.where(tiny, work.term * (1 + growth), added)
    return np.asarray(step * added, np.float64)


def first_payment(work: Work, amount: Ints) -> Ints:
    """The first payment of a plan of one stage with this ``A``, without writing its rows."""
    several = work.term > 1
    net = work.rules[0].net
    if net and (several & (amount <= work.opening)).all():
        return amount
    interest = interest_on_opening(work, work.first)
    everything = work.opening + interest
    of_several = np.minimum(amount, everything if net else work.opening) + (0 if net else interest)
    return np.where(several, of_several, everything)


def interest_on_opening(work: Work, units: Ints) -> Ints:
    """Rounded interest on the opening balance for so many counted units."""
    interest = np.empty_like(work.opening)
    accruing = accrue.by_integer(work.den, work.interest_mode, work.interest_multiple, wide=True)
    accruing(work.opening, work.num * units, interest, interest)
    return interest
