"""Pictures of a stress by matplotlib (extra ``plot``): how many plans still stand after so many months."""

from __future__ import annotations

import numpy as np

from repayplan.ability.figures import one_rule
from repayplan.basics.errors import Code, InputError, Language
from repayplan.edges.plotfonts import Font
from repayplan.edges.plotparts import Axes, Canvas
from repayplan.edges.plotstyle import INK, MARKS, SECOND
from repayplan.edges.words import Words
from repayplan.programmes.survivors import WHOLE, Stress

_SURVIVAL = {
    "months": Words("months from the first period on", "自首期起的月数"),
    "chance": Words("plans that stand (%)", "仍在履行的方案（%）"),
}
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
    labels = [_label(*each) for each in zip(stress.groups[by].names, stress.groups[by].loans, strict=True)]
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


def _label(name: str, loans: int) -> str:
    """A group in the legend, which leaves out what begins with an underscore."""
    return f"{' ' * name.startswith('_')}{name} (n = {loans:,})"
