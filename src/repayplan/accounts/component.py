"""What an account is owed, by component."""

from __future__ import annotations

from typing import Literal, cast, get_args

from repayplan.ability.figures import each_once, one_of, values
from repayplan.basics.errors import Code, InputError

Component = Literal["costs", "fees", "penalty", "compound", "interest", "principal"]
COMPONENTS: tuple[Component, ...] = get_args(Component)
"""Costs of enforcement, fees, penalty interest (罚息), interest on interest (复利), interest and principal;
their places are those of :class:`~repayplan.kernel.allocate.Part`."""


def components(name: str, given: object, *, all_of_them: bool) -> tuple[Component, ...]:
    """Checked components, each once; ``all_of_them``: none may be missing.

    Examples
    --------
    >>> components("base", ["interest", "compound"], all_of_them=False)
    ('interest', 'compound')
    """
    found = values(name, given, str, f"some of {', '.join(COMPONENTS)}")
    for i, each in enumerate(found):
        one_of(f"{name}[{i}]", each, COMPONENTS)
    each_once(name, found, "each once")
    missing = [each for each in COMPONENTS if each not in found]
    if all_of_them and missing:
        raise InputError(Code.MISSING, name, ", ".join(found), f"{', '.join(missing)} too")
    return cast("tuple[Component, ...]", tuple(found))
