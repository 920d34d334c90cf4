"""The search for the least length against all lengths, and its bounds against the final rows."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from examples import examples
from repayplan.offers.balancebounds import repaid_by
from repayplan.offers.bounds import last_beyond, share_in_row
from repayplan.offers.laidout import METHODS
from repayplan.offers.pauses import Pause, begun
from repayplan.offers.paymentbounds import FIRST_COMPARED
from repayplan.offers.room import Room, Spread
from repayplan.offers.search import Candidates

MODES = ("half_up", "half_even", "up", "down")
STEPS = rp.SteppedRate((("2020-01-01", "0.05"), ("2026-04-11", "0.08"), ("2027-01-01", "0.03")))


@st.composite
def batches(draw):
    """Loans of one policy, arrears paid with the first instalment, and the lengths that they may have."""
    size, rng = 30, np.random.default_rng(draw(st.integers(0, 2**32)))
    decimals = draw(st.sampled_from([0, 2]))

    def multiple(choices):
        units = draw(st.sampled_from(choices))
        return units and Decimal(units).scaleb(-decimals)

    balance = rng.integers(1, 10 ** draw(st.sampled_from([2, 4, 6, 8])), size)
    longest = rng.integers(1, draw(st.sampled_from([4, 14, 40, 90])), size)
    loans = rp.Loans.from_columns(
        principal=rp.minor(balance),
        annual_rate=rng.choice([0, 1, 100, 1_000, 3_600, 10_000], size) / 10_000,
        original_term=longest,
        elapsed=0,
        unpaid=longest,
        next_due=np.datetime64("2026-01-31") + rng.integers(0, 40, size),
        day_count=draw(st.sampled_from(["periods", "30/360", "ACT/365F"])),
        frequency=draw(st.sampled_from(["weekly", "monthly", "quarterly"])),
        fees=rp.minor(balance * rng.integers(0, 4, size) // 40),
        rounding=rp.Rounding(
            instalment=draw(st.sampled_from(MODES)),
            interest=draw(st.sampled_from(MODES)),
            instalment_multiple=multiple([None, 1, 10, 1_000]),
            interest_multiple=multiple([None, None, 10]),
            residue=draw(st.sampled_from(["last", "first", "spread", "shared"])),
        ),
        decimals=decimals,
        rate_paths=(STEPS,),
        rate_index=rng.choice([-1, 0], size) if draw(st.booleans()) else -1,
    )
    # From what the shortest plan asks down to less than any does.
    capacity = np.maximum(balance * rng.integers(20, 150, size) // (100 * longest), 1)
    return loans, longest, capacity


@examples(30)
@given(batches(), st.sampled_from(sorted(METHODS)))
def test_all_lengths(batch, method):
    loans, longest, capacity = batch
    rows, shortest = np.arange(len(loans)), np.maximum(longest // 3, 1)
    plans = Candidates(loans, rows, method, longest)
    peaks, floors = [], []
    for n in range(1, int(longest.max()) + 1):
        length = np.minimum(longest, n)
        peak, allowed = plans.measure(length).peak, (n >= shortest) & (n <= longest)
        floor = plans.floor(length)
        assert not ((peak >= 0) & (floor > peak)).any()
        assert not (
            plans.above(length, Room.of(capacity), even=False) & (peak >= 0) & (peak <= capacity)
        ).any()
        floors.append(floor)
        peaks.append(np.where(allowed & (peak >= 0), peak, np.iinfo(np.int64).max))
    assert not (np.diff(np.array(floors[FIRST_COMPARED - 1 :]), axis=0) > 0).any()

    least = plans.least(shortest, longest, Room.of(capacity))
    fits = np.array(peaks) <= capacity
    np.testing.assert_array_equal(least, np.where(fits.any(axis=0), fits.argmax(axis=0) + 1, 0))

    lowest = np.array(peaks).min(axis=0)
    np.testing.assert_array_equal(
        plans.lowest(shortest, longest).peak, np.where(lowest == np.iinfo(np.int64).max, -1, lowest)
    )


@examples(40)
@given(batches(), st.sampled_from(sorted(METHODS)), st.integers(0, 2**32), st.booleans())
def test_plans_whose_figures_are_exchanged_are_plans_laid_out_anew(batch, method, seed, cut):
    loans, longest, capacity = batch
    rng = np.random.default_rng(seed)
    loans = loans.replace(rate_index=np.full(len(loans), -1))
    whose = rng.integers(0, len(loans), 50)
    some = loans.take(whose)
    some = some.replace(
        principal=np.maximum(some.principal // rng.integers(1, 9, 50), 1),
        annual_rate=some.annual_rate // rng.integers(1, 9, 50) if cut else some.annual_rate,
        fees=some.fees // 2,
    )
    like, length = Candidates(loans, np.arange(len(loans)), method, longest), longest[whose]
    made = like.exchanged(some, whose, None)
    if made is None:  # what is counted of a year follows from the rates, too
        assert len(like.failures) or (cut and not all(day.name == "periods" for day in loans.day_counts))
        return
    anew, room = Candidates(some, np.arange(50), method, length), Room.of(capacity[whose])
    length = rng.integers(1, length + 1)
    np.testing.assert_array_equal(made.amounts(length), anew.amounts(length))
    np.testing.assert_array_equal(made.measure(length).peak, anew.measure(length).peak)
    np.testing.assert_array_equal(made.measure(length).interest, anew.measure(length).interest)
    np.testing.assert_array_equal(made.fits(length, room), anew.fits(length, room))


@examples(60)
@given(batches(), st.sampled_from([1, 2, 10]))
def test_no_last_payment_is_below_a_bound_of_less_principal(batch, divisor):
    loans, longest, _ = batch
    law = replace(loans.rounding[0], residue="last")
    loans = loans.replace(rate_index=np.full(len(loans), -1), rounding=(law,), fees=np.zeros_like(loans.fees))
    found = rp.schedule(loans, rp.equal_instalment(rp.col("unpaid")))
    rows, offsets = found.value.by_loan()
    final = np.full(len(loans), -1)
    final[found.row] = rows["payment"][offsets[1:] - 1] * loans.finer[found.row]
    less = loans.replace(principal=np.maximum(loans.balance // divisor, 1))
    for piece in Candidates(less, found.row, "equal_instalment", longest).pieces:
        work = replace(piece.work, lengths=longest[None, piece.rows])
        assert not last_beyond(work, final[piece.rows]).any()
        if divisor == 1:  # near enough to be of use
            single = longest[piece.rows] == 1
            low = last_beyond(work, np.full(len(single), -(2**50)))
            assert (low | single).all()


@examples(60)
@given(batches(), st.integers(1, 20), st.sampled_from([1, 2, 10]), st.integers(0, 9))
def test_no_level_plan_repays_more_than_a_bound_of_a_shorter_one_at_a_lower_rate(batch, by, divisor, more):
    loans, longest, _ = batch
    loans = loans.replace(rate_index=np.full(len(loans), -1), fees=np.zeros_like(loans.fees))
    less = loans.replace(annual_rate=loans.annual_rate // divisor)
    size, longer = len(loans), longest + more
    plans = Candidates(loans, np.arange(size), "equal_instalment", longer, SLOW)
    _, error = plans.lacking(longer)
    made, cheap = (Candidates(x, np.arange(size), "equal_instalment", longer) for x in (loans, less))
    if made.alike is None or cheap.alike is None or len(made.failures) or by >= 12:
        return
    rows = np.full((1, size), by)
    asked = made.amounts(longer)
    bound = repaid_by(cheap.alike, rows, longest, asked)[0] + error[0]
    for i in np.flatnonzero(by < longest):
        block = rp.schedule(loans.take(np.array([i])), rp.equal_instalment(int(longer[i])))
        if len(block.row):
            closing = block.value.by_loan()[0]["closing"][by - 1] * loans.finer[i]
            assert loans.balance[i] - closing <= bound[i]


SLOW = rp.Amortisation(repaid_by=(rp.RepaidBy(months=12, percent="5"),))
SHARED = rp.Rounding(
    instalment="up", interest="up", instalment_multiple="1000", interest_multiple="10", residue="shared"
)


@examples(60)
@given(batches(), st.sampled_from(["equal_principal", "flat"]), st.sampled_from([1, 2, 10]))
def test_no_row_asks_less_than_a_bound_of_less_principal_at_a_lower_rate(batch, method, divisor):
    loans, longest, _ = batch
    loans = loans.replace(rate_index=np.full(len(loans), -1))
    found = rp.schedule(loans, METHODS[method](rp.col("unpaid")))
    rows, offsets = found.value.by_loan()
    fewer = np.maximum(loans.balance // divisor, 1)
    less = loans.replace(principal=fewer, annual_rate=loans.annual_rate // divisor)
    for piece in Candidates(less, found.row, method, longest).pieces:
        residue = loans.rounding[int(loans.rounding_index[piece.rows[0]])].residue
        own = np.searchsorted(found.row, piece.rows)
        for row in range(int(longest.max())):
            bound = share_in_row(replace(piece.work, lengths=longest[None, piece.rows]), row, residue)
            at = offsets[own] + row
            there = at < offsets[own + 1]
            scale = loans.finer[piece.rows][there]
            assert (bound[there] <= rows["payment"][at[there]] * scale).all()


def test_a_residue_that_is_shared_makes_instalments_smaller_than_the_rounded_one():
    # 24,611 in four: 7,000 rounded up, and the 3,389 that are too much taken off in steps of 1,000.
    loans = rp.Loans.from_columns(
        principal=["24611"],
        annual_rate="0.01",
        original_term=4,
        elapsed=0,
        unpaid=4,
        next_due="2026-01-31",
        rounding=SHARED,
        decimals=0,
    )
    four = np.array([4])
    plans = Candidates(loans, np.arange(1), "equal_principal", four)
    peak = plans.measure(four).peak
    assert peak.tolist() == [
        max(row.payment for row in rp.schedule(loans, rp.equal_principal(4)).value.one(0).rows)
    ]
    assert plans.least(np.array([1]), four, Room.of(peak)).tolist() == [4]


@pytest.mark.parametrize("method", sorted(METHODS))
def test_a_lowest_payment_over_thousands_of_lengths(method):
    # 2 yen at 100 %: most of the lengths ask the same, and which is the least is known by writing them.
    longest = np.array([3_660])
    loans = rp.Loans.from_columns(
        principal=[2],
        annual_rate=1,
        original_term=longest,
        elapsed=0,
        unpaid=longest,
        next_due="2026-01-31",
        decimals=0,
        rounding=rp.Rounding(instalment="half_even", interest="down"),
    )
    plans = Candidates(loans, np.arange(1), method, longest)
    lengths = np.arange(1, 200)
    some = loans.take(np.zeros(len(lengths), np.int64))
    peak = Candidates(some, np.arange(len(lengths)), method, lengths).measure(lengths).peak
    got = plans.lowest(np.array([1]), longest).peak
    assert 0 <= got[0] <= peak[peak >= 0].min()


@pytest.mark.slow
@examples(12)
@given(batches(), st.sampled_from(sorted(METHODS)), st.integers(0, 2**32))
def test_the_least_length_of_what_can_be_paid_by_period(batch, method, seed):
    # Seasons, steps up and down: a longer plan may be out of reach where a shorter one isn't.
    loans, longest, capacity = batch
    rng, size, periods = np.random.default_rng(seed), len(loans), int(longest.max())
    steps = rng.choice([0.3, 0.8, 1, 1, 1, 1.2, 2], (periods, size))
    steps[rng.random((periods, size)) < rng.choice([0.5, 0.9])] = 1
    if rng.random() < 0.5:
        steps = np.cumprod(np.clip(steps, 0.8, 1.2), axis=0)
    table = (capacity * steps).astype(np.int64)[: rng.integers(1, periods + 1)]
    room, shortest = Room.of(table), np.maximum(longest // 3, 1)
    rows = np.arange(size)
    plans = Candidates(loans, rows, method, longest)
    least = plans.least(shortest, longest, room)
    want = np.zeros(size, np.int64)
    for n in range(periods, 0, -1):
        asked = np.flatnonzero((n >= shortest) & (n <= longest))
        some = loans.take(asked)
        made = rp.schedule(some, METHODS[method](n))
        pays = np.full((n, size), np.iinfo(np.int64).max)
        for i, plan in zip(made.row, made.value, strict=True):
            pays[:, asked[i]] = [int(row.payment.scaleb(int(loans.decimals[0]))) for row in plan.rows]
        can = table[np.minimum(np.arange(n), len(table) - 1)]
        fits = (pays <= can).all(axis=0)
        some_plans = Candidates(loans, asked, method, longest)
        np.testing.assert_array_equal(some_plans.fits(np.full(size, n), room), fits)
        want[fits] = n
    np.testing.assert_array_equal(least, want)


@examples(8)
@given(
    batches(),
    st.sampled_from(sorted(METHODS)),
    st.dictionaries(st.integers(1, 12), st.integers(1, 60), min_size=1, max_size=2),
)
def test_what_plans_leave_is_within_its_bounds_and_the_slowest_is_found(batch, method, shares):
    loans, longest, _ = batch
    rules = tuple(rp.RepaidBy(months=months, percent=percent) for months, percent in shares.items())
    minimums = rp.Amortisation(repaid_by=rules)
    plans, pace = Candidates(loans, np.arange(len(loans)), method, longest, minimums), minimums.pace(loans)
    shortest, slowest = np.ones_like(longest), np.zeros_like(longest)
    for n in range(1, int(longest.max()) + 1):
        asked = np.flatnonzero(n <= longest)
        behind, error = plans.lacking(np.where(n <= longest, n, 1))
        made = rp.schedule(loans.take(asked), METHODS[method](n))
        for i, plan in zip(made.row, made.value, strict=True):
            loan, keeps = asked[i], True
            left = [int(row.closing.scaleb(int(loans.decimals[loan]))) for row in plan.rows]
            for rule, by in enumerate(pace.by[:, loan].tolist()):
                if by < n:
                    more = left[by - 1] - pace.left[rule, loan]
                    keeps &= bool(more <= 0)
                    assert abs(more - behind[rule, loan]) <= error[rule, loan]
            if keeps:
                slowest[loan] = n
    np.testing.assert_array_equal(plans.slowest(shortest, longest), np.maximum(slowest, shortest))


@given(st.integers(0, 2**32))
def test_what_comes_round_is_what_is_written_out(seed):
    rng = np.random.default_rng(seed)
    rows, size = int(rng.integers(1, 9)), int(rng.integers(1, 4))
    turn, spread = int(rng.integers(1, rows + 1)), Spread(rng.integers(0, 900, (1, size)), (5,))
    table = rng.integers(0, 90_000, (rows, size))
    long = [k if k < rows else rows - turn + (k - rows) % turn for k in range(90)]
    both = [Room.of(table, turn), Room.of(table[long])]
    some, later = rng.integers(0, size, 4), int(rng.integers(0, 15))
    if rng.random() < 0.5:
        both = [room.less(spread) for room in both]
    if rng.random() < 0.5:
        both = [room.delayed(later) for room in both]
    if rng.random() < 0.5:
        both = [room.after(later) for room in both]
    short, written = (room.take(some) for room in both)
    for k in range(60):
        number = np.full(4, k + 1)
        np.testing.assert_array_equal(short.at(k), written.at(k))
        np.testing.assert_array_equal(short.in_row(number), written.at(k))
        np.testing.assert_array_equal(short.least(number), written.least(number))
        np.testing.assert_array_equal(short.most(number), written.most(number))


@examples(12)
@given(
    batches(),
    st.sampled_from(sorted(METHODS)),
    st.builds(
        Pause,
        idle=st.integers(0, 4),
        only=st.integers(0, 3),
        interest=st.sampled_from(["capitalise", "defer", "waive"]),
    ),
)
def test_plans_after_a_pause_are_the_rows_after_it(batch, method, pause):
    loans, longest, capacity = batch
    size, longest = len(loans), longest + pause.rows
    room = Room.of(capacity)
    plans = Candidates(loans, np.arange(size), method, longest).after(pause, room, longest)
    tail = longest - pause.rows
    asks = plans.measure(np.where(plans.refused, 0, tail)).peak
    made = rp.schedule(loans, begun(pause.idle, pause.only, pause.interest, METHODS[method](tail)))
    assert set(made.failures.row) <= set(np.flatnonzero(plans.refused | (asks < 0)))
    for i, plan in zip(made.row, made.value, strict=True):
        pays = [int(row.payment.scaleb(int(loans.decimals[0]))) for row in plan.rows]
        assert plans.refused[i] == (max(pays[: pause.rows], default=0) > capacity[i])
        if not plans.refused[i]:
            assert asks[i] == max(pays[pause.rows :])


@pytest.mark.slow
@examples(20)
@given(
    batches(),
    st.sampled_from(sorted(METHODS)),
    st.builds(
        Pause,
        idle=st.sampled_from([0, 0, 1, 3]),
        only=st.sampled_from([0, 0, 1, 2]),
        interest=st.sampled_from(["capitalise", "defer", "waive"]),
    ),
    st.tuples(st.integers(1, 14), st.integers(1, 14)),
    st.integers(0, 2**32),
)
def test_what_is_spread_over_the_first_payments(batch, method, pause, over, seed):
    loans, longest, capacity = batch
    rng, size, rows = np.random.default_rng(seed), len(loans), np.arange(len(loans))
    amounts = np.array([capacity * each * rng.integers(0, 70, size) // 100 for each in over])
    spread, capacity = Spread(amounts, over), capacity + rng.integers(0, 3, size) * amounts.sum(axis=0)
    room = Room.of(capacity).less(spread).delayed(pause.idle)
    owing = loans.replace(penalty=amounts[0], overdue_interest=amounts[1])
    repaid = rp.arrears("penalty", over=over[0]) + rp.arrears("overdue_interest", over=over[1])
    terms, end = longest + pause.rows, int(longest.max())
    plans = Candidates(loans, rows, method, terms, spread=room.own_spread).after(pause, room, terms)
    peaks = np.full((end, size), np.iinfo(np.int64).max)
    for n in range(1, end + 1):
        some = np.flatnonzero(n <= longest)
        plan = begun(pause.idle, pause.only, pause.interest, METHODS[method](n))
        made = rp.schedule(owing.take(some), repaid + plan)
        columns, offsets = made.value.by_loan()
        peaks[n - 1, some[made.row]] = np.maximum.reduceat(columns["payment"], offsets[:-1])
    fits = peaks <= capacity
    for n in range(1, end + 1):
        got = plans.fits(np.minimum(longest, n), room.after(pause.rows))
        np.testing.assert_array_equal(got, fits[np.minimum(longest, n) - 1, rows])
    least = plans.least(np.ones_like(longest), longest, room.after(pause.rows))
    np.testing.assert_array_equal(least, np.where(fits.any(axis=0), fits.argmax(axis=0) + 1, 0))
    free = room.own_spread and Room.of(np.full(size, 2**61)).less(spread).delayed(pause.idle)
    if free:
        anything = Candidates(loans, rows, method, terms, spread=spread).after(pause, free, terms)
        lowest = anything.lowest(np.ones_like(longest), longest).peak
        want = peaks.min(axis=0)
        np.testing.assert_array_equal(lowest, np.where(want == np.iinfo(np.int64).max, -1, want))


def test_what_is_spread_counts_in_the_rows_of_a_pause():
    # 50.00 and the interest, none, with the first row; 30.00 spread over six payments, or over two or three.
    loans = rp.Loans.from_columns(
        principal=["20"],
        annual_rate="0",
        original_term=6,
        elapsed=0,
        unpaid=6,
        next_due="2026-01-31",
        fees="50",
    )
    spread, pause, terms = Spread(np.array([[30_00]]), (6,)), Pause(only=1), np.array([5])
    room = Room.of(np.array([60_00])).less(spread)
    plans = Candidates(loans, np.arange(1), "equal_instalment", terms, spread=spread)
    plans = plans.after(pause, room, terms)
    fits = [plans.fits(np.array([n]), room.after(1))[0] for n in (1, 2, 3)]
    assert fits == [False, True, True]  # 65.00, 60.00 and 57.50 with the first row
    assert plans.least(np.array([1]), np.array([4]), room.after(1)).tolist() == [2]


@pytest.mark.parametrize(("can", "least"), [(12, 0), (13, 300)])
def test_what_is_spread_counts_where_only_the_last_row_is_left_to_find(can, least):
    # Of 151 to 300 instalments each is 10, and the last what is left; 640 over 300 of them is 3 or 2 each.
    loans = rp.Loans.from_columns(
        principal=[3_000],
        annual_rate="0",
        original_term=300,
        elapsed=0,
        unpaid=300,
        next_due="2026-01-31",
        decimals=0,
        rounding=rp.Rounding(instalment="down", instalment_multiple=10),
    )
    room, longest = Room.of(np.array([can])).less(Spread(np.array([[640]]), (320,))), np.array([300])
    plans = Candidates(loans, np.arange(1), "equal_instalment", longest)
    assert plans.least(np.array([1]), longest, room).tolist() == [least]
