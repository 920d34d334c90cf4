"""Regular due dates that periods lie among, and a date as a person writes it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from repayplan.basics.dates import (
    FIRST_YEAR,
    FREQUENCIES,
    FREQUENCY_INDEX,
    FREQUENCY_NAMES,
    LAST_YEAR,
    Days,
    shift,
)
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Bools, Ints

Day = date | str | np.datetime64
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]00:00:00(\.0+)?)?")


def one_day(field: str, value: Day | None) -> np.datetime64:
    """One date given by a person."""
    if value is None or str(value) in ("", "NaT"):
        raise InputError(Code.MISSING, field)
    try:
        if not _ISO.fullmatch(str(value)):
            raise ValueError
        day = np.datetime64(str(value)[:10], "D")
    except ValueError:
        raise InputError(Code.NOT_A_DATE, field, value, "a date, or YYYY-MM-DD") from None
    if not FIRST_YEAR <= day.item().year <= LAST_YEAR:
        raise InputError(Code.OUT_OF_RANGE, field, value, f"a year from {FIRST_YEAR} to {LAST_YEAR}")
    return day


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """The regular due dates that a period lies among: anchor + k periods, for every whole k.

    Arrays are broadcast against start and end. One grid has one frequency, so that all year fractions
    of a call have one denominator.

    Attributes
    ----------
    anchor
        datetime64[D]; one of the regular due dates of each row.
    frequency
        int; index into :data:`~repayplan.basics.dates.FREQUENCIES`, the same for all rows.
    month_end
        bool, for all or one a row; whether an anchor on the last day of its month means the last day
        of every month (28 Feb, 31 May, 31 Aug; otherwise 28 Feb, 28 May, 28 Aug).
    day
        int, for all or one a row; the day of the month meant by an anchor on the last day of a shorter one.
    maturity
        datetime64[D]; the last due date of each row, NaT (or None for all) where no period ends with it.

    Raises
    ------
    InputError
        Rows of different frequencies, or none (``grid.frequency``); an anchor that is missing; dates that
        aren't datetime64[D].

    Examples
    --------
    >>> grid = Grid.of("2025-11-30", "quarterly", month_end=True)
    >>> grid.due(np.array([-1, 0, 1, 2]))
    array(['2025-08-31', '2025-11-30', '2026-02-28', '2026-05-31'], dtype='datetime64[D]')
    """

    anchor: Days
    frequency: npt.NDArray[np.integer]
    month_end: bool | Bools = False
    maturity: Days | None = None
    day: int | Ints = 0

    def __post_init__(self) -> None:
        often = np.asarray(self.frequency)
        if often.dtype.kind not in "iu" or not often.size:
            raise InputError(Code.MISSING, "grid.frequency", rule="an index into FREQUENCIES for each row")
        if often.min() != often.max():
            rule = "one frequency for all rows of a grid: a call's year fractions have one denominator"
            raise InputError(Code.UNKNOWN_VALUE, "grid.frequency", np.unique(often).tolist(), rule)
        if not 0 <= often.flat[0] < len(FREQUENCIES):
            rule = f"an index into FREQUENCIES, 0 to {len(FREQUENCIES) - 1}"
            raise InputError(Code.UNKNOWN_VALUE, "grid.frequency", int(often.flat[0]), rule)
        for name in ("anchor", "maturity"):
            dates = getattr(self, name)
            if dates is not None and np.asarray(dates).dtype != np.dtype("datetime64[D]"):
                raise InputError(Code.NOT_A_DATE, f"grid.{name}", np.asarray(dates).dtype, "datetime64[D]")
        if np.isnat(self.anchor).any():
            raise InputError(Code.MISSING, "grid.anchor")

    @classmethod
    def of(cls, anchor: Day, frequency: str, *, month_end: bool = False, maturity: Day | None = None) -> Grid:
        """The grid of one loan, from what a person writes.

        Parameters
        ----------
        anchor, maturity
            Dates, or text (YYYY-MM-DD).
        frequency
            A name, such as ``"semi-annual"``.
        month_end
            See :class:`Grid`.

        Raises
        ------
        InputError
            A date that isn't one, or a frequency that isn't known.
        """
        if frequency not in FREQUENCY_INDEX:
            raise InputError(Code.UNKNOWN_VALUE, "grid.frequency", frequency, limit=FREQUENCY_NAMES)
        ends = None if maturity is None else np.array([one_day("grid.maturity", maturity)])
        often = np.array([FREQUENCY_INDEX[frequency]])
        return cls(np.array([one_day("grid.anchor", anchor)]), often, month_end, ends)

    @property
    def index(self) -> int:
        """The frequency that all rows share, as an index into ``FREQUENCIES``."""
        return int(np.asarray(self.frequency).flat[0])

    def due(self, k: npt.ArrayLike) -> Days:
        """datetime64[D]; the regular due date ``k`` periods after the anchor, broadcast against it."""
        return shift(self.anchor, self.index, k, month_end=self.month_end, day=self.day)


def needed(grid: Grid | None) -> Grid:
    """The grid of a day count that looks at it; one that isn't there is a fault."""
    if grid is None:
        raise InputError(Code.MISSING, "grid", rule="the regular due dates, which this day count looks at")
    return grid
