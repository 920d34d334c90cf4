"""A contract's remaining flows beside a plan's: of the same loans, in one unit, valued on one day."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, TypeVar

import numpy as np

from repayplan.basics.columns import Screen
from repayplan.basics.dates import Days
from repayplan.basics.errors import Code
from repayplan.basics.money import MAX_UNITS, Minor, as_text
from repayplan.basics.outcome import Bools, Ints, Outcome
from repayplan.kernel.discount import ragged_rows
from repayplan.offers.case import differences
from repayplan.offers.ledger import Apportioned, DebtShare
from repayplan.offers.offer import Offer
from repayplan.offers.proposal import Proposals
from repayplan.plans.batch import Schedules
from repayplan.plans.loan import Loans
from repayplan.plans.moves import NOTHING_MOVED
from repayplan.plans.paid import Paid
from repayplan.plans.single import Schedule
from repayplan.plans.worth import discount_rates, present_value
from repayplan.plans.yearly import Year

One = Schedule | Offer | DebtShare
Many = Schedules | Proposals | Apportioned
T = TypeVar("T")


def schedules_of(plan: One | Many) -> Schedule | Schedules | Apportioned:
    """The schedule of an offer, the schedules of those offered one; schedules themselves."""
    if isinstance(plan, (Offer, DebtShare)):
        return plan.schedule
    return plan.schedules if isinstance(plan, Proposals) else plan


@dataclass(frozen=True, slots=True)
class Sides:
    """What the borrowers would pay by the contract, and by the plan; a value for each loan of the plan.

    Attributes
    ----------
    screen
        The loans' faults.
    row
        int64; the caller's number of each loan.
    decimals, finer
        int64; of the minor unit in which all is stated, the finer of the two; and how many of them make one
        of the plan's.
    plan
        What is offered.
    before, after
        Payments and drawdowns (below 0), each on its own day.
    rate, on
        int64 in 1e-10, effective annual; datetime64[D], the day of valuation.
    year
        What is a year of dates.
    """

    screen: Screen
    row: Ints
    decimals: Ints
    finer: Ints
    plan: One | Many
    before: Paid
    after: Paid
    rate: Ints
    on: Days
    year: Year

    def value(self, amount: Ints, day: Days, offsets: Ints) -> Ints:
        """What flows of each loan are worth at its rate; what can't be valued is a fault of the loan."""
        rate = Minor(self.rate)
        found = present_value(amount, day, rate, year=self.year, on=self.on, offsets=offsets)
        return self.taken(found)

    def taken(self, found: Outcome[Ints]) -> Ints:
        """An outcome for these loans as a column; its failures are faults of the loans."""
        self.screen.adopt(found.failures)
        out = np.zeros(self.screen.size, np.int64)
        out[found.row] = found.value
        return out

    def money(self, field: str, values: Any, default: Any, *, minimum: int | None = 0) -> Ints:
        """Amounts that are given, else a default: one amount, or a column in the unit of the sides."""
        if values is None:
            values = Minor(default) if isinstance(default, np.ndarray) else default
        return self.screen.money(field, values, self.decimals, minimum=minimum)

    def stated(self, *names: str) -> Ints | None:
        """The sum of amounts that an offer states; None where the plan is no offer."""
        if isinstance(self.plan, (Offer, DebtShare)):
            exact = sum(Fraction(getattr(self.plan, name)) for name in names)
            units = np.array([int(exact * 10**self.plan.schedule.decimals)])
        elif isinstance(self.plan, Proposals):
            units = np.sum([getattr(self.plan, name)[self.plan.offered] for name in names], axis=0)
        elif isinstance(self.plan, Apportioned):
            units = np.sum([getattr(self.plan, name) for name in names], axis=0)
        else:
            return None
        return np.asarray(units * self.finer)

    @property
    def costs(self) -> tuple[Ints, Ints]:
        """The total cost to the borrowers, by the contract and by the plan: see :class:`LenderCost`."""
        own = isinstance(self.plan, (Offer, Proposals))
        owed = self.stated("opening_balance", "waived") if own else None
        start = self.before.owed
        return summed(self.before) - start, summed(self.after) - (start if owed is None else owed)

    @property
    def due_day(self) -> Ints:
        """On which day of the month payments of the plan fall due: see :class:`Apportioned`; 0: not known."""
        if isinstance(self.plan, (DebtShare, Apportioned)):
            return np.atleast_1d(np.asarray(self.plan.due_day, np.int64))
        made = self.plan.schedules if isinstance(self.plan, Proposals) else self.plan
        if isinstance(made, Offer):
            made = made.schedule
        loans = made.loan if isinstance(made, Schedule) else made.loans
        return np.zeros(len(self.row), np.int64) if loans is None else loans.due_day(np.arange(len(loans)))

    def column(self, name: str) -> Paid:
        """A column of the plan's rows."""
        return _restated(schedules_of(self.plan)._paid(name), self.decimals, self.screen, "plan")

    def outcome(self, made: Callable[..., T], columns: Mapping[str, Ints | Bools]) -> Outcome[T]:
        """Columns of the loans that are good, and the failures, by the caller's row number."""
        good = np.flatnonzero(self.screen.good)
        kept = {name: column[good] for name, column in columns.items()}
        return Outcome(made(**kept), self.row[good], self.screen.failures().moved(self.row))


def read_sides(before: Schedule | Schedules, plan: One | Many, rate: Any, year: Year, on: Any) -> Sides:
    """The two sides of each loan of a plan.

    Parameters
    ----------
    before
        What is still to be paid by the contract; of many loans, found by the caller's row number.
    plan
        What is offered instead.
    rate
        Effective annual: one, or one a loan of the plan, or an Outcome with the caller's row numbers.
    year
        What is a year of dates.
    on
        The day of valuation; None: the day that the plan's interest runs from.

    Raises
    ------
    TypeError
        One schedule beside many.
    """
    after = schedules_of(plan)
    if isinstance(before, Schedule) is not isinstance(after, Schedule):
        msg = "one schedule with one, or schedules with schedules"
        raise TypeError(msg)
    new, old = (each._paid("payment").on_its_days(drawn=True) for each in (after, before))
    row, known = (np.arange(1) if paid.row is None else paid.row for paid in (new, old))
    screen = Screen(len(row))
    place = _places(row, known)
    screen.fault(place < 0, Code.MISSING, "contract")
    old = _some(old, np.where(place < 0, 0, place)) if len(known) else _some(new, np.arange(len(row)))
    _of_one_loan(screen, plan, before, place)
    decimals = np.maximum(old.decimals, new.decimals)
    finer = 10 ** (decimals - new.decimals)
    old, new = (_restated(paid, decimals, screen, name) for paid, name in ((old, "contract"), (new, "plan")))
    day = new.start if on is None else screen.date("on", on)
    return Sides(screen, row, decimals, finer, plan, old, new, read_rates(screen, rate, row), day, year)


def _of_one_loan(screen: Screen, plan: One | Many, before: Schedule | Schedules, place: Ints) -> None:
    """Faults of loans whose contract isn't that of the loan that the plan is offered for.

    Parameters
    ----------
    place
        int64; where among the contracts that of each loan of the plan is, -1: nowhere.
    """
    if isinstance(plan, Offer):
        loans = plan.case.contract
    elif isinstance(plan, Proposals):
        loans = plan.contracts.take(plan.row[plan.offered])
    else:
        return
    own = before.loan if isinstance(before, Schedule) else before.loans
    if own is None or loans is None or not len(own):
        return
    other_loan(screen, own.take(np.maximum(place, 0)), loans, "contract", where=place >= 0)


def other_loan(
    screen: Screen, contracts: Loans, loans: Loans, of: str, *, where: Bools, without_arrears: bool = True
) -> None:
    """Faults of loans whose contract has other figures: see :func:`~repayplan.offers.case.differences`."""
    for each in differences(contracts, loans, without_arrears=without_arrears):
        screen.fault(each.where & where, Code.UNKNOWN_VALUE, f"{of}.{each.name}", each.found, each.wanted)


def _places(row: Ints, known: Ints) -> Ints:
    """Where each row stands among those that are known, which rise; -1: nowhere."""
    if not len(known):
        return np.full(len(row), -1)
    at = np.minimum(np.searchsorted(known, row), len(known) - 1)
    return np.where(known[at] == row, at, -1)


def _some(paid: Paid, loans: Ints) -> Paid:
    """Some of the loans, one perhaps twice."""
    index, offsets = ragged_rows(paid.offsets, loans)
    rows = {name: getattr(paid, name)[index] for name in ("amount", "period", "due")}
    each = {name: getattr(paid, name)[loans] for name in ("balance", "beside", "start", "decimals")}
    return replace(paid, **rows, **each, offsets=offsets, moved=NOTHING_MOVED)


def _restated(paid: Paid, decimals: Ints, screen: Screen, name: str) -> Paid:
    """In a finer unit; what moved is among the amounts already, or isn't looked at."""
    finer = 10 ** (decimals - paid.decimals)
    most = MAX_UNITS // finer
    size = np.maximum.reduceat(np.abs(paid.amount), paid.offsets[:-1]) if len(decimals) else most
    largest = np.maximum(size, paid.owed)
    screen.fault(
        largest > most,
        Code.BEYOND_DOMAIN,
        name,
        lambda row: as_text(largest[row], paid.decimals[row]),
        lambda row: as_text(most[row], paid.decimals[row]),
    )
    finer = np.where(largest > most, 0, finer)
    amount = paid.amount * np.repeat(finer, np.diff(paid.offsets))
    owed = {name: getattr(paid, name) * finer for name in ("balance", "beside")}
    return replace(paid, amount=amount, **owed, decimals=decimals, moved=NOTHING_MOVED)


def summed(paid: Paid) -> Ints:
    """Amounts by loan."""
    return np.add.reduceat(paid.amount, paid.offsets[:-1]) if len(paid.balance) else paid.balance


def read_rates(screen: Screen, rate: Any, row: Ints) -> Ints:
    """Rates of the loans in 1e-10, by the caller's row number where they are an Outcome."""
    if not isinstance(rate, Outcome):
        return discount_rates(screen, rate)
    screen.adopt(rate.failures.copied(row))
    place = _places(row, rate.row)
    screen.fault(place < 0, Code.MISSING, "rate")
    found = rate.value[place] if len(rate.value) else place
    return discount_rates(screen, Minor(np.where(place < 0, 0, found)))
