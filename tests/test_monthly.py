"""Cash flows by calendar month: the sums of all rows, whatever the order, the blocks and the threads."""

import sys
from collections import defaultdict
from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from examples import examples
from extras import needs
from repayplan.basics.money import MAX_TOTAL, to_decimal
from repayplan.plans import monthly, schedule
from repayplan.plans.monthly import FLOWS, PAID
from repayplan.testing.case_strategies import portfolios
from test_measures_moved import LOAN, PLANS, START, flows_of, plan_of


def by_hand(made, groups):
    """Sums of the rows one by one, as {(group, month, flow): amount}; what moved between rows on its day."""
    sums = defaultdict(Decimal)
    for each, group in zip(made, groups, strict=True):
        starts = each.interest_from
        dues = each.columns["due_date"].tolist()
        for name in PAID:
            for due, units in zip(dues, each.columns[name].tolist(), strict=True):
                sums[group, max(due, starts).replace(day=1), name] += to_decimal(units, each.decimals)
        moved = each.moved
        for period, day, units, between in zip(
            moved.period.tolist(), moved.day.tolist(), moved.amount.tolist(), moved.between, strict=True
        ):
            amount = to_decimal(units, each.decimals)
            if amount > 0:
                sums[group, day.replace(day=1), "drawn"] += amount
            elif between:
                due = max(dues[period], starts)
                for name in ("principal", "payment"):
                    sums[group, due.replace(day=1), name] += amount
                    sums[group, day.replace(day=1), name] -= amount
    return {key: amount for key, amount in sums.items() if amount}


def listed(cash):
    """The same of what is to be tested."""
    names = list(zip(*cash.groups.values(), strict=True)) if cash.groups else [()]
    found = {}
    for k, group in enumerate(names):
        for j, month in enumerate(cash.month.astype("datetime64[D]").tolist()):
            for name in FLOWS:
                units = int(getattr(cash, name)[k, j])
                if units:
                    found[tuple(map(str, group)), month, name] = to_decimal(units, int(cash.decimals[k]))
    return found


def dealt(portfolio):
    """The schedules of a portfolio whose currencies are told apart by their decimals."""
    loans, plans, template = portfolio
    currency = np.char.add("C", loans.decimals.astype(np.str_))
    loans = loans.replace(
        extra={**loans.extra, "currency": currency, "branch": np.array(["a", "b"])[template % 2]}
    )
    return rp.schedule(loans, plans, template=template).value


@examples(20)
@given(portfolios(most=3), st.integers(1, 3))
def test_sums_by_month_are_those_of_the_rows_one_by_one(portfolio, workers):
    made = dealt(portfolio)
    branch, currency = (made.loans.extra[name] for name in ("branch", "currency"))
    cash = made.cash_by_month(["branch"], workers=workers)
    groups = [(str(c), str(b)) for c, b in zip(currency, branch, strict=True)]
    assert listed(cash) == by_hand(made, groups)
    assert sorted(zip(*cash.groups.values(), strict=True)) == sorted(set(groups))
    assert int(cash.loans.sum()) == len(made)
    assert (np.diff(cash.month.astype(np.int64)) == 1).all()
    alone = made.cash_by_month()
    totals = made.totals()
    for name in PAID:
        for k, label in enumerate(alone.groups["currency"]):
            scale = 10 ** np.maximum(alone.decimals[k] - made.decimals, 0)
            want = int((totals[name] * scale)[currency == label].sum())
            assert int(getattr(alone, name)[k].sum()) == want


@pytest.mark.parametrize("part", PLANS, ids=repr)
def test_what_moves_between_due_dates_counts_in_its_own_month(part):
    loan = rp.Loan(**LOAN)
    cash = rp.schedule(loan.batch, plan_of(part)).value.cash_by_month()
    want = defaultdict(Decimal)
    days, amounts = flows_of(rp.schedule(loan, plan_of(part)), part)
    for day, amount in zip(days, amounts, strict=True):
        if day > START:
            want[day.replace(day=1), "payment" if amount > 0 else "drawn"] += abs(amount)
    found = listed(cash)
    assert {(m, name): a for (_, m, name), a in found.items() if name in ("drawn", "payment")} == {
        key: amount for key, amount in want.items() if amount
    }


def batch(principal, **more):
    given_ = {k: v for k, v in LOAN.items() if k != "principal"}
    return rp.Loans.from_columns(principal=principal, **{**given_, **more})


def test_neither_the_order_of_the_loans_nor_the_blocks_change_a_sum(monkeypatch):
    rng = np.random.default_rng(5)
    loans = batch(
        rp.minor(rng.integers(10**5, 10**7, 300)),
        next_due=np.datetime64("2026-01-01") + rng.integers(0, 400, 300),
        unpaid=rng.integers(1, 40, 300),
    )
    plan = rp.holiday(2, interest="capitalise") + rp.equal_instalment(rp.col("unpaid"))
    want = listed(rp.schedule(loans, plan).value.cash_by_month())
    mixed = loans.take(rng.permutation(300))
    assert listed(rp.schedule(mixed, plan).value.cash_by_month(workers=2)) == want
    monkeypatch.setattr(monthly, "_AT_ONCE", 7)
    monkeypatch.setattr(schedule, "CELLS", 50)
    assert listed(rp.schedule(mixed, plan).value.cash_by_month()) == want


def test_loans_of_different_decimals_are_added_up_by_currency_or_not_at_all():
    mixed = batch(["100", "100.00", "50.00"], decimals=[0, 2, 2])
    with pytest.raises(rp.InputError) as error:
        rp.schedule(mixed, rp.equal_principal(2)).value.cash_by_month()
    assert (error.value.code, error.value.field) == ("missing", "currency")
    named = batch(["100", "100.00", "50.00"], decimals=[0, 2, 2], currency=["JPY", "CNY", "CNY"])
    cash = rp.schedule(named, rp.equal_principal(2)).value.cash_by_month()
    assert dict(zip(cash.groups["currency"].tolist(), cash.decimals.tolist(), strict=True)) == {
        "CNY": 2,
        "JPY": 0,
    }
    assert cash.principal.tolist() == [[75_00, 75_00], [50, 50]]
    assert cash.loans.tolist() == [2, 1]


def test_unrounded_loans_are_added_to_rounded_ones_exactly():
    rules = (rp.Rounding(), rp.Rounding(instalment="none", interest="none"))
    loans = batch(["100.00", "100.00"], rounding=rules, rounding_index=[0, 1])
    made = rp.schedule(loans, rp.equal_principal(3)).value
    cash = made.cash_by_month()
    assert cash.decimals.tolist() == [int(made.decimals.max())]
    assert listed(cash) == by_hand(made, [(), ()])


def test_a_sum_beyond_what_an_int64_holds_is_refused():
    largest = batch(["9999999999999999.99"] * 6, annual_rate="0")
    made = rp.schedule(largest, rp.equal_principal(2)).value
    cash = rp.schedule(largest.take(np.arange(4)), rp.equal_principal(2)).value.cash_by_month()
    # Exact, where no float would be: a half is rounded up, and the last payment is what is left.
    assert cash.payment.tolist() == [[4 * 5 * 10**17, 4 * (5 * 10**17 - 1)]]
    assert 10 * 5 * 10**17 > MAX_TOTAL > 6 * 5 * 10**17
    whole = rp.schedule(batch(["9999999999999999.99"] * 10, annual_rate="0"), rp.equal_principal(2)).value
    with pytest.raises(rp.InputError) as error:
        whole.cash_by_month()
    assert (error.value.code, error.value.field) == ("beyond_domain", "principal")
    assert made.cash_by_month().payment.tolist() == [[6 * 5 * 10**17, 6 * (5 * 10**17 - 1)]]


def test_a_column_that_is_not_there_is_refused():
    made = rp.schedule(batch(["1"]), rp.equal_principal(2)).value
    with pytest.raises(rp.InputError) as error:
        made.cash_by_month(["branch"])
    assert (error.value.code, error.value.field, error.value.value) == ("missing", "by", "branch")


def test_nothing_has_no_months():
    cash = rp.schedule(batch(["-1"]), rp.equal_principal(2)).value.cash_by_month()
    assert (len(cash.month), int(cash.loans.sum()), cash.payment.size) == (0, 0, 0)


@needs("polars")
def test_a_frame_has_a_row_for_each_group_and_month():
    loans = batch(["100.00", "50.00"], currency=["CNY", "EUR"], next_due=["2026-01-31", "2026-03-31"])
    frame = rp.schedule(loans, rp.equal_principal(2)).value.cash_by_month().to_frame("polars")
    assert frame.columns == ["currency", "month", *FLOWS]
    rows = frame.select("currency", "month", "principal").rows()
    assert rows[0] == ("CNY", date(2026, 1, 1), Decimal("50.00"))
    assert rows[4:] == [
        ("EUR", date(2026, m, 1), Decimal(amount)) for m, amount in ((1, 0), (2, 0), (3, 25), (4, 25))
    ]


def test_no_row_is_kept():
    made = rp.schedule(batch(rp.minor(np.full(2_000, 10**6)), unpaid=60), rp.equal_instalment(60)).value
    seen = []

    def trace(frame, event, _arg):
        if event == "call" and frame.f_code.co_name in ("by_loan", "by_period", "_by_loan", "_room"):
            seen.append(frame.f_code.co_name)

    sys.setprofile(trace)
    try:
        cash = made.cash_by_month()
    finally:
        sys.setprofile(None)
    assert seen == []
    assert int(cash.payment.sum()) == int(made.totals()["payment"].sum())
