"""Other creditors of a household, arrears of debts with priority, each earner's deductions, questions."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from examples import examples
from repayplan import Code, CreditorRule, Debt, Deduction, Income, Obligor
from test_means import POLICY

RULE = rp.Allowance(adult_first="700", adult_further="0", child="0", covers=(), source="own")
KEPT = rp.Contingency(share="0.1", at_most="20")
DEBT = st.fixed_dictionaries(
    {
        "amount": st.integers(0, 20_000),
        "balance": st.integers(0, 400_000),
        "late": st.integers(0, 100),
        "priority": st.booleans(),
        "until": st.sampled_from([None, 2, 5]),  # the last month of 2026 in which it counts
    }
)


def by_hand(pay, debts, claim, rule, month):
    """What this loan gets of a month of 2026, in cents."""
    left = pay - 700_00
    others = 0
    for debt in debts:
        if debt["priority"]:
            arrears = debt["balance"] * debt["late"] // 100
            left -= debt["amount"] if debt["until"] is None or month <= debt["until"] else 0
            left -= (
                ceil(Fraction(arrears, rule.priority_arrears_months))
                if month <= rule.priority_arrears_months
                else 0
            )
        elif debt["until"] is None or month <= debt["until"]:
            if rule.pro_rata is None:
                left -= debt["amount"]
            else:
                others += debt[{"balance": "balance", "instalment": "amount"}[rule.pro_rata]]
    left -= min(ceil(Fraction(max(left, 0), 10)), 20_00)
    return left if left < 0 or not claim + others else floor(Fraction(left * claim, claim + others))


def euros(units):
    return str(Decimal(units) / 100)


def home_of(pay, debts):
    items = [Income("pay", euros(pay))]
    items += [
        Debt(
            "someone",
            euros(d["amount"]),
            until=None if d["until"] is None else f"2026-0{d['until']}-28",
            balance=euros(d["balance"]),
            arrears=euros(d["balance"] * d["late"] // 100) if d["priority"] else "0",
            priority=d["priority"],
        )
        for d in debts
    ]
    return rp.Household(items=items, assessed="2026-01-20")


RULES = st.builds(
    CreditorRule,
    pro_rata=st.sampled_from([None, "balance", "instalment"]),
    priority_arrears_months=st.integers(1, 8),
)


@examples(60)
@given(st.integers(50_000, 200_000), st.lists(DEBT, max_size=4), st.integers(0, 500_000), RULES)
def test_each_month_by_hand(pay, debts, claim, rule):
    path = rp.capacity_path(
        home_of(pay, debts),
        RULE,
        begin="2026-01-01",
        months=12,
        contingency=KEPT,
        creditors=rule,
        claim=euros(claim),
    )
    for month in range(1, 13):
        row = path.surplus[min(month, len(path.surplus)) - 1, 0]
        assert row == by_hand(pay, debts, claim, rule, month)
    one = rp.capacity(home_of(pay, debts), RULE, contingency=KEPT, creditors=rule, claim=euros(claim))
    assert one.surplus * 100 == by_hand(pay, debts, claim, rule, 1)
    spent = one.covered_costs + one.other_costs + one.other_debts + one.contingency
    assert one.net_income - spent == one.surplus


@examples(8)
@given(st.integers(70_000, 200_000), st.lists(DEBT, max_size=3), RULES, st.integers(300, 4_000))
def test_an_offer_asks_for_this_loans_share(pay, debts, rule, principal):
    policy = replace(POLICY, creditors=rule)
    loan = rp.Loan(
        principal=principal, annual_rate="0.12", original_term=6, elapsed=0, unpaid=6, next_due="2026-01-31",
        instalment="90", fees="12",
    )  # fmt: skip
    claim = (principal + 12) * 100 if rule.pro_rata == "balance" else 90_00
    got = rp.propose(loan, home_of(pay, debts), policy)
    for method in policy.methods:
        for n in range(6, 19):
            rows = rp.schedule(
                replace(loan, rounding=policy.rounding), rp.arrears("fees") + getattr(rp, method)(n)
            ).rows
            can = [max(by_hand(pay, debts, claim, rule, min(k, 12)), 0) for k in range(1, n + 1)]
            if all(row.payment * 100 <= most for row, most in zip(rows, can, strict=True)):
                assert (got.method, got.instalments) == (method, n)
                assert got.schedule.rows == rows
                assert got.capacity * 100 == min(can)
                assert all(row.above >= 0 for row in got.living)
                return
    assert isinstance(got, rp.Infeasible)
    income = got.relaxations["income"]
    if income is not None:
        more = home_of(pay + int(income * 100), debts)
        assert isinstance(rp.propose(loan, more, policy), rp.Offer)
        less = home_of(pay + int(income * 100) - 1, debts)
        assert isinstance(rp.propose(loan, less, policy), rp.Infeasible)


def test_pro_rata_among_creditors_as_published():
    # 700 a month over 7,500, 5,000 and three times 2,500.
    others = [Debt("bank", "1", balance="5000"), *(Debt("card", "1", balance="2500"),) * 3]
    home = rp.Household(net_income="1400", items=others)
    rule = CreditorRule(pro_rata="balance")
    can = rp.capacity(home, RULE, creditors=rule, claim="7500")
    assert (can.payable, can.other_debts) == (Decimal("262.50"), Decimal("437.50"))
    shares = rp.share_out("700", ["7500", "5000", "2500", "2500", "2500"])
    assert shares[0] == can.payable


def test_each_of_several_households_has_creditors_of_its_own():
    rule = replace(POLICY, creditors=CreditorRule(pro_rata="balance"), contingency=rp.Contingency(share="0"))
    loan = rp.Loan(
        principal="1000", annual_rate="0", original_term=5, elapsed=0, unpaid=5, next_due="2026-01-31"
    )
    one = rp.Household(net_income="1000", items=[Debt("card", "10", balance="2000")], assessed="2026-01-02")
    other = rp.Household(net_income="900", assessed="2026-01-02")
    got = rp.propose(loan, [Obligor(household=one), Obligor(household=other, role="spouse")], rule)
    assert got.capacity == 100 + 200


def test_faults_of_other_creditors():
    card = [Debt("card", "10")]
    late = [Debt("rent", "10", balance="60", arrears="30", priority=True)]
    rule = CreditorRule(pro_rata="balance", priority_arrears_months=3)
    for items, creditors, day, field in (
        (card, rule, None, "items.balance"),
        (late, CreditorRule(), "2026-01-02", "creditors.priority_arrears_months"),
        (late, rule, None, "assessed"),
    ):
        home = rp.Household(net_income="1000", items=items, assessed=day)
        with pytest.raises(rp.InputError) as error:
            rp.capacity(home, RULE, creditors=creditors, claim="100")
        assert (error.value.code, error.value.field) == (Code.MISSING, field)
    with pytest.raises(rp.InputError) as error:
        rp.capacity(rp.Household(net_income="1000"), RULE, creditors=rule)
    assert (error.value.code, error.value.field) == (Code.MISSING, "claim")
    huge = rp.Household(net_income="1000", items=[Debt("card", "1", balance="900000000000000")])
    with pytest.raises(rp.InputError) as error:
        rp.capacity(huge, RULE, creditors=rule, claim="1")
    assert (error.value.code, error.value.field) == (Code.BEYOND_DOMAIN, "claims")
    for given_ in ({"pro_rata": "arrears"}, {"priority_arrears_months": 0}):
        with pytest.raises(rp.InputError):
            CreditorRule(**given_)


def test_a_batch_row_with_a_fault_harms_no_other():
    items = rp.Items.from_columns(
        household=[0, 1, 2], kind="debt", amount=["10"] * 3, balance=["90", "", "50"], priority=False
    )
    homes = rp.Households.from_columns(net_income=["1000"] * 3, items=items)
    rule = CreditorRule(pro_rata="balance")
    got = rp.capacity(homes, RULE, creditors=rule, claim=["10", "10", "50"])
    assert [(f.row, f.field) for f in got.failures] == [(1, "items.balance")]
    assert got.value.payable.tolist() == [30_00, 150_00]


# Each earner's deductions


def test_deductions_of_one_earner_say_nothing_of_anothers_gross_income():
    def net(*items, adults=2, **rule):
        return rp.capacity(
            rp.Household(adults=adults, items=items), RULE, income=rp.IncomeRule(**rule)
        ).net_income

    ann, bob = (Income("pay", pay, gross=True, earner=who) for pay, who in (("2000", "Ann"), ("1500", "Bob")))
    tax = Deduction("tax", "400", earner="Ann")
    with pytest.raises(rp.InputError) as error:
        net(ann, bob, tax)
    assert error.value.code is Code.GROSS_WITHOUT_RULE
    assert net(ann, bob, tax, Deduction("tax", "150", earner="Bob")) == 1600 + 1350
    # Where there is a rule, the lesser of both counts for each.
    assert net(ann, bob, tax, net_of_gross="0.9") == 1600 + 1350
    assert net(ann, bob, tax, net_of_gross="0.7") == 1400 + 1050
    # Nobody said whose they are: of two adults it can't be told, of one it can.
    both = (Income("pay", "2000", gross=True), Income("side", "1500", gross=True), Deduction("tax", "400"))
    with pytest.raises(rp.InputError) as error:
        net(*both)
    assert (error.value.code, error.value.field) == (Code.MISSING, "items.earner")
    assert net(*both, adults=1) == 3100
    # More is deducted from one than that one earns.
    with pytest.raises(rp.InputError) as error:
        net(ann, bob, tax, Deduction("tax", "1500.01", earner="Bob"))
    assert (error.value.code, error.value.field) == (Code.OUT_OF_RANGE, "deductions")


EARNER = st.tuples(st.integers(0, 300_000), st.integers(0, 100), st.integers(1, 2))


@examples(40)
@given(st.lists(st.lists(EARNER, max_size=3), min_size=1, max_size=3), st.sampled_from(["0.78", "1", None]))
def test_each_earner_by_hand(households, share):
    rows = [
        (home, f"{who}", kind, units)
        for home, earners in enumerate(households)
        for who, (gross, part, jobs) in enumerate(earners)
        for kind, units in (*[("gross_income", gross)] * jobs, ("deduction", gross * part // 100))
    ]
    rows += [(home, "", "net_income", 10_00) for home in range(len(households))]
    items = rp.Items.from_columns(
        household=[r[0] for r in rows], earner=[r[1] for r in rows], kind=[r[2] for r in rows],
        amount=rp.minor([r[3] for r in rows]),
    )  # fmt: skip
    homes = rp.Households.from_columns(items=items, adults=2, size=len(households))
    got = rp.capacity(homes, RULE, income=rp.IncomeRule(net_of_gross=share)).value
    for home, earners in enumerate(households):
        want = 10_00
        for gross, part, jobs in earners:
            most = gross * jobs if share is None else floor(gross * jobs * Fraction(share))
            want += min(most, gross * jobs - gross * part // 100)
        assert got.net_income[home] == want


# Protected shares of pay


def test_garnishment_in_weeks_and_in_months():
    # 15 U.S.C. 1673: 75 % of disposable earnings are protected, and 30 times the minimum wage (8.23).
    law = {"covers": (), "source": "15 U.S.C. 1673"}
    most = rp.Band(above="0", base="0", share="0.75")
    kept = rp.IncomeBands(of="net_income", bands=(most,), **law)
    a_week = rp.greater_of(kept, rp.FixedAllowance(amount="246.90", frequency="monthly", **law))
    for pay, published in (("500", "125.00"), ("246.90", "0.00"), ("300", "53.10")):
        assert rp.capacity(rp.Household(net_income=pay), a_week).payable == Decimal(published)
        # By the month, and back: each figure is rounded in favour of the household, a unit at most together.
        by_month = rp.greater_of(kept, rp.FixedAllowance(amount="246.90", frequency="weekly", **law))
        can = rp.capacity(rp.Household(net_income=(pay, "weekly")), by_month).per_period("weekly")
        assert 0 <= Decimal(published) - can <= Decimal("0.01")


# Spending that is asked about


def test_questions_are_on_the_offer_and_numbers_stay_as_declared():
    phone = rp.FixedAllowance(amount="60", frequency="monthly", covers=("phone",), source="own")
    fun = rp.FixedAllowance(amount="80", frequency="monthly", covers=("leisure", "sport"), source="own")
    rules = tuple(rp.Guideline(allowance=a, above="question", below="declared") for a in (phone, fun))
    policy = replace(POLICY, guidelines=rules)
    loan = rp.Loan(
        principal="1000", annual_rate="0", original_term=5, elapsed=0, unpaid=5, next_due="2026-01-31"
    )
    costs = {"phone": "75", "leisure": "50", "sport": "31"}
    got = rp.propose(loan, rp.Household(net_income="1300", costs=costs), policy)
    assert [(q.code, q.field, q.value, q.limit) for q in got.questions] == [
        (Code.ABOVE_GUIDELINE, "phone", 75, 60),
        (Code.ABOVE_GUIDELINE, "leisure, sport", 81, 80),
    ]
    assert got.capacity == 1300 - 700 - 75 - 81 - 20
    assert "75.00" in got.questions[0].text()
    assert "参考标准" in got.questions[0].text("zh")
    assert (
        rp.propose(
            loan, rp.Household(net_income="1300", costs=costs | {"phone": "60", "sport": "0"}), policy
        ).questions
        == ()
    )
    refused = rp.propose(loan, rp.Household(net_income="800", costs=costs), policy)
    assert isinstance(refused, rp.Infeasible)
    assert len(refused.questions) == 2
    homes = rp.Households.from_columns(
        net_income=["1300"] * 2, costs={"phone": ["75", "60"], "leisure": "50", "sport": "0"}
    )
    loans = rp.Loans.from_columns(
        principal=["1000"] * 2, annual_rate="0", original_term=5, elapsed=0, unpaid=5, next_due="2026-01-31"
    )
    many = rp.propose(loans, homes, policy).value
    assert many.questioned.tolist() == [True, False]
    assert many.questions(0) == many.one(0).questions == got.questions[:1]
    # Of two households the one above it is asked, however little the other spends.
    frugal = rp.Household(net_income="1300", costs={"phone": "5", "leisure": "0", "sport": "0"})
    lavish = rp.Household(net_income="1300", costs=costs)
    both = rp.propose(loan, [Obligor(household=frugal), Obligor(household=lavish, role="spouse")], policy)
    assert both.questions == got.questions
    assert np.asarray(many.offered).all()
