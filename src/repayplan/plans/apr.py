"""Annual percentage rates as the law defines them: of the European Union, and of the United States."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from math import lcm
from typing import Any, Unpack, overload

import numpy as np
import numpy.typing as npt

from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Ints, Outcome
from repayplan.kernel.discount import Flows, tidy_flows
from repayplan.kernel.internalrate import Scale, find_rates
from repayplan.plans.cashflows import (
    Amounts,
    Given,
    Many,
    One,
    Part,
    Times,
    places_of,
    rate_answer,
    read_flows,
    whole_column,
    year_of,
)
from repayplan.plans.returns import effective
from repayplan.plans.unitperiods import UNIT_PERIODS, appendix_j, common_periods
from repayplan.plans.yearly import Year

Share = Fraction | int | str
Pair = tuple[npt.ArrayLike, npt.ArrayLike]
MAX_ODD = 10**6
"""The fraction of a unit-period has at most this denominator."""


@overload
def apr_eu(
    flows: Amounts, times: Times, *, year: Year = ..., places: int = 10, **one: Unpack[One]
) -> Decimal: ...
@overload
def apr_eu(
    flows: Amounts, times: Times, *, year: Year = ..., places: int = 10, **many: Unpack[Many]
) -> Outcome[Ints]: ...
def apr_eu(
    flows: Any,
    times: Any,
    *,
    year: Year = "equal periods",
    offsets: Any = None,
    places: int = 10,
    decimals: int = 2,
    workers: int = 1,
) -> Decimal | Outcome[Ints]:
    """Annual percentage rate of charge of the European Union: effective, of dated flows; a tie rounds up.

    Parameters
    ----------
    flows, offsets, places, decimals, workers
        As in :func:`irr`; which rate it is, too.
    times
        Dates of the drawdowns and payments.
    year
        ``"equal periods"``: whole months (1/12; twelve are a year) or weeks (1/52) counted back from
        each date to the first drawdown, and the days left over the 365 or 366 days of the year that ends
        where they end. A loan is measured in months, unless all its dates are whole weeks, and not all
        whole months, from the drawdown; or the payments are whole weeks from one another and don't fall on
        one day of the month. Where that isn't what the loan's terms say, name ``"12 months"`` or
        ``"52 weeks"``. ``"365 days"`` is the calendar variant of the examples to Directive 98/7/EC.

    Returns
    -------
    As of :func:`irr`.

    Raises
    ------
    InputError
        As in :func:`irr`, and a year that isn't known.

    Notes
    -----
    Directive 2008/48/EC, annex I, part I: ``sum C_k (1 + X)**-t_k = sum D_l (1 + X)**-s_l``; remark (c)
    says what a year is, remark (d) that a next digit of 5 or more rounds up. That equal periods and then
    days are counted back to the initial drawdown, and over which year the days are, is in the wording of
    Directive 2014/17/EU, annex I, part I, remark (c).

    Examples
    --------
    >>> apr_eu([-1000, 1200], ["1994-01-01", "1995-07-01"], year="365 days", places=4)
    Decimal('0.1296')
    >>> apr_eu([-1000, 1200], ["1994-01-01", "1995-07-01"], places=4)
    Decimal('0.1292')
    """
    given = read_flows(flows, times, offsets, decimals)
    if not given.dated:
        msg = "apr_eu takes dates; effective_rate takes counts and how many make a year"
        raise TypeError(msg)
    unit, _ = year_of(given, year, None, by_period=False)
    return effective(given, unit, places_of(places), workers, half_up=True)


@overload
def apr_us(
    flows: Amounts, times: Times, *, unit_period: Any = None, places: int = 10, **one: Unpack[One]
) -> Decimal: ...
@overload
def apr_us(
    flows: Amounts, times: Times, *, unit_period: Any = None, places: int = 10, **many: Unpack[Many]
) -> Outcome[Ints]: ...
def apr_us(
    flows: Any,
    times: Any,
    *,
    unit_period: Any = None,
    offsets: Any = None,
    places: int = 10,
    decimals: int = 2,
    workers: int = 1,
) -> Decimal | Outcome[Ints]:
    """Annual percentage rate of the United States, actuarial method, of dated flows; a tie rounds up.

    Parameters
    ----------
    flows, offsets, places, decimals, workers
        As in :func:`irr`; which rate it is, too. Flows with the first one's sign are advances.
    times
        Dates; the term begins with the first flow.
    unit_period
        A name of :data:`UNIT_PERIODS`, one or one a loan; None: found by the rules of the appendix.

    Returns
    -------
    As of :func:`irr`: the nominal annual rate.

    Raises
    ------
    InputError
        As in :func:`irr`, and a unit-period that isn't known.

    Notes
    -----
    12 CFR part 1026 (Regulation Z), appendix J, paragraph (b): the rate of a unit-period times the
    unit-periods in a year, with ``sum A / ((1 + e i)(1 + i)**q) = sum P / ((1 + f i)(1 + i)**t)``. (b)(4):
    the unit-period is the most frequent period between advances or between payments, the shorter of two;
    where none occurs twice, the standard interval nearest to their average; of one advance and one payment,
    the term, up to a year. (b)(5): full unit-periods are counted back from the later date; odd days are over
    30 for months (multiples of it for multiples), 15 for half months, the days of the unit-period else, and
    over 365 for years.

    Where the appendix is silent: periods between dates on one day of the month (or both last days) are
    months, other multiples of 7 days weeks; payments whose every second one is a month later are
    semimonthly unless all are 14 days apart; average periods are compared in days, a month 30, a year 365.

    Examples
    --------
    6,000 on 10 February, 36 monthly payments of 200 from 1 April: t = 1, f = 19/30.

    >>> months = np.datetime64("1978-04") + np.arange(36)
    >>> dates = [np.datetime64("1978-02-10"), *months.astype("datetime64[D]")]
    >>> apr_us([-6000] + [200] * 36, dates, places=4)
    Decimal('0.1182')
    """
    given = read_flows(flows, times, offsets, decimals)
    if not given.dated:
        msg = "apr_us takes dates; apr_us_units takes unit-periods"
        raise TypeError(msg)
    places, codes = places_of(places), np.full(given.screen.size, -1)
    if unit_period is not None:
        codes = given.screen.choice("unit_period", unit_period, UNIT_PERIODS)
    return _by_unit_periods(given, codes, places, workers)


def apr_us_agreed(
    flows: Any,
    times: Any,
    agreed: Any,
    *,
    offsets: Any = None,
    places: int = 10,
    decimals: int = 2,
    workers: int = 1,
) -> Any:
    """:func:`apr_us` of flows that business days have moved: the unit-period is that of the dates ``agreed``.

    12 CFR 1026.17(c)(3): that a scheduled date is no business day may be disregarded.
    """
    given, before = (read_flows(flows, when, offsets, decimals) for when in (times, agreed))
    codes = np.full(given.screen.size, -1)
    for part in before.parts():
        codes[part.loans] = common_periods(*tidy_flows(part.amount, part.times, part.offsets))
    return _by_unit_periods(given, codes, places_of(places), workers)


def _by_unit_periods(given: Given, codes: Ints, places: int, workers: int) -> Decimal | Outcome[Ints]:
    """The rate, of loans whose unit-period is known, or to be found (-1)."""

    def work(part: Part) -> tuple[Ints, Ints]:
        amount, days, offsets = tidy_flows(part.amount, part.times, part.offsets)
        key, unit, num, den = appendix_j(amount, days, offsets, codes[part.loans])
        flows = Flows(*tidy_flows(amount, key, offsets), unit, odd_simple=True)
        return find_rates(flows, Scale(num, den, places), half_up=True)

    return rate_answer(given, work, places, workers)


@overload
def apr_us_units(
    flows: Amounts,
    whole: Any,
    odd: Sequence[Share] | Share,
    *,
    per_year: Share,
    places: int = 10,
    **one: Unpack[One],
) -> Decimal: ...
@overload
def apr_us_units(
    flows: Amounts, whole: Ints, odd: Pair, *, per_year: Share | Pair, places: int = 10, **many: Unpack[Many]
) -> Outcome[Ints]: ...
def apr_us_units(
    flows: Any,
    whole: Any,
    odd: Any,
    *,
    per_year: Any,
    offsets: Any = None,
    places: int = 10,
    decimals: int = 2,
    workers: int = 1,
) -> Decimal | Outcome[Ints]:
    """:func:`apr_us` of flows whose times are given in unit-periods, as appendix J writes them.

    Parameters
    ----------
    flows, offsets, places, decimals, workers
        As in :func:`irr`.
    whole
        Full unit-periods before each flow (q, t), 0 to 3,660.
    odd
        The fraction of a unit-period before each flow (e, f), 0 to 1. Of one loan: fractions or text
        ("19/30"), one for all but the first flow or one a flow. Of many: a pair of int64 columns, numerators
        a flow and denominators a loan (or one for all), the latter at most 1,000,000.
    per_year
        Unit-periods in a year, 1 to 366: a number, a fraction, or a pair of columns, one a loan.

    Returns
    -------
    As of :func:`apr_us`.

    Raises
    ------
    InputError
        As in :func:`apr_us`, and fractions out of range.

    Examples
    --------
    500 in 30 weekly payments of 17.60, the first after 4 4/7 weeks:

    >>> apr_us_units([-500] + ["17.60"] * 30, [0, *range(4, 34)], "4/7", per_year=52, places=4)
    Decimal('0.1496')
    """
    given = read_flows(flows, whole, offsets, decimals)
    if given.dated or given.time is None:
        msg = "whole: counts of full unit-periods"
        raise TypeError(msg)
    screen, size = given.screen, len(given.amount)
    if given.alone:
        each = [0, *[odd] * (size - 1)] if isinstance(odd, (str, int, Fraction)) else list(odd)
        shares = [_share("odd", value) for value in each]
        common = lcm(*(share.denominator for share in shares))
        odd = [int(share * common) for share in shares], [common]
    if not isinstance(per_year, tuple):
        share = _share("per_year", per_year)
        per_year = (share.numerator, share.denominator)
    top = whole_column("odd", odd[0])
    bottom, num, den = (
        np.broadcast_to(whole_column(name, np.atleast_1d(column)), screen.size)
        for name, column in (("odd", odd[1]), ("per_year", per_year[0]), ("per_year", per_year[1]))
    )
    if len(top) != size:
        msg = f"odd: {len(top)} fractions for {size} flows"
        raise TypeError(msg)
    screen.fault((bottom < 1) | (bottom > MAX_ODD), Code.OUT_OF_RANGE, "odd", bottom, f"1 to {MAX_ODD}")
    outside = (den < 1) | (num < den) | (num > 366 * den)
    screen.fault(outside, Code.OUT_OF_RANGE, "per_year", lambda row: _ratio(num[row], den[row]), "1 to 366")
    rows = np.repeat(bottom, np.diff(given.offsets))
    outside = (top < 0) | (top > rows)
    if outside.any():
        given.fault(outside, Code.OUT_OF_RANGE, "odd", _ratio(top, rows), "0 to 1")
    given = replace(given, time=given.time * np.clip(rows, 1, MAX_ODD) + top)
    places = places_of(places)

    def work(part: Part) -> tuple[Ints, Ints]:
        tidied = tidy_flows(part.amount, part.times, part.offsets)
        flows = Flows(*tidied, bottom[part.loans], odd_simple=True)
        return find_rates(flows, Scale(num[part.loans], den[part.loans], places), half_up=True)

    return rate_answer(given, work, places, workers)


def _ratio(top: Ints, bottom: Ints) -> npt.NDArray[np.str_]:
    """Fractions as text."""
    return np.char.add(np.char.add(top.astype(np.str_), "/"), bottom.astype(np.str_))


def _share(field: str, value: Any) -> Fraction:
    try:
        return Fraction("" if isinstance(value, (bool, float)) else value)
    except (ValueError, TypeError, ZeroDivisionError, OverflowError):
        raise InputError(Code.NOT_A_NUMBER, field, value, 'a fraction, an int or text ("19/30")') from None
