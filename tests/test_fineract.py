"""Schedules of Apache Fineract's tests: what can be said comes out to the cent; the others are listed."""

from collections import Counter
from copy import deepcopy
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise, product, zip_longest
from pathlib import Path
from random import Random

import pytest
from dateutil.relativedelta import relativedelta

import repayplan as rp
from fineract import Reason, UnsayableError, cases, contract, differences, scheduled

CASES = cases()
REPRODUCED = {"plain_interest": 13, "reschedule": 9, "reage_reamortise": 5}
EMI = "EMI-testEMICalculation_"
START = date(2026, 1, 1)


def a_case(*events, **terms):
    """A loan of 1200 over 6 months from 1 January 2026, without interest, unless the terms say otherwise."""
    plain = {
        "schedule_type": "cumulative",
        "annual_rate": "0",
        "interest_method": "declining",
        "interest_calculation_period": "same_as_repayment",
        "amortization": "equal_installment",
        "principal": "1200.00",
        "periods": 6,
        "repay_every": 1,
        "unit": "months",
        "days_in_year": "ACTUAL",
        "days_in_month": "ACTUAL",
        "installment_multiple_of": None,
        "currency_digits": 2,
        "rounding": "HALF_EVEN",
        "down_payment_percent": None,
        "grace_principal": 0,
        "grace_interest_payment": 0,
        "interest_recalculation": None,
        "submitted_on": START.isoformat(),
    }
    return {"terms": plain | terms, "events": [*events], "expect": {"rows": []}}


def drawn(day, amount):
    return {"type": "disburse", "date": day, "amount": amount}


def rescheduled(day, **data):
    return {"type": "reschedule", "data": {"rescheduleFromDate": day} | data}


def on(day, event):
    return {"type": "business_date", "date": day}, {"type": event} if isinstance(event, str) else event


def amounts(case, name="principal"):
    return [float(getattr(e, name)) for e in scheduled(case)]


def days(case):
    return [e.due_date.isoformat() for e in scheduled(case)]


@pytest.mark.parametrize("name", sorted(CASES))
def test_every_case_comes_out(name):
    assert differences(CASES[name]) == []


def test_so_many_cases_of_each_group_come_out():
    assert Counter(case["group"] for case in CASES.values()) == REPRODUCED
    assert sum(REPRODUCED.values()) == len(CASES) == 27


# The comparison sees what it should


@pytest.mark.parametrize("name", ["principal", "interest", "due", "balance", "fees"])
def test_a_cent_is_a_difference(name):
    case = deepcopy(CASES["LoanRepayment-029-01"])
    row = case["expect"]["rows"][8]
    row[name] = str(Decimal(row[name]) + Decimal("0.01"))
    (found,) = differences(case)
    assert found.startswith(f"row 9: {name} ")


@pytest.mark.parametrize("name", ["principal", "interest", "due"])
def test_a_cent_of_a_total_is_a_difference(name):
    case = deepcopy(CASES["Loan-124-01"])
    case["expect"]["total"][name] += "1"
    (found,) = differences(case)
    assert found.startswith(f"total: {name} ")


def test_another_day_and_another_number_of_days_are_differences():
    case = deepcopy(CASES["LoanReschedule-007-02"])
    case["expect"]["rows"][1] |= {"due_date": "2023-09-02", "days": 32}
    assert differences(case) == [
        "row 2: due_date 2023-09-01, expected 2023-09-02",
        "row 2: days 31, expected 32",
    ]


def test_a_row_too_few_is_a_difference():
    case = deepcopy(CASES["LoanReAging-001-03"])
    del case["expect"]["rows"][5]
    assert differences(case) == ["10 rows, expected 9"]


def test_rows_of_one_day_are_in_no_order():
    case = a_case(drawn("2026-01-01", "1200.00"), drawn("2026-02-01", "400.00"), down_payment_percent="25")
    rows = [
        {"due_date": e.due_date.isoformat()}
        | {name: str(getattr(e, name)) for name in ("principal", "interest", "due", "balance")}
        for e in scheduled(case)
    ]
    assert [row["due_date"] for row in rows[1:3]] == ["2026-02-01"] * 2
    case["expect"]["rows"] = [rows[0], rows[2], rows[1], *rows[3:]]
    assert differences(case) == []
    case["expect"]["rows"][1]["due"] = "100.01"
    assert differences(case) == ["row 2: due 100.00, expected 100.01"]


# Interest and the level instalment


def slow_rows(principal, fractions, multiple=1, within=()):
    """Payments and interest of a progressive schedule in cents, from the system's rules alone.

    A period has a fraction, or one for each of its pieces. ``within`` is drawn after the pieces of the first
    one, in order; the instalment is that of all of it, owed all the time.
    """
    fractions = [f if isinstance(f, list) else [f] for f in fractions]
    growth, worth, n = Fraction(1), Fraction(0), len(fractions)
    for f in map(sum, fractions):
        growth, worth = growth * (1 + f), worth * (1 + f) + 1

    def rows(instalment):
        left, made = principal, []
        for k, pieces in enumerate(fractions):
            interest = 0
            for f, more in zip_longest(pieces, () if k else within, fillvalue=0):
                interest += round(left * f)
                left += more
            pays = left + interest if k == n - 1 else instalment
            left -= pays - interest
            made.append((pays, interest))
        return made

    def rounded(amount):
        return round(amount / multiple) * multiple

    instalment = rounded((principal + sum(within)) * growth / worth)
    made = rows(instalment)
    d = made[-1][0] - instalment
    if abs(d) > n // 2:
        other = rounded(Fraction(instalment + round(Fraction(d, n))))
        again = rows(other)
        if abs(again[-1][0] - other) < abs(d):
            return again
    return made


def slow_fraction(start, end, every, unit, year, month):
    """The part of a year that a period counts."""
    lengths = {d.year: 365 + (d.year % 4 == 0) for d in (start, end)}
    if year == "ACTUAL" and start.year != end.year:
        cut = date(start.year, 12, 31)
        return Fraction((cut - start).days, lengths[start.year]) + Fraction(
            (end - cut).days, lengths[end.year]
        )
    one = {"days": 1, "weeks": 7, "months": 30}[unit]
    if unit == "months" and month == "ACTUAL":
        one = ((start.replace(day=1) + relativedelta(months=1)) - start.replace(day=1)).days
    return Fraction(one * every, lengths[start.year] if year == "ACTUAL" else int(year))


@pytest.mark.parametrize(
    ("unit", "every", "year", "month"),
    [
        *product(["months"], [1, 3], ["360", "364", "365", "ACTUAL"], ["30", "ACTUAL"]),
        *product(["weeks"], [1, 2], ["360", "364", "365", "ACTUAL"], ["ACTUAL"]),
        *product(["days"], [1, 15], ["360", "364", "365", "ACTUAL"], ["30"]),
    ],
)
def test_a_progressive_schedule_is_what_its_rules_make_it(unit, every, year, month):
    for n, amount, rate, multiple in [(6, "100.00", "9.4822", None), (12, "7500.00", "15.678", "1")]:
        start = date(2023, 11, 12)
        ends = [start + relativedelta(**{unit: every * k}) for k in range(n + 1)]
        parts = [slow_fraction(*pair, every, unit, year, month) for pair in pairwise(ends)]
        case = a_case(
            drawn(start.isoformat(), amount),
            schedule_type="progressive",
            interest_calculation_period="daily",
            annual_rate=rate,
            periods=n,
            repay_every=every,
            unit=unit,
            days_in_year=year,
            days_in_month=month,
            installment_multiple_of=multiple,
        )
        want = slow_rows(
            int(Decimal(amount) * 100),
            [Fraction(rate) / 100 * part for part in parts],
            100 if multiple else 1,
        )
        assert [(int(e.due * 100), int(e.interest * 100)) for e in scheduled(case)] == want
        assert days(case) == [day.isoformat() for day in ends[1:]]


def test_the_rate_of_a_progressive_schedule_changes_on_any_day():
    case = a_case(
        drawn("2024-01-01", "100.00"),
        rescheduled("2024-02-14", newInterestRate="4"),
        schedule_type="progressive",
        annual_rate="7",
        days_in_year="360",
        days_in_month="30",
    )
    assert amounts(case, "due") == [17.01] + [16.90] * 5
    assert amounts(case, "interest") == [0.58, 0.37, 0.22, 0.17, 0.11, 0.06]


@pytest.mark.parametrize("seed", range(40))
def test_rates_that_change_come_out_by_the_rules(seed):
    """Each change has the rows from its own on solved anew, by the rates known then, in pieces."""
    chance = Random(seed)  # noqa: S311 - no secret
    n, amount, start = chance.randrange(3, 20), chance.randrange(5000, 900000), date(2023, 11, 12)
    ends = [start + relativedelta(months=k) for k in range(n + 1)]
    year = chance.choice(["360", "365", "ACTUAL"])
    parts = [slow_fraction(*pair, 1, "months", year, "ACTUAL") for pair in pairwise(ends)]
    last = (ends[-1] - start).days
    changes = sorted(
        {start + relativedelta(days=chance.randrange(1, last)) for _ in range(chance.randrange(1, 4))}
    )
    others = map(Fraction, chance.sample(range(30), len(changes)))  # one stated again would be no change
    rates = {start: Fraction("7.5")} | dict(zip(changes, others, strict=True))

    def pieces(k, known):
        cuts = [
            ends[k],
            *(day for day in changes if ends[k] < day < ends[k + 1] and day <= known),
            ends[k + 1],
        ]
        held = [rates[max(d for d in rates if d <= min(a, known))] for a, _ in pairwise(cuts)]
        days = (ends[k + 1] - ends[k]).days
        return [
            parts[k] * r / 100 * (b - a).days / days for r, (a, b) in zip(held, pairwise(cuts), strict=True)
        ]

    want, left = slow_rows(amount, [pieces(k, start) for k in range(n)]), amount
    for day in changes:
        at = max(k for k in range(n) if ends[k] <= day)
        left = amount - sum(paid - interest for paid, interest in want[:at])
        want[at:] = slow_rows(left, [pieces(k, day) for k in range(at, n)])
    case = a_case(
        drawn(start.isoformat(), str(Decimal(amount) / 100)),
        *(rescheduled(day.isoformat(), newInterestRate=str(rates[day])) for day in changes),
        schedule_type="progressive",
        annual_rate="7.5",
        periods=n,
        days_in_year=year,
    )
    assert [(int(e.due * 100), int(e.interest * 100)) for e in scheduled(case)] == want


def test_the_instalment_moves_where_that_brings_the_last_one_nearer():
    terms = {"annual_rate": "15.678", "days_in_year": "360", "days_in_month": "30", "principal": "500.00"}
    # 87.19 is nearest to the solved one, and would leave 87.15.
    assert amounts(a_case(schedule_type="progressive", **terms), "due") == [87.18] * 5 + [87.2]
    assert amounts(a_case(**terms), "due")[0] == 87.19


def test_the_instalment_that_the_system_tries_divides_by_the_number_of_instalments():
    """Spreading divides by what a cent in each takes off the last, and finds another one here."""
    start = date(2023, 1, 1)
    ends = [start + relativedelta(months=k) for k in range(19)]
    parts = [Fraction((b - a).days, 365) for a, b in pairwise(ends)]
    want = slow_rows(80100, [Fraction(24, 100) * part for part in parts])
    case = a_case(
        drawn("2023-01-01", "801.00"),
        schedule_type="progressive",
        annual_rate="24",
        periods=18,
        days_in_year="365",
    )
    assert (want[0][0], want[-1][0]) == (5340, 5349)
    assert [amounts(case, "due")[k] for k in (0, -1)] == [53.40, 53.49]


def test_a_cumulative_instalment_is_solved_over_months_of_30_of_365_days_where_days_count():
    # Rows of RP05 in LoanRepayment.feature, line 688: paid on the day, so that the schedule is the plain one.
    terms = {"annual_rate": "12", "interest_calculation_period": "daily", "installment_multiple_of": "1"}
    case = a_case(drawn("2022-11-01", "5000.00"), **terms)
    assert amounts(case, "due") == [862, 862, 862, 862, 862, 865.5]
    assert amounts(case, "interest") == [49.32, 42.68, 34.33, 23.38, 17.34, 8.45]


@pytest.mark.parametrize(
    ("unit", "every", "interest"), [("months", 3, 36.0), ("weeks", 2, 5.54), ("days", 14, 5.52)]
)
def test_periods_are_their_part_of_a_year_where_interest_follows_them(unit, every, interest):
    assert amounts(a_case(annual_rate="12", unit=unit, repay_every=every), "interest")[0] == interest


def test_a_multiple_is_rounded_half_to_even_and_the_last_instalment_takes_the_rest():
    assert amounts(a_case(principal="1203.00", installment_multiple_of="1")) == [200, 200, 200, 200, 200, 203]
    assert amounts(a_case(principal="1209.00", installment_multiple_of="1")) == [202, 202, 202, 202, 202, 199]
    assert amounts(a_case(installment_multiple_of="50", principal="1250.00"))[-2:] == [200, 250]


def test_equal_principal_is_not_rounded_to_the_multiple():
    case = a_case(principal="1000.00", amortization="equal_principal", installment_multiple_of="1")
    assert amounts(case) == [166.67] * 5 + [166.65]


def test_interest_waits_in_its_grace_and_is_paid_with_the_first_period_after_it():
    case = a_case(annual_rate="12", grace_principal=3, grace_interest_payment=2)
    rows = scheduled(case)
    assert [(e.interest, e.principal) for e in rows[:3]] == [(0, 0), (0, 0), (36, 0)]
    assert rows[3].due == rows[4].due
    assert rows[3].interest == 12
    to_the_end = scheduled(a_case(annual_rate="12", grace_principal=3, grace_interest_payment=3))
    assert [e.interest for e in to_the_end[:4]] == [0, 0, 0, 48]


def test_flat_interest_is_that_of_what_was_lent():
    rows = scheduled(a_case(annual_rate="12", interest_method="flat"))
    assert {(e.principal, e.interest) for e in rows} == {(Decimal(200), Decimal(12))}


def test_a_loan_that_is_not_drawn_down_is_what_was_approved_or_asked_for():
    assert days(a_case())[0] == "2026-02-01"
    event = {
        "type": "approve",
        "date": "2026-01-01",
        "amount": "600.00",
        "expected_disbursement": "2026-03-31",
    }
    assert days(a_case(event))[:3] == ["2026-04-30", "2026-05-31", "2026-06-30"]
    assert sum(amounts(a_case(event))) == 600


# Drawdowns


def test_a_drawdown_on_a_due_date_makes_the_later_instalments_be_solved_anew():
    case = a_case(drawn("2026-01-01", "1200.00"), drawn("2026-03-01", "400.00"), annual_rate="12")
    rows = scheduled(case)
    assert rows[1].balance == rows[0].balance - rows[1].principal + 400
    assert rows[2].interest == round(rows[1].balance / 100, 2)
    assert rows[0].due == rows[1].due < rows[2].due == rows[4].due
    assert rows[-1].balance == 0


def within(*draws, **terms):
    """A progressive case at 9.4822 % in months of 30 of 360 days from 1 January 2024."""
    plain = {"annual_rate": "9.4822", "days_in_year": "360", "days_in_month": "30"}
    events = [drawn(day, amount) for day, amount in draws]
    return a_case(*events, schedule_type="progressive", **plain | terms)


def test_what_is_drawn_within_a_period_counts_as_owed_all_of_it_where_the_instalment_is_solved():
    case = within(("2024-01-01", "1000.00"), ("2024-03-20", "500.00"))
    assert amounts(case, "due") == [171.31, 171.31, 298.16, 298.16, 298.16, 298.2]
    # Interest is that of the days: of 671.89 for 19 of 31, 3.25, and of 1171.89 for 12, 3.58.
    assert amounts(case, "interest")[:3] == [7.9, 6.61, 6.83]


@pytest.mark.parametrize("seed", range(60))
def test_drawdowns_on_any_day_come_out_by_the_rules(seed):
    """Each has the rows from its own on solved anew, of what is owed by then and drawn within that row."""
    chance = Random(seed)  # noqa: S311 - no secret
    n, start, year = chance.randrange(3, 13), date(2023, 11, 12), chance.choice(["360", "365", "ACTUAL"])
    rate, multiple = chance.choice(["7", "9.4822", "15.678", "26"]), chance.choice([None, None, "1"])
    month = chance.choice(["30", "ACTUAL"])
    ends = [start + relativedelta(months=k) for k in range(n + 1)]
    parts = [slow_fraction(*pair, 1, "months", year, month) * Fraction(rate) / 100 for pair in pairwise(ends)]
    inside = range(1, (ends[-2] - start).days)
    later = [start + relativedelta(days=d) for d in sorted(chance.sample(inside, chance.randrange(1, 4)))]
    draws = [(day, chance.randrange(5000, 90000)) for day in (start, *later)]

    want = []
    for k in range(n):
        left = sum(amount for day, amount in draws if day <= ends[k]) - sum(p - i for p, i in want[:k])
        here = [(day, amount) for day, amount in draws if ends[k] < day < ends[k + 1]]
        if here or any(day == ends[k] for day, _ in draws):
            cuts = [ends[k], *(day for day, _ in here), ends[k + 1]]
            days = (ends[k + 1] - ends[k]).days
            pieces = [parts[k] * (b - a).days / days for a, b in pairwise(cuts)]
            more = [amount for _, amount in here]
            want[k:] = slow_rows(left, [pieces, *parts[k + 1 :]], 100 if multiple else 1, more)
    case = within(
        *((day.isoformat(), str(Decimal(amount) / 100)) for day, amount in draws),
        annual_rate=rate,
        periods=n,
        days_in_year=year,
        days_in_month=month,
        installment_multiple_of=multiple,
    )
    assert [(int(e.due * 100), int(e.interest * 100)) for e in scheduled(case)] == want
    assert scheduled(case)[-1].balance == 0


def test_a_drawdown_within_a_period_has_its_down_payment():
    case = within(("2024-01-01", "1000.00"), ("2024-03-20", "800.00"), down_payment_percent="25")
    rows = scheduled(case)
    assert [(e.due_date.isoformat(), e.due, e.days) for e in rows if not e.days] == [
        ("2024-01-01", 250, 0),
        ("2024-03-20", 200, 0),
    ]
    assert rows[3].balance == rows[2].balance + 600
    assert rows[-1].balance == 0
    # The instalments are those of what is lent without it.
    lent = within(("2024-01-01", "750.00"), ("2024-03-20", "600.00"))
    assert [e.due for e in rows if e.days] == [e.due for e in scheduled(lent)]


def test_each_drawdown_has_its_down_payment():
    events = drawn("2026-01-01", "1200.00"), drawn("2026-01-01", "400.00"), drawn("2026-02-11", "200.00")
    case = a_case(*events, down_payment_percent="25", annual_rate="0.00", periods=4)
    assert amounts(case) == [300, 100, 300, 50, 350, 350, 350]
    assert amounts(case, "balance") == [900, 1200, 900, 1050, 700, 350, 0]
    assert days(case)[2:5] == ["2026-02-01", "2026-02-11", "2026-03-01"]


def test_down_payments_on_a_due_date_come_after_its_row():
    events = drawn("2026-01-01", "1200.00"), drawn("2026-02-01", "400.00"), drawn("2026-02-01", "200.00")
    case = a_case(*events, down_payment_percent="25", periods=4)
    assert amounts(case)[:4] == [300, 225, 100, 50]
    assert amounts(case, "balance")[:4] == [900, 1075, 975, 1125]


def test_what_is_drawn_on_a_due_date_is_in_the_balance_after_that_row():
    events = drawn("2026-01-01", "1200.00"), drawn("2026-02-01", "400.00")
    assert amounts(a_case(*events, periods=4), "balance") == [1300, 866.67, 433.34, 0]


# Rescheduling


def test_a_moved_due_date_moves_the_later_ones_and_a_second_move_counts_from_there():
    once = rescheduled("2026-03-01", adjustedDueDate="2026-03-31")
    assert days(a_case(once))[:4] == ["2026-02-01", "2026-03-31", "2026-04-30", "2026-05-31"]
    again = rescheduled("2026-04-30", adjustedDueDate="2026-05-05")
    assert days(a_case(once, again))[:4] == ["2026-02-01", "2026-03-31", "2026-05-05", "2026-06-05"]
    assert amounts(a_case(once, again)) == [200] * 6


def test_extra_terms_spread_what_is_owed_from_a_row_on():
    case = a_case(rescheduled("2026-03-01", extraTerms="3"), rescheduled("2026-06-01", extraTerms="2"))
    assert amounts(case)[:4] == [200, 125, 125, 125]
    assert amounts(case)[4:] == [89.29] * 6 + [89.26]
    assert days(case)[-1] == "2026-12-01"


def test_a_grace_of_principal_moves_it_by_so_many_rows():
    case = a_case(rescheduled("2026-04-01", graceOnPrincipal="2", graceOnInterest="1"), annual_rate="12")
    rows = scheduled(case)
    assert len(rows) == 8
    assert [e.principal > 0 for e in rows] == [True, True, False, False, True, True, True, True]
    assert [e.interest for e in rows[2:4]] == [0, 2 * round(rows[1].balance / 100, 2)]


def test_a_changed_rate_of_a_declining_balance_holds_from_the_row_on():
    case = a_case(rescheduled("2026-03-01", newInterestRate="6"), annual_rate="12")
    rows = scheduled(case)
    assert [e.interest for e in rows[:2]] == [12, round(rows[0].balance / 200, 2)]
    assert rows[0].due > rows[1].due == rows[2].due


def test_deferred_interest_stays_owed_where_a_loan_begins_anew():
    case = a_case(
        drawn("2026-01-01", "1200.00"),
        drawn("2026-02-01", "400.00"),
        annual_rate="12",
        grace_principal=2,
        grace_interest_payment=2,
    )
    assert amounts(case, "interest")[:3] == [0, 0, 12 + 16 + 16]


# Re-ageing and re-amortising

REAGED = {
    "type": "reage",
    "data": {
        "frequencyNumber": "2",
        "frequencyType": "WEEKS",
        "startDate": "2026-08-01",
        "numberOfInstallments": "6",
    },
}


def test_what_is_re_aged_spreads_over_new_rows_and_the_last_takes_the_rest():
    case = a_case(*on("2026-07-10", REAGED), principal="325.00", installment_multiple_of="1")
    assert amounts(case) == [0] * 6 + [54] * 5 + [55]
    assert amounts(case, "balance") == [325] * 6 + [271, 217, 163, 109, 55, 0]
    assert days(case)[5:8] == ["2026-07-01", "2026-08-01", "2026-08-15"]
    assert [e.days for e in scheduled(case)][6:8] == [31, 14]


def test_a_down_payment_is_re_aged_unless_it_was_paid_by_itself():
    events = on("2026-07-10", REAGED)
    assert amounts(a_case(*events, down_payment_percent="25"))[:2] == [0, 0]
    paid = a_case(*events, down_payment_percent="25", auto_down_payment=True)
    assert amounts(paid) == [300] + [0] * 6 + [150] * 6


def test_what_is_re_amortised_is_spread_over_the_rows_to_come_beside_what_they_hold():
    case = a_case(*on("2026-03-02", "reamortise"), principal="750.00", installment_multiple_of="1")
    # 125 each at first; 250 over 4 rows is 62.5, rounded to even.
    assert amounts(case) == [0, 0, 187, 187, 187, 189]
    assert amounts(case, "balance") == [750, 750, 563, 376, 189, 0]


def test_a_row_due_on_the_day_is_not_overdue():
    assert amounts(a_case(*on("2026-02-01", "reamortise"))) == [200] * 6
    assert amounts(a_case(*on("2026-02-02", "reamortise"))) == [0] + [240] * 5


def test_what_was_paid_stays_in_its_rows():
    paid = {"type": "repayment", "date": "2026-02-20", "amount": "250.00"}
    # 1200 over 6 rows: 200 of the first, 50 of the second.
    assert amounts(a_case(paid, *on("2026-07-10", REAGED)))[:6] == [200, 50, 0, 0, 0, 0]
    spread = [200, 50, *[237.5] * 4]
    assert amounts(a_case(paid, *on("2026-03-02", "reamortise"))) == spread
    # What is paid later changes no row; what is found later counts from its own day.
    assert amounts(a_case(*on("2026-03-02", "reamortise"), paid)) == spread
    later = {"type": "repayment", "date": "2026-03-03", "amount": "9.00"}
    assert amounts(a_case(*on("2026-03-02", "reamortise"), paid, later)) == spread


def test_what_is_undone_has_not_been():
    events = [*on("2026-03-02", "reamortise"), {"type": "undo_reamortise"}]
    assert scheduled(a_case(*events)) == scheduled(a_case())


# Each reason

PAID = {"type": "repayment", "date": "2026-01-20", "amount": "100.00"}


@pytest.mark.parametrize(
    ("reason", "events", "terms"),
    [
        (Reason.DRAWN_WITHIN_A_PERIOD, [drawn("2026-01-01", "100"), drawn("2026-01-02", "100")], {}),
        (
            Reason.FLAT_ROUNDING,
            [],
            {"interest_method": "flat", "principal": "1250.00", "annual_rate": "15", "grace_principal": 1},
        ),
        (Reason.FLAT_BASE, [rescheduled("2026-03-01", extraTerms="2")], {"interest_method": "flat"}),
        (Reason.INTEREST_WAITS, [], {"grace_principal": 1, "grace_interest_payment": 2}),
        (Reason.INTEREST_RECALCULATED, [PAID], {"schedule_type": "progressive"}),
        (Reason.INTEREST_RECALCULATED, [PAID], {"interest_recalculation": {"rest": "DAILY"}}),
        (
            Reason.PAYMENTS_ALLOCATED,
            [PAID, *on("2026-07-10", REAGED)],
            {"annual_rate": "0", "future_installment_rule": {"DEFAULT": "LAST_INSTALLMENT"}},
        ),
        (
            Reason.UNSTATED,
            [*on("2026-03-02", "reamortise"), PAID | {"amount": "1300.00"}],
            {"annual_rate": "0"},
        ),
        (
            Reason.UNSTATED,
            [{"type": "payoff", "date": "2026-08-01"}, *on("2026-07-10", REAGED)],
            {"annual_rate": "0"},
        ),
        (Reason.PAYMENTS_ALLOCATED, [PAID], {"future_installment_rule": {"DEFAULT": "REAMORTIZATION"}}),
        (
            Reason.INTEREST_RECALCULATED,
            [{"type": "business_date", "date": "2026-02-02"}],
            {"interest_recalculation": {"rest": "DAILY"}},
        ),
        (Reason.DOWN_PAYMENT_ROUNDED, [], {"down_payment_percent": "25", "principal": "1200.01"}),
        (Reason.FEES, [{"type": "charge", "date": "2026-01-20", "amount": "10.00"}], {}),
        (Reason.REAGED_WITH_INTEREST, on("2026-07-10", REAGED), {}),
        (Reason.REAGED_WITH_INTEREST, on("2026-03-02", "reamortise"), {}),
        (Reason.UNSTATED, [{"type": "write_off", "date": "2026-01-20"}], {}),
        (Reason.UNSTATED, [rescheduled("2026-03-02", extraTerms="2")], {}),
        (
            Reason.UNSTATED,
            [rescheduled("2026-07-01", newInterestRate="6")],
            {"schedule_type": "progressive"},
        ),
        (Reason.UNSTATED, [rescheduled("2026-03-01", adjustedDueDate="2026-02-01")], {}),
        (Reason.UNSTATED, [drawn("2026-01-01", "100"), drawn("2026-08-01", "100")], {"annual_rate": "0"}),
        (
            Reason.UNSTATED,
            on("2026-06-30", REAGED | {"data": REAGED["data"] | {"startDate": "2026-07-01"}}),
            {"annual_rate": "0"},
        ),
        (Reason.UNSTATED, on("2026-07-02", "reamortise"), {"annual_rate": "0"}),
        (Reason.UNSTATED, [*on("2026-03-02", "reamortise"), drawn("2026-03-03", "9")], {"annual_rate": "0"}),
        (
            Reason.UNSTATED,
            [rescheduled("2026-03-01", adjustedDueDate="2026-03-05")],
            {"allow_partial_period_interest": True},
        ),
        (Reason.UNSTATED, [], {"interest_method": "flat", "interest_calculation_period": "daily"}),
        (Reason.UNSTATED, [], {"rounding": "HALF_DOWN"}),
        (Reason.UNSTATED, [], {"fixed_length_days": 90}),
    ],
)
def test_what_cannot_be_said_has_its_reason(reason, events, terms):
    with pytest.raises(UnsayableError, match=reason.value) as caught:
        scheduled(a_case(*events, **{"annual_rate": "12"} | terms))
    assert caught.value.reasons == {reason}


def test_payments_that_change_no_row_are_no_reason():
    other = {"future_installment_rule": {"DEFAULT": "NEXT_INSTALLMENT", "PAYOUT_REFUND": "REAMORTIZATION"}}
    plain = scheduled(a_case(annual_rate="12"))
    assert scheduled(a_case(PAID, annual_rate="12", **other)) == plain
    with pytest.raises(UnsayableError):
        contract(a_case(PAID | {"type": "transaction", "kind": "payout_refund"}, **other))


# What the library says in its own way


def test_flat_interest_may_be_worked_out_once_for_all_rows():
    # LoanRepayment-103-01: 1,250 at 15 % for four months bears 62.50, each time 15.625, which is 15.62; whole
    # payments.
    loan = rp.Loan(
        principal="1250",
        annual_rate="0.15",
        original_term=4,
        elapsed=0,
        unpaid=4,
        next_due="2023-10-01",
        rounding=rp.Rounding(instalment="half_even", interest="half_even", instalment_multiple="1"),
    )
    rows = rp.schedule(loan, rp.flat(4, interest="total")).rows
    assert [str(row.interest) for row in rows] == ["15.62", "15.62", "15.62", "15.64"]
    assert [str(row.payment) for row in rows] == ["328.00", "328.00", "328.00", "328.50"]


def test_interest_accrued_is_paid_beside_the_level_instalment_not_within_it():
    """Where this no longer holds, drawdowns within a period can be said: shorten the list."""
    loan = rp.Loan(
        principal="183.66",
        annual_rate="0.094822",
        original_term=5,
        elapsed=0,
        unpaid=5,
        next_due="2024-03-01",
        accrued_interest="0.32",
    )
    rows = rp.schedule(loan, rp.equal_instalment(5)).rows
    assert rows[0].payment - rows[1].payment == Decimal("0.32")


def test_every_reason_is_named_in_the_documentation():
    page = (Path(__file__).parents[1] / "docs" / "concepts" / "conformance.md").read_text("utf-8")
    assert all(f"| {reason.value} |" in page for reason in Reason)
    assert f"| {len(CASES)} | {sum(REPRODUCED.values())} |" in page
