"""Rounding as a value: which mode, to which multiple, and where the residue of a schedule goes."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Literal

from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import to_plain
from repayplan.basics.options import one_option

Mode = Literal["half_up", "half_even", "up", "down", "none"]
FeeMode = Literal["half_up", "half_even", "up", "down"]
Residue = Literal["last", "first", "spread", "shared"]
Per = Literal["period", "piece"]
MIN_MULTIPLE, MAX_MULTIPLE = Decimal("1e-12"), 10**9
"""In currency units; in minor units a multiple is whole and at most as large."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounding:
    """How a schedule's amounts are rounded; each is rounded once, where it arises.

    Parameters
    ----------
    instalment
        Mode for a solved instalment and for the principal share of equal principal: ``half_up``,
        ``half_even``, ``up`` (ceiling), ``down`` (floor), or ``none``.
    interest
        Mode for each period's interest. ``none`` states the schedule at 8 decimals, the finest unit,
        and must then be chosen for both.
    fee
        Mode for a fee that is a share of an amount; each fee once. Never ``none``: of an unrounded
        schedule it is rounded at its eighth decimal, or to ``fee_multiple``.
    instalment_multiple, interest_multiple, fee_multiple
        Round to multiples of this amount in currency units (``"1"``: whole yuan; ``"0.05"``); None
        is the smallest unit of the currency.
    interest_per
        Interest is rounded once for each ``"period"``, or for each ``"piece"`` of it between the days on
        which principal moves or the rate changes.
    residue
        Which payment takes what rounding leaves over: the ``last`` (default), the ``first`` of the
        last amortising stage, or ``spread`` over its instalments; what these cannot take exactly
        stays with the last. ``shared``: it is divided by their number, once, where it is more than half a
        unit for each; kept if the last payment comes nearer to the others.

    Raises
    ------
    InputError
        A mode that isn't known, a multiple that isn't positive, or ``none`` for one of the two only.

    Examples
    --------
    >>> Rounding(instalment="up").instalment
    'up'
    """

    instalment: Mode = "half_up"
    interest: Mode = "half_up"
    instalment_multiple: Decimal | None = None
    interest_multiple: Decimal | None = None
    fee: FeeMode = "half_up"
    fee_multiple: Decimal | None = None
    interest_per: Per = "period"
    residue: Residue = "last"

    def __post_init__(self) -> None:
        modes = (
            ("instalment", Mode),
            ("interest", Mode),
            ("fee", FeeMode),
            ("interest_per", Per),
            ("residue", Residue),
        )
        for name, allowed in modes:
            one_option(f"rounding.{name}", getattr(self, name), allowed)
        for name in ("instalment_multiple", "interest_multiple", "fee_multiple"):
            given = getattr(self, name)
            if given is None:
                continue
            try:
                if isinstance(given, (float, bool)):
                    raise InvalidOperation
                multiple = Decimal(given)
                if not (multiple.is_finite() and 0 < multiple <= MAX_MULTIPLE):
                    raise InvalidOperation
                if multiple < MIN_MULTIPLE:
                    raise InvalidOperation
            except (InvalidOperation, TypeError, ValueError):
                rule = "a positive amount, 1e-12 to 1e9, as text, int or Decimal"
                raise InputError(Code.OUT_OF_RANGE, f"rounding.{name}", given, rule) from None
            object.__setattr__(self, name, multiple)
        if (self.instalment == "none") != (self.interest == "none"):
            rule = "'none' (unrounded, 8 decimals) is for instalment and interest together"
            raise InputError(Code.UNKNOWN_VALUE, "rounding", "none", rule)
        if self.unrounded and (self.instalment_multiple or self.interest_multiple):
            raise InputError(Code.UNKNOWN_VALUE, "rounding", "none", "'none' has no multiple")

    @property
    def unrounded(self) -> bool:
        """Whether the schedule is stated at 8 decimals instead of the currency's."""
        return self.interest == "none"

    def multiple(self, which: Literal["instalment", "interest", "fee"], decimals: int) -> int:
        """The multiple in minor units of a currency with that many decimals (at least 1).

        Raises
        ------
        InputError
            The multiple isn't a whole number of minor units.
        """
        given: Decimal | None = getattr(self, f"{which}_multiple")
        if given is None:
            return 1
        units = Fraction(given) * 10**decimals  # whatever the ambient decimal context
        if units.denominator != 1 or units > MAX_MULTIPLE:
            rule = f"a whole number of minor units at {decimals} decimals, at most 1e9"
            unit = f"{to_plain(1, decimals):f}"
            raise InputError(Code.NOT_WHOLE_UNITS, f"rounding.{which}_multiple", given, rule, limit=unit)
        return int(units)
