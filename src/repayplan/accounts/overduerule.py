"""What overdue amounts cost: two ledgers, days of grace, rounding, late fees and caps."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, get_args

from repayplan.ability.figures import SHARE_PLACES, decimal, one_of, whole
from repayplan.accounts.latefee import LateFee
from repayplan.accounts.overduecaps import OverdueCaps
from repayplan.accounts.overduerate import OverdueLedger
from repayplan.basics.errors import Code, InputError

FirstDay = Literal["due_date", "next_day"]
Per = Literal["day", "month", "end"]
OverdueMode = Literal["half_up", "half_even", "up", "down"]
DayCounts = Literal["ACT/360", "ACT/364", "ACT/365F", "ACT/ACT ISDA", "NL/365", "30E/360"]
"""Day counts by which the days of two stretches add up to those of both together."""
FIXED_YEARS = ("ACT/360", "ACT/364", "ACT/365F")


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

    >>> from repayplan import OverdueRate
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
