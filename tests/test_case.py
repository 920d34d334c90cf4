"""What a record takes: only what belongs to the loan, household and policy that were reviewed."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from examples import examples
from repayplan import Code, InputError, Record, Relief
from repayplan.reviews.record import same_person

POLICY = rp.Policy.example("consumer-review")
LOAN = {
    "principal": "9000.00", "annual_rate": "0.10", "original_term": 24, "elapsed": 6, "unpaid": 18,
    "next_due": "2026-03-31", "instalment": "550.00", "penalty": "20.00",
}  # fmt: skip
HOME = {"net_income": "2900", "costs": {"rent": "400", "food": "1200"}}
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


def loan(**change):
    return rp.Loan(**LOAN | change)


def home(**change):
    return rp.Household(**HOME | change)


def seen(policy=POLICY, **change):
    return rp.review(ASKED, loan(**change), home(), policy, on="2026-03-05")


def decide(record, verdict="approve", role="team_lead", **change):
    given = {"role": role, "person": "Wu", "at": "2026-03-06T09:00:00+08:00", "policy": POLICY}
    return record.decide(verdict, **given | change)


def refused(make):
    with pytest.raises(InputError) as caught:
        make()
    return caught.value


def test_what_is_owed_is_the_reviewed_loans_and_not_typed():
    large = Record((seen(principal="900000.00", instalment="55000.00"),))
    error = refused(lambda: large.opinion("approve", Relief(owed="1"), **SAID))
    assert (error.code, error.field, error.value) == (Code.OTHER_CASE, "relief.owed", Decimal("1.00"))
    assert error.limit == "900020.00"
    # Nor may a record read back from elsewhere say so.
    opinion = rp.Opinion(verdict="approve", relief=Relief(owed="1"), **SAID)
    assert refused(lambda: Record((large.review, opinion))).code is Code.OTHER_CASE
    stated = large.opinion("approve", Relief(owed="900020"), **SAID)
    error = refused(lambda: decide(stated))
    assert (error.code, error.field, error.limit) == (Code.NO_AUTHORITY, "owed", "50000")


@pytest.mark.parametrize(
    "typed", [{"given_up": "1"}, {"extension_months": 6}, {"forborne": "10"}, {"rate_cut": "0.01"}]
)
def test_a_concession_comes_from_an_offer(typed):
    record = Record((seen(),))
    error = refused(lambda: record.opinion("approve", Relief(owed="9020", **typed), **SAID))
    assert (error.code, error.field) == (Code.UNKNOWN_VALUE, f"relief.{next(iter(typed))}")
    assert error.rule == "a concession comes from an offer: Relief.of(offer)"


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("owed", "9020.01"),
        ("given_up", "0"),
        ("extension_months", 1),
        ("forborne", "10"),
        ("rate_cut", "0.01"),
    ],
)
def test_what_is_asked_for_is_what_the_offer_grants(name, typed):
    part = rp.ArrearsPart(treatment="capitalise", waive_percent="50")
    policy = replace(POLICY, arrears=replace(POLICY.arrears, penalty=part))
    offer = rp.propose(loan(), home(), policy)
    asked, record = Relief.of(offer), Record((seen(policy),))
    assert (asked.given_up, asked.extension_months) == (10, offer.extension_months)
    figures = {each: getattr(asked, each) for each in ("owed", "given_up", "extension_months")}
    assert figures["extension_months"] > 1
    alike = Relief(**figures, case=offer.case)
    assert alike == asked
    assert decide(record.opinion("approve", alike, **SAID), policy=policy).closed
    for make in (
        lambda: Relief(**figures | {name: typed}, case=offer.case),
        lambda: replace(asked, **{name: typed}),
    ):
        error = refused(make)
        assert (error.code, error.field) == (Code.UNKNOWN_VALUE, f"relief.{name}")
        assert "as the offer grants it" in error.rule
    # An offer that was changed grants no more than the one that was made.
    error = refused(lambda: Relief.of(replace(offer, waived=Decimal("15.00"))))
    assert (error.code, error.field) == (Code.UNKNOWN_VALUE, "relief.owed")


def test_of_a_case_without_an_offer_nothing_is_granted():
    case = seen().case
    assert case.granted is None
    assert Relief(owed="9020", case=case).conceded == {}
    error = refused(lambda: Relief(owed="9020", given_up="1", case=case))
    assert (error.code, error.field) == (Code.UNKNOWN_VALUE, "relief.given_up")
    assert error.rule == "a concession comes from an offer: Relief.of(offer)"


def test_a_plan_of_a_menu_is_an_offer_with_figures_of_its_own():
    policy = replace(
        POLICY,
        concessions=(rp.Concession(step="extend"), rp.Concession(step="cut_rate", by="0.02", floor="0.02")),
    )
    made = rp.menu(loan(), home(), policy)
    offers = [made.offer(number) for number in range(len(made.alternatives))]
    asked = [Relief.of(offer) for offer in offers]
    assert len({(each.extension_months, each.rate_cut) for each in asked}) > 1
    for each, offer in zip(asked, offers, strict=True):
        assert each.extension_months == offer.extension_months
        assert each.rate_cut == Decimal("0.10") - offer.annual_rate
    first, last = asked[0], asked[-1]
    assert first.case == last.case
    error = refused(lambda: replace(first, case=last.case))
    assert (error.code, error.field) == (Code.UNKNOWN_VALUE, "relief.extension_months")


def test_an_offer_is_of_the_case_that_was_reviewed():
    offer = rp.propose(loan(), home(), POLICY)
    asked = Relief.of(offer)
    assert asked.conceded
    assert asked.owed == offer.case.owed == seen().case.owed == Decimal("9020.00")
    assert decide(Record((seen(),)).opinion("approve", asked, **SAID)).closed
    other_policy = replace(POLICY, rounding=replace(POLICY.rounding, interest="half_even"))
    for other, code, field in (
        (rp.propose(loan(), home(net_income="2910"), POLICY), Code.OTHER_CASE, "relief.household"),
        (rp.propose(loan(elapsed=5), home(), POLICY), Code.OTHER_CASE, "relief.loan"),
        (rp.propose(loan(columns={"status": "late"}), home(), POLICY), Code.OTHER_CASE, "relief.loan"),
        (rp.propose(loan(), home(), other_policy), Code.OTHER_POLICY, "relief.policy"),
        (rp.propose(loan(principal="9000.01"), home(), POLICY), Code.OTHER_CASE, "relief.owed"),
    ):
        error = refused(lambda: Record((seen(),)).opinion("approve", Relief.of(other), **SAID))  # noqa: B023
        assert (error.code, error.field) == (code, field)


def test_no_other_households_figures_are_grounds_of_a_refusal():
    record = Record((seen(),)).opinion("approve", Relief.of(rp.propose(loan(), home(), POLICY)), **SAID)
    poor, plain = home(net_income="1000"), replace(POLICY, name="plain")
    for found, code, field in (
        (rp.propose(loan(), poor, POLICY), Code.OTHER_CASE, "infeasible.household"),
        (rp.propose(loan(principal="90000"), home(), POLICY), Code.OTHER_CASE, "infeasible.loan"),
        (rp.propose(loan(), poor, plain), Code.OTHER_POLICY, "infeasible.policy"),
    ):
        assert isinstance(found, rp.Infeasible)
        error = refused(lambda: decide(record, "refuse", infeasible=found))  # noqa: B023
        assert (error.code, error.field) == (code, field)
    asked, broke = replace(ASKED), rp.propose(loan(), poor, POLICY)
    own = Record((rp.review(asked, loan(), poor, POLICY, on="2026-03-05"),))
    closed = decide(own.opinion("refuse", Relief(owed="9020"), **SAID), "refuse", infeasible=broke)
    assert closed.decision.grounds == broke.reasons


def test_a_review_is_of_the_policy_of_its_case():
    error = refused(lambda: replace(seen(), policy=replace(POLICY, name="other")))
    assert (error.code, error.field) == (Code.OTHER_POLICY, "case.policy")


amount = st.integers(0, 400_000).map(lambda cents: str(Decimal(cents) / 100))
CASES = st.fixed_dictionaries(
    {
        "net_income": amount,
        "food": st.none() | amount,
        "children": st.lists(st.integers(0, 17), max_size=3),
        "tenure": st.sampled_from(("", "owner", "tenant")),
        "principal": st.integers(1, 10**7).map(lambda cents: str(Decimal(cents) / 100)),
        "status": st.sampled_from(("", "late", "3", "3.5")),
    }
)


@examples(30)
@given(st.lists(CASES, min_size=1, max_size=4))
def test_a_case_of_a_batch_is_that_of_one(cases):
    loans = rp.Loans.from_columns(
        **{name: [value] * len(cases) for name, value in LOAN.items()}
        | {"principal": [case["principal"] for case in cases]},
        columns={"status": [case["status"] for case in cases]},
    )
    ages = [(i, age) for i, case in enumerate(cases) for age in reversed(case["children"])]
    homes = rp.Households.from_columns(
        net_income=[case["net_income"] for case in cases],
        costs={"clothing": "", "food": [case["food"] for case in cases]},
        children=[len(case["children"]) for case in cases],
        ages=tuple(zip(*ages, strict=True)) or ((), ()),
        tenure=[case["tenure"] for case in cases],
    )
    asked = rp.Applications.from_columns(
        id=[str(i) for i in range(len(cases))], hardship="death", applied_on="2026-03-02"
    )
    many = rp.review(asked, loans, homes, POLICY, on="2026-03-05")
    offers = rp.propose(loans, homes, POLICY)
    assert not many.failures
    found = set()
    for i, case in enumerate(cases):
        own = rp.Loan(**LOAN | {"principal": case["principal"]}, columns={"status": case["status"]})
        costs = {} if case["food"] is None else {"food": case["food"]}
        of = {name: case[name] for name in ("net_income", "children", "tenure")}
        alone = rp.Household(**of, costs=costs)
        one = rp.review(replace(ASKED, id=str(i)), own, alone, POLICY, on="2026-03-05").case
        assert one == many.value.one(i).case
        assert one == rp.propose(own, alone, POLICY).case
        place = np.flatnonzero(offers.value.row == i)
        assert [offers.value.one(at).case for at in place] == [one]
        found.add((one.loan, one.household))
    # And cases that differ have different fingerprints.
    plain = {
        (Decimal(c["principal"]), c["status"], Decimal(c["net_income"]), c["food"] and Decimal(c["food"]),
         tuple(sorted(c["children"])), c["tenure"])
        for c in cases
    }  # fmt: skip
    assert len(found) == len(plain)


def test_who_is_behind_a_loan_is_the_same_listed_or_in_a_batch():
    items = [
        rp.Income("wages", "1500", earner="b"),
        rp.Income("wages", "1200", earner="a"),
        rp.Debt("energy", "40", balance="400"),
    ]
    first, second = home(items=items), rp.Household(net_income="900", costs={"rent": "5"})
    both = [rp.Obligor(household=first), rp.Obligor(household=second, role="co_borrower", share="0.5")]
    one = rp.propose(loan(), both, POLICY).case
    assert one == rp.propose(loan(), [both[1], both[0]], POLICY).case
    again = replace(first, items=list(reversed(items)))
    assert one == rp.propose(loan(), [replace(both[0], household=again), both[1]], POLICY).case
    names = ("kind", "category", "amount", "earner", "balance")
    table = rp.Items.from_columns(
        household=[1, 1, 1, 0],
        **dict(
            zip(
                names,
                (
                    ["net_income", "net_income", "debt", "net_income"],
                    ["wages", "wages", "energy", "wages"],
                    ["1500", "1200", "40", "7"],
                    ["b", "a", "", "A"],
                    ["", "", "400", ""],
                ),
                strict=True,
            )
        ),
    )
    homes = rp.Households.from_columns(
        net_income=["", "2900", "900"],
        costs={"rent": ["", "400", "5"], "food": ["", "1200", ""]},
        items=table,
    )
    behind = rp.Obligors.from_columns(
        homes, loan=[0, 1, 1], role=["borrower", "borrower", "co_borrower"], share=["1", "1", "0.5"]
    )
    loans = rp.Loans.from_columns(**{name: [value] * 2 for name, value in LOAN.items()})
    made = rp.propose(loans, behind, POLICY).value
    assert made.one(int(np.flatnonzero(made.row == 1)[0])).case == one
    changed = [both[0], replace(both[1], share="0.4")]
    assert rp.propose(loan(), changed, POLICY).case.household != one.household


def test_where_there_is_an_offer_no_plan_is_unaffordable():
    offer = rp.propose(loan(), home(), POLICY)
    assert isinstance(offer, rp.Offer)
    grounds = (rp.Reason(Code.OVER_CAPACITY, "instalment", value="99999.00", limit="1.00"),)
    given_ = {"role": "team_lead", "person": "Wu", "at": SAID["at"], "fingerprint": POLICY.fingerprint}
    error = refused(lambda: rp.Decision(verdict="refuse", grounds=grounds, case=offer.case, **given_))
    assert (error.code, error.field) == (Code.UNKNOWN_VALUE, "case")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [("Li", "ＬＩ", True), ("Li Wu", " li  wu\u200b", True), ("李明", "李 明", False), ("Li", "Lu", False)],
)
def test_a_name_is_of_one_person_however_it_is_written(one, other, same):
    assert same_person(one, other) is same
