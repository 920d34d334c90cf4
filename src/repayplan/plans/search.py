"""The value at which a plan just does: by halving where that is proven, one by one where it isn't."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from repayplan.basics.outcome import Bools, Ints, all_of, span
from repayplan.kernel.accrue import Floats
from repayplan.plans.trial import Trial

AT_ONCE = 65_536
"""Values tried at once when few loans are left."""
WINDOW = 4
"""Where rounding makes figures uneven, so many values for each row are tried beyond the edge."""
CLIMBS = 3
"""So often the next value that does is looked for within a window; of further ones it goes faster to look at
whole windows."""
EVERY = 2**23
"""Where nothing is found, every value is tried if all of them have so many rows at most."""
INSTALMENTS = 2**21
"""Where nothing is found, each instalment is tried if plans with all of them have so many rows at most."""
FIRST = 2**16
"""As many rows have the instalments that are tried before anything that proves less."""
Test = Callable[[Ints, Ints], Bools]
"""``test(rows, values)``: whether a value does for each of some loans."""


def find_edge(test: Test, rows: Ints, low: Ints, high: Ints, near: Ints, reach: Ints) -> Ints:
    """The last value from ``low`` to ``high`` for which a test holds that fails from somewhere on.

    ``low - 1`` where it holds for none. Looks around ``near`` first, ``reach`` away, then further.
    """
    inside, outside = low - 1, high + 1
    value, step = np.clip(near, low, high), np.maximum(reach, 1)
    held, failed = np.zeros(len(rows), np.bool_), np.zeros(len(rows), np.bool_)
    left = np.flatnonzero(outside - inside > 1)
    while len(left):
        tried = value[left]
        holds = test(rows[left], tried)
        inside[left] = np.where(holds, tried, inside[left])
        outside[left] = np.where(holds, outside[left], tried)
        held[left] |= holds
        failed[left] |= ~holds
        far = np.where(holds, tried + step[left], tried - step[left])
        middle = inside[left] + (outside[left] - inside[left]) // 2
        onwards = np.where(held[left] & failed[left], middle, far)
        value[left] = np.clip(onwards, inside[left] + 1, outside[left] - 1)
        step[left] = np.minimum(4 * step[left], 2**60)
        left = left[outside[left] - inside[left] > 1]
    return inside


def scan(
    test: Test, rows: Ints, start: Ints, end: Ints, step: int, none: Ints, *, together: bool = False
) -> Ints:
    """The first value from ``start`` to ``end`` for which a test holds, one by one; else ``none``.

    ``together``: the test may be asked for several values of a loan at once, ever more while none holds.
    """
    out, value, width = none.copy(), start.copy(), 1
    left = np.flatnonzero((end - value) * step >= 0)
    while len(left):
        tried = value[left] + step * np.arange(width)[:, None]
        inside = np.flatnonzero((end[left] - tried) * step >= 0)
        holds = np.zeros(tried.size, np.bool_)
        holds[inside] = test(np.tile(rows[left], width)[inside], tried.ravel()[inside])
        held = holds.reshape(tried.shape)
        hit = held.any(axis=0)
        out[left[hit]] = tried[held.argmax(axis=0), np.arange(len(left))][hit]
        left = left[~hit]
        value[left] += step * width
        left = left[(end[left] - value[left]) * step >= 0]
        if together:
            width = min(2 * width, max(AT_ONCE // max(len(left), 1), 1))
    return out


def farthest(
    trial: Trial,
    rows: Ints,
    low: Ints,
    high: Ints,
    near: Ints,
    reach: Ints,
    *,
    sign: int,
    scale: Ints,
    loose: bool = False,
    known: tuple[Ints, Bools, Floats] | None = None,
) -> tuple[Ints, Bools]:
    """The most (``sign`` 1) or the least (-1), in steps of ``scale``, that does; and where there is one.

    Of a steady trial one step further surely doesn't do, nor does any other. Else what the first amount
    rules out is out, and where rounding leaves it open, a value that does and whose neighbour doesn't is
    looked for, and so many beyond it for one that does, until there is none.

    ``loose``: whatever the last payment; only of a steady trial. ``known``: a value that surely may do
    while the one after the next doesn't (``low - 1``: none), where it is surely the last, and what
    :meth:`Trial.stands` takes of growth; only where ``sign`` is 1.
    """

    def does(which: Ints, values: Ints) -> Bools:
        return trial.each(which, sign * values * scale[which])

    def may(which: Ints, values: Ints) -> Bools:
        return test(which, sign * values * scale[which])

    low, high = (low, high) if sign > 0 else (-high, -low)
    near, by = sign * near, scale[span(rows)]
    test = trial.might if trial.simple() and trial.limit is not None else trial.nearly
    bounded = trial.steady() or test == trial.might
    out = low - 1
    if bounded:
        least, sure, grown = (out, np.zeros(len(rows), np.bool_), None) if known is None else known
        top, some = least.copy(), np.flatnonzero(~sure)
        least, there = top[some] + 1, top[some] >= low[some]  # the last one is there, or next to it
        end = np.where(there, np.minimum(least, high[some]), high[some])
        top[some] = find_edge(may, rows[some], least, end, near[some], reach[some])
        if trial.limit is None or loose:
            return sign * top * by, top >= low
        if test == trial.might and trial.steady():
            values = sign * top * by
            kept = (top >= low) & trial.stands(rows, values, grown)
            if all_of(kept):
                return values, kept
            out = np.where(kept, top, out)
    window, open_, most = WINDOW * trial.length(rows), np.arange(len(rows)), high
    if bounded:
        high = near = np.maximum(top - window, low - 1)
        left = np.flatnonzero(out < low)
        start, end, before = top[left], high[left] + 1, out[left]
        out[left] = scan(does, rows[left], start, end, -1, before, together=trial.several())
        open_ = np.flatnonzero((out < low) & (high >= low))
        if len(open_) and trial.by_amount() and trial.several():
            who = rows[open_]
            out[open_] = _by_amounts(trial, sign * scale, who, low[open_], top[open_], every=False)
            open_ = open_[out[open_] < low[open_]]
    begin, near = low.copy(), np.clip(near, low, high)
    for _ in range(CLIMBS):
        some, end = rows[open_], high[open_]
        edge = find_edge(does, some, begin[open_], end, near[open_], reach[open_])
        begins = np.minimum(edge + window[open_], end)
        out[open_] = scan(does, some, begins, edge + 1, -1, edge, together=trial.several())
        on = out[open_] > edge  # and so many beyond that one
        open_ = open_[on]
        begin[open_] = near[open_] = out[open_]
    if len(open_):  # beyond each there is another: the first beyond which there is none
        size = np.zeros((2, len(trial.loans)), np.int64)
        size[:, rows] = window, high

        def another(which: Ints, values: Ints) -> Bools:
            wide, most = size[:, which]
            last = np.minimum(values + wide, most)
            return scan(does, which, last, values + 1, -1, values, together=trial.several()) > values

        some, first = rows[open_], begin[open_]
        out[open_] = find_edge(another, some, first, high[open_], first, window[open_]) + 1
    none = np.flatnonzero(out < low)
    if len(none) and trial.by_amount() and trial.several():
        out[none] = _by_amounts(trial, sign * scale, rows[none], low[none], most[none], every=True)
    none = np.flatnonzero((out < low) & ((high * 1.0 - low) * window <= EVERY))
    if len(none) and trial.several():  # so few are left that every one is tried
        out[none] = scan(does, rows[none], high[none], low[none], -1, out[none], together=True)
    return sign * out * by, out >= low


def _by_amounts(trial: Trial, by: Ints, rows: Ints, low: Ints, high: Ints, *, every: bool) -> Ints:
    """The last value, in steps of ``by``, that does, where the first with an instalment does if any does.

    Up to the last whose instalment nearly covers the interest. ``low - 1`` where there is none, or where
    there are too many instalments to try ``every`` one; otherwise the first of them are tried.
    """

    def does(which: Ints, values: Ints) -> Bools:
        return trial.each(which, values * by[which])

    def amount(which: Ints, values: Ints) -> Ints:
        return trial.amount(which, values * by[which])

    def covers(which: Ints, values: Ints) -> Bools:
        return trial.covers(which, values * by[which])

    out, multiple = low - 1, trial.multiple(rows)
    most, least = np.asarray(trial.limit)[rows] // multiple, amount(rows, low) // multiple
    left, end = np.flatnonzero(least <= most), high.copy()
    middle, reach = (low[left] + high[left]) // 2, (high[left] - low[left]) // 4
    end[left] = find_edge(covers, rows[left], low[left], high[left], middle, reach)
    left = left[end[left] >= low[left]]
    most[left] = np.minimum(most[left], amount(rows[left], end[left]) // multiple[left])
    if every:
        left = left[(most[left] * 1.0 - least[left]) * trial.length(rows[left]) <= INSTALMENTS]
    else:
        least[left] = np.maximum(least[left], most[left] - FIRST // trial.length(rows[left]))
    width = 1
    while len(left):
        which = np.tile(left, width)
        asked = np.maximum((most[left] - np.arange(width)[:, None]).ravel(), least[which])
        first = _first(amount, rows[which], asked * multiple[which], low[which], end[which])
        holds = np.zeros(len(which), np.bool_)
        some = np.flatnonzero(first <= end[which])
        holds[some] = does(rows[which[some]], first[some])
        held = holds.reshape(width, len(left))
        hit = held.any(axis=0)
        begin = first.reshape(held.shape)[held.argmax(axis=0), np.arange(len(left))][hit]
        # None with a larger instalment does.
        some, reach = left[hit], np.ones_like(begin)
        out[some] = find_edge(does, rows[some], begin, end[some], begin, reach)
        most[left] -= width
        left = left[~hit & (most[left] >= least[left])]
        width = min(2 * width, max(AT_ONCE // max(len(left), 1), 1))
    return out


def _first(amount: Callable[[Ints, Ints], Ints], rows: Ints, asked: Ints, low: Ints, high: Ints) -> Ints:
    """The first value from ``low`` to ``high`` whose instalment is at least what is asked; else beyond."""

    def less(each: Ints, values: Ints) -> Bools:
        return np.asarray(amount(rows[each], values) < asked[each], np.bool_)

    return find_edge(less, np.arange(len(rows)), low, high, (low + high) // 2, (high - low) // 4) + 1
