"""A code with the figures behind it: why a decision is what it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as its

from repayplan.basics.errors import Code, Language, which
from repayplan.basics.visible import visible


@dataclass(frozen=True, slots=True)
class Reason:
    """One machine-readable reason with the figures behind it.

    Parameters
    ----------
    code
        Why.
    field
        What it is about.
    value, limit
        The figure found, and the one it was held against (money as Decimal).
    names
        What names among these are called by people, in English and Chinese; no part of what makes two reasons
        equal.

    Examples
    --------
    >>> Reason(Code.LIMIT_EXTENSION_MONTHS, "instalments", value=40, limit=36).text()
    'the cap on months of extension limits the plan to 36 instalments'
    >>> called = {"guarantor": ("the guarantor's", "保证人")}
    >>> Reason(Code.CONSENT_MISSING, "guarantor", names=called).text("zh")
    '缺少书面同意：保证人'
    """

    code: Code
    field: str
    value: object = None
    limit: object = None
    names: Mapping[str, tuple[str, str]] = its(default_factory=dict, repr=False, compare=False)

    def text(self, language: Language = "en") -> str:
        """The sentence for a person."""
        figures = (called(each, self.names, language) for each in (self.field, self.value, self.limit))
        name, value, limit = (visible(each) if isinstance(each, str) else each for each in figures)
        return self.code.text(language, field=str(name), value=value, limit=limit)


def called(figure: object, names: Mapping[str, tuple[str, str]], language: Language) -> object:
    """A figure, or a list of names with commas between, with these as people call them.

    Examples
    --------
    >>> called("signed, b", {"signed": ("signed", "签约")}, "zh")
    '签约、b'
    """
    if not names or not isinstance(figure, str):
        return figure
    place = which(language)
    each = [names[part][place] if part in names else part for part in figure.split(", ")]
    return (", ", "、")[place].join(each)
