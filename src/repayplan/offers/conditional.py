"""Conditional deals: a down payment and trial instalments first, then the concession takes effect."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import overload

import numpy as np

from repayplan.basics.columns import Screen
from repayplan.basics.dates import Days
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import to_decimal
from repayplan.basics.outcome import Bools, Ints, Outcome
from repayplan.offers.account import Account, keep_account
from repayplan.offers.accountrows import AccountRow, account_rows
from repayplan.offers.arrangements import Trial
from repayplan.offers.behind import OfLoan, OfLoans, batches, is_policy, present_instalment
from repayplan.offers.case import case_of
from repayplan.offers.dealconditions import Asked, DealCondition, down_due, down_payments, trial_payments
from repayplan.offers.offer import Infeasible, Offer
from repayplan.offers.policy import Policy
from repayplan.offers.proposal import Proposals
from repayplan.offers.proposing import propose
from repayplan.plans.loan import Loan, Loans
from repayplan.plans.loanreading import COMPONENTS
from repayplan.plans.standing import standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditional:
    """A deal: what has to be paid first, and what it leads to.

    Attributes
    ----------
    today
        The offer that the trial payments are taken from: of the loan after the down payment.
    down_payment, down_payment_by
        How much, and its last due day; 0 and None where there is none.
    rows
        The trial, by the contract's terms: its rate, its interest, no penalty.
    conditions
        What has to come in, in order.
    effective_on
        The day on which the concession takes effect: that of the last trial payment.
    owed_then, components
        Everything owed by the contract then, and of what it consists.
    loan
        The loan as it stands then, before the policy places its arrears.
    offer
        What it is offered then, by the same policy; or why nothing. A decision on either offer is one on the
        loan that the deal is for (:class:`~repayplan.Case`).
    """

    today: Offer
    down_payment: Decimal
    down_payment_by: date | None
    rows: tuple[AccountRow, ...]
    conditions: tuple[DealCondition, ...]
    effective_on: date
    owed_then: Decimal
    components: dict[str, Decimal]
    loan: Loan
    offer: Offer | Infeasible


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Conditionals:
    """The deals of a batch: one value per good row, in the caller's order, int64 minor units.

    Attributes
    ----------
    trial
        The rule.
    row, decimals
        The caller's row numbers; decimals of each row's minor unit.
    today, then
        The decisions on the loans after the down payment, and on those that stand when the trial is over; of
        both, ``row`` holds the caller's row numbers.
    agreed
        bool; whether there is a deal: an offer today.
    down_payment, down_on
        Minor units, and datetime64[D]: the last day on which it is due; NaT where there is none.
    account
        The trial's rows, of all loans of the caller.
    loans
        All of them, those with a deal as they stand when the trial is over.
    contracts
        All of them as they were given.
    """

    trial: Trial
    row: Ints
    decimals: Ints
    today: Proposals
    then: Proposals
    agreed: Bools
    down_payment: Ints
    down_on: Days
    account: Account
    loans: Loans
    contracts: Loans

    def __len__(self) -> int:
        return len(self.row)

    def __repr__(self) -> str:
        return f"Conditionals({len(self)} loans, {int(self.agreed.sum())} deals)"

    def __iter__(self) -> Iterator[Conditional | Infeasible]:
        return (self.one(i) for i in range(len(self)))

    @property
    def stands(self) -> Bools:
        """Deals whose loan is offered a plan when the trial is over, too."""
        return self.agreed & self.then.offered[np.searchsorted(self.then.row, self.row)]

    @property
    def effective_on(self) -> Days:
        """datetime64[D]; when the concession takes effect; NaT without a deal."""
        return np.where(self.agreed, self.loans.start[self.row], np.datetime64("NaT", "D"))

    @property
    def asked(self) -> Asked:
        """What has to come in before the concessions take effect, of every row."""
        return self._asked(np.arange(len(self)))

    def _asked(self, rows: Ints) -> Asked:
        account = self.account.take(self.row[rows])
        required = np.vstack([self.down_payment[None, rows], account.payment])
        due = np.vstack([self.down_on[None, rows], account.due])
        due = np.where(required > 0, due, np.datetime64("NaT", "D"))
        return Asked(
            required,
            due,
            self.trial.in_time_until(due),
            account.total + required,
            self.decimals[rows],
        )

    def one(self, i: int) -> Conditional | Infeasible:
        """Row ``i`` for a person: a :class:`Conditional`, or why there is no deal."""
        row, d = int(self.row[i]), int(self.decimals[i])
        today = self.today.one(int(np.searchsorted(self.today.row, row)))
        own = case_of(self.contracts, self.today.households, self.today.policy, row)
        if isinstance(today, Infeasible):
            return replace(today, case=today.case.in_deal(own))
        then = self.then.one(int(np.searchsorted(self.then.row, row)))
        loan, account = self.loans.one(row), self.account.take(self.row[i : i + 1])
        return Conditional(
            today=replace(today, case=today.case.in_deal(own)),
            down_payment=to_decimal(int(self.down_payment[i]), d),
            down_payment_by=self.down_on[i].item(),
            rows=account_rows(account, d),
            conditions=self._asked(np.array([i])).conditions(0),
            effective_on=loan.interest_from,
            owed_then=to_decimal(int(account.total[-1, 0]), d),
            components={name: getattr(loan, name) for name in COMPONENTS},
            loan=loan,
            offer=replace(then, case=then.case.in_deal(own)),
        )


@overload
def conditional(loans: Loan, households: OfLoan, policy: Policy) -> Conditional | Infeasible: ...


@overload
def conditional(
    loans: Loans, households: OfLoans, policy: Policy, *, workers: int = 1
) -> Outcome[Conditionals]: ...


def conditional(
    loans: Loan | Loans,
    households: OfLoan | OfLoans,
    policy: Policy,
    *,
    workers: int = 1,
) -> Conditional | Infeasible | Outcome[Conditionals]:
    """A deal by the policy's ``[trial]``: what has to be paid first, and the offer that it leads to.

    The policy is asked twice. Today, about the loan after the down payment: the first payments of that plan
    are the trial's. And about the loan as it stands when they are paid: meanwhile the contract goes on, at
    its rate; payments go to what is owed in the rule's order, and interest that they don't cover is overdue
    then. Arrears are placed by the policy when the concession takes effect. The down payment comes from
    what the household has put by: it isn't held against what can be paid a month.

    Parameters
    ----------
    loans, households
        One of each, or batches of as many rows: row i of the one belongs to row i of the other.
    policy
        The rules, with a section ``[trial]``.
    workers
        Threads; the result doesn't depend on it.

    Returns
    -------
    :class:`Conditional`, or the :class:`~repayplan.Infeasible` of today; for batches an Outcome of
    :class:`Conditionals`.

    Raises
    ------
    InputError
        The policy has no ``[trial]``. For one loan: a fault of its figures, or the down payment leaves
        nothing owed.
    TypeError
        The batches differ in length.

    Notes
    -----
    After the trial period plan of the Home Affordable Modification Program (Handbook for Servicers of Non-GSE
    Mortgages, chapter II).

    Examples
    --------
    >>> from dataclasses import replace
    >>> from repayplan import Household
    >>> policy = replace(Policy.example("mortgage-waterfall"), trial=Trial(instalments=3, grace_days=14))
    >>> loan = Loan(
    ...     principal="200000",
    ...     annual_rate="0.075",
    ...     original_term=360,
    ...     elapsed=0,
    ...     unpaid=360,
    ...     next_due="2015-02-01",
    ...     instalment="1398.43",
    ... )
    >>> deal = conditional(loan, Household(gross_income="4000"), policy)
    >>> [str(row.payment) for row in deal.rows], deal.owed_then
    (['1231.43', '1231.43', '1231.43'], Decimal('200055.71'))
    >>> deal.today.annual_rate, deal.offer.annual_rate, deal.offer.instalment_after
    (Decimal('0.0625'), Decimal('0.0625'), Decimal('1237.40'))
    """
    every, behind, one = batches(loans, households)
    if one:
        return conditional(every, behind, policy).single().one(0)
    is_policy(policy)
    loans = every
    if policy.instalment_percent is not None:
        # What is paid on trial doesn't change the instalment that later ones are held against.
        loans = loans.replace(instalment=present_instalment(loans))
    trial = policy.trial
    if trial is None:
        raise InputError(Code.MISSING, "trial", None, "the policy has no [trial]")
    down, first = down_payments(loans, trial)
    on = down_due(loans, trial, down)
    paid_down = loans.replace(**{name: getattr(loans, name) - amount for name, amount in first.items()})
    today = propose(paid_down, behind, policy, workers=workers)
    screen = Screen(len(loans))
    screen.adopt(today.failures)
    wanted, rows = trial_payments(today.value, trial, loans, workers)
    account = keep_account(
        loans, rows, wanted, screen, order=trial.order, unpaid="defer", first=first, on=on
    ).of(screen.good & (rows > 0))
    deal = np.zeros(len(loans), np.bool_)
    deal[today.row] = today.value.offered
    left = {name: np.where(deal, amount, getattr(loans, name)) for name, amount in account.left().items()}
    over = standing(loans, account.rows, **left)
    screen.adopt(over.failures)
    then = propose(over, behind, policy, workers=workers)
    screen.adopt(then.failures)
    row = np.flatnonzero(screen.good)
    agreed = deal[row]
    deals = Conditionals(
        trial=trial,
        row=row,
        decimals=loans.decimals[row],
        today=today.value,
        then=then.value,
        agreed=agreed,
        down_payment=np.where(agreed, down[row], 0),
        down_on=np.where(agreed, on[row], np.datetime64("NaT", "D")),
        account=account,
        loans=over,
        contracts=every,
    )
    return Outcome(deals, row, screen.failures())
