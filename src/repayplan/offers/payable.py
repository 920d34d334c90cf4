"""What households can pay in the periods of an arrangement, and whom an arrangement is open to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from repayplan.ability.capacities import Capacities
from repayplan.basics.columns import Screen
from repayplan.basics.errors import Code
from repayplan.basics.money import to_decimal
from repayplan.basics.outcome import Ints
from repayplan.basics.reason import Reason
from repayplan.offers.behind import OfLoans, counted
from repayplan.offers.means import Means, assessed, dated, months_ahead
from repayplan.offers.policy import Policy
from repayplan.offers.wayahead import policy_rules
from repayplan.plans.loan import Loans


@dataclass(frozen=True, slots=True, eq=False)
class Payable:
    """What can be paid.

    Attributes
    ----------
    table
        int64 minor units (periods, loans); 0 where a loan isn't good.
    capacities, place
        The households as they are assessed, and which of them is each loan's.
    alone
        Whether a share of income may be paid, in place of what is left.
    """

    table: Ints
    capacities: Capacities
    place: Ints
    alone: bool

    def reasons(self, i: int, decimals: int) -> tuple[Reason, ...]:
        """Why so little can be paid for a loan: its household is short, or has nothing left."""
        can, at = self.capacities, self.place[i]
        zero = to_decimal(0, decimals)
        if can.payable[at] == 0 and (self.alone or can.left[at] > 0):
            above = to_decimal(-int(can.surplus[at]), decimals)
            return (Reason(Code.ABOVE_TARGET, "surplus", above, zero),)
        if can.below_allowance[at]:
            short = to_decimal(-int(can.left[at]), decimals)
            return (Reason(Code.BELOW_ALLOWANCE, "surplus", short, zero),)
        if can.payable[at] == 0:
            return (Reason(Code.NO_CAPACITY, "surplus", to_decimal(int(can.left[at]), decimals), zero),)
        return ()


def payable(loans: Loans, households: OfLoans, policy: Policy, periods: Ints, screen: Screen) -> Payable:
    """What each household can pay in each of the first ``periods`` of its loan.

    Parameters
    ----------
    loans, households
        As many of each.
    periods
        int64, one a loan.
    screen
        Faults of households, of their currencies' decimals, and of the loans' currency go here.

    Raises
    ------
    TypeError
        The batches differ in length.
    """
    households = counted(loans, households, policy)
    can = assessed(loans, households, policy, screen)
    found = can.value.per_period(loans.frequency[can.row])
    screen.adopt(found.failures.moved(can.row))
    every = np.zeros(len(loans), np.int64)
    every[can.row[found.row]] = found.value
    means = Means(every)
    if dated(loans, households, policy).any():
        means = months_ahead(loans, households, policy, periods, means, screen)
    table = np.zeros((int(periods.max(initial=0)), len(loans)), np.int64)
    rows = np.flatnonzero(screen.good)
    room = means.take(rows).room(loans.take(rows), periods[rows])
    for t in range(len(table)):
        table[t, rows] = room.at(t)
    place = np.full(len(loans), -1)
    place[can.row] = np.arange(len(can.row))
    return Payable(table, can.value, place, policy_rules(policy).alone)
