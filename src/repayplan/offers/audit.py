"""What became of each step of a waterfall, for a person: the figure before and after it, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from repayplan.basics.columns import RATE_DECIMALS
from repayplan.basics.errors import Code, Language, which
from repayplan.basics.money import to_decimal, to_plain
from repayplan.basics.outcome import Ints
from repayplan.basics.reason import Reason
from repayplan.offers.concession import Concession, Step
from repayplan.offers.lowering import LOWERING, amount_of, cap
from repayplan.offers.postponing import most_put_off
from repayplan.plans.loan import Loans

FIGURES: dict[Step, str] = {
    "extend": "instalments",
    "cut_rate": "annual_rate",
    "forbear": "forborne",
    "forgive": "forgiven",
    "waive": "waived",
    "holiday": "holiday periods",
    "interest_only": "interest-only periods",
}
"""What each step changes."""
_CHINESE = {
    "instalments": "期数",
    "annual_rate": "年利率",
    "forborne": "挂账本金",
    "forgiven": "减免的本金",
    "holiday periods": "不还款期数",
    "interest-only periods": "只还利息期数",
    "overdue_interest waived": "减免的逾期利息",
    "accrued_interest waived": "减免的应计利息",
    "penalty waived": "减免的罚息",
    "fees waived": "减免的费用",
}
"""What these figures are called in Chinese; of what is waived, with its component."""
CHOSEN = -2
"""In the place of the number of the step that was enough: the plan was chosen among several."""


@dataclass(frozen=True, slots=True)
class StepTaken:
    """One step of a waterfall.

    Attributes
    ----------
    step
        Its name.
    figure
        What it changes: instalments, the annual rate, an amount, or periods put off.
    before, after
        That figure.
    code
        Why: ``concession_enough``, ``concession_exhausted``, ``concession_held_back`` (more is allowed, but
        would leave no plan affordable), ``concession_beside`` (payments are put off so that a later step is
        enough), ``concession_set_back``, ``concession_no_period`` (the months allowed
        hold no whole period of the loan) or ``concession_not_needed``. Of a plan that was chosen among
        several: ``concession_chosen`` or ``concession_not_taken``.
    months
        Of steps that put payments off: how many the policy allows; None of others.
    bound
        Of principal that may be put aside by a share of the balance or by the property's value: how much at
        most, and which of the two says so (``concession_by_balance``, ``concession_by_value``).
    """

    step: Step
    figure: str
    before: Decimal | int
    after: Decimal | int
    code: Code
    months: int | None = None
    bound: Reason | None = None

    def text(self, language: Language = "en") -> str:
        """The sentence for a person."""
        limit = self.months if self.code is Code.CONCESSION_NO_PERIOD else self.before
        figure = _CHINESE[self.figure] if which(language) else self.figure
        said = self.code.text(language, field=figure, value=self.after, limit=limit)
        if self.bound is None:
            return said
        return said + ("; ", "；")[which(language)] + self.bound.text(language)


def audit(
    loans: Loans,
    steps: Sequence[Concession],
    degree: Ints,
    last: int,
    shortest: int,
    longest: int | None = None,
) -> Iterator[StepTaken]:
    """The steps of one loan's waterfall.

    Parameters
    ----------
    loans
        A batch of one as the waterfall begins with it.
    degree
        int64 (steps): of each.
    last
        The number of the step that was enough, all steps where none was, or :data:`CHOSEN`.
    shortest
        Instalments without any concession.
    longest
        The most that the limit allows, where steps are held back below their most; None: none is.
    """
    decimals = int(loans.decimals[0])
    for number, (step, granted) in enumerate(zip(steps, degree.tolist(), strict=True)):
        each, most, bound = np.array([granted]), granted, None
        before: Decimal | int = 0
        after: Decimal | int = granted
        if step.step == "extend":
            before, after = shortest, shortest + granted
            most = granted if longest is None else longest - shortest
        elif step.step in LOWERING:
            if longest is not None:
                most = int(LOWERING[step.step].top(step, loans)[0])
            if step.loan_to_value is not None:
                bound = _bound(step, loans)
            later = LOWERING[step.step].changed(step, loans, each)
            if step.step == "cut_rate":
                before, after = (to_plain(int(x.annual_rate[0]), RATE_DECIMALS) for x in (loans, later))
            else:
                before = to_decimal(0, decimals)
                after = to_decimal(int(amount_of(step, loans, each)[0]), decimals)
            loans = later
        if last == CHOSEN:
            code = Code.CONCESSION_CHOSEN if granted else Code.CONCESSION_NOT_TAKEN
        elif number > last:
            code = Code.CONCESSION_NOT_NEEDED
        elif number == last:
            code = Code.CONCESSION_ENOUGH
        elif not step.shifting:
            code = Code.CONCESSION_HELD_BACK if granted < most else Code.CONCESSION_EXHAUSTED
        elif not most_put_off(step, loans)[0]:
            code = Code.CONCESSION_NO_PERIOD
        else:
            code = Code.CONCESSION_BESIDE if granted else Code.CONCESSION_SET_BACK
        figure = FIGURES[step.step]
        if step.component is not None:
            figure = f"{step.component} {figure}"
        yield StepTaken(step.step, figure, before, after, code, step.months, bound)


def _bound(step: Concession, loans: Loans) -> Reason:
    """How much of one loan's principal may be put aside, and by which of two rules."""
    plain = replace(step, loan_to_value=None)
    share, most = (int(cap(each, loans)[0]) for each in (plain, step))
    amount = to_decimal(most, int(loans.decimals[0]))
    if most > share:
        return Reason(Code.CONCESSION_BY_VALUE, "forborne", amount, step.loan_to_value)
    return Reason(Code.CONCESSION_BY_BALANCE, "forborne", amount, step.percent)
