"""Interim arrangements of a batch, and each of them for a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from repayplan.basics.columns import Screen
from repayplan.basics.dates import Days
from repayplan.basics.errors import Code
from repayplan.basics.money import to_decimal
from repayplan.basics.outcome import Bools, Ints
from repayplan.basics.reason import Reason
from repayplan.offers.account import Account
from repayplan.offers.accountrows import AccountRow, account_rows
from repayplan.offers.facts import OF_STATUS
from repayplan.offers.payable import Payable
from repayplan.offers.policy import Policy
from repayplan.plans.loan import Loan, Loans
from repayplan.plans.loanreading import COMPONENTS


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
