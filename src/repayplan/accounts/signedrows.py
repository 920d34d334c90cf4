"""The signed plan's rows, and what is reckoned from them before a replay."""

from __future__ import annotations

import numpy as np

from repayplan.accounts.timeline import Sheet
from repayplan.basics.outcome import Ints
from repayplan.kernel.allocate import Part, totals
from repayplan.kernel.bookrows import NewRows
from repayplan.kernel.replanning import largest_but_last


def largest_instalment(table: Sheet) -> Ints:
    """The largest instalment of each account but its last, without fees."""
    asked = table.charged[:, Part.PRINCIPAL] + table.charged[:, Part.INTEREST]
    return largest_but_last(asked[table.plain], table.of[table.plain], len(table.heads) - 1)


def rows_as_new(table: Sheet) -> NewRows:
    """The signed plan's rows."""
    some = np.flatnonzero(table.plain)
    none = np.zeros(len(some), np.int64)
    return NewRows(
        table.of[some],
        table.due[some],
        table.start[some],
        table.charged[some],
        table.course[some],
        none,
        none,
    )


def planned_interest(table: Sheet) -> Ints:
    """The interest of each account's plan in all, and its periods."""
    interest = np.where(table.plain, table.charged[:, Part.INTEREST], 0)
    heads = table.heads[:-1]
    return np.stack((totals(interest, heads), totals(table.plain.astype(np.int64), heads)), axis=1)
