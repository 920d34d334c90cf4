"""Amounts of plain rows loan by loan, without a lookup for each: the grid of a few loans, turned round."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from repayplan.basics.outcome import Ints
from repayplan.kernel.block import Block
from repayplan.kernel.rules import Interest
from repayplan.plans.loan import Loans
from repayplan.plans.rows import Columns
from repayplan.plans.stored import Stored

CELLS = 131_072
"""Cells of a grid, which stays in the processor's cache while it is turned."""
FEWEST = 8
"""Loans of one length, on average, below which a lookup for each row costs no more."""
PLAIN = frozenset({"opening", "interest", "interest_paid", "principal", "payment", "closing"})
"""Amounts that follow from balances and interest alone, where nothing but these moves."""


def is_plain(loans: Loans, part: Stored, names: Collection[str]) -> bool:
    """Whether these columns of a block's rows are balances, interest and what follows from them alone.

    Of every loan: all interest is paid when it is due, nothing is owed or put aside beside the balance, and
    nothing moves beside the instalments.
    """
    laid, block = part.laid, part.block
    work = laid.work
    return (
        len(names) > 0
        and PLAIN.issuperset(names)
        and len(block.rows) >= FEWEST * len(block.active)
        and (block.interest is not None or len(block.ends) == 1)
        and all(rule.interest is Interest.PAID and not rule.adds for rule in work.rules)
        and work.course is None
        and not (work.moves or laid.fees or laid.plan.beside)
        and laid.aside is None
        and not loans.beside[part.rows].any()
    )


def plain_rows(part: Stored, names: Collection[str]) -> Iterator[tuple[slice, Columns]]:
    """Columns of the loans of a block that have as many rows: ``(loans, rows)`` each, until the next ones."""
    block = part.block
    term = part.laid.work.term[block.rows]  # falling
    room: dict[str, npt.NDArray[np.int64]] = {}
    begin = 0
    while begin < len(term):
        longest = int(term[begin])
        end = min(begin + max(1, CELLS // longest), len(term))
        grids = _grids(block, slice(begin, end), term[begin:end], names, room)
        edges = np.flatnonzero(np.diff(term[begin:end])) + 1
        for low, high in pairwise([0, *edges.tolist(), end - begin]):
            some = slice(begin + low, begin + high)
            rows = int(term[some.start])
            yield some, {name: grids[name][low:high, :rows] for name in names}
        begin = end


def _grids(block: Block, some: slice, term: Ints, names: Collection[str], room: dict[str, Ints]) -> Columns:
    """Amounts of some loans of a block, ``(loans, periods)``; anything after a loan's last row."""
    size, periods = len(term), int(term[0])

    def grid(name: str) -> Ints:
        """Room that was written to before: new memory costs more than what is done in it."""
        flat = room.setdefault(name, np.empty(max(CELLS, periods), np.int64))
        return flat[: size * periods].reshape(size, periods)

    def turned(name: str, kept: npt.NDArray[np.int64 | np.int32]) -> Ints:
        out = grid(name)
        for t in range(periods):
            here = min(int(block.active[t]), some.stop) - some.start
            start = int(block.offset[t]) + some.start
            out[:here, t] = kept[start : start + here]
        out -= block.shift
        return out

    first, closing = block.opening[some], turned("closing", block.closing)
    out = {"closing": closing}
    principal = out["principal"] = grid("principal")
    np.subtract(first, closing[:, 0], out=principal[:, 0])
    np.subtract(closing[:, :-1], closing[:, 1:], out=principal[:, 1:])
    if "opening" in names:
        out["opening"] = grid("opening")
        np.add(principal, closing, out=out["opening"])
    if block.interest is not None:
        interest = turned("interest", block.interest)
    else:
        interest, last = grid("interest"), (np.arange(size), term - 1)
        np.subtract(block.amount[0, some, None], principal, out=interest)
        interest[last] = block.last[some] - principal[last]
    out["interest"] = out["interest_paid"] = interest
    if "payment" in names:
        out["payment"] = grid("payment")
        np.add(principal, interest, out=out["payment"])
    return out
