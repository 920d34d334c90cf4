"""Waivers that are earned by keeping a plan: what is earned with each row, and what a breach would cost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, overload

import numpy as np

from repayplan.basics.columns import Screen
from repayplan.basics.dates import FREQUENCY_INDEX, Days, shift
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import to_decimal
from repayplan.basics.outcome import Ints, Outcome
from repayplan.kernel.accrue import divide_product
from repayplan.offers.arrangements import WAIVED, EarnedWaiver
from repayplan.offers.audit import FIGURES
from repayplan.offers.lowering import amount_of, conceded
from repayplan.offers.offer import Offer
from repayplan.offers.policy import Policy
from repayplan.offers.proposal import Proposals
from repayplan.plans.loan import Loan, Loans
from repayplan.plans.schedule import Schedule, Schedules

One = Offer | Schedule
Many = Proposals | Schedules
PERCENT = 10**6
"""A percentage of four places is a whole number of parts of this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EarnedRow:
    """A waiver after one row of the plan (0: before any).

    Attributes
    ----------
    earned, conditional
        Of the waiver: what is earned (by ``claw_back="all"`` a breach takes it back all the same), and what
        isn't.
    closing, beside
        The balance, principal put aside included, and what is owed beside it: arrears that are paid with the
        first payment, interest that waits.
    clawed_back
        What a breach now would take back of the waiver.
    owed_if_breached
        Everything owed then: ``closing + beside + clawed_back``.
    """

    period: int
    due_date: date
    earned: Decimal
    conditional: Decimal
    closing: Decimal
    beside: Decimal
    clawed_back: Decimal
    owed_if_breached: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverPath:
    """How a waiver is earned.

    Attributes
    ----------
    waiver
        All that has to be earned.
    rows
        Before the plan's first row, and after each.
    """

    waiver: Decimal
    rows: tuple[EarnedRow, ...]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class WaiverPaths:
    """The same of many plans, as flat columns: rows of plan ``i`` are ``offsets[i]:offsets[i + 1]``.

    Attributes
    ----------
    decimals, waiver
        int64, one a plan: decimals of its minor unit, and all that has to be earned.
    period, due_date, earned, closing, beside, clawed_back
        int64 minor units (``due_date`` datetime64[D]), one a row; see :class:`EarnedRow`.
    """

    decimals: Ints
    waiver: Ints
    offsets: Ints
    period: Ints
    due_date: Days
    earned: Ints
    closing: Ints
    beside: Ints
    clawed_back: Ints

    def __len__(self) -> int:
        return len(self.waiver)

    def __iter__(self) -> Iterator[WaiverPath]:
        return (self.one(i) for i in range(len(self)))

    @property
    def conditional(self) -> Ints:
        """What of the waiver isn't earned."""
        return np.repeat(self.waiver, np.diff(self.offsets)) - self.earned

    @property
    def owed_if_breached(self) -> Ints:
        """Everything owed if the plan is breached after the row."""
        return self.closing + self.beside + self.clawed_back

    def one(self, i: int) -> WaiverPath:
        """Plan ``i`` for a person."""
        d, rows = int(self.decimals[i]), slice(int(self.offsets[i]), int(self.offsets[i + 1]))
        days, periods = self.due_date[rows].tolist(), self.period[rows].tolist()
        names = ("earned", "conditional", "closing", "beside", "clawed_back", "owed_if_breached")
        money = [[to_decimal(v, d) for v in getattr(self, name)[rows].tolist()] for name in names]
        return WaiverPath(
            waiver=to_decimal(int(self.waiver[i]), d),
            rows=tuple(
                EarnedRow(period=period, due_date=day, **dict(zip(names, figures, strict=True)))
                for period, day, *figures in zip(periods, days, *money, strict=True)
            ),
        )


def in_parts(amount: Ints, count: int, part: Ints) -> Ints:
    """What the first ``part`` of ``count`` equal parts of amounts come to, in whole units.

    By largest remainders, which are alike, so that the first parts are a unit larger.

    Examples
    --------
    >>> [int(in_parts(np.array([1000]), 3, np.array([k]))[0]) for k in range(4)]
    [0, 334, 667, 1000]
    """
    each, rest = np.divmod(amount, count)
    return np.asarray(each * part + np.minimum(rest, part), np.int64)


@overload
def earned_waiver(loans: Loan, plan: One, policy: Policy, *, waiver: Any = None) -> WaiverPath: ...
@overload
def earned_waiver(
    loans: Loans, plan: Many, policy: Policy, *, waiver: Any = None
) -> Outcome[WaiverPaths]: ...
def earned_waiver(
    loans: Loan | Loans,
    plan: One | Many,
    policy: Policy,
    *,
    waiver: Any = None,
) -> WaiverPath | Outcome[WaiverPaths]:
    """How the waivers of plans are earned, row by row, and what is owed where one is breached.

    By the policy's ``[earned_waiver]``: of each component of the arrears that its rule for them or a
    concession waives, and of principal forgiven, the percentage that has to be earned; each rounded down.

    Parameters
    ----------
    loans
        What the plan is for, as it was given to :func:`~repayplan.propose` or :func:`~repayplan.schedule`.
    plan
        An offer, or the schedule of a loan; of a batch the proposals (those offered a plan are looked at) or
        the schedules.
    policy
        The rules.
    waiver
        All that has to be earned, currency units, instead: one amount, or one a plan. Needed of schedules,
        which don't say what was waived.

    Returns
    -------
    :class:`WaiverPath`; of a batch an Outcome of :class:`WaiverPaths`, with the caller's row numbers.

    Raises
    ------
    InputError
        The policy has no ``[earned_waiver]``; no waiver is given with a schedule, or one that can't be read.
    TypeError
        One loan with many plans, or many with one.

    Notes
    -----
    A row's figures are those of its due date, with its payment made. With the last row everything is earned,
    and nothing can be breached any more. What a schedule collects as fees counts towards charges owed at its
    start, before fees of the plan's own.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from repayplan import Household, propose
    >>> rule = EarnedWaiver(earned="at_completion", claw_back="all")
    >>> policy = replace(Policy.example("budget-plan"), earned_waiver=rule)
    >>> loan = Loan(
    ...     principal="600",
    ...     annual_rate="0",
    ...     original_term=12,
    ...     elapsed=9,
    ...     unpaid=3,
    ...     next_due="2026-01-31",
    ...     penalty="90",
    ... )
    >>> offer = propose(loan, Household(net_income="1000"), policy)
    >>> got = earned_waiver(loan, offer, policy)
    >>> got.waiver, [str(row.owed_if_breached) for row in got.rows]
    (Decimal('90.00'), ['690.00', '490.00', '290.00', '0.00'])
    """
    rule = policy.earned_waiver
    if rule is None:
        raise InputError(Code.MISSING, "earned_waiver", None, "the policy has no [earned_waiver]")
    one = isinstance(plan, Offer | Schedule)
    if isinstance(loans, Loan) is not one:
        msg = "one loan with its plan, or a batch with a batch"
        raise TypeError(msg)
    batch = loans.batch if isinstance(loans, Loan) else loans
    if waiver is None and isinstance(plan, Schedule | Schedules):
        raise InputError(Code.MISSING, "waiver", None, "a schedule doesn't say what was waived")
    made = _worked_out(batch, plan, policy, rule, waiver)
    return made.single().one(0) if one else made


def _worked_out(
    loans: Loans,
    plan: One | Many,
    policy: Policy,
    rule: EarnedWaiver,
    waiver: Any,
) -> Outcome[WaiverPaths]:
    """Of many plans, or of one as a batch of one."""
    made = plan.schedule if isinstance(plan, Offer) else plan
    schedules = made.schedules if isinstance(made, Proposals) else made
    closing = schedules._paid("closing")
    if isinstance(schedules, Schedule):
        columns = schedules.columns
    else:
        columns, _ = schedules._by_loan("opening", "deferred", "fee")
    row = np.arange(1) if closing.row is None else closing.row
    screen = Screen(len(row))
    decimals = closing.decimals
    finer = 10 ** (decimals - loans.decimals[row])
    if waiver is None:
        total = _at_stake(loans, plan, policy, rule, row, finer) + _part(
            _stated(plan, "forgiven"), rule.principal
        )
    else:
        total = screen.money("waiver", waiver, decimals)
    size, offsets = np.diff(closing.offsets), closing.offsets
    of = np.repeat(np.arange(len(row)), size)
    # Before any row: what the plan starts from.
    first = offsets[:-1]
    opening = columns["opening"][first]
    due_date = np.asarray(np.insert(closing.due, first, closing.start), "datetime64[D]")
    owed, charges = _beside(loans, plan, row, finer)
    # What is put aside is above zero in its column, what is repaid of it, or of arrears, below.
    paid = np.minimum(_running(columns["fee"], offsets), charges[of]) - _running(columns["deferred"], offsets)
    beside = np.insert(owed[of] - paid, first, owed)
    every, begin = np.repeat(np.arange(len(row)), size + 1), offsets + np.arange(len(offsets))
    part, parts = np.zeros(len(every), np.int64), rule.years or 1
    if rule.earned == "each_year":
        for k in range(1, parts + 1):
            part += due_date >= shift(closing.start, FREQUENCY_INDEX["annual"], k)[every]
    ends = begin[1:] - 1
    part[ends] = parts
    earned = in_parts(total[every], parts, part)
    clawed = total[every] - (earned if rule.claw_back == "unearned" else 0)
    clawed[ends] = 0
    good = np.flatnonzero(screen.good)
    keep = screen.good[every]
    found = WaiverPaths(
        decimals=decimals[good],
        waiver=total[good],
        offsets=np.concatenate(([0], np.cumsum(size[good] + 1))),
        period=np.insert(closing.period, first, 0)[keep],
        due_date=due_date[keep],
        closing=np.insert(closing.amount, first, opening)[keep],
        beside=beside[keep],
        earned=earned[keep],
        clawed_back=clawed[keep],
    )
    return Outcome(found, row[good], screen.failures().moved(row))


def _part(amount: Ints, percent: Decimal) -> Ints:
    """A percentage of amounts, rounded down."""
    found, _ = divide_product(amount, np.full(len(amount), int(percent * 10**4)), PERCENT)
    return found


def _at_stake(
    loans: Loans, plan: One | Many, policy: Policy, rule: EarnedWaiver, row: Ints, finer: Ints
) -> Ints:
    """What has to be earned of the arrears that the policy waives, by its rule for them or a concession."""
    total, by_steps = np.zeros(len(row), np.int64), _conceded(plan)
    for name in WAIVED:
        waived = _part(getattr(loans, name)[row] * finer, getattr(policy.arrears, name).waive_percent)
        total = total + _part(waived + by_steps.get(name, 0), getattr(rule, name))
    return total


def _conceded(plan: One | Many) -> dict[str, Ints]:
    """What concessions of offers waive of each component of the arrears."""
    out: dict[str, Ints] = {}
    if isinstance(plan, Offer):
        for taken in plan.concessions:
            if taken.step == "waive":
                name = taken.figure.removesuffix(f" {FIGURES['waive']}")
                units = int(Fraction(taken.after) * 10**plan.schedule.decimals)
                out[name] = out.get(name, np.zeros(1, np.int64)) + units
    elif isinstance(plan, Proposals):
        some, degree = plan.loans.take(plan.row[plan.offered]), plan.degree[plan.offered].T
        for step, granted in zip(plan.policy.steps, degree, strict=True):
            if step.component is not None:
                amount = amount_of(step, some, granted)
                out[step.component] = out.get(step.component, np.zeros_like(amount)) + amount
            some = conceded(some, (step,), granted[None])
    return out


def _stated(plan: One | Many, name: str) -> Ints:
    """An amount that offers state; 0 of schedules."""
    if isinstance(plan, Offer):
        return np.array([int(Fraction(getattr(plan, name)) * 10**plan.schedule.decimals)])
    if isinstance(plan, Proposals):
        return np.asarray(getattr(plan, name)[plan.offered], np.int64)
    return np.zeros(1 if isinstance(plan, Schedule) else len(plan), np.int64)


def _beside(loans: Loans, plan: One | Many, row: Ints, finer: Ints) -> tuple[Ints, Ints]:
    """What the plans take over beside the balance, and what of it may be paid as fees."""
    if isinstance(plan, Schedule | Schedules):
        charges = loans.charges[row] * finer
        return loans.carried[row] * finer + charges, charges
    owed = np.sum([_stated(plan, name) for name in ("paid_first", "spread", "carried")], axis=0)
    return np.asarray(owed, np.int64), np.asarray(owed, np.int64)


def _running(amount: Ints, offsets: Ints) -> Ints:
    """Sums from each plan's first row on; int64 wraps around alike in both sums that are subtracted."""
    total = np.concatenate(([0], np.cumsum(amount)))
    return np.asarray(total[1:] - np.repeat(total[offsets[:-1]], np.diff(offsets)), np.int64)
