"""What would make a plan affordable where none is: for each lever alone, the least that does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from repayplan.basics.columns import RATE_DECIMALS
from repayplan.basics.dates import a_month
from repayplan.basics.money import to_decimal, to_plain
from repayplan.basics.outcome import Bools, Ints
from repayplan.kernel.work import MAX_PERIODS
from repayplan.offers.limit import remaining
from repayplan.offers.policy import Policy
from repayplan.offers.room import Room
from repayplan.offers.search import Candidates
from repayplan.offers.trying import NONE, Figure, Plans, last
from repayplan.plans.loan import Loans

LEVERS = ("months", "rate", "income", "principal_reduction", "down_payment")
RATE_STEP = 10**6
"""The rate is tried in steps of 0.01 %, in units of 1e-10."""
MOST_INCOME = 2**61
"""Minor units a month: no household can be said to have more."""


@dataclass(frozen=True, slots=True, eq=False)
class Levers:
    """The least relaxation per lever, for the rows ``index``; -1 where the lever alone can't help.

    ``months`` by which every rule of the limit is raised; ``rate`` the highest annual rate that fits (1e-10);
    ``income``, ``principal_reduction`` and ``down_payment`` in minor units.
    """

    index: Ints
    values: dict[str, Ints]

    def columns(self, size: int) -> dict[str, Ints]:
        """As columns of ``size`` rows."""
        out = {}
        for name, values in self.values.items():
            out[name] = np.full(size, NONE)
            out[name][self.index] = values
        return out

    def one(self, i: int, decimals: int) -> dict[str, Decimal | int | None]:
        """The levers of one row, for a person."""
        at = int(np.flatnonzero(self.index == i)[0])
        shown: dict[str, Decimal | int | None] = {}
        for name, values in self.values.items():
            value = int(values[at])
            if value == NONE:
                shown[name] = None
            elif name == "months":
                shown[name] = value
            elif name == "rate":
                shown[name] = to_plain(value, RATE_DECIMALS)
            else:
                shown[name] = to_decimal(value, decimals)
        return shown


def relaxations(
    loans: Loans,
    policy: Policy,
    *,
    index: Ints,
    room: Room,
    earning: Callable[[Ints], Ints],
    shortest: Ints,
    longest: Ints,
) -> Levers:
    """For loans without an affordable plan, the least single change that would make one.

    Parameters
    ----------
    loans
        At their finest unit, arrears placed; all rows good.
    index
        Their numbers in the batch that is reported on.
    room
        What can be paid in each period.
    earning
        What is left a month, signed, with so much more net income.
    shortest, longest
        Lengths within the limit; every lever but ``months`` is tried at the longest.
    """
    size = len(loans)
    rows = np.arange(size)
    within = longest >= shortest
    values = {name: np.full(size, NONE) for name in LEVERS}
    if not size:
        return Levers(index, values)
    left = remaining(loans)
    some = room.most(np.full(size, MAX_PERIODS)) > 0
    lowest, payable = np.full(size, NONE), within & some
    for name in policy.methods:
        beyond = np.full(size, MAX_PERIODS)
        found = Candidates(loans, rows, name, beyond).least(
            np.maximum(shortest, longest + 1), np.where(some, beyond, 0), room
        )
        months = policy.limit.lacking(
            found, original_term=loans.original_term, remaining=left, frequency=loans.frequency
        )
        values["months"] = _least(values["months"], np.where(found > 0, months, NONE))
        at_limit = np.maximum(longest, 1)
        peak = Candidates(loans, rows, name, at_limit).lowest(shortest, np.where(within, at_limit, 0)).peak
        lowest = _least(lowest, peak)
        method = Plans(loans, name, shortest, longest, room, payable)
        values["rate"] = np.maximum(values["rate"], _highest_rate(method))
        reduction = _reduction(method)
        values["principal_reduction"] = _least(values["principal_reduction"], reduction)
        paid = reduction if not (loans.carried + loans.charges).any() else _down_payment(method)
        values["down_payment"] = _least(values["down_payment"], paid)
    values["income"] = _income(loans, lowest, earning)
    return Levers(index, values)


def _least(first: Ints, second: Ints) -> Ints:
    """The smaller of two where both are there."""
    return np.where(first < 0, second, np.where(second < 0, first, np.minimum(first, second)))


def _highest_rate(plans: Plans) -> Ints:
    """The highest annual rate, a whole number of steps below the present one, that is affordable."""
    steps = -(-plans.loans.annual_rate // RATE_STEP) - 1

    def change(loans: Loans, rate: Ints) -> Loans:
        # Of a loan whose rate changes over time: a fixed one instead.
        return loans.replace(annual_rate=rate * RATE_STEP, rate_index=np.full_like(rate, -1))

    found = Figure(plans, change, 0).most(steps, steps)
    return np.where(found >= 0, found * RATE_STEP, NONE)


def _reduction(plans: Plans) -> Ints:
    """The least amount that, taken off the balance, makes the plan affordable."""
    loans = plans.loans
    balance = loans.balance

    def change(some: Loans, kept: Ints) -> Loans:
        return some.replace(principal=kept, overdue_principal=np.zeros_like(kept))

    # Payments fall almost in proportion to the balance.
    extra = loans.carried + loans.charges
    longest = np.maximum(plans.longest, 1)
    asked = Candidates(loans, np.arange(len(loans)), plans.name, longest).floor(longest)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        near = balance * np.clip((plans.room.most(longest) - extra) / np.maximum(asked - extra, 1), 0.0, 1.0)
    found = Figure(plans, change, 1).most(balance - 1, near.astype(np.int64))
    return np.where(found >= 0, balance - found, NONE)


def _down_payment(plans: Plans) -> Ints:
    """The least amount that, paid at once, makes the plan affordable: what is paid first, then principal."""
    loans = plans.loans
    owed = loans.balance + loans.carried + loans.charges

    def change(some: Loans, left: Ints) -> Loans:
        nothing = np.zeros_like(left)
        principal = np.minimum(left, some.balance)
        cleared = dict.fromkeys(("overdue_principal", "overdue_interest", "penalty"), nothing)
        return some.replace(principal=principal, fees=left - principal, accrued_interest=nothing, **cleared)

    found = Figure(plans, change, 1).most(owed - 1, owed - 1)
    return np.where(found >= 0, owed - found, NONE)


def _income(loans: Loans, lowest: Ints, earning: Callable[[Ints], Ints]) -> Ints:
    """How much more net income a month would carry the lowest instalment.

    Costs that are assumed from net income rise with it, never by more. No more than :data:`MOST_INCOME`. What
    is missing of a month's lowest instalment is within the domain.
    """
    needed = np.maximum(a_month(lowest, loans.frequency), 0)
    surplus = earning(np.zeros_like(needed))

    def test(more: Ints) -> Bools:
        return np.asarray(earning(more) >= needed, np.bool_)

    possible = lowest >= 0
    most = np.minimum(np.clip(needed, 1, MOST_INCOME // 4) * 4 - np.minimum(surplus, 0), MOST_INCOME)
    while not (test(most) | ~possible | (most >= MOST_INCOME)).all():
        most = np.where(test(most), most, np.minimum(most, MOST_INCOME // 4) * 4)
    possible &= test(most)
    short = last(lambda more: ~test(more), np.zeros_like(most), most, np.minimum(needed - surplus, most))
    return np.where(possible, short + 1, NONE)
