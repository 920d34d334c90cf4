"""The rule of rounding: which rules there are, which can't be meant, and what a schedule does by each."""

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repayplan import (
    Code,
    InputError,
    Loan,
    Loans,
    Rounding,
    col,
    equal_instalment,
    equal_principal,
    interest_only,
    schedule,
)

MODES = {
    "half_up": ROUND_HALF_UP,
    "half_even": ROUND_HALF_EVEN,
    "up": ROUND_CEILING,
    "down": ROUND_FLOOR,
}


def loan(**changes):
    given_ = {"principal": "1000", "annual_rate": "0.12", "original_term": 12, "elapsed": 0, "unpaid": 12}
    return Loan(**(given_ | {"next_due": "2026-01-31"} | changes))


# What can be meant


def test_plainly_it_is_half_up_to_the_cent_with_the_rest_last():
    assert Rounding() == Rounding(instalment="half_up", interest="half_up", residue="last")
    assert (Rounding().instalment_multiple, Rounding().interest_multiple) == (None, None)
    assert not Rounding().unrounded
    assert {Rounding().multiple(which, d) for which in ("instalment", "interest") for d in range(9)} == {1}


@pytest.mark.parametrize("given_", ["0.05", Decimal("0.05"), "0.0500", "5e-2"])
def test_a_multiple_may_be_given_in_any_exact_form(given_):
    rule = Rounding(interest_multiple=given_)
    assert isinstance(rule.interest_multiple, Decimal)
    assert (rule.multiple("interest", 2), rule.multiple("interest", 3)) == (5, 50)
    assert rule.multiple("instalment", 2) == 1
    assert rule == Rounding(interest_multiple="0.05")


@given(st.integers(1, 10**9), st.integers(0, 8))
def test_a_multiple_in_minor_units(units, decimals):
    rule = Rounding(instalment_multiple=Decimal(units).scaleb(-decimals))
    assert rule.multiple("instalment", decimals) == units


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"instalment": "half_down"}, Code.UNKNOWN_VALUE, "rounding.instalment"),
        ({"instalment": None}, Code.UNKNOWN_VALUE, "rounding.instalment"),
        ({"interest": "nearest"}, Code.UNKNOWN_VALUE, "rounding.interest"),
        ({"interest": ["up"]}, Code.UNKNOWN_VALUE, "rounding.interest"),
        ({"fee": "none"}, Code.UNKNOWN_VALUE, "rounding.fee"),
        ({"fee_multiple": 0}, Code.OUT_OF_RANGE, "rounding.fee_multiple"),
        ({"residue": "middle"}, Code.UNKNOWN_VALUE, "rounding.residue"),
        ({"instalment_multiple": 0}, Code.OUT_OF_RANGE, "rounding.instalment_multiple"),
        ({"instalment_multiple": "-1"}, Code.OUT_OF_RANGE, "rounding.instalment_multiple"),
        ({"instalment_multiple": 0.05}, Code.OUT_OF_RANGE, "rounding.instalment_multiple"),
        ({"instalment_multiple": True}, Code.OUT_OF_RANGE, "rounding.instalment_multiple"),
        ({"interest_multiple": "five"}, Code.OUT_OF_RANGE, "rounding.interest_multiple"),
        ({"interest_multiple": ""}, Code.OUT_OF_RANGE, "rounding.interest_multiple"),
        ({"interest_multiple": "NaN"}, Code.OUT_OF_RANGE, "rounding.interest_multiple"),
        ({"interest_multiple": "sNaN"}, Code.OUT_OF_RANGE, "rounding.interest_multiple"),
        ({"interest_multiple": "Infinity"}, Code.OUT_OF_RANGE, "rounding.interest_multiple"),
        ({"interest_multiple": [1]}, Code.OUT_OF_RANGE, "rounding.interest_multiple"),
        ({"instalment": "none"}, Code.UNKNOWN_VALUE, "rounding"),
        ({"interest": "none"}, Code.UNKNOWN_VALUE, "rounding"),
        (
            {"instalment": "none", "interest": "none", "instalment_multiple": 1},
            Code.UNKNOWN_VALUE,
            "rounding",
        ),
        ({"instalment": "none", "interest": "none", "interest_multiple": 1}, Code.UNKNOWN_VALUE, "rounding"),
    ],
)
def test_what_cannot_be_meant_names_field_and_rule(changes, code, field):
    with pytest.raises(InputError) as caught:
        Rounding(**changes)
    assert (caught.value.code, caught.value.field) == (code, field)
    assert caught.value.rule in str(caught.value)


@pytest.mark.parametrize(
    ("multiple", "decimals"), [("0.05", 1), ("0.001", 2), ("1e-9", 8), ("0.5", 0), ("10000000.01", 2), (2, 9)]
)
def test_a_multiple_that_is_no_whole_number_of_units_is_refused(multiple, decimals):
    with pytest.raises(InputError) as caught:
        Rounding(interest_multiple=multiple).multiple("interest", decimals)
    assert (caught.value.code, caught.value.field) == (Code.NOT_WHOLE_UNITS, "rounding.interest_multiple")
    assert caught.value.value == Decimal(multiple)


def test_such_a_multiple_is_the_fault_of_its_rows_alone():
    loans = Loans.from_columns(
        principal=["1000"] * 3,
        annual_rate="0.12",
        original_term=12,
        elapsed=0,
        unpaid=12,
        next_due="2026-01-31",
        decimals=[2, 0, 2],
        rounding=Rounding(instalment_multiple="0.05"),
    )
    outcome = schedule(loans, equal_instalment(12))
    fault = (1, Code.NOT_WHOLE_UNITS, "rounding.instalment_multiple")
    assert [(f.row, f.code, f.field) for f in outcome.failures] == [fault]
    alone = schedule(loan(rounding=Rounding(instalment_multiple="0.05")), equal_instalment(12))
    for made in outcome.value:
        assert made.rows == alone.rows


# What it does


@pytest.mark.parametrize("mode", sorted(MODES))
@pytest.mark.parametrize("multiple", [None, "0.05", "1"])
@given(units=st.integers(1, 10**6), rate=st.integers(0, 10**4))
def test_interest_is_rounded_once_to_the_multiple(mode, multiple, units, rate):
    principal, annual = Decimal(units).scaleb(-2), Decimal(rate).scaleb(-4)
    rule = Rounding(interest=mode, interest_multiple=multiple)
    made = schedule(loan(principal=principal, annual_rate=annual, rounding=rule), interest_only(2))
    step = Decimal(multiple or "0.01")
    exact = principal * annual
    steps = (exact / (12 * step)).to_integral_value(MODES[mode])
    assert [row.interest for row in made.rows] == [steps * step] * 2


@pytest.mark.parametrize(("principal", "interest"), [("100.50", "1.00"), ("101.50", "1.02")])
def test_half_a_cent_of_interest_goes_to_the_even_cent(principal, interest):
    made = schedule(loan(principal=principal, rounding=Rounding(interest="half_even")), interest_only(2))
    assert [row.interest for row in made.rows] == [Decimal(interest)] * 2


@pytest.mark.parametrize("mode", sorted(MODES))
@given(units=st.integers(1, 10**6), n=st.integers(1, 40))
def test_a_share_of_principal_is_rounded_by_the_mode_for_instalments(mode, units, n):
    principal = Decimal(units).scaleb(-2)
    rule = Rounding(instalment=mode, interest="down")
    made = schedule(loan(principal=principal, annual_rate=0, rounding=rule), equal_principal(n))
    share = (Decimal(units) / n).to_integral_value(MODES[mode]).scaleb(-2)
    paid = [row.principal for row in made.rows]
    left = principal
    for part in paid[:-1]:
        assert part == min(share, left)
        left -= part
    assert paid[-1] == left


@pytest.mark.parametrize(
    ("residue", "first", "between", "last"),
    [("last", "88", "88", "98.76"), ("first", "98", "88", "87.61"), ("spread", "89", "89", "87.07")],
)
def test_what_whole_euros_leave_over_goes_where_the_rule_says(residue, first, between, last):
    # 1,000.00 at 1 % a month over 12: 88.85 exactly.
    rule = Rounding(instalment="down", instalment_multiple="1", residue=residue)
    rows = schedule(loan(rounding=rule), equal_instalment(12)).rows
    paid = [row.payment for row in rows]
    assert paid == [Decimal(first), *[Decimal(between)] * 10, Decimal(last)]
    assert (sum(row.principal for row in rows), rows[-1].closing) == (1000, 0)


def test_unrounded_is_stated_at_eight_decimals():
    free = Rounding(instalment="none", interest="none")
    assert free.unrounded
    made = schedule(loan(principal="0.01", annual_rate="0.0001", rounding=free), interest_only(3))
    assert made.decimals == 8
    assert [str(row.interest) for row in made.rows] == ["8E-8"] * 3
    assert made.rows[-1].closing == 0


def test_rules_may_differ_by_row():
    up, down = Rounding(instalment="up"), Rounding(instalment="down")
    loans = Loans.from_columns(
        principal=["1000"] * 3,
        annual_rate="0.12",
        original_term=12,
        elapsed=0,
        unpaid=12,
        next_due="2026-01-31",
        rounding=(up, down),
        rounding_index=[1, 0, 1],
    )
    got = schedule(loans, equal_instalment(col("unpaid"))).value
    alone = [schedule(loan(rounding=rule), equal_instalment(12)).rows for rule in (down, up, down)]
    assert [made.rows for made in got] == alone
    assert alone[0] != alone[1]


def test_a_multiple_is_exact_whatever_the_ambient_decimal_context():
    with localcontext(prec=3):
        assert Rounding(instalment_multiple="12345.67").multiple("instalment", 2) == 12_345_67


@pytest.mark.parametrize("huge", ["1e999999", "1e-999999"])
def test_a_multiple_of_absurd_size_is_refused(huge):
    with pytest.raises(InputError) as error:
        Rounding(interest_multiple=huge)
    assert error.value.field == "rounding.interest_multiple"
