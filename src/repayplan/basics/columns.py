"""Reading columns: every dtype alike, every bad row a code, every other row unharmed.

One class reads every kind of column, and is therefore long: what a fault is holds for all of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from repayplan.basics.dates import DAY, FIRST_YEAR, LAST_YEAR, Days
from repayplan.basics.digits import from_whole, iso_dates, one_for_all, parsed, written
from repayplan.basics.errors import Code, InputError
from repayplan.basics.gaps import from_frame, gapped
from repayplan.basics.given import Coded, Fixed
from repayplan.basics.money import MAX_UNITS, Minor, as_text, to_plain
from repayplan.basics.outcome import Bools, Failures, Ints, all_of, any_of, repeated
from repayplan.basics.sizes import MAX_COLUMN_BYTES, MAX_NUMBER, MAX_SHOWN
from repayplan.basics.visible import shortened

RATE_DECIMALS = 10
"""Rates are whole multiples of 1e-10."""
NO_SPREAD = 2 * 10**RATE_DECIMALS
"""In a column of spreads: the loan brings none."""
_ISO = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
NO_DAY = np.array("NaT", DAY)
_DAY_ZERO = date(1970, 1, 1).toordinal()
_NARROW = (np.float16, np.float32, np.longdouble)
_MISSING = ("", "None", "<NA>", "NaT")
_NOT_FINITE = ("nan", "inf", "infinity", "snan")
Shown = str | npt.ArrayLike | Callable[[Ints], npt.ArrayLike]
"""Text for all rows, a column, or a function that makes one for some rows."""


def money_of(units: Ints, decimals: Ints) -> Callable[[Ints], npt.NDArray[np.str_]]:
    """Text of the amounts of some rows, for :meth:`Screen.fault`."""
    return lambda row: as_text(units[row], decimals[row])


def beside(
    sign: str, values: npt.NDArray[Any] | Callable[[Ints], npt.NDArray[np.str_]]
) -> Callable[[Ints], npt.NDArray[np.str_]]:
    """Text such as ``> 2026-01-31`` of some rows, for :meth:`Screen.fault`."""
    text = values if callable(values) else lambda row: values[row].astype(np.str_)
    return lambda row: np.char.add(f"{sign} ", text(row))


def _unit(decimals: Ints) -> Callable[[Ints], npt.NDArray[np.str_]]:
    """Text of the smallest unit of some rows."""
    return money_of(np.ones_like(decimals), decimals)


class Screen:
    """Reads the columns of one batch and keeps the first fault of each row.

    Parameters
    ----------
    size
        Rows in the batch; every column must have as many, or be one value for all.
    rows
        The rows that are looked at, by number; None: all. Of the others nothing is read, nor is it a fault.

    Examples
    --------
    >>> screen = Screen(3)
    >>> screen.money("fees", ["1.50", "-2", "x"], 2)
    array([150,   0,   0])
    >>> [(f.row, f.code.value) for f in screen.failures()]
    [(1, 'negative'), (2, 'not_a_number')]
    """

    def __init__(self, size: int, rows: Ints | slice | None = None) -> None:
        self.size = size
        self.good: Bools = np.zeros(size, np.bool_)
        self.good[slice(None) if rows is None else rows] = True
        self._faults: list[Failures] = []

    def part(self, rows: slice) -> Screen:
        """A screen of some rows: what isn't good there isn't good here; faults are to be adopted."""
        part = Screen(0)
        part.good = self.good[rows]
        part.size = len(part.good)
        return part

    def fault(self, mask: Bools, code: Code, field: str, values: Shown = "", limit: Shown = "") -> None:
        """Marks the rows of ``mask`` that have no fault yet.

        Parameters
        ----------
        mask, code, field
            bool; which rows, what is wrong with them, and in which field.
        values, limit
            What was given, and what it is held against (see :class:`~repayplan.Failure`): text for all, a
            column, or a function that makes one for the rows (int64) it is given: the failed ones.
        """
        if not any_of(mask):
            return
        row = (mask & self.good).nonzero()[0]
        if len(row):
            value, bound = self._shown(values, row), self._shown(limit, row)
            self._faults.append(Failures.at(row, code, field, value, bound))
            self.good[row] = False

    def _filled(self, value: int) -> Ints:
        """One value for all good rows, 0 in the others."""
        out = np.zeros(self.size, np.int64)
        if value and all_of(self.good):  # a mask costs many times as much
            out.fill(value)
        elif value:
            out[self.good] = value
        return out

    def _shown(self, values: Shown, row: Ints) -> npt.ArrayLike:
        """What is shown of the rows."""
        if isinstance(values, str):
            return values
        shown = values(row) if callable(values) else np.broadcast_to(np.asarray(values), self.size)[row]
        shown = np.asarray(shown)
        if shown.dtype.kind == "O":
            return np.array([shortened(cell) for cell in shown.ravel()], np.str_).reshape(shown.shape)
        return _cut(shown.astype(np.str_))

    def adopt(self, failures: Failures) -> None:
        """Takes over failures found elsewhere for the same rows."""
        if len(failures):
            self._faults.append(failures)
            self.good[failures.row] = False

    def failures(self) -> Failures:
        """All faults so far, one a row."""
        return Failures.none().and_then(*self._faults) if self._faults else Failures.none()

    def money(
        self,
        field: str,
        values: Any,
        decimals: npt.ArrayLike | int,
        *,
        minimum: int | None = 0,
        default: Any = None,
    ) -> Ints:
        """Amounts in currency units (any dtype), or :func:`~repayplan.minor` units, as int64 minor units.

        A float counts only if it is the nearest double to a whole number of minor units.
        """
        d = decimals if isinstance(decimals, int) else np.asarray(decimals, np.int64)
        return self._whole(field, values, d, -MAX_UNITS if minimum is None else minimum, MAX_UNITS, default)

    def rate(self, field: str, values: Any, *, maximum: int = 1, default: Any = None) -> Ints:
        """Rates a year (0.12 is 12 %) as int64 multiples of 1e-10."""
        return self._whole(field, values, RATE_DECIMALS, 0, maximum * 10**RATE_DECIMALS, default)

    def growth(self, field: str, values: Any) -> Ints:
        """By what part something grows (0.05 is 5 %), from more than -1 to 1, as int64 multiples of 1e-10."""
        one = 10**RATE_DECIMALS
        return self._whole(field, values, RATE_DECIMALS, 1 - one, one, None)

    def spread(self, field: str, values: Any) -> Ints:
        """What is added to an index (0.002 is 20 basis points), -1 to 1, as int64 multiples of 1e-10.

        :data:`NO_SPREAD` where a row has none.
        """
        if values is None:
            return self._filled(NO_SPREAD)
        one = 10**RATE_DECIMALS
        units = self._whole(field, values, RATE_DECIMALS, -one, one, 0)
        return np.where(self.missing(values) & self.good, NO_SPREAD, units)

    def count(self, field: str, values: Any, minimum: int, maximum: int, default: Any = None) -> Ints:
        """Whole numbers between two bounds, as int64."""
        # Of a masked array the gaps must be looked at.
        whole = type(values) is np.ndarray and values.dtype == np.int64 and values.shape == (self.size,)
        if whole and self.size and minimum <= values.min() and values.max() <= maximum:
            return np.where(self.good, values, 0)
        return self._whole(field, values, 0, minimum, maximum, default)

    def choice(
        self,
        field: str,
        values: Any,
        names: Sequence[str] | dict[str, int],
        default: str | None = None,
        *,
        known: str = "",
    ) -> Ints:
        """The index of each name in a closed list, as int64; ``known`` says which there are, in short."""
        index = names if isinstance(names, dict) else {name: i for i, name in enumerate(names)}
        if isinstance(values, str) and values in index:
            return self._filled(index[values])
        names_, of = self._distinct(values)
        gone = np.isin(names_, _MISSING)
        if default is not None:
            names_ = np.where(gone, default, names_)
        else:
            self.fault(gone[of], Code.MISSING, field)
        out = np.array([index.get(str(name), -1) for name in names_], np.int64)[of]
        self.fault(out < 0, Code.UNKNOWN_VALUE, field, lambda row: names_[of[row]], known or ", ".join(names))
        return np.where(self.good, out, 0)

    def date(self, field: str, values: Any, default: Any = None) -> Days:
        """Dates (datetime64, date objects, ISO text) as datetime64[D]; NaT in bad rows.

        ``default`` may be a datetime64 column, NaT included, for rows without a date.
        """
        if values is None and default is not None:
            return self._dated(default)
        if isinstance(values, str) and _ISO.fullmatch(values):
            # One date for all rows: read once. What is wrong with it is said by the way below.
            with suppress(ValueError):
                values = date.fromisoformat(values)
        if type(values) is date and FIRST_YEAR <= values.year <= LAST_YEAR:
            return self._dated(np.array(values.toordinal() - _DAY_ZERO, np.int64).view(DAY))
        shown: Shown
        if isinstance(values, Coded):
            names, of = self._distinct(values)
            gone = np.isin(names, _MISSING)
            found, wrong = iso_dates(names)
            days, missing, bad, shown = found[of], gone[of], (wrong & ~gone)[of], lambda row: names[of[row]]
        elif (array := self._column(values)).dtype.kind == "M":
            days = array.astype("datetime64[D]")
            with_time = (days != array) & ~np.isnat(array)
            missing, bad, shown = np.isnat(days), with_time, array
        else:
            text = self._text(array)
            missing = np.isin(text, _MISSING)
            days, bad = iso_dates(text)
            bad, shown = bad & ~missing, text
        if default is not None:
            fallback = np.broadcast_to(np.asarray(default, "datetime64[D]"), self.size)
            days = np.where(missing, fallback, days)
        else:
            self.fault(missing, Code.MISSING, field)
        self.fault(bad, Code.NOT_A_DATE, field, shown, "YYYY-MM-DD")
        year = days.astype("datetime64[Y]").astype(np.int64) + 1970
        out_of_range = ~np.isnat(days) & ((year < FIRST_YEAR) | (year > LAST_YEAR))
        self.fault(out_of_range, Code.OUT_OF_RANGE, field, shown, f"{FIRST_YEAR}-01-01 to {LAST_YEAR}-12-31")
        return self._dated(days)

    def _dated(self, days: Days) -> Days:
        """One day for all, or a column of them, NaT in the rows that aren't good."""
        return NO_DAY.repeat(self.size) if days is NO_DAY else np.where(self.good, days, NO_DAY)

    def text(self, values: Any) -> npt.NDArray[np.str_]:
        """Free text as it is; missing values become empty text."""
        text = self._text(values, free=True)
        return np.where(np.isin(text, _MISSING), "", text)

    def distinct(self, values: Any) -> tuple[npt.NDArray[np.str_], Ints]:
        """The texts of a column, or more than these, empty where one is missing, and which each row has."""
        names, of = self._distinct(values, free=True)
        return np.where(np.isin(names, _MISSING), "", names), of

    def missing(self, values: Any) -> Bools:
        """Where nothing is given: empty text, None, or a null (a NaN is a number that is wrong)."""
        values, gaps = self._gaps(values)
        if gaps is not None:
            return gaps
        column = self._column(values.units if isinstance(values, Minor) else values)
        if column.dtype.kind in "biufM":
            return np.zeros(self.size, np.bool_)
        return np.isin(self._text(column), _MISSING)

    def _column(self, values: Any) -> npt.NDArray[Any]:
        """One value, or one a row, as an array of ``size`` rows."""
        if isinstance(values, (Fixed, Coded)):
            array: npt.NDArray[Any] = values.texts()
        elif hasattr(values, "to_numpy"):
            array = from_frame(values)
        elif isinstance(values, (list, tuple)):
            kinds = set(map(type, values))
            floats = bool(kinds) and all(issubclass(kind, (float, np.floating)) for kind in kinds)
            # Floats are read as floats; of the rest numpy would make True a 1 among numbers.
            array = np.array(values, np.float64 if floats else np.object_)
        elif isinstance(values, np.ma.MaskedArray):
            array = gapped(np.ma.getmaskarray(values), np.ma.getdata(values))
        else:
            array = np.asarray(values, np.object_ if isinstance(values, bytes) else None)
        if array.dtype.kind not in "biufMSUOT":
            msg = f"a column of dtype {array.dtype} can't be read"
            raise TypeError(msg)
        if array.ndim > 1 or (array.ndim == 1 and len(array) != self.size):
            msg = f"a column of shape {array.shape} where {self.size} rows (or one value) are needed"
            raise TypeError(msg)
        return np.broadcast_to(array, (self.size,))

    def _gaps(self, values: Any) -> tuple[Any, Bools | None]:
        """A column of numbers, and where it has none; None of one that says that in its cells."""
        if isinstance(values, np.ma.MaskedArray) and values.dtype.kind in "iuf":
            gaps = np.ma.getmaskarray(values)
            self._column(gaps)  # for its length
            return np.ma.filled(values, 0), np.broadcast_to(gaps, self.size)
        if isinstance(values, Fixed):
            self._column(values.units)
            return values, values.gaps
        return values, None

    def _distinct(self, values: Any, *, free: bool = False) -> tuple[npt.NDArray[np.str_], Ints]:
        """The distinct texts of a column, or more than these, and which of them each row has."""
        if isinstance(values, Coded):
            entries, of = values.entries, self._column(values.of)
            return entries, np.where(of < 0, len(entries) - 1, of)
        names, place = np.unique(self._text(values, free=free), return_inverse=True)
        return names, place.reshape(-1)

    def _text(self, values: Any, *, free: bool = False) -> npt.NDArray[np.str_]:
        """Every cell as text; unless it is free, one that is too long for a number, date or name is cut."""
        array = self._column(values)
        if array.dtype.kind == "S":
            array = np.char.decode(array, "utf-8", "replace")
        elif array.dtype.kind == "O":
            # A narrow float among other cells shows the digits that it has lost, as a column of them does.
            # Bytes are no text: they are shown as what they are.
            wide = [
                repr(cell[: MAX_SHOWN + 1])
                if isinstance(cell, bytes)
                else float(cell)
                if type(cell) in _NARROW
                else cell
                for cell in array.ravel()
            ]
            longest = max((len(cell) for cell in wide if isinstance(cell, str)), default=0)
            if longest > MAX_NUMBER and not free:
                wide = [shortened(cell) if isinstance(cell, str) else cell for cell in wide]
            elif 4 * longest * len(wide) > MAX_COLUMN_BYTES:
                rule = f"text of at most {MAX_COLUMN_BYTES // 4 // len(wide)} characters in so many rows"
                raise InputError(Code.OUT_OF_RANGE, "columns", f"{longest} characters", rule)
            array = np.fromiter(wide, np.object_, len(wide))
        try:
            text = array.astype(np.str_)
        except (TypeError, ValueError):  # a cell that is no value, or a number too long to be written
            text = np.array([written(cell) for cell in array.ravel()], np.str_)
        text = np.char.strip(text)
        return text if free else _cut(text)

    def _whole(
        self, field: str, values: Any, decimals: Ints | int, minimum: int, maximum: int, default: Any
    ) -> Ints:
        """Values times ``10**decimals`` as exact integers between the bounds; faults for the rest."""
        if values is None and default is not None:
            values = default
        one = one_for_all(values, decimals)
        # What is wrong with one value for all rows is said by the way below.
        if one is not None and minimum <= one <= maximum:
            return self._filled(one)
        values, gaps = self._gaps(values)
        filled = None
        if gaps is not None and any_of(gaps):
            if default is None:
                self.fault(gaps, Code.MISSING, field)
            usual = 0 if default is None else default
            filled = Screen(self.size)._whole(field, usual, decimals, -MAX_UNITS, MAX_UNITS, None)
        scale, decimals = decimals, np.broadcast_to(np.asarray(decimals, np.int64), self.size)
        places = decimals
        shown: Shown
        if isinstance(values, Fixed):
            shown = values.texts
            units, inexact, huge = values.rescaled(scale)
            if gaps is not None:
                inexact, huge = inexact & ~gaps, huge & ~gaps
            self.fault(inexact & ~huge, Code.NOT_WHOLE_UNITS, field, shown, _unit(decimals))
        elif isinstance(values, Minor):
            places = repeated(0, self.size)
            shown = column = self._column(values.units)
            units, huge = column.astype(np.int64, copy=False), np.zeros(self.size, np.bool_)
        else:
            column = self._column(values)
            if column.dtype.kind == "b":
                self.fault(np.ones(self.size, np.bool_), Code.BOOLEAN, field, column)
                return np.zeros(self.size, np.int64)
            if column.dtype.kind == "M":
                column = column.astype(np.str_)
            elif column.dtype.kind == "f":
                column = column.astype(np.float64)  # a narrow one has lost digits, which a fault shows
            if column.dtype.kind in "iu":
                units, huge = from_whole(column, decimals)
            elif column.dtype.kind == "f":
                units, huge = self._from_float(field, column, decimals)
            else:
                units, huge = self._from_text(field, column, decimals, default)
            shown = column
        if filled is not None and gaps is not None:
            units = np.where(gaps, filled, units)
        outside = huge | (units < minimum) | (units > maximum)

        def bounds(row: Ints) -> npt.NDArray[np.str_]:
            """``0 to 1``, in what the values are written in."""
            finest = int(places[row].max())
            text = [f"{to_plain(minimum, d):f} to {to_plain(maximum, d):f}" for d in range(finest + 1)]
            return np.array(text)[places[row]]

        if minimum >= 0:
            self.fault(~huge & (units < 0), Code.NEGATIVE, field, shown, bounds)
        self.fault(outside, Code.OUT_OF_RANGE, field, shown, bounds)
        return np.where(self.good, units, 0)

    def _from_float(self, field: str, shown: npt.NDArray[Any], decimals: Ints) -> tuple[Ints, Bools]:
        scale = 10**decimals
        x = shown.astype(np.float64)
        finite = np.isfinite(x)
        self.fault(~finite, Code.NOT_FINITE, field, shown)
        x = np.where(finite, x, 0.0)
        huge = np.abs(x) >= 2.0**62 / scale  # a product might overflow
        x = np.where(huge, 0.0, x)
        whole = (np.rint(x) == x) & (np.abs(x) < 2.0**53)
        near = np.rint(x * scale)
        # Both operands of the division are exact below 2**53, so it gives the nearest double.
        exact = whole | ((np.abs(near) < 2.0**53) & (near / scale == x))
        self.fault(~exact, Code.NOT_WHOLE_UNITS, field, shown, _unit(decimals))
        units = np.where(whole, np.where(whole, x, 0).astype(np.int64) * scale, near.astype(np.int64))
        return np.where(exact, units, 0), huge

    def _from_text(
        self, field: str, shown: npt.NDArray[Any], decimals: Ints, default: Any
    ) -> tuple[Ints, Bools]:
        text = self._text(shown)
        missing = np.isin(text, _MISSING)
        if default is None:
            self.fault(missing, Code.MISSING, field)
        elif missing.any():
            filled = Screen(self.size)._whole(field, default, decimals, -MAX_UNITS, MAX_UNITS, None)
            units, huge = self._from_text(field, np.where(missing, "0", text), decimals, None)
            return np.where(missing, filled, units), huge
        lower = np.char.lower(np.char.lstrip(text, "+-"))
        self.fault(np.isin(lower, _NOT_FINITE), Code.NOT_FINITE, field, text)
        self.fault(np.isin(text, ("True", "False", "true", "false")), Code.BOOLEAN, field, text)
        units, malformed, inexact, huge = parsed(text, decimals)
        self.fault(malformed, Code.NOT_A_NUMBER, field, text)
        self.fault(inexact & ~huge, Code.NOT_WHOLE_UNITS, field, text, _unit(decimals))
        return units, huge


def _cut(text: npt.NDArray[np.str_]) -> npt.NDArray[np.str_]:
    """Texts as they are shown: one that is too long ends with an ellipsis, and is no number, date or name."""
    if text.dtype.itemsize <= 4 * MAX_SHOWN:
        return text
    out, long = text.astype(f"U{MAX_SHOWN}"), np.char.str_len(text) > MAX_SHOWN
    out[long] = np.char.add(text[long].astype(f"U{MAX_SHOWN - 1}"), "…")
    return out
