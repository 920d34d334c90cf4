"""What would make a plan affordable where none is: for each lever alone, the least that does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import Protocol

import numpy as np

from repayplan.ability.allowance import ShareOf
from repayplan.basics.columns import RATE_DECIMALS
from repayplan.basics.dates import a_month, a_period, whole_periods
from repayplan.basics.errors import Code
from repayplan.basics.money import to_decimal, to_plain
from repayplan.basics.outcome import Bools, Ints
from repayplan.kernel.work import MAX_PERIODS
from repayplan.offers.amortisation import Amortisation
from repayplan.offers.arrears import COMPONENTS, joined_columns
from repayplan.offers.concession import SHIFTING, Concession
from repayplan.offers.crossing import last
from repayplan.offers.granting import grant
from repayplan.offers.lengthbounds import NEVER
from repayplan.offers.pauses import Pause
from repayplan.offers.policy import Policy
from repayplan.offers.raising import lacking, needed
from repayplan.offers.room import Room
from repayplan.offers.trying import LEAST_WIDTH, MOST_TRIED, NO_PAUSE, NONE, Figure, Plans
from repayplan.offers.waterfall import LOWERING, exhausted, may_put_off, of_balance, ways_to_put_off
from repayplan.plans.loan import Loans

LEVERS = ("months", "rate", "income", "principal_reduction", "down_payment")
INCOMES: dict[str, ShareOf] = {"income": "net_income", "gross_income": "gross_income"}
"""Levers by the income that they are of; the second is there where the policy has a target of that."""
RATE_STEP = 10**6
"""The rate is tried in steps of 0.01 %, in units of 1e-10."""
_JOINED = joined_columns(COMPONENTS)
MOST_STEPS = 10**RATE_DECIMALS // RATE_STEP + 1
"""A rate of more than 100 % isn't tried."""
MOST_MONTHS = 12 * MAX_PERIODS
"""No limit can be raised by more."""
FARTHER = 4
"""How many times as far ahead is looked, each time that no plan is affordable yet."""
FARTHEST = 600
"""Months: where months differ, no plan that takes more is looked at."""
CELLS = 4_000_000
"""Periods of loans whose means are looked at at once."""
AT_ONCE = 12
"""Values of a lever that are tried at once, of all loans together."""
HALVES = 9
"""So often what is left of an amount is halved."""
LITTLE = 24
"""So few minor units, and least instalments, are tried one by one where nothing else does."""
MOST_INCOME = 2**61
"""Minor units a month: no household can be said to have more."""


class Ahead(Protocol):
    """What can be paid where months differ; nothing from a month with a fault on."""

    def __call__(
        self, rows: Ints, longest: Ints, more: Ints | None = None, of: ShareOf = "net_income"
    ) -> Room:
        """Of some of the loans, in each period of plans of these lengths, with so much more income."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Levers:
    """The least relaxation per lever, for the rows ``index``; -1 where the lever alone can't help.

    ``months`` by which every rule of the limit is raised; ``rate`` the highest annual rate that fits (1e-10);
    ``income``, ``gross_income``, ``principal_reduction`` and ``down_payment`` in minor units.

    ``rules``: what the rules of the limit would have to say, together, to allow the shortest plan beyond it
    that is affordable; see :func:`~repayplan.offers.raising.needed`.
    """

    index: Ints
    values: dict[str, Ints]
    rules: dict[Code, Ints]

    def columns(self, size: int) -> dict[str, Ints]:
        """As columns of ``size`` rows."""
        return {name: self._spread(values, size) for name, values in self.values.items()}

    def rules_of(self, i: int) -> dict[Code, int]:
        """The rules of one row."""
        at = int(np.flatnonzero(self.index == i)[0])
        return {code: int(values[at]) for code, values in self.rules.items()}

    def rule_columns(self, size: int) -> dict[Code, Ints]:
        """The rules as columns of ``size`` rows."""
        return {code: self._spread(values, size) for code, values in self.rules.items()}

    def _spread(self, values: Ints, size: int) -> Ints:
        out = np.full(size, NONE)
        out[self.index] = values
        return out

    def one(self, i: int, decimals: int) -> dict[str, Decimal | int | None]:
        """The levers of one row, for a person."""
        at = int(np.flatnonzero(self.index == i)[0])
        shown: dict[str, Decimal | int | None] = {}
        for name, values in self.values.items():
            value = int(values[at])
            if value == NONE:
                shown[name] = None
            elif name == "months":
                shown[name] = value
            elif name == "rate":
                shown[name] = to_plain(value, RATE_DECIMALS)
            else:
                shown[name] = to_decimal(value, decimals)
        return shown


def relaxations(
    loans: Loans,
    policy: Policy,
    *,
    index: Ints,
    room: Room,
    earning: Mapping[str, Callable[[Ints], Ints]],
    dated: Bools,
    ahead: Ahead,
    shortest: Ints,
    longest: Ints,
    most: Ints,
) -> Levers:
    """For loans without an affordable plan, the least single change that would make one.

    Parameters
    ----------
    loans
        At their finest unit, arrears placed; all rows good, with the columns that the limit looks at.
    index
        Their numbers in the batch that is reported on.
    room
        What can be paid in each period.
    earning
        By lever of :data:`INCOMES` that is looked for: what is left a month, signed, with so much more of it.
    dated
        Of which households that may differ from month to month.
    ahead
        What these can pay in each period of other plans, or with more income.
    shortest, longest
        Lengths within the limit; every lever but ``months`` is tried with all steps at their most.
    most
        int64; what may be paid in a period at most, whatever is left.
    """
    size = len(loans)
    of_gross = policy.target is not None and policy.target.of == "gross_income"
    values = {name: np.full(size, NONE) for name in (*LEVERS, *(("gross_income",) if of_gross else ()))}
    if not size:
        return Levers(index, values, {})
    steps = policy.steps
    lowering = [step.step for step in steps if not step.shifting]
    least = _least_length(steps, shortest, longest, dated)
    some = _can_pay(room, shortest, longest)
    later = ahead if dated.any() else None
    whole = _Whole(loans, policy, shortest, longest, room, earning, most, later)
    beyond, lowest = np.full(size, NONE), np.full(size, NONE)
    lowers = any(step not in ("extend", *SHIFTING) for step in lowering)
    if lowers and policy.amortisation.any:
        _by_parts(values, beyond, whole, longest >= shortest, some, dated)
        return Levers(index, values, needed(policy.limit, loans, beyond))
    ways = list(_ways(_Case(loans, steps, least, longest, room, some, policy.amortisation)))
    for name in policy.methods:
        for case in ways:
            beyond = _least(beyond, _beyond(case, name))
            lowest = _least(lowest, _lowest(case, name))
            values["rate"] = np.maximum(values["rate"], _highest_rate(case, name))
            reduction = _reduction(case, name)
            values["principal_reduction"] = _least(values["principal_reduction"], reduction)
            owes_more = (loans.carried + loans.charges).any()
            paid = _down_payment(case, name) if owes_more else reduction
            values["down_payment"] = _least(values["down_payment"], paid)
    # What can be paid after the longest plan is the least of all months to come: no measure of a longer one.
    beyond = np.where(dated, NONE, beyond)
    rows = np.flatnonzero(dated & (longest >= shortest))
    if "extend" in lowering:
        beyond[rows] = _beyond_ahead(ways, policy.methods, rows, ahead)
    lowest = np.where(lowest > most, NONE, lowest)  # that no income makes payable
    months = lacking(policy.limit, loans, np.maximum(beyond, 1))
    values["months"] = np.where(beyond > 0, months, NONE)
    for name, left in earning.items():
        values[name] = np.where(dated, NONE, _income(loans, lowest, left))
    if lowers:
        _no_more_than_needed(values, beyond, whole)
    for part in _parts(rows, longest):
        for name in earning:
            values[name][part] = _income_ahead(whole, part, lowest[part], name)
    return Levers(index, values, needed(policy.limit, loans, beyond))


def longer_does(loans: Loans, policy: Policy, room: Room, shortest: Ints, longest: Ints) -> Bools:
    """Whether the lever ``months`` helps: a plan is affordable that is longer than the limit allows.

    As :func:`relaxations` finds it, without the other levers: of households whose months don't differ, and
    where no steps that lower a figure stand beside minimums of paying off.
    """
    size, steps = len(loans), policy.steps
    least = _least_length(steps, shortest, longest, np.zeros(size, np.bool_))
    some = _can_pay(room, shortest, longest)
    out = np.zeros(size, np.bool_)
    for case in _ways(_Case(loans, steps, least, longest, room, some, policy.amortisation)):
        for name in policy.methods:
            out |= _beyond(case, name) > 0
    return out


def _least_length(steps: Sequence[Concession], shortest: Ints, longest: Ints, dated: Bools) -> Ints:
    """From which length on plans are looked at with all lowering steps at their most.

    Once it is at its most, the term stays there: only the last of the lowering steps has a choice. But where
    months differ, the longest plan isn't always the lowest, and the term is held back.
    """
    lowering = [step.step for step in steps if not step.shifting]
    kept = np.zeros(len(shortest), np.bool_) if not lowering or lowering[-1] == "extend" else ~dated
    return np.where(kept, np.maximum(longest, shortest), shortest)


def _can_pay(room: Room, shortest: Ints, longest: Ints) -> Bools:
    """Who has a plan within the limit to look at, and something to pay in some period."""
    return np.asarray((longest >= shortest) & (room.most(np.full(len(longest), MAX_PERIODS)) > 0), np.bool_)


@dataclass(frozen=True, slots=True)
class _Whole:
    """Refused loans, whose waterfall begins anew where a figure is changed.

    ``ahead`` is None where no household's months differ.
    """

    loans: Loans
    policy: Policy
    shortest: Ints
    longest: Ints
    room: Room
    earning: Mapping[str, Callable[[Ints], Ints]]
    most: Ints
    ahead: Ahead | None

    def room_of(self, rows: Ints, longest: Ints) -> Room:
        """What can be paid in each period of some loans' plans of these lengths at most."""
        return self.room.take(rows) if self.ahead is None else self.ahead(rows, longest)

    def offered(
        self, loans: Loans, rows: Ints, *, longest: Ints | None = None, room: Room | None = None
    ) -> Bools:
        """Whether loans that were those of these numbers are offered a plan."""
        most = self.longest[rows] if longest is None else longest
        can, every, rules = room or self.room.take(rows), np.arange(len(rows)), self.policy
        shortest, minimums = self.shortest[rows], rules.amortisation
        found = grant(loans, every, rules.methods, rules.steps, shortest, most, can, minimums)
        return np.asarray(found.length > 0, np.bool_)

    def reduced(self, rows: Ints, less: Ints) -> Bools:
        """With so much less principal."""
        loans = self.loans.take(rows)
        return self.offered(of_balance(loans, loans.balance - less), rows)

    def paying(self, rows: Ints, down: Ints) -> Bools:
        """When so much is paid at once."""
        loans = self.loans.take(rows)
        return self.offered(_owing(loans, loans.owed - down), rows)

    def raised(self, rows: Ints, months: Ints) -> Bools:
        """When every rule of the limit is raised by so many months."""
        some, limit = self.loans.take(rows), self.policy.limit
        present, most = np.maximum(self.longest[rows], 0), np.full(len(rows), MAX_PERIODS)

        def within(length: Ints) -> Bools:
            return lacking(limit, some, np.maximum(length, 1)) <= months

        most = last(within, present, most, present)
        return self.offered(some, rows, longest=most, room=self.room_of(rows, most))

    def as_long(self, rows: Ints, most: Ints) -> Bools:
        """When plans may be so long."""
        return self.offered(self.loans.take(rows), rows, longest=most, room=self.room_of(rows, most))

    def cut(self, rows: Ints, cuts: Ints) -> Bools:
        """At a rate so many steps below the highest."""
        return self.offered(_at_rate(self.loans.take(rows), MOST_STEPS - cuts), rows)

    def earning_more(self, rows: Ints, more: Ints, *, name: str) -> Bools:
        """With so much more income a month, that of a lever; the rows in order, some several times."""
        if self.ahead is not None:
            longest = np.maximum(self.longest[rows], 1)
            room = self.ahead(rows, longest, more, INCOMES[name])
            return self.offered(self.loans.take(rows), rows, room=room)
        left = np.zeros(len(rows), np.int64)
        for mine in _apart(rows):
            month = np.zeros(len(self.loans), np.int64)
            month[rows[mine]] = more[mine]
            left[mine] = self.earning[name](month)[rows[mine]]
        can = np.minimum(a_period(np.maximum(left, 0), self.loans.frequency[rows]), self.most[rows])
        return self.offered(self.loans.take(rows), rows, room=self.room.take(rows).again(can))


def _no_more_than_needed(values: dict[str, Ints], beyond: Ints, whole: _Whole) -> None:
    """Lowers levers to where one unit less wouldn't do.

    They were found with all steps at their most. By roundings lower degrees may do where that doesn't, so
    that less of a lever is enough.
    """
    loans = whole.loans
    owed = loans.owed
    if (owed > loans.balance).any():
        _lower(values["down_payment"], whole.paying)
    _lower(values["principal_reduction"], whole.reduced)
    if not (owed > loans.balance).any():
        values["down_payment"][:] = values["principal_reduction"]
    for name in whole.earning:
        _lower(values[name], partial(whole.earning_more, name=name))
    _lower(values["months"], whole.raised)
    _lower(beyond, whole.as_long)
    cuts = np.where(values["rate"] == NONE, NONE, MOST_STEPS - values["rate"] // RATE_STEP)
    _lower(cuts, whole.cut, to=MOST_STEPS - loans.annual_rate // RATE_STEP + 1)
    values["rate"] = np.where(cuts == NONE, NONE, (MOST_STEPS - cuts) * RATE_STEP)


def _by_parts(
    values: dict[str, Ints], beyond: Ints, whole: _Whole, judged: Bools, some: Bools, dated: Bools
) -> None:
    """Levers where steps at their most aren't what serves best: a longer plan repays more slowly.

    Each by parts, so that it does, and one unit less doesn't; of ``some`` of those that are ``judged``, who
    can pay something, and of all by income. Where months differ, nothing is said of longer plans.
    """
    loans = whole.loans
    owed = loans.owed
    nothing = np.zeros_like(owed)

    def least(does: Callable[[Ints, Ints], Bools], low: Ints, high: Ints, who: Bools = some) -> Ints:
        out = np.full(len(loans), NONE)
        left = np.flatnonzero(who & (high > low))
        left = left[does(left, high[left])]
        out[left] = _first(does, left, low[left], high[left])
        return out

    def of_amount(does: Callable[[Ints, Ints], Bools], high: Ints) -> Ints:
        out = least(does, nothing, high)
        left = np.flatnonzero(some & (high > 0) & (out == NONE))
        # So little may be left that its instalments round to nothing: a half, a quarter of it may do; or a
        # few units, of which a plan repays more at once than its share, where that isn't long looked for.
        few = left[_degrees(loans.take(left), whole.policy.steps) <= MOST_TRIED] if len(left) else left
        halves = high[left][:, None] >> np.arange(1, HALVES)
        units = np.arange(LITTLE) + 0 * few[:, None]
        for rows, kept in ((left, halves), (few, np.hstack((units, _whole_instalments(whole, few) - 1)))):
            open_ = out[rows] == NONE
            mine = rows[open_]
            tried = np.sort(np.maximum(high[mine][:, None] - kept[open_], 1), axis=1)
            fits = does(np.repeat(mine, tried.shape[1]), tried.ravel()).reshape(tried.shape)
            hit, first = fits.any(axis=1), fits.argmax(axis=1)
            before = np.where(first > 0, tried[np.arange(len(mine)), first - 1], 0)[hit]
            out[mine[hit]] = _first(does, mine[hit], before, tried[hit, first[hit]])
        return out

    values["principal_reduction"] = of_amount(whole.reduced, loans.balance - 1)
    beside = owed > loans.balance
    if beside.any() or any(loans.extra[name].any() for name in _JOINED if name in loans.extra):
        values["down_payment"] = of_amount(whole.paying, owed - 1)
    else:  # all that is owed is the balance
        values["down_payment"] = values["principal_reduction"].copy()
    # In a single payment, if need be; more is needed where little of it counts. What leaves the domain is no
    # income that would do, so that the most is come to step by step.
    for name in whole.earning:
        does, most = partial(whole.earning_more, name=name), 4 * a_month(owed, loans.frequency)
        while (open_ := judged & (values[name] == NONE)).any():
            values[name] = np.maximum(values[name], least(does, nothing, most, open_))
            if (most >= MOST_INCOME).all():
                break
            most = np.minimum(np.minimum(most, MOST_INCOME // 16) * 16, MOST_INCOME)
    alike = some & ~dated
    values["months"] = least(whole.raised, nothing, np.full_like(owed, MOST_MONTHS), alike)
    beyond[:] = least(whole.as_long, np.maximum(whole.longest, 0), np.full_like(owed, MAX_PERIODS), alike)
    # Of a rate that changes over time any fixed one may be lower.
    present = np.where(loans.rate_index >= 0, 0, MOST_STEPS - -(-loans.annual_rate // RATE_STEP))
    cuts = least(whole.cut, present, np.full_like(owed, MOST_STEPS))
    values["rate"] = np.where(cuts == NONE, NONE, (MOST_STEPS - cuts) * RATE_STEP)


def _degrees(loans: Loans, steps: Sequence[Concession]) -> Ints:
    """How many degrees all steps together have that lower a figure."""
    out = np.zeros(len(loans), np.int64)
    for step in steps:
        if step.step in LOWERING:
            out = out + LOWERING[step.step].top(step, loans)
    return out


def _whole_instalments(whole: _Whole, rows: Ints) -> Ints:
    """Balances of a few of the least instalments that rounding allows, and of one to three in each row."""
    loans, rounding = whole.loans.take(rows), whole.policy.rounding
    places = np.unique(loans.decimals)
    unit = np.array([rounding.multiple("instalment", d) for d in places.tolist()], np.int64)
    unit = unit[np.searchsorted(places, loans.decimals)][:, None]
    every = whole.shortest[rows][:, None] * unit * np.arange(1, 4)
    return np.hstack((unit * np.arange(1, LITTLE + 1), every))


def _lower(value: Ints, does: Callable[[Ints, Ints], Bools], *, to: Ints | None = None) -> None:
    """Lowers values, in place, as long as one less does."""
    least = np.ones_like(value) if to is None else to
    left, width = np.flatnonzero((value != NONE) & (value > least)), 1
    while len(left):
        tried = value[left][:, None] - np.arange(1, width + 1)
        within = tried >= least[left][:, None]
        each, which = np.repeat(left, width).reshape(tried.shape)[within], tried[within]
        fits = np.zeros(tried.shape, np.bool_)
        fits[within] = does(each, which)
        run = np.logical_and.accumulate(fits, axis=1).sum(axis=1)
        value[left] -= run
        left = left[(run == width) & (value[left] > least[left])]
        width = min(2 * width, LEAST_WIDTH)


@dataclass(frozen=True, slots=True)
class _Case:
    """Refused loans, and lengths of their plans with all lowering steps at their most after a pause.

    ``payable`` are those to be looked at.
    """

    loans: Loans
    steps: tuple[Concession, ...]
    shortest: Ints
    longest: Ints
    room: Room
    payable: Bools
    minimums: Amortisation
    pause: Pause = NO_PAUSE

    def take(self, rows: Ints, room: Room) -> _Case:
        """Some of them, that can pay something else."""
        columns = {name: getattr(self, name)[rows] for name in ("shortest", "longest", "payable")}
        within = columns["longest"] >= columns["shortest"]
        return replace(self, loans=self.loans.take(rows), room=room, **(columns | {"payable": within}))

    def exhausted(self, loans: Loans) -> Loans:
        """The loans, figures changed, with the steps at their most."""
        return exhausted(loans, self.steps)

    def plans(self, name: str, longest: Ints) -> Plans:
        """Plans of a method of these lengths at most."""
        rows = self.pause.rows
        some = self.payable & (longest > rows)
        first, end = (np.maximum(each - rows, 1) for each in (self.shortest, longest))
        room = self.room.delayed(self.pause.idle)
        return Plans(self.loans, name, first, end, room, some, self.pause, self.minimums)


def _ways(case: _Case) -> Iterator[_Case]:
    """The same after each way to put payments off, where that is allowed."""
    shifts = {number: step for number, step in enumerate(case.steps) if step.shifting}
    for way in ways_to_put_off(case.loans, shifts):
        allowed = may_put_off(case.loans, shifts, way.taken)
        yield replace(case, payable=case.payable & allowed, pause=way.pause)


def _beyond(case: _Case, name: str, most: Ints | int = MAX_PERIODS) -> Ints:
    """Rows of the shortest affordable plan beyond the limit, at most so many; -1 where there is none."""
    if all(step.step != "extend" for step in case.steps):
        return np.full(len(case.loans), NONE)
    loans, rows = case.loans, case.pause.rows
    beyond = np.maximum(np.full(len(loans), most), case.longest)
    first = np.maximum(np.maximum(case.shortest, case.longest + 1) - rows, 1)
    payable = case.room.most(beyond) > 0
    plans = case.plans(name, beyond)
    made = plans.candidates(case.exhausted(loans), beyond - rows, np.arange(len(loans)))
    found = made.least(first, np.where(payable, beyond - rows, 0), plans.later)
    return np.where(found > 0, found + rows, NONE)


def _parts(rows: Ints, periods: Ints) -> list[Ints]:
    """Rows, some at once, so that the tables of their periods aren't too large."""
    cells = len(rows) * int(periods[rows].max(initial=1))
    return np.array_split(rows, -(-cells // CELLS)) if cells else []


def _beyond_ahead(ways: Sequence[_Case], methods: Sequence[str], rows: Ints, ahead: Ahead) -> Ints:
    """The same of households whose months differ, as far ahead as it takes, :data:`FARTHEST` at most."""
    out, left = np.full(len(rows), NONE), np.arange(len(rows))
    frequency = ways[0].loans.frequency[rows]
    end = np.minimum(whole_periods(np.full(len(rows), FARTHEST), frequency), MAX_PERIODS)
    most = np.maximum(ways[0].longest[rows], 1)
    while len(left := left[(out[left] == NONE) & (most[left] < end[left])]):
        most = np.minimum(FARTHER * most, end)
        for part in _parts(left, most):
            mine = rows[part]
            room = ahead(mine, most[part])
            for case in (way.take(mine, room) for way in ways):
                for name in methods:
                    out[part] = _least(out[part], _beyond(case, name, most[part]))
    return out


def _least(first: Ints, second: Ints) -> Ints:
    """The smaller of two where both are there."""
    return np.where(first < 0, second, np.where(second < 0, first, np.minimum(first, second)))


def _highest_rate(case: _Case, name: str) -> Ints:
    """The highest annual rate, a whole number of steps below the present one, that is affordable."""
    now = case.exhausted(case.loans)
    # Of a rate that changes over time any fixed one may be lower.
    present = np.where(now.rate_index >= 0, 10**RATE_DECIMALS + RATE_STEP, now.annual_rate)
    steps = -(-present // RATE_STEP) - 1

    def change(loans: Loans, rate: Ints) -> Loans:
        return case.exhausted(_at_rate(loans, rate))

    found = Figure(case.plans(name, case.longest), change, 0).most(steps, steps)
    return np.where(found >= 0, found * RATE_STEP, NONE)


def _at_rate(loans: Loans, rate: Ints) -> Loans:
    """Of a loan whose rate changes over time: a fixed one instead."""
    return loans.replace(annual_rate=rate * RATE_STEP, rate_index=np.full_like(rate, -1))


def _owing(loans: Loans, left: Ints) -> Loans:
    """Loans that owe so much in all: less of the balance only when all that is paid first is paid.

    What may be waived is paid last of the latter; and of the balance first.
    """
    principal = np.minimum(left, loans.balance)
    beside, kept = left - principal, {}
    for name in ("overdue_interest", "accrued_interest", "penalty", "fees"):
        kept[name] = np.minimum(getattr(loans, name), beside)
        beside = beside - kept[name]
    extra = {
        name: np.maximum(column - (loans.balance - principal), 0) if name in _JOINED else column
        for name, column in loans.extra.items()
    }
    return loans.replace(principal=principal, overdue_principal=np.zeros_like(left), extra=extra, **kept)


def _reduction(case: _Case, name: str) -> Ints:
    """The least amount that, taken off the balance, makes the plan affordable."""
    loans, plans = case.loans, case.plans(name, case.longest)
    balance = loans.balance

    def change(some: Loans, kept: Ints) -> Loans:
        return case.exhausted(of_balance(some, kept))

    # Payments fall almost in proportion to the balance.
    extra = loans.carried + loans.charges
    longest = plans.longest
    asked = plans.candidates(case.exhausted(loans), longest, np.arange(len(loans))).floor(longest)
    most = plans.later.most(longest)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        near = balance * np.clip((most - extra) / np.maximum(asked - extra, 1), 0.0, 1.0)
    found = Figure(plans, change, 1).most(balance - 1, near.astype(np.int64))
    return np.where(found >= 0, balance - found, NONE)


def _down_payment(case: _Case, name: str) -> Ints:
    """The least amount that, paid at once, makes the plan affordable: what is paid first, then principal."""
    loans = case.loans
    owed = loans.owed

    def change(some: Loans, left: Ints) -> Loans:
        return case.exhausted(_owing(some, left))

    found = Figure(case.plans(name, case.longest), change, 1).most(owed - 1, owed - 1)
    return np.where(found >= 0, owed - found, NONE)


def _income(loans: Loans, lowest: Ints, earning: Callable[[Ints], Ints]) -> Ints:
    """How much more income a month would make plans affordable whose largest payment is the lowest.

    Costs that are assumed from net income rise with it, never by more; and gross income is looked at only
    where more of it never leaves less to pay. No more than :data:`MOST_INCOME`.
    """
    needed = np.maximum(a_month(lowest, loans.frequency), 0)
    surplus = earning(np.zeros_like(needed))

    def does(rows: Ints, more: Ints) -> Bools:
        every, month, out = needed[rows], np.zeros_like(needed), np.zeros(len(rows), np.bool_)
        for mine in _apart(rows):
            month[rows[mine]] = more[mine]
            out[mine] = earning(month)[rows[mine]] >= every[mine]
        return out

    return _least_income(does, needed, surplus, lowest >= 0)


def _income_ahead(whole: _Whole, rows: Ints, lowest: Ints, name: str) -> Ints:
    """The same of some whose months differ, each month with so much more.

    More income never lowers what can be paid in any period, and what the waterfall looks at doesn't depend
    on it: so there is a least, and from it on every income does.
    """
    needed = np.maximum(a_month(lowest, whole.loans.frequency[rows]), 0)
    surplus = whole.earning[name](np.zeros(len(whole.loans), np.int64))[rows]

    def does(some: Ints, more: Ints) -> Bools:
        return whole.earning_more(rows[some], more, name=name)

    return _least_income(does, needed, surplus, lowest >= 0)


def _least_income(does: Callable[[Ints, Ints], Bools], needed: Ints, surplus: Ints, possible: Bools) -> Ints:
    """The least that is enough, of tests that hold from somewhere on; -1 where nothing is."""
    most = np.minimum(np.clip(needed, 1, MOST_INCOME // 4) * 4 - np.minimum(surplus, 0), MOST_INCOME)
    out, left = np.full(len(most), NONE), np.flatnonzero(possible)
    enough = np.zeros(len(most), np.bool_)
    while len(left):
        enough[left] = does(left, most[left])
        left = left[~enough[left] & (most[left] < MOST_INCOME)]
        most[left] = np.minimum(most[left], MOST_INCOME // 4) * 4
    some = np.flatnonzero(enough)
    near = np.clip(needed - surplus, 1, most)[some]
    out[some] = _first(does, some, np.zeros(len(some), np.int64), most[some], near)
    return out


def _first(
    does: Callable[[Ints, Ints], Bools], rows: Ints, low: Ints, high: Ints, near: Ints | None = None
) -> Ints:
    """Values above ``low`` that do, at most ``high``, which do: one unit less doesn't, or is ``low``.

    Of few rows several values are looked at together; first, where a place is known that they are most likely
    near, some farther and farther away from it.
    """
    short, enough, open_ = low.copy(), high.copy(), np.flatnonzero(high - low > 1)
    while len(open_):
        begin, end = short[open_][:, None], enough[open_][:, None]
        width = max(AT_ONCE // len(open_), 1)
        gap, part = end - begin, np.arange(1, width + 1)
        tried = begin + gap // (width + 1) * part + gap % (width + 1) * part // (width + 1)
        tried = np.where(gap <= width, begin + part, tried)
        if near is not None:
            apart = FARTHER ** (np.arange(31) if width > FARTHER else np.array([1, 6]))
            beside = np.concatenate((-apart[::-1], [0], apart))
            within = np.abs(beside) < gap.max()
            tried = np.sort(np.clip(near[open_][:, None] + beside[within], begin, end), axis=1)
            near = None
        inside = (tried > begin) & (tried < end)
        inside[:, 1:] &= tried[:, 1:] != tried[:, :-1]
        hit, each = np.zeros(tried.shape, np.bool_), np.nonzero(inside)[0]
        hit[inside] = does(rows[open_[each]], tried[inside])
        enough[open_] = np.where(hit, tried, end).min(axis=1)
        below = inside & (tried < enough[open_][:, None])
        short[open_] = np.where(below, tried, begin).max(axis=1)
        open_ = open_[enough[open_] - short[open_] > 1]
    return enough


def _apart(rows: Ints) -> Iterator[Ints]:
    """Numbers of rows in order, of which some come several times: each time, every row once at most."""
    again = np.arange(len(rows)) - np.searchsorted(rows, rows)
    for time in range(int(again.max(initial=-1)) + 1):
        yield np.flatnonzero(again == time)


def _lowest(case: _Case, name: str) -> Ints:
    """The smallest largest payment of a method's plans, those of the pause among them; -1: there is none."""
    anything = case.room.again(np.full(len(case.loans), NEVER))
    within = case.longest >= case.shortest
    plans = replace(case, room=anything, payable=within).plans(name, np.maximum(case.longest, 1))
    longest = np.where(plans.payable, plans.longest, 0)
    made = plans.candidates(case.exhausted(case.loans), plans.longest, np.arange(len(case.loans)))
    peak = made.lowest(plans.shortest, longest).peak
    return np.where(peak >= 0, np.maximum(peak, made.begin), NONE)
