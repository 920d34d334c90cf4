"""Where an account stands on a day: what is owed, how late, what payments went to, what pays it off."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from repayplan.accounts.account import Accounts
from repayplan.accounts.component import COMPONENTS, Component
from repayplan.accounts.event import EVENT_KINDS, KIND_INDEX, Events
from repayplan.accounts.halts import Halt, halts_of
from repayplan.accounts.history import History
from repayplan.accounts.keeping import Reached, keeping
from repayplan.accounts.terms import AccountTerms
from repayplan.basics.dates import Days
from repayplan.basics.errors import Code, Reason
from repayplan.basics.money import to_decimal
from repayplan.basics.outcome import Bools, Ints
from repayplan.kernel.allocate import PARTS, Part, Stretch, stretch, sums, totals, totals_by_part
from repayplan.kernel.books import Books
from repayplan.kernel.law import FOREVER, Law
from repayplan.kernel.payoff import coming_by, owed_by

_NEVER = np.datetime64("NaT", "D")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Columns:
    """What a batch's accounts are, one value each; int64 minor units unless said otherwise.

    Attributes
    ----------
    owed
        (accounts, PARTS); fallen due, and not paid or given up.
    asked, paid, waived
        (accounts, PARTS); fallen due so far, and what of everything was paid or given up.
    accrued_interest
        Of the running period, to the day, and what was put aside before.
    not_due
        Principal that hasn't fallen due, without interest that is to join it later.
    held
        Paid, and kept until something falls due.
    payoff
        What pays the account off on the day.
    days_past_due
        Days since the oldest instalment of the plan fell due of which something is missing; a fee or cost
        charged beside isn't one.
    instalments_overdue
        How many of them there are; what was called in before it was due by the plan counts as one.
    next_amount
        What remains to be paid of the next row that falls due, less what is held; 0 where that covers it.
    next_payment
        What remains to be paid of the first row to fall due that what is held doesn't cover.
    instalments_left
        How many of the plan's aren't paid, fallen due or not.
    instalment
        The plan's largest, without fees, but for its last.
    paid_in_time
        How many instalments since the plan was signed or changed were paid in full within the days of grace,
        without one between them that wasn't: the last ones. One of which no more than the tolerance was
        missing by then is one of them.
    longest_in_time
        The most of these that ever were, one after the other, even if a later one wasn't.
    all_in_time, all_late
        How many instalments since the plan was signed or changed were paid within the days of grace, and how
        many weren't, though these are over.
    paid_later
        By how many days in all the last three instalments that were paid came later than the three before.
    broken_by_missed, part_paid
        bool; see :class:`~repayplan.accounts.tracking.Tracks`.
    missing, missing_today
        What is missing of overdue instalments, without charges for being late, and of those that fall due on
        the day itself.
    rate
        The contract's annual rate, multiples of 1e-10.
    frequency
        How often the plan falls due, index into :data:`~repayplan.basics.dates.FREQUENCIES`; -1 where the
        contract's terms aren't known.
    restructures
        How often the plan was changed.
    written_off
        (accounts, PARTS); what was owed when it was; of what is paid since, ``owed`` is less.
    matures, restructured_on, broken_on
        datetime64[D]; the plan's last due date, and when it was last changed or broken (NaT where it wasn't).
    next_due, next_payment_due, oldest_due, called, closed, repaid_early
        datetime64[D]; NaT where there is none. ``next_payment_due``: when ``next_payment`` falls due;
        ``called``: when the whole balance fell due; ``closed``: when it was settled, written off or repaid
        early; ``repaid_early``: when an early repayment ended it that wasn't closed before.
    """

    owed: Ints
    asked: Ints
    paid: Ints
    waived: Ints
    accrued_interest: Ints
    not_due: Ints
    held: Ints
    payoff: Ints
    days_past_due: Ints
    instalments_overdue: Ints
    next_amount: Ints
    next_payment: Ints
    instalments_left: Ints
    instalment: Ints
    paid_in_time: Ints
    longest_in_time: Ints
    all_in_time: Ints
    all_late: Ints
    paid_later: Ints
    broken_by_missed: Bools
    part_paid: Bools
    missing: Ints
    missing_today: Ints
    rate: Ints
    frequency: Ints
    restructures: Ints
    written_off: Ints
    matures: Days
    restructured_on: Days
    broken_on: Days
    next_due: Days
    next_payment_due: Days
    oldest_due: Days
    called: Days
    closed: Days
    repaid_early: Days

    @classmethod
    def of(
        cls,
        books: Books,
        end: Ints,
        law: Law,
        terms: AccountTerms,
        *,
        rate: Ints,
        frequency: Ints,
        tolerance: Ints,
        reached: Reached | None = None,
    ) -> Columns:
        """Of one block.

        ``rate`` and ``frequency``: the contract's of each account by now; ``tolerance``: what may be missing
        of an instalment; ``reached``: as of :func:`~repayplan.accounts.keeping.keeping`.
        """
        demands, heads = books.demands, books.begin
        waived = totals_by_part(books.waived, heads)
        paid = totals_by_part(demands.charged, heads) - totals_by_part(demands.left, heads) - waived
        first, last = books.first, books.end
        some = np.flatnonzero(first < last)
        open_ones = _open(books, stretch(first[some], last[some]), some, end, law)
        size = len(first)
        found = {name: np.zeros((size, *column.shape[1:]), np.int64) for name, column in open_ones.items()}
        for name in ("next_due", "next_payment_due", "oldest_due"):
            found[name][:] = FOREVER
        for name, column in open_ones.items():
            found[name][some] = column
        held, kept = books.held, keeping(books, end, terms, tolerance, reached)
        owed, oldest = found["owed"], found["oldest_due"]
        return cls(
            owed=owed,
            asked=owed + paid + waived,
            paid=paid,
            waived=waived,
            accrued_interest=found["accrued_interest"],
            not_due=found["not_due"],
            held=held,
            payoff=np.maximum(found["payoff"] - held, 0),
            days_past_due=np.where(oldest < FOREVER, end - oldest, 0),
            instalments_overdue=found["instalments_overdue"],
            next_amount=found["next_amount"],
            next_due=_days(found["next_due"]),
            next_payment=found["next_payment"],
            next_payment_due=_days(found["next_payment_due"]),
            oldest_due=_days(oldest),
            called=_days(books.called),
            instalments_left=found["instalments_left"],
            instalment=books.instalment,
            paid_in_time=kept.paid_in_time,
            longest_in_time=kept.longest_in_time,
            all_in_time=kept.all_in_time,
            all_late=kept.all_late,
            paid_later=kept.paid_later,
            broken_on=_days(kept.broken_on),
            broken_by_missed=kept.by_missed,
            missing=found["missing"],
            missing_today=found["missing_today"],
            part_paid=found["part_paid"] > 0,
            rate=rate,
            frequency=frequency,
            restructures=books.renewed,
            matures=_days(books.matures),
            restructured_on=_days(np.where(books.renewed > 0, books.renewed_on, FOREVER)),
            closed=_days(books.closed),
            repaid_early=_days(books.repaid),
            written_off=books.written_off,
        )

    @classmethod
    def _none(cls) -> Columns:
        """Of no account."""
        found: dict[str, Any] = {each.name: np.zeros(0, _DTYPES[str(each.type)]) for each in fields(cls)}
        return cls(**found | dict.fromkeys(_BY_PART, np.zeros((0, PARTS), np.int64)))

    @classmethod
    def joined(cls, blocks: Sequence[Columns], good: Bools) -> Columns:
        """Of all blocks together, those that are good; there may be none."""
        blocks = [cls._none(), *blocks]
        whole = {name: np.concatenate([getattr(each, name) for each in blocks]) for name in cls.__slots__}
        return cls(**{name: column[good] for name, column in whole.items()})


_BY_PART = ("owed", "asked", "paid", "waived", "written_off")
_DTYPES = {"Ints": "int64", "Bools": "bool", "Days": "datetime64[D]"}


def _open(books: Books, at: Stretch, loans: Ints, end: Ints, law: Law) -> dict[str, Ints]:
    """Figures of accounts that have rows which aren't done with."""
    demands, rows, heads = books.demands, at.rows, at.heads
    when = end[loans][at.of]
    due, plain = demands.due[rows], books.plain[rows]
    owed = owed_by(books, law, rows, when)
    fallen = due <= when
    missing = sums(owed, demands.plain)
    late = fallen & plain & (missing > 0) & (due < when)
    overdue = np.flatnonzero(late)
    begun = missing[overdue] < demands.asked(rows[overdue])
    early = books.early[rows[overdue]]
    called_in = np.bincount(at.of[overdue[early]], minlength=len(heads)) > 0  # as one
    coming, owed_of = coming_by(books, at, owed, when), totals_by_part(owed * fallen[:, None], heads)
    ahead = np.where(fallen, 0, np.maximum(missing, 0))
    there, following = _first(ahead > 0, heads)
    # What is held pays what is to come in its order; so much is left of all rows up to each.
    held = books.held[loans]
    asked = np.cumsum(ahead)
    uncovered = asked - (asked[heads] - ahead[heads] + held)[at.of]
    pays, payable = _first((ahead > 0) & (uncovered > 0), heads)
    return {
        "owed": owed_of,
        "oldest_due": np.minimum.reduceat(np.where(late, due, FOREVER), heads),
        "missing": totals(np.where(late, missing, 0), heads),
        "missing_today": totals(np.where(plain & (due == when), missing, 0), heads),
        "part_paid": np.bincount(at.of[overdue[begun]], minlength=len(heads)),
        "instalments_left": np.bincount(at.of[plain & (missing > 0)], minlength=len(heads)),
        "instalments_overdue": np.bincount(at.of[overdue[~early]], minlength=len(heads)) + called_in,
        "accrued_interest": np.maximum(coming.interest, 0),
        # Interest that was paid before it has accrued is principal that is paid.
        "not_due": np.maximum(coming.principal + np.minimum(coming.interest, 0), 0),
        "payoff": sums(owed_of) + coming.total,
        "next_amount": np.where(there, np.maximum(missing[following] - held, 0), 0),
        "next_due": np.where(there, due[following], FOREVER),
        "next_payment": np.where(pays, uncovered[payable], 0),
        "next_payment_due": np.where(pays, due[payable], FOREVER),
    }


def _first(some: Bools, heads: Ints) -> tuple[Bools, Ints]:
    """Whether each account has one of some rows, and the place of its first (0 where it hasn't)."""
    place = np.minimum.reduceat(np.where(some, np.arange(len(some)), len(some)), heads)
    there = place < len(some)
    return there, np.where(there, place, 0)


def _days(numbers: Ints) -> Days:
    days = np.where(numbers < FOREVER, numbers, 0).view("datetime64[D]")
    return np.where(numbers < FOREVER, days, _NEVER)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LateInstalments:
    """Instalments of the plan that fell due before the day and of which something is missing.

    Attributes
    ----------
    account
        int64, rising; each one's account, counted among those of the statements.
    due
        datetime64[D]; when it fell due.
    amount, principal
        int64 minor units; what is missing of it, without charges for being late, and what of that is
        principal.
    """

    account: Ints
    due: Days
    amount: Ints
    principal: Ints

    @classmethod
    def of(cls, books: Books, end: Ints) -> LateInstalments:
        """Of one block."""
        first, reach = books.first, books.reach
        some = np.flatnonzero(first < reach)
        at = stretch(first[some], reach[some])
        account, due, missing = some[at.of], books.demands.due[at.rows], books.demands.missing(at.rows)
        late = books.plain[at.rows] & (due < end[account]) & (missing > 0)
        principal = books.demands.left[at.rows[late], Part.PRINCIPAL]
        return cls(account=account[late], due=_days(due[late]), amount=missing[late], principal=principal)

    @classmethod
    def joined(cls, blocks: Sequence[LateInstalments], sizes: Sequence[int], good: Bools) -> LateInstalments:
        """Of all blocks together, each of so many accounts; those of accounts that are good."""
        before = np.cumsum([0, *sizes])[:-1].tolist()
        account = _together([each.account + low for each, low in zip(blocks, before, strict=True)], np.int64)
        due = _together([each.due for each in blocks], "datetime64[D]")
        amount = _together([each.amount for each in blocks], np.int64)
        principal = _together([each.principal for each in blocks], np.int64)
        keep, place = good[account], np.cumsum(good) - 1
        return cls(
            account=place[account[keep]], due=due[keep], amount=amount[keep], principal=principal[keep]
        )


def _together(columns: Sequence[npt.NDArray[Any]], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    return np.concatenate([np.zeros(0, dtype), *columns])


class Lines(NamedTuple):
    """Rows of one account, and what events went to row by row.

    Attributes
    ----------
    books
        The account as it was replayed.
    total
        int64 (rows, PARTS); asked for, charges rounded.
    event, row, paid
        Of each line: the event's place (-1: money that was kept), the row, and int64 (lines, PARTS).
    """

    books: Books
    total: Ints
    event: Ints
    row: Ints
    paid: Ints

    @classmethod
    def of(cls, books: Books, event: Ints, law: Law) -> Lines:
        """The lines of a block."""
        kept = books.lines or []
        none = np.zeros(0, np.int64)
        which = np.concatenate([none, *(line[0] for line in kept)])
        row = np.concatenate([none, *(line[1] for line in kept)])
        paid = np.concatenate([np.zeros((0, PARTS), np.int64), *(line[2] for line in kept)])
        demands = books.demands
        every = np.arange(len(demands.due))
        total = demands.owed(law, every) + demands.charged - demands.left
        where = np.append(event, -1)[which]
        return cls(books, total, where, row, paid)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRow:
    """One instalment, or a fee or cost charged beside, for a person.

    ``asked = paid + waived + owed``, by component and together.

    Attributes
    ----------
    due_date
        When it fell or falls due; of an account that was called in, that day.
    plain
        An instalment of the plan.
    fallen_due
        Whether that day has come.
    asked, paid, waived, owed
        By component; charges for being late only after the days of grace.
    rolled
        What of it fell due with the next row instead.
    paid_on
        The day from which nothing of it is missing, but for charges for being late; None: something is.
    """

    due_date: date
    plain: bool
    fallen_due: bool
    asked: Mapping[Component, Decimal]
    paid: Mapping[Component, Decimal]
    waived: Mapping[Component, Decimal]
    owed: Mapping[Component, Decimal]
    rolled: Decimal
    paid_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """What one event's money went to.

    All of an account's allocations of payments add up to what its rows say was paid, and with what is held to
    what came in.

    Attributes
    ----------
    reference, kind, value_date
        The event's; ``""`` of money that was kept and paid something later. Where a plan ends or is replaced
        before its time, interest that was paid in advance and hasn't accrued goes to principal, or is kept
        again: those amounts are in this one too, below 0 where money came back.
    amount
        Its amount; of ``""`` what it paid, less what came back.
    to
        By component.
    lines
        The same by row: the row's place, and its amounts.
    """

    reference: str
    kind: str
    value_date: date | None
    amount: Decimal
    to: Mapping[Component, Decimal]
    lines: tuple[tuple[int, Mapping[Component, Decimal]], ...]


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
        As of :class:`~repayplan.accounts.statement.Columns`.
    next_due, next_amount
        What falls due next, and what remains to be paid of it beside what is held; None and 0 where nothing
        does.
    next_payment_due, next_payment
        What the borrower next has to pay: the first of what is to come that what is held doesn't cover; None
        and 0 where it covers all.
    oldest_due
        When the oldest overdue instalment fell due.
    instalments_left, paid_in_time, restructures
        As of :class:`~repayplan.accounts.statement.Columns`.
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
        rows=tuple(_rows(lines, int(day_of(of.as_of[i])), parts, money)),
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


def _rows(lines: Lines, end: int, parts: Any, money: Any) -> list[StatementRow]:
    demands, waived = lines.books.demands, lines.books.waived
    cleared = demands.charged - demands.left
    asked = lines.total.copy()
    soft = demands.firm > end
    asked[soft, Part.PENALTY] = asked[soft, Part.COMPOUND] = 0
    due = demands.due.view("datetime64[D]").tolist()
    paid_on = _days(lines.books.paid_on).tolist()
    return [
        StatementRow(
            due_date=due[k],
            plain=bool(lines.books.plain[k]),
            fallen_due=bool(demands.due[k] <= end),
            asked=parts(asked[k]),
            paid=parts(cleared[k] - waived[k]),
            waived=parts(waived[k]),
            owed=parts(asked[k] - cleared[k]),
            rolled=money(lines.books.rolled[k]),
            paid_on=paid_on[k],
        )
        for k in range(len(due))
    ]


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
