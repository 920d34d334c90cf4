"""Money that fell due by the signed plan, and money that came in, account by account."""

from __future__ import annotations

import numpy as np

from repayplan.accounts.eventkinds import KIND_INDEX
from repayplan.accounts.statement import Statements
from repayplan.basics.dates import Days
from repayplan.basics.outcome import Ints
from repayplan.kernel.allocate import stretch

PAID_IN = ("payment", "guarantor_payment", "early_repayment")
"""What is received from the borrower's side; goodwill is the lender's own money."""


def fell_due(statements: Statements, after: Days, until: Days) -> Ints:
    """What each account's instalments came to that fell due after one day and up to another, as signed.

    int64 minor units: principal, interest and fees, whatever was paid of them before or later.
    """
    accounts, row = statements.accounts, statements.row
    at = stretch(accounts.offsets[row], accounts.offsets[row + 1])
    due = accounts.due[at.rows]
    amount = accounts.principal[at.rows] + accounts.interest[at.rows] + accounts.fees[at.rows]
    there = (due > after[at.of]) & (due <= until[at.of])
    out = np.zeros(len(row), np.int64)
    np.add.at(out, at.of[there], amount[there])
    return out


def payments(statements: Statements, after: Days, until: Days) -> tuple[Ints, Ints]:
    """Payments that hold and count from a day after one and up to another: which events, and whose.

    int64: places of the events, and the account of each, counted among the statements.
    """
    events, place = statements.events, np.full(len(statements.accounts), -1)
    place[statements.row] = np.arange(len(statements))
    which = statements.holding
    which = which[np.isin(events.kind[which], [KIND_INDEX[name] for name in PAID_IN])]
    of = place[events.account[which]]
    when = events.value_date[which]
    there = (of >= 0) & (when > after[of]) & (when <= until[of])
    return which[there], of[there]


def received(statements: Statements, after: Days, until: Days) -> Ints:
    """What came in for each account after one day and up to another: int64 minor units."""
    which, of = payments(statements, after, until)
    out = np.zeros(len(statements), np.int64)
    np.add.at(out, of, statements._amount[which])
    return out
