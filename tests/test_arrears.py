"""Arrears: every component goes where the policy says, and nothing owed is lost."""

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from math import floor
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import agreements as of
import repayplan as rp
from repayplan import (
    ArrearsPart,
    ArrearsRule,
    Code,
    Households,
    InputError,
    Loan,
    Loans,
    Policy,
    SheetTerms,
    Words,
    equal_instalment,
    expected_value,
    minor,
    offer_sheet,
    propose,
    schedule,
)
from repayplan.edges.decisiontables import decision_table
from repayplan.edges.summary import breached
from repayplan.offers.arrears import COMPONENTS, first_paid, place_arrears, spread_of
from repayplan.offers.arrearsrule import Treatment

OWED = ("principal", "overdue_principal", *COMPONENTS)
PERCENT = st.decimals(0, 100, places=4)
PART = st.one_of(
    st.builds(
        ArrearsPart, treatment=st.sampled_from(["capitalise", "pay_first", "carry"]), waive_percent=PERCENT
    ),
    st.builds(
        ArrearsPart,
        treatment=st.just("first_instalments"),
        instalments=st.integers(1, 3660),
        waive_percent=PERCENT,
    ),
)
RULE = st.fixed_dictionaries(dict.fromkeys(COMPONENTS, PART)).map(lambda parts: ArrearsRule(**parts))
DEBT = st.fixed_dictionaries(dict.fromkeys(OWED, st.integers(0, 10**13)))


def batch(debts):
    columns = {name: minor([d[name] for d in debts]) for name in OWED}
    return Loans.from_columns(
        **columns, annual_rate="0.1", original_term=36, elapsed=10, unpaid=26, next_due="2026-01-31"
    )


@given(st.lists(DEBT, min_size=1, max_size=6), RULE)
def test_nothing_owed_is_lost(debts, rule):
    placed = place_arrears(batch(debts), rule)
    after, alone = placed.loans, first_paid(placed.loans, rule)
    spread = spread_of(placed.loans, rule).amounts.sum(axis=0)
    for i, debt in enumerate(debts):
        waived, became = 0, dict.fromkeys(get_args(Treatment), 0)
        for name in COMPONENTS:
            part = getattr(rule, name)
            given_up = floor(debt[name] * part.waive_percent / 100)
            waived += given_up
            became[part.treatment] += debt[name] - given_up
        principal = debt["principal"] + debt["overdue_principal"]
        assert int(after.balance[i]) == principal + became["capitalise"]
        columns = (placed.capitalised, placed.paid_first, placed.spread, placed.carried)
        assert [int(column[i]) for column in columns] == list(became.values())
        assert int(after.carried[i] + after.charges[i]) == sum(list(became.values())[1:])
        assert int(alone.carried[i] + alone.charges[i]) == became["pay_first"]
        assert int(spread[i]) == became["first_instalments"]
        assert int(placed.waived[i]) == waived
        assert principal + sum(became.values()) + waived == sum(debt.values())


def test_by_component():
    rule = ArrearsRule(
        overdue_interest=ArrearsPart(treatment="capitalise"),
        accrued_interest=ArrearsPart(treatment="pay_first"),
        penalty=ArrearsPart(treatment="pay_first", waive_percent=100),
        fees=ArrearsPart(treatment="capitalise", waive_percent="50"),
    )
    debt = dict(zip(OWED, (1000, 100, 31, 7, 11, 5), strict=True))
    debt |= {"overdue_interest": 31, "accrued_interest": 7, "penalty": 11, "fees": 5}
    placed = place_arrears(batch([debt]), rule)
    assert placed.loans.principal.tolist() == [1000 + 31 + 3]
    assert placed.loans.overdue_principal.tolist() == [100]
    assert placed.loans.accrued_interest.tolist() == placed.paid_first.tolist() == [7]
    assert placed.waived.tolist() == [11 + 2]
    assert [getattr(placed.loans, n).tolist() for n in ("overdue_interest", "penalty", "fees")] == [[0]] * 3


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"treatment": "waive"}, Code.UNKNOWN_VALUE, "arrears.treatment"),
        ({"treatment": "first_instalments"}, Code.MISSING, "arrears.instalments"),
        ({"treatment": "first_instalments", "instalments": 0}, Code.OUT_OF_RANGE, "arrears.instalments"),
        ({"treatment": "first_instalments", "instalments": 3661}, Code.OUT_OF_RANGE, "arrears.instalments"),
        ({"treatment": "first_instalments", "instalments": "3"}, Code.OUT_OF_RANGE, "arrears.instalments"),
        ({"treatment": "carry", "instalments": 3}, Code.UNKNOWN_VALUE, "arrears.instalments"),
        ({"treatment": "pay_first", "waive_percent": "100.1"}, Code.OUT_OF_RANGE, "arrears.waive_percent"),
        ({"treatment": "pay_first", "waive_percent": "-1"}, Code.OUT_OF_RANGE, "arrears.waive_percent"),
        ({"treatment": "pay_first", "waive_percent": 50.0}, Code.OUT_OF_RANGE, "arrears.waive_percent"),
        ({"treatment": "pay_first", "waive_percent": "33.33333"}, Code.OUT_OF_RANGE, "arrears.waive_percent"),
    ],
)
def test_what_cannot_be_meant_is_refused(given, code, field):
    with pytest.raises(InputError) as caught:
        ArrearsPart(**given)
    assert (caught.value.code, caught.value.field) == (code, field)


def test_share_written_with_more_zeros_is_the_same_share():
    assert ArrearsPart(treatment="pay_first", waive_percent="50.000000").waive_percent == Decimal(50)
    assert ArrearsPart(treatment="pay_first", waive_percent=Decimal("1E+2")).waive_percent == 100


LATE = {
    "principal": ["6000.00", "6000.00"],
    "annual_rate": "0.12",
    "original_term": 12,
    "elapsed": 6,
    "unpaid": 6,
    "next_due": "2026-01-31",
    "overdue_interest": ["60.00", "0"],
    "penalty": ["40.00", "500.00"],
    "fees": ["50.01", "0"],
}
LATER = {
    "overdue_interest": ArrearsPart(treatment="first_instalments", instalments=4),
    "penalty": ArrearsPart(treatment="carry"),
    "fees": ArrearsPart(treatment="first_instalments", instalments=2),
}


def decided(**parts):
    policy = Policy.example("consumer")
    policy = replace(policy, arrears=replace(policy.arrears, **parts))
    loans, homes = Loans.from_columns(**LATE), Households.from_columns(net_income=["4000", "4000"])
    return propose(loans, homes, policy).value


def test_an_offer_says_what_became_of_arrears_and_pays_them_then():
    found = decided(**LATER)
    assert found.offered.all()
    assert (found.spread.tolist(), found.carried.tolist()) == ([110_01, 0], [40_00, 500_00])
    assert found.opening_balance.tolist() == [6150_01, 6500_00]
    rows, offsets = found.schedules.by_loan()
    first, second = (slice(a, b) for a, b in pairwise(offsets.tolist()))
    assert rows["fee"][first].tolist() == [25_01, 25_00, 0, 0, 0, 40_00]
    assert (rows["interest_paid"] - rows["interest"])[first].tolist() == [1500] * 4 + [0, 0]
    assert rows["fee"][second].tolist() == [0] * 5 + [500_00]
    # What is carried isn't held against what can be paid with the last instalment, nor called a payment.
    paid = rows["payment"].copy()
    paid[offsets[1:] - 1] -= found.put_aside
    assert np.maximum.reduceat(paid, offsets[:-1]).tolist() == found.instalment_after.tolist()
    assert found.total_interest.tolist() == np.add.reduceat(rows["interest_paid"], offsets[:-1]).tolist()
    assert not breached(found, rows, offsets).any()
    assert (found.living.payment == paid).all()


def test_decisions_have_columns_for_what_the_policy_does():
    ids, row = np.array(["A", "B"]), np.arange(2)
    table = decision_table(ids, row, decided(**LATER))
    assert table["spread"].values.tolist() == [110_01, 0]
    assert table["carried"].values.tolist() == table["due_at_end"].values.tolist() == [40_00, 500_00]
    assert not {"spread", "carried"} & decision_table(ids, row, decided()).keys()


def test_a_sheet_says_what_is_paid_later():
    found = decided(**LATER)
    loan = Loan(**{name: value[0] if isinstance(value, list) else value for name, value in LATE.items()})
    loan = replace(loan, currency="CNY")
    terms = SheetTerms(
        lender="Example Bank",
        issued="2026-01-05",
        accept_by="2026-01-19",
        expires="2026-01-20",
        late=of.OVERDUE,
        days_late=30,
        credit_record=Words("Reported as restructured.", "将报送为重组贷款。"),
    )
    sheet = offer_sheet(loan, schedule(loan, equal_instalment(6)), found.one(0), terms, reference="A")
    said = {entry.name: entry.figure.value for entry in sheet.sections[0].entries}
    assert (said["spread"], said["carried"]) == (Decimal("110.01"), Decimal("40.00"))
    assert "分摊至前几期" in sheet.text("zh")


def test_what_is_owed_after_some_instalments_has_arrears_that_are_paid_later():
    offer = decided(**LATER).one(0)
    loan = Loan(**{name: value[0] if isinstance(value, list) else value for name, value in LATE.items()})
    before = schedule(loan, equal_instalment(6))
    terms = {"rate": "0", "year": "365 days", "success": "0", "recovery_after_default": "1"}
    terms |= {"months_after_default": 0, "recovery_without": "0", "months_without": 0}
    for paid in range(6):
        got = expected_value(before, offer, **terms, paid_before_default=paid)
        rest = sum(row.payment - row.interest for row in offer.schedule.rows[paid:])
        made = sum(row.payment for row in offer.schedule.rows[:paid])
        assert got.broken == made + rest


@pytest.mark.parametrize(
    "part",
    [
        ArrearsPart(treatment="pay_first"),
        ArrearsPart(treatment="first_instalments", instalments=3),
        ArrearsPart(treatment="carry"),
    ],
)
def test_interest_that_was_overdue_before_is_told_apart_from_the_plans(part):
    policy = replace(
        rp.Policy.example("consumer"),
        arrears=rp.ArrearsRule(overdue_interest=part, accrued_interest=part, penalty=part, fees=part),
    )
    loans = rp.Loans.from_columns(
        principal=["12000", "12000", "900000"],
        annual_rate="0.12",
        original_term=12,
        elapsed=0,
        unpaid=12,
        next_due="2026-03-31",
        overdue_interest=["0", "70", "70"],
        accrued_interest=["0", "5.50", "0"],
        fees=["0", "3", "0"],
    )
    homes = rp.Households.from_columns(
        net_income=["6000"] * 3, costs={"rent": ["1000"] * 3}, tenure=["rent"] * 3
    )
    got = rp.propose(loans, homes, policy).value
    assert got.offered.tolist() == [True, True, False]
    assert (got.total_interest - got.interest_on_plan).tolist() == [0, 75_50, 0]
    assert got.interest_on_plan.tolist() == [got.interest_on_plan[0]] * 2 + [0]
    for i in (0, 1):
        assert got.one(i).interest_on_plan == sum(row.interest for row in got.one(i).schedule.rows)


def test_overdue_interest_that_a_step_waives_is_in_neither_interest():
    part = ArrearsPart(treatment="pay_first")
    policy = replace(
        rp.Policy.example("consumer"),
        arrears=ArrearsRule(overdue_interest=part, accrued_interest=part, penalty=part, fees=part),
        concessions=(rp.Concession(step="waive", component="overdue_interest", percent="80"),),
        contingency=rp.Contingency(share="0"),
        allowance=rp.Allowance(by_persons=("0",), further_person="0", covers=(), source="test"),
    )
    loan = rp.Loan(
        principal="10000",
        overdue_interest="500",
        annual_rate="0.12",
        original_term=20,
        elapsed=0,
        unpaid=20,
        next_due="2026-01-31",
    )
    offer = rp.propose(loan, rp.Household(net_income="900"), policy)
    assert offer.waived > 0
    assert offer.interest_on_plan == sum(row.interest for row in offer.schedule.rows)
    assert offer.total_interest - offer.interest_on_plan == 500 - offer.waived
