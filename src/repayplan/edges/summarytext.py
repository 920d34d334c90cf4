"""The summary of a run as text, in English or Chinese."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from repayplan.basics.errors import Code
from repayplan.basics.errors import which as language_place
from repayplan.edges.summary import Money, Summary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repayplan.basics.errors import Language

_WORDS: dict[str, tuple[str, str]] = {
    "title": ("Policy: {policy}", "政策：{policy}"),
    "applicants": ("Applicants", "申请数"),
    "rejected": ("Rejected rows", "未受理的行"),
    "not_eligible": ("Not eligible", "不符合条件"),
    "eligible": ("Eligible", "符合条件"),
    "offered": ("Offered a plan", "可提供方案"),
    "infeasible": ("No affordable plan", "无可负担方案"),
    "why": ("because (one loan may have several reasons)", "原因（一笔可有多项）"),
    "lever": ("would become feasible by one change alone", "仅作以下一项调整即可行"),
    "extension": ("Extension", "展期"),
    "extension_text": (
        "median {median} months; {none} of {offered} need none",
        "中位数{median}个月；{offered}笔中{none}笔无需展期",
    ),
    "extended": ("of the {extended} extended", "其中展期的{extended}笔"),
    "extended_text": ("median {median} months, at most {most}", "中位数{median}个月，最长{most}个月"),
    "raised": ("Largest payment above the present instalment", "最高一期高于现每期还款"),
    "written": ("Written to {where}: {files}", "结果已写入{where}：{files}"),
    "again": ("The same again, or with a changed policy:", "重新计算，或修改政策后再算："),
    "before": ("Instalment before, a month", "调整前还款，按月折算"),
    "after": ("Instalment after (largest of the plan), a month", "调整后还款（最高一期），按月折算"),
    "median_total": ("median {median}, together {total}", "中位数{median}，合计{total}"),
    "interest": ("Interest under the plans", "方案利息合计"),
    "waived": ("Waived", "减免"),
    "breached": ("Living allowance breached", "突破最低生活保障"),
    "breached_text": ("{breached} (recounted from {rows} rows)", "{breached}（按{rows}行还款计划重新核对）"),
    "assumptions": ("Assumed, because the data do not say", "数据未提供、按下列假设处理"),
    "months": ("longer than the limit allows", "超出期限上限"),
    "rate": ("lower rate", "降低利率"),
    "income": ("higher income", "增加收入"),
    "gross_income": ("higher gross income", "增加税前收入"),
    "principal_reduction": ("principal reduction", "减免本金"),
    "down_payment": ("down payment", "首付还款"),
    "none": ("none", "无"),
}
LABELS = 60
"""Columns that the labels take."""
REASONS_IN_SHORT: dict[str, tuple[str, str]] = {
    Code.BELOW_ALLOWANCE: ("below the living allowance before paying anything", "还款前已低于最低生活保障"),
    Code.NO_CAPACITY: ("nothing left after living costs and other debts", "扣除生活费和其他债务后无余额"),
    Code.ABOVE_TARGET: ("costs above the share of income that may be paid", "支出超出收入中可用于还款的部分"),
    Code.OVER_CAPACITY: ("lowest instalment allowed is above capacity", "最低每期还款仍超出可负担额"),
    Code.OVER_TARGET: (
        "lowest instalment allowed is above the policy's target",
        "最低每期还款仍超出政策规定额",
    ),
    Code.NO_PLAN: ("no plan by the policy's methods and rounding repays", "按政策无法还清"),
    Code.TOO_LITTLE_REPAID: ("repays too little in the first months", "前期偿还本金过少"),
    Code.NO_PRINCIPAL: ("repays no principal for too long", "不还本金时间过长"),
    Code.LARGE_BALLOON: ("leaves too much until the end", "留待最后一期的本金过多"),
    Code.LIMIT_EXHAUSTED: ("extension limit used up", "展期额度已用完"),
    Code.LIMIT_SHARE: ("held by the share of the original term", "受原期限比例限制"),
    Code.LIMIT_EXTENSION_MONTHS: ("held by the cap on months of extension", "受展期月数上限限制"),
    Code.LIMIT_TOTAL_MONTHS: ("held by the cap on the total term", "受总期限上限限制"),
    Code.LIMIT_NEW_PLAN_MONTHS: ("held by the cap on the new plan's months", "受新计划月数上限限制"),
    Code.LIMIT_ORIGINAL_TERM: ("held by the extension for the original term", "受原期限分档展期上限限制"),
    Code.LIMIT_REGULATOR: ("held by the regulator's cap", "受监管期限上限限制"),
    Code.LIMIT_LAST_DATE: ("held by the last date", "受最后还款日限制"),
    Code.LIMIT_AGE: ("held by the age at maturity", "受到期年龄限制"),
    Code.LIMIT_DOMAIN: ("held by the longest plan there is", "受最长期数限制"),
}
"""What speaks against plans, by code, in a few words."""


def _word(language: Language, name: str, **figures: Any) -> str:
    return _WORDS[name][language_place(language)].format(**figures)


def text(summary: Summary, language: Language = "en") -> str:
    """The summary as lines for a person, English or Chinese (``zh``)."""
    which = language_place(language)
    word = partial(_word, language)

    def amount(value: Decimal | int | None) -> str:
        return word("none") if value is None else f"{value:,}"

    def money(value: Money) -> str:
        return word("median_total", median=amount(value.median), total=amount(value.total))

    s = summary
    lines = [word("title", policy=(s.policy, s.policy_zh)[which]), ""]
    lines.append(line(word("applicants"), f"{s.applicants:,}"))
    lines.append(line(word("rejected"), f"{s.rejected:,}", 2))
    lines += [line(code, f"{count:,}", 4) for code, count in s.rejected_by_code.items()]
    lines.append(line(word("not_eligible"), f"{s.not_eligible:,}", 2))
    lines.append(line(word("eligible"), f"{s.eligible:,}", 2))
    lines.append(line(word("offered"), f"{s.offered:,}", 4))
    lines += [line(name, f"{count:,}", 6) for name, count in s.methods.items() if len(s.methods) > 1]
    lines.append(line(word("infeasible"), f"{s.infeasible:,}", 4))
    if s.infeasible:
        lines.append(f"      {word('why')}:")
        short = {str(code): names[which] for code, names in REASONS_IN_SHORT.items()}
        lines += [line(short.get(code, code), f"{count:,}", 8) for code, count in s.reasons.items()]
        lines.append(f"      {word('lever')}:")
        lines += [line(word(name), f"{count:,}", 8) for name, count in s.relaxable.items()]
    lines.append("")
    if s.offered:
        figures = {"none": f"{s.offered - s.extended:,}", "offered": f"{s.offered:,}"}
        extension = word("extension_text", median=amount(s.extension_median), **figures)
        lines.append(line(word("extension"), extension))
        among = word("extended", extended=f"{s.extended:,}")
        if s.extended:
            longest = {"median": amount(s.extended_median), "most": s.extension_most}
            lines.append(line(among, word("extended_text", **longest), 2))
        lines.append(line(word("before"), money(s.before)))
        if s.extended:
            lines.append(line(among, money(s.extended_before), 2))
        lines.append(line(word("after"), money(s.after)))
        if s.extended:
            lines.append(line(among, money(s.extended_after), 2))
        lines.append(line(word("raised"), f"{s.raised:,}"))
        lines.append(line(word("interest"), amount(s.total_interest)))
        lines.append(line(word("waived"), amount(s.waived)))
    rows = word("breached_text", breached=f"{s.breached:,}", rows=f"{s.rows:,}")
    lines.append(line(word("breached"), rows))
    if s.assumptions:
        lines += ["", f"{word('assumptions')}:", *(f"- {sentence}" for sentence in s.assumptions)]
    return "\n".join(lines) + "\n"


def written(where: str, files: Sequence[str], language: Language, again: str = "") -> str:
    """Where the files are, and the command that makes them again."""
    said = _word(language, "written", where=where, files=", ".join(files))
    return f"{said}\n\n{_word(language, 'again')}\n  {again}" if again else said


def line(label: str, value: Any, indent: int = 0) -> str:
    """A label and what it says, in columns."""
    shown = " " * indent + label
    return f"{shown}{' ' * max(2, LABELS - width(shown))}{value}"


def width(label: str) -> int:
    """Columns on a terminal: a Chinese character takes two."""
    return sum(2 if ord(char) > 0x2E7F else 1 for char in label)
