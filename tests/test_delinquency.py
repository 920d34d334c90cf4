"""Delinquency of accounts, against days counted one by one."""

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp

START = date(2026, 1, 1)
RANGES = rp.Buckets(from_days=(1, 4, 31, 61), names=("none", "1-3", "4-30", "31-60", "61+"))
FREE = rp.OverdueRule(
    penalty=rp.OverdueLedger(on=("principal",), rate=rp.OverdueRate(rate="0")),
    day_count="ACT/365F",
    first_day="due_date",
    rounded="end",
    mode="half_up",
)
TERMS = rp.AccountTerms(overdue=FREE, allocation=rp.AllocationRule.example("us-rule"))


def rule(**given_ones):
    return rp.DelinquencyRule(**{"buckets": RANGES} | given_ones)


def accounts(dues):
    """Accounts of instalments of 100 without interest, one for each list of days after the start."""
    lines = [(i, START + timedelta(days)) for i, each in enumerate(dues) for days in each]
    return rp.Accounts.from_columns(
        TERMS,
        rate=["0"] * len(dues),
        start=[START] * len(dues),
        account=[i for i, _ in lines],
        due_date=[day for _, day in lines],
        principal=["100.00"] * len(lines),
        interest=["0"] * len(lines),
    )


def events(of):
    """The same for each account: freezes as (days after the start, length or None), and payments."""
    lines = []
    for i, (freezes, payments) in enumerate(of):
        for begin, length in freezes:
            until = None if length is None else START + timedelta(begin + length - 1)
            lines.append((i, "freeze", START + timedelta(begin), until, None))
        lines += [(i, "payment", START + timedelta(day), None, str(amount)) for day, amount in payments]
    return rp.Events.from_columns(
        account=[line[0] for line in lines],
        kind=[line[1] for line in lines],
        value_date=[line[2] for line in lines],
        until=[line[3] for line in lines],
        amount=[line[4] for line in lines],
        reference=[f"E{n}" for n in range(len(lines))],
    )


def statements(dues, happened, day):
    return rp.replay(accounts(dues), events(happened), as_of=START + timedelta(day)).value


def one(dues, freezes=(), payments=(), *, day, **terms):
    return rule(**terms).of(statements([dues], [(freezes, payments)], day)).one(0)


# Counted one by one


def slow(dues, freezes, payments, day, how):
    """Days, amount and amounts by range, from what is left of each instalment and a set of paused days."""
    left = dict.fromkeys(dues, 100)
    money = sum(amount for when, amount in payments if when <= day)
    for due in dues:  # the oldest is paid first
        pays = min(money, left[due])
        left[due] -= pays
        money -= pays
    late = [due for due in dues if due < day and left[due]]
    frozen = {
        d
        for begin, length in freezes
        for d in range(begin, day if length is None else min(day, begin + length))
    }

    def counted(due, grace):
        away = {"none": set(), "all": frozen, "since_due": {d for d in frozen if d >= due}}[how.pauses]
        return max(day - due - grace - len(away), 0)

    days = counted(late[0], how.grace_days) if late else 0
    own = how.grace_days if how.instalment_grace_days is None else how.instalment_grace_days
    by_range = dict.fromkeys(RANGES.names, Decimal(0))
    for due in late:
        by_range[RANGES.name(counted(due, own)) if days else "none"] += left[due]
    since = START + timedelta(late[0] + how.grace_days) if late else None
    return days, since, sum(left[due] for due in late), by_range


freezes = st.lists(st.tuples(st.integers(0, 130), st.none() | st.integers(1, 60)), max_size=4)
payments = st.lists(st.tuples(st.integers(0, 130), st.integers(1, 250)), max_size=3)
due_days = st.lists(st.integers(1, 120), min_size=1, max_size=5, unique=True).map(sorted)
rules = st.builds(
    rule,
    grace_days=st.integers(0, 12),
    instalment_grace_days=st.none() | st.integers(0, 12),
    pauses=st.sampled_from(("since_due", "all", "none")),
)


@given(
    how=rules,
    of=st.lists(st.tuples(due_days, freezes, payments), min_size=1, max_size=4),
    day=st.integers(0, 150),
)
def test_it_is_what_days_counted_one_by_one_make_it(how, of, day):
    found = how.of(statements([each[0] for each in of], [each[1:] for each in of], day))
    assert len(found) == len(of)
    for i, each in enumerate(of):
        mine = found.one(i)
        got = mine.days, mine.since, mine.amount, dict(mine.by_bucket)
        assert got == slow(*each, day, how)
        assert mine.bucket == RANGES.name(mine.days)
        assert sum(mine.by_bucket.values()) == mine.amount


@given(how=rules, dues=due_days, held=freezes, paid=payments, day=st.integers(0, 150))
def test_one_account_is_a_batch_of_one(how, dues, held, paid, day):
    both = statements([dues, [1]], [(held, paid), ([], [])], day)
    assert how.of(both.one(0)) == how.of(both).one(0)


@given(how=rules, of=st.lists(st.tuples(due_days, freezes, payments), min_size=2, max_size=4))
def test_the_order_of_accounts_means_nothing(how, of):
    def found(these):
        made = how.of(statements([each[0] for each in these], [each[1:] for each in these], 100))
        return [made.one(i) for i in range(len(made))]

    assert found(of[::-1]) == found(of)[::-1]


# What it means


def test_days_of_grace_and_pauses_do_not_count():
    assert one([10], day=40).days == 30
    assert one([10], day=40, grace_days=3).days == 27
    assert one([10], [(20, 5)], day=40, grace_days=3).days == 22
    assert one([10], day=13, grace_days=3).days == 0
    assert one([10], day=13, grace_days=3).since == date(2026, 1, 14)
    assert one([10], day=10).since is None


def test_a_pause_that_was_over_when_the_instalment_fell_due_counts_only_where_all_of_them_do():
    assert one([10, 40], [(20, 5)], [(10, 100)], day=50).days == 10
    assert one([10, 40], [(20, 5)], [(10, 100)], day=50, pauses="all").days == 5
    assert one([10], [(20, 5)], day=50, pauses="none").days == 40


def test_two_pauses_of_one_day_are_one():
    assert one([10], [(20, 10), (25, 10), (22, 2)], day=60).days == 50 - 15


def test_a_pause_without_an_end_goes_on():
    assert one([10], [(20, None)], day=60).days == 10


def test_a_pause_that_ends_early_is_reversed_and_another_takes_its_place():
    account = accounts([[10]])
    columns = {
        "kind": ["freeze", "reversal", "freeze"],
        "value_date": ["2026-01-21", "2026-01-26", "2026-01-21"],
        "booked": ["2026-01-21", "2026-01-26", "2026-01-26"],
        "until": ["2026-02-28", None, "2026-01-25"],
        "amount": None,
        "reference": ["P1", "R1", "P2"],
        "reverses": ["", "P1", ""],
    }
    happened = rp.Events.from_columns(account=[0] * 3, **columns)
    then = rp.replay(account, happened, as_of="2026-02-20", known_on="2026-01-22").value
    now = rp.replay(account, happened, as_of="2026-02-20").value
    assert [rule().of(each).one(0).days for each in (then, now)] == [10, 40 - 5]


def test_instalments_have_their_own_days_and_grace():
    found = one([10, 40, 68], day=71)
    assert {name: int(amount) for name, amount in found.by_bucket.items() if amount} == {
        "61+": 100,
        "31-60": 100,
        "1-3": 100,
    }
    found = one([10, 40, 68], day=71, grace_days=3, instalment_grace_days=0)
    assert (found.days, int(found.by_bucket["1-3"])) == (58, 100)
    # Once nothing counts as late of the account, nothing does of its instalments.
    found = one([10], day=12, grace_days=3, instalment_grace_days=0)
    assert (found.bucket, int(found.by_bucket["none"]), int(found.amount)) == ("none", 100, 100)


def test_accounts_that_cannot_be_are_left_out_and_the_others_keep_their_places():
    happened = events([([(20, 5)], []), ([], []), ([(30, 7)], [])])
    bad = rp.Accounts.from_columns(
        TERMS,
        rate=["0", "x", "0"],
        start=[START] * 3,
        account=[0, 1, 2],
        due_date=["2026-01-11"] * 3,
        principal=["100", "100", "200"],
        interest=["0"] * 3,
    )
    outcome = rp.replay(bad, happened, as_of="2026-03-12")
    found = rule().of(outcome.value)
    assert outcome.row.tolist() == [0, 2]
    assert found.days.tolist() == [55, 53]
    assert found.amount.tolist() == [10000, 20000]
    assert found.by_bucket.tolist() == [[0, 0, 0, 10000, 0], [0, 0, 0, 20000, 0]]


def test_late_instalments_of_accounts_in_several_blocks(monkeypatch):
    dues = [[10 + i, 50 + i] for i in range(7)]
    whole = statements(dues, [([], [])] * 7, 55)
    monkeypatch.setattr("repayplan.accounts.replaying.BLOCK", 2)
    parts = statements(dues, [([], [])] * 7, 55)
    assert rule().of(parts).days.tolist() == [45 - i for i in range(7)]
    for name in ("account", "due", "amount"):
        assert np.array_equal(getattr(whole.late, name), getattr(parts.late, name))
    assert parts.late.account.tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 6]


def test_a_batch_in_which_nothing_is_late():
    found = rule().of(statements([[10], [20]], [([(3, 2)], [(1, 100)]), ([], [])], 15))
    assert found.days.tolist() == found.amount.tolist() == [0, 0]
    assert np.isnat(found.since).all()


def test_a_batch_in_which_no_account_can_be():
    empty = rp.replay(accounts([]), events([]), as_of=START)
    refused = rp.replay(accounts([[10]]), events([([], [(20, -5)])]), as_of="2026-02-01")
    assert [failure.code for failure in refused.failures] == [rp.Code.NEGATIVE]
    for outcome in (empty, refused):
        found = rule().of(outcome.value)
        assert len(found) == len(outcome.value.columns.owed) == 0
        assert found.by_bucket.shape == (0, 5)


def test_one_account_that_cannot_be_is_an_input_error():
    loan = rp.Loan(
        principal="100", annual_rate="0", original_term=1, elapsed=0, unpaid=1, next_due="2026-01-11"
    )
    account = rp.Account.of(loan, rp.schedule(loan, rp.equal_instalment(1)), TERMS)
    twice = [rp.Event(kind="payment", value_date=START, amount="1", reference="A")] * 2
    with pytest.raises(rp.InputError) as caught:
        rp.replay(account, twice, as_of="2026-02-01")
    assert caught.value.code == rp.Code.DUPLICATE


@pytest.mark.parametrize(
    ("given_ones", "field", "code"),
    [
        ({"buckets": None}, "delinquency.buckets", rp.Code.MISSING),
        ({"buckets": (1, 2)}, "delinquency.buckets", rp.Code.UNKNOWN_VALUE),
        ({"grace_days": -1}, "delinquency.grace_days", rp.Code.OUT_OF_RANGE),
        ({"instalment_grace_days": 1.5}, "delinquency.instalment_grace_days", rp.Code.OUT_OF_RANGE),
        ({"pauses": "some"}, "delinquency.pauses", rp.Code.UNKNOWN_VALUE),
    ],
)
def test_a_rule_that_cannot_be_is_refused(given_ones, field, code):
    with pytest.raises(rp.InputError) as caught:
        rule(**given_ones)
    assert (caught.value.field, caught.value.code) == (field, code)
