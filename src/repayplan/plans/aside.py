"""Principal that a plan puts aside: it bears no interest, and is repaid with the last instalment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from repayplan.basics.columns import Screen, beside, money_of
from repayplan.basics.errors import Code
from repayplan.basics.money import MAX_TOTAL, as_text
from repayplan.basics.outcome import Ints
from repayplan.plans.loan import Loans
from repayplan.plans.stage import Plan


def puts_aside(plan: Plan) -> bool:
    """Whether a plan puts principal aside, be it of some loans only."""
    return any(part.name == "forbear" for part in plan.beside)


def asked_aside(loans: Loans, rows: Ints, plan: Plan, read: Callable[[Any], Any], screen: Screen) -> Ints:
    """What a plan puts aside, whatever the loans ``rows`` owe: int64 minor units of all loans.

    Parameters
    ----------
    read
        Reads a parameter of a stage as a column of the whole batch.
    screen
        Of the whole batch; amounts that can't be read are faults.
    """
    inner, total = Screen(len(loans), rows), np.zeros(len(loans), np.int64)
    for part in plan.beside:
        if part.name == "forbear":
            amount = inner.money("forbear.amount", read(part.amount), loans.decimals)
            total = np.minimum(total + amount, MAX_TOTAL)  # a sum of two such fits int64
    screen.adopt(inner.failures())
    return total


def put_aside(
    loans: Loans, rows: Ints, plan: Plan, read: Callable[[Any], Any], screen: Screen
) -> Ints | None:
    """The same of the loans ``rows``, each less than it owes; None where the plan puts nothing aside."""
    if not puts_aside(plan):
        return None
    amount = asked_aside(loans, rows, plan, read, screen)
    inner = Screen(len(loans), rows)
    least = beside("<", lambda row: as_text(loans.balance[row], loans.decimals[row]))
    large = (amount > 0) & (amount >= loans.balance)
    inner.fault(large, Code.OUT_OF_RANGE, "forbear.amount", money_of(amount, loans.decimals), least)
    screen.adopt(inner.failures())
    return np.asarray(amount[rows], np.int64)
