"""Pictures of a sweep by matplotlib (extra ``plot``): what beats what, and what each rule alone does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from repayplan.ability.figures import one_rule
from repayplan.basics.arguments import several
from repayplan.basics.errors import Code, InputError, Language
from repayplan.edges.metricwords import MONEY
from repayplan.edges.plotfonts import Font
from repayplan.edges.plotparts import Axes, Canvas, Side
from repayplan.edges.plotstyle import INK, LIGHT, PALE, SECOND
from repayplan.edges.rulenames import rule_words
from repayplan.edges.summarytext import width
from repayplan.edges.sweepplots import BASE, key_of, value_texts, words_for
from repayplan.edges.words import Words
from repayplan.programmes.sweeptable import Sweep
from repayplan.programmes.sweepvalues import Direction, Effect

_FRONT = Words("none is better in all", "无更优者")
_MOST_NAMED = 12
"""Of more points than these only the ends have names beside them."""
_RULE = 28
"""Letters of a line of what a rule means."""
_BESIDE = 0.4
"""Of the width of a picture, the most that texts beside bars take on either side."""


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
    one_rule("sweep", sweep, Sweep)
    one_rule("best", best, Mapping)
    if set(best) != {x, y}:
        raise InputError(Code.UNKNOWN_VALUE, "best", ", ".join(best), f"{x} and {y}")
    wanted = () if labels is None else several("labels", labels, "numbers of variants")
    across, up = sweep.metric(x), sweep.metric(y)
    front = sweep.pareto(best)
    words = {name: words_for(name) for name in (x, y)}
    canvas = Canvas.on(
        ax,
        {**words, "front": _FRONT, "as_it_is": BASE},
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
    named = (front if len(front) <= _MOST_NAMED else (ends[0], ends[-1])) if labels is None else wanted
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
        Its name, as the effects have it.
    currency
        What amounts are in, such as the policy's ``"CNY"``; None: "currency units".
    ax, language, font
        As of :func:`~repayplan.plot_schedule`.

    Returns
    -------
    matplotlib's Axes: a bar from the least to the most for each axis beside what the rule means, with the
    values that the policy has there as its text has them, the long ones cut off (of two that begin alike,
    before they differ), and a line at the baseline.

    Raises
    ------
    InputError
        As of :func:`~repayplan.plot_schedule`; no effect has a figure, or they are on another metric.
    ImportError
        As of :func:`~repayplan.plot_schedule`.
    """
    for i, each in enumerate(several("effects", effects, "what Sweep.sensitivity tells")):
        one_rule(f"effects[{i}]", each, Effect)
        if each.metric != metric:
            raise InputError(Code.UNKNOWN_VALUE, "metric", metric, f"{each.metric}: the effects are on that")
    told = [each for each in effects if each.low is not None and each.high is not None]
    if not told:
        raise InputError(Code.MISSING, "effects", None, "an effect with figures")
    rules = [rule_words(each.path).said(language) for each in told]
    words = {metric: words_for(metric), "as_it_is": BASE}
    values = [value_texts([key_of(each.low_value), key_of(each.high_value)]) for each in told]
    also = "".join((*rules, *(text for pair in values for text in pair)))
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
    canvas.names_axis("y", [canvas.folded(each, _RULE) for each in rules])
    canvas.axes.use_sticky_edges = False
    longest = max(width(text) for pair in values for text in pair)
    beside = min((0.55 * longest + 1) * canvas.size / canvas.points("x"), _BESIDE)  # of the whole width
    canvas.axes.margins(x=max(beside / (1 - 2 * beside), 0.15))
    canvas.axes.set_ylim(len(told) - 0.4, -1.0)
    canvas.axes.legend(loc="upper right", framealpha=1.0, prop=canvas.font).get_frame().set_linewidth(0)
    places = [each.high.as_tuple().exponent for each in told if isinstance(each.high, Decimal)]
    _figures(canvas, "x", metric, max((-int(each) for each in places), default=0))
    return canvas.axes


def _figures(canvas: Canvas, side: Side, metric: str, decimals: int) -> None:
    """Labels an axis of a metric, which may be an amount of so many decimals."""
    if metric in MONEY:
        canvas.money_axis(side, metric, decimals)
    else:
        canvas.figures_axis(side, metric)
