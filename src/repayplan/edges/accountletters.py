"""Letters about an account: a reminder, and a notice of what is overdue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import get_args

from repayplan.accounts.agreement import Agreement
from repayplan.accounts.component import COMPONENTS, Component
from repayplan.accounts.signing import Signed
from repayplan.accounts.statement import Statement
from repayplan.accounts.statementrows import StatementRow
from repayplan.accounts.tracking import track
from repayplan.basics.errors import Code, InputError, Language
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
from repayplan.edges.agreementwords import breach_words
from repayplan.edges.documents import Document, Entry, Section, Table
from repayplan.edges.latewords import late_rules
from repayplan.edges.letterparts import LetterTerms, addressed, help_section
from repayplan.edges.orderwords import PARTS
from repayplan.edges.words import Figure, Words, sentence

_LANGUAGES: tuple[Language, ...] = get_args(Language)


def payment_reminder(agreement: Agreement | Signed, statement: Statement, terms: LetterTerms) -> Document:
    """A reminder of the payment that falls due next, or today: how much, what for, and how to pay.

    Parameters
    ----------
    agreement
        Whose account it is.
    statement
        Of the day of the letter; not later than the payment's due date.
    terms
        Whom to ask, and where to get help.

    Returns
    -------
    :class:`~repayplan.Document`: ``.markdown("en" | "zh")``, ``.text(...)``, ``.html(...)`` and
    ``.as_dict(...)`` say the same.

    Raises
    ------
    InputError
        The statement is of another account (``other_agreement``); nothing is to be paid (``nothing_owed``).

    Examples
    --------
    See :func:`~repayplan.draw_up` for an agreement; then ``payment_reminder(agreement,
    replay(agreement.account(), events, as_of="2026-03-24"), terms)``.
    """
    of = of_one(agreement, statement)
    due = _next(statement)
    if due is None:
        raise InputError(Code.NOTHING_OWED, "statement.next_payment")
    rows = [row for row in statement.rows if row.due_date == due]
    # What is held pays what is due before these first, and then these.
    earlier = [row for row in statement.rows if statement.as_of < row.due_date < due]
    held = max(statement.held - total_of(_by_part(earlier)), Decimal(0))
    to_pay = total_of(_by_part(rows)) - held
    late = _late(statement)
    overdue = sum((total_of(row.owed) for row in late), Decimal(0))
    said = sentence(
        "{amount} falls due on {due}.", "{amount}将于{due}到期。", of.currency,
        amount=Figure(to_pay, "money"), due=Figure(due, "date"),
    )  # fmt: skip
    entries = (
        entry_of("due", due, "date"),
        entry_of("to_pay", to_pay, "money"),
        *_by_component("of_it", _by_part(rows)),
        *((entry_of("held", held, "money"),) if held else ()),
        *((entry_of("also_overdue", overdue, "money"),) if overdue else ()),
    )
    sections = (
        addressed(of, statement.as_of),
        Section(name="due", heading=WORDS["due_part"], notes=(said, *_also(overdue)), entries=entries),
        *halted(statement),
        how_to_pay(of),
        help_section(terms),
    )
    return Document(
        name="payment_reminder", title=WORDS["reminder_title"], currency=of.currency, sections=sections
    )


def overdue_notice(agreement: Agreement | Signed, statement: Statement, terms: LetterTerms) -> Document:
    """A notice of what is overdue: by component and instalment, since when, what follows, where to get help.

    What follows is what the agreement says, and nothing else. Of an account that was written off it says
    since when, and that a write-off gives nothing up; of one that was called in, that all of it is due.

    Parameters
    ----------
    agreement
        Whose account it is.
    statement
        Of the day of the notice.
    terms
        Whom to ask, and where to get help or apply for another plan.

    Returns
    -------
    :class:`~repayplan.Document`: as of :func:`payment_reminder`.

    Raises
    ------
    InputError
        The statement is of another account (``other_agreement``); nothing is overdue (``nothing_owed``).

    Examples
    --------
    As of :func:`payment_reminder`, a day on which something is overdue.
    """
    of = of_one(agreement, statement)
    late = _late(statement)
    if not late:
        raise InputError(Code.NOTHING_OWED, "statement.overdue")
    owed = _by_part(late)
    total = total_of(owed)
    # Of a fee or a cost alone no instalment is overdue.
    since = statement.oldest_due or min(row.due_date for row in late)
    said = sentence(
        "{amount} is overdue, since {since}.",
        "现有{amount}逾期，自{since}起逾期。",
        of.currency,
        amount=Figure(total, "money"),
        since=Figure(since, "date"),
    )
    today = sum((total_of(row.owed) for row in _due_today(statement)), Decimal(0))
    entries = (
        entry_of("overdue", total, "money"),
        *_by_component("overdue", owed),
        entry_of("oldest_due", since, "date"),
        entry_of("days_past_due", (statement.as_of - since).days, "days"),
        entry_of("instalments_overdue", statement.instalments_overdue, "instalments"),
        *((entry_of("due_today", today, "money"),) if today else ()),
        *coming(statement),
    )
    names = ("number", "due_date", "days_late", "asked", "paid", "missing")
    lines = tuple(
        (
            number,
            Figure(row.due_date, "date"),
            Figure((statement.as_of - row.due_date).days, "days"),
            *(Figure(total_of(each), "money") for each in (row.asked, row.paid, row.owed)),
        )
        for _, number, row in numbered(of, statement)
        if row in late
    )
    table = Table(names, tuple(WORDS[f"row_{name}"] for name in names), lines)
    grows = WORDS["grows" if statement.closed is None else "stands"]
    sections = (
        addressed(of, statement.as_of),
        Section(name="overdue", heading=WORDS["overdue_part"], notes=(said,), entries=entries),
        Section(name="rows", heading=WORDS["rows_part"], notes=(grows,), table=table),
        how_to_pay(of),
        help_section(terms),
        *halted(statement),
        _following(of, statement),
    )
    return Document(
        name="overdue_notice", title=WORDS["overdue_title"], currency=of.currency, sections=sections
    )


def _by_part(rows: Iterable[StatementRow]) -> dict[Component, Decimal]:
    """What is missing of some rows, by component."""
    listed = list(rows)
    return {name: sum((row.owed[name] for row in listed), Decimal(0)) for name in COMPONENTS}


def _late(statement: Statement) -> list[StatementRow]:
    """What fell due before the day, and of which something is missing."""
    return [row for row in statement.rows if row.due_date < statement.as_of and total_of(row.owed)]


def _due_today(statement: Statement) -> list[StatementRow]:
    return [row for row in statement.rows if row.due_date == statement.as_of and total_of(row.owed)]


def _next(statement: Statement) -> date | None:
    """When the next payment is due: today's comes before the one after."""
    return statement.as_of if _due_today(statement) else statement.next_payment_due


def _by_component(prefix: str, owed: dict[Component, Decimal]) -> Iterator[Entry]:
    """An amount's components, those that there are."""
    for name in LATEST_FIRST:
        if owed[name]:
            words = PARTS[name]
            label = Words(f"of it, {words.en}", f"其中：{words.zh}")
            yield Entry(f"{prefix}_{name}", label, Figure(owed[name], "money"))


def _also(overdue: Decimal) -> tuple[Words, ...]:
    return (WORDS["also_note"],) if overdue else ()


def _following(of: Agreement, statement: Statement) -> Section:
    """What being late costs, whether the plan is broken or has ended, and what follows by the agreement."""
    if statement.closed is not None:
        # No clause of the plan applies any more, and nothing is charged for being late.
        return Section(
            name="following", heading=WORDS["standing"], notes=_ended(of, statement, statement.closed)
        )
    notes = (
        *_standing(of, statement),
        *breach_words(of.terms),
        *late_rules(of.terms.overdue, of.annual_rate, of.lent, of.contracted),
        Words(of.terms.credit_record.en, of.terms.credit_record.zh),
    )
    return Section(name="following", heading=WORDS["following"], notes=notes)


def _ended(of: Agreement, statement: Statement, closed: date) -> tuple[Words, ...]:
    """That the plan has ended, when, and what stays owed."""
    figures = {"day": Figure(closed, "date"), "owed": Figure(statement.payoff, "money")}
    if total_of(statement.written_off):
        words = (WORDS["written_off"], WORDS["not_forgiven"])
    else:
        words = (WORDS["was_closed"], WORDS["still_owed"])
    return tuple(sentence(each.en, each.zh, of.currency, **figures) for each in words)


def _standing(of: Agreement, statement: Statement) -> tuple[Words, ...]:
    """Whether the plan is broken, and whether the whole balance has fallen due."""
    tracked, rule = track(statement), of.terms.tracking
    said: list[Words] = []
    if tracked.broken is not None:
        days = tracked.broken.code is Code.BROKEN_BY_DAYS
        why = rule.broken_after_days if days else rule.broken_after_missed
        figure = Figure(0 if why is None else why, "days" if days else "instalments")
        since = tracked.broken.limit
        broken = sentence(
            "By the agreement the plan has been broken since {since}: {figure} overdue.",
            "按协议，本计划自{since}起视为违反：逾期达{figure}。",
            since=Figure(since if isinstance(since, date) else str(since), "date"),
            figure=figure,
        )
        said.append(broken)
    if statement.called is not None:
        words = WORDS["was_called"]
        said.append(sentence(words.en, words.zh, day=Figure(statement.called, "date")))
    return tuple(said) or (WORDS["not_broken"],)
