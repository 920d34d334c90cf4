"""Of the plans of a lattice, the best by an aim, and those that no other is as good as."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from repayplan.basics.outcome import Ints
from repayplan.offers.lattice import blocks_of, points_of
from repayplan.offers.points import BEYOND, Points, Valued
from repayplan.offers.policy import Policy
from repayplan.offers.room import Room
from repayplan.offers.strategy import Aim
from repayplan.offers.valuing import own_rates, valued
from repayplan.plans.loan import Loans


def best_of(points: Points, found: Valued, aim: Aim) -> Ints:
    """The point of each loan that serves an aim best among the affordable, of those that have one."""
    keep = np.flatnonzero(found.affordable)
    figure = {
        "least_lender_cost": -found.worth,  # what is owed is the same for all of a loan's
        "least_borrower_cost": found.paid,
        "shortest": points.length,
    }[aim]
    order = keep[np.lexsort((keep, points.length[keep], figure[keep], points.loan[keep]))]
    loan = points.loan[order]
    return order[np.flatnonzero(np.diff(loan, prepend=-1))]


def undominated(loan: Ints, figures: Sequence[Ints]) -> Ints:
    """The points that no other of the same loan is as good as in all figures, and better in one.

    Parameters
    ----------
    loan
        int64, rising; whose each is.
    figures
        int64; the less the better.

    Returns
    -------
    int64; each loan's together, by the figures in their order; of points with equal figures the first.

    Examples
    --------
    >>> undominated(np.array([0, 0, 0, 1]), [np.array([2, 1, 2, 5]), np.array([1, 2, 2, 5])]).tolist()
    [1, 0, 3]
    """
    left = np.lexsort((np.arange(len(loan)), *reversed(figures), loan))
    kept = []
    while len(left):
        # None is better than the first of each loan; whatever isn't better than it in some figure goes.
        mine = loan[left]
        head = np.flatnonzero(np.diff(mine, prepend=-1))
        kept.append(left[head])
        first = np.repeat(left[head], np.diff(head, append=len(left)))
        better = np.zeros(len(left), np.bool_)
        for figure in figures:
            better |= figure[left] < figure[first]
        left = left[better]
    every = np.concatenate(kept) if kept else left
    return every[np.argsort(loan[every], kind="stable")]


def chosen(
    loans: Loans,
    rows: Ints,
    policy: Policy,
    lengths: tuple[Ints, Ints],
    room: Room,
    in_order: Points,
) -> tuple[Points, Ints]:
    """The best plan of each loan by the aim of a policy's strategy.

    Parameters
    ----------
    lengths
        int64 of all loans: the shortest and the longest plan.
    in_order
        What the waterfall grants to those of the loans to which it grants anything.

    Returns
    -------
    The plans of loans for which one of the lattice is the best; and the rows that have too many points.
    """
    strategy = policy.strategy
    rate = own_rates(loans) if strategy.aim == "least_lender_cost" else None
    parts, crowded = [in_order.take(rows[:0])], [rows[:0]]
    for some in blocks_of(rows, strategy.grid):
        grid, beyond = points_of(loans, some, policy, strategy.grid, *lengths)
        mine = in_order.take(np.flatnonzero(np.isin(in_order.loan, np.setdiff1d(some, beyond))))
        if strategy.aim == "shortest":  # none that is longer than the waterfall's is better
            most = np.full(len(loans), BEYOND)
            most[mine.loan] = mine.length
            grid = grid.take(np.flatnonzero(grid.length <= most[grid.loan]))
        every = grid.and_then(mine)
        best = best_of(every, valued(loans, every, policy, room, rate), strategy.aim)
        # The waterfall's own stands last of its loan.
        ends = np.append(np.diff(every.loan), 1)[best] > 0
        parts.append(every.take(best[~(ends & np.isin(every.loan[best], mine.loan))]))
        crowded.append(beyond)
    return Points.joined(parts), np.concatenate(crowded)
