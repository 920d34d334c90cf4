"""Reasons of a policy's own that rules of a review give."""

from __future__ import annotations

from dataclasses import dataclass
from string import Formatter

from repayplan.basics.errors import Code, InputError, Language, which
from repayplan.offers.hardship import LONGEST_DAYS, said, whole


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
