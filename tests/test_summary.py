"""The summary of a run: counts, exact medians and totals, and the check that nobody is left too little."""

import json
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from math import ceil
from statistics import median
from unicodedata import east_asian_width

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import oracle
import programme
from repayplan import Code, Failures, Households, Loans, Policy, propose
from repayplan.basics.dates import FREQUENCIES, FREQUENCY_INDEX, LOW, a_month, a_month_in_limbs
from repayplan.basics.money import to_decimal
from repayplan.edges.decisiontables import reason_codes
from repayplan.edges.summary import Money, Summary, breached, summarise
from repayplan.edges.summarytext import LABELS, text, written
from repayplan.offers.permits import LIMITS

LINES = [programme.LOAN | programme.HOME | row for row in programme.ROWS]


def decide(lines, policy=programme.POLICY, decimals=2):
    """What the programme decides on these lines."""
    columns = {name: [line[name] for line in lines] for name in lines[0]}
    loans = {name: cells for name, cells in columns.items() if name in programme.LOAN}
    homes = {name: cells for name, cells in columns.items() if name in programme.HOME}
    status, _ = loans.pop("status"), loans.pop("id")
    costs = {kind: homes.pop(f"cost_{kind}") for kind in ("food", "rent")}
    return propose(
        Loans.from_columns(**loans, decimals=decimals, columns={"status": status}),
        Households.from_columns(**homes, costs=costs, decimals=decimals),
        Policy.loads(policy),
    )


def summary_of(proposals, failures=None, rows=None, assumptions=()):
    made, offsets = proposals.schedules.by_loan()
    failures = Failures.none() if failures is None else failures
    return summarise(
        proposals, failures, made if rows is None else rows, offsets, reason_codes(proposals), assumptions
    )


def by_month(units, frequency):
    """An instalment by the month, rounded up: 52 weeks are 12 months."""
    months, days = oracle.apart(frequency)
    return ceil(units / (months + Fraction(12 * days, 7 * 52) or Fraction(1, 2)))


class Changed:
    """Decisions of which some columns are others."""

    def __init__(self, decisions, **columns):
        self._decisions = decisions
        self.__dict__.update(columns)

    def __getattr__(self, name):
        return getattr(self._decisions, name)

    def __len__(self):
        return len(self._decisions)


@pytest.fixture(scope="module")
def decided():
    return decide(LINES).value


OFFERS = sum(programme.by_hand(line)[1] != [] for line in LINES if line["status"] != "Fully Paid")
FIGURES = st.lists(st.integers(0, 10**18), min_size=len(LINES), max_size=len(LINES))


# Figures


def test_every_loan_is_counted_once(decided):
    failures = Failures.at(np.array([20, 21, 22]), Code.NEGATIVE, "fees", "-1").and_then(
        Failures.at(np.array([23]), Code.MISSING, "fees", "")
    )
    got = summary_of(decided, failures)
    assert got.applicants == len(LINES) + 4
    assert got.applicants == got.rejected + got.not_eligible + got.offered + got.infeasible
    assert (got.rejected, got.not_eligible, got.offered) == (4, 1, OFFERS)
    assert got.eligible == got.offered + got.infeasible
    assert list(got.rejected_by_code.items()) == [("negative", 3), ("missing", 1)]
    assert sum(got.methods.values()) == got.offered
    assert got.rows == sum(len(programme.by_hand(line)[1]) for line in LINES if line["id"] != "closed")


def of_offers(decided, units):
    """What of one figure a line the offered loans have, by the month and in currency units."""
    lines = [LINES[i]["frequency"] for i in decided.row]
    return [
        Decimal(by_month(units[i], lines[i])).scaleb(-2) for i in np.flatnonzero(decided.offered).tolist()
    ]


@given(FIGURES, FIGURES, FIGURES)
@example([2**61] * len(LINES), [2**62] * len(LINES), [2**61] * len(LINES))
def test_medians_and_totals_are_exact_beyond_int64(decided, before, after, interest):
    changed = Changed(
        decided,
        instalment_before=np.array(before),
        instalment_after=np.array(after),
        total_interest=np.array(interest),
    )
    got = summary_of(changed)
    for money, units in ((got.before, before), (got.after, after)):
        mine = of_offers(decided, units)
        assert money == Money(median=median(mine), total=sum(mine))
    assert got.total_interest * 100 == sum(interest[i] for i in np.flatnonzero(decided.offered))


@given(st.lists(st.integers(0, 240), min_size=len(LINES), max_size=len(LINES)))
def test_extensions_are_those_of_the_offers(decided, months):
    got = summary_of(Changed(decided, extension_months=np.array(months)))
    mine = [months[i] for i in np.flatnonzero(decided.offered)]
    longer = [n for n in mine if n]
    assert got.extended == len(longer)
    assert got.extended_median == (Decimal(str(median(longer))) if longer else None)
    before = of_offers(decided, decided.instalment_before.tolist())
    before = [b for b, n in zip(before, mine, strict=True) if n]
    assert got.extended_before.total == sum(before)
    assert got.extended_before.median == (median(before) if before else None)
    assert got.extension_median == Decimal(str(median(mine)))
    assert got.extension_most == max(mine)


def test_amounts_in_different_units_are_not_added_up():
    mixed = decide(LINES[:3], decimals=[2, 0, 3])
    got = summary_of(mixed.value)
    assert got.offered >= 2
    assert got.before == got.after == Money(median=None, total=None)
    assert (got.total_interest, got.waived) == (None, None)
    shown = text(got)
    assert "median none, together none" in shown
    assert "None" not in shown


@pytest.mark.parametrize(("decimals", "shown"), [(0, "263"), (2, "263.21"), (3, "263.213")])
def test_amounts_have_the_places_of_their_currency(decimals, shown):
    got = summary_of(decide([LINES[0]], decimals=decimals).value)
    assert str(got.before.median) == str(got.before.total) == shown


@pytest.mark.parametrize(("after", "middle"), [(100, "1.00"), (101, "1.005"), (102, "1.01")])
def test_the_middle_between_two_has_a_place_more_where_it_needs_one(after, middle):
    two = decide(LINES[:2]).value
    got = summary_of(Changed(two, instalment_after=np.array([100, after])))
    assert (str(got.after.median), got.after.total) == (middle, Decimal(100 + after).scaleb(-2))


def test_nobody_offered_nobody_judged():
    refused = [LINES[0] | {"status": "Fully Paid"}]
    got = summary_of(decide(refused).value)
    assert (got.not_eligible, got.eligible, got.offered, got.rows, got.breached) == (1, 0, 0, 0, 0)
    assert (got.before.median, got.extension_median, got.extension_most) == (None, None, None)
    for language in ("en", "zh"):
        assert "None" not in text(got, language)
    assert "Extension" not in text(got)
    none = summary_of(decide([LINES[0] | {"principal": "x"}]).value)
    assert (none.applicants, none.before.total) == (0, None)


# By the month


NAMES = st.sampled_from([f.name for f in FREQUENCIES])
SIGNED = st.integers(-(2**63), 2**63 - 1)


def offered(frequencies, before, after, decimals=2):
    """The programme's first loan again and again, with these frequencies and instalments."""
    one = decide([LINES[0]] * len(frequencies), decimals=decimals).value
    index = np.array([FREQUENCY_INDEX[name] for name in frequencies])
    loans = one.loans.replace(frequency=index)
    return Changed(one, loans=loans, instalment_before=np.array(before), instalment_after=np.array(after))


def test_instalments_of_every_frequency_are_stated_by_the_month():
    # 100.00 a week is 5,200.00 a year, 433.33 1/3 a month; a fortnight half of that, a quarter a third.
    often = ["weekly", "fortnightly", "monthly", "quarterly", "semi-monthly", "annual"]
    got = summary_of(offered(often, [100_00] * 6, [90_00, 90_00, 90_00, 90_00, 90_00, 90_01]))
    # 433.34, 216.67, 100.00, 33.34, 200.00, 8.34
    assert got.before == Money(median=Decimal("150.00"), total=Decimal("991.69"))
    # 390.00, 195.00, 90.00, 30.00, 180.00, 7.51 (7.50 1/12)
    assert got.after == Money(median=Decimal("135.00"), total=Decimal("892.51"))


def test_a_week_and_a_quarter_that_ask_the_same_of_a_month_have_one_median():
    got = summary_of(offered(["weekly", "quarterly"], [30_00, 390_00], [15_00, 195_00]))
    assert got.before == Money(median=Decimal("130.00"), total=Decimal("260.00"))
    assert got.after == Money(median=Decimal("65.00"), total=Decimal("130.00"))


def test_raised_is_told_by_the_instalments_themselves():
    # One cent more a year is the same month, rounded up: 100.00 and 100.01 are both 8.34.
    got = summary_of(offered(["annual"], [100_00], [100_01]))
    assert got.before == got.after
    assert got.raised == 1


@pytest.mark.parametrize("decimals", [0, 2, 3])
def test_a_month_is_rounded_up_to_the_unit_of_the_currency(decimals):
    got = summary_of(offered(["weekly"], [1000], [999], decimals))
    assert got.before == Money(median=to_decimal(4334, decimals), total=to_decimal(4334, decimals))
    assert got.after.total == to_decimal(4329, decimals)


def test_months_of_different_units_are_not_added_up():
    got = summary_of(offered(["weekly"] * 3, [1000] * 3, [1000] * 3, [0, 2, 3]))
    assert got.offered >= 2
    assert got.before == got.after == Money(median=None, total=None)


def test_a_week_of_2_61_units_is_a_month_beyond_int64():
    # 2**61 * 52 / 12 = 9,991,986,373,259,340,458 2/3 units; int64 ends at 9,223,372,036,854,775,807.
    got = summary_of(offered(["weekly"] * 3, [2**61] * 3, [2**61, 2**61, 3]))
    assert got.before.median == Decimal("99919863732593404.59")
    assert got.before.total == 3 * got.before.median
    assert got.after.total == 2 * got.before.median + Decimal("0.13")


@given(st.lists(st.tuples(SIGNED, NAMES), min_size=1, max_size=20))
@example([(2**63 - 1, "daily"), (-(2**63), "daily"), (2**63 - 1, "366-daily"), (2**63 - 1, "120-monthly")])
def test_a_month_of_any_instalment_is_exact(rows):
    units, names = (list(column) for column in zip(*rows, strict=True))
    often = np.array([FREQUENCY_INDEX[name] for name in names])
    got = a_month_in_limbs(np.array(units), often)
    assert [got.whole(i) for i in range(len(rows))] == [by_month(u, n) for u, n in rows]
    assert ((got.low >= 0) & (got.low < 2**LOW)).all()


@given(st.lists(st.tuples(st.integers(0, 2**55), NAMES), min_size=1, max_size=20))
def test_a_month_is_what_the_capacity_counts(rows):
    units = np.array([u for u, _ in rows])
    often = np.array([FREQUENCY_INDEX[name] for _, name in rows])
    got = a_month_in_limbs(units, often)
    assert [got.whole(i) for i in range(len(rows))] == a_month(units, often).tolist()


# The living allowance, counted again from the rows


def test_no_offer_leaves_less_than_the_allowance(decided):
    rows, offsets = decided.schedules.by_loan()
    assert breached(decided, rows, offsets).tolist() == [False] * OFFERS


@pytest.mark.parametrize("index", range(OFFERS))
def test_a_single_row_that_asks_a_cent_too_much_is_found(decided, index):
    rows, offsets = decided.schedules.by_loan()
    loan = np.flatnonzero(decided.offered)[index]
    place = int(offsets[index + 1]) - 2
    spoilt = {name: column.copy() for name, column in rows.items()}
    # Capacity is the surplus a period, rounded down: one cent more is more than there is.
    spoilt["payment"][place] = decided.capacity[loan]
    assert not breached(decided, spoilt, offsets).any()
    spoilt["payment"][place] += 1
    assert np.flatnonzero(breached(decided, spoilt, offsets)).tolist() == [index]
    assert summary_of(decided, rows=spoilt).breached == 1


def test_a_payment_too_large_for_a_month_in_int64_is_found():
    made = offered(["daily", "monthly"], [0, 0], [0, 0])
    rows = {"payment": np.array([2**62, 0])}
    assert breached(made, rows, np.array([0, 1, 2])).tolist() == [True, False]


# For people and for programs


@pytest.fixture(scope="module")
def full():
    """A summary in which every figure is another."""
    counts = {"negative": 1_234, "missing": 56}
    return Summary(
        policy="Spring",
        policy_zh="春",
        applicants=12_345_678,
        rejected=1_290,
        not_eligible=2_001,
        eligible=12_342_387,
        offered=9_876_543,
        infeasible=2_465_844,
        rejected_by_code=counts,
        reasons={"over_capacity": 2_345_001, "limit_share": 1_345_002},
        methods={"equal_instalment": 9_000_003, "flat": 876_540},
        extension_median=Decimal("7.5"),
        extended=5_432_101,
        extended_median=Decimal("23.5"),
        extension_most=118,
        before=Money(median=Decimal("412.005"), total=Decimal("4068134567.89")),
        after=Money(median=Decimal("287.31"), total=Decimal("2837654321.09")),
        extended_before=Money(median=Decimal("511.17"), total=Decimal("2068134567.02")),
        extended_after=Money(median=Decimal("222.19"), total=Decimal("1037654321.04")),
        raised=31_006,
        total_interest=Decimal("13579246801.35"),
        waived=Decimal("24680135.79"),
        rows=345_678_901,
        breached=17,
        relaxable={
            "months": 301,
            "rate": 302,
            "income": 303,
            "principal_reduction": 304,
            "down_payment": 305,
        },
        assumptions=("Rent is as stated.", "So is income."),
    )


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_text_holds_every_figure(full, language):
    said = text(full, language)
    figures = [
        full.applicants,
        full.rejected,
        full.not_eligible,
        full.eligible,
        full.offered,
        full.infeasible,
    ]
    figures += [*full.rejected_by_code.values(), *full.reasons.values(), *full.methods.values()]
    figures += [full.extension_median, full.extension_most, full.offered - full.extended]
    figures += [full.before.median, full.before.total, full.after.median, full.after.total]
    for amount in (full.extended_before, full.extended_after):
        figures += [amount.median, amount.total]
    figures += [full.extended, full.extended_median, full.raised]
    figures += [full.total_interest, full.waived, full.rows, full.breached, *full.relaxable.values()]
    for figure in figures:
        assert f"{figure:,}" in said
    name = {"en": full.policy, "zh": full.policy_zh}[language]
    for words in (name, *full.rejected_by_code, *full.methods, *full.assumptions):
        assert words in said
    assert [mark for mark in ("{", "}", "None") if mark in said] == []
    assert said.endswith(".\n")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_figures_stand_one_below_the_other(full, language):
    def width(shown):
        return sum(2 if east_asian_width(char) in "WF" else 1 for char in shown)

    count = 0
    for line in text(full, language).splitlines():
        label, gap, value = line.strip().partition("  ")
        if gap:
            count += 1
            indent = len(line) - len(line.lstrip())
            assert width(line) - width(value.lstrip()) == max(LABELS, indent + width(label) + 2)
    assert count == 27


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    "code", [Code.BELOW_ALLOWANCE, Code.NO_CAPACITY, Code.OVER_CAPACITY, Code.LIMIT_EXHAUSTED, *LIMITS]
)
def test_every_reason_is_said_in_words(full, language, code):
    said = text(replace(full, reasons={code.value: 4_711}), language)
    (line,) = [line for line in said.splitlines() if "4,711" in line]
    assert code.value not in said
    assert len(line.split()) > 1


def test_the_two_languages_say_the_same_lines(full):
    english, chinese = (text(full, language).splitlines() for language in ("en", "zh"))
    assert len(english) == len(chinese)
    assert [line == "" for line in english] == [line == "" for line in chinese]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_where_it_is_written_and_how_to_make_it_again(language):
    plain = written("out/", ["a.csv", "b.csv"], language)
    again = written("out/", ["a.csv", "b.csv"], language, "repayplan again")
    assert "\n" not in plain
    assert [part for part in ("out/", "a.csv, b.csv") if part not in plain] == []
    assert again.startswith(plain + "\n\n")
    assert again.endswith("\n  repayplan again")


def test_without_extensions_there_is_no_line_for_them(full):
    shorter, longer = (text(replace(full, extended=n)).count("\n") for n in (0, 1))
    assert longer - shorter == 3


def test_one_method_needs_no_line_of_its_own(full):
    assert "equal_instalment" not in text(replace(full, methods={"equal_instalment": 9_876_543}))


def test_nothing_assumed_needs_no_heading(full):
    assert "Assumed" in text(full)
    assert "Assumed" not in text(replace(full, assumptions=()))


def test_a_program_reads_exact_amounts(full):
    plain = json.loads(json.dumps(full.as_dict()), parse_float=lambda found: pytest.fail(f"a float: {found}"))
    assert plain["before"] == {"median": "412.005", "total": "4068134567.89"}
    assert (plain["total_interest"], plain["extension_median"], plain["rows"]) == (
        "13579246801.35",
        "7.5",
        345_678_901,
    )
    assert plain["reasons"] == full.reasons
    assert list(plain) == list(Summary.__dataclass_fields__)


@given(st.lists(st.sampled_from("abc"), max_size=10))
def test_reasons_are_counted_over_all_refused_loans(decided, letters):
    refused = np.flatnonzero(decided.eligible & ~decided.offered)
    codes = np.full(len(decided), "", "U40")
    joined = [";".join(letters[i :: len(refused)]) or "d" for i in range(len(refused))]
    codes[refused] = joined
    rows, offsets = decided.schedules.by_loan()
    got = summarise(decided, Failures.none(), rows, offsets, codes, ())
    every = [code for each in joined for code in each.split(";")]
    want = sorted({code: every.count(code) for code in every}.items(), key=lambda pair: (-pair[1], pair[0]))
    assert list(got.reasons.items()) == want


def test_units_of_the_summary_are_those_of_an_unrounded_schedule():
    policy = programme.POLICY.replace('instalment = "half_up"', 'instalment = "none"\ninterest = "none"')
    made = decide([LINES[0]], policy).value
    got = summary_of(made)
    assert got.breached == 0
    assert got.after.total == to_decimal(int(made.instalment_after[0]), 8)
    assert got.after.total.as_tuple().exponent == -8
