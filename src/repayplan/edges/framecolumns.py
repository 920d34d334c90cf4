"""Frames of any kind as named columns: what is asked for is read, and only that.

pandas and polars are read through narwhals, Arrow tables, DuckDB relations and capsules through pyarrow.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from repayplan.basics.errors import Code
from repayplan.basics.given import MOST_PLACES, Fixed
from repayplan.basics.outcome import Failures
from repayplan.edges.arrowcolumns import Held, coded, held, is_strange, nothing, strange
from repayplan.edges.framekind import FrameError, kind_of, native
from repayplan.edges.frames import need

_WIDE = ("Int128", "UInt128")
_SCALES = (2, 4, 10)
"""Places of decimals that are tried: of amounts, of prices and of rates."""


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """A frame of which nothing but the names has been looked at.

    Attributes
    ----------
    names
        The names of its columns.
    read
        Reads some columns: how many rows there are, and the columns by name.
    """

    names: tuple[str, ...]
    read: Callable[[Sequence[str]], tuple[int, dict[str, Held]]]


def opened(frame: Any) -> Opened:
    """A frame of pandas, polars (lazy too), Arrow or DuckDB, or anything with an Arrow capsule.

    Raises
    ------
    FrameError
        No frame; or a name that two of its columns have, or none.
    ImportError
        narwhals (extra ``frames``) or pyarrow (extra ``arrow``) isn't installed.

    Examples
    --------
    >>> import polars
    >>> frame = opened(polars.LazyFrame({"a": [1, None], "b": ["x", "y"]}))
    >>> size, columns = frame.read(["a"])
    >>> frame.names, size, columns["a"].sort, columns["a"].dtype
    (('a', 'b'), 2, 'number', 'Int64')
    """
    kind = kind_of(frame)
    if isinstance(frame, str):
        raise FrameError(Code.UNKNOWN_VALUE, "frame", "a frame is needed, not the name of a kind")
    frame = native(frame)
    if kind == "duckdb":
        made = _relation(frame)
    elif kind == "arrow":
        made = _table(_arrow(frame))
    else:
        made = _narwhals(frame, lazy=kind == "polars-lazy")
    return made


def checked(names: Sequence[Any]) -> tuple[str, ...]:
    """Names, each of one column."""
    named = tuple(name for name in names if isinstance(name, str))
    for name in names:
        if not isinstance(name, str) or not name:
            rule = f"a column is called {name!r}: every column needs a name, which is text"
            raise FrameError(Code.MISSING, "frame", rule)
    twice = sorted({name for name in named if named.count(name) > 1})
    if twice:
        rule = f"more than one column is called {', '.join(twice)}"
        raise FrameError(Code.DUPLICATE, "frame", rule, column=twice[0])
    return named


def _arrow(frame: Any) -> Any:
    pa = need("pyarrow", "arrow")
    if isinstance(frame, pa.RecordBatchReader):
        return frame.read_all()
    if isinstance(frame, pa.Table):
        return frame
    try:
        return pa.table(frame)
    except (pa.ArrowException, TypeError, ValueError) as error:
        rule = f"its Arrow capsule is no table: {str(error).splitlines()[0]}"
        raise FrameError(Code.UNKNOWN_VALUE, "frame", rule) from None


def _table(table: Any) -> Opened:
    pa = need("pyarrow", "arrow")

    def read(names: Sequence[str]) -> tuple[int, dict[str, Held]]:
        return table.num_rows, {name: held(pa, name, table.column(name)) for name in names}

    try:
        names = table.column_names
    except UnicodeDecodeError:
        raise FrameError(Code.UNKNOWN_VALUE, "frame", "a column's name is not UTF-8") from None
    return Opened(checked(names), read)


def _relation(relation: Any) -> Opened:
    names = checked(relation.columns)
    need("pyarrow", "arrow")

    def read(wanted: Sequence[str]) -> tuple[int, dict[str, Held]]:
        # DuckDB scans no more than what is asked for; of nothing, one column says how many rows there are.
        quoted = ['"' + name.replace('"', '""') + '"' for name in wanted or names[:1]]
        return _table(relation.project(", ".join(quoted)).to_arrow_table()).read(wanted)

    return Opened(names, read)


def _narwhals(frame: Any, *, lazy: bool) -> Opened:
    nw = need("narwhals", "frames")
    names = checked(frame.collect_schema().names() if lazy else list(frame.columns))
    given = nw.from_native(frame)

    def read(wanted: Sequence[str]) -> tuple[int, dict[str, Held]]:
        some = given.select(list(wanted) or list(names[:1]))
        some = some.collect() if lazy else some
        return len(some), {name: _of_series(nw, some[name]) for name in wanted}

    return Opened(names, read)


def _of_series(nw: Any, series: Any) -> Held:
    """A column of pandas or polars."""
    data = series.to_native()
    kind = str(data.dtype)
    if hasattr(data.dtype, "pyarrow_dtype"):
        inner = held(need("pyarrow", "arrow"), series.name, data.array.__arrow_array__())
        return Held(inner.sort, kind, inner.values, inner.unread)
    dtype = series.dtype
    if dtype == nw.Boolean:
        return Held("flag", kind, series.to_numpy())
    if dtype.is_decimal():
        return Held("decimal", kind, _decimals(nw, series))
    if dtype.is_integer() and str(dtype) in _WIDE:
        return Held("number", kind, _texts(nw, series.cast(nw.String), kind).values)
    if dtype.is_numeric():
        return Held("number", kind, _numbers(series))
    if dtype == nw.Date:
        return Held("date", kind, series.to_numpy())
    if dtype == nw.Datetime:
        return Held("zoned", kind, None) if dtype.time_zone else Held("date", kind, series.to_numpy())
    if kind == "object" and dtype == nw.String and _has_nan(data):
        return _objects(data, kind)
    if dtype in (nw.String, nw.Categorical, nw.Enum):
        return _named(nw, series, kind)
    if dtype == nw.List:
        return _lists(data, kind)
    if kind == "Null":
        return nothing(len(series), kind)
    if dtype == nw.Object and kind == "object":
        return _objects(data, kind)
    return Held("other", kind, None)


def _numbers(series: Any) -> Any:
    gaps = series.is_null().to_numpy()
    if not gaps.any():
        return series.to_numpy()
    return np.ma.MaskedArray(series.fill_null(0).to_numpy(), gaps)


def _decimals(nw: Any, series: Any) -> Any:
    """The integers behind decimals of polars; as text where they can't be had, or int64 has no room."""
    data = series.to_native()
    places = data.dtype.scale
    if 0 <= places <= MOST_PLACES:
        behind = data.to_physical()
        if behind.dtype.is_integer():
            units = nw.from_native(behind, series_only=True)
            gaps = units.is_null().to_numpy()
            fits = units.is_between(-(2**63), 2**63 - 1).fill_null(True).to_numpy()
            if fits.all():
                values = units.fill_null(0).cast(nw.Int64).to_numpy()
                return Fixed(units=values, places=places, missing=gaps if gaps.any() else None)
    return _texts(nw, series.cast(nw.String), str(data.dtype)).values


def _named(nw: Any, series: Any, kind: str) -> Held:
    """Text, or categories, which may be anything in pandas."""
    if kind == "category":
        data = series.to_native()
        names = data.cat.categories
        if not all(isinstance(name, str) for name in names):
            gaps = data.isna()
            plain = data.astype("object" if gaps.any() else names.dtype)
            if gaps.any():
                plain = plain.mask(gaps, need("pandas", "frames").NA)  # categories make a NaN of it
            found = _of_series(nw, nw.from_native(plain, series_only=True))
            return Held(found.sort, kind, found.values, found.unread)
    return _texts(nw, series, kind)


def _texts(nw: Any, series: Any, kind: str) -> Held:
    """Texts by their number."""
    data = series.to_native()
    if series.implementation.is_polars():
        data = series.cast(nw.String).to_native()
        names = data.unique().drop_nulls()
        place = np.arange(len(names))
        of = data.replace_strict(names, place, default=-1) if len(names) else np.full(len(data), -1)
        return coded(series.name, kind, of, names.to_list())
    of, names = need("pandas", "frames").factorize(data)
    return coded(series.name, kind, of, names.tolist())


def _lists(data: Any, kind: str) -> Held:
    """Of polars: whose each value is, and the values."""
    nw, lengths = need("narwhals", "frames"), data.list.len().fill_null(0)
    inner = _of_series(nw, nw.from_native(data.filter(lengths > 0).explode(), series_only=True))
    if inner.values is None or inner.sort == "list":
        return Held("other", kind, None)
    if len(inner.unread):
        rule = inner.unread[0].text()
        raise FrameError(Code.UNKNOWN_VALUE, data.name, rule, column=data.name, dtype=kind)
    return Held("list", kind, (np.repeat(np.arange(len(data)), lengths.to_numpy()), inner.values))


def _objects(data: Any, kind: str) -> Held:
    """Of pandas: cells that may be anything, None where pandas says that there is no value; or lists.

    A NaN among them is no gap but a number that is wrong, as everywhere but in a plain column of floats.
    """
    pandas = need("pandas", "frames")
    gaps = np.array([_is_gap(pandas, cell) for cell in data.to_numpy(np.object_).tolist()], np.bool_)
    if gaps.all():
        return nothing(len(data), kind)
    if isinstance(data[~gaps].iloc[0], (list, tuple, np.ndarray)):
        lengths = data.str.len().fillna(0).to_numpy(np.int64)
        values = data[lengths > 0].explode().to_numpy(np.object_)
        if len(values) != lengths.sum():  # some cells are lists, others text
            return Held("other", kind, None)
        return Held("list", kind, (np.repeat(np.arange(len(data)), lengths), values))
    cells = data.to_numpy(np.object_).copy()
    cells[gaps] = None
    read = _as_decimals(data.name, cells, gaps)
    if read is not None:
        return Held("decimal", kind, read.values)
    each = cells.tolist()
    bad = [at for at, cell in enumerate(each) if isinstance(cell, str) and is_strange(cell)]
    nan = [at for at, cell in enumerate(each) if _is_nan(cell)]
    unread = strange(data.name, cells[bad].tolist(), np.array(bad, np.int64)).and_then(
        Failures.at(np.array(nan, np.int64), Code.NOT_FINITE, data.name, "nan")
    )
    cells[bad + nan] = None
    return Held("objects", kind, cells, unread)


def _as_decimals(name: str, cells: npt.NDArray[Any], gaps: npt.NDArray[np.bool_]) -> Held | None:
    """Cells that are Decimals, or whole numbers among them, as Arrow reads them exactly; None of others.

    Cell by cell as text they are the same, and take several times as long: without pyarrow they are read so.
    """
    if not isinstance(cells[np.argmin(gaps)], Decimal) or any(_is_nan(cell) for cell in cells.tolist()):
        return None  # Arrow takes a NaN for a gap
    try:
        pa = need("pyarrow", "arrow")
    except ImportError:
        return None
    for places in _SCALES:
        try:
            array = pa.array(cells, pa.decimal128(38, places))
        except (pa.ArrowException, TypeError, ValueError):  # a finer one, or something else, is among them
            continue
        return held(pa, name, array)
    return None


def _has_nan(data: Any) -> bool:
    """Whether a NaN is among objects of pandas that narwhals takes for text alone."""
    return any(map(_is_nan, data[data.isna()].tolist()))


def _is_gap(pandas: Any, cell: Any) -> bool:
    """Whether pandas says by a cell that there is no value, and by nothing else."""
    if isinstance(cell, (np.datetime64, np.timedelta64)):
        return bool(np.isnat(cell))
    return cell is None or cell is pandas.NA or cell is pandas.NaT


def _is_nan(cell: Any) -> bool:
    if isinstance(cell, Decimal):
        return cell.is_nan()
    return isinstance(cell, (float, np.floating)) and math.isnan(cell)
