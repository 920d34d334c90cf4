"""What overdue amounts cost: rates, what they are charged on, days of grace, rounding, late fees and caps."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal, get_args

import numpy as np

from repayplan.ability.figures import SHARE_PLACES, decimal, one_of, whole
from repayplan.accounts.component import Component, components
from repayplan.basics.columns import RATE_DECIMALS
from repayplan.basics.dates import Days
from repayplan.basics.errors import Code, InputError
from repayplan.basics.index import Index
from repayplan.basics.outcome import Bools, Ints
from repayplan.offers.hardship import said

Settled = Literal["never", "daily", "monthly", "quarterly"]
FirstDay = Literal["due_date", "next_day"]
Per = Literal["day", "month", "end"]
OverdueMode = Literal["half_up", "half_even", "up", "down"]
DayCounts = Literal["ACT/360", "ACT/364", "ACT/365F", "ACT/ACT ISDA", "NL/365", "30E/360"]
"""Day counts by which the days of two stretches add up to those of both together."""
FIXED_YEARS = ("ACT/360", "ACT/364", "ACT/365F")
MOST_TIMES, MOST_RATE = 100, 10
OVERDUE_DECIMALS = 11
"""A rate of overdue amounts is reckoned in units of 1e-11."""
_FINE = 10 ** (OVERDUE_DECIMALS - RATE_DECIMALS)


@dataclass(frozen=True, slots=True, kw_only=True)
class OverdueRate:
    """A rate of overdue amounts: ``multiplier`` times the contract's rate, a fixed one or an index, + uplift.

    Parameters
    ----------
    multiplier
        How many times: ``"1.5"`` is half as much again.
    uplift
        Added to it, a year.
    rate
        A fixed annual rate, a fraction. Neither this nor an index: the contract's rate.
    index
        A published rate over time; each day bears the one in force on it.

    Raises
    ------
    InputError
        Both a rate and an index; a figure out of range.

    Examples
    --------
    The contract's rate and half as much again (PBOC 银发〔2003〕251号: 30 % to 50 % more):

    >>> OverdueRate(multiplier="1.5").on("0.05508")
    Fraction(4131, 50000)
    """

    multiplier: Decimal = Decimal(1)
    uplift: Decimal = Decimal(0)
    rate: Decimal | None = None
    index: Index | None = None

    def __post_init__(self) -> None:
        times = decimal("multiplier", self.multiplier, most=MOST_TIMES, places=4)
        object.__setattr__(self, "multiplier", times)
        uplift = decimal("uplift", self.uplift, most=MOST_RATE, places=RATE_DECIMALS)
        object.__setattr__(self, "uplift", uplift)
        if self.rate is not None:
            rate = decimal("rate", self.rate, most=MOST_RATE, places=RATE_DECIMALS)
            object.__setattr__(self, "rate", rate)
            if self.index is not None:
                rule = "a fixed rate or an index, not both"
                raise InputError(Code.UNKNOWN_VALUE, "index", self.index.name, rule)
        if self.index is not None and not isinstance(self.index, Index):
            raise InputError(Code.UNKNOWN_VALUE, "index", self.index, "an Index")

    def on(self, contract: Decimal | str | int, day: object = None) -> Fraction:
        """The annual rate, exactly; ``day`` is needed where there is an index.

        Raises
        ------
        InputError
            A contract's rate that isn't from 0 to 10, or a day before the first rate of the index.
        """
        if self.index is not None:
            base = self.index.on(day)  # type: ignore[arg-type]
        else:
            base = self.rate if self.rate is not None else decimal("rate", contract, most=MOST_RATE)
        return Fraction(base) * Fraction(self.multiplier) + Fraction(self.uplift)

    def units(self, contract: Ints, days: Days) -> tuple[Ints, Bools]:
        """Rates in units of 1e-11, rounded down to one, and where an index has none yet.

        Parameters
        ----------
        contract
            int64 multiples of 1e-10.
        days
            datetime64[D]; one for each.
        """
        early = np.zeros(len(contract), np.bool_)
        if self.index is not None:
            base, early = self.index.at(days)
        elif self.rate is not None:
            base = np.full(len(contract), int(self.rate * 10**RATE_DECIMALS))
        else:
            base = contract
        times = int(self.multiplier * 10**4)  # of at most 1e11 units: int64 holds ten of the products
        return base * times * _FINE // 10**4 + int(self.uplift * 10**RATE_DECIMALS) * _FINE, early


@dataclass(frozen=True, slots=True, kw_only=True)
class OverdueLedger:
    """One ledger of what is charged: on what, at which rate, and when what was charged bears interest itself.

    Parameters
    ----------
    on
        Components of an overdue instalment that it is charged on. One that names ``penalty`` or ``compound``
        is charged on what was settled of them: interest on penalty interest, which is contested, is asked for
        by naming it.
    rate
        After the last due date of the plan, and from the day on which all of it is called in; before it too,
        where there is no other.
    in_term
        Up to the last due date.
    settled
        When what was charged joins what is charged on, where a ledger names it: ``"never"``, at the end of
        each day, or of the settlement day of each month or quarter (March, June, September, December). What
        joins is what is owed of it then, rounded; a payment of the ledger goes to it first.
    settlement_day
        Of the month; the last day of one that is shorter.

    Raises
    ------
    InputError
        No component; something else in place of a rate; a settlement day that isn't from 1 to 31.
    """

    on: tuple[Component, ...]
    rate: OverdueRate
    in_term: OverdueRate | None = None
    settled: Settled = "never"
    settlement_day: int = 20

    def __post_init__(self) -> None:
        object.__setattr__(self, "on", components("on", self.on, all_of_them=False))
        for name in ("rate", "in_term"):
            value = getattr(self, name)
            if not isinstance(value, OverdueRate) and (value is not None or name == "rate"):
                code = Code.MISSING if value is None else Code.UNKNOWN_VALUE
                raise InputError(code, name, value, "OverdueRate")
        one_of("settled", self.settled, get_args(Settled))
        whole("settlement_day", self.settlement_day, 1, 31, "day of the month")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class OverdueRule:
    """What being late costs.

    Nothing here has a default that costs anybody money: rates, days and rounding are always said.

    Parameters
    ----------
    penalty
        Penalty interest (罚息); usually on ``("principal",)``, or on all of the instalment.
    compound
        Interest on what wasn't paid of interest (复利); None: none.
    day_count
        By which days are counted: one of those whose stretches add up.
    first_day
        The first day that counts: the ``due_date`` or the ``next_day``. The day of payment doesn't.
    grace_days
        Days after the due date on which a payment is still in time.
    grace_reaches_back
        Where the days of grace pass without payment, they are charged as well.
    tolerance
        Currency units: an instalment of which no more is unpaid after the days of grace counts as paid in
        full, since the payment that left no more (since its due date, where none was needed); what is missing
        falls due with the next one that hasn't yet, and isn't forgiven. Where there is none, it is late.
    rounded
        Charges are rounded once a ``day``, once a ``month`` (at its end) or at the ``end``: then the sum so
        far is rounded whenever it is asked for or paid, and no rounding adds to another.
    mode
        How.
    late_fee, caps
        A fee for each late instalment; bounds.

    Raises
    ------
    InputError
        A component in the wrong ledger, rounding by the day with a year whose length changes, a figure out
        of range, a name that isn't known.

    Examples
    --------
    Half as much again on principal, and on interest with interest on it day by day:

    >>> half = OverdueRate(multiplier="1.5")
    >>> rule = OverdueRule(
    ...     penalty=OverdueLedger(on=("principal",), rate=half),
    ...     compound=OverdueLedger(on=("interest", "compound"), rate=half, settled="daily"),
    ...     day_count="ACT/360",
    ...     first_day="due_date",
    ...     rounded="end",
    ...     mode="half_up",
    ... )
    >>> rule.tolerance
    Decimal('0')
    """

    penalty: OverdueLedger
    compound: OverdueLedger | None = None
    day_count: DayCounts
    first_day: FirstDay
    grace_days: int = 0
    grace_reaches_back: bool = False
    tolerance: Decimal = Decimal(0)
    rounded: Per
    mode: OverdueMode
    late_fee: LateFee | None = None
    caps: OverdueCaps | None = None

    def __post_init__(self) -> None:
        for name, known in (
            ("day_count", get_args(DayCounts)),
            ("first_day", get_args(FirstDay)),
            ("rounded", get_args(Per)),
            ("mode", get_args(OverdueMode)),
        ):
            one_of(f"overdue.{name}", getattr(self, name), known)
        kinds = {
            "penalty": OverdueLedger,
            "compound": OverdueLedger,
            "late_fee": LateFee,
            "caps": OverdueCaps,
        }
        for name, kind in kinds.items():
            value = getattr(self, name)
            if not isinstance(value, kind) and (value is not None or name == "penalty"):
                code = Code.MISSING if value is None else Code.UNKNOWN_VALUE
                raise InputError(code, f"overdue.{name}", value, f"{kind.__name__}")
        whole("overdue.grace_days", self.grace_days, 0, 366, "days")
        _true_or_false("overdue.grace_reaches_back", self.grace_reaches_back)
        tolerance = decimal("overdue.tolerance", self.tolerance, places=SHARE_PLACES)
        object.__setattr__(self, "tolerance", tolerance)
        if self.rounded == "day" and self.day_count not in FIXED_YEARS:
            rule = f"rounded by the day: one of {', '.join(FIXED_YEARS)}"
            raise InputError(Code.UNKNOWN_VALUE, "overdue.day_count", self.day_count, rule)
        if self.caps is not None and self.caps.per_day is not None and self.day_count not in FIXED_YEARS:
            rule = f"bounded by the day: one of {', '.join(FIXED_YEARS)}"
            raise InputError(Code.UNKNOWN_VALUE, "overdue.day_count", self.day_count, rule)
        for name, ledger in self.ledgers:
            for each in ledger.on:
                held = dict(self.ledgers).get(each)
                if each in ("penalty", "compound") and (held is None or held.settled == "never"):
                    rule = f"where it is charged on, the {each} ledger is there and settled"
                    raise InputError(Code.UNKNOWN_VALUE, f"overdue.{name}.on", each, rule)
        if self.compound is not None:
            twice = sorted(set(self.penalty.on) & set(self.compound.on))
            if twice:
                rule = "charged on by one ledger"
                raise InputError(Code.DUPLICATE, "overdue.compound.on", ", ".join(twice), rule)

    @property
    def ledgers(self) -> tuple[tuple[str, OverdueLedger], ...]:
        """The ledgers that there are, by component."""
        if self.compound is None:
            return (("penalty", self.penalty),)
        return (("penalty", self.penalty), ("compound", self.compound))


def _true_or_false(name: str, value: object) -> None:
    if not isinstance(value, bool):
        raise InputError(Code.UNKNOWN_VALUE, name, value, "true or false")
