"""Where an account stands on a day: what is owed, how late, what payments went to, what pays it off."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

from repayplan.accounts.account import Accounts
from repayplan.accounts.component import COMPONENTS, Component
from repayplan.accounts.event import Events
from repayplan.accounts.eventkinds import EVENT_KINDS, KIND_INDEX
from repayplan.accounts.halts import Halt, halts_of
from repayplan.accounts.history import History
from repayplan.accounts.lateinstalments import LateInstalments
from repayplan.accounts.position import Columns
from repayplan.accounts.statementrows import Allocation, Lines, StatementRow, rows_of
from repayplan.basics.dates import Days
from repayplan.basics.errors import Code
from repayplan.basics.money import to_decimal
from repayplan.basics.outcome import Bools, Ints
from repayplan.basics.reason import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Where one account stands.

    Attributes
    ----------
    as_of
        The day.
    owed
        By component: fallen due and not paid.
    overdue
        All of it.
    accrued_interest, not_due, held, payoff, days_past_due, instalments_overdue
        As of :class:`~repayplan.accounts.position.Columns`.
    next_due, next_amount
        What falls due next, and what remains to be paid of it beside what is held; None and 0 where nothing
        does.
    next_payment_due, next_payment
        What the borrower next has to pay: the first of what is to come that what is held doesn't cover; None
        and 0 where it covers all.
    oldest_due
        When the oldest overdue instalment fell due.
    instalments_left, paid_in_time, restructures
        As of :class:`~repayplan.accounts.position.Columns`.
    called, closed
        When the whole balance fell due, and when it was settled, written off or repaid early; None: it
        wasn't.
    repaid_early
        When an early repayment ended the account; None: none did, or it was closed before.
    written_off
        What was owed when it was, by component.
    halts
        Freezes that have begun by the day and hold or did, with why, since when, until when and whether
        interest runs: data, and sentences in English and Chinese.
    short
        Early repayments that weren't enough to end the account, as reasons with the code ``short_of_payoff``:
        what each was called, its amount, and what it lacked.
    rows, allocations
        Row by row, and event by event.
    batch
        The same as a batch of one.
    """

    as_of: date
    owed: Mapping[Component, Decimal]
    overdue: Decimal
    accrued_interest: Decimal
    not_due: Decimal
    held: Decimal
    payoff: Decimal
    days_past_due: int
    instalments_overdue: int
    next_due: date | None
    next_amount: Decimal
    next_payment_due: date | None
    next_payment: Decimal
    oldest_due: date | None
    instalments_left: int
    paid_in_time: int
    restructures: int
    called: date | None
    closed: date | None
    repaid_early: date | None
    written_off: Mapping[Component, Decimal]
    halts: tuple[Halt, ...]
    short: tuple[Reason, ...]
    rows: tuple[StatementRow, ...]
    allocations: tuple[Allocation, ...]
    batch: Statements = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True, eq=False)
class Statements:
    """Where the accounts of a batch stand; those that could be replayed, in the caller's order.

    Attributes
    ----------
    accounts, events
        What was replayed.
    row
        int64; the row of each account.
    as_of
        datetime64[D]; the day of each.
    columns
        The figures.
    paid
        int64 (events, PARTS); what each event's money went to on its day.
    kept
        int64 (events,); what of it was kept for later.
    short
        int64 (events,); what early repayments lacked of the payoff of their day: these ended nothing and are
        payments as any others.
    late
        Instalments that are late.
    holding
        int64; the places of the events that hold, by account and in their order: known by the day that was
        asked for, and not reversed.
    history
        What the accounts were on every day; None where that wasn't asked for.
    """

    accounts: Accounts
    events: Events
    row: Ints
    as_of: Days
    columns: Columns
    paid: Ints
    kept: Ints
    short: Ints
    late: LateInstalments
    holding: Ints
    history: History | None
    _amount: Ints
    _lines: Lines | None
    _alone: Callable[[int], Statement]

    def __len__(self) -> int:
        return len(self.row)

    def to_frame(self, kind: Any = "pandas", *, keep: Iterable[str] = ()) -> Any:
        """Where the accounts stand, as a frame with a row each and every figure of :class:`Columns`.

        What is by component has a column each: ``owed_interest``, ``paid_principal``.

        Parameters
        ----------
        kind, keep
            As of :meth:`repayplan.plans.batch.Schedules.to_frame`; a frame has a row for each account.

        Raises
        ------
        InputError
            ``kind`` is no kind of frame, or a frame of other rows than there are accounts.
        ImportError
            The library isn't installed; the message names the extra.
        """
        from repayplan.edges.frames import Origin, frame_of
        from repayplan.edges.results import statement_rows

        return frame_of(statement_rows(self), kind, Origin(self.row, len(self.accounts), keep))

    def one(self, i: int) -> Statement:
        """The statement of account ``i`` of the good ones, replayed by itself for its rows."""
        return self._alone(i) if self._lines is None else _one(self, self._lines, i)


def _one(of: Statements, lines: Lines, i: int) -> Statement:
    places = int(of.accounts.decimals[of.row[i]])
    columns = of.columns

    def money(units: Any) -> Decimal:
        return to_decimal(int(units), places)

    def parts(units: Ints) -> dict[Component, Decimal]:
        return {name: money(units[k]) for k, name in enumerate(COMPONENTS)}

    def day(days: Days) -> date | None:
        found: date | None = days[i].item()
        return found

    return Statement(
        as_of=of.as_of[i].item(),
        owed=parts(columns.owed[i]),
        overdue=money(columns.owed[i].sum()),
        accrued_interest=money(columns.accrued_interest[i]),
        not_due=money(columns.not_due[i]),
        held=money(columns.held[i]),
        payoff=money(columns.payoff[i]),
        days_past_due=int(columns.days_past_due[i]),
        instalments_overdue=int(columns.instalments_overdue[i]),
        next_due=day(columns.next_due),
        next_amount=money(columns.next_amount[i]),
        next_payment_due=day(columns.next_payment_due),
        next_payment=money(columns.next_payment[i]),
        oldest_due=day(columns.oldest_due),
        instalments_left=int(columns.instalments_left[i]),
        paid_in_time=int(columns.paid_in_time[i]),
        restructures=int(columns.restructures[i]),
        called=day(columns.called),
        closed=day(columns.closed),
        repaid_early=day(columns.repaid_early),
        written_off=parts(columns.written_off[i]),
        halts=halts_of(of.events, _freezes(of, i), of.as_of[i]),
        short=tuple(_short(of, i, money)),
        rows=tuple(rows_of(lines, int(day_of(of.as_of[i])), parts, money)),
        allocations=tuple(_allocations(of, lines, parts, money)),
        batch=of,
    )


def _short(of: Statements, i: int, money: Any) -> Iterable[Reason]:
    """Early repayments of account ``i`` that weren't enough, by their day."""
    events, which = of.events, of.holding
    for at in which[(of.short[which] > 0) & (events.account[which] == of.row[i])].tolist():
        name, amount = str(events.reference[at]), money(of._amount[at])
        yield Reason(Code.SHORT_OF_PAYOFF, name, amount, money(of.short[at]))


def _freezes(of: Statements, i: int) -> Ints:
    """The places of freezes of account ``i`` that hold and have begun."""
    events, which = of.events, of.holding
    mine = (events.account[which] == of.row[i]) & (events.kind[which] == KIND_INDEX["freeze"])
    begun: Bools = events.value_date[which] <= of.as_of[i]
    return np.asarray(which[mine & begun], np.int64)


def day_of(when: Any) -> Any:
    """A date's number."""
    return np.asarray(when, "datetime64[D]").view(np.int64)


def _allocations(of: Statements, lines: Lines, parts: Any, money: Any) -> list[Allocation]:
    events, found = of.events, []
    for at in dict.fromkeys(lines.event.tolist()):
        mine = np.flatnonzero(lines.event == at)
        kept = at < 0
        to = lines.paid[mine].sum(axis=0)
        found.append(
            Allocation(
                reference="" if kept else str(events.reference[at]),
                kind="payment" if kept else EVENT_KINDS[events.kind[at]],
                value_date=None if kept else events.value_date[at].item(),
                amount=money(to.sum() if kept else of._amount[at]),
                to=parts(to),
                lines=tuple((int(lines.row[k]), parts(lines.paid[k])) for k in mine.tolist()),
            )
        )
    return found
