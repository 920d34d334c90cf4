"""The tracking ledger (台账), put together from cases and what is said of the accounts of their plans."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np

from repayplan.ability.figures import one_rule
from repayplan.accounts.collection import NextContacts
from repayplan.accounts.creditstatus import CreditStages
from repayplan.accounts.lateness import RiskClasses
from repayplan.accounts.pastdue import PastDues
from repayplan.accounts.statement import Statements, day_of
from repayplan.accounts.tracking import Tracks
from repayplan.basics.arguments import same_length
from repayplan.basics.columns import Screen
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Ints
from repayplan.programmes.caselines import CaseLedger
from repayplan.programmes.casestate import CaseStates


def case_ledger(
    states: CaseStates,
    statements: Statements,
    account: Any,
    *,
    tracks: Tracks | None = None,
    past_due: PastDues | None = None,
    credit: CreditStages | None = None,
    classes: RiskClasses | None = None,
    next_contacts: NextContacts | None = None,
) -> CaseLedger:
    """The tracking ledger: the cases of a programme beside the accounts of their plans.

    Parameters
    ----------
    states
        Of the cases, on a day.
    statements
        Of the accounts of signed plans, replayed to that day.
    account
        The row of each case's account, -1 (or an empty cell) where it has none. One that couldn't be
        replayed has no figures.
    tracks
        What :func:`~repayplan.track` says of the statements: reminders, reviews, warnings.
    past_due
        What :func:`~repayplan.past_due` says of them.
    credit
        What :func:`~repayplan.credit_stage` says of them.
    classes
        Classes of risk; by the days past due that are reported where ``past_due`` is given, else by the
        plan's.
    next_contacts
        What :func:`~repayplan.next_contact` says of them, all of them.

    Raises
    ------
    InputError
        An account that isn't among those that were replayed, or is that of two cases; statements of another
        day, or figures of other statements.

    Examples
    --------
    >>> import repayplan as rp
    >>> from repayplan.basics.calendars import WEEKENDS
    >>> loan = {"principal": ["1200.00"], "annual_rate": "0", "original_term": 12, "elapsed": 0}
    >>> loans = rp.Loans.from_columns(**loan, unpaid=12, next_due="2026-04-30")
    >>> late = rp.OverdueRule(
    ...     penalty=rp.OverdueLedger(on=("principal",), rate=rp.OverdueRate(rate="0")),
    ...     day_count="ACT/360",
    ...     first_day="due_date",
    ...     rounded="end",
    ...     mode="half_up",
    ... )
    >>> terms = rp.AccountTerms(overdue=late, allocation=rp.AllocationRule.example("civil-code-561"))
    >>> accounts = rp.Accounts.of(rp.schedule(loans, rp.equal_instalment(12)).value, terms)
    >>> paid = rp.Events.from_columns(
    ...     account=[0], kind="payment", value_date="2026-04-30", amount="60.00", reference="1"
    ... )
    >>> cases = rp.Cases.from_columns(id=["A-1", "A-2"])
    >>> came = rp.CaseEvents.from_columns(
    ...     case=[0, 1], kind="received", at="2026-03-02", reference="1", channel="branch"
    ... )
    >>> rule, day = rp.CaseRule.example("negotiated-repayment"), "2026-05-10"
    >>> states = rp.case_register(cases, came, rule, as_of=day, calendar=WEEKENDS)
    >>> ledger = case_ledger(states, rp.replay(accounts, paid, as_of=day).value, [0, -1])
    >>> line = ledger.one(0)
    >>> line["paid"], line["arrears"], line["days_past_due"], line["warnings"]
    (Decimal('60.00'), Decimal('40.00'), 10, 'case_late')
    >>> ledger.one(1)["paid"] is None
    True
    """
    one_rule("states", states, CaseStates)
    one_rule("statements", statements, Statements)
    beside: tuple[tuple[str, Any, type[Any]], ...] = (
        ("tracks", tracks, Tracks),
        ("past_due", past_due, PastDues),
        ("credit", credit, CreditStages),
        ("classes", classes, RiskClasses),
        ("next_contacts", next_contacts, NextContacts),
    )
    for name, given, kind in beside:
        if given is not None:
            one_rule(name, given, kind)
    same_length(len(states), account=account)
    screen = Screen(len(states))
    rows = screen.count("account", account, -1, max(len(statements.accounts) - 1, 0), default=-1)
    for failure in screen.failures():
        raise InputError(failure.code, f"account[{failure.row}]", failure.value, limit=failure.limit)
    _refuse_shared(rows, states)
    today = np.datetime64(states.as_of, "D")
    if len(statements) and (statements.as_of != today).any():
        other = str(statements.as_of[statements.as_of != today][0])
        raise InputError(Code.OUT_OF_RANGE, "statements", other, f"statements of {today}, as of the cases")
    for name, given, _ in beside:
        if given is not None and name != "classes":
            _refuse_other_figures(name, given, statements)
    place = np.full(len(statements.accounts) + 1, -1)  # the last one is that of cases without an account
    place[statements.row] = np.arange(len(statements))
    of = None
    if classes is not None:
        days = statements.columns.days_past_due if past_due is None else past_due.reported
        of = classes.place(days, statements.columns.restructures)
    return CaseLedger(
        states=states,
        statements=statements,
        place=place[rows],
        tracks=tracks,
        past_due=past_due,
        credit=credit,
        next_contacts=next_contacts,
        class_rule=classes,
        classes=of,
    )


def _refuse_other_figures(
    name: str, given: Tracks | PastDues | CreditStages | NextContacts, statements: Statements
) -> None:
    """Refuses what was worked out of other statements: their figures would stand in one row with these.

    Raises
    ------
    InputError
        The first account of which they are others, and their day.
    """
    of = given.statements
    if len(given) != len(statements) or len(of) != len(statements):
        raise InputError(Code.OUT_OF_RANGE, name, len(given), f"of the same {len(statements)} statements")
    if of is statements:
        return
    differs = (of.row != statements.row) | (of.as_of != statements.as_of)
    for each in fields(statements.columns):
        mine, theirs = (getattr(one.columns, each.name) for one in (statements, of))
        if mine.dtype.kind == "M":
            mine, theirs = day_of(mine), day_of(theirs)
        differs |= (mine != theirs).reshape(len(differs), -1).any(axis=1)
    for i in np.flatnonzero(differs)[:1].tolist():
        row, day, theirs = int(statements.row[i]), statements.as_of[i], of.as_of[i]
        shown = f"statements of {theirs}" if theirs != day else f"other figures on {theirs}"
        raise InputError(Code.UNKNOWN_VALUE, f"{name}[{row}]", shown, f"of the statements given, of {day}")


def _refuse_shared(account: Ints, states: CaseStates) -> None:
    """Refuses an account that two cases have: its money would be there twice.

    Raises
    ------
    InputError
        The second case, and in its rule the first.
    """
    there = np.flatnonzero(account >= 0)
    first = np.full(int(account.max(initial=-1)) + 1, len(account))
    np.minimum.at(first, account[there], there)
    again = there[first[account[there]] < there]
    for i in again[:1].tolist():
        rule = f"an account of one case: it is that of {states.cases.id[first[account[i]]]}"
        raise InputError(Code.DUPLICATE, f"account[{i}]", int(account[i]), rule)
