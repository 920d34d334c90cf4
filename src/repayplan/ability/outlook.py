"""What is foreseen for all households: less income, higher guideline figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from repayplan.ability.figures import SHARE_PLACES, day, decimal
from repayplan.ability.month import month_number
from repayplan.ability.surplus import Changed
from repayplan.basics.errors import Code, InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What a programme foresees for all households.

    Parameters
    ----------
    stress
        The share by which income is less than stated (``"0.10"``), in every month; rounded up.
    uprating, uprated_from
        By what share guideline figures are raised every year, and when for the first time; the month of that
        day counts with the raised figure. They are rounded up to the minor unit each time.

    Raises
    ------
    InputError
        A share that isn't 0 to 1, or an uprating without its first day.

    Examples
    --------
    >>> Outlook(stress="0.10").stress
    Decimal('0.10')
    """

    stress: Decimal = Decimal(0)
    uprating: Decimal = Decimal(0)
    uprated_from: date | None = None

    def __post_init__(self) -> None:
        for name in ("stress", "uprating"):
            share = decimal(f"outlook.{name}", getattr(self, name), most=1, places=SHARE_PLACES)
            object.__setattr__(self, name, share)
        if self.uprated_from is not None:
            object.__setattr__(self, "uprated_from", day("outlook.uprated_from", self.uprated_from))
        elif self.uprating:
            raise InputError(Code.MISSING, "outlook.uprated_from", None, "the day of the first uprating")

    def by(self, month: int) -> Changed:
        """What has changed by a month, counted from 1970-01."""
        if self.uprated_from is None or not self.uprating:
            return Changed(stress=self.stress)
        since = month - month_number(self.uprated_from)
        return Changed(stress=self.stress, uprating=self.uprating, times=max(since // 12 + 1, 0))


AS_IT_IS = Outlook()
