"""Rules that no instalment may fall due after a day: a date, and the borrower's age."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import Any, ClassVar, Literal

import numpy as np

from repayplan.ability.figures import each_once, texts, whole
from repayplan.basics.columns import Screen, beside
from repayplan.basics.dates import FREQUENCY_INDEX, Days, civil, shift
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Ints
from repayplan.kernel.rules import MAX_PERIODS
from repayplan.offers.lengths import column_of
from repayplan.plans.loan import Loans

MOST_AGE = 150
_MONTHLY, _YEARLY = FREQUENCY_INDEX["monthly"], FREQUENCY_INDEX["annual"]
_EPOCH = date(1970, 1, 1).toordinal()
_NAT = np.datetime64("NaT", "D")


@dataclass(frozen=True, slots=True)
class LastDate:
    """No due date lies after a day; its units are days, 1 on 1 January of the year 1."""

    last: date
    code: ClassVar[Code] = Code.LIMIT_LAST_DATE
    most: ClassVar[int] = date.max.toordinal()

    def _day(self, loans: Loans) -> Days:
        return np.full(len(loans), np.datetime64(self.last, "D"))

    def longest(self, loans: Loans) -> Ints:
        """Due dates up to the day."""
        return instalments_by(loans, self._day(loans))

    def months_short(self, loans: Loans, length: Ints) -> Ints:
        """By how many months the day would have to move."""
        return _steps(self._day(loans), _last_due(loans, length), _MONTHLY)

    def needed(self, loans: Loans, length: Ints) -> Ints:
        """The last due date."""
        return _last_due(loans, length).astype(np.int64) + _EPOCH

    def figure(self, units: int) -> date:
        """As :meth:`LengthRule.figure`."""
        return date.fromordinal(units)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeAtMaturity:
    """The borrower's age when the last instalment falls due; its units are years.

    No due date lies after the day on which the borrower becomes so old: the birthday; of one born on
    29 February, in other years, 28 February.

    Parameters
    ----------
    years
        Most years of age.
    born
        Columns of the loans with birth dates: the borrower's, and of co-borrowers where there are any (an
        empty cell is nobody).
    of
        Whose age counts where there are several: ``"oldest"`` or ``"youngest"``.

    Raises
    ------
    InputError
        Not a whole number of years, no column, or several columns and not whose age counts.

    Examples
    --------
    >>> loans = Loans.from_columns(
    ...     principal=["900"],
    ...     annual_rate=0,
    ...     original_term=9,
    ...     elapsed=0,
    ...     unpaid=9,
    ...     next_due="2026-01-31",
    ...     columns={"born": np.array(["1956-06-15"], "datetime64[D]")},
    ... )
    >>> AgeAtMaturity(years=70).longest(loans)
    array([5])
    """

    years: int
    born: tuple[str, ...] = ("born",)
    of: Literal["oldest", "youngest"] | None = None
    code: ClassVar[Code] = Code.LIMIT_AGE
    most: ClassVar[int] = MOST_AGE

    def __post_init__(self) -> None:
        whole("limit.age.years", self.years, 0, MOST_AGE, "years")
        object.__setattr__(self, "born", texts("limit.age.born", self.born))
        rule = "columns with birth dates, each once"
        if not self.born:
            raise InputError(Code.MISSING, "limit.age.born", self.born, rule)
        each_once("limit.age.born", self.born, rule)
        known = ("oldest", "youngest")
        if self.of is None and len(self.born) > 1:
            rule = f"whose age counts: {' or '.join(known)}"
            raise InputError(Code.MISSING, "limit.age.of", None, rule)
        if self.of is not None and self.of not in known:
            raise InputError(Code.UNKNOWN_VALUE, "limit.age.of", self.of, f"one of {', '.join(known)}")

    def read(self, loans: Loans, screen: Screen) -> dict[str, Any]:
        """The columns as dates; loans without a birth date, or with one after their start, have a fault."""
        days = {name: screen.date(name, column_of(loans, name), default=_NAT) for name in self.born}
        nobody = np.logical_and.reduce([np.isnat(each) for each in days.values()])
        screen.fault(nobody, Code.MISSING, self.born[0])
        for name, each in days.items():
            late = each > loans.start
            screen.fault(late, Code.DATES_OUT_OF_ORDER, name, each, beside("<=", loans.start))
        return days

    def _born(self, loans: Loans) -> Days:
        every = [loans.extra[name] for name in self.born]
        born: Days = reduce(np.fmax if self.of == "youngest" else np.fmin, every)
        return born

    def _day(self, loans: Loans) -> Days:
        return shift(self._born(loans), _YEARLY, self.years)

    def longest(self, loans: Loans) -> Ints:
        """Due dates up to the day."""
        return instalments_by(loans, self._day(loans))

    def months_short(self, loans: Loans, length: Ints) -> Ints:
        """By how many months the day would have to move."""
        return _steps(self._day(loans), _last_due(loans, length), _MONTHLY)

    def needed(self, loans: Loans, length: Ints) -> Ints:
        """The age on the last due date, a year that has begun counted whole."""
        return _steps(self._born(loans), _last_due(loans, length), _YEARLY)

    def figure(self, units: int) -> int:
        """As :meth:`LengthRule.figure`."""
        return units


def _last_due(loans: Loans, length: Ints) -> Days:
    """When the last of so many instalments falls due."""
    return loans.due(np.arange(len(loans)), length - 1, np.ones(len(loans), np.bool_))


def instalments_by(loans: Loans, day: Days) -> Ints:
    """The most instalments of a plan none of which falls due after a day; 0 or less: there is none.

    Examples
    --------
    >>> loans = Loans.from_columns(
    ...     principal=["900"] * 2,
    ...     annual_rate=0,
    ...     original_term=9,
    ...     elapsed=0,
    ...     unpaid=9,
    ...     next_due="2026-01-31",
    ... )
    >>> instalments_by(loans, np.array(["2026-04-29", "2026-04-30"], "datetime64[D]"))
    array([3, 4])
    """
    count = loans.due_by(day)
    rows, last = np.arange(len(loans)), np.zeros(len(loans), np.bool_)
    if any(law.shifts for law in loans.due_dates):
        # Counted before the shift to business days, which may bring a due date past the day, or before it.
        while (late := (count > 0) & (loans.due(rows, count - 1, last) > day)).any():
            count = count - late
        while (early := (count >= 0) & (loans.due(rows, count, last) <= day)).any():
            count = count + early
    ends = ~np.isnat(loans.last_due)
    if ends.any():  # whatever the number of instalments, the last falls due then
        after = loans.due(rows, np.zeros_like(rows), ends) > day
        count = np.where(ends, np.where(after, 0, MAX_PERIODS), count)
    return count


def _steps(begin: Days, end: Days, frequency: int) -> Ints:
    """The least whole number of periods from one day that reaches another; 0 or less where it is no later."""
    months = civil(end)[0] - civil(begin)[0]
    steps = months // 12 if frequency == _YEARLY else months
    return steps + (shift(begin, frequency, steps) < end)
