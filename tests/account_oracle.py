"""A slow account: one, a loop over every day, exact fractions. It never imports repayplan.

It reads the rules' fields as they were given and shares no formula with the package. New plans are those of
the other slow reference.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from math import ceil, floor

from dateutil.relativedelta import relativedelta

from oracle import OracleFailure, after, oracle_schedule
from year_fractions import year_fraction_of

PARTS = ("costs", "fees", "penalty", "compound", "interest", "principal")
LEDGERS = ("penalty", "compound")
MONEY_IN = ("payment", "guarantor_payment", "goodwill")
NEW_PLANS = ("re_age", "re_amortise", "reschedule")
ANEW = ("rate_change", "drawdown", *NEW_PLANS)
ENDS = ("acceleration", "early_repayment", "settlement", "write_off")
SAME_DAY = ("fee", "cost", "waiver", *MONEY_IN, *ANEW, *ENDS)
"""What happens on one day, after what the calendar brings."""
DAY = timedelta(days=1)


class RefusedError(Exception):
    """The account can't be replayed."""


@cache
def year_of(name, day):
    return year_fraction_of(name, day, day + DAY)


def rounded(amount, mode):
    """A fraction of minor units, not below zero, as whole ones."""
    if not amount:
        return 0
    low = floor(amount)
    rest = amount - low
    up = {
        "up": rest > 0,
        "down": False,
        "half_up": rest >= Fraction(1, 2),
        "half_even": rest > Fraction(1, 2) or (rest == Fraction(1, 2) and low % 2 == 1),
    }[mode]
    return low + up


def in_force(index, day):
    rates = [rate for since, rate in zip(index.dates, index.rates, strict=True) if since <= day]
    if not rates:
        raise RefusedError("no rate of the index yet")
    return Fraction(rates[-1])


def rate_on(rate, contract, day):
    """Reckoned in units of 1e-11, rounded down to one."""
    if rate.index is not None:
        base = in_force(rate.index, day)
    else:
        base = Fraction(rate.rate) if rate.rate is not None else contract
    times = floor(base * Fraction(rate.multiplier) * 10**11)
    return Fraction(times, 10**11) + Fraction(rate.uplift)


def zeros():
    return dict.fromkeys(PARTS, 0)


@dataclass
class Ledger:
    """What a row was charged: what is rounded for good, exactly what is above it, and what was settled."""

    closed: int = 0
    running: Fraction = Fraction(0)
    settled: int = 0


@dataclass
class Row:
    due: date
    plain: bool
    asked_flat: dict
    planned: date
    start: date = None
    accrues: int = 0  # interest of its period; of it `ready` had accrued when the period began
    grows: int = 0  # what of it joins the principal when the row falls due
    aside: int = 0  # what of it is put aside then
    ready: int = 0
    paid: dict = field(default_factory=zeros)
    waived: dict = field(default_factory=zeros)
    ledgers: dict = field(default_factory=lambda: {name: Ledger() for name in LEDGERS})
    carried: dict = field(default_factory=zeros)
    joined: dict = field(default_factory=zeros)  # what a new plan asks for instead
    late: bool = False
    early: bool = False  # called in before it fell due
    put_off: bool = False  # its late fee waits for the end of a freeze
    in_time: bool = False
    paid_on: date = None
    late_fee: int = 0
    rolled: int = 0


@dataclass
class Plan:
    """Amounts in minor units; instalments are (due, principal, interest, fees), and where interest isn't paid
    as it accrues, what of it joins the principal and what is put aside.
    `rates`: of each, if any.

    `anchor`: what due dates are counted from. `contract`: the terms of new plans, as the slow schedules have
    them; None: there are no new plans. `stages`: of plans as events have them, those of the slow schedules.
    """

    rate: Fraction
    start: date
    instalments: list
    lent: int
    decimals: int = 2
    rates: list | None = None
    contract: dict = None
    anchor: date = None
    stages: dict = field(default_factory=dict)


def holding(events, known_on):
    """Events that are known and not reversed."""
    known = [e for e in events if known_on is None or e.booked <= known_on]
    names = [e.reference for e in known]
    if len(set(names)) < len(names):
        raise RefusedError("a reference twice")
    by_name = {e.reference: e for e in known}

    def holds(event, seen=()):
        if event.reference in seen:
            raise RefusedError("a circle of reversals")
        return not any(
            holds(each, (*seen, event.reference))
            for each in known
            if each.kind == "reversal" and each.reverses == event.reference
        )

    for each in known:
        target = by_name.get(each.reverses)
        if each.kind != "reversal":
            continue
        if target is None or target.booked > each.booked or target.value_date > each.value_date:
            raise RefusedError("a reversal of what isn't there")
    return [e for e in known if e.kind != "reversal" and holds(e)]


class Oracle:
    """One account on one day."""

    def __init__(self, plan, overdue, allocation, events, as_of, known_on=None):
        self.plan, self.rule, self.allocation, self.as_of = plan, overdue, allocation, as_of
        self.scale = 10**plan.decimals
        self.events = [e for e in holding(events, known_on) if e.value_date <= as_of]
        if any(e.value_date < plan.start for e in self.events):
            raise RefusedError("before the plan's start")
        self.called = self.closed = self.repaid = None
        self.short = {}  # reference -> what an early repayment lacked
        self.halts = 0
        self.contract_rate, self.renewed, self.written_off = plan.rate, 0, zeros()
        self.held = 0
        self.lines = []  # (reference, row, component, amount); "" of money that was held
        self.kept = {}  # reference -> what of it was held
        self.rows, since = [], plan.start
        for due, principal, interest, fees, *rest in plan.instalments:
            self.rows.append(instalment(since, due, principal, interest, fees, *rest))
            since = due
        self.level, self.anchor = level(self.in_order()), plan.anchor
        self.frequency = plan.contract and plan.contract["frequency"]
        self.last_due = since
        self.run()

    # ---- what is asked and owed

    def minor(self, amount):
        return int(Fraction(amount) * self.scale)

    def asked(self, row, part):
        if part in LEDGERS:
            return self.charged(row, part) if row.late else 0
        return row.asked_flat[part] + (row.late_fee if part == "fees" else 0)

    def charged(self, row, part):
        """Whether days of grace are over or not."""
        return row.ledgers[part].closed + rounded(row.ledgers[part].running, self.rule.mode)

    def owed(self, row, part):
        return self.asked(row, part) - row.paid[part] - row.waived[part]

    def unpaid(self, row):
        """Of what fell due itself; not what was charged for being late."""
        return sum(self.owed(row, part) for part in PARTS if part not in LEDGERS)

    def in_order(self):
        """Oldest first by the plan; of one day, instalments before what was charged beside."""
        return sorted(self.rows, key=lambda row: (row.planned, not row.plain))

    def fallen(self, day):
        return [row for row in self.in_order() if row.due <= day]

    def total(self, part, day):
        return sum(self.owed(row, part) for row in self.fallen(day))

    def days_past_due(self, day):
        missing = [row for row in self.fallen(day) if row.plain and self.unpaid(row)]
        return (day - missing[0].due).days if missing else 0

    # ---- the days

    def run(self):
        day = self.plan.start
        while True:
            self.morning(day)
            self.see_paid(day)
            for event in self.of(day):
                self.happen(event, day)
                self.see_paid(day)
            if day == self.as_of:
                return
            self.charge(day)
            day += DAY

    def see_paid(self, day):
        """Which rows nothing is missing of."""
        for row in self.rows:
            asked = any(self.asked(row, part) + row.joined[part] for part in PARTS if part not in LEDGERS)
            if self.unpaid(row) or not asked:
                row.paid_on = None
            elif row.paid_on is None:
                row.paid_on = day

    def of(self, day):
        halts = [e for e in self.events if e.kind == "freeze" and e.interest == "stops"]
        halts.sort(key=lambda e: (e.value_date, e.booked, e.reference))
        begin = [e for e in halts if e.value_date == day]
        end = [e for e in halts if e.until is not None and e.until + DAY == day]
        today = [e for e in self.events if e.value_date == day and e.kind in SAME_DAY[2:]]
        today.sort(key=lambda e: (order_of(e.kind), e.booked, e.reference))
        before = [e for e in today if e.kind in ("waiver", *MONEY_IN)]
        return [*before, *begin, *end, *today[len(before) :]]

    def morning(self, day):
        before = day - DAY
        for name, ledger in self.rule.ledgers:
            if settles(ledger, before):
                for row in self.rows:
                    row.ledgers[name].settled = self.charged(row, name) - row.paid[name] - row.waived[name]
        if self.rule.rounded == "month" and day.day == 1:
            for row in self.rows:
                for ledger in row.ledgers.values():
                    ledger.closed += rounded(ledger.running, self.rule.mode)
                    ledger.running = Fraction(0)
        charged = [e for e in self.events if e.value_date == day and e.kind in ("fee", "cost")]
        for e in sorted(charged, key=lambda e: (order_of(e.kind), e.booked, e.reference)):
            part = {"fee": "fees", "cost": "costs"}[e.kind]
            amount = self.minor(e.amount)
            self.rows.append(Row(day, False, zeros() | {part: amount}, day))
        self.use_held(day)
        for row in self.fallen(day):
            if day == row.due + (self.rule.grace_days + 1) * DAY:
                self.end_grace(row, day)
            else:
                self.late_fee(row, day)

    def end_grace(self, row, day):
        missing = self.unpaid(row)
        later = self.ahead(day)
        if row.plain and later and missing <= self.minor(self.rule.tolerance):
            for part in ("costs", "fees", "interest", "principal"):
                amount = self.owed(row, part)
                row.asked_flat[part] -= amount
                later[0].asked_flat[part] += amount
                later[0].carried[part] += amount
            row.rolled = missing
        if self.unpaid(row) == 0:
            row.in_time = True
            row.ledgers = {name: Ledger() for name in LEDGERS}
            return
        row.late = True
        row.put_off = self.rule.late_fee is not None and row.plain and not row.early
        self.late_fee(row, day)

    def late_fee(self, row, day):
        """Not in a freeze: then it waits for the day after, and is on what is missing by then."""
        halts = [e for e in self.events if e.kind == "freeze" and e.value_date <= day]
        over = [e for e in self.events if e.kind == "write_off" and e.value_date < day]
        if not row.put_off or over or any(e.until is None or day <= e.until for e in halts):
            return
        row.put_off = False
        fee, missing = self.rule.late_fee, self.unpaid(row)
        if missing:
            amount = self.minor(fee.amount) + floor(missing * Fraction(fee.share) + Fraction(1, 2))
            amount = max(amount, self.minor(fee.minimum))
            if fee.maximum is not None:
                amount = min(amount, self.minor(fee.maximum))
            row.late_fee = min(amount, self.room(row, day))

    # ---- charges

    def frozen(self, day):
        freezes = [e for e in self.events if e.kind in ("freeze", "write_off")]
        return any(e.value_date <= day and (e.until is None or day <= e.until) for e in freezes)

    def chargeable(self, row, day):
        grace = 0 if self.rule.grace_reaches_back else self.rule.grace_days
        first = row.due + (grace + (self.rule.first_day == "next_day")) * DAY
        return day >= first and not row.in_time

    def base(self, row, ledger):
        total = 0
        for part in ledger.on:
            if part in LEDGERS:
                total += row.ledgers[part].settled
            else:
                total += self.owed(row, part)
        return total

    def charge(self, day):
        """The older rows first, of each penalty first; what a bound refuses is gone."""
        if self.frozen(day):
            return
        for row in self.fallen(day):
            if self.chargeable(row, day):
                self.charge_row(row, day)

    def charge_row(self, row, day):
        before = {name: self.charged(row, name) for name in LEDGERS}
        left = self.room(row, day + DAY)
        bases = {name: self.base(row, ledger) for name, ledger in self.rule.ledgers}
        for name, ledger in self.rule.ledgers:
            over = day > self.last_due or self.called is not None or ledger.in_term is None
            rate = rate_on(ledger.rate if over else ledger.in_term, self.contract_rate, day)
            amount = bases[name] * rate * year_of(self.rule.day_count, day)
            if self.rule.rounded == "day":
                amount = Fraction(rounded(amount, self.rule.mode))
            if self.rule.caps is not None and self.rule.caps.per_day is not None:
                amount = min(amount, Fraction(self.minor(self.rule.caps.per_day)))
            row.ledgers[name].running += amount
        after = {name: self.charged(row, name) for name in LEDGERS}
        if sum(after.values()) - sum(before.values()) > left:
            for name in LEDGERS:
                more = min(after[name] - before[name], left)
                row.ledgers[name].closed, row.ledgers[name].running = before[name] + more, Fraction(0)
                left -= more

    def cost_of_lateness(self, row):
        return sum(self.charged(row, name) + row.joined[name] for name in LEDGERS) + row.late_fee

    def room(self, row, day):
        """What the bounds leave, in whole minor units, when the day begins."""
        caps = self.rule.caps
        rooms = [10**30]
        if caps is None:
            return rooms[0]
        everything = sum(self.cost_of_lateness(r) for r in self.rows)
        if caps.of_instalment is not None:
            rooms.append(floor(Fraction(caps.of_instalment) * self.was_due(row)) - self.cost_of_lateness(row))
        if caps.of_principal is not None:
            rooms.append(floor(Fraction(caps.of_principal) * self.plan.lent) - everything)
        rate = None
        if caps.all_in is not None:
            rate = Fraction(caps.all_in)
        if caps.all_in_index is not None:
            rate = in_force(caps.all_in_index, self.plan.start) * Fraction(caps.all_in_multiplier)
        if rate is not None:
            years = year_fraction_of(self.rule.day_count, self.plan.start, day)
            fees = sum(self.minor(e.amount) for e in self.events if e.kind == "fee" and e.value_date <= day)
            interest = ceil(self.interest_until(day))
            rooms.append(floor(rate * self.plan.lent * years) - interest - fees - everything)
        return max(min(rooms), 0)

    def was_due(self, row):
        """Of an instalment, but for what being late cost; what joined a new plan was due as well."""
        return sum(row.asked_flat[part] + row.joined[part] for part in PARTS if part not in LEDGERS)

    def interest_until(self, day):
        """The contract's interest that has accrued when a day begins."""
        total = Fraction(0)
        for row in self.rows:
            if not row.plain:
                continue
            own = row.accrues - row.ready
            if day >= row.due:
                total += own
            elif day > row.start:
                total += Fraction(own * (day - row.start).days, (row.due - row.start).days)
        return total

    # ---- money

    def order_for(self, kind, day):
        """(order, by, order of what hasn't fallen due, in_advance)."""
        rule = self.allocation
        named = {each.kind: each for each in rule.kinds}
        for each in (named.get(kind), named.get("payment") if kind == "early_repayment" else None):
            if each is not None:
                return each.order, each.by, each.ahead or each.order, each.in_advance
        late = [each for each in rule.late if self.days_past_due(day) >= each.from_days]
        chosen = late[-1] if late else rule
        return chosen.order, chosen.by, chosen.ahead or chosen.order, rule.in_advance

    def places(self, rows, order, by):
        if by == "instalment":
            return [(row, part) for row in rows for part in order]
        return [(row, part) for part in order for row in rows]

    def give(self, amount, places, reference, paid="paid"):
        for row, part in places:
            given = min(amount, self.owed(row, part))
            if given > 0:
                getattr(row, paid)[part] += given
                amount -= given
                self.lines.append((reference, row, part, given))
                if part in LEDGERS:  # what bears interest itself goes first
                    row.ledgers[part].settled = max(row.ledgers[part].settled - given, 0)
        return amount

    def use_held(self, day):
        if self.held:
            places = self.places(self.fallen(day), self.allocation.order, self.allocation.by)
            self.held = self.give(self.held, places, "")

    def happen(self, event, day):
        if event.kind == "waiver":
            places = [(row, event.component) for row in (*self.fallen(day), *self.ahead(day))]
            if self.give(self.minor(event.amount), places, event.reference, "waived"):
                raise RefusedError("more waived than is owed")
        elif event.kind == "early_repayment":
            self.repay_early(event, day)
        elif event.kind in MONEY_IN:
            self.pay(event, day)
        elif event.kind in ANEW:
            self.renew(event, day)
        elif event.kind == "freeze":
            self.halts += 1 if day == event.value_date else -1
            self.renew(event, day)
        elif event.kind == "acceleration":
            self.call(day)
        elif event.kind == "settlement":
            self.settle(day)
        elif event.kind == "write_off":
            self.call(day)
            self.closed = day
            self.written_off = {part: self.total(part, day) for part in PARTS}

    def pay(self, event, day):
        order, by, later, advance = self.order_for(event.kind, day)
        fallen = self.fallen(day)
        left = self.give(self.minor(event.amount), self.places(fallen, order, by), event.reference)
        if advance in ("next", "last"):
            ahead = self.ahead(day)
            ahead = ahead if advance == "next" else ahead[::-1]
            left = self.give(left, self.places(ahead, later, "instalment"), event.reference)
        self.held += left
        self.kept[event.reference] = left
        if left and advance in ("lower", "shorter") and self.ahead(day):
            self.repay_principal(event, day, self.places(self.ahead(day), later, by), advance)

    def repay_early(self, event, day):
        """What would end the account today is looked up first; with less it is a payment."""
        owes = self.payoff_on(day)
        lacks = owes - self.minor(event.amount)
        if lacks > 0:
            self.short[event.reference] = lacks
        if lacks > 0 or not self.unfinished(day):
            self.pay(event, day)
            return
        fallen, usual = self.fallen(day), (self.allocation.order, self.allocation.by)
        ahead = self.ask_for_all(day)
        places = self.places(fallen, *usual) + self.places(ahead, *usual)
        self.held = self.give(self.held, places, "")
        assert not self.give(owes, places, event.reference)
        assert not self.unfinished(day)
        self.kept[event.reference] = -lacks
        self.held -= lacks
        if self.closed is None:
            self.closed = self.repaid = day

    def unfinished(self, day):
        """Whether anything is owed, or will be by the plan."""
        rows = [*self.fallen(day), *self.ahead(day)]
        return any(self.owed(row, part) for row in rows for part in PARTS)

    def ask_for_all(self, day):
        return self.fall_due_today(day)

    def fall_due_today(self, day):
        ahead = self.ask_today(day)
        for row in ahead:
            row.due, row.early = day, True
        return ahead

    def ahead(self, day=None):
        return [row for row in self.in_order() if row.due > (day or self.as_of) and row.plain]

    def put_aside(self, day):
        return sum(row.aside for row in self.rows if row.plain and row.due <= day)

    def ask_today(self, day):
        """What hasn't fallen due asks for what is owed today: fees of periods that have begun, interest as it
        has accrued, what was put aside, and principal without interest that isn't in it yet.

        Interest that was paid and hasn't accrued is principal that was paid, of the last rows first.
        """
        ahead, above = self.ahead(day), 0
        aside = self.put_aside(day)
        for row in self.rows:
            if row.due <= day:
                row.aside = 0
        for i, row in enumerate(ahead):
            fees = self.so_far(row, "fees", day)
            row.asked_flat["fees"] = max(fees, row.paid["fees"] + row.waived["fees"])
            row.accrues = self.so_far(row, "interest", day) - row.carried["interest"]
            row.asked_flat["interest"] = row.accrues + row.carried["interest"] + (aside if i == 0 else 0)
        not_yet = sum(row.grows for row in ahead)
        for row in reversed(ahead):
            off = min(not_yet, self.owed(row, "principal"))
            row.asked_flat["principal"] -= off
            not_yet -= off
            row.grows = row.aside = 0
        for row in ahead:
            early = max(-self.owed(row, "interest"), 0)
            row.paid["interest"] -= early
            above += early
            if early:
                self.lines.append(("", row, "interest", -early))
        for row in reversed(ahead):
            off = min(above, self.owed(row, "principal"))
            row.paid["principal"] += off
            above -= off
            if off:
                self.lines.append(("", row, "principal", off))
        self.held += above + not_yet
        return ahead

    def call(self, day):
        """The whole balance falls due, with the running period's interest to the day and its fees."""
        self.fall_due_today(day)
        if self.called is None:
            self.called = day
        self.last_due = min(self.last_due, day)
        self.use_held(day)

    def settle(self, day):
        """Money that was kept comes first; the rest is given up, and days of grace cost nothing."""
        ahead = self.ask_today(day)
        self.held = self.give(self.held, self.places(ahead, self.allocation.order, self.allocation.by), "")
        for row in [*self.fallen(day), *ahead]:
            if not row.late:
                row.ledgers = {name: Ledger() for name in LEDGERS}
            for name in LEDGERS:
                row.ledgers[name] = Ledger(closed=self.charged(row, name))
            for part in PARTS:
                row.waived[part] += self.owed(row, part)
            row.due = min(row.due, day)
        self.closed = day

    def renew(self, event, day):
        """What hasn't fallen due, and what joins of what has, is owed by a new plan."""
        joining = self.minor(event.amount) if event.kind == "drawdown" else 0
        for row in self.fallen(day):
            for part in event.joins:
                amount = self.owed(row, part)
                joining += amount
                row.joined[part] += amount
                if part in LEDGERS:
                    if amount:  # parts of a unit go with it
                        row.ledgers[part] = Ledger(closed=row.paid[part] + row.waived[part])
                else:
                    row.asked_flat[part] -= amount
        ahead = self.ask_today(day)
        count = len(ahead)
        stages = [{"kind": "equal_instalment", "n": max(count, 1)}]
        if event.plan is not None:
            stages = self.plan.stages[event.plan]
        same = event.keeps == "instalment"
        if same:
            stages[0] |= {"amount": self.level, "balloon": "rest"}
        self.replan(event, day, ahead, joining, stages, shorter=same)
        self.renewed += event.kind in NEW_PLANS and not event.correction

    def repay_principal(self, event, day, places, advance):
        """Money in advance pays what is owed today at once; the rest is planned anew."""
        ahead = self.ask_today(day)
        self.held = self.give(self.held, places, event.reference)
        self.kept[event.reference] = self.held
        stage = {"kind": "equal_instalment", "n": len(ahead)}
        if advance == "shorter":
            stage |= {"amount": self.level, "balloon": "rest"}
        self.replan(event, day, ahead, 0, [stage], shorter=advance == "shorter")

    def replan(self, event, day, ahead, joining, stages, *, shorter=False):
        sums = {part: sum(self.owed(row, part) for row in ahead) for part in PARTS}
        principal = sums["principal"] + joining
        first = event.first_due or (ahead[0].due if ahead else None)
        for row in ahead:
            for part in ("principal", "interest", "fees"):
                row.asked_flat[part] -= self.owed(row, part)
            row.due = day
        self.rows = self.in_order()
        for row in self.rows:
            row.planned = row.due
        if event.rate is not None:
            self.contract_rate = Fraction(event.rate)
        if event.first_due is not None:
            self.anchor = event.first_due
        made = self.new_rows(event, day, first, principal, sums["interest"], sums["fees"], stages)
        if shorter:  # it ends when all is repaid
            made = [row for row in made if sum(row.asked_flat.values()) or row.grows or row.aside]
        self.rows += made
        if made:
            self.called = None
            self.last_due, self.level = made[-1].due, level(made)
        self.use_held(day)

    def new_rows(self, event, day, first, principal, interest, fees, stages):
        if not principal and not interest and not fees:
            return []
        if first is None or first <= day:
            raise RefusedError("no day on which it first falls due")
        found = [(first, 0, 0, 0, 0, 0)]  # where nothing is to be planned, it falls due as it is
        if principal:
            found = self.scheduled(day, first, principal, stages, event.frequency)
        made, since = [], day
        for due, *amounts in found:
            made.append(instalment(since, due, *amounts))
            since = due
        head = made[0]
        head.ready = interest
        head.accrues += interest
        head.asked_flat["interest"] += interest
        head.asked_flat["fees"] += fees
        head.carried["fees"] = fees
        return made

    def scheduled(self, day, first, principal, stages, frequency):
        if self.plan.contract is None:
            raise RefusedError("no terms of the contract")
        if frequency is not None and frequency != self.frequency:
            self.frequency, self.anchor = frequency, first
        terms = self.plan.contract | {
            "principal": principal,
            "annual_rate": 0 if self.halts else int(self.contract_rate * 10**10),
            "decimals": self.plan.decimals,
            "next_due": first,
            "start": day,
            "frequency": self.frequency,
        }
        if first != self.anchor:  # on the same days of the month, whatever a short one has moved
            terms["given"] = [after(self.anchor, k, terms["frequency"]) for k in range(60)]
        try:
            rows = oracle_schedule(terms, stages)
        except OracleFailure as failure:
            raise RefusedError(failure.code) from failure
        names = ("due_date", "principal", "interest_paid", "fee", "capitalised", "deferred")
        return [tuple(row[name] for name in names) for row in rows]

    def so_far(self, row, part, day):
        """Interest or fees of a row that hasn't fallen due: what rolled over to it, and what has begun."""
        share = Fraction(max((day - row.start).days, 0), (row.due - row.start).days)
        if part == "fees":
            own = row.asked_flat["fees"] - row.carried["fees"]
            return row.carried[part] + own * (share > 0)
        given_up = min(row.accrues, row.waived[part])
        ready = row.ready if day >= row.start else 0
        grows = max(row.accrues - given_up - row.ready, 0)
        return row.carried[part] + ready + floor(grows * share + Fraction(1, 2)) + given_up

    # ---- the statement

    def accrued(self, day=None):
        """Of what hasn't fallen due and what was put aside, less what was paid; below 0 where more was."""
        day = day or self.as_of
        asked = sum(self.so_far(row, "interest", day) for row in self.ahead(day))
        asked -= sum(row.paid["interest"] + row.waived["interest"] for row in self.ahead(day))
        return asked + self.put_aside(day)

    def principal_now(self, day=None):
        """Of what hasn't fallen due, without interest that isn't in it yet; below 0 where more was paid."""
        return sum(self.owed(row, "principal") - row.grows for row in self.ahead(day))

    @property
    def accrued_interest(self):
        return max(self.accrued(), 0)

    @property
    def not_due(self):
        """What was paid of interest that hasn't accrued is principal that was paid."""
        return max(self.principal_now() + min(self.accrued(), 0), 0)

    @property
    def overdue(self):
        return sum(self.total(part, self.as_of) for part in PARTS)

    @property
    def payoff(self):
        """With interest as it has accrued and fees of periods that have begun."""
        return self.payoff_on(self.as_of)

    def payoff_on(self, day):
        due = sum(self.total(part, day) for part in PARTS) - self.held
        due += self.accrued(day) + self.principal_now(day)
        for row in self.ahead(day):
            fees = self.so_far(row, "fees", day) - row.paid["fees"] - row.waived["fees"]
            due += max(fees, 0)
        return max(due, 0)

    # What else a statement says.

    @property
    def next_due(self):
        waiting = [row for row in self.in_order() if row.due > self.as_of and self.unpaid(row)]
        return (waiting[0].due, max(self.unpaid(waiting[0]) - self.held, 0)) if waiting else (None, 0)

    @property
    def late_instalments(self):
        return [row for row in self.fallen(self.as_of - DAY) if row.plain and self.unpaid(row)]


def instalment(since, due, principal, interest, fees, grows=0, aside=0):
    asked = zeros() | {"principal": principal, "interest": interest, "fees": fees}
    accrues = interest + grows + aside
    return Row(due, True, asked, due, start=since, accrues=accrues, grows=grows, aside=aside)


def level(rows):
    """The largest instalment but the last, without fees and without interest from before it."""
    asked = [
        row.asked_flat["principal"] + row.asked_flat["interest"] - row.ready for row in rows if row.plain
    ]
    return max(asked[:-1], default=0) or asked[-1]


def order_of(kind):
    """Of one kind by the day they were booked, then by reference."""
    return SAME_DAY.index(kind) if kind in SAME_DAY else -1


def settles(ledger, day):
    last = (day + relativedelta(day=31)).day
    on_day = day.day == min(ledger.settlement_day, last)
    if ledger.settled == "daily":
        return True
    if ledger.settled == "monthly":
        return on_day
    return ledger.settled == "quarterly" and on_day and day.month % 3 == 0


def decimals_of(amount, decimals):
    return Decimal(amount).scaleb(-decimals)
