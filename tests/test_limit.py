"""The longest plan under a limit equals what its words say, found by trying every length."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repayplan import (
    Code,
    ExtensionLimit,
    InputError,
    Loan,
    Loans,
    col,
    custom,
    equal_instalment,
    equal_principal,
    fixed_payment,
    flat,
    holiday,
    interest_only,
    schedule,
)
from repayplan.basics.dates import FREQUENCIES
from repayplan.offers.permits import LIMITS
from repayplan.offers.terms import contract_terms

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
    return {code for code in LIMITS if rules.get(code, True)}  # the others are held in test_limit_rules


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


def loans_of(terms, left, frequencies):
    """Loans of so many instalments, of which so many are to go."""
    return Loans.from_columns(
        principal=["1"] * len(terms),
        annual_rate=0,
        original_term=terms,
        elapsed=[term - n for term, n in zip(terms, left, strict=True)],
        unpaid=1,
        next_due="2026-01-31",
        frequency=frequencies,
    )


@given(limits(), st.integers(1, 120), st.integers(-60, 120), st.sampled_from(sorted(MONTHS)))
def test_longest_is_the_longest_allowed_and_the_rule_named_forbids_one_more(
    limit, original_term, left, frequency
):
    left = min(left, original_term)
    (got,) = limit.longest(loans_of([original_term], [left], [frequency])).value
    facts = {"original_term": original_term, "left": left, "months": MONTHS[frequency]}
    every = set(LIMITS)
    best = [n for n in range(1, 3662) if every <= allowed(limit, length=n, **facts)]
    if best:
        assert got.longest == best[-1]
        assert best == list(range(1, best[-1] + 1))
    else:
        assert got.longest <= 0
    forbidden = every - allowed(limit, length=max(got.longest, 0) + 1, **facts)
    assert got.binding_limit in forbidden


@given(st.lists(st.tuples(st.integers(1, 120), st.integers(-60, 120)), min_size=1, max_size=20), limits())
def test_a_batch_is_many_single_ones(rows, limit):
    term = [n for n, _ in rows]
    left = [min(n, m) for n, m in rows]
    often = [FREQUENCIES[i % len(FREQUENCIES)].name for i in range(len(rows))]
    got = limit.longest(loans_of(term, left, often)).value
    for i, each in enumerate(got):
        at = slice(i, i + 1)
        assert [each] == list(limit.longest(loans_of(term[at], left[at], often[at])).value)


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
    assert one_loan(original_maturity=[maturity], frequency=frequency).to_original_maturity.tolist() == [left]


def test_a_long_first_stub_moves_the_first_due_date_on():
    loan = one_loan(original_maturity=["2026-03-31"], start=["2026-01-10"], first_stub="long")
    assert loan.to_original_maturity.tolist() == [2]


def test_dated_and_counted_loans_in_one_batch():
    loans = one_loan(principal=["1", "1"], original_maturity=["2026-03-31", ""], elapsed=[10, 30])
    assert loans.to_original_maturity.tolist() == [3, 6]


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


# Any plan held against a limit: every row counts.

CONTRACT = {
    "principal": "3600",
    "annual_rate": "0.12",
    "original_term": 36,
    "elapsed": 10,
    "unpaid": 26,
    "next_due": "2026-01-31",
}
# Under each, a plan of 44 is the longest.
LIMITED = [
    (ExtensionLimit(percent="50", reading="beyond_original_maturity"), Code.LIMIT_SHARE),
    (ExtensionLimit(percent="150", reading="total_term"), Code.LIMIT_SHARE),
    (ExtensionLimit(percent="122.2222", reading="new_plan"), None),
    (ExtensionLimit(percent="122.23", reading="new_plan"), Code.LIMIT_SHARE),
    (ExtensionLimit(max_extension_months=18), Code.LIMIT_EXTENSION_MONTHS),
    (ExtensionLimit(max_total_months=54), Code.LIMIT_TOTAL_MONTHS),
    (ExtensionLimit(max_new_plan_months=44), Code.LIMIT_NEW_PLAN_MONTHS),
]
HOLIDAYS = [
    holiday(3, interest="capitalise"),
    holiday(3, interest="defer", repay="spread"),
    holiday(3, interest="waive"),
    interest_only(3),
]


@pytest.mark.parametrize("pause", HOLIDAYS, ids=repr)
@pytest.mark.parametrize(("limit", "code"), LIMITED, ids=lambda x: repr(x)[:60])
def test_a_holiday_of_three_months_uses_up_three_months_of_the_limit(limit, code, pause):
    loan = Loan(**CONTRACT)
    most = 44 if code else 43
    bare, paused = limit.permits(loan, equal_instalment(most)), limit.permits(loan, pause + flat(most - 3))
    assert (bare.allowed, bare.instalments, bare.longest) == (True, most, most)
    assert paused == bare
    for plan in (equal_instalment(most + 1), pause + equal_instalment(most - 2)):
        refused = limit.permits(loan, plan)
        assert (refused.allowed, refused.instalments, refused.longest) == (False, most + 1, most)
        assert (refused.reason.code, refused.reason.field) == (code or Code.LIMIT_SHARE, "instalments")
        assert (refused.reason.value, refused.reason.limit) == (most + 1, most)
        assert str(most) in refused.reason.text()


def test_a_holiday_of_a_quarterly_loan_uses_up_its_quarters():
    limit = ExtensionLimit(max_new_plan_months=14)  # four quarters and two months
    loan = Loan(**CONTRACT | {"frequency": "quarterly"})
    pause = holiday(2, interest="waive")
    assert limit.permits(loan, pause + equal_instalment(2)).allowed
    assert not limit.permits(loan, pause + equal_instalment(3)).allowed


@pytest.mark.parametrize("amount", ["79", "80", "81", "95"])
def test_a_payment_until_paid_off_is_as_long_as_it_takes(amount):
    loan, plan = Loan(**CONTRACT), holiday(2, interest="waive") + fixed_payment(amount)
    rows = len(schedule(loan, plan))
    for most in (rows - 1, rows, rows + 1):
        got = ExtensionLimit(max_new_plan_months=most).permits(loan, plan)
        assert (got.allowed, got.instalments) == (rows <= most, rows)


def test_a_plan_of_given_amounts_is_as_long_as_its_list():
    got = ExtensionLimit(max_new_plan_months=3).permits(
        Loan(**CONTRACT), custom(("1300", "1300", "1300", "1"))
    )
    assert (got.allowed, got.instalments, got.longest) == (False, 4, 3)


def test_where_nothing_is_left_of_a_limit_no_plan_is_allowed():
    limit = ExtensionLimit(percent="50", reading="beyond_original_maturity")
    got = limit.permits(Loan(**CONTRACT | {"elapsed": 60}), equal_instalment(1))
    assert (got.allowed, got.longest, got.reason.limit) == (False, -6, 0)


@st.composite
def contracts(draw):
    term = draw(st.integers(1, 60))
    return {
        "principal": draw(st.integers(1, 10**6)),
        "annual_rate": "0.01",
        "original_term": term,
        "elapsed": draw(st.integers(0, term + 12)),
        "unpaid": draw(st.integers(1, 60)),
        "months_extended": draw(st.integers(0, 12)),
        "frequency": draw(st.sampled_from(sorted(MONTHS))),
        "next_due": "2026-01-31",
    }


@given(limits(), contracts(), st.integers(1, 60), st.integers(0, 12), st.booleans())
def test_a_plan_is_permitted_where_a_proposal_may_be_as_long(limit, given_, n, pause, dated):
    given_ = given_ | ({"original_maturity": "2027-03-31"} if dated else {})
    loan = Loan(**given_)
    terms = contract_terms(loan.batch, limit)
    got = limit.permits(loan, holiday(pause, interest="waive") + equal_principal(n))
    assert got.instalments == n + pause
    assert got.allowed == (n + pause <= int(terms.longest[0]))
    assert (got.longest, LIMITS.index(got.reason.code)) == (int(terms.longest[0]), int(terms.binding[0]))
    if not dated:
        left = given_["original_term"] - given_["elapsed"]
        facts = {"original_term": given_["original_term"], "left": left, "months": MONTHS[loan.frequency]}
        kept = allowed(limit, length=n + pause, **facts)
        assert got.allowed == (kept == set(LIMITS))


@given(st.lists(contracts(), min_size=1, max_size=8), limits(), st.data())
def test_plans_of_a_batch_are_permitted_one_by_one(rows, limit, data):
    pause, n = (
        data.draw(st.lists(st.integers(low, 12), min_size=len(rows), max_size=len(rows))) for low in (0, 1)
    )
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    loans = Loans.from_columns(**columns, columns={"pause": pause, "n": n})
    plans = [holiday(col("pause"), interest="waive") + flat(col("n")), equal_instalment(col("n"))]
    template = [i % 2 for i in range(len(rows))]
    got = limit.permits(loans, plans, template=template)
    assert (len(got.value), len(got.failures)) == (len(rows), 0)
    assert got.value.allowed.tolist() == [one.allowed for one in got.value]
    for i, one in enumerate(got.value):
        plan = equal_instalment(n[i]) if i % 2 else holiday(pause[i], interest="waive") + flat(n[i])
        assert one == limit.permits(Loan(**rows[i]), plan)


def test_a_plan_that_cannot_be_kept_has_no_length():
    limit = ExtensionLimit(max_new_plan_months=60)
    loans = Loans.from_columns(
        **CONTRACT | {"principal": ["3600", "x", "3600"]}, columns={"pay": ["100", "100", "36"]}
    )
    got = limit.permits(loans, fixed_payment(col("pay")))
    assert [(f.row, f.code) for f in got.failures] == [(1, Code.NOT_A_NUMBER), (2, Code.NEVER_PAID_OFF)]
    assert (got.row.tolist(), got.value.allowed.tolist()) == ([0], [True])
    with pytest.raises(InputError) as caught:
        limit.permits(Loan(**CONTRACT), fixed_payment("36"))
    assert caught.value.code is Code.NEVER_PAID_OFF
    with pytest.raises(TypeError, match="one plan"):
        limit.permits(Loan(**CONTRACT), [flat(3)])
