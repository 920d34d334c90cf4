"""Loans and households from files: which column is which field, and which loan belongs to which household."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from repayplan.ability.households import Households
from repayplan.ability.obligors import Obligors
from repayplan.ability.ragged import gather
from repayplan.basics.columns import Screen
from repayplan.basics.duedates import DueDates
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Failures, Ints
from repayplan.basics.rounding import Rounding
from repayplan.edges.files import RawTable, TableError, read_table
from repayplan.edges.itemfile import OBLIGOR, read_items
from repayplan.plans.loan import Loans

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    import numpy.typing as npt

    from repayplan.ability.items import Items
    from repayplan.edges.planfile import PlanFile

LOAN_FIELDS = (
    "principal", "annual_rate", "original_term", "elapsed", "unpaid", "next_due", "frequency", "day_count",
    "currency", "decimals", "overdue_principal", "overdue_interest", "penalty", "fees", "accrued_interest",
    "start", "original_maturity", "months_extended", "instalment", "first_stub",
)  # fmt: skip
HOUSEHOLD_FIELDS = (
    "adults", "children", "net_income", "net_income_frequency", "gross_income", "gross_income_frequency",
    "other_debts", "other_debts_frequency", "tenure", "dependants", "region", "assessed",
    "ages",
)  # fmt: skip
MEMBER_FIELDS = ("role", "share", OBLIGOR)
"""In what way, and with what part of its capacity, one of several households is liable for a loan; and what
it is called among them, so that it can be told whose an item is."""
PLAN = "plan"
"""Which plan a loan has, by name."""
DERIVED = ("periods_left",)
"""Columns that plans may name and every loan has."""
STATUS = "status"
"""The loan's status, by which a policy may say to whom the programme is open."""
NEEDED = ("principal", "annual_rate", "original_term", "elapsed", "unpaid", "next_due")
AGES = "ages"
"""The children's ages, in one cell: ``3 7 12``."""
COST = "cost_"
"""A column ``cost_rent`` is the household's spending in the category ``rent``."""
FREQUENCY = "_frequency"
EVERYTHING = "*"
_Columns: TypeAlias = "dict[str, npt.NDArray[Any]]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How the columns of a file become fields.

    Parameters
    ----------
    mapping
        Field to column name, for columns that aren't called as their field.
    constants
        Field to a value for all rows, for fields that the file doesn't have.
    ignored
        Columns that are nobody's field and may be left out; ``*`` for all such.
    further
        Columns that are no field of a loan, and are wanted all the same: those that a plan or a policy names.
    beside
        Columns that may be there, and are then kept beside the loans: those that rules ask for.
    """

    mapping: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    ignored: Iterable[str] = ()
    further: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()

    def is_field(self, name: str) -> bool:
        """Whether a column of that name is a field, or one of the further ones."""
        return name in self.further or name in self.beside or is_field(name)


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


def is_field(name: str) -> bool:
    """Whether a column of that name is a field of a loan or a household, or the ``id``.

    Examples
    --------
    >>> is_field("principal"), is_field("cost_rent"), is_field("colour")
    (True, True, False)
    """
    cost = name.startswith(COST) and len(name.removesuffix(FREQUENCY)) > len(COST)
    return name in ("id", STATUS) or name in (*LOAN_FIELDS, *HOUSEHOLD_FIELDS, *MEMBER_FIELDS) or cost


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
    ids, columns, failures, members = _columns(loans, households, reading)
    _check_needed(loans, columns | (members or {}), incomes=items is None)
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
        whose = None if called is None else _text(called)
        return read_items(items, ids=ids, row=row, decimals=decimals, obligors=whose, ignored=reading.ignored)

    homes: Households | Obligors
    if members is None:
        homes = households_of(_with_decimals(taken, read), len(row), listed(ids, row, read.decimals))
    else:
        homes = _obligors(members, ids[row], read.decimals, listed)
    return Applicants(ids=ids, row=row, loans=read, households=homes, failures=failures)


def _with_decimals(columns: _Columns, loans: Loans) -> _Columns:
    """A household's amounts have the decimals of its loan's, where no cell says them."""
    given = columns.get("decimals")
    if given is None:
        return columns | {"decimals": loans.decimals}
    text = _text(given)
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
    ids, columns, failures, _ = _columns(loans, None, reading)
    _check_needed(loans, columns)
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


def _columns(
    loans: Path, households: Path | None, reading: Reading
) -> tuple[npt.NDArray[np.str_], _Columns, Failures, _Columns | None]:
    """The ``id`` of every row of the file, its columns by field, and the rows that can't be read.

    And the households' columns, where there may be several lines for a loan.
    """
    for name in (*reading.mapping, *reading.constants):
        if not reading.is_field(name):
            raise InputError(Code.UNKNOWN_VALUE, "field", name, f"{name} is no field{like(name)}")
    raw = read_table(loans)
    raws = [raw] if households is None else [raw, read_table(households)]
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
    ids = _ids(columns, size)
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


def like(name: str, names: Iterable[str] = (*LOAN_FIELDS, *HOUSEHOLD_FIELDS)) -> str:
    """Which of the names may have been meant, in words; empty where none is like it."""
    close = difflib.get_close_matches(name, list(names), 1)
    return f" (is {close[0]} meant?)" if close else ""


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
    wanted, given = _text(known[0]["id"]), _text(known[1]["id"])
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


def _check_joined(raws: list[RawTable], known: list[_Columns]) -> None:
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


def _text(values: npt.NDArray[Any]) -> npt.NDArray[np.str_]:
    return np.char.strip(values.astype(np.str_))


def _ids(columns: Mapping[str, npt.NDArray[Any]], size: int) -> npt.NDArray[np.str_]:
    return _text(columns["id"]) if "id" in columns else np.arange(size).astype(np.str_)


def _check_needed(path: Path, columns: Mapping[str, npt.NDArray[Any]], *, incomes: bool = False) -> None:
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


def households_of(
    columns: Mapping[str, Any], size: int, items: Items | None = None, costs: Mapping[str, Any] | None = None
) -> Households:
    """Households from columns by their names in files, so many of them; ``costs`` beside those."""
    amounts = {
        name: (values, columns[name + FREQUENCY]) if name + FREQUENCY in columns else values
        for name, values in columns.items()
        if not name.endswith(FREQUENCY)
    }
    given: dict[str, Any] = {name: amounts[name] for name in HOUSEHOLD_FIELDS if name in amounts}
    if AGES in given and not isinstance(given[AGES], tuple):
        given[AGES] = _ages(given[AGES], size)
    spent = {n.removeprefix(COST): v for n, v in amounts.items() if n.startswith(COST)} | dict(costs or {})
    decimals = columns.get("decimals", 2)
    return Households.from_columns(**given, costs=spent, items=items, decimals=decimals, size=size)


def _obligors(
    columns: _Columns, ids: npt.NDArray[np.str_], decimals: Ints, listed: Callable[..., Items | None]
) -> Obligors:
    """The households of the loans that were read, several a loan perhaps; those of no loan are left out."""
    who, order = _text(columns["id"]), np.argsort(ids, kind="stable")
    at = order[np.minimum(np.searchsorted(ids, who, sorter=order), max(len(ids) - 1, 0))] if len(ids) else 0
    mine = np.flatnonzero(ids[at] == who) if len(ids) else np.zeros(0, np.int64)
    of = np.broadcast_to(at, len(who))[mine]
    taken = {name: values[mine] for name, values in columns.items()}
    given = {
        name: np.where(_text(taken[name]) == "", usual, taken[name].astype(np.str_))
        for name, usual in (("role", "borrower"), ("share", "1"))
        if name in taken
    }
    items = listed(who, mine, decimals[of], columns.get(OBLIGOR))
    homes = households_of(taken | {"decimals": decimals[of]}, len(mine), items)
    return Obligors.from_columns(homes, loan=of, size=len(ids), **given)


def _ages(cells: npt.NDArray[Any], size: int) -> tuple[Ints, npt.NDArray[np.str_]]:
    """The household and the age, as text, of every child; each distinct cell is read once."""
    texts, place = np.unique(Screen(size).text(cells), return_inverse=True)
    parts = [str(text).replace(",", " ").split() for text in texts]
    flat = np.array([age for each in parts for age in each], np.str_)
    at, of = gather(np.repeat(np.arange(len(parts)), [len(each) for each in parts]), place.reshape(-1))
    return of, flat[at]
