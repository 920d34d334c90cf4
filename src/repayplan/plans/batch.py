"""Schedules of a batch of loans, as columns for a program.

All columns are derived from one store of rows, so the class that holds it stays whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from repayplan.basics.blocks import Progress, run_blocks
from repayplan.basics.columns import Screen
from repayplan.basics.dates import Days
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Bools, Ints, Outcome, any_of
from repayplan.kernel.block import Block
from repayplan.kernel.work import Work
from repayplan.plans.loan import Loans
from repayplan.plans.loanmajor import is_plain, plain_rows
from repayplan.plans.measures import Measured
from repayplan.plans.monthly import PAID, Groups, MonthlyCash, Sums
from repayplan.plans.moves import Moved, moved
from repayplan.plans.paid import Paid
from repayplan.plans.parameters import resolve
from repayplan.plans.rows import COLUMNS, TOTALS, Columns, derive, sums
from repayplan.plans.single import Schedule
from repayplan.plans.stored import Known, Stored, last_amount

CELLS = 131_072
"""Rows whose columns are derived at once."""


def _wanted(columns: Iterable[str] | None) -> tuple[str, ...]:
    """Names of columns, each once; all of them where none are named.

    Raises
    ------
    InputError
        There is none of that name.
    """
    every = ("loan", "row", *COLUMNS)
    names = every if columns is None else (columns,) if isinstance(columns, str) else tuple(columns)
    for name in names:
        if name not in every:
            raise InputError(Code.UNKNOWN_VALUE, "columns", name, f"one of {', '.join(every)}")
    return tuple(dict.fromkeys(names))


def _put(out: Columns, grids: Columns, first: Ints) -> None:
    """Rows of loans that have as many, ``(loans, rows)``, into flat columns: from ``first`` on."""
    size, rows = next(iter(grids.values())).shape
    if (np.diff(first) == rows).all():  # one loan behind the other
        begin = int(first[0])
        for name, grid in grids.items():
            out[name][begin : begin + size * rows].reshape(size, rows)[:] = grid
        return
    # All rows of a loan are one item: its place is looked up once, not for each row.
    loan = np.dtype((np.void, 8 * rows))
    for name, grid in grids.items():
        column = out[name]
        items = np.ascontiguousarray(grid).view(loan)[:, 0]
        np.ndarray((len(column) - rows + 1,), loan, column, 0, (8,))[first] = items


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
        if len(self) == 1 and [len(part.rows) for part in self._stored] == [1]:
            return block, at
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
            part.laid.plan.on_balance and bool(self._loans.rate_index[self.row[i]] < 0),
            self._rates_of(part, np.full(term, at), t) if part.laid.plan.own_rates else None,
        )

    def _agreed_by(self, part: Stored, at: int, t: Ints) -> Days | None:
        """The dates of one loan's schedule before any is moved."""
        if not any(law.shifts for law in self._loans.due_dates):
            return None
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

    def by_period(self, *, columns: Iterable[str] | None = None, workers: int = 1) -> Columns:
        """All rows in the order in which they are kept: block by block, period by period.

        Parameters
        ----------
        columns
            The columns that are wanted, by name; no others are worked out. None: all of them.
        workers
            Threads; the result doesn't depend on it.

        Returns
        -------
        dict of flat columns; ``loan`` (0 .. len-1) and ``row`` (the caller's number) say whose row it is.

        Raises
        ------
        InputError
            There is no column of that name.
        """
        names = _wanted(columns)
        out, loans = self._room(*names), [self._number[part.rows] for part in self._stored]
        ends = np.cumsum([int(self.instalments[loan[loan >= 0]].sum()) for loan in loans]).tolist()

        def place(job: tuple[Stored, int]) -> None:
            part, begin = job
            for derived in self._derived_of(part, *dict.fromkeys(("loan", *names))):
                end = begin + len(derived["loan"])
                for name in names:
                    out[name][begin:end] = derived[name]
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
            columns = derive(self._loans, part, at, t, known, names)
            row = part.rows[at]
            columns = {"loan": number[row], "row": row, **columns}
            columns, good = {name: columns[name] for name in names}, columns["loan"] >= 0
            yield columns if good.all() else {name: column[good] for name, column in columns.items()}

    def by_loan(self, *, columns: Iterable[str] | None = None, workers: int = 1) -> tuple[Columns, Ints]:
        """All rows, each loan's together, in the caller's order.

        Parameters
        ----------
        columns
            The columns that are wanted, by name; no others are worked out. None: all of them. Of balances,
            interest, principal and payments alone, where a plan is plain, a row costs least.
        workers
            Threads; the result doesn't depend on it.

        Returns
        -------
        (columns, offsets): rows of loan ``i`` are ``offsets[i]:offsets[i + 1]`` of every column.

        Raises
        ------
        InputError
            There is no column of that name.

        Examples
        --------
        >>> from repayplan import Loans, equal_principal, schedule
        >>> given = {"original_term": 2, "elapsed": 0, "unpaid": 2, "next_due": "2026-01-31"}
        >>> loans = Loans.from_columns(principal=["100.00", "200.00"], annual_rate="0.12", **given)
        >>> columns, offsets = schedule(loans, equal_principal(2)).value.by_loan(
        ...     columns=("interest", "closing")
        ... )
        >>> columns["interest"].tolist(), columns["closing"].tolist(), offsets.tolist()
        ([100, 50, 200, 100], [5000, 0, 10000, 0], [0, 2, 4])
        """
        return self._by_loan(*_wanted(columns), workers=workers)

    def _by_loan(self, *names: str, workers: int = 1) -> tuple[Columns, Ints]:
        offsets = np.concatenate(([0], np.cumsum(self.instalments)))
        out, needed = self._room(*names), dict.fromkeys(("loan", "period", *names))

        def place(part: Stored) -> None:
            loan = self._number[part.rows]
            if is_plain(self._loans, part, names) and (loan >= 0).all():
                for some, grids in plain_rows(part, names):
                    _put(out, grids, offsets[loan[some]])
                return
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

    def to_frame(
        self, kind: Any = "pandas", *, lists: bool = False, keep: Iterable[str] = (), workers: int = 1
    ) -> Any:
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
        workers
            Threads on which rows are derived; the result doesn't depend on it.

        Raises
        ------
        InputError
            ``kind`` is none of these, or a frame of other rows than were read.
        ImportError
            The library isn't installed; the message names the extra.

        Examples
        --------
        >>> from repayplan import schedule
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

        columns, offsets = self.by_loan(workers=workers)
        table = typed(columns, places_of(self.decimals, columns["loan"]))
        if not lists:
            return frame_of(table, kind, Origin(columns["row"], len(self._loans), keep))
        heads = {"loan": np.arange(len(self)), "row": self.row}
        return frame_of(nested(heads, table, offsets), kind, Origin(self.row, len(self._loans), keep))

    def __repr__(self) -> str:
        return f"Schedules({len(self)} loans, {int(self.instalments.sum())} rows)"
