"""Accounts of a block replayed: the rules and rows put together for the kernel, and what it finds."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from repayplan.ability.figures import share_of, units_of
from repayplan.accounts.account import Accounts
from repayplan.accounts.accruing import ChargedFees, ContractInterest
from repayplan.accounts.coming import ComingInstalments
from repayplan.accounts.component import COMPONENTS
from repayplan.accounts.endedplans import EndingPlans
from repayplan.accounts.event import Events
from repayplan.accounts.eventkinds import ANEW, EVENT_KINDS, KEEPS, KIND_INDEX, NEW_PLANS
from repayplan.accounts.history import History
from repayplan.accounts.keeping import Reached
from repayplan.accounts.lateinstalments import LateInstalments
from repayplan.accounts.numbers import LateFees, Rates, all_in_rates, orders, pace_of, parts_of
from repayplan.accounts.overduerule import FIXED_YEARS
from repayplan.accounts.pauses import NEVER, PausedDays, freezes
from repayplan.accounts.position import Columns
from repayplan.accounts.renewing import Renewing
from repayplan.accounts.replayed import Found, Went
from repayplan.accounts.signedrows import largest_instalment, planned_interest, rows_as_new
from repayplan.accounts.statementrows import Lines
from repayplan.accounts.timeline import Block, Sheet, day_number, grace_is_looked_at, sheet, ticks
from repayplan.basics.columns import RATE_DECIMALS, Screen
from repayplan.basics.errors import Code
from repayplan.basics.outcome import Failures, Ints, any_of
from repayplan.kernel.accrue import divide_product
from repayplan.kernel.allocate import PARTS, Part, nothing, tables, there
from repayplan.kernel.bookrules import Advance, Rules
from repayplan.kernel.books import Books
from repayplan.kernel.demands import Demands
from repayplan.kernel.law import FOREVER, LEDGERS, MOST, Law
from repayplan.kernel.onbalance import BalanceInterest
from repayplan.kernel.replay import replay
from repayplan.kernel.ticks import Tick, Ticks
from repayplan.kernel.trail import Trail

_IS_A_PLAN, _BRINGS_ROWS = (
    np.isin(np.arange(len(EVENT_KINDS)), [KIND_INDEX[name] for name in names]) for names in (NEW_PLANS, ANEW)
)
_UNEVEN = 6
"""So many days the days counted up to a date may be away from the calendar's share of a longer stretch."""


class Bookkeeping:
    """What all blocks share.

    Parameters
    ----------
    accounts, events
        Those that can be; every event's account is one of them, or isn't looked at.
    amount
        int64; of the events, minor units.
    order
        int64; the places of the events that hold, by account and in order.
    end
        int64 (accounts,); the day that each is looked at, a day number.
    went
        What events went to; each block writes down its own.
    detail, history
        Whether rows and what went to them are kept, and what accounts were on every day.
    """

    def __init__(
        self,
        accounts: Accounts,
        events: Events,
        amount: Ints,
        order: Ints,
        end: Ints,
        went: Went,
        *,
        detail: bool,
        history: bool,
    ) -> None:
        self.accounts, self.events, self.amount, self.order = accounts, events, amount, order
        self.end, self.went = end, went
        self.detail, self.history = detail, history
        self.rule = accounts.terms.overdue
        changed = np.unique(events.rate[events.rate >= 0])
        self.rates = Rates(self.rule, accounts.rate, changed)
        self.every_rate = None
        plans = (*events.plans, accounts.terms.recast)
        if accounts.row_rates is None and not any(plan.own_rates for plan in plans):
            self.every_rate = np.concatenate((np.unique(accounts.rate), changed))
        self.orders, self.own, self.late_days, self.late_order, self.advance = orders(accounts)
        fee = self.rule.late_fee
        self.late_fees = None if fee is None else LateFees(fee)
        self.all_in = all_in_rates(self.rule, accounts.contracted)

    def _reached(self, event: Ints, low: int) -> Reached | None:
        """When accounts are so many days past due, where the tracking rule has days that don't count."""
        rule = self.accounts.terms.tracking
        if rule is None or not rule.pauses:
            return None
        which, begin, stop = freezes(self.events, event, rule.pauses)
        return PausedDays(self.events.account[which] - low, begin, stop).reached

    def block(self, job: tuple[int, int, int, int]) -> Found:
        """The accounts of one block, from one row up to another, with their events among those in order."""
        low, high, first, last = job
        event = self.order[first:last]
        rows = np.arange(low, high)
        of, kind = self.events.account[event] - low, self.events.kind[event]
        block = Block(rows, self.end[low:high], event, of, kind, self.amount[event])
        table = sheet(self.accounts, block, self.events)
        order = ticks(self.rule, self.rates, table, block, self.events)
        block, order = _in_turn(block, order)
        event = block.event
        shorter = self.advance[block.kind] == Advance.SHORTER
        anew = np.flatnonzero(_BRINGS_ROWS[block.kind])
        shorter[anew] |= self.events.keeps[event[anew]] == KEEPS.index("instalment")
        renewing = Renewing(self.accounts, self.events, rows, event, shorter)
        if self.accounts.terms.rebate == "implied_rate":
            renewing.implied = np.zeros(len(rows), np.int64)
            renewing.imply(rows_as_new(table))
        books = self._books(block, table, renewing)
        ending = EndingPlans(books)
        rules = self._rules(block, books, renewing, ending)
        books.demands.rate[:] = rules.rates(np.arange(len(rows)), table.due[table.heads[:-1]])
        trail = Trail() if self.history else None
        replay(books, order, block.amount, rules, trail)
        now = {"rate": renewing.rate, "frequency": renewing.frequency, "tolerance": rules.tolerance}
        reached = self._reached(event, low)
        columns = Columns.of(books, block.end, rules.law, self.accounts.terms, **now, reached=reached)
        lines = Lines.of(books, event, rules.law) if books.lines is not None else None
        late = LateInstalments.of(books, block.end)
        history = None if trail is None else History.of(trail, np.arange(len(rows)), block.end, event)
        failures = renewing.failures().and_then(self._too_large(block, books))
        self.went.write(event, books)
        return Found(columns, late, ending.all(), self._coming(books, block, low), lines, history, failures)

    def _coming(self, books: Books, block: Block, low: int) -> ComingInstalments:
        """What is to come: all, or so many as the next reminders before a due date can be of."""
        rule = self.accounts.terms.tracking
        if self.detail:
            return ComingInstalments.of(books, block.end, None)
        if rule is None or not rule.remind_before:
            return ComingInstalments.none()
        until = block.end.copy()  # nobody is reminded before pauses are over that end; others never are
        which, begin, stop = freezes(self.events, block.event, rule.pauses)
        np.maximum.at(until, self.events.account[which] - low, np.where(stop < NEVER, stop, begin))
        return ComingInstalments.of(books, block.end, until + max(rule.remind_before))

    def _too_large(self, block: Block, books: Books) -> Failures:
        """Accounts of which amounts together leave the domain."""
        demands, size, amount = books.demands, len(block.accounts), block.amount
        asked = max(int(demands.charged[:, part].max(initial=0)) for part in demands.parts)
        most = asked * demands.charged.size + int(amount.max(initial=0)) * len(amount)
        if most < MOST and not any_of(demands.beyond):
            return Failures.none()
        asked = demands.charged.astype(np.float64).sum(axis=1)
        total = np.bincount(demands.of, asked, size)
        total += np.bincount(block.of, amount.astype(np.float64), size)
        screen = Screen(size)
        wild = demands.beyond | (total >= MOST)
        screen.fault(
            wild,
            Code.BEYOND_DOMAIN,
            "amount",
            lambda row: np.char.mod("%.4g", total[row]),
            f"{MOST} of the smallest units",
        )
        return screen.failures().moved(block.accounts)

    def _books(self, block: Block, table: Sheet, renewing: Renewing) -> Books:
        size, many, rule = len(block.accounts), len(table.due), self.rule
        events = len(block.event)
        may_be = [Part.INTEREST, Part.PRINCIPAL, *LEDGERS[: len(rule.ledgers)]]
        if rule.late_fee is not None:
            may_be.append(Part.FEES)
        begins_after = (rule.first_day == "next_day") + (0 if rule.grace_reaches_back else rule.grace_days)
        firm_after = rule.grace_days + 1 if grace_is_looked_at(rule) else begins_after
        left, waived, carried, rest, settled, joined, single = tables(many, PARTS, PARTS, PARTS, 2, 2, 2, 5)
        due, late_fee, rolled, paid_on, within_on = single.T
        due[:] = table.due
        parts = there(table.charged, *may_be)
        for part in parts:
            left[:, part] = table.charged[:, part]
        paid_on[:] = within_on[:] = FOREVER
        demands = Demands(
            of=table.of,
            due=due,
            begins_after=begins_after,
            firm_after=firm_after,
            charged=table.charged,
            left=left,
            rest=rest,
            settled=settled,
            rate=np.zeros((size, 2), np.int64),
            levied=np.zeros(size, np.int64),
            late_fee=late_fee,
            joined=joined,
            beyond=np.zeros(size, np.bool_),
            parts=parts,
        )
        first, by_digits = table.heads[:-1], self.accounts.terms.rebate == "rule_of_78"
        return Books(
            demands=demands,
            start=table.start,
            plain=table.plain,
            course=table.course,
            matures=table.matures,
            instalment=largest_instalment(table),
            by_digits=by_digits,
            planned=planned_interest(table) if by_digits else np.zeros((size, 2), np.int64),
            implied=renewing.implied,
            begin=first,
            first=first.copy(),
            reach=first.copy(),
            end=table.heads[1:],
            last=day_number(self.accounts.start[block.accounts]),
            frozen=np.zeros(size, np.int64),
            held=np.zeros(size, np.int64),
            waived=waived,
            given=np.zeros(many, np.bool_),
            gift=np.zeros(size, np.bool_),
            rolled=rolled,
            carried=carried,
            called=np.full(size, FOREVER),
            closed=np.full(size, FOREVER),
            repaid=np.full(size, FOREVER),
            written_off=nothing(size),
            renewed=np.zeros(size, np.int64),
            renewed_on=np.zeros(size, np.int64),
            replaced=np.zeros(many, np.bool_),
            early=np.zeros(many, np.bool_),
            put_off=np.zeros(many, np.bool_),
            paid_on=paid_on,
            within_on=within_on,
            paid=nothing(events),
            over=np.zeros(events, np.int64),
            short=np.zeros(events, np.int64),
            lines=[] if self.detail else None,
        )

    def _rules(self, block: Block, books: Books, renewing: Renewing, ending: EndingPlans) -> Rules:
        mine, rule = block.accounts, self.rule
        kinds, amount, new = block.kind, block.amount, np.flatnonzero(_IS_A_PLAN[block.kind])
        joins, counts = np.zeros((len(kinds), PARTS), np.bool_), np.zeros(len(kinds), np.bool_)
        gift = kinds == KIND_INDEX["goodwill"]
        part, waives = np.zeros_like(kinds), np.flatnonzero(kinds == KIND_INDEX["waiver"])
        joins[new] = self.events.joins[block.event[new]]
        counts[new] = ~self.events.correction[block.event[new]]
        decimals, fees = self.accounts.decimals[mine], self.late_fees

        def rates(loans: Ints, days: Ints) -> Ints:
            over = (days > books.matures[loans]) | (days >= books.called[loans])
            return self.rates.on(renewing.rate[loans], days, over)

        def order_of(events: Ints, late: Ints) -> Ints:
            by_days = self.late_order[np.searchsorted(self.late_days, late, side="right")]
            own = self.own[kinds[events]]
            return np.where(own >= 0, own, by_days)

        part[waives] = np.array(parts_of(COMPONENTS))[self.events.component[block.event[waives]]]
        on_balance, follows = self.accounts.terms.on_balance, None
        if on_balance is not None:
            follows = books.follower = BalanceInterest(
                books,
                pace_of(on_balance, self.every_rate),
                self._row_rates(block, books),
                parts_of(on_balance.on_overdue),
                fixed_principal=on_balance.fixed == "principal",
                when_paid=on_balance.split == "payment",
            )
        return Rules(
            law=self._law(mine, books),
            rates=rates,
            orders=self.orders,
            order_of=order_of,
            advance=self.advance[kinds],
            gift=gift if any_of(gift) else None,
            part=part,
            tolerance=units_of(rule.tolerance, up=False)[decimals],
            late_fee=None if fees is None else lambda loans, missing: fees.of(decimals[loans], missing),
            grace=grace_is_looked_at(rule),
            matures=any(in_term is not after for in_term, after in self.rates.rates),
            joins=joins,
            lends=np.where(kinds == KIND_INDEX["drawdown"], amount, 0),
            counts=counts,
            ends=ending.end,
            renew=renewing.rows,
            on_balance=follows,
            lowered=int(on_balance is not None and on_balance.lowered == "following"),
        )

    def _row_rates(self, block: Block, books: Books) -> Ints:
        """The rate of each row's period, 0 of what isn't of the plan."""
        accounts, low, high = self.accounts, int(block.accounts[0]), int(block.accounts[-1]) + 1
        begin, end = accounts.offsets[low], accounts.offsets[high]
        out = np.zeros(len(books.plain), np.int64)
        if accounts.row_rates is None:
            out[books.plain] = accounts.rate[low:high].repeat(np.diff(accounts.offsets[low : high + 1]))
        else:
            out[books.plain] = accounts.row_rates[begin:end]
        return out

    def _law(self, mine: Ints, books: Books) -> Law:
        rule, caps = self.rule, self.rule.caps
        per_day = of_row = None
        if caps is not None and caps.per_day is not None:
            per_day = units_of(caps.per_day, up=False)[self.accounts.decimals[mine]]
        if caps is not None and caps.of_instalment is not None:
            of_row = Fraction(caps.of_instalment).as_integer_ratio()
        return Law(
            on=tuple(parts_of(ledger.on) for _, ledger in rule.ledgers),
            daily=tuple(ledger.settled == "daily" for _, ledger in rule.ledgers),
            den=self.rates.den,
            units=self.rates.units,
            by_day=rule.rounded == "day",
            mode=rule.mode,
            per_day=per_day,
            of_row=of_row,
            **self._room(mine, books),
        )

    def _room(self, mine: Ints, books: Books) -> dict[str, Any]:
        """The most that being late may have cost each account when a day begins, as of a :class:`Law`."""
        caps = self.rule.caps
        if caps is None or (caps.of_principal is None and self.all_in is None):
            return {}
        lent = self.accounts.lent[mine]
        most = np.full(len(mine), FOREVER)
        if caps.of_principal is not None:
            most = share_of(lent, caps.of_principal, up=False)
        if self.all_in is None:
            return {"room": lambda loans, _: most[loans]}
        rate, start = self.all_in[mine], day_number(self.accounts.start[mine])
        den = 10**RATE_DECIMALS * self.rates.count.denominator()
        interest, fees = ContractInterest(books), ChargedFees(books)

        def room(loans: Ints, day: Ints) -> Ints:
            days = self.rates.units(start[loans], np.maximum(day, start[loans]))
            bound = divide_product(lent[loans], rate[loans] * days, den)[0]
            bound -= interest.until(loans, day) + fees.until(loans, day)
            return np.asarray(np.minimum(most[loans], bound), np.int64)

        uneven = 0 if self.rule.day_count in FIXED_YEARS else _UNEVEN

        def bend(loans: Ints, first: Ints, last: Ints) -> Ints:
            # Interest accrues by the calendar, the bound by the days counted; a fee comes on one day.
            more = interest.until(loans, last) - interest.until(loans, first)
            fallen = fees.until(loans, last) - fees.until(loans, first)
            return np.asarray(fallen - (-more * uneven // np.maximum(last - first, 1)), np.int64)

        return {"room": room, "bend": bend}


def _in_turn(block: Block, order: Ticks) -> tuple[Block, Ticks]:
    """The block's events in another order: payments as they come, so that they are met side by side."""
    pays = order.what == Tick.PAY
    first = order.which[pays]
    others = np.ones(len(block.event), np.bool_)
    others[first] = False
    places = np.concatenate((first, np.flatnonzero(others)))
    which = order.which.copy()
    which[pays] = np.arange(len(first))
    if any_of(others):
        number = np.full(len(places) + 1, -1)  # the last one is nobody's
        number[places] = np.arange(len(places))
        which[~pays] = number[which[~pays]]
    per_event = {name: getattr(block, name)[places] for name in ("event", "of", "kind", "amount")}
    return block._replace(**per_event), order._replace(which=which)
