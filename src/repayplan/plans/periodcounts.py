"""How periods are counted: in units of a length, to the day where one is changed or cut."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from repayplan.basics.outcome import Bools, Failures, Ints
from repayplan.kernel.rules import Resets
from repayplan.plans.timeline import Timeline


class TooFineError(Exception):
    """The loans have no common denominator within the domain; one of them alone may."""

    def __init__(self, value: str, limit: str) -> None:
        self.value, self.limit = value, limit
        super().__init__(f"{value}, at most {limit}")


@dataclass(frozen=True, slots=True)
class Counted:
    """What periods count: of each loan's first one, and of period t from the second on (t is 1).

    ``later[t - 1, calendar]`` has at least one row, of zeros where no loan has a second period.
    """

    first: Ints
    later: npt.NDArray[np.int32 | np.int64]

    @classmethod
    def of_all(cls, first: Ints, later: npt.NDArray[np.int32 | np.int64]) -> Counted:
        """The same where there may be no second period."""
        return cls(first, later if len(later) else np.zeros((1, later.shape[1]), later.dtype))

    def take(self, loans: Ints) -> Counted:
        """Of some of the loans."""
        return replace(self, first=self.first[loans])

    def of(self, t: Ints, loan: Ints, calendar: Ints) -> Ints:
        """int64; what periods ``t`` of loans count, each loan's calendar being ``calendar[loan]``."""
        later = self.later[t - 1, calendar[loan]].astype(np.int64)  # of the first one, -1: the last row's
        return np.where(t == 0, self.first[loan], later)

    def by_calendar(self, loan: Ints, periods: int) -> Ints:
        """int64 (periods, calendars); all periods, where loans of one calendar have the same first one."""
        return np.vstack((self.first[loan], self.later[: periods - 1].astype(np.int64)))


class Rest(NamedTuple):
    """What is left of the periods of dates, one a loan.

    Attributes
    ----------
    period
        int64; the date's period, -1: none.
    num
        int64; the numerator of the rest of it.
    kept
        int64; the same if the rate at the period's beginning stayed.
    due
        bool; whether it is a due date.
    opens
        bool; whether its period begins with it: the due date before, or the day that interest runs from.
    """

    period: Ints
    num: Ints
    kept: Ints
    due: Bools
    opens: Bools


@dataclass(frozen=True, slots=True)
class Factors:
    """Interest of period t is ``balance * num * units / den``, as the kernel's work has it.

    ``unit`` days are one counted unit; where periods differ, ``days`` are theirs.
    ``line`` are the dates, None where they needn't be looked at; ``moved`` are the dates asked for;
    ``failures`` are loans, by their place among those asked for, that have no rate for some of their time.
    """

    num: Ints
    den: int
    first: Ints
    regular: Ints
    later: npt.NDArray[np.int32 | np.int64] | None
    calendar: Ints
    resets: Resets | None
    unit: int
    days: Counted | None
    line: Timeline | None
    moved: tuple[Rest, ...]
    failures: Failures
