"""What is signed is what was approved: no other plan, no larger concession, of no other case."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import agreements as of
import repayplan as rp
from repayplan import Code, InputError, Relief
from repayplan.reviews.approval import check_approved

REVIEW = rp.Policy.example("consumer-review").review
POLICY = replace(
    of.POLICY,
    review=REVIEW,
    concessions=(rp.Concession(step="extend"), rp.Concession(step="forbear", percent="30")),
)
LOAN = rp.Loan(**of.LOAN)
ASKED = rp.Application(id="A-1", hardship="illness", applied_on="2026-02-26")
WHEN = "2026-03-05T10:00:00+08:00"
PATIENT, SHORT = ("5200", "4700")  # incomes: of more, and of less, that is left


def home(income):
    return rp.Household(net_income=income, costs={"rent": "1500"})


def offered(income=PATIENT, policy=POLICY, **loan):
    made = rp.propose(rp.Loan(**of.LOAN | loan), home(income), policy)
    assert isinstance(made, rp.Offer)
    return made


def record(relief, verdict="approve", *, income=PATIENT, policy=POLICY, loan=LOAN, at=WHEN):
    """A record of the case that ends with a decision on what is asked for."""
    seen = rp.review(ASKED, loan, home(income), policy, on="2026-03-05")
    opinion = rp.Record((seen,)).opinion("approve", relief, role="reviewer", person="Li", at=WHEN)
    return opinion.decide(
        verdict, role="committee", person="Wu", at=at, policy=policy, reason="exceptional_hardship"
    )


def drawn(offer, approval, **more):
    return rp.draw_up(offer, of.PARTIES, of.TERMS, reference="L-1", record=approval, **of.DATES | more)


def refused(make):
    with pytest.raises(InputError) as caught:
        make()
    return caught.value


def test_what_was_approved_is_drawn_up():
    offer = offered()
    approval = record(Relief.of(offer))
    assert approval.approved == Relief.of(offer)
    assert drawn(offer, approval).instalments == drawn(offer, approval, dated="2026-03-05").instalments
    # Worked out anew from the same figures it is the same plan; alone, or as a row of a portfolio.
    columns = {name: [value] * 2 for name, value in of.LOAN.items()}
    many = rp.propose(
        rp.Loans.from_columns(**columns),
        rp.Households.from_columns(net_income=[SHORT, PATIENT], costs={"rent": ["1500"] * 2}),
        POLICY,
    )
    again = many.value.one(1)
    assert again.case.plan == offer.case.plan != many.value.one(0).case.plan
    assert drawn(again, approval) == drawn(offer, approval)


def test_a_policy_with_rules_of_review_needs_an_approval():
    offer = offered()
    error = refused(lambda: drawn(offer, None))
    assert (error.code, error.field) == (Code.MISSING, "record")
    free = offered(policy=replace(POLICY, review=None))
    assert drawn(free, None).opening == free.schedule.rows[0].opening
    # Without such rules one may still be given, and is held against the offer.
    error = refused(lambda: drawn(free, record(Relief.of(offer))))
    assert (error.code, error.field) == (Code.OTHER_POLICY, "offer.policy")


def test_a_bare_relief_approves_no_concession():
    offer = offered(SHORT)
    assert {"extension_months", "forborne"} <= set(Relief.of(offer).conceded)
    bare = record(Relief(owed=offer.owed), income=SHORT)
    error = refused(lambda: drawn(offer, bare))
    conceded = Relief.of(offer).conceded
    assert (error.code, error.limit) == (Code.OTHER_PLAN, "0")
    assert error.value == str(conceded[error.field.removeprefix("offer.")])
    # An offer that concedes nothing is within what it approved: the plan within the present term.
    waived = offered("9000")
    bare = record(Relief(owed=waived.owed), income="9000")
    assert refused(lambda: drawn(waived, bare)).field == "offer.given_up"
    plain = offered("9000", penalty="0")
    assert Relief.of(plain).conceded == {}
    bare = record(Relief(owed=plain.owed), income="9000", loan=rp.Loan(**of.LOAN | {"penalty": "0"}))
    assert drawn(plain, bare).opening == plain.schedule.rows[0].opening


def test_what_grants_as_much_by_another_plan_is_not_what_was_approved():
    offer = offered()
    choice = rp.menu(LOAN, home(PATIENT), POLICY)
    others = [choice.offer(number) for number in range(len(choice.alternatives))]
    approval, told = record(Relief.of(offer)), set()
    for other in others:
        if other.case.plan == offer.case.plan:
            assert drawn(other, approval)
        else:
            error = refused(lambda: drawn(other, approval))  # noqa: B023
            assert (error.code, error.field, error.limit) == (Code.OTHER_PLAN, "offer.plan", offer.case.plan)
            assert drawn(other, record(Relief.of(other))).method == other.method
            told.add(other.case.plan)
    assert len(told) > 1


def test_an_offer_whose_figures_were_changed_is_not_the_approved_one():
    offer = offered(SHORT)
    approval = record(Relief.of(offer), income=SHORT)
    columns = dict(offer.schedule.columns)
    columns["payment"] = columns["payment"] + 1
    for change, code, field in (
        ({"schedule": replace(offer.schedule, columns=columns)}, Code.OTHER_PLAN, "offer.plan"),
        ({"annual_rate": Decimal("0.1")}, Code.OTHER_PLAN, "offer.plan"),
        ({"method": "interest_only"}, Code.OTHER_PLAN, "offer.plan"),
        ({"forborne": offer.forborne + 1}, Code.UNKNOWN_VALUE, "relief.forborne"),
    ):
        error = refused(lambda: drawn(replace(offer, **change), approval))  # noqa: B023
        assert (error.code, error.field) == (code, field)


def test_the_plan_of_another_case_was_not_approved():
    approval = record(Relief.of(offered()))
    for other, code, field in (
        (offered(SHORT), Code.OTHER_CASE, "offer.household"),
        (offered(principal="30000.01"), Code.OTHER_CASE, "offer.loan"),
        (offered(policy=replace(POLICY, name="other")), Code.OTHER_POLICY, "offer.policy"),
    ):
        error = refused(lambda: drawn(other, approval))  # noqa: B023
        assert (error.code, error.field) == (code, field)


def test_only_an_approval_approves_and_not_before_it_was_given():
    offer = offered()
    relief = Relief.of(offer)
    decided = record(relief)
    opened = rp.Record(decided.entries[:-1])
    for unapproved in (
        opened,
        rp.Record(opened.entries[:1]),
        *(record(relief, v) for v in ("refuse", "return")),
    ):
        assert unapproved.approved is None
        error = refused(lambda: drawn(offer, unapproved))  # noqa: B023
        assert (error.code, error.field, error.limit) == (Code.OUT_OF_TURN, "record", "approval")
    late = record(relief, at="2026-03-07T00:00:00+08:00")
    error = refused(lambda: drawn(offer, late))
    assert (error.code, error.field, error.limit) == (Code.DATES_OUT_OF_ORDER, "dated", ">= 2026-03-07")
    assert drawn(offer, late, dated="2026-03-07")


def test_whoever_may_not_decide_on_an_offer_cannot_have_it_signed():
    """The limits of a role hold for what is signed: no way leads round them."""
    offer = offered(SHORT)
    within = replace(
        REVIEW.authority[0], longest_extension_months=0, largest_amount="1000000", may_override=True
    )
    policy = replace(POLICY, review=replace(REVIEW, authority=(within, *REVIEW.authority[1:])))
    offer = offered(SHORT, policy)
    seen = rp.review(ASKED, LOAN, home(SHORT), policy, on="2026-03-05")
    step = {"person": "Wu", "at": WHEN, "policy": policy, "reason": "exceptional_hardship"}

    def approved(relief):
        opinion = rp.Record((seen,)).opinion("approve", relief, role="reviewer", person="Li", at=WHEN)
        return opinion.decide("approve", role=within.role, **step)

    assert refused(lambda: approved(Relief.of(offer))).code is Code.NO_AUTHORITY
    assert refused(lambda: drawn(offer, approved(Relief(owed=offer.owed)))).code is Code.OTHER_PLAN


@given(st.lists(st.integers(4500, 9000), min_size=2, max_size=2))
def test_two_offers_are_one_plan_only_where_all_rows_are(incomes):
    one, other = (rp.propose(LOAN, home(str(income)), POLICY) for income in incomes)
    assume(isinstance(one, rp.Offer) and isinstance(other, rp.Offer))
    same = one.schedule.rows == other.schedule.rows and one.method == other.method
    assert (one.case.plan == other.case.plan) is same
    approval = record(Relief.of(one), income=str(incomes[0]))
    check_approved(approval, one, on=date(2026, 3, 6))
