"""The months in which plans fall due, of the households of their loans."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from repayplan.ability.households import Households
from repayplan.ability.month import month_of
from repayplan.ability.surplus import Rules
from repayplan.ability.turns import MAX_MONTHS, Window
from repayplan.ability.way import Way
from repayplan.basics.dates import Days, months_taken
from repayplan.basics.outcome import Ints, any_of, span
from repayplan.offers.policy import Policy


def looked_at_from(assessed: Days, begin: Ints, first: Days) -> Ints:
    """From which month on (since 1970-01) households are looked at: that of their assessment, or the first.

    What they had left in a month before they were assessed may be spent: of a first period that had begun by
    then only the months from the assessment on count. A period that had ended by then, and one of a household
    whose assessment isn't dated, count whole.

    Parameters
    ----------
    assessed
        datetime64[D]; NaT where that isn't known.
    begin, first
        int64, the first month of each one's first period; its due date.

    Examples
    --------
    A quarter to the end of March 2026, of households assessed in December, February and April:

    >>> days = np.array(["2025-12-01", "2026-02-10", "2026-04-10"], "datetime64[D]")
    >>> looked_at_from(days, np.full(3, 672), np.full(3, np.datetime64("2026-03-31"))) - 672
    array([0, 1, 0])
    """
    month = month_of(np.where(np.isnat(assessed), np.datetime64(0, "D"), assessed))
    return np.where(~np.isnat(assessed) & (month > begin) & (month <= month_of(first)), month, begin)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class WayAhead(Way):
    """The months in which plans fall due, of the households of some loans.

    Attributes
    ----------
    months
        From the first of any plan to the last, :data:`MAX_MONTHS` at most.
    since
        int64; of each household, the first of these months that counts.
    begun
        Whether that is later than its first period began of any (:func:`looked_at_from`).
    """

    months: int
    since: Ints
    begun: bool


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
    begin = first_months(frequency, first)
    start = int(begin.min())
    end = month_of(last) + 1
    whole = len(rows) == len(households) and isinstance(span(rows), slice)
    homes = households if whole else households.take(rows)
    since = looked_at_from(homes.assessed, begin, first)
    begun = any_of(since > begin)
    return WayAhead(
        homes,
        policy_rules(policy),
        start,
        policy.outlook,
        homes.costs,
        Window(since - start, end - start),
        months=min(int(end.max()) - start, MAX_MONTHS),
        since=since - start,
        begun=begun,
    )


def first_months(frequency: Ints, first: Days) -> Ints:
    """Months, since 1970-01, in which periods begin whose due date is given: as many earlier as they take."""
    return month_of(first) + 1 - months_taken(np.ones_like(frequency), frequency)


def policy_rules(policy: Policy) -> Rules:
    """A policy's rules from income to what is left."""
    return Rules(
        allowance=policy.allowance,
        income=policy.income,
        contingency=policy.contingency,
        assumed=policy.assumed,
        guidelines=policy.guidelines,
        target=policy.target,
        creditors=policy.creditors,
    )
