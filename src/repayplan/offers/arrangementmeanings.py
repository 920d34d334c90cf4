"""What each field of arrangements beside a plan means, in English and Chinese, and what its number counts."""

from __future__ import annotations

from repayplan.basics.rulewords import Meaning, Meanings

_ORDER = "fees（费用）、penalty（罚息）、overdue_interest（逾期利息）、accrued_interest（应计未到期利息）、"
_ORDER += "interest（安排期间的利息）、overdue_principal（逾期本金）、principal（未到期本金）"

ARRANGEMENTS: Meanings = {
    "Policy.interim": Meaning(
        "Small payments for some months, then a review; not set: there are none",
        "过渡安排：若干个月内小额还款，之后复审；未设定即不提供",
    ),
    "Policy.trial": Meaning(
        "What is paid before the concessions take effect; not set: they do at once",
        "措施生效前须先履行的试还款；未设定即立即生效",
    ),
    "Policy.earned_waiver": Meaning(
        "What of a waiver is earned by keeping the plan; not set: it is given at once",
        "须履约后方可取得的减免；未设定即立即减免",
    ),
    "InterimRule.amount": Meaning(
        "What is paid; not set: all that the household can pay",
        "每月还款额；未设定即家庭可承受的全部",
        "amount_monthly",
    ),
    "InterimRule.minimum": Meaning(
        "The least that is paid; not set: the amount", "每月最低还款额；未设定即上述还款额", "amount_monthly"
    ),
    "InterimRule.months": Meaning("How long; not set: until a date", "期限；未设定即至指定日期", "months"),
    "InterimRule.until": Meaning("Up to this day; not set: by months", "截止日；未设定即按月数"),
    "InterimRule.unpaid_interest": Meaning(
        "Interest that payments don't cover: defer (is owed, bearing none), capitalise (joins the balance) "
        "or waive (is given up)",
        "还款未覆盖的利息：defer（继续欠付，不计息）、capitalise（计入本金）或waive（减免）",
    ),
    "InterimRule.rate": Meaning(
        "Annual rate meanwhile; not set: the contract's", "期间年利率；未设定即合同利率", "fraction"
    ),
    "InterimRule.order": Meaning("What payments go to, in this order", f"还款抵充顺序：{_ORDER}"),
    "InterimRule.review_days": Meaning(
        "The review is so long before the last due date", "在最后一期到期日之前多久复审", "days"
    ),
    "Trial.instalments": Meaning(
        "Trial payments, as large as the plan's", "试还款期数，金额同新计划", "payments"
    ),
    "Trial.down_amount": Meaning("Down payment; not set: none by amount", "首付款金额；未设定即无", "amount"),
    "Trial.down_percent": Meaning(
        "Down payment, of everything owed; not set: none by percentage",
        "首付款占全部欠款的百分比；未设定即无",
        "percent",
    ),
    "Trial.down_days": Meaning(
        "The down payment is due so long after the start, on the first due date at the latest",
        "首付款在起始日后多久到期，最迟为首期到期日",
        "days",
    ),
    "Trial.in_time": Meaning(
        "Until when a payment is in time: grace_days after its due date, or month_end (the last day of the "
        "month in which it is due)",
        "最迟到账日：grace_days（到期后的宽限期届满日）或month_end（到期日所在月份的最后一日）",
    ),
    "Trial.grace_days": Meaning("A payment is in time so long after its due date", "到期后的宽限期", "days"),
    "Trial.order": Meaning("What payments go to, in this order", f"还款抵充顺序：{_ORDER}"),
    "EarnedWaiver.overdue_interest": Meaning(
        "Part, of the overdue interest waived, that has to be earned",
        "逾期利息减免额中须履约取得的百分比",
        "percent",
    ),
    "EarnedWaiver.accrued_interest": Meaning(
        "The same of accrued interest", "应计未到期利息，含义同上", "percent"
    ),
    "EarnedWaiver.penalty": Meaning("The same of penalty interest", "罚息，含义同上", "percent"),
    "EarnedWaiver.fees": Meaning("The same of fees", "费用，含义同上", "percent"),
    "EarnedWaiver.principal": Meaning("The same of principal forgiven", "减免的本金，含义同上", "percent"),
    "EarnedWaiver.earned": Meaning(
        "at_completion (with the last payment) or each_year (in equal parts on the anniversaries)",
        "at_completion（还清时取得）或each_year（按周年等额取得）",
    ),
    "EarnedWaiver.years": Meaning(
        "In how many yearly parts; not set: at completion", "分多少年取得；未设定即还清时取得", "years"
    ),
    "EarnedWaiver.claw_back": Meaning(
        "What a breach takes back: all, or what is unearned",
        "违约时收回：all（全部减免）或unearned（尚未取得的部分）",
    ),
}
"""By the name of a dataclass and its field."""
