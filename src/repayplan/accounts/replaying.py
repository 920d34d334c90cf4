"""Accounts replayed to any date: what was true of a day, and what was known on one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple, overload

import numpy as np
import numpy.typing as npt

from repayplan.ability.figures import share_of, units_of
from repayplan.accounts.account import Account, Accounts
from repayplan.accounts.component import COMPONENTS
from repayplan.accounts.event import KIND_INDEX, WITH_AMOUNT, Event, Events
from repayplan.accounts.numbers import Rates, all_in_rates, late_fees, orders, parts_of, without_rate
from repayplan.accounts.register import holding
from repayplan.accounts.statement import Columns, Lines, Statement, Statements
from repayplan.accounts.timeline import Block, Sheet, day_number, grace_is_looked_at, sheet, ticks
from repayplan.basics.blocks import Progress, run_blocks
from repayplan.basics.columns import RATE_DECIMALS, Screen, beside, money_of
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Bools, Failures, Ints, Outcome
from repayplan.kernel.accrue import divide_product
from repayplan.kernel.allocate import PARTS, Part
from repayplan.kernel.demands import FOREVER, Demands, Law
from repayplan.kernel.replay import Books, Rules, Tick
from repayplan.kernel.replay import replay as run

BLOCK = 1 << 12
"""Accounts replayed at once: few enough that what they read stays near the processor."""


@overload
def replay(accounts: Account, events: Sequence[Event], *, as_of: Any, known_on: Any = None) -> Statement: ...
@overload
def replay(
    accounts: Accounts,
    events: Events,
    *,
    as_of: Any,
    known_on: Any = None,
    workers: int = 1,
    progress: Progress | None = None,
) -> Outcome[Statements]: ...
def replay(
    accounts: Account | Accounts,
    events: Sequence[Event] | Events,
    *,
    as_of: Any,
    known_on: Any = None,
    workers: int = 1,
    progress: Progress | None = None,
) -> Statement | Outcome[Statements]:
    """What accounts are on a day, from their signed plans and everything that happened since.

    Everything is reckoned anew from the plan, by value date: a payment that comes in late but counts from an
    earlier day, or one that is reversed, leaves the account as if that had always been known. What happens on
    one day comes in this order: settlements of the day before, changes of rates, freezes, what falls due
    (fees and costs too), the end of days of grace, waivers, payments, acceleration; several of a kind by the
    day they were booked, then by reference. The order in which events are given doesn't matter.

    Parameters
    ----------
    accounts
        One, or a batch.
    events
        Of one account :class:`Event` s; of a batch :class:`Events`.
    as_of
        The day: events up to it count, and every day before it is charged. One for all, or a column.
    known_on
        Only events booked up to this day are looked at: what was known then. None: all.
    workers
        Threads.
    progress
        Told of accounts done.

    Returns
    -------
    :class:`Statement`; of a batch an Outcome of :class:`Statements`. An account has a code, and no numbers,
    where its plan or one of its events can't be: an event of another account, a reference that is there
    twice, an amount that isn't above 0, more waived than is owed, a value date before the plan's start.

    Raises
    ------
    InputError
        An event of no account; for one account, its faults too.

    Examples
    --------
    12,000.00 at 12 % in twelve instalments; the second is paid ten days late, at half as much interest again:

    >>> import repayplan as rp
    >>> loan = rp.Loan(
    ...     principal="12000.00",
    ...     annual_rate="0.12",
    ...     original_term=12,
    ...     elapsed=0,
    ...     unpaid=12,
    ...     next_due="2026-01-31",
    ... )
    >>> rule = rp.OverdueRule(
    ...     penalty=rp.OverdueLedger(on=("principal",), rate=rp.OverdueRate(multiplier="1.5")),
    ...     day_count="ACT/360",
    ...     first_day="due_date",
    ...     rounded="end",
    ...     mode="half_up",
    ... )
    >>> terms = rp.AccountTerms(overdue=rule, allocation=rp.AllocationRule.example("civil-code-561"))
    >>> account = rp.Account.of(loan, rp.schedule(loan, rp.equal_instalment(12)), terms)
    >>> paid = [
    ...     rp.Event(kind="payment", value_date="2026-01-31", amount="1066.19", reference="1"),
    ...     rp.Event(kind="payment", value_date="2026-03-10", amount="1066.19", reference="2"),
    ... ]
    >>> now = rp.replay(account, paid, as_of="2026-03-20")
    >>> now.owed["penalty"], now.owed["principal"], now.days_past_due
    (Decimal('0.02'), Decimal('4.78'), 20)
    """
    if isinstance(accounts, Account):
        batch = events if isinstance(events, Events) else Events.of(events)
        outcome = _replay(accounts.accounts, batch, as_of, known_on, 1, None, detail=True)
        return outcome.single().one(0)
    if not isinstance(events, Events):
        raise InputError(Code.UNKNOWN_VALUE, "events", type(events).__name__, "Events, for a batch")
    return _replay(accounts, events, as_of, known_on, workers, progress, detail=False)


def _replay(
    accounts: Accounts,
    events: Events,
    as_of: Any,
    known_on: Any,
    workers: int,
    progress: Progress | None,
    *,
    detail: bool,
) -> Outcome[Statements]:
    size = len(accounts)
    screen = Screen(size)
    screen.adopt(accounts.failures)
    of = events.account
    if ((of < 0) | (of >= size)).any():
        wrong = int(of[(of < 0) | (of >= size)][0])
        raise InputError(Code.OUT_OF_RANGE, "account", wrong, f"0 to {size - 1}")
    end = screen.date("as_of", as_of)
    screen.fault(end < accounts.start, Code.DATES_OUT_OF_ORDER, "as_of", end, beside(">=", accounts.start))
    known = np.ones(len(events), np.bool_)
    if known_on is not None:
        known = events.booked <= screen.date("known_on", known_on)[of]
    amount, order = _screened(accounts, events, end, known, screen)
    without_rate(accounts, end, screen)
    rows = np.flatnonzero(screen.good)
    order = order[screen.good[of[order]]]
    inner, happened = accounts, events
    if len(rows) < size:
        place = np.cumsum(screen.good) - 1
        inner, happened = accounts.take(rows), replace(events, account=place[of])
    state = _State(inner, happened, amount, day_number(end[rows]), detail=detail)
    found = run_blocks(
        state.block,
        list(_blocks(order, happened.account, len(rows))),
        lambda job: job[1] - job[0],
        workers=workers,
        progress=progress,
    )
    _refuse_over_waived(accounts, events, found, amount, screen)
    row = np.flatnonzero(screen.good)
    columns = Columns.joined([each.columns for each in found], screen.good[rows])
    paid = np.zeros((len(events), PARTS), np.int64)
    kept = np.zeros(len(events), np.int64)
    for each in found:
        paid[each.event], kept[each.event] = each.paid, each.kept
    lines = found[0].lines if detail and found else None

    def alone(i: int) -> Statement:
        """One account by itself, with its rows."""
        at = int(row[i])
        mine = np.flatnonzero(of == at)
        mine = mine[known[mine]]
        apart = accounts.take(row[i : i + 1]), events.take(mine, amount), end[at], None, 1, None
        return _replay(*apart, detail=True).single().one(0)

    made = Statements(accounts, events, row, end[row], columns, paid, kept, amount, lines, alone)
    return Outcome(made, row, screen.failures())


def _screened(
    accounts: Accounts, events: Events, end: npt.NDArray[Any], known: Bools, screen: Screen
) -> tuple[Ints, Ints]:
    """Amounts of events in minor units, and the places of those that hold, by account and in order."""
    many, of = len(events), events.account
    lines = Screen(many)
    lines.adopt(events.failures)
    amount = lines.money("amount", events.amount, accounts.decimals[of], default=0)
    needed = np.isin(events.kind, [KIND_INDEX[name] for name in WITH_AMOUNT])
    lines.fault(needed & (amount == 0), Code.OUT_OF_RANGE, "amount", "0", "> 0")
    early = events.value_date < accounts.start[of]
    early &= events.kind != KIND_INDEX["reversal"]
    lines.fault(
        early, Code.DATES_OUT_OF_ORDER, "value_date", events.value_date, beside(">=", accounts.start[of])
    )
    holds = holding(events, known, lines)
    screen.adopt(_by_account(lines, of))
    place = np.flatnonzero(holds & (events.value_date <= end[of]))
    when, booked = day_number(events.value_date[place]), day_number(events.booked[place])
    order = np.argsort((of[place] << 24) + when - when.min(initial=0), kind="stable")
    place, when, booked = place[order], when[order], booked[order]
    ties = (np.diff(of[place]) == 0) & (np.diff(when) == 0)
    if ties.any():
        keys = (events.reference[place], booked, events.kind[place], when, of[place])
        place = place[np.lexsort(keys)]
    return amount, place


def _blocks(order: Ints, of: Ints, size: int) -> Iterator[tuple[int, int, Ints]]:
    """Accounts from one row up to another, and the events of each block."""
    starts = np.arange(0, size, BLOCK)
    cuts = np.searchsorted(of[order], np.append(starts, size))
    for i, low in enumerate(starts.tolist()):
        yield low, min(low + BLOCK, size), order[cuts[i] : cuts[i + 1]]


class _Found(NamedTuple):
    columns: Columns
    event: Ints
    paid: Ints
    kept: Ints
    lines: Lines | None


class _State:
    """What all blocks share."""

    def __init__(self, accounts: Accounts, events: Events, amount: Ints, end: Ints, *, detail: bool) -> None:
        self.accounts, self.events, self.amount, self.end = accounts, events, amount, end
        self.detail = detail
        self.rule = accounts.terms.overdue
        self.rates = Rates(self.rule, accounts.rate)
        self.orders, self.own, self.late_days, self.late_order, self.advance = orders(accounts)
        self.all_in = all_in_rates(self.rule, accounts.start)

    def block(self, job: tuple[int, int, Ints]) -> _Found:
        """The accounts of one block."""
        low, high, event = job
        rows = np.arange(low, high)
        block = Block(rows, self.end[low:high], event, self.events.account[event] - low)
        table = sheet(self.accounts, block, self.events, self.amount)
        begins, firm = self._days(table)
        order, longest = ticks(self.rule, self.rates, table, firm, block, self.events)
        books = self._books(table, begins, firm, longest, len(event))
        # The kernel's accounts are in the order of their ticks; events are counted in the block.
        number = np.full(len(self.events) + 1, -1)
        number[event] = np.arange(len(event))
        about = np.isin(order.what, (Tick.WAIVE, Tick.PAY))
        order = order._replace(which=np.where(about, number[np.where(about, order.which, -1)], order.which))
        rules = self._rules(block, table, books, longest)
        books.demands.rate[:] = rules.rates(np.arange(len(rows)), table.due[table.heads[:-1]][longest])
        run(books, order, self.amount[event], rules)
        return self._found(block, table, books, longest, rules)

    def _days(self, table: Sheet) -> tuple[Ints, Ints]:
        """The first day that is charged of each row, and the one on which its days of grace are over."""
        rule = self.rule
        next_day = rule.first_day == "next_day"
        begins = table.due + next_day + (0 if rule.grace_reaches_back else rule.grace_days)
        return begins, table.due + rule.grace_days + 1 if grace_is_looked_at(rule) else begins

    def _books(self, table: Sheet, begins: Ints, firm: Ints, longest: Ints, events: int) -> Books:
        size, many = len(longest), len(table.due)
        place = np.empty(size, np.int64)
        place[longest] = np.arange(size)
        demands = Demands(
            of=place[table.of],
            due=table.due.copy(),
            begins=begins,
            firm=firm.copy(),
            charged=table.charged.copy(),
            left=table.charged.copy(),
            rest=np.zeros((many, 2), np.int64),
            settled=np.zeros((many, 2), np.int64),
            rate=np.zeros((size, 2), np.int64),
            levied=np.zeros(size, np.int64),
            late_fee=np.zeros(many, np.int64),
        )
        first = table.heads[:-1][longest]
        return Books(
            demands=demands,
            start=table.start,
            plain=table.plain,
            first=first.copy(),
            reach=first.copy(),
            end=table.heads[1:][longest],
            last=table.due[first] - 1,
            frozen=np.zeros(size, np.int64),
            held=np.zeros(size, np.int64),
            waived=np.zeros((many, PARTS), np.int64),
            rolled=np.zeros(many, np.int64),
            called=np.full(size, FOREVER),
            paid=np.zeros((events, PARTS), np.int64),
            over=np.zeros(events, np.int64),
            lines=[] if self.detail else None,
        )

    def _rules(self, block: Block, table: Sheet, books: Books, longest: Ints) -> Rules:
        mine, rule = block.accounts[longest], self.rule
        kinds = self.events.kind[block.event]
        decimals = self.accounts.decimals[mine]
        matures = table.matures[longest]

        def rates(loans: Ints, days: Ints) -> Ints:
            over = (days > matures[loans]) | (days >= books.called[loans])
            return self.rates.on(mine[loans], days, over)

        def order_of(events: Ints, late: Ints) -> Ints:
            by_days = self.late_order[np.searchsorted(self.late_days, late, side="right")]
            own = (
                np.where(events < 0, -1, self.own[kinds[events]]) if len(kinds) else np.full(len(events), -1)
            )
            return np.where(own >= 0, own, by_days)

        fee = partial(_fee, self, decimals) if rule.late_fee is not None else None
        component = self.events.component[block.event]
        places = np.array(parts_of(COMPONENTS))
        return Rules(
            law=self._law(block, table, books, longest),
            rates=rates,
            orders=self.orders,
            order_of=order_of,
            advance=self.advance[kinds],
            part=places[np.maximum(component, 0)],
            tolerance=units_of(rule.tolerance, up=False)[decimals],
            late_fee=fee,
        )

    def _law(self, block: Block, table: Sheet, books: Books, longest: Ints) -> Law:
        rule, caps = self.rule, self.rule.caps
        mine = block.accounts[longest]
        per_day = of_row = None
        if caps is not None and caps.per_day is not None:
            per_day = units_of(caps.per_day, up=False)[self.accounts.decimals[mine]]
        if caps is not None and caps.of_instalment is not None:
            of_row = share_of(table.charged.sum(axis=1), caps.of_instalment, up=False)
        return Law(
            on=tuple(parts_of(ledger.on) for _, ledger in rule.ledgers),
            daily=tuple(ledger.settled == "daily" for _, ledger in rule.ledgers),
            den=self.rates.den,
            units=self.rates.units,
            by_day=rule.rounded == "day",
            mode=rule.mode,
            per_day=per_day,
            of_row=of_row,
            room=self._room(mine, table, books, longest),
        )

    def _room(self, mine: Ints, table: Sheet, books: Books, longest: Ints) -> Any:
        """The most that being late may have cost each account when a day begins; None: there is no bound."""
        caps = self.rule.caps
        if caps is None or (caps.of_principal is None and self.all_in is None):
            return None
        lent = self.accounts.lent[mine]
        most = np.full(len(mine), FOREVER)
        if caps.of_principal is not None:
            most = share_of(lent, caps.of_principal, up=False)
        if self.all_in is None:
            return lambda loans, _: most[loans]
        rate, start = self.all_in[mine], day_number(self.accounts.start[mine])
        den = 10**RATE_DECIMALS * self.rates.count.denominator()
        interest = _Interest(table, longest, books)

        def room(loans: Ints, day: Ints) -> Ints:
            days = self.rates.units(start[loans], np.maximum(day, start[loans]))
            bound = divide_product(lent[loans], rate[loans] * days, den)[0] - interest.until(loans, day)
            return np.asarray(np.minimum(most[loans], bound), np.int64)

        return room

    def _found(self, block: Block, table: Sheet, books: Books, longest: Ints, rules: Rules) -> _Found:
        columns = Columns.of(table, books, longest, block.end, rules.law)
        lines = None
        if books.lines is not None:
            lines = Lines.of(books, table, block.event, rules.law)
        return _Found(columns, block.event, books.paid, books.over, lines)


def _fee(state: _State, decimals: Ints, loans: Ints, missing: Ints) -> Ints:
    return late_fees(state.rule, decimals[loans], missing)


class _Interest:
    """The contract's interest of the accounts of a block, as it accrues."""

    def __init__(self, table: Sheet, longest: Ints, books: Books) -> None:
        plain = np.flatnonzero(table.plain)
        self.of, self.due = table.of[plain], table.due[plain]
        self.start, self.interest = table.start[plain], table.charged[plain, Part.INTEREST]
        self.before = np.cumsum(self.interest) - self.interest
        self.longest, self.books = longest, books
        self.span = int(self.due.max(initial=0)) + 1
        self.key = self.of * self.span + self.due
        self.head = np.searchsorted(self.of, np.arange(len(longest)))

    def until(self, loans: Ints, day: Ints) -> Ints:
        """What has accrued when a day begins, the running period's part rounded up."""
        account = self.longest[loans]
        day = np.minimum(day, self.books.called[loans])
        at = np.searchsorted(self.key, account * self.span + np.minimum(day, self.span - 1), side="right")
        head = self.head[account]
        at = np.maximum(at, head)
        last = np.minimum(at, len(self.key) - 1)
        running = (at < len(self.key)) & (self.of[last] == account)
        whole = np.where(at > head, self.before[at - 1] + self.interest[at - 1] - self.before[head], 0)
        length = np.maximum(self.due[last] - self.start[last], 1)
        passed = np.clip(day - self.start[last], 0, length)
        part, rest = divide_product(self.interest[last], passed, length)
        return whole + np.where(running, part + (rest > 0), 0)


def _refuse_over_waived(
    accounts: Accounts, events: Events, found: list[_Found], amount: Ints, screen: Screen
) -> None:
    """Accounts of which more was to be waived than is owed."""
    left = np.zeros(len(events), np.int64)
    for each in found:
        left[each.event] = each.kept
    over = (events.kind == KIND_INDEX["waiver"]) & (left > 0)
    lines = Screen(len(events))
    text = money_of(amount, accounts.decimals[events.account])
    lines.fault(
        over, Code.OUT_OF_RANGE, "amount", text, money_of(amount - left, accounts.decimals[events.account])
    )
    screen.adopt(_by_account(lines, events.account))


def _by_account(lines: Screen, of: Ints) -> Failures:
    """Faults of events as those of their accounts, each with the event that it is about."""
    failures = lines.failures()
    if not len(failures):
        return failures
    where = np.char.add("event ", np.arange(len(of)).astype(np.str_))
    return failures.placed(where).moved(of)
