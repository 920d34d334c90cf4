"""Interim arrangements: what a household can pay for some months, on purpose no way out of debt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import overload

import numpy as np

from repayplan.basics.columns import Screen
from repayplan.basics.dates import FREQUENCIES, Days, whole_periods
from repayplan.basics.errors import Code, InputError, Reason
from repayplan.basics.money import MAX_DECIMALS, MAX_TOTAL, to_decimal
from repayplan.basics.outcome import Bools, Ints, Outcome
from repayplan.offers.account import Account, keep_account
from repayplan.offers.arrangements import MOST_ROWS, InterimRule
from repayplan.offers.behind import OfLoan, OfLoans, batches, is_policy
from repayplan.offers.facts import OF_STATUS
from repayplan.offers.leastplans import of_status
from repayplan.offers.payable import Payable, payable
from repayplan.offers.policy import Policy
from repayplan.plans.loan import COMPONENTS, Loan, Loans
from repayplan.plans.standing import standing


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRow:
    """One period of an arrangement, for a person.

    ``opening + interest - waived = payment + owed``.

    Attributes
    ----------
    opening, owed
        Everything owed before the row and after it.
    interest, capitalised, waived
        Of the period; what of it (and of interest unpaid before) joined the balance, or was given up.
    payment, paid
        What is paid, and what it goes to.
    balance
        What bears interest after the row.
    unpaid_interest
        Of the arrangement's rows, owed after this one, bearing none.
    """

    period: int
    due_date: date
    opening: Decimal
    interest: Decimal
    capitalised: Decimal
    waived: Decimal
    payment: Decimal
    paid: Mapping[str, Decimal]
    balance: Decimal
    unpaid_interest: Decimal
    owed: Decimal


def account_rows(account: Account, decimals: int) -> tuple[AccountRow, ...]:
    """The rows of an account of one loan."""

    def money(column: Ints, t: int) -> Decimal:
        return to_decimal(int(column[t, 0]), decimals)

    total, balance = account.total, account.balance
    return tuple(
        AccountRow(
            period=t + 1,
            due_date=account.due[t, 0].item(),
            opening=money(total, t),
            interest=money(account.interest, t),
            capitalised=money(account.capitalised, t),
            waived=money(account.waived, t),
            payment=money(account.payment, t),
            paid={name: money(column, t) for name, column in account.paid.items()},
            balance=money(balance, t + 1),
            unpaid_interest=money(account.owed["interest"], t + 1),
            owed=money(total, t + 1),
        )
        for t in range(int(account.rows[0]))
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Interim:
    """An arrangement that this household can keep, and what is owed when it is over.

    ``owed_before + interest - waived = paid + owed_after``.

    Attributes
    ----------
    rows
        Every period.
    review_on
        When it is looked at again.
    owed_after, components
        Everything owed after the last row, and of what it consists.
    capacity
        What the household can pay each period: in the one in which that is least.
    loan
        The loan as it stands then: :func:`~repayplan.propose` takes it.
    """

    rows: tuple[AccountRow, ...]
    review_on: date
    owed_before: Decimal
    interest: Decimal
    waived: Decimal
    paid: Decimal
    owed_after: Decimal
    components: Mapping[str, Decimal]
    capacity: Decimal
    loan: Loan


@dataclass(frozen=True, slots=True, kw_only=True)
class NoInterim:
    """Why there is no arrangement.

    Attributes
    ----------
    reasons
        Codes with figures; ``.text("en" | "zh")`` makes the sentence.
    capacity, least
        What the household can pay in the period in which it is least, and the least that is asked for.
    """

    reasons: tuple[Reason, ...]
    capacity: Decimal
    least: Decimal


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Interims:
    """The arrangements of a batch: one value per good row, in the caller's order, int64 minor units.

    Attributes
    ----------
    policy
        The rules.
    row, decimals
        The caller's row numbers; decimals of each row's minor unit.
    eligible, agreed
        bool; whether the programme is open to the loan, and whether its household can pay at least the
        minimum in every period.
    capacity, least
        The least that can be paid in a period, and that must be.
    account
        The rows, of those that are agreed.
    review_on
        datetime64[D]; NaT where nothing is agreed.
    can
        What the households can pay.
    loans
        All loans of the caller, those with an arrangement as they stand after it.
    """

    policy: Policy
    row: Ints
    decimals: Ints
    eligible: Bools
    agreed: Bools
    capacity: Ints
    least: Ints
    account: Account
    review_on: Days
    can: Payable
    loans: Loans

    def __len__(self) -> int:
        return len(self.row)

    def __repr__(self) -> str:
        return f"Interims({len(self)} loans, {int(self.agreed.sum())} agreed)"

    def __iter__(self) -> Iterator[Interim | NoInterim]:
        return (self.one(i) for i in range(len(self)))

    @property
    def owed_before(self) -> Ints:
        """Everything owed at the start."""
        return np.asarray(self.account.total[0, self.row], np.int64)

    @property
    def owed_after(self) -> Ints:
        """Everything owed after the last row; at the start, where nothing is agreed."""
        return np.asarray(self.account.total[-1, self.row], np.int64)

    @property
    def paid(self) -> Ints:
        """All payments."""
        return np.asarray(self.account.payment.sum(axis=0)[self.row], np.int64)

    @property
    def interest(self) -> Ints:
        """All interest of the rows."""
        return np.asarray(self.account.interest.sum(axis=0)[self.row], np.int64)

    @property
    def waived(self) -> Ints:
        """What of it is given up."""
        return np.asarray(self.account.waived.sum(axis=0)[self.row], np.int64)

    def reasons(self, i: int) -> tuple[Reason, ...]:
        """Why row ``i`` has no arrangement; empty where it has one."""
        if self.agreed[i]:
            return ()
        row, d = int(self.row[i]), int(self.decimals[i])
        if not self.eligible[i]:
            status = Screen(len(self.loans)).text(self.loans.extra["status"])[row]
            open_to = ", ".join(self.policy.statuses or ())
            return (Reason(Code.NOT_ELIGIBLE, "status", str(status), open_to, OF_STATUS),)
        least, can = (to_decimal(int(column[i]), d) for column in (self.least, self.capacity))
        return (*self.can.reasons(row, d), Reason(Code.OVER_CAPACITY, "instalment", least, can))

    def one(self, i: int) -> Interim | NoInterim:
        """Row ``i`` for a person: an :class:`Interim`, or why there is none."""
        row, d = int(self.row[i]), int(self.decimals[i])
        capacity = to_decimal(int(self.capacity[i]), d)
        if not self.agreed[i]:
            least = to_decimal(int(self.least[i]), d)
            return NoInterim(reasons=self.reasons(i), capacity=capacity, least=least)
        loan, account = self.loans.one(row), self.account.take(self.row[i : i + 1])

        def money(units: Ints) -> Decimal:
            return to_decimal(int(units.sum()), d)

        return Interim(
            rows=account_rows(account, d),
            review_on=self.review_on[i].item(),
            owed_before=money(account.total[0]),
            interest=money(account.interest),
            waived=money(account.waived),
            paid=money(account.payment),
            owed_after=money(account.total[-1]),
            components={name: getattr(loan, name) for name in COMPONENTS},
            capacity=capacity,
            loan=loan,
        )


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
