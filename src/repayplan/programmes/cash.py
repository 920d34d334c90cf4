"""Money that fell due by the signed plan, and money that came in, account by account."""

from __future__ import annotations

import numpy as np

from repayplan.accounts.allocationrule import BROUGHT_BY, MONEY_IN
from repayplan.accounts.eventkinds import KIND_INDEX
from repayplan.accounts.statement import Statements, day_of
from repayplan.basics.dates import Days, shift
from repayplan.basics.outcome import Bools, Ints
from repayplan.kernel.allocate import Part, stretch
from repayplan.programmes.standing import MONTHLY, NEVER

PAID_IN = tuple(kind for kind, whose in BROUGHT_BY.items() if whose != "lender")
"""What is received from the borrower's side; goodwill is the lender's own money."""
BEGINNING = np.datetime64("0001-01-01", "D")
"""Before any payment."""


def window_begin(until: Days, months: int) -> Days:
    """The day after which a window of so many months begins that ends with a day.

    A window that ends with the last day of a month begins after the last day of one: every account that falls
    due monthly has as many instalments in it as it has months, however long these are.

    Examples
    --------
    >>> window_begin(np.array(["2026-04-30", "2026-05-15"], "datetime64[D]"), 3)
    array(['2026-01-31', '2026-02-15'], dtype='datetime64[D]')
    """
    return shift(until, MONTHLY, -months, month_end=True)


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


def in_advance(statements: Statements, until: Days) -> Ints:
    """By how much more than all that had fallen due came in for each account up to a day.

    int64 minor units; 0 where it wasn't more.
    """
    since = np.full(len(statements), BEGINNING)
    more = received(statements, since, until) - fell_due(statements, since, until)
    ahead: Ints = np.maximum(more, 0)
    return ahead


def ended_on(statements: Statements) -> Days:
    """When accounts were settled, repaid early or paid off; NaT where they weren't, or are written off.

    From the next day on nobody has to pay anything. An account that is paid off ended with its last payment.
    """
    columns, events = statements.columns, statements.events
    found = np.where(np.isnat(columns.repaid_early), columns.closed, columns.repaid_early)
    over = (columns.payoff == 0) & (columns.instalments_left == 0) & np.isnat(columns.next_due)
    which = statements.holding
    which = which[np.isin(events.kind[which], [KIND_INDEX[name] for name in (*MONEY_IN, "waiver")])]
    last = day_of(statements.accounts.start).copy()
    np.maximum.at(last, events.account[which], day_of(events.value_date[which]))
    found = np.where(over & np.isnat(found), last[statements.row].view("datetime64[D]"), found)
    return np.where(columns.written_off.sum(axis=1) > 0, NEVER, found)


def forgiven(statements: Statements) -> Bools:
    """Accounts of which principal was given up, or of which the lender paid something out of goodwill."""
    columns, events, which = statements.columns, statements.events, statements.holding
    kinds = [KIND_INDEX[kind] for kind in MONEY_IN if kind not in PAID_IN]
    found = np.zeros(len(statements.accounts), np.bool_)
    found[events.account[which[np.isin(events.kind[which], kinds)]]] = True
    return np.asarray(found[statements.row] | (columns.waived[:, Part.PRINCIPAL] > 0), np.bool_)


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
