"""Strategies of loans with plans: pairs that go together, and portfolios."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from repayplan.basics.daycount import DayCount
from repayplan.basics.errors import InputError
from repayplan.basics.outcome import Ints
from repayplan.basics.ratepath import RatePath
from repayplan.plans.annuity import equal_instalment
from repayplan.plans.column import col
from repayplan.plans.loan import Loan, Loans
from repayplan.plans.schedule import schedule
from repayplan.plans.stage import Plan
from repayplan.testing.draw import strategy
from repayplan.testing.loan_strategies import loans
from repayplan.testing.plan_strategies import plans

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

_LONGEST = 24


def cases(loan: SearchStrategy[Loan] | None = None, **narrowed: Any) -> SearchStrategy[tuple[Loan, Plan]]:
    """Pairs of a loan and a plan that it can keep: :func:`~repayplan.schedule` has a schedule for them.

    Parameters
    ----------
    loan
        A strategy of loans, such as :func:`loans`.
    narrowed
        As for :func:`plans`.

    Raises
    ------
    ImportError
        hypothesis isn't installed; the message names the extra.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from repayplan.testing import check_outcome, check_schedule
    >>> @settings(max_examples=20)
    ... @given(cases(loans(frequencies=("monthly",)), stages=("equal_principal",)))
    ... def test_a_schedule_keeps_the_identities(case):
    ...     loan, plan = case
    ...     check_schedule(schedule(loan, plan), loan=loan, plan=plan)
    >>> test_a_schedule_keeps_the_identities()
    """

    def case(draw: DrawFn) -> tuple[Loan, Plan]:
        from hypothesis import reject

        one = draw(loans() if loan is None else loan)
        plan = draw(plans(one, **narrowed))
        try:
            schedule(one, plan)
        except InputError:
            reject()
        return one, plan

    return strategy(case)


class Portfolio(NamedTuple):
    """Loans, templates of plans, and which of them each loan has: what ``schedule`` takes."""

    loans: Loans
    plans: tuple[Plan, ...]
    template: Ints


def portfolios(
    loan: SearchStrategy[Loan] | None = None, plan: SearchStrategy[Plan] | None = None, *, most: int = 6
) -> SearchStrategy[Portfolio]:
    """Batches of loans, with templates of plans; some loans can't keep theirs, as in real ones.

    Parameters
    ----------
    loan
        A strategy of loans, such as :func:`loans`.
    plan
        A strategy of plans; without one, plans in proportion to one of the loans, and equal instalments
        over each loan's own number in the column ``months``.
    most
        Loans at most.

    Raises
    ------
    ImportError
        hypothesis isn't installed; the message names the extra.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from repayplan.testing import check_outcome, check_schedule
    >>> @settings(max_examples=20)
    ... @given(portfolios(most=3))
    ... def test_every_loan_is_accounted_for(portfolio):
    ...     check_outcome(schedule(*portfolio[:2], template=portfolio.template))
    >>> test_every_loan_is_accounted_for()
    """

    def portfolio(draw: DrawFn) -> Portfolio:
        from hypothesis import strategies as st

        every = draw(st.lists(loans() if loan is None else loan, min_size=1, max_size=most))
        own = st.just(equal_instalment(col("months")))
        sized = st.one_of(st.sampled_from(every).flatmap(plans), own) if plan is None else plan
        templates = tuple(draw(st.lists(sized, min_size=1, max_size=3)))
        which = st.integers(0, len(templates) - 1)
        template = np.array([draw(which) for _ in every], np.int64)
        months = [draw(st.integers(1, _LONGEST)) for _ in every]
        return Portfolio(_together(every, {"months": months}), templates, template)

    return strategy(portfolio)


def _together(every: Sequence[Loan], columns: Mapping[str, Any]) -> Loans:
    """Loans as one batch."""
    shared = ("rounding", "due_dates", "annual_rate", "batch", "columns", "currency", "day_count")
    column = {f.name: [getattr(each, f.name) for each in every] for f in fields(Loan) if f.name not in shared}
    roundings, laws = (list(dict.fromkeys(getattr(each, what) for each in every)) for what in shared[:2])
    rates = [each.annual_rate for each in every]
    paths = list(dict.fromkeys(rate for rate in rates if isinstance(rate, RatePath)))
    counts = [each.day_count for each in every]
    own = [count for count in counts if isinstance(count, DayCount)]
    return Loans.from_columns(
        **column,
        annual_rate=[0 if isinstance(rate, RatePath) else rate for rate in rates],
        rate_paths=tuple(paths),
        rate_index=[paths.index(rate) if isinstance(rate, RatePath) else -1 for rate in rates],
        rounding=tuple(roundings),
        rounding_index=[roundings.index(each.rounding) for each in every],
        due_dates=tuple(laws),
        due_index=[laws.index(each.due_dates) for each in every],
        day_count=own[0] if own else counts,
        columns=columns,
    )
