"""Published figures for the methods of repayment, through the public API."""

from decimal import ROUND_HALF_UP, Decimal

import pytest

import repayplan as rp

CENT = Decimal("0.01")
UNROUNDED = rp.Rounding(instalment="none", interest="none")


def loan(principal, annual_rate, n, next_due="2026-01-31", **other):
    return rp.Loan(
        principal=principal,
        annual_rate=annual_rate,
        original_term=n,
        elapsed=0,
        unpaid=n,
        next_due=next_due,
        **other,
    )


def cents(amount):
    return amount.quantize(CENT, ROUND_HALF_UP)


# 等额本息 (equal instalments) and 等额本金 (equal principal), 1,000,000 at 4.9 % over 360 months: the example
# of Chinese housing-loan calculators (4.9 % was the PBOC's benchmark rate above five years from
# 24 October 2015 on). They round each figure shown of an unrounded schedule.


def test_equal_instalments_as_calculators_show_them():
    made = rp.schedule(loan("1000000", "0.049", 360, rounding=UNROUNDED), rp.equal_instalment(360))
    first = made.rows[0]
    assert cents(first.payment) == Decimal("5307.27")
    assert cents(first.interest) == Decimal("4083.33")
    assert cents(first.principal) == Decimal("1223.93")
    assert cents(first.closing) == Decimal("998776.07")
    assert made.rows[-1].closing == 0


def test_equal_instalments_to_the_cent():
    """In whole cents the principal is the instalment less the interest: a cent more than shown above."""
    made = rp.schedule(loan("1000000", "0.049", 360), rp.equal_instalment(360))
    first, last = made.rows[0], made.rows[-1]
    assert (first.payment, first.interest) == (Decimal("5307.27"), Decimal("4083.33"))
    assert (first.principal, first.closing) == (Decimal("1223.94"), Decimal("998776.06"))
    assert {row.payment for row in made.rows[:-1]} == {Decimal("5307.27")}
    assert last.closing == 0
    assert abs(last.payment - first.payment) < 3  # 360 rows of at most half a cent, with interest on them


def test_equal_principal():
    first = rp.schedule(loan("1000000", "0.049", 360), rp.equal_principal(360)).rows[0]
    assert first.payment == Decimal("6861.11")
    assert (first.principal, first.interest) == (Decimal("2777.78"), Decimal("4083.33"))
    unrounded = rp.schedule(loan("1000000", "0.049", 360, rounding=UNROUNDED), rp.equal_principal(360))
    assert cents(sum(row.interest for row in unrounded.rows)) == Decimal("737041.67")


def test_flat():
    # 等本等息 (flat): 12,000 over 12 months at 0.6 % a month: 1000 + 72 each; its monthly rate of return,
    # 1.086185 %, is the one at which these payments are worth the 12,000.
    made = rp.schedule(loan("12000", "0.072", 12), rp.flat(12))
    assert {row.payment for row in made.rows} == {Decimal("1072.00")}
    worth = sum(row.payment / Decimal("1.01086185") ** row.period for row in made.rows)
    assert abs(worth - 12000) < CENT


@pytest.mark.parametrize(
    ("principal", "annual_rate", "n", "payment"),
    [
        # US Home Affordable Modification Program, tier 1 waterfall: the payment before, with the rate cut to
        # 4 %, at the floor of 2 % over 420 months, and over the longest term of 480.
        ("200000", "0.075", 360, "1398.43"),
        ("200000", "0.04", 360, "954.83"),
        ("200000", "0.02", 420, "662.53"),
        ("450000", "0.02", 480, "1362.72"),
        # The same waterfall searched in its steps of 0.125 % and of a month: 4.25 %; 2 % over 405 months.
        ("200000", "0.0425", 360, "983.88"),
        ("200000", "0.02", 405, "679.50"),
        # Microsoft, documentation of the worksheet function PMT: PMT(8%/12, 10, 10000) = -1037.03.
        ("10000", "0.08", 10, "1037.03"),
    ],
)
def test_level_instalments(principal, annual_rate, n, payment):
    made = rp.schedule(loan(principal, annual_rate, n), rp.equal_instalment(n))
    assert made.rows[0].payment == Decimal(payment)
    assert made.rows[-1].closing == 0


def test_level_instalments_at_the_beginning_of_each_period():
    # Microsoft, documentation of PMT: PMT(8%/12, 10, 10000, 0, 1) = -1030.16. The first is due on the day of
    # the loan, and bears no interest.
    made = rp.schedule(loan("10000", "0.08", 10, start="2026-01-31"), rp.equal_instalment(10))
    assert (made.rows[0].payment, made.rows[0].interest) == (Decimal("1030.16"), 0)
    assert made.rows[1].due_date.isoformat() == "2026-02-28"
    assert made.rows[-1].closing == 0


def test_payments_cover_the_interest_first_by_the_united_states_rule():
    # 5,000 at 5 %, days over 360, by the United States rule: of 500 paid on day 40, 27.78 is interest; 500 on
    # day 90. (What a payment is short of its interest that rule keeps apart; and what the Rule of 78 refunds,
    # 57.69 of 100 with 9 of 12 months to go, is for what happens in a loan's life: neither is of a schedule.)
    days = ("2026-02-10", "2026-04-01", "2026-05-01")
    owed = loan(
        "5000",
        "0.05",
        3,
        days[0],
        start="2026-01-01",
        day_count="ACT/360",
        due_dates=rp.DueDates(given=days),
    )
    rows = rp.schedule(owed, rp.custom(("500", "500")) + rp.interest_only(1)).rows
    assert [row.days for row in rows[:2]] == [40, 50]
    assert [str(row.interest) for row in rows[:2]] == ["27.78", "31.44"]
    assert [str(row.closing) for row in rows[:2]] == ["4527.78", "4059.22"]


def test_parts_of_a_payment():
    # Microsoft, documentation of IPMT, PPMT and CUMPRINC, the unrounded figures to 7 decimals:
    # IPMT(10%, 3, 3, 8000), PPMT(8%, 10, 10, 200000), CUMPRINC(9%/12, 360, 125000, 13, 24, 0).
    options = {"rounding": UNROUNDED, "frequency": "annual"}
    third = rp.schedule(loan("8000", "0.1", 3, **options), rp.equal_instalment(3)).rows[2]
    assert abs(third.interest - Decimal("292.447129909366")) < Decimal("1e-7")
    tenth = rp.schedule(loan("200000", "0.08", 10, **options), rp.equal_instalment(10)).rows[9]
    assert abs(tenth.principal - Decimal("27598.0534624214")) < Decimal("5e-7")
    house = rp.schedule(loan("125000", "0.09", 360, rounding=UNROUNDED), rp.equal_instalment(360)).rows
    assert abs(sum(row.principal for row in house[12:24]) - Decimal("934.1071234")) < Decimal("1e-6")


def test_a_holiday_at_simple_interest():
    # India: 2,000,000 at 10 % over 60 months, instalment 42,495 (the whole rupee above 42,494.09); 406,066 is
    # said to be left after 50 (exactly 406,096.47 or, paying 42,495, 406,038 are); three months' holiday at
    # simple interest on it add 10,152, in all 416,218.
    rupees = {"decimals": 0, "rounding": rp.Rounding(instalment="up")}
    assert rp.schedule(loan("2000000", "0.1", 60, **rupees), rp.equal_instalment(60)).rows[0].payment == 42495
    plan = rp.holiday(3, interest="capitalise_at_end") + rp.equal_instalment(10)
    for rounding in (rupees, {}):
        rows = rp.schedule(loan("406066", "0.1", 10, **rounding), plan).rows[:3]
        assert [row.payment for row in rows] == [0, 0, 0]
        assert [row.opening for row in rows] == [406066] * 3  # interest of the holiday bears none
        assert rows[2].capitalised.quantize(Decimal(1), ROUND_HALF_UP) == 10152
        assert rows[2].closing.quantize(Decimal(1), ROUND_HALF_UP) == 416218


@pytest.mark.parametrize(
    ("start", "next_due", "bond", "eurobond"),
    [
        # 2006 ISDA Definitions, section 4.16(f) (30/360, bond basis) and (g) (30E/360, eurobond basis).
        ("2006-01-31", "2006-02-28", 28, 28),
        ("2006-02-28", "2006-03-03", 5, 5),
        ("2008-02-28", "2008-08-31", 183, 182),
    ],
)
def test_days_of_the_first_period(start, next_due, bond, eurobond):
    for day_count, days in (("30/360", bond), ("30E/360", eurobond)):
        owed = loan("36000", "0.1", 3, next_due, start=start, day_count=day_count)
        first = rp.schedule(owed, rp.equal_principal(3)).rows[0]
        assert (first.days, first.interest) == (days, Decimal(10) * days)


def test_add_on_interest_is_worked_out_once():
    # 1,000 at 8 % added on for three months: 20.00 of interest, 6.67 a month, 6.66 in the last; instalments
    # (1,000 + 20) / 3 = 340. Each month's own would be 6.67 three times.
    thousand = loan("1000", "0.08", 3)
    rows = rp.schedule(thousand, rp.flat(3, interest="total")).rows
    assert [str(row.interest) for row in rows] == ["6.67", "6.67", "6.66"]
    assert [str(row.payment) for row in rows] == ["340.00"] * 3
    assert [str(row.interest) for row in rp.schedule(thousand, rp.flat(3)).rows] == ["6.67"] * 3
    # 0.05 of interest in nine rows: each rounded up would leave less than nothing for the last.
    small = rp.schedule(loan("90", "0.00074", 9), rp.flat(9, interest="total"))
    assert [str(row.interest) for row in small.rows] == ["0.00"] * 8 + ["0.05"]


@pytest.mark.parametrize("more", [rp.drawdown("5", on="2026-02-10"), rp.prepayment("5", on="2026-02-10")])
def test_nothing_moves_beside_add_on_interest(more):
    with pytest.raises(rp.InputError) as error:
        (more + rp.flat(3, interest="total")).check()
    assert (error.value.code, error.value.field) == (rp.Code.UNKNOWN_VALUE, "flat.interest")
