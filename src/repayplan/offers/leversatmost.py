"""The least of each lever, all steps of the waterfall at their most."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from repayplan.basics.columns import RATE_DECIMALS
from repayplan.basics.dates import a_month, whole_periods
from repayplan.basics.outcome import Bools, Ints
from repayplan.kernel.rules import MAX_PERIODS
from repayplan.offers.amortisation import Amortisation
from repayplan.offers.concession import Concession
from repayplan.offers.leastvalue import FARTHER, least_income, one_of_each, smaller
from repayplan.offers.lengthbounds import NEVER
from repayplan.offers.levers import RATE_STEP, Ahead, at_rate, owing_less
from repayplan.offers.lowering import exhausted, of_balance
from repayplan.offers.onefigure import NO_PAUSE, NONE, Plans
from repayplan.offers.pauses import Pause
from repayplan.offers.postponing import may_put_off, ways_to_put_off
from repayplan.offers.room import Room
from repayplan.offers.trying import Figure
from repayplan.plans.loan import Loans

FARTHEST = 600
"""Months: where months differ, no plan that takes more is looked at."""
CELLS = 4_000_000
"""Periods of loans whose means are looked at at once."""


@dataclass(frozen=True, slots=True)
class AtMost:
    """Refused loans, and lengths of their plans with all lowering steps at their most after a pause.

    ``payable`` are those to be looked at.
    """

    loans: Loans
    steps: tuple[Concession, ...]
    shortest: Ints
    longest: Ints
    room: Room
    payable: Bools
    minimums: Amortisation
    pause: Pause = NO_PAUSE

    def take(self, rows: Ints, room: Room) -> AtMost:
        """Some of them, that can pay something else."""
        columns = {name: getattr(self, name)[rows] for name in ("shortest", "longest", "payable")}
        within = columns["longest"] >= columns["shortest"]
        return replace(self, loans=self.loans.take(rows), room=room, **(columns | {"payable": within}))

    def exhausted(self, loans: Loans) -> Loans:
        """The loans, figures changed, with the steps at their most."""
        return exhausted(loans, self.steps)

    def plans(self, name: str, longest: Ints) -> Plans:
        """Plans of a method of these lengths at most."""
        rows = self.pause.rows
        some = self.payable & (longest > rows)
        first, end = (np.maximum(each - rows, 1) for each in (self.shortest, longest))
        room = self.room.delayed(self.pause.idle)
        return Plans(self.loans, name, first, end, room, some, self.pause, self.minimums)


def after_pauses(case: AtMost) -> Iterator[AtMost]:
    """The same after each way to put payments off, where that is allowed."""
    shifts = {number: step for number, step in enumerate(case.steps) if step.shifting}
    for way in ways_to_put_off(case.loans, shifts):
        allowed = may_put_off(case.loans, shifts, way.taken)
        yield replace(case, payable=case.payable & allowed, pause=way.pause)


def shortest_beyond(case: AtMost, name: str, most: Ints | int = MAX_PERIODS) -> Ints:
    """Rows of the shortest affordable plan beyond the limit, at most so many; -1 where there is none."""
    if all(step.step != "extend" for step in case.steps):
        return np.full(len(case.loans), NONE)
    loans, rows = case.loans, case.pause.rows
    beyond = np.maximum(np.full(len(loans), most), case.longest)
    first = np.maximum(np.maximum(case.shortest, case.longest + 1) - rows, 1)
    payable = case.room.most(beyond) > 0
    plans = case.plans(name, beyond)
    made = plans.candidates(case.exhausted(loans), beyond - rows, np.arange(len(loans)))
    found = made.least(first, np.where(payable, beyond - rows, 0), plans.later)
    return np.where(found > 0, found + rows, NONE)


def in_tables(rows: Ints, periods: Ints) -> list[Ints]:
    """Rows, some at once, so that the tables of their periods aren't too large."""
    cells = len(rows) * int(periods[rows].max(initial=1))
    return np.array_split(rows, -(-cells // CELLS)) if cells else []


def beyond_ahead(ways: Sequence[AtMost], methods: Sequence[str], rows: Ints, ahead: Ahead) -> Ints:
    """The same of households whose months differ, as far ahead as it takes, :data:`FARTHEST` at most."""
    out, left = np.full(len(rows), NONE), np.arange(len(rows))
    frequency = ways[0].loans.frequency[rows]
    end = np.minimum(whole_periods(np.full(len(rows), FARTHEST), frequency), MAX_PERIODS)
    most = np.maximum(ways[0].longest[rows], 1)
    while len(left := left[(out[left] == NONE) & (most[left] < end[left])]):
        most = np.minimum(FARTHER * most, end)
        for part in in_tables(left, most):
            mine = rows[part]
            room = ahead(mine, most[part])
            for case in (way.take(mine, room) for way in ways):
                for name in methods:
                    out[part] = smaller(out[part], shortest_beyond(case, name, most[part]))
    return out


def highest_rate(case: AtMost, name: str) -> Ints:
    """The highest annual rate, a whole number of steps below the present one, that is affordable."""
    now = case.exhausted(case.loans)
    # Of a rate that changes over time any fixed one may be lower.
    present = np.where(now.rate_index >= 0, 10**RATE_DECIMALS + RATE_STEP, now.annual_rate)
    steps = -(-present // RATE_STEP) - 1

    def change(loans: Loans, rate: Ints) -> Loans:
        return case.exhausted(at_rate(loans, rate))

    found = Figure(case.plans(name, case.longest), change, 0).most(steps, steps)
    return np.where(found >= 0, found * RATE_STEP, NONE)


def least_reduction(case: AtMost, name: str) -> Ints:
    """The least amount that, taken off the balance, makes the plan affordable."""
    loans, plans = case.loans, case.plans(name, case.longest)
    balance = loans.balance

    def change(some: Loans, kept: Ints) -> Loans:
        return case.exhausted(of_balance(some, kept))

    # Payments fall almost in proportion to the balance.
    extra = loans.carried + loans.charges
    longest = plans.longest
    asked = plans.candidates(case.exhausted(loans), longest, np.arange(len(loans))).floor(longest)
    most = plans.later.most(longest)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        near = balance * np.clip((most - extra) / np.maximum(asked - extra, 1), 0.0, 1.0)
    found = Figure(plans, change, 1).most(balance - 1, near.astype(np.int64))
    return np.where(found >= 0, balance - found, NONE)


def least_down_payment(case: AtMost, name: str) -> Ints:
    """The least amount that, paid at once, makes the plan affordable: what is paid first, then principal."""
    loans = case.loans
    owed = loans.owed

    def change(some: Loans, left: Ints) -> Loans:
        return case.exhausted(owing_less(some, left))

    found = Figure(case.plans(name, case.longest), change, 1).most(owed - 1, owed - 1)
    return np.where(found >= 0, owed - found, NONE)


def least_more_income(loans: Loans, lowest: Ints, earning: Callable[[Ints], Ints]) -> Ints:
    """How much more income a month would make plans affordable whose largest payment is the lowest.

    Costs that are assumed from net income rise with it, never by more; and gross income is looked at only
    where more of it never leaves less to pay. No more than :data:`MOST_INCOME`.
    """
    needed = np.maximum(a_month(lowest, loans.frequency), 0)
    surplus = earning(np.zeros_like(needed))

    def does(rows: Ints, more: Ints) -> Bools:
        every, month, out = needed[rows], np.zeros_like(needed), np.zeros(len(rows), np.bool_)
        for mine in one_of_each(rows):
            month[rows[mine]] = more[mine]
            out[mine] = earning(month)[rows[mine]] >= every[mine]
        return out

    return least_income(does, needed, surplus, lowest >= 0)


def lowest_payment(case: AtMost, name: str) -> Ints:
    """The smallest largest payment of a method's plans, those of the pause among them; -1: there is none."""
    anything = case.room.again(np.full(len(case.loans), NEVER))
    within = case.longest >= case.shortest
    plans = replace(case, room=anything, payable=within).plans(name, np.maximum(case.longest, 1))
    longest = np.where(plans.payable, plans.longest, 0)
    made = plans.candidates(case.exhausted(case.loans), plans.longest, np.arange(len(case.loans)))
    peak = made.lowest(plans.shortest, longest).peak
    return np.where(peak >= 0, np.maximum(peak, made.begin), NONE)
