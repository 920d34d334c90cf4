"""The schedule of one loan, row by row, for a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from repayplan.basics.dates import Days
from repayplan.basics.money import to_decimal
from repayplan.basics.outcome import Ints
from repayplan.plans.loan import Loans
from repayplan.plans.measures import Measured
from repayplan.plans.moves import NOTHING_MOVED, Moved
from repayplan.plans.paid import Paid
from repayplan.plans.rows import MONEY, TOTALS


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a schedule, for a person.

    ``payment = principal + interest_paid + fee``; ``interest`` is what accrued in the period, and
    equals ``interest_paid + capitalised + deferred + waived``; ``closing = opening + drawn + capitalised
    - principal``. ``deferred`` is negative where interest put aside earlier is repaid, or
    joins the balance.
    """

    period: int
    due_date: date
    days: int
    opening: Decimal
    drawn: Decimal
    interest: Decimal
    interest_paid: Decimal
    capitalised: Decimal
    deferred: Decimal
    waived: Decimal
    principal: Decimal
    fee: Decimal
    payment: Decimal
    closing: Decimal


@dataclass(frozen=True, slots=True, eq=False)
class Schedule(Measured[Decimal]):
    """The schedule of one loan.

    Two are equal where they say the same: every row, in the same minor unit, and everything that their
    figures are worked out from. Whose schedule it is (:attr:`loan`) is no part of that.

    Attributes
    ----------
    columns
        ``period``, ``due_date`` (datetime64[D]), ``days`` and the amounts, int64 minor units.
    decimals
        Decimals of the minor unit.
    instalment
        The level instalment or principal share of the last stage, minor units (0: it has none).
    paid_off_early
        Rounding left nothing that bears interest before the agreed last row; the rows after it are zero, but
        for what is put aside until the last.
    interest_from
        The date from which interest runs.
    moved
        Principal that moved beside the instalments.
    beside
        Minor units; arrears that are owed at the start beside the balance, and paid in the rows.
    loan
        The loan that it is of, a batch of one; None where that isn't known.
    agreed
        datetime64[D], one more than rows: the day that interest runs from and the due dates, before any is
        moved to a business day; None where the rule moves none.
    on_balance
        Whether all interest is on the balance, at rates that don't change within a stage.
    rates
        int64 (rows,); the annual rate of each, multiples of 1e-10; None: the loan's throughout.
    """

    columns: Mapping[str, npt.NDArray[Any]]
    decimals: int
    instalment: int
    paid_off_early: bool
    interest_from: date
    moved: Moved = NOTHING_MOVED
    beside: int = 0
    loan: Loans | None = None
    agreed: Days | None = None
    on_balance: bool = True
    rates: Ints | None = None

    def __len__(self) -> int:
        return len(self.columns["period"])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Schedule):
            return NotImplemented
        mine, its = ([getattr(each, name) for name in _ARRAYS] for each in (self, other))
        return (
            all(getattr(self, name) == getattr(other, name) for name in _PLAIN)
            and self.columns.keys() == other.columns.keys()
            and all(np.array_equal(self.columns[name], other.columns[name]) for name in self.columns)
            # Dates that a rule doesn't move, and rates that no stage has, are None of both.
            and all(a is b is None or np.array_equal(a, b) for a, b in zip(mine, its, strict=True))
        )

    def __hash__(self) -> int:
        return hash((self.decimals, self.interest_from, *self.columns["payment"].tolist()))

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows with Decimals and dates, made when asked for."""
        lists = [self.columns["period"].tolist(), self.columns["due_date"].tolist()]
        lists.append(self.columns["days"].tolist())
        lists += [[to_decimal(v, self.decimals) for v in self.columns[name].tolist()] for name in MONEY]
        return tuple(Row(*values) for values in zip(*lists, strict=True))

    @property
    def totals(self) -> dict[str, Decimal]:
        """Sums of the columns that can be summed."""
        return {name: to_decimal(int(self.columns[name].sum()), self.decimals) for name in TOTALS}

    @property
    def owed(self) -> Decimal:
        """All that is owed at the start and paid in the rows: the balance, and arrears beside it."""
        return to_decimal(int(self.columns["opening"][0]) + self.beside, self.decimals)

    def _paid(self, column: str) -> Paid:
        return Paid(
            self.columns[column],
            self.columns["period"],
            self.columns["due_date"],
            offsets=np.array([0, len(self)]),
            balance=self.columns["opening"][:1],
            start=np.array([self.interest_from], "datetime64[D]"),
            decimals=np.array([self.decimals]),
            moved=self.moved,
            row=None,
            beside=np.array([self.beside]),
            agreed=None if self.agreed is None else (self.agreed[1:], self.agreed[:1]),
        )

    def to_frame(self, kind: str = "pandas") -> Any:
        """The rows as a frame: ``"pandas"``, ``"polars"``, ``"polars-lazy"``, ``"arrow"`` or ``"duckdb"``."""
        from repayplan.edges.frames import to_frame

        return to_frame(dict(self.columns), kind, self.decimals)

    def _differs(self, name: str) -> bool:
        """Whether a column says what the others don't."""
        plain = self.columns["interest"] if name == "interest_paid" else 0
        return bool((self.columns[name] != plain).any())

    def _table(self, limit: int) -> tuple[list[str], list[list[str]]]:
        # Whatever a payment and a balance are made of is shown, so that both can be added up again.
        drawn = ["drawn"] if self._differs("drawn") else []
        parts = [n for n in ("interest_paid", "capitalised", "deferred", "waived") if self._differs(n)]
        shown = (
            "period",
            "due_date",
            "opening",
            *drawn,
            "interest",
            *parts,
            "principal",
            "fee",
            "payment",
            "closing",
        )
        keep = list(range(len(self)))
        if len(keep) > limit:
            keep = keep[: limit - 2] + keep[-1:]
        cells = [[_cell(name, self.columns[name][r], self.decimals) for name in shown] for r in keep]
        if len(keep) < len(self):
            cells.insert(len(cells) - 1, ["..."] * len(shown))
        return [name.replace("_", " ") for name in shown], cells

    def _sums(self) -> tuple[str, str]:
        """All that is paid, and the interest in it: what was capitalised is paid as principal."""
        totals = self.totals
        capitalised = totals["capitalised"]
        interest = f"{totals['interest_paid'] + capitalised:,f}"
        if capitalised:
            interest += f" ({capitalised:,f} of it capitalised)"
        return f"{totals['payment']:,f}", interest

    def __repr__(self) -> str:
        head, cells = self._table(12)
        widths = [max(len(row[i]) for row in (head, *cells)) for i in range(len(head))]
        lines = ["  ".join(c.rjust(w) for c, w in zip(row, widths, strict=True)) for row in (head, *cells)]
        paid, interest = self._sums()
        lines.append(f"{len(self)} rows; paid {paid} of which interest {interest}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        head, cells = self._table(60)
        right = ' style="text-align:right;font-variant-numeric:tabular-nums"'
        top = "".join(f"<th{right}>{name}</th>" for name in head)
        body = "".join("<tr>" + "".join(f"<td{right}>{c}</td>" for c in row) + "</tr>" for row in cells)
        paid, interest = self._sums()
        note = f"Paid {paid}, of which interest {interest}."
        return f"<table><caption>{note}</caption><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


_PLAIN = ("decimals", "instalment", "paid_off_early", "interest_from", "moved", "beside", "on_balance")
_ARRAYS = ("agreed", "rates")


def _cell(name: str, value: Any, decimals: int) -> str:
    return f"{to_decimal(int(value), decimals):,f}" if name in MONEY else str(value)
