"""Loans of one person, each by itself, as one batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, TypeVar

import numpy as np

from repayplan.plans.loan import Loan, Loans

T = TypeVar("T")
_TABLES = {
    "rate_paths": "rate_index",
    "due_dates": "due_index",
    "day_counts": "day_count",
    "rounding": "rounding_index",
}
"""What rows share, and the column that says which of them a row has."""


def joined(loans: Sequence[Loan]) -> Loans:
    """The loans as one batch, in their order; of further columns a loan may lack some.

    Raises
    ------
    ValueError
        There are none.

    Examples
    --------
    >>> terms = {"annual_rate": "0.12", "original_term": 12, "elapsed": 0, "unpaid": 12}
    >>> two = [Loan(principal=each, next_due="2026-01-31", **terms) for each in (100, 250)]
    >>> joined(two).principal
    array([10000, 25000])
    """
    first, *others = batches = [loan.batch for loan in loans]
    if not others:
        return first
    tables = {name: _table([getattr(batch, name) for batch in batches]) for name in _TABLES}
    index = {column: name for name, column in _TABLES.items()}
    columns: dict[str, Any] = {}
    for name in (each.name for each in fields(first)):
        each = [getattr(batch, name) for batch in batches]
        if not isinstance(each[0], np.ndarray):
            continue
        if name in index:
            table = tables[index[name]]
            each = [
                _moved(column, own, table)
                for column, own in zip(each, (getattr(b, index[name]) for b in batches), strict=True)
            ]
        columns[name] = np.concatenate(each)
    names = dict.fromkeys(name for batch in batches for name in batch.extra)
    extra = {name: [_cell(batch, name) for batch in batches] for name in names}
    return first.replace(**columns, **tables, extra=extra)


def _table(tables: Sequence[tuple[T, ...]]) -> tuple[T, ...]:
    """All that is in some tables, each value once; the one table where it is the same for all."""
    first, *others = tables
    if all(other is first for other in others):
        return first
    out: list[T] = []
    for table in tables:
        out += [value for value in table if value not in out]
    return tuple(out)


def _moved(index: Any, own: tuple[Any, ...], table: tuple[Any, ...]) -> Any:
    """Places in a loan's own table as places in that of all; -1 stays."""
    if own is table:
        return index
    places = np.array([*(table.index(value) for value in own), -1], np.int64)
    return places[index]


def _cell(batch: Loans, name: str) -> Any:
    """A further column's only cell; None where the loan lacks it."""
    value: Any = batch.extra.get(name)
    if isinstance(value, (str, bytes)) or not hasattr(value, "__len__"):
        return value
    return value[0]
