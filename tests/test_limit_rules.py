"""Dates, ages, tiers and caps of a limit against plain dates and fractions, every length tried."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import count
from math import floor

import numpy as np
import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given, settings
from hypothesis import strategies as st

import programme
import repayplan as rp
from repayplan import (
    AgeAtMaturity,
    Code,
    DueDates,
    ExtensionLimit,
    ExtensionTier,
    Holidays,
    Household,
    Households,
    Infeasible,
    InputError,
    Loan,
    Loans,
    Offer,
    Policy,
    PolicyError,
    RegulatorCap,
    equal_instalment,
    propose,
    schedule,
)
from repayplan.basics.columns import Screen
from repayplan.offers.permits import LIMITS
from repayplan.offers.published import CARD_INSTALMENTS, GENERAL_RULES_ON_LOANS, HAMP_TERM
from repayplan.offers.raising import figures, lacking, needed

STEP = {
    "weekly": timedelta(days=7),
    "monthly": relativedelta(months=1),
    "quarterly": relativedelta(months=3),
    "annual": relativedelta(years=1),
}
MONTHS = {"weekly": Fraction(3, 13), "monthly": 1, "quarterly": 3, "annual": 12}
NEW = {"by_original_term", "regulator", "last_date", "age"}
LONGEST = 3660


def due(loan, n):
    """When instalment n falls due, always from the first."""
    return date.fromisoformat(loan["next_due"]) + STEP[loan["frequency"]] * (n - 1)


def births(rule, loan):
    return [date.fromisoformat(loan[name]) for name in rule.born if loan[name]]


def tier_of(limit, loan):
    """The first tier that is long enough for the original term."""
    months = loan["original_term"] * MONTHS[loan["frequency"]]
    return next(t for t in limit.by_original_term if t.up_to_months is None or months <= t.up_to_months)


def allows(code, limit, loan, n):
    """Whether one rule allows a plan of n instalments, by its words."""
    months = MONTHS[loan["frequency"]]
    beyond = n - (loan["original_term"] - loan["elapsed"])
    if code is Code.LIMIT_DOMAIN:
        return n <= LONGEST
    if code is Code.LIMIT_REGULATOR:
        return n * months <= limit.regulator.months
    if code is Code.LIMIT_LAST_DATE:
        return due(loan, n) <= limit.last_date
    if code is Code.LIMIT_AGE:
        born = (max if limit.age.of == "youngest" else min)(births(limit.age, loan))
        return due(loan, n) <= born + relativedelta(years=limit.age.years)
    assert code is Code.LIMIT_ORIGINAL_TERM
    tier = tier_of(limit, loan)
    if tier.percent is None:
        return beyond * months <= tier.max_months
    return beyond <= Fraction(tier.percent) / 100 * loan["original_term"]


def longest(code, limit, loan):
    """The last length allowed, of which none before is refused."""
    return next(n for n in count(0) if not allows(code, limit, loan, n + 1))


PERCENT, CAP = st.decimals(0, 300, places=2), st.integers(0, 90)
TIER = st.one_of(st.builds(ExtensionTier, percent=PERCENT), st.builds(ExtensionTier, max_months=CAP))


@st.composite
def tiers(draw):
    bounds = sorted(draw(st.sets(st.integers(1, 60), max_size=3)))
    each = [draw(TIER) for _ in range(len(bounds) + 1)]
    return tuple(replace(tier, up_to_months=up) for tier, up in zip(each, [*bounds, None], strict=True))


@st.composite
def limits(draw):
    rules = {
        "by_original_term": tiers(),
        "regulator": st.builds(RegulatorCap, months=CAP, source=st.just("test")),
        "last_date": st.dates(date(2024, 1, 1), date(2036, 1, 1)),
        "age": st.builds(
            AgeAtMaturity,
            years=st.integers(20, 90),
            born=st.just(("born", "co_born")),
            of=st.sampled_from(["oldest", "youngest"]),
        ),
    }
    names = draw(st.sets(st.sampled_from(sorted(rules)), min_size=1))
    return ExtensionLimit(**{name: draw(rules[name]) for name in sorted(names)})


BORN = st.dates(date(1945, 1, 1), date(2000, 12, 31)) | st.sampled_from(
    [date(1960, 2, 29), date(1964, 2, 29)]
)


@st.composite
def contracts(draw):
    term = draw(st.integers(1, 60))
    first = draw(st.sampled_from(["2026-01-31", "2026-02-28", "2028-02-29", "2026-03-15"]))
    return {
        "principal": draw(st.integers(1, 10**5)),
        "annual_rate": 0,
        "original_term": term,
        "elapsed": draw(st.integers(0, term + 6)),
        "unpaid": draw(st.integers(1, 60)),
        "frequency": draw(st.sampled_from(sorted(STEP))),
        "next_due": first,
        "born": draw(BORN).isoformat(),
        "co_born": draw(st.just("") | BORN.map(date.isoformat)),
    }


FURTHER = ("born", "co_born")


def batch(rows):
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    further = {name: columns.pop(name) for name in FURTHER}
    return Loans.from_columns(**columns, columns=further)


def single(row):
    own = {name: value for name, value in row.items() if name not in FURTHER}
    return Loan(**own, columns={name: row[name] for name in FURTHER})


@given(limits(), contracts())
def test_each_rule_is_as_long_as_its_words_say_and_the_tightest_binds(limit, row):
    got = limit.longest(single(row))
    assert {rule.code for rule in limit.rules} == set(got.by_rule)
    for code, most in got.by_rule.items():
        assert max(most, 0) == longest(code, limit, row)
    assert got.longest == min(*got.by_rule.values(), LONGEST)
    first = min(LIMITS.index(code) for code, most in got.by_rule.items() if most == got.longest)
    assert got.binding_limit is LIMITS[first]


@given(limits(), st.lists(contracts(), min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_a_batch_is_its_loans_in_any_order(limit, rows, random):
    got = list(limit.longest(batch(rows)).value)
    assert got == [limit.longest(single(row)) for row in rows]
    order = list(range(len(rows)))
    random.shuffle(order)
    assert list(limit.longest(batch([rows[i] for i in order])).value) == [got[i] for i in order]


def raised(limit, row, code, figure):
    """The limit with one rule set to a figure."""
    if code is Code.LIMIT_REGULATOR:
        return replace(limit, regulator=replace(limit.regulator, months=figure))
    if code is Code.LIMIT_LAST_DATE:
        return replace(limit, last_date=figure)
    if code is Code.LIMIT_AGE:
        return replace(limit, age=replace(limit.age, years=figure))
    mine = tier_of(limit, row)
    other = replace(mine, percent=None, max_months=figure)
    return replace(limit, by_original_term=tuple(other if t is mine else t for t in limit.by_original_term))


def less(figure):
    return figure - timedelta(days=1) if isinstance(figure, date) else figure - 1


@given(limits(), contracts(), st.integers(1, 200))
def test_what_is_needed_of_each_rule_is_the_least_that_allows_a_length(limit, row, length):
    loans = limit.read(single(row).batch, Screen(1))
    units = needed(limit, loans, np.array([length]))
    found = figures(limit, {code: int(column[0]) for code, column in units.items()})
    short = {code for code, most in limit.longest(single(row)).by_rule.items() if most < length}
    too_old = Code.LIMIT_AGE in short and not allows(
        Code.LIMIT_AGE, raised(limit, row, Code.LIMIT_AGE, 150), row, length
    )
    assert set(found) == (set() if too_old else short)
    for code, figure in found.items():
        assert allows(code, raised(limit, row, code, figure), row, length)
        if code is Code.LIMIT_LAST_DATE or figure > 0:
            assert not allows(code, raised(limit, row, code, less(figure)), row, length)


@given(limits(), contracts(), st.integers(1, 200))
def test_months_lacking_are_the_least_by_which_every_day_and_cap_moves(limit, row, length):
    loans = limit.read(single(row).batch, Screen(1))
    more = int(lacking(limit, loans, np.array([length]))[0])

    def moved(months):
        """Whether every rule, so many months wider, allows the length."""
        for rule in limit.rules:
            if rule.code is Code.LIMIT_AGE:
                born = (max if limit.age.of == "youngest" else min)(births(limit.age, row))
                day = born + relativedelta(years=limit.age.years) + relativedelta(months=months)
                kept = due(row, length) <= day
            elif rule.code is Code.LIMIT_LAST_DATE:
                kept = due(row, length) <= limit.last_date + relativedelta(months=months)
            elif rule.code is Code.LIMIT_REGULATOR:
                kept = length * MONTHS[row["frequency"]] <= limit.regulator.months + months
            else:
                tier = tier_of(limit, row)
                beyond = length - (row["original_term"] - row["elapsed"])
                if tier.percent is None:
                    kept = beyond * MONTHS[row["frequency"]] <= tier.max_months + months
                else:
                    share = floor(Fraction(tier.percent) / 100 * row["original_term"])
                    kept = (beyond - share) * MONTHS[row["frequency"]] <= months
            if not kept:
                return False
        return True

    assert moved(more)
    assert more == 0 or not moved(more - 1)


# What is published


@pytest.mark.parametrize(
    ("months", "extension"),
    # 贷款通则 art. 12: up to a year the original term, up to five years half of it, longer three years.
    [(6, 6), (12, 12), (13, 6), (24, 12), (60, 30), (61, 36), (240, 36)],
)
@pytest.mark.parametrize("used", [0, 5])
def test_the_cumulative_rule_of_the_general_rules_on_loans(months, extension, used):
    loan = Loan(
        principal="100",
        annual_rate=0,
        original_term=months,
        elapsed=0,
        unpaid=months + used,
        months_extended=used,
        next_due="2026-01-31",
    )
    got = ExtensionLimit(by_original_term=GENERAL_RULES_ON_LOANS).longest(loan)
    assert (got.longest, got.binding_limit) == (months + extension, Code.LIMIT_ORIGINAL_TERM)


def test_a_year_of_weeks_is_a_year():
    given_ = {"principal": "100", "annual_rate": 0, "elapsed": 0, "unpaid": 1, "frequency": "weekly"}
    limit = ExtensionLimit(by_original_term=GENERAL_RULES_ON_LOANS)
    for weeks, most in ((52, 104), (53, 79)):
        loan = Loan(**given_, original_term=weeks, next_due="2026-01-31")
        assert limit.longest(loan).longest == most


@pytest.mark.parametrize(("cap", "months"), [(CARD_INSTALMENTS, 60), (HAMP_TERM, 480)])
def test_the_caps_of_regulators(cap, months):
    loan = Loan(
        principal="100", annual_rate=0, original_term=600, elapsed=0, unpaid=600, next_due="2026-01-31"
    )
    got = ExtensionLimit(regulator=cap, max_new_plan_months=months + 1).longest(loan)
    assert (got.longest, got.binding_limit) == (months, Code.LIMIT_REGULATOR)
    assert "months" in cap.source or "years" in cap.source


# Due dates that business days and last due dates move

SPRING = Holidays(
    [f"2026-02-{d}" for d in range(15, 24)],
    name="test",
    source="test",
    first="2026-01-01",
    last="2028-01-01",
)


@pytest.mark.parametrize("rule", ["following", "preceding", "modified_following"])
@pytest.mark.parametrize("frequency", ["weekly", "monthly"])
@given(offset=st.integers(-3, 80))
def test_no_due_date_after_the_shift_to_business_days_lies_past_the_day(rule, frequency, offset):
    loan = Loan(
        principal="100",
        annual_rate=0,
        original_term=30,
        elapsed=0,
        unpaid=30,
        next_due="2026-01-15",
        frequency=frequency,
        due_dates=DueDates(business_day=rule, calendar=SPRING),
    )
    dates = [row.due_date for row in schedule(loan, equal_instalment(14)).rows]
    last = date(2026, 1, 15) + timedelta(days=offset)
    if len(set(dates)) == len(dates):
        got = ExtensionLimit(last_date=last).longest(loan)
        assert max(got.longest, 0) == sum(day <= last for day in dates)


@pytest.mark.parametrize(("last", "allowed"), [("2026-12-14", False), ("2026-12-15", True)])
def test_a_last_due_date_off_the_frequency_is_held_against_the_day(last, allowed):
    loan = Loan(
        principal="100",
        annual_rate=0,
        original_term=11,
        elapsed=0,
        unpaid=11,
        next_due="2026-01-31",
        last_due="2026-12-15",
        final_stub="long",
    )
    plan = equal_instalment(11)
    assert schedule(loan, plan).rows[-1].due_date == date(2026, 12, 15)
    got = ExtensionLimit(last_date=last).permits(loan, plan)
    assert (got.allowed, got.longest) == (allowed, LONGEST if allowed else 0)


# Offers

HOME = {"net_income": "1500", "costs": {"rent": "300"}}
LOAN = {
    "principal": "10000.00",
    "annual_rate": "0.12",
    "original_term": 36,
    "elapsed": 10,
    "unpaid": 26,
    "next_due": "2026-01-31",
}
HALF = {"percent": "50", "reading": "beyond_original_maturity"}
AGE = AgeAtMaturity(years=69)
TIGHT = {
    Code.LIMIT_SHARE: ExtensionLimit(**HALF),
    Code.LIMIT_EXTENSION_MONTHS: ExtensionLimit(max_extension_months=12),
    Code.LIMIT_TOTAL_MONTHS: ExtensionLimit(max_total_months=50),
    Code.LIMIT_NEW_PLAN_MONTHS: ExtensionLimit(max_new_plan_months=40),
    Code.LIMIT_ORIGINAL_TERM: ExtensionLimit(by_original_term=GENERAL_RULES_ON_LOANS),
    Code.LIMIT_REGULATOR: ExtensionLimit(regulator=RegulatorCap(months=40, source="test")),
    Code.LIMIT_LAST_DATE: ExtensionLimit(last_date="2029-08-31"),
    Code.LIMIT_AGE: ExtensionLimit(age=AGE),
}
FIELDS = {
    Code.LIMIT_SHARE: "percent",
    Code.LIMIT_EXTENSION_MONTHS: "max_extension_months",
    Code.LIMIT_TOTAL_MONTHS: "max_total_months",
    Code.LIMIT_NEW_PLAN_MONTHS: "max_new_plan_months",
}
# 10,000.00 take 45 months with the 280.00 that 1,500.00 leave: to 30 September 2029.
NEEDED = {
    Code.LIMIT_SHARE: Decimal("52.7778"),
    Code.LIMIT_EXTENSION_MONTHS: 19,
    Code.LIMIT_TOTAL_MONTHS: 55,
    Code.LIMIT_NEW_PLAN_MONTHS: 45,
    Code.LIMIT_ORIGINAL_TERM: 19,
    Code.LIMIT_REGULATOR: 45,
    Code.LIMIT_LAST_DATE: date(2029, 9, 30),
    Code.LIMIT_AGE: 70,
}


def policy_of(limit, methods=("equal_instalment",)):
    return replace(Policy.loads(programme.POLICY), limit=limit, methods=methods, statuses=None)


def made(limit, **changes):
    loan = Loan(**LOAN | changes, columns={"born": "1960-01-31"})
    return propose(loan, Household(**HOME), policy_of(limit))


def set_to(limit, code, figure):
    if code in FIELDS:
        return replace(limit, **{FIELDS[code]: figure})
    row = {"original_term": 36, "frequency": "monthly"}
    return raised(limit, row, code, figure)


@pytest.mark.parametrize("code", [code for code in LIMITS if code is not Code.LIMIT_DOMAIN])
def test_the_rule_that_binds_is_named_and_the_least_that_it_would_have_to_say(code):
    limit = TIGHT[code]
    got = made(limit)
    assert isinstance(got, Infeasible)
    assert got.binding_limit is code
    assert code in [reason.code for reason in got.reasons]
    assert got.rules_needed == {code: NEEDED[code]}
    assert isinstance(made(set_to(limit, code, NEEDED[code])), Offer)
    step = {Code.LIMIT_SHARE: Decimal("0.0001"), Code.LIMIT_LAST_DATE: timedelta(days=1)}.get(code, 1)
    assert isinstance(made(set_to(limit, code, NEEDED[code] - step)), Infeasible)


def test_of_several_rules_in_the_way_each_has_its_figure():
    parts = [Code.LIMIT_SHARE, Code.LIMIT_REGULATOR, Code.LIMIT_LAST_DATE, Code.LIMIT_AGE]
    limit = ExtensionLimit(
        **HALF, regulator=RegulatorCap(months=46, source="test"), last_date="2028-08-31", age=AGE
    )
    got = made(limit)
    wanted = {code: NEEDED[code] for code in parts if code is not Code.LIMIT_REGULATOR}
    assert got.rules_needed == wanted
    wide = limit
    for code, figure in wanted.items():
        wide = set_to(wide, code, figure)
    assert isinstance(made(wide), Offer)
    for code, figure in wanted.items():
        step = {Code.LIMIT_SHARE: Decimal("0.0001"), Code.LIMIT_LAST_DATE: timedelta(days=1)}.get(code, 1)
        assert isinstance(made(set_to(wide, code, figure - step)), Infeasible)


@pytest.mark.parametrize("principal", ["10000.00", "60000.00"])
def test_a_limit_that_cannot_be_raised_so_far_needs_nothing(principal):
    # At 1 % a month 60,000.00 never come down with 280.00; 100 months of a one-month loan are 10,000 %.
    short = {"original_term": 1, "elapsed": 0, "unpaid": 1}
    limit = ExtensionLimit(percent="100", reading="new_plan")
    got = made(limit, principal=principal, **short)
    assert got.rules_needed == ({} if principal == "60000.00" else {Code.LIMIT_SHARE: Decimal(4500)})
    more = made(limit, principal="25000", annual_rate="0.01", **short)
    assert (more.relaxations["months"], more.rules_needed) == (92, {Code.LIMIT_SHARE: Decimal(9300)})
    most = made(limit, principal="28000", annual_rate="0.01", **short)
    assert (most.relaxations["months"] + 1 > 100, most.rules_needed) == (True, {})


@pytest.mark.parametrize("code", [Code.LIMIT_LAST_DATE, Code.LIMIT_AGE])
def test_the_months_lever_moves_the_day(code):
    limit = TIGHT[code]
    more = made(limit).relaxations["months"]
    day = {Code.LIMIT_LAST_DATE: date(2029, 8, 31), Code.LIMIT_AGE: date(2029, 1, 31)}[code]

    def moved(months):
        return made(ExtensionLimit(last_date=day + relativedelta(months=months)))

    assert isinstance(moved(more), Offer)
    assert isinstance(moved(more - 1), Infeasible)


@settings(max_examples=40)
@given(st.lists(contracts(), min_size=1, max_size=6), limits(), st.integers(1250, 1600))
def test_offers_of_a_batch_keep_the_limit_and_are_those_of_single_loans(rows, limit, income):
    rows = [row | {"principal": row["principal"] % 20_000 + 1} for row in rows]
    policy = policy_of(limit, ("equal_principal", "equal_instalment"))
    homes = Households.from_columns(net_income=[str(income)] * len(rows))
    got = propose(batch(rows), homes, policy).value
    for i, row in enumerate(rows):
        alone = propose(single(row), Household(net_income=str(income)), policy)
        mine = got.one(i)
        assert type(mine) is type(alone)
        assert (mine.longest, mine.binding_limit) == (alone.longest, alone.binding_limit)
        assert mine.longest == limit.longest(single(row)).longest
        if isinstance(mine, Offer):
            assert mine.schedule.rows == alone.schedule.rows
            n = mine.instalments
            assert all(allows(rule.code, limit, row, n) for rule in limit.rules)
            assert mine.schedule.rows[-1].due_date == due(row, n)
        else:
            assert mine.rules_needed == alone.rules_needed
            assert mine.relaxations == alone.relaxations


@settings(max_examples=40)
@given(contracts(), limits(), st.integers(1000, 20_000), st.integers(1210, 1600))
def test_rules_needed_re_propose_as_an_offer_and_one_unit_less_does_not(row, limit, principal, income):
    row = row | {"principal": principal}
    home = Household(net_income=str(income))

    def with_limit(limit):
        return propose(single(row), home, policy_of(limit))

    got = with_limit(limit)
    if isinstance(got, Offer) or not got.rules_needed:
        return
    wide = limit
    for code, figure in got.rules_needed.items():
        wide = raised(wide, row, code, figure)
    assert isinstance(with_limit(wide), Offer)
    for code, figure in got.rules_needed.items():
        if code is Code.LIMIT_LAST_DATE or figure > 0:
            assert isinstance(with_limit(raised(wide, row, code, less(figure))), Infeasible)


@given(limits(), contracts())
def test_a_wider_limit_never_allows_less(limit, row):
    before = limit.longest(single(row)).longest
    for code in [rule.code for rule in limit.rules]:
        if code is Code.LIMIT_LAST_DATE:
            wider = replace(limit, last_date=limit.last_date + timedelta(days=40))
        elif code is Code.LIMIT_AGE:
            wider = replace(limit, age=replace(limit.age, years=limit.age.years + 1))
        elif code is Code.LIMIT_REGULATOR:
            wider = replace(limit, regulator=replace(limit.regulator, months=limit.regulator.months + 1))
        else:
            each = [
                replace(tier, percent=tier.percent + 10)
                if tier.max_months is None
                else replace(tier, max_months=tier.max_months + 1)
                for tier in limit.by_original_term
            ]
            wider = replace(limit, by_original_term=tuple(each))
        assert wider.longest(single(row)).longest >= before


# What is refused

TITLE = rp.ConsentTitle(consent="g", en="the guarantor's", zh="保证人")


@pytest.mark.parametrize(
    ("make", "code", "field"),
    [
        (lambda: ExtensionLimit(last_date="soon"), Code.NOT_A_DATE, "limit.last_date"),
        (lambda: ExtensionLimit(age=70), Code.UNKNOWN_VALUE, "limit.age"),
        (lambda: ExtensionLimit(regulator=60), Code.UNKNOWN_VALUE, "limit.regulator"),
        (lambda: ExtensionLimit(age=AGE, consents="guarantor"), Code.UNKNOWN_VALUE, "limit.consents"),
        (lambda: ExtensionLimit(age=AGE, consents=["born"]), Code.DUPLICATE, "limit"),
        (lambda: ExtensionLimit(consents=["guarantor"]), Code.MISSING, "limit"),
        (
            lambda: ExtensionLimit(last_date="2030-01-01", consent_titles=[TITLE]),
            *(Code.UNKNOWN_VALUE, "limit.consent_titles[0].consent"),
        ),
        (
            lambda: ExtensionLimit(last_date="2030-01-01", consents=["g"], consent_titles=[TITLE, TITLE]),
            *(Code.DUPLICATE, "limit.consent_titles[1].consent"),
        ),
        (lambda: replace(TITLE, zh=" "), Code.MISSING, "limit.consent_titles.zh"),
        (lambda: ExtensionLimit(reversible_months=6), Code.MISSING, "limit"),
        (
            lambda: ExtensionLimit(age=AGE, reversible_months=-1),
            Code.OUT_OF_RANGE,
            "limit.reversible_months",
        ),
        (lambda: RegulatorCap(months=-1, source="a"), Code.OUT_OF_RANGE, "limit.regulator.months"),
        (lambda: RegulatorCap(months=60, source=None), Code.MISSING, "limit.regulator.source"),
        (lambda: AgeAtMaturity(years="70"), Code.OUT_OF_RANGE, "limit.age.years"),
        (lambda: AgeAtMaturity(years=151), Code.OUT_OF_RANGE, "limit.age.years"),
        (lambda: AgeAtMaturity(years=70, born=()), Code.MISSING, "limit.age.born"),
        (lambda: AgeAtMaturity(years=70, born=("a", "a")), Code.DUPLICATE, "limit.age.born[1]"),
        (lambda: AgeAtMaturity(years=70, born=("a", "b")), Code.MISSING, "limit.age.of"),
        (lambda: AgeAtMaturity(years=70, of="eldest"), Code.UNKNOWN_VALUE, "limit.age.of"),
        (lambda: ExtensionTier(up_to_months=12), Code.MISSING, "limit.by_original_term"),
        (
            lambda: ExtensionTier(percent="50", max_months=6),
            Code.UNKNOWN_VALUE,
            "limit.by_original_term",
        ),
        (lambda: ExtensionTier(percent="-1"), Code.OUT_OF_RANGE, "limit.by_original_term.percent"),
        (lambda: ExtensionTier(max_months=1.5), Code.OUT_OF_RANGE, "limit.by_original_term.max_months"),
        (
            lambda: ExtensionTier(up_to_months=-1, max_months=1),
            Code.OUT_OF_RANGE,
            "limit.by_original_term.up_to_months",
        ),
        (lambda: ExtensionLimit(by_original_term=5), Code.UNKNOWN_VALUE, "limit.by_original_term"),
        (
            lambda: ExtensionLimit(by_original_term=[ExtensionTier(up_to_months=12, percent=1)]),
            Code.MISSING,
            "limit.by_original_term[0].up_to_months",
        ),
        (
            lambda: ExtensionLimit(by_original_term=[ExtensionTier(percent=1)] * 2),
            Code.UNKNOWN_VALUE,
            "limit.by_original_term[0].up_to_months",
        ),
        (
            lambda: ExtensionLimit(
                by_original_term=[
                    *[ExtensionTier(up_to_months=12, percent=1)] * 2,
                    ExtensionTier(max_months=1),
                ]
            ),
            Code.UNKNOWN_VALUE,
            "limit.by_original_term[1].up_to_months",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(make, code, field):
    with pytest.raises(InputError) as caught:
        make()
    assert (caught.value.code, caught.value.field) == (code, field)
    assert caught.value.rule in str(caught.value)


@pytest.mark.parametrize(
    ("born", "code", "limit"),
    [
        (["1960-01-31", "", "1960-01-31"], Code.MISSING, ""),
        (["1960-01-31", "1960-13-31", "1960-01-31"], Code.NOT_A_DATE, "YYYY-MM-DD"),
        (["1960-01-31", "2026-01-31", "1960-01-31"], Code.DATES_OUT_OF_ORDER, "<= 2025-12-31"),
    ],
)
def test_a_birth_date_that_cannot_be_is_a_fault_of_its_row(born, code, limit):
    columns = {name: [value] * 3 for name, value in LOAN.items()}
    loans = Loans.from_columns(**columns, columns={"born": born})
    policy, homes = policy_of(ExtensionLimit(age=AGE)), Households.from_columns(net_income=["2000"] * 3)
    outcome = propose(loans, homes, policy)
    assert [(f.row, f.code, f.field, f.limit) for f in outcome.failures] == [(1, code, "born", limit)]
    assert outcome.row.tolist() == [0, 2]
    permitted = policy.limit.permits(loans, equal_instalment(12))
    assert [(f.row, f.code) for f in permitted.failures] == [(1, code)]
    assert (permitted.row.tolist(), permitted.value.allowed.tolist()) == ([0, 2], [True, True])
    alone = Loan(**LOAN, columns={"born": born[1]})
    for call in (
        lambda: propose(alone, Household(net_income="2000"), policy),
        lambda: policy.limit.permits(alone, equal_instalment(12)),
        lambda: policy.limit.longest(alone),
    ):
        with pytest.raises(InputError) as caught:
            call()
        assert (caught.value.code, caught.value.field) == (code, "born")


def test_a_column_that_the_loans_lack_is_named():
    limit = ExtensionLimit(age=AGE)
    for call in (
        lambda: propose(Loan(**LOAN), Household(net_income="2000"), policy_of(limit)),
        lambda: limit.permits(Loan(**LOAN), equal_instalment(12)),
        lambda: limit.longest(Loan(**LOAN).batch),
    ):
        with pytest.raises(InputError) as caught:
            call()
        assert (caught.value.code, caught.value.field) == (Code.MISSING, "born")


# Files

TOML = """
last_date = 2035-12-31
reversible_months = 6
consents = ["guarantor"]

[limit.age]
years = 70
born = ["born", "co_born"]
of = "oldest"

[limit.regulator]
months = 60
source = "art. 70"

[limit.earlier]
least_payments = 3

[[limit.by_original_term]]
up_to_months = 12
percent = "100"

[[limit.by_original_term]]
max_months = 36
"""


def test_toml_says_every_rule_and_gives_it_back():
    head, tail = programme.POLICY.split("[limit]\n")
    policy = Policy.loads(f"{head}[limit]{TOML}{tail[tail.index('[contingency]') :]}")
    limit = policy.limit
    assert (limit.last_date, limit.age.of, limit.regulator.months) == (date(2035, 12, 31), "oldest", 60)
    assert limit.by_original_term == (
        ExtensionTier(up_to_months=12, percent=100),
        ExtensionTier(max_months=36),
    )
    assert limit.columns == ("born", "co_born", "consecutive_payments", "guarantor")
    assert Policy.loads(policy.dumps()) == policy
    assert Policy.loads(policy.dumps()).fingerprint == policy.fingerprint


@pytest.mark.parametrize(
    ("right", "wrong", "key", "code"),
    [
        ("years = 70", "years = 700", "limit.age.years", Code.OUT_OF_RANGE),
        ('of = "oldest"\n', "", "limit.age.of", Code.MISSING),
        ("months = 60\n", "", "limit.regulator.months", Code.MISSING),
        ("max_months = 36", "up_to_months = 36", "limit.by_original_term[1]", Code.MISSING),
        ("max_months = 36", "max_months = -3", "limit.by_original_term[1].max_months", Code.OUT_OF_RANGE),
        ("up_to_months = 12\n", "", "limit.by_original_term[0].up_to_months", Code.UNKNOWN_VALUE),
        ("least_payments = 3", "payments = 3", "limit.earlier.payments", Code.UNKNOWN_VALUE),
        ("least_payments = 3", "", "limit.earlier", Code.MISSING),
        ("2035-12-31", "2035", "limit.last_date", Code.NOT_A_DATE),
    ],
)
def test_what_a_file_cannot_mean_names_its_key(right, wrong, key, code):
    head, tail = programme.POLICY.split("[limit]\n")
    text = f"{head}[limit]{TOML}{tail[tail.index('[contingency]') :]}"
    with pytest.raises(PolicyError) as caught:
        Policy.loads(text.replace(right, wrong, 1))
    assert (caught.value.field, caught.value.code) == (key, code)
