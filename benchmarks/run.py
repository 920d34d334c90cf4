"""How fast repayplan is on this machine, beside the loops that people write instead of it.

    python benchmarks/run.py --loans 1000000

Every contender runs once in each round, in turn, so that a slow moment of the machine hits all alike; the
medians of the rounds are compared. Contenders too slow for the whole portfolio run on its first loans and are
stated per row. Before a figure is printed, the C loop's rows and repayplan's are compared, all of them.
"""

import argparse
import gc
import platform
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
import ours
import peers
from portfolio import Portfolio, synthetic
from timing import Contender, held, interleaved, processor

import repayplan

# What must hold, as ratios of medians (smaller is better unless it says at least).
BARS = {
    "level rows, 1 thread, to C": 1.5,
    "numpy-financial padded to level rows, best of 1 and 2 threads (at least)": 50.0,
    "one loan, read and scheduled, 36 rows, ms": 0.5,
    "one loan, read and scheduled, 120 rows, ms": 1.0,
    "one loan, read and scheduled, 480 rows, ms": 4.0,
    "propose, constant capacity, to level rows": 1.5,
}

TERMS = (36, 120, 480)
"""Rows of the loans that are timed alone."""


def compare(loans: Portfolio, fill: Callable[[Portfolio, peers.Columns], None]) -> None:
    """Stop unless the C loop and repayplan agree in every row."""
    theirs = peers.empty_columns(loans.rows)
    fill(loans, theirs)
    for name, their, our in zip(
        ("interest", "principal", "closing"), theirs, ours.columns(loans), strict=True
    ):
        different = int((their != our).sum())
        if different:
            sys.exit(f"{different} of {loans.rows} rows differ in {name}")


def scalar(work: Callable[[], object], runs: int = 200) -> float:
    """Median milliseconds of what is done for one loan."""
    seconds = []
    gc.collect()
    for _ in range(runs):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds) * 1e3


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--loans", type=int, default=200_000, help="loans in the portfolio (default 200,000)")
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds (default 5)")
    args = parser.parse_args()

    loans = synthetic(args.loans)
    print(f"{len(loans):,} loans, {loans.rows:,} rows, terms {loans.term.min()}-{loans.term.max()}")
    print(f"{processor()}; Python {platform.python_version()}, numpy {np.__version__}")
    print(f"repayplan {repayplan.__version__}; {peers.compiler_version()}")

    start = time.perf_counter()
    read = ours.read(loans)
    print(f"reading the columns (once, not in the figures below): {time.perf_counter() - start:.2f} s")
    fill = peers.compiled_loop()
    contenders = {}

    def add(name: str, work: Callable[[], object], count: int = loans.rows) -> None:
        contenders[name] = Contender(name, work, count)

    if fill is not None:
        compare(loans, fill)
        print("every row agrees with the C loop")
        warm = peers.empty_columns(loans.rows)
        add("C loop, fresh buffers", lambda: fill(loans, peers.empty_columns(loans.rows)))
        add("C loop, warm buffers", lambda: fill(loans, warm))
    for name, work in ours.works(read, ours.households(loans)).items():
        add(name, work)
    fewer = loans.head(1_000)
    try:
        import numpy_financial  # noqa: F401
    except ImportError:
        print("numpy-financial isn't installed: left out")
    else:
        add("numpy-financial, padded grid", lambda: peers.financial_padded(loans), loans.rows)
        add("numpy-financial, grouped by term", lambda: peers.financial_grouped(loans), loans.rows)
    add("Python integers", lambda: peers.integer_loop(fewer), fewer.rows)
    add("Decimal", lambda: peers.decimal_loop(fewer), fewer.rows)

    interleaved(contenders, args.rounds)
    report(contenders)


def report(contenders: dict[str, Contender]) -> None:
    """Print the medians, and the ratios against their bars."""
    level = contenders[ours.LEVEL].each
    c = contenders.get("C loop, fresh buffers")
    print(f"\n{'':42}{'ns a row':>10}{'to C':>8}   (C with fresh buffers: repayplan allocates its own)")
    for each in contenders.values():
        ratio = f"{each.each / c.each:8.2f}" if c else f"{'':8}"
        print(f"{each.name:42}{each.each:10.2f}{ratio}")
    found = {}
    print(f"\n{'ms, over real dates':42}" + "".join(f"{f'{term} rows':>12}" for term in TERMS))
    for name in ours.ones(TERMS[0]):
        each = {f"{name}, {term} rows, ms": scalar(ours.ones(term)[name]) for term in TERMS}
        print(f"{name:42}" + "".join(f"{ms:12.2f}" for ms in each.values()))
        found |= each
    found["propose, constant capacity, to level rows"] = contenders[ours.PROPOSE].each / level
    if c:
        found["level rows, 1 thread, to C"] = level / c.each
    padded = contenders.get("numpy-financial, padded grid")
    if padded:
        best = min(level, contenders[ours.LEVEL_TWO].each)
        found["numpy-financial padded to level rows, best of 1 and 2 threads (at least)"] = padded.each / best
    print()
    held(found, BARS)


if __name__ == "__main__":
    main()
