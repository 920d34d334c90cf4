"""Concessions in order, against all degrees of all of them, tried one by one."""

from fractions import Fraction
from itertools import product
from math import ceil
from typing import get_args

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from examples import examples
from repayplan.offers.amortisation import ANY, Amortisation, RepaidBy
from repayplan.offers.arrears import JOINED
from repayplan.offers.concession import Concession
from repayplan.offers.room import Room, Spread
from repayplan.offers.search import METHODS
from repayplan.offers.waterfall import grant
from repayplan.plans.stage import HolidayInterest

STEPS = {
    "extend": [{}],
    "cut_rate": [{"by": "0.01", "floor": "0.02"}, {"by": "0.007", "floor": "0"}],
    "forbear": [{"percent": "30"}, {"percent": "60", "multiple": "5"}],
    "forgive": [{"percent": "20"}],
    "holiday": [{"months": 2, "interest": how} for how in get_args(HolidayInterest)],
    "interest_only": [{"months": 2}],
    "waive": [
        {"component": "fees", "percent": "100"},
        {"component": "penalty", "percent": "60", "multiple": "2"},
        {"component": "overdue_interest", "percent": "75"},
        {"component": "overdue_interest", "percent": "100", "multiple": "3"},
    ],
}
JOINED = JOINED.format("overdue_interest")
A_MONTH = {"monthly": 1, "annual": Fraction(1, 12), "semi-monthly": 2}
NOTHING = rp.forbear(0)
"""A plan's part that says nothing."""
MODES = ("half_up", "half_even", "up", "down")


@st.composite
def cases(draw):
    """Few loans of small amounts in whole units, steps in any order, and what can be paid by period."""
    names = draw(st.lists(st.sampled_from(sorted(STEPS)), unique=True, min_size=1, max_size=4))
    steps = [Concession(step=name, **draw(st.sampled_from(STEPS[name]))) for name in names]
    size, rng = 6, np.random.default_rng(draw(st.integers(0, 2**32)))
    shortest = rng.integers(1, 6, size)
    balance = rng.integers(1, draw(st.sampled_from([40, 120])), size)
    loans = rp.Loans.from_columns(
        principal=rp.minor(balance),
        annual_rate=rng.choice([0, 2, 5, 10, 40], size) / 100,
        original_term=shortest,
        elapsed=0,
        unpaid=shortest,
        next_due="2026-01-31",
        day_count=draw(st.sampled_from(["periods", "ACT/365F"])),
        frequency=draw(st.sampled_from(["monthly", "monthly", "annual", "semi-monthly"])),
        fees=rp.minor(rng.integers(0, draw(st.sampled_from([3, 3, 12])), size)),
        penalty=rp.minor(rng.integers(0, draw(st.sampled_from([1, 12])), size)),
        rounding=rp.Rounding(
            instalment=draw(st.sampled_from(MODES)),
            interest=draw(st.sampled_from(MODES)),
            residue=draw(st.sampled_from(["last", "last", "first", "spread", "shared"])),
        ),
        decimals=0,
    )
    assert loans.good.all()
    # As when overdue interest has been capitalised.
    loans = loans.replace(extra={JOINED: rng.integers(0, 12, size).clip(max=balance)})
    longest = shortest + rng.integers(0, 5, size)
    usual = np.maximum(balance * rng.integers(50, 130, size) // (100 * shortest), 1)
    table = usual[None]
    if draw(st.booleans()):
        table = (
            usual * rng.choice([0, 0.5, 1, 1, 1.5, 3], (8, size), p=[0.05, 0.15, 0.3, 0.2, 0.2, 0.1])
        ).astype(np.int64)
    return loans, steps, draw(st.sampled_from(sorted(METHODS))), shortest, longest, table


@st.composite
def minimums(draw):
    """Shares that bind now and then, runs without principal, balloons."""
    shares = draw(
        st.dictionaries(st.integers(1, 5), st.sampled_from(["1", "15", "33.3333", "60"]), max_size=2)
    )
    return Amortisation(
        repaid_by=tuple(RepaidBy(months=month, percent=part) for month, part in shares.items()),
        longest_without_principal=draw(st.sampled_from([None, None, 0, 1, 2, 3])),
        largest_balloon=draw(st.sampled_from([None, None, "0", "100"])),
    )


def tops(step, loan):
    """The most degrees of a step for one loan (a dict of figures)."""
    if step.step == "extend":
        return loan["longest"] - loan["length"]
    if step.shifting:
        return int(step.months * A_MONTH[loan["frequency"]])
    if step.step == "cut_rate":
        return max(ceil((loan["rate"] - Fraction(step.floor)) / Fraction(step.by)), 0)
    return ceil(Fraction(most_less(step, loan), int(step.multiple or 1)))


def most_less(step, loan):
    of = loan["balance" if step.step != "waive" else step.component]
    most = int(of * Fraction(step.percent) / 100)
    return most if step.component in ("fees", "penalty") else min(most, loan["balance"] - 1)


def with_degree(step, loan, degree):
    loan = dict(loan)
    if step.step == "extend":
        loan["length"] += degree
    elif step.step == "holiday":
        loan["idle"], loan["interest"] = degree, step.interest
    elif step.step == "interest_only":
        loan["only"] = degree
    elif step.step == "cut_rate":
        low = min(Fraction(step.floor), loan["rate"])
        loan["rate"] = max(loan["rate"] - degree * Fraction(step.by), low)
    else:
        less = min(degree * int(step.multiple or 1), most_less(step, loan))
        if step.step == "waive":
            loan[step.component] -= less
        if step.component in (None, "overdue_interest"):
            loan["balance"] -= less
        loan["aside"] += less if step.step == "forbear" else 0
    return loan


def fast_enough(closing, state, minimums, method):
    """Whether rows with these balances after them repay principal as fast as they must."""
    whole, rows = state["balance"] + state["aside"], len(closing)
    a_month = A_MONTH[state["frequency"]]
    for each in minimums.repaid_by:
        by = ceil(each.months * a_month)
        if by < rows and whole - closing[by - 1] - state["aside"] < whole * Fraction(each.percent) / 100:
            return False
    run, before = 0, state["balance"]
    for after in closing[:-1]:
        run = run + 1 if after >= before > 0 else 0
        most = minimums.longest_without_principal
        if most is not None and run > most * a_month:
            return False
        before = after
    spreads = minimums.largest_balloon is not None and minimums.largest_balloon < 100
    instalments = rows - state["idle"] - state["only"]
    return not (spreads and method == "interest_only" and instalments > 1)


def affordable(loans, i, states, method, can, minimums=ANY, repaid=NOTHING):
    """Which of the states of loan i have every payment within what can be paid, and repay fast enough.

    ``repaid``: how plans repay arrears.
    """
    states = [dict(state) for state in states]
    long = np.array([s["length"] > s["idle"] + s["only"] for s in states])
    some = loans.take(np.full(len(states), i))
    some = some.replace(
        principal=np.array([s["balance"] for s in states]),
        fees=np.array([s["fees"] for s in states]),
        penalty=np.array([s["penalty"] for s in states]),
        annual_rate=np.array([int(s["rate"] * 10**10) for s in states]),
    )
    idle, only = (np.array([s[name] for s in states]) for name in ("idle", "only"))
    rest = np.maximum(np.array([s["length"] for s in states]) - idle - only, 1)
    plan = rp.holiday(idle, interest=states[0]["interest"]) + rp.interest_only(only) + METHODS[method](rest)
    made = rp.schedule(some, repaid + plan)
    fits = np.zeros(len(states), bool)
    rows, offsets = made.value.by_loan()
    for at, row in enumerate(made.row):
        pays = rows["payment"][offsets[at] : offsets[at + 1]]
        fits[row] = (pays <= can[np.minimum(np.arange(len(pays)), len(can) - 1)]).all()
        if fits[row] and minimums != ANY:
            closing = rows["closing"][offsets[at] : offsets[at + 1]].tolist()
            fits[row] = fast_enough(closing, states[row], minimums, method)
    return fits & long


def most_extended(loans, i, loan, method, minimums):
    """Instalments of loan i's longest plan that repays fast enough."""
    for length in range(loan["longest"], loan["length"], -1):
        if affordable(loans, i, [{**loan, "length": length}], method, np.array([10**9]), minimums)[0]:
            return length
    return loan["length"]


def by_trying_all(loans, steps, method, shortest, longest, table, i, minimums=ANY, repaid=NOTHING):
    """``(length, degrees)`` of loan i by the definition, None where nothing is affordable."""
    loan = {
        "length": int(shortest[i]),
        "longest": int(longest[i]),
        "rate": Fraction(int(loans.annual_rate[i]), 10**10),
        "balance": int(loans.balance[i]),
        "aside": 0,
        "fees": int(loans.fees[i]),
        "penalty": int(loans.penalty[i]),
        "overdue_interest": int(loans.extra[JOINED][i]),
        "idle": 0,
        "only": 0,
        "interest": next((s.interest for s in steps if s.step == "holiday"), "capitalise"),
        "frequency": str(rp.basics.dates.FREQUENCIES[loans.frequency[i]].name),
    }
    can = table[:, i]
    degree, shifts = [0] * len(steps), []
    if affordable(loans, i, [loan], method, can, minimums, repaid)[0]:
        return loan["length"], degree
    for number, step in enumerate(steps):
        tried = []
        for d in range(1, tops(step, loan) + 1):
            for periods in product(*(range(tops(steps[k], loan) + 1) for k in shifts)):
                state = with_degree(step, loan, d)
                for k, count in zip(shifts, periods, strict=True):
                    state = with_degree(steps[k], state, count)
                tried.append((d, periods, state))
        if tried:
            fits = affordable(loans, i, [state for *_, state in tried], method, can, minimums, repaid)
            if fits.any():
                d, periods, state = tried[int(fits.argmax())]
                degree[number] = d
                for k, count in zip(shifts, periods, strict=True):
                    degree[k] = count
                return state["length"], degree
        if step.shifting:
            shifts.append(number)
        else:
            degree[number] = tops(step, loan)
            if step.step == "extend" and minimums != ANY:
                degree[number] = most_extended(loans, i, loan, method, minimums) - loan["length"]
            loan = with_degree(step, loan, degree[number])
    return None, degree


@examples(60)
@given(cases())
def test_every_degree(case):
    loans, steps, method, shortest, longest, table = case
    room, rows = Room.of(table if len(table) > 1 else table[0]), np.arange(len(loans))
    got = grant(loans, rows, method, steps, shortest, longest, room)
    for i in rows:
        length, degree = by_trying_all(loans, steps, method, shortest, longest, table, i)
        assert got.length[i] == (length or 0)
        assert got.degree[:, i].tolist() == degree
    # One by one, and in another order, it is the same.
    order = np.random.default_rng(len(steps)).permutation(rows)
    again = grant(
        loans.take(order), rows, method, steps, shortest[order], longest[order], Room.of(table[:, order])
    )
    np.testing.assert_array_equal(again.length, got.length[order])
    np.testing.assert_array_equal(again.degree, got.degree[:, order])


@examples(60)
@given(cases(), minimums())
def test_every_degree_that_repays_fast_enough(case, minimums):
    loans, steps, method, shortest, longest, table = case
    room, rows = Room.of(table if len(table) > 1 else table[0]), np.arange(len(loans))
    got = grant(loans, rows, method, steps, shortest, longest, room, minimums)
    for i in rows:
        length, degree = by_trying_all(loans, steps, method, shortest, longest, table, i, minimums)
        assert got.length[i] == (length or 0)
        assert got.degree[:, i].tolist() == degree


@st.composite
def spreads(draw, size):
    """Two components of arrears, each spread over the first payments."""
    amounts = draw(st.lists(st.integers(0, 9), min_size=2 * size, max_size=2 * size))
    over = draw(st.tuples(st.integers(1, 8), st.integers(1, 8)))
    return Spread(np.array(amounts).reshape(2, size), over)


@examples(80)
@given(cases(), st.data())
def test_every_degree_beside_what_is_spread(case, data):
    loans, steps, method, shortest, longest, table = case
    loans = loans.replace(penalty=np.zeros_like(loans.penalty))
    steps = [step for step in steps if step.component != "penalty"]
    spread = data.draw(spreads(len(loans)))
    table = table + data.draw(st.integers(0, 12))
    room, rows = Room.of(table if len(table) > 1 else table[0]).less(spread), np.arange(len(loans))
    got = grant(loans, rows, method, steps, shortest, longest, room)
    owing = loans.replace(penalty=spread.amounts[0], overdue_interest=spread.amounts[1])
    repaid = rp.arrears("penalty", over=spread.over[0]) + rp.arrears("overdue_interest", over=spread.over[1])
    for i in rows:
        length, degree = by_trying_all(owing, steps, method, shortest, longest, table, i, repaid=repaid)
        assert got.length[i] == (length or 0)
        assert got.degree[:, i].tolist() == degree
    order = np.random.default_rng(len(steps)).permutation(rows)
    again = grant(loans.take(order), rows, method, steps, shortest[order], longest[order], room.take(order))
    np.testing.assert_array_equal(again.length, got.length[order])
    np.testing.assert_array_equal(again.degree, got.degree[:, order])
