"""Pictures of an evaluation by matplotlib (extra ``plot``): overdue by month, roll rates, default again."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from repayplan.ability.figures import one_of, one_rule, whole
from repayplan.basics.errors import Code, InputError, Language
from repayplan.edges.plotbars import days
from repayplan.edges.plotfonts import Font
from repayplan.edges.plotparts import Axes, Canvas, Floats, tenths
from repayplan.edges.plotstyle import INK, PALE, QUIET, SECOND
from repayplan.edges.words import Words
from repayplan.programmes.evaluation import Evaluation
from repayplan.programmes.figure import Figure
from repayplan.programmes.incidence import Incidence
from repayplan.programmes.labels import GROUPS
from repayplan.programmes.rolls import RollRates
from repayplan.programmes.standing import ENDS

_OVERDUE = {
    "date": Words("last day of the month", "月末"),
    "count": Words("overdue accounts (%)", "逾期账户占比（%）"),
    "balance": Words("overdue, by money (%)", "逾期金额占比（%）"),
    "began": Words("first plan", "首个新计划"),
    "few": Words("hollow: fewer than {}", "空心：少于{}"),
    "contract": Words("original contract", "按原合同"),
    "plan": Words("plan", "按新计划"),
    "cash": Words("cash received", "按实收"),
}
_BASES = {
    "contract": {"color": INK, "linestyle": "-", "marker": "o"},
    "plan": {"color": QUIET, "linestyle": ":", "marker": "^"},
    "cash": {"color": SECOND, "linestyle": "--", "marker": "s"},
}
_REDEFAULT = {
    "month": Words("month on book, and how many were at risk in it", "账龄月及当月初仍在履行的账户数"),
    "share": Words("share of plans (%)", "占全部计划比例（%）"),
    "default": Words("defaulted again", "再次违约"),
    "band": Words("its interval", "其置信区间"),
}
_ROLLS = {
    "accounts": Words("Accounts, % of those in the row", "账户数，占行的比例（%）"),
    "balance": Words("Outstanding, % of that in the row", "未还金额，占行的比例（%）"),
    "few": Words("(few)", "（少）"),
    "from": Words("at the end of a month", "月末"),
    "to": Words("a month later", "次月末"),
    **{name: Words(*GROUPS[name]) for name in ENDS},
}
_COMPARISON = {
    "date": Words("date", "日期"),
    "share": Words("overdue accounts (%)", "逾期账户占比（%）"),
    "treated": Words("in the programme", "项目组"),
    "pool": Words("comparison group", "对照组"),
    "began": _OVERDUE["began"],
}
_OTHERS = (("--", QUIET), (":", SECOND), ("-.", QUIET))
"""Lines of what competes with the first cause."""


def plot_overdue(
    evaluation: Evaluation,
    unit: Literal["count", "balance"] = "count",
    *,
    ax: Axes | None = None,
    language: Language = "en",
    font: Font | None = None,
) -> Axes:
    """The overdue rate on the last of each month, before the programme and since, by all three measures.

    Parameters
    ----------
    evaluation
        As :func:`~repayplan.evaluate` makes it.
    unit
        ``"count"``: of accounts; ``"balance"``: of money, which is what is outstanding, and by cash what fell
        due.
    ax, language, font
        As of :func:`~repayplan.plot_schedule`.

    Returns
    -------
    matplotlib's Axes: a line for each measure that there is a history for, with bars for the intervals and
    *n* in the legend; a mark is hollow where there are few. A line stands where the first plan began.

    Raises
    ------
    InputError
        As of :func:`~repayplan.plot_schedule`; another unit, or no month is over.
    ImportError
        As of :func:`~repayplan.plot_schedule`.
    """
    one_rule("evaluation", evaluation, Evaluation)
    one_of("unit", unit, ("count", "balance"))
    lines: dict[str, list[Figure]] = {}
    for basis in _BASES:
        name = f"overdue.{unit}.{basis}.month"
        known = [each for each in evaluation.figures if each.name == name and each.value is not None]
        if known:
            lines[basis] = known
    if not lines:
        raise InputError(Code.MISSING, "evaluation", str(evaluation.as_of), "a month that is over")
    canvas = Canvas.on(ax, _OVERDUE, language=language, currency=None, font=font)
    few = False
    for basis, figures in lines.items():
        style = _BASES[basis]
        x = days(np.array([each.group for each in figures], "datetime64[D]"))
        y, low, high = (_percent(figures, name) for name in ("value", "low", "high"))
        sizes = sorted({each.n for each in figures})
        n = f"{sizes[0]:,}" if len(sizes) == 1 else f"{sizes[0]:,}–{sizes[-1]:,}"
        said = f"{canvas.said(basis)} (n = {n})"
        canvas.axes.plot(x, y, label=said, linewidth=1.8, markersize=5, **style)
        reach = np.nan_to_num(np.array([y - low, high - y]))
        canvas.axes.errorbar(
            x, y, yerr=np.maximum(reach, 0), fmt="none", ecolor=style["color"], elinewidth=0.8, capsize=2
        )
        small = np.array(["small" in each.flags for each in figures])
        if small.any():
            few = True
            hollow = style | {"linestyle": "none", "markerfacecolor": "white", "markersize": 5}
            canvas.axes.plot(x[small], y[small], **hollow)
    _began(canvas, evaluation)
    if few:
        note = canvas.said("few").format(evaluation.rule.small_cell)
        canvas.axes.plot([], [], "o", color=INK, markerfacecolor="white", label=note)
    canvas.date_axis("date")
    canvas.legend(floor=0)
    canvas.percent_axis(unit)
    return canvas.axes


def plot_roll_rates(
    rolls: RollRates,
    *,
    by: Literal["accounts", "balance"] = "accounts",
    small_cell: int = 10,
    ax: Axes | None = None,
    language: Language = "en",
    font: Font | None = None,
) -> Axes:
    """From which range of days past due into which, from one month's end to the next.

    Parameters
    ----------
    rolls
        As :func:`~repayplan.roll_rates` finds them; of an evaluation ``rolls["plan"]``.
    by
        ``"accounts"``, or ``"balance"``: what was outstanding.
    small_cell
        A row of fewer steps of accounts is marked.
    ax, language, font
        As of :func:`~repayplan.plot_schedule`.

    Returns
    -------
    matplotlib's Axes: a cell for each pair in which somebody was, the darker the more; each row, with its
    *n*, is 100 % together.

    Raises
    ------
    InputError
        As of :func:`~repayplan.plot_schedule`; nobody was seen on two days one after the other.
    ImportError
        As of :func:`~repayplan.plot_schedule`.
    """
    one_rule("rolls", rolls, RollRates)
    one_of("by", by, ("accounts", "balance"))
    whole("small_cell", small_cell, 1, 1_000_000, "accounts")
    n, many = rolls.n, len(rolls.states) - len(ENDS)
    rows = [i for i in range(many) if n[i]]
    if not rows:
        raise InputError(Code.MISSING, "rolls", 0, "an account on two days one after the other")
    came = rolls.count.sum(axis=(0, 1)) > 0
    last = max(*rows, *(j for j in range(many) if came[j]), 0)
    columns = [j for j in range(len(rolls.states)) if came[j] or j <= last]
    canvas = Canvas.on(ax, _ROLLS, language=language, currency=None, font=font, also="".join(rolls.states))
    rate = (rolls.rate if by == "accounts" else rolls.rate_by_balance)[np.ix_(rows, columns)]
    there = rolls.count.sum(axis=0)[np.ix_(rows, columns)] > 0
    cells = np.where(there, 100 * rate, np.nan)
    texts = {
        (int(i), int(j)): tenths(cells[i, j]) for i, j in zip(*np.nonzero(~np.isnan(cells)), strict=True)
    }
    canvas.table(cells, texts, (0.0, 100.0))
    names = [GROUPS.get(each, (each, each))[language == "zh"] for each in rolls.states]
    few = canvas.said("few")
    marks = [f" {few}" if n[i] < small_cell else "" for i in rows]
    canvas.names_axis("x", [_folded(names[j]) for j in columns], canvas.said("to"))
    canvas.names_axis(
        "y",
        [f"{names[i]} (n = {n[i]:,}){mark}" for i, mark in zip(rows, marks, strict=True)],
        canvas.said("from"),
    )
    canvas.axes.set_ylim(len(rows) - 0.5, -0.5)
    canvas.heading(by)
    return canvas.axes


def plot_redefault(
    incidence: Incidence,
    *,
    group: int = 0,
    ax: Axes | None = None,
    language: Language = "en",
    font: Font | None = None,
) -> Axes:
    """The share of plans that have defaulted by each month on book, with its interval and who is at risk.

    Parameters
    ----------
    incidence
        As :func:`~repayplan.redefault` or :func:`~repayplan.cumulative_incidence` finds it; of an evaluation
        ``redefault``.
    group
        Which of its groups.
    ax, language, font
        As of :func:`~repayplan.plot_schedule`.

    Returns
    -------
    matplotlib's Axes: a line in steps for the first cause, its interval as an area, lines for the other
    causes that came; under each month how many were at risk when it began.

    Raises
    ------
    InputError
        As of :func:`~repayplan.plot_schedule`; there is no such group, or no month is over.
    ImportError
        As of :func:`~repayplan.plot_schedule`.
    """
    one_rule("incidence", incidence, Incidence)
    groups, length = incidence.at_risk.shape
    whole("group", group, 0, groups - 1, "groups")
    if not length:
        raise InputError(Code.MISSING, "incidence", 0, "a month that is over")
    others = {name: Words(*GROUPS.get(name, (name, name))) for name in incidence.causes[1:]}
    first = incidence.causes[0]
    words = {**_REDEFAULT, **others, first: _REDEFAULT.get(first, Words(first, first))}
    canvas = Canvas.on(ax, words, language=language, currency=None, font=font)
    # What holds at a month's end holds until the next one's; the last is drawn for half a month.
    months = np.append(np.arange(length + 1), length + 0.5)

    def steps(column: Floats, first: float) -> Floats:
        return np.concatenate(([first], 100 * column, 100 * column[-1:]))

    def line(cause: int, **style: Any) -> None:
        shares = steps(incidence.incidence[group, :, cause], 0)
        said = canvas.said(incidence.causes[cause])
        canvas.axes.plot(months, shares, drawstyle="steps-post", label=said, **style)

    line(0, color=INK, linewidth=1.8)
    low, high = (steps(each[group, :, 0], np.nan) for each in (incidence.low, incidence.high))
    known = ~np.isnan(low)
    if known.any():
        canvas.axes.fill_between(
            months, low, high, where=known, step="post", color=PALE, linewidth=0, label=canvas.said("band")
        )
    came = incidence.events[group].sum(axis=0)
    for k in range(1, len(incidence.causes)):
        if came[k]:
            dashes, color = _OTHERS[(k - 1) % len(_OTHERS)]
            line(k, color=color, linestyle=dashes)
    at_risk = {k + 1: f"n={int(n):,}" for k, n in enumerate(incidence.at_risk[group])}
    canvas.months_axis("month", list(at_risk), at_risk)
    canvas.legend(floor=0)
    canvas.percent_axis("share")
    return canvas.axes


def _folded(name: str) -> str:
    """A long name on two lines, so that it stands beside others."""
    if " " in name:
        return name.replace(" ", "\n", 1)
    return f"{name[:2]}\n{name[2:]}" if len(name) > 3 and not name.isascii() else name


def plot_comparison(
    evaluation: Evaluation, *, ax: Axes | None = None, language: Language = "en", font: Font | None = None
) -> Axes:
    """The overdue rate of the programme and of its comparison group, at earlier looks, before and now.

    Parameters
    ----------
    evaluation
        As :func:`~repayplan.evaluate` makes it with a ``Comparison``.
    ax, language, font
        As of :func:`~repayplan.plot_schedule`.

    Returns
    -------
    matplotlib's Axes: a line for each group, weighted as they were compared, by the original contract. Up to
    the line where the first plan began they should run side by side.

    Raises
    ------
    InputError
        As of :func:`~repayplan.plot_schedule`; nothing was compared.
    ImportError
        As of :func:`~repayplan.plot_schedule`.
    """
    one_rule("evaluation", evaluation, Evaluation)
    compared = evaluation.compared
    if compared is None:
        raise InputError(Code.MISSING, "comparison", None, "an evaluation with a comparison group")
    canvas = Canvas.on(ax, _COMPARISON, language=language, currency=None, font=font)
    found = compared.differences
    when = days(np.array([*compared.earlier, evaluation.before_on, evaluation.as_of], "datetime64[D]"))
    groups = (
        ("treated", found.treated, found.treated_n, {"color": INK, "marker": "o"}),
        ("pool", found.comparison, found.comparison_n, {"color": SECOND, "marker": "s", "linestyle": "--"}),
    )
    most = 0.0
    for k, (name, means, n, style) in enumerate(groups):
        shares = [100 * each for each in (*(look[k] for look in found.trend_means), *means)]
        canvas.axes.plot(
            when, shares, label=f"{canvas.said(name)} (n = {n:,})", linewidth=1.8, clip_on=False, **style
        )
        most = max(most, *shares)
    _began(canvas, evaluation)
    canvas.date_axis("date")
    canvas.legend_above()
    canvas.axes.set_ylim(0, min(1.05 * most, 100) or 1)
    canvas.percent_axis("share")
    return canvas.axes


def _began(canvas: Canvas, evaluation: Evaluation) -> None:
    """A line where the first plan began."""
    began = days(np.array([evaluation.began], "datetime64[D]"))
    canvas.axes.axvline(began[0], color="black", linewidth=1, linestyle="-.", label=canvas.said("began"))


def _percent(figures: list[Figure], name: str) -> Floats:
    """A column of figures in per cent, NaN where there is none."""
    given = (getattr(each, name) for each in figures)
    return np.array([np.nan if each is None else 100 * float(each) for each in given])
