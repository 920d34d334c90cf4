"""Payments go to what is owed: rows of several loans side by side, each loan's together, in one pass."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from repayplan.basics.outcome import Ints, any_of


class Part(IntEnum):
    """What can be owed of a row; its place in the first axis of arrays."""

    COSTS = 0
    FEES = 1
    PENALTY = 2
    COMPOUND = 3
    INTEREST = 4
    PRINCIPAL = 5


PARTS = len(Part)
EVERY = np.ones(PARTS, np.int64)
"""``amounts @ EVERY``: of rows of parts, their sums; five times as fast as the sum along so short an axis."""


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


def before(amounts: Ints, at: Stretch) -> Ints:
    """What the rows of the same loan before each one add up to.

    Sums run over all loans and may wrap around; their differences are right, as each fits int64.

    Examples
    --------
    >>> before(np.array([3, 4, 5]), stretch(np.array([0, 2]), np.array([2, 3])))
    array([0, 3, 0])
    """
    running = np.cumsum(amounts) - amounts
    return np.asarray(running - running[at.heads][at.of], np.int64)


def allocate(amount: Ints, owed: Ints, at: Stretch, order: Sequence[Part], *, by_row: bool) -> Ints:
    """What of each loan's amount goes to each part of its rows, the earlier rows first.

    Parameters
    ----------
    amount
        int64 (loans,), none below 0.
    owed
        int64 (rows, :data:`PARTS`), none below 0.
    at
        Whose rows they are.
    order
        Of the parts; what isn't named gets nothing.
    by_row
        Row by row, in each by the order; else part by part, of each the earlier rows first.

    Returns
    -------
    int64 (rows, :data:`PARTS`).

    Examples
    --------
    >>> owed = np.zeros((2, PARTS), np.int64)
    >>> owed[:, Part.INTEREST], owed[:, Part.PRINCIPAL] = (3, 2), (10, 11)
    >>> at, order = stretch(np.array([0]), np.array([2])), (Part.INTEREST, Part.PRINCIPAL)
    >>> allocate(np.array([14]), owed, at, order, by_row=True)[:, 4:].tolist()
    [[3, 10], [1, 0]]
    >>> allocate(np.array([14]), owed, at, order, by_row=False)[:, 4:].tolist()
    [[3, 9], [2, 0]]
    """
    # Part by part: each stands together then, which is several times as fast to reckon with.
    parts = np.ascontiguousarray(owed.T)
    paid = np.zeros_like(parts)
    some = [part for part in order if any_of(parts[part] > 0)]
    alone = len(at.rows) == len(at.heads)
    left = amount if alone else amount[at.of]
    if by_row and not alone:
        left = left - before(parts[some].sum(axis=0), at)
    if by_row or alone:
        for part in some:
            paid[part] = np.minimum(np.maximum(left, 0), parts[part])
            left = left - parts[part]
    else:
        rest = amount
        for part in some:
            left = rest[at.of] - before(parts[part], at)
            paid[part] = np.minimum(np.maximum(left, 0), parts[part])
            rest = rest - np.add.reduceat(paid[part], at.heads)
    return np.ascontiguousarray(paid.T)
