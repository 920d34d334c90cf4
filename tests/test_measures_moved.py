"""Figures of schedules whose money moves between due dates, against the functions given the flows."""

from datetime import date
from decimal import Decimal
from itertools import accumulate

import numpy as np
import pytest

import repayplan as rp

LOAN = {
    "principal": "1200.00",
    "annual_rate": "0.12",
    "original_term": 12,
    "elapsed": 0,
    "unpaid": 12,
    "next_due": "2026-01-31",
}
START = date(2025, 12, 31)
DRAWN = rp.drawdown("300", on="2026-03-10")
ON_DUE = rp.drawdown("50", on="2026-02-28")
PREPAID = rp.prepayment("200", on="2026-05-05")
SHORTER = rp.prepayment("200", on="2026-05-05", then="shorten")
TWICE = rp.prepayment("100", on="2026-05-05") + rp.prepayment("5000", on="2026-05-20")
PLANS = [DRAWN, ON_DUE, PREPAID, SHORTER, DRAWN + PREPAID, TWICE, DRAWN + ON_DUE + SHORTER]


def plan_of(part):
    return part + rp.equal_instalment(12)


def flows_of(made, parts):
    """Dates and amounts of what is drawn and paid, in order; prepaid is what rows pay above their own."""
    flows = [(START, -made.rows[0].opening)]
    rows = {row.due_date: [row.payment, row] for row in made.rows}
    for part in sorted(parts.beside, key=lambda p: p.on):
        day, amount = date.fromisoformat(str(part.on)), Decimal(str(part.amount))
        if part.name == "drawdown":
            flows.append((day, -amount))
            continue
        due = next(d for d in rows if day <= d)
        owed = rows[due][1].opening + rows[due][1].drawn
        amount = min(
            amount, owed - sum(a for d, a in flows if d > max([x for x in rows if x < due]) and a > 0)
        )
        rows[due][0] -= amount
        flows.append((day, amount))
    flows += [(due, paid) for due, (paid, _) in rows.items()]
    flows.sort(key=lambda flow: flow[0])
    return [day for day, _ in flows], [amount for _, amount in flows]


@pytest.mark.parametrize("part", PLANS, ids=repr)
def test_dated_figures_are_those_of_the_flows_on_their_days(part):
    made = rp.schedule(rp.Loan(**LOAN), plan_of(part))
    days, amounts = flows_of(made, part)
    assert made.effective_rate(year="365 days") == rp.effective_rate(amounts, days, year="365 days")
    assert made.apr_eu() == rp.apr_eu(amounts, days)
    assert made.apr_us() == rp.apr_us(amounts, days)
    paid = [(day, amount) for day, amount in zip(days, amounts, strict=True) if amount > 0]
    days, amounts = (list(column) for column in zip(*paid, strict=True))
    for rate in ("0.05", "0.30"):
        options = {"year": "365 days", "on": START}
        assert made.present_value(rate, year="365 days") == rp.present_value(amounts, days, rate, **options)
        assert made.duration(rate, year="365 days") == rp.duration(amounts, days, rate, **options)


@pytest.mark.parametrize(
    ("terms", "rate", "on"),
    [
        ({"annual_rate": "0"}, None, "2026-05-05"),  # no interest at all
        ({}, "0", "2026-05-05"),  # none in the stage
        ({"day_count": "30E/360"}, None, "2026-05-30"),  # none from the 30th to the 31st
        ({"annual_rate": "0"}, None, "2026-05-31"),  # with the instalment
    ],
)
@pytest.mark.parametrize("then", ["lower", "shorten"])
def test_what_is_prepaid_is_paid_on_its_day_where_no_interest_accrues(terms, rate, on, then):
    loan, part = rp.Loan(**LOAN | terms), rp.prepayment("200", on=on, then=then)
    made = rp.schedule(loan, part + rp.equal_instalment(12, rate=rate))
    days, amounts = flows_of(made, part)
    asked = [(day, amount) for day, amount in zip(days, amounts, strict=True) if amount > 0]
    paid, options = list(zip(*asked, strict=True)), {"year": "365 days", "on": START}
    worth = rp.present_value(list(paid[1]), list(paid[0]), "0.30", **options)
    assert made.present_value("0.30", year="365 days") == worth
    assert (made.moved.between.tolist() == [False]) is (on == "2026-05-31")


@pytest.mark.parametrize("part", PLANS, ids=repr)
def test_the_total_cost_is_the_interest(part):
    made = rp.schedule(rp.Loan(**LOAN), plan_of(part))
    assert made.total_cost() == made.totals["interest_paid"]


def test_a_loan_at_its_rate_costs_that_rate_whatever_moves():
    # By days of a year of 365, with interest by the day: what is drawn and prepaid bears no other rate.
    loan = rp.Loan(
        **LOAN | {"day_count": "ACT/365F"}, rounding=rp.Rounding(instalment="none", interest="none")
    )
    plain = rp.schedule(loan, rp.equal_instalment(12)).apr_eu(year="365 days", places=4)
    assert rp.schedule(loan, DRAWN + SHORTER + rp.equal_instalment(12)).apr_eu(
        year="365 days", places=4
    ) == pytest.approx(plain, abs=Decimal("0.0005"))


def test_where_periods_are_counted_money_between_them_is_refused():
    made = rp.schedule(rp.Loan(**LOAN), plan_of(DRAWN))
    for ask in (
        made.irr,
        lambda: made.effective_rate(year=12),
        lambda: made.present_value("0.01"),
        lambda: made.duration("0.01", year=12),
        made.weighted_average_life,
    ):
        with pytest.raises(rp.InputError) as caught:
            ask()
        assert (caught.value.code, caught.value.field) == (rp.Code.UNKNOWN_VALUE, "plan")
    rp.schedule(rp.Loan(**LOAN), rp.prepayment("300", on="2026-03-31") + rp.equal_instalment(12)).irr()


@pytest.mark.parametrize(
    ("part", "at", "moved"),
    [
        (ON_DUE, 2, "-50"),  # with the second of twelve payments
        (rp.drawdown("50", on=START), 0, "-50"),
        (rp.prepayment("200", on=START), 0, "200"),
        (rp.prepayment("200", on=START, then="shorten"), 0, "200"),
    ],
)
def test_what_moves_on_a_due_date_or_the_first_day_is_counted_there(part, at, moved):
    made = rp.schedule(rp.Loan(**LOAN), plan_of(part))
    amounts = [-made.rows[0].opening, *(row.payment for row in made.rows)]
    if part.beside[0].name == "prepayment":  # it is among what its row pays
        amounts[1] -= Decimal(moved)
    payments = [*amounts]
    amounts[at] += Decimal(moved)
    assert made.irr() == rp.irr(amounts)
    assert made.irr(places=4) == Decimal("0.01")
    assert made.effective_rate(year=12) == rp.effective_rate(amounts, year=12)
    payments[0] = 0
    if Decimal(moved) > 0:
        payments[0] += Decimal(moved)
    assert made.present_value("0.01") == rp.present_value(payments, None, "0.01")
    assert made.duration("0.01", year=12) == rp.duration(payments, None, "0.01", year=12)
    batch = rp.schedule(rp.Loans.from_columns(**LOAN | {"principal": ["1200.00"] * 2}), plan_of(part)).value
    assert batch.irr().value.tolist() == [int(made.irr().scaleb(10))] * 2


@pytest.mark.parametrize(("adjusted", "counted"), [(True, "2026-03-02"), (False, "2026-02-28")])
def test_where_a_due_date_is_moved_the_day_that_interest_is_counted_to_counts(adjusted, counted):
    law = rp.DueDates(calendar=rp.WEEKENDS, business_day="following", adjusted=adjusted)
    loan = rp.Loan(**LOAN | {"day_count": "ACT/365F"}, due_dates=law)
    other = {"2026-03-02", "2026-02-28"} - {counted}
    made = rp.schedule(loan, plan_of(rp.drawdown("50", on=counted)))
    assert made.moved.opens.tolist() == [True]
    assert made.irr() > 0
    between = rp.schedule(loan, plan_of(rp.drawdown("50", on=other.pop())))
    with pytest.raises(rp.InputError, match="between due dates"):
        between.irr()


def test_a_batch_says_of_each_loan_what_it_says_alone():
    size = 5
    loans = rp.Loans.from_columns(**LOAN | {"principal": [str(1000 + 100 * i) for i in range(size)]})
    on = ["2026-03-10", None, "2026-02-28", "2026-11-11", "2026-01-02"]
    plan = rp.prepayment("200", on=[None, "2026-05-05", "2026-05-31", "2026-06-06", None])
    plan = plan + rp.drawdown("300", on=on) + rp.equal_instalment(12)
    many = rp.schedule(loans, plan).value
    for name, options in (
        ("apr_eu", {}),
        ("apr_us", {}),
        ("effective_rate", {"year": "365 days"}),
        ("total_cost", {}),
        ("weighted_average_life", {"year": "365 days"}),
    ):
        got = getattr(many, name)(**options)
        assert got.row.tolist() == list(range(size))
        for i in range(size):
            alone = getattr(many.one(i), name)(**options)
            assert Decimal(int(got.value[i])).scaleb(-2 if name == "total_cost" else -10) == alone
    found = many.irr()
    assert (found.row.tolist(), found.failures.row.tolist()) == ([2], [0, 1, 3, 4])


def test_what_moved_says_its_days_and_amounts():
    made = rp.schedule(rp.Loan(**LOAN), plan_of(DRAWN + TWICE))
    moved = made.moved
    owed = made.rows[4].opening
    order = np.argsort(moved.day)
    assert moved.day[order].astype(str).tolist() == ["2026-03-10", "2026-05-05", "2026-05-20"]
    assert moved.amount[order].tolist() == [300_00, -100_00, -int(owed * 100) + 100_00]
    assert list(accumulate(moved.amount[order].tolist()))[-1] == 300_00 - int(owed * 100)
