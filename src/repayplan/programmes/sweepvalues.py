"""Values of a sweep's table, what a rule alone does to them, and how they are written."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

import numpy as np

from repayplan.basics.money import to_decimal
from repayplan.basics.rulewriting import inline
from repayplan.programmes.tally import Amounts

Direction = Literal["most", "least"]
Figure = int | float | Decimal | None
"""A metric of one variant: a count, a share or mean, an amount; None where there is nothing to tell it by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What one axis alone does to a metric.

    Attributes
    ----------
    path
        The axis.
    low, high
        The metric at its least and at its most among the variants that differ from the baseline there alone,
        and the baseline.
    low_value, high_value
        What the policy says there then.
    baseline
        The metric of the baseline.
    """

    path: str
    low: Figure
    high: Figure
    low_value: Any
    high_value: Any
    baseline: Figure

    @property
    def spread(self) -> Any:
        """From the least to the most."""
        return None if self.low is None or self.high is None else self.high - self.low  # type: ignore[operator]


def signed(value: Any, direction: Direction) -> Any:
    """Less is better."""
    return value if value is None or direction == "least" else -value


def plain(column: Any) -> Any:
    """A column as it is, but amounts as exact decimals."""
    if not isinstance(column, Amounts):
        return column
    units, places, missing, _ = column
    amounts = [
        None if gone else to_decimal(int(each), places) for each, gone in zip(units, missing, strict=True)
    ]
    out = np.empty(len(amounts), np.object_)
    out[:] = amounts
    return out


def as_column(values: list[Any]) -> Any:
    """An axis's values as a column: whole numbers, numbers, or text as the policy's text has it."""
    if all(type(each) is int for each in values):
        return np.array(values, np.int64)
    if all(isinstance(each, (int, Decimal)) and not isinstance(each, bool) for each in values):
        return np.array([float(each) for each in values])
    return np.array([as_written(each) for each in values], np.str_)


def as_written(value: Any) -> str:
    """A value of a rule as the policy's text has it, without quotes around it; nothing of None.

    Examples
    --------
    >>> as_written(Decimal("0.50")), as_written(("a", "b")), as_written(None)
    ('0.5', '["a", "b"]', '')
    """
    return "" if value is None else inline(value).strip('"')
