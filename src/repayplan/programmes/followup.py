"""Whether borrowers got credit again, where that is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from repayplan.ability.figures import whole
from repayplan.basics.columns import Screen
from repayplan.basics.errors import Code, InputError
from repayplan.basics.gaps import nan_as_gap
from repayplan.basics.outcome import Ints
from repayplan.programmes.figure import Figure, of_interval
from repayplan.programmes.proportions import wilson

OUTCOMES = ("obtained", "refused", "not_applied")
"""What became of a borrower's search for credit."""
_UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CreditFollowUp:
    """Credit obtained or refused so many months later.

    Parameters
    ----------
    outcomes
        By months: of each borrower one of :data:`OUTCOMES`; an empty cell (None, NaN, ``""``) is not known.
        In an evaluation, a
        cell for each account that was to be replayed, in their order.

    Raises
    ------
    InputError
        No month, or one that can't be; another word; months with cells of different numbers of borrowers.

    Examples
    --------
    >>> later = CreditFollowUp(outcomes={6: ["obtained", "refused", "", "not_applied"]})
    >>> [(each.name, each.n, each.count) for each in later.figures()]
    [('credit.known', 4, 3), ('credit.obtained', 2, 1), ('credit.refused', 2, 1)]
    """

    outcomes: Mapping[int, Any]
    _read: dict[int, Ints] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        given: Any = self.outcomes
        if given is None or given == {}:
            raise InputError(Code.MISSING, "credit.outcomes", None, "months, and what is known then")
        if not isinstance(given, Mapping):
            raise InputError(Code.UNKNOWN_VALUE, "credit.outcomes", given, "outcomes by months")
        read: dict[int, Ints] = {}
        for months, column in given.items():
            whole("credit.outcomes", months, 1, 600, "months")
            name = f"credit.outcomes.{months}"
            if isinstance(column, (str, bytes, Mapping)) or not hasattr(column, "__len__"):
                raise InputError(Code.UNKNOWN_VALUE, name, column, "a column: a cell for each borrower")
            cells = nan_as_gap(column)
            size = len(next(iter(read.values()), cells))
            if len(cells) != size:
                raise InputError(Code.OUT_OF_RANGE, name, len(cells), f"{size} cells, as the first month")
            screen = Screen(size)
            read[months] = screen.choice(name, cells, (*OUTCOMES, _UNKNOWN), default=_UNKNOWN)
            for failure in screen.failures():
                raise failure.error()
        object.__setattr__(self, "_read", read)

    def __len__(self) -> int:
        """Borrowers."""
        return len(next(iter(self._read.values())))

    def outcome(self, months: int) -> Ints:
        """Of each borrower the place among :data:`OUTCOMES`; the number of them where it isn't known."""
        return self._read[months]

    def figures(self, row: Ints | None = None, *, confidence: Any = "0.95") -> tuple[Figure, ...]:
        """By months: of how many it is known; who of those who applied obtained credit, who was refused.

        ``row``: of which borrowers, int64; None: of all.
        """
        found = []
        for months, every in self._read.items():
            given = every if row is None else every[row]
            obtained, refused, idle, _ = np.bincount(given, minlength=len(OUTCOMES) + 1).tolist()
            known, applied, group = obtained + refused + idle, obtained + refused, str(months)
            all_known = wilson(known, len(given), confidence=confidence)
            share, refusals = (wilson(many, applied, confidence=confidence) for many in (obtained, refused))
            found += [
                of_interval("credit.known", all_known, group=group, count=known),
                of_interval("credit.obtained", share, group=group, count=obtained),
                of_interval("credit.refused", refusals, group=group, count=refused),
            ]
        return tuple(found)
