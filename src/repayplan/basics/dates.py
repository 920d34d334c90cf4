"""Due dates counted from their anchor, over arrays of dates."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

Days = npt.NDArray[np.datetime64]
Ints = npt.NDArray[np.int64]

FIRST_YEAR, LAST_YEAR = 1900, 2200
"""Years in which a date given may lie."""


@dataclass(frozen=True, slots=True)
class Frequency:
    """How far due dates lie apart: some months, or some days.

    Examples
    --------
    >>> FREQUENCIES[FREQUENCY_INDEX["fortnightly"]].in_months
    Fraction(6, 13)
    """

    name: str
    months: int = 0
    days: int = 0

    @property
    def year_share(self) -> Fraction:
        """One period as a share of a year: months / 12; a week is 1/52 of a year."""
        return Fraction(self.months, 12) + Fraction(self.days, 7 * 52)

    @property
    def in_months(self) -> Fraction:
        """One period in months; weeks by the rule 52 weeks = 12 months."""
        return self.year_share * 12


_NAMED = {1: "monthly", 2: "bimonthly", 3: "quarterly", 6: "semi-annual", 12: "annual"}
FREQUENCIES: tuple[Frequency, ...] = (
    *(Frequency(_NAMED.get(k, f"{k}-monthly"), months=k) for k in range(1, 13)),
    Frequency("weekly", days=7),
    Frequency("fortnightly", days=14),
)
"""Every frequency; arrays hold the index."""
FREQUENCY_INDEX: dict[str, int] = {
    **{f"{k}-monthly": k - 1 for k in range(1, 13)},
    **{f.name: i for i, f in enumerate(FREQUENCIES)},
}
"""Index of a frequency by name; ``"3-monthly"`` is ``"quarterly"``."""

MONTHS_OF = np.array([f.months for f in FREQUENCIES], np.int64)
DAYS_OF = np.array([f.days for f in FREQUENCIES], np.int64)
PERIOD_MONTHS_NUM = np.array([f.in_months.numerator for f in FREQUENCIES], np.int64)
PERIOD_MONTHS_DEN = np.array([f.in_months.denominator for f in FREQUENCIES], np.int64)


def a_period(monthly: Ints, frequency: Ints) -> Ints:
    """Amounts a month as amounts a period, rounded down.

    Examples
    --------
    >>> a_period(np.array([1000, 1000]), np.array([2, FREQUENCY_INDEX["weekly"]]))
    array([3000,  230])
    """
    if not frequency.any():
        return monthly
    return monthly * PERIOD_MONTHS_NUM[frequency] // PERIOD_MONTHS_DEN[frequency]


def a_month(per_period: Ints, frequency: Ints) -> Ints:
    """Amounts a period as amounts a month, rounded up."""
    if not frequency.any():
        return per_period
    return -(-per_period * PERIOD_MONTHS_DEN[frequency] // PERIOD_MONTHS_NUM[frequency])


def whole_periods(months: Ints, frequency: Ints) -> Ints:
    """How many whole periods there are in so many months."""
    if not frequency.any():
        return months
    return months * PERIOD_MONTHS_DEN[frequency] // PERIOD_MONTHS_NUM[frequency]


def months_taken(periods: Ints, frequency: Ints) -> Ints:
    """How many months so many periods take, begun ones counted whole."""
    if not frequency.any():
        return periods
    return -(-periods * PERIOD_MONTHS_NUM[frequency] // PERIOD_MONTHS_DEN[frequency])


def civil(dates: Days) -> tuple[Ints, Ints, Ints]:
    """Months since 1970-01, day of the month, and length of the month, of each date."""
    month = dates.astype("datetime64[M]")
    first = month.astype("datetime64[D]")
    length = (month + 1).astype("datetime64[D]") - first
    return month.astype(np.int64), (dates - first).astype(np.int64) + 1, length.astype(np.int64)


def shift(anchor: Days, frequency: npt.ArrayLike, k: npt.ArrayLike) -> Days:
    """The date ``k`` periods after the anchor (before it where ``k`` is negative).

    Always from the anchor, the day of the month cut to the length of the month: 31 Jan, 28 Feb,
    31 Mar; never chained, which would give 31 Jan, 28 Feb, 28 Mar.

    Parameters
    ----------
    anchor
        datetime64[D], any shape.
    frequency
        Index into :data:`FREQUENCIES`, broadcast against ``anchor``.
    k
        Periods, broadcast against ``anchor``.

    Examples
    --------
    >>> shift(np.array(["2026-01-31"], "datetime64[D]"), 0, np.array([0, 1, 2]))
    array(['2026-01-31', '2026-02-28', '2026-03-31'], dtype='datetime64[D]')
    """
    frequency, k = np.asarray(frequency), np.asarray(k)
    month, day, _ = civil(anchor)
    target = (month + MONTHS_OF[frequency] * k).astype("datetime64[M]")
    first = target.astype("datetime64[D]")
    length = ((target + 1).astype("datetime64[D]") - first).astype(np.int64)
    by_month = first + (np.minimum(day, length) - 1).astype("timedelta64[D]")
    by_days = anchor + (DAYS_OF[frequency] * k).astype("timedelta64[D]")
    shifted: Days = np.where(MONTHS_OF[frequency] > 0, by_month, by_days)
    return shifted
