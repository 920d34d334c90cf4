"""Pictures of a sweep by matplotlib (extra ``plot``): metrics by two rules, and who changed."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from repayplan.ability.figures import one_rule
from repayplan.basics.errors import Code, InputError, Language
from repayplan.edges.frames import need
from repayplan.edges.metricwords import MONEY, metric_words
from repayplan.edges.plotfonts import Font
from repayplan.edges.plotparts import Axes, Canvas, Side
from repayplan.edges.plotstyle import HATCH, INK, LIGHT, MIDDLE, PALE, QUIET, SECOND
from repayplan.edges.words import Words
from repayplan.programmes.changed import Changed
from repayplan.programmes.sweeptable import Sweep
from repayplan.programmes.sweepvalues import as_written

_CHANGES = {
    "gained": Words("offered now", "改为获批"),
    "lost": Words("refused now", "改为未获批"),
    "other_plan": Words("another plan", "方案不同"),
    "otherwise": Words("otherwise", "其他"),
    "loans": Words("loans", "贷款数"),
}
BASE = Words("as it is", "现行规则")
_LONGEST = 24
"""Characters of a value that are shown."""
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
    one_rule("sweep", sweep, Sweep)
    first, second = _two(sweep, x, y)
    others = [path for path in sweep.paths if path not in (first, second)]
    shown = [
        (key_of(variant.values[first]), key_of(variant.values[second]), found)
        for variant, found in zip(sweep.variants, sweep.metric(metric), strict=True)
        if not set(others) & set(variant.changed)
    ]
    columns, rows = (_in_order([each[k] for each in shown]) for k in (0, 1))
    table = np.full((len(rows), len(columns)), np.nan)
    for one, two, found in shown:
        if found is not None:
            table[rows.index(two), columns.index(one)] = float(found)
    across, up = ([value_text(each) for each in keys] for keys in (columns, rows))
    canvas = Canvas.on(
        ax,
        {"metric": words_for(metric), "as_it_is": BASE},
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
            columns.index(key_of(base[0].values[first])) - 0.5,
            rows.index(key_of(base[0].values[second])) - 0.5,
        )
        canvas.axes.add_patch(patches.Rectangle(corner, 1, 1, fill=False, edgecolor=SECOND, linewidth=2))
    if not room:
        canvas.colour_bar(scale)
    canvas.names_axis("x", _thinned(canvas, "x", across), first)
    canvas.names_axis("y", _thinned(canvas, "y", up), second)
    canvas.heading("metric", unit)
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
    one_rule("changed", changed, Changed)
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


def words_for(metric: str) -> Words:
    """What a metric is called."""
    words = metric_words(metric)
    if words is None:
        raise InputError(Code.UNKNOWN_VALUE, "metric", metric, "a metric of a sweep")
    return words


def key_of(value: Any) -> Any:
    """What values of a rule are told apart by: numbers, however they are written, or text."""
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return Decimal(value).normalize()
    return as_written(value)


def _in_order(keys: Sequence[Any]) -> list[Any]:
    """Each once: numbers from the least on, others behind them as they come."""
    numbers = sorted({key for key in keys if isinstance(key, Decimal)})
    return [*numbers, *dict.fromkeys(key for key in keys if not isinstance(key, Decimal))]


def value_text(key: Any) -> str:
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
