"""Households month by month, on many paths: what they put by, what hits them, and when a plan breaks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from repayplan.basics.outcome import Ints

LARGEST = 2**49
"""No amount of a month may be as large, so that shares of it and sums over all months stay within int64."""
PARTS = 10_000
"""What is put by is said in these parts of what is left."""
BITS = 32
"""Of a random number."""


@dataclass(frozen=True, slots=True, eq=False)
class Hit:
    """Something that takes an amount a month while it lasts.

    Attributes
    ----------
    number
        Of its random numbers.
    takes
        int64 (months, loans, scenarios); minor units.
    begins, ends
        Below which the one random number it begins in a month, and below which the other one that runs has
        ended by the next.
    """

    number: int
    takes: Ints
    begins: int
    ends: int


def breaks(
    above: Ints,
    asks: Ints,
    due: Ints,
    balloon: Ints,
    scenario: Ints,
    losses: Sequence[Hit],
    spending: Sequence[Hit],
    income: Ints,
    opening: Ints,
    puts_by: int,
    keeps: Ints,
    missed: int,
    draw: Callable[[int, int], tuple[Ints, Ints]],
) -> Ints:
    """In which month each plan breaks on each path, counted from 0; the number of months where it doesn't.

    Parameters
    ----------
    above
        int64 (months, loans, scenarios); what a household has left above what it needs, after the payment.
    asks, due
        int64, the same shape; what is laid aside of it for the next payment, and how many payments are due.
    balloon
        int64, the same shape; what is to be laid aside of what is above the need, besides, for a payment at a
        plan's end, the last of those due then.
    scenario
        int64 (paths,); in which scenario each path is.
    losses, spending
        What may happen, each with random numbers of its own.
    income
        int64, the same shape; what there is in a month, of which all losses together take no more.
    opening, keeps
        int64 (loans,); what is put by at first, and how much is at most.
    puts_by
        How many of :data:`PARTS` of what is left above the need are put by.
    missed
        So many payments missed, one after the other, break the plan.
    draw
        ``draw(month, number)`` gives int64 (loans, paths) of :data:`BITS` random bits, twice: for the end of
        what runs, and for the beginning.

    Notes
    -----
    What a month falls short by comes from what is put by. Where that isn't enough, something is lacking of
    what was to be laid aside, never more than that; it comes from whatever is above the need until the
    payment is due, before anything is put by again. What has been laid aside pays the payments due in a month
    in their order; those that aren't paid in full are missed, and what is lacking of them isn't asked again.
    """
    months, loans, scenarios = above.shape

    def of(table: Ints) -> Ints:
        """Figures of loans and scenarios on their paths; where there is one scenario they are broadcast."""
        return table if scenarios == 1 else table[:, scenario]

    shape = (loans, len(scenario))
    put_by = np.broadcast_to(opening[:, None], shape).copy()
    running = [np.zeros(shape, np.bool_) for _ in (*losses, *spending)]
    in_a_row, lacking = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    wanted, besides = np.zeros_like(above[0]), np.zeros_like(above[0])
    asked = asks + balloon
    broken = np.full(shape, months)
    for month in range(months):
        left, lost = of(above[month] - balloon[month]) - lacking, np.zeros(shape, np.int64)
        for i, hit in enumerate((*losses, *spending)):
            ending, beginning = draw(month, hit.number)
            running[i] = (running[i] & (ending >= hit.ends)) | (beginning < hit.begins)
            takes = of(hit.takes[month]) * running[i]
            if i < len(losses):
                lost += takes
            else:
                left -= takes
        left -= np.minimum(lost, of(income[month]))
        wanted += asks[month]
        besides += balloon[month]
        lacking = np.minimum(np.maximum(-(put_by + left), 0), lacking + of(asked[month]))
        more = np.minimum(put_by + left * puts_by // PARTS, keeps[:, None])
        put_by = np.where(left > 0, more, np.maximum(put_by + left, 0))
        if not due[month].any():
            continue
        payments, unpaid = of(due[month]), np.minimum(lacking, of(due[month]))
        if due[month].max() > 1:  # else it is one, and it is missed where anything is lacking
            alike, last = of(due[month] - (besides > 0)), of(besides)  # what a balloon lacks, they don't
            short = -(-np.maximum(lacking - last, 0) * alike // of(np.maximum(wanted, 1)))
            unpaid = np.minimum(short, alike) + ((lacking > 0) & (last > 0))
        in_a_row = np.where(unpaid == payments, in_a_row, 0) + unpaid
        broken = np.minimum(broken, np.where(in_a_row >= missed, month, months))
        lacking = np.where(payments > 0, 0, lacking)
        wanted[due[month] > 0] = besides[due[month] > 0] = 0
    return broken
