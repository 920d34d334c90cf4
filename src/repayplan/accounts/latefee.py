"""A fee for each instalment that is late."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from repayplan.ability.figures import SHARE_PLACES, decimal
from repayplan.basics.errors import Code, InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class LateFee:
    """A fee for each instalment that is overdue when its days of grace are over, once.

    What an acceleration or a write-off calls in before it was due by the plan isn't an instalment that was
    missed, and has none. In a freeze none is charged: where the days of grace end in one, the fee is charged
    on the first day after it, on what is missing by then. After a write-off none is charged any more.

    Parameters
    ----------
    amount
        Currency units; what is below the smallest unit is dropped.
    share
        Of what is unpaid of the instalment, rounded half up; both: their sum.
    minimum, maximum
        Of the fee, currency units.

    Raises
    ------
    InputError
        Neither an amount nor a share; a figure out of range; a minimum above the maximum.
    """

    amount: Decimal = Decimal(0)
    share: Decimal = Decimal(0)
    minimum: Decimal = Decimal(0)
    maximum: Decimal | None = None

    def __post_init__(self) -> None:
        for name in ("amount", "minimum", "maximum"):
            if getattr(self, name) is not None:
                figure = decimal(f"late_fee.{name}", getattr(self, name), places=SHARE_PLACES)
                object.__setattr__(self, name, figure)
        share = decimal("late_fee.share", self.share, most=1, places=SHARE_PLACES)
        object.__setattr__(self, "share", share)
        if not self.amount and not self.share:
            raise InputError(Code.MISSING, "late_fee.amount", None, "an amount or a share")
        if self.maximum is not None and self.minimum > self.maximum:
            rule = f"at most the maximum, {self.maximum}"
            raise InputError(Code.OUT_OF_RANGE, "late_fee.minimum", self.minimum, rule)
