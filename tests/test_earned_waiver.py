"""Waivers that are earned, against a slow reference: what is earned by a row, and what a breach costs."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import assume, given
from hypothesis import strategies as st

import repayplan as rp
from examples import examples
from repayplan import (
    Code,
    EarnedWaiver,
    Household,
    Households,
    InputError,
    Loan,
    Loans,
    earned_waiver,
    equal_instalment,
    fee,
    holiday,
    propose,
    schedule,
)
from repayplan.offers.waiverpaths import in_parts

OWED = ("overdue_interest", "accrued_interest", "penalty", "fees")
COMPLETION = EarnedWaiver(earned="at_completion", claw_back="all")
THIRDS = EarnedWaiver(earned="each_year", years=3, claw_back="unearned")


def policy_of(rule, percent="40", treatment="pay_first", **changes):
    over = 3 if treatment == "first_instalments" else None
    part = rp.ArrearsPart(treatment=treatment, waive_percent=percent, instalments=over)
    fit = treatment in ("capitalise", "pay_first")  # of which concessions may waive
    named = {"penalty": "80", "overdue_interest": "50"} if fit else {}
    waive = [rp.Concession(step="waive", component=name, percent=most) for name, most in named.items()]
    policy = rp.Policy(
        name="test",
        currency="EUR",
        methods=("equal_instalment",),
        allowance=rp.FixedAllowance(amount="700", frequency="monthly", covers=(), source="test"),
        limit=rp.ExtensionLimit(max_new_plan_months=60),
        contingency=rp.Contingency(share="0"),
        rounding=rp.Rounding(),
        arrears=rp.ArrearsRule(**dict.fromkeys(OWED, part)),
        concessions=(
            rp.Concession(step="extend"),
            *waive,
            rp.Concession(step="forbear", percent="20"),
            rp.Concession(step="forgive", percent="30"),
            rp.Concession(step="holiday", months=3, interest="defer"),
        ),
        earned_waiver=rule,
    )
    return replace(policy, **changes)


def down(amount, percent):
    """A percentage of whole cents, rounded down."""
    return Decimal(int(Fraction(amount) * Fraction(percent))).scaleb(-2)


def by_hand(loan, offer, policy):
    """All that has to be earned, and (earned, clawed back, owed if breached) before and after each row."""
    rule, rows = policy.earned_waiver, offer.schedule.rows
    waiver = down(offer.forgiven, rule.principal)
    for name in OWED:
        waived = down(getattr(loan, name), getattr(policy.arrears, name).waive_percent)
        waived += sum(step.after for step in offer.concessions if step.figure == f"{name} waived")
        waiver += down(waived, getattr(rule, name))
    parts = rule.years or 1
    cents, more = divmod(int(waiver * 100), parts)
    sizes = [cents + (k < more) for k in range(parts)]
    out = []
    for k in range(len(rows) + 1):
        day = rows[k - 1].due_date if k else loan.interest_from
        years = sum(loan.interest_from + relativedelta(years=y + 1) <= day for y in range(parts))
        done = parts if k == len(rows) else years if rule.earned == "each_year" else 0
        earned = Decimal(sum(sizes[:done])).scaleb(-2)
        clawed = Decimal(0) if k == len(rows) else waiver if rule.claw_back == "all" else waiver - earned
        # What later rows collect beside the interest of their own periods was owed already.
        beside = sum((row.fee - row.deferred for row in rows[k:]), Decimal(0))
        closing = rows[k - 1].closing if k else rows[0].opening
        out.append((earned, clawed, beside, closing))
    return waiver, out


TREATMENTS = ["capitalise", "pay_first", "first_instalments", "carry"]
AMOUNTS = st.integers(0, 30_000).map(lambda cents: Decimal(cents).scaleb(-2))
PERCENT = st.sampled_from(["0", "12.5", "50", "100"])
RULES = st.builds(
    EarnedWaiver,
    **dict.fromkeys((*OWED, "principal"), PERCENT),
    earned=st.just("at_completion"),
    claw_back=st.sampled_from(["all", "unearned"]),
) | st.builds(
    EarnedWaiver,
    **dict.fromkeys((*OWED, "principal"), PERCENT),
    earned=st.just("each_year"),
    years=st.integers(1, 7),
    claw_back=st.sampled_from(["all", "unearned"]),
)


@st.composite
def loans(draw):
    return Loan(
        principal=draw(st.integers(100, 6_000)),
        **{name: draw(AMOUNTS) for name in OWED},
        annual_rate=draw(st.sampled_from(["0", "0.12"])),
        original_term=60,
        elapsed=12,
        unpaid=draw(st.integers(1, 40)),
        next_due=draw(st.sampled_from(["2026-01-31", "2024-03-29"])),
        frequency=draw(st.sampled_from(["monthly", "quarterly"])),
    )


@examples(20)
@given(loans(), st.integers(1, 250), RULES, st.sampled_from(TREATMENTS), PERCENT)
def test_every_row_is_the_one_by_hand(loan, can, rule, treatment, percent):
    policy = policy_of(rule, percent, treatment)
    home = Household(net_income=str(700 + can))
    assume(propose(loan.batch, home.batch, policy).value.offered.all())  # without the levers of a refusal
    offer = propose(loan, home, policy)
    got, (waiver, want) = earned_waiver(loan, offer, policy), by_hand(loan, offer, policy)
    assert got.waiver == waiver <= offer.waived + offer.forgiven
    assert [row.period for row in got.rows] == list(range(len(want)))
    assert [row.due_date for row in got.rows] == [
        loan.interest_from,
        *(row.due_date for row in offer.schedule.rows),
    ]
    for row, (earned, clawed, beside, closing) in zip(got.rows, want, strict=True):
        assert (row.earned, row.conditional, row.clawed_back) == (earned, waiver - earned, clawed)
        assert (row.closing, row.beside) == (closing, beside)
        assert row.owed_if_breached == closing + beside + clawed
    # At first nothing is earned: a breach leaves everything that was owed, but for what is given at once.
    owed = sum(getattr(loan, name) for name in ("principal", *OWED))
    assert got.rows[0].owed_if_breached == owed - (offer.waived + offer.forgiven - waiver)
    assert (got.rows[-1].earned, got.rows[-1].owed_if_breached) == (waiver, 0)
    earned = [row.earned for row in got.rows]
    assert earned == sorted(earned)


@examples(7)
@given(st.lists(st.tuples(loans(), st.integers(1, 250)), min_size=1, max_size=5), RULES)
def test_a_batch_is_its_loans_one_by_one(several, rule):
    policy = policy_of(rule)
    names = ("principal", *OWED, "annual_rate", "original_term", "elapsed", "unpaid", "next_due", "frequency")
    batch = Loans.from_columns(**{name: [getattr(loan, name) for loan, _ in several] for name in names})
    homes = Households.from_columns(net_income=[str(700 + can) for _, can in several])
    proposals = propose(batch, homes, policy).value
    many = earned_waiver(batch, proposals, policy)
    assert (many.row.tolist(), len(many.failures)) == (proposals.row[proposals.offered].tolist(), 0)
    for i, row in enumerate(many.row.tolist()):
        loan, can = several[row]
        offer = propose(loan, Household(net_income=str(700 + can)), policy)
        assert many.value.one(i) == earned_waiver(loan, offer, policy)
    assert [each.waiver for each in many.value] == [Decimal(int(w)).scaleb(-2) for w in many.value.waiver]


def one_loan(**changes):
    given = {
        "principal": "3600",
        "annual_rate": "0",
        "original_term": 60,
        "elapsed": 12,
        "unpaid": 36,
        "next_due": "2026-02-01",
        "penalty": "100",
    }
    return Loan(**(given | changes))


def test_a_third_each_year_as_the_principal_reduction_alternative_had_it():
    """100.00 in thirds: 33.34, 33.33 and 33.33, on the first three anniversaries of the start."""
    loan, policy = (
        one_loan(unpaid=40),
        policy_of(THIRDS, "100", limit=rp.ExtensionLimit(max_new_plan_months=48)),
    )
    offer = propose(loan, Household(net_income="790"), policy)
    assert (offer.instalments, str(offer.waived)) == (40, "100.00")
    got = earned_waiver(loan, offer, policy)
    steps = {str(b.due_date): str(b.earned) for a, b in pairwise(got.rows) if a.earned != b.earned}
    assert steps == {"2027-01-01": "33.34", "2028-01-01": "66.67", "2029-01-01": "100.00"}
    assert [str(got.rows[k].owed_if_breached) for k in (0, 11, 12, 36, 40)] == [
        "3700.00",
        "2710.00",
        "2586.66",
        "360.00",
        "0.00",
    ]
    # A plan that ends before earns the rest with its last payment.
    early = earned_waiver(
        one_loan(unpaid=14), propose(one_loan(unpaid=14), Household(net_income="1000"), policy), policy
    )
    assert [str(early.rows[k].earned) for k in (12, 13, 14)] == ["33.34", "33.34", "100.00"]


@given(st.integers(0, 10**17), st.integers(1, 120))
def test_parts_sum_to_the_whole_and_differ_by_a_unit(amount, count):
    upto = [int(in_parts(np.array([amount]), count, np.array([k]))[0]) for k in range(count + 1)]
    parts = [b - a for a, b in pairwise(upto)]
    assert (upto[0], upto[-1]) == (0, amount)
    assert max(parts) - min(parts) <= 1
    assert parts == sorted(parts, reverse=True)


def test_a_schedule_of_one_s_own_with_a_waiver_of_one_s_own():
    policy = policy_of(COMPLETION)
    loan = one_loan(principal="1000", annual_rate="0.12", overdue_interest="30", fees="5", penalty=0)
    made = schedule(loan, fee("2", when="each") + holiday(2, interest="defer") + equal_instalment(4))
    got = earned_waiver(loan, made, policy, waiver="250")
    # Two months of 10.00 wait; fees that the plan charges aren't owed before they are due.
    assert [str(row.beside) for row in got.rows] == [
        "35.00",
        "45.00",
        "55.00",
        "0.00",
        "0.00",
        "0.00",
        "0.00",
    ]
    assert str(got.rows[2].owed_if_breached) == "1305.00"
    many = earned_waiver(loan.batch, schedule(loan.batch, equal_instalment(4)).value, policy, waiver=["250"])
    assert str(many.value.one(0).waiver) == "250.00"
    bad = earned_waiver(loan.batch, schedule(loan.batch, equal_instalment(4)).value, policy, waiver=["-1"])
    assert [(f.row, f.code, f.field) for f in bad.failures] == [(0, Code.NEGATIVE, "waiver")]
    assert (bad.row.tolist(), len(bad.value)) == ([], 0)


def test_a_bad_waiver_is_a_failure_of_its_plan_alone():
    policy = policy_of(COMPLETION)
    batch = Loans.from_columns(
        principal=["1000", "-1", "2000", "3000"],
        annual_rate="0.12",
        original_term=60,
        elapsed=12,
        unpaid=12,
        next_due="2026-02-01",
    )
    made = schedule(batch, equal_instalment(3)).value
    got = earned_waiver(batch, made, policy, waiver=["10", "x", "30"])
    assert [(f.row, f.code) for f in got.failures] == [(2, Code.NOT_A_NUMBER)]
    assert got.row.tolist() == [0, 3]
    assert [each.rows[0].owed_if_breached for each in got.value] == [Decimal("1010.00"), Decimal("3030.00")]


def test_unrounded_plans_count_in_their_own_units():
    policy = policy_of(COMPLETION, rounding=rp.Rounding(instalment="none", interest="none"))
    loan = one_loan(annual_rate="0.07")
    got = earned_waiver(loan, propose(loan, Household(net_income="1000"), policy), policy)
    assert (got.waiver, got.rows[0].owed_if_breached) == (Decimal(40), Decimal(3700))
    assert got.waiver.as_tuple().exponent == -8


def test_what_cannot_be_worked_out():
    policy, loan = policy_of(COMPLETION), one_loan()
    made = schedule(loan, equal_instalment(3))
    with pytest.raises(InputError) as caught:
        earned_waiver(loan, made, replace(policy, earned_waiver=None))
    assert (caught.value.code, caught.value.field) == (Code.MISSING, "earned_waiver")
    with pytest.raises(InputError) as caught:
        earned_waiver(loan, made, policy)
    assert (caught.value.code, caught.value.field) == (Code.MISSING, "waiver")
    with pytest.raises(TypeError, match="one loan with its plan"):
        earned_waiver(loan.batch, made, policy, waiver="1")


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"penalty": "101"}, Code.OUT_OF_RANGE, "earned_waiver.penalty"),
        ({"principal": "-1"}, Code.OUT_OF_RANGE, "earned_waiver.principal"),
        ({"earned": "soon"}, Code.UNKNOWN_VALUE, "earned_waiver.earned"),
        ({"claw_back": "some"}, Code.UNKNOWN_VALUE, "earned_waiver.claw_back"),
        ({"earned": "each_year"}, Code.MISSING, "earned_waiver.years"),
        ({"earned": "each_year", "years": 0}, Code.OUT_OF_RANGE, "earned_waiver.years"),
        ({"years": 3}, Code.UNKNOWN_VALUE, "earned_waiver.years"),
    ],
)
def test_a_rule_that_cannot_be_meant(change, code, field):
    with pytest.raises(InputError) as caught:
        EarnedWaiver(**({"earned": "at_completion", "claw_back": "all"} | change))
    assert (caught.value.code, caught.value.field) == (code, field)


def test_what_a_concession_waives_is_earned_too():
    """100 a month and 300 of penalty with the first, of which 200 can't be paid then: they are waived."""
    policy = policy_of(
        replace(COMPLETION, penalty="75"), "0", limit=rp.ExtensionLimit(max_new_plan_months=10)
    )
    loan = one_loan(principal="1000", original_term=22, unpaid=10, penalty="300")
    offer = propose(loan, Household(net_income="900"), policy)
    assert (str(offer.waived), str(offer.forgiven)) == ("200.00", "0.00")
    got = earned_waiver(loan, offer, policy)
    assert [str(got.rows[k].owed_if_breached) for k in (0, 1, 9, 10)] == [
        "1250.00",
        "1050.00",
        "250.00",
        "0.00",
    ]
    homes = Households.from_columns(net_income=["900"])
    many = earned_waiver(loan.batch, propose(loan.batch, homes, policy).value, policy).value
    assert many.one(0) == got
