"""What the households of loans can pay in each period: the same in all, or as the months ahead allow."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from repayplan.ability.allowance import ShareOf
from repayplan.ability.capacities import NOTHING_LEFT, Capacities
from repayplan.ability.capacity import capacity, with_more_gross
from repayplan.ability.households import Households
from repayplan.ability.month import month_begin
from repayplan.ability.obligors import Obligors, behind_some
from repayplan.ability.outlook import AS_IT_IS
from repayplan.ability.path import PayablePath
from repayplan.basics.columns import Screen, money_of
from repayplan.basics.dates import PERIOD_MONTHS_DEN, PERIOD_MONTHS_NUM, months_taken
from repayplan.basics.errors import Code
from repayplan.basics.money import MAX_TOTAL
from repayplan.basics.outcome import Bools, Ints, Outcome, alike, any_of, span
from repayplan.offers.policy import Policy
from repayplan.offers.room import Room
from repayplan.offers.wayahead import first_months, looked_at_from, way_ahead
from repayplan.plans.loan import Loans

LONGEST = 1_200
"""Months; no period takes more."""
MOST_MONTHLY = MAX_TOTAL // LONGEST
"""No payment is as large a month, and what a period's months come to stays within the domain."""
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
    most
        int64 minor units a period, more than which may not be paid whatever can be; None: nothing is said.
    """

    every: Ints
    path: PayablePath | None = None
    column: Ints | None = None
    most: Ints | None = None

    def at_once(self, periods: int, usual: int) -> int:
        """How many loans may be looked at at once whose means differ in so many periods; 0: ``usual``."""
        return max(min(usual, CELLS // periods), 1) if periods else usual

    def take(self, rows: Ints) -> Means:
        """Of some of the loans."""
        column = None if self.column is None else self.column[rows]
        most = None if self.most is None else self.most[span(rows)]
        return Means(self.every[span(rows)], self.path, column, most)

    def room(self, loans: Loans, longest: Ints) -> Room:
        """What can be paid in each period of the loans' longest plans; later, the least of all months."""
        table, turn = self._by_period(loans, longest)
        return Room.of(self.bounded(table), turn)

    def _by_period(self, loans: Loans, longest: Ints) -> tuple[Ints, int]:
        """What is left for that, whatever may be paid at most; and how many of the last rows come round."""
        if self.path is None or self.column is None or not len(loans):
            return self.every, 1
        periods, size = max(int(longest.max()), 1), len(loans)
        path = self.path.take(self.column)
        # Due dates once for each calendar, and periods no longer than they come round.
        one, calendar = alike(*loans.due_columns(slice(None)))
        rows, k = np.tile(one, periods), np.repeat(np.arange(periods), len(one))
        # A month belongs to the period that falls due in it, wherever a business day moves the payment.
        due = loans.agreed(rows, k, np.zeros(len(k), np.bool_)).reshape(periods, len(one))
        often = loans.frequency[one]
        whole = PERIOD_MONTHS_NUM[often] % PERIOD_MONTHS_DEN[often] == 0
        start, turn = path.recurring(due, months_taken(np.ones_like(one), often), whole)
        if turn:
            periods = start + turn
        found = path.per_period(loans.frequency, due[:periods], calendar)
        if turn and len(found.row) == size:
            return found.value, turn
        table = np.zeros((periods + (not turn), size), np.int64)
        table[:periods, span(found.row)] = found.value
        if not turn:
            table[periods] = np.minimum(table[:periods].min(axis=0), path.least(loans.frequency))
        return table, max(turn, 1)

    def bounded(self, amounts: Ints) -> Ints:
        """Amounts of each loan, as much of them as may be paid."""
        return amounts if self.most is None else np.minimum(amounts, self.most)


def assessed(
    loans: Loans, households: Households | Obligors, policy: Policy, screen: Screen
) -> Outcome[Capacities]:
    """What the households can pay a month by the policy.

    Parameters
    ----------
    loans, households
        As many of each; the households as the policy counts them.
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
        households.households if isinstance(households, Obligors) else households,
        policy.allowance,
        income=policy.income,
        contingency=policy.contingency,
        assumed=policy.assumed,
        guidelines=policy.guidelines,
        target=policy.target,
        creditors=policy.creditors,
    )
    if isinstance(households, Obligors):
        can = households.capacities(can)
    screen.adopt(can.failures)
    if "currency" in loans.extra:
        currency = screen.text(loans.extra["currency"])
        foreign = ~np.isin(currency, ("", policy.currency))
        screen.fault(foreign, Code.OTHER_CURRENCY, "currency", currency, policy.currency)
    other: Bools = households.decimals != loans.decimals
    screen.fault(other, Code.UNKNOWN_VALUE, "decimals", households.decimals, loans.decimals)
    return can


def dated(loans: Loans, households: Households | Obligors, policy: Policy) -> Bools:
    """Whose means may differ from period to period, or are put together from several households'."""
    return households.dated | (policy.outlook != AS_IT_IS) | _begun(loans, households)


def _begun(loans: Loans, households: Households | Obligors) -> Bools:
    """In whose first period some household is assessed later than in its first month."""
    out, taken = np.zeros(len(loans), np.bool_), months_taken(np.ones_like(loans.frequency), loans.frequency)
    rows = np.flatnonzero((taken > 1) & ~np.isnat(loans.next_due))
    if not len(rows):
        return out
    if isinstance(households, Obligors):
        assessed, of = households.households.assessed, households.of
    else:
        assessed, of = households.assessed, np.arange(len(loans))
    first = np.full(len(loans), np.datetime64("NaT", "D"))
    first[rows] = loans.agreed(rows, np.zeros_like(rows), np.zeros(len(rows), np.bool_))
    known = np.flatnonzero(~np.isnat(first[of]) & ~np.isnat(assessed))
    mine = of[known]
    begin = first_months(loans.frequency[mine], first[mine])
    out[mine[looked_at_from(assessed[known], begin, first[mine]) > begin]] = True
    return out


def months_ahead(
    loans: Loans,
    households: Households | Obligors,
    policy: Policy,
    longest: Ints,
    usual: Means,
    screen: Screen | None,
    *,
    more: Ints | None = None,
    of_income: ShareOf = "net_income",
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
    more, of_income
        int64, of all loans; income beside what their households (of several, the first borrower's) state, in
        every month; and whether it is net or gross.
    """
    good = np.arange(len(loans)) if screen is None else np.flatnonzero(screen.good)
    if not len(good):
        return usual
    each = np.maximum(longest[good], 1)
    each = np.maximum(np.minimum(each, loans.most_rows(good, int(each.max()))), 1)
    never = np.zeros(len(good), np.bool_)
    first, last = (loans.agreed(good, k, never) for k in (np.zeros_like(good), each - 1))
    homes, rows, of, behind = behind_some(households, good)
    way = way_ahead(homes, policy, rows, loans.frequency[good[of]], first[of], last[of])
    beyond = np.zeros(len(rows), np.bool_)
    if more is not None:
        own = more[good[of]] if behind is None else np.where(behind.bears, more[good[of]], 0)
        if of_income == "net_income":
            way = replace(way, more=own)
        else:
            richer, beyond = with_more_gross(way.households, own)
            way = replace(way, households=richer)
    inner = Screen(len(rows))
    scale = loans.finer[good[of]]
    finer = screen is not None and any_of(scale > 1)  # else no amount is too large
    table, turn = way.recurring(
        inner, way.months, lambda can: np.stack([can.surplus, can.largest] if finer else [can.surplus])
    )
    if any_of(beyond):
        table[:, 0, beyond] = NOTHING_LEFT
    fine = np.ones(len(good), np.bool_)
    if screen is not None and finer:
        largest, most = table[:, 1].max(axis=0), Capacities.most(scale)
        shown = (money_of(amount, homes.decimals[rows]) for amount in (largest, most))
        inner.fault((scale > 1) & (largest > most), Code.BEYOND_DOMAIN, "net_income", *shown)
    if screen is not None:
        screen.adopt(inner.failures().moved(good[of]))
        fine[of[~inner.good]] = False
    found = np.flatnonzero(fine[of])
    since = way.since[span(found)]
    row, scale = good[fine], scale[found]
    most = MOST_MONTHLY // scale
    surplus, least = table[:, 0, span(found)], -LONGEST // 10 * most
    if surplus.size and (surplus.min() < least.max() or surplus.max() > most.min()):
        surplus = np.clip(surplus, least, most)
    if behind is None:
        if any_of(scale > 1):
            surplus = surplus * scale
        path: PayablePath = PayablePath(
            begin=month_begin(way.first),
            payable=np.maximum(surplus, 0),
            decimals=loans.decimals[row],
            surplus=surplus,
            turn=turn,
            since=since,
            begun=way.begun,
        )
    else:
        some = behind.take(np.flatnonzero(fine))
        path = some.path(month_begin(way.first), surplus, scale, turn, since=since, begun=way.begun)
    listed = any(law.given is not None for law in loans.due_dates)  # several may fall into one month
    if (
        len(surplus) == 1 and not listed and not way.begun
    ):  # the same in all months, but not as households are assessed
        every = np.zeros_like(usual.every)
        every[row] = path.least(loans.frequency[row])
        return replace(usual, every=every)
    column = np.zeros(len(loans), np.int64)
    column[row] = np.arange(len(row))
    return replace(usual, path=path, column=column)
