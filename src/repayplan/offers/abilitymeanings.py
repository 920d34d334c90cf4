"""What each field of a policy's rules on ability to pay means, and what its number counts."""

from __future__ import annotations

from repayplan.basics.rulewords import Meaning, Meanings

_FIGURE: Meanings = {
    "covers": Meaning("Spending that it stands for", "所涵盖的支出类别"),
    "source": Meaning("Where the figures come from", "数据来源"),
    "effective": Meaning("Date from which they hold", "数据起始日期"),
}


def _figure(rule: str) -> Meanings:
    return {f"{rule}.{name}": meaning for name, meaning in _FIGURE.items()}


ABILITY: Meanings = {
    "Allowance.child_by_age": Meaning("For each child, by age", "按年龄分档的每名子女金额"),
    "Allowance.dependant": Meaning("For each other dependant", "其他每名被扶养人的金额", "amount_monthly"),
    "AgeBand.under": Meaning(
        "Children younger than so many; not set: all others",
        "适用于未满此岁数的子女；未设定即其余子女",
        "years",
    ),
    "AgeBand.each": Meaning("For each of them: an amount, or a share", "每名子女的金额或系数", "times"),
    "FixedAllowance.amount": Meaning("The amount", "金额", "amount"),
    "FixedAllowance.frequency": Meaning("How often it is needed", "金额所对应的周期"),
    **_figure("FixedAllowance"),
    "EquivalenceScale.base": Meaning("For a single adult", "单身成人的金额", "amount_monthly"),
    "EquivalenceScale.adult_share": Meaning("Weight of each further adult", "其他每名成人的系数", "times"),
    "EquivalenceScale.child_shares": Meaning("Weight of each child, by age", "按年龄分档的每名子女系数"),
    "EquivalenceScale.dependant_share": Meaning(
        "Weight of each other dependant", "其他每名被扶养人的系数", "times"
    ),
    **_figure("EquivalenceScale"),
    "IncomeBands.of": Meaning(
        "The income that it follows: net_income or gross_income",
        "所依据的收入：net_income（税后）或gross_income（税前）",
    ),
    "IncomeBands.bands": Meaning("What is needed, by bands of that income", "按收入分档的金额"),
    **_figure("IncomeBands"),
    "Band.above": Meaning("Income from which the band holds", "本档收入起点", "amount_monthly"),
    "Band.base": Meaning("What is needed there", "起点处的金额", "amount_monthly"),
    "Band.share": Meaning("Part of all income above that", "超出部分的比例", "fraction"),
    "Multiple.multiple_of": Meaning("The rule that is multiplied", "被乘的标准"),
    "Multiple.times": Meaning("It is taken so many times", "倍数", "times"),
    "SumOf.sum_of": Meaning("Rules that are added", "相加的各项标准"),
    "GreaterOf.greater_of": Meaning("Rules of which the greatest holds", "取其最高者的各项标准"),
    "LesserOf.lesser_of": Meaning("Rules of which the least holds", "取其最低者的各项标准"),
    "ByRegion.by_region": Meaning("The rule of each region", "各地区的标准"),
    "Regional.regions": Meaning("Regions for which it is", "适用地区"),
    "Regional.allowance": Meaning("The rule there", "该地区的标准"),
    "ByDate.by_date": Meaning("Rules, each from its date on", "各自自其起始日期起适用的标准"),
    "IncomeRule.evidence": Meaning(
        "What counts of income that was checked: declared, verified or lesser",
        "已核实收入的取值：declared（申报额）、verified（核实额）或lesser（两者较低者）",
    ),
    "IncomeRule.haircuts": Meaning("Parts of variable income that aren't counted", "浮动收入不予计入的部分"),
    "Haircut.category": Meaning("Of income", "收入类别"),
    "Haircut.share": Meaning("Part that isn't counted", "不予计入的比例", "fraction"),
    "Guideline.allowance": Meaning("The guideline figure", "参考标准"),
    "Guideline.above": Meaning(
        "Spending that is more: allow, cap or question",
        "支出高于标准时：allow（照计）、cap（按标准计）或question（照计并询问）",
    ),
    "Guideline.below": Meaning(
        "Spending that is less: declared or guideline",
        "支出低于标准时：declared（按申报额）或guideline（按标准）",
    ),
    "PaymentTarget.share": Meaning("Part of income that may be paid", "可用于还款的收入比例", "fraction"),
    "PaymentTarget.of": Meaning(
        "Income that it is a part of: gross_income or net_income",
        "所依据的收入：gross_income（税前）或net_income（税后）",
    ),
    "PaymentTarget.less": Meaning("Costs that are paid out of it", "从中支付的支出类别"),
    "PaymentTarget.alone": Meaning(
        "Whether it may be paid whatever is left to live on; otherwise never more than is left",
        "是否不论生活结余均可支付；否则不超过结余",
    ),
    "CreditorRule.pro_rata": Meaning(
        "By what other debts share what is left: balance or instalment; not set: paid in full first",
        "非优先债务分享结余的比例依据：balance（欠款额）或instalment（月还款额）；未设定即先全额支付",
    ),
    "CreditorRule.priority_arrears_months": Meaning(
        "Over how many months arrears of debts with priority are made up; not set: refused",
        "优先债务的拖欠款分多少个月补足；未设定即不受理",
        "months",
    ),
    "Outlook.stress": Meaning("Part by which income is taken to be less", "收入下调的比例", "fraction"),
    "Outlook.uprating": Meaning(
        "Part by which guideline figures rise a year", "标准每年上调的比例", "fraction"
    ),
    "Outlook.uprated_from": Meaning("When they rise for the first time", "首次上调日期"),
}
"""By the name of a dataclass and its field."""
