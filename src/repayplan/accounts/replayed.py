"""A block of accounts after its replay."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from repayplan.accounts.coming import ComingInstalments
from repayplan.accounts.endedplans import EndedPlans
from repayplan.accounts.history import History
from repayplan.accounts.lateinstalments import LateInstalments
from repayplan.accounts.position import Columns
from repayplan.accounts.statementrows import Lines
from repayplan.basics.outcome import Failures, Ints, any_of
from repayplan.kernel.allocate import Part, nothing
from repayplan.kernel.books import Books


class Went(NamedTuple):
    """What events went to, of all blocks: each writes down its own, on its thread.

    Attributes
    ----------
    paid
        int64 (events, PARTS); what each went to.
    kept, short
        int64 (events,); what of it was kept, and what early repayments lacked.
    """

    paid: Ints
    kept: Ints
    short: Ints

    @classmethod
    def of(cls, events: int) -> Went:
        """Of so many events, nothing yet."""
        return cls(nothing(events), *np.zeros((2, events), np.int64))

    def write(self, event: Ints, books: Books) -> None:
        """What those of a block went to, at their places: only what is there, as places are far apart."""
        for part in Part:
            if any_of(books.paid[:, part]):
                self.paid[:, part][event] = books.paid[:, part]
        for whole, mine in ((self.kept, books.over), (self.short, books.short)):
            some = np.flatnonzero(mine)
            whole[event[some]] = mine[some]


class Found(NamedTuple):
    """A block after its replay.

    Attributes
    ----------
    columns, late, ended, coming
        Of its accounts, their instalments that are late, their plans that later ones ended, and instalments
        that are to come.
    lines
        Rows and what went to them, where they were asked for.
    history
        What they were on every day, where it was asked for.
    failures
        By account, among those that were replayed.
    """

    columns: Columns
    late: LateInstalments
    ended: EndedPlans
    coming: ComingInstalments
    lines: Lines | None
    history: History | None
    failures: Failures
