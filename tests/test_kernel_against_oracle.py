"""The package against the oracle, through the public API only: every column, bit for bit."""

import random
from datetime import date, timedelta
from fractions import Fraction
from itertools import accumulate, pairwise
from math import lcm

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import repayplan as rp
from examples import examples
from oracle import (
    MAX_TOTAL,
    OracleFailure,
    could_grow_to,
    dated_lengths,
    due_date,
    growth,
    lent_at_start,
    oracle_schedule,
    timeline,
)
from strategies import (
    FEW_DAY_COUNTS,
    FREQUENCIES,
    LIMIT,
    MODES,
    batch_of,
    cases,
    loan_of,
    loan_terms,
    plain_terms,
    plan_of,
    random_portfolio,
    spoiled,
)

COLUMNS = [
    "period",
    "due_date",
    "days",
    "opening",
    "drawn",
    "interest",
    "interest_paid",
    "capitalised",
    "deferred",
    "waived",
    "principal",
    "fee",
    "payment",
    "closing",
]


def expected(terms, stages):
    """The oracle's rows, or the code of its failure."""
    try:
        return oracle_schedule(terms, stages)
    except OracleFailure as failure:
        return failure.code


def columns_of(rows):
    return {
        name: np.array([row[name] for row in rows], "datetime64[D]" if name == "due_date" else np.int64)
        for name in COLUMNS
    }


def check_equal(columns, rows):
    assert isinstance(rows, list), f"refused by the oracle: {rows}"
    for name, column in columns_of(rows).items():
        assert columns[name].dtype == column.dtype, name
        np.testing.assert_array_equal(columns[name], column, err_msg=name)


def too_fine(terms, stages):
    """Whether rates and the shares of a year of all rows have no common denominator near what int64 holds."""
    length = sum(stage.get("n", 0) for stage in stages)
    rates = [terms["annual_rate"], *(stage.get("rate") or 0 for stage in stages)]
    rates += [rate for _, rate in terms.get("rate_steps") or ()]
    shares = [period[3] for _, period in zip(range(length), timeline(terms, length), strict=False)]
    return lcm(*(x.denominator for x in (*shares, *(Fraction(rate, 10**10) for rate in rates)))) >= 2**52


def check_code(code, terms, stages, rows):
    """The code is the oracle's, or the plan is refused for amounts that could indeed grow too large."""
    either = ("dates_out_of_order", "beyond_calendar", "out_of_range", "beyond_domain")
    if rows in either and code in either and not {rows, code}.isdisjoint(either[:2]):
        return  # of two faults either may be told
    if code in ("beyond_domain", "out_of_range") and rows not in ("beyond_domain", code):
        # LIMIT: money that mode none restates at 8 decimals must still be money.
        assert too_fine(terms, stages) or could_grow_to(terms, stages) >= min(LIMIT, MAX_TOTAL), (
            "refused, though it can't grow too large"
        )
    else:
        assert code == rows


def check_loan(terms, stages):
    rows = expected(terms, stages)
    try:
        made = rp.schedule(loan_of(terms), plan_of(stages, terms["decimals"]))
    except rp.InputError as error:
        check_code(error.code.value, terms, stages, rows)
    else:
        check_equal(made.columns, rows)
        aside = sum(stage["amount"] for stage in stages if stage["kind"] == "forbear")
        finer = 10 ** (8 - terms["decimals"]) if terms["interest_mode"] == "none" else 1
        owed_something = rows[0]["opening"] > 0
        assert made.paid_off_early == (
            owed_something and len(rows) > 1 and rows[-1]["opening"] == aside * finer
        )


def scheduled(every, **options):
    """{row: its columns, or the code of its failure} of a batch with one template for each loan."""
    loans, plans, template = batch_of(every)
    outcome = rp.schedule(loans, plans, template=template, **options)
    return unpacked(outcome)


def unpacked(outcome):
    columns, offsets = outcome.value.by_loan()
    made = {failure.row: failure.code.value for failure in outcome.failures}
    for place, row in enumerate(outcome.row.tolist()):
        mine = slice(offsets[place], offsets[place + 1])
        assert (columns["row"][mine] == row).all()
        made[row] = {name: columns[name][mine] for name in COLUMNS}
    assert sorted(made) == list(range(len(outcome.row) + len(outcome.failures)))
    return made


def check_same(one, other):
    assert isinstance(one, str) == isinstance(other, str), (one, other)
    if isinstance(one, str):
        assert one == other
    else:
        for name in COLUMNS:
            np.testing.assert_array_equal(one[name], other[name], err_msg=name)


def check_batch(every, made):
    for row, (terms, stages) in enumerate(every):
        rows = expected(terms, stages)
        if isinstance(made[row], str):
            check_code(made[row], terms, stages, rows)
        else:
            check_equal(made[row], rows)


def chance(seed):
    return random.Random(seed)  # noqa: S311 - the same loans in every run, no secrets


# Against the oracle


@given(cases())
def test_one_loan_equals_the_oracle(case):
    check_loan(*case)


@given(st.lists(cases(), min_size=1, max_size=8))
def test_every_row_of_a_batch_equals_the_oracle(every):
    check_batch(every, scheduled(every))


@pytest.mark.parametrize(
    "stages",
    [
        # No row of the first stage is the plan's last: its cycle holds in all of them.
        [
            {"kind": "equal_principal", "n": 3, "amount": 5000, "principal_on": 2},
            {"kind": "fixed_payment", "amount": 30_000},
        ],
        # Interest put aside is spread over the rows that are written.
        [
            {"kind": "holiday", "n": 2, "interest": "defer", "repay": "spread"},
            {"kind": "equal_instalment", "n": 24, "at_least": 30_000},
        ],
        # Each holiday's interest joins the balance at its own end, and only that.
        [
            {"kind": "holiday", "n": 2, "interest": "capitalise_at_end"},
            {"kind": "interest_only", "n": 1},
            {"kind": "holiday", "n": 3, "interest": "capitalise_at_end", "rate": 2_400_000_000},
            {"kind": "equal_instalment", "n": 6},
        ],
        # A plan that a prepayment ends within the holiday pays what waits in its last row, or goes on for it.
        *(
            [
                {"kind": "prepayment", "amount": amount, "on": date(2026, 3, 10), "then": "shorten"},
                {"kind": "holiday", "n": 4, "interest": "capitalise_at_end"},
                {"kind": "equal_instalment", "n": 6},
            ]
            for amount in (99_999, 100_000)
        ),
        [
            {"kind": "holiday", "n": 4, "interest": "capitalise_at_end"},
            {"kind": "fixed_payment", "amount": 30_000},
        ],
        # A payment below the interest stays a fault where the rows after it would be merged.
        [{"kind": "fixed_payment", "amount": 900, "merge_below": 200_000}],
    ],
)
def test_plans_whose_end_is_not_that_of_their_stages(stages):
    check_loan(plain_terms(100_000, 1_200_000_000), stages)


@pytest.mark.parametrize("adjusted", [False, True])
@pytest.mark.parametrize("day_count", ["periods", "ACT/365F"])
@pytest.mark.parametrize("business_day", ["following", "preceding", "modified_following"])
def test_due_dates_that_are_moved_to_one_day(business_day, day_count, adjusted):
    # Friday 2, Saturday 3, ...: of adjusted dates none may coincide, even where whole periods are counted.
    terms = plain_terms(100_000, 1_200_000_000, frequency="daily", day_count=day_count)
    terms |= {"next_due": date(2026, 1, 2), "business_day": business_day, "adjusted": adjusted}
    for n in (1, 2, 3, 5):
        check_loan(terms, [{"kind": "equal_instalment", "n": n}])


def test_a_first_payment_below_the_interest_is_told_before_what_the_last_would_be():
    # Unrounded, of 41 at 29.375 %: the plan without what shortens it has no code of its own.
    terms = plain_terms(41, 2_937_500_000, instalment_mode="none", interest_mode="none", decimals=0)
    stages = [
        {"kind": "prepayment", "amount": 1, "on": terms["next_due"], "then": "shorten"},
        {"kind": "forbear", "amount": 0},
        {"kind": "equal_instalment", "n": 5, "amount": 1},
    ]
    assert expected(terms, stages) == "negative_amortisation"
    check_loan(terms, stages)


def test_dates_that_end_before_the_last_stage_begins_are_too_few():
    terms = plain_terms(100_000, 1_200_000_000, given=(date(2026, 1, 31), date(2026, 2, 28)))
    terms |= {"start": date(2025, 12, 31)}
    for first in (1, 2, 3):
        stages = [
            {"kind": "equal_principal", "n": first, "amount": 10_000},
            {"kind": "fixed_payment", "amount": 200_000},
        ]
        check_loan(terms, stages)
        assert isinstance(expected(terms, stages), list) is (first == 1)


high_rates = st.one_of(st.integers(10**10 + 1, 10**12), st.sampled_from((4 * 10**10, 10**11, 10**12)))


@given(cases(), high_rates)
def test_a_rate_far_above_one_a_year_equals_the_oracle(case, rate):
    terms, stages = case
    steps = terms.get("rate_steps")
    high = {
        "annual_rate": rate,
        "says_period": True,
        "rate_steps": steps and [*steps[:-1], (steps[-1][0], rate)],
    }
    check_loan(terms | high, stages)


@examples(20)
@given(st.lists(st.tuples(cases(), high_rates), min_size=1, max_size=5))
def test_a_batch_of_rates_above_one_and_others_equals_the_oracle(pairs):
    high = {"says_period": True, "rate_steps": None}
    every = [(terms | high | {"annual_rate": rate}, stages) for (terms, stages), rate in pairs]
    mixed = [case for pair, high in zip(pairs, every, strict=True) for case in (pair[0], high)]
    check_batch(mixed, scheduled(mixed))


@given(cases(), st.integers(-3, 80))
def test_a_last_due_date_off_the_frequency(case, days):
    terms, stages = case
    if stages[-1]["kind"] == "fixed_payment":
        with pytest.raises(rp.InputError) as error:
            rp.schedule(loan_of(terms | {"last_due": terms["next_due"]}), plan_of(stages, terms["decimals"]))
        assert error.value.field == "last_due"
        return
    length = sum(stage.get("n", 0) for stage in dated_lengths(terms, stages))
    last_but_one = due_date(terms, length - 2) if length > 1 else terms["next_due"]
    last_due = max(last_but_one + timedelta(days=days), terms["next_due"])
    check_loan(terms | {"last_due": last_due}, stages)


@given(cases(), st.lists(st.integers(1, 120), min_size=1, max_size=60), st.integers(0, 3))
def test_due_dates_given_one_by_one(case, gaps, skipped):
    terms, stages = case
    dates = list(accumulate(gaps, lambda day, gap: day + timedelta(days=gap), initial=terms["next_due"]))
    skipped = min(skipped, len(dates) - 1)
    given_dates = {"given": tuple(dates), "next_due": dates[skipped], "first_stub": "short"}
    before = dates[skipped - 1] if skipped else dates[0] - timedelta(days=30)
    check_loan(terms | given_dates | {"start": before}, stages)


@pytest.mark.parametrize(
    ("last_due", "stub", "count", "last_but_one"),
    [
        ("2026-07-31", "short", 7, "2026-06-30"),
        ("2026-07-31", "long", 7, "2026-06-30"),
        ("2026-08-10", "short", 8, "2026-07-31"),
        ("2026-08-10", "long", 7, "2026-06-30"),
        ("2026-01-31", "long", 1, None),
    ],
)
def test_the_final_stub(last_due, stub, count, last_but_one):
    loan = rp.Loan(
        principal="1000",
        annual_rate="0.12",
        original_term=12,
        elapsed=0,
        unpaid=12,
        next_due="2026-01-31",
        last_due=last_due,
        final_stub=stub,
        day_count="ACT/365F",
    )
    rows = rp.schedule(loan, rp.equal_instalment(rp.col("periods_left"))).rows
    assert len(rows) == count
    assert rows[-1].due_date.isoformat() == last_due
    assert last_but_one is None or rows[-2].due_date.isoformat() == last_but_one


@given(cases(lengths=st.integers(300, 3660), ahead=0))
@settings(max_examples=6)
def test_long_plans_equal_the_oracle(case):
    check_loan(*case)


@pytest.mark.parametrize("frequency", ["monthly", "weekly"])
@pytest.mark.parametrize("kind", ["equal_instalment", "equal_principal", "flat"])
def test_the_longest_plan_equals_the_oracle(kind, frequency):
    terms = plain_terms(10**14 + 1, 700_000_000, frequency=frequency, day_count="periods")
    check_loan(terms, [{"kind": kind, "n": 3660}])


@pytest.mark.slow
@pytest.mark.parametrize("day_count", FEW_DAY_COUNTS)
def test_many_random_loans_in_one_batch_equal_the_oracle(day_count):
    # Few templates with columns for their numbers, as portfolios are restructured.
    every, loans, plans, template = random_portfolio(chance(day_count), 80, day_count)
    check_batch(every, unpacked(rp.schedule(loans, plans, template=template)))


@pytest.mark.parametrize("principal", [2**29, 2**30 - 1, 2**30, 2**31 - 2, 2**31 - 1, 2**31, 2**32])
@pytest.mark.parametrize("rate", [700_000_000, 10**10])
@pytest.mark.parametrize("kind", ["equal_instalment", "equal_principal", "flat"])
def test_figures_about_as_large_as_half_the_room_holds_equal_the_oracle(kind, principal, rate):
    terms = plain_terms(principal, rate, frequency="annual", day_count="periods")
    check_loan(terms, [{"kind": kind, "n": 4}])


# Amounts nearest to where rounding turns


def convergents(x, largest):
    """The continued fraction's best approximations p/q of x, with q at most `largest`."""
    p, q, p_before, q_before = 1, 0, 0, 1
    while True:
        whole = x.numerator // x.denominator
        p, q, p_before, q_before = whole * p + p_before, whole * q + q_before, p, q
        if q > largest:
            return
        yield p, q
        if x == whole:
            return
        x = 1 / (x - whole)


def nearest_to_turning(ratio, largest):
    """Balances B for which B * ratio lies as near as any to a whole number, or to a half."""
    return {q for _, q in convergents(ratio, largest)} | {
        q for p, q in convergents(2 * ratio, largest) if p % 2
    }


@pytest.mark.slow
@pytest.mark.parametrize("n", [2, 3, 7, 12, 60, 360])
def test_level_instalments_nearest_to_a_half_are_rounded_the_right_way(n):
    # B * A(1) is then within about 1/B of a half or a whole: 1e-15 or less, beyond what floats tell apart.
    every = []
    for rate in (1, 480_000_000, 1_234_567_891, 10**10):
        terms = plain_terms(1, rate)
        factors = [period[2] for _, period in zip(range(n), timeline(terms), strict=False)]
        lent, paid, _ = growth(factors)
        for balance in sorted(nearest_to_turning(Fraction(lent, paid), 10**15))[-8:]:
            for mode in MODES:
                near = plain_terms(balance, rate, instalment_mode=mode)
                every.append((near, [{"kind": "equal_instalment", "n": n}]))
    check_batch(every, scheduled(every))


@pytest.mark.parametrize("day_count", FEW_DAY_COUNTS)
def test_interest_nearest_to_a_half_is_rounded_the_right_way(day_count):
    every = []
    for frequency in FREQUENCIES:
        for rate in (1, 360_000_000, 3_333_333_333, 9_999_999_999):
            terms = plain_terms(1, rate, frequency=frequency, day_count=day_count)
            factor = next(timeline(terms))[2]
            for balance in sorted(nearest_to_turning(factor, 10**15))[-4:]:
                near = terms | {"principal": balance, "interest_mode": MODES[len(every) % len(MODES)]}
                every.append((near, [{"kind": "interest_only", "n": 2}]))
    check_batch(every, scheduled(every))


# A batch is its loans


@given(st.lists(cases(), min_size=1, max_size=6))
def test_a_row_of_a_batch_is_a_batch_of_one_and_a_loan_alone(every):
    for row, (case, mine) in enumerate(zip(every, in_order(scheduled(every)), strict=True)):
        check_same(mine, scheduled([case])[0])
        terms, stages = case
        loans, _, _ = batch_of(every)
        try:
            alone = rp.schedule(loans.one(row), plan_of(stages, terms["decimals"])).columns
        except rp.InputError as error:
            alone = error.code.value
        check_same(mine, alone)


def in_order(made):
    return [made[row] for row in sorted(made)]


@given(st.lists(cases(), min_size=2, max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_is_irrelevant(every, chance):
    order = list(range(len(every)))
    chance.shuffle(order)
    made, shuffled = scheduled(every), scheduled([every[row] for row in order])
    for place, row in enumerate(order):
        check_same(made[row], shuffled[place])


@given(st.lists(st.tuples(cases(), spoiled()), min_size=1, max_size=6))
def test_bad_neighbours_are_irrelevant(pairs):
    alone = scheduled([good for good, _ in pairs])
    mixed = scheduled([case for good, (bad, _) in pairs for case in (bad, good)])
    for row, (_, (_, code)) in enumerate(pairs):
        assert mixed[2 * row] == code
        check_same(mixed[2 * row + 1], alone[row])


def mixed_portfolio():
    _, loans, plans, template = random_portfolio(chance(400), 400, "ACT/365F")
    return loans, plans, template


def large_portfolio():
    """Of one kind, so that it is cut into blocks; every fiftieth loan can't be kept up."""
    rng = np.random.default_rng(5)
    size = 40_000
    loans = rp.Loans.from_columns(
        principal=rp.minor(rng.integers(10**5, 10**8, size)),
        annual_rate=rng.integers(0, 4000, size) / 10_000,
        original_term=12,
        elapsed=2,
        unpaid=10,
        next_due=np.datetime64("2026-01-01") + rng.integers(0, 365, size),
        day_count="ACT/365F",
        rounding=rp.Rounding(residue="spread"),
    )
    paid = np.where(np.arange(size) % 50 == 0, 1, 10**8)
    before = rp.equal_instalment(2, instalment=rp.minor(paid))
    return loans, [before + rp.equal_instalment(rng.integers(1, 12, size))], np.zeros(size, np.int64)


@pytest.mark.parametrize("portfolio", [mixed_portfolio, large_portfolio])
def test_threads_change_nothing(portfolio):
    loans, plans, template = portfolio()
    one = rp.schedule(loans, plans, template=template, workers=1)
    two = rp.schedule(loans, plans, template=template, workers=2)
    assert len(one.failures) > 0
    np.testing.assert_array_equal(one.row, two.row)
    assert [(f.row, f.code) for f in one.failures] == [(f.row, f.code) for f in two.failures]
    (columns, offsets), (others, other_offsets) = one.value.by_loan(), two.value.by_loan()
    np.testing.assert_array_equal(offsets, other_offsets)
    for name in ("row", *COLUMNS):
        np.testing.assert_array_equal(columns[name], others[name], err_msg=name)


# Identities


@given(st.lists(cases(), min_size=1, max_size=8))
def test_the_rows_add_up(every):
    for row, made in scheduled(every).items():
        if isinstance(made, str):
            continue
        terms, stages = every[row]
        finer = 10 ** (8 - terms["decimals"]) if terms["interest_mode"] == "none" else 1
        owed = {name: value * finer for name, value in terms.items() if isinstance(value, int)}
        balance = lent_at_start(owed)
        np.testing.assert_array_equal(
            made["interest"], made["interest_paid"] + made["capitalised"] + made["deferred"] + made["waived"]
        )
        np.testing.assert_array_equal(
            made["payment"], made["principal"] + made["interest_paid"] + made["fee"]
        )
        np.testing.assert_array_equal(
            made["closing"], made["opening"] + made["drawn"] + made["capitalised"] - made["principal"]
        )
        np.testing.assert_array_equal(made["opening"][1:], made["closing"][:-1])
        assert made["opening"][0] == balance
        assert made["closing"][-1] == 0
        assert made["principal"].sum() == balance + made["drawn"].sum() + made["capitalised"].sum()
        assert made["deferred"].sum() == -(owed["overdue_interest"] + owed["accrued_interest"])
        paid = [stage for stage in stages if stage["kind"] == "fee" and not stage["financed"]]
        assert made["fee"].sum() == owed["fees"] + owed["penalty"] or paid
        assert (made["fee"] >= 0).all()
        below = terms["rate_steps"] and min(rate for _, rate in terms["rate_steps"]) < 0
        for name in ("principal", "opening", "closing", *(() if below else ("interest", "payment"))):
            assert (made[name] >= 0).all(), name
        np.testing.assert_array_equal(made["period"], np.arange(len(made["period"])) + 1)
        assert (np.diff(made["due_date"]).astype(np.int64) > 0).all()


@given(loan_terms(wide=False), st.integers(1, 400))
def test_a_longer_term_never_raises_the_level_instalment(terms, n):
    # Of rates that change, a last instalment solved anew may be larger: the rate is one here.
    terms = terms | {"residue": "last", "rate_steps": None}
    lengths = np.arange(n, n + 12)
    loans, _, _ = batch_of([(terms, [{"kind": "equal_instalment", "n": 1}])] * len(lengths))
    made = rp.schedule(loans, rp.equal_instalment(lengths)).value
    instalments = [made.one(place).instalment for place in range(len(made))]
    assert all(later <= earlier for earlier, later in pairwise(instalments))
