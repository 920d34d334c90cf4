"""Words in both languages, figures in their units, and sentences of both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal, get_args

from repayplan.basics.errors import Code, InputError, Language, which
from repayplan.basics.money import to_plain
from repayplan.basics.writing import says_something

Unit = Literal[
    "money", "percent", "date", "days", "months", "instalments", "number", "text", "choice", "blank"
]
_COUNTED = {
    "days": ("{} days", "{}天"),
    "months": ("{} months", "{}个月"),
    "instalments": ("{} instalments", "{}期"),
    "number": ("{}", "{}"),
}
_PLACES = 24
"""Decimals of a share that are shown, so that the product of a rate and an uplift is."""


@dataclass(frozen=True, slots=True)
class Words:
    """The same in both languages.

    Raises
    ------
    InputError
        One of them isn't text, or is empty.

    Examples
    --------
    >>> Words("Principal", "本金").said("zh")
    '本金'
    """

    en: str
    zh: str

    def __post_init__(self) -> None:
        for language in get_args(Language):
            text = getattr(self, language)
            if not isinstance(text, str) or not says_something(text):
                raise InputError(Code.MISSING, language, text, "text in English and in Chinese")

    def said(self, language: Language) -> str:
        """In one language."""
        return (self.en, self.zh)[which(language)]


@dataclass(frozen=True, slots=True)
class Figure:
    """A value and what it is counted in: shares are fractions (0.12), money is in the document's currency.

    What a person fills in by hand is ``"blank"``, and ``"choice"`` what they choose from.
    """

    value: Decimal | int | date | Words | str
    unit: Unit

    def said(self, language: Language, currency: str = "") -> str:
        """For a person.

        Examples
        --------
        >>> Figure(Decimal("0.08262"), "percent").said("en"), Figure(24, "instalments").said("zh")
        ('8.262 %', '24期')
        >>> Figure(1, "days").said("en"), Figure(2, "days").said("en")
        ('1 day', '2 days')
        """
        value, place = self.value, which(language)
        if isinstance(value, Words):
            return value.said(language)
        if isinstance(value, date):
            return f"{value.year}年{value.month}月{value.day}日" if place else value.isoformat()
        if self.unit in _COUNTED:
            said = _COUNTED[self.unit][place].format(f"{value:,}")
            return said.removesuffix("s") if value == 1 else said
        if isinstance(value, Decimal) and self.unit == "percent":
            shown = to_plain(int(Fraction(value) * 10**_PLACES), _PLACES - 2)
            return f"{shown:f}%" if place else f"{shown:f} %"
        if self.unit == "blank":
            return "_" * _LINE
        return f"{value:,f} {currency}".rstrip() if isinstance(value, Decimal) else str(value)


_LINE = 12
BLANK = Figure("", "blank")
"""A place that a person fills in by hand: nothing that is known is ever one."""


def sentence(en: str, zh: str, currency: str = "", **figures: Figure) -> Words:
    """A sentence with figures in it, written as they are anywhere else in a document.

    Examples
    --------
    >>> due = Figure(date(2026, 3, 31), "date")
    >>> sentence("It falls due on {due}.", "到期日为{due}。", due=due).said("zh")
    '到期日为2026年3月31日。'
    """

    def said(text: str, language: Language) -> str:
        return text.format(**{name: each.said(language, currency) for name, each in figures.items()})

    return Words(said(en, "en"), said(zh, "zh"))
