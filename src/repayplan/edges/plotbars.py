"""Periods, amounts and days as places on an axis, and bars of amounts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from repayplan.basics.dates import Days
from repayplan.edges.frames import need
from repayplan.edges.plotparts import Canvas, Floats

_FILLED = 0.84
"""Of a period, what its bar takes, unless there are so many that the gaps are all that one sees."""


def periods(start: Days, ends: Days) -> Floats:
    """Where periods begin and end on an axis, from their first day and their last ones, which rise.

    The first one may be empty, where interest runs from the first due date on: it is as long as the others
    then, a month where it is alone.
    """
    edges = days(np.concatenate((start, ends)))
    if edges[0] >= edges[1]:
        edges[0] = edges[1] - (np.median(np.diff(edges[1:])) if len(edges) > 2 else 30.0)
    return edges


def amounts(units: npt.NDArray[np.int64], decimals: int) -> Floats:
    """Minor units as places on an axis, in currency units."""
    return np.asarray(units / 10**decimals, np.float64)


def days(dates: Days) -> Floats:
    """Dates as places on an axis."""
    return np.asarray(need("matplotlib.dates", "plot").date2num(dates), np.float64)


def bars(
    canvas: Canvas, edges: Floats, stack: Mapping[str, Floats], styles: Mapping[str, Mapping[str, Any]]
) -> None:
    """Bars one on the other, each up to an edge from after the one before: columns by name, and their style.

    Amounts below 0 hang below the axis. A first period that is far longer than the others has no wider bar,
    whose area would say that more is paid. Each column is one collection: there may be hundreds of bars.
    """
    collections = need("matplotlib.collections", "plot")
    span, right = np.diff(edges), edges[1:]
    filled = _FILLED if len(span) * 4 < canvas.points("x") else 1.0
    left = right - filled * np.minimum(span, 1.25 * np.median(span))
    above, below = np.zeros(len(span)), np.zeros(len(span))
    for name, height in stack.items():
        low = np.where(height < 0, below, above)
        high = low + height
        corners = np.array([[left, low], [left, high], [right, high], [right, low]]).transpose(2, 0, 1)
        canvas.axes.add_collection(
            collections.PolyCollection(corners, linewidth=0, label=canvas.said(name), **styles[name])
        )
        above, below = above + np.maximum(height, 0), below + np.minimum(height, 0)
