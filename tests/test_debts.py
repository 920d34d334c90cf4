"""One payment for several debts, held against article 560 read out loud."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp

DEBTS = st.lists(
    st.tuples(
        st.integers(0, 5_000),
        st.booleans(),
        st.integers(0, 2),
        st.sampled_from(["0.03", "0.12"]),
        st.integers(0, 3).map(lambda k: date(2026, 1, 31) + timedelta(days=k)),
        st.sampled_from([0, 0, 0, 1, 2]),
    ),
    min_size=1,
    max_size=6,
)


def by_article(amount, debts):
    """Cents of each debt: the next in order is paid in full, alike ones in proportion."""
    left, paid = amount, [0] * len(debts)
    rest = list(range(len(debts)))

    def place(k):
        _, due, security, rate, day, rank = debts[k]
        return (rank or 99, not due, security, -Fraction(rate), day)

    while rest:
        first = min(map(place, rest))
        alike = [k for k in rest if place(k) == first]
        rest = [k for k in rest if k not in alike]
        total = sum(debts[k][0] for k in alike)
        given_ = min(left, total)
        exact = {k: Fraction(given_ * debts[k][0], total or 1) for k in alike}
        for k in alike:
            paid[k] = int(exact[k])
        more = given_ - sum(paid[k] for k in alike)
        for k in sorted(alike, key=lambda k: (-(exact[k] - int(exact[k])), k))[:more]:
            paid[k] += 1
        left -= given_
    return paid


def columns(debts):
    names = ("claims", "due", "security", "rate", "due_date", "designated")
    made = dict(zip(names, (list(each) for each in zip(*debts, strict=True)), strict=True))
    made["claims"] = [Decimal(each) / 100 for each in made["claims"]]
    return made


@given(st.integers(1, 20_000), DEBTS)
def test_a_payment_goes_where_the_article_says(amount, debts):
    given_ = columns(debts)
    found = rp.pay_debts(Decimal(amount) / 100, given_.pop("claims"), **given_)
    assert [int(each * 100) for each in found] == by_article(amount, debts)


@given(st.lists(st.tuples(st.integers(1, 20_000), DEBTS), min_size=1, max_size=4), st.randoms())
def test_many_borrowers_are_as_one_by_one_in_any_order(cases, shuffle):
    lines = [(i, k, debt) for i, (_, debts) in enumerate(cases) for k, debt in enumerate(debts)]
    # Of debts that are alike the earlier one is served first: their order within a borrower stays.
    order = sorted(range(len(cases)), key=lambda _: shuffle.random())
    lines = [line for i in order for line in lines if line[0] == i]
    given_ = columns([debt for _, _, debt in lines])
    amounts = [Decimal(amount) / 100 for amount, _ in cases]
    found = rp.pay_debts(amounts, given_.pop("claims"), debtor=[i for i, _, _ in lines], **given_)
    assert found.row.tolist() == list(range(len(lines)))
    for (i, k, _), cents in zip(lines, found.value.tolist(), strict=True):
        assert cents == by_article(cases[i][0], cases[i][1])[k]


def test_a_debt_that_cannot_be_leaves_its_borrower_without_figures_and_no_other():
    found = rp.pay_debts(
        ["100", "100"],
        ["60", "60", "60"],
        debtor=[0, 0, 1],
        due=True,
        security=[0, -1, 0],
        rate="0.1",
        due_date="2026-01-31",
    )
    assert (found.row.tolist(), found.value.tolist()) == ([2], [6000])
    assert [(each.row, each.field) for each in found.failures] == [(0, "security"), (1, "security")]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"due": ["yes"]}, "due"),
        ({"security": -1}, "security"),
        ({"rate": "12"}, "rate"),
        ({"due_date": "soon"}, "due_date"),
        ({"designated": -1}, "designated"),
        ({"due": [True, True]}, "due"),
        ({"due": 1}, "due"),
        ({"security": [0, 0]}, "security"),
        ({"rate": []}, "rate"),
        ({"due_date": ["2026-01-31"] * 2}, "due_date"),
        ({"designated": [1, 2]}, "designated"),
    ],
)
def test_figures_that_cannot_be_are_refused(given, field):
    figures = {"due": True, "security": 0, "rate": "0.1", "due_date": "2026-01-31"} | given
    with pytest.raises(rp.InputError) as error:
        rp.pay_debts("100", ["60"], **figures)
    assert error.value.field == field


def test_more_ranks_than_can_be_told_apart_are_refused():
    days = [date(2026, 1, 1) + timedelta(days=k) for k in range(102)]
    with pytest.raises(rp.InputError) as error:
        rp.pay_debts("100", ["1"] * 102, due=True, security=0, rate="0.1", due_date=days)
    assert error.value.field == "claims"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"debtor": [0, 0.5, 1]}, "debtor[1]"),
        ({"debtor": [0, True, 1]}, "debtor[1]"),
        ({"debtor": np.array([False, True, True])}, "debtor[0]"),
        ({"debtor": np.array([0.0, 1.0, 1.5])}, "debtor[2]"),
        ({"debtor": [0, "a", 1]}, "debtor[1]"),
        ({"debtor": [0, None, 1]}, "debtor[1]"),
        ({"debtor": [0, 1, 2]}, "debtor"),
        ({"debtor": [0, 1, -1]}, "debtor"),
        ({"debtor": [0, 1]}, "debtor"),
        ({"debtor": 0}, "debtor"),
        ({"due": [True]}, "due"),
        ({"due": [True, False]}, "due"),
        ({"due": np.ones((3, 1), np.bool_)}, "due"),
        ({"security": [0]}, "security"),
        ({"rate": ["0.1"]}, "rate"),
        ({"due_date": ["2026-01-31"]}, "due_date"),
        ({"designated": [1]}, "designated"),
    ],
)
def test_columns_that_cannot_be_are_refused_by_name(more, field):
    columns = {"debtor": [0, 0, 1], "due": True, "security": 0, "rate": "0.1", "due_date": "2026-01-31"}
    with pytest.raises(rp.InputError) as error:
        rp.pay_debts(["100", "100"], ["60", "60", "60"], **columns | more)
    assert error.value.field == field


def test_the_claims_are_a_column():
    with pytest.raises(rp.InputError) as error:
        rp.pay_debts("100", "60", due=True, security=0, rate="0.1", due_date="2026-01-31")
    assert error.value.field == "claims"
