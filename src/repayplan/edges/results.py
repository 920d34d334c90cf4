"""The result of a run as tables: decisions or plans, every row of every schedule, and the rejected rows."""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal
from typing import TYPE_CHECKING, get_args

import numpy as np

from repayplan.accounts.component import COMPONENTS as PARTS_OWED
from repayplan.basics.dates import FREQUENCIES
from repayplan.basics.errors import Code, InputError, Language, which
from repayplan.basics.money import EXACT
from repayplan.edges.cells import Column, column, csv_bytes, harmless, harmless_names
from repayplan.edges.folder import write_pieces
from repayplan.edges.frames import arrow_table, need, places_of
from repayplan.plans.rows import MONEY
from repayplan.programmes.figure import PLACES
from repayplan.programmes.labels import LABELS
from repayplan.programmes.ledgercolumns import LEDGER_HEADINGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import numpy.typing as npt

    from repayplan.accounts.statement import Statements
    from repayplan.basics.outcome import Failures, Ints
    from repayplan.edges.cells import Kind
    from repayplan.plans.batch import Schedules
    from repayplan.plans.rows import Columns
    from repayplan.programmes.caselines import CaseLedger
    from repayplan.programmes.evaluation import Evaluation

Table = dict[str, Column]
FORMATS = ("csv", "parquet")

OF_ACCOUNT = frozenset(
    (
        "days_past_due",
        "instalments_overdue",
        "instalments_left",
        "paid_in_time",
        "longest_in_time",
        "all_in_time",
        "all_late",
        "paid_later",
        "restructures",
    )
)
"""Columns of a statement that count something; every other integer is money in minor units."""
_MOST_UNITS = np.iinfo(np.int64).max


def schedule_table(
    ids: npt.NDArray[np.str_] | None,
    row: Ints,
    decimals: Ints,
    rows: Columns,
    shown: tuple[str, ...] = MONEY,
) -> Table:
    """Every row of schedules, each loan's together.

    Parameters
    ----------
    ids
        The id of every row of the file; None: no column for it.
    row, decimals
        int64; the row of the file of each scheduled loan, and its currency's decimals.
    rows
        The columns of ``schedules.by_loan()``.
    shown
        Which amounts.
    """
    loan = rows["loan"]
    table: Table = {
        **_named(ids, row[loan]),
        "row": Column(kind="count", values=row[loan]),
        "period": Column(kind="count", values=rows["period"]),
        "due_date": Column(kind="date", values=rows["due_date"]),
        "days": Column(kind="count", values=rows["days"]),
    }
    places = places_of(decimals, loan)
    return table | {name: Column(kind="money", values=rows[name], decimals=places) for name in shown}


def loan_table(
    ids: npt.NDArray[np.str_] | None,
    row: Ints,
    plan: npt.NDArray[np.str_],
    schedules: Schedules,
    rows: Columns,
    offsets: Ints,
) -> Table:
    """One line for every loan that has a schedule: its plan, its ends, its largest payment and its sums.

    Parameters
    ----------
    ids, row
        As for :func:`schedule_table`.
    plan
        The name of each scheduled loan's plan.
    schedules, rows, offsets
        The schedules, and what their ``by_loan()`` gives.
    """

    def money(values: Ints) -> Column:
        return Column(kind="money", values=values, decimals=schedules.decimals)

    begin, end = offsets[:-1], offsets[1:] - 1
    largest = np.maximum.reduceat(rows["payment"], begin) if len(begin) else rows["payment"][:0]
    totals = schedules.totals()
    return {
        **_named(ids, row),
        "row": Column(kind="count", values=row),
        "plan": Column(kind="text", values=plan),
        "instalments": Column(kind="count", values=schedules.instalments),
        "first_due": Column(kind="date", values=rows["due_date"][begin]),
        "last_due": Column(kind="date", values=rows["due_date"][end]),
        "largest_payment": money(largest),
        "last_payment": money(rows["payment"][end]),
        **{f"total_{name}": money(totals[name]) for name in ("principal", "interest_paid", "fee", "payment")},
        "paid_off_early": Column(kind="flag", values=schedules.paid_off_early),
    }


def _named(ids: npt.NDArray[np.str_] | None, row: Ints) -> Table:
    return {} if ids is None else {"id": Column(kind="text", values=ids[row])}


def rejected_table(ids: npt.NDArray[np.str_], failures: Failures, language: Language) -> Table:
    """The rows of the file without a decision, each with its code and the sentence for it."""
    table = {"id": Column(kind="text", values=ids[failures.row]), **_failed(failures)}
    return table | {"text": Column(kind="text", values=failures.texts(language))}


def failed_rows(failures: Failures) -> Table:
    """The rows without a result, each with its code and the sentence for it in both languages."""
    said = {f"message_{language}": failures.texts(language) for language in get_args(Language)}
    return _failed(failures) | {name: Column(kind="text", values=text) for name, text in said.items()}


def _failed(failures: Failures) -> Table:
    texts = {
        "code": np.array([code.value for code in failures.code], np.str_),
        "field": failures.field,
        "value": failures.value,
        "limit": failures.limit,
    }
    table: Table = {"row": Column(kind="count", values=failures.row)}
    return table | {name: Column(kind="text", values=text) for name, text in texts.items()}


def statement_rows(statements: Statements) -> Table:
    """One line for every account: each figure of its columns, those by component in a column each."""
    decimals = places_of(statements.accounts.decimals[statements.row])
    table: Table = {
        "row": Column(kind="count", values=statements.row),
        "as_of": Column(kind="date", values=statements.as_of),
    }
    for each in fields(statements.columns):
        values = getattr(statements.columns, each.name)
        if values.ndim == 2:
            for k, component in enumerate(PARTS_OWED):
                table[f"{each.name}_{component}"] = Column(
                    kind="money", values=values[:, k], decimals=decimals
                )
        elif values.dtype.kind != "i" or each.name in OF_ACCOUNT:
            table[each.name] = column(values)
        elif each.name == "rate":
            table[each.name] = Column(kind="rate", values=values)
        elif each.name == "frequency":
            names = np.array([*(each.name for each in FREQUENCIES), ""])  # -1: not known
            table[each.name] = column(names[values])
        else:
            table[each.name] = Column(kind="money", values=values, decimals=decimals)
    return table


def evaluation_rows(evaluation: Evaluation) -> Table:
    """One line for every figure of an evaluation.

    Raises
    ------
    InputError
        A figure is more than an int64 of its smallest unit holds: it names which.
    """
    figures = evaluation.figures

    def numbers(name: str, places: int, kind: Kind) -> Column:
        given = [getattr(each, name) for each in figures]
        units = [0 if each is None else int(Decimal(each).scaleb(places, EXACT)) for each in given]
        for figure, each, unit in zip(figures, given, units, strict=True):
            if abs(unit) > _MOST_UNITS:
                where = f"{figure.name} {figure.group}".strip()
                raise InputError(
                    Code.BEYOND_DOMAIN, f"{where}.{name}", each, f"{places} decimals of an int64"
                )
        gone = np.array([each is None for each in given], np.bool_)
        return Column(kind=kind, values=np.array(units, np.int64), decimals=places, missing=gone)

    def text(given: Iterable[str]) -> Column:
        return Column(kind="text", values=np.array(list(given), np.str_))

    amounts = [each.amount for each in figures if each.amount is not None]
    places = max((max(0, -int(each.as_tuple().exponent)) for each in amounts), default=0)
    return {
        "name": text(each.name for each in figures),
        "label_en": text(LABELS[each.name][0] for each in figures),
        "label_zh": text(LABELS[each.name][1] for each in figures),
        "group": text(each.group for each in figures),
        "n": numbers("n", 0, "count"),
        "count": numbers("count", 0, "count"),
        # Not as rates: a cost per account may be millions, of which their ten decimals leave no room.
        **{name: numbers(name, PLACES, "money") for name in ("value", "low", "high")},
        "amount": numbers("amount", places, "money"),
        "flags": text(";".join(each.flags) for each in figures),
    }


def ledger_rows(ledger: CaseLedger, language: Language | None = None) -> Table:
    """The columns of a ledger of cases, called as people of the language call them."""
    decimals = places_of(ledger.decimals)
    return {
        name if language is None else LEDGER_HEADINGS[name][which(language)]: Column(
            kind=found.kind,
            values=found.values,
            decimals=decimals if found.kind == "money" else 0,
            missing=found.missing,
        )
        for name, found in ledger.columns(language).items()
    }


def write_table(folder: Path, name: str, table: Mapping[str, Column], kind: str) -> str:
    """Writes a table as ``name.csv``, in which no text is a formula, or ``name.parquet``.

    Returns
    -------
    The file's name.

    Raises
    ------
    ImportError
        Parquet, and pyarrow isn't installed.
    """
    file = f"{name}.{kind}"
    if kind == "csv":
        write_pieces(
            folder / file,
            csv_bytes(dict(zip(harmless_names(table), map(harmless, table.values()), strict=True))),
        )
    else:
        need("pyarrow.parquet", "arrow").write_table(arrow_table(table), folder / file)
    return file
