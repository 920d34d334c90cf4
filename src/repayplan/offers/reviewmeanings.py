"""What each field of a policy's review means, in English and Chinese, and what its number counts."""

from __future__ import annotations

from repayplan.basics.rulewords import Meaning, Meanings

_COMPARISONS = (
    "=、!=、<、<=、>、>=、in（属于）、not_in（不属于）、between（介于，含两端）、is_missing（缺失）"
)
_KINDS = (
    "text（文本）、number（数字）、count（整数）、money（金额）、date（日期）、flag（是否）、rate（利率）、"
    "share（比例）"
)
_CONDITION: Meanings = {
    "field": Meaning("Fact or column that is looked at", "所比较的事实或数据列"),
    "comparison": Meaning("How it is compared", f"比较方式：{_COMPARISONS}"),
    "value": Meaning("What it is compared with, one value or a list", "比较的值，一个或多个"),
    "other": Meaning(
        "Instead of a value: the fact or column it is compared with", "所比较的另一事实或数据列（代替比较值）"
    ),
    "kind": Meaning("What a column of one's own holds", f"自有数据列的类型：{_KINDS}"),
}
_ROLE: Meanings = {
    "role": Meaning("What opinions and decisions call it", "角色代码"),
    "en": Meaning("Its title in English", "英文名称"),
    "zh": Meaning("Its title in Chinese", "中文名称"),
}


def _named(what: str, called: str) -> Meanings:
    return {
        "code": Meaning(f"What {what} is called by", f"{called}代码"),
        "en": Meaning("In English", f"{called}的英文表述"),
        "zh": Meaning("In Chinese", f"{called}的中文表述"),
    }


def _of(rule: str, *parts: Meanings) -> Meanings:
    return {f"{rule}.{name}": meaning for part in parts for name, meaning in part.items()}


REVIEW: Meanings = {
    "ReviewRules.evidence": Meaning("Every kind of evidence", "证明材料种类"),
    "ReviewRules.needs": Meaning(
        "What every application must show, whatever its reason", "任何申请都须证明的事项"
    ),
    "ReviewRules.hardships": Meaning("Reasons for hardship that the programme knows", "认可的困难原因"),
    "ReviewRules.reasons": Meaning("The policy's own reasons", "政策自定的理由"),
    "ReviewRules.rules": Meaning("What becomes of applications for which a condition holds", "审查规则"),
    "ReviewRules.reviewers": Meaning("Roles that may give an opinion", "可出具审核意见的角色"),
    "ReviewRules.authority": Meaning("Who may decide, and up to where", "审批权限"),
    "ReviewRules.overrides": Meaning(
        "Reasons that a person may give for deciding against the result", "可据以作出与审查结果不同决定的理由"
    ),
    "ReviewRules.letter": Meaning("What a declined applicant is told", "对未获批准者的告知内容"),
    **_of("EvidenceKind", _named("evidence", "材料")),
    "EvidenceKind.valid_days": Meaning(
        "Dated more days before the review it is outdated; not set: never",
        "有效天数；未设定即长期有效",
        "days",
    ),
    "EvidenceNeed.any_of": Meaning("Kinds of evidence, one of which is enough", "任一即可的材料种类"),
    **_of("HardshipReason", _named("a reason for hardship", "困难原因")),
    "HardshipReason.needs": Meaning("What must be shown, all of it", "须全部证明的事项"),
    **_of("ReviewReason", _named("a reason", "理由")),
    "ReviewReason.internal": Meaning("Stands in the opinion, isn't told", "仅载入审核意见，不对外告知"),
    "ReviewReason.reapply_after_days": Meaning(
        "Whoever is refused for it may apply again after so many; not set: as the letter says",
        "因此被拒者多少天后可再次申请；未设定则依告知书",
        "days",
    ),
    **_of("Condition", _CONDITION),
    **_of("ReviewRule", _CONDITION),
    "ReviewRule.reason": Meaning("Code of the reason", "理由代码"),
    "ReviewRule.effect": Meaning(
        "decline, needs_evidence or needs_person",
        "后果：decline（不予批准）、needs_evidence（须补充材料）或needs_person（转人工）",
    ),
    "ReviewRule.when_missing": Meaning(
        "The effect where the fact isn't known; passes: none",
        "事实未知时的后果：decline（不予批准）、needs_evidence（须补充材料）、needs_person（转人工）或"
        "passes（通过）",
    ),
    "ReviewRule.only_if": Meaning("Further conditions that must hold too", "须同时满足的其他条件"),
    **_of("Role", _ROLE),
    **_of("Authority", _ROLE),
    "Authority.largest_amount": Meaning("Most that may be owed in all", "欠款总额上限", "amount"),
    "Authority.longest_extension_months": Meaning("Most months of extension", "展期上限", "months"),
    "Authority.deepest_concession": Meaning(
        "Most of what is owed that is given up", "减免占欠款的上限", "fraction"
    ),
    "Authority.may_override": Meaning(
        "May decide against the result of a review, with a reason", "可附理由作出与审查结果不同的决定"
    ),
    "Authority.largest_forbearance": Meaning(
        "Most principal and arrears put aside without interest, of what is owed; not set: any",
        "免息暂缓偿还的本金和拖欠款占欠款的上限；未设定则不限",
        "percent",
    ),
    "Authority.deepest_rate_cut": Meaning(
        "Most by which the annual rate is lowered (0.05: five percentage points); not set: any",
        "年利率下调幅度的上限（0.05即五个百分点）；未设定则不限",
        "fraction",
    ),
    "Letter.reapply_after_days": Meaning(
        "When to apply again, unless a reason says more", "多少天后可再次申请，理由另有规定的从其规定", "days"
    ),
    "Letter.rights": Meaning("The applicant's rights", "申请人的权利"),
    "Letter.appeal": Meaning("How to appeal", "申诉途径"),
    "Wording.en": Meaning("In English", "英文"),
    "Wording.zh": Meaning("In Chinese", "中文"),
}
"""By the name of a dataclass and its field."""
