"""The alternatives of a menu, and what is compared of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from repayplan.basics.dates import Days
from repayplan.basics.outcome import Ints
from repayplan.offers.points import Points

FIGURES = ("instalments", "instalment", "total_cost", "lender_cost")
"""What alternatives are compared by, in the order in which they are sorted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """One plan of a menu.

    Attributes
    ----------
    method, instalments, months
        How it is repaid; its rows, those of a pause among them, and the months that they take (rounded up).
    instalment
        The largest payment; what is put aside until the end is held against nothing.
    total_cost
        The total cost to the borrower, as of a :class:`~repayplan.LenderCost`: all that is paid, put aside or
        not, less all that is owed now.
    lender_cost
        What is owed now less what the plan's payments are worth at the menu's rate; below 0 where they are
        worth more.
    annual_rate
        The plan's, as a fraction.
    holiday, interest_only
        Periods at its beginning without payment, and then with interest only.
    forborne, forgiven, waived
        Principal put aside until the last due date, and given up; and what is given up of the arrears.
    first_payment, last_due
        When anything is paid for the first time, and when the last instalment falls due.
    """

    method: str
    instalments: int
    months: int
    instalment: Decimal
    total_cost: Decimal
    lender_cost: Decimal
    annual_rate: Decimal
    holiday: int
    interest_only: int
    forborne: Decimal
    forgiven: Decimal
    waived: Decimal
    first_payment: date
    last_due: date


@dataclass(frozen=True, slots=True, kw_only=True)
class BestFigures:
    """The least of each figure over some affordable plans, each perhaps another plan's."""

    instalments: int
    instalment: Decimal
    total_cost: Decimal
    lender_cost: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class WishCost:
    """What one wish costs.

    Attributes
    ----------
    wish
        Its name.
    with_it, without_it
        The best of each figure with all wishes, and with all but this one; None: no plan has them.
    """

    wish: str
    with_it: BestFigures | None
    without_it: BestFigures | None

    @property
    def cost(self) -> dict[str, Decimal | int] | None:
        """By how much the best of each figure is more with it; None where either is."""
        if self.with_it is None or self.without_it is None:
            return None
        return {name: getattr(self.with_it, name) - getattr(self.without_it, name) for name in FIGURES}


@dataclass(frozen=True, slots=True, eq=False)
class Alternatives:
    """Alternatives of many menus: columns, int64 unless said otherwise, amounts in minor units.

    ``points`` are their places on the lattice, ``points.loan`` the number of the menu; ``first_payment`` and
    ``last_due`` are datetime64[D], ``annual_rate`` is in 1e-10.
    """

    points: Points
    instalment: Ints
    total_cost: Ints
    lender_cost: Ints
    annual_rate: Ints
    holiday: Ints
    interest_only: Ints
    forborne: Ints
    forgiven: Ints
    waived: Ints
    first_payment: Days
    last_due: Days

    def __len__(self) -> int:
        return len(self.points)
