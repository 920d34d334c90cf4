"""Credit status, cure, probation and stages of accounts, against days looked at one by one."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil

import numpy as np
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from examples import examples
from repayplan import equal_instalment, holiday

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
    base = since
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

    needed = ceil(Fraction(rule.regular_share) * rule.probation_months / rule.regular_months)
    for day, (late, dpd, outstanding) in days.items():
        today = [e for e in held if e.value_date == day]
        payments += [(day, int(e.amount * 100)) for e in today if e.kind == "payment"]
        material = late > Fraction(rule.material_amount) * 100
        material = material and late > Fraction(rule.material_share) * outstanding
        run = run + 1 if material else 0
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
                status, begun, out = "probation", day, True
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
        kind = draw(st.sampled_from(("re_age", "reschedule", "waiver", "reversal", "payment")))
        more = {}
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
        found.append(event(kind, day, f"e{k}", **more))
    return found


rules = st.builds(
    lambda **given_ones: replace(QUICK, **given_ones),
    material_amount=st.sampled_from(("0", "20", "150")),
    material_share=st.sampled_from(("0", "0.01", "0.15")),
    regular_share=st.sampled_from(("0", "0.5", "1")),
    regular_months=st.sampled_from((1, 2)),
    more_than=st.sampled_from(("0", "90")),
    probation_months=st.sampled_from((1, 2, 4)),
    forbearance=st.sampled_from((("re_age", "reschedule", "re_amortise"), ("reschedule",))),
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
@examples(200)
def test_it_is_what_days_looked_at_one_by_one_make_it(events, rule, signing, plan, k):
    mine, as_of = account(plan), START + timedelta(days=k)
    if can_be(mine, events, as_of):
        now = rp.replay(mine, events, as_of=as_of, history=True)
        found = rp.credit_stage(now, rule, **asked(signing))
        checked(found, slow(mine, events, as_of, rule, **signing))
        for each in found.reasons:
            assert each.text("en")
            assert each.text("zh")
