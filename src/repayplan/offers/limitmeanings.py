"""What each field of the rules on the longest plan means, and what its number counts."""

from __future__ import annotations

from repayplan.basics.rulewords import Meaning, Meanings

LIMIT: Meanings = {
    "ExtensionLimit.percent": Meaning(
        "Percent of the original term; of what, reading says", "占原期限的百分比，其含义见reading", "percent"
    ),
    "ExtensionLimit.reading": Meaning(
        "What may be at most that part: beyond_original_maturity (all that is added after the original "
        "maturity), total_term (the original term and all that is added) or new_plan (the new plan)",
        "受此比例限制的是：beyond_original_maturity（原到期日之后累计延长的期限）、total_term（原期限加全部展期）"
        "或new_plan（新计划的期限）",
    ),
    "ExtensionLimit.max_extension_months": Meaning(
        "Most from the original maturity to the new one", "原到期日至新到期日的最长期限", "months"
    ),
    "ExtensionLimit.max_total_months": Meaning(
        "Most of the original term and all extension together", "原期限与全部展期合计的最长期限", "months"
    ),
    "ExtensionLimit.max_new_plan_months": Meaning("Longest new plan", "新计划的最长期限", "months"),
    "ExtensionLimit.by_original_term": Meaning(
        "Most extension by tiers of the original term", "按原期限分档的展期上限"
    ),
    "ExtensionLimit.regulator": Meaning(
        "Cap on the new plan that isn't the lender's own", "监管规定的新计划期限上限"
    ),
    "ExtensionLimit.last_date": Meaning("No instalment falls due after this day", "最后还款日不得晚于此日"),
    "ExtensionLimit.age": Meaning(
        "Borrower's age when the last instalment falls due", "最后一期到期时借款人的年龄"
    ),
    "ExtensionLimit.earlier": Meaning(
        "When a loan that was restructured before may be again", "曾重组的贷款再次重组的条件"
    ),
    "ExtensionLimit.consents": Meaning(
        "Columns that say whether a written consent to an extension is there", "记载展期书面同意的数据列"
    ),
    "ExtensionLimit.consent_titles": Meaning(
        "What consents are called where people read of them", "书面同意的名称"
    ),
    "ConsentTitle.consent": Meaning("Column that says whether it is there", "记载该项同意的数据列"),
    "ConsentTitle.en": Meaning("Its title in English", "英文名称"),
    "ConsentTitle.zh": Meaning("Its title in Chinese", "中文名称"),
    "ExtensionLimit.reversible_months": Meaning(
        "So long the borrower may go back to the term before", "借款人可恢复原期限的期间", "months"
    ),
    "ExtensionTier.up_to_months": Meaning(
        "Longest original term that the tier is for; not set: every longer one",
        "本档适用的最长原期限；未设定即更长者均适用",
        "months",
    ),
    "ExtensionTier.percent": Meaning("Most extension, of the original term", "展期占原期限的上限", "percent"),
    "ExtensionTier.max_months": Meaning("Most extension", "展期上限", "months"),
    "RegulatorCap.months": Meaning("Longest new plan", "新计划的最长期限", "months"),
    "RegulatorCap.source": Meaning("Where it is written", "出处"),
    "AgeAtMaturity.years": Meaning("Oldest that the borrower may be then", "届时年龄上限", "years"),
    "AgeAtMaturity.born": Meaning("Columns with birth dates", "出生日期所在的数据列"),
    "AgeAtMaturity.of": Meaning(
        "Whose age counts: oldest or youngest", "以谁的年龄为准：oldest（最年长者）或youngest（最年轻者）"
    ),
    "EarlierRestructures.least_payments": Meaning(
        "Consecutive payments made since", "此前须连续还款的期数", "payments"
    ),
    "EarlierRestructures.least_months_between": Meaning(
        "Whole months from the last restructure", "距上次重组的最短间隔", "months"
    ),
    "EarlierRestructures.most": Meaning(
        "Restructures in any so many years, the new one among them",
        "期间内重组次数上限，含本次",
        "restructures",
    ),
    "EarlierRestructures.within_years": Meaning("The years in which they are counted", "计次的期间", "years"),
    "EarlierRestructures.most_ever": Meaning(
        "Restructures in all, the new one among them", "累计重组次数上限，含本次", "restructures"
    ),
    "EarlierRestructures.dates": Meaning(
        "Columns with the dates of earlier restructures", "历次重组日期所在的数据列"
    ),
}
"""By the name of a dataclass and its field."""
