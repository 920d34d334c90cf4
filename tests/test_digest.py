"""One digest of 100,000 mixed loans: the same cents on any number of threads, machine and version of numpy.

Another digest means other figures: the changelog says under "Changed" which, and why.
"""

import hashlib
from dataclasses import replace

import numpy as np

import repayplan as rp
from repayplan.basics.daycount import DAY_COUNTS

LOANS, DECIDING = 100_000, 25_000
SCHEDULES = "d88dcb25668bc44006251fb0644e248f0355be72a7cbe9748fe383775f880dd0"
ROWS = 2_580_720
DECISIONS = "361995d360dc5951ec7f59a4c9bc0c5539787708846475acfdeb3016b813db03"
OFFERED = 9_766
DECIDED = (
    *("eligible", "offered", "method", "instalments", "longest", "binding_limit", "capacity", "last_step"),
    *("instalment_after", "total_interest", "left_to_live_on"),
)
STEPS = (
    rp.Concession(step="extend"),
    rp.Concession(step="cut_rate", by="0.00125", floor="0.02"),
    rp.Concession(step="forbear", percent="30", multiple="100"),
)


def drawn(stream, below, loans=LOANS):
    """Whole numbers from 0, below a bound: SplitMix64, which is arithmetic and doesn't change with numpy.

    Source: Steele, Lea, Flood (2014), Fast splittable pseudorandom number generators.
    """
    z = np.arange(loans, dtype=np.uint64) + np.uint64(1 + stream * 1_000_003)
    z *= np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((z ^ (z >> np.uint64(31))) % np.uint64(below)).astype(np.int64)


def portfolio(loans=LOANS):
    """Loans of all day counts and several frequencies, due on any day of the month, some in arrears."""
    term = 6 + drawn(1, 55, loans)
    elapsed = drawn(2, 60, loans) % term
    frequencies = np.array(["monthly", "monthly", "fortnightly", "quarterly", "semi-monthly", "weekly"])
    counts = np.array(["periods", *(each.name for each in DAY_COUNTS if each.name != "periods")])
    overdue = drawn(3, 4, loans) == 0
    return rp.Loans.from_columns(
        principal=rp.minor(50_000 + drawn(4, 6_000_000, loans)),
        annual_rate=drawn(5, 3_600, loans) / 10_000,
        original_term=term,
        elapsed=elapsed,
        unpaid=term - elapsed,
        next_due=np.datetime64("2026-01-01") + drawn(6, 400, loans),
        frequency=frequencies[drawn(7, len(frequencies), loans)],
        day_count=counts[drawn(8, len(counts), loans)],
        overdue_interest=rp.minor(np.where(overdue, drawn(9, 30_000, loans), 0)),
        currency="CNY",
        penalty=rp.minor(np.where(overdue, drawn(10, 5_000, loans), 0)),
    )


PLANS = (
    rp.equal_instalment(24),
    rp.equal_principal(30),
    rp.holiday(3, interest="capitalise") + rp.equal_instalment(24),
    rp.interest_only(6) + rp.equal_instalment(18),
    rp.equal_instalment(24, balloon="500.00"),
)


def digest(columns):
    """SHA-256 of columns as little-endian int64, in the order of their names."""
    total = hashlib.sha256()
    for name in sorted(columns):
        total.update(name.encode())
        total.update(np.asarray(columns[name]).astype("<i8").tobytes())
    return total.hexdigest()


def households(loans):
    """From one adult to a large family, from next to nothing to comfortable, some with other debts."""
    return rp.Households.from_columns(
        adults=1 + drawn(21, 2, loans),
        children=drawn(22, 4, loans),
        net_income=rp.minor(100_000 + drawn(23, 1_400_000, loans)),
        costs={"rent": rp.minor(drawn(24, 250_000, loans))},
        other_debts=rp.minor(np.where(drawn(25, 3, loans) == 0, drawn(26, 80_000, loans), 0)),
    )


def test_the_rows_of_all_schedules():
    outcome = rp.schedule(portfolio(), PLANS, template=drawn(11, len(PLANS)), workers=2)
    rows, _ = outcome.value.by_loan()
    assert (len(outcome.value), len(rows["due_date"])) == (LOANS, ROWS)
    assert digest(rows) == SCHEDULES


def test_the_decisions():
    policy = replace(rp.Policy.example("consumer"), concessions=STEPS)
    made = rp.propose(portfolio(DECIDING), households(DECIDING), policy, workers=2).value
    assert int(made.offered.sum()) == OFFERED
    columns = {name: getattr(made, name) for name in DECIDED}
    columns |= {f"degree {step}": degree for step, degree in enumerate(made.degree.T)}
    assert digest(columns) == DECISIONS
