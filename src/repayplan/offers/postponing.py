"""Concessions that put payments off, and the ways to do so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from repayplan.basics.dates import whole_periods
from repayplan.basics.outcome import Bools, Ints
from repayplan.offers.concession import Concession
from repayplan.offers.pauses import Pause
from repayplan.plans.beside import HolidayInterest
from repayplan.plans.loan import Loans


@dataclass(frozen=True, slots=True)
class Way:
    """How many periods each step puts off, by its number."""

    taken: dict[int, int]
    pause: Pause


def may_put_off(loans: Loans, shifts: dict[int, Concession], taken: dict[int, int]) -> Bools:
    """For which loans the steps may put off so many periods, by number."""
    may = np.ones(len(loans), np.bool_)
    for number, periods in taken.items():
        may &= periods <= most_put_off(shifts[number], loans)
    return may


def ways_to_put_off(loans: Loans, shifts: dict[int, Concession]) -> list[Way]:
    """All ways to put payments off that any of the loans may have, fewest periods of the first step first."""
    counts = (range(int(most_put_off(step, loans).max(initial=0)) + 1) for step in shifts.values())
    out = []
    for periods in product(*counts):
        pause, taken = Pause(), dict(zip(shifts, periods, strict=True))
        for number, count in taken.items():
            interest = shifts[number].interest
            if interest is None:
                pause = replace(pause, only=count)
            else:
                pause = replace(pause, idle=count, interest=interest)
        out.append(Way(taken, pause))
    return out


def most_put_off(step: Concession, loans: Loans) -> Ints:
    """int64; the whole periods within the months that a step may put off."""
    return whole_periods(np.full(len(loans), step.months), loans.frequency)


def put_off(steps: Sequence[Concession], degree: Ints) -> tuple[Ints, Ints, HolidayInterest]:
    """What concessions of these degrees (steps, loans) put before the instalments.

    Returns
    -------
    int64 rows without payment, int64 rows of interest only, and what becomes of the former's interest.
    """
    idle, only = (np.zeros(degree.shape[-1], np.int64) for _ in range(2))
    interest: HolidayInterest = "capitalise"
    for step, granted in zip(steps, degree, strict=True):
        if step.step == "holiday":
            idle, interest = granted, step.interest or interest
        elif step.step == "interest_only":
            only = granted
    return idle, only, interest
