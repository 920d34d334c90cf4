"""CSV in parts: where the rows of a large file begin, found once, and each part read by itself.

A quotation mark may stand at the beginning and the end of a cell, and doubled within one: so an even number
of them is before every end of a row, wherever the reading begins.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from repayplan.basics.errors import Code
from repayplan.basics.outcome import Failures
from repayplan.edges.files import TableError, check_names
from repayplan.edges.frames import need

if TYPE_CHECKING:
    from collections.abc import Iterable

Places = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
MARK = b"\xef\xbb\xbf"
"""What some editors put first."""
LARGEST = 2**31 - 2
"""Bytes of a part."""
_QUOTE, _COMMA, _NEWLINE, _RETURN = (ord(sign) for sign in '",\n\r')


@dataclass(frozen=True, slots=True)
class Cut:
    """Rows of a file that follow one another: where their bytes are, and the line on which they begin."""

    rows: int
    begin: int
    end: int
    line: int


class Cutter:
    r"""Finds out where parts of so many rows begin, of bytes that come piece by piece.

    Examples
    --------
    >>> cutter = Cutter("loans.csv", 2)
    >>> for piece in (b"id,note\nA,", b'1\nB,"two\nlines"\n\nC,3\n'):
    ...     cutter.feed(piece)
    >>> cutter.header, [(cut.rows, cut.begin, cut.line) for cut in cutter.cuts()]
    (['id', 'note'], [(2, 8, 2), (1, 27, 6)])
    """

    def __init__(self, name: str, rows: int) -> None:
        self._name, self._rows = name, rows
        self.header: list[str] = []
        self._head = b""
        self._at = self._lines = self._quotes = 0
        self._ended, self._line = 0, 1  # where the row that is being read begins
        self._before = 0  # the byte before this piece
        self._found = 0
        self._begins: list[tuple[int, int]] = []

    def feed(self, piece: bytes) -> None:
        """Looks at the next bytes."""
        if not self.header:
            self._head += piece
            piece = self._without_header()
            if not self.header:
                return
        data = np.frombuffer(piece, np.uint8)
        ends = np.flatnonzero(data == _NEWLINE)
        quotes = np.flatnonzero(data == _QUOTE)
        rows = ends[_outside(ends, quotes) == (self._quotes % 2 == 0)]
        begins = np.concatenate(([self._ended - self._at], rows[:-1] + 1)) if len(rows) else rows
        long = rows - begins
        before = np.where(rows > 0, data[rows - 1], self._before) if len(rows) else rows
        filled = np.flatnonzero((long > 1) | ((long == 1) & (before != _RETURN)))
        count = self._found + np.arange(len(filled))  # which row of all each of them is
        for place in np.flatnonzero(count % self._rows == 0).tolist():
            begin = int(begins[filled[place]])
            line = self._lines + int(np.searchsorted(ends, begin)) + 1 if filled[place] else self._line
            self._begins.append((self._at + begin, line))
        self._found += len(filled)
        self._lines += len(ends)
        self._quotes += len(quotes)
        if len(rows):
            self._ended = self._at + int(rows[-1]) + 1
            self._line = self._lines - len(ends) + int(np.searchsorted(ends, rows[-1])) + 2
        self._at += len(data)
        self._before = int(data[-1]) if len(data) else self._before

    def cuts(self) -> tuple[Cut, ...]:
        """The parts, when all bytes have been seen."""
        if not self.header:
            self._head += b"\n"
            self.feed(b"")
            self._at = self._ended = max(self._at - 1, 0)
        if not self.header:
            check_names(self._name, [])
        if self._quotes % 2:
            raise TableError(Code.UNKNOWN_VALUE, self._name, "a quotation mark is opened and never closed")
        rest = self._at - self._ended
        if rest > 1 or (rest == 1 and self._before != _RETURN):  # a last row without an end of line
            if self._found % self._rows == 0:
                self._begins.append((self._ended, self._line))
            self._found += 1
        ends = [*(begin for begin, _ in self._begins[1:]), self._at]
        most = [self._rows] * (len(self._begins) - 1)
        rows = [*most, self._found - sum(most)]
        return tuple(
            Cut(count, begin, end, line)
            for count, (begin, line), end in zip(rows, self._begins, ends, strict=False)
        )

    def _without_header(self) -> bytes:
        """Takes the header off what has been read so far, once it is there as a whole."""
        begin = len(MARK) if self._head.startswith(MARK) else 0
        lines = 0
        while True:
            data = np.frombuffer(self._head, np.uint8)[begin:]
            ends = np.flatnonzero(data == _NEWLINE)
            quotes = np.flatnonzero(data == _QUOTE)
            whole = ends[_outside(ends, quotes)]
            if not len(whole):
                return b""
            end = begin + int(whole[0]) + 1
            first = self._head[begin:end]
            lines += first.count(b"\n")
            begin = end
            if first.strip(b"\r\n"):
                break
        checked(self._name, first, lines - first.count(b"\n") + 1)
        self.header = [name.strip() for name in next(csv.reader(io.StringIO(first.decode(), newline="")))]
        check_names(self._name, self.header)
        rest, self._head, self._lines = self._head[end:], b"", lines
        self._at, self._ended, self._line = end, end, self._lines + 1
        self._before = _NEWLINE
        return rest


def checked(name: str, piece: bytes, line: int) -> tuple[Bytes, Places]:
    """The bytes of whole rows and where quotation marks are in them.

    Raises
    ------
    TableError
        Not UTF-8; a quotation mark inside a cell, or text after the closing one; a carriage return by itself.
    """
    try:
        piece.decode()
    except UnicodeDecodeError as error:
        at = line + piece.count(b"\n", 0, error.start)
        raise TableError(Code.UNKNOWN_VALUE, name, f"line {at}: the text is not UTF-8") from None
    data = np.frombuffer(piece, np.uint8)
    quotes = np.flatnonzero(data == _QUOTE)
    around = np.frombuffer(b"\n" + piece + b"\n", np.uint8)
    opening, closing = quotes[::2], quotes[1::2]
    wrong = np.concatenate(
        (
            opening[~np.isin(around[opening], (_COMMA, _NEWLINE, _QUOTE))],
            closing[~np.isin(around[closing + 2], (_COMMA, _NEWLINE, _RETURN, _QUOTE))],
        )
    )
    _refuse(name, piece, line, wrong, "a quotation mark in a cell must be doubled, and the cell be in them")
    returns = np.flatnonzero(data == _RETURN)
    alone = returns[around[returns + 2] != _NEWLINE]
    alone = alone[_outside(alone, quotes)]
    _refuse(name, piece, line, alone, "a carriage return by itself ends no row")
    return data, quotes


def _outside(places: Places, quotes: Places) -> npt.NDArray[np.bool_]:
    """Which places are in no cell in quotation marks."""
    outside: npt.NDArray[np.bool_] = np.searchsorted(quotes, places) % 2 == 0
    return outside


def _refuse(name: str, piece: bytes, line: int, places: Places, rule: str) -> None:
    if len(places):
        at = line + piece.count(b"\n", 0, int(places.min()))
        raise TableError(Code.UNKNOWN_VALUE, name, f"line {at}: {rule}")


def read_cut(name: str, piece: bytes, cut: Cut, header: list[str]) -> tuple[Any, Failures, Places]:
    r"""The rows of a part as a table of text, those that can't be told apart into cells, and their lines.

    Parameters
    ----------
    piece
        The bytes of the part.

    Returns
    -------
    A ``pyarrow.Table``, in which broken rows are empty; the failures; int64, the line on which each row ends.

    Examples
    --------
    >>> table, failures, line = read_cut("f.csv", b"A,1\nB\n", Cut(2, 8, 14, 2), ["id", "note"])
    >>> table.to_pydict(), failures[0].text(), line.tolist()
    ({'id': ['A', None], 'note': ['1', None]}, 'the row has 1 cells, the header another number: 2', [2, 3])
    """
    pa, arrow_csv = need("pyarrow", "arrow"), need("pyarrow.csv", "arrow")
    if len(piece) > LARGEST:
        rule = f"{cut.rows} rows from line {cut.line} on have more than {LARGEST} bytes; take smaller parts"
        raise TableError(Code.OUT_OF_RANGE, name, rule)
    data, quotes = checked(name, piece, cut.line)
    ends = np.flatnonzero(data == _NEWLINE)
    line = cut.line + np.arange(len(ends))
    rows = _outside(ends, quotes)
    ends, line = ends[rows], line[rows]
    if len(data) and data[-1] != _NEWLINE:
        ends = np.append(ends, len(data))
        line = np.append(line, cut.line + piece.count(b"\n"))
    begins = np.concatenate(([0], ends[:-1] + 1)) if len(ends) else ends
    long = ends - begins
    filled = (long > 1) | ((long == 1) & (data[np.minimum(begins, len(data) - 1)] != _RETURN))
    begins, ends, line = begins[filled], ends[filled], line[filled]
    commas = np.flatnonzero(data == _COMMA)
    commas = commas[_outside(commas, quotes)] if len(quotes) else commas
    cells = np.searchsorted(commas, ends) - np.searchsorted(commas, begins) + 1
    bad = np.flatnonzero(cells != len(header))
    failures = Failures.at(bad, Code.WRONG_CELLS, "row", cells[bad], str(len(header)))
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(piece if len(piece) else b"\n"),
            read_options=arrow_csv.ReadOptions(
                use_threads=False, block_size=max(len(piece), 1) + 1, column_names=header
            ),
            parse_options=arrow_csv.ParseOptions(
                newlines_in_values=True, invalid_row_handler=lambda _: "skip"
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(header, pa.string()), null_values=[], strings_can_be_null=False
            ),
        )
    except pa.ArrowException as error:
        rule = f"from line {cut.line} on it can't be read: {str(error).splitlines()[0]}"
        raise TableError(Code.UNKNOWN_VALUE, name, rule) from None
    if table.num_rows + len(bad) != len(line) or len(line) != cut.rows:
        rule = f"from line {cut.line} on {len(line)} rows were counted and {table.num_rows + len(bad)} read"
        raise TableError(Code.UNKNOWN_VALUE, name, rule)
    if len(bad):
        good = np.ones(len(line), np.bool_)
        good[bad] = False
        place = np.cumsum(good) - 1
        table = table.take(pa.array(np.maximum(place, 0), mask=~good))
    return table.combine_chunks(), failures, line


def pieces(stream: Any, size: int) -> Iterable[bytes]:
    """The bytes of a stream, so many at a time."""
    while piece := stream.read(size):
        yield piece
