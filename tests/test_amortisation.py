"""Minimums of paying off gradually: offers keep them, refusals name them, levers hold, every fault."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from math import ceil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from examples import examples
from repayplan.offers import pacing
from test_concessions import WATERFALLS
from test_levers import offered, refused, units

A_MONTH = {"monthly": 1, "weekly": Fraction(52, 12), "quarterly": Fraction(1, 3)}
CENT = Decimal("0.01")


@st.composite
def minimums(draw):
    shares = draw(st.dictionaries(st.integers(1, 30), st.sampled_from(["0.5", "10", "45"]), max_size=2))
    return rp.Amortisation(
        repaid_by=[rp.RepaidBy(months=month, percent=part) for month, part in shares.items()],
        longest_without_principal=draw(st.sampled_from([None, 0, 1, 3])),
        largest_balloon=draw(st.sampled_from([None, "0", "7.5", "100"])),
    )


def keeps(offer, rules, frequency):
    """Whether an offer's rows keep the minimums, by their definition."""
    asked, rows = rules.amortisation, offer.schedule.rows
    principal, a_month = rows[0].opening, A_MONTH[frequency]
    for each in asked.repaid_by:
        by = ceil(each.months * a_month)
        if by < len(rows) and principal - rows[by - 1].closing < principal * each.percent / 100:
            return False
    run = 0
    for row in rows[:-1]:
        run = run + 1 if row.closing >= row.opening > 0 else 0
        most = asked.longest_without_principal
        if most is not None and run > most * a_month:
            return False
    if asked.largest_balloon is None:
        return True
    alone = offer.method == "interest_only" and sum(row.principal > 0 for row in rows) == 1 < len(rows)
    return (
        not (alone and asked.largest_balloon < 100)
        and offer.forborne <= principal * asked.largest_balloon / 100
    )


@pytest.mark.slow
@examples(15)
@given(refused(), st.none() | WATERFALLS, minimums(), st.booleans())
def test_offers_refusals_and_levers(case, steps, asked, late):
    loan, income, rules = case
    steps = sorted(steps or [rp.Concession(step="extend")], key=lambda each: each.step == "forbear")
    methods = ("interest_only",) if late else rules.methods
    rules = replace(rules, concessions=tuple(steps), amortisation=asked, methods=methods)
    one = rp.Loan(**loan)
    got = rp.propose(one, rp.Household(net_income=income), rules)
    free = rp.propose(one, rp.Household(net_income=income), replace(rules, amortisation=rp.Amortisation()))
    named = {rp.Code.TOO_LITTLE_REPAID, rp.Code.NO_PRINCIPAL, rp.Code.LARGE_BALLOON}
    if isinstance(got, rp.Offer):
        assert keeps(got, rules, loan["frequency"])
        assert isinstance(free, rp.Offer)  # what may be offered under minimums may be without
        return
    codes = named & {reason.code for reason in got.reasons}
    assert bool(codes) == (isinstance(free, rp.Offer))
    if isinstance(free, rp.Offer):
        assert not keeps(free, rules, loan["frequency"])
    balance = units(loan["principal"])
    levers = got.relaxations
    for name, unit in (("principal_reduction", CENT), ("rate", Decimal("-0.0001")), ("income", CENT)):
        if levers[name] is None:
            continue
        for k, figure in enumerate((levers[name], levers[name] - unit)):
            changed, more = {}, Decimal(0)
            if name == "principal_reduction":
                changed = {"principal": rp.minor(np.array([balance - units(figure)]))}
            elif name == "rate":
                changed = {"annual_rate": figure}
                if figure >= loan["annual_rate"]:
                    continue
            else:
                more = figure
            assert offered(loan, income + more, rules, 1, **changed)[0] == (k == 0)


LOAN = {
    "principal": "12000",
    "annual_rate": "0.12",
    "original_term": 24,
    "elapsed": 0,
    "unpaid": 24,
    "next_due": "2026-01-31",
    "start": "2025-12-31",
    "day_count": "periods",
}


def asked_of(means, *steps, methods=("equal_instalment",), **asked):
    rules = rp.Policy(
        name="test",
        currency="EUR",
        methods=methods,
        allowance=rp.Allowance(by_persons=("0",), further_person="0", covers=(), source="test"),
        limit=rp.ExtensionLimit(max_total_months=60),
        contingency=rp.Contingency(share="0"),
        rounding=rp.Rounding(),
        arrears=rp.ArrearsRule(
            **dict.fromkeys(
                ("overdue_interest", "accrued_interest", "penalty", "fees"),
                rp.ArrearsPart(treatment="pay_first"),
            )
        ),
        concessions=steps or (rp.Concession(step="extend"),),
        amortisation=rp.Amortisation(**asked),
    )
    home = means if isinstance(means, rp.Household) else rp.Household(net_income=means)
    return rp.propose(rp.Loan(**LOAN), home, rules)


FORBEAR = rp.Concession(step="forbear", percent="50")
SHARE = (rp.RepaidBy(months=12, percent="20"),)


def test_a_share_shortens_what_is_affordable():
    # 60 instalments of 267.19 repay 15.5 % in the first year, the longest plan that repays 20 % asks 310.98.
    free, slow = asked_of("270"), asked_of("270", repaid_by=SHARE)
    assert (free.instalments, free.instalment_after) == (60, Decimal("267.19"))
    assert [reason.code for reason in slow.reasons] == [rp.Code.OVER_CAPACITY, rp.Code.TOO_LITTLE_REPAID]
    repaid = sum(row.principal for row in free.schedule.rows[:12]) * 100 / 12_000
    assert slow.reasons[1].value == repaid.quantize(Decimal("0.0001"), "ROUND_DOWN") < 20
    assert (slow.reasons[1].field, slow.reasons[1].limit) == ("12", 20)
    more = asked_of(270 + slow.relaxations["income"], repaid_by=SHARE)
    assert sum(row.principal for row in more.schedule.rows[:12]) >= 2_400
    assert slow.reasons[1].text() == (
        "an affordable plan repays 15.5286 % of the principal in 12 months, at least 20 % is asked"
    )
    assert slow.reasons[1].text("zh") == "可承受的方案在12个月内仅偿还本金的15.5286%，最低要求为20%"


def test_a_run_without_principal_bounds_what_is_put_off():
    # Work begins in July: until then, six payments are put off.
    rest = rp.Concession(step="holiday", months=9, interest="capitalise")
    home = rp.Household(items=[rp.Income("pay", "1000", start="2026-07-01")], assessed="2025-12-31")
    free = asked_of(home, rest)
    assert [row.payment > 0 for row in free.schedule.rows].index(True) == 6
    assert asked_of(home, rest, longest_without_principal=6).schedule.rows == free.schedule.rows
    short = asked_of(home, rest, longest_without_principal=5)
    missed = [reason for reason in short.reasons if reason.code is rp.Code.NO_PRINCIPAL]
    assert [(each.field, each.value, each.limit) for each in missed] == [("months", 6, 5)]
    assert missed[0].text("zh") == "可承受的方案连续6个月不还本金，最多允许5个月"


def test_a_balloon_bounds_what_is_forborne():
    free = asked_of("400", FORBEAR)
    assert 0 < free.forborne < 6_000
    part = free.forborne * 100 / 12_000
    kept = asked_of("400", FORBEAR, largest_balloon=part.quantize(Decimal("0.0001"), "ROUND_UP"))
    assert (kept.forborne, kept.instalment_after) == (free.forborne, free.instalment_after)
    less = asked_of("400", FORBEAR, largest_balloon=(part - Decimal("0.01")).quantize(Decimal("0.0001")))
    assert [reason.code for reason in less.reasons] == [rp.Code.OVER_CAPACITY, rp.Code.LARGE_BALLOON]
    assert less.reasons[1].value == part.quantize(Decimal("0.0001"), "ROUND_DOWN")


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        (
            {"repaid_by": [rp.RepaidBy(months=3, percent="5")] * 2},
            rp.Code.DUPLICATE,
            "amortisation.repaid_by[1].months",
        ),
        ({"repaid_by": ["5"]}, rp.Code.UNKNOWN_VALUE, "amortisation.repaid_by[0]"),
        (
            {"longest_without_principal": -1},
            rp.Code.OUT_OF_RANGE,
            "amortisation.longest_without_principal",
        ),
        ({"largest_balloon": "101"}, rp.Code.OUT_OF_RANGE, "amortisation.largest_balloon"),
        ({"largest_balloon": 0.5}, rp.Code.OUT_OF_RANGE, "amortisation.largest_balloon"),
    ],
)
def test_what_no_minimum_can_be(given, code, field):
    with pytest.raises(rp.RepayplanError) as error:
        rp.Amortisation(**given)
    assert (error.value.code, error.value.field) == (code, field)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"months": 0, "percent": "5"}, "repaid_by.months"),
        ({"months": 12, "percent": "0"}, "repaid_by.percent"),
        ({"months": 12, "percent": "100.1"}, "repaid_by.percent"),
        ({"months": 12, "percent": "1.00001"}, "repaid_by.percent"),
    ],
)
def test_what_no_share_can_be(given, field):
    with pytest.raises(rp.InputError) as error:
        rp.RepaidBy(**given)
    assert (error.value.code, error.value.field) == (rp.Code.OUT_OF_RANGE, field)


def test_what_is_forgiven_comes_before_what_is_forborne():
    forgive = rp.Concession(step="forgive", percent="5")
    with pytest.raises(rp.PolicyError) as error:
        asked_of("400", FORBEAR, forgive, largest_balloon="30")
    assert error.value.code is rp.Code.OUT_OF_TURN
    assert isinstance(asked_of("400", forgive, FORBEAR, largest_balloon="30"), (rp.Offer, rp.Infeasible))


TINY = [  # of an instalment below a unit, or below the multiple that it is rounded down to, nothing is repaid
    (200, 8, "3", {"instalment": "down"}, {"longest_without_principal": 0}, "cut_rate"),
    (
        200,
        12,
        "9",
        {"instalment": "down", "instalment_multiple": "5"},
        {"longest_without_principal": 2},
        "forbear",
    ),
    (
        90,
        3,
        "8",
        {"instalment_multiple": "5"},
        {"repaid_by": (rp.RepaidBy(months=1, percent="60"),)},
        "cut_rate",
    ),
    (60, 6, "2", {}, {"repaid_by": (rp.RepaidBy(months=2, percent="90"),)}, "forgive"),
]
LOWERS = {
    "cut_rate": rp.Concession(step="cut_rate", by="0.01", floor="0"),
    "forbear": rp.Concession(step="forbear", percent="10"),
    "forgive": rp.Concession(step="forgive", percent="10"),
}


@pytest.mark.parametrize(("owed", "term", "income", "rounded", "asked", "step"), TINY)
def test_no_less_principal_would_do_where_the_lever_says_so(owed, term, income, rounded, asked, step):
    """Every balance is tried: where one does, the lever is there, and one unit less of it doesn't do."""
    part = rp.ArrearsPart(treatment="pay_first")
    rules = rp.Policy(
        name="test",
        currency="JPY",
        decimals=0,
        methods=("equal_instalment",),
        allowance=rp.Allowance(by_persons=("0",), further_person="0", covers=(), source="test"),
        limit=rp.ExtensionLimit(max_extension_months=0),
        contingency=rp.Contingency(share="0"),
        rounding=rp.Rounding(**rounded),
        arrears=rp.ArrearsRule(
            **dict.fromkeys(("overdue_interest", "accrued_interest", "penalty", "fees"), part)
        ),
        concessions=(LOWERS[step],),
        amortisation=rp.Amortisation(**asked),
    )
    terms = LOAN | {"original_term": term, "unpaid": term, "decimals": 0, "annual_rate": "0.06"}
    kept = np.arange(1, owed)
    loans = rp.Loans.from_columns(**terms | {"principal": rp.minor(kept)})
    homes = rp.Households.from_columns(net_income=rp.minor(np.full(len(kept), int(income))), decimals=0)
    does = rp.propose(loans, homes, rules).value.offered
    home = rp.Household(net_income=income, decimals=0)
    refused = rp.propose(rp.Loan(**terms | {"principal": owed}), home, rules)
    lever = refused.relaxations["principal_reduction"]
    assert (lever is not None) == bool(does.any())
    if lever is not None:
        at = owed - int(lever) - 1
        assert does[at]
        assert at + 1 == len(does) or not does[at + 1]


@pytest.mark.parametrize("income", ["330", "600"])
def test_where_no_formula_tells_the_longest_plan_it_is_sought(income, monkeypatch):
    """The longest plan that leaves little enough is sought by halving where it can't be written down."""
    known, tried = asked_of(income, repaid_by=SHARE), []
    monkeypatch.setattr(pacing, "longest_leaving", lambda *_: tried.append(1))
    assert asked_of(income, repaid_by=SHARE) == known
    assert tried
