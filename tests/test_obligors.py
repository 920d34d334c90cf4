"""Several households behind a loan: offers against every month, worked out plainly."""

from dataclasses import fields, replace
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import repayplan as rp
from examples import examples
from repayplan import Code, Obligor
from repayplan.basics.dates import FREQUENCIES, FREQUENCY_INDEX
from repayplan.offers.permits import LIMITS
from test_means import POLICY
from test_vectorised import calls

ROLES = ("borrower", "co_borrower", "spouse", "guarantor")
SHARES = ("1", "1", "0.5", "0.333")
UNTIL = {None: None, "2026-04-30": (2026, 4), "2026-09-30": (2026, 9)}
MEMBER = st.fixed_dictionaries(
    {
        "pay": st.integers(60_000, 90_000),
        "more": st.integers(0, 60_000),
        "months": st.sampled_from([(), (3,), (1, 2, 7), (6, 7, 8, 9)]),
        "until": st.sampled_from(list(UNTIL)),
        "debt": st.integers(0, 20_000),
        "role": st.sampled_from(ROLES),
        "share": st.sampled_from(SHARES),
    }
)


@st.composite
def cases(draw):
    term = draw(st.integers(2, 8))
    loan = rp.Loan(
        principal=draw(st.integers(300, 4_000)),
        annual_rate=draw(st.sampled_from(["0", "0.06", "0.24"])),
        original_term=term,
        elapsed=0,
        unpaid=term,
        next_due=draw(st.sampled_from(["2026-01-31", "2026-03-05"])),
        frequency=draw(st.sampled_from(["monthly", "monthly", "weekly", "quarterly"])),
    )
    members = draw(st.lists(MEMBER, min_size=1, max_size=4))
    return loan, members, replace(POLICY, guarantors=draw(st.booleans()))


def euros(units):
    return str(Decimal(units) / 100)


def obligors(members):
    return [
        Obligor(
            household=rp.Household(
                items=[
                    rp.Income("pay", euros(m["pay"])),
                    rp.Income("season", euros(m["more"]), months=m["months"], until=m["until"]),
                    rp.Debt("card", euros(m["debt"])),
                ],
                assessed="2026-01-10",
            ),
            role=m["role"],
            share=m["share"],
        )
        for m in members
    ]


def batch(several):
    """The households of several loans as one table, in the order given: (loan, member)."""
    homes = rp.Items.from_columns(
        household=np.repeat(np.arange(len(several)), 3),
        kind=["net_income", "net_income", "debt"] * len(several),
        category=["pay", "season", "card"] * len(several),
        amount=[euros(m[name]) for _, m in several for name in ("pay", "more", "debt")],
        months=[months for _, m in several for months in ("", " ".join(map(str, m["months"])), "")],
        until=[until for _, m in several for until in (None, m["until"], None)],
    )
    return rp.Households.from_columns(items=homes, assessed="2026-01-10", size=len(several))


def left(member, year, month):
    """What a household has left in a month, in cents: signed."""
    earned = member["pay"]
    end = UNTIL[member["until"]]
    if (not member["months"] or month in member["months"]) and (end is None or (year, month) <= end):
        earned += member["more"]
    before = earned - member["debt"] - 700_00
    return before - min(ceil(max(before, 0) * Fraction(1, 10)), 20_00)


def gives(member, due, frequency):
    """What a household can give in the period that ends on a day: its own months, shortages among them."""
    months, share = FREQUENCIES[FREQUENCY_INDEX[frequency]].in_months, Fraction(member["share"])
    whole, rest = divmod(months, 1)
    last = due.year * 12 + due.month - 1
    parts = [floor(left(member, m // 12, m % 12 + 1) * share) for m in (last - back for back in range(whole))]
    before = last - whole
    total = sum(parts) + floor(floor(left(member, before // 12, before % 12 + 1) * share) * rest)
    return max(total, 0)


def counted(members, policy):
    return [m for m in members if policy.guarantors or m["role"] != "guarantor"]


def fits(loan, members, policy, method, n):
    rows = rp.schedule(replace(loan, rounding=policy.rounding), getattr(rp, method)(n)).rows
    can = [sum(gives(m, row.due_date, loan.frequency) for m in counted(members, policy)) for row in rows]
    return all(row.payment * 100 <= most for row, most in zip(rows, can, strict=True)), rows, can


@examples(8)
@given(cases())
def test_the_least_length_whose_payments_the_households_can_give_together(case):
    loan, members, policy = case
    if not counted(members, policy):
        with pytest.raises(rp.InputError) as caught:
            rp.propose(loan, obligors(members), policy)
        assert caught.value.code is Code.NO_HOUSEHOLD
        return
    got = rp.propose(loan, obligors(members), policy)
    for method in policy.methods:
        for n in range(loan.unpaid, policy.limit.longest(loan).longest + 1):
            enough, rows, can = fits(loan, members, policy, method, n)
            if enough:
                assert isinstance(got, rp.Offer)
                assert (got.method, got.instalments) == (method, n)
                assert got.schedule.rows == rows
                assert got.capacity * 100 == min(can)
                check_apart(got, loan, counted(members, policy))
                return
    assert isinstance(got, rp.Infeasible)
    assert min(got.shortfalls, default=0) >= 0
    assert not got.shortfalls or max(got.shortfalls) == got.shortfall > 0


def check_apart(got, loan, members):
    """Each pays what it can give at most, and together they pay all; nobody is left below its own needs."""
    assert [part.role for part in got.apart] == [m["role"] for m in members]
    for k, row in enumerate(got.living):
        paid = [int(part.living[k].payment * 100) for part in got.apart]
        can = [gives(m, row.due_date, loan.frequency) for m in members]
        assert sum(paid) == row.payment * 100
        assert row.payment == got.schedule.rows[k].payment
        for tier in (True, False):
            mine = [i for i, m in enumerate(members) if (m["role"] != "guarantor") is tier]
            total = sum(can[i] for i in mine)
            asked = sum(paid[i] for i in mine)
            for i in mine:
                assert paid[i] <= can[i]
                assert total == 0 or abs(paid[i] - asked * Fraction(can[i], total)) < 1
        others = sum(can[i] for i, m in enumerate(members) if m["role"] != "guarantor")
        asked = sum(paid[i] for i, m in enumerate(members) if m["role"] == "guarantor")
        assert asked == max(row.payment * 100 - others, 0)
        each = [part.living[k] for part in got.apart]
        for one, m, most in zip(each, members, can, strict=True):
            assert one.left == one.needed + one.above
            assert one.needed >= one.allowance == 700
            assert one.above >= 0 or (one.payment == 0 and most == 0)
            if loan.frequency == "monthly":
                assert one.above * 100 == left(m, row.due_date.year, row.due_date.month) - one.payment * 100
        assert row.left == sum(one.left for one in each)
        assert row.allowance == sum(one.allowance for one in each)
        assert row.left - row.needed == row.above >= 0 or len(members) == 1
    assert got.left_to_live_on == min(row.left for row in got.living)


def columns(loans):
    names = ("principal", "annual_rate", "original_term", "elapsed", "unpaid", "next_due", "frequency")
    return {name: [getattr(loan, name) for loan in loans] for name in names}


def same(one, other):
    assert type(one) is type(other)
    for each in (f for f in fields(one) if f.compare):
        a, b = getattr(one, each.name), getattr(other, each.name)
        assert a.rows == b.rows if each.name == "schedule" else a == b, each.name


@pytest.mark.slow
@examples(3)
@given(st.lists(cases(), min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_a_batch_is_its_loans_one_by_one_in_any_order(several, random):
    policy = replace(several[0][2], guarantors=True)
    table = [(row, m) for row, (_, members, _) in enumerate(several) for m in members]
    # The households of different loans mixed up, those of each loan in the same order.
    order = [row for row, _ in table]
    random.shuffle(order)
    each = [iter(members) for _, members, _ in several]
    mixed = [(row, next(each[row])) for row in order]
    for rows in (table, mixed):
        behind = rp.Obligors.from_columns(
            batch(rows),
            loan=[row for row, _ in rows],
            role=[m["role"] for _, m in rows],
            share=[m["share"] for _, m in rows],
        )
        many = rp.propose(rp.Loans.from_columns(**columns([loan for loan, _, _ in several])), behind, policy)
        assert not len(many.failures)
        for i, (loan, members, _) in enumerate(several):
            same(rp.propose(loan, obligors(members), policy), many.value.one(i))
        offered = np.flatnonzero(many.value.offered)
        apart = many.value.apart
        for place, i in enumerate(offered.tolist()):
            assert apart.one(place) == many.value.one(i).apart
            assert many.value.left_to_live_on[i] == min(r.left for r in many.value.one(i).living) * 100


@examples(3)
@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_the_households_decides_nothing(case, random):
    loan, members, policy = case
    policy = replace(policy, guarantors=True)
    mixed = list(members)
    random.shuffle(mixed)
    one, other = (rp.propose(loan, obligors(each), policy) for each in (members, mixed))
    assert type(one) is type(other)
    for name in ("capacity", "longest", "binding_limit"):
        assert getattr(one, name) == getattr(other, name)
    if isinstance(one, rp.Offer):
        assert one.schedule.rows == other.schedule.rows
        assert [row.left for row in one.living] == [row.left for row in other.living]


@examples(3)
@given(cases())
def test_one_household_alone_is_a_loan_with_one_household(case):
    loan, members, policy = case
    (alone,) = obligors([members[0] | {"role": "borrower", "share": "1"}])
    joint, plain = rp.propose(loan, [alone], policy), rp.propose(loan, alone.household, policy)
    same(replace(joint, apart=()) if isinstance(joint, rp.Offer) else joint, plain)


@pytest.mark.slow
@examples(4)
@given(cases())
def test_levers_of_loans_with_several_households(case):
    loan, members, policy = case
    members = [m | {"pay": m["pay"] // 100 * 100, "more": m["more"] // 100 * 100} for m in members]
    policy = replace(policy, guarantors=True, limit=rp.ExtensionLimit(max_extension_months=2))
    got = rp.propose(loan, obligors(members), policy)
    assume(isinstance(got, rp.Infeasible))

    def offered(loan=loan, members=members, policy=policy):
        return isinstance(rp.propose(loan, obligors(members), policy), rp.Offer)

    levers = got.relaxations
    if levers["months"]:
        for months in (levers["months"], levers["months"] - 1):
            limit = rp.ExtensionLimit(max_extension_months=2 + months)
            assert offered(policy=replace(policy, limit=limit)) == (months == levers["months"])
    for name in ("principal_reduction", "down_payment"):
        if levers[name] is not None:
            assert offered(replace(loan, principal=loan.principal - levers[name]))
            if levers[name] > Decimal("0.01"):
                assert not offered(replace(loan, principal=loan.principal - levers[name] + Decimal("0.01")))
    by_role = [i for role in ROLES[:3] for i, m in enumerate(members) if m["role"] == role]
    if not by_role:
        assert levers["income"] is None
        return
    first = by_role[0]

    def richer(more):
        own = members[first] | {"pay": members[first]["pay"] + int(more * 100)}
        return [own if i == first else m for i, m in enumerate(members)]

    assert offered(members=richer(levers["income"]))
    assert not offered(members=richer(levers["income"] - Decimal("0.01")))


def test_a_household_with_a_fault_is_a_fault_of_its_loan_alone():
    homes = rp.Households.from_columns(net_income=["1500", "-1", "1500", "2000", "-5"])
    behind = rp.Obligors.from_columns(
        homes, loan=[0, 1, 1, 2, 2], role=["borrower"] * 4 + ["guarantor"], size=4
    )
    loans = rp.Loans.from_columns(
        principal=[1000] * 4,
        annual_rate="0",
        original_term=5,
        elapsed=0,
        unpaid=5,
        next_due="2026-01-31",
    )
    got = rp.propose(loans, behind, POLICY)
    assert [(f.row, f.code) for f in got.failures] == [(1, Code.NEGATIVE), (3, Code.NO_HOUSEHOLD)]
    assert got.value.offered.tolist() == [True, True]
    with_guarantors = rp.propose(loans, behind, replace(POLICY, guarantors=True))
    assert [f.row for f in with_guarantors.failures] == [1, 2, 3]


HOME = rp.Household(net_income="1500")
LOAN = rp.Loan(
    principal="2000", annual_rate="0.06", original_term=4, elapsed=0, unpaid=4, next_due="2026-01-31"
)


@pytest.mark.parametrize(
    ("given_", "code", "field"),
    [
        ([], Code.NO_HOUSEHOLD, "loan"),
        ([HOME], Code.UNKNOWN_VALUE, "obligors[0]"),
        ([Obligor(household=HOME, role="friend")], Code.UNKNOWN_VALUE, "role"),
        ([Obligor(household=HOME, share="1.1")], Code.OUT_OF_RANGE, "share"),
        ([Obligor(household=HOME), Obligor(household=rp.Household(net_income="1", decimals=0))],
         Code.UNKNOWN_VALUE, "decimals"),
        ([Obligor(household=HOME)] * 51, Code.OUT_OF_RANGE, "obligors"),
    ],
)  # fmt: skip
def test_what_is_no_list_of_obligors(given_, code, field):
    with pytest.raises(rp.InputError) as caught:
        rp.propose(LOAN, given_, POLICY)
    assert (caught.value.code, caught.value.field) == (code, field)


def test_a_loan_that_there_is_none_of():
    homes = rp.Households.from_columns(net_income=["1500", "1100"])
    for loan in ([0, 2], [0, -1]):
        with pytest.raises(rp.InputError) as caught:
            rp.Obligors.from_columns(homes, loan=loan, size=2)
        assert caught.value.field == "loan"


def test_batches_of_different_lengths():
    behind = rp.Obligors.from_columns(rp.Households.from_columns(net_income=["1500"]), loan=[0], size=3)
    with pytest.raises(TypeError):
        rp.propose(LOAN.batch, behind, POLICY)
    with pytest.raises(TypeError):
        rp.propose(LOAN.batch, [Obligor(household=HOME)], POLICY)
    with pytest.raises(TypeError):
        _ = rp.propose(LOAN.batch, HOME.batch, POLICY).value.apart


def test_households_of_one_loan_may_state_different_costs():
    one = rp.Household(net_income="1500", costs={"rent": "400", "phone": "20"})
    other = rp.Household(net_income="1100", costs={"phone": "30"}, children=(3,), adults=2)
    got = rp.propose(LOAN, [Obligor(household=one), Obligor(household=other)], POLICY)
    before = 1500 - 700 - 420, 1100 - 1000 - 30
    assert got.capacity == sum(x - min(x // 10, 20) for x in before)


def test_menu_review_interim_and_trial_take_several_households_too():
    both = [Obligor(household=rp.Household(net_income="1000")), Obligor(household=HOME, role="spouse")]
    alone = rp.menu(LOAN, rp.Household(net_income="1780"), POLICY, lattice=rp.Lattice(lengths=6))
    joint = rp.menu(LOAN, both, POLICY, lattice=rp.Lattice(lengths=6))
    assert joint.alternatives
    assert {a.instalments for a in alone.alternatives} == {a.instalments for a in joint.alternatives}
    policy = replace(
        POLICY,
        interim=rp.InterimRule(amount="900", minimum="1", months=6, unpaid_interest="waive", review_days=14),
        trial=rp.Trial(instalments=2, grace_days=5),
    )
    assert rp.interim(LOAN, both, policy).capacity == 280 + 780
    assert isinstance(rp.conditional(LOAN, both, policy), rp.Conditional)


def test_calls_do_not_grow_with_the_number_of_loans():
    def some(size):
        rng = np.random.default_rng(5)
        homes = rp.Households.from_columns(net_income=rp.minor(rng.integers(60_000, 150_000, 2 * size)))
        behind = rp.Obligors.from_columns(
            homes, loan=np.repeat(np.arange(size), 2), role=["borrower", "spouse"] * size
        )
        loans = rp.Loans.from_columns(
            principal=rp.minor(rng.integers(10**5, 10**6, size)),
            annual_rate="0.06", original_term=24, elapsed=0, unpaid=24, next_due="2026-01-31",
        )  # fmt: skip
        return lambda: rp.propose(loans, behind, POLICY).value.apart

    few, many = (sum(calls(some(size)).values()) for size in (200, 4_000))
    assert many <= 2 * few + 500


def test_limits_are_named_for_joint_loans_too():
    got = rp.propose(LOAN, [Obligor(household=rp.Household(net_income="1010"))] * 2, POLICY)
    assert got.binding_limit in LIMITS


def test_a_review_looks_at_all_households_that_count():
    homes = rp.Households.from_columns(
        net_income=["3000", "2500", "9000", "3000"],
        other_debts=["100", "40", "0", "100"],
        costs={"food": ["400", "300", "1", "400"]},
    )
    behind = rp.Obligors.from_columns(
        homes,
        loan=[0, 0, 0, 1],
        role=["borrower", "spouse", "guarantor", "borrower"],
        share=["1", "0.5", "1", "1"],
    )
    policy = rp.Policy.example("consumer-review")
    names = ("net_income", "allowance", "other_debts", "surplus", "spending", "spending_above_income")
    names = (*names, "persons", "adults", "cost_food")
    reason = policy.review.reasons[0].code
    rules = [
        rp.ReviewRule(field=name, comparison=">", value="0", reason=reason, effect="needs_person")
        for name in names
    ]
    policy = replace(policy, review=replace(policy.review, rules=(*policy.review.rules, *rules)))
    asked = rp.Applications.from_columns(id=["a", "b"], hardship="illness", applied_on="2026-03-02")
    loans = rp.Loans.from_columns(
        principal=["9000", "9000"], annual_rate="0.06", original_term=12, elapsed=0, unpaid=12,
        next_due="2026-04-30",
    )  # fmt: skip
    both = rp.review(asked, loans, behind, policy, on="2026-03-05").value
    facts = {name: column.shown(0) for (name, _), column in both.facts.items()}
    each = rp.capacity(
        homes, policy.allowance, income=policy.income, contingency=policy.contingency, assumed=policy.assumed
    ).value
    assert facts["net_income"] == 5500
    assert facts["other_debts"] == 140
    assert facts["spending"] == facts["cost_food"] == 700
    assert facts["persons"] == facts["adults"] == 2
    assert facts["spending_above_income"] == 700 + 140 - 5500
    assert facts["allowance"] * 100 == int(each.allowance[:2].sum())
    first, second = each.surplus[:2].tolist()
    assert facts["surplus"] * 100 == max(first, 0) + max(second // 2, 0)
    one = rp.review(
        rp.Application(id="b", hardship="illness", applied_on="2026-03-02"),
        loans.one(1),
        [Obligor(household=rp.Household(net_income="3000", other_debts="100", costs={"food": "400"}))],
        policy,
        on="2026-03-05",
    )
    assert (one.result, one.findings, one.facts) == tuple(
        getattr(both.one(1), name) for name in ("result", "findings", "facts")
    )
