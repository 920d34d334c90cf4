"""Credit status and stage of accounts, reckoned from their days."""

from __future__ import annotations

from typing import Any, overload

import numpy as np

from repayplan.ability.figures import one_rule, units_of
from repayplan.accounts.creditcourse import NO_DAY, Course, Status, months_between, months_later
from repayplan.accounts.creditdays import grace_of_plans, stretches
from repayplan.accounts.creditstagerule import CreditStageRule
from repayplan.accounts.creditstatus import CreditStage, CreditStages
from repayplan.accounts.pauses import PausedDays
from repayplan.accounts.statement import Statement, Statements, day_of
from repayplan.basics.columns import Screen
from repayplan.basics.dates import Days
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Bools, Ints
from repayplan.kernel.law import FOREVER

_NEVER = np.datetime64("NaT", "D")


@overload
def credit_stage(
    statements: Statement,
    rule: CreditStageRule,
    *,
    forborne: bool,
    at_signing: int = 0,
    arrears: Any = 0,
    judged: Any = None,
) -> CreditStage: ...


@overload
def credit_stage(
    statements: Statements,
    rule: CreditStageRule,
    *,
    forborne: Any,
    at_signing: Any = 0,
    arrears: Any = 0,
    judged: Any = None,
) -> CreditStages: ...


def credit_stage(
    statements: Statement | Statements,
    rule: CreditStageRule,
    *,
    forborne: Any,
    at_signing: Any = 0,
    arrears: Any = 0,
    judged: Any = None,
) -> CreditStage | CreditStages:
    """Whether accounts perform, what of cure and probation they have served, and their stage of IFRS 9.

    Everything is reckoned from the account's days, one after the other, each at its end: what is past due,
    since when, whether that is material, new plans, payments. So an event that is put in or reversed at any
    date gives what it would have given. Days past due are those of the plan; amounts past due are those of
    its instalments, without charges for being late; what is outstanding is principal, and what else has
    fallen due.

    Parameters
    ----------
    statements
        Of replays with ``history=True``.
    rule
        What counts.
    forborne
        Whether the signed plan itself is a forbearance measure: of one, or a column of bool.
    at_signing
        Days past due of the original contract on the day on which the plan was signed. More than those of
        default: the exposure is non-performing from the start.
    arrears
        What was past due then, or where nothing was, given up: to be repaid before a cure ends. Currency
        units.
    judged
        The day on which the lender judged that the borrower is unlikely to pay in full (a concession that
        costs more than 1 %, say): non-performing from then on. Before the plan's start is at signing.

    Returns
    -------
    :class:`CreditStage`, or :class:`CreditStages` of a batch.

    Raises
    ------
    InputError
        The statements know no history; no rule; a value that can't be read.

    Examples
    --------
    A plan that was signed at 120 days past due, with 400.00 in arrears, is cured after a year:

    >>> import repayplan as rp
    >>> from repayplan.testing import example_account
    >>> account = example_account(48)
    >>> paid = [
    ...     rp.Event(kind="payment", value_date=f"2026-{month:02}-28", amount="100", reference=str(month))
    ...     for month in range(1, 13)
    ... ]
    >>> eu = rp.CreditStageRule.example("eu-retail")
    >>> for day in ("2026-06-30", "2026-12-31"):
    ...     found = credit_stage(
    ...         rp.replay(account, paid, as_of=day, history=True),
    ...         eu,
    ...         forborne=True,
    ...         at_signing=120,
    ...         arrears="400",
    ...     )
    ...     print(found.status, found.stage, found.served, found.ends, found.repaid)
    cure 3 181 2026-12-31 600.00
    probation 2 0 2028-12-31 0.00
    """
    one_rule("rule", rule, CreditStageRule)
    if isinstance(statements, Statement):
        return credit_stage(
            statements.batch,
            rule,
            forborne=[forborne],
            at_signing=[at_signing],
            arrears=[arrears],
            judged=None if judged is None else [judged],
        ).one(0)
    history, columns = statements.history, statements.columns
    if history is None:
        raise InputError(Code.MISSING, "history", None, "statements of replay(..., history=True)")
    size = len(statements)
    decimals = statements.accounts.decimals[statements.row]
    screen = Screen(size)
    measure = _flags("forborne", forborne, size)
    days_before = screen.count("at_signing", at_signing, 0, 36_600)
    missed = screen.money("arrears", arrears, decimals)
    never = np.full(size, _NEVER)
    judged_on = never if judged is None else screen.date("judged", judged, default=never)
    for failure in screen.failures():
        raise failure.error()
    start, end = day_of(statements.accounts.start[statements.row]), day_of(statements.as_of)
    grace = grace_of_plans(statements)
    course = Course(rule, start, units_of(rule.more_than, up=False)[decimals])
    over = days_before - rule.default_after_days
    early = ~np.isnat(judged_on) & (day_of(judged_on) <= start)
    course.sign(
        start,
        forborne=measure,
        late_since=np.where(over > 0, start - over + 1, NO_DAY),
        judged=early,
        arrears=missed,
        grace=grace,
    )
    paused = PausedDays.of(statements, rule.pauses)
    table = stretches(statements, history, rule, np.where(early, _NEVER, judged_on), missed, paused)
    course.pass_over(table)
    last = np.append(table.account[1:] != table.account[:-1], True) if size else np.zeros(0, np.bool_)
    every, run = np.arange(size), table.material_since[last]
    since = np.where(run < FOREVER, run, end + 1)
    days_material = paused.counting(every, end + 1) - paused.counting(every, since)
    oldest = np.where(np.isnat(columns.oldest_due), end, day_of(columns.oldest_due))
    days = paused.counting(every, end) - paused.counting(every, oldest)
    closed = ~np.isnat(columns.closed) | (columns.payoff == 0)
    status = np.where(closed, Status.CLOSED, course.status).astype(np.int64)
    return _found(statements, rule, course, status, days, days_material, end)


def _found(
    statements: Statements,
    rule: CreditStageRule,
    course: Course,
    status: Ints,
    days: Ints,
    days_material: Ints,
    end: Ints,
) -> CreditStages:
    columns = statements.columns
    stage = np.ones(len(status), np.int64)
    if rule.stage_2_after_days != "rebutted":
        stage[days > rule.stage_2_after_days] = 2
    on_probation = status == Status.PROBATION
    stage[on_probation] = np.maximum(stage[on_probation], rule.probation_stage)
    if rule.stage_3_after_days != "rebutted":
        stage[days > rule.stage_3_after_days] = 3
    curing = status == Status.CURE
    waiting = curing | (status == Status.NON_PERFORMING)
    stage[waiting], stage[status == Status.CLOSED] = 3, 0
    runs_from = np.where(waiting, course.base, course.begun)
    months = np.select(
        [curing, waiting, on_probation], [rule.cure_months, rule.return_months, rule.probation_months], 0
    )
    running = waiting | on_probation
    ends = np.maximum(months_later(runs_from, months), end + 1)
    ends = np.where(on_probation, np.maximum(ends, _paid_enough(rule, course, end)), ends)
    return CreditStages(
        statements=statements,
        rule=rule,
        status=status,
        stage=stage,
        cause=course.cause,
        days_past_due=days,
        days_material=days_material,
        served=np.where(running, np.maximum(end - runs_from, 0), 0),
        months_paid=np.where(on_probation, course.months, 0),
        months_needed=np.where(on_probation, rule.months_needed, 0),
        non_performing_since=_day(course.since),
        forborne_on=_day(course.forborne_on),
        ends=np.where(running, ends.view("datetime64[D]"), _NEVER),
        after_default=on_probation & course.came_out,
        to_repay=np.where(curing, course.to_repay, 0),
        repaid=np.where(curing, course.repaid, 0),
        past_due=columns.missing,
    )


def _paid_enough(rule: CreditStageRule, course: Course, end: Ints) -> Ints:
    """The first day on which payments can have been made in enough stretches of months, at the best."""
    missing = rule.months_needed - course.months
    tomorrow = end + 1
    month = months_between(course.begun, tomorrow) // rule.regular_months
    month += (course.counted & (month == course.month)) + np.maximum(missing - 1, 0)
    when = np.maximum(months_later(course.begun, month * rule.regular_months), tomorrow)
    return np.where(missing > 0, when, tomorrow)


def _flags(name: str, given: Any, size: int) -> Bools:
    """One bool for all, or a column of them."""
    found = np.asarray(given)
    if found.dtype != np.bool_ or found.shape not in ((), (size,)):
        raise InputError(Code.UNKNOWN_VALUE, name, given, f"True or False, for all or for each of {size}")
    return np.broadcast_to(found, size)


def _day(number: Ints) -> Days:
    there = number != NO_DAY
    return np.where(there, np.where(there, number, 0).view("datetime64[D]"), _NEVER)
