"""Results as frames of the kind that was read: the same values, rows and index."""

import sys
from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from examples import examples
from extras import needs
from repayplan.basics.errors import Code
from repayplan.basics.money import to_decimal
from repayplan.basics.outcome import Failure, Failures
from repayplan.edges.cells import Column, Lists
from repayplan.edges.framekind import FrameError, kind_of
from repayplan.edges.frames import frame_of
from repayplan.kernel.allocate import PARTS
from test_frames_in import EVERY, OWED, TERMS

LIBRARIES = {
    "pandas": ("pandas",),
    "polars": ("polars",),
    "polars-lazy": ("polars",),
    "arrow": ("pyarrow",),
    "duckdb": ("duckdb", "pyarrow"),
}
KINDS = [pytest.param(kind, marks=needs(*libraries)) for kind, libraries in LIBRARIES.items()]


def cells(frame):
    """Columns of a frame as lists of Python values, None where there is none."""
    kind = kind_of(frame)
    if kind == "polars-lazy":
        frame = frame.collect()
    if kind.startswith("polars"):
        return frame.to_dict(as_series=False)
    if kind == "duckdb":
        return frame.to_arrow_table().to_pydict()
    if kind == "arrow":
        return frame.to_pydict()

    def plain(value):
        value = value.date() if hasattr(value, "date") else value
        return list(value) if isinstance(value, np.ndarray) else value

    gone = frame.isna()
    return {
        name: [None if no else plain(v) for v, no in zip(frame[name].tolist(), gone[name], strict=True)]
        for name in frame.columns
    }


MONEY = st.lists(st.tuples(st.integers(-(10**18), 10**18), st.integers(0, 8)), max_size=6)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("pyarrow", [True, False])
@examples(15)
@given(MONEY, st.booleans(), st.data())
def test_values_out_are_the_values_exactly(kind, pyarrow, rows, mixed, data):
    if not pyarrow and kind in ("arrow", "duckdb"):
        return
    units, places = (np.array(each, np.int64) for each in (zip(*rows, strict=True) if rows else ((), ())))
    gaps = np.array(data.draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows))), np.bool_)
    days = units % 40_000
    table = {
        "money": Column(kind="money", values=units, decimals=places if mixed else 2),
        "some": Column(kind="money", values=units, decimals=places if mixed else 2, missing=gaps),
        "rate": Column(kind="rate", values=np.abs(units), missing=gaps),
        "count": Column(kind="count", values=units),
        "counts": Column(kind="count", values=units, missing=gaps),
        "day": Column(kind="date", values=days.astype("datetime64[D]"), missing=gaps),
        "yes": Column(kind="flag", values=units > 0),
        "maybe": Column(kind="flag", values=units > 0, missing=gaps),
        "text": Column(kind="text", values=units.astype(np.str_)),
        "words": Column(kind="text", values=np.char.add("北", units.astype(np.str_)), missing=gaps),
    }
    if not pyarrow:
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(sys.modules, "pyarrow", None)
            made = cells(frame_of(table, kind))
    else:
        made = cells(frame_of(table, kind))
    scale = [int(p) if mixed else 2 for p in places]
    amounts = [to_decimal(u, d) for u, d in zip(units.tolist(), scale, strict=True)]

    def some(values):
        return [None if gap else value for value, gap in zip(values, gaps.tolist(), strict=True)]

    assert made["money"] == amounts
    assert made["some"] == some(amounts)
    assert made["rate"] == some([to_decimal(abs(u), 10) for u in units.tolist()])
    assert (made["count"], made["counts"]) == (units.tolist(), some(units.tolist()))
    assert made["day"] == some(days.astype("datetime64[D]").tolist())
    assert (made["yes"], made["maybe"]) == ((units > 0).tolist(), some((units > 0).tolist()))
    assert made["text"] == units.astype(str).tolist()
    assert made["words"] == some([f"北{u}" for u in units.tolist()])


GIVEN = {"annual_rate": "0.10", **TERMS}


@pytest.mark.parametrize(("make", "kind"), [each for each in EVERY if each.id != "a stream"])
def test_results_are_of_the_kind_that_went_in(make, kind):
    frame = make(OWED)
    loans = rp.Loans.from_frame(frame, **GIVEN)
    homes = rp.Households.from_frame(frame, other_debts=0)
    out = rp.propose(loans, homes, rp.Policy.example("consumer"))
    made = {
        "decisions": out.value.to_frame(frame, keep=["id"]),
        "rows": out.value.schedules.to_frame(frame, keep=["id"]),
        "lists": out.value.schedules.to_frame(frame, lists=True, keep=["id"]),
        "failures": out.failures.to_frame(frame, keep=["id"]),
    }
    assert {name: kind_of(each) for name, each in made.items()} == dict.fromkeys(made, kind)
    assert {type(each).__module__.partition(".")[0] for each in made.values()} == {
        "pyarrow" if kind == "arrow" else type(frame).__module__.partition(".")[0]
    }
    read = {name: cells(getattr(each, "to_native", lambda each=each: each)()) for name, each in made.items()}
    assert list(read["decisions"]["id"]) == ["A1", "A3"]
    assert read["decisions"]["decision"] == ["offer", "infeasible"]
    assert read["failures"]["id"] == ["A2", "A4"]
    assert read["failures"]["code"] == ["negative", "missing"]
    assert read["failures"]["message_zh"][1] == "缺少principal"
    rows, offsets = out.value.schedules.by_loan()
    amounts = [to_decimal(u, 2) for u in rows["payment"].tolist()]
    assert read["rows"]["payment"] == amounts
    assert read["rows"]["id"] == ["A1"] * int(offsets[-1])
    assert read["lists"]["payment"] == [amounts]
    assert read["lists"]["due_date"] == [rows["due_date"].tolist()]
    assert read["lists"]["id"] == ["A1"]
    if kind == "pandas":
        index = list(frame.index)
        assert list(made["decisions"].index) == [index[0], index[2]]
        assert set(made["rows"].index) == {index[0]}
        assert list(made["lists"].index) == [index[0]]
        assert list(made["failures"].index) == [index[1], index[3]]


@pytest.mark.parametrize("kind", KINDS)
def test_decisions_say_what_the_columns_say(kind):
    columns = {name: values for name, (_, values) in OWED.items() if name != "id"}
    loans = rp.Loans.from_columns(principal=columns.pop("principal"), **GIVEN)
    homes = rp.Households.from_columns(costs={"rent": columns.pop("cost_rent")}, **columns)
    value = rp.propose(loans, homes, rp.Policy.example("consumer")).value
    made = cells(value.to_frame(kind))
    assert made["row"] == value.row.tolist()
    offers = [answer if isinstance(answer, rp.Offer) else None for answer in value]
    refused = [answer if isinstance(answer, rp.Infeasible) else None for answer in value]
    for name in ("instalments", "method", "instalment_after", "total_interest", "annual_rate"):
        assert made[name] == [None if each is None else getattr(each, name) for each in offers]
    assert made["shortfall"] == [None if each is None else each.shortfall for each in refused]
    assert made["capacity"] == [each.capacity for each in value]
    assert made["reasons"] == ["", ";".join(reason.code.value for reason in refused[1].reasons)]


@pytest.mark.parametrize("kind", KINDS)
def test_statements_say_what_the_accounts_say(kind):
    loans = rp.Loans.from_columns(
        principal=["12000.00", "600"], annual_rate="0.12", decimals=[2, 0], **{**TERMS, "unpaid": 12}
    )
    late = rp.OverdueRule(
        penalty=rp.OverdueLedger(on=("principal",), rate=rp.OverdueRate(multiplier="1.5")),
        day_count="ACT/360",
        first_day="due_date",
        rounded="end",
        mode="half_up",
    )
    terms = rp.AccountTerms(overdue=late, allocation=rp.AllocationRule.example("civil-code-561"))
    accounts = rp.Accounts.of(rp.schedule(loans, rp.equal_instalment(12)).value, terms)
    paid = rp.Events.from_columns(
        account=[0], kind="payment", value_date="2026-02-10", amount="500.00", reference="T1"
    )
    value = rp.replay(accounts, paid, as_of="2026-03-20").value
    made = cells(value.to_frame(kind))
    one = [value.one(i) for i in range(2)]
    for component in one[0].owed:
        assert made[f"owed_{component}"] == [each.owed[component] for each in one]
    for name in ("as_of", "payoff", "not_due", "next_due", "next_amount", "oldest_due", "closed"):
        assert made[name] == [getattr(each, name) for each in one]
    for name in ("days_past_due", "instalments_overdue", "instalments_left", "restructures"):
        assert made[name] == [getattr(each, name) for each in one]
    assert made["rate"] == [Decimal("0.12")] * 2
    assert [name for name in made if name.startswith("paid_")].__len__() == PARTS + 2
    assert made["broken_by_missed"] == [False, False]


@needs("pandas", "narwhals")
def test_an_index_of_several_levels_is_kept():
    import pandas as pd

    index = pd.MultiIndex.from_tuples([("x", 1), ("x", 2), ("y", 1)], names=["branch", "number"])
    frame = pd.DataFrame({"principal": ["100", "x", "200"]}, index=index)
    made = rp.schedule(rp.Loans.from_frame(frame, **GIVEN), rp.equal_principal(2))
    rows = made.value.to_frame(frame)
    assert rows.index.names == ["branch", "number"]
    assert rows.index.tolist() == [("x", 1), ("x", 1), ("y", 1), ("y", 1)]
    assert made.failures.to_frame(frame).index.tolist() == [("x", 2)]
    # A name of a kind knows no index.
    assert made.value.to_frame("pandas").index.tolist() == [0, 1, 2, 3]


@needs("pandas", "polars", "pyarrow", "narwhals")
def test_a_frame_that_was_not_read_is_refused():
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    made = rp.schedule(rp.Loans.from_columns(principal=["100", "x"], **GIVEN), rp.equal_principal(2))
    three = {"id": [1, 2, 3]}
    for frame in (pd.DataFrame(three), pl.DataFrame(three), pl.LazyFrame(three), pa.table(three)):
        with pytest.raises(FrameError, match="2 rows were read, the frame has 3"):
            made.value.to_frame(frame, keep=["id"])
    with pytest.raises(FrameError, match="2 rows were read, the frame has 1"):
        made.failures.to_frame(pd.DataFrame({"id": [1]}))
    two = {"id": [1, 2], "row": [1, 2]}
    for frame in (pd.DataFrame(two), pl.DataFrame(two), pa.table(two)):
        for keep, code in (("ids", "missing"), ("row", "duplicate")):
            with pytest.raises(FrameError) as error:
                made.value.to_frame(frame, keep=[keep])
            assert (error.value.code, error.value.field) == (code, "keep")
    with pytest.raises(FrameError, match="not the name of a kind"):
        made.value.to_frame("polars", keep=["id"])
    with pytest.raises(rp.InputError, match="one of pandas, polars, polars-lazy, arrow, duckdb"):
        made.value.to_frame("excel")


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_a_frame_without_rows(kind):
    made = rp.schedule(rp.Loans.from_columns(principal=["-1"], **GIVEN), rp.equal_principal(2))
    whole = rp.schedule(rp.Loans.from_columns(principal=["1"], **GIVEN), rp.equal_principal(2))
    for empty, full in (
        (made.value.to_frame(kind), whole.value.to_frame(kind)),
        (made.value.to_frame(kind, lists=True), whole.value.to_frame(kind, lists=True)),
        (whole.failures.to_frame(kind), made.failures.to_frame(kind)),
    ):
        none = cells(empty)
        assert list(none) == list(cells(full))
        assert all(values == [] for values in none.values())


@needs("polars", "pyarrow")
def test_an_empty_frame_has_the_types_of_a_full_one():
    given_ = {name: values for name, values in GIVEN.items() if name != "annual_rate"}
    schemas = []
    for principal in (["-1"], ["1"]):
        loans = rp.Loans.from_columns(principal=principal, annual_rate="0.1", **given_)
        schemas.append(rp.schedule(loans, rp.equal_principal(2)).value.to_frame("arrow").schema)
    assert schemas[0] == schemas[1]


@needs("pyarrow")
def test_lists_of_any_length():
    made = frame_of({"x": Lists(Column(kind="count", values=np.arange(5)), np.array([0, 2, 2, 5]))}, "arrow")
    assert made["x"].to_pylist() == [[0, 1], [], [2, 3, 4]]


@needs("pandas")
@pytest.mark.parametrize("kind", ["pandas", "polars"])
def test_lists_need_pyarrow(kind, monkeypatch):
    made = rp.schedule(rp.Loans.from_columns(principal=["1"], **GIVEN), rp.equal_principal(2))
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ImportError, match=r"pyarrow is needed .*repayplan\[arrow\]"):
        made.value.to_frame(kind, lists=True)


def test_duckdb_is_nobodys_extra(monkeypatch):
    pytest.importorskip("pyarrow")
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(ImportError, match="duckdb is needed for this: pip install duckdb"):
        frame_of({"x": Column(kind="count", values=np.arange(2))}, "duckdb")


FAILURES = st.builds(
    Failure,
    st.integers(0, 40),
    st.sampled_from(tuple(Code)),
    st.sampled_from(("fees", "principal", "months")),
    st.sampled_from(("", "-1", "{x}", "北", "2026-01-31")),
    st.sampled_from(("", "0 to 1", "> 2026-01-31", "7")),
)


@given(st.lists(FAILURES, max_size=12))
def test_sentences_together_are_the_sentences_one_by_one(several):
    failures = Failures.of(several)
    for language in ("en", "zh"):
        assert failures.texts(language).tolist() == [failure.text(language) for failure in failures]


@needs("polars", "narwhals", "pyarrow")
def test_a_round_trip_through_a_frame_is_the_same_batch():
    import polars as pl

    frame = pl.DataFrame(
        {
            "principal": pl.Series([Decimal("12000.00"), Decimal("0.01")]),
            "annual_rate": [0.12, 0.0],
            "next_due": [date(2026, 1, 31), date(2026, 2, 28)],
        }
    )
    given_ = {**TERMS}
    del given_["next_due"]
    loans = rp.Loans.from_frame(frame, **given_)
    back = {name: rp.minor(getattr(loans, name)) for name in ("principal", "fees")}
    table = frame_of(
        {
            "principal": Column(kind="money", values=back["principal"].units, decimals=2),
            "annual_rate": Column(kind="rate", values=loans.annual_rate),
            "next_due": Column(kind="date", values=loans.next_due),
        },
        frame,
    )
    again = rp.Loans.from_frame(table, **given_)
    for name in ("principal", "annual_rate", "next_due"):
        assert getattr(again, name).tolist() == getattr(loans, name).tolist()
