"""Unknowns of plans that end early, and of plans whose payments are given or moved: against plans tried out.

The oracle makes schedules of all values near an answer and looks which of them do what is asked.
"""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import repayplan as rp
from examples import examples
from repayplan import UNKNOWN

LOAN = {
    "principal": "1200.00",
    "annual_rate": "0.12",
    "original_term": 12,
    "elapsed": 0,
    "unpaid": 12,
    "next_due": "2026-01-31",
}
NEAR = 30
"""Values beyond an answer that are tried."""
PATH = rp.SteppedRate((("2025-01-01", "0.30"), ("2026-04-15", "0.02"), ("2026-09-01", "0.60")))


def loan_of(**change):
    return rp.Loan(**(LOAN | change))


def cents(amount):
    return int(amount * 100)


def money(units):
    return Decimal(units).scaleb(-2)


def rows_of(loan, plan):
    try:
        return rp.schedule(loan, plan).rows
    except rp.InputError:
        return None


terms = st.fixed_dictionaries(
    {
        "day_count": st.sampled_from(["periods", "ACT/365F", "30E/360", "ACT/ACT ICMA"]),
        "start": st.sampled_from([None, "2025-12-10"]),
        "annual_rate": st.sampled_from(["0", "0.0199", "0.12", "0.365", "1", PATH]),
        "rounding": st.sampled_from(
            [
                rp.Rounding(),
                rp.Rounding(instalment="up", interest="down"),
                rp.Rounding(interest="half_even", instalment_multiple="0.05"),
                rp.Rounding(interest_multiple="0.07"),
            ]
        ),
    }
)


# Payments that are given


def rounded(exact, law):
    """An exact amount of cents as instalments are rounded."""
    multiple = cents(Decimal(law.instalment_multiple or "0.01"))
    quotient = exact / multiple
    whole = -(-quotient // 1) if law.instalment == "up" else (quotient + Fraction(1, 2)) // 1
    return int(whole) * multiple


def raised(first, plan, n, law):
    """What a last stage gives for its n-th row when its first is given: worked out here."""
    last, amount = plan.stages[-1], first
    if last.name == "custom":
        return cents(Decimal(last.pattern.amounts[n - 1]))
    if last.name != "graduated":
        return amount
    for _ in range((n - 1) // last.pattern.every):
        amount = rounded(Fraction(amount) * (1 + Fraction(last.pattern.growth or 0)), law)
        amount += int(Fraction(last.pattern.step or 0) * 100)
    return amount


def does(loan, plan, first):
    """Whether the last payment (of equal principal: the principal) is no more than what is given for it."""
    rows = rows_of(loan, plan)
    if rows is None:
        return False
    last = plan.stages[-1]
    got = rows[-1].principal if last.name == "equal_principal" else rows[-1].payment - rows[-1].fee
    before = rows[-2].due_date.isoformat() if len(rows) > 1 else ""
    for part in plan.beside:  # what is prepaid in the last period isn't its payment
        if part.option is not None and before < part.on <= rows[-1].due_date.isoformat():
            got -= min(Decimal(part.amount), rows[-1].opening + rows[-1].drawn)
    n = len(rows) - sum(stage.length for stage in plan.stages[:-1])
    balloon = Decimal(last.balloon or 0) if last.balloon != "rest" else 0
    return cents(got - balloon) <= raised(first, plan, n, loan.rounding)


GIVEN = [
    lambda n, amount: rp.equal_instalment(n, instalment=amount),
    lambda n, amount: rp.equal_instalment(n, instalment=amount, shortfall="capitalise"),
    lambda n, amount: rp.equal_principal(n, principal=amount),
    lambda n, amount: rp.equal_principal(n, principal=amount, interest_on=3),
    lambda n, amount: rp.equal_principal(n, principal=amount, principal_on=2),
    lambda n, amount: rp.graduated(n, growth="0.05", every=2, instalment=amount),
    lambda n, amount: rp.graduated(n, step="0.70", instalment=amount, shortfall="capitalise"),
    lambda n, amount: rp.graduated(n, growth="-0.03", every=3, instalment=amount),
    lambda n, amount: rp.seasonal(n, months=(1, 3, 4, 6, 7), instalment=amount),
    lambda n, amount: rp.seasonal(n, months=(2, 3, 6, 8), between="nothing", instalment=amount),
]
BEFORE = [
    rp.Plan(()),
    rp.holiday(2, interest="capitalise"),
    rp.holiday(2, interest="capitalise_at_end"),
    rp.interest_only(2),
    rp.interest_only(4, interest_on=2),
    rp.equal_instalment(2),
    rp.custom(("20", "0.30"), shortfall="capitalise"),
    rp.drawdown("300", on="2026-03-15"),
    rp.prepayment("100", on="2026-03-10"),
    rp.prepayment("100", on="2026-02-28", then="shorten"),
    rp.prepayment("500", on="2026-02-28", then="shorten") + rp.drawdown("90", on="2026-03-15"),
    rp.fee(share="0.03", financed=True),
]
given_stages, before = st.sampled_from(GIVEN), st.sampled_from(BEFORE)


def proven(plan):
    """Whether what does is all that is beyond an answer; else only its neighbours are looked at."""
    options = {part.option for part in plan.beside if part.on is not None}
    return not (any(s.name == "equal_instalment" for s in plan.stages[:-1]) or options >= {None, "shorten"})


@examples(40)
@given(terms, before, given_stages, st.integers(60_00, 500_00), st.integers(1, 20))
def test_a_length_of_given_payments_is_the_least(change, front, make, amount, longest):
    loan = loan_of(**change)
    known = [n for n in range(1, longest + 1) if does(loan, front + make(n, money(amount)), amount)]
    try:
        got = rp.solve_length(loan, front + make(UNKNOWN, money(amount)), longest=longest)
    except rp.InputError:
        assert not known
    else:
        assert got == known[0]


@examples(40)
@given(terms, before, given_stages, st.integers(2_00, 300_00), st.integers(1, 9), st.integers(0, 500))
def test_a_principal_of_given_payments_is_the_largest(change, front, make, amount, n, beyond):
    plan = front + make(n, money(amount))
    try:
        got = rp.solve_principal(loan_of(**change), plan)
    except rp.InputError:
        assert not any(does(loan_of(principal=money(units), **change), plan, amount) for units in (1, 2, 9))
        return
    assert does(loan_of(principal=got, **change), plan, amount)
    for step in [*range(1, 5), *([beyond] if proven(plan) and beyond else [])]:
        assert not does(loan_of(principal=got + money(step), **change), plan, amount)


@examples(30)
@given(terms, before, given_stages, st.integers(60_00, 300_00), st.integers(4, 12), st.integers(0, 500))
def test_a_rate_of_given_payments_is_the_highest(change, front, make, amount, n, beyond):
    plan, step = front + make(n, money(amount)), Decimal("0.0001")
    change = change | {"annual_rate": "0"}
    try:
        got = rp.solve_rate(loan_of(**change), plan, step=step)
    except rp.InputError as error:  # a bound that is hit is no answer
        bound = "1" if error.field == "annual_rate" else "0"
        assert does(loan_of(**change | {"annual_rate": bound}), plan, amount) is (bound == "1")
        return
    assert does(loan_of(**change | {"annual_rate": got}), plan, amount)
    for k in [*range(1, 5), *([beyond] if proven(plan) and beyond else [])]:
        higher = got + k * step
        assert higher > 1 or not does(loan_of(**change | {"annual_rate": higher}), plan, amount)


@examples(30)
@given(terms, given_stages, st.integers(60_00, 300_00), st.integers(4, 12))
def test_a_holiday_before_given_payments_is_the_longest(change, make, amount, n):
    def plan(length):
        return rp.holiday(length, interest="capitalise") + make(n, money(amount))

    known = [k for k in range(9) if does(loan_of(**change), plan(k), amount)]
    try:
        got = rp.solve_holiday(loan_of(**change), plan(UNKNOWN), longest=8)
    except rp.InputError:
        assert not known
    else:
        assert got == known[-1]


@examples(60)
@given(terms, before, given_stages, st.integers(1, 12), st.integers(0, 500))
def test_the_least_first_payment_repays_and_no_smaller_one_does(change, front, make, n, beyond):
    loan = loan_of(**change)
    try:
        got = cents(rp.solve_instalment(loan, front + make(n, UNKNOWN)))
    except rp.InputError as error:
        assert error.code.value in ("negative_amortisation", "out_of_range")  # noqa: PT017
        assert not any(does(loan, front + make(n, money(units)), units) for units in (1, 100_00, 10_000_00))
        return
    multiple = 5 if change["rounding"].instalment_multiple else 1
    assert got % multiple == 0
    assert does(loan, front + make(n, money(got)), got)
    for step in [*range(1, 5), *([beyond] if proven(front + make(n, UNKNOWN)) and beyond else [])]:
        less = got - step * multiple
        assert less <= 0 or not does(loan, front + make(n, money(less)), less)


def test_payments_one_by_one_tell_a_principal_and_a_rate():
    plan = rp.custom(("100", "250.50", "0", "80"), shortfall="capitalise")
    assert rp.solve_principal(loan_of(annual_rate="0"), plan) == Decimal("430.50")
    # Worked by hand: 400 + 4.00 - 100 = 304.00, + 3.04 - 250.50 = 56.54, + 0.57 = 57.11, + 0.57 <= 80.00.
    assert does(loan_of(principal="400"), plan, None)
    got = rp.solve_principal(loan_of(), plan)
    assert does(loan_of(principal=got), plan, None)
    assert not does(loan_of(principal=got + money(1)), plan, None)
    rate = rp.solve_rate(loan_of(principal=got), plan, step="0.0001")
    assert Decimal("0.12") <= rate < Decimal("0.1201")


def test_a_solved_stage_before_a_given_one_is_solved_for_each_length():
    # The longer the second stage, the less the first one repays: one row of 600 is not enough.
    plan = rp.equal_instalment(6) + rp.equal_instalment(UNKNOWN, instalment="60")
    n = rp.solve_length(loan_of(), plan)
    known = [
        k for k in range(1, 30) if does(loan_of(), rp.equal_instalment(6) + GIVEN[0](k, Decimal(60)), 60_00)
    ]
    assert [n] == known[:1]
    assert n > 1


# Plans that end early


FLOORS = [
    lambda n: rp.equal_instalment(n, at_least="90"),
    lambda n: rp.equal_instalment(n, at_least="90", merge_below="40"),
    lambda n: rp.equal_instalment(n, at_least="150.01", merge_below="140"),
    lambda n: rp.interest_only(2) + rp.equal_instalment(n, at_least="90", merge_below="40"),
    lambda n: rp.prepayment("100", on="2026-03-10") + rp.equal_instalment(n, at_least="90"),
    lambda n: rp.prepayment("100", on="2026-03-10", then="shorten") + rp.equal_instalment(n, at_least="90"),
    lambda n: rp.equal_instalment(6, at_least="90", merge_below="40") + rp.equal_instalment(n),
    lambda n: rp.equal_principal(6) + rp.equal_instalment(n, at_least="120"),
]
floors = st.sampled_from(FLOORS)


def apart(plan):
    """The plan without what would pay its last payment with another."""
    text = repr(plan)
    for least in ("40", "140"):
        text = text.replace(f', merge_below="{least}"', "")
    return rp.parse_plan(text)


def within(loan, plan, limit):
    """No regular payment above the limit, and the last not twice as large; prepayments aside."""
    rows = rows_of(loan, apart(plan))
    if rows is None:
        return False
    paid = [cents(row.payment) for row in rows]
    for part in plan.beside:
        at = next((i for i, row in enumerate(rows) if part.on <= row.due_date.isoformat()), None)
        if at is not None:  # else all is repaid before
            paid[at] -= min(cents(Decimal(part.amount)), paid[at])
    own = cents(money(rp.schedule(loan, apart(plan)).instalment)) if len(paid) > 1 else paid[-1]
    regular = max(*paid[:-1], min(own, paid[-1]), 0)
    return regular <= limit and paid[-1] <= 2 * max(regular, 1)


@examples(60)
@given(terms, floors, st.integers(80_00, 400_00), st.integers(50_00, 1_500_00))
def test_a_length_of_raised_instalments_is_the_least(change, make, limit, principal):
    loan = loan_of(principal=money(principal), **change)
    known = [n for n in range(1, 16) if within(loan, make(n), limit)]
    try:
        got = rp.solve_length(loan, make(UNKNOWN), instalment=money(limit), longest=15)
    except rp.InputError:
        assert not known
    else:
        assert got == known[0]


@examples(40)
@given(terms, floors, st.integers(80_00, 300_00), st.integers(1, 12))
def test_a_principal_and_a_rate_of_raised_instalments_do_and_the_next_ones_do_not(change, make, limit, n):
    plan = make(n)
    try:
        got = rp.solve_principal(loan_of(**change), plan, instalment=money(limit))
    except rp.InputError:
        assert not within(loan_of(principal="0.01", **change), plan, limit)
        return
    assert within(loan_of(principal=got, **change), plan, limit)
    for step in range(1, 5):
        assert not within(loan_of(principal=got + money(step), **change), plan, limit)
    change = change | {"principal": got, "annual_rate": "0"}
    try:
        rate = rp.solve_rate(loan_of(**change), plan, instalment=money(limit), step="0.001")
    except rp.InputError:  # a bound that is hit is no answer, and at 0 it is within the limit
        assert within(loan_of(**change | {"annual_rate": "1"}), plan, limit)
        return
    assert within(loan_of(**change | {"annual_rate": rate}), plan, limit)
    for step in range(1, 5):
        higher = rate + Decimal(step).scaleb(-3)
        assert higher > 1 or not within(loan_of(**change | {"annual_rate": higher}), plan, limit)


@examples(30)
@given(terms, floors, st.integers(80_00, 300_00))
def test_a_holiday_and_a_balloon_of_raised_instalments_do_and_the_next_ones_do_not(change, make, limit):
    loan = loan_of(**change)

    def plan(length):
        return rp.holiday(length, interest="capitalise") + make(12)

    known = [k for k in range(7) if within(loan, plan(k), limit)]
    try:
        assert rp.solve_holiday(loan, plan(UNKNOWN), instalment=money(limit), longest=6) == known[-1]
    except rp.InputError:
        assert not known


@examples(30)
@given(terms, st.integers(1, 14), st.sampled_from(["50", "110", "500"]))
def test_an_instalment_is_not_below_its_floor_and_tells_its_rates(change, n, least):
    assume(change["annual_rate"] is not PATH)
    loan, floored = loan_of(**change), rp.equal_instalment(n, at_least=least)
    free = rp.solve_instalment(loan, rp.equal_instalment(n))
    assert rp.solve_instalment(loan, floored) == max(free, Decimal(least))
    assume(rows_of(loan, floored))
    shown = money(rp.schedule(loan, floored).instalment)
    rates = rp.implied_rates(loan, floored, instalment=shown)
    assert rates.low <= Decimal(change["annual_rate"]) <= rates.high
    tick = Decimal("1e-10")
    tried = [*((rate, True) for rate in rates), (rates.low - tick, False), (rates.high + tick, False)]
    for rate, same in tried:
        other = loan_of(**change | {"annual_rate": rate}) if 0 <= rate <= 1 else None
        if other is not None and (same or rows_of(other, floored)):
            assert (money(rp.schedule(other, floored).instalment) == shown) is same
    if least == "500" and shown == 500:
        assert rates.low == 0
        with pytest.raises(rp.InputError) as error:
            rp.implied_rates(loan, floored, instalment="499.99")
        assert (error.value.code, error.value.limit) == (rp.Code.OUT_OF_RANGE, ">= 500.00")


def test_a_small_last_payment_is_paid_off_with_the_one_before_it():
    # 1,200 at 1 % a month: 500, 500, then 229.05 more is owed (worked by hand: 712.00, 219.12, 221.31).
    assert rp.paid_off(loan_of(), rp.fixed_payment("500")) == (3, Decimal("221.31"))
    merged = rp.fixed_payment("500", merge_below="300")
    assert rp.paid_off(loan_of(), merged) == (2, Decimal("719.12"))
    assert rp.solve_length(loan_of(), merged) == 2
    assert [row.payment for row in rp.schedule(loan_of(), merged).rows] == [Decimal(500), Decimal("719.12")]


@pytest.mark.parametrize("make", [*(lambda n, m=m: m(n, Decimal(150)) for m in GIVEN), *FLOORS])
def test_a_batch_answers_as_each_loan_alone(make):
    principals = [120_00, 1_200_00, 1_300_50, 2_000_00, 77_77, 900_00]
    loans = rp.Loans.from_columns(**(LOAN | {"principal": rp.minor(np.array(principals))}))
    solved = make in FLOORS
    more = {"instalment": "200"} if solved else {}
    got = rp.solve_length(loans, make(UNKNOWN), longest=30, **more)
    assert len(got.row)
    alone = []
    for principal in principals:
        try:
            alone.append(
                rp.solve_length(loan_of(principal=money(principal)), make(UNKNOWN), longest=30, **more)
            )
        except rp.InputError:
            continue
    assert got.value.tolist() == alone


# Balloons


@examples(40)
@given(
    st.sampled_from(["0", "0.05", "0.12", "0.365"]),
    st.integers(0, 1_300_00),
    st.integers(5_00, 300_00),
    st.sampled_from([rp.Rounding(), rp.Rounding(instalment="up"), rp.Rounding(instalment_multiple="0.05")]),
)
def test_a_length_with_a_balloon_is_the_least(rate, balloon, limit, rounding):
    loan = loan_of(annual_rate=rate, rounding=rounding)

    def plan(n):
        return rp.equal_instalment(n, balloon=money(balloon))

    def fits(n):
        rows = rows_of(loan, plan(n))
        if rows is None:
            return False
        own = rp.schedule(loan, plan(n)).instalment
        return own <= limit and cents(rows[-1].payment) - balloon <= 2 * max(own, 0)

    known = [n for n in range(1, 61) if fits(n)]
    try:
        got = rp.solve_length(loan, plan(UNKNOWN), instalment=money(limit), longest=60)
    except rp.InputError:
        assert not known
    else:
        assert got == known[0]


@examples(40)
@given(st.sampled_from(["0.0199", "0.12", "0.365"]), st.integers(0, 1_150_00), st.integers(2, 60))
def test_a_rate_with_a_balloon_is_told_by_its_instalment(rate, balloon, n):
    plan = rp.equal_instalment(n, balloon=money(balloon))
    loan = loan_of(annual_rate=rate)
    assume(rows_of(loan, plan))
    shown = money(rp.schedule(loan, plan).instalment)
    assume(shown > 0)
    low, high = rp.implied_rates(loan, plan, instalment=shown)
    assert low <= Decimal(rate) <= high
    for edge in (low, high):
        assert money(rp.schedule(loan_of(annual_rate=edge), plan).instalment) == shown
    got = rp.solve_rate(loan, plan, instalment=shown, step="0.0001")
    assert got >= Decimal(rate)
    assert money(rp.schedule(loan_of(annual_rate=got), plan).instalment) <= shown


def test_an_interest_only_row_is_not_the_instalment_that_tells_the_rate():
    # Three months of interest first, 360.00, and then instalments of 123.43.
    terms = {"principal": "12000", "start": "2025-10-31"}
    loan, plan = loan_of(**terms), rp.interest_only(1) + rp.equal_instalment(360)
    low, high = rp.implied_rates(loan, plan, instalment="123.43")
    assert low <= Decimal("0.12") <= high
    before = rp.equal_instalment(3, instalment="1000") + rp.equal_instalment(24)
    shown = money(rp.schedule(loan, before).instalment)
    low, high = rp.implied_rates(loan, before, instalment=shown)
    assert low <= Decimal("0.12") <= high


def test_what_waits_for_a_bullet_is_its_payment():
    # 12,000 + 12 months of 12,000 r / 12 <= 13,000: r <= 0.08333; a month's interest is at most 83.33.
    loan = loan_of(principal="12000")
    rate = rp.solve_rate(loan, rp.bullet(12), instalment="13000", step="0.0001")
    assert rate == Decimal("0.0833")
    principal = rp.solve_principal(loan, rp.bullet(12), instalment="13000")
    assert rp.schedule(loan_of(principal=principal), rp.bullet(12)).rows[-1].payment <= 13000
    assert rp.schedule(loan_of(principal=principal + Decimal("0.05")), rp.bullet(12)).rows[-1].payment > 13000


@pytest.mark.parametrize(
    ("plan", "limit"),
    [
        (rp.seasonal(12, months=(1, 3, 4, 6), balloon="3000"), "500"),
        (rp.holiday(2, interest="capitalise") + rp.equal_instalment(12, balloon="3000"), "500"),
        (rp.interest_only(2) + rp.equal_instalment(8, balloon="3000"), "30"),
        (rp.graduated(10, growth="0.03", every=2), "14.38"),
    ],
)
def test_a_principal_does_not_depend_on_the_loan_s_own(plan, limit):
    found = {
        rp.solve_principal(loan_of(principal=own), plan, instalment=limit) for own in ("1", "100", "12000")
    }
    (principal,) = found
    rows = rp.schedule(loan_of(principal=principal), plan).rows
    assert max(row.payment for row in rows[:-1]) <= Decimal(limit)


def test_few_principals_are_all_tried():
    # At 100 % a year over 150 months an instalment is hardly more than the interest: of the principals up to
    # 120.00 few have a last payment that is like the others.
    loan, plan = loan_of(annual_rate="0.9999"), rp.equal_instalment(150)
    got = rp.solve_principal(loan, plan, instalment="10")
    loans = rp.Loans.from_columns(
        **(LOAN | {"annual_rate": "0.9999", "principal": rp.minor(np.arange(1, 121_00))})
    )
    made = rp.schedule(loans, plan)
    columns, offsets = made.value.by_loan()
    last, own = columns["payment"][offsets[1:] - 1], made.value.instalment
    does = made.row[(own <= 10_00) & (last <= 2 * own)] + 1
    assert cents(got) == does.max()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("plan", "limit"),
    [
        (rp.drawdown("100", on="2026-03-03") + rp.equal_instalment(UNKNOWN), "10"),
        (rp.seasonal(UNKNOWN, months=(1, 2)), "10"),
    ],
)
def test_a_plan_that_is_never_within_is_said_to_be(plan, limit):
    with pytest.raises(rp.InputError) as error:
        rp.solve_length(loan_of(), plan, instalment=limit, longest=400)
    assert error.value.code is rp.Code.NEVER_PAID_OFF


@pytest.mark.parametrize("longest", [3.5, "12", True, 0, 3661])
def test_a_bound_on_periods_is_a_number_of_them(longest):
    with pytest.raises(rp.InputError) as error:
        rp.solve_length(loan_of(), rp.equal_instalment(UNKNOWN), instalment="500", longest=longest)
    assert (error.value.code, error.value.field) == (rp.Code.OUT_OF_RANGE, "longest")


def test_what_moves_in_the_last_period_is_no_part_of_a_given_principal():
    # 1,200 and 600 drawn in March in three parts: 600 each. 200 prepaid with the last: (1,200 - 200) / 3.
    drawn, prepaid = rp.drawdown("600", on="2026-03-15"), rp.prepayment("200", on="2026-03-31")
    assert rp.solve_instalment(loan_of(), drawn + rp.equal_principal(3, principal=UNKNOWN)) == 600
    least = rp.solve_instalment(loan_of(), prepaid + rp.equal_principal(3, principal=UNKNOWN))
    assert least == Decimal("333.34")


# An earlier stage


@examples(30)
@given(terms, st.integers(1, 8), st.integers(1, 8), st.integers(20_00, 200_00), st.integers(0, 400))
def test_an_earlier_instalment_is_the_least_before_given_ones(change, first, n, amount, beyond):
    loan, last = loan_of(**change), rp.equal_instalment(n, instalment=money(amount))

    def plan(own):
        return rp.equal_instalment(first, instalment=own) + last

    try:
        got = cents(rp.solve_instalment(loan, plan(UNKNOWN)))
    except rp.InputError:
        assert not any(does(loan, plan(money(units)), amount) for units in (1, 100_00, 10_000_00))
        return
    multiple = 5 if change["rounding"].instalment_multiple else 1
    assert does(loan, plan(money(got)), amount)
    for step in (1, 2, 3, beyond + 4):
        less = got - step * multiple
        assert less <= 0 or not does(loan, plan(money(less)), amount)


@examples(30)
@given(terms, st.integers(1, 8), st.integers(90_00, 300_00), st.integers(90_00, 300_00), st.booleans())
def test_an_earlier_number_is_the_least_and_may_be_none(change, n, amount, limit, given_last):
    loan = loan_of(**change)
    last = rp.equal_instalment(n, instalment=money(limit)) if given_last else rp.equal_instalment(n)

    def plan(k):
        return rp.equal_instalment(k, instalment=money(amount)) + last

    def fits(k):
        return does(loan, plan(k), limit) if given_last else within(loan, plan(k), limit)

    known = [k for k in range(16) if fits(k)]
    try:
        got = rp.solve_length(
            loan, plan(UNKNOWN), longest=15, instalment=None if given_last else money(limit)
        )
    except rp.InputError:
        assert not known
    else:
        assert got == known[0]


# Where there is none, or hardly any


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (
            lambda: rp.solve_principal(
                loan_of(), rp.drawdown("1000", on="2026-03-03") + rp.equal_instalment(12), instalment="1"
            ),
            "out_of_range",
        ),
        (
            lambda: rp.solve_principal(
                loan_of(overdue_principal="500"), rp.seasonal(12, months=(1, 2, 3, 5)), instalment="1"
            ),
            "out_of_range",
        ),
        (
            lambda: rp.solve_balloon(
                loan_of(), rp.equal_instalment(7, balloon=UNKNOWN, at_least="1500"), instalment="1000"
            ),
            "out_of_range",
        ),
        (
            lambda: rp.solve_holiday(
                loan_of(),
                rp.holiday(UNKNOWN, interest="capitalise") + rp.equal_instalment(12),
                periods=11,
                longest=50,
            ),
            "out_of_range",
        ),
    ],
)
def test_that_there_is_no_answer_is_said_at_once(call, code):
    with pytest.raises(rp.InputError) as error:
        call()
    assert error.value.code.value == code


def test_a_given_stage_bounds_the_principal_before_a_solved_one():
    # 100 covers a month's interest of up to 10,000.49 (100.0049, which is 100.00).
    plan = rp.equal_instalment(2, instalment="100") + rp.equal_instalment(10)
    for limit in ("5000", "1100"):
        assert rp.solve_principal(loan_of(), plan, instalment=limit) == Decimal("10000.49")
    with pytest.raises(rp.InputError):
        rp.schedule(loan_of(principal="10000.50"), plan)


def test_the_rest_of_added_interest_is_no_regular_payment():
    loan = loan_of(principal="25.04", annual_rate="0.6")
    got = rp.solve_balloon(loan, rp.flat(3, balloon=UNKNOWN, interest="total"), instalment="4.57")
    for balloon, fits in ((got, True), (got - money(1), False)):
        rows = rp.schedule(loan, rp.flat(3, balloon=balloon, interest="total")).rows
        assert (max(row.payment for row in rows[:-1]) <= Decimal("4.57")) is fits


def test_payments_on_listed_dates_are_counted():
    dates = ("2026-01-31", "2026-03-10", "2026-03-20", "2026-06-01")
    loan = loan_of(principal="12000", due_dates=rp.DueDates(given=dates))
    assert rp.solve_length(loan, rp.equal_instalment(UNKNOWN, instalment="4100")) == 3
    assert rp.solve_length(loan, rp.equal_principal(UNKNOWN, principal="4000")) == 3
    with pytest.raises(rp.InputError) as error:
        rp.solve_length(loan, rp.equal_instalment(UNKNOWN, instalment="2000"))
    assert error.value.code is rp.Code.BEYOND_CALENDAR
    with pytest.raises(rp.InputError) as error:
        rp.solve_length(loan, rp.equal_instalment(UNKNOWN), instalment="2000")
    assert (error.value.code, error.value.limit) == (rp.Code.BEYOND_CALENDAR, "2026-01-31 to 2026-06-01")
    with pytest.raises(rp.InputError) as error:  # the dates would do, the number asked for doesn't
        rp.solve_length(loan, rp.equal_instalment(UNKNOWN), instalment="4100", longest=2)
    assert error.value.code is rp.Code.NEVER_PAID_OFF


def test_a_balloon_above_what_is_owed_leaves_a_single_payment():
    assert rp.solve_length(loan_of(), rp.equal_instalment(UNKNOWN, balloon="1250"), instalment="100") == 1
