"""What letters about an account share: whose it is, how to pay, its rows by number, and the words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

import numpy as np

from repayplan.accounts.account import OF_ROWS
from repayplan.accounts.agreement import Agreement
from repayplan.accounts.component import COMPONENTS, Component
from repayplan.accounts.halts import Halt
from repayplan.accounts.signing import Signed
from repayplan.accounts.statement import Statement
from repayplan.accounts.statementrows import StatementRow
from repayplan.basics.errors import Code, InputError
from repayplan.edges.documents import Entry, Section
from repayplan.edges.letterparts import agreement_of, reason_words
from repayplan.edges.sheetparts import worded
from repayplan.edges.words import Figure, Unit, Words

LATEST_FIRST = tuple(reversed(COMPONENTS))
"""Components as people read them: principal, interest, and what comes beside."""


def of_one(made: Agreement | Signed, statement: Statement) -> Agreement:
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


def entry_of(name: str, value: Decimal | int | date | Words | str, unit: Unit) -> Entry:
    """A labelled figure, by the name of its label."""
    return Entry(name, WORDS[name], Figure(value, unit))


def total_of(parts: Mapping[Component, Decimal]) -> Decimal:
    """All components together."""
    return sum(parts.values(), Decimal(0))


def how_to_pay(of: Agreement) -> Section:
    """How to pay, and what to name."""
    way = of.terms.how_to_pay
    notes = (Words(way.en, way.zh), _quote(of), WORDS["crossed"])
    return Section(name="how_to_pay", heading=WORDS["how_to_pay"], notes=notes)


def _quote(of: Agreement) -> Words:
    return Words(f"Please name the loan: {of.reference}.", f"还款时请注明贷款编号：{of.reference}。")


def halted(statement: Statement) -> tuple[Section, ...]:
    """What holds the account today, if anything does."""
    notes = tuple(_halt(each) for each in statement.halts if each.holds)
    return (Section(name="halts", heading=WORDS["halts"], notes=notes),) if notes else ()


def _halt(halt: Halt) -> Words:
    """Since when, why, until when, and whether interest stops."""
    parts = [reason_words(each) for each in halt.reasons]
    return Words("; ".join(each.en for each in parts), "；".join(each.zh for each in parts))


def coming(statement: Statement) -> tuple[Entry, ...]:
    """The payment after today's, where there is one."""
    if statement.next_payment_due is None:
        return ()
    return (
        entry_of("next_due", statement.next_payment_due, "date"),
        entry_of("next_payment", statement.next_payment, "money"),
    )


def numbered(of: Agreement, statement: Statement) -> Iterator[tuple[int, Figure, StatementRow]]:
    """The rows in order, with their places: instalments are counted, what was charged beside is called so.

    Rows that a new plan has taken the place of are left out; an instalment of 0 that was agreed is there.
    """
    of_nothing = {row.due_date for row in of.instalments if not row.payment}
    n = 0
    for at, row in enumerate(statement.rows):
        if not (total_of(row.asked) or row.rolled or row.due_date in of_nothing):
            continue
        n += row.plain
        yield at, Figure(str(n) if row.plain else WORDS["charge"], "text"), row


WORDS = worded(
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
        "stands": (
            "Figures are those of this date; nothing is charged for being late any more.",
            "以上金额截至本通知日期；此后不再计收逾期费用。",
        ),
        "was_called": (
            "The whole balance fell due on {day}: instalments to come no longer apply.",
            "全部欠款已于{day}提前到期，不再按期还款。",
        ),
        "written_off": (
            "The account was written off on {day}, and the plan ended that day: all of it is due.",
            "本账户已于{day}核销，还款计划同日终止，全部欠款均已到期。",
        ),
        "not_forgiven": (
            "A write-off gives nothing up: {owed} stays owed. Since that day no interest is charged.",
            "核销不等于免除债务：仍欠{owed}。自该日起不再计息。",
        ),
        "was_closed": (
            "The account was closed on {day}, and the plan ended that day.",
            "本账户已于{day}关闭，还款计划同日终止。",
        ),
        "still_owed": ("{owed} is still owed.", "尚欠{owed}。"),
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
