"""The level instalment, correctly rounded: by error bound, with an exact redo where the bound can't tell.

``A = B * prod(1 + f_i) / (1 + sum of trailing products)`` over the factors of the periods it runs for;
with equal factors, ``A = B f / (1 - (1 + f)**-m)``. Computed in float64 first; rows too close to a
rounding boundary again in pairs of floats (106 bits); the few that even those can't tell, exactly.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from repayplan.basics.outcome import Bools, Ints, all_of, any_of
from repayplan.basics.pairs import Pair, add, divide, multiply, pair
from repayplan.basics.rounding import Mode
from repayplan.kernel.accrue import Floats, divide_product, settle

FLOAT_ERROR = 2.0**-47
PAIR_ERROR = 2.0**-98
GROWTH_ONE = 10**10
"""Growth of instalments is a whole multiple of one part of this."""
FEW_PERIODS = 2_048
"""Periods of all instalments that are worked out exactly in less time than the calls of pairs take."""
NEAR = 16_384
"""Loans that are discounted together: what they need stays in the cache."""


def nearest(value: Floats, error: Floats) -> tuple[Floats, Floats, Bools]:
    """The nearest whole numbers, what values are above them, and where an error of ``error`` changes nothing.

    Examples
    --------
    >>> whole, beside, sure = nearest(np.array([1.25, 2.5]), np.array([0.2, 0.2]))
    >>> whole[0], beside.tolist(), sure.tolist()
    (np.float64(1.0), [0.25, 0.5], [True, False])
    """
    whole = np.rint(value)
    beside = value - whole
    return whole, beside, np.abs(beside) < 0.5 - error


def decided(high: Floats, low: Floats | None, error: Floats, mode: Mode) -> tuple[Ints, Bools]:
    """Rounds ``high + low`` to a whole number where an error of ``error`` can't change the result."""
    with np.errstate(invalid="ignore"):  # what leaves int64 has an error above 1/2, and so is never sure
        if low is None and mode not in ("up", "down"):
            closest, _, sure = nearest(high, error)
            return closest.astype(np.int64), sure
        base = np.floor(high)
        part, whole = high - base, base.astype(np.int64)
    if low is not None:
        part += low
        carry = np.floor(part)
        part -= carry
        whole += carry.astype(np.int64)
    if mode in ("up", "down"):
        sure = (part > error) & (part < 1 - error)
        return whole + (mode == "up"), sure
    return whole + (part > 0.5), np.abs(part - 0.5) > error


def by_stages(
    estimate: Callable[[], tuple[Floats, Floats]],
    redo: Callable[[Ints], tuple[Pair, Floats]],
    exact: Callable[[int], tuple[int, int]],
    mode: Mode,
    multiple: int,
    count: Ints | None = None,
) -> Ints:
    """Float, then pairs for the undecided, then fractions for what is left.

    ``count``: periods of each, whose powers a fraction has; of a few undecided ones they cost less than the
    calls of pairs do.
    """
    value, error = estimate()
    if multiple != 1:
        value, error = value / multiple, error / multiple
    out, sure = decided(value, None, error, mode)
    unsure = (~sure).nonzero()[0]
    if len(unsure) and (count is None or int(count[unsure].sum()) > FEW_PERIODS):
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # what isn't finite isn't sure
            wide, error = redo(unsure)
            m = np.full(len(unsure), float(multiple))
            scaled = divide(wide, (m, np.zeros_like(m)))
            again, sure = decided(scaled[0], scaled[1], error / multiple, mode)
        out[unsure] = again
        unsure = unsure[~sure]
    for i in unsure:  # or closer to a boundary than 2**-40 or so: once in millions of rows
        numerator, denominator = exact(int(i))
        out[i] = _settle_exact(*divmod(numerator, denominator), denominator, mode, multiple)
    return out if multiple == 1 else out * multiple


def _settle_exact(quotient: int, rest: int, den: int, mode: Mode, multiple: int) -> int:
    """:func:`settle` for numbers of any size, in steps of ``multiple``."""
    steps, left = divmod(quotient, multiple)
    above = 2 * (left * den + rest) - multiple * den
    if mode == "up":
        return steps + (left > 0 or rest > 0)
    if mode == "down":
        return steps
    return steps + (above > 0 or (above == 0 and (mode == "half_up" or steps % 2 == 1)))


def share(balance: Ints, count: Ints, mode: Mode, multiple: int) -> Ints:
    """``balance / count`` rounded: the principal share of equal principal.

    Examples
    --------
    >>> share(np.array([100]), np.array([3]), "up", 1)
    array([34])
    """
    quotient, rest = np.divmod(balance, count)
    return settle(quotient, rest, count, mode, multiple)


def level_estimate(
    balance: Ints | Floats, first: Floats, regular: Floats, count: Ints, grown: Floats | None = None
) -> Floats:
    """The level instalment in floats, within a relative :data:`FLOAT_ERROR`.

    Parameters
    ----------
    balance
        int64, minor units.
    first, regular
        Factors of the first period and of every later one.
    count
        Number of instalments.
    grown
        ``(1 + regular)**count - 1``, where it is known.
    """
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        share = regular / (np.expm1(count * np.log1p(regular)) if grown is None else grown)
        share += regular
        free = regular <= 0
        if any_of(free):
            share = np.where(free, 1 / count, share)
        value = balance * share
    return np.asarray(value if first is regular else value * ((1 + first) / (1 + regular)), np.float64)


def level_regular(
    balance: Ints,
    first: Ints,
    regular: Ints,
    den: int,
    count: Ints,
    mode: Mode,
    multiple: int,
    grown: Floats | None = None,
) -> Ints:
    """The level instalment where all periods after the first have the same factor.

    Parameters
    ----------
    balance
        int64, minor units.
    first, regular
        Numerators of the factor of the first period and of every later one, over ``den``.
    count
        Number of instalments, at least 1.
    mode, multiple
        Rounding of the result.
    grown
        ``(1 + f)**count - 1`` in floats, where it is known.

    Returns
    -------
    int64 instalments, exactly the rounding of the true value.

    Examples
    --------
    1,000,000.00 at 4.9 % over 360 months is 5307.27 a month.

    >>> level_regular(np.array([10**8]), np.array([49]), np.array([49]), 12000, np.array([360]), "half_up", 1)
    array([530727])
    """
    out = np.empty(len(balance), np.int64)
    single, free = count == 1, (regular == 0) & (count > 1)
    if any_of(single):
        quotient, rest = divide_product(balance[single], first[single], den)
        out[single] = settle(quotient + balance[single], rest, den, mode, multiple)
    if any_of(free):
        quotient, rest = divide_product(balance[free], first[free], den)
        whole, left = np.divmod(balance[free] + quotient, count[free])
        # Of the fraction of a unit it only matters where it lies: at 0, at a half, or between.
        place = np.where(2 * rest == den, 2, np.where(2 * rest > den, 3, rest > 0))
        out[free] = settle(whole, 4 * left + place, 4 * count[free], mode, multiple)
    usual = (~(single | free)).nonzero()[0]
    if len(usual) == 0:
        return out
    b, f0, f, m = balance, first, regular, count
    if len(usual) < len(out):
        b, f0, f, m = (column[usual] for column in (b, f0, f, m))
        grown = None if grown is None else grown[usual]
    even = all_of(f0 == f)

    def estimate() -> tuple[Floats, Floats]:
        r = f / den
        value = level_estimate(b, r if even else f0 / den, r, m, grown)
        return value, value * FLOAT_ERROR

    def redo(rows: Ints) -> tuple[Pair, Floats]:
        d = pair(np.full(len(rows), den))
        r = divide(pair(f[rows]), d)
        one: Pair = (np.ones(len(rows)), np.zeros(len(rows)))
        base, power, left = add(one, r), one, m[rows].copy()
        while left.any():
            odd = left % 2 == 1
            grown = multiply(power, base)
            power = np.where(odd, grown[0], power[0]), np.where(odd, grown[1], power[1])
            left //= 2
            base = multiply(base, base) if left.any() else base
        gained = add(power, (-one[0], one[1]))
        value = divide(multiply(multiply(pair(b[rows]), r), power), gained)
        if not even:
            value = divide(multiply(value, add(one, divide(pair(f0[rows]), d))), add(one, r))
        # (1+f)**m - 1 loses what (1+f)**m has above it.
        loss = np.minimum(power[0] / np.maximum(gained[0], 2.0**-60), 2.0**60)
        error = value[0] * PAIR_ERROR * loss * (2 + np.log2(m[rows]) * m[rows])
        return value, error + 2.0**-40

    def exact(i: int) -> tuple[int, int]:
        owed, r0, r, k = int(b[i]), int(f0[i]), int(f[i]), int(m[i])
        before = (den + r) ** (k - 1)
        gained = before * (den + r) - den**k
        return owed * r * before * (den + r0), den * gained

    out[usual] = by_stages(estimate, redo, exact, mode, multiple, m)
    return out


def level_varying(
    balance: Ints,
    rows: Callable[[int, Ints | slice], tuple[Ints, Bools, Ints, Ints]],
    last: int,
    den: int,
    mode: Mode,
    multiple: int,
    balloon: Ints,
    moved: list[tuple[Ints, Ints]],
) -> Ints:
    """The first of instalments that grow from row to row.

    With ``w`` and ``c`` starting at 1 and 0, and growing to ``w (1 + g)`` and ``c (1 + g) + step``, a
    payment is ``A w + c``.

    Parameters
    ----------
    balance, den, mode, multiple, balloon
        As in :func:`level_uneven`.
    rows
        ``rows(k, loans)`` gives for some of the loans the numerator of period ``k``, whether it pays, and
        its growth (in parts of :data:`GROWTH_ONE`) and step; those of the first row count nothing.
    last
        Number of periods.
    moved
        Amounts that are added to the balance within the first period, and the numerators of what is left
        of it then.

    Returns
    -------
    int64 instalments, exactly the rounding of the true value; below 0 where the steps alone repay more.
    """

    def sums(some: Ints | slice, make: Callable[[Ints], Any], add_: Any, times: Any, over: Any) -> Any:
        """(what is to be repaid by the amount, per unit of it) in whatever numbers ``make`` makes."""
        zero, one = make(np.zeros_like(balance[some])), make(np.ones_like(balance[some]))
        grown, per, w, c = make(balance[some]), zero, one, zero
        d, unit = make(np.full_like(balance[some], den)), make(np.full_like(balance[some], GROWTH_ONE))
        for k in range(last):
            num, pays, growth, step = rows(k, some)
            factor = add_(one, over(make(num), d))
            grown, per = times(grown, factor), times(per, factor)
            for amount, rest in moved if k == 0 else ():
                grown = add_(grown, times(make(amount[some]), add_(one, over(make(rest[some]), d))))
            if k:
                rise = add_(one, over(make(growth), unit))
                w, c = times(w, rise), add_(times(c, rise), make(step))
            payer = make(pays.astype(np.int64))
            per = add_(per, times(payer, w))
            grown = add_(grown, times(times(payer, c), make(np.full_like(balance[some], -1))))
        return add_(grown, make(-balloon[some])), per

    def estimate() -> tuple[Floats, Floats]:
        floats = (lambda x: x.astype(np.float64), np.add, np.multiply, np.divide)
        top, per = sums(slice(None), *floats)
        # What is added and what is taken off cancel, but neither is above what the balance grows to.
        paid, _ = sums(slice(None), floats[0], lambda x, y: np.abs(x) + np.abs(y), *floats[2:])
        error = np.abs(paid) / per * FLOAT_ERROR * (2 + last)
        return top / per, error

    def redo(some: Ints) -> tuple[Pair, Floats]:
        top, per = sums(some, pair, add, multiply, divide)
        floats = (lambda x: x.astype(np.float64), lambda x, y: np.abs(x) + np.abs(y), np.multiply, np.divide)
        paid, _ = sums(some, *floats)
        return divide(top, per), np.abs(paid) / per[0] * PAIR_ERROR * 4 * (2 + last) + 2.0**-40

    def exact(i: int) -> tuple[int, int]:
        grown, per, w, c = Fraction(int(balance[i])), Fraction(0), Fraction(1), Fraction(0)
        for k in range(last):
            num, pays, growth, step = rows(k, np.array([i]))
            factor = 1 + Fraction(int(num[0]), den)
            grown, per = grown * factor, per * factor
            for amount, rest in moved if k == 0 else ():
                grown += int(amount[i]) * (1 + Fraction(int(rest[i]), den))
            if k:
                rise = 1 + Fraction(int(growth[0]), GROWTH_ONE)
                w, c = w * rise, c * rise + int(step[0])
            if pays[0]:
                grown, per = grown - c, per + w
        return ((grown - int(balloon[i])) / per).as_integer_ratio()

    return by_stages(estimate, redo, exact, mode, multiple)
