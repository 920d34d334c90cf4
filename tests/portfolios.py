"""A small portfolio with every kind of row: offered, refused, not eligible, and wrong in each way."""

from decimal import Decimal

import numpy as np

COLUMNS = (
    "id", "principal", "annual_rate", "original_term", "elapsed", "unpaid", "next_due", "overdue_interest",
    "adults", "net_income", "cost_rent",
)  # fmt: skip


def rows(size, seed=1):
    """Columns of text of so many loans; about one in eight has a fault."""
    random = np.random.default_rng(seed)
    term = random.integers(6, 60, size)
    elapsed = (term * random.random(size) * 0.8).astype(int)
    cells = {
        "id": [f"L-{at}" for at in range(size)],
        "principal": [f"{units / 100:.2f}" for units in random.integers(50_000, 3_000_000, size)],
        "annual_rate": [f"0.{rate:04}" for rate in random.integers(100, 2_400, size)],
        "original_term": [str(n) for n in term],
        "elapsed": [str(n) for n in elapsed],
        "unpaid": [str(n) for n in term - elapsed],
        "next_due": [f"2026-0{month}-{day:02}" for month, day in random.integers(1, (9, 28), (size, 2))],
        "overdue_interest": [f"{units / 100:.2f}" for units in random.integers(0, 9_000, size)],
        "adults": [str(n) for n in random.integers(1, 3, size)],
        "net_income": [f"{units / 100:.2f}" for units in random.integers(150_000, 1_200_000, size)],
        "cost_rent": [f"{units / 100:.2f}" for units in random.integers(0, 150_000, size)],
    }
    wrong = {
        "principal": "-1",
        "annual_rate": "12%",
        "next_due": "31/01/2026",
        "adults": "",
        "elapsed": "1.5",
    }
    for at in np.flatnonzero(random.random(size) < 1 / 8):
        name = list(wrong)[random.integers(len(wrong))]
        cells[name][at] = wrong[name]
    return cells


def as_csv(cells, *, end="\n"):
    """The same as a CSV file's bytes."""
    lines = [",".join(cells), *(",".join(row) for row in zip(*cells.values(), strict=True))]
    return (end.join(lines) + end).encode()


def as_arrow(cells, rows=slice(None)):
    """The same as a table of pyarrow."""
    import pyarrow as pa

    return pa.table({name: pa.array(column[rows], pa.string()) for name, column in cells.items()})


def total(tables, name):
    """What a column of decimals adds up to, exactly."""
    cells = [cell for table in tables for cell in table[name].to_pylist()]
    return sum((cell for cell in cells if cell is not None), Decimal(0))


RUN = {"part_rows": 40, "block_rows": 15}
"""How the streams of the tests are cut."""
