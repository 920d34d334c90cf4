"""Shares in steps of 1e-10 against fractions, up to the ends of int64."""

from fractions import Fraction
from math import ceil

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from repayplan.kernel.ratio import ratio

MOST = 2**63 - 1
pairs = st.integers(1, MOST).flatmap(
    lambda den: st.tuples(st.integers(-min(MOST, 900 * den), min(MOST, 900 * den)), st.just(den))
)


@given(st.lists(pairs | st.tuples(st.integers(-100, 100), st.integers(1, 9)), min_size=1, max_size=8))
@example([(MOST - 1, MOST), (-MOST, MOST), (MOST // 2, MOST)])
@example([(1, 2 * 10**10), (3, 2 * 10**10), (5, 2 * 10**10), (7, 2 * 10**10), (-3, 2 * 10**10)])
def test_a_ratio_is_the_fraction_rounded_once(asked):
    num, den = (np.array(column) for column in zip(*asked, strict=True))
    exact = [Fraction(n * 10**10, d) for n, d in asked]
    assert ratio(num, den, "half_even").tolist() == [round(x) for x in exact]
    assert ratio(num, den, "up").tolist() == [ceil(abs(x)) * (1 if x >= 0 else -1) for x in exact]
