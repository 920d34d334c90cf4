"""Proportions and their differences: by hand, by other programs, the equation of the bounds, properties."""

from fractions import Fraction
from math import isclose, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples import examples
from extras import needs
from repayplan import Code, InputError
from repayplan.programmes.proportions import difference, paired_difference, quantile, wilson
from repayplan.programmes.ratios import change_of_share, share_of_money


def bounds(found, places=4):
    return round(float(found.low), places), round(float(found.high), places)


# R's prop.test and binom.confint, as the tests of scipy (test_morestats.py) and of statsmodels
# (results_proportion.py) have their results.
@pytest.mark.parametrize(
    ("count", "of", "level", "low", "high"),
    [
        (3, 10, "0.95", 0.1077913, 0.6032219),
        (3, 10, "0.99", 0.0795663, 0.6799753),
        (0, 10, "0.95", 0, 0.2775328),
        (10, 10, "0.95", 0.7224672, 1),
        (18, 20, "0.95", 0.6989664, 0.9721335),
    ],
)
def test_wilson_as_r_has_it(count, of, level, low, high):
    assert bounds(wilson(count, of, confidence=level), 7) == (low, high)


def test_a_difference_as_fagerland_and_others_published_it():
    # Statistical Methods in Medical Research 24, 2015, 224-254, as the tests of statsmodels quote it.
    assert bounds(difference(7, 34, 1, 34), 3)[0] == 0.019
    assert bounds(difference(7, 34, 1, 34), 2)[1] == 0.34


TWO = "0.954499736103642"
"""With this confidence an interval reaches two standard errors to each side."""


def test_intervals_of_sixteen_worked_by_hand():
    # Wilson of 12 and of 4: (x + 2 +- 2 sqrt(1 + x (1 - p))) / 20, where x (1 - p) is 3.
    for count, low, high in ((12, 0.5, 0.9), (4, 0.1, 0.5), (0, 0, 0.2), (16, 0.8, 1)):
        assert bounds(wilson(count, 16, confidence=TWO), 9) == (low, high)
    # p is 0.75 and may be 0.25 less or 0.15 more; q is 0.25 and may be 0.15 less or 0.25 more.
    apart = difference(12, 16, 4, 16, confidence=TWO)
    assert bounds(apart, 9) == (round(0.5 - 0.25 * sqrt(2), 9), round(0.5 + 0.15 * sqrt(2), 9))
    # Paired, ad - bc is 16 a - 48, the root of the margins' product 48, and n / 2 is 8.
    for both, phi in ((0, -1), (1, -2 / 3), (3, 0), (4, 1 / 6)):
        found = paired_difference(both, 12 - both, 4 - both, both, confidence=TWO)
        low, high = 0.5 - 0.25 * sqrt(2 - 2 * phi), 0.5 + 0.15 * sqrt(2 - 2 * phi)
        assert bounds(found, 9) == (round(low, 9), round(high, 9))


counted = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
fourfold = st.tuples(*[st.integers(0, 60)] * 4).filter(any)
levels = st.sampled_from(("0.8", "0.95", "0.99"))


@given(counted, levels)
def test_wilsons_bounds_solve_their_equation(pair, level):
    count, of = pair
    z, found = quantile(level), wilson(count, of, confidence=level)
    share = count / of
    assert 0 <= found.low <= share == found.estimate <= found.high <= 1
    for bound in (float(found.low), float(found.high)):
        assert isclose((share - bound) ** 2 * of, z * z * bound * (1 - bound), abs_tol=1e-9)
    assert found.low < share or count == 0
    assert found.high > share or count == of
    other = wilson(of - count, of, confidence=level)
    assert isclose(float(other.low), 1 - float(found.high), abs_tol=1e-12)


@given(counted, counted, levels)
def test_a_difference_holds_its_estimate_and_turns_round(first, second, level):
    found = difference(*first, *second, confidence=level)
    assert -1 <= found.low <= found.estimate <= found.high <= 1
    assert found.n == first[1] + second[1]
    back = difference(*second, *first, confidence=level)
    assert isclose(back.low, -found.high, abs_tol=1e-12)
    assert isclose(back.high, -found.low, abs_tol=1e-12)


def slow_paired(e, f, g, h, z):
    """Newcombe's method 10 step by step, as the paper has it, with exact phi."""
    n = e + f + g + h
    shares = (e + f, e + g)
    lower, upper = [], []
    for count in shares:
        root = z * sqrt(z * z + 4 * count * (1 - count / n))
        lower.append(0 if count == 0 else (2 * count + z * z - root) / (2 * (n + z * z)))
        upper.append(1 if count == n else (2 * count + z * z + root) / (2 * (n + z * z)))
    product = Fraction(e * h - f * g)
    if product > Fraction(n, 2):
        product -= Fraction(n, 2)
    elif product > 0:
        product = Fraction(0)
    under = (e + f) * (g + h) * (e + g) * (f + h)
    phi = float(product) / sqrt(under) if under else 0
    p, q = shares[0] / n, shares[1] / n
    low = (p - lower[0]) ** 2 - 2 * phi * (p - lower[0]) * (upper[1] - q) + (upper[1] - q) ** 2
    high = (upper[0] - p) ** 2 - 2 * phi * (upper[0] - p) * (q - lower[1]) + (q - lower[1]) ** 2
    return p - q - sqrt(max(low, 0)), p - q + sqrt(max(high, 0))


@given(fourfold)
def test_paired_is_the_papers_method(table):
    found = paired_difference(*table)
    low, high = slow_paired(*table, quantile("0.95"))
    # Near 0, the root of what rounding leaves is some 1e-8.
    assert isclose(found.low, max(low, -1), abs_tol=1e-7)
    assert isclose(found.high, min(high, 1), abs_tol=1e-7)
    assert -1 <= found.low <= found.estimate <= found.high <= 1
    both, first, second, neither = table
    back = paired_difference(both, second, first, neither)
    assert isclose(back.low, -found.high, abs_tol=1e-7)


def test_without_correlation_paired_is_unpaired():
    found, apart = paired_difference(25, 25, 25, 25), difference(50, 100, 50, 100)
    assert bounds(found, 12) == bounds(apart, 12)


@given(st.lists(counted, min_size=1, max_size=5))
def test_many_at_once_are_each_alone(pairs):
    count, of = np.array(pairs).T
    together = wilson(count, of)
    for k, pair in enumerate(pairs):
        alone = wilson(*pair)
        assert (together.low[k], together.high[k]) == (alone.low, alone.high)


def test_of_none_there_is_no_estimate():
    for found in (wilson(0, 0), difference(0, 0, 1, 2), paired_difference(0, 0, 0, 0)):
        assert np.isnan([found.estimate, found.low, found.high]).all()


@pytest.mark.parametrize(
    ("call", "code", "field"),
    [
        (lambda: wilson(3, 2), Code.OUT_OF_RANGE, "count"),
        (lambda: wilson(-1, 2), Code.OUT_OF_RANGE, "count"),
        (lambda: wilson(1.5, 2), Code.NOT_A_NUMBER, "count"),
        (lambda: wilson(1, 2, confidence="1"), Code.OUT_OF_RANGE, "confidence"),
        (lambda: wilson(1, 2, confidence="0"), Code.OUT_OF_RANGE, "confidence"),
        (lambda: difference(1, 2, 3, 2), Code.OUT_OF_RANGE, "other_count"),
        (lambda: paired_difference(1, 1, 1, -1), Code.OUT_OF_RANGE, "neither"),
        (lambda: share_of_money(np.array([-1]), np.array([1])), Code.NEGATIVE, "part"),
        (lambda: share_of_money(np.array([1]), np.array([-1])), Code.NEGATIVE, "whole"),
    ],
)
def test_counts_that_cannot_be(call, code, field):
    with pytest.raises(InputError) as caught:
        call()
    assert (caught.value.code, caught.value.field) == (code, field)


money = st.lists(
    st.integers(0, 10**9).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole))),
    min_size=2,
    max_size=20,
)


@given(money, st.randoms())
def test_a_share_of_money_is_bounded_and_has_no_order(rows, chance):
    part, whole = np.array(rows, np.int64).T
    found = share_of_money(part, whole)
    if not whole.sum():
        assert found.estimate is None
        return
    assert found.estimate == int(part.sum()) / int(whole.sum())
    if found.error is not None:
        assert 0 <= found.low <= found.estimate <= found.high <= 1
        order = list(range(len(rows)))
        chance.shuffle(order)
        again = share_of_money(part[order], whole[order])
        assert isclose(again.error, found.error, rel_tol=1e-9, abs_tol=1e-15)


def test_equal_wholes_have_the_error_of_a_mean():
    # With wholes alike, a ratio of sums is a mean: its error is s / sqrt(n).
    part, whole = np.array([0, 30, 100, 60, 0]), np.full(5, 100)
    found = share_of_money(part, whole)
    assert isclose(found.error, (part / 100).std(ddof=1) / sqrt(5))


def test_money_beyond_an_int64_is_added_up_exactly():
    part, whole = np.full(4, 2**61), np.full(4, 2**62)
    found = share_of_money(part, whole)
    assert (found.estimate, found.part, found.whole) == (0.5, 2**63, 2**64)


def test_of_one_account_a_share_of_money_has_no_interval():
    found = share_of_money(np.array([1, 0]), np.array([2, 0]))
    assert (found.estimate, found.error, found.low, found.n) == (0.5, None, None, 1)
    moved = change_of_share(np.array([1]), np.array([2]), np.array([2]), np.array([2]))
    assert (moved.estimate, moved.error) == (0.5, None)


def test_where_all_are_alike_nothing_says_how_a_share_might_vary():
    none, whole = np.zeros(5, np.int64), np.full(5, 10)
    for part, share in ((none, 0), (whole, 1)):
        found = share_of_money(part, whole)
        assert (found.estimate, found.error, found.low, found.high) == (share, None, None, None)


@given(money)
def test_the_change_of_a_share_turns_round(rows):
    part, whole = np.array(rows, np.int64).T
    then = np.minimum(part // 2, whole)
    found = change_of_share(part, whole, then, whole)
    back = change_of_share(then, whole, part, whole)
    same = change_of_share(part, whole, part, whole)
    assert same.error is None
    if found.estimate is not None and found.error is not None:
        assert isclose(found.estimate, -back.estimate, abs_tol=1e-15)
        assert isclose(found.error, back.error, rel_tol=1e-9)
        assert same.estimate == 0


@needs("statsmodels")
@given(counted, counted)
@examples(60)
def test_intervals_are_those_of_statsmodels(first, second):
    from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

    low, high = proportion_confint(*first, method="wilson")
    found = wilson(*first)
    assert isclose(found.low, low, abs_tol=1e-12)
    assert isclose(found.high, high, abs_tol=1e-12)
    low, high = confint_proportions_2indep(*first, *second, compare="diff", method="newcomb")
    found = difference(*first, *second)
    assert isclose(found.low, max(low, -1), abs_tol=1e-9)
    assert isclose(found.high, min(high, 1), abs_tol=1e-9)
