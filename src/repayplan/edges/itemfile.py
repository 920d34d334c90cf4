"""What households earn, spend and owe, item by item, from a file of its own: one line for each item."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from repayplan.ability.items import Items
from repayplan.basics.errors import Code
from repayplan.edges.files import RawTable, TableError, read_table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import numpy.typing as npt

    from repayplan.basics.outcome import Ints

ITEM_FIELDS = (
    *("id", "kind", "category", "amount", "frequency", "verified", "start", "until", "months"),
    *("balance", "arrears", "priority", "earner"),
)
"""Columns that a file of items may have; ``id`` is that of the loan whose household it is."""
_NEEDED = ("id", "kind", "amount")
_EMPTY = {"frequency": "monthly", "priority": "False"}
"""What an empty cell means, where it isn't nothing."""


def read_items(
    path: Path,
    *,
    ids: npt.NDArray[np.str_],
    row: Ints,
    decimals: Ints,
    ignored: Iterable[str] = (),
) -> Items:
    """Items of the households of loans.

    Parameters
    ----------
    path
        CSV or Parquet, with the columns :data:`ITEM_FIELDS`; ``id``, ``kind`` and ``amount`` are needed.
    ids
        The id of every row of the file of loans.
    row, decimals
        int64; which of these rows have been read, and their currencies' decimals. Items of the others aren't
        looked at.
    ignored
        Columns to leave out; ``*``: all that are no field.

    Returns
    -------
    :class:`~repayplan.Items` by place in ``row``. The fields of their faults say the file and the line.

    Raises
    ------
    TableError
        A needed column is missing, a column is unknown, a line can't be told apart into cells, or its id is
        that of no loan; each named with file, line and column.
    """
    raw = read_table(path)
    columns = _fields(raw, set(ignored))
    for failure in raw.failures:
        _wrong(raw, failure.row, "all", f"{failure.value} cells, the header has {failure.limit}")
    who = np.char.strip(columns["id"].astype(np.str_))
    order = np.argsort(ids, kind="stable")
    first, after = (np.searchsorted(ids, who, side, sorter=order) for side in ("left", "right"))
    for item in np.flatnonzero(after == first)[:1].tolist():
        _wrong(raw, item, "id", f"{who[item]} is the id of no loan" if who[item] else "it is empty")
    place = np.full(len(ids), -1)
    place[row] = np.arange(len(row))
    of = place[order[np.minimum(first, len(ids) - 1)]]
    mine = np.flatnonzero(of >= 0)
    line = raw.line[mine].astype(np.str_)
    given: dict[str, Any] = {name: values[mine] for name, values in columns.items() if name != "id"}
    for name, meant in _EMPTY.items():
        if name in given and given[name].dtype.kind == "U":
            given[name] = np.where(np.char.strip(given[name]) == "", meant, given[name])
    return Items.from_columns(
        household=of[mine],
        decimals=decimals[of[mine]],
        where=np.char.add(f"{path.name}, {raw.lines} ", line),
        **given,
    )


def _fields(raw: RawTable, ignored: set[str]) -> dict[str, npt.NDArray[Any]]:
    for name in raw.columns:
        if name not in ITEM_FIELDS and name not in ignored and "*" not in ignored:
            rule = f"column {name} is no field of an item ({', '.join(ITEM_FIELDS)}); "
            rule += f"leave it out (--ignore {name})"
            raise TableError(Code.UNKNOWN_VALUE, raw.path, rule)
    for name in _NEEDED:
        if name not in raw.columns:
            raise TableError(Code.MISSING, raw.path, f"there is no column {name}")
    return {name: values for name, values in raw.columns.items() if name in ITEM_FIELDS}


def _wrong(raw: RawTable, item: int, column: str, what: str) -> None:
    where = f"{raw.lines} {raw.line[item]}, column {column}"
    raise TableError(Code.NO_HOUSEHOLD if column == "id" else Code.WRONG_CELLS, raw.path, f"{where}: {what}")
