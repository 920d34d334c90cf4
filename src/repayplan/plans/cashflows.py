"""Flows of money as callers give them: of one loan, or of many in ragged columns, read and checked.

Times are whole multiples of some unit, so every figure of flows is the rounding of an exact number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Any, Required, TypedDict, get_args

import numpy as np
import numpy.typing as npt

from repayplan.basics.blocks import run_blocks
from repayplan.basics.columns import RATE_DECIMALS, Screen, Shown, beside
from repayplan.basics.dates import FIRST_YEAR, LAST_YEAR, Days
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import MAX_DECIMALS, MAX_TOTAL, MAX_UNITS, Minor, to_decimal
from repayplan.basics.outcome import Bools, Ints, Outcome
from repayplan.kernel.discount import (
    BEYOND,
    CHUNK,
    NEGATIVE,
    NO_RATE,
    NOTHING,
    SEVERAL,
    Flows,
    ragged_rows,
    tidy_flows,
)
from repayplan.kernel.rules import MAX_PERIODS
from repayplan.plans.yearly import YEAR_UNITS, Year, in_years

Amounts = Sequence[Decimal | int | str] | Minor | Ints
Times = Sequence[Any] | Ints | Days


class One(TypedDict, total=False):
    """Options where the flows are one loan's."""

    decimals: int


class Many(TypedDict, total=False):
    """Options where they are many loans'."""

    offsets: Required[npt.ArrayLike]
    workers: int


_FAULTS = {
    NO_RATE: (Code.NO_RATE, "rate", "none", "-0.9999 to 10000"),
    SEVERAL: (Code.SEVERAL_RATES, "rate", "several", ""),
    BEYOND: (Code.BEYOND_DOMAIN, "flows", f">= {MAX_TOTAL}", f"< {MAX_TOTAL}"),
    NEGATIVE: (Code.NEGATIVE, "flows", "< 0", ">= 0"),
    NOTHING: (Code.NOTHING_OWED, "flows", "0", ""),
}
Work = Callable[["Part"], tuple[Ints, Ints]]
"""Results of the loans of a part, and which of `_FAULTS` each has (0: none)."""


@dataclass(frozen=True, slots=True)
class Part:
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

    def flows(self, year: Year | int, on: Days | None) -> Flows:
        """The flows at times in years, or in periods: ``year`` is a convention, or how many units it has."""
        counts, unit = self.times, year
        if isinstance(year, str):
            counts, unit = in_years(counts, self.first(on), self.offsets, year), YEAR_UNITS
        return Flows(*tidy_flows(self.amount, counts, self.offsets), np.full(len(self.loans), unit))

    def first(self, on: Days | None) -> Ints:
        """The day that times are counted from: ``on``, or the first date of each loan."""
        if on is not None:
            return on[self.loans].astype(np.int64)
        days: Ints = np.minimum.reduceat(self.times, self.offsets[:-1])
        return days


@dataclass(frozen=True, slots=True)
class Given:
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

    def parts(self) -> list[Part]:
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
            Part(
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


def decimals_of(decimals: Any) -> int:
    """Checked decimals of a currency."""
    return _number("decimals", decimals, MAX_DECIMALS)


def places_of(places: Any) -> int:
    """Checked decimals that a rate is rounded to."""
    return _number("places", places, RATE_DECIMALS)


def read_flows(flows: Any, times: Any, offsets: Any, decimals: Any) -> Given:
    """Flows of one loan, or with ``offsets`` of many; raises what is wrong with one, marks it for many."""
    decimals = decimals_of(decimals)
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


def _read_one(flows: Any, times: Any, decimals: int) -> Given:
    """Amounts in currency units and dates or counts of one loan; raises what is wrong with them."""
    if isinstance(flows, (str, bytes)):
        raise InputError(Code.UNKNOWN_VALUE, "flows", flows, "a list of amounts")
    values = flows if isinstance(flows, Minor) else list(flows)
    size = len(values.units if isinstance(values, Minor) else values)
    if not size:
        raise InputError(Code.MISSING, "flows")
    inner, time, dated = Screen(size), None, False
    amount = inner.money("flows", values, decimals, minimum=None)
    if times is not None:
        when = times if isinstance(times, np.ndarray) else list(times)
        if len(when) != size:
            raise InputError(Code.OUT_OF_RANGE, "times", len(when), f"{size}, one for each flow")
        dated = not isinstance(when[0], (int, float, Decimal, np.number))
        column = inner.date("times", when) if dated else inner.count("times", when, 0, MAX_PERIODS)
        time = column.astype(np.int64)
    for failure in inner.failures():
        raise failure.error()
    return Given(amount, time, np.array([0, size]), Screen(1), dated, alone=True)


def _read_batch(flows: Any, times: Any, offsets: Any) -> Given:
    amount = whole_column("flows", flows.units if isinstance(flows, Minor) else flows)
    ends, time, dated = whole_column("offsets", offsets), None, False
    if not len(ends) or ends[0] or ends[-1] != len(amount) or (np.diff(ends) < 0).any():
        msg = f"offsets go up from 0 to the number of flows, {len(amount)}"
        raise TypeError(msg)
    if times is not None:
        column = np.asarray(times)
        dated = column.dtype.kind == "M"
        days = column.astype("datetime64[D]") if dated else column
        time = whole_column("times", days.astype(np.int64) if dated else days)
        if time.shape != amount.shape or (dated and ((days != column) & ~np.isnat(column)).any()):
            msg = f"times: a whole day or count for each of the {len(amount)} flows"
            raise TypeError(msg)
    return Given(amount, time, ends, Screen(len(ends) - 1), dated, alone=False)


def whole_column(name: str, values: Any) -> Ints:
    """An integer column as int64."""
    column = np.asarray(values)
    if column.ndim != 1 or (column.dtype.kind not in "iu" and column.size):
        msg = f"{name}: a column of integers, not {column.dtype} of shape {column.shape}"
        raise TypeError(msg)
    if column.dtype == np.uint64 and (column > np.iinfo(np.int64).max).any():
        msg = f"{name}: beyond int64"
        raise TypeError(msg)
    return column.astype(np.int64, copy=False)


def year_of(given: Given, year: Any, on: Any, *, by_period: bool) -> tuple[Any, Days | None]:
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


def answer(given: Given, work: Work, decimals: int, workers: int) -> Decimal | Outcome[Ints]:
    """Works through the good loans, a part at a time, and hands back what the caller asked for."""
    screen, out = given.screen, np.zeros(given.screen.size, np.int64)
    faults = np.zeros(screen.size, np.int64)
    parts = given.parts()
    done = run_blocks(work, parts, lambda part: len(part.loans), workers=workers)
    for part, (value, fault) in zip(parts, done, strict=True):
        out[part.loans], faults[part.loans] = value, fault
    for number, (code, field, shown, limit) in _FAULTS.items():
        screen.fault(faults == number, code, field, shown, limit)
    row = np.flatnonzero(screen.good)
    outcome = Outcome(out[row], row, screen.failures())
    return to_decimal(int(outcome.single()[0]), decimals) if given.alone else outcome


def rate_answer(given: Given, work: Work, places: int, workers: int) -> Decimal | Outcome[Ints]:
    """The same where the work gives rates in 1e-10 with so many places."""
    found = answer(given, work, RATE_DECIMALS, workers)
    if isinstance(found, Outcome):
        return found
    whole = int(found.scaleb(RATE_DECIMALS, Context(prec=40)))
    return to_decimal(whole // 10 ** (RATE_DECIMALS - places), places)
