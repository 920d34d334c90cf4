"""Signs and roundings decided exactly: floats with a bound, longer ones for what is left, then integers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, getcontext, localcontext
from fractions import Fraction
from functools import cache
from math import gcd, lcm
from typing import Any

import numpy as np
import numpy.typing as npt

from repayplan.basics.money import MAX_TOTAL
from repayplan.basics.outcome import Ints, any_of
from repayplan.kernel.accrue import Numbers
from repayplan.kernel.discount import Flows, Real

FLOATS: tuple[Real, ...] = (np.float64, np.longdouble)
if np.finfo(np.longdouble).eps >= np.finfo(np.float64).eps:  # no longer floats on this platform
    FLOATS = (np.float64,)


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


def sign_at(flows: Flows, i: int, rate: Fraction) -> int:
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


def shared_by(column: npt.NDArray[np.integer[Any]], number: int) -> int:
    """The largest divisor of a number (0: of nothing else) that all numbers of a column are multiples of.

    Examples
    --------
    >>> shared_by(np.array([30, 60, 15]), 360), shared_by(np.array([30, 31]), 365)
    (15, 1)
    """
    # All share what the first few do, more often than not: a division is cheaper than a divisor.
    few = gcd(int(np.gcd.reduce(column.ravel()[:64], initial=0)), number)
    if few == 1:
        return 1
    if 0 < few < 1 << 8 * column.itemsize - 1 and not any_of(column % few):
        return few
    return gcd(int(np.gcd.reduce(np.unique(column), initial=0)), number)
