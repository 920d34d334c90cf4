"""Households from columns, and several of one loan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from repayplan.ability.households import Households
from repayplan.ability.obligors import Obligors
from repayplan.ability.ragged import gather
from repayplan.basics.columns import Screen
from repayplan.basics.outcome import Ints
from repayplan.edges.itemfile import OBLIGOR
from repayplan.edges.reading import AGES, COST, FREQUENCY, HOUSEHOLD_FIELDS
from repayplan.edges.tablecolumns import Columns, as_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy.typing as npt

    from repayplan.ability.items import Items


def households_of(
    columns: Mapping[str, Any], size: int, items: Items | None = None, costs: Mapping[str, Any] | None = None
) -> Households:
    """Households from columns by their names in files, so many of them; ``costs`` beside those."""
    amounts = {
        name: (values, columns[name + FREQUENCY]) if name + FREQUENCY in columns else values
        for name, values in columns.items()
        if not name.endswith(FREQUENCY)
    }
    given: dict[str, Any] = {name: amounts[name] for name in HOUSEHOLD_FIELDS if name in amounts}
    if AGES in given and not isinstance(given[AGES], tuple):
        given[AGES] = _ages(given[AGES], size)
    spent = {n.removeprefix(COST): v for n, v in amounts.items() if n.startswith(COST)} | dict(costs or {})
    decimals = columns.get("decimals", 2)
    return Households.from_columns(**given, costs=spent, items=items, decimals=decimals, size=size)


def obligors_of(
    columns: Columns, ids: npt.NDArray[np.str_], decimals: Ints, listed: Callable[..., Items | None]
) -> Obligors:
    """The households of the loans that were read, several a loan perhaps; those of no loan are left out."""
    who, order = as_text(columns["id"]), np.argsort(ids, kind="stable")
    at = order[np.minimum(np.searchsorted(ids, who, sorter=order), max(len(ids) - 1, 0))] if len(ids) else 0
    mine = np.flatnonzero(ids[at] == who) if len(ids) else np.zeros(0, np.int64)
    of = np.broadcast_to(at, len(who))[mine]
    taken = {name: values[mine] for name, values in columns.items()}
    given = {
        name: np.where(as_text(taken[name]) == "", usual, taken[name].astype(np.str_))
        for name, usual in (("role", "borrower"), ("share", "1"))
        if name in taken
    }
    items = listed(who, mine, decimals[of], columns.get(OBLIGOR))
    homes = households_of(taken | {"decimals": decimals[of]}, len(mine), items)
    return Obligors.from_columns(homes, loan=of, size=len(ids), **given)


def _ages(cells: npt.NDArray[Any], size: int) -> tuple[Ints, npt.NDArray[np.str_]]:
    """The household and the age, as text, of every child; each distinct cell is read once."""
    texts, place = np.unique(Screen(size).text(cells), return_inverse=True)
    parts = [str(text).replace(",", " ").split() for text in texts]
    flat = np.array([age for each in parts for age in each], np.str_)
    at, of = gather(np.repeat(np.arange(len(parts)), [len(each) for each in parts]), place.reshape(-1))
    return of, flat[at]
