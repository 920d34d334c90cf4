"""Money of a programme is of one currency: its budget, its accounts and what is said of them."""

from dataclasses import replace
from functools import cache

import pytest

import repayplan as rp
from repayplan.basics.calendars import WEEKENDS
from repayplan.basics.errors import Code

EXAMPLE = rp.Programme.example("negotiated-repayment")
LATE = rp.OverdueRule(
    penalty=rp.OverdueLedger(on=("principal",), rate=rp.OverdueRate(rate="0")),
    day_count="ACT/365F",
    first_day="due_date",
    rounded="end",
    mode="half_up",
)
TERMS = rp.AccountTerms(overdue=LATE, allocation=rp.AllocationRule.example("civil-code-561"))
RULE = rp.EvaluationRule(
    overdue_from_days=1,
    default_from_days=60,
    cured_after=1,
    window_months=3,
    buckets=rp.Buckets.example("months"),
)


def accounts(months, day, currency):
    more = {} if currency is None else {"currency": currency}
    loans = rp.Loans.from_columns(
        principal=["1200"],
        annual_rate="0",
        original_term=months,
        elapsed=0,
        unpaid=months,
        next_due=day,
        **more,
    )
    return rp.Accounts.of(rp.schedule(loans, rp.equal_instalment(months)).value, TERMS)


@cache
def looks(currency):
    old, new = accounts(12, "2026-01-31", currency), accounts(24, "2026-05-31", currency)
    paid = rp.Events.from_columns(
        account=[0], kind=["payment"], value_date=["2026-05-31"], amount=["50"], reference=["1"]
    )
    return (
        rp.replay(old, rp.Events.of([]), as_of="2026-04-30").value,
        rp.replay(new, paid, as_of="2026-07-31", history=True).value,
        rp.replay(old, paid, as_of="2026-07-31").value,
    )


def evaluated(currency, budget=None):
    before, after, contract = looks(currency)
    return rp.evaluate(before, after, contract=contract, rule=RULE, budget=budget)


def budget(currency):
    programme = replace(EXAMPLE, currency=currency)
    spent = [rp.Spent(line="leaflets", on="2026-03-20", amount="25")]
    return rp.programme_budget(programme, spent, as_of="2026-07-31")


def by_hand(currency=None):
    return rp.Budget(lines=(rp.BudgetLine(name="staff", plan="20", actual="25"),), currency=currency)


def refused(field, call, *given, **named):
    with pytest.raises(rp.InputError) as caught:
        call(*given, **named)
    assert (caught.value.code, caught.value.field) == (Code.UNKNOWN_VALUE, field)


def test_a_budget_knows_the_currency_of_its_programme():
    assert (budget("CNY").currency, budget("JPY").currency, by_hand().currency) == ("CNY", "JPY", None)
    refused("budget.currency", by_hand, "xx")


def test_money_received_is_not_held_against_money_of_another_currency():
    refused("budget.currency", evaluated, "JPY", budget("CNY"))
    refused("budget.currency", evaluated, "JPY", by_hand("CNY"))
    same = evaluated("JPY", budget("JPY"))
    assert same.figure("budget.return").value == 1
    # Where one of the two isn't known, nothing says that they differ.
    for accounts_in, given, known in (
        ("JPY", by_hand(), "JPY"),
        (None, budget("CNY"), "CNY"),
        ("", budget("CNY"), "CNY"),
        (None, by_hand(), None),
        ("JPY", None, "JPY"),
        (None, None, None),
    ):
        found = evaluated(accounts_in, given)
        assert (found.currency, found.data["currency"]) == (known, known)


def test_a_summing_up_says_which_currency_its_amounts_are_in():
    for found in (evaluated("JPY"), evaluated(None)):
        made = rp.summing_up(found, programme="P", currency="JPY")
        for language, line in (("en", "Amounts are in JPY."), ("zh", "金额单位：JPY。")):
            for text in (made.markdown(language), made.text(language), made.html(language)):
                assert line in text


@pytest.mark.parametrize("currency", ["EUR", "xx", "", None])
def test_a_summing_up_in_another_currency_is_refused(currency):
    with pytest.raises(rp.InputError) as caught:
        rp.summing_up(evaluated("JPY"), programme="P", currency=currency)
    assert caught.value.field == "currency"
    with pytest.raises(rp.InputError) as caught:
        rp.summing_up_page(evaluated("JPY"), programme="P", currency=currency)
    assert caught.value.field == "currency"
    # A budget that knows its currency speaks for accounts that don't.
    refused("currency", rp.summing_up, evaluated(None, budget("CNY")), programme="P", currency="EUR")


def test_a_budget_in_another_currency_is_not_the_programmes():
    plan = rp.timetable(replace(EXAMPLE, currency="JPY"), WEEKENDS, as_of="2026-07-31")
    refused("budget.currency", rp.programme_document, plan, budget("CNY"))
    refused("budget", rp.programme_document, plan, "budget")
    for same in (budget("JPY"), by_hand()):
        assert "(JPY)" in rp.programme_document(plan, same).markdown("en")


@pytest.mark.parametrize("currency", ["no currency", "cny", "", 1])
def test_a_programmes_currency_is_a_code(currency):
    refused("currency", replace, EXAMPLE, currency=currency)


def test_decimals_of_a_programme_are_those_of_its_currency():
    unsaid = {"decimals": None}
    assert EXAMPLE.decimals == 2
    whole = replace(EXAMPLE, currency="JPY", **unsaid)
    assert (whole.decimals, replace(EXAMPLE, currency="KWD", **unsaid).decimals) == (0, 3)
    finer = replace(EXAMPLE.budget[0], by_month=("10.50",))
    with pytest.raises(rp.InputError) as caught:
        replace(whole, budget=(finer,))
    assert (caught.value.code, caught.value.field) == (Code.OUT_OF_RANGE, "budget.by_month[0]")
    for said in (0, 2):  # as a policy: others are taken where they are said
        programme = replace(EXAMPLE, currency="JPY", decimals=said)
        assert rp.Programme.loads(programme.dumps()) == programme
