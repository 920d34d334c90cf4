"""What the plans of decisions come to by their final rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np

from repayplan.basics.blocks import Progress
from repayplan.basics.columns import Screen
from repayplan.basics.dates import a_month_in_limbs, a_period, in_limbs
from repayplan.basics.errors import Code
from repayplan.basics.index import Index
from repayplan.basics.money import as_text
from repayplan.basics.outcome import Bools, Failures, Ints
from repayplan.offers.arrears import first_paid, spread_of
from repayplan.offers.decisions import Decisions
from repayplan.offers.measuring import Lowest
from repayplan.offers.planwriting import write_plans
from repayplan.offers.points import Points
from repayplan.offers.postponing import put_off
from repayplan.offers.search import Candidates
from repayplan.plans.batch import Schedules

SAFE = 2**50
"""No payment on so many minor units, by the month, comes near the end of int64, whatever its first period."""
MOST_A_MONTH = 2**61
"""Beside what any household is short of in any month, no payment that is as large a month leaves int64."""


@dataclass(frozen=True, eq=False)
class PlansOffered(Decisions):
    """Decisions, and what their plans come to by the final rows; where none is offered, the lowest plans."""

    @cached_property
    def waived_interest(self) -> Ints:
        """Interest that accrues under the plan offered and is never charged: of a holiday that waives it."""
        idle, _, interest = put_off(self.policy.steps, self.degree.T)
        out = np.zeros(len(self), np.int64)
        waives = self.offered & (idle > 0) & (interest == "waive")
        if waives.any():
            out[waives] = self._write(waives, 1, None).totals()["waived"]
        return out

    @property
    def never_paid(self) -> Ints:
        """What the lender gives up by the plan offered: arrears, principal, and interest not charged."""
        return np.where(self.offered, self.waived + self.forgiven + self.waived_interest, 0)

    @property
    def instalment_after(self) -> Ints:
        """The largest payment of the plan offered, else the lowest that the limit allows (-1: none)."""
        return self._final.peak[self.row]

    @property
    def total_interest(self) -> Ints:
        """All interest paid under the plan offered, overdue interest that is paid first among it."""
        return np.where(self.offered, self._final.interest[self.row], 0)

    @property
    def interest_on_plan(self) -> Ints:
        """The same without what is paid first."""
        return np.where(self.offered, self.total_interest - self._conceded.carried[self.row], 0)

    @property
    def _refused(self) -> Bools:
        """Rows without an offer that have a plan with a lowest instalment."""
        return self.eligible & ~self.offered & (self.instalment_after >= 0)

    def _screened(self, screen: Screen) -> Self:
        """Without the loans, refused, whose shortfall a month leaves int64."""
        large = self.eligible & ~self.offered & (self.opening_balance > SAFE)
        if not large.any():
            return self
        often = self.loans.frequency[self.row]
        most = np.iinfo(np.int64).max + np.minimum(self.surplus, 0)
        most = np.where(self.dated, np.minimum(most, MOST_A_MONTH), most)
        large &= a_month_in_limbs(self.instalment_after, often).above(in_limbs(most))
        bad = np.flatnonzero(large)
        lowest, limit = (
            as_text(units[bad], self.decimals[bad])
            for units in (self.instalment_after, a_period(most, often))
        )
        screen.adopt(Failures.at(self.row[bad], Code.BEYOND_DOMAIN, "instalment", lowest, limit))
        return self._taken(np.flatnonzero(~large))

    @cached_property
    def _final(self) -> Lowest:
        """From the final rows of the plans offered, and of the lowest plan of any method for the others."""
        size = len(self.loans)
        found = Lowest.none(size)
        searched = self.eligible & ~self.offered & (self.longest >= self.shortest)
        waits = self.offered & ((self.put_off > 0) | (self.spread > 0))
        if waits.any():
            made = self._write(waits, 1, None)
            columns, offsets = made.by_loan()
            paid, place = columns["payment"], np.full(size, -1)
            place[self.row] = np.arange(len(self))
            paid[offsets[1:] - 1] -= self.put_aside[place[made.row]]
            found.peak[made.row] = np.maximum.reduceat(paid, offsets[:-1])
            totals = made.totals()
            found.interest[made.row] = totals["interest_paid"] + totals["capitalised"]
        first = first_paid(self._conceded, self.policy.arrears)
        spread = spread_of(self._conceded, self.policy.arrears)
        later = self._conceded.carried - first.carried
        for index, name in enumerate(self.methods):
            chosen = self.offered & (self.method == index) & ~waits
            shortest, longest = np.ones(size, np.int64), np.zeros(size, np.int64)
            longest[self.row] = np.where(chosen, self.instalments, np.where(searched, self.longest, 0))
            shortest[self.row] = np.where(chosen, self.instalments, self.shortest)
            rows = np.flatnonzero(longest)
            some = spread if spread.amounts.any() else None
            plans = Candidates(first, rows, name, longest, self.policy.amortisation, some)
            measured = plans.lowest(shortest, longest)
            found.lowered(index, replace(measured, interest=measured.interest + later))
        return found

    @cached_property
    def schedules(self) -> Schedules:
        """Schedules of the offered rows; ``schedules.row`` holds the caller's row numbers."""
        return self.write_schedules()

    def write_schedules(self, *, workers: int = 1, progress: Progress | None = None) -> Schedules:
        """The schedules of the offered rows, anew."""
        return self._write(self.offered, workers, progress)

    def _write(
        self, wanted: Bools, workers: int, progress: Progress | None, rises: Index | None = None
    ) -> Schedules:
        size = len(self.loans)
        screen = Screen(size, self.row[wanted])
        length, method = np.ones(size, np.int64), np.zeros(size, np.int64)
        length[self.row], method[self.row] = self.instalments, self.method
        refused = self.row[wanted & ~self.offered]
        if len(refused):
            length[refused], method[refused] = self._final.length[refused], self._final.method[refused]
        points = Points(np.arange(size), method, length, self._degree)
        return write_plans(
            self.loans, points, self.policy, screen, workers=workers, progress=progress, rises=rises
        )
