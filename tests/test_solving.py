"""A plan's unknown is the figure at which the final rows just do: every neighbour is tried, row by row.

The oracle here never solves: it makes schedules of all values of the unknown and looks which of them do.
"""

import copy
import pickle
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import repayplan as rp
from examples import examples
from repayplan import (
    UNKNOWN,
    implied_rates,
    paid_off,
    solve_balloon,
    solve_holiday,
    solve_instalment,
    solve_length,
    solve_principal,
    solve_rate,
)
from repayplan.basics.money import to_decimal
from repayplan.plans.search import scan

LOAN = {
    "principal": "12000",
    "annual_rate": "0.12",
    "original_term": 24,
    "elapsed": 0,
    "unpaid": 24,
    "next_due": "2026-01-31",
}
PATH = rp.SteppedRate((("2025-01-01", "0.30"), ("2026-04-15", "0.02"), ("2026-09-01", "0.60")))


def loan_of(**change):
    return rp.Loan(**(LOAN | change))


def cents(amount):
    return int(amount * 100)


# The oracle: what the rows of many plans at once ask for


def asked(loans, plan):
    """For each row of a batch: the largest regular payment, the last payment, and the rows; or None."""
    got = rp.schedule(loans, plan)
    out = [None] * len(loans)
    columns, offsets = got.value.by_loan()
    level = plan.stages[-1].name == "equal_instalment"
    for i, row in enumerate(got.row):
        at = slice(offsets[i], offsets[i + 1])
        paid = (columns["payment"] - columns["fee"])[at]
        # What the last row would pay without residue; paid off before it, nothing.
        own = (
            0
            if not paid[-1]
            else int(got.value.instalment[i]) + (0 if level else int(columns["interest"][at][-1]))
        )
        regular = [*paid[:-1].tolist(), own if level else min(own, int(paid[-1]))]
        out[row] = (max(regular), int(paid[-1]), len(paid))
    return out


def batch(n, **change):
    """n times the same loan, or with columns of its own."""
    return rp.Loans.from_columns(**(LOAN | {"principal": [LOAN["principal"]] * n} | change))


def within(one, limit, balloon=0):
    """No regular payment above the limit, and the last not twice as large."""
    return one is not None and one[0] <= limit and one[1] - balloon <= 2 * one[0]


def repays(one, instalment, balloon=0):
    return one is not None and one[1] <= instalment + balloon


conventions = st.fixed_dictionaries(
    {
        "day_count": st.sampled_from(["periods", "ACT/365F", "30E/360", "ACT/ACT ISDA"]),
        "frequency": st.sampled_from(["monthly", "monthly", "quarterly", "weekly"]),
        "start": st.sampled_from([None, "2025-12-10"]),
        "annual_rate": st.sampled_from(["0", "0.0199", "0.12", "0.365", "1", PATH]),
    }
)
roundings = st.sampled_from(
    [
        rp.Rounding(),
        rp.Rounding(instalment="up", interest="down"),
        rp.Rounding(instalment="down", interest="half_even", instalment_multiple="0.05"),
        rp.Rounding(interest_multiple="0.07"),
    ]
)
before = st.sampled_from(
    [
        None,
        rp.holiday(2, interest="capitalise"),
        rp.holiday(2, interest="capitalise_at_end"),
        rp.holiday(1, interest="waive"),
        rp.holiday(2, interest="defer", repay="last"),
        rp.interest_only(2),
        rp.equal_instalment(1, instalment="0.30", shortfall="capitalise"),
    ]
)


def joined(first, then):
    return then if first is None else first + then


def plain(first):
    """Whether nothing beside the instalment is repaid in the last row."""
    return first is None or first.stages[0].option != "defer"


# Instalment


@examples(20)
@given(conventions, roundings, before, st.integers(1, 900), st.integers(1, 7), st.integers(0, 2))
def test_the_least_instalment_repays_and_every_smaller_one_does_not(terms, law, first, principal, n, left):
    assume(plain(first))
    change = terms | {"rounding": law, "principal": to_decimal(principal, 2)}
    balloon = {} if not left else {"balloon": to_decimal(left * principal // 3, 2)}
    foresee = rp.equal_instalment(n, rate_change="foresee", **balloon)
    try:
        answer = solve_instalment(rp.Loan(**(LOAN | change)), joined(first, foresee))
    except rp.InputError:
        assume(False)
    tried = np.arange(1, cents(answer) + 3)
    loans = batch(len(tried), **(change | {"principal": [change["principal"]] * len(tried)}))
    given_ = rp.equal_instalment(n, instalment=rp.minor(tried), balloon="rest" if left else None)
    rows = asked(loans, joined(first, given_))
    multiple = law.multiple("instalment", 2)
    extra = left * principal // 3 if left else 0
    does = [x for x, one in zip(tried.tolist(), rows, strict=True) if repays(one, x, extra)]
    assert cents(answer) == min(x for x in range(0, 10**6, multiple) if x >= does[0])
    assert does == list(range(does[0], int(tried[-1]) + 1))


# Length


@examples(20)
@given(conventions, roundings, before, st.integers(1, 90_000), st.integers(1, 9_000), st.booleans())
def test_the_least_number_of_instalments_keeps_within_and_no_smaller_one_does(
    terms, law, first, principal, limit, share
):
    change = terms | {"rounding": law, "principal": to_decimal(principal, 2)}
    stage = rp.equal_principal if share else rp.equal_instalment
    loan, most = rp.Loan(**(LOAN | change)), to_decimal(limit, 2)
    does = []
    if plain(first):
        for n in range(1, 25):
            (one,) = asked(loan.batch, joined(first, stage(n)))
            if within(one, limit):
                does.append(n)
                break
        try:
            answer = solve_length(loan, joined(first, stage(UNKNOWN)), instalment=most, longest=24)
        except rp.InputError:
            assert does == []
        else:
            assert [answer] == does


@examples(12)
@given(conventions, before, st.integers(1, 90_000), st.integers(1, 9_000))
def test_a_given_instalment_takes_as_many_as_a_fixed_payment(terms, first, principal, limit):
    change, most = terms | {"principal": to_decimal(principal, 2)}, to_decimal(limit, 2)
    loan, until = rp.Loan(**(LOAN | change)), joined(first, rp.fixed_payment(most))
    try:
        rows = rp.schedule(loan, until).rows
    except rp.InputError as error:
        code = error.code
    else:
        code = None
    if code is not None:
        with pytest.raises(rp.InputError) as other:
            solve_length(loan, joined(first, rp.equal_instalment(UNKNOWN, instalment=most)))
        assert other.value.code is code
        return
    n = len(rows) - sum(stage.length for stage in until.stages)
    got = paid_off(loan, until)
    assert (got.n, solve_length(loan, until)) == (n, n)
    if plain(first):
        assert got.last == rows[-1].payment
    assert solve_length(loan, joined(first, rp.equal_instalment(UNKNOWN, instalment=most))) == n
    given_ = rp.schedule(loan, joined(first, rp.equal_instalment(n, instalment=most))).rows
    assert [row.payment for row in given_] == [row.payment for row in rows]


@pytest.mark.parametrize(
    "before_",
    [
        rp.custom(("700", "0", "130.50"), shortfall="capitalise"),
        rp.graduated(5, growth="0.05", every=2, instalment="300"),
        rp.seasonal(8, months=(1, 4, 7), between="nothing", instalment="900"),
        rp.equal_principal(6, principal="200", interest_on=3),
        rp.interest_only(4, interest_on=2),
        rp.holiday(until="2026-05-31", interest="capitalise"),
    ],
    ids=repr,
)
def test_payments_after_a_pattern_are_counted_as_the_schedule_writes_them(before_):
    plan = before_ + rp.fixed_payment("500")
    rows = rp.schedule(loan_of(), plan).rows
    done = len(rp.schedule(loan_of(), before_ + rp.interest_only(1)).rows) - 1
    assert paid_off(loan_of(), plan) == (len(rows) - done, rows[-1].payment)
    assert solve_length(loan_of(), plan) == len(rows) - done


# Principal


@examples(20)
@given(conventions, roundings, before, st.integers(2, 60), st.integers(1, 7), st.booleans())
def test_the_largest_principal_is_repaid_and_no_larger_one_is(terms, law, first, limit, n, solved):
    assume(plain(first))
    loan, most = loan_of(**(terms | {"rounding": law})), to_decimal(limit, 2)
    kind = {"rate_change": "foresee"} if solved else {"instalment": most}
    plan = joined(first, rp.equal_instalment(n, **kind))
    tried = np.arange(1, limit * n + 200)
    rows = asked(batch(len(tried), **(terms | {"rounding": law, "principal": rp.minor(tried)})), plan)
    test = within if solved else repays
    does = [p for p, one in zip(tried.tolist(), rows, strict=True) if test(one, limit)]
    try:
        answer = cents(solve_principal(loan, plan, **({"instalment": most} if solved else {})))
    except rp.InputError:
        assert does == []
    else:
        assert answer == does[-1]


# Rate


@examples(15)
@given(conventions, roundings, before, st.integers(100, 90_000), st.integers(2, 7), st.booleans(), st.data())
def test_the_highest_rate_is_repaid_and_no_higher_one_is(terms, law, first, principal, n, solved, data):
    assume(plain(first))
    change = terms | {"rounding": law, "principal": to_decimal(principal, 2)}
    limit = data.draw(st.integers(principal // n, 2 * principal // n + 2))
    most = to_decimal(limit, 2)
    plan = joined(first, rp.equal_instalment(n, **({} if solved else {"instalment": most})))
    rates = np.arange(0, 1001)
    change |= {"annual_rate": rates / 1000, "principal": [change["principal"]] * len(rates)}
    rows = asked(batch(len(rates), **change), plan)
    test = within if solved else repays
    does = [r for r, one in zip(rates.tolist(), rows, strict=True) if test(one, limit)]
    one = rp.Loan(**(LOAN | terms | {"rounding": law, "principal": to_decimal(principal, 2)}))
    try:
        answer = solve_rate(one, plan, step="0.001", **({"instalment": most} if solved else {}))
    except rp.InputError as error:
        # A bound that is hit is no answer: nothing is told of what lies beyond.
        answer = 1 if error.field == "annual_rate" else None
    assert does[-1:] == ([] if answer is None else [answer * 1000])


@examples(12)
@given(conventions, before, st.integers(100, 10**7), st.integers(2, 60), st.integers(0, 10**10))
def test_implied_rates_give_the_instalment_back_and_their_neighbours_do_not(terms, first, principal, n, rate):
    assume(plain(first) and not isinstance(terms["annual_rate"], rp.SteppedRate))
    change = terms | {"principal": to_decimal(principal, 2), "annual_rate": to_decimal(rate, 10)}
    loan, plan = rp.Loan(**(LOAN | change)), joined(first, rp.equal_instalment(n))
    try:
        rows = rp.schedule(loan, plan)
    except rp.InputError:
        assume(False)
    (one,) = asked(loan.batch, plan)
    try:
        low, high = implied_rates(loan, plan, instalment=to_decimal(one[0], 2))
    except rp.InputError as error:
        refused = error.code
    else:
        refused = None
    assert refused in (None, rp.Code.NEGATIVE_AMORTISATION)
    assume(refused is None)
    assert low <= to_decimal(rate, 10) <= high
    assert len(rows) >= n
    step = Decimal("1e-10")
    for at, gives in ((low, True), (high, True), (low - step, False), (high + step, False)):
        if 0 <= at <= 1:
            (there,) = asked(rp.Loan(**(LOAN | change | {"annual_rate": at})).batch, plan)
            assert (there is not None and there[0] == one[0]) == gives


def test_a_stage_may_have_the_rate_that_is_looked_for():
    plan = rp.interest_only(6, rate="0.01") + rp.equal_instalment(24, rate=UNKNOWN)
    answer = solve_rate(loan_of(), plan, instalment="550", step="0.0001")
    for rate, does in ((answer, True), (answer + Decimal("0.0001"), False)):
        filled = rp.interest_only(6, rate="0.01") + rp.equal_instalment(24, rate=rate)
        assert (rp.schedule(loan_of(), filled).instalment <= 55_000) == does


# Holiday


@examples(15)
@given(
    conventions,
    roundings,
    st.sampled_from(["capitalise", "capitalise_at_end", "waive", "interest_only"]),
    st.integers(1, 9),
    st.integers(90, 160),
    st.sampled_from(["solved", "given", "until"]),
)
def test_the_longest_holiday_keeps_within_and_no_longer_one_does(terms, law, kind, n, percent, last):
    loan, longest, terms_ = loan_of(**(terms | {"rounding": law})), 14, 20
    pause = rp.interest_only if kind == "interest_only" else lambda h: rp.holiday(h, interest=kind)
    try:
        limit = rp.schedule(loan, rp.equal_instalment(n, rate_change="foresee")).instalment * percent // 100
    except rp.InputError:
        assume(False)
    most = to_decimal(limit, 2)
    then = {
        "solved": rp.equal_instalment(n),
        "given": rp.equal_instalment(n, instalment=most),
        "until": rp.fixed_payment(most),
    }[last]
    does = []
    for h in range(longest + 1):
        (one,) = asked(loan.batch, pause(h) + then)
        if one is not None and one[2] <= terms_ and (within if last == "solved" else repays)(one, limit):
            does.append(h)
    options = {"periods": terms_} | ({"instalment": most} if last == "solved" else {})
    try:
        answer = solve_holiday(loan, pause(UNKNOWN) + then, longest=longest, **options)
    except rp.InputError:
        assert does == []
    else:
        assert answer == does[-1]


# Balloon


@examples(15)
@given(conventions, roundings, before, st.integers(10, 700), st.integers(1, 7), st.integers(1, 300))
def test_the_least_balloon_keeps_within_and_no_smaller_one_does(terms, law, first, principal, n, limit):
    assume(plain(first))
    change = terms | {"rounding": law, "principal": to_decimal(principal, 2)}
    tried = np.arange(0, 2 * principal)
    loans = batch(len(tried), **(change | {"principal": [change["principal"]] * len(tried)}))
    kind = {"rate_change": "foresee"}
    plan = joined(first, rp.equal_instalment(n, balloon=rp.minor(tried), **kind))
    does = [b for b, one in zip(tried.tolist(), asked(loans, plan), strict=True) if within(one, limit, b)]
    plan = joined(first, rp.equal_instalment(n, balloon=UNKNOWN, **kind))
    try:
        answer = solve_balloon(rp.Loan(**(LOAN | change)), plan, instalment=to_decimal(limit, 2))
    except rp.InputError:
        assert does == []
    else:
        assert cents(answer) == does[0]


# Where rounding makes figures uneven


uneven = st.sampled_from(
    [
        (rp.equal_principal(5), {}),
        (rp.flat(4), {}),
        (rp.equal_instalment(6), {"annual_rate": PATH}),
        (rp.equal_instalment(3) + rp.equal_instalment(4), {}),
        (rp.equal_instalment(6), {"rounding": rp.Rounding(residue="first")}),
        (rp.equal_instalment(6), {"rounding": rp.Rounding(residue="spread", instalment="up")}),
    ]
)


@examples(12)
@given(uneven, st.integers(3, 60))
def test_an_uneven_principal_does_and_none_of_the_next_ones_does(case, limit):
    plan, change = case
    answer = cents(solve_principal(loan_of(**change), plan, instalment=to_decimal(limit, 2)))
    n = sum(stage.length for stage in plan.stages)
    tried = np.arange(answer, answer + 4 * n + 1)
    rows = asked(batch(len(tried), **(change | {"principal": rp.minor(tried)})), plan)
    assert [within(one, limit) for one in rows] == [True] + [False] * (len(tried) - 1)


@examples(12)
@given(uneven, st.integers(500, 300_000))
def test_an_uneven_number_is_the_least_all_the_same(case, limit):
    plan, change = case
    *before_, last = plan.stages
    make = getattr(rp, last.name)
    front = rp.Plan(tuple(before_)) if before_ else None
    does = []
    for n in range(1, 13):
        if within(asked(loan_of(**change).batch, joined(front, make(n)))[0], limit):
            does.append(n)
            break
    try:
        answer = solve_length(
            loan_of(**change), joined(front, make(UNKNOWN)), instalment=to_decimal(limit, 2), longest=12
        )
    except rp.InputError:
        assert does == []
    else:
        assert [answer] == does


# Where single rows do something of their own


def own_payments(loans, plan):
    """As :func:`asked`, of plans with patterns: the last row's own payment is worked out here."""
    got = rp.schedule(loans, plan)
    out = [None] * len(loans)
    columns, offsets = got.value.by_loan()
    last = plan.stages[-1]
    for i, row in enumerate(got.row):
        at = slice(offsets[i], offsets[i + 1])
        paid, n = columns["payment"][at].tolist(), int(last.length)
        base = int(got.value.instalment[i]) if paid[-1] else 0  # paid off before the last row, nothing
        if last.name == "equal_principal":
            own = base + paid[-1] - int(columns["principal"][at][-1])
        else:
            own = base
            for _ in range((n - 1) // last.pattern.every if last.name == "graduated" else 0):
                grown = Fraction(own) * (1 + Fraction(last.pattern.growth or 0))
                own = int(grown + Fraction(1, 2)) + int(Fraction(last.pattern.step or 0) * 100)
        regular = [*paid[:-1], min(own, paid[-1]), *([] if last.name == "equal_principal" else [base])]
        out[row] = (max(regular), paid[-1], len(paid))
    return out


patterns = st.sampled_from(
    [
        lambda n, **more: rp.graduated(n, growth="0.05", every=2, **more),
        lambda n, **more: rp.graduated(n, step="0.07", **more),
        lambda n, **more: rp.seasonal(n, months=(1, 3, 4, 6, 7), **more),
        lambda n, **more: rp.seasonal(n, months=(2, 3, 6, 8), between="nothing", **more),
        lambda n, **more: rp.equal_principal(n, principal_on=2, **more),
        lambda n, **more: rp.equal_principal(n, interest_on=3, **more),
    ]
)


@settings(deadline=None, max_examples=8)
@given(patterns, before, st.integers(10, 90_000), st.integers(1, 9_000))
def test_the_least_number_of_a_pattern_is_the_least_all_the_same(make, first, principal, limit):
    assume(plain(first))
    loan, does = loan_of(principal=to_decimal(principal, 2)), []
    for n in range(1, 13):
        if within(own_payments(loan.batch, joined(first, make(n)))[0], limit):
            does.append(n)
            break
    try:
        plan = joined(first, make(UNKNOWN))
        answer = solve_length(loan, plan, instalment=to_decimal(limit, 2), longest=12)
    except rp.InputError:
        assert does == []
    else:
        assert [answer] == does


@settings(deadline=None, max_examples=8)
@given(patterns, st.integers(3, 60), st.integers(2, 7))
def test_a_principal_and_a_rate_of_a_pattern_do_and_none_of_the_next_ones_does(make, limit, n):
    plan, most = make(n), to_decimal(limit, 2)
    assume(own_payments(loan_of().batch, plan)[0] is not None)
    try:
        answer = cents(solve_principal(loan_of(), plan, instalment=most))
    except rp.InputError:
        assume(False)
    tried = np.arange(answer, answer + 4 * n + 1)
    rows = own_payments(batch(len(tried), principal=rp.minor(tried)), plan)
    assert [within(one, limit) for one in rows] == [True] + [False] * (len(tried) - 1)
    principal = to_decimal(max(1, answer * 3 // 4), 2)
    try:
        rate = solve_rate(loan_of(principal=principal), plan, instalment=most, step="0.001")
    except rp.InputError:
        assume(False)
    tried = np.arange(int(rate * 1000), min(int(rate * 1000) + 4 * n, 1000) + 1)
    change = {"annual_rate": tried / 1000, "principal": [principal] * len(tried)}
    rows = own_payments(batch(len(tried), **change), plan)
    assert [within(one, limit) for one in rows] == [True] + [False] * (len(tried) - 1)


@settings(deadline=None, max_examples=8)
@given(patterns, st.integers(100, 900), st.integers(2, 7), st.integers(1, 300))
def test_a_balloon_of_a_pattern_does_and_none_of_the_next_smaller_ones_does(make, principal, n, limit):
    loan, most = loan_of(principal=to_decimal(principal, 2)), to_decimal(limit, 2)
    try:
        answer = cents(solve_balloon(loan, make(n, balloon=UNKNOWN), instalment=most))
    except rp.InputError:
        assume(False)
    tried = np.arange(max(0, answer - 4 * n), answer + 1)
    loans = batch(len(tried), principal=[to_decimal(principal, 2)] * len(tried))
    rows = own_payments(loans, make(n, balloon=rp.minor(tried)))
    does = [within(one, limit, b) for one, b in zip(rows, tried.tolist(), strict=True)]
    assert does == [False] * (len(tried) - 1) + [True]


@settings(deadline=None, max_examples=8)
@given(patterns, st.integers(1, 7), st.integers(90, 160), st.sampled_from([None, 2, 5]))
def test_the_longest_holiday_before_a_pattern_is_the_longest_all_the_same(make, n, percent, interest_on):
    loan = loan_of(principal="120")
    try:
        limit = own_payments(loan.batch, make(n))[0][0] * percent // 100
    except (rp.InputError, TypeError):
        assume(False)

    def pause(length):
        return rp.interest_only(length, interest_on=interest_on)

    does = [h for h in range(9) if within(own_payments(loan.batch, pause(h) + make(n))[0], limit)]
    try:
        answer = solve_holiday(loan, pause(UNKNOWN) + make(n), instalment=to_decimal(limit, 2), longest=8)
    except rp.InputError:
        assert does == []
    else:
        assert answer == does[-1]


@settings(deadline=None, max_examples=8)
@given(st.integers(5, 12), st.integers(95, 110), st.integers(20, 30))
def test_a_holiday_until_a_date_becomes_shorter_as_what_is_before_it_grows(month, percent, periods):
    loan, n, longest = loan_of(), 12, 14
    until = rp.holiday(until=f"2026-{month:02d}-28", interest="capitalise")
    limit = rp.schedule(loan, rp.equal_instalment(n)).instalment * percent // 100
    does = []
    for h in range(longest + 1):
        (one,) = asked(loan.batch, rp.interest_only(h) + until + rp.equal_instalment(n))
        if one[2] <= periods and within(one, limit):
            does.append(h)
    plan = rp.interest_only(UNKNOWN) + until + rp.equal_instalment(n)
    try:
        most = to_decimal(limit, 2)
        answer = solve_holiday(loan, plan, instalment=most, periods=periods, longest=longest)
    except rp.InputError:
        assert does == []
    else:
        assert answer == does[-1]


# One loan and many


@settings(deadline=None, max_examples=4)
@given(
    st.lists(
        st.tuples(
            st.integers(1, 10**6),
            st.integers(0, 2 * 10**9),
            st.integers(1, 9),
            st.integers(1, 10**5),
            st.sampled_from(["periods", "ACT/365F", "30E/360 ISDA"]),
            st.sampled_from([0, 1]),
        ),
        min_size=1,
        max_size=5,
    ),
    st.randoms(use_true_random=False),
)
def test_a_batch_answers_as_each_loan_alone_in_any_order(loans, random):
    random.shuffle(loans)
    laws = (rp.Rounding(), rp.Rounding(residue="first"))
    p, rate, n, limit, count, law = (list(each) for each in zip(*loans, strict=True))
    columns = {"pay": rp.minor(limit), "n": n}
    rates = [to_decimal(r, 10) for r in rate]
    many = rp.Loans.from_columns(
        **(LOAN | {"annual_rate": rates, "day_count": count, "principal": rp.minor(p)}),
        rounding=laws,
        rounding_index=law,
        columns=columns,
    )
    level, pay = rp.equal_instalment(rp.col("n")), rp.col("pay")
    pause = rp.holiday(UNKNOWN, interest="capitalise")
    calls = [
        lambda x: solve_instalment(x, level),
        lambda x: solve_length(x, rp.equal_instalment(UNKNOWN), instalment=pay, longest=40),
        lambda x: solve_length(x, rp.equal_instalment(UNKNOWN, instalment=pay)),
        lambda x: paid_off(x, rp.fixed_payment(pay)),
        lambda x: solve_principal(x, level, instalment=pay),
        lambda x: solve_principal(x, rp.equal_instalment(rp.col("n"), instalment=pay)),
        lambda x: solve_rate(x, level, instalment=pay, step="0.001"),
        lambda x: solve_holiday(x, pause + level, instalment=pay, longest=3),
        lambda x: solve_balloon(x, rp.equal_instalment(rp.col("n"), balloon=UNKNOWN), instalment=pay),
    ]
    places = [2, 0, 0, None, 2, 2, 10, 0, 2]
    for call, decimals in zip(calls, places, strict=True):
        got = call(many)
        failed = {f.row: f for f in got.failures}
        assert sorted([*failed, *got.row.tolist()]) == list(range(len(loans)))
        for i in range(len(loans)):
            alone = {"annual_rate": rates[i], "day_count": count[i], "principal": to_decimal(p[i], 2)}
            mine = {"pay": to_decimal(limit[i], 2), "n": n[i]}
            one = loan_of(**alone, rounding=laws[law[i]], columns=mine)
            if i in failed:
                with pytest.raises(rp.InputError) as error:
                    call(one)
                f = failed[i]
                assert (error.value.code, error.value.field) == (f.code, f.field)
                assert (error.value.value, error.value.limit or "") == (f.value, f.limit)
                continue
            at = int(np.flatnonzero(got.row == i)[0])
            if decimals is None:
                same = (int(got.value.n[at]), to_decimal(int(got.value.last[at]), 2))
                assert tuple(call(one)) == same
            else:
                assert call(one) == to_decimal(int(got.value[at]), decimals)


def test_neighbours_are_none_the_worse_for_bad_rows():
    principal, pay = ["12000", "-1", "12000", "12000"], ["500", "500", "0", "5"]
    many = batch(4, principal=principal, columns={"pay": pay})
    got = solve_length(many, rp.equal_instalment(UNKNOWN), instalment=rp.col("pay"))
    assert (got.value.tolist(), got.row.tolist()) == ([28], [0])
    assert [(f.row, f.code, f.field, f.value, f.limit) for f in got.failures] == [
        (1, rp.Code.NEGATIVE, "principal", "-1", "0 to 10000000000000000"),
        (2, rp.Code.OUT_OF_RANGE, "instalment", "0", "0.01 to 10000000000000000"),
        (3, rp.Code.NEVER_PAID_OFF, "instalment", "5.00", "3660"),
    ]


def test_an_instalment_goes_back_to_what_it_was_solved_from():
    loan, plan = loan_of(), rp.equal_instalment(24)
    solved = to_decimal(rp.schedule(loan, plan).instalment, 2)
    assert solve_length(loan, rp.equal_instalment(UNKNOWN), instalment=solved) == 24
    assert solve_principal(loan, plan, instalment=solved) >= 12000
    low, high = implied_rates(loan, plan, instalment=solved)
    assert low <= Decimal("0.12") <= high == solve_rate(loan, plan, instalment=solved)
    assert solve_balloon(loan, rp.equal_instalment(24, balloon=UNKNOWN), instalment=solved) == 0


def test_the_keys_of_a_financial_calculator():
    # numpy-financial 1.0, docstring of pmt: 200,000 over 15 years at 7.5 % cost 1,854.0247 a month.
    loan, n = loan_of(principal="200000", annual_rate="0.075"), 180
    paid = solve_instalment(loan, rp.equal_instalment(n))
    assert paid in (Decimal("1854.02"), Decimal("1854.03"))
    assert solve_length(loan, rp.equal_instalment(UNKNOWN, instalment=paid)) == n
    assert 0 <= solve_principal(loan, rp.equal_instalment(n, instalment=paid)) - 200_000 < 2
    rate = solve_rate(loan, rp.equal_instalment(n, instalment=paid))
    assert 0 <= rate - Decimal("0.075") < Decimal("0.000002")
    # Docstring of nper: 8,000 at 7 % and 150 a month take 64.07335 months.
    other = loan_of(principal="8000", annual_rate="0.07")
    assert solve_length(other, rp.equal_instalment(UNKNOWN), instalment="150") == 65
    assert paid_off(other, rp.fixed_payment("150")).n == 65


def test_an_unrounded_loan_is_solved_at_eight_decimals():
    law = rp.Rounding(instalment="none", interest="none")
    loan = loan_of(rounding=law)
    paid = solve_instalment(loan, rp.equal_instalment(24))
    rows = rp.schedule(loan, rp.equal_instalment(24, instalment=paid)).rows
    assert rows[-1].payment <= paid
    less = rp.schedule(loan, rp.equal_instalment(24, instalment=paid - Decimal("1e-8"))).rows
    assert less[-1].payment > paid - Decimal("1e-8")
    principal = solve_principal(loan, rp.equal_instalment(24, instalment="500"))
    assert principal == principal.quantize(Decimal("0.01"))
    for p, does in ((principal, True), (principal + Decimal("0.01"), False)):
        other = loan_of(rounding=law, principal=p)
        last = rp.schedule(other, rp.equal_instalment(24, instalment="500")).rows[-1]
        assert (last.payment <= 500) == does


def test_what_is_owed_beside_the_balance_is_not_counted():
    loan = loan_of(fees="100", overdue_interest="55", penalty="3")
    for call in (
        lambda x: solve_instalment(x, rp.equal_instalment(24)),
        lambda x: solve_length(x, rp.equal_instalment(UNKNOWN), instalment="500"),
        lambda x: solve_rate(x, rp.equal_instalment(24), instalment="550", step="0.0001"),
    ):
        assert call(loan) == call(loan_of())
    assert (
        solve_principal(loan_of(overdue_principal="621.67"), rp.equal_instalment(24, instalment="500"))
        == 10000
    )


# What can't be


LEVEL = rp.equal_instalment(24)
GIVEN = rp.equal_instalment(24, instalment="400")
REST = rp.equal_instalment(24, instalment="400", balloon="rest")


@pytest.mark.parametrize(
    ("call", "code", "field", "value", "limit"),
    [
        (lambda x: solve_principal(x, LEVEL, instalment="0.01"), None, None, None, None),
        (
            lambda x: solve_rate(x, LEVEL, instalment="400"),
            "out_of_range",
            "instalment",
            "400.00",
            ">= 500.00",
        ),
        (lambda x: solve_rate(x, GIVEN), "never_paid_off", "equal_instalment.instalment", "400.00", "24"),
        (
            lambda x: solve_length(x, rp.equal_instalment(UNKNOWN), instalment="120"),
            "never_paid_off",
            "instalment",
            "120.00",
            "3660",
        ),
        (
            lambda x: solve_length(x, rp.custom(("500",)) + rp.equal_instalment(UNKNOWN), instalment="300"),
            "out_of_range",
            "instalment",
            "300.00",
            ">= 500.00",
        ),
        (
            lambda x: solve_length(
                x, rp.custom(("500",)) + rp.equal_instalment(UNKNOWN), instalment="500", longest=24
            ),
            "never_paid_off",
            "instalment",
            "500.00",
            "25",
        ),
        (
            lambda x: solve_length(x, rp.equal_instalment(UNKNOWN), instalment="500", longest=27),
            "never_paid_off",
            "instalment",
            "500.00",
            "27",
        ),
        (
            lambda x: solve_length(x, rp.equal_instalment(UNKNOWN, instalment="500"), longest=27),
            "never_paid_off",
            "fixed_payment.amount",
            "500.00",
            "27",
        ),
        (lambda x: paid_off(x, rp.fixed_payment("119")), "negative_amortisation", "plan", "119.00", "120.00"),
        (
            lambda x: paid_off(x, rp.fixed_payment("120")),
            "never_paid_off",
            "fixed_payment.amount",
            "120.00",
            "3660",
        ),
        (
            lambda x: solve_holiday(
                x, rp.holiday(UNKNOWN, interest="waive") + LEVEL, instalment="500", longest=6
            ),
            "out_of_range",
            "instalment",
            "500.00",
            ">= 564.88",
        ),
        (
            lambda x: solve_balloon(x, rp.equal_instalment(24, balloon=UNKNOWN), instalment="119"),
            "negative_amortisation",
            "plan",
            "119.00",
            "120.00",
        ),
        (  # whatever the balloon: the stage before pays more
            lambda x: solve_balloon(
                x,
                rp.equal_instalment(3, instalment="500") + rp.equal_instalment(12, balloon=UNKNOWN),
                instalment="400",
            ),
            "out_of_range",
            "instalment",
            "400.00",
            ">= 500.00",
        ),
        (
            lambda x: implied_rates(x, LEVEL, instalment="400"),
            "out_of_range",
            "instalment",
            "400.00",
            ">= 500.00",
        ),
        (
            lambda x: implied_rates(x, LEVEL, instalment="2000"),
            "out_of_range",
            "instalment",
            "2000.00",
            "<= 1171.59",
        ),
    ],
)
def test_where_there_is_no_answer_its_code_and_figures_say_why(call, code, field, value, limit):
    if code is None:
        assert call(loan_of()) == Decimal("0.25")
        return
    with pytest.raises(rp.InputError) as error:
        call(loan_of())
    e = error.value
    assert (e.code.value, e.field, e.value, e.limit) == (code, field, value, limit)
    assert str(limit).removeprefix(">= ") in str(e) or code == "negative_amortisation"


def test_a_rate_that_no_instalment_tells_is_refused():
    law = rp.Rounding(instalment_multiple="10")
    with pytest.raises(rp.InputError) as error:
        implied_rates(loan_of(rounding=law), LEVEL, instalment="565")
    assert (error.value.code, error.value.field) == (rp.Code.NO_RATE, "annual_rate")
    assert (error.value.value, error.value.limit) == ("565.00", "0 to 1")
    assert "no annual_rate fits these payments; looked for from 0 to 1" in str(error.value)


def test_a_residue_elsewhere_is_its_own_loan_s_fault():
    laws = (rp.Rounding(), rp.Rounding(residue="spread"), rp.Rounding(residue="first"))
    terms = LOAN | {"rounding": laws, "rounding_index": [0, 1, 2, 0]}
    got = implied_rates(rp.Loans.from_columns(**terms), LEVEL, instalment="564.88")
    alone = implied_rates(loan_of(), LEVEL, instalment="564.88")
    assert got.row.tolist() == [0, 3]
    for name in ("low", "high"):
        assert [Decimal(each).scaleb(-10) for each in getattr(got.value, name).tolist()] == [
            getattr(alone, name)
        ] * 2
    faults = [(f.row, f.code, f.field, f.value) for f in got.failures]
    assert faults == [
        (row, rp.Code.UNKNOWN_VALUE, "rounding.residue", value)
        for row, value in ((1, "spread"), (2, "first"))
    ]
    with pytest.raises(rp.InputError) as error:
        implied_rates(loan_of(rounding=laws[1]), LEVEL, instalment="564.88")
    assert (error.value.field, error.value.value) == ("rounding.residue", "spread")


def test_nothing_owed_has_no_instalment():
    for call in (lambda x: solve_instalment(x, LEVEL), lambda x: solve_rate(x, LEVEL, instalment="5")):
        with pytest.raises(rp.InputError) as error:
            call(loan_of(principal="0"))
        assert error.value.code is rp.Code.NOTHING_OWED
    assert solve_principal(loan_of(principal="0"), LEVEL, instalment="500") > 0


def test_what_leaves_the_domain_is_refused():
    with pytest.raises(rp.InputError) as error:
        solve_length(loan_of(principal="2e15", annual_rate="1"), rp.equal_instalment(UNKNOWN), instalment="1")
    assert error.value.code in (rp.Code.NEVER_PAID_OFF, rp.Code.BEYOND_DOMAIN)


@pytest.mark.parametrize(
    ("call", "code", "field"),
    [
        (lambda x: solve_instalment(x, GIVEN), "unknown_value", "plan"),
        (lambda x: solve_instalment(x, rp.equal_principal(12)), "unknown_value", "plan"),
        (lambda x: solve_instalment(x, rp.equal_instalment(UNKNOWN)), "unknown_value", "plan"),
        (
            lambda x: solve_instalment(x, rp.equal_instalment(9, instalment=UNKNOWN, balloon="rest")),
            "unknown_value",
            "plan",
        ),
        (lambda x: solve_length(x, LEVEL, instalment="5"), "unknown_value", "plan"),
        (lambda x: solve_length(x, rp.equal_instalment(UNKNOWN)), "missing", "instalment"),
        (lambda x: solve_length(x, rp.interest_only(UNKNOWN), instalment="5"), "unknown_value", "plan"),
        (
            lambda x: solve_length(x, rp.equal_instalment(UNKNOWN, instalment="5"), instalment="5"),
            "unknown_value",
            "instalment",
        ),
        (
            lambda x: solve_length(x, rp.equal_instalment(UNKNOWN), instalment=rp.col("no")),
            "unknown_value",
            "col",
        ),
        (
            lambda x: solve_length(x, rp.equal_instalment(UNKNOWN), instalment="5", longest=0),
            "out_of_range",
            "longest",
        ),
        (lambda x: paid_off(x, LEVEL), "unknown_value", "plan"),
        (lambda x: solve_principal(x, rp.custom(("9", "9")), instalment="9"), "unknown_value", "instalment"),
        (
            lambda x: solve_principal(x, rp.equal_principal(9, principal="9"), instalment="9"),
            "unknown_value",
            "instalment",
        ),
        (
            lambda x: solve_rate(x, rp.seasonal(9, months=(1,), instalment="9"), instalment="9"),
            "unknown_value",
            "instalment",
        ),
        (lambda x: solve_principal(x, rp.custom(("9", "9"), balloon="rest")), "unknown_value", "plan"),
        (lambda x: solve_instalment(x, rp.flat(12)), "unknown_value", "plan"),
        (
            lambda x: implied_rates(x, rp.graduated(9, growth="0.05"), instalment="1400"),
            "unknown_value",
            "plan",
        ),
        (lambda x: solve_principal(x, REST), "unknown_value", "plan"),
        (lambda x: solve_principal(x, rp.fixed_payment("5")), "unknown_value", "plan"),
        (lambda x: solve_principal(x, rp.equal_instalment(UNKNOWN), instalment="5"), "unknown_value", "plan"),
        (lambda x: solve_principal(x, LEVEL), "missing", "instalment"),
        (lambda x: solve_rate(x, rp.equal_instalment(UNKNOWN), instalment="5"), "unknown_value", "plan"),
        (lambda x: solve_rate(x, LEVEL, instalment="5", step="0.00000000001"), "not_whole_units", "step"),
        (lambda x: implied_rates(x, GIVEN, instalment=None), "unknown_value", "plan"),
        (lambda x: implied_rates(x, rp.equal_principal(9), instalment="5000"), "unknown_value", "plan"),
        (lambda x: solve_holiday(x, LEVEL, instalment="5", longest=6), "unknown_value", "plan"),
        (
            lambda x: solve_holiday(x, rp.equal_instalment(UNKNOWN), instalment="5", longest=6),
            "unknown_value",
            "plan",
        ),
        (
            lambda x: solve_holiday(x, rp.interest_only(UNKNOWN) + LEVEL, longest=6),
            "missing",
            "instalment",
        ),
        (
            lambda x: solve_holiday(x, rp.interest_only(UNKNOWN) + rp.fixed_payment("500"), longest=6),
            "missing",
            "periods",
        ),
        (
            lambda x: solve_holiday(x, rp.interest_only(UNKNOWN) + LEVEL, instalment="600", longest=-1),
            "out_of_range",
            "longest",
        ),
        (lambda x: solve_balloon(x, LEVEL, instalment="5"), "unknown_value", "plan"),
        (
            lambda x: solve_balloon(x, rp.equal_instalment(9, balloon=UNKNOWN) + LEVEL, instalment="5"),
            "unknown_value",
            "plan",
        ),
        (lambda x: rp.schedule(x, rp.equal_instalment(UNKNOWN)), "not_a_number", "equal_instalment.n"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_its_field(call, code, field):
    with pytest.raises(rp.InputError) as error:
        call(loan_of())
    assert (error.value.code.value, error.value.field) == (code, field)


MOVES = [rp.drawdown("5000", on="2026-06-15"), rp.prepayment("1000", on="2026-06-15")]


@pytest.mark.parametrize("more", MOVES, ids=repr)
def test_an_instalment_that_changes_on_the_way_tells_no_rates(more):
    with pytest.raises(rp.InputError) as error:
        implied_rates(loan_of(), more + LEVEL, instalment="565")
    assert (error.value.code, error.value.field) == (rp.Code.UNKNOWN_VALUE, "plan")
    assert more.beside[0].name in error.value.rule


def test_a_plan_without_a_stage_is_missing_one():
    for call in (solve_instalment, paid_off, solve_principal, solve_rate):
        with pytest.raises(rp.InputError) as error:
            call(loan_of(), rp.fee("5"))
        assert (error.value.code, error.value.field) == (rp.Code.MISSING, "plan")


def test_the_unknown_of_a_copied_plan_is_still_unknown():
    plan = rp.equal_instalment(UNKNOWN)
    for again in (copy.deepcopy(plan), pickle.loads(pickle.dumps(plan))):  # noqa: S301
        assert solve_length(loan_of(), again, instalment="500") == 28
        assert repr(again) == "equal_instalment(UNKNOWN)"


@pytest.mark.parametrize("seed", range(6))
def test_lengths_of_one_instalment_are_looked_at_as_one_by_one(seed, monkeypatch):
    # Balances of a few units, and limits around what is asked: roundings decide, and most last payments are
    # too large.
    rng, size = np.random.default_rng(seed), 60
    balance, longest = rng.integers(1, 10 ** rng.integers(1, 4, size)), 90
    rate = rng.choice([0, 10, 599, 3_600, 10_000], size) / 10_000
    n = rng.integers(1, 60, size)
    factor = np.maximum(rate / 12, 1e-12)
    limit = np.round(balance * factor / (1 - (1 + factor) ** -n)) + rng.integers(-1, 2, size)
    loans = rp.Loans.from_columns(
        principal=rp.minor(balance),
        annual_rate=rate,
        original_term=n,
        elapsed=0,
        unpaid=n,
        next_due=np.datetime64("2026-01-15") + rng.integers(0, 30, size),
        day_count=("periods", "30/360", "ACT/365F")[seed % 3],
        rounding=rp.Rounding(
            instalment=("half_up", "up", "down", "half_even")[seed % 4], interest=("down", "up")[seed % 2]
        ),
    )
    plan = rp.equal_instalment(rp.UNKNOWN)

    def solved():
        paid = rp.minor(np.maximum(limit, 1).astype(np.int64))
        got = rp.solve_length(loans, plan, instalment=paid, longest=longest)
        return got.row.tolist(), got.value.tolist(), list(got.failures)

    looked_at = []

    def one_by_one(trial, rows, least, most):
        looked_at.extend(rows)
        return scan(trial.does, rows, least, most, 1, np.zeros_like(least))

    found = solved()
    monkeypatch.setattr("repayplan.plans.lengths._by_amount", one_by_one)
    assert solved() == found
    assert looked_at
