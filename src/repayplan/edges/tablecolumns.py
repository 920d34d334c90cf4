"""The columns of files by field, joined by row, and what they lack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Failures
from repayplan.edges.files import RawTable, TableError, read_table
from repayplan.edges.reading import (
    EVERYTHING,
    FREQUENCY,
    LOAN_FIELDS,
    MEMBER_FIELDS,
    NEEDED,
    STATUS,
    Reading,
    is_field,
    like,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy.typing as npt

Columns: TypeAlias = "dict[str, npt.NDArray[Any]]"


def columns_of(
    loans: Path, households: Path | None, reading: Reading
) -> tuple[npt.NDArray[np.str_], Columns, Failures, Columns | None]:
    """The ``id`` of every row of the file, its columns by field, and the rows that can't be read.

    And the households' columns, where there may be several lines for a loan.
    """
    for name in (*reading.mapping, *reading.constants):
        if not reading.is_field(name):
            raise InputError(Code.UNKNOWN_VALUE, "field", name, f"{name} is no field{like(name)}")
    raw = read_table(loans, reading.uses)
    raws = [raw] if households is None else [raw, read_table(households, reading.uses)]
    for name, column in reading.mapping.items():
        if not any(column in r.columns for r in raws):
            every = [c for r in raws for c in r.columns]
            rule = f"there is no column {column} to map to {name}{like(column, every)}"
            raise TableError(Code.MISSING, loans, rule)
    known = [_known(r, reading) for r in raws]
    failures = raw.failures
    size, members = len(raw), None
    alone = [name for name in MEMBER_FIELDS if name in known[0] or name in reading.constants]
    if alone:
        rule = f"{alone[0]} is a column of a file of households (--households)"
        raise TableError(Code.UNKNOWN_VALUE, loans, rule)
    if households is None:
        columns = known[0]
    elif any(name in known[1] for name in MEMBER_FIELDS):
        _check_joined(raws, known)
        columns, members = known
        for name in reading.beside:
            if name in members:
                rule = f"column {name}: several households may be behind a loan; give it with the loans"
                raise TableError(Code.UNKNOWN_VALUE, raws[1].path, rule)
    else:
        columns, failures = _joined(raws, known, failures)
    ids = ids_of(columns, size)
    if "id" in columns:
        failures = failures.and_then(_repeated(ids, failures))
    for name, value in reading.constants.items():
        of_members = members is not None and name not in (
            *LOAN_FIELDS,
            *reading.further,
            *reading.beside,
            STATUS,
        )
        own = members if of_members and members is not None else columns
        if name in own:
            raise TableError(Code.DUPLICATE, loans, f"{name} is both a column and a constant")
        own[name] = np.full(len(own["id"]) if of_members else size, value)
    return ids, columns, failures, members


def _known(raw: RawTable, reading: Reading) -> dict[str, npt.NDArray[Any]]:
    """The columns of a file by field; an error for a column that is no field and isn't to be ignored."""
    ignored = set(reading.ignored)
    mapped = {name: raw.columns[c] for name, c in reading.mapping.items() if c in raw.columns}
    used = set(reading.mapping.values())
    for name in raw.columns:
        if name in used or name in ignored:
            continue
        if reading.is_field(name) and name not in mapped:
            mapped[name] = raw.columns[name]
        elif EVERYTHING not in ignored:
            reason = f"{name} is given by another column" if name in mapped else f"{name} is no field"
            rule = f"column {name}: {reason}{like(name)}; "
            rule += f"map it (--map FIELD={name}) or leave it out (--ignore {name})"
            raise TableError(Code.UNKNOWN_VALUE, raw.path, rule)
    return mapped


def _joined(
    raws: list[RawTable], known: list[dict[str, npt.NDArray[Any]]], failures: Failures
) -> tuple[dict[str, npt.NDArray[Any]], Failures]:
    """The households' columns brought to the loans' rows by ``id``."""
    _check_joined(raws, known)
    wanted, given = as_text(known[0]["id"]), as_text(known[1]["id"])
    order = np.argsort(given, kind="stable")
    first = np.searchsorted(given, wanted, sorter=order)
    after = np.searchsorted(given, wanted, side="right", sorter=order)
    at = order[np.minimum(first, len(given) - 1)]
    unknown, many = np.flatnonzero(after == first), np.flatnonzero(after - first > 1)
    # A household without an id, its line broken perhaps, is nobody's.
    nameless = np.flatnonzero(wanted == "")
    failures = failures.and_then(
        Failures.at(nameless, Code.MISSING, "id", ""),
        Failures.at(unknown, Code.NO_HOUSEHOLD, "id", wanted[unknown]),
        Failures.at(many, Code.DUPLICATE, "household id", wanted[many]),
    )
    return known[0] | {name: values[at] for name, values in known[1].items() if name != "id"}, failures


def _check_joined(raws: list[RawTable], known: list[Columns]) -> None:
    """TableError where the two files can't be joined, or both have a field."""
    for raw, columns in zip(raws, known, strict=True):
        if "id" not in columns:
            raise TableError(Code.MISSING, raw.path, "there is no column id to join loans and households by")
    both = sorted(set(known[0]) & set(known[1]) - {"id"})
    if both:
        raise TableError(Code.DUPLICATE, raws[1].path, f"{', '.join(both)}: in the file of loans as well")


def _repeated(ids: npt.NDArray[np.str_], failures: Failures) -> Failures:
    """Rows whose id other rows have too, or who have none: decisions couldn't be told apart."""
    good = ~failures.mask(len(ids))
    _, where, count = np.unique(ids[good], return_inverse=True, return_counts=True)
    rows = np.flatnonzero(good)
    twice, none = rows[count[where.reshape(-1)] > 1], rows[ids[rows] == ""]
    return Failures.at(none, Code.MISSING, "id", "").and_then(
        Failures.at(twice, Code.DUPLICATE, "id", ids[twice])
    )


def as_text(values: npt.NDArray[Any]) -> npt.NDArray[np.str_]:
    """Cells as text, without blanks around it."""
    return np.char.strip(values.astype(np.str_))


def ids_of(columns: Mapping[str, npt.NDArray[Any]], size: int) -> npt.NDArray[np.str_]:
    """The rows' ids; without such a column, their numbers."""
    return as_text(columns["id"]) if "id" in columns else np.arange(size).astype(np.str_)


def check_needed(path: Path, columns: Mapping[str, npt.NDArray[Any]], *, incomes: bool = False) -> None:
    """TableError where a column that is needed is lacking, or the amount that a frequency belongs to."""
    gone = [name for name in NEEDED if name not in columns]
    if incomes and "net_income" not in columns and "gross_income" not in columns:
        gone.append("net_income (or gross_income)")
    if gone:
        rule = f"missing: {', '.join(gone)}; "
        rule += "a column may be mapped (--map FIELD=COLUMN) or set (--set FIELD=VALUE)"
        raise TableError(Code.MISSING, path, rule)
    for name in columns:
        whole = name.removesuffix(FREQUENCY)
        if whole != name and whole not in columns and is_field(whole):
            raise TableError(Code.MISSING, path, f"{name} without {whole}")
