"""Whether the last of level payments is the largest: bounds say the same as every row written in integers."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from examples import examples
from repayplan.kernel import leftover
from repayplan.kernel.amounts import opening_amount
from repayplan.kernel.leftover import alone, leaves_more
from repayplan.kernel.rules import Amount, Rule
from repayplan.kernel.work import Work


def work_of(owed, num, den, term, first):
    """Level plans; the first period counts ``first`` units, every later one 1."""
    size = len(owed)
    regular = np.ones(size, np.int64)
    return Work(
        rules=(Rule(Amount.LEVEL, net=True),),
        lengths=np.array([term]),
        amounts=np.full((1, size), -1),
        balloons=np.full((1, size), -1),
        opening=np.array(owed),
        num=np.array(num),
        den=den,
        first=regular if first == 1 else np.full(size, first),
        regular=regular,
        later=None,
        calendar=np.zeros(size, np.int64),
    )


def in_integers(owed, num, den, term, first, amount):
    """Whether the last payment is above the others; None where a row before it repays nothing, or all."""
    balance = owed
    for t in range(term):
        over = balance * num * (first if t == 0 else 1)
        interest = (2 * over + den) // (2 * den)
        if t == term - 1:
            return balance + interest > amount
        if amount <= interest or balance <= amount - interest:
            return None
        balance -= amount - interest
    return None


@examples(300)
@given(
    rows=st.lists(
        st.tuples(
            st.integers(1, 10**9) | st.integers(10**9, 2**50),
            st.integers(0, 2000),
            st.integers(1, 90) | st.integers(1, 700),
        ),
        min_size=1,
        max_size=30,
    ),
    den=st.sampled_from([1_200, 12_000, 120_000, 365_000_000]),
    first=st.sampled_from([1, 1, 2, 3]),
)
def test_bounds_say_what_rows_in_integers_say(rows, den, first):
    owed, num, term = (list(column) for column in zip(*rows, strict=True))
    work = work_of(owed, num, den, term, first)
    assert alone(work)
    amount, more, known = leaves_more(work)
    assert np.array_equal(amount[known], opening_amount(work)[known])
    for i in np.flatnonzero(known).tolist():
        assert in_integers(owed[i], num[i], den, term[i], first, int(amount[i])) == more[i]


def test_an_instalment_that_is_half_a_unit_is_rounded_up_and_known():
    """10,050 at 1 % a month in two payments is 5,100.5 each; no float tells on which side of a half it is."""
    owed = [20_000, *(10_050 * odd for odd in (1, 3, 11)), 30_000]
    work = work_of(owed, [12] * 5, 1_200, [2] * 5, 1)
    amount, more, known = leaves_more(work)
    assert known.all()
    assert amount[1:4].tolist() == [5_101, 15_302, 56_106]
    assert more.tolist() == [in_integers(each, 12, 1_200, 2, 1, amount[i]) for i, each in enumerate(owed)]


def test_every_way_of_knowing_is_taken_and_right(monkeypatch):
    """Of thousands of ordinary loans each is known: most by bounds midway, the others by all rows."""
    size = 4_000
    random = np.random.default_rng(8)
    owed, num, term = (
        random.integers(low, high, size).tolist() for low, high in ((10**6, 10**8), (10, 100), (6, 361))
    )
    work, counted, pay = work_of(owed, num, 12_000, term, 1), [], leftover._pay

    def counting(balance, *args):
        counted.append(len(balance))
        pay(balance, *args)

    monkeypatch.setattr(leftover, "_pay", counting)
    amount, more, known = leaves_more(work)
    assert known.all()
    first, rest = counted
    assert 0.9 * size < first <= size
    assert 0 < rest < 0.1 * size
    assert 0.4 * size < more.sum() < 0.6 * size
    for i in range(size):
        assert in_integers(owed[i], num[i], 12_000, term[i], 1, int(amount[i])) == more[i]


def test_what_is_worked_out_stays_right_for_some_of_the_loans_and_other_lengths():
    work = work_of([10**6, 5 * 10**6, 3 * 10**5, 0], [55, 0, 90, 10], 12_000, [36, 24, 240, 6], 1)
    work.step()
    other, some = np.array([[12, 360, 7, 1]]), np.array([2, 0])
    for made in (
        work.lasting(other),
        work.take(some).lasting(other[:, some]),
        work.lasting(other).take(slice(1, 3)),
    ):
        anew = replace(made)  # which keeps nothing that was worked out
        assert np.array_equal(made.factor, anew.factor)
        assert np.array_equal(made.step(), anew.step())
        assert np.array_equal(made.grown(), anew.grown())


def test_instalments_of_which_floats_are_not_sure_are_worked_out_in_integers(monkeypatch):
    """Near a half a float doesn't tell the instalment; here they are taken for near, all of them."""
    size, random = 60, np.random.default_rng(8)
    owed, num, term = (
        random.integers(low, high, size).tolist() for low, high in ((10**6, 10**8), (10, 100), (6, 361))
    )
    nearest, asked = leftover.nearest, []

    def unsure(*args):
        asked.append(len(args[0]))
        amount, beside, sure = nearest(*args)
        return amount, beside, np.zeros_like(sure)

    monkeypatch.setattr(leftover, "nearest", unsure)
    work = work_of(owed, num, 12_000, term, 1)
    amount, more, known = leaves_more(work)
    assert asked
    assert known.any()
    assert np.array_equal(amount[known], opening_amount(work_of(owed, num, 12_000, term, 1))[known])
    for i in np.flatnonzero(known).tolist():
        assert in_integers(owed[i], num[i], 12_000, term[i], 1, int(amount[i])) == more[i]
