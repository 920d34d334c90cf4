"""Credit status, cure, probation and stages of accounts, against days looked at one by one."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil

import numpy as np
import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from examples import examples
from repayplan import Code, equal_instalment, holiday
from repayplan.accounts.component import COMPONENTS
from repayplan.basics.ruletext import read_rules
from repayplan.basics.rulewriting import write_rules
from test_every_error import check_text

DAY = timedelta(days=1)
START = date(2025, 12, 31)
LATE = rp.OverdueRule(
    penalty=rp.OverdueLedger(on=("principal",), rate=rp.OverdueRate(multiplier="1.5")),
    day_count="ACT/360",
    first_day="due_date",
    rounded="end",
    mode="half_up",
)
CIVIL = rp.AllocationRule.example("civil-code-561")
TERMS = rp.AccountTerms(overdue=LATE, allocation=CIVIL)
EU = rp.CreditStageRule.example("eu-retail")
QUICK = replace(
    EU,
    default_after_days=20,
    material_amount="20",
    return_months=1,
    cure_months=1,
    cure_days=4,
    probation_months=2,
    relapse_days=6,
    stage_2_after_days=3,
    stage_3_after_days=25,
    source="a test",
)
PLANS = (equal_instalment(12), holiday(2, interest="capitalise") + equal_instalment(10))
TERMS_OF_LOAN = {
    "annual_rate": "0.12",
    "original_term": 12,
    "elapsed": 0,
    "unpaid": 12,
    "next_due": "2026-01-31",
}
LOAN = rp.Loan(principal="1200.00", **TERMS_OF_LOAN)
FREE = rp.Loan(
    principal="4800.00", annual_rate="0", original_term=48, elapsed=0, unpaid=48, next_due="2026-01-31"
)


def account(plan=PLANS[0], loan=LOAN):
    return rp.Account.of(loan, rp.schedule(loan, plan), TERMS)


def event(kind, day, reference="x", **more):
    return rp.Event(kind=kind, value_date=day, reference=reference, **more)


def paid(day, amount, reference="p"):
    return event("payment", day, reference, amount=amount)


def months(day, count):
    return day + relativedelta(months=count)


# Days looked at one by one


def days_of(mine, events, as_of):
    """Of each day at its end: what is past due, days past due, what is outstanding."""
    whole = rp.replay(mine, events, as_of=as_of, history=True).batch
    days = (as_of - START).days + 1
    every = rp.Events.of(events)
    rows = np.tile(np.arange(len(events)), days)
    many = replace(every.take(rows, whole._amount[rows]), account=np.repeat(np.arange(days), len(events)))
    when = np.datetime64(START, "D") + np.arange(days)
    columns = rp.replay(mine.accounts.take(np.zeros(days, np.int64)), many, as_of=when).value.columns
    history, out = whole.history, {}
    for k in range(days):
        last = np.flatnonzero(history.since <= when[k])[-1]
        figures = int(columns.missing[k]), int(columns.days_past_due[k]), int(history.outstanding[last])
        out[START + k * DAY] = figures
    return out


def holding(events, as_of):
    """Events that hold: none is reversed twice here."""
    undone = {each.reverses for each in events if each.kind == "reversal"}
    return [e for e in events if e.kind != "reversal" and e.reference not in undone and e.value_date <= as_of]


def grace_end(mine, events, day):
    """The first day of the period of the first row, after the day, that asks for principal."""
    now = rp.replay(mine, events, as_of=day)
    begins = day
    for row in now.rows:
        if row.plain and row.due_date > day:
            if row.asked["principal"]:
                return begins
            begins = row.due_date
    return day


def slow(mine, events, as_of, rule, *, forborne, at_signing=0, arrears=0, judged=None):
    """Status, and all counters, by a loop over every day."""
    days = days_of(mine, events, as_of)
    held = holding(events, as_of)
    limit = rule.default_after_days
    status, out = "performing", False
    since = forborne_on = begun = base = grace = None
    to_repay, run, payments = 0, 0, []
    if at_signing > limit:
        status, since = "non_performing", START - (at_signing - limit - 1) * DAY
    elif judged is not None and judged <= START:
        status, since = "non_performing", START
    base = None if since is None else START  # it was in default on that day
    if forborne:
        forborne_on, to_repay = START, arrears
        grace = grace_end(mine, [], START)
        if status == "non_performing":
            status, base = "cure", max(START, grace)
        else:
            status, begun = "probation", START

    def months_paid(day):
        """Stretches of months of probation in which enough was paid."""
        count, k = 0, 0
        while begun is not None and months(begun, k * rule.regular_months) <= day:
            low = months(begun, k * rule.regular_months)
            high = months(begun, (k + 1) * rule.regular_months)
            came = sum(amount for on, amount in payments if low <= on < high and on > begun)
            count += came > Fraction(rule.more_than) * 100
            k += 1
        return count

    resting = [e for e in held if e.kind == "freeze" and e.reason in rule.pauses]

    def rests(day):
        return any(e.value_date <= day and (e.until is None or day <= e.until) for e in resting)

    needed = ceil(Fraction(rule.regular_share) * rule.probation_months / rule.regular_months)
    for day, (late, all_days, outstanding) in days.items():
        dpd = sum(not rests(day - k * DAY) for k in range(1, all_days + 1))
        today = [e for e in held if e.value_date == day]
        payments += [(day, int(e.amount * 100)) for e in today if e.kind == "payment"]
        material = late > Fraction(rule.material_amount) * 100
        material = material and late > Fraction(rule.material_share) * outstanding
        run = run + (not rests(day)) if material else 0
        plans = [e for e in today if e.kind in rule.forbearance]
        bad = status in ("non_performing", "cure")
        was_forborne = status in ("probation", "cure")
        default = run > limit or (judged == day and day > START)
        again = status == "probation" and out and (dpd > rule.relapse_days or plans)
        if plans:
            forborne_on = day
            grace = max(grace_end(mine, events, day), day)
            before = days[day - DAY][0] if day > START else arrears
            to_repay = before or sum(int(e.amount * 100) for e in today if e.kind == "waiver")
        entered = not bad and bool(default or again)
        if entered:
            since = base = day
        if entered or bad:
            out = False
            status = "cure" if plans or was_forborne else "non_performing"
            if bad and plans:
                base = max(base, day)
            if status == "cure" and (plans or entered):
                base = max(base, grace)
            if default or (status == "cure" and dpd > rule.cure_days):
                base = max(base, day)
        elif plans:
            status, begun, out = "probation", day, False
        if status == "non_performing":
            if day >= months(base, rule.return_months) and run <= limit and dpd <= limit:
                status = "performing"
        elif status == "cure":
            repaid = sum(amount for on, amount in payments if on > base)
            if day >= months(base, rule.cure_months) and not late and run <= limit and repaid >= to_repay:
                status, begun, out, to_repay = "probation", day, True, 0
        if (
            status == "probation"
            and day >= months(begun, rule.probation_months)
            and dpd <= rule.relapse_days
            and months_paid(day) >= needed
        ):
            status, out = "performing", False
    found = {"status": status, "days_past_due": dpd, "days_material": run, "after_default": out}
    found |= {"non_performing_since": since, "forborne_on": forborne_on, "served": 0, "ends": None}
    bad = status in ("cure", "non_performing")
    if bad:
        how_long = rule.cure_months if status == "cure" else rule.return_months
        found |= {"served": max((as_of - base).days, 0), "ends": max(months(base, how_long), as_of + DAY)}
    if status == "probation":
        count, end = months_paid(as_of), max(months(begun, rule.probation_months), as_of + DAY)
        # The first day of the earliest stretches to come that make it enough.
        trial, first = list(payments), as_of + DAY
        while count < needed:
            payments.append((first, 10**9))
            more = months_paid(first)
            if more > count:
                count, end = more, max(end, first)
            first += DAY
        payments[:] = trial
        found |= {"served": (as_of - begun).days, "ends": end, "months_paid": months_paid(as_of)}
        found["months_needed"] = needed
    if status == "cure":
        found["to_repay"] = to_repay
        found["repaid"] = sum(amount for on, amount in payments if on > base)
    stage = 1
    if dpd > rule.stage_2_after_days:
        stage = 2
    if status == "probation":
        stage = max(stage, rule.probation_stage)
    if bad or dpd > rule.stage_3_after_days:
        stage = 3
    return found | {"stage": stage}


def checked(found, wanted):
    for name, value in wanted.items():
        got = getattr(found, name)
        if name in ("to_repay", "repaid"):
            got = int(got * 100)
        assert got == value, name


@st.composite
def lives(draw):
    """Instalments that are mostly paid, and what else happens in some 300 days."""
    found = []
    lag = draw(st.sampled_from((0, 0, 2, 5, 10, 30)))
    for k in range(10):
        due = months(START, k + 1)
        how = draw(st.sampled_from(("full", "full", "full", "full", "part", "none", "later")))
        if how != "none":
            amount = {"part": "80.00"}.get(how, "118.00")
            day = due + timedelta(days=lag + (draw(st.integers(5, 40)) if how == "later" else 0))
            found.append(paid(day, amount, f"p{k}"))
    for k in range(draw(st.integers(0, 3))):
        day = START + timedelta(days=draw(st.integers(0, 260)))
        kind = draw(st.sampled_from(("re_age", "reschedule", "waiver", "reversal", "payment", "freeze")))
        more = {}
        if kind == "freeze":
            more["until"] = draw(st.none() | st.integers(0, 60).map(lambda n, day=day: day + n * DAY))
            more["reason"] = draw(st.none() | st.sampled_from(rp.HALT_REASONS))
        if kind == "payment":
            more["amount"] = Decimal(draw(st.integers(100, 60_000))) / 100
        if kind == "waiver":
            more |= {"amount": Decimal(1), "component": "principal"}
        if kind in ("re_age", "reschedule"):
            more["plan"] = draw(st.sampled_from((*PLANS, equal_instalment(8))))
            more["first_due"] = day + timedelta(days=draw(st.integers(1, 40)))
            more["joins"] = draw(st.sampled_from(((), ("principal", "interest", "penalty"))))
        if kind == "reversal":
            if not found:
                continue
            target = draw(st.sampled_from([each for each in found if each.kind != "reversal"]))
            if any(each.reverses == target.reference for each in found):
                continue
            more |= {"reverses": target.reference, "booked": target.booked + DAY}
            day = max(day, target.value_date)
        found.append(event(kind, day, f"e{k}", **more))
    return found


rules = st.builds(
    lambda **given_ones: replace(QUICK, **given_ones),
    cure_days=st.sampled_from((0, 4, 15)),
    relapse_days=st.sampled_from((1, 6)),
    material_amount=st.sampled_from(("0", "20", "150")),
    material_share=st.sampled_from(("0", "0.01", "0.15")),
    regular_share=st.sampled_from(("0", "0.5", "1")),
    regular_months=st.sampled_from((1, 2)),
    more_than=st.sampled_from(("0", "90")),
    probation_months=st.sampled_from((1, 2, 4)),
    forbearance=st.sampled_from((("re_age", "reschedule", "re_amortise"), ("reschedule",))),
    pauses=st.sampled_from(((), ("court", "moratorium"), rp.HALT_REASONS)),
    probation_stage=st.sampled_from((1, 2)),
)
signings = st.fixed_dictionaries(
    {
        "forborne": st.booleans(),
        "at_signing": st.sampled_from((0, 20, 21, 60)),
        "arrears": st.sampled_from((0, 15_000)),
        "judged": st.none() | st.integers(-3, 200).map(lambda n: START + timedelta(days=n)),
    }
)


def asked(signing):
    return signing | {"arrears": Decimal(signing["arrears"]) / 100}


def can_be(mine, events, as_of):
    try:
        now = rp.replay(mine, events, as_of=as_of)
    except rp.InputError:
        return False
    return now.payoff > 0


@given(lives(), rules, signings, st.sampled_from(PLANS), st.integers(0, 290))
@examples(50)
def test_it_is_what_days_looked_at_one_by_one_make_it(events, rule, signing, plan, k):
    mine, as_of = account(plan), START + timedelta(days=k)
    if can_be(mine, events, as_of):
        now = rp.replay(mine, events, as_of=as_of, history=True)
        found = rp.credit_stage(now, rule, **asked(signing))
        checked(found, slow(mine, events, as_of, rule, **signing))
        for each in found.reasons:
            assert each.text("en")
            assert each.text("zh")


def several(histories, shuffle=None):
    """Accounts of the same loan, and their events in one table."""
    loans = rp.Loans.from_columns(principal=["1200.00"] * len(histories), **TERMS_OF_LOAN)
    flat = [(i, each) for i, events in enumerate(histories) for each in events]
    if shuffle is not None:
        shuffle.shuffle(flat)
    plans = [each.plan for _, each in flat if each.plan is not None]
    place = iter(range(len(plans)))
    joins = np.array([[name in each.joins for name in COMPONENTS] for _, each in flat], np.bool_)
    names = ("kind", "value_date", "booked", "amount", "reference", "component", "reverses", "first_due")
    names += ("until", "reason")
    events = rp.Events.from_columns(
        account=np.array([i for i, _ in flat], np.int64),
        **{name: [getattr(each, name) for _, each in flat] for name in names},
        plans=plans,
        plan=[-1 if each.plan is None else next(place) for _, each in flat],
        joins=joins.reshape(len(flat), len(COMPONENTS)),
    )
    return rp.Accounts.of(rp.schedule(loans, PLANS[0]).value, TERMS), events


@given(
    st.lists(st.tuples(lives(), signings), min_size=1, max_size=5), rules, st.integers(1, 290), st.randoms()
)
@examples(15)
def test_many_are_what_one_by_one_is_in_any_order(several_ones, rule, k, shuffle):
    as_of = START + timedelta(days=k)
    accounts, events = several([each for each, _ in several_ones], shuffle)
    now = rp.replay(accounts, events, as_of=as_of, history=True).value
    signed = [asked(several_ones[i][1]) for i in now.row.tolist()]
    if not signed:
        return
    columns = {name: [each[name] for each in signed] for name in signed[0]}
    found = rp.credit_stage(now, rule, **columns)
    assert len(found) == len(signed)
    for place, i in enumerate(now.row.tolist()):
        alone = rp.replay(account(), several_ones[i][0], as_of=as_of, history=True)
        assert rp.credit_stage(alone, rule, **signed[place]) == found.one(place)
        assert (found.stage[place] or None) == found.one(place).stage
        assert rp.CREDIT_STATUSES[found.status[place]] == found.one(place).status


@given(lives(), rules, st.integers(0, 200), st.integers(50, 290))
@examples(15)
def test_what_is_put_in_at_any_date_and_reversed_was_never_there(events, rule, at, k):
    as_of = START + timedelta(days=k)
    change = event(
        "re_age", START + timedelta(days=at), "new", plan=PLANS[0], first_due=START + timedelta(at + 31)
    )
    undo = event("reversal", max(as_of, change.value_date), "undo", reverses="new")
    if not can_be(account(), events, as_of) or not can_be(account(), [*events, change], as_of):
        return

    def found(these):
        now = rp.replay(account(), these, as_of=as_of, history=True)
        return rp.credit_stage(now, rule, forborne=False)

    assert found([*events, change, undo]) == found(events)
    if at <= k and "re_age" in rule.forbearance:
        assert found([*events, change]).forborne_on >= change.value_date


# A retail exposure by the rules of the European Union

DUES = [months(date(2026, 1, 31), k) for k in range(48)]


def eu(events, as_of, *, plan=None, **signing):
    mine = account(plan or equal_instalment(48), FREE)
    signing = {"forborne": False} | signing
    return rp.credit_stage(rp.replay(mine, events, as_of=as_of, history=True), EU, **signing)


def instalments(first, last, lag=0):
    return [paid(DUES[k] + timedelta(days=lag), "100", f"i{k}") for k in range(first, last)]


def test_ninety_days_and_a_material_amount_make_it_non_performing():
    # 100.00 isn't more than 100 euros; the second instalment makes it material, from 1 March on.
    before = eu([], "2026-05-29")
    assert (before.status, before.days_past_due, before.days_material) == ("performing", 118, 90)
    assert before.stage == 3  # ninety days past due, however little, is the presumption of IFRS 9
    after = eu([], "2026-05-30")
    assert (after.status, after.days_material) == ("non_performing", 91)
    assert after.non_performing_since == date(2026, 5, 30)
    assert Code.STAGE_DEFAULT in [each.code for each in after.reasons]
    # A payment that brings it to a hundred begins the count anew.
    again = eu([paid("2026-03-15", "100")], "2026-05-30")
    assert (again.status, again.days_material) == ("performing", 60)


def test_days_that_a_law_or_a_court_lets_rest_do_not_count():
    """EBA/GL/2016/07, paragraph 18: where repayment is suspended by law, so is the counting of days."""
    rest = {"kind": "freeze", "day": "2026-04-01", "until": "2026-04-30"}  # thirty days
    for reason, days in (("moratorium", 30), ("court", 30), ("dispute", 0), ("death", 0), (None, 0)):
        events = [event(**rest, reason=reason)]
        then = eu(events, "2026-05-29")
        assert (then.days_past_due, then.days_material) == (118 - days, 90 - days)
        first = date(2026, 5, 30) + timedelta(days=days)
        assert eu(events, str(first - DAY)).status == "performing"
        found = eu(events, str(first))
        assert (found.status, found.days_material, found.non_performing_since) == (
            "non_performing",
            91,
            first,
        )
    # A pause without an end keeps it as it is; that it was lifted after all gives the days back.
    ever = event("freeze", "2026-04-01", "ever", reason="court")
    assert eu([ever], "2027-03-31").status == "performing"
    lifted = [ever, event("reversal", "2026-04-01", "undo", booked="2026-06-01", reverses="ever")]
    assert eu(lifted, "2026-05-30").status == "non_performing"


@pytest.mark.parametrize("pauses", [("rain",), ("court", "court"), "court"])
def test_pauses_are_for_reasons_that_are_known(pauses):
    with pytest.raises(rp.InputError, match=r"credit_stage\.pauses"):
        replace(EU, pauses=pauses)


def test_a_small_part_of_a_large_exposure_is_not_material():
    loan = rp.Loan(
        principal="48000.00", annual_rate="0", original_term=48, elapsed=0, unpaid=48, next_due="2026-01-31"
    )
    mine = account(equal_instalment(48), loan)
    # 400.00 of 47,400.00 are more than 100, but not more than 1 %; 500.00 of 47,500.00 are.
    for amount, counted in (("600", 0), ("500", 27)):
        now = rp.replay(mine, [paid("2026-01-31", amount)], as_of="2026-02-27", history=True)
        found = rp.credit_stage(now, EU, forborne=False)
        assert (found.days_past_due, found.days_material) == (27, counted)


def test_it_performs_again_three_months_after_the_default_is_over():
    events = [paid("2026-06-10", "500", "all"), *instalments(5, 20)]
    assert eu(events, "2026-06-09").status == "non_performing"
    waiting = eu(events, "2026-06-20")
    assert (waiting.status, waiting.stage, waiting.served, waiting.ends) == (
        *("non_performing", 3),
        11,
        date(2026, 9, 9),
    )
    assert eu(events, "2026-09-08").status == "non_performing"
    assert (eu(events, "2026-09-09").status, eu(events, "2026-09-09").stage) == ("performing", 1)


def test_a_year_of_cure_then_two_of_probation():
    signing = {"forborne": True, "at_signing": 120, "arrears": "400"}
    events = instalments(0, 40)
    start = eu(events, "2025-12-31", **signing)
    assert (start.status, start.stage, start.ends) == ("cure", 3, date(2026, 12, 31))
    assert start.non_performing_since == date(2025, 12, 2)  # 91 days past due
    assert eu(events, "2026-12-30", **signing).status == "cure"
    first = eu(events, "2026-12-31", **signing)
    assert (first.status, first.stage, first.after_default, first.ends) == (
        "probation",
        2,
        True,
        date(2028, 12, 31),
    )
    last = eu(events, "2028-12-30", **signing)
    assert (last.status, last.months_paid, last.months_needed) == ("probation", 23, 12)
    assert eu(events, "2028-12-31", **signing).status == "performing"


def test_a_cure_waits_for_what_was_past_due_and_for_what_is():
    signing = {"forborne": True, "at_signing": 120, "arrears": "1500"}
    found = eu(instalments(0, 40), "2026-12-31", **signing)
    assert (found.status, found.repaid, found.to_repay) == ("cure", Decimal("1200.00"), Decimal("1500.00"))
    assert [each.code for each in found.reasons] == [
        Code.STAGE_SIGNED_LATE,
        Code.STAGE_FORBORNE,
        Code.STAGE_CURE_ENDS,
        Code.STAGE_REPAID,
    ]
    assert eu(instalments(0, 40), "2027-03-31", **signing).status == "probation"
    change = event("re_age", "2026-01-15", plan=equal_instalment(48), first_due="2026-01-31")
    late = [change, *instalments(0, 11), *instalments(11, 40, lag=20)]
    signing = {"forborne": False, "at_signing": 120}
    found = eu(late, "2027-01-16", **signing)
    assert (found.status, found.served, found.ends) == ("cure", 366, date(2027, 1, 17))
    assert found.reasons[-1].text() == "100.00 is past due: that ends no cure"
    assert eu(late, "2027-01-20", **signing).status == "probation"


def test_months_in_which_principal_is_not_asked_for_do_not_cure():
    rest = holiday(6, interest="capitalise") + equal_instalment(42)
    found = eu([], "2026-03-31", plan=rest, forborne=True, at_signing=91)
    assert (found.served, found.ends) == (0, date(2027, 6, 30))

    change = event("re_age", "2026-02-10", plan=rest, first_due="2026-02-28")
    found = eu([*instalments(0, 1), change], "2026-03-31", forborne=False, at_signing=120)
    assert (found.status, found.served, found.ends) == ("cure", 0, date(2027, 7, 28))
    # Of a performing exposure, too, that is in default before they are over.
    found = eu([*instalments(0, 1), change], "2026-06-01", judged="2026-05-01")
    assert (found.status, found.ends) == ("cure", date(2027, 7, 28))


def test_what_was_given_up_is_to_be_repaid_where_nothing_was_past_due():
    signing = {"forborne": False, "at_signing": 120}
    change = event("re_age", "2026-02-10", plan=equal_instalment(48), first_due="2026-02-28")
    waived = event("waiver", "2026-02-10", "w", component="principal", amount="2000")
    found = eu([*instalments(0, 1), waived, change], "2026-03-01", **signing)
    assert (found.status, found.to_repay) == ("cure", Decimal("2000.00"))
    late = replace(change, value_date=date(2026, 3, 10), first_due=date(2026, 3, 31))
    found = eu(
        [*instalments(0, 1), replace(waived, value_date=date(2026, 3, 10)), late], "2026-03-11", **signing
    )
    assert (found.status, found.to_repay) == ("cure", Decimal("100.00"))


def test_what_was_repaid_in_a_cure_is_not_asked_for_again():
    found = eu(instalments(0, 14), "2027-05-01", forborne=True, at_signing=120, arrears="400")
    assert (found.status, found.to_repay) == ("cure", Decimal(0))


def test_nothing_returns_while_a_small_amount_is_past_due_for_long():
    # All but 50.00, which isn't material, is paid; it has been past due since 31 May.
    events = [paid("2026-06-10", "450", "all"), *[paid(DUES[k], "1", f"i{k}") for k in range(5, 8)]]
    small = replace(EU, material_amount="1000")
    mine = account(equal_instalment(48), FREE)
    for day, status in (("2026-08-29", "performing"), ("2026-09-05", "non_performing")):
        now = rp.replay(mine, events[:1], as_of=day, history=True)
        found = rp.credit_stage(now, replace(small, return_months=2), forborne=False, judged="2026-07-01")
        assert found.days_material == 0
        assert found.status == ("non_performing" if day < "2026-09-01" else status)


def test_in_a_cure_payments_may_be_as_late_as_the_rule_says():
    events = [*instalments(0, 3), paid("2026-05-20", "100", "late"), *instalments(4, 40)]
    for days, ends in ((19, date(2026, 12, 31)), (18, date(2027, 5, 19))):
        now = rp.replay(account(equal_instalment(48), FREE), events, as_of="2026-06-30", history=True)
        found = rp.credit_stage(now, replace(EU, cure_days=days), forborne=True, at_signing=91)
        assert found.ends == ends


def test_more_than_thirty_days_late_begin_the_year_anew():
    events = [*instalments(0, 3), paid("2026-06-15", "200", "two"), *instalments(5, 40)]
    found = eu(events, "2026-06-30", forborne=True, at_signing=91)
    assert (found.status, found.served, found.ends) == ("cure", 16, date(2027, 6, 14))


def test_on_probation_after_default_thirty_days_or_a_new_plan_are_a_relapse():
    signing = {"forborne": True, "at_signing": 91}
    events = instalments(0, 14)  # on probation since 31 December 2026; the next is due on 31 March 2027
    assert eu(events, "2027-04-30", **signing).status == "probation"
    back = eu(events, "2027-05-01", **signing)
    assert (back.status, back.days_past_due, back.stage) == ("cure", 31, 3)
    said = "non-performing again since 2027-05-01: more than 30 days past due on probation"
    assert (back.reasons[0].code, back.reasons[0].text()) == (Code.STAGE_RELAPSED, said)
    again = event("re_age", "2027-02-10", plan=equal_instalment(30), first_due="2027-03-31")
    found = eu([*instalments(0, 13), again], "2027-02-10", **signing)
    assert (found.status, found.reasons[0].code, found.ends) == (
        "cure",
        Code.STAGE_FORBORNE_AGAIN,
        date(2028, 2, 10),
    )


def test_forbearance_for_a_performing_exposure_is_probation_without_a_relapse():
    signing = {"forborne": True}
    assert (eu([], "2026-02-10", **signing).status, eu([], "2026-02-10", **signing).stage) == ("probation", 2)
    assert eu(instalments(0, 3), "2026-06-20", **signing).status == "probation"  # 51 days past due
    few = eu([paid("2026-02-01", "4000", "ahead")], "2027-12-31", **signing)
    # Everything was paid in time, but in one month only: that isn't regular.
    assert (few.status, few.months_paid, few.days_past_due) == ("probation", 1, 0)
    assert few.ends == date(2028, 10, 31)
    assert few.reasons[-1].code == Code.STAGE_MONTHS_PAID


def test_stages_two_and_three_by_days_alone():
    assert [eu([], day).stage for day in ("2026-03-02", "2026-03-03", "2026-05-01", "2026-05-02")] == [
        1,
        2,
        2,
        3,
    ]
    rebutted = replace(EU, stage_2_after_days="rebutted", stage_3_after_days="rebutted")
    now = rp.replay(account(equal_instalment(48), FREE), [], as_of="2026-05-02", history=True)
    assert rp.credit_stage(now, rebutted, forborne=False).stage == 1


def test_what_is_closed_has_no_stage():
    closed = eu([paid("2026-02-01", "100"), event("settlement", "2026-03-10", "s")], "2026-04-01")
    assert (closed.status, closed.stage, closed.ends, closed.reasons) == ("closed", None, None, ())


# What can't be


def test_it_needs_a_history():
    now = rp.replay(account(), [], as_of="2026-03-01")
    with pytest.raises(rp.InputError) as caught:
        rp.credit_stage(now, EU, forborne=False)
    assert (caught.value.code, caught.value.field) == (Code.MISSING, "history")


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"forborne": "yes"}, "forborne"),
        ({"at_signing": -1}, "at_signing"),
        ({"arrears": "-1"}, "arrears"),
        ({"judged": "2026-02-30"}, "judged"),
    ],
)
def test_what_cannot_be_of_a_signing(more, field):
    now = rp.replay(account(), [], as_of="2026-03-01", history=True)
    with pytest.raises(rp.InputError) as caught:
        rp.credit_stage(now, EU, **{"forborne": False} | more)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("default_after_days", -1, Code.OUT_OF_RANGE),
        ("cure_days", True, Code.OUT_OF_RANGE),
        ("relapse_days", None, Code.OUT_OF_RANGE),
        ("stage_2_after_days", "30", Code.OUT_OF_RANGE),
        ("stage_3_after_days", -1, Code.OUT_OF_RANGE),
        ("return_months", 121, Code.OUT_OF_RANGE),
        ("cure_months", -1, Code.OUT_OF_RANGE),
        ("probation_months", 1.5, Code.OUT_OF_RANGE),
        ("regular_months", 0, Code.OUT_OF_RANGE),
        ("probation_stage", 3, Code.OUT_OF_RANGE),
        ("material_amount", 1.5, Code.OUT_OF_RANGE),
        ("material_share", "1.1", Code.OUT_OF_RANGE),
        ("regular_share", None, Code.MISSING),
        ("more_than", "-1", Code.OUT_OF_RANGE),
        ("forbearance", ("payment",), Code.UNKNOWN_VALUE),
        ("forbearance", ("re_age", "re_age"), Code.DUPLICATE),
        ("source", "", Code.MISSING),
    ],
)
def test_what_cannot_be_of_a_rule(field, value, code):
    with pytest.raises(rp.InputError) as caught:
        replace(EU, **{field: value})
    assert (caught.value.code, caught.value.field) == (code, f"credit_stage.{field}")


def test_a_rule_is_read_from_text_as_it_is_written():
    rebutted = replace(EU, stage_2_after_days="rebutted", forbearance=("re_age",), more_than="12.50")
    for rule in (EU, rebutted):
        assert read_rules(rp.CreditStageRule, write_rules(rule), source="a test") == rule


def test_there_is_an_example():
    with pytest.raises(rp.InputError) as caught:
        rp.CreditStageRule.example("mars")
    assert caught.value.field == "name"


def test_every_sentence_holds_its_figures():
    for code in Code:
        if code.startswith("stage_"):
            check_text(code, field="account", value="2026-05-30", limit=90)
