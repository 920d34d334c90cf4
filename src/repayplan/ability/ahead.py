"""The months that lie ahead: seasons, benefits that end, a return to work, stress, uprating."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import overload

import numpy as np

from repayplan.ability.allowance import AssumedCost, Contingency
from repayplan.ability.capacity import NET_ONLY, NOTHING_KEPT, Capacities, work_out
from repayplan.ability.counting import in_month
from repayplan.ability.guideline import Guideline
from repayplan.ability.household import Household, Households
from repayplan.ability.income import IncomeRule
from repayplan.ability.items import ALL_YEAR
from repayplan.ability.month import EVER, month_number
from repayplan.ability.outlook import AS_IT_IS, Outlook
from repayplan.ability.path import CapacityPath
from repayplan.ability.rule import AllowanceRule
from repayplan.ability.surplus import Rules
from repayplan.basics.columns import Screen, one_date, one_number
from repayplan.basics.outcome import Ints, Outcome, span

MAX_MONTHS = 3_660


@overload
def capacity_path(
    households: Household,
    allowance: AllowanceRule,
    *,
    begin: date | str,
    months: int,
    income: IncomeRule = ...,
    contingency: Contingency = ...,
    assumed: Sequence[AssumedCost] = ...,
    guidelines: Sequence[Guideline] = ...,
    outlook: Outlook = ...,
) -> CapacityPath: ...
@overload
def capacity_path(
    households: Households,
    allowance: AllowanceRule,
    *,
    begin: date | str,
    months: int,
    income: IncomeRule = ...,
    contingency: Contingency = ...,
    assumed: Sequence[AssumedCost] = ...,
    guidelines: Sequence[Guideline] = ...,
    outlook: Outlook = ...,
) -> Outcome[CapacityPath]: ...
def capacity_path(
    households: Household | Households,
    allowance: AllowanceRule,
    *,
    begin: date | str,
    months: int,
    income: IncomeRule = NET_ONLY,
    contingency: Contingency = NOTHING_KEPT,
    assumed: Sequence[AssumedCost] = (),
    guidelines: Sequence[Guideline] = (),
    outlook: Outlook = AS_IT_IS,
) -> CapacityPath | Outcome[CapacityPath]:
    """What households can pay in each month from one on, by the rules of :func:`capacity`.

    Income counts in the months of the calendar that it covers wholly, costs and debts in every month that
    they touch. Where nothing is dated, there is one row, that of :func:`capacity`. An allowance by date has
    the figures of the day of assessment in every month; those that follow are what ``outlook`` foresees.

    Parameters
    ----------
    households
        One, or a batch.
    allowance, income, contingency, assumed, guidelines
        As :func:`capacity` takes them.
    begin
        A day of the first month.
    months
        How many months are looked at one by one, 1 to 3,660. What is known of later ones is in the last row,
        the least that can be paid in any of them, except that guideline figures are raised within ``months``
        only: let these reach to the end of the plan.
    outlook
        Stress on income, and the uprating of guideline figures.

    Returns
    -------
    :class:`CapacityPath`; of a batch, an Outcome of it. A household that has a code in any month has no
    column.

    Raises
    ------
    InputError
        A first month that is no date, or months out of range; for one household, its faults too.

    Examples
    --------
    A benefit ends in February, and a better job begins in the middle of April.

    >>> from repayplan import Allowance, Income
    >>> pay = [
    ...     Income("pay", "1000", until="2026-04-30"),
    ...     Income("benefit", "300", until="2026-02-28"),
    ...     Income("new job", "1500", start="2026-04-15"),
    ... ]
    >>> rule = Allowance(adult_first="700", adult_further="0", child="0", covers=(), source="own")
    >>> path = capacity_path(Household(items=pay), rule, begin="2026-01-01", months=12)
    >>> path.payable.ravel()
    array([60000, 60000, 30000, 30000, 80000])
    """
    if isinstance(households, Household):
        return capacity_path(
            households.batch,
            allowance,
            begin=begin,
            months=months,
            income=income,
            contingency=contingency,
            assumed=assumed,
            guidelines=guidelines,
            outlook=outlook,
        ).single()  # fmt: skip
    many = one_number("months", months, 0, 1, MAX_MONTHS)
    rules = Rules(
        allowance=allowance,
        income=income,
        contingency=contingency,
        assumed=assumed,
        guidelines=tuple(guidelines),
    )
    first = one_date("begin", begin).replace(day=1)
    screen = Screen(len(households))
    screen.adopt(households.failures)
    way = _Way(households, rules, month_number(first), outlook, households.costs)
    rows = [way.amounts(screen, 0)]
    for month in range(1, many):
        rows.append(way.following(screen, rows[-1], month))
    rows.append(way.least_later(screen, rows[-1], many))
    good = np.flatnonzero(screen.good)
    pick = span(good)
    while len(rows) > 1 and (rows[-1] is rows[-2] or np.array_equal(rows[-1][pick], rows[-2][pick])):
        rows.pop()  # the one before holds for every later month too
    payable = np.stack([row[pick] for row in rows])
    some = way.take(good)
    path = CapacityPath(
        begin=first,
        payable=payable,
        months=many,
        decimals=households.decimals[good],
        work=some.work_out,
    )
    return Outcome(path, good, screen.failures())


@dataclass(frozen=True, slots=True, eq=False)
class _Way:
    """Households on their way from a month on (since 1970-01)."""

    households: Households
    rules: Rules
    first: int
    outlook: Outlook
    asked: Collection[str]

    def take(self, rows: Ints) -> _Way:
        return replace(self, households=self.households.take(rows))

    def work_out(self, screen: Screen, month: int, foreseen: int | None = None) -> Capacities:
        """Capacities in a month from the first; uprated as in another one, if one is named."""
        homes = self.households
        number = np.full(len(homes), self.first + month)
        plain = in_month(screen, homes, number, self.rules.income)
        by = self.outlook.by(self.first + (month if foreseen is None else foreseen))
        return work_out(screen, plain, self.rules, self.asked, by)

    def amounts(self, screen: Screen, month: int, foreseen: int | None = None) -> Ints:
        """What can be paid in a month."""
        return self.work_out(screen, month, foreseen).payable

    def changing(self, month: int) -> Ints:
        """Households whose items don't count in a month as in the one before, or all if all are uprated."""
        items, now = self.households.items, self.first + month
        if self.outlook.by(now) != self.outlook.by(now - 1):
            return np.arange(len(self.households))
        if items is None:
            return np.zeros(0, np.int64)
        at = np.full(len(items), now)
        return np.unique(items.of[items.counts_in(at) != items.counts_in(at - 1)])

    def following(self, screen: Screen, before: Ints, month: int, foreseen: int | None = None) -> Ints:
        """What can be paid in a month, given what could be in the one before."""
        rows = self.changing(month)
        rows = rows[screen.good[rows]]
        if not len(rows):
            return before
        inner, out = Screen(len(rows)), before.copy()
        out[rows] = self.take(rows).amounts(inner, month, foreseen)
        screen.adopt(inner.failures().moved(rows))
        return out

    def least_later(self, screen: Screen, last: Ints, months: int) -> Ints:
        """The least that can be paid in any month from so many on, guideline figures as before them."""
        items = self.households.items
        if items is None:
            return last
        out = self.following(screen, last, months, months - 1)
        start, several = self.first + months, items.season < ALL_YEAR
        turns = np.concatenate([items.first, items.last + 1])
        later = (turns > start) & (turns < EVER)
        rows = np.unique(np.concatenate([items.of, items.of])[later | np.tile(several, 2)])
        rows = rows[screen.good[rows]]
        if not len(rows):
            return out
        some, inner, least = self.take(rows), Screen(len(rows)), out[rows]
        marks = [start, *np.unique(turns[later]).tolist()]
        for turn, after in zip(marks, [*marks[1:], EVER], strict=True):
            # Between two turns only the seasons change, and a year holds all of them.
            for month in range(turn, min(after, turn + (12 if several.any() else 1))):
                least = np.minimum(least, some.amounts(inner, month - self.first, months - 1))
        screen.adopt(inner.failures().moved(rows))
        out = out.copy()
        out[rows] = least
        return out
