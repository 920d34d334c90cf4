"""What a cluster's workers run, without a cluster: the answers of the block function, told apart by id."""

import pickle
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples import examples
from extras import needs
from portfolios import as_arrow, rows
from repayplan import Code, InputError, Policy, Work, col, equal_instalment, on_dask, on_spark
from repayplan.edges.cluster import schemas_of, worked
from repayplan.edges.dask import in_dask
from repayplan.edges.framekind import FrameError
from repayplan.edges.spark import InSpark, spark_schema

pytestmark = needs("pyarrow", "pandas")

CELLS = rows(120)
WORKS = {
    "offers": Work(policy=Policy.example("consumer"), schedules=True, explained=False, keep=("id",)),
    "a plan": Work(plan=equal_instalment(col("unpaid")), schedules=True, extra="ignore", keep=("id",)),
}


def want(work, table):
    """What the block function says of all rows at once."""
    return {name: made.drop_columns(["row"]).to_pylist() for name, made in work(table).items()}


def blocks(table, borders):
    ends = sorted({0, table.num_rows, *borders})
    return [table.slice(a, b - a) for a, b in pairwise(ends)]


def apart(batches, work):
    """Each result's rows, of batches with a column of structs for each."""
    found = {name: [] for name in work.outputs}
    for batch in batches:
        for row in batch.to_pylist():
            [(name, cell)] = [(name, cell) for name, cell in row.items() if cell is not None]
            found[name].append(cell)
    return found


@pytest.mark.parametrize("name", WORKS)
@given(borders=st.lists(st.integers(0, 120), max_size=5))
@examples(8)
def test_a_worker_of_spark_gives_what_the_block_function_gives(name, borders):
    work, table = WORKS[name], as_arrow(CELLS)
    batches = [each.combine_chunks().to_batches()[0] for each in blocks(table, borders)]
    run = pickle.loads(pickle.dumps(InSpark(work)))  # noqa: S301 - our own bytes
    made = list(run(iter(batches)))
    assert apart(made, work) == want(work, table)
    for batch in made:
        assert batch.schema.names == list(work.outputs)
        for output, schema in schemas_of(work).items():
            assert list(batch.schema.field(output).type) == list(schema)


@pytest.mark.parametrize("name", WORKS)
@given(borders=st.lists(st.integers(0, 120), max_size=5))
@examples(8)
def test_a_worker_of_dask_gives_what_the_block_function_gives(name, borders):
    import pyarrow as pa

    work, table = WORKS[name], as_arrow(CELLS)
    found = {output: [] for output in work.outputs}
    for part in blocks(table, borders):
        frame = part.to_pandas()
        frame.index = frame.index + 7  # which isn't a column
        for output, made in in_dask(work, frame).items():
            back = pa.Table.from_pandas(made, preserve_index=False)
            assert back.schema.remove_metadata() == schemas_of(work)[output]
            found[output] += back.to_pylist()
    assert found == want(work, table)


def test_a_large_piece_is_worked_on_in_blocks(monkeypatch):
    import pyarrow as pa

    monkeypatch.setattr("repayplan.edges.cluster.BLOCK_ROWS_WRITTEN", 50)
    work, table = WORKS["offers"], as_arrow(CELLS)
    made = list(worked(work, table))
    assert len(made) == 3
    joined = {name: pa.concat_tables([each[name] for each in made]).to_pylist() for name in work.outputs}
    assert joined == want(work, table)


def test_what_is_handed_to_spark_at_once_is_bounded(monkeypatch):
    monkeypatch.setattr("repayplan.edges.spark.BATCH_ROWS", 100)
    work, table = WORKS["a plan"], as_arrow(CELLS)
    made = list(InSpark(work)(table.to_batches()))
    assert max(batch.num_rows for batch in made) == 100
    assert apart(made, work) == want(work, table)


def test_the_schema_is_said_in_the_words_of_spark():
    work = Work(plan=equal_instalment(3), keep=("a`b",))
    loans, failures = spark_schema(work).split(", `failures` ")
    assert loans.startswith("`loans` struct<`a``b`: string, `plan`: string, `instalments`: bigint, ")
    assert ", `first_due`: date, " in loans
    assert loans.endswith("`total_payment`: decimal(21, 2), `paid_off_early`: boolean>")
    assert failures.startswith("struct<`a``b`: string, `code`: string, ")
    assert failures.endswith(", `message_zh`: string>")


class OfSpark:
    """Has what a DataFrame of Spark is known by."""

    def mapInArrow(self, *_):  # noqa: N802 - Spark's name
        raise AssertionError


def test_loans_must_be_told_apart():
    with pytest.raises(InputError) as caught:
        on_spark(OfSpark(), Work(plan=equal_instalment(3)))
    assert (caught.value.code, caught.value.field) == (Code.MISSING, "keep")


def test_what_is_no_dataframe_of_spark_is_refused():
    with pytest.raises(FrameError, match="dict is no DataFrame of Spark"):
        on_spark({}, WORKS["a plan"])


def test_cells_that_arrow_has_no_type_for_are_named():
    frame = as_arrow(CELLS).to_pandas()
    frame["principal"] = [1, "x", object(), *frame["principal"][3:]]
    with pytest.raises(FrameError, match=r"column 'principal' \(object\): Arrow has no type") as caught:
        in_dask(WORKS["offers"], frame)
    assert caught.value.column == "principal"


@needs("dask")
def test_what_is_no_dataframe_of_dask_is_refused():
    with pytest.raises(FrameError, match="dict is no DataFrame of Dask"):
        on_dask({}, WORKS["a plan"])
