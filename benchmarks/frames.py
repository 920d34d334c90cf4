"""How long a portfolio takes from a frame of each library, and back into one.

Ten columns of a portfolio: four amounts as decimals, a rate, counts, dates and names. All libraries hold
the same figures; before a figure is printed, what was read from each is compared with what was read from the
arrays. Libraries that aren't installed are left out, and named. Beside them stand the arrays themselves, and
pyarrow's own reading of a Parquet file of the same columns. On a quiet machine a million loans take 0.3 to
0.5 s from polars or Arrow, and what is compared is their ratio to the arrays, which a busy one changes less.
"""

import io
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

import repayplan as rp
from benchmarks import machine
from benchmarks.portfolio import synthetic
from benchmarks.result import Result, Table, checks
from benchmarks.size import Size
from benchmarks.timing import Contender, interleaved

ARRAYS = "arrays"
# Ratios of medians to that of the arrays.
BARS = {"polars": 2.0, "polars, lazy": 2.0, "Arrow": 2.0}
OWED = ("principal", "overdue_principal", "overdue_interest", "fees")


def arrays(loans: int) -> dict[str, np.ndarray]:
    """Return the columns as arrays: cents, a rate as a float, counts, dates and names."""
    drawn, random = synthetic(loans), np.random.default_rng(7)
    elapsed = (drawn.term * random.random(loans)).astype(np.int64)
    return {
        "principal": drawn.balance,
        **{name: random.integers(0, 50_000, loans) for name in OWED[1:]},
        "annual_rate": drawn.rate / 10_000,
        "original_term": drawn.term,
        "elapsed": elapsed,
        "unpaid": drawn.term - elapsed,
        "next_due": np.datetime64("2026-01-01") + random.integers(0, 28, loans),
        "frequency": np.array(["monthly", "weekly"])[random.integers(0, 2, loans)],
    }


def frames(columns: dict[str, np.ndarray]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the same columns in every library there is, and why others aren't there."""
    from repayplan.edges.cells import Column, column
    from repayplan.edges.frames import frame_of

    table = {
        name: Column(kind="money", values=values, decimals=2) if name in OWED else column(values)
        for name, values in columns.items()
        if name != "annual_rate"
    }
    table["annual_rate"] = Column(
        kind="rate", values=(columns["annual_rate"] * 10_000).round().astype(int) * 10**6
    )
    made: dict[str, Any] = {}
    gone: dict[str, str] = {}
    for name, kind in {
        "pandas of Arrow": "pandas",
        "polars": "polars",
        "polars, lazy": "polars-lazy",
    }.items():
        try:
            made[name] = frame_of(table, kind)
        except ImportError as error:
            gone[name] = str(error)
    try:
        made["Arrow"] = frame_of(table, "arrow")
        made["Arrow, a thousand chunks"] = chunked(made["Arrow"])
    except ImportError as error:
        gone["Arrow"] = str(error)
    try:
        made["DuckDB"] = frame_of(table, "duckdb")
    except ImportError as error:
        gone["DuckDB"] = str(error)
    return made, gone


def chunked(table: Any) -> Any:
    """Return a table in a thousand pieces."""
    import pyarrow as pa

    step = max(table.num_rows // 1000, 1)
    return pa.concat_tables([table.slice(at, step) for at in range(0, table.num_rows, step)])


def same(name: str, one: rp.Loans, other: rp.Loans) -> None:
    """Stop unless two batches are the same."""
    for field in (*OWED, "annual_rate", "original_term", "elapsed", "unpaid", "next_due", "frequency"):
        if not (getattr(one, field) == getattr(other, field)).all():
            sys.exit(f"{name}: {field} was read otherwise")


def measure(size: Size) -> Result:
    """All of it in one interleaved run."""
    where = machine.here(size.load)
    columns = arrays(size.loans)
    made, left_out = frames(columns)
    plain: dict[str, Any] = {
        name: rp.minor(values) if name in OWED else values for name, values in columns.items()
    }
    works: dict[str, Callable[[], Any]] = {ARRAYS: lambda: rp.Loans.from_columns(**plain)}
    for name, frame in made.items():
        works[name] = lambda frame=frame: rp.Loans.from_frame(frame)
    want = works[ARRAYS]()
    for name, work in works.items():
        same(name, work(), want)
    if "Arrow" in made:
        from pyarrow import parquet

        file = io.BytesIO()
        parquet.write_table(made["Arrow"], file)
        works["(pyarrow reads the same from Parquet in memory)"] = lambda: parquet.read_table(
            io.BytesIO(file.getvalue())
        )
    into = [Contender(name, work, size.loans) for name, work in works.items()]
    rows = rp.schedule(want.take(np.arange(min(size.loans, 50_000))), rp.equal_instalment(12)).value
    out = []
    for kind in ("pandas", "polars", "arrow"):
        try:
            rows.to_frame(kind)
        except ImportError:
            continue
        out.append(Contender(f"to {kind}", lambda kind=kind: rows.to_frame(kind), 12 * len(rows)))
    interleaved([*into, *out], size.rounds)
    alone = into[0].each
    return Result(
        area="frames",
        about="a portfolio from a frame of each library, and its schedules back into one",
        size=f"{size.loans:,} loans, {len(columns)} columns; {size.rounds} rounds",
        machine=where,
        tables=(
            Table(
                title="loans from",
                unit="ns a loan",
                figures=tuple(each.figure() for each in into),
                yardstick=ARRAYS,
                counted="loans",
            ),
            Table(
                title="schedules of 12 rows",
                unit="ns a row",
                figures=tuple(each.figure() for each in out),
                counted="rows",
            ),
        ),
        checks=checks({each.name: each.each / alone for each in into}, BARS),
        left_out=left_out,
    )
