"""What a plan costs the lender, against a slow reference and published examples."""

from dataclasses import fields, replace
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import agreements as of
import programme
import repayplan as rp
from repayplan import Code, InputError, LenderCost, ModificationRule, lender_cost, schedule
from sides import CONTRACT, PLANS, batches, both, flows_of, rates, reordered, worth
from test_summary import LINES, decide

RULE = ModificationRule(year="365 days", diminished_above="0.01", substantial_from="0.1")
YEARLY = replace(RULE, year="12 months")
ANNUAL = {"original_term": 5, "elapsed": 0, "unpaid": 5, "next_due": "2027-01-01", "frequency": "annual"}
SHARE = Fraction(1, 10**10)


def bullet_of(years, **terms):
    return schedule(rp.Loan(**ANNUAL | terms), rp.interest_only(years - 1) + rp.bullet(1))


def by_hand(before, after, rate, on, *, owed, forgiven, fees):
    """The figures of one loan, row by row."""
    old, new = (worth(flows_of(each), on, rate) for each in (before, after))
    # The values are whole cents: their differences and products here stay within 28 digits.
    differs = abs(new + fees - old)
    return {
        "value_before": old,
        "value_after": new,
        "lost": old - new,
        "diminished_share": Decimal(round(Fraction(old - new) / Fraction(old) / SHARE)).scaleb(-10),
        "diminished": Fraction(old - new) > Fraction(old) / 100,
        "difference_share": Decimal(round(Fraction(differs) / Fraction(old) / SHARE)).scaleb(-10),
        "substantial": Fraction(differs) >= Fraction(old) / 10,
        "carrying_before": old,
        "derecognised": forgiven,
        "carrying_after": new,
        "modification_gain": new - (old - forgiven),
        "cost_before": sum(row.payment for row in before.rows) - owed,
        "cost_after": sum(row.payment for row in after.rows) - owed + fees,
        "waived_interest": sum(row.waived for row in after.rows),
    }


@settings(deadline=None, max_examples=30)
@given(batches(), st.sampled_from(PLANS), rates, st.integers(0, 50), st.integers(-500, 500))
def test_every_figure_of_every_loan_is_the_one_by_hand(loans, plan, rate, forgiven, fees):
    before, after = both(loans, plan)
    options = {"forgiven": rp.minor(forgiven), "net_fees": rp.minor(fees)}
    got = lender_cost(before, after, RULE, rate=rate, **options)
    assert (got.row.tolist(), len(got.failures)) == (list(range(len(loans))), 0)
    given_up, paid = (Decimal(units).scaleb(-2) for units in (forgiven, fees))
    for i in range(len(loans)):
        one, other, on = before.one(i), after.one(i), loans.start[i].item()
        parts = ("principal", "overdue_interest", "penalty")
        owed = sum(Decimal(int(getattr(loans, name)[i])) for name in parts).scaleb(-2)
        want = by_hand(one, other, rate, on, owed=owed, forgiven=given_up, fees=paid)
        figures = got.value.one(i)
        assert {name: getattr(figures, name) for name in want} == want
        assert figures.rate == rate
        assert lender_cost(one, other, RULE, rate=rate, **options) == figures


@settings(deadline=None, max_examples=30)
@given(batches(), st.sampled_from(PLANS), rates, st.randoms(use_true_random=False))
def test_the_order_of_loans_is_irrelevant(loans, plan, rate, random):
    order = list(range(len(loans)))
    random.shuffle(order)
    got = lender_cost(*both(loans, plan), RULE, rate=rate).value
    mixed = lender_cost(*both(reordered(loans, order), plan), RULE, rate=rate).value
    assert [mixed.one(i) for i in range(len(order))] == [got.one(k) for k in order]


@settings(deadline=None, max_examples=30)
@given(batches(), rates)
def test_the_contract_itself_costs_nothing(loans, rate):
    before, after = both(loans, CONTRACT)
    got = lender_cost(before, after, replace(RULE, diminished_above="0"), rate=rate).value
    for name in ("lost", "diminished_share", "difference_share", "modification_gain", "waived_interest"):
        assert not getattr(got, name).any()
    assert not (got.diminished | got.substantial).any()
    assert got.cost_before.tolist() == got.cost_after.tolist()


@settings(deadline=None, max_examples=30)
@given(batches(), st.integers(1, 5000))
def test_the_longer_nothing_is_paid_the_more_is_lost(loans, basis_points):
    before = schedule(loans, CONTRACT).value
    lost = []
    for months in range(4):
        plan = rp.holiday(months, interest="waive") + CONTRACT
        after = schedule(loans, plan).value
        lost.append(lender_cost(before, after, RULE, rate=Decimal(basis_points) / 10_000).value.lost)
    assert (np.diff(lost, axis=0) >= 0).all()


# Published figures


def test_a_bullet_put_off_by_two_years():
    # EBA: 100 at 5 % for five years, all flows two years later: 9.297 %, above 1 %.
    loan = rp.Loan(**ANNUAL, principal=100, annual_rate="0.05", decimals=6)
    contract = bullet_of(5, principal=100, annual_rate="0.05", decimals=6)
    plan = schedule(loan, rp.holiday(2, interest="waive") + rp.interest_only(4) + rp.bullet(1))
    rate = contract.effective_rate(year="12 months")
    got = lender_cost(contract, plan, YEARLY, rate=rate)
    assert rate == Decimal("0.05")
    assert round(100 * got.diminished_share, 3) == Decimal("9.297")
    assert (got.diminished, got.substantial, got.value_before) == (True, False, 100)
    assert got.modification_gain == -got.lost
    assert got.waived_interest == 10


def test_terms_that_are_substantially_different():
    # ICAEW, in thousands: 5,000 less a fee of 100, 400 a year; after a year a fee of 40, 550 for five years.
    signed = bullet_of(4, principal=5000, annual_rate="0.08")
    rate = signed.effective_rate(year="12 months", drawn="4900")
    assert round(rate, 4) == Decimal("0.0861")
    contract, plan = (
        bullet_of(years, principal=5000, annual_rate=annual) for years, annual in ((3, "0.08"), (5, "0.11"))
    )
    got = lender_cost(contract, plan, YEARLY, rate=rate, net_fees=40)
    assert round(got.value_after + 40) == 5509
    assert round(got.difference_share, 4) == Decimal("0.1193")
    assert (got.substantial, got.diminished) == (True, False)
    assert round(got.value_before) == round(4900 * (1 + rate) - 400)
    without = lender_cost(contract, plan, YEARLY, rate=rate)
    assert without.difference_share == -without.diminished_share < got.difference_share


# Bounds


@pytest.mark.parametrize(
    ("principal", "diminished", "substantial"),
    [("990.00", False, False), ("989.99", True, False), ("900.01", True, False), ("900.00", True, True)],
)
def test_a_bound_is_met_to_the_cent(principal, diminished, substantial):
    before, after = (bullet_of(1, principal=p, annual_rate="0") for p in ("1000.00", principal))
    got = lender_cost(before, after, RULE, rate="0")
    assert (got.diminished, got.substantial) == (diminished, substantial)
    # What is worth more isn't diminished, but may be substantially different.
    more = lender_cost(after, before, replace(RULE, substantial_from="0.01"), rate="0")
    assert (more.diminished, more.substantial) == (False, True)


def test_forgiveness_is_derecognised_and_the_rest_is_the_modification():
    before, after = (bullet_of(1, principal=p, annual_rate="0") for p in (1000, 700))
    got = lender_cost(before, after, RULE, rate="0", forgiven=250, carrying_amount="980.00")
    assert (got.carrying_before, got.derecognised, got.carrying_after) == (980, 250, 700)
    assert got.modification_gain == -30


def test_what_is_drawn_anew_is_lent():
    terms = {"annual_rate": "0", "original_term": 12, "elapsed": 0, "unpaid": 12, "next_due": "2026-01-31"}
    loan = rp.Loan(principal=1200, **terms)
    plan = schedule(loan, rp.equal_instalment(12) + rp.drawdown("300", on="2026-03-15"))
    got = lender_cost(schedule(loan, rp.equal_instalment(12)), plan, RULE, rate="0")
    assert (got.value_after, got.cost_after) == (1200, 0)
    later = lender_cost(schedule(loan, rp.equal_instalment(12)), plan, RULE, rate="0.1")
    flows = [*flows_of(plan), (np.datetime64("2026-03-15").item(), Fraction(-300))]
    assert later.value_after == worth(flows, plan.interest_from, "0.1")


def test_what_a_contract_still_draws_stays_with_its_loan():
    terms = {"annual_rate": "0.1", "original_term": 12, "elapsed": 0, "next_due": "2026-01-31"}
    loans = rp.Loans.from_columns(
        principal=["1200", "1300", "1400"],
        unpaid=[12, 0, 12],
        columns={"more": [300, 0, 0]},
        **terms,
    )
    drawing = CONTRACT + rp.drawdown(rp.col("more"), on="2026-03-15")
    before, after = schedule(loans, drawing).value, schedule(loans, rp.equal_instalment(24)).value
    got = lender_cost(before, after, RULE, rate="0.1")
    assert [(f.row, f.field) for f in got.failures] == [(1, "contract")]
    for place, row in ((0, 0), (1, 2)):
        want = lender_cost(before.one(place), after.one(row), RULE, rate="0.1")
        assert got.value.one(place) == want
    assert got.value.one(0).value_before < got.value.one(1).value_before


# Offers


UNROUNDED = programme.POLICY.replace('instalment = "half_up"', 'instalment = "none"\ninterest = "none"')


@pytest.fixture(scope="module", params=[programme.POLICY, UNROUNDED], ids=["cents", "unrounded"])
def decided(request):
    return decide(LINES, policy=request.param).value


def test_offers_of_a_portfolio_are_those_of_its_loans(decided):
    contracts = schedule(decided.contracts, CONTRACT)
    rate = contracts.value.effective_rate(year="365 days")
    got = lender_cost(contracts.value, decided, RULE, rate=rate)
    assert got.row.tolist() == decided.row[decided.offered].tolist() == decided.schedules.row.tolist()
    waived = decided.waived[decided.offered]
    assert got.value.derecognised.tolist() == waived.tolist()
    assert waived.any()
    for place, row in enumerate(got.row.tolist()):
        before = contracts.value.one(contracts.row.tolist().index(row))
        offer = decided.one(decided.row.tolist().index(row))
        own = lender_cost(before, offer, RULE, rate=before.effective_rate(year="365 days"))
        assert got.value.one(place) == own
        assert own == lender_cost(before, offer.schedule, RULE, rate=own.rate, forgiven=offer.waived)


def test_a_loan_without_a_contract_or_a_rate_is_missing(decided):
    contracts = schedule(decided.contracts, CONTRACT)
    first, second, *others = decided.schedules.row.tolist()
    at = np.arange(len(LINES))
    unpaid = np.where(at == first, 0, decided.contracts.unpaid)
    some = schedule(decided.contracts.replace(unpaid=unpaid), CONTRACT).value
    drawn = rp.minor(np.where(contracts.row == second, 0, decided.contracts.balance[contracts.row]))
    rate = contracts.value.effective_rate(year="365 days", drawn=drawn)
    got = lender_cost(some, decided, RULE, rate=rate)
    assert [(f.row, f.code, f.field) for f in got.failures] == [
        (first, Code.MISSING, "contract"),
        (second, Code.NO_RATE, "rate"),
    ]
    assert got.row.tolist() == others
    few = lender_cost(contracts.value, decided, RULE, rate=replace(rate, failures=rp.Failures.none()))
    assert [(f.row, f.code, f.field) for f in few.failures] == [(second, Code.MISSING, "rate")]


def test_an_unrounded_plan_beside_a_contract_in_cents():
    loan = rp.Loan(
        principal=1000, annual_rate="0.1", original_term=6, elapsed=0, unpaid=6, next_due="2026-01-31"
    )
    fine = replace(loan, rounding=rp.Rounding(instalment="none", interest="none"))
    coarse, exact = (schedule(each, rp.equal_instalment(6)) for each in (loan, fine))
    got = lender_cost(coarse, exact, RULE, rate="0.1", forgiven="0.00000001")
    assert got.value_before == lender_cost(exact, coarse, RULE, rate="0.1").value_after
    assert got.value_before.as_tuple().exponent == -8
    assert abs(got.lost) < Decimal("0.02")
    assert got.lost == got.value_before - exact.present_value("0.1", year="365 days")


def test_a_portfolio_of_which_nobody_is_offered_a_plan(decided):
    nobody = replace(decided, offered=np.zeros_like(decided.offered))
    contracts = schedule(decided.contracts, CONTRACT).value
    got = lender_cost(contracts, nobody, RULE, rate="0.1")
    assert (len(got.value), len(got.failures), got.row.tolist()) == (0, 0, [])


def test_a_batch_without_loans():
    loans = rp.Loans.from_columns(
        principal=[], annual_rate=[], original_term=[], elapsed=[], unpaid=[], next_due=[]
    )
    empty = schedule(loans, rp.equal_instalment(3)).value
    got = lender_cost(empty, empty, RULE, rate="0.1")
    assert (len(got.value), len(got.failures), got.row.tolist()) == (0, 0, [])


# Faults


LEVEL = rp.equal_instalment(6)
LOAN = {"principal": ["1000", "2000"], "annual_rate": "0.1", "original_term": 6, "elapsed": 0, "unpaid": 6}
FAULTS = [
    ({"rate": ["0.1", "20000"]}, Code.OUT_OF_RANGE, "rate"),
    ({"rate": ["0.1", ""]}, Code.MISSING, "rate"),
    ({"forgiven": ["1", "-1"]}, Code.NEGATIVE, "forgiven"),
    ({"forgiven": ["1", "1999.99"], "carrying_amount": "1999.98"}, Code.OUT_OF_RANGE, "forgiven"),
    ({"net_fees": ["-1", "x"]}, Code.NOT_A_NUMBER, "net_fees"),
    ({"carrying_amount": ["0", "-1"]}, Code.NEGATIVE, "carrying_amount"),
    ({"on": ["2025-06-30", "2026-02-28"]}, Code.DATES_OUT_OF_ORDER, "times"),
    ({"on": ["2025-06-30", "30.6.2025"]}, Code.NOT_A_DATE, "on"),
]


@pytest.mark.parametrize(("options", "code", "field"), FAULTS)
def test_a_fault_of_one_loan_is_no_others(options, code, field):
    loans = rp.Loans.from_columns(**LOAN, next_due="2026-01-31")
    made = schedule(loans, LEVEL).value
    got = lender_cost(made, made, RULE, **{"rate": "0.1"} | options)
    assert [(f.row, f.code, f.field) for f in got.failures] == [(1, code, field)]
    alone = {name: value[0] if isinstance(value, list) else value for name, value in options.items()}
    assert got.value.one(0) == lender_cost(made.one(0), made.one(0), RULE, **{"rate": "0.1"} | alone)
    bad = {name: value[1] if isinstance(value, list) else value for name, value in options.items()}
    with pytest.raises(InputError) as error:
        lender_cost(made.one(1), made.one(1), RULE, **{"rate": "0.1"} | bad)
    assert (error.value.code, error.value.field) == (code, field)


def test_a_contract_that_is_worth_nothing():
    terms = {"annual_rate": "0", "original_term": 2, "elapsed": 0, "unpaid": 2, "next_due": "2026-01-31"}
    plain = schedule(rp.Loan(principal=100, **terms), rp.equal_instalment(2))
    drawn = schedule(
        rp.Loan(principal=100, **terms), rp.equal_instalment(2) + rp.drawdown(900, on="2026-02-01")
    )
    with pytest.raises(InputError) as error:
        lender_cost(drawn, plain, RULE, rate="1000")
    assert (error.value.code, error.value.field) == (Code.NEGATIVE, "npv0")


def test_a_schedule_too_large_for_the_finer_unit():
    terms = {"annual_rate": "0", "original_term": 2, "elapsed": 0, "unpaid": 2, "next_due": "2026-01-31"}
    large, fine = (rp.Loan(principal=p, decimals=d, **terms) for p, d in ((10**15, 2), (1, 8)))
    one, other = (schedule(loan, rp.equal_instalment(2)) for loan in (large, fine))
    with pytest.raises(InputError) as error:
        lender_cost(one, other, RULE, rate="0")
    assert (error.value.code, error.value.field) == (Code.BEYOND_DOMAIN, "contract")
    assert (error.value.value, error.value.limit) == ("1000000000000000.00", "10000000000.00")


def test_one_schedule_beside_many():
    loans = rp.Loans.from_columns(**LOAN, next_due="2026-01-31")
    made = schedule(loans, LEVEL).value
    with pytest.raises(TypeError):
        lender_cost(made.one(0), made, RULE, rate="0.1")
    with pytest.raises(TypeError):
        lender_cost(made, made, RULE, rate=["0.1"] * 3)


def test_where_no_plan_is_offered_nothing_is_costed(decided):
    refused = decided.one(int(np.flatnonzero(~decided.offered)[0]))
    with pytest.raises(TypeError):
        lender_cost(decided.schedules.one(0), refused, RULE, rate="0.1")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"year": "360 days"}, Code.UNKNOWN_VALUE),
        ({"diminished_above": None}, Code.MISSING),
        ({"diminished_above": 0.01}, Code.OUT_OF_RANGE),
        ({"substantial_from": "1.1"}, Code.OUT_OF_RANGE),
    ],
)
def test_a_rule_says_what_is_wrong_with_it(change, code):
    with pytest.raises(InputError) as error:
        replace(RULE, **change)
    assert (error.value.code, error.value.field) == (code, *change)


def test_columns_and_figures_have_the_same_names():
    of_many = [each.name for each in fields(rp.LenderCosts)]
    assert of_many == ["decimals", *(each.name for each in fields(LenderCost))]


OWED = {
    "principal": "6000", "annual_rate": "0.12", "original_term": 36, "elapsed": 10, "unpaid": 26,
    "next_due": "2026-01-31", "currency": "CNY", "fees": "50", "overdue_interest": "30",
    "penalty": "7", "accrued_interest": "11", "instalment": "280",
}  # fmt: skip
OTHERS = {
    "balance": {"principal": "6100"},
    "fees": {"fees": "50.01"},
    "overdue_interest": {"overdue_interest": "29"},
    "penalty": {"penalty": "8"},
    "accrued_interest": {"accrued_interest": "12"},
    "instalment": {"instalment": "281"},
    "annual_rate": {"annual_rate": "0.13"},
    "elapsed": {"elapsed": 11},
    "unpaid": {"unpaid": 25},
    "next_due": {"next_due": "2026-02-28"},
    "start": {"start": "2026-01-10"},
    "frequency": {"frequency": "fortnightly", "start": "2025-12-31"},
    "day_count": {"day_count": "ACT/365F"},
    "due_dates": {"due_dates": rp.DueDates(month_end=True)},
    "rate_path": {"annual_rate": rp.FixedRate("0.12")},
}


def contract_of(**change):
    return schedule(rp.Loan(**OWED | change), rp.equal_instalment(26))


@pytest.fixture(scope="module")
def offered():
    return rp.propose(rp.Loan(**OWED), rp.Household(net_income="5000"), rp.Policy.example("consumer"))


@pytest.mark.parametrize("name", OTHERS)
def test_a_contract_of_another_loan_is_refused(name, offered):
    """Whatever is owed or agreed otherwise, one contract or many."""
    assert lender_cost(contract_of(), offered, RULE, rate="0.1").value_before > 0
    with pytest.raises(InputError) as error:
        lender_cost(contract_of(**OTHERS[name]), offered, RULE, rate="0.1")
    assert (error.value.code, error.value.field) == (Code.UNKNOWN_VALUE, f"contract.{name}")


@pytest.mark.parametrize("name", OTHERS)
def test_of_many_contracts_only_the_other_loans_is_refused(name):
    columns = {key: [value] * 3 for key, value in OWED.items() if key != "currency"}
    homes = rp.Households.from_columns(net_income=["5000"] * 3)
    if name == "rate_path":
        columns |= {"rate_paths": tuple(OTHERS[name].values()), "rate_index": [-1, 0, -1]}
    elif name == "due_dates":
        columns |= {"due_dates": (rp.DueDates(), OTHERS[name][name]), "due_index": [0, 1, 0]}
    else:
        usual = {"start": "2025-12-31", "frequency": "monthly", "day_count": "periods"} | OWED
        columns |= {key: [usual[key], value, usual[key]] for key, value in OTHERS[name].items()}
    wrong = rp.Loans.from_columns(currency="CNY", **columns)
    right = rp.Loans.from_columns(**{key: [value] * 3 for key, value in OWED.items()})
    made = rp.propose(right, homes, rp.Policy.example("consumer")).value
    outcome = lender_cost(schedule(wrong, rp.equal_instalment(26)).value, made, RULE, rate="0.1")
    assert outcome.row.tolist() == [0, 2]
    assert [(f.row, f.code, f.field) for f in outcome.failures] == [
        (1, Code.UNKNOWN_VALUE, f"contract.{name}")
    ]


def test_a_contract_may_leave_out_arrears_and_round_by_itself(offered):
    every = dict.fromkeys(("fees", "overdue_interest", "penalty", "accrued_interest"), "0")
    whole, bare = contract_of(), contract_of(**every)
    fine = contract_of(rounding=rp.Rounding(instalment="none", interest="none"), columns={"status": "late"})
    costs = [lender_cost(each, offered, RULE, rate="0.1") for each in (whole, bare, fine)]
    # Neither paid nor owed by the contract's schedule: the arrears are no cost of it either way.
    assert costs[0].cost_before == costs[1].cost_before
    assert costs[0].cost_after == costs[1].cost_after
    assert round(costs[2].cost_after, 2) == costs[0].cost_after
    assert abs(costs[2].cost_before - costs[0].cost_before) < 1


@settings(deadline=None, max_examples=15)
@given(
    st.fixed_dictionaries(
        {
            name: st.integers(0, 50_000).map(lambda cents: Decimal(cents).scaleb(-2))
            for name in ("fees", "overdue_interest", "penalty", "accrued_interest", "overdue_principal")
        }
    ),
    st.sampled_from(["capitalise", "pay_first", "carry"]),
    st.integers(0, 100),
)
def test_cost_menu_and_sheet_say_one_total_cost(arrears, treatment, waived):
    parts = ("fees", "overdue_interest", "penalty", "accrued_interest")
    rule = rp.ArrearsRule(
        **{name: rp.ArrearsPart(treatment=treatment, waive_percent=str(waived)) for name in parts}
    )
    policy = replace(rp.Policy.loads(programme.POLICY), arrears=rule, amortisation=rp.Amortisation())
    loan = rp.Loan(**OWED | arrears | {"currency": "EUR"}, columns={"status": "Late"})
    home = rp.Household(net_income="9000")
    offer, contract = rp.propose(loan, home, policy), schedule(loan, rp.equal_instalment(26))
    cost = lender_cost(contract, offer, RULE, rate="0.1")
    owed = 6000 + sum(arrears.values())
    assert offer.owed == contract.owed == owed
    for paid, found in ((contract, cost.cost_before), (offer.schedule, cost.cost_after)):
        assert sum(row.payment for row in paid.rows) - owed == found
    terms = rp.SheetTerms(
        lender="L", issued="2026-01-05", accept_by="2026-01-19", expires="2026-01-20",
        late=of.OVERDUE, days_late=30,
        credit_record=rp.Words("Reported.", "报送。"),
    )  # fmt: skip
    sheet = rp.offer_sheet(loan, contract, offer, terms, reference="A")
    (table,) = [each.table for each in sheet.sections if each.name == "comparison"]
    (row,) = [row for row in table.rows if row[0].value.en.startswith("Total cost to you")]
    assert [cell.value for cell in row[1:]] == [cost.cost_before, cost.cost_after]
    alternatives = rp.menu(loan, home, policy)
    made = alternatives.offer(0)
    assert alternatives.alternatives[0].total_cost == lender_cost(contract, made, RULE, rate="0").cost_after


def test_a_plan_that_is_no_offer_is_held_against_what_the_contract_starts_from():
    bare = contract_of(fees="0", overdue_interest="0", penalty="0", accrued_interest="0")
    for before, after in ((contract_of(), bare), (bare, contract_of())):
        got = lender_cost(before, after, RULE, rate="0.1")
        paid = [sum(row.payment for row in each.rows) for each in (before, after)]
        assert (got.cost_before, got.cost_after) == (paid[0] - before.owed, paid[1] - before.owed)
