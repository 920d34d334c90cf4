"""The rules of a review: evidence, eligibility, who may decide, and what an applicant is told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from repayplan.ability.figures import each_once
from repayplan.basics.errors import Code, InputError, Language, which
from repayplan.offers.condition import Condition
from repayplan.offers.facts import DATE_OF_EVIDENCE
from repayplan.offers.hardship import EvidenceKind, EvidenceNeed, HardshipReason, one, said, tuple_of
from repayplan.offers.letterrules import Letter
from repayplan.offers.reviewreason import ReviewReason
from repayplan.offers.roles import Authority, Role

Effect = Literal["decline", "needs_evidence", "needs_person"]
EFFECTS: tuple[str, ...] = get_args(Effect)
"""What a rule that holds makes of an application, the strongest first."""
WhenMissing = Literal["decline", "needs_evidence", "needs_person", "passes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRule(Condition):
    """What becomes of applications for which a condition holds.

    Parameters
    ----------
    reason
        Code of a :class:`ReviewReason`.
    effect
        ``decline``, ``needs_evidence`` or ``needs_person``.
    when_missing
        The effect where the fact isn't known, so that the rule can't be judged; ``passes``: none.
    only_if
        Further conditions, all of which must hold too.

    Examples
    --------
    >>> rule = ReviewRule(
    ...     field="days_past_due", comparison=">", value=90, reason="too_late", effect="decline"
    ... )
    >>> rule.effect, rule.when_missing
    ('decline', 'needs_evidence')
    """

    reason: str
    effect: Effect
    when_missing: WhenMissing = "needs_evidence"
    only_if: tuple[Condition, ...] = ()

    def __post_init__(self) -> None:
        Condition.__post_init__(self)
        said("rules.reason", self.reason)
        for key, allowed in (("effect", EFFECTS), ("when_missing", get_args(WhenMissing))):
            if getattr(self, key) not in allowed:
                rule = f"one of {', '.join(allowed)}"
                raise InputError(Code.UNKNOWN_VALUE, f"rules.{key}", getattr(self, key), rule)
        object.__setattr__(self, "only_if", tuple_of("rules.only_if", self.only_if, Condition))

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """All conditions that must hold, its own first."""
        return (self, *self.only_if)


_LISTS = {
    "evidence": EvidenceKind,
    "needs": EvidenceNeed,
    "hardships": HardshipReason,
    "reasons": ReviewReason,
    "rules": ReviewRule,
    "reviewers": Role,
    "authority": Authority,
    "overrides": ReviewReason,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRules:
    """The section ``[review]`` of a policy.

    Parameters
    ----------
    evidence
        Every kind of evidence.
    needs
        What every application must show, whatever its reason.
    hardships
        The reasons for hardship that the programme knows, with the evidence that each needs.
    reasons, rules
        The policy's own reasons, and the rules that lead to them.
    reviewers
        Roles that may give an opinion.
    authority
        Who may decide, and up to where.
    overrides
        Reasons that a person may give for a decision against the result of a review, or one that no finding
        supports which may be told.
    letter
        What a declined applicant is told.

    Raises
    ------
    InputError
        A code is there twice, or isn't there where it is meant; an applicant would be declined without a
        reason that may be told.
    """

    evidence: tuple[EvidenceKind, ...]
    needs: tuple[EvidenceNeed, ...] = ()
    hardships: tuple[HardshipReason, ...]
    reasons: tuple[ReviewReason, ...]
    rules: tuple[ReviewRule, ...]
    reviewers: tuple[Role, ...]
    authority: tuple[Authority, ...]
    overrides: tuple[ReviewReason, ...] = ()
    letter: Letter

    def __post_init__(self) -> None:
        for key, kind in _LISTS.items():
            object.__setattr__(self, key, tuple_of(key, getattr(self, key), kind))
        one("letter", self.letter, Letter)
        for key in ("evidence", "hardships", "reasons", "overrides"):
            each_once(key, [item.code for item in getattr(self, key)], "each code once", ".code")
        for key in ("reviewers", "authority"):
            each_once(key, [each.role for each in getattr(self, key)], "each code once", ".role")
        kinds = {kind.code for kind in self.evidence}
        _shown_by("needs", self.needs, kinds)
        for i, hardship in enumerate(self.hardships):
            _shown_by(f"hardships[{i}].needs", hardship.needs, kinds)
        codes = {reason.code: reason for reason in self.reasons}
        for i, rule in enumerate(self.rules):
            _known(f"rules[{i}].reason", rule.reason, codes)
            if codes[rule.reason].internal and rule.effect != "needs_person":
                why = "what isn't told to applicants can only need a person"
                raise InputError(Code.UNKNOWN_VALUE, f"rules[{i}].effect", rule.effect, why)
            for k, condition in enumerate(rule.conditions):
                where = f"rules[{i}].only_if[{k - 1}]" if k else f"rules[{i}]"
                for asked, key in zip(condition.asked, ("field", "other"), strict=False):
                    for code in DATE_OF_EVIDENCE.parts(asked.field):
                        _known(f"{where}.{key}", code, kinds)
        for i, reason in enumerate(self.overrides):
            if reason.code in codes:
                raise InputError(Code.DUPLICATE, f"overrides[{i}].code", reason.code, "each code once")
            if reason.has_figures or reason.internal:
                why = "a person's reason has no places for figures, and is told"
                key = "internal" if reason.internal else "en"
                raise InputError(Code.UNKNOWN_VALUE, f"overrides[{i}].{key}", getattr(reason, key), why)

    def reason(self, code: str) -> ReviewReason:
        """The reason of a code, of a rule or of an override."""
        return next(reason for reason in (*self.reasons, *self.overrides) if reason.code == code)

    def kind(self, code: str) -> EvidenceKind:
        """The kind of evidence of a code."""
        return next(kind for kind in self.evidence if kind.code == code)

    def evidence_names(self, codes: tuple[str, ...], language: Language) -> str:
        """Kinds of evidence in words, one of which would do."""
        kinds = [self.kind(code) for code in codes]
        return (" or ", "或")[which(language)].join((kind.en, kind.zh)[which(language)] for kind in kinds)


def _shown_by(name: str, needs: tuple[EvidenceNeed, ...], kinds: Iterable[str]) -> None:
    """InputError where a need is for evidence of a kind that isn't known."""
    for i, need in enumerate(needs):
        for k, code in enumerate(need.any_of):
            _known(f"{name}[{i}].any_of[{k}]", code, kinds)


def _known(name: str, code: str, known: Iterable[str]) -> None:
    if code not in known:
        raise InputError(Code.UNKNOWN_VALUE, name, code, f"one of {', '.join(sorted(known))}")
