"""Restructured loans under observation, against days looked at one by one."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from examples import examples
from repayplan import Code, equal_instalment
from repayplan.basics.ruletext import read_rules
from repayplan.basics.rulewriting import write_rules
from test_credit_stage import (
    DAY,
    DUES,
    FREE,
    PLANS,
    START,
    account,
    can_be,
    days_of,
    event,
    holding,
    instalments,
    lives,
    months,
    paid,
    several,
)

CHINA = rp.WatchRule.example("china-2023")
FIVE = rp.RiskClasses.example("china-2023")


def dues_after(mine, events, day):
    """Due dates of the plan that an event of the day brought, from a replay of that day."""
    return [
        row.due_date for row in rp.replay(mine, events, as_of=day).rows if row.plain and row.due_date > day
    ]


def slow(mine, events, as_of, rule, restructures):
    """Restructures that count, since when its time counts, and its end, by a loop over every day."""
    count, dues = restructures, [row.due_date for row in rp.replay(mine, [], as_of=START).rows]
    base = dues[0]

    def end(base):
        coming = [due for due in dues if due >= base]
        last = (coming[rule.periods :] or dues[-1:])[0]
        return max(months(base, rule.months), last)

    for day, (_, dpd, _) in days_of(mine, events, as_of).items():
        if count and day >= end(base):
            count = 0
        for change in holding(events, as_of):
            if change.value_date == day and change.kind in ("re_age", "reschedule", "re_amortise"):
                count = min(count + 1, 2)
                dues = dues_after(mine, events, day)
                base = dues[0]
        if count and dpd > rule.late_days:
            base = max(base, day)
        if count and dpd > rule.failed_days:
            count = 2
    if not count or as_of >= end(base):
        return 0, None, 0, None
    return count, base, max((as_of - base).days, 0), end(base)


rules = st.builds(
    lambda months, periods, late, failed: rp.WatchRule(
        months=months, periods=periods, late_days=late, failed_days=late + failed, source="a test"
    ),
    st.integers(0, 4),
    st.integers(0, 3),
    st.integers(0, 20),
    st.integers(0, 30),
)


@given(lives(), rules, st.integers(0, 2), st.sampled_from(PLANS), st.integers(0, 290))
@examples(40)
def test_it_is_what_days_looked_at_one_by_one_make_it(events, rule, restructures, plan, k):
    mine, as_of = account(plan), START + timedelta(days=k)
    if can_be(mine, events, as_of):
        now = rp.replay(mine, events, as_of=as_of, history=True)
        found = rp.watch(now, rule, restructures=restructures)
        got = found.restructures, found.since, found.served, found.ends
        assert got == slow(mine, events, as_of, rule, restructures)


@given(st.lists(st.tuples(lives(), st.integers(0, 2)), min_size=1, max_size=5), rules, st.integers(1, 290))
@examples(15)
def test_many_are_what_one_by_one_is(several_ones, rule, k):
    as_of = START + timedelta(days=k)
    accounts, events = several([each for each, _ in several_ones])
    now = rp.replay(accounts, events, as_of=as_of, history=True).value
    if not len(now):
        return
    found = rp.watch(now, rule, restructures=[several_ones[i][1] for i in now.row.tolist()])
    for place, i in enumerate(now.row.tolist()):
        alone = rp.replay(account(), several_ones[i][0], as_of=as_of, history=True)
        assert rp.watch(alone, rule, restructures=several_ones[i][1]) == found.one(place)


# A loan in China


def china(events, as_of, *, restructures=1, rule=CHINA, plan=None):
    now = rp.replay(account(plan or equal_instalment(48), FREE), events, as_of=as_of, history=True)
    found = rp.watch(now, rule, restructures=restructures)
    return found, FIVE.name(now.days_past_due, restructures=found.restructures)


def test_a_year_from_the_first_new_due_date_on():
    events = instalments(0, 40)
    found, called = china(events, "2026-12-31")
    assert (found.since, found.served, found.ends, called) == (
        *(date(2026, 1, 31), 334, date(2027, 1, 31)),
        "special mention",
    )
    assert china(events, "2027-01-31")[1] == "normal"
    assert china(events, "2026-01-10", restructures=0) == (
        rp.Watch(restructures=0, since=None, served=0, ends=None),
        "normal",
    )
    # A new plan after the end is a first one again; within it, it is a second.
    change = event("re_age", "2027-02-15", plan=equal_instalment(24), first_due="2027-03-31")
    assert china([*events, change], "2027-02-15")[1] == "special mention"
    early = replace(change, value_date=date(2026, 6, 15), first_due=date(2026, 7, 31))
    found, called = china([*events, early], "2026-06-15")
    assert (found.restructures, found.ends, called) == (2, date(2027, 7, 31), "substandard")


def test_two_periods_where_they_are_longer_than_a_year():
    yearly = replace(CHINA, months=1)
    assert china([], "2026-01-01", rule=yearly)[0].ends == DUES[2]
    assert china([], "2026-01-01", rule=replace(CHINA, months=0, periods=60))[0].ends == DUES[-1]


def test_what_is_late_begins_it_anew_and_ninety_days_are_a_failure():
    events = [*instalments(0, 3), paid("2026-05-20", "100", "late"), *instalments(4, 40)]
    found, called = china(events, "2026-12-31")  # due on 30 April: more than 7 days late up to 19 May
    assert (found.restructures, found.since, found.ends) == (1, date(2026, 5, 19), date(2027, 5, 19))
    assert called == "special mention"
    failed = [*instalments(0, 3), paid("2026-08-01", "500", "late"), *instalments(8, 40)]
    found, called = china(failed, "2026-12-31")
    assert (found.restructures, called) == (2, "substandard")


def test_what_is_late_before_the_new_plan_falls_due_does_not_shorten_it():
    # The arrears of January don't join the plan and are still late when it is made; it falls due in June.
    change = event("re_age", "2026-02-20", plan=equal_instalment(40), first_due="2026-06-30")
    found, _ = china([change, paid("2026-03-15", "100")], "2026-04-01", restructures=0)
    assert (found.since, found.served, found.ends) == (date(2026, 6, 30), 0, date(2027, 6, 30))


def test_what_comes_on_the_day_on_which_it_ends_finds_it_ended():
    change = event("re_age", "2027-01-31", plan=equal_instalment(24), first_due="2027-02-28")
    assert china([*instalments(0, 40), change], "2027-01-31")[0].restructures == 1
    before = replace(change, value_date=date(2027, 1, 30))
    assert china([*instalments(0, 40), before], "2027-01-31")[0].restructures == 2


def test_what_cannot_be():
    now = rp.replay(account(), [], as_of="2026-03-01")
    with pytest.raises(rp.InputError) as caught:
        rp.watch(now, CHINA, restructures=1)
    assert (caught.value.code, caught.value.field) == (Code.MISSING, "history")
    with pytest.raises(rp.InputError) as caught:
        rp.watch(rp.replay(account(), [], as_of=START + DAY, history=True), CHINA, restructures=3)
    assert caught.value.field == "restructures"


@pytest.mark.parametrize(
    ("field", "value"),
    [("months", -1), ("periods", 121), ("late_days", True), ("failed_days", 6), ("source", "")],
)
def test_what_cannot_be_of_a_rule(field, value):
    with pytest.raises(rp.InputError) as caught:
        replace(CHINA, **{field: value})
    assert caught.value.field == f"watch.{field}"


def test_a_rule_is_read_from_text_as_it_is_written():
    assert read_rules(rp.WatchRule, write_rules(CHINA), source="a test") == CHINA


def test_there_is_an_example():
    with pytest.raises(rp.InputError) as caught:
        rp.WatchRule.example("mars")
    assert caught.value.field == "name"
