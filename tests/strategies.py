"""Hypothesis strategies for loans and plans over the whole domain, as the plain dicts of `oracle`.

`loan_of`, `plan_of` and `batch_of` make the package's objects of the same dicts.
"""

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
from hypothesis import strategies as st

import repayplan as rp

FREQUENCIES = (
    "monthly",
    "bimonthly",
    "quarterly",
    "4-monthly",
    "semi-annual",
    "annual",
    "weekly",
    "fortnightly",
)
DAY_COUNTS = ("periods", "30/360", "30E/360", "ACT/360", "ACT/365F")
MODES = ("half_up", "half_even", "up", "down")
MONEY = ("principal", "overdue_principal", "overdue_interest", "accrued_interest", "penalty", "fees")
LIMIT = 10**18

balances = st.one_of(
    st.integers(1, 200),
    st.integers(1, 10**7),
    st.integers(10**6, 10**12),
    st.integers(10**12, LIMIT // 10**4),
    st.integers(1, LIMIT),
)
rates = st.one_of(
    st.integers(0, 100).map(lambda percent: percent * 10**8),
    st.integers(0, 400).map(lambda eighths: eighths * 125 * 10**5),
    st.sampled_from((0, 1, 10**10 - 1, 10**10, 600_000_000, 1_200_000_000)),
    st.integers(0, 10**10),
)
month_ends = st.sampled_from(
    (date(2024, 1, 31), date(2024, 2, 29), date(2026, 2, 28), date(2026, 8, 30), date(2026, 12, 31))
)
due_dates = st.one_of(month_ends, st.dates(date(1950, 1, 1), date(2150, 12, 31)))


@st.composite
def loan_terms(draw, *, wide=True):
    """What is owed, and the conventions; not `wide`: ordinary amounts, so that nothing overflows."""
    decimals = draw(st.integers(0, 8))
    extras = st.one_of(st.just(0), st.just(0), st.integers(0, 10**6))
    terms = {name: draw(extras) for name in MONEY}
    terms["principal"] = draw(balances if wide else st.integers(1, 10**10))
    terms["annual_rate"] = draw(rates)
    terms["decimals"] = decimals
    terms["next_due"] = draw(due_dates)
    before = draw(st.one_of(st.none(), st.none(), st.integers(1, 45), st.integers(1, 800)))
    terms["start"] = before and terms["next_due"] - timedelta(days=before)
    terms["frequency"] = draw(st.one_of(st.just("monthly"), st.sampled_from(FREQUENCIES)))
    terms["day_count"] = draw(st.sampled_from(DAY_COUNTS))
    terms["first_stub"] = draw(st.sampled_from(("short", "long")))
    terms["residue"] = draw(st.sampled_from(("last", "first", "spread")))
    multiples = st.one_of(st.just(1), st.just(1), st.sampled_from((5, 10, 100, 10**decimals)))
    unrounded = draw(st.integers(0, 7)) == 0
    for what in ("instalment", "interest"):
        terms[f"{what}_mode"] = "none" if unrounded else draw(st.sampled_from(MODES))
        terms[f"{what}_multiple"] = 1 if unrounded else draw(multiples)
    return terms


lengths = st.one_of(st.integers(1, 6), st.integers(1, 40))


@st.composite
def stage_lists(draw, terms, lengths=lengths):
    """A plan for these terms: up to two stages, then one that repays."""
    owed = terms["principal"]

    def stage(kinds, shortest=0):
        kind = draw(st.sampled_from(kinds))
        n = max(shortest, draw(st.one_of(lengths, lengths, lengths, st.just(0))))
        made = {"kind": kind.removeprefix("given "), "n": max(shortest, n)}
        if kind == "holiday":
            made["interest"] = draw(st.sampled_from(("capitalise", "defer", "waive")))
            made["repay"] = draw(st.sampled_from(("first", "spread", "last")))
        elif kind == "bullet":
            made["interest"] = draw(st.sampled_from(("simple", "compound")))
        elif kind == "given equal_instalment":
            made["amount"] = min(LIMIT, owed * draw(st.integers(100, 4000)) // (1000 * max(n, 1)) + 1)
        elif kind == "fixed_payment":
            made["amount"] = min(LIMIT, owed * draw(st.integers(25, 1200)) // 1000 + 1)
            del made["n"]
        return made

    ahead = ("holiday", "holiday", "interest_only", "given equal_instalment")
    solved = ("equal_instalment", "equal_principal", "flat")
    last = draw(
        st.sampled_from(
            ("equal_instalment",) * 3
            + (
                "equal_principal",
                "flat",
                "interest_only",
                "bullet",
                "given equal_instalment",
                "fixed_payment",
            )
        )
    )
    # How many rows a fixed payment takes depends on what a solved stage before it leaves, and the other
    # way round: such plans have no meaning here.
    before = ahead if last == "fixed_payment" else ahead + solved
    return [stage(before) for _ in range(draw(st.integers(0, 2)))] + [stage((last,), shortest=1)]


@st.composite
def cases(draw, *, wide=True, lengths=lengths):
    """(terms, stages)."""
    terms = draw(loan_terms(wide=wide))
    return terms, draw(stage_lists(terms, lengths=lengths))


# The same as the package's objects


def money(units, decimals):
    return Decimal(units).scaleb(-decimals)


def rounding_of(terms):
    multiples = {}
    if terms["interest_mode"] != "none":
        for what in ("instalment_multiple", "interest_multiple"):
            if terms[what] != 1:
                multiples[what] = money(terms[what], terms["decimals"])
    return rp.Rounding(
        instalment=terms["instalment_mode"],
        interest=terms["interest_mode"],
        residue=terms["residue"],
        **multiples,
    )


def loan_of(terms):
    return rp.Loan(
        **{name: money(terms[name], terms["decimals"]) for name in MONEY},
        annual_rate=money(terms["annual_rate"], 10),
        original_term=12,
        elapsed=2,
        unpaid=10,
        rounding=rounding_of(terms),
        **{
            name: terms[name]
            for name in ("decimals", "next_due", "start", "frequency", "day_count", "first_stub")
        },
    )


def plan_of(stages, decimals):
    made = [_stage_of(stage, decimals) for stage in stages]
    plan = made[0]
    for stage in made[1:]:
        plan += stage
    return plan


def _stage_of(stage, decimals):
    amount = money(stage["amount"], decimals) if "amount" in stage else None
    if stage["kind"] == "fixed_payment":
        return rp.fixed_payment(amount)
    options = {name: stage[name] for name in ("interest", "repay") if name in stage}
    if amount is not None:
        options["instalment"] = amount
    return getattr(rp, stage["kind"])(stage["n"], **options)


def batch_of(every):
    """(Loans, plans, template) of a list of (terms, stages)."""
    terms = [each for each, _ in every]
    column = {name: [each[name] for each in terms] for name in terms[0]}
    roundings = [rounding_of(each) for each in terms]
    distinct = list(dict.fromkeys(roundings))
    loans = rp.Loans.from_columns(
        **{name: rp.minor(np.array(column[name])) for name in MONEY},
        annual_rate=[money(rate, 10) for rate in column["annual_rate"]],
        original_term=12,
        elapsed=2,
        unpaid=10,
        rounding=tuple(distinct),
        rounding_index=[distinct.index(each) for each in roundings],
        **{
            name: column[name]
            for name in ("decimals", "next_due", "start", "frequency", "day_count", "first_stub")
        },
    )
    plans = [plan_of(stages, each["decimals"]) for each, stages in every]
    return loans, plans, np.arange(len(every))
