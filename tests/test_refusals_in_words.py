"""What a refusal says, word for word: which field, what was given for it, and what it should have been."""

import numpy as np
import pytest

import repayplan as rp
from repayplan.basics.annualrate import annual_units
from repayplan.basics.businessdays import adjust
from repayplan.basics.daycount import year_fraction
from repayplan.basics.grid import Grid

DAYS = ("2026-01-31", "2026-03-31")
YEAR = {"first": "2026-01-01", "last": "2026-12-31", "name": "x", "source": "a list"}
INDEX = rp.Index("LPR", ["2026-01-20"], ["0.03"], "a source")
ORDER = ("costs", "fees", "penalty", "compound", "interest", "principal")
OWN = {"name": "own", "text": "", "source": ""}


def own_count(counted, **more):
    """A day count of somebody's own."""
    return rp.DayCount(**OWN | {"days": lambda *_: counted, "year": 360} | more)


def rate_of(**more):
    return rp.Rate(**{"value": "0.05"} | more)


def linked(rate, spread, **more):
    index = rp.Index("own", ["2026-01-20"], [rate], "a source")
    return rp.LinkedRate(index, spread, reset="publication", **more)


def calendar(dates=(), **more):
    return rp.Holidays(dates, **YEAR | more)


def ledger(*on, **more):
    return rp.OverdueLedger(on=on or ("principal",), rate=rp.OverdueRate(multiplier="1.5"), **more)


def overdue(**more):
    usual = {"penalty": ledger(), "first_day": "due_date", "day_count": "ACT/360", "rounded": "end"}
    return rp.OverdueRule(**usual | {"mode": "half_up"} | more)


REFUSALS = (
    (lambda: own_count(0, year=360.5), "day_count=360.5: a year of whole days, 365 say [unknown_value]"),
    (lambda: own_count(0, year="360"), "day_count='360': a year of whole days, 365 say [unknown_value]"),
    (
        lambda: own_count(0, year=-1),
        "year=-1: days in the year; 0 with whole_year, and only then [out_of_range]",
    ),
    (
        lambda: own_count(0, year=360, whole_year=lambda _: 720),
        "year=360: days in the year; 0 with whole_year, and only then [out_of_range]",
    ),
    (
        lambda: own_count(0, year=0, whole_year=lambda _: 720),
        "numerator: what whole_year is the denominator of [missing]",
    ),
    (
        lambda: year_fraction(*DAYS, own_count(np.array([-1]))),
        (
            "day_count='own': day_count is out of range (own); it must be no fewer than 0 from a "
            "date to a later one [out_of_range]"
        ),
    ),
    (
        lambda: year_fraction(*DAYS, own_count(np.array([0.5]))),
        (
            "day_count='own': day_count is not one of the known values (own); known: whole numbers "
            "(int64), one for each period, and not float64 of shape (1,) [unknown_value]"
        ),
    ),
    (
        lambda: year_fraction(*DAYS, own_count(np.array([1, 2]))),
        (
            "day_count='own': day_count is not one of the known values (own); known: whole numbers "
            "(int64), one for each period, and not int64 of shape (2,) [unknown_value]"
        ),
    ),
    (
        lambda: year_fraction(
            *DAYS,
            own_count(np.array([1]), year=0, numerator=lambda *_: np.array([1]), whole_year=lambda _: 0.5),
        ),
        (
            "day_count='own': day_count is not one of the known values (own); known: a denominator "
            "that is a whole number, 1 or more [unknown_value]"
        ),
    ),
    (
        lambda: year_fraction(*DAYS, "ACT/ACT"),
        (
            "day_count='ACT/ACT': one of periods, 30/360, 30E/360, ACT/360, ACT/365F, 30U/360, "
            "30E/360 ISDA, ACT/364, ACT/365L, ACT/ACT ISDA, ACT/ACT AFB, ACT/ACT ICMA, NL/365 "
            "[unknown_value]"
        ),
    ),
    (
        lambda: year_fraction(*DAYS, "periods"),
        (
            "day_count='periods': counts whole periods, each its frequency's share of a year, and "
            "not days [unknown_value]"
        ),
    ),
    (
        lambda: year_fraction(*reversed(DAYS), "ACT/360"),
        ("end='2026-01-31': end is out of order (2026-01-31); it must be >= 2026-03-31 [dates_out_of_order]"),
    ),
    (
        lambda: year_fraction(
            *DAYS, "ACT/ACT ICMA", grid=Grid(np.array(DAYS, "datetime64[D]"), np.zeros(2, np.int64))
        ),
        "grid=2: one row, as there is one start and one end [out_of_range]",
    ),
    (
        lambda: year_fraction(*DAYS, "ACT/ACT ICMA", grid=Grid.of(DAYS[0], "59-monthly")),
        (
            "grid.frequency='59-monthly': regular periods of this frequency have too many lengths "
            "for one denominator in int64 [beyond_domain]"
        ),
    ),
    (
        lambda: rp.DueDates(business_day="following"),
        "due_dates.calendar: which days are business days [missing]",
    ),
    (
        lambda: rp.DueDates(adjusted=True),
        "due_dates.adjusted=True: only where a convention moves due dates [unknown_value]",
    ),
    (lambda: rp.DueDates(day=32), "due_dates.day=32: a day of the month, 1 to 31 [out_of_range]"),
    (
        lambda: rp.DueDates(day=30, month_end=True),
        ("due_dates.day=30: a day of the month, or month ends, or dates given one by one [unknown_value]"),
    ),
    (
        lambda: rp.DueDates(given=("2026-01-31", "soon")),
        "due_dates.given=('2026-01-31', 'soon'): dates, or text like 2026-01-31 [not_a_date]",
    ),
    (
        lambda: rp.DueDates(given=("2026-02-28", "2026-01-31")),
        (
            "due_dates.given=('2026-02-28', '2026-01-31'): at least one, each after the last "
            "[dates_out_of_order]"
        ),
    ),
    (
        lambda: rate_of(per="fortnight"),
        ("rate.per='fortnight': one of year, half_year, quarter, month, week, day [unknown_value]"),
    ),
    (
        lambda: rate_of(compounding="simple"),
        "rate.compounding='simple': one of nominal, effective [unknown_value]",
    ),
    (
        lambda: rate_of(year_days=365),
        "rate.year_days=365: only a rate per day has a year of days [unknown_value]",
    ),
    (
        lambda: rate_of(per="day"),
        "rate.year_days: a rate per day says how many days make a year: 360 or 365 [missing]",
    ),
    (lambda: rate_of(per="day", year_days=364), "rate.year_days=364: one of 360, 365 [unknown_value]"),
    (
        lambda: rate_of().as_annual_nominal("hourly"),
        (
            "frequency='hourly': frequency is not one of the known values (hourly); known: monthly,"
            " bimonthly, quarterly, semi-annual, annual, yearly, daily, weekly, fortnightly, "
            "semi-monthly, 1-monthly ... 120-monthly, 1-yearly ... 10-yearly, 1-weekly ... "
            "52-weekly, 1-daily ... 366-daily [unknown_value]"
        ),
    ),
    (
        lambda: rate_of().as_annual_nominal("monthly", decimals=11),
        "decimals=11: one of 10, 12 [unknown_value]",
    ),
    (
        lambda: rp.Rate("1000", per="month", compounding="effective").effective(),
        "rate.value=Decimal('1000'): converted, no rate is above 1000 [out_of_range]",
    ),
    (
        lambda: rp.Rate.parse("much"),
        (
            "rate='much': a rate such as '4.9%', '0.55% a month', '12% effective', '月利率 5.5‰', '日利率"
            " 万分之五' [not_a_number]"
        ),
    ),
    (
        lambda: rp.Rate.parse("万分之五"),
        (
            "rate='万分之五': 万分之 needs its period, a day's or a year's: '日利率 万分之五', "
            "'年利率 万分之五' [not_a_number]"
        ),
    ),
    (
        lambda: rp.Rate.parse("月利率 0.5% a month"),
        (
            "rate='月利率 0.5% a month': the period, the year of days and whether it is nominal are "
            "each said once [duplicate]"
        ),
    ),
    (
        lambda: rp.Rate.parse("日利率 0.05% (360天)", year_days=365),
        "rate.year_days=365: the text says 360 [unknown_value]",
    ),
    (lambda: rp.Rate.parse("-5%"), "rate='-5%': rate is negative (-5%); it must be 0 to 1000 [negative]"),
    (lambda: rp.Rate.parse("4.9"), "rate='4.9': a bare number is a fraction: 4.9% is 0.049 [out_of_range]"),
    (
        lambda: annual_units("annual_rate", rp.Rate("0.12", compounding="effective")),
        (
            "annual_rate='12% a year effective': a loan's rate is nominal: an effective one becomes"
            " it by as_annual_nominal(frequency) [unknown_value]"
        ),
    ),
    (
        lambda: annual_units("annual_rate", rp.Rate("0.000000000001")),
        (
            "annual_rate='0.0000000001% a year': a multiple of 1e-10 a year: "
            "as_annual_nominal(frequency, decimals=10) rounds to it [not_whole_units]"
        ),
    ),
    (
        lambda: annual_units("annual_rate", rp.Rate("0.5", per="month")),
        "annual_rate='50% a month': at most 1 a year [out_of_range]",
    ),
    (
        lambda: annual_units("annual_rate", rp.Rate("3", per="month"), most=24),
        "annual_rate='300% a month': at most 24 a year [out_of_range]",
    ),
    (
        lambda: rp.LinkedRate("LPR", "0.01", reset=12),
        "linked.index='LPR': an Index: dates and their rates [unknown_value]",
    ),
    (
        lambda: rp.LinkedRate(INDEX, "0.01", reset=0),
        "linked.reset=0: months from 1 to 120, or 'publication' [unknown_value]",
    ),
    (
        lambda: rp.LinkedRate(INDEX, "0.01", reset="daily"),
        "linked.reset='daily': months from 1 to 120, or 'publication' [unknown_value]",
    ),
    (
        lambda: rp.LinkedRate(INDEX, "0.01", reset="publication", floor="0.06", cap="0.05"),
        "linked.floor=Decimal('0.06'): at most the cap, 0.05 [out_of_range]",
    ),
    (
        lambda: rp.LinkedRate(INDEX, "0.01", reset="publication", step_cap="0"),
        "linked.step_cap=Decimal('0'): more than 0, at most 1 [out_of_range]",
    ),
    (
        lambda: rp.LinkedRate(INDEX, "0.01", reset="publication", anchor="2026-01-20"),
        (
            "linked.anchor='2026-01-20': nothing is counted from it: the rate resets on "
            "publication, by any step [unknown_value]"
        ),
    ),
    (
        lambda: linked("-0.9", "-0.5", negative=True).on("2026-02-01"),
        "rate='-1.4': rate is out of range (-1.4); it must be -1 to 1 [out_of_range]",
    ),
    (
        lambda: linked("-0.9", "0.5").on("2026-02-01"),
        "rate='-0.4': rate is negative (-0.4); it must be 0 to 1 [negative]",
    ),
    (
        lambda: linked("0.9", "0.5").on("2026-02-01"),
        "rate='1.4': rate is out of range (1.4); it must be 0 to 1 [out_of_range]",
    ),
    (lambda: rp.SteppedRate(()), "steps: steps is missing [missing]"),
    (
        lambda: rp.SteppedRate("0.05"),
        ('steps=\'0.05\': pairs of a date and a rate: (("2026-01-01", "0.05"), ...) [unknown_value]'),
    ),
    (
        lambda: rp.SteppedRate((("2026-01-01", "0.05"), ("2026-01-01", "0.06"))),
        (
            "steps='2026-01-01': steps is there more than once (2026-01-01); it must be > "
            "2026-01-01 [duplicate]"
        ),
    ),
    (
        lambda: rp.SteppedRate((("2026-01-02", "0.05"), ("2026-01-01", "0.06"))),
        (
            "steps='2026-01-01': steps is out of order (2026-01-01); it must be > 2026-01-02 "
            "[dates_out_of_order]"
        ),
    ),
    (
        lambda: rp.PromotionalRate("0.01", "2026-02-01", rp.PromotionalRate("0.02", "2026-01-01", "0.05")),
        (
            "promotional.until='2026-01-01': promotional.until is out of order (2026-01-01); it "
            "must be > 2026-02-01 [dates_out_of_order]"
        ),
    ),
    (lambda: calendar(name=""), "name: name is missing [missing]"),
    (
        lambda: calendar(last="2025-12-31"),
        "last='2025-12-31': not before first (2026-01-01) [dates_out_of_order]",
    ),
    (
        lambda: calendar(["2027-01-01"]),
        "dates='2027-01-01': from first (2026-01-01) to last (2026-12-31) [out_of_range]",
    ),
    (
        lambda: calendar(working=["2025-12-31"]),
        "working='2025-12-31': from first (2026-01-01) to last (2026-12-31) [out_of_range]",
    ),
    (
        lambda: calendar(["2026-05-09"], working=["2026-05-09"]),
        "working='2026-05-09': a date is a holiday or a working day, not both [duplicate]",
    ),
    (lambda: calendar(weekend=(5, 7)), "weekend=(5, 7): weekdays, 0 (Monday) to 6 (Sunday) [out_of_range]"),
    (lambda: calendar(weekend=5), "weekend=5: weekdays, 0 (Monday) to 6 (Sunday) [out_of_range]"),
    (lambda: calendar("2026-01-01"), "dates='2026-01-01': a list of dates [not_a_date]"),
    (
        lambda: calendar().business(np.array(["2027-01-01"], "datetime64[D]")),
        "date='2027-01-01': the calendar x covers 2026-01-01 to 2026-12-31 [out_of_range]",
    ),
    (
        lambda: adjust(np.array(["2026-01-05"], "datetime64[D]"), "following", calendar(weekend=range(7))),
        (
            "calendar='x': a calendar has a business day within 60 days of every date; not so from "
            "2026-01-05 [unknown_value]"
        ),
    ),
    (rp.joint, "calendars: calendars is missing [missing]"),
    (
        lambda: rp.joint(calendar(), calendar(first="2027-01-01", last="2027-12-31")),
        "calendars='x & x': calendars that cover some date together [out_of_range]",
    ),
    (
        lambda: rp.Rounding(fee_multiple=0),
        ("rounding.fee_multiple=0: a positive amount, 1e-12 to 1e9, as text, int or Decimal [out_of_range]"),
    ),
    (
        lambda: rp.Rounding(instalment="none"),
        (
            "rounding='none': 'none' (unrounded, 8 decimals) is for instalment and interest "
            "together [unknown_value]"
        ),
    ),
    (
        lambda: rp.Rounding(instalment="none", interest="none", interest_multiple=1),
        "rounding='none': 'none' has no multiple [unknown_value]",
    ),
    (
        lambda: rp.Rounding(interest_multiple="0.05").multiple("interest", 1),
        (
            "rounding.interest_multiple=Decimal('0.05'): a whole number of minor units at 1 "
            "decimals, at most 1e9 [not_whole_units]"
        ),
    ),
    (
        lambda: rp.Index("", ["2026-01-20"], ["0.03"], "a source"),
        "index.name: index.name is missing [missing]",
    ),
    (
        lambda: rp.Index("LPR", "2026-01-20", ["0.03"], "a source"),
        "index.dates='2026-01-20': a column of dates [unknown_value]",
    ),
    (lambda: rp.Index("LPR", [], [], "a source"), "index.dates: index.dates is missing [missing]"),
    (
        lambda: rp.Index("LPR", ["2026-01-20", "2026-01-20"], ["0.03", "0.03"], "a source"),
        (
            "index.dates='2026-01-20': index.dates is there more than once (2026-01-20); it must be"
            " > 2026-01-20 [duplicate]"
        ),
    ),
    (
        lambda: rp.Index("LPR", ["2026-01-21", "2026-01-20"], ["0.03", "0.03"], "a source"),
        (
            "index.dates='2026-01-20': index.dates is out of order (2026-01-20); it must be > "
            "2026-01-21 [dates_out_of_order]"
        ),
    ),
    (lambda: INDEX.on("2026-01-19"), "day='2026-01-19': LPR has no rate before 2026-01-20 [out_of_range]"),
    (
        lambda: rp.Allowance(covers=("food",), source="own"),
        (
            "allowance: either by_persons with further_person, or adult_first, adult_further and "
            "child [missing]"
        ),
    ),
    (
        lambda: rp.Allowance(adult_first="1", by_persons=("1",), covers=("food",), source="own"),
        (
            "allowance: either by_persons with further_person, or adult_first, adult_further and "
            "child [unknown_value]"
        ),
    ),
    (
        lambda: rp.Allowance(
            adult_first="1", adult_further="1", child="1", child_by_age=(), covers=("food",), source="own"
        ),
        "allowance.child='1': either child or child_by_age [unknown_value]",
    ),
    (
        lambda: rp.Allowance(by_persons=(), further_person="1", covers=("food",), source="own"),
        "allowance.by_persons=(): an amount for 1, 2, ... persons [missing]",
    ),
    (
        lambda: rp.Allowance(by_persons="1", further_person="1", covers=("food",), source="own"),
        "allowance.by_persons='1': an amount for 1, 2, ... persons [unknown_value]",
    ),
    (
        lambda: rp.OverdueCaps(all_in_index="LPR", source="a test"),
        "caps.all_in_index='LPR': an Index [unknown_value]",
    ),
    (
        lambda: rp.OverdueCaps(all_in="0.24", all_in_index=INDEX, source="a test"),
        "caps.all_in_index='LPR': a rate or an index, not both [unknown_value]",
    ),
    (lambda: rp.OverdueCaps(source="a test"), "caps: at least one bound [missing]"),
    (
        lambda: rp.OverdueRate(rate="0.1", index=INDEX),
        "index='LPR': a fixed rate or an index, not both [unknown_value]",
    ),
    (lambda: rp.OverdueRate(index="LPR"), "index='LPR': an Index [unknown_value]"),
    (lambda: rp.OverdueLedger(on=("principal",), rate=None), "rate: OverdueRate [missing]"),
    (lambda: rp.OverdueLedger(on=("principal",), rate="0.1"), "rate='0.1': OverdueRate [unknown_value]"),
    (lambda: overdue(penalty=None), "overdue.penalty: OverdueLedger [missing]"),
    (lambda: overdue(penalty="0.1"), "overdue.penalty='0.1': OverdueLedger [unknown_value]"),
    (
        lambda: overdue(rounded="day", day_count="ACT/ACT ISDA"),
        (
            "overdue.day_count='ACT/ACT ISDA': rounded by the day: one of ACT/360, ACT/364, "
            "ACT/365F [unknown_value]"
        ),
    ),
    (
        lambda: overdue(caps=rp.OverdueCaps(per_day="1", source="a test"), day_count="30E/360"),
        (
            "overdue.day_count='30E/360': bounded by the day: one of ACT/360, ACT/364, ACT/365F "
            "[unknown_value]"
        ),
    ),
    (
        lambda: overdue(penalty=ledger("principal", "compound")),
        (
            "overdue.penalty.on='compound': where it is charged on, the compound ledger is there "
            "and settled [unknown_value]"
        ),
    ),
    (
        lambda: overdue(penalty=ledger("principal", "penalty", settled="never")),
        (
            "overdue.penalty.on='penalty': where it is charged on, the penalty ledger is there and "
            "settled [unknown_value]"
        ),
    ),
    (
        lambda: overdue(compound=ledger("principal", "interest")),
        "overdue.compound.on='principal': charged on by one ledger [duplicate]",
    ),
    (lambda: overdue(grace_reaches_back=1), "overdue.grace_reaches_back=1: true or false [unknown_value]"),
    (
        lambda: rp.LateOrder(from_days=0, order=ORDER, by="component"),
        "from_days=0: a whole number of days, 1 to 36600 [out_of_range]",
    ),
    (
        lambda: rp.AllocationRule(order=ORDER, by="component", in_advance="hold", late=("x",), source="x"),
        "allocation.late[0]='x': a list of LateOrder [unknown_value]",
    ),
    (
        lambda: rp.AllocationRule(
            order=ORDER,
            by="component",
            in_advance="hold",
            kinds=[rp.KindOrder(kind="goodwill", order=ORDER, by="component", in_advance="hold")] * 2,
            source="a test",
        ),
        "allocation.kinds[1].kind='goodwill': each kind once [duplicate]",
    ),
    (lambda: rp.ExtensionLimit(percent="50"), "limit.reading: percent and reading go together [missing]"),
    (
        lambda: rp.overdue_interest(
            overdue(), principal=["1"], due_date=DAYS[0], as_of=DAYS[1], rate="0.1", explain=True
        ),
        "explain=True: false, for many [unknown_value]",
    ),
    (
        lambda: rp.ExtensionLimit(percent="50", reading="total_term"),
        (
            "limit.percent=Decimal('50'): original term and extension together are at least 100 % "
            "of the original term [out_of_range]"
        ),
    ),
    (lambda: rp.ExtensionLimit(age=60), "limit.age=60: AgeAtMaturity is needed here [unknown_value]"),
    (
        lambda: rp.ExtensionLimit(reversible_months=6),
        "limit: at least one rule on the length of a plan [missing]",
    ),
)


@pytest.mark.parametrize(("make", "said"), REFUSALS)
def test_a_refusal_says_what_was_given_and_what_it_should_have_been(make, said):
    with pytest.raises(rp.InputError) as caught:
        make()
    assert str(caught.value) == said
