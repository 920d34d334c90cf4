"""Gates before a restructure, consents to it and its way back, against plain dates."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

import programme
from repayplan import (
    Code,
    EarlierRestructures,
    ExtensionLimit,
    Household,
    Households,
    Infeasible,
    InputError,
    Loan,
    Loans,
    Offer,
    Policy,
    equal_instalment,
    propose,
)
from repayplan.offers.published import FFIEC_REAGING

START = date(2026, 2, 15)
LOAN = {
    "principal": "6000.00",
    "annual_rate": "0.12",
    "original_term": 36,
    "elapsed": 10,
    "unpaid": 26,
    "next_due": "2026-03-15",
    "start": START.isoformat(),
}
DATES = ("first", "second", "third")
EVERY = EarlierRestructures(
    least_payments=3, least_months_between=12, most=2, within_years=5, most_ever=3, dates=DATES
)
COLUMNS = ("consecutive_payments", "restructures", *DATES)
CLEAN = {"consecutive_payments": 12, "restructures": 0, "first": "", "second": "", "third": ""}


def limit_of(rule, **more):
    return ExtensionLimit(percent="50", reading="beyond_original_maturity", earlier=rule, **more)


def loans_of(rows):
    given_ = {name: [value] * len(rows) for name, value in LOAN.items()}
    return Loans.from_columns(**given_, columns={name: [row[name] for row in rows] for name in rows[0]})


def policy_of(limit):
    return replace(Policy.loads(programme.POLICY), limit=limit, methods=("equal_instalment",), statuses=None)


def permit(rule, row):
    return limit_of(rule).permits(Loan(**LOAN, columns=row), equal_instalment(26))


def closed(rule, row):
    """Which rules refuse, by their words: code to what is found."""
    days = [date.fromisoformat(row[name]) for name in DATES if row[name]]
    out = {}
    if rule.least_payments is not None and row["consecutive_payments"] < rule.least_payments:
        out[Code.GATE_PAYMENTS] = row["consecutive_payments"]
    if rule.least_months_between is not None and days:
        since = max(m for m in range(2000) if max(days) + relativedelta(months=m) <= START)
        if since < rule.least_months_between:
            out[Code.GATE_SPACING] = since
    if rule.most is not None:
        within = sum(day + relativedelta(years=rule.within_years) > START for day in days)
        if within + 1 > rule.most:
            out[Code.GATE_WINDOW] = within + 1
    if rule.most_ever is not None and row["restructures"] + 1 > rule.most_ever:
        out[Code.GATE_COUNT] = row["restructures"] + 1
    return out


@st.composite
def rules(draw):
    window = draw(st.booleans())
    numbers = st.integers(0, 24)
    return EarlierRestructures(
        least_payments=draw(numbers),
        least_months_between=draw(st.none() | numbers),
        most=draw(st.integers(1, 3)) if window else None,
        within_years=draw(st.integers(1, 6)) if window else None,
        most_ever=draw(st.none() | st.integers(1, 4)),
        dates=DATES,
    )


DAY = st.dates(date(2019, 1, 1), START) | st.sampled_from(
    [START - relativedelta(years=n) for n in range(6)] + [date(2024, 2, 29), date(2020, 2, 29)]
)


@st.composite
def histories(draw):
    days = draw(st.lists(DAY, max_size=3))
    dates = draw(st.permutations([*(day.isoformat() for day in days), *[""] * (3 - len(days))]))
    more = draw(st.integers(0, 2)) if len(days) == 3 else 0
    return {
        "consecutive_payments": draw(st.integers(0, 24)),
        "restructures": len(days) + more,
        **dict(zip(DATES, dates, strict=True)),
    }


@given(rules(), histories())
def test_a_gate_is_closed_where_its_words_say_so(rule, row):
    got = permit(rule, row)
    assert {reason.code: reason.value for reason in got.gates} == closed(rule, row)
    assert got.allowed == (not got.gates)


FIELDS = {
    Code.GATE_PAYMENTS: "least_payments",
    Code.GATE_SPACING: "least_months_between",
    Code.GATE_WINDOW: "most",
    Code.GATE_COUNT: "most_ever",
}


@given(rules(), histories())
def test_what_a_gate_found_is_the_least_change_that_opens_it(rule, row):
    opened = rule
    for reason in permit(rule, row).gates:
        name = FIELDS[reason.code]
        assert reason.limit == getattr(rule, name)
        if name == "most" and reason.value > len(DATES):
            return  # it can't be told from so few dates
        opened = replace(opened, **{name: reason.value})
        step = 1 if name.startswith("least") else -1
        tighter = permit(replace(rule, **{name: reason.value + step}), row)
        assert reason.code in [gate.code for gate in tighter.gates]
    assert permit(opened, row).allowed


@given(rules(), st.lists(histories(), min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_a_batch_is_its_loans_in_any_order(rule, rows, random):
    plan = equal_instalment(26)
    got = list(limit_of(rule).permits(loans_of(rows), plan).value)
    assert got == [permit(rule, row) for row in rows]
    order = list(range(len(rows)))
    random.shuffle(order)
    again = limit_of(rule).permits(loans_of([rows[i] for i in order]), plan).value
    assert list(again) == [got[i] for i in order]
    homes = Households.from_columns(net_income=["1500"] * len(rows))
    offers = propose(loans_of(rows), homes, policy_of(limit_of(rule))).value
    assert offers.eligible.tolist() == [not one.gates for one in got]
    for i, (row, each) in enumerate(zip(rows, got, strict=True)):
        assert offers.reasons(i) == (() if offers.offered[i] else each.gates)
        assert type(offers.one(i)) is (Infeasible if each.gates else Offer)
        assert closed(rule, row).keys() == {reason.code for reason in offers.reasons(i)}


@pytest.mark.parametrize(
    ("payments", "earlier", "codes"),
    # FFIEC, Uniform Retail Credit Classification and Account Management Policy: at least three consecutive
    # payments, not more than once in twelve months, nor twice in five years.
    [
        (3, (), []),
        (2, (), [Code.GATE_PAYMENTS]),
        (3, ("2025-02-15",), []),
        (3, ("2025-02-16",), [Code.GATE_SPACING]),
        (3, ("2023-05-01", "2021-02-15"), []),
        (3, ("2023-05-01", "2021-02-16"), [Code.GATE_WINDOW]),
        (0, ("2025-06-30", "2023-05-01"), [Code.GATE_PAYMENTS, Code.GATE_SPACING, Code.GATE_WINDOW]),
    ],
)
def test_the_gate_for_reaging(payments, earlier, codes):
    names = FFIEC_REAGING.dates
    days = dict(zip(names, [*earlier, *[""] * (2 - len(earlier))], strict=True))
    got = permit(FFIEC_REAGING, {"consecutive_payments": payments, **days})
    assert [reason.code for reason in got.gates] == codes


def test_a_status_and_a_gate_are_both_said():
    policy = replace(policy_of(limit_of(EVERY)), statuses=("Late",))
    row = CLEAN | {"consecutive_payments": 1, "status": "Paid"}
    got = propose(Loan(**LOAN, columns=row), Household(net_income="1500"), policy)
    assert [reason.code for reason in got.reasons] == [Code.NOT_ELIGIBLE, Code.GATE_PAYMENTS]
    assert (got.relaxations, got.rules_needed) == ({}, {})


@pytest.mark.parametrize(
    ("change", "code", "field", "limit"),
    [
        ({"consecutive_payments": ""}, Code.MISSING, "consecutive_payments", ""),
        ({"consecutive_payments": "-1"}, Code.NEGATIVE, "consecutive_payments", "0 to 3660"),
        ({"restructures": "x"}, Code.NOT_A_NUMBER, "restructures", ""),
        ({"first": "2026-02-16"}, Code.DATES_OUT_OF_ORDER, "first", "<= 2026-02-15"),
        ({"second": "2026-1-1"}, Code.NOT_A_DATE, "second", "YYYY-MM-DD"),
        ({"restructures": "2", "third": "2020-01-01"}, Code.MISSING, "first", ""),
        ({"restructures": "0", "third": "2020-01-01"}, Code.OUT_OF_RANGE, "restructures", ">= 1"),
    ],
)
def test_figures_that_cannot_be_are_a_fault_of_their_row(change, code, field, limit):
    rows = [{name: str(value) for name, value in CLEAN.items()} for _ in range(3)]
    rows[1] |= change
    got = limit_of(EVERY).permits(loans_of(rows), equal_instalment(26))
    assert [(f.row, f.code, f.field, f.limit) for f in got.failures] == [(1, code, field, limit)]
    assert (got.row.tolist(), got.value.allowed.tolist()) == ([0, 2], [True, True])
    with pytest.raises(InputError) as caught:
        permit(EVERY, rows[1])
    assert (caught.value.code, caught.value.field) == (code, field)


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_that_the_loans_lack_is_named(name):
    row = {key: value for key, value in CLEAN.items() if key != name}
    with pytest.raises(InputError) as caught:
        permit(EVERY, row)
    assert (caught.value.code, caught.value.field) == (Code.MISSING, name)


@pytest.mark.parametrize(
    ("given_", "code", "field"),
    [
        ({}, Code.MISSING, "limit.earlier"),
        ({"least_payments": -1}, Code.OUT_OF_RANGE, "limit.earlier.least_payments"),
        ({"least_months_between": 1.0}, Code.OUT_OF_RANGE, "limit.earlier.least_months_between"),
        ({"most": 2}, Code.MISSING, "limit.earlier.within_years"),
        ({"within_years": 5}, Code.MISSING, "limit.earlier.most"),
        ({"most": 0, "within_years": 5}, Code.OUT_OF_RANGE, "limit.earlier.most"),
        ({"most": 2, "within_years": 5}, Code.MISSING, "limit.earlier.dates"),
        ({"least_months_between": 5, "dates": ()}, Code.MISSING, "limit.earlier.dates"),
        ({"least_payments": 3, "dates": "on"}, Code.UNKNOWN_VALUE, "limit.earlier.dates"),
        ({"most_ever": 3, "dates": ("on", "on")}, Code.DUPLICATE, "limit.earlier.dates[1]"),
        ({"most_ever": True}, Code.OUT_OF_RANGE, "limit.earlier.most_ever"),
    ],
)
def test_what_cannot_be_meant_is_refused(given_, code, field):
    with pytest.raises(InputError) as caught:
        EarlierRestructures(**given_)
    assert (caught.value.code, caught.value.field) == (code, field)


# Consents, and the way back

AGREED = limit_of(None, consents=("guarantor", "pledgor"), reversible_months=6)
STATES = ("given", "missing", "not_needed")


@pytest.mark.parametrize("income", ["1500", "1200"])
@pytest.mark.parametrize("guarantor", STATES)
@pytest.mark.parametrize("pledgor", STATES)
def test_an_extension_waits_for_the_consents_that_are_missing(income, guarantor, pledgor):
    # 6,000.00 take 26 months with 280.00 each, and 35 with 190.00: 9 more than are to go.
    home = Household(net_income="1400" if income == "1500" else "1110")
    loan = Loan(**LOAN, columns={"guarantor": guarantor, "pledgor": pledgor})
    offer = propose(loan, home, policy_of(AGREED))
    extended = income == "1200"
    assert (offer.extension > 0) == extended
    lacking = [name for name, state in (("guarantor", guarantor), ("pledgor", pledgor)) if state == "missing"]
    waits = lacking if extended else []
    assert [(reason.code, reason.field) for reason in offer.pending] == [
        (Code.CONSENT_MISSING, name) for name in waits
    ]
    assert offer.reversible_until == (date(2026, 8, 15) if extended else None)
    got = AGREED.permits(loan, equal_instalment(offer.instalments))
    assert (got.allowed, got.pending) == (True, offer.pending)


def test_a_batch_says_whose_extension_waits_and_until_when_it_can_be_undone():
    states = ["missing", "given", "missing", "not_needed"]
    loans = loans_of([{"guarantor": state, "pledgor": "given"} for state in states])
    homes = Households.from_columns(net_income=["1110", "1110", "1400", "1110"])
    offers = propose(loans, homes, policy_of(AGREED)).value
    assert offers.pending["guarantor"].tolist() == [True, False, False, False]
    assert offers.pending["pledgor"].tolist() == [False] * 4
    assert np.isnat(offers.reversible_until).tolist() == [False, False, True, False]
    for i, one in enumerate(offers):
        assert one.reversible_until == offers.reversible_until[i].item()
        assert bool(one.pending) == offers.pending["guarantor"][i]


def test_without_a_rule_nothing_waits_and_nothing_can_be_undone():
    offer = propose(Loan(**LOAN), Household(net_income="1110"), policy_of(limit_of(None)))
    assert offer.extension > 0
    assert (offer.pending, offer.reversible_until) == ((), None)


@pytest.mark.parametrize(("state", "code"), [("", Code.MISSING), ("yes", Code.UNKNOWN_VALUE)])
def test_a_consent_is_given_missing_or_not_needed(state, code):
    rows = [{"guarantor": each, "pledgor": "given"} for each in ("given", state, "missing")]
    got = AGREED.permits(loans_of(rows), equal_instalment(30))
    assert [(f.row, f.code, f.field) for f in got.failures] == [(1, code, "guarantor")]
    assert [one.pending != () for one in got.value] == [False, True]


def test_a_loan_without_an_offer_waits_for_nothing():
    loans = loans_of([{"guarantor": "missing", "pledgor": "missing"}])
    offers = propose(loans, Households.from_columns(net_income=["900"]), policy_of(AGREED)).value
    assert not offers.offered.any()
    assert [each.tolist() for each in offers.pending.values()] == [[False], [False]]
    assert np.isnat(offers.reversible_until).all()
