"""Reading columns: the same figures in any dtype are the same units, and every bad value has its code."""

import copy
import pickle
from datetime import date, datetime
from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from extras import needs
from repayplan import Code, InputError, Loan, Loans, col, equal_instalment, fee, minor, schedule
from repayplan.basics.columns import Screen
from repayplan.basics.gaps import as_held, nan_as_gap
from repayplan.basics.money import MAX_UNITS

CENTS = [0, 1, 5, 99, 100, 1999, 33_215, 100_000_001, 9_007_199_254_740_99]
TEXT = [f"{c // 100}.{c % 100:02d}" for c in CENTS]


def read(values, decimals=2, **options):
    """Units, and the codes by row."""
    size = len(getattr(values, "units", values))
    screen = Screen(size)
    units = screen.money("amount", values, decimals, **options)
    return units.tolist(), {f.row: f.code for f in screen.failures()}


def arrow(values):
    import pyarrow as pa

    return pa.array(values)


def pandas_string(values):
    import pandas as pd

    return pd.Series(values, dtype="string")


def pandas_object(values):
    import pandas as pd

    return pd.Series(values, dtype=object)


def polars_decimal(values):
    import polars as pl

    return pl.Series(values, dtype=pl.Decimal(20, 2))


FORMS = {
    "text": lambda: TEXT,
    "numpy text": lambda: np.array(TEXT),
    "bytes": lambda: np.array(TEXT, "S"),
    "objects": lambda: np.array([Decimal(t) for t in TEXT], object),
    "Decimal": lambda: [Decimal(t) for t in TEXT],
    "float64": lambda: np.array([float(t) for t in TEXT]),
    "floats": lambda: [float(t) for t in TEXT],
    "minor": lambda: minor(CENTS),
    "minor int32": lambda: minor(np.array([*CENTS[:-1], 7], np.int32)),
    "mixed": lambda: [Decimal(TEXT[0]), *TEXT[1:5], float(TEXT[5]), *TEXT[6:]],
    "with spaces and signs": lambda: [f" +{t} " for t in TEXT],
    "more zeros": lambda: [f"{t}000" for t in TEXT],
    "exponents": lambda: [f"{c}E-2" for c in CENTS],
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_the_same_amounts_is_the_same_units(form):
    want = [*CENTS[:-1], 7] if form == "minor int32" else CENTS
    assert read(FORMS[form]()) == (want, {})


@needs("pandas", "polars", "pyarrow")
@pytest.mark.parametrize("make", [arrow, pandas_string, pandas_object, polars_decimal])
def test_columns_of_frames(make):
    given = [Decimal(t) for t in TEXT] if make is polars_decimal else TEXT
    assert read(make(given)) == (CENTS, {})


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"])
def test_whole_numbers_of_any_width_are_currency_units(dtype):
    assert read(np.array([0, 1, 100], dtype)) == ([0, 100, 10_000], {})


@given(st.lists(st.integers(0, 2**53 // 100), min_size=1, max_size=20), st.integers(0, 3))
def test_dtype_does_not_matter(units, decimals):
    exact = [Decimal(u).scaleb(-decimals) for u in units]
    want = (units, {})
    assert read([str(e) for e in exact], decimals) == want
    assert read([float(e) for e in exact], decimals) == want
    assert read(np.array([float(e) for e in exact]), decimals) == want
    assert read(exact, decimals) == want
    assert read(minor(units), decimals) == want


def test_a_float_counts_if_it_is_the_nearest_to_a_whole_cent():
    assert read(np.array([0.1 + 0.2, 0.3, 1.1])) == ([0, 30, 110], {0: Code.NOT_WHOLE_UNITS})


def test_float32_is_not_the_nearest_double_to_a_cent():
    assert read(np.array([0.1, 0.5], np.float32)) == ([0, 50], {0: Code.NOT_WHOLE_UNITS})


BAD = [
    ("nan", Code.NOT_FINITE),
    ("inf", Code.NOT_FINITE),
    ("-Infinity", Code.NOT_FINITE),
    (float("nan"), Code.NOT_FINITE),
    (float("inf"), Code.NOT_FINITE),
    (float("-inf"), Code.NOT_FINITE),
    (Decimal("NaN"), Code.NOT_FINITE),
    (Decimal("Infinity"), Code.NOT_FINITE),
    (True, Code.BOOLEAN),
    (np.False_, Code.BOOLEAN),
    ("1.005", Code.NOT_WHOLE_UNITS),
    (1.005, Code.NOT_WHOLE_UNITS),
    (Decimal("0.001"), Code.NOT_WHOLE_UNITS),
    ("1e-40", Code.NOT_WHOLE_UNITS),
    ("1e-400", Code.NOT_WHOLE_UNITS),
    ("-0.01", Code.NEGATIVE),
    (-1, Code.NEGATIVE),
    (-0.01, Code.NEGATIVE),
    (Decimal(-5), Code.NEGATIVE),
    ("1e17", Code.OUT_OF_RANGE),
    ("10000000000000000.01", Code.OUT_OF_RANGE),
    ("9" * 30, Code.OUT_OF_RANGE),
    ("9" * 60, Code.OUT_OF_RANGE),
    (10**17, Code.OUT_OF_RANGE),
    (10**40, Code.OUT_OF_RANGE),
    (1e17, Code.OUT_OF_RANGE),
    (1e300, Code.OUT_OF_RANGE),
    ("1e999999", Code.OUT_OF_RANGE),
    ("", Code.MISSING),
    ("  ", Code.MISSING),
    (None, Code.MISSING),
    ("x", Code.NOT_A_NUMBER),
    ("1,000", Code.NOT_A_NUMBER),
    ("1_000", Code.NOT_A_NUMBER),
    ("1.2.3", Code.NOT_A_NUMBER),
    ("--1", Code.NOT_A_NUMBER),
    ("1-", Code.NOT_A_NUMBER),
    (".", Code.NOT_A_NUMBER),
    ("-", Code.NOT_A_NUMBER),
    ("0x10", Code.NOT_A_NUMBER),
    ("1 2", Code.NOT_A_NUMBER),
    ("e5", Code.NOT_A_NUMBER),
    ("¥5", Code.NOT_A_NUMBER),
    ("12½", Code.NOT_A_NUMBER),
    ("１２", Code.NOT_A_NUMBER),
    ("1\x005", Code.NOT_A_NUMBER),
    ("0.01" + "0" * 60 + "1", Code.NOT_WHOLE_UNITS),
]


@pytest.mark.parametrize(("value", "code"), BAD, ids=repr)
def test_bad_value_has_its_code_in_a_batch_and_raises_alone(value, code):
    assert read(["1", value, "2.50"]) == ([100, 0, 250], {1: code})
    with pytest.raises(InputError) as caught:
        Loan(
            principal=value, annual_rate="0.1", original_term=12, elapsed=0, unpaid=12, next_due="2026-01-31"
        )
    assert (caught.value.code, caught.value.field) == (code, "principal")
    assert caught.value.rule


@pytest.mark.parametrize("values", [np.array([True, False]), [True, False]], ids=["array", "list"])
def test_a_column_of_booleans(values):
    assert read(values) == ([0, 0], {0: Code.BOOLEAN, 1: Code.BOOLEAN})


def test_bad_floats_in_a_float_column():
    column = np.array([np.nan, np.inf, -np.inf, -1.0, 1e300, -0.0, 1.005, 2.5])
    units, codes = read(column)
    assert units == [0, 0, 0, 0, 0, 0, 0, 250]
    assert codes == {
        **dict.fromkeys((0, 1, 2), Code.NOT_FINITE),
        3: Code.NEGATIVE,
        4: Code.OUT_OF_RANGE,
        6: Code.NOT_WHOLE_UNITS,
    }


def test_the_largest_amount_is_inside_and_one_unit_more_is_not():
    assert read([str(MAX_UNITS), str(MAX_UNITS + 1)], 0) == ([MAX_UNITS, 0], {1: Code.OUT_OF_RANGE})
    assert read(np.array([MAX_UNITS, MAX_UNITS + 1]), 0) == ([MAX_UNITS, 0], {1: Code.OUT_OF_RANGE})
    assert read(minor([MAX_UNITS, MAX_UNITS + 1])) == ([MAX_UNITS, 0], {1: Code.OUT_OF_RANGE})
    top = np.array([2**64 - 1, 5], np.uint64)
    assert read(top, 0) == ([0, 5], {0: Code.OUT_OF_RANGE})
    assert read(np.array([-(2**63), 5]), 2) == ([0, 500], {0: Code.OUT_OF_RANGE})


def test_negative_where_it_may_be():
    assert read(["-1.5", "-0", "1"], minimum=None) == ([-150, 0, 100], {})


def test_default_stands_for_what_is_missing_only():
    assert read(["", None, "1", "x"], default="2.50") == ([250, 250, 100, 0], {3: Code.NOT_A_NUMBER})


def test_decimals_by_row():
    assert read(["1", "1", "1.005"], np.array([0, 2, 3])) == ([1, 100, 1005], {})
    assert read(["1.5", "1.5"], np.array([0, 1])) == ([0, 15], {0: Code.NOT_WHOLE_UNITS})


def test_ambient_decimal_context_does_not_matter():
    with localcontext() as context:
        context.prec = 3
        assert read([Decimal("123456.78"), "12345678e-2"]) == ([12_345_678, 12_345_678], {})


def test_one_value_for_all_rows():
    assert Screen(3).money("amount", "1.50", 2).tolist() == [150, 150, 150]


def test_rates_and_counts():
    screen = Screen(6)
    rates = screen.rate("rate", ["0.12", "1", "0", "1.0000000001", "0.00000000005", "-0.01"])
    assert rates.tolist() == [1_200_000_000, 10**10, 0, 0, 0, 0]
    want = [Code.OUT_OF_RANGE, Code.NOT_WHOLE_UNITS, Code.NEGATIVE]
    assert [(f.row, f.code) for f in screen.failures()] == list(zip([3, 4, 5], want, strict=True))
    screen = Screen(4)
    assert screen.count("n", ["1", 3.0, "0", "2.5"], 1, 10).tolist() == [1, 3, 0, 0]
    assert screen.failures().code == [Code.OUT_OF_RANGE, Code.NOT_WHOLE_UNITS]


def test_a_choice_from_a_closed_list():
    screen = Screen(4)
    assert screen.choice("kind", ["b", "a", "", "z"], ("a", "b")).tolist() == [1, 0, 0, 0]
    assert screen.failures().code == [Code.MISSING, Code.UNKNOWN_VALUE]
    assert Screen(2).choice("kind", ["", "b"], ("a", "b"), default="a").tolist() == [0, 1]


DATES = ["2024-02-29", "2026-01-31", "1900-01-01", "2200-12-31"]


def dates(values):
    screen = Screen(len(values))
    return screen.date("day", values), {f.row: f.code for f in screen.failures()}


@pytest.mark.parametrize(
    "make",
    [
        list,
        np.array,
        lambda d: np.array(d, "datetime64[D]"),
        lambda d: np.array(d, "datetime64[us]"),
        lambda d: [date.fromisoformat(x) for x in d],
        lambda d: [datetime.fromisoformat(x) for x in d],
        lambda d: [f"{x} 00:00:00" for x in d],
    ],
)
def test_dates_of_any_form(make):
    days, codes = dates(make(DATES))
    assert codes == {}
    assert days.astype(str).tolist() == DATES


@needs("pandas", "polars", "pyarrow")
def test_dates_of_frames():
    import pandas as pd
    import polars as pl

    days = [date.fromisoformat(x) for x in DATES]
    for column in (pl.Series(days), arrow(days), pd.Series(DATES, dtype="datetime64[s]"), pd.Series(DATES)):
        found, codes = dates(column)
        assert codes == {}
        assert found.astype(str).tolist() == DATES


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("2025-02-29", Code.NOT_A_DATE),
        ("2025-13-01", Code.NOT_A_DATE),
        ("2025-00-10", Code.NOT_A_DATE),
        ("2025-01-00", Code.NOT_A_DATE),
        ("2025-1-1", Code.NOT_A_DATE),
        ("31/01/2025", Code.NOT_A_DATE),
        ("20250131", Code.NOT_A_DATE),
        ("2025-01-31 12:00:00", Code.NOT_A_DATE),
        ("2025-01-31x", Code.NOT_A_DATE),
        ("tomorrow", Code.NOT_A_DATE),
        (45_000, Code.NOT_A_DATE),
        (True, Code.NOT_A_DATE),
        ("1899-12-31", Code.OUT_OF_RANGE),
        ("2201-01-01", Code.OUT_OF_RANGE),
        ("", Code.MISSING),
        (None, Code.MISSING),
    ],
)
def test_bad_dates(value, code):
    days, codes = dates(["2026-01-31", value])
    assert codes == {1: code}
    assert days.astype(str).tolist() == ["2026-01-31", "NaT"]


def test_a_time_of_day_is_no_date():
    _, codes = dates(np.array(["2026-01-31T12:00", "2026-01-31", "NaT"], "datetime64[m]"))
    assert codes == {0: Code.NOT_A_DATE, 2: Code.MISSING}


def test_only_the_first_fault_of_a_row_is_kept():
    screen = Screen(2)
    screen.money("a", ["x", "1"], 2)
    screen.money("b", ["-1", "-1"], 2)
    assert [(f.row, f.code, f.field) for f in screen.failures()] == [
        (0, Code.NOT_A_NUMBER, "a"),
        (1, Code.NEGATIVE, "b"),
    ]


@pytest.mark.parametrize("values", [[1, 2], np.ones((3, 1)), np.ones(3, complex), [[1], [2], [3]]])
def test_wrong_shape_or_dtype_is_the_programs_mistake(values):
    with pytest.raises((TypeError, ValueError)):
        Screen(3).money("amount", values, 2)


@pytest.mark.parametrize("values", [[1.5], [True], ["1"], np.array([2**64 - 1], np.uint64)])
def test_minor_takes_integers_only(values):
    with pytest.raises(TypeError):
        minor(values)


@given(
    st.lists(st.one_of(st.text(max_size=8), st.floats(), st.none(), st.booleans(), st.decimals()), max_size=6)
)
def test_whatever_is_given_has_units_or_a_code(values):
    units, codes = read(["1", *values, "2.50"])
    assert (units[0], units[-1]) == (100, 250)
    for i, value in enumerate(values, 1):
        try:
            exact = None if isinstance(value, bool) else Decimal(str(value)) * 100
        except ArithmeticError:
            exact = None
        if i not in codes:
            assert exact == units[i]
        else:
            assert units[i] == 0


@needs("pandas", "polars", "pyarrow")
def test_gaps_are_missing_and_their_neighbours_exact():
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    large = 9_007_199_254_740_993  # a double would make it one less
    for column in (
        pa.array([large, None]),
        pl.Series([large, None]),
        pd.Series([large, None], dtype="Int64"),
        np.ma.array([large, 7], mask=[0, 1]),
        [large, None],
    ):
        screen = Screen(2)
        assert screen.money("fees", column, 0).tolist() == [large, 0]
        assert [(f.row, f.code) for f in screen.failures()] == [(1, Code.MISSING)]


@pytest.mark.parametrize("value", [123456789012345.67, np.float32(12.34)])
def test_a_float_is_a_float_in_a_list_too(value):
    codes = []
    for given_ in ([value], np.array([value]), value):
        screen = Screen(1)
        screen.money("fees", given_, 2)
        codes.append([f.code for f in screen.failures()])
    assert codes == [[Code.NOT_WHOLE_UNITS]] * 3


def test_some_loans_keep_the_callers_columns():
    columns = {
        "text": ["a", "b", "c"],
        "pay": minor([1, 2, 3]),
        "number": np.array([1.5, 2.5, 3.5]),
        "pair": (None, Decimal(2), "3"),
        "same": "x",
    }
    loans = Loans.from_columns(
        principal=["1", "2", "3"],
        annual_rate="0",
        original_term=1,
        elapsed=0,
        unpaid=1,
        next_due="2026-01-31",
        columns=columns,
    )
    for rows in (np.array([2, 0]), np.array([1]), np.array([0, 1, 2]), np.zeros(0, np.int64)):
        some = loans.take(rows).extra
        assert list(some["text"]) == [columns["text"][i] for i in rows]
        assert some["pay"].units.tolist() == [i + 1 for i in rows]
        assert some["number"].tolist() == [i + 1.5 for i in rows]
        assert list(some["pair"]) == [columns["pair"][i] for i in rows]
        assert some["same"] == "x"
    plan = equal_instalment(col("number"))
    whole = loans.replace(extra=loans.extra | {"number": [1, 2, 3]})
    made = schedule(whole.take(np.array([2, 1])), plan).value
    assert made.instalments.tolist() == [3, 2]


@needs("pandas")
def test_some_loans_keep_a_series():
    import pandas as pd

    series = pd.Series(["a", "b", "c"], index=[7, 8, 9])
    given_ = {"annual_rate": "0", "original_term": 1, "elapsed": 0, "unpaid": 1, "next_due": "2026-01-31"}
    loans = Loans.from_columns(principal=["1", "2", "3"], columns={"text": series}, **given_)
    assert loans.take(np.array([2, 0])).extra["text"].tolist() == ["c", "a"]


def test_some_loans_pick_a_column_when_it_is_looked_at():
    loans = Loans.from_columns(
        principal=["1", "2", "3", "4"],
        annual_rate="0.1",
        original_term=[1, 2, 3, 4],
        elapsed=0,
        unpaid=[1, 2, 3, 4],
        next_due="2026-01-31",
        columns={"branch": ["a", "b", "c", "d"]},
    )
    some = loans.take(np.array([3, 1, 1]))
    few = some.take(np.array([0, 2]))
    assert (len(few), few.unpaid.tolist(), few.extra["branch"]) == (2, [4, 2], ["d", "b"])
    other = few.replace(unpaid=np.array([9, 8]))
    assert (other.unpaid.tolist(), other.principal.tolist()) == ([9, 8], [400, 200])
    assert other.one(1).principal == Decimal("2.00")
    for again in (pickle.loads(pickle.dumps(some)), copy.copy(some)):  # noqa: S301
        assert (again.principal.tolist(), again.unpaid.tolist()) == ([400, 200, 200], [4, 2, 2])
    with pytest.raises(AttributeError, match="no attribute 'principle'"):
        some.principle  # noqa: B018


@pytest.mark.parametrize(
    "plan", [equal_instalment(3, rate=col("fees")), equal_instalment(3) + fee(share=col("fees"))]
)
def test_a_column_of_amounts_is_no_rate(plan):
    loan = Loan(
        principal="100",
        annual_rate="0.12",
        original_term=3,
        elapsed=0,
        unpaid=3,
        next_due="2026-01-31",
        fees="0.02",
    )
    with pytest.raises(InputError) as error:
        schedule(loan, plan)
    assert error.value.code is Code.UNKNOWN_VALUE
    assert error.value.value == "col('fees')"


def test_bytes_are_no_text_and_spoil_no_neighbour():
    for cells in ([b"1", "2", b"\xff"], np.array([b"1", "2", b"\xff"], object)):
        screen = Screen(3)
        assert screen.money("fees", cells, 2).tolist() == [0, 200, 0]
        assert [(f.row, f.code.value, f.value) for f in screen.failures()] == [
            (0, "not_a_number", "b'1'"),
            (2, "not_a_number", "b'\\xff'"),
        ]
    one = Screen(1)
    one.money("fees", b"1", 2)
    assert [f.value for f in one.failures()] == ["b'1'"]


@pytest.mark.parametrize("code", ["jpy", "jp¥", "JP", "JPYEN", "ＪＰＹ", "J Y"])
def test_what_is_no_code_of_a_currency_fails_its_row(code):
    terms = {"annual_rate": 0, "original_term": 3, "elapsed": 0, "unpaid": 3, "next_due": "2026-01-31"}
    loans = Loans.from_columns(principal=[300, 300, 300], currency=["JPY", code, ""], **terms)
    assert [(f.row, f.code, f.field, f.value) for f in loans.failures] == [
        (1, Code.UNKNOWN_VALUE, "currency", code)
    ]
    assert loans.decimals[[0, 2]].tolist() == [0, 2]
    with pytest.raises(InputError, match=r"known: CNY, EUR, \.\.\. \(ISO 4217\)"):
        Loan(principal="300", currency=code, **terms)


def test_cells_that_came_as_objects_are_what_they_are():
    texts = as_held("name", np.array(["a", "bc"], object))
    assert (texts.dtype.kind, texts.tolist()) == ("U", ["a", "bc"])
    mixed, square = np.array(["a", 5], object), np.array([["a"], ["b"]], object)
    assert as_held("name", mixed) is mixed  # for whoever reads it to say what is wrong
    assert as_held("name", square) is square
    for empty in (None, float("nan"), np.datetime64("NaT", "D")):
        with pytest.raises(InputError) as caught:
            as_held("name", np.array(["a", empty, empty], object))
        assert (caught.value.code, caught.value.field, caught.value.value) == (Code.MISSING, "name", 2)
    dates = np.array(["2026-01-01", "NaT"], "M8[D]")
    assert nan_as_gap(dates) is dates
    assert nan_as_gap(np.array([5.0, np.nan])) == [5.0, None]
