"""Pictures of a sweep by matplotlib (extra ``plot``): metrics by two rules, and who changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import takewhile
from typing import Any

import numpy as np

from repayplan.ability.figures import one_rule
from repayplan.basics.errors import Code, InputError, Language
from repayplan.basics.rulepath import value_at, with_values
from repayplan.edges.frames import need
from repayplan.edges.metricwords import MONEY, metric_words
from repayplan.edges.plotfonts import Font
from repayplan.edges.plotparts import Axes, Canvas, Side, tenths
from repayplan.edges.plotstyle import HATCH, INK, LIGHT, MIDDLE, PALE, QUIET, SECOND
from repayplan.edges.rulenames import rule_words
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
_MORE = "\N{HORIZONTAL ELLIPSIS}"
_BEFORE = 10
"""Characters before what differs that are shown."""


def plot_sweep(
    sweep: Sweep,
    metric: str,
    *,
    x: str | None = None,
    y: str | None = None,
    at: Mapping[str, Any] | None = None,
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
        Paths of the axes; by default the first two.
    at
        Where there are more axes: at which values of the others (``{"contingency.share": "0.2"}``). The
        variants shown are those with these, and with the baseline's of what isn't said.
    ax, language, font
        As of :func:`~repayplan.plot_schedule`.

    Returns
    -------
    matplotlib's Axes: a cell for each pair, with its figure, and along the sides what the rules mean; a cell
    is empty where there is no such variant, or nothing to tell it by. Where there are too many for figures, a
    colour bar says what the colours mean. A frame is around the baseline's own pair. Values that are numbers
    are in order, however they were written; of long ones that begin alike what differs is shown.

    Raises
    ------
    InputError
        As of :func:`~repayplan.plot_schedule`; there aren't two axes of that name, no such metric, or no
        variant with those values of the other axes.
    ImportError
        As of :func:`~repayplan.plot_schedule`.
    """
    one_rule("sweep", sweep, Sweep)
    first, second = _two(sweep, x, y)
    others = _others(sweep, first, second, at)
    shown = [
        (key_of(variant.values[first]), key_of(variant.values[second]), found)
        for variant, found in zip(sweep.variants, sweep.metric(metric), strict=True)
        if all(key_of(variant.values[path]) == key for path, key in others.items())
    ]
    if not shown:
        values = zip(others, value_texts(list(others.values())), strict=True)
        told = ", ".join(f"{path} = {text}" for path, text in values)
        raise InputError(Code.MISSING, "at", told, "a variant with these values of the other axes")
    columns, rows = (_in_order([each[k] for each in shown]) for k in (0, 1))
    table = np.full((len(rows), len(columns)), np.nan)
    for one, two, found in shown:
        if found is not None:
            table[rows.index(two), columns.index(one)] = float(found)
    across, up = (value_texts(keys) for keys in (columns, rows))
    canvas = Canvas.on(
        ax,
        {
            "metric": words_for(metric),
            "as_it_is": BASE,
            "across": rule_words(first),
            "up": rule_words(second),
        },
        language=language,
        currency=sweep.policy.currency,
        font=font,
        also="".join((*across, *up)),
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
    if base and all(key_of(base[0].values[path]) == key for path, key in others.items()):
        patches = need("matplotlib.patches", "plot")
        corner = (
            columns.index(key_of(base[0].values[first])) - 0.5,
            rows.index(key_of(base[0].values[second])) - 0.5,
        )
        canvas.axes.add_patch(patches.Rectangle(corner, 1, 1, fill=False, edgecolor=SECOND, linewidth=2))
    if not room:
        canvas.colour_bar(scale)
    canvas.names_axis("x", _thinned(canvas, "x", across), canvas.said("across"))
    canvas.names_axis("y", _thinned(canvas, "y", up), canvas.said("up"))
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


def _others(sweep: Sweep, first: str, second: str, at: Mapping[str, Any] | None) -> dict[str, Any]:
    """Of each of the other axes the value, as :func:`key_of` has it, at which variants are shown."""
    others = [path for path in sweep.paths if path not in (first, second)]
    if not isinstance(at, Mapping | None):
        raise InputError(Code.UNKNOWN_VALUE, "at", at, "values by path")
    for path in at or ():
        if path not in others:
            rule = f"one of {', '.join(others) or 'no further axis'}"
            raise InputError(Code.UNKNOWN_VALUE, "at", path, rule)
    policy = with_values(sweep.policy, at or {})
    return {path: key_of(value_at(policy, path)) for path in others}


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


def value_texts(keys: Sequence[Any]) -> list[str]:
    """Values of a rule as labels: of those that begin alike, from a little before they differ on."""
    whole = [_whole(key) for key in keys]
    texts = [_cut(text) for text in whole]
    for _ in keys:  # of some that are told apart from others, some may still be alike
        for label in dict.fromkeys(texts):
            alike = [i for i, text in enumerate(texts) if text == label]
            if len({whole[i] for i in alike}) > 1:
                letters = zip(*(whole[i] for i in alike), strict=False)
                same = len(list(takewhile(lambda each: len({*each}) == 1, letters)))
                begin = max(same - _BEFORE, 0)
                for i in alike:
                    texts[i] = _cut(f"{_MORE}{whole[i][begin:]}")
    return texts


def _whole(key: Any) -> str:
    return f"{key:f}" if isinstance(key, Decimal) else key or _NOTHING


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}{_MORE}"


def _thinned(canvas: Canvas, side: Side, names: Sequence[str]) -> list[str]:
    """Some of the names, evenly, so that they stand beside one another."""
    every = 1
    while every < len(names) and not canvas.fits(side, names, -(-len(names) // every)):
        every += 1
    return [name if i % every == 0 else "" for i, name in enumerate(names)]


def _figure(number: float, *, whole: bool) -> str:
    """A figure in a cell, of four digits or so."""
    return f"{number:,.0f}" if whole or abs(number) >= 1000 else tenths(number)
