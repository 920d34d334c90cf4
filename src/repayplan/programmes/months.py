"""What there is in each month of plans when something happens, and of what income: tables by month."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from repayplan.ability.month import month_of
from repayplan.basics.dates import MONTHS_OF, a_month
from repayplan.basics.outcome import Ints
from repayplan.kernel.survival import LARGEST
from repayplan.offers.living import Living


class Ahead(NamedTuple):
    """The months of plans, from the first month of their first period on.

    Attributes
    ----------
    above
        int64 (months, loans); what is left above the need, after what the payment comes to a month, and what
        is kept back for contingencies. 0 beyond the end of a plan.
    asks
        int64, the same shape; what the payment of the period comes to a month.
    due
        int64, the same shape; how many payments fall due in the month, a balloon among them.
    income
        int64, the same shape; net income, 0 beyond the end of a plan.
    balloon
        int64, the same shape; what is laid aside besides for what falls due with the last payment (what was
        forborne or carried): the same in each month of the last period. ``above`` isn't less by it.
    """

    above: Ints
    asks: Ints
    due: Ints
    income: Ints
    balloon: Ints


def by_month(living: Living, frequency: Ints, months: int, *, balloons: bool) -> Ahead:
    """The first months of plans.

    A month belongs to the period that ends in it or next after it; where several do (of weeks, say) the one
    that leaves least counts.

    Parameters
    ----------
    living
        What each row of the plans leaves.
    frequency
        int64, of each of its loans.
    balloons
        Whether what falls due with the last payment is paid by the household; else it is refinanced.
    """
    size, count = len(living), np.diff(living.offsets)
    loan = np.repeat(np.arange(size), count)
    month = month_of(living.due_date)
    begin = month[living.offsets[:-1]] - np.maximum(MONTHS_OF[frequency], 1) + 1
    place = np.minimum(month - begin[loan], months)
    # Of the rows beyond the last month the first may be of a period that has begun by then.
    first = np.ones(len(loan), np.bool_)
    first[1:] = (loan[1:] != loan[:-1]) | (place[1:] < months) | (place[:-1] < months)
    at = (place[first], loan[first])
    above, income = (np.full((months + 1, size), LARGEST) for _ in range(2))
    asks, due, balloon = (np.zeros((months + 1, size), np.int64) for _ in range(3))
    np.minimum.at(above, at, (living.above + living.kept_back)[first])
    np.minimum.at(income, at, np.maximum(living.income[first], 0))
    payment = living.payment[first]
    np.maximum.at(asks, at, a_month(payment, frequency[at[1]]))
    np.add.at(due, at, payment > 0)
    if balloons:
        aside = living.put_aside[first]
        np.maximum.at(balloon, at, aside)
        np.add.at(due, at, aside > 0)
    for each in range(months - 1, -1, -1):
        empty = above[each] == LARGEST
        for table in (above, asks, income, balloon):
            table[each, empty] = table[each + 1, empty]
    ended = above == LARGEST
    above[ended], income[ended] = 0, 0
    balloon = -(-balloon // np.maximum((balloon > 0).sum(axis=0), 1))
    return Ahead(above[:-1], asks[:-1], due[:-1], income[:-1], balloon[:-1])
