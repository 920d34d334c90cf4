"""How the time grows with loans, with terms and with threads, and how the memory grows with rows.

Time is per row, so that a flat line means that twice the work takes twice as long. Threads beyond the
processors that the process may use aren't tried. The memory is the most that numpy and Python had allocated
at once, less the loans themselves.
"""

import tracemalloc
from collections.abc import Callable

import numpy as np

import repayplan as rp
from benchmarks import accounts, loops, machine, ours
from benchmarks.portfolio import Portfolio, synthetic
from benchmarks.result import Figure, Result, Table, checks
from benchmarks.size import Size
from benchmarks.timing import Contender, interleaved
from repayplan.basics.blocks import processors

TERMS = (12, 36, 60, 120, 360)
FEWEST, AT_ONCE = 1_000, 16_384
"""Loans of the smallest portfolio, and at a time where no row is kept."""
BARS = {
    "memory of level rows, bytes a row": 30.0,
    "memory of cash by month, MB beside the loans": 100.0,
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


def memory(what: str, portfolio: Portfolio) -> float:
    """The most bytes that the work had at once, beside the loans: what numpy and Python allocated."""
    read = ours.read(portfolio)
    fill = loops.compiled_loop() if what == LOOP else None
    works: dict[str, Callable[[], object]] = {
        HELD: lambda: rp.schedule(read, ours.PLAN).value,
        MONTHLY: lambda: monthly(read),
        LOOP: lambda: fill and fill(portfolio, loops.empty_columns(portfolio.rows)),
    }
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        works[what]()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


def monthly(loans: rp.Loans) -> list[rp.MonthlyCash]:
    """Cash by month, of so many loans at a time that their rows never are all there."""
    return [
        rp.schedule(loans.take(np.arange(at, min(at + AT_ONCE, len(loans)))), ours.PLAN).value.cash_by_month()
        for at in range(0, len(loans), AT_ONCE)
    ]


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
    used = []
    for what in whats:
        for loans in (size.loans // 4, size.loans):
            portfolio = synthetic(loans)
            most = memory(what, portfolio)
            note = f"{most / portfolio.rows:.1f} bytes a row"
            used.append(Figure.among(f"{what}, {loans:,} loans", [most / 1e6], of=loans, note=note))
    found = {
        "memory of level rows, bytes a row": used[1].median * 1e6 / synthetic(size.loans).rows,
        "memory of cash by month, MB beside the loans": used[3].median,
    }
    if len(threads) == 1:
        left_out["threads"] = "one processor only"
    tables = [
        _table("with more loans", "ns a row", more),
        _table("with longer terms", "ns a row", terms),
        Table(
            title="with more threads", unit="times as fast as one", figures=tuple(speed), counted="threads"
        ),
        Table(title="memory beside the loans", unit="MB", figures=tuple(used), counted="loans"),
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
