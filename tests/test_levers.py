"""The levers of refused loans against every smaller change, tried one by one, whatever the rounding."""

import time
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

import repayplan as rp
from examples import examples
from repayplan.offers.leastvalue import AT_ONCE, first_that_does

PART = rp.ArrearsPart(treatment="pay_first")
CENT = Decimal("0.01")
MODES = ("half_up", "half_even", "up", "down")


def policy(method, rounding, limit):
    return rp.Policy(
        name="test",
        currency="EUR",
        methods=(method,),
        allowance=rp.Allowance(by_persons=("0",), further_person="0", covers=(), source="test"),
        limit=limit,
        contingency=rp.Contingency(share="0"),
        rounding=rounding,
        arrears=rp.ArrearsRule(overdue_interest=PART, accrued_interest=PART, penalty=PART, fees=PART),
    )


@st.composite
def refused(draw):
    """A loan, its income and a policy, in whole cents; mostly less than its plan asks."""
    unpaid = draw(st.sampled_from([1, 2, 3, 5, 9, 26, 60]))
    principal, rate = draw(st.integers(200, 30_000)), draw(st.sampled_from([0, 7, 120, 480, 2_400]))
    share = draw(st.integers(20, 110))
    fees = draw(st.sampled_from([0, 0, 1, 350]))
    loan = {
        "principal": Decimal(principal).scaleb(-2),
        "annual_rate": Decimal(rate).scaleb(-4),
        "original_term": unpaid + draw(st.integers(0, 10)),
        "next_due": "2026-01-31",
        "day_count": draw(st.sampled_from(["periods", "periods", "ACT/365F", "30/360"])),
        "frequency": draw(st.sampled_from(["monthly", "monthly", "weekly", "quarterly"])),
        "unpaid": unpaid,
        "fees": Decimal(fees).scaleb(-2),
    }
    loan["elapsed"] = loan["original_term"] - unpaid
    if draw(st.booleans()):
        loan["start"] = draw(st.sampled_from(["2026-01-01", "2025-12-01", "2026-01-28"]))
    income = Decimal(max(principal * share // (100 * unpaid), 1)).scaleb(-2)
    rounding = rp.Rounding(
        instalment=draw(st.sampled_from(MODES)),
        interest=draw(st.sampled_from(MODES)),
        instalment_multiple=draw(st.sampled_from(["0.01", "0.1", "1", "5"])),
        interest_multiple=draw(st.sampled_from([None, None, "0.1"])),
        residue=draw(st.sampled_from(["last", "first", "spread", "shared"])),
    )
    method = draw(st.sampled_from(["equal_instalment", "equal_principal", "flat"]))
    limit = rp.ExtensionLimit(percent=draw(st.sampled_from([10, 50])), reading="beyond_original_maturity")
    return loan, income, policy(method, rounding, limit)


def offered(loan, income, rules, size, **columns):
    """Which of the loans, changed, are offered a plan."""
    loans = rp.Loans.from_columns(**(loan | columns))
    return rp.propose(loans, rp.Households.from_columns(net_income=[income] * size), rules).value.offered


def units(amount):
    return int(amount * 100)


def first(values, holds):
    return int(values[holds.argmax()]) if holds.any() else None


# A rounded instalment whose last payment decides, a first one that does, and one that is moved as a whole.
LONG = {
    "principal": Decimal("120.00"),
    "annual_rate": Decimal("0.12"),
    "original_term": 36,
    "elapsed": 10,
    "unpaid": 26,
    "next_due": "2026-01-31",
}
HALF = rp.ExtensionLimit(percent=50, reading="beyond_original_maturity")


def coarse(residue, mode):
    return policy(
        "equal_instalment", rp.Rounding(instalment=mode, instalment_multiple="0.1", residue=residue), HALF
    )


@examples(10)
@given(refused())
@example((LONG, Decimal("3.00"), coarse("last", "down")))
@example((LONG, Decimal("3.00"), coarse("first", "half_up")))
@example((LONG, Decimal("3.00"), coarse("spread", "up")))
def test_no_smaller_change_would_do(case):
    no_smaller_change(*case)


@pytest.mark.slow
@examples(10)
@given(refused(), st.integers(1, 9), st.integers(0, 2_000), st.integers(0, 2_000))
def test_no_smaller_change_would_do_beside_arrears_that_are_paid_later(case, count, spread, carried):
    loan, income, rules = case
    loan |= {"penalty": Decimal(spread).scaleb(-2), "overdue_interest": Decimal(carried).scaleb(-2)}
    parts = {
        "penalty": rp.ArrearsPart(treatment="first_instalments", instalments=count),
        "overdue_interest": rp.ArrearsPart(treatment="carry"),
    }
    # What is spread and carried stays as it is: what is paid down is what is paid first, and principal.
    rules = replace(rules, arrears=replace(rules.arrears, **parts))
    more = no_smaller_change(loan, income, rules)["income"]
    tried = ((more, True), (more - CENT, False)) if more is not None else ((Decimal(10**9), False),)
    for least, does in tried:
        assert offered(loan, income + least, rules, 1, principal=[loan["principal"]])[0] == does


def no_smaller_change(loan, income, rules):
    got = rp.propose(rp.Loan(**loan), rp.Household(net_income=income), rules)
    assume(isinstance(got, rp.Infeasible))
    levers = got.relaxations
    balance, fees = units(loan["principal"]), units(loan.get("fees", 0))

    cut = np.arange(1, balance)
    found = first(cut, offered(loan, income, rules, len(cut), principal=rp.minor(balance - cut)))
    assert levers["principal_reduction"] == (None if found is None else Decimal(found).scaleb(-2))

    cut = np.arange(1, balance + fees)
    left = balance + fees - cut
    principal = np.minimum(left, balance)
    columns = {"principal": rp.minor(principal), "fees": rp.minor(left - principal)}
    found = first(cut, offered(loan, income, rules, len(cut), **columns))
    assert levers["down_payment"] == (None if found is None else Decimal(found).scaleb(-2))

    steps = np.arange(int(loan["annual_rate"] * 10_000) - 1, -1, -1)
    if len(steps):
        lower = offered(
            loan, income, rules, len(steps), annual_rate=[Decimal(int(s)).scaleb(-4) for s in steps]
        )
        found = first(steps, lower)
        assert levers["rate"] == (None if found is None else Decimal(found).scaleb(-4))
    return levers


def test_an_instalment_above_all_that_is_owed_pays_what_is_owed():
    rounding = rp.Rounding(instalment="up", instalment_multiple="10")
    loan = rp.Loan(
        principal="7", annual_rate="0.12", original_term=3, elapsed=0, unpaid=3, next_due="2026-01-31"
    )
    offer = rp.propose(loan, rp.Household(net_income="8"), policy("equal_instalment", rounding, HALF))
    assert isinstance(offer, rp.Offer)
    assert [row.payment for row in offer.schedule.rows] == [Decimal("7.07"), 0, 0]


@pytest.mark.parametrize(
    ("mode", "level"), [("half_up", "0.63"), ("half_even", "0.62"), ("up", "0.63"), ("down", "0.62")]
)
def test_a_level_instalment_without_interest_over_real_dates_is_a_division(mode, level):
    # 10.00 over 8 rows is 1.25, over 16 it is 0.625: a tie.
    loan = rp.Loan(
        principal="10",
        annual_rate="0",
        original_term=16,
        elapsed=0,
        unpaid=16,
        next_due="2026-01-31",
        start="2026-01-01",
        day_count="ACT/365F",
        rounding=rp.Rounding(instalment=mode),
    )
    assert rp.schedule(loan, rp.equal_instalment(16)).rows[0].payment == Decimal(level)
    assert rp.schedule(loan, rp.equal_instalment(8)).rows[0].payment == Decimal("1.25")


@pytest.mark.parametrize(
    "frequency", ["weekly", "fortnightly", "semi-monthly", "monthly", "quarterly", "annual"]
)
@pytest.mark.parametrize("rule", ["max_extension_months", "max_total_months", "max_new_plan_months"])
@pytest.mark.parametrize("months", [12, 13, 14, 19, 23])
def test_a_cap_in_months_is_raised_by_no_month_too_many(frequency, rule, months):
    loan = rp.Loan(
        principal="6000",
        annual_rate="0",
        original_term=2,
        elapsed=0,
        unpaid=2,
        next_due="2026-01-31",
        frequency=frequency,
    )
    income = {"weekly": "200", "fortnightly": "100", "annual": "100"}.get(frequency, "200")

    def with_cap(cap):
        rules = policy("equal_instalment", rp.Rounding(), rp.ExtensionLimit(**{rule: cap}))
        return rp.propose(loan, rp.Household(net_income={"pay": income}), rules)

    refusal = with_cap(months)
    assert isinstance(refusal, rp.Infeasible)
    more = refusal.relaxations["months"]
    assert isinstance(with_cap(months + more), rp.Offer)
    assert isinstance(with_cap(months + more - 1), rp.Infeasible)


@pytest.mark.parametrize("rounding", [rp.Rounding(), rp.Rounding(instalment="none", interest="none")])
@pytest.mark.parametrize(("share", "least"), [("0", "250"), ("0.3", None), ("0.9", "100"), ("1", None)])
@pytest.mark.parametrize("frequency", ["monthly", "weekly"])
def test_the_income_that_would_do_carries_the_costs_assumed_from_it(rounding, share, least, frequency):
    rules = replace(
        policy("equal_instalment", rounding, HALF),
        assumed=(rp.AssumedCost(category="rent", share=share, of="net_income", at_least=least),),
        contingency=rp.Contingency(share="0.1"),
    )
    loan = rp.Loan(**LONG | {"principal": "1200.37", "frequency": frequency})
    for income in ("0", "9.37", "27.94"):

        def made(more, income=income):
            return rp.propose(loan, rp.Household(net_income=Decimal(income) + more), rules)

        more = made(Decimal(0)).relaxations["income"]
        if share == "1":
            assert more is None
            assert isinstance(made(Decimal(10**9)), rp.Infeasible)
        else:
            assert isinstance(made(more), rp.Offer)
            assert isinstance(made(more - Decimal("0.01")), rp.Infeasible)


# After steps that lower payments

WATERFALLS = (
    (rp.Concession(step="cut_rate", by="0.0100", floor="0.02"), rp.Concession(step="extend")),
    (rp.Concession(step="extend"), rp.Concession(step="cut_rate", by="0.0075", floor="0.01")),
    (rp.Concession(step="extend"), rp.Concession(step="forgive", percent="10", multiple="1")),
    (rp.Concession(step="holiday", months=1, interest="capitalise"), rp.Concession(step="extend")),
)


@pytest.mark.slow
@examples(12)
@given(refused(), st.sampled_from(WATERFALLS), st.integers(0, 6))
def test_what_a_limit_would_have_to_say_after_lowering_steps(case, steps, most):
    terms, income, rules = case
    loan = rp.Loan(**terms)
    rules = replace(rules, concessions=steps, limit=rp.ExtensionLimit(max_extension_months=most))

    def offered(months):
        other = replace(rules, limit=replace(rules.limit, max_extension_months=months))
        home = rp.Household(net_income=str(income))
        return bool(rp.propose(loan.batch, home.batch, other).value.offered[0])

    assume(not offered(most))
    got = rp.propose(loan, rp.Household(net_income=str(income)), rules)
    if got.longest < loan.unpaid:
        return
    if got.relaxations["months"] is None:
        assert got.rules_needed == {}
        return
    assert list(got.rules_needed) == [rp.Code.LIMIT_EXTENSION_MONTHS]
    needed = got.rules_needed[rp.Code.LIMIT_EXTENSION_MONTHS]
    assert needed == most + got.relaxations["months"]
    assert offered(needed)
    assert not offered(needed - 1)


def test_a_refusal_in_minor_units_is_soon_proven():
    """Two steps of hundreds of thousands of degrees and a benefit that stops: neither is tried one by one."""
    steps = (
        rp.Concession(step="extend"),
        rp.Concession(step="forbear", percent="30"),
        rp.Concession(step="forgive", percent="30"),
    )
    policy = replace(rp.Policy.example("consumer"), concessions=steps)
    terms = {"annual_rate": "0.12", "original_term": 36, "elapsed": 12, "unpaid": 24, "currency": "CNY"}
    loan = rp.Loan(principal="12000", next_due="2026-01-31", **terms)

    def offered(more, less=0):
        items = [rp.Income("pay", 2150 + Decimal(more)), rp.Income("benefit", "200", until="2026-06-30")]
        home = rp.Household(items=items, assessed="2026-01-10")
        return rp.propose(replace(loan, principal=12000 - Decimal(less)), home, policy)

    begun = time.process_time()
    refused = offered(0)
    assert time.process_time() - begun < 20
    assert isinstance(refused, rp.Infeasible)
    levers = refused.relaxations
    for more, less in ((levers["income"], 0), (0, levers["principal_reduction"])):
        assert isinstance(offered(more, less), rp.Offer)
        assert isinstance(offered(max(more - CENT, 0), max(less - CENT, 0)), rp.Infeasible)


def test_a_refusal_that_is_too_slow_by_any_degree_is_soon_told():
    """A rate in 44 steps, 120 instalments more and 20 million cents: none is tried one by one."""
    slow = rp.Amortisation(repaid_by=(rp.RepaidBy(months=12, percent="5"),))
    policy = replace(rp.Policy.example("mortgage-waterfall"), amortisation=slow)
    terms = {"annual_rate": "0.075", "original_term": 360, "elapsed": 0, "unpaid": 360}
    loan = rp.Loan(principal="200000", next_due="2026-05-01", **terms)
    home = rp.Household(gross_income={"pay": "3000"}, costs={"taxes and insurance": "250"})
    begun = time.process_time()
    refused = rp.propose(loan, home, policy)
    assert time.process_time() - begun < 20
    assert set(refused.relaxations.values()) == {None}


def test_of_a_reduction_more_may_not_do_where_so_little_is_left_that_instalments_round_to_nothing():
    slow = rp.Amortisation(repaid_by=(rp.RepaidBy(months=12, percent="5"),))
    limit = rp.ExtensionLimit(max_extension_months=24)
    rules = replace(
        policy("equal_instalment", rp.Rounding(), limit),
        concessions=(
            rp.Concession(step="extend"),
            rp.Concession(step="forbear", percent="30", multiple="100"),
        ),
        amortisation=slow,
    )
    terms = {"annual_rate": "0.12", "original_term": 60, "elapsed": 0, "unpaid": 60}
    home = rp.Household(net_income="100")

    def offered(less):
        loan = rp.Loan(principal=12000 - Decimal(less), next_due="2026-01-31", **terms)
        return rp.propose(loan, home, rules)

    refused = offered(0)
    assert isinstance(offered("11999.99"), rp.Infeasible)
    for name in ("principal_reduction", "down_payment"):
        least = refused.relaxations[name]
        assert isinstance(offered(least), rp.Offer)
        assert isinstance(offered(least - CENT), rp.Infeasible)


@given(st.data())
def test_the_first_value_that_does_among_several_at_once(data):
    size = data.draw(st.integers(1, 30))
    low = np.array(data.draw(st.lists(st.integers(0, 50), min_size=size, max_size=size)))
    far = st.one_of(st.integers(1, 9), st.integers(1, 2**61))
    high = low + np.array(data.draw(st.lists(far, min_size=size, max_size=size)))
    right = np.array([data.draw(st.integers(int(a) + 1, int(b))) for a, b in zip(low, high, strict=True)])
    near = np.array([data.draw(st.integers(int(a) + 1, int(b))) for a, b in zip(low, high, strict=True)])
    rows, asked = 2 * np.arange(size), []

    def does(some, values):
        asked.append(len(some))
        at = some // 2
        assert ((values > low[at]) & (values < high[at])).all()
        return values >= right[at]

    for place in (None, near):
        np.testing.assert_array_equal(first_that_does(does, rows, low, high, place), right)
    assert max(asked, default=0) <= max(size, AT_ONCE) + 62 * size
