"""Freezes as people read them, and the days that don't count in them."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from account_cases import account_of, signed_plans
from repayplan.accounts.pauses import PausedDays
from repayplan.basics.errors import Code

HALF = rp.OverdueRate(multiplier="1.5")
RULE = rp.OverdueRule(
    penalty=rp.OverdueLedger(on=("principal",), rate=HALF),
    day_count="ACT/360",
    first_day="due_date",
    rounded="end",
    mode="half_up",
)
TERMS = rp.AccountTerms(overdue=RULE, allocation=rp.AllocationRule.example("civil-code-561"))
LOAN = rp.Loan(
    principal="1200", annual_rate="0.12", original_term=12, elapsed=0, unpaid=12, next_due="2026-01-31"
)
START = date(2026, 1, 1)
DAY = timedelta(days=1)


def account():
    rows = {"account": [0], "due_date": "2026-02-01", "principal": "100", "interest": "1"}
    return rp.Account(rp.Accounts.from_columns(TERMS, rate=["0.1"], start=[START], **rows))


def freeze(day, reference="f", **more):
    return rp.Event(kind="freeze", value_date=day, reference=reference, **more)


SENTENCES = {
    "death": ("the borrower has died", "借款人死亡", Code.HALTED_DEATH),
    "insolvency": ("insolvency proceedings", "借款人进入破产程序", Code.HALTED_INSOLVENCY),
    "court": ("ordered by a court", "法院裁定", Code.HALTED_COURT),
    "dispute": ("the debt is in dispute", "债务存在争议", Code.HALTED_DISPUTE),
    "moratorium": ("a law lets payments rest", "依法延期还款", Code.HALTED_MORATORIUM),
}


def test_every_reason_has_its_sentence():
    assert tuple(SENTENCES) == rp.HALT_REASONS


@pytest.mark.parametrize("reason", rp.HALT_REASONS)
def test_a_statement_says_why_it_is_halted_in_both_languages(reason):
    now = rp.replay(account(), [freeze("2026-01-05", reason=reason)], as_of="2026-01-10")
    (halt,) = now.halts
    english, chinese, code = SENTENCES[reason]
    assert (halt.reason, halt.since, halt.until, halt.holds) == (reason, date(2026, 1, 5), None, True)
    assert [each.code for each in halt.reasons] == [code]
    assert halt.text() == f"halted since 2026-01-05: {english}"
    assert halt.text("zh") == f"自2026-01-05起中止：{chinese}"


def test_halts_are_those_that_have_begun_and_hold_by_what_is_known():
    events = [
        freeze("2026-01-05", "b", until="2026-01-08", interest="stops", reason="court"),
        freeze("2026-01-02", "a"),
        freeze("2026-01-30", "later", reason="death"),
        freeze("2026-01-03", "undone", reason="dispute"),
        rp.Event(
            kind="reversal", value_date="2026-01-03", booked="2026-01-09", reference="r", reverses="undone"
        ),
    ]
    mine = rp.Account.of(LOAN, rp.schedule(LOAN, rp.equal_instalment(12)), TERMS)
    now = rp.replay(mine, events, as_of="2026-01-10")
    assert [(each.reference, each.holds) for each in now.halts] == [("a", True), ("b", False)]
    assert now.halts[1].text() == (
        "halted since 2026-01-05: ordered by a court; until 2026-01-08; the contract's interest is stopped"
    )
    assert now.halts[1].text("zh") == "自2026-01-05起中止：法院裁定；至2026-01-08止；合同利息停止计算"
    assert [each.code for each in now.halts[0].reasons] == [Code.HALTED]
    then = rp.replay(mine, events, as_of="2026-01-10", known_on="2026-01-08")
    assert [each.reference for each in then.halts] == ["a", "undone", "b"]


@given(signed_plans(), st.integers(0, 60), st.sampled_from(rp.HALT_REASONS), st.integers(0, 100))
def test_a_reason_changes_no_figure(plan, day, reason, days):
    """Whose death or dispute it is decides nothing by itself: what it does is the freeze's."""
    when, as_of = plan.start + day * DAY, plan.start + days * DAY
    one, other = (
        rp.replay(account_of(plan, TERMS), [freeze(when, reason=each)], as_of=as_of)
        for each in (None, reason)
    )
    assert one.rows == other.rows
    for name in type(one.batch.columns).__slots__:
        same = getattr(one.batch.columns, name), getattr(other.batch.columns, name)
        assert np.array_equal(*same, equal_nan=same[0].dtype.kind == "M")


pieces = st.lists(
    st.tuples(st.integers(0, 40), st.none() | st.integers(0, 20), st.sampled_from(rp.HALT_REASONS)),
    max_size=4,
)


@given(
    st.lists(pieces, min_size=1, max_size=4), st.integers(0, 60), st.sets(st.sampled_from(rp.HALT_REASONS))
)
def test_days_that_do_not_count_are_counted_one_by_one(lives, day, reasons):
    size = len(lives)
    flat = [(i, *each) for i, mine in enumerate(lives) for each in mine]
    events = rp.Events.from_columns(
        account=np.array([i for i, *_ in flat], np.int64),
        kind="freeze",
        value_date=[START + begin * DAY for _, begin, _, _ in flat],
        until=[None if long is None else START + (begin + long) * DAY for _, begin, long, _ in flat],
        reason=[reason for *_, reason in flat],
        amount=None,
        reference=[str(k) for k in range(len(flat))],
    )
    rows = {"account": list(range(size)), "due_date": "2026-02-01", "principal": "100", "interest": "1"}
    accounts = rp.Accounts.from_columns(TERMS, rate=["0.1"] * size, start=START, **rows)
    paused = PausedDays.of(rp.replay(accounts, events, as_of="2026-06-01").value, sorted(reasons))
    base = int(np.datetime64(START, "D").astype(np.int64))

    def rests(i, k):
        return any(
            begin <= k and (long is None or k <= begin + long) and why in reasons
            for begin, long, why in lives[i]
        )

    every = np.arange(size)
    before = [sum(rests(i, k) for k in range(day)) for i in range(size)]
    assert paused.before(every, np.full(size, base + day)).tolist() == before
    for i in range(size):
        counts = [base + k - sum(rests(i, n) for n in range(k)) for k in range(150)]
        wanted = base + day
        found = int(paused.day(np.array([i]), np.array([wanted]))[0])
        first = [k for k in range(150) if counts[k] >= wanted]
        assert found == base + first[0] if first else found >= base + 150
