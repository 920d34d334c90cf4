"""An account to try things on: of the examples in this package's documentation, and of tests."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from repayplan.accounts.account import Account
from repayplan.accounts.allocationrule import AllocationRule
from repayplan.accounts.overduerate import OverdueLedger, OverdueRate
from repayplan.accounts.overduerule import OverdueRule
from repayplan.accounts.terms import AccountTerms
from repayplan.accounts.trackingrule import TrackingRule
from repayplan.plans.annuity import equal_instalment
from repayplan.plans.loan import Loan
from repayplan.plans.schedule import schedule


def example_account(
    instalments: int = 12,
    *,
    principal: Decimal | str | int | None = None,
    annual_rate: Decimal | str | int = 0,
    first_due: date | str = "2026-01-31",
    tracking: TrackingRule | None = None,
) -> Account:
    """A signed plan of equal monthly instalments, of 100.00 each without interest if nothing else is said.

    Overdue principal is charged half as much again as the contract's rate, over 360 days, from the due date
    on, rounded at the end; payments go to costs, interest and principal by article 561 of China's Civil Code.

    Parameters
    ----------
    instalments
        How many.
    principal
        Currency units; None: 100.00 for each instalment.
    annual_rate
        Of the contract, a fraction.
    first_due
        When the first falls due.
    tracking
        How the account is followed; None: it isn't.

    Raises
    ------
    InputError
        What a :class:`~repayplan.Loan` refuses.

    Examples
    --------
    >>> import repayplan as rp
    >>> now = rp.replay(example_account(), [], as_of="2026-03-10")
    >>> now.days_past_due, now.overdue, now.payoff
    (38, Decimal('200.00'), Decimal('1200.00'))
    >>> dear = example_account(principal="12000.00", annual_rate="0.12")
    >>> rp.replay(dear, [], as_of="2026-01-31").next_amount
    Decimal('1066.19')
    """
    loan = Loan(
        principal=100 * instalments if principal is None else principal,
        annual_rate=annual_rate,
        original_term=instalments,
        elapsed=0,
        unpaid=instalments,
        next_due=first_due,
    )
    overdue = OverdueRule(
        penalty=OverdueLedger(on=("principal",), rate=OverdueRate(multiplier=Decimal("1.5"))),
        day_count="ACT/360",
        first_day="due_date",
        rounded="end",
        mode="half_up",
    )
    terms = AccountTerms(
        overdue=overdue, allocation=AllocationRule.example("civil-code-561"), tracking=tracking
    )
    return Account.of(loan, schedule(loan, equal_instalment(instalments)), terms)
