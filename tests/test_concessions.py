"""Policies with concessions: offers that keep to them, levers of refusals, published figures, every fault."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from examples import examples
from repayplan.edges.summary import breached
from repayplan.offers.arrears import COMPONENTS
from repayplan.offers.audit import FIGURES, StepTaken
from repayplan.offers.raising import lacking
from test_levers import offered, refused, units

WATERFALLS = st.lists(
    st.sampled_from(
        [
            rp.Concession(step="extend"),
            rp.Concession(step="cut_rate", by="0.01", floor="0.02"),
            rp.Concession(step="forbear", percent="20"),
            rp.Concession(step="forgive", percent="10", multiple="0.5"),
            rp.Concession(step="holiday", months=2, interest="capitalise"),
            rp.Concession(step="holiday", months=3, interest="defer"),
            rp.Concession(step="waive", component="fees", percent="60"),
            rp.Concession(step="interest_only", months=3),
        ]
    ),
    unique_by=lambda concession: concession.step,
    min_size=1,
    max_size=4,
)


@pytest.mark.slow
@examples(8)
@given(refused(), WATERFALLS)
def test_offers_and_levers(case, steps):
    loan, income, rules = case
    rules = replace(rules, concessions=tuple(steps))
    one = rp.Loan(**loan)
    got = rp.propose(one, rp.Household(net_income=income), rules)
    balance, fees = units(loan["principal"]), units(loan.get("fees", 0))
    if isinstance(got, rp.Offer):
        rows = got.schedule.rows
        assert len(rows) == got.instalments
        assert rows[0].opening == loan["principal"] - got.forgiven
        without = [*(row.payment for row in rows[:-1]), rows[-1].payment - got.forborne]
        assert got.instalment_after == max(without) <= got.capacity
        assert rows[-1].closing == 0
        paid = sum(row.principal - row.capitalised for row in rows)
        assert paid + got.forgiven == loan["principal"]
        assert got.opening_balance + got.waived == loan["principal"] + loan["fees"]
        assert got.paid_first + got.waived == loan["fees"]
        assert got.total_interest == sum(row.interest_paid + row.capitalised for row in rows)
        return
    # With any lever, no less of it: offered; with one unit less: not.
    levers = got.relaxations

    def steps_of(name, unit):
        return () if levers[name] is None else (levers[name], levers[name] - unit)

    cent = Decimal("0.01")
    for k, less in enumerate(steps_of("principal_reduction", cent)):
        changed = {"principal": rp.minor(np.array([balance - units(less)]))}
        assert offered(loan, income, rules, 1, **changed)[0] == (k == 0)
    for k, less in enumerate(steps_of("down_payment", cent)):
        left = balance + fees - units(less)
        principal = min(left, balance)
        changed = {
            "principal": rp.minor(np.array([principal])),
            "fees": rp.minor(np.array([left - principal])),
        }
        assert offered(loan, income, rules, 1, **changed)[0] == (k == 0)
    for k, rate in enumerate(steps_of("rate", Decimal("-0.0001"))):
        if rate < loan["annual_rate"]:
            assert offered(loan, income, rules, 1, annual_rate=rate)[0] == (k == 0)
    for k, more in enumerate(steps_of("income", cent)):
        assert offered(loan, income + more, rules, 1)[0] == (k == 0)
    if levers["months"] is not None:
        share = rp.ExtensionLimit(percent=rules.limit.percent, reading=rules.limit.reading)
        for k, months in enumerate((levers["months"], levers["months"] - 1)):
            lengths = np.arange(1, 3_000)
            tiled = one.batch.take(np.zeros(len(lengths), np.int64))
            most = lengths[lacking(share, tiled, lengths) <= months].max()
            # As a cap on the new plan alone that allows exactly as many.
            wide = replace(rules, limit=rp.ExtensionLimit(percent=10_000, reading="total_term"))
            term = loan["original_term"]
            percent = Decimal(int(most) + term - loan["unpaid"]) * 100 / term
            limit = replace(wide.limit, percent=percent.quantize(Decimal("0.0001"), "ROUND_UP"))
            if limit.percent >= 100:
                assert offered(loan, income, replace(rules, limit=limit), 1)[0] == (k == 0)


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"step": "wait"}, rp.Code.UNKNOWN_VALUE, "concessions.step"),
        ({"step": "cut_rate", "by": "0.01"}, rp.Code.MISSING, "concessions.floor"),
        ({"step": "cut_rate", "floor": "0.01"}, rp.Code.MISSING, "concessions.by"),
        ({"step": "cut_rate", "by": "0", "floor": "0.01"}, rp.Code.OUT_OF_RANGE, "concessions.by"),
        ({"step": "cut_rate", "by": "0.01", "floor": "2"}, rp.Code.OUT_OF_RANGE, "concessions.floor"),
        ({"step": "cut_rate", "by": 0.01, "floor": "0"}, rp.Code.OUT_OF_RANGE, "concessions.by"),
        ({"step": "extend", "percent": "5"}, rp.Code.UNKNOWN_VALUE, "concessions.percent"),
        ({"step": "forbear"}, rp.Code.MISSING, "concessions.percent"),
        ({"step": "forbear", "percent": "101"}, rp.Code.OUT_OF_RANGE, "concessions.percent"),
        ({"step": "forgive", "percent": "5", "multiple": "0"}, rp.Code.OUT_OF_RANGE, "concessions.multiple"),
        ({"step": "forgive", "percent": "5", "months": 3}, rp.Code.UNKNOWN_VALUE, "concessions.months"),
        ({"step": "holiday", "months": 3}, rp.Code.MISSING, "concessions.interest"),
        ({"step": "holiday", "months": 3, "interest": "keep"}, rp.Code.UNKNOWN_VALUE, "concessions.interest"),
        ({"step": "waive", "percent": "5"}, rp.Code.MISSING, "concessions.component"),
        (
            {"step": "waive", "percent": "5", "component": "principal"},
            rp.Code.UNKNOWN_VALUE,
            "concessions.component",
        ),
        (
            {"step": "forgive", "percent": "5", "component": "fees"},
            rp.Code.UNKNOWN_VALUE,
            "concessions.component",
        ),
        ({"step": "interest_only", "months": 0}, rp.Code.OUT_OF_RANGE, "concessions.months"),
        ({"step": "interest_only", "months": True}, rp.Code.OUT_OF_RANGE, "concessions.months"),
        ({"step": "interest_only", "months": "3"}, rp.Code.OUT_OF_RANGE, "concessions.months"),
    ],
)
def test_what_no_step_can_be(given, code, field):
    with pytest.raises(rp.InputError) as error:
        rp.Concession(**given)
    assert (error.value.code, error.value.field) == (code, field)


CAPITALISED = rp.ArrearsPart(treatment="capitalise")
HAMP = rp.Policy(
    name="HAMP tier 1",
    currency="USD",
    methods=("equal_instalment",),
    allowance=rp.Allowance(by_persons=("0",), further_person="0", covers=(), source="none: a target ratio"),
    # The target: 31 % of gross income for the instalment, taxes and insurance.
    income=rp.IncomeRule(net_of_gross="0.31"),
    limit=rp.ExtensionLimit(max_new_plan_months=480),
    contingency=rp.Contingency(share="0"),
    rounding=rp.Rounding(),
    arrears=rp.ArrearsRule(
        overdue_interest=CAPITALISED,
        accrued_interest=CAPITALISED,
        penalty=rp.ArrearsPart(treatment="capitalise", waive_percent="100"),
        fees=CAPITALISED,
    ),
    concessions=(
        rp.Concession(step="cut_rate", by="0.00125", floor="0.02"),
        rp.Concession(step="extend"),
        rp.Concession(step="forbear", percent="100"),
    ),
)


def hamp(principal, income, policy=HAMP):
    loan = rp.Loan(
        principal=principal,
        annual_rate="0.075",
        original_term=360,
        elapsed=0,
        unpaid=360,
        next_due="2009-05-01",
    )
    home = rp.Household(gross_income={"pay": income}, costs={"taxes and insurance": "250"})
    offer = rp.propose(loan, home, policy)
    assert isinstance(offer, rp.Offer)
    return offer


def test_hamp_cuts_the_rate_then_extends():
    # Handbook for Servicers of Non-GSE Mortgages, chapter II: the standard waterfall, 31 % of gross income.
    cut = hamp("200000", "4000")
    assert (cut.annual_rate, cut.instalments, cut.instalment_after) == (
        Decimal("0.0425"),
        360,
        Decimal("983.88"),
    )
    longer = hamp("200000", "3000")
    assert (longer.annual_rate, longer.instalments) == (Decimal("0.02"), 405)
    assert longer.instalment_after == Decimal("679.50")
    assert [step.code.value for step in longer.concessions] == [
        "concession_exhausted",
        "concession_enough",
        "concession_not_needed",
    ]
    assert longer.concessions[1].text() == (
        "instalments from 360 to 405: with that, every payment is affordable"
    )
    assert longer.concessions[0].text("zh") == ("年利率由0.075调整为0.02，已达上限，仍不足，进入下一步")


def test_a_step_twice_is_refused_but_for_the_rate():
    first, second = (rp.Concession(step="cut_rate", by="0.01", floor=floor) for floor in ("0.04", "0.02"))
    twice = replace(HAMP, concessions=(first, rp.Concession(step="extend"), second))
    assert rp.Policy.loads(twice.dumps()) == twice
    with pytest.raises(rp.PolicyError) as error:
        replace(HAMP, concessions=(rp.Concession(step="extend"), rp.Concession(step="extend")))
    assert (error.value.code, error.value.field) == (rp.Code.DUPLICATE, "concessions[1].step")


@pytest.mark.parametrize("floor", ["0.04", "0.05"])
def test_a_second_cut_that_has_nothing_left_to_cut_is_refused(floor):
    first, second = (rp.Concession(step="cut_rate", by="0.01", floor=each) for each in ("0.04", floor))
    with pytest.raises(rp.PolicyError) as caught:
        replace(HAMP, concessions=(first, rp.Concession(step="extend"), second))
    error = caught.value
    assert (error.code, error.field, str(error.value)) == (
        rp.Code.OUT_OF_RANGE,
        "concessions[2].floor",
        floor,
    )
    assert "below 0.04" in str(error)


@pytest.mark.slow
def test_a_portfolio_is_its_loans_one_by_one():
    rng = np.random.default_rng(7)
    incomes = [str(x) for x in rng.integers(1_000, 6_000, 16)]
    principals = [str(x) for x in rng.integers(100_000, 500_000, 16)]
    policy = replace(
        HAMP,
        concessions=(
            *HAMP.concessions[:2],
            rp.Concession(step="holiday", months=6, interest="capitalise"),
            rp.Concession(step="forbear", percent="30"),
        ),
    )
    loans = rp.Loans.from_columns(
        principal=principals,
        annual_rate="0.075",
        original_term=360,
        elapsed=0,
        unpaid=360,
        next_due="2009-05-01",
    )
    homes = rp.Households.from_columns(gross_income=incomes, costs={"taxes and insurance": "250"}, size=16)
    batch = rp.propose(loans, homes, policy).value
    for i, (principal, income) in enumerate(zip(principals, incomes, strict=True)):
        loan = rp.Loan(
            principal=principal,
            annual_rate="0.075",
            original_term=360,
            elapsed=0,
            unpaid=360,
            next_due="2009-05-01",
        )
        home = rp.Household(gross_income={"pay": income}, costs={"taxes and insurance": "250"})
        one = rp.propose(loan, home, policy)
        assert one == batch.one(i) == rp.propose(loan, home, policy)
        if isinstance(one, rp.Offer):
            assert hash(one) == hash(batch.one(i))
            assert one != replace(one, schedule=replace(one.schedule, instalment=1))


RULE = rp.ModificationRule(
    year="12 months", diminished_above=Decimal("0.01"), substantial_from=Decimal("0.1")
)


def test_what_is_forborne_is_paid_in_the_end_and_what_is_forgiven_leaves_the_books():
    loan = rp.Loan(
        principal="450000",
        annual_rate="0.075",
        original_term=360,
        elapsed=0,
        unpaid=360,
        next_due="2009-05-01",
    )
    contract = rp.schedule(loan, rp.equal_instalment(360))
    aside = hamp("450000", "4500")
    assert aside.forborne == Decimal("71894.66")
    cost = rp.lender_cost(contract, aside, RULE, rate=Decimal("0.075"))
    assert aside.schedule.rows[0].opening == loan.principal
    last = aside.schedule.rows[-1]
    assert last.payment == aside.forborne + Decimal("1145.00")
    assert last.principal == last.opening == aside.forborne + Decimal("1143.09")
    assert aside.instalment_after == Decimal("1145.00")
    assert cost.cost_after == aside.schedule.totals["payment"] - loan.principal
    assert cost.derecognised == 0
    assert cost == rp.lender_cost(contract, aside.schedule, RULE, rate=Decimal("0.075"))
    value = cost.value_after
    given_up = replace(
        HAMP, concessions=(*HAMP.concessions[:2], rp.Concession(step="forgive", percent="100"))
    )
    less = hamp("450000", "4500", given_up)
    assert (less.forgiven, less.forborne) == (aside.forborne, 0)
    cost = rp.lender_cost(contract, less, RULE, rate=Decimal("0.075"))
    assert cost.derecognised == less.forgiven
    bearing = [*(row.payment for row in aside.schedule.rows[:-1]), last.payment - aside.forborne]
    assert [row.payment for row in less.schedule.rows] == bearing
    assert cost.value_after < value


def test_no_payment_but_what_is_put_aside_is_above_what_can_be_paid():
    steps = (rp.Concession(step="holiday", months=2, interest="capitalise"), *HAMP.concessions[2:])
    for rounding in (HAMP.rounding, rp.Rounding(instalment="none", interest="none")):
        policy = replace(HAMP, rounding=rounding, concessions=(*HAMP.concessions[:2], *steps))
        loans = rp.Loans.from_columns(
            principal=["300000", "480000", "490000"],
            annual_rate="0.075",
            original_term=360,
            elapsed=0,
            unpaid=360,
            next_due="2009-05-01",
        )
        homes = rp.Households.from_columns(gross_income=["4500"] * 3, size=3)
        found = rp.propose(loans, homes, policy).value
        assert (found.forborne > 0).tolist() == [False, True, True]
        rows, offsets = found.schedules.by_loan()
        assert not breached(found, rows, offsets).any()
        last = offsets[1:] - 1
        assert (rows["payment"][last[1:]] > found.capacity[1:]).all()
        rows["payment"][last] -= found.forborne
        assert (np.maximum.reduceat(rows["payment"], offsets[:-1]) == found.instalment_after).all()
        assert (found.instalment_after <= found.capacity).all()
        assert (rows["opening"][offsets[:-1]] == found.opening_balance).all()


def test_a_rate_that_changes_is_not_cut_to_a_fixed_one():
    # 12 % on the first day, nothing from the next month on: 11 % throughout would be no cut.
    steps = rp.SteppedRate((("2020-01-01", "0.12"), ("2026-02-01", "0")))
    loan = rp.Loan(
        principal="10000", annual_rate=steps, original_term=20, elapsed=0, unpaid=20, next_due="2026-01-31"
    )
    home = rp.Household(net_income="500")
    plain = replace(
        HAMP, income=rp.IncomeRule(), limit=rp.ExtensionLimit(max_new_plan_months=40), concessions=()
    )
    extend = replace(plain, concessions=(rp.Concession(step="extend"),))
    cut = rp.Concession(step="cut_rate", by="0.01", floor="0.11")
    both = replace(plain, concessions=(cut, rp.Concession(step="extend")))
    one, other = (rp.propose(loan, home, policy) for policy in (extend, both))
    assert isinstance(other, rp.Offer)
    assert one.schedule.rows == other.schedule.rows
    assert other.concessions[0].before == other.concessions[0].after


def test_a_step_of_less_than_a_period_says_that_it_has_none():
    steps = (
        rp.Concession(step="holiday", months=1, interest="capitalise"),
        rp.Concession(step="interest_only", months=2),
        rp.Concession(step="extend"),
    )
    policy = replace(rp.Policy.example("consumer"), concessions=steps)
    loan = rp.Loan(
        principal=60_000,
        annual_rate="0.12",
        original_term=4,
        elapsed=0,
        unpaid=4,
        next_due="2026-03-31",
        frequency="quarterly",
    )
    got = rp.propose(loan, rp.Household(net_income="6000", costs={"rent": "1000"}, tenure="rent"), policy)
    said = {taken.step: taken for taken in got.concessions}
    for step, months in (("holiday", 1), ("interest_only", 2)):
        assert (said[step].code, said[step].months) == (rp.Code.CONCESSION_NO_PERIOD, months)
        assert (said[step].before, said[step].after) == (0, 0)
        assert f"({months}) hold no whole period" in said[step].text()
        assert f"（{months}个月）不足一个完整还款周期" in said[step].text("zh")
    assert (said["extend"].code, said["extend"].months) == (rp.Code.CONCESSION_EXHAUSTED, None)
    # Of a monthly loan the same steps have periods.
    monthly = rp.propose(
        replace(loan, frequency="monthly"),
        rp.Household(net_income="6000", costs={"rent": "1000"}, tenure="rent"),
        policy,
    )
    assert rp.Code.CONCESSION_NO_PERIOD not in [taken.code for taken in monthly.concessions]


@pytest.mark.parametrize("treatment", ["capitalise", "pay_first"])
def test_overdue_interest_is_waived_as_far_as_it_has_to_be(treatment):
    kept = rp.ArrearsPart(treatment=treatment, waive_percent="10")
    rules = replace(
        rp.Policy.example("consumer"),
        arrears=rp.ArrearsRule(overdue_interest=kept, accrued_interest=kept, penalty=kept, fees=kept),
        contingency=rp.Contingency(share="0"),
        allowance=rp.Allowance(by_persons=("0",), further_person="0", covers=(), source="test"),
        concessions=(rp.Concession(step="waive", component="overdue_interest", percent="80"),),
    )
    loan = rp.Loan(
        principal="10000",
        overdue_interest="500",
        penalty="20",
        annual_rate="0.12",
        original_term=20,
        elapsed=0,
        unpaid=20,
        next_due="2026-01-31",
        currency=rules.currency,
    )

    def asked(can):
        return rp.propose(loan, rp.Household(net_income=can), rules)

    whole = asked("9000")
    assert (whole.waived, whole.concessions[0].code) == (52, rp.Code.CONCESSION_NOT_NEEDED)
    enough = whole.instalment_after
    for less in ("0.01", "5", "12.34"):
        got = asked(enough - Decimal(less))
        assert got.instalment_after <= enough - Decimal(less)
        step = got.concessions[0]
        assert (step.figure, step.code) == ("overdue_interest waived", rp.Code.CONCESSION_ENOUGH)
        assert step.after == got.waived - 52 > 0
        assert got.opening_balance + got.waived == 10_520
        assert sum(row.principal for row in got.schedule.rows) == got.schedule.rows[0].opening
        paid = got.schedule.totals["principal"] + got.paid_first
        assert paid == got.opening_balance
        if treatment == "pay_first":
            assert step.after == Decimal(less)  # the first payment is lower by that
    refused = asked(enough - 420 if treatment == "pay_first" else enough - 25)
    assert refused.concessions[0].after == 360  # 80 % of the 450 that the arrears leave
    with pytest.raises(rp.PolicyError) as error:
        replace(rules, arrears=replace(rules.arrears, overdue_interest=rp.ArrearsPart(treatment="carry")))
    assert (error.value.code, error.value.field) == (rp.Code.UNKNOWN_VALUE, "concessions[0].component")


def test_every_figure_of_a_step_has_a_chinese_name():
    figures = [figure for step, figure in FIGURES.items() if step != "waive"]
    figures += [f"{component} {FIGURES['waive']}" for component in COMPONENTS]
    for figure in figures:
        taken = StepTaken("extend", figure, 1, 2, rp.Code.CONCESSION_ENOUGH)
        assert figure in taken.text("en")
        assert not any(char.isascii() and char.isalpha() for char in taken.text("zh"))
