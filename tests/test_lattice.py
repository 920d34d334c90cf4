"""The points of a lattice, what is kept of them, and the plan that a strategy chooses from them."""

from dataclasses import replace
from decimal import Decimal
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lattice_reference as slow
import repayplan as rp
from examples import examples
from repayplan.offers.choosing import undominated
from repayplan.offers.lattice import points_of
from repayplan.offers.points import Points
from repayplan.offers.valuing import own_rates
from test_menu import BATCHES, HOME, LOAN, POLICY, batch_of, three

AIMS = ("least_lender_cost", "least_borrower_cost", "shortest")


@given(slow.loans(), slow.policies(most_steps=4), slow.lattices)
def test_the_points_are_all_combinations_in_their_order(loan, policy, lattice):
    lattice = replace(lattice, most=200_000)
    plain = replace(loan, fees=0, overdue_principal=0, overdue_interest=0)
    batch = plain.batch
    shortest, longest = np.array([loan.unpaid]), np.array([policy.limit.longest(loan).longest])
    steps = policy.concessions
    got, crowded = points_of(batch, np.arange(1), policy, lattice, shortest, longest)
    assert not len(crowded)
    last = int(longest[0]) if any(step.step == "extend" for step in steps) else loan.unpaid
    expected = [
        (method, n, tuple(n - loan.unpaid if d is None else d for d in degrees))
        for method in range(len(policy.methods))
        for degrees, state in slow.combinations(plain, policy, lattice)
        for n in slow.every_so_many(loan.unpaid, last, lattice.lengths)
        if n > state["holiday"] + state["interest_only"]
    ]
    expected.sort(key=lambda each: (each[0], each[1], each[2][::-1]))
    degrees = map(tuple, got.degree.T.tolist())
    assert list(zip(got.method.tolist(), got.length.tolist(), degrees, strict=True)) == expected


def test_degrees_of_a_large_amount_stay_exact():
    """Of a most beyond which a product with the number of degrees leaves int64."""
    most = 4 * 10**17 - 1
    step = rp.Concession(step="forbear", percent="100")
    loans = rp.Loans.from_columns(
        principal=rp.minor([most + 1]),
        annual_rate=0,
        original_term=1,
        elapsed=0,
        unpaid=1,
        next_due="2026-01-31",
    )
    one = np.ones(1, np.int64)
    policy = replace(POLICY, concessions=(step,), methods=("flat",))
    got, _ = points_of(loans, np.arange(1), policy, rp.Lattice(points=1_000), one, one)
    assert got.degree[0].tolist() == [k * most // 999 for k in range(1_000)]


FIGURES = st.lists(st.tuples(*[st.integers(0, 3)] * 4), max_size=12)


@given(st.lists(FIGURES, max_size=4))
def test_what_is_kept_is_what_none_dominates(several):
    loan = np.array([i for i, plans in enumerate(several) for _ in plans], np.int64)
    every = [each for plans in several for each in plans]
    columns = [np.array([each[k] for each in every], np.int64) for k in range(4)]

    def below(a, b):
        return all(x <= y for x, y in zip(a, b, strict=True)) and a != b

    expected = []
    for i in range(len(several)):
        mine = np.flatnonzero(loan == i).tolist()
        good = [p for p in mine if not any(below(every[q], every[p]) for q in mine)]
        first = [p for p in good if not any(every[q] == every[p] for q in good if q < p)]
        expected += sorted(first, key=lambda p: every[p])
    assert undominated(loan, columns).tolist() == expected


@pytest.mark.slow
@examples(14)
@given(slow.loans(), slow.homes(), slow.policies(), slow.lattices, st.sampled_from(AIMS))
def test_the_best_of_every_plan_by_an_aim(loan, home, policy, lattice, aim):
    got = rp.propose(loan, home, replace(policy, strategy=rp.Strategy(aim=aim, lattice=lattice)))
    found = [each for each in slow.every_plan(loan, home, policy, lattice) if each.affordable]
    if not found:
        assert isinstance(got, rp.Infeasible)
        # Told as it is where the concessions are taken in order.
        assert got == rp.propose(loan, home, policy)
        return

    def order(each):
        figure = {
            "least_lender_cost": each.lender_cost,
            "least_borrower_cost": each.total_cost,
            "shortest": each.instalments,
        }[aim]
        return (figure, each.instalments, each.place)

    best = min(found, key=order)
    assert isinstance(got, rp.Offer)
    assert got.method == policy.methods[best.method]
    assert len(got.schedule) == got.instalments == best.instalments
    assert (
        max(slow.payments(got.schedule, got.forborne + got.carried))
        == got.instalment_after
        == best.instalment
    )
    assert sum(row.payment for row in got.schedule.rows) == best.paid
    codes = {step.code for step in got.concessions}
    chosen = {rp.Code.CONCESSION_CHOSEN, rp.Code.CONCESSION_NOT_TAKEN}
    assert not codes & chosen if best.own else codes <= chosen
    if not best.own:
        after = {step.step: step.after for step in got.concessions}
        for step, degree in zip(policy.concessions, best.degree, strict=True):
            if step.step in ("holiday", "interest_only"):
                assert after[step.step] == degree


@examples(3)
@given(BATCHES, slow.policies(), slow.lattices, st.sampled_from(AIMS), st.randoms(use_true_random=False))
def test_a_batch_is_its_loans_one_by_one_in_any_order(several, policy, lattice, aim, chance):
    policy = replace(policy, strategy=rp.Strategy(aim=aim, lattice=lattice))
    order = list(range(len(several)))
    chance.shuffle(order)
    with patch("repayplan.offers.proposing.LATTICES", 2):
        found = rp.propose(*batch_of([several[i] for i in order]), policy, workers=2)
    assert not len(found.failures)
    for place, i in enumerate(order):
        assert rp.propose(*several[i], policy) == found.value.one(place)


@pytest.mark.slow
@examples(7)
@given(slow.loans(), slow.homes(), slow.policies(), st.sampled_from(AIMS))
def test_whoever_is_offered_a_plan_in_order_is_offered_one_by_every_aim(loan, home, policy, aim):
    coarse = rp.Lattice(lengths=500, pauses=500, points=2)
    usual = rp.propose(loan, home, policy)
    got = rp.propose(loan, home, replace(policy, strategy=rp.Strategy(aim=aim, lattice=coarse)))
    if isinstance(usual, rp.Offer):
        assert isinstance(got, rp.Offer)
        if aim == "shortest":
            assert got.instalments <= usual.instalments


# By hand


def test_each_aim_has_its_plan():
    steps = (
        rp.Concession(step="extend"),
        rp.Concession(step="cut_rate", by="0.01", floor="0.06"),
    )
    policy = replace(POLICY, concessions=steps)

    def offered(aim):
        return rp.propose(LOAN, HOME, replace(policy, strategy=rp.Strategy(aim=aim)))

    in_order, lender, borrower, short = (offered(aim) for aim in ("in_order", *AIMS))
    assert (in_order.annual_rate, in_order.instalments) == (Decimal("0.12"), 32)
    # As dear a rate as there is; the fewest instalments of those that cost him no more than roundings.
    assert lender.annual_rate == Decimal("0.12")
    assert borrower.total_interest < min(each.total_interest for each in (in_order, lender))
    assert borrower.annual_rate == Decimal("0.06")
    assert short.instalments < in_order.instalments
    assert [step.code for step in in_order.concessions] == [
        rp.Code.CONCESSION_ENOUGH,
        rp.Code.CONCESSION_NOT_NEEDED,
    ]
    assert [step.code for step in short.concessions] == [rp.Code.CONCESSION_CHOSEN] * 2
    assert short.concessions[1].text() == ("annual_rate from 0.12 to 0.06: part of the plan that was chosen")
    assert lender.concessions[1].text("zh") == "年利率仍为0.12：所选方案未采用"


def test_more_plans_than_the_lattice_may_have_is_a_code():
    few = rp.Strategy(aim="shortest", lattice=rp.Lattice(lengths=1, most=37))
    policy = replace(rp.Policy.example("consumer"), strategy=few)
    with pytest.raises(rp.InputError) as error:
        rp.propose(LOAN, HOME, policy)
    assert (error.value.field, error.value.code, error.value.limit) == (
        "lattice",
        rp.Code.OUT_OF_RANGE,
        "<= 37",
    )
    # 24 to 42 instalments by two methods, and one length where nothing may be extended.
    loans, homes = three(elapsed=36)
    found = rp.propose(loans, homes, policy)
    assert [(f.row, f.value) for f in found.failures] == [(0, "> 37"), (2, "> 37")]
    enough = replace(few, lattice=replace(few.lattice, most=38))
    assert isinstance(rp.propose(LOAN, HOME, replace(policy, strategy=enough)), rp.Offer)


def test_flows_too_late_to_be_valued_leave_the_plan_in_order():
    """A present value knows dates up to 2200."""
    loan = replace(LOAN, principal="100", next_due="2199-12-31")
    policy = replace(POLICY, strategy=rp.Strategy(aim="least_lender_cost"))
    late, usual = rp.propose(loan, HOME, policy), rp.propose(loan, HOME, POLICY)
    assert isinstance(late, rp.Offer)
    assert late.concessions == usual.concessions
    assert rp.menu(loan, HOME, POLICY).affordable == 0


def test_rates_turned_effective():
    terms = {"original_term": 12, "elapsed": 0, "unpaid": 12, "next_due": "2026-01-31"}
    names = ["monthly", "quarterly", "annual", "weekly", "2-yearly", "73-daily", "365-daily"]
    loans = rp.Loans.from_columns(principal="100", annual_rate="0.12", frequency=names, **terms)
    expected = ["0.1268250301", "0.1255088100", "0.1200000000", "0.1273409872", "0.1135528726"]
    expected += ["0.1258999068", "0.12"]  # 1.024 ** 5, and 365 days of 365
    assert [Decimal(rate).scaleb(-10) for rate in own_rates(loans).tolist()] == [Decimal(e) for e in expected]
    falling = rp.SteppedRate((("2020-01-01", "-0.01"), ("2030-01-01", "0.01")), negative=True)
    assert own_rates(rp.Loans.from_columns(principal=["1"], annual_rate=falling, **terms)).tolist() == [0]


def test_blocks_of_points_hold_all_of_them(monkeypatch):
    monkeypatch.setattr("repayplan.offers.points.CELLS", 10)
    length = np.array([4, 4, 30, 1, 1, 9])
    none = np.zeros(6, np.int64)
    blocks = list(Points(none, none, length, none[None]).blocks())
    assert np.concatenate(blocks).tolist() == list(range(6))
    assert all(length[block].sum() <= 10 + length[block].max() for block in blocks)
    few = rp.menu(LOAN, HOME, POLICY)
    monkeypatch.undo()
    assert few == rp.menu(LOAN, HOME, POLICY)


@pytest.mark.parametrize(
    ("made", "given", "field", "code"),
    [
        (rp.Lattice, {"lengths": 0}, "lattice.lengths", rp.Code.OUT_OF_RANGE),
        (rp.Lattice, {"pauses": 1.0}, "lattice.pauses", rp.Code.OUT_OF_RANGE),
        (rp.Lattice, {"points": 1}, "lattice.points", rp.Code.OUT_OF_RANGE),
        (rp.Lattice, {"most": 2_000_000}, "lattice.most", rp.Code.OUT_OF_RANGE),
        (rp.Strategy, {"aim": "best"}, "strategy.aim", rp.Code.UNKNOWN_VALUE),
        (rp.Strategy, {"aim": None}, "strategy.aim", rp.Code.MISSING),
        (rp.Strategy, {"aim": "shortest", "lattice": 5}, "strategy.lattice", rp.Code.UNKNOWN_VALUE),
        (rp.Strategy, {"lattice": rp.Lattice()}, "strategy.lattice", rp.Code.UNKNOWN_VALUE),
    ],
)
def test_a_rule_that_cannot_be_meant(made, given, field, code):
    with pytest.raises(rp.InputError) as error:
        made(**given)
    assert (error.value.field, error.value.code) == (field, code)


def test_a_policy_says_its_strategy():
    text = POLICY.dumps()
    assert 'aim = "in_order"' in text
    other = rp.Policy.loads(text.replace('aim = "in_order"', 'aim = "shortest"'))
    assert other.strategy == rp.Strategy(aim="shortest")
    assert POLICY.fingerprint != other.fingerprint
    assert str(POLICY.diff(other)).endswith("| strategy.aim | in_order | shortest |  |")
