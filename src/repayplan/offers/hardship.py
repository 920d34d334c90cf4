"""Reasons for hardship, and the evidence that each of them needs."""

from __future__ import annotations

from dataclasses import dataclass

from repayplan.ability.figures import one_text, texts
from repayplan.basics.errors import Code, InputError, Language, which
from repayplan.basics.writing import says_something

LONGEST_DAYS = 36_600


def whole(name: str, value: object, most: int) -> None:
    """InputError unless the value is a whole number from 0 to ``most``."""
    if value is None:
        raise InputError(Code.MISSING, name, None, "a whole number")
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise InputError(Code.OUT_OF_RANGE, name, value, f"a whole number from 0 to {most}")


def said(name: str, *values: object) -> None:
    """InputError unless the values are texts that say something."""
    for value in values:
        one_text(name, value)
        if not says_something(str(value)):
            raise InputError(Code.MISSING, name, value, "text")


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceKind:
    """A kind of document.

    Parameters
    ----------
    code
        What columns of evidence are called by.
    en, zh
        Its name in sentences.
    valid_days
        A document dated more days before the review is outdated; None: it doesn't become so.
    """

    code: str
    en: str
    zh: str
    valid_days: int | None = None

    def __post_init__(self) -> None:
        for key in ("code", "en", "zh"):
            said(f"evidence.{key}", getattr(self, key))
        if self.valid_days is not None:
            whole("evidence.valid_days", self.valid_days, LONGEST_DAYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceNeed:
    """One thing to be shown, by any of several kinds of evidence; several needs must all be met.

    Parameters
    ----------
    any_of
        Codes of kinds of evidence, one of which is enough.
    """

    any_of: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "any_of", texts("needs.any_of", self.any_of))
        if not self.any_of:
            raise InputError(Code.MISSING, "needs.any_of", self.any_of, "at least one kind of evidence")


@dataclass(frozen=True, slots=True, kw_only=True)
class HardshipReason:
    """Why a borrower can't pay as agreed.

    Parameters
    ----------
    code
        What applications call it.
    en, zh
        Its name in sentences.
    needs
        What must be shown; all of them.

    Examples
    --------
    Unemployment, shown by either of two documents, and what is lived on now:

    >>> HardshipReason(
    ...     code="unemployment",
    ...     en="Loss of employment",
    ...     zh="失业",
    ...     needs=(
    ...         EvidenceNeed(any_of=("dismissal", "unemployment_registration")),
    ...         EvidenceNeed(any_of=("bank_statement",)),
    ...     ),
    ... ).name("zh")
    '失业'
    """

    code: str
    en: str
    zh: str
    needs: tuple[EvidenceNeed, ...] = ()

    def __post_init__(self) -> None:
        for key in ("code", "en", "zh"):
            said(f"hardships.{key}", getattr(self, key))
        object.__setattr__(self, "needs", tuple_of("hardships.needs", self.needs, EvidenceNeed))

    def name(self, language: Language) -> str:
        """Its name in a language."""
        return (self.en, self.zh)[which(language)]


def tuple_of(name: str, values: object, kind: type) -> tuple[object, ...]:
    """A tuple of values of one class; InputError for anything else."""
    if not isinstance(values, (tuple, list)):
        raise InputError(Code.UNKNOWN_VALUE, name, values, f"a list of {kind.__name__}")
    for i, value in enumerate(values):
        one(f"{name}[{i}]", value, kind)
    return tuple(values)


def one(name: str, value: object, kind: type) -> None:
    """InputError unless the value is of a class."""
    if not isinstance(value, kind):
        raise InputError(Code.UNKNOWN_VALUE, name, value, f"{kind.__name__} is needed here")
