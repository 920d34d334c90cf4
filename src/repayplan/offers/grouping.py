"""Debts grouped by whose they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from repayplan.ability.ragged import added
from repayplan.basics.columns import Screen
from repayplan.basics.dates import Days
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import MAX_TOTAL
from repayplan.basics.outcome import Bools, Ints
from repayplan.plans.loan import Loans


def borrowers(given: Any, size: int) -> tuple[npt.NDArray[Any], Ints]:
    """The ids, each once and rising, and whose of them each debt is."""
    kind = getattr(given, "dtype", None) or np.asarray(given).dtype
    whole = isinstance(kind, np.dtype) and kind.kind in "iu"
    screen = Screen(size)
    ids: npt.NDArray[Any] = (
        screen.count("borrower_ids", given, -(2**62), 2**62) if whole else screen.text(given)
    )
    if not whole:
        screen.fault(np.isin(ids, ("", "nan")), Code.MISSING, "borrower_ids")
    for failure in screen.failures():  # whose debt it is isn't known: no borrower could have the code
        raise InputError(failure.code, f"borrower_ids[{failure.row}]", failure.value or None)
    known, of = np.unique(ids, return_inverse=True)
    return known, of.reshape(-1).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Debts:
    """Debts on which something is owed, of borrowers who can be merged so far.

    ``rows`` are theirs among all debts, ``of`` their borrowers, of whom there are ``size``; each borrower's
    debts stand together.
    """

    loans: Loans
    rows: Ints
    of: Ints
    size: int

    @property
    def many(self) -> Ints:
        """How many each borrower has."""
        return np.bincount(self.of, minlength=self.size).astype(np.int64, copy=False)

    def first(self, *keys: npt.NDArray[Any]) -> Ints:
        """Each borrower's debt that comes first by the keys, the most telling first, then by its place."""
        columns = [key[self.rows] for key in keys]
        order = np.lexsort((*reversed(columns), self.of))
        whose, place = np.unique(self.of[order], return_index=True)
        out = np.zeros(self.size, np.int64)
        out[whose] = self.rows[order[place]]
        return out

    def any(self, mask: Bools) -> Bools:
        """Whose debts any of the mask is."""
        out = np.zeros(self.size, np.bool_)
        out[self.of[mask[self.rows]]] = True
        return out

    def differ(self, column: npt.NDArray[Any]) -> Bools:
        """Whose debts don't agree."""
        if not len(self.rows):
            return np.zeros(self.size, np.bool_)
        own = column[self.first()][self.of]
        mine, unlike = column[self.rows], np.zeros(len(self.loans), np.bool_)
        same = mine == own
        if mine.dtype.kind == "M":
            same |= np.isnat(mine) & np.isnat(own)
        unlike[self.rows] = ~np.asarray(same, np.bool_)
        return self.any(unlike)

    def earliest(self, days: Days) -> Days:
        """The first of each borrower's days."""
        return days[self.first(days)]

    def latest(self, days: Days) -> Days:
        """The last of them."""
        return days[self.first(-days.astype(np.int64))]

    def total(self, amount: Ints) -> tuple[Ints, Bools]:
        """The sum of each borrower's amounts, and whose is beyond the domain."""
        return added(amount[self.rows], self.of, self.size, MAX_TOTAL)

    def two(self, key: npt.NDArray[Any], text: npt.NDArray[Any]) -> Callable[[Ints], npt.NDArray[np.str_]]:
        """The text of each borrower's first and last value by the key, for a fault."""

        def shown(whose: Ints) -> npt.NDArray[np.str_]:
            place = np.unique(key, return_inverse=True)[1].reshape(-1)
            low, high = (text[self.first(each)[whose]].astype(np.str_) for each in (place, -place))
            return np.char.add(np.char.add(low, ", "), high)

        return shown
