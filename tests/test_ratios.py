"""Ratios as they are reported elsewhere, by exact fractions."""

from dataclasses import fields, replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from repayplan import Code

MONEY = st.integers(0, 2**50)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "net_income": st.integers(1, 2**50),
            "gross_income": st.integers(1, 2**50),
            "rent": MONEY,
            "tax": MONEY,
            "other_debts": MONEY,
            "payment": MONEY,
        }
    ),
    min_size=1,
    max_size=6,
)


def homes(rows):
    columns = {name: rp.minor([row[name] for row in rows]) for name in rows[0]}
    costs = {name: columns.pop(name) for name in ("rent", "tax")}
    payment = columns.pop("payment")
    return rp.Households.from_columns(**columns, costs=costs), payment


@given(ROWS, st.booleans(), st.decimals(0, 2, places=4), st.integers(0, 6))
def test_every_ratio_by_exact_fractions(rows, home_loan, most, places):
    batch, payment = homes(rows)
    got = rp.ratios(batch, housing=("rent", "tax"), payment=payment, home_loan=home_loan).value
    for i, row in enumerate(rows):
        housing = row["rent"] + row["tax"] + row["payment"] * home_loan
        debts = row["other_debts"] + row["payment"] * (not home_loan)
        want = {
            "front_end": Fraction(housing, row["gross_income"]),
            "back_end": Fraction(housing + debts, row["gross_income"]),
            "payment_to_gross": Fraction(row["payment"], row["gross_income"]),
            "payment_to_net": Fraction(row["payment"], row["net_income"]),
        }
        one = got.one(i)
        assert {name: getattr(one, name) for name in want} == want
        assert one.residual_income * 100 == row["net_income"] - housing - debts
        for name, exact in want.items():
            assert got.within(name, most)[i] == (exact <= Fraction(most))
            if exact < 10**6:
                alone = replace(got, **{f.name: getattr(got, f.name)[[i]] for f in fields(got)})
                assert alone.rounded(name, places) == [int(exact * 10**places + Fraction(1, 2))]


# HAMP tier 1: at most 31 % of gross monthly income, with taxes and insurance of 250; the strict search ends
# at 983.88 and 679.50.
@pytest.mark.parametrize(
    ("gross", "payment", "within"),
    [("4000", "983.88", True), ("3000", "679.50", True), ("4000", "990.00", True), ("4000", "990.01", False)],
)
def test_hamp_front_end(gross, payment, within):
    home = rp.Households.from_columns(gross_income=gross, net_income="2000", costs={"escrow": "250"})
    got = rp.ratios(home, housing=("escrow",), payment=payment, home_loan=True).value
    assert got.within("front_end", "0.31").tolist() == [within]


def test_of_items_and_of_gross_income_by_rule():
    home = rp.Household(
        items=[
            rp.Income("pay", "3000", gross=True),
            rp.Cost("rent", "600"),
            rp.Debt("card", "150"),
        ]
    )
    rule = rp.IncomeRule(net_of_gross="0.8")
    got = rp.ratios(home, housing=("rent",), payment="300", home_loan=False, income=rule)
    assert (got.front_end, got.back_end) == (Fraction(1, 5), Fraction(7, 20))
    assert (got.payment_to_gross, got.payment_to_net) == (Fraction(1, 10), Fraction(1, 8))
    assert got.residual_income == Decimal(2400 - 600 - 450)


GOOD = {"net_income": ["1000"] * 2, "gross_income": ["1500"] * 2, "costs": {"rent": ["300"] * 2}}


@pytest.mark.parametrize(
    ("change", "payment", "code", "field"),
    [
        ({"gross_income": ["1500", "0"]}, "1", Code.OUT_OF_RANGE, "gross_income"),
        ({"net_income": ["1000", "0"]}, "1", Code.OUT_OF_RANGE, "net_income"),
        ({"net_income": ["1000", ""]}, "1", Code.GROSS_WITHOUT_RULE, "gross_income"),
        ({"costs": {"rent": ["300", ""]}}, "1", Code.MISSING, "costs.rent"),
        ({"costs": {"rent": ["300", "x"]}}, "1", Code.NOT_A_NUMBER, "costs.rent"),
        ({}, ["1", "-1"], Code.NEGATIVE, "payment"),
        ({}, ["1", ""], Code.MISSING, "payment"),
        ({"gross_income": ["1500", "1e15"]}, "1", Code.BEYOND_DOMAIN, "gross_income"),
        ({}, ["1", "1e15"], Code.BEYOND_DOMAIN, "payment"),
    ],
)
def test_a_bad_row_has_a_code_and_no_other_changes(change, payment, code, field):
    batch = rp.Households.from_columns(**(GOOD | change))
    got = rp.ratios(batch, housing=("rent",), payment=payment, home_loan=True)
    assert [(f.row, f.code, f.field) for f in got.failures] == [(1, code, field)]
    assert got.row.tolist() == [0]
    assert got.value.one(0).front_end == Fraction(301, 1500)


def test_of_net_income_alone_only_the_ratios_of_gross_income_are_missing():
    home = {"net_income": "1000", "other_debts": "50", "costs": {"rent": "300"}}
    one = rp.ratios(rp.Household(**home), housing=("rent",), payment="125", home_loan=False)
    assert (one.front_end, one.back_end, one.payment_to_gross) == (None, None, None)
    assert (one.payment_to_net, one.residual_income) == (Fraction(1, 8), Decimal(525))
    batch = rp.Households.from_columns(**home | {"gross_income": ["1250", ""]})
    got = rp.ratios(batch, housing=("rent",), payment="125", home_loan=False)
    assert (len(got.failures), got.row.tolist()) == (0, [0, 1])
    assert [(f.row, f.code, f.field) for f in got.value.missing] == [(1, Code.MISSING, "gross_income")]
    assert got.value.one(1) == one
    assert got.value.one(0).front_end == Fraction(6, 25)
    wanted = {"front_end": 2400, "back_end": 3800, "payment_to_gross": 1000}
    for name, value in wanted.items():
        assert got.value.known(name).tolist() == [True, False]
        assert got.value.rounded(name).tolist() == [value, -1]
        assert got.value.within(name, "1").tolist() == [True, False]
    assert got.value.rounded("payment_to_net").tolist() == [1250, 1250]
    assert got.value.within("payment_to_net", "0.125").tolist() == [True, True]


def test_costs_beyond_the_domain_and_names_that_are_none():
    batch = rp.Households.from_columns(net_income="1", gross_income="1", costs=dict.fromkeys("abc", "5e15"))
    got = rp.ratios(batch, housing=("a", "b", "c"), payment="1", home_loan=True)
    assert [(f.code, f.field) for f in got.failures] == [(Code.BEYOND_DOMAIN, "costs")]
    fine = rp.ratios(batch, housing=(), payment="1", home_loan=True).value
    for call in (
        lambda: fine.rounded("middle"),
        lambda: fine.within("middle", "1"),
        lambda: fine.within("front_end", 0.3),
    ):
        with pytest.raises(ValueError):
            call()
    with pytest.raises(rp.InputError):
        rp.ratios(batch, housing="rent", payment="1", home_loan=True)


@pytest.mark.parametrize("places", [-1, 19, 20, 1.5, "many", None])
def test_places_that_int64_cannot_hold_are_refused(places):
    home = rp.Households.from_columns(net_income="1000", gross_income="1500")
    got = rp.ratios(home, housing=(), payment="500", home_loan=True).value
    with pytest.raises(rp.InputError) as caught:
        got.rounded("front_end", places)
    assert caught.value.field == "places"


@given(st.integers(1, 2**55), st.integers(0, 2**55), st.integers(0, 18))
def test_rounded_ratios_are_exact_or_refused(gross, payment, places):
    home = rp.Households.from_columns(net_income=rp.minor([gross]), gross_income=rp.minor([gross]))
    got = rp.ratios(home, housing=(), payment=rp.minor([payment]), home_loan=True).value
    exact = Fraction(payment, gross)
    if int(exact) >= (2**63 - 1) // 10**places:
        with pytest.raises(rp.InputError) as caught:
            got.rounded("front_end", places)
        assert (caught.value.code, caught.value.field) == (Code.BEYOND_DOMAIN, "front_end")
    else:
        assert got.rounded("front_end", places).tolist() == [int(exact * 10**places + Fraction(1, 2))]


def test_housing_counts_once():
    home = rp.Household(net_income="1000", gross_income="1500", costs={"escrow": "250"})
    with pytest.raises(rp.InputError) as caught:
        rp.ratios(home, housing=("escrow", "escrow"), payment="1", home_loan=True)
    assert (caught.value.code, caught.value.field) == (Code.DUPLICATE, "housing")
