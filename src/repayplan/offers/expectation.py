"""Whether a new plan is worth its chance: its expected value beside that of no deal."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, overload

import numpy as np

from repayplan.basics.columns import RATE_DECIMALS
from repayplan.basics.dates import FREQUENCY_INDEX, Days, shift
from repayplan.basics.money import to_decimal
from repayplan.basics.outcome import Bools, Ints, Outcome
from repayplan.kernel.accrue import divide_product, settle
from repayplan.kernel.presentvalue import ONE
from repayplan.kernel.ratio import ratio
from repayplan.kernel.rules import MAX_PERIODS
from repayplan.offers.sides import Many, One, Sides, read_sides
from repayplan.plans.batch import Schedules
from repayplan.plans.single import Schedule
from repayplan.plans.yearly import Year


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedValue:
    """What a plan is worth to the lender if it may fail, beside what no deal is worth.

    Attributes
    ----------
    kept, broken, no_deal
        What is received if the plan is kept, if it is broken, and without it; each at the rate.
    expected
        The plan's, by the probability that it is kept.
    gain
        ``expected - no_deal``.
    break_even
        The least probability with which the plan is worth as much as no deal; None: none is enough.
    """

    kept: Decimal
    broken: Decimal
    no_deal: Decimal
    expected: Decimal
    gain: Decimal
    break_even: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExpectedValues:
    """The same of many loans: int64 columns with a value for each good one.

    Attributes
    ----------
    decimals
        Of the minor units that amounts are in.
    break_even
        In 1e-10; -1 where no probability is enough.
    """

    decimals: Ints
    kept: Ints
    broken: Ints
    no_deal: Ints
    expected: Ints
    gain: Ints
    break_even: Ints

    def __len__(self) -> int:
        return len(self.kept)

    def one(self, i: int) -> ExpectedValue:
        """The figures of loan ``i`` of the good ones."""
        places, least = int(self.decimals[i]), int(self.break_even[i])
        kept, broken, no_deal, expected, gain = (
            to_decimal(int(column[i]), places)
            for column in (self.kept, self.broken, self.no_deal, self.expected, self.gain)
        )
        return ExpectedValue(
            kept=kept,
            broken=broken,
            no_deal=no_deal,
            expected=expected,
            gain=gain,
            break_even=None if least < 0 else to_decimal(least, RATE_DECIMALS),
        )


@overload
def expected_value(
    before: Schedule,
    plan: One,
    *,
    rate: Any,
    year: Year,
    success: Any,
    paid_before_default: Any,
    recovery_after_default: Any,
    months_after_default: Any,
    recovery_without: Any,
    months_without: Any,
    owed: Any = None,
    on: Any = None,
) -> ExpectedValue: ...
@overload
def expected_value(
    before: Schedules,
    plan: Many,
    *,
    rate: Any,
    year: Year,
    success: Any,
    paid_before_default: Any,
    recovery_after_default: Any,
    months_after_default: Any,
    recovery_without: Any,
    months_without: Any,
    owed: Any = None,
    on: Any = None,
) -> Outcome[ExpectedValues]: ...
def expected_value(
    before: Schedule | Schedules,
    plan: One | Many,
    *,
    rate: Any,
    year: Year,
    success: Any,
    paid_before_default: Any,
    recovery_after_default: Any,
    months_after_default: Any,
    recovery_without: Any,
    months_without: Any,
    owed: Any = None,
    on: Any = None,
) -> ExpectedValue | Outcome[ExpectedValues]:
    """What a plan is worth to the lender if it may fail, beside what no deal is worth.

    Every figure of the future is the caller's: one, or a column with a value for each schedule of the plan.

    Parameters
    ----------
    before, plan, rate, on
        As in :func:`lender_cost`.
    year
        What is a year of dates.
    success
        Probability that the plan is kept to its end, 0 to 1.
    paid_before_default
        Instalments that are paid where it isn't; a plan of no more is kept.
    recovery_after_default, months_after_default
        What part of what is owed then is recovered, 0 to 1, and how many months later: of the balance, of
        interest put aside and not yet paid, and of an offer's arrears that aren't paid yet.
    recovery_without, months_without
        What part of what is owed is recovered with no deal, and how many months after the day of valuation.
    owed
        What is owed now; by default all that the offer starts from and waives, and beside a schedule the
        contract's balance.

    Returns
    -------
    :class:`ExpectedValue`; of many loans an Outcome of :class:`ExpectedValues` with the caller's row numbers.

    Raises
    ------
    InputError
        As of :func:`lender_cost`, and a part that isn't from 0 to 1.
    TypeError
        As of :func:`lender_cost`.

    Notes
    -----
    Months after a due date, and after the day that the plan's interest runs from, are counted as the plan's
    own dates go on, before any is moved to a business day: 18 months after the instalment of 28 February
    2026 of a plan due on the 31st is 31 August 2027. Months after another day are counted from that day.

    What is recovered is rounded down to the unit; each value once, half to even, and so is ``expected``:
    ``broken + success * (kept - broken)``. ``break_even`` is rounded up to the next 1e-10.

    Examples
    --------
    >>> from repayplan import Loan, equal_instalment, schedule
    >>> terms = {"annual_rate": "0.12", "original_term": 12, "elapsed": 0, "unpaid": 12}
    >>> loan = Loan(principal=12_000, next_due="2026-02-15", **terms)
    >>> figures = expected_value(
    ...     schedule(loan, equal_instalment(12)),
    ...     schedule(loan, equal_instalment(24)),
    ...     rate="0.1268",
    ...     year="12 months",
    ...     success="0.6",
    ...     paid_before_default=6,
    ...     recovery_after_default="0.3",
    ...     months_after_default=18,
    ...     recovery_without="0.7",
    ...     months_without=12,
    ... )
    >>> figures.kept, figures.broken, figures.no_deal
    (Decimal('12000.28'), Decimal('5462.46'), Decimal('7454.74'))
    >>> figures.expected, figures.gain, figures.break_even
    (Decimal('9385.15'), Decimal('1930.41'), Decimal('0.3047315467'))
    """
    sides = read_sides(before, plan, rate, year, on)
    screen = sides.screen
    chance = screen.rate("success", success)
    count = screen.count("paid_before_default", paid_before_default, 0, MAX_PERIODS)
    later = screen.count("months_after_default", months_after_default, 0, MAX_PERIODS)
    part = screen.rate("recovery_after_default", recovery_after_default)
    wait = screen.count("months_without", months_without, 0, MAX_PERIODS)
    share = screen.rate("recovery_without", recovery_without)
    claim = sides.stated("opening_balance", "waived")
    due = sides.money("owed", owed, sides.before.balance if claim is None else claim)
    new = sides.after
    kept = sides.value(new.amount, new.due, new.offsets)
    broken = _broken(sides, count, part, later)
    each = np.arange(len(due) + 1)
    until = _after(sides, sides.on, wait, by_plan=np.zeros(len(due), np.bool_))
    no_deal = sides.value(_recovered(due, share), until, each)
    # From the lower of the two upwards, so that it is the sum that is rounded to even.
    part_of = np.where(kept < broken, ONE - chance, chance)
    more, rest = divide_product(np.abs(kept - broken), part_of, ONE)
    expected = settle(np.minimum(kept, broken) + more, rest, ONE, "half_even", 1)
    between = screen.good & (broken < no_deal) & (no_deal <= kept)
    gap, span = (np.where(between, high - broken, 1) for high in (no_deal, kept))
    least = np.where(between, ratio(gap, span, "up"), np.where(broken >= no_deal, 0, -1))
    columns = {
        "decimals": sides.decimals,
        "kept": kept,
        "broken": broken,
        "no_deal": no_deal,
        "expected": expected,
        "gain": expected - no_deal,
        "break_even": least,
    }
    outcome = sides.outcome(ExpectedValues, columns)
    return outcome.single().one(0) if isinstance(before, Schedule) else outcome


def _broken(sides: Sides, count: Ints, part: Ints, months: Ints) -> Ints:
    """What is worth a plan of which so many instalments are paid, and then a part of what is owed."""
    new, left = sides.after, sides.column("closing")
    rows = np.diff(left.offsets)
    last = np.minimum(count, rows)
    none = last == 0
    row = left.offsets[:-1] + np.where(none, 0, last - 1)
    owed = np.where(none, left.balance, left.amount[row]) + _beside(sides, last)
    due = left.due if left.agreed is None else left.agreed[0]
    day = _after(sides, np.where(none, sides.on, due[row]), months, by_plan=~none)
    ends = new.offsets[1:]
    paid = np.where(new.period <= np.repeat(last, np.diff(new.offsets)), new.amount, 0)
    return sides.value(
        np.insert(paid, ends, _recovered(np.where(last < rows, owed, 0), part)),
        np.insert(new.due, ends, day),
        new.offsets + np.arange(len(new.offsets)),
    )


def _beside(sides: Sides, last: Ints) -> Ints:
    """What is owed beside the balance after so many rows.

    Interest put aside, arrears among it, is repaid in later rows; and of an offer, which charges nothing of
    its own, fees and penalty are.
    """
    aside, fee = sides.column("deferred"), sides.column("fee")
    begin, later = aside.offsets[:-1], aside.period > np.repeat(last, np.diff(aside.offsets))
    owed = -aside.amount if isinstance(sides.plan, (Schedule, Schedules)) else fee.amount - aside.amount
    return np.asarray(np.add.reduceat(np.where(later, owed, 0), begin), np.int64)


def _recovered(amount: Ints, part: Ints) -> Ints:
    """A part, in 1e-10, of amounts, rounded down."""
    whole, _ = divide_product(amount, part, ONE)
    return whole


def _after(sides: Sides, day: Days, months: Ints, *, by_plan: Bools) -> Days:
    """The day some months later: of a due date, and of the start, as the plan's own dates go on.

    A plan due on the 31st has a payment on 28 February and, six months later, on 31 August.
    """
    meant = np.where(by_plan | (day == sides.after.start), sides.due_day, 0)
    return shift(day, FREQUENCY_INDEX["monthly"], months, day=meant)
