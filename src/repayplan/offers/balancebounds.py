"""What plans of one stage leave after a row unrounded, and how far roundings move it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from repayplan.basics.outcome import Ints
from repayplan.kernel import solve, uneven
from repayplan.kernel.accrue import Floats
from repayplan.kernel.proof import bound, calm_loans
from repayplan.kernel.rules import Amount
from repayplan.kernel.work import Work

ABOUT = 2
"""After so many steps a factor is known to some hundred-thousandths of it."""


def unrounded_instalment(work: Work) -> Floats:
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
        unrounded, rate = unrounded_instalment(work), work.num / work.den
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


def _annuity(work: Work) -> uneven.Annuity:
    """What the instalments of plans over a table are worth."""
    return uneven.annuity(work.num / work.den, work.first, np.asarray(work.later), work.calendar, work.term)


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
