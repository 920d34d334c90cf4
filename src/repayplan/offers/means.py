"""What the households of loans can pay in each period: the same in all, or as the months ahead allow."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from repayplan.ability.ahead import MAX_MONTHS, Way, Window
from repayplan.ability.capacity import Capacities, capacity
from repayplan.ability.household import Households
from repayplan.ability.month import month_begin, month_of
from repayplan.ability.outlook import AS_IT_IS
from repayplan.ability.path import PayablePath
from repayplan.ability.surplus import Rules
from repayplan.basics.columns import Screen, money_of
from repayplan.basics.dates import Days, a_period, months_taken
from repayplan.basics.errors import Code
from repayplan.basics.money import MAX_TOTAL
from repayplan.basics.outcome import Bools, Ints, Outcome, alike, any_of, span
from repayplan.offers.policy import Policy
from repayplan.offers.room import Room
from repayplan.plans.loan import Loans

LONGEST = 1_200
"""Months; no period takes more."""
CELLS = 4_000_000
"""Periods of loans whose means are looked at one by one, at once."""


@dataclass(frozen=True, slots=True, eq=False)
class Means:
    """What can be paid for each loan of a batch.

    Attributes
    ----------
    every
        int64 minor units a period, where it is the same in all.
    path, column
        What can be paid month by month, and which of its columns is each loan's; None: nothing is dated.
    """

    every: Ints
    path: PayablePath | None = None
    column: Ints | None = None

    def at_once(self, periods: int, usual: int) -> int:
        """How many loans may be looked at at once whose means differ in so many periods; 0: ``usual``."""
        return max(min(usual, CELLS // periods), 1) if periods else usual

    def take(self, rows: Ints) -> Means:
        """Of some of the loans."""
        column = None if self.column is None else self.column[rows]
        return Means(self.every[span(rows)], self.path, column)

    def room(self, loans: Loans, longest: Ints) -> Room:
        """What can be paid in each period of the loans' longest plans; later, the least of all months."""
        if self.path is None or self.column is None or not len(loans):
            return Room.of(self.every)
        periods, size = max(int(longest.max()), 1), len(loans)
        mine = span(self.column)
        path = PayablePath(
            begin=self.path.begin,
            payable=self.path.payable[:, mine],
            decimals=self.path.decimals[mine],
            surplus=None if self.path.surplus is None else self.path.surplus[:, mine],
            turn=self.path.turn,
        )
        # Due dates once for each calendar, and periods no longer than they come round.
        one, calendar = alike(*loans.due_columns(slice(None)))
        rows, k = np.tile(one, periods), np.repeat(np.arange(periods), len(one))
        due = loans.due(rows, k, np.zeros(len(k), np.bool_)).reshape(periods, len(one))
        start, turn = path.recurring(due, months_taken(np.ones_like(one), loans.frequency[one]))
        if turn:
            periods = start + turn
        found = path.per_period(loans.frequency, due[:periods], calendar)
        if turn and len(found.row) == size:
            return Room.of(found.value, turn)
        table = np.zeros((periods + (not turn), size), np.int64)
        table[:periods, span(found.row)] = found.value
        if not turn:
            least = a_period(path.payable.min(axis=0), loans.frequency)
            table[periods] = np.minimum(table[:periods].min(axis=0), least)
        return Room.of(table, max(turn, 1))


def assessed(loans: Loans, households: Households, policy: Policy, screen: Screen) -> Outcome[Capacities]:
    """What the households can pay a month by the policy.

    Parameters
    ----------
    loans, households
        As many of each.
    screen
        Faults of the households, and loans in another currency than theirs or the policy's, go here.

    Raises
    ------
    TypeError
        The batches differ in length.
    """
    if len(loans) != len(households):
        msg = f"{len(loans)} loans, {len(households)} households"
        raise TypeError(msg)
    can = capacity(
        households,
        policy.allowance,
        income=policy.income,
        contingency=policy.contingency,
        assumed=policy.assumed,
        guidelines=policy.guidelines,
    )
    screen.adopt(can.failures)
    other: Bools = households.decimals != loans.decimals
    screen.fault(other, Code.UNKNOWN_VALUE, "decimals", households.decimals, loans.decimals)
    if "currency" in loans.extra:
        currency = screen.text(loans.extra["currency"])
        other = ~np.isin(currency, ("", policy.currency))
        screen.fault(other, Code.OTHER_CURRENCY, "currency", currency, policy.currency)
    return can


def dated(households: Households, policy: Policy) -> Bools:
    """Of which households what can be paid may differ from month to month."""
    return households.dated | (policy.outlook != AS_IT_IS)


def months_ahead(
    loans: Loans,
    households: Households,
    policy: Policy,
    longest: Ints,
    usual: Means,
    screen: Screen | None,
    *,
    more: Ints | None = None,
) -> Means:
    """What households can pay month by month to the end of the longest plans; as usual where nothing differs.

    Each household is looked at in the months of its own loan's plans only.

    Parameters
    ----------
    loans
        At their finest unit.
    longest
        int64 of all loans; the most instalments of a plan.
    screen
        Faults of households in any month go here; None: from such a month on, nothing can be paid.
    more
        int64, of all households; net income beside what they state, in every month.
    """
    good = np.arange(len(loans)) if screen is None else np.flatnonzero(screen.good)
    if not len(good):
        return usual
    each = np.maximum(longest[good], 1)
    each = np.maximum(np.minimum(each, loans.most_rows(good, int(each.max()))), 1)
    never = np.zeros(len(good), np.bool_)
    first, last = (loans.due(good, k, never) for k in (np.zeros_like(good), each - 1))
    way = way_ahead(households, policy, good, loans.frequency[good], first, last)
    way = way if more is None else replace(way, more=more[good])
    inner = Screen(len(good))
    scale, found = loans.finer[good], np.arange(len(good))
    finer = screen is not None and any_of(scale > 1)  # else no amount is too large
    table, turn = way.recurring(
        inner, way.months, lambda can: np.stack([can.surplus, can.largest] if finer else [can.surplus])
    )
    if screen is not None and finer:
        largest, most = table[:, 1].max(axis=0), Capacities.most(scale)
        shown = (money_of(amount, households.decimals[good]) for amount in (largest, most))
        inner.fault((scale > 1) & (largest > most), Code.BEYOND_DOMAIN, "net_income", *shown)
    if screen is not None:
        screen.adopt(inner.failures().moved(good))
        found = np.flatnonzero(inner.good)
    row, scale = good[found], scale[found]
    # No payment is as large, and what a period's months come to stays within the domain.
    most = MAX_TOTAL // (scale * LONGEST)
    surplus = table[:, 0, span(found)]
    least = -LONGEST // 10 * most
    if surplus.size and (surplus.min() < least.max() or surplus.max() > most.min()):
        surplus = np.clip(surplus, least, most)
    if any_of(scale > 1):
        surplus = surplus * scale
    path = PayablePath(
        begin=month_begin(way.first),
        payable=np.maximum(surplus, 0),
        decimals=loans.decimals[row],
        surplus=surplus,
        turn=turn,
    )
    if len(surplus) == 1:  # the same in all months, but not as households are assessed
        every = np.zeros_like(usual.every)
        every[row] = a_period(path.payable[0], loans.frequency[row])
        return Means(every)
    column = np.zeros(len(loans), np.int64)
    column[row] = np.arange(len(row))
    return Means(usual.every, path, column)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class WayAhead(Way):
    """The months in which plans fall due, of the households of some loans.

    Attributes
    ----------
    months
        From the first of any plan to the last, :data:`MAX_MONTHS` at most.
    """

    months: int


def way_ahead(
    households: Households, policy: Policy, rows: Ints, frequency: Ints, first: Days, last: Days
) -> WayAhead:
    """The months of some households' plans, by the rules of a policy.

    Parameters
    ----------
    rows
        Numbers of the households.
    frequency, first, last
        Of each one's loan; the first and the last due date. A first period begins as many months earlier as
        it takes.
    """
    begin = month_of(first) + 1 - months_taken(np.ones_like(rows), frequency)
    start = int(begin.min())
    end = month_of(last) + 1
    whole = len(rows) == len(households) and isinstance(span(rows), slice)
    homes = households if whole else households.take(rows)
    return WayAhead(
        homes,
        policy_rules(policy),
        start,
        policy.outlook,
        homes.costs,
        Window(begin - start, end - start),
        months=min(int(end.max()) - start, MAX_MONTHS),
    )


def policy_rules(policy: Policy) -> Rules:
    """A policy's rules from income to what is left."""
    return Rules(
        allowance=policy.allowance,
        income=policy.income,
        contingency=policy.contingency,
        assumed=policy.assumed,
        guidelines=policy.guidelines,
    )
