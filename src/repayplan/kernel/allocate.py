"""Payments go to what is owed: rows of several loans side by side, each loan's together, in one pass."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from repayplan.basics.outcome import Bools, Ints, all_of, any_of


class Part(IntEnum):
    """What can be owed of a row; its place in the first axis of arrays."""

    COSTS = 0
    FEES = 1
    PENALTY = 2
    COMPOUND = 3
    INTEREST = 4
    PRINCIPAL = 5


PARTS = len(Part)
Amounts = dict[Part, Ints]
"""Of each part that is named, int64 of some rows or loans; of others there is nothing."""


def nothing(rows: int) -> Ints:
    """int64 (rows, PARTS) of zeros, each part's together: what is reckoned is reckoned part by part.

    Examples
    --------
    >>> nothing(2)[:, Part.INTEREST].flags.c_contiguous
    True
    """
    return np.zeros((rows, PARTS), np.int64, order="F")


def tables(rows: int, *widths: int) -> list[Ints]:
    """Several tables of zeros, int64 (rows, width) each, as :func:`nothing` makes one.

    They share one stretch of memory. One that is large is new, in large pages: what isn't written costs
    nothing, and the rest a tenth of what as many small pages do.

    Examples
    --------
    >>> [table.shape for table in tables(5, 2, 1)]
    [(5, 2), (5, 1)]
    """
    whole = np.zeros((sum(widths), rows), np.int64)
    ends = np.cumsum(widths).tolist()
    return [whole[end - width : end].T for end, width in zip(ends, widths, strict=True)]


def some_of(amounts: Ints, rows: Ints, places: Iterable[int] = Part) -> Ints:
    """Some rows of int64 (rows, :data:`PARTS` or ledgers), of places that aren't named nothing."""
    out = np.zeros((len(rows), amounts.shape[1]), np.int64, order="F")
    for place in places:
        out[:, place] = amounts[:, place].take(rows)
    return out


def there(amounts: Ints, *more: Part) -> tuple[Part, ...]:
    """The parts of which there is anything, and some that may be.

    Examples
    --------
    >>> there(np.array([[0, 0, 0, 0, 0, 9]]), Part.PENALTY)
    (<Part.PENALTY: 2>, <Part.PRINCIPAL: 5>)
    """
    return tuple(part for part in Part if part in more or any_of(amounts[:, part]))


def sums(amounts: Ints, parts: Iterable[Part] = Part) -> Ints:
    """int64 (rows,): what the parts of each row add up to.

    Examples
    --------
    >>> sums(np.array([[1, 2, 4, 8, 16, 32]]), (Part.COSTS, Part.PRINCIPAL))
    array([33])
    """
    out = np.zeros(len(amounts), np.int64)
    for part in parts:
        out += amounts[:, part]
    return out


class Stretch(NamedTuple):
    """Rows of some loans, each loan's together.

    Attributes
    ----------
    rows
        int64; the rows' numbers.
    of
        int64; the loan of each, counted among these loans.
    heads
        int64; where each loan's rows begin. No loan is without rows.
    """

    rows: Ints
    of: Ints
    heads: Ints

    @property
    def alone(self) -> bool:
        """Whether each loan has one row."""
        return len(self.rows) == len(self.heads)


def stretch(first: Ints, end: Ints) -> Stretch:
    """Rows ``first[i]`` up to ``end[i]`` of each loan; at least one each.

    Examples
    --------
    >>> stretch(np.array([0, 7]), np.array([2, 8]))
    Stretch(rows=array([0, 1, 7]), of=array([0, 0, 1]), heads=array([0, 2]))
    """
    many = end - first
    ends = np.cumsum(many)
    heads = ends - many
    of = np.repeat(np.arange(len(many)), many)
    return Stretch(np.arange(len(of)) + (first - heads)[of], of, heads)


def among_rows(at: Stretch, rows: Bools) -> Stretch:
    """Some of the rows, with those of their loans that have any."""
    if all_of(rows):
        return at
    many = np.bincount(at.of[rows], minlength=len(at.heads))
    many = many[many > 0]
    ends = np.cumsum(many)
    return Stretch(at.rows[rows], np.repeat(np.arange(len(many)), many), ends - many)


def among(at: Stretch, loans: Bools) -> Stretch:
    """The rows of some of the loans."""
    return among_rows(at, loans[at.of])


def totals(amounts: Ints, heads: Ints) -> Ints:
    """What each loan's rows add up to; ``heads``: where they begin.

    As running sums: several times as fast as loan by loan.

    Sums run over all loans and may wrap around; their differences are right, as each fits int64.

    Examples
    --------
    >>> totals(np.array([3, 4, 5]), np.array([0, 2]))
    array([7, 5])
    """
    if len(heads) == len(amounts):
        return amounts
    running = np.cumsum(amounts)
    out = running[np.append(heads[1:], len(running)) - 1]
    out[1:] -= out[:-1].copy()
    return np.asarray(out, np.int64)


def totals_by_part(amounts: Ints, heads: Ints) -> Ints:
    """The same of each part: int64 (loans, :data:`PARTS`)."""
    out = nothing(len(heads))
    for part in Part:
        if any_of(amounts[:, part]):
            out[:, part] = totals(amounts[:, part], heads)
    return out


def before(amounts: Ints, at: Stretch) -> Ints:
    """What the rows of the same loan before each one add up to; sums may wrap around as in :func:`totals`.

    Examples
    --------
    >>> before(np.array([3, 4, 5]), stretch(np.array([0, 2]), np.array([2, 3])))
    array([0, 3, 0])
    """
    running = np.cumsum(amounts) - amounts
    return np.asarray(running - running[at.heads][at.of], np.int64)


def allocate(
    amount: Ints, owed: Amounts, at: Stretch, order: Sequence[Part], *, by_row: bool
) -> tuple[Amounts, Amounts]:
    """What of each loan's amount goes to each part of its rows, the earlier rows first.

    Parameters
    ----------
    amount
        int64 (loans,), none below 0.
    owed
        Of the rows, none below 0.
    at
        Whose rows they are.
    order
        Of the parts; what isn't named gets nothing.
    by_row
        Row by row, in each by the order; else part by part, of each the earlier rows first.

    Returns
    -------
    What goes to each row, and what that comes to of each loan; nothing goes to parts that aren't there.

    Examples
    --------
    >>> owed = {Part.INTEREST: np.array([3, 2]), Part.PRINCIPAL: np.array([10, 11])}
    >>> at, order = stretch(np.array([0]), np.array([2])), (Part.INTEREST, Part.PRINCIPAL)
    >>> for by_row in (True, False):
    ...     rows, loans = allocate(np.array([14]), owed, at, order, by_row=by_row)
    ...     print([rows[part].tolist() for part in order], [loans[part].tolist() for part in order])
    [[3, 1], [10, 0]] [[4], [10]]
    [[3, 2], [9, 0]] [[5], [9]]
    """
    paid: Amounts = {}
    gone: Amounts = {}
    some = [part for part in order if part in owed and any_of(owed[part] > 0)]
    if not some:
        return paid, gone
    if at.alone:
        for part in some:
            paid[part] = gone[part] = np.minimum(amount, owed[part])
            amount = amount - paid[part]
    elif by_row:
        left = amount[at.of] - before(sum((owed[part] for part in some[1:]), owed[some[0]]), at)
        for part in some:
            paid[part] = np.minimum(np.maximum(left, 0), owed[part])
            gone[part] = totals(paid[part], at.heads)
            left = left - owed[part]
    else:
        ends = np.append(at.heads[1:], len(at.rows)) - 1
        for part in some:
            mine = owed[part]
            running = np.cumsum(mine)
            until = running[ends]
            since = np.append(0, until[:-1])
            gone[part] = np.minimum(amount, until - since)
            if all_of(gone[part] == until - since):
                paid[part] = mine
            else:
                left = (amount + since).take(at.of) - running + mine
                paid[part] = np.minimum(np.maximum(left, 0), mine)
            amount = amount - gone[part]
    return paid, gone
