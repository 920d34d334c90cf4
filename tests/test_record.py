"""The two steps after a review: an opinion, then a decision by who may; nothing in a record ever changes."""

from dataclasses import FrozenInstanceError, replace
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import programme
import repayplan as rp
from repayplan import Code, Decision, InputError, Opinion, Policy, Record, Relief
from repayplan.reviews.authority import Reliefs

POLICY = Policy.example("consumer-review")
RULES = POLICY.review
AT = "2026-03-05T10:00:00+08:00"
LATER = "2026-03-06T09:00:00+08:00"
CASE = rp.Case(loan="l", household="h", owed=Decimal(9000), policy=POLICY)
GRANTED = ("owed", "given_up", "extension_months", "forborne", "rate_cut")


def granted(case, relief):
    """The case of an offer that grants these figures, and these as they are asked for on it."""
    of_offer = replace(case, granted={name: getattr(relief, name) for name in GRANTED})
    return replace(relief, case=of_offer)


SMALL = granted(CASE, Relief(owed="9000", given_up="100", extension_months=6))


def finding(code="too_late"):
    rule = next(rule for rule in RULES.rules if rule.reason == code)
    return rp.Finding.of_rule(RULES, rule, 400)


LACKING = rp.Finding.of_evidence(RULES, Code.EVIDENCE_MISSING, ("payslip",))
FINDINGS = {
    "approved": (),
    "declined": (finding(),),
    "needs_evidence": (LACKING,),
    "needs_person": (finding("income_differs"),),  # which isn't told
}


def review(result="approved", **change):
    given = {"application": "A-1", "on": date(2026, 3, 5), "facts": {}, "policy": POLICY}
    given |= {"case": replace(CASE, policy=change.get("policy", POLICY))}
    given |= {"result": result, "findings": FINDINGS[result], "fingerprint": POLICY.fingerprint}
    return rp.Review(**given | change)


def opened(result="approved", verdict="approve", relief=SMALL, **change):
    case = change.pop("case", replace(CASE, owed=relief.owed, policy=change.get("policy", POLICY)))
    record, relief = Record((review(result, case=case, **change),)), granted(case, relief)
    return record.opinion(verdict, relief, role="reviewer", person="Li", at=AT)


def decide(record, verdict="approve", role="branch_manager", **change):
    return record.decide(verdict, **{"role": role, "person": "Wu", "at": LATER, "policy": POLICY} | change)


def refused(make):
    with pytest.raises(InputError) as caught:
        make()
    return caught.value


# In turn


def test_a_review_an_opinion_a_decision():
    record = decide(opened(), note="as recommended")
    assert [type(entry) for entry in record.entries] == [rp.Review, Opinion, Decision]
    assert (record.closed, record.decision.verdict) == (True, "approve")
    assert record.decision.at == datetime(2026, 3, 6, 9, tzinfo=timezone(timedelta(hours=8)))
    assert record.decision.fingerprint == record.review.fingerprint == POLICY.fingerprint
    assert (record.decision.role, record.decision.person, record.decision.note) == (
        *("branch_manager", "Wu"),
        "as recommended",
    )
    assert Record(record.entries) == record


def test_a_step_makes_a_new_record_and_changes_none():
    first = opened()
    before = first.entries
    second = decide(first)
    assert (first.entries, first.decision, first.closed) == (before, None, False)
    assert second.entries[:2] == before
    with pytest.raises(FrozenInstanceError):
        second.entries = ()
    with pytest.raises(FrozenInstanceError):
        second.decision.verdict = "refuse"


STEPS = {
    "review": lambda record: record.reviewed(review("needs_evidence", on=date(2026, 3, 6))),
    "opinion": lambda record: record.opinion("return", SMALL, role="reviewer", person="Li", at=LATER),
    "return": lambda record: decide(record, "return", reason="evidence_refuted"),
    "approve": lambda record: decide(record, reason="exceptional_hardship"),
    "refuse": lambda record: decide(record, "refuse", reason="evidence_refuted"),
}  # fmt: skip
FOLLOW = {
    "review": {"review", "opinion"},
    "opinion": {"review", "return", "approve", "refuse"},
    "return": {"review", "opinion"},
    "approve": set(),
    "refuse": set(),
}


@given(st.lists(st.sampled_from(sorted(STEPS)), max_size=6))
def test_only_the_next_step_can_be_taken(steps):
    record, last = Record((review(),)), "review"
    for step in steps:
        if step in FOLLOW[last]:
            record, last = STEPS[step](record), step
        else:
            error = refused(lambda: STEPS[step](record))  # noqa: B023
            assert (error.code, error.field) == (Code.OUT_OF_TURN, "entries")
    assert record.closed is (last in ("approve", "refuse"))
    assert Record(record.entries) == record


def test_a_record_begins_with_a_review():
    assert refused(lambda: Record(())).code is Code.MISSING
    assert refused(lambda: Record(opened().entries[1:])).code is Code.OUT_OF_TURN
    with pytest.raises(TypeError, match="not str"):
        Record(("approved",))


def test_steps_follow_each_other_in_time():
    for make, field in (
        (lambda: decide(opened(), at="2026-03-05T09:59:59+08:00"), "at"),
        (lambda: decide(opened(), at="2026-03-05T01:59:59+00:00"), "at"),  # the same moment, said elsewhere
        (lambda: Record((review(on=date(2026, 3, 6)),)).opinion(
            "approve", SMALL, role="reviewer", person="Li", at=AT), "at"),
        (lambda: opened().reviewed(review(on=date(2026, 3, 4))), "on"),
        (lambda: Record((review(), review(on=date(2026, 3, 4)))), "on"),
        # A review in between, of which only the day is known, hides no step before it.
        (lambda: opened().reviewed(review()).opinion(
            "approve", SMALL, role="reviewer", person="Li", at="2026-03-05T09:00:00+08:00"), "at"),
    ):  # fmt: skip
        error = refused(make)
        assert (error.code, error.field) == (Code.DATES_OUT_OF_ORDER, field)
        assert error.limit.startswith(">= 2026-03-0")
    assert decide(opened(), at=AT).closed


def test_a_record_is_of_one_application():
    error = refused(lambda: opened().reviewed(review(application="A-2")))
    assert (error.code, error.field, error.value) == (Code.UNKNOWN_VALUE, "application", "A-2")


# By whom


def test_who_gives_the_opinion_does_not_decide():
    error = refused(lambda: decide(opened(), person="Li"))
    assert (error.code, error.field) == (Code.SAME_PERSON, "person")


def test_roles_are_the_policys():
    for make in (
        lambda: Record((review(),)).opinion("approve", SMALL, role="committee", person="Li", at=AT),
        lambda: decide(opened(), role="reviewer"),
    ):
        error = refused(make)
        assert (error.code, error.field) == (Code.UNKNOWN_VALUE, "role")


@pytest.mark.parametrize("verdict", ["approve", "refuse", "return"])
@pytest.mark.parametrize(
    ("relief", "field"),
    [
        (Relief(owed="50000.00", given_up="2500.00", extension_months=12), None),
        (Relief(owed="50000.01"), "owed"),
        (Relief(owed="50000.00", given_up="2500.01"), "given_up"),
        (Relief(owed="50000.00", extension_months=13), "extension_months"),
    ],
)
def test_authority_ends_where_the_policy_says(verdict, relief, field):
    record = opened("needs_evidence" if verdict == "return" else "needs_person", relief=relief)

    def make():
        return decide(record, verdict, "team_lead", reason="evidence_refuted")

    if field is None:
        assert make().decision.verdict == verdict
    else:
        error = refused(make)
        assert (error.code, error.field, error.value) == (Code.NO_AUTHORITY, field, "team_lead")
        assert decide(record, verdict, reason="evidence_refuted").decision.role == "branch_manager"


LEVEL = st.builds(
    rp.Authority,
    role=st.just("r"),
    en=st.just("r"),
    zh=st.just("员"),
    largest_amount=st.decimals(0, 10**6, places=3),
    longest_extension_months=st.integers(0, 60),
    deepest_concession=st.decimals(0, 1, places=6),
    may_override=st.booleans(),
    largest_forbearance=st.none() | st.decimals(0, 100, places=4),
    deepest_rate_cut=st.none() | st.decimals(0, 1, places=10),
)
ASKED = st.tuples(
    *(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 60), st.sampled_from((0, 2, 3))),
    *(st.integers(0, 10**9), st.integers(0, 10**10)),
)


@given(st.lists(ASKED, min_size=1, max_size=6), st.lists(LEVEL, min_size=1, max_size=3))
def test_authority_is_exact_for_every_row(rows, levels):
    reliefs = Reliefs(*(np.array(column, np.int64) for column in zip(*rows, strict=True)))
    rules = replace(RULES, authority=tuple(replace(each, role=f"r{i}") for i, each in enumerate(levels)))
    may = reliefs.deciders(rules)
    assert may.shape == (len(levels), len(rows))
    for n, level in enumerate(levels):
        for i, (owed, given_up, months, decimals, forborne, cut) in enumerate(rows):
            one = Relief(
                owed=Decimal(owed).scaleb(-decimals),
                given_up=Decimal(given_up).scaleb(-decimals),
                extension_months=months,
                decimals=decimals,
                forborne=Decimal(forborne).scaleb(-decimals),
                rate_cut=Decimal(cut).scaleb(-10),
            )
            within = {
                "owed": Fraction(owed, 10**decimals) > Fraction(level.largest_amount),
                "extension_months": months > level.longest_extension_months,
                "given_up": given_up > owed * Fraction(level.deepest_concession),
            }
            percent, deepest = level.largest_forbearance, level.deepest_rate_cut
            if percent is not None:
                within["forborne"] = forborne > owed * Fraction(percent) / 100
            if deepest is not None:
                within["rate_cut"] = Fraction(cut, 10**10) > Fraction(deepest)
            assert {name: bool(over[0]) for name, over in one.batch.beyond(level).items()} == within
            assert bool(may[n, i]) is not any(within.values())


def test_a_concession_is_no_deeper_than_its_share_to_the_cent():
    # A twentieth of 0.30 is one cent and a half.
    level = RULES.authority[0]
    for given_up, over in (("0.01", False), ("0.02", True)):
        asked = Relief(owed="0.30", given_up=given_up)
        assert bool(asked.batch.beyond(level)["given_up"][0]) is over


def test_what_an_offer_asks_for():
    policy = Policy.loads(programme.POLICY)
    loan = {
        "principal": "6000.00", "annual_rate": "0.12", "original_term": 36, "elapsed": 10, "unpaid": 26,
        "next_due": "2026-01-31", "overdue_interest": "60.00", "penalty": "20.00", "fees": "5.00",
    }  # fmt: skip
    offer = rp.propose(rp.Loan(**loan, columns={"status": "Late"}), rp.Household(net_income="1170"), policy)
    asked = Relief.of(offer)
    # Half of the penalty is waived.
    assert (str(asked.owed), str(asked.given_up)) == ("6085.00", "10.00")
    assert asked.extension_months == offer.extension_months > 0
    given = {name: [value] * 2 for name, value in loan.items()}
    loans = rp.Loans.from_columns(**given, columns={"status": ["Late", "Paid"]})
    made = rp.propose(loans, rp.Households.from_columns(net_income=["1170"] * 2), policy)
    many = Reliefs.of(made.value)
    assert (many.owed.tolist(), many.given_up.tolist()) == ([6085_00] * 2, [10_00, 0])
    assert many.extension_months.tolist() == [asked.extension_months, 0]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"owed": "-1"}, Code.NEGATIVE),
        ({"owed": None}, Code.MISSING),
        ({"given_up": "0.001"}, Code.NOT_WHOLE_UNITS),
        ({"extension_months": 1201}, Code.OUT_OF_RANGE),
        ({"decimals": 9}, Code.OUT_OF_RANGE),
        ({"forborne": "-1"}, Code.NEGATIVE),
        ({"rate_cut": "1.01"}, Code.OUT_OF_RANGE),
    ],
)
def test_what_cannot_be_asked_for(change, code):
    error = refused(lambda: Relief(**{"owed": "1"} | change))
    assert (error.code, error.field) == (code, next(iter(change)))


def test_what_is_put_aside_and_what_the_rate_is_cut_by_have_bounds_of_their_own():
    policy = replace(
        Policy.loads(programme.POLICY),
        concessions=(
            rp.Concession(step="cut_rate", by="0.01", floor="0.01"),
            rp.Concession(step="forbear", percent="30"),
        ),
    )
    loan = {
        "principal": "6000.00", "annual_rate": "0.2", "original_term": 36, "elapsed": 10, "unpaid": 26,
        "next_due": "2026-01-31",
    }  # fmt: skip
    incomes = ("1150", "1220", "1270", "4000")
    offers = [
        rp.propose(rp.Loan(**loan, columns={"status": "Late"}), rp.Household(net_income=each), policy)
        for each in incomes
    ]
    asked = [Relief.of(offer) for offer in offers if isinstance(offer, rp.Offer)]
    assert any(each.rate_cut for each in asked)
    assert any(each.forborne for each in asked)
    assert any(not each.rate_cut for each in asked)
    for each, offer in zip(asked, (o for o in offers if isinstance(o, rp.Offer)), strict=True):
        assert each.rate_cut == Decimal("0.2") - offer.annual_rate
        assert (each.forborne, each.given_up) == (offer.forborne, offer.waived + offer.forgiven)
    given = {name: [value] * len(incomes) for name, value in loan.items()}
    loans = rp.Loans.from_columns(**given, columns={"status": ["Late"] * len(incomes)})
    made = rp.propose(loans, rp.Households.from_columns(net_income=list(incomes)), policy)
    many = Reliefs.of(made.value)
    offered = np.flatnonzero(made.value.offered)
    assert many.rate_cut[offered].tolist() == [int(each.rate_cut.scaleb(10)) for each in asked]
    assert many.forborne[offered].tolist() == [int(each.forborne * 100) for each in asked]
    assert not many.rate_cut[~made.value.offered].any()


def test_a_team_leader_cuts_no_rate_from_a_fifth_to_a_hundredth_unless_allowed():
    asked = Relief(owed="9000", forborne="1000", rate_cut="0.19")
    for change, field, limit in (
        ({}, None, None),
        ({"deepest_rate_cut": "0.19"}, None, None),
        ({"deepest_rate_cut": "0.18"}, "rate_cut", "0.18 a year"),
        ({"largest_forbearance": "12"}, None, None),
        ({"largest_forbearance": "11"}, "forborne", "11 % of what is owed"),
    ):
        level = replace(RULES.authority[0], **change)
        policy = replace(POLICY, review=replace(RULES, authority=(level, *RULES.authority[1:])))
        record = opened(relief=asked, policy=policy, fingerprint=policy.fingerprint)

        def make():
            return decide(record, "approve", level.role, policy=policy)  # noqa: B023

        if field is None:
            assert make().closed
        else:
            error = refused(make)
            assert (error.code, error.field, error.limit) == (Code.NO_AUTHORITY, field, limit)
    assert Policy.loads(POLICY.dumps()).fingerprint == POLICY.fingerprint
    text = rp.review_opinion(opened(relief=asked)).text("zh")
    lines = [line.split() for line in text.splitlines()]
    assert ["免息暂缓", "1,000.00", "CNY"] in [line[:3] for line in lines]
    assert ["年利率下调", "19%"] in [line[:2] for line in lines]
    for key, value in (("largest_forbearance", "100.1"), ("deepest_rate_cut", "1.01")):
        error = refused(lambda: replace(RULES.authority[0], **{key: value}))  # noqa: B023
        assert (error.code, error.field) == (Code.OUT_OF_RANGE, f"authority.{key}")


# Against the result


@pytest.mark.parametrize(
    ("result", "verdict", "needs_reason", "against"),
    [
        ("approved", "approve", False, False),
        ("approved", "refuse", True, True),
        ("approved", "return", True, False),
        ("declined", "approve", True, True),
        ("declined", "refuse", False, False),
        ("declined", "return", True, False),
        ("needs_evidence", "approve", True, True),
        ("needs_evidence", "refuse", False, False),
        ("needs_evidence", "return", False, False),
        ("needs_person", "approve", False, False),
        ("needs_person", "refuse", True, False),  # what was found isn't told
        ("needs_person", "return", True, False),
    ],
)
def test_a_decision_against_the_result_needs_a_reason_and_the_right(result, verdict, needs_reason, against):
    record = opened(result)
    if needs_reason:
        error = refused(lambda: decide(record, verdict))
        assert (error.code, error.field, error.value) == (Code.REASON_NEEDED, "reason", result)
        assert error.limit == "exceptional_hardship, evidence_refuted"
    else:
        assert decide(record, verdict).decision.reason is None
    assert decide(record, verdict, reason="evidence_refuted").decision.reason == "evidence_refuted"
    if against:
        error = refused(lambda: decide(record, verdict, "team_lead", reason="evidence_refuted"))
        assert (error.code, error.field) == (Code.NO_AUTHORITY, "override")
    else:
        assert decide(record, verdict, "team_lead", reason="evidence_refuted").decision.verdict == verdict


def test_the_reason_is_one_of_the_policys():
    error = refused(lambda: decide(opened("declined"), reason="a friend of mine"))
    assert (error.code, error.field) == (Code.UNKNOWN_VALUE, "reason")
    error = refused(lambda: decide(opened("declined"), reason="too_late"))
    assert error.rule == "one of exceptional_hardship, evidence_refuted"


def test_rules_that_have_changed_since_need_another_review():
    changed = replace(POLICY, name="other")
    error = refused(lambda: decide(opened(), policy=changed))
    assert (error.code, error.value, error.limit) == (
        *(Code.OTHER_POLICY, POLICY.fingerprint),
        changed.fingerprint,
    )


def test_approving_what_the_reviewer_would_refuse_or_return_needs_a_reason_and_the_right():
    for result, opinion in product(("approved", "needs_person", "declined"), ("refuse", "return")):
        record = opened(result, opinion)
        error = refused(lambda: decide(record))  # noqa: B023
        assert (error.code, error.field) == (Code.REASON_NEEDED, "reason")
        assert error.value == f"{result}, opinion {opinion}"
        error = refused(lambda: decide(record, role="team_lead", reason="evidence_refuted"))  # noqa: B023
        assert (error.code, error.field) == (Code.NO_AUTHORITY, "override")
        made = decide(record, reason="exceptional_hardship")
        assert made.closed
        assert "Against the reviewer's opinion." in rp.review_opinion(made).text()
        assert "与审核意见不一致。" in rp.review_opinion(made).text("zh")
    assert "Against the reviewer's opinion." not in rp.review_opinion(decide(opened())).text()
    assert decide(opened("declined", "refuse"), "refuse", "team_lead").closed


def test_what_was_returned_is_approved_on_a_new_opinion_or_for_a_reason():
    later = "2026-03-07T09:00:00+08:00"
    returned = decide(opened("needs_evidence"), "return", "team_lead")
    assert refused(lambda: decide(returned, at=later)).code is Code.OUT_OF_TURN
    step = {"role": "reviewer", "person": "Li", "at": later}
    complete = returned.reviewed(review("approved", on=date(2026, 3, 7)))
    assert refused(lambda: decide(complete, at=later)).code is Code.OUT_OF_TURN
    assert decide(complete.opinion("approve", SMALL, **step), role="team_lead", at=later).closed
    # Whoever would return it again isn't passed over without a reason.
    again = complete.opinion("return", SMALL, **step)
    assert refused(lambda: decide(again, role="team_lead", at=later)).code is Code.NO_AUTHORITY
    assert refused(lambda: decide(again, at=later)).code is Code.REASON_NEEDED
    assert decide(again, at=later, reason="exceptional_hardship").closed
    assert not decide(again, "return", reason="evidence_refuted", at=later).closed


@pytest.mark.parametrize("person", ["Li", " Li", "Li\t", "LI", " li "])
def test_a_person_is_the_same_however_the_name_is_written(person):
    error = refused(lambda: decide(opened(), person=person))
    assert (error.code, error.field) == (Code.SAME_PERSON, "person")


def unaffordable():
    loan = rp.Loan(
        principal="9000", annual_rate="0.1", original_term=36, elapsed=6, unpaid=30, next_due="2026-03-31"
    )
    home = rp.Household(net_income="3100", costs={"rent": "1000"})
    made = rp.propose(loan, home, POLICY)
    assert isinstance(made, rp.Infeasible)
    return made


def test_a_refusal_for_want_of_an_affordable_plan_says_so():
    nothing = unaffordable()
    own = {"case": nothing.case, "relief": Relief(owed=nothing.case.owed)}
    record = decide(opened("approved", **own), "refuse", "team_lead", infeasible=nothing)
    assert record.decision.grounds == nothing.reasons != ()
    for language, against in (("en", "Against"), ("zh", "不一致")):
        texts = [reason.text(language) for reason in nothing.reasons]
        letter, sheet = rp.explain(record, language), rp.review_opinion(record).text(language)
        for text in texts:
            assert f"- {text}" in letter.splitlines()
            assert text in sheet
        assert against not in sheet
    # Where the review itself found something, both are told.
    both = rp.explain(decide(opened("declined", **own), "refuse", infeasible=nothing))
    assert "- 400 days past due; this programme takes at most 360" in both.splitlines()
    assert f"- {nothing.reasons[0].text()}" in both.splitlines()
    assert decide(opened("needs_person", **own), "refuse", infeasible=nothing).closed
    assert Record(record.entries) == record


@pytest.mark.parametrize("verdict", ["approve", "return"])
def test_only_a_refusal_has_the_reasons_of_no_plan(verdict):
    error = refused(lambda: decide(opened("needs_evidence"), verdict, infeasible=unaffordable()))
    assert (error.code, error.field) == (Code.UNKNOWN_VALUE, "grounds")
    given = {"verdict": "refuse", "role": "r", "person": "p", "at": AT, "fingerprint": "f"}
    reasons = unaffordable().reasons
    for grounds, field in (("short", "grounds"), (("no_capacity",), "grounds[0]"), (reasons, "case")):
        assert refused(lambda: Decision(**given, grounds=grounds)).field == field  # noqa: B023


def other_grounds(reasons):
    """What may be said instead of a refusal's reasons, and the field and code that it is refused with."""
    first, *rest = reasons
    called = {first.field: ("his own fault", "自身过错")}
    yield (replace(first, value=first.value + 1), *rest), "grounds[0]", Code.UNKNOWN_VALUE
    yield (replace(first, limit=first.limit - 1), *rest), "grounds[0]", Code.UNKNOWN_VALUE
    yield (replace(first, field="age"), *rest), "grounds[0]", Code.UNKNOWN_VALUE
    yield (replace(first, code=Code.LIMIT_AGE), *rest), "grounds[0]", Code.UNKNOWN_VALUE
    yield reasons[::-1], "grounds[0]", Code.UNKNOWN_VALUE
    yield (*reasons, first), f"grounds[{len(reasons)}]", Code.UNKNOWN_VALUE
    yield reasons[:-1], f"grounds[{len(rest)}]", Code.MISSING
    yield (), "grounds[0]", Code.MISSING
    yield (replace(first, names=called, value=first.value + 1), *rest), "grounds[0]", Code.UNKNOWN_VALUE


def test_grounds_are_the_refusals_own_with_their_figures():
    nothing = unaffordable()
    own = {"case": nothing.case, "relief": Relief(owed=nothing.case.owed)}
    assert nothing.case.refused == nothing.reasons
    assert len(nothing.reasons) > 1
    record = decide(opened("approved", **own), "refuse", infeasible=nothing)
    for grounds, field, code in other_grounds(nothing.reasons):
        for make in (
            lambda: decide(opened("approved", **own), "refuse", infeasible=replace(nothing, reasons=grounds)),  # noqa: B023
            lambda: Record((*record.entries[:-1], replace(record.decision, grounds=grounds))),  # noqa: B023
        ):
            error = refused(make)
            assert (error.code, error.field) == (code, field)
            if field == "grounds[0]":
                stated = nothing.reasons[0]
                assert str(stated.value) in error.rule
                assert stated.code.value in error.rule
    # A case that nothing was refused for has no reasons: a review's, and an offer's.
    for case, field in ((replace(nothing.case, refused=None), "grounds[0]"), (SMALL.case, "case")):
        error = refused(lambda: replace(record.decision, case=case))  # noqa: B023
        assert (error.code, error.field) == (Code.UNKNOWN_VALUE, field)


def test_grounds_are_told_in_the_refusals_own_words():
    nothing = unaffordable()
    own = {"case": nothing.case, "relief": Relief(owed=nothing.case.owed)}
    named = [replace(each, names={each.field: ("his fault", "其过错")}) for each in nothing.reasons]
    assert tuple(named) == nothing.reasons
    record = decide(opened("approved", **own), "refuse", infeasible=replace(nothing, reasons=tuple(named)))
    assert "fault" not in rp.explain(record)
    assert "过错" not in rp.explain(record, "zh")


def test_each_refusal_of_a_portfolio_keeps_its_own_reasons():
    incomes = ("3100", "3000", "2600", "9000", "3150")
    given = {"principal": "9000", "annual_rate": "0.1", "original_term": 36, "elapsed": 6, "unpaid": 30}
    loans = rp.Loans.from_columns(
        **{name: [value] * len(incomes) for name, value in given.items()},
        next_due=["2026-03-31"] * len(incomes),
    )
    homes = rp.Households.from_columns(net_income=list(incomes), costs={"rent": ["1000"] * len(incomes)})
    made = rp.propose(loans, homes, POLICY).value
    reasons = set()
    for i, income in enumerate(incomes):
        alone = rp.propose(
            rp.Loan(**given, next_due="2026-03-31"),
            rp.Household(net_income=income, costs={"rent": "1000"}),
            POLICY,
        )
        found = made.one(i)
        assert found.case.refused == alone.case.refused
        assert found.case.refused == (None if isinstance(found, rp.Offer) else made.reasons(i))
        reasons.add(found.case.refused)
    assert len(reasons) == len(incomes)


# Steps by themselves


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"verdict": "maybe"}, Code.UNKNOWN_VALUE, "verdict"),
        ({"role": ""}, Code.MISSING, "role"),
        ({"person": None}, Code.MISSING, "person"),
        ({"person": " "}, Code.MISSING, "person"),
        ({"note": 5}, Code.UNKNOWN_VALUE, "note"),
        ({"at": "2026-03-05T10:00:00"}, Code.NOT_A_DATE, "at"),
        ({"at": "2026-03-05"}, Code.NOT_A_DATE, "at"),
        ({"at": date(2026, 3, 5)}, Code.NOT_A_DATE, "at"),
        ({"at": None}, Code.NOT_A_DATE, "at"),
        ({"at": "9999-03-05T10:00:00+00:00"}, Code.OUT_OF_RANGE, "at"),
    ],
)
@pytest.mark.parametrize("kind", [Opinion, Decision])
def test_a_step_without_what_it_needs_is_refused(kind, change, code, field):
    own = {"relief": SMALL} if kind is Opinion else {"fingerprint": "f"}
    given = {"verdict": "approve", "role": "r", "person": "p", "at": AT} | own
    error = refused(lambda: kind(**given | change))
    assert (error.code, error.field) == (code, field)


def test_an_opinion_is_on_something():
    error = refused(lambda: Opinion(verdict="approve", role="r", person="p", at=AT, relief=None))
    assert (error.code, error.field) == (Code.MISSING, "relief")
