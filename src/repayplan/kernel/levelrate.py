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
"""Rates tried at most; one that isn't found by then is no rate."""
LEAST = 1e-13
"""No factor of a period is taken to be below this, so that nothing divides by 0."""
Found = tuple[Floats, Floats]
"""Rates, and the instalments at them."""


class Curve(NamedTuple):
    """Instalments at some factors, and how their logarithms rise and bend with the factor."""

    level: Floats
    rises: Floats
    bends: Floats


class Between(NamedTuple):
    """Rates, in units of a work's ``num``, between which the one looked for surely lies (NaN: not known)."""

    low: Floats
    high: Floats


def largest_rounded(limit: Ints, mode: Mode, multiple: int) -> Floats:
    """The exact amounts below which all are rounded to at most ``limit``, and above which none is."""
    above = {"up": 0.0, "down": 1.0 * multiple}.get(mode, multiple / 2)
    whole = limit if multiple == 1 else limit // multiple * multiple
    return np.asarray(whole + above, np.float64)


def rate_of(work: Work, target: Floats) -> Between:
    """At which rate the level instalment of plans of one stage, all of whose rates are alike, is ``target``.

    ``A = B / W``, ``W`` being the sum of ``P_k``, the product of ``1 / (1 + x u_i)`` up to ``k``, rises with
    ``x``: ``d ln A / d x`` is the mean of the sums ``T_k`` of ``u_i / (1 + x u_i)``, weighted by ``P_k``. So
    it is at least ``T_1``. It is also at least ``P_n / W`` times the sum of ``T_k``, where ``W`` is at most
    ``n``, and ``P_n`` at least ``1 - x u B / A`` for the longest of the periods, ``u``. By that, what is left
    to the target tells how far off the rate can be.
    """
    low, high = np.empty(len(target)), np.empty(len(target))
    for start in range(0, len(target), NEAR):
        some = slice(start, start + NEAR)
        low[some], high[some] = _near(work.take(some), target[some])
    return Between(low, high)


def _near(work: Work, target: Floats) -> Found:
    balance, count = work.opening.astype(np.float64), work.term
    with np.errstate(all="ignore"):
        if work.later is None:
            unit = np.asarray(work.regular / work.den, np.float64)
            first = unit if work.first is work.regular else np.asarray(work.first / work.den, np.float64)
            wait = first + unit * ((count - 1) / 2)
            rate, level = _alike(balance, count, first, unit, target)
            error = level * FLOAT_ERROR
        else:
            later = np.vstack((np.zeros_like(work.later[:1]), work.later)).astype(np.float64)
            ends, last = np.cumsum(later, axis=0), (count - 1, work.calendar)
            mean = np.asarray((work.first + ends[last]) / count / work.den, np.float64)
            wait = (work.first + np.cumsum(ends, axis=0)[last] / count) / work.den
            first = np.asarray(work.first / work.den, np.float64)
            rate, level = _unlike(work, balance, mean, target)
            error = level * FLOAT_ERROR * (1 + count / 8)
        longest = work.largest_units() / work.den
        left = 1 - rate * longest * (balance / level) * (1 + 1 / 8)
        rises = np.maximum(first / (1 + rate * first), left * wait / (1 + rate * longest))
        # Twice as far as it can be: the rate itself, at most a sixteenth off, rises a little less than this.
        off = 2 * (np.abs(level - target) + error) / (target * rises) + rate * 2.0**-50
        known = (off < rate / 16 + 1e-6) & np.isfinite(rate) & (first > 0) & (target > 0)
    return np.where(known, rate - off, np.nan), np.where(known, rate + off, np.nan)


def _guess(balance: Floats, count: Ints, target: Floats) -> Floats:
    """A factor near that of equal periods: from the first terms of its series, at most the interest only."""
    more, n = count * target / balance - 1, count * 1.0
    half, sixth = (n + 1) / 2, (n * n - 1) / 6
    series = (np.sqrt(half * half + 2 * sixth * more) - half) / np.maximum(sixth, 0.5)
    return np.maximum(np.minimum(np.where(count > 1, series, more), target / balance), LEAST)


def _level(balance: Floats, count: Ints, f: Floats, f0: Floats) -> Curve:
    """The instalment at a factor ``f``, the first period's being ``f0``."""
    worth, later = -np.expm1(-count * np.log1p(f)), 1 / (1 + f)
    amount, inverse, time = balance * f / worth, 1 / f, count * later
    lost = time * (1 - worth) / worth
    rises, bends = inverse - lost, lost * (time / worth + later) - inverse * inverse
    if f0 is not f:
        amount *= (1 + f0) * later
        rises += f0 / (f * (1 + f0)) - later
    return Curve(amount, rises, bends)


def _alike(balance: Floats, count: Ints, first: Floats, unit: Floats, target: Floats) -> Found:
    """Rate and instalment where periods after the first are alike."""
    ratio = None if first is unit else first / unit

    def at(f: Floats, some: Ints | slice) -> Curve:
        f0 = f if ratio is None else f * ratio[some]
        return _level(balance[some], count[some], f, f0)

    f, level = _newton(_guess(balance, count, target), at, target)
    return f / unit, level


def _unlike(work: Work, balance: Floats, mean: Floats, target: Floats) -> Found:
    """Rate and instalment over a table of periods, of which ``mean`` is the mean.

    The instalment is nearly that of as many periods of the mean: the logarithm of what is between them is
    small, and nearly a straight line in the rate, which two rates tell.
    """
    rate_unit, calendar, count = 1 / work.den, work.calendar, work.term
    later = np.asarray(work.later)
    before, apart_then = np.full((2, len(target)), np.nan)

    def even(f: Floats, some: Ints | slice) -> Curve:
        return _level(balance[some], count[some], f, f)

    def at(f: Floats, some: Ints | slice) -> Curve:
        by = annuity(f / mean[some] * rate_unit, work.first[some], later, calendar[some], count[some])
        near, level = even(f, some), balance[some] / by.worth
        apart = np.log(level / near.level)
        tilt = (apart - apart_then[some]) / (f - before[some])
        before[some], apart_then[some] = f, apart
        small = np.abs(tilt) < near.rises / 2  # False at the first rate, and where it hasn't moved
        return Curve(level, near.rises + np.where(small, tilt, 0), near.bends)

    f, _ = _newton(_guess(balance, count, target), even, target)
    f, level = _newton(f, at, target)
    return f / mean, level


def _newton(f: Floats, at: Callable[[Floats, Ints | slice], Curve], target: Floats) -> Found:
    """Steps until the instalment is the target, as far as floats can tell, or no step brings it nearer."""
    f, level = f.copy(), np.empty(len(f))
    left: Ints | slice = slice(None)
    best = np.full(len(f), np.inf)
    for step in range(STEPS):
        here = f[left]
        level[left], rises, bends = at(here, left)
        rest = np.log(target[left] / level[left])
        size = np.abs(rest)
        going: Bools = np.asarray((size > 4 * FLOAT_ERROR) & (size < best[left] / 2), np.bool_)
        count = np.count_nonzero(going)
        if not count or step == STEPS - 1:
            break
        best[left] = size
        newton = rest / rises
        moved = here + newton / np.maximum(1 + newton * bends / (2 * rises), 0.5)
        f[left] = np.maximum(moved, LEAST)
        if count < len(here) / 4:
            left = np.flatnonzero(going) if isinstance(left, slice) else left[going]
    return f, level
