"""Menus against every plan of the lattice, tried one by one; wishes; and the sheet for people."""

import re
from dataclasses import replace
from decimal import Decimal
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lattice_reference as slow
import repayplan as rp
from examples import examples
from repayplan.basics.money import to_plain

FIGURES = ("instalments", "instalment", "total_cost", "lender_cost")


def figures(each):
    return tuple(getattr(each, name) for name in FIGURES)


def best(plans):
    """The least of each figure."""
    return tuple(min(values) for values in zip(*(each.figures for each in plans), strict=True)) or None


@pytest.mark.slow
@examples(28)
@given(slow.loans(), slow.homes(), slow.policies(), slow.lattices, slow.wishes())
def test_every_plan_of_the_lattice(loan, home, policy, lattice, wishes):
    made = rp.menu(loan, home, policy, lattice=lattice, wishes=wishes)
    found = slow.every_plan(loan, home, policy, lattice)
    good = [each for each in found if each.affordable]
    assert made.affordable == len({each.place[1:] for each in good})  # the one in order may be among them
    assert made.plans >= len({each.place[1:] for each in found})
    names = wishes.named

    def having(some):
        return [e for e in good if all(slow.has(wishes, name, e, policy.methods) for name in some)]

    expected = slow.menu_of(having(names))
    assert [figures(each) for each in made.alternatives] == [each.figures for each in expected]
    for each, plan in zip(made.alternatives, expected, strict=True):
        assert each.method == policy.methods[plan.method]
        assert (each.months, each.first_payment, each.last_due) == (plan.months, plan.first, plan.last)
    # What each wish costs.
    for cost in made.costs:
        sides = ((cost.with_it, names), (cost.without_it, [n for n in names if n != cost.wish]))
        for side, kept in sides:
            assert (side and figures(side)) == best(having(kept))
        if cost.with_it and cost.without_it:
            assert all(value >= 0 for value in cost.cost.values())
    # Which wishes can't be had together.
    sets = [some for n in range(1, len(names) + 1) for some in combinations(names, n)]
    without = [set(some) for some in sets if not having(some)] if good else []
    smallest = [some for some in without if not any(other < some for other in without)]
    assert [set(each) for each in made.conflicts] == sorted(smallest, key=len)
    for together, reason in zip(made.conflicts, made.unmet, strict=True):
        if len(together) > 1:
            assert reason.code is rp.Code.WISHES_TOGETHER
            continue
        (name,) = together
        allowed = any(slow.has(wishes, name, each, policy.methods) for each in found)
        assert reason.code is (rp.Code.WISH_NOT_AFFORDABLE if allowed else rp.Code.WISH_NOT_ALLOWED)
        near = good if allowed else found
        nearest = {
            "at_most": lambda n=near: min(each.instalment for each in n),
            "at_least": lambda n=near: max(min(each.middle) for each in n if each.middle),
            "total_at_most": lambda n=near: min(each.paid for each in n),
            "start": lambda n=near: max(each.first for each in n),
            "until": lambda n=near: min(each.last for each in n),
            "months": lambda n=near: min(each.months for each in n),
            "methods": lambda: ", ".join(policy.methods),
        }[name]()
        assert (reason.field, reason.limit) == (name, nearest)
    assert (made.reasons == ()) == bool(good)


@examples(10)
@given(slow.loans(), slow.homes(), slow.policies(), slow.lattices)
def test_an_alternative_becomes_an_offer(loan, home, policy, lattice):
    made = rp.menu(loan, home, policy, lattice=lattice)
    for number, each in enumerate(made.alternatives):
        offer = made.offer(number)
        rows = offer.schedule.rows
        paid = sum(row.payment for row in rows)
        assert (offer.method, offer.instalments, len(rows)) == (
            each.method,
            each.instalments,
            each.instalments,
        )
        assert offer.instalment_after == each.instalment
        assert each.instalment == max(slow.payments(offer.schedule, offer.forborne + offer.carried))
        assert each.total_cost == paid - offer.owed
        for name in ("forborne", "forgiven", "waived", "annual_rate"):
            assert getattr(offer, name) == getattr(each, name)
        first = rows[0].opening + offer.paid_first + offer.spread + offer.carried
        assert offer.opening_balance == first + offer.forgiven
        # The lender's cost is that of `lender_cost`, at the same rate.
        rule = rp.ModificationRule(year="12 months", diminished_above="0.01", substantial_from="0.1")
        if loan.frequency != "fortnightly":
            contract = rp.schedule(loan, rp.equal_instalment(loan.unpaid))
            cost = rp.lender_cost(contract, offer, rule, rate=made.rate)
            owed = offer.opening_balance + offer.waived
            assert owed - cost.value_after == each.lender_cost
            assert cost.cost_after == each.total_cost
        taken = {step.step for step in offer.concessions if step.code is rp.Code.CONCESSION_CHOSEN}
        assert ("holiday" in taken) == (each.holiday > 0)
        assert ("forbear" in taken) == (each.forborne > 0)


@examples(4)
@given(slow.loans(), slow.homes(), slow.policies(), slow.lattices, slow.wishes())
def test_wishes_only_ever_leave_plans_out(loan, home, policy, lattice, wishes):
    free = rp.menu(loan, home, policy, lattice=lattice)
    bound = rp.menu(loan, home, policy, lattice=lattice, wishes=wishes)
    assert (free.plans, free.affordable, free.reasons) == (bound.plans, bound.affordable, bound.reasons)
    # Whatever there is to choose is no better than something without the wishes.
    for each in bound.alternatives:
        assert any(
            all(map(int.__le__, *zip(*pairs(other, each), strict=True))) for other in free.alternatives
        )


def pairs(one, other):
    return [
        tuple(int(100 * value) for value in pair) for pair in zip(figures(one), figures(other), strict=True)
    ]


def batch_of(several):
    """Loans and households of a batch."""
    names = ("principal", "annual_rate", "original_term", "elapsed", "unpaid", "next_due", "frequency")
    names = (*names, "day_count", "fees", "overdue_principal", "overdue_interest")
    columns = {name: [getattr(loan, name) for loan, _ in several] for name in names}
    items = [(row, item) for row, (_, home) in enumerate(several) for item in home.items]
    table = rp.Items.from_columns(
        household=[row for row, _ in items],
        kind=[item.kind for _, item in items],
        category=[item.category for _, item in items],
        amount=[item.amount for _, item in items],
        start=[item.start for _, item in items],
        until=[item.until for _, item in items],
        months=[" ".join(map(str, item.months)) for _, item in items],
    )
    homes = rp.Households.from_columns(items=table, assessed="2026-01-10", size=len(several))
    return rp.Loans.from_columns(**columns), homes


BATCHES = st.lists(st.tuples(slow.loans(), slow.homes()), min_size=1, max_size=5)


@pytest.mark.slow
@examples(3)
@given(BATCHES, slow.policies(), slow.lattices, slow.wishes(), st.randoms(use_true_random=False))
def test_a_batch_is_its_loans_one_by_one_in_any_order(several, policy, lattice, wishes, chance):
    found = rp.menu(*batch_of(several), policy, lattice=lattice, wishes=wishes)
    assert not len(found.failures)
    one_by_one = [rp.menu(loan, home, policy, lattice=lattice, wishes=wishes) for loan, home in several]
    assert list(found.value) == one_by_one
    order = list(range(len(several)))
    chance.shuffle(order)
    again = rp.menu(*batch_of([several[i] for i in order]), policy, lattice=lattice, wishes=wishes, workers=2)
    assert list(again.value) == [one_by_one[i] for i in order]
    # The offers of all last alternatives are those of each.
    choice = np.diff(found.value.offsets) - 1
    offers = found.value.offers(choice)
    for i, one in enumerate(one_by_one):
        if one.alternatives:
            assert one.offer(len(one.alternatives) - 1) == offers.one(i)
        else:
            assert type(offers.one(i)) is type(rp.propose(*several[i], policy))


# By hand

LOAN = rp.Loan(
    principal="12000",
    annual_rate="0.12",
    original_term=36,
    elapsed=12,
    unpaid=24,
    next_due="2026-01-31",
    currency="CNY",
)
HOME = rp.Household(net_income="3000", costs={"rent": "500"})
POLICY = replace(
    rp.Policy.example("consumer"),
    concessions=(
        rp.Concession(step="extend"),
        rp.Concession(step="holiday", months=3, interest="capitalise"),
    ),
)


def test_at_its_own_rate_a_plan_costs_the_lender_roundings_only():
    for each in rp.menu(LOAN, HOME, POLICY).alternatives:
        assert abs(each.lender_cost) <= Decimal("0.05")
    dearer = rp.menu(LOAN, HOME, POLICY, rate="0.30").alternatives
    assert min(each.lender_cost for each in dearer) > 1_000


@pytest.mark.parametrize(("decimals", "rounding"), [(0, {}), (2, {"instalment": "none", "interest": "none"})])
def test_figures_are_in_the_currency_whatever_the_unit(decimals, rounding):
    policy = replace(POLICY, decimals=decimals, rounding=rp.Rounding(**rounding))
    loan = replace(LOAN, principal="12000", fees="20", decimals=decimals)
    home = replace(HOME, decimals=decimals)
    wishes = rp.Wishes(at_most="412.5", total_at_most="15000")
    made = rp.menu(loan, home, policy, wishes=wishes)
    assert made.alternatives
    for number, each in enumerate(made.alternatives):
        rows = made.offer(number).schedule.rows
        assert max(row.payment for row in rows) == each.instalment <= Decimal("412.5")
        assert each.total_cost == sum(row.payment for row in rows) - 12_020
        assert abs(each.lender_cost) <= 20 / Decimal(10) ** decimals


def test_a_start_needs_a_holiday():
    wishes = rp.Wishes(start="2026-03-01")
    made = rp.menu(LOAN, HOME, POLICY, wishes=wishes)
    assert made.alternatives
    assert {each.first_payment.isoformat() for each in made.alternatives} <= {"2026-03-31", "2026-04-30"}
    (cost,) = made.costs
    assert cost.cost["total_cost"] > 0
    without = rp.menu(LOAN, HOME, rp.Policy.example("consumer"), wishes=wishes)
    assert without.alternatives == ()
    (reason,) = without.unmet
    assert reason.code is rp.Code.WISH_NOT_ALLOWED
    assert (
        reason.text()
        == "start (2026-03-01): no plan that the policy allows has it; the nearest is 2026-01-31"
    )
    assert without.costs[0].with_it is without.costs[0].cost is None
    later = rp.menu(LOAN, HOME, POLICY, wishes=rp.Wishes(start="2026-06-01"))
    assert str(later.unmet[0].limit) == "2026-04-30"


def test_a_wish_that_only_others_could_pay():
    (reason,) = rp.menu(LOAN, HOME, POLICY, wishes=rp.Wishes(months=24)).unmet
    assert reason.code is rp.Code.WISH_NOT_AFFORDABLE
    assert reason.text() == "months (24): no affordable plan has it; the nearest is 32"
    assert reason.text("zh") == "最长月数（24）：可承受的方案均无法满足，最接近的为32"


def test_wishes_that_are_at_odds():
    wishes = rp.Wishes(at_most="390", months=36, start="2026-02-01")
    made = rp.menu(LOAN, HOME, POLICY, wishes=wishes)
    assert made.conflicts == (("at_most", "months"),)
    assert made.unmet[0].text() == "no affordable plan has all of these: at_most, months (390, 36)"
    assert made.unmet[0].text("zh") == "没有可承受的方案能同时满足：每期还款不超过、最长月数（390、36）"
    (ways,) = rp.menu(LOAN, HOME, POLICY, wishes=rp.Wishes(methods=["flat"])).unmet
    assert ways.text("zh").startswith("还款方式（等本等息）：政策允许的方案均无法满足，最接近的为")
    assert not re.search("[a-z]", ways.text("zh"))
    assert made.costs[0].without_it is not None
    assert made.costs[1].without_it is None


def test_nothing_affordable_has_the_reasons_of_a_refusal():
    poor = rp.Household(net_income="2550", costs={"rent": "500"})
    made, refused = rp.menu(LOAN, poor, POLICY, wishes=rp.Wishes(months=36)), rp.propose(LOAN, poor, POLICY)
    assert (made.alternatives, made.conflicts, made.unmet) == ((), (), ())
    assert made.reasons == refused.reasons != ()
    assert made.costs == (rp.WishCost(wish="months", with_it=None, without_it=None),)


def test_a_loan_that_the_programme_is_not_open_to():
    closed = replace(POLICY, statuses=("Late",))
    made = rp.menu(replace(LOAN, columns={"status": "Paid"}), HOME, closed)
    assert [reason.code for reason in made.reasons] == [rp.Code.NOT_ELIGIBLE]
    assert made.plans == made.affordable == 0


def test_what_propose_offers_is_among_the_plans():
    coarse = rp.Lattice(lengths=100, pauses=100, points=2)
    home = rp.Household(net_income="2945", costs={"rent": "500"})
    offer = rp.propose(LOAN, home, rp.Policy.example("consumer"))
    made = rp.menu(LOAN, home, rp.Policy.example("consumer"), lattice=coarse)
    assert offer.instalments not in (24, 42)
    assert offer.instalments in [each.instalments for each in made.alternatives]


# For people


def test_the_sheet_says_the_menu_in_both_languages():
    wishes = rp.Wishes(at_most="430", start="2026-03-01", months=42, methods=("equal_instalment", "flat"))
    made = rp.menu(LOAN, HOME, POLICY, wishes=wishes)
    sheet = rp.menu_sheet(LOAN, made, reference="A-17")
    table, wished, costs = sheet.as_dict()["sections"]
    for row, each in zip(table["rows"], made.alternatives, strict=True):
        assert row["holiday"]["value"] == str(each.holiday)
        for name in ("instalment", "total_cost", "lender_cost", "first_payment", "last_due", "instalments"):
            assert row[name]["value"] == str(getattr(each, name))
    assert "forborne" not in table["rows"][0]
    assert [entry["text"] for entry in wished["entries"]] == [
        "430 CNY",
        "2026-03-01",
        "42",
        "equal instalments, equal principal, interest on the opening balance",
    ]
    assert [row["which"]["value"] for row in costs["rows"]][1] == "without: no payment above"
    assert costs["rows"][2]["total_cost"]["value"] == str(made.costs[1].without_it.total_cost)
    for language in ("en", "zh"):
        for text in (sheet.text(language), sheet.html(language)):
            assert "A-17" in text
            assert f"{made.alternatives[0].instalment:,}" in text


def test_the_sheet_says_why_there_is_nothing():
    wishes = rp.Wishes(at_most="390", months=30, start="2026-02-01")
    sheet = rp.menu_sheet(LOAN, rp.menu(LOAN, HOME, POLICY, wishes=wishes), reference="A")
    table, wished, costs = sheet.as_dict("zh")["sections"]
    assert table["notes"] == ["没有可承受的方案能满足全部意愿。"]
    assert wished["notes"] == ["最长月数（30）：可承受的方案均无法满足，最接近的为32"]
    assert costs["rows"][0]["total_cost"]["text"] == "无方案"
    poor = rp.Household(net_income="2500", costs={"rent": "500"})
    made = rp.menu(LOAN, poor, POLICY)
    (only,) = rp.menu_sheet(LOAN, made, reference="A").as_dict()["sections"]
    assert only["notes"] == [reason.text() for reason in made.reasons]
    for change, reference, field in (({"currency": None}, "A", "currency"), ({}, 5, "reference")):
        with pytest.raises(rp.InputError) as error:
            rp.menu_sheet(replace(LOAN, **change), made, reference=reference)
        assert error.value.field == field


# What is refused


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"at_most": "-1"}, "wishes.at_most", rp.Code.OUT_OF_RANGE),
        ({"at_least": 1.5}, "wishes.at_least", rp.Code.OUT_OF_RANGE),
        ({"total_at_most": "0.000000001"}, "wishes.total_at_most", rp.Code.OUT_OF_RANGE),
        ({"start": "March"}, "wishes.start", rp.Code.NOT_A_DATE),
        ({"until": 2026}, "wishes.until", rp.Code.NOT_A_DATE),
        ({"months": 0}, "wishes.months", rp.Code.OUT_OF_RANGE),
        ({"methods": ()}, "wishes.methods", rp.Code.MISSING),
        ({"methods": "flat"}, "wishes.methods", rp.Code.UNKNOWN_VALUE),
        ({"methods": ("balloon",)}, "wishes.methods[0]", rp.Code.UNKNOWN_VALUE),
    ],
)
def test_a_wish_that_cannot_be_meant(given, field, code):
    with pytest.raises(rp.InputError) as error:
        rp.Wishes(**given)
    assert (error.value.field, error.value.code) == (field, code)


def test_a_year_and_a_rate_that_are_none():
    with pytest.raises(rp.InputError) as error:
        rp.menu(LOAN, HOME, POLICY, year="360 days")
    assert (error.value.field, error.value.code) == ("year", rp.Code.UNKNOWN_VALUE)
    with pytest.raises(rp.InputError) as error:
        rp.menu(LOAN, HOME, POLICY, rate="twelve")
    assert (error.value.field, error.value.code) == ("rate", rp.Code.NOT_A_NUMBER)


def three(**change):
    """The loan three times, the one in the middle changed."""
    columns = {name: [getattr(LOAN, name)] * 3 for name in ("principal", "annual_rate", "original_term")}
    columns |= {name: [getattr(LOAN, name)] * 3 for name in ("elapsed", "unpaid", "next_due")}
    for name, value in change.items():
        columns[name][1] = value
    homes = rp.Households.from_columns(net_income=["3000"] * 3, costs={"rent": ["500"] * 3})
    return rp.Loans.from_columns(**columns), homes


def test_a_bad_row_has_a_code_and_its_neighbours_a_menu():
    one = rp.menu(LOAN, HOME, POLICY)
    found = rp.menu(*three(principal="-1"), POLICY)
    assert [(f.row, f.code) for f in found.failures] == [(1, rp.Code.NEGATIVE)]
    assert found.row.tolist() == found.value.row.tolist() == [0, 2]
    assert [each.alternatives for each in found.value] == [one.alternatives] * 2
    found = rp.menu(*three(), POLICY, rate=["0.1", "twelve", "0.1"])
    assert [(f.row, f.code) for f in found.failures] == [(1, rp.Code.NOT_A_NUMBER)]
    assert len(found.value) == 2
    rates = rp.schedule(three(principal="100")[0], rp.equal_instalment(24)).value.effective_rate(year=12)
    assert [each.rate for each in rp.menu(*three(), POLICY, rate=rates).value] == [
        to_plain(int(rate), 10) for rate in rates.value
    ]


def test_a_batch_without_a_good_row():
    loans, homes = three()
    nothing = rp.menu(loans.replace(principal=loans.principal * 0), homes, POLICY)
    assert [f.code for f in nothing.failures] == [rp.Code.NOTHING_OWED] * 3
    assert (len(nothing.value), len(nothing.value.alternatives), list(nothing.value)) == (0, 0, [])


def test_more_plans_than_the_lattice_may_have():
    fine = rp.Lattice(lengths=1, points="all", most=100)
    assert rp.menu(LOAN, HOME, POLICY, lattice=replace(fine, most=2 * 19 * 4)).affordable > 0
    with pytest.raises(rp.InputError) as error:
        rp.menu(LOAN, HOME, POLICY, lattice=fine)
    assert (error.value.field, error.value.code, error.value.limit) == (
        "lattice",
        rp.Code.OUT_OF_RANGE,
        "<= 100",
    )
    cents = replace(POLICY, concessions=(rp.Concession(step="forgive", percent="50"),))
    loans, homes = three(principal="1")
    found = rp.menu(loans, homes, cents, lattice=replace(fine, most=2 * 51))
    assert [f.row for f in found.failures] == [0, 2]
    assert found.row.tolist() == [1]
    assert found.value.one(0).plans == 2 * 51


def test_an_alternative_that_is_not_there():
    made = rp.menu(LOAN, HOME, POLICY)
    for number in (-1, len(made.alternatives), "0"):
        with pytest.raises(rp.InputError) as caught:
            made.offer(number)
        assert (caught.value.code, caught.value.field) == (rp.Code.OUT_OF_RANGE, "number")
    found = rp.menu(*three(), POLICY).value
    with pytest.raises(IndexError):
        found.offers(np.array([0, 0, 100]))
    assert "3 loans" in repr(found)


def test_one_with_many():
    with pytest.raises(TypeError, match="a batch with a batch"):
        rp.menu(LOAN, rp.Households.from_columns(net_income=["1"]), POLICY)
    with pytest.raises(TypeError, match="3 loans, 1 households"):
        rp.menu(three()[0], rp.Households.from_columns(net_income=["1"]), POLICY)
