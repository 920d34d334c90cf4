"""Pictures of a stress by matplotlib (extra ``plot``): how many plans still stand after so many months."""

from __future__ import annotations

import re

import numpy as np

from repayplan.ability.figures import one_rule
from repayplan.basics.errors import Code, InputError, Language, which
from repayplan.edges.metricwords import step_words
from repayplan.edges.plotfonts import Font
from repayplan.edges.plotparts import Axes, Canvas
from repayplan.edges.plotstyle import INK, MARKS, SECOND
from repayplan.edges.words import Words
from repayplan.programmes.survivors import WHOLE, Stress

_SURVIVAL = {
    "months": Words("months from the first period on", "自首期起的月数"),
    "chance": Words("plans that stand (%)", "仍在履行的方案（%）"),
}
_NO_CONCESSION = Words("no concession", "无让步措施")
_NO_VALUE = Words("not given", "未提供")
_DASHES = ("-", (0, (5, 1.5)), (0, (1, 1)), (0, (5, 1.5, 1, 1.5)))
_ERRORS = 2
"""Standard errors each way that are drawn."""


def plot_survival(
    stress: Stress,
    by: str = WHOLE,
    *,
    ax: Axes | None = None,
    language: Language = "en",
    font: Font | None = None,
) -> Axes:
    """The chance that plans still stand after so many months, a line for each group.

    Parameters
    ----------
    stress
        As :func:`~repayplan.stress` finds it.
    by
        One of its ``groups``; by default all plans together.
    ax, language, font
        As of :func:`~repayplan.plot_schedule`.

    Returns
    -------
    matplotlib's Axes: a mark at each horizon, with bars of two standard errors each way, which say how far
    more paths could move it; a single path has none. Between the horizons lines lead the eye only. The
    legend says how many loans each group has.

    Raises
    ------
    InputError
        As of :func:`~repayplan.plot_schedule`; the plans weren't grouped by that, or there are no groups, or
        more than can be told apart (8).
    ImportError
        As of :func:`~repayplan.plot_schedule`.
    """
    one_rule("stress", stress, Stress)
    table, count = stress.table(by), len(stress.groups[by].names)
    if not 1 <= count <= len(MARKS):
        raise InputError(Code.OUT_OF_RANGE, "by", f"{by}: {count}", f"from 1 to {len(MARKS)} groups")
    which(language)
    names = [group_words(by, each).said(language) for each in stress.groups[by].names]
    labels = [_label(*each) for each in zip(names, stress.groups[by].loans, strict=True)]
    canvas = Canvas.on(ax, _SURVIVAL, language=language, currency=None, font=font, also="".join(labels))
    shape = (count, len(stress.horizons))
    chance, error = (100 * table[name].reshape(shape) for name in ("chance", "standard_error"))
    for k in range(count):
        canvas.axes.errorbar(
            stress.horizons,
            chance[k],
            yerr=None if np.isnan(error[k]).any() else _ERRORS * error[k],
            color=(INK, SECOND)[k % 2],
            linestyle=_DASHES[k % len(_DASHES)],
            marker=MARKS[k],
            capsize=3,
            label=labels[k] if count > 1 else "",
        )
    canvas.months_axis("months", stress.horizons)
    canvas.legend()
    canvas.percent_axis("chance")
    return canvas.axes


def group_words(by: str, name: str) -> Words:
    """What a group of a stress is called; a value of the caller's own column is what it is.

    Examples
    --------
    >>> group_words("concession", "waive_fees + extend").en, group_words("buffer", "1-<3").zh
    ('fees given up + more time', '储备可支付1至不足3个月')
    """
    if by == "concession":
        steps = [step_words(each) or Words(each, each) for each in name.split(" + ")]
        given = Words(" + ".join(each.en for each in steps), "＋".join(each.zh for each in steps))
        return _NO_CONCESSION if name == "none" else given
    if by == "buffer":
        below, between, least = (
            re.fullmatch(each, name) for each in (r"<(\d+)", r"(\d+)-<(\d+)", r"(\d+)\+")
        )
        if below:
            return Words(f"buffer of less than {below[1]} months", f"储备可支付不足{below[1]}个月")
        if between:
            en = f"buffer of {between[1]} to less than {between[2]} months"
            return Words(en, f"储备可支付{between[1]}至不足{between[2]}个月")
        if least:
            return Words(f"buffer of {least[1]} months or more", f"储备可支付{least[1]}个月及以上")
    return Words(name, name) if name.strip() else _NO_VALUE


def _label(name: str, loans: int) -> str:
    """A group in the legend, which leaves out what begins with an underscore."""
    return f"{' ' * name.startswith('_')}{name} (n = {loans:,})"
