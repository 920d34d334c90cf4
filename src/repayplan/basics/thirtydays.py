"""Days counted as if every month had 30: what the 30/360 conventions make of its last days."""

from __future__ import annotations

import numpy as np

from repayplan.basics.dates import Days, civil
from repayplan.basics.outcome import Bools, Ints


def _february_end(month: Ints, day: Ints, length: Ints) -> Bools:
    last: Bools = (month % 12 == 1) & (day == length)
    return last


def bond_basis(start: Days, end: Days) -> Ints:
    """30/360: day 31 becomes 30; of the end only where the start is 30 or 31."""
    m1, d1, _ = civil(start)
    m2, d2, _ = civil(end)
    return (m2 - m1) * 30 + np.where((d2 == 31) & (d1 >= 30), 30, d2) - np.minimum(d1, 30)


def us_month_end(start: Days, end: Days) -> Ints:
    """30U/360: as the bond basis, and the last day of February counts as day 30 of its month."""
    m1, d1, n1 = civil(start)
    m2, d2, n2 = civil(end)
    february = _february_end(m1, d1, n1)
    d1 = np.where(february, 30, np.minimum(d1, 30))
    both = february & _february_end(m2, d2, n2)
    return (m2 - m1) * 30 + np.where(both | ((d2 == 31) & (d1 == 30)), 30, d2) - d1


def european(start: Days, end: Days) -> Ints:
    """30E/360: day 31 becomes 30 at both ends."""
    m1, d1, _ = civil(start)
    m2, d2, _ = civil(end)
    return (m2 - m1) * 30 + np.minimum(d2, 30) - np.minimum(d1, 30)


def german(start: Days, end: Days, maturity: Days | None = None) -> Ints:
    """30E/360 ISDA: the last day of any month is day 30, but for an end that is the maturity in February."""
    m1, d1, n1 = civil(start)
    m2, d2, n2 = civil(end)
    d1 = np.where(_february_end(m1, d1, n1), 30, np.minimum(d1, 30))
    february = _february_end(m2, d2, n2)
    if maturity is not None:
        february = february & (end != maturity)
    d2 = np.where(february, 30, np.minimum(d2, 30))
    # From a maturity on 28 February to itself the rule alone would count 28 - 30.
    return np.where(start == end, 0, (m2 - m1) * 30 + d2 - d1)
