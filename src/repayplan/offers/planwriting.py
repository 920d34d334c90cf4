"""The schedules of plans that were chosen, concessions granted."""

from __future__ import annotations

import numpy as np

from repayplan.basics.blocks import Progress
from repayplan.basics.columns import Screen
from repayplan.basics.index import Index
from repayplan.basics.linkedrate import LinkedRate
from repayplan.basics.money import Minor
from repayplan.offers.arrears import carried_of, later_paid, spread_of
from repayplan.offers.laidout import METHODS
from repayplan.offers.lowering import conceded
from repayplan.offers.pauses import begun
from repayplan.offers.points import Points
from repayplan.offers.policy import Policy
from repayplan.offers.postponing import put_off
from repayplan.plans.batch import Schedules
from repayplan.plans.beside import forbear
from repayplan.plans.loan import Loans
from repayplan.plans.schedule import build


def write_plans(
    loans: Loans,
    points: Points,
    policy: Policy,
    screen: Screen,
    *,
    workers: int = 1,
    progress: Progress | None = None,
    rises: Index | None = None,
) -> Schedules:
    """The schedules of plans, one for each loan of a batch.

    Parameters
    ----------
    loans
        Without concessions.
    points
        One for each of the loans, in their order.
    policy
        Its methods and concessions.
    screen
        Only rows that it holds good are written.
    rises
        By how much rates that are fixed are above the plans' own, by date.
    """
    idle, only, interest = put_off(policy.steps, points.degree)
    rest = np.maximum(points.length - idle - only, 1)
    plans = [begun(idle, only, interest, METHODS[name](rest)) for name in policy.methods]
    beside = spread_of(loans, policy.arrears).amounts.sum(axis=0) + carried_of(loans, policy.arrears)
    if beside[screen.good].any():
        plans = [later_paid(policy.arrears, plan) for plan in plans]
    given, none = conceded(loans, policy.steps, points.degree), np.zeros(len(loans), np.int64)
    if rises is not None:
        path = LinkedRate(rises, None, reset="publication")  # each loan's rate is what is added to it
        given = given.replace(rate_paths=(path,), rate_index=none, spread=given.annual_rate)
    aside = given.set_aside
    if aside[screen.good].any():
        # In the loans' own unit, whatever the caller's is.
        whole = {"principal": given.principal + aside, "set_aside": none, "finer": none + 1}
        plans, given = [forbear(Minor(aside)) + plan for plan in plans], given.replace(**whole)
    made, _ = build(given, plans, points.method, screen, workers=workers, progress=progress)
    return made
