"""What flows are worth, and what they cost: present values, the total cost of credit, what a debt loses."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Unpack, overload

import numpy as np

from repayplan.basics.columns import RATE_DECIMALS, Screen
from repayplan.basics.errors import Code
from repayplan.basics.money import MAX_UNITS, to_decimal
from repayplan.basics.outcome import Ints, Outcome
from repayplan.kernel.discount import HIGHEST, LOWEST
from repayplan.kernel.presentvalue import ONE, present_values
from repayplan.kernel.ratio import ratio
from repayplan.plans.cashflows import (
    Amounts,
    Many,
    One,
    Part,
    Times,
    answer,
    decimals_of,
    read_flows,
    whole_column,
    year_of,
)
from repayplan.plans.yearly import Year


def discount_rates(screen: Screen, rate: Any) -> Ints:
    """Rates to discount at, in 1e-10."""
    units = screen.money("rate", rate, RATE_DECIMALS, minimum=None)
    outside = (units < int(LOWEST * ONE)) | (units > int(HIGHEST * ONE))
    screen.fault(outside, Code.OUT_OF_RANGE, "rate", units / ONE, f"{float(LOWEST)} to {int(HIGHEST)}")
    return units


@overload
def present_value(
    flows: Amounts, times: Times | None, rate: Any, *, year: Any = None, on: Any = None, **one: Unpack[One]
) -> Decimal: ...
@overload
def present_value(
    flows: Amounts, times: Times | None, rate: Any, *, year: Any = None, on: Any = None, **many: Unpack[Many]
) -> Outcome[Ints]: ...
def present_value(
    flows: Any,
    times: Any,
    rate: Any,
    *,
    year: Year | int | None = None,
    on: Any = None,
    offsets: Any = None,
    decimals: int = 2,
    workers: int = 1,
) -> Decimal | Outcome[Ints]:
    """What flows are worth at a rate: the sum of ``flow / (1 + rate)**time``, rounded once, half to even.

    Parameters
    ----------
    flows
        Amounts in currency units of one loan, or, with ``offsets``, int64 minor units of many, flat.
    times
        Of each flow: a date, or a count of periods from 0 to 3,660; None: 0, 1, 2, ...
    rate
        One, or one a loan: text, Decimal or float in steps of 1e-10 (0.12 is 12 %), or
        ``minor(units)`` of 1e-10, as :func:`effective_rate` returns for many. -99.99 % to 1,000,000 %.
    year
        Of dates, what is a year (see :func:`effective_rate`); of counts, how many make a year. The rate
        is then an effective annual one. Without it counts are periods, and the rate is a period's.
    on
        Of dates, the day of valuation, one or one a loan, no later than the flows; by default the date of
        the first flow.
    offsets
        int64[n + 1]; rows of loan i are ``offsets[i]:offsets[i + 1]``. Without it, one loan.
    decimals
        Of the currency; read for one loan.
    workers
        Threads; the result doesn't depend on it.

    Returns
    -------
    Decimal for one loan; for many an Outcome of int64 minor units.

    Raises
    ------
    InputError
        One loan's input isn't acceptable, or its flows are worth more than 2**62 minor units in absolute
        terms. In a batch a loan's fault is an entry of the failures instead.
    TypeError
        Columns of the wrong kind or length.

    Examples
    --------
    >>> present_value(["-1000", "500", "600"], None, "0.05")
    Decimal('20.41')
    >>> present_value(["1000"], ["2027-01-01"], "0.05", year="365 days", on="2026-01-01")
    Decimal('952.38')
    >>> present_value([50000, 60000, 70000], [1, 2, 1], "0.05", offsets=[0, 2, 3]).value
    array([102041,  66667])
    """
    given = read_flows(flows, times, offsets, decimals)
    rates = discount_rates(given.screen, rate)
    unit, start = year_of(given, year, on, by_period=True)
    return answer(given, lambda p: present_values(p.flows(unit, start), rates[p.loans]), decimals, workers)


@overload
def npv(flows: Amounts, rate: Any, **one: Unpack[One]) -> Decimal: ...
@overload
def npv(flows: Amounts, rate: Any, **many: Unpack[Many]) -> Outcome[Ints]: ...
def npv(
    flows: Any, rate: Any, *, offsets: Any = None, decimals: int = 2, workers: int = 1
) -> Decimal | Outcome[Ints]:
    """Net present value of regular flows, the first of them now: :func:`present_value` at 0, 1, 2, ...

    Examples
    --------
    >>> npv(["-40000", "5000", "8000", "12000", "30000"], "0.08")
    Decimal('3065.22')
    """
    return present_value(flows, None, rate, offsets=offsets, decimals=decimals, workers=workers)  # type: ignore[no-any-return, call-overload]


@overload
def total_cost(flows: Amounts, **one: Unpack[One]) -> Decimal: ...
@overload
def total_cost(flows: Amounts, **many: Unpack[Many]) -> Outcome[Ints]: ...
def total_cost(
    flows: Any, *, offsets: Any = None, decimals: int = 2, workers: int = 1
) -> Decimal | Outcome[Ints]:
    """Total cost of credit: what is paid less what is advanced.

    Parameters
    ----------
    flows
        As in :func:`present_value`: advances below 0, payments above.
    offsets, decimals, workers
        As in :func:`present_value`.

    Returns
    -------
    Decimal for one loan; for many an Outcome of int64 minor units.

    Raises
    ------
    InputError
        As in :func:`present_value`.

    Examples
    --------
    >>> total_cost([-12000] + [1072] * 12)
    Decimal('864.00')
    """
    given = read_flows(flows, None, offsets, decimals)

    def work(part: Part) -> tuple[Ints, Ints]:
        return np.add.reduceat(part.amount, part.offsets[:-1]), np.zeros(len(part.loans), np.int64)

    return answer(given, work, decimals, workers)


@overload
def diminished_obligation(
    npv0: Decimal | int | str, npv1: Decimal | int | str, *, decimals: int = 2
) -> Decimal: ...
@overload
def diminished_obligation(npv0: Ints, npv1: Ints) -> Outcome[Ints]: ...
def diminished_obligation(npv0: Any, npv1: Any, *, decimals: int = 2) -> Decimal | Outcome[Ints]:
    """By what part a restructuring lowers the value of a debt: ``(npv0 - npv1) / npv0``.

    Parameters
    ----------
    npv0, npv1
        Present values of the flows before and after the change, both at the original effective rate: numbers,
        or int64 columns of minor units.
    decimals
        Of the currency; read for one loan.

    Returns
    -------
    Decimal with 10 places, or an Outcome of int64 multiples of 1e-10; half to even. Negative where the new
    flows are worth more.

    Raises
    ------
    InputError
        A value before that isn't above 0, or a result beyond 1,000,000 %.

    Notes
    -----
    EBA/GL/2016/07, paragraph 51; the institution sets the threshold above which the obligor is in default,
    of at most 1 %.

    Examples
    --------
    A five-year bullet of 100 at 5 %, all flows two years later:

    >>> after = present_value([5, 5, 5, 5, 105], [3, 4, 5, 6, 7], "0.05", decimals=8)
    >>> diminished_obligation("100", after, decimals=8)
    Decimal('0.0929705215')
    """
    alone = np.ndim(npv0) == 0
    if alone:
        screen = Screen(1)
        before = screen.money("npv0", npv0, decimals_of(decimals), minimum=None)
        after = screen.money("npv1", npv1, decimals, minimum=None)
    else:
        before, after = whole_column("npv0", npv0), whole_column("npv1", npv1)
        screen = Screen(len(before))
        if len(after) != len(before):
            msg = f"npv1: {len(after)} values for {len(before)}"
            raise TypeError(msg)
        for name, values in (("npv0", before), ("npv1", after)):
            outside = (values > MAX_UNITS) | (values < -MAX_UNITS)
            screen.fault(outside, Code.OUT_OF_RANGE, name, values, f"{-MAX_UNITS} to {MAX_UNITS}")
    screen.fault(before == 0, Code.NOTHING_OWED, "npv0", before)
    screen.fault(before < 0, Code.NEGATIVE, "npv0", before, "> 0")
    base = np.where(screen.good, before, 1)
    most = int(HIGHEST)
    bounds = f"{-most} to {most} * npv0"
    screen.fault(-after // base > most, Code.OUT_OF_RANGE, "npv1", after, bounds)
    screen.fault(after // base > most, Code.OUT_OF_RANGE, "npv1", after, bounds)
    out = ratio(np.where(screen.good, base - after, 0), base, "half_even")
    row = np.flatnonzero(screen.good)
    outcome = Outcome(out[row], row, screen.failures())
    return to_decimal(int(outcome.single()[0]), RATE_DECIMALS) if alone else outcome
