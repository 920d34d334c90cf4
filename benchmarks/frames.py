"""How long a portfolio takes from a frame of each library, and back into one.

    python benchmarks/frames.py --loans 1000000

Ten columns of a portfolio: four amounts as decimals, a rate, counts, dates and names. All libraries hold
the same figures; before a figure is printed, what was read from each is compared with what was read from the
arrays. Libraries that aren't installed are left out, and named. Beside them stand the arrays themselves, and
pyarrow's own reading of a Parquet file of the same columns. On a quiet machine a million loans take 0.3 to
0.5 s from polars or Arrow, and what is compared is their ratio to the arrays, which a busy one changes less.
"""

import argparse
import io
import platform
import sys
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
from portfolio import synthetic
from timing import Contender, held, interleaved, processor

import repayplan as rp

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


def frames(columns: dict[str, np.ndarray]) -> tuple[dict[str, Any], list[str]]:
    """Return the same columns in every library there is, and those there aren't."""
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
    gone: list[str] = []
    for name, kind in {
        "pandas of Arrow": "pandas",
        "polars": "polars",
        "polars, lazy": "polars-lazy",
    }.items():
        try:
            made[name] = frame_of(table, kind)
        except ImportError:
            gone.append(kind)
    try:
        made["Arrow"] = frame_of(table, "arrow")
        made["Arrow, a thousand chunks"] = chunked(made["Arrow"])
    except ImportError:
        gone.append("pyarrow")
    try:
        made["DuckDB"] = frame_of(table, "duckdb")
    except ImportError:
        gone.append("duckdb")
    return made, gone


def chunked(table: Any) -> Any:
    """Return a table in a thousand pieces."""
    import pyarrow as pa

    step = max(table.num_rows // 1000, 1)
    return pa.concat_tables([table.slice(at, step) for at in range(0, table.num_rows, step)])


def versions(*libraries: str) -> str:
    """Return which version of each library there is."""
    found = []
    for name in libraries:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)


def same(name: str, one: rp.Loans, other: rp.Loans) -> None:
    """Stop unless two batches are the same."""
    for field in (*OWED, "annual_rate", "original_term", "elapsed", "unpaid", "next_due", "frequency"):
        if not (getattr(one, field) == getattr(other, field)).all():
            sys.exit(f"{name}: {field} was read otherwise")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--loans", type=int, default=1_000_000, help="loans (default 1,000,000)")
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds (default 5)")
    args = parser.parse_args()

    columns = arrays(args.loans)
    made, gone = frames(columns)
    plain: dict[str, Any] = {
        name: rp.minor(values) if name in OWED else values for name, values in columns.items()
    }
    print(f"{args.loans:,} loans, {len(columns)} columns; median of {args.rounds} rounds, in turn")
    print(f"{processor()}; Python {platform.python_version()}, numpy {np.__version__}")
    print(f"repayplan {rp.__version__}; {versions('narwhals', 'pandas', 'polars', 'pyarrow', 'duckdb')}")
    if gone:
        print(f"not installed, left out: {', '.join(gone)}")

    works: dict[str, Callable[[], Any]] = {"arrays": lambda: rp.Loans.from_columns(**plain)}
    for name, frame in made.items():
        works[name] = lambda frame=frame: rp.Loans.from_frame(frame)
    want = works["arrays"]()
    for name, work in works.items():
        same(name, work(), want)
    if "Arrow" in made:
        from pyarrow import parquet

        file = io.BytesIO()
        parquet.write_table(made["Arrow"], file)
        works["(pyarrow reads the same from Parquet in memory)"] = lambda: parquet.read_table(
            io.BytesIO(file.getvalue())
        )
    rows = rp.schedule(want.take(np.arange(min(args.loans, 100_000))), rp.equal_instalment(12)).value
    for kind in ("pandas", "polars", "arrow"):
        try:
            rows.to_frame(kind)
        except ImportError:
            continue
        works[f"{len(rows):,} schedules of 12 rows to {kind}"] = lambda kind=kind: rows.to_frame(kind)
    contenders = {name: Contender(name, work, args.loans) for name, work in works.items()}
    start = time.perf_counter()
    interleaved(contenders, args.rounds)
    width = max(map(len, contenders))
    for name, each in contenders.items():
        print(f"{name:{width}}  {each.each * args.loans / 1e9:7.3f} s")
    print(f"all of it: {time.perf_counter() - start:.0f} s\n")
    alone = contenders["arrays"].each
    held({name: contenders[name].each / alone for name in BARS if name in contenders}, BARS)


if __name__ == "__main__":
    main()
