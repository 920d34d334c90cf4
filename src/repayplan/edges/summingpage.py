"""The summing-up of a programme as one page of HTML with its pictures (extra ``plot``)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from html import escape
from io import StringIO

import numpy as np

from repayplan.basics.errors import Language
from repayplan.edges.evaluationplots import plot_comparison, plot_overdue, plot_redefault, plot_roll_rates
from repayplan.edges.frames import need
from repayplan.edges.plotfonts import Font
from repayplan.edges.plotparts import Axes
from repayplan.edges.programmeplots import plot_budget, plot_timetable
from repayplan.edges.programmesheet import programme_document
from repayplan.edges.summingup import summing_up
from repayplan.edges.words import Words
from repayplan.programmes.evaluation import Evaluation
from repayplan.programmes.timetable import Timetable

_INCHES = (7.2, 4.0)
_CAPTIONS = {
    "timetable": Words("The programme by its dates", "各阶段时间安排"),
    "count": Words("Overdue accounts by month, before and since", "各月末逾期账户占比，项目前后"),
    "balance": Words("The same by money", "各月末逾期金额占比，项目前后"),
    "redefault": Words("Defaulted again by month on book", "按账龄月的再次违约累计比例"),
    "contract": Words("Roll rates by the original contract", "逾期迁徙率，按原合同"),
    "plan": Words("Roll rates by the plan", "逾期迁徙率，按新计划"),
    "budget": Words("Budget: planned, spent, forecast", "预算、支出与预计总支出"),
    "did": Words("Overdue in the programme and in the comparison group", "项目组与对照组的逾期率"),
}
Drawing = Callable[..., Axes]


def summing_up_page(
    evaluation: Evaluation,
    *,
    programme: str | Words,
    currency: str,
    language: Language = "en",
    timetable: Timetable | None = None,
    words: Mapping[str, Words] | None = None,
    font: Font | None = None,
) -> str:
    """What the programme achieved, as one page of HTML: the tables of :func:`summing_up`, and pictures.

    The page needs nothing from elsewhere and runs no script: pictures are drawn into it, letters as shapes.
    The same evaluation makes the same page.

    Parameters
    ----------
    evaluation, programme, currency, words
        As of :func:`summing_up`.
    language
        ``"en"`` or ``"zh"``.
    timetable
        The programme by its dates, where these are to be there too.
    font
        A font file for the pictures, as of :func:`~repayplan.plot_schedule`.

    Raises
    ------
    InputError
        As of :func:`summing_up` and :func:`~repayplan.plot_schedule`.
    ImportError
        matplotlib isn't installed; the message names the extra.
    """
    document = summing_up(evaluation, programme=programme, currency=currency, words=words)
    if timetable is not None:
        dates = programme_document(timetable).sections[0]
        first = 2 if evaluation.goals else 1  # what it is about, and the goals
        sections = (*document.sections[:first], dates, *document.sections[first:])
        document = replace(document, sections=sections)
    pictures: dict[str, str] = {}
    for section, drawings in _drawings(evaluation, currency, timetable).items():
        made = (
            _picture(name, _CAPTIONS[name].said(language), partial(draw, language=language, font=font))
            for name, draw in drawings.items()
        )
        pictures[section] = "\n".join(made)
    return document.html(language, pictures=pictures)


def _drawings(
    evaluation: Evaluation, currency: str, timetable: Timetable | None
) -> dict[str, dict[str, Drawing]]:
    """What there is something to draw of, by section."""
    found: dict[str, dict[str, Drawing]] = {}
    if timetable is not None:
        found["timetable"] = {"timetable": partial(plot_timetable, timetable)}
    known = {
        each.name.split(".")[1] for each in evaluation.figures if each.name.endswith(".month") and each.n
    }
    found["month"] = {
        unit: partial(plot_overdue, evaluation, unit) for unit in ("count", "balance") if unit in known
    }
    if evaluation.redefault.at_risk.shape[1]:
        found["redefault"] = {"redefault": partial(plot_redefault, evaluation.redefault)}
    few = evaluation.rule.small_cell
    found["roll"] = {
        basis: partial(plot_roll_rates, rolls, small_cell=few)
        for basis, rolls in evaluation.rolls.items()
        if np.any(rolls.count)
    }
    if evaluation.budget is not None:
        found["budget"] = {"budget": partial(plot_budget, evaluation.budget, currency=currency)}
    if evaluation.compared is not None:
        found["did"] = {"did": partial(plot_comparison, evaluation)}
    return {section: drawings for section, drawings in found.items() if drawings}


def _picture(name: str, caption: str, draw: Drawing) -> str:
    """A picture as a part of a page, with ids that are its own."""
    figure = need("matplotlib.figure", "plot").Figure(figsize=_INCHES, layout="constrained")
    draw(ax=figure.subplots())
    text = StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None}, transparent=True)
    svg = text.getvalue()
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    ids = dict.fromkeys(re.findall(r'\bid="([^"]+)"', svg))
    new = {old: f"{name}-{k}" for k, old in enumerate(ids)}
    svg = re.sub(r'\bid="([^"]+)"', lambda found: f'id="{new[found[1]]}"', svg)
    svg = re.sub(r'(url\(#|href="#)([^)"]+)', lambda found: found[1] + new[found[2]], svg)
    said = escape(caption)
    svg = re.sub(r' width="[^"]*"', "", re.sub(r' height="[^"]*"', "", svg, count=1), count=1)
    svg = svg.replace("<svg", f'<svg role="img" aria-label="{said}"', 1).strip()
    return f"<figure>{svg}<figcaption>{said}</figcaption></figure>"
