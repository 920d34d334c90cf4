"""What a review finds: each thing that speaks against an approval, in words and with its figures."""

from __future__ import annotations

from dataclasses import dataclass

from repayplan.basics.errors import Code, Language, which
from repayplan.offers.facts import fact_name
from repayplan.offers.reviewrules import ReviewRule, ReviewRules


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
    def of_rule(cls, rules: ReviewRules, rule: ReviewRule, value: object) -> Finding:
        """A rule of the policy's that holds for a value."""
        reason, limit = rules.reason(rule.reason), rule.limit
        return cls(
            code=reason.code,
            effect=rule.effect,
            field=rule.field,
            value=value,
            limit=limit,
            en=reason.text("en", value, limit),
            zh=reason.text("zh", value, limit),
            internal=reason.internal,
        )

    @classmethod
    def of_unknown(cls, rule: ReviewRule, fact: str) -> Finding:
        """A fact for want of which a rule can't be judged. That it is wanted may be told."""
        return cls(
            code=Code.MISSING.value,
            effect=rule.when_missing,
            field=fact,
            value=None,
            limit="",
            en=Code.MISSING.text("en", field=fact_name(fact, "en")),
            zh=Code.MISSING.text("zh", field=fact_name(fact, "zh")),
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
