"""Reviews: rules judged exactly, every reason kept, one case as a row of a batch, none harmed by another."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from inspect import signature

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
import reviews
from repayplan import Code, InputError
from repayplan.offers.closedwords import CLOSED
from repayplan.offers.factcolumn import GIVEN_KINDS, Column
from repayplan.offers.facts import APPLIED, DERIVED, FACTS, OF_HOUSEHOLD, OF_LOAN, fact_of
from repayplan.reviews.derived import MADE
from repayplan.reviews.shares import MOST_SHARE, a_share
from reviews import CASE, ON, POLICY, RULES, applications_of, homes_of, loans_of

STRENGTH = {"approved": 0, "needs_person": 1, "needs_evidence": 2, "declined": 3}
# A case that nothing speaks against.
GOOD = {
    "hardship": "death",
    "applied_on": date(2026, 3, 2),
    "declared_income": 330_000,
    "evidenced_income": 330_000,
    "requested_instalment": None,
    "requested_months": 24,
    "requested_start": None,
    "days_past_due": 40,
    "earlier_plans": 0,
    "broken_plans": 0,
    "last_plan": None,
    "last_plan_ended": None,
    "willing": True,
    "channel": "app",
    "score": 0,
    "evidence": {
        "identity_card": (date(2019, 1, 1), ""),
        "payslip": (date(2026, 2, 1), ""),
        "death_certificate": (date(2025, 1, 1), ""),
    },
    "loan": reviews.EMPTY["loan"]
    | dict.fromkeys(reviews.PARTS, 0)
    | {"principal": 900_000, "fees": 0, "instalment": 55_000, "elapsed": 6, "annual_rate": 1000},
    "home": reviews.EMPTY["home"]
    | {"net_income": 330_000, "other_debts": 0, "food": 150_000, "rent": 100_000},
}

COMPLETED = {"last_plan": "completed", "earlier_plans": 1}


def reviewed(cases, policy=POLICY, **more):
    return rp.review(applications_of(cases, **more), loans_of(cases), homes_of(cases), policy, on=ON)


def plain(review):
    return review.result, {(f.code, f.effect, f.field) for f in review.findings}


def with_rules(*rules, **more):
    """A policy with these rules and no need for evidence."""
    reasons = tuple(rp.ReviewReason(code=r.reason, en="{value} {limit}", zh="{value}{limit}") for r in rules)
    unique = tuple({reason.code: reason for reason in reasons}.values())
    bare = tuple(replace(h, needs=()) for h in RULES.hardships)
    section = replace(RULES, rules=rules, reasons=unique, hardships=bare, needs=(), **more)
    return replace(POLICY, review=section)


def rule(field, comparison, value="", *, effect="decline", reason="why", **more):
    return rp.ReviewRule(
        field=field, comparison=comparison, value=value, effect=effect, reason=reason, **more
    )


# Against the reference


@given(st.lists(CASE, min_size=1, max_size=6))
def test_the_example_policy_reviews_as_by_hand(cases):
    made = reviewed(cases)
    assert len(made.failures) == 0
    for case, got in zip(cases, made.value, strict=True):
        assert plain(got) == reviews.review_by_hand(case, cases, RULES)


KNOWN = [name for name in FACTS if name != "hardship"]
VALUES = {
    "text": st.sampled_from(("broken", "completed", "app", "x")),
    "flag": st.sampled_from(("true", "false")),
    "date": st.integers(0, 400).map(lambda n: (ON - timedelta(days=n)).isoformat()),
    "count": st.sampled_from(("0", "1", "2", "20", "36", "90", "0.5", "-1")),
    "money": st.one_of(
        st.integers(-300_000, 500_000).map(reviews.money),
        st.sampled_from(("0", "0.005", "2200", "2000.001", "1e30", "-1e30")),
    ),
    "rate": st.sampled_from(("0", "0.1", "0.24", "0.10001")),
    "share": st.sampled_from(("0", "0.1", "0.333333", "0.5", "0.666667", "1")),
    "number": st.sampled_from(("0", "1", "-1.5", "0.0000001")),
}
OF_CLOSED = CLOSED | {"frequency": ("monthly", "quarterly", "weekly"), "currency": ("CNY", "EUR")}


@st.composite
def conditions(draw, cls=rp.Condition, **more):
    field = draw(st.sampled_from([*KNOWN, *reviews.FURTHER, "channel", "score"]))
    kind = {"channel": "text", "score": "number"}.get(field) or fact_of(field).kind
    order = () if kind in ("text", "flag") else ("<", "<=", ">", ">=", "between")
    how = draw(st.sampled_from(("=", "!=", "in", "not_in", "is_missing", *order)))
    of_fact = st.sampled_from(OF_CLOSED[field]) if field in OF_CLOSED else VALUES[kind]
    values = draw(st.lists(of_fact, min_size=2, max_size=2))
    if draw(st.booleans()):  # as TOML has it without quotes
        bare = {"text": str, "flag": {"true": True, "false": False}.get, "date": date.fromisoformat}
        values = [bare.get(kind, Decimal)(value) for value in values]
    plain = [name for name in (*FACTS, *reviews.FURTHER) if fact_of(name).kind == kind != "share"]
    if plain and how in ("=", "!=", "<", "<=", ">", ">=") and draw(st.booleans()):
        own = {} if fact_of(field) else {"kind": kind}
        return cls(field=field, comparison=how, other=draw(st.sampled_from(plain)), **own, **more)
    if how == "between":
        values = sorted(values, key=lambda v: Fraction(v) if kind != "date" else v)
    given = {"value": tuple(values) if how in ("in", "not_in", "between") else values[0]}
    own = {} if fact_of(field) else {"kind": kind}
    return cls(field=field, comparison=how, **({} if how == "is_missing" else given), **own, **more)


@st.composite
def written_rules(draw):
    effect = draw(st.sampled_from(("decline", "needs_evidence", "needs_person")))
    missing = draw(st.sampled_from(("decline", "needs_evidence", "needs_person", "passes")))
    further = tuple(draw(st.lists(conditions(), max_size=2)))
    reason = draw(st.sampled_from(("one", "two")))
    return draw(
        conditions(rp.ReviewRule, effect=effect, reason=reason, when_missing=missing, only_if=further)
    )


@given(st.lists(CASE, min_size=1, max_size=4), st.lists(written_rules(), max_size=4))
def test_any_rules_are_judged_as_by_hand(cases, rules):
    policy = with_rules(*rules)
    made = reviewed(cases, policy).value
    for case, got in zip(cases, made, strict=True):
        assert plain(got) == reviews.review_by_hand(case, cases, policy.review)
    assert rp.Policy.loads(policy.dumps()) == policy
    for code in ("one", "two"):
        if code in {r.reason for r in rules}:
            mine = [any(f.code == code for f in got.findings) for got in made]
            assert made.whose(code).tolist() == mine


@given(st.lists(CASE, min_size=1, max_size=4))
def test_facts_are_stated_as_by_hand(cases):
    every = [
        rp.ReviewRule(
            field=name, comparison="is_missing", reason="why", effect="decline",
            kind=kind,
        )
        for name, kind in [
            *((name, None) for name in (*FACTS, *reviews.FURTHER)), ("channel", "text"), ("score", "number")
        ]
    ]  # fmt: skip
    for case, got in zip(cases, reviewed(cases, with_rules(*every)).value, strict=True):
        by_hand = reviews.facts_by_hand(case, cases)
        assert set(by_hand) == set(got.facts)
        for name, value in by_hand.items():
            shown = got.facts[name]
            shares = ("income_difference", "income_used_difference", "spending_to_allowance")
            if name in shares and value is not None:
                assert shown == Fraction(int(value * 10**6), 10**6)  # stated rounded down
            else:
                assert shown == value, name
            assert type(shown) is not float


def home_of(net_income):
    return rp.Household(net_income=net_income, costs={"rent": "400", "food": "1200"})


def asked_for(**change):
    given = {
        "id": "A-1", "hardship": "death", "applied_on": "2026-03-02", "days_past_due": 40, "broken_plans": 0,
        "willing": True, "evidence": {"identity_card": ("2019-05-01", "X"), "payslip": ("2026-02-01", "P-1"),
                                      "death_certificate": ("2026-01-20", "D-1")},
    }  # fmt: skip
    loan = rp.Loan(
        principal="9000", annual_rate="0.1", original_term=24, elapsed=6, unpaid=18, next_due="2026-03-31",
        instalment="550",
    )  # fmt: skip
    return rp.review(rp.Application(**given | change), loan, home_of("2900"), POLICY, on="2026-03-05")


def test_the_income_that_counts_is_held_against_what_is_evidenced():
    seen = asked_for(declared_income="1000", evidenced_income="1000")
    assert (seen.result, [f.code for f in seen.findings]) == ("needs_person", ["income_not_shown"])
    assert seen.facts["income_used_difference"] == Decimal("0.655172")  # 1,900 of 2,900
    assert seen.findings[0].internal
    assert asked_for(declared_income="2900", evidenced_income="2610").result == "approved"
    assert asked_for(evidenced_income="2609.99").result == "needs_person"


def test_a_document_handed_in_as_several_kinds_needs_a_person():
    papers = {"identity_card": ("2019-05-01", "X"), "payslip": ("2026-02-01", "X"),
              "death_certificate": ("2026-01-20", "X")}  # fmt: skip
    seen = asked_for(evidence=papers)
    assert (seen.result, [f.code for f in seen.findings]) == ("needs_person", ["document_repeated"])
    assert (seen.facts["repeated_documents"], seen.facts["shared_documents"]) == (1, 0)
    assert seen.findings[0].text("zh") == "有1份文件被用作多种证明"
    assert asked_for().result == "approved"


def test_a_finding_says_what_another_field_has():
    policy = with_rules(
        rule("net_income", ">", other="evidenced_income", effect="needs_person"),
    )
    case = {**GOOD, "evidenced_income": 260_000, "home": {**GOOD["home"], "net_income": 290_000}}
    (seen,) = reviewed([case], policy).value
    found = next(f for f in seen.findings if f.code == "why")
    assert (found.value, found.limit, found.text()) == (Decimal(2900), "2600.00", "2900.00 2600.00")
    assert found.text("zh") == "2900.002600.00"


# One is a batch of one; rows don't touch each other


@given(CASE)
def test_one_case_is_a_row_of_a_batch(case):
    loan, home = case["loan"], case["home"]
    every = (*FACTS, *reviews.FURTHER)
    asked = tuple(rule(name, "is_missing", effect="needs_person") for name in every)
    policy = replace(with_rules(*asked), review=replace(with_rules(*asked).review, hardships=RULES.hardships))
    one = rp.review(
        rp.Application(
            id="A-0",
            evidence=case["evidence"],
            columns={"channel": case["channel"], "score": ""},
            **{n: reviews.money(case[n]) if n in reviews.AMOUNTS else case[n] for n in reviews.COLUMNS},
        ),
        rp.Loan(
            **reviews.loan_columns(loan),
            original_term=36,
            unpaid=20,
            next_due="2026-03-31",
            currency="CNY",
            columns={"status": loan["status"]},
        ),
        rp.Household(
            **reviews.home_columns(home),
            children=home["ages"],
            costs={name: reviews.money(home[name]) for name in ("food", "rent")},
        ),
        policy,
        on=ON.isoformat(),
    )
    (many,) = reviewed([case], policy).value
    assert set(one.facts) >= set(every)
    # A fact that no application of a batch states isn't in it; the batch has all columns.
    assert {name: many.facts[name] for name in one.facts} == one.facts
    assert replace(one, facts={}) == replace(many, facts={})


@given(st.lists(CASE, min_size=2, max_size=6), st.randoms())
def test_the_order_of_cases_does_not_matter(cases, random):
    order = list(range(len(cases)))
    random.shuffle(order)
    straight, mixed = reviewed(cases).value, reviewed([cases[i] for i in order]).value
    for place, i in enumerate(order):
        assert replace(mixed.one(place), application="") == replace(straight.one(i), application="")


def test_a_bad_row_has_a_code_and_no_other_row_changes():
    middle = [
        ({"days_past_due": -1}, Code.NEGATIVE, "days_past_due"),
        ({"hardship": "boredom"}, Code.UNKNOWN_VALUE, "hardship"),
        ({"hardship": None}, Code.MISSING, "hardship"),
        ({"applied_on": None}, Code.MISSING, "applied_on"),
        ({"applied_on": ON + timedelta(days=1)}, Code.DATES_OUT_OF_ORDER, "applied_on"),
        (COMPLETED | {"last_plan_ended": ON + timedelta(days=1)}, Code.DATES_OUT_OF_ORDER, "last_plan_ended"),
        (COMPLETED | {"last_plan": "borken"}, Code.UNKNOWN_VALUE, "last_plan"),
        ({"last_plan_ended": ON}, Code.MISSING, "last_plan"),
        (COMPLETED | {"earlier_plans": 0}, Code.OUT_OF_RANGE, "earlier_plans"),
        ({"broken_plans": 1}, Code.OUT_OF_RANGE, "broken_plans"),
        (COMPLETED | {"broken_plans": 1}, Code.OUT_OF_RANGE, "broken_plans"),
        (COMPLETED | {"last_plan": "broken"}, Code.OUT_OF_RANGE, "broken_plans"),
        (
            {"evidence": {"payslip": (ON + timedelta(days=1), "")}},
            Code.DATES_OUT_OF_ORDER,
            "evidence.payslip",
        ),
        ({"evidence": {"payslip": ("", "P-9")}}, Code.MISSING, "evidence.payslip"),
        ({"evidence": {"payslip": ("soon", "")}}, Code.NOT_A_DATE, "evidence.payslip"),
        ({"willing": "perhaps"}, Code.UNKNOWN_VALUE, "willing"),
        ({"broken_plans": 10**9 + 1}, Code.OUT_OF_RANGE, "broken_plans"),
        ({"loan": GOOD["loan"] | {"elapsed": -1}}, Code.NEGATIVE, "elapsed"),
        ({"home": GOOD["home"] | {"adults": 0}}, Code.OUT_OF_RANGE, "adults"),
        ({"home": GOOD["home"] | {"rent": None}}, Code.MISSING, "costs.rent"),
        ({"declared_income": 10**17}, Code.BEYOND_DOMAIN, "declared_income"),
        ({"loan": GOOD["loan"] | {"instalment": 10**17}}, Code.BEYOND_DOMAIN, "instalment"),
        ({"home": GOOD["home"] | {"food": 10**17}}, Code.BEYOND_DOMAIN, "costs.food"),
    ]
    for change, code, field in middle:
        alone = reviewed([GOOD, GOOD]).value
        made = reviewed([GOOD, GOOD | change, GOOD])
        assert [(f.row, f.code, f.field) for f in made.failures] == [(1, code, field)], change
        assert made.row.tolist() == made.value.row.tolist() == [0, 2]
        assert [replace(r, application="") for r in made.value] == [replace(r, application="") for r in alone]
        with pytest.raises(InputError) as caught:
            reviewed([GOOD | change]).single()
        assert (caught.value.code, caught.value.field) == (code, field)


def test_one_application_is_refused_by_the_same_names():
    terms = {"id": "a", "hardship": "illness", "applied_on": "2026-03-02"}
    for said, code, field in (
        ({"last_plan": "borken"}, Code.UNKNOWN_VALUE, "last_plan"),
        ({"last_plan_ended": "2026-01-01"}, Code.MISSING, "last_plan"),
        ({"earlier_plans": 0, "broken_plans": 1}, Code.OUT_OF_RANGE, "broken_plans"),
    ):
        with pytest.raises(InputError) as caught:
            rp.Application(**terms, **said)
        assert (caught.value.code, caught.value.field) == (code, field)
    known = rp.Application(**terms, last_plan="broken", earlier_plans=2, broken_plans=2, last_plan_ended=ON)
    assert known.last_plan == "broken"


def test_a_column_of_ones_own_that_cannot_be_read_is_the_rows_fault():
    policy = with_rules(rule("score", ">", 5, kind="number"))
    made = reviewed([GOOD] * 3, policy, columns={"score": ["1", "high", "6"]})
    assert [(f.row, f.code, f.field) for f in made.failures] == [(1, Code.NOT_A_NUMBER, "score")]
    assert [r.result for r in made.value] == ["approved", "declined"]


def test_two_applications_of_one_id_are_both_refused():
    made = reviewed([GOOD] * 3, id=["a", "b", "a"])
    assert [(f.row, f.code, f.field) for f in made.failures] == [(i, Code.DUPLICATE, "id") for i in (0, 2)]
    assert [(f.row, f.code) for f in reviewed([GOOD], id=[""]).failures] == [(0, Code.MISSING)]


def test_another_currency_and_other_decimals_are_refused():
    loans = rp.Loans.from_columns(
        principal=["9000"] * 2, annual_rate="0.1", original_term=24, elapsed=6, unpaid=18,
        next_due="2026-03-31", currency=["CNY", "USD"],
    )  # fmt: skip
    made = rp.review(applications_of([GOOD] * 2), loans, homes_of([GOOD] * 2), POLICY, on=ON)
    assert [(f.row, f.code, f.limit) for f in made.failures] == [(1, Code.OTHER_CURRENCY, "CNY")]
    made = reviewed([GOOD] * 2, decimals=[2, 0], declared_income="1")
    assert [(f.row, f.code, f.field) for f in made.failures] == [(1, Code.UNKNOWN_VALUE, "decimals")]


def test_nothing_speaks_against_a_good_case():
    (review,) = reviewed([GOOD]).value
    assert (review.result, review.findings) == ("approved", ())
    assert review.fingerprint == POLICY.fingerprint


def test_no_cases():
    made = reviewed([])
    assert (len(made.value), len(made.failures), sum(made.value.counts.values())) == (0, 0, 0)


# What must follow from what


@given(CASE, st.lists(written_rules(), max_size=3), written_rules())
def test_another_rule_never_makes_a_result_milder(case, rules, more):
    few, many = (reviewed([case], with_rules(*each)).single().one(0) for each in (rules, [*rules, more]))
    assert STRENGTH[many.result] >= STRENGTH[few.result]
    assert set(few.findings) <= set(many.findings)


@given(CASE, st.sampled_from(reviews.KINDS))
def test_fresh_evidence_never_makes_a_result_stricter(case, kind):
    more = case | {"evidence": case["evidence"] | {kind: (ON, "new")}}
    before, after = (reviewed([each]).single().one(0) for each in (case, more))
    assert STRENGTH[after.result] <= STRENGTH[before.result]


@given(st.lists(CASE, min_size=1, max_size=6))
def test_counts_and_columns_agree_with_the_cases(cases):
    made = reviewed(cases).value
    assert made.counts == dict.fromkeys(made.counts, 0) | Counter(r.result for r in made)
    for code in ("evidence_missing", "evidence_outdated", "missing", *(r.code for r in RULES.reasons)):
        assert made.whose(code).tolist() == [any(f.code == code for f in r.findings) for r in made]
    with pytest.raises(InputError, match="evidence_missing"):
        made.whose("bad_luck")


def test_every_reason_is_kept_the_strongest_first():
    case = GOOD | {"days_past_due": 400, "willing": False, "evidence": {}}
    case |= {"earlier_plans": 2, "broken_plans": 2}
    (review,) = reviewed([case]).value
    assert [f.code for f in review.findings] == [
        *("unwilling", "too_late", "broken_plans", "evidence_missing", "evidence_missing", "evidence_missing")
    ]
    assert review.findings[1].text() == "400 days past due; this programme takes at most 360"
    assert review.findings[1].text("zh") == "已逾期400天；本方案最多接受360天"
    late = review.findings[1]
    assert (late.value, late.limit) == (400, "360")


# Evidence


def test_evidence_is_outdated_after_its_days():
    for age, codes in ((90, []), (91, ["evidence_outdated"])):
        dated = ON - timedelta(days=age)
        case = GOOD | {"evidence": GOOD["evidence"] | {"payslip": (dated, "")}}
        (review,) = reviewed([case]).value
        assert [f.code for f in review.findings] == codes
    (old,) = review.findings
    assert (old.field, old.value, old.limit) == ("evidence.payslip", "2025-12-04", "2025-12-05")
    assert old.text() == "evidence is outdated: payslip of 2025-12-04; it must be dated 2025-12-05 or later"
    assert old.text("zh") == "证明材料已过期：工资单的日期为2025-12-04，应不早于2025-12-05"


def test_any_of_several_kinds_is_enough_and_all_needs_must_be_met():
    bill, certificate = (ON, "B"), (ON, "C")
    for added, lacking in (
        ({}, ["evidence.medical_certificate", "evidence.medical_bill"]),
        ({"medical_bill": bill}, ["evidence.medical_certificate"]),
        ({"medical_bill": bill, "medical_certificate": certificate}, []),
    ):
        case = GOOD | {"hardship": "illness", "evidence": GOOD["evidence"] | added}
        (review,) = reviewed([case]).value
        assert [f.field for f in review.findings] == lacking
    bare = GOOD | {"evidence": {k: v for k, v in GOOD["evidence"].items() if k != "payslip"}}
    (review,) = reviewed([bare]).value
    assert review.findings[0].text("zh") == "缺少证明材料：银行流水或工资单或收入证明"
    (review,) = reviewed([bare | {"evidence": bare["evidence"] | {"income_certificate": (ON, "")}}]).value
    assert review.result == "approved"


def test_evidence_of_a_kind_that_the_policy_does_not_know_is_refused():
    with pytest.raises(InputError) as caught:
        reviewed([GOOD | {"evidence": {"horoscope": (ON, "")}}])
    assert (caught.value.code, caught.value.field, caught.value.value) == (
        Code.UNKNOWN_VALUE,
        "evidence",
        "horoscope",
    )


# Indicators


def test_a_document_that_several_hand_in_is_seen_whatever_its_kind():
    def holding(**documents):
        return GOOD | {"evidence": {kind: (ON, number) for kind, number in documents.items()}}

    cases = [
        holding(payslip="P-1", bank_statement="P-1"),  # one document for two purposes is its own
        holding(bank_statement="P-2"),
        holding(payslip="P-2", bank_statement="B-3"),
        holding(payslip="P-2"),
        holding(payslip=""),
        holding(payslip=""),
    ]
    made = reviewed(cases, with_rules(rule("shared_documents", ">", 0))).value
    assert [r.facts["shared_documents"] for r in made] == [0, 2, 2, 2, 0, 0]
    assert made.whose("why").tolist() == [False, True, True, True, False, False]


@pytest.mark.parametrize(
    ("declared", "evidenced", "differs"),
    [
        (90_000, 100_000, False),  # a tenth of the larger, exactly
        (89_999, 100_000, True),
        (100_000, 90_000, False),
        (100_000, 89_999, True),
        (0, 0, False),
        (1, 0, True),
    ],
)
def test_declared_and_evidenced_income_may_differ_by_the_tolerance_and_no_cent_more(
    declared, evidenced, differs
):
    case = GOOD | {"declared_income": declared, "evidenced_income": evidenced}
    (review,) = reviewed([case], with_rules(rule("income_difference", ">", "0.1"))).value
    assert (review.result == "declined") is differs


def test_implausible_spending():
    # The allowance is 2,000.00 (1,000.00 twice); half of it is the least that is believed.
    for food, low in ((100_000, False), (99_999, True)):
        case = GOOD | {"home": GOOD["home"] | {"food": food}}
        assert [f.code for f in reviewed([case]).value.one(0).findings] == ["spending_too_low"] * low
    # 3,300.00 are earned; food takes 1,500.00.
    for rent, high in ((180_000, False), (180_001, True)):
        case = GOOD | {"home": GOOD["home"] | {"rent": rent}}
        codes = [f.code for f in reviewed([case]).value.one(0).findings]
        assert codes == ["nothing_left", *["spending_above_income"] * high]


def test_ability_is_what_the_present_instalment_takes_above_what_can_be_paid():
    # 3,300 - 2,000 - 1,000 = 300, a tenth kept back: 270.00.
    for instalment, codes in ((27_000, ["can_pay"]), (27_001, []), (None, ["missing"])):
        case = GOOD | {"loan": GOOD["loan"] | {"instalment": instalment}}
        assert [f.code for f in reviewed([case]).value.one(0).findings] == codes


def test_a_weekly_instalment_is_brought_to_the_month_rounded_up():
    loan = rp.Loan(
        principal="9000", annual_rate="0.1", original_term=100, elapsed=6, unpaid=90, next_due="2026-03-12",
        frequency="weekly", instalment="62.31",
    )  # fmt: skip
    seen = rp.review(
        rp.Application(id="a", hardship="death", applied_on=ON),
        loan,
        rp.Household(net_income="3300", costs={"rent": "1000"}),
        with_rules(rule("instalment_gap", ">", 0)),
        on=ON,
    )
    assert str(seen.facts["instalment_gap"]) == "0.01"  # 62.31 x 52 / 12 = 270.01
    assert seen.result == "declined"


@given(
    st.lists(
        st.tuples(st.integers(0, 2**56 - 1), st.integers(0, 2**56 - 1), st.booleans()), min_size=1, max_size=5
    )
)
def test_a_share_is_exact_on_its_grid(rows):
    part, whole, given_ = (np.array(column) for column in zip(*rows, strict=True))
    made = a_share(part.astype(np.int64), whole.astype(np.int64), given_)
    for i, (p, w, known) in enumerate(rows):
        assert bool(made.given[i]) is (known and w > 0)
        if made.given[i]:
            exact = min(Fraction(p, w), Fraction(MOST_SHARE))
            for value in (Fraction(int(exact * 10**6), 10**6), Fraction(int(exact * 10**6) + 1, 10**6)):
                text = f"{int(value)}.{int(value % 1 * 10**6):06d}"
                for how in ("<", "<=", "=", ">=", ">"):
                    condition = rp.Condition(field="income_difference", comparison=how, value=text)
                    held = condition.holds(made)[0][i]
                    assert held == reviews.compared(condition, exact)


# Facts and columns


def test_every_fact_is_made_or_stated_by_an_application():
    assert set(MADE) == set(OF_LOAN) | set(OF_HOUSEHOLD) | set(DERIVED)
    assert set(reviews.COLUMNS) == set(APPLIED)
    assert {fact.kind for fact in APPLIED.values()} <= set(GIVEN_KINDS)
    for fact in FACTS.values():
        assert any("\u4e00" <= char <= "\u9fff" for char in fact.name("zh"))
        assert "_" not in fact.name("en")


def test_every_column_of_loans_and_households_is_a_fact():
    # Rules that rows point to, and what facts that are named by categories and ages are made of.
    rules = {"due_dates", "due_index", "rounding", "rounding_index", "rate_paths", "rate_index", "columns"}
    parts = {"ages", "costs", "items", "size"}
    for of, facts, others in ((rp.Loans, OF_LOAN, rules), (rp.Households, OF_HOUSEHOLD, parts)):
        columns = set(signature(of.from_columns).parameters) - others
        assert columns <= set(facts) | {"decimals"}, columns - set(facts)
    assert set(signature(rp.Applications.from_columns).parameters) - {"id", "evidence", "columns"} == set(
        APPLIED
    ) | {"decimals"}


def test_children_are_of_an_age_only_where_all_ages_are_known():
    homes = rp.Households.from_columns(
        children=[2, 2, 0], ages=([0, 0], [3, 8]), net_income=["3300"] * 3, costs={"rent": "1000"}
    )
    policy = with_rules(rule("children_0_to_5", ">=", 1))
    made = rp.review(applications_of([GOOD] * 3), loans_of([GOOD] * 3), homes, policy, on=ON)
    assert [r.facts["children_0_to_5"] for r in made.value] == [1, None, 0]
    assert [r.result for r in made.value] == ["declined", "needs_evidence", "approved"]


def test_rates_that_change_and_what_a_loan_brings_to_them_are_facts():
    index = rp.Index("LPR 1Y", ["2024-07-22", "2025-05-20"], ["0.0335", "0.03"], "the PBOC")
    loans = rp.Loans.from_columns(
        principal=["9000"] * 2, annual_rate=["", "0.1"], rate_paths=(rp.LinkedRate(index, None, reset=12),),
        rate_index=[0, -1], spread=["0.005", ""], rate_anchor=["2025-06-30", ""], original_term=24,
        elapsed=6, unpaid=18, next_due="2026-03-31",
    )  # fmt: skip
    names = ("rate_changes", "spread", "rate_anchor", "annual_rate")
    asked = (rule(name, "is_missing", effect="needs_person") for name in names)
    seen = rp.review(applications_of([GOOD] * 2), loans, homes_of([GOOD] * 2), with_rules(*asked), on=ON)
    assert [[each.facts[name] for name in names] for each in seen.value] == [
        [True, Decimal("0.005"), date(2025, 6, 30), Decimal("0.035")],
        [False, None, None, Decimal("0.1")],
    ]


def test_a_column_beside_the_loans_cannot_stand_for_one_of_the_loan():
    loans = rp.Loans.from_columns(
        principal=["9000"], annual_rate="0.1", original_term=24, elapsed=6, unpaid=18, next_due="2026-03-31",
        columns={"region": "north"},
    )  # fmt: skip
    with pytest.raises(InputError) as caught:
        rp.review(
            applications_of([GOOD]), loans, homes_of([GOOD]), with_rules(rule("region", "=", "north")), on=ON
        )
    assert (caught.value.code, caught.value.field) == (Code.DUPLICATE, "region")


def test_what_an_application_leaves_out_may_stand_beside_the_loan():
    policy = with_rules(rule("days_past_due", ">", 90))
    asked = rp.Applications.from_columns(id=["a", "b"], hardship="death", applied_on=ON)
    loan = {"principal": ["9000"] * 2, "annual_rate": "0.1", "original_term": 24, "elapsed": 6, "unpaid": 18}
    loans = rp.Loans.from_columns(**loan, next_due="2026-03-31", columns={"days_past_due": [90, 91]})
    made = rp.review(asked, loans, homes_of([GOOD] * 2), policy, on=ON)
    assert [r.result for r in made.value] == ["approved", "declined"]
    with pytest.raises(InputError) as caught:
        rp.review(applications_of([GOOD] * 2), loans, homes_of([GOOD] * 2), policy, on=ON)
    assert (caught.value.code, caught.value.field) == (Code.DUPLICATE, "days_past_due")


def test_a_column_that_nobody_gives_is_refused():
    with pytest.raises(InputError) as caught:
        reviewed([GOOD], with_rules(rule("mood", "=", "good", kind="text")))
    assert (caught.value.code, caught.value.field) == (Code.MISSING, "mood")
    with pytest.raises(InputError, match="is channel meant"):
        reviewed([GOOD], with_rules(rule("chanel", "=", "app", kind="text")))


def test_a_further_column_cannot_have_the_name_of_a_fact():
    with pytest.raises(InputError) as caught:
        rp.Application(id="a", hardship="death", applied_on=ON, columns={"surplus": 3})
    assert (caught.value.code, caught.value.field) == (Code.DUPLICATE, "surplus")


def test_a_column_of_the_wrong_kind_is_the_programs_mistake():
    with pytest.raises(TypeError, match="money"):
        rp.Condition(field="owed", comparison=">", value=1).holds(
            Column.count(np.zeros(1, np.int64), np.ones(1, np.bool_))
        )


def test_calls_that_cannot_be_meant():
    one, loan, home = applications_of([GOOD]), loans_of([GOOD]), homes_of([GOOD])
    with pytest.raises(TypeError, match="2 applications"):
        rp.review(applications_of([GOOD] * 2), loan, home, POLICY, on=ON)
    with pytest.raises(TypeError, match="batches"):
        rp.review(one, loan.one(0), home, POLICY, on=ON)
    with pytest.raises(TypeError, match="ids"):
        rp.Applications.from_columns(id="abc", hardship="death", applied_on=ON)
    with pytest.raises(InputError) as caught:
        rp.review(one, loan, home, replace(POLICY, review=None), on=ON)
    assert (caught.value.code, caught.value.field) == (Code.MISSING, "review")
    with pytest.raises(InputError) as caught:
        rp.review(one, loan, home, POLICY, on="yesterday")
    assert (caught.value.code, caught.value.field) == (Code.NOT_A_DATE, "on")


def test_an_application_states_its_figures_exactly():
    asked = rp.Application(id=" a ", hardship="death", applied_on="2026-03-02", declared_income=4200.5)
    assert (asked.id, str(asked.declared_income), asked.applied_on) == ("a", "4200.50", date(2026, 3, 2))
    with pytest.raises(InputError) as caught:
        rp.Application(id="a", hardship="death", applied_on=ON, declared_income="0.001")
    assert (caught.value.code, caught.value.field) == (Code.NOT_WHOLE_UNITS, "declared_income")


@pytest.mark.parametrize("name", ["declared_income", "evidenced_income", "requested_instalment"])
def test_no_amount_of_an_application_is_negative(name):
    given = {"hardship": "death", "applied_on": ON}
    with pytest.raises(InputError) as caught:
        rp.Application(id="a", **given, **{name: "-0.01"})
    assert (caught.value.code, caught.value.field, caught.value.value) == (Code.NEGATIVE, name, "-0.01")
    made = rp.Applications.from_columns(id=["a", "b", "c"], **given, **{name: ["0", "-1", "5"]})
    assert [(f.row, f.code, f.field) for f in made.failures] == [(1, Code.NEGATIVE, name)]


@pytest.mark.parametrize(
    ("column", "kind", "code"),
    [("declared_income", None, Code.NEGATIVE), ("own", "money", None)],
)
def test_an_amount_beside_the_loans_is_negative_only_where_it_is_the_user_s_own(column, kind, code):
    policy = with_rules(rule(column, ">", 4000, kind=kind))
    loans = loans_of([GOOD] * 3)
    loans = loans.replace(extra={**loans.extra, column: ["0", "-1", "5"]})
    asked = rp.Applications.from_columns(id=["a", "b", "c"], hardship="death", applied_on=ON)
    seen = rp.review(asked, loans, homes_of([GOOD] * 3), policy, on=ON)
    assert [(f.row, f.code, f.field) for f in seen.failures] == ([(1, code, column)] if code else [])


# As offers do


def one_review(home, policy, **loan):
    given = {
        "principal": "9000", "annual_rate": "0", "original_term": 36, "elapsed": 6, "unpaid": 30,
        "next_due": "2026-03-31", "instalment": "300",
    }  # fmt: skip
    application = rp.Application(id="a", hardship="death", applied_on=ON)
    return rp.review(application, rp.Loan(**given | loan), home, policy, on=ON)


def test_guidelines_count_as_they_do_for_offers():
    phones = rp.FixedAllowance(amount="50", frequency="monthly", covers=("phone",), source="own")
    cap = rp.Guideline(allowance=phones, above="cap", below="guideline")
    policy = replace(with_rules(rule("surplus", "<", -(10**6))), guidelines=(cap,))
    home = rp.Household(net_income="3300", costs={"rent": "1000", "phone": "200"})
    can = rp.capacity(
        home, policy.allowance, income=policy.income, contingency=policy.contingency,
        assumed=policy.assumed, guidelines=policy.guidelines,
    )  # fmt: skip
    assert (
        one_review(home, policy).facts["surplus"] == can.surplus == 225
    )  # 3300 - 2000 - 1000 - 50, less 10 %


def test_what_is_left_is_that_of_the_leanest_month_that_a_plan_may_reach():
    policy = with_rules(
        rule("surplus", "<", -(10**6)), rule("instalment_gap", "<=", 0, effect="needs_person")
    )
    most = policy.limit.longest(
        rp.Loan(principal="9000", annual_rate="0", original_term=36, elapsed=6, unpaid=30,
                next_due="2026-03-31")
    ).longest  # fmt: skip
    last, beyond = (  # the last instalment's month, and the one after it
        (np.datetime64("2026-03") + np.timedelta64(n, "M")).astype(object) for n in (most - 1, most)
    )
    for begins, left in ((last, 180), (beyond, 270), (date(2026, 1, 1), 180)):
        home = rp.Household(
            net_income="3300", costs={"rent": "1000"}, assessed="2026-02-01",
            items=[rp.Cost("school", "100", start=begins)],
        )  # fmt: skip
        seen = one_review(home, policy)
        assert (seen.facts["surplus"], seen.facts["instalment_gap"]) == (left, 300 - left)
    # A part of the batch without dates is judged as if it were alone.
    stress = replace(policy, outlook=rp.Outlook(stress="0.05"))
    home = rp.Household(net_income="3300", costs={"rent": "1000"})
    assert one_review(home, stress).facts["surplus"] == Fraction("121.5")  # 3135 - 3000, less a tenth


@given(st.integers(0, 90), st.integers(1, 12), st.integers(0, 40_000))
def test_whom_a_review_finds_able_offers_find_able_too(ends, season, instalment):
    """What a review says can be paid can be paid with every instalment of an offer."""
    policy = replace(with_rules(rule("surplus", "<", -(10**6))), outlook=rp.Outlook(stress="0.01"))
    until = (np.datetime64("2026-03") + np.timedelta64(ends, "M")).astype(object)
    home = rp.Household(
        net_income="3400", costs={"rent": "1000"}, assessed="2026-02-01",
        items=[rp.Income("benefit", "80", until=until), rp.Cost("heat", "60", months=(season,))],
    )  # fmt: skip
    seen = one_review(home, policy, instalment=reviews.money(instalment + 1))
    payable = max(seen.facts["surplus"], 0)
    made = rp.propose(
        rp.Loan(principal="9000", annual_rate="0", original_term=36, elapsed=6, unpaid=30,
                next_due="2026-03-31"), home, policy,
    )  # fmt: skip
    assert made.capacity >= payable
    if isinstance(made, rp.Infeasible):
        assert made.longest * payable < 9000


def test_rows_with_and_without_dated_items_are_judged_as_alone():
    policy = with_rules(rule("surplus", "<", -(10**6)))
    starts = ["2030-01-01", None, "2026-05-01"]
    items = rp.Items.from_columns(
        household=[0, 1, 2], kind="cost", category="school", amount=["100"] * 3,
        start=[day or "" for day in starts],
    )  # fmt: skip
    homes = rp.Households.from_columns(
        net_income=["3300"] * 3, costs={"rent": ["1000"] * 3}, assessed="2026-02-01", items=items
    )
    cases = [GOOD | {"loan": GOOD["loan"] | {"elapsed": 20}}, GOOD, GOOD]
    loans = loans_of(cases)
    seen = rp.review(applications_of(cases), loans, homes, policy, on=ON).value
    for i, day in enumerate(starts):
        home = rp.Household(
            net_income="3300", costs={"rent": "1000"}, assessed="2026-02-01",
            items=[rp.Cost("school", "100", start=day)],
        )  # fmt: skip
        one = np.array([i])
        alone = rp.review(applications_of(cases[:1]), loans.take(one), home.batch, policy, on=ON).value
        assert seen.one(i).facts["surplus"] == alone.one(0).facts["surplus"]
    assert [seen.one(i).facts["surplus"] for i in range(3)] == [270, 180, 180]


@given(CASE.filter(lambda case: case["home"]["food"] is not None))
def test_a_household_told_item_by_item_is_found_the_same(case):
    home = case["home"]
    costs = [rp.Cost(name, reviews.money(home[name])) for name in ("food", "rent")]
    debt = rp.Debt("bank", reviews.money(home["other_debts"]))
    pay = rp.Income("pay", reviews.money(home["net_income"]))
    who = reviews.home_columns(home) | {"net_income": None, "gross_income": None, "other_debts": 0}
    told = rp.Household(**who, children=home["ages"], items=[pay, debt, *costs])
    case = case | {"home": home | {"gross_income": None}}
    checks = (
        *("spending", "spending_above_income", "spending_to_allowance", "income_difference", "net_income"),
        *("gross_income", "other_debts", "cost_food", "cost_rent", "cost_pets", "children_0_to_5", "persons"),
    )
    rules = tuple(rule(name, "is_missing", reason=name) for name in checks)
    for policy in (POLICY, with_rules(*rules)):
        one, other = (
            rp.review(applications_of([case]), loans_of([case]), homes, policy, on=ON).value.one(0)
            for homes in (homes_of([case]), told.batch)
        )
        assert (plain(one), one.facts) == (plain(other), other.facts)


@pytest.mark.parametrize(
    ("incomes", "stated", "share"),
    [
        ([("1000", "900")], {}, "0.1"),
        ([("1000", "1000")], {}, "0"),
        ([("0", "0")], {}, "0"),
        ([("1000", "900"), ("1000", "1100")], {}, "0.095238"),  # 200 of 2,100: neither makes up for the other
        ([("1000", None), ("500", "400")], {}, "0.2"),
        ([("1000", None)], {}, None),
        ([("1000", "900")], {"declared_income": "1000", "evidenced_income": "700"}, "0.3"),
        ([("1000", "900")], {"declared_income": "1000", "evidenced_income": "990"}, "0.1"),
        ([("1000", None)], {"declared_income": "1000", "evidenced_income": "990"}, "0.01"),
    ],
)
def test_evidence_of_items_that_differs_from_what_is_declared_is_found(incomes, stated, share):
    policy = replace(
        with_rules(rule("income_difference", ">", "0.1")), income=rp.IncomeRule(evidence="lesser")
    )
    home = rp.Household(
        costs={"rent": "100"}, items=[rp.Income(f"pay {i}", *two) for i, two in enumerate(
            (amount, "monthly", seen) for amount, seen in incomes)],
    )  # fmt: skip
    loan = rp.Loan(
        principal="9000", annual_rate="0.1", original_term=36, elapsed=6, unpaid=20, next_due="2026-03-31"
    )
    application = rp.Application(id="a", hardship="death", applied_on=ON, **stated)
    seen = rp.review(application, loan, home, policy, on=ON)
    expected = None if share is None else Fraction(share)
    assert seen.facts["income_difference"] == expected
    assert (seen.result == "declined") is (expected is not None and expected > Fraction("0.1"))
