"""What the loop over periods goes by: who has rows left, which stages begin, what interest accrues."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from repayplan.basics.outcome import Ints, largest
from repayplan.kernel import accrue
from repayplan.kernel.accrue import Numbers
from repayplan.kernel.amounts import stage_begins, stage_starts
from repayplan.kernel.rules import Rule
from repayplan.kernel.work import Work

FEW_CELLS = 65_536
"""Cells of a table of periods that are laid out for a block at once."""
EXACT = 2.0**53
"""Below it a whole number is a float."""
FEW_KINDS = 8
"""So many lengths of periods have a factor each, of every loan."""
SMALL = 4_096
"""Up to so many loans, one pass with every check costs less than two without some of them."""


def stages_of_work(work: Work) -> tuple[Ints, dict[int, list[tuple[int, Ints | slice]]]]:
    """The period in which each stage of each loan begins; and for each period, what begins in it."""
    begins, lengths = stage_begins(work.lengths), work.lengths
    if work.stop is not None:  # a plan may end before its stages begin
        lengths = np.where(begins < work.term, lengths, 0)
    return begins, stage_starts(begins, lengths)


def accrual(work: Work, *, floats: bool, wide: bool) -> Callable[[int, int, Numbers, Numbers, Numbers], None]:
    """Interest of period t for the first n loans of the block; the rest as in ``Accrue``."""
    mode, multiple, den = work.interest_mode, work.interest_multiple, work.den
    rounded = accrue.by_float(mode, multiple) if floats else accrue.by_integer(den, mode, multiple, wide=wide)

    def factor(num: Ints) -> Numbers:
        return accrue.float_factor(num, den, mode, multiple) if floats else num

    if work.later is None:
        first = factor(work.num * work.first)
        regular = first if work.first is work.regular else factor(work.num * work.regular)

        def periodic(t: int, n: int, balance: Numbers, out: Numbers, spare: Numbers) -> None:
            rounded(balance, (regular if t else first)[:n], out, spare)

        return periodic
    table, calendar, num = work.later[: largest(work.term) - 1], work.calendar, work.num
    alone = table.shape[1] == 1
    if (1 + len(table)) * len(num) <= FEW_CELLS:
        units = np.empty((1 + len(table), len(num)), np.int64)
        units[0], units[1:] = work.first, table[:, calendar]
        cells = num * units
        if largest(np.abs(cells)) < EXACT:
            # A factor a row is as near to the truth as one a unit: what it is made of is exact too.
            every = list(factor(cells))

            def known(t: int, n: int, balance: Numbers, out: Numbers, spare: Numbers) -> None:
                row = every[t]
                rounded(balance, row if len(row) == n else row[:n], out, spare)

            return known

    def own(each: Numbers, t: int, n: int) -> Numbers:
        """What the first n loans have of a period after the first."""
        row: Numbers = each[t - 1]
        return row if alone else row.take(calendar[:n])

    first = factor(num * work.first)
    if work.resets is not None:  # the rates are in the table
        factors = factor(np.asarray(table, np.int64))

        def changing(t: int, n: int, balance: Numbers, out: Numbers, spare: Numbers) -> None:
            rounded(balance, own(factors, t, n) if t else first[:n], out, spare)

        return changing
    if alone and floats and len(num) > SMALL:
        # One calendar has few lengths of periods.
        kinds, kind = np.unique(np.asarray(table[:, 0], np.int64), return_inverse=True)
        if len(kinds) <= FEW_KINDS:
            each = [factor(num * units) for units in kinds]

            def shared(t: int, n: int, balance: Numbers, out: Numbers, spare: Numbers) -> None:
                rounded(balance, (each[kind[t - 1]] if t else first)[:n], out, spare)

            return shared
    per_unit, begins = factor(num), work.first.astype(np.float64 if floats else np.int64)
    counted = table.astype(begins.dtype)

    def dated(t: int, n: int, balance: Numbers, out: Numbers, spare: Numbers) -> None:
        units = own(counted, t, n) if t else begins[:n]
        if floats:
            np.multiply(balance, units, out=out)
            rounded(out, per_unit[:n], out, spare)
        else:
            rounded(balance, np.asarray(per_unit[:n] * units, np.int64), out, spare)

    return dated


def rows_by_period(term: Ints) -> tuple[Ints, Ints]:
    """How many loans, sorted by term, have more than t rows; and how many rows there are before period t."""
    left = len(term) - np.bincount(term).cumsum()
    offset = np.zeros(len(left) + 1, np.int64)
    left.cumsum(out=offset[1:])
    return left, offset


def last_amortising(rules: tuple[Rule, ...]) -> int:
    """Which stage is the last that repays principal; -1: none does."""
    return max((s for s, rule in enumerate(rules) if rule.amortises), default=-1)
