"""Letters about an account: a reminder, a notice of what is overdue, and a statement."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import get_args

import numpy as np

from repayplan.accounts.account import OF_ROWS
from repayplan.accounts.agreement import Agreement
from repayplan.accounts.component import COMPONENTS, Component
from repayplan.accounts.eventkinds import EVENT_KINDS
from repayplan.accounts.halts import Halt
from repayplan.accounts.signing import Signed
from repayplan.accounts.statement import Statement
from repayplan.accounts.statementrows import StatementRow
from repayplan.accounts.tracking import track
from repayplan.basics.errors import Code, InputError, Language
from repayplan.basics.money import to_decimal
from repayplan.edges.agreementsheet import breach_words
from repayplan.edges.documents import Document, Entry, Figure, Section, Table, Unit, Words, sentence
from repayplan.edges.latewords import EARLY_END, PARTS, late_rules
from repayplan.edges.letterparts import LetterTerms, addressed, agreement_of, help_section, reason_words
from repayplan.edges.sheetparts import worded

_LANGUAGES: tuple[Language, ...] = get_args(Language)
_LATEST_FIRST = tuple(reversed(COMPONENTS))
"""Components as people read them: principal, interest, and what comes beside."""
_PAID_BY = ("payment", "guarantor_payment", "goodwill", "waiver")


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
    of = _of_one(agreement, statement)
    due = _next(statement)
    if due is None:
        raise InputError(Code.NOTHING_OWED, "statement.next_payment")
    rows = [row for row in statement.rows if row.due_date == due]
    # What is held pays what is due before these first, and then these.
    earlier = [row for row in statement.rows if statement.as_of < row.due_date < due]
    held = max(statement.held - _sum(_by_part(earlier)), Decimal(0))
    to_pay = _sum(_by_part(rows)) - held
    late = _late(statement)
    overdue = sum((_sum(row.owed) for row in late), Decimal(0))
    said = sentence(
        "{amount} falls due on {due}.", "{amount}将于{due}到期。", of.currency,
        amount=Figure(to_pay, "money"), due=Figure(due, "date"),
    )  # fmt: skip
    entries = (
        _entry("due", due, "date"),
        _entry("to_pay", to_pay, "money"),
        *_by_component("of_it", _by_part(rows)),
        *((_entry("held", held, "money"),) if held else ()),
        *((_entry("also_overdue", overdue, "money"),) if overdue else ()),
    )
    sections = (
        addressed(of, statement.as_of),
        Section(name="due", heading=_W["due_part"], notes=(said, *_also(overdue)), entries=entries),
        *_halted(statement),
        _how_to_pay(of),
        help_section(terms),
    )
    return Document(
        name="payment_reminder", title=_W["reminder_title"], currency=of.currency, sections=sections
    )


def overdue_notice(agreement: Agreement | Signed, statement: Statement, terms: LetterTerms) -> Document:
    """A notice of what is overdue: by component and instalment, since when, what follows, where to get help.

    What follows is what the agreement says, and nothing else.

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
    of = _of_one(agreement, statement)
    late = _late(statement)
    if not late:
        raise InputError(Code.NOTHING_OWED, "statement.overdue")
    owed = _by_part(late)
    total = _sum(owed)
    # Of a fee or a cost alone no instalment is overdue.
    since = statement.oldest_due or min(row.due_date for row in late)
    said = sentence(
        "{amount} is overdue, since {since}.",
        "现有{amount}逾期，自{since}起逾期。",
        of.currency,
        amount=Figure(total, "money"),
        since=Figure(since, "date"),
    )
    today = sum((_sum(row.owed) for row in _due_today(statement)), Decimal(0))
    entries = (
        _entry("overdue", total, "money"),
        *_by_component("overdue", owed),
        _entry("oldest_due", since, "date"),
        _entry("days_past_due", (statement.as_of - since).days, "days"),
        _entry("instalments_overdue", statement.instalments_overdue, "instalments"),
        *((_entry("due_today", today, "money"),) if today else ()),
        *_coming(statement),
    )
    names = ("number", "due_date", "days_late", "asked", "paid", "missing")
    lines = tuple(
        (
            number,
            Figure(row.due_date, "date"),
            Figure((statement.as_of - row.due_date).days, "days"),
            *(Figure(_sum(each), "money") for each in (row.asked, row.paid, row.owed)),
        )
        for _, number, row in _numbered(of, statement)
        if row in late
    )
    table = Table(names, tuple(_W[f"row_{name}"] for name in names), lines)
    sections = (
        addressed(of, statement.as_of),
        Section(name="overdue", heading=_W["overdue_part"], notes=(said,), entries=entries),
        Section(name="rows", heading=_W["rows_part"], notes=(_W["grows"],), table=table),
        _how_to_pay(of),
        help_section(terms),
        *_halted(statement),
        _following(of, statement),
    )
    return Document(name="overdue_notice", title=_W["overdue_title"], currency=of.currency, sections=sections)


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
    of = _of_one(agreement, statement)
    sections = (
        addressed(of, statement.as_of),
        _standing(statement),
        _components(statement),
        _instalments(of, statement),
        _payments(of, statement),
        *_halted(statement),
        Section(name="early", heading=_W["early"], notes=(EARLY_END[of.terms.rebate],)),
        _how_to_pay(of),
        help_section(terms),
    )
    return Document(
        name="account_statement", title=_W["statement_title"], currency=of.currency, sections=sections
    )


def _of_one(made: Agreement | Signed, statement: Statement) -> Agreement:
    """The agreement, of which the statement must be."""
    of = agreement_of(made)
    if not isinstance(statement, Statement):
        raise InputError(Code.MISSING, "statement", type(statement).__name__, "a Statement")
    mine = statement.batch.accounts.take(statement.batch.row[:1])
    own = of.account().accounts
    named = (*OF_ROWS, "decimals", "rate", "start", "lent")
    same = all(np.array_equal(getattr(mine, name), getattr(own, name)) for name in named)
    if not same or mine.terms != own.terms:
        raise InputError(Code.OTHER_AGREEMENT, "statement", "another account", limit=of.fingerprint)
    return of


def _entry(name: str, value: Decimal | int | date | Words | str, unit: Unit) -> Entry:
    return Entry(name, _W[name], Figure(value, unit))


def _sum(parts: Mapping[Component, Decimal]) -> Decimal:
    return sum(parts.values(), Decimal(0))


def _by_part(rows: Iterable[StatementRow]) -> dict[Component, Decimal]:
    """What is missing of some rows, by component."""
    listed = list(rows)
    return {name: sum((row.owed[name] for row in listed), Decimal(0)) for name in COMPONENTS}


def _late(statement: Statement) -> list[StatementRow]:
    """What fell due before the day, and of which something is missing."""
    return [row for row in statement.rows if row.due_date < statement.as_of and _sum(row.owed)]


def _due_today(statement: Statement) -> list[StatementRow]:
    return [row for row in statement.rows if row.due_date == statement.as_of and _sum(row.owed)]


def _next(statement: Statement) -> date | None:
    """When the next payment is due: today's comes before the one after."""
    return statement.as_of if _due_today(statement) else statement.next_payment_due


def _by_component(prefix: str, owed: dict[Component, Decimal]) -> Iterator[Entry]:
    """An amount's components, those that there are."""
    for name in _LATEST_FIRST:
        if owed[name]:
            words = PARTS[name]
            label = Words(f"of it, {words.en}", f"其中：{words.zh}")
            yield Entry(f"{prefix}_{name}", label, Figure(owed[name], "money"))


def _also(overdue: Decimal) -> tuple[Words, ...]:
    return (_W["also_note"],) if overdue else ()


def _how_to_pay(of: Agreement) -> Section:
    way = of.terms.how_to_pay
    notes = (Words(way.en, way.zh), _quote(of), _W["crossed"])
    return Section(name="how_to_pay", heading=_W["how_to_pay"], notes=notes)


def _quote(of: Agreement) -> Words:
    return Words(f"Please name the loan: {of.reference}.", f"还款时请注明贷款编号：{of.reference}。")


def _halted(statement: Statement) -> tuple[Section, ...]:
    notes = tuple(_halt(each) for each in statement.halts if each.holds)
    return (Section(name="halts", heading=_W["halts"], notes=notes),) if notes else ()


def _halt(halt: Halt) -> Words:
    """Since when, why, until when, and whether interest stops."""
    parts = [reason_words(each) for each in halt.reasons]
    return Words("; ".join(each.en for each in parts), "；".join(each.zh for each in parts))


def _following(of: Agreement, statement: Statement) -> Section:
    """What being late costs, whether the plan is broken, and what follows by the agreement."""
    tracked, rule = track(statement), of.terms.tracking
    if tracked.broken is None:
        broken = _W["not_broken"]
    else:
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
    notes = (
        broken,
        *breach_words(of.terms),
        *late_rules(of.terms.overdue, of.annual_rate, of.lent, of.contracted),
        Words(of.terms.credit_record.en, of.terms.credit_record.zh),
    )
    return Section(name="following", heading=_W["following"], notes=notes)


def _coming(statement: Statement) -> tuple[Entry, ...]:
    """The payment after today's, where there is one."""
    if statement.next_payment_due is None:
        return ()
    return (
        _entry("next_due", statement.next_payment_due, "date"),
        _entry("next_payment", statement.next_payment, "money"),
    )


def _standing(statement: Statement) -> Section:
    entries = (
        _entry("payoff", statement.payoff, "money"),
        _entry("not_due", statement.not_due, "money"),
        _entry("accrued_interest", statement.accrued_interest, "money"),
        _entry("fallen_due", statement.overdue, "money"),
        _entry("held", statement.held, "money"),
        _entry("days_past_due", statement.days_past_due, "days"),
        _entry("instalments_overdue", statement.instalments_overdue, "instalments"),
        _entry("instalments_left", statement.instalments_left, "instalments"),
        *_coming(statement),
        *((_entry("called", statement.called, "date"),) if statement.called is not None else ()),
        *((_entry("closed", statement.closed, "date"),) if statement.closed is not None else ()),
    )
    return Section(name="standing", heading=_W["standing"], entries=entries)


def _components(statement: Statement) -> Section:
    """What has fallen due so far, by component: asked for, paid, given up, missing."""
    rows = [row for row in statement.rows if row.fallen_due]
    sides = ("asked", "paid", "waived", "owed")
    totals = {
        part: tuple(sum((getattr(row, side)[part] for row in rows), Decimal(0)) for side in sides)
        for part in _LATEST_FIRST
    }
    lines = [
        (Figure(_capital(PARTS[part]), "text"), *(Figure(each, "money") for each in totals[part]))
        for part in _LATEST_FIRST
        if any(totals[part])
    ]
    every = (sum(each, Decimal(0)) for each in zip(*totals.values(), strict=True))
    lines.append((Figure(_W["together"], "text"), *(Figure(each, "money") for each in every)))
    head = ("component", "row_asked", "row_paid", "row_waived", "row_missing")
    table = Table(("component", *sides), tuple(_W[name] for name in head), tuple(lines))
    return Section(name="components", heading=_W["components"], table=table)


def _capital(words: Words) -> Words:
    return Words(words.en.capitalize(), words.zh)


def _numbered(of: Agreement, statement: Statement) -> Iterator[tuple[int, Figure, StatementRow]]:
    """The rows in order, with their places: instalments are counted, what was charged beside is called so.

    Rows that a new plan has taken the place of are left out; an instalment of 0 that was agreed is there.
    """
    of_nothing = {row.due_date for row in of.instalments if not row.payment}
    n = 0
    for at, row in enumerate(statement.rows):
        if not (_sum(row.asked) or row.rolled or row.due_date in of_nothing):
            continue
        n += row.plain
        yield at, Figure(str(n) if row.plain else _W["charge"], "text"), row


def _instalments(of: Agreement, statement: Statement) -> Section:
    waived = any(_sum(row.waived) for row in statement.rows)
    sides = ("asked", "paid", *(("waived",) if waived else ()), "owed")
    names = ("number", "due_date", "state", "paid_on", *sides)
    lines = tuple(
        (
            number,
            Figure(row.due_date, "date"),
            Figure(_W[_state(row, statement.as_of)], "text"),
            Figure(_W["not_yet"], "text") if row.paid_on is None else Figure(row.paid_on, "date"),
            *(Figure(_sum(getattr(row, side)), "money") for side in sides),
        )
        for _, number, row in _numbered(of, statement)
    )
    head = tuple(_W[f"row_{'missing' if name == 'owed' else name}"] for name in names)
    table = Table(names, head, lines)
    return Section(name="instalments", heading=_W["instalments"], table=table)


def _state(row: StatementRow, as_of: date) -> str:
    if _sum(row.owed):
        if row.due_date > as_of:
            return "state_coming"
        return "state_overdue" if row.due_date < as_of else "state_today"
    if not _sum(row.asked):
        return "state_nothing"
    return "state_paid" if _sum(row.paid) else "state_given_up"


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
            reached.get(str(events.reference[at]), Figure(_W["not_yet"], "text")),
        )
        lines.append((what, to, money(batch.kept[at])))
    for each in statement.allocations:
        if not each.reference:
            what = (
                Figure(_W["later"], "text"),
                Figure(_W["not_yet"], "text"),
                Figure(_W["from_kept"], "text"),
                reached[""],
            )
            lines.append((what, dict(each.to), -each.amount))
    if not lines:
        return Section(name="payments", heading=_W["payments"], notes=(_W["no_payments"],))
    there = [name for name in _LATEST_FIRST if any(to[name] for _, to, _ in lines)]
    kept = any(each for _, _, each in lines)
    names = ("value_date", "reference", "kind", "instalments", "amount", *there, *(("kept",) if kept else ()))
    rows = []
    for what, to, left in lines:
        amounts = (_sum(to) + left, *(to[name] for name in there), *((left,) if kept else ()))
        rows.append((*what, *(Figure(each, "money") for each in amounts)))
    rows.append(_together(rows))
    head = tuple(_capital(PARTS[name]) if name in PARTS else _W[f"paid_{name}"] for name in names)
    table = Table(names, head, tuple(rows))
    return Section(name="payments", heading=_W["payments"], table=table)


def _reached(of: Agreement, statement: Statement) -> dict[str, Figure]:
    """The rows that each event's money went to, by its reference; ``""`` of what was kept before."""
    numbers = {at: number for at, number, _ in _numbered(of, statement)}
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
        Figure(_W["together"], "text"),
        *[Figure(_W["not_yet"], "text")] * 3,
        *(Figure(s, "money") for s in sums),
    )


_KINDS = {
    "payment": Words("Payment", "还款"),
    "guarantor_payment": Words("Payment by a guarantor", "保证人还款"),
    "goodwill": Words("Credited by the lender", "贷款人抵减"),
    "waiver": Words("Given up by the lender", "减免"),
}
_W = worded(
    {
        "reminder_title": ("Reminder of a payment", "还款提醒"),
        "overdue_title": ("Notice of an overdue payment", "逾期还款通知书"),
        "statement_title": ("Statement of account", "对账单"),
        "due_part": ("What falls due", "到期款项"),
        "to_pay": ("To be paid", "应还金额"),
        "due": ("Due on", "到期日"),
        "held": ("Paid already, and kept for what falls due", "已存入待抵扣的款项"),
        "also_overdue": ("Overdue beside it", "此外已逾期的款项"),
        "also_note": (
            "Something else is overdue already; a notice says what, and how to get help.",
            "另有款项已经逾期，详见逾期还款通知书。",
        ),
        "overdue_part": ("What is overdue", "逾期款项"),
        "overdue": ("Overdue", "逾期金额"),
        "oldest_due": ("Overdue since", "最早逾期的到期日"),
        "days_past_due": ("Days past due", "逾期天数"),
        "instalments_overdue": ("Instalments overdue", "逾期期数"),
        "due_today": ("Due today, beside it", "今日到期的款项"),
        "next_due": ("Next payment due on", "下次还款到期日"),
        "next_payment": ("Next payment", "下次应还金额"),
        "rows_part": ("Instalment by instalment", "逾期明细"),
        "grows": (
            "Figures are those of this date; what is charged for being late goes on until payment.",
            "以上金额截至本通知日期；逾期费用计至实际还款之日止。",
        ),
        "row_number": ("No.", "期次"),
        "row_due_date": ("Due", "到期日"),
        "row_days_late": ("Days past due", "逾期天数"),
        "row_asked": ("Asked for", "应还"),
        "row_paid": ("Paid", "已还"),
        "row_waived": ("Given up", "减免"),
        "row_missing": ("Still to pay", "尚欠"),
        "row_paid_on": ("Paid on", "还清日期"),
        "row_state": ("State", "状态"),
        "charge": ("charge", "收费"),
        "not_yet": ("–", "–"),
        "state_coming": ("to come", "未到期"),
        "state_today": ("due today", "今日到期"),
        "state_overdue": ("overdue", "逾期"),
        "state_paid": ("paid", "已还清"),
        "state_given_up": ("given up", "已减免"),
        "state_nothing": ("nothing to pay", "无应还款项"),
        "how_to_pay": ("How to pay", "还款方式"),
        "crossed": (
            "If you have paid in the last few days, there is nothing more to do.",
            "如您近日已还款，请忽略相应内容。",
        ),
        "halts": ("What is halted", "中止事项"),
        "following": ("What follows by the agreement", "按协议约定的后果"),
        "not_broken": (
            "The plan isn't broken: if what is overdue is paid, it goes on as agreed.",
            "目前本计划尚未被视为违反；还清逾期款项后，计划照常履行。",
        ),
        "standing": ("Where the account stands", "账户状况"),
        "payoff": ("Pays everything off on this date", "当日结清金额"),
        "not_due": ("Principal that isn't due yet", "未到期本金"),
        "accrued_interest": ("Interest accrued since the last due date", "应计未到期利息"),
        "fallen_due": ("Fallen due and not paid", "已到期未还金额"),
        "instalments_left": ("Instalments left", "剩余期数"),
        "called": ("The whole balance fell due on", "宣布提前到期日"),
        "closed": ("Closed on", "账户关闭日期"),
        "components": ("What has fallen due so far", "已到期款项汇总"),
        "component": ("Component", "项目"),
        "together": ("Together", "合计"),
        "instalments": ("Instalments", "还款计划履行情况"),
        "payments": ("Payments, and what they went to", "还款及抵充明细"),
        "no_payments": ("None so far.", "尚无还款。"),
        "paid_value_date": ("Date", "日期"),
        "paid_reference": ("Number", "流水号"),
        "paid_kind": ("Kind", "类别"),
        "paid_instalments": ("Instalments", "期次"),
        "paid_amount": ("Amount", "金额"),
        "paid_kept": ("Kept for later", "留待抵扣"),
        "later": ("later", "此后"),
        "from_kept": ("From what was kept", "由留存款项抵扣"),
        "early": ("If you pay everything off early", "提前结清"),
    }
)
