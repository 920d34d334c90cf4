"""What a review found, as a table, and the facts that it looked at."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from repayplan.edges.decisionwords import EFFECTS, LANGUAGES, WORDS
from repayplan.edges.documents import Section, Table
from repayplan.edges.factfigures import fact_entry, fact_figure
from repayplan.edges.words import Figure, Words
from repayplan.offers.reviewrules import Effect
from repayplan.reviews.assessment import Review
from repayplan.reviews.finding import Finding


def findings_section(review: Review) -> Section:
    """Every finding, the strongest first, with its figure and what that is held against."""
    names = ("effect", "finding", "figure", "limit", "told")
    rows = tuple(
        (
            Figure(EFFECTS[_effect(each)], "text"),
            Figure(Words(each.en, each.zh), "text"),
            _found(review, each),
            _held_against(review, each),
            Figure(WORDS["no" if each.internal else "yes"], "text"),
        )
        for each in review.findings
    )
    if not rows:
        return Section(name="findings", heading=WORDS["findings"], notes=(WORDS["nothing_found"],))
    table = Table(names, tuple(WORDS[name] for name in names), rows)
    return Section(name="findings", heading=WORDS["findings"], table=table)


def _effect(finding: Finding) -> Effect:
    return finding.effect  # type: ignore[return-value]


def _found(review: Review, finding: Finding) -> Figure:
    """The figure found."""
    if finding.value is None:
        return Figure(WORDS["none"], "text")
    return _said(review, finding.field, (_day(finding.value),))


def _held_against(review: Review, finding: Finding) -> Figure:
    """What the figure is held against, in the same unit; of two bounds both."""
    for rule in review.rules.rules:
        if (rule.reason, rule.field, rule.other) == (finding.code, finding.field, None) and rule.wanted:
            between = rule.comparison == "between"
            return _said(review, rule.field, rule.wanted, _BETWEEN if between else _COMMA)
    return (
        _said(review, finding.field, (_day(finding.limit),))
        if finding.limit
        else Figure(WORDS["none"], "text")
    )


_BETWEEN, _COMMA = (" to ", "至"), (", ", "、")


def _said(review: Review, name: str, values: Iterable[object], joined: tuple[str, str] = _COMMA) -> Figure:
    """Figures of a fact as text, for a column that holds several units."""
    figures = [fact_figure(review.rules, name, value) for value in values]
    currency = review.policy.currency
    texts = (
        between.join(each.said(language, currency) for each in figures)
        for between, language in zip(joined, LANGUAGES, strict=True)
    )
    return Figure(Words(*texts), "text")


def _day(value: object) -> object:
    """A day that a finding holds as text."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return value


def facts_section(review: Review) -> Section:
    """Every fact that the review looked at."""
    entries = tuple(fact_entry(review.rules, name, value) for name, value in review.facts.items())
    notes = () if entries else (WORDS["no_facts"],)
    return Section(name="facts", heading=WORDS["facts"], notes=notes, entries=entries)
