"""Pictures of a sweep by matplotlib (extra ``plot``): metrics by two rules, fronts, effects, who changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from repayplan.basics.errors import Code, InputError, Language
from repayplan.edges.documents import Words
from repayplan.edges.frames import need
from repayplan.edges.metricwords import MONEY, metric_words
from repayplan.edges.plotparts import HATCH, INK, LIGHT, MIDDLE, PALE, QUIET, SECOND, Axes, Canvas, Font, Side
from repayplan.edges.summary import width
from repayplan.programmes.changed import Changed
from repayplan.programmes.sweeptable import Sweep
from repayplan.programmes.sweepvalues import Direction, Effect, as_written

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
"""Of more points than these only the ends have names beside them."""
_LONGEST = 24
"""Characters of a value that are shown."""
_BESIDE = 0.4
"""Of the width of a picture, the most that texts beside bars take on either side."""
_NOTHING = "\N{EN DASH}"


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
    nothing to tell it by. Where there are too many for figures, a colour bar says what the colours mean. A
    frame is around the baseline's own pair. Values that are numbers are in order, however they were written.

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
        (_key(variant.values[first]), _key(variant.values[second]), found)
        for variant, found in zip(sweep.variants, sweep.metric(metric), strict=True)
        if not set(others) & set(variant.changed)
    ]
    columns, rows = (_in_order([each[k] for each in shown]) for k in (0, 1))
    table = np.full((len(rows), len(columns)), np.nan)
    for one, two, found in shown:
        if found is not None:
            table[rows.index(two), columns.index(one)] = float(found)
    across, up = ([_text(each) for each in keys] for keys in (columns, rows))
    canvas = Canvas.on(
        ax,
        {"metric": _words(metric), "as_it_is": _BASE},
        language=language,
        currency=sweep.policy.currency,
        font=font,
        also="".join((first, second, *across, *up)),
    )
    known = table[~np.isnan(table)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    scale, unit = canvas.unit(max(abs(low), abs(high))) if metric in MONEY else (1.0, "")
    whole = all(each is None or isinstance(each, int) for *_, each in shown)
    written = {
        (int(r), int(c)): _figure(table[r, c] / scale, whole=whole) for r, c in np.argwhere(~np.isnan(table))
    }
    texts = list(written.values())
    room = canvas.fits("x", texts, len(columns)) and canvas.fits("y", texts, len(rows))
    canvas.table(table, written if room else {}, (low, high if high > low else low + 1))
    base = [variant for variant in sweep.variants if not variant.changed]
    if base:
        patches = need("matplotlib.patches", "plot")
        corner = (
            columns.index(_key(base[0].values[first])) - 0.5,
            rows.index(_key(base[0].values[second])) - 0.5,
        )
        canvas.axes.add_patch(patches.Rectangle(corner, 1, 1, fill=False, edgecolor=SECOND, linewidth=2))
    if not room:
        canvas.colour_bar(scale)
    canvas.names_axis("x", _thinned(canvas, "x", across), first)
    canvas.names_axis("y", _thinned(canvas, "y", up), second)
    canvas.heading("metric", unit)
    return canvas.axes


def plot_pareto(
    sweep: Sweep,
    x: str,
    y: str,
    *,
    best: Mapping[str, Direction],
    labels: Sequence[int] | None = None,
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
    labels
        Variants whose numbers are beside their points. By default those of the front; of more than a dozen,
        its two ends.
    ax, language, font
        As of :func:`~repayplan.plot_schedule`.

    Returns
    -------
    matplotlib's Axes: a point for each variant that has both figures, those of the front with their numbers,
    counted from 0 as in ``sweep.variants`` ("3, 7" where two are alike), and a cross for the baseline.

    Raises
    ------
    InputError
        As of :func:`~repayplan.plot_schedule`; an unknown metric, ``best`` names others than the two, or
        ``labels`` a variant that has no point.
    ImportError
        As of :func:`~repayplan.plot_schedule`.
    """
    if set(best) != {x, y}:
        raise InputError(Code.UNKNOWN_VALUE, "best", ", ".join(best), f"{x} and {y}")
    across, up = sweep.metric(x), sweep.metric(y)
    front = sweep.pareto(best)
    words = {name: _words(name) for name in (x, y)}
    canvas = Canvas.on(
        ax,
        {**words, "front": _FRONT, "as_it_is": _BASE},
        language=language,
        currency=sweep.policy.currency,
        font=font,
    )
    points = {
        i: (float(a), float(b))
        for i, (a, b) in enumerate(zip(across, up, strict=True))
        if a is not None and b is not None
    }
    ends = sorted(front, key=lambda i: points[i])
    named = (front if len(front) <= _MOST_NAMED else (ends[0], ends[-1])) if labels is None else labels
    for i in named:
        if i not in points:
            raise InputError(Code.UNKNOWN_VALUE, "labels", i, "variants that have both figures")
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
    for i in named:
        alike.setdefault(points[i], []).append(i)
    for point, numbers in alike.items():
        canvas.note(", ".join(map(str, numbers)), point)
    _figures(canvas, "x", x, sweep.policy.decimals)
    _figures(canvas, "y", y, sweep.policy.decimals)
    return canvas.axes


def plot_sensitivity(
    effects: Sequence[Effect],
    metric: str,
    *,
    currency: str | None = None,
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
    currency
        What amounts are in, such as the policy's ``"CNY"``; None: "currency units".
    ax, language, font
        As of :func:`~repayplan.plot_schedule`.

    Returns
    -------
    matplotlib's Axes: a bar from the least to the most for each axis, with the values that the policy has
    there as its text has them, the long ones cut off, and a line at the baseline.

    Raises
    ------
    InputError
        As of :func:`~repayplan.plot_schedule`; no effect has a figure, or there is no such metric.
    ImportError
        As of :func:`~repayplan.plot_schedule`.
    """
    told = [each for each in effects if each.low is not None and each.high is not None]
    if not told:
        raise InputError(Code.MISSING, "effects", None, "an effect with figures")
    words = {metric: _words(metric), "as_it_is": _BASE}
    values = [(_text(_key(each.low_value)), _text(_key(each.high_value))) for each in told]
    also = "".join((*(each.path for each in told), *(text for pair in values for text in pair)))
    canvas = Canvas.on(ax, words, language=language, currency=currency, font=font, also=also)
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
    longest = max(width(text) for pair in values for text in pair)
    beside = min((0.55 * longest + 1) * canvas.size / canvas.points("x"), _BESIDE)  # of the whole width
    canvas.axes.margins(x=max(beside / (1 - 2 * beside), 0.15))
    canvas.axes.set_ylim(len(told) - 0.4, -1.0)
    canvas.axes.legend(loc="upper right", framealpha=1.0, prop=canvas.font).get_frame().set_linewidth(0)
    places = [each.high.as_tuple().exponent for each in told if isinstance(each.high, Decimal)]
    _figures(canvas, "x", metric, max((-int(each) for each in places), default=0))
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


def _words(metric: str) -> Words:
    """What a metric is called."""
    words = metric_words(metric)
    if words is None:
        raise InputError(Code.UNKNOWN_VALUE, "metric", metric, "a metric of a sweep")
    return words


def _figures(canvas: Canvas, side: Side, metric: str, decimals: int) -> None:
    """Labels an axis of a metric, which may be an amount of so many decimals."""
    if metric in MONEY:
        canvas.money_axis(side, metric, decimals)
    else:
        canvas.figures_axis(side, metric)


def _key(value: Any) -> Any:
    """What values of a rule are told apart by: numbers, however they are written, or text."""
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return Decimal(value).normalize()
    return as_written(value)


def _in_order(keys: Sequence[Any]) -> list[Any]:
    """Each once: numbers from the least on, others behind them as they come."""
    numbers = sorted({key for key in keys if isinstance(key, Decimal)})
    return [*numbers, *dict.fromkeys(key for key in keys if not isinstance(key, Decimal))]


def _text(key: Any) -> str:
    """A value of a rule as a label."""
    text = f"{key:f}" if isinstance(key, Decimal) else key or _NOTHING
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}\N{HORIZONTAL ELLIPSIS}"


def _thinned(canvas: Canvas, side: Side, names: Sequence[str]) -> list[str]:
    """Some of the names, evenly, so that they stand beside one another."""
    every = 1
    while every < len(names) and not canvas.fits(side, names, -(-len(names) // every)):
        every += 1
    return [name if i % every == 0 else "" for i, name in enumerate(names)]


def _figure(number: float, *, whole: bool) -> str:
    """A figure in a cell, of four digits or so."""
    return f"{number:,.0f}" if whole or abs(number) >= 1000 else f"{number:.1f}"
