"""Instalments that are late, of all accounts of a batch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from repayplan.accounts.position import days_from
from repayplan.basics.dates import Days
from repayplan.basics.outcome import Ints
from repayplan.kernel.allocate import Part, stretch
from repayplan.kernel.books import Books


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LateInstalments:
    """Instalments of the plan that fell due before the day and of which something is missing.

    Attributes
    ----------
    account
        int64, rising; each one's account, counted among those of the statements.
    due
        datetime64[D]; when it fell due.
    amount, principal
        int64 minor units; what is missing of it, without charges for being late, and what of that is
        principal.
    """

    account: Ints
    due: Days
    amount: Ints
    principal: Ints

    @classmethod
    def of(cls, books: Books, end: Ints) -> LateInstalments:
        """Of one block."""
        first, reach = books.first, books.reach
        some = np.flatnonzero(first < reach)
        at = stretch(first[some], reach[some])
        account, due, missing = some[at.of], books.demands.due[at.rows], books.demands.missing(at.rows)
        late = books.plain[at.rows] & (due < end[account]) & (missing > 0)
        principal = books.demands.left[at.rows[late], Part.PRINCIPAL]
        return cls(account=account[late], due=days_from(due[late]), amount=missing[late], principal=principal)
