"""What a household is left to live on, gross income by rule, and what is kept back."""

from decimal import Decimal
from fractions import Fraction
from math import ceil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repayplan import (
    Allowance,
    AssumedCost,
    Code,
    Contingency,
    Household,
    Households,
    IncomeRule,
    InputError,
    Policy,
)
from repayplan import capacity as work_out
from repayplan.ability.figures import share_of

IRS = Allowance(
    by_persons=("839", "1481", "1753", "2129"),
    further_person="394",
    covers=("food", "housekeeping", "clothing", "personal_care", "miscellaneous"),
    source="IRS collection financial standards, national standards",
    effective="2025-04-21",
)
HEADS = Allowance(
    adult_first="1000.10", adult_further="600.05", child="300.03", multiplier="1.333", covers=(), source="own"
)


@pytest.mark.parametrize(
    ("adults", "children", "dollars"),
    [
        (1, 0, 839),
        (1, 1, 1481),
        (2, 0, 1481),
        (2, 1, 1753),
        (2, 2, 2129),
        (2, 3, 2523),
        (5, 5, 2129 + 6 * 394),
    ],
)
def test_irs_national_standards(adults, children, dollars):
    homes = Households.from_columns(adults=[adults], children=[children], net_income="1")
    assert IRS.monthly(homes).tolist() == [dollars * 100]


@given(st.integers(1, 100), st.integers(0, 100), st.sampled_from([0, 2, 3, 8]))
def test_by_heads_rounded_up_once(adults, children, decimals):
    homes = Households.from_columns(adults=[adults], children=[children], net_income="1", decimals=decimals)
    exact = Fraction("1000.10") + (adults - 1) * Fraction("600.05") + children * Fraction("300.03")
    want = ceil(exact * Fraction("1.333") * 10**decimals)
    assert HEADS.monthly(homes).tolist() == [want]


def test_more_persons_never_lower_it():
    adults, children = (a.ravel() for a in np.meshgrid(np.arange(1, 30), np.arange(30)))
    for rule in (IRS, HEADS):
        amount = rule.monthly(Households.from_columns(adults=adults, children=children, net_income=1))
        grid = amount.reshape(30, 29)
        assert (np.diff(grid, axis=0) >= 0).all()
        assert (np.diff(grid, axis=1) >= 0).all()


def test_standard_financial_statement_keeps_a_tenth_at_most_twenty():
    kept = Contingency(share="0.10", at_most="20")
    surplus = np.array([100_00, 200_00, 200_10, 1_000_00, 5, 0, -500])
    assert kept.monthly(surplus, np.full(7, 2)).tolist() == [10_00, 20_00, 20_00, 20_00, 1, 0, 0]


def test_a_surplus_of_a_hundred_leaves_ninety():
    home = Household(net_income="939")
    can = work_out(home, IRS, contingency=Contingency(share="0.10", at_most="20"))
    assert (can.before_contingency, can.contingency, can.payable) == (100, 10, 90)


@given(st.integers(0, 10**15), st.decimals(0, 1, places=6))
def test_a_share_is_rounded_once(units, share):
    exact = units * Fraction(share)
    assert share_of(np.array([units]), share, up=False).tolist() == [exact.__floor__()]
    assert share_of(np.array([units]), share, up=True).tolist() == [ceil(exact)]


BASE = {"covers": ("food",), "source": "own"}


@pytest.mark.parametrize(
    ("make", "code", "field"),
    [
        (lambda: Allowance(**BASE), Code.MISSING, "allowance"),
        (lambda: Allowance(**BASE, by_persons=("1",), adult_first="1"), Code.UNKNOWN_VALUE, "allowance"),
        (lambda: Allowance(**BASE, by_persons=("1",)), Code.MISSING, "allowance.further_person"),
        (lambda: Allowance(**BASE, further_person="1"), Code.MISSING, "allowance.by_persons"),
        (lambda: Allowance(**BASE, by_persons=(), further_person="1"), Code.MISSING, "allowance.by_persons"),
        (
            lambda: Allowance(**BASE, by_persons="839", further_person="1"),
            Code.UNKNOWN_VALUE,
            "allowance.by_persons",
        ),
        (
            lambda: Allowance(**BASE, by_persons=("1", "-2"), further_person="1"),
            Code.OUT_OF_RANGE,
            "allowance.by_persons[1]",
        ),
        (lambda: Allowance(**BASE, adult_first="1", adult_further="1"), Code.MISSING, "allowance.child"),
        (lambda: Allowance(**BASE, adult_first="1", child="1"), Code.MISSING, "allowance.adult_further"),
        (lambda: Allowance(**BASE, adult_further="1", child="1"), Code.MISSING, "allowance.adult_first"),
        (lambda: heads(multiplier=None), Code.MISSING, "allowance.multiplier"),
        (lambda: heads(covers=None), Code.MISSING, "allowance.covers"),
        (lambda: heads(source=None), Code.MISSING, "allowance.source"),
        (lambda: Contingency(share=None), Code.MISSING, "contingency.share"),
        (lambda: AssumedCost(category="rent", share=None), Code.MISSING, "assumed.share"),
        (
            lambda: AssumedCost(category="rent", share="0.1234567890123"),
            Code.OUT_OF_RANGE,
            "assumed.share",
        ),
        (lambda: AssumedCost(category=None, share="0.1"), Code.MISSING, "assumed.category"),
        (lambda: heads(adult_first=1.5), Code.OUT_OF_RANGE, "allowance.adult_first"),
        (lambda: heads(adult_first=True), Code.OUT_OF_RANGE, "allowance.adult_first"),
        (lambda: heads(child="x"), Code.OUT_OF_RANGE, "allowance.child"),
        (lambda: heads(child="NaN"), Code.OUT_OF_RANGE, "allowance.child"),
        (lambda: heads(child=Decimal("Infinity")), Code.OUT_OF_RANGE, "allowance.child"),
        (lambda: heads(multiplier="-1"), Code.OUT_OF_RANGE, "allowance.multiplier"),
        (lambda: heads(covers="food"), Code.UNKNOWN_VALUE, "allowance.covers"),
        (lambda: heads(covers=("food", 3)), Code.UNKNOWN_VALUE, "allowance.covers[1]"),
        (lambda: heads(effective="21 April 2025"), Code.NOT_A_DATE, "allowance.effective"),
        (lambda: heads(effective=2025), Code.NOT_A_DATE, "allowance.effective"),
        (lambda: IncomeRule(net_of_gross="1.01"), Code.OUT_OF_RANGE, "income.net_of_gross"),
        (lambda: IncomeRule(net_of_gross=0.78), Code.OUT_OF_RANGE, "income.net_of_gross"),
        (lambda: IncomeRule(net_of_gross="-0.1"), Code.OUT_OF_RANGE, "income.net_of_gross"),
        (lambda: IncomeRule(net_of_gross="0." + "1" * 30), Code.OUT_OF_RANGE, "income.net_of_gross"),
        (lambda: Contingency(share="1.1"), Code.OUT_OF_RANGE, "contingency.share"),
        (lambda: Contingency(share=0.1), Code.OUT_OF_RANGE, "contingency.share"),
        (lambda: Contingency(share="0.1", at_most="-1"), Code.OUT_OF_RANGE, "contingency.at_most"),
        (lambda: Contingency(share="0." + "3" * 30), Code.OUT_OF_RANGE, "contingency.share"),
        (lambda: heads(source=5), Code.UNKNOWN_VALUE, "allowance.source"),
        (lambda: AssumedCost(category=5, share="0.1"), Code.UNKNOWN_VALUE, "assumed.category"),
        (
            lambda: AssumedCost(category="rent", share="0", at_least="-1"),
            Code.OUT_OF_RANGE,
            "assumed.at_least",
        ),
        (
            lambda: AssumedCost(category="rent", share="0", at_least=5.0),
            Code.OUT_OF_RANGE,
            "assumed.at_least",
        ),
        (lambda: AssumedCost(category="rent", share="2"), Code.OUT_OF_RANGE, "assumed.share"),
        (lambda: AssumedCost(category="rent", share="0.1", of="net"), Code.UNKNOWN_VALUE, "assumed.of"),
        (
            lambda: AssumedCost(category="rent", share="0.1", tenure="RENT"),
            Code.UNKNOWN_VALUE,
            "assumed.tenure",
        ),
    ],
)
def test_what_cannot_be_meant_names_field_value_and_rule(make, code, field):
    with pytest.raises(InputError) as caught:
        make()
    error = caught.value
    assert (error.code, error.field) == (code, field)
    assert error.rule in str(error)


def heads(**changes):
    return Allowance(**(BASE | {"adult_first": "1", "adult_further": "1", "child": "1"} | changes))


@pytest.mark.parametrize("figure", ["1e19", "1e999999999999", "1e-999999999999", "0e-999999999999"])
def test_figures_beyond_any_money_are_refused_at_once(figure):
    for make in (lambda: heads(adult_first=figure), lambda: Contingency(share="0.1", at_most=figure)):
        with pytest.raises(InputError) as caught:
            make()
        assert caught.value.code == Code.OUT_OF_RANGE


def test_where_a_figure_is_too_large_for_the_decimals_the_row_has_a_code_and_no_other():
    rule = heads(adult_first="20000000")  # a currency of small units, say
    with pytest.raises(InputError) as caught:
        rule.monthly(Households.from_columns(net_income="1", decimals=8))
    assert caught.value.code == Code.BEYOND_DOMAIN
    homes = Households.from_columns(net_income=["30000000"] * 2, decimals=[0, 8])
    outcome = work_out(homes, rule)
    assert [(f.row, f.code, f.field) for f in outcome.failures] == [(1, Code.BEYOND_DOMAIN, "allowance")]
    assert outcome.value.payable.tolist() == [10_000_000]


@given(st.decimals(0, 10**9, places=8), st.sampled_from([0, 2, 3, 8]), st.integers(0, 10**12))
def test_an_assumed_cost_is_at_least_its_amount_rounded_up(amount, decimals, income):
    rule = AssumedCost(category="rent", share="0.3", at_least=amount)
    want = max(ceil(income * Fraction(3, 10)), ceil(Fraction(amount) * 10**decimals))
    assert rule.monthly(np.array([income]), np.array([decimals])).tolist() == [want]


def test_a_cap_beyond_all_amounts_does_not_bind():
    kept = Contingency(share="1", at_most="1e18").monthly(np.array([5, 10**17]), np.array([2, 8]))
    assert kept.tolist() == [5, 10**17]
    assert kept.dtype == np.int64


@pytest.mark.parametrize("name", ["consumer", "consumer-review"])
def test_examples_by_the_subsistence_standard_count_every_person(name):
    rule = Policy.example(name).allowance
    for home in (
        Household(net_income="1", dependants=2),
        Household(net_income="1", adults=2, children=(5,)),
        Household(net_income="1", adults=2, dependants=1),
    ):
        assert rule.monthly(home) == 3 * 2 * 1000
