"""What a sheet says of a conditional deal: what has to be paid first, and everything that is paid in all."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np

from repayplan.basics.errors import Code
from repayplan.basics.money import EXACT
from repayplan.edges.documents import Entry, Section, Table
from repayplan.edges.sheetparts import worded
from repayplan.edges.words import Figure, Words
from repayplan.offers.conditional import Conditional
from repayplan.offers.dealconditions import DealCondition
from repayplan.plans.single import Schedule


def condition_section(deal: Conditional) -> Section:
    """The payments that the concession waits for, each with its last day, and what is owed without it."""
    names = ("what", "amount", "due_date", "in_time_until", "owed_if_missed")
    rows = tuple(
        (
            Figure(_called(each), "text"),
            Figure(each.amount, "money"),
            Figure(each.due_date, "date"),
            Figure(each.in_time_until, "date"),
            Figure(each.owed_if_missed, "money"),
        )
        for each in deal.conditions
    )
    entries = (
        Entry("effective_on", _W["effective_on"], Figure(deal.effective_on, "date")),
        Entry("owed_then", _W["owed_then"], Figure(deal.owed_then, "money")),
    )
    trial = deal.today.case.policy.trial
    by_month = (_W["month_end"],) if trial is not None and trial.in_time == "month_end" else ()
    return Section(
        name="condition",
        heading=_W["condition"],
        notes=(_W["if_paid"], *by_month, _W["until_then"], _W["if_missed"]),
        entries=entries,
        table=Table(names, tuple(_W[name] for name in names), rows) if rows else None,
    )


def _called(each: DealCondition) -> Words:
    if each.code is Code.DEAL_DOWN_PAYMENT:
        return _W["down_payment"]
    return Words(f"Trial payment {each.number}", f"第{each.number}期试还款")


def paid_in_all(deal: Conditional, plan: Schedule) -> tuple[Schedule, Decimal]:
    """What is paid under a deal from its first day on, and what it is paid for.

    Parameters
    ----------
    plan
        What takes effect when the trial is over.

    Returns
    -------
    The payments as a schedule, of these columns alone: the down payment, the trial's rows and the plan's. And
    everything that is owed before them. A down payment due on the very day that interest runs from is in
    neither: what is paid back at once bears no rate.
    """
    today, owed = deal.today.schedule, deal.today.owed
    first = [(row.due_date, row.payment) for row in deal.rows]
    # The days of these payments before a rule moves any; a down payment's is never moved.
    agreed = None if today.agreed is None else today.agreed[: 1 + len(first)].tolist()
    on = deal.down_payment_by
    if on is not None and on > today.interest_from:
        owed += deal.down_payment
        first.insert(0, (on, deal.down_payment))
        if agreed is not None:
            agreed.insert(1, on)
    due = np.array([day for day, _ in first], "datetime64[D]")
    paid = np.array([_units(amount, plan.decimals) for _, amount in first], np.int64)
    payment = np.append(paid, plan.columns["payment"])
    columns = {
        "period": np.arange(1, 1 + len(payment)),
        "due_date": np.append(due, plan.columns["due_date"]),
        "opening": np.full(len(payment), _units(owed, plan.decimals)),
        "payment": payment,
    }
    if plan.agreed is not None and agreed is not None:
        agreed = np.append(np.array(agreed, "datetime64[D]"), plan.agreed[1:])
    made = replace(plan, columns=columns, interest_from=today.interest_from, agreed=agreed, beside=0)
    return made, owed


def _units(amount: Decimal, decimals: int) -> int:
    return int(amount.scaleb(decimals, EXACT))


_W = worded(
    {
        "condition": ("What has to be paid first", "生效条件"),
        "if_paid": (
            "The plan takes effect if every payment below comes in by its last day.",
            "下列款项均在各自最迟到账日前到账的，本方案生效。",
        ),
        "month_end": (
            "Each is in time to the last day of the month in which it is due.",
            "各笔款项在其到期日所在月份的最后一日前（含当日）到账，均为按时到账。",
        ),
        "until_then": (
            "Until then the present contract goes on, at its rate.",
            "在此之前，现合同按原利率继续履行。",
        ),
        "if_missed": (
            "If one doesn't, the plan doesn't take effect; what is then owed by the contract is stated.",
            "任何一笔未按时到账的，本方案不生效，现合同维持不变；届时按现合同的欠款见该笔款项所在行。",
        ),
        "effective_on": ("The plan takes effect on", "方案生效日"),
        "owed_then": ("Everything owed then, if all of this is paid", "按时付清上述款项后届时的全部欠款"),
        "what": ("Payment", "款项"),
        "amount": ("Amount", "金额"),
        "due_date": ("Due", "到期日"),
        "in_time_until": ("In time until", "最迟到账日"),
        "owed_if_missed": ("Owed if it isn't paid", "未付时的欠款"),
        "down_payment": ("Down payment", "首付款"),
    }
)
