"""Accounts replayed are what a slow account says, day by day, and what must hold of any does."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

import account_oracle as slow
import repayplan as rp
from account_cases import (
    LPR,
    PARTS,
    account_of,
    accounts_of,
    all_caps,
    allocation_rules,
    cases,
    days_paid,
    events_of,
    events_of_many,
    fast_of,
    figures,
    overdue_rules,
    plans,
    signed_cases,
    slow_days_paid,
    slow_figures,
    slow_of,
)
from repayplan.accounts import replaying
from repayplan.kernel import ticks
from repayplan.kernel.allocate import Part
from repayplan.testing.account_examples import example_account

DAY = timedelta(days=1)
CIVIL = rp.AllocationRule.example("civil-code-561")
ALL = ("costs", "fees", "penalty", "compound", "interest", "principal")


def overdue_rule(**more):
    """Half as much again on principal, exactly until it is looked at."""
    half = rp.OverdueRate(multiplier="1.5")
    usual = {
        "penalty": rp.OverdueLedger(on=("principal",), rate=half),
        "day_count": "ACT/360",
        "first_day": "due_date",
        "rounded": "end",
        "mode": "half_up",
    }
    return rp.OverdueRule(**usual | more)


def terms_of(allocation=CIVIL, **more):
    return rp.AccountTerms(overdue=overdue_rule(**more), allocation=allocation)


def event(kind, day, amount=None, reference="1", **more):
    return rp.Event(kind=kind, value_date=day, amount=amount, reference=reference, **more)


# ---- against the slow account


@given(cases())
@settings(max_examples=3 * settings().max_examples)
def test_every_figure_is_that_of_the_slow_account(case):
    oracle, found = slow_of(*case), fast_of(*case)
    assert (oracle is None) == (found is None)
    if oracle is not None:
        assert figures(found) == slow_figures(oracle)
        assert days_paid(found) == slow_days_paid(oracle)


@given(signed_cases())
def test_every_figure_of_a_changed_account_is_that_of_the_slow_account(case):
    oracle, found = slow_of(*case), fast_of(*case)
    assert (oracle is None) == (found is None)
    if oracle is not None:
        assert figures(found) == slow_figures(oracle)
        assert days_paid(found) == slow_days_paid(oracle)


def test_a_penalty_that_bears_itself_bears_only_what_is_left_of_it():
    """Of one ledger: what is paid of it is no longer charged on."""
    day = date(2026, 3, 1)
    plan = slow.Plan(Fraction(12, 100), date(2026, 2, 1), [(day, 100_000, 0, 0)], 100_000)
    ledger = rp.OverdueLedger(
        on=("principal", "penalty"), rate=rp.OverdueRate(rate="0.36"), settled="monthly", settlement_day=31
    )
    terms = terms_of(penalty=ledger)
    events = [event("payment", date(2026, 4, 1), Decimal(20))]
    case = (plan, terms, events, date(2026, 5, 1), None)
    # 31 days of 1.00; then of 31.00 - 20.00, too: 30 days of 1.00 and 0.011.
    assert fast_of(*case).owed["penalty"] == Decimal("41.33")
    assert figures(fast_of(*case)) == slow_figures(slow_of(*case))


@st.composite
def bounded(draw):
    """Rates near what an all-in rate allows, and interest of the contract that runs unevenly."""
    start = draw(st.sampled_from((date(2023, 11, 20), date(2024, 2, 1), date(2024, 12, 1))))
    rows, due = [], start
    for gap in draw(st.lists(st.sampled_from((1, 28, 31, 60)), min_size=1, max_size=3)):
        due += timedelta(days=gap)
        rows.append((due, draw(st.integers(0, 100_000)), draw(st.sampled_from((0, 1, 300, 2_000))), 0))
    lent = sum(row[1] for row in rows) + draw(st.sampled_from((0, 100_000)))
    made = overdue_rule(
        penalty=rp.OverdueLedger(
            on=("principal",), rate=rp.OverdueRate(rate=draw(st.sampled_from(("0.05", "0.12", "0.3", "1"))))
        ),
        day_count=draw(st.sampled_from(("ACT/360", "30E/360", "NL/365", "ACT/ACT ISDA"))),
        rounded=draw(st.sampled_from(("month", "end"))),
        mode=draw(st.sampled_from(("half_up", "up", "down"))),
        grace_days=draw(st.sampled_from((0, 3))),
        grace_reaches_back=True,
        caps=rp.OverdueCaps(
            all_in=draw(st.sampled_from(("0.06", "0.12", "0.24"))),
            of_principal=draw(st.none() | st.just("0.02")),
            source="a test",
        ),
    )
    plan = slow.Plan(Fraction(12, 100), start, rows, lent)
    events = draw(events_of(plan, most=2, kinds=("payment", "fee", "freeze", "acceleration")))
    as_of = start + timedelta(days=draw(st.integers(0, 150)))
    return plan, rp.AccountTerms(overdue=made, allocation=CIVIL), events, as_of


@given(bounded())
def test_an_all_in_rate_bounds_each_day_as_the_slow_account_has_it(case):
    assert figures(fast_of(*case)) == slow_figures(slow_of(*case))


def test_an_all_in_rate_binds_between_days_on_which_it_does_not():
    """In the second period the contract takes all that the bound allows; in the third it takes nothing."""
    start = date(2024, 1, 1)
    days = [start + timedelta(days=n) for n in (30, 60, 120)]
    rows = list(zip(days, (100_000, 0, 0), (0, 2_000, 0), (0, 0, 0), strict=True))
    plan = slow.Plan(Fraction(12, 100), start, rows, 100_000)
    own = rp.OverdueLedger(on=("principal",), rate=rp.OverdueRate(rate="0.06"))
    terms = terms_of(penalty=own, caps=rp.OverdueCaps(all_in="0.12", source="a test"))
    case = plan, terms, [], start + timedelta(days=119)
    assert fast_of(*case).owed["penalty"] == Decimal("11.50")
    assert figures(fast_of(*case)) == slow_figures(slow_of(*case))


METHODS = (rp.equal_instalment, rp.equal_principal)


@given(
    st.sampled_from(METHODS),
    st.integers(1, 8),
    st.sampled_from(("0.12", "0.0333333333", "0")),
    st.sampled_from((0, 2, 3)),
    overdue_rules(),
    allocation_rules(),
    st.data(),
)
def test_schedules_are_kept_as_the_slow_account_keeps_them(
    method, term, rate, decimals, overdue, allocation, data
):
    loan = rp.Loan(
        principal="12000",
        annual_rate=rate,
        original_term=term,
        elapsed=0,
        unpaid=term,
        next_due="2024-02-29",
        decimals=decimals,
    )
    made = rp.schedule(loan, method(term))
    terms = rp.AccountTerms(overdue=overdue, allocation=allocation)
    columns = [made.columns[name].tolist() for name in ("due_date", "principal", "interest_paid", "fee")]
    rows = list(zip(*columns, strict=True))
    plan = slow.Plan(Fraction(rate), made.interest_from, rows, 12_000 * 10**decimals, decimals)
    events = data.draw(events_of(plan, most=5))
    if not decimals:
        events = [
            replace(each, amount=each.amount.to_integral_value() + 1) if each.amount is not None else each
            for each in events
        ]
    as_of = plan.start + timedelta(days=data.draw(st.integers(0, 31 * term + 60)))
    oracle = slow_of(plan, terms, events, as_of)
    account = rp.Account.of(loan, made, terms)
    if oracle is None:
        with pytest.raises(rp.InputError):
            rp.replay(account, events, as_of=as_of)
    else:
        found = rp.replay(account, events, as_of=as_of)
        assert figures(found, decimals) == slow_figures(oracle)


# ---- what must hold of any account


@given(cases())
def test_every_cent_is_allocated_or_held_and_nothing_is_below_zero(case):
    _, _, events, as_of, known = case
    found = fast_of(*case)
    assume(found is not None)
    holding = [each for each in slow.holding(events, known) if each.value_date <= as_of]
    kinds = (*slow.MONEY_IN, "early_repayment")
    money = {each.reference: each.amount for each in holding if each.kind in kinds}
    went = dict.fromkeys(money, Decimal(0))
    late = Decimal(0)
    for each in found.allocations:
        assert sum(each.to.values()) == sum(sum(line.values()) for _, line in each.lines)
        if each.reference in money:
            went[each.reference] += sum(each.to.values())
            assert went[each.reference] <= each.amount == money[each.reference]
        elif not each.reference:
            late += sum(each.to.values())
    paid = sum(sum(row.paid.values()) for row in found.rows)
    assert sum(money.values()) == paid + found.held
    assert sum(went.values()) + late <= sum(money.values())
    for row in found.rows:
        for part in PARTS:
            assert row.asked[part] == row.paid[part] + row.waived[part] + row.owed[part]
            assert min(row.asked[part], row.paid[part], row.waived[part], row.owed[part]) >= 0
    whole = (
        found.overdue,
        found.accrued_interest,
        found.not_due,
        found.held,
        found.payoff,
        found.next_amount,
    )
    assert min(whole) >= 0
    assert found.overdue == sum(found.owed.values())


@given(cases())
def test_payoff_is_what_falls_due_when_it_is_called_in_and_leaves_nothing(case):
    """The money first, as it comes first on a day; what it is kept for falls due with the call."""
    plan, terms, events, as_of, known = case
    terms = replace(terms, allocation=replace(terms.allocation, in_advance="hold", kinds=()))
    found = fast_of(plan, terms, events, as_of, known)
    assume(found is not None)
    call = event("acceleration", as_of, reference="call", booked=known)
    called = fast_of(plan, terms, [*events, call], as_of, known)
    assert called.overdue == found.payoff
    if found.payoff:
        pay = event("payment", as_of, found.payoff, "pay", booked=known)
        done = fast_of(plan, terms, [*events, call, pay], as_of, known)
        assert (done.payoff, done.overdue, done.not_due, done.held, done.accrued_interest) == (0, 0, 0, 0, 0)
        assert done.days_past_due == 0
        assert (done.oldest_due, done.next_due) == (None, None)


@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_entry_does_not_matter(case, random):
    plan, terms, events, as_of, known = case
    shuffled = random.sample(events, len(events))
    one, other = fast_of(*case), fast_of(plan, terms, shuffled, as_of, known)
    assert one == other


@given(cases(), st.data())
def test_what_is_reversed_never_was_and_comes_back_where_that_is_reversed(case, data):
    plan, terms, events, as_of, _ = case
    about = {each.reverses for each in events}
    free = [each for each in events if each.reference not in about and each.kind != "reversal"]
    assume(free)
    gone = data.draw(st.sampled_from(free))
    without = [each for each in events if each is not gone]
    # It counts from the day of what it reverses, whenever it is booked.
    undo = event("reversal", as_of + 500 * DAY, None, "undo", reverses=gone.reference)
    again = event("reversal", as_of + 600 * DAY, None, "again", reverses="undo")
    one, other = (fast_of(plan, terms, made, as_of) for made in ([*events, undo], without))
    assert (one is None) == (other is None)
    assert one == other
    assert fast_of(plan, terms, [*events, undo, again], as_of) == fast_of(plan, terms, events, as_of)


@given(cases(), st.integers(0, 120))
def test_what_was_known_on_a_day_is_a_replay_of_what_was_booked(case, days):
    plan, terms, events, as_of, _ = case
    known = plan.start + timedelta(days=days)
    booked = [each for each in events if each.booked <= known]
    assert fast_of(plan, terms, events, as_of, known) == fast_of(plan, terms, booked, as_of)


@st.composite
def batches(draw):
    many = draw(st.integers(1, 4))
    overdue, allocation = draw(overdue_rules()), draw(allocation_rules())
    made = [draw(plans()) for _ in range(many)]
    events = [draw(events_of(plan, most=4)) for plan in made]
    as_of = [plan.start + timedelta(days=draw(st.integers(0, 150))) for plan in made]
    return made, rp.AccountTerms(overdue=overdue, allocation=allocation), events, as_of


@given(batches())
def test_a_batch_is_one_after_the_other(case):
    made, terms, events, as_of = case
    out = rp.replay(accounts_of(made, terms), events_of_many(events), as_of=as_of)
    bad = {failure.row for failure in out.failures}
    assert sorted([*bad, *out.row.tolist()]) == list(range(len(made)))
    at = {row: i for i, row in enumerate(out.row.tolist())}
    for i, (plan, mine) in enumerate(zip(made, events, strict=True)):
        alone = fast_of(plan, terms, mine, as_of[i])
        assert (alone is None) == (i in bad)
        if i in bad:
            continue
        assert out.value.one(at[i]) == alone
        columns, k = out.value.columns, at[i]
        units = figures(alone)
        assert dict(zip(ALL, columns.owed[k].tolist(), strict=True)) == units["owed"]
        for name in ("accrued_interest", "not_due", "held", "payoff", "days_past_due", "instalments_overdue"):
            assert getattr(columns, name)[k] == units[name]
        assert (columns.next_due[k].tolist(), int(columns.next_amount[k])) == units["next"]
        assert (columns.oldest_due[k].tolist(), columns.called[k].tolist()) == (
            units["oldest_due"],
            units["called"],
        )


@given(batches(), st.sampled_from((1, 2, replaying.BLOCK)))
def test_how_accounts_and_their_days_are_cut_and_the_number_of_threads_do_not_matter(case, block):
    made, terms, events, as_of = case
    accounts, happened = accounts_of(made, terms), events_of_many(events)
    whole = rp.replay(accounts, happened, as_of=as_of)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(replaying, "BLOCK", block)
        patch.setattr(ticks, "NEAR_FROM", 1)
        patch.setattr(ticks, "NEAR_TURNS", 3)
        parts = rp.replay(accounts, happened, as_of=as_of, workers=2)
    assert whole.row.tolist() == parts.row.tolist()
    assert list(whole.failures) == list(parts.failures)
    for name in type(whole.value.columns).__slots__:
        one, other = getattr(whole.value.columns, name), getattr(parts.value.columns, name)
        assert np.array_equal(one, other, equal_nan=one.dtype.kind == "M")
    assert np.array_equal(whole.value.paid, parts.value.paid)
    assert np.array_equal(whole.value.kept, parts.value.kept)


def test_rows_that_are_next_are_those_of_their_own_account():
    """Days of grace, late fees and what rolls over, of accounts side by side with other numbers of rows."""
    start, month = date(2026, 1, 1), 30 * DAY
    rows = [(start + k * month, 9_000 + k, 700, 0) for k in range(1, 6)]
    made = [slow.Plan(Fraction(12, 100), start, rows[:n], 90_000) for n in (5, 2, 4)]
    terms = terms_of(
        grace_days=3,
        tolerance="10",
        late_fee=rp.LateFee(amount="5", share="0.05", minimum="0", maximum=None),
    )
    paid = ((96, 97, 20), (90, 50, 97), (97, 1, 91))
    events = [
        [
            event("payment", start + (k + 1) * month + k * DAY, Decimal(amount), f"{i}-{k}")
            for k, amount in enumerate(amounts)
        ]
        for i, amounts in enumerate(paid)
    ]
    asked = (accounts_of(made, terms), events_of_many(events))
    whole = rp.replay(*asked, as_of=date(2026, 6, 20)).value.columns
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ticks, "NEAR_FROM", 1)
        patch.setattr(ticks, "NEAR_TURNS", 3)
        near = rp.replay(*asked, as_of=date(2026, 6, 20)).value.columns
    for name in type(whole).__slots__:
        one, other = getattr(whole, name), getattr(near, name)
        assert np.array_equal(one, other, equal_nan=one.dtype.kind == "M")


@given(cases(most=3), st.lists(st.integers(0, 150), max_size=4))
def test_looking_in_between_changes_nothing(case, days):
    """A record that moves no money parts a stretch of days in two, and so does a rate that stays as it is."""
    plan, terms, events, as_of, known = case
    looks = [
        event("payment_failed", plan.start + timedelta(days=n), 1, f"look{i}", booked=known)
        for i, n in enumerate(days)
    ]
    assert fast_of(*case) == (
        None
        if (found := fast_of(plan, terms, [*events, *looks], as_of, known)) is None
        else replace(
            found, allocations=tuple(a for a in found.allocations if not a.reference.startswith("look"))
        )
    )


@given(
    plans(), st.sampled_from(("day", "month", "end")), st.sampled_from(("half_up", "half_even", "up", "down"))
)
def test_a_rate_that_is_published_anew_as_it_was_is_a_fixed_rate(plan, rounded, mode):
    same = rp.Index(
        "the same", [plan.start + timedelta(days=9 * n) for n in range(30)], ["0.18"] * 30, "a test"
    )
    found = []
    for rate in (rp.OverdueRate(rate="0.18"), rp.OverdueRate(index=same)):
        one = rp.OverdueLedger(on=("principal",), rate=rate)
        terms = terms_of(penalty=one, rounded=rounded, mode=mode)
        found.append(fast_of(plan, terms, [], plan.start + timedelta(days=200)))
    assert found[0] == found[1]


@given(st.integers(0, 10**7), st.integers(1, 200), st.integers(0, 200), st.sampled_from(("0.05508", "0.24")))
def test_simple_interest_of_two_stretches_is_that_of_both(principal, first, more, rate):
    """Rounded once at the end: of whatever days, it is the exact product of both together."""
    start = date(2024, 1, 1)
    plan = slow.Plan(Fraction(rate), start, [(start + DAY, principal, 0, 0)], principal)
    days = [first, first + more]
    asked = [fast_of(plan, terms_of(), [], start + timedelta(days=1 + n)).owed["penalty"] * 100 for n in days]
    exact = [principal * Fraction(rate) * Fraction(3, 2) * n / 360 for n in days]
    assert asked == [slow.rounded(each, "half_up") for each in exact]


@given(plans(), all_caps(), st.sampled_from(("0.24", "3")), st.sampled_from(("half_up", "up", "down")))
@settings(max_examples=max(settings().max_examples // 3, 5))
def test_no_bound_is_exceeded_on_any_day_and_what_it_refused_does_not_come_later(plan, caps, rate, mode):
    own = rp.OverdueRate(rate=rate)
    rule_of = {
        "penalty": rp.OverdueLedger(on=("principal", "interest"), rate=own),
        "compound": rp.OverdueLedger(on=("fees",), rate=own),
        "late_fee": rp.LateFee(amount="10"),
        "mode": mode,
    }
    days = [plan.start + timedelta(days=n) for n in range(60)]
    costs = []
    for bounds in (caps, None):
        accounts = accounts_of([plan] * len(days), terms_of(**rule_of, caps=bounds))
        asked = rp.replay(accounts, events_of_many([[]] * len(days)), as_of=days).value.columns.asked
        fees = [sum(row[3] for row in plan.instalments if row[0] <= day) for day in days]
        costs.append((asked[:, 1] + asked[:, 2] + asked[:, 3] - fees).tolist())
    held, free = costs
    assert held[0] == 0
    # Charges of both ledgers of each row are rounded by themselves: a unit each.
    slack = 2 * len(plan.instalments)
    for n in range(1, len(days)):
        more = held[n] - held[n - 1]
        assert held[n] <= max(held[n - 1], bound(plan, caps, days[n]))
        assert 0 <= more <= free[n] - free[n - 1] + slack
        if caps.per_day is not None:
            of_rows = sum(row[0] <= days[n] for row in plan.instalments)
            assert more <= of_rows * (2 * int(caps.per_day * 100) + 1000)


def bound(plan, caps, day):
    """The most that being late may have cost when the day begins."""
    found = [10**30]
    if caps.of_instalment is not None:
        found.append(sum(int(caps.of_instalment * sum(row[1:])) for row in plan.instalments if row[0] <= day))
    if caps.of_principal is not None:
        found.append(int(caps.of_principal * plan.lent))
    if caps.all_in is not None or caps.all_in_index is not None:
        rate = caps.all_in
        if rate is None:
            rate = (
                4 * max(pair for pair in zip(LPR.dates, LPR.rates, strict=True) if pair[0] <= plan.start)[1]
            )
        interest, since = Fraction(0), plan.start
        for due, _, amount, _ in plan.instalments:
            interest += Fraction(
                amount * min(max((day - since).days, 0), (due - since).days), (due - since).days
            )
            since = due
        found.append(int(Fraction(rate) * plan.lent * (day - plan.start).days / 360) - interest)
    return min(found)


class Growing(RuleBasedStateMachine):
    """An account that things happen to, one after the other, at any date."""

    references = Bundle("references")

    @initialize(plan=plans(), overdue=overdue_rules(), allocation=st.just(CIVIL) | allocation_rules())
    def sign(self, plan, overdue, allocation):
        self.plan, self.terms = plan, rp.AccountTerms(overdue=overdue, allocation=allocation)
        self.events, self.as_of = [], plan.start

    def add(self, kind, days, **more):
        reference = f"R{len(self.events)}"
        self.events.append(event(kind, self.plan.start + timedelta(days=days), reference=reference, **more))
        return reference

    @rule(
        target=references,
        kind=st.sampled_from((*slow.MONEY_IN, "payment_failed", "fee", "cost")),
        days=st.integers(0, 150),
        cents=st.integers(1, 300_000),
    )
    def money(self, kind, days, cents):
        return self.add(kind, days, amount=Decimal(cents) / 100)

    @rule(target=references, days=st.integers(0, 150), long=st.none() | st.integers(0, 30))
    def freeze(self, days, long):
        until = None if long is None else self.plan.start + timedelta(days=days + long)
        return self.add("freeze", days, until=until)

    @rule(target=references, days=st.integers(0, 150))
    def call_in(self, days):
        return self.add("acceleration", days)

    @rule(target=references, days=st.integers(0, 150), cents=st.sampled_from((-1, 0, 0, 0, 500)))
    def repay_early(self, days, cents):
        """By the payoff of a day as it stands, or nearly: what comes in later may change that."""
        then = fast_of(self.plan, self.terms, self.events, self.plan.start + timedelta(days=days))
        amount = then.payoff + Decimal(cents) / 100
        return self.add("early_repayment", days, amount=max(amount, Decimal("0.01")))

    @rule(target=references, what=references)
    def reverse(self, what):
        target = next(each for each in self.events if each.reference == what)
        return self.add("reversal", (target.booked - self.plan.start).days, reverses=what)

    @rule(days=st.integers(0, 40))
    def time_passes(self, days):
        self.as_of += timedelta(days=days)

    @invariant()
    def is_the_slow_account(self):
        if not hasattr(self, "plan"):
            return
        case = self.plan, self.terms, self.events, self.as_of
        oracle, found = slow_of(*case), fast_of(*case)
        assert figures(found) == slow_figures(oracle)


Growing.TestCase.settings = settings(
    max_examples=max(settings().max_examples // 3, 5), stateful_step_count=12
)
test_an_account_that_grows_is_the_slow_account_at_each_step = Growing.TestCase


# ---- published figures, and what the rules say


def test_penalty_and_compound_interest_as_pboc_has_them():
    """1,200 principal and 1,800 interest, 5.508 % and half as much again, two days late.

    银发〔2003〕251号; the example: willexcounselling.com, 2009.
    """
    due = date(2026, 6, 1)
    plan = slow.Plan(Fraction("0.05508"), due - 30 * DAY, [(due, 12 * 10**10, 18 * 10**10, 0)], 10**12, 8)
    half = rp.OverdueRate(multiplier="1.5")
    compound = rp.OverdueLedger(on=("interest", "compound"), rate=half, settled="daily")
    terms = terms_of(compound=compound)
    one, two = (fast_of(plan, terms, [], due + n * DAY).owed for n in (1, 2))
    assert round(one["compound"], 4) == Decimal("0.4131")
    assert round(two["compound"] - one["compound"], 4) == Decimal("0.4132")
    assert round(two["penalty"], 4) == Decimal("0.5508")


def test_the_civil_code_pays_costs_then_interest_then_principal():
    """Article 561 of China's Civil Code: 30,000 of 3,000 costs, 5,000 interest, 100,000 principal."""
    due = date(2026, 1, 31)
    plan = slow.Plan(Fraction("0.06"), date(2026, 1, 1), [(due, 10_000_000, 500_000, 0)], 10_000_000)
    events = [event("cost", due, 3000, "court"), event("payment", due, 30_000, "paid")]
    found = fast_of(plan, terms_of(), events, due)
    (allocation,) = [each for each in found.allocations if each.reference == "paid"]
    went = [int(allocation.to[part]) for part in ("costs", "interest", "principal")]
    assert went == [3000, 5000, 22_000]
    assert found.owed["principal"] == 78_000


def test_the_united_states_rule_pays_interest_first_and_adds_none_to_principal():
    """5,000 at 5 %, /360: 500 on day 40 leaves 4,527.78, 500 on day 90 leaves 4,059.22."""
    due = date(2026, 1, 1)
    plan = slow.Plan(Fraction("0.05"), due - DAY, [(due, 500_000, 0, 0)], 500_000)
    contract = rp.OverdueLedger(on=("principal",), rate=rp.OverdueRate())
    terms = terms_of(rp.AllocationRule.example("us-rule"), penalty=contract)
    paid = [event("payment", due + n * DAY, 500, str(n)) for n in (40, 90)]
    left = [fast_of(plan, terms, paid, due + n * DAY).owed["principal"] for n in (40, 90)]
    assert left == [Decimal("4527.78"), Decimal("4059.22")]


@pytest.mark.parametrize(("paid_on", "days"), [(18, 0), (20, 0), (21, 5), (25, 9)])
def test_grace_that_reaches_back_charges_from_the_day_after_the_due_date(paid_on, days):
    """Due 15 June, five days: paid on the 18th none; paid after the 20th penalty from the 16th."""
    due = date(2026, 6, 15)
    plan = slow.Plan(Fraction("0.36"), date(2026, 5, 15), [(due, 1_000_000, 0, 0)], 1_000_000)
    own = rp.OverdueLedger(on=("principal",), rate=rp.OverdueRate())
    terms = terms_of(penalty=own, first_day="next_day", grace_days=5, grace_reaches_back=True)
    paid = [event("payment", date(2026, 6, paid_on), 10_000)]
    found = fast_of(plan, terms, paid, date(2026, 6, paid_on))
    assert found.rows[0].asked["penalty"] == 10 * days


@pytest.mark.parametrize(("days", "first"), [(90, "penalty"), (91, "principal")])
def test_a_card_is_paid_principal_first_from_day_91(days, first):
    due = date(2026, 1, 31)
    plan = slow.Plan(Fraction("0.18"), date(2026, 1, 1), [(due, 100_000, 0, 0)], 100_000)
    terms = terms_of(rp.AllocationRule.example("card-china"))
    paid = [event("payment", due + days * DAY, 1)]
    (allocation,) = fast_of(plan, terms, paid, due + days * DAY).allocations
    assert allocation.to[first] == 1


def test_a_small_shortfall_counts_as_paid_and_falls_due_with_the_next_instalment():
    """商业银行信用卡业务监督管理办法: up to 10 yuan isn't late, and isn't forgiven."""
    days = [date(2026, 1, 31), date(2026, 2, 28)]
    plan = slow.Plan(Fraction("0.18"), date(2026, 1, 1), [(day, 100_000, 0, 0) for day in days], 200_000)
    terms = terms_of(tolerance=10, grace_days=3, late_fee=rp.LateFee(amount=50))
    for missing, late in ((10, False), ("10.01", True)):
        paid = [event("payment", days[0], 1000 - Decimal(missing))]
        found = fast_of(plan, terms, paid, date(2026, 2, 27))
        assert (found.days_past_due > 0) == (found.owed["fees"] == 50) == late
        assert found.rows[1].asked["principal"] == 1000 + (0 if late else 10)
        assert found.payoff == 1000 + Decimal(missing) + found.owed["penalty"] + found.owed["fees"]


def test_four_times_the_prime_rate_of_the_day_of_the_contract_bounds_everything():
    """3.85 % on that day: 15.4 % of what was lent, the contract's interest with it, whatever it was later."""
    lpr = rp.Index("LPR 1Y", ["2020-04-20", "2022-01-20"], ["0.0385", "0.037"], "the PBOC")
    caps = rp.OverdueCaps(all_in_index=lpr, all_in_multiplier=4, source="法释〔2020〕17号")
    start, due = date(2021, 1, 1), date(2021, 12, 27)
    plan = slow.Plan(Fraction("0.1"), start, [(due, 36_000_00, 3_600_00, 0)], 36_000_00)
    usury = rp.OverdueLedger(on=("principal", "interest"), rate=rp.OverdueRate(rate=3))
    found = fast_of(plan, terms_of(penalty=usury, caps=caps), [], due + 360 * DAY)
    assert found.owed["interest"] + found.owed["penalty"] == Decimal(36000) * Decimal("0.154") * 2


def test_the_goldens_are_those_of_the_slow_account():
    """What is published is right of both."""
    due = date(2026, 6, 1)
    plan = slow.Plan(Fraction("0.05508"), due - 30 * DAY, [(due, 12 * 10**10, 18 * 10**10, 0)], 10**12, 8)
    half = rp.OverdueRate(multiplier="1.5")
    compound = rp.OverdueLedger(on=("interest", "compound"), rate=half, settled="daily")
    case = plan, terms_of(compound=compound), [], due + 2 * DAY
    assert figures(fast_of(*case), 8) == slow_figures(slow_of(*case))


def test_money_that_is_kept_is_not_spent_by_another_payment():
    """Each has its own way with what is too much; one that is kept waits for the next due date."""
    days = [date(2026, 1, 31), date(2026, 2, 28)]
    plan = slow.Plan(Fraction(0), date(2026, 1, 1), [(day, 10_000, 0, 0) for day in days], 20_000)
    ahead = rp.KindOrder(kind="goodwill", order=ALL, by="instalment", in_advance="next")
    allocation = replace(CIVIL, kinds=(ahead,))
    paid = [event("payment", days[0], 130, "P"), event("goodwill", days[0], 20, "G")]
    found = fast_of(plan, terms_of(allocation), paid, days[0])
    assert (found.held, found.rows[1].paid["principal"]) == (30, 20)
    assert [each.to["principal"] for each in found.allocations] == [100, 20]


def test_interest_that_was_waived_ahead_forgives_no_principal():
    start, due = date(2026, 1, 1), date(2026, 1, 31)
    plan = slow.Plan(Fraction(0), start, [(due, 10_000, 3_000, 0)], 10_000)
    events = [event("waiver", start, 30, "W", component="interest"), event("acceleration", start, None, "A")]
    assert fast_of(plan, terms_of(), events, start).overdue == 100


def test_interest_paid_ahead_that_never_accrues_is_kept():
    start, due = date(2026, 1, 1), date(2026, 1, 31)
    plan = slow.Plan(Fraction(0), start, [(due, 0, 3_000, 0)], 10_000)
    paid = [event("payment", start, 30, "P"), event("acceleration", start, None, "A")]
    found = fast_of(plan, terms_of(replace(CIVIL, in_advance="next")), paid, start)
    assert (found.held, found.overdue) == (30, 0)


# ---- what can't be

OWN = rp.OverdueRate()
PRINCIPAL = rp.OverdueLedger(on=("principal",), rate=OWN)
ORDER = {"order": ALL, "by": "component"}
KIND = rp.KindOrder(**ORDER, kind="goodwill", in_advance="hold")
LATE = rp.LateOrder(**ORDER, from_days=30)


def rate_of(**more):
    return rp.OverdueRate(**more)


def ledger_of(**more):
    return rp.OverdueLedger(**{"on": ("principal",), "rate": OWN} | more)


def caps_of(**more):
    return rp.OverdueCaps(**{"source": "a test"} | more)


def allocation_of(**more):
    return rp.AllocationRule(**ORDER | {"in_advance": "hold", "source": "a test"} | more)


RULES = [
    (rate_of, {"multiplier": "100.1"}, "out_of_range", "multiplier"),
    (rate_of, {"multiplier": 1.5}, "out_of_range", "multiplier"),
    (rate_of, {"uplift": "-0.01"}, "out_of_range", "uplift"),
    (rate_of, {"rate": "11"}, "out_of_range", "rate"),
    (rate_of, {"rate": "0.1", "index": LPR}, "unknown_value", "index"),
    (rate_of, {"index": "LPR"}, "unknown_value", "index"),
    (ledger_of, {"on": ()}, "missing", "on"),
    (ledger_of, {"on": ("capital",)}, "unknown_value", "on[0]"),
    (ledger_of, {"on": ("principal", "principal")}, "duplicate", "on[1]"),
    (ledger_of, {"rate": None}, "missing", "rate"),
    (ledger_of, {"rate": "0.1"}, "unknown_value", "rate"),
    (ledger_of, {"in_term": "0.1"}, "unknown_value", "in_term"),
    (ledger_of, {"settled": "weekly"}, "unknown_value", "settled"),
    (ledger_of, {"settlement_day": 32}, "out_of_range", "settlement_day"),
    (rp.LateFee, {}, "missing", "late_fee.amount"),
    (rp.LateFee, {"amount": "-1"}, "out_of_range", "late_fee.amount"),
    (rp.LateFee, {"share": "1.01"}, "out_of_range", "late_fee.share"),
    (rp.LateFee, {"amount": 1, "minimum": 3, "maximum": 2}, "out_of_range", "late_fee.minimum"),
    (caps_of, {}, "missing", "caps"),
    (caps_of, {"per_day": "-1"}, "out_of_range", "caps.per_day"),
    (caps_of, {"of_instalment": "101"}, "out_of_range", "caps.of_instalment"),
    (caps_of, {"of_principal": "101"}, "out_of_range", "caps.of_principal"),
    (caps_of, {"all_in": "11"}, "out_of_range", "caps.all_in"),
    (caps_of, {"all_in": "0.24", "all_in_index": LPR}, "unknown_value", "caps.all_in_index"),
    (caps_of, {"all_in_index": "LPR"}, "unknown_value", "caps.all_in_index"),
    (caps_of, {"all_in_index": LPR, "all_in_multiplier": 101}, "out_of_range", "caps.all_in_multiplier"),
    (
        caps_of,
        {"all_in_index": LPR, "all_in_multiplier": "1.00001"},
        "out_of_range",
        "caps.all_in_multiplier",
    ),
    (caps_of, {"all_in": "0.24", "source": None}, "missing", "caps.source"),
    (overdue_rule, {"day_count": "30/360"}, "unknown_value", "overdue.day_count"),
    (overdue_rule, {"first_day": "today"}, "unknown_value", "overdue.first_day"),
    (overdue_rule, {"rounded": "week"}, "unknown_value", "overdue.rounded"),
    (overdue_rule, {"mode": "nearest"}, "unknown_value", "overdue.mode"),
    (overdue_rule, {"penalty": None}, "missing", "overdue.penalty"),
    (overdue_rule, {"penalty": OWN}, "unknown_value", "overdue.penalty"),
    (overdue_rule, {"compound": OWN}, "unknown_value", "overdue.compound"),
    (overdue_rule, {"late_fee": "5"}, "unknown_value", "overdue.late_fee"),
    (overdue_rule, {"caps": "0.24"}, "unknown_value", "overdue.caps"),
    (overdue_rule, {"grace_days": 367}, "out_of_range", "overdue.grace_days"),
    (overdue_rule, {"grace_reaches_back": 1}, "unknown_value", "overdue.grace_reaches_back"),
    (overdue_rule, {"tolerance": "-1"}, "out_of_range", "overdue.tolerance"),
    (overdue_rule, {"rounded": "day", "day_count": "NL/365"}, "unknown_value", "overdue.day_count"),
    (
        overdue_rule,
        {"caps": caps_of(per_day=1), "day_count": "30E/360"},
        "unknown_value",
        "overdue.day_count",
    ),
    (overdue_rule, {"compound": ledger_of(on=("compound",))}, "unknown_value", "overdue.compound.on"),
    (
        overdue_rule,
        {"penalty": ledger_of(on=("compound",), settled="daily")},
        "unknown_value",
        "overdue.penalty.on",
    ),
    (overdue_rule, {"compound": PRINCIPAL}, "duplicate", "overdue.compound.on"),
    (rp.PaymentOrder, ORDER | {"order": ALL[1:]}, "missing", "order"),
    (rp.PaymentOrder, ORDER | {"ahead": ALL[1:]}, "missing", "ahead"),
    (rp.PaymentOrder, ORDER | {"by": "loan"}, "unknown_value", "by"),
    (rp.LateOrder, ORDER | {"from_days": 0}, "out_of_range", "from_days"),
    (rp.KindOrder, ORDER | {"kind": "gift", "in_advance": "hold"}, "unknown_value", "kind"),
    (rp.KindOrder, ORDER | {"kind": "goodwill", "in_advance": "keep"}, "unknown_value", "in_advance"),
    (allocation_of, {"order": ALL[:-1]}, "missing", "allocation.order"),
    (allocation_of, {"by": "loan"}, "unknown_value", "allocation.by"),
    (allocation_of, {"in_advance": "keep"}, "unknown_value", "allocation.in_advance"),
    (allocation_of, {"source": None}, "missing", "allocation.source"),
    (allocation_of, {"late": (KIND,)}, "unknown_value", "allocation.late[0]"),
    (allocation_of, {"kinds": (LATE,)}, "unknown_value", "allocation.kinds[0]"),
    (allocation_of, {"late": (LATE, LATE)}, "unknown_value", "allocation.late[1].from_days"),
    (allocation_of, {"kinds": (KIND, KIND)}, "duplicate", "allocation.kinds[1].kind"),
    (rp.AllocationRule.example, {"name": "mine"}, "unknown_value", "name"),
    (rp.AccountTerms, {"overdue": None, "allocation": CIVIL}, "missing", "overdue"),
    (rp.AccountTerms, {"overdue": overdue_rule(), "allocation": KIND}, "unknown_value", "allocation"),
]


@pytest.mark.parametrize(("make", "given", "code", "field"), RULES)
def test_a_rule_that_cannot_be_is_refused(make, given, code, field):
    with pytest.raises(rp.InputError) as caught:
        make(**given)
    assert (caught.value.code.value, caught.value.field) == (code, field)
    value, all_given = (str(each).replace("'", "") for each in (caught.value.value, given))
    assert code == "missing" if value == "None" else value in all_given


@pytest.mark.parametrize(
    ("rate", "given", "field"),
    [(OWN, ("11",), "rate"), (rp.OverdueRate(index=LPR), ("0", "2019-08-19"), "day")],
)
def test_a_rate_that_is_not_there_is_refused(rate, given, field):
    with pytest.raises(rp.InputError) as caught:
        rate.on(*given)
    assert caught.value.field == field


EVENTS = [
    ({"kind": "gift"}, "unknown_value", "kind"),
    ({"value_date": "2026-02-30"}, "not_a_date", "value_date"),
    ({"booked": "soon"}, "not_a_date", "booked"),
    ({"amount": None}, "missing", "amount"),
    ({"reference": ""}, "missing", "reference"),
    ({"kind": "acceleration"}, "unknown_value", "amount"),
    ({"kind": "waiver"}, "missing", "component"),
    ({"kind": "waiver", "component": "capital"}, "unknown_value", "component"),
    ({"component": "fees"}, "unknown_value", "component"),
    ({"kind": "freeze", "amount": None, "until": "2026-02-02"}, "dates_out_of_order", "until"),
    ({"until": "2026-03-01"}, "unknown_value", "until"),
    ({"kind": "reversal", "amount": None}, "missing", "reverses"),
    ({"reverses": "1"}, "unknown_value", "reverses"),
    ({"amount": "0"}, "out_of_range", "amount"),
]
"""Of a payment on 3 February, what makes it one that can't be."""
REPLAYS = [
    ([{"amount": "0"}], "out_of_range", "amount"),
    ([{"amount": "1.005"}], "not_whole_units", "amount"),
    ([{"value_date": "2025-12-31"}], "dates_out_of_order", "value_date"),
    ([{}, {"value_date": "2026-02-09"}], "duplicate", "reference"),
    ([{"kind": "reversal", "amount": None, "reverses": "2"}], "unknown_value", "reverses"),
    (
        [{}, {"kind": "reversal", "amount": None, "reverses": "1", "reference": "2", "booked": "2026-02-02"}],
        "dates_out_of_order",
        "reverses",
    ),
    (
        [
            {},
            {
                "kind": "reversal",
                "amount": None,
                "reverses": "1",
                "reference": "2",
                "value_date": "2026-02-02",
                "booked": "2026-02-04",
            },
        ],
        "dates_out_of_order",
        "value_date",
    ),
    (
        [
            {"kind": "reversal", "amount": None, "reverses": "2"},
            {"kind": "reversal", "amount": None, "reverses": "1", "reference": "2"},
        ],
        "unknown_value",
        "reverses",
    ),
    ([{"kind": "waiver", "component": "fees"}], "out_of_range", "amount"),
]
"""Lists that can't be, event by event."""
PAYMENT = {"kind": "payment", "value_date": "2026-02-03", "amount": "10", "reference": "1"}
COLUMNS = ("kind", "value_date", "booked", "amount", "reference", "component", "until", "reverses")


def small_plan():
    return slow.Plan(Fraction("0.12"), date(2026, 1, 1), [(date(2026, 1, 31), 100_000, 1_000, 0)], 100_000)


def beside_good_ones(lists):
    """The account between two that pay on 3 February."""
    all_of_them = [[{}], lists, [{}]]
    flat = [(i, PAYMENT | each) for i, mine in enumerate(all_of_them) for each in mine]
    empty = dict.fromkeys(COLUMNS) | {"component": None}
    events = rp.Events.from_columns(
        account=[i for i, _ in flat],
        **{name: [(empty | each)[name] for _, each in flat] for name in COLUMNS},
    )
    return rp.replay(accounts_of([small_plan()] * 3, terms_of()), events, as_of="2026-02-10")


def check_neighbours(out):
    good = fast_of(small_plan(), terms_of(), [rp.Event(**PAYMENT)], "2026-02-10")
    assert out.row.tolist() == [0, 2]
    assert [out.value.one(i) for i in range(2)] == [good, good]


@pytest.mark.parametrize(("wrong", "code", "field"), EVENTS)
def test_an_event_that_cannot_be_is_refused_and_its_neighbours_are_unharmed(wrong, code, field):
    with pytest.raises(rp.InputError) as caught:
        rp.Event(**PAYMENT | wrong)
    assert (caught.value.code.value, caught.value.field) == (code, field)
    out = beside_good_ones([wrong])
    check_neighbours(out)
    assert code in {failure.code.value for failure in out.failures if failure.row == 1}


def test_what_is_to_happen_is_undone_before_it_by_its_own_value_date():
    coming = rp.Event(**PAYMENT | {"value_date": "2026-02-08", "booked": "2026-02-01"})
    undo = rp.Event(
        kind="reversal", value_date="2026-02-08", booked="2026-02-05", reference="2", reverses="1"
    )
    account = account_of(small_plan(), terms_of())
    before, after = (
        rp.replay(account, [coming, undo], as_of="2026-02-10", known_on=day)
        for day in ("2026-02-04", "2026-02-05")
    )
    assert sum(each.amount for each in before.allocations) == 10
    assert after == rp.replay(account, [], as_of="2026-02-10")


ROWS = {"account": [0, 0]} | {
    name: [PAYMENT[name]] * 2 for name in ("kind", "value_date", "amount", "reference")
}
LENGTHS = {name: [None] * 3 for name in (*COLUMNS, "first_due", "rate", "keeps", "interest")} | {
    "plan": np.zeros(3, np.int64),
    "household": rp.minor([1, 2, 3]),
    "correction": np.zeros(3, np.bool_),
    "joins": np.zeros((3, 6), np.bool_),
    "booked": np.array([["2026-02-03", "2026-02-03"]]),
}


@pytest.mark.parametrize("name", LENGTHS)
def test_a_column_of_events_of_another_length_is_refused_by_its_name(name):
    with pytest.raises(rp.InputError) as caught:
        rp.Events.from_columns(**ROWS | {name: LENGTHS[name]})
    assert (caught.value.code, caught.value.field) == (rp.Code.OUT_OF_RANGE, name)
    assert len(rp.Events.from_columns(**ROWS)) == 2


@pytest.mark.parametrize("given_", ["x", [1, 0]])
def test_a_correction_is_true_or_false(given_):
    with pytest.raises(rp.InputError, match="correction"):
        rp.Events.from_columns(**ROWS | {"correction": given_})


ACCOUNTS = {
    "rate": ["0.1", "0.2"],
    "start": "2026-01-01",
    "account": [0, 1, 1],
    "due_date": ["2026-02-01", "2026-02-01", "2026-03-01"],
    "principal": "100",
    "interest": "1",
}
ACCOUNT_LENGTHS = {
    **dict.fromkeys(("start", "lent", "decimals"), [1] * 3),
    **dict.fromkeys(("due_date", "principal", "interest", "fees", "row_rates"), [1] * 2),
    "rate": "0.1",
}


@pytest.mark.parametrize("name", ACCOUNT_LENGTHS)
def test_a_column_of_accounts_of_another_length_is_refused_by_its_name(name):
    with pytest.raises(rp.InputError) as caught:
        rp.Accounts.from_columns(terms_of(), **ACCOUNTS | {name: ACCOUNT_LENGTHS[name]})
    assert caught.value.field == name
    assert not len(rp.Accounts.from_columns(terms_of(), **ACCOUNTS).failures)


NO_ROWS = [
    ([0.9], "not_whole_units"),
    ([float("nan")], "not_finite"),
    (["x"], "not_a_number"),
    ([None], "missing"),
    ([True], "boolean"),
]


@pytest.mark.parametrize(("account", "code"), NO_ROWS)
def test_what_is_no_row_number_is_nobodys(account, code):
    instalment = {"due_date": ["2026-01-31"], "principal": ["1"], "interest": ["0"]}
    for make in (
        lambda: rp.Events.from_columns(account=account, **PAYMENT),
        lambda: rp.Contacts.from_columns(account=account, day="2026-02-03", channel="call"),
        lambda: rp.Accounts.from_columns(
            terms_of(), rate=["0.1"], start=["2026-01-01"], account=account, **instalment
        ),
    ):
        with pytest.raises(rp.InputError) as caught:
            make()
        assert (caught.value.code.value, caught.value.field) == (code, "account[0]")
    with pytest.raises(rp.InputError, match="row numbers"):
        rp.Events.from_columns(account=0, **PAYMENT)


def test_only_of_a_new_plan_something_joins():
    with pytest.raises(rp.InputError) as caught:
        rp.Event(**PAYMENT, joins=("principal",))
    assert (caught.value.code.value, caught.value.field) == ("unknown_value", "joins")
    joins = np.zeros((2, 6), np.bool_)
    joins[1, 5] = True
    columns = {name: [given] * 2 for name, given in PAYMENT.items()} | {"reference": ["1", "2"]}
    events = rp.Events.from_columns(account=[0, 1], joins=joins, **columns)
    assert [(each.row, each.field) for each in events.failures] == [(1, "joins")]


@pytest.mark.parametrize(
    ("events", "code", "field"),
    [
        (None, "missing", "events"),
        ([PAYMENT], "unknown_value", "events[0]"),
        ("x", "unknown_value", "events"),
        (5, "unknown_value", "events"),
    ],
)
def test_what_are_no_events_is_refused(events, code, field):
    with pytest.raises(rp.InputError) as caught:
        rp.replay(account_of(small_plan(), terms_of()), events, as_of="2026-02-10")
    assert (caught.value.code.value, caught.value.field) == (code, field)


def test_a_new_plan_is_a_plan_and_no_text():
    change = {"kind": "re_age", "value_date": "2026-02-03", "reference": "1"}
    with pytest.raises(rp.InputError) as caught:
        rp.Event(**change, plan="equal_instalment(3)")
    assert (caught.value.code.value, caught.value.field) == ("unknown_value", "plan")
    for name, wrong in (("plans", "equal_instalment(3)"), ("households", 5)):
        with pytest.raises(rp.InputError) as caught:
            rp.Events.from_columns(account=[0], **change, amount=None, **{name: [wrong]})
        assert (caught.value.code.value, caught.value.field) == ("unknown_value", f"{name}[0]")


@pytest.mark.parametrize(("wrong", "code", "field"), REPLAYS)
def test_events_that_cannot_be_together_are_refused_and_their_neighbours_are_unharmed(wrong, code, field):
    with pytest.raises(rp.InputError) as caught:
        rp.replay(
            account_of(small_plan(), terms_of()),
            [rp.Event(**PAYMENT | each) for each in wrong],
            as_of="2026-02-10",
        )
    assert (caught.value.code.value, caught.value.field.partition(" (event ")[0]) == (code, field)
    out = beside_good_ones(wrong)
    check_neighbours(out)
    assert [(failure.row, failure.code.value) for failure in out.failures] == [(1, code)]


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ({"rate": ["0.1", "11", "0.1"]}, "out_of_range", "rate"),
        ({"start": ["2026-01-01", "2026-02-01", "2026-01-01"]}, "dates_out_of_order", "start"),
        ({"due_date": ["2026-01-31", "soon", "2026-01-31"]}, "not_a_date", "due_date"),
        ({"principal": ["1", "-1", "1"]}, "negative", "principal"),
        ({"interest": ["1", "1.005", "1"]}, "not_whole_units", "interest"),
        ({"fees": ["1", "-1", "1"]}, "negative", "fees"),
        ({"lent": ["1", "-1", "1"]}, "negative", "lent"),
        ({"decimals": [2, 9, 2]}, "out_of_range", "decimals"),
        (
            {"account": [0, 2, 2], "due_date": ["2026-01-31", "2026-01-31", "2026-02-28"]},
            "missing",
            "due_date",
        ),
        (
            {
                "account": [0, 1, 1, 2],
                "principal": ["1"] * 4,
                "interest": ["1"] * 4,
                "fees": ["0"] * 4,
                "due_date": ["2026-01-31", "2026-02-28", "2026-02-28", "2026-01-31"],
            },
            "dates_out_of_order",
            "due_date",
        ),
    ],
)
def test_a_plan_that_cannot_be_has_a_code_and_its_neighbours_are_unharmed(wrong, code, field):
    usual = {
        "rate": ["0.1"] * 3,
        "start": ["2026-01-01"] * 3,
        "account": [0, 1, 2],
        "due_date": ["2026-01-31"] * 3,
        "principal": ["1"] * 3,
        "interest": ["1"] * 3,
        "fees": ["0"] * 3,
        "lent": ["1"] * 3,
    }
    out = rp.replay(
        rp.Accounts.from_columns(terms_of(), **usual | wrong), events_of_many([]), as_of="2026-03-01"
    )
    assert out.row.tolist() == [0, 2]
    assert {(failure.row, failure.code.value, failure.field) for failure in out.failures} == {
        (1, code, field)
    }
    usual_one = rp.replay(
        rp.Accounts.from_columns(terms_of(), **usual), events_of_many([]), as_of="2026-03-01"
    )
    assert out.value.one(0).payoff >= usual_one.value.one(0).payoff > 0


def test_an_instalment_or_event_of_no_account_is_refused():
    columns = {"rate": ["0.1"], "start": "2026-01-01", "due_date": ["2026-01-31"], "principal": ["1"]}
    with pytest.raises(rp.InputError, match="account"):
        rp.Accounts.from_columns(terms_of(), **columns, account=[1], interest=["1"])
    with pytest.raises(rp.InputError, match="account"):
        rp.replay(
            accounts_of([small_plan()], terms_of()),
            events_of_many([[], [rp.Event(**PAYMENT)]]),
            as_of="2026-02-10",
        )


def test_a_rate_of_an_index_that_is_not_there_yet_has_a_code():
    """A loan from before the first day that the rate was published."""
    early = slow.Plan(Fraction(0), date(2019, 7, 1), [(date(2019, 7, 31), 100, 0, 0)], 100)
    own = rp.OverdueLedger(on=("principal",), rate=rp.OverdueRate(index=LPR))
    four = rp.OverdueCaps(all_in_index=LPR, all_in_multiplier=4, source="a test")
    for more in ({"penalty": own}, {"caps": four}):
        with pytest.raises(rp.InputError) as caught:
            rp.replay(account_of(early, terms_of(**more)), [], as_of="2019-08-10")
        assert caught.value.code.value == "out_of_range"
        out = rp.replay(
            accounts_of([early, small_plan()], terms_of(**more)), events_of_many([]), as_of="2026-03-01"
        )
        assert out.row.tolist() == [1]


def test_a_loan_whose_lent_amount_cannot_be_read_has_no_account():
    loan = rp.Loan(
        principal=1000, annual_rate="0.1", original_term=2, elapsed=0, unpaid=2, next_due="2026-01-31"
    )
    with pytest.raises(rp.InputError) as caught:
        rp.Account.of(loan, rp.schedule(loan, rp.equal_instalment(2)), terms_of(), lent="-1")
    assert (caught.value.code.value, caught.value.field) == ("negative", "lent")


@pytest.mark.parametrize(
    ("units", "times", "more"),
    [
        (10**18, "10", {}),
        (10**18, "10", {"rounded": "day"}),
        (10**17, "100", {"day_count": "ACT/ACT ISDA"}),
        (4 * 10**17, "100", {"caps": rp.OverdueCaps(per_day=10**15, source="a test")}),
    ],
)
def test_amounts_that_leave_the_domain_have_a_code_and_no_numbers(units, times, more):
    due = date(2026, 1, 31)
    huge = slow.Plan(Fraction(1), due - 30 * DAY, [(due, units, 0, 0)], units)
    terms = terms_of(penalty=ledger_of(rate=rp.OverdueRate(multiplier=times)), **more)
    out = rp.replay(accounts_of([small_plan(), huge], terms), events_of_many([]), as_of=due + 3000 * DAY)
    assert out.row.tolist() == [0]
    assert [(failure.row, failure.code.value) for failure in out.failures] == [(1, "beyond_domain")]
    assert figures(out.value.one(0)) == slow_figures(slow_of(small_plan(), terms, [], due + 3000 * DAY))


def test_payments_that_leave_the_domain_together_have_a_code():
    paid = [event("payment", date(2026, 2, n), 10**16 - 1, str(n)) for n in range(1, 12)]
    with pytest.raises(rp.InputError) as caught:
        rp.replay(account_of(small_plan(), terms_of()), paid, as_of="2026-03-01")
    assert caught.value.code.value == "beyond_domain"


@pytest.mark.parametrize("rounded", ["day", "month", "end"])
def test_what_a_bound_by_the_day_keeps_within_the_domain_has_numbers(rounded):
    due = date(2026, 1, 31)
    plan = slow.Plan(Fraction(10), due - 30 * DAY, [(due, 10**16, 0, 0)], 10**16)
    caps = rp.OverdueCaps(per_day="1000", source="a test")
    rate = rp.OverdueRate(multiplier="100")
    terms = terms_of(penalty=ledger_of(rate=rate), caps=caps, rounded=rounded)
    assert fast_of(plan, terms, [], due + 400 * DAY).owed["penalty"] == 400_000


def test_what_a_bound_keeps_within_the_domain_has_numbers():
    due = date(2026, 1, 31)
    plan = slow.Plan(Fraction(10), due - 30 * DAY, [(due, 10**16, 0, 0)], 10**16)
    caps = rp.OverdueCaps(of_principal="0.5", source="a test")
    terms = terms_of(penalty=ledger_of(rate=rp.OverdueRate(multiplier="100")), caps=caps)
    found = fast_of(plan, terms, [], due + 400 * DAY)
    assert found.owed["penalty"] * 2 == found.owed["principal"]


@pytest.mark.parametrize("dtype", [np.int64, np.int32, np.uint16, object, str, list])
def test_events_of_one_day_follow_one_another_by_their_references_as_text(dtype):
    numbers = [9, 10, 101, 11]
    given = numbers if dtype is list else np.array(numbers, dtype)
    mine = example_account(principal="12000.00", annual_rate="0.12")
    amount = ["10.00", "20.00", "30.00", "200.00"]
    batch = rp.Events.from_columns(
        account=[0] * 4, kind="payment", value_date="2026-01-31", amount=amount, reference=given
    )
    found = rp.replay(mine.accounts, batch, as_of="2026-02-01").value
    # 120.00 of interest: 10, then 101, then 11 pay it, and nothing of it is left for 9.
    assert found.paid[:, Part.INTEREST].tolist() == [0, 2000, 3000, 7000]
    one = rp.replay(
        mine,
        [
            rp.Event(kind="payment", value_date="2026-01-31", amount=each, reference=number)
            for each, number in zip(amount, numbers, strict=True)
        ],
        as_of="2026-02-01",
    )
    assert [(each.reference, each.to["interest"]) for each in one.allocations] == [
        ("10", Decimal("20.00")),
        ("101", Decimal("30.00")),
        ("11", Decimal("70.00")),
        ("9", Decimal("0.00")),
    ]
