"""Columns of the tracking ledger (台账): what they are called, and what of them is known."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from repayplan.basics.errors import Code, Language, which
from repayplan.basics.outcome import Bools, Texts

LEDGER_HEADINGS: dict[str, tuple[str, str]] = {
    "case": ("Case", "案件编号"),
    "applicant": ("Applicant", "申请人"),
    "contract": ("Contract", "合同编号"),
    "stage": ("Stage", "办理环节"),
    "since": ("In it since", "进入日期"),
    "signed": ("Signed", "签约日期"),
    "currency": ("Currency", "币种"),
    "decimals": ("Decimals of amounts", "金额小数位数"),
    "instalment": ("Instalment of the plan", "计划每期还款额"),
    "instalments_left": ("Instalments left", "剩余期数"),
    "matures": ("Plan ends", "计划到期日"),
    "next_due": ("Next due date", "下一还款日"),
    "next_payment": ("Next payment", "下期应还金额"),
    "paid": ("Paid so far", "累计已还"),
    "arrears": ("Overdue instalments", "逾期未还"),
    "owed": ("Fallen due and not paid", "到期应还未还"),
    "outstanding": ("Principal outstanding", "剩余本金"),
    "days_past_due": ("Days past due", "逾期天数"),
    "days_contract": ("Days past due by the original contract", "原合同逾期天数"),
    "days_reported": ("Days past due as reported", "报送逾期天数"),
    "credit_status": ("Status of the exposure", "敞口状态"),
    "credit_stage": ("Stage of impairment", "减值阶段"),
    "risk_class": ("Risk class", "风险分类"),
    "last_contact": ("Last contact", "最近联系日期"),
    "channel": ("Through", "联系方式"),
    "next_contact": ("Next contact", "下次联系日期"),
    "next_step": ("By", "下次联系措施"),
    "next_reminder": ("Next reminder", "下次提醒日期"),
    "next_review": ("Next review", "下次复核日期"),
    "reviews_missed": ("Monthly reviews missed", "缺失回访月数"),
    "warnings": ("Warnings", "预警"),
}
"""Columns of the ledger, and what people call them in English and Chinese."""
LEDGER_WARNINGS: dict[Code, tuple[str, str]] = {
    Code.CASE_LATE: ("stage overdue", "环节超期"),
    Code.CASE_REVIEW_MISSED: ("review missed", "回访缺失"),
    Code.PAID_IN_PART: ("paid in part", "部分还款"),
    Code.PAID_LATER: ("paid later than before", "还款日趋延后"),
    Code.INCOME_FELL: ("income fell", "收入下降"),
    Code.BROKEN_BY_MISSED: ("plan broken: instalments missed", "违约：欠缴期数"),
    Code.BROKEN_BY_DAYS: ("plan broken: days past due", "违约：逾期天数"),
}
"""Early warnings, in the order in which they are named, and what people call them."""
Sort = Literal["text", "date", "count", "money"]


class LedgerColumn(NamedTuple):
    """One column: what it holds, a value for each case (money in minor units), and where there is none."""

    kind: Sort
    values: npt.NDArray[Any]
    missing: Bools


def words_of(names: list[tuple[str, str, str]], language: Language | None) -> Texts:
    """Names of a list in a language, and an empty one for none at the end."""
    place = 0 if language is None else 1 + which(language)
    return np.array([*(each[place] for each in names), ""], np.str_)


def texts(values: Texts) -> LedgerColumn:
    """A column of text; empty text is none."""
    return LedgerColumn("text", values, values == "")


def dates(values: npt.NDArray[Any]) -> LedgerColumn:
    """A column of days; NaT is none."""
    return LedgerColumn("date", values, np.isnat(values))
