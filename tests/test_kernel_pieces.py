"""Pieces of the kernel by themselves, where whole plans and accounts rarely tell one way from another."""

from dataclasses import replace
from fractions import Fraction
from math import ceil, floor

import numpy as np
import pytest

from repayplan.kernel import periodic, ticks
from repayplan.kernel.accrue import SHIFT
from repayplan.kernel.allocate import Part, stretch
from repayplan.kernel.amortise import run
from repayplan.kernel.amounts import raise_amounts
from repayplan.kernel.bookrows import some_rows
from repayplan.kernel.courses import Course, Move
from repayplan.kernel.law import FOREVER, Law
from repayplan.kernel.pace import Pace, Rounded
from repayplan.kernel.proof import bound
from repayplan.kernel.prorata import Parties
from repayplan.kernel.rules import Change, Resets
from repayplan.kernel.solve import by_stages
from repayplan.kernel.survival import PARTS, breaks
from repayplan.kernel.ticks import Tick, Ticks, together
from test_leftover import work_of

ROUNDED = {"half_up": lambda x: floor(x + Fraction(1, 2)), "half_even": round, "up": ceil, "down": floor}


def ticks_of(*turns):
    """So many loans in each turn, and what happens to all of them."""
    sizes = [size for size, _ in turns]
    return Ticks(
        turns=np.cumsum([0, *sizes]),
        loans=np.concatenate([np.arange(size) for size in sizes]),
        day=np.repeat(np.arange(len(turns)), sizes),
        what=np.repeat([what for _, what in turns], sizes),
        which=np.full(sum(sizes), -1),
    )


@pytest.mark.parametrize(
    ("turns", "near", "wanted"),
    [
        # Three at most; the fourth is by itself, as there are few loans in it.
        ([(4, Tick.PAY)] * 3 + [(3, Tick.PAY)], True, [[0, 1, 2], [3]]),
        ([(4, Tick.PAY)] * 7, True, [[0, 1, 2], [3, 4, 5], [6]]),
        ([(4, Tick.PAY)] * 3, False, [[0], [1], [2]]),
        ([(3, Tick.PAY)] * 3, True, [[0], [1], [2]]),
        # What looks at rows far away is by itself.
        ([(4, Tick.PAY), (4, Tick.ROUND), (4, Tick.CALL), (4, Tick.PAY)], True, [[0, 1], [2], [3]]),
        ([(4, Tick.WAIVE), (4, Tick.PAY), (4, Tick.FREEZE)], True, [[0], [1, 2]]),
    ],
)
def test_turns_of_many_loans_are_taken_together_where_only_the_next_rows_are_looked_at(
    turns, near, wanted, monkeypatch
):
    monkeypatch.setattr(ticks, "NEAR_FROM", 4)
    monkeypatch.setattr(ticks, "NEAR_TURNS", 3)
    assert [list(some) for some in together(ticks_of(*turns), near=near)] == wanted


def test_loans_of_which_no_row_is_wanted_are_left_out():
    at = stretch(np.array([2, 5, 9]), np.array([4, 6, 11]))
    loans = np.array([3, 4, 8])
    one, who = some_rows(at, loans, np.array([False, True, False, False, False]))
    assert (one.rows.tolist(), one.of.tolist(), who.tolist()) == ([3], [0], [3])
    assert some_rows(at, loans, np.ones(5, np.bool_)) == (at, loans)


@pytest.mark.parametrize(
    ("on", "bears"),
    [
        (((Part.PRINCIPAL,), (Part.INTEREST,)), ()),
        (((Part.PRINCIPAL, Part.PENALTY),), (Part.PENALTY,)),
        (((Part.PRINCIPAL,), (Part.INTEREST, Part.COMPOUND)), (Part.COMPOUND,)),
        (((Part.PRINCIPAL, Part.COMPOUND), (Part.PENALTY,)), (Part.PENALTY, Part.COMPOUND)),
    ],
)
def test_what_was_charged_bears_interest_where_a_ledger_is_charged_on_it(on, bears):
    law = Law(on=on, daily=(False,) * len(on), den=360, units=np.subtract, by_day=False, mode="half_up")
    assert tuple(part for part in (Part.PENALTY, Part.COMPOUND) if law.bears(part)) == bears


def test_no_payment_is_above_what_a_plan_may_pay_in_all():
    """Amounts that are raised to a least one, or given, are bounded as those that are solved."""
    work = work_of([1_000, 5_000], [10, 20], 1_200, 12, 1)
    plain, raised = bound(work), bound(replace(work, floors=np.array([[70, 9_000]])))
    assert (raised.balance == plain.balance).all()
    assert (raised.total - plain.total).tolist() == [70, 9_000]
    assert (plain.total > 1_000 + np.array([0, 4_000])).all()


def test_a_single_row_s_own_amount_is_part_of_what_a_plan_may_pay():
    work, zeros = work_of([1_000, 5_000], [10, 20], 1_200, 12, 1), np.zeros((2, 2), np.int64)
    totals = []
    for given in ([[-1, -1], [-1, -1]], [[-1, 60], [25, 7]]):
        course = Course(zeros.astype(np.int8), zeros > 0, zeros, zeros, np.array(given))
        totals.append(bound(replace(work, course=course)).total)
    assert (totals[1] - totals[0]).round(6).tolist() == [25, 60]


def test_what_is_drawn_is_part_of_a_loan_s_own_balance():
    work, nothing = work_of([1_000, 5_000], [10, 20], 1_200, 12, 1), np.zeros(2, np.int64)
    drawn = Move(nothing, np.array([500, -300]), nothing, nothing, nothing - 1, nothing > 0)
    moved, plain = bound(replace(work, moves=(drawn,))), bound(work)
    assert (moved.balance - plain.balance).tolist() == [500, 0]


def reckoned(rounded, base, days):
    """What so many days bring at a rate of all of it a day."""
    pace = Pace(
        step=1, units=lambda start, end: end - start, den=10, of_period=False, rounded=rounded, mode="up"
    )
    ints = [np.array([each]) for each in (10, base, 0, days, 0, FOREVER)]
    return pace.accrues(*ints[:2], tuple(ints[2:4]), tuple(ints[4:]))


@pytest.mark.parametrize(
    ("rounded", "base", "days", "wild"),
    [
        (Rounded.DAY, 2**58, 8, True),
        (Rounded.DAY, 2**56, 8, False),
        (Rounded.INSTALMENT, 2**58, 8, True),
        (Rounded.INSTALMENT, 2**56, 8, False),
    ],
)
def test_interest_beyond_the_domain_is_seen_of_each_way_of_rounding(rounded, base, days, wild):
    found = reckoned(rounded, base, days)
    assert found.wild.tolist() == [wild]
    assert found.whole.tolist() == [0 if wild else base * days]


@pytest.mark.parametrize("multiple", [1, 5])
def test_the_second_float_of_a_pair_tells_on_which_side_of_a_half_an_amount_is(multiple):
    halves = np.array([100.5, 100.5, 7.25]) * multiple
    rest = np.array([-4e-15, 4e-15, 0.0]) * multiple

    def no_fraction(_):
        pytest.fail("a pair is enough")

    found = by_stages(
        lambda: (halves, np.full(3, 1.0)),
        lambda rows: ((halves[rows], rest[rows]), np.full(len(rows), 1e-15)),
        no_fraction,
        "half_up",
        multiple,
    )
    assert found.tolist() == [100 * multiple, 101 * multiple, 7 * multiple]


def test_some_of_a_work_know_what_all_of_it_does():
    work = work_of([1_000, 5_000], [10, 20], 1_200, [12, 12], 1)
    work.knowing(np.array([90, 450]))
    assert work.take(np.array([1])).solved.tolist() == [450]
    assert work.take(slice(0, 1)).solved.tolist() == [90]


def test_a_single_unit_that_is_left_is_put_by_no_more_than_others_are():
    """Three months leave one unit each, of which nothing may be kept; the fourth lacks all of its payment."""

    def table(*months):
        return np.array(months)[:, None, None]

    broken = breaks(
        above=table(1, 1, 1, -3),
        asks=table(0, 0, 0, 3),
        due=table(0, 0, 0, 1),
        balloon=table(0, 0, 0, 0),
        scenario=np.array([0]),
        losses=(),
        spending=(),
        income=table(0, 0, 0, 0),
        opening=np.array([0]),
        puts_by=PARTS,
        keeps=np.array([0]),
        missed=1,
        draw=lambda *_: pytest.fail("nothing may happen"),
    )
    assert broken.tolist() == [[3]]


def test_an_amount_that_grows_stays_at_a_ceiling():
    work = work_of([1_000] * 4, [10] * 4, 1_200, 12, 1)
    zeros, whole = np.zeros((1, 4), np.int64), 10**10
    growth, step = np.array([[whole, 0, whole // 2, whole]]), np.array([[0, 30, 3, -1]])
    course = Course(zeros.astype(np.int8), zeros > 0, growth, step, zeros - 1)
    amounts = np.array([70, 80, 21, 0])
    raise_amounts(work, course, 0, amounts, 100)
    assert amounts.tolist() == [100, 100, 35, -1]


@pytest.mark.parametrize("owed", [10**5, 10**12, 2**53])  # held as int32, as floats and as int64
@pytest.mark.parametrize("stages", [1, 2])
def test_all_rows_of_a_period_are_each_by_itself(owed, stages):
    work = work_of([owed, 2 * owed, 3], [10, 20, 5], 1_200, [6, 6, 4], 1)
    if stages > 1:
        lengths, nothing = np.array([[2, 3, 2], [4, 3, 2]]), np.full((2, 3), -1)
        work = replace(work, rules=work.rules * 2, lengths=lengths, amounts=nothing, balloons=nothing)
    for block in run(work):
        for t, many in enumerate(block.active[:-1].tolist()):
            alone = block.cells(np.arange(many), np.full(many, t))
            assert [each.tolist() for each in block.period(t)] == [each.tolist() for each in alone]
        assert (block.final(work.term)[2] == 0).all()


@pytest.mark.parametrize("floats", [False, True])
@pytest.mark.parametrize("mode", ROUNDED)
@pytest.mark.parametrize("way", ["alike", "known", "kinds", "one calendar", "calendars", "rates"])
def test_interest_of_a_period_is_the_same_whichever_way_it_is_reckoned(way, mode, floats, monkeypatch):
    """From a table or a product, in floats or integers; of amounts, rates and days that no float holds."""
    monkeypatch.setattr(periodic, "FEW_CELLS", 100 if way == "known" else 0)
    monkeypatch.setattr(periodic, "SMALL", 0)
    monkeypatch.setattr(periodic, "FEW_KINDS", 8 if way == "kinds" else 0)
    owed = [10**9 + 7, 123_457, 1] if floats else [2**53 + 1, 10**18 - 1, 7]
    num, den = ([12, 35, 1], 3_600) if floats else ([10**14 + 1, 10**14 - 1, 3], 7 * 10**16)
    several = way in ("calendars", "rates")
    calendars = np.array([0, 1, 0]) if several else np.zeros(3, np.int64)
    table = None if way == "alike" else np.array([[31, 28], [30, 31], [29, 365], [31, 28]])
    table = table if several or table is None else table[:, :1]
    work = replace(
        work_of(owed, num, den, [5, 5, 5], 29), later=table, calendar=calendars, interest_mode=mode
    )
    if way == "rates":  # they are in the table
        work = replace(work, resets=Resets(table, table, table, table > 0, even=False))
    reckon = periodic.accrual(work, floats=floats, wide=not floats)
    balance = work.opening.astype(np.float64 if floats else np.int64)
    for t in range(5):
        out, spare = np.empty_like(balance), np.empty_like(balance)
        reckon(t, 3, balance, out, spare)
        units = [29] * 3 if t == 0 else [1] * 3 if table is None else table[t - 1, calendars].tolist()
        rate = [1] * 3 if way == "rates" and t else num
        exact = [Fraction(b * n * u, den) for b, n, u in zip(owed, rate, units, strict=True)]
        assert (out - SHIFT if floats else out).tolist() == [ROUNDED[mode](each) for each in exact]


def test_changes_of_a_rate_from_a_period_on():
    table = np.arange(8).reshape(4, 2)
    resets = Resets(table, table + 10, table + 20, table % 3 == 0, even=True)
    since = resets.since(1)
    for name in ("units", "start", "rate", "changed"):
        assert getattr(since, name).tolist() == getattr(resets, name).tolist()[1:]
    assert since.even
    assert since.known(0, Change.KEEP).tolist() == [12, 13]
    assert since.known(0, Change.RESOLVE).tolist() == [22, 23]


def test_the_parties_of_the_first_wholes_share_alone():
    parties = Parties.of_weights(np.array([0, 2, 5]), np.array([1, 2, 1, 1, 2, 5]))
    two = parties.first(2)
    assert (two.start.tolist(), two.of.tolist(), two.total.tolist()) == ([0, 2], [0, 0, 1, 1, 1], [3, 4])
    assert two.settled(np.zeros(5, np.int64), [30, 8]).tolist() == [10, 20, 2, 2, 4]
    assert parties.first(3) is parties
