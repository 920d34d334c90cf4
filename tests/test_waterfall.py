"""Concessions in order, against all degrees of all of them, tried one by one."""

from dataclasses import replace
from fractions import Fraction
from math import ceil
from typing import get_args

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from examples import examples
from repayplan.offers.amortisation import ANY, Amortisation, RepaidBy
from repayplan.offers.arrears import JOINED
from repayplan.offers.concession import EXTEND, Concession
from repayplan.offers.granted import Left
from repayplan.offers.granting import _Waterfall, grant
from repayplan.offers.laidout import METHODS
from repayplan.offers.room import Room, Spread
from repayplan.plans.beside import HolidayInterest

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
COARSE = {
    "cut_rate": [{"by": "0.05", "floor": "0.02"}],
    "forbear": [{"percent": "30", "multiple": "4"}, {"percent": "60", "multiple": "9"}],
    "forgive": [{"percent": "20", "multiple": "5"}],
    "waive": [{"component": "overdue_interest", "percent": "100", "multiple": "3"}],
}
"""The same with fewer degrees, where several steps are combined."""
JOINED = JOINED.format("overdue_interest")
A_MONTH = {"monthly": 1, "annual": Fraction(1, 12), "semi-monthly": 2}
NOTHING = rp.forbear(0)
"""A plan's part that says nothing."""
MODES = ("half_up", "half_even", "up", "down")


@st.composite
def cases(draw):
    """Few loans of small amounts in whole units, steps in any order, and what can be paid by period."""
    names = draw(st.lists(st.sampled_from(sorted(STEPS)), unique=True, min_size=1, max_size=4))
    usual = STEPS if len(set(names) & set(COARSE)) < 2 else STEPS | COARSE
    steps = [Concession(step=name, **draw(st.sampled_from(usual[name]))) for name in names]
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
            instalment_multiple=draw(st.sampled_from(["1", "1", "5"])),
            interest=draw(st.sampled_from(MODES)),
            residue=draw(st.sampled_from(["last", "last", "first", "spread", "shared"])),
        ),
        decimals=0,
    )
    assert loans.good.all()
    # As when overdue interest has been capitalised.
    loans = loans.replace(extra={JOINED: rng.integers(0, 12, size).clip(max=balance)})
    longest = shortest + rng.integers(0, 7, size)
    level = np.maximum(balance * rng.integers(40, 130, size) // (100 * shortest), 1)
    table = level[None]
    shape = draw(st.sampled_from(["same", "any", "falling", "stepped", "season"]))
    if shape != "same":
        part = rng.choice([0, 0.5, 1, 1, 1.5, 3], (8, size), p=[0.05, 0.15, 0.3, 0.2, 0.2, 0.1])
        if shape == "falling":
            part = np.sort(np.maximum(part, 0.5), axis=0)[::-1]
        elif shape == "stepped":  # once, to less or more
            part = np.where(np.arange(8)[:, None] < rng.integers(1, 8, size), part[0], part[1])
        elif shape == "season":
            part = np.tile(part[:3], (3, 1))[:8]
        table = (level * part).astype(np.int64)
    methods = draw(st.lists(st.sampled_from(sorted(METHODS)), unique=True, min_size=1, max_size=3))
    return loans, steps, tuple(methods), shortest, longest, table


@st.composite
def cliffs(draw):
    """Loans that can pay little after some periods, so that more time may not serve; see :func:`cases`."""
    names = draw(
        st.lists(
            st.sampled_from(["cut_rate", "forbear", "forgive", "holiday"]),
            min_size=1,
            max_size=2,
            unique=True,
        )
    )
    names.insert(draw(st.integers(0, len(names) - 1)), "extend")
    usual = STEPS if len(names) < 3 else STEPS | COARSE
    steps = [Concession(step=name, **draw(st.sampled_from(usual[name]))) for name in names]
    loans, _, methods, shortest, _, _ = draw(cases())
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    until = shortest + rng.integers(0, 4, len(loans))
    level = loans.balance * rng.integers(60, 130, len(loans)) // (100 * until) + loans.fees + loans.penalty
    later = level * rng.integers(0, 60, len(loans)) // 100
    table = np.where(np.arange(10)[:, None] < until, level, later)
    return loans, steps, methods, shortest, shortest + rng.integers(2, 8, len(loans)), table


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


def start_of(loans, steps, shortest, longest, i):
    """Loan i without any concession."""
    return {
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


def every_point(steps, loan):
    """All degrees of all steps, and what the loan is with them."""
    every = [((), loan)]
    for step in steps:
        every = [
            ((*degrees, d), with_degree(step, state, d) if d else state)
            for degrees, state in every
            for d in range(tops(step, state) + 1)
        ]
    return every


def preference(steps, degrees, loan, most_time, open_):
    """The less, the sooner a plan with these degrees is taken; only steps that are ``open_`` count.

    ``most_time``: the most degrees of ``extend`` by the definition, after what is granted before.
    """
    used = [n for n in open_ if degrees[n]]
    last = used[-1] if used else -1
    lowering = [n for n in open_ if not steps[n].shifting]
    state, at_most = loan, True
    for n, step in enumerate(steps):
        if n in lowering and n < last:
            top = most_time(state) if step.step == "extend" else tops(step, state)
            at_most &= degrees[n] == top
        state = with_degree(step, state, degrees[n]) if degrees[n] else state
    if at_most:
        return (0, last, degrees[last] if used else 0, *(degrees[n] for n in open_))
    first = next((n for n in lowering if steps[n].step == "extend"), lowering[0])
    rest = [n for n in open_ if n != first]
    return (1, degrees[first], *preference(steps, degrees, loan, most_time, rest))


def by_trying_all(loans, steps, methods, shortest, longest, table, i, minimums=ANY, repaid=NOTHING):
    """``(method, length, degrees)`` of loan i by the definition, None where nothing at all is affordable."""
    loan, can, found = start_of(loans, steps, shortest, longest, i), table[:, i], []
    points = every_point(steps, loan)
    for number, method in enumerate(methods):

        def most_time(state, method=method):
            if minimums == ANY:
                return tops(EXTEND, state)
            return most_extended(loans, i, state, method, minimums) - state["length"]

        fits = affordable(loans, i, [state for _, state in points], method, can, minimums, repaid)
        for at in np.flatnonzero(fits):
            degrees, state = points[at]
            key = preference(steps, degrees, loan, most_time, range(len(steps)))
            found.append((key, number, state["length"], list(degrees)))
    return min(found)[1:] if found else None


def same_as_trying_all(got, case, minimums=ANY, **other):
    """Whether what is granted is what the definition says."""
    loans, steps, methods, shortest, longest, table = case
    loans = other.pop("owing", loans)
    for i in range(len(loans)):
        best = by_trying_all(loans, steps, methods, shortest, longest, table, i, minimums, **other)
        assert got.length[i] == (0 if best is None else best[1])
        if best is None:
            assert got.last[i] == len(steps)
            continue
        assert (got.method[i], got.degree[:, i].tolist()) == (best[0], best[2])
        used = np.flatnonzero(got.degree[:, i])
        assert got.last[i] == (used[-1] if len(used) else -1)


def same_in_any_order(got, case, room):
    """In another order, and one alone, it is the same."""
    loans, steps, methods, shortest, longest, _ = case
    order = np.random.default_rng(len(steps)).permutation(len(loans))
    for rows in (order, order[:1]):
        here = shortest[rows], longest[rows], room.take(rows)
        again = grant(loans.take(rows), np.arange(len(rows)), methods, steps, *here)
        for name in ("length", "degree", "last", "method", "held_back"):
            np.testing.assert_array_equal(getattr(again, name), getattr(got, name)[..., rows])


def granted(case, room, minimums=ANY):
    loans, steps, methods, shortest, longest, _ = case
    return grant(loans, np.arange(len(loans)), methods, steps, shortest, longest, room, minimums)


def room_of(table):
    return Room.of(table if len(table) > 1 else table[0])


@examples(24)
@given(cases())
def test_every_degree(case):
    room = room_of(case[-1])
    got = granted(case, room)
    same_as_trying_all(got, case)
    same_in_any_order(got, case, room)


@examples(24)
@given(cliffs())
def test_every_degree_where_more_time_may_not_serve(case):
    got = granted(case, room_of(case[-1]))
    same_as_trying_all(got, case)


@examples(24)
@given(cases() | cliffs(), minimums())
def test_every_degree_that_repays_fast_enough(case, minimums):
    got = granted(case, room_of(case[-1]), minimums)
    same_as_trying_all(got, case, minimums)


@examples(40)
@given(cases() | cliffs(), minimums())
def test_who_is_too_slow_has_no_plan_by_any_degrees(case, minimums):
    loans, steps, methods, shortest, longest, table = case
    every = np.arange(len(loans))
    left = Left(methods[0], loans, every, shortest, room_of(table), minimums)
    for i in np.flatnonzero(_Waterfall(methods, tuple(steps)).too_slow(left)):
        assert by_trying_all(loans, steps, methods, shortest, longest, table, i, minimums) is None


def test_who_is_too_slow_is_known_without_any_degree_being_tried():
    """Not so much can be paid; too small a share is repaid; too little of what can be paid is principal."""
    loans = rp.Loans.from_columns(
        principal=["1000", "1000", "1000", "1000"],
        annual_rate=["0", "0", "0.12", "0.02"],
        original_term=[20, 60, 40, 40],
        elapsed=0,
        unpaid=[20, 60, 40, 40],
        next_due="2026-01-31",
    )
    room = Room.of(np.array([40_00, 90_00, 29_00, 60_00]))
    slow = Amortisation(repaid_by=(RepaidBy(months=12, percent="25"),))
    steps = (Concession(step="extend"), Concession(step="forbear", percent="90"))
    left = Left("equal_instalment", loans, np.arange(4), loans.unpaid, room, slow)
    told = _Waterfall(("equal_instalment",), steps).too_slow(left)
    assert told.tolist() == [False, True, True, False]
    assert _Waterfall(("equal_instalment",), steps).too_slow(replace(left, room=Room.of(loans.unpaid))).all()


@st.composite
def spreads(draw, size):
    """Two components of arrears, each spread over the first payments."""
    amounts = draw(st.lists(st.integers(0, 9), min_size=2 * size, max_size=2 * size))
    over = draw(st.tuples(st.integers(1, 8), st.integers(1, 8)))
    return Spread(np.array(amounts).reshape(2, size), over)


@examples(24)
@given(cases(), st.data())
def test_every_degree_beside_what_is_spread(case, data):
    loans, steps, methods, shortest, longest, table = case
    loans = loans.replace(penalty=np.zeros_like(loans.penalty))
    steps = [step for step in steps if step.component != "penalty"]
    spread = data.draw(spreads(len(loans)))
    table = table + data.draw(st.integers(0, 12))
    case = loans, steps, methods, shortest, longest, table
    room = room_of(table).less(spread)
    got = granted(case, room)
    owing = loans.replace(penalty=spread.amounts[0], overdue_interest=spread.amounts[1])
    repaid = rp.arrears("penalty", over=spread.over[0]) + rp.arrears("overdue_interest", over=spread.over[1])
    same_as_trying_all(got, case, owing=owing, repaid=repaid)
    same_in_any_order(got, case, room)
