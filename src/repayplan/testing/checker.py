"""The checker: whether a schedule, or every schedule of a batch, keeps the identities."""

from __future__ import annotations

from decimal import Decimal
from typing import Unpack

import numpy as np

from repayplan.basics.arguments import one_number
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import MAX_UNITS
from repayplan.basics.outcome import Bools, Ints, Outcome
from repayplan.plans.batch import Schedules
from repayplan.plans.loan import Loans
from repayplan.plans.parameters import aside_of, finest
from repayplan.plans.single import Schedule
from repayplan.plans.stage import Plan
from repayplan.testing.accrual import of_loan, of_terms
from repayplan.testing.finding import WHOLE, Finding, InvariantError, Violations
from repayplan.testing.identities import Rows, identities
from repayplan.testing.stated import of_plan
from repayplan.testing.tables import Table, completed, read
from repayplan.testing.terms import OF_LOAN, Terms


def check_schedule(schedule: Table, **terms: Unpack[Terms]) -> None:
    """Raises an error where a schedule, anybody's, doesn't keep the identities of :data:`IDENTITIES`.

    Parameters
    ----------
    schedule
        A :class:`~repayplan.Schedule`, a mapping of columns, a pandas, polars or Arrow table, or rows.
        Needed are ``principal``, ``payment``, ``closing``, ``interest`` or ``interest_paid``, and
        ``opening`` or the principal lent; ``fee``, ``drawn``, ``capitalised``, ``deferred``, ``waived`` and
        ``forgiven`` are zero where there is no such column, and ``period``, ``due_date`` and ``days`` aren't
        looked at.
    terms
        What it is checked against; see :class:`Terms`.

    Raises
    ------
    InvariantError
        With every violation, by row.
    InputError
        The table or the terms can't be read.

    Examples
    --------
    >>> rows = [
    ...     {"interest": "10.00", "principal": "500.00", "payment": "510.00", "closing": "500.00"},
    ...     {"interest": "5.00", "principal": "500.00", "payment": "505.00", "closing": "0.00"},
    ... ]
    >>> check_schedule(rows, principal="1000.00")
    >>> rows[1]["payment"] = "505.01"
    >>> check_schedule(rows, principal="1000.00")
    Traceback (most recent call last):
    repayplan.testing.finding.InvariantError: 1 violation
    row 1: payment = principal + interest_paid + fee: 505.01 against 505.00, difference 0.01
    """
    found = violations(schedule, **terms)
    if found:
        raise InvariantError(found)


def violations(schedule: Table, **terms: Unpack[Terms]) -> Violations:
    """What :func:`check_schedule` raises, as data: empty where every identity is kept.

    Parameters
    ----------
    schedule, terms
        As for :func:`check_schedule`.

    Raises
    ------
    InputError
        The table or the terms can't be read.

    Examples
    --------
    >>> table = {"interest": [10], "principal": [99], "payment": [110], "closing": [1]}
    >>> for each in violations(table, principal=100):
    ...     print(each.identity, each.row, each.difference)
    payment 0 1.00
    end 0 1.00
    repaid None -1.00
    """
    unknown = set(terms) - set(Terms.__annotations__)
    if unknown:
        msg = f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(Terms.__annotations__)}"
        raise TypeError(msg)
    loan, decimals = terms.get("loan"), terms.get("decimals", 2)
    batch = None
    if loan is None and terms.get("plan") is not None:
        raise InputError(Code.MISSING, "loan", rule="a plan goes with its loan")
    if loan is not None:
        for name in OF_LOAN:
            if terms.get(name) is not None:
                raise InputError(Code.DUPLICATE, name, rule="the loan says it")
        batch = finest(loan.batch)
        for failure in batch.failures:
            raise failure.error()
        decimals = int(batch.decimals[0])
    c, decimals = read(schedule, decimals, terms.get("columns"), minor=terms.get("minor", False))
    if batch is not None and decimals != batch.decimals[0]:
        rule = f"{batch.decimals[0]} decimals, as the loan's schedules have"
        raise InputError(Code.UNKNOWN_VALUE, "decimals", decimals, rule)

    def amount(name: str, value: Decimal | str | int) -> Ints:
        return np.array([one_number(name, value, decimals, 0, MAX_UNITS // 10**decimals)])

    lent = charges = None
    carried = np.zeros(1, np.int64)
    if batch is not None:
        lent, carried, charges = batch.balance, batch.carried, batch.charges
    if terms.get("principal") is not None:
        lent = amount("principal", terms["principal"] or 0)
    if terms.get("charges") is not None:
        charges = amount("charges", terms["charges"] or 0)
    if "carried" in terms:
        carried = amount("carried", terms["carried"])
    left, aside = amount("left", terms.get("left", 0)), amount("forborne", terms.get("forborne", 0))
    plan = terms.get("plan")
    if batch is not None and plan is not None:
        if "forborne" in terms:
            raise InputError(Code.DUPLICATE, "forborne", rule="the plan says it")
        aside = aside_of(batch, plan)
    c = completed(c, lent)
    rows = Rows(c, np.array([decimals]), np.array([0, len(c["closing"])]))
    findings = list(identities(rows, lent, carried, left, _together(schedule, batch)))
    charged = _charges_fees(plan)
    if charges is not None and (terms.get("charges") is not None or not charged):
        findings.append(rows.sums("fees", "fee", charges))
    if batch is None:
        findings += of_terms(rows, terms, aside)
    else:
        findings += of_loan(rows, batch, plan, aside, interest=terms.get("interest", True))
        if plan is not None:
            said = terms.get("charges") is not None  # all fees that there are
            findings += of_plan(rows, batch, plan, aside, fees=charged and not said)
    return Violations(findings, rows.decimals)


def check_outcome(outcome: Outcome[Schedules] | Schedules) -> None:
    """Raises an error where any schedule of a batch doesn't keep the identities; over all rows at once.

    Parameters
    ----------
    outcome
        What :func:`~repayplan.schedule` returns for a batch, or its value. Of an outcome it is also
        checked that each loan is accounted for. The loans say what was lent and carried in. Interest isn't
        derived from their terms: that is done loan by loan, by :func:`check_schedule`.

    Raises
    ------
    InvariantError
        With every violation, by loan and row.

    Examples
    --------
    >>> from repayplan import Loans, equal_instalment, schedule
    >>> loans = Loans.from_columns(
    ...     principal=["12000.00", "-1"],
    ...     annual_rate="0.12",
    ...     original_term=36,
    ...     elapsed=10,
    ...     unpaid=26,
    ...     next_due="2026-01-31",
    ... )
    >>> check_outcome(schedule(loans, equal_instalment(26)))
    """
    found = batch_violations(outcome)
    if found:
        raise InvariantError(found)


def batch_violations(outcome: Outcome[Schedules] | Schedules) -> Violations:
    """What :func:`check_outcome` raises, as data: empty where every identity is kept.

    Parameters
    ----------
    outcome
        As for :func:`check_outcome`.

    Examples
    --------
    >>> from repayplan import Loan, equal_instalment, schedule
    >>> loan = Loan(
    ...     principal="100",
    ...     annual_rate="0.12",
    ...     original_term=3,
    ...     elapsed=0,
    ...     unpaid=3,
    ...     next_due="2026-01-31",
    ... )
    >>> batch_violations(schedule(loan.batch, equal_instalment(3)))
    Violations(0)
    """
    schedules = outcome.value if isinstance(outcome, Outcome) else outcome
    loans, number = schedules._loans, schedules.row
    findings = []
    if isinstance(outcome, Outcome):
        times = np.bincount(outcome.row, minlength=len(loans))
        times = times + np.bincount(outcome.failures.row, minlength=len(loans))
        at = np.flatnonzero(times != 1)
        ones = np.ones_like(at)
        findings.append(Finding("accounted", at, np.full(len(at), WHOLE), times[at], ones))
    columns, offsets = schedules.by_loan()
    if len(number):
        rows = Rows(completed(columns, None), loans.decimals[number], offsets)
        left = np.zeros(len(number), np.int64)
        of_rows = list(
            identities(rows, loans.balance[number], loans.carried[number], left, loans.moved(number))
        )
        if not any(_charges_fees(part.laid.plan) for part in schedules._stored):
            of_rows.append(rows.sums("fees", "fee", loans.charges[number]))
        of_rows += [_total(rows, name, total) for name, total in schedules.totals().items()]
        # From numbers among the schedules to numbers of the caller, which `accounted` has already.
        findings += [each._replace(loan=number[each.loan]) for each in of_rows]
    return Violations(findings, loans.decimals, of_batch=True)


def _total(rows: Rows, name: str, total: Ints) -> Finding:
    found = rows.sums(f"total_{name}", name, total)
    return found._replace(found=found.expected, expected=found.found)


def _together(schedule: Table, batch: Loans | None) -> Bools:
    """Whether business days may bring two due dates together, as far as anybody says."""
    if batch is not None:
        return batch.moved(np.zeros(1, np.int64))
    return np.array([isinstance(schedule, Schedule) and schedule.agreed is not None])


def _charges_fees(plan: Plan | None) -> bool:
    """Whether a plan has fees of its own, beside those owed."""
    return plan is not None and any(part.levy is not None for part in plan.beside)
