"""Columns of a block as work wants them: no cell that is no data, decimals and text in one type."""

from __future__ import annotations

import hashlib
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np

from repayplan.basics.duedates import DueDates
from repayplan.basics.errors import Code
from repayplan.basics.outcome import Failures
from repayplan.basics.sizes import MAX_CELL
from repayplan.edges.arrowcolumns import is_text, strange
from repayplan.edges.framekind import FrameError
from repayplan.edges.frames import need
from repayplan.edges.reading import like

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType

FIRST_DAY, LAST_DAY = np.datetime64("1900-01-01"), np.datetime64("2299-12-31")
"""Days by which two calendars are told apart."""


def dates_as_data(due: DueDates) -> dict[str, Any]:
    """How due dates are set, as data: of a calendar, a hash over which days are business days."""
    calendar = due.calendar
    first = FIRST_DAY if calendar.first is None else max(FIRST_DAY, calendar.first)
    last = LAST_DAY if calendar.last is None else min(LAST_DAY, calendar.last)
    open_ = np.packbits(calendar.business(np.arange(first, last + np.timedelta64(1, "D"))))
    said = {each.name: getattr(due, each.name) for each in fields(due) if each.name != "calendar"}
    return {
        **{name: value if isinstance(value, (bool, int, str)) else None for name, value in said.items()},
        "given": None if due.given is None else [day.isoformat() for day in due.given],
        "calendar": [calendar.name, str(first), str(last), hashlib.sha256(open_.tobytes()).hexdigest()],
    }


def readable(pa: ModuleType, table: Any, called: Mapping[str, str] | None = None) -> tuple[Any, Failures]:
    """A table without cells that are no data, and the rows that had one; ``called``: the fields of columns.

    A text of more than :data:`~repayplan.basics.sizes.MAX_CELL` characters, or with a NUL, becomes an
    empty cell.
    """
    compute, failures = need("pyarrow.compute", "arrow"), Failures.none()
    for at, name in enumerate(table.column_names):
        field = name if called is None else called.get(name, name)
        cells = _plain_text(pa, table.column(at))
        if cells is None:
            continue
        try:
            long = compute.greater(compute.utf8_length(cells), MAX_CELL)
        except pa.ArrowException:
            raise FrameError(Code.UNKNOWN_VALUE, field, "a text is not UTF-8", column=name) from None
        nul = compute.match_substring(cells, "\0")
        bad = compute.fill_null(compute.or_(long, nul), fill_value=False)
        rows = np.flatnonzero(bad.to_numpy())
        if not len(rows):
            continue
        failures = failures.and_then(strange(field, cells.take(pa.array(rows)).to_pylist(), rows))
        table = table.set_column(at, name, compute.if_else(bad, pa.scalar(None, cells.type), cells))
    return table, failures


def _plain_text(pa: ModuleType, cells: Any) -> Any:
    """A column of text as such; None where it is none, or its dictionary has no text that is no cell."""
    types, kind = pa.types, cells.type
    if types.is_dictionary(kind) and is_text(types, kind.value_type):
        if not any(len(readable(pa, pa.table({"": each.dictionary}))[1]) for each in cells.chunks):
            return None
        # Decoded, a text stands in every row: of one that is no cell, as much as shows that it is none.
        cut = need("pyarrow.compute", "arrow").utf8_slice_codeunits
        pieces = [
            pa.DictionaryArray.from_arrays(each.indices, cut(each.dictionary, 0, MAX_CELL + 1))
            for each in cells.chunks
        ]
        return pa.chunked_array(pieces).cast(pa.large_string())
    if not is_text(types, kind):
        return None
    return cells if types.is_string(kind) else cells.cast(pa.large_string())


def kept_as_text(pa: ModuleType, table: Any, name: str) -> Any:
    """A column that is kept, as text."""
    if name not in table.column_names:
        rule = f"there is no column {name}{like(name, table.column_names)}"
        raise FrameError(Code.MISSING, "keep", rule, column=name)
    cells = table[name]
    try:
        return cells.cast(pa.string()).combine_chunks()
    except pa.ArrowException:
        rule = "only what can be written as text is kept"
        raise FrameError(Code.UNKNOWN_VALUE, "keep", rule, column=name, dtype=str(cells.type)) from None


def rescaled(pa: ModuleType, cells: Any, kind: Any) -> Any:
    """Decimals in another type, which has room for them."""
    if cells.type == kind:
        return cells
    if cells.type.scale != kind.scale or cells.num_chunks != 1 or cells.chunk(0).offset:
        return cells.cast(kind)
    array = cells.chunk(0)  # the same 16 bytes, said to have room for more digits
    return pa.Array.from_buffers(kind, len(array), array.buffers(), array.null_count)
