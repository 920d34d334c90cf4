"""Columns of facts that compare exactly, read from what was given."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from repayplan.basics.columns import RATE_DECIMALS, Screen
from repayplan.basics.dates import DAY, Days
from repayplan.basics.errors import Code
from repayplan.basics.money import to_decimal, to_plain
from repayplan.basics.outcome import Bools, Ints, Texts, repeated
from repayplan.offers.closedwords import CLOSED
from repayplan.offers.facts import APPLIED, Kind

GIVEN_KINDS = ("text", "number", "count", "money", "date", "flag")
"""Kinds that a column of the user's own can have."""
NUMBER_DECIMALS = 6
"""Numbers of the user's own columns, and shares, are whole multiples of 1e-6."""
SHARE_SCALE = 2 * 10**NUMBER_DECIMALS
"""A share is kept as twice its whole multiples of 1e-6, and one more where a rest is left: so it compares
exactly with every share that has no more decimals than that."""
MOST_COUNT = 10**9
_FLAGS = {"false": 0, "False": 0, "true": 1, "True": 1}


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A fact of every case of a batch.

    Attributes
    ----------
    kind
        As of a :class:`Fact`.
    cells
        Text, or int64: days since 1970-01-01 of a date, 1 and 0 of a flag, exact units of a number.
    given
        bool; where it is known.
    decimals
        int64; of the units of a number.
    """

    kind: Kind
    cells: npt.NDArray[Any]
    given: Bools
    decimals: Ints

    @classmethod
    def read(cls, screen: Screen, name: str, kind: Kind, values: Any, decimals: Ints) -> Column:
        """Reads a column of one of the :data:`GIVEN_KINDS`; empty cells are not given.

        Parameters
        ----------
        screen
            Takes the faults.
        decimals
            int64; of each row's currency.

        Examples
        --------
        >>> column = Column.read(Screen(2), "score", "number", ["0.5", ""], np.array([2, 2]))
        >>> column.shown(0), column.given.tolist()
        (Decimal('0.5'), [True, False])
        """
        missing, places = screen.missing(values), repeated(0, screen.size)
        if kind == "text":
            cells: npt.NDArray[Any] = np.broadcast_to(screen.text(values), screen.size)
            missing = cells == ""
            if name in APPLIED and name in CLOSED:
                rule = f"one of {', '.join(CLOSED[name])}"
                unknown = ~missing & ~np.isin(cells, CLOSED[name])
                screen.fault(unknown, Code.UNKNOWN_VALUE, name, cells, rule)
        elif kind == "date":
            days = screen.date(name, values, default=np.datetime64("NaT", "D"))
            missing, cells = np.isnat(days), days.astype(np.int64)
        elif kind == "flag":
            cells = screen.choice(name, values, _FLAGS, default="false", known="true, false")
        elif kind == "count":
            cells = screen.count(name, values, 0, MOST_COUNT, default=0)
        else:
            places = decimals if kind == "money" else repeated(NUMBER_DECIMALS, screen.size)
            # What an application says is never negative; a column of the user's own may be.
            cells = screen.money(name, values, places, minimum=0 if name in APPLIED else None, default=0)
        return cls(kind, cells, ~missing, places)

    @classmethod
    def money(cls, units: Ints, given: Bools, decimals: Ints) -> Column:
        """Amounts in minor units."""
        return cls("money", units, given, decimals)

    @classmethod
    def count(cls, counts: Ints, given: Bools) -> Column:
        """Whole numbers."""
        return cls("count", counts, given, repeated(0, len(counts)))

    @classmethod
    def text(cls, cells: Texts) -> Column:
        """Text; what is empty isn't known."""
        return cls("text", cells, cells != "", repeated(0, len(cells)))

    @classmethod
    def day(cls, days: Days) -> Column:
        """Dates; NaT isn't known."""
        return cls("date", days.astype(np.int64), ~np.isnat(days), repeated(0, len(days)))

    @classmethod
    def flag(cls, values: Bools, given: Bools) -> Column:
        """True and false."""
        return cls("flag", values.astype(np.int64), given, repeated(0, len(values)))

    @classmethod
    def rate(cls, units: Ints, given: Bools) -> Column:
        """Rates in multiples of 1e-10."""
        return cls("rate", units, given, repeated(RATE_DECIMALS, len(units)))

    @classmethod
    def share(cls, floor: Ints, rest: Bools, given: Bools) -> Column:
        """Shares by their whole multiples of 1e-6, rounded down, and whether anything is left of each."""
        return cls("share", 2 * floor + rest, given, repeated(NUMBER_DECIMALS, len(floor)))

    @property
    def scale(self) -> Ints:
        """int64; cells that make one."""
        if self.kind == "share":
            return repeated(SHARE_SCALE, len(self.cells))
        return np.asarray(10**self.decimals)

    def shown(self, i: int) -> str | Decimal | date | bool | int | None:
        """The value of row ``i`` for a person, None where it isn't known; a share is rounded down."""
        if not self.given[i]:
            return None
        cell, places = self.cells[i], int(self.decimals[i])
        if self.kind == "text":
            return str(cell)
        if self.kind == "date":
            day: date = cell.astype(DAY).item()
            return day
        if self.kind == "flag":
            return bool(cell)
        if self.kind == "count":
            return int(cell)
        if self.kind == "money":
            return to_decimal(int(cell), places)
        return to_plain(int(cell) // (2 if self.kind == "share" else 1), places)

    def take(self, rows: Ints) -> Column:
        """Some of the rows."""
        return Column(self.kind, *(getattr(self, f.name)[rows] for f in fields(self)[1:]))
