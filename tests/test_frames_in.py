"""Frames of every kind as loans, households and events: the same values whichever library holds them."""

import sys
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from examples import examples
from extras import needs
from repayplan.basics.columns import Screen
from repayplan.basics.given import Coded, Fixed
from repayplan.edges.framecolumns import opened
from repayplan.edges.framekind import FrameError, kind_of

DAYS = st.dates(date(1990, 1, 1), date(2090, 12, 31))


class Capsule:
    """Whatever speaks the Arrow capsule protocol and is of no library that we know."""

    def __init__(self, table):
        self.table = table

    def __arrow_c_stream__(self, requested_schema=None):
        return self.table.__arrow_c_stream__(requested_schema)


class ArrayCapsule:
    """The same for one batch of rows."""

    def __init__(self, batch):
        self.batch = batch

    def __arrow_c_array__(self, requested_schema=None):
        return self.batch.__arrow_c_array__(requested_schema)


class Words:
    """A capsule of something else."""

    def __arrow_c_stream__(self, requested_schema=None):
        return "words"


def arrow(columns):
    import pyarrow as pa

    types = {
        "money": pa.decimal128(18, 2),
        "rate": pa.decimal128(12, 10),
        "count": pa.int64(),
        "date": pa.date32(),
        "text": pa.string(),
    }
    return pa.table({name: pa.array(values, types[kind]) for name, (kind, values) in columns.items()})


def chunked(columns):
    import pyarrow as pa

    table = arrow(columns)
    parts = [table.slice(i, 1) for i in range(table.num_rows)]
    return pa.concat_tables([table.slice(0, 0), *parts])


def dictionaries(columns):
    table = arrow(columns)
    for i, (name, (kind, _)) in enumerate(columns.items()):
        if kind in ("text", "count"):
            table = table.set_column(i, name, table[name].dictionary_encode())
    return table


def polars(columns):
    import polars as pl

    types = {
        "money": pl.Decimal(18, 2),
        "rate": pl.Decimal(12, 10),
        "count": pl.Int64,
        "date": pl.Date,
        "text": pl.String,
    }
    return pl.DataFrame({name: pl.Series(name, v, types[kind]) for name, (kind, v) in columns.items()})


def pandas(columns):
    import pandas as pd

    types = {"money": object, "rate": object, "count": "Int64", "text": "string"}

    def series(kind, values):
        if kind == "date":
            return pd.Series(np.array(values, "datetime64[s]"))
        return pd.Series(values, dtype=types[kind])

    frame = pd.DataFrame({name: series(*each) for name, each in columns.items()})
    frame.index = [f"row {i}" for i in range(len(frame))]
    return frame


def pandas_objects(columns):
    import pandas as pd

    return pd.DataFrame({name: pd.Series(values, dtype=object) for name, (_, values) in columns.items()})


def pandas_categories(columns):
    frame = pandas(columns)
    for name, (kind, _) in columns.items():
        if kind in ("text", "count"):
            frame[name] = frame[name].astype("category")
    return frame


def pandas_arrow(columns):
    import pandas as pd

    return arrow(columns).to_pandas(types_mapper=pd.ArrowDtype)


def polars_categories(columns):
    import polars as pl

    return polars(columns).with_columns(pl.col(pl.String).cast(pl.Categorical))


def duckdb(columns):
    import duckdb as db

    return db.from_arrow(arrow(columns))


def narwhals(columns):
    import narwhals as nw

    return nw.from_native(polars(columns))


BACKENDS = {
    "pandas": (pandas, "pandas", ("pandas", "narwhals")),
    "pandas of objects": (pandas_objects, "pandas", ("pandas", "narwhals")),
    "pandas of categories": (pandas_categories, "pandas", ("pandas", "narwhals")),
    "pandas of Arrow": (pandas_arrow, "pandas", ("pandas", "narwhals", "pyarrow")),
    "polars": (polars, "polars", ("polars", "narwhals")),
    "polars of categories": (polars_categories, "polars", ("polars", "narwhals")),
    "polars, lazy": (lambda columns: polars(columns).lazy(), "polars-lazy", ("polars", "narwhals")),
    "Arrow": (arrow, "arrow", ("pyarrow",)),
    "Arrow in chunks": (chunked, "arrow", ("pyarrow",)),
    "Arrow of dictionaries": (dictionaries, "arrow", ("pyarrow",)),
    "a record batch": (lambda c: arrow(c).combine_chunks().to_batches()[0], "arrow", ("pyarrow",)),
    "a stream": (lambda columns: arrow(columns).to_reader(), "arrow", ("pyarrow",)),
    "a capsule": (lambda columns: Capsule(arrow(columns)), "arrow", ("pyarrow",)),
    "a capsule of one array": (
        lambda columns: ArrayCapsule(arrow(columns).combine_chunks().to_batches()[0]),
        "arrow",
        ("pyarrow",),
    ),
    "DuckDB": (duckdb, "duckdb", ("duckdb", "pyarrow")),
    "narwhals": (narwhals, "polars", ("polars", "narwhals")),
}
EVERY = [pytest.param(*each[:2], id=name, marks=needs(*each[2])) for name, each in BACKENDS.items()]


@st.composite
def portfolios(draw):
    """Rows of loans, as units; of each field the column that holds them."""
    size = draw(st.integers(1, 8))

    def some(values):
        return draw(st.lists(values, min_size=size, max_size=size))

    units = {
        "principal": some(st.integers(0, 10**15)),
        "fees": some(st.integers(0, 10**9)),
        "annual_rate": some(st.integers(0, 10**10)),
        "original_term": some(st.integers(1, 600)),
        "elapsed": some(st.integers(0, 600)),
        "unpaid": some(st.integers(0, 600)),
        "next_due": some(DAYS),
        "instalment": some(st.none() | st.integers(1, 10**9)),
        "original_maturity": some(st.none() | DAYS),
        "frequency": some(st.sampled_from(("monthly", "weekly", "quarterly"))),
        "region": some(st.sampled_from(("CN-GZ", "北京", 'it\'s, "x"', ""))),
    }

    def decimals(name, places):
        return [None if u is None else Decimal(u).scaleb(-places) for u in units[name]]

    columns = {
        "amount owed": ("money", decimals("principal", 2)),
        "fees": ("money", decimals("fees", 2)),
        "annual_rate": ("rate", decimals("annual_rate", 10)),
        **{name: ("count", units[name]) for name in ("original_term", "elapsed", "unpaid")},
        **{name: ("date", units[name]) for name in ("next_due", "original_maturity")},
        "instalment": ("money", decimals("instalment", 2)),
        "frequency": ("text", units["frequency"]),
        "where": ("text", units["region"]),
    }
    return units, columns


@pytest.mark.parametrize(("make", "kind"), EVERY)
@examples(20)
@given(portfolios())
def test_what_goes_in_is_what_was_meant(make, kind, portfolio):
    units, columns = portfolio
    frame = make(columns)
    assert kind_of(frame) == kind
    loans = rp.Loans.from_frame(frame, columns={"principal": "amount owed"}, further=["where"])
    assert not len(loans.failures)
    for name in ("principal", "fees", "annual_rate", "original_term", "elapsed", "unpaid"):
        assert getattr(loans, name).tolist() == units[name]
    assert loans.instalment.tolist() == [u or 0 for u in units["instalment"]]
    assert loans.next_due.tolist() == units["next_due"]
    assert loans.original_maturity.tolist() == units["original_maturity"]
    same = rp.Loans.from_columns(
        principal=rp.minor(units["principal"]),
        annual_rate=columns["annual_rate"][1],
        **{n: units[n] for n in ("original_term", "elapsed", "unpaid", "next_due", "frequency")},
    )
    assert loans.frequency.tolist() == same.frequency.tolist()
    assert np.asarray(loans.extra["where"]).astype(str).tolist() == units["region"]


TERMS = {"original_term": 24, "elapsed": 6, "unpaid": 18, "next_due": "2026-01-31"}
OWED = {
    "id": ("text", ["A1", "A2", "A3", "A4"]),
    "principal": ("money", [Decimal("9000.00"), Decimal("-1.00"), Decimal("12000.00"), None]),
    "net_income": ("money", [Decimal("3600.00"), Decimal("5000.00"), Decimal("900.00"), Decimal("1.00")]),
    "cost_rent": ("money", [Decimal("900.00"), Decimal("0.00"), Decimal("850.50"), Decimal("0.00")]),
    "adults": ("count", [1, 2, 1, 1]),
}


@pytest.mark.parametrize(("make", "kind"), EVERY)
def test_loans_and_households_of_one_frame_are_decided_on_alike(make, kind):
    def decided(loans, homes):
        return rp.propose(loans, homes, rp.Policy.example("consumer"))

    def read(cls, **given):
        return cls.from_frame(make(OWED), **given)  # a stream is read once

    got = decided(read(rp.Loans, annual_rate="0.10", **TERMS), read(rp.Households, other_debts=0))
    columns = {name: values for name, (_, values) in OWED.items() if name != "id"}
    want = decided(
        rp.Loans.from_columns(principal=columns.pop("principal"), annual_rate="0.10", **TERMS),
        rp.Households.from_columns(costs={"rent": columns.pop("cost_rent")}, **columns),
    )
    assert got.row.tolist() == want.row.tolist() == [0, 2]
    for name in ("offered", "instalments", "capacity", "instalment_after", "surplus"):
        assert getattr(got.value, name).tolist() == getattr(want.value, name).tolist()
    assert [(f.row, f.code, f.field) for f in got.failures] == [
        (f.row, f.code, f.field) for f in want.failures
    ]


# The pieces: decimals of one scale, and names by their number.

FIXED = st.tuples(
    st.lists(st.none() | st.integers(-(10**18), 10**18), min_size=1, max_size=9),
    st.integers(0, 12),
    st.integers(0, 8),
    st.none() | st.just(0),
)


def screened(read, *given, **options):
    screen = Screen(len(given[1]))
    values = getattr(screen, read)(*given, **options)
    return values.tolist(), [(f.row, f.code, f.field, f.limit) for f in screen.failures()]


@given(FIXED)
def test_decimals_of_one_scale_are_read_as_the_same_decimals_one_by_one(drawn):
    units, places, decimals, default = drawn
    gaps = np.array([u is None for u in units])
    held = Fixed(units=np.array([u or 0 for u in units]), places=places, missing=gaps)
    each = [None if u is None else Decimal(u).scaleb(-places) for u in units]
    assert [None if not t else Decimal(t) for t in held.texts().tolist()] == each
    for given_ in (decimals, np.full(len(units), decimals)):
        assert screened("money", "x", held, given_, default=default) == screened(
            "money", "x", each, given_, default=default
        )
    assert Screen(len(units)).missing(held).tolist() == gaps.tolist()


@given(st.lists(st.none() | st.integers(-3, 700), min_size=1, max_size=9), st.none() | st.integers(1, 5))
def test_numbers_with_gaps_are_read_as_the_same_numbers_one_by_one(numbers, default):
    gaps = [n is None for n in numbers]
    masked = np.ma.MaskedArray([n or 0 for n in numbers], gaps)
    floats = np.ma.MaskedArray([float(n or 0) for n in numbers], gaps)
    for held in (masked, floats):
        options = {"minimum": 1, "maximum": 600, "default": default}
        assert screened("count", "x", held, **options) == screened("count", "x", numbers, **options)
        assert Screen(len(numbers)).missing(held).tolist() == gaps


NAMES = (
    "monthly",
    " weekly ",
    "",
    "None",
    "fortnightlyish",
    "2026-01-31",
    "2026-02-30",
    "2026-1-1",
    "1850-01-01",
)


@given(
    st.lists(st.integers(-1, len(NAMES) - 1), min_size=1, max_size=9),
    st.none() | st.just("monthly"),
    st.none() | st.just(np.datetime64("2026-03-01")),
)
def test_names_by_their_number_are_read_as_the_same_names_one_by_one(of, default, day):
    held = Coded(of=np.array(of), names=np.array(NAMES))
    each = [None if i < 0 else NAMES[i] for i in of]
    known = ("weekly", "monthly")
    for read, options in (("choice", {"names": known, "default": default}), ("date", {"default": day})):
        assert screened(read, "x", held, **options) == screened(read, "x", each, **options)
    for read in ("text", "missing"):
        got, want = (getattr(Screen(len(of)), read)(given_).tolist() for given_ in (held, each))
        assert got == want


def test_columns_of_another_length_are_refused():
    for held in (
        Fixed(units=np.zeros(3, np.int64), places=2),
        np.ma.MaskedArray([1, 2, 3], [True, False, False]),
        Coded(of=np.zeros(3, np.int64), names=np.array(["1"])),
    ):
        with pytest.raises(TypeError, match="2 rows"):
            Screen(2).money("x", held, 2)


def test_rows_of_a_masked_column_keep_their_gaps():
    terms = {"principal": ["1", "2"], "annual_rate": 0, **TERMS}
    loans = rp.Loans.from_columns(**terms, columns={"x": np.ma.MaskedArray([1, 2], [False, True])})
    assert loans.take(np.array([1])).extra["x"].tolist() == [None]


@needs("pandas", "polars", "pyarrow")
@pytest.mark.parametrize("make", [pandas, polars, arrow, dictionaries, pandas_categories])
def test_rows_of_a_frame_are_taken_with_their_further_columns(make):
    columns = {
        "principal": ("money", [Decimal("9000.00"), Decimal("8000.00"), Decimal("7000.00")]),
        "branch": ("text", ["north", "south", "north"]),
        "score": ("money", [Decimal("1.50"), None, Decimal("2.50")]),
        "net_income": ("money", [Decimal("3500.00")] * 3),
    }
    frame = make(columns)
    loans = rp.Loans.from_frame(frame, annual_rate="0.10", further=["branch", "score"], **TERMS)
    homes = rp.Households.from_frame(frame, extra="ignore")
    branch = loans.take(np.array([1, 2])).take(np.array([1])).extra["branch"]
    assert Screen(1).text(branch).tolist() == ["north"]
    out = rp.propose(loans, homes, rp.Policy.example("consumer")).value
    assert [type(each).__name__ for each in out] == ["Offer"] * 3
    loss = rp.IncomeLoss(chance="0.1", share="0.5", recovery="0.5")
    found = rp.stress(
        out, homes, rp.Shocks(income=(loss,), missed=1), paths=4, seed=1, by=("branch", "score")
    )
    assert found.value.groups["branch"].names == ("north", "south")
    assert found.value.groups["score"].names == ("", "1.50", "2.50")


# What a column may hold.


def table(**columns):
    """One row, of a good loan, with some columns exchanged: Arrow arrays."""
    import pyarrow as pa

    good = {
        "principal": pa.array(["100.00"]),
        "annual_rate": pa.array([0.1]),
        "original_term": pa.array([12]),
        "elapsed": pa.array([0]),
        "unpaid": pa.array([12]),
        "next_due": pa.array(["2026-01-31"]),
    }
    return pa.table(good | columns)


def sorts():
    """Columns that can't be read as something, by name: (field, Arrow array, code, what the message says)."""
    import pyarrow as pa

    one = datetime(2026, 1, 31)  # noqa: DTZ001
    return {
        "true and false": ("principal", pa.array([True]), "boolean", "column 'principal' (bool)"),
        "a date": ("principal", pa.array([one.date()]), "not_a_number", "(date32[day]): numbers"),
        "a list": ("elapsed", pa.array([[1]]), "not_a_number", "(list<"),
        "bytes": ("principal", pa.array([b"1"]), "not_a_number", "(binary)"),
        "a duration": ("elapsed", pa.array([timedelta(1)]), "not_a_number", "(duration[us])"),
        "a number": ("next_due", pa.array([20260131]), "not_a_date", "(int64): dates are needed"),
        "a decimal": ("next_due", pa.array([Decimal(1)]), "not_a_date", "(decimal128(1, 0))"),
        "a zone": (
            "next_due",
            pa.array([one], pa.timestamp("us", "Asia/Shanghai")),
            "not_a_date",
            "zone first",
        ),
        "numbers": ("frequency", pa.array([12]), "unknown_value", "names are needed, which are text"),
        "a date as a name": ("day_count", pa.array([one.date()]), "unknown_value", "names are needed"),
        "a float": ("status", pa.array([1.0]), "unknown_value", "text or whole numbers"),
    }


@needs("pyarrow")
@pytest.mark.parametrize("sort", ["true and false", "a date", "a list", "bytes", "a duration", "a number"])
def test_a_column_of_arrow_that_cannot_be_its_field_is_refused(sort):
    refused(sort, lambda array, name: table(**{name: array}))


@needs("pyarrow")
@pytest.mark.parametrize("sort", ["a decimal", "a zone", "numbers", "a date as a name", "a float"])
def test_a_column_of_arrow_that_cannot_be_its_other_field_is_refused(sort):
    refused(sort, lambda array, name: table(**{name: array}))


@needs("pyarrow", "polars", "narwhals")
@pytest.mark.parametrize(
    "sort",
    ["true and false", "a date", "a list", "bytes", "a duration", "a number", "a zone", "numbers", "a float"],
)
def test_a_column_of_polars_that_cannot_be_its_field_is_refused(sort):
    import polars as pl

    refused(sort, lambda array, name: pl.from_arrow(table(**{name: array})), words=False)


@needs("pyarrow", "pandas", "narwhals")
@pytest.mark.parametrize("sort", ["true and false", "a duration", "a number", "a zone", "numbers", "a float"])
@pytest.mark.parametrize("arrow_types", [False, True])
def test_a_column_of_pandas_that_cannot_be_its_field_is_refused(sort, arrow_types):
    import pandas as pd

    mapper = pd.ArrowDtype if arrow_types else None

    def make(array, name):
        return table(**{name: array}).to_pandas(types_mapper=mapper)

    refused(sort, make, words=False)


def refused(sort, make, *, words=True):
    field, array, code, said = sorts()[sort]
    with pytest.raises(FrameError) as error:
        rp.Loans.from_frame(make(array, field))
    assert (error.value.code, error.value.field, error.value.column) == (code, field, field)
    assert error.value.dtype
    assert not words or said in str(error.value)


@needs("pyarrow")
def test_every_form_of_the_same_amount_in_arrow():
    import pyarrow as pa

    amount = Decimal("1234.50")
    forms = [
        pa.array([amount], pa.decimal128(9, 2)),
        pa.array([amount], pa.decimal128(38, 12)),
        pa.array([amount], pa.decimal256(60, 4)),
        pa.array([amount], pa.decimal256(76, 40)),
        pa.array([Decimal(0), amount], pa.decimal128(18, 2))[1:],  # an offset
        pa.array([1234.5]),
        pa.array([1234.5], pa.float32()),
        pa.array(["1234.50"]),
        pa.array(["1234.5"], pa.large_string()),
        pa.array(["1234.50"]).dictionary_encode(),
        pa.array([amount]).dictionary_encode(),
        pa.RunEndEncodedArray.from_arrays([1], pa.array([amount])),
    ]
    if hasattr(pa, "string_view"):
        forms.append(pa.array(["1234.50"], pa.string_view()))
        forms.append(pa.array([amount], pa.decimal64(12, 2)))
    for form in forms:
        assert rp.Loans.from_frame(table(principal=form)).principal.tolist() == [123_450], form.type


@needs("pyarrow")
def test_every_form_of_the_same_date_in_arrow():
    import pyarrow as pa

    day = datetime(2026, 1, 31)  # noqa: DTZ001
    units = [pa.timestamp(unit) for unit in ("s", "ms", "us", "ns")]
    for kind in (pa.date32(), pa.date64(), *units):
        assert rp.Loans.from_frame(table(next_due=pa.array([day], kind))).next_due.tolist() == [day.date()]
    late = pa.array([day + timedelta(hours=1)], pa.timestamp("us"))
    half = pa.array([day.replace(hour=12)], pa.timestamp("ms")).view(pa.date64())
    for array in (late, half):  # a time of day is no date: it isn't cut off
        (failure,) = rp.Loans.from_frame(table(next_due=array)).failures
        assert (failure.code, failure.field) == (rp.Code.NOT_A_DATE, "next_due")


@needs("pandas", "narwhals")
@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_dates_of_pandas_of_any_unit(unit):
    import pandas as pd

    frame = pandas({"principal": ("money", [Decimal(1)] * 2)})
    frame["next_due"] = np.array(["2026-01-31", "2026-01-31T08:30"], f"datetime64[{unit}]")
    loans = rp.Loans.from_frame(frame, annual_rate=0, original_term=12, elapsed=0, unpaid=12)
    assert loans.next_due.tolist() == [date(2026, 1, 31), None]
    assert [f.code for f in loans.failures] == [rp.Code.NOT_A_DATE]
    frame["unpaid"] = pd.Categorical([12, None])
    loans = rp.Loans.from_frame(frame, annual_rate=0, original_term=12, elapsed=0)
    assert (loans.unpaid.tolist(), loans.failures[0].code) == ([12, 0], rp.Code.MISSING)
    del frame["unpaid"]
    frame["next_due"] = [date(2026, 1, 31), pd.Timestamp("2026-01-31")]
    loans = rp.Loans.from_frame(frame, annual_rate=0, original_term=12, elapsed=0, unpaid=12)
    assert loans.next_due.tolist() == [date(2026, 1, 31)] * 2


AMOUNTS = [
    (["0.30", "1.10"], [30, 110], []),
    ([0.3, 0.1 + 0.2], [30, 0], [(1, "not_whole_units")]),
    ([float("inf"), 1.0], [0, 100], [(0, "not_finite")]),
    ([Decimal("1.005"), Decimal("3.000")], [0, 300], [(0, "not_whole_units")]),
    ([None, Decimal(3)], [0, 300], [(0, "missing")]),
    ([10**17, 1], [0, 100], [(0, "out_of_range")]),
    ([Decimal(10**25), Decimal(1)], [0, 100], [(0, "out_of_range")]),
    ([Decimal("-0.01"), Decimal("0.01")], [0, 1], [(0, "negative")]),
    (["x", "1e2"], [0, 10_000], [(0, "not_a_number")]),
]


@needs("pandas", "polars", "pyarrow", "narwhals")
@pytest.mark.parametrize(("cells", "units", "faults"), AMOUNTS, ids=repr)
@pytest.mark.parametrize("library", ["pandas", "polars", "arrow"])
def test_amounts_are_exact_or_their_rows_fail(library, cells, units, faults):
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    make = {"pandas": pd.DataFrame, "polars": lambda c: pl.DataFrame(c, strict=True), "arrow": pa.table}
    loans = rp.Loans.from_frame(make[library]({"principal": cells}), annual_rate="0.1", **TERMS)
    assert loans.principal.tolist() == units
    assert [(f.row, f.code) for f in loans.failures] == faults


@needs("pandas", "polars", "pyarrow", "narwhals")
def test_nan_is_a_wrong_number_and_only_pandas_says_missing_by_it():
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    cells = {"principal": [100.0], "instalment": [float("nan")]}
    codes = {}
    for name, frame in {
        "pandas": pd.DataFrame(cells),
        "polars": pl.DataFrame(cells),
        "arrow": pa.table(cells),
    }.items():
        codes[name] = [f.code.value for f in rp.Loans.from_frame(frame, annual_rate=0, **TERMS).failures]
    assert codes == {"pandas": [], "polars": ["not_finite"], "arrow": ["not_finite"]}


@needs("pandas", "narwhals")
def test_cells_of_pandas_that_are_objects():
    import pandas as pd

    cells = [Decimal("1.50"), 2, "2.5", True, None, pd.NA, float("nan"), object()]
    frame = pd.DataFrame({"principal": pd.Series(cells, dtype=object)})
    loans = rp.Loans.from_frame(frame, annual_rate=0, **TERMS)
    assert loans.principal[:3].tolist() == [150, 200, 250]
    assert [f.code.value for f in loans.failures] == [
        "boolean",
        "missing",
        "missing",
        "not_finite",
        "not_a_number",
    ]


@needs("polars", "narwhals")
def test_a_column_that_is_used_for_something_else_is_not_said_to_be_missing():
    frame = polars_of(**GOOD, **{name: [cell] * 2 for name, cell in TERMS.items()}).drop("elapsed")
    with pytest.raises(
        FrameError, match="the column is used for elapsed; name it in columns= for unpaid too"
    ):
        rp.Loans.from_frame(frame, columns={"elapsed": "unpaid"})
    both = {"elapsed": "unpaid", "unpaid": "unpaid"}
    assert rp.Loans.from_frame(frame, columns=both).elapsed.tolist() == [18, 18]
    with pytest.raises(
        FrameError, match="the column is named in further=; name it in columns= for unpaid too"
    ):
        rp.Loans.from_frame(frame, further="unpaid", elapsed=6)
    kept = rp.Loans.from_frame(frame, further="unpaid", columns={"unpaid": "unpaid"}, elapsed=6)
    assert kept.extra["unpaid"].tolist() == kept.unpaid.tolist() == [18, 18]


@needs("pandas", "narwhals")
@pytest.mark.parametrize("field", ["principal", "instalment", "next_due", "currency", "status"])
@pytest.mark.parametrize("nan", [float("nan"), np.float32("nan"), Decimal("nan")])
def test_nan_among_objects_is_wrong_in_whatever_column_and_beside_whatever(field, nan):
    import pandas as pd

    good = {"principal": "1", "instalment": "1", "next_due": "2026-01-31", "currency": "CNY", "status": "a"}
    frame = pd.DataFrame({"principal": ["1"] * 3, "annual_rate": ["0"] * 3, "next_due": ["2026-01-31"] * 3})
    for beside in (good[field], None):
        cells = pd.Series([good[field], nan, beside], dtype=object)
        terms = {"original_term": 24, "elapsed": 6, "unpaid": 18}
        loans = rp.Loans.from_frame(frame.assign(**{field: cells}), **terms)
        faults = [(f.row, f.code.value, f.field) for f in loans.failures]
        assert (1, "not_finite", field) in faults
        assert [row for row, *_ in faults if row == 0] == []


@needs("pandas", "narwhals")
@pytest.mark.parametrize(
    ("field", "good", "code"),
    [
        ("principal", "1", "not_a_number"),
        ("next_due", "2026-01-31", "not_a_date"),
        ("frequency", "monthly", "unknown_value"),
        ("currency", "CNY", "unknown_value"),
        ("status", "a", "unknown_value"),
        ("branch", "a", "unknown_value"),
    ],
)
def test_bytes_among_objects_are_no_text_and_fail_their_own_rows(field, good, code):
    import pandas as pd

    frame = pd.DataFrame({"principal": ["1"] * 3, "annual_rate": ["0"] * 3, "next_due": ["2026-01-31"] * 3})
    cells = pd.Series([good, good.encode(), b"\xff"], dtype=object)
    more = {"further": field} if field == "branch" else {}
    loans = rp.Loans.from_frame(
        frame.assign(**{field: cells}), original_term=24, elapsed=6, unpaid=18, **more
    )
    assert [(f.row, f.code.value, f.field) for f in loans.failures] == [(1, code, field), (2, code, field)]
    assert [f.value for f in loans.failures] == [repr(good.encode()), repr(b"\xff")]


@needs("pandas", "polars", "narwhals")
@pytest.mark.parametrize(("make", "kind"), [EVERY[0], EVERY[1], EVERY[2], EVERY[4], EVERY[5], EVERY[6]])
def test_pandas_and_polars_need_no_pyarrow(make, kind, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert kind_of(make(OWED)) == kind
    loans = rp.Loans.from_frame(make(OWED), annual_rate="0.1", **TERMS)
    assert loans.principal.tolist() == [900_000, 0, 1_200_000, 0]
    assert [f.code.value for f in loans.failures] == ["negative", "missing"]


@needs("polars", "narwhals")
def test_a_decimal_of_polars_beyond_int64_fails_alone():
    import polars as pl

    cells = pl.Series([Decimal("1.25"), Decimal(f"{10**30}.00"), None], dtype=pl.Decimal(38, 2))
    frame = pl.DataFrame({"principal": cells})
    loans = rp.Loans.from_frame(frame, annual_rate="0.1", **TERMS)
    assert loans.principal.tolist() == [125, 0, 0]
    assert [f.code.value for f in loans.failures] == ["out_of_range", "missing"]


# Columns by name.


def polars_of(**columns):
    import polars as pl

    return pl.DataFrame(columns)


GOOD = {"principal": ["1.00", "2.00"], "annual_rate": ["0.1", "0.2"]}


@needs("polars", "narwhals")
@pytest.mark.parametrize(
    ("columns", "options", "code", "field", "said"),
    [
        ({"annual_rate": [0]}, {}, "missing", "principal", "there is no column principal"),
        (
            {"annual_rate": [0], "principle": [1]},
            {"extra": "ignore"},
            "missing",
            "principal",
            "principal (is principle meant?)",
        ),
        (GOOD, {"columns": {"fees": "charge"}}, "missing", "fees", "there is no column charge"),
        (GOOD, {"further": ["pause"]}, "missing", "pause", "there is no column pause"),
        (
            {**GOOD, "penaltys": ["1", "1"]},
            {},
            "unknown_value",
            "penaltys",
            "(is penalty meant?); name it in columns= or further=, or say extra='ignore'",
        ),
        (
            {**GOOD, "owed": ["1", "1"]},
            {"columns": {"principal": "owed"}},
            "unknown_value",
            "principal",
            "principal is given by column owed",
        ),
        (
            GOOD,
            {"columns": {"penaltys": "x"}},
            "unknown_value",
            "field",
            "penaltys is no field (is penalty meant?)",
        ),
        (
            GOOD,
            {"day_cont": "ACT/360"},
            "unknown_value",
            "field",
            "day_cont is no field (is day_count meant?)",
        ),
        (
            GOOD,
            {"principal": 5},
            "duplicate",
            "principal",
            "principal is both a column and given for all rows",
        ),
        (GOOD, {"extra": "keep"}, "unknown_value", "extra", "one of refuse, ignore"),
        (
            {"x": [1]},
            {"extra": "ignore", "principal": 1, "annual_rate": 0},
            "missing",
            "frame",
            "none of its columns",
        ),
        ({**GOOD, "": [1, 2]}, {}, "missing", "frame", "every column needs a name"),
        ({**GOOD, "x": [[1], [2]]}, {"further": ["x"]}, "unknown_value", "x", "numbers, dates, text"),
    ],
)
def test_what_is_wrong_with_the_columns_is_said(columns, options, code, field, said):
    with pytest.raises(rp.InputError) as error:
        rp.Loans.from_frame(polars_of(**columns), **TERMS, **options)
    assert (error.value.code, error.value.field) == (code, field)
    assert said in str(error.value)


@needs("polars", "narwhals")
def test_columns_that_nobody_named_are_left_out_where_that_is_said():
    frame = polars_of(**GOOD, colour=["red", "green"], id=[7, 8], net_income=[1, 2], status=[1, None])
    loans = rp.Loans.from_frame(frame, **TERMS, extra="ignore")
    assert loans.principal.tolist() == [100, 200]
    assert {name: list(values) for name, values in loans.extra.items()} == {"status": ["1", ""]}


@needs("pandas", "narwhals")
def test_two_columns_of_one_name_and_names_that_are_no_text():
    import pandas as pd

    twice = pd.DataFrame([[1, 2]], columns=["principal", "principal"])
    for frame, code, said in (
        (twice, "duplicate", "more than one column is called principal"),
        (pd.DataFrame({0: [1]}), "missing", "a column is called 0"),
    ):
        with pytest.raises(FrameError) as error:
            rp.Loans.from_frame(frame, annual_rate=0, **TERMS)
        assert error.value.code == code
        assert said in str(error.value)


@needs("pyarrow")
def test_what_is_no_frame_is_refused():
    for frame, said in (
        ([1, 2], "list is no frame"),
        (Words(), "its Arrow capsule is no table"),
        ("polars", "not the name of a kind"),
        (np.zeros(3), "ndarray is no frame"),
    ):
        with pytest.raises(FrameError, match=said):
            rp.Loans.from_frame(frame, annual_rate=0, **TERMS)


@pytest.mark.parametrize(
    ("make", "library", "extra"),
    [
        pytest.param(polars, "narwhals", "frames", marks=needs("polars")),
        pytest.param(arrow, "pyarrow", "arrow", marks=needs("pyarrow")),
    ],
)
def test_a_missing_library_names_its_extra(make, library, extra, monkeypatch):
    frame = make(OWED)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(ImportError, match=rf"{library} is needed .*repayplan\[{extra}\]"):
        rp.Loans.from_frame(frame, annual_rate=0, **TERMS)


@needs("polars", "pyarrow", "narwhals")
@pytest.mark.parametrize("kind", ["polars", "arrow", "pandas"])
def test_a_status_may_be_asked_for_by_a_policy(kind):
    import polars as pl

    frame = pl.DataFrame({"principal": ["100.00"] * 3, "status": ["Late", None, "Current"]})
    frame = {"polars": frame, "arrow": frame.to_arrow(), "pandas": frame.to_pandas()}[kind]
    loans = rp.Loans.from_frame(frame, annual_rate="0.10", **TERMS)
    open_to = replace(rp.Policy.example("consumer"), statuses=("Late",))
    homes = rp.Households.from_columns(net_income=["9000.00"] * 3)
    assert rp.propose(loans, homes, open_to).value.eligible.tolist() == [True, False, False]


@needs("polars", "narwhals")
def test_further_columns_are_what_plans_may_name():
    import polars as pl

    frame = polars_of(
        **GOOD, pause=[2, None], value=pl.Series([Decimal("1.5"), None], dtype=pl.Decimal(9, 1))
    )
    frame = frame.with_columns(pl.Series("yes", [True, False]), pl.Series("on", [date(2026, 1, 1), None]))
    loans = rp.Loans.from_frame(frame, further=["pause", "value", "yes", "on"], **TERMS)
    kept = {name: list(np.asarray(values)) for name, values in loans.extra.items()}
    assert kept["pause"] == [2, None]
    assert kept["value"] == ["1.5", ""]
    assert kept["yes"] == [True, False]
    plan = rp.holiday(rp.col("pause"), interest="capitalise") + rp.equal_instalment(3)
    made = rp.schedule(loans, plan)
    assert made.value.instalments.tolist() == [5]
    assert [(f.row, f.code.value) for f in made.failures] == [(1, "missing")]


# Households.


@needs("polars", "pyarrow", "narwhals")
@pytest.mark.parametrize("how", ["polars", "arrow", "pandas", "pandas of Arrow", "text"])
def test_ages_of_children(how):
    import polars as pl

    ages = ["3 7", "", None] if how == "text" else [[3, 7], [], None]
    frame = pl.DataFrame({"net_income": [1, 2, 3], "children": [2, 0, 0], "ages": ages})
    if how not in {"polars", "text"}:
        frame = frame.to_arrow()
    if how == "pandas":
        pytest.importorskip("pandas")
        frame = frame.to_pandas()
    if how == "pandas of Arrow":
        frame = frame.to_pandas(types_mapper=pytest.importorskip("pandas").ArrowDtype)
    homes = rp.Households.from_frame(frame, other_debts=0)
    assert (homes.ages.of.tolist(), homes.ages.years.tolist()) == ([0, 0], [3, 7])
    assert not len(homes.failures)


@needs("pandas", "polars", "narwhals")
def test_what_is_wrong_with_households_is_said():
    import pandas as pd

    mixed = pd.DataFrame({"net_income": ["1", "2"], "ages": [[3, 7], "12"]})
    for frame, options, code, field in (
        (polars_of(adults=[1]), {}, "missing", "net_income"),
        (polars_of(net_income=[1], cost_rent_frequency=["weekly"]), {}, "missing", "cost_rent"),
        (polars_of(net_income=[1], ages=[[["x"]]]), {}, "unknown_value", "ages"),
        (mixed, {}, "unknown_value", "ages"),
        (polars_of(net_income=[1], rent=[1]), {}, "unknown_value", "rent"),
    ):
        with pytest.raises(FrameError) as error:
            rp.Households.from_frame(frame, **options)
        assert (error.value.code, error.value.field) == (code, field)


@needs("polars", "narwhals")
def test_households_by_frequency_and_with_costs_beside():
    frame = polars_of(
        id=["a"], pay=["1500"], net_income_frequency=["weekly"], cost_rent=[900], region=[310000]
    )
    homes = rp.Households.from_frame(
        frame, columns={"net_income": "pay"}, costs={"fuel": "50"}, tenure="rented"
    )
    same = rp.Households.from_columns(
        net_income=(["1500"], "weekly"), costs={"rent": 900, "fuel": "50"}, region="310000", tenure="rented"
    )
    assert homes.net_income.amount.tolist() == same.net_income.amount.tolist()
    assert {k: v.amount.tolist() for k, v in homes.costs.items()} == {"rent": [90_000], "fuel": [5_000]}
    assert (list(homes.region), list(homes.tenure)) == (["310000"], ["rented"])


# Events.

EVENTS = {
    "account": ("text", ["B-2", "A-1", "A-1", "A-1"]),
    "kind": ("text", ["payment", "payment", "fee", "reversal"]),
    "value_date": ("date", [date(2026, 2, 3), date(2026, 1, 31), date(2026, 2, 1), date(2026, 2, 2)]),
    "amount": ("money", [Decimal("500.00"), Decimal("20.00"), Decimal("5.00"), None]),
    "reference": ("text", ["T1", "T2", "F1", "R1"]),
    "reverses": ("text", [None, None, None, "F1"]),
}


@pytest.mark.parametrize(("make", "kind"), EVERY)
def test_events_by_the_names_of_accounts(make, kind):
    assert kind in ("pandas", "polars", "polars-lazy", "arrow", "duckdb")
    events = rp.Events.from_frame(make(EVENTS), accounts=["A-1", "B-2"])
    columns = {name: values for name, (_, values) in EVENTS.items()}
    same = rp.Events.from_columns(**columns | {"account": [1, 0, 0, 0]})
    assert not len(events.failures)
    for name in ("account", "kind", "value_date", "booked"):
        assert getattr(events, name).tolist() == getattr(same, name).tolist()
    assert Screen(4).text(events.reference).tolist() == columns["reference"]
    assert Screen(4).text(events.reverses).tolist() == ["", "", "", "F1"]
    assert Screen(4).money("amount", events.amount, 2, default=0).tolist() == [50_000, 2_000, 500, 0]


@needs("polars", "narwhals")
def test_events_by_rows_and_references_that_are_numbers():
    given_ = {"account": [1, 0], "value_date": ["2026-02-03"] * 2, "reference": [12, 9]}
    events = rp.Events.from_frame(polars_of(**given_), kind="payment", amount="1.00")
    assert events.account.tolist() == [1, 0]
    assert events.reference.dtype == np.int64
    # With gaps in what is reversed, both are text, so that 12 is "12" in both.
    mixed = polars_of(
        **given_, kind=["payment", "reversal"], reverses=[None, 12], amount=["1.00", None], plan=[None, -1]
    )
    events = rp.Events.from_frame(mixed)
    assert (events.reference.tolist(), events.reverses.tolist()) == (["12", "9"], ["", "12"])
    assert not len(events.failures)


@needs("polars", "narwhals")
@pytest.mark.parametrize(
    ("account", "accounts", "code", "said"),
    [
        (["a"], None, "not_a_number", "the rows of accounts are needed"),
        ([None], None, "not_a_number", "the rows of accounts are needed"),
        (["a"], ["b"], "unknown_value", "row 0: no account is called 'a'"),
        (["a"], [], "unknown_value", "row 0: no account is called 'a'"),
        (["a"], ["a", "b", "a"], "duplicate", "two accounts are called a"),
    ],
)
def test_an_event_of_no_account_is_refused(account, accounts, code, said):
    frame = polars_of(account=account, amount=[1], reference=["x"])
    with pytest.raises(FrameError) as error:
        rp.Events.from_frame(frame, kind="payment", value_date="2026-01-31", accounts=accounts)
    assert error.value.code == code
    assert said in str(error.value)


# Anything.


def strange():
    """Arrow columns of two rows, of nearly every type, with values that nobody meant."""
    import pyarrow as pa

    one = datetime(2026, 1, 31)  # noqa: DTZ001
    made = [
        pa.array([1, None], pa.int8()),
        pa.array([2**64 - 1, 1], pa.uint64()),
        pa.array([-(2**63), 2**63 - 1]),
        pa.array([np.float16(1.5), None], pa.float16()),
        pa.array([float("nan"), float("-inf")]),
        pa.array([1e300, -0.0]),
        pa.nulls(2),
        pa.array([None, None], pa.string()),
        pa.array([True, None]),
        pa.array([b"x", None]),
        pa.array([1, None], pa.time32("s")),
        pa.array([1, None], pa.duration("s")),
        pa.array([{"a": 1}, None]),
        pa.array([[("a", 1)], None], pa.map_(pa.string(), pa.int64())),
        pa.array([[1], None], pa.list_(pa.int64(), 1)),
        pa.array([[1], None], pa.large_list(pa.int8())),
        pa.array([[None], []]),
        pa.array([[[1]], None]),
        pa.array([Decimal(10**30), None], pa.decimal256(60, 3)),
        pa.array([Decimal(1000), None], pa.decimal128(5, -2)),
        pa.array([one, None], pa.timestamp("ns")),
        pa.array([one, None], pa.timestamp("ns", "UTC")),
        pa.array([date(9999, 1, 1), None]),
        pa.array([2**30, None], pa.date32()),
        pa.array(["x", "y"]).dictionary_encode(),
        pa.DictionaryArray.from_arrays(pa.array([0, 1]), pa.array(["x", None])),
        pa.DictionaryArray.from_arrays(pa.array([0, None]), pa.array([True])),
        pa.DictionaryArray.from_arrays(pa.array([0, None]), pa.array([one.date()])),
        pa.RunEndEncodedArray.from_arrays([2], pa.array(["a"])),
        pa.array(["\u202e", "\n=1+1"]),
        pa.array([(1, 2, 3), None], pa.month_day_nano_interval()),
    ]
    for name in ("string_view", "binary_view", "decimal32"):
        if hasattr(pa, name):
            kind = pa.decimal32(5, 2) if name == "decimal32" else getattr(pa, name)()
            made.append(pa.array([{"decimal32": Decimal("1.50")}.get(name, b"1"), None]).cast(kind))
    return made


@needs("pandas", "polars", "pyarrow", "narwhals")
@pytest.mark.parametrize("form", ["arrow", "pandas", "pandas of Arrow"])
def test_anything_is_read_or_refused_in_our_own_words(form):
    import pandas as pd
    import pyarrow as pa

    mapper = pd.ArrowDtype if form == "pandas of Arrow" else None
    owed = dict.fromkeys(
        ("principal", "annual_rate", "original_term", "elapsed", "unpaid"), pa.array(["1"] * 2)
    )
    owed["next_due"] = pa.array(["2026-01-31"] * 2)
    tried = 0
    for array in strange():
        for name in (
            "principal",
            "annual_rate",
            "elapsed",
            "next_due",
            "frequency",
            "status",
            "ages",
            "further",
        ):
            whole = pa.table({**owed, "net_income": owed["principal"], name: array})
            try:
                frame = whole if form == "arrow" else whole.to_pandas(types_mapper=mapper)
            except (pa.ArrowException, ValueError, OverflowError):  # pandas has no such column
                continue
            cls, more = (rp.Households, {}) if name == "ages" else (rp.Loans, {})
            if name == "further":
                more = {"further": ["further"]}
            tried += 1
            try:
                made = cls.from_frame(frame, **more)
            except rp.InputError as error:
                assert error.field in (name, "frame")  # noqa: PT017
            else:
                assert len(made) == 2
    assert tried > 150


# Nothing, and much.


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        each
        for each in EVERY
        if each.id not in ("a record batch", "a capsule of one array", "Arrow of dictionaries")
    ],
)
def test_a_frame_without_rows(make, kind):
    assert kind
    none = {name: (sort, []) for name, (sort, _) in OWED.items()}
    loans = rp.Loans.from_frame(make(none), annual_rate="0.1", **TERMS)
    homes = rp.Households.from_frame(make(none))
    out = rp.propose(loans, homes, rp.Policy.example("consumer"))
    assert (len(loans), len(homes), len(out.value), len(out.failures)) == (0, 0, 0, 0)
    events = rp.Events.from_frame(make({name: (sort, []) for name, (sort, _) in EVENTS.items()}), accounts=[])
    assert len(events) == 0


@needs("polars", "narwhals")
def test_only_the_columns_that_are_read_are_collected():
    import polars as pl

    def never(_):
        raise AssertionError

    lazy = polars(OWED).lazy().with_columns(secret=pl.col("id").map_batches(never, return_dtype=pl.String))
    loans = rp.Loans.from_frame(lazy, annual_rate="0.1", extra="ignore", **TERMS)
    assert len(loans) == 4


@needs("duckdb", "pyarrow")
def test_names_that_sql_would_stumble_over():
    import duckdb as db

    relation = db.sql("""select 1.5 as "odd ""name", 1 as x""")
    assert opened(relation).read(['odd "name'])[1]['odd "name'].sort == "decimal"
    assert opened(relation).read([])[0] == 1


@needs("polars", "pyarrow", "narwhals")
@pytest.mark.parametrize("make", [arrow, polars])
def test_calls_do_not_grow_with_the_number_of_rows(make):
    def traced(size):
        import pyarrow as pa  # noqa: F401 the first import of a library is no reading

        many = {name: (sort, values * size) for name, (sort, values) in OWED.items()}
        frame, count = make(many), 0

        def trace(_frame, event, _arg):
            nonlocal count
            count += event in ("call", "c_call")

        sys.setprofile(trace)
        try:
            rp.Loans.from_frame(frame, annual_rate="0.1", **TERMS)
        finally:
            sys.setprofile(None)
        return count

    traced(1)
    assert traced(5_000) <= traced(10) + 200
