"""Minor units and Decimals: one is the other, exactly, and no ambient setting matters."""

from decimal import Decimal, Inexact, localcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from repayplan import Loans, minor
from repayplan.basics.money import MAX_DECIMALS, MAX_TOTAL, MAX_UNITS, to_decimal
from repayplan.edges.tables import read_applicants

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


def test_a_loan_has_the_decimals_of_its_currency():
    good = {"annual_rate": "0.049", "original_term": 3, "elapsed": 0, "unpaid": 3, "next_due": "2026-01-31"}
    yen = rp.schedule(rp.Loan(principal="1000000", currency="JPY", **good), rp.equal_instalment(3))
    assert [str(row.payment) for row in yen.rows] == ["336059", "336059", "336060"]
    assert str(rp.Loan(principal="100.005", currency="KWD", **good).principal) == "100.005"
    # What is given wins, and without a currency nothing changes.
    assert rp.Loan(principal="1", currency="JPY", decimals=2, **good).decimals == 2
    assert rp.Loan(principal="1", **good).decimals == 2
    columns = {"principal": ["100", "1.01", "1.001", "1.5"], "currency": ["JPY", "", "KWD", "JPY"]}
    loans = rp.Loans.from_columns(**columns, **good)
    assert loans.decimals.tolist() == [0, 2, 3, 0]
    assert [(f.row, f.code) for f in loans.failures] == [(3, rp.Code.NOT_WHOLE_UNITS)]
    gaps = rp.Loans.from_columns(**columns, **good, decimals=["", "", "4", "1"])
    assert gaps.decimals[[0, 2, 3]].tolist() == [0, 4, 1]
    assert [(f.row, f.code, f.field) for f in gaps.failures] == [(1, rp.Code.MISSING, "decimals")]


def test_a_household_s_amounts_in_a_file_have_its_loan_s_decimals(tmp_path):
    head = "id,principal,annual_rate,original_term,elapsed,unpaid,next_due,currency,adults,net_income"
    path = tmp_path / "loans.csv"
    path.write_text(f"{head}\na,1000000,0.12,36,10,26,2026-01-31,JPY,1,250000\n", encoding="utf-8")
    read = read_applicants(path)
    assert (read.loans.decimals.tolist(), read.households.decimals.tolist()) == ([0], [0])
