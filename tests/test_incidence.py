"""Cumulative incidence against a slow reference in fractions, identities, and other programs."""

from fractions import Fraction
from math import isclose

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples import examples
from extras import needs
from repayplan import Code, InputError
from repayplan.programmes.incidence import cumulative_incidence

CAUSES = ("default", "paid_off", "settled")
seen = st.one_of(st.tuples(st.integers(1, 9), st.integers(0, 2)), st.tuples(st.integers(0, 9), st.just(-1)))
people = st.lists(seen, min_size=1, max_size=25)


def of(rows, **options):
    month, cause = np.array(rows, np.int64).T
    return cumulative_incidence(month, cause, causes=CAUSES, **options)


def slow(rows):
    """Month by month: the survival, and the incidence of each cause, as fractions."""
    survival, incidence, found = Fraction(1), [Fraction(0)] * 3, []
    for month in range(1, max(when for when, _ in rows) + 1):
        at_risk = sum(when >= month for when, _ in rows)
        here = [sum((when, what) == (month, cause) for when, what in rows) for cause in range(3)]
        if at_risk:
            incidence = [f + survival * Fraction(d, at_risk) for f, d in zip(incidence, here, strict=True)]
            survival *= 1 - Fraction(sum(here), at_risk)
        found.append((at_risk, here, survival, incidence))
    return found


@given(people)
def test_it_is_the_slow_reference(rows):
    found, expected = of(rows), slow(rows)
    assert found.at_risk.shape == (1, len(expected))
    for k, (at_risk, here, survival, incidence) in enumerate(expected):
        assert found.at_risk[0, k] == at_risk
        assert found.events[0, k].tolist() == here
        assert isclose(found.survival[0, k], survival, abs_tol=1e-12)
        assert np.allclose(found.incidence[0, k], [float(f) for f in incidence], atol=1e-12)


@given(people)
def test_incidences_and_survival_are_one_and_bounds_hold(rows):
    found = of(rows)
    assert np.allclose(found.incidence.sum(axis=2) + found.survival, 1)
    assert (np.diff(found.incidence, axis=1) >= -1e-15).all()
    inside = ~np.isnan(found.low)
    low, middle, high = (each[inside] for each in (found.low, found.incidence, found.high))
    assert ((low >= 0) & (low <= middle) & (middle <= high) & (high <= 1)).all()
    assert (inside == ((found.incidence > 0) & (found.incidence < 1))).all()


@given(people, st.randoms())
def test_order_and_an_only_group_do_not_matter(rows, chance):
    again = list(rows)
    chance.shuffle(again)
    found, other = of(rows), of(again, group=np.zeros(len(rows), np.int64), groups=1)
    assert np.array_equal(found.incidence, other.incidence)
    assert np.array_equal(found.error, other.error)


@given(people, people)
def test_a_group_is_as_if_alone(first, second):
    group = np.repeat([0, 1], [len(first), len(second)])
    both = of(first + second, group=group, groups=2)
    for k, alone in enumerate((of(first), of(second))):
        months = alone.at_risk.shape[1]
        assert np.array_equal(both.incidence[k, :months], alone.incidence[0])
        assert np.array_equal(both.error[k, :months], alone.error[0])


@given(st.lists(st.tuples(st.integers(1, 6), st.integers(0, 2)), min_size=1, max_size=25))
def test_where_nobody_is_censored_it_is_the_share_with_its_binomial_error(rows):
    found, size = of(rows), len(rows)
    for k in range(found.at_risk.shape[1]):
        for cause in range(3):
            share = sum(when <= k + 1 and what == cause for when, what in rows) / size
            assert isclose(found.incidence[0, k, cause], share, abs_tol=1e-12)
            assert isclose(found.error[0, k, cause] ** 2, share * (1 - share) / size, abs_tol=1e-12)


@given(st.lists(st.tuples(st.integers(1, 9), st.sampled_from((0, -1))), min_size=1, max_size=25))
def test_with_one_cause_the_error_is_greenwoods(rows):
    found, survival, total = of(rows), Fraction(1), Fraction(0)
    for k, (at_risk, here, _, _) in enumerate(slow(rows)):
        if at_risk > here[0]:
            survival *= 1 - Fraction(here[0], at_risk)
            total += Fraction(here[0], at_risk * (at_risk - here[0]))
            assert isclose(found.error[0, k, 0] ** 2, survival**2 * total, abs_tol=1e-12)


def test_what_nobody_was_left_to_see_is_not_known():
    # One group is seen for two months, the other for one: of its second month nothing is known.
    found = cumulative_incidence([2, 1], [-1, -1], causes=CAUSES, group=[0, 1], groups=2)
    assert found.survival[0].tolist() == [1, 1]
    assert found.survival[1, 0] == 1
    assert np.isnan(found.survival[1, 1])
    assert np.isnan(found.incidence[1, 1]).all()
    # Where all are gone by something that happened, all is known.
    found = cumulative_incidence([2, 1], [0, 0], causes=CAUSES, group=[0, 1], groups=2)
    assert found.incidence[1, :, 0].tolist() == [1, 1]


def test_nobody_at_all():
    found = cumulative_incidence(np.zeros(0, np.int64), np.zeros(0, np.int64), causes=CAUSES)
    assert found.incidence.shape == (1, 0, 3)


@pytest.mark.parametrize(
    ("month", "cause", "more", "code", "field"),
    [
        ([0], [0], {}, Code.OUT_OF_RANGE, "month"),
        ([-1], [-1], {}, Code.OUT_OF_RANGE, "month"),
        ([1201], [-1], {}, Code.OUT_OF_RANGE, "month"),
        ([1], [3], {}, Code.OUT_OF_RANGE, "cause"),
        ([1], [-2], {}, Code.OUT_OF_RANGE, "cause"),
        ([1, 2], [0], {}, Code.OUT_OF_RANGE, "cause"),
        ([1.5], [0], {}, Code.NOT_A_NUMBER, "month"),
        ([[1]], [0], {}, Code.OUT_OF_RANGE, "month"),
        ([1], [0], {"group": [1]}, Code.OUT_OF_RANGE, "group"),
    ],
)
def test_what_cannot_be(month, cause, more, code, field):
    with pytest.raises(InputError) as caught:
        cumulative_incidence(month, cause, causes=CAUSES, **more)
    assert (caught.value.code, caught.value.field) == (code, field)


def test_a_cause_twice_is_refused():
    with pytest.raises(InputError) as caught:
        cumulative_incidence([1], [0], causes=("default", "default"))
    assert caught.value.code == Code.DUPLICATE


@needs("statsmodels")
@given(people)
@examples(100)
def test_estimates_and_errors_are_those_of_statsmodels(rows):
    from statsmodels.duration.survfunc import CumIncidenceRight

    rows = [(max(when, 1), what) for when, what in rows]
    found = of(rows)
    when, what = np.array(rows).T
    with np.errstate(divide="ignore", invalid="ignore"):  # its error is nan once nobody is left
        other = CumIncidenceRight(when.astype(float), what + 1)
    at = other.times.astype(int) - 1
    left = found.at_risk[0, at] > found.events[0, at].sum(axis=1)
    for cause in range(len(other.cinc)):
        assert np.allclose(found.incidence[0, at, cause], other.cinc[cause], atol=1e-12)
        known = other.cinc_se[cause] ** 2
        assert np.allclose(found.error[0, at, cause][left] ** 2, known[left], atol=1e-12)


@needs("lifelines")
@given(st.permutations(range(1, 31)), st.lists(st.integers(-1, 2), min_size=30, max_size=30))
@examples(20)
def test_without_ties_it_is_that_of_lifelines(months, causes):
    from lifelines import AalenJohansenFitter

    if 0 not in causes:
        return
    found = cumulative_incidence(months, causes, causes=CAUSES)
    other = AalenJohansenFitter(calculate_variance=True).fit(months, [c + 1 for c in causes], 1)
    assert np.allclose(other.cumulative_density_.to_numpy()[1:, 0], found.incidence[0, :, 0], atol=1e-12)
    known = other.variance_.to_numpy().ravel()[1:]
    at_end = found.at_risk[0] == found.events[0].sum(axis=1)
    assert np.allclose(known[~at_end], found.error[0, ~at_end, 0] ** 2, atol=1e-12)
