"""What would make a plan affordable where none is: for each lever alone, the least that does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from repayplan.basics.columns import RATE_DECIMALS
from repayplan.basics.dates import a_month
from repayplan.basics.errors import Code
from repayplan.basics.money import to_decimal, to_plain
from repayplan.basics.outcome import Bools, Ints
from repayplan.kernel.work import MAX_PERIODS
from repayplan.offers.bounds import FIRST_COMPARED
from repayplan.offers.policy import Policy
from repayplan.offers.raising import lacking, needed
from repayplan.offers.search import Candidates
from repayplan.plans.loan import Loans

LEVERS = ("months", "rate", "income", "principal_reduction", "down_payment")
RATE_STEP = 10**6
"""The rate is tried in steps of 0.01 %, in units of 1e-10."""
NONE = -1
MOST_INCOME = 2**61
"""Minor units a month: no household can be said to have more."""
MOST_TRIED = 65_536
"""Values of a lever that are tried one by one for a loan and a length."""
WIDE = 1_024
"""Where more values than this have the same ``A``, they are excluded together."""
AT_ONCE = 65_536
"""Values tried at once when few loans are left."""
LEAST_WIDTH = 16
"""Values of a loan tried at once however many are left."""


@dataclass(frozen=True, slots=True, eq=False)
class Levers:
    """The least relaxation per lever, for the rows ``index``; -1 where the lever alone can't help.

    ``months`` by which every rule of the limit is raised; ``rate`` the highest annual rate that fits (1e-10);
    ``income``, ``principal_reduction`` and ``down_payment`` in minor units.

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
    capacity: Ints,
    earning: Callable[[Ints], Ints],
    shortest: Ints,
    longest: Ints,
) -> Levers:
    """For loans without an affordable plan, the least single change that would make one.

    Parameters
    ----------
    loans
        At their finest unit, arrears placed; all rows good, with the columns that the limit looks at.
    index
        Their numbers in the batch that is reported on.
    capacity
        int64 a period.
    earning
        What is left a month, signed, with so much more net income.
    shortest, longest
        Lengths within the limit; every lever but ``months`` is tried at the longest.
    """
    size = len(loans)
    rows = np.arange(size)
    within = longest >= shortest
    values = {name: np.full(size, NONE) for name in LEVERS}
    if not size:
        return Levers(index, values, {})
    beyond = np.full(size, NONE)
    lowest, payable = np.full(size, NONE), within & (capacity > 0)
    for name in policy.methods:
        most = np.full(size, MAX_PERIODS)
        found = Candidates(loans, rows, name, most).least(
            np.maximum(shortest, longest + 1), np.where(capacity > 0, most, 0), capacity
        )
        beyond = _least(beyond, np.where(found > 0, found, NONE))
        at_limit = np.maximum(longest, 1)
        peak = Candidates(loans, rows, name, at_limit).lowest(shortest, np.where(within, at_limit, 0)).peak
        lowest = _least(lowest, peak)
        method = _Method(loans, name, shortest, longest, capacity, payable)
        values["rate"] = np.maximum(values["rate"], _highest_rate(method))
        reduction = _reduction(method)
        values["principal_reduction"] = _least(values["principal_reduction"], reduction)
        paid = reduction if not (loans.carried + loans.charges).any() else _down_payment(method)
        values["down_payment"] = _least(values["down_payment"], paid)
    values["income"] = _income(loans, lowest, earning)
    months = lacking(policy.limit, loans, np.maximum(beyond, 1))
    values["months"] = np.where(beyond > 0, months, NONE)
    return Levers(index, values, needed(policy.limit, loans, beyond))


def _least(first: Ints, second: Ints) -> Ints:
    """The smaller of two where both are there."""
    return np.where(first < 0, second, np.where(second < 0, first, np.minimum(first, second)))


@dataclass(frozen=True, slots=True)
class _Method:
    """Loans and one method's plans for them, of lengths from ``shortest`` to ``longest``.

    ``payable`` are those to be looked at.
    """

    loans: Loans
    name: str
    shortest: Ints
    longest: Ints
    capacity: Ints
    payable: Bools

    def take(self, rows: Ints) -> _Method:
        """Some of them."""
        columns = ("shortest", "longest", "capacity", "payable")
        return replace(self, loans=self.loans.take(rows), **{n: getattr(self, n)[rows] for n in columns})


@dataclass(frozen=True, slots=True)
class _Trial:
    """One method's plans with one figure changed.

    Parameters
    ----------
    change
        Gives the loans with values of the figure.
    low
        The least value: 0 of a rate, 1 of an amount, of which many values have the same ``A`` and are taken
        together.
    """

    plans: _Method
    change: Callable[[Loans, Ints], Loans]
    low: int

    def most(self, high: Ints, near: Ints) -> Ints:
        """The most, up to ``high``, that is affordable; -1 where nothing is.

        Rounding makes affordability uneven: a higher figure may do although a lower one doesn't. So for each
        length, from the longest down, everything above the most that is found already is excluded by a
        proven bound, or tried.

        ``near`` is where to look first.
        """
        out = np.full(len(high), NONE)
        rows = np.flatnonzero(self.plans.payable & (high >= self.low))
        if not len(rows):
            return out
        some, high, near = replace(self, plans=self.plans.take(rows)), high[rows], near[rows]
        if self.plans.name == "interest_only":
            # Its payments never fall when the balance or the rate rises.
            found = _last(some._some_length, np.full(len(rows), self.low - 1), high, near)
        else:
            found = some._most(high, near)
        out[rows] = np.where(found >= self.low, found, NONE)
        return out

    def _most(self, high: Ints, near: Ints) -> Ints:
        """The same by methods of which no longer plan is above a shorter one's floor."""
        shortest, longest = self.plans.shortest, self.plans.longest
        best, open_, length = np.full(len(high), self.low - 1), np.ones(len(high), np.bool_), longest.copy()
        left, width = np.arange(len(high)), 1
        while len(left):
            # Several lengths at once, where many are to be looked at.
            lengths = length[left][:, None] - np.arange(width)
            within = lengths >= np.maximum(shortest[left], FIRST_COMPARED)[:, None]
            pairs = _Pairs(self, np.repeat(left, width)[within.ravel()], lengths[within])
            # A shorter plan's floor is no lower: where it is above capacity, so are all that follow.
            closed = pairs.improve(best, high, near)
            open_[pairs.loan[closed]] = False
            length[left] -= width
            left = left[within[:, -1] & open_[left]]
            width = _wider(width, len(left))
        for few in range(1, FIRST_COMPARED):
            some = np.flatnonzero((shortest <= few) & (longest >= few))
            _Pairs(self, some, np.full(len(some), few)).improve(best, high, near)
        return best

    def _some_length(self, values: Ints) -> Bools:
        """Whether some plan within the limit is affordable with these values."""
        plans = self.plans
        loans = self.change(plans.loans, np.maximum(values, self.low))
        found = Candidates(loans, np.arange(len(loans)), plans.name, plans.longest).least(
            plans.shortest, plans.longest, plans.capacity
        )
        return found > 0


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Loans of a trial, each with one length."""

    trial: _Trial
    loan: Ints
    length: Ints

    @property
    def capacity(self) -> Ints:
        """int64 a period."""
        return self.trial.plans.capacity[self.loan]

    def take(self, pairs: Ints) -> _Pairs:
        """Some of them."""
        return replace(self, loan=self.loan[pairs], length=self.length[pairs])

    def made(self, values: Ints) -> Candidates:
        """Their plans with these values."""
        trial, plans = self.trial, self.trial.plans
        loans = trial.change(plans.loans.take(self.loan), np.maximum(values, trial.low))
        return Candidates(loans, np.arange(len(self.loan)), plans.name, self.length)

    def improve(self, best: Ints, high: Ints, near: Ints) -> Ints:
        """Raises ``best`` of their loans to what is affordable up to ``high``; returns hopeless pairs."""
        # What a plan can't be below never falls when the figure rises.
        below, top = best[self.loan], high[self.loan]
        hopeful = (below < top) & (self.made(below + 1).floor(self.length) <= self.capacity)
        some = self.take(np.flatnonzero(hopeful))
        if len(some.loan):
            below, top, around = below[hopeful], top[hopeful], np.minimum(near, high)[some.loan]
            amount = bool(self.trial.low)

            def may(values: Ints) -> Bools:
                plans = some.made(values)
                fits = plans.floor(some.length) <= some.capacity
                return fits & ~plans.beyond(some.length, some.capacity) if amount else fits

            top = _last(may, below, top, around)
            np.maximum.at(best, some.loan, some.most(below, top))
        return np.flatnonzero(~hopeful)

    def most(self, below: Ints, start: Ints) -> Ints:
        """The most affordable value from ``start`` down to one above ``below``; ``below`` where none is."""
        out, value = below.copy(), start.copy()
        left, width, looked = np.flatnonzero(start > below), 1, 0
        if not len(left):
            return out
        plans = self.made(start)
        known, alike = plans.bounded(), plans.steps() * self.length * self.trial.low
        aside, left = left[~known[left]], left[known[left]]
        while len(left) and looked < MOST_TRIED:
            wide = left[alike[left] > WIDE]
            if len(wide):
                value[wide] = self.take(wide)._jump(below[wide], value[wide], alike[wide])
                left = left[value[left] > below[left]]
            left, looked = self._look(left, width, below, value, out), looked + width
            width = _wider(width, len(left))
        left = np.concatenate((aside, left))
        if len(left):
            # Nothing is proven, or roundings decide everything: the last value that does, one more of which
            # doesn't, by bisection; and then as many above it as there is patience for.
            some = self.take(left)
            edge = _last(some._fits, below[left], value[left], value[left])
            out[left], below = edge, below.copy()
            below[left] = edge
            value[left] = np.minimum(value[left], edge + MOST_TRIED)
            left, width = left[value[left] > edge], 1
            while len(left):
                left = self._look(left, width, below, value, out)
                width = _wider(width, len(left))
        return out

    def _look(self, left: Ints, width: int, below: Ints, value: Ints, out: Ints) -> Ints:
        """Tries so many values of the pairs ``left`` from ``value`` down; returns those still open."""
        tried = np.maximum(value[left][:, None] - np.arange(width), below[left][:, None] + 1)
        each = self.take(np.repeat(left, width))
        maybe = np.flatnonzero(~each._above(tried.ravel()))
        fits = np.zeros(tried.size, np.bool_)
        fits[maybe] = each.take(maybe)._fits(tried.ravel()[maybe])
        fits = fits.reshape(tried.shape)
        hit = fits.any(axis=1)
        out[left[hit]] = tried[hit, fits[hit].argmax(axis=1)]
        left = left[~hit]
        value[left] -= width
        return left[value[left] > below[left]]

    def _above(self, values: Ints) -> Bools:
        return self.made(values).above(self.length, self.capacity, even=False)

    def _fits(self, values: Ints) -> Bools:
        return self.made(values).fits(self.length, self.capacity)

    def _jump(self, below: Ints, value: Ints, alike: Ints) -> Ints:
        """Past amounts that are surely too much: each time to the last that isn't, or has a smaller ``A``.

        No more than ``alike`` of them have the same ``A``.
        """
        value, left = value.copy(), np.arange(len(value))
        while len(left):
            some = self.take(left)
            plans, capacity = some.made(value[left]), some.capacity
            too = plans.above(some.length, capacity, even=True)
            left = left[too]
            if not len(left):
                break
            same, capacity = plans.amounts(some.length)[too], capacity[too]
            some = some.take(np.flatnonzero(too))

            def other(
                values: Ints, some: _Pairs = some, capacity: Ints = capacity, same: Ints = same
            ) -> Bools:
                tried = some.made(values)
                smaller = tried.amounts(some.length) < same
                return smaller | ~tried.above(some.length, capacity, even=True)

            least = np.maximum(below[left], value[left] - alike[left] - 1)
            value[left] = _last(other, least, value[left], value[left])
            left = left[value[left] > below[left]]
        return value


def _wider(width: int, left: int) -> int:
    """How many to try of each of those that are left: twice as many as before, while that isn't too much."""
    return min(2 * width, max(AT_ONCE // max(left, 1), LEAST_WIDTH))


def _last(test: Callable[[Ints], Bools], low: Ints, high: Ints, near: Ints) -> Ints:
    """The last value of ``(low, high]`` for which a test holds that fails from somewhere on; else ``low``."""
    after = high + 1  # the test holds at low (or is taken to), and doesn't at after
    reach = 4
    for around in (near, near):
        below, above = np.clip(around - reach, low, high), np.clip(around + reach, low, high)
        for probe in (below, above):
            inside = (probe > low) & (probe < after)
            holds = test(probe)
            low, after = np.where(inside & holds, probe, low), np.where(inside & ~holds, probe, after)
        reach *= 1_000
    while (after - low > 1).any():
        middle = low + (after - low) // 2
        holds = test(middle)
        open_ = after - low > 1
        low, after = np.where(open_ & holds, middle, low), np.where(open_ & ~holds, middle, after)
    return low


def _highest_rate(plans: _Method) -> Ints:
    """The highest annual rate, a whole number of steps below the present one, that is affordable."""
    steps = -(-plans.loans.annual_rate // RATE_STEP) - 1

    def change(loans: Loans, rate: Ints) -> Loans:
        # Of a loan whose rate changes over time: a fixed one instead.
        return loans.replace(annual_rate=rate * RATE_STEP, rate_index=np.full_like(rate, -1))

    found = _Trial(plans, change, 0).most(steps, steps)
    return np.where(found >= 0, found * RATE_STEP, NONE)


def _reduction(plans: _Method) -> Ints:
    """The least amount that, taken off the balance, makes the plan affordable."""
    loans = plans.loans
    balance = loans.balance

    def change(some: Loans, kept: Ints) -> Loans:
        return some.replace(principal=kept, overdue_principal=np.zeros_like(kept))

    # Payments fall almost in proportion to the balance.
    extra = loans.carried + loans.charges
    longest = np.maximum(plans.longest, 1)
    asked = Candidates(loans, np.arange(len(loans)), plans.name, longest).floor(longest)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        near = balance * np.clip((plans.capacity - extra) / np.maximum(asked - extra, 1), 0.0, 1.0)
    found = _Trial(plans, change, 1).most(balance - 1, near.astype(np.int64))
    return np.where(found >= 0, balance - found, NONE)


def _down_payment(plans: _Method) -> Ints:
    """The least amount that, paid at once, makes the plan affordable: what is paid first, then principal."""
    loans = plans.loans
    owed = loans.balance + loans.carried + loans.charges

    def change(some: Loans, left: Ints) -> Loans:
        nothing = np.zeros_like(left)
        principal = np.minimum(left, some.balance)
        cleared = dict.fromkeys(("overdue_principal", "overdue_interest", "penalty"), nothing)
        return some.replace(principal=principal, fees=left - principal, accrued_interest=nothing, **cleared)

    found = _Trial(plans, change, 1).most(owed - 1, owed - 1)
    return np.where(found >= 0, owed - found, NONE)


def _income(loans: Loans, lowest: Ints, earning: Callable[[Ints], Ints]) -> Ints:
    """How much more net income a month would carry the lowest instalment.

    Costs that are assumed from net income rise with it, never by more. No more than :data:`MOST_INCOME`. What
    is missing of a month's lowest instalment is within the domain.
    """
    needed = np.maximum(a_month(lowest, loans.frequency), 0)
    surplus = earning(np.zeros_like(needed))

    def test(more: Ints) -> Bools:
        return np.asarray(earning(more) >= needed, np.bool_)

    possible = lowest >= 0
    most = np.minimum(np.clip(needed, 1, MOST_INCOME // 4) * 4 - np.minimum(surplus, 0), MOST_INCOME)
    while not (test(most) | ~possible | (most >= MOST_INCOME)).all():
        most = np.where(test(most), most, np.minimum(most, MOST_INCOME // 4) * 4)
    possible &= test(most)
    short = _last(lambda more: ~test(more), np.zeros_like(most), most, np.minimum(needed - surplus, most))
    return np.where(possible, short + 1, NONE)
