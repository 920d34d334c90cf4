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
from repayplan.basics.outcome import alike
from repayplan.edges.cells import Column, column, csv_bytes, harmless, harmless_names
from repayplan.edges.folder import write_pieces
from repayplan.edges.frames import arrow_table, need, places_of
from repayplan.offers.arrears import COMPONENTS
from repayplan.offers.permits import LIMITS
from repayplan.plans.rows import MONEY
from repayplan.programmes.figure import PLACES
from repayplan.programmes.labels import LABELS
from repayplan.programmes.ledgercolumns import LEDGER_HEADINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    import numpy.typing as npt

    from repayplan.accounts.statement import Statements
    from repayplan.basics.outcome import Failures, Ints
    from repayplan.edges.cells import Kind
    from repayplan.offers.proposal import Proposals
    from repayplan.plans.batch import Schedules
    from repayplan.plans.rows import Columns
    from repayplan.programmes.caseledger import CaseLedger
    from repayplan.programmes.evaluation import Evaluation

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
        "all_in_time",
        "all_late",
        "paid_later",
        "restructures",
    )
)
"""Columns of a statement that count something; every other integer is money in minor units."""
_MOST_UNITS = np.iinfo(np.int64).max
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


def decisions(row: Ints, proposals: Proposals, *, explained: bool = True) -> Table:
    """The same without ids; not ``explained``: without reasons and what would help, which take a search."""
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
    }
    if explained:
        table |= _explanations(p, money)
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


def _explanations(p: Proposals, money: Callable[[Ints, npt.NDArray[np.bool_]], Column]) -> Table:
    """Why there is no offer, and what would help."""
    refused = p.eligible & ~p.offered & (p.instalment_after >= 0)
    table: Table = {
        "reasons": Column(kind="text", values=reason_codes(p)),
        "shortfall": money(p.shortfall, refused),
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
    return table


def reason_codes(proposals: Proposals) -> npt.NDArray[np.str_]:
    """The codes of each row's reasons, joined by semicolons; empty where a plan is offered."""
    holding = {code.value: whose for code, whose in proposals.reasons_hold.items()}
    return _joined(holding, len(proposals))


def _joined(names: Mapping[str, npt.NDArray[np.bool_]], size: int) -> npt.NDArray[np.str_]:
    """Of each row the names that are its own, joined by semicolons; each set of names is written once."""
    every = [(name, np.broadcast_to(whose, size)) for name, whose in names.items() if np.any(whose)]
    if not every:
        return np.full(size, "", np.str_)
    first, of = alike(*(whose.astype(np.int64) for _, whose in every))
    said = [";".join(name for name, whose in every if whose[at]) for at in first.tolist()]
    return np.array(said, np.str_)[of]


def offered_rows(
    ids: npt.NDArray[np.str_] | None, row: Ints, proposals: Proposals, rows: Columns, offsets: Ints
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
