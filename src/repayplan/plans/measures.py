"""Figures of schedules: what their payments return, cost and are worth, and how long they last."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import numpy as np

from repayplan.basics.columns import Screen
from repayplan.basics.outcome import Ints
from repayplan.plans.apr import apr_eu, apr_us, apr_us_agreed
from repayplan.plans.durations import duration, weighted_average_life
from repayplan.plans.paid import Paid
from repayplan.plans.returns import effective_rate, irr
from repayplan.plans.worth import present_value, total_cost
from repayplan.plans.yearly import Year

R = TypeVar("R")


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
