"""What each month of plans leaves above the need, and of what income: tables of living by month."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from repayplan.ability.month import month_of
from repayplan.basics.dates import MONTHS_OF
from repayplan.basics.outcome import Bools, Ints
from repayplan.kernel.survival import LARGEST
from repayplan.offers.living import Living


class Ahead(NamedTuple):
    """The months of plans, from the first month of their first period on.

    Attributes
    ----------
    above
        int64 (months, loans); what is left above the need, after what the payment comes to a month. 0 beyond
        the end of a plan.
    pays
        bool, the same shape; whether the period has a payment.
    income
        int64, the same shape; net income, 0 beyond the end of a plan.
    """

    above: Ints
    pays: Bools
    income: Ints


def by_month(living: Living, frequency: Ints, months: int) -> Ahead:
    """The first months of plans.

    A month belongs to the period that ends in it or next after it; where several do (of weeks, say) the one
    that leaves least counts.

    Parameters
    ----------
    living
        What each row of the plans leaves.
    frequency
        int64, of each of its loans.
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
    pays = np.zeros((months + 1, size), np.bool_)
    np.minimum.at(above, at, living.above[first])
    np.minimum.at(income, at, np.maximum(living.income[first], 0))
    np.logical_or.at(pays, at, living.payment[first] > 0)
    for each in range(months - 1, -1, -1):
        empty = above[each] == LARGEST
        for table in (above, pays, income):
            table[each, empty] = table[each + 1, empty]
    ended = above == LARGEST
    above[ended], income[ended] = 0, 0
    return Ahead(above[:-1], pays[:-1], income[:-1])
