"""Due dates counted from their anchor, over arrays of dates."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from repayplan.basics.outcome import all_of, any_of

Days = npt.NDArray[np.datetime64]
DAY, _MONTH = np.dtype("datetime64[D]"), np.dtype("datetime64[M]")
Ints = npt.NDArray[np.int64]

FIRST_YEAR, LAST_YEAR = 1900, 2200
"""Years in which a date given may lie."""


MID = 15
"""Half-monthly dates lie so many days apart."""
MOST_MONTHS, MOST_DAYS = 120, 366
"""Due dates lie at most so far apart."""


@dataclass(frozen=True, slots=True)
class Frequency:
    """How far due dates lie apart: some months, some days, or half a month (neither).

    Examples
    --------
    >>> FREQUENCIES[FREQUENCY_INDEX["fortnightly"]].in_months
    Fraction(6, 13)
    """

    name: str
    months: int = 0
    days: int = 0

    @property
    def in_months(self) -> Fraction:
        """One period in months; days by the rule 52 weeks = 12 months."""
        if not self.months and not self.days:
            return Fraction(1, 2)
        return self.months + Fraction(12 * self.days, 7 * 52)

    @property
    def year_share(self) -> Fraction:
        """One period as a share of a year, as its interest counts it.

        Months / 12; a week is 1/52 of a year, and days that make no whole weeks are days of 365.
        """
        if self.days % 7:
            return Fraction(self.days, 365)
        return self.in_months / 12


_MONTHS = {1: "monthly", 2: "bimonthly", 3: "quarterly", 6: "semi-annual", 12: "annual"}
_DAYS = {1: "daily", 7: "weekly", 14: "fortnightly"}
SEMI_MONTHLY = "semi-monthly"


def _of_months(k: int) -> list[str]:
    """Every name of a period of so many months, the usual one first."""
    usual = [_MONTHS[k]] if k in _MONTHS else []
    usual += ["yearly"] if k == 12 else []
    return usual + ([f"{k // 12}-yearly"] if k % 12 == 0 else []) + [f"{k}-monthly"]


def _of_days(k: int) -> list[str]:
    usual = [_DAYS[k]] if k in _DAYS else []
    return usual + ([f"{k // 7}-weekly"] if k % 7 == 0 else []) + [f"{k}-daily"]


_EVERY = (
    *((_of_months(k), {"months": k}) for k in range(1, MOST_MONTHS + 1)),
    *((_of_days(k), {"days": k}) for k in range(1, MOST_DAYS + 1)),
    ([SEMI_MONTHLY], {}),
)
FREQUENCIES: tuple[Frequency, ...] = tuple(Frequency(names[0], **apart) for names, apart in _EVERY)
"""Every frequency; arrays hold the index (0 is monthly)."""
FREQUENCY_NAMES = ", ".join(
    (
        *_MONTHS.values(),
        "yearly",
        *_DAYS.values(),
        SEMI_MONTHLY,
        f"1-monthly ... {MOST_MONTHS}-monthly",
        f"1-yearly ... {MOST_MONTHS // 12}-yearly",
        f"1-weekly ... {MOST_DAYS // 7}-weekly",
        f"1-daily ... {MOST_DAYS}-daily",
    )
)
"""All names, for a person who used another one."""
FREQUENCY_INDEX: dict[str, int] = {name: i for i, (names, _) in enumerate(_EVERY) for name in names}
"""Index of a frequency by name; ``"3-monthly"`` is ``"quarterly"``, ``"2-weekly"`` ``"fortnightly"``."""

MONTHS_OF = np.array([f.months for f in FREQUENCIES], np.int64)
DAYS_OF = np.array([f.days for f in FREQUENCIES], np.int64)
_HALF = (MONTHS_OF == 0) & (DAYS_OF == 0)
PERIOD_MONTHS_NUM = np.array([f.in_months.numerator for f in FREQUENCIES], np.int64)
PERIOD_MONTHS_DEN = np.array([f.in_months.denominator for f in FREQUENCIES], np.int64)


def _times(amount: Ints, num: Ints, den: Ints, *, up: bool) -> Ints:
    """``amount * num / den``, rounded once; no product is larger than the result."""
    whole, rest = np.divmod(amount, den)
    part = -(-rest * num // den) if up else rest * num // den
    return np.asarray(whole * num + part, np.int64)


def a_period(monthly: Ints, frequency: Ints) -> Ints:
    """Amounts a month as amounts a period, rounded down.

    Examples
    --------
    >>> a_period(np.array([1000, 1000]), np.array([2, FREQUENCY_INDEX["weekly"]]))
    array([3000,  230])
    """
    if not frequency.any():
        return monthly
    return _times(monthly, PERIOD_MONTHS_NUM[frequency], PERIOD_MONTHS_DEN[frequency], up=False)


def a_month(per_period: Ints, frequency: Ints) -> Ints:
    """Amounts a period as amounts a month, rounded up."""
    if not frequency.any():
        return per_period
    return _times(per_period, PERIOD_MONTHS_DEN[frequency], PERIOD_MONTHS_NUM[frequency], up=True)


LOW = 35
"""Bits of an amount's lower limb: sums of both limbs stay within int64 for 2**28 loans."""


class Limbs(NamedTuple):
    """Amounts as ``high * 2**35 + low``, ``0 <= low < 2**35``: a month of a large instalment leaves int64."""

    high: Ints
    low: Ints

    def some(self, mask: npt.NDArray[np.bool_]) -> Limbs:
        """Those of the mask."""
        return Limbs(self.high[mask], self.low[mask])

    def above(self, others: Limbs) -> npt.NDArray[np.bool_]:
        """Which amounts are larger than the others."""
        larger, alike = self.high > others.high, self.high == others.high
        return np.asarray(larger | (alike & (self.low > others.low)), np.bool_)

    def whole(self, i: int | np.intp) -> int:
        """One of the amounts."""
        return (int(self.high[i]) << LOW) + int(self.low[i])


def in_limbs(amount: Ints) -> Limbs:
    """Amounts of any sign in two limbs.

    Examples
    --------
    >>> in_limbs(np.array([2**36 + 5, -1])).high
    array([ 2, -1])
    """
    return Limbs(amount >> LOW, amount & ((1 << LOW) - 1))


def a_month_in_limbs(instalment: Ints, frequency: Ints) -> Limbs:
    """What :func:`a_month` gives, for every int64 instalment.

    Parameters
    ----------
    instalment
        int64, minor units a period.
    frequency
        int64, index into :data:`FREQUENCIES`, one a row.

    Examples
    --------
    >>> week = np.array([FREQUENCY_INDEX["weekly"]])
    >>> a_month_in_limbs(np.array([2**61]), week).whole(0) == -(-(2**61) * 52 // 12)
    True
    """
    # So many periods are a whole number of months: only what is left over them has to be rounded.
    turns, rest = np.divmod(instalment, PERIOD_MONTHS_NUM[frequency] << LOW)
    high, low = in_limbs(a_month(rest, frequency))
    return Limbs(turns * PERIOD_MONTHS_DEN[frequency] + high, low)


def whole_periods(months: Ints, frequency: Ints) -> Ints:
    """How many whole periods there are in so many months."""
    if not frequency.any():
        return months
    return _times(months, PERIOD_MONTHS_DEN[frequency], PERIOD_MONTHS_NUM[frequency], up=False)


def begun_periods(months: Ints, frequency: Ints) -> Ints:
    """How many periods so many months take, begun ones counted whole."""
    if not frequency.any():
        return months
    return _times(months, PERIOD_MONTHS_DEN[frequency], PERIOD_MONTHS_NUM[frequency], up=True)


def months_taken(periods: Ints, frequency: Ints) -> Ints:
    """How many months so many periods take, begun ones counted whole."""
    if not frequency.any():
        return periods
    return _times(periods, PERIOD_MONTHS_NUM[frequency], PERIOD_MONTHS_DEN[frequency], up=True)


_TABLED = np.arange("1890-01", "2410-01", dtype="datetime64[M]")
_FEW = 64
"""Of so many dates numpy's own conversion is as cheap."""
_FIRST_TABLED = int(_TABLED[0].astype(np.int64))
_HEADS: Ints = _TABLED.astype("datetime64[D]").astype(np.int64)


def month_heads(month: Ints) -> Ints:
    """Day numbers (since 1970-01-01) of the first of months counted from 1970-01.

    numpy's own conversion works each calendar out anew: a table is several times as fast.
    """
    if month.size > _FEW:
        place = month - _FIRST_TABLED
        if place.min() >= 0 and place.max() < len(_HEADS):
            return _HEADS.take(place)
    return month.view(_MONTH).astype(DAY).view(np.int64)


def civil(dates: Days) -> tuple[Ints, Ints, Ints]:
    """Months since 1970-01, day of the month, and length of the month, of each date."""
    month, first = _month_of(dates)
    return month, dates.view(np.int64) - first + 1, month_heads(month + 1) - first


def _month_of(dates: Days) -> tuple[Ints, Ints]:
    """Months since 1970-01, and the first day (as :func:`month_heads`) of the month of each date."""
    day = dates.view(np.int64)
    if dates.size > _FEW and _HEADS[1] <= day.min() and day.max() < _HEADS[-2]:
        # Months are 30.44 days long: the guess is the month or the one beside it.
        place = ((day - _HEADS[0]) * 12 / 365.2425).astype(np.int64)
        place += _HEADS.take(place + 1) <= day
        place -= _HEADS.take(place) > day
        month = place + _FIRST_TABLED
    else:
        month = dates.astype(_MONTH).view(np.int64)
    return month, month_heads(month)


def _any(given: npt.ArrayLike) -> bool:
    """Whether anything but 0 is given, in one value or a column."""
    return any_of(given) if isinstance(given, np.ndarray) else bool(given)


def shift(
    anchor: Days,
    frequency: npt.ArrayLike,
    k: npt.ArrayLike,
    *,
    month_end: npt.ArrayLike = False,
    day: npt.ArrayLike = 0,
) -> Days:
    """The date ``k`` periods after the anchor (before it where ``k`` is negative).

    Always from the anchor, the day of the month cut to the length of the month: 31 Jan, 28 Feb,
    31 Mar; never chained, which would give 31 Jan, 28 Feb, 28 Mar. Half-monthly dates are the anchor's
    day and the one 15 days later (earlier, in the next month, after the 15th).

    Parameters
    ----------
    anchor
        datetime64[D], any shape.
    frequency
        Index into :data:`FREQUENCIES`, broadcast against ``anchor``.
    k
        Periods, broadcast against ``anchor``.
    month_end
        bool: where the anchor is the last day of its month and periods are months, every date is
        (28 Feb, 31 Mar, 30 Apr). Half-monthly dates are the 15th and the last day, where the anchor is
        either.
    day
        int: the day of the month meant where the anchor is the last of a month that is shorter, and periods
        are months (30: 28 Feb, 30 Mar, 30 Apr); 0: the anchor's.

    Examples
    --------
    >>> shift(np.array(["2026-01-31"], "datetime64[D]"), 0, np.array([0, 1, 2]))
    array(['2026-01-31', '2026-02-28', '2026-03-31'], dtype='datetime64[D]')
    >>> shift(np.array(["2026-02-28"], "datetime64[D]"), 0, np.array([1, 2]), month_end=True)
    array(['2026-03-31', '2026-04-30'], dtype='datetime64[D]')
    """
    frequency, k = np.asarray(frequency), np.asarray(k)
    months = MONTHS_OF[frequency]
    others = not all_of(months)  # days, or half months
    month, head = _month_of(anchor)
    own = anchor.view(np.int64) - head + 1
    if _any(month_end) or _any(day):
        length = month_heads(month + 1) - head
        # Cut to the month's length below, the 31st is its last day.
        meant = np.where(month_end, 31, day)
        own = np.where((own == length) & (meant > own) & (months > 0), meant, own)
    steps = months * k
    if others and any_of(half := _HALF[frequency]):
        odd = k % 2
        if _any(month_end):
            ends = half & month_end & (own == month_heads(month + 1) - head)
            own = np.where(ends, 31, own)
        late = own > MID
        partner = np.where(late, own - MID, own + MID)
        if _any(month_end):  # the 15th and the last
            partner = np.where(ends, MID, np.where(half & month_end & (own == MID), 31, partner))
        steps = np.where(half, k // 2 + (odd & late), steps)
        own = np.where(half & (odd == 1), partner, own)
    target = month + steps
    after = np.minimum(month_heads(target) + own, month_heads(target + 1))
    by_month: Days = (after - 1).view(DAY)
    none = np.isnat(anchor)
    if any_of(none):
        by_month = np.where(none, np.datetime64("NaT", "D"), by_month)
    if not others:
        return by_month
    days = DAYS_OF[frequency]
    shifted: Days = np.where(days > 0, anchor + (days * k).astype("timedelta64[D]"), by_month)
    return shifted
