"""More means never ask for a larger concession, a looser limit never for a refusal."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from examples import examples
from test_concessions import WATERFALLS
from test_levers import refused


def granted(loan, incomes, rules):
    """How large the concessions are, by income: the last step and its degree; a refusal is beyond all."""
    homes = rp.Households.from_columns(net_income=incomes)
    loans = rp.Loan(**loan).batch.take(np.zeros(len(incomes), np.int64))
    got = rp.propose(loans, homes, rules).value
    steps = len(rules.concessions)
    degree = np.where(
        got.last_step < 0, 0, got.degree[np.arange(len(got)), np.clip(got.last_step, 0, steps - 1)]
    )
    last = np.where(got.offered, got.last_step, steps)
    return list(zip(last.tolist(), np.where(got.offered, degree, 0).tolist(), strict=True)), got


@pytest.mark.slow
@examples(30)
@given(refused(), WATERFALLS)
def test_more_income_never_asks_for_more(case, steps):
    loan, income, rules = case
    rules = replace(rules, concessions=tuple(steps))
    incomes = [income * (100 + k) / 100 for k in range(-40, 60, 5)]
    size, _ = granted(loan, [each.quantize(Decimal("0.01")) for each in incomes], rules)
    assert size == sorted(size, reverse=True)


LOOSER = {
    "cut_rate": lambda step: replace(step, floor=Decimal("0.005")),
    "forbear": lambda step: replace(step, percent=step.percent + 15),
    "forgive": lambda step: replace(step, percent=step.percent + 15),
}


@pytest.mark.slow
@examples(30)
@given(refused(), WATERFALLS, st.integers(0, 6))
def test_a_looser_limit_never_refuses(case, steps, more):
    loan, income, rules = case
    rules = replace(rules, concessions=tuple(steps))
    incomes = [(income * (100 + k) / 100).quantize(Decimal("0.01")) for k in range(-40, 60, 5)]
    _, tight = granted(loan, incomes, rules)
    looser = [LOOSER[step.step](step) if step.step in LOOSER else step for step in steps]
    _, loose = granted(loan, incomes, replace(rules, concessions=tuple(looser)))
    assert (loose.offered >= tight.offered).all()
    limit = replace(rules.limit, percent=rules.limit.percent + 10 * more)
    _, longer = granted(loan, incomes, replace(rules, limit=limit))
    assert (longer.offered >= tight.offered).all()
