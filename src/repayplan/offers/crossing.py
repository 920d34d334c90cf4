"""The last value at which a test holds, or a figure isn't above 0."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from repayplan.basics.outcome import Bools, Ints
from repayplan.kernel.accrue import Floats

BOTH_ENDS = 3
"""In so many rounds of a search both ends have been looked at."""


def last(test: Callable[[Ints], Bools], low: Ints, high: Ints, near: Ints) -> Ints:
    """The last value of ``(low, high]`` for which a test holds that fails from somewhere on; else ``low``."""
    after = high + 1  # the test holds at low (or is taken to), and doesn't at after
    reach = 4
    for around in (near, near):
        below, above = np.clip(around - reach, low, high), np.clip(around + reach, low, high)
        for probe in (below, above):
            inside = (probe > low) & (probe < after)
            holds = test(probe)
            low, after = np.where(inside & holds, probe, low), np.where(inside & ~holds, probe, after)
        reach *= 1_000
    while (after - low > 1).any():
        middle = low + (after - low) // 2
        holds = test(middle)
        open_ = after - low > 1
        low, after = np.where(open_ & holds, middle, low), np.where(open_ & ~holds, middle, after)
    return low


def last_within(
    excess: Callable[[Ints, Ints], Floats], low: Ints, high: Ints, near: Ints, at_low: Floats
) -> Ints:
    """The last value of ``(low, high]`` at which a figure that never falls isn't above 0; else ``low``.

    It is looked for where the straight line through what is known on both sides crosses 0, first ``near``:
    few steps, where the figure is about in proportion.

    Parameters
    ----------
    excess
        The figure at values, of the rows of these numbers; infinite where how far it is above 0 isn't known.
    at_low
        The figure at ``low``; NaN where it isn't known.
    """
    low, after = low.copy(), high + 1  # not above 0 at low (or taken not to be), above 0 at after
    at_low, at_after = at_low.copy(), np.full(len(low), np.nan)
    probe, rounds, open_ = np.clip(near, low + 1, high), 0, np.flatnonzero(after - low > 1)
    while len(open_):
        values = probe[open_]
        found = excess(values, open_)
        holds = found <= 0
        kept, lost = open_[holds], open_[~holds]
        low[kept], at_low[kept] = values[holds], found[holds]
        after[lost], at_after[lost] = values[~holds], found[~holds]
        open_, rounds = open_[after[open_] - low[open_] > 1], rounds + 1
        begin, end, below, above = (each[open_] for each in (low, after, at_low, at_after))
        with np.errstate(invalid="ignore", divide="ignore"):
            part = below / (below - above)
        # A line may lie too low on one side over and over: every now and then the middle is looked at.
        part = np.where(np.isfinite(part) & (rounds % 4 > 0), part, 0.5)
        middle = begin + ((end - begin) * part).astype(np.int64)
        if rounds < BOTH_ENDS:
            middle = np.where(np.isnan(above), end - 1, np.where(np.isnan(below), begin + 1, middle))
        probe[open_] = np.clip(middle, begin + 1, end - 1)
    return low
