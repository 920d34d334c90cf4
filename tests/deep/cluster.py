"""Spark and Dask held against the verbs in memory, row by row, on more loans than CI has time for.

    python tests/deep/cluster.py

Every case takes loans from Parquet through `propose` or `schedule`, with schedules, on two processors, and
compares each column of each result with what the verbs say in memory. Each case that was done is a line of
`cluster.md` beside this file, with date and versions; one that has a line for these versions isn't done
again, so that a run that was ended goes on (`--anew` begins from nothing). It needs `.[spark,dask]` and Java.
"""

import argparse
import os
import platform
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

HEAD = """# Spark and Dask against the verbs in memory

Written by `python tests/deep/cluster.py`: what each case compared cell by cell, and whether it was the same.

| day (UTC) | case | loans | rows compared | versions | seconds | result |
| --- | --- | --- | --- | --- | --- | --- |
"""
RESULTS = Path(__file__).parent / "cluster.md"
LOANS = 5_000
SPARK = [
    (name, partitions, batch, broken)
    for name in ("propose", "schedule")
    for partitions, batch, broken in ((1, 10_000, False), (3, 997, False), (16, 100, False), (5, 2_000, True))
]
DASK = [(name, partitions) for name in ("propose", "schedule") for partitions in (1, 3, 16)]


def session():
    """Spark on two processors; a task that fails is tried three times."""
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    made = (
        SparkSession.builder.master("local[2,3]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.memory", "2g")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "4")
        .getOrCreate()
    )
    made.sparkContext.setLogLevel("OFF")
    return made


class DiesOnce:
    """Ends its process in the middle of the second task, the first time that this is tried."""

    def __init__(self, run, mark):
        self.run, self.mark = run, mark

    def __call__(self, batches):
        from pyspark import TaskContext

        for at, made in enumerate(self.run(batches)):
            yield made
            if at == 1 and TaskContext.get().partitionId() == 1 and not Path(self.mark).exists():
                Path(self.mark).touch()
                os._exit(9)


def on_spark(spark, source, out, work, partitions, batch, broken):
    """Each result as a table of pyarrow, by way of Parquet that Spark wrote in one pass."""
    from pyarrow import parquet

    import repayplan as rp
    from repayplan.edges.spark import InSpark, spark_schema

    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", batch)
    frame = spark.read.parquet(str(source)).repartition(partitions)
    if broken:
        mark = f"{out}.died"
        made = frame.mapInArrow(DiesOnce(InSpark(work), mark), spark_schema(work))
    else:
        made = rp.on_spark(frame, work)
    made.write.parquet(str(out / "made"))
    if broken:
        assert Path(mark).exists(), "no worker died"
    for name, each in rp.spark_results(spark.read.parquet(str(out / "made"))).items():
        each.coalesce(1).write.parquet(str(out / name))
    return {name: parquet.read_table(out / name) for name in work.outputs}


def on_dask(source, work, partitions):
    """Each result as a table of pyarrow."""
    import dask
    import dask.dataframe
    import pyarrow as pa

    import repayplan as rp

    frame = dask.dataframe.read_parquet(source, dtype_backend="pyarrow").repartition(npartitions=partitions)
    results = rp.on_dask(frame, work)
    made = dask.compute(*results.values(), scheduler="threads", num_workers=2)
    return {
        name: pa.Table.from_pandas(each, preserve_index=False)
        for name, each in zip(results, made, strict=True)
    }


def cases(spark):
    """Yield the name of each case, its work, and what runs it on a file into a folder."""
    from clusters import OFFERS, PLANS

    works = {"propose": OFFERS, "schedule": PLANS}
    for name, partitions, batch, broken in SPARK:
        how = "; a worker dies once" if broken else ""
        said = f"Spark: {name}, {partitions} partitions, batches of {batch:,}{how}"
        yield (
            said,
            works[name],
            lambda source, out, *, c=(works[name], partitions, batch, broken): on_spark(
                spark(), source, out, *c
            ),
        )
    for name, partitions in DASK:
        said = f"Dask: {name}, {partitions} partitions"
        yield said, works[name], lambda source, _, *, c=(works[name], partitions): on_dask(source, *c)


def main():
    """Run the cases that have no line yet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--anew", action="store_true", help="do all cases again")
    args = parser.parse_args()

    from pyarrow import parquet

    import repayplan as rp
    from clusters import by_verb, differences
    from portfolios import as_arrow, rows

    versions = ", ".join(
        [f"repayplan {rp.__version__}", f"Python {platform.python_version()}"]
        + [f"{name} {version(name)}" for name in ("numpy", "pyarrow", "pandas", "pyspark", "dask")]
    )
    if args.anew or not RESULTS.exists():
        RESULTS.write_text(HEAD, encoding="utf-8")
    done = {
        tuple(line.split(" | ")[at] for at in (1, 4))
        for line in RESULTS.read_text(encoding="utf-8").splitlines()
        if line.endswith("the same |")
    }
    table, wanted, sessions, wrong = as_arrow(rows(LOANS)), {}, [], Counter()

    def spark():
        if not sessions:
            sessions.append(session())
        return sessions[0]

    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "loans.parquet"
        parquet.write_table(table, source, row_group_size=1_000)
        for at, (said, work, run) in enumerate(cases(spark)):
            if (said, versions) in done:
                continue
            if work.main not in wanted:
                whole = {name: each.drop_columns(["row"]) for name, each in work(table).items()}
                wanted[work.main] = by_verb(work, table), whole
            begun, out = time.monotonic(), Path(folder) / str(at)
            found = run(source, out)
            differ = [each for want in wanted[work.main] for each in differences(found, want)]
            seconds, compared = time.monotonic() - begun, sum(each.num_rows for each in found.values())
            result = "the same" if not differ else "; ".join(differ)
            wrong[result] += 1
            cells = (f"{datetime.now(UTC):%Y-%m-%d}", said, f"{LOANS:,}", f"{compared:,}", versions)
            with RESULTS.open("a", encoding="utf-8") as file:
                file.write(f"| {' | '.join(cells)} | {seconds:.0f} | {result} |\n")
            sys.stdout.write(f"{said}: {result}, {seconds:.0f} s\n")
            sys.stdout.flush()
    for each in sessions:
        each.stop()
    sys.exit(1 if set(wrong) - {"the same"} else 0)


if __name__ == "__main__":
    main()
