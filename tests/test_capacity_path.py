"""Months that lie ahead, against a household's months in plain Python."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import household_oracle
import repayplan as rp
from household_oracle import Refused
from repayplan import Code, Cost, Income
from repayplan.ability.capacities import PARTS
from repayplan.ability.surplus import Rules
from repayplan.ability.way import Way
from repayplan.basics.columns import Screen
from repayplan.basics.dates import (
    FREQUENCIES,
    FREQUENCY_INDEX,
    PERIOD_MONTHS_DEN,
    PERIOD_MONTHS_NUM,
    months_taken,
    shift,
)
from test_vectorised import calls

RULE = rp.Allowance(adult_first="300.07", adult_further="0", child="0", covers=("food",), source="own")
FLOOR = {"floor_": 300_07, "covers": ("food",)}
DAYS = st.one_of(st.none(), st.dates(date(2025, 6, 1), date(2028, 3, 31)))
BEGIN = (2026, 3)


@st.composite
def items(draw):
    kind = draw(st.sampled_from(["net_income", "net_income", "gross_income", "deduction", "cost", "debt"]))
    start, until = draw(DAYS), draw(DAYS)
    if start and until and until < start:
        start, until = until, start
    months = draw(st.one_of(st.just(()), st.lists(st.integers(1, 12), min_size=1, max_size=6, unique=True)))
    frequencies = ["weekly", "monthly"] if months else sorted(household_oracle.IN_MONTHS)
    amount = draw(st.integers(0, 30_000 if kind == "deduction" else 200_000))
    return {
        "kind": kind,
        "category": draw(st.sampled_from(["food", "rent", "overtime"])),
        "amount": amount,
        "verified": draw(st.sampled_from([None, None, amount, amount // 2, amount * 2])),
        "frequency": draw(st.sampled_from(frequencies)),
        "start": start,
        "until": until,
        "months": tuple(months),
    }


def deducted_together(some, together):
    """The items, deductions there when the first gross income is, or whenever they are."""
    paid = next((item for item in some if item["kind"] == "gross_income"), None)
    if paid is None or not together:
        return some
    dates = {name: paid[name] for name in ("start", "until")}
    return [item | dates if item["kind"] == "deduction" else item for item in some]


HOMES = st.builds(deducted_together, st.lists(items(), max_size=5), st.booleans()).map(
    lambda some: [*some, {**BASE, "amount": 250_000}, {**BASE, "amount": 60_000, "months": (6, 7, 8)}]
)
BASE = {
    "kind": "net_income",
    "category": "pay",
    "verified": None,
    "frequency": "monthly",
    "start": None,
    "until": None,
    "months": (),
}
RULES = st.fixed_dictionaries(
    {
        "net_of_gross": st.sampled_from([None, Fraction(3, 4)]),
        "evidence": st.sampled_from([None, "declared", "lesser"]),
        "haircuts": st.sampled_from(
            [{}, {"overtime": Fraction(1, 3).limit_denominator(1000), "x": Fraction(1)}]
        ),
    }
).map(lambda rules: rules | {"haircuts": {name: Fraction("0.35") for name in rules["haircuts"]}})


def income_rule(rules):
    share = rules["net_of_gross"]
    return rp.IncomeRule(
        net_of_gross=None if share is None else "0.75",
        evidence=rules["evidence"],
        haircuts=tuple(rp.Haircut(category=name, share="0.35") for name in rules["haircuts"]),
    )


def euros(cents):
    return "" if cents is None else str(Decimal(cents).scaleb(-2))


def as_batch(homes):
    flat = [(i, item) for i, home in enumerate(homes) for item in home]
    names = ("kind", "category", "frequency", "start", "until")
    columns = {name: [str(item[name] or "") for _, item in flat] for name in names}
    table = rp.Items.from_columns(
        household=[i for i, _ in flat],
        amount=[euros(item["amount"]) for _, item in flat],
        verified=[euros(item["verified"]) for _, item in flat],
        months=[" ".join(map(str, item["months"])) for _, item in flat],
        **columns,
    )
    return rp.Households.from_columns(items=table, size=len(homes))


def as_one(home):
    made = []
    for item in home:
        kinds = {"cost": Cost, "debt": rp.Debt, "deduction": rp.Deduction}
        given_ = {k: item[k] for k in ("category", "frequency", "start", "until", "months")}
        given_ |= {"amount": euros(item["amount"]), "verified": euros(item["verified"])}
        if item["kind"].endswith("income"):
            made.append(Income(**given_, gross=item["kind"] == "gross_income"))
        else:
            made.append(kinds[item["kind"]](**given_))
    return rp.Household(items=made)


def after(k):
    return divmod(BEGIN[0] * 12 + BEGIN[1] - 1 + k, 12)


def by_hand(home, k, rules, **more):
    year, month = after(k)
    return household_oracle.payable(home, year, month + 1, **FLOOR, **rules, **more)


def path_of(homes, rules, months, **more):
    begin = f"{BEGIN[0]}-{BEGIN[1]:02d}-17"
    return rp.capacity_path(homes, RULE, begin=begin, months=months, income=income_rule(rules), **more)


def at(table, month):
    return table[min(month, len(table) - 1)]


@given(st.lists(HOMES, min_size=1, max_size=4), RULES, st.integers(1, 40))
def test_every_month_by_hand_one_by_one_and_in_a_batch(homes, rules, months):
    outcome = path_of(as_batch(homes), rules, months)
    failed = {f.row: (f.code, f.field) for f in outcome.failures}
    for i, home in enumerate(homes):
        want, codes = [], []
        for k in range(52):  # every date given is within them, and a year beyond all months looked at
            try:
                want.append(by_hand(home, k, rules))
            except Refused as refused:
                codes.append(refused.args)
        if codes:
            assert failed[i] in codes
            with pytest.raises(rp.InputError) as caught:
                path_of(as_one(home), rules, months)
            assert (caught.value.code, caught.value.field) == failed[i]
            continue
        column = outcome.row.tolist().index(i)
        table = outcome.value.payable[:, column]
        assert [at(table, k) for k in range(months)] == want[:months]
        assert table[-1] == min(want[months:]) or len(table) <= months
        assert table[-1] <= min(want[months:])
        one = path_of(as_one(home), rules, months)
        assert [at(one.payable, k)[0] for k in range(months + 1)] == [at(table, k) for k in range(months + 1)]
        for k in (0, months - 1):
            can = outcome.value.capacities(k).one(column)
            assert can == one.one(0)[k]
            assert can.payable * 100 == want[k]


@given(st.lists(HOMES, min_size=2, max_size=4), RULES, st.randoms(use_true_random=False))
def test_order_and_neighbours_do_not_matter(homes, rules, random):
    order = list(range(len(homes)))
    random.shuffle(order)
    straight, mixed = (path_of(as_batch(each), rules, 30) for each in (homes, [homes[i] for i in order]))
    assert sorted(order[i] for i in mixed.row) == straight.row.tolist()
    for column, i in enumerate(mixed.row):
        other = straight.row.tolist().index(order[i])
        for k in range(31):
            assert at(mixed.value.payable, k)[column] == at(straight.value.payable, k)[other]


@given(HOMES, st.sampled_from(["0.10", "0.333"]), st.sampled_from(["0.02", "0.055"]), DAYS)
def test_stress_and_uprating_by_hand(home, stress, uprating, first):
    rules = {"net_of_gross": Fraction(3, 4), "evidence": "declared", "haircuts": {}}
    outlook = rp.Outlook(stress=stress, uprating=uprating if first else "0", uprated_from=first)
    outcome = path_of(as_batch([home]), rules, 30, outlook=outlook)
    if len(outcome.failures):
        return
    for k in range(30):
        year, month = after(k)
        times = (
            0 if first is None else max((year * 12 + month - first.year * 12 - first.month + 1) // 12 + 1, 0)
        )
        more = {"stress": Fraction(stress), "upratings": [Fraction(uprating)] * times}
        assert at(outcome.value.payable, k).tolist() == [by_hand(home, k, rules, **more)]


@given(HOMES, RULES, st.integers(1, 50_000), st.integers(0, 5))
def test_more_income_never_lowers_any_month_and_more_costs_never_raise_one(home, rules, more, which):
    richer = [*home, {**BASE, "amount": more}]
    dearer = [*home, {**BASE, "kind": "cost", "category": "rent", "amount": more}]
    tables = [path_of(as_batch([h]), rules, 24) for h in (dearer, home, richer)]
    if not any(len(outcome.failures) for outcome in tables):
        low, mid, high = (np.array([at(o.value.payable, k)[0] for k in range(25)]) for o in tables)
        assert (low <= mid).all()
        assert (mid <= high).all()


@given(st.lists(st.tuples(st.integers(0, 300_000), st.integers(0, 90_000)), min_size=1, max_size=5))
def test_where_nothing_is_dated_there_is_one_row_and_it_is_todays(rows):
    homes = rp.Households.from_columns(
        net_income=rp.minor([a for a, _ in rows]), costs={"rent": rp.minor([b for _, b in rows])}
    )
    kept = rp.Contingency(share="0.1", at_most="20")
    can = rp.capacity(homes, RULE, contingency=kept).value
    path = rp.capacity_path(homes, RULE, begin="2026-01-31", months=24, contingency=kept).value
    assert path.payable.tolist() == [can.payable.tolist()]
    for month in (0, 23):
        got = path.capacities(month)
        for name in PARTS:
            assert getattr(got, name).tolist() == getattr(can, name).tolist()
    # The same as items.
    items_ = rp.Items.from_columns(
        household=np.repeat(np.arange(len(rows)), 2),
        kind=["net_income", "cost"] * len(rows),
        category=["pay", "rent"] * len(rows),
        amount=rp.minor(np.array(rows).ravel()),
    )
    same = rp.capacity(rp.Households.from_columns(items=items_, size=len(rows)), RULE, contingency=kept).value
    assert [same.one(i) for i in range(len(rows))] == [can.one(i) for i in range(len(rows))]


# Periods

NAMES = st.sampled_from([f.name for f in FREQUENCIES if f.months <= 24])


@given(st.lists(HOMES, min_size=1, max_size=3), st.data())
def test_a_period_of_months_is_the_sum_of_its_months(homes, data):
    rules = {"net_of_gross": Fraction(3, 4), "evidence": "declared", "haircuts": {}}
    outcome = path_of(as_batch(homes), rules, 40)
    path, size = outcome.value, len(outcome.value)
    names = data.draw(st.lists(NAMES, min_size=size, max_size=size))
    days = st.one_of(st.none(), st.dates(date(2026, 3, 1), date(2032, 12, 31)))
    due = [data.draw(st.lists(days, min_size=size, max_size=size)) for _ in range(3)]
    if not size:
        return
    got = path.per_period(names, np.array(due, "datetime64[D]"))
    assert got.row.tolist() == list(range(size))
    for k, row in enumerate(due):
        for i, day in enumerate(row):
            often = FREQUENCIES[FREQUENCY_INDEX[names[i]]]
            if day is None:
                want = 0
            else:
                last = day.year * 12 + day.month - 1 - (BEGIN[0] * 12 + BEGIN[1] - 1)
                table = path.surplus[:, i].tolist()
                whole, share = divmod(often.in_months, 1)
                want = sum(at(table, max(m, 0)) for m in range(last - whole + 1, last + 1))
                want += floor(at(table, max(last - whole, 0)) * share)
                want = max(want, 0)
            assert got.value[k, i] == want


@given(st.lists(HOMES, min_size=1, max_size=4), st.booleans())
def test_the_months_that_come_round_are_those_one_by_one(homes, stressed):
    months, first = 70, BEGIN[0] * 12 + BEGIN[1] - 1 - 1970 * 12
    income = rp.IncomeRule(net_of_gross="0.75", evidence="declared")
    rules = Rules(
        allowance=RULE, income=income, contingency=rp.Contingency(share="0"), assumed=(), guidelines=()
    )
    batch = as_batch(homes)
    way = Way(batch, rules, first, rp.Outlook(stress="0.1" if stressed else "0"), batch.costs)
    screens = Screen(len(batch)), Screen(len(batch))
    table = way.table(screens[0], months, lambda can: can.surplus[None].copy())
    round_, turn = way.recurring(screens[1], months, lambda can: can.surplus[None].copy())
    assert screens[0].good.tolist() == screens[1].good.tolist()
    assert turn == 12  # everybody earns more in summer
    for k in range(months):
        row = k if k < len(round_) else len(round_) - turn + (k - len(round_)) % turn
        assert at(table, k)[0].tolist() == round_[row, 0].tolist()


@given(st.data())
def test_what_comes_round_is_what_is_written_out(data):
    rows, size = data.draw(st.integers(1, 9)), data.draw(st.integers(1, 3))
    turn = data.draw(st.integers(1, rows))
    cell = st.integers(-5_000, 90_000)
    surplus = np.array([data.draw(st.lists(cell, min_size=size, max_size=size)) for _ in range(rows)])
    known = {"begin": date(2026, 1, 1), "decimals": np.full(size, 2)}
    long = [k if k < rows else rows - turn + (k - rows) % turn for k in range(1_000)]
    short, written = (
        rp.PayablePath(payable=np.maximum(table, 0), surplus=table, turn=many, **known)
        for table, many in ((surplus, turn), (surplus[long], 1))
    )
    names = data.draw(st.lists(NAMES, min_size=size, max_size=size))
    often = np.array([FREQUENCY_INDEX[name] for name in names])
    days = data.draw(st.lists(st.integers(0, 40), min_size=size, max_size=size))
    day = np.datetime64("2026-01-31") + np.array(days)
    due = shift(day, often, np.arange(30)[:, None])
    want = written.per_period(often, due).value
    np.testing.assert_array_equal(short.per_period(often, due).value, want)
    # The same due dates of all, said once.
    np.testing.assert_array_equal(
        short.per_period(often[0], due[:, :1], np.zeros(size, np.int64)).value,
        written.per_period(often[0], np.repeat(due[:, :1], size, axis=1)).value,
    )
    whole = PERIOD_MONTHS_NUM[often] % PERIOD_MONTHS_DEN[often] == 0
    start, many = short.recurring(due, months_taken(np.ones_like(often), often), whole)
    assert many == 1 or turn > 1
    for k in range(start + many, 30 if many else 0):
        np.testing.assert_array_equal(want[k], want[k - many])


@given(st.lists(st.integers(0, 2**59), min_size=1, max_size=4), st.data())
def test_periods_are_todays_where_nothing_changes_over_the_whole_domain(units, data):
    homes = rp.Households.from_columns(net_income=rp.minor(units))
    nothing = rp.FixedAllowance(amount="0", frequency="monthly", covers=(), source="own")
    names = data.draw(
        st.lists(st.sampled_from([f.name for f in FREQUENCIES]), min_size=len(units), max_size=len(units))
    )
    path = rp.capacity_path(homes, nothing, begin="2026-01-01", months=5).value
    due = np.full((3, len(units)), np.datetime64("2026-01-15", "D")) + np.array([[0], [4000], [8000]])
    got, want = path.per_period(names, due), rp.capacity(homes, nothing).value.per_period(names)
    assert [(f.row, f.code, f.field) for f in got.failures] == [
        (f.row, f.code, f.field) for f in want.failures
    ]
    assert got.row.tolist() == want.row.tolist()
    assert got.value.tolist() == [want.value.tolist()] * 3


def test_weeks_are_shares_of_the_month_of_the_due_date_and_longer_periods_reach_back():
    pay = [Income("pay", "1000"), Income("benefit", "400", until="2026-02-28")]
    path = rp.capacity_path(rp.Household(items=pay), RULE, begin="2026-01-01", months=6)
    assert path.payable.ravel().tolist() == [1099_93, 1099_93, 699_93]
    for name, due, want in (
        ("weekly", "2026-02-28", 1099_93 * 12 // 52),
        ("weekly", "2026-03-02", 699_93 * 12 // 52),
        ("semi-monthly", "2026-03-02", 699_93 // 2),
        ("quarterly", "2026-03-31", 2 * 1099_93 + 699_93),
        ("13-weekly", "2026-03-31", 2 * 1099_93 + 699_93),  # 13 weeks are three months
        ("6-weekly", "2026-03-31", 699_93 + 1099_93 * 5 // 13),  # and 6 weeks one and 5/13
        ("52-weekly", "2026-12-31", 10 * 699_93 + 2 * 1099_93),
    ):
        got = path.per_period(name, np.array([[due]], "datetime64[D]"))
        assert got.value.tolist() == [[want]]


def test_what_a_month_falls_short_by_is_taken_from_the_others_of_its_period():
    home = rp.Household(items=[Income("pay", "400.07"), rp.Debt("card", "150", months=(2,))])
    path = rp.capacity_path(home, RULE, begin="2026-01-01", months=12)
    assert path.payable.ravel().tolist()[:3] == [100_00, 0, 100_00]
    assert path.surplus.ravel().tolist()[:3] == [100_00, -50_00, 100_00]
    for name, due, want in (
        ("quarterly", "2026-03-31", 150_00),
        ("bimonthly", "2026-02-28", 50_00),
        ("6-weekly", "2026-03-31", 100_00 - (50_00 * 5 + 12) // 13),
        ("weekly", "2026-02-28", 0),
    ):
        assert path.per_period(name, np.array([[due]], "datetime64[D]")).value.tolist() == [[want]]


def test_faults_of_periods():
    homes = rp.Households.from_columns(net_income=["1000"] * 3)
    path = rp.capacity_path(homes, RULE, begin="2026-03-20", months=2).value
    due = np.array([["2026-03-01", "2026-02-28", "2026-05-01"]], "datetime64[D]")
    got = path.per_period(["monthly", "monthly", "often"], due)
    assert [(f.row, f.code, f.field, f.limit) for f in got.failures[:1]] == [
        (1, Code.OUT_OF_RANGE, "due", ">= 2026-03-01")
    ]
    assert (got.row.tolist(), got.failures[1].code) == ([0], Code.UNKNOWN_VALUE)
    for wrong in (due[0], due.astype("datetime64[s]"), due[:, :2], [["2026-05-01"] * 3]):
        with pytest.raises(TypeError):
            path.per_period("monthly", wrong)


@pytest.mark.parametrize(
    ("make", "code", "field"),
    [
        (lambda: rp.Outlook(stress="1.1"), Code.OUT_OF_RANGE, "outlook.stress"),
        (lambda: rp.Outlook(stress=0.1), Code.OUT_OF_RANGE, "outlook.stress"),
        (lambda: rp.Outlook(uprating="0.02"), Code.MISSING, "outlook.uprated_from"),
        (lambda: rp.Outlook(uprated_from="soon"), Code.NOT_A_DATE, "outlook.uprated_from"),
        (lambda: one_path(months=0), Code.OUT_OF_RANGE, "months"),
        (lambda: one_path(months=3661), Code.OUT_OF_RANGE, "months"),
        (lambda: one_path(months=True), Code.BOOLEAN, "months"),
        (lambda: one_path(begin="soon"), Code.NOT_A_DATE, "begin"),
        (lambda: one_path().capacities(12), Code.OUT_OF_RANGE, "month"),
        (lambda: one_path(months=12, home={"net_income": ""}), Code.MISSING, "net_income"),
    ],
)
def test_faults(make, code, field):
    with pytest.raises(rp.InputError) as caught:
        make()
    assert (caught.value.code, caught.value.field) == (code, field)


def one_path(begin="2026-01-01", months=12, home=None):
    return rp.capacity_path(rp.Household(**(home or {"net_income": "900"})), RULE, begin=begin, months=months)


def test_a_code_of_a_later_month_is_the_households_and_no_other_changes():
    tax, side = rp.Deduction("tax", "500"), Income("side", "100", gross=True)
    ends = [Income("pay", "1900", gross=True, until="2026-06-30"), side, tax]
    goes_on = [Income("pay", "1900", gross=True), side, tax]
    homes = rp.Households.from_columns(
        items=rp.Items.from_columns(
            household=[0, 0, 0, 1, 1, 1],
            kind=["gross_income", "gross_income", "deduction"] * 2,
            amount=["1900", "100", "500"] * 2,
            until=["2026-06-30", "", "", "", "", ""],
        ),
        size=2,
    )
    for months in (4, 12):  # within the months that are looked at, and after them
        got = rp.capacity_path(homes, RULE, begin="2026-01-01", months=months)
        assert [(f.row, f.code, f.field) for f in got.failures] == [(0, Code.OUT_OF_RANGE, "deductions")]
        assert got.value.payable.tolist() == [[1500_00 - 300_07]]
    with pytest.raises(rp.InputError):
        rp.capacity_path(rp.Household(items=ends), RULE, begin="2026-01-01", months=4)
    rp.capacity_path(rp.Household(items=goes_on), RULE, begin="2026-01-01", months=4)


def paid_by_month(*some):
    """What is net each month of 2026 and after."""
    path = rp.capacity_path(
        rp.Household(items=some, assessed="2026-01-10"),
        rp.FixedAllowance(amount="0", frequency="monthly", covers=(), source="own"),
        begin="2026-01-01",
        months=6,
    )
    return [path.payable[min(month, len(path.payable) - 1), 0] / 100 for month in range(6)]


BENEFIT = Income("benefit", "1000")


@pytest.mark.parametrize("until", ["2026-03-15", "2026-04-02", None])
def test_a_deduction_ends_with_the_gross_income_that_it_is_taken_from(until):
    pay = Income("pay", "3000", gross=True, until="2026-03-15")
    tax = rp.Deduction("tax", "600", until=until)
    assert paid_by_month(pay, tax, BENEFIT) == [3400, 3400, 1000, 1000, 1000, 1000]


def test_a_deduction_begins_with_the_gross_income_that_it_is_taken_from():
    pay = Income("pay", "3000", gross=True, start="2026-03-15")
    for start in ("2026-03-15", None):
        tax = rp.Deduction("tax", "600", start=start)
        assert paid_by_month(pay, tax, BENEFIT) == [1000, 1000, 1000, 3400, 3400, 3400]


def test_a_deduction_ends_with_its_own_income_beside_another_that_goes_on():
    ends = {"until": "2026-03-15"}
    one = (Income("pay", "3000", gross=True, **ends), rp.Deduction("tax", "600", **ends))
    other = (Income("side", "500", gross=True), rp.Deduction("its tax", "50"))
    assert paid_by_month(*one, *other) == [2850, 2850, 450, 450, 450, 450]
    # Of an income that goes on, a deduction counts in every month that it touches.
    change = (rp.Deduction("tax", "600", **ends), rp.Deduction("tax", "700", start="2026-03-16"))
    assert paid_by_month(Income("pay", "3000", gross=True), *change) == [2400, 2400, 1700, 2300, 2300, 2300]
    # The income of another household says nothing about it.
    table = rp.Items.from_columns(
        household=[0, 1, 1],
        kind=["gross_income", "gross_income", "deduction"],
        amount=["3000", "3000", "600"],
        until=["2026-03-15", "", "2026-03-15"],
    )
    assert (table.last[2], table.last[0]) == (56 * 12 + 2, 56 * 12 + 1)


def test_upratings_end_with_the_months_that_are_looked_at():
    outlook = rp.Outlook(uprating="0.10", uprated_from="2026-07-01")
    path = rp.capacity_path(
        rp.Household(net_income="1000"), RULE, begin="2026-01-01", months=19, outlook=outlook
    )
    # 300.07, raised to 330.08 (330.077) and to 363.09 (363.088) a year later.
    assert path.payable.ravel().tolist() == [69993] * 6 + [66992] * 12 + [63691]
    assert [can.allowance for can in path.one(0)[5:7]] == [Decimal("300.07"), Decimal("330.08")]


def test_what_ends_after_the_months_is_in_the_last_row_with_the_figures_of_the_last_month():
    outlook = rp.Outlook(uprating="0.10", uprated_from="2026-07-01")
    home = rp.Household(items=[Income("pay", "1000"), Income("benefit", "200", until="2026-12-31")])
    path = rp.capacity_path(home, RULE, begin="2026-01-01", months=6, outlook=outlook)
    assert path.payable.ravel().tolist() == [1200_00 - 300_07] * 6 + [1000_00 - 300_07]


def test_uprating_beyond_the_domain_has_a_code():
    outlook = rp.Outlook(uprating="1", uprated_from="2026-01-01")
    homes = rp.Households.from_columns(net_income=["1", "1"], decimals=[2, 0])
    got = rp.capacity_path(homes, RULE, begin="2026-01-01", months=12 * 50, outlook=outlook)
    assert [(f.row, f.code, f.field) for f in got.failures] == [(0, Code.BEYOND_DOMAIN, "allowance")]


def test_calls_do_not_grow_with_the_number_of_households(monkeypatch):
    monkeypatch.setattr("repayplan.ability.way.AT_ONCE", 1)  # of few, all months are worked out together

    def traced(size):
        rng = np.random.default_rng(5)
        day = np.datetime64("2026-01-01") + rng.integers(0, 700, size)
        table = rp.Items.from_columns(
            household=np.tile(np.arange(size), 2),
            kind=np.repeat(["net_income", "cost"], size),
            amount=rp.minor(rng.integers(0, 300_000, 2 * size)),
            until=np.concatenate([day, day]),
        )
        homes = rp.Households.from_columns(items=table, size=size)
        due = np.full((4, size), np.datetime64("2026-09-01"))

        def work():
            path = rp.capacity_path(homes, RULE, begin="2026-01-01", months=24).value
            path.per_period("quarterly", due)

        return sum(calls(work).values())

    assert traced(100_000) <= 1.2 * traced(1_000)


@pytest.mark.parametrize("frequency", ["monthly", "semi-monthly", "quarterly", "weekly", "fortnightly"])
@pytest.mark.parametrize("extra", [rp.Income("bonus", "520", until="2026-01-31"), rp.Income("job", "520")])
def test_what_periods_of_a_year_have_beside_its_months(frequency, extra):
    """Only periods of weeks have more, and only of months with more due dates than their share."""
    rule = rp.Allowance(adult_first="1000", adult_further="0", child="0", covers=(), source="own")
    home = rp.Household(items=[rp.Income("pay", "1000"), extra], assessed="2026-01-01")
    path = rp.capacity_path(home, rule, begin="2026-01-01", months=12)
    months = sum(each.payable for each in path.one(0)[:12])
    weeks = {"weekly": 1, "fortnightly": 2}.get(frequency)
    if weeks is not None:
        due = np.datetime64("2026-01-02") + np.arange(0, 363, 7 * weeks)
        assert len(due) == 52 / weeks
    else:
        begins = np.arange("2026-01", "2027-01", dtype="datetime64[M]")
        ends = (begins + np.timedelta64(1, "M")).astype("datetime64[D]") - np.timedelta64(1, "D")
        halves = np.sort(np.concatenate((ends, begins.astype("datetime64[D]") + np.timedelta64(14, "D"))))
        due = {"monthly": ends, "quarterly": ends[2::3], "semi-monthly": halves}[frequency]
    given = path.per_period(frequency, due[:, None]).value.sum() / 100
    if weeks is not None and extra.until:
        # Five Fridays in January, or three of every second week: 60/52 or 72/52 of it.
        assert months == 520
        assert given == {1: 600, 2: 720}[weeks]
    else:
        assert given == months
