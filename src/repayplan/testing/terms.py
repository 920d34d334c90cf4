"""What a schedule is checked against: a loan, or the few of its terms that somebody has."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import TypedDict

from repayplan.basics.daycount import DayCount
from repayplan.basics.ratepath import RatePath
from repayplan.basics.rounding import Rounding
from repayplan.plans.loan import Loan
from repayplan.plans.stage import Plan


class Terms(TypedDict, total=False):
    """What a schedule is checked against, as keywords of :func:`check_schedule`; None is as good as left out.

    Attributes
    ----------
    loan
        The loan that the schedule is of: what was lent, fees and interest carried in, rates, conventions.
        Due dates and counted days are then checked too, where the table has them.
    plan
        The plan that the loan's schedule follows; needed where a stage has a rate of its own, or bears
        interest on the balance it began with (``flat``), where it has drawdowns, prepayments or fees that are
        financed (interest is then derived piece by piece), and where principal is put aside.
    interest
        False: interest isn't derived from the loan's terms.
    principal
        What was lent, currency units; without it, the first opening balance.
    carried
        Interest owed at the start that bears none, and is repaid by rows of negative ``deferred``.
    charges
        Fees owed at the start; without them, fees aren't summed.
    forborne
        What of the balance is put aside and bears no interest; a plan says it itself.
    left
        What the last row is to leave.
    annual_rate, day_count
        Where no loan is given, both or neither: then interest is derived from the opening balance. The rate
        may be a path (:class:`~repayplan.SteppedRate` and its like).
    start, frequency
        The date from which the first row counts interest (one period before its due date, unless given),
        and what a period is.
    rounding
        How interest is rounded, half up to the minor unit unless given.
    decimals
        Decimals of the currency, for amounts of a table and these.
    minor
        True: the table's amounts count minor units (cents, say).
    columns
        Column of a schedule to the name that the table has for it; None: it has none.
    """

    loan: Loan | None
    plan: Plan | None
    interest: bool
    principal: Decimal | str | int | None
    carried: Decimal | str | int
    charges: Decimal | str | int | None
    forborne: Decimal | str | int
    left: Decimal | str | int
    annual_rate: Decimal | str | RatePath | None
    day_count: str | DayCount | None
    start: date | str | None
    frequency: str
    rounding: Rounding | None
    decimals: int
    minor: bool
    columns: Mapping[str, str | None] | None


OF_LOAN = ("annual_rate", "day_count", "start", "frequency", "rounding")
