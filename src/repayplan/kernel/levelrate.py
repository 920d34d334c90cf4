"""The rate at which a level instalment comes to a given amount: in floats, with how far it can be off."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from repayplan.basics.outcome import Bools, Ints
from repayplan.basics.rounding import Mode
from repayplan.kernel.accrue import Floats
from repayplan.kernel.solve import FLOAT_ERROR, annuity
from repayplan.kernel.work import Work

NEAR = 16_384
"""Loans whose rates are looked for together: what they need stays in the cache."""
STEPS = 12
"""Newton steps at most; a rate that isn't found by then is no rate."""
LEAST = 1e-13
"""No factor of a period is taken to be below this, so that nothing divides by 0."""
Found = tuple[Floats, Floats]
"""An instalment, and how it rises with the rate."""


class Between(NamedTuple):
    """Rates, in units of a work's ``num``, between which the one looked for surely lies (NaN: not known)."""

    low: Floats
    high: Floats


def largest_rounded(limit: Ints, mode: Mode, multiple: int) -> Floats:
    """The exact amounts below which all are rounded to at most ``limit``, and above which none is."""
    above = {"up": 0.0, "down": 1.0 * multiple}.get(mode, multiple / 2)
    return np.asarray(limit // multiple * multiple + above, np.float64)


def rate_of(work: Work, target: Floats) -> Between:
    """At which rate the level instalment of plans of one stage, all of whose rates are alike, is ``target``.

    ``A = B / sum of prod 1 / (1 + x u_i)`` is convex and rises with ``x``, so that Newton's steps from above
    never miss. As ``d ln A / d x`` is at least ``u_1 / (1 + x u_1)``, what is left to the target tells
    how far off the rate can be.
    """
    low, high = np.empty(len(target)), np.empty(len(target))
    for start in range(0, len(target), NEAR):
        some = slice(start, start + NEAR)
        low[some], high[some] = _near(work.take(some), target[some])
    return Between(low, high)


def _near(work: Work, target: Floats) -> Found:
    balance, count = work.opening.astype(np.float64), work.term
    with np.errstate(all="ignore"):
        if work.table is None:
            unit = np.asarray(work.regular / work.den, np.float64)
            first = unit if work.first is work.regular else np.asarray(work.first / work.den, np.float64)
            rate, level = _alike(balance, count, first, unit, target)
            error = level * FLOAT_ERROR
        else:
            units = np.asarray(work.table, np.float64)
            sums = np.cumsum(units, axis=0)[count - 1, work.calendar]
            mean = np.asarray(sums / count / work.den, np.float64)
            first = units[0, work.calendar] / work.den
            rate, level = _unlike(work, balance, mean, target)
            error = level * FLOAT_ERROR * (1 + count / 8)
        # Twice as far as it can be: the instalment at the rate itself isn't that at this one.
        off = 2 * (np.abs(level - target) + error) * (1 + rate * first) / (target * first)
        off += rate * 2.0**-50
        known = (off < rate / 16 + 1e-6) & np.isfinite(rate) & (first > 0) & (target > 0)
    return np.where(known, rate - off, np.nan), np.where(known, rate + off, np.nan)


def _guess(balance: Floats, count: Ints, target: Floats) -> Floats:
    """A factor near that of equal periods: from the first terms of its series, at most the interest only."""
    more, n = count * target / balance - 1, count * 1.0
    half, sixth = (n + 1) / 2, (n * n - 1) / 6
    series = (np.sqrt(half * half + 2 * sixth * more) - half) / np.maximum(sixth, 0.5)
    return np.maximum(np.minimum(np.where(count > 1, series, more), target / balance), LEAST)


def _level(balance: Floats, count: Ints, f: Floats, f0: Floats) -> Found:
    """The instalment at a factor, the first period's being ``f0``, and how its logarithm rises with ``f``."""
    worth = -np.expm1(-count * np.log1p(f))
    amount = balance * f / worth
    rises = 1 / f - count * (1 - worth) / ((1 + f) * worth)
    if f0 is not f:
        amount *= (1 + f0) / (1 + f)
        rises += f0 / (f * (1 + f0)) - 1 / (1 + f)
    return amount, rises


def _alike(balance: Floats, count: Ints, first: Floats, unit: Floats, target: Floats) -> Found:
    """Rate and instalment where periods after the first are alike."""
    ratio = None if first is unit else first / unit
    f = _guess(balance, count, target)

    def at(f: Floats, some: Ints | slice) -> Found:
        f0 = f if ratio is None else f * ratio[some]
        return _level(balance[some], count[some], f, f0)

    f, level = _newton(f, at, target)
    return f / unit, level


def _unlike(work: Work, balance: Floats, mean: Floats, target: Floats) -> Found:
    """Rate and instalment over a table of periods: they rise about as with periods of their mean."""
    rate_unit, calendar, count = 1 / work.den, work.calendar, work.term
    table = np.asarray(work.table)
    f = _guess(balance, count, target)

    def even(f: Floats, some: Ints | slice) -> Found:
        return _level(balance[some], count[some], f, f)

    def at(f: Floats, some: Ints | slice) -> Found:
        x = f / mean[some]
        by = annuity(x * rate_unit, table, calendar[some], count[some])
        return balance[some] / by.worth, _level(balance[some], count[some], f, f)[1]

    f, _ = _newton(f, even, target)
    f, level = _newton(f, at, target)
    return f / mean, level


def _newton(f: Floats, at: Callable[[Floats, Ints | slice], Found], target: Floats) -> Found:
    """Steps until the instalment is the target, as far as floats can tell, or no step brings it nearer."""
    f, level = f.copy(), np.empty(len(f))
    left: Ints | slice = slice(None)
    best = np.full(len(f), np.inf)
    for _ in range(STEPS):
        here = f[left]
        level[left], rises = at(here, left)
        rest = np.log(target[left] / level[left])
        size = np.abs(rest)
        nearer = size < best[left] / 2
        going: Bools = np.asarray((size > 4 * FLOAT_ERROR) & nearer, np.bool_)
        best[left] = size
        if not going.any():
            break
        left = np.flatnonzero(going) if isinstance(left, slice) else left[going]
        f[left] = np.maximum(here[going] + (rest / rises)[going], LEAST)
    return f, level
