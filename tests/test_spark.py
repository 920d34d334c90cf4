"""Spark for real, in its local mode: what it gives is what the verbs give in memory, row by row."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from clusters import OFFERS, PLANS, by_verb, differences
from extras import needs
from portfolios import as_arrow, rows
from repayplan import Work, on_spark, spark_results
from repayplan.edges.framekind import FrameError
from repayplan.edges.spark import InSpark

pytestmark = [
    needs("pyspark", "pyarrow", "pandas"),
    pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java, and there is none"),
    pytest.mark.filterwarnings("default"),  # Spark's own
    pytest.mark.slow,
]

SIZE = 240
CELLS = rows(SIZE)
THREADS = Path("/proc/self/task")


@pytest.fixture(scope="module")
def spark():
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    made = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.maxMetadataStringLength", "10000")
        .config("spark.driver.host", "127.0.0.1")
        .getOrCreate()
    )
    made.sparkContext.setLogLevel("ERROR")
    yield made
    made.stop()


def given(spark, partitions, cells=CELLS):
    return spark.createDataFrame(as_arrow(cells).to_pandas()).repartition(partitions)


def collected(made):
    """Each result as a table of pyarrow, in the types that Spark has."""
    import pyarrow as pa
    from pyspark.sql.pandas.types import to_arrow_schema

    return {
        name: pa.Table.from_pylist([row.asDict() for row in each.collect()], to_arrow_schema(each.schema))
        for name, each in spark_results(made).items()
    }


@pytest.mark.parametrize(("partitions", "batch"), [(1, 10_000), (3, 17), (7, 100)])
@pytest.mark.parametrize("work", [OFFERS, PLANS], ids=["propose", "schedule"])
def test_it_gives_what_the_verbs_give_whatever_the_partitions(spark, work, partitions, batch):
    table = as_arrow(CELLS)
    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", batch)
    made = on_spark(given(spark, partitions), work).persist()
    try:
        found = collected(made)
    finally:
        made.unpersist()
    assert tuple(found) == work.outputs
    assert differences(found, by_verb(work, table)) == []
    whole = {name: each.drop_columns(["row"]) for name, each in work(table).items()}
    assert differences(found, whole) == []
    assert {name: each.column_names for name, each in found.items()} == {
        name: each.column_names for name, each in whole.items()
    }
    for name, each in found.items():  # decimals, dates, counts and flags as they are said
        assert each.schema.types == whole[name].schema.types


def test_rows_that_failed_have_the_ids_of_their_loans(spark):
    failed = collected(on_spark(given(spark, 5), OFFERS))["failures"]
    assert "row" not in failed.column_names
    wrong = {cell for at, cell in enumerate(CELLS["id"]) if CELLS["principal"][at] == "-1"}
    negative = {row["id"] for row in failed.to_pylist() if row["field"] == "principal"}
    assert wrong == negative != set()


def test_a_column_that_is_wrong_is_said_before_spark_begins(spark):
    frame = given(spark, 2)
    with pytest.raises(FrameError, match="there is no column principal"):
        on_spark(frame.drop("principal"), OFFERS)
    with pytest.raises(FrameError, match="colour") as caught:
        on_spark(frame.withColumnRenamed("adults", "colour"), OFFERS)
    assert caught.value.field == "colour"
    with pytest.raises(FrameError, match="dates are needed"):
        on_spark(frame.withColumn("next_due", frame.unpaid.cast("bigint")), OFFERS)


TIMES = {"at": "timestamp'2026-01-31 00:00:00'", "span": "interval 3 days", "months": "interval 2 months"}


def test_times_that_are_not_read_are_no_matter_and_read_ones_are_named(spark):
    frame = given(spark, 1).selectExpr("*", *(f"{said} AS {name}" for name, said in TIMES.items()))
    ignoring = Work(plan=PLANS.plan, extra="ignore", keep=("id",))
    out = Work(policy=OFFERS.policy, ignored=tuple(TIMES), keep=("id",))
    assert "loans" in on_spark(frame, ignoring).columns
    assert "decisions" in on_spark(frame, out).columns
    for name in TIMES:
        wrong = frame.drop("next_due").withColumnRenamed(name, "next_due")
        with pytest.raises(FrameError, match="next_due"):
            on_spark(wrong, ignoring)
    with pytest.raises(FrameError, match=r"'months' .interval month"):
        on_spark(frame, Work(plan=PLANS.plan, extra="ignore", keep=("months",)))


@pytest.mark.parametrize("name", ["a.b", "a`b", "a b"])
def test_a_column_of_any_name_is_kept(spark, name):
    frame = given(spark, 1).withColumnRenamed("id", name)
    made = on_spark(frame, Work(plan=PLANS.plan, extra="ignore", keep=(name,)))
    found = [row[name] for each in spark_results(made).values() for row in each.collect()]
    assert set(found) == set(CELLS["id"])


def test_spark_reads_no_column_that_is_not_used(spark, tmp_path):
    frame = given(spark, 2).selectExpr("*", "'x' AS colour", "1 AS `a.b`")
    frame.write.parquet(str(tmp_path / "loans"))
    read = spark.read.parquet(str(tmp_path / "loans"))
    made = on_spark(read, Work(policy=OFFERS.policy, extra="ignore", keep=("id",)))
    # What Spark will do is on its JVM's side of the frame; Python has no name for it.
    plan = made._jdf.queryExecution().executedPlan().toString()
    schema = plan.split("ReadSchema: ")[1]
    assert all(f"{name}:" in schema for name in CELLS)
    assert "colour" not in schema
    assert "a.b" not in schema


def test_results_can_be_written_and_read_again(spark, tmp_path):
    on_spark(given(spark, 2), OFFERS).write.parquet(str(tmp_path / "made"))
    found = collected(spark.read.parquet(str(tmp_path / "made")))
    assert differences(found, by_verb(OFFERS, as_arrow(CELLS))) == []


@pytest.mark.skipif(not THREADS.is_dir(), reason="the system doesn't list a process's threads")
def test_a_task_has_one_thread(spark):
    """No more threads in a worker's process when it has worked than when it began."""

    def counted(batches):
        import pyarrow as pa

        begun = len(list(THREADS.iterdir()))
        made = sum(each.num_rows for each in InSpark(OFFERS)(batches))
        yield pa.record_batch({"made": [made], "more": [len(list(THREADS.iterdir())) - begun]})

    rows_ = given(spark, 2).mapInArrow(counted, "made long, more long").collect()
    assert [row.more for row in rows_] == [0, 0]
    assert all(row.made for row in rows_)
