"""Accounts side by side: each is as it is alone, whatever happens to others in the same turn."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from examples import examples

RULE = rp.OverdueRule(
    penalty=rp.OverdueLedger(on=("principal",), rate=rp.OverdueRate(multiplier="1.5")),
    day_count="ACT/360",
    first_day="due_date",
    rounded="end",
    mode="half_up",
)
CIVIL = rp.AllocationRule.example("civil-code-561")
CHANGES = {
    "re_amortise": {},
    "drawdown": {"amount": "1000"},
    "rate_change": {"rate": "0.06"},
    "payment": {"amount": "3000"},
    "early_repayment": {"amount": "500"},
    "waiver": {"amount": "0.50", "component": "penalty"},
    "freeze": {"interest": "stops", "until": "2026-03-20"},
    "fee": {"amount": "25"},
    "acceleration": {},
    "settlement": {},
    "write_off": {},
}


def accounts_of(many, kept):
    loans = rp.Loans.from_columns(
        principal=["12000.00"] * many,
        annual_rate="0.12",
        original_term=12,
        elapsed=0,
        unpaid=12,
        next_due="2026-01-31",
    )
    return rp.Accounts.of(rp.schedule(loans, rp.equal_instalment(12)).value, kept)


def terms(in_advance="hold", **more):
    return rp.AccountTerms(overdue=replace(RULE, **more), allocation=replace(CIVIL, in_advance=in_advance))


def each_is_as_it_is_alone(accounts, lists, as_of):
    flat = [(i, each) for i, mine in enumerate(lists) for each in mine]
    events = replace(rp.Events.of([each for _, each in flat]), account=np.array([i for i, _ in flat]))
    out = rp.replay(accounts, events, as_of=as_of)
    place = {row: k for k, row in enumerate(out.row.tolist())}
    for i, mine in enumerate(lists):
        alone = rp.replay(accounts.take(np.array([i])), rp.Events.of(mine), as_of=as_of)
        assert len(alone.row) == (i in place)
        if i in place:
            for name in type(alone.value.columns).__slots__:
                one = getattr(alone.value.columns, name)[0]
                beside = getattr(out.value.columns, name)[place[i]]
                assert np.array_equal(one, beside, equal_nan=one.dtype.kind == "M"), (i, name)
    return out


@pytest.mark.parametrize("change", ["re_amortise", "drawdown", "rate_change"])
def test_money_that_does_not_end_an_account_counts_beside_one_that_gets_a_new_plan(change):
    """The new plan's rows come in before those of the other account, which are looked for again."""
    other = rp.Event(kind=change, value_date="2026-03-05", reference="A", **CHANGES[change])
    paid = rp.Event(kind="early_repayment", value_date="2026-03-05", reference="B", amount="500")
    out = each_is_as_it_is_alone(accounts_of(2, terms()), [[other], [paid]], "2026-05-15")
    assert (out.value.columns.payoff[1], out.value.columns.owed[1].sum()) == (1206794, 387038)


turns = st.lists(st.sampled_from(list(CHANGES)), min_size=1, max_size=3)


@given(
    st.lists(turns, min_size=2, max_size=5),
    st.sampled_from(["hold", "next", "last", "lower", "shorter"]),
    st.sampled_from([0, 5]),
)
@examples(25)
def test_what_happens_to_others_in_the_same_turn_changes_nothing(lists, in_advance, grace):
    days = ("2026-02-02", "2026-03-05", "2026-03-05")
    kept = terms(in_advance, grace_days=grace)
    mine = [
        [
            rp.Event(kind=kind, value_date=days[k], reference=f"{i}-{k}", **CHANGES[kind])
            for k, kind in enumerate(kinds)
        ]
        for i, kinds in enumerate(lists)
    ]
    each_is_as_it_is_alone(accounts_of(len(mine), kept), mine, "2026-05-15")
