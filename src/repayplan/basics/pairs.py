"""Numbers as unevaluated sums of two doubles: about 106 bits by operations that IEEE 754 defines."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from repayplan.basics.outcome import Ints

Floats = npt.NDArray[np.float64]
Pair = tuple[Floats, Floats]
"""An unevaluated sum of two floats, the second below the rounding error of the first."""


def _quick(a: Floats, b: Floats) -> Pair:
    s = a + b
    return s, b - (s - a)


def _sum(a: Floats, b: Floats) -> Pair:
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)


def _split(a: Floats) -> Pair:
    t = a * 134217729.0  # 2**27 + 1 cuts 53 bits into two halves
    high = t - (t - a)
    return high, a - high


def _product(a: Floats, b: Floats) -> Pair:
    """The product of two doubles, exactly (Dekker 1971)."""
    p = a * b
    ah, al = _split(a)
    bh, bl = _split(b)
    return p, ((ah * bh - p) + ah * bl + al * bh) + al * bl


def add(x: Pair, y: Pair) -> Pair:
    """Sum of two pairs; its error is relative to the larger of them."""
    s, e = _sum(x[0], y[0])
    return _quick(s, e + (x[1] + y[1]))


def multiply(x: Pair, y: Pair) -> Pair:
    """Product of two pairs."""
    p, e = _product(x[0], y[0])
    return _quick(p, e + (x[0] * y[1] + x[1] * y[0]))


def divide(x: Pair, y: Pair) -> Pair:
    """Quotient of two pairs, by two steps of long division and a correction."""
    q1 = x[0] / y[0]
    r = add(x, multiply((-q1, np.zeros_like(q1)), y))
    q2 = r[0] / y[0]
    r = add(r, multiply((-q2, np.zeros_like(q2)), y))
    q3 = r[0] / y[0]
    s, e = _quick(q1, q2)
    return _quick(s, e + q3)


def divide_by(x: Pair, y: float) -> Pair:
    """A pair over one double."""
    first = x[0] / y
    high, low = _product(first, np.full_like(first, y))
    return _quick(first, (((x[0] - high) - low) + x[1]) / y)


def power(x: Pair, n: int) -> tuple[Pair, Ints]:
    """``x**n`` for n of at least 1, by squaring, as a pair times a power of two that is given beside it."""
    out, binary = x, np.zeros(len(x[0]), np.int64)
    for bit in f"{n:b}"[1:]:
        out, binary = multiply(out, out), 2 * binary
        if bit == "1":
            out = multiply(out, x)
        high, places = np.frexp(out[0])
        out, binary = (high, np.ldexp(out[1], -places)), binary + places
    return out, binary


def pair(whole: Ints) -> Pair:
    """An integer as a pair, exactly."""
    high = (whole >> 32).astype(np.float64) * 2.0**32
    return _sum(high, (whole & 0xFFFFFFFF).astype(np.float64))
