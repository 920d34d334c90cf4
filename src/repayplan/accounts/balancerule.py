"""Interest on what is really owed, day by day, and not on what the schedule expects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from repayplan.ability.figures import each_once, one_of, values
from repayplan.accounts.component import Component
from repayplan.accounts.overduerule import FIXED_YEARS, DayCounts, OverdueMode
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Bools, Ints

Parts = Literal["days", "of_period"]
InterestPer = Literal["day", "stretch", "instalment"]
Fixed = Literal["instalment", "principal"]
Split = Literal["due_date", "payment"]
Lowered = Literal["running", "following"]
MAY_BEAR = ("interest", "principal")
ON_THE_BALANCE = "all interest paid as it accrues on the balance of the start, at rates that no date changes"
"""What schedules must have whose interest is to follow the balance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnBalance:
    """Interest accrues on the principal that is owed each day; a row asks for what has accrued by then.

    The schedule says when rows fall due and what is fixed of them. A row asks for the interest that has
    accrued since the one before and, where the instalment is fixed, for as much principal as that leaves of
    it; the last one for all that is left. So who pays early pays less interest, who pays late more, and the
    last row differs from the schedule's. A row asks for all its interest, even where that is more than its
    instalment, and repays nothing then; one whose schedule repays nothing asks for interest alone. The rate
    of a period is its stage's, after the last one it stays.

    Parameters
    ----------
    day_count
        How days are counted, and over which year.
    parts
        What a part of a period counts: its ``"days"``, or its days' share ``"of_period"``: of what the whole
        period counts.
    on_overdue
        Which of overdue principal and interest bears the contract's interest, too, beside what the overdue
        rule charges: ``("principal",)`` where interest runs on all principal until it is paid, none of them
        where an overdue rate takes the contract's place from the due date on. Days of a freeze don't count
        for it.
    rounded
        What is rounded: the interest of each ``"day"`` (of a year with a fixed number of days), of each
        ``"stretch"`` of a period in which the balance stays the same, or of each ``"instalment"``. Interest
        on what is overdue is rounded by itself.
    mode
        How.
    fixed
        What rows keep of the schedule: the ``"instalment"`` or the ``"principal"``.
    split
        When it is known what a late instalment repays: on its ``"due_date"``, and what accrues since is asked
        for with the next one; or with the ``"payment"``, which pays all interest as of its day before
        principal (the order of components permitting), and the instalment stays what it was: the United
        States Rule.
    lowered
        Where money in advance lowers the instalments: the first that is solved anew, the ``"running"`` one,
        or that ``"following"`` it; then the running one asks for its interest alone.

    Raises
    ------
    InputError
        A component that can't bear it, or a choice that there isn't; days rounded one by one of a year that
        isn't fixed, or of parts of periods.

    Examples
    --------
    >>> OnBalance(day_count="ACT/365F", on_overdue=("principal",), rounded="instalment", mode="half_up").fixed
    'instalment'
    """

    day_count: DayCounts
    parts: Parts = "days"
    on_overdue: tuple[Component, ...]
    rounded: InterestPer
    mode: OverdueMode
    fixed: Fixed = "instalment"
    split: Split = "due_date"
    lowered: Lowered = "running"

    def __post_init__(self) -> None:
        for name, choices in (
            ("day_count", DayCounts),
            ("parts", Parts),
            ("rounded", InterestPer),
            ("mode", OverdueMode),
            ("fixed", Fixed),
            ("split", Split),
            ("lowered", Lowered),
        ):
            one_of(f"on_balance.{name}", getattr(self, name), get_args(choices))
        bears = values("on_balance.on_overdue", self.on_overdue, str, " or ".join(MAY_BEAR), some=False)
        for i, each in enumerate(bears):
            one_of(f"on_balance.on_overdue[{i}]", each, MAY_BEAR)
        each_once("on_balance.on_overdue", bears, "each once")
        object.__setattr__(self, "on_overdue", bears)
        if self.rounded == "day" and (self.day_count not in FIXED_YEARS or self.parts != "days"):
            rule = f"{', '.join(FIXED_YEARS)} and parts by days, where each day is rounded"
            raise InputError(Code.UNKNOWN_VALUE, "on_balance.rounded", self.rounded, rule)
        if self.parts == "of_period" and self.day_count == "ACT/ACT ISDA":
            rule = "a day count over one number of days, where parts are of their period"
            raise InputError(Code.UNKNOWN_VALUE, "on_balance.day_count", self.day_count, rule)


def beside_the_balance(rows: Mapping[str, npt.NDArray[Any]], offsets: Ints) -> Bools:
    """Schedules that hold more than interest on the balance: what joins it, waits, is waived or lent later.

    Parameters
    ----------
    rows, offsets
        Columns of schedules, and where each begins.
    """
    other = np.zeros(len(offsets) - 1, np.bool_)
    if not len(other):
        return other
    heads = offsets[:-1]
    for name in ("capitalised", "deferred", "waived"):
        other |= np.logical_or.reduceat(rows[name] != 0, heads)
    return np.asarray(other | (np.add.reduceat(rows["principal"], heads) != rows["opening"][heads]), np.bool_)
