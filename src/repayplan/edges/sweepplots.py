"""Pictures of a sweep by matplotlib (extra ``plot``): metrics by two rules, fronts, effects, who changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from repayplan.basics.errors import Code, InputError, Language
from repayplan.edges.documents import Words
from repayplan.edges.frames import need
from repayplan.edges.plotparts import HATCH, INK, LIGHT, MIDDLE, PALE, QUIET, SECOND, Axes, Canvas, Font
from repayplan.programmes.changed import Changed
from repayplan.programmes.sweeping import Direction, Effect, Sweep

_METRICS = {
    "offered": Words("offered", "获批数"),
    "offered_percent": Words("offered, % of those eligible", "获批占合格者（%）"),
    "refused": Words("refused", "未获批数"),
    "refused_percent": Words("refused, % of those eligible", "未获批占合格者（%）"),
    "extended_percent": Words("extended, % of offers", "展期占获批者（%）"),
    "extension_mean": Words("mean extension (months)", "平均展期（月）"),
    "extension_p50": Words("median extension (months)", "展期中位数（月）"),
    "extension_p90": Words("extension, 90th percentile (months)", "展期第90百分位（月）"),
    "change_percent": Words("instalments by the month, change (%)", "月供变动（%）"),
    "left_least": Words("least left to live on", "最低生活余额"),
    "total_interest": Words("total interest", "利息总额"),
    "lost_percent": Words("lender's loss of value (%)", "贷款人价值损失（%）"),
    "diminished_percent": Words("diminished, % of those valued", "减值占计值者（%）"),
}
"""What metrics are called; others by their own name."""
_CHANGES = {
    "gained": Words("offered now", "改为获批"),
    "lost": Words("refused now", "改为未获批"),
    "other_plan": Words("another plan", "方案不同"),
    "otherwise": Words("otherwise", "其他"),
    "loans": Words("loans", "贷款数"),
}
_FRONT = Words("none is better in all", "无更优者")
_BASE = Words("as it is", "现行规则")
_MOST_NAMED = 12
"""More points than these have no names beside them."""


def plot_sweep(
    sweep: Sweep,
    metric: str,
    *,
    x: str | None = None,
    y: str | None = None,
    ax: Axes | None = None,
    language: Language = "en",
    font: Font | None = None,
) -> Axes:
    """A metric of every pair of values of two rules: the darker, the more.

    Parameters
    ----------
    sweep
        As :func:`~repayplan.sweep` makes it.
    metric
        One of its columns.
    x, y
        Paths of the axes; by default the first two. Where there are more, the variants shown are those in
        which the others are as the baseline has them.
    ax, language, font
        As of :func:`~repayplan.plot_schedule`.

    Returns
    -------
    matplotlib's Axes: a cell for each pair, with its figure; empty where there is no such variant, or
    nothing to tell it by. A frame is around the baseline's own pair.

    Raises
    ------
    InputError
        As of :func:`~repayplan.plot_schedule`; there aren't two axes of that name, or no such metric.
    ImportError
        As of :func:`~repayplan.plot_schedule`.
    """
    first, second = _two(sweep, x, y)
    others = [path for path in sweep.paths if path not in (first, second)]
    shown = [
        (variant.values[first], variant.values[second], found)
        for variant, found in zip(sweep.variants, sweep.metric(metric), strict=True)
        if not set(others) & set(variant.changed)
    ]
    columns, rows = (list(dict.fromkeys(_text(each[k]) for each in shown)) for k in (0, 1))
    table = np.full((len(rows), len(columns)), np.nan)
    written: dict[tuple[int, int], str] = {}
    for one, two, found in shown:
        if found is not None:
            at = (rows.index(_text(two)), columns.index(_text(one)))
            table[at], written[at] = float(found), _figure(found)
    label = _METRICS.get(metric, Words(metric, metric))
    canvas = Canvas.on(
        ax,
        {"metric": label, "as_it_is": _BASE},
        language=language,
        currency=None,
        font=font,
        also="".join((first, second, *columns, *rows)),
    )
    known = table[~np.isnan(table)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    canvas.table(table, written, (low, high if high > low else low + 1))
    base = [variant for variant in sweep.variants if not variant.changed]
    if base:
        patches = need("matplotlib.patches", "plot")
        corner = (
            columns.index(_text(base[0].values[first])) - 0.5,
            rows.index(_text(base[0].values[second])) - 0.5,
        )
        canvas.axes.add_patch(patches.Rectangle(corner, 1, 1, fill=False, edgecolor=SECOND, linewidth=2))
    canvas.names_axis("x", columns, first)
    canvas.names_axis("y", rows, second)
    canvas.heading("metric")
    return canvas.axes


def plot_pareto(
    sweep: Sweep,
    x: str,
    y: str,
    *,
    best: Mapping[str, Direction],
    ax: Axes | None = None,
    language: Language = "en",
    font: Font | None = None,
) -> Axes:
    """Variants by two metrics; those that none beats are full and joined.

    Parameters
    ----------
    sweep
        As :func:`~repayplan.sweep` makes it.
    x, y
        Metrics.
    best
        Of each of the two, whether ``"most"`` or ``"least"`` is best.
    ax, language, font
        As of :func:`~repayplan.plot_schedule`.

    Returns
    -------
    matplotlib's Axes: a point for each variant that has both figures, those of the front with their numbers,
    counted from 0 as in ``sweep.variants`` (where they are a dozen at most; "3, 7" where two are alike), and
    a cross for the baseline.

    Raises
    ------
    InputError
        As of :func:`~repayplan.plot_schedule`; an unknown metric, or ``best`` names others than the two.
    ImportError
        As of :func:`~repayplan.plot_schedule`.
    """
    if set(best) != {x, y}:
        raise InputError(Code.UNKNOWN_VALUE, "best", ", ".join(best), f"{x} and {y}")
    across, up = sweep.metric(x), sweep.metric(y)
    front = sweep.pareto(best)
    words = {name: _METRICS.get(name, Words(name, name)) for name in (x, y)}
    canvas = Canvas.on(
        ax,
        {**words, "front": _FRONT, "as_it_is": _BASE},
        language=language,
        currency=None,
        font=font,
        also="".join(words),
    )
    points = {
        i: (float(a), float(b))
        for i, (a, b) in enumerate(zip(across, up, strict=True))
        if a is not None and b is not None
    }
    rest = [points[i] for i in points if i not in front]
    if rest:
        canvas.axes.plot(*zip(*rest, strict=True), "o", markerfacecolor=LIGHT, markeredgecolor=INK)
    line = sorted(points[i] for i in front)
    if line:
        canvas.axes.plot(*zip(*line, strict=True), "o-", color=INK, label=canvas.said("front"))
    base = sweep.baseline[x], sweep.baseline[y]
    if base[0] is not None and base[1] is not None:
        canvas.axes.plot(
            float(base[0]), float(base[1]), "x", color=SECOND, markersize=9, label=canvas.said("as_it_is")
        )
    canvas.legend()
    alike: dict[tuple[float, float], list[int]] = {}
    for i in front if len(front) <= _MOST_NAMED else ():
        alike.setdefault(points[i], []).append(i)
    for point, numbers in alike.items():
        canvas.note(", ".join(map(str, numbers)), point)
    canvas.figures_axis("x", x)
    canvas.figures_axis("y", y)
    return canvas.axes


def plot_sensitivity(
    effects: Sequence[Effect],
    metric: str,
    *,
    ax: Axes | None = None,
    language: Language = "en",
    font: Font | None = None,
) -> Axes:
    """What each rule alone does to a metric, the most at the top (a tornado).

    Parameters
    ----------
    effects
        As :meth:`repayplan.Sweep.sensitivity` tells them of the metric.
    metric
        Its name.
    ax, language, font
        As of :func:`~repayplan.plot_schedule`.

    Returns
    -------
    matplotlib's Axes: a bar from the least to the most for each axis, with the values that the policy has
    there, and a line at the baseline.

    Raises
    ------
    InputError
        As of :func:`~repayplan.plot_schedule`; no effect has a figure.
    ImportError
        As of :func:`~repayplan.plot_schedule`.
    """
    told = [each for each in effects if each.low is not None and each.high is not None]
    if not told:
        raise InputError(Code.MISSING, "effects", None, "an effect with figures")
    words = {metric: _METRICS.get(metric, Words(metric, metric)), "as_it_is": _BASE}
    values = [(_text(each.low_value), _text(each.high_value)) for each in told]
    also = "".join((metric, *(each.path for each in told), *(text for pair in values for text in pair)))
    canvas = Canvas.on(ax, words, language=language, currency=None, font=font, also=also)
    for place, (each, texts) in enumerate(zip(told, values, strict=True)):
        low, high = float(each.low or 0), float(each.high or 0)
        canvas.axes.barh(place, high - low, left=low, height=0.6, color=PALE, edgecolor=INK)
        for at, text, side in ((low, texts[0], "right"), (high, texts[1], "left")):
            made = canvas.axes.annotate(
                text,
                (at, place),
                xytext=(-4 if side == "right" else 4, 0),
                textcoords="offset points",
                ha=side,
                va="center",
                fontsize="small",
            )
            made.set_parse_math(False)
    base = told[0].baseline
    if base is not None:
        canvas.axes.axvline(float(base), color=SECOND, linestyle="--", label=canvas.said("as_it_is"))
    canvas.names_axis("y", [each.path for each in told])
    canvas.axes.use_sticky_edges = False
    canvas.axes.margins(x=0.15)
    canvas.axes.set_ylim(len(told) - 0.4, -1.0)
    canvas.axes.legend(loc="upper right", framealpha=1.0, prop=canvas.font).get_frame().set_linewidth(0)
    canvas.figures_axis("x", metric)
    return canvas.axes


def plot_changed(
    changed: Changed, *, ax: Axes | None = None, language: Language = "en", font: Font | None = None
) -> Axes:
    """On how many loans two policies decide otherwise, and how.

    Parameters
    ----------
    changed
        As :meth:`repayplan.Sweep.changed` finds them.
    ax, language, font
        As of :func:`~repayplan.plot_schedule`.

    Returns
    -------
    matplotlib's Axes: a bar for those who are offered a plan by the second policy only, by the first only,
    another plan by the second, and what else changes, each with its number.

    Raises
    ------
    InputError, ImportError
        As of :func:`~repayplan.plot_schedule`.
    """
    canvas = Canvas.on(ax, _CHANGES, language=language, currency=None, font=font)
    styles: tuple[dict[str, Any], ...] = (
        {"color": INK},
        {"color": MIDDLE},
        {"facecolor": PALE, "edgecolor": INK, "hatch": HATCH},
        {"facecolor": LIGHT, "edgecolor": QUIET},
    )
    counts = changed.counts()
    for place, (count, style) in enumerate(zip(counts.values(), styles, strict=True)):
        canvas.axes.bar(place, count, width=0.6, **style)
        at = (place, count)
        canvas.axes.annotate(f"{count:,}", at, xytext=(0, 3), textcoords="offset points", ha="center")
    canvas.names_axis("x", [canvas.said(name) for name in counts])
    canvas.count_axis("loans")
    return canvas.axes


def _two(sweep: Sweep, x: str | None, y: str | None) -> tuple[str, str]:
    """The paths of two axes."""
    given = [each for each in (x, y) if each is not None]
    for name, each in (("x", x), ("y", y)):
        if each is not None and each not in sweep.paths:
            raise InputError(Code.UNKNOWN_VALUE, name, each, f"one of {', '.join(sweep.paths)}")
    free = [path for path in sweep.paths if path not in given]
    first = x or (free.pop(0) if free else "")
    second = y or (free.pop(0) if free else "")
    if not first or not second or first == second:
        raise InputError(Code.MISSING, "sweep.paths", ", ".join(sweep.paths), "two axes")
    return first, second


def _text(value: Any) -> str:
    """A value of a rule as a label."""
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _figure(value: Any) -> str:
    """A figure in a cell, of four digits or so."""
    number = float(value)
    whole = isinstance(value, int) or abs(number) >= 1000
    return f"{number:,.0f}" if whole else f"{number:.1f}"
