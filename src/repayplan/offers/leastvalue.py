"""The least value of a lever that does, each loan's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from repayplan.basics.outcome import Bools, Ints
from repayplan.offers.levers import MOST_INCOME
from repayplan.offers.onefigure import NONE
from repayplan.offers.pairing import LEAST_WIDTH

FARTHER = 4
"""How many times as far ahead is looked, each time that no plan is affordable yet."""
AT_ONCE = 12
"""Values of a lever that are tried at once, of all loans together."""


def lower_further(value: Ints, does: Callable[[Ints, Ints], Bools], *, to: Ints | None = None) -> None:
    """Lowers values, in place, as long as one less does."""
    least = np.ones_like(value) if to is None else to
    left, width = np.flatnonzero((value != NONE) & (value > least)), 1
    while len(left):
        tried = value[left][:, None] - np.arange(1, width + 1)
        within = tried >= least[left][:, None]
        each, which = np.repeat(left, width).reshape(tried.shape)[within], tried[within]
        fits = np.zeros(tried.shape, np.bool_)
        fits[within] = does(each, which)
        run = np.logical_and.accumulate(fits, axis=1).sum(axis=1)
        value[left] -= run
        left = left[(run == width) & (value[left] > least[left])]
        width = min(2 * width, LEAST_WIDTH)


def smaller(first: Ints, second: Ints) -> Ints:
    """The smaller of two where both are there."""
    return np.where(first < 0, second, np.where(second < 0, first, np.minimum(first, second)))


def least_income(does: Callable[[Ints, Ints], Bools], needed: Ints, surplus: Ints, possible: Bools) -> Ints:
    """The least that is enough, of tests that hold from somewhere on; -1 where nothing is."""
    most = np.minimum(np.clip(needed, 1, MOST_INCOME // 4) * 4 - np.minimum(surplus, 0), MOST_INCOME)
    out, left = np.full(len(most), NONE), np.flatnonzero(possible)
    enough = np.zeros(len(most), np.bool_)
    while len(left):
        enough[left] = does(left, most[left])
        left = left[~enough[left] & (most[left] < MOST_INCOME)]
        most[left] = np.minimum(most[left], MOST_INCOME // 4) * 4
    some = np.flatnonzero(enough)
    near = np.clip(needed - surplus, 1, most)[some]
    out[some] = first_that_does(does, some, np.zeros(len(some), np.int64), most[some], near)
    return out


def first_that_does(
    does: Callable[[Ints, Ints], Bools], rows: Ints, low: Ints, high: Ints, near: Ints | None = None
) -> Ints:
    """Values above ``low`` that do, at most ``high``, which do: one unit less doesn't, or is ``low``.

    Of few rows several values are looked at together; first, where a place is known that they are most likely
    near, some farther and farther away from it.
    """
    short, enough, open_ = low.copy(), high.copy(), np.flatnonzero(high - low > 1)
    while len(open_):
        begin, end = short[open_][:, None], enough[open_][:, None]
        width = max(AT_ONCE // len(open_), 1)
        gap, part = end - begin, np.arange(1, width + 1)
        tried = begin + gap // (width + 1) * part + gap % (width + 1) * part // (width + 1)
        tried = np.where(gap <= width, begin + part, tried)
        if near is not None:
            apart = FARTHER ** (np.arange(31) if width > FARTHER else np.array([1, 6]))
            beside = np.concatenate((-apart[::-1], [0], apart))
            within = np.abs(beside) < gap.max()
            tried = np.sort(np.clip(near[open_][:, None] + beside[within], begin, end), axis=1)
            near = None
        inside = (tried > begin) & (tried < end)
        inside[:, 1:] &= tried[:, 1:] != tried[:, :-1]
        hit, each = np.zeros(tried.shape, np.bool_), np.nonzero(inside)[0]
        hit[inside] = does(rows[open_[each]], tried[inside])
        enough[open_] = np.where(hit, tried, end).min(axis=1)
        below = inside & (tried < enough[open_][:, None])
        short[open_] = np.where(below, tried, begin).max(axis=1)
        open_ = open_[enough[open_] - short[open_] > 1]
    return enough


def one_of_each(rows: Ints) -> Iterator[Ints]:
    """Numbers of rows in order, of which some come several times: each time, every row once at most."""
    again = np.arange(len(rows)) - np.searchsorted(rows, rows)
    for time in range(int(again.max(initial=-1)) + 1):
        yield np.flatnonzero(again == time)
