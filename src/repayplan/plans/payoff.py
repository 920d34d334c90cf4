"""How many given payments pay a loan off, and how large the last of them is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, overload

import numpy as np
import numpy.typing as npt

from repayplan.basics.errors import Code
from repayplan.basics.money import as_text, to_decimal
from repayplan.basics.outcome import Ints, Outcome
from repayplan.kernel.amortise import run
from repayplan.kernel.rules import MAX_PERIODS
from repayplan.plans.annuity import SUNK
from repayplan.plans.answers import Call
from repayplan.plans.layout import lay_out
from repayplan.plans.loan import Loan, Loans
from repayplan.plans.stage import Plan
from repayplan.plans.unknown import blanks_of, refusal, solvable


class PaidOff(NamedTuple):
    """When a payment has paid a loan off; of a batch, columns (int64 periods and minor units).

    Attributes
    ----------
    n
        Payments of the plan's last stage.
    last
        The size of the last of them, with what is put aside until then.
    """

    n: Any
    last: Any


@overload
def paid_off(loans: Loan, plan: Plan, *, workers: int = 1) -> PaidOff: ...
@overload
def paid_off(loans: Loans, plan: Plan, *, workers: int = 1) -> Outcome[PaidOff]: ...
def paid_off(loans: Loan | Loans, plan: Plan, *, workers: int = 1) -> PaidOff | Outcome[PaidOff]:
    """How many payments of a given size pay a loan off, and how large the last of them is.

    Parameters
    ----------
    loans
        One loan, or a batch; both run the same code.
    plan
        Its last stage is a ``fixed_payment``.
    workers
        Threads; the result doesn't depend on it.

    Returns
    -------
    PaidOff: an int and a Decimal; of a batch an Outcome of one with int64 columns.

    Raises
    ------
    InputError
        ``never_paid_off``, ``negative_amortisation``: the payment doesn't cover the interest;
        ``unknown_value``: another plan. In a batch a loan's fault is an entry of the failures instead.

    Examples
    --------
    >>> from repayplan.plans.methods import fixed_payment
    >>> loan = Loan(
    ...     principal="12000",
    ...     annual_rate="0.12",
    ...     original_term=24,
    ...     elapsed=0,
    ...     unpaid=24,
    ...     next_due="2026-01-31",
    ... )
    >>> paid_off(loan, fixed_payment("500"))
    PaidOff(n=28, last=Decimal('290.94'))
    """
    plan = solvable(plan)
    if plan.stages[-1].name != "fixed_payment" or blanks_of(plan):
        raise refusal(plan, "the last stage is a fixed_payment, and nothing is unknown")
    call = Call.of(loans)
    last = np.zeros(len(call.loans), np.int64)

    def work(part: Call, some: slice) -> None:
        last[some] = until_paid(part, plan, MAX_PERIODS)

    call.part_by_part(plan, work, workers)
    got = call.outcome()
    if not call.alone:
        return Outcome(PaidOff(got.value, last[got.row]), got.row, got.failures)
    n = int(got.single()[0])
    return PaidOff(n, to_decimal(int(last[0]), int(call.loans.decimals[0])))


def until_paid(call: Call, plan: Plan, longest: int) -> Ints:
    """Puts the number of payments until all is paid off into the call; the last payment of each loan."""
    loans, last = call.loans, np.zeros(len(call.loans), np.int64)
    every = np.zeros(len(loans), np.int64)
    for piece in lay_out(loans, (plan,), every, call.screen):
        places = loans.decimals[piece.rows]
        # Where all is repaid before, one of nothing.
        count, begun = np.maximum(piece.work.term - piece.work.lengths[:-1].sum(axis=0), 1), piece.work.begun
        call.value[piece.rows] = count
        for block in run(piece.work, store=False):
            rows = piece.rows[block.rows]
            aside = 0 if piece.aside is None else piece.aside[block.rows]
            last[rows] = np.where(begun[block.rows], block.last + aside, 0)
            paid, least = (_text(figures, places[block.rows]) for figures in block.short)
            call.refuse(rows, block.sunk, Code.INSTALMENT_BELOW_ZERO, SUNK, paid, "")
            lacking = block.negative & ~block.sunk
            call.refuse(rows, lacking, Code.NEGATIVE_AMORTISATION, "plan", paid, least)
        long, field = count > longest, f"{plan.stages[-1].name}.amount"
        paid = _text(piece.work.amounts[-1], places)
        call.refuse(piece.rows, long, Code.NEVER_PAID_OFF, field, paid, str(longest))
    return last


def _text(amounts: Ints, places: Ints) -> Callable[[Ints], npt.NDArray[np.str_]]:
    """Amounts as text, made for those that are shown."""
    return lambda at: as_text(amounts[at], places[at])
