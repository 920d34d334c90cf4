"""Decisions as tables: a row a loan, why not, what would help, and the plans offered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from repayplan.basics.outcome import alike
from repayplan.edges.cells import Column
from repayplan.edges.frames import places_of
from repayplan.edges.results import Table, schedule_table
from repayplan.offers.arrears import COMPONENTS
from repayplan.offers.permits import LIMITS
from repayplan.plans.rows import MONEY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy.typing as npt

    from repayplan.basics.outcome import Ints
    from repayplan.offers.proposal import Proposals
    from repayplan.plans.rows import Columns

DECISIONS = ("offer", "infeasible", "not_eligible")
"""What is decided of a good row."""
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
