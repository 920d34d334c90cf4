"""The levers of refused loans beside creditors that share, against every smaller change tried anew."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

import repayplan as rp
from examples import examples

CENT = Decimal("0.01")
POLICY = replace(
    rp.Policy.example("consumer"),
    currency="EUR",
    allowance=rp.Allowance(by_persons=("800",), further_person="0", covers=(), source="test"),
    contingency=rp.Contingency(share="0"),
    creditors=rp.CreditorRule(pro_rata="balance"),
)
TERMS = {"original_term": 12, "elapsed": 0, "unpaid": 12, "next_due": "2026-01-31"}


def test_a_share_falls_with_what_is_owed():
    loan = rp.Loan(principal="3000", annual_rate="0.12", **TERMS)
    card = rp.Debt("card", "100", balance="3000")
    home = rp.Household(net_income="1000", items=[card], assessed="2026-01-01")
    levers = rp.propose(loan, home, POLICY).relaxations
    # All 272,057 smaller ones, tried once, don't do; by halves of what is left 2,721.24 is found.
    assert levers["principal_reduction"] == levers["down_payment"] == Decimal("2720.58")
    for name, kind in (("2720.58", rp.Offer), ("2720.57", rp.Infeasible)):
        assert isinstance(rp.propose(replace(loan, principal=3000 - Decimal(name)), home, POLICY), kind)


@st.composite
def shared(draw):
    """A loan of a few euros, what is left a month in cents, what others are owed, and by which policy."""
    unpaid, principal = draw(st.sampled_from([1, 2, 6, 12])), draw(st.integers(50, 400))
    loan = {
        "principal": Decimal(principal).scaleb(-2),
        "annual_rate": draw(st.sampled_from(["0", "0.12", "0.24"])),
        "original_term": unpaid,
        "elapsed": 0,
        "unpaid": unpaid,
        "next_due": "2026-01-31",
        "frequency": draw(st.sampled_from(["monthly", "monthly", "quarterly"])),
        "fees": Decimal(draw(st.sampled_from([0, 0, 1, 120]))).scaleb(-2),
    }
    left = max(principal * draw(st.integers(20, 250)) // (100 * unpaid), 1)
    owed = principal * draw(st.integers(1, 300)) // 100 + 1
    arrears = draw(st.sampled_from(["pay_first", "capitalise", "carry"]))
    steps = draw(st.sampled_from([(), (rp.Concession(step="extend"),), None]))
    if steps is None:
        steps = (rp.Concession(step="cut_rate", by="0.04", floor="0.04"), rp.Concession(step="extend"))
    policy = replace(
        POLICY,
        concessions=steps,
        limit=rp.ExtensionLimit(percent=50, reading="beyond_original_maturity"),
        arrears=replace(POLICY.arrears, fees=rp.ArrearsPart(treatment=arrears)),
    )
    return loan, left, owed, draw(st.sampled_from([None, "2026-03-31"])), policy


def offered(loan, left, owed, until, policy, **columns):
    """Which of the loans, changed, are offered a plan."""
    size = columns.pop("size")
    # The card; and 0.10 of the income stops on a day, where that is stated.
    kinds = ("debt", "net_income") if until else ("debt",)
    items = rp.Items.from_columns(
        household=np.repeat(np.arange(size), len(kinds)),
        kind=kinds * size,
        amount=("1", "0.10")[: len(kinds)] * size,
        balance=(Decimal(owed).scaleb(-2), None)[: len(kinds)] * size,
        until=("", until)[: len(kinds)] * size,
        category="one",
    )
    income = 800 + Decimal(left).scaleb(-2)
    homes = rp.Households.from_columns(net_income=[income] * size, items=items, assessed="2026-01-10")
    return rp.propose(rp.Loans.from_columns(**(loan | columns)), homes, policy).value


@examples(6)
@given(shared())
def test_no_smaller_reduction_or_down_payment_would_do(case):
    loan, left, owed, until, policy = case
    got = offered(loan, left, owed, until, policy, size=1, principal=[loan["principal"]])
    assume(not got.offered[0])
    balance, fees = (int(loan[name] * 100) for name in ("principal", "fees"))
    cut = np.arange(1, balance)
    does = offered(loan, left, owed, until, policy, size=len(cut), principal=rp.minor(balance - cut)).offered
    lever = got.relaxations()["principal_reduction"][0]
    if does.any() or lever < balance:  # capitalised arrears may be reduced too, beyond the principal
        assert lever == (cut[does.argmax()] if does.any() else -1)
    if policy.arrears.fees.treatment == "pay_first":
        rest = balance + fees - np.arange(1, balance + fees)
        kept = np.minimum(rest, balance)
        columns = {"principal": rp.minor(kept), "fees": rp.minor(rest - kept)}
        does = offered(loan, left, owed, until, policy, size=len(rest), **columns).offered
        assert got.relaxations()["down_payment"][0] == (does.argmax() + 1 if does.any() else -1)


# The present instalment is the contract's, also where the loan doesn't state it.


@examples(10)
@given(st.booleans(), st.integers(20, 120), st.integers(0, 400), st.integers(1, 300))
def test_levers_hold_the_present_instalment_of_a_loan_that_does_not_state_it(capped, share, owed, asked):
    rules = {"creditors": rp.CreditorRule(pro_rata="instalment")}
    rules = {"creditors": rp.CreditorRule(), "instalment_percent": str(share)} if capped else rules
    policy = replace(POLICY, concessions=(), limit=rp.ExtensionLimit(max_extension_months=6), **rules)
    loan = rp.Loan(principal=Decimal(300 + owed), annual_rate="0.12", **TERMS)
    card = rp.Debt("card", asked, balance="3000")
    home = rp.Household(net_income=800 + 40 * share // 100, items=[card], assessed="2026-01-01")
    got = rp.propose(loan.batch, home.batch, policy).value
    assume(not got.offered[0])
    stated = replace(loan, instalment=Decimal(int(got.instalment_before[0])) * CENT)
    levers = rp.propose(loan, home, policy).relaxations
    assert levers == rp.propose(stated, home, policy).relaxations
    basis = Decimal("0.0001")
    for changed, name, unit, sign in (
        ("principal", "principal_reduction", CENT, -1),
        ("annual_rate", "rate", -basis, 1),
    ):
        if (least := levers[name]) is not None:
            base = loan.principal if sign < 0 else 0
            for value, kind in ((least, rp.Offer), (least - unit, rp.Infeasible)):
                changed_loan = replace(stated, **{changed: base + sign * value})
                assert isinstance(rp.propose(changed_loan, home, policy), kind), (name, value)
