"""The identities of a schedule as formulas over columns of rows, of one loan or of many."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt

from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Bools, Ints
from repayplan.testing.finding import WHOLE, Columns, Finding


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of schedules, one loan's after the other's: columns of the table, and where each loan begins."""

    columns: Columns
    decimals: Ints
    offsets: Ints

    @property
    def first(self) -> Ints:
        """int64; the first row of each loan."""
        return self.offsets[:-1]

    @property
    def last(self) -> Ints:
        """int64; the last row of each loan."""
        return self.offsets[1:] - 1

    @property
    def loan(self) -> Ints:
        """int64; whose row each is."""
        return np.repeat(np.arange(len(self.first)), np.diff(self.offsets))

    def finding(self, identity: str, bad: Bools, found: npt.ArrayLike, expected: npt.ArrayLike) -> Finding:
        """Rows of the mask, with both sides of the identity."""
        at = np.flatnonzero(bad)
        loan = self.loan[at]
        sides = (np.broadcast_to(side, bad.shape)[at].astype(np.int64) for side in (found, expected))
        return Finding(identity, loan, at - self.first[loan], *sides)

    def rows(self, identity: str, found: Ints, *terms: Ints) -> Finding:
        """Rows where ``found`` isn't the sum of the terms."""
        bounded(identity, found, *terms)
        expected = reduce(np.add, terms)
        return self.finding(identity, found != expected, found, expected)

    def ends(self, identity: str, found: Ints, expected: Ints) -> Finding:
        """Last rows where what is found there isn't what is expected."""
        loan = np.flatnonzero(found != expected)
        return Finding(identity, loan, (self.last - self.first)[loan], found[loan], expected[loan])

    def total(self, name: str) -> Ints:
        """int64; the sum of a column over each loan's rows."""
        column = self.columns[name]
        bounded(name, np.add.reduceat(np.abs(column.astype(np.float64)), self.first))
        return np.asarray(np.add.reduceat(column, self.first), np.int64)

    def sums(self, identity: str, name: str, *terms: Ints) -> Finding:
        """Loans where a column's sum isn't that of the terms."""
        found = self.total(name)
        bounded(identity, found, *terms)
        expected = reduce(np.add, terms)
        loan = np.flatnonzero(found != expected)
        return Finding(identity, loan, np.full(len(loan), WHOLE), found[loan], expected[loan])


def bounded(identity: str, *terms: npt.NDArray[Any]) -> None:
    """Refuses amounts whose sum could leave int64, which would wrap and say nothing."""
    size = reduce(np.add, (np.abs(term.astype(np.float64)) for term in terms))
    if (size >= 2.0**63).any():
        raise InputError(Code.BEYOND_DOMAIN, identity, f"{size.max():.4g}", limit="2**63 minor units")


def identities(
    rows: Rows, lent: Ints | None, carried: Ints, left: Ints, together: Bools
) -> Iterator[Finding]:
    """What holds of any schedule.

    Parameters
    ----------
    rows
        With the columns that :func:`~repayplan.testing.tables.completed` gives a table.
    lent
        int64, one a loan; None: what its first row opens with.
    carried, left
        int64, one a loan: interest carried in, and what the last row is to leave.
    together
        bool, one a loan: due dates are moved to business days, so that several may be on one.
    """
    c, first = rows.columns, rows.first
    if "period" in c:
        count = np.arange(len(c["period"])) - np.repeat(first, np.diff(rows.offsets)) + 1
        yield rows.finding("period", c["period"] != count, c["period"], count)
    if "due_date" in c:
        before = np.concatenate((c["due_date"][:1], c["due_date"][:-1]))
        same = np.repeat(together, np.diff(rows.offsets)) & (c["due_date"] == before)
        early = (c["due_date"] <= before) & ~same
        early[first] = False
        yield rows.finding("order", early, c["due_date"].astype(np.int64), before.astype(np.int64))
    start = c["opening"][first] if lent is None else lent
    before = np.concatenate((start[:1], c["closing"][:-1]))
    before[first] = start
    yield rows.rows("opening", c["opening"], before)
    parts = ("interest_paid", "capitalised", "deferred", "waived")
    yield rows.rows("interest", c["interest"], *(c[name] for name in parts))
    yield rows.rows("payment", c["payment"], c["principal"], c["interest_paid"], c["fee"])
    more, less = (c["drawn"], c["capitalised"]), (c["principal"], c["forgiven"])
    yield rows.rows("closing", c["closing"], c["opening"], *more, *(-each for each in less))
    yield rows.finding("balance", c["closing"] < 0, c["closing"], 0)
    yield rows.ends("end", c["closing"][rows.last], left)
    owed = (start, rows.total("drawn"), rows.total("capitalised"))
    yield rows.sums("repaid", "principal", *owed, -rows.total("forgiven"), -left)
    yield rows.sums("deferred", "deferred", -carried)
