"""By how much the rules of a limit would have to be raised to allow longer plans."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from repayplan.basics.errors import Code
from repayplan.basics.outcome import Ints
from repayplan.offers.lengths import Figure
from repayplan.offers.limit import ExtensionLimit
from repayplan.plans.loan import Loans


def lacking(limit: ExtensionLimit, loans: Loans, length: Ints) -> Ints:
    """By how many months every rule would have to be raised at least to allow plans of this length.

    Parameters
    ----------
    limit
        The rules.
    loans
        All good, with the columns that the rules look at as :meth:`ExtensionLimit.read` makes them.
    length
        int64 instalments.

    Returns
    -------
    int64, 0 where the limit allows it. A rule in months is raised to as many as the plan takes; one in
    percent, of which whole periods are allowed, by as many months as the periods beyond take; a day is
    moved on by as many months as it needs to reach the last due date.

    Examples
    --------
    Six quarters are 18 months.

    >>> loans = Loans.from_columns(
    ...     principal=["9000"],
    ...     annual_rate="0.12",
    ...     original_term=4,
    ...     elapsed=0,
    ...     unpaid=4,
    ...     next_due="2026-01-31",
    ...     frequency="quarterly",
    ... )
    >>> lacking(ExtensionLimit(max_new_plan_months=17), loans, np.array([6]))
    array([1])
    """
    lacks = np.zeros(len(length), np.int64)
    for rule in limit.rules:
        lacks = np.maximum(lacks, rule.months_short(loans, length))
    return lacks


def needed(limit: ExtensionLimit, loans: Loans, length: Ints) -> dict[Code, Ints]:
    """What the rules that don't allow plans of this length would have to say at least.

    Parameters
    ----------
    limit, loans, length
        As in :func:`lacking`; ``length`` 0 or less: not asked.

    Returns
    -------
    By rule, int64 in its units: 0.0001 %, months (beyond the original maturity, of the tiers by original
    term), days (1 on 1 January of the year 1), years; -1 where the rule allows it, and throughout where one
    of them can't be raised so far.
    """
    asked = np.maximum(length, 1)
    out, reached = {}, length > 0
    for rule in limit.rules:
        short, least = rule.longest(loans) < asked, rule.needed(loans, asked)
        out[rule.code] = np.where(short, least, -1)
        reached = reached & ~(short & (least > rule.most))
    return {code: np.where(reached, units, -1) for code, units in out.items()}


def figures(limit: ExtensionLimit, needed: Mapping[Code, int]) -> dict[Code, Figure]:
    """What :func:`needed` says of one loan, for a person: percent, months, a date, years."""
    return {
        rule.code: rule.figure(needed[rule.code]) for rule in limit.rules if needed.get(rule.code, -1) >= 0
    }
