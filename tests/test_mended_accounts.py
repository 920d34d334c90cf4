"""Accounts that are over stay so, whatever neighbours do; what being late costs of a balance called in."""

from dataclasses import replace

import pytest

import repayplan as rp

HALF = rp.OverdueRate(multiplier="1.5")
RULE = rp.OverdueRule(
    penalty=rp.OverdueLedger(on=("principal",), rate=HALF),
    day_count="ACT/360",
    first_day="due_date",
    rounded="end",
    mode="half_up",
)
CIVIL = rp.AllocationRule.example("civil-code-561")
LOAN = rp.Loan(
    principal="12000.00", annual_rate="0.12", original_term=12, elapsed=0, unpaid=12, next_due="2026-01-31"
)


def terms(in_advance="hold", **more):
    return rp.AccountTerms(overdue=replace(RULE, **more), allocation=replace(CIVIL, in_advance=in_advance))


def account(kept=None):
    return rp.Account.of(LOAN, rp.schedule(LOAN, rp.equal_instalment(12)), kept or terms())


def event(kind, day, reference="x", **more):
    return rp.Event(kind=kind, value_date=day, reference=reference, **more)


def together(kept, own, neighbour, as_of):
    """The account beside one of which something else happens, as it is there and by itself."""
    loans = rp.Loans.from_columns(
        principal=["12000", "5000"],
        annual_rate="0.12",
        original_term=12,
        elapsed=0,
        unpaid=12,
        next_due="2026-01-31",
    )
    accounts = rp.Accounts.of(rp.schedule(loans, rp.equal_instalment(12)).value, kept)
    rows = [(0, each) for each in own] + [(1, each) for each in neighbour]
    events = rp.Events.from_columns(
        account=[of for of, _ in rows],
        kind=[each.kind for _, each in rows],
        value_date=[each.value_date for _, each in rows],
        amount=["" if each.amount is None else each.amount for _, each in rows],
        reference=[each.reference for _, each in rows],
    )
    found = rp.replay(accounts, events, as_of=as_of).value
    columns = found.columns
    alone = rp.replay(account(kept), own, as_of=as_of)
    cents = [int(alone.owed[name] * 100) for name in alone.owed], int(alone.payoff * 100)
    return (columns.owed[0].tolist(), int(columns.payoff[0])), cents


# Settled

COMPOUND = {
    "penalty": rp.OverdueLedger(on=("principal", "interest"), rate=HALF, settled="monthly"),
    "compound": rp.OverdueLedger(on=("penalty", "compound"), rate=HALF, settled="monthly"),
}


@pytest.mark.parametrize("in_advance", ["lower", "shorter"])
def test_a_settled_account_owes_nothing_whatever_its_neighbours_do(in_advance):
    """Its penalty interest had been settled, and bore interest itself."""
    own = [event("settlement", "2026-04-22", "s")]
    ahead = event("payment", "2026-05-28", "p", amount="5000")
    for neighbour in ([], [ahead]):
        beside, alone = together(terms(in_advance, **COMPOUND), own, neighbour, "2026-12-27")
        assert beside == alone == ([0] * 6, 0)


# The bound on everything together


@pytest.mark.parametrize("last", ["none", "acceleration"])
@pytest.mark.parametrize("changes", [0, 1, 2, 3])
def test_interest_that_waits_for_a_new_plan_counts_once_towards_an_all_in_rate(changes, last):
    """Rate changes within a period that leave the rate as it was: penalties far above the bound fill it."""
    high = rp.OverdueLedger(on=("principal",), rate=rp.OverdueRate(multiplier="30"))
    bound = rp.OverdueCaps(all_in="0.15", source="a test")
    kept = terms(penalty=high, day_count="ACT/365F", caps=bound)
    own = [event("rate_change", f"2026-01-{10 + 5 * k}", f"r{k}", rate="0.12") for k in range(changes)]
    if last != "none":
        own.append(event(last, "2026-01-25", "z"))
    now = rp.replay(account(kept), own, as_of="2026-12-31")
    assert now.owed["penalty"] + now.owed["interest"] == 1800  # 15 % of 12,000 for 365 days


@pytest.mark.parametrize("kind", ["fee", "cost"])
def test_fees_that_were_charged_leave_less_of_an_all_in_rate(kind):
    high = rp.OverdueLedger(on=("principal",), rate=rp.OverdueRate(multiplier="3"))
    bound = rp.OverdueCaps(all_in="0.154", source="a test")
    kept = terms(penalty=high, day_count="ACT/365F", caps=bound, late_fee=rp.LateFee(amount="5"))
    own = [event(kind, "2026-02-10", amount="500")]
    now = rp.replay(account(kept), own, as_of="2026-12-31").owed
    everything = now["penalty"] + now["interest"] + now["fees"]
    assert everything == 1848  # 15.4 % of 12,000 for 365 days
    assert now["costs"] == (500 if kind == "cost" else 0)


def test_a_fee_above_the_bound_is_charged_and_nothing_for_being_late():
    bound = rp.OverdueCaps(all_in="0.154", source="a test")
    kept = terms(day_count="ACT/365F", caps=bound, late_fee=rp.LateFee(amount="5"))
    own = [event("fee", "2026-01-15", amount="2000")]
    now = rp.replay(account(kept), own, as_of="2026-12-31").owed
    assert (now["penalty"], now["fees"]) == (0, 2000)


# Late fees

FEE = rp.LateFee(amount="50")


def fees(own, as_of, **more):
    return str(rp.replay(account(terms(late_fee=FEE, **more)), own, as_of=as_of).owed["fees"])


def test_a_balance_that_is_called_in_bears_no_late_fee_but_instalments_missed_before_do():
    called = [event("acceleration", "2026-03-10")]
    # January's and February's instalments were missed by themselves.
    assert [fees(called, day) for day in ("2026-01-31", "2026-02-01", "2026-03-11", "2026-12-31")] == [
        "0.00",
        "50.00",
        "100.00",
        "100.00",
    ]


def test_after_a_write_off_there_is_no_late_fee():
    gone = [event("write_off", "2026-02-10")]
    assert [fees(gone, day, grace_days=12) for day in ("2026-02-13", "2026-12-31")] == ["0.00", "0.00"]
    late = [event("write_off", "2026-02-13")]  # its days of grace had passed
    assert [fees(late, day, grace_days=12) for day in ("2026-02-13", "2026-12-31")] == ["50.00", "50.00"]


@pytest.mark.parametrize("begins", ["2026-01-10", "2026-01-31", "2026-02-01"])
def test_a_late_fee_waits_for_the_end_of_a_freeze(begins):
    frozen = event("freeze", begins, "f", until="2026-02-20")
    assert [fees([frozen], day) for day in ("2026-02-01", "2026-02-20", "2026-02-21")] == [
        "0.00",
        "0.00",
        "50.00",
    ]
    inside = event("freeze", "2026-02-15", "g", until="2026-03-15")
    assert [fees([frozen, inside], day) for day in ("2026-03-15", "2026-03-16")] == ["0.00", "100.00"]
    paid = event("payment", "2026-02-20", "p", amount="1070.00")
    assert fees([frozen, paid], "2026-02-27") == "0.00"
    assert fees([event("freeze", begins, "f")], "2026-12-31") == "0.00"


def test_a_late_fee_that_waited_is_a_share_of_what_is_missing_then():
    share = terms(late_fee=rp.LateFee(share="0.05"))
    own = [
        event("freeze", "2026-01-10", "f", until="2026-02-20"),
        event("payment", "2026-02-15", "p", amount="966.19"),
    ]
    now = rp.replay(account(share), own, as_of="2026-02-21")
    assert str(now.owed["fees"]) == "5.00"


# Money that is kept


@pytest.mark.parametrize("day", ["2026-01-20", "2026-01-31"])
def test_money_that_is_kept_pays_as_it_would_on_the_day(day):
    """A fee that is charged on the due date comes before principal, whenever the money came."""
    own = [
        event("fee", "2026-01-31", "f", amount="50"),
        event("payment", day, "p", amount="1066.19"),
        event("payment", "2026-02-10", "q", amount="50.60"),
    ]
    now = rp.replay(account(), own, as_of="2026-01-31")
    assert {name: str(owed) for name, owed in now.owed.items() if owed} == {"principal": "50.00"}
    assert sum(rp.replay(account(), own, as_of="2026-02-10").owed.values()) == 0


def test_money_that_is_kept_pays_one_due_date_after_the_other():
    """Looked at once after three due dates, or on each: the second has a fee beside it."""
    own = [
        event("payment", "2026-01-10", "p", amount="2500"),
        event("fee", "2026-02-28", "f", amount="500"),
    ]
    rows = rp.replay(account(), own, as_of="2026-02-28").rows
    paid = [(str(sum(row.paid.values())), row.paid["fees"], row.paid_on) for row in rows[:3]]
    assert paid[0][0] == "1066.19"
    assert paid[1][:2] == ("933.81", 0)
    assert paid[2][:2] == ("500.00", 500)
    assert (
        paid
        == [
            (str(sum(row.paid.values())), row.paid["fees"], row.paid_on)
            for row in rp.replay(account(), own, as_of="2026-03-20").rows[:2]
        ]
        + paid[2:]
    )


# What is called in is one


@pytest.mark.parametrize("missed", [0, 1])
def test_a_balance_that_is_called_in_is_one_instalment_that_is_missed(missed):
    tracked = rp.TrackingRule(broken_after_missed=3, consequence="review")
    kept = replace(terms(), tracking=tracked)
    days = ("2026-01-31", "2026-02-28", "2026-03-31")[: 3 - missed]
    own = [event("payment", day, day, amount="1066.19") for day in days]
    own.append(event("acceleration", "2026-04-10", "a"))
    now = rp.replay(account(kept), own, as_of="2026-04-30")
    assert now.days_past_due == (30 if missed else 20)
    assert now.instalments_overdue == 1 + missed
    assert rp.bureau_rows(now, rp.BureauRule.example("china")).instalments_overdue == 1 + missed
    assert rp.track(now).broken is None
    all_of_it = event("payment", "2026-04-10", "b", amount="12000")
    assert rp.replay(account(kept), [*own, all_of_it], as_of="2026-04-30").paid_in_time == (
        1 if missed else 4
    )


@pytest.mark.parametrize(("count", "day"), [(1, "2026-02-01"), (2, "2026-04-11"), (3, None)])
def test_a_plan_is_broken_by_as_many_as_were_missed_and_a_balance_called_in(count, day):
    tracked = rp.TrackingRule(broken_after_missed=count, consequence="review")
    own = [event("payment", "2026-02-05", "p", amount="2200"), event("acceleration", "2026-04-10", "a")]
    found = rp.track(rp.replay(account(replace(terms(), tracking=tracked)), own, as_of="2026-12-31")).broken
    assert (None if found is None else found.limit.isoformat()) == day


# Days of grace that reach back, and money that is kept

KIND = {
    "grace_days": 5,
    "grace_reaches_back": True,
    "penalty": rp.OverdueLedger(on=("principal",), rate=rp.OverdueRate(rate="0.18")),
}
FIRST = event("payment", "2026-02-03", "first", amount="1066.19")
IN_GRACE = {
    "repaid early": [event("early_repayment", "2026-02-03", "all", amount="12132.84")],
    "called in": [
        FIRST,
        event("acceleration", "2026-02-04", "called"),
        event("payment", "2026-02-04", "all", amount="13000"),
    ],
    "written off": [
        event("write_off", "2026-02-03", "loss"),
        event("payment", "2026-02-04", "all", amount="13000"),
    ],
}


@pytest.mark.parametrize(
    ("own", "held"),
    list(zip(IN_GRACE.values(), ["1.00", "1930.40", "868.16"], strict=True)),
    ids=list(IN_GRACE),
)
def test_what_was_paid_within_its_days_of_grace_costs_nothing_of_money_that_is_kept(own, held):
    """When they are over, no penalty is taken from what was paid too much, whatever ended the plan."""
    for day in ("2026-02-04", "2026-02-05", "2026-02-06", "2026-02-07", "2026-03-20"):
        now = rp.replay(account(terms(**KIND)), own, as_of=day)
        assert (str(now.held), str(now.payoff)) == (held, "0.00")
        assert [each.to["penalty"] for each in now.allocations] == [0] * len(now.allocations)
