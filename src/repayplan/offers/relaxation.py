"""What would make a plan affordable where none is: for each lever alone, the least that does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from repayplan.basics.columns import RATE_DECIMALS
from repayplan.basics.dates import a_month, months_taken
from repayplan.basics.money import to_decimal, to_plain
from repayplan.basics.outcome import Bools, Ints
from repayplan.kernel.work import MAX_PERIODS
from repayplan.offers.policy import Policy
from repayplan.offers.search import Candidates
from repayplan.plans.loan import Loans

LEVERS = ("months", "rate", "income", "principal_reduction", "down_payment")
RATE_STEP = 10**6
"""The rate is tried in steps of 0.01 %, in units of 1e-10."""
NONE = -1
MOST_INCOME = 2**61
"""Minor units a month: no household can be said to have more."""
MOST_TRIED = 4_096
"""Values of a lever that are tried one by one for a loan."""
AT_ONCE = 65_536
"""Values tried at once when few loans are left."""


@dataclass(frozen=True, slots=True, eq=False)
class Levers:
    """The least relaxation per lever, for the rows ``index``; -1 where the lever alone can't help.

    ``months`` beyond the limit; ``rate`` the highest annual rate that fits (1e-10); ``income``,
    ``principal_reduction`` and ``down_payment`` in minor units.
    """

    index: Ints
    values: dict[str, Ints]

    def columns(self, size: int) -> dict[str, Ints]:
        """As columns of ``size`` rows."""
        out = {}
        for name, values in self.values.items():
            out[name] = np.full(size, NONE)
            out[name][self.index] = values
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
    loans: Loans, policy: Policy, *, index: Ints, capacity: Ints, surplus: Ints, shortest: Ints, longest: Ints
) -> Levers:
    """For loans without an affordable plan, the least single change that would make one.

    Parameters
    ----------
    loans
        At their finest unit, arrears placed; all rows good.
    index
        Their numbers in the batch that is reported on.
    capacity
        int64 a period; ``surplus`` a month, signed, before contingency.
    shortest, longest
        Lengths within the limit; every lever but ``months`` is tried at the longest.
    """
    size = len(loans)
    rows = np.arange(size)
    within = longest >= shortest
    values = {name: np.full(size, NONE) for name in LEVERS}
    if not size:
        return Levers(index, values)
    lowest, payable = np.full(size, NONE), within & (capacity > 0)
    for name in policy.methods:
        beyond = np.full(size, MAX_PERIODS)
        found = Candidates(loans, rows, name, beyond).least(
            np.maximum(shortest, longest + 1), np.where(capacity > 0, beyond, 0), capacity
        )
        months = months_taken(found - longest, loans.frequency)
        values["months"] = _least(values["months"], np.where(found > 0, months, NONE))
        at_limit = np.maximum(longest, 1)
        peak = Candidates(loans, rows, name, at_limit).lowest(shortest, np.where(within, at_limit, 0)).peak
        lowest = _least(lowest, peak)
        trial = _Trial(loans, name, shortest, longest, capacity)
        values["rate"] = np.maximum(values["rate"], _highest_rate(trial, payable))
        reduction = _reduction(trial, payable)
        values["principal_reduction"] = _least(values["principal_reduction"], reduction)
        paid = reduction if not (loans.carried + loans.charges).any() else _down_payment(trial, payable)
        values["down_payment"] = _least(values["down_payment"], paid)
    values["income"] = _income(loans, policy, lowest, surplus)
    return Levers(index, values)


def _least(first: Ints, second: Ints) -> Ints:
    """The smaller of two where both are there."""
    return np.where(first < 0, second, np.where(second < 0, first, np.minimum(first, second)))


@dataclass(frozen=True, slots=True)
class _Trial:
    """Loans tried with one figure changed, by one method."""

    loans: Loans
    method: str
    shortest: Ints
    longest: Ints
    capacity: Ints

    def most(
        self, change: Callable[[Loans, Ints], Loans], low: Ints, high: Ints, wanted: Bools, near: Ints
    ) -> Ints:
        """The most, from ``low`` to ``high``, that is affordable; -1 where nothing is.

        What no plan can be below rises with the figure, so a bisection finds the last value that might
        do. Rounding makes the rest uneven: from there on down, value by value, plans decide.

        Parameters
        ----------
        change
            The loans with the figure changed.
        wanted
            For which of the loans; the others get -1.
        near
            Where to look first.
        """
        out = np.full(len(self.loans), NONE)
        rows = np.flatnonzero(wanted & (low <= high))
        if not len(rows):
            return out
        plans = replace(self, **{n: getattr(self, n)[rows] for n in ("shortest", "longest", "capacity")})
        plans = replace(plans, loans=self.loans.take(rows))
        out[rows] = plans._most(change, low[rows], high[rows], near[rows])
        return out

    def _most(self, change: Callable[[Loans, Ints], Loans], low: Ints, high: Ints, near: Ints) -> Ints:
        rows, top = np.arange(len(self.loans)), self.longest
        if self.method == "interest_only":
            # Its payments never fall when the balance or the rate rises.
            found = _last(lambda v: self._fits(change, rows, np.maximum(v, low)), low - 1, high, near)
            return np.where(found >= low, found, NONE)

        def candidates(values: Ints) -> Candidates:
            return Candidates(change(self.loans, np.maximum(values, low)), rows, self.method, top)

        def might(values: Ints) -> Bools:
            return candidates(values).might(self.shortest, top, self.capacity)

        start = _last(might, low - 1, high, near)
        # Above the figures whose last payment is surely too large; a shorter plan that might do looks again.
        plans = candidates(start)
        amount = plans.amounts(top)
        sooner = top - 1
        alone = (sooner < self.shortest) | ~plans.might(self.shortest, np.maximum(sooner, 1), self.capacity)

        def maybe(values: Ints) -> Bools:
            return ~alone | candidates(values).possible(top, self.capacity, amount)

        known = plans.known()
        begin, least = _last(maybe, low - 1, start, start), low
        edge = low - 1
        if not known.all():
            # Where the last payment isn't known beforehand: a value that does, one more of which doesn't,
            # and then as many above it as roundings of all rows could make uneven.
            edge = _last(lambda v: self._fits(change, rows, np.maximum(v, low)), low - 1, start, near)
            uneven = 4 * top
            if self.method == "flat":  # a last payment of all roundings of the share among the largest
                uneven = np.maximum(uneven, top * (edge // np.maximum(2 * self.capacity, 1)))
            begin = np.where(known, begin, np.minimum(start, edge + np.minimum(uneven, MOST_TRIED // 2)))
            least = np.where(known, low, np.maximum(edge + 1, low))
        found = self._scan(change, begin, least)
        return np.where((found < 0) & ~known & (edge >= low), edge, found)

    def _scan(self, change: Callable[[Loans, Ints], Loans], start: Ints, low: Ints) -> Ints:
        """The first affordable value from ``start`` down to ``low``; -1 where there is none.

        Where none of :data:`MOST_TRIED` values does (roundings so coarse that they decide everything), the
        rest is bisected: what is found is affordable and one more isn't.
        """
        out = np.full(len(start), NONE)
        left, value, width, tried_so_far = np.flatnonzero(start >= low), start.copy(), 1, 0
        while len(left) and tried_so_far < MOST_TRIED:
            tried = np.maximum(value[left][:, None] - np.arange(width), low[left][:, None])
            fits = self._fits(change, np.repeat(left, width), tried.ravel()).reshape(tried.shape)
            hit = fits.any(axis=1)
            out[left[hit]] = tried[hit, fits[hit].argmax(axis=1)]
            left = left[~hit]
            value[left] -= width
            left = left[value[left] >= low[left]]
            tried_so_far += width
            width = min(2 * width, max(AT_ONCE // max(len(left), 1), 1))
        if len(left):
            least, most = low[left] - 1, value[left]
            found = _last(lambda v: self._fits(change, left, np.maximum(v, low[left])), least, most, most)
            out[left] = np.where(found > least, found, NONE)
        return out

    def _fits(self, change: Callable[[Loans, Ints], Loans], part: Ints, values: Ints) -> Bools:
        """Whether some plan within the limit is affordable with these values, for some of the loans."""
        loans = change(self.loans.take(part), values)
        found = Candidates(loans, np.arange(len(part)), self.method, self.longest[part]).least(
            self.shortest[part], self.longest[part], self.capacity[part]
        )
        return found > 0


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


def _highest_rate(trial: _Trial, rows: Bools) -> Ints:
    """The highest annual rate, a whole number of steps below the present one, that is affordable."""
    steps = -(-trial.loans.annual_rate // RATE_STEP) - 1

    def change(loans: Loans, rate: Ints) -> Loans:
        # Of a loan whose rate changes over time: a fixed one instead.
        return loans.replace(annual_rate=rate * RATE_STEP, rate_index=np.full_like(rate, -1))

    found = trial.most(change, np.zeros_like(steps), steps, rows, steps)
    return np.where(found >= 0, found * RATE_STEP, NONE)


def _reduction(trial: _Trial, rows: Bools) -> Ints:
    """The least amount that, taken off the balance, makes the plan affordable."""
    loans, capacity = trial.loans, trial.capacity
    balance = loans.balance

    def change(some: Loans, kept: Ints) -> Loans:
        return some.replace(principal=kept, overdue_principal=np.zeros_like(kept))

    # Payments fall almost in proportion to the balance.
    extra = loans.carried + loans.charges
    longest = np.maximum(trial.longest, 1)
    asked = Candidates(loans, np.arange(len(loans)), trial.method, longest).floor(longest)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        near = balance * np.clip((capacity - extra) / np.maximum(asked - extra, 1), 0.0, 1.0)
    found = trial.most(change, np.ones_like(balance), balance - 1, rows, near.astype(np.int64))
    return np.where(found >= 0, balance - found, NONE)


def _down_payment(trial: _Trial, rows: Bools) -> Ints:
    """The least amount that, paid at once, makes the plan affordable: what is paid first, then principal."""
    loans = trial.loans
    first = loans.carried + loans.charges
    owed = loans.balance + first

    def change(some: Loans, left: Ints) -> Loans:
        nothing = np.zeros_like(left)
        principal = np.minimum(left, some.balance)
        cleared = dict.fromkeys(("overdue_principal", "overdue_interest", "penalty"), nothing)
        return some.replace(principal=principal, fees=left - principal, accrued_interest=nothing, **cleared)

    found = trial.most(change, np.ones_like(owed), owed - 1, rows, owed - 1)
    return np.where(found >= 0, owed - found, NONE)


def _income(loans: Loans, policy: Policy, lowest: Ints, surplus: Ints) -> Ints:
    """How much more net income a month would carry the lowest instalment, costs unchanged.

    No more than :data:`MOST_INCOME`. What is missing of a month's lowest instalment is within the domain.
    """
    needed = np.maximum(a_month(lowest, loans.frequency), 0)

    def test(more: Ints) -> Bools:
        left = surplus + more
        kept = policy.contingency.monthly(left, loans.decimals)
        return np.asarray(left - kept >= needed, np.bool_)

    possible = lowest >= 0
    most = np.minimum(np.clip(needed, 1, MOST_INCOME // 4) * 4 - np.minimum(surplus, 0), MOST_INCOME)
    while not (test(most) | ~possible | (most >= MOST_INCOME)).all():
        most = np.where(test(most), most, np.minimum(most, MOST_INCOME // 4) * 4)
    possible &= test(most)
    short = _last(lambda more: ~test(more), np.zeros_like(most), most, np.minimum(needed - surplus, most))
    return np.where(possible, short + 1, NONE)
