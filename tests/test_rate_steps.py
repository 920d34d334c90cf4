"""Rates that change within a period: its parts add up, and what is kept knows only the rate at its start."""

import math
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

import repayplan as rp
from repayplan.basics.daycount import DAY_COUNT_INDEX

BASE = {
    "principal": "12000",
    "annual_rate": "0.12",
    "original_term": 24,
    "elapsed": 0,
    "unpaid": 24,
    "next_due": "2026-01-31",
}
STARTS = ("2025-12-31", "2026-01-30", "2027-02-28", "2028-02-29", "2027-03-15")
DRAWN = 'drawdown("500", on="2026-01-10") + drawdown("700", on="2026-01-25") + '


def loan(**changes):
    return rp.Loan(**(BASE | changes))


def step(before, day, after):
    return rp.SteppedRate((("2000-01-01", before), (str(day), after)))


def days_of(start, months):
    """The days of a period that begins then, and the day it ends on."""
    end, after = (np.datetime64(start[:7], "M") + np.timedelta64(n, "M") for n in (months, months + 1))
    last = min(int(start[8:]), int((np.datetime64(after, "D") - np.datetime64(end, "D")).astype(int)))
    first, until = date.fromisoformat(start), date.fromisoformat(f"{end}-{last:02}")
    return [first + timedelta(days=k) for k in range(1, (until - first).days)], until


def first_row(day_count, start, end, frequency, plan="interest_only(2)", **changes):
    own = {"day_count": day_count, "start": start, "next_due": str(end), "frequency": frequency}
    own |= {"principal": "1000000"}
    return rp.schedule(loan(**own | changes), rp.parse_plan(plan)).rows[0]


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize(("frequency", "months"), [("monthly", 1), ("quarterly", 3)])
@pytest.mark.parametrize("day_count", DAY_COUNT_INDEX)
def test_the_parts_of_a_period_add_up_to_it(day_count, start, frequency, months):
    days, end = days_of(start, months)
    whole, twice = (
        first_row(day_count, start, end, frequency, annual_rate=r).interest for r in ("0.12", "0.24")
    )
    before = twice
    for day in days[:: max(1, len(days) // 3)]:
        nearly = step("0.12", day, "0.1200000001")
        made = first_row(day_count, start, end, frequency, annual_rate=nearly).interest
        assert whole <= made <= whole + 1
        # The later a rate rises, the less it costs; what is drawn that day bears just the rest of it.
        rises = first_row(day_count, start, end, frequency, annual_rate=step("0.12", day, "0.24")).interest
        assert whole <= rises <= before
        before = rises
        drawn = first_row(
            day_count, start, end, frequency, f'drawdown("1000000", on="{day}") + interest_only(2)'
        )
        assert drawn.interest == rises


@pytest.mark.parametrize("day_count", ["30/360", "30U/360", "30E/360"])
def test_a_borrower_can_re_add_a_period_that_a_step_splits(day_count):
    made = rp.schedule(
        loan(principal="100000", day_count=day_count, annual_rate=step("0.12", "2026-01-01", "0.06")),
        rp.interest_only(3),
    ).rows[0]
    # 30 days: one at 12 %, 29 at 6 %: 100,000 x (0.12 x 1 + 0.06 x 29) / 360.
    assert (str(made.days), str(made.interest)) == ("30", "516.67")


@pytest.mark.parametrize("day_count", ["periods", "30/360", "ACT/365F", "ACT/365L", "ACT/ACT ICMA"])
@pytest.mark.parametrize("before", ["", "interest_only(2) + ", DRAWN])
@pytest.mark.parametrize(
    "stage",
    [
        'equal_instalment(6, rate_change="keep")',
        'equal_instalment(6, balloon="900", rate_change="keep") + equal_principal(4)',
        'graduated(6, growth="0.01", every=2, rate_change="keep")',
        'seasonal(6, months=(1, 2, 3, 4, 5, 6, 7, 8), rate_change="keep")',
        'equal_instalment(6, rate_change="keep") + equal_instalment(4, rate_change="keep")',
    ],
)
def test_an_instalment_that_is_kept_is_that_of_the_rate_when_its_stage_begins(stage, before, day_count):
    plan = rp.parse_plan(before + stage)
    begins = date(2026, 2, 28) if "only" in before else date(2025, 12, 31)
    row = 2 if "only" in before else 0
    stayed = rp.schedule(loan(annual_rate="0.24", day_count=day_count), plan).rows[row].payment
    paths = [step("0.24", begins + timedelta(days=k), "0.06") for k in (1, 11, 20, 27, 31)]
    for path in paths:
        made = rp.schedule(loan(annual_rate=path, day_count=day_count), plan).rows[row]
        assert made.payment == stayed
    columns = {name: value for name, value in BASE.items() if name not in ("annual_rate", "next_due")}
    many = rp.Loans.from_columns(
        **columns,
        annual_rate=0,
        next_due=[BASE["next_due"]] * len(paths),
        day_count=day_count,
        rate_paths=tuple(paths),
        rate_index=list(range(len(paths))),
    )
    made = rp.schedule(many, plan)
    columns, offsets = made.value.by_loan()
    assert (columns["payment"][offsets[:-1] + row] == int(100 * stayed)).all()


def test_what_is_kept_bears_the_rates_as_they_are():
    # Known when it begins: 24 % a year of four years; the year bears 6 % from 5 February.
    path = rp.SteppedRate((("2025-01-31", "0.24"), ("2025-02-05", "0.06")))
    made = rp.schedule(
        loan(annual_rate=path, frequency="annual"), rp.equal_instalment(4, rate_change="keep")
    ).rows
    assert [str(row.payment) for row in made[:2]] == ["4991.11", "4991.11"]
    # 12,000 x (0.24 x 5 + 0.06 x 355) / 360.
    assert str(made[0].interest) == "750.00"


def test_a_promise_that_ends_within_the_first_period_is_kept_at_its_rate():
    paid = {
        str(
            rp.schedule(
                loan(annual_rate=rp.PromotionalRate("0.01", until, rp.FixedRate("0.12"))),
                rp.equal_instalment(6, rate_change="keep"),
            )
            .rows[0]
            .payment
        )
        for until in ("2026-01-15", "2026-02-01", "2026-12-01")
    }
    assert paid == {"2005.84"}


def test_what_an_instalment_that_is_kept_lacks_is_capitalised_where_that_is_asked_for():
    # A rate of 1 % that becomes 24 % in the second year: 120 instalments of 105.12 don't cover 2 % a month.
    path = step("0.01", "2027-01-01", "0.24")
    with pytest.raises(rp.InputError) as caught:
        rp.schedule(loan(annual_rate=path), rp.equal_instalment(120, rate_change="keep"))
    assert caught.value.code is rp.Code.NEGATIVE_AMORTISATION
    plan = rp.equal_instalment(120, shortfall="capitalise", rate_change="keep")
    assert rp.parse_plan(repr(plan)) == plan
    rows = rp.schedule(loan(annual_rate=path), plan).rows
    assert {str(row.payment) for row in rows[:-1]} == {"105.12"}
    assert all(row.capitalised == max(row.interest - row.payment, 0) for row in rows[:-1])
    assert rows[12].capitalised > 0
    for more in ({}, {"rate_change": "resolve"}, {"rate_change": "foresee"}):
        with pytest.raises(rp.InputError, match="keep"):
            rp.equal_instalment(120, shortfall="capitalise", **more)


def test_a_first_payment_below_what_the_period_really_bears_is_refused():
    path = step("0.01", "2026-01-02", "0.9")
    with pytest.raises(rp.InputError) as caught:
        rp.schedule(loan(annual_rate=path), rp.equal_instalment(60, rate_change="keep"))
    assert caught.value.code is rp.Code.NEGATIVE_AMORTISATION


def test_an_index_that_is_left_out_is_no_path():
    with pytest.raises(rp.InputError) as caught:
        rp.LinkedRate(None, "0.01", reset=12)
    assert (caught.value.code, caught.value.field) == (rp.Code.UNKNOWN_VALUE, "linked.index")


def test_a_day_count_of_fewer_than_no_days_is_refused():
    backwards = rp.DayCount("mine", lambda start, end: (start - end).astype(np.int64), 365, "", "")
    for path in ("0.12", step("0.12", "2026-02-10", "0.06")):
        with pytest.raises(rp.InputError) as caught:
            rp.schedule(loan(day_count=backwards, annual_rate=path), rp.equal_instalment(3))
        assert (caught.value.code, caught.value.field) == (rp.Code.OUT_OF_RANGE, "day_count")


@pytest.mark.parametrize("text", ["20260131", "2026-W05-6", "2026-1-31", " 2026-01-31"])
def test_listed_due_dates_are_written_as_all_dates_are(text):
    with pytest.raises(rp.InputError) as caught:
        rp.DueDates(given=(text, "2026-02-28"))
    assert caught.value.code is rp.Code.NOT_A_DATE
    assert rp.DueDates(given=("2026-01-31",)).given == (date(2026, 1, 31),)


def test_each_flow_has_its_date():
    with pytest.raises(rp.InputError) as caught:
        rp.apr_eu([100, -110], ["2026-01-01"])
    assert (caught.value.code, caught.value.field) == (rp.Code.OUT_OF_RANGE, "times")


def test_a_highest_rate_above_those_that_are_looked_for_is_told_as_that():
    unknown = rp.UNKNOWN
    for plan, most, field in (
        (rp.equal_instalment(3), "8000", "annual_rate"),
        (rp.equal_instalment(3, instalment="8000"), None, "annual_rate"),
        (rp.equal_instalment(3, rate=unknown), "8000", "equal_instalment.rate"),
    ):
        for fine in ("0.0000000001", "0.3", "1"):
            with pytest.raises(rp.InputError) as caught:
                rp.solve_rate(loan(), plan, instalment=most, step=fine)
            assert (caught.value.code, caught.value.field) == (rp.Code.OUT_OF_RANGE, field)
            assert caught.value.limit == "0 to 1"
    # At 100 % a year 12,000 ask for 4,684.62: the highest of whole rates is 1, as 2 asks for more.
    asked = rp.schedule(loan(annual_rate="1"), rp.equal_instalment(3)).rows[0].payment
    assert rp.solve_rate(loan(), rp.equal_instalment(3), instalment=asked, step="1") == 1
    with pytest.raises(rp.InputError):
        rp.solve_rate(loan(), rp.equal_instalment(3), instalment=asked + 1, step="0.0001")


def test_an_earlier_instalment_before_one_that_is_solved_has_no_least():
    first = rp.equal_instalment(12, instalment=rp.UNKNOWN)
    for last in (rp.equal_instalment(3), rp.equal_principal(3), rp.flat(3), rp.graduated(3, step="1")):
        with pytest.raises(rp.InputError, match="none is the least") as caught:
            rp.solve_instalment(loan(), first + last)
        assert caught.value.code is rp.Code.UNKNOWN_VALUE


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("rate", "frequency"), [("-1", "annual"), ("-0.5", "2-yearly"), ("-1", "monthly"), ("-0.999", "annual")]
)
@pytest.mark.parametrize("balloon", [None, "100"])
def test_a_rate_that_takes_all_of_a_balance_is_solved_in_silence(rate, frequency, balloon):
    loan = rp.Loan(
        principal="12000",
        annual_rate=rp.SteppedRate((("2020-01-01", rate),), negative=True),
        original_term=3,
        elapsed=0,
        unpaid=3,
        next_due="2026-01-31",
        frequency=frequency,
    )
    made = rp.schedule(loan, rp.equal_instalment(3, balloon=balloon))
    months = {"annual": 12, "2-yearly": 24, "monthly": 1}[frequency]
    factor = 1 + Fraction(rate) * months / 12
    left = Fraction(balloon or 0)
    exact = (12000 * factor**3 - left) / (1 + factor + factor**2)
    assert made.rows[0].payment == Decimal(math.floor(exact * 100 + Fraction(1, 2))) / 100
    assert made.rows[-1].closing == 0
    if balloon is None:
        assert rp.solve_instalment(loan, rp.equal_instalment(3)) >= Decimal("0.01")


PAIR = ("2020-01-01", "0.05")


@pytest.mark.parametrize(
    "steps", [{PAIR[0]: PAIR[1]}, PAIR, PAIR[:1], [PAIR[:1]], [(*PAIR, "x")], [3], 0.05, "2020", np.array(3)]
)
def test_steps_that_are_no_pairs_are_refused_by_name(steps):
    with pytest.raises(rp.InputError, match="pairs of a date and a rate") as error:
        rp.SteppedRate(steps)
    assert (error.value.code, error.value.field) == (rp.Code.UNKNOWN_VALUE, "steps")


def test_pairs_may_stand_in_any_sequence():
    for steps in ([list(PAIR)], (PAIR,), iter([PAIR]), np.array([PAIR])):
        assert rp.SteppedRate(steps) == rp.SteppedRate((PAIR,))
    for none in (None, (), []):
        with pytest.raises(rp.InputError, match="missing"):
            rp.SteppedRate(none)
