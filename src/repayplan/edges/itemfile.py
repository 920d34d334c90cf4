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
    *("balance", "arrears", "priority", "earner", "obligor"),
)
"""Columns that a file of items may have; ``id`` is that of the loan whose household it is, ``obligor`` what
the household is called where there may be several of a loan."""
OBLIGOR = "obligor"
_WHOSE = ("id", OBLIGOR)
_NEEDED = ("id", "kind", "amount")
_EMPTY = {"frequency": "monthly", "priority": "False"}
"""What an empty cell means, where it isn't nothing."""


def read_items(
    path: Path,
    *,
    ids: npt.NDArray[np.str_],
    row: Ints,
    decimals: Ints,
    obligors: npt.NDArray[np.str_] | None = None,
    ignored: Iterable[str] = (),
) -> Items:
    """Items of the households of loans.

    Parameters
    ----------
    path
        CSV or Parquet, with the columns :data:`ITEM_FIELDS`; ``id``, ``kind`` and ``amount`` are needed.
    ids
        The id of every row of the file of loans; where there may be several households of a loan, of every
        row of theirs.
    row, decimals
        int64; which of these rows have been read, and their currencies' decimals. Items of the others aren't
        looked at.
    obligors
        What each of the households is called among those of its loan; None: a loan has one.
    ignored
        Columns to leave out; ``*``: all that are no field.

    Returns
    -------
    :class:`~repayplan.Items` by place in ``row``. The fields of their faults say the file and the line.

    Raises
    ------
    TableError
        A needed column is missing, a column is unknown, a line can't be told apart into cells, its id is that
        of no loan, or its obligor isn't one of the loan's; each named with file, line and column.
    """
    raw = read_table(path, ITEM_FIELDS.__contains__)
    columns = _fields(raw, set(ignored))
    for failure in raw.failures:
        _wrong(raw, failure.row, "all", f"{failure.value} cells, the header has {failure.limit}")
    if (OBLIGOR in columns) is (obligors is None):
        rule = "there is no column obligor: it can't be told which of several households' an item is"
        if obligors is None:
            rule = "column obligor: the households have no column of that name (--households)"
        raise TableError(Code.MISSING if obligors is not None else Code.UNKNOWN_VALUE, path, rule)
    who = np.char.strip(columns["id"].astype(np.str_))
    known, asked = _numbered(ids, who)
    for item in np.flatnonzero(~np.isin(asked, known))[:1].tolist():
        _wrong(raw, item, "id", f"{who[item]} is the id of no loan" if who[item] else "it is empty")
    if obligors is not None:
        called = np.char.strip(columns[OBLIGOR].astype(np.str_))
        names, named = _numbered(obligors, called)
        many = max(len(names) + len(named), 1)
        known, asked = known * many + names, asked * many + named
    order = np.argsort(known, kind="stable")
    first, after = (np.searchsorted(known, asked, side, sorter=order) for side in ("left", "right"))
    if obligors is not None:
        for item in np.flatnonzero(after - first != 1)[:1].tolist():
            count = int(after[item] - first[item])
            what = f"{count or 'no'} households of loan {who[item]} have the name '{called[item]}'"
            _wrong(raw, item, OBLIGOR, what)
    place = np.full(len(ids), -1)
    place[row] = np.arange(len(row))
    of = place[order[np.minimum(first, len(ids) - 1)]]
    mine = np.flatnonzero(of >= 0)
    line = raw.line[mine].astype(np.str_)
    given: dict[str, Any] = {name: values[mine] for name, values in columns.items() if name not in _WHOSE}
    for name, meant in _EMPTY.items():
        if name in given and given[name].dtype.kind == "U":
            given[name] = np.where(np.char.strip(given[name]) == "", meant, given[name])
    return Items.from_columns(
        household=of[mine],
        decimals=decimals[of[mine]],
        where=np.char.add(f"{path.name}, {raw.lines} ", line),
        **given,
    )


def _numbered(one: npt.NDArray[np.str_], other: npt.NDArray[np.str_]) -> tuple[Ints, Ints]:
    """Numbers in place of texts, the same for the same text in both."""
    number = np.unique(np.concatenate([one, other]), return_inverse=True)[1].reshape(-1)
    return number[: len(one)], number[len(one) :]


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
