"""Answers for loans of few units, against every value there is, tried one by one."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import repayplan as rp

LOAN = {
    "principal": "120",
    "annual_rate": "0.12",
    "original_term": 12,
    "elapsed": 0,
    "unpaid": 12,
    "next_due": "2026-01-31",
    "decimals": 0,
}
PATHS = [
    rp.SteppedRate((("2025-01-01", "0.05"), ("2026-04-10", "0.90"))),
    rp.SteppedRate((("2025-01-01", "0.90"), ("2026-04-10", "0.05"))),
    rp.SteppedRate((("2025-01-01", "0.30"), ("2026-03-15", "0"), ("2026-05-31", "0.6"))),
]


def does(plan, amounts, **change):
    """Of a batch whose last stage gives these amounts: where the last payment is no larger than its own.

    What is prepaid in the last row isn't counted.
    """
    terms = LOAN | {"principal": np.full(len(amounts), int(LOAN["principal"]))} | change
    made = rp.schedule(rp.Loans.from_columns(**terms), plan)
    columns, offsets = made.value.by_loan()
    last = offsets[1:] - 1
    principal = plan.stages[-1].name == "equal_principal"
    paid = columns["principal" if principal else "payment"][last] - columns["fee"][last]
    for i, each in enumerate(made.value):
        moved = each.moved
        inside = (moved.period == len(each) - 1) & (moved.amount < 0)
        paid[i] += int(moved.amount[inside].sum())
    out = np.zeros(len(amounts), np.bool_)
    out[made.row] = paid <= amounts[made.row]
    return out


def answer(call):
    """What a call finds, None where it finds nothing."""
    try:
        return call()
    except rp.InputError:
        return None


@settings(deadline=None, max_examples=40)
@given(
    st.sampled_from(["0.12", *PATHS]),
    st.sampled_from(["resolve", "keep", "foresee"]),
    st.sampled_from(["periods", "ACT/365F", "30E/360"]),
    st.integers(20, 300),
    st.integers(1, 8),
)
def test_a_least_instalment_is_the_least_of_all_whatever_the_rates(rate, change, count, principal, n):
    amounts = np.arange(1, 2 * principal + 2)
    terms = {"annual_rate": rate, "day_count": count}
    plan = rp.equal_instalment(n, instalment=amounts, rate_change=change)
    fits = does(plan, amounts, principal=np.full(len(amounts), principal), **terms)
    loan = rp.Loan(**LOAN | terms | {"principal": principal})
    least = int(amounts[fits][0])
    assert rp.solve_instalment(loan, rp.equal_instalment(n, rate_change=change)) == least
