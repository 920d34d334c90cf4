"""A slow account whose interest is on the balance: day by day, exactly. It never imports repayplan."""

from fractions import Fraction

from account_oracle import ANEW, DAY, MONEY_IN, NEW_PLANS, PARTS, Oracle, RefusedError, rounded
from year_fractions import year_fraction_of

SPLIT = ("interest", "principal")
CHANGES = (*ANEW, "freeze")
KNOWN_BEFORE = (*MONEY_IN, "waiver", "acceleration", "early_repayment", *CHANGES)
"""Events before which interest without a row to come joins the last one."""


class Meter:
    """Amounts that bore interest in the running period, each from its day on."""

    def __init__(self, rule, day):
        self.rule, self.stretches = rule, [(day, 0)]

    def turn(self, day, base):
        if self.stretches[-1][1] != base:
            self.stretches.append((day, base))

    def restart(self, day):
        self.stretches = [(day, self.stretches[-1][1])]

    def total(self, day, period, rate):
        ends = [start for start, _ in self.stretches[1:]] + [day]
        exact = [
            self.of(base * rate, start, end, period)
            for (start, base), end in zip(self.stretches, ends, strict=True)
        ]
        if self.rule.rounded == "instalment":
            return rounded(sum(exact), self.rule.mode)
        if self.rule.rounded == "stretch":
            return sum(rounded(each, self.rule.mode) for each in exact)
        return sum(
            rounded(base * rate * year_fraction_of(self.rule.day_count, day, day + DAY), self.rule.mode)
            * (end - start).days
            for (start, base), end in zip(self.stretches, ends, strict=True)
        )

    def of(self, base, start, end, period):
        if self.rule.parts == "of_period" and period is not None:
            first, due = period
            share = Fraction((end - start).days, (due - first).days)
            return base * year_fraction_of(self.rule.day_count, first, due) * share
        return base * year_fraction_of(self.rule.day_count, start, end)


class BalanceOracle(Oracle):
    """The same account, whose rows ask for what has accrued."""

    def __init__(self, plan, overdue, allocation, on_balance, events, as_of, known_on=None):
        self.on_balance = on_balance
        super().__init__(plan, overdue, allocation, events, as_of, known_on)
        self.look_ahead()

    def run(self):
        self.begin()
        super().run()

    def begin(self):
        start = self.plan.start
        self.unasked = sum(row[1] for row in self.plan.instalments)
        self.waiting = self.paid_ahead = 0
        self.fresh = []
        self.balance, self.overdue_one = (Meter(self.on_balance, start) for _ in range(2))
        for row, (due, principal, interest, fees, *_) in zip(self.rows, self.plan.instalments, strict=True):
            rate = self.plan.rate if self.plan.rates is None else self.plan.rates[self.rows.index(row)]
            self.keep(row, start, principal, interest, fees, rate)
            start = due
        self.balance.turn(self.plan.start, self.unasked)

    def keep(self, row, first, principal, interest, fees, rate):
        """What a row keeps of its schedule; what it asks for is known when it falls due."""
        row.even = self.on_balance.fixed == "principal" or principal == 0
        row.level = principal if row.even else principal + interest
        row.first, row.fees, row.full, row.known = first, fees, False, False
        row.rate = rate
        row.asked_flat = dict.fromkeys(row.asked_flat, 0)

    # ---- rows to come

    def to_come(self):
        return [row for row in self.rows if row.plain and not row.known]

    def still_open(self):
        return [row for row in self.to_come() if not row.full]

    def period(self):
        row = next(iter(self.to_come()), None)
        return row and (row.first, row.due)

    def rate(self):
        """That of the running period, of the last one where all are over."""
        return (self.to_come() or [row for row in self.in_order() if row.plain][-1:])[0].rate

    def metered(self, day):
        meters = (self.balance, self.overdue_one)
        return sum(meter.total(day, self.period(), self.rate()) for meter in meters)

    def accrued_until(self, day):
        return self.waiting + self.metered(day)

    def end_period(self, day):
        self.waiting += self.metered(day)
        for meter in (self.balance, self.overdue_one):
            meter.restart(day)

    @staticmethod
    def done(row, part):
        return row.paid[part] + row.waived[part]

    def look(self, day):
        late = sum(self.total(part, day) for part in self.on_balance.on_overdue)
        self.balance.turn(day, self.unasked)
        self.overdue_one.turn(day, 0 if self.frozen(day) else late)

    # ---- the days

    def use_held(self, day):
        self.begin_new_rows(day)
        for row in [row for row in self.to_come() if row.due == day]:
            self.end_period(day)
            self.ask(row)
            row.known = True
        super().use_held(day)
        self.look(day)

    def ask(self, row):
        """A row that falls due asks for interest and principal; one that was paid before for neither."""
        over = not self.unasked and not self.waiting and not row.full
        row.asked_flat["fees"] = max(0 if over else row.fees, self.done(row, "fees"))
        if row.full:
            row.asked_flat |= {part: self.done(row, part) for part in SPLIT}
            return
        interest = self.done(row, "interest") + self.waiting
        wanted = max((row.level if row.even else row.level - interest) - self.done(row, "principal"), 0)
        if row is self.to_come()[-1]:
            principal = self.unasked
        else:
            before = min(self.paid_ahead, wanted)
            self.paid_ahead -= before
            principal = min(wanted - before, self.unasked)
        row.asked_flat["interest"] = interest
        row.asked_flat["principal"] = self.done(row, "principal") + principal
        self.unasked -= principal
        self.waiting = 0

    def end_grace(self, row, day):
        before = {id(each): dict(each.carried) for each in self.rows}
        super().end_grace(row, day)
        for each in self.rows:
            more = {part: amount - before[id(each)][part] for part, amount in each.carried.items()}
            if any(more.values()):
                self.unasked += more["principal"]
                self.waiting += more["interest"]
                each.level += more["principal"] + (0 if each.even else more["interest"])
                each.fees += more["fees"]
                each.full = False
        self.look(day)

    def late_fee(self, row, day):
        super().late_fee(row, day)
        self.look(day)

    def post(self, day):
        """Where no row is to come, interest joins the last that fell due."""
        fallen = [row for row in self.fallen(day) if row.plain]
        if not self.still_open() and fallen:
            self.end_period(day)
            row = fallen[-1]
            if self.waiting and day > row.due + self.rule.grace_days * DAY:
                row.in_time, row.late = False, True
            row.asked_flat["interest"] += self.waiting
            self.waiting = 0

    def happen(self, event, day):
        if event.kind in KNOWN_BEFORE:
            self.post(day)
        if event.kind == "waiver":
            left = self.give(
                self.minor(event.amount),
                [(row, event.component) for row in self.fallen(day)],
                event.reference,
                "waived",
            )
            limits = self.limits(day, in_turn=True)
            places = [(row, event.component) for row in self.to_come()]
            if self.give_ahead(left, places, limits, event.reference, "waived"):
                raise RefusedError("more waived than is owed")
        elif event.kind in MONEY_IN:
            self.pay(event, day)
        elif event.kind == "early_repayment":
            self.repay_early(event, day)
        elif event.kind == "acceleration" and self.called is None:
            self.call(day)
        elif event.kind in CHANGES:
            if event.kind == "freeze":
                self.halts += 1 if day == event.value_date else -1
            self.renew(event, day)
        self.look(day)

    def share_anew(self, day):
        """All interest as of today comes first in the instalments that are overdue."""
        rows = [row for row in self.fallen(day) if row.plain and not row.even]
        if self.on_balance.split == "payment" and rows and self.still_open():
            accrued = self.accrued_until(day)
            interest = accrued + sum(self.owed(row, "interest") for row in rows)
            for row in rows:
                asked = sum(self.owed(row, part) for part in SPLIT)
                more = min(interest, asked) - self.owed(row, "interest")
                interest -= min(interest, asked)
                row.asked_flat["interest"] += more
                row.asked_flat["principal"] -= more
                self.waiting -= more
                self.unasked += more

    def pay(self, event, day):
        self.share_anew(day)
        chosen, advance = self.chosen(event.kind, day)
        places = self.places(self.fallen(day), chosen.order, chosen.by)
        left = self.give(self.minor(event.amount), places, event.reference)
        order = chosen.ahead or chosen.order
        rows = self.to_come()
        if advance != "hold" and rows:
            waits = order.index("principal") < order.index("interest")
            in_turn = advance == "next" and not waits
            limits = self.limits(day, in_turn=in_turn)
            if in_turn:
                places = self.places(rows, order, "instalment")
            elif advance == "last":
                places = self.places(rows[::-1], order, "instalment")
            else:
                places = self.places(rows, order, "component")
            principal = self.unasked
            left = self.give_ahead(left, places, limits, event.reference, "paid")
            if advance == "next" and waits:
                self.paid_ahead += principal - self.unasked
        self.held += left
        self.kept[event.reference] = left

    def chosen(self, kind, day):
        rule = self.allocation
        named = {each.kind: each for each in rule.kinds}
        for each in (named.get(kind), named.get("payment") if kind == "early_repayment" else None):
            if each is not None:
                return each, each.in_advance
        late = [each for each in rule.late if self.days_past_due(day) >= each.from_days]
        return (late[-1] if late else rule), rule.in_advance

    def limits(self, day, *, in_turn):
        """What may be paid today of rows to come, by their number and part."""
        rows, left, out = self.to_come(), self.unasked, {}
        first = next(iter(self.still_open()), rows[-1] if rows else None)
        for row in rows:
            interest = self.accrued_until(day) if row is first else 0
            room = row.level - self.done(row, "principal")
            if not row.even:
                room -= self.done(row, "interest") + interest
            if row is rows[-1]:
                principal = left
            else:
                principal = min(max(room, 0), left) if in_turn and not row.full else 0
            left -= principal
            fees, carried = (max(n - self.done(row, "fees"), 0) for n in (row.fees, row.carried["fees"]))
            asked_for = (row.full or interest or principal) if in_turn else row.first < day
            out[id(row)] = {
                "interest": interest,
                "principal": principal,
                "fees": fees if asked_for else carried,
            }
        return out

    def give_ahead(self, amount, places, limits, reference, paid):
        touched = {}
        for row, part in places:
            given = min(amount, limits[id(row)].get(part, 0))
            if given > 0:
                getattr(row, paid)[part] += given
                limits[id(row)][part] -= given
                amount -= given
                self.lines.append((reference, row, part, given))
                if part == "principal":
                    self.unasked -= given
                if part == "interest":
                    self.waiting -= given
                if part in SPLIT:
                    touched[id(row)] = row
        for row in touched.values():
            paid_of_it = sum(self.done(row, part) for part in SPLIT)
            rest = sum(limits[id(row)][part] for part in SPLIT)
            row.full |= not row.even and not rest and paid_of_it >= row.level
        return amount

    def call(self, day):
        self.called = day
        self.fall_due_today(day)
        self.last_due = min(self.last_due, day)
        super().use_held(day)

    def ask_for_all(self, day):
        """No fee of a period in which nothing else is owed."""
        return self.fall_due_today(day, over=self.nothing_but_fees(day))

    def nothing_but_fees(self, day):
        return not self.unasked and not self.accrued_until(day)

    def fall_due_today(self, day, *, over=False):
        self.end_period(day)
        rows, limits = self.to_come(), self.limits(day, in_turn=True)
        for row in rows:
            for part in SPLIT:
                row.asked_flat[part] = self.done(row, part) + limits[id(row)][part]
            row.asked_flat["fees"] = max(self.fees_of(row, day, over), self.done(row, "fees"))
            row.due, row.known, row.early = day, True, True
        if rows:
            self.unasked = self.waiting = self.paid_ahead = 0
        return rows

    # ---- new plans

    def renew(self, event, day):
        """What isn't asked for yet is planned anew, with what joins it; the running period ends today."""
        joining = self.minor(event.amount) if event.kind == "drawdown" else 0
        for row in self.fallen(day):
            for part in event.joins:
                amount = self.owed(row, part)
                joining += amount
                row.joined[part] += amount
                if part in ("penalty", "compound"):
                    if amount:
                        row.ledgers[part].closed = row.paid[part] + row.waived[part]
                        row.ledgers[part].running, row.ledgers[part].settled = Fraction(0), 0
                else:
                    row.asked_flat[part] -= amount
        ahead = self.to_come() if self.unasked + joining else []
        if ahead:
            self.end_period(day)
            limits = self.limits(day, in_turn=True)
            for row in ahead:
                for part in SPLIT:
                    row.asked_flat[part] = self.done(row, part) + limits[id(row)][part]
                begun = row.fees if row.first < day else row.carried["fees"]
                row.asked_flat["fees"] = max(begun, self.done(row, "fees"))
                row.known = True
            self.unasked = self.waiting = self.paid_ahead = 0
        stages = [{"kind": "equal_instalment", "n": max(len(ahead), 1)}]
        if event.plan is not None:
            stages = self.plan.stages[event.plan]
        same = event.keeps == "instalment"
        if same:
            stages[0] |= {"amount": self.level, "balloon": "rest"}
        self.replan(event, day, ahead, joining, stages, shorter=same)
        self.renewed += event.kind in NEW_PLANS and not event.correction

    def new_rows(self, event, day, first, principal, interest, fees, stages):
        made = super().new_rows(event, day, first, principal, interest, fees, stages)
        if any(row.grows or row.aside for row in made):
            raise RefusedError("interest that isn't paid as it accrues")
        self.fresh = made
        return made

    def begin_new_rows(self, day):
        """Rows of a new plan ask for what accrues, too: nothing is asked of them yet."""
        rate = 0 if self.halts else self.contract_rate
        for row in [row for row in self.in_order() if any(row is each for each in self.fresh)]:
            principal, interest, fees = (row.asked_flat[part] for part in ("principal", "interest", "fees"))
            self.keep(row, day, principal, interest - row.ready, fees, rate)
            self.unasked += principal
            self.waiting += row.ready
            day = row.due
        self.fresh = []

    def fees_of(self, row, day, over):
        if row.first >= day:
            return row.carried["fees"]
        return 0 if over and not row.full else row.fees

    def payoff_on(self, day):
        due = sum(self.total(part, day) for part in PARTS) - self.held
        over = self.nothing_but_fees(day)
        for row in self.to_come():
            due += max(self.fees_of(row, day, over) - self.done(row, "fees"), 0)
        return max(due + self.accrued_until(day) + self.unasked, 0)

    def unfinished(self, day):
        owed = any(self.owed(row, part) for row in self.fallen(day) for part in PARTS)
        fees = any(row.full and row.fees > self.done(row, "fees") for row in self.to_come())
        return owed or fees or not self.nothing_but_fees(day)

    # ---- the statement

    def look_ahead(self):
        """What rows to come will ask for if what is owed by now is paid today."""
        day = self.as_of
        self.post(day)
        self.total_accrued = self.accrued_until(day)
        self.left_over = self.unasked
        self.waiting += self.overdue_one.total(day, self.period(), self.rate())
        self.overdue_one = Meter(self.on_balance, day)
        for row in list(self.to_come()):
            self.waiting += self.balance.total(row.due, (row.first, row.due), row.rate)
            self.ask(row)
            row.known = True
            self.balance.stretches = [(row.due, self.unasked)]

    def accrued(self):
        return self.total_accrued

    @property
    def payoff(self):
        fees = sum(
            max(
                (row.asked_flat if row.first < self.as_of else row.carried)["fees"] - self.done(row, "fees"),
                0,
            )
            for row in self.ahead()
            if row.plain
        )
        return max(self.overdue + self.total_accrued + self.left_over + fees - self.held, 0)
