"""What flows are worth at a rate, and the rate at which they are worth nothing, decided exactly.

It is computed in floats with a bound on their error; the few rows that the bound can't decide, in longer
floats and then in whole numbers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, getcontext, localcontext
from fractions import Fraction
from functools import cache
from math import gcd, lcm
from typing import Any

import numpy as np
import numpy.typing as npt

from repayplan.basics.columns import RATE_DECIMALS
from repayplan.basics.money import MAX_TOTAL
from repayplan.basics.outcome import Bools, Ints
from repayplan.kernel.accrue import Floats, Numbers

LOWEST, HIGHEST = Fraction(-9999, 10_000), Fraction(10_000)
"""Rates are looked for from -99.99 % to 1,000,000 %."""
CHUNK = 65_536
"""Rows worked on at once: their columns stay in the cache."""
Real = type[np.floating[Any]]
FLOATS: tuple[Real, ...] = (np.float64, np.longdouble)
if np.finfo(np.longdouble).eps >= np.finfo(np.float64).eps:  # no longer floats on this platform
    FLOATS = (np.float64,)
NO_RATE, SEVERAL, BEYOND, NEGATIVE, NOTHING = 1, 2, 3, 4, 5
"""What may be wrong with a loan's flows (0: nothing)."""


def ragged_rows(offsets: Ints, loans: Ints) -> tuple[Ints, Ints]:
    """Rows of some of the loans (one may be there twice), and their offsets."""
    count = (offsets[1:] - offsets[:-1])[loans]
    ends = np.concatenate(([0], np.cumsum(count)))
    return np.repeat(offsets[:-1][loans] - ends[:-1], count) + np.arange(ends[-1]), ends


# Flows in time


@dataclass(frozen=True, slots=True)
class Flows:
    """Flows of some loans by rising time ``key / unit``, none of them zero unless a loan has no other.

    ``odd_simple``: whole units compound, the fraction of one bears simple interest (appendix J).
    """

    amount: Ints
    key: Ints
    offsets: Ints
    unit: Ints
    odd_simple: bool = False

    def __len__(self) -> int:
        return len(self.unit)

    def take(self, loans: Ints) -> Flows:
        """The flows of some of the loans."""
        index, offsets = ragged_rows(self.offsets, loans)
        return replace(
            self, amount=self.amount[index], key=self.key[index], offsets=offsets, unit=self.unit[loans]
        )

    def terms(self, dtype: npt.DTypeLike = np.float64) -> _Terms:
        """The same as floats."""
        unit = np.repeat(self.unit, np.diff(self.offsets))
        amount, odd = self.amount.astype(dtype), None
        if self.odd_simple:
            whole, rest = np.divmod(self.key, unit)
            time, odd = whole.astype(dtype), rest.astype(dtype) / unit.astype(dtype)
        else:
            time = self.key.astype(dtype) / unit.astype(dtype)
        return _Terms(amount, time, odd, self.offsets, time[self.offsets[1:] - 1])

    def one(self, i: int) -> tuple[list[int], list[int], int]:
        """Amounts, keys and unit of one loan."""
        rows = slice(int(self.offsets[i]), int(self.offsets[i + 1]))
        return self.amount[rows].tolist(), self.key[rows].tolist(), int(self.unit[i])


def tidy_flows(amount: Ints, key: Ints, offsets: Ints) -> tuple[Ints, Ints, Ints]:
    """Amounts by rising key, those of one key added up, zeros dropped (but one, where there is no other)."""
    rises = np.ones(len(key), np.bool_)
    rises[1:] = key[1:] > key[:-1]
    rises[offsets[:-1]] = True
    if not rises.all():
        loan = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
        order = np.lexsort((key, loan))
        amount, key = amount[order], key[order]
        new = np.ones(len(key), np.bool_)
        new[1:] = key[1:] > key[:-1]
        new[offsets[:-1]] = True
        begin = np.flatnonzero(new)
        amount, key = np.add.reduceat(amount, begin), key[begin]
        offsets = np.searchsorted(begin, offsets)
    keep = amount != 0
    if not keep.all():
        keep[offsets[:-1]] |= np.add.reduceat(keep.astype(np.int64), offsets[:-1]) == 0
        offsets = np.concatenate(([0], np.cumsum(keep)))[offsets]
        amount, key = amount[keep], key[keep]
    return amount, key, offsets


@dataclass(frozen=True, slots=True)
class _Terms:
    """The same in floats; ``latest`` is the time of each loan's last flow."""

    amount: Numbers
    time: Numbers
    odd: Numbers | None
    offsets: Ints
    latest: Numbers

    def each(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """A value a loan as one a row."""
        return np.repeat(values, self.offsets[1:] - self.offsets[:-1])

    def sums(self, rows: Numbers) -> Numbers:
        """Rows summed by loan."""
        out: Numbers = np.add.reduceat(rows, self.offsets[:-1])
        return out

    def take(self, loans: Ints) -> _Terms:
        index, offsets = ragged_rows(self.offsets, loans)
        odd = None if self.odd is None else self.odd[index]
        return _Terms(self.amount[index], self.time[index], odd, offsets, self.latest[loans])

    def discounted(self, growth: Numbers, *, lifted: bool = True) -> tuple[Numbers, Numbers]:
        """Each flow's worth at ``growth`` = 1 + rate, and the time it was discounted over.

        ``lifted``: loans whose rate is negative are valued at their last flow instead of time 0. That
        changes no sign and no root, and nothing can overflow.
        """
        force, time = np.log(growth), self.time
        if lifted and (force < 0).any():
            time = time - self.each(np.where(force < 0, self.latest, 0))
        worth = np.exp(time * self.each(-force))
        worth *= self.amount
        if self.odd is not None:
            worth /= 1 + self.odd * self.each(growth - 1)
        return worth, time

    def value(self, growth: Numbers, *, lifted: bool = True) -> tuple[Numbers, Numbers, Numbers]:
        """Sum of the flows' worth, a bound on its error, and the sum of their sizes."""
        worth, _ = self.discounted(growth, lifted=lifted)
        size = self.sums(np.abs(worth))
        return self.sums(worth), size * self.slack(growth), size

    def slack(self, growth: Numbers) -> Numbers:
        """What the error is at most, as a part of the sum of sizes.

        With u the unit roundoff, k = 1 + |i| / (1 + i) and a term ``c exp(-t log(1 + i))``: growth is off by
        6 k u (its rate comes of five roundings), hence the term by 6 k t u; the logarithm, the quotient that
        t is and the product by 10 t |log(1 + i)| u; exp, c and the products by 12 u, and the odd part by
        (10 k + 2) u; the sum of n terms by n u. An elementary function is taken to be within 4 units in the
        last place, as the vector libraries say. The constants below are larger.
        """
        unit = np.finfo(growth.dtype).eps / 2
        strain = 1 + np.abs(growth - 1) / growth
        count = self.offsets[1:] - self.offsets[:-1]
        bound = 32 + count + strain * (16 + 8 * self.latest) + 16 * self.latest * np.abs(np.log(growth))
        return np.asarray(bound * unit)

    def slope(self, growth: Numbers) -> tuple[Numbers, Numbers]:
        """Value, and its derivative by ``log(growth)``."""
        worth, time = self.discounted(growth)
        value = self.sums(worth)
        if self.odd is not None:
            time = time + self.odd * self.each(growth) / (1 + self.odd * self.each(growth - 1))
        worth *= time
        return value, -self.sums(worth)


# Decisions in whole numbers


def _primes(n: int) -> Iterable[int]:
    p = 2
    while n > 1:
        if n % p == 0:
            yield p
            while n % p == 0:
                n //= p
        p += 1


def _root(x: Fraction, p: int) -> Fraction | None:
    """The p-th root, where it is rational."""
    found = []
    for n in (x.numerator, x.denominator):
        low, high = 0, 1 << (n.bit_length() // p + 1)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if middle**p <= n else (low, middle)
        if low**p != n:
            return None
        found.append(low)
    return Fraction(found[0], found[1])


def _shown(amounts: Iterable[int | Fraction], keys: Iterable[int], force: Decimal) -> int:
    """Sign of the sum of ``amounts * exp(-force * keys)``, or 0 where the context's digits don't show it.

    Exponents are below 40,000 (of 3,660 periods at 1,000,000 %), so each term is right to within less than a
    million units of its last digit.
    """
    terms = [
        Decimal(a.numerator) / Decimal(a.denominator) * (-force * key).exp()
        for a, key in zip(amounts, keys, strict=True)
    ]
    total, size = sum(terms, Decimal(0)), sum((abs(term) for term in terms), Decimal(0))
    if abs(total) <= size.scaleb(8 - getcontext().prec):
        return 0
    return 1 if total > 0 else -1


def exact_sign(amounts: Sequence[int | Fraction], keys: Sequence[int], unit: int, growth: Fraction) -> int:
    """Sign of the sum of ``amounts * growth**(-keys / unit)``, exactly.

    Terms whose exponents differ by whole numbers add up to a rational. Once no prime p of the denominator
    ``unit`` is left of which growth is a p-th power, ``x**unit - growth`` is irreducible (Lang, Algebra,
    VI.9.1), so the powers ``growth**(-r / unit)``, r < unit, are linearly independent over the rationals:
    the sum is zero only if all of those rationals are, and else enough digits show its sign.
    """

    def by_digits(amounts: Sequence[int | Fraction], keys: Sequence[int], digits: int) -> int:
        with localcontext(Context(prec=digits, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[])):
            force = (Decimal(growth.numerator) / Decimal(growth.denominator)).ln() / unit
            return _shown(amounts, keys, force)

    common = gcd(unit, *keys)
    unit, keys = unit // common, [key // common for key in keys]
    if (unit > 1 or max(keys) - min(keys) > 400) and (sign := by_digits(amounts, keys, 50)):
        return sign
    for p in _primes(unit):
        while unit % p == 0 and (root := _root(growth, p)) is not None:
            growth, unit = root, unit // p
    wholes = [key // unit for key in keys]
    low, high = min(wholes), max(wholes)
    scale = lcm(*(a.denominator for a in amounts))
    parts: defaultdict[int, int] = defaultdict(int)
    for amount, key, whole in zip(amounts, keys, wholes, strict=True):
        size = amount.numerator * (scale // amount.denominator)
        parts[key % unit] += size * growth.denominator ** (whole - low) * growth.numerator ** (high - whole)
    left = {rest: part for rest, part in parts.items() if part}
    if len(left) < 2:
        only = sum(left.values())
        return (only > 0) - (only < 0)
    digits = 50
    while not (sign := by_digits(list(left.values()), list(left), digits)):
        digits *= 2
    return sign


def _sign_at(flows: Flows, i: int, rate: Fraction) -> int:
    """Sign of the value of loan ``i`` at a rate a unit."""
    amounts, keys, unit = flows.one(i)
    if not flows.odd_simple:
        return exact_sign(amounts, keys, unit, 1 + rate)
    odd = [1 + rate * Fraction(key % unit, unit) for key in keys]
    return exact_sign(
        [a / f for a, f in zip(amounts, odd, strict=True)], [k // unit for k in keys], 1, 1 + rate
    )


def nearest_unit(above: Callable[[Fraction], int], guess: int, *, half_up: bool = False) -> int:
    """The whole number nearest to x, ties to even (or up); ``above(b)`` is the sign of x - b."""

    @cache
    def beyond(k: int) -> int:
        return above(k + Fraction(1, 2))

    low, high, step = guess - 1, guess, 1  # sought: x beyond low and not beyond high
    while beyond(low) <= 0:
        low, high, step = low - step, low, 2 * step
    while beyond(high) > 0:
        low, high, step = high, high + step, 2 * step
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if beyond(middle) > 0 else (low, middle)
    return high + (beyond(high) == 0 and (half_up or high % 2 == 1))


def settled_exactly(
    size: int,
    estimate: Callable[[Ints, Real], tuple[Numbers, Numbers]],
    exact: Callable[[int, int], int],
) -> Ints:
    """Whole numbers nearest to what is estimated for some loans with an error bound, ties to even."""
    out, left = np.zeros(size, np.int64), np.arange(size)
    for dtype in FLOATS:
        with np.errstate(over="ignore", invalid="ignore"):
            value, error = estimate(left, dtype)
            base = np.floor(value)
            sure = np.abs(value - base - 0.5) > error  # False for what isn't a number
            sane = np.abs(value) < MAX_TOTAL
            up = sane & (value - base > 0.5)
        out[left] = np.where(sane, base, 0).astype(np.int64) + up
        left = left[~(sure & sane)]
        if not len(left):
            break
    for i in left.tolist():  # a few in a million, or ties
        out[i] = exact(i, int(out[i]))
    return out


# The rate


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
    nothing else is a root is needed: see `_alone` and `_roots`.
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
            single = _alone(some, under, over, down[sure], up[sure])
            fault[sure[~single]] = SEVERAL
        if len(unsure):
            fault[unsure] = np.where(changes[unsure] > 1, SEVERAL, 0)
            _decide(flows, scale, unsure, out, fault, down, half_up=half_up)
    # What wasn't proven to have one root: none, one after all, or several.
    fault[many[up[many] * down[many] >= 0]] = SEVERAL
    doubtful = np.flatnonzero(fault == SEVERAL)
    if len(doubtful):
        roots = _roots(terms.take(doubtful), low[doubtful], high[doubtful])
        odd = up[doubtful] * down[doubtful] < 0
        fault[doubtful] = np.where((roots == 1) & odd, 0, np.where(roots == 0, NO_RATE, SEVERAL))
    return np.where(fault == 0, out * 10 ** (RATE_DECIMALS - scale.places), 0), fault


def _end_signs(flows: Flows, scale: Scale, rows: Ints, terms: _Terms, growth: Floats, end: Fraction) -> Ints:
    """Signs of the value at one end of the domain."""
    worth, error, _ = terms.value(growth)
    out = np.where(np.abs(worth) > error, np.sign(worth), 0).astype(np.int64)
    for i in np.flatnonzero(out == 0).tolist():
        out[i] = _sign_at(flows, int(rows[i]), scale.rate(int(rows[i]), end))
    return out


def _newton(terms: _Terms, low: Floats, high: Floats, down: Ints) -> Floats:
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


def _bracketed(
    flows: Flows, terms: _Terms, scale: Scale, live: Ints, out: Ints, down: Ints, up: Ints
) -> Ints:
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
            return _sign_at(flows, i, scale.rate(i, annual)) * int(down[i])

        def within(steps: Fraction, above: Callable[[Fraction], int] = above) -> int:
            annual = steps / 10**scale.places
            return above(annual) if LOWEST <= annual <= HIGHEST else 1 if annual < LOWEST else -1

        if not sure and (above(LOWEST) < 0 or above(HIGHEST) > 0):
            fault[i] = NO_RATE
        else:
            out[i] = nearest_unit(within, int(out[i]), half_up=half_up)


def _running(rows: Numbers, offsets: Ints) -> Numbers:
    """Sums of each loan's rows so far, by doubling strides."""
    place = np.arange(len(rows)) - np.repeat(offsets[:-1], np.diff(offsets))
    out, stride, most = rows.copy(), 1, int(place.max(initial=0))
    while stride <= most:
        out[stride:] += np.where(place[stride:] >= stride, out[:-stride], 0)
        stride *= 2
    return out


def _alone(terms: _Terms, under: Floats, over: Floats, down: Ints, up: Ints) -> Bools:
    """Whether no root lies outside the bracket: True is a proof, False says nothing.

    At a rate above ``over`` each flow is worth its worth there times a factor that falls with time. So
    (summation by parts) if all sums of the first flows' worth at ``over`` have one sign, the value has it
    at every higher rate; likewise with the sums of the last flows, at every rate below ``under``.
    """
    worth, _ = terms.discounted(over)
    margin = terms.sums(np.abs(worth)) * terms.slack(over)
    good = _running(worth, terms.offsets) * terms.each(up) > terms.each(margin)
    worth, _ = terms.discounted(under)
    margin = terms.sums(np.abs(worth)) * terms.slack(under)
    turned = terms.offsets[-1] - terms.offsets[::-1]
    good &= _running(worth[::-1], turned)[::-1] * terms.each(down) > terms.each(margin)
    out: Bools = np.logical_and.reduceat(good, terms.offsets[:-1])
    return out


def _roots(terms: _Terms, low: Floats, high: Floats) -> Ints:
    """How many roots each loan has between two growths; 2 also where it can't be told.

    Pieces of the interval are halved until on each the value, or its slope, is proven to keep its sign: each
    flow's worth lies between those at the ends, so sums of these bound both.
    """
    count = np.zeros(len(low), np.int64)
    step = max(1, CHUNK // (4 * int(np.diff(terms.offsets).max())))
    for start in range(0, len(low), step):
        mine = np.arange(start, min(start + step, len(low)))
        count[mine] = _roots_of(terms.take(mine), np.log(low[mine]), np.log(high[mine]))
    return count


def _roots_of(whole: _Terms, a: Floats, b: Floats) -> Ints:
    count, loan = np.zeros(len(a), np.int64), np.arange(len(a))
    log_size, side = np.log(np.maximum(np.abs(whole.amount), 1)), np.sign(whole.amount)
    while len(loan):
        index, offsets = ragged_rows(whole.offsets, loan)
        terms = _Terms(whole.amount[index], whole.time[index], None, offsets, whole.latest[loan])
        sign, odd = side[index], 0 if whole.odd is None else whole.odd[index]
        middle = terms.each((a + b) / 2)
        # Scaled by the largest term at the middle, and seen from the time about which the terms lie.
        size = log_size[index] - middle * terms.time
        size -= terms.each(np.maximum.reduceat(size, offsets[:-1]))
        weight = np.exp(size)
        away = terms.time - terms.each(terms.sums(weight * terms.time) / terms.sums(weight))
        with np.errstate(over="ignore", invalid="ignore"):
            at_a = np.exp(size + away * (middle - terms.each(a)))
            at_b = np.exp(size + away * (middle - terms.each(b)))
            grown_a, grown_b = terms.each(np.exp(a)), terms.each(np.exp(b))
            odd_a, odd_b = 1 / (1 + odd * (grown_a - 1)), 1 / (1 + odd * (grown_b - 1))
            least, most = np.minimum(at_a, at_b) * odd_b, np.maximum(at_a, at_b) * odd_a
            near, far = away + odd * grown_a * odd_a, away + odd * grown_b * odd_b
            fall, rise = np.minimum(least * near, most * near), np.maximum(least * far, most * far)
            slack = terms.slack(np.exp(a)) + terms.slack(np.exp(b))
            error = terms.sums(most) * slack
            steep = terms.sums(np.maximum(np.abs(fall), np.abs(rise))) * slack

            def bounds(small: Numbers, large: Numbers, sign: Numbers = sign, terms: _Terms = terms) -> Any:
                return (
                    terms.sums(np.where(sign > 0, small, -large)),
                    terms.sums(np.where(sign > 0, large, -small)),
                )

            lower, upper = bounds(least, most)
            clear = (lower > error) | (upper < -error)
            lower, upper = bounds(fall, rise)
            monotone = (lower > steep) | (upper < -steep)
            left, right = terms.sums(sign * at_a * odd_a), terms.sums(sign * at_b * odd_b)
            told = monotone & (np.abs(left) > error) & (np.abs(right) > error)
        np.add.at(count, loan[~clear & told & (left * right < 0)], 1)
        split = ~clear & ~told
        # Both ends within the error of zero: roots that lie together. And enough is enough.
        lost = split & (((np.abs(left) <= error) & (np.abs(right) <= error)) | (b - a < 1e-11))
        lost |= len(index) > 64 * CHUNK
        count[loan[lost]] = 2
        split &= count[loan] < 2
        # Not in the middle: rates that people write (0 above all) aren't to become ends.
        cut = a[split] + 0.4876 * (b[split] - a[split])
        loan = np.concatenate((loan[split], loan[split]))
        a, b = np.concatenate((a[split], cut)), np.concatenate((cut, b[split]))
    return np.minimum(count, 2)
