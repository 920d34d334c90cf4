"""The rules of a review: evidence, eligibility, who may decide, and what an applicant is told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from string import Formatter
from typing import Literal, get_args

from repayplan.ability.figures import SHARE_PLACES, decimal, each_once
from repayplan.basics.columns import RATE_DECIMALS
from repayplan.basics.errors import Code, InputError, Language, which
from repayplan.offers.condition import Condition
from repayplan.offers.facts import DATE_OF_EVIDENCE
from repayplan.offers.hardship import (
    LONGEST_DAYS,
    EvidenceKind,
    EvidenceNeed,
    HardshipReason,
    one,
    said,
    tuple_of,
    whole,
)

Effect = Literal["decline", "needs_evidence", "needs_person"]
EFFECTS: tuple[str, ...] = get_args(Effect)
"""What a rule that holds makes of an application, the strongest first."""
WhenMissing = Literal["decline", "needs_evidence", "needs_person", "passes"]
MOST_MONTHS = 1_200
PERCENT_PLACES = SHARE_PLACES - 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewReason:
    """A reason of the policy's own, in words.

    Parameters
    ----------
    code
        What rules, and decisions against a review's result, call it.
    en, zh
        The sentence; ``{value}`` and ``{limit}`` stand for the figure found and what it is held against.
    internal
        It stands in the opinion and not in what the applicant is told; only for what needs a person.
    reapply_after_days
        Whoever is refused for it may apply again after so many days; None: as the letter says.
    """

    code: str
    en: str
    zh: str
    internal: bool = False
    reapply_after_days: int | None = None

    def __post_init__(self) -> None:
        for key in ("code", "en", "zh"):
            said(f"reasons.{key}", getattr(self, key))
        if self.code in [code.value for code in Code]:
            rule = "a code of the package can't be a policy's"
            raise InputError(Code.DUPLICATE, "reasons.code", self.code, rule)
        if _places("reasons.en", self.en) != _places("reasons.zh", self.zh):
            rule = "the same places for figures in both languages"
            raise InputError(Code.UNKNOWN_VALUE, "reasons.zh", self.zh, rule)
        if not isinstance(self.internal, bool):
            raise InputError(Code.UNKNOWN_VALUE, "reasons.internal", self.internal, "true or false")
        if self.reapply_after_days is not None:
            whole("reasons.reapply_after_days", self.reapply_after_days, LONGEST_DAYS)

    def text(self, language: Language, value: object = None, limit: object = None) -> str:
        """The sentence with its figures."""
        return (self.en, self.zh)[which(language)].format(value=value, limit=limit)

    @property
    def has_figures(self) -> bool:
        """Whether the sentence has places for figures."""
        return bool(_places("reasons.en", self.en))


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role of those who review and decide.

    Parameters
    ----------
    role
        What opinions and decisions call it.
    en, zh
        Its title.
    """

    role: str
    en: str
    zh: str

    def __post_init__(self) -> None:
        for key in ("role", "en", "zh"):
            said(f"roles.{key}", getattr(self, key))

    def title(self, language: Language) -> str:
        """Its title in a language."""
        return (self.en, self.zh)[which(language)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority(Role):
    """Up to where a role may decide.

    Parameters
    ----------
    role, en, zh
        As of a :class:`Role`.
    largest_amount
        Currency units; of everything that is owed.
    longest_extension_months
        Months beyond the present maturity.
    deepest_concession
        What may be given up, as a share of what is owed: waived and forgiven, and interest that a holiday
        waives (``"0.10"``).
    may_override
        Whether it may decide against the result of a review, with a reason.
    largest_forbearance
        Percent of what is owed that may be put aside without interest until the last payment, principal and
        arrears (``"20"``); None: any.
    deepest_rate_cut
        By how much the annual rate may be lower than the contract's, as a fraction (``"0.05"``: five
        percentage points); None: by any.
    """

    largest_amount: Decimal
    longest_extension_months: int
    deepest_concession: Decimal
    may_override: bool
    largest_forbearance: Decimal | None = None
    deepest_rate_cut: Decimal | None = None

    def __post_init__(self) -> None:
        Role.__post_init__(self)
        bounds = (("largest_forbearance", 100, PERCENT_PLACES), ("deepest_rate_cut", 1, RATE_DECIMALS))
        for key, most, places in bounds:
            if (value := getattr(self, key)) is not None:
                bound = decimal(f"authority.{key}", value, most=most, places=places)
                object.__setattr__(self, key, bound)
        amount = decimal("authority.largest_amount", self.largest_amount)
        share = decimal("authority.deepest_concession", self.deepest_concession, most=1, places=SHARE_PLACES)
        object.__setattr__(self, "largest_amount", amount)
        object.__setattr__(self, "deepest_concession", share)
        whole("authority.longest_extension_months", self.longest_extension_months, MOST_MONTHS)
        if not isinstance(self.may_override, bool):
            raise InputError(Code.UNKNOWN_VALUE, "authority.may_override", self.may_override, "true or false")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """A text in both languages."""

    en: str
    zh: str

    def __post_init__(self) -> None:
        for key in ("en", "zh"):
            said(f"wording.{key}", getattr(self, key))

    def text(self, language: Language) -> str:
        """In a language."""
        return (self.en, self.zh)[which(language)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What a declined applicant is told beside the reasons.

    Parameters
    ----------
    reapply_after_days
        From the decision, where its reasons don't say more.
    rights
        The applicant's rights.
    appeal
        How to appeal.
    """

    reapply_after_days: int
    rights: tuple[Wording, ...]
    appeal: Wording

    def __post_init__(self) -> None:
        whole("letter.reapply_after_days", self.reapply_after_days, LONGEST_DAYS)
        object.__setattr__(self, "rights", tuple_of("letter.rights", self.rights, Wording))
        one("letter.appeal", self.appeal, Wording)


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


def _places(name: str, text: str) -> set[str]:
    """The places for figures in a sentence."""
    try:
        found = {place for _, place, spec, _ in Formatter().parse(text) if place is not None and not spec}
        specs = [spec for _, _, spec, _ in Formatter().parse(text) if spec]
    except ValueError:
        found, specs = {"?"}, []
    if specs or not found <= {"value", "limit"}:
        rule = "no other places than {value} and {limit}"
        raise InputError(Code.UNKNOWN_VALUE, name, text, rule)
    return found


def _shown_by(name: str, needs: tuple[EvidenceNeed, ...], kinds: Iterable[str]) -> None:
    """InputError where a need is for evidence of a kind that isn't known."""
    for i, need in enumerate(needs):
        for k, code in enumerate(need.any_of):
            _known(f"{name}[{i}].any_of[{k}]", code, kinds)


def _known(name: str, code: str, known: Iterable[str]) -> None:
    if code not in known:
        raise InputError(Code.UNKNOWN_VALUE, name, code, f"one of {', '.join(sorted(known))}")
