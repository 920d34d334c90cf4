"""Answers for loans of few units, against every value there is, tried one by one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from examples import examples
from repayplan import UNKNOWN
from repayplan.plans import search

LOAN = {
    "principal": "120",
    "annual_rate": "0.12",
    "original_term": 12,
    "elapsed": 0,
    "unpaid": 12,
    "next_due": "2026-01-31",
    "decimals": 0,
}
PATHS = [
    rp.SteppedRate((("2025-01-01", "0.05"), ("2026-04-10", "0.90"))),
    rp.SteppedRate((("2025-01-01", "0.90"), ("2026-04-10", "0.05"))),
    rp.SteppedRate((("2025-01-01", "0.30"), ("2026-03-15", "0"), ("2026-05-31", "0.6"))),
]


def does(stages, beside, amounts, **change):
    """Where the last payment is no larger than what its own row gives, of one loan for each of some amounts.

    ``stages`` are functions of a number and an amount, with both; the amount may be one a loan. What is
    prepaid in the last row isn't its payment, and of equal principal the principal is looked at.
    """
    terms = LOAN | {"principal": np.full(len(amounts), int(LOAN["principal"]))} | change
    plan = beside
    for make, n, amount in stages:
        plan += make(n, amount)
    made = rp.schedule(rp.Loans.from_columns(**terms), plan)
    columns, offsets = made.value.by_loan()
    begins = np.broadcast_to(sum(n for _, n, _ in stages[:-1]), len(amounts))[made.row]
    name = "principal" if plan.stages[-1].name == "equal_principal" else "payment"
    own = np.broadcast_to(stages[-1][2], len(amounts))[made.row]
    # Where all is paid off before the last stage begins, nothing is left that could be too much.
    fits = (np.diff(offsets) <= begins) | (columns[name][offsets[1:] - 1] <= own)
    for i in np.flatnonzero(~fits):
        one = made.value.one(i)
        prepaid = one.moved.amount[(one.moved.period == len(one) - 1) & (one.moved.amount < 0)].sum()
        fits[i] = one.columns[name][-1] + prepaid <= own[i]
    out = np.zeros(len(amounts), np.bool_)
    out[made.row] = fits
    return out


def answer_of(call):
    """What a call finds; None where it finds nothing."""
    try:
        return call()
    except rp.InputError:
        return None


def answer(call):
    """The same as a whole number."""
    found = answer_of(call)
    return None if found is None else int(found)


def first(values):
    """The first of some values, None where there is none."""
    return int(values[0]) if len(values) else None


@examples(40)
@given(
    st.sampled_from(["0.12", *PATHS]),
    st.sampled_from(["resolve", "keep", "foresee"]),
    st.sampled_from(["periods", "ACT/365F", "30E/360"]),
    st.integers(20, 300),
    st.integers(1, 8),
)
def test_a_least_instalment_is_the_least_of_all_whatever_the_rates(rate, change, count, principal, n):
    amounts = np.arange(1, 2 * principal + 2)
    terms = {"annual_rate": rate, "day_count": count}

    def paying(rows, amount):
        return rp.equal_instalment(rows, instalment=amount, rate_change=change)

    of_all = np.full(len(amounts), principal)
    fits = does([(paying, n, amounts)], rp.Plan(()), amounts, principal=of_all, **terms)
    loan = rp.Loan(**LOAN | terms | {"principal": principal})
    got = answer(lambda: rp.solve_instalment(loan, rp.equal_instalment(n, rate_change=change)))
    assert got == first(amounts[fits])


def level(n, amount):
    return rp.equal_instalment(n, instalment=amount)


def principal_of(n, amount):
    return rp.equal_principal(n, principal=amount)


@examples(25)
@given(
    st.sampled_from([level, principal_of]),
    st.sampled_from([level, principal_of]),
    st.tuples(st.integers(1, 3), st.integers(10, 60)),
    st.tuples(st.integers(1, 3), st.integers(5, 40)),
    st.integers(10, 90),
    st.sampled_from(["2026-01-20", "2026-02-20", "2026-04-10"]),
    st.sampled_from(["0", "0.12", "0.9"]),
)
def test_a_plan_may_be_shortened_to_less_than_its_earlier_stages(make, last, early, final, prepaid, on, rate):
    beside = rp.prepayment(str(prepaid), on=on, then="shorten")
    stages, terms = [(make, *early), (last, *final)], {"annual_rate": rate}
    plan, loan = beside + make(*early) + last(*final), rp.Loan(**LOAN | terms)
    values = np.arange(1, 400)
    fits = values[does(stages, beside, values, principal=values, **terms)]
    assert answer(lambda: rp.solve_principal(loan, plan)) == first(fits[::-1])
    # The least amount of either stage, the other's being given; and the highest rate.
    fits = values[does([(make, early[0], values), stages[1]], beside, values, **terms)]
    unknown = beside + make(early[0], UNKNOWN) + last(*final)
    assert answer(lambda: rp.solve_instalment(loan, unknown)) == first(fits)
    fits = values[does([stages[0], (last, final[0], values)], beside, values, **terms)]
    unknown = beside + make(*early) + last(final[0], UNKNOWN)
    assert answer(lambda: rp.solve_instalment(loan, unknown)) == first(fits)
    rates = np.arange(101)
    fits = rates[does(stages, beside, rates, annual_rate=[f"{rate / 100}" for rate in rates])]
    got = answer(lambda: rp.solve_rate(loan, plan, step="0.01") * 100)
    assert got == first(fits[::-1]) or (got == first(fits[:0]) and 100 in fits)  # or above what is looked for


def test_a_plan_that_a_prepayment_ends_in_a_row_of_interest_only_is_kept():
    # 120 at 12 %: 1.2 of interest, then 1 for 20 days of 119 ... and nothing is left for the last stage.
    plan = rp.prepayment("200", on="2026-02-20", then="shorten") + rp.interest_only(3)
    rows = rp.schedule(rp.Loan(**LOAN), plan + rp.equal_instalment(2, instalment="1")).rows
    assert [row.payment for row in rows] == [1, 121]


def test_what_is_repaid_before_takes_one_payment_of_nothing():
    # 120 at 12 % less 60 on the day it starts, then 40 and the rest of 21: nothing is left of them.
    before = rp.prepayment("60", on="2025-12-31", then="shorten") + rp.equal_instalment(3, instalment="40")
    assert rp.paid_off(rp.Loan(**LOAN), before + rp.fixed_payment("20")) == (1, 0)


ON = ["2026-01-20", "2026-02-20", "2026-03-31", "2026-04-10", "2026-06-15"]
prepayments = st.builds(
    lambda amount, on, then: rp.prepayment(str(amount), on=on, then=then),
    st.integers(5, 150),
    st.sampled_from(ON),
    st.sampled_from(["lower", "shorten"]),
)


def seasonal_of(n, amount):
    return rp.seasonal(n, months=(1, 3, 4, 6), instalment=amount)


def added_to(n, amount):
    return rp.equal_instalment(n, instalment=amount, shortfall="capitalise")


@examples(60)
@given(
    st.sampled_from([level, added_to, principal_of, seasonal_of]),
    st.sampled_from([(), ((level, 3, 40),), ((principal_of, 2, 50),)]),
    prepayments,
    st.integers(20, 90),
    st.sampled_from(["0", "0.12", "0.9"]),
    st.sampled_from([None, "2026-03-31", "2026-04-01", "2026-07-10"]),
)
def test_a_length_with_prepayments_is_the_least_of_all(make, before, beside, amount, rate, last_due):
    lengths, front = np.arange(1, 30), beside
    for part, *figures in before:
        front += part(*figures)
    terms = {"annual_rate": rate, "last_due": last_due}
    fits = lengths[does([*before, (make, lengths, amount)], beside, lengths, **terms)]
    loan = rp.Loan(**LOAN | terms)
    for longest in (29, 3660):
        got = answer(lambda most=longest: rp.solve_length(loan, front + make(UNKNOWN, amount), longest=most))
        assert got == first(fits)


@examples(60)
@given(
    st.sampled_from([rp.equal_instalment, rp.equal_principal]),
    st.sampled_from([rp.Plan(()), rp.custom(("30",)), rp.holiday(1, interest="capitalise")]),
    st.integers(10, 130),
    st.sampled_from(["0", "0.12", "0.9"]),
    st.sampled_from(["2026-02-10", "2026-03-31", "2026-04-01", "2026-07-10"]),
    st.sampled_from(["none", "following"]),
    st.sampled_from(["periods", "ACT/365F"]),
)
def test_a_length_up_to_a_last_due_date_is_the_least_of_all(make, before, limit, rate, day, shift, count):
    law = rp.DueDates(business_day=shift, calendar=rp.WEEKENDS, adjusted=shift != "none")
    loan = rp.Loan(**LOAN | {"annual_rate": rate, "last_due": day, "due_dates": law, "day_count": count})

    def fits(n):
        made = answer_of(lambda: rp.schedule(loan, before + make(n)))
        if made is None:
            return False
        paid = made.columns["payment"].tolist()
        if make is rp.equal_principal:
            # The last share may be less than the others, by what their rounding has taken more.
            own = min(made.instalment + made.columns["interest"][-1], paid[-1]) if n > 1 else paid[-1]
        else:
            own = made.instalment
        regular = max(*paid[:-1], own, 0)
        return regular <= limit and paid[-1] <= 2 * regular

    known = [n for n in range(1, 12) if fits(n)]
    got = answer(lambda: rp.solve_length(loan, before + make(UNKNOWN), instalment=limit))
    assert got == first(known)


@pytest.mark.parametrize(
    ("plan", "principal", "limit"),
    [
        (rp.graduated(42, growth="-0.01"), 2493, 97),
        (rp.graduated(73, growth="0.01", every=6), 106, 280),
    ],
)
def test_a_rate_is_found_where_few_instalments_leave_a_last_payment_like_the_others(plan, principal, limit):
    # Their rounding grows to many times an instalment by the last row: which rates do is nearly chance.
    rates, terms = np.arange(1001), LOAN | {"principal": principal}
    shown = [f"{rate / 1000}" for rate in rates]
    made = rp.schedule(rp.Loans.from_columns(**terms | {"annual_rate": shown}), plan)
    columns, offsets = made.value.by_loan()
    known = []
    for i, row in enumerate(made.row.tolist()):
        *paid, last = columns["payment"][offsets[i] : offsets[i + 1]].tolist()
        if max(paid) <= limit and last <= 2 * max(paid):
            known.append(row)
    rate = rp.solve_rate(rp.Loan(**terms), plan, instalment=limit)
    assert rate * 1000 >= known[-1]
    rows = rp.schedule(rp.Loan(**terms | {"annual_rate": rate}), plan).rows
    regular = max(row.payment for row in rows[:-1])
    assert regular <= limit
    assert rows[-1].payment <= 2 * regular


@pytest.mark.parametrize("limit", [14, 18, 20, 24, 30])
@pytest.mark.parametrize("kind", ["capitalise", "capitalise_at_end", "waive"])
def test_a_rate_of_a_stage_before_leaves_the_instalment_solved_once(limit, kind):
    law = rp.Rounding(instalment_multiple="2")
    plan = rp.holiday(2, interest=kind, rate="0.12") + rp.equal_instalment(9)
    rates, terms = np.arange(501), LOAN | {"principal": 123, "rounding": law}
    shown = [f"{rate / 500}" for rate in rates]
    made = rp.schedule(rp.Loans.from_columns(**terms | {"annual_rate": shown}), plan)
    columns, offsets = made.value.by_loan()
    own, last = made.value.instalment, columns["payment"][offsets[1:] - 1]
    fits = rates[made.row[(own <= limit) & (last <= 2 * own)]]
    got = answer(lambda: rp.solve_rate(rp.Loan(**terms), plan, instalment=limit, step="0.002") * 500)
    assert got == first(fits[::-1]) or (got == first(fits[:0]) and 500 in fits)  # or above what is looked for


def test_an_instalment_tells_the_loan_s_rate_beside_one_of_a_stage():
    plan = rp.holiday(2, interest="capitalise", rate="0.06") + rp.equal_instalment(12)
    terms = LOAN | {"decimals": 2}
    shown = rp.schedule(rp.Loan(**terms), plan).instalment
    low, high = rp.implied_rates(rp.Loan(**terms), plan, instalment=f"{shown / 100}")
    tick = type(low)("1e-10")
    for rate, same in ((low, True), (high, True), (low - tick, False), (high + tick, False)):
        assert (rp.schedule(rp.Loan(**terms | {"annual_rate": rate}), plan).instalment == shown) is same


@pytest.mark.parametrize("listed", [(40, 50), (60, 45), (10, 80)])
def test_one_payment_of_a_list_is_a_stage_of_one_row(listed):
    def plan(amount):
        one = rp.equal_instalment(1, instalment=amount, shortfall="capitalise")
        return rp.custom((str(listed[0]),)) + one + rp.custom((str(listed[1]),))

    loan = rp.Loan(**LOAN)
    got = answer(lambda: rp.solve_instalment(loan, plan(UNKNOWN)))
    for amount, fits in ((got, True), (got - 1, False)):
        assert (rp.schedule(loan, plan(amount)).rows[-1].payment <= listed[1]) is fits


@examples(40)
@given(
    st.sampled_from([rp.equal_instalment(6), rp.equal_instalment(6, instalment="9"), rp.equal_principal(6)]),
    st.sampled_from([rp.Plan(()), rp.holiday(2, interest="capitalise_at_end"), rp.fee("20", financed=True)]),
    st.sampled_from(["last", "spread"]),
    st.integers(1, 30),
    st.integers(1, 90),
    st.integers(0, 40),
)
def test_what_is_put_aside_is_the_least_of_all(stages, before, residue, limit, principal, overdue):
    law = rp.Rounding(instalment_multiple="2", residue=residue)
    terms = LOAN | {"principal": principal, "overdue_principal": overdue, "rounding": law}
    solved = stages.stages[-1].amount is None

    def fits(aside):
        made = answer_of(lambda: rp.schedule(rp.Loan(**terms), rp.forbear(aside) + before + stages))
        if made is None:
            return False
        *paid, last = made.columns["payment"].tolist()
        if not solved:
            return last - aside <= 9
        # Of equal principal a regular last row pays its interest beside.
        own = made.columns["interest"].tolist()[-1] if stages.stages[-1].name == "equal_principal" else 0
        most = max(*paid, made.instalment + own)
        return most <= limit and last - aside <= 2 * most

    known = [aside for aside in range(principal + overdue) if fits(aside)]
    plan, most = rp.forbear(UNKNOWN) + before + stages, {"instalment": limit} if solved else {}
    assert answer(lambda: rp.solve_forbear(rp.Loan(**terms), plan, **most)) == first(known)


def test_what_is_put_aside_is_that_of_each_loan_of_a_batch_and_of_unrounded_ones():
    loans = rp.Loans.from_columns(**LOAN | {"principal": [120, 60, 5], "annual_rate": "0.12"})
    plan = rp.forbear(UNKNOWN) + rp.equal_instalment(6)
    found = rp.solve_forbear(loans, plan, instalment=12)
    ones = [rp.solve_forbear(loans.one(row), plan, instalment=12) for row in range(3)]
    assert found.value.tolist() == ones
    assert ones[1] == ones[2] == 0 < ones[0]
    free = rp.Loan(**LOAN | {"rounding": rp.Rounding(instalment="none", interest="none")})
    aside = rp.solve_forbear(free, plan, instalment=12)
    shown = [rp.schedule(free, rp.forbear(aside - k) + rp.equal_instalment(6)).rows[0] for k in (0, 1)]
    assert shown[0].payment <= 12 < shown[1].payment


@pytest.mark.parametrize(
    "plan",
    [
        rp.equal_instalment(6),
        rp.forbear("5") + rp.equal_instalment(6),
        rp.forbear(UNKNOWN) + rp.forbear(UNKNOWN) + rp.equal_instalment(6),
        rp.forbear(UNKNOWN) + rp.equal_instalment(UNKNOWN),
        rp.forbear(UNKNOWN) + rp.fee(share="0.01", financed=True) + rp.equal_instalment(6),
        rp.forbear(UNKNOWN) + rp.fixed_payment("20"),
    ],
)
def test_plans_that_do_not_ask_for_what_is_put_aside_are_refused(plan):
    with pytest.raises(rp.InputError) as error:
        rp.solve_forbear(rp.Loan(**LOAN), plan, instalment="20")
    assert (error.value.code, error.value.field) == (rp.Code.UNKNOWN_VALUE, "plan")


@examples(40)
@given(
    st.sampled_from(["0", "0.05", "0.12", "0.4", "0.9"]),
    st.sampled_from(["half_up", "up", "down", "half_even"]),
    st.sampled_from([1, 2, 5, 10, 25]),
    st.sampled_from(["last", "first", "spread", "shared"]),
    st.sampled_from(["periods", "ACT/365F"]),
    st.integers(2, 14),
    st.integers(1, 60),
)
def test_a_principal_is_the_largest_of_all_however_instalments_are_rounded(
    rate, mode, multiple, residue, count, n, limit
):
    law = rp.Rounding(instalment=mode, instalment_multiple=str(multiple), residue=residue)
    terms = LOAN | {"annual_rate": rate, "day_count": count, "rounding": law}
    principals = np.arange(1, 2 * n * limit + 60)
    made = rp.schedule(rp.Loans.from_columns(**terms | {"principal": principals}), rp.equal_instalment(n))
    columns, offsets = made.value.by_loan()
    known = []
    for i, row in enumerate(made.row.tolist()):
        *paid, last = columns["payment"][offsets[i] : offsets[i + 1]].tolist()
        most = max(*paid, made.value.instalment[i])
        if most <= limit and last <= 2 * most:
            known.append(principals[row])
    found = answer(lambda: rp.solve_principal(rp.Loan(**terms), rp.equal_instalment(n), instalment=limit))
    assert found == first(known[::-1])


@examples(60)
@given(
    st.sampled_from([level, added_to, principal_of, seasonal_of]),
    st.integers(5, 60),
    st.sampled_from([added_to, principal_of]),
    st.integers(1, 8),
    st.sampled_from(["0", "0.12", "0.5"]),
)
def test_a_length_of_an_earlier_stage_is_the_least_of_all_and_may_be_none(make, amount, last, n, rate):
    lengths = np.arange(13)
    fits = lengths[does([(make, lengths, amount), (last, n, 22)], rp.Plan(()), lengths, annual_rate=rate)]
    loan = rp.Loan(**LOAN | {"annual_rate": rate})
    got = answer(lambda: rp.solve_length(loan, make(UNKNOWN, amount) + last(n, 22), longest=12))
    assert got == first(fits)


def test_a_stage_that_a_plan_does_without_has_no_period():
    loan = rp.Loan(**LOAN | {"principal": "93", "annual_rate": "0"})
    assert rp.solve_length(loan, level(UNKNOWN, 70) + level(8, 68)) == 0
    assert [int(row.payment) for row in rp.schedule(loan, level(0, 70) + level(8, 68)).rows][:3] == [
        68,
        25,
        0,
    ]
    # Of 93 four instalments are 23; of what a first one of 18 leaves 19, of what two leave 14.
    for limit, n in ((23, 0), (22, 1), (18, 2), (5, None)):
        plan, given = level(UNKNOWN, 18) + rp.equal_instalment(4), {"instalment": limit, "longest": 3}
        assert answer(lambda plan=plan, given=given: rp.solve_length(loan, plan, **given)) == n
    with pytest.raises(rp.InputError, match="1 to 3660"):
        rp.solve_length(loan, level(UNKNOWN, 70) + level(8, 68), longest=0)


@pytest.mark.parametrize("instalment", ["17", "31"])
def test_where_one_value_after_another_does_whole_windows_are_looked_at(instalment, monkeypatch):
    """Rounding makes payments uneven in the principal: the answer doesn't depend on how it is sought."""
    loans = rp.Loans.from_columns(**LOAN | {"principal": [1] * 6, "annual_rate": np.arange(6) / 20})
    plan = rp.equal_instalment(8) + rp.equal_principal(4)
    usual = rp.solve_principal(loans, plan, instalment=instalment)
    climbs = []
    edge = search.find_edge
    monkeypatch.setattr(search, "CLIMBS", 0)
    monkeypatch.setattr(
        search, "find_edge", lambda test, *args: climbs.append(test.__name__) or edge(test, *args)
    )
    found = rp.solve_principal(loans, plan, instalment=instalment)
    assert "another" in climbs
    assert found.row.tolist() == usual.row.tolist() == list(range(6))
    assert found.value.tolist() == usual.value.tolist()
