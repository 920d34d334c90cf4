"""Bounds on what being late costs."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from repayplan.ability.figures import SHARE_PLACES, decimal
from repayplan.accounts.overduerate import MOST_RATE, MOST_TIMES
from repayplan.basics.columns import RATE_DECIMALS
from repayplan.basics.errors import Code, InputError
from repayplan.basics.index import Index
from repayplan.offers.hardship import said


@dataclass(frozen=True, slots=True, kw_only=True)
class OverdueCaps:
    """Bounds on what being late costs: penalty interest, interest on interest and late fees together.

    What a bound refuses isn't charged later. Of each day the older rows are charged first, of each row the
    penalty; bounds are rounded down and hold of what was charged as it is rounded.

    Parameters
    ----------
    per_day
        Currency units a day of each instalment, for each ledger.
    of_instalment
        Share of what was due of the instalment, with what rolled over to it.
    of_principal
        Share of the loan's principal at the start.
    all_in
        An annual rate over the loan's principal at the start, whatever was capitalised since, from the
        start until the day: the contract's interest counts as well, as it accrues, and so does what ``fee``
        events have charged (a ``cost`` doesn't). They are charged as they are booked; where they leave
        nothing, nothing is charged for being late.
    all_in_index, all_in_multiplier
        The same by a published rate as it was on the day of the contract (``contracted`` of an account):
        four times the one-year LPR. Costs and time count from the plan's start all the same: what the
        contract cost before isn't known to the account.
    source
        Where the bounds are written.

    Raises
    ------
    InputError
        No bound; both an all-in rate and an index; a figure out of range; no source.
    """

    per_day: Decimal | None = None
    of_instalment: Decimal | None = None
    of_principal: Decimal | None = None
    all_in: Decimal | None = None
    all_in_index: Index | None = None
    all_in_multiplier: Decimal = Decimal(1)
    source: str

    def __post_init__(self) -> None:
        for name, most in (("of_instalment", 100), ("of_principal", 100), ("all_in", MOST_RATE)):
            if getattr(self, name) is not None:
                figure = decimal(f"caps.{name}", getattr(self, name), most=most, places=RATE_DECIMALS)
                object.__setattr__(self, name, figure)
        if self.per_day is not None:
            per_day = decimal("caps.per_day", self.per_day, places=SHARE_PLACES)
            object.__setattr__(self, "per_day", per_day)
        times = decimal("caps.all_in_multiplier", self.all_in_multiplier, most=MOST_TIMES, places=4)
        object.__setattr__(self, "all_in_multiplier", times)
        if self.all_in_index is not None and not isinstance(self.all_in_index, Index):
            raise InputError(Code.UNKNOWN_VALUE, "caps.all_in_index", self.all_in_index, "an Index")
        if self.all_in is not None and self.all_in_index is not None:
            rule = "a rate or an index, not both"
            raise InputError(Code.UNKNOWN_VALUE, "caps.all_in_index", self.all_in_index.name, rule)
        bounds = (self.per_day, self.of_instalment, self.of_principal, self.all_in, self.all_in_index)
        if all(each is None for each in bounds):
            raise InputError(Code.MISSING, "caps", None, "at least one bound")
        said("caps.source", self.source)
