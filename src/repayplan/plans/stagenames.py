"""The names of stages in the text form of plans, Chinese ones too."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from types import MappingProxyType, ModuleType

from repayplan.plans import annuity, beside, methods
from repayplan.plans.stage import Plan

LISTS = frozenset({"amounts", "months", "principal_on", "interest_on"})
"""Parameters of stages that are lists by nature; a list for any other holds a value for each loan."""
CHINESE: Mapping[str, str] = MappingProxyType(
    {
        "等额本息": "equal_instalment",
        "等额本金": "equal_principal",
        "先息后本": "interest_only",
        "等本等息": "flat",
        "到期一次还本付息": "bullet",
    }
)
"""Chinese names of methods, and the stages that they are."""
UNCLEAR: Mapping[str, str] = MappingProxyType(
    {
        "宽限期": "is said of more than one thing: write interest_only(n) where interest is still paid, "
        "holiday(n, interest=...) where nothing is; days of grace after a due date are no stage",
        "停息缓还": "does not say what becomes of the interest: write "
        'holiday(n, interest="waive") where none is charged, or interest="defer" where it is paid later',
    }
)
"""Names that aren't read, because they are used for plans that cost different amounts; what to write."""


def stages_of(module: ModuleType) -> dict[str, Callable[..., Plan]]:
    """The stage functions of a module by name: its public functions that return a :class:`Plan`.

    Parameters
    ----------
    module
        :mod:`repayplan.plans.methods`, or one made like it.

    Returns
    -------
    The functions in the order in which the module defines them.

    Examples
    --------
    >>> "flat" in stages_of(methods), "plan_of" in stages_of(methods)
    (True, False)
    """
    return {
        name: made
        for name, made in vars(module).items()
        if inspect.isfunction(made)
        and made.__module__ == module.__name__
        and not name.startswith("_")
        and made.__annotations__.get("return") in ("Plan", Plan)
    }


STAGES: Mapping[str, Callable[..., Plan]] = MappingProxyType(
    stages_of(annuity) | stages_of(methods) | stages_of(beside)
)
"""Every stage function by name."""
