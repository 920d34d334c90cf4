"""What rules can ask about a case: facts by name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal, get_args

from repayplan.basics.errors import Language, which
from repayplan.basics.rulewords import UNITS, Unit

Kind = Literal["text", "number", "count", "money", "date", "flag", "rate", "share"]
"""What a fact is: see :class:`Fact`."""
KINDS: tuple[str, ...] = get_args(Kind)
NUMBERS = ("number", "count", "money", "rate", "share")


@dataclass(frozen=True, slots=True)
class Fact:
    """What a fact is called by people, and of what kind it is.

    Parameters
    ----------
    kind
        ``text``; ``number`` (up to 10^12, at most 6 decimals); ``count`` (whole, not negative); ``money``
        (currency units); ``date``; ``flag`` (true or false); ``rate`` (a year, 0.12 is 12 %); ``share``
        (0.10 is a tenth, at most 6 decimals).
    en, zh
        Its name in sentences.
    counts
        What a number counts, see :data:`~repayplan.basics.rulewords.UNITS`; as the kind says where it isn't
        said.
    """

    kind: Kind
    en: str
    zh: str
    counts: Unit = ""

    def name(self, language: Language) -> str:
        """Its name in a language."""
        return (self.en, self.zh)[which(language)]

    def unit(self, language: Language) -> str:
        """What its number counts, in words; empty of what is no number.

        Examples
        --------
        >>> FACTS["principal"].unit("en"), FACTS["elapsed"].unit("zh"), FACTS["region"].unit("en")
        ('currency units', '期', '')
        """
        return UNITS[self.counts or _UNIT.get(self.kind, "")][which(language)]


_UNIT: dict[Kind, Unit] = {"money": "amount", "rate": "fraction_yearly", "share": "fraction"}
WORDS: dict[str, dict[str, tuple[str, str]]] = {
    "last_plan": {
        "broken": ("broken", "已违约"),
        "completed": ("completed", "已履行完毕"),
        "cancelled": ("cancelled", "已取消"),
    },
    "frequency": {
        "monthly": ("monthly", "每月"),
        "bimonthly": ("bimonthly", "每两个月"),
        "quarterly": ("quarterly", "每季度"),
        "semi-annual": ("semi-annual", "每半年"),
        "annual": ("annual", "每年"),
        "semi-monthly": ("semi-monthly", "每月两次"),
        "fortnightly": ("fortnightly", "每两周"),
        "weekly": ("weekly", "每周"),
        "daily": ("daily", "每日"),
    },
    "tenure": {"owner": ("owner", "自有住房"), "tenant": ("tenant", "租房")},
    "first_stub": {"short": ("short", "短期"), "long": ("long", "长期")},
    "final_stub": {"short": ("short", "短期"), "long": ("long", "长期")},
}
"""What usual values of text are called in English and Chinese, by fact; others are shown as they are."""
APPLIED: dict[str, Fact] = {
    "hardship": Fact("text", "the reason for hardship", "困难原因"),
    "applied_on": Fact("date", "the date of the application", "申请日期"),
    "declared_income": Fact("money", "declared income a month", "申报月收入", "amount_monthly"),
    "evidenced_income": Fact("money", "evidenced income a month", "经证明的月收入", "amount_monthly"),
    "requested_instalment": Fact("money", "the instalment wished for", "希望的每期还款额"),
    "requested_months": Fact("count", "the months wished for", "希望的期限（月）", "months"),
    "requested_start": Fact("date", "the start wished for", "希望的开始日期"),
    "days_past_due": Fact("count", "days past due", "逾期天数", "days"),
    "earlier_plans": Fact("count", "earlier plans", "以往还款方案数", "plans"),
    "broken_plans": Fact("count", "earlier plans that were broken", "以往违约的方案数", "plans"),
    "last_plan": Fact("text", "how the last plan ended", "上一方案的结果"),
    "last_plan_ended": Fact("date", "the end of the last plan", "上一方案的结束日期"),
    "willing": Fact("flag", "willingness to pay", "还款意愿"),
}
"""What an application says; a column of the same name beside the loans may say it instead."""
OF_LOAN: dict[str, Fact] = {
    "principal": Fact("money", "principal not yet due", "未到期本金"),
    "overdue_principal": Fact("money", "overdue principal", "逾期本金"),
    "overdue_interest": Fact("money", "overdue interest", "逾期利息"),
    "penalty": Fact("money", "penalty owed", "未付罚息"),
    "fees": Fact("money", "fees owed", "未付费用"),
    "accrued_interest": Fact("money", "accrued interest", "应计利息"),
    "balance": Fact("money", "the balance, overdue principal included", "本金余额（含逾期本金）"),
    "owed": Fact("money", "everything owed", "欠款总额"),
    "annual_rate": Fact("rate", "the annual rate", "年利率"),
    "rate_changes": Fact("flag", "a rate that changes over time", "利率随时间变动"),
    "spread": Fact("rate", "the spread above the index", "指数之上的利差"),
    "rate_anchor": Fact("date", "the date that the rate is fixed on", "利率确定日"),
    "original_term": Fact("count", "the original number of instalments", "原定期数", "payments"),
    "elapsed": Fact("count", "instalments elapsed", "已过期数", "payments"),
    "unpaid": Fact("count", "instalments unpaid", "未还期数", "payments"),
    "months_extended": Fact("count", "months of extension so far", "已展期月数", "months"),
    "next_due": Fact("date", "the first due date of a new plan", "新方案首个到期日"),
    "start": Fact("date", "the date from which a new plan's interest runs", "新方案起息日"),
    "original_maturity": Fact("date", "the original maturity", "原到期日"),
    "last_due": Fact("date", "a last due date that is set", "指定的最后到期日"),
    "instalment": Fact("money", "the present instalment", "当前每期还款额"),
    "frequency": Fact("text", "the frequency of instalments", "还款频率"),
    "day_count": Fact("text", "the day count", "计息天数规则"),
    "first_stub": Fact("text", "the kind of first stub", "首期零头处理"),
    "final_stub": Fact("text", "the kind of final stub", "末期零头处理"),
    "currency": Fact("text", "the currency", "币种"),
    "decimals": Fact("count", "the currency's decimals", "币种小数位数", "places"),
    "status": Fact("text", "the loan's status", "贷款状态"),
}
"""What the loan says: its columns, and sums of them. ``status`` is the column of that name beside them."""
OF_STATUS = {"status": ("status", OF_LOAN["status"].zh)}
"""What a refusal because of the status calls that."""
OF_HOUSEHOLD: dict[str, Fact] = {
    "adults": Fact("count", "adults", "成年人数", "persons"),
    "children": Fact("count", "children", "子女数", "persons"),
    "dependants": Fact("count", "other dependants", "其他受供养人数", "persons"),
    "persons": Fact("count", "persons in the household", "家庭人数", "persons"),
    "region": Fact("text", "the region", "所在地区"),
    "tenure": Fact("text", "how the home is held", "住房情况"),
    "assessed": Fact("date", "the day of assessment", "评估日期"),
    "gross_income": Fact("money", "stated gross income a month", "申报的税前月收入", "amount_monthly"),
    "net_income": Fact("money", "net income a month", "月净收入", "amount_monthly"),
    "allowance": Fact("money", "the minimum living allowance a month", "每月最低生活费用", "amount_monthly"),
    "other_debts": Fact("money", "other debts a month", "其他债务月还款额", "amount_monthly"),
    "surplus": Fact("money", "what is left a month", "每月结余", "amount_monthly"),
    "spending": Fact("money", "declared spending a month", "申报月支出", "amount_monthly"),
}
"""What the household says, and what the policy's allowance and income rule make of it (``net_income``,
``allowance``, ``other_debts``, ``surplus``)."""
DERIVED: dict[str, Fact] = {
    "instalment_gap": Fact(
        "money",
        "the present instalment a month less what can be paid",
        "当前月还款额超出可承受金额的部分",
        "amount_monthly",
    ),
    "income_difference": Fact(
        "share",
        "the difference of declared and evidenced income, as a share of the larger",
        "申报收入与证明收入之差占较大者的比例",
    ),
    "income_used_difference": Fact(
        "share",
        "the difference of the net income that counts and evidenced income, as a share of the larger",
        "计入的净收入与经证明收入之差占较大者的比例",
    ),
    "spending_above_income": Fact(
        "money",
        "spending and other debts above net income, a month",
        "每月支出与其他债务超出净收入的部分",
        "amount_monthly",
    ),
    "spending_to_allowance": Fact(
        "share", "declared spending as a share of the allowance", "申报支出占最低生活费用的比例"
    ),
    "shared_documents": Fact(
        "count",
        "other applications with the same document",
        "使用同一证明文件的其他申请数",
        "applications",
    ),
    "repeated_documents": Fact(
        "count",
        "documents handed in as several kinds of evidence",
        "同一申请中用作多种证明的文件数",
        "documents",
    ),
    "days_since_plan": Fact("count", "days since the last plan ended", "上一方案结束以来的天数", "days"),
}
"""What is worked out from these."""
FACTS: dict[str, Fact] = APPLIED | OF_LOAN | OF_HOUSEHOLD | DERIVED
"""Every fact that has one name; :data:`FAMILIES` have as many as there are categories, ages and documents."""


@dataclass(frozen=True, slots=True)
class Family:
    """Facts of one sort, each named by what it is about.

    Parameters
    ----------
    name
        How the names are made: ``cost_<category>``.
    pattern
        What they match; its groups are the places of ``en`` and ``zh``.
    kind, en, zh, counts
        As of a :class:`Fact`.
    """

    name: str
    pattern: re.Pattern[str]
    kind: Kind
    en: str
    zh: str
    counts: Unit = ""

    def parts(self, name: str) -> tuple[str, ...]:
        """What a name is about; empty where it isn't one of these."""
        found = self.pattern.fullmatch(name)
        return found.groups() if found else ()


COST_OF = Family(
    "cost_<category>",
    re.compile("cost_(.+)"),
    "money",
    "declared spending a month on {0}",
    "申报的月支出（{0}）",
    "amount_monthly",
)
CHILDREN_AGED = Family(
    "children_<from>_to_<to>",
    re.compile("children_([0-9]{1,3})_to_([0-9]{1,3})"),
    "count",
    "children of {0} to {1} years",
    "{0}至{1}岁的子女数",
    "persons",
)
DATE_OF_EVIDENCE = Family(
    "evidence_<kind>",
    re.compile("evidence_(.+)"),
    "date",
    "the date of the document {0}",
    "证明材料{0}的日期",
)
FAMILIES: tuple[Family, ...] = (COST_OF, CHILDREN_AGED, DATE_OF_EVIDENCE)


def fact_of(name: str) -> Fact | None:
    """The fact of a name; None: a column of the user's own.

    Examples
    --------
    >>> fact_of("cost_rent").en, fact_of("children_0_to_5").zh, fact_of("channel")
    ('declared spending a month on rent', '0至5岁的子女数', None)
    """
    if name in FACTS:
        return FACTS[name]
    for each in FAMILIES:
        if parts := each.parts(name):
            return Fact(each.kind, each.en.format(*parts), each.zh.format(*parts), each.counts)
    return None


def close_to(name: str, further: Iterable[str] = ()) -> tuple[str, ...]:
    """The facts, and other names, that one which isn't known may have been meant for; the closest first.

    Examples
    --------
    >>> close_to("days_pst_due"), close_to("unpayed", ["payed"])
    (('days_past_due', 'last_due'), ('payed', 'unpaid'))
    """
    return tuple(get_close_matches(name, dict.fromkeys((*FACTS, *further)), 3))


def fact_name(name: str, language: Language) -> str:
    """How people call a fact; a column of the user's own by its name.

    Examples
    --------
    >>> fact_name("days_past_due", "en"), fact_name("channel", "zh")
    ('days past due', 'channel')
    """
    fact = fact_of(name)
    return name if fact is None else fact.name(language)
