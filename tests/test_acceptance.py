"""Deadlines of offers and acceptances, against calendar days counted one by one."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from repayplan import Acceptance, Code, InputError, deadlines, judge_acceptance
from repayplan.offers.deadlines import ACCEPTANCES
from test_means import POLICY

DAYS = st.dates(date(2026, 1, 1), date(2026, 4, 30))
RULES = st.builds(
    lambda days, more, way: Acceptance(days=days, lapses_after=days + more, business_day=way),
    st.integers(0, 40),
    st.integers(0, 40),
    st.sampled_from(["none", "following", "preceding", "modified_following"]),
)
TERMS = {"annual_rate": "0.06", "original_term": 6, "elapsed": 0, "unpaid": 6}


def batch(rule, due, income=1000):
    policy = replace(POLICY, acceptance=rule)
    loans = rp.Loans.from_columns(principal=["600"] * len(due), next_due=due, **TERMS)
    homes = rp.Households.from_columns(net_income=[income] * len(due))
    return rp.propose(loans, homes, policy).value


def working(day, step):
    while day.weekday() > 4:
        day += timedelta(step)
    return day


def by_hand(rule, issued, due):
    for count in (rule.days, rule.lapses_after):
        day = issued + timedelta(count)
        if rule.business_day == "preceding":
            day = working(day, -1)
        elif rule.business_day != "none":
            later = working(day, 1)
            modified = rule.business_day == "modified_following" and later.month != day.month
            day = working(day, -1) if modified else later
        yield max(min(day, due), issued)


def judged(until, expires, on):
    if on <= until:
        return Code.OFFER_ACCEPTED, until
    return (Code.OFFER_TOO_LATE, until) if on < expires else (Code.OFFER_LAPSED, expires)


@given(RULES, st.lists(st.tuples(DAYS, DAYS, DAYS), min_size=1, max_size=5))
def test_every_day_by_hand_one_by_one_and_in_a_batch(rule, rows):
    due, issued, on = (list(each) for each in zip(*rows, strict=True))
    offers = batch(rule, due)
    made = deadlines(offers, issued=issued)
    found = judge_acceptance(offers, issued=issued, on=on)
    early = [i for i in range(len(rows)) if issued[i] <= due[i]]
    assert made.row.tolist() == early
    assert {(f.code, f.field) for f in made.failures} <= {(Code.DATES_OUT_OF_ORDER, "issued")}
    assert found.row.tolist() == [i for i in early if issued[i] <= on[i]]
    for place, i in enumerate(early):
        until, expires = by_hand(rule, issued[i], due[i])
        want = rp.Deadline(issued=issued[i], accept_by=until, expires=expires)
        assert made.value.one(place) == want
        assert issued[i] <= until <= expires <= due[i]
        offer = offers.one(i)
        assert deadlines(offer, issued=issued[i]) == want
        if on[i] < issued[i]:
            with pytest.raises(InputError) as error:
                judge_acceptance(offer, issued=issued[i], on=on[i])
            assert (error.value.code, error.value.field) == (Code.DATES_OUT_OF_ORDER, "on")
            continue
        reason = judge_acceptance(offer, issued=issued[i], on=on[i])
        at = found.row.tolist().index(i)
        assert reason == found.value.reason(at)
        assert (reason.code, reason.limit) == judged(until, expires, on[i])
        assert ACCEPTANCES[found.value.code[at]] is reason.code
        for language in ("en", "zh"):
            assert str(on[i]) in reason.text(language)
            assert str(reason.limit) in reason.text(language)


@given(RULES, st.lists(st.tuples(DAYS, DAYS), min_size=2, max_size=5), st.randoms(use_true_random=False))
def test_the_order_of_offers_is_irrelevant(rule, rows, random):
    order = list(range(len(rows)))
    random.shuffle(order)
    due, issued = (np.array(each) for each in zip(*rows, strict=True))
    straight, mixed = (
        deadlines(batch(rule, due[at]), issued=issued[at]) for at in (np.arange(len(rows)), np.array(order))
    )
    assert sorted(order[i] for i in mixed.row) == straight.row.tolist()
    for place, i in enumerate(mixed.row):
        other = straight.row.tolist().index(order[i])
        assert mixed.value.one(place) == straight.value.one(other)


def test_only_what_is_offered_has_deadlines_and_rows_are_the_callers():
    rule = Acceptance(days=10, lapses_after=20)
    policy = replace(POLICY, acceptance=rule)
    loans = rp.Loans.from_columns(principal=["600", "90000", "x", "600"], next_due="2026-02-15", **TERMS)
    homes = rp.Households.from_columns(net_income=["1000"] * 4)
    offers = rp.propose(loans, homes, policy).value
    got = judge_acceptance(offers, issued="2026-02-01", on=["2026-02-11", "2026-02-12"])
    assert got.row.tolist() == [0, 3]
    assert [ACCEPTANCES[code] for code in got.value.code] == [Code.OFFER_ACCEPTED, Code.OFFER_TOO_LATE]
    assert got.value.one(1).expires == date(2026, 2, 15)


def test_a_day_that_the_calendar_does_not_cover_and_a_day_that_is_none():
    calendar = rp.Holidays([], name="January", source="example", first="2026-01-01", last="2026-01-31")
    offers = batch(Acceptance(days=10, lapses_after=20, business_day="following"), ["2026-03-15"] * 3)
    got = deadlines(offers, issued=["2026-01-02", "2026-01-25", ""], calendar=calendar)
    assert got.row.tolist() == [0]
    assert [(f.row, f.code, f.field) for f in got.failures] == [
        (1, Code.BEYOND_CALENDAR, "accept_by"),
        (2, Code.MISSING, "issued"),
    ]
    assert got.failures[0].limit == "2026-01-01 to 2026-01-31"


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"days": -1}, Code.OUT_OF_RANGE, "acceptance.days"),
        ({"days": True}, Code.OUT_OF_RANGE, "acceptance.days"),
        ({"lapses_after": 13}, Code.OUT_OF_RANGE, "acceptance.lapses_after"),
        ({"lapses_after": 3_661}, Code.OUT_OF_RANGE, "acceptance.lapses_after"),
        ({"business_day": "next"}, Code.UNKNOWN_VALUE, "acceptance.business_day"),
    ],
)
def test_faults_of_the_rule(change, code, field):
    with pytest.raises(InputError) as error:
        Acceptance(**{"days": 14, "lapses_after": 30} | change)
    assert (error.value.code, error.value.field) == (code, field)


def test_a_policy_without_a_rule():
    offers = batch(None, ["2026-02-15"])
    for each in (offers, offers.one(0)):
        with pytest.raises(InputError) as error:
            deadlines(each, issued="2026-01-05")
        assert (error.value.code, error.value.field) == (Code.MISSING, "acceptance")


def test_a_policy_says_it_in_text():
    rule = Acceptance(days=14, lapses_after=30, business_day="following")
    policy = replace(rp.Policy.example("consumer"), acceptance=rule)
    assert "acceptance.days" in policy.describe()
    assert rp.Policy.loads(policy.dumps()) == policy
    assert policy.fingerprint != rp.Policy.example("consumer").fingerprint
