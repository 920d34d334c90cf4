"""Rates that are known from the start: fixed, in steps, and promotional ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise

import numpy as np

from repayplan.basics.annualrate import annual_shown, annual_units
from repayplan.basics.arguments import one_date
from repayplan.basics.dates import Days
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Ints
from repayplan.basics.rate import MOST_A_YEAR, Number, Rate
from repayplan.basics.ratepath import NAT, ONE, PathLoans, RatePath


@dataclass(frozen=True, slots=True)
class FixedRate(RatePath):
    """The same rate throughout.

    Parameters
    ----------
    rate
        Annual nominal, as a fraction of 0 to 1 in multiples of 1e-10, or a nominal :class:`Rate`, of at most
        100 a year (10,000 %).
    negative
        Whether the rate may be below zero, down to -1; it is refused otherwise.

    Raises
    ------
    InputError
        Not such a rate.

    Examples
    --------
    >>> FixedRate(Rate.parse("月利率 5.5‰")).rate
    Decimal('0.066')
    """

    rate: Number | Rate
    negative: bool = False
    _rate: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        units = annual_units("fixed.rate", self.rate, negative=self.negative, most=MOST_A_YEAR)
        object.__setattr__(self, "_rate", units)
        object.__setattr__(self, "rate", annual_shown(units))

    def _events(self, loans: PathLoans) -> Iterator[tuple[Days, Ints]]:
        yield loans.start, np.full(len(loans.start), self._rate, np.int64)


@dataclass(frozen=True, slots=True)
class SteppedRate(RatePath):
    """Rates each of which holds from its date on; before the first there is none.

    Parameters
    ----------
    steps
        Pairs of date and rate (as in :class:`FixedRate`), each date later than the one before.
    negative
        As in :class:`FixedRate`.

    Raises
    ------
    InputError
        No step, a date or rate that can't be read, or dates out of order.

    Examples
    --------
    >>> path = SteppedRate((("2026-01-01", "0.02"), ("2027-01-01", "0.03"), ("2028-01-01", "0.04")))
    >>> path.segments("2026-03-01", "2027-03-01")
    (array(['2027-01-01'], dtype='datetime64[D]'), array([200000000, 300000000]))
    """

    steps: tuple[tuple[date | str, Number | Rate], ...]
    negative: bool = False
    _days: Days = field(init=False, repr=False, compare=False)
    _rates: Ints = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.steps:
            raise InputError(Code.MISSING, "steps")
        days = [one_date("steps", when) for when, _ in self.steps]
        rates = [
            annual_units("steps", rate, negative=self.negative, most=MOST_A_YEAR) for _, rate in self.steps
        ]
        for before, after in pairwise(days):
            if after <= before:
                code = Code.DUPLICATE if after == before else Code.DATES_OUT_OF_ORDER
                raise InputError(code, "steps", str(after), limit=f"> {before}")
        shown = tuple((day, annual_shown(rate)) for day, rate in zip(days, rates, strict=True))
        object.__setattr__(self, "steps", shown)
        object.__setattr__(self, "_days", np.array(days, "datetime64[D]"))
        object.__setattr__(self, "_rates", np.array(rates, np.int64))

    def _events(self, loans: PathLoans) -> Iterator[tuple[Days, Ints]]:
        place = np.searchsorted(self._days, loans.start, side="right") - 1
        loans.fault(place < 0, Code.OUT_OF_RANGE, "steps", loans.start, f">= {self._days[0]}")
        yield loans.start, self._rates[np.maximum(place, 0)]
        for day, rate in zip(self._days, self._rates, strict=True):
            yield np.where(loans.start < day, day, NAT), np.broadcast_to(rate, loans.start.shape)


@dataclass(frozen=True, slots=True)
class PromotionalRate(RatePath):
    """One rate before a date, and another path from that date on.

    Parameters
    ----------
    rate
        As in :class:`FixedRate`.
    until
        The first day on which it no longer holds.
    then
        What holds from that day on: another path, or a rate.
    negative
        As in :class:`FixedRate`; another path that follows says so itself.

    Raises
    ------
    InputError
        A rate or date that can't be read, or what follows ends earlier.

    Examples
    --------
    >>> PromotionalRate("0.0199", "2026-07-01", then=SteppedRate((("2026-07-01", "0.05"),))).on("2026-06-30")
    Decimal('0.0199')
    """

    rate: Number | Rate
    until: date | str
    then: RatePath | Number | Rate
    negative: bool = False
    _rate: int = field(init=False, repr=False, compare=False)
    _then: RatePath = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        until = one_date("promotional.until", self.until)
        then = self.then if isinstance(self.then, RatePath) else FixedRate(self.then, self.negative)
        if isinstance(then, PromotionalRate) and np.datetime64(then.until) <= np.datetime64(until):
            raise InputError(
                Code.DATES_OUT_OF_ORDER, "promotional.until", str(then.until), limit=f"> {until}"
            )
        units = annual_units("promotional.rate", self.rate, negative=self.negative, most=MOST_A_YEAR)
        object.__setattr__(self, "_rate", units)
        object.__setattr__(self, "rate", annual_shown(units))
        object.__setattr__(self, "until", until)
        object.__setattr__(self, "then", then)
        object.__setattr__(self, "_then", then)
        object.__setattr__(self, "negative", self.negative or then.negative)

    @property
    def _most(self) -> int:
        return MOST_A_YEAR if self._rate > ONE else self._then._most

    def _events(self, loans: PathLoans) -> Iterator[tuple[Days, Ints]]:
        until = np.datetime64(self.until, "D")
        before = loans.start < until
        events = self._then._events(replace(loans, start=np.maximum(loans.start, until)))
        _, rate = next(events)
        yield loans.start, np.where(before, self._rate, rate)
        yield np.where(before, until, NAT), rate
        yield from events
