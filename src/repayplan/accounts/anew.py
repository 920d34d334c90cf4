"""Accounts as loans again: what a new offer starts from, where life has changed once more."""

from __future__ import annotations

from typing import Any, overload

import numpy as np

from repayplan.accounts.numbers import parts_of
from repayplan.accounts.statement import Statement, Statements, of_accounts
from repayplan.basics.columns import Screen
from repayplan.basics.dates import Days, months_taken, whole_periods
from repayplan.basics.errors import Code
from repayplan.basics.outcome import Ints, Outcome
from repayplan.kernel.allocate import Part, sums
from repayplan.plans.loan import Loan, Loans
from repayplan.plans.standing import beginning, on_grid, standing


@overload
def as_loans(statements: Statement) -> Loan: ...
@overload
def as_loans(statements: Statements) -> Outcome[Loans]: ...
def as_loans(statements: Statement | Statements) -> Loan | Outcome[Loans]:
    """What is owed, as the loan that :func:`~repayplan.propose` takes: on the statement's day.

    What is owed together is what pays the account off. Arrears go over component by component, overdue costs
    as fees and interest on interest as penalty; fees of the running period are fees. Money that the account
    keeps for what is to fall due is taken off, component by component in the account's order of payment
    (accrued interest after overdue interest), and last off principal that hasn't fallen due. The
    original term stays what it was: what plans since have used of an extension counts (``months_extended``),
    a begun month as a whole one: a plan that ends some days after the contract's last due date has used one.
    Where a plan has other due dates than the contract, the original maturity is kept as a date. Where it
    changed the frequency, the loan has the new one, and its terms are counted in the new periods (as many as
    there are whole ones in the same months).
    The columns of :class:`~repayplan.EarlierRestructures` are there: the signed plan is a restructure, and
    each change of it one more.

    Parameters
    ----------
    statements
        One, or those of a batch.

    Returns
    -------
    :class:`~repayplan.Loan`; of a batch an Outcome of :class:`~repayplan.Loans`. An account has a code where
    its contract's terms aren't known (:meth:`~repayplan.Accounts.from_columns`), or nothing is owed.

    Raises
    ------
    InputError
        Of one account, the same.
    """
    of_accounts(statements)
    if isinstance(statements, Statement):
        found = _as_loans(statements.batch)
        return found.single().one(0)
    return _as_loans(statements)


def _as_loans(statements: Statements) -> Outcome[Loans]:
    columns, row = statements.columns, statements.row
    screen = Screen(len(row))
    terms = statements.accounts.loans
    if terms is None:
        screen.fault(np.ones(len(row), np.bool_), Code.MISSING, "loans", "", "the contract's terms")
        return Outcome(Loans.from_columns(**_NO_LOANS), row[:0], screen.failures().moved(row))
    base = terms.take(row)
    ends = base.due_by(columns.matures - np.timedelta64(1, "D")) + 1  # the first due date not before it
    beyond = np.maximum(ends - base.to_present_maturity, 0)
    matures = _original_maturity(base)
    extended = base.months_extended + months_taken(beyond, base.frequency)
    base = _as_often(base, columns.frequency)
    owed, accrued, not_due = _less_held(statements)
    money = {
        "principal": not_due,
        "overdue_principal": owed[:, Part.PRINCIPAL],
        "overdue_interest": owed[:, Part.INTEREST],
        "penalty": owed[:, Part.PENALTY] + owed[:, Part.COMPOUND],
        "fees": owed[:, Part.FEES] + owed[:, Part.COSTS],
        "accrued_interest": accrued,
    }
    screen.fault(np.stack(list(money.values())).sum(axis=0) == 0, Code.NOTHING_OWED, "principal", "0")
    later = standing(base, np.maximum(base.due_by(statements.as_of), 0), **money)
    going = ~np.isnat(columns.next_due)
    first = np.where(going, columns.next_due, later.next_due)
    anew = columns.restructures > 0
    changed = np.where(anew, columns.restructured_on, base.start)
    # A new plan's due dates are counted from its own first one, by the contract's rule, if they are others.
    known, agreed = on_grid(base, first)
    same = known & on_grid(base, columns.matures)[0]
    anew &= ~same
    first = np.where(same, agreed, first)
    rules = later.replace(
        due_dates=(*later.due_dates, *base.due_dates),
        due_index=np.where(anew, len(later.due_dates) + base.due_index, later.due_index),
    )
    made = beginning(rules, first, statements.as_of)
    made = made.replace(
        annual_rate=columns.rate,
        rate_index=np.where(columns.rate == base.annual_rate, later.rate_index, -1),
        unpaid=np.maximum(columns.instalments_left, 1),
        instalment=columns.instalment,
        months_extended=extended,
        original_maturity=np.where(anew, matures, base.original_maturity),
        extra={**later.extra, **_history(base, columns.restructures + 1, changed, columns.paid_in_time)},
    )
    screen.adopt(made.failures)
    good = np.flatnonzero(screen.good)
    return Outcome(made.take(good), row[good], screen.failures().moved(row))


def _as_often(base: Loans, frequency: Ints) -> Loans:
    """The contracts, told in the periods of another frequency where a plan since has changed it."""
    other = frequency != base.frequency
    if not other.any():
        return base
    last = _original_maturity(base)
    term = whole_periods(months_taken(base.original_term, base.frequency), frequency)
    elapsed = whole_periods(months_taken(base.elapsed, base.frequency), frequency)
    return base.replace(
        frequency=frequency,
        original_maturity=np.where(other, last, base.original_maturity),
        original_term=np.where(other, term, base.original_term),
        elapsed=np.where(other, elapsed, base.elapsed),
        instalment=np.where(other, 0, base.instalment),
    )


def _original_maturity(base: Loans) -> Days:
    """When the contracts end by their original terms."""
    rows, none = np.arange(len(base)), np.zeros(len(base), np.bool_)
    last = base.due(rows, base.to_original_maturity - 1, none)
    return np.where(np.isnat(base.original_maturity), last, base.original_maturity)


def _less_held(statements: Statements) -> tuple[Ints, Ints, Ints]:
    """What is owed by component, accrued interest and principal that isn't due, less what is held."""
    columns = statements.columns
    owed, accrued, not_due = (
        each.copy() for each in (columns.owed, columns.accrued_interest, columns.not_due)
    )
    # The payoff also knows of fees of the running period, and of interest that was paid before it accrued.
    beyond = columns.payoff - (sums(owed) + accrued + not_due)
    owed[:, Part.FEES] += np.maximum(beyond, 0)
    left = np.maximum(-beyond, 0)
    for part in parts_of(statements.accounts.terms.allocation.order):
        for column in (owed[:, part], *((accrued,) if part == Part.INTEREST else ())):
            taken = np.minimum(column, left)
            np.subtract(column, taken, out=column)
            left -= taken
    return owed, accrued, not_due - left


def _history(base: Loans, changes: Any, latest: Any, in_time: Any) -> dict[str, Any]:
    """Columns by which policies know of earlier restructures."""
    before = base.extra.get("restructures")
    earlier = 0 if before is None else np.asarray(before, np.int64)
    return {"restructures": changes + earlier, "restructured_on": latest, "consecutive_payments": in_time}


_NO_LOANS: dict[str, Any] = {
    "principal": [],
    "annual_rate": [],
    "original_term": [],
    "elapsed": [],
    "unpaid": [],
    "next_due": [],
}
