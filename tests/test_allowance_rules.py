"""Allowances put together: against a tree of exact fractions, published figures, and every fault."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import ceil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import programme
import repayplan as rp
from repayplan import Code
from repayplan.basics.columns import Screen
from repayplan.basics.dates import FREQUENCIES, FREQUENCY_INDEX

OWN = {"covers": ("food",), "source": "own"}
MONEY = st.decimals(0, 10**6, places=3)
SHARE = st.decimals(0, 1, places=4)
DATES = st.dates(date(2020, 1, 1), date(2030, 12, 31))
NAMES = ("A", "B", "C")
LEAVES = st.one_of(
    st.builds(
        rp.Allowance,
        by_persons=st.lists(MONEY, min_size=1, max_size=4).map(tuple),
        further_person=st.one_of(MONEY, st.just("refused")),
        multiplier=SHARE,
        **{k: st.just(v) for k, v in OWN.items()},
    ),
    st.builds(
        rp.Allowance,
        adult_first=MONEY,
        adult_further=MONEY,
        child_by_age=st.builds(
            lambda a, b, c: (rp.AgeBand(under=6, each=a), rp.AgeBand(under=14, each=b), rp.AgeBand(each=c)),
            *[MONEY] * 3,
        ),
        dependant=st.one_of(st.none(), MONEY),
        **{k: st.just(v) for k, v in OWN.items()},
    ),
    st.builds(
        rp.FixedAllowance,
        amount=MONEY,
        frequency=st.sampled_from(["monthly", "weekly", "annual", "semi-monthly"]),
        **{k: st.just(v) for k, v in OWN.items()},
    ),
    st.builds(lambda base: rp.EquivalenceScale.oecd_modified(base, **OWN), MONEY),
    st.builds(
        lambda of, start, bands: rp.IncomeBands(
            of=of,
            bands=tuple(
                rp.Band(above=start + 700 * i, base=base, share=share)
                for i, (base, share) in enumerate(bands)
            ),
            **OWN,
        ),
        st.sampled_from(["net_income", "gross_income"]),
        st.decimals(0, 900, places=3),
        st.lists(st.tuples(MONEY, SHARE), min_size=1, max_size=3),
    ),
)


def dated(rules, days):
    """Each rule holds from a day of its own, which a figure of nothing brings."""
    days = sorted(days)
    nothing = [rp.FixedAllowance(amount="0", frequency="monthly", effective=day, **OWN) for day in days]
    return rp.ByDate(by_date=tuple(a + b for a, b in zip(rules, nothing, strict=False)))


def trees(children):
    some = st.lists(children, min_size=1, max_size=3)
    return st.one_of(
        st.builds(lambda rule, times: rule * times, children, st.decimals(0, 3, places=2)),
        st.builds(lambda rules: rp.SumOf(sum_of=tuple(rules)), some),
        st.builds(lambda rules: rp.greater_of(*rules), some),
        st.builds(lambda rules: rp.lesser_of(*rules), some),
        st.builds(
            lambda rules: rp.ByRegion(
                by_region=tuple(
                    rp.Regional(regions=(name,), allowance=rule)
                    for name, rule in zip(NAMES, rules, strict=False)
                )
            ),
            some,
        ),
        st.builds(
            dated,
            st.lists(LEAVES, min_size=1, max_size=3),
            st.lists(DATES, min_size=3, max_size=3, unique=True),
        ),
    )


RULES = st.recursive(LEAVES, trees, max_leaves=5)


@st.composite
def homes(draw):
    maybe = st.one_of(st.none(), st.integers(0, 400_000))
    net = draw(maybe)
    ages = draw(st.one_of(st.none(), st.lists(st.integers(0, 20), max_size=3)))
    return {
        "adults": draw(st.integers(1, 3)),
        "children": draw(st.integers(0, 3)) if ages is None else len(ages),
        "ages": ages,
        "dependants": draw(st.integers(0, 1)),
        "net_income": net,
        "gross_income": draw(st.integers(0, 400_000)) if net is None else draw(maybe),
        "region": draw(st.sampled_from([*NAMES, "", "elsewhere"])),
        "assessed": draw(st.one_of(st.none(), DATES)),
        "decimals": draw(st.sampled_from([0, 2, 3])),
    }


def cents(units, decimals):
    return (
        ""
        if units is None
        else str(Fraction(units, 10**decimals) if not decimals else Decimal(units).scaleb(-decimals))
    )


def as_batch(rows):
    columns = {key: [row[key] for row in rows] for key in rows[0]}
    for name in ("net_income", "gross_income"):
        columns[name] = [cents(row[name], row["decimals"]) for row in rows]
    of = [i for i, row in enumerate(rows) for _ in row["ages"] or ()]
    columns["ages"] = (of, [age for row in rows for age in row["ages"] or ()])
    columns["assessed"] = [row["assessed"] or "" for row in rows]
    return rp.Households.from_columns(**columns)


class Refused(Exception):  # noqa: N818
    """What the reference says where there is no figure; its argument is the code and the field."""


def children(rule_bands, row):
    if row["ages"] is None and row["children"]:
        raise Refused(Code.MISSING, "ages")
    total = Fraction(0)
    for age in row["ages"] or ():
        fits = [band for band in rule_bands if band.under is None or age < band.under]
        total += Fraction(fits[0].each)
    return total


def dependants(figure, row):
    if figure is None and row["dependants"]:
        raise Refused(Code.MISSING, "allowance.dependant")
    return Fraction(figure or 0) * row["dependants"]


def by_hand(rule, row, times=Fraction(1)):
    """Minor units of one household, each figure with all its multipliers rounded up once."""
    scale = 10 ** row["decimals"]
    if isinstance(rule, rp.Allowance) and rule.by_persons is not None:
        persons, table = row["adults"] + row["children"] + row["dependants"], rule.by_persons
        if persons > len(table) and rule.further_person == "refused":
            raise Refused(Code.OUT_OF_RANGE, "persons")
        amount = Fraction(table[min(persons, len(table)) - 1])
        amount += max(persons - len(table), 0) * (
            0 if rule.further_person == "refused" else Fraction(rule.further_person)
        )
        return ceil(amount * Fraction(rule.multiplier) * times * scale)
    if isinstance(rule, rp.Allowance):
        amount = Fraction(rule.adult_first) + (row["adults"] - 1) * Fraction(rule.adult_further)
        amount += children(rule.child_by_age, row) + dependants(rule.dependant, row)
        return ceil(amount * Fraction(rule.multiplier) * times * scale)
    if isinstance(rule, rp.FixedAllowance):
        months = FREQUENCIES[FREQUENCY_INDEX[rule.frequency]].in_months
        return ceil(Fraction(rule.amount) / months * times * scale)
    if isinstance(rule, rp.EquivalenceScale):
        adults = 1 + (row["adults"] - 1) * Fraction(rule.adult_share) + children(rule.child_shares, row)
        adults += dependants(rule.dependant_share, row)
        return ceil(Fraction(rule.base) * adults * times * scale)
    if isinstance(rule, rp.IncomeBands):
        if row[rule.of] is None:
            raise Refused(Code.MISSING, rule.of)
        income = Fraction(row[rule.of], scale)
        held = [band for band in rule.bands if Fraction(band.above) <= income]
        if not held:
            raise Refused(Code.OUT_OF_RANGE, rule.of)
        left = Fraction(held[-1].base) + Fraction(held[-1].share) * (income - Fraction(held[-1].above))
        return ceil(left * times * scale)
    if isinstance(rule, rp.Multiple):
        return by_hand(rule.multiple_of, row, times * Fraction(rule.times))
    if isinstance(rule, rp.ByRegion):
        for each in rule.by_region:
            if row["region"] in each.regions:
                return by_hand(each.allowance, row, times)
        raise Refused(Code.UNKNOWN_VALUE if row["region"] else Code.MISSING, "region")
    if isinstance(rule, rp.ByDate):
        if row["assessed"] is None:
            raise Refused(Code.MISSING, "assessed")
        held = [each for each in rule.by_date if each.effective <= row["assessed"]]
        if not held:
            raise Refused(Code.OUT_OF_RANGE, "assessed")
        return by_hand(held[-1], row, times)
    fold = {rp.SumOf: sum, rp.GreaterOf: max, rp.LesserOf: min}[type(rule)]
    return fold([by_hand(part, row, times) for part in rule.parts])


def answers(rule, rows):
    """Of each household the figure, or the code and the field."""
    screen = rp.basics.columns.Screen(len(rows))
    amounts = rule.screened(screen, as_batch(rows))
    failed = {f.row: (f.code, f.field) for f in screen.failures()}
    return [failed.get(i, int(amount)) for i, amount in enumerate(amounts.tolist())]


@given(RULES, st.lists(homes(), min_size=1, max_size=6))
def test_every_tree_of_rules_by_exact_fractions(rule, rows):
    for row, answer in zip(rows, answers(rule, rows), strict=True):
        # Where several parts refuse a household, which of them is named is no matter.
        assert answer in (refusals(rule, row) or [by_hand(rule, row)])


def refusals(rule, row):
    """Every code with which a rule, or a part of it, refuses a household that it refuses."""
    try:
        by_hand(rule, row)
    except Refused as refused:
        return [refused.args, *(each for part in rule.parts for each in refusals(part, row))]
    return []


@given(RULES, st.lists(homes(), min_size=2, max_size=6), st.randoms(use_true_random=False))
def test_order_and_neighbours_do_not_matter(rule, rows, random):
    order = list(range(len(rows)))
    random.shuffle(order)
    straight = answers(rule, rows)
    assert answers(rule, [rows[i] for i in order]) == [straight[i] for i in order]
    assert [answers(rule, [row])[0] for row in rows] == straight


@given(RULES)
def test_a_rule_is_read_back_from_its_table(rule):
    policy = rp.Policy.example("consumer")
    with_rule = rp.Policy.loads(policy.dumps()).__class__(
        **{f: getattr(policy, f) for f in policy.__slots__ if f != "allowance"}, allowance=rule
    )
    assert rp.Policy.loads(with_rule.dumps()) == with_rule


@given(RULES, RULES, homes())
def test_a_sum_is_the_sum_and_the_greater_is_at_least_both(one, other, row):
    a, b = answers(one, [row])[0], answers(other, [row])[0]
    if isinstance(a, int) and isinstance(b, int):
        assert answers(one + other, [row]) == [a + b]
        assert answers(rp.greater_of(one, other), [row]) == [max(a, b)]
        assert answers(rp.lesser_of(one, other), [row]) == [min(a, b)]
        assert answers(one * 1, [row]) == [a]
        assert answers(3 * one, [row])[0] <= 3 * a


# Published figures


def one(**home):
    return rp.Household(**({"net_income": "1"} | home))


def test_irs_by_category_adds_up_to_the_total_as_published():
    # IRS Collection Financial Standards, national standards from 21 April 2025.
    total, parts = rp.allowance_example("us-irs-2025"), rp.allowance_example("us-irs-2025-by-category")
    for persons, dollars in enumerate((839, 1481, 1753, 2129, 2523, 2917), 1):
        home = one(adults=1, children=(5,) * (persons - 1))
        assert total.monthly(home) == parts.monthly(home) == dollars
    assert set(parts.covers) == set(total.covers)
    assert parts.effective == date(2025, 4, 21)


def test_ireland_2013_is_given_for_one_adult_alone():
    # Insolvency Service of Ireland, reasonable living expenses 2013: 900.08; with a car 1029.83.
    assert rp.allowance_example("ie-2013").monthly(one()) == Decimal("900.08")
    assert rp.allowance_example("ie-2013-car").monthly(one()) == Decimal("1029.83")
    with pytest.raises(rp.InputError) as caught:
        rp.allowance_example("ie-2013").monthly(one(adults=2))
    assert (caught.value.code, caught.value.field, caught.value.limit) == (
        Code.OUT_OF_RANGE,
        "persons",
        "1 to 1",
    )


@pytest.mark.parametrize(
    ("gross", "norm"),
    [
        ("500", "500"),
        ("800", "800"),
        ("6249.99", "1167.88"),
        ("6250", "1167.88"),
        ("10000", "1505.38"),  # 1167.88 + 9 % of 3,750
        ("25000", "2855.38"),
        ("60000", "5580.38"),  # 4905.38 + 6.75 % of 10,000
    ],
)
def test_south_africa_regulation_23a(gross, norm):
    rule = rp.allowance_example("za-regulation-23a")
    assert rule.monthly(one(gross_income=gross)) == Decimal(norm)
    with pytest.raises(rp.InputError) as caught:
        rule.monthly(one())
    assert (caught.value.code, caught.value.field) == (Code.MISSING, "gross_income")


def test_subsistence_level_times_persons_times_a_multiplier():
    rule = rp.Allowance.per_person("1510", times="1.5", covers=("food",), source="own")
    assert rule.monthly(one(adults=2, children=(3,), dependants=1)) == 4 * 1510 * Decimal("1.5")
    heads = rp.Allowance(adult_first="1510", adult_further="1510", child="1510", **OWN)
    assert rule.monthly(one(adults=2)) == (heads * "1.5").monthly(one(adults=2))


@pytest.mark.parametrize(("earned", "payable"), [("500", "125.00"), ("246.90", "0.00"), ("300", "53.10")])
def test_the_garnishment_floor(earned, payable):
    # 15 U.S.C. 1673: min(25 %, disposable - 30 x minimum wage); 8.23 an hour.
    quarter = rp.IncomeBands(of="net_income", bands=(rp.Band(above="0", base="0", share="0.75"),), **OWN)
    wage = rp.FixedAllowance(amount="8.23", frequency="monthly", **OWN)
    can = rp.capacity(one(net_income=earned), rp.greater_of(quarter, 30 * wage))
    assert can.payable == Decimal(payable)


def test_a_share_of_net_income_counts_what_the_policy_makes_of_gross_income():
    half = rp.IncomeBands(of="net_income", bands=(rp.Band(above="0", base="0", share="0.5"),), **OWN)
    home = rp.Household(gross_income="2000")
    can = rp.capacity(home, half, income=rp.IncomeRule(net_of_gross="0.8"))
    assert (can.net_income, can.allowance, can.payable) == (1600, 800, 800)


def test_multipliers_within_multipliers_round_once():
    cent = rp.FixedAllowance(amount="0.01", frequency="monthly", **OWN)
    # 0.01 x 0.5 x 3 is 0.015; rounded in between it would be 0.03.
    assert ((cent * "0.5") * 3).monthly(one()) == Decimal("0.02")
    assert ((cent * "0.5" + cent) * 3).monthly(one()) == Decimal("0.05")
    assert (rp.greater_of(cent * "0.5", cent * "0.7") * 3).monthly(one()) == Decimal("0.03")


def test_an_age_and_an_income_at_the_edge_belong_to_what_begins_there():
    by_age = heads(child_by_age=(rp.AgeBand(under=6, each="10"), rp.AgeBand(under=14, each="100")))
    for age, amount in ((0, 11), (5, 11), (6, 101), (13, 101)):
        assert by_age.monthly(one(children=(age,))) == amount
    jump = bands(bands=(rp.Band(above="0", base="1", share="0"), rp.Band(above="500", base="2", share="0")))
    for income, amount in (("499.99", 1), ("500", 2)):
        assert jump.monthly(one(net_income=income)) == amount


@given(st.integers(30_000, 150_000), st.decimals(0, 1, places=2), st.integers(1, 60))
def test_the_income_that_would_do_counts_what_it_adds_to_the_allowance(income, share, principal):
    rule = rp.IncomeBands(of="net_income", bands=(rp.Band(above="0", base="0", share=share),), **OWN)
    policy = replace(rp.Policy.loads(programme.POLICY), allowance=rule)
    loan = programme.LOAN | {"principal": str(1000 * principal)}
    del loan["id"], loan["status"]

    def decide(units):
        home = rp.Household(net_income=str(Decimal(units).scaleb(-2)))
        return rp.propose(rp.Loan(**loan, columns={"status": "Late"}), home, policy)

    got = decide(income)
    if isinstance(got, rp.Infeasible) and got.relaxations["income"] is not None:
        more = int(got.relaxations["income"] * 100)
        assert isinstance(decide(income + more), rp.Offer)
        assert isinstance(decide(income + more - 1), rp.Infeasible)


# Faults

LEAF = rp.FixedAllowance(amount="1", frequency="monthly", **OWN)
RENT = rp.FixedAllowance(amount="1", frequency="monthly", covers=("rent",), source="other")
DATED = rp.FixedAllowance(amount="1", frequency="monthly", effective="2026-01-01", **OWN)
BAND = rp.Band(above="5", base="1", share="0")


@pytest.mark.parametrize(
    ("make", "code", "field"),
    [
        (lambda: LEAF * "-1", Code.OUT_OF_RANGE, "allowance.times"),
        (lambda: LEAF * 1.5, Code.OUT_OF_RANGE, "allowance.times"),
        (lambda: rp.Multiple(multiple_of=None, times=1), Code.MISSING, "allowance.multiple_of"),
        (lambda: rp.Multiple(multiple_of="1", times=1), Code.UNKNOWN_VALUE, "allowance.multiple_of"),
        (lambda: rp.SumOf(sum_of=()), Code.MISSING, "allowance.sum_of"),
        (lambda: rp.SumOf(sum_of=LEAF), Code.UNKNOWN_VALUE, "allowance.sum_of"),
        (rp.greater_of, Code.MISSING, "allowance.greater_of"),
        (lambda: rp.greater_of(LEAF, 1), Code.UNKNOWN_VALUE, "allowance.greater_of[1]"),
        (lambda: rp.greater_of(LEAF, RENT), Code.UNKNOWN_VALUE, "allowance.greater_of[1].covers"),
        (lambda: rp.lesser_of(LEAF, RENT), Code.UNKNOWN_VALUE, "allowance.lesser_of[1].covers"),
        (lambda: rp.lesser_of(None), Code.MISSING, "allowance.lesser_of[0]"),
        (lambda: rp.Regional(regions=(), allowance=LEAF), Code.MISSING, "allowance.regions"),
        (lambda: rp.Regional(regions="A", allowance=LEAF), Code.UNKNOWN_VALUE, "allowance.regions"),
        (lambda: rp.Regional(regions=("A",), allowance=None), Code.MISSING, "allowance.allowance"),
        (lambda: rp.ByRegion(by_region=(LEAF,)), Code.UNKNOWN_VALUE, "allowance.by_region[0]"),
        (
            lambda: rp.ByRegion(by_region=[rp.Regional(regions=("A", "A"), allowance=LEAF)]),
            Code.DUPLICATE,
            "allowance.by_region[0].regions[1]",
        ),
        (
            lambda: rp.ByRegion(
                by_region=[rp.Regional(regions=(n,), allowance=r) for n, r in (("A", LEAF), ("B", RENT))]
            ),
            Code.UNKNOWN_VALUE,
            "allowance.by_region[1].covers",
        ),
        (lambda: rp.ByDate(by_date=(LEAF,)), Code.MISSING, "allowance.by_date[0].effective"),
        (
            lambda: rp.ByDate(by_date=(DATED, DATED)),
            Code.DATES_OUT_OF_ORDER,
            "allowance.by_date[1].effective",
        ),
        (
            lambda: rp.FixedAllowance(amount="1", frequency="hourly", **OWN),
            Code.UNKNOWN_VALUE,
            "allowance.frequency",
        ),
        (lambda: rp.FixedAllowance(amount="1", frequency=None, **OWN), Code.MISSING, "allowance.frequency"),
        (
            lambda: rp.FixedAllowance(amount=None, frequency="weekly", **OWN),
            Code.MISSING,
            "allowance.amount",
        ),
        (
            lambda: rp.FixedAllowance(amount="1", frequency="weekly", covers=(), source=None),
            Code.MISSING,
            "allowance.source",
        ),
        (lambda: rp.AgeBand(under=0, each="1"), Code.OUT_OF_RANGE, "allowance.under"),
        (lambda: rp.AgeBand(under=True, each="1"), Code.OUT_OF_RANGE, "allowance.under"),
        (lambda: rp.AgeBand(under=5, each="-1"), Code.OUT_OF_RANGE, "allowance.each"),
        (lambda: heads(child_by_age=()), Code.MISSING, "allowance.child_by_age"),
        (lambda: heads(child_by_age=("1",)), Code.UNKNOWN_VALUE, "allowance.child_by_age[0]"),
        (
            lambda: heads(child_by_age=(rp.AgeBand(each="1"), rp.AgeBand(under=3, each="1"))),
            Code.UNKNOWN_VALUE,
            "allowance.child_by_age[1].under",
        ),
        (
            lambda: heads(child="1", child_by_age=(rp.AgeBand(each="1"),)),
            Code.UNKNOWN_VALUE,
            "allowance.child",
        ),
        (lambda: heads(child="1", dependant="x"), Code.OUT_OF_RANGE, "allowance.dependant"),
        (lambda: bands(of="pay"), Code.UNKNOWN_VALUE, "allowance.of"),
        (lambda: bands(of=None), Code.MISSING, "allowance.of"),
        (lambda: bands(bands=()), Code.MISSING, "allowance.bands"),
        (lambda: bands(bands=(BAND, BAND)), Code.UNKNOWN_VALUE, "allowance.bands[1].above"),
        (lambda: rp.Band(above="0", base="0", share="1.1"), Code.OUT_OF_RANGE, "allowance.share"),
        (lambda: rp.Band(above="-1", base="0", share="1"), Code.OUT_OF_RANGE, "allowance.above"),
        (lambda: rp.Band(above="1", base=None, share="1"), Code.MISSING, "allowance.base"),
        (lambda: rp.EquivalenceScale.oecd_modified("x", **OWN), Code.OUT_OF_RANGE, "allowance.base"),
        (lambda: rp.allowance_example("mars"), Code.UNKNOWN_VALUE, "example"),
    ],
)
def test_what_cannot_be_meant_names_field_and_rule(make, code, field):
    with pytest.raises(rp.InputError) as caught:
        make()
    assert (caught.value.code, caught.value.field) == (code, field)
    assert caught.value.rule in str(caught.value)


def heads(**changes):
    return rp.Allowance(**({"adult_first": "1", "adult_further": "1"} | OWN | changes))


def bands(**changes):
    return rp.IncomeBands(**({"of": "net_income", "bands": (BAND,)} | OWN | changes))


YOUNG = heads(child_by_age=(rp.AgeBand(under=18, each="1"),))
LATER = rp.ByDate(by_date=(DATED,))


def test_rules_only_add_and_multiply():
    with pytest.raises(TypeError):
        LEAF + 1
    with pytest.raises(rp.InputError):
        LEAF * LEAF


@pytest.mark.parametrize(
    ("rule", "home", "code", "field", "limit"),
    [
        (YOUNG, {"children": (18,)}, Code.OUT_OF_RANGE, "ages", "under 18"),
        (heads(child="1"), {"dependants": 1}, Code.MISSING, "allowance.dependant", None),
        (bands(), {"net_income": "4.99"}, Code.OUT_OF_RANGE, "net_income", ">= 5"),
        (LATER, {"assessed": "2025-12-31"}, Code.OUT_OF_RANGE, "assessed", ">= 2026-01-01"),
        (LATER, {}, Code.MISSING, "assessed", None),
    ],
)
def test_a_household_that_lacks_what_the_rule_needs_has_a_code(rule, home, code, field, limit):
    for work in (rule.monthly, lambda h: rp.capacity(h, rule)):
        with pytest.raises(rp.InputError) as caught:
            work(one(**home))
        assert (caught.value.code, caught.value.field, caught.value.limit) == (code, field, limit)


def test_other_regions_need_nothing_that_this_one_needs():
    by_age = heads(child_by_age=(rp.AgeBand(each="300"),))
    flat = heads(child="200")
    rule = rp.ByRegion(
        by_region=[rp.Regional(regions=(n,), allowance=r) for n, r in (("A", by_age), ("B", flat))]
    )
    # The children of the first two have no ages: only the region that looks at them refuses.
    homes = rp.Households.from_columns(
        net_income="1000", children=[1, 1, 1, 0], region=["A", "B", "C", "A"], size=4
    )
    got = rp.capacity(homes, rule)
    assert [(f.row, f.code, f.field) for f in got.failures] == [
        (0, Code.MISSING, "ages"),
        (2, Code.UNKNOWN_VALUE, "region"),
    ]
    assert got.value.allowance.tolist() == [201_00, 1_00]


def test_amounts_beyond_the_domain_have_a_code():
    much = rp.FixedAllowance(amount="1e13", frequency="monthly", **OWN)
    many = rp.SumOf(sum_of=(much,) * 600)
    homes = rp.Households.from_columns(net_income="1", decimals=[2, 0])
    got = rp.capacity(homes, many)
    assert [(f.row, f.code, f.field) for f in got.failures] == [(0, Code.BEYOND_DOMAIN, "allowance")]
    assert got.value.allowance.tolist() == [6 * 10**15]
    income = rp.Households.from_columns(net_income=["5e15", "100"])
    steep = 1000 * bands(bands=(rp.Band(above="0", base="0", share="1"),))
    got = rp.capacity(income, steep)
    assert [(f.row, f.code) for f in got.failures] == [(0, Code.BEYOND_DOMAIN)]
    assert got.value.allowance.tolist() == [100_000_00]


# Files

TOML_FAULTS = [
    ('source = "x"', Code.MISSING, "mine.toml", "no form has just these keys"),
    ('amount = "1"\nfrequency = "weekly"\nsource = "x"', Code.MISSING, "covers", "needed"),
    ('amount = "1"\nextra = 1', Code.UNKNOWN_VALUE, "extra", "no such key"),
    ("sum_of = 1", Code.UNKNOWN_VALUE, "sum_of", "a list"),
    (
        '[[sum_of]]\namount = "x"\nfrequency = "weekly"\ncovers = []\nsource = "s"',
        Code.OUT_OF_RANGE,
        "sum_of[0].amount",
        "a number",
    ),
    ("times = 2\nmultiple_of = 1", Code.UNKNOWN_VALUE, "multiple_of", "an allowance"),
    (
        'of = "net_income"\nbands = [{above = 0, base = 0}]\ncovers = []\nsource = "s"',
        Code.MISSING,
        "bands[0].share",
        "needed",
    ),
    ("x = ", Code.UNKNOWN_VALUE, "mine.toml", "not TOML"),
]


@pytest.mark.parametrize(("text", "code", "field", "said"), TOML_FAULTS)
def test_a_fault_in_toml_names_file_and_key(text, code, field, said):
    with pytest.raises(rp.PolicyError) as caught:
        rp.loads_allowance(text, source="mine.toml")
    assert (caught.value.code, caught.value.field) == (code, field)
    assert said in str(caught.value)
    assert "mine.toml" in str(caught.value)


def write(tmp_path, text, name="mine.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_tables_by_region_and_date_from_csv(tmp_path):
    path = write(
        tmp_path,
        "region,effective,persons_1,persons_2,further_person,covers,source\n"
        "A,2026-01-01,110,210,60,food; fuel,city\n"
        "A,2025-01-01,100,200,50,food; fuel,city\n"
        "\n"
        'B,,90,,"45",fuel;food,town\n',
    )
    rule = rp.load_allowance(path)
    assert (rule.covers, rule.source) == (("food", "fuel"), "city; town")
    homes = rp.Households.from_columns(
        net_income="1",
        adults=[3, 3, 2],
        region=["A", "A", "B"],
        assessed=["2025-12-31", "2026-01-01", ""],
    )
    assert rule.monthly(homes).tolist() == [250_00, 270_00, 135_00]


@pytest.mark.parametrize(
    ("others", "region"),
    [("", ""), ("", "B"), ("A,,1,1\n", "B"), ("A,2025-01-01,1,1\nA,2026-01-01,1,1\n", "B")],
)
def test_a_dated_row_of_csv_holds_from_its_day_on_alone_too(tmp_path, others, region):
    rule = rp.load_allowance(write(tmp_path, f"{HEAD}{others}{region},2026-07-01,100,50\n"), **OWN)
    homes = rp.Households.from_columns(
        net_income="1", region="B", assessed=["2026-06-30", "2026-07-01", ""], children=1
    )
    screen = Screen(3)
    assert rule.screened(screen, homes)[1] == 150_00
    assert [(f.row, f.code, f.field) for f in screen.failures()] == [
        (0, Code.OUT_OF_RANGE, "assessed"),
        (2, Code.MISSING, "assessed"),
    ]


@pytest.mark.parametrize("source", ["", " ", "\u200b"])
def test_a_source_that_says_nothing_is_missing(tmp_path, source):
    given = {"covers": (), "source": source}
    for make in (
        lambda: heads(**given),
        lambda: rp.FixedAllowance(amount="1", frequency="monthly", **given),
        lambda: rp.EquivalenceScale.oecd_modified("1000", **given),
        lambda: rp.Allowance.per_person("1", **given),
        lambda: rp.load_allowance(write(tmp_path, "persons_1,further_person\n1,1\n"), **given),
    ):
        with pytest.raises(rp.InputError) as caught:
            make()
        assert caught.value.code is Code.MISSING
        assert caught.value.field in ("allowance.source", "source")


def test_one_table_from_csv_is_that_table(tmp_path):
    path = write(tmp_path, "adult_first,adult_further,child,multiplier\n1000,600,300,1.5\n")
    want = rp.Allowance(adult_first="1000", adult_further="600", child="300", multiplier="1.5", **OWN)
    assert rp.load_allowance(path, **OWN) == want
    toml = write(tmp_path, 'amount = "5"\nfrequency = "weekly"\ncovers = []\nsource = "s"', "mine.toml")
    assert rp.load_allowance(toml).amount == 5


HEAD = "region,effective,persons_1,further_person\n"
CSV_FAULTS = [
    ("", Code.MISSING, "row", "no rows"),
    (HEAD, Code.MISSING, "row", "no rows"),
    ("colour,persons_1\nred,1\n", Code.UNKNOWN_VALUE, "colour", "line 1, column colour"),
    ("persons_1,persons_1\n1,1\n", Code.DUPLICATE, "persons_1", "line 1, column persons_1"),
    ("persons_1,source\n1,x\n", Code.DUPLICATE, "source", "line 1, column source"),
    (HEAD + "A,,1\n", Code.WRONG_CELLS, "row", "line 2"),
    (HEAD + "A,,x,1\n", Code.OUT_OF_RANGE, "persons_1", "line 2, column persons_1"),
    (HEAD + "A,,1,-1\n", Code.OUT_OF_RANGE, "further_person", "line 2, column further_person"),
    (HEAD + "A,soon,1,1\n", Code.NOT_A_DATE, "effective", "line 2, column effective"),
    (HEAD + "A,,1,1\n,,1,1\n", Code.MISSING, "region", "line 3, column region"),
    (HEAD + "A,,1,1\nA,2025-01-01,1,1\n", Code.MISSING, "effective", "line 2, column effective"),
    (
        HEAD + "A,2025-01-01,1,1\nA,2025-01-01,1,1\n",
        Code.DUPLICATE,
        "effective",
        "line 3, column effective: line 2",
    ),
    ("persons_2,further_person\n1,1\n", Code.MISSING, "persons_1", "line 2, column persons_1"),
    ('persons_1\n"1\n', Code.UNKNOWN_VALUE, "row", "line 2"),
]


@pytest.mark.parametrize(("text", "code", "field", "said"), CSV_FAULTS)
def test_a_fault_in_csv_names_file_line_and_column(tmp_path, text, code, field, said):
    path = write(tmp_path, text)
    with pytest.raises(rp.PolicyError) as caught:
        rp.load_allowance(path, **OWN)
    assert (caught.value.code, caught.value.field) == (code, field)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)


def test_rows_of_csv_that_cover_different_categories_or_lack_a_source(tmp_path):
    head = "region,effective,persons_1,further_person,covers\n"
    for text in (head + "A,,1,1,food\nB,,1,1,rent\n", head + ",2025-01-01,1,1,food\n,2026-01-01,1,1,rent\n"):
        with pytest.raises(rp.PolicyError) as caught:
            rp.load_allowance(write(tmp_path, text), source="s")
        assert (caught.value.code, caught.value.field) == (Code.UNKNOWN_VALUE, "covers")
    with pytest.raises(rp.PolicyError, match="column source: it is needed"):
        rp.load_allowance(write(tmp_path, head + "A,,1,1,food\n"))


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(rp.PolicyError, match="can't be read"):
        rp.load_allowance(tmp_path / "none.csv")
    (tmp_path / "x.csv").write_bytes(b"\xff")
    with pytest.raises(rp.PolicyError, match="not UTF-8"):
        rp.load_allowance(tmp_path / "x.csv")


# Ages and the other columns


def test_ages_are_a_long_table_that_follows_its_households():
    homes = rp.Households.from_columns(
        net_income="1", children=[2, 0, 1], ages=([2, 0, 0], [15, 3, 8]), assessed="2026-01-01"
    )
    rule = heads(child_by_age=(rp.AgeBand(under=14, each="10"), rp.AgeBand(each="100")))
    assert rule.monthly(homes).tolist() == [21_00, 1_00, 101_00]
    some = homes.take(np.array([2, 2, 0]))
    assert rule.monthly(some).tolist() == [101_00, 101_00, 21_00]


def test_ages_that_do_not_fit_their_household_have_a_code():
    homes = rp.Households.from_columns(
        net_income="1", children=[1, 2, 1, 1], ages=([0, 1, 2, 3], [-1, 4, 5, 151])
    )
    assert [(f.row, f.code, f.field, f.value) for f in homes.failures] == [
        (0, Code.NEGATIVE, "ages", "-1"),
        (1, Code.UNKNOWN_VALUE, "ages", "1"),
        (3, Code.OUT_OF_RANGE, "ages", "151"),
    ]
    with pytest.raises(rp.InputError) as caught:
        rp.Households.from_columns(net_income="1", children=[1], ages=([1], [4]))
    assert caught.value.field == "ages.household"


@pytest.mark.parametrize(
    ("home", "code", "field"),
    [
        ({"dependants": -1}, Code.NEGATIVE, "dependants"),
        ({"dependants": 101}, Code.OUT_OF_RANGE, "dependants"),
        ({"assessed": "yesterday"}, Code.NOT_A_DATE, "assessed"),
    ],
)
def test_a_household_names_what_is_wrong(home, code, field):
    with pytest.raises(rp.InputError) as caught:
        one(**home)
    assert (caught.value.code, caught.value.field) == (code, field)
