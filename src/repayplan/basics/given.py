"""Columns as other libraries keep them: decimals as integers of one scale, and few names by their number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from repayplan.basics.money import as_text
from repayplan.basics.outcome import Bools, Ints, any_of

MOST_PLACES = 18
"""Of a :class:`Fixed` column: ten to this power is an int64."""
_LARGEST = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Fixed:
    """Exact decimals of one scale, as Arrow and polars keep them: each is ``units * 10**-places``.

    Attributes
    ----------
    units
        int64; anything where a value is missing.
    places
        0 to :data:`MOST_PLACES`.
    missing
        bool, True where there is no value; None: there is one everywhere.

    Examples
    --------
    >>> prices = Fixed(units=np.array([1999, -5]), places=2)
    >>> len(prices), prices.texts().tolist()
    (2, ['19.99', '-0.05'])
    >>> prices.rescaled(1)
    (array([199,  -1]), array([ True,  True]), array([False, False]))
    """

    units: Ints
    places: int
    missing: Bools | None = None

    def __len__(self) -> int:
        return len(self.units)

    @property
    def gaps(self) -> Bools:
        """bool; where there is no value."""
        return np.zeros(len(self), np.bool_) if self.missing is None else self.missing

    def texts(self, rows: Ints | slice = slice(None)) -> npt.NDArray[np.str_]:
        """The decimals as text, of all rows or some; empty where there is none."""
        text = as_text(self.units[rows], self.places)
        return text if self.missing is None else np.where(self.missing[rows], "", text)

    def take(self, rows: Ints | slice) -> Fixed:
        """Some of the rows."""
        missing = None if self.missing is None else self.missing[rows]
        return Fixed(units=self.units[rows], places=self.places, missing=missing)

    def rescaled(self, places: Ints | int) -> tuple[Ints, Bools, Bools]:
        """The same as integers of another scale, one for all or one a row.

        Returns
        -------
        int64, rounded down; and the masks of those that aren't whole there, and of those beyond int64 (0).
        """
        steps = np.asarray(places, np.int64) - self.places
        up, down = 10 ** np.maximum(steps, 0), 10 ** np.maximum(-steps, 0)
        inexact, huge = np.zeros(len(self), np.bool_), np.zeros(len(self), np.bool_)
        units = self.units
        if any_of(down != 1):
            whole = units // down
            units, inexact = whole, whole * down != units
        if any_of(up != 1):
            most = _LARGEST // up
            huge = (units > most) | (units < -most)
            units = np.where(huge, 0, units) * up
        return units, inexact, huge


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Coded:
    """Text of which few are distinct, as categories and dictionaries are kept: each row has a name's number.

    Attributes
    ----------
    of
        int64; the number of each row's name, -1 where it has none.
    names
        str; the names.

    Examples
    --------
    >>> often = Coded(of=np.array([1, 0, -1]), names=np.array(["monthly", "weekly"]))
    >>> len(often), often.texts().tolist()
    (3, ['weekly', 'monthly', ''])
    """

    of: Ints
    names: npt.NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.of)

    @property
    def entries(self) -> npt.NDArray[np.str_]:
        """str; the names without space around them, and after them an empty one, whose number is -1."""
        return np.append(np.char.strip(self.names.astype(np.str_)), "")

    def take(self, rows: Ints | slice) -> Coded:
        """Some of the rows."""
        return Coded(of=self.of[rows], names=self.names)

    def texts(self) -> npt.NDArray[np.str_]:
        """The name of each row; empty where it has none."""
        return self.entries[self.of]
