"""How the parts of a plan are written: as the calls that make them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from repayplan.basics.money import Minor
from repayplan.plans.column import Column
from repayplan.plans.pattern import Levy, Pattern


def spelt_pattern(name: str, pattern: Pattern) -> list[str]:
    """The arguments of a stage that say how its periods differ."""
    if name == "custom":
        return [_listed(pattern.amounts)]
    names = {"graduated": ("growth", "step", "every"), "seasonal": ("months", "between")}
    shown = names.get(name, ("principal_on", "interest_on"))
    values = [(what, getattr(pattern, what)) for what in shown]
    return [f"{what}={_listed(value)}" for what, value in values if value is not None]


def spelt_levy(amount: Any, levy: Levy) -> list[str]:
    """The arguments of a fee."""
    parts = [spelt(amount) if levy.share is None else f"share={spelt(levy.share)}"]
    if levy.of != "principal":
        parts.append(f'of="{levy.of}"')
    if levy.when != "upfront":
        parts.append(f'when="{levy.when}"')
    return [*parts, "financed=True"] if levy.financed else parts


def _listed(value: Any) -> str:
    """A list of one value a period; one a loan is a column, which is not written out."""
    if not isinstance(value, tuple) or any(isinstance(each, (list, tuple)) for each in value):
        return spelt(value)
    inner = ", ".join(map(spelt, value))
    return f"({inner},)" if len(value) == 1 else f"({inner})"


def spelt(value: Any) -> str:
    """One argument as it is written in a call."""
    if isinstance(value, (int, Column)):
        return repr(value)
    if isinstance(value, (str, Decimal, date)):
        escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    if isinstance(value, Minor):
        return f"<column of {value.units.size}>" if value.units.ndim else f"minor({value.units})"
    if hasattr(value, "item") and not hasattr(value, "__len__"):  # one number of numpy's
        return spelt(value.item())
    return f"<column of {len(value)}>" if hasattr(value, "__len__") else repr(value)
