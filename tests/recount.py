"""The figures of an evaluation counted again, in plain Python, from payments and the rows of statements.

Nothing here is read from the evaluation but weights of the matched groups: accounts are gone through one by
one, in loops over their instalments and payments.
"""

from bisect import bisect_right
from calendar import monthrange
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from statistics import variance

import repayplan as rp
from simulated import closing
from simulated.people import BOOKS, END, Contracts

RANGES = rp.Buckets.example("months")
ENDINGS = ("paid_off", "settled", "written_off")
COMPONENTS = ("costs", "fees", "penalty", "compound", "interest", "principal")
FROM, DEFAULT, IN_A_ROW, WINDOW = 1, 90, 3, 6
"""Days past due of an overdue account and of one in default; instalments of a cure; months of cash."""


def last_of_month(day, after=0):
    months = day.year * 12 + day.month - 1 + after
    return date(months // 12, months % 12 + 1, monthrange(months // 12, months % 12 + 1)[1])


def month_ends(first, last):
    """The last day of each month from one day to another."""
    found = [last_of_month(first)]
    while found[-1] <= last:
        found.append(last_of_month(found[-1], 1))
    return found[:-1]


def range_of(days):
    return RANGES.names[bisect_right(RANGES.from_days, days)]


class One:
    """One account by a statement: instalments with the day on which each was paid, and payments."""

    def __init__(self, statement):
        self.now = statement
        self.rows = [(row.due_date, row.paid_on) for row in statement.rows if row.plain]
        assert all(each.value_date for each in statement.allocations)
        assert statement.closed is None
        self.balance = statement.not_due + statement.owed["principal"]

    def days(self, on):
        """Days past due on a day."""
        late = [due for due, paid in self.rows if due < on and (paid is None or paid > on)]
        return (on - min(late)).days if late else 0

    def missing(self, on):
        """What fell due before the statement's day and wasn't paid, without charges for being late."""
        return sum(
            amount
            for row in self.now.rows
            if row.due_date < on
            for name, amount in row.owed.items()
            if name not in ("penalty", "compound")
        )

    def outstanding(self, on):
        """The principal, and what else had fallen due, that wasn't paid on a day."""
        paid = {name: Decimal(0) for name in COMPONENTS}
        for each in self.now.allocations:
            if each.value_date <= on:
                for name, amount in each.to.items():
                    paid[name] += amount
        asked = sum(
            row.asked.get(name, 0)
            for row in self.now.rows
            if row.due_date <= on
            for name in ("costs", "fees", "interest")
        )
        lent = sum(row.asked.get("principal", 0) for row in self.now.rows)
        return lent + asked - sum(paid[name] for name in ("principal", "costs", "fees", "interest"))


class Recount:
    """A run of the programme, counted again; what each figure is, :meth:`of` says."""

    def __init__(self, run, found):
        self.run, self.found, self.seen = run, found, run.replayed(END)
        mine = Contracts(tuple(run.people[i] for i in run.rows))
        self.mine, self.others = mine, Contracts(run.others)
        self.size = len(run.rows)

    @cached_property
    def before(self):
        return self._ones(self.mine.replayed([], BOOKS))

    @cached_property
    def contract(self):
        return self._ones(self.mine.replayed(self.run.paid, END))

    @cached_property
    def plan(self):
        return self._ones(self.seen)

    def _ones(self, statements):
        ones = [One(statements.one(k)) for k in range(len(statements))]
        assert all(one.now.instalments_left for one in ones)  # of what has ended nothing falls due any more
        return ones

    # What was paid and fell due, by the contracts and the payments alone

    @cached_property
    def paid(self):
        """Of each account its payments: day, amount."""
        out = [[] for _ in range(self.size)]
        for k, day, amount in (*self.mine.paid, *self.run.paid):
            out[k].append((day, Decimal(amount)))
        return out

    @cached_property
    def due(self):
        """Of each contract its instalments: day, amount."""
        return _due(self.mine)

    def cash(self, k, until):
        """What fell due in the months up to a day, what came in, and what was paid ahead before."""
        return _cash(self.due[k], self.paid[k], until)

    # Figures

    def of(self, figure):
        """What a figure's count, value and amount should be: those of them that it has."""
        first, *rest = figure.name.split(".")
        return getattr(self, f"_{first}")(figure.group, *rest)

    def _overdue(self, group, unit, basis, when):
        if when == "change":
            (_, one, _), (_, two, _) = (self._overdue("", unit, basis, each) for each in ("before", "after"))
            return None, two - one, None
        on = date.fromisoformat(group) if when == "month" else BOOKS if when == "before" else END
        if basis == "cash":
            looks = [self.cash(k, on) for k in range(self.size)]
            some = [(max(due - came - ahead, 0), due) for due, came, ahead in looks if due > 0]
            return _share(some) if unit == "balance" else _proportion([short > 0 for short, _ in some])
        by = self.plan if basis == "plan" and when != "before" else self.contract
        if when == "month":
            some = [
                (one.days(on) >= FROM, one.outstanding(on))
                for one, start in zip(by, self.starts[basis], strict=True)
                if start <= on
            ]
        else:
            look = self.before if when == "before" else by
            some = [(one.days(on) >= FROM, one.balance) for one in look]
        if unit == "count":
            return _proportion([late for late, _ in some])
        return _share([(money * late, money) for late, money in some])

    @cached_property
    def starts(self):
        """The first day of each contract, and of each plan."""
        plans = [self.run.signed[i].agreement.interest_from for i in self.run.rows]
        return {"contract": self.mine.accounts.start.tolist(), "plan": plans}

    def _cash(self, _, __, when):
        on = BOOKS if when == "before" else END
        looks = [self.cash(k, on) for k in range(self.size)]
        return _share([(came, due) for due, came, _ in looks])

    def _days(self, group, basis, when):
        ones = self.before if when == "before" else self.contract if basis == "contract" else self.plan
        on = BOOKS if when == "before" else END
        mine = [range_of(one.days(on)) == group for one in ones]
        amount = sum((one.balance for one, there in zip(ones, mine, strict=True) if there), Decimal(0))
        return (*_proportion(mine)[:2], amount)

    def _on_time(self, _):
        rows = [row for one in self.plan for row in one.rows]
        in_time = sum(paid is not None and paid <= due for due, paid in rows)
        counted = sum(paid is not None or due < END for due, paid in rows)
        return in_time, Decimal(in_time) / counted, None

    def _ended(self, group):
        assert group in ENDINGS
        return 0, Decimal(0), None  # none has, which is asserted where they are read

    def _cured(self, _, basis):
        well = []
        for was, contract, plan in zip(self.before, self.contract, self.plan, strict=True):
            if was.days(BOOKS) >= FROM:
                fell = [(due, paid) for due, paid in plan.rows if due < END or paid is not None]
                kept = len(fell) >= IN_A_ROW and all(
                    paid is not None and paid <= due for due, paid in fell[-IN_A_ROW:]
                )
                one = contract if basis == "contract" else plan
                well.append(one.days(END) < FROM and (basis == "contract" or kept))
        return _proportion(well)

    def _came(self, k):
        return sum((amount for day, amount in self.paid[k] if BOOKS < day <= END), Decimal(0))

    def _recovered(self, group, what):
        if what == "total":
            return None, None, sum(map(self._came, range(self.size)))
        if what == "of_overdue":
            missing = [one.missing(BOOKS) for one in self.before]
            return _share([(min(self._came(k), late), late) for k, late in enumerate(missing)])
        if group == "held":
            return None, None, sum((one.now.held for one in self.plan), Decimal(0))
        if group == "before_plan":
            return None, None, Decimal(0)  # plans begin on the day of the books
        went = (each.to.get(group, 0) for one in self.plan for each in one.now.allocations)
        return None, None, sum(went, Decimal(0))

    @cached_property
    def defaults(self):
        """Of each plan the month on book in which it defaulted, or None, and how many months were seen."""
        out = []
        for i, one in zip(self.run.rows, self.plan, strict=True):
            start = self.run.signed[i].agreement.interest_from
            ends = [_months_after(start, k) for k in range(1, 200)]
            seen = sum(end <= END for end in ends)
            first = next((d for d in _days_between(start, END) if one.days(d) >= DEFAULT), None)
            month = None if first is None else next(k for k, end in enumerate(ends, 1) if first <= end)
            out.append((month if month is not None and month <= seen else None, seen))
        return out

    def _redefault(self, group, what):
        """The estimator of Aalen and Johansen, month by month; nothing competes, as no plan has ended."""
        left, share = Decimal(1), Decimal(0)
        for k in range(1, int(group) + 1):
            risk = sum((month or seen) >= k for month, seen in self.defaults)
            gone = sum(month == k for month, _ in self.defaults)
            share += left * gone / risk
            left *= 1 - Decimal(gone) / risk
        if what == "left":
            return None, left, None
        return (gone, share, None) if what == "default" else (0, Decimal(0), None)

    @cached_property
    def steps(self):
        """By the measure, each account's steps between months' ends: both ranges, and the money at first."""
        out = {}
        for basis, ones in (("contract", self.contract), ("plan", self.plan)):
            out[basis] = [
                (range_of(one.days(day)), range_of(one.days(then)), one.outstanding(day))
                for day, then in pairwise(month_ends(min(self.starts["plan"]), END))
                for one, start in zip(ones, self.starts[basis], strict=True)
                if start <= day
            ]
        return out

    def _roll(self, group, basis):
        here, there = group.split(" > ")
        row = [(to, money) for came, to, money in self.steps[basis] if came == here]
        went = [money for to, money in row if to == there]
        return len(went), Decimal(len(went)) / len(row), sum(went)

    def _credit(self, group, what):
        if what == "protected":
            late = [(c.days(END), p.days(END)) for c, p in zip(self.contract, self.plan, strict=True)]
            return _proportion([plan < contract for contract, plan in late if contract >= FROM])
        assert group == "6"
        said = [("obtained", "refused", "not_applied", "", "")[each.seed % 5] for each in self.mine.people]
        if what == "known":
            return _proportion([each != "" for each in said])
        return _proportion([each == what for each in said if each in ("obtained", "refused")])

    def _survey(self, group, what):
        asked = [each for each in self.mine.people if each.seed % 3]
        if what == "response":
            return len(asked), Decimal(len(asked)) / self.size, None
        sour = [each.behaviour in ("broken", "in_part") for each in asked]
        points = {
            "clear": [(2 if bad else 3) + p.seed // 3 % 3 for p, bad in zip(asked, sour, strict=True)],
            "fair": [None if p.seed % 7 == 0 else 2 + p.seed % 4 for p in asked],
        }[group]
        given = [each for each in points if each is not None]
        if what == "answered":
            return _proportion([each is not None for each in points])
        if what == "satisfied":
            return _proportion([each >= 4 for each in given])
        return None, Decimal(sum(given)) / len(given), None

    def _budget(self, group, what):
        spent, planned = {}, {each.name: each.plan for each in self.found.budget.lines}
        for each in closing.SPENT:
            spent[each.line] = spent.get(each.line, Decimal(0)) + each.amount
        mine = [name for name in planned if group in ("", name)]
        plan, actual = (sum(each.get(name, Decimal(0)) for name in mine) for each in (planned, spent))
        if what == "cost_per_cured":
            cured = self._cured("", "contract")[0]
            return None, Decimal(actual) / cured if cured else None, None
        if what == "return":
            came = self._recovered("", "total")[2]
            return None, (came - actual) / actual, None
        if what.removeprefix("total_") == "plan":
            return None, None, plan
        return None, Decimal(actual) / plan, actual  # all phases in which money is spent are over

    # Beside others

    @cached_property
    def alike(self):
        """Of both sides the weight of each account, which matching gave it."""
        rows = self.found.rows("did.effect").columns
        sides = {True: {}, False: {}}
        for treated, row, weight in zip(
            *(rows[n].tolist() for n in ("treated", "row", "weight")), strict=True
        ):
            sides[treated][row] = weight
        return sides

    @cached_property
    def theirs(self):
        statements = self.others.replayed(closing._without_a_plan(self.others), END)
        return {row: One(statements.one(row)) for row in self.alike[False]}

    @cached_property
    def their_paid(self):
        out = {}
        for row, day, amount in (*self.others.paid, *closing._without_a_plan(self.others)):
            out.setdefault(row, []).append((day, Decimal(amount)))
        return out

    def _mean(self, side, of):
        weights = self.alike[side]
        return sum(weight * of(row) for row, weight in weights.items()) / sum(weights.values())

    def _late(self, side, on):
        ones = self.contract if side else self.theirs
        return self._mean(side, lambda row: float(ones[row].days(on) >= FROM))

    def _did(self, group, what, when=""):
        if what in ("treated", "comparison"):
            return None, self._late(what == "treated", BOOKS if when == "before" else END), None
        if what in ("effect", "trend"):
            earlier = [each.isoformat() for each in self.found.compared.earlier]
            days = [*map(date.fromisoformat, earlier), BOOKS, END]
            at = len(days) - 2 if what == "effect" else earlier.index(group)
            moved = [self._late(side, days[at + 1]) - self._late(side, days[at]) for side in (True, False)]
            return None, moved[0] - moved[1], None
        if what == "cash":
            paid = {True: dict(enumerate(self.paid)), False: self.their_paid}

            def came(side, on):
                return self._mean(side, lambda row: float(_cash([], paid[side].get(row, ()), on)[1]))

            moved = [came(side, END) - came(side, BOOKS) for side in (True, False)]
            return None, moved[0] - moved[1], None
        if what == "matched":
            return len(self.alike[True]), Decimal(len(self.alike[True])) / self.size, None
        name, _, value = group.partition(": ")
        both = [
            closing._alike(each.people, each.replayed([], BOOKS))[name] for each in (self.mine, self.others)
        ]
        cells = [[float(each == value) if value else float(each) for each in side] for side in both]
        if when == "before":
            means = [sum(side) / len(side) for side in cells]
        else:
            means = [self._mean(side, cells[not side].__getitem__) for side in (True, False)]
        spread = ((variance(cells[0]) + variance(cells[1])) / 2) ** 0.5
        return None, (means[0] - means[1]) / spread if spread else None, None


def _due(contracts):
    accounts = contracts.accounts
    places = accounts.offsets.tolist()
    units = (accounts.principal + accounts.interest).tolist()
    days = accounts.due.tolist()
    return [
        [(days[at], Decimal(units[at]).scaleb(-2)) for at in range(first, last)]
        for first, last in pairwise(places)
    ]


def _cash(due, paid, until):
    since = last_of_month(until, -WINDOW)
    fell, came = (
        sum((amount for day, amount in rows if since < day <= until), Decimal(0)) for rows in (due, paid)
    )
    before = [sum((amount for day, amount in rows if day <= since), Decimal(0)) for rows in (paid, due)]
    return fell, came, max(before[0] - before[1], Decimal(0))


def _proportion(many):
    return sum(many), Decimal(sum(many)) / len(many) if many else None, None


def _share(pairs):
    part, whole = (sum((each[k] for each in pairs), Decimal(0)) for k in (0, 1))
    return (None, part / whole, part) if whole else (None, None, None)


def _months_after(day, months):
    end = last_of_month(day, months)
    return min(end, end.replace(day=min(day.day, end.day)))


def _days_between(first, last):
    return (first + timedelta(days=k) for k in range((last - first).days + 1))
