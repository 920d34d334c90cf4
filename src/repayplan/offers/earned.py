"""Waivers that are earned by keeping a plan: what is earned with each row, and what a breach would cost."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any, overload

import numpy as np

from repayplan.basics.columns import Screen
from repayplan.basics.dates import FREQUENCY_INDEX, shift
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Ints, Outcome
from repayplan.kernel.accrue import divide_product
from repayplan.offers.arrangements import WAIVED, EarnedWaiver
from repayplan.offers.audit import FIGURES
from repayplan.offers.lowering import amount_of, conceded
from repayplan.offers.offer import Offer
from repayplan.offers.policy import Policy
from repayplan.offers.proposal import Proposals
from repayplan.offers.waiverpaths import PERCENT, WaiverPath, WaiverPaths, in_parts
from repayplan.plans.batch import Schedules
from repayplan.plans.loan import Loan, Loans
from repayplan.plans.single import Schedule

One = Offer | Schedule
Many = Proposals | Schedules


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
