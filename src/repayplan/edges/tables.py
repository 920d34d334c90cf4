"""Loans and households from files: which column is which field, and which loan belongs to which household."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from repayplan.ability.households import Households
from repayplan.ability.obligors import Obligors
from repayplan.basics.columns import Screen
from repayplan.basics.duedates import DueDates
from repayplan.basics.errors import Code
from repayplan.basics.outcome import Failures, Ints
from repayplan.basics.rounding import Rounding
from repayplan.edges.files import TableError
from repayplan.edges.householdcolumns import households_of, obligors_of
from repayplan.edges.itemfile import OBLIGOR, read_items
from repayplan.edges.reading import DERIVED, LOAN_FIELDS, PLAN, STATUS, Reading
from repayplan.edges.tablecolumns import Columns, as_text, check_needed, columns_of
from repayplan.plans.loan import Loans

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy.typing as npt

    from repayplan.ability.items import Items
    from repayplan.edges.planfile import PlanFile


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Applicants:
    """What was read: loans and their households, row by row.

    Attributes
    ----------
    ids
        The ``id`` of every row of the file, in its order; the row number where it has no such column.
    row
        int64; which row of the file each of the loans is.
    loans, households
        As many as ``row``; obligors where the households' file says in what way each is liable.
    failures
        The other rows of the file, each with its code.
    """

    ids: npt.NDArray[np.str_]
    row: Ints
    loans: Loans
    households: Households | Obligors
    failures: Failures


def read_applicants(
    loans: Path,
    *,
    households: Path | None = None,
    items: Path | None = None,
    reading: Reading | None = None,
) -> Applicants:
    """Loans and households from one file, or from two that share an ``id``.

    Parameters
    ----------
    loans
        CSV or Parquet; columns are called as the fields (:data:`LOAN_FIELDS`, :data:`HOUSEHOLD_FIELDS`,
        ``cost_<category>``), or are mapped to them.
    households
        A second file with the households' fields; both files then have an ``id``. With a column of
        :data:`MEMBER_FIELDS` there may be several lines for a loan: all of them are liable for it.
    items
        A file of the households' items, of which columns are left out as of the others; that of the loans
        then has an ``id``. Where there may be several households of a loan, both files have a column
        ``obligor``. See :func:`~repayplan.edges.itemfile.read_items`.
    reading
        Mapped columns, constants, and columns to leave out; they hold for both files. Its further columns are
        those that the policy looks at, and the ones beside the loans those that its review asks for.

    Raises
    ------
    TableError
        A needed column is missing, a column is unknown, or a field is given twice.
    InputError
        A mapping or a constant that no file needs.
    """
    reading = Reading() if reading is None else reading
    ids, columns, failures, members = columns_of(loans, households, reading)
    check_needed(loans, columns | (members or {}), incomes=items is None)
    if items is not None and members is not None and OBLIGOR not in members:
        rule = "there is no column obligor: it can't be told which of several households' an item is"
        raise TableError(Code.MISSING, households or loans, rule)
    if items is not None and "id" not in columns:
        raise TableError(Code.MISSING, loans, "there is no column id to join loans and items by")
    for name in reading.further:
        if name not in columns:
            raise TableError(Code.MISSING, loans, f"there is no column {name}, which the policy looks at")
    beside = tuple(name for name in reading.beside if name in columns and name not in reading.further)
    row = np.flatnonzero(~failures.mask(len(ids)))
    taken = {name: values[row] for name, values in columns.items()}
    read = _loans(taken, further=(*reading.further, *beside))

    def listed(ids: npt.NDArray[np.str_], row: Ints, decimals: Ints, called: Any = None) -> Items | None:
        if items is None:
            return None
        whose = None if called is None else as_text(called)
        return read_items(items, ids=ids, row=row, decimals=decimals, obligors=whose, ignored=reading.ignored)

    homes: Households | Obligors
    if members is None:
        homes = households_of(_with_decimals(taken, read), len(row), listed(ids, row, read.decimals))
    else:
        homes = obligors_of(members, ids[row], read.decimals, listed)
    return Applicants(ids=ids, row=row, loans=read, households=homes, failures=failures)


def _with_decimals(columns: Columns, loans: Loans) -> Columns:
    """A household's amounts have the decimals of its loan's, where no cell says them."""
    given = columns.get("decimals")
    if given is None:
        return columns | {"decimals": loans.decimals}
    text = as_text(given)
    return columns | {"decimals": np.where(text == "", loans.decimals.astype(np.str_), text)}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Borrowed:
    """Loans that were read, and which plan each of them has.

    Attributes
    ----------
    ids, row, loans, failures
        As in :class:`Applicants`.
    template
        int64; the plan of each of the loans, by its number.
    """

    ids: npt.NDArray[np.str_]
    row: Ints
    loans: Loans
    template: Ints
    failures: Failures


def read_loans(loans: Path, plans: PlanFile, *, reading: Reading | None = None) -> Borrowed:
    """Loans from a file, each with one of the plans.

    Parameters
    ----------
    loans
        CSV or Parquet; columns are called as the fields of a loan (:data:`LOAN_FIELDS`), or are mapped to
        them. The columns that the plans name are read as well. Those of households are left alone.
    plans
        The plans; where there are several, the column ``plan`` has the name of each loan's.
    reading
        Mapped columns, constants, and columns to leave out.

    Raises
    ------
    TableError
        A needed column is missing, a column is unknown, or a field is given twice.
    InputError
        A mapping or a constant that no file needs.
    """
    several = len(plans.plans) > 1
    own = tuple(name for name in plans.columns if name not in DERIVED)
    reading = replace(Reading() if reading is None else reading, further=(*own, *([PLAN] if several else ())))
    ids, columns, failures, _ = columns_of(loans, None, reading)
    check_needed(loans, columns)
    for name in reading.further:
        if name not in columns:
            what = "says which plan each loan has" if name == PLAN else "is named by a plan"
            raise TableError(Code.MISSING, loans, f"there is no column {name}, which {what}")
    template = np.zeros(len(ids), np.int64)
    if several:
        screen = Screen(len(ids))
        screen.adopt(failures)
        template = screen.choice(PLAN, columns[PLAN], tuple(plans.plans))
        failures = screen.failures()
    row = np.flatnonzero(~failures.mask(len(ids)))
    taken = {name: values[row] for name, values in columns.items()}
    read = _loans(
        taken,
        further=tuple(name for name in own if name not in LOAN_FIELDS),
        rounding=plans.rounding,
        due_dates=plans.due_dates,
    )
    return Borrowed(ids=ids, row=row, loans=read, template=template[row], failures=failures)


def _loans(
    columns: Mapping[str, npt.NDArray[Any]],
    *,
    further: tuple[str, ...] = (),
    rounding: Rounding = Rounding(),
    due_dates: DueDates = DueDates(),
) -> Loans:
    given: dict[str, Any] = {name: columns[name] for name in LOAN_FIELDS if name in columns}
    extra = {name: columns[name] for name in (STATUS, *further) if name in columns}
    return Loans.from_columns(**given, columns=extra, rounding=rounding, due_dates=due_dates)
