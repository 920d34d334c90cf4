"""From a rate of any period and compounding to the annual nominal rate, over arrays, rounded once."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from repayplan.basics.columns import Screen
from repayplan.basics.dates import FREQUENCIES, FREQUENCY_INDEX, FREQUENCY_NAMES
from repayplan.basics.errors import Code
from repayplan.basics.outcome import Failures, Ints
from repayplan.basics.pairs import divide_by, power

Period = Literal["year", "half_year", "quarter", "month", "week", "day"]
Compounding = Literal["nominal", "effective"]
YearDays = Literal[360, 365]

PERIODS: dict[str, int] = {"year": 1, "half_year": 2, "quarter": 4, "month": 12, "week": 52, "day": 0}
"""How many of each make a year; of days, as many as the rate says."""
FINE_DECIMALS = 12
"""A :class:`Rate` is a whole multiple of 1e-12: what conversions that don't come out are rounded to."""
MAX_RATE = 1000
"""No rate of a period, given or converted, is above 100,000 %."""
_FINE = 10**FINE_DECIMALS


def scaled(units: Ints, times: Fraction) -> Ints:
    """``units * times``, rounded half to even."""
    quotient, rest = np.divmod(units * times.numerator, times.denominator)
    half = 2 * rest - times.denominator
    up = (half > 0) | ((half == 0) & (quotient % 2 == 1))
    return np.asarray(quotient + up, np.int64)


def compounded(units: Ints, exponent: Fraction, times: Fraction, decimals: int) -> Ints:
    """``times * ((1 + r)**exponent - 1)`` in units of ``10**-decimals``, rounded once, half to even.

    ``r`` is ``units`` of 1e-12, 0 to :data:`MAX_RATE`. A result above that comes out as some number above it.

    Notes
    -----
    Of an exponent p/q, a float estimate k is held against the truth: the relative difference of
    ``(1 + r)**p`` and ``t**q``, with ``t = 1 + k / (times 10**decimals)``, says how many units f are
    missing. The powers are computed in pairs of doubles by operations that IEEE 754 defines, products off by
    less than 8 u² relative and quotients by less than 4 u², u = 2**-53 (Joldes, Muller and Popescu 2017,
    algorithms 10 and 15). Their difference is off by less than ``(p + q) 2**-102``, and f by less than
    ``(p/q + 1) 2**-102 1.4e15 < 2e-12``, as exponents are at most 3650 (a day's rate in ten years). The
    third-order term that f leaves out is below ``f (f q / (times 10**decimals))² / 3 < 1e-12`` while f is
    below 8, as ``q / times`` is at most 366. So ``k + f`` rounds to the truth wherever f isn't within 1e-9
    of a tie; true ties, and whatever value's estimate was further off, are decided by whole numbers. How
    good the platform's logarithm is has no part in the proof.
    """
    if exponent == 1:
        rounded = scaled(units, times * Fraction(10**decimals, _FINE))
        return np.asarray(np.minimum(rounded, MAX_RATE * 10**decimals + 1), np.int64)
    distinct, inverse = np.unique(units, return_inverse=True)
    p, q, scale = exponent.numerator, exponent.denominator, 10**decimals
    # Twice beyond the range the estimate needn't be good.
    logarithm = np.minimum(np.log1p(distinct / _FINE) * (p / q), np.log1p(2 * MAX_RATE / float(times)))
    estimate = np.rint(np.expm1(logarithm) * (float(times) * scale))
    within = estimate < 1.01 * MAX_RATE * scale
    growth = np.where(within, distinct, 0) + _FINE
    k = np.where(within, estimate, 0).astype(np.int64)
    one = scale * times.numerator  # below 2**53, as is `growth`: both are doubles as they are
    above = k * times.denominator + one
    high = above.astype(np.float64)
    tried = divide_by((high, (above - high.astype(np.int64)).astype(np.float64)), one)
    grown, up = power(divide_by((growth.astype(np.float64), np.zeros(len(k))), _FINE), p)
    held, down = power(tried, q)
    same = [np.ldexp(part, (up - down).astype(np.int32)) for part in grown]
    apart = ((same[0] - held[0]) + (same[1] - held[1])) / held[0]
    missing = (apart + apart * apart * (1 / q - 1) / 2) * tried[0] / q * (float(times) * scale)
    step = np.rint(missing)
    out = k + step.astype(np.int64)
    for i in np.flatnonzero(~((np.abs(missing - step) < 0.5 - 1e-9) & (np.abs(missing) < 8))):
        out[i] = decided(int(growth[i]), exponent, times, scale, int(k[i]))
    result: Ints = np.where(within, out, MAX_RATE * scale + 1)[inverse.reshape(-1)]
    return result


def against(growth: int, exponent: Fraction, times: Fraction, scale: int, halves: int) -> int:
    """Sign of ``times * ((growth / 1e12)**exponent - 1) * scale - halves / 2``, in whole numbers."""
    p, q = exponent.numerator, exponent.denominator
    one = 2 * scale * times.numerator
    left: int = growth**p * one**q
    right: int = _FINE**p * (one + halves * times.denominator) ** q
    return (left > right) - (left < right)


def decided(growth: int, exponent: Fraction, times: Fraction, scale: int, k: int) -> int:
    """The same rounded number by comparing whole numbers; ``k`` is a guess."""
    while against(growth, exponent, times, scale, 2 * k + 1) > 0:
        k += 1
    while k and against(growth, exponent, times, scale, 2 * k - 1) < 0:
        k -= 1
    if k % 2 and not against(growth, exponent, times, scale, 2 * k + 1):
        return k + 1
    if k % 2 and not against(growth, exponent, times, scale, 2 * k - 1):
        return k - 1
    return k


def annual_nominal(
    values: npt.ArrayLike,
    per: Any = "year",
    compounding: Any = "nominal",
    *,
    year_days: Any = None,
    frequency: Any = None,
    decimals: Literal[10, 12] = 10,
    to: Literal[10, 12] = 12,
) -> tuple[Ints, Failures]:
    """A column of rates as annual nominal rates, each rounded once, half to even.

    Parameters
    ----------
    values
        int64[n], multiples of ``10**-decimals`` of the rate of a period.
    per, compounding
        Names as in :class:`Rate`, one for all or one a row.
    year_days
        360 or 365, one for all or one a row; read where a rate is per day, and needed there.
    frequency
        Of the loan's due dates, names or indices into :data:`~repayplan.basics.dates.FREQUENCIES`; read
        where a rate is effective, and needed there: the annual nominal rate is the one that compounds to
        it over these periods.
    decimals, to
        Of the values given and of those returned: 10 as in a loan's ``annual_rate``, or 12.

    Returns
    -------
    tuple
        int64[n], multiples of ``10**-to``, 0 in rows with a fault; and the :class:`Failures`.

    Raises
    ------
    TypeError
        Values that aren't a column of integers.

    Notes
    -----
    Nominal: ``n r`` with n periods a year. Effective: ``m ((1 + r)**(n / m) - 1)`` with m due dates a year
    (of weeks, 52 / weeks; of days that make no whole weeks, 365 / days): as many as the interest of a period
    that is counted whole has in a year.

    Examples
    --------
    0.55 % a month, and 12.68250301 % a year effective, both of loans with monthly due dates:

    >>> rates, faults = annual_nominal(
    ...     [55_000_000, 1_268_250_301], ["month", "year"], ["nominal", "effective"], frequency="monthly"
    ... )
    >>> rates.tolist(), len(faults)
    ([66000000000, 119999999971], 0)
    """
    given = np.asarray(values)
    if given.ndim != 1 or (given.size and given.dtype.kind != "i"):
        msg = f"annual_nominal takes a column of signed integers, not {given.dtype} of shape {given.shape}"
        raise TypeError(msg)
    screen, units = Screen(len(given)), given.astype(np.int64)
    bounds = f"0 to {MAX_RATE}"
    screen.fault(units < 0, Code.NEGATIVE, "rate", units / 10**decimals, bounds)
    screen.fault(units > MAX_RATE * 10**decimals, Code.OUT_OF_RANGE, "rate", units / 10**decimals, bounds)
    each = screen.choice("per", per, tuple(PERIODS))
    effective = screen.choice("compounding", compounding, get_args(Compounding)) == 1
    days = screen.count("year_days", year_days, 0, 366, default=0)
    by_day = each == tuple(PERIODS).index("day")
    screen.fault(by_day & (days == 0), Code.MISSING, "year_days")
    known = ", ".join(map(str, get_args(YearDays)))
    screen.fault(by_day & ~np.isin(days, get_args(YearDays)), Code.UNKNOWN_VALUE, "year_days", days, known)
    if frequency is None:
        screen.fault(effective, Code.MISSING, "frequency")
        often = np.zeros_like(units)
    elif np.asarray(frequency).dtype.kind == "i":
        often = screen.count("frequency", frequency, 0, len(FREQUENCIES) - 1)
    else:
        screen.fault(effective & screen.missing(frequency), Code.MISSING, "frequency")
        often = screen.choice(
            "frequency", frequency, FREQUENCY_INDEX, default="monthly", known=FREQUENCY_NAMES
        )
    periods = np.where(by_day, days, np.array(list(PERIODS.values()))[each])
    units = np.where(screen.good, units, 0) * 10 ** (FINE_DECIMALS - decimals)
    # Every combination of conventions once: how many there are doesn't depend on the number of rows.
    kinds, kind = np.unique(np.where(effective, often + 1, 0) * 1000 + periods, return_inverse=True)
    out = np.zeros_like(units)
    for j, packed in enumerate(kinds.tolist()):
        compounds, n = divmod(packed, 1000)
        rows = np.flatnonzero((kind.reshape(-1) == j) & screen.good)
        if not len(rows):
            continue
        times, exponent = Fraction(n), Fraction(1)
        if compounds:
            times = 1 / FREQUENCIES[compounds - 1].year_share
            exponent = n / times
        out[rows] = compounded(units[rows], exponent, times, to)
    screen.fault(
        out > MAX_RATE * 10**to, Code.OUT_OF_RANGE, "rate", units / _FINE, f"annual_nominal: {bounds}"
    )
    return np.where(screen.good, out, 0), screen.failures()
