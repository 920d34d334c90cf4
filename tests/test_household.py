"""Households: every figure by the month, rounded once, income down and outgoings up."""

from fractions import Fraction
from math import ceil, floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repayplan import Code, Household, Households, InputError, minor

IN_MONTHS = {
    "weekly": Fraction(52, 12),
    "fortnightly": Fraction(26, 12),
    "monthly": Fraction(1),
    "bimonthly": Fraction(1, 2),
    "quarterly": Fraction(1, 3),
    "4-monthly": Fraction(1, 4),
    "semi-annual": Fraction(1, 6),
    "annual": Fraction(1, 12),
}


@given(st.integers(0, 10**15), st.sampled_from(sorted(IN_MONTHS)))
def test_any_frequency_by_the_month(units, frequency):
    homes = Households.from_columns(
        net_income=(minor([units]), frequency),
        gross_income=(minor([units]), frequency),
        costs={"rent": (minor([units]), frequency)},
        other_debts=(minor([units]), frequency),
    )
    exact = units * IN_MONTHS[frequency]
    assert homes.net_income.amount.tolist() == homes.gross_income.amount.tolist() == [floor(exact)]
    assert homes.costs["rent"].amount.tolist() == homes.other_debts.tolist() == [ceil(exact)]


def test_a_week_is_twelve_fifty_seconds_of_a_month():
    homes = Households.from_columns(
        net_income=(["100", "1200"], "weekly"), other_debts=(["100", "0"], "weekly")
    )
    assert homes.net_income.amount.tolist() == [433_33, 5_200_00]
    assert homes.other_debts.tolist() == [433_34, 0]


def test_several_sources_are_added_up_each_by_its_own_frequency():
    home = Household(
        net_income={"pay": ("300", "weekly"), "rent": "200", "bonus": ("600", "annual")},
        other_debts={"card": "50", "car": ("300", "quarterly")},
    )
    assert home.batch.net_income.amount.tolist() == [1_300_00 + 200_00 + 50_00]
    assert home.batch.other_debts.tolist() == [150_00]


def test_frequency_may_be_a_column():
    homes = Households.from_columns(net_income=(["120", "120", "120"], ["weekly", "annual", "monthly"]))
    assert homes.net_income.amount.tolist() == [520_00, 10_00, 120_00]


def test_what_is_not_known_is_not_nought():
    homes = Households.from_columns(
        net_income=["1000", "", "0"], gross_income=["", "2000", ""], costs={"rent": ["", "5", "0"]}
    )
    assert homes.net_income.given.tolist() == [True, False, True]
    assert homes.gross_income.given.tolist() == [False, True, False]
    assert homes.costs["rent"].given.tolist() == [False, True, True]
    assert homes.good.all()


def test_children_of_one_household_are_counted_by_their_ages():
    assert Household(adults=2, children=(0, 7, 17), net_income=1).batch.children.tolist() == [3]


@pytest.mark.parametrize("decimals", [0, 2, 3, 8])
def test_decimals(decimals):
    home = Household(net_income=("1", "weekly"), decimals=decimals)
    assert home.batch.net_income.amount.tolist() == [10**decimals * 52 // 12]


GOOD = {"adults": 1, "net_income": "1000", "costs": {"rent": "300"}}


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"adults": 0}, Code.OUT_OF_RANGE, "adults"),
        ({"adults": 101}, Code.OUT_OF_RANGE, "adults"),
        ({"adults": True}, Code.BOOLEAN, "adults"),
        ({"adults": 1.5}, Code.NOT_WHOLE_UNITS, "adults"),
        ({"adults": -1}, Code.NEGATIVE, "adults"),
        ({"children": (3, -1)}, Code.NEGATIVE, "children"),
        ({"children": (151,)}, Code.OUT_OF_RANGE, "children"),
        ({"children": (1.5,)}, Code.NOT_WHOLE_UNITS, "children"),
        ({"net_income": None}, Code.MISSING, "net_income"),
        ({"net_income": ""}, Code.MISSING, "net_income"),
        ({"net_income": -1}, Code.NEGATIVE, "net_income"),
        ({"net_income": float("nan")}, Code.NOT_FINITE, "net_income"),
        ({"net_income": True}, Code.BOOLEAN, "net_income"),
        ({"net_income": 0.001}, Code.NOT_WHOLE_UNITS, "net_income"),
        ({"net_income": "1e17"}, Code.OUT_OF_RANGE, "net_income"),
        ({"net_income": {"pay": "x"}}, Code.NOT_A_NUMBER, "net_income.pay"),
        ({"net_income": ("1", "hourly")}, Code.UNKNOWN_VALUE, "net_income.frequency"),
        ({"net_income": {"pay": ("1", "now")}}, Code.UNKNOWN_VALUE, "net_income.pay.frequency"),
        ({"gross_income": float("inf")}, Code.NOT_FINITE, "gross_income"),
        ({"costs": {"rent": "-1"}}, Code.NEGATIVE, "costs.rent"),
        ({"costs": {"rent": "1.001"}}, Code.NOT_WHOLE_UNITS, "costs.rent"),
        ({"other_debts": "-1"}, Code.NEGATIVE, "other_debts"),
        ({"other_debts": {"card": False}}, Code.BOOLEAN, "other_debts.card"),
        ({"other_debts": None}, Code.MISSING, "other_debts"),
        ({"decimals": 9}, Code.OUT_OF_RANGE, "decimals"),
        ({"net_income": {"a": ("9e15", "weekly")}}, Code.BEYOND_DOMAIN, "net_income.a"),
        ({"net_income": {"a": "4e15", "b": "4e15"}}, Code.BEYOND_DOMAIN, "net_income.b"),
        ({"costs": {"rent": minor([10**18])}}, Code.BEYOND_DOMAIN, "costs.rent"),
        ({"children": "3"}, Code.UNKNOWN_VALUE, "children"),
        ({"children": 3}, Code.UNKNOWN_VALUE, "children"),
    ],
)
def test_every_fault_names_field_value_and_rule(change, code, field):
    with pytest.raises(InputError) as caught:
        Household(**(GOOD | change))
    error = caught.value
    assert (error.code, error.field) == (code, field)
    assert error.rule in str(error)
    assert field in str(error)


def test_a_bad_row_has_a_code_and_no_other_row_changes():
    clean = {"net_income": ["1000"] * 5, "other_debts": ["10"] * 5, "costs": {"rent": ["200"] * 5}}
    dirty = {
        "net_income": ["1000", "-1", "1000", "x", "1000"],
        "other_debts": ["10", "10", "10", "10", ""],
        "costs": {"rent": ["200"] * 5},
    }
    good, bad = Households.from_columns(**clean), Households.from_columns(**dirty)
    assert [(f.row, f.code, f.field) for f in bad.failures] == [
        (1, Code.NEGATIVE, "net_income"),
        (3, Code.NOT_A_NUMBER, "net_income"),
        (4, Code.MISSING, "other_debts"),
    ]
    for row in (0, 2):
        assert bad.net_income.amount[row] == good.net_income.amount[row]
        assert bad.costs["rent"].amount[row] == good.costs["rent"].amount[row]
        assert bad.other_debts[row] == good.other_debts[row]
    assert bad.good.tolist() == [True, False, True, False, False]


def test_columns_of_different_length_are_the_programs_mistake():
    with pytest.raises(TypeError, match="rows"):
        Households.from_columns(adults=np.array([1, 2]), net_income=["1", "2", "3"])


def test_no_households():
    empty = Households.from_columns(net_income=np.zeros(0), costs={"rent": np.zeros(0)})
    assert len(empty) == len(empty.failures) == 0


def test_a_part_that_is_not_given_is_not_nothing():
    for figure in (
        {"other_debts": {"card": "100", "car": None}},
        {"costs": {"rent": {"a": "500", "b": None}}},
    ):
        with pytest.raises(InputError) as caught:
            Household(net_income="2000", **figure)
        assert (caught.value.code, caught.value.field.rpartition(".")[2] in ("car", "b")) == (
            Code.MISSING,
            True,
        )
    homes = Households.from_columns(
        net_income=["2000", "2000", "2000"],
        other_debts={"card": ["100", "100", ""], "car": [None, "300", ""]},
        costs={"rent": None},
    )
    assert [(f.row, f.code, f.field) for f in homes.failures] == [
        (0, Code.MISSING, "other_debts.car"),
        (2, Code.MISSING, "other_debts"),
    ]
    assert homes.other_debts[1] == 40_000
