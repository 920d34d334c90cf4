"""Who is decided on otherwise by one policy than by another, and what differs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from repayplan.basics.outcome import Bools, Ints, Texts

if TYPE_CHECKING:
    from repayplan.programmes.decided import Decided

STATES = ("failed", "not_eligible", "refused", "offered")
"""What may become of a loan."""
MONEY = {
    "payment": "instalment_after",
    "total_interest": "total_interest",
    "left_to_live_on": "left_to_live_on",
}
"""Amounts of offers that are shown, by name: the largest payment, all interest, the least that is left."""
COUNTED = {"instalments": "instalments", "extension_months": "extension_months"}
_PLAN = ("method", "instalments", "degree")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Changed:
    """The loans on which two policies decide otherwise; a value each.

    Attributes
    ----------
    row
        int64; the caller's row numbers.
    before, after
        What becomes of each by the one and by the other: a word of :data:`STATES`.
    figures
        int64 by name, of the plan offered by the one and by the other, ``instalments_before`` and so on; 0
        where there is none. ``payment`` is the largest.
    decimals
        int64; of the minor unit of amounts.
    """

    row: Ints
    before: Texts
    after: Texts
    figures: dict[str, Ints]
    decimals: Ints

    def __len__(self) -> int:
        return len(self.row)

    @property
    def gained(self) -> Bools:
        """Who is offered a plan by the second policy only."""
        return np.asarray((self.before != "offered") & (self.after == "offered"), np.bool_)

    @property
    def lost(self) -> Bools:
        """Who is offered a plan by the first policy only."""
        return np.asarray((self.before == "offered") & (self.after != "offered"), np.bool_)

    @property
    def other_plan(self) -> Bools:
        """Who is offered one plan by the first, and another by the second."""
        return np.asarray((self.before == "offered") & (self.after == "offered"), np.bool_)

    def take(self, rows: Ints) -> Changed:
        """Some of them."""
        return Changed(
            row=self.row[rows],
            before=self.before[rows],
            after=self.after[rows],
            figures={name: values[rows] for name, values in self.figures.items()},
            decimals=self.decimals[rows],
        )

    def counts(self) -> dict[str, int]:
        """How many gain an offer, lose it, are offered another plan, and change otherwise."""
        kinds = {"gained": self.gained, "lost": self.lost, "other_plan": self.other_plan}
        found = {name: int(mask.sum()) for name, mask in kinds.items()}
        return found | {"otherwise": len(self) - sum(found.values())}

    def to_frame(self, kind: Any = "pandas") -> Any:
        """A row for each loan; what only an offer has is missing where there is none.

        Parameters
        ----------
        kind
            As of :meth:`repayplan.plans.batch.Schedules.to_frame`.
        """
        from repayplan.edges.cells import Column, column
        from repayplan.edges.frames import frame_of, places_of

        table: dict[str, Any] = {"row": column(self.row)}
        table |= {"before": column(self.before), "after": column(self.after)}
        places = places_of(self.decimals)
        for name, values in self.figures.items():
            state = self.before if name.endswith("_before") else self.after
            money = name.rpartition("_")[0] in MONEY
            table[name] = Column(
                kind="money" if money else "count",
                values=values,
                decimals=places if money else 0,
                missing=state != "offered",
            )
        return frame_of(table, kind)


def changed(rows: Ints, one: Decided, other: Decided) -> Changed:
    """Of a block of loans, those on which two policies decide otherwise.

    Parameters
    ----------
    rows
        int64; the caller's row number of each loan of the block.
    """
    states = [_state(each) for each in (one, other)]
    differs = states[0] != states[1]
    both = np.flatnonzero(~differs & (states[0] == STATES.index("offered")))
    if one.pool is other.pool:
        both = both[one.at[both] != other.at[both]]
    plan = [{name: each.pool.columns[name][each.at[both]] for name in _PLAN} for each in (one, other)]
    methods = [_names(each, mine) for each, mine in zip((one, other), plan, strict=True)]
    moved = (methods[0] != methods[1]) | (plan[0]["instalments"] != plan[1]["instalments"])
    if one.policy.steps == other.policy.steps:
        moved |= (plan[0]["degree"] != plan[1]["degree"]).any(axis=1)
    for name in ("instalment_after", "total_interest", "forborne", "forgiven", "never_paid", "annual_rate"):
        pair = [each.pool.columns[name][each.at[both]] for each in (one, other)]
        moved |= pair[0] != pair[1]
    differs[both[moved]] = True
    mine = np.flatnonzero(differs)
    figures, decimals = {}, np.zeros(len(mine), np.int64)
    for each, when in ((one, "before"), (other, "after")):
        there, at = each.at[mine] >= 0, each.at[mine]
        decimals[there] = each.pool.columns["decimals"][at[there]]
        offered = there.copy()
        offered[there] = each.pool.columns["offered"][at[there]]
        for name, column in (COUNTED | MONEY).items():
            values = np.zeros(len(mine), np.int64)
            values[offered] = each.pool.columns[column][at[offered]]
            figures[f"{name}_{when}"] = values
    words = np.array(STATES)
    return Changed(
        row=rows[mine],
        before=words[states[0][mine]],
        after=words[states[1][mine]],
        figures=figures,
        decimals=decimals,
    )


def joined(parts: list[Changed]) -> Changed:
    """Those of several blocks, one after the other."""
    names = parts[0].figures
    return Changed(
        row=np.concatenate([each.row for each in parts]),
        before=np.concatenate([each.before for each in parts]),
        after=np.concatenate([each.after for each in parts]),
        figures={name: np.concatenate([each.figures[name] for each in parts]) for name in names},
        decimals=np.concatenate([each.decimals for each in parts]),
    )


def _state(decided: Decided) -> Ints:
    """What becomes of each loan of the block: numbers of :data:`STATES`."""
    at, pool = decided.at, decided.pool.columns
    out, good = np.zeros(len(at), np.int64), np.flatnonzero(at >= 0)
    out[good] = 1 + pool["eligible"][at[good]] + pool["offered"][at[good]]
    return out


def _names(decided: Decided, plan: dict[str, Any]) -> Texts:
    """The methods' names."""
    return np.asarray(np.array(decided.policy.methods)[plan["method"]], np.str_)
