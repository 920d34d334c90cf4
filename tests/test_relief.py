"""What an offer gives up and puts aside, as the authority of whoever decides on it counts it."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np
import pytest

import repayplan as rp
from repayplan import Code, InputError, Record, Relief
from repayplan.reviews.approval import check_approved

LOAN = {
    "principal": "9000.00", "annual_rate": "0.24", "original_term": 24, "elapsed": 6, "unpaid": 18,
    "next_due": "2026-03-31", "instalment": "600.00",
}  # fmt: skip
ASKED = rp.Application(
    id="A-1",
    hardship="death",
    applied_on="2026-03-02",
    evidence={"identity_card": "2019-05-01", "payslip": "2026-02-01", "death_certificate": "2026-01-20"},
    days_past_due=40,
    broken_plans=0,
    willing=True,
)
SAID = {"role": "reviewer", "person": "Li", "at": "2026-03-05T10:00:00+08:00"}
STEP = {"person": "Wu", "at": "2026-03-06T09:00:00+08:00"}
BASE = rp.Policy.example("consumer-review")
WAIVES = replace(
    BASE,
    concessions=(
        rp.Concession(step="extend"),
        rp.Concession(step="holiday", months=12, interest="waive"),
    ),
)
LATER_JOB = [
    rp.Income("benefit", "2000"),
    rp.Income("job", "1500", start="2027-03-01"),
    rp.Cost("rent", "100"),
    rp.Cost("food", "1900"),
]


def refused(make):
    with pytest.raises(InputError) as caught:
        make()
    return caught.value


def opined(loan, home, policy, relief):
    seen = rp.review(ASKED, loan, home, policy, on="2026-03-05")
    return Record((seen,)).opinion("approve", relief, **SAID)


def asked_for(record):
    """What the opinion says was asked for: owed, given up, put aside, extension, cut of the rate."""
    found = next(each for each in rp.review_opinion(record).sections if each.name == "authority")
    return [row[1].said("en") for row in found.table.rows]


def test_interest_waived_in_a_holiday_is_given_up():
    loan, home = rp.Loan(**LOAN), rp.Household(items=LATER_JOB, assessed="2026-03-01")
    offer = rp.propose(loan, home, WAIVES)
    by_hand = sum((row.waived for row in offer.schedule.rows), Decimal(0))
    assert by_hand == offer.waived_interest == Decimal("2160.00")
    relief = Relief.of(offer)
    assert relief.given_up == offer.never_paid == by_hand
    record = opined(loan, home, WAIVES, relief)
    error = refused(lambda: record.decide("approve", role="team_lead", policy=WAIVES, **STEP))
    assert (error.code, error.field) == (Code.NO_AUTHORITY, "given_up")
    assert asked_for(record)[1] == "2,160.00 CNY"


def test_of_a_batch_the_same_interest_is_given_up():
    """The first has a holiday, the second could pay at once, and nothing is affordable for the third."""
    incomes = ("2000", "9000", "1000")
    homes = rp.Households.from_columns(
        assessed=["2026-03-01"] * 3,
        items=rp.Items.from_columns(
            household=[*range(3), 0, 0, 0],
            kind=["net_income"] * 4 + ["cost"] * 2,
            category=["pay"] * 3 + ["job", "rent", "food"],
            amount=[*incomes, "1500", "100", "1900"],
            start=[""] * 3 + ["2027-03-01", "", ""],
        ),
    )
    loans = rp.Loans.from_columns(**{name: [value] * 3 for name, value in LOAN.items()})
    made = rp.propose(loans, homes, WAIVES).value
    many = rp.Reliefs.of(made)
    assert many.given_up.tolist() == [2160_00, 0, 0]
    assert made.offered.tolist() == [True, True, False]
    for i in np.flatnonzero(made.offered).tolist():
        assert Relief.of(made.one(i)).given_up == Decimal(int(many.given_up[i])) / 100
    assert many.deciders(WAIVES.review)[0].tolist() == [False, True, True]


def test_a_holiday_that_keeps_its_interest_gives_nothing_up():
    steps = (rp.Concession(step="extend"), rp.Concession(step="holiday", months=12, interest="capitalise"))
    home = rp.Household(items=LATER_JOB, assessed="2026-03-01")
    offer = rp.propose(rp.Loan(**LOAN), home, replace(WAIVES, concessions=steps))
    assert any(row.payment == 0 for row in offer.schedule.rows)
    assert Relief.of(offer).given_up == offer.waived_interest == 0


CARRY = rp.ArrearsPart(treatment="carry")
CARRIES = replace(
    BASE,
    arrears=replace(BASE.arrears, penalty=CARRY, overdue_interest=CARRY),
    review=replace(
        BASE.review,
        authority=tuple(replace(level, largest_forbearance="44.4") for level in BASE.review.authority),
    ),
)
BEHIND = LOAN | {"principal": "5000.00", "overdue_interest": "3000.00", "penalty": "1000.00"}


def test_arrears_put_aside_until_the_last_payment_are_forborne():
    loan, home = rp.Loan(**BEHIND), rp.Household(net_income="2500", costs={"rent": "100", "food": "1900"})
    offer = rp.propose(loan, home, CARRIES)
    relief = Relief.of(offer)
    assert relief.forborne == offer.carried == offer.due_at_end == Decimal("4000.00")
    record = opined(loan, home, CARRIES, relief)
    error = refused(lambda: record.decide("approve", role="team_lead", policy=CARRIES, **STEP))
    assert (error.code, error.field) == (Code.NO_AUTHORITY, "forborne")
    assert asked_for(record)[2] == "4,000.00 CNY"
    # 4,000 of 9,000 are 44.44... %.
    more = tuple(replace(level, largest_forbearance="44.5") for level in BASE.review.authority)
    allowed = replace(CARRIES, review=replace(BASE.review, authority=more))
    approved = opined(loan, home, allowed, Relief.of(rp.propose(loan, home, allowed)))
    assert approved.decide("approve", role="team_lead", policy=allowed, **STEP).closed


def test_of_a_batch_the_same_arrears_are_forborne_beside_principal():
    steps = (rp.Concession(step="extend"), rp.Concession(step="forbear", percent="30"))
    policy = replace(CARRIES, concessions=steps)
    incomes = ("2500", "2300", "1000")
    loans = rp.Loans.from_columns(**{name: [value] * 3 for name, value in BEHIND.items()})
    costs = {"rent": ["100"] * 3, "food": ["1900"] * 3}
    made = rp.propose(loans, rp.Households.from_columns(net_income=[*incomes], costs=costs), policy).value
    many = rp.Reliefs.of(made)
    assert made.offered.tolist() == [True, True, False]
    both = made.one(1)
    assert both.forborne > 0
    assert many.forborne.tolist() == [4000_00, int((both.forborne + 4000) * 100), 0]
    assert Relief.of(both).forborne == both.due_at_end


TRIAL = replace(BASE, trial=rp.Trial(instalments=3, down_amount="500", grace_days=5), instalment_percent="95")
ABLE = rp.Household(net_income="2900", costs={"rent": "400", "food": "1200"})


@pytest.mark.parametrize("which", ["today", "offer"])
def test_a_deal_is_approved_on_the_loan_that_was_reviewed(which):
    """What it offers is for a loan that stands only after the down payment, or the trial."""
    loan = rp.Loan(**LOAN | {"annual_rate": "0.10"})
    offer = getattr(rp.conditional(loan, ABLE, TRIAL), which)
    relief = Relief.of(offer)
    assert offer.owed < relief.owed == Decimal("9000.00")
    assert relief.extension_months == offer.extension_months
    record = opined(loan, ABLE, TRIAL, relief)
    approved = record.decide("approve", role="team_lead", policy=TRIAL, **STEP)
    assert approved.closed
    assert "down payment and the trial payments" in rp.review_opinion(record).text()
    assert "首付款及试行期各期款项" in rp.review_opinion(record).text("zh")
    # What was approved can be drawn up, and nothing else of the deal.
    check_approved(approved, offer, on=date(2026, 3, 6))
    deal = rp.conditional(loan, ABLE, TRIAL)
    other = deal.today if which == "offer" else deal.offer
    error = refused(lambda: check_approved(approved, other, on=date(2026, 3, 6)))
    assert error.code is Code.OTHER_PLAN
    plain = opined(loan, ABLE, TRIAL, Relief.of(rp.propose(loan, ABLE, TRIAL)))
    assert "trial payments" not in rp.review_opinion(plain).text()


def test_a_deal_of_another_loan_or_household_is_not_approved():
    loan = rp.Loan(**LOAN | {"annual_rate": "0.10"})
    deals = [
        ("loan", rp.conditional(rp.Loan(**LOAN | {"annual_rate": "0.11"}), ABLE, TRIAL)),
        ("household", rp.conditional(loan, replace(ABLE, net_income="2950"), TRIAL)),
    ]
    for field, deal in deals:
        error = refused(lambda: opined(loan, ABLE, TRIAL, Relief.of(deal.offer)))  # noqa: B023
        assert (error.code, error.field) == (Code.OTHER_CASE, f"relief.{field}")


def test_a_deal_that_nothing_is_offered_in_is_refused_on_its_grounds():
    loan, poor = rp.Loan(**LOAN), rp.Household(net_income="2200", costs={"rent": "400", "food": "1200"})
    none = rp.conditional(loan, poor, TRIAL)
    assert isinstance(none, rp.Infeasible)
    seen = rp.review(ASKED, loan, poor, TRIAL, on="2026-03-05")
    opinion = Record((seen,)).opinion("refuse", Relief(owed="9000"), **SAID)
    closed = opinion.decide("refuse", role="team_lead", policy=TRIAL, infeasible=none, **STEP)
    assert closed.decision.grounds == none.reasons
