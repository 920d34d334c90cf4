"""Difference in differences and matching: a plain least-squares reference, brute force, other programs."""

from itertools import product
from math import isclose, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples import examples
from extras import needs
from repayplan import Code, InputError
from repayplan.programmes.differences import ASSUMPTIONS, difference_in_differences
from repayplan.programmes.matching import MatchRule, match


@st.composite
def panels(draw):
    size = draw(st.integers(4, 25))

    def column(values):
        return np.array(draw(st.lists(values, min_size=size, max_size=size)))

    treated = column(st.booleans())
    treated[:2] = True, False
    return {
        "before": column(st.integers(0, 1)),
        "after": column(st.integers(0, 1)),
        "treated": treated,
        "weight": np.append([1.0, 1.0], column(st.sampled_from((1.0, 2.0, 0.5, 0.0)))[2:]),
        "cluster": column(st.integers(0, 5)),
    }


def least_squares(panel):
    """The sandwich in matrices: changes on a constant and on being treated, weighted, robust to clusters."""
    used = panel["weight"] > 0
    moved = (panel["after"] - panel["before"])[used].astype(float)
    x = np.column_stack((np.ones(len(moved)), panel["treated"][used]))
    w, cluster = panel["weight"][used], panel["cluster"][used]
    bread = np.linalg.inv(x.T @ (w[:, None] * x))
    slope = bread @ (x.T @ (w * moved))
    away = moved - x @ slope
    meat, groups = np.zeros((2, 2)), set(cluster.tolist())
    for each in groups:
        mine = cluster == each
        score = x[mine].T @ (w[mine] * away[mine])
        meat += np.outer(score, score)
    size, many = len(moved), len(groups)
    if many < 2 or size < 3:
        return slope[1], None
    factor = many / (many - 1) * (size - 1) / (size - 2)
    return slope[1], sqrt(max(factor * (bread @ meat @ bread)[1, 1], 0))


@given(panels())
def test_it_is_least_squares_with_errors_of_clusters(panel):
    found = difference_in_differences(**panel)
    slope, error = least_squares(panel)
    assert isclose(found.effect.estimate, slope, abs_tol=1e-9)
    if error is None or error < 1e-7:
        assert found.effect.error is None or found.effect.error < 1e-7
    else:
        assert isclose(found.effect.error, error, abs_tol=1e-7)
        assert found.effect.low <= found.effect.estimate <= found.effect.high
    assert isclose(
        found.effect.estimate,
        found.treated[1] - found.treated[0] - found.comparison[1] + found.comparison[0],
        abs_tol=1e-12,
    )


@given(panels(), st.randoms())
def test_order_does_not_matter(panel, chance):
    order = list(range(len(panel["before"])))
    chance.shuffle(order)
    found = difference_in_differences(**panel)
    again = difference_in_differences(**{name: column[order] for name, column in panel.items()})
    assert isclose(found.effect.estimate, again.effect.estimate, abs_tol=1e-12)
    assert (found.treated_n, found.comparison_n, found.clusters) == (
        again.treated_n,
        again.comparison_n,
        again.clusters,
    )
    assert isclose(found.effect.error or 0, again.effect.error or 0, abs_tol=1e-9)


@given(panels())
def test_what_accounts_are_like_by_themselves_drops_out(panel):
    own = np.arange(len(panel["before"])) * 3.0
    found = difference_in_differences(**panel)
    moved = panel | {"before": panel["before"] + own, "after": panel["after"] + own}
    assert isclose(difference_in_differences(**moved).effect.estimate, found.effect.estimate, abs_tol=1e-9)


def test_without_clusters_each_account_is_one():
    found = difference_in_differences([1, 1, 1, 1], [0, 1, 1, 1], [True, True, False, False])
    # The changes are -1, 0 and 0, 0: 4/3 x 3/2 x 2 x (0.5 / 2)², by hand.
    assert found.effect.estimate == -0.5
    assert isclose(found.effect.error, 0.5)
    assert found.clusters == 4


def test_earlier_looks_say_whether_the_groups_went_alike():
    found = difference_in_differences(
        [1, 1, 1, 0],
        [0, 0, 1, 0],
        [True, True, False, False],
        earlier=[[0, 0], [0, 0], [0, 0], [0, 0]],
    )
    assert [each.estimate for each in found.trend] == [0, 0.5]
    assert found.trend_means == ((0, 0), (0, 0))
    assert found.assumptions == ASSUMPTIONS
    assert all(en and zh for _, en, zh in ASSUMPTIONS)


def test_where_all_change_alike_nothing_says_how_the_difference_might_vary():
    found = difference_in_differences([1, 1, 1, 1], [0, 0, 1, 1], [True, True, False, False]).effect
    assert (found.estimate, found.error, found.low, found.high) == (-1, None, None, None)


def test_one_cluster_has_no_error():
    found = difference_in_differences([1, 1, 1], [0, 1, 1], [True, True, False], cluster=["A"] * 3)
    assert (found.effect.estimate, found.effect.error, found.effect.low) == (-0.5, None, None)


FINE = {"before": [1, 1], "after": [0, 1], "treated": [True, False]}


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"before": [np.nan, 1]}, Code.MISSING, "before"),
        ({"after": [np.inf, 1]}, Code.NOT_FINITE, "after"),
        ({"after": ["x", "y"]}, Code.NOT_A_NUMBER, "after"),
        ({"after": [1]}, Code.OUT_OF_RANGE, "after"),
        ({"after": [[1], [1]]}, Code.OUT_OF_RANGE, "after"),
        ({"treated": [1, 0]}, Code.UNKNOWN_VALUE, "treated"),
        ({"treated": [False, False]}, Code.MISSING, "treated"),
        ({"treated": [True, True]}, Code.MISSING, "comparison"),
        ({"weight": [1, -1]}, Code.NEGATIVE, "weight"),
        ({"weight": [1, 0]}, Code.MISSING, "comparison"),
        ({"cluster": [1.5, 2]}, Code.UNKNOWN_VALUE, "cluster"),
        ({"cluster": [1]}, Code.OUT_OF_RANGE, "cluster"),
        ({"earlier": [[1, 2]]}, Code.OUT_OF_RANGE, "earlier"),
        ({"earlier": [[1], [np.nan]]}, Code.MISSING, "earlier"),
        ({"after": [1e300, 0]}, Code.OUT_OF_RANGE, "after"),
        ({"before": np.array([1, -1e300], np.longdouble)}, Code.OUT_OF_RANGE, "before"),
        ({"weight": [1, 1e101]}, Code.OUT_OF_RANGE, "weight"),
        ({"earlier": [[1], [1e200]]}, Code.OUT_OF_RANGE, "earlier"),
    ],
)
def test_a_cell_that_cannot_be_blocks(change, code, field):
    with pytest.raises(InputError) as caught:
        difference_in_differences(**FINE | change)
    assert (caught.value.code, caught.value.field) == (code, field)


@needs("statsmodels")
@given(panels())
@examples(60)
def test_it_is_that_of_statsmodels(panel):
    import statsmodels.api as sm

    used = panel["weight"] > 0
    if len(set(panel["cluster"][used].tolist())) < 2 or used.sum() < 3:
        return
    codes = np.unique(panel["cluster"][used], return_inverse=True)[1]
    x = sm.add_constant(panel["treated"][used].astype(float), has_constant="add")
    moved = (panel["after"] - panel["before"])[used]
    fitted = sm.WLS(moved, x, weights=panel["weight"][used]).fit(
        cov_type="cluster", cov_kwds={"groups": codes}
    )
    found = difference_in_differences(**panel).effect
    assert isclose(found.estimate, fitted.params[1], abs_tol=1e-9)
    # Where the clusters' sums cancel out, its root is of what rounding leaves.
    assert isclose((found.error or 0) ** 2, fitted.cov_params()[1, 1], abs_tol=1e-12)
    if found.error is not None:
        assert isclose(found.high, fitted.conf_int()[1, 1], abs_tol=1e-6)


# ---- matching


@st.composite
def groups(draw):
    def some(size):
        return {
            "branch": draw(st.lists(st.sampled_from("AB"), min_size=size, max_size=size)),
            "days": draw(st.lists(st.integers(0, 9), min_size=size, max_size=size)),
            "income": draw(st.lists(st.integers(0, 3), min_size=size, max_size=size)),
        }

    return some(draw(st.integers(1, 7))), some(draw(st.integers(1, 9)))


RULES = (
    MatchRule(exact=("branch",)),
    MatchRule(exact=("branch",), coarsened={"days": (3, 6)}),
    MatchRule(nearest=("days", "income")),
    MatchRule(exact=("branch",), nearest=("days",), caliper="0.5"),
    MatchRule(coarsened={"income": (1,)}, nearest=("days",)),
)


def slow_match(treated, pool, rule):
    """One account after the other."""

    def klass(columns, i):
        cut = [sum(columns[name][i] >= each for each in cuts) for name, cuts in rule.coarsened.items()]
        return [columns[name][i] for name in rule.exact] + cut

    size, many = len(treated["days"]), len(pool["days"])
    spread = {name: (np.std(treated[name], ddof=1) if size > 1 else 0) or 1 for name in rule.nearest}
    kept, weight = [0.0] * size, [0.0] * many
    for i in range(size):
        alike = [j for j in range(many) if klass(pool, j) == klass(treated, i)]
        far = [
            sqrt(sum(((treated[name][i] - pool[name][j]) / spread[name]) ** 2 for name in rule.nearest))
            for j in alike
        ]
        if rule.caliper is not None and far and min(far) > float(rule.caliper) + 1e-9:
            continue
        best = [j for j, each in zip(alike, far, strict=True) if each <= min(far) + 1e-9]
        kept[i] = float(bool(best))
        for j in best:
            weight[j] += 1 / len(best)
    return kept, weight


@given(groups(), st.sampled_from(RULES))
def test_matching_is_that_of_one_account_after_the_other(both, rule):
    found = match(*both, rule)
    kept, weight = slow_match(*both, rule)
    assert found.treated.tolist() == kept
    assert np.allclose(found.pool, weight)
    assert isclose(found.pool.sum(), sum(kept), abs_tol=1e-9)
    assert found.unmatched == kept.count(0)


@given(groups(), st.sampled_from(RULES), st.randoms())
def test_matching_has_no_order_and_no_chance(both, rule, chance):
    treated, pool = both
    orders = [list(range(len(each["days"]))) for each in both]
    for order in orders:
        chance.shuffle(order)
    found = match(treated, pool, rule)
    moved = [
        {n: [c[k] for k in order] for n, c in each.items()} for each, order in zip(both, orders, strict=True)
    ]
    again = match(*moved, rule)
    assert again.treated.tolist() == found.treated[orders[0]].tolist()
    assert np.allclose(again.pool, found.pool[orders[1]], atol=1e-12)
    assert [each.column for each in again.balance] == [each.column for each in found.balance]


@given(groups())
def test_what_is_matched_exactly_is_balanced(both):
    found = match(*both, MatchRule(exact=("branch", "income")))
    assert {each.value for each in found.balance if each.column == "branch"} == set(
        both[0]["branch"] + both[1]["branch"]
    )
    for each in found.balance:
        if each.after is not None:
            assert isclose(each.after, 0, abs_tol=1e-9)


def test_standardised_differences_by_hand():
    treated, pool = {"days": [10, 20]}, {"days": [10, 40, 40]}
    (found,) = match(treated, pool, MatchRule(nearest=("days",))).balance
    spread = sqrt((50 + 300) / 2)
    assert (found.treated, found.pool, found.matched_treated, found.matched) == (15, 30, 15, 10)
    assert isclose(found.before, -15 / spread)
    assert isclose(found.after, 5 / spread)


def test_many_accounts_are_matched_block_by_block(monkeypatch):
    rng = np.random.default_rng(7)
    treated, pool = ({"days": rng.integers(0, 1000, size)} for size in (50, 70))
    rule = MatchRule(nearest=("days",))
    whole = match(treated, pool, rule)
    monkeypatch.setitem(match.__globals__, "AT_ONCE", 140)
    small = match(treated, pool, rule)
    assert np.array_equal(whole.pool, small.pool)


def test_nobody_is_alike():
    found = match({"branch": ["A"]}, {"branch": ["B"]}, MatchRule(exact=("branch",)))
    assert (found.unmatched, found.pool.tolist()) == (1, [0])
    assert found.balance[0].matched is None
    found = match({"branch": ["A"]}, {"branch": np.array([], "U1")}, MatchRule(exact=("branch",)))
    assert found.unmatched == 1


WHOLE = {"int64": (-(2**63), 2**63 - 1), "uint64": (0, 2**64 - 1), "int8": (-128, 127), "bool": (0, 1)}
EDGES = [-(2**63), -(2**53) - 1, -1, 0, 1, 2**53, 2**53 + 1, 2**63 - 1, 2**63, 2**64 - 1]


@pytest.mark.parametrize("kinds", list(product(WHOLE, repeat=2)), ids="-".join)
def test_whole_numbers_are_the_same_only_where_they_are_equal(kinds):
    mine, others = ([each for each in EDGES if WHOLE[kind][0] <= each <= WHOLE[kind][1]] for kind in kinds)
    columns = (
        {"branch": np.array(some, kind)} for some, kind in zip((mine, others[::-1]), kinds, strict=True)
    )
    found = match(*columns, BRANCH)
    assert found.treated.tolist() == [each in others for each in mine]
    assert found.pool.tolist() == [each in mine for each in others[::-1]]


def test_whole_numbers_and_floats_are_the_same_up_to_where_floats_are_exact():
    found = match({"branch": [2**53, 1]}, {"branch": np.array([2.0**53, 1.5])}, BRANCH)
    assert (found.treated.tolist(), found.pool.tolist()) == ([1, 0], [1, 0])


def test_numbers_far_from_zero_are_reckoned_with():
    found = match({"days": [1e100, -1e100]}, {"days": [9e99, 0]}, DAYS)
    assert (found.unmatched, found.pool.tolist()) == (0, [1, 1])
    effect = difference_in_differences([1e100, -1e100, 0], [0, 1e100, 1], [True, True, False]).effect
    assert effect.estimate == 5e99
    assert effect.error > 0


BRANCH = MatchRule(exact=("branch",))
DAYS = MatchRule(nearest=("days",))


@pytest.mark.parametrize(
    ("call", "code", "field"),
    [
        (MatchRule, Code.MISSING, "match"),
        (lambda: MatchRule(exact=("a",), nearest=("a",)), Code.DUPLICATE, "match"),
        (lambda: MatchRule(coarsened={"a": ()}), Code.OUT_OF_RANGE, "match.coarsened.a"),
        (lambda: MatchRule(coarsened={"a": (2, 1)}), Code.OUT_OF_RANGE, "match.coarsened.a"),
        (lambda: MatchRule(exact=("a",), caliper="1"), Code.OUT_OF_RANGE, "match.caliper"),
        (lambda: MatchRule(nearest=("a",), caliper="0"), Code.OUT_OF_RANGE, "match.caliper"),
        (lambda: match({}, {"branch": ["A"]}, BRANCH), Code.MISSING, "treated.branch"),
        (lambda: match({"branch": ["A"]}, {"branch": [""]}, BRANCH), Code.MISSING, "pool.branch"),
        (lambda: match({"branch": ["A"]}, {"branch": [1]}, BRANCH), Code.UNKNOWN_VALUE, "pool.branch"),
        (lambda: match({"branch": []}, {"branch": [1]}, BRANCH), Code.MISSING, "treated"),
        (lambda: match({"days": [np.nan]}, {"days": [1]}, DAYS), Code.MISSING, "treated.days"),
        (lambda: match({"days": ["A"]}, {"days": [1]}, DAYS), Code.NOT_A_NUMBER, "treated.days"),
        (lambda: match({"days": [1e300, 1]}, {"days": [1]}, DAYS), Code.OUT_OF_RANGE, "treated.days"),
        (lambda: match({"days": [1]}, {"days": [-1e300, 1]}, DAYS), Code.OUT_OF_RANGE, "pool.days"),
        (lambda: match({"days": [0, 1e-150]}, {"days": [1]}, DAYS), Code.OUT_OF_RANGE, "pool.days"),
        (lambda: match({"branch": [1e300, 1]}, {"branch": [1]}, BRANCH), Code.OUT_OF_RANGE, "treated.branch"),
        (
            lambda: match({"branch": [2**53 + 1]}, {"branch": [1.5]}, BRANCH),
            Code.OUT_OF_RANGE,
            "treated.branch",
        ),
        (
            lambda: match({"branch": [1.5]}, {"branch": [-(2**53) - 1]}, BRANCH),
            Code.OUT_OF_RANGE,
            "pool.branch",
        ),
        (
            lambda: match({"a": [1, 2], "b": [1]}, {"a": [1], "b": [1]}, MatchRule(exact=("a", "b"))),
            Code.OUT_OF_RANGE,
            "b",
        ),
    ],
)
def test_what_cannot_be_matched(call, code, field):
    with pytest.raises(InputError) as caught:
        call()
    assert (caught.value.code, caught.value.field) == (code, field)
