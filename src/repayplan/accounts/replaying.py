"""Accounts replayed to any date: what was true of a day, and what was known on one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from repayplan.ability.figures import one_rule
from repayplan.accounts.account import Account, Accounts
from repayplan.accounts.bookkeeping import Bookkeeping
from repayplan.accounts.byaccount import joined_lines
from repayplan.accounts.coming import ComingInstalments
from repayplan.accounts.endedplans import EndedPlans
from repayplan.accounts.event import Event, Events
from repayplan.accounts.eventkinds import KIND_INDEX, WITH_AMOUNT
from repayplan.accounts.history import History
from repayplan.accounts.lateinstalments import LateInstalments
from repayplan.accounts.numbers import without_rate
from repayplan.accounts.position import Columns
from repayplan.accounts.register import holding
from repayplan.accounts.replayed import Went
from repayplan.accounts.statement import Statement, Statements
from repayplan.accounts.timeline import day_number
from repayplan.basics.blocks import Progress, block_rows, run_blocks
from repayplan.basics.columns import Screen, beside, money_of
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Bools, Failures, Ints, Outcome, any_of, in_order

BLOCK = 1 << 13
"""Accounts replayed at once: few enough that what they read stays near the processor."""


@overload
def replay(
    accounts: Account, events: Sequence[Event], *, as_of: Any, known_on: Any = None, history: bool = False
) -> Statement: ...
@overload
def replay(
    accounts: Accounts,
    events: Events,
    *,
    as_of: Any,
    known_on: Any = None,
    history: bool = False,
    workers: int = 1,
    progress: Progress | None = None,
) -> Outcome[Statements]: ...
def replay(
    accounts: Account | Accounts,
    events: Sequence[Event] | Events,
    *,
    as_of: Any,
    known_on: Any = None,
    history: bool = False,
    workers: int = 1,
    progress: Progress | None = None,
) -> Statement | Outcome[Statements]:
    """What accounts are on a day, from their signed plans and everything that happened since.

    Everything is reckoned anew from the plan, by value date: a payment that comes in late but counts from an
    earlier day, or one that is reversed, leaves the account as if that had always been known. What happens on
    one day comes in this order: settlements of the day before, changes of rates, freezes, what falls due
    (fees and costs too), the end of days of grace, waivers, payments, what is planned anew (interest that
    stops, another rate, more that is lent, new plans), acceleration, early repayment, settlement, write-off;
    several of a kind by the day they were booked, then by reference, which is text for that: ``"10"`` comes
    before ``"9"``, whether they are given as text or as numbers. The order in which events are given doesn't
    matter.

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
    history
        Whether what accounts were on every day is kept (:attr:`Statements.history`), as
        :func:`~repayplan.credit_stage` needs it.
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
    one_rule("accounts", accounts, Account, Accounts)
    if isinstance(accounts, Account):
        batch = events if isinstance(events, Events) else Events.of(events)
        outcome = _replay(accounts.accounts, batch, as_of, known_on, 1, None, detail=True, history=history)
        return outcome.single().one(0)
    if not isinstance(events, Events):
        raise InputError(Code.UNKNOWN_VALUE, "events", type(events).__name__, "Events, for a batch")
    return _replay(accounts, events, as_of, known_on, workers, progress, detail=False, history=history)


def _replay(
    accounts: Accounts,
    events: Events,
    as_of: Any,
    known_on: Any,
    workers: int,
    progress: Progress | None,
    *,
    detail: bool,
    history: bool,
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
    without_rate(accounts, events, order, end, screen)
    rows = np.flatnonzero(screen.good)
    order = order[screen.good[of[order]]]
    inner, happened = accounts, events
    if len(rows) < size:
        place = np.cumsum(screen.good) - 1
        inner, happened = accounts.take(rows), replace(events, account=place[of])
    went = Went.of(len(events))
    state = Bookkeeping(
        inner, happened, amount, order, day_number(end[rows]), went, detail=detail, history=history
    )
    found = run_blocks(
        state.block,
        list(_blocks(happened.account[order], len(rows), workers)),
        lambda job: job[1] - job[0],
        workers=workers,
        progress=progress,
    )
    for each in found:
        screen.adopt(each.failures.moved(rows))
    _refuse_over_waived(accounts, events, went.kept, amount, screen)
    row = np.flatnonzero(screen.good)
    good = screen.good[rows]
    columns = Columns.joined([each.columns for each in found], good)
    sizes = [len(each.columns.payoff) for each in found]
    late = joined_lines(LateInstalments, [each.late for each in found], sizes, good)
    ended = joined_lines(EndedPlans, [each.ended for each in found], sizes, good)
    coming = joined_lines(ComingInstalments, [each.coming for each in found], sizes, good)
    days = None
    if history:
        days = History.joined([each.history for each in found if each.history is not None], sizes, good)
    holding = order[screen.good[of[order]]]
    lines = found[0].lines if detail and found else None

    def alone(i: int) -> Statement:
        """One account by itself, with its rows."""
        at = int(row[i])
        mine = np.flatnonzero(of == at)
        mine = mine[known[mine]]
        apart = accounts.take(row[i : i + 1]), events.take(mine, amount), end[at], None, 1, None
        return _replay(*apart, detail=True, history=history).single().one(0)

    figures = accounts, events, row, end[row], columns, *went, late, ended, coming, holding
    made = Statements(*figures, days, amount, lines, alone)
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
    early &= known & (events.kind != KIND_INDEX["reversal"])
    lines.fault(
        early, Code.DATES_OUT_OF_ORDER, "value_date", events.value_date, beside(">=", accounts.start[of])
    )
    holds = holding(events, known, lines)
    screen.adopt(_by_account(lines, of))
    place = np.flatnonzero(holds & (events.value_date <= end[of]))
    when = day_number(events.value_date[place])
    key = (of[place] << 24) + when - when.min(initial=0)
    order = in_order(key)
    place, key = place[order], key[order]
    again = key[1:] == key[:-1]
    if any_of(again):
        ties = np.flatnonzero(np.append(again, False) | np.append(False, again))
        tied = place[ties]
        keys = (events.reference[tied].astype(np.str_), events.booked[tied], events.kind[tied], key[ties])
        place[ties] = tied[np.lexsort(keys)]
    return amount, place


def _blocks(of: Ints, size: int, workers: int) -> Iterator[tuple[int, int, int, int]]:
    """Accounts from one row up to another, and their events: blocks are of one size, so that threads are."""
    rows = block_rows(size, BLOCK, workers)
    starts = np.arange(0, size, rows)
    cuts = np.searchsorted(of, np.append(starts, size)).tolist()
    for i, low in enumerate(starts.tolist()):
        yield low, min(low + rows, size), cuts[i], cuts[i + 1]


def _refuse_over_waived(accounts: Accounts, events: Events, left: Ints, amount: Ints, screen: Screen) -> None:
    """Accounts of which more was to be waived than is owed."""
    over = (events.kind == KIND_INDEX["waiver"]) & (left > 0)
    if not any_of(over):
        return
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
