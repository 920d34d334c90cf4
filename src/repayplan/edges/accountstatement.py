"""The statement of an account (对账单), as a document."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from repayplan.accounts.agreement import Agreement
from repayplan.accounts.allocationrule import MONEY_IN
from repayplan.accounts.component import COMPONENTS, Component
from repayplan.accounts.eventkinds import EVENT_KINDS
from repayplan.accounts.signing import Signed
from repayplan.accounts.statement import Statement
from repayplan.accounts.statementrows import StatementRow
from repayplan.basics.errors import Language
from repayplan.basics.money import to_decimal
from repayplan.edges.accountparts import (
    LATEST_FIRST,
    WORDS,
    coming,
    entry_of,
    halted,
    how_to_pay,
    numbered,
    of_one,
    total_of,
)
from repayplan.edges.documents import Document, Section, Table
from repayplan.edges.letterparts import LetterTerms, addressed, help_section
from repayplan.edges.orderwords import EARLY_END, PARTS
from repayplan.edges.words import Figure, Words

_PAID_BY = (*MONEY_IN, "waiver")


def account_statement(agreement: Agreement | Signed, statement: Statement, terms: LetterTerms) -> Document:
    """A statement of an account: every instalment, every payment and what it went to, interest, the payoff.

    Parameters
    ----------
    agreement
        Whose account it is.
    statement
        Of the day.
    terms
        Whom to ask, and where to get help.

    Returns
    -------
    :class:`~repayplan.Document`: as of :func:`payment_reminder`. In each row of instalments what is asked for
    is what is paid, given up and missing together; in each row of payments the amount is what it went to and
    what is kept; of money that was kept and paid something later, what is kept is less by it.

    Raises
    ------
    InputError
        The statement is of another account (``other_agreement``).

    Examples
    --------
    As of :func:`payment_reminder`, any day.
    """
    of = of_one(agreement, statement)
    sections = (
        addressed(of, statement.as_of),
        _standing(statement),
        _components(statement),
        _instalments(of, statement),
        _payments(of, statement),
        *halted(statement),
        Section(name="early", heading=WORDS["early"], notes=(EARLY_END[of.terms.rebate],)),
        how_to_pay(of),
        help_section(terms),
    )
    return Document(
        name="account_statement", title=WORDS["statement_title"], currency=of.currency, sections=sections
    )


def _standing(statement: Statement) -> Section:
    entries = (
        entry_of("payoff", statement.payoff, "money"),
        entry_of("not_due", statement.not_due, "money"),
        entry_of("accrued_interest", statement.accrued_interest, "money"),
        entry_of("fallen_due", statement.overdue, "money"),
        entry_of("held", statement.held, "money"),
        entry_of("days_past_due", statement.days_past_due, "days"),
        entry_of("instalments_overdue", statement.instalments_overdue, "instalments"),
        entry_of("instalments_left", statement.instalments_left, "instalments"),
        *coming(statement),
        *((entry_of("called", statement.called, "date"),) if statement.called is not None else ()),
        *((entry_of("closed", statement.closed, "date"),) if statement.closed is not None else ()),
    )
    return Section(name="standing", heading=WORDS["standing"], entries=entries)


def _components(statement: Statement) -> Section:
    """What has fallen due so far, by component: asked for, paid, given up, missing."""
    rows = [row for row in statement.rows if row.fallen_due]
    sides = ("asked", "paid", "waived", "owed")
    totals = {
        part: tuple(sum((getattr(row, side)[part] for row in rows), Decimal(0)) for side in sides)
        for part in LATEST_FIRST
    }
    lines = [
        (Figure(_capital(PARTS[part]), "text"), *(Figure(each, "money") for each in totals[part]))
        for part in LATEST_FIRST
        if any(totals[part])
    ]
    every = (sum(each, Decimal(0)) for each in zip(*totals.values(), strict=True))
    lines.append((Figure(WORDS["together"], "text"), *(Figure(each, "money") for each in every)))
    head = ("component", "row_asked", "row_paid", "row_waived", "row_missing")
    table = Table(("component", *sides), tuple(WORDS[name] for name in head), tuple(lines))
    return Section(name="components", heading=WORDS["components"], table=table)


def _capital(words: Words) -> Words:
    return Words(words.en.capitalize(), words.zh)


def _instalments(of: Agreement, statement: Statement) -> Section:
    waived = any(total_of(row.waived) for row in statement.rows)
    sides = ("asked", "paid", *(("waived",) if waived else ()), "owed")
    names = ("number", "due_date", "state", "paid_on", *sides)
    lines = tuple(
        (
            number,
            Figure(row.due_date, "date"),
            Figure(WORDS[_state(row, statement.as_of)], "text"),
            Figure(WORDS["not_yet"], "text") if row.paid_on is None else Figure(row.paid_on, "date"),
            *(Figure(total_of(getattr(row, side)), "money") for side in sides),
        )
        for _, number, row in numbered(of, statement)
    )
    head = tuple(WORDS[f"row_{'missing' if name == 'owed' else name}"] for name in names)
    table = Table(names, head, lines)
    return Section(name="instalments", heading=WORDS["instalments"], table=table)


def _state(row: StatementRow, as_of: date) -> str:
    if total_of(row.owed):
        if row.due_date > as_of:
            return "state_coming"
        return "state_overdue" if row.due_date < as_of else "state_today"
    if not total_of(row.asked):
        return "state_nothing"
    return "state_paid" if total_of(row.paid) else "state_given_up"


def _payments(of: Agreement, statement: Statement) -> Section:
    """Every payment, what it went to and what of it was kept; then what that has paid since."""
    batch, places = statement.batch, int(statement.batch.accounts.decimals[statement.batch.row[0]])
    events = batch.events

    def money(units: object) -> Decimal:
        return to_decimal(int(units), places)  # type: ignore[call-overload]

    reached = _reached(of, statement)
    what: tuple[Figure, ...]
    lines: list[tuple[tuple[Figure, ...], dict[Component, Decimal], Decimal]] = []
    for at in batch.holding.tolist():
        kind = EVENT_KINDS[events.kind[at]]
        if events.account[at] != batch.row[0] or kind not in _PAID_BY:
            continue
        if events.value_date[at].item() > statement.as_of:
            continue
        to = {name: money(units) for name, units in zip(COMPONENTS, batch.paid[at], strict=True)}
        what = (
            Figure(events.value_date[at].item(), "date"),
            Figure(str(events.reference[at]), "text"),
            Figure(_KINDS[kind], "text"),
            reached.get(str(events.reference[at]), Figure(WORDS["not_yet"], "text")),
        )
        lines.append((what, to, money(batch.kept[at])))
    for each in statement.allocations:
        if not each.reference:
            what = (
                Figure(WORDS["later"], "text"),
                Figure(WORDS["not_yet"], "text"),
                Figure(WORDS["from_kept"], "text"),
                reached[""],
            )
            lines.append((what, dict(each.to), -each.amount))
    if not lines:
        return Section(name="payments", heading=WORDS["payments"], notes=(WORDS["no_payments"],))
    there = [name for name in LATEST_FIRST if any(to[name] for _, to, _ in lines)]
    kept = any(each for _, _, each in lines)
    names = ("value_date", "reference", "kind", "instalments", "amount", *there, *(("kept",) if kept else ()))
    rows = []
    for what, to, left in lines:
        amounts = (total_of(to) + left, *(to[name] for name in there), *((left,) if kept else ()))
        rows.append((*what, *(Figure(each, "money") for each in amounts)))
    rows.append(_together(rows))
    head = tuple(_capital(PARTS[name]) if name in PARTS else WORDS[f"paid_{name}"] for name in names)
    table = Table(names, head, tuple(rows))
    return Section(name="payments", heading=WORDS["payments"], table=table)


def _reached(of: Agreement, statement: Statement) -> dict[str, Figure]:
    """The rows that each event's money went to, by its reference; ``""`` of what was kept before."""
    numbers = {at: number for at, number, _ in numbered(of, statement)}
    found = {}
    for each in statement.allocations:
        rows = [numbers[at] for at, _ in each.lines]
        en, zh = (
            between.join(dict.fromkeys(row.said(language) for row in rows)) for between, language in _JOINED
        )
        found[each.reference] = Figure(Words(en, zh), "text")
    return found


_JOINED: tuple[tuple[str, Language], ...] = ((", ", "en"), ("、", "zh"))


def _together(rows: Sequence[tuple[Figure, ...]]) -> tuple[Figure, ...]:
    """The sum of each column of amounts."""
    sums = (
        sum((each.value for each in column if isinstance(each.value, Decimal)), Decimal(0))
        for column in list(zip(*rows, strict=True))[4:]
    )
    return (
        Figure(WORDS["together"], "text"),
        *[Figure(WORDS["not_yet"], "text")] * 3,
        *(Figure(s, "money") for s in sums),
    )


_KINDS = {
    "payment": Words("Payment", "还款"),
    "guarantor_payment": Words("Payment by a guarantor", "保证人还款"),
    "goodwill": Words("Credited by the lender", "贷款人抵减"),
    "early_repayment": Words("Early repayment", "提前结清还款"),
    "waiver": Words("Given up by the lender", "减免"),
}
