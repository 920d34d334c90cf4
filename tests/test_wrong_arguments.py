"""What frames, works and streams are called with: refused by name where it can't be meant, at once."""

import numpy as np
import pytest

import repayplan as rp
from extras import needs

pytestmark = needs("pyarrow")

CELLS = {"principal": ["300", "300"], "annual_rate": ["0", "0"], "original_term": [3, 3], "elapsed": [0, 0]}
CELLS |= {"id": ["a", "b"], "unpaid": [3, 3], "next_due": ["2026-01-31"] * 2}
PLAN = rp.equal_instalment(3)


def table(**columns):
    import pyarrow as pa

    return pa.table(CELLS | columns)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"columns": {"principal": 3}}, "columns"),
        ({"columns": {3: "principal"}}, "columns"),
        ({"columns": ["principal"]}, "columns"),
        ({"columns": "principal"}, "columns"),
        ({"further": 3}, "further"),
        ({"further": [3]}, "further"),
        ({"further": ["id", ""]}, "further"),
    ],
)
def test_of_from_frame(options, field):
    with pytest.raises(rp.InputError) as caught:
        rp.Loans.from_frame(table(), **options)
    assert (caught.value.field, caught.value.code) == (field, rp.Code.UNKNOWN_VALUE)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"plan": "x"}, "plan"),
        ({"plan": {"a": "x"}}, "plan"),
        ({"plan": {3: PLAN}}, "plan"),
        ({"plan": {}}, "plan"),
        ({"plan": None, "policy": "x"}, "policy"),
        ({"keep": 3}, "keep"),
        ({"keep": [3]}, "keep"),
        ({"ignored": [None]}, "ignored"),
        ({"columns": {"principal": 3}}, "columns"),
        ({"columns": ["principal"]}, "columns"),
        ({"given": ["principal"]}, "given"),
        ({"places": "2"}, "places"),
        ({"places": 2.5}, "places"),
        ({"extra": "keep"}, "extra"),
    ],
)
def test_of_a_work(options, field):
    with pytest.raises(rp.InputError) as caught:
        rp.Work(**{"plan": PLAN} | options)
    assert (caught.value.field, caught.value.code) == (field, rp.Code.UNKNOWN_VALUE)


@pytest.mark.parametrize("name", ["part_rows", "block_rows", "workers"])
@pytest.mark.parametrize("count", [0, -1, 2.5, "2", True])
def test_of_a_stream_that_counts_something(tmp_path, name, count):
    path = tmp_path / "loans.csv"
    path.write_text("principal\n1\n")
    with pytest.raises(rp.InputError) as caught:
        rp.stream(path, tmp_path / "out", rp.Work(plan=PLAN, extra="ignore"), **{name: count})
    assert (caught.value.field, caught.value.code) == (name, rp.Code.OUT_OF_RANGE)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [({"source": 3}, "3 is no path"), ({"source": [b"x"]}, "is no path"), ({"target": 3}, "path of a folder"),
     ({"work": "x"}, "a Work is needed")],
)  # fmt: skip
def test_of_a_stream(tmp_path, change, words):
    given = {"source": tmp_path / "x.csv", "target": tmp_path / "out", "work": rp.Work(plan=PLAN)}
    with pytest.raises(rp.InputError, match=words):
        rp.stream(**given | change)


def test_one_name_is_a_name_and_a_name_given_twice_is_one(tmp_path):
    from pyarrow import parquet

    loans = rp.Loans.from_frame(table(), further="id")
    assert loans.extra["id"].tolist() == ["a", "b"]
    made = rp.schedule(loans, PLAN).value
    pandas, polars = pytest.importorskip("pandas"), pytest.importorskip("polars")
    for frame in (table(), pandas.DataFrame(CELLS), polars.DataFrame(CELLS)):
        for keep in ("id", ["id", "id"]):
            assert list(made.to_frame(frame, keep=keep)["id"]) == list(
                made.to_frame(frame, keep=["id"])["id"]
            )
    with pytest.raises(rp.InputError) as caught:
        made.to_frame(table(), keep=[3])
    assert caught.value.field == "keep"
    parquet.write_table(table(), tmp_path / "loans.parquet")
    work = rp.Work(plan=PLAN, keep="id", extra="ignore")
    assert work.keep == ("id",)
    done = rp.stream(tmp_path / "loans.parquet", tmp_path / "out", work, part_rows=np.int64(1))
    assert len(done.parts) == 2


@pytest.mark.parametrize("kind", ["arrow", "pandas", "polars"])
def test_half_a_surrogate_pair_is_shown_as_its_escape(kind):
    pytest.importorskip("polars" if kind == "polars" else "pandas")
    cells = {name: column for name, column in CELLS.items() if name != "id"}
    failures = rp.Loans.from_columns(**cells | {"principal": ["x\ud800", "300"]}).failures
    frame = failures.to_frame(kind)
    assert [str(cell) for cell in frame["value"]] == ["x\\ud800"]
    assert "x\\ud800" in str(frame["message_en"][0])
