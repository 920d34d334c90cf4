"""Items of households: how they are read, what they add up to, and every fault."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import programme
import repayplan as rp
from repayplan import Code, Cost, Debt, Deduction, Income
from repayplan.ability.itemkinds import KINDS
from repayplan.ability.ragged import added, gather

NET = rp.IncomeRule()
NOTHING = rp.Allowance(adult_first="0", adult_further="0", child="0", covers=("food",), source="own")


def can(*items, assessed=None, income=NET, **home):
    return rp.capacity(rp.Household(items=items, assessed=assessed, **home), NOTHING, income=income)


def test_gross_less_deductions_is_net():
    # A Chinese payslip: tax, social insurance and housing fund stand between gross and net.
    slip = (
        Income("salary", "10000", gross=True),
        Deduction("tax", "290"),
        Deduction("social insurance", "1050"),
        Deduction("housing fund", "700"),
    )
    got = can(*slip, Income("rent received", "24000", "annual"), Cost("food", "1500"), Debt("car", "800"))
    assert (got.net_income, got.covered_costs, got.other_debts) == (7960 + 2000, 1500, 800)


@given(
    st.lists(st.integers(0, 600_000), min_size=1, max_size=3),
    st.lists(st.integers(0, 90_000), max_size=3),
    st.integers(0, 100),
)
def test_gross_income_counts_by_the_lesser_of_its_deductions_and_the_rule(gross, taken, share):
    items = [Income("pay", str(Decimal(cents) / 100), gross=True) for cents in gross]
    items += [Deduction("tax", str(Decimal(cents) / 100)) for cents in taken]
    rule = rp.IncomeRule(net_of_gross=str(Decimal(share) / 100))
    if sum(taken) > sum(gross):
        with pytest.raises(rp.InputError):
            can(*items, income=rule)
        return
    assert can(*items, income=rule).net_income * 100 == min(
        sum(gross) - sum(taken), sum(gross) * share // 100
    )


def test_a_deduction_of_a_cent_makes_no_gross_income_net():
    pay, rule = Income("pay", "5000", gross=True), rp.IncomeRule(net_of_gross="0.7")
    for tax, net in (("0.01", 3500), ("1500", 3500), ("1500.01", Decimal("3499.99"))):
        assert can(pay, Deduction("tax", tax), income=rule).net_income == net


def test_items_are_added_to_the_plain_figures():
    got = can(
        Income("benefit", "100"),
        Cost("food", "50"),
        Cost("rent", "10"),
        Debt("card", "5"),
        net_income="1000",
        costs={"food": "200"},
        other_debts="7",
    )
    assert (got.net_income, got.covered_costs, got.other_costs, got.other_debts) == (1100, 250, 10, 12)


def test_gross_income_is_known_where_all_of_it_is_gross():
    norm = rp.allowance_example("za-regulation-23a")
    half = rp.IncomeRule(net_of_gross="0.8")
    gross = rp.Household(items=[Income("a", "4000", gross=True), Income("b", "2250", gross=True)])
    assert rp.capacity(gross, norm, income=half).allowance == Decimal("1167.88")
    for mixed in (
        rp.Household(items=[Income("a", "4000", gross=True), Income("b", "2250")]),
        rp.Household(items=[Income("a", "4000", gross=True)], net_income="2250"),
    ):
        with pytest.raises(rp.InputError) as caught:
            rp.capacity(mixed, norm, income=half)
        assert (caught.value.code, caught.value.field) == (Code.MISSING, "gross_income")
    plain = rp.Household(items=[Income("a", "4000", gross=True)], gross_income="2250")
    got = rp.capacity(plain, norm, income=half)
    assert (got.net_income, got.allowance) == (5000, Decimal("1167.88"))


def test_evidence_counts_as_the_policy_says():
    pay, rent = Income("pay", "2000", verified="1800"), Cost("rent", "500", verified="600")
    for evidence, net, cost in (("declared", 2000, 500), ("verified", 1800, 600), ("lesser", 1800, 500)):
        got = can(pay, rent, income=rp.IncomeRule(evidence=evidence))
        assert (got.net_income, got.other_costs) == (net, cost)
    for items, rule, field in (
        ((pay,), rp.IncomeRule(), "income.evidence"),
        ((pay, Cost("rent", "1")), rp.IncomeRule(evidence="verified"), "items.verified"),
    ):
        with pytest.raises(rp.InputError) as caught:
            can(*items, income=rule)
        assert (caught.value.code, caught.value.field) == (Code.MISSING, field)
    assert can(Income("pay", "2000", verified="2000")).net_income == 2000


def test_a_haircut_is_of_income_alone_and_rounded_against_it():
    cut = rp.IncomeRule(haircuts=(rp.Haircut(category="bonus", share="0.333"),))
    got = can(Income("bonus", "100.01"), Cost("bonus", "30"), Income("pay", "1"), income=cut)
    # 33.30333 don't count: 33.31.
    assert (got.net_income, got.other_costs) == (Decimal("67.70"), 30)


@pytest.mark.parametrize(
    ("item", "there"),
    [
        (Income("x", "12", start="2026-02-01"), True),
        (Income("x", "12", start="2026-02-02"), False),
        (Income("x", "12", until="2026-02-28"), True),
        (Income("x", "12", until="2026-02-27"), False),
        (Income("x", "12", months=(2,)), True),
        (Income("x", "12", months=(1, 3)), False),
        (Cost("x", "12", start="2026-02-28"), True),
        (Cost("x", "12", start="2026-03-01"), False),
        (Cost("x", "12", until="2026-02-01"), True),
        (Cost("x", "12", until="2026-01-31"), False),
        (Cost("x", "12", months=(12, 1, 2)), True),
        (Debt("x", "12", until="2026-01-31"), False),
    ],
)
def test_income_counts_in_whole_months_and_costs_in_every_month_they_touch(item, there):
    got = can(item, net_income="100", assessed="2026-02-10")
    assert got.net_income - got.other_costs - got.other_debts - 100 == (
        0 if not there else 12 if isinstance(item, Income) else -12
    )
    with pytest.raises(rp.InputError) as caught:
        can(item, net_income="100")
    assert (caught.value.code, caught.value.field) == (Code.MISSING, "assessed")


@pytest.mark.parametrize(
    ("months", "there"),
    [
        ("5-9", {5, 6, 7, 8, 9}),
        ("11-2", {11, 12, 1, 2}),
        ("3 6,9", {3, 6, 9}),
        ("", set(range(1, 13))),
        ("4-4", {4}),
    ],
)
def test_months_of_the_year(months, there):
    items = rp.Items.from_columns(household=[0], kind="cost", amount="1", months=months)
    for month in range(1, 13):
        number = np.array([(2026 - 1970) * 12 + month - 1])
        assert items.counts_in(number).tolist() == [month in there]


def test_one_category_of_one_household_is_no_gap_of_another():
    table = rp.Items.from_columns(
        household=["b", "a", "b"],
        ids=["a", "b", "c"],
        kind=["cost", "net_income", "net_income"],
        category=["rent", "pay", "pay"],
        amount=["300", "1000", "900"],
    )
    homes = rp.Households.from_columns(net_income=["", "", "800"], items=table)
    got = rp.capacity(homes, NOTHING)
    assert got.value.payable.tolist() == [1000_00, 600_00, 800_00]
    # Of a category that all were asked about, what isn't given is missing; an item gives it too.
    homes = rp.Households.from_columns(net_income="1000", costs={"rent": ["", "", "5"]}, items=table)
    got = rp.capacity(homes, NOTHING)
    assert [(f.row, f.code, f.field) for f in got.failures] == [(0, Code.MISSING, "costs.rent")]
    assert got.value.other_costs.tolist() == [300_00, 5_00]


def test_an_assumed_cost_stands_for_what_no_item_says():
    rent = (rp.AssumedCost(category="rent", share="0.25", of="net_income"),)
    for items, cost in (((), 500), ((Cost("rent", "123"),), 123)):
        home = rp.Household(items=[Income("pay", "2000"), *items])
        assert rp.capacity(home, NOTHING, assumed=rent).other_costs == cost


def test_an_offer_counts_items_and_its_income_lever_too():
    policy = rp.Policy.loads(programme.POLICY)
    half = rp.IncomeBands(
        of="net_income", bands=(rp.Band(above="0", base="0", share="0.5"),), covers=(), source="x"
    )
    loan = {k: [v] * 3 for k, v in programme.LOAN.items() if k not in ("id", "status")} | {
        "principal": ["60000", "3000", "60000"]
    }
    loans = rp.Loans.from_columns(**loan, columns={"status": ["Late"] * 3})
    table = rp.Items.from_columns(
        household=[0, 1, 2, 2],
        kind=["net_income"] * 3 + ["cost"],
        category=["pay"] * 3 + ["rent"],
        amount=["1500.01", "1600", "1800", "77"],
    )
    plain = rp.Households.from_columns(
        net_income=["1500.01", "1600", "1800"], costs={"rent": ["0", "0", "77"]}
    )
    for allowance in (policy.allowance, half):
        rule = replace(policy, allowance=allowance)
        got, want = (
            rp.propose(loans, homes, rule).value
            for homes in (rp.Households.from_columns(items=table, size=3), plain)
        )
        assert got.capacity.tolist() == want.capacity.tolist()
        assert got.relaxations()["income"].tolist() == want.relaxations()["income"].tolist()
        assert (got.relaxations()["income"] > 0).any()


def test_no_offer_is_made_on_what_holds_in_one_month_only():
    policy = rp.Policy.loads(programme.POLICY)
    loan = {k: v for k, v in programme.LOAN.items() if k not in ("id", "status")}
    home = rp.Household(items=[Income("pay", "2000", until="2026-06-30")], assessed="2026-01-05")
    got = rp.propose(rp.Loan(**loan, columns={"status": "Late"}), home, policy)
    assert isinstance(got, rp.Infeasible)
    assert got.capacity == 0


def test_rules_for_items_are_written_and_read():
    rule = rp.IncomeRule(
        net_of_gross="0.78", evidence="lesser", haircuts=(rp.Haircut(category="bonus", share="0.5"),)
    )
    policy = replace(rp.Policy.loads(programme.POLICY), income=rule)
    assert rp.Policy.loads(policy.dumps()) == policy


GOOD = {"household": [0, 1], "kind": "cost", "amount": ["1", "2"], "category": "rent"}


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"amount": ["1", "-2"]}, Code.NEGATIVE, "items.amount"),
        ({"amount": ["1", ""]}, Code.MISSING, "items.amount"),
        ({"balance": ["5", "7"], "arrears": ["5", "7.01"]}, Code.OUT_OF_RANGE, "items.arrears"),
        ({"balance": ["", "0"], "arrears": ["5", "0.01"]}, Code.OUT_OF_RANGE, "items.arrears"),
        ({"amount": ["1", "0.001"]}, Code.NOT_WHOLE_UNITS, "items.amount"),
        ({"verified": ["1", "x"]}, Code.NOT_A_NUMBER, "items.verified"),
        ({"kind": ["cost", "gift"]}, Code.UNKNOWN_VALUE, "items.kind"),
        ({"frequency": ["weekly", "often"]}, Code.UNKNOWN_VALUE, "items.frequency"),
        ({"start": ["", "2026-02-30"]}, Code.NOT_A_DATE, "items.start"),
        ({"start": "2026-02-02", "until": ["", "2026-02-01"]}, Code.DATES_OUT_OF_ORDER, "items.until"),
        ({"months": ["", "0"]}, Code.UNKNOWN_VALUE, "items.months"),
        ({"months": ["", "5-13"]}, Code.UNKNOWN_VALUE, "items.months"),
        ({"months": ["2", "2"], "frequency": ["weekly", "annual"]}, Code.UNKNOWN_VALUE, "items.frequency"),
        ({"balance": ["1", "-1"]}, Code.NEGATIVE, "items.balance"),
        ({"arrears": ["1", "-1"]}, Code.NEGATIVE, "items.arrears"),
        ({"priority": ["yes", "perhaps"]}, Code.UNKNOWN_VALUE, "items.priority"),
        ({"kind": "debt", "priority": ["yes", None]}, Code.MISSING, "items.priority"),
        ({"kind": "debt", "priority": [True, ""]}, Code.MISSING, "items.priority"),
        ({"category": ["rent", None]}, Code.MISSING, "items.category"),
        ({"category": ["rent", " "]}, Code.MISSING, "items.category"),
        ({"decimals": [2, 3]}, Code.UNKNOWN_VALUE, "items.decimals"),
        ({"amount": ["1", "9e15"], "frequency": "weekly"}, Code.BEYOND_DOMAIN, "items.amount"),
    ],
)
def test_a_bad_item_is_its_households_fault_and_no_others(change, code, field):
    def read(columns):
        table = rp.Items.from_columns(**columns)
        return rp.Households.from_columns(
            net_income=["100"] * (1 + int(table.of[-1])), items=table, assessed="2026-02-03"
        )

    homes, columns = read(GOOD | change), GOOD | change
    assert [(f.row, f.code, f.field) for f in homes.failures] == [(1, code, field)]
    first = {name: value[:1] if isinstance(value, list) else value for name, value in columns.items()}
    got, alone = (rp.capacity(each, NOTHING).value for each in (homes, read(first)))
    assert got.payable.tolist() == alone.payable.tolist()
    assert got.payable[0] < 100_00


def test_what_is_no_debt_needs_no_priority_and_a_table_without_categories_none():
    table = rp.Items.from_columns(household=[0, 0], kind=["cost", "debt"], amount="1", priority=["", "no"])
    assert (len(table.failures), table.names, table.priority.tolist()) == (0, ("",), [False, False])


def test_an_item_of_no_household_is_the_programs_mistake():
    for given_ in (
        {"household": [0, 2]},
        {"household": [0, -1]},
        {"household": ["a", "x"], "ids": ["a", "b"]},
    ):
        with pytest.raises(rp.InputError):
            rp.Households.from_columns(net_income=["1", "1"], items=rp.Items.from_columns(**(GOOD | given_)))
    with pytest.raises(TypeError):
        rp.Items.from_columns(**(GOOD | {"amount": ["1", "2", "3"]}))


@pytest.mark.parametrize(
    ("items", "code", "field"),
    [
        ("rent", Code.UNKNOWN_VALUE, "items"),
        (["rent"], Code.UNKNOWN_VALUE, "items[0]"),
        ([Debt("card", "1", balance="7", arrears="7.01")], Code.OUT_OF_RANGE, "items.arrears"),
        ([Debt("card", "1", priority=None)], Code.MISSING, "items.priority"),
        ([Cost(None, "1")], Code.MISSING, "items.category"),
        ([Income("", "1"), Debt("card", "1")], Code.MISSING, "items.category"),
        ([Cost("rent", 1.005)], Code.NOT_WHOLE_UNITS, "items.amount"),
        ([Cost("rent", "1", months=(13,))], Code.UNKNOWN_VALUE, "items.months"),
        ([Cost("rent", "1", months=(True,))], Code.UNKNOWN_VALUE, "items.months"),
        ([Income("pay", "1"), Income("bonus", "1", months="12")], Code.UNKNOWN_VALUE, "items[1].months"),
        ([Cost("heating", "1", months="")], Code.UNKNOWN_VALUE, "items[0].months"),
        ([Cost("heating", "1", months=11)], Code.UNKNOWN_VALUE, "items[0].months"),
        ([Debt("card", "1", months=None)], Code.UNKNOWN_VALUE, "items[0].months"),
    ],
)
def test_a_household_names_what_is_wrong_with_its_items(items, code, field):
    with pytest.raises(rp.InputError) as caught:
        rp.Household(net_income="1", items=items)
    assert (caught.value.code, caught.value.field) == (code, field)


@pytest.mark.parametrize("months", [(12,), (11, 12, 1), [2], ()])
def test_months_of_an_item_are_those_of_the_column(months):
    """A text names months in a column only; one by one it was read letter by letter: 12 as 1 and 2."""
    alone = rp.Household(items=[Income("bonus", "500", months=months)]).batch.items
    table = rp.Items.from_columns(
        household=[0], kind=["net_income"], category=["bonus"], amount=["500"],
        months=[" ".join(str(month) for month in months)],
    )  # fmt: skip
    assert alone.season.tolist() == table.season.tolist()
    by_hand = sum(1 << month - 1 for month in months or range(1, 13))
    assert alone.season.tolist() == [by_hand]


@pytest.mark.parametrize(
    ("make", "code", "field"),
    [
        (lambda: rp.Haircut(category=None, share="0"), Code.MISSING, "haircuts.category"),
        (lambda: rp.Haircut(category="x", share="2"), Code.OUT_OF_RANGE, "haircuts.share"),
        (lambda: rp.IncomeRule(evidence="none"), Code.UNKNOWN_VALUE, "income.evidence"),
        (lambda: rp.IncomeRule(haircuts=("x",)), Code.UNKNOWN_VALUE, "income.haircuts[0]"),
        (
            lambda: rp.IncomeRule(haircuts=(rp.Haircut(category="x", share="0"),) * 2),
            Code.DUPLICATE,
            "income.haircuts[1].category",
        ),
    ],
)
def test_rules_that_cannot_be_meant(make, code, field):
    with pytest.raises(rp.InputError) as caught:
        make()
    assert (caught.value.code, caught.value.field) == (code, field)


def test_sums_beyond_the_domain_have_a_code():
    top = 5 * 10**15
    for kind in KINDS:
        table = rp.Items.from_columns(
            household=[0, 0, 1], kind=[kind, kind, "net_income"], category="c", amount=[top, top, 1]
        )
        homes = rp.Households.from_columns(net_income="1", gross_income=str(top), items=table, size=2)
        got = rp.capacity(homes, NOTHING)
        assert [(f.row, f.code) for f in got.failures] == [(0, Code.BEYOND_DOMAIN)]
        assert got.value.net_income.tolist() == [2_00]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2**59)), max_size=8), st.integers(0, 2**60))
def test_sums_are_exact_or_beyond(entries, most):
    of, amounts = (np.array([e[i] for e in entries], np.int64) for i in (0, 1))
    total, beyond = added(amounts, of, 4, most)
    want = [sum(a for o, a in entries if o == i) for i in range(4)]
    assert beyond.tolist() == [w > most for w in want]
    assert total.tolist() == [0 if w > most else w for w in want]


@given(st.lists(st.integers(0, 4), max_size=8), st.lists(st.integers(0, 5), max_size=6))
def test_entries_follow_their_households(of, rows):
    of = np.sort(np.array(of, np.int64))
    entry, new = gather(of, np.array(rows, np.int64))
    assert list(zip(new.tolist(), entry.tolist(), strict=True)) == [
        (k, i) for k, row in enumerate(rows) for i in np.flatnonzero(of == row).tolist()
    ]


def test_debts_keep_what_is_owed():
    table = rp.Items.from_columns(
        household=[1, 0],
        kind="debt",
        amount=["10", "20"],
        balance=["500", ""],
        arrears=["", "30"],
        priority=[True, False],
    )
    assert table.balance.tolist() == [0, 500_00]
    assert table.arrears.tolist() == [30_00, 0]
    assert table.priority.tolist() == [False, True]
    one = rp.Household(net_income="1", items=[Debt("rent", "1", balance="9", arrears="3", priority=True)])
    assert (one.batch.items.balance.tolist(), one.batch.items.priority.tolist()) == ([900], [True])
