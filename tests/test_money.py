"""Minor units and Decimals: one is the other, exactly, and no ambient setting matters."""

from decimal import Decimal, Inexact, localcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repayplan import Loans, minor
from repayplan.basics.money import MAX_DECIMALS, MAX_TOTAL, MAX_UNITS, to_decimal

DECIMALS = st.integers(0, MAX_DECIMALS)


@given(st.integers(-MAX_TOTAL, MAX_TOTAL), DECIMALS)
def test_a_decimal_has_the_value_and_the_places_of_its_units(units, decimals):
    made = to_decimal(units, decimals)
    assert made * 10**decimals == units
    assert -made.as_tuple().exponent == decimals
    assert int(format(made, "f").replace(".", "")) == units


@given(st.integers(-MAX_TOTAL, MAX_TOTAL), DECIMALS)
def test_the_ambient_context_does_not_matter(units, decimals):
    plain = to_decimal(units, decimals)
    with localcontext() as context:
        context.prec = 2
        context.traps[Inexact] = True
        tight = to_decimal(units, decimals)
    assert (tight, tight.as_tuple()) == (plain, plain.as_tuple())


@pytest.mark.parametrize("kind", [int, np.int64, np.int32, np.uint8])
def test_units_of_any_integer_type(kind):
    made = to_decimal(kind(5), kind(2))
    assert (made, made.as_tuple().exponent) == (Decimal("0.05"), -2)


def test_nothing_keeps_its_places():
    assert str(to_decimal(0, 2)) == "0.00"
    assert str(to_decimal(0, 0)) == "0"


WIDTHS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")


@pytest.mark.parametrize("dtype", WIDTHS)
def test_integers_of_any_width_count_minor_units(dtype):
    made = minor(np.array([0, 1, 127], dtype)).units
    assert (made.tolist(), made.dtype) == ([0, 1, 127], np.dtype(np.int64))


@pytest.mark.parametrize("dtype", ["int64", "uint64"])
def test_the_largest_amount_counts(dtype):
    assert minor(np.array([MAX_UNITS], dtype)).units.tolist() == [MAX_UNITS]


def test_one_number_is_one_for_all():
    assert minor(1999).units.shape == ()
    loans = Loans.from_columns(
        principal=minor(1999),
        annual_rate=0,
        original_term=12,
        elapsed=[0, 1],
        unpaid=12,
        next_due="2026-01-31",
    )
    assert loans.principal.tolist() == [1999, 1999]


@pytest.mark.parametrize(
    "given_",
    [
        1.0,
        "1999",
        Decimal(5),
        [Decimal(5)],
        np.array([True]),
        None,
        [1, None],
        2**63,
        2**64,
        [-(2**63) - 1],
        np.array([MAX_UNITS + 1], np.uint64),
        np.array(["2026-01-31"], "datetime64[D]"),
        np.array([1], "timedelta64[D]"),
    ],
    ids=repr,
)
def test_what_is_no_whole_number_is_refused(given_):
    with pytest.raises(TypeError, match="integers"):
        minor(given_)


def test_the_callers_column_is_not_shared():
    column = np.array([5], np.int64)
    made = minor(column)
    column[0] = 7
    assert made.units.tolist() == [5]


@given(st.lists(st.integers(0, MAX_UNITS), min_size=1, max_size=6), DECIMALS)
def test_minor_units_are_what_the_same_amounts_in_text_are(units, decimals):
    def principal(column):
        made = Loans.from_columns(
            principal=column,
            annual_rate=0,
            original_term=12,
            elapsed=0,
            unpaid=12,
            next_due="2026-01-31",
            decimals=decimals,
        )
        return made.principal.tolist()

    texts = [format(to_decimal(u, decimals), "f") for u in units]
    assert principal(minor(units)) == principal(texts) == units
