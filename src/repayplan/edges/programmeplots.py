"""Pictures of a programme by matplotlib (extra ``plot``): its timetable, and its budget."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from repayplan.ability.figures import one_currency, one_rule
from repayplan.basics.errors import Language, which
from repayplan.edges.plotbars import days
from repayplan.edges.plotfonts import Font
from repayplan.edges.plotparts import Axes, Canvas
from repayplan.edges.plotstyle import HATCH, INK, LIGHT, PALE, QUIET, SECOND
from repayplan.edges.words import Words
from repayplan.programmes.budget import Budget
from repayplan.programmes.phases import PHASES
from repayplan.programmes.timetable import STATUS_NAMES, Timetable

_TIMETABLE = {
    "date": Words("date", "日期"),
    "as_of": Words("as of", "截至"),
    "task": Words("checklist", "清单"),
}
_PHASES: dict[str, dict[str, Any]] = {
    "over": {"facecolor": PALE, "edgecolor": QUIET},
    "running": {"facecolor": INK, "edgecolor": INK},
    "to_come": {"facecolor": LIGHT, "edgecolor": INK},
}
_TASKS: dict[str, dict[str, Any]] = {
    "done": {"marker": "o", "markerfacecolor": "black"},
    "done_late": {"marker": "s", "markerfacecolor": "black"},
    "open": {"marker": "o", "markerfacecolor": "white"},
    "late": {"marker": "X", "markerfacecolor": SECOND, "markersize": 7},
}
_COLON = (": ", "：")
_HEIGHT = 0.6
"""Of a phase's bar, where its row has 1."""
_BUDGET = {
    "amount": Words("amount", "金额"),
    "plan": Words("planned", "预算"),
    "actual": Words("spent", "已支出"),
    "forecast": Words("forecast at the end", "预计总支出"),
    "unknown": Words("not known", "未知"),
}
_AMOUNTS: dict[str, dict[str, Any]] = {
    "plan": {"facecolor": PALE, "edgecolor": INK},
    "actual": {"facecolor": INK, "edgecolor": INK},
    "forecast": {"facecolor": LIGHT, "edgecolor": INK, "hatch": HATCH},
}


def plot_timetable(
    timetable: Timetable, *, ax: Axes | None = None, language: Language = "en", font: Font | None = None
) -> Axes:
    """The phases of a programme from their first to their last day, and when tasks are due.

    Parameters
    ----------
    timetable
        As :func:`~repayplan.timetable` finds it.
    ax, language, font
        As of :func:`~repayplan.plot_schedule`.

    Returns
    -------
    matplotlib's Axes: a bar for each phase, the first at the top, by whether it is over, running or to come;
    on it a mark on the day by which each task is due, by whether it is done; a line on the timetable's day.

    Raises
    ------
    InputError, ImportError
        As of :func:`~repayplan.plot_schedule`.
    """
    one_rule("timetable", timetable, Timetable)
    place = which(language)
    words = {**_TIMETABLE, **{name: Words(*said) for name, said in (STATUS_NAMES | PHASES).items()}}
    canvas = Canvas.on(ax, words, language=language, currency=None, font=font)
    shown: set[str] = set()

    def label(name: str) -> str:
        first = name not in shown
        shown.add(name)
        return canvas.said(name) if first else ""

    for row, phase in enumerate(timetable.phases):
        # The last day is in it.
        begin, end = days(np.array([phase.begins, phase.ends + timedelta(days=1)], "datetime64[D]"))
        canvas.axes.barh(
            row, end - begin, left=begin, height=_HEIGHT, label=label(phase.status), **_PHASES[phase.status]
        )
    rows = {phase.name: row for row, phase in enumerate(timetable.phases)}
    of_phase = {name: [task.name for task in timetable.tasks if task.phase == name] for name in rows}
    for task in timetable.tasks:
        style = {"linestyle": "none", "color": "black", "markersize": 5, "markeredgecolor": "black"}
        name = canvas.said("task")
        # Marks of one phase lie beside each other, where their days do.
        at = of_phase[task.phase].index(task.name) + 1
        level = _HEIGHT * (at / (len(of_phase[task.phase]) + 1) - 0.5)
        text = label(task.status)
        canvas.axes.plot(
            days(np.array([task.due], "datetime64[D]")),
            [rows[task.phase] + level],
            label=f"{name}{_COLON[place]}{text}" if text else "",
            **(style | _TASKS[task.status]),
        )
    today = days(np.array([timetable.as_of], "datetime64[D]"))
    canvas.axes.axvline(
        today[0], color=SECOND, linestyle="--", label=f"{canvas.said('as_of')} {timetable.as_of}"
    )
    canvas.names_axis("y", [PHASES[phase.name][place] for phase in timetable.phases])
    canvas.date_axis("date")
    canvas.axes.set_ylim(len(rows) - 0.4, -0.6)
    canvas.axes.grid(axis="x", color="#e8e8e8", linewidth=0.8)
    canvas.legend_above()
    return canvas.axes


def plot_budget(
    budget: Budget,
    *,
    ax: Axes | None = None,
    language: Language = "en",
    currency: str | None = None,
    font: Font | None = None,
) -> Axes:
    """What is planned, was spent and will have been spent at the end, line by line.

    Parameters
    ----------
    budget
        As :func:`~repayplan.programme_budget` finds it, or made by hand.
    currency
        That amounts are in; None: the budget's, "currency units" where that doesn't know it.
    ax, language, font
        As of :func:`~repayplan.plot_schedule`.

    Returns
    -------
    matplotlib's Axes: two or three bars for each line, the first line at the top; the legend has the sums.
    An amount that isn't known has no bar, and says so.

    Raises
    ------
    InputError, ImportError
        As of :func:`~repayplan.plot_schedule`; another currency than the budget's.
    """
    one_rule("budget", budget, Budget)
    if currency is None:
        currency = budget.currency
    else:
        one_currency("currency", currency, budget.currency)
    place = which(language)
    shown = [name for name in _AMOUNTS if any(getattr(line, name) is not None for line in budget.lines)]
    names = [line.names[place] for line in budget.lines]
    canvas = Canvas.on(ax, _BUDGET, language=language, currency=currency, font=font, also="".join(names))
    height = 0.8 / len(shown)
    for k, name in enumerate(shown):
        at = np.arange(len(names)) + (k - (len(shown) - 1) / 2) * height
        given = [getattr(line, name) for line in budget.lines]
        total = getattr(budget, name)
        sum_of_all = canvas.said("unknown") if total is None else f"{total:,f}"
        canvas.axes.barh(
            at,
            [float(each or 0) for each in given],
            height=0.9 * height,
            label=f"{canvas.said(name)}{_COLON[place]}{sum_of_all}",
            **_AMOUNTS[name],
        )
        for row, each in zip(at, given, strict=True):
            if each is None:
                canvas.note(canvas.said("unknown"), (0.0, float(row)), level=True)
    canvas.names_axis("y", names)
    canvas.axes.set_ylim(len(names) - 0.4, -0.6)
    amounts = [each for line in budget.lines for each in (line.plan, line.actual, line.forecast) if each]
    canvas.legend_above()
    canvas.money_axis("x", "amount", max((_decimals(each) for each in amounts), default=0))
    return canvas.axes


def _decimals(amount: Decimal) -> int:
    return max(0, -int(amount.as_tuple().exponent))
