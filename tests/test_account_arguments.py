"""What accounts and what is made of them are called with: refused by name where it can't be meant."""

import pytest

import repayplan as rp
from extras import needs
from repayplan.testing.account_examples import example_account

TRACKED = rp.TrackingRule(broken_after_missed=2, consequence="review", remind_before=(7,))
MINE = example_account(tracking=TRACKED)
TERMS = MINE.accounts.terms
LOAN = rp.Loan(principal="100", annual_rate="0", original_term=1, elapsed=0, unpaid=1, next_due="2026-01-31")
PLAN = rp.schedule(LOAN, rp.equal_instalment(1))
CHINA, CLASSES = rp.BureauRule.example("china"), rp.RiskClasses.example("china-2023")
DELINQUENT = rp.DelinquencyRule(buckets=rp.Buckets.example("months"))
BY_PLAN = rp.ReportingRule(basis="plan", source="own")


@pytest.fixture(scope="module")
def now():
    return rp.replay(MINE, [], as_of="2026-03-10")


@pytest.fixture(scope="module")
def outcome():
    """What a replay of a batch gives: its statements are the value of it."""
    return rp.replay(MINE.accounts, rp.Events.of([]), as_of="2026-03-10")


OF_STATEMENTS = [
    rp.track,
    rp.agenda,
    rp.as_loans,
    rp.latest_review,
    DELINQUENT.of,
    CLASSES.of,
    CLASSES.of_all,
    lambda given: rp.past_due(given, BY_PLAN),
    lambda given: rp.bureau_rows(given, CHINA),
    lambda given: rp.next_contact(given, rp.CollectionRule.example("us-regulation-f"), []),
]


@pytest.mark.parametrize("ask", OF_STATEMENTS)
def test_an_outcome_is_no_statement(ask, outcome):
    for given, code in ((None, "missing"), (outcome, "unknown_value")):
        with pytest.raises(rp.InputError) as caught:
            ask(given)
        assert (caught.value.field, caught.value.code) == ("statements", code)


def test_an_outcome_is_no_contract(now, outcome):
    for given in (now, now.batch):
        with pytest.raises(rp.InputError) as caught:
            rp.past_due(given, BY_PLAN, contract=outcome)
        assert (caught.value.field, caught.value.code) == ("contract", "unknown_value")


def event(kind="payment", **more):
    return rp.Event(**{"kind": kind, "value_date": "2026-02-01", "reference": "a"} | more)


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: event(["payment"], amount="1"), "kind"),
        (lambda: event(amount="1", reference=["a"]), "reference"),
        (lambda: event("waiver", amount="1", component=["fees"]), "component"),
        (lambda: event("freeze", reason=["court"]), "reason"),
        (lambda: event("freeze", interest=("stops",)), "interest"),
        (lambda: event("rate_change", rate="0.1", keeps=["dates"]), "keeps"),
        (lambda: event("reversal", reverses=["b"]), "reverses"),
        (lambda: event("re_age", plan=rp.equal_instalment(3), frequency=["weekly"]), "frequency"),
        (lambda: event("re_age", plan=rp.equal_instalment(3), joins=None), "joins"),
        (lambda: event("re_age", plan=rp.equal_instalment(3), joins="interest"), "joins"),
        (lambda: rp.Account.of(None, None, None), "loan"),
        (lambda: rp.Account.of(LOAN, None, TERMS), "plan"),
        (lambda: rp.Account.of(LOAN, PLAN, terms=None), "terms"),
        (lambda: rp.Account.of(LOAN, PLAN, TERMS, lent=["100"]), "lent"),
        (lambda: rp.Account.of(LOAN, PLAN, TERMS, contracted=["2026-01-01"]), "contracted"),
        (lambda: rp.Accounts.of(None, TERMS), "schedules"),
        (lambda: rp.replay(None, [], as_of="2026-02-01"), "accounts"),
    ],
)
def test_events_and_accounts_are_of_what_they_can_be(make, field):
    with pytest.raises(rp.InputError) as caught:
        make()
    assert caught.value.field == field


@pytest.mark.parametrize("given", [None, 5])
@pytest.mark.parametrize("field", ["plans", "households"])
def test_columns_of_events_have_lists_of_plans_and_households(field, given):
    cells = {"account": [0], "kind": "payment", "value_date": "2026-02-01", "amount": "1", "reference": "a"}
    with pytest.raises(rp.InputError) as caught:
        rp.Events.from_columns(**cells, **{field: given})
    assert caught.value.field == field
    assert len(rp.Events.from_columns(**cells, **{field: iter(())})) == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"rate": []}, "rate"),
        ({"rate": ["0.1"]}, "rate"),
        ({"lent": ["1"]}, "lent"),
        ({"explain": "no"}, "explain"),
        ({"explain": None}, "explain"),
    ],
)
@pytest.mark.parametrize("explain", [True, False])
def test_of_one_instalment_there_is_one_value_each(change, field, explain):
    given = {"principal": "10", "due_date": "2026-01-01", "as_of": "2026-03-01", "rate": "0.1"}
    with pytest.raises(rp.InputError) as caught:
        rp.overdue_interest(TERMS.overdue, **given | {"explain": explain} | change)
    assert caught.value.field == field


@needs("icalendar")
def test_a_calendar_has_a_title_that_is_text(now):
    with pytest.raises(rp.InputError) as caught:
        rp.agenda_calendar(rp.agenda(now), reference="a", as_of="2026-03-10", title=None)
    assert (caught.value.field, caught.value.code) == ("title", "missing")


def test_of_many_instalments_the_days_are_not_listed():
    given = {"principal": ["10", "20"], "due_date": "2026-01-01", "as_of": "2026-03-01", "rate": "0.1"}
    both = rp.overdue_interest(TERMS.overdue, **given).value
    one, other = (rp.overdue_interest(TERMS.overdue, **given | {"principal": each}) for each in ("10", "20"))
    assert [both.one(i).penalty for i in range(len(both))] == [one.penalty, other.penalty]
    assert 0 < one.penalty < other.penalty
    with pytest.raises(rp.InputError) as caught:
        rp.overdue_interest(TERMS.overdue, **given, explain=True)
    assert (caught.value.code, caught.value.field) == (rp.Code.UNKNOWN_VALUE, "explain")
