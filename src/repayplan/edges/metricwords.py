"""What the metrics of a sweep are called on pictures, in English and Chinese, and what they are in."""

from __future__ import annotations

import re

from repayplan.basics.errors import Code
from repayplan.edges.summarytext import REASONS_IN_SHORT
from repayplan.edges.words import Words

MONEY = (
    *("before_a_month", "after_a_month", "left_least", "total_interest", "never_paid", "forborne"),
    *("value_before", "value_after", "lost"),
)
"""Metrics that are amounts."""
_METRICS = {
    "loans": Words("loans", "贷款数"),
    "failed": Words("loans that can't be decided on", "无法判定的贷款数"),
    "not_eligible": Words("not eligible (loans)", "不符合条件（笔）"),
    "eligible": Words("eligible (loans)", "符合条件（笔）"),
    "offered": Words("offered a plan (loans)", "获批（笔）"),
    "refused": Words("refused (loans)", "未获批（笔）"),
    "offered_percent": Words("offered, % of those eligible", "获批占合格者（%）"),
    "refused_percent": Words("refused, % of those eligible", "未获批占合格者（%）"),
    "extended_percent": Words("extended, % of offers", "展期占获批者（%）"),
    "extension_mean": Words("mean extension (months)", "平均展期（月）"),
    "extension_p50": Words("median extension (months)", "展期中位数（月）"),
    "extension_p90": Words("extension, 90th percentile (months)", "展期第90百分位（月）"),
    "before_a_month": Words("present instalments, all a month", "现还款合计，按月"),
    "after_a_month": Words("largest payments, all a month", "方案最高还款合计，按月"),
    "change_percent": Words("instalments by the month, change (%)", "月供变动（%）"),
    "left_least": Words("least left to live on a month", "最低月生活余额"),
    "total_interest": Words("total interest", "利息总额"),
    "never_paid": Words("given up", "减免总额"),
    "forborne": Words("put aside until the end", "挂账本金总额"),
    "breached": Words("allowance breached (offers)", "突破最低生活保障（笔）"),
    "valued": Words("valued (offers)", "已计值（笔）"),
    "value_before": Words("contracts' value to the lender", "原合同价值"),
    "value_after": Words("plans' value to the lender", "方案价值"),
    "lost": Words("lender's loss of value", "贷款人价值损失"),
    "lost_percent": Words("lender's loss of value (%)", "贷款人价值损失（%）"),
    "diminished_percent": Words("diminished, % of those valued", "减值占计值者（%）"),
}
_STEPS = {
    "extend": Words("more time", "展期"),
    "cut_rate": Words("a lower rate", "降息"),
    "forbear": Words("principal put aside", "本金挂账"),
    "forgive": Words("principal given up", "减免本金"),
    "waive_overdue_interest": Words("overdue interest given up", "减免逾期利息"),
    "waive_accrued_interest": Words("accrued interest given up", "减免应计利息"),
    "waive_penalty": Words("penalty given up", "减免罚息"),
    "waive_fees": Words("fees given up", "减免费用"),
    "holiday": Words("nothing paid at first", "宽限期内不还款"),
    "interest_only": Words("interest only at first", "先还利息"),
}
_GATES = {
    Code.NOT_ELIGIBLE: Words("not open by status", "状态不符"),
    Code.GATE_PAYMENTS: Words("too few payments since the last restructure", "上次重组后还款次数不足"),
    Code.GATE_SPACING: Words("too soon after the last restructure", "距上次重组时间过短"),
    Code.GATE_WINDOW: Words("too many restructures in some years", "若干年内重组次数过多"),
    Code.GATE_COUNT: Words("too many restructures in all", "重组总次数过多"),
}
_SHARE = re.compile(r"(closed|refused|uses)_(.+)_percent")
_NUMBERED = re.compile(r"(.+)_(\d+)")


def metric_words(metric: str) -> Words | None:
    """What a metric of a sweep is called; None: it is no metric.

    Examples
    --------
    >>> metric_words("uses_cut_rate_2_percent").en
    'a lower rate (2), % of offers'
    """
    share = _SHARE.fullmatch(metric)
    if metric in _METRICS or share is None:
        return _METRICS.get(metric)
    kind, name = share.groups()
    if kind == "closed":
        gate = next((words for code, words in _GATES.items() if code.value == name), None)
        return gate and Words(f"{gate.en}, % of loans", f"{gate.zh}，占贷款（%）")
    if kind == "refused":
        short = REASONS_IN_SHORT.get(name)
        return short and Words(f"{short[0]}, % of those eligible", f"{short[1]}，占合格者（%）")
    step = step_words(name)
    return step and Words(f"{step.en}, % of offers", f"{step.zh}，占获批者（%）")


def step_words(name: str) -> Words | None:
    """What a step of concessions is called, numbered where a policy has several of a kind; None: it is none.

    Examples
    --------
    >>> step_words("cut_rate_2").zh
    '降息（2）'
    """
    again = _NUMBERED.fullmatch(name)
    if name in _STEPS or again is None:
        return _STEPS.get(name)
    step = _STEPS.get(again[1])
    return step and Words(f"{step.en} ({again[2]})", f"{step.zh}（{again[2]}）")
