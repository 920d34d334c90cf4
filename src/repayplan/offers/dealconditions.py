"""What a conditional deal asks before it takes effect: a down payment and trial instalments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

import numpy as np

from repayplan.ability.figures import units_of
from repayplan.basics.dates import Days
from repayplan.basics.errors import Code, Language
from repayplan.basics.money import to_decimal
from repayplan.basics.outcome import Ints
from repayplan.kernel.accrue import divide_product
from repayplan.offers.account import owed_of, pay_out
from repayplan.offers.arrangements import Trial
from repayplan.offers.postponing import put_off
from repayplan.offers.proposal import Proposals
from repayplan.plans.loan import Loans


@dataclass(frozen=True, slots=True, kw_only=True)
class DealCondition:
    """What has to come in before a concession takes effect.

    Attributes
    ----------
    code
        ``deal_down_payment`` or ``deal_trial_payment``.
    number
        0: the down payment; 1, 2, ...: the trial payment in this row.
    amount, due_date
        How much, and when it falls due.
    in_time_until
        The last day on which it is in time.
    owed_if_missed
        What is owed by the contract on the due date, where everything before was paid and this isn't.
    """

    code: Code
    number: int
    amount: Decimal
    due_date: date
    in_time_until: date
    owed_if_missed: Decimal

    def text(self, language: Language = "en") -> str:
        """The sentence for a person.

        Examples
        --------
        >>> day = date(2026, 1, 31)
        >>> DealCondition(
        ...     code=Code.DEAL_TRIAL_PAYMENT,
        ...     number=1,
        ...     amount=Decimal("250.00"),
        ...     due_date=day,
        ...     in_time_until=day,
        ...     owed_if_missed=Decimal("9000.00"),
        ... ).text()
        'trial payment 1: 250.00, in by 2026-01-31'
        """
        return self.code.text(language, field=str(self.number), value=self.amount, limit=self.in_time_until)


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """The conditions of deals: (conditions, rows), number 0 the down payment, 1, 2, ... the trial payments.

    Attributes
    ----------
    required
        int64 minor units; 0 where there is no such condition.
    due, in_time_until
        datetime64[D]; NaT where there is no such condition.
    owed_if_missed
        int64 minor units; owed by the contract where everything before was paid and this isn't.
    decimals
        int64 (rows); of the minor units.
    """

    required: Ints
    due: Days
    in_time_until: Days
    owed_if_missed: Ints
    decimals: Ints

    @classmethod
    def by(cls, conditions: Sequence[DealCondition]) -> Asked:
        """Of one deal."""
        size = 1 + max((each.number for each in conditions), default=0)
        d = max((-int(each.amount.as_tuple().exponent) for each in conditions), default=0)
        money, days = np.zeros((2, size, 1), np.int64), np.full((2, size, 1), np.datetime64("NaT", "D"))
        for each in conditions:
            amounts = (each.amount, each.owed_if_missed)
            money[:, each.number, 0] = [int(Fraction(amount) * 10**d) for amount in amounts]
            days[:, each.number, 0] = [np.datetime64(day) for day in (each.due_date, each.in_time_until)]
        return cls(money[0], days[0], days[1], money[1], np.array([d]))

    def take(self, rows: Ints) -> Asked:
        """Of some rows."""
        return Asked(
            self.required[:, rows],
            self.due[:, rows],
            self.in_time_until[:, rows],
            self.owed_if_missed[:, rows],
            self.decimals[rows],
        )

    def conditions(self, i: int) -> tuple[DealCondition, ...]:
        """Those of row ``i``, for a person."""
        d = int(self.decimals[i])
        return tuple(
            DealCondition(
                code=Code.DEAL_TRIAL_PAYMENT if k else Code.DEAL_DOWN_PAYMENT,
                number=k,
                amount=to_decimal(int(self.required[k, i]), d),
                due_date=self.due[k, i].item(),
                in_time_until=self.in_time_until[k, i].item(),
                owed_if_missed=to_decimal(int(self.owed_if_missed[k, i]), d),
            )
            for k in np.flatnonzero(self.required[:, i]).tolist()
        )


def down_payments(loans: Loans, trial: Trial) -> tuple[Ints, dict[str, Ints]]:
    """The down payment of each loan, and what it goes to; no more than is owed."""
    owed = owed_of(loans)
    total = np.asarray(sum(owed.values()), np.int64)
    wanted = np.zeros_like(total)
    if trial.down_amount is not None:
        wanted = units_of(trial.down_amount, up=True)[loans.decimals]
    if trial.down_percent is not None:
        part, rest = divide_product(total, np.full(len(total), int(trial.down_percent * 10**4)), 10**6)
        wanted = part + (rest > 0)
    # No row has been yet that its own interest could be paid of.
    first = pay_out(np.minimum(wanted, total), owed, [name for name in trial.order if name != "interest"])
    return sum(first.values(), np.zeros_like(total)), first


def down_due(loans: Loans, trial: Trial, down: Ints) -> Days:
    """When the down payment is due, NaT where there is none."""
    every = np.arange(len(loans))
    due, _ = loans.counted_to(every, np.zeros_like(every), np.zeros(len(every), np.bool_))
    day = np.minimum(loans.start + np.timedelta64(trial.down_days, "D"), due)
    return np.where(down > 0, day, np.datetime64("NaT", "D"))


def trial_payments(today: Proposals, trial: Trial, loans: Loans, workers: int) -> tuple[Ints, Ints]:
    """What is paid in each row of the trials, (periods, loans), and how many rows each has."""
    rows = np.zeros(len(loans), np.int64)
    idle, _, _ = put_off(today.policy.steps, today.degree.T)
    # Rows that pay nothing prove nothing; and a plan that were paid off on trial would need no concession.
    length = np.minimum(idle + trial.instalments, today.instalments - 1)
    rows[today.row] = np.where(today.offered, length, 0)
    wanted = np.zeros((int(rows.max(initial=0)), len(loans)), np.int64)
    paid = today.write_schedules(workers=workers)._paid("payment")
    if paid.row is None or not len(paid.row):
        return wanted, rows
    finer = today.loans.finer[paid.row]
    for t in range(len(wanted)):
        mine = rows[paid.row] > t
        amount = paid.amount[paid.offsets[:-1][mine] + t]
        wanted[t, paid.row[mine]] = -(-amount // finer[mine])  # no plan is paid in parts of a unit
    return wanted, rows
