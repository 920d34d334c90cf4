"""Day counts as values in a table: which days count, over which year, and where the rule is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from repayplan.basics.dates import Days, civil

Ints = npt.NDArray[np.int64]


def _actual(start: Days, end: Days) -> Ints:
    return (end - start).astype(np.int64)


def _thirty(start: Days, end: Days, *, us: bool) -> Ints:
    m1, d1, _ = civil(start)
    m2, d2, _ = civil(end)
    d1 = np.minimum(d1, 30)
    cut = (d2 == 31) & ((d1 == 30) | (not us))
    return (m2 - m1) * 30 + np.where(cut, 30, d2) - d1


def _us(start: Days, end: Days) -> Ints:
    return _thirty(start, end, us=True)


def _european(start: Days, end: Days) -> Ints:
    return _thirty(start, end, us=False)


@dataclass(frozen=True, slots=True)
class DayCount:
    """One convention.

    Attributes
    ----------
    name
        As written in files.
    days
        ``days(start, end)`` over datetime64[D] arrays: the days counted, int64.
    year
        The denominator: days in the year; None where whole periods are counted instead of days.
    text, source
        The rule in words, and where it is written.

    Examples
    --------
    >>> bond = DAY_COUNTS[DAY_COUNT_INDEX["30/360"]]
    >>> start, end = np.array(["2008-02-28"], "datetime64[D]"), np.array(["2008-08-31"], "datetime64[D]")
    >>> bond.days(start, end)
    array([183])
    """

    name: str
    days: Callable[[Days, Days], Ints]
    year: int | None
    text: str
    source: str


_ISDA = "2006 ISDA Definitions, section 4.16"
DAY_COUNTS: tuple[DayCount, ...] = (
    DayCount(
        "periods",
        _european,
        None,
        "Every whole period counts its share of a year (a month 1/12, a week 1/52), whatever its days. "
        "A first period that isn't whole: 30E/360 days over 360; of weekly loans, days over 364.",
        "the usual convention of instalment loans",
    ),
    DayCount(
        "30/360",
        _us,
        360,
        "Months have 30 days; day 31 of the start becomes 30, and of the end too if the start is 30 or 31.",
        f"{_ISDA}(f), bond basis",
    ),
    DayCount(
        "30E/360", _european, 360, "Months have 30 days; day 31 becomes 30 at both ends.", f"{_ISDA}(g)"
    ),
    DayCount("ACT/360", _actual, 360, "Actual days over 360.", f"{_ISDA}(e)"),
    DayCount("ACT/365F", _actual, 365, "Actual days over 365, leap years too.", f"{_ISDA}(d)"),
)
"""Every day count; arrays hold the index."""
DAY_COUNT_INDEX: dict[str, int] = {d.name: i for i, d in enumerate(DAY_COUNTS)}
