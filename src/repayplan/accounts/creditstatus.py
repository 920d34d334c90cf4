"""Where exposures stand: status, stage, and the reasons for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

import numpy as np

from repayplan.accounts.creditcourse import Cause, Status
from repayplan.accounts.creditstagerule import CreditStageRule
from repayplan.accounts.statement import Statements
from repayplan.basics.dates import Days
from repayplan.basics.errors import Code
from repayplan.basics.money import to_decimal
from repayplan.basics.outcome import Bools, Ints
from repayplan.basics.reason import Reason

CreditStatus = Literal["performing", "probation", "non_performing", "cure", "closed"]
CREDIT_STATUSES: tuple[CreditStatus, ...] = ("performing", "probation", "non_performing", "cure", "closed")
"""Columns hold the index."""
CREDIT_STATUS_WORDS: dict[CreditStatus, tuple[str, str]] = {
    "performing": ("performing", "正常"),
    "probation": ("performing, on probation", "正常（观察期）"),
    "non_performing": ("non-performing", "不良"),
    "cure": ("non-performing, in its cure", "不良（治愈期）"),
    "closed": ("closed", "已关闭"),
}
"""What people call them in English and Chinese."""


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
