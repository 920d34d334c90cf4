"""Loans, households and events from frames: which column is which field, and whether it can be that."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from repayplan.ability.households import Households
from repayplan.accounts.event import Events
from repayplan.basics.columns import Screen
from repayplan.basics.errors import Code, InputError
from repayplan.basics.given import Coded, Fixed
from repayplan.basics.outcome import Failures
from repayplan.edges.arrowcolumns import Held
from repayplan.edges.framecolumns import opened
from repayplan.edges.framekind import FrameError, mapped, named
from repayplan.edges.tables import (
    AGES,
    COST,
    FREQUENCY,
    HOUSEHOLD_FIELDS,
    LOAN_FIELDS,
    NEEDED,
    STATUS,
    households_of,
    is_field,
    like,
)
from repayplan.plans.loan import Loans
from repayplan.programmes.caseevent import CaseEvents
from repayplan.programmes.cases import Cases

Want = Literal["number", "date", "name", "label", "ages"]
"""What a field takes. ``name``: one of a closed list; ``label``: any text, or whole numbers as text."""
Extra = Literal["refuse", "ignore"]
_NUMBERS = ("number", "decimal", "text", "objects", "nothing")
_WORDS = ("text", "objects", "nothing")
_TAKES: dict[Want, tuple[tuple[str, ...], Code, str]] = {
    "number": (_NUMBERS, Code.NOT_A_NUMBER, "numbers are needed"),
    "date": (("date", *_WORDS), Code.NOT_A_DATE, "dates are needed"),
    "name": (_WORDS, Code.UNKNOWN_VALUE, "names are needed, which are text"),
    "label": (("number", *_WORDS), Code.UNKNOWN_VALUE, "text or whole numbers are needed"),
    "ages": (("list", *_WORDS), Code.UNKNOWN_VALUE, "lists of ages are needed, or text such as '3 7 12'"),
}
_WHY = {
    ("number", "flag"): (Code.BOOLEAN, "; it holds true and false"),
    ("date", "zoned"): (
        Code.NOT_A_DATE,
        "; its times are of a time zone, in which alone they have a date: take off the zone first",
    ),
}
_LOAN: dict[str, Want] = {
    **dict.fromkeys((*LOAN_FIELDS, "spread", "due_index", "rounding_index", "rate_index"), "number"),
    **dict.fromkeys(("next_due", "start", "original_maturity", "last_due", "rate_anchor"), "date"),
    **dict.fromkeys(("frequency", "day_count", "first_stub", "final_stub"), "name"),
    **dict.fromkeys(("currency", STATUS), "label"),
}
_HOUSEHOLD: dict[str, Want] = {
    **dict.fromkeys((*HOUSEHOLD_FIELDS, "decimals"), "number"),
    **dict.fromkeys((name for name in HOUSEHOLD_FIELDS if name.endswith(FREQUENCY)), "name"),
    **dict.fromkeys(("tenure", "region"), "label"),
    "assessed": "date",
    AGES: "ages",
}
_EVENT: dict[str, Want] = {
    **dict.fromkeys(("amount", "rate", "plan"), "number"),
    **dict.fromkeys(("value_date", "booked", "until", "first_due"), "date"),
    **dict.fromkeys(("kind", "component", "frequency", "reason"), "name"),
    **dict.fromkeys(("account", "reference", "reverses"), "label"),
}
_CASE_EVENT: dict[str, Want] = {
    **dict.fromkeys(("clock", "instant"), "number"),
    **dict.fromkeys(("at", "booked", "until"), "date"),
    **dict.fromkeys(("kind", "channel", "role", "items"), "name"),
    **dict.fromkeys(("case", "reference", "reverses"), "label"),
}


def of_loan(name: str) -> Want | None:
    """What a loan's field of that name takes; None where there is none."""
    return _LOAN.get(name)


def of_household(name: str) -> Want | None:
    """What a household's field of that name takes; None where there is none."""
    if name not in _HOUSEHOLD and name.startswith(COST) and is_field(name):
        return "name" if name.endswith(FREQUENCY) else "number"
    return _HOUSEHOLD.get(name)


def _of_event(name: str) -> Want | None:
    return _EVENT.get(name)


def _of_case_event(name: str) -> Want | None:
    return _CASE_EVENT.get(name)


def loans_from(
    frame: Any,
    *,
    columns: Mapping[str, str] | None = None,
    further: str | Iterable[str] = (),
    extra: Extra = "refuse",
    **given: Any,
) -> Loans:
    """See :meth:`repayplan.Loans.from_frame`."""
    shape = _Shape(of_loan, NEEDED, of_household, options=("due_dates", "rounding", "rate_paths"))
    read = _read(frame, shape, columns, named("further", further), extra, given)
    beside = {name: read.fields.pop(name) for name in (STATUS,) if name in read.fields}
    made = Loans.from_columns(**read.fields, columns={**beside, **read.further}, **read.options)
    if not len(read.unread):
        return made
    screen = read.screen(made.failures)
    return made.replace(good=screen.good, failures=screen.failures())


def households_from(
    frame: Any, *, columns: Mapping[str, str] | None = None, extra: Extra = "refuse", **given: Any
) -> Households:
    """See :meth:`repayplan.Households.from_frame`."""
    shape = _Shape(of_household, (), of_loan, options=("items", "costs"))
    read = _read(frame, shape, columns, (), extra, given)
    incomes = ("net_income", "gross_income")
    if "items" not in read.options and not any(name in read.fields for name in incomes):
        raise _lacking(("net_income",), " (or gross_income)", read.names)
    for name in read.fields:
        whole = name.removesuffix(FREQUENCY)
        if whole != name and whole not in read.fields:
            raise FrameError(Code.MISSING, whole, f"there is {name}, but no {whole}")
    made = households_of(read.fields, read.size, **read.options)
    if not len(read.unread):
        return made
    screen = read.screen(made.failures)
    return replace(made, good=screen.good, failures=screen.failures())


def events_from(
    frame: Any,
    *,
    columns: Mapping[str, str] | None = None,
    accounts: Any = None,
    extra: Extra = "refuse",
    **given: Any,
) -> Events:
    """See :meth:`repayplan.Events.from_frame`."""
    needed = ("account", "kind", "value_date", "amount", "reference")
    shape = _Shape(_of_event, needed, None, options=("plans", "joins"))
    read = _read(frame, shape, columns, (), extra, given)
    read.refuse()
    fields = read.fields
    fields["account"] = _rows_of(fields["account"], "account", accounts, read)
    if "plan" in fields and isinstance(fields["plan"], np.ma.MaskedArray):
        fields["plan"] = fields["plan"].filled(-1)
    _as_one_kind(fields)
    return Events.from_columns(**fields, **read.options)


def case_events_from(
    frame: Any,
    *,
    columns: Mapping[str, str] | None = None,
    cases: Cases | None = None,
    extra: Extra = "refuse",
    **given: Any,
) -> CaseEvents:
    """See :meth:`repayplan.CaseEvents.from_frame`."""
    shape = _Shape(_of_case_event, ("case", "kind", "at", "reference"), None, options=())
    read = _read(frame, shape, columns, (), extra, given)
    read.refuse()
    fields = read.fields
    fields["case"] = _rows_of(fields["case"], "case", None if cases is None else cases.id, read)
    _as_one_kind(fields)
    return CaseEvents.from_columns(**fields)


def _as_one_kind(fields: dict[str, Any]) -> None:
    """Where references, or what they reverse, are text or have gaps, both are text: they are compared."""
    references = [name for name in ("reference", "reverses") if name in fields]
    if any(not _whole_numbers(fields[name]) for name in references):
        fields |= {name: _as_text(fields[name]) for name in references}


@dataclass(frozen=True, slots=True)
class _Shape:
    """What a table has: its fields, those that it needs, whose other fields may be beside them."""

    field: Callable[[str], Want | None]
    needed: tuple[str, ...]
    beside: Callable[[str], Want | None] | None
    options: tuple[str, ...]

    def neighbour(self, name: str) -> bool:
        """Whether a column may be there though it is no field: one frame may hold loans and households."""
        return self.beside is not None and (name == "id" or self.beside(name) is not None)


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read: columns by field and further ones, and what was given beside the frame."""

    size: int
    names: tuple[str, ...]
    mapped: Mapping[str, str]
    fields: dict[str, Any]
    further: dict[str, Any]
    options: dict[str, Any]
    unread: Failures

    def screen(self, failures: Failures) -> Screen:
        """In which rows that had a cell which is no data fail before these do."""
        screen = Screen(self.size)
        screen.adopt(self.unread)
        screen.adopt(failures)
        return screen

    def refuse(self) -> None:
        """FrameError where a row had a cell which is no data: of what happened, nothing may be left out."""
        for failure in self.unread:
            rule = f"row {failure.row}: {failure.text()}"
            raise FrameError(failure.code, failure.field, rule, column=failure.field)


def _read(
    frame: Any,
    shape: _Shape,
    columns: Mapping[str, str] | None,
    further: tuple[str, ...],
    extra: str,
    given: Mapping[str, Any],
) -> _Read:
    if extra not in get_args(Extra):
        raise InputError(Code.UNKNOWN_VALUE, "extra", extra, f"one of {', '.join(get_args(Extra))}")
    mapping, options = mapped("columns", columns), {n: v for n, v in given.items() if n in shape.options}
    named("columns", mapping.values())
    constants = {name: value for name, value in given.items() if name not in options}
    for name in (*mapping, *constants):
        if shape.field(name) is None:
            raise InputError(Code.UNKNOWN_VALUE, "field", name, f"{name} is no field{_meant(name, shape)}")
    source = opened(frame)
    placed = _mapped(source.names, shape, mapping, further, extra)
    for name in constants:
        if name in placed:
            rule = f"{name} is both a column and given for all rows"
            raise FrameError(Code.DUPLICATE, name, rule, column=placed[name])
    lacking = tuple(name for name in shape.needed if name not in placed and name not in constants)
    if lacking:
        raise _lacking(lacking, "", source.names)
    if not placed:
        raise FrameError(Code.MISSING, "frame", "none of its columns is a field")
    wanted = dict.fromkeys((*placed.values(), *further))
    size, cells = source.read(tuple(wanted))
    fields = {
        name: _fitting(name, column, cells[column], want)
        for name, column in placed.items()
        if (want := shape.field(name)) is not None
    }
    kept = {name: _plain(name, cells[name]) for name in further}
    unread = Failures.none().and_then(*(cells[name].unread for name in wanted))
    return _Read(size, source.names, placed, {**fields, **constants}, kept, options, unread)


def _meant(name: str, shape: _Shape) -> str:
    known = [each for each in (*_LOAN, *_HOUSEHOLD, *_EVENT, *_CASE_EVENT) if shape.field(each) is not None]
    return like(name, known)


def _mapped(
    names: tuple[str, ...],
    shape: _Shape,
    mapping: Mapping[str, str],
    further: tuple[str, ...],
    extra: str,
) -> dict[str, str]:
    """The column of each field; an error for a column that is no field, or of which two are one."""
    for field, column in (*mapping.items(), *((name, name) for name in further)):
        if column not in names:
            rule = f"there is no column {column}{like(column, names)}"
            raise FrameError(Code.MISSING, field, rule)
    placed, used = dict(mapping), set(mapping.values())
    for name in names:
        if name in used or name in further or (shape.field(name) is None and shape.neighbour(name)):
            continue
        if shape.field(name) is not None and name not in mapping:
            placed[name] = name
        elif extra == "refuse":
            known = f"{name} is given by column {mapping[name]}" if name in mapping else f"{name} is no field"
            rule = f"{known}{_meant(name, shape)}; name it in columns= or further=, or say extra='ignore'"
            raise FrameError(Code.UNKNOWN_VALUE, name, rule, column=name)
    return placed


def _lacking(fields: tuple[str, ...], more: str, names: tuple[str, ...]) -> FrameError:
    each = ", ".join(f"{field}{like(field, names)}" for field in fields)
    rule = f"there is no column {each}{more}; name it in columns=, or give one value for all rows"
    return FrameError(Code.MISSING, fields[0], rule)


def _fitting(field: str, column: str, cells: Held, want: Want) -> Any:
    """A column's values, where it holds what the field takes."""
    sorts, code, needed = _TAKES[want]
    values = cells.values
    whole = want != "label" or cells.sort != "number" or _whole_or_gaps(values)
    if cells.sort not in sorts or not whole:
        code, why = _WHY.get((want, cells.sort), (code, ""))
        raise FrameError(code, field, f"{needed}{why}", column=column, dtype=cells.dtype)
    if want == "label" and isinstance(values, np.ma.MaskedArray):
        values = _as_text(values)
    return values


def _plain(name: str, cells: Held) -> Any:
    """A further column as a plain array, which anybody may pick rows of."""
    values = cells.values
    if cells.sort in ("list", "zoned", "other"):
        rule = "a column of loans holds numbers, dates, text or true and false"
        raise FrameError(Code.UNKNOWN_VALUE, name, rule, column=name, dtype=cells.dtype)
    if isinstance(values, (Fixed, Coded)):
        return values.texts()
    if isinstance(values, np.ma.MaskedArray):
        out = values.data.astype(np.object_)
        out[values.mask] = None
        return out
    return values


def _whole_or_gaps(values: Any) -> bool:
    return isinstance(values, Coded) or values.dtype.kind in "iu"


def _whole_numbers(values: Any) -> bool:
    plain = isinstance(values, np.ndarray) and not isinstance(values, np.ma.MaskedArray)
    return plain and values.dtype.kind in "iu"


def _as_text(values: Any) -> Any:
    """Whole numbers as text, empty where there is none; text as it is."""
    if isinstance(values, np.ma.MaskedArray):
        return np.where(np.ma.getmaskarray(values), "", values.data.astype(np.str_))
    return values.astype(np.str_) if _whole_numbers(values) else values


def _rows_of(values: Any, field: str, called_by: Any, read: _Read) -> npt.NDArray[np.int64]:
    """The row of what each event is about: the column itself, or the place among the names of these."""
    column = read.mapped.get(field, field)
    if np.ndim(values) == 0 and not isinstance(values, (Coded, Fixed)):
        values = np.full(read.size, values)
    if called_by is None:
        if not _whole_numbers(values):
            rule = (
                f"the rows of {field}s are needed, whole numbers; or {field}s=, what the {field}s are called"
            )
            raise FrameError(Code.NOT_A_NUMBER, field, rule, column=column)
        return np.asarray(values, np.int64)
    called = Screen(len(called_by)).text(called_by)
    order = np.argsort(called, kind="stable")
    ranked = called[order]
    if (ranked[1:] == ranked[:-1]).any():
        twice = str(ranked[1:][ranked[1:] == ranked[:-1]][0])
        raise FrameError(Code.DUPLICATE, f"{field}s", f"two {field}s are called {twice}")
    names, of = _names_of(values)
    place = np.minimum(np.searchsorted(ranked, names), max(len(ranked) - 1, 0))
    known = ranked[place] == names if len(ranked) else np.zeros(len(names), np.bool_)
    rows = np.where(known, order[place] if len(ranked) else 0, -1)[of]
    if (rows < 0).any():
        at = int(np.argmax(rows < 0))
        rule = f"row {at}: no {field} is called {str(names[of[at]])!r}"
        raise FrameError(Code.UNKNOWN_VALUE, field, rule, column=column)
    return rows


def _names_of(values: Any) -> tuple[npt.NDArray[np.str_], npt.NDArray[np.int64]]:
    if isinstance(values, Coded):
        entries = values.entries
        return entries, np.where(values.of < 0, len(entries) - 1, values.of)
    names, of = np.unique(np.asarray(_as_text(values)).astype(np.str_), return_inverse=True)
    return names, of.reshape(-1)
