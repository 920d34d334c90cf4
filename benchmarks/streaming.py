"""How fast a portfolio goes from Parquet through offers to Parquet, and in how much memory.

The loans are those of ``rows.py``, a million of them again and again. They are decided on in two forms: the
decisions alone, and with every row of every schedule; each in a process of its own, whose greatest memory the
system tells. Beside them, in the same run and with as many threads, stands what the same costs in memory:
reading the file, propose with every figure of the offers, writing the decisions. The bar is on the ratio of
the two, and on the memory; seconds change with how busy the machine is.
"""

import json
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import repayplan as rp
from benchmarks import machine, ours
from benchmarks.portfolio import synthetic
from benchmarks.result import Figure, Result, Table, checks
from benchmarks.size import Size

ROOT = Path(__file__).parent.parent
ABOUT = "a portfolio from Parquet through offers to Parquet"
CODEC = "zstd"
AT_ONCE = 1_000_000
BARS = {"decisions: share of the speed in memory (at least)": 0.6, "GB of memory": 1.0}
FORMS = ("decisions", "schedules")


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
    return rp.Work(policy=ours.policy(), keep=("id",), schedules=form == "schedules", explained=False)


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

    from repayplan.edges.decisiontables import decisions
    from repayplan.edges.frames import arrow_table

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


def child(*args: object) -> dict[str, Any]:
    """Run a form in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.streaming", *map(str, args)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout)


def in_child(form: str, source: str, out: str, workers: str, codec: str) -> None:
    """What the process of one form does."""
    run = in_memory if form == "memory" else partial(streamed, form)
    made = run(source, out, int(workers), codec)
    print(json.dumps(made | {"gigabytes": machine.peak() / 1e9}))


def measure(size: Size) -> Result:
    """Each form once, after the same in memory."""
    where, workers = machine.here(size.load), 2
    if "pyarrow" not in where["libraries"]:
        return Result(
            area="streaming",
            about=ABOUT,
            size=f"{size.loans:,} loans",
            machine=where,
            tables=(),
            left_out={"streaming": "needs pyarrow (pip install pyarrow)"},
        )
    times, found, notes = [], {}, []
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "loans.parquet"
        write_source(source, size.loans)
        memory = child("memory", source, folder, workers, CODEC)
        steps = ("read", "frames", "propose", "figures", "write")
        each = {step: memory[step] / memory["loans"] * 1e9 for step in steps}
        times.append(_once("in memory, decisions", sum(each.values()), memory["loans"]))
        notes.append(
            "In memory, ns a loan: " + ", ".join(f"{step} {ns:,.0f}" for step, ns in each.items()) + "."
        )
        peaks = [_once("in memory, decisions", memory["gigabytes"] * 1e3, memory["loans"])]
        for form in FORMS:
            made = child(form, source, Path(folder) / form, workers, CODEC)
            rows, seconds, name = made["rows"], made["seconds"], f"stream, {form}"
            written = rows["decisions"] + rows.get("schedules", 0)
            times.append(_once(name, seconds / rows["read"] * 1e9, rows["read"]))
            peaks.append(_once(name, made["gigabytes"] * 1e3, rows["read"]))
            notes.append(
                f"{name}: {rows['read'] / seconds:,.0f} loans/s, {written / seconds:,.0f} rows/s written, "
                f"{made['bytes'] / seconds / 1e6:.1f} MB/s, {made['bytes'] / written:.1f} bytes a row "
                f"({CODEC}); verified in {made['verify']:.1f} s."
            )
            if form == "decisions":
                found[next(iter(BARS))] = sum(each.values()) * rows["read"] / 1e9 / seconds
        found["GB of memory"] = max(each.median for each in peaks[1:]) / 1e3
    return Result(
        area="streaming",
        about=ABOUT,
        size=f"{size.loans:,} loans; {workers} threads; each form once, in a process of its own",
        machine=where,
        tables=(
            Table(title="Parquet to Parquet", unit="ns a loan", figures=tuple(times), counted="loans"),
            Table(title="most memory", unit="MB", figures=tuple(peaks), counted="loans"),
        ),
        checks=checks(found, BARS),
        notes=tuple(notes),
    )


def _once(name: str, value: float, of: int) -> Figure:
    return Figure.among(name, [value], of=of)


if __name__ == "__main__":
    in_child(*sys.argv[1:])
