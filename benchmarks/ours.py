"""repayplan's side of the benchmark: the public API and nothing else."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

import repayplan as rp
from benchmarks.portfolio import RATE_UNIT, Portfolio

LEVEL = "level rows, 1 thread"
LEVEL_TWO = "level rows, 2 threads"
TOTALS = "totals of each loan"
PROPOSE = "propose, constant capacity"
BY_LOAN, BY_PERIOD = "all columns, by loan", "all columns, by period"
THREE, THREE_SORTED = "three columns, by loan", "three columns, by loan, loans sorted by term"
OF_LOOP = ("interest", "principal", "closing")
"""The columns that the loops write."""
FIRST_DUE = "2026-01-31"
PLAN = rp.equal_instalment(rp.col("unpaid"))


def read(portfolio: Portfolio, next_due: object = FIRST_DUE, **conventions: object) -> rp.Loans:
    """The portfolio as loans."""
    return rp.Loans.from_columns(
        principal=rp.minor(portfolio.balance),
        annual_rate=portfolio.rate / RATE_UNIT,
        original_term=portfolio.term,
        elapsed=0,
        unpaid=portfolio.term,
        next_due=next_due,
        **conventions,
    )


def households(portfolio: Portfolio) -> rp.Households:
    """Households that can pay the portfolio's capacity above what they need to live."""
    return rp.Households.from_columns(net_income=rp.minor(portfolio.capacity + 200_000))


def policy() -> rp.Policy:
    """Level instalments, half the original term more, nothing held back."""
    part = rp.ArrearsPart(treatment="capitalise")
    return rp.Policy(
        name="benchmark",
        currency="EUR",
        methods=("equal_instalment",),
        allowance=rp.Allowance(by_persons=("2000",), further_person="1000", covers=(), source="benchmark"),
        limit=rp.ExtensionLimit(percent="50", reading="beyond_original_maturity"),
        contingency=rp.Contingency(share="0"),
        rounding=rp.Rounding(),
        arrears=rp.ArrearsRule(overdue_interest=part, accrued_interest=part, penalty=part, fees=part),
    )


def columns(portfolio: Portfolio) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Interest, principal and closing of every row, loan by loan, to compare with the others'."""
    rows, _ = rp.schedule(read(portfolio), PLAN).value.by_loan(columns=OF_LOOP)
    return rows["interest"], rows["principal"], rows["closing"]


def works(loans: rp.Loans, homes: rp.Households) -> list[tuple[str, Callable[[], object], str]]:
    """What is measured on the whole portfolio: its name, what to run, and what it makes."""
    rules, kept = policy(), "every row to the cent; columns are made when read"

    def level(workers: int = 1) -> rp.Schedules:
        return rp.schedule(loans, PLAN, workers=workers).value

    def figures() -> object:
        offers = rp.propose(loans, homes, rules).value
        return offers.instalment_after, offers.total_interest, offers.instalment_before

    return [
        (LEVEL, level, kept),
        (LEVEL_TWO, lambda: level(2), kept),
        (TOTALS, lambda: rp.plan_totals(loans, PLAN), "sums of each loan to the cent; no row is kept"),
        (PROPOSE, lambda: rp.propose(loans, homes, rules), "the least extension that is affordable"),
        ("propose, then every figure of the offers", figures, "instalments and interest too"),
    ]


def reading(portfolio: Portfolio) -> list[tuple[str, Callable[[], object], str]]:
    """Schedules whose columns are read, all or those of the loops: as of :func:`works`."""
    loans, by_term = read(portfolio), read(portfolio.by_term())
    every, few = "13 columns with dates, to the cent", "interest, principal and balance to the cent, no dates"

    def made(of: rp.Loans) -> rp.Schedules:
        return rp.schedule(of, PLAN).value

    return [
        (BY_PERIOD, lambda: made(loans).by_period(), every),
        (BY_LOAN, lambda: made(loans).by_loan(), every),
        (THREE, lambda: made(loans).by_loan(columns=OF_LOOP), few),
        (THREE_SORTED, lambda: made(by_term).by_loan(columns=OF_LOOP), few),
    ]


def loan(term: int) -> rp.Loan:
    """One loan with real dates."""
    return rp.Loan(
        principal="12000.00",
        annual_rate="0.0599",
        original_term=term,
        elapsed=0,
        unpaid=term,
        next_due=FIRST_DUE,
        day_count="ACT/365F",
    )


def ones(term: int) -> dict[str, Callable[[], object]]:
    """What is measured on one loan, by name: as a screen that shows it would call it."""
    home, rules = rp.Household(net_income="2300.00"), policy()
    return {
        "one loan, read and scheduled": lambda: rp.schedule(loan(term), rp.equal_instalment(term)).columns,
        "the same, its rows made too": lambda: rp.schedule(loan(term), rp.equal_instalment(term)).rows,
        "the same, an offer instead": lambda: rp.propose(loan(term), home, rules),
    }
