"""How long payments last: durations, and the average life of principal."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Unpack, overload

from repayplan.basics.columns import RATE_DECIMALS
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Ints, Outcome
from repayplan.kernel.presentvalue import mean_times
from repayplan.plans.cashflows import Amounts, Many, One, Part, Times, answer, read_flows, year_of
from repayplan.plans.worth import discount_rates
from repayplan.plans.yearly import Year


@overload
def duration(
    flows: Amounts,
    times: Times | None,
    rate: Any,
    *,
    year: Any = None,
    on: Any = None,
    modified: bool = False,
    **one: Unpack[One],
) -> Decimal: ...
@overload
def duration(
    flows: Amounts,
    times: Times | None,
    rate: Any,
    *,
    year: Any = None,
    on: Any = None,
    modified: bool = False,
    **many: Unpack[Many],
) -> Outcome[Ints]: ...
def duration(
    flows: Any,
    times: Any,
    rate: Any,
    *,
    year: Year | int | None = None,
    on: Any = None,
    modified: bool = False,
    offsets: Any = None,
    decimals: int = 2,
    workers: int = 1,
) -> Decimal | Outcome[Ints]:
    """Macaulay duration of payments: their mean time, weighted by what each is worth at the rate.

    Parameters
    ----------
    flows, times, rate, year, offsets, decimals, workers
        As in :func:`present_value`. Payments are 0 or more.
    on
        The day that times are counted from; needed with dates.
    modified
        Divided by 1 + rate: by what part the value falls when the rate rises, per unit of rate.

    Returns
    -------
    Decimal with 10 places for one loan; for many an Outcome of int64 multiples of 1e-10: years, or periods
    where no ``year`` is given. Rounded once, half to even.

    Raises
    ------
    InputError
        As in :func:`present_value`; a payment below 0, or none above.

    Notes
    -----
    ``D = sum t c (1 + r)**-t / sum c (1 + r)**-t``; modified ``D / (1 + r)`` (Macaulay 1938; Hicks 1939).

    Examples
    --------
    >>> duration([50, 50, 1050], [1, 2, 3], "0.05", year=1)
    Decimal('2.8594104308')
    >>> duration([50, 50, 1050], [1, 2, 3], "0.05", year=1, modified=True)
    Decimal('2.7232480294')
    """
    given = read_flows(flows, times, offsets, decimals)
    if given.dated and on is None:
        raise InputError(Code.MISSING, "on")
    rates = discount_rates(given.screen, rate)
    unit, start = year_of(given, year, on, by_period=True)

    def work(part: Part) -> tuple[Ints, Ints]:
        return mean_times(part.flows(unit, start), rates[part.loans], modified=modified)

    return answer(given, work, RATE_DECIMALS, workers)


@overload
def weighted_average_life(
    principal: Amounts, times: Times | None, *, year: Any = None, on: Any = None, **one: Unpack[One]
) -> Decimal: ...
@overload
def weighted_average_life(
    principal: Amounts, times: Times | None, *, year: Any = None, on: Any = None, **many: Unpack[Many]
) -> Outcome[Ints]: ...
def weighted_average_life(
    principal: Any,
    times: Any,
    *,
    year: Year | int | None = None,
    on: Any = None,
    offsets: Any = None,
    decimals: int = 2,
    workers: int = 1,
) -> Decimal | Outcome[Ints]:
    """Mean time until principal is repaid, weighted by its amounts: :func:`duration` of it at rate 0.

    Parameters
    ----------
    principal
        Principal repaid, 0 or more: as ``flows`` in :func:`present_value`.
    times, year, on, offsets, decimals, workers
        As in :func:`duration`.

    Returns
    -------
    As of :func:`duration`.

    Raises
    ------
    InputError
        As in :func:`duration`.

    Examples
    --------
    >>> weighted_average_life([100, 100, 200], [1, 2, 3], year=12)
    Decimal('0.1875000000')
    """
    return duration(  # type: ignore[no-any-return, call-overload]
        principal, times, 0, year=year, on=on, offsets=offsets, decimals=decimals, workers=workers
    )
