"""What an agreement states of the debt and the plan, and the worked figure of what one late payment costs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from repayplan.ability.figures import whole
from repayplan.accounts.account import Account, Accounts
from repayplan.accounts.agreementterms import MOST_DAYS_LATE
from repayplan.accounts.allocationrule import AllocationRule
from repayplan.accounts.overduerule import OverdueRule
from repayplan.accounts.replaying import replay
from repayplan.accounts.terms import AccountTerms
from repayplan.basics.money import EXACT, exact_sum, to_decimal
from repayplan.basics.outcome import Ints
from repayplan.basics.ruleshape import check_kinds
from repayplan.plans.loan import Loan
from repayplan.plans.loanreading import COMPONENTS
from repayplan.plans.parameters import finest
from repayplan.plans.single import Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class DebtBefore:
    """What was owed before the plan, by component, and what became of it; currency units.

    Attributes
    ----------
    principal, overdue_principal, overdue_interest, penalty, fees, accrued_interest
        As the loan states them.
    capitalised, paid_first, spread, carried, waived
        Of arrears: added to the balance, paid with the first instalment, spread over several, due with the
        last, and given up.
    forborne, forgiven
        Of principal: put aside without interest until the last instalment, and given up.
    """

    principal: Decimal
    overdue_principal: Decimal
    overdue_interest: Decimal
    penalty: Decimal
    fees: Decimal
    accrued_interest: Decimal
    capitalised: Decimal
    paid_first: Decimal
    spread: Decimal
    carried: Decimal
    waived: Decimal
    forborne: Decimal
    forgiven: Decimal

    def __post_init__(self) -> None:
        check_kinds(self, "debt.")

    @property
    def owed(self) -> Decimal:
        """All of it, before anything was given up."""
        return exact_sum(getattr(self, name) for name in COMPONENTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Instalment:
    """One row of the agreed plan; currency units.

    Attributes
    ----------
    number, due_date
        From 1, and when it is due.
    payment
        ``principal + interest + fee``.
    principal, interest, fee
        What it is made of; penalty of before that is paid with it is part of the fee.
    added, put_aside
        Interest of the period that joins the balance, and that is put aside until later (below 0 where that
        is paid, or joins the balance).
    balance
        Left afterwards: the balance before, less ``principal``, plus ``added``.
    """

    number: int
    due_date: date
    payment: Decimal
    principal: Decimal
    interest: Decimal
    fee: Decimal
    added: Decimal
    put_aside: Decimal
    balance: Decimal

    def __post_init__(self) -> None:
        check_kinds(self, "instalment.")


@dataclass(frozen=True, slots=True, kw_only=True)
class LateFigure:
    """What one instalment costs that is paid late; currency units.

    Attributes
    ----------
    due_date, days
        When it is due, and how many days later it is paid.
    principal, interest, fee
        What it is made of.
    penalty, compound, late_fee
        What is charged: penalty interest, interest on interest, and a late fee.
    """

    due_date: date
    days: int
    principal: Decimal
    interest: Decimal
    fee: Decimal
    penalty: Decimal
    compound: Decimal
    late_fee: Decimal

    def __post_init__(self) -> None:
        check_kinds(self, "late.")
        whole("late.days", self.days, 1, MOST_DAYS_LATE, "days")

    @property
    def charged(self) -> Decimal:
        """What is charged in all."""
        return exact_sum((self.penalty, self.compound, self.late_fee))


def instalments_of(plan: Schedule) -> tuple[Instalment, ...]:
    """The rows of a plan as they are agreed."""
    return tuple(
        Instalment(
            number=row.period,
            due_date=row.due_date,
            payment=row.payment,
            principal=row.principal,
            interest=row.interest_paid,
            fee=row.fee,
            added=row.capitalised,
            put_aside=row.deferred,
            balance=row.closing,
        )
        for row in plan.rows
    )


def account_of(
    rows: Sequence[Instalment],
    terms: AccountTerms,
    *,
    rate: Decimal,
    interest_from: date,
    lent: Decimal,
    decimals: int,
    loan: Loan | None = None,
    contracted: date | None = None,
) -> Account:
    """The account of an agreed plan, for :func:`~repayplan.replay`.

    Parameters
    ----------
    rows, terms
        What falls due when, and the rules.
    rate, interest_from
        The plan's annual rate, and from when its interest runs.
    lent
        Principal at the start of the contract.
    decimals
        Of all amounts.
    loan
        The contract's other terms, for new plans; None: there will be none.
    contracted
        The day of the contract; None: that from which interest runs.
    """
    made = Accounts.from_columns(
        terms,
        rate=[rate],
        start=[interest_from],
        account=np.zeros(len(rows), np.int64),
        due_date=[row.due_date for row in rows],
        principal=[row.principal for row in rows],
        interest=[row.interest for row in rows],
        fees=[row.fee for row in rows],
        lent=[lent],
        contracted=[contracted],
        decimals=decimals,
    )
    for failure in made.failures:
        raise failure.error()
    made = replace(
        made,
        capitalised=_units((row.added for row in rows), decimals),
        put_aside=_units((row.put_aside for row in rows), decimals),
        loans=None if loan is None else finest(loan.batch),
    )
    return Account(made)


def _units(amounts: Iterable[Decimal], decimals: int) -> Ints:
    return np.array([int(amount.scaleb(decimals, EXACT)) for amount in amounts], np.int64)


def late_figure(rows: Sequence[Instalment], account: Account, *, days: int) -> LateFigure:
    """What the first instalment of principal or interest costs where it is paid so many days late.

    It is what the account charges for that row where nothing has been paid.

    Examples
    --------
    3,000 of which 1,200 is principal, at 5.508 % and half as much again, two days late; overdue interest
    bears interest from day to day:

    >>> from repayplan import AllocationRule, OverdueLedger, OverdueRate, OverdueRule
    >>> half = OverdueRate(multiplier="1.5")
    >>> rule = OverdueRule(
    ...     penalty=OverdueLedger(on=("principal",), rate=half),
    ...     compound=OverdueLedger(on=("interest", "compound"), rate=half, settled="daily"),
    ...     day_count="ACT/360",
    ...     first_day="due_date",
    ...     rounded="end",
    ...     mode="half_up",
    ... )
    >>> none = {name: Decimal(0) for name in ("fee", "added", "put_aside", "balance")}
    >>> parts = {"payment": Decimal(3000), "principal": Decimal(1200), "interest": Decimal(1800)}
    >>> row = Instalment(number=1, due_date=date(2026, 1, 31), **parts, **none)
    >>> account = account_of(
    ...     [row],
    ...     AccountTerms(overdue=rule, allocation=AllocationRule.example("civil-code-561")),
    ...     rate=Decimal("0.05508"),
    ...     interest_from=date(2025, 12, 31),
    ...     lent=Decimal(1200),
    ...     decimals=4,
    ... )
    >>> figure = late_figure([row], account, days=2)
    >>> figure.penalty, figure.compound
    (Decimal('0.5508'), Decimal('0.8263'))
    """
    at, late = next((i, row) for i, row in enumerate(rows) if row.principal or row.interest)
    asked = replay(account, [], as_of=late.due_date + timedelta(days=days)).rows[at].asked
    return LateFigure(
        due_date=late.due_date,
        days=days,
        principal=late.principal,
        interest=late.interest,
        fee=late.fee,
        penalty=asked["penalty"],
        compound=asked["compound"],
        late_fee=EXACT.subtract(asked["fees"], late.fee),
    )


def late_cost(
    plan: Schedule,
    rule: OverdueRule,
    *,
    rate: Decimal,
    days: int,
    lent: Decimal | None = None,
    contracted: date | None = None,
) -> LateFigure:
    """The same of a plan before anything is signed: what the account on it will charge.

    Parameters
    ----------
    plan, rate
        The plan, and its annual rate.
    rule
        What being late costs.
    days
        How late the payment is.
    lent
        Principal at the start of the contract, for bounds; None: the balance that the plan starts from.
    contracted
        The day of the contract, for a bound by that; None: the day from which the plan's interest runs.

    Raises
    ------
    InputError
        What the account can't be kept by: a rate by an index that has none yet.
    """
    # Nothing is paid: no order of payment, and no way to recast a plan, changes what is charged.
    terms = AccountTerms(overdue=rule, allocation=AllocationRule.example("civil-code-561"))
    rows, decimals = instalments_of(plan), plan.decimals
    first = to_decimal(int(plan.columns["opening"][0]), decimals) if lent is None else lent
    account = account_of(
        rows,
        terms,
        rate=rate,
        interest_from=plan.interest_from,
        lent=first,
        decimals=decimals,
        contracted=contracted,
    )
    return late_figure(rows, account, days=days)
