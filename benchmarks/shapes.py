"""What plans of other shapes cost beside plain level rows, and plans with one unknown beside a known plan.

The loans are those of ``rows.py``, and so is the way of timing: every contender in turn, medians compared.
Where there is a compiler the C loop runs among them, so that each figure can be read beside it: ratios to
plain level rows rise when those get faster.
"""

from collections.abc import Callable

import numpy as np

import repayplan as rp
from benchmarks import loops, machine, ours
from benchmarks.portfolio import RATE_UNIT, Portfolio, synthetic
from benchmarks.result import Result, Table, checks
from benchmarks.rows import COLUMNS_OF_LOOP, C, filled
from benchmarks.size import Size
from benchmarks.timing import Contender, interleaved

SEED = 5
PLAIN = "level rows on periods"
# What must hold, as ratios to plain level rows of the same loans.
#
# Half of plain level rows is about 150 ns a loan of 48 rows. solve_instalment takes more to be proven least:
# at the start no bound tells an exact instalment rounded to the unit from one more, as the roundings of all
# rows, half a unit each, can outweigh the half unit that it is rounded by; they no longer can after 26 of
# the 48 rows. Those are three passes a row over the loans that are still open, in memory that the pass before
# has written, and with sorting loans by them about a third of the time. Another third are some 80 passes,
# two logarithms and two exponentials: the exact instalment, up to which row to go, the exact instalment of
# the balance there, and the proof that floats are right and nothing is paid off early. The last third is
# laying out, reading and answering. Of solve_rate two steps to the rate, of a logarithm and an exponential
# each, and how far off it can be are nearly half, laying out and reading a third, the proof that the plan can
# be kept the rest.
#
# So three of the bars are missed by that measure, and are printed as missed. Plain level rows may take 1.15
# times the C loop that writes new memory as they do (`rows.py`), and take a third of it: half of what they
# may take, 0.575 of that loop, is printed beside it.
BARS = {
    "four plans mixed, periods": 2.0,
    "four plans mixed, ACT/365F, due dates over a year": 4.5,
    "the same, 30 % with rate steps, solved anew": 4.5,
    "four plans mixed, ACT/365F, one due date": 2.5,
    "the same, 30 % with rate steps, solved anew, one due date": 2.5,
    "every first period of another length": 4.5,
    "solve_length": 0.5,
    "solve_instalment": 0.5,
    "solve_rate": 0.5,
    "solve_rate, ACT/365F": 5.0,
}
# The same solving beside the C loop: half of plain level rows that are as slow as they may be.
SOLVED = ("solve_length", "solve_instalment", "solve_rate")
TO_C = {f"{name}, to C": 0.5 * 1.15 for name in SOLVED}
STEPS = rp.SteppedRate((("2020-01-01", "0.05"), ("2027-05-11", "0.055"), ("2028-09-01", "0.045")))
MIXED = (
    rp.equal_instalment(rp.col("unpaid")),
    rp.equal_principal(rp.col("unpaid")),
    rp.holiday(rp.col("first"), interest="capitalise") + rp.equal_instalment(rp.col("rest")),
    rp.interest_only(rp.col("first")) + rp.equal_principal(rp.col("rest")),
)
"""Which of them a loan has is drawn evenly; the first stage of two takes one to six months."""


def works(portfolio: Portfolio) -> dict[str, Callable[[], object]]:
    """What is measured, by name."""
    random, size = np.random.default_rng(SEED), len(portfolio)
    first = np.minimum(random.integers(1, 7, size), portfolio.term - 1)
    which, day = random.integers(0, len(MIXED), size), random.integers(0, 365, size)
    due = np.datetime64("2026-01-01") + day
    stepped = {"rate_paths": (STEPS,), "rate_index": np.where(random.random(size) < 0.3, 0, -1)}

    def loans(next_due: object = ours.FIRST_DUE, **conventions: object) -> rp.Loans:
        parts = {"first": first, "rest": portfolio.term - first}
        return ours.read(portfolio, next_due, columns=parts, **conventions)

    def rows(some: rp.Loans) -> Callable[[], object]:
        return lambda: rp.schedule(some, MIXED, template=which)

    plain, dated, shared = loans(), loans(due, day_count="ACT/365F"), loans(day_count="ACT/365F")
    apart = loans(due, day_count="ACT/365F", start=due - random.integers(1, 60, size))
    period = portfolio.rate / (RATE_UNIT * 12)
    level = portfolio.balance * period / (1 - (1 + period) ** -portfolio.term)
    paid = rp.minor(np.ceil(level).astype(np.int64))
    return {
        PLAIN: lambda: rp.schedule(plain, ours.PLAN),
        "four plans mixed, periods": rows(plain),
        "level rows, ACT/365F, due dates over a year": lambda: rp.schedule(dated, ours.PLAN),
        "four plans mixed, ACT/365F, due dates over a year": rows(dated),
        "the same, 30 % with rate steps, solved anew": rows(loans(due, day_count="ACT/365F", **stepped)),
        "four plans mixed, ACT/365F, one due date": rows(shared),
        "the same, 30 % with rate steps, solved anew, one due date": rows(
            loans(day_count="ACT/365F", **stepped)
        ),
        "every first period of another length": lambda: rp.schedule(apart, ours.PLAN),
        "solve_length": lambda: rp.solve_length(plain, rp.equal_instalment(rp.UNKNOWN), instalment=paid),
        "solve_instalment": lambda: rp.solve_instalment(plain, ours.PLAN),
        "solve_rate": lambda: rp.solve_rate(plain, ours.PLAN, instalment=paid),
        "solve_rate, ACT/365F": lambda: rp.solve_rate(dated, ours.PLAN, instalment=paid),
    }


def measure(size: Size) -> Result:
    """All of it in one interleaved run."""
    where, left_out = machine.here(size.load), {}
    portfolio = synthetic(size.loans)
    run = {name: Contender(name, work, portfolio.rows) for name, work in works(portfolio).items()}
    fill = loops.compiled_loop()
    if fill is None:
        left_out[C] = "no C compiler (gcc or cc) on the path"
    else:
        run[C] = filled(C, portfolio, fill, COLUMNS_OF_LOOP)
    interleaved(run.values(), size.rounds)
    plain = run[PLAIN].each
    held = checks({name: each.each / plain for name, each in run.items()}, BARS)
    if C in run:
        held += checks({f"{name}, to C": run[name].each / run[C].each for name in SOLVED}, TO_C)
    return Result(
        area="shapes",
        about="plans of other shapes, and plans with one unknown, beside plain level rows",
        size=f"{len(portfolio):,} loans, {portfolio.rows:,} rows; one thread; {size.rounds} rounds",
        machine=where,
        tables=(
            Table(
                title="of the whole portfolio",
                unit="ns a row",
                figures=tuple(each.figure() for each in run.values()),
                yardstick=PLAIN,
                counted="rows",
            ),
        ),
        checks=held,
        left_out=left_out,
    )
