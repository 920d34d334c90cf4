"""What an instalment that is paid late costs: a figure that a borrower sees before anything is signed."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal, get_args

from repayplan.ability.figures import SHARE_PLACES, decimal
from repayplan.basics.errors import Code, InputError

OnInterest = Literal["none", "simple", "daily"]
MAX_DAYS = 3_660


@dataclass(frozen=True, slots=True, kw_only=True)
class LateRule:
    """What overdue amounts bear.

    Parameters
    ----------
    uplift
        By what part the rate is higher than the contract's from the due date until payment: ``"0.5"`` is half
        as much again. In China 0.3 to 0.5 (PBOC 银发〔2003〕251号).
    year_days
        Days of a year in the daily rate, 360 to 366.
    on_interest
        What overdue interest bears: ``"none"``; ``"simple"``, as overdue principal does; or ``"daily"``, what
        is charged on it bearing the same from the next day on (复利). What is charged on principal bears
        nothing.

    Raises
    ------
    InputError
        An uplift that isn't from 0 to 10, days or a name that aren't known.

    Examples
    --------
    1,200 of principal and 1,800 of interest, two days late at 5.508 % and half as much again:

    >>> rule = LateRule(uplift="0.5", year_days=360, on_interest="daily")
    >>> [round(float(part), 4) for part in rule.charge(1200, 1800, rate="0.05508", days=2)]
    [0.5508, 0.8263]
    """

    uplift: Decimal
    year_days: int
    on_interest: OnInterest

    def __post_init__(self) -> None:
        uplift = decimal("uplift", self.uplift, most=10, places=SHARE_PLACES)
        object.__setattr__(self, "uplift", uplift)
        if type(self.year_days) is not int or not 360 <= self.year_days <= 366:
            raise InputError(Code.OUT_OF_RANGE, "year_days", self.year_days, "a whole number from 360 to 366")
        if self.on_interest not in get_args(OnInterest):
            rule = f"one of {', '.join(get_args(OnInterest))}"
            raise InputError(Code.UNKNOWN_VALUE, "on_interest", self.on_interest, rule)

    def rate(self, contract: Decimal | str | int) -> Fraction:
        """The annual rate of overdue amounts, exactly.

        Raises
        ------
        InputError
            A contract's rate that isn't from 0 to 1.
        """
        return Fraction(decimal("rate", contract, most=1)) * (1 + Fraction(self.uplift))

    def charge(
        self,
        principal: Decimal | str | int,
        interest: Decimal | str | int,
        *,
        rate: Decimal | str | int,
        days: int,
    ) -> tuple[Fraction, Fraction]:
        """What is charged on overdue principal, and on overdue interest, exactly.

        Parameters
        ----------
        principal, interest
            Overdue, in currency units.
        rate
            Of the contract, a year.
        days
            How late, 0 to 3,660.

        Raises
        ------
        InputError
            An amount below 0, a rate that isn't from 0 to 1, or days that aren't from 0 to 3,660.
        """
        days = days_late("days", days)
        owed = [Fraction(decimal(n, v)) for n, v in (("principal", principal), ("interest", interest))]
        daily = self.rate(rate) / self.year_days
        grown = {"none": Fraction(0), "simple": daily * days, "daily": (1 + daily) ** days - 1}
        return owed[0] * daily * days, owed[1] * grown[self.on_interest]


def days_late(name: str, days: object) -> int:
    """Checked days by which a payment is late."""
    if type(days) is not int or not 0 <= days <= MAX_DAYS:
        raise InputError(Code.OUT_OF_RANGE, name, days, f"a whole number from 0 to {MAX_DAYS}")
    return days
