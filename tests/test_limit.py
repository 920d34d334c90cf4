"""The longest plan under a limit equals what its words say, found by trying every length."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repayplan import Code, ExtensionLimit, InputError, Loans
from repayplan.basics.dates import FREQUENCIES, FREQUENCY_INDEX
from repayplan.offers.limit import LIMITS
from repayplan.offers.terms import contract_terms, remaining

READINGS = ("beyond_original_maturity", "total_term", "new_plan")
MONTHS = {
    "weekly": Fraction(12, 52),
    "fortnightly": Fraction(12, 26),
    "monthly": 1,
    "quarterly": 3,
    "annual": 12,
}


def allowed(limit, *, length, original_term, left, months):
    """Which rules a plan of this length keeps; ``months`` is one period in months."""
    extension = length - left
    share = None if limit.percent is None else Fraction(limit.percent) / 100 * original_term
    rules = {
        Code.LIMIT_SHARE: share is None
        or {
            "beyond_original_maturity": extension <= share,
            "total_term": original_term + extension <= share,
            "new_plan": length <= share,
        }[limit.reading],
        Code.LIMIT_EXTENSION_MONTHS: limit.max_extension_months is None
        or extension * months <= limit.max_extension_months,
        Code.LIMIT_TOTAL_MONTHS: limit.max_total_months is None
        or (original_term + extension) * months <= limit.max_total_months,
        Code.LIMIT_NEW_PLAN_MONTHS: limit.max_new_plan_months is None
        or length * months <= limit.max_new_plan_months,
        Code.LIMIT_DOMAIN: length <= 3660,
    }
    return {code for code, kept in rules.items() if kept}


@st.composite
def limits(draw):
    reading = draw(st.sampled_from([None, *READINGS]))
    months = st.one_of(st.none(), st.integers(0, 120))
    caps = {f"max_{name}_months": draw(months) for name in ("extension", "total", "new_plan")}
    if reading is None and all(v is None for v in caps.values()):
        caps["max_total_months"] = 60
    low = 100 if reading == "total_term" else 0
    share = None if reading is None else draw(st.decimals(low, 300, places=2))
    return ExtensionLimit(percent=share, reading=reading, **caps)


@given(limits(), st.integers(1, 120), st.integers(-60, 120), st.sampled_from(sorted(MONTHS)))
def test_longest_is_the_longest_allowed_and_the_rule_named_forbids_one_more(
    limit, original_term, left, frequency
):
    one = np.ones(1, np.int64)
    most, rule = limit.longest(
        original_term=original_term * one, remaining=left * one, frequency=FREQUENCY_INDEX[frequency] * one
    )
    facts = {"original_term": original_term, "left": left, "months": MONTHS[frequency]}
    every = set(LIMITS)
    best = [n for n in range(1, 3662) if allowed(limit, length=n, **facts) == every]
    if best:
        assert int(most[0]) == best[-1]
        assert best == list(range(1, best[-1] + 1))
    else:
        assert int(most[0]) <= 0
    forbidden = every - allowed(limit, length=max(int(most[0]), 0) + 1, **facts)
    assert LIMITS[int(rule[0])] in forbidden


@given(st.lists(st.tuples(st.integers(1, 120), st.integers(-60, 120)), min_size=1, max_size=20), limits())
def test_a_batch_is_many_single_ones(rows, limit):
    term, left = (np.array(c, np.int64) for c in zip(*rows, strict=True))
    often = np.arange(len(rows)) % len(FREQUENCIES)
    most, rule = limit.longest(original_term=term, remaining=left, frequency=often)
    for i in range(len(rows)):
        at = slice(i, i + 1)
        one = limit.longest(original_term=term[at], remaining=left[at], frequency=often[at])
        assert (int(most[i]), int(rule[i])) == (int(one[0][0]), int(one[1][0]))


@pytest.mark.parametrize(
    ("reading", "share", "longest"),
    [
        ("beyond_original_maturity", 50, 44),
        ("total_term", 150, 44),
        ("new_plan", 150, 54),
        ("new_plan", 50, 18),
    ],
)
def test_half_of_36_with_26_to_go(reading, share, longest):
    loan = one_loan()
    limit = ExtensionLimit(percent=share, reading=reading)
    assert contract_terms(loan, limit).longest.tolist() == [longest]


def one_loan(**changes):
    given = {
        "principal": ["1000"],
        "annual_rate": "0.1",
        "original_term": 36,
        "elapsed": 10,
        "unpaid": 26,
        "next_due": "2026-01-31",
    }
    return Loans.from_columns(**(given | changes))


def test_extension_is_cumulative_over_earlier_ones():
    limit = ExtensionLimit(percent="50", reading="beyond_original_maturity")
    first = contract_terms(one_loan(), limit)
    later = contract_terms(one_loan(months_extended=12, unpaid=38), limit)
    assert (first.contract.tolist(), first.longest.tolist()) == ([26], [44])
    assert (later.contract.tolist(), later.shortest.tolist(), later.longest.tolist()) == ([38], [38], [44])
    used_up = contract_terms(one_loan(months_extended=20, unpaid=46), limit)
    assert used_up.longest < used_up.shortest


def test_past_its_maturity_the_months_since_count_as_extension():
    limit = ExtensionLimit(percent="50", reading="beyond_original_maturity")
    past = contract_terms(one_loan(elapsed=46, unpaid=12), limit)
    assert (past.contract.tolist(), past.shortest.tolist(), past.longest.tolist()) == ([-10], [1], [8])


@pytest.mark.parametrize(
    ("frequency", "months", "longest"),
    [("weekly", 12, 52), ("weekly", 1, 4), ("fortnightly", 1, 2), ("quarterly", 11, 3), ("annual", 11, 0)],
)
def test_months_become_whole_periods_rounded_down(frequency, months, longest):
    limit = ExtensionLimit(max_new_plan_months=months)
    assert contract_terms(one_loan(frequency=frequency), limit).longest.tolist() == [longest]


@pytest.mark.parametrize(("months", "used"), [(2, 0), (3, 1), (11, 3)])
def test_months_already_used_become_whole_periods(months, used):
    limit = ExtensionLimit(max_new_plan_months=120)
    got = contract_terms(one_loan(frequency="quarterly", months_extended=months), limit)
    assert got.contract.tolist() == [26 + used]


@pytest.mark.parametrize(
    ("maturity", "frequency", "left"),
    [
        ("2026-01-31", "monthly", 1),
        ("2026-02-27", "monthly", 1),
        ("2026-02-28", "monthly", 2),
        ("2026-12-31", "monthly", 12),
        ("2026-01-30", "monthly", 0),
        ("2025-12-31", "monthly", 0),
        ("2025-12-30", "monthly", -1),
        ("2025-01-31", "monthly", -11),
        ("2026-04-30", "quarterly", 2),
        ("2026-04-29", "quarterly", 1),
        ("2026-01-31", "weekly", 1),
        ("2026-02-06", "weekly", 1),
        ("2026-02-07", "weekly", 2),
        ("2026-01-24", "weekly", 0),
        ("2026-01-23", "weekly", -1),
    ],
)
def test_instalments_to_a_dated_maturity(maturity, frequency, left):
    assert remaining(one_loan(original_maturity=[maturity], frequency=frequency)).tolist() == [left]


def test_a_long_first_stub_moves_the_first_due_date_on():
    loan = one_loan(original_maturity=["2026-03-31"], start=["2026-01-10"], first_stub="long")
    assert remaining(loan).tolist() == [2]


def test_dated_and_counted_loans_in_one_batch():
    loans = one_loan(principal=["1", "1"], original_maturity=["2026-03-31", ""], elapsed=[10, 30])
    assert remaining(loans).tolist() == [3, 6]


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({}, Code.MISSING, "limit"),
        ({"percent": "50"}, Code.MISSING, "limit.reading"),
        ({"reading": "new_plan", "max_total_months": 1}, Code.MISSING, "limit.reading"),
        ({"percent": "50", "reading": "total"}, Code.UNKNOWN_VALUE, "limit.reading"),
        ({"percent": "99.99", "reading": "total_term"}, Code.OUT_OF_RANGE, "limit.percent"),
        ({"percent": "-1", "reading": "new_plan"}, Code.OUT_OF_RANGE, "limit.percent"),
        ({"percent": 50.0, "reading": "new_plan"}, Code.OUT_OF_RANGE, "limit.percent"),
        ({"percent": "10001", "reading": "new_plan"}, Code.OUT_OF_RANGE, "limit.percent"),
        ({"percent": "33." + "3" * 30, "reading": "new_plan"}, Code.OUT_OF_RANGE, "limit.percent"),
        ({"max_extension_months": -1}, Code.OUT_OF_RANGE, "limit.max_extension_months"),
        ({"max_total_months": 1.5}, Code.OUT_OF_RANGE, "limit.max_total_months"),
        ({"max_new_plan_months": True}, Code.OUT_OF_RANGE, "limit.max_new_plan_months"),
        ({"max_new_plan_months": "12"}, Code.OUT_OF_RANGE, "limit.max_new_plan_months"),
        ({"max_new_plan_months": 10**6}, Code.OUT_OF_RANGE, "limit.max_new_plan_months"),
    ],
)
def test_what_cannot_be_meant_is_refused(given, code, field):
    with pytest.raises(InputError) as caught:
        ExtensionLimit(**given)
    assert (caught.value.code, caught.value.field) == (code, field)
    assert caught.value.rule in str(caught.value)


def test_total_of_a_hundred_percent_allows_no_extension():
    limit = ExtensionLimit(percent="100", reading="total_term")
    assert contract_terms(one_loan(), limit).longest.tolist() == [26]
