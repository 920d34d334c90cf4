"""Figures of schedules: what their payments return, cost and are worth, and how long they last."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

import numpy as np

from repayplan.basics.columns import Screen
from repayplan.basics.dates import Days
from repayplan.basics.errors import Code
from repayplan.basics.money import Minor
from repayplan.basics.outcome import Ints, Outcome
from repayplan.plans.apr import apr_eu, apr_us, apr_us_agreed
from repayplan.plans.durations import duration, weighted_average_life
from repayplan.plans.moves import Moved
from repayplan.plans.returns import effective_rate, irr
from repayplan.plans.worth import present_value, total_cost
from repayplan.plans.yearly import Year

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Paid:
    """A column of one schedule, or of many with each loan's rows together, and what the loans start from.

    Attributes
    ----------
    amount, period, due
        int64 minor units; int64, 1 for the first row of a loan; datetime64[D]: one a row.
    offsets
        int64; rows of loan i are ``offsets[i]:offsets[i + 1]``.
    balance, start, decimals
        int64 minor units; datetime64[D]; int64: one a loan.
    beside
        int64 minor units, one a loan; what is owed at the start beside the balance, and paid in the rows.
    moved
        Principal that moved beside the instalments; what was prepaid is in the column.
    row
        int64; the caller's number of each loan; None where the schedule is one loan's.
    agreed
        Where business days move dates: ``due`` and ``start`` as they are agreed, before any is moved.
    """

    amount: Ints
    period: Ints
    due: Days
    offsets: Ints
    balance: Ints
    start: Days
    decimals: Ints
    moved: Moved
    row: Ints | None
    beside: Ints
    agreed: tuple[Days, Days] | None = None

    @property
    def owed(self) -> Ints:
        """All that is owed at the start and paid in the rows: the balance, and what is beside it."""
        return self.balance + self.beside

    def on_its_days(self, *, drawn: bool) -> Paid:
        """The same, with what moved on the day that it did; ``drawn``: what was drawn as well.

        The number of a row says nothing then. What business days move before the day that interest runs from
        is paid on that day: nothing was lent before.
        """
        count, dues = np.diff(self.offsets), self.due
        if self.agreed is not None:
            dues = np.maximum(dues, np.repeat(self.start, count))
        between = self.moved.where(self.moved.between)
        if not len(between.loan):
            return replace(self, due=dues)
        size = len(self.balance)
        amount = self.amount.copy()
        prepaid = between.where(between.amount < 0)
        np.add.at(amount, self.offsets[prepaid.loan] + prepaid.period, prepaid.amount)
        more = between if drawn else prepaid
        loan = np.concatenate((np.repeat(np.arange(size), count), more.loan))
        due = np.concatenate((dues, more.day))
        order = np.lexsort((due, loan))
        agreed = self.agreed
        if agreed is not None:
            agreed = np.concatenate((agreed[0], more.day))[order], agreed[1]
        return replace(
            self,
            agreed=agreed,
            amount=np.concatenate((amount, -more.amount))[order],
            period=np.concatenate((self.period, more.period + 1))[order],
            due=due[order],
            offsets=np.concatenate(([0], np.cumsum(np.bincount(loan, minlength=size)))),
        )

    def by_number(self, screen: Screen, *, drawn: bool) -> Paid:
        """The same, with what moved on a due date, or on the first day, in a row of its period's number.

        ``drawn``: what was drawn as well. Faults of loans whose money moves between due dates: no number of
        periods says when that was.
        """
        where = np.zeros(screen.size, np.bool_)
        where[self.moved.loan[self.moved.between & ~self.moved.opens]] = True
        asked, known = "money that moves between due dates", "figures by dates (year='365 days')"
        screen.fault(where, Code.UNKNOWN_VALUE, "plan", asked, known)
        early = self.moved.where(self.moved.between & self.moved.opens)
        prepaid = early.where(early.amount < 0)
        more = early if drawn else prepaid
        if not len(more.loan):
            return self
        amount, size = self.amount.copy(), len(self.balance)
        np.add.at(amount, self.offsets[prepaid.loan] + prepaid.period, prepaid.amount)
        loan = np.concatenate((np.repeat(np.arange(size), np.diff(self.offsets)), more.loan))
        period = np.concatenate((self.period, more.period))
        order = np.lexsort((period, loan))
        return replace(
            self,
            agreed=None,
            amount=np.concatenate((amount, -more.amount))[order],
            period=period[order],
            due=np.concatenate((self.due, more.day))[order],
            offsets=np.concatenate(([0], np.cumsum(np.bincount(loan, minlength=size)))),
        )

    def figure(
        self, verb: Callable[..., Any], screen: Screen, flows: Ints, *more: Any, offsets: Ints, **options: Any
    ) -> Any:
        """What the verb says of the flows; faults of the screen come before its own."""
        if self.row is None:
            for failure in screen.failures():
                raise failure.error()
            return verb(Minor(flows), *more, decimals=int(self.decimals[0]), **options)
        found = verb(flows, *more, offsets=offsets, **options)
        kept = screen.good[found.row]
        failures = screen.failures().and_then(found.failures)
        return Outcome(found.value[kept], self.row[found.row[kept]], failures.moved(self.row))


def _cost(flows: Any, _: None, **options: Any) -> Any:
    """The total cost, which no date or period is looked at for."""
    return total_cost(flows, **options)


class Measured(ABC, Generic[R]):
    """What a schedule says of its own payments: the same for one loan, and for every loan of a batch.

    A :class:`~repayplan.Schedule` answers with a Decimal. :class:`~repayplan.Schedules` answer with an
    Outcome whose ``row`` are the caller's row numbers: amounts in int64 minor units, rates and times in int64
    multiples of 1e-10. Each figure is that of the function of the same name; columns of options (rates,
    dates, amounts drawn) have one value a loan of the schedules, ``schedules.row`` says which.

    Rates and costs set the payments, fees and overdue interest among them, against what was ``drawn``:
    the balance that bears interest, on the day that interest runs from, unless something else is given; and
    against what is drawn on the way. What is drawn or prepaid between due dates counts on its own day where
    dates are looked at, and is refused where periods are counted. What moves on a due date, or on the day
    that interest runs from, is counted there; where business days move dates, a due date is the day that
    interest is counted to. A due date that business days move before the day that interest runs from counts
    as that day. What payments are worth, and how long they
    last, is said of payments and prepayments alone.

    Examples
    --------
    >>> from repayplan import Loan, equal_instalment, schedule
    >>> terms = {"annual_rate": "0.12", "original_term": 12, "elapsed": 0, "unpaid": 12}
    >>> made = schedule(Loan(principal=12000, next_due="2026-02-15", **terms), equal_instalment(12))
    >>> made.irr(places=4), made.apr_us(places=4), made.apr_eu(places=4)
    (Decimal('0.0100'), Decimal('0.1200'), Decimal('0.1268'))
    >>> made.total_cost(), made.total_cost(drawn="11900")
    (Decimal('794.23'), Decimal('894.23'))
    """

    __slots__ = ()

    @abstractmethod
    def _paid(self, column: str) -> Paid:
        """A column of the rows, and what the loans start from."""

    def _against(
        self, verb: Callable[..., Any], drawn: Any, on: Any = None, *, dated: bool = False, **options: Any
    ) -> R:
        """A figure of what is paid against what is drawn, before and on the way."""
        paid = self._paid("payment")
        screen = Screen(len(paid.balance))
        if dated:
            paid = paid.on_its_days(drawn=True)
        elif verb is not _cost:
            paid = paid.by_number(screen, drawn=True)
        first = paid.offsets[:-1]
        advance = paid.balance if drawn is None else screen.money("drawn", drawn, paid.decimals)
        if verb is _cost:  # whenever it was
            advance = advance.copy()
            lent = paid.moved.where(paid.moved.amount > 0)
            np.add.at(advance, lent.loan, lent.amount)
        flows: Ints = np.insert(paid.amount, first, -advance)
        # Where nothing moves on its own, each row is a period after the one before it.
        times: list[Any] = [np.insert(paid.period, first, 0) if len(paid.moved.loan) else None]
        if dated:
            day = None if on is None else screen.date("drawn_on", on)
            dates = [(paid.due, paid.start)]
            if verb is apr_us and paid.agreed is not None and options["unit_period"] is None:
                verb, options = apr_us_agreed, {"places": options["places"]}
                dates.append(paid.agreed)
            times = [np.insert(due, first, start if day is None else day) for due, start in dates]
        offsets = paid.offsets + np.arange(len(paid.offsets))
        figure: R = paid.figure(verb, screen, flows, *times, offsets=offsets, **options)
        return figure

    def _ahead(
        self, verb: Callable[..., Any], column: str, *rate: Any, year: Any, on: Any, **options: Any
    ) -> R:
        """A figure of what is to be paid, seen from the start."""
        paid = self._paid(column)
        screen = Screen(len(paid.balance))
        if isinstance(year, str):
            paid = paid.on_its_days(drawn=False)
            times: Any = paid.due
            on = paid.start if on is None else on
        else:
            paid = paid.by_number(screen, drawn=False)
            times = paid.period
        options |= {"offsets": paid.offsets, "year": year, "on": on}
        figure: R = paid.figure(verb, screen, paid.amount, times, *rate, **options)
        return figure

    def irr(self, *, drawn: Any = None, places: int = 10) -> R:
        """Internal rate of return a period: :func:`~repayplan.irr`.

        Parameters
        ----------
        drawn
            What was advanced a period before the first payment, currency units or ``minor(units)`` of the
            schedule's ``decimals``; by default the balance.
        places
            Decimals that the rate is rounded to.

        Raises
        ------
        InputError
            As of the function; of many loans an entry of the failures instead.

        Examples
        --------
        >>> from repayplan import Loan, flat, schedule
        >>> terms = {"annual_rate": "0.072", "original_term": 12, "elapsed": 0, "unpaid": 12}
        >>> schedule(Loan(principal=12000, next_due="2026-02-15", **terms), flat(12)).irr(places=8)
        Decimal('0.01086185')
        """
        return self._against(irr, drawn, places=places)

    def effective_rate(
        self, *, year: Year | int, drawn: Any = None, drawn_on: Any = None, places: int = 10
    ) -> R:
        """Effective annual rate: :func:`~repayplan.effective_rate`.

        Parameters
        ----------
        year
            What is a year of the dates; or how many periods make one, where dates aren't to be looked at.
        drawn, drawn_on
            What was advanced, and its date; by default the balance, on the day that interest runs from.
        places
            Decimals that the rate is rounded to.

        Raises
        ------
        InputError
            As of the function; of many loans an entry of the failures instead.
        TypeError
            ``drawn_on`` beside a number of periods.

        Examples
        --------
        >>> from repayplan import Loan, equal_instalment, schedule
        >>> terms = {"annual_rate": "0.12", "original_term": 12, "elapsed": 0, "unpaid": 12}
        >>> made = schedule(Loan(principal=12000, next_due="2026-02-15", **terms), equal_instalment(12))
        >>> made.effective_rate(year="365 days", places=4), made.effective_rate(year=12, places=4)
        (Decimal('0.1274'), Decimal('0.1268'))
        """
        dated = isinstance(year, str)
        if drawn_on is not None and not dated:
            msg = "drawn_on: a date for dates; periods are counted from 0"
            raise TypeError(msg)
        return self._against(effective_rate, drawn, drawn_on, dated=dated, year=year, places=places)

    def apr_eu(
        self, *, year: Year = "equal periods", drawn: Any = None, drawn_on: Any = None, places: int = 10
    ) -> R:
        """Annual percentage rate of charge of the European Union: :func:`~repayplan.apr_eu`.

        Parameters
        ----------
        year
            How dates become years.
        drawn, drawn_on, places
            As for :meth:`effective_rate`.

        Raises
        ------
        InputError
            As of the function; of many loans an entry of the failures instead.

        Examples
        --------
        A fee of 150 is kept back from what is paid out:

        >>> from repayplan import Loan, equal_instalment, schedule
        >>> terms = {"annual_rate": "0.12", "original_term": 12, "elapsed": 0, "unpaid": 12}
        >>> made = schedule(Loan(principal=12000, next_due="2026-02-15", **terms), equal_instalment(12))
        >>> made.apr_eu(places=3), made.apr_eu(drawn="11850", places=3)
        (Decimal('0.127'), Decimal('0.154'))
        """
        return self._against(apr_eu, drawn, drawn_on, dated=True, year=year, places=places)

    def apr_us(
        self, *, unit_period: Any = None, drawn: Any = None, drawn_on: Any = None, places: int = 10
    ) -> R:
        """Annual percentage rate of the United States: :func:`~repayplan.apr_us`.

        Parameters
        ----------
        unit_period
            Its name; None: found by the rules of the appendix, where business days move due dates from those
            that are agreed: payments of the first of each month are a month apart wherever they are moved.
        drawn, drawn_on, places
            As for :meth:`effective_rate`.

        Raises
        ------
        InputError
            As of the function; of many loans an entry of the failures instead.

        Examples
        --------
        >>> from repayplan import Loan, equal_instalment, schedule
        >>> terms = {"annual_rate": "0.12", "original_term": 12, "elapsed": 0, "unpaid": 12}
        >>> made = schedule(Loan(principal=12000, next_due="2026-02-15", **terms), equal_instalment(12))
        >>> made.apr_us(places=4), made.apr_us(drawn="11850", places=4)
        (Decimal('0.1200'), Decimal('0.1440'))
        """
        return self._against(apr_us, drawn, drawn_on, dated=True, unit_period=unit_period, places=places)

    def total_cost(self, *, drawn: Any = None) -> R:
        """Total cost of credit, what is paid less what was drawn: :func:`~repayplan.total_cost`.

        Parameters
        ----------
        drawn
            What was advanced; by default the balance. Arrears are among what is paid: with ``made.owed`` they
            are no cost, as in :func:`~repayplan.lender_cost` and on the offer sheet.

        Raises
        ------
        InputError
            As of the function; of many loans an entry of the failures instead.

        Examples
        --------
        >>> from repayplan import Loan, equal_instalment, schedule
        >>> terms = {"annual_rate": "0.12", "original_term": 12, "elapsed": 0, "unpaid": 12, "fees": "30"}
        >>> made = schedule(Loan(principal=12000, next_due="2026-02-15", **terms), equal_instalment(12))
        >>> made.total_cost(), made.totals["interest_paid"] + made.totals["fee"]
        (Decimal('824.23'), Decimal('824.23'))
        >>> made.owed, made.total_cost(drawn=made.owed)
        (Decimal('12030.00'), Decimal('794.23'))
        """
        return self._against(_cost, drawn)

    def present_value(self, rate: Any, *, year: Year | int | None = None, on: Any = None) -> R:
        """What the payments are worth at a rate: :func:`~repayplan.present_value`.

        Parameters
        ----------
        rate
            Of a year, or of a period where no ``year`` is given.
        year
            What is a year of the due dates; or how many periods make one.
        on
            Of dates, the day of valuation; by default the day that interest runs from.

        Raises
        ------
        InputError
            As of the function; of many loans an entry of the failures instead.

        Examples
        --------
        >>> from repayplan import Loan, equal_instalment, schedule
        >>> terms = {"annual_rate": "0.12", "original_term": 12, "elapsed": 0, "unpaid": 12}
        >>> made = schedule(Loan(principal=12000, next_due="2026-02-15", **terms), equal_instalment(12))
        >>> made.present_value("0.01"), made.present_value("0.20", year="12 months")
        (Decimal('12000.01'), Decimal('11607.04'))
        """
        return self._ahead(present_value, "payment", rate, year=year, on=on)

    def duration(
        self, rate: Any, *, year: Year | int | None = None, on: Any = None, modified: bool = False
    ) -> R:
        """Macaulay or modified duration of the payments: :func:`~repayplan.duration`.

        Parameters
        ----------
        rate, year, on
            As for :meth:`present_value`.
        modified
            Divided by 1 + rate.

        Raises
        ------
        InputError
            As of the function; of many loans an entry of the failures instead.

        Examples
        --------
        >>> from repayplan import Loan, equal_instalment, schedule
        >>> terms = {"annual_rate": "0.12", "original_term": 12, "elapsed": 0, "unpaid": 12}
        >>> made = schedule(Loan(principal=12000, next_due="2026-02-15", **terms), equal_instalment(12))
        >>> made.duration("0.01"), made.duration("0.1268", year="12 months")
        (Decimal('6.3814328103'), Decimal('0.5317879044'))
        """
        return self._ahead(duration, "payment", rate, year=year, on=on, modified=modified)

    def weighted_average_life(self, *, year: Year | int | None = None, on: Any = None) -> R:
        """Mean time until principal is repaid: :func:`~repayplan.weighted_average_life`.

        Parameters
        ----------
        year, on
            As for :meth:`present_value`; in periods where no ``year`` is given.

        Raises
        ------
        InputError
            As of the function; of many loans an entry of the failures instead.

        Examples
        --------
        >>> from repayplan import Loan, equal_principal, schedule
        >>> terms = {"annual_rate": "0.12", "original_term": 12, "elapsed": 0, "unpaid": 12}
        >>> made = schedule(Loan(principal=12000, next_due="2026-02-15", **terms), equal_principal(12))
        >>> made.weighted_average_life(), made.weighted_average_life(year=12)
        (Decimal('6.5000000000'), Decimal('0.5416666667'))
        """
        return self._ahead(weighted_average_life, "principal", year=year, on=on)
