"""Principal put aside by the greater of a share of the balance and what is above the property's value."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from math import floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from examples import examples
from repayplan import Code, Concession

HAMP = rp.Policy.example("mortgage-waterfall")
BOTH = Concession(step="forbear", percent="30", loan_to_value="100")
CENT = Decimal("0.01")


def waterfall(forbear, **change):
    return replace(HAMP, concessions=(*HAMP.concessions[:2], forbear), **change)


def mortgage(principal="450000", **columns):
    return rp.Loan(
        principal=principal,
        annual_rate="0.075",
        original_term=360,
        elapsed=0,
        unpaid=360,
        next_due="2009-05-01",
        columns=columns,
    )


def home(income):
    return rp.Household(gross_income=income, costs={"taxes and insurance": "250"})


# Of 450,000 at 2 % over 480 months, 31 % of 4,500 less 250 leave 71,894.66 to put aside (test_target.py).
NEEDED = Decimal("71894.66")


@pytest.mark.parametrize(
    ("value", "percent", "most", "code", "limit"),
    [
        # 15 % are 67,500; the property is worth 380,000: 70,000 more than that is owed, still too little.
        ("380000", "15", "70000.00", Code.CONCESSION_BY_VALUE, "100"),
        ("378105.35", "15", "71894.65", Code.CONCESSION_BY_VALUE, "100"),
        ("378105.34", "15", "71894.66", Code.CONCESSION_BY_VALUE, "100"),
        ("300000", "15", "150000.00", Code.CONCESSION_BY_VALUE, "100"),
        # The share is more, the property is worth more than is owed, or nothing is known of it.
        ("380000", "30", "135000.00", Code.CONCESSION_BY_BALANCE, "30"),
        ("900000", "15", "67500.00", Code.CONCESSION_BY_BALANCE, "15"),
        ("", "15", "67500.00", Code.CONCESSION_BY_BALANCE, "15"),
        ("382500", "15", "67500.00", Code.CONCESSION_BY_BALANCE, "15"),
        # All but a cent: something must be left to repay.
        ("0", "15", "449999.99", Code.CONCESSION_BY_VALUE, "100"),
    ],
)
def test_the_greater_of_the_two(value, percent, most, code, limit):
    policy = waterfall(replace(BOTH, percent=percent))
    got = rp.propose(mortgage(property_value=value), home("4500"), policy)
    step = got.concessions[-1]
    assert (step.bound.code, step.bound.value, str(step.bound.limit)) == (code, Decimal(most), limit)
    for language in ("en", "zh"):
        assert step.text(language).endswith(step.bound.text(language))
        assert most in step.text(language)
    enough = Decimal(most) >= NEEDED
    assert isinstance(got, rp.Offer if enough else rp.Infeasible)
    assert step.after == (NEEDED if enough else Decimal(most))
    if enough:
        assert (got.forborne, got.instalments, got.capacity) == (NEEDED, 480, 1145)
        # The same as where so much is allowed by the balance alone.
        plain = rp.propose(mortgage(), home("4500"), waterfall(Concession(step="forbear", percent="100")))
        assert got.schedule.rows == plain.schedule.rows
        assert plain.concessions[-1].bound is None
        assert "put aside" not in plain.concessions[-1].text()


def test_less_than_the_whole_value():
    # 80 % of 450,000: 90,000 may be put aside.
    got = rp.propose(
        mortgage(property_value="450000"),
        home("4500"),
        waterfall(replace(BOTH, percent="0", loan_to_value="80")),
    )
    assert (got.forborne, got.concessions[-1].bound.value) == (NEEDED, 90_000)


@examples(15)
@given(
    st.lists(
        st.tuples(
            st.integers(1, 50_000),
            st.integers(0, 5_000),
            st.none() | st.integers(0, 60_000),
            st.integers(50, 900),
        ),
        min_size=1,
        max_size=5,
    ),
    st.sampled_from(["0", "12.5", "30", "100"]),
    st.sampled_from(["33.3333", "100", "115"]),
    st.sampled_from([None, "10"]),
)
def test_bounds_by_hand(rows, percent, to_value, multiple):
    """The most of a refused loan and of one that is offered a plan, alone and in a batch."""
    policy = waterfall(Concession(step="forbear", percent=percent, loan_to_value=to_value, multiple=multiple))
    policy = replace(policy, limit=rp.ExtensionLimit(max_new_plan_months=6), target=None)
    owed, late, value, pay = zip(*rows, strict=True)
    loans = rp.Loans.from_columns(
        principal=rp.minor(np.array(owed)),
        overdue_interest=rp.minor(np.array(late)),
        annual_rate="0.02",
        original_term=4,
        elapsed=0,
        unpaid=4,
        next_due="2026-05-01",
        columns={"property_value": ["" if v is None else str(Decimal(v) / 100) for v in value]},
    )
    income = [Decimal(p) / 100 for p in pay]
    got = rp.propose(loans, rp.Households.from_columns(net_income=income), policy).value
    assert len(got) == len(rows)
    for i, (principal, interest, worth, can) in enumerate(rows):
        balance = principal + interest
        share = floor(balance * Fraction(percent) / 100)
        above = 0 if worth is None else max(balance - floor(worth * Fraction(to_value) / 100), 0)
        most = Decimal(min(max(share, above), balance - 1)) / 100
        one = rp.propose(
            rp.Loan(
                principal=Decimal(principal) / 100,
                overdue_interest=Decimal(interest) / 100,
                annual_rate="0.02",
                original_term=4,
                elapsed=0,
                unpaid=4,
                next_due="2026-05-01",
                columns={"property_value": None if worth is None else Decimal(worth) / 100},
            ),
            rp.Household(net_income=income[i]),
            policy,
        )
        step = got.one(i).concessions[-1]
        assert one.concessions == got.one(i).concessions
        by_value = (
            Code.CONCESSION_BY_VALUE if above > share and most > share / 100 else Code.CONCESSION_BY_BALANCE
        )
        assert (step.bound.value, step.bound.code) == (most, by_value)
        if isinstance(one, rp.Infeasible):
            assert step.after == most
            assert one.relaxations == got.one(i).relaxations
            continue
        assert one.forborne <= most
        assert one.instalment_after <= Decimal(can) / 100
        assert multiple is None or one.forborne % 10 == 0 or one.forborne == most


def test_levers_where_the_value_says_how_much():
    policy = waterfall(replace(BOTH, percent="0"))
    owned = {"property_value": "400000"}
    refused = rp.propose(mortgage(**owned), home("4500"), policy)
    assert refused.concessions[-1].after == 50_000
    # 400,000 bear interest at most, 378,105.34 are affordable: of less principal only that is enough.
    less = refused.relaxations["principal_reduction"]
    assert less == 450_000 - Decimal("378105.34")
    kept = 450_000 - less
    assert isinstance(rp.propose(mortgage(kept, **owned), home("4500"), policy), rp.Offer)
    assert isinstance(rp.propose(mortgage(kept + CENT, **owned), home("4500"), policy), rp.Infeasible)


def test_plans_of_a_lattice_keep_to_it():
    policy = waterfall(
        replace(BOTH, percent="0"), strategy=rp.Strategy(aim="least_lender_cost", lattice=rp.Lattice())
    )
    loan = mortgage(property_value="370000")
    got = rp.propose(loan, home("4500"), policy)
    assert NEEDED <= got.forborne <= 80_000
    found = rp.menu(loan, home("4500"), replace(policy, strategy=rp.Strategy())).alternatives
    assert found
    assert max(plan.forborne for plan in found) == 80_000


def test_in_finer_units_where_nothing_is_rounded():
    policy = waterfall(replace(BOTH, percent="0"), rounding=rp.Rounding(instalment="none", interest="none"))
    got = rp.propose(mortgage(property_value="378105.00"), home("4500"), policy)
    assert got.concessions[-1].bound.value == 71_895
    assert 71_894 < got.forborne < 71_895


def test_the_column_must_be_there_and_be_amounts():
    with pytest.raises(rp.InputError) as error:
        rp.propose(mortgage(), home("4500"), waterfall(BOTH))
    assert (error.value.code, error.value.field) == (Code.MISSING, "property_value")
    columns = {"principal": ["450000"] * 4, "annual_rate": "0.075", "original_term": 360, "elapsed": 0}
    columns |= {"unpaid": 360, "next_due": "2009-05-01"}
    loans = rp.Loans.from_columns(**columns, columns={"property_value": ["300000", "-1", "x", "0.001"]})
    homes = rp.Households.from_columns(gross_income=["4500"] * 4, costs={"taxes and insurance": ["250"] * 4})
    got = rp.propose(loans, homes, waterfall(BOTH))
    assert [(f.row, f.field, f.code) for f in got.failures] == [
        (1, "property_value", Code.NEGATIVE),
        (2, "property_value", Code.NOT_A_NUMBER),
        (3, "property_value", Code.NOT_WHOLE_UNITS),
    ]
    assert got.value.offered.tolist() == [True]
    fine = waterfall(BOTH, rounding=rp.Rounding(instalment="none", interest="none"))
    with pytest.raises(rp.InputError) as error:
        rp.propose(mortgage(property_value=str(10**16)), home("4500"), fine)
    assert (error.value.code, error.value.field) == (Code.BEYOND_DOMAIN, "property_value")


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"loan_to_value": "0"}, Code.OUT_OF_RANGE, "loan_to_value"),
        ({"loan_to_value": "501"}, Code.OUT_OF_RANGE, "loan_to_value"),
        ({"loan_to_value": "1.00001"}, Code.OUT_OF_RANGE, "loan_to_value"),
        ({"step": "forgive"}, Code.UNKNOWN_VALUE, "loan_to_value"),
    ],
)
def test_what_is_no_step(change, code, field):
    with pytest.raises(rp.InputError) as error:
        replace(BOTH, **change)
    assert error.value.code is code
    assert field in error.value.field


def test_not_beside_a_largest_balloon():
    with pytest.raises(rp.PolicyError) as error:
        waterfall(BOTH, amortisation=rp.Amortisation(largest_balloon="20"))
    assert (error.value.code, error.value.field) == (Code.UNKNOWN_VALUE, "concessions[2].loan_to_value")


def test_the_column_says_one_thing():
    policy = waterfall(BOTH)
    assert policy.columns == ("property_value",)
    with pytest.raises(rp.PolicyError) as error:
        replace(policy, limit=replace(policy.limit, consents=("property_value",)))
    assert (error.value.code, error.value.value) == (Code.DUPLICATE, "property_value")


def test_written_read_and_described():
    policy = waterfall(BOTH)
    assert rp.Policy.loads(policy.dumps()) == policy
    assert 'loan_to_value = "100"' in policy.dumps()
    assert policy.fingerprint != waterfall(replace(BOTH, loan_to_value=None)).fingerprint
    assert "loan_to_value" in policy.describe()
    assert "抵押物价值" in policy.describe("zh")
