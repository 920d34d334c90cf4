"""One household: income, living costs and other debts, by the month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

import numpy as np

from repayplan.ability.households import MAX_AGE, Households
from repayplan.ability.itemkinds import Cost
from repayplan.ability.items import Items
from repayplan.basics.columns import Screen
from repayplan.basics.errors import Code, InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Household:
    """One household.

    Parameters
    ----------
    adults
        Count.
    children
        Their ages.
    dependants
        How many other persons live on the same income.
    net_income, gross_income, costs, other_debts
        By name: an amount a month, or ``(amount, frequency)``.
    region, tenure
        Where it lives and how the home is held, as the policy names them.
    assessed
        The day on which the household was looked at: rules by date take the figures in force then, and of
        items that are dated those count that are there in that month.
        What it had left before then pays nothing of an offer.
    items
        Incomes, deductions, costs and debts one by one; they are added to the figures above.

    Raises
    ------
    InputError
        Naming the field, the value and the rule.

    Examples
    --------
    >>> home = Household(adults=2, children=(4,), net_income={"salary": ("1500", "weekly")})
    >>> home.batch.net_income.amount
    array([650000])

    The same item by item, with what is known of each:

    >>> from repayplan import Cost, Income
    >>> home = Household(
    ...     adults=2,
    ...     children=(4,),
    ...     items=[
    ...         Income("salary", "1500", "weekly", until="2026-08-31"),
    ...         Cost("insurance", "600", "annual"),
    ...     ],
    ... )
    """

    adults: int = 1
    children: tuple[int, ...] = ()
    dependants: int = 0
    net_income: Any = None
    gross_income: Any = None
    costs: Mapping[str, Any] = field(default_factory=dict)
    other_debts: Any = 0
    items: Sequence[Cost] = ()
    region: str = ""
    tenure: str = ""
    assessed: date | None = None
    decimals: int = 2
    batch: Households = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not isinstance(self.children, (tuple, list)):
            raise InputError(Code.UNKNOWN_VALUE, "children", self.children, "a list of ages")
        if not isinstance(self.items, (tuple, list)):
            rule = "a list of Income, Deduction, Cost and Debt"
            raise InputError(Code.UNKNOWN_VALUE, "items", self.items, rule)
        if not isinstance(self.costs, Mapping):
            raise InputError(Code.UNKNOWN_VALUE, "costs", self.costs, "amounts by category of spending")
        for name in ("net_income", "gross_income", "other_debts"):
            given_ = getattr(self, name)
            if isinstance(given_, tuple) and len(given_) > 2:
                raise InputError(Code.UNKNOWN_VALUE, name, given_, "an amount, or one and its frequency")
        skip = ("batch", "children", "items")
        given = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in skip}
        screen = Screen(len(self.children))
        ages = screen.count("children", list(self.children), 0, MAX_AGE)
        for failure in screen.failures():
            raise failure.error()
        items = Items.of_one(self.items, self.decimals) if self.items else None
        owner = np.zeros(len(ages), np.int64)
        batch = Households.from_columns(
            **given, children=len(self.children), ages=(owner, ages), items=items, size=1
        )
        for failure in batch.failures:
            raise failure.error()
        for name, value in (
            ("children", tuple(ages.tolist())),
            ("items", tuple(self.items)),
            ("adults", int(batch.adults[0])),
            ("decimals", int(batch.decimals[0])),
            ("dependants", int(batch.dependants[0])),
            ("tenure", str(batch.tenure[0])),
            ("region", str(batch.region[0])),
            ("assessed", batch.assessed[0].item()),
            ("batch", batch),
        ):
            object.__setattr__(self, name, value)
