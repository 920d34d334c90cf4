"""What a review finds: each thing that speaks against an approval, in words and with its figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from repayplan.basics.errors import Code, Language, which
from repayplan.offers.condition import Condition
from repayplan.offers.facts import DATE_OF_EVIDENCE, WORDS, fact_name
from repayplan.offers.reviewrules import ReviewRule, ReviewRules

LANGUAGES: tuple[Language, ...] = get_args(Language)
_PLAIN: dict[object, tuple[str, str]] = {
    None: ("not known", "未知"),
    True: ("yes", "是"),
    False: ("no", "否"),
}
_BETWEEN, _COMMA = (" to ", "至"), (", ", "、")


def value_text(rules: ReviewRules, name: str, value: object, language: Language) -> str:
    """A fact as people say it: yes and no, the policy's reasons for hardship and usual words by their names.

    Examples
    --------
    >>> from repayplan import Policy
    >>> rules = Policy.example("consumer-review").review
    >>> [value_text(rules, "last_plan", value, "zh") for value in ("broken", "other", None)]
    ['已违约', 'other', '未知']
    """
    if value is None or isinstance(value, bool):
        return _PLAIN[value][which(language)]
    if name == "hardship":
        named = (reason.name(language) for reason in rules.hardships if reason.code == value)
        return next(named, str(value))
    words = WORDS.get(name, {}).get(str(value))
    return str(value) if words is None else words[which(language)]


def fact_text(rules: ReviewRules, name: str, language: Language) -> str:
    """How people call a fact; the date of a document by the policy's name of it.

    Examples
    --------
    >>> from repayplan import Policy
    >>> rules = Policy.example("consumer-review").review
    >>> fact_text(rules, "evidence_payslip", "zh"), fact_text(rules, "surplus", "zh")
    ('证明材料工资单的日期', '每月结余')
    """
    for code in DATE_OF_EVIDENCE.parts(name):
        titles = DATE_OF_EVIDENCE.en, DATE_OF_EVIDENCE.zh
        return titles[which(language)].format(rules.evidence_names((code,), language))
    return fact_name(name, language)


def limit_text(rules: ReviewRules, rule: Condition, language: Language, other: object = None) -> str:
    """What a condition holds a fact against, as people say it: values, or the other fact's.

    Examples
    --------
    >>> from repayplan import Policy
    >>> rules = Policy.example("consumer-review").review
    >>> late = Condition(field="days_past_due", comparison="between", value=[91, 360])
    >>> limit_text(rules, late, "en"), limit_text(rules, late, "zh")
    ('91 to 360', '91至360')
    """
    if rule.other is not None:
        return value_text(rules, rule.other, other, language)
    said = [value_text(rules, rule.field, value, language) for value in rule.wanted]
    return (_BETWEEN if rule.comparison == "between" else _COMMA)[which(language)].join(said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that speaks against an approval, with the figures behind it.

    Attributes
    ----------
    code
        Of the policy's own reason; ``missing``, ``evidence_missing`` or ``evidence_outdated``
        (:class:`~repayplan.Code`).
    effect
        What it makes of the application: ``decline``, ``needs_evidence`` or ``needs_person``.
    field
        The fact; of evidence ``evidence.`` and the kinds that would do.
    value, limit
        The figure found, and what it is held against (text).
    en, zh
        The sentence.
    internal
        It isn't told to the applicant.
    """

    code: str
    effect: str
    field: str
    value: object
    limit: str
    en: str
    zh: str
    internal: bool

    def text(self, language: Language = "en") -> str:
        """The sentence for a person."""
        return (self.en, self.zh)[which(language)]

    @classmethod
    def of_rule(cls, rules: ReviewRules, rule: ReviewRule, value: object, other: object = None) -> Finding:
        """A rule of the policy's that holds for a value, and for that of the field it is compared with."""
        reason = rules.reason(rule.reason)
        en, zh = (
            reason.text(
                language,
                value_text(rules, rule.field, value, language),
                limit_text(rules, rule, language, other),
            )
            for language in LANGUAGES
        )
        return cls(
            code=reason.code,
            effect=rule.effect,
            field=rule.field,
            value=value,
            limit=rule.limit if rule.other is None else value_text(rules, rule.other, other, "en"),
            en=en,
            zh=zh,
            internal=reason.internal,
        )

    @classmethod
    def of_unknown(cls, rules: ReviewRules, rule: ReviewRule, fact: str) -> Finding:
        """A fact for want of which a rule can't be judged. That it is wanted may be told."""
        return cls(
            code=Code.MISSING.value,
            effect=rule.when_missing,
            field=fact,
            value=None,
            limit="",
            en=Code.MISSING.text("en", field=fact_text(rules, fact, "en")),
            zh=Code.MISSING.text("zh", field=fact_text(rules, fact, "zh")),
            internal=False,
        )

    @classmethod
    def of_evidence(
        cls, rules: ReviewRules, code: Code, kinds: tuple[str, ...], dated: str = "", earliest: str = ""
    ) -> Finding:
        """Evidence of any of these kinds that is missing, or outdated."""
        said = {"value": dated, "limit": earliest}
        return cls(
            code=code.value,
            effect="needs_evidence",
            field=f"evidence.{'|'.join(kinds)}",
            value=dated or None,
            limit=earliest,
            en=code.text("en", field=rules.evidence_names(kinds, "en"), **said),
            zh=code.text("zh", field=rules.evidence_names(kinds, "zh"), **said),
            internal=False,
        )
