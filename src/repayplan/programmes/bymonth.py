"""What happened to plans month by month, as figures of an evaluation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from repayplan.accounts.lateness import Buckets
from repayplan.accounts.statement import Statements
from repayplan.basics.dates import Days
from repayplan.basics.money import to_decimal
from repayplan.programmes.figure import Figure, not_given, of_interval, of_share, rounded
from repayplan.programmes.incidence import Incidence
from repayplan.programmes.looks import Look, Looks
from repayplan.programmes.proportions import wilson
from repayplan.programmes.ratios import share_of_money
from repayplan.programmes.redefault import CAUSES
from repayplan.programmes.rolls import RollRates, roll_rates
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


def defaults(by_month: Incidence) -> list[Figure]:
    """Cumulative incidence of default by month on book, and of what competes with it."""
    found, left = [], []
    for c, name in enumerate(CAUSES):
        for k, n in enumerate(by_month.at_risk[0].tolist()):
            value, low, high = (
                rounded(float(each[0, k, c])) for each in (by_month.incidence, by_month.low, by_month.high)
            )
            count = int(by_month.events[0, k, c])
            what, month = f"redefault.{name}", str(k + 1)
            found.append(Figure(name=what, group=month, n=n, count=count, value=value, low=low, high=high))
    for k, n in enumerate(by_month.at_risk[0].tolist()):
        share = rounded(float(by_month.survival[0, k]))
        left.append(Figure(name="redefault.left", group=str(k + 1), n=n, value=share))
    return [*found, *left] or [Figure(name="redefault.default", n=0)]


def rates_of(statements: Statements, buckets: Buckets, days: Days) -> RollRates | None:
    """Roll rates from one of some days to the next; None where there aren't two, or there is no history."""
    if statements.history is None or len(days) < 2:
        return None
    return roll_rates(statements, buckets, days=days)


def rolled(name: str, statements: Statements, rolls: RollRates | None, *, confidence: Any) -> list[Figure]:
    """Roll rates; only what happened has a figure."""
    if statements.history is None:
        return [not_given(name)]
    if rolls is None:
        return [Figure(name=name, n=0)]
    rates, count = rolls.intervals(confidence=confidence), rolls.count.sum(axis=0)
    decimals = int(statements.accounts.decimals[statements.row[0]])
    found = []
    for i, j in zip(*(each.tolist() for each in count.nonzero()), strict=True):
        if i >= len(rolls.states) - len(ENDS):  # nothing comes back from an end
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
    basis: str, statements: Statements, days: Days, *, overdue_from_days: int, decimals: int, confidence: Any
) -> list[Figure]:
    """The overdue rate on each of some days, of the accounts that had begun by then, by count and by money.

    The money is what was outstanding: interest, fees and costs that had fallen due are in it.
    """
    if statements.history is None:
        return [not_given(name) for name in month_names(basis)]
    standings = Standings.of(statements)
    looks = [by_standing(standings, day, overdue_from_days) for day in days]
    return monthly(basis, days, looks, decimals=decimals, confidence=confidence)


def by_standing(standings: Standings, day: np.datetime64, overdue_from_days: int) -> Look:
    """Accounts on a day of their history, by days past due; the money is what was outstanding."""
    then = standings.on(day)
    late = then.days >= overdue_from_days
    return Look(late, np.where(late, then.outstanding, 0), then.outstanding, then.seen)


def short_by_month(looks: Looks, days: Days) -> list[Figure]:
    """The same by money received against money that fell due in the months up to each of the days."""
    found = [by_cash_on(looks, day) for day in days]
    return monthly("cash", days, found, decimals=looks.decimals, confidence=looks.confidence)


def by_cash_on(looks: Looks, day: np.datetime64) -> Look:
    """Accounts whose contract had begun by a day, by money received against money that fell due."""
    contract = looks.contract
    start = contract.accounts.start[contract.row]
    then = looks.by_cash(contract, np.full(len(contract), day))
    some = then.some & (start <= day) & (contract.as_of >= day)
    part, whole = (np.where(some, each, 0) for each in (then.part, then.whole))
    return Look(then.overdue & some, part, whole, some)


def month_names(basis: str) -> tuple[str, str]:
    """What the figures by month of a measure are called."""
    return f"overdue.count.{basis}.month", f"overdue.balance.{basis}.month"


def monthly(basis: str, days: Days, looks: Iterable[Look], *, decimals: int, confidence: Any) -> list[Figure]:
    """The overdue rate at some looks, first all by count, then all by money."""
    by_count, by_money = month_names(basis)
    counts, shares = [], []
    for day, look in zip(days, looks, strict=True):
        group = day.item().isoformat()
        many, late = np.count_nonzero(look.some), np.count_nonzero(look.overdue)
        counts.append(
            of_interval(by_count, wilson(late, many, confidence=confidence), group=group, count=int(late))
        )
        share = share_of_money(look.part, look.whole, confidence=confidence)
        shares.append(of_share(by_money, share, group=group, amount=to_decimal(share.part, decimals)))
    return [*counts, *shares] or [Figure(name=by_count, n=0), Figure(name=by_money, n=0)]
