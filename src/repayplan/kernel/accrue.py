"""Interest of a period, rounded once and exactly: ``round(balance * num / den)`` over arrays.

Three ways give the same integers; which one is taken is chosen per loan, once:

- a float product biased by a known amount, where a bound proves that it lands on the right side;
- int64 arithmetic, where ``balance * num`` can't leave 63 bits;
- limbs of up to 21 bits, for everything else in the domain.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from repayplan.basics.outcome import Bools, Ints
from repayplan.basics.rounding import Mode

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[Any]
"""int64 or float64, whichever the loans of a block are computed in."""
Accrue = Callable[[Numbers, Numbers, Numbers, Numbers], None]
"""``accrue(balance, factor, out, spare)`` writes rounded interest into ``out``: floats + :data:`SHIFT`.

``spare`` is room of the same shape, written over: an array of one loan that numpy writes where it reads it
takes three times as long."""

LIMB = 21
MAX_DENOMINATOR = 2**56
"""Denominators must stay below this for the long division to fit int64."""
MAX_FLOAT_BALANCE = 2.0**51
SHIFT = 1.5 * 2.0**52
"""Added to a float below :data:`MAX_FLOAT_BALANCE` it rounds it to a whole number, half to even, and leaves
that number in the low bits: read as int64 they are the number + :data:`SHIFT_BITS`."""
SHIFT_BITS = int(np.float64(SHIFT).view(np.int64))
_SHIFT = np.array(SHIFT)  # a number would be made an array in every call
_ABOVE, _BELOW = 1 + 2.0**-51, 1 - 2.0**-51


def divide_product(balance: Ints, num: Ints, den: Ints | int) -> tuple[Ints, Ints]:
    """Floor and remainder of ``balance * num / den``, exact although the product may need 126 bits.

    Parameters
    ----------
    balance, num
        Non-negative int64.
    den
        Positive, below :data:`MAX_DENOMINATOR`; the quotient must fit int64.

    Examples
    --------
    >>> q, r = divide_product(np.array([2**61]), np.array([10**12]), 10**12 + 7)
    >>> (int(q[0]), int(r[0])) == divmod(2**61 * 10**12, 10**12 + 7)
    True
    """
    if int(np.max(balance, initial=0)) * int(np.max(num, initial=0)) < 2**63:
        product = balance * num
        narrow = product // den  # by one number several times as fast as with what remains
        return narrow, product - narrow * den
    # Long division in limbs, as wide as leave room for a remainder beside them.
    limb = min(LIMB, 62 - int(np.max(den)).bit_length())
    mask, count = (1 << limb) - 1, -(-63 // limb)
    b, n = ([(x >> (limb * i)) & mask for i in range(count)] for x in (balance, num))
    limbs, carry = [], np.zeros_like(balance)
    for k in range(2 * count - 1):
        for i in range(max(0, k - count + 1), min(k + 1, count)):
            carry = carry + b[i] * n[k - i]
        limbs.append(carry & mask)
        carry = carry >> limb
    limbs.append(carry)
    quotient, rest = np.zeros_like(balance), np.zeros_like(balance)
    for digit in reversed(limbs):
        rest = (rest << limb) + digit
        step = rest // den
        rest -= step * den
        quotient = (quotient << limb) + step
    return quotient, rest


def settle(quotient: Ints, rest: Ints, den: Ints | int, mode: Mode, multiple: int) -> Ints:
    """Rounds the exact number ``quotient + rest / den``, ``rest`` below ``den``, to a multiple, by the mode.

    Examples
    --------
    >>> settle(np.array([2, 3]), np.array([1, 1]), 2, "half_even", 1)
    array([2, 4])
    """
    if multiple == 1:
        return np.asarray(quotient + rounds_up(quotient, rest, den, mode), np.int64)
    steps, left = np.divmod(quotient, multiple)
    if mode == "down":
        return np.asarray(steps * multiple, np.int64)
    if mode == "up":
        return np.asarray((steps + ((left > 0) | (rest > 0))) * multiple, np.int64)
    twice = 2 * rest
    half = 2 * left + (twice >= den)
    bump = half >= multiple
    if mode != "half_up":
        bump &= (half > multiple) | ((twice > 0) & (twice != den)) | (steps % 2 == 1)
    return np.asarray((steps + bump) * multiple, np.int64)


def rounds_up(quotient: Ints, rest: Ints, den: Ints | int, mode: Mode) -> Bools:
    """Where the exact number ``quotient + rest / den``, ``rest`` below ``den``, rounds to the next one.

    Examples
    --------
    >>> rounds_up(np.array([2, 3]), np.array([1, 1]), 2, "half_even")
    array([False,  True])
    """
    if mode == "down":
        return np.zeros(np.shape(quotient), np.bool_)
    if mode == "up":
        return np.asarray(rest > 0, np.bool_)
    twice = 2 * rest
    bump = twice >= den
    if mode != "half_up":  # half even; "none" rounds that way at its eighth decimal
        bump &= (twice != den) | (quotient % 2 == 1)
    return np.asarray(bump, np.bool_)


def float_provable(largest: Floats, factor: Floats, num: Ints, den: int, units: Ints) -> Bools:
    """Where the biased float product is proven right for every balance up to ``largest``.

    An exact ``b * num / den`` is a rounding boundary or at least ``1 / (2 den)`` away from one (den
    in lowest terms). The product computed with a factor biased by 2**-51 lies above (below) the
    truth by a relative 2**-53 to 2**-50, so it can't cross where ``interest * 2**-49 < 1 / (2 den)``,
    and a truth on the boundary is left to its right side.

    Parameters
    ----------
    largest
        Bound on the balance, minor units.
    factor
        Bound on one period's interest per unit of balance.
    num, den
        The rate as a fraction per counted unit (day or period).
    units
        Largest number of units counted in a period: ``balance * units`` must be exact too.
    """
    # (interest / multiple) * 2**-49 < 1 / (2 * den * multiple): the multiple cancels out.
    whole = largest * factor
    interest = whole * 2.0**-48
    small = (largest * units < MAX_FLOAT_BALANCE) & (whole < MAX_FLOAT_BALANCE)
    proven = small & (interest * den < 1)
    rest = (small & ~proven).nonzero()[0]
    if len(rest):  # lowest terms cost a gcd: only where they are needed
        proven[rest] = interest[rest] * (den // np.gcd(num[rest], den)) < 1
    return np.asarray(proven, np.bool_)


def float_factor(num: Ints, den: int, mode: Mode, multiple: int) -> Floats:
    """The biased factor that :func:`by_float` expects."""
    exact = num / (float(den) * multiple)
    return np.asarray(exact * (_BELOW if mode == "up" else _ABOVE), np.float64)


def by_float(mode: Mode, multiple: int) -> Accrue:
    """Interest as a biased float product, for rows that :func:`float_provable` allows.

    What is written is the interest + :data:`SHIFT`, so that its bits, read as int64, are the interest +
    :data:`SHIFT_BITS`: rounding and conversion in one addition.
    """
    # Found once, not in every row.
    multiply, add = np.multiply, np.add

    def half_up(balance: Numbers, factor: Numbers, out: Numbers, spare: Numbers) -> None:
        multiply(balance, factor, spare)
        add(spare, _SHIFT, out)

    def half_even(balance: Numbers, factor: Numbers, out: Numbers, spare: Numbers) -> None:
        np.multiply(balance, factor, out=spare)
        below = np.rint(spare * (1 - 2.0**-50))  # the same distance on the other side of the truth
        np.rint(spare, out=out)
        out += below  # a tie leaves the two one apart: their mean rounds to the even one
        np.multiply(out, 0.5, out=spare)
        np.add(spare, _SHIFT, out=out)

    def up(balance: Numbers, factor: Numbers, out: Numbers, spare: Numbers) -> None:
        np.multiply(balance, factor, out=out)
        np.ceil(out, out=spare)
        np.add(spare, _SHIFT, out=out)

    def down(balance: Numbers, factor: Numbers, out: Numbers, spare: Numbers) -> None:
        np.multiply(balance, factor, out=out)
        np.floor(out, out=spare)
        np.add(spare, _SHIFT, out=out)

    plain = {"half_up": half_up, "half_even": half_even, "none": half_even, "up": up, "down": down}[mode]
    if multiple == 1:
        return plain

    def coarse(balance: Numbers, factor: Numbers, out: Numbers, spare: Numbers) -> None:
        plain(balance, factor, out, spare)
        np.subtract(out, _SHIFT, out=spare)
        np.multiply(spare, multiple, out=out)
        out += _SHIFT

    return coarse


def by_integer(den: int, mode: Mode, multiple: int, *, wide: bool) -> Accrue:
    """Interest in integers; ``wide`` where ``balance * num`` may leave 63 bits."""

    def accrue(balance: Numbers, num: Numbers, out: Numbers, _: Numbers) -> None:
        b, n = np.asarray(balance, np.int64), np.asarray(num, np.int64)
        below = n < 0
        if below.any():  # interest that is paid to the borrower is rounded as what is paid by them
            n = np.abs(n)
        quotient, rest = divide_product(b, n, den) if wide else np.divmod(b * n, den)
        interest = settle(quotient, rest, den, mode, multiple)
        out[...] = np.where(below, -interest, interest) if below.any() else interest

    return accrue
