"""Level schedules of a whole portfolio, and of one loan, beside the loops and libraries that make them too.

Every contender runs once in each round, in turn, so that a slow moment of the machine hits all alike; the
medians of the rounds are compared. Contenders too slow for the whole portfolio run on its first loans and are
stated per row. Before a figure is noted, the C loop's rows and repayplan's are compared, all of them.
"""

import sys
from collections.abc import Callable

import numpy as np

import repayplan as rp
from benchmarks import loops, machine, ours
from benchmarks.peers import PEERS, Peer
from benchmarks.portfolio import Portfolio, synthetic
from benchmarks.result import Figure, Result, Table, checks
from benchmarks.size import Size
from benchmarks.timing import Contender, alone, interleaved

C, C_WARM = "C loop, new memory", "C loop, memory written before"
INTEGERS, DECIMAL, NUMBA = "Python integers, loan by loan", "Decimal, loan by loan", "numba, loan by loan"
LOOP, LIBRARY = "exact loop", "library"
COLUMNS_OF_LOOP = "interest, principal and balance to the cent, no dates"
# Ratios to the C loop (new memory), and milliseconds of one loan.
BARS = {
    f"{ours.LEVEL}, to C": 1.15,
    f"{ours.LEVEL_TWO}, to C": 0.8,
    f"{ours.TOTALS}, to C": 0.5,
    f"{ours.THREE}, to C": 2.8,
    f"{ours.THREE_SORTED}, to C": 1.7,
    "numpy-financial padded to level rows, best of 1 and 2 threads (at least)": 50.0,
    "one loan, read and scheduled, 36 rows, ms": 0.5,
    "one loan, read and scheduled, 120 rows, ms": 1.0,
    "one loan, read and scheduled, 480 rows, ms": 4.0,
}
KEPT = """\
repayplan keeps the closing balances and works the other columns out when they are asked for; the C loop \
writes interest, principal and balance. Both solve the instalment, and agree in every row that was \
compared."""
TERMS = (36, 120, 480)
"""Rows of the loans that are timed alone."""
WIDE = 50_000
"""Loans whose rows are read as columns: all of them take 104 bytes a row."""
HALF_A_CENT = 0.005
FEW = 1_000
"""Loans that the loops of Python take."""


def compare(loans: Portfolio, fill: loops.Fill) -> None:
    """Stop unless the C loop and repayplan agree in every row."""
    theirs = loops.empty_columns(loans.rows)
    fill(loans, theirs)
    for name, their, our in zip(
        ("interest", "principal", "closing"), theirs, ours.columns(loans), strict=True
    ):
        different = int((their != our).sum())
        if different:
            sys.exit(f"{different} of {loans.rows} rows differ in {name}")


def filled(name: str, loans: Portfolio, fill: loops.Fill, note: str) -> Contender:
    """A loop that fills new columns."""
    return Contender(
        name, lambda: fill(loans, loops.empty_columns(loans.rows)), loans.rows, group=LOOP, note=note
    )


def by_numba(loans: Portfolio, left_out: dict[str, str]) -> Contender | None:
    """The loop of numba, which says how many rows it has otherwise; None where numba isn't there."""
    try:
        fill = loops.numba_loop()
        some = loans.head(WIDE)
        theirs = loops.empty_columns(some.rows)
        fill(some, theirs)
    except ImportError:
        left_out["numba"] = "not installed (pip install numba)"
        return None
    except Exception as error:  # noqa: BLE001  (a reason, no error)
        left_out["numba"] = f"installed, but fails: {type(error).__name__}"
        return None
    other = int((theirs[2] != ours.columns(some)[2]).sum())
    note = f"{COLUMNS_OF_LOOP}; {other:,} of {some.rows:,} balances differ (the instalment is from a float)"
    return filled(NUMBA, loans, fill, note)


def library(peer: Peer, loans: Portfolio) -> Contender:
    """A library on the first loans, and how far the interest it finds lies from the exact one."""
    some = loans.head(peer.loans)
    paid, note = peer.work(some), peer.what
    if paid is not None:
        exact = rp.schedule(ours.read(some), ours.PLAN).value.totals()["interest"] / 100
        apart = np.abs(paid - exact).max()
        note += (
            "; interest exact"
            if apart < HALF_A_CENT
            else f"; interest of a loan is off by up to {apart:,.2f}"
        )
    return Contender(peer.name, lambda: peer.work(some), peer.rows(some), group=LIBRARY, note=note)


def contenders(loans: Portfolio, left_out: dict[str, str], *, quick: bool) -> list[Contender]:
    """All that runs in a round."""
    found = []
    fill = loops.compiled_loop()
    if fill is None:
        left_out["C loop"] = "no C compiler (gcc or cc) on the path"
    else:
        compare(loans.head(max(WIDE, len(loans) // 4)), fill)
        warm = loops.empty_columns(loans.rows)
        found.append(filled(C, loans, fill, COLUMNS_OF_LOOP))
        found.append(
            Contender(C_WARM, lambda: fill(loans, warm), loans.rows, group=LOOP, note=COLUMNS_OF_LOOP)
        )
    read, homes = ours.read(loans), ours.households(loans)
    found += [Contender(name, work, loans.rows, note=note) for name, work, note in ours.works(read, homes)]
    some = loans.head(WIDE // 5 if quick else WIDE)
    found += [Contender(name, work, some.rows, note=note) for name, work, note in ours.reading(some)]
    compiled = by_numba(loans, left_out)
    found += [compiled] if compiled else []
    few = loans.head(FEW)
    found += [
        Contender(name, lambda work=work: work(few), few.rows, group=LOOP, note=COLUMNS_OF_LOOP)
        for name, work in ((INTEGERS, loops.integer_loop), (DECIMAL, loops.decimal_loop))
    ]
    for peer in PEERS:
        why = peer.missing(loans.head(2))
        if why is None:
            found.append(library(peer, loans))
        else:
            left_out[peer.name] = why
    return found


def one_loan(runs: int) -> list[Figure]:
    """Milliseconds of what is done for one loan over real dates."""
    found = []
    for name in ours.ones(TERMS[0]):
        for term in TERMS:
            work: Callable[[], object] = ours.ones(term)[name]
            milliseconds = [1e3 * each for each in alone(work, runs)]
            # Of many short runs some are hit by whatever else the machine does: the middle nine tenths.
            middle = sorted(milliseconds)[runs // 20 : runs - runs // 20]
            found.append(Figure.among(f"{name}, {term} rows", middle, of=1))
    return found


def measure(size: Size) -> Result:
    """All of it in one interleaved run."""
    where = machine.here(size.load)
    loans, left_out = synthetic(size.loans), {}
    run = contenders(loans, left_out, quick=size.quick)
    interleaved(run, size.rounds)
    figures = {each.name: each.figure() for each in run}
    level = figures[ours.LEVEL].median
    found = {}
    if C in figures:
        named = (ours.LEVEL, ours.LEVEL_TWO, ours.TOTALS, ours.THREE, ours.THREE_SORTED)
        found |= {f"{name}, to C": figures[name].median / figures[C].median for name in named}
    padded = figures.get(PEERS[0].name)
    if padded:
        best = min(level, figures[ours.LEVEL_TWO].median)
        found["numpy-financial padded to level rows, best of 1 and 2 threads (at least)"] = (
            padded.median / best
        )
    ones = one_loan(40 if size.quick else 200)
    found |= {f"{each.name}, ms": each.median for each in ones}
    yardstick = C if C in figures else INTEGERS
    return Result(
        area="rows",
        about="level schedules beside loops and libraries",
        size=(
            f"{len(loans):,} loans, {loans.rows:,} rows, terms {loans.term.min()}-{loans.term.max()}; "
            f"{size.rounds} rounds"
        ),
        machine=where,
        tables=(
            Table(
                title="a portfolio",
                unit="ns a row",
                figures=tuple(figures.values()),
                yardstick=yardstick,
                counted="rows",
            ),
            Table(title="one loan over real dates", unit="ms", figures=tuple(ones)),
        ),
        checks=checks(found, BARS),
        notes=(KEPT,),
        left_out=left_out,
    )
