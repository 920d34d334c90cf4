"""How the time grows with loans, with terms and with threads, and how the memory grows with rows.

Time is per row, so that a flat line means that twice the work takes twice as long. Threads beyond the
processors that the process may use aren't tried. The memory is the most that a process of its own had, less
what it had with the loans read: the system tells it.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import repayplan as rp
from benchmarks import accounts, loops, machine, ours
from benchmarks.portfolio import Portfolio, synthetic
from benchmarks.result import Figure, Result, Table, checks
from benchmarks.size import Size
from benchmarks.timing import Contender, interleaved
from repayplan.basics.blocks import processors

ROOT = Path(__file__).parent.parent
TERMS = (12, 36, 60, 120, 360)
FEWEST = 1_000
BARS = {
    "memory of level rows, bytes a row": 30.0,
    "memory of cash by month, MB beside the loans": 100.0,
    "a row of 360 months to one of 12": 1.5,
}
HELD, MONTHLY, LOOP = "level rows, kept", "cash by calendar month, no row kept", "C loop, three columns"


def of_term(loans: int, term: int) -> Portfolio:
    """So many loans of one term."""
    drawn = synthetic(loans)
    return Portfolio(
        balance=drawn.balance,
        rate=drawn.rate,
        term=np.full(loans, term, np.int64),
        capacity=drawn.capacity,
    )


def by_loans(most: int) -> list[Contender]:
    """Level rows and offers of more and more loans."""
    found, loans = [], FEWEST
    while loans <= most:
        portfolio = synthetic(loans)
        read, homes, rules = ours.read(portfolio), ours.households(portfolio), ours.policy()
        found.append(_of("level rows", loans, portfolio.rows, _level(read)))
        found.append(
            _of(
                "propose",
                loans,
                portfolio.rows,
                lambda read=read, homes=homes, rules=rules: rp.propose(read, homes, rules),
            )
        )
        loans *= 10
    return found


def by_terms(rows: int) -> list[Contender]:
    """About so many level rows, of shorter and longer loans."""
    found = []
    for term in TERMS:
        portfolio = of_term(max(rows // term, 1), term)
        name = f"level rows, {term} months"
        found.append(Contender(name, _level(ours.read(portfolio)), portfolio.rows))
    return found


def by_threads(loans: int) -> dict[int, list[Contender]]:
    """The heavy verbs on one, two, four ... threads, up to the processors there are."""
    portfolio = synthetic(loans)
    read, homes, rules = ours.read(portfolio), ours.households(portfolio), ours.policy()
    book = accounts.book(max(loans // 20, 100), full=False)
    sweep = {"limit.percent": ["20", "40", "60"]}
    few = max(loans // 10, 100)
    some, theirs = ours.read(portfolio.head(few)), ours.households(portfolio.head(few))
    works: dict[str, tuple[int, Callable[[int], object]]] = {
        "level rows": (portfolio.rows, lambda n: rp.schedule(read, ours.PLAN, workers=n)),
        "propose": (loans, lambda n: rp.propose(read, homes, rules, workers=n)),
        "solve_instalment": (loans, lambda n: rp.solve_instalment(read, ours.PLAN, workers=n)),
        "sweep of 3": (few * 3, lambda n: rp.sweep(some, theirs, rules, sweep, workers=n)),
        "replay, simple": (
            len(book.amount),
            lambda n: rp.replay(book.accounts, book.events, as_of=accounts.END, workers=n),
        ),
    }
    counts = [1]
    while counts[-1] * 2 <= processors():
        counts.append(counts[-1] * 2)
    return {
        n: [Contender(name, lambda work=work, n=n: work(n), count) for name, (count, work) in works.items()]
        for n in counts
    }


def _of(name: str, loans: int, rows: int, work: Callable[[], object]) -> Contender:
    return Contender(f"{name}, {loans:,} loans", work, rows)


def _level(loans: rp.Loans) -> Callable[[], object]:
    return lambda: rp.schedule(loans, ours.PLAN)


def memory_of(what: str, loans: int) -> dict[str, float]:
    """What one process of its own needs: bytes beside the loans, and the rows."""
    command = [sys.executable, "-m", "benchmarks.scaling", what, str(loans)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout)


def in_child(what: str, loans: str) -> None:
    """What that process does: the loans are read and worked on in small, then all of it once."""
    portfolio = synthetic(int(loans))
    works: dict[str, Callable[[Portfolio], Any]] = {
        HELD: lambda some: rp.schedule(ours.read(some), ours.PLAN).value,
        MONTHLY: monthly,
        LOOP: in_c,
    }
    work = works[what]
    work(portfolio.head(100))
    read = ours.read(portfolio)
    before = machine.peak()
    made = work(portfolio)
    print(json.dumps({"bytes": machine.peak() - before, "rows": portfolio.rows, "loans": len(read)}))
    del made


def monthly(portfolio: Portfolio) -> list[rp.MonthlyCash]:
    """Cash by month, of so many loans at a time that their rows never are all there."""
    read, at_once = ours.read(portfolio), 16_384
    return [
        rp.schedule(read.take(np.arange(at, min(at + at_once, len(read)))), ours.PLAN).value.cash_by_month()
        for at in range(0, len(read), at_once)
    ]


def in_c(portfolio: Portfolio) -> object:
    """The three columns of the C loop."""
    fill = loops.compiled_loop()
    out = loops.empty_columns(portfolio.rows)
    if fill is not None:
        fill(portfolio, out)
    return out


def measure(size: Size) -> Result:
    """All of it; contenders of all tables in turn."""
    where, left_out = machine.here(size.load), {}
    more, terms = by_loans(size.loans), by_terms(size.loans * 12)
    threads = by_threads(size.loans // 2)
    interleaved([*more, *terms, *(each for some in threads.values() for each in some)], size.rounds)
    speed = [
        Figure.among(
            f"{each.name}, {n} threads",
            [one / other for one, other in zip(first.seconds, each.seconds, strict=True)],
            of=n,
            note=f"{each.each:,.1f} ns",
        )
        for n, some in threads.items()
        if n > 1
        for first, each in zip(threads[1], some, strict=True)
    ]
    whats = [HELD, MONTHLY]
    if machine.compiler():
        whats.append(LOOP)
    else:
        left_out[LOOP] = "no C compiler (gcc or cc) on the path"
    memory = []
    for what in whats:
        for loans in (size.loans // 4, size.loans):
            found = memory_of(what, loans)
            note = f"{found['bytes'] / found['rows']:.1f} bytes a row"
            memory.append(
                Figure.among(f"{what}, {loans:,} loans", [found["bytes"] / 1e6], of=loans, note=note)
            )
    if not machine.peak():
        left_out["memory"] = "the system doesn't say how much a process had"
    found = {
        "memory of level rows, bytes a row": memory[1].median * 1e6 / synthetic(size.loans).rows,
        "memory of cash by month, MB beside the loans": memory[3].median,
        "a row of 360 months to one of 12": terms[-1].each / terms[0].each,
    }
    if len(threads) == 1:
        left_out["threads"] = "one processor only"
    tables = [
        _table("with more loans", "ns a row", more),
        _table("with longer terms", "ns a row", terms),
        Table(
            title="with more threads", unit="times as fast as one", figures=tuple(speed), counted="threads"
        ),
        Table(title="memory beside the loans", unit="MB", figures=tuple(memory), counted="loans"),
    ]
    return Result(
        area="scaling",
        about="how time grows with loans, terms and threads, and memory with rows",
        size=f"up to {size.loans:,} loans; {size.rounds} rounds",
        machine=where,
        tables=tuple(table for table in tables if table.figures),
        checks=checks(found, BARS),
        left_out=left_out,
    )


def _table(title: str, unit: str, run: list[Contender]) -> Table:
    return Table(title=title, unit=unit, figures=tuple(each.figure() for each in run), counted="rows")


if __name__ == "__main__":
    in_child(*sys.argv[1:])
