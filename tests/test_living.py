"""What is left to live on in each period, against a plain reckoning month by month."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from math import ceil, floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from examples import examples
from extras import needs
from months import weights
from repayplan.edges import decisiontables
from test_means import POLICY, cases, within

MONTHS = 64
FIELDS = ("due_date", "payment", "left", "needed", "allowance", "above")


def months_of(home, policy):
    """A month's capacity, counted from October 2025; those are tested by hand elsewhere."""
    path = rp.capacity_path(
        home,
        policy.allowance,
        begin="2025-10-01",
        months=MONTHS,
        income=policy.income,
        contingency=policy.contingency,
        outlook=policy.outlook,
    )
    return cache(lambda month: path.capacities(month).one(0))


def cents(amount):
    return int(Fraction(amount) * 100)


def by_hand(loan, home, policy, rows):
    """The figures in cents of rows, of due date and payment: of the months of their periods, by the month."""
    months = months_of(home, policy)
    for number, (due, paid) in enumerate(rows):
        parts = weights(loan.frequency, due, None if number else home.assessed)

        def mean(figure, less=0, parts=parts):
            whole = sum(cents(figure(months(m - 2025 * 12 - 9))) * part for m, part in parts.items())
            return (whole - less) / sum(parts.values())

        needs = ceil(mean(lambda can: can.net_income - can.other_debts - can.surplus))
        above, allowance = floor(mean(lambda can: can.surplus, paid)), ceil(mean(lambda can: can.allowance))
        yield due, paid, needs + above, needs, allowance, above


def dues(rows, aside=0):
    """Due dates and payments in cents, without what is put aside until the last."""
    paid = [cents(row.payment) for row in rows]
    paid[-1] -= cents(aside)
    return list(zip((row.due_date for row in rows), paid, strict=True))


def shown(living):
    return [(row.due_date, *(cents(getattr(row, name)) for name in FIELDS[1:])) for row in living]


@pytest.mark.slow
@examples(20)
@given(cases(), st.sampled_from(["monthly", "weekly", "6-weekly", "quarterly"]))
def test_every_period_by_hand_and_never_below_what_is_needed(case, frequency):
    loan, home, policy = case
    loan = replace(loan, frequency=frequency)
    made = rp.propose(loan.batch, home.batch, policy).value
    if made.offered[0]:
        got = made.one(0)
        want = list(by_hand(loan, home, policy, dues(got.schedule.rows, got.carried)))
        assert shown(got.living) == want
        assert cents(got.left_to_live_on) == min(left for _, _, left, *_ in want)
        for row in got.living:
            assert row.above >= 0 or not row.payment
            assert row.left >= row.needed >= row.allowance >= 700 or not row.payment
            assert row.missing == max(-row.above, 0)
        return
    lowest = lowest_plan(loan, home, policy)
    if lowest is None or made.longest[0] < loan.unpaid:
        assert len(made.shortfalls) == made.shortfall[0] == 0
        return
    assert made.instalment_after[0] == max(paid for _, paid in lowest)
    want = list(by_hand(loan, home, policy, lowest))
    assert shown(made.shortfalls.one(0)) == want
    assert made.shortfall[0] == max(-above for *_, above in want) > 0


def lowest_plan(loan, home, policy):
    """Due dates and payments of the plan whose largest is the smallest: the first method's longest."""
    carried = sum(
        getattr(loan, name)
        for name in ("fees", "overdue_interest")
        if getattr(policy.arrears, name).treatment == "carry"
    )
    best = None
    for method in policy.methods:
        for n in range(policy.limit.longest(loan).longest, loan.unpaid - 1, -1):
            _, _, rows, _ = within(loan, home, policy, getattr(rp, method)(n))
            found = dues(rows, carried)
            if best is None or max(paid for _, paid in found) < max(paid for _, paid in best):
                best = found
    return best


@examples(10)
@given(st.lists(cases(), min_size=1, max_size=4))
def test_a_batch_is_its_loans_one_by_one(several):
    policy = several[0][2]
    loans, homes = [loan for loan, _, _ in several], [home for _, home, _ in several]
    many = rp.propose(*as_batch(loans, homes), policy).value
    for i, (loan, home) in enumerate(zip(loans, homes, strict=True)):
        one = rp.propose(loan.batch, home.batch, policy).value
        for name in ("left_to_live_on", "shortfall"):
            assert getattr(many, name)[i] == getattr(one, name)[0]
        for ragged, own in ((many.living, one.living), (many.shortfalls, one.shortfalls)):
            place = np.flatnonzero(ragged.row == i)
            assert len(place) == len(own)
            assert [ragged.one(int(k)) for k in place] == [own.one(0) for _ in place]
    assert not many.living.breached.any()
    assert (many.shortfalls.missing.sum() > 0) == (len(many.shortfalls) > 0)


def as_batch(loans, homes):
    items = [(row, item) for row, home in enumerate(homes) for item in home.items]
    table = rp.Items.from_columns(
        household=[row for row, _ in items],
        kind=[item.kind for _, item in items],
        category=[item.category for _, item in items],
        amount=[item.amount for _, item in items],
        start=[item.start for _, item in items],
        until=[item.until for _, item in items],
        months=[" ".join(map(str, item.months)) for _, item in items],
    )
    names = ("principal", "annual_rate", "original_term", "elapsed", "unpaid", "next_due", "frequency")
    names += ("day_count", "fees", "overdue_interest")
    columns = {name: [getattr(loan, name) for loan in loans] for name in names}
    batch = rp.Households.from_columns(items=table, assessed="2026-01-10", size=len(homes))
    return rp.Loans.from_columns(**columns), batch


LOAN = rp.Loan(principal=600, annual_rate="0", original_term=6, elapsed=0, unpaid=6, next_due="2026-01-31")


def test_a_benefit_that_ends_is_left_out_of_the_months_after_it():
    pay = [rp.Income("pay", "900"), rp.Income("benefit", "150", until="2026-03-31")]
    offer = rp.propose(LOAN, rp.Household(items=pay, assessed="2026-01-10"), POLICY)
    assert [row.left for row in offer.living] == [950] * 3 + [800] * 3
    assert [row.needed for row in offer.living] == [720] * 6
    assert [row.above for row in offer.living] == [230] * 3 + [80] * 3
    assert offer.left_to_live_on == 800


def test_what_is_missing_in_each_month_of_the_lowest_plan():
    pay = [rp.Income("pay", "760"), rp.Income("benefit", "150", until="2026-03-31")]
    home = rp.Household(items=pay, assessed="2026-01-10")
    policy = replace(POLICY, limit=rp.ExtensionLimit(max_extension_months=0))
    refused = rp.propose(LOAN, home, policy)
    assert refused.shortfalls == (0, 0, 0, 46, 46, 46)
    assert refused.shortfall == 46
    none = rp.propose(replace(LOAN, unpaid=9), home, policy)
    assert isinstance(none, rp.Infeasible)


def test_stress_and_uprating_are_in_the_figures():
    outlook = rp.Outlook(stress="0.10", uprating="0.10", uprated_from="2026-04-01")
    offer = rp.propose(LOAN, rp.Household(net_income="1000"), replace(POLICY, outlook=outlook))
    assert [row.left for row in offer.living] == [800] * 6
    assert [row.allowance for row in offer.living] == [700] * 3 + [770] * 3
    assert [row.needed for row in offer.living] == [720] * 3 + [Decimal(783)] * 3


def test_a_household_that_is_short_in_a_month_without_payment_is_shown_as_short():
    steps = (rp.Concession(step="holiday", months=1, interest="capitalise"), rp.Concession(step="extend"))
    home = rp.Household(
        items=[rp.Income("pay", "900"), rp.Debt("card", "350", until="2026-01-31")], assessed="2026-01-10"
    )
    made = rp.propose(LOAN.batch, home.batch, replace(POLICY, concessions=steps)).value
    first, second = made.one(0).living[:2]
    assert (first.payment, first.left, first.above, first.missing) == (0, 550, -150, 150)
    assert (second.above, second.missing) == (second.left - 720, 0)
    assert made.living.breached.tolist() == [False]


def test_a_row_that_asks_a_cent_too_much_is_found_in_the_month_in_which_it_is():
    pay = [rp.Income("pay", "900"), rp.Income("harvest", "150", months=(3,))]
    made = rp.propose(LOAN.batch, rp.Household(items=pay, assessed="2026-01-10").batch, POLICY).value
    rows, offsets = made.schedules.by_loan()
    for row, most in ((1, 180_00), (2, 330_00)):
        spoilt = rows | {"payment": rows["payment"].copy()}
        spoilt["payment"][row] = most
        assert not made.recounted(spoilt, offsets).breached.any()
        spoilt["payment"][row] += 1
        assert made.recounted(spoilt, offsets).breached.all()


@needs("polars")
def test_frames_and_nobody():
    made = rp.propose(LOAN.batch, rp.Household(net_income="1000").batch, POLICY).value
    frame = made.living.to_frame("polars")
    assert frame["left"].to_list() == [Decimal("900.00")] * 6
    assert frame["row"].to_list() == [0] * 6
    none = made.shortfalls
    assert (len(none), none.least.tolist(), none.breached.tolist()) == (0, [], [])
    assert made.living.one(0)[0].due_date == date(2026, 1, 31)
    with pytest.raises(rp.InputError):
        made.living.to_frame("table")


def test_the_last_period_of_a_domain_of_figures():
    big = rp.Household(net_income=str(2**52))
    loan = replace(LOAN, principal=2**51, frequency="daily")
    offer = rp.propose(loan, big, POLICY)
    assert shown(offer.living) == list(by_hand(loan, big, POLICY, dues(offer.schedule.rows)))


def test_what_is_put_aside_is_not_paid_from_income():
    steps = (rp.Concession(step="forbear", percent="60", multiple="50"),)
    home = rp.Household(items=[rp.Income("pay", "760")], assessed="2026-01-10")
    policy = replace(POLICY, concessions=steps)
    made = rp.propose(LOAN.batch, home.batch, policy).value
    offer = made.one(0)
    assert (offer.forborne, offer.schedule.rows[-1].payment) == (300, 350)
    assert [row.payment for row in offer.living] == [50] * 6
    assert [row.above for row in offer.living] == [4] * 6
    assert offer.left_to_live_on == made.left_to_live_on[0] / 100 == 710
    assert not made.living.breached.any()
    assert not made.recounted(*made.schedules.by_loan()).breached.any()
    refused = rp.propose(replace(LOAN, principal=1200), home, policy)
    assert refused.shortfalls == (26,) * 6


def test_decisions_and_schedules_say_what_falls_due_at_the_end():
    steps = (rp.Concession(step="forbear", percent="60", multiple="50"),)
    carry = replace(POLICY.arrears, penalty=rp.ArrearsPart(treatment="carry"))
    policy = replace(POLICY, concessions=steps, arrears=carry)
    terms = {name: getattr(LOAN, name) for name in ("annual_rate", "original_term", "elapsed", "unpaid")}
    loans = rp.Loans.from_columns(
        principal=["600", "60000"], penalty=["7.50", "0"], next_due=[LOAN.next_due] * 2, **terms
    )
    homes = rp.Households.from_columns(net_income=["760", "760"])
    made, ids = rp.propose(loans, homes, policy).value, np.array(["a", "b"])
    assert made.offered.tolist() == [True, False]
    offer = made.one(0)
    assert offer.due_at_end == offer.forborne + Decimal("7.50") > offer.forborne > 0
    decisions = decisiontables.decision_table(ids, made.row, made)
    assert decisions["due_at_end"].values.tolist() == [int(offer.due_at_end * 100), 0]
    assert decisions["due_at_end"].missing.tolist() == [False, True]
    rows, offsets = made.schedules.by_loan()
    table = decisiontables.offered_rows(ids, made.row, made, rows, offsets)
    aside = table["put_aside"].values
    assert aside.tolist() == [*[0] * (len(aside) - 1), int(offer.due_at_end * 100)]
    # What a payment is without it is all that is taken off what is left to live on.
    paid = table["payment"].values - aside
    assert (table["left_to_live_on"].values + paid == 760_00).all()
