"""What accounts are kept by while they are replayed, in numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from repayplan.basics.outcome import Bools, Ints
from repayplan.kernel.allocate import Part
from repayplan.kernel.bookrows import NewRows
from repayplan.kernel.law import Law
from repayplan.kernel.onbalance import BalanceInterest


class Order(NamedTuple):
    """An order of payment, and that of what hasn't fallen due (none: the same)."""

    parts: tuple[Part, ...]
    by_row: bool
    ahead: tuple[Part, ...] = ()

    def in_advance(self) -> Order:
        """The order of what hasn't fallen due."""
        return self._replace(parts=self.ahead or self.parts)


class Advance(IntEnum):
    """What becomes of money for which nothing is due."""

    HOLD = 0
    NEXT = 1
    LAST = 2
    LOWER = 3
    SHORTER = 4


class Renewal(NamedTuple):
    """What new plans are made of.

    Attributes
    ----------
    loans, events, day
        int64; whose, by which event, and the day from which their interest runs.
    principal
        int64; what they repay.
    interest, fees
        int64; what has accrued or was asked for in the running period: it falls due with the first new row.
    instalment
        int64; the largest instalment of the old plan without fees, but for its last.
    rows, next_due
        int64; how many rows of the old plan hadn't fallen due, and the first day on which one would have
        (:data:`FOREVER` where there is none).
    """

    loans: Ints
    events: Ints
    day: Ints
    principal: Ints
    interest: Ints
    fees: Ints
    rows: Ints
    next_due: Ints
    instalment: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What an account is kept by, in numbers.

    Attributes
    ----------
    law
        What being late costs.
    rates
        ``rates(loans, days)``: int64 (loans, 2), of each ledger, over the law's ``den`` a day, from a day on.
    orders, order_of
        Orders of payment, and ``order_of(events, days_past_due)``: which of them a payment has. The first is
        that of money that was kept.
    advance
        Of each event, an :class:`Advance`: what is paid before it is due, instalment by instalment in the
        order that the payment has.
    gift
        bool (events,); whether the lender pays, out of goodwill; None: no event is one.
    part
        int64; of events that waive: the :class:`~repayplan.kernel.allocate.Part`.
    tolerance
        int64 (loans,); of an instalment, what may be missing.
    late_fee
        ``late_fee(loans, unpaid)``: int64; None: there is none.
    grace
        Whether the end of days of grace changes anything.
    matures
        Whether rates are others after the last due date.
    joins
        bool (events, PARTS); of new plans, what of arrears becomes principal of them.
    lends
        int64 (events,); what becomes principal beside.
    counts
        bool (events,); whether a new plan is a restructure.
    ends
        ``ends(loans)``: is told of loans before such a plan takes the place of theirs, on its day.
    renew
        The rows of new plans.
    on_balance
        What reckons interest on the balance; None: the plan's is fixed.
    lowered
        The first row that is solved anew where money in advance lowers the instalments and interest is on the
        balance: 0: the running one; 1: that after it.
    """

    law: Law
    rates: Callable[[Ints, Ints], Ints]
    orders: Sequence[Order]
    order_of: Callable[[Ints, Ints], Ints]
    advance: Ints
    gift: Bools | None
    part: Ints
    tolerance: Ints
    late_fee: Callable[[Ints, Ints], Ints] | None = None
    grace: bool
    matures: bool
    joins: Bools
    lends: Ints
    counts: Bools
    ends: Callable[[Ints], None]
    renew: Callable[[Renewal], NewRows]
    on_balance: BalanceInterest | None = None
    lowered: int = 0
