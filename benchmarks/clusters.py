"""What a loan costs a processor on Spark and on Dask, beside a stream of the same loans: Parquet in and out.

    python -m benchmarks clusters --loans 1000000

Each works out the decisions alone on two processors, or with ``--schedules`` every row of them too, from and
to Parquet. What is counted is the processors' time of all processes (the system's own count, of Linux), not
the clock's: it is what a machine is paid for, and changes less with what else the machine does. Each goes
once before, with few loans; Spark goes several times, because Java compiles while it runs.
"""

import argparse
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np

import repayplan as rp
from benchmarks.machine import processor
from benchmarks.streaming import work, write_source
from repayplan.edges.streaming import BLOCK_ROWS, BLOCK_ROWS_WRITTEN

BATCHES = (2_000, 10_000, 50_000)
"""Rows of an Arrow batch of Spark's; the second is its own default."""


def processes() -> dict[int, tuple[int, bool, float]]:
    """Each process's parent, whether it is Java's, and the seconds it and its ended children had."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            head, _, tail = path.read_text(encoding="utf-8").rpartition(")")
        except OSError:  # it has ended
            continue
        fields = tail.split()
        seconds = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
        found[int(path.parent.name)] = int(fields[1]), head.endswith("(java"), seconds
    return found


def used() -> tuple[float, float]:
    """Seconds that this process and all below it have had of a processor, and those of Java among them."""
    found = processes()

    def below(parent: int) -> Iterator[int]:
        yield parent
        for each, (above, _, _) in found.items():
            if above == parent:
                yield from below(each)

    mine = [found[each] for each in below(os.getpid())]
    return sum(seconds for _, _, seconds in mine), sum(seconds for _, java, seconds in mine if java)


def measured(name: str, loans: int, run: Callable[[], object]) -> None:
    """Run it, and print what it took."""
    begun, before = time.perf_counter(), used()
    run()
    seconds, spent = time.perf_counter() - begun, used()
    each, java = ((spent[at] - before[at]) / loans * 1e6 for at in (0, 1))
    of = f" ({java:.1f} of it Java's)" if java else ""
    print(f"{name:26} {each:6.2f} us of a processor a loan{of}, {seconds:.1f} s", flush=True)


def main(words: Sequence[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks clusters", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--loans", type=int, default=1_000_000, help="loans (default 1,000,000)")
    parser.add_argument("--partitions", type=int, default=8, help="of each frame (default 8)")
    parser.add_argument("--rounds", type=int, default=3, help="of Spark, which warms up (default 3)")
    parser.add_argument("--schedules", action="store_true", help="every row of every schedule too")
    parser.add_argument("--only-stream", action="store_true", help="neither Spark nor Dask")
    args = parser.parse_args(words)
    loans, decide = args.loans, work("schedules" if args.schedules else "decisions")

    names = ("pyarrow", *(() if args.only_stream else ("pandas", "dask", "pyspark")))
    libraries = ", ".join(f"{name} {version(name)}" for name in names)
    print(f"{loans:,} loans in {args.partitions} partitions; {processor()}")
    print(f"Python {platform.python_version()}, numpy {np.__version__}, {libraries}")
    with tempfile.TemporaryDirectory() as folder:
        few, many = Path(folder) / "few", Path(folder) / "many"
        for place, count in ((few, min(loans, 50_000)), (many, loans)):
            place.mkdir()
            for part in range(args.partitions):
                write_source(place / f"{part}.parquet", count // args.partitions)
        count = loans // args.partitions * args.partitions
        out = Path(folder) / "out"
        out.mkdir()

        (out / "alone").mkdir()
        alone(few, out / "alone", decide)
        each = alone(many, out / "alone", decide)
        said = ", ".join(f"{step} {spent:.2f}" for step, spent in each.items())
        print(f"us of a processor a loan, one thread: {said} (work has propose in it)")
        rp.stream(few, out / "stream-few", decide, workers=2)
        measured("stream, 2 threads", count, lambda: rp.stream(many, out / "stream", decide, workers=2))
        made = rp.stream(many, out / "stream", decide, workers=2)
        read = sum(file.stat().st_size for file in many.iterdir()) / count
        wrote = sum(each.bytes for part in made.parts for each in part.outputs.values()) / count
        print(f"bytes a loan: {read:.0f} read, {wrote:.0f} written; rows written: {made.rows}")
        if args.only_stream:
            return
        on_dask(few, out / "dask-few", decide)
        measured("Dask, 2 threads", count, lambda: on_dask(many, out / "dask", decide))
        spark = session()
        on_spark(spark, few, out / "spark-few", decide)
        for turn in range(args.rounds):
            for rows in BATCHES:
                spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", rows)
                name, place = f"Spark, batches of {rows:,}", out / f"spark-{rows}-{turn}"
                measured(name, count, lambda place=place: on_spark(spark, many, place, decide))
            measured("Spark, through Python only", count, lambda: through(spark, many))
        spark.stop()


def alone(source: Path, out: Path, decide: rp.Work) -> dict[str, float]:
    """Microseconds of a processor a loan, in one thread, of each step; propose by itself too."""
    from pyarrow import parquet

    spent = dict.fromkeys(("read", "propose", "work", "write"), 0.0)
    size = BLOCK_ROWS_WRITTEN if decide.schedules else BLOCK_ROWS
    loans, begun = 0, time.process_time()

    def lap(step: str) -> None:
        nonlocal begun
        spent[step] += time.process_time() - begun
        begun = time.process_time()

    for file in sorted(source.iterdir()):
        whole = parquet.read_table(file, use_threads=False)
        lap("read")
        for at in range(0, whole.num_rows, size):
            some = whole.slice(at, size)
            made = decide(some)
            lap("work")
            for name, table in made.items():
                parquet.write_table(table, out / f"{name}-{file.stem}-{at}.parquet", compression="zstd")
            lap("write")
            cases = rp.Loans.from_frame(some), rp.Households.from_frame(some, extra="ignore")
            begun = time.process_time()
            rp.propose(*cases, decide.policy)
            lap("propose")
        loans += whole.num_rows
        begun = time.process_time()
    return {step: seconds / loans * 1e6 for step, seconds in spent.items()}


def session() -> object:
    """A session of Spark on two processors of this machine."""
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    made = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    made = made.config("spark.ui.showConsoleProgress", "false")
    made = made.config("spark.driver.memory", "2g").config("spark.driver.host", "127.0.0.1")
    return made.getOrCreate()


def on_spark(spark: object, source: Path, out: Path, decide: rp.Work) -> None:
    """Parquet to Parquet on Spark, in one pass."""
    rp.on_spark(spark.read.parquet(str(source)), decide).write.parquet(str(out))


def through(spark: object, source: Path) -> None:
    """What Spark alone takes to hand the loans to Python and take them back, as they are."""
    frame = spark.read.parquet(str(source))
    frame.mapInArrow(lambda batches: batches, frame.schema).write.format("noop").mode("overwrite").save()


def on_dask(source: Path, out: Path, decide: rp.Work) -> None:
    """Parquet to Parquet on Dask, both results at once."""
    import dask
    import dask.dataframe

    results = rp.on_dask(dask.dataframe.read_parquet(source, dtype_backend="pyarrow"), decide)
    writes = [each.to_parquet(out / name, write_index=False, compute=False) for name, each in results.items()]
    dask.compute(*writes, scheduler="threads", num_workers=2)
