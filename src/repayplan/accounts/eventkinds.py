"""Kinds of events, and the words and reasons that they come with."""

from __future__ import annotations

from typing import Any, Literal, get_args

from repayplan.ability.figures import each_once, one_of, values
from repayplan.accounts.allocationrule import MONEY_IN

EventKind = Literal[
    "payment",
    "guarantor_payment",
    "goodwill",
    "payment_failed",
    "fee",
    "cost",
    "waiver",
    "freeze",
    "rate_change",
    "drawdown",
    "re_age",
    "re_amortise",
    "reschedule",
    "acceleration",
    "early_repayment",
    "settlement",
    "write_off",
    "review",
    "reversal",
]
EVENT_KINDS: tuple[EventKind, ...] = get_args(EventKind)
"""Kinds of events; columns hold the index. Of one day, and booked on one, they happen in the order of the
ticks (see :func:`~repayplan.replay`), and those of one kind by their references."""
NEW_PLANS = ("re_age", "re_amortise", "reschedule")
ANEW = ("rate_change", "drawdown", *NEW_PLANS)
"""After these, what hasn't fallen due is planned anew."""
WhileFrozen = Literal["runs", "stops"]
WHILE_FROZEN: tuple[WhileFrozen, ...] = get_args(WhileFrozen)
HaltReason = Literal["death", "insolvency", "court", "dispute", "moratorium"]
HALT_REASONS: tuple[HaltReason, ...] = get_args(HaltReason)
"""Why an account is frozen: the borrower died or is insolvent, a court has ordered it, the debt is in
dispute, or a law lets payments rest (a moratorium, breathing space). Columns hold the index."""
Keeps = Literal["dates", "instalment"]
KEEPS: tuple[Keeps, ...] = get_args(Keeps)
MOST_RATE = 10
WITH_AMOUNT = (*MONEY_IN, "payment_failed", "fee", "cost", "waiver", "drawdown")
KIND_INDEX: dict[str, int] = {name: i for i, name in enumerate(EVENT_KINDS)}


def halt_reasons(name: str, given: Any) -> tuple[HaltReason, ...]:
    """Reasons of freezes as a tuple; InputError unless they are known, and each is there once.

    Examples
    --------
    >>> halt_reasons("pauses", ["moratorium"])
    ('moratorium',)
    """
    reasons: tuple[Any, ...] = values(name, given, str, "reasons of freezes", some=False)
    for each in reasons:
        one_of(name, each, HALT_REASONS)
    each_once(name, reasons, "each reason once")
    return reasons
