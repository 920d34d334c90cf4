"""The arguments of stages, checked: lengths, options, lists of periods, balloons."""

from __future__ import annotations

from operator import index
from typing import Any, get_args

import numpy as np

from repayplan.basics.annualrate import annual_units
from repayplan.basics.columns import RATE_DECIMALS
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import to_plain
from repayplan.basics.rate import Rate
from repayplan.kernel.rules import MAX_PERIODS, Rule
from repayplan.plans.pattern import Pattern
from repayplan.plans.stage import Plan, Stage

REST = "rest"
"""A balloon of whatever a given amount leaves."""


def _length(name: str, n: Any) -> Any:
    if isinstance(n, int) and (isinstance(n, bool) or n < 0):
        raise InputError(Code.OUT_OF_RANGE, f"{name}.n", n, f"a number of periods, 0 to {MAX_PERIODS}")
    return n


def check_option(name: str, field: str, value: str, allowed: Any) -> None:
    """Refuses an option that is none of those allowed."""
    if value not in get_args(allowed):
        rule = f"one of {', '.join(get_args(allowed))}"
        raise InputError(Code.UNKNOWN_VALUE, f"{name}.{field}", value, rule)


def plan_of(name: str, rule: Rule, n: Any, *, rate: Any = None, **more: Any) -> Plan:
    """A plan of one stage."""
    if isinstance(rate, Rate):
        rate = to_plain(annual_units(f"{name}.rate", rate), RATE_DECIMALS)
    return Plan((Stage(name, rule, _length(name, n), rate=rate, **more),))


def _whole(value: Any) -> int:
    """A whole number, numpy's among them; 0 of anything else, which is none of those asked for."""
    try:
        return 0 if isinstance(value, (bool, np.bool_)) else index(value)
    except TypeError:
        return 0


def number_of_periods(field: str, value: Any) -> int:
    """A number of periods, at least one."""
    if _whole(value) < 1:
        raise InputError(Code.OUT_OF_RANGE, field, value, "a number of periods, 1 or more")
    return _whole(value)


def numbers_of(field: str, values: Any, most: int) -> tuple[int, ...]:
    """Different whole numbers from 1 on, in order."""
    numbers = [_whole(v) for v in (values if isinstance(values, (list, tuple)) else (values,))]
    good = numbers and all(1 <= v <= most for v in numbers) and len(set(numbers)) == len(numbers)
    if not good:
        raise InputError(Code.OUT_OF_RANGE, field, values, f"different whole numbers from 1 to {most}")
    return tuple(sorted(numbers))


def cycles_of(name: str, principal_on: Any, interest_on: Any) -> Pattern | None:
    """The periods in which principal and interest are paid; None of every period."""
    if principal_on is None and interest_on is None:
        return None
    return Pattern(
        principal_on=_cycle(f"{name}.principal_on", principal_on),
        interest_on=_cycle(f"{name}.interest_on", interest_on),
    )


def _cycle(field: str, value: Any) -> int | tuple[int, ...] | None:
    if value is None:
        return None
    if isinstance(value, (list, tuple)):
        return numbers_of(field, value, MAX_PERIODS)
    return number_of_periods(field, value)


def check_balloon(name: str, given: Any, balloon: Any) -> None:
    """Refuses a balloon that can't be meant beside the amount."""
    if isinstance(balloon, str) and balloon == REST:
        if given is None:
            rule = f"{REST!r} goes with a given amount; of a solved one give what it is to leave"
            raise InputError(Code.UNKNOWN_VALUE, f"{name}.balloon", balloon, rule)
    elif given is not None and balloon is not None:
        rule = f"a given amount leaves what it leaves: {REST!r}, or no balloon"
        raise InputError(Code.UNKNOWN_VALUE, f"{name}.balloon", balloon, rule)
