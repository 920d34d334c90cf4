"""Loans, households and events from frames: which column is which field, and whether it can be that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from repayplan.ability.households import Households
from repayplan.accounts.event import Events
from repayplan.basics.columns import Screen
from repayplan.basics.errors import Code
from repayplan.basics.given import Coded, Fixed
from repayplan.edges.fieldwants import Extra, of_case_event, of_event, of_household, of_loan
from repayplan.edges.framekind import FrameError, named
from repayplan.edges.framereading import FrameRead, Shape, as_text, lacking_error, read_frame, whole_numbers
from repayplan.edges.householdcolumns import households_of
from repayplan.edges.reading import (
    FREQUENCY,
    NEEDED,
    STATUS,
)
from repayplan.plans.loan import Loans
from repayplan.programmes.caseevent import CaseEvents
from repayplan.programmes.cases import Cases


def loans_from(
    frame: Any,
    *,
    columns: Mapping[str, str] | None = None,
    further: str | Iterable[str] = (),
    extra: Extra = "refuse",
    **given: Any,
) -> Loans:
    """See :meth:`repayplan.Loans.from_frame`."""
    shape = Shape(of_loan, NEEDED, of_household, options=("due_dates", "rounding", "rate_paths"))
    read = read_frame(frame, shape, columns, named("further", further), extra, given)
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
    shape = Shape(of_household, (), of_loan, options=("items", "costs"))
    read = read_frame(frame, shape, columns, (), extra, given)
    incomes = ("net_income", "gross_income")
    if "items" not in read.options and not any(name in read.fields for name in incomes):
        raise lacking_error(("net_income",), " (or gross_income)", read.names)
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
    shape = Shape(of_event, needed, None, options=("plans", "joins"))
    read = read_frame(frame, shape, columns, (), extra, given)
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
    shape = Shape(of_case_event, ("case", "kind", "at", "reference"), None, options=())
    read = read_frame(frame, shape, columns, (), extra, given)
    read.refuse()
    fields = read.fields
    fields["case"] = _rows_of(fields["case"], "case", None if cases is None else cases.id, read)
    _as_one_kind(fields)
    return CaseEvents.from_columns(**fields)


def _as_one_kind(fields: dict[str, Any]) -> None:
    """Where references, or what they reverse, are text or have gaps, both are text: they are compared."""
    references = [name for name in ("reference", "reverses") if name in fields]
    if any(not whole_numbers(fields[name]) for name in references):
        fields |= {name: as_text(fields[name]) for name in references}


def _rows_of(values: Any, field: str, called_by: Any, read: FrameRead) -> npt.NDArray[np.int64]:
    """The row of what each event is about: the column itself, or the place among the names of these."""
    column = read.mapped.get(field, field)
    if np.ndim(values) == 0 and not isinstance(values, (Coded, Fixed)):
        values = np.full(read.size, values)
    if called_by is None:
        if not whole_numbers(values):
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
    names, of = np.unique(np.asarray(as_text(values)).astype(np.str_), return_inverse=True)
    return names, of.reshape(-1)
