"""What households have left in the leanest month that a plan may reach: a review judges by what offers do."""

from __future__ import annotations

import numpy as np

from repayplan.ability.capacities import Capacities
from repayplan.ability.month import month_of
from repayplan.ability.obligors import behind_some
from repayplan.basics.columns import Screen
from repayplan.basics.outcome import Ints, Outcome
from repayplan.offers.arrears import place_arrears
from repayplan.offers.behind import OfLoans
from repayplan.offers.means import dated
from repayplan.offers.policy import Policy
from repayplan.offers.terms import contract_terms
from repayplan.offers.wayahead import way_ahead
from repayplan.plans.loan import Loans


def least_surplus(
    loans: Loans, households: OfLoans, policy: Policy, screen: Screen, can: Outcome[Capacities]
) -> Ints:
    """What is left a month, signed minor units: as assessed, or in the leanest month of the longest plan.

    Months differ where items are dated or the policy foresees something (``outlook``). They are then those
    from the first period of a new plan to the due date of the last instalment that the limit allows.

    Parameters
    ----------
    loans, households
        As many of each.
    screen
        Gets the codes of households in any of these months, and of loans that the limit can't read.
    can
        As the households are assessed.

    Returns
    -------
    int64, one for each row of ``can``.

    Raises
    ------
    InputError
        A month differs, and the limit asks for a column that the loans don't have.
    """
    surplus = np.zeros(len(loans), np.int64)
    surplus[can.row] = can.value.surplus
    ahead = dated(loans, households, policy)
    if (ahead & screen.good).any():
        no_end = np.full(len(loans), np.datetime64("NaT", "D"))  # a new plan has an end of its own
        read = policy.limit.read(loans.replace(last_due=no_end), screen)
        rows = np.flatnonzero(ahead & screen.good)
        plans = place_arrears(read, policy.arrears, policy.joined).loans
        longest = contract_terms(policy.limit.some(plans, rows), policy.limit).longest
        each = np.maximum(longest, 1)
        each = np.maximum(np.minimum(each, plans.most_rows(rows, int(each.max()))), 1)
        never = np.zeros(len(rows), np.bool_)
        first, last = (plans.due(rows, k, never) for k in (np.zeros_like(rows), each - 1))
        homes, mine, of, behind = behind_some(households, rows)
        way = way_ahead(homes, policy, mine, plans.frequency[rows[of]], first[of], last[of])
        inner = Screen(len(mine))
        table = way.table(inner, way.months, lambda month: month.surplus[None].copy())[:, 0]
        screen.adopt(inner.failures().moved(rows[of]))
        if behind is not None:
            table = np.stack([behind.together(behind.parts(month)) for month in table])
        begin = np.zeros(len(rows), np.int64)
        np.maximum.at(begin, of, way.since)
        surplus[rows] = _least(table, begin, month_of(last) + 1 - way.first)
    return surplus[can.row]


def _least(table: Ints, since: Ints, until: Ints) -> Ints:
    """The least of each column within its months; the last row stands for all later months."""
    month = np.arange(len(table))[:, None]
    within = (month < until) & ((month >= since) | (month == len(table) - 1))
    return np.asarray(np.where(within, table, np.iinfo(np.int64).max).min(axis=0), np.int64)
