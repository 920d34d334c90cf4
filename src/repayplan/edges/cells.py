"""Columns of a table with what their integers mean, and their exact text, made without a loop over rows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]
Kind = Literal["text", "count", "money", "rate", "date", "flag", "number"]

RATE_DECIMALS = 10
"""Rates are integers in units of 1e-10."""
CHUNK = 16_384
"""Rows rendered at once: the bytes of a chunk stay in the processor's cache."""
_BLANK = 0  # a byte that isn't there; dropped when a chunk's bytes are joined
_ZERO, _MINUS, _POINT, _COMMA, _NEWLINE = (ord(c) for c in "0-.,\n")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Column:
    r"""One column of a table to be written.

    Parameters
    ----------
    kind
        ``text`` (str array), ``count`` (int64), ``money`` (int64 minor units), ``rate`` (int64 in
        1e-10), ``date`` (datetime64[D]; NaT is an empty cell), ``flag`` (bool), ``number`` (float64, a
        share or a mean; NaN is an empty cell).
    values
        One value per row.
    decimals
        For money: the decimals of the minor unit, one for all rows or one per row.
    missing
        bool per row, True for an empty cell; None where every row has a value.

    Examples
    --------
    >>> b"".join(csv_bytes({"paid": Column(kind="money", values=np.array([123, -5]), decimals=2)}))
    b'paid\n1.23\n-0.05\n'
    """

    kind: Kind
    values: npt.NDArray[Any]
    decimals: int | Ints = 0
    missing: Bools | None = None

    def __len__(self) -> int:
        """Rows."""
        return len(self.values)

    def part(self, rows: slice) -> Column:
        """The rows of that slice."""
        decimals = self.decimals if isinstance(self.decimals, int) else self.decimals[rows]
        missing = None if self.missing is None else self.missing[rows]
        return Column(kind=self.kind, values=self.values[rows], decimals=decimals, missing=missing)

    @property
    def empty(self) -> Bools:
        """Bool per row: the cell has no value."""
        gone = np.zeros(len(self), np.bool_) if self.missing is None else self.missing
        if self.kind == "number":
            return np.asarray(gone | np.isnan(self.values), np.bool_)
        return gone | np.isnat(self.values) if self.kind == "date" else gone


@dataclass(frozen=True, slots=True, eq=False)
class Lists:
    """A column of lists: row ``i`` has the cells ``offsets[i]:offsets[i + 1]``.

    Examples
    --------
    >>> paid = Lists(Column(kind="count", values=np.array([7, 8, 9])), np.array([0, 1, 3]))
    >>> len(paid)
    2
    """

    cells: Column
    offsets: Ints

    def __len__(self) -> int:
        """Rows."""
        return len(self.offsets) - 1


def column(values: npt.NDArray[Any], **options: Any) -> Column:
    """A column whose kind follows from its dtype: text, date, flag, and integers as counts."""
    kinds: dict[str, Kind] = {"U": "text", "M": "date", "b": "flag", "i": "count", "f": "number"}
    return Column(kind=kinds[values.dtype.kind], values=values, **options)


def texts(column: Column) -> npt.NDArray[np.str_]:
    """The cells of a column as text, exact, without quoting; an empty cell is ``""``.

    Examples
    --------
    >>> texts(Column(kind="rate", values=np.array([1_250_000_000, 0]))).tolist()
    ['0.125', '0']
    """
    if column.kind == "text":
        values: npt.NDArray[np.str_] = column.values.astype(np.str_)
        return np.where(column.empty, "", values)
    if not len(column):
        return np.zeros(0, "U1")
    rows = _rows(column)
    # Shift each row's bytes to the left, so that the fixed-width bytes read as one string.
    order = np.argsort(rows == _BLANK, axis=1, kind="stable")
    packed = np.ascontiguousarray(np.take_along_axis(rows, order, axis=1))
    return packed.view(f"S{packed.shape[1]}")[:, 0].astype(np.str_)


def written(given: Column | Lists) -> Column | Lists:
    r"""The same; halves of surrogate pairs, which no library can write, as their escapes.

    Examples
    --------
    >>> written(column(np.array(["a", "\ud800"]))).values.tolist()
    ['a', '\\ud800']
    """
    if isinstance(given, Lists):
        return Lists(cast("Column", written(given.cells)), given.offsets)
    if given.kind != "text" or not given.values.dtype.itemsize or not len(given):
        return given
    values: npt.NDArray[np.str_] = np.ascontiguousarray(given.values.astype(np.str_))
    signs = values.view(np.uint32)
    if not ((signs >= _SURROGATES[0]) & (signs <= _SURROGATES[1])).any():
        return given
    shown = [text.encode("utf-8", "backslashreplace").decode() for text in values.tolist()]
    return Column(kind="text", values=np.array(shown, np.str_), missing=given.missing)


_SURROGATES = (0xD800, 0xDFFF)
FORMULA = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"
"""Signs by which a spreadsheet takes a text for a formula, in full width too."""
NUMBER = "[+-]?[0-9]+([.][0-9]+)?"
"""What is none all the same: a plain number with its sign."""


def harmless(given: Column) -> Column:
    """A column whose text no spreadsheet takes for a formula: an apostrophe stands before such a cell.

    Examples
    --------
    >>> harmless(column(np.array(["=1+1", "-5.00", "A-1"]))).values.tolist()
    ["'=1+1", '-5.00', 'A-1']
    """
    if given.kind != "text" or not len(given):
        return given
    values: npt.NDArray[np.str_] = given.values.astype(np.str_)
    first = values.astype("U1")
    some = np.flatnonzero(np.isin(first, list(FORMULA)))
    some = some[[re.fullmatch(NUMBER, text) is None for text in values[some].tolist()]] if len(some) else some
    if not len(some):
        return given
    out = values.astype(f"U{values.dtype.itemsize // 4 + 1}")
    out[some] = np.char.add("'", values[some])
    return Column(kind="text", values=out, missing=given.missing)


def harmless_names(names: Iterable[str]) -> list[str]:
    """Headings of columns likewise: they may be those of a file that was read.

    Examples
    --------
    >>> harmless_names(["id", "=1+1"])
    ['id', "'=1+1"]
    """
    return [
        f"'{name}" if name[:1] in FORMULA and name and re.fullmatch(NUMBER, name) is None else name
        for name in names
    ]


def csv_bytes(columns: Mapping[str, Column]) -> Iterator[bytes]:
    r"""A table as UTF-8 CSV, header first, in pieces of :data:`CHUNK` rows.

    Cells are quoted only where they need it; lines end in ``\n``.
    """
    names = _quoted(np.char.encode(np.array(list(columns), np.str_), "utf-8"))
    yield b",".join(names.tolist()) + b"\n"
    size = len(next(iter(columns.values()))) if columns else 0
    for start in range(0, size, CHUNK):
        rows = slice(start, min(size, start + CHUNK))
        count = rows.stop - rows.start
        pieces: list[Bytes] = []
        for index, given in enumerate(columns.values()):
            if index:
                pieces.append(np.full((1, count), _COMMA, np.uint8))
            pieces.append(_rows(given.part(rows)).T)
        pieces.append(np.full((1, count), _NEWLINE, np.uint8))
        flat = np.ascontiguousarray(np.concatenate(pieces).T).reshape(-1)
        yield flat[flat != _BLANK].tobytes()


def _rows(column: Column) -> Bytes:
    """The cells as bytes, shape (rows, width), blank bytes wherever a cell has nothing."""
    empty = column.empty
    if column.kind == "text":
        encoded = _quoted(np.char.encode(column.values.astype(np.str_), "utf-8"))
        cells = _view(encoded)
    elif column.kind == "date":
        cells = _view(np.datetime_as_string(column.values, unit="D").astype(np.bytes_))
    elif column.kind == "number":
        cells = _view(column.values.astype(np.str_).astype(np.bytes_))
    elif column.kind == "flag":
        cells = _view(np.where(column.values, b"true", b"false"))
    elif column.kind == "rate":
        # As few places as the rate needs: 0.125, not 0.1250000000.
        zeros = np.zeros(len(column), np.int64)
        for places in range(1, RATE_DECIMALS + 1):
            zeros += column.values % 10**places == 0
        cells = _decimal(column.values // 10**zeros, RATE_DECIMALS - zeros)
    else:
        cells = _decimal(column.values, column.decimals)
    if empty.any():
        cells = cells.copy()
        cells[empty] = _BLANK
    return cells


def _view(encoded: npt.NDArray[np.bytes_]) -> Bytes:
    """Fixed-width byte strings as a matrix of bytes."""
    width = max(1, encoded.dtype.itemsize)
    return np.ascontiguousarray(encoded.astype(f"S{width}")).view(np.uint8).reshape(len(encoded), width)


def _quoted(encoded: npt.NDArray[np.bytes_]) -> npt.NDArray[np.bytes_]:
    """Text as CSV cells: in quotes, with quotes doubled, where it holds a comma, a quote or a line end."""
    if not len(encoded):
        return encoded
    special = np.isin(_view(encoded), np.frombuffer(b',"\r\n', np.uint8)).any(axis=1)
    if not special.any():
        return encoded
    # As np.bytes_: of a plain b'""' numpy keeps as many bytes as the column has.
    inner = np.char.replace(encoded[special], np.bytes_(b'"'), np.bytes_(b'""'))
    quoted = np.char.add(np.char.add(b'"', inner), b'"')
    out = encoded.astype(f"S{max(encoded.dtype.itemsize, quoted.dtype.itemsize)}")
    out[special] = quoted
    return out


def _decimal(units: Ints, decimals: int | Ints) -> Bytes:
    """Integers in units of 10**-decimals as exact decimal text, shape (rows, width)."""
    negative = units < 0
    size = np.abs(units)
    places = int(np.max(decimals, initial=0))
    power = 10 ** np.asarray(decimals, np.int64) if not isinstance(decimals, int) else 10**decimals
    whole = size // power
    parts = [np.where(negative, _MINUS, _BLANK).astype(np.uint8)[None]] if negative.any() else []
    parts.append(_digits(whole, len(str(int(whole.max(initial=0)))), least=1))
    if places:
        fraction = size - whole * power
        if isinstance(decimals, int):
            parts.append(np.full((1, len(units)), _POINT, np.uint8))
            parts.append(_digits(fraction, places, least=places))
        else:
            shown = _digits(fraction * 10 ** (places - decimals), places, least=places)
            shown[np.arange(places)[:, None] >= decimals[None]] = _BLANK
            parts.append(np.where(decimals > 0, _POINT, _BLANK).astype(np.uint8)[None])
            parts.append(shown)
    return np.concatenate(parts).T


def _digits(values: Ints, width: int, *, least: int) -> Bytes:
    """Digits of non-negative integers, shape (width, rows); leading zeros past ``least`` are blank."""
    out = np.empty((width, len(values)), np.uint8)
    rest: npt.NDArray[Any] = values.astype(np.uint32) if values.max(initial=0) < 2**32 else values
    for place in range(width - 1, -1, -1):
        left = rest // 10
        out[place] = rest - left * 10 + _ZERO
        if width - place > least:
            out[place][rest == 0] = _BLANK
        rest = left
    return out
