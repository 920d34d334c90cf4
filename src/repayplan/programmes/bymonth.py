"""What happened to plans month by month, as figures of an evaluation."""

from __future__ import annotations

from typing import Any

import numpy as np

from repayplan.accounts.lateness import Buckets
from repayplan.accounts.statement import Statements
from repayplan.basics.dates import Days
from repayplan.basics.money import to_decimal
from repayplan.programmes.figure import Figure, not_given, of_interval, rounded
from repayplan.programmes.incidence import cumulative_incidence
from repayplan.programmes.proportions import wilson
from repayplan.programmes.redefault import CAUSES, plan_outcomes
from repayplan.programmes.rolls import roll_rates
from repayplan.programmes.standing import ENDS, Standings, money


def ended(after: Statements, *, confidence: Any) -> list[Figure]:
    """How many plans ended, and how."""
    how, _ = Standings.of(after).ended()
    found = []
    for k, name in enumerate(ENDS):
        count = int(np.count_nonzero(how == k))
        share = wilson(count, len(how), confidence=confidence)
        found.append(of_interval("ended", share, group=name, count=count))
    return found


def defaults(after: Statements, *, default_from_days: int, confidence: Any) -> list[Figure]:
    """Cumulative incidence of default by month on book, and of what competes with it."""
    month, cause = plan_outcomes(after, default_from_days=default_from_days)
    by_month = cumulative_incidence(month, cause, causes=CAUSES, confidence=confidence)
    found = []
    for k in range(by_month.at_risk.shape[1]):
        group, n = str(k + 1), int(by_month.at_risk[0, k])
        for c, name in enumerate(CAUSES):
            value, low, high = (
                rounded(float(each[0, k, c])) for each in (by_month.incidence, by_month.low, by_month.high)
            )
            count = int(by_month.events[0, k, c])
            found.append(
                Figure(
                    name=f"redefault.{name}", group=group, n=n, count=count, value=value, low=low, high=high
                )
            )
        left = rounded(float(by_month.survival[0, k]))
        found.append(Figure(name="redefault.left", group=group, n=n, value=left))
    return found or [Figure(name="redefault.default", n=0)]


def rolled(
    name: str, statements: Statements, buckets: Buckets, days: Days, *, confidence: Any
) -> list[Figure]:
    """Roll rates since the first plan began; only what happened has a figure."""
    if statements.history is None:
        return [not_given(name)]
    if len(days) < 2:
        return [Figure(name=name, n=0)]
    rolls = roll_rates(statements, buckets, days=days)
    rates, count = rolls.intervals(confidence=confidence), rolls.count.sum(axis=0)
    decimals = int(statements.accounts.decimals[statements.row[0]])
    found = []
    for i, j in zip(*(each.tolist() for each in count.nonzero()), strict=True):
        if i >= len(buckets.names):  # nothing comes back from an end
            continue
        value, low, high = (rounded(float(each[i, j])) for each in (rates.estimate, rates.low, rates.high))
        found.append(
            Figure(
                name=name,
                group=f"{rolls.states[i]} > {rolls.states[j]}",
                n=int(rolls.n[i]),
                count=int(count[i, j]),
                value=value,
                low=low,
                high=high,
                amount=to_decimal(money(rolls.balance[:, i, j]), decimals),
            )
        )
    return found


def overdue_by_month(
    name: str, statements: Statements, days: Days, *, overdue_from_days: int, confidence: Any
) -> list[Figure]:
    """The overdue rate on each of some days, of the accounts that had begun by then."""
    if statements.history is None:
        return [not_given(name)]
    standings, found = Standings.of(statements), []
    for day in days:
        then = standings.on(day)
        many, late = np.count_nonzero(then.seen), np.count_nonzero(then.days >= overdue_from_days)
        rate = wilson(late, many, confidence=confidence)
        found.append(of_interval(name, rate, group=day.item().isoformat(), count=int(late)))
    return found or [Figure(name=name, n=0)]
