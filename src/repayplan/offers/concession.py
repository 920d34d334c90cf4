"""What a lender gives up to make a plan affordable, in the order in which it does."""

from __future__ import annotations

from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Literal, get_args

from repayplan.ability.figures import SHARE_PLACES, decimal
from repayplan.basics.columns import RATE_DECIMALS
from repayplan.basics.errors import Code, InputError
from repayplan.kernel.rules import MAX_PERIODS
from repayplan.plans.beside import Arrears, HolidayInterest

Step = Literal["extend", "cut_rate", "forbear", "forgive", "waive", "holiday", "interest_only"]
SHIFTING: tuple[Step, ...] = ("holiday", "interest_only")
"""Steps that put payments off and may make later ones larger; all others only ever lower payments."""
_NEEDED: dict[Step, tuple[str, ...]] = {
    "extend": (),
    "cut_rate": ("by", "floor"),
    "forbear": ("percent",),
    "forgive": ("percent",),
    "waive": ("component", "percent"),
    "holiday": ("months", "interest"),
    "interest_only": ("months",),
}
_MAY: dict[Step, tuple[str, ...]] = {
    "forbear": ("multiple", "loan_to_value"),
    "forgive": ("multiple",),
    "waive": ("multiple",),
}
PROPERTY_VALUE = "property_value"
"""The loans' column with the value of the property that secures each, in currency units."""
MOST_TO_VALUE = 500
"""Percent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Concession:
    """One step of a waterfall: used to the least degree that makes the plan affordable in every period.

    Parameters
    ----------
    step
        ``"extend"``: more instalments, up to the policy's limit. ``"cut_rate"``: a lower rate, step by step
        (of a loan whose rate doesn't change over time; of others there is nothing to cut).
        ``"forbear"``: principal put aside that bears no interest and is due with the last instalment.
        ``"forgive"``: principal given up. ``"waive"``: a component of the arrears given up, on top of what
        the policy's ``arrears`` waive; it must be capitalised or paid first. ``"holiday"``: nothing is paid
        at first. ``"interest_only"``: only interest is paid at first.
    by, floor
        Of ``cut_rate``: each step, and the rate that it isn't cut below; annual rates as fractions
        (``"0.00125"``, ``"0.02"``). A further ``cut_rate`` of a policy needs a floor below that of the first.
    component
        Of ``waive``: ``"overdue_interest"``, ``"accrued_interest"``, ``"penalty"`` or ``"fees"``.
    percent
        Of ``forbear`` and ``forgive``: at most so many percent of the balance that the steps before leave; of
        ``waive``, of what is left of the component.
    loan_to_value
        Of ``forbear``: at most what brings the balance that bears interest down to so many percent of the
        property's value, where that is more than ``percent`` allows (``"100"``). The value is in the loans'
        column ``property_value``; where it is empty, ``percent`` alone counts.
    multiple
        Of ``forbear``, ``forgive`` and ``waive``: whole multiples of so many currency units, or all that is
        allowed; None: of the minor unit.
    months
        Of ``holiday`` and ``interest_only``: at most so many.
    interest
        Of ``holiday``: what becomes of its interest, as of :func:`~repayplan.holiday`.

    Raises
    ------
    InputError
        The step is unknown, lacks a figure that it needs, has one that it doesn't know, or a figure is out of
        range.

    Examples
    --------
    HAMP's second step (Making Home Affordable Program handbook): an eighth of a percent at a time, to 2 %.

    >>> cut = Concession(step="cut_rate", by="0.00125", floor="0.02")
    >>> cut.shifting, cut.floor
    (False, Decimal('0.02'))
    """

    step: Step
    by: Decimal | None = None
    floor: Decimal | None = None
    component: Arrears | None = None
    percent: Decimal | None = None
    loan_to_value: Decimal | None = None
    multiple: Decimal | None = None
    months: int | None = None
    interest: HolidayInterest | None = None

    def __post_init__(self) -> None:
        if self.step not in get_args(Step):
            rule = f"one of {', '.join(get_args(Step))}"
            raise InputError(Code.UNKNOWN_VALUE, "concessions.step", self.step, rule)
        if self.component is not None and self.component not in get_args(Arrears):
            rule = f"one of {', '.join(get_args(Arrears))}"
            raise InputError(Code.UNKNOWN_VALUE, "concessions.component", self.component, rule)
        needed, may = _NEEDED[self.step], _MAY.get(self.step, ())
        for each in fields(self)[1:]:
            value = getattr(self, each.name)
            if value is None and each.name in needed:
                raise InputError(Code.MISSING, f"concessions.{each.name}", None, f"{self.step} needs it")
            if value is not None and each.name not in (*needed, *may):
                rule = f"{self.step} has {', '.join((*needed, *may)) or 'no figures'}"
                raise InputError(Code.UNKNOWN_VALUE, f"concessions.{each.name}", value, rule)
        for name, most, places in (
            ("by", 1, RATE_DECIMALS),
            ("floor", 1, RATE_DECIMALS),
            ("percent", 100, 4),
            ("loan_to_value", MOST_TO_VALUE, 4),
        ):
            if getattr(self, name) is not None:
                figure = decimal(f"concessions.{name}", getattr(self, name), most=most, places=places)
                object.__setattr__(self, name, figure)
        if self.multiple is not None:
            figure = decimal("concessions.multiple", self.multiple, places=SHARE_PLACES)
            object.__setattr__(self, "multiple", figure)
        for name in ("by", "multiple", "loan_to_value"):
            if getattr(self, name) == 0:
                raise InputError(Code.OUT_OF_RANGE, f"concessions.{name}", getattr(self, name), "more than 0")
        if self.months is not None and not (type(self.months) is int and 0 < self.months <= MAX_PERIODS):
            rule = f"a whole number of months, 1 to {MAX_PERIODS}"
            raise InputError(Code.OUT_OF_RANGE, "concessions.months", self.months, rule)
        if self.interest is not None and self.interest not in get_args(HolidayInterest):
            rule = f"one of {', '.join(get_args(HolidayInterest))}"
            raise InputError(Code.UNKNOWN_VALUE, "concessions.interest", self.interest, rule)

    @property
    def shifting(self) -> bool:
        """Whether it puts payments off, instead of lowering them."""
        return self.step in SHIFTING


EXTEND = Concession(step="extend")
