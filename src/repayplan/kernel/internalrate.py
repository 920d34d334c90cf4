"""The rate at which flows are worth nothing, if there is one only, correctly rounded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from repayplan.basics.columns import RATE_DECIMALS
from repayplan.basics.outcome import Ints
from repayplan.kernel.accrue import Floats, Numbers
from repayplan.kernel.discount import HIGHEST, LOWEST, NO_RATE, SEVERAL, Flows, Real, Terms
from repayplan.kernel.exact import FLOATS, nearest_unit, sign_at
from repayplan.kernel.roots import alone, count_roots


@dataclass(frozen=True, slots=True)
class Scale:
    """A rate found is ``periods`` times the rate of a unit, in steps of ``10**-places``."""

    num: Ints
    den: Ints
    places: int

    def take(self, loans: Ints) -> Scale:
        """The scale of some of the loans."""
        return replace(self, num=self.num[loans], den=self.den[loans])

    def growth(self, halves: Ints, dtype: Real = np.float64) -> Numbers:
        """1 + the rate of a unit, at so many half steps; none beyond the domain."""
        low, high = (dtype(end.numerator) / dtype(end.denominator) for end in (LOWEST, HIGHEST))
        annual = np.clip(halves.astype(dtype) / dtype(2 * 10**self.places), low, high)
        return np.asarray(1 + annual * self.den.astype(dtype) / self.num.astype(dtype))

    def edge(self, annual: Fraction) -> Floats:
        """1 + the rate of a unit, at an end of the domain."""
        return np.asarray(1 + float(annual) * self.den / self.num)

    def rate(self, i: int, annual: Fraction) -> Fraction:
        """The rate of a unit, exactly."""
        return annual * Fraction(int(self.den[i]), int(self.num[i]))

    @property
    def ends(self) -> tuple[int, int]:
        """Steps nearest to the ends of the domain."""
        return round(LOWEST * 10**self.places), round(HIGHEST * 10**self.places)

    def steps(self, force: Floats) -> Ints:
        """The step nearest to a rate, given as the logarithm of a unit's growth."""
        annual = np.expm1(force) * self.num / self.den
        return np.asarray(np.clip(np.rint(annual * 10**self.places), *self.ends).astype(np.int64))


def find_rates(flows: Flows, scale: Scale, *, half_up: bool = False) -> tuple[Ints, Ints]:
    """Rates in 1e-10 at which each loan's flows are worth nothing, and faults.

    With one change of sign in the order of time there is one root (Descartes); a bracket about it whose
    ends have the two signs proves it. With several, the ends of the domain must differ, and a proof that
    nothing else is a root is needed: see `alone` and `count_roots`.
    """
    n, begin = len(flows), flows.offsets[:-1]
    sign = np.sign(flows.amount)
    turns = np.zeros(len(sign), np.int64)
    turns[1:] = sign[1:] != sign[:-1]
    turns[begin] = 0
    changes = np.add.reduceat(turns, begin)
    up, down = sign[begin].copy(), sign[flows.offsets[1:] - 1].copy()  # signs above and below the root
    terms, low, high = flows.terms(), scale.edge(LOWEST), scale.edge(HIGHEST)
    many = np.flatnonzero(changes > 1)
    if len(many):
        some = terms.take(many)
        down[many] = _end_signs(flows, scale, many, some, low[many], LOWEST)
        up[many] = _end_signs(flows, scale, many, some, high[many], HIGHEST)
    out, fault = np.zeros(n, np.int64), np.zeros(n, np.int64)
    live = np.flatnonzero((changes > 0) & (up * down < 0))
    fault[changes == 0] = NO_RATE
    if len(live):
        part = terms if len(live) == n else terms.take(live)
        found = _newton(part, low[live], high[live], down[live])
        out[live] = scale.take(live).steps(found)
        unsure = _bracketed(flows, part, scale, live, out, down, up)
        sure = live[(changes[live] > 1) & ~np.isin(live, unsure)]
        if len(sure):
            some, inner = terms.take(sure), scale.take(sure)
            under, over = inner.growth(2 * out[sure] - 1), inner.growth(2 * out[sure] + 1)
            single = alone(some, under, over, down[sure], up[sure])
            fault[sure[~single]] = SEVERAL
        if len(unsure):
            fault[unsure] = np.where(changes[unsure] > 1, SEVERAL, 0)
            _decide(flows, scale, unsure, out, fault, down, half_up=half_up)
    # What wasn't proven to have one root: none, one after all, or several.
    fault[many[up[many] * down[many] >= 0]] = SEVERAL
    doubtful = np.flatnonzero(fault == SEVERAL)
    if len(doubtful):
        roots = count_roots(terms.take(doubtful), low[doubtful], high[doubtful])
        odd = up[doubtful] * down[doubtful] < 0
        fault[doubtful] = np.where((roots == 1) & odd, 0, np.where(roots == 0, NO_RATE, SEVERAL))
    return np.where(fault == 0, out * 10 ** (RATE_DECIMALS - scale.places), 0), fault


def _end_signs(flows: Flows, scale: Scale, rows: Ints, terms: Terms, growth: Floats, end: Fraction) -> Ints:
    """Signs of the value at one end of the domain."""
    worth, error, _ = terms.value(growth)
    out = np.where(np.abs(worth) > error, np.sign(worth), 0).astype(np.int64)
    for i in np.flatnonzero(out == 0).tolist():
        out[i] = sign_at(flows, int(rows[i]), scale.rate(int(rows[i]), end))
    return out


def _newton(terms: Terms, low: Floats, high: Floats, down: Ints) -> Floats:
    """Logarithm of the growth at which the value changes sign: Newton's steps, halving where they leave."""
    time = terms.time if terms.odd is None else terms.time + terms.odd
    below, above = np.log(low), np.log(high)
    size, net = terms.sums(np.abs(terms.amount)), terms.sums(terms.amount)
    size_time, net_time = terms.sums(np.abs(terms.amount) * time), terms.sums(terms.amount * time)
    with np.errstate(divide="ignore", invalid="ignore"):
        # Newton's first step, from rate 0, for the logarithm of positive over negative flows.
        plus, minus = size + net, size - net
        start = np.log(plus / minus) / ((size_time + net_time) / plus - (size_time - net_time) / minus)
    start = np.where((start > below) & (start < above), start, (below + above) / 2)
    out, live = start.copy(), np.arange(len(start))
    force = start
    for turn in range(200):
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            value, slope = terms.slope(np.exp(force))
            under = value * down[live] > 0
            below, above = np.where(under, force, below), np.where(under, above, force)
            new = force - value / slope
            # Far from the root Newton's steps may creep: later on, every other one is a halving.
            good = (new >= below) & (new <= above) & (turn < 12 or turn % 2 == 0)
            new = np.where(good, new, (below + above) / 2)
        # A Newton step of 1e-10 leaves an error of about its square.
        going = np.abs(new - force) > 1e-10
        force = new
        out[live] = force
        left = np.flatnonzero(going)
        if not len(left):
            break
        if 2 * len(left) < len(live):
            live, terms = live[left], terms.take(left)
            force, below, above = force[left], below[left], above[left]
    return out


def _bracketed(flows: Flows, terms: Terms, scale: Scale, live: Ints, out: Ints, down: Ints, up: Ints) -> Ints:
    """Moves steps whose bracket the root is beyond, and hands back the loans that floats can't decide."""
    left = live
    for dtype in (FLOATS[0], *FLOATS[1:], *FLOATS[1:]):
        part = terms if left is live else flows.take(left).terms(dtype)
        inner, k = scale.take(left), out[left]
        worth, error, _ = part.value(inner.growth(2 * k - 1, dtype))
        below, under = worth * down[left] > error, worth * down[left] < -error
        worth, error, _ = part.value(inner.growth(2 * k + 1, dtype))
        above, over = worth * up[left] > error, worth * up[left] < -error
        out[left] = np.clip(k + (over & below) - (under & above), *scale.ends)
        left = left[~(below & above)]
        if not len(left):
            break
    return left


def _decide(
    flows: Flows, scale: Scale, rows: Ints, out: Ints, fault: Ints, down: Ints, *, half_up: bool
) -> None:
    """Exact roundings of the rates that floats couldn't decide, or that the domain doesn't hold."""
    terms, inner = flows.take(rows).terms(), scale.take(rows)
    inside, outside = np.ones(len(rows), np.bool_), np.zeros(len(rows), np.bool_)
    for end, side in ((LOWEST, 1), (HIGHEST, -1)):
        worth, error, _ = terms.value(inner.edge(end))
        inside &= worth * down[rows] * side > error
        outside |= worth * down[rows] * side < -error
    fault[rows[outside]] = NO_RATE
    for i, sure in zip(rows[~outside].tolist(), inside[~outside].tolist(), strict=True):

        def above(annual: Fraction, i: int = i) -> int:
            return sign_at(flows, i, scale.rate(i, annual)) * int(down[i])

        def within(steps: Fraction, above: Callable[[Fraction], int] = above) -> int:
            annual = steps / 10**scale.places
            return above(annual) if LOWEST <= annual <= HIGHEST else 1 if annual < LOWEST else -1

        if not sure and (above(LOWEST) < 0 or above(HIGHEST) > 0):
            fault[i] = NO_RATE
        else:
            out[i] = nearest_unit(within, int(out[i]), half_up=half_up)
