"""Results as frames of pandas, polars, Arrow or DuckDB: money as exact decimals, dates as dates.

One module, since every kind of frame is made by way of the same columns and the same Arrow table.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from repayplan.basics.errors import Code
from repayplan.edges.cells import RATE_DECIMALS, Column, Lists, column, texts, written
from repayplan.edges.framekind import FrameError, kind_of, named, native

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from types import ModuleType

    from repayplan.basics.outcome import Ints

COUNTS = frozenset({"loan", "row", "period", "days", "instalments", "extension", "extension_months"})
"""Integer columns that count something; every other integer column is money in minor units."""


def need(module: str, extra: str | None) -> ModuleType:
    """Imports an optional library, or says which extra brings it.

    Raises
    ------
    ImportError
        The library isn't there; the message names the extra to install, or the library where none brings it.

    Examples
    --------
    >>> need("no_such_library", "frames")
    Traceback (most recent call last):
    ImportError: no_such_library is needed for this: pip install 'repayplan[frames]'
    """
    try:
        return import_module(module)
    except ImportError:
        top = module.partition(".")[0]
        package = top if extra is None else f"'repayplan[{extra}]'"
        raise ImportError(f"{top} is needed for this: pip install {package}") from None


def to_frame(
    columns: Mapping[str, npt.NDArray[Any]],
    kind: Any,
    decimals: int | npt.NDArray[np.int64],
    origin: Origin | None = None,
) -> Any:
    """Columns as a frame of the library named.

    Parameters
    ----------
    columns
        Arrays of one length: int64 minor units, int64 counts (the names in :data:`COUNTS`),
        datetime64[D], bool, text.
    kind, origin
        As of :func:`frame_of`.
    decimals
        Decimals of the minor unit, one for all rows or one per row.

    Raises
    ------
    InputError
        ``kind`` is no kind of frame.
    ImportError
        The library isn't installed; the message names the extra.

    Examples
    --------
    >>> rows = {"period": np.array([1, 2]), "payment": np.array([10000, 5])}
    >>> to_frame(rows, "polars", 2)["payment"].to_list()
    [Decimal('100.00'), Decimal('0.05')]
    """
    return frame_of(typed(columns, decimals), kind, origin)


def typed(
    columns: Mapping[str, npt.NDArray[Any]], decimals: int | npt.NDArray[np.int64]
) -> dict[str, Column]:
    """Arrays as columns that say what their integers are, by their names: see :func:`to_frame`."""
    return {
        name: Column(kind="money", values=values, decimals=decimals)
        if values.dtype.kind == "i" and name not in COUNTS
        else column(values)
        for name, values in columns.items()
    }


def figured(columns: Mapping[str, npt.NDArray[Any]], places: int) -> dict[str, Column]:
    """Arrays as columns, floats among them as decimals of so many places; NaN is a missing one.

    Examples
    --------
    >>> figured({"chance": np.array([0.25, np.nan])}, 2)["chance"].values.tolist()
    [25, 0]
    """
    out = {}
    for name, values in columns.items():
        if values.dtype.kind == "f":
            units = np.rint(np.nan_to_num(values) * 10**places).astype(np.int64)
            out[name] = Column(kind="money", values=units, decimals=places, missing=np.isnan(values))
        else:
            out[name] = column(values)
    return out


def places_of(decimals: Ints, loan: Ints | None = None) -> int | Ints:
    """Decimals of each row of the loans: one number where all have the same."""
    if len(np.unique(decimals)) < 2:
        return int(decimals[0]) if len(decimals) else 2
    return decimals if loan is None else decimals[loan]


def nested(
    heads: Mapping[str, npt.NDArray[Any]], table: Mapping[str, Column], offsets: Ints
) -> dict[str, Column | Lists]:
    """The rows of a table as lists, row ``i`` ``offsets[i]:offsets[i + 1]``, behind other columns."""
    lists = {name: Lists(cells, offsets) for name, cells in table.items() if name not in heads}
    return {**{name: column(values) for name, values in heads.items()}, **lists}


@dataclass(frozen=True, slots=True, eq=False)
class Origin:
    """Which row of what was read each row of a result is about.

    Attributes
    ----------
    row
        int64; that row, of each row of the result.
    size
        How many rows were read; None: nobody knows.
    keep
        Columns of the frame that was read, which the result has too.
    """

    row: Ints
    size: int | None
    keep: Iterable[str] = ()

    def check(self, rows: int) -> None:
        """FrameError where a frame of so many rows can't be the one that was read."""
        if rows != self.size and (self.size is not None or self.row.max(initial=-1) >= rows):
            read = self.size if self.size is not None else int(self.row.max()) + 1
            rule = f"{read} rows were read, the frame has {rows}: it isn't the one"
            raise FrameError(Code.OUT_OF_RANGE, "kind", rule)


def frame_of(table: Mapping[str, Column | Lists], kind: Any, origin: Origin | None = None) -> Any:
    """A table as a frame.

    Parameters
    ----------
    table
        Typed columns of one length; columns of lists need pyarrow.
    kind
        ``"pandas"`` (extra ``frames``): money as Arrow decimals where pyarrow is installed, else as
        ``decimal.Decimal`` objects; dates as ``datetime64[s]``; where a cell may be empty, nullable types.
        ``"polars"``, ``"polars-lazy"`` (extra ``frames``): money as Decimal, dates as Date. ``"arrow"``
        (extra ``arrow``): decimal128 and date32. ``"duckdb"``: the same, as a relation of its default
        connection. Or the frame that was read: its kind, and of pandas its index, in the rows of the result.
    origin
        Where the rows come from.

    Raises
    ------
    InputError
        ``kind`` is no kind of frame.
    FrameError
        The frame given has other rows than what was read, or lacks a column that is to be kept, or the
        result has one of that name.
    ImportError
        A library isn't installed; the message names the extra.
    """
    frame: Any = None if isinstance(kind, str) else native(kind)
    if frame is not kind and frame is not None:  # one of narwhals
        return need("narwhals", "frames").from_native(frame_of(table, frame, origin))
    name = kind_of(kind)
    keep = () if origin is None else named("keep", origin.keep)
    table = {heading: written(cells) for heading, cells in table.items()}
    if frame is None and keep:
        raise FrameError(Code.MISSING, "keep", "the frame that was read is needed, not the name of a kind")
    for each in keep:
        if each in table:
            raise FrameError(Code.DUPLICATE, "keep", "the result has a column of that name", column=each)
    if name == "pandas":
        made = _pandas(table)
        return made if frame is None or origin is None else _indexed(frame, made, origin, keep)
    if name.startswith("polars"):
        made = _polars(table)
        if keep and origin is not None:
            _check_kept(keep, frame.collect_schema().names())
            kept = frame.lazy().select(keep).collect()
            origin.check(len(kept))
            made = need("polars", "frames").concat([kept[origin.row], made], how="horizontal")
        return made.lazy() if name == "polars-lazy" else made
    made = arrow_table(table)
    if keep and origin is not None:
        pa = need("pyarrow", "arrow")
        whole = frame.to_arrow_table() if name == "duckdb" else pa.table(frame)
        _check_kept(keep, whole.column_names)
        origin.check(whole.num_rows)
        kept = whole.select(list(keep)).take(pa.array(origin.row))
        made = pa.table({**{n: kept[n] for n in keep}, **{n: made[n] for n in made.column_names}})
    return need("duckdb", None).from_arrow(made) if name == "duckdb" else made


def _indexed(frame: Any, made: Any, origin: Origin, keep: Sequence[str]) -> Any:
    """A frame of pandas with the index of the one that was read, and the columns of that to be kept."""
    origin.check(len(frame))
    if keep:
        _check_kept(keep, list(frame.columns))
        kept = frame[list(keep)].take(origin.row).reset_index(drop=True)
        made = need("pandas", "frames").concat([kept, made], axis=1)
    made.index = frame.index.take(origin.row)
    return made


def _check_kept(keep: Iterable[str], names: list[str]) -> None:
    for each in keep:
        if each not in names:
            raise FrameError(Code.MISSING, "keep", f"the frame has no column {each}")


def arrow_table(columns: Mapping[str, Column | Lists]) -> Any:
    """Typed columns as a ``pyarrow.Table``: decimal128 for money and rates, date32, bool, int64, text."""
    pa = need("pyarrow", "arrow")
    return pa.table({name: _arrow(pa, given) for name, given in columns.items()})


def _arrow(pa: ModuleType, given: Column | Lists) -> Any:
    if isinstance(given, Lists):
        cells, small = _arrow(pa, given.cells), given.offsets[-1] < 2**31
        kind = pa.ListArray if small else pa.LargeListArray
        return kind.from_arrays(pa.array(given.offsets, pa.int32() if small else pa.int64()), cells)
    mask = given.empty if given.missing is not None or given.kind == "number" else None
    if given.kind == "money":
        return _arrow_decimal(pa, given.values, given.decimals, mask)
    if given.kind == "rate":
        return _arrow_decimal(pa, given.values, RATE_DECIMALS, mask)
    if given.kind == "text":
        return pa.array(given.values.astype(np.str_), pa.string(), mask=mask)
    return pa.array(given.values, mask=mask)


def _arrow_decimal(
    pa: ModuleType,
    units: npt.NDArray[np.int64],
    decimals: int | npt.NDArray[np.int64],
    mask: Any,
    *,
    precision: int = 19,
) -> Any:
    """Int64 units as decimal128: the 16 bytes are the units and their sign, so nothing is converted."""
    if not isinstance(decimals, int) and len(decimals) and (decimals == decimals[0]).all():
        return _arrow_decimal(pa, units, int(decimals[0]), mask, precision=38)
    if not isinstance(decimals, int):
        # One currency after the other, each brought to the finest scale by Arrow itself.
        finest = int(np.max(decimals, initial=0))
        order = np.argsort(decimals, kind="stable")
        parts = [
            _arrow_decimal(pa, units[decimals == d], int(d), None).cast(pa.decimal128(38, finest))
            for d in np.unique(decimals)
        ]
        back = np.empty(len(order), np.int64)
        back[order] = np.arange(len(order))
        whole = pa.concat_arrays(parts) if parts else pa.array([], pa.decimal128(38, finest))
        taken = whole.take(pa.array(back))
        if mask is None:
            return taken
        return need("pyarrow.compute", "arrow").if_else(pa.array(mask), pa.scalar(None, taken.type), taken)
    words = np.empty((len(units), 2), np.int64)
    words[:, 0], words[:, 1] = units, units >> 63
    present = None if mask is None else pa.py_buffer(np.packbits(~mask, bitorder="little").tobytes())
    kind = pa.decimal128(precision, decimals)
    return pa.Array.from_buffers(kind, len(units), [present, pa.py_buffer(words)])


def _polars(columns: Mapping[str, Column | Lists]) -> Any:
    pl = need("polars", "frames")
    plain = {name: given for name, given in columns.items() if isinstance(given, Column)}
    if _pyarrow() is not None or len(plain) < len(columns):
        return pl.from_arrow(arrow_table(columns))
    series = {}
    for name, given in plain.items():
        if given.kind in ("money", "rate"):
            # Through exact text: no Python object per row.
            many = given.kind == "money" and not isinstance(given.decimals, int)
            places = RATE_DECIMALS if given.kind == "rate" else int(np.max(given.decimals, initial=0))
            made = pl.Series(name, texts(given), pl.String)
            made = made.replace("", None).cast(pl.Decimal(38 if many else 19, places))
        else:
            made = pl.Series(name, _dated(given) if given.kind == "date" else given.values)
            if given.kind == "number":
                made = made.fill_nan(None)
            if given.kind != "date" and given.missing is not None:
                made = made.set(pl.Series(given.missing), None)
        series[name] = made
    return pl.DataFrame(series)


def _dated(given: Column) -> npt.NDArray[Any]:
    """Dates, NaT in empty cells."""
    return np.where(given.empty, np.datetime64("NaT", "D"), given.values)


def _pyarrow() -> ModuleType | None:
    try:
        return import_module("pyarrow")
    except ImportError:
        return None


def _pandas(columns: Mapping[str, Column | Lists]) -> Any:
    pd, pa = need("pandas", "frames"), _pyarrow()
    data = {}
    for name, given in columns.items():
        if isinstance(given, Lists):
            data[name] = pd.Series(pd.arrays.ArrowExtensionArray(_arrow(need("pyarrow", "arrow"), given)))
        elif given.kind in ("money", "rate") and pa is not None:
            data[name] = pd.Series(pd.arrays.ArrowExtensionArray(_arrow(pa, given)))
        elif given.kind in ("money", "rate"):
            cells = [Decimal(cell) if cell else None for cell in texts(given).tolist()]
            data[name] = pd.Series(cells, dtype=object)
        elif given.kind == "date":
            data[name] = pd.Series(_dated(given).astype("datetime64[s]"))
        elif given.kind == "number":
            data[name] = pd.Series(np.where(given.empty, np.nan, given.values))
        elif given.missing is None:
            data[name] = pd.Series(given.values)
        elif given.kind == "text":
            data[name] = pd.Series(given.values, dtype="string").mask(given.missing)
        else:
            made = pd.Series(given.values, dtype="boolean" if given.kind == "flag" else "Int64")
            data[name] = made.mask(given.missing)
    return pd.DataFrame(data)
