"""Several debts merged into one loan: nothing is lost or counted twice, and a plain reference agrees."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

import numpy as np
import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import assume, given
from hypothesis import strategies as st

import programme
import repayplan as rp
from repayplan import Code, InputError, MergeRule
from repayplan.basics.daycount import DAY_COUNTS, year_fraction
from repayplan.basics.grid import Grid
from repayplan.plans.joined import joined
from repayplan.plans.loan import Loans
from repayplan.plans.loanreading import COMPONENTS
from repayplan.testing.loan_strategies import loans as any_loan
from test_vectorised import calls

TODAY = date(2026, 1, 20)
PLAIN_COUNTS = [count.name for count in DAY_COUNTS if not count.on_grid and count.year is not None]
MODES = st.sampled_from(["half_up", "half_even", "up", "down"])


@st.composite
def debts(draw, day_counts=("periods", *PLAIN_COUNTS), *, largest=10**7):
    """A monthly debt whose next instalment falls due within a month of today."""
    due = TODAY + timedelta(draw(st.integers(0, 27)))
    term = draw(st.integers(1, 60))
    part = st.integers(0, largest // 100) | st.just(0)
    amounts = {name: str(Decimal(draw(part)).scaleb(-2)) for name in COMPONENTS[1:]}
    steps = ((due - timedelta(400), "0.05"), (TODAY - timedelta(draw(st.integers(-9, 30))), "0.08"))
    rate = draw(st.sampled_from(["0", "0.05", "0.0725", "0.18"]) | st.integers(0, 10**10).map(in_tenths))
    return rp.Loan(
        principal=str(Decimal(draw(st.integers(0, largest))).scaleb(-2)),
        annual_rate=rp.SteppedRate(steps) if draw(st.integers(0, 5)) == 5 else rate,
        original_term=term,
        elapsed=draw(st.integers(0, term + 6)),
        unpaid=draw(st.integers(0, term + 6)),
        months_extended=draw(st.sampled_from([0, 0, 3, 12])),
        next_due=due,
        start=draw(st.none() | st.just(TODAY - timedelta(draw(st.integers(0, 40))))),
        original_maturity=draw(st.none() | st.dates(date(2025, 6, 1), date(2031, 1, 1))),
        day_count=draw(st.sampled_from(day_counts)),
        instalment=draw(st.none() | st.integers(1, 900)),
        rounding=rp.Rounding(interest=draw(MODES)),
        **amounts,
    )


def in_tenths(units):
    return str(Decimal(units).scaleb(-10))


def owed(loan):
    return sum(Fraction(getattr(loan, name)) for name in COMPONENTS)


def balance(loan):
    return Fraction(loan.principal) + Fraction(loan.overdue_principal)


def rounded(exact, mode):
    low = floor(exact)
    if mode == "down" or exact == low:
        return low
    if mode == "up" or exact - low > Fraction(1, 2):
        return low + 1
    tie = exact - low == Fraction(1, 2)
    return low + 1 if tie and (mode == "half_up" or low % 2) else low


def interest(loan, day):
    """Cents from the loan's own day to another: of its period, less what runs from that day on."""
    begin, due = loan.interest_from, loan.next_due
    # Counted from the start, so that the parts add up; of periods, a whole one is a twelfth, to its end.
    count = "30E/360" if loan.day_count == "periods" else loan.day_count
    whole = (
        Fraction(1, 12)
        if count != loan.day_count and loan.batch.whole[0]
        else year_fraction(begin, due, count)
    )

    def years(first, last):
        return since(last) - since(first)

    def since(each):
        return whole if each == due else min(year_fraction(begin, each, count), whole)

    def borne(first):
        if first == due:
            return 0
        path = loan.annual_rate
        if isinstance(path, Decimal):
            return Fraction(path) * years(first, due)
        cuts, rates = path.segments(first, due)
        ends = [first, *(each.item() for each in cuts), due]
        parts = zip(rates.tolist(), ends, ends[1:], strict=False)
        return sum(Fraction(rate, 10**10) * years(*span) for rate, *span in parts)

    return rounded(balance(loan) * (borne(begin) - borne(day)) * 100, loan.rounding.interest)


def left(loan):
    """Instalments up to the original maturity."""
    if loan.original_maturity is None:
        return loan.original_term - loan.elapsed
    count = 0
    while loan.next_due + relativedelta(months=count) <= loan.original_maturity:
        count += 1
    while loan.next_due + relativedelta(months=count - 1) > loan.original_maturity:
        count -= 1
    return count


@st.composite
def borrowers(draw, **options):
    """One's debts, no two of which owe the same; rates that change are left to their own test."""
    mine = draw(st.lists(debts(**options), min_size=1, max_size=5))
    some = [loan for loan in mine if owed(loan)]
    assume(some)
    assume(all(isinstance(loan.annual_rate, Decimal) for loan in some) or len(some) == 1)
    day = max(loan.interest_from for loan in some)
    assume(all(loan.next_due >= day for loan in some))
    final = [owed(loan) * 100 + interest(loan, day) for loan in some]
    assume(len(set(final)) == len(final))
    return mine


RULES = st.builds(
    MergeRule,
    rate_rounding=MODES,
    rate_multiple=st.sampled_from([None, "0.00125", "0.0001"]),
    original_term=st.sampled_from(["shortest", "longest"]),
    maturity=st.sampled_from(["earliest", "latest"]),
    due_day=st.sampled_from(["largest", "earliest", 1, 15, 31]),
) | st.builds(MergeRule, rate=st.sampled_from(["lowest", "highest", "0.0625"]))


@given(borrowers(), RULES)
def test_one_borrower_by_hand(mine, rule):
    some = [loan for loan in mine if owed(loan)]
    day = max(loan.interest_from for loan in some)
    rates = [Fraction(loan.annual_rate) for loan in some if isinstance(loan.annual_rate, Decimal)]
    bears = [balance(loan) for loan in some]
    weights = bears if sum(bears) else [owed(loan) for loan in some]
    if rule.rate == "weighted" and rates:
        step = Fraction(rule.rate_multiple or Decimal("1e-10"))
        average = sum(rate * weight for rate, weight in zip(rates, weights, strict=True)) / sum(weights)
        rate = rounded(average / step, rule.rate_rounding) * step
        assume(rate <= 1)
    else:
        given_rate = rule.rate if isinstance(rule.rate, Decimal) else None
        rate = Fraction(given_rate) if given_rate is not None else None
        if rate is None and rates:
            rate = min(rates) if rule.rate == "lowest" else max(rates)

    one = rp.merge(mine, rule=rule)
    merged = one.loan

    for name in COMPONENTS:
        more = sum(Fraction(part) for part in one.accrued) if name == "accrued_interest" else 0
        assert Fraction(getattr(merged, name)) == sum(Fraction(getattr(loan, name)) for loan in mine) + more
    by_hand = [interest(loan, day) if owed(loan) else 0 for loan in mine]
    assert [part * 100 for part in one.accrued] == by_hand
    assert merged.interest_from == day
    if rate is not None:
        assert Fraction(merged.annual_rate) == rate
    else:
        assert merged.annual_rate == some[0].annual_rate
    largest = max(some, key=lambda loan: owed(loan) * 100 + interest(loan, day))
    assert (merged.day_count, merged.rounding) == (largest.day_count, largest.rounding)
    earliest = min(loan.next_due for loan in some)
    if isinstance(rule.due_day, int):
        assert merged.next_due >= earliest
        ahead = [earliest + timedelta(i) for i in range(62)]
        month_end = [(each + timedelta(1)).day == 1 for each in ahead]
        fits = [
            d
            for d, e in zip(ahead, month_end, strict=True)
            if d.day == rule.due_day or (e and d.day < rule.due_day)
        ]
        assert merged.next_due == fits[0]
    else:
        assert merged.next_due == (earliest if rule.due_day == "earliest" else largest.next_due)
    terms = [loan.original_term for loan in some]
    assert merged.original_term == (min(terms) if rule.original_term == "shortest" else max(terms))
    keyed = [(left(loan), loan.months_extended, loan.unpaid) for loan in some]
    last = min(keyed) if rule.maturity == "earliest" else max(keyed)
    of_plan = merged.batch.to_original_maturity.item(), merged.months_extended, merged.unpaid
    assert of_plan == last
    stated = all(loan.instalment is not None for loan in some)
    assert (merged.instalment or 0) == (sum(loan.instalment for loan in some) if stated else 0)


def columns_of(loans, rows=slice(None)):
    every = {
        name: getattr(loans, name)[rows]
        for name in vars(loans)
        if isinstance(getattr(loans, name), np.ndarray)
    }
    return {name: column.astype(str).tolist() for name, column in every.items()}


KEPT = (
    *COMPONENTS,
    "annual_rate",
    "original_term",
    "elapsed",
    "unpaid",
    "months_extended",
    "next_due",
    "start",
)
KEPT += ("original_maturity", "last_due", "final_stub", "instalment", "frequency", "stub", "whole", "late")
KEPT += ("decimals", "finer", "spread", "rate_anchor", "to_original_maturity", "good")


@given(any_loan())
def test_a_debt_alone_is_as_it_was(loan):
    merged = rp.merge([loan]).loan
    for name in KEPT:
        assert str(getattr(merged.batch, name)) == str(getattr(loan.batch, name)), name
    for name in ("annual_rate", "day_count", "due_dates", "rounding"):
        assert getattr(merged, name) == getattr(loan, name)
    plan = rp.equal_instalment(5)
    both = [rp.schedule(each.batch, plan) for each in (loan, merged)]
    assert [len(made.failures) for made in both] == [len(both[0].failures)] * 2
    if not both[0].failures:
        assert both[0].value.one(0).rows == both[1].value.one(0).rows


@given(st.lists(borrowers(), min_size=1, max_size=4), RULES, st.randoms(use_true_random=False))
def test_a_batch_is_each_borrower_by_itself_in_any_order(homes, rule, random):
    flat = [(k, loan) for k, mine in enumerate(homes) for loan in mine]
    random.shuffle(flat)
    merged = rp.merge(joined([loan for _, loan in flat]), [f"b{k}" for k, _ in flat], rule)
    assert merged.value.borrower_ids.tolist() == [f"b{k}" for k in range(len(homes))]
    whole = {failure.row: failure for failure in merged.failures}  # a rate that is rounded above 1, say
    assert merged.row.tolist() == [k for k in range(len(homes)) if k not in whole]
    for k, mine in enumerate(homes):
        if k in whole:
            with pytest.raises(InputError) as caught:
                rp.merge(mine, rule=rule)
            assert str(caught.value) == str(whole[k].error())
            continue
        one, got = rp.merge(mine, rule=rule), merged.value.one(k)
        assert str(got.loan) == str(one.loan)
        parts = [sorted(zip(map(str, each.debts), each.accrued, strict=True)) for each in (got, one)]
        assert parts[0] == parts[1]


READINGS = st.sampled_from(["beyond_original_maturity", "new_plan"])


@given(borrowers(), st.integers(0, 200), st.integers(0, 60), READINGS)
def test_by_default_no_limit_allows_more_than_to_any_of_the_debts(mine, percent, months, reading):
    tiers = (rp.ExtensionTier(up_to_months=24, max_months=months), rp.ExtensionTier(max_months=months + 12))
    limit = rp.ExtensionLimit(
        percent=percent,
        reading=reading,
        max_extension_months=months,
        max_new_plan_months=months + 9,
        by_original_term=tiers,
    )
    merged = limit.longest(rp.merge(mine).loan)
    for loan in (loan for loan in mine if owed(loan)):
        alone = limit.longest(loan)
        assert all(merged.by_rule[code] <= most for code, most in alone.by_rule.items())
        assert merged.longest <= alone.longest


@pytest.mark.parametrize("name", ["ACT/ACT ICMA", "30E/360 ISDA", "ACT/365L"])
def test_day_counts_that_look_at_the_due_dates(name):
    """The two parts of a period are the whole of it, at the end of February too."""
    terms = {"annual_rate": "0.12", "original_term": 9, "elapsed": 0, "unpaid": 9, "day_count": name}
    loan = rp.Loan(principal="900000", next_due="2028-03-15", **terms)
    late = rp.Loan(principal="1", next_due="2028-03-20", start="2028-02-29", **terms)
    on_grid = Grid.of("2028-03-15", "monthly")
    parts = [
        year_fraction(*days, name, grid=on_grid)
        for days in (("2028-02-15", "2028-03-15"), ("2028-02-29", "2028-03-15"))
    ]
    if name == "ACT/365L":  # the year of the whole period's end, 366 days, for both
        parts = [Fraction(29, 366), Fraction(15, 366)]
    expected = rounded(900_000_00 * Fraction(12, 100) * (parts[0] - parts[1]), "half_up")
    assert rp.merge([loan, late]).accrued == (Decimal(expected).scaleb(-2), Decimal("0.00"))


def test_a_due_date_that_is_moved_to_an_earlier_business_day():
    law = rp.DueDates(business_day="preceding", adjusted=True, calendar=rp.WEEKENDS)
    terms = {"annual_rate": "0.12", "original_term": 9, "elapsed": 0, "unpaid": 9, "day_count": "ACT/365F"}
    moved = rp.Loan(principal="3650", next_due="2026-01-31", due_dates=law, **terms)  # a Saturday
    plain = rp.Loan(principal="100", next_due="2026-02-20", start="2026-01-30", **terms)
    assert rp.merge([moved, plain]).accrued[0] == Decimal("36.00")  # 31 December to 30 January
    with pytest.raises(InputError) as caught:
        rp.merge([moved, replace(plain, start="2026-01-31")])
    assert (caught.value.code, caught.value.value) == (Code.DATES_OUT_OF_ORDER, "2026-01-30")


def test_an_unrounded_debt_gives_whole_cents():
    free = rp.Rounding(instalment="none", interest="none")
    loan = rp.Loan(
        principal="100",
        annual_rate="0.05",
        original_term=9,
        elapsed=0,
        unpaid=9,
        next_due="2026-01-31",
        day_count="ACT/365F",
        rounding=free,
    )
    # 30 days: 0.410958...; 365 days of 0.73 at 5 %, 0.0365: to even where it is a tie.
    late = replace(loan, next_due="2026-02-15", start="2026-01-30", principal="1")
    assert rp.merge([loan, late]).accrued == (Decimal("0.41"), Decimal("0.00"))
    year = replace(loan, principal="0.90", next_due="2027-01-31", start="2026-01-30", frequency="annual")
    on = replace(year, start="2027-01-30", principal="10")
    assert rp.merge([year, on]).accrued[0] == Decimal("0.04")  # 0.045
    assert rp.merge([replace(year, principal="1.10"), on]).accrued[0] == Decimal("0.06")  # 0.055


def test_interest_follows_a_changing_rate():
    path = rp.SteppedRate((("2025-01-01", "0.12"), ("2026-01-11", "0.24")))
    terms = {"original_term": 12, "elapsed": 3, "unpaid": 9, "annual_rate": path, "day_count": "30E/360"}
    first = rp.Loan(principal="3600", next_due="2026-01-30", **terms)
    second = rp.Loan(principal="7200", next_due="2026-02-20", **terms)
    one = rp.merge([first, second])
    # 30 December to 20 January: 11 days at 12 %, 9 at 24 %.
    assert one.accrued == (Decimal("13.20") + Decimal("21.60"), Decimal("0.00"))
    assert one.loan.annual_rate == path
    with pytest.raises(InputError) as caught:
        rp.merge([first, replace(second, annual_rate="0.12")])
    assert (caught.value.code, caught.value.field, caught.value.value) == (
        Code.DEBTS_DIFFER,
        "annual_rate",
        "0.1200000000, 0.1200000000",
    )
    mixed = rp.merge([first, replace(second, annual_rate="0.12")], rule=MergeRule(rate="0.2"))
    assert mixed.loan.annual_rate == Decimal("0.2")


def test_linked_rates_keep_their_spread_and_anchor():
    index = rp.Index("LPR", ["2025-01-01"], ["0.03"], "test")
    path = rp.LinkedRate(index, None, reset=12)
    terms = {"original_term": 12, "elapsed": 3, "unpaid": 9, "annual_rate": path, "next_due": "2026-01-31"}
    two = [
        rp.Loan(principal=each, spread="0.01", rate_anchor="2025-06-01", **terms) for each in ("100", "250")
    ]
    merged = rp.merge(two).loan
    assert (merged.spread, merged.rate_anchor, merged.annual_rate) == (
        Decimal("0.01"),
        date(2025, 6, 1),
        path,
    )
    fixed = rp.Loan(principal="7", **(terms | {"annual_rate": "0.05"}))
    got = rp.merge(joined([*two, fixed]), ["a", "a", "b"]).value.loans
    assert got.annual_rate.tolist() == [400_000_000, 500_000_000]
    with pytest.raises(InputError) as caught:
        rp.merge([two[0], replace(two[1], spread="0.02")])
    assert (caught.value.code, caught.value.field) == (Code.DEBTS_DIFFER, "annual_rate")


def test_other_frequencies_become_the_rules():
    terms = {"annual_rate": "0.06", "elapsed": 4, "next_due": "2026-01-31"}
    weekly = rp.Loan(principal="100", original_term=104, unpaid=53, frequency="weekly", **terms)
    yearly = rp.Loan(
        principal="200", original_term=5, unpaid=1, frequency="annual", start="2026-01-24", **terms
    )
    with pytest.raises(InputError) as caught:
        rp.merge([weekly, yearly])
    assert (caught.value.code, caught.value.field, caught.value.value) == (
        Code.DEBTS_DIFFER,
        "frequency",
        "annual, weekly",
    )
    merged = rp.merge([weekly, yearly], rule=MergeRule(frequency="monthly")).loan
    assert (merged.frequency, merged.original_term) == ("monthly", 24)  # 104 weeks are 24 months
    # The last of the year's debt is due on 31 January 2026, the weekly one's 99 weeks later.
    assert (merged.batch.to_original_maturity.tolist(), merged.unpaid) == ([1], 12)
    latest = rp.merge(
        [weekly, yearly], rule=MergeRule(frequency="monthly", original_term="longest", maturity="latest")
    ).loan
    assert (latest.original_term, latest.unpaid) == (60, ceil(53 * 12 / 52))
    assert latest.batch.to_original_maturity.tolist() == [23]  # 25 December 2027


def test_a_weighted_average_to_the_next_eighth_of_a_percent():
    """The rule of 20 U.S.C. 1087e(b)(8)(D)."""
    rule = MergeRule(rate_rounding="up", rate_multiple="0.00125")
    terms = {"original_term": 120, "elapsed": 0, "unpaid": 120, "next_due": "2026-01-31"}
    two = [
        rp.Loan(principal=amount, annual_rate=rate, **terms)
        for amount, rate in (("10000", "0.0550"), ("5000", "0.0681"))
    ]
    # 5.936... % lies between 5.875 % and 6 %.
    assert rp.merge(two, rule=rule).loan.annual_rate == Decimal("0.06")
    alike = [replace(loan, annual_rate="0.05875") for loan in two]
    assert rp.merge(alike, rule=rule).loan.annual_rate == Decimal("0.05875")


@given(st.lists(st.tuples(st.integers(0, 2**58), st.integers(0, 10**10)), min_size=1, max_size=7))
def test_averages_of_large_amounts_are_exact(parts):
    assume(0 < sum(amount for amount, _ in parts) <= 10**18)
    loans = Loans.from_columns(
        principal=rp.minor([amount for amount, _ in parts]),
        annual_rate=[in_tenths(rate) for _, rate in parts],
        original_term=9,
        elapsed=0,
        unpaid=9,
        next_due="2026-01-31",
        start="2026-01-31",
        decimals=0,
    )
    merged = rp.merge(loans, [7] * len(parts)).value.loans
    exact = Fraction(sum(a * r for a, r in parts), sum(a for a, _ in parts))
    assert merged.annual_rate.tolist() == [rounded(exact, "half_up")]


def three(**changes):
    """Three borrowers, of whom the middle one has two debts; the changes are of its second."""
    rows = [
        {"principal": "500", "next_due": "2026-01-31", "annual_rate": "0.05"},
        {"principal": "900", "next_due": "2026-01-31", "annual_rate": "0.06"},
        {"principal": "300", "next_due": "2026-02-15", "annual_rate": "0.07"} | changes,
        {"principal": "700", "next_due": "2026-01-10", "annual_rate": "0.08"},
    ]
    names = dict.fromkeys(name for row in rows for name in row)
    plain = {"decimals": 2, "frequency": "monthly", "start": None, "currency": "EUR"}
    columns = {name: [row.get(name, plain.get(name, 0)) for row in rows] for name in names}
    currency = columns.pop("currency", "EUR")
    return Loans.from_columns(original_term=36, elapsed=6, unpaid=30, currency=currency, **columns)


FAULTS = {
    "currency": ({"currency": "USD"}, Code.DEBTS_DIFFER, "currency", "EUR, USD", ""),
    "decimals": ({"decimals": 0}, Code.DEBTS_DIFFER, "decimals", "0, 2", ""),
    "frequency": ({"frequency": "quarterly"}, Code.DEBTS_DIFFER, "frequency", "monthly, quarterly", ""),
    "a bad debt": ({"principal": "-1"}, Code.NEGATIVE, "principal", "-1", "0 to 10000000000000000"),
    "due before": (
        {"next_due": "2026-03-15"},
        Code.DATES_OUT_OF_ORDER,
        "next_due",
        "2026-01-31",
        ">= 2026-02-15",
    ),
}


@pytest.mark.parametrize("fault", list(FAULTS))
def test_a_fault_is_that_of_its_borrower_alone(fault):
    change, *expected = FAULTS[fault]
    bad, good = (rp.merge(three(**each), ["a", "b", "b", "c"]) for each in (change, {}))
    (failure,) = bad.failures
    assert [failure.row, failure.code, failure.field, failure.value, failure.limit] == [1, *expected]
    assert bad.row.tolist() == [0, 2]
    assert columns_of(bad.value.loans, [0, 2]) == columns_of(good.value.loans, [0, 2])
    assert not bad.value.loans.good[1]
    assert bad.value.loans.balance[1] == 0
    with pytest.raises(InputError) as caught:
        bad.value.one(1)
    assert caught.value.code is expected[0]


def test_nothing_owed_is_a_fault_and_a_debt_without_anything_owed_has_no_part():
    got = rp.merge(three(principal="0", frequency="quarterly", next_due="2031-01-31"), ["a", "b", "b", "c"])
    assert not got.failures
    assert got.value.one(1).loan.next_due == date(2026, 1, 31)
    none = rp.merge(three(principal="0"), ["a", "b", "c", "d"])
    assert [(f.row, f.code) for f in none.failures] == [(2, Code.NOTHING_OWED)]


def test_all_that_is_owed_together_may_be_too_large():
    top = rp.minor([10**18] * 5)
    terms = {"annual_rate": 0, "original_term": 9, "elapsed": 0, "unpaid": 9, "next_due": "2026-01-31"}
    got = rp.merge(Loans.from_columns(principal=top, **terms), [1, 1, 1, 1, 1])
    assert [(f.code, f.field) for f in got.failures] == [(Code.BEYOND_DOMAIN, "principal")]
    some = rp.merge(Loans.from_columns(principal=rp.minor([10**18] * 3), **terms), [1, 1, 1])
    assert [(f.code, f.field) for f in some.failures] == [(Code.OUT_OF_RANGE, "principal")]


def test_a_common_day_of_ones_own():
    loans = three()
    got = rp.merge(loans, ["a", "b", "b", "c"], on=["2026-01-15", "2026-01-20", "2025-12-01"])
    assert [(f.row, f.code, f.field, f.limit) for f in got.failures] == [
        (2, Code.DATES_OUT_OF_ORDER, "on", ">= 2025-12-10")
    ]
    # 15, 20 and 5 days of a month of 30, on 500 at 5 %, 900 at 6 %, 300 at 7 %.
    assert got.value.accrued.tolist() == [104, 300, 29, 0]
    assert got.value.loans.start.astype(str).tolist()[:2] == ["2026-01-15", "2026-01-20"]


def test_interest_below_zero_is_refused():
    path = rp.FixedRate("-0.05", negative=True)
    terms = {"original_term": 12, "elapsed": 3, "unpaid": 9, "annual_rate": path}
    first = rp.Loan(principal="3600", next_due="2026-01-15", **terms)
    second = rp.Loan(principal="3600", next_due="2026-01-31", **terms)
    with pytest.raises(InputError) as caught:
        rp.merge([first, second])
    assert (caught.value.code, caught.value.field, caught.value.value) == (
        Code.NEGATIVE,
        "accrued_interest",
        "-7.50",
    )
    paid = rp.merge([replace(first, accrued_interest="10"), second])
    assert (paid.loan.accrued_interest, paid.accrued[0]) == (Decimal("2.50"), Decimal("-7.50"))


def test_due_dates_that_end_before_the_original_maturity():
    law = rp.DueDates(given=("2026-01-31", "2026-02-28"))
    terms = {"original_term": 12, "elapsed": 3, "unpaid": 9, "annual_rate": "0.05", "next_due": "2026-01-31"}
    listed = rp.Loan(principal="3600", due_dates=law, **terms)
    short = rp.Loan(principal="100", **(terms | {"original_term": 6}))
    assert rp.merge([listed, short]).loan.batch.to_original_maturity.tolist() == [3]
    with pytest.raises(InputError) as caught:
        rp.merge([listed, short], rule=MergeRule(maturity="latest"))
    assert (caught.value.code, caught.value.field) == (Code.BEYOND_CALENDAR, "original_maturity")
    dated = rp.Loan(principal="9000", **(terms | {"original_term": 6, "elapsed": 0, "unpaid": 24}))
    later = rp.Loan(principal="8", **(terms | {"elapsed": 0}))
    long = rp.merge([dated, later], rule=MergeRule(maturity="latest")).loan
    assert (long.original_term, long.elapsed, long.original_maturity) == (6, 0, date(2026, 12, 31))


def test_a_day_of_the_month_needs_months():
    two = [
        rp.Loan(
            principal=each,
            annual_rate="0.05",
            original_term=50,
            elapsed=0,
            unpaid=50,
            next_due="2026-01-31",
            frequency="weekly",
        )
        for each in ("100", "200")
    ]
    with pytest.raises(InputError) as caught:
        rp.merge(two, rule=MergeRule(due_day=31))
    assert (caught.value.code, caught.value.field) == (Code.UNKNOWN_VALUE, "next_due")


@pytest.mark.parametrize(
    ("ids", "field"),
    [
        (["a", "", "a", "b"], "borrower_ids[1]"),
        (["a", None, "a", "b"], "borrower_ids[1]"),
        ([1.0, float("nan"), 2.0, 2.0], "borrower_ids[1]"),
    ],
)
def test_a_debt_of_nobody(ids, field):
    with pytest.raises(InputError) as caught:
        rp.merge(three(), ids)
    assert (caught.value.code, caught.value.field) == (Code.MISSING, field)


def test_ids_of_any_kind_in_order():
    loans = three()
    for ids, known in (
        ([10, 9, 9, 100], [9, 10, 100]),
        (np.array([10, 9, 9, 100], np.int32), [9, 10, 100]),
        (["10", "9", "9", "100"], ["10", "100", "9"]),
    ):
        merged = rp.merge(loans, ids).value
        assert merged.borrower_ids.tolist() == known
        assert merged.borrower_ids[merged.borrower].tolist() == list(ids)
        assert len(merged) == 3
    assert repr(merged) == "Merged(4 debts of 3 borrowers)"
    with pytest.raises(TypeError):
        rp.merge(loans, ["a"])
    with pytest.raises(InputError) as caught:
        rp.merge([])
    assert caught.value.code is Code.MISSING


def test_none_at_all():
    got = rp.merge(three().take(np.zeros(0, np.int64)), [])
    assert (len(got.value.loans), got.row.tolist(), len(got.failures)) == (0, [], 0)


def test_further_columns_are_kept_where_the_debts_agree():
    loans = three()
    further = {
        "status": ["Late", "Late", "Late", "Paid"],
        "product": np.array(["card", "card", "car", "car"]),
        "born": np.array(["1960-01-31", "1970-02-28", "1970-02-28", "1980-03-31"], "datetime64[D]"),
        "seen": np.array(["2025-01-31", "2025-02-28", "2025-03-28", "2025-03-31"], "datetime64[D]"),
        "payments": [3, 4, 5, 6],
        "pay": rp.minor([300, 400, 400, 600]),
        "branch": "north",
    }
    mine = loans.replace(extra={**loans.extra, **further})
    got = rp.merge(mine, ["a", "b", "b", "c"], columns={"payments": [1, 2, 3], "more": ["x", "y", "z"]})
    extra = got.value.loans.extra
    assert list(extra["status"]) == ["Late", "Late", "Paid"]
    assert list(extra["product"]) == ["card", "", "car"]
    assert extra["born"].astype(str).tolist() == ["1960-01-31", "1970-02-28", "1980-03-31"]
    assert extra["seen"].astype(str).tolist() == ["2025-01-31", "NaT", "2025-03-31"]
    assert (extra["payments"], extra["more"], extra["branch"]) == ([1, 2, 3], ["x", "y", "z"], "north")
    assert list(extra["pay"]) == ["3.00", "4.00", "6.00"]
    assert list(rp.merge(mine, ["a", "b", "b", "c"]).value.loans.extra["payments"]) == [3, None, 6]
    one = got.value.one(1).loan
    assert (one.currency, one.columns["status"], one.columns["payments"]) == ("EUR", "Late", 2)


def test_a_currency_that_is_not_said_is_that_of_the_others():
    got = rp.merge(three(currency=""), ["a", "b", "b", "c"])
    assert list(got.value.loans.extra["currency"]) == ["EUR", "EUR", "EUR"]


def test_a_plan_is_proposed_for_the_borrowers():
    loans = three()
    loans = loans.replace(extra={**loans.extra, "status": ["Late"] * 4})
    merged = rp.merge(loans, ["a", "b", "b", "c"]).value
    homes = rp.Households.from_columns(net_income=["1200", "1010", "1300"])
    policy = rp.Policy.loads(programme.POLICY)
    got = rp.propose(merged.loans, homes, policy)
    assert (len(got.failures), got.value.offered.all()) == (0, True)
    for i, income in enumerate(("1200", "1010", "1300")):
        alone = rp.propose(merged.one(i).loan, rp.Household(net_income=income), policy)
        assert str(alone) == str(got.value.one(i))
        assert alone.schedule.rows == got.value.one(i).schedule.rows


FIELDS = [
    ({"rate": "median"}, Code.OUT_OF_RANGE, "merge.rate"),
    ({"rate": "1.01"}, Code.OUT_OF_RANGE, "merge.rate"),
    ({"rate": None}, Code.MISSING, "merge.rate"),
    ({"rate_multiple": "0"}, Code.OUT_OF_RANGE, "merge.rate_multiple"),
    ({"rate_multiple": "0.00000000001"}, Code.OUT_OF_RANGE, "merge.rate_multiple"),
    ({"rate_rounding": "none"}, Code.UNKNOWN_VALUE, "merge.rate_rounding"),
    ({"rate": "lowest", "rate_multiple": "0.01"}, Code.UNKNOWN_VALUE, "merge.rate_multiple"),
    ({"rate": "0.05", "rate_rounding": "up"}, Code.UNKNOWN_VALUE, "merge.rate_rounding"),
    ({"original_term": "average"}, Code.UNKNOWN_VALUE, "merge.original_term"),
    ({"maturity": "shortest"}, Code.UNKNOWN_VALUE, "merge.maturity"),
    ({"due_day": "latest"}, Code.UNKNOWN_VALUE, "merge.due_day"),
    ({"due_day": 0}, Code.OUT_OF_RANGE, "merge.due_day"),
    ({"due_day": 32}, Code.OUT_OF_RANGE, "merge.due_day"),
    ({"due_day": True}, Code.OUT_OF_RANGE, "merge.due_day"),
    ({"frequency": "sometimes"}, Code.UNKNOWN_VALUE, "merge.frequency"),
    ({"frequency": "weekly", "due_day": 3}, Code.UNKNOWN_VALUE, "merge.due_day"),
]


@pytest.mark.parametrize(("given", "code", "field"), FIELDS)
def test_what_a_rule_cannot_mean(given, code, field):
    with pytest.raises(InputError) as caught:
        MergeRule(**given)
    assert (caught.value.code, caught.value.field) == (code, field)


def test_calls_do_not_grow_with_the_number_of_borrowers():
    def traced(size):
        rng = np.random.default_rng(3)
        loans = Loans.from_columns(
            principal=rp.minor(rng.integers(1, 10**7, size)),
            annual_rate=rng.integers(100, 3600, size) / 1e4,
            original_term=60,
            elapsed=10,
            unpaid=50,
            next_due=np.datetime64("2026-01-01") + rng.integers(0, 27, size),
        )
        return sum(calls(lambda: rp.merge(loans, rng.integers(0, size // 3, size))).values())

    assert traced(20_000) <= traced(300) + 200
