"""Results as pandas, polars or Arrow tables: money as exact decimals, dates as dates."""

from __future__ import annotations

from decimal import Decimal
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from repayplan.basics.errors import Code, InputError
from repayplan.edges.cells import RATE_DECIMALS, Column, column, texts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType

COUNTS = frozenset({"loan", "row", "period", "days", "instalments", "extension", "extension_months"})
"""Integer columns that count something; every other integer column is money in minor units."""


def need(module: str, extra: str) -> ModuleType:
    """Imports an optional library, or says which extra brings it.

    Raises
    ------
    ImportError
        The library isn't there; the message names the extra to install.

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
        raise ImportError(f"{top} is needed for this: pip install 'repayplan[{extra}]'") from None


def to_frame(
    columns: Mapping[str, npt.NDArray[Any]],
    kind: str,
    decimals: int | npt.NDArray[np.int64],
) -> Any:
    """Columns as a frame of the library named.

    Parameters
    ----------
    columns
        Arrays of one length: int64 minor units, int64 counts (the names in :data:`COUNTS`),
        datetime64[D], bool, text.
    kind
        ``"pandas"`` (extra ``frames``): money as Arrow decimals where pyarrow is installed, else as
        ``decimal.Decimal`` objects; dates as ``datetime64[s]``. ``"polars"`` (extra ``frames``): money as
        Decimal, dates as Date. ``"arrow"`` (extra ``arrow``): decimal128 and date32.
    decimals
        Decimals of the minor unit, one for all rows or one per row.

    Raises
    ------
    InputError
        ``kind`` isn't one of the three.
    ImportError
        The library isn't installed; the message names the extra.

    Examples
    --------
    >>> rows = {"period": np.array([1, 2]), "payment": np.array([10000, 5])}
    >>> to_frame(rows, "polars", 2)["payment"].to_list()
    [Decimal('100.00'), Decimal('0.05')]
    """
    makers = {"pandas": _pandas, "polars": _polars, "arrow": arrow_table}
    if kind not in makers:
        rule = f"one of {', '.join(makers)}"
        raise InputError(Code.UNKNOWN_VALUE, "kind", kind, rule)
    typed = {
        name: Column(kind="money", values=values, decimals=decimals)
        if values.dtype.kind == "i" and name not in COUNTS
        else column(values)
        for name, values in columns.items()
    }
    return makers[kind](typed)


def arrow_table(columns: Mapping[str, Column]) -> Any:
    """Typed columns as a ``pyarrow.Table``: decimal128 for money and rates, date32, bool, int64, text."""
    pa = need("pyarrow", "arrow")
    return pa.table({name: _arrow(pa, given) for name, given in columns.items()})


def _arrow(pa: ModuleType, given: Column) -> Any:
    mask = given.empty if given.missing is not None else None
    if given.kind == "money":
        return _arrow_decimal(pa, given.values, given.decimals, mask)
    if given.kind == "rate":
        return _arrow_decimal(pa, given.values, RATE_DECIMALS, mask)
    if given.kind == "text":
        return pa.array(given.values.astype(np.str_), pa.string(), mask=mask)
    return pa.array(given.values, mask=mask)


def _arrow_decimal(
    pa: ModuleType, units: npt.NDArray[np.int64], decimals: int | npt.NDArray[np.int64], mask: Any
) -> Any:
    """Int64 units as decimal128: the 16 bytes are the units and their sign, so nothing is converted."""
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
    kind = pa.decimal128(19 if decimals <= 19 else 38, decimals)
    return pa.Array.from_buffers(kind, len(units), [present, pa.py_buffer(words.tobytes())])


def _polars(columns: Mapping[str, Column]) -> Any:
    pl = need("polars", "frames")
    series = {}
    for name, given in columns.items():
        if given.kind == "money":
            # Through exact text: needs no pyarrow, and no Python object per row.
            finest = int(np.max(given.decimals, initial=0))
            series[name] = pl.Series(name, texts(given)).cast(pl.Decimal(38, finest))
        else:
            series[name] = pl.Series(name, given.values)
    return pl.DataFrame(series)


def _pandas(columns: Mapping[str, Column]) -> Any:
    pd = need("pandas", "frames")
    try:
        pa: ModuleType | None = import_module("pyarrow")
    except ImportError:
        pa = None
    data = {}
    for name, given in columns.items():
        if given.kind == "money" and pa is not None:
            data[name] = pd.Series(pd.arrays.ArrowExtensionArray(_arrow(pa, given)))
        elif given.kind == "money":
            data[name] = pd.Series([Decimal(cell) for cell in texts(given).tolist()], dtype=object)
        elif given.kind == "date":
            data[name] = pd.Series(given.values.astype("datetime64[s]"))
        else:
            data[name] = pd.Series(given.values)
    return pd.DataFrame(data)
