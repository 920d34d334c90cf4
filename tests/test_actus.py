"""The ACTUS reference contracts: all of them come out to the millionth."""

from collections import Counter
from copy import deepcopy
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from actus import Reason, UnsayableError, cases, contract, differences, expected, scheduled

CASES = cases()
REPRODUCED = {"ann": 14, "lam": 12, "lax": 8, "nam": 9, "pam": 12}
MONTHLY = {"months": 1, "final_stub": "short"}
ON_FIRST = {"interest_base": "at_start"}


def a_case(kind, **terms):
    """A loan of 1000 at 1 % a month, paid monthly from 1 February 2026 on, unless the terms say otherwise."""
    plain = {
        "drawdown_date": "2026-01-01",
        "maturity_date": "2026-07-01",
        "principal": "1000",
        "annual_rate": "0.12",
        "day_count": "30e/360",
        "first_interest_date": "2026-02-01",
        "interest_cycle": MONTHLY,
        "first_principal_date": "2026-02-01",
        "principal_cycle": MONTHLY,
    }
    return {"kind": kind, "terms": plain | terms, "rate_steps": [], "horizon": None, "instalments": []}


def level(n):
    """The instalment of 1000 at 1 % a period."""
    return 10 / (1 - Decimal("1.01") ** -n)


@pytest.mark.parametrize("name", sorted(CASES))
def test_every_case_comes_out(name):
    assert differences(CASES[name]) == []


def test_so_many_cases_of_each_kind_come_out():
    assert Counter(case["kind"] for case in CASES.values()) == REPRODUCED
    assert sum(REPRODUCED.values()) == 55


# The comparison sees what it should


@pytest.mark.parametrize("name", ["drawdown", "principal", "interest", "capitalised", "balance"])
def test_two_millionths_are_a_difference(name):
    case = deepcopy(CASES["ann17"])
    entry = next(e for e in case["instalments"] if name in e)
    entry[name] = str(Decimal(entry[name]) + Decimal("2e-6"))
    (found,) = differences(case)
    assert found.startswith(f"{entry['date']}: {name} ")


def test_a_row_too_many_and_a_row_too_few_are_differences():
    case = deepcopy(CASES["pam01"])
    case["instalments"][3]["date"] = "2013-04-02"
    assert differences(case) == ["2013-04-01: a row that isn't expected", "2013-04-02: no row"]


def test_events_without_cash_are_left_out():
    fixed = [e["date"] for e in CASES["ann07"]["instalments"] if e["types"] == ["PRF"]]
    assert fixed == ["2013-01-31"]
    assert date(2013, 1, 31) not in expected(CASES["ann07"])


# Rules of ACTUS that no case without a rate reset shows


def test_what_an_instalment_is_short_of_the_interest_is_negative_principal():
    rows = [*scheduled(a_case("nam", instalment_amount="5", maturity_date="2026-04-01")).values()]
    assert [row["principal"] for row in rows] == [
        0,
        Decimal(-5),
        Decimal("-5.05"),
        Decimal("1010.05"),
    ]
    assert [row["interest"] for row in rows] == [0, 10, Decimal("10.05"), Decimal("10.1005")]
    assert [row["balance"] for row in rows] == [1000, 1005, Decimal("1010.05"), 0]
    assert {row["capitalised"] for row in rows} == {0}


def test_an_instalment_solved_beyond_the_end_leaves_the_rest_with_the_last_payment():
    rows = [*scheduled(a_case("ann", amortisation_end_date="2027-01-01")).values()]
    amount = level(12)
    for row in rows[1:-1]:
        assert abs(row["principal"] + row["interest"] - amount) < Decimal("1e-7")
    left = 1000 * Decimal("1.01") ** 5 - amount * (Decimal("1.01") ** 5 - 1) * 100
    assert abs(rows[-1]["principal"] - left) < Decimal("1e-6")
    assert rows[-1]["balance"] == 0


def test_equal_principal_is_of_what_is_lent_even_where_interest_was_capitalised():
    terms = {"first_interest_date": "2026-03-01", "first_principal_date": "2026-03-01"}
    rows = scheduled(a_case("lam", capitalisation_end_date="2026-02-01", **terms))
    assert rows[date(2026, 2, 1)]["capitalised"] == 10
    assert rows[date(2026, 3, 1)]["principal"] == 200
    assert rows[date(2026, 7, 1)]["principal"] == 210


def test_a_payment_on_the_day_of_drawdown_is_lent_no_more():
    case = a_case("lam", first_principal_date="2026-01-01", maturity_date="2026-05-01")
    rows = scheduled(case)
    assert rows[date(2026, 1, 1)] == {
        "drawdown": -1000,
        "principal": 200,
        "interest": 0,
        "capitalised": 0,
        "balance": 800,
    }
    assert rows[date(2026, 2, 1)]["interest"] == 8


def test_unadjusted_dates_count_as_before_they_were_moved():
    # 1 February, 1 March 2026 are Sundays.
    moved = {"calendar": "monday_to_friday", "day_count": "act/365f", "maturity_date": "2026-04-01"}
    days = {}
    for word in ("adjusted", "unadjusted"):
        rows = scheduled(a_case("pam", business_day=f"{word}_following", **moved))
        assert [*rows][1:] == [date(2026, 2, 2), date(2026, 3, 2), date(2026, 4, 1)]
        days[word] = [round(row["interest"] * 365 / 120) for row in [*rows.values()][1:]]
    assert days == {"adjusted": [32, 28, 30], "unadjusted": [31, 28, 31]}


def test_a_calendar_without_a_convention_moves_nothing():
    rows = scheduled(a_case("pam", calendar="monday_to_friday", maturity_date="2026-03-01"))
    assert [*rows] == [date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)]


# Principal that moves beside the interest


def test_equal_principal_is_repaid_on_dates_on_which_interest_is_capitalised():
    rows = scheduled(a_case("lam", instalment_amount="100", capitalisation_end_date="2026-03-01"))
    assert rows[date(2026, 2, 1)] | {"drawdown": 0} == {
        "drawdown": 0,
        "principal": 100,
        "interest": 0,
        "capitalised": 10,
        "balance": 910,
    }
    assert rows[date(2026, 3, 1)]["capitalised"] == Decimal("9.1")
    assert rows[date(2026, 4, 1)]["interest"] == Decimal("8.191")
    assert rows[date(2026, 7, 1)]["principal"] == Decimal("519.1")


def test_stepwise_principal_is_lent_and_repaid_on_dates_of_its_own():
    case = a_case(
        "lax",
        step_principal_dates=["2026-02-01", "2026-04-01"],
        step_principal_cycles=[MONTHLY, MONTHLY],
        step_instalment_amounts=["50", "400"],
        step_directions=["INC", "DEC"],
        step_interest_dates=["2026-03-01"],
        step_interest_cycles=[MONTHLY | {"months": 2}],
    )
    rows = scheduled(case)
    assert [(row["drawdown"], row["principal"], row["balance"]) for row in rows.values()] == [
        (-1000, 0, 1000),
        (-50, 0, 1050),
        (-50, 0, 1100),
        (0, 400, 700),
        (0, 400, 300),
        (0, 300, 0),
        (0, 0, 0),
    ]
    assert [row["interest"] for row in rows.values()] == [0, 0, Decimal("20.5"), 0, 18, 0, 3]


def test_interest_on_the_first_balance_is_the_same_each_time():
    for amount, left in ((None, "166.66666665"), ("100", "500")):
        rows = [*scheduled(a_case("lam", instalment_amount=amount, **ON_FIRST)).values()][1:]
        assert {row["interest"] for row in rows} == {10}
        assert rows[-1]["principal"] == Decimal(left)


# Each reason


@pytest.mark.parametrize(
    ("reason", "kind", "terms"),
    [
        (
            Reason.INSTALMENT_BESIDE,
            "nam",
            {"instalment_amount": "9", "capitalisation_end_date": "2026-03-01"},
        ),
        (Reason.INTEREST_BASE, "nam", {"instalment_amount": "9", "interest_base": "at_start"}),
        (Reason.INTEREST_BASE, "lam", {"interest_base": "lagged"}),
        (Reason.INTEREST_BASE, "lam", ON_FIRST | {"capitalisation_end_date": "2026-02-01"}),
        (Reason.INTEREST_BASE, "lam", ON_FIRST | {"first_principal_date": "2026-01-01"}),
        (Reason.INTEREST_BASE, "lam", ON_FIRST | {"instalment_amount": "190"}),
        (Reason.INTEREST_BASE, "lam", ON_FIRST | {"first_interest_date": "2026-03-01"}),
    ],
)
def test_what_cannot_be_said_has_its_reason(reason, kind, terms):
    with pytest.raises(UnsayableError, match=reason.value) as caught:
        contract(a_case(kind, **terms))
    assert caught.value.reasons == {reason}


def test_a_rate_that_is_stated_again_or_changes_after_the_end_is_no_change():
    case = a_case("pam")
    case["rate_steps"] = [{"date": "2026-03-01", "rate": "0.12"}, {"date": "2026-07-01", "rate": "0.2"}]
    assert scheduled(case) == scheduled(a_case("pam"))
    case["rate_steps"][0]["rate"] = "0.13"
    assert scheduled(case) != scheduled(a_case("pam"))


def test_a_rate_that_changes_within_a_period_is_split_and_the_annuity_solved_with_what_accrued():
    case = a_case("ann", day_count="act/360", maturity_date="2026-04-01")
    case["rate_steps"] = [{"date": "2026-02-11", "rate": "0.24"}]
    rows = [*scheduled(case).values()]
    parts = [Decimal(n) / 360 for n in (31, 10, 18, 31)]
    first, second, third = (
        parts[0] * Decimal("0.12"),
        parts[1] * Decimal("0.12") + parts[2] * Decimal("0.24"),
        parts[3] * Decimal("0.24"),
    )
    assert abs(rows[2]["interest"] - rows[1]["balance"] * second) < Decimal("1e-7")
    # Before the change both later periods were thought to be at 12 %, of 28 and 31 days.
    thought = [first, Decimal(28) / 360 * Decimal("0.12"), parts[3] * Decimal("0.12")]
    for opening, factors, row in (
        (Decimal(1000), thought, rows[1]),
        (rows[1]["balance"], (second, third), rows[2]),
    ):
        worth, discount = Decimal(0), Decimal(1)
        for factor in factors:
            discount /= 1 + factor
            worth += discount
        assert abs(row["principal"] + row["interest"] - opening / worth) < Decimal("1e-6")


def test_every_reason_is_named_in_the_documentation():
    page = (Path(__file__).parents[1] / "docs" / "concepts" / "conformance.md").read_text("utf-8")
    assert all(f"| {reason.value} |" in page for reason in Reason)
    assert f"| {len(CASES)} | {sum(REPRODUCED.values())} |" in page
