"""Interim arrangements against a slow reference, what they conserve, and what they are refused for."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import numpy as np
import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from examples import examples
from months import weights
from repayplan import (
    Code,
    Household,
    Households,
    InputError,
    Interim,
    InterimRule,
    Loan,
    Loans,
    NoInterim,
    PolicyError,
    interim,
    propose,
)
from repayplan.offers.arrangements import ORDER

CENT = Decimal("0.01")
PART = rp.ArrearsPart(treatment="capitalise")
POLICY = rp.Policy(
    name="test",
    currency="EUR",
    methods=("equal_instalment",),
    allowance=rp.FixedAllowance(amount="700", frequency="monthly", covers=(), source="test"),
    limit=rp.ExtensionLimit(max_new_plan_months=120),
    contingency=rp.Contingency(share="0"),
    rounding=rp.Rounding(),
    arrears=rp.ArrearsRule(overdue_interest=PART, accrued_interest=PART, penalty=PART, fees=PART),
)
MONTHS_APART = {"monthly": 1, "quarterly": 3}
COMPONENTS = ("principal", "overdue_principal", "overdue_interest", "penalty", "fees", "accrued_interest")


def policy_of(**rule):
    return replace(POLICY, interim=InterimRule(**rule))


def cents(amount):
    return Decimal(amount).quantize(CENT, ROUND_HALF_UP)


def floor_cents(exact):
    return Decimal(int(exact * 100)).scaleb(-2)


def reference(loan, can, rule, count):
    """The rows one after the other, in Decimals: (due date, interest, waived, paid, owed), or None."""
    owed = {name: getattr(loan, name) for name in COMPONENTS} | {"interest": Decimal(0)}
    rate = Fraction(loan.annual_rate if rule.rate is None else rule.rate)
    apart = MONTHS_APART[loan.frequency]
    most, least = (
        None if monthly is None else floor_cents(Fraction(monthly) * apart)
        for monthly in (rule.amount, rule.least)
    )
    rows = []
    for t in range(count):
        due = loan.next_due + relativedelta(months=apart * t)
        before = loan.interest_from if t == 0 else loan.next_due + relativedelta(months=apart * (t - 1))
        part = Fraction((due - before).days, 365) if loan.day_count == "ACT/365F" else Fraction(apart, 12)
        exact = Fraction(owed["principal"] + owed["overdue_principal"]) * rate * part * 100
        interest = Decimal(int(exact + Fraction(1, 2))).scaleb(-2)
        owed["interest"] += interest
        asked = sum(owed[name] for name in rule.order)
        pays = can[t] if most is None else min(can[t], most)
        if pays < min(least, asked):
            return None
        paid, left = {}, min(pays, asked)
        for name in rule.order:
            paid[name] = min(left, owed[name])
            left -= paid[name]
            owed[name] -= paid[name]
        waived = Decimal(0)
        if rule.unpaid_interest == "capitalise":
            owed["principal"], owed["interest"] = owed["principal"] + owed["interest"], Decimal(0)
        elif rule.unpaid_interest == "waive":
            waived, owed["interest"] = owed["interest"], Decimal(0)
        rows.append((due, interest, waived, paid, dict(owed)))
    return rows


AMOUNTS = st.integers(0, 50_000).map(lambda cents: Decimal(cents).scaleb(-2))


@st.composite
def loans(draw):
    return Loan(
        principal=draw(st.integers(0, 10**6).map(lambda cents: Decimal(cents).scaleb(-2))),
        **{name: draw(AMOUNTS) for name in COMPONENTS[1:-1]},
        accrued_interest="1.00",  # so that something is owed
        annual_rate=draw(st.sampled_from(["0", "0.06", "0.2399"])),
        original_term=60,
        elapsed=12,
        unpaid=50,
        next_due=draw(st.sampled_from(["2026-01-31", "2026-03-05"])),
        frequency=draw(st.sampled_from(["monthly", "monthly", "quarterly"])),
        day_count=draw(st.sampled_from(["periods", "ACT/365F"])),
    )


@st.composite
def rules(draw):
    amount = draw(st.none() | AMOUNTS)
    least = draw(st.none() | AMOUNTS) if amount is not None else draw(AMOUNTS)
    order = draw(st.permutations(ORDER))
    return InterimRule(
        amount=amount,
        minimum=least if amount is None or least is None else min(amount, least),
        months=draw(st.integers(3, 12)),
        unpaid_interest=draw(st.sampled_from(["defer", "capitalise", "waive"])),
        rate=draw(st.sampled_from([None, None, "0", "0.03"])),
        order=tuple(order[: draw(st.integers(1, len(order)))]),
    )


@st.composite
def households(draw):
    items = [rp.Income("pay", str(700 + draw(st.integers(-50, 600))))]
    if draw(st.booleans()):
        until = draw(st.sampled_from(["2026-03-31", "2026-06-30"]))
        items.append(rp.Income("benefit", str(draw(st.integers(0, 300))), until=until))
    return Household(items=items, assessed="2026-01-10")


def can_pay(loan, home, count):
    """What can be paid in each period, as the months say it."""
    path = rp.capacity_path(
        home, POLICY.allowance, begin="2025-09-01", months=80, contingency=POLICY.contingency
    )
    apart = MONTHS_APART[loan.frequency]

    def monthly(k):
        return Decimal(int(path.payable[min(k, len(path.payable) - 1), 0])).scaleb(-2)

    out = []
    for t in range(count):
        due = loan.next_due + relativedelta(months=apart * t)
        months = weights(loan.frequency, due, None if t else home.assessed)
        out.append(sum((monthly(k - 2025 * 12 - 8) for k in months), Decimal(0)))
    return out


@examples(150)
@given(loans(), households(), rules())
def test_every_row_is_the_one_by_hand(loan, home, rule):
    policy = replace(POLICY, interim=rule)
    count = rule.months // MONTHS_APART[loan.frequency]
    can = can_pay(loan, home, count)
    got, want = interim(loan, home, policy), reference(loan, can, rule, count)
    if want is None:
        assert isinstance(got, NoInterim)
        assert got.reasons[-1].code is Code.OVER_CAPACITY
        assert (got.capacity, got.least) == (
            min(can),
            floor_cents(Fraction(rule.least) * MONTHS_APART[loan.frequency]),
        )
        return
    assert isinstance(got, Interim)
    total = sum(getattr(loan, name) for name in COMPONENTS)
    assert got.owed_before == total
    for row, room, (due, interest, waived, paid, owed) in zip(got.rows, can, want, strict=True):
        assert (row.due_date, row.interest, row.waived, row.opening) == (due, interest, waived, total)
        assert (row.paid, row.payment) == (paid, sum(paid.values()))
        assert row.payment <= room
        assert (row.balance, row.unpaid_interest) == (
            owed["principal"] + owed["overdue_principal"],
            owed["interest"],
        )
        total = sum(owed.values())
        assert row.owed == total
        assert row.opening + row.interest - row.waived == row.payment + row.owed
    assert got.owed_before + got.interest - got.waived == got.paid + got.owed_after
    assert got.owed_after == total == sum(got.components.values())
    last = want[-1][-1]
    last["overdue_interest"] += last.pop("interest")
    assert got.components == {name: getattr(got.loan, name) for name in COMPONENTS} == last
    assert got.review_on == got.rows[-1].due_date
    assert got.loan.next_due == loan.next_due + relativedelta(months=MONTHS_APART[loan.frequency] * count)
    assert got.loan.interest_from == got.rows[-1].due_date
    assert (got.loan.elapsed, got.loan.unpaid) == (loan.elapsed + count, loan.unpaid)


def one_loan(**changes):
    given = {
        "principal": "12000.00",
        "annual_rate": "0.12",
        "original_term": 36,
        "elapsed": 10,
        "unpaid": 26,
        "next_due": "2026-01-31",
    }
    return Loan(**(given | changes))


TOKEN = {"amount": "100", "months": 6, "unpaid_interest": "defer"}
HOME = Household(net_income="900")


def test_a_hundred_a_month_for_six_months_then_a_review():
    """12,000 at 1 % a month: 120 of interest, of which 100 are paid; 6 times 20 are owed on, bearing none."""
    got = interim(one_loan(), HOME, policy_of(**TOKEN, review_days=14))
    assert [(str(row.due_date), str(row.payment), str(row.unpaid_interest)) for row in got.rows] == [
        ("2026-01-31", "100.00", "20.00"),
        ("2026-02-28", "100.00", "40.00"),
        ("2026-03-31", "100.00", "60.00"),
        ("2026-04-30", "100.00", "80.00"),
        ("2026-05-31", "100.00", "100.00"),
        ("2026-06-30", "100.00", "120.00"),
    ]
    assert (str(got.owed_after), str(got.review_on), str(got.capacity)) == (
        "12120.00",
        "2026-06-16",
        "200.00",
    )
    # Joined to the balance, what is missing bears interest itself: 20, then a hundredth more each month.
    got = interim(one_loan(), HOME, policy_of(**TOKEN | {"unpaid_interest": "capitalise"}))
    assert [str(row.capitalised) for row in got.rows] == [
        "20.00",
        "20.20",
        "20.40",
        "20.61",
        "20.81",
        "21.02",
    ]
    assert (str(got.rows[-1].balance), str(got.loan.principal)) == ("12123.04", "12123.04")
    got = interim(one_loan(), HOME, policy_of(**TOKEN | {"unpaid_interest": "waive"}))
    assert (str(got.waived), str(got.owed_after)) == ("120.00", "12000.00")
    frozen = interim(one_loan(), HOME, policy_of(**TOKEN, rate="0"))
    assert (str(frozen.interest), str(frozen.owed_after)) == ("0.00", "11400.00")


def test_the_loan_at_review_can_be_offered_a_plan():
    """As one that somebody had written down by hand on that day."""
    policy = policy_of(**TOKEN)
    got = interim(one_loan(fees="40", original_maturity="2028-03-31"), Household(net_income="1300"), policy)
    by_hand = one_loan(
        principal="12000.00",
        overdue_interest="160.00",
        elapsed=16,
        next_due="2026-07-31",
        original_maturity="2028-03-31",
    )
    assert str(got.loan.overdue_interest) == "160.00"
    offer = propose(got.loan, Household(net_income="1300"), policy)
    assert isinstance(offer, rp.Offer)
    want = propose(by_hand, Household(net_income="1300"), policy)
    assert offer == want
    assert offer.opening_balance + offer.waived == got.owed_after
    assert str(offer.schedule.rows[0].due_date) == "2026-07-31"


@st.composite
def batches(draw):
    several = draw(st.lists(st.tuples(loans(), st.integers(600, 1500)), min_size=1, max_size=5))
    return [loan for loan, _ in several], [income for _, income in several]


def columns_of(several):
    names = (
        *COMPONENTS,
        "annual_rate",
        "original_term",
        "elapsed",
        "unpaid",
        "next_due",
        "frequency",
        "day_count",
    )
    return {name: [getattr(loan, name) for loan in several] for name in names}


@examples(30)
@given(batches(), rules(), st.randoms())
def test_a_batch_is_its_loans_one_by_one_in_any_order(case, rule, random):
    several, incomes = case
    policy = replace(POLICY, interim=rule)
    order = list(range(len(several)))
    random.shuffle(order)
    many = interim(
        Loans.from_columns(**columns_of([several[i] for i in order])),
        Households.from_columns(net_income=[str(incomes[i]) for i in order]),
        policy,
    )
    assert len(many.failures) == 0
    totals = many.value
    assert (totals.owed_before + totals.interest - totals.waived == totals.paid + totals.owed_after).all()
    for place, i in enumerate(order):
        got, want = many.value.one(place), interim(several[i], Household(net_income=str(incomes[i])), policy)
        assert got == want
        assert totals.agreed[place] == isinstance(want, Interim)
        if isinstance(want, Interim):
            assert Decimal(int(totals.owed_after[place])).scaleb(-2) == want.owed_after
        else:
            assert totals.loans.one(place) == several[i]


@examples(30)
@given(loans(), rules(), st.integers(0, 900))
def test_who_can_pay_more_is_not_refused_instead_and_owes_no_more_after_it(loan, rule, can):
    policy = replace(POLICY, interim=rule)
    less, more = (interim(loan, Household(net_income=str(700 + pays)), policy) for pays in (can, can + 50))
    if isinstance(less, Interim):
        assert isinstance(more, Interim)
        assert more.owed_after <= less.owed_after


def test_a_bad_row_has_a_code_and_no_other_changes():
    policy = policy_of(**TOKEN)
    columns = columns_of([one_loan(), one_loan(), one_loan()])
    good = interim(Loans.from_columns(**columns), Households.from_columns(net_income=["900"] * 3), policy)
    assert [each.paid for each in good.value] == [Decimal("600.00")] * 3
    for change, income, code, field in (
        ({"principal": ["12000", "-1", "12000"]}, "900", Code.NEGATIVE, "principal"),
        ({"principal": ["12000", "0", "12000"]}, "900", Code.NOTHING_OWED, "principal"),
        ({"frequency": ["monthly", "annual", "monthly"]}, "900", Code.OUT_OF_RANGE, "interim.months"),
        ({}, "x", Code.NOT_A_NUMBER, "net_income"),
        ({"elapsed": [10, 3655, 10]}, "900", Code.OUT_OF_RANGE, "elapsed"),
    ):
        homes = Households.from_columns(net_income=["900", income, "900"])
        bad = interim(Loans.from_columns(**(columns | change)), homes, policy)
        assert [(f.row, f.code, f.field) for f in bad.failures] == [(1, code, field)]
        assert bad.row.tolist() == bad.value.row.tolist() == [0, 2]
        assert list(bad.value) == [good.value.one(0), good.value.one(2)]


def test_why_there_is_none():
    policy = policy_of(**TOKEN | {"amount": "250"})
    for income, codes, can in (
        ("600", [Code.BELOW_ALLOWANCE, Code.OVER_CAPACITY], "0.00"),
        ("700", [Code.NO_CAPACITY, Code.OVER_CAPACITY], "0.00"),
        ("900", [Code.OVER_CAPACITY], "200.00"),
    ):
        got = interim(one_loan(), Household(net_income=income), policy)
        assert isinstance(got, NoInterim)
        assert [reason.code for reason in got.reasons] == codes
        assert (str(got.capacity), str(got.least)) == (can, "250.00")
        assert (
            got.reasons[-1].text() == f"the lowest instalment allowed is 250.00, the household can pay {can}"
        )
    closed = replace(policy, statuses=("Late",))
    got = interim(one_loan(columns={"status": "Paid"}), Household(net_income="2000"), closed)
    assert [(reason.code, reason.value, reason.limit) for reason in got.reasons] == [
        (Code.NOT_ELIGIBLE, "Paid", "Late")
    ]


def test_where_less_is_owed_than_the_minimum_less_is_paid():
    got = interim(one_loan(principal="150", annual_rate="0"), HOME, policy_of(**TOKEN))
    assert [str(row.payment) for row in got.rows] == ["100.00", "50.00", "0.00", "0.00", "0.00", "0.00"]
    assert str(got.owed_after) == "0.00"


def test_until_a_date_and_amounts_by_the_week():
    """Four weeks and a part of a fifth: a week has 12/52 of a month's amount, rounded down."""
    rule = {"amount": "100", "until": "2026-02-27", "unpaid_interest": "waive"}
    got = interim(one_loan(frequency="weekly", next_due="2026-01-30"), HOME, policy_of(**rule))
    assert [(row.due_date, str(row.payment)) for row in got.rows] == [
        (date(2026, 1, 30) + timedelta(7 * k), "23.07") for k in range(5)
    ]
    with pytest.raises(InputError) as caught:
        interim(one_loan(), HOME, policy_of(**rule | {"until": "2026-01-30"}))
    error = caught.value
    assert (error.code, error.field, error.value, error.limit) == (
        Code.OUT_OF_RANGE,
        "interim.until",
        "2026-01-30",
        "1 to 120 periods ahead",
    )


def test_a_loan_whose_schedules_are_not_rounded_pays_in_cents():
    free = rp.Rounding(instalment="none", interest="none")
    got = interim(one_loan(principal="100.50", annual_rate="0.06", rounding=free), HOME, policy_of(**TOKEN))
    # 0.5025 of interest.
    assert (str(got.rows[0].interest), got.loan.decimals, got.loan.rounding) == ("0.50", 2, free)


def test_nothing_can_be_read_from_a_policy_without_the_section():
    with pytest.raises(InputError) as caught:
        interim(one_loan(), HOME, POLICY)
    assert (caught.value.code, caught.value.field) == (Code.MISSING, "interim")
    with pytest.raises(TypeError, match="one loan with one household"):
        interim(one_loan(), Households.from_columns(net_income=["1"]), policy_of(**TOKEN))
    columns = columns_of([one_loan()])
    with pytest.raises(TypeError, match="1 loans, 2 households"):
        interim(
            Loans.from_columns(**columns), Households.from_columns(net_income=["1", "2"]), policy_of(**TOKEN)
        )


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"amount": None}, Code.MISSING, "interim.minimum"),
        ({"amount": "-1"}, Code.OUT_OF_RANGE, "interim.amount"),
        ({"minimum": "100.01"}, Code.OUT_OF_RANGE, "interim.minimum"),
        ({"months": None}, Code.MISSING, "interim.months"),
        ({"until": "2026-01-31"}, Code.MISSING, "interim.months"),
        ({"months": 0}, Code.OUT_OF_RANGE, "interim.months"),
        ({"months": 121}, Code.OUT_OF_RANGE, "interim.months"),
        ({"months": None, "until": "soon"}, Code.NOT_A_DATE, "interim.until"),
        ({"unpaid_interest": "forget"}, Code.UNKNOWN_VALUE, "interim.unpaid_interest"),
        ({"rate": "1.5"}, Code.OUT_OF_RANGE, "interim.rate"),
        ({"order": ()}, Code.MISSING, "interim.order"),
        ({"order": "fees"}, Code.UNKNOWN_VALUE, "interim.order"),
        ({"order": ("fees", "tips")}, Code.UNKNOWN_VALUE, "interim.order[1]"),
        ({"order": ("fees", "fees")}, Code.DUPLICATE, "interim.order[1]"),
        ({"review_days": -1}, Code.OUT_OF_RANGE, "interim.review_days"),
    ],
)
def test_a_rule_that_cannot_be_meant(change, code, field):
    with pytest.raises(InputError) as caught:
        InterimRule(**(TOKEN | change))
    assert (caught.value.code, caught.value.field) == (code, field)


def test_the_section_of_a_policy():
    text = POLICY.dumps() + '\n[interim]\namount = "100"\nmonths = 6\nunpaid_interest = "defer"\n'
    policy = rp.Policy.loads(text)
    assert policy == policy_of(**TOKEN)
    assert policy.fingerprint != POLICY.fingerprint
    assert rp.Policy.loads(policy.dumps()) == policy
    with pytest.raises(PolicyError) as caught:
        rp.Policy.loads(text.replace("months = 6", 'months = 6\nuntil = "2026-12-31"'))
    assert (caught.value.code, caught.value.field) == (Code.MISSING, "interim.months")


def test_an_interest_period_to_the_day_and_a_rate_that_changes():
    """ACT/365F from 31 January, 8 % up to 14 February and 4 % from the 15th: 15 and 13 days."""
    path = rp.SteppedRate([("2025-01-01", "0.08"), ("2026-02-15", "0.04")])
    loan = one_loan(annual_rate=path, day_count="ACT/365F", next_due="2026-02-28", start="2026-01-31")
    got = interim(loan, HOME, policy_of(**TOKEN))
    exact = 12000 * (Fraction(8, 100) * 15 + Fraction(4, 100) * 13) / 365
    assert got.rows[0].interest == cents(Decimal(exact.numerator) / exact.denominator)
    assert got.loan.annual_rate == path


def test_arrays_have_the_rows_of_those_that_are_agreed():
    policy = policy_of(**TOKEN)
    many = interim(
        Loans.from_columns(**columns_of([one_loan(), one_loan(), one_loan()])),
        Households.from_columns(net_income=["900", "750", "1000"]),
        policy,
    ).value
    assert many.agreed.tolist() == [True, False, True]
    assert many.account.payment[:, 1].tolist() == [0] * 6
    assert many.review_on.astype(str).tolist() == ["2026-06-30", "NaT", "2026-06-30"]
    assert (many.capacity.tolist(), many.least.tolist()) == ([200_00, 50_00, 300_00], [100_00] * 3)
    assert many.loans.next_due.astype(str).tolist() == ["2026-07-31", "2026-01-31", "2026-07-31"]
    assert repr(many) == "Interims(3 loans, 2 agreed)"
    assert np.array_equal(many.owed_after, many.loans.principal + many.loans.overdue_interest)


@examples(15)
@given(st.lists(st.tuples(loans(), households()), min_size=1, max_size=4), rules())
def test_a_batch_of_households_whose_months_differ_is_they_one_by_one(several, rule):
    policy = replace(POLICY, interim=rule)
    items = [(row, item) for row, (_, home) in enumerate(several) for item in home.items]
    table = rp.Items.from_columns(
        household=[row for row, _ in items],
        kind="net_income",
        category=[item.category for _, item in items],
        amount=[item.amount for _, item in items],
        until=[item.until for _, item in items],
    )
    homes = Households.from_columns(items=table, assessed="2026-01-10", size=len(several))
    many = interim(Loans.from_columns(**columns_of([loan for loan, _ in several])), homes, policy)
    assert len(many.failures) == 0
    assert list(many.value) == [interim(loan, home, policy) for loan, home in several]


@pytest.mark.parametrize("principal", [[], ["-1"], ["-1", "x"]])
def test_batches_without_a_good_row(principal):
    count = len(principal)
    bad = Loans.from_columns(**columns_of([one_loan()] * count) | {"principal": principal})
    got = interim(bad, Households.from_columns(net_income=["900"] * count), policy_of(**TOKEN))
    assert (len(got.value), len(got.failures), list(got.value)) == (0, count, [])
    assert (got.value.owed_after.tolist(), got.value.paid.tolist()) == ([], [])
