"""Figures of an evaluation: each with of how many it is, its interval, and what is to be said against it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal
from math import isnan
from typing import Any, Literal

from repayplan.basics.money import EXACT
from repayplan.programmes.proportions import Intervals
from repayplan.programmes.ratios import Share, ShareChange

PLACES = 6
"""Decimals to which shares, errors and other derived figures are rounded, half to even."""
AMOUNTS = frozenset(
    {"recovered.total", "recovered.part"}
    | {f"budget.{total}{name}" for total in ("", "total_") for name in ("plan", "actual", "forecast")}
)
"""Figures that are an amount of money, which goals are held against."""
Flag = Literal["small", "missing", "not_given"]
_UNIT = Decimal(1).scaleb(-PLACES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure.

    Attributes
    ----------
    name
        What it is; see :data:`~repayplan.programmes.labels.LABELS`.
    group
        Of which part: a range of days past due, a month, a question, a budget line; ``""``: of all.
    n
        Of how many it is: accounts, if its label doesn't say otherwise (instalments, of ``on_time``).
    count
        How many of them, where it is a share of them.
    value, low, high
        The figure and its interval, with :data:`PLACES` decimals; None where there is none.
    amount
        A sum of money, currency units, exact.
    flags
        ``small``: ``n`` is below the rule's small cell, so that the figure says little, and may say something
        about a person; of instalments too where they are those of so few accounts, and of a
        comparison where one of the groups is so small. ``missing``: there is
        nothing to reckon it from. ``not_given``: what it needs wasn't given.
    """

    name: str
    group: str = ""
    n: int
    count: int | None = None
    value: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    amount: Decimal | None = None
    flags: tuple[Flag, ...] = ()

    def flagged(self, small_cell: int, *, accounts: int) -> Figure:
        """With the flags that follow from its numbers; ``accounts``: those that ``n`` is of."""
        if "not_given" in self.flags:
            return self
        flags: list[Flag] = []
        if min(self.n, accounts) < small_cell:
            flags.append("small")
        if self.value is None and self.amount is None:
            flags.append("missing")
        return replace(self, flags=tuple(flags))

    @property
    def data(self) -> dict[str, Any]:
        """For JSON: numbers of money and derived ones as exact text."""

        def text(value: Decimal | None) -> str | None:
            return None if value is None else f"{value:f}"

        return {
            "name": self.name,
            "group": self.group,
            "n": self.n,
            "count": self.count,
            "value": text(self.value),
            "low": text(self.low),
            "high": text(self.high),
            "amount": text(self.amount),
            "flags": list(self.flags),
        }


def rounded(value: float | None) -> Decimal | None:
    """A derived figure; None of what isn't known.

    Examples
    --------
    >>> rounded(2 / 3), rounded(float("nan"))
    (Decimal('0.666667'), None)
    """
    if value is None or isnan(value):
        return None
    return EXACT.add(Decimal(value).quantize(_UNIT, ROUND_HALF_EVEN, EXACT), 0)  # no -0


def of_interval(name: str, found: Intervals, *, group: str = "", count: int | None = None) -> Figure:
    """The figure of one interval."""
    value, low, high = (rounded(float(each)) for each in (found.estimate, found.low, found.high))
    return Figure(name=name, group=group, n=int(found.n), count=count, value=value, low=low, high=high)


def of_share(
    name: str, found: Share | ShareChange, *, group: str = "", amount: Decimal | None = None
) -> Figure:
    """The figure of a share of money, or of its change; of nothing there is no amount either."""
    if not found.n and not amount:
        amount = None
    value, low, high = (rounded(each) for each in (found.estimate, found.low, found.high))
    return Figure(name=name, group=group, n=found.n, value=value, low=low, high=high, amount=amount)


def not_given(name: str) -> Figure:
    """That there is no such figure, as what it needs wasn't given."""
    return Figure(name=name, n=0, flags=("not_given",))
