"""Days past due of three kinds."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from examples import examples
from repayplan import Code, equal_instalment
from repayplan.basics.ruletext import read_rules
from repayplan.basics.rulewriting import write_rules
from repayplan.testing.account_examples import example_account
from test_renewal import START, TERMS, account, event, histories, paid

PLAN = rp.ReportingRule(basis="plan", source="own")
CONTRACT = rp.ReportingRule(basis="contract", source="own")
HELD = rp.ReportingRule(basis="held", cured_after=2, source="own")
CASES = st.tuples(histories(), st.integers(0, 90))


def of_both(events, day):
    """The plan, over two years, and the contract, over one, on the same day."""
    plan = rp.replay(account(equal_instalment(24)), events, as_of=day)
    return plan, rp.replay(account(), events, as_of=day)


@given(histories(), st.integers(1, 330), st.integers(0, 90))
def test_each_kind_is_what_it_says(events, k, before):
    plan, contract = of_both(events, START + timedelta(days=k))
    found = {
        rule.basis: rp.past_due(plan, rule, at_signing=before, contract=contract)
        for rule in (PLAN, CONTRACT, HELD)
    }
    for each in found.values():
        assert (each.plan, each.contract) == (plan.days_past_due, contract.days_past_due)
    assert found["plan"].reported == plan.days_past_due
    assert found["contract"].reported == contract.days_past_due
    assert found["held"].reported >= plan.days_past_due
    run = longest = 0
    for row in plan.rows:
        if row.fallen_due:
            run = run + 1 if row.paid_on is not None and row.paid_on <= row.due_date else 0
            longest = max(longest, run)
    cured = longest >= 2
    assert found["held"].reported == (plan.days_past_due if cured else max(plan.days_past_due, before))


@given(st.lists(CASES, min_size=1, max_size=5), st.integers(1, 330))
def test_many_are_as_one_by_one(cases, k):
    day = START + timedelta(days=k)
    lines = [(i, each) for i, (events, _) in enumerate(cases) for each in events]
    events = rp.Events.from_columns(
        account=[i for i, _ in lines],
        kind="payment",
        value_date=[each.value_date for _, each in lines],
        amount=[each.amount for _, each in lines],
        reference=[each.reference for _, each in lines],
    )
    both = []
    for months in (24, 12):
        size = len(cases)
        loans = rp.Loans.from_columns(
            principal=["12000.00"] * size,
            annual_rate="0.12",
            original_term=12,
            elapsed=0,
            unpaid=12,
            next_due="2026-01-31",
        )
        accounts = rp.Accounts.of(rp.schedule(loans, equal_instalment(months)).value, TERMS)
        both.append(rp.replay(accounts, events, as_of=day).value)
    found = rp.past_due(both[0], HELD, at_signing=[days for _, days in cases], contract=both[1])
    for i, (mine, days) in enumerate(cases):
        plan, contract = of_both(mine, day)
        assert found.one(i) == rp.past_due(plan, HELD, at_signing=days, contract=contract)


REASONS = (None, *rp.HALT_REASONS)


@st.composite
def rests(draw):
    """Freezes, some for a reason, that overlap or go on."""
    found = []
    for k in range(draw(st.integers(1, 3))):
        begins, long = draw(st.integers(0, 200)), draw(st.none() | st.integers(0, 60))
        until = None if long is None else START + timedelta(days=begins + long)
        more = {"until": until, "reason": draw(st.sampled_from(REASONS))}
        found.append(event("freeze", START + timedelta(days=begins), f"rest{k}", **more))
    return found


def slow_days(now, freezes, reasons):
    """One day after another: those since the oldest fell due, but for the days of freezes that pause."""
    day, days = now.oldest_due, 0
    while day is not None and day < now.as_of:
        rests = any(
            each.value_date <= day <= (each.until or day) for each in freezes if each.reason in reasons
        )
        days += not rests
        day += timedelta(days=1)
    return days


@given(histories(), rests(), st.integers(1, 330), st.sets(st.sampled_from(rp.HALT_REASONS)))
@examples(25)
def test_days_of_freezes_for_some_reasons_are_not_reported(events, freezes, k, reasons):
    plan, contract = of_both([*events, *freezes], START + timedelta(days=k))
    held = plan.batch.columns.longest_in_time[0] < 2
    for usual, counted, least in ((PLAN, plan, 0), (CONTRACT, contract, 0), (HELD, plan, 9 if held else 0)):
        rule = replace(usual, pauses=tuple(sorted(reasons)))
        found = rp.past_due(plan, rule, at_signing=9, contract=contract)
        assert found.reported == max(slow_days(counted, freezes, reasons), least)
        assert (found.plan, found.contract) == (plan.days_past_due, contract.days_past_due)


def test_a_moratorium_by_law_holds_the_days_that_a_bureau_gets():
    """Due on 31 January, 20 days late when the law lets payments rest for sixty; then it counts on."""
    rest = event("freeze", "2026-02-20", "m", until="2026-04-20", reason="moratorium")
    law = rp.ReportingRule(basis="plan", pauses=("moratorium",), source="own")
    found = []
    for day in ("2026-02-20", "2026-03-20", "2026-04-21", "2026-05-05"):
        now = rp.replay(example_account(), [rest], as_of=day)
        days = rp.past_due(now, law)
        row = rp.bureau_rows(now, rp.BureauRule.example("china"), reported=days.reported)
        found.append((days.plan, days.reported, row.status, row.days_past_due))
    assert found == [(20, 20, "1", 20), (48, 20, "1", 20), (80, 20, "1", 20), (94, 34, "2", 34)]


@pytest.mark.parametrize("where", [(0,), (1,), (0, 1)])
def test_a_freeze_pauses_the_days_of_the_contract_whichever_account_knows_of_it(where):
    """None was ever paid: both are late from the same day, and sixty days of rest don't count, once."""
    rest = event("freeze", "2026-02-20", "m", until="2026-04-20", reason="moratorium")
    both = [rp.replay(account(), [rest] if k in where else [], as_of="2026-05-05") for k in (0, 1)]
    law = rp.ReportingRule(basis="contract", pauses=("moratorium",), source="own")
    found = rp.past_due(both[0], law, contract=both[1])
    assert (found.contract, found.reported) == (94, 34)


@pytest.mark.parametrize("pauses", [("rain",), ("court", "court"), "court"])
def test_reported_days_are_paused_for_reasons_that_are_known(pauses):
    with pytest.raises(rp.InputError, match=r"reporting\.pauses"):
        replace(PLAN, pauses=pauses)


def test_what_was_cured_stays_so():
    dues = ("2026-01-31", "2026-02-28", "2026-04-01")
    events = [paid(day, "1067.50", day) for day in dues]
    found = {
        day: rp.past_due(rp.replay(account(), events, as_of=day), HELD, at_signing=62)
        for day in ("2026-02-27", "2026-02-28", "2026-04-01", "2026-04-30", "2026-05-02")
    }
    assert [each.reported for each in found.values()] == [62, 0, 0, 0, 2]


def test_a_new_plan_is_held_anew():
    events = [paid(day, "1067.50", day) for day in ("2026-01-31", "2026-02-28")]
    new = event("re_age", "2026-03-10", "n", plan=equal_instalment(12), first_due="2026-04-10")
    now = rp.replay(account(), [*events, new], as_of="2026-03-20")
    assert rp.past_due(now, HELD, at_signing=62).reported == 62


ALL = ("costs", "fees", "penalty", "compound", "interest", "principal")


def anew(day, name, kind="re_age", **more):
    """A later plan, into which all arrears go."""
    first = timedelta(days=31) + date.fromisoformat(day)
    return event(kind, day, name, plan=equal_instalment(12), first_due=first, joins=ALL, **more)


THREE = replace(HELD, cured_after=3)
LATER = [anew("2026-05-05", "N"), anew("2026-08-20", "M", "reschedule")]


@pytest.mark.parametrize(
    ("events", "day", "at_signing", "held"),
    [
        ([], "2026-05-04", 0, 93),
        (LATER[:1], "2026-05-04", 0, 93),
        (LATER[:1], "2026-05-05", 0, 94),  # as on the day without it
        (LATER[:1], "2026-05-05", 30, 94),
        (LATER[:1], "2026-05-05", 120, 120),
        (LATER, "2026-08-19", 0, 94),  # 75 days past due by the plan of May
        (LATER, "2026-08-20", 0, 94),
        (LATER, "2026-12-31", 0, 102),
        ([anew("2026-05-05", "N", "re_amortise"), *LATER[1:]], "2026-08-20", 0, 94),
        ([anew("2026-05-05", "N", correction=True)], "2026-05-05", 0, 0),  # only puts an error right
        ([*LATER[:1], event("reversal", "2026-05-09", "R", reverses="N")], "2026-05-09", 0, 98),
        ([event("freeze", "2026-03-01", "F", until="2026-03-31"), *LATER[:1]], "2026-05-05", 0, 94),
        (
            [event("freeze", "2026-03-01", "F", until="2026-03-31", reason="court"), *LATER[:1]],
            "2026-05-05",
            0,
            63,
        ),
        (
            [*LATER[:1], *(paid(day, "100", day) for day in ("2026-06-05", "2026-07-05", "2026-08-05"))],
            "2026-08-04",
            0,
            94,
        ),
        (
            [*LATER[:1], *(paid(day, "100", day) for day in ("2026-06-05", "2026-07-05", "2026-08-05"))],
            "2026-08-05",
            0,
            0,
        ),
        (
            [*LATER, *(paid(day, "100", day) for day in ("2026-06-05", "2026-07-05", "2026-08-05"))],
            "2026-08-20",
            0,
            94,  # three of the plan of May were paid in time: until then none is reported, then they are anew
        ),
    ],
)
def test_a_later_new_plan_makes_no_days_zero(events, day, at_signing, held):
    now = rp.replay(example_account(), events, as_of=day)
    rule = replace(THREE, pauses=("court",))
    found = rp.past_due(now, rule, at_signing=at_signing)
    assert found.reported == held
    sent = rp.bureau_rows(now, rp.BureauRule.example("china"), reported=found.reported)
    assert (sent.status == "N") == (held == 0)


def test_many_later_plans_are_held_as_one_by_one():
    """The same accounts in a batch: none, one or two later plans, kept or not."""
    pays = [paid(day, "1100", day) for day in ("2026-06-05", "2026-07-05")]
    cases = [[], LATER[:1], LATER, [*LATER, *pays], [*pays, LATER[1]]]
    lines = [(i, each) for i, events in enumerate(cases) for each in events]
    plans = [each.plan for _, each in lines if each.plan is not None]
    events = rp.Events.from_columns(
        account=[i for i, _ in lines],
        kind=[each.kind for _, each in lines],
        value_date=[each.value_date for _, each in lines],
        amount=[each.amount for _, each in lines],
        reference=[each.reference for _, each in lines],
        plans=plans,
        plan=[-1 if each.plan is None else 0 for _, each in lines],
        first_due=[each.first_due for _, each in lines],
        joins=ALL,
    )
    loans = rp.Loans.from_columns(
        principal=["12000.00"] * len(cases),
        annual_rate="0.12",
        original_term=12,
        elapsed=0,
        unpaid=12,
        next_due="2026-01-31",
    )
    accounts = rp.Accounts.of(rp.schedule(loans, equal_instalment(12)).value, TERMS)
    now = rp.replay(accounts, events, as_of="2026-09-30").value
    before = [0, 10, 20, 30, 40]
    found = rp.past_due(now, HELD, at_signing=before)
    for i, (mine, days) in enumerate(zip(cases, before, strict=True)):
        one = rp.replay(account(), mine, as_of="2026-09-30")
        assert found.one(i) == rp.past_due(one, HELD, at_signing=days)


@given(histories(), st.integers(1, 330), st.integers(0, 90))
def test_days_are_never_held_again(events, k, more):
    first, then = (
        rp.replay(account(), events, as_of=START + timedelta(days=n)).batch.columns.longest_in_time[0]
        for n in (k, k + more)
    )
    assert first <= then


def test_signing_never_silently_makes_days_zero():
    now = rp.replay(account(), [paid("2026-01-31", "1066.19")], as_of="2026-02-01")
    assert rp.past_due(now, HELD, at_signing=62) == rp.PastDue(plan=0, contract=None, reported=62)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"basis": "mood", "source": "own"}, "reporting.basis"),
        ({"basis": "held", "source": "own"}, "reporting.cured_after"),
        ({"basis": "held", "cured_after": 0, "source": "own"}, "reporting.cured_after"),
        ({"basis": "plan", "cured_after": 1, "source": "own"}, "reporting.cured_after"),
        ({"basis": "plan", "source": None}, "reporting.source"),
    ],
)
def test_rules_that_cannot_be_are_refused(given, field):
    with pytest.raises(rp.InputError) as error:
        rp.ReportingRule(**given)
    assert error.value.field == field


def test_figures_that_cannot_be_are_refused():
    now, later = (rp.replay(account(), [], as_of=day) for day in ("2026-02-01", "2026-02-02"))
    for field, more in (
        ("at_signing", {"at_signing": -1}),
        ("contract", {"contract": later}),
        ("contract", {"contract": now.batch}),
    ):
        with pytest.raises(rp.InputError) as error:
            rp.past_due(now, HELD, **more)
        assert error.value.field == field
    with pytest.raises(rp.InputError) as error:
        rp.past_due(now, CONTRACT)
    assert (error.value.code, error.value.field) == ("missing", "contract")
    with pytest.raises(rp.InputError) as error:
        rp.past_due(now.batch, PLAN, contract=now)
    assert error.value.field == "contract"
    assert len(rp.past_due(now.batch, PLAN)) == 1


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: rp.ReportingRule(basis="plan", source=" "), "reporting.source"),
        (lambda: rp.OverdueCaps(of_principal="1", source=""), "caps.source"),
        (lambda: rp.RiskClasses(from_days=(1,), names=("a", "b"), source=""), "classes.source"),
        (lambda: replace(rp.BureauRule.example("china"), source=""), "bureau.source"),
        (lambda: replace(rp.AllocationRule.example("us-rule"), source=" "), "allocation.source"),
    ],
)
def test_a_rule_says_where_it_is_written(make, field):
    with pytest.raises(rp.InputError) as error:
        make()
    assert (error.value.code, error.value.field) == ("missing", field)


@pytest.mark.parametrize("days", ["5", None, [5], float("nan"), 5.0, -1, True, 10**9, np.float64(3)])
def test_days_that_cannot_be_have_no_name(days):
    for named in (rp.Buckets.example("months"), rp.RiskClasses.example("china-2023")):
        with pytest.raises(rp.InputError) as caught:
            named.name(days)
        assert caught.value.field == "days_past_due"


@pytest.mark.parametrize("often", ["1", None, [1], float("nan"), 1.0, -1, True])
def test_restructures_that_cannot_be_have_no_name(often):
    with pytest.raises(rp.InputError) as caught:
        rp.RiskClasses.example("china-2023").name(0, restructures=often)
    assert caught.value.field == "restructures"


@pytest.mark.parametrize(
    ("names_zh", "code", "field"),
    [
        (("好",), "out_of_range", "classes.names_zh"),
        (("好", "好"), "duplicate", "classes.names_zh[1]"),
        (("好", " "), "missing", "classes.names_zh"),
        (("好", 1), "unknown_value", "classes.names_zh[1]"),
        (None, "missing", "classes.names_zh"),
    ],
)
def test_chinese_names_of_classes_that_cannot_be(names_zh, code, field):
    with pytest.raises(rp.InputError) as caught:
        rp.RiskClasses(from_days=(1,), names=("a", "b"), names_zh=names_zh, source="own")
    assert (caught.value.code, caught.value.field) == (code, field)


def test_classes_are_called_in_both_languages():
    five = rp.RiskClasses.example("china-2023")
    assert five.called(None) == five.called("en") == five.names
    assert five.called("zh") == ("正常", "关注", "次级", "可疑", "损失")
    assert replace(five, names_zh=()).called("zh") == five.names
    with pytest.raises(rp.InputError) as caught:
        five.called("fr")
    assert caught.value.field == "language"


def test_classes_are_read_from_text_with_their_chinese_names():
    text = """
        from_days = [1]
        names = ["a", "b"]
        names_zh = ["甲", "乙"]
        source = "own"
    """
    own = rp.RiskClasses(from_days=(1,), names=("a", "b"), names_zh=("甲", "乙"), source="own")
    assert read_rules(rp.RiskClasses, text, source="classes") == own
    assert read_rules(rp.RiskClasses, write_rules(own), source="classes") == own


def test_numbers_of_numpy_have_a_name():
    assert rp.Buckets.example("months").name(np.int32(31)) == "M2"
    assert rp.RiskClasses.example("china-2023").name(np.int64(0), restructures=np.int8(2)) == "substandard"


@pytest.mark.parametrize(
    "ask",
    [
        rp.bureau_rows,
        lambda now, rule: rp.next_contact(now, rule, []),
        lambda now, rule: rp.credit_stage(now, rule, forborne=True),
        lambda now, rule: rp.watch(now, rule, restructures=1),
        rp.past_due,
    ],
)
def test_a_rule_that_is_missing_is_an_error_of_the_rule(ask):
    account = example_account()
    now = rp.replay(account, [], as_of="2026-03-10", history=True)
    batch = rp.replay(account.accounts, rp.Events.of([]), as_of="2026-03-10", history=True).value
    for rule, code in ((None, Code.MISSING), ("china", Code.UNKNOWN_VALUE)):
        for each in (now, batch):
            with pytest.raises(rp.InputError) as caught:
                ask(each, rule)
            assert (caught.value.field, caught.value.code) == ("rule", code)
