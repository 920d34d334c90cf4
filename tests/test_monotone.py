"""More means never ask for a larger concession, a looser limit never for a refusal."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from examples import examples
from test_concessions import WATERFALLS
from test_levers import refused
from test_means import cases

METHODS = st.lists(
    st.sampled_from(["equal_instalment", "equal_principal", "flat"]), min_size=1, max_size=3, unique=True
)


def size(got, i, steps):
    """How large the concession of row i is, as plans are preferred; a refusal is beyond all."""
    if not got.offered[i]:
        return (2,)
    degree, last = got.degree[i].tolist(), int(got.last_step[i])
    if got.held_back[i]:
        names = [step.step for step in steps]
        first = names.index("extend") if "extend" in names else [step.shifting for step in steps].index(False)
        return (1, degree[first])
    return (0, last, degree[last] if last >= 0 else 0, *degree)


def decided(loan, incomes, rules):
    """The decisions by income, and how large the concessions are."""
    homes = rp.Households.from_columns(net_income=incomes)
    got = rp.propose(rp.Loan(**loan).batch.take(np.zeros(len(incomes), np.int64)), homes, rules).value
    return [size(got, i, rules.steps) for i in range(len(got))], got


@pytest.mark.slow
@examples(30)
@given(refused(), WATERFALLS, METHODS)
def test_more_income_never_asks_for_more(case, steps, methods):
    loan, income, rules = case
    rules = replace(rules, concessions=tuple(steps), methods=tuple(methods))
    incomes = [income * (100 + k) / 100 for k in range(-40, 60, 5)]
    sizes, _ = decided(loan, [each.quantize(Decimal("0.01")) for each in incomes], rules)
    assert sizes == sorted(sizes, reverse=True)


LOOSER = {
    "cut_rate": lambda step: replace(step, floor=Decimal("0.005")),
    "forbear": lambda step: replace(step, percent=step.percent + 15),
    "forgive": lambda step: replace(step, percent=step.percent + 15),
}


@pytest.mark.slow
@examples(30)
@given(refused(), WATERFALLS, METHODS, st.integers(0, 6))
def test_a_looser_limit_never_refuses(case, steps, methods, more):
    loan, income, rules = case
    rules = replace(rules, concessions=tuple(steps), methods=tuple(methods))
    incomes = [(income * (100 + k) / 100).quantize(Decimal("0.01")) for k in range(-40, 60, 5)]
    _, tight = decided(loan, incomes, rules)
    looser = [LOOSER[step.step](step) if step.step in LOOSER else step for step in steps]
    _, loose = decided(loan, incomes, replace(rules, concessions=tuple(looser)))
    assert (loose.offered >= tight.offered).all()
    limit = replace(rules.limit, percent=rules.limit.percent + 10 * more)
    _, longer = decided(loan, incomes, replace(rules, limit=limit))
    assert (longer.offered >= tight.offered).all()


# Where what can be paid rises, falls and comes round

EXTEND = rp.Concession(step="extend")
BESIDE = (
    rp.Concession(step="cut_rate", by="0.02", floor="0.04"),
    rp.Concession(step="forbear", percent="30", multiple="200"),
    rp.Concession(step="forgive", percent="20", multiple="100"),
    rp.Concession(step="holiday", months=2, interest="capitalise"),
    rp.Concession(step="interest_only", months=2),
)


@st.composite
def changing(draw):
    """A case whose months differ, in whole units, with a waterfall in which more time is a step."""
    loan, home, rules = draw(cases())
    beside = draw(st.lists(st.sampled_from(BESIDE), min_size=1, max_size=2, unique=True))
    beside.insert(draw(st.integers(0, len(beside))), EXTEND)
    methods = draw(
        st.lists(st.sampled_from(["equal_instalment", "equal_principal"]), min_size=1, unique=True)
    )
    part = rp.ArrearsPart(treatment="pay_first")
    arrears = replace(rules.arrears, fees=part, overdue_interest=part)
    rules = replace(rules, concessions=tuple(beside), methods=tuple(methods), arrears=arrears, decimals=0)
    return replace(loan, decimals=0), replace(home, decimals=0), rules


def within_months(rules, months):
    return replace(rules, limit=rp.ExtensionLimit(max_extension_months=months))


@pytest.mark.slow
@examples(30)
@given(changing())
def test_a_looser_limit_never_refuses_whatever_months_may_come(case):
    loan, home, rules = case
    offered = []
    for months in range(0, 14, 2):
        got = rp.propose(loan.batch, home.batch, within_months(rules, months)).value
        offered.append(bool(got.offered[0]))
    assert offered == sorted(offered)


@pytest.mark.slow
@examples(30)
@given(changing(), st.integers(0, 12))
def test_more_in_every_month_never_asks_for_more(case, months):
    loan, home, rules = case
    rules = within_months(rules, months)
    sizes = []
    for more in range(0, 400, 40):
        richer = replace(home, items=(*home.items, rp.Income("more", str(more))))
        got = rp.propose(loan.batch, richer.batch, rules).value
        sizes.append(size(got, 0, rules.steps))
    assert sizes == sorted(sizes, reverse=True)


@pytest.mark.slow
@examples(30)
@given(changing(), st.integers(0, 12))
def test_whoever_is_refused_has_nothing_to_choose_from(case, months):
    loan, home, rules = case
    rules = within_months(rules, months)
    got = rp.propose(loan.batch, home.batch, rules).value
    every = rp.Lattice(lengths=1, pauses=1, points="all", most=1_000_000)
    menu = rp.menu(loan, home, rules, lattice=every)
    assert bool(menu.affordable) == got.offered[0]
