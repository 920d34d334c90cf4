"""Principal that moves beside the instalments, and the interest of its period."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from repayplan.basics.outcome import Bools, Ints
from repayplan.kernel.accrue import Numbers, divide_product, settle
from repayplan.kernel.work import Work


def rounded_interest(work: Work, parts: Sequence[tuple[Ints, Ints]]) -> Ints:
    """Rounded interest: the sum of amounts times numerators, of any sign."""
    size = len(parts[0][0])
    whole: Ints = np.zeros(size, np.int64)
    rest: Ints = np.zeros(size, np.int64)
    for amount, num in parts:
        sign = np.sign(amount) * np.sign(num)
        quotient, left = divide_product(np.abs(amount), np.abs(num), work.den)
        carry, rest = np.divmod(rest + sign * left, work.den)
        whole = np.asarray(whole + sign * quotient + carry, np.int64)
    below = whole < 0
    whole = np.where(below, -whole - (rest > 0), whole)
    rest = np.where(below & (rest > 0), work.den - rest, rest)
    interest = settle(whole, rest, work.den, work.interest_mode, work.interest_multiple)
    return np.where(below, -interest, interest)


def moved_in(
    work: Work, t: int, pos: Ints | slice, balance: Ints, *, anew: bool = False, kept: bool = False
) -> list[tuple[Ints, Ints]]:
    """Principal that moves within period ``t`` beside the instalments, and the numerator of its rest.

    ``anew``: only what that period's instalment is solved with already. ``kept``: at the rate at its
    beginning.
    """
    out = []
    for move in work.moves:
        here = move.period[pos] == t
        if anew:
            here &= move.anew[pos] == t
        if here.any():
            amount = np.where(here, np.maximum(move.amount[pos], -balance), 0)
            balance = balance + amount
            out.append((amount, np.where(here, (move.kept if kept else move.num)[pos], 0)))
    return out


def moved_with_interest(
    work: Work, t: int, balance: Numbers, base: Numbers | None, on_start: Bools
) -> tuple[Ints, Ints, Ints]:
    """For which loans of period t principal moves; how much of each in all, and their interest then."""
    n, b = len(balance), np.asarray(balance, np.int64)
    moved = moved_in(work, t, slice(0, n), b)
    if not moved:
        nothing = np.zeros(n, np.int64)
        return nothing[:0], nothing, nothing
    units = work.units(t, slice(0, n))
    bears = b if base is None else np.where(on_start & (b > 0), np.asarray(base, np.int64), b)
    here = [inside for move in work.moves if (inside := move.period[:n] == t).any()]
    num = work.num[:n] * units
    if work.by_piece:
        interest = np.zeros(n, np.int64)
        for (amount, rest), inside in zip(moved, here, strict=True):
            after = np.where(inside, rest, num)
            interest += rounded_interest(work, [(bears, num - after)])
            bears, num = bears + amount, after
        interest += rounded_interest(work, [(bears, num)])
    else:
        interest = rounded_interest(work, [(bears, num), *moved])
    total: Ints = np.sum([amount for amount, _ in moved], axis=0, dtype=np.int64)
    return np.flatnonzero(np.any(here, axis=0)), total, interest
