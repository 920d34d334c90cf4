"""What each of some plans comes to by its rows, and whether it may be offered."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from repayplan.basics.columns import Screen
from repayplan.basics.conversion import compounded, scaled
from repayplan.basics.dates import FREQUENCIES
from repayplan.basics.money import Minor
from repayplan.basics.outcome import Bools, Ints
from repayplan.kernel.discount import ragged_rows
from repayplan.kernel.rules import Amount
from repayplan.offers.amortisation import Amortisation
from repayplan.offers.arrears import carried_of
from repayplan.offers.lowering import conceded
from repayplan.offers.planwriting import write_plans
from repayplan.offers.points import BEYOND, Points, Valued
from repayplan.offers.policy import Policy
from repayplan.offers.room import Room
from repayplan.plans.batch import Schedules
from repayplan.plans.loan import Loans
from repayplan.plans.paid import Paid
from repayplan.plans.worth import present_value
from repayplan.plans.yearly import Year

YEAR: Year = "equal periods"
"""How due dates become years, unless said otherwise: months are twelfths of one, weeks 52nds."""


def allowed(made: Schedules, flows: Paid, room: Room, loans: Loans, minimums: Amortisation) -> Bools:
    """Whether each of some plans may be offered by its rows: the one place where these are judged.

    Every payment is within what can be paid in its period, and principal is repaid as fast as it must be.
    What is put aside until the end is held against nothing.

    Parameters
    ----------
    made, flows
        The plans, and their payments without what is put aside.
    room
        What can be paid, of each plan's loan.
    loans
        A batch from which the plans were made, with the figures that concessions give them.
    minimums
        How fast principal must be repaid.
    """
    count = np.diff(flows.offsets)
    can = room.take(np.repeat(np.arange(len(made)), count)).in_row(flows.period)
    fits = np.ones(len(loans), np.bool_)
    fits[made.row] = np.logical_and.reduceat(flows.amount <= can, flows.offsets[:-1])
    pace = minimums.pace(loans)
    for rows, work, block in made.written():
        if minimums.spreads and work.rules[-1].amount is Amount.NONE:
            fits[rows[work.lengths[-1] > 1]] = False
        if pace is not None:
            kept = pace.take(rows).kept([block], work.term)
            fits[rows[block.rows]] &= kept[block.rows]
    return np.asarray(fits[made.row], np.bool_)


def valued(
    loans: Loans,
    points: Points,
    policy: Policy,
    room: Room,
    rate: Ints | None,
    year: Year = YEAR,
) -> Valued:
    """What plans come to, from their final rows.

    Parameters
    ----------
    loans
        A batch, at their finest unit, arrears placed.
    points
        The plans.
    policy
        By which they are made and judged.
    room
        What can be paid in each period, of all loans.
    rate
        int64 effective annual rates (1e-10) at which flows are valued, of all loans; None: they aren't.
    year
        How due dates become years.
    """
    out = Valued.of_none(len(points))
    for rows in points.blocks():
        some = points.take(rows)
        own = loans.take(some.loan)
        made = write_plans(own, some, policy, Screen(len(rows)))
        if len(made):
            given = conceded(own, policy.steps, some.degree)
            mine, flows = some.loan[made.row], made._paid("payment")
            aside = (given.set_aside + carried_of(own, policy.arrears))[made.row]
            instalments = flows.amount.copy()
            instalments[flows.offsets[1:] - 1] -= aside
            without = replace(flows, amount=instalments)
            fits = allowed(made, without, room.take(mine), given, policy.amortisation)
            found = _summed(flows, without, fits)
            if rate is not None:
                _value(found, flows, rate[mine], year)
            out.put(rows[made.row], found)
    return out


def _summed(flows: Paid, without: Paid, fits: Bools) -> Valued:
    """Written plans, not valued yet, with and without what is put aside; ``fits``: which may be offered."""
    begin, end, amount = flows.offsets[:-1], flows.offsets[1:] - 1, without.amount
    paying = amount > 0
    at = np.arange(len(amount))
    first = np.minimum.reduceat(np.where(paying, at, len(at)), begin)
    first = np.where(first < len(at), first, end)  # all of it may be given up, or put aside
    within = at >= np.repeat(first, end - begin + 1)
    within[end] = False
    return Valued(
        written=np.ones(len(fits), np.bool_),
        affordable=fits,
        instalment=np.maximum.reduceat(amount, begin),
        least=np.minimum.reduceat(np.where(within, amount, BEYOND), begin),
        paid=np.add.reduceat(flows.amount, begin),
        first=flows.due[first],
        last=flows.due[end],
        worth=np.zeros(len(fits), np.int64),
    )


def _value(found: Valued, flows: Paid, rate: Ints, year: Year) -> None:
    """Values the affordable ones; whatever can't be valued isn't one of them any more."""
    keep = np.flatnonzero(found.affordable)
    if not len(keep):
        return
    index, offsets = ragged_rows(flows.offsets, keep)
    worth = present_value(
        flows.amount[index],
        flows.due[index],
        Minor(rate[keep]),
        year=year,
        on=flows.start[keep],
        offsets=offsets,
    )
    found.affordable[keep] = False
    found.affordable[keep[worth.row]] = True
    found.worth[keep[worth.row]] = worth.value


def own_rates(loans: Loans) -> Ints:
    """The contracts' annual rates (1e-10) turned effective: compounded at their due dates.

    As ``Rate(rate).nominal(period).effective()``: the rate of a period rounded to 1e-12, and what it
    compounds to in a year to 1e-10, each half to even; a week is 1/52 of a year, a day 1/365. Of a rate that
    changes over time, the one on the first day; one below 0 counts as 0.

    Examples
    --------
    >>> terms = {"original_term": 12, "elapsed": 0, "unpaid": 12, "next_due": "2026-01-31"}
    >>> own_rates(Loans.from_columns(principal=["100", "100"], annual_rate=["0.12", "0"], **terms)).tolist()
    [1268250301, 0]
    """
    out, units = np.zeros(len(loans), np.int64), 100 * np.maximum(loans.annual_rate, 0)
    for often in np.unique(loans.frequency).tolist():
        mine, share = np.flatnonzero(loans.frequency == often), FREQUENCIES[often].year_share
        out[mine] = compounded(scaled(units[mine], share), 1 / share, share / share, 10)
    return out
