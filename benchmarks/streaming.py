"""How fast a portfolio goes from Parquet through offers to Parquet, and in how much memory.

    python benchmarks/streaming.py --loans 1000000

The loans are those of ``run.py``, a million of them again and again. They are decided on in two forms: the
decisions alone, and with every row of every schedule; each in a process of its own, whose greatest memory the
system tells. Beside them, in the same run and with as many threads, stands what the same costs in memory:
reading the file, propose with every figure of the offers, writing the decisions. The bar is on the ratio of
the two, and on the memory; seconds change with how busy the machine is.
"""

import argparse
import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import ours
from portfolio import synthetic
from timing import held, processor

import repayplan as rp

AT_ONCE = 1_000_000
BARS = {"decisions: share of the speed in memory (at least)": 0.6, "GB of memory": 1.0}
FORMS = ("decisions", "schedules", "reasons")


def write_source(path: Path, loans: int) -> None:
    """Write so many loans and their households as Parquet."""
    from pyarrow import parquet

    table = source_table(min(loans, AT_ONCE))
    with parquet.ParquetWriter(path, table.schema) as writer:
        for begin in range(0, loans, AT_ONCE):
            writer.write_table(table.slice(0, min(AT_ONCE, loans - begin)), row_group_size=AT_ONCE)


def source_table(loans: int) -> object:
    """Return loans and households as a table of pyarrow."""
    from repayplan.edges.cells import Column, column
    from repayplan.edges.frames import arrow_table

    drawn = synthetic(loans)
    return arrow_table(
        {
            "id": column(np.char.add("L", np.arange(loans).astype(np.str_))),
            "principal": Column(kind="money", values=drawn.balance, decimals=2),
            "annual_rate": Column(kind="rate", values=drawn.rate * 10**6),
            "original_term": column(drawn.term),
            "elapsed": column(np.zeros(loans, np.int64)),
            "unpaid": column(drawn.term),
            "next_due": column(np.full(loans, np.datetime64(ours.FIRST_DUE))),
            "net_income": Column(kind="money", values=drawn.capacity + 200_000, decimals=2),
        }
    )


def work(form: str) -> rp.Work:
    """What is worked out in each form."""
    return rp.Work(
        policy=ours.policy(), keep=("id",), schedules=form == "schedules", explained=form == "reasons"
    )


def streamed(form: str, source: str, out: str, workers: int, codec: str) -> dict[str, object]:
    """Stream, and say how long it took and how much memory."""
    start = time.perf_counter()
    made = rp.stream(source, out, work(form), workers=workers, codec=codec)
    seconds = time.perf_counter() - start
    start = time.perf_counter()
    verified = rp.verify(out)
    if not verified.ok:
        sys.exit(str(verified))
    size = sum(each.bytes for part in made.parts for each in part.outputs.values())
    return {"seconds": seconds, "rows": made.rows, "bytes": size, "verify": time.perf_counter() - start}


def in_memory(source: str, out: str, workers: int, codec: str) -> dict[str, object]:
    """Do the same with all loans at once, step by step: seconds for a million loans of each step."""
    from pyarrow import parquet

    from repayplan.edges.frames import arrow_table
    from repayplan.edges.results import decisions

    begin, seconds = time.perf_counter(), {}

    def lap(step: str) -> None:
        nonlocal begin
        seconds[step] = time.perf_counter() - begin
        begin = time.perf_counter()

    table = parquet.ParquetFile(source).read_row_group(0, use_threads=workers > 1)
    lap("read")
    loans = rp.Loans.from_frame(table)
    homes = rp.Households.from_frame(table, extra="ignore")
    lap("frames")
    found = rp.propose(loans, homes, ours.policy(), workers=workers).value
    lap("propose")
    figures = decisions(found.row, found, explained=False)
    lap("figures")
    made = arrow_table(figures).append_column("id", table["id"].take(found.row))
    parquet.write_table(made, Path(out) / "decisions.parquet", compression=codec)
    lap("write")
    return {"loans": len(loans)} | seconds


def child(*args: object) -> dict[str, float]:
    """Run a form in a process of its own."""
    command = [sys.executable, __file__, "--child", *map(str, args)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--loans", type=int, default=1_000_000, help="loans (default 1,000,000)")
    parser.add_argument("--workers", type=int, default=2, help="threads (default 2)")
    parser.add_argument("--codec", default="zstd", help="of Parquet (default zstd)")
    parser.add_argument("--forms", nargs="+", choices=FORMS, default=FORMS[:2], help="which forms")
    parser.add_argument("--folder", help="where the files go (default: a temporary folder)")
    parser.add_argument("--child", nargs="+", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        form, source, out, workers, codec = args.child
        made = (
            in_memory(source, out, int(workers), codec)
            if form == "memory"
            else streamed(form, source, out, int(workers), codec)
        )
        # Of Linux in KiB; elsewhere in bytes.
        unit = 1024 if sys.platform.startswith("linux") else 1
        made["gigabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9
        print(json.dumps(made))
        return

    import pyarrow as pa

    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        source = Path(folder) / "loans.parquet"
        write_source(source, args.loans)
        size = source.stat().st_size / 1e6
        print(f"{args.loans:,} loans, {size:,.0f} MB; {args.workers} threads, {args.codec}")
        libraries = f"numpy {np.__version__}, pyarrow {pa.__version__}"
        print(f"{processor()}; Python {platform.python_version()}, {libraries}")
        memory = child("memory", source, folder, args.workers, args.codec)
        steps = ("read", "frames", "propose", "figures", "write")
        each = {step: memory[step] / memory["loans"] * 1e6 for step in steps}
        print("in memory, us a loan: " + ", ".join(f"{step} {each[step]:.2f}" for step in steps))
        found: dict[str, float] = {}
        most = 0.0
        for form in args.forms:
            made = child(form, source, Path(folder) / form, args.workers, args.codec)
            rows, seconds = made["rows"], made["seconds"]
            written = rows["decisions"] + rows.get("schedules", 0)
            each_second = f"{rows['read'] / seconds:,.0f} loans/s, {written / seconds:,.0f} rows/s"
            size = f"{made['bytes'] / seconds / 1e6:.1f} MB/s, {made['bytes'] / written:.1f} B/row"
            peak = f"{made['gigabytes']:.2f} GB of memory, verified in {made['verify']:.1f} s"
            print(f"{form}: {seconds:.1f} s, {each_second}, {size}, {peak}", flush=True)
            most = max(most, made["gigabytes"])
            if form == "decisions":
                found[next(iter(BARS))] = sum(each.values()) * rows["read"] / 1e6 / seconds
        print()
        held(found | {"GB of memory": most}, BARS)


if __name__ == "__main__":
    main()
