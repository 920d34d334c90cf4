"""A merged plan's rows shared out among the debts, against a reference that hands out unit by unit."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

import programme
import repayplan as rp
from examples import examples
from repayplan import ArrearsPart, ArrearsRule, Code, Concession, InputError
from repayplan.kernel.prorata import Parties
from repayplan.plans.joined import joined
from repayplan.plans.loan import Loans
from repayplan.plans.loanreading import COMPONENTS
from repayplan.plans.rows import COLUMNS, MONEY
from test_vectorised import calls

DUE = date(2026, 1, 31)
LATE = COMPONENTS[1:]


def settled(weights, held, target):
    """Units one by one: to who is farthest below its exact part, from who is farthest above."""
    held, total = list(held), sum(weights)
    exact = [Fraction(target * weight, total) if total else Fraction(0) for weight in weights]
    change = target - sum(held)
    sign = 1 if change > 0 else -1
    behind = [sign * (part - unit) for part, unit in zip(exact, held, strict=True)]
    left = abs(change)
    whole = [max(floor(each), 0) for each in behind]
    if sum(whole) <= left:  # whoever is a unit or more behind gets it before those who aren't
        held = [unit + sign * more for unit, more in zip(held, whole, strict=True)]
        behind = [each - more for each, more in zip(behind, whole, strict=True)]
        left -= sum(whole)
    for _ in range(left):
        i = max(range(len(held)), key=lambda i: (behind[i], -i))
        held[i] += sign
        behind[i] -= 1
    return held


WEIGHTS = st.lists(st.integers(0, 40) | st.integers(0, 3), min_size=1, max_size=6).filter(any)


@given(st.lists(WEIGHTS, min_size=1, max_size=3), st.data())
def test_units_one_by_one(wholes, data):
    start = np.cumsum([0, *(len(each) for each in wholes[:-1])])
    parties = Parties.of_weights(start, np.array([weight for each in wholes for weight in each]))
    held = [[0] * len(each) if data.draw(st.booleans()) else list(each) for each in wholes]
    for _ in range(6):
        target = [data.draw(st.integers(0, 99)) for _ in wholes]
        got = parties.settled(np.array([unit for each in held for unit in each]), np.array(target))
        before, held = held, [settled(*each) for each in zip(wholes, held, target, strict=True)]
        assert got.tolist() == [unit for each in held for unit in each]
        for old, new in zip(before, held, strict=True):
            moves = {(b > a) - (b < a) for a, b in zip(old, new, strict=True)} - {0}
            assert len(moves) <= 1


@given(WEIGHTS, st.lists(st.integers(0, 9), min_size=6, max_size=6), st.integers(0, 60))
@example([31, 29, 40], [2, 2, 5], 10)  # the only unit goes to who is more than one behind
def test_whoever_was_far_ahead_waits(weights, held, target):
    held = held[: len(weights)]
    parties = Parties.of_weights(np.array([0]), np.array(weights))
    assert parties.settled(np.array(held), np.array([target])).tolist() == settled(weights, held, target)


@given(st.lists(st.integers(1, 2**53), min_size=2, max_size=5), st.integers(0, 2**61))
def test_large_amounts(weights, target):
    parties = Parties.of_weights(np.array([0]), np.array(weights))
    got = parties.settled(np.zeros(len(weights), np.int64), np.array([target])).tolist()
    exact = [Fraction(target * weight, sum(weights)) for weight in weights]
    assert sum(got) == target
    assert all(abs(unit - part) < 1 for unit, part in zip(got, exact, strict=True))


def debt(draw, largest):
    arrears = draw(st.sampled_from([0, largest // 9]))
    amounts = {name: cents(draw(st.integers(0, arrears))) for name in LATE}
    return rp.Loan(
        principal=cents(draw(st.integers(0, largest) | st.integers(0, 200))),
        annual_rate=draw(st.sampled_from(["0", "0.05", "0.18"])),
        original_term=36,
        elapsed=12,
        unpaid=24,
        next_due=DUE,
        start=draw(st.none() | st.just(date(2025, 12, 15))),
        **amounts,
    )


def cents(units):
    return str(Decimal(units).scaleb(-2))


@st.composite
def borrowers(draw, largest=10**7):
    """One's debts, no two of which owe the same."""
    mine = [debt(draw, largest) for _ in range(draw(st.integers(1, 5)))]
    owed = [sum(int(getattr(loan.batch, name)[0]) for name in COMPONENTS) for loan in mine]
    assume(any(owed))
    assume(len(set(owed)) == len(owed))
    return mine


PLANS = st.sampled_from(
    [
        rp.equal_instalment(7),
        rp.equal_principal(12),
        rp.flat(5),
        rp.interest_only(3) + rp.equal_instalment(6),
        rp.holiday(3, interest="capitalise") + rp.equal_instalment(6),
        rp.holiday(3, interest="capitalise_at_end") + rp.equal_instalment(6),
        rp.holiday(4, interest="defer") + rp.equal_instalment(6),
        rp.holiday(4, interest="defer", repay="spread") + rp.equal_principal(5),
        rp.holiday(3, interest="waive") + rp.equal_instalment(6),
        rp.fee("3.50", when="each") + rp.equal_instalment(9),
        rp.fee(share="0.013", financed=True) + rp.fee("2.99") + rp.equal_instalment(4),
        rp.bullet(4),
    ]
)


def by_hand(mine, accrued, rows, finer=1):
    """Rows of each debt, in the order of the debts, by the rules in words."""
    own = [{name: int(getattr(loan.batch, name)[0]) * finer for name in COMPONENTS} for loan in mine]
    for each, more in zip(own, accrued, strict=True):
        each["accrued_interest"] += more * finer
    order = sorted(range(len(mine)), key=lambda i: (-sum(own[i].values()), i))
    balance = [own[i]["principal"] + own[i]["overdue_principal"] for i in order]
    carried = [own[i]["overdue_interest"] + own[i]["accrued_interest"] for i in order]
    charges = [own[i]["penalty"] + own[i]["fees"] for i in order]
    weights = balance if sum(balance) else [a + b for a, b in zip(carried, charges, strict=True)]
    none = [0] * len(order)
    held = {
        "balance": balance,
        "carried": carried,
        "charges": charges,
        "aside": none,
        "paid": none,
        "waived": none,
        "fees": none,
    }
    of = dict.fromkeys(held, weights) | {"carried": carried, "charges": charges}

    def move(name, change):
        after = settled(of[name], held[name], sum(held[name]) + change)
        moved = [b - a for a, b in zip(held[name], after, strict=True)]
        held[name] = after
        return moved

    out = [[] for _ in order]
    for row in rows:
        capitalised = move("balance", row["capitalised"])
        drawn = move("balance", row["drawn"])
        principal = move("balance", -row["principal"])
        repaid = max(-row["deferred"], 0)
        # Nothing is paid in a row whose interest put aside joins the balance.
        joined = repaid if repaid and not row["payment"] else 0
        repaid -= joined
        joins = move("aside", -joined)
        old = min(repaid, sum(held["carried"]))
        back, later = move("carried", -old), move("aside", old - repaid)
        deferred = move("aside", max(row["deferred"], 0))
        paid = move("paid", row["interest_paid"] - repaid)
        waived = move("waived", row["waived"])
        old = min(row["fee"], sum(held["charges"]))
        charged = move("fees", row["fee"] - old)
        first = move("charges", -old)
        for i in range(len(order)):
            line = {
                "closing": held["balance"][i],
                "principal": -principal[i],
                "capitalised": capitalised[i],
                "drawn": drawn[i],
                "deferred": deferred[i] + back[i] + later[i] + joins[i],
                "interest_paid": paid[i] - back[i] - later[i],
                "waived": waived[i],
                "fee": charged[i] - first[i],
            }
            line["interest"] = sum(line[n] for n in ("interest_paid", "capitalised", "deferred", "waived"))
            line["payment"] = line["principal"] + line["interest_paid"] + line["fee"]
            line["opening"] = line["closing"] + line["principal"] - line["capitalised"] - line["drawn"]
            out[order[i]].append(line)
    return out


def rows_of(schedule):
    return [{name: int(schedule.columns[name][i]) for name in MONEY} for i in range(len(schedule))]


def check(shares, plan, accrued_owed):
    """What holds of every plan that is shared out: `shares` of DebtShare, the plan's schedule."""
    for name in MONEY:
        total = sum(share.schedule.columns[name] for share in shares)
        assert total.tolist() == plan.columns[name].tolist(), name
    for share, owed in zip(shares, accrued_owed, strict=True):
        mine = share.schedule
        for name in ("period", "due_date", "days"):
            assert mine.columns[name].tolist() == plan.columns[name].tolist()
        c = mine.columns
        assert (c["payment"] == c["principal"] + c["interest_paid"] + c["fee"]).all()
        assert (c["interest"] == c["interest_paid"] + c["capitalised"] + c["deferred"] + c["waived"]).all()
        assert (c["closing"] == c["opening"] + c["drawn"] + c["capitalised"] - c["principal"]).all()
        assert (c["opening"][1:] == c["closing"][:-1]).all()
        for name in ("closing", "principal", "capitalised", "waived", "fee", "interest_paid"):
            assert c[name].min() >= 0, name
        assert c["closing"][-1] == 0
        assert c["principal"].sum() == c["opening"][0] + c["capitalised"].sum() + c["drawn"].sum()
        scale = 10**mine.decimals
        whole = Fraction(share.opening_balance + share.waived) * scale
        assert whole == owed
        aside = share.paid_first + share.spread + share.carried + share.forgiven
        assert c["opening"][0] == (share.opening_balance - aside) * scale
    total = sum(Fraction(int(s.schedule.columns["opening"][0])) for s in shares)
    for share in shares:  # in proportion, to the unit
        c = share.schedule.columns
        for closing, all_of in zip(c["closing"].tolist(), plan.columns["closing"].tolist(), strict=True):
            assert total == 0 or abs(closing - all_of * Fraction(int(c["opening"][0])) / total) < 2


def owed_units(one, finer=1):
    return [
        (sum(int(getattr(loan.batch, n)[0]) for n in COMPONENTS) + int(part * 100)) * finer
        for loan, part in zip(one.debts, one.accrued, strict=True)
    ]


@given(borrowers() | borrowers(900), PLANS)
def test_every_row_by_hand(mine, plan):
    one = rp.merge(mine)
    made = rp.schedule(one.loan, plan)
    shares = one.apportioned(made)
    units = [int(part * 100) for part in one.accrued]
    assert [rows_of(share.schedule) for share in shares] == by_hand(mine, units, rows_of(made))
    check(shares, made, owed_units(one))
    for share, loan, more in zip(shares, mine, units, strict=True):
        batch = loan.batch
        first = int(batch.carried[0] + batch.charges[0]) + more
        assert (share.paid_first * 100, share.capitalised, share.waived) == (first, 0, 0)


@given(st.lists(borrowers(10**5), min_size=1, max_size=4), PLANS, st.randoms(use_true_random=False))
def test_a_batch_is_each_borrower_by_itself_in_any_order(homes, plan, random):
    flat = [(k, loan) for k, mine in enumerate(homes) for loan in mine]
    random.shuffle(flat)
    merged = rp.merge(joined([loan for _, loan in flat]), [k for k, _ in flat]).value
    got = merged.apportioned(rp.schedule(merged.loans, plan).value)
    assert not got.failures
    assert got.row.tolist() == got.value.row.tolist() == list(range(len(flat)))
    assert got.value.borrower.tolist() == [k for k, _ in flat]
    columns, offsets = got.value.by_debt()
    assert columns["row"].tolist() == np.repeat(got.row, np.diff(offsets)).tolist()
    for k, mine in enumerate(homes):
        one = rp.merge(mine)
        alone = one.apportioned(rp.schedule(one.loan, plan))
        for loan, share in zip(mine, alone, strict=True):
            i = next(j for j, (whose, each) in enumerate(flat) if whose == k and each is loan)
            there = got.value.one(i)
            assert replace(there, schedule=share.schedule) == share
            for name in COLUMNS:
                mine_there = columns[name][offsets[i] : offsets[i + 1]]
                assert share.schedule.columns[name].tolist() == mine_there.tolist()
                assert there.schedule.columns[name].tolist() == mine_there.tolist()
    totals = got.value.totals()
    assert totals["payment"].tolist() == [int(share.schedule.columns["payment"].sum()) for share in got.value]


@given(borrowers(), PLANS)
def test_a_debt_alone_has_the_plan_itself(mine, plan):
    assume(any(getattr(mine[0], name) for name in COMPONENTS))
    one = rp.merge(mine[:1])
    made = rp.schedule(one.loan, plan)
    (share,) = one.apportioned(made)
    assert share.schedule.rows == made.rows
    assert share.schedule.interest_from == made.interest_from
    assert share.schedule.totals == made.totals


WAIVED = st.sampled_from([0, "33.3333", 50, 100])
PART = st.builds(
    ArrearsPart,
    treatment=st.sampled_from(["capitalise", "pay_first", "carry"]),
    waive_percent=WAIVED,
) | st.builds(
    ArrearsPart,
    treatment=st.just("first_instalments"),
    instalments=st.sampled_from([1, 7]),
    waive_percent=WAIVED,
)
STEPS = (
    Concession(step="cut_rate", by="0.01", floor="0"),
    Concession(step="extend"),
    Concession(step="forbear", percent="30"),
    Concession(step="forgive", percent="20"),
    Concession(step="holiday", months=3, interest="defer"),
)


def policy_of(arrears, steps=STEPS, **changes):
    plain = rp.Policy.loads(programme.POLICY)
    return replace(plain, arrears=arrears, concessions=steps, statuses=None, **changes)


@examples(12)
@given(
    borrowers(3 * 10**6),
    st.builds(ArrearsRule, overdue_interest=PART, accrued_interest=PART, penalty=PART, fees=PART),
    st.permutations(STEPS).map(lambda steps: steps[:3]),
    st.integers(0, 400),
    st.booleans(),
)
def test_an_offer_is_shared_out_with_what_it_gives_up(mine, arrears, steps, more, free):
    rounding = rp.Rounding(instalment="none", interest="none") if free else rp.Rounding()
    policy = policy_of(arrears, tuple(steps), rounding=rounding)
    one = rp.merge(mine)
    merged = rp.merge(joined(mine), ["x"] * len(mine)).value
    batch = rp.propose(merged.loans, rp.Household(net_income=1000 + more).batch, policy).value
    assume(batch.offered.all())  # before a refusal is explained, which takes long
    offer = batch.one(0)
    shares = one.apportioned(offer, policy)
    check(shares, offer.schedule, owed_units(one, 10 ** (offer.schedule.decimals - 2)))
    for name in (
        "opening_balance",
        "capitalised",
        "paid_first",
        "spread",
        "carried",
        "waived",
        "forborne",
        "forgiven",
    ):
        assert sum(getattr(share, name) for share in shares) == getattr(offer, name), name
    many = merged.apportioned(batch).value
    assert [str(share) for share in many] == [str(share) for share in shares]
    assert [share.schedule.rows for share in many] == [share.schedule.rows for share in shares]


def test_arrears_that_are_paid_first_are_paid_on_their_own_debt():
    part = ArrearsPart(treatment="pay_first")
    policy = policy_of(
        ArrearsRule(
            overdue_interest=ArrearsPart(treatment="capitalise"),
            accrued_interest=part,
            penalty=ArrearsPart(treatment="pay_first", waive_percent=50),
            fees=part,
        ),
        (Concession(step="extend"),),
    )
    terms = {"annual_rate": "0.06", "original_term": 36, "elapsed": 12, "unpaid": 24, "next_due": DUE}
    card = rp.Loan(principal="1000", overdue_interest="30", penalty="20.01", fees="5", **terms)
    car = rp.Loan(principal="3000", accrued_interest="15", penalty="40", **terms)
    one = rp.merge([card, car])
    offer = rp.propose(one.loan, rp.Household(net_income="1500"), policy)
    mine, other = one.apportioned(offer, policy)
    assert (mine.capitalised, mine.waived, mine.paid_first) == tuple(
        map(Decimal, ("30.00", "10.00", "15.01"))
    )
    assert (other.capitalised, other.waived, other.paid_first) == tuple(
        map(Decimal, ("0.00", "20.00", "35.00"))
    )
    assert mine.opening_balance == Decimal("1045.01")
    assert [str(share.schedule.rows[0].fee) for share in (mine, other)] == ["15.01", "20.00"]
    assert [str(share.schedule.rows[0].opening) for share in (mine, other)] == ["1030.00", "3000.00"]
    # Of the first row's interest 15.00 are the car's, accrued before.
    assert other.schedule.rows[0].interest_paid - other.schedule.rows[0].interest == Decimal("15.00")


def test_what_concessions_waive_is_in_proportion():
    policy = policy_of(
        ArrearsRule(
            overdue_interest=ArrearsPart(treatment="capitalise"),
            accrued_interest=ArrearsPart(treatment="pay_first"),
            penalty=ArrearsPart(treatment="pay_first", waive_percent=20),
            fees=ArrearsPart(treatment="pay_first"),
        ),
        (
            Concession(step="waive", component="overdue_interest", percent=50),
            Concession(step="waive", component="penalty", percent=100),
            Concession(step="extend"),
        ),
    )
    terms = {"annual_rate": "0.06", "original_term": 36, "elapsed": 12, "unpaid": 24, "next_due": DUE}
    card = rp.Loan(principal="3000", overdue_interest="30", penalty="15", **terms)
    car = rp.Loan(principal="5000", overdue_interest="10", penalty="5", fees="7", **terms)
    one = rp.merge([card, car])
    offer = rp.propose(one.loan, rp.Household(net_income="1250"), policy)
    assert [step.figure for step in offer.concessions][:2] == ["overdue_interest waived", "penalty waived"]
    mine, other = one.apportioned(offer, policy)
    check((mine, other), offer.schedule, owed_units(one))
    # Half of 40.00, and all of 20.00, 3 to 1.
    assert [(str(share.capitalised), str(share.waived)) for share in (mine, other)] == [
        ("15.00", "30.00"),
        ("5.00", "10.00"),
    ]
    assert (mine.paid_first, other.paid_first) == (0, 7)
    assert mine.waived + other.waived == offer.waived
    assert mine.opening_balance + other.opening_balance == offer.opening_balance
    merged = rp.merge(joined([card, car]), ["x", "x"]).value
    batch = rp.propose(merged.loans, rp.Household(net_income="1250").batch, policy).value
    assert [str(share) for share in merged.apportioned(batch).value] == [str(mine), str(other)]


def test_arrears_that_are_spread_or_carried_are_repaid_on_their_own_debt():
    policy = policy_of(
        ArrearsRule(
            overdue_interest=ArrearsPart(treatment="first_instalments", instalments=3),
            accrued_interest=ArrearsPart(treatment="carry"),
            penalty=ArrearsPart(treatment="pay_first"),
            fees=ArrearsPart(treatment="first_instalments", instalments=2),
        ),
        (Concession(step="extend"),),
    )
    terms = {"annual_rate": "0", "original_term": 36, "elapsed": 12, "unpaid": 24, "next_due": DUE}
    card = rp.Loan(principal="1200", overdue_interest="30", penalty="5", **terms)
    car = rp.Loan(principal="2400", accrued_interest="15", fees="8", **terms)
    one = rp.merge([card, car])
    offer = rp.propose(one.loan, rp.Household(net_income="1500"), policy)
    mine, other = one.apportioned(offer, policy)
    assert [str(row.interest_paid) for row in mine.schedule.rows[:4]] == ["10.00", "10.00", "10.00", "0.00"]
    assert {str(row.interest_paid) for row in other.schedule.rows[:-1]} == {"0.00"}
    assert str(other.schedule.rows[-1].interest_paid) == "15.00"
    assert [[str(row.fee) for row in share.schedule.rows[:3]] for share in (mine, other)] == [
        ["5.00", "0.00", "0.00"],
        ["4.00", "4.00", "0.00"],
    ]
    assert (mine.spread, mine.paid_first, other.spread, other.carried) == tuple(
        map(Decimal, ("30.00", "5.00", "8.00", "15.00"))
    )


def pair(**changes):
    terms = {"annual_rate": "0.06", "original_term": 36, "elapsed": 12, "unpaid": 24, "next_due": DUE}
    return Loans.from_columns(principal=["1000", "2000", "500", "700"], **(terms | changes))


def test_only_plans_of_these_debts():
    merged = rp.merge(pair(), ["a", "a", "b", "b"]).value
    other = merged.loans.replace(principal=merged.loans.principal + np.array([0, 1]))
    got = merged.apportioned(rp.schedule(other, rp.equal_instalment(12)).value)
    assert [(f.row, f.code, f.field, f.value, f.limit) for f in got.failures] == [
        (row, Code.UNKNOWN_VALUE, "plan", "1200.01", "1200.00") for row in (2, 3)
    ]
    assert got.row.tolist() == [0, 1]
    fewer = merged.loans.replace(principal=merged.loans.principal - np.array([0, 1]))
    again = merged.apportioned(rp.schedule(fewer, rp.equal_instalment(12)).value)
    assert again.row.tolist() == [0, 1]
    late = merged.loans.replace(overdue_interest=np.array([0, 5]), fees=np.array([0, 0]))
    assert merged.apportioned(rp.schedule(late, rp.equal_instalment(12)).value).row.tolist() == [0, 1]
    owing = rp.merge(pair(fees=["1", "1", "0", "0"]), ["a", "a", "b", "b"]).value
    free = owing.loans.replace(fees=np.array([0, 0]))
    assert owing.apportioned(rp.schedule(free, rp.equal_instalment(12)).value).row.tolist() == [2, 3]
    with pytest.raises(InputError) as caught:
        rp.merge([pair().one(0)]).apportioned(rp.schedule(pair().one(1), rp.equal_instalment(3)))
    assert (caught.value.code, caught.value.field) == (Code.UNKNOWN_VALUE, "plan")


def test_an_offer_needs_its_policy():
    policy = policy_of(rp.Policy.loads(programme.POLICY).arrears)
    one = rp.merge([pair().one(0)])
    offer = rp.propose(one.loan, rp.Household(net_income="1500"), policy)
    with pytest.raises(InputError) as caught:
        one.apportioned(offer)
    assert (caught.value.code, caught.value.field) == (Code.MISSING, "policy")


@pytest.mark.parametrize("beside", [rp.prepayment("50", on="2026-02-28"), rp.drawdown("50", on="2026-02-28")])
def test_principal_that_moves_beside_the_instalments(beside):
    merged = rp.merge(pair(), ["a", "a", "b", "c"]).value
    plain, moving = rp.equal_instalment(12), rp.equal_instalment(12) + beside
    made = rp.schedule(merged.loans, (plain, moving), template=[0, 1, 0]).value
    got = merged.apportioned(made)
    assert [(f.row, f.code, f.field) for f in got.failures] == [(2, Code.UNKNOWN_VALUE, "plan")]
    assert got.row.tolist() == [0, 1, 3]


def test_a_plan_s_own_fees_are_in_proportion():
    merged = rp.merge(pair(fees=["7", "0", "0", "0"]), ["a", "a", "b", "b"]).value
    plan = rp.fee("3.01", when="each") + rp.equal_instalment(3)
    got = merged.apportioned(rp.schedule(merged.loans, plan).value).value
    # 3.01 a row: 1.0033 and 2.0067; what is owed already is paid by whom it is owed.
    assert got.one(0).schedule.columns["fee"].tolist() == [700 + 100, 101, 100]
    assert got.one(1).schedule.columns["fee"].tolist() == [201, 200, 201]
    lent = rp.schedule(merged.loans, rp.fee("30", financed=True) + rp.equal_instalment(3)).value
    both = [share.schedule.rows[0] for share in merged.apportioned(lent).value][:2]
    assert [str(row.drawn) for row in both] == ["10.00", "20.00"]


def test_principal_put_aside_is_in_proportion_and_due_last():
    one = rp.merge([pair().one(0), pair().one(1)])
    made = rp.schedule(one.loan, rp.forbear("1000.00") + rp.equal_instalment(5))
    shares = one.apportioned(made)
    check(shares, made, owed_units(one))
    assert [rows_of(share.schedule) for share in shares] == by_hand(one.debts, [0, 0], rows_of(made))
    last = [share.schedule.rows[-1] for share in shares]
    assert [row.principal - row.opening for row in last] == [0, 0]
    assert last[0].opening > Decimal("333.33")


def test_amounts_beyond_the_domain():
    big = rp.minor([2**55, 2**55, 9, 5])
    merged = rp.merge(pair().replace(principal=big.units), ["a", "a", "b", "b"]).value
    got = merged.apportioned(rp.schedule(merged.loans, rp.bullet(1)).value)
    assert [(f.row, f.code) for f in got.failures] == [(0, Code.BEYOND_DOMAIN), (1, Code.BEYOND_DOMAIN)]
    assert got.row.tolist() == [2, 3]


def test_none_at_all():
    merged = rp.merge(pair(), ["a", "a", "b", "b"]).value
    nobody = rp.schedule(merged.loans, rp.fixed_payment("1")).value
    got = merged.apportioned(nobody)
    assert (len(nobody), len(got.value), got.row.tolist(), list(got.value)) == (0, 0, [], [])
    assert got.value.by_debt()[0]["payment"].tolist() == got.value.totals()["payment"].tolist() == []


def test_a_ledger_s_own_figures_and_its_lender_s_cost():
    pytest.importorskip("pandas", reason="a frame of the rows")
    debts = pair()
    merged = rp.merge(debts, ["a", "a", "b", "b"]).value
    before = rp.schedule(debts, rp.equal_instalment(24)).value
    after = merged.apportioned(rp.schedule(merged.loans, rp.equal_instalment(36)).value).value
    assert repr(after) == "Apportioned(4 debts, 144 rows)"
    one = [share.schedule for share in after]
    assert after.total_cost().value.tolist() == [int(each.total_cost() * 100) for each in one]
    worth = after.present_value("0.05", year="365 days").value
    assert worth.tolist() == [int(each.present_value("0.05", year="365 days") * 100) for each in one]
    rule = rp.ModificationRule(year="365 days", diminished_above="0.01", substantial_from="0.1")
    cost = rp.lender_cost(before, after, rule, rate="0.0617").value
    for i in range(4):
        assert cost.one(i) == rp.lender_cost(before.one(i), after.one(i), rule, rate="0.0617")
        assert cost.one(i) == rp.lender_cost(before.one(i), one[i], rule, rate="0.0617")
    # Each debt is valued alone, each value rounded: together they are the plan's to half a cent each.
    assert cost.cost_after[:2].sum() == after.total_cost().value[:2].sum()
    assert one[0].to_frame("pandas").shape == (36, 14)


def test_what_a_lender_gives_up_of_each_debt():
    policy = policy_of(
        rp.Policy.loads(programme.POLICY).arrears,
        (Concession(step="forgive", percent="40"), Concession(step="forbear", percent="50")),
    )
    debts = pair(penalty=["100", "0", "0", "0"])
    merged = rp.merge(debts, ["a", "a", "b", "b"]).value
    homes = rp.Households.from_columns(net_income=["1060", "1030"])
    got = rp.propose(merged.loans, homes, policy).value
    assert got.offered.all()
    after = merged.apportioned(got).value
    assert (after.forgiven.sum(), after.forborne.sum()) == (got.forgiven.sum(), got.forborne.sum())
    assert got.forgiven.any()
    before = rp.schedule(debts, rp.equal_instalment(24)).value
    rule = rp.ModificationRule(year="365 days", diminished_above="0.01", substantial_from="0.1")
    cost = rp.lender_cost(before, after, rule, rate="0.0617").value
    assert cost.derecognised.tolist() == (after.forgiven + after.waived).tolist()
    for i in range(4):
        assert cost.one(i) == rp.lender_cost(before.one(i), after.one(i), rule, rate="0.0617")
    chance = {
        "rate": "0.0617",
        "year": "365 days",
        "success": "0.5",
        "paid_before_default": 3,
        "recovery_after_default": "0.3",
        "months_after_default": 12,
        "recovery_without": "0.2",
        "months_without": 12,
    }
    value = rp.expected_value(before, after, **chance).value
    assert [value.one(i) for i in range(4)] == [
        rp.expected_value(before.one(i), after.one(i), **chance) for i in range(4)
    ]


def test_calls_do_not_grow_with_the_number_of_debts():
    def traced(size):
        rng = np.random.default_rng(3)
        loans = Loans.from_columns(
            principal=rp.minor(rng.integers(1, 10**7, size)),
            annual_rate=rng.integers(100, 3600, size) / 1e4,
            original_term=60,
            elapsed=10,
            unpaid=50,
            next_due=DUE + timedelta(0),
            fees=rp.minor(rng.integers(0, 999, size)),
        )
        merged = rp.merge(loans, rng.integers(0, size // 3, size)).value
        made = rp.schedule(merged.loans, rp.equal_instalment(12)).value
        return sum(calls(lambda: merged.apportioned(made)).values())

    assert traced(20_000) <= 1.5 * traced(600) + 200


def test_plans_of_other_lengths_beside_each_other():
    """Three borrowers' plans end after 5, 24 and 9 rows: each is shared out as if it were alone."""
    loans = Loans.from_columns(
        principal=["1000", "2000", "500", "700.01", "33.33"],
        annual_rate=["0.06", "0.12", "0", "0.18", "0.06"],
        original_term=36,
        elapsed=12,
        unpaid=24,
        next_due=DUE,
    )
    whose = ["a", "b", "a", "c", "b"]
    merged = rp.merge(loans, whose).value
    plan = rp.equal_instalment(np.array([5, 24, 9]))
    got = merged.apportioned(rp.schedule(merged.loans, plan).value)
    assert got.row.tolist() == [0, 1, 2, 3, 4]
    for borrower, n in (("a", 5), ("b", 24), ("c", 9)):
        mine = [i for i, name in enumerate(whose) if name == borrower]
        one = rp.merge([loans.one(i) for i in mine])
        made = rp.schedule(one.loan, rp.equal_instalment(n))
        alone = one.apportioned(made)
        check(alone, made, owed_units(one))
        for i, share in zip(mine, alone, strict=True):
            assert rows_of(got.value.one(i).schedule) == rows_of(share.schedule)


def test_due_dates_that_are_moved_are_those_of_the_plan():
    """31 January and 28 February 2026 are Saturdays: each share is paid on Friday, as agreed."""
    law = rp.DueDates(business_day="preceding", adjusted=True, calendar=rp.WEEKENDS)
    terms = {"annual_rate": "0.06", "original_term": 9, "elapsed": 0, "unpaid": 9, "day_count": "ACT/365F"}
    some = [rp.Loan(principal=p, next_due="2026-01-31", due_dates=law, **terms) for p in ("1000", "333.33")]
    one = rp.merge(some)
    made = rp.schedule(one.loan, rp.equal_instalment(3))
    shares = one.apportioned(made)
    for share in shares:
        rows = share.schedule.rows
        assert [str(row.due_date) for row in rows] == ["2026-01-30", "2026-02-27", "2026-03-31"]
        assert [row.due_date for row in rows] == [row.due_date for row in made.rows]
        assert share.schedule.agreed.tolist() == made.agreed.tolist()
        assert share.schedule.agreed[1:].astype(str).tolist() == ["2026-01-31", "2026-02-28", "2026-03-31"]
    check(shares, made, owed_units(one))
