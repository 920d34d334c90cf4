"""What offers cost beside plain level rows: constant capacity, a full waterfall, capacity by period.

The loans are those of ``rows.py``, and so is the way of timing: every contender in turn, medians compared.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

import repayplan as rp
from benchmarks import machine, ours
from benchmarks.portfolio import Portfolio, synthetic
from benchmarks.result import Result, Table, checks
from benchmarks.size import Size
from benchmarks.timing import Contender, interleaved

SEED = 7
PLAIN = "level rows on periods"
# What must hold, as ratios to plain level rows of the same loans.
BARS = {"propose, constant capacity": 1.0, "propose, full waterfall": 2.0, "propose, capacity by period": 6.0}
WATERFALL = (
    rp.Concession(step="extend"),
    rp.Concession(step="cut_rate", by="0.00125", floor="0.02"),
    rp.Concession(step="forbear", percent="30", multiple="100"),
)


def dated(portfolio: Portfolio) -> rp.Households:
    """The same households: a tenth of the income is a benefit that ends, and every fourth has a season."""
    random, size = np.random.default_rng(SEED), len(portfolio)
    every = np.arange(size)
    income = portfolio.capacity + 200_000
    season = np.flatnonzero(every % 4 == 0)
    never, ends = np.datetime64("NaT", "D"), np.datetime64("2026-06-30") + random.integers(0, 365, size)
    items = rp.Items.from_columns(
        household=np.concatenate((every, every, season)),
        kind="net_income",
        category=np.repeat(("pay", "benefit", "harvest"), (size, size, len(season))),
        amount=rp.minor(np.concatenate((income - income // 10, income // 10, income[season] // 5))),
        until=np.concatenate((np.full(size, never), ends, np.full(len(season), never))),
        months=np.repeat(("", "", "6-9"), (size, size, len(season))),
    )
    return rp.Households.from_columns(items=items, assessed="2025-12-31", size=size)


def works(portfolio: Portfolio) -> dict[str, Callable[[], object]]:
    """What is measured, by name."""
    loans, homes, rules = ours.read(portfolio), ours.households(portfolio), ours.policy()
    seasonal, steps = dated(portfolio), replace(rules, concessions=WATERFALL)
    slow = rp.Amortisation(repaid_by=(rp.RepaidBy(months=12, percent="2"),), longest_without_principal=6)
    gradual = replace(rules, amortisation=slow)
    return {
        PLAIN: lambda: rp.schedule(loans, ours.PLAN),
        "propose, constant capacity": lambda: rp.propose(loans, homes, rules),
        "propose, full waterfall": lambda: rp.propose(loans, homes, steps),
        "propose, capacity by period": lambda: rp.propose(loans, seasonal, rules),
        "propose, at least 2 % repaid in a year": lambda: rp.propose(loans, homes, gradual),
    }


def measure(size: Size) -> Result:
    """All of it in one interleaved run."""
    where, portfolio = machine.here(size.load), synthetic(size.loans)
    run = {name: Contender(name, work, portfolio.rows) for name, work in works(portfolio).items()}
    interleaved(run.values(), size.rounds)
    plain = run[PLAIN].each
    return Result(
        area="offers",
        about="offers beside plain level rows: constant capacity, a full waterfall, capacity by period",
        size=f"{len(portfolio):,} loans, {portfolio.rows:,} rows; one thread; {size.rounds} rounds",
        machine=where,
        tables=(
            Table(
                title="of the whole portfolio",
                unit="ns a row of the contracts",
                figures=tuple(each.figure() for each in run.values()),
                yardstick=PLAIN,
                counted="rows",
            ),
        ),
        checks=checks({name: each.each / plain for name, each in run.items()}, BARS),
    )
