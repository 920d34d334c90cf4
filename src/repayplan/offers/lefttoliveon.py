"""What the plans of decisions leave the households to live on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from repayplan.ability.obligors import Obligors
from repayplan.basics.index import Index
from repayplan.basics.outcome import Bools, Ints
from repayplan.offers.apart import Parted, parted
from repayplan.offers.living import Living, left_by_row
from repayplan.offers.plansoffered import PlansOffered
from repayplan.plans.rows import Columns


@dataclass(frozen=True, eq=False)
class LeftToLiveOn(PlansOffered):
    """Decisions, and what their plans leave the households to live on."""

    @cached_property
    def left_to_live_on(self) -> Ints:
        """What the household has a month after other debts and the payment, in the row where that is least.

        Where no plan is offered, as it is assessed and before any payment.
        """
        left = self.capacities.disposable - np.where(self.offered, self._a_month(self.instalment_after), 0)
        differs = self.offered & self.dated
        if differs.any():
            left[differs] = self._living(differs).least
        return left

    @cached_property
    def living(self) -> Living:
        """What households have left to live on, by row of the plans offered."""
        return self._living(self.offered)

    @cached_property
    def shortfalls(self) -> Living:
        """The same, of those refused, by row of the plan with the lowest instalment that the limit allows.

        ``shortfalls.missing`` is what is missing a month; loans without such a plan aren't in it.
        """
        return self._living(self._refused)

    def recounted(self, rows: Columns, offsets: Ints) -> Living:
        """What households have left to live on, by rows of the plans offered as they are written.

        Parameters
        ----------
        rows, offsets
            ``proposals.schedules.by_loan()``.
        """
        return self._left(rows, offsets, np.flatnonzero(self.offered))

    def living_with(self, rises: Index) -> Living:
        """The same were rates, by date, so much above the plans': of loans whose rate is a fixed one.

        Loans whose plans can't be kept at such rates aren't in it.
        """
        fixed = (self.loans.rate_index < 0)[self.row]
        return self._living(self.offered & fixed, rises)

    def _living(self, wanted: Bools, rises: Index | None = None) -> Living:
        made = self._write(wanted, 1, None, rises)
        return self._left(*made.by_loan(), np.searchsorted(self.row, made.row))

    def _left(self, rows: Columns, offsets: Ints, of: Ints) -> Living:
        row, asked = self.row[of], self._asked(rows, offsets, of)
        if isinstance(self.households, Obligors):
            return self._parted(asked, offsets, of).together
        return left_by_row(
            asked,
            offsets,
            row=row,
            policy=self.policy,
            households=self.households,
            dated=self.dated[of],
            capacities=self.capacities.take(of),
            decimals=self.decimals[of],
            frequency=self.loans.frequency[row],
            finer=self.loans.finer[row],
        )

    def _asked(self, rows: Columns, offsets: Ints, of: Ints) -> Columns:
        """When and what some loans' rows ask to be paid from income, and what was put aside until them."""
        aside, last = np.zeros_like(rows["payment"]), np.zeros(len(rows["payment"]), np.bool_)
        aside[offsets[1:] - 1], last[offsets[1:] - 1] = self.put_aside[of], True
        agreed = rows["due_date"]
        if self.loans.moved(self.row[of]).any():
            loans = np.repeat(self.row[of], np.diff(offsets))
            agreed = self.loans.agreed(loans, rows["period"] - 1, last)
        payment = rows["payment"] - aside
        return {"due_date": rows["due_date"], "agreed": agreed, "payment": payment, "put_aside": aside}

    def _parted(self, rows: Columns, offsets: Ints, of: Ints) -> Parted:
        """The same of several households behind each of some loans, each apart."""
        behind, row = self.households, self.row[of]
        if not isinstance(behind, Obligors):
            msg = "one household is behind each loan"
            raise TypeError(msg)
        return parted(
            rows,
            offsets,
            row=row,
            policy=self.policy,
            behind=behind.take(row),
            decimals=self.decimals[of],
            frequency=self.loans.frequency[row],
            finer=self.loans.finer[row],
        )

    @cached_property
    def apart(self) -> Parted:
        """What each of several households behind the loans offered pays, and has left to live on.

        Raises
        ------
        TypeError
            The loans were given with one household each: :attr:`living` says it.
        """
        return self._apart(self.offered)

    def _apart(self, wanted: Bools) -> Parted:
        made = self._write(wanted, 1, None)
        rows, offsets = made.by_loan()
        of = np.searchsorted(self.row, made.row)
        return self._parted(self._asked(rows, offsets, of), offsets, of)

    @cached_property
    def shortfall(self) -> Ints:
        """What is missing a month for the lowest instalment that the limit allows; 0 where offered.

        Where months differ, in the period in which most is. A household that is short before it pays anything
        lacks that as well.
        """
        refused = self._refused
        missing = np.where(refused, np.maximum(self._a_month(self.instalment_after) - self.surplus, 0), 0)
        differs = refused & self.dated
        if differs.any():
            missing[differs] = self._living(differs).most_missing
        return missing
