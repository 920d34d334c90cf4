"""The households that reviews of accounts found: the latest, and the one before it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import overload

import numpy as np

from repayplan.ability.capacity import NET_ONLY
from repayplan.ability.counting import as_assessed
from repayplan.ability.household import Household
from repayplan.ability.households import Households
from repayplan.ability.income import IncomeRule
from repayplan.accounts.eventkinds import KIND_INDEX
from repayplan.accounts.statement import Statement, Statements
from repayplan.basics.columns import Screen
from repayplan.basics.dates import Days
from repayplan.basics.outcome import Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseholdReview:
    """The latest review of an account.

    Attributes
    ----------
    on
        Its value date; None: there was none.
    household, before
        What it found, and what the one before it found; None: there was none, or the households are columns.
    """

    on: date | None
    household: Household | None
    before: Household | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HouseholdReviews:
    """The same of many accounts, in the order of their statements.

    Attributes
    ----------
    on
        datetime64[D]; NaT where there was no review.
    row, before
        int64; the row of the household that the latest review found, and of that of the one before; -1: there
        was none.
    households
        As the events have them.
    """

    on: Days
    row: Ints
    before: Ints
    households: Households | tuple[Household, ...]

    def __len__(self) -> int:
        return len(self.row)

    def one(self, i: int) -> HouseholdReview:
        """Of account ``i``."""
        found = [int(self.row[i]), int(self.before[i])]
        homes = self.households
        each = [homes[k] if isinstance(homes, tuple) and k >= 0 else None for k in found]
        return HouseholdReview(on=self.on[i].item(), household=each[0], before=each[1])

    def incomes(self, income: IncomeRule = NET_ONLY) -> tuple[Ints, Ints]:
        """Net income a month at the latest review and at the one before, minor units; -1: it isn't known.

        Parameters
        ----------
        income
            Which incomes of households count, and how.
        """
        homes = self.households
        if isinstance(homes, Households):
            known = _income(homes, income)
        else:
            known = np.array([_income(each.batch, income)[0] for each in homes], np.int64)
        nobody = np.append(known, -1)  # row -1 is nobody's
        return nobody[self.row], nobody[self.before]


@overload
def latest_review(statements: Statement) -> HouseholdReview: ...
@overload
def latest_review(statements: Statements) -> HouseholdReviews: ...
def latest_review(statements: Statement | Statements) -> HouseholdReview | HouseholdReviews:
    """What the latest review of accounts found, up to the day of their statements and as far as it was known.

    Reviews that were reversed don't count. Of several on a day the one that was booked last counts.

    Parameters
    ----------
    statements
        One, or those of a batch.

    Returns
    -------
    :class:`HouseholdReview`, or :class:`HouseholdReviews` of a batch.

    Examples
    --------
    >>> import repayplan as rp
    >>> from repayplan.testing import example_account
    >>> account = example_account()
    >>> found = [
    ...     rp.Event(kind="review", value_date=day, reference=day, household=rp.Household(net_income=income))
    ...     for day, income in (("2026-01-01", "2500"), ("2026-03-31", "1900"))
    ... ]
    >>> for day in ("2026-03-30", "2026-04-01"):
    ...     last = latest_review(rp.replay(account, found, as_of=day))
    ...     print(last.on, last.household.net_income)
    2026-01-01 2500
    2026-03-31 1900
    """
    if isinstance(statements, Statement):
        return latest_review(statements.batch).one(0)
    events, which = statements.events, statements.holding
    which = which[events.kind[which] == KIND_INDEX["review"]]
    account = np.searchsorted(statements.row, events.account[which])
    size = len(statements)
    end = np.searchsorted(account, np.arange(size), side="right")
    first = np.searchsorted(account, np.arange(size))
    on, rows = np.full(size, np.datetime64("NaT", "D")), []
    for back in (1, 2):
        there = np.flatnonzero(end - back >= first)
        at, row = which[end[there] - back], np.full(size, -1)
        row[there] = events.household[at]
        rows.append(row)
        if back == 1:
            on[there] = events.value_date[at]
    return HouseholdReviews(on=on, row=rows[0], before=rows[1], households=events.households)


def _income(homes: Households, rule: IncomeRule) -> Ints:
    """Net income of each household in its month; -1 where it can't be said."""
    screen = Screen(len(homes))
    screen.adopt(homes.failures)
    found = as_assessed(screen, homes, rule)
    return np.where(screen.good & found.net_income.given, found.net_income.amount, -1)
