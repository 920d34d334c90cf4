"""Rates of return: of a period, and effective of a year."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Unpack, overload

import numpy as np

from repayplan.basics.outcome import Ints, Outcome
from repayplan.kernel.discount import tidy_flows
from repayplan.kernel.internalrate import Scale, find_rates
from repayplan.plans.cashflows import (
    Amounts,
    Given,
    Many,
    One,
    Part,
    Times,
    places_of,
    rate_answer,
    read_flows,
    year_of,
)
from repayplan.plans.yearly import Year


@overload
def irr(flows: Amounts, times: Times | None = None, *, places: int = 10, **one: Unpack[One]) -> Decimal: ...
@overload
def irr(
    flows: Amounts, times: Times | None = None, *, places: int = 10, **many: Unpack[Many]
) -> Outcome[Ints]: ...
def irr(
    flows: Any,
    times: Any = None,
    *,
    offsets: Any = None,
    places: int = 10,
    decimals: int = 2,
    workers: int = 1,
) -> Decimal | Outcome[Ints]:
    """Internal rate of return a period: the rate at which the flows are worth nothing, correctly rounded.

    It is *the* rate: the only one from -99.99 % to 1,000,000 % at which the value is zero. Flows that have
    none, or several (only flows that change sign more than once can), get a code.

    Parameters
    ----------
    flows, offsets, decimals, workers
        As in :func:`present_value`. Amounts advanced and amounts repaid have opposite signs, whichever.
    times
        Counts of periods, 0 to 3,660; None: 0, 1, 2, ...
    places
        Decimals that the rate is rounded to, once, ties to even; 10 at most.

    Returns
    -------
    Decimal for one loan; for many an Outcome of int64 multiples of 1e-10.

    Raises
    ------
    InputError
        As in :func:`present_value`; ``no_rate`` where there is none,
        ``several_rates`` where there are several.

    Examples
    --------
    >>> irr([-100, 39, 59, 55, 20])
    Decimal('0.2809484212')
    >>> irr([-10000, 5100, 5100, -100, 0, 121], offsets=[0, 3, 6]).value
    array([ 133040287, 1000000000])
    """
    given = read_flows(flows, times, offsets, decimals)
    if given.dated:
        msg = "irr counts periods; effective_rate takes dates"
        raise TypeError(msg)
    return effective(given, 1, places_of(places), workers, half_up=False)


def effective(
    given: Given, year: Any, places: int, workers: int, *, half_up: bool
) -> Decimal | Outcome[Ints]:
    """The rate of a year, or of a period where ``year`` is 1: what is common to rates that compound."""

    def work(part: Part) -> tuple[Ints, Ints]:
        if isinstance(year, str):
            # The first flow that isn't zero is the first drawdown.
            amount, days, offsets = tidy_flows(part.amount, part.times, part.offsets)
            part = Part(amount, days, offsets, part.loans)
        one = np.ones(len(part.loans), np.int64)
        return find_rates(part.flows(year, None), Scale(one, one, places), half_up=half_up)

    return rate_answer(given, work, places, workers)


@overload
def effective_rate(
    flows: Amounts, times: Times | None = None, *, year: Year | int, places: int = 10, **one: Unpack[One]
) -> Decimal: ...
@overload
def effective_rate(
    flows: Amounts, times: Times | None = None, *, year: Year | int, places: int = 10, **many: Unpack[Many]
) -> Outcome[Ints]: ...
def effective_rate(
    flows: Any,
    times: Any = None,
    *,
    year: Year | int,
    offsets: Any = None,
    places: int = 10,
    decimals: int = 2,
    workers: int = 1,
) -> Decimal | Outcome[Ints]:
    """Effective annual rate (EIR): the rate a year, compounded, at which the flows are worth nothing.

    Parameters
    ----------
    flows, offsets, places, decimals, workers
        As in :func:`irr`; which rate it is, too.
    times
        Dates, or counts of periods.
    year
        Of counts, how many make a year. Of dates, counted from the first flow:

        - ``"365 days"``: actual days over 365, leap years too.
        - ``"12 months"``: full months counted back from the later date, each 1/12; the days left over the
          365 or 366 of the year that ends where they end.
        - ``"52 weeks"``: the same with weeks, each 1/52.
        - ``"equal periods"``: months, or weeks where the loan's dates are whole weeks apart and aren't
          whole months apart; see :func:`apr_eu`.

    Returns
    -------
    As of :func:`irr`.

    Raises
    ------
    InputError
        As in :func:`irr`, and a year that isn't known.

    Notes
    -----
    IFRS 9, appendix A: the rate that discounts estimated future payments through the expected life to the
    gross carrying amount, fees that are part of it included.

    Examples
    --------
    5,000 less a fee of 100, three payments of 400 a year apart and one of 5,400:

    >>> effective_rate([-4900, 400, 400, 400, 5400], year=1, places=4)
    Decimal('0.0861')
    """
    given = read_flows(flows, times, offsets, decimals)
    unit, _ = year_of(given, year, None, by_period=False)
    return effective(given, unit, places_of(places), workers, half_up=False)
