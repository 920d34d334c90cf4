"""What would make a plan affordable where none is: for each lever alone, the least that does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from repayplan.basics.columns import RATE_DECIMALS
from repayplan.basics.dates import PERIOD_MONTHS_DEN, PERIOD_MONTHS_NUM
from repayplan.basics.money import to_decimal
from repayplan.basics.outcome import Bools, Ints
from repayplan.offers.policy import Policy
from repayplan.offers.search import Candidates
from repayplan.plans.loan import MAX_PERIODS, Loans

LEVERS = ("months", "rate", "income", "principal_reduction", "down_payment")
RATE_STEP = 10**6
"""The rate is tried in steps of 0.01 %, in units of 1e-10."""
NONE = -1


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
                shown[name] = to_decimal(value, RATE_DECIMALS).normalize()
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
    at_limit = np.maximum(longest, 1)
    within = longest >= shortest
    values = {name: np.full(size, NONE) for name in LEVERS}
    if not size:
        return Levers(index, values)
    lowest = np.full(size, NONE)
    for name in policy.methods:
        beyond = np.full(size, MAX_PERIODS)
        found = Candidates(loans, rows, name, beyond).least(
            np.maximum(shortest, longest + 1), np.where(capacity > 0, beyond, 0), capacity
        )
        num, den = PERIOD_MONTHS_NUM[loans.frequency], PERIOD_MONTHS_DEN[loans.frequency]
        months = -(-(found - longest) * num // den)
        values["months"] = _least(values["months"], np.where(found > 0, months, NONE))
        peak = Candidates(loans, rows, name, at_limit).measure(np.where(within, at_limit, 0)).peak
        lowest = _least(lowest, peak)
        payable = within & (capacity > 0)
        rate = _highest_rate(loans, name, at_limit, capacity, payable)
        values["rate"] = np.maximum(values["rate"], rate)
        values["principal_reduction"] = _least(
            values["principal_reduction"], _reduction(loans, name, at_limit, capacity, payable, peak)
        )
    values["down_payment"] = values["principal_reduction"].copy()
    values["income"] = _income(loans, policy, lowest, surplus)
    return Levers(index, values)


def _least(first: Ints, second: Ints) -> Ints:
    """The smaller of two where both are there."""
    return np.where(first < 0, second, np.where(second < 0, first, np.minimum(first, second)))


def _bisect(test: Callable[[Ints], Bools], low: Ints, high: Ints, active: Bools) -> Ints:
    """The least value in ``(low, high]`` for which a monotone test holds; it holds at ``high``."""
    while (active & (high - low > 1)).any():
        middle = np.where(active, (low + high) // 2, high)
        fits = test(middle)
        high = np.where(active & fits, middle, high)
        low = np.where(active & ~fits, middle, low)
    return high


def _affordable(loans: Loans, method: str, length: Ints, capacity: Ints, rows: Bools) -> Bools:
    """Whether plans of these lengths keep within capacity."""
    chosen = np.flatnonzero(rows)
    if not len(chosen):
        return np.zeros(len(loans), np.bool_)
    peak = Candidates(loans, chosen, method, length).measure(np.where(rows, length, 0)).peak
    return (peak >= 0) & (peak <= capacity)


def _highest_rate(loans: Loans, method: str, length: Ints, capacity: Ints, rows: Bools) -> Ints:
    """The highest annual rate, a whole number of steps below the present one, that is affordable."""
    steps = -(-loans.annual_rate // RATE_STEP)

    def test(cut: Ints) -> Bools:
        rate = np.maximum((steps - cut) * RATE_STEP, 0)
        return _affordable(loans.replace(annual_rate=rate), method, length, capacity, rows)

    possible = rows & (steps > 0)
    possible &= test(steps)
    cut = _bisect(test, np.zeros_like(steps), np.maximum(steps, 1), possible)
    return np.where(possible, (steps - cut) * RATE_STEP, NONE)


def _reduction(loans: Loans, method: str, length: Ints, capacity: Ints, rows: Bools, peak: Ints) -> Ints:
    """The least amount that, taken off the balance, makes the plan affordable."""
    balance = loans.balance
    nothing = np.zeros_like(balance)

    def test(less: Ints) -> Bools:
        kept = np.maximum(balance - less, 1)
        return _affordable(
            loans.replace(principal=kept, overdue_principal=nothing), method, length, capacity, rows
        )

    most = np.maximum(balance - 1, 0)
    possible = rows & (balance > 1)
    possible &= test(most)
    low, high = nothing, np.maximum(most, 1)
    # Payments fall almost in proportion to the balance: look near that first.
    extra = loans.carried + loans.charges
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.clip((peak - capacity) / np.maximum(peak - extra, 1), 0.0, 1.0)
    guess, reach = (balance * share).astype(np.int64), length * 4 + balance // 10**6 + 4
    below, above = np.clip(guess - reach, 0, most), np.clip(guess + reach, 1, np.maximum(most, 1))
    fits = test(above)
    high = np.where(possible & fits, above, high)
    low = np.where(possible & ~fits, above, low)
    fits = test(below) & (below > 0)
    high = np.where(possible & fits, below, high)
    low = np.where(possible & ~fits & (below < high), np.maximum(low, below), low)
    return np.where(possible, _bisect(test, low, high, possible), NONE)


def _income(loans: Loans, policy: Policy, lowest: Ints, surplus: Ints) -> Ints:
    """How much more net income a month would carry the lowest instalment, costs unchanged."""
    num, den = PERIOD_MONTHS_NUM[loans.frequency], PERIOD_MONTHS_DEN[loans.frequency]
    needed = np.maximum(-(-lowest * den // num), 0)

    def test(more: Ints) -> Bools:
        left = surplus + more
        kept = policy.contingency.monthly(left, loans.decimals)
        return np.asarray(left - kept >= needed, np.bool_)

    possible = lowest >= 0
    most = np.maximum(np.maximum(needed, 1) * 4 - np.minimum(surplus, 0), 1)
    while not (test(most) | ~possible | (most > 2**58)).all():
        most = np.where(test(most) | (most > 2**58), most, most * 4)
    possible &= test(most)
    return np.where(possible, _bisect(test, np.zeros_like(most), most, possible), NONE)
