"""What figures of an evaluation are called, in English and Chinese, and what each is of."""

from __future__ import annotations

_WHEN = {"before": ("before", "项目前"), "after": ("now", "目前"), "change": ("change", "变化")}
_MONTH = ("on the last of each month", "各月末")
_BASIS = {
    "contract": ("by the original contract", "按原合同"),
    "plan": ("by the plan", "按新计划"),
    "cash": ("by cash received against cash due", "按实收对应收"),
}
_OVERDUE = {
    "count": ("Overdue accounts, {}, {}", "逾期账户占比，{}，{}"),
    "balance": ("Overdue balance, {}, {}", "逾期余额占比，{}，{}"),
}

LABELS: dict[str, tuple[str, str]] = {
    f"overdue.{unit}.{basis}.{when}": (text[0].format(b[0], w[0]), text[1].format(b[1], w[1]))
    for unit, text in _OVERDUE.items()
    for basis, b in _BASIS.items()
    for when, w in (*_WHEN.items(), ("month", _MONTH))
} | {
    "cash.received.before": ("Cash received of cash due, before", "应收款实收比例，项目前"),
    "cash.received.after": ("Cash received of cash due, now", "应收款实收比例，目前"),
    "days.contract.before": (
        "Days past due by the original contract, before",
        "逾期天数分布，按原合同，项目前",
    ),
    "days.contract.after": ("Days past due by the original contract, now", "逾期天数分布，按原合同，目前"),
    "days.plan.after": ("Days past due by the plan, now", "逾期天数分布，按新计划，目前"),
    "on_time": ("Instalments of the plan paid in time", "新计划按期还款比例"),
    "ended": ("Plans that have ended", "已终结的计划"),
    "cured.contract": (
        "Overdue accounts that are cured, by the original contract",
        "逾期账户恢复正常比例，按原合同",
    ),
    "cured.plan": ("Overdue accounts that are cured, by the plan", "逾期账户恢复正常比例，按新计划"),
    "recovered.total": ("Received since the programme began", "项目开始以来收回金额"),
    "recovered.part": ("What it went to", "收回金额构成"),
    "recovered.of_overdue": ("Of what was overdue, received since", "原逾期金额收回比例"),
    "redefault.default": ("Defaulted again, by month on book", "再次违约累计比例，按账龄月"),
    "redefault.paid_off": ("Paid off, by month on book", "已结清累计比例，按账龄月"),
    "redefault.settled": ("Settled, by month on book", "和解了结累计比例，按账龄月"),
    "redefault.left": ("Nothing of these, by month on book", "仍在履行比例，按账龄月"),
    "roll.contract": ("Roll rates by the original contract", "逾期迁徙率，按原合同"),
    "roll.plan": ("Roll rates by the plan", "逾期迁徙率，按新计划"),
    "credit.protected": (
        "Credit records: late by the contract, reported as less late",
        "信用记录受保护比例（按原合同逾期而少报或不报逾期）",
    ),
    "credit.known": ("Known whether credit was sought, by months after", "融资情况已知比例，按月数"),
    "credit.obtained": (
        "Of those who applied, obtained credit, by months after",
        "申请者中获得融资比例，按月数",
    ),
    "credit.refused": (
        "Of those who applied, refused credit, by months after",
        "申请者中被拒比例，按月数",
    ),
    "survey.response": ("Survey: took part", "问卷回收率"),
    "survey.answered": ("Survey: answered the question", "单题作答率"),
    "survey.satisfied": ("Survey: satisfied", "满意率"),
    "survey.mean": ("Survey: mean answer", "平均分"),
    "budget.plan": ("Budget: planned", "预算"),
    "budget.actual": ("Budget: spent", "支出"),
    "budget.forecast": ("Budget: forecast at the end", "预计总支出"),
    "budget.total_plan": ("Budget: planned in all", "预算合计"),
    "budget.total_actual": ("Budget: spent in all", "支出合计"),
    "budget.total_forecast": ("Budget: forecast at the end in all", "预计总支出合计"),
    "budget.cost_per_cured": (
        "Cost of each account cured by the original contract",
        "每个恢复正常账户（按原合同）的成本",
    ),
    "budget.return": (
        "Received less spent, over spent (without what would have come anyway)",
        "（收回金额－支出）÷支出（未扣除本可收回的部分）",
    ),
    "did.effect": ("Difference in differences of being overdue", "逾期率双重差分"),
    "did.cash": (
        "Difference in differences of cash received, an account",
        "户均实收金额双重差分",
    ),
    "did.treated.before": ("Overdue in the programme, before", "项目组逾期率，项目前"),
    "did.treated.after": ("Overdue in the programme, now", "项目组逾期率，目前"),
    "did.comparison.before": ("Overdue in the comparison group, before", "对照组逾期率，项目前"),
    "did.comparison.after": ("Overdue in the comparison group, now", "对照组逾期率，目前"),
    "did.trend": (
        "The same between earlier looks, from the day given on (near 0 where both went alike)",
        "项目前各时点间的双重差分，自所列日期起（趋势平行时接近0）",
    ),
    "did.matched": ("Accounts of the programme with a match", "项目组中匹配成功比例"),
    "did.balance.before": (
        "Standardised mean difference, before matching",
        "标准化均值差，匹配前",
    ),
    "did.balance.after": ("Standardised mean difference, after matching", "标准化均值差，匹配后"),
}
"""Names of figures, and what a person calls them."""

SECTIONS: tuple[tuple[str, str, str], ...] = (
    ("overdue", "Overdue before and now", "项目前后逾期情况"),
    ("month", "Overdue month by month", "各月末逾期情况"),
    ("cash", "Cash", "现金回收"),
    ("days", "Days past due", "逾期天数"),
    ("on_time", "Kept in time", "按期履约"),
    ("ended", "Ended", "终结"),
    ("cured", "Cured", "恢复正常"),
    ("recovered", "Recovered", "收回金额"),
    ("redefault", "Default again", "再次违约"),
    ("roll", "Roll rates", "迁徙率"),
    ("credit", "Credit", "信用与融资"),
    ("survey", "Survey", "满意度调查"),
    ("budget", "Budget", "预算执行"),
    ("did", "Beside a comparison group", "与对照组比较"),
)
"""Parts of figures' names, in the order of a report, and their headings."""


def section_of(name: str) -> str:
    """The section of a report that a figure stands in.

    Examples
    --------
    >>> section_of("overdue.count.plan.after"), section_of("overdue.count.plan.month")
    ('overdue', 'month')
    """
    parts = name.split(".")
    return "month" if parts[-1] == "month" else parts[0]


FLAGS: dict[str, tuple[str, str]] = {
    "small": ("few cases", "样本过少"),
    "missing": ("not known", "无法计算"),
    "not_given": ("not given", "未提供数据"),
}
"""What flags say."""

GROUPS: dict[str, tuple[str, str]] = {
    "paid_off": ("paid off", "已结清"),
    "settled": ("settled", "和解了结"),
    "written_off": ("written off", "已核销"),
    "costs": ("costs", "费用支出"),
    "fees": ("fees", "手续费"),
    "compound": ("interest on interest", "复利"),
    "penalty": ("penalty interest", "罚息"),
    "interest": ("interest", "利息"),
    "principal": ("principal", "本金"),
    "held": ("held for later", "预存待扣"),
    "before_plan": ("paid before the plan began", "计划开始前已还"),
}
"""Words of this program among the groups; ranges, questions and budget lines are called what they are."""
