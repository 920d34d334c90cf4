"""The rate at which a level instalment comes to a given amount: in floats, with how far it can be off."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from repayplan.basics.outcome import Bools, Ints
from repayplan.basics.rounding import Mode
from repayplan.kernel.accrue import Floats
from repayplan.kernel.solve import FLOAT_ERROR
from repayplan.kernel.uneven import annuity
from repayplan.kernel.work import Work

NEAR = 16_384
"""Loans whose rates are looked for together: what they need stays in the cache."""
STEPS = 12
"""Rates tried at most; one that isn't found by then is no rate."""
LEAST = 1e-13
"""No factor of a period is taken to be below this, so that nothing divides by 0."""
LAST_STEP = 2.0**-18
"""So near to the target, in logarithms, one step more is as good as floats are, by what is known of it, and a
twelfth of the cube (:func:`_short`) is less than a quarter of what floats may be off by."""
Found = tuple[Floats, Floats]
"""Rates, and how far each can be off (NaN: not known)."""


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
    ``x``: ``d ln A / d x`` is the mean of the sums ``T_k`` of ``u_i / (1 + x u_i)``, weighted by ``P_k``. By
    that, what is left to the target tells how far off the rate can be.
    """
    low, high = np.empty(len(target)), np.empty(len(target))
    for start in range(0, len(target), NEAR):
        some = slice(start, start + NEAR)
        part = work.take(some)
        with np.errstate(all="ignore"):
            rate, off = (_alike if work.later is None else _unlike)(part, target[some])
            np.subtract(rate, off, out=low[some])
            np.add(rate, off, out=high[some])
    return Between(low, high)


def _guess(balance: Floats, count: Floats | Ints, target: Floats) -> Floats:
    """A factor near that of equal periods: from the first terms of its series, at most the interest only."""
    share = target / balance
    more, half = count * share - 1, (count + 1) / 2
    root = (half - 1) * more  # half**2 + (count**2 - 1) / 3 * more: count**2 - 1 is 4 half (half - 1)
    root *= 4 / 3
    root += half
    root *= half
    np.sqrt(root, root)
    root += half
    more /= root
    more *= 2
    return np.maximum(np.minimum(more, share, out=more), LEAST, out=more)


def _level(balance: Floats, count: Floats | Ints, f: Floats, f0: Floats) -> Curve:
    """The instalment at a factor ``f``, the first period's being ``f0``."""
    worth = np.log1p(f)
    worth *= count
    np.expm1(np.negative(worth, worth), worth)
    each, later = -1 / worth, 1 / (1 + f)
    amount, inverse, time = balance * f, 1 / f, count * later
    amount *= each
    share = time * each
    lost = share - time
    rises = inverse - lost
    share += later
    lost *= share
    inverse *= inverse
    bends = lost
    bends -= inverse
    if f0 is not f:
        own = f0 / (f * (1 + f0))
        amount *= (1 + f0) * later
        rises += own - later
        bends += later * later - own * own
    return Curve(amount, rises, bends)


def _alike(work: Work, target: Floats) -> Found:
    """Rates where periods after the first are alike.

    The last rate is a step ``h`` from one whose instalment is known, with how it rises and bends there. What
    these don't tell of the instalment after the step is at most ``h**3 / 6`` times the third derivative: by
    ``S_k`` and ``C_k``, sums as ``T_k`` of squares and cubes, that is ``E(2 C) + 3 Cov(S, T)``, and the third
    central moment of ``T``; so with the last ``T``, ``t``, at most ``6 t**2 E(T)``. And ``d ln A / d x``
    changes by a factor of ``exp(2 t h)`` at most.
    """
    balance, count = work.opening.astype(np.float64), work.term.astype(np.float64)
    unit = np.asarray(work.regular / work.den, np.float64)
    ratio = None if work.first is work.regular else work.first / work.regular

    def at(f: Floats, some: Ints | slice) -> Curve:
        f0 = f if ratio is None else f * ratio[some]
        return _level(balance[some], count[some], f, f0)

    f, curve, rest = _newton(_guess(balance, count, target), at, target, LAST_STEP)
    step, half = _step(rest, curve)
    size, close = np.abs(step), np.abs(rest) < LAST_STEP
    longest = count if ratio is None else count + ratio
    # Twice as far as it can be: up to the rate it rises a little less than where it is known.
    half *= step
    half += curve.rises
    half *= step
    rest -= half
    off = np.abs(rest, rest)
    off += FLOAT_ERROR * (1 + 3 / 8)
    off /= curve.rises
    bent = longest * step
    bent *= bent
    bent *= size
    off += bent
    off *= 2
    f0 = f if ratio is None else f * ratio
    # Floats tell nearly how it rises where a factor isn't tiny; of the step only their last digits are wrong.
    sound = close & (longest * (size + off) < 1 / 8) & (size < f / 8) & (f0 > 2.0**-36)
    rate = f + step
    rate /= unit
    off /= unit
    off += rate * 2.0**-50
    off[(~sound).nonzero()[0]] = np.nan
    return rate, off


def _unlike(work: Work, target: Floats) -> Found:
    """Rates over a table of periods.

    The instalment is nearly that of as many periods of their mean: the logarithm of what is between them is
    small, and nearly a straight line in the rate, which two rates tell.

    ``d ln A / d x`` is at least ``T_1``. It is also at least ``P_n / W`` times the sum of ``T_k``, where
    ``W`` is at most ``n``, and ``P_n`` at least ``1 - x u B / A`` for the longest of the periods, ``u``.
    """
    balance, count, rate_unit = work.opening.astype(np.float64), work.term, 1 / work.den
    table = np.asarray(work.later)
    ends = np.cumsum(np.vstack((np.zeros_like(table[:1]), table)).astype(np.float64), axis=0)
    last = (count - 1, work.calendar)
    mean = np.asarray((work.first + ends[last]) / count / work.den, np.float64)
    before, apart_then = np.full((2, len(target)), np.nan)

    def even(f: Floats, some: Ints | slice) -> Curve:
        return _level(balance[some], count[some], f, f)

    def at(f: Floats, some: Ints | slice) -> Curve:
        by = annuity(f / mean[some] * rate_unit, work.first[some], table, work.calendar[some], count[some])
        near, level = even(f, some), balance[some] / by.worth
        apart = np.log(level / near.level)
        tilt = (apart - apart_then[some]) / (f - before[some])
        before[some], apart_then[some] = f, apart
        small = np.abs(tilt) < near.rises / 2  # False at the first rate, and where it hasn't moved
        return Curve(level, near.rises + np.where(small, tilt, 0), near.bends)

    f, *_ = _newton(_guess(balance, count, target), even, target, 4 * FLOAT_ERROR)
    f, curve, _ = _newton(f, at, target, 4 * FLOAT_ERROR)
    rate, level = f / mean, curve.level
    error = level * FLOAT_ERROR * (1 + count / 8)
    wait = (work.first + np.cumsum(ends, axis=0)[last] / count) / work.den
    first, longest = work.first / work.den, work.largest_units() / work.den
    left = 1 - rate * longest * (balance / level) * (1 + 1 / 8)
    rises = np.maximum(first / (1 + rate * first), left * wait / (1 + rate * longest))
    # Twice as far as it can be: the rate itself, at most a sixteenth off, rises a little less than this.
    off = 2 * (np.abs(level - target) + error) / (target * rises) + rate * 2.0**-50
    sound = (off < rate / 16 + 1e-6) & np.isfinite(rate) & (first > 0) & (target > 0)
    return rate, np.where(sound, off, np.nan)


def _step(rest: Floats, curve: Curve) -> Found:
    """The step that brings the instalment to the target, as it rises and bends; and half of how it bends."""
    half, newton = curve.bends / 2, rest / curve.rises
    return newton / np.maximum(1 + newton * half / curve.rises, 0.5), half


def _short(target: Floats, level: Floats) -> Floats:
    """The logarithm of ``target / level``, but for a twelfth of its cube where these are near each other."""
    gap = target - level
    gap /= target + level
    gap *= 2
    return gap


def _newton(
    f: Floats, at: Callable[[Floats, Ints | slice], Curve], target: Floats, near: float
) -> tuple[Floats, Curve, Floats]:
    """Steps until the instalment is so near to the target, or no step brings it nearer.

    Returns
    -------
    The factors (written over), what is known there, and what is left to the target (:func:`_short`).
    """
    left: Ints | slice = slice(None)
    curve = at(f, left)
    rest, best = _short(target, curve.level), np.full(len(f), np.inf)
    for _ in range(STEPS - 1):
        size = np.abs(rest[left])
        going: Bools = np.asarray((size > near) & (size < best[left] / 2), np.bool_)
        count = np.count_nonzero(going)
        if not count:
            break
        best[left] = size
        if count < len(size) / 4:
            left = np.flatnonzero(going) if isinstance(left, slice) else left[going]
        step, _ = _step(rest[left], Curve(*(column[left] for column in curve)))
        step += f[left]
        f[left] = np.maximum(step, LEAST, out=step)
        found = at(f[left], left)
        if isinstance(left, slice):
            curve = found
        else:
            for column, part in zip(curve, found, strict=True):
                column[left] = part
        rest[left] = _short(target[left], curve.level[left])
    return f, curve, rest
