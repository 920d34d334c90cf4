"""Bounds by the kind of lender and the day of the contract."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from agreements import TERMS, agreement
from repayplan import CapPeriod, LenderCap, LenderCaps

LPR = rp.Index("LPR 1Y", ["2019-08-20", "2020-04-20", "2021-12-20"], ["0.0425", "0.0385", "0.038"], "NIFC")
PRIVATE = LenderCap(
    lender="private",
    periods=(
        CapPeriod(since="2015-09-01", rate="0.24"),
        CapPeriod(since="2020-08-20", index=LPR, multiplier="4"),
    ),
    source="a test",
)
LICENSED = LenderCap(
    lender="licensed", periods=(CapPeriod(since="2015-09-01", rate="0.24"),), source="a test"
)
CAPS = LenderCaps(kinds=(PRIVATE, LICENSED))


def test_four_times_the_lpr_is_the_published_figure():
    """An LPR of 3.85 % gives 15.4 %, from 20 August 2020 on."""
    assert CAPS.rate("private", "2020-08-20") == Decimal("0.154")
    assert CAPS.rate("private", "2020-08-19") == Decimal("0.24")
    assert CAPS.rate("private", "2021-12-20") == Decimal("0.152")
    assert CAPS.rate("licensed", "2021-12-20") == Decimal("0.24")


days = st.integers(0, 4_000).map(lambda n: date(2015, 1, 1) + timedelta(days=n))
rates = st.decimals("0", "0.2", places=4)


@st.composite
def series(draw):
    when = sorted(draw(st.sets(days, min_size=1, max_size=6)))
    return rp.Index("x", when, [draw(rates) for _ in when], "a test")


@given(st.data(), st.sets(days, min_size=1, max_size=3), days)
def test_a_bound_is_that_of_the_last_period_and_the_last_publication(data, begins, day):
    """Against a search of both lists."""
    periods = []
    for since in sorted(begins):
        index = data.draw(series())
        if index.dates[0] <= since and data.draw(st.booleans()):
            times = data.draw(st.sampled_from(("1", "4", "2.5", "0.3333")))
            periods.append(CapPeriod(since=since, index=index, multiplier=times))
        else:
            periods.append(CapPeriod(since=since, rate=data.draw(rates)))
    caps = LenderCaps(kinds=(LenderCap(lender="x", periods=periods, source="a test"),))
    begun = [each for each in periods if each.since <= day]
    if not begun:
        with pytest.raises(rp.InputError):
            caps.rate("x", day)
        return
    last = begun[-1]
    if last.index is None:
        wanted = Fraction(last.rate)
    else:
        on = [rate for since, rate in zip(last.index.dates, last.index.rates, strict=True) if since <= day]
        wanted = Fraction(on[-1]) * Fraction(last.multiplier)
    assert Fraction(caps.rate("x", day)) == Fraction(int(wanted * 10**10), 10**10)


def test_accounts_are_bounded_by_the_day_of_their_contract():
    """1,000 for a year at 10 %, overdue at 100 %: what is charged stops at the bound less the interest."""
    dear = rp.OverdueRate(rate="1")
    rule = rp.OverdueRule(
        penalty=rp.OverdueLedger(on=("principal",), rate=dear),
        day_count="ACT/365F",
        first_day="due_date",
        rounded="end",
        mode="half_up",
        caps=CAPS.overdue("private"),
    )
    terms = rp.AccountTerms(overdue=rule, allocation=rp.AllocationRule.example("civil-code-561"))
    accounts = rp.Accounts.from_columns(
        terms,
        rate=["0.10"] * 2,
        start=["2020-08-19", "2020-08-20"],
        account=[0, 1],
        due_date=["2021-08-19", "2021-08-20"],
        principal="1000",
        interest="100",
    )
    # A second year later: 24 % and 15.4 % of 1,000 for 730 days, of which 100.00 is interest.
    as_of = ["2022-08-19", "2022-08-20"]
    now = rp.replay(accounts, rp.Events.of([]), as_of=as_of).value
    assert now.columns.owed[:, 2].tolist() == [48_000 - 10_000, 30_800 - 10_000]


def test_a_contract_before_the_first_period_is_refused():
    with pytest.raises(rp.InputError):
        CAPS.rate("private", "2015-08-31")


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: CapPeriod(since="2020-02-30", rate="0.1"), "lender_cap.since"),
        (lambda: CapPeriod(since="2020-01-01"), "lender_cap.rate"),
        (lambda: CapPeriod(since="2020-01-01", rate="0.1", index=LPR), "lender_cap.rate"),
        (lambda: CapPeriod(since="2020-01-01", rate="1.1"), "lender_cap.rate"),
        (lambda: CapPeriod(since="2020-01-01", index="LPR"), "lender_cap.index"),
        (lambda: CapPeriod(since="2020-01-01", index=LPR, multiplier="-1"), "lender_cap.multiplier"),
        (lambda: CapPeriod(since="2020-01-01", index=LPR, multiplier="30"), "lender_cap.multiplier"),
        (lambda: LenderCap(lender="", periods=PRIVATE.periods, source="x"), "lender_cap.lender"),
        (lambda: LenderCap(lender="x", periods=PRIVATE.periods, source=""), "lender_cap.source"),
        (lambda: LenderCap(lender="x", periods=(), source="x"), "lender_cap.periods"),
        (
            lambda: LenderCap(lender="x", periods=PRIVATE.periods[::-1], source="x"),
            "lender_cap.periods[1].since",
        ),
        (lambda: LenderCaps(kinds=()), "lender_caps.kinds"),
        (lambda: LenderCaps(kinds=(PRIVATE, PRIVATE)), "lender_caps.kinds[1].lender"),
        (lambda: CAPS.of("bank"), "lender"),
        (lambda: CAPS.rate("private", "soon"), "contract"),
    ],
)
def test_what_cannot_be(make, field):
    with pytest.raises(rp.InputError) as caught:
        make()
    assert caught.value.field == field


def test_an_index_that_is_not_published_yet_bounds_nothing():
    with pytest.raises(rp.InputError):
        CapPeriod(since="2019-01-01", index=LPR, multiplier="4")


# A plan of a contract that is older than it


def dear():
    """Overdue at 100 %, bounded by the day of the contract."""
    rule = rp.OverdueRule(
        penalty=rp.OverdueLedger(on=("principal",), rate=rp.OverdueRate(rate="1")),
        day_count="ACT/365F",
        first_day="due_date",
        rounded="end",
        mode="half_up",
        caps=CAPS.overdue("private"),
    )
    return rp.AccountTerms(overdue=rule, allocation=rp.AllocationRule.example("civil-code-561"))


LOAN = rp.Loan(principal="1000", annual_rate="0", original_term=1, elapsed=0, unpaid=1, next_due="2023-08-01")
AFTER = date(2024, 8, 1)
# 1,000 for a year and a month from 1 July 2023, at 24 % of a contract of 2019 and at 15.2 % of one of 2023.
BOUND = {"2019-07-01": 26_104, "2020-08-19": 26_104, "2020-08-20": 16_750, None: 16_532}


def test_a_plan_is_bounded_by_the_day_of_its_contract_not_by_its_own():
    days = list(BOUND)
    plan = rp.schedule(LOAN, rp.equal_instalment(1))
    whole = (AFTER - plan.interest_from).days
    most = [Fraction(CAPS.rate("private", each or "2023-07-01")) for each in days]
    wanted = [int(Fraction(100_000 * whole, 365) * each) for each in most]
    assert wanted == list(BOUND.values())
    one = [
        rp.replay(rp.Account.of(LOAN, plan, dear(), contracted=each), [], as_of=AFTER).owed["penalty"]
        for each in days
    ]
    assert [int(each * 100) for each in one] == wanted
    loans = rp.Loans.from_columns(
        principal=["1000"] * 4,
        annual_rate="0",
        original_term=1,
        elapsed=0,
        unpaid=1,
        next_due="2023-08-01",
    )
    plans = rp.schedule(loans, rp.equal_instalment(1)).value
    columns = {"due_date": "2023-08-01", "principal": "1000", "interest": "0", "account": range(4)}
    columns |= {"rate": ["0"] * 4, "start": plan.interest_from}
    none = rp.Events.of([])
    for accounts in (
        rp.Accounts.of(plans, dear(), contracted=days),
        rp.Accounts.from_columns(dear(), **columns, contracted=days),
        rp.Accounts.from_columns(dear(), **columns, contracted=np.array(days, "datetime64[D]")),
    ):
        found = rp.replay(accounts, none, as_of=AFTER)
        assert found.value.columns.owed[:, 2].tolist() == wanted
        assert found.value.one(0).owed["penalty"] == one[0]


def test_a_contract_after_its_plan_or_before_any_bound_spoils_its_account_only():
    columns = {"due_date": "2023-08-01", "principal": "1000", "interest": "0", "account": range(4)}
    columns |= {"rate": ["0"] * 4, "start": "2023-07-01"}
    days = ["2023-07-02", "2015-08-31", "soon", "2023-07-01"]
    found = rp.replay(
        rp.Accounts.from_columns(dear(), **columns, contracted=days), rp.Events.of([]), as_of=AFTER
    )
    assert found.row.tolist() == [3]
    assert [(each.field, each.code) for each in found.failures] == [
        ("contracted", "dates_out_of_order"),
        ("contracted", "out_of_range"),
        ("contracted", "not_a_date"),
    ]
    plan = rp.schedule(LOAN, rp.equal_instalment(1))
    with pytest.raises(rp.InputError) as caught:
        rp.Account.of(LOAN, plan, dear(), contracted="2023-07-02")
    assert caught.value.field == "contracted"
    with pytest.raises(rp.InputError) as caught:
        rp.Accounts.from_columns(dear(), **columns, contracted=days[:2])
    assert caught.value.field == "contracted"


def test_an_agreement_says_the_day_of_its_contract():
    terms = replace(TERMS, overdue=dear().overdue)
    made = {each: agreement(terms=terms, contracted=each) for each in ("2020-08-19", "2022-08-20", None)}
    old, newer, unsaid = made.values()
    charged = {
        each: rp.replay(of.account(), [], as_of="2030-01-31").owed["penalty"] for each, of in made.items()
    }
    days = (date(2030, 1, 31) - old.interest_from).days
    wanted = int(Fraction(old.lent) * 100 * days / 365 * (Fraction("0.24") - Fraction("0.152")))
    assert abs((charged["2020-08-19"] - charged["2022-08-20"]) * 100 - wanted) <= 1
    assert charged[None] == charged["2022-08-20"]
    assert old.contracted == date(2020, 8, 19)
    assert rp.Agreement.from_json(old.to_json()) == old
    assert "contracted" not in unsaid.as_dict()
    assert len({old.fingerprint, newer.fingerprint, unsaid.fingerprint}) == 3
    said = {language: rp.agreement_document(old).text(language) for language in ("en", "zh")}
    assert "1 × all-in cap (private) of 2020-08-19 a year" in said["en"]
    assert "年1 × all-in cap (private)（2020-08-19）" in said["zh"]
    with pytest.raises(rp.InputError) as caught:
        agreement(terms=terms, contracted=old.interest_from + timedelta(days=1))
    assert caught.value.field == "contracted"
