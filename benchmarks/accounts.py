"""What replaying accounts costs, in payments a second, beside plain Python that does the same.

Accounts have 36 monthly instalments; two years of payments come in no order, on time, late, or not at all.
Simple: penalty interest on overdue principal, three components. Full: interest on interest settled every
quarter, days of grace that reach back, a tolerance, late fees, principal first from day 91, bounds.
The peers replay some of the same accounts one by one, in integers and day numbers, or in Decimal and date;
what they find is compared with what repayplan finds.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

import numpy as np

import repayplan as rp
from benchmarks import machine
from benchmarks.result import Result, Table, checks
from benchmarks.size import Size
from benchmarks.timing import Contender, interleaved

SEED, MONTHS, PAID = 11, 36, 24
END = date(2026, 1, 31)
CENT = Decimal("0.01")
SIMPLE, SIMPLE_TWO = "simple penalty, 1 thread", "simple penalty, 2 threads"
FULL, FULL_TWO = "full rules, 1 thread", "full rules, 2 threads"
INTS, OBJECTS = "plain Python, int objects", "plain Python, Decimal and date"
# Payments a second on two threads, and how many times a plain replay (one thread each).
BARS = {
    "simple penalty, million payments a second (at least)": 2.5,
    "full rules, million payments a second (at least)": 0.5,
    "simple penalty to int objects (at least)": 3.0,
    "simple penalty to Decimal and date (at least)": 8.0,
}


class Book(NamedTuple):
    """A portfolio and what happened to it."""

    accounts: rp.Accounts
    events: rp.Events
    amount: np.ndarray
    order: np.ndarray


def terms(*, full: bool) -> rp.AccountTerms:
    """The rules."""
    half = rp.OverdueRate(multiplier="1.5")
    rule = rp.OverdueRule(
        penalty=rp.OverdueLedger(on=("principal",), rate=half),
        day_count="ACT/360",
        first_day="due_date",
        rounded="end",
        mode="half_up",
    )
    order = rp.AllocationRule(
        order=("penalty", "compound", "costs", "fees", "interest", "principal"),
        by="component",
        in_advance="hold",
        source="benchmark",
    )
    if full:
        on_interest = rp.OverdueLedger(on=("interest", "compound"), rate=half, settled="quarterly")
        rule = replace(
            rule,
            compound=on_interest,
            grace_days=3,
            grace_reaches_back=True,
            tolerance="10",
            late_fee=rp.LateFee(share="0.05", maximum="25"),
            caps=rp.OverdueCaps(of_principal="1", of_instalment="1", source="benchmark"),
        )
        late = rp.LateOrder(from_days=91, order=(*order.order[-1:], *order.order[:-1]), by="component")
        order = replace(order, late=(late,))
    return rp.AccountTerms(overdue=rule, allocation=order)


def book(size: int, *, full: bool) -> Book:
    """Accounts and payments, shuffled."""
    random = np.random.default_rng(SEED)
    loans = rp.Loans.from_columns(
        principal=rp.minor(random.integers(100_000, 5_000_000, size)),
        annual_rate=np.round(random.integers(50, 240, size) / 1000, 3),
        original_term=MONTHS,
        elapsed=0,
        unpaid=MONTHS,
        next_due="2024-01-31",
    )
    accounts = rp.Accounts.of(rp.schedule(loans, rp.equal_instalment(MONTHS)).value, terms(full=full))
    rows = accounts.offsets[:-1, None] + np.arange(PAID)
    late = random.choice([0, 0, 0, 0, 3, 10, 40], (size, PAID))
    comes = random.random((size, PAID)) > 0.05
    account = np.broadcast_to(np.arange(size)[:, None], (size, PAID))[comes]
    day = (accounts.due[rows] + late)[comes]
    amount = (accounts.principal + accounts.interest)[rows][comes]
    mixed = random.permutation(len(account))
    account, day, amount = account[mixed], day[mixed], amount[mixed]
    number = np.arange(len(account))
    events = rp.Events.from_columns(
        account=account, kind="payment", value_date=day, amount=rp.minor(amount), reference=number
    )
    order = np.lexsort((number, day, account))
    return Book(accounts, events, amount, order)


def in_ints(mine: Book, size: int) -> list[list[int]]:
    """The simple rules in integers and day numbers: what is owed of penalty, interest, principal."""
    accounts, found = mine.accounts, []
    due = accounts.due.view(np.int64).tolist()
    principal, interest = accounts.principal.tolist(), accounts.interest.tolist()
    offsets, rates = accounts.offsets.tolist(), accounts.rate.tolist()
    paid = _payments(mine, size)
    end = (END - date(1970, 1, 1)).days
    for i in range(size):
        rows = range(offsets[i], offsets[i + 1])
        left = {k: [0, interest[k], principal[k]] for k in rows}
        charged = {k: [0, 0] for k in rows}  # numerators, and what of them was asked for
        rate, den = rates[i] * 3, 2 * 10**10 * 360
        last, held_money = due[offsets[i]], 0
        for day, money in [*paid[i], (end, 0)]:
            for k in rows:
                if due[k] <= day and held_money:
                    held_money = _pay(left, [k], held_money)
                if due[k] <= day and left[k][2]:
                    charged[k][0] += left[k][2] * rate * max(day - max(last, due[k]), 0)
                    now = (2 * charged[k][0] + den) // (2 * den)
                    left[k][0] += now - charged[k][1]
                    charged[k][1] = now
            last = max(last, day)
            held_money = _pay(left, [k for k in rows if due[k] <= day], held_money + money)
        fallen = [left[k] for k in rows if due[k] <= end]
        found.append([sum(each[part] for each in fallen) for part in range(3)])
    return found


def _pay(left: dict[int, list[int]], rows: list[int], money: int) -> int:
    for part in range(3):
        for k in rows:
            off = min(left[k][part], money)
            left[k][part] -= off
            money -= off
    return money


def _payments(mine: Book, size: int) -> list[list[tuple[int, int]]]:
    paid: list[list[tuple[int, int]]] = [[] for _ in range(size)]
    last = (END - date(1970, 1, 1)).days
    account, day = mine.events.account[mine.order], mine.events.value_date[mine.order].view(np.int64)
    for i, when, money in zip(account.tolist(), day.tolist(), mine.amount[mine.order].tolist(), strict=True):
        if i < size and when <= last:
            paid[i].append((when, money))
    return paid


def in_objects(mine: Book, size: int) -> list[list[Decimal]]:
    """The same in Decimal and date objects."""
    accounts, found = mine.accounts, []
    due = accounts.due.tolist()
    principal = [Decimal(each) / 100 for each in accounts.principal.tolist()]
    interest = [Decimal(each) / 100 for each in accounts.interest.tolist()]
    offsets, rates = accounts.offsets.tolist(), [Decimal(each) / 10**10 for each in accounts.rate.tolist()]
    epoch = date(1970, 1, 1)
    paid = _payments(mine, size)
    for i in range(size):
        rows = range(offsets[i], offsets[i + 1])
        left = {k: [Decimal(0), interest[k], principal[k]] for k in rows}
        charged = {k: [Decimal(0), Decimal(0)] for k in rows}
        daily = rates[i] * Decimal("1.5")
        last, money_held = due[offsets[i]], Decimal(0)
        for when, cents in [*paid[i], ((END - epoch).days, 0)]:
            day, money = epoch + timedelta(days=when), Decimal(cents) / 100
            for k in rows:
                if due[k] <= day and money_held:
                    money_held = _pay(left, [k], money_held)  # type: ignore[arg-type]
                if due[k] <= day and left[k][2]:
                    days = max((day - max(last, due[k])).days, 0)
                    charged[k][0] += left[k][2] * daily * days
                    now = (charged[k][0] / 360).quantize(CENT, ROUND_HALF_UP)
                    left[k][0] += now - charged[k][1]
                    charged[k][1] = now
            last = max(last, day)
            money_held = _pay(left, [k for k in rows if due[k] <= day], money_held + money)  # type: ignore[arg-type]
        fallen = [left[k] for k in rows if due[k] <= END]
        found.append([sum((each[part] for each in fallen), Decimal(0)) for part in range(3)])
    return found


def compare(simple: Book, size: int) -> None:
    """The peers find what repayplan finds."""
    columns = rp.replay(simple.accounts, simple.events, as_of=END).value.columns
    ours = columns.owed[:size, [2, 4, 5]].tolist()
    objects = [[int(each * 100) for each in row] for row in in_objects(simple, size)]
    if ours != in_ints(simple, size) or ours != objects:
        msg = "the peers find something else"
        raise SystemExit(msg)


def measure(size: Size) -> Result:
    """All of it in one interleaved run."""
    where = machine.here(size.load)
    simple, full = book(size.loans, full=False), book(size.loans, full=True)
    few = min(size.loans, 500)
    payments, some = len(simple.amount), int((simple.events.account < few).sum())
    compare(simple, few)

    def ours(of: Book, workers: int) -> Callable[[], object]:
        return lambda: rp.replay(of.accounts, of.events, as_of=END, workers=workers)

    run = [
        Contender(SIMPLE, ours(simple, 1), payments),
        Contender(SIMPLE_TWO, ours(simple, 2), payments),
        Contender(FULL, ours(full, 1), payments),
        Contender(FULL_TWO, ours(full, 2), payments),
        Contender(INTS, lambda: in_ints(simple, few), some, group="exact loop", note="the simple rules"),
        Contender(
            OBJECTS, lambda: in_objects(simple, few), some, group="exact loop", note="the simple rules"
        ),
    ]
    interleaved(run, size.rounds)
    each = {one.name: one.each for one in run}
    found = (
        1e3 / each[SIMPLE_TWO],
        1e3 / each[FULL_TWO],
        each[INTS] / each[SIMPLE],
        each[OBJECTS] / each[SIMPLE],
    )
    return Result(
        area="accounts",
        about="replaying payments beside plain Python that does the same",
        size=(
            f"{size.loans:,} accounts of {MONTHS} instalments, {payments:,} payments in no order "
            f"({some:,} of them for plain Python, which finds the same); {size.rounds} rounds"
        ),
        machine=where,
        tables=(
            Table(
                title="replay",
                unit="ns a payment",
                figures=tuple(one.figure() for one in run),
                yardstick=INTS,
                counted="payments",
            ),
        ),
        checks=checks(dict(zip(BARS, found, strict=True)), BARS),
    )
