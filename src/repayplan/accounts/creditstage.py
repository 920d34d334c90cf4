"""Credit status and stage of accounts: performing, on probation, non-performing, or being cured."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal, overload

import numpy as np

from repayplan.ability.figures import one_rule, units_of
from repayplan.accounts.creditcourse import NO_DAY, Cause, Course, Status, months_between, months_later
from repayplan.accounts.creditdays import grace_of_plans, stretches
from repayplan.accounts.creditstagerule import CreditStageRule
from repayplan.accounts.pauses import PausedDays
from repayplan.accounts.statement import Statement, Statements, day_of
from repayplan.basics.columns import Screen
from repayplan.basics.dates import Days
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import to_decimal
from repayplan.basics.outcome import Bools, Ints
from repayplan.basics.reason import Reason
from repayplan.kernel.law import FOREVER

CreditStatus = Literal["performing", "probation", "non_performing", "cure", "closed"]
CREDIT_STATUSES: tuple[CreditStatus, ...] = ("performing", "probation", "non_performing", "cure", "closed")
"""Columns hold the index."""
_NEVER = np.datetime64("NaT", "D")


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditStage:
    """Where one exposure stands.

    Attributes
    ----------
    status
        ``"performing"``; ``"probation"``: performing, and forborne; ``"non_performing"``; ``"cure"``:
        non-performing, and forborne; ``"closed"``: settled, written off or paid off.
    stage
        Of IFRS 9: 1, 2 or 3; None where it is closed.
    days_past_due, days_material
        Days past due, however little, and days on which a material amount has been past due without a break;
        both without the days of freezes that pause them by the rule.
    non_performing_since, forborne_on
        When it last became non-performing, and when it was last forborne; None: it never did.
    after_default
        On probation after it was non-performing.
    served, ends
        Days of the running cure, return or probation that count so far, and the first day on which it can
        end; 0 and None where nothing runs.
    to_repay, repaid
        In a cure: what is to be repaid before it ends, and what was in the time that counts.
    months_paid, months_needed
        On probation: in how many stretches of months payments were made, and must be.
    reasons
        Why it is what it is, and what it waits for.
    """

    status: CreditStatus
    stage: int | None
    days_past_due: int
    days_material: int
    non_performing_since: date | None
    forborne_on: date | None
    after_default: bool
    served: int
    ends: date | None
    to_repay: Decimal
    repaid: Decimal
    months_paid: int
    months_needed: int
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CreditStages:
    """The same of many: a value each, in the order of their statements.

    Attributes
    ----------
    statements, rule
        Of which, and by which.
    status
        int64 index into :data:`CREDIT_STATUSES`.
    stage
        int64; 0 where it is closed.
    cause
        int64; why it last became non-performing, see :class:`~repayplan.accounts.creditcourse.Cause`.
    days_past_due, days_material, served, months_paid
        int64.
    months_needed
        int64; 0 where there is no probation.
    non_performing_since, forborne_on, ends
        datetime64[D]; NaT where there is none.
    after_default
        bool.
    to_repay, repaid, past_due
        int64 minor units; ``past_due``: what is missing of overdue instalments.
    """

    statements: Statements
    rule: CreditStageRule
    status: Ints
    stage: Ints
    cause: Ints
    days_past_due: Ints
    days_material: Ints
    served: Ints
    months_paid: Ints
    months_needed: Ints
    non_performing_since: Days
    forborne_on: Days
    ends: Days
    after_default: Bools
    to_repay: Ints
    repaid: Ints
    past_due: Ints

    def __len__(self) -> int:
        return len(self.status)

    def one(self, i: int) -> CreditStage:
        """Of account ``i``."""
        places = int(self.statements.accounts.decimals[self.statements.row[i]])
        return CreditStage(
            status=CREDIT_STATUSES[int(self.status[i])],
            stage=int(self.stage[i]) or None,
            days_past_due=int(self.days_past_due[i]),
            days_material=int(self.days_material[i]),
            non_performing_since=self.non_performing_since[i].item(),
            forborne_on=self.forborne_on[i].item(),
            after_default=bool(self.after_default[i]),
            served=int(self.served[i]),
            ends=self.ends[i].item(),
            to_repay=to_decimal(int(self.to_repay[i]), places),
            repaid=to_decimal(int(self.repaid[i]), places),
            months_paid=int(self.months_paid[i]),
            months_needed=int(self.months_needed[i]),
            reasons=tuple(self._reasons(i, places)),
        )

    def _reasons(self, i: int, places: int) -> list[Reason]:
        status, rule = Status(int(self.status[i])), self.rule
        days, since = int(self.days_past_due[i]), self.non_performing_since[i].item()
        found: list[Reason] = []

        def say(code: Code, value: object, limit: object = None) -> None:
            found.append(Reason(code, "account", value, limit))

        if status is Status.CLOSED:
            return found
        bad = status in (Status.NON_PERFORMING, Status.CURE)
        if bad:
            code = _CODES[Cause(int(self.cause[i]))]
            limits = {Code.STAGE_RELAPSED: rule.relapse_days}
            limits |= dict.fromkeys((Code.STAGE_SIGNED_LATE, Code.STAGE_DEFAULT), rule.default_after_days)
            say(code, since, limits.get(code))
        if status in (Status.PROBATION, Status.CURE):
            say(Code.STAGE_FORBORNE, self.forborne_on[i].item())
        if self.days_material[i] > rule.default_after_days:
            say(Code.STAGE_MATERIAL_DAYS, int(self.days_material[i]), rule.default_after_days)
        for number in (3, 2):
            limit = rule.stage_3_after_days if number == 3 else rule.stage_2_after_days
            if limit != "rebutted" and days > limit:
                say(Code.STAGE_DAYS, days, limit)
                break
        if not np.isnat(self.ends[i]):
            say(_WAITS[status], self.ends[i].item(), int(self.served[i]))
        if status is Status.CURE and self.past_due[i]:
            say(Code.STAGE_PAST_DUE, to_decimal(int(self.past_due[i]), places))
        if status is Status.CURE and self.repaid[i] < self.to_repay[i]:
            say(
                Code.STAGE_REPAID,
                to_decimal(int(self.repaid[i]), places),
                to_decimal(int(self.to_repay[i]), places),
            )
        if status is Status.PROBATION and self.months_paid[i] < self.months_needed[i]:
            say(Code.STAGE_MONTHS_PAID, int(self.months_paid[i]), int(self.months_needed[i]))
        return found


_CODES = {
    Cause.SIGNED_LATE: Code.STAGE_SIGNED_LATE,
    Cause.JUDGED: Code.STAGE_JUDGED,
    Cause.PAST_DUE: Code.STAGE_DEFAULT,
    Cause.RELAPSED: Code.STAGE_RELAPSED,
    Cause.FORBORNE_AGAIN: Code.STAGE_FORBORNE_AGAIN,
}
_WAITS = {
    Status.PROBATION: Code.STAGE_PROBATION_ENDS,
    Status.NON_PERFORMING: Code.STAGE_RETURN,
    Status.CURE: Code.STAGE_CURE_ENDS,
}


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
