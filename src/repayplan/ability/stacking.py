"""Households of several batches as one, their items and costs too."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from repayplan.ability.households import Households, Item
from repayplan.ability.items import Items
from repayplan.ability.ragged import Ages
from repayplan.basics.money import minor
from repayplan.basics.outcome import Failures


def stacked(batches: Sequence[Households]) -> Households:
    """Several households, each a batch of one, as a batch of several.

    A cost that not all of them state is an item of those that do: the others weren't asked.
    """
    asked = [name for name in batches[0].costs if all(name in each.costs for each in batches)]

    def column(name: str) -> Any:
        return np.concatenate([getattr(each, name) for each in batches])

    def item(every: list[Item]) -> Item:
        return Item(np.concatenate([i.amount for i in every]), np.concatenate([i.given for i in every]))

    names = ("adults", "children", "dependants", "other_debts", "tenure", "region", "assessed", "decimals")
    number = np.arange(len(batches))
    return Households(
        **{name: column(name) for name in names},
        ages=Ages(
            np.repeat(number, [len(each.ages.of) for each in batches]),
            np.concatenate([each.ages.years for each in batches]),
        ),
        net_income=item([each.net_income for each in batches]),
        gross_income=item([each.gross_income for each in batches]),
        costs={name: item([each.costs[name] for each in batches]) for name in asked},
        items=_items([*_itemised(batches, asked), *((i, each.items) for i, each in enumerate(batches))]),
        good=np.ones(len(batches), np.bool_),
        failures=Failures.none(),
    )


def _itemised(batches: Sequence[Households], asked: Collection[str]) -> list[tuple[int, Items | None]]:
    """Costs in other categories than those that all were asked about, as items of those who state them."""
    return [
        (
            i,
            Items.from_columns(
                household=[0],
                kind="cost",
                category=name,
                amount=minor(cost.amount),
                verified=minor(cost.amount),
                decimals=each.decimals,
            ),
        )
        for i, each in enumerate(batches)
        for name, cost in each.costs.items()
        if name not in asked and cost.given.all()
    ]


def _items(given: list[tuple[int, Items | None]]) -> Items | None:
    """The items of several households as one table, with the number of each."""
    some = [(start, each) for start, each in given if each is not None]
    if not some:
        return None
    names = tuple(sorted({name for _, each in some for name in each.names}))
    made: Items | None = None
    for start, each in some:
        code = np.array([names.index(name) for name in each.names], np.int64)
        own = replace(
            each,
            of=each.of + start,
            names=names,
            category=code[each.category] if len(code) else each.category,
            failures=Failures.none(),
        )
        made = own if made is None else made.beside(own)
    return made
