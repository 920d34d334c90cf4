"""A dated series of rates that others are linked to, such as a prime rate."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from repayplan.basics.arguments import one_date
from repayplan.basics.columns import RATE_DECIMALS, Screen
from repayplan.basics.dates import Days
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import to_plain
from repayplan.basics.outcome import Bools, Ints
from repayplan.basics.writing import says_something

_ONE = 10**RATE_DECIMALS
_NAT = np.datetime64("NaT", "D")


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Index:
    """A published rate over time, such as the loan prime rate: each holds until the next is published.

    Parameters
    ----------
    name
        What it is called.
    dates
        Of publication, each later than the one before; any form that a column of dates may have.
    rates
        Annual nominal rates as fractions (``"0.0425"`` is 4.25 %), -1 to 1, multiples of 1e-10.
    source
        Where they are published.

    Attributes
    ----------
    dates, rates
        As tuples of dates and of Decimals.
    days, units
        The same as datetime64[D] and int64 multiples of 1e-10, read-only.

    Raises
    ------
    InputError
        No name, source or date; a date or rate that can't be read; dates out of order.
    TypeError
        Not as many rates as dates.

    Examples
    --------
    >>> lpr = Index("LPR 1Y", ["2019-08-20", "2019-09-20"], ["0.0425", "0.042"], "the PBOC")
    >>> lpr.on("2019-09-19"), lpr
    (Decimal('0.0425'), Index('LPR 1Y', 2 rates, 2019-08-20 to 2019-09-20))
    """

    name: str
    dates: tuple[date, ...]
    rates: tuple[Decimal, ...]
    source: str
    days: Days = field(init=False, compare=False)
    units: Ints = field(init=False, compare=False)

    def __init__(self, name: str, dates: Any, rates: Any, source: str) -> None:
        for what, given in (("index.name", name), ("index.source", source)):
            said: object = given
            if not isinstance(said, str) or not says_something(said):
                raise InputError(Code.MISSING, what)
        if isinstance(dates, (str, bytes)) or not hasattr(dates, "__len__"):
            raise InputError(Code.UNKNOWN_VALUE, "index.dates", dates, "a column of dates")
        screen = Screen(len(dates))
        if not screen.size:
            raise InputError(Code.MISSING, "index.dates")
        days = screen.date("index.dates", dates)
        places = np.full(screen.size, RATE_DECIMALS)
        units = screen._whole("index.rates", rates, places, -_ONE, _ONE, None)
        for failure in screen.failures():
            raise failure.error()
        gaps = np.diff(days).astype(np.int64)
        for code, wrong in ((Code.DUPLICATE, gaps == 0), (Code.DATES_OUT_OF_ORDER, gaps < 0)):
            if wrong.any():
                late = f"> {days[:-1][wrong][0]}"
                raise InputError(code, "index.dates", str(days[1:][wrong][0]), limit=late)
        days, units = days.copy(), units.copy()
        for array in (days, units):
            array.flags.writeable = False
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "dates", tuple(days.tolist()))
        object.__setattr__(self, "rates", tuple(to_plain(each, RATE_DECIMALS) for each in units.tolist()))
        object.__setattr__(self, "source", source)
        object.__setattr__(self, "days", days)
        object.__setattr__(self, "units", units)

    def __repr__(self) -> str:
        return f"Index({self.name!r}, {len(self.dates)} rates, {self.dates[0]} to {self.dates[-1]})"

    def at(self, days: npt.ArrayLike) -> tuple[Ints, Bools]:
        """The rate in force on each date: the last published on or before it.

        Parameters
        ----------
        days
            datetime64[D], any shape.

        Returns
        -------
        tuple
            int64 multiples of 1e-10, and a mask: True where there is none (before the first date, NaT),
            with rate 0.

        Examples
        --------
        >>> lpr = Index("LPR 1Y", ["2019-08-20", "2019-09-20"], ["0.0425", "0.042"], "the PBOC")
        >>> rates, early = lpr.at(np.array(["2019-08-19", "2019-08-20", "2030-01-01"], "datetime64[D]"))
        >>> rates.tolist(), early.tolist()
        ([0, 425000000, 420000000], [True, False, False])
        """
        when = np.asarray(days, "datetime64[D]")
        place = np.searchsorted(self.days, when, side="right") - 1
        early = (place < 0) | np.isnat(when)
        return np.where(early, 0, self.units[np.maximum(place, 0)]), early

    def on(self, day: date | str) -> Decimal:
        """The rate in force on one date.

        Raises
        ------
        InputError
            The date is before the first published.
        """
        when = one_date("day", day)
        rate, early = self.at(np.array([when], "datetime64[D]"))
        if early[0]:
            rule = f"{self.name} has no rate before {self.dates[0]}"
            raise InputError(Code.OUT_OF_RANGE, "day", str(when), rule)
        return to_plain(int(rate[0]), RATE_DECIMALS)
