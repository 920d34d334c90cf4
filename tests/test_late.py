"""What a late payment costs, day by day, and the published example: the figure of sheets and agreements."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from repayplan import Code, InputError
from repayplan.accounts.agreedplan import late_cost

HALF = rp.OverdueRate(multiplier="1.5")
KINDS = {
    "none": None,
    "simple": rp.OverdueLedger(on=("interest",), rate=HALF),
    "daily": rp.OverdueLedger(on=("interest", "compound"), rate=HALF, settled="daily"),
}
RULE = rp.OverdueRule(
    penalty=rp.OverdueLedger(on=("principal",), rate=HALF),
    compound=KINDS["daily"],
    day_count="ACT/360",
    first_day="due_date",
    rounded="end",
    mode="half_up",
)
YEARS = {"ACT/360": 360, "ACT/364": 364, "ACT/365F": 365}


def rule(kind, uplift, count):
    """The contract's rate and a part of it more; what overdue interest bears by one of three kinds."""
    rate = rp.OverdueRate(multiplier=1 + Decimal(uplift))
    compound = KINDS[kind] and replace(KINDS[kind], rate=rate)
    return replace(RULE, penalty=replace(RULE.penalty, rate=rate), compound=compound, day_count=count)


def plan(principal="9000", rate="0.12", decimals=2, months=12):
    loan = rp.Loan(
        principal=principal, annual_rate=rate, original_term=months, elapsed=0, unpaid=months,
        next_due="2026-01-31", decimals=decimals,
    )  # fmt: skip
    return rp.schedule(loan, rp.equal_instalment(months))


def day_by_day(kind, principal, interest, daily, days):
    on_principal, on_interest = Fraction(0), Fraction(0)
    for _ in range(days):
        on_principal += Fraction(principal) * daily
        base = {"none": Fraction(0), "simple": Fraction(interest), "daily": Fraction(interest) + on_interest}
        on_interest += base[kind] * daily
    return on_principal, on_interest


@given(
    st.sampled_from(sorted(KINDS)),
    st.integers(0, 300).map(lambda percent: Decimal(percent) / 100),
    st.sampled_from(sorted(YEARS)),
    st.integers(1, 10**9).map(lambda cents: Decimal(cents).scaleb(-2)),
    st.integers(0, 36).map(lambda percent: Decimal(percent) / 100),
    st.integers(1, 40),
)
def test_a_charge_is_the_sum_of_its_days(kind, uplift, count, principal, rate, days):
    made = plan(principal, rate)
    first = next(row for row in made.rows if row.principal or row.interest_paid)
    found = late_cost(made, rule(kind, uplift, count), rate=rate, days=days)
    assert (found.due_date, found.days) == (first.due_date, days)
    assert (found.principal, found.interest) == (first.principal, first.interest_paid)
    daily = Fraction(rate) * (1 + Fraction(uplift)) / YEARS[count]
    exact = day_by_day(kind, first.principal, first.interest_paid, daily, days)
    for charged, wanted in zip((found.penalty, found.compound), exact, strict=True):
        assert abs(Fraction(charged) - wanted) <= Fraction(1, 200) + Fraction(1, 10**6)
    assert found.charged == found.penalty + found.compound


@given(st.integers(1, 10**7), st.integers(0, 36), st.integers(1, 400), st.integers(0, 100))
def test_later_and_dearer_is_never_cheaper(cents, percent, days, more):
    rate = Decimal(percent) / 100
    made = plan(Decimal(cents).scaleb(-2), rate)

    def charged(kind="daily", uplift="0.5", late=days):
        return late_cost(made, rule(kind, uplift, "ACT/360"), rate=rate, days=late).charged

    by_kind = [charged(kind) for kind in ("none", "simple", "daily")]
    assert by_kind == sorted(by_kind)
    assert charged() <= charged(late=days + more)
    assert charged() <= charged(uplift=Decimal("0.5") + Decimal(more) / 100)


def test_the_published_example():
    # PBOC 银发〔2003〕251号 as worked by willexcounselling.com (2009): an instalment of 3,000, of which 1,800
    # interest, two days late at 5.508 % and half as much again.
    assert HALF.on("0.05508") == Fraction("0.08262")
    made = plan("1200", "0.05508", decimals=4, months=1)
    row = {name: values.copy() for name, values in made.columns.items()}
    row["interest_paid"][:] = 1800_0000
    row["payment"][:] = 3000_0000
    made = replace(made, columns=row)
    one, two = (late_cost(made, RULE, rate=Decimal("0.05508"), days=days) for days in (1, 2))
    assert (one.principal, one.interest) == (1200, 1800)
    assert two.penalty == Decimal("0.5508")
    assert one.compound == Decimal("0.4131")
    assert two.compound - one.compound == Decimal("0.4132")


def test_a_rate_that_is_not_published_yet_is_an_error():
    later = rp.OverdueRate(index=rp.Index("LPR", ["2030-01-20"], ["0.03"], "own"))
    early = replace(RULE, penalty=replace(RULE.penalty, rate=later))
    with pytest.raises(InputError) as caught:
        late_cost(plan(), early, rate=Decimal("0.12"), days=30)
    assert (caught.value.code, caught.value.field) == (Code.OUT_OF_RANGE, "due_date")


# Of one instalment after another, where the plan goes on or doesn't


def in_and_after(**more):
    """2,000.00 due on the last of January: 20 % in the term, 50 % after it."""
    rule = rp.OverdueRule(
        penalty=rp.OverdueLedger(
            on=("principal",), rate=rp.OverdueRate(rate="0.5"), in_term=rp.OverdueRate(rate="0.2")
        ),
        day_count="ACT/360",
        first_day="due_date",
        rounded="end",
        mode="half_up",
    )
    given = {"principal": ["2000"] * 3, "due_date": "2026-01-31", "as_of": "2026-03-02", "rate": ["0.1"] * 3}
    return rp.overdue_interest(rule, **given | more)


@pytest.mark.parametrize("make", [list, np.array, lambda days: np.array(days, "datetime64[D]")])
def test_an_instalment_on_the_last_due_date_is_the_last(make):
    found = in_and_after(last_due=make(["2026-01-31", "2026-12-31", None]))
    assert not len(found.failures)
    assert found.value.penalty.tolist() == [8167, 3333, 8167]  # 30 days; the due date is in the term
    for day, cents in (("2026-01-31", 8167), ("2026-12-31", 3333), (None, 8167)):
        one = in_and_after(principal="2000", rate="0.1", last_due=day)
        assert one.penalty == one.total == Decimal(cents) / 100
    assert found.value.late_fee.tolist() == found.value.compound.tolist() == [0, 0, 0]


def test_a_last_due_date_that_cannot_be_spoils_its_row_only():
    found = in_and_after(last_due=["2026-01-30", "soon", "2026-02-28"])
    assert found.row.tolist() == [2]
    assert [(each.row, each.field, each.code) for each in found.failures] == [
        (0, "last_due", "dates_out_of_order"),
        (1, "last_due", "not_a_date"),
    ]
    with pytest.raises(rp.InputError) as caught:
        in_and_after(principal="2000", rate="0.1", last_due="2026-01-30")
    assert (caught.value.field, str(caught.value.value)) == ("last_due", "2026-01-30")


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("rate", ["0.1"] * 2),
        ("rate", ["0.1"] * 6),
        ("last_due", ["2026-12-31"] * 2),
        ("interest", ["1"] * 2),
        ("due_date", ["2026-01-31"] * 4),
        ("as_of", ["2026-03-02"] * 2),
        ("lent", ["2000"] * 2),
    ],
)
def test_a_column_of_another_length_is_refused_by_its_name(name, column):
    with pytest.raises(rp.InputError) as caught:
        in_and_after(**{"last_due": "2026-12-31", name: column})
    assert caught.value.field == name
