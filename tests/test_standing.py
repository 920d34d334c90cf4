"""Loans as they stand after some periods: what follows is what would have followed."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import repayplan as rp
from repayplan import Code, InputError, Loans, custom, equal_instalment, schedule
from repayplan.basics.columns import Screen
from repayplan.offers.account import keep_account
from repayplan.offers.arrangements import ORDER
from repayplan.plans.loanreading import COMPONENTS
from repayplan.plans.standing import standing
from repayplan.testing.loan_strategies import loans

OWES_NOTHING_ELSE = dict.fromkeys(COMPONENTS[1:], 0)
PLAIN = loans(**OWES_NOTHING_ELSE, last_due=None)


def account_of(batch, rows, wanted, order=("interest", "principal"), unpaid="capitalise"):
    """What :func:`keep_account` makes of loans, and its faults."""
    screen = Screen(len(batch))
    screen.adopt(batch.failures)
    account = keep_account(batch, np.array(rows), np.array(wanted), screen, order=order, unpaid=unpaid)
    return account, screen.failures()


def columns(rows, *names):
    return [[getattr(row, name) for name in names] for row in rows]


@given(PLAIN, st.lists(st.integers(0, 1200), min_size=1, max_size=4), st.integers(1, 5))
def test_rows_and_what_follows_them_are_those_of_one_plan(loan, shares, months):
    """The same loan, whether one plan runs through or a second one starts where the first has come to."""
    assume(not loan.rounding.unrounded)
    loan = replace(loan, rounding=replace(loan.rounding, residue="last"))  # the others look at all rows
    unit = Decimal(1).scaleb(-loan.decimals)
    amounts = [(loan.principal * share / 20_000).quantize(unit) for share in shares]
    count = len(amounts)
    try:
        whole = schedule(loan, custom(amounts, shortfall="capitalise") + equal_instalment(months)).rows
    except InputError:
        assume(False)
    wanted = [[int(amount.scaleb(loan.decimals))] for amount in amounts]
    account, failures = account_of(loan.batch, [count], wanted)
    if len(failures):
        assume(failures.code[0] is not Code.BEYOND_DOMAIN)
    assert len(failures) == 0
    assert account.due[:, 0].tolist() == [row.due_date for row in whole[:count]]
    for name, column in (("interest", account.interest), ("payment", account.payment)):
        assert [Decimal(int(v)).scaleb(-loan.decimals) for v in column[:, 0]] == [
            getattr(row, name) for row in whole[:count]
        ]
    later = standing(loan.batch, np.array([count]), **account.left())
    if len(later.failures):
        assert (later.failures[0].field, loan.frequency) == ("next_due", "semi-monthly")
        return
    rest = schedule(later, equal_instalment(months)).value.one(0).rows
    wanted = ("due_date", "days", "opening", "interest", "principal", "payment", "closing")
    assert columns(rest, *wanted) == columns(whole[count:], *wanted)
    # One loan made of it is the same.
    assert schedule(later.one(0), equal_instalment(months)).rows == rest


def batch(**changes):
    given = {
        "principal": ["1000", "2000", "3000"],
        "annual_rate": "0.12",
        "original_term": 24,
        "elapsed": 6,
        "unpaid": 20,
        "next_due": ["2026-01-31", "2026-02-28", "2026-03-15"],
    }
    return Loans.from_columns(**(given | changes))


def test_dates_counts_and_amounts_move_on_and_nothing_else():
    before = batch(original_maturity=["", "2027-08-28", ""], months_extended=2)
    after = standing(before, np.array([2, 0, 1]), principal=np.array([900_00, 2000_00, 2500_00]))
    assert after.next_due.astype(str).tolist() == ["2026-03-31", "2026-02-28", "2026-04-15"]
    assert after.start.astype(str).tolist() == ["2026-02-28", "2026-01-28", "2026-03-15"]
    assert after.elapsed.tolist() == [8, 6, 7]
    assert after.unpaid.tolist() == [20] * 3
    assert after.principal.tolist() == [900_00, 2000_00, 2500_00]
    # The maturity is where it was: as many instalments nearer as have passed.
    assert (before.to_present_maturity - after.to_present_maturity).tolist() == [2, 0, 1]
    assert after.one(1) == before.one(1)
    assert after.due(np.array([0] * 3), np.array([0, 1, 2]), np.zeros(3, np.bool_)).astype(str).tolist() == [
        "2026-03-31",
        "2026-04-30",
        "2026-05-31",
    ]


@given(PLAIN, st.lists(st.integers(0, 3), min_size=3, max_size=3))
def test_a_batch_is_its_loans_one_by_one(loan, periods):
    many = loan.batch.take(np.zeros(3, np.int64))
    together = standing(many, np.array(periods))
    for i, count in enumerate(periods):
        alone = standing(loan.batch, np.array([count]))
        assert together.failures.mask(3)[i] == bool(len(alone.failures))
        if not len(alone.failures):
            assert together.one(i) == alone.one(0)


def test_a_long_first_period_takes_two_due_dates():
    before = batch(start="2026-01-10", first_stub="long", next_due="2026-01-31")
    after = standing(before, np.array([1, 1, 0]))
    assert before.late.tolist() == [1, 1, 1]
    assert after.next_due.astype(str).tolist() == ["2026-03-31", "2026-03-31", "2026-01-31"]
    assert (before.to_present_maturity - after.to_present_maturity).tolist() == [1, 1, 0]
    assert (after.elapsed.tolist(), after.late.tolist()) == ([8, 8, 6], [0, 0, 1])


def test_a_rate_that_changes_goes_on():
    path = rp.SteppedRate([("2025-01-01", "0.12"), ("2026-02-10", "0.06")])
    after = standing(batch(annual_rate=path), np.array([1, 0, 0]))
    assert after.annual_rate.tolist() == [12 * 10**8] * 2 + [6 * 10**8]
    assert standing(batch(annual_rate=path), np.array([2, 1, 0])).annual_rate.tolist() == [6 * 10**8] * 3


def test_a_last_due_date_that_has_passed_is_lost():
    after = standing(batch(last_due=["2026-02-10", "2026-12-31", ""]), np.array([2, 2, 2]))
    assert np.isnat(after.last_due).tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("day", "periods", "good"),
    [
        ("2026-01-05", 1, True),
        ("2026-01-31", 1, False),
        ("2026-01-31", 4, True),
        ("2026-01-29", 2, False),
        ("2026-01-14", 3, False),
        ("2026-01-14", 1, True),
    ],
)
def test_due_dates_twice_a_month_are_counted_on_or_refused(day, periods, good):
    loans = batch(next_due=[day, "2026-01-10", "2026-01-20"], frequency="semi-monthly")
    after = standing(loans, np.array([periods] * 3))
    assert [(f.row, f.code, f.field, f.value) for f in after.failures] == (
        [] if good else [(0, Code.OUT_OF_RANGE, "next_due", day)]
    )
    rows, k = np.repeat(np.flatnonzero(after.good), 9), np.tile(np.arange(9), int(after.good.sum()))
    none = np.zeros(len(k), np.bool_)
    assert after.due(rows, k, none).tolist() == loans.due(rows, k + periods, none).tolist()


def test_more_due_dates_than_are_counted():
    after = standing(batch(elapsed=[3659, 6, 6]), np.array([2, 1, 1]))
    assert [(f.row, f.field, f.value, f.limit) for f in after.failures] == [
        (0, "elapsed", "3661", "0 to 3660")
    ]
    assert after.good.tolist() == [False, True, True]


# What payments go to


def test_the_civil_code_s_order():
    """Article 561: principal 100,000, interest 5,000, costs 3,000; 30,000 paid leave 78,000 of principal."""
    loans = batch(
        principal=["100000", "1", "1"], overdue_interest=["5000", 0, 0], fees=["3000", 0, 0], annual_rate=0
    )
    account, failures = account_of(loans, [1, 1, 1], [[30_000_00] * 3], order=ORDER)
    assert len(failures) == 0
    assert [account.paid[name][0, 0] for name in ("fees", "overdue_interest", "principal")] == [
        3_000_00,
        5_000_00,
        22_000_00,
    ]
    assert account.balance[1, 0] == 78_000_00


def test_interest_below_zero_lowers_the_balance():
    path = rp.FixedRate("-0.12", negative=True)
    loans = batch(annual_rate=path)
    for unpaid in ("defer", "capitalise", "waive"):
        account, failures = account_of(loans, [2, 2, 2], [[0] * 3] * 2, order=ORDER, unpaid=unpaid)
        assert len(failures) == 0
        assert account.interest[:, 0].tolist() == [-10_00, -9_90]
        assert account.total[:, 0].tolist() == [1000_00, 990_00, 980_10]
        assert account.capitalised[:, 0].tolist() == [-10_00, -9_90]


def test_interest_so_far_below_zero_that_nothing_is_left():
    loans = batch(
        annual_rate=rp.FixedRate("-0.6", negative=True), frequency=["2-yearly", "monthly", "monthly"]
    )
    _, failures = account_of(loans, [1, 1, 1], [[0] * 3], order=ORDER)
    assert [(f.row, f.code, f.field) for f in failures] == [(0, Code.OUT_OF_RANGE, "annual_rate")]
