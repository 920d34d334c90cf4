"""What plans lack of the minimums of paying off gradually: which rule, the figure found, the one required."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from repayplan.basics.dates import begun_periods, months_taken
from repayplan.basics.errors import Code
from repayplan.basics.outcome import Bools, Ints
from repayplan.offers.amortisation import PERCENT, PERCENT_PLACES, Amortisation
from repayplan.plans.batch import Schedules


@dataclass(frozen=True, slots=True, eq=False)
class Shortcoming:
    """A minimum that some plans miss.

    Attributes
    ----------
    code, field
        Which; of a share, the months after which it is due.
    who
        bool; the plans.
    found
        int64; 0.0001 percent, or months.
    least
        What is required, or allowed at most.
    """

    code: Code
    field: str
    who: Bools
    found: Ints
    least: Decimal | int

    def spread(self, rows: Ints, size: int) -> Shortcoming:
        """The same as columns of more plans, of which these are those of the given numbers."""
        who, found = np.zeros(size, np.bool_), np.zeros(size, np.int64)
        who[rows], found[rows] = self.who, self.found
        return replace(self, who=who, found=found)

    def figure(self, i: int) -> Decimal | int:
        """The figure of plan ``i``."""
        found = int(self.found[i])
        return found if isinstance(self.least, int) else Decimal(found).scaleb(-PERCENT_PLACES)


def shortcomings(
    made: Schedules, often: Ints, minimums: Amortisation, aside: Ints, whole: Bools
) -> Iterator[Shortcoming]:
    """The minimums that plans miss.

    Parameters
    ----------
    made
        The plans, what is put aside among their balances.
    often
        int64; their frequency.
    aside, whole
        int64 minor units, and bool: what each puts aside until its last due date, and whether that is
        everything.
    """
    columns, offsets = made.by_loan()
    rows = np.diff(offsets)
    opening, closing = columns["opening"], columns["closing"]
    principal = opening[offsets[:-1]].astype(object)  # its product with a percentage may leave int64

    def share(amount: Ints, code: Code, field: str, percent: Decimal, *, at_least: bool) -> Shortcoming:
        part, needed = amount * (principal * 0 + PERCENT), principal * int(percent.scaleb(PERCENT_PLACES))
        who = part < needed if at_least else part > needed
        found = (part // np.maximum(principal, 1)).astype(np.int64)
        return Shortcoming(code, field, np.asarray(who, np.bool_), found, percent)

    for each in minimums.repaid_by:
        by = begun_periods(np.full(len(rows), each.months), often)
        left = np.where(by < rows, closing[offsets[:-1] + np.minimum(by, rows) - 1], 0)
        repaid, when = principal - left, str(each.months)
        yield share(repaid, Code.TOO_LITTLE_REPAID, when, each.percent, at_least=True)
    if minimums.longest_without_principal is not None:
        place = np.arange(len(opening))
        idle = (closing >= opening) & (opening > 0)
        idle[offsets[1:] - 1] = False
        # Each row's distance from the last one, of its loan or before, that repays principal.
        before = np.maximum(np.where(idle, -1, place), np.repeat(offsets[:-1] - 1, rows))
        run = np.maximum.reduceat(place - np.maximum.accumulate(before), offsets[:-1])
        months = months_taken(run, often)
        longest = minimums.longest_without_principal
        yield Shortcoming(Code.NO_PRINCIPAL, "months", months > longest, months, longest)
    if minimums.largest_balloon is not None:
        most = minimums.largest_balloon
        balloon = np.where(whole, principal, aside.astype(object))
        yield share(balloon, Code.LARGE_BALLOON, "balloon", most, at_least=False)
