"""Decisions by many policies at once against each by itself: every column, every reason, every failure."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from examples import examples
from repayplan.edges.summary import breached
from repayplan.programmes.decisioncolumns import DECISIONS
from repayplan.programmes.known import Block
from repayplan.programmes.sharing import alike, decide
from test_concessions import WATERFALLS
from test_levers import refused
from test_means import cases
from test_monotone import changing
from test_policy import POLICY as ANY_POLICY

FIGURES = (
    *("instalment_before", "instalment_after", "total_interest", "left_to_live_on"),
    *("forborne", "forgiven", "never_paid", "annual_rate", "extension_months"),
)
METHODS = st.lists(
    st.sampled_from(["equal_instalment", "equal_principal", "flat", "interest_only"]),
    min_size=1,
    max_size=2,
    unique=True,
)
MONTHS = st.lists(st.integers(0, 40), min_size=2, max_size=5)
SHARES = st.lists(st.integers(0, 120), min_size=2, max_size=5)
MINIMUMS = st.sampled_from(
    [
        rp.Amortisation(),
        rp.Amortisation(),
        rp.Amortisation(repaid_by=(rp.RepaidBy(months=12, percent="5"),)),
        rp.Amortisation(longest_without_principal=6),
        rp.Amortisation(largest_balloon="15"),
    ]
)
AIMS = st.sampled_from(
    [
        rp.Strategy(),
        rp.Strategy(aim="shortest"),
        rp.Strategy(aim="least_lender_cost", lattice=rp.Lattice(lengths=4, points=2)),
        rp.Strategy(aim="least_borrower_cost", lattice=rp.Lattice(lengths=6, points=2)),
    ]
)


def same(loans, homes, policies, *, levers=True):
    """Hold what is shared against separate runs; return how many decisions were come to, and asked for.

    `levers`: of one policy the reasons are those beside which the levers stand.
    """
    block = Block.of(loans, homes)
    made = asked = 0
    for group in alike(policies):
        found = list(decide(block, [policies[number] for number in group]))
        made += len(found[0].pool.columns["offered"])
        for each in found:
            one = rp.propose(loans, homes, each.policy)
            q = one.value
            asked += len(loans)
            assert each.row.tolist() == one.row.tolist()
            assert list(each.failures) == list(one.failures)
            for name in (*DECISIONS, "longest", "binding_limit"):
                assert np.array_equal(each.column(name), getattr(q, name)), name
            for name in FIGURES:
                which = q.offered if name in ("instalment_after", "annual_rate") else np.arange(len(q))
                assert np.array_equal(each.column(name)[which], getattr(q, name)[which]), name
            rows, offsets = q.schedules.by_loan()
            assert np.array_equal(each.column("breached")[q.offered], breached(q, rows, offsets))
            whole = levers and each is found[len(found) // 2]
            reasons, every = (
                q.reasons_hold if whole else q._reasons(q.grounds()),
                each.reasons(np.arange(len(each.row))),
            )
            assert list(reasons) == list(every)
            for code, whose in reasons.items():
                assert np.array_equal(every[code], whose), code
    return made, asked


def plainly(rules, **changes):
    """The same rules with payments in whole cents, what is left in the last: longer plans are soon told."""
    return replace(
        rules, rounding=replace(rules.rounding, residue="last", instalment_multiple=None), **changes
    )


def portfolio(loan, income, count=12):
    """The same loan again and again, of households that can pay more and more, from almost nothing on."""
    incomes = [income * (20 + 15 * k) / 100 for k in range(count)]
    homes = rp.Households.from_columns(net_income=[each.quantize(income) for each in incomes])
    return rp.Loan(**loan).batch.take(np.zeros(count, np.int64)), homes


@examples(12)
@given(refused(), METHODS, MONTHS, SHARES)
def test_limits_of_plans_that_are_only_longer(case, methods, months, shares):
    loan, income, rules = case
    rules = plainly(rules, methods=tuple(methods))
    limits = [rp.ExtensionLimit(percent=str(p), reading="beyond_original_maturity") for p in shares]
    limits += [rp.ExtensionLimit(max_new_plan_months=m) for m in months]
    same(*portfolio(loan, income, 8), [replace(rules, limit=limit) for limit in limits])


@examples(20)
@given(refused(), WATERFALLS, METHODS, SHARES)
def test_limits_of_waterfalls(case, steps, methods, shares):
    loan, income, rules = case
    rules = plainly(rules, concessions=tuple(steps)[:3], methods=tuple(methods))
    limits = [rp.ExtensionLimit(percent=str(p), reading="beyond_original_maturity") for p in shares[:3]]
    same(*portfolio(loan, income, 6), [replace(rules, limit=limit) for limit in limits])


@pytest.mark.slow
@examples(8)
@given(refused(), METHODS, SHARES, MINIMUMS, st.booleans())
def test_limits_beside_minimums_of_paying_off(case, methods, shares, minimums, pauses):
    loan, income, rules = case
    steps = (rp.Concession(step="interest_only", months=3), *rules.concessions)[0 if pauses else 1 :]
    rules = plainly(rules, concessions=steps, methods=tuple(methods), amortisation=minimums)
    limits = [rp.ExtensionLimit(percent=str(p), reading="beyond_original_maturity") for p in shares[:3]]
    same(*portfolio(loan, income, 6), [replace(rules, limit=limit) for limit in limits])


@pytest.mark.slow
@examples(6)
@given(refused(), WATERFALLS, METHODS, SHARES, st.permutations(range(6)))
def test_what_can_be_paid_moves_too(case, steps, methods, shares, order):
    """What one policy tells of a loan isn't taken for another's, wherever that can pay more, or less."""
    loan, income, rules = case
    rules = plainly(rules, concessions=tuple(steps)[:2], methods=tuple(methods))
    limits = [rp.ExtensionLimit(percent=str(p), reading="beyond_original_maturity") for p in shares[:2]]
    poorer = [
        {"contingency": rp.Contingency(share="0.3")},
        {"instalment_percent": "70"},
        {"target": rp.PaymentTarget(share="0.3", of="net_income")},
        {"contingency": rp.Contingency(share="0.5"), "decimals": 3},
        {"allowance": rp.FixedAllowance(amount="5", frequency="monthly", covers=(), source="test")},
        {},
    ]
    policies = [replace(rules, limit=limit, **poorer[k]) for limit in limits for k in order]
    same(*portfolio(loan, income, 7), policies, levers=False)


@examples(15)
@given(refused(), WATERFALLS, SHARES, AIMS)
def test_limits_of_plans_that_serve_an_aim(case, steps, shares, aim):
    loan, income, rules = case
    rules = plainly(rules, concessions=tuple(steps)[:3], strategy=aim)
    limits = [rp.ExtensionLimit(percent=str(min(p, 60)), reading="beyond_original_maturity") for p in shares]
    same(*portfolio(loan, income, 6), [replace(rules, limit=limit) for limit in limits])


@pytest.mark.slow
@examples(5)
@given(cases() | changing(), MONTHS, st.sampled_from([None, "60", "95", "140"]))
def test_limits_where_months_differ(case, months, percent):
    loan, home, rules = case
    rules = replace(rules, instalment_percent=percent)
    count = 3
    loans = loan.batch.take(np.zeros(count, np.int64))
    loans = loans.replace(principal=loans.principal * np.arange(1, count + 1) // 3)
    homes = home.batch.take(np.zeros(count, np.int64))
    limits = [rp.ExtensionLimit(max_extension_months=m) for m in months[:3]]
    same(loans, homes, [replace(rules, limit=limit) for limit in limits])


PAUSED = (
    rp.Concession(step="waive", component="penalty", percent="100"),
    rp.Concession(step="extend"),
    rp.Concession(step="holiday", months=2, interest="capitalise"),
)


@examples(6)
@given(
    st.integers(2, 30),
    st.lists(st.integers(-4, 4), min_size=2, max_size=4),
    st.sampled_from([None, PAUSED]),
    st.booleans(),
)
def test_limits_that_leave_about_no_instalments(elapsed, around, steps, ends):
    """A limit may come out at -1 instalments too, which says nothing of whether a loan was looked at."""
    rules = rp.Policy.example("consumer")
    if steps:
        rules = replace(rules, concessions=steps)
    loans = rp.Loans.from_columns(
        principal=["9000"] * 6,
        annual_rate="0.12",
        original_term=60,
        elapsed=[elapsed + k for k in range(6)],
        unpaid=20,
        next_due="2026-01-31",
    )
    items = [rp.Income("wage", "3600")]
    items += [rp.Income("second job", "400", until="2026-09-30")] if ends else []
    home = rp.Household(items=items, assessed="2026-01-10")
    homes = home.batch.take(np.zeros(6, np.int64))
    months = [*(max(elapsed + 3 + k, 1) for k in around), 120]
    limits = [replace(rules.limit, max_total_months=m) for m in months]
    same(loans, homes, [replace(rules, limit=limit) for limit in limits], levers=False)


def test_a_limit_of_minus_one_instalments_is_a_refusal():
    loans = rp.Loans.from_columns(
        principal=["9000"] * 3,
        annual_rate="0.12",
        original_term=60,
        elapsed=[36, 37, 38],
        unpaid=20,
        next_due="2026-01-31",
    )
    items = [rp.Income("wage", "3600"), rp.Income("second job", "400", until="2026-09-30")]
    homes = rp.Household(items=items, assessed="2026-01-10").batch.take(np.zeros(3, np.int64))
    axes = {"limit.max_total_months": [36, 120]}
    made = rp.sweep(loans, homes, rp.Policy.example("consumer"), axes, keep=True)
    found = [made.metric(name) for name in ("failed", "refused", "eligible")]
    assert found == [[0, 0], [3, 0], [3, 3]]
    assert made.changed(1, 0).after.tolist() == ["refused"] * 3


def columns_for(policy, count):
    """The columns that a policy looks at: of some loans what is needed, of others what isn't, or is bad."""
    out = {name: ["given", "missing", "not_needed", "?"] * (count // 4) for name in policy.limit.columns}
    if policy.limit.age is not None:
        out |= {name: ["1980-01-01", "1950-06-30", "", "x"] * (count // 4) for name in policy.limit.age.born}
    if policy.limit.earlier is not None:
        out |= {name: ["", "1", "2024-01-01", "0"] * (count // 4) for name in policy.limit.earlier.columns}
    if policy.looks_at_value:
        out["property_value"] = ["1000", "", "250000", "-1"] * (count // 4)
    statuses = policy.statuses or ("open",)
    return out | {"status": [*statuses[:1], "other"] * (count // 2)}


@pytest.mark.slow
@examples(8)
@given(ANY_POLICY, st.lists(st.integers(0, 60), min_size=1, max_size=3), st.data())
def test_any_policy(policy, months, data):
    count = 8
    loans = rp.Loans.from_columns(
        principal=[rp.minor(np.array(data.draw(st.lists(st.integers(1, 10**7), min_size=8, max_size=8))))][0],
        annual_rate=["0.12", "0", "0.05", "0.36"] * 2,
        original_term=24,
        elapsed=12,
        unpaid=12,
        next_due="2026-01-31",
        fees=["0", "12.50"] * 4,
        accrued_interest="3",
        decimals=2,
        columns=columns_for(policy, count),
    )
    homes = rp.Households.from_columns(
        net_income=rp.minor(np.array(data.draw(st.lists(st.integers(0, 10**6), min_size=8, max_size=8)))),
        gross_income=["9000"] * count,
        adults=[1, 2] * 4,
        decimals=2,
    )
    policies = [
        policy,
        *(replace(policy, limit=replace(policy.limit, max_extension_months=m)) for m in months),
    ]
    try:
        rp.propose(loans, homes, policy)
    except rp.InputError as error:
        with pytest.raises(rp.InputError, match=str(error.code)):
            same(loans, homes, policies)
    else:
        same(loans, homes, policies)


def test_a_limit_that_moves_costs_no_second_look():
    rules = rp.Policy.example("lending-club-demo")
    rules = replace(rules, statuses=None)
    count = 400
    random = np.random.default_rng(5)
    loans = rp.Loans.from_columns(
        principal=rp.minor(random.integers(10**5, 4 * 10**6, count)),
        annual_rate=["0.12", "0.05", "0.19", "0.24"] * (count // 4),
        original_term=36,
        elapsed=6,
        unpaid=30,
        next_due="2026-01-31",
    )
    homes = rp.Households.from_columns(net_income=rp.minor(random.integers(10**5, 6 * 10**5, count)))
    limits = [
        rp.ExtensionLimit(percent=str(p), reading="beyond_original_maturity") for p in range(0, 200, 10)
    ]
    made, asked = same(loans, homes, [replace(rules, limit=limit) for limit in limits])
    assert asked == 20 * count
    assert made < 2 * count  # each loan once, and a refusal of those whose plan is too long under some limit
