"""The annual nominal rate of a loan, read and shown."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from repayplan.basics.arguments import one_number
from repayplan.basics.columns import RATE_DECIMALS
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import to_plain
from repayplan.basics.rate import FINE, ONE, Number, Rate


def annual_shown(units: int) -> Decimal | Rate:
    """Such a rate as :func:`annual_units` reads it: above 1 as a :class:`Rate`."""
    rate = to_plain(units, RATE_DECIMALS)
    return rate if units <= ONE else Rate(rate)


def annual_units(name: str, value: Number | Rate, *, negative: bool = False, most: int = 1) -> int:
    """An annual nominal rate of a loan in units of 1e-10, 0 to 1; from -1 where it may be ``negative``.

    ``most``: of a :class:`Rate`, which says what it is of. A bare number above 1 is more likely a percentage.
    """
    if not isinstance(value, Rate):
        return one_number(name, value, RATE_DECIMALS, -1 if negative else 0, 1)
    if value.compounding == "effective":
        rule = "a loan's rate is nominal: an effective one becomes it by as_annual_nominal(frequency)"
        raise InputError(Code.UNKNOWN_VALUE, name, str(value), rule)
    annual = Fraction(value.units * value.periods, FINE) * ONE
    if annual.denominator != 1:
        rule = "a multiple of 1e-10 a year: as_annual_nominal(frequency, decimals=10) rounds to it"
        raise InputError(Code.NOT_WHOLE_UNITS, name, str(value), rule)
    if annual > most * ONE:
        raise InputError(Code.OUT_OF_RANGE, name, str(value), f"at most {most} a year")
    return int(annual)
