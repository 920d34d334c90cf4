"""Interim arrangements: what a household can pay for some months, on purpose no way out of debt."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import overload

import numpy as np

from repayplan.basics.columns import Screen
from repayplan.basics.dates import FREQUENCIES, whole_periods
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import MAX_DECIMALS, MAX_TOTAL
from repayplan.basics.outcome import Ints, Outcome
from repayplan.offers.account import keep_account
from repayplan.offers.arrangements import MOST_ROWS, InterimRule
from repayplan.offers.behind import OfLoan, OfLoans, batches, is_policy
from repayplan.offers.interims import Interim, Interims, NoInterim
from repayplan.offers.leastplans import of_status
from repayplan.offers.payable import payable
from repayplan.offers.policy import Policy
from repayplan.plans.loan import Loan, Loans
from repayplan.plans.standing import standing


@overload
def interim(loans: Loan, households: OfLoan, policy: Policy) -> Interim | NoInterim: ...


@overload
def interim(loans: Loans, households: OfLoans, policy: Policy) -> Outcome[Interims]: ...


def interim(
    loans: Loan | Loans, households: OfLoan | OfLoans, policy: Policy
) -> Interim | NoInterim | Outcome[Interims]:
    """A token arrangement by the policy's ``[interim]``: small payments for some months, then a review.

    In every period the household pays the rule's amount, or what it can, and never less than the minimum;
    no more than is owed. The contract's rate goes on, unless the rule says another; what it doesn't collect
    of interest becomes what the rule says. No penalty runs meanwhile, and principal that falls due by the
    contract stays principal.

    Parameters
    ----------
    loans, households
        One of each, or batches of as many rows: row i of the one belongs to row i of the other.
    policy
        Its section ``[interim]``, and what a household can pay by the other sections.

    Returns
    -------
    :class:`Interim` or :class:`NoInterim`; for batches an Outcome of :class:`Interims`.

    Raises
    ------
    InputError
        The policy has no ``[interim]``. For one loan: a fault of its figures, nothing is owed, or the
        arrangement has no due date in it.
    TypeError
        The batches differ in length.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from repayplan import Household
    >>> rule = InterimRule(amount="100", months=6, unpaid_interest="defer")
    >>> policy = replace(Policy.example("consumer"), interim=rule)
    >>> loan = Loan(
    ...     principal="12000",
    ...     annual_rate="0.12",
    ...     original_term=36,
    ...     elapsed=10,
    ...     unpaid=26,
    ...     next_due="2026-01-31",
    ... )
    >>> got = interim(loan, Household(net_income="6000"), policy)
    >>> len(got.rows), got.paid, got.interest, got.owed_after, got.review_on.isoformat()
    (6, Decimal('600.00'), Decimal('720.00'), Decimal('12120.00'), '2026-06-30')
    >>> got.loan.overdue_interest, got.loan.next_due.isoformat()
    (Decimal('120.00'), '2026-07-31')
    """
    every, behind, one = batches(loans, households)
    if one:
        return interim(every, behind, policy).single().one(0)
    is_policy(policy)
    loans = every
    rule = policy.interim
    if rule is None:
        raise InputError(Code.MISSING, "interim", None, "the policy has no [interim]")
    screen = Screen(len(loans))
    screen.adopt(loans.failures)
    owed = loans.owed
    screen.fault(owed == 0, Code.NOTHING_OWED, "principal", "0")
    periods = _periods(loans, rule, screen)
    can = payable(loans, behind, policy, periods, screen)
    least, most = (_by_period(figure, loans) for figure in (rule.least, rule.amount))
    inside = np.arange(len(can.table))[:, None] < periods
    wanted = np.where(inside, np.minimum(can.table, most), 0)
    eligible = of_status(loans, policy)
    rows = np.where(screen.good & eligible, periods, 0)
    account = keep_account(
        loans, rows, wanted, screen, order=rule.order, unpaid=rule.unpaid_interest, rate=rule.rate
    )
    # Where less is owed than the minimum, less will do.
    short = (wanted < np.minimum(least, account.asked)).any(axis=0)
    account = account.of(screen.good & eligible & ~short)
    over = standing(loans, account.rows, **account.left())
    screen.adopt(over.failures)
    row = np.flatnonzero(screen.good)
    capacity = np.where(inside, can.table, MAX_TOTAL).min(axis=0, initial=MAX_TOTAL)
    interims = Interims(
        policy=policy,
        row=row,
        decimals=loans.decimals[row],
        eligible=eligible[row],
        agreed=account.rows[row] > 0,
        capacity=capacity[row],
        least=least[row],
        account=account,
        review_on=account.last_due[row] - np.timedelta64(rule.review_days, "D"),
        can=can,
        loans=over,
    )
    return Outcome(interims, row, screen.failures())


def _periods(loans: Loans, rule: InterimRule, screen: Screen) -> Ints:
    """How many rows each arrangement has; one that would have none is a fault."""
    if rule.until is not None:
        until = np.full(len(loans), rule.until, "datetime64[D]")
        count = np.where(screen.good, loans.due_by(np.where(screen.good, until, loans.next_due)), 0)
        field, shown, most = "interim.until", str(rule.until), f"1 to {MOST_ROWS} periods ahead"
    else:
        count = whole_periods(np.full(len(loans), rule.months), loans.frequency)
        field, shown, most = "interim.months", str(rule.months), "one period at least"
    wrong = (count < 1) | ((count > MOST_ROWS) & (rule.until is not None))
    screen.fault(wrong, Code.OUT_OF_RANGE, field, shown, most)
    return np.where(screen.good, count, 0)


def _by_period(monthly: Decimal | None, loans: Loans) -> Ints:
    """An amount a month in minor units a period, rounded down; None: more than anybody owes."""
    if monthly is None:
        return np.full(len(loans), MAX_TOTAL)
    # Few pairs of frequency and decimals are distinct; their product may leave int64, and is exact so.
    pairs, which = np.unique(loans.frequency * (MAX_DECIMALS + 1) + loans.decimals, return_inverse=True)
    figures = []
    for pair in pairs.tolist():
        often, decimals = divmod(pair, MAX_DECIMALS + 1)
        exact = Fraction(monthly) * FREQUENCIES[often].in_months * 10**decimals
        figures.append(min(floor(exact), MAX_TOTAL))
    return np.asarray(np.array(figures, np.int64)[which.reshape(-1)], np.int64)
