"""What letters of a decision say beside its reasons."""

from __future__ import annotations

from dataclasses import dataclass

from repayplan.basics.errors import Language, which
from repayplan.offers.hardship import LONGEST_DAYS, one, said, tuple_of, whole


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
