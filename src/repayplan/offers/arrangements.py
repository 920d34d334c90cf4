"""The rules of what stands beside a plan: an interim arrangement, a trial, an earned waiver."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal, cast, get_args

import numpy as np

from repayplan.ability.figures import SHARE_PLACES, day, decimal, each_once, one_of, values, whole
from repayplan.basics.columns import RATE_DECIMALS
from repayplan.basics.dates import DAY, Days
from repayplan.basics.errors import Code, InputError

Owed = Literal[
    "fees", "penalty", "overdue_interest", "accrued_interest", "interest", "overdue_principal", "principal"
]
ORDER: tuple[Owed, ...] = get_args(Owed)
"""Costs, interest, principal: the order of article 561 of China's Civil Code where nothing else is agreed."""
Earning = Literal["at_completion", "each_year"]
ClawBack = Literal["all", "unearned"]
InTime = Literal["grace_days", "month_end"]
Unpaid = Literal["capitalise", "defer", "waive"]
MOST_ROWS = 120
"""Months, trial instalments or years that an arrangement has at most."""
WAIVED: tuple[str, ...] = ("overdue_interest", "accrued_interest", "penalty", "fees")
"""Components of arrears of which a policy may give up a part."""


def _order(name: str, given: Any) -> tuple[Owed, ...]:
    """An order of payment: some of what can be owed, each once."""
    order = values(name, given, str, f"some of {', '.join(ORDER)}")
    for i, each in enumerate(order):
        one_of(f"{name}[{i}]", each, ORDER)
    each_once(name, order, "each once")
    return cast("tuple[Owed, ...]", order)


@dataclass(frozen=True, slots=True, kw_only=True)
class InterimRule:
    """An arrangement for the time being: small payments for some months, then a review.

    Parameters
    ----------
    amount
        Currency units a month that are paid; of periods that aren't months their part, rounded down. None:
        all that the household can pay.
    minimum
        The least a month; None: the amount itself. Where the household can't pay it in every period, there is
        no arrangement.
    months, until
        How long: so many months, or every period that falls due on or before a date.
    unpaid_interest
        What becomes of interest that the payments don't cover: ``"defer"``: it is owed on and bears none;
        ``"capitalise"``: it joins the balance; ``"waive"``: it is given up, row by row.
    rate
        Annual rate meanwhile, a fraction; ``"0"`` freezes interest. None: the contract's.
    order
        What payments go to, one after the other; what isn't named isn't paid meanwhile. ``"interest"`` is
        that of the arrangement's own rows.
    review_days
        The review is so many days before the last due date.

    Raises
    ------
    InputError
        Both or neither of ``months`` and ``until``; a minimum above the amount, or none without an amount;
        a figure out of range, an order that names something twice.

    Examples
    --------
    100 a month for six months, then a review:

    >>> InterimRule(amount="100", months=6, unpaid_interest="defer").least
    Decimal('100')
    """

    amount: Decimal | None = None
    minimum: Decimal | None = None
    months: int | None = None
    until: date | None = None
    unpaid_interest: Unpaid
    rate: Decimal | None = None
    order: tuple[Owed, ...] = ORDER
    review_days: int = 0

    def __post_init__(self) -> None:
        for name in ("amount", "minimum"):
            if getattr(self, name) is not None:
                figure = decimal(f"interim.{name}", getattr(self, name), places=SHARE_PLACES)
                object.__setattr__(self, name, figure)
        if self.amount is None and self.minimum is None:
            raise InputError(Code.MISSING, "interim.minimum", None, "needed where there is no amount")
        if self.amount is not None and self.minimum is not None and self.minimum > self.amount:
            rule = f"at most the amount, {self.amount}"
            raise InputError(Code.OUT_OF_RANGE, "interim.minimum", self.minimum, rule)
        if (self.months is None) == (self.until is None):
            raise InputError(Code.MISSING, "interim.months", self.months, "one of months and until is given")
        if self.months is not None:
            whole("interim.months", self.months, 1, MOST_ROWS, "months")
        else:
            object.__setattr__(self, "until", day("interim.until", self.until))
        one_of("interim.unpaid_interest", self.unpaid_interest, get_args(Unpaid))
        if self.rate is not None:
            rate = decimal("interim.rate", self.rate, most=1, places=RATE_DECIMALS)
            object.__setattr__(self, "rate", rate)
        object.__setattr__(self, "order", _order("interim.order", self.order))
        whole("interim.review_days", self.review_days, 0, 366, "days")

    @property
    def least(self) -> Decimal:
        """The least that is paid a month."""
        least = self.amount if self.minimum is None else self.minimum
        return Decimal(0) if least is None else least


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a borrower has to keep to before a concession takes effect.

    Parameters
    ----------
    instalments
        Trial payments, as large as the plan's first ones would be; rows of the plan that pay nothing come
        beside them. No more than the plan has but one.
    down_amount, down_percent
        A down payment before them: currency units, or percent of everything owed (rounded up). None: none.
    down_days
        It is due so many days from the day that the plan's interest runs from, on the first due date at the
        latest.
    in_time
        Until when a payment is in time: ``"grace_days"`` after its due date, or ``"month_end"``: to the last
        day of the month in which it is due.
    grace_days
        So many days after its due date a payment is still in time; 0: on the day itself.
    order
        As of an :class:`InterimRule`; it holds for the down payment too.

    Raises
    ------
    InputError
        Both kinds of down payment, days of grace beside ``month_end``, or a figure out of range.

    Notes
    -----
    The Home Affordable Modification Program (Handbook for Servicers of Non-GSE Mortgages, chapter II) had
    three payments of what the modified loan would ask for, each in time to the last day of the month in which
    it is due (``month_end``), and then the modification took effect from the month that followed.

    Examples
    --------
    >>> Trial(instalments=3, in_time="month_end").order[0]
    'fees'
    """

    instalments: int
    down_amount: Decimal | None = None
    down_percent: Decimal | None = None
    down_days: int = 0
    in_time: InTime = "grace_days"
    grace_days: int = 0
    order: tuple[Owed, ...] = ORDER

    def __post_init__(self) -> None:
        whole("trial.instalments", self.instalments, 1, MOST_ROWS, "instalments")
        if self.down_amount is not None and self.down_percent is not None:
            rule = "an amount or a percentage, not both"
            raise InputError(Code.UNKNOWN_VALUE, "trial.down_percent", self.down_percent, rule)
        if self.down_amount is not None:
            amount = decimal("trial.down_amount", self.down_amount, places=SHARE_PLACES)
            object.__setattr__(self, "down_amount", amount)
        if self.down_percent is not None:
            part = decimal("trial.down_percent", self.down_percent, most=100, places=4)
            object.__setattr__(self, "down_percent", part)
        for name in ("down_days", "grace_days"):
            whole(f"trial.{name}", getattr(self, name), 0, 366, "days")
        one_of("trial.in_time", self.in_time, get_args(InTime))
        if self.in_time == "month_end" and self.grace_days:
            raise InputError(Code.UNKNOWN_VALUE, "trial.grace_days", self.grace_days, "none beside month_end")
        object.__setattr__(self, "order", _order("trial.order", self.order))

    def in_time_until(self, due: Days) -> Days:
        """The last day on which payments due on these days (datetime64[D], any shape) are in time.

        Examples
        --------
        >>> import numpy as np
        >>> Trial(instalments=3, in_time="month_end").in_time_until(np.array(["2015-02-01"], "datetime64[D]"))
        array(['2015-02-28'], dtype='datetime64[D]')
        """
        if self.in_time == "month_end":
            month, one = due.astype("datetime64[M]"), np.timedelta64(1, "M")
            return (month + one).astype(DAY) - np.timedelta64(1, "D")
        return due + np.timedelta64(self.grace_days, "D")


@dataclass(frozen=True, slots=True, kw_only=True)
class EarnedWaiver:
    """What of a waiver has to be earned by keeping the plan, when it is, and what a breach takes back.

    Parameters
    ----------
    overdue_interest, accrued_interest, penalty, fees
        Percent, of what the policy's rule for arrears or a concession waives of each of them, that has to be
        earned; the rest is given at once.
    principal
        Percent of the principal forgiven that has to be earned.
    earned
        ``"at_completion"``: with the last payment; ``"each_year"``: in equal parts on the anniversaries of
        the day that the plan's interest runs from, each where no payment before it is missing, and what is
        left with the last payment.
    years
        Of ``"each_year"``: in how many parts.
    claw_back
        What a breach before the plan's end takes back: ``"all"``, what was earned too, or ``"unearned"``.

    Raises
    ------
    InputError
        ``each_year`` without years, years without it, or a figure out of range.

    Notes
    -----
    The Principal Reduction Alternative of the Home Affordable Modification Program forgave a third on each of
    the first three anniversaries, where the loan was in good standing.

    Examples
    --------
    >>> EarnedWaiver(earned="each_year", years=3, claw_back="unearned").principal
    Decimal('100')
    """

    overdue_interest: Decimal = Decimal(100)
    accrued_interest: Decimal = Decimal(100)
    penalty: Decimal = Decimal(100)
    fees: Decimal = Decimal(100)
    principal: Decimal = Decimal(100)
    earned: Earning
    years: int | None = None
    claw_back: ClawBack

    def __post_init__(self) -> None:
        for name in (*WAIVED, "principal"):
            part = decimal(f"earned_waiver.{name}", getattr(self, name), most=100, places=4)
            object.__setattr__(self, name, part)
        one_of("earned_waiver.earned", self.earned, get_args(Earning))
        one_of("earned_waiver.claw_back", self.claw_back, get_args(ClawBack))
        if self.earned == "each_year":
            if self.years is None:
                raise InputError(Code.MISSING, "earned_waiver.years", None, "each_year needs it")
            whole("earned_waiver.years", self.years, 1, MOST_ROWS, "years")
        elif self.years is not None:
            raise InputError(Code.UNKNOWN_VALUE, "earned_waiver.years", self.years, "only of each_year")
