"""Instalments that are late, of all accounts of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from repayplan.accounts.position import days_from
from repayplan.basics.dates import Days
from repayplan.basics.outcome import Bools, Ints
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

    @classmethod
    def joined(cls, blocks: Sequence[LateInstalments], sizes: Sequence[int], good: Bools) -> LateInstalments:
        """Of all blocks together, each of so many accounts; those of accounts that are good."""
        before = np.cumsum([0, *sizes])[:-1].tolist()
        account = _together([each.account + low for each, low in zip(blocks, before, strict=True)], np.int64)
        due = _together([each.due for each in blocks], "datetime64[D]")
        amount = _together([each.amount for each in blocks], np.int64)
        principal = _together([each.principal for each in blocks], np.int64)
        keep, place = good[account], np.cumsum(good) - 1
        return cls(
            account=place[account[keep]], due=due[keep], amount=amount[keep], principal=principal[keep]
        )


def _together(columns: Sequence[npt.NDArray[Any]], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    return np.concatenate([np.zeros(0, dtype), *columns])
