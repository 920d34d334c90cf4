"""The result of a run as tables: decisions or plans, every row of every schedule, and the rejected rows."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, get_args

import numpy as np

from repayplan.accounts.component import COMPONENTS as PARTS_OWED
from repayplan.basics.dates import FREQUENCIES
from repayplan.basics.errors import Language
from repayplan.edges.cells import Column, column, csv_bytes
from repayplan.edges.folder import write_pieces
from repayplan.edges.frames import arrow_table, need, places_of
from repayplan.offers.arrears import COMPONENTS
from repayplan.offers.permits import LIMITS
from repayplan.plans.rows import MONEY

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy.typing as npt

    from repayplan.accounts.statement import Statements
    from repayplan.basics.outcome import Failures, Ints
    from repayplan.offers.proposal import Proposals
    from repayplan.plans.rows import Columns
    from repayplan.plans.schedule import Schedules

Table = dict[str, Column]
FORMATS = ("csv", "parquet")
DECISIONS = ("offer", "infeasible", "not_eligible")
"""What is decided of a good row."""

OF_ACCOUNT = frozenset(
    (
        "days_past_due",
        "instalments_overdue",
        "instalments_left",
        "paid_in_time",
        "longest_in_time",
        "paid_later",
        "restructures",
    )
)
"""Columns of a statement that count something; every other integer is money in minor units."""
_OFFERED = tuple(name for name in MONEY if name != "drawn")  # no offer lends more


def decided(proposals: Proposals) -> Ints:
    """Index into :data:`DECISIONS` for every good row."""
    return np.where(proposals.offered, 0, np.where(proposals.eligible, 1, 2))


def decision_table(ids: npt.NDArray[np.str_], row: Ints, proposals: Proposals) -> Table:
    """One line for every loan that was decided on.

    Parameters
    ----------
    ids
        The id of every row of the file.
    row
        int64; the row of the file of each row of ``proposals``.
    proposals
        The decisions.
    """
    return {"id": Column(kind="text", values=ids[row]), **decisions(row, proposals)}


def decisions(row: Ints, proposals: Proposals) -> Table:
    """The same without ids."""
    p = proposals
    decision = decided(p)
    offered, judged = decision == 0, decision <= 1

    def money(values: Ints, shown: npt.NDArray[np.bool_]) -> Column:
        return Column(kind="money", values=values, decimals=p.decimals, missing=~shown)

    def count(values: Ints, shown: npt.NDArray[np.bool_]) -> Column:
        return Column(kind="count", values=values, missing=~shown)

    def names(values: Ints, known: tuple[str, ...], shown: npt.NDArray[np.bool_]) -> Column:
        return Column(kind="text", values=np.array(known, np.str_)[values], missing=~shown)

    limited = judged & (p.longest >= p.shortest)
    table: Table = {
        "row": Column(kind="count", values=row),
        "decision": names(decision, DECISIONS, decision >= 0),
        "method": names(p.method, p.methods, offered),
        "instalments": count(p.instalments, offered),
        "extension_months": count(p.extension_months, offered),
        "instalment_before": money(p.instalment_before, judged),
        "instalment_after": money(p.instalment_after, offered),
        "lowest_instalment": money(p.instalment_after, (decision == 1) & (p.instalment_after >= 0)),
        "capacity": money(p.capacity, judged),
        "surplus": money(p.surplus, judged),
        "left_to_live_on": money(p.left_to_live_on, offered),
        "opening_balance": money(p.opening_balance, offered),
        "capitalised": money(p.capitalised, offered),
        "paid_first": money(p.paid_first, offered),
        "waived": money(p.waived, offered),
        "forborne": money(p.forborne, offered),
        "forgiven": money(p.forgiven, offered),
        "due_at_end": money(p.due_at_end, offered),
        "annual_rate": Column(kind="rate", values=p.annual_rate, missing=~offered),
        "total_interest": money(p.total_interest, offered),
        "longest": count(p.longest, limited),
        "binding_limit": names(p.binding_limit, tuple(code.value for code in LIMITS), judged),
        "reasons": Column(kind="text", values=reason_codes(p)),
        "shortfall": money(p.shortfall, (decision == 1) & (p.instalment_after >= 0)),
    }
    for name, values in p.relaxations().items():
        missing = values < 0
        if name == "months":
            given = Column(kind="count", values=values, missing=missing)
        elif name == "rate":
            given = Column(kind="rate", values=values, missing=missing)
        else:
            given = Column(kind="money", values=values, decimals=p.decimals, missing=missing)
        table[f"relax_{name}"] = given
    table["below_allowance"] = Column(kind="flag", values=p.below_allowance, missing=~judged)
    for name, treatment in (("spread", "first_instalments"), ("carried", "carry")):
        if any(getattr(p.policy.arrears, each).treatment == treatment for each in COMPONENTS):
            table[name] = money(getattr(p, name), offered)
    if p.policy.limit.consents:
        lacking = {name: whose & offered for name, whose in p.pending.items()}
        table["consents_missing"] = Column(kind="text", values=_joined(lacking, len(p)))
    groups = {", ".join(g.guideline.allowance.covers): g.questioned for g in p.capacities.groups}
    if any(guideline.above == "question" for guideline in p.policy.guidelines):
        table["questions"] = Column(kind="text", values=_joined(groups, len(p)))
    if p.policy.limit.reversible_months is not None:
        until = p.reversible_until
        table["reversible_until"] = Column(kind="date", values=until, missing=np.isnat(until))
    return table


def reason_codes(proposals: Proposals) -> npt.NDArray[np.str_]:
    """The codes of each row's reasons, joined by semicolons; empty where a plan is offered."""
    holding = {code.value: whose for code, whose in proposals.reasons_hold.items()}
    return _joined(holding, len(proposals))


def _joined(names: Mapping[str, npt.NDArray[np.bool_]], size: int) -> npt.NDArray[np.str_]:
    """Of each row the names that are its own, joined by semicolons."""
    out = np.full(size, "", np.str_)
    for name, whose in names.items():
        out = np.where(whose, np.where(out == "", name, np.char.add(out, f";{name}")), out)
    return out


def offered_rows(
    ids: npt.NDArray[np.str_], row: Ints, proposals: Proposals, rows: Columns, offsets: Ints
) -> Table:
    """Every row of every offered schedule, each loan's together, and what it leaves to live on.

    What of a payment was put aside until the last, so that it isn't taken off what is left, is a column.

    Parameters
    ----------
    ids, row, proposals
        As for :func:`decision_table`.
    rows, offsets
        What ``proposals.schedules.by_loan()`` gives.
    """
    offered = np.flatnonzero(proposals.offered)
    decimals = proposals.decimals[offered]
    table = schedule_table(ids, row[offered], decimals, rows, _OFFERED)
    living, places = proposals.recounted(rows, offsets), places_of(decimals, rows["loan"])
    left = {
        "put_aside": living.put_aside,
        "left_to_live_on": living.left,
        "needed_to_live_on": living.needed,
    }
    return table | {n: Column(kind="money", values=v, decimals=places) for n, v in left.items()}


def schedule_table(
    ids: npt.NDArray[np.str_],
    row: Ints,
    decimals: Ints,
    rows: Columns,
    shown: tuple[str, ...] = MONEY,
) -> Table:
    """Every row of schedules, each loan's together.

    Parameters
    ----------
    ids
        The id of every row of the file.
    row, decimals
        int64; the row of the file of each scheduled loan, and its currency's decimals.
    rows
        The columns of ``schedules.by_loan()``.
    shown
        Which amounts.
    """
    loan = rows["loan"]
    table: Table = {
        "id": Column(kind="text", values=ids[row[loan]]),
        "row": Column(kind="count", values=row[loan]),
        "period": Column(kind="count", values=rows["period"]),
        "due_date": Column(kind="date", values=rows["due_date"]),
        "days": Column(kind="count", values=rows["days"]),
    }
    places = places_of(decimals, loan)
    return table | {name: Column(kind="money", values=rows[name], decimals=places) for name in shown}


def loan_table(
    ids: npt.NDArray[np.str_],
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
        "id": Column(kind="text", values=ids[row]),
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


def write_table(folder: Path, name: str, table: Mapping[str, Column], kind: str) -> str:
    """Writes a table as ``name.csv`` or ``name.parquet``; returns the file's name.

    Raises
    ------
    ImportError
        Parquet, and pyarrow isn't installed.
    """
    file = f"{name}.{kind}"
    if kind == "csv":
        write_pieces(folder / file, csv_bytes(table))
    else:
        need("pyarrow.parquet", "arrow").write_table(arrow_table(table), folder / file)
    return file
