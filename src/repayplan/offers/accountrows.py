"""Rows of an account that is kept beside a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from repayplan.basics.money import to_decimal
from repayplan.basics.outcome import Ints
from repayplan.offers.account import Account


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
