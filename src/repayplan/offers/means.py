"""What the households of loans can pay in each period: the same in all, or as the months ahead allow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from repayplan.ability.ahead import MAX_MONTHS, capacity_path
from repayplan.ability.household import Households
from repayplan.ability.outlook import AS_IT_IS
from repayplan.ability.path import PayablePath
from repayplan.basics.columns import Screen
from repayplan.basics.dates import MONTHS_OF, a_period, whole_periods
from repayplan.basics.money import MAX_TOTAL
from repayplan.basics.outcome import Bools, Ints, span
from repayplan.offers.policy import Policy
from repayplan.offers.room import Room
from repayplan.plans.loan import Loans

LONGEST = 1_200
"""Months; no period takes more."""
CELLS = 4_000_000
"""Periods of loans whose means are looked at one by one, at once."""


@dataclass(frozen=True, slots=True, eq=False)
class Means:
    """What can be paid for each loan of a batch.

    Attributes
    ----------
    every
        int64 minor units a period, where it is the same in all.
    path, column
        What can be paid month by month, and which of its columns is each loan's; None: nothing is dated.
    """

    every: Ints
    path: PayablePath | None = None
    column: Ints | None = None

    def at_once(self, periods: int, usual: int) -> int:
        """How many loans of so many periods may be looked at at once, of ``usual`` where nothing is dated."""
        return usual if self.path is None else max(min(usual, CELLS // max(periods, 1)), 1)

    def take(self, rows: Ints) -> Means:
        """Of some of the loans."""
        column = None if self.column is None else self.column[rows]
        return Means(self.every[span(rows)], self.path, column)

    def room(self, loans: Loans, longest: Ints) -> Room:
        """What can be paid in each period of the loans' longest plans; later, the least of all months."""
        if self.path is None or self.column is None or not len(loans):
            return Room.of(self.every)
        periods, size = max(int(longest.max()), 1), len(loans)
        path = PayablePath(
            begin=self.path.begin,
            payable=self.path.payable[:, self.column],
            decimals=self.path.decimals[self.column],
        )
        rows, k = np.tile(np.arange(size), periods), np.repeat(np.arange(periods), size)
        due = loans.due(rows, k, np.zeros(len(k), np.bool_)).reshape(periods, size)
        found = path.per_period(loans.frequency, due)
        table = np.zeros((periods + 1, size), np.int64)
        table[:periods, found.row] = found.value
        least = a_period(path.payable.min(axis=0), loans.frequency)
        table[periods] = np.minimum(table[:periods].min(axis=0), least)
        return Room.of(table)


def dated(households: Households, policy: Policy) -> Bools:
    """Of which households what can be paid may differ from month to month."""
    return households.dated | (policy.outlook != AS_IT_IS)


def months_ahead(
    loans: Loans, households: Households, policy: Policy, longest: Ints, usual: Means, screen: Screen
) -> Means:
    """What households can pay month by month to the end of the longest plans; as usual where nothing differs.

    Parameters
    ----------
    loans
        At their finest unit.
    longest
        int64 of all loans; the most instalments of a plan.
    screen
        Faults of households in any month go here.
    """
    good = np.flatnonzero(screen.good)
    if not len(good):
        return usual
    # Shifted to a business day, it may fall in the month before; and its period may take several months.
    due = loans.due(good, np.zeros_like(good), np.zeros(len(good), np.bool_)).astype("datetime64[M]")
    taken = int(MONTHS_OF[loans.frequency[good]].max())
    begin = due.min() - np.timedelta64(max(taken - 1, 0), "M")
    apart = int((due.max() - begin).astype(np.int64))
    # A period of less than a month takes a part of one.
    one = whole_periods(np.full(len(good), 12), loans.frequency[good])
    months = int((-(-12 * np.maximum(longest[good], 1) // np.maximum(one, 1))).max()) + apart + 2
    found = capacity_path(
        households,
        policy.allowance,
        begin=begin.astype("datetime64[D]").item(),
        months=min(months, MAX_MONTHS),
        income=policy.income,
        contingency=policy.contingency,
        assumed=policy.assumed,
        guidelines=policy.guidelines,
        outlook=policy.outlook,
    )
    screen.adopt(found.failures)
    scale = loans.finer[found.row]
    path = PayablePath(
        begin=found.value.begin,
        # No payment is as large, and what a period's months come to stays within the domain.
        payable=np.minimum(found.value.payable, MAX_TOTAL // (scale * LONGEST)) * scale,
        decimals=loans.decimals[found.row],
    )
    if len(path.payable) == 1:  # the same in all months, but not as households are assessed
        every = np.zeros_like(usual.every)
        every[found.row] = a_period(path.payable[0], loans.frequency[found.row])
        return Means(every)
    column = np.zeros(len(loans), np.int64)
    column[found.row] = np.arange(len(found.row))
    return Means(usual.every, path, column)
