"""Schedules, row by row: of one loan for a person, of a batch as columns for a program."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from repayplan.basics.blocks import Progress, run_blocks
from repayplan.basics.columns import Screen
from repayplan.basics.dates import Days
from repayplan.basics.errors import Code
from repayplan.basics.money import to_decimal
from repayplan.basics.outcome import Bools, Failures, Ints, Outcome, any_of
from repayplan.kernel.work import Block, Work
from repayplan.plans.layout import finest, lay_out, resolve
from repayplan.plans.loan import Loan, Loans
from repayplan.plans.measures import Measured, Paid
from repayplan.plans.monthly import PAID, Groups, MonthlyCash, Sums
from repayplan.plans.moves import NOTHING_MOVED, Moved, moved
from repayplan.plans.rows import COLUMNS, MONEY, TOTALS, Columns, Known, Stored, derive, last_amount, sums
from repayplan.plans.stage import Plan
from repayplan.plans.written import write

CELLS = 131_072
"""Rows whose columns are derived at once."""


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


class Schedules(Measured[Outcome[Ints]]):
    """The schedules of a batch of loans.

    As of every batch, the columns and the schedules of it are compared, not the batch itself.

    Rows are kept period by period (4 to 16 bytes each); every other column is derived when asked for.
    Loans are numbered 0 .. len-1 in the caller's order without the failed ones; :attr:`row` gives the
    caller's row number.
    """

    def __init__(self, loans: Loans, stored: list[Stored], row: Ints) -> None:
        self._loans, self._stored, self.row = loans, stored, row

    @cached_property
    def _number(self) -> Ints:
        """Number here of each of the caller's rows, -1 for the failed."""
        number = np.full(len(self._loans), -1)
        number[self.row] = np.arange(len(self.row))
        return number

    @cached_property
    def _place(self) -> tuple[Ints, Ints]:
        """Block of each loan, and its place in it."""
        block, at = np.zeros(len(self), np.int64), np.zeros(len(self), np.int64)
        for b, part in enumerate(self._stored):
            mine = self._number[part.rows]
            kept = (mine >= 0).nonzero()[0]
            block[mine[kept]], at[mine[kept]] = b, kept
        return block, at

    def __len__(self) -> int:
        return len(self.row)

    def _per_loan(self, values: Any) -> npt.NDArray[Any]:
        """One value a loan, gathered from ``values(stored)`` of every block."""
        parts = [np.asarray(values(part)) for part in self._stored]
        if not parts:
            return np.zeros(0, np.int64)
        base = np.cumsum([0, *(len(p) for p in parts[:-1])])
        block, at = self._place
        return np.asarray(np.concatenate(parts)[base[block] + at])

    @property
    def decimals(self) -> Ints:
        """int64; decimals of each loan's minor unit."""
        return self._loans.decimals[self.row]

    @property
    def loans(self) -> Loans:
        """The loans that have a schedule."""
        return self._loans.take(self.row)

    @property
    def owed(self) -> Ints:
        """int64; of each loan as of a :class:`Schedule`."""
        return self._paid("payment").owed

    @property
    def instalments(self) -> Ints:
        """int64; rows of each loan."""
        return self._per_loan(lambda s: s.laid.work.term[s.block.rows])

    @property
    def instalment(self) -> Ints:
        """int64; the amount of the last amortising stage of each loan, minor units."""
        return self._per_loan(lambda s: last_amount(s.block))

    @property
    def paid_off_early(self) -> Bools:
        """bool; where rounding left nothing that bears interest before the agreed last row."""
        return self._per_loan(lambda s: s.block.early).astype(np.bool_)

    @cached_property
    def on_balance(self) -> Bools:
        """bool; whether all interest of each is on the balance, at rates that don't change within a stage."""
        plain = self._per_loan(lambda s: np.full(len(s.block.rows), s.laid.plan.on_balance))
        return np.asarray(plain & (self._loans.rate_index[self.row] < 0), np.bool_)

    def rates(self) -> Ints | None:
        """int64; the annual rate of each row as in :meth:`by_loan`, its stage's own or the loan's."""
        if not any(part.laid.plan.own_rates for part in self._stored):
            return None
        rows, _ = self._by_loan("loan", "period")
        (block, place), of = self._place, rows["loan"]
        out = self._loans.annual_rate[self.row][of]
        for b, part in enumerate(self._stored):
            mine = np.flatnonzero(block[of] == b)
            out[mine] = self._rates_of(part, place[of[mine]], rows["period"][mine] - 1)
        return out

    def _rates_of(self, part: Stored, at: Ints, t: Ints) -> Ints:
        """The annual rates of some rows of a block."""
        order, stages = part.block.rows[at], part.laid.plan.stages
        ends, whose = part.laid.work.lengths.cumsum(axis=0), part.laid.rows[order]
        which = np.minimum((t >= ends[:, order]).sum(axis=0), len(stages) - 1)
        out = self._loans.annual_rate[whose]
        for s, stage in enumerate(stages):
            if stage.rate is not None:
                given = Screen(len(self._loans)).rate("rate", resolve(self._loans, stage.rate))
                out = np.where(which == s, given[whose], out)
        return out

    def one(self, i: int) -> Schedule:
        """The schedule of loan ``i``."""
        block, place = self._place
        part, at = self._stored[int(block[i])], int(place[i])
        term = int(part.laid.work.term[part.block.rows[at]])
        t = np.arange(term)
        columns = derive(self._loans, part, np.full(term, at), t)
        loan = self._loans if len(self._loans) == 1 else self._loans.take(self.row[[i]])
        return Schedule(
            columns,
            int(loan.decimals[0]),
            int(last_amount(part.block)[at]),
            bool(part.block.early[at]),
            loan.start[0].item(),
            moved(part.laid.work, part.laid.moved_on, part.block, np.array([at])),
            int((loan.carried + loan.charges)[0]),
            loan,
            self._agreed_by(part, at, t),
            bool(self.on_balance[i]),
            self._rates_of(part, np.full(term, at), t) if part.laid.plan.own_rates else None,
        )

    def _agreed_by(self, part: Stored, at: int, t: Ints) -> Days | None:
        """The dates of one loan's schedule before any is moved."""
        order = part.block.rows[at]
        rows = part.laid.rows[[order]]
        if not self._loans.moved(rows)[0]:
            return None
        final = t == part.laid.work.lengths[:, order].sum() - 1
        due = self._loans.agreed(rows.repeat(len(t)), t, final)
        return np.concatenate((self._loans.agreed_start(rows), due))

    def __iter__(self) -> Iterator[Schedule]:
        return (self.one(i) for i in range(len(self)))

    def written(self) -> Iterator[tuple[Ints, Work, Block]]:
        """The rows as the kernel keeps them: the caller's numbers of some work's loans, the work, a block."""
        return ((part.laid.rows, part.laid.work, part.block) for part in self._stored)

    def by_period(self, *, workers: int = 1) -> Columns:
        """All rows in the order in which they are kept: block by block, period by period.

        Parameters
        ----------
        workers
            Threads; the result doesn't depend on it.

        Returns
        -------
        dict of flat columns; ``loan`` (0 .. len-1) and ``row`` (the caller's number) say whose row it is.
        """
        out, loans = self._room("loan", "row", *COLUMNS), [self._number[part.rows] for part in self._stored]
        ends = np.cumsum([int(self.instalments[loan[loan >= 0]].sum()) for loan in loans]).tolist()

        def place(job: tuple[Stored, int]) -> None:
            part, begin = job
            for columns in self._derived_of(part, *out):
                end = begin + len(columns["loan"])
                for name, column in columns.items():
                    out[name][begin:end] = column
                begin = end

        jobs = zip(self._stored, [0, *ends], strict=False)
        run_blocks(place, jobs, lambda job: len(job[0].rows), workers=workers)
        return out

    def _room(self, *names: str) -> Columns:
        """Columns that have room for all rows of the good loans."""
        size = int(self.instalments.sum())
        kinds = {"due_date": "datetime64[D]"}
        return {name: np.empty(size, kinds.get(name, "int64")) for name in names}

    def _derived_of(self, part: Stored, *names: str) -> Iterator[Columns]:
        """Some columns of the good loans of a block, a few periods at once."""
        number = self._number
        offset, known = part.block.offset, Known.of(self._loans, part)
        # As many periods as fit in the processor's cache.
        edges = np.searchsorted(offset, np.arange(0, int(offset[-1]) + CELLS, CELLS), side="right") - 1
        for begin, end in pairwise(np.unique([*edges, len(offset) - 1]).tolist()):
            t = np.repeat(np.arange(begin, end), part.block.active[begin:end])
            at = np.arange(offset[begin], offset[end]) - offset[t]
            columns = derive(self._loans, part, at, t, known)
            row = part.rows[at]
            columns = {"loan": number[row], "row": row, **columns}
            columns, good = {name: columns[name] for name in names}, columns["loan"] >= 0
            yield columns if good.all() else {name: column[good] for name, column in columns.items()}

    def by_loan(self, *, workers: int = 1) -> tuple[Columns, Ints]:
        """All rows, each loan's together, in the caller's order.

        Parameters
        ----------
        workers
            Threads; the result doesn't depend on it.

        Returns
        -------
        (columns, offsets): rows of loan ``i`` are ``offsets[i]:offsets[i + 1]`` of every column.
        """
        return self._by_loan("loan", "row", *COLUMNS, workers=workers)

    def _by_loan(self, *names: str, workers: int = 1) -> tuple[Columns, Ints]:
        offsets = np.concatenate(([0], np.cumsum(self.instalments)))
        out, needed = self._room(*names), dict.fromkeys(("loan", "period", *names))

        def place(part: Stored) -> None:
            for columns in self._derived_of(part, *needed):
                target = offsets[columns["loan"]] + columns["period"] - 1
                for name in names:
                    out[name][target] = columns[name]

        run_blocks(place, self._stored, lambda part: len(part.rows), workers=workers)
        return out, offsets

    def _paid(self, column: str) -> Paid:
        rows, offsets = self._by_loan("period", "due_date", column)
        return Paid(
            rows[column],
            rows["period"],
            rows["due_date"],
            offsets=offsets,
            balance=self._loans.balance[self.row],
            start=self._loans.start[self.row],
            decimals=self.decimals,
            moved=self._moved(),
            row=self.row,
            beside=(self._loans.carried + self._loans.charges)[self.row],
            agreed=self._agreed(rows["period"], offsets),
        )

    def _agreed(self, period: Ints, offsets: Ints) -> tuple[Days, Days] | None:
        """Due dates, one a row, and starts before any is moved; None where no rule moves any."""
        if not any_of(self._loans.moved(self.row)):
            return None
        last = self._agreed_length
        loan = np.repeat(np.arange(len(self)), np.diff(offsets))
        due = self._loans.agreed(self.row[loan], period - 1, period == last[loan])
        return due, self._loans.agreed_start(self.row)

    def _moved(self) -> Moved:
        """What moved beside the instalments of the good loans."""
        parts = []
        for part in self._stored:
            if part.laid.work.moves:
                own = moved(part.laid.work, part.laid.moved_on, part.block, np.arange(len(part.rows)))
                loan = self._number[part.rows[own.loan]]
                parts.append(replace(own, loan=loan).where(loan >= 0))
        return Moved.joined(parts)

    def totals(self, *, workers: int = 1) -> dict[str, Ints]:
        """Sums per loan of the columns that can be summed, int64 minor units.

        Parameters
        ----------
        workers
            Threads; the result doesn't depend on it.
        """
        made = run_blocks(
            lambda part: sums(self._loans, part), self._stored, lambda part: len(part.rows), workers=workers
        )
        each = {id(part): columns for part, columns in zip(self._stored, made, strict=True)}
        return {name: self._per_loan(lambda part, n=name: each[id(part)][n]) for name in TOTALS}

    def cash_by_month(
        self, by: Iterable[str] = (), *, workers: int = 1, progress: Progress | None = None
    ) -> MonthlyCash:
        """What is paid and drawn in each calendar month, all loans of a currency together.

        A payment counts in the month of its due date, what is prepaid or drawn on a day of its own in the
        month of that. No row of any schedule is kept: the memory doesn't grow with their number.

        Parameters
        ----------
        by
            Further columns of the loans: a group for each of their values.
        workers
            Threads; the result doesn't depend on it.
        progress
            Called with loans done and loans in all.

        Raises
        ------
        InputError
            A column isn't there; loans differ in decimals and have no column ``currency``; a sum is beyond
            what int64 minor units hold.
        """
        groups, start = Groups.read(self._loans, self.row, by), self._loans.start[self.row]

        def of_block(part: Stored) -> Sums:
            some = [
                Sums.of(rows, rows["loan"], np.maximum(rows["due_date"], start[rows["loan"]]), groups)
                for rows in self._derived_of(part, "loan", "due_date", *PAID)
            ]
            return Sums.together(some, len(groups.decimals))

        parts = run_blocks(
            of_block, self._stored, lambda part: len(part.rows), workers=workers, progress=progress
        )
        moves = self._moved()
        early = moves.where(moves.between & (moves.amount < 0))
        due = np.maximum(self._due(early.loan, early.period), start[early.loan])
        for amount, day in ((early.amount, due), (-early.amount, early.day)):
            parts.append(Sums.of({"principal": amount, "payment": amount}, early.loan, day, groups))
        lent = moves.where(moves.amount > 0)
        parts.append(Sums.of({"drawn": lent.amount}, lent.loan, lent.day, groups))
        return Sums.together(parts, len(groups.decimals)).cash(groups)

    def _due(self, loan: Ints, period: Ints) -> Days:
        """Due dates of some rows: of these loans, in these periods from 0."""
        return self._loans.due(self.row[loan], period, period + 1 == self._agreed_length[loan])

    @cached_property
    def _agreed_length(self) -> Ints:
        """int64; rows of each loan as agreed: one that ends before its stages do never comes to the last."""
        return self._per_loan(lambda s: s.laid.work.lengths.sum(axis=0)[s.block.rows])

    def to_frame(self, kind: Any = "pandas", *, lists: bool = False, keep: Iterable[str] = ()) -> Any:
        """All rows by loan as a frame, amounts with the decimals of the currency that has most of them.

        Parameters
        ----------
        kind
            ``"pandas"``, ``"polars"``, ``"polars-lazy"``, ``"arrow"`` or ``"duckdb"``; or the frame that the
            loans were read from: the result is of its kind, and of pandas has its index, each loan's
            repeated.
        lists
            A row a loan, each column a list of its rows' values (pyarrow, extra ``arrow``).
        keep
            Columns of the frame that was read, an id perhaps, which the result has too.

        Raises
        ------
        InputError
            ``kind`` is none of these, or a frame of other rows than were read.
        ImportError
            The library isn't installed; the message names the extra.

        Examples
        --------
        >>> import pandas
        >>> given = {"original_term": 2, "elapsed": 0, "unpaid": 2, "next_due": "2026-01-31"}
        >>> frame = pandas.DataFrame({"principal": ["100.00", "-1"]}, index=["A", "B"])
        >>> from repayplan import Loans, equal_principal
        >>> loans = Loans.from_frame(frame, annual_rate="0.12", **given)
        >>> rows = schedule(loans, equal_principal(2)).value.to_frame(frame)
        >>> rows[["row", "period", "payment"]]
           row  period payment
        A    0       1   51.00
        A    0       2   50.50
        """
        from repayplan.edges.frames import Origin, frame_of, nested, places_of, typed

        columns, offsets = self.by_loan()
        table = typed(columns, places_of(self.decimals, columns["loan"]))
        if not lists:
            return frame_of(table, kind, Origin(columns["row"], len(self._loans), keep))
        heads = {"loan": np.arange(len(self)), "row": self.row}
        return frame_of(nested(heads, table, offsets), kind, Origin(self.row, len(self._loans), keep))

    def __repr__(self) -> str:
        return f"Schedules({len(self)} loans, {int(self.instalments.sum())} rows)"


@overload
def schedule(
    loans: Loan, plan: Plan, *, template: None = None, workers: int = 1, progress: Progress | None = None
) -> Schedule: ...
@overload
def schedule(
    loans: Loans,
    plan: Plan | Sequence[Plan],
    *,
    template: Any = None,
    workers: int = 1,
    progress: Progress | None = None,
) -> Outcome[Schedules]: ...
def schedule(
    loans: Loan | Loans,
    plan: Plan | Sequence[Plan],
    *,
    template: Any = None,
    workers: int = 1,
    progress: Progress | None = None,
) -> Schedule | Outcome[Schedules]:
    """The schedule of a loan, or of every loan of a batch, under a plan.

    Parameters
    ----------
    loans
        One loan, or a batch; both run the same code.
    plan
        The plan, or several templates of which ``template`` chooses.
    template
        Index of each loan's plan.
    workers
        Threads; the result doesn't depend on it.
    progress
        Called with loans done and loans in all.

    Returns
    -------
    :class:`Schedule` for one loan; for a batch an Outcome of :class:`Schedules`.

    Raises
    ------
    InputError
        One loan's plan can't be kept (its instalment is below the interest, say), or the plan itself
        can't repay. In a batch a loan's fault is an entry of the failures instead.

    Examples
    --------
    >>> loan = Loan(
    ...     principal="1200.00",
    ...     annual_rate="0.12",
    ...     original_term=12,
    ...     elapsed=9,
    ...     unpaid=3,
    ...     next_due="2026-01-31",
    ... )
    >>> from repayplan.plans.annuity import equal_instalment
    >>> schedule(loan, equal_instalment(3))
    period    due date   opening  interest  principal   fee  payment  closing
         1  2026-01-31  1,200.00     12.00     396.03  0.00   408.03   803.97
         2  2026-02-28    803.97      8.04     399.99  0.00   408.03   403.98
         3  2026-03-31    403.98      4.04     403.98  0.00   408.02     0.00
    3 rows; paid 1,224.08 of which interest 24.08
    """
    if isinstance(loans, Loan):
        if not isinstance(plan, Plan):
            msg = "one loan takes one plan"
            raise TypeError(msg)
        return schedule(loans.batch, plan).single().one(0)
    fine, plans, index, screen = asked(loans, plan, template)
    schedules, failures = build(fine, plans, index, screen, workers=workers, progress=progress)
    return Outcome(schedules, schedules.row, failures)


def asked(
    loans: Loans, plan: Plan | Sequence[Plan], template: Any
) -> tuple[Loans, tuple[Plan, ...], Ints, Screen]:
    """The loans at their finest unit, the plans, which of them each loan has, and which loans are sound."""
    plans = (plan,) if isinstance(plan, Plan) else tuple(plan)
    for each in plans:
        each.check()
    fine = finest(loans)
    screen = Screen(len(fine))
    screen.adopt(fine.failures)
    if template is None and len(plans) != 1:
        msg = f"{len(plans)} plans: `template` says which of them each loan has"
        raise TypeError(msg)
    index = np.zeros(len(fine), np.int64)
    if template is not None:
        index = screen.count("template", template, 0, len(plans) - 1)
    owed = fine.owed
    screen.fault(owed == 0, Code.NOTHING_OWED, "principal", "0")
    return fine, plans, index, screen


def build(
    loans: Loans,
    plans: Sequence[Plan],
    template: Ints,
    screen: Screen,
    *,
    workers: int = 1,
    progress: Progress | None = None,
) -> tuple[Schedules, Failures]:
    """Schedules of the rows that ``screen`` still holds good, and all failures.

    Parameters
    ----------
    loans
        At their finest unit (:func:`~repayplan.plans.layout.finest`).
    plans, template
        The templates, and which of them each loan has.
    """
    done = run_blocks(
        lambda piece: write(loans, piece),
        lay_out(loans, plans, template, screen),
        lambda piece: len(piece.rows),
        workers=workers,
        progress=progress,
    )
    stored = [part for parts, _ in done for part in parts]
    failures = screen.failures().and_then(*(failed for _, failed in done))
    row = (screen.good & ~failures.mask(len(loans))).nonzero()[0]
    return Schedules(loans, stored, row), failures
