"""Anybody's schedule, read: mappings, frames and rows become int64 and datetime64[D] columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from repayplan.basics.columns import Screen
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import MAX_UNITS
from repayplan.basics.outcome import Ints
from repayplan.plans.rows import COLUMNS, MONEY
from repayplan.plans.single import Schedule
from repayplan.testing.finding import Columns

_NEEDED = ("principal", "payment", "closing")
OPTIONAL = ("fee", "drawn", "capitalised", "deferred", "waived", "forgiven")
"""Amounts that are zero where a schedule has no such column."""
AMOUNTS = tuple(dict.fromkeys((*MONEY, *OPTIONAL)))
"""Every amount that a schedule may have."""
READ = tuple(dict.fromkeys((*COLUMNS, *AMOUNTS)))
"""Every column that is looked at."""


Table = Any
"""A schedule: a :class:`~repayplan.Schedule`; a mapping of columns; a pandas, polars or Arrow table; or rows,
each a mapping or an object such as a :class:`~repayplan.Row`."""


def _column_of(table: Table) -> Callable[[str], Any]:
    """A function that gives a table's column by name, None where it has none."""
    if isinstance(table, Mapping):
        return table.get
    names = getattr(table, "column_names", None) or getattr(table, "columns", None)
    if names is not None:
        known = list(names)
        return lambda name: table[name] if name in known else None
    if isinstance(table, Sequence) and not isinstance(table, (str, bytes)):

        def column(name: str) -> Any:
            values = [r.get(name) if isinstance(r, Mapping) else getattr(r, name, None) for r in table]
            return None if all(value is None for value in values) else values

        return column
    msg = f"a schedule, a mapping of columns, a frame or rows, not {type(table).__name__}"
    raise TypeError(msg)


def read(
    table: Table, decimals: int, columns: Mapping[str, str | None] | None, *, minor: bool
) -> tuple[Columns, int]:
    """The columns that a table has, as int64 and datetime64[D]; and the decimals of its minor unit."""
    names = dict(columns or {})
    for name in names:
        if name not in READ:
            raise InputError(Code.UNKNOWN_VALUE, "columns", name, limit=", ".join(READ))
    whole = isinstance(table, Schedule)
    of, found = _column_of(table.columns if whole else table), {}
    for name in READ:
        theirs = names.get(name, name)
        values = None if theirs is None else of(theirs)
        if values is None and names.get(name) is not None:
            raise InputError(Code.MISSING, name, theirs, "the table has no such column")
        if values is not None:
            found[name] = values
    sizes = {name: len(getattr(values, "units", values)) for name, values in found.items()}
    if not sizes or min(sizes.values()) == 0:
        raise InputError(Code.MISSING, "schedule", rule="a schedule has at least one row")
    if whole:
        return found, table.decimals
    screen, out = Screen(next(iter(sizes.values()))), dict[str, npt.NDArray[Any]]()
    for name, values in found.items():
        default = 0 if name in OPTIONAL else None
        if name == "due_date":
            out[name] = screen.date(name, values)
        elif name not in AMOUNTS:
            out[name] = screen.count(name, values, -MAX_UNITS, MAX_UNITS)
        elif minor:
            out[name] = screen.count(name, values, -MAX_UNITS, MAX_UNITS, default)
        else:
            out[name] = screen.money(name, values, decimals, minimum=None, default=default)
    for failure in screen.failures():
        place = f"{failure.field}[{failure.row}]"
        raise InputError(failure.code, place, failure.value, limit=failure.limit or None)
    return out, decimals


def completed(c: Columns, lent: Ints | None) -> Columns:
    """With the columns that a table may leave out; those are what they must be, or zero."""
    zero = np.zeros(len(next(iter(c.values()))), np.int64)
    for name in _NEEDED:
        if name not in c:
            raise InputError(Code.MISSING, name, rule="a schedule has this column")
    out = dict.fromkeys(OPTIONAL, zero) | c
    aside = out["capitalised"] + out["deferred"] + out["waived"]
    if "interest" not in c and "interest_paid" not in c:
        raise InputError(Code.MISSING, "interest", rule="a schedule has this column, or interest_paid")
    if "interest" not in c:
        out["interest"] = out["interest_paid"] + aside
    if "interest_paid" not in c:
        out["interest_paid"] = out["interest"] - aside
    if "opening" not in c:
        if lent is None:
            rule = "a schedule has this column, or principal is given"
            raise InputError(Code.MISSING, "opening", rule=rule)
        out["opening"] = np.concatenate((lent, out["closing"][:-1]))
    return out
