"""What flows of money are worth: present values, rates of return, annual percentage rates, durations.

Flows are ragged columns: amounts, times, and ``offsets`` that say whose rows are whose. Times are whole
multiples of some unit, so every figure is the rounding of an exact number. It is computed in floats with a
bound on their error; the few rows that the bound can't decide, in longer floats and then in whole numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Context, Decimal
from fractions import Fraction
from math import lcm
from typing import Any, Required, TypedDict, Unpack, get_args, overload

import numpy as np
import numpy.typing as npt

from repayplan.basics.blocks import run_blocks
from repayplan.basics.columns import RATE_DECIMALS, Screen, Shown, beside
from repayplan.basics.dates import FIRST_YEAR, LAST_YEAR, Days
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import MAX_DECIMALS, MAX_TOTAL, MAX_UNITS, Minor, to_decimal
from repayplan.basics.outcome import Bools, Ints, Outcome
from repayplan.kernel.accrue import Numbers
from repayplan.kernel.discount import (
    BEYOND,
    CHUNK,
    HIGHEST,
    LOWEST,
    NEGATIVE,
    NO_RATE,
    NOTHING,
    SEVERAL,
    Flows,
    Real,
    Scale,
    exact_sign,
    find_rates,
    nearest_unit,
    ragged_rows,
    settled_exactly,
    tidy_flows,
)
from repayplan.kernel.work import MAX_PERIODS
from repayplan.plans.yearly import UNIT_PERIODS, YEAR_UNITS, Year, appendix_j, in_years

Amounts = Sequence[Decimal | int | str] | Minor | Ints
Times = Sequence[Any] | Ints | Days
Share = Fraction | int | str
Pair = tuple[npt.ArrayLike, npt.ArrayLike]


class One(TypedDict, total=False):
    """Options where the flows are one loan's."""

    decimals: int


class Many(TypedDict, total=False):
    """Options where they are many loans'."""

    offsets: Required[npt.ArrayLike]
    workers: int


MAX_ODD = 10**6
"""The fraction of a unit-period has at most this denominator."""
_ONE = 10**RATE_DECIMALS
_FAULTS = {
    NO_RATE: (Code.NO_RATE, "rate", "none", ""),
    SEVERAL: (Code.SEVERAL_RATES, "rate", "several", ""),
    BEYOND: (Code.BEYOND_DOMAIN, "flows", f">= {MAX_TOTAL}", f"< {MAX_TOTAL}"),
    NEGATIVE: (Code.NEGATIVE, "flows", "< 0", ">= 0"),
    NOTHING: (Code.NOTHING_OWED, "flows", "0", ""),
}
Work = Callable[["_Part"], tuple[Ints, Ints]]
"""Results of the loans of a part, and which of `_FAULTS` each has (0: none)."""

# Reading


@dataclass(frozen=True, slots=True)
class _Part:
    """Flows of some loans: ``loans`` are their numbers; every loan has at least one row."""

    amount: Ints
    time: Ints | None
    offsets: Ints
    loans: Ints

    @property
    def times(self) -> Ints:
        """Days since 1970, or counts; 0, 1, 2, ... in each loan where none are given."""
        if self.time is None:
            return np.arange(len(self.amount)) - np.repeat(self.offsets[:-1], np.diff(self.offsets))
        return self.time

    def first(self, on: Days | None) -> Ints:
        """The day that times are counted from: ``on``, or the first date of each loan."""
        if on is not None:
            return on[self.loans].astype(np.int64)
        days: Ints = np.minimum.reduceat(self.times, self.offsets[:-1])
        return days


@dataclass(frozen=True, slots=True)
class _Given:
    """Flows as read, dates as days since 1970; the loans still good in ``screen`` are fit for computing."""

    amount: Ints
    time: Ints | None
    offsets: Ints
    screen: Screen
    dated: bool
    alone: bool

    def fault(self, rows: Bools, code: Code, field: str, values: npt.NDArray[Any], limit: Shown = "") -> None:
        """Marks the loans that have such a row, with the value of the first."""
        if rows.any():
            bad = np.flatnonzero(rows)
            loan, at = np.unique(np.searchsorted(self.offsets, bad, "right") - 1, return_index=True)
            shown = np.full(self.screen.size, "", "U64")
            shown[loan] = values[bad[at]].astype("U64")
            self.screen.fault(np.isin(np.arange(self.screen.size), loan), code, field, shown, limit)

    def parts(self) -> list[_Part]:
        """The good loans, some at a time."""
        good = np.flatnonzero(self.screen.good)
        if len(good) == self.screen.size:
            amount, time, offsets = self.amount, self.time, self.offsets
        else:
            index, offsets = ragged_rows(self.offsets, good)
            amount, time = self.amount[index], None if self.time is None else self.time[index]
        # A loan of more rows than a chunk is a part by itself.
        cuts = np.searchsorted(offsets, np.arange(CHUNK, len(amount), CHUNK), "left")
        edges = np.unique(np.concatenate(([0], cuts, [len(good)])))
        return [
            _Part(
                amount[offsets[a] : offsets[b]],
                None if time is None else time[offsets[a] : offsets[b]],
                offsets[a : b + 1] - offsets[a],
                good[a:b],
            )
            for a, b in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)
        ]


def _number(name: str, value: Any, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise InputError(Code.OUT_OF_RANGE, name, value, f"0 to {most}")
    return value


def _decimals(decimals: Any) -> int:
    return _number("decimals", decimals, MAX_DECIMALS)


def _places(places: Any) -> int:
    return _number("places", places, RATE_DECIMALS)


def _read(flows: Any, times: Any, offsets: Any, decimals: Any) -> _Given:
    decimals = _decimals(decimals)
    given = _read_one(flows, times, decimals) if offsets is None else _read_batch(flows, times, offsets)
    count, size, screen = np.diff(given.offsets), np.abs(given.amount), given.screen
    screen.fault(count == 0, Code.MISSING, "flows")
    bounds = f"{-MAX_UNITS} to {MAX_UNITS}"
    given.fault((size > MAX_UNITS) | (size < 0), Code.OUT_OF_RANGE, "flows", given.amount, bounds)
    if given.time is None:
        screen.fault(count > MAX_PERIODS + 1, Code.OUT_OF_RANGE, "flows", count, f"1 to {MAX_PERIODS + 1}")
    elif given.dated:
        shown = given.time.astype("datetime64[D]")
        given.fault(np.isnat(shown), Code.MISSING, "times", shown)
        early, late = np.datetime64(f"{FIRST_YEAR}-01-01"), np.datetime64(f"{LAST_YEAR}-12-31")
        given.fault((shown < early) | (shown > late), Code.OUT_OF_RANGE, "times", shown, f"{early} to {late}")
    else:
        given.fault(given.time < 0, Code.NEGATIVE, "times", given.time, f"0 to {MAX_PERIODS}")
        given.fault(given.time > MAX_PERIODS, Code.OUT_OF_RANGE, "times", given.time, f"0 to {MAX_PERIODS}")
    if int(count.max(initial=0)) * int(size.max(initial=0)) > MAX_TOTAL:
        total = np.bincount(np.repeat(np.arange(screen.size), count), size.astype(np.float64), screen.size)
        screen.fault(total >= MAX_TOTAL, Code.BEYOND_DOMAIN, "flows", total, str(MAX_TOTAL))
    return given


def _read_one(flows: Any, times: Any, decimals: int) -> _Given:
    """Amounts in currency units and dates or counts of one loan; raises what is wrong with them."""
    values = flows if isinstance(flows, Minor) else list(flows)
    size = len(values.units if isinstance(values, Minor) else values)
    if not size:
        raise InputError(Code.MISSING, "flows")
    inner, time, dated = Screen(size), None, False
    amount = inner.money("flows", values, decimals, minimum=None)
    if times is not None:
        when = times if isinstance(times, np.ndarray) else list(times)
        if len(when) != size:
            msg = f"{len(when)} times for {size} flows"
            raise TypeError(msg)
        dated = not isinstance(when[0], (int, float, Decimal, np.number))
        column = inner.date("times", when) if dated else inner.count("times", when, 0, MAX_PERIODS)
        time = column.astype(np.int64)
    for failure in inner.failures():
        raise failure.error()
    return _Given(amount, time, np.array([0, size]), Screen(1), dated, alone=True)


def _read_batch(flows: Any, times: Any, offsets: Any) -> _Given:
    amount = _whole("flows", flows.units if isinstance(flows, Minor) else flows)
    ends, time, dated = _whole("offsets", offsets), None, False
    if not len(ends) or ends[0] or ends[-1] != len(amount) or (np.diff(ends) < 0).any():
        msg = f"offsets go up from 0 to the number of flows, {len(amount)}"
        raise TypeError(msg)
    if times is not None:
        column = np.asarray(times)
        dated = column.dtype.kind == "M"
        days = column.astype("datetime64[D]") if dated else column
        time = _whole("times", days.astype(np.int64) if dated else days)
        if time.shape != amount.shape or (dated and ((days != column) & ~np.isnat(column)).any()):
            msg = f"times: a whole day or count for each of the {len(amount)} flows"
            raise TypeError(msg)
    return _Given(amount, time, ends, Screen(len(ends) - 1), dated, alone=False)


def _whole(name: str, values: Any) -> Ints:
    column = np.asarray(values)
    if column.ndim != 1 or (column.dtype.kind not in "iu" and column.size):
        msg = f"{name}: a column of integers, not {column.dtype} of shape {column.shape}"
        raise TypeError(msg)
    if column.dtype == np.uint64 and (column > np.iinfo(np.int64).max).any():
        msg = f"{name}: beyond int64"
        raise TypeError(msg)
    return column.astype(np.int64, copy=False)


def _answer(given: _Given, work: Work, decimals: int, workers: int) -> Decimal | Outcome[Ints]:
    """Works through the good loans, a part at a time, and hands back what the caller asked for."""
    screen, out = given.screen, np.zeros(given.screen.size, np.int64)
    faults = np.zeros(screen.size, np.int64)
    parts = given.parts()
    done = run_blocks(work, parts, [len(part.loans) for part in parts], workers=workers)
    for part, (value, fault) in zip(parts, done, strict=True):
        out[part.loans], faults[part.loans] = value, fault
    for number, (code, field, shown, limit) in _FAULTS.items():
        screen.fault(faults == number, code, field, shown, limit)
    row = np.flatnonzero(screen.good)
    outcome = Outcome(out[row], row, screen.failures())
    return to_decimal(int(outcome.single()[0]), decimals) if given.alone else outcome


# What is called


def _units(given: _Given, year: Any, on: Any, *, by_period: bool) -> tuple[Any, Days | None]:
    """The checked convention for time, and the dates that it is counted from (None: the first)."""
    if given.dated and given.time is not None:
        if year not in get_args(Year):
            raise InputError(Code.UNKNOWN_VALUE, "year", year, f"of dates one of {', '.join(get_args(Year))}")
        if on is None:
            return year, None
        start = given.screen.date("on", on)
        dates = given.time.astype("datetime64[D]")
        late = dates < np.repeat(start, np.diff(given.offsets))
        given.fault(late, Code.DATES_OUT_OF_ORDER, "times", dates, beside(">=", start))
        return year, start
    if on is not None:
        msg = "on: a date for dates; unit counts are counted from 0"
        raise TypeError(msg)
    if year is None and by_period:
        return 1, None
    if not isinstance(year, int) or isinstance(year, bool) or not 1 <= year <= 366:
        rule = "of unit counts, how many make a year: 1 to 366"
        raise InputError(Code.UNKNOWN_VALUE, "year", year, rule)
    return year, None


def _flows_of(part: _Part, year: Year | int, on: Days | None) -> Flows:
    """The flows of a part at times in years, or in periods."""
    counts, unit = part.times, year
    if isinstance(year, str):
        counts, unit = in_years(counts, part.first(on), part.offsets, year), YEAR_UNITS
    return Flows(*tidy_flows(part.amount, counts, part.offsets), np.full(len(part.loans), unit))


def _rate(screen: Screen, rate: Any) -> Ints:
    units = screen.money("rate", rate, RATE_DECIMALS, minimum=None)
    outside = (units < int(LOWEST * _ONE)) | (units > int(HIGHEST * _ONE))
    screen.fault(outside, Code.OUT_OF_RANGE, "rate", units / _ONE, f"{float(LOWEST)} to {int(HIGHEST)}")
    return units


def _rate_answer(given: _Given, work: Work, places: int, workers: int) -> Decimal | Outcome[Ints]:
    found = _answer(given, work, RATE_DECIMALS, workers)
    if isinstance(found, Outcome):
        return found
    whole = int(found.scaleb(RATE_DECIMALS, Context(prec=40)))
    return to_decimal(whole // 10 ** (RATE_DECIMALS - places), places)


@overload
def present_value(
    flows: Amounts, times: Times | None, rate: Any, *, year: Any = None, on: Any = None, **one: Unpack[One]
) -> Decimal: ...
@overload
def present_value(
    flows: Amounts, times: Times | None, rate: Any, *, year: Any = None, on: Any = None, **many: Unpack[Many]
) -> Outcome[Ints]: ...
def present_value(
    flows: Any,
    times: Any,
    rate: Any,
    *,
    year: Year | int | None = None,
    on: Any = None,
    offsets: Any = None,
    decimals: int = 2,
    workers: int = 1,
) -> Decimal | Outcome[Ints]:
    """What flows are worth at a rate: the sum of ``flow / (1 + rate)**time``, rounded once, half to even.

    Parameters
    ----------
    flows
        Amounts in currency units of one loan, or, with ``offsets``, int64 minor units of many, flat.
    times
        Of each flow: a date, or a count of periods from 0 to 3,660; None: 0, 1, 2, ...
    rate
        One, or one a loan: text, Decimal or float in steps of 1e-10 (0.12 is 12 %), or
        ``minor(units)`` of 1e-10, as :func:`effective_rate` returns for many. -99.99 % to 1,000,000 %.
    year
        Of dates, what is a year (see :func:`effective_rate`); of counts, how many make a year. The rate
        is then an effective annual one. Without it counts are periods, and the rate is a period's.
    on
        Of dates, the day of valuation, one or one a loan, no later than the flows; by default the date of
        the first flow.
    offsets
        int64[n + 1]; rows of loan i are ``offsets[i]:offsets[i + 1]``. Without it, one loan.
    decimals
        Of the currency; read for one loan.
    workers
        Threads; the result doesn't depend on it.

    Returns
    -------
    Decimal for one loan; for many an Outcome of int64 minor units.

    Raises
    ------
    InputError
        One loan's input isn't acceptable, or its flows are worth more than 2**62 minor units in absolute
        terms. In a batch a loan's fault is an entry of the failures instead.
    TypeError
        Columns of the wrong kind or length.

    Examples
    --------
    >>> present_value(["-1000", "500", "600"], None, "0.05")
    Decimal('20.41')
    >>> present_value(["1000"], ["2027-01-01"], "0.05", year="365 days", on="2026-01-01")
    Decimal('952.38')
    >>> present_value([50000, 60000, 70000], [1, 2, 1], "0.05", offsets=[0, 2, 3]).value
    array([102041,  66667])
    """
    given = _read(flows, times, offsets, decimals)
    rates = _rate(given.screen, rate)
    unit, start = _units(given, year, on, by_period=True)
    return _answer(given, lambda p: _present(_flows_of(p, unit, start), rates[p.loans]), decimals, workers)


def _present(flows: Flows, rates: Ints) -> tuple[Ints, Ints]:
    sizes = np.zeros(len(flows))

    def estimate(loans: Ints, dtype: Real) -> tuple[Numbers, Numbers]:
        part = flows if len(loans) == len(flows) else flows.take(loans)
        growth = 1 + rates[loans].astype(dtype) / dtype(_ONE)
        value, error, sizes[loans] = part.terms(dtype).value(growth, lifted=False)
        return value, error

    def exact(i: int, guess: int) -> int:
        if not sizes[i] < MAX_TOTAL:
            return 0
        amounts, keys, unit = flows.one(i)
        growth = Fraction(int(rates[i]) + _ONE, _ONE)
        return nearest_unit(lambda b: exact_sign([*amounts, -b], [*keys, 0], unit, growth), guess)

    value = settled_exactly(len(flows), estimate, exact)
    return value, np.where(sizes < MAX_TOTAL, 0, BEYOND)


@overload
def npv(flows: Amounts, rate: Any, **one: Unpack[One]) -> Decimal: ...
@overload
def npv(flows: Amounts, rate: Any, **many: Unpack[Many]) -> Outcome[Ints]: ...
def npv(
    flows: Any, rate: Any, *, offsets: Any = None, decimals: int = 2, workers: int = 1
) -> Decimal | Outcome[Ints]:
    """Net present value of regular flows, the first of them now: :func:`present_value` at 0, 1, 2, ...

    Examples
    --------
    >>> npv(["-40000", "5000", "8000", "12000", "30000"], "0.08")
    Decimal('3065.22')
    """
    return present_value(flows, None, rate, offsets=offsets, decimals=decimals, workers=workers)  # type: ignore[no-any-return, call-overload]


@overload
def irr(flows: Amounts, times: Times | None = None, *, places: int = 10, **one: Unpack[One]) -> Decimal: ...
@overload
def irr(
    flows: Amounts, times: Times | None = None, *, places: int = 10, **many: Unpack[Many]
) -> Outcome[Ints]: ...
def irr(
    flows: Any,
    times: Any = None,
    *,
    offsets: Any = None,
    places: int = 10,
    decimals: int = 2,
    workers: int = 1,
) -> Decimal | Outcome[Ints]:
    """Internal rate of return a period: the rate at which the flows are worth nothing, correctly rounded.

    It is *the* rate: the only one from -99.99 % to 1,000,000 % at which the value is zero. Flows that have
    none, or several (only flows that change sign more than once can), get a code.

    Parameters
    ----------
    flows, offsets, decimals, workers
        As in :func:`present_value`. Amounts advanced and amounts repaid have opposite signs, whichever.
    times
        Counts of periods, 0 to 3,660; None: 0, 1, 2, ...
    places
        Decimals that the rate is rounded to, once, ties to even; 10 at most.

    Returns
    -------
    Decimal for one loan; for many an Outcome of int64 multiples of 1e-10.

    Raises
    ------
    InputError
        As in :func:`present_value`; ``no_rate`` where there is none,
        ``several_rates`` where there are several.

    Examples
    --------
    >>> irr([-100, 39, 59, 55, 20])
    Decimal('0.2809484212')
    >>> irr([-10000, 5100, 5100, -100, 0, 121], offsets=[0, 3, 6]).value
    array([ 133040287, 1000000000])
    """
    given = _read(flows, times, offsets, decimals)
    if given.dated:
        msg = "irr counts periods; effective_rate takes dates"
        raise TypeError(msg)
    return _effective(given, 1, _places(places), workers, half_up=False)


def _effective(
    given: _Given, year: Any, places: int, workers: int, *, half_up: bool
) -> Decimal | Outcome[Ints]:
    def work(part: _Part) -> tuple[Ints, Ints]:
        if isinstance(year, str):
            # The first flow that isn't zero is the first drawdown.
            amount, days, offsets = tidy_flows(part.amount, part.times, part.offsets)
            part = _Part(amount, days, offsets, part.loans)
        one = np.ones(len(part.loans), np.int64)
        return find_rates(_flows_of(part, year, None), Scale(one, one, places), half_up=half_up)

    return _rate_answer(given, work, places, workers)


@overload
def effective_rate(
    flows: Amounts, times: Times | None = None, *, year: Year | int, places: int = 10, **one: Unpack[One]
) -> Decimal: ...
@overload
def effective_rate(
    flows: Amounts, times: Times | None = None, *, year: Year | int, places: int = 10, **many: Unpack[Many]
) -> Outcome[Ints]: ...
def effective_rate(
    flows: Any,
    times: Any = None,
    *,
    year: Year | int,
    offsets: Any = None,
    places: int = 10,
    decimals: int = 2,
    workers: int = 1,
) -> Decimal | Outcome[Ints]:
    """Effective annual rate (EIR): the rate a year, compounded, at which the flows are worth nothing.

    Parameters
    ----------
    flows, offsets, places, decimals, workers
        As in :func:`irr`; which rate it is, too.
    times
        Dates, or counts of periods.
    year
        Of counts, how many make a year. Of dates, counted from the first flow:

        - ``"365 days"``: actual days over 365, leap years too.
        - ``"12 months"``: full months counted back from the later date, each 1/12; the days left over the
          365 or 366 of the year that ends where they end.
        - ``"52 weeks"``: the same with weeks, each 1/52.
        - ``"equal periods"``: months, or weeks where the loan's dates are whole weeks apart and aren't
          whole months apart; see :func:`apr_eu`.

    Returns
    -------
    As of :func:`irr`.

    Raises
    ------
    InputError
        As in :func:`irr`, and a year that isn't known.

    Notes
    -----
    IFRS 9, appendix A: the rate that discounts estimated future payments through the expected life to the
    gross carrying amount, fees that are part of it included.

    Examples
    --------
    5,000 less a fee of 100, three payments of 400 a year apart and one of 5,400:

    >>> effective_rate([-4900, 400, 400, 400, 5400], year=1, places=4)
    Decimal('0.0861')
    """
    given = _read(flows, times, offsets, decimals)
    unit, _ = _units(given, year, None, by_period=False)
    return _effective(given, unit, _places(places), workers, half_up=False)


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
    given = _read(flows, times, offsets, decimals)
    if not given.dated:
        msg = "apr_eu takes dates; effective_rate takes counts and how many make a year"
        raise TypeError(msg)
    unit, _ = _units(given, year, None, by_period=False)
    return _effective(given, unit, _places(places), workers, half_up=True)


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
    given = _read(flows, times, offsets, decimals)
    if not given.dated:
        msg = "apr_us takes dates; apr_us_units takes unit-periods"
        raise TypeError(msg)
    places, codes = _places(places), np.full(given.screen.size, -1)
    if unit_period is not None:
        codes = given.screen.choice("unit_period", unit_period, UNIT_PERIODS)

    def work(part: _Part) -> tuple[Ints, Ints]:
        amount, days, offsets = tidy_flows(part.amount, part.times, part.offsets)
        key, unit, num, den = appendix_j(amount, days, offsets, codes[part.loans])
        flows = Flows(*tidy_flows(amount, key, offsets), unit, odd_simple=True)
        return find_rates(flows, Scale(num, den, places), half_up=True)

    return _rate_answer(given, work, places, workers)


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
    given = _read(flows, whole, offsets, decimals)
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
    top = _whole("odd", odd[0])
    bottom, num, den = (
        np.broadcast_to(_whole(name, np.atleast_1d(column)), screen.size)
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
    places = _places(places)

    def work(part: _Part) -> tuple[Ints, Ints]:
        tidied = tidy_flows(part.amount, part.times, part.offsets)
        flows = Flows(*tidied, bottom[part.loans], odd_simple=True)
        return find_rates(flows, Scale(num[part.loans], den[part.loans], places), half_up=True)

    return _rate_answer(given, work, places, workers)


def _ratio(top: Ints, bottom: Ints) -> npt.NDArray[np.str_]:
    """Fractions as text."""
    return np.char.add(np.char.add(top.astype(np.str_), "/"), bottom.astype(np.str_))


def _share(field: str, value: Any) -> Fraction:
    try:
        return Fraction("" if isinstance(value, (bool, float)) else value)
    except (ValueError, TypeError, ZeroDivisionError, OverflowError):
        raise InputError(Code.NOT_A_NUMBER, field, value, 'a fraction, an int or text ("19/30")') from None


@overload
def duration(
    flows: Amounts,
    times: Times | None,
    rate: Any,
    *,
    year: Any = None,
    on: Any = None,
    modified: bool = False,
    **one: Unpack[One],
) -> Decimal: ...
@overload
def duration(
    flows: Amounts,
    times: Times | None,
    rate: Any,
    *,
    year: Any = None,
    on: Any = None,
    modified: bool = False,
    **many: Unpack[Many],
) -> Outcome[Ints]: ...
def duration(
    flows: Any,
    times: Any,
    rate: Any,
    *,
    year: Year | int | None = None,
    on: Any = None,
    modified: bool = False,
    offsets: Any = None,
    decimals: int = 2,
    workers: int = 1,
) -> Decimal | Outcome[Ints]:
    """Macaulay duration of payments: their mean time, weighted by what each is worth at the rate.

    Parameters
    ----------
    flows, times, rate, year, offsets, decimals, workers
        As in :func:`present_value`. Payments are 0 or more.
    on
        The day that times are counted from; needed with dates.
    modified
        Divided by 1 + rate: by what part the value falls when the rate rises, per unit of rate.

    Returns
    -------
    Decimal with 10 places for one loan; for many an Outcome of int64 multiples of 1e-10: years, or periods
    where no ``year`` is given. Rounded once, half to even.

    Raises
    ------
    InputError
        As in :func:`present_value`; a payment below 0, or none above.

    Notes
    -----
    ``D = sum t c (1 + r)**-t / sum c (1 + r)**-t``; modified ``D / (1 + r)`` (Macaulay 1938; Hicks 1939).

    Examples
    --------
    >>> duration([50, 50, 1050], [1, 2, 3], "0.05", year=1)
    Decimal('2.8594104308')
    >>> duration([50, 50, 1050], [1, 2, 3], "0.05", year=1, modified=True)
    Decimal('2.7232480294')
    """
    given = _read(flows, times, offsets, decimals)
    if given.dated and on is None:
        raise InputError(Code.MISSING, "on")
    rates = _rate(given.screen, rate)
    unit, start = _units(given, year, on, by_period=True)

    def work(part: _Part) -> tuple[Ints, Ints]:
        return _mean_time(_flows_of(part, unit, start), rates[part.loans], modified=modified)

    return _answer(given, work, RATE_DECIMALS, workers)


def _mean_time(flows: Flows, rates: Ints, *, modified: bool) -> tuple[Ints, Ints]:
    begin = flows.offsets[:-1]
    fault = np.where(np.minimum.reduceat(flows.amount, begin) < 0, NEGATIVE, 0)
    fault = np.where((fault == 0) & (np.maximum.reduceat(flows.amount, begin) == 0), NOTHING, fault)

    def estimate(loans: Ints, dtype: Real) -> tuple[Numbers, Numbers]:
        terms = (flows if len(loans) == len(flows) else flows.take(loans)).terms(dtype)
        growth = 1 + rates[loans].astype(dtype) / dtype(_ONE)
        scale = dtype(_ONE) / growth if modified else np.full(len(loans), dtype(_ONE))
        worth, _ = terms.discounted(growth)
        mean = terms.sums(worth * terms.time) / terms.sums(worth)
        # Both sums are off by their slack, of terms no later than the last.
        return mean * scale, 2.5 * terms.latest * terms.slack(growth) * scale

    def exact(i: int, guess: int) -> int:
        if fault[i]:
            return 0
        amounts, keys, unit = flows.one(i)
        growth = Fraction(int(rates[i]) + _ONE, _ONE)
        scale = (growth if modified else 1) / Fraction(_ONE)

        def above(b: Fraction) -> int:
            away = [a * (Fraction(key, unit) - b * scale) for a, key in zip(amounts, keys, strict=True)]
            return exact_sign(away, keys, unit, growth)

        return nearest_unit(above, guess)

    with np.errstate(divide="ignore", invalid="ignore"):
        return settled_exactly(len(flows), estimate, exact), fault


@overload
def weighted_average_life(
    principal: Amounts, times: Times | None, *, year: Any = None, on: Any = None, **one: Unpack[One]
) -> Decimal: ...
@overload
def weighted_average_life(
    principal: Amounts, times: Times | None, *, year: Any = None, on: Any = None, **many: Unpack[Many]
) -> Outcome[Ints]: ...
def weighted_average_life(
    principal: Any,
    times: Any,
    *,
    year: Year | int | None = None,
    on: Any = None,
    offsets: Any = None,
    decimals: int = 2,
    workers: int = 1,
) -> Decimal | Outcome[Ints]:
    """Mean time until principal is repaid, weighted by its amounts: :func:`duration` of it at rate 0.

    Parameters
    ----------
    principal
        Principal repaid, 0 or more: as ``flows`` in :func:`present_value`.
    times, year, on, offsets, decimals, workers
        As in :func:`duration`.

    Returns
    -------
    As of :func:`duration`.

    Raises
    ------
    InputError
        As in :func:`duration`.

    Examples
    --------
    >>> weighted_average_life([100, 100, 200], [1, 2, 3], year=12)
    Decimal('0.1875000000')
    """
    return duration(  # type: ignore[no-any-return, call-overload]
        principal, times, 0, year=year, on=on, offsets=offsets, decimals=decimals, workers=workers
    )


@overload
def total_cost(flows: Amounts, **one: Unpack[One]) -> Decimal: ...
@overload
def total_cost(flows: Amounts, **many: Unpack[Many]) -> Outcome[Ints]: ...
def total_cost(
    flows: Any, *, offsets: Any = None, decimals: int = 2, workers: int = 1
) -> Decimal | Outcome[Ints]:
    """Total cost of credit: what is paid less what is advanced.

    Parameters
    ----------
    flows
        As in :func:`present_value`: advances below 0, payments above.
    offsets, decimals, workers
        As in :func:`present_value`.

    Returns
    -------
    Decimal for one loan; for many an Outcome of int64 minor units.

    Raises
    ------
    InputError
        As in :func:`present_value`.

    Examples
    --------
    >>> total_cost([-12000] + [1072] * 12)
    Decimal('864.00')
    """
    given = _read(flows, None, offsets, decimals)

    def work(part: _Part) -> tuple[Ints, Ints]:
        return np.add.reduceat(part.amount, part.offsets[:-1]), np.zeros(len(part.loans), np.int64)

    return _answer(given, work, decimals, workers)


@overload
def diminished_obligation(
    npv0: Decimal | int | str, npv1: Decimal | int | str, *, decimals: int = 2
) -> Decimal: ...
@overload
def diminished_obligation(npv0: Ints, npv1: Ints) -> Outcome[Ints]: ...
def diminished_obligation(npv0: Any, npv1: Any, *, decimals: int = 2) -> Decimal | Outcome[Ints]:
    """By what part a restructuring lowers the value of a debt: ``(npv0 - npv1) / npv0``.

    Parameters
    ----------
    npv0, npv1
        Present values of the flows before and after the change, both at the original effective rate: numbers,
        or int64 columns of minor units.
    decimals
        Of the currency; read for one loan.

    Returns
    -------
    Decimal with 10 places, or an Outcome of int64 multiples of 1e-10; half to even. Negative where the new
    flows are worth more.

    Raises
    ------
    InputError
        A value before that isn't above 0, or a result beyond 1,000,000 %.

    Notes
    -----
    EBA/GL/2016/07, paragraph 51; the institution sets the threshold above which the obligor is in default,
    of at most 1 %.

    Examples
    --------
    A five-year bullet of 100 at 5 %, all flows two years later:

    >>> after = present_value([5, 5, 5, 5, 105], [3, 4, 5, 6, 7], "0.05", decimals=8)
    >>> diminished_obligation("100", after, decimals=8)
    Decimal('0.0929705215')
    """
    alone = np.ndim(npv0) == 0
    if alone:
        screen = Screen(1)
        before = screen.money("npv0", npv0, _decimals(decimals), minimum=None)
        after = screen.money("npv1", npv1, decimals, minimum=None)
    else:
        before, after = _whole("npv0", npv0), _whole("npv1", npv1)
        screen = Screen(len(before))
        if len(after) != len(before):
            msg = f"npv1: {len(after)} values for {len(before)}"
            raise TypeError(msg)
        for name, values in (("npv0", before), ("npv1", after)):
            outside = (values > MAX_UNITS) | (values < -MAX_UNITS)
            screen.fault(outside, Code.OUT_OF_RANGE, name, values, f"{-MAX_UNITS} to {MAX_UNITS}")
    screen.fault(before == 0, Code.NOTHING_OWED, "npv0", before)
    screen.fault(before < 0, Code.NEGATIVE, "npv0", before, "> 0")
    base = np.where(screen.good, before, 1)
    most = int(HIGHEST)
    bounds = f"{-most} to {most} * npv0"
    screen.fault(-after // base > most, Code.OUT_OF_RANGE, "npv1", after, bounds)
    screen.fault(after // base > most, Code.OUT_OF_RANGE, "npv1", after, bounds)
    lost = np.where(screen.good, base - after, 0)

    def estimate(rows: Ints, dtype: Real) -> tuple[Numbers, Numbers]:
        value = lost[rows].astype(dtype) / base[rows].astype(dtype) * dtype(_ONE)
        return value, np.abs(value) * (4 * np.finfo(dtype).eps)

    def exact(i: int, guess: int) -> int:
        quotient = Fraction(int(lost[i]) * _ONE, int(base[i]))
        return nearest_unit(lambda b: (quotient > b) - (quotient < b), guess)

    out, row = settled_exactly(len(base), estimate, exact), np.flatnonzero(screen.good)
    outcome = Outcome(out[row], row, screen.failures())
    return to_decimal(int(outcome.single()[0]), RATE_DECIMALS) if alone else outcome
