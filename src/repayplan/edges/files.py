"""Files as they are: the columns of a CSV or Parquet file, before anyone asks what they mean."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Failures
from repayplan.basics.rulefile import NO_PATH
from repayplan.basics.sizes import MAX_CELL, MAX_CELLS, MAX_COLUMN_BYTES, MAX_COLUMNS
from repayplan.basics.visible import visible
from repayplan.edges.frames import need

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy.typing as npt


class TableError(InputError):
    """A file can't be read as the table it should be; says which file and why."""

    def __init__(self, code: Code, path: Path | str, rule: str) -> None:
        super().__init__(code, "file", str(path), rule)
        self.args = (f"{visible(str(path))}: {self.rule}",)


@dataclass(frozen=True, slots=True, eq=False)
class RawTable:
    """The columns of one file.

    Attributes
    ----------
    path
        Where it was read from.
    columns
        One array per column, by name, all of one length. CSV cells are text, so that an amount is
        read exactly; a missing cell is empty text.
    failures
        Rows that can't be told apart into cells.
    line, lines
        int64; the line of the file on which each row ends (of Parquet, its number from 1), and what that is
        called.
    """

    path: Path
    columns: dict[str, npt.NDArray[Any]]
    failures: Failures
    line: npt.NDArray[np.int64]
    lines: str = "line"

    def __len__(self) -> int:
        """Rows."""
        return len(next(iter(self.columns.values())))


def read_table(path: Path, wanted: Callable[[str], bool] | None = None) -> RawTable:
    """Reads a CSV file (UTF-8, a header, commas) or, by its first bytes, a Parquet file (extra ``arrow``).

    Parameters
    ----------
    wanted
        Which columns, by name, are worked with: of a Parquet file no others are read, and empty text stands
        in their place. None: every one.

    Raises
    ------
    OSError
        The file can't be opened.
    TableError
        The path is none; no header, a column without a name or with a name used twice, no rows, not UTF-8,
        broken quotes; a column of another kind, or with a text too long, or too much for so many rows.
    ImportError
        A Parquet file, and pyarrow isn't installed.
    """
    try:
        with path.open("rb") as file:
            parquet = file.read(4) == b"PAR1"
    except ValueError:  # of NULs and of halves of surrogate pairs
        raise TableError(Code.UNKNOWN_VALUE, path, NO_PATH) from None
    table = _read_parquet(path, wanted) if parquet else _read_csv(path)
    if not len(table):
        raise TableError(Code.MISSING, path, "there are no rows under the header")
    return table


def check_names(path: Path | str, names: list[str]) -> None:
    """TableError where a column has no name, or one that another has."""
    if not any(names):
        raise TableError(Code.MISSING, path, "there is no header line with the names of the columns")
    for index, name in enumerate(names):
        if not name:
            raise TableError(Code.MISSING, path, f"column {index + 1} has no name")
    twice = sorted(name for name, times in Counter(names).items() if times > 1)
    if twice:
        raise TableError(Code.DUPLICATE, path, f"more than one column is called {', '.join(twice)}")


def _check_size(path: Path, rows: int, columns: int) -> None:
    """TableError where a file can't be read whole: a small one may mean more cells than fit in memory."""
    if columns > MAX_COLUMNS:
        raise TableError(Code.OUT_OF_RANGE, path, f"{columns} columns; {MAX_COLUMNS} at most are read")
    if rows * columns > MAX_CELLS:
        rule = f"{rows} rows of {columns} columns; {MAX_CELLS} cells at most are read (stream: in parts)"
        raise TableError(Code.OUT_OF_RANGE, path, rule)


def _check_text(path: Path, name: str, longest: int, rows: int, perhaps: str = "") -> None:
    """TableError where a column's longest text is no cell, or is too long for an array of so many rows."""
    if longest > MAX_CELL:
        rule = f"a cell of {name} has more than {MAX_CELL} characters{perhaps}"
        raise TableError(Code.OUT_OF_RANGE, path, rule)
    if 4 * longest * rows > MAX_COLUMN_BYTES:
        rule = f"a cell of {name} has {longest} characters, too many for each of {rows} rows"
        raise TableError(Code.OUT_OF_RANGE, path, rule)


def _read_csv(path: Path) -> RawTable:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            names = [name.strip() for name in next(reader, [])]
            _check_size(path, 1, len(names))
            check_names(path, names)
            numbered = [(line, reader.line_num) for line in reader if line]
            lines = [line for line, _ in numbered]
            for number, line in enumerate(lines, 1):
                if any("\0" in cell for cell in line):
                    raise TableError(Code.UNKNOWN_VALUE, path, f"row {number}: a cell holds a NUL character")
    except UnicodeDecodeError as error:
        raise TableError(Code.UNKNOWN_VALUE, path, f"the text is not UTF-8 (byte {error.start})") from None
    except csv.Error as error:
        raise TableError(Code.UNKNOWN_VALUE, path, f"line {reader.line_num}: {error}") from None
    width = len(names)
    _check_size(path, len(lines), width)
    cells = np.array([len(line) for line in lines], np.int64)
    bad = np.flatnonzero(cells != width)
    failures = Failures.at(bad, Code.WRONG_CELLS, "row", cells[bad], str(width))
    for row in bad:
        lines[row] = [""] * width
    turned = list(zip(*lines, strict=True)) or [()] * width
    for name, column in zip(names, turned, strict=True):
        _check_text(
            path, name, max(map(len, column), default=0), len(column), " (a quotation mark left open?)"
        )
    columns = {name: np.array(column, np.str_) for name, column in zip(names, turned, strict=True)}
    return RawTable(path, columns, failures, np.array([at for _, at in numbered], np.int64))


def _read_parquet(path: Path, wanted: Callable[[str], bool] | None) -> RawTable:
    pa, parquet = need("pyarrow", "arrow"), need("pyarrow.parquet", "arrow")
    where = ""
    try:
        with parquet.ParquetFile(path) as file:
            rows, kinds = file.metadata.num_rows, file.schema_arrow
            _check_size(path, rows, file.metadata.num_columns)
        check_names(path, list(kinds.names))
        read = [kind for kind in kinds if wanted is None or wanted(kind.name)]
        for kind in read:
            _check_kind(pa.types, path, kind)
        # Of a text that many rows have, a dictionary holds one: how long it is can be seen before it is many.
        texts = [kind.name for kind in read if _is_text(pa.types, kind.type)]
        with parquet.ParquetFile(path, read_dictionary=texts) as file:
            table = file.read([kind.name for kind in read])
        for kind in read:
            where = f"column {kind.name}: "
            table[kind.name].validate(full=True)
            _check_text(path, kind.name, _longest(pa, table[kind.name]), rows)
    except (pa.ArrowException, OSError, UnicodeError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        rule = f"not a Parquet file that can be read: {where}{reason}"
        raise TableError(Code.UNKNOWN_VALUE, path, rule) from None
    columns: dict[str, npt.NDArray[Any]] = {name: np.zeros(rows, "U1") for name in kinds.names}
    columns |= {kind.name: _plain(pa, table[kind.name]) for kind in read}
    return RawTable(path, columns, Failures.none(), np.arange(1, rows + 1), "row")


def _check_kind(types: Any, path: Path, column: Any) -> None:
    """TableError where an Arrow field is neither text nor numbers nor dates."""
    kind = column.type.value_type if types.is_dictionary(column.type) else column.type
    number = types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind)
    day = types.is_date(kind) or types.is_timestamp(kind)
    if not (number or day or types.is_decimal(kind) or types.is_null(kind) or _is_text(types, kind)):
        rule = f"column {column.name} holds {kind}, not text, numbers or dates"
        raise TableError(Code.UNKNOWN_VALUE, path, rule)


def _longest(pa: Any, column: Any) -> int:
    """Characters of the longest text of an Arrow column; 0 where it holds none."""
    compute, kind = need("pyarrow.compute", "arrow"), column.type
    if pa.types.is_dictionary(kind):
        if not _is_text(pa.types, kind.value_type):
            return 0
        of = [chunk.dictionary for chunk in column.chunks]
    else:
        of = column.chunks if _is_text(pa.types, kind) else []
    return max((compute.max(compute.utf8_length(texts)).as_py() or 0 for texts in of), default=0)


def _plain(pa: Any, column: Any) -> npt.NDArray[Any]:
    """An Arrow column as an array: integers, floats, dates as they are; decimals and gaps as exact text."""
    types = pa.types
    if types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    kind = column.type
    number = types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind)
    if types.is_date(kind) or types.is_timestamp(kind) or (number and not column.null_count):
        array: npt.NDArray[Any] = column.to_numpy()
        return array
    text: list[str] = column.cast(pa.string()).fill_null("").to_pylist()
    return np.array(text, np.str_)


def _is_text(types: Any, kind: Any) -> bool:
    return bool(types.is_string(kind) or types.is_large_string(kind))
