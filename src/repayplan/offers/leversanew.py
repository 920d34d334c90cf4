"""The least of each lever where the waterfall begins anew with every value that is tried."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from repayplan.basics.dates import a_month, a_period
from repayplan.basics.outcome import Bools, Ints
from repayplan.kernel.rules import MAX_PERIODS
from repayplan.offers.concession import Concession
from repayplan.offers.crossing import last
from repayplan.offers.granting import grant
from repayplan.offers.leastvalue import first_that_does, least_income, lower_further, one_of_each
from repayplan.offers.levers import (
    INCOMES,
    JOINED_PARTS,
    MOST_INCOME,
    MOST_STEPS,
    RATE_STEP,
    Ahead,
    at_rate,
    owing_less,
)
from repayplan.offers.lowering import LOWERING, of_balance
from repayplan.offers.onefigure import NONE
from repayplan.offers.pairing import MOST_TRIED
from repayplan.offers.policy import Policy
from repayplan.offers.raising import lacking
from repayplan.offers.room import Room
from repayplan.plans.loan import Loans

MOST_MONTHS = 12 * MAX_PERIODS
"""No limit can be raised by more."""
HALVES = 9
"""So often what is left of an amount is halved."""
LITTLE = 24
"""So few minor units, and least instalments, are tried one by one where nothing else does."""


@dataclass(frozen=True, slots=True)
class Anew:
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
        return self.offered(owing_less(loans, loans.owed - down), rows)

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
        return self.offered(at_rate(self.loans.take(rows), MOST_STEPS - cuts), rows)

    def earning_more(self, rows: Ints, more: Ints, *, name: str) -> Bools:
        """With so much more income a month, that of a lever; the rows in order, some several times."""
        if self.ahead is not None:
            longest = np.maximum(self.longest[rows], 1)
            room = self.ahead(rows, longest, more, INCOMES[name])
            return self.offered(self.loans.take(rows), rows, room=room)
        left = np.zeros(len(rows), np.int64)
        for mine in one_of_each(rows):
            month = np.zeros(len(self.loans), np.int64)
            month[rows[mine]] = more[mine]
            left[mine] = self.earning[name](month)[rows[mine]]
        can = np.minimum(a_period(np.maximum(left, 0), self.loans.frequency[rows]), self.most[rows])
        return self.offered(self.loans.take(rows), rows, room=self.room.take(rows).again(can))


def no_more_than_needed(values: dict[str, Ints], beyond: Ints, whole: Anew) -> None:
    """Lowers levers to where one unit less wouldn't do.

    They were found with all steps at their most. By roundings lower degrees may do where that doesn't, so
    that less of a lever is enough.
    """
    loans = whole.loans
    owed = loans.owed
    if (owed > loans.balance).any():
        lower_further(values["down_payment"], whole.paying)
    lower_further(values["principal_reduction"], whole.reduced)
    if not (owed > loans.balance).any():
        values["down_payment"][:] = values["principal_reduction"]
    for name in whole.earning:
        lower_further(values[name], partial(whole.earning_more, name=name))
    lower_further(values["months"], whole.raised)
    lower_further(beyond, whole.as_long)
    cuts = np.where(values["rate"] == NONE, NONE, MOST_STEPS - values["rate"] // RATE_STEP)
    lower_further(cuts, whole.cut, to=MOST_STEPS - loans.annual_rate // RATE_STEP + 1)
    values["rate"] = np.where(cuts == NONE, NONE, (MOST_STEPS - cuts) * RATE_STEP)


def levers_by_parts(
    values: dict[str, Ints], beyond: Ints, whole: Anew, judged: Bools, some: Bools, dated: Bools
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
        out[left] = first_that_does(does, left, low[left], high[left])
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
            out[mine[hit]] = first_that_does(does, mine[hit], before, tried[hit, first[hit]])
        return out

    values["principal_reduction"] = of_amount(whole.reduced, loans.balance - 1)
    beside = owed > loans.balance
    if beside.any() or any(loans.extra[name].any() for name in JOINED_PARTS if name in loans.extra):
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


def _whole_instalments(whole: Anew, rows: Ints) -> Ints:
    """Balances of a few of the least instalments that rounding allows, and of one to three in each row."""
    loans, rounding = whole.loans.take(rows), whole.policy.rounding
    places = np.unique(loans.decimals)
    unit = np.array([rounding.multiple("instalment", d) for d in places.tolist()], np.int64)
    unit = unit[np.searchsorted(places, loans.decimals)][:, None]
    every = whole.shortest[rows][:, None] * unit * np.arange(1, 4)
    return np.hstack((unit * np.arange(1, LITTLE + 1), every))


def more_income_ahead(whole: Anew, rows: Ints, lowest: Ints, name: str) -> Ints:
    """The same of some whose months differ, each month with so much more.

    More income never lowers what can be paid in any period, and what the waterfall looks at doesn't depend
    on it: so there is a least, and from it on every income does.
    """
    needed = np.maximum(a_month(lowest, whole.loans.frequency[rows]), 0)
    surplus = whole.earning[name](np.zeros(len(whole.loans), np.int64))[rows]

    def does(some: Ints, more: Ints) -> Bools:
        return whole.earning_more(rows[some], more, name=name)

    return least_income(does, needed, surplus, lowest >= 0)
