"""Facts of an application for people: labels and figures as documents show them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import get_args

from repayplan.basics.errors import Language
from repayplan.edges.documents import Entry
from repayplan.edges.words import Figure, Unit, Words
from repayplan.offers.facts import fact_of
from repayplan.offers.reviewrules import ReviewRules
from repayplan.reviews.finding import fact_text, value_text

_COUNTS: dict[str, Unit] = {"days": "days", "months": "months", "payments": "instalments"}
_LANGUAGES: tuple[Language, ...] = get_args(Language)


def fact_label(rules: ReviewRules, name: str) -> Words:
    """What a fact is called at the head of a line.

    Examples
    --------
    >>> from repayplan import Policy
    >>> fact_label(Policy.example("consumer-review").review, "hardship").en
    'Reason for hardship'
    """
    en, zh = (fact_text(rules, name, language) for language in _LANGUAGES)
    plain = en.removeprefix("the ")
    return Words(plain[0].upper() + plain[1:], zh)


def fact_figure(rules: ReviewRules, name: str, value: object) -> Figure:
    """A fact's value with its unit; text, yes and no, and what isn't known in words.

    Examples
    --------
    >>> from repayplan import Policy
    >>> rules = Policy.example("consumer-review").review
    >>> [fact_figure(rules, "days_past_due", each).said("zh") for each in (40, None)]
    ['40天', '未知']
    """
    fact = fact_of(name)
    if isinstance(value, date):
        return Figure(value, "date")
    if isinstance(value, Decimal):
        kind = "number" if fact is None else fact.kind
        unit: Unit = "percent" if kind in ("rate", "share") else "money" if kind == "money" else "number"
        return Figure(value, unit)
    if isinstance(value, int) and not isinstance(value, bool):
        return Figure(value, "number" if fact is None else _COUNTS.get(fact.counts, "number"))
    en, zh = (value_text(rules, name, value, language) for language in _LANGUAGES)
    return Figure(Words(en, zh), "text")


def category_figure(name: str) -> Figure:
    """A category of spending, of income or of debts; one that isn't usual is shown as it is.

    Examples
    --------
    >>> category_figure("rent").said("zh"), category_figure("pets").said("zh")
    ('房租', 'pets')
    """
    return Figure(_CATEGORIES.get(name, name), "text")


_CATEGORIES = {
    "food": Words("food", "食品"),
    "clothing": Words("clothing", "衣着"),
    "utilities": Words("utilities", "水电燃气"),
    "transport": Words("transport", "交通"),
    "rent": Words("rent", "房租"),
    "medical": Words("medical care", "医疗"),
    "education": Words("education", "教育"),
    "childcare": Words("childcare", "育儿"),
    "insurance": Words("insurance", "保险"),
    "salary": Words("salary", "工资"),
    "pay": Words("pay", "工资"),
    "benefit": Words("benefit", "补助"),
    "pension": Words("pension", "养老金"),
}


def fact_entry(rules: ReviewRules, name: str, value: object) -> Entry:
    """A fact as a line."""
    return Entry(name, fact_label(rules, name), fact_figure(rules, name, value))
