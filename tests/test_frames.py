"""Columns as exact text, and as frames of three libraries."""

import csv
import io
import sys
from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from extras import needs
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import to_decimal
from repayplan.edges.cells import CHUNK, Column, column, csv_bytes, texts
from repayplan.edges.frames import to_frame

UNITS = st.integers(-(10**18), 10**18)


def read(columns):
    return list(csv.reader(io.StringIO(b"".join(csv_bytes(columns)).decode())))


@given(st.lists(st.tuples(UNITS, st.integers(0, 8)), min_size=1, max_size=20))
def test_money_is_written_as_the_exact_decimal(rows):
    units, decimals = (np.array(values, np.int64) for values in zip(*rows, strict=True))
    expected = [format(to_decimal(u, d), "f") for u, d in rows]
    mixed = Column(kind="money", values=units, decimals=decimals)
    assert texts(mixed).tolist() == expected
    assert [row[0] for row in read({"x": mixed})[1:]] == expected
    one = Column(kind="money", values=units, decimals=3)
    assert texts(one).tolist() == [format(to_decimal(u, 3), "f") for u, _ in rows]


@given(st.lists(st.integers(0, 10**10), min_size=1))
def test_rates_have_as_few_places_as_they_need(units):
    written = texts(Column(kind="rate", values=np.array(units, np.int64)))
    for text, rate in zip(written.tolist(), units, strict=True):
        assert Decimal(text) * 10**10 == rate
        assert "." not in text or text[-1] != "0"


@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)))
def test_any_text_survives_csv(cells):
    table = {"no": column(np.arange(len(cells))), "text": column(np.array(cells, np.str_))}
    # Universal newlines off, as csv asks for.
    back = list(csv.reader(io.StringIO(b"".join(csv_bytes(table)).decode(), newline="")))
    assert [row[1] for row in back[1:]] == cells


def test_dates_flags_and_empty_cells():
    table = {
        "day": column(np.array(["2026-01-31", "NaT"], "datetime64[D]")),
        "yes": column(np.array([True, False])),
        "left": Column(kind="money", values=np.array([1, 2]), missing=np.array([True, False])),
        "name": Column(kind="text", values=np.array(["a", "b"]), missing=np.array([False, True])),
    }
    assert read(table) == [
        ["day", "yes", "left", "name"],
        ["2026-01-31", "true", "", "a"],
        ["", "false", "2", ""],
    ]
    assert texts(table["name"]).tolist() == ["a", ""]


def test_a_table_longer_than_a_chunk_is_one_table():
    size = CHUNK + 3
    values = np.arange(size) - 5
    back = read({"a, b": column(values)})
    assert back[0] == ["a, b"]
    assert [int(row[0]) for row in back[1:]] == values.tolist()


def test_no_rows_are_a_header():
    assert (
        b"".join(csv_bytes({"a": column(np.zeros(0, np.int64)), "b": column(np.zeros(0, "U1"))})) == b"a,b\n"
    )
    assert texts(column(np.zeros(0, np.int64))).tolist() == []


ROWS = {
    "period": np.array([1, 2]),
    "due_date": np.array(["2026-01-31", "2026-02-28"], "datetime64[D]"),
    "payment": np.array([100_00, -5]),
}


@needs("pyarrow")
def test_arrow_decimals_and_dates():
    frame = to_frame(ROWS, "arrow", 2)
    assert frame["payment"].to_pylist() == [Decimal("100.00"), Decimal("-0.05")]
    assert frame["due_date"].to_pylist() == [date(2026, 1, 31), date(2026, 2, 28)]
    assert frame["period"].to_pylist() == [1, 2]


@needs("pyarrow")
@pytest.mark.parametrize("kind", ["arrow", "polars"])
def test_currencies_with_different_decimals_share_a_column(kind):
    pytest.importorskip("polars")
    frame = to_frame({"x": np.array([5, -7, 10**17])}, kind, np.array([0, 3, 2]))
    values = frame["x"].to_pylist() if kind == "arrow" else frame["x"].to_list()
    assert values == [Decimal(5), Decimal("-0.007"), Decimal(10**15)]


@needs("polars")
def test_polars_decimals_and_dates():
    frame = to_frame(ROWS, "polars", 2)
    assert frame["payment"].to_list() == [Decimal("100.00"), Decimal("-0.05")]
    assert frame["due_date"].to_list() == [date(2026, 1, 31), date(2026, 2, 28)]


@needs("pandas", "pyarrow")
@pytest.mark.parametrize("arrow", [True, False])
def test_pandas_decimals_with_and_without_arrow(arrow, monkeypatch):
    pytest.importorskip("pandas")
    if not arrow:
        monkeypatch.setitem(sys.modules, "pyarrow", None)
    frame = to_frame(ROWS, "pandas", 2)
    assert frame["payment"].tolist() == [Decimal("100.00"), Decimal("-0.05")]
    assert str(frame["due_date"].dtype) == "datetime64[s]"
    assert frame["payment"].dtype == object if not arrow else "decimal128" in str(frame["payment"].dtype)


def test_an_unknown_kind_is_refused():
    with pytest.raises(InputError) as error:
        to_frame(ROWS, "excel", 2)
    assert error.value.code is Code.UNKNOWN_VALUE


@pytest.mark.parametrize(
    ("kind", "library", "extra"),
    [("pandas", "pandas", "frames"), ("polars", "polars", "frames"), ("arrow", "pyarrow", "arrow")],
)
def test_a_missing_library_names_its_extra(kind, library, extra, monkeypatch):
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(ImportError, match=rf"{library} is needed .*repayplan\[{extra}\]"):
        to_frame(ROWS, kind, 2)
