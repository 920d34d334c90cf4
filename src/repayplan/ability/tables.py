"""Allowances from TOML, told apart by their keys; and those that ship with the package."""

from __future__ import annotations

from importlib.resources import files

from repayplan.ability.allowance import Allowance
from repayplan.ability.norms import EquivalenceScale, FixedAllowance, IncomeBands
from repayplan.ability.rule import AllowanceRule, GreaterOf, LesserOf, Multiple, SumOf
from repayplan.ability.selection import ByDate, ByRegion
from repayplan.basics.errors import Code, PolicyError
from repayplan.basics.ruletext import read_rules

FORMS: tuple[type[AllowanceRule], ...] = (
    *(Allowance, FixedAllowance, EquivalenceScale, IncomeBands),
    *(Multiple, SumOf, GreaterOf, LesserOf, ByRegion, ByDate),
)
"""The rules that a table can say: by its keys it is one of them."""
_FOLDER = "allowances"


def loads_allowance(text: str, *, source: str = "allowance") -> AllowanceRule:
    """An allowance from TOML text; ``source`` names it in errors.

    Raises
    ------
    PolicyError
        The text isn't TOML, or says no allowance; naming the file, the line, the key and the rule.

    Examples
    --------
    >>> text = '''
    ... greater_of = [
    ...   { amount = "900", frequency = "monthly", covers = [], source = "own" },
    ...   { by_persons = ["800", "1000"], further_person = "100", covers = [], source = "own" },
    ... ]
    ... '''
    >>> from repayplan import Household
    >>> loads_allowance(text).monthly(Household(adults=2, net_income="1"))
    Decimal('1000.00')
    """
    made: AllowanceRule = read_rules(AllowanceRule, text, source=source)  # type: ignore[type-abstract]
    return made


def allowance_example(name: str) -> AllowanceRule:
    """A published allowance that ships with the package, with its source and date.

    Examples
    --------
    >>> from repayplan import Household
    >>> allowance_example("us-irs-2025").monthly(Household(adults=2, children=(4,), net_income="1"))
    Decimal('1753.00')
    """
    known = allowance_examples()  # of any other name a path could be made, to any file
    if name not in known:
        raise PolicyError(Code.UNKNOWN_VALUE, "example", name, f"one of {', '.join(known)}")
    resource = files("repayplan.data").joinpath(_FOLDER, f"{name}.toml")
    return loads_allowance(resource.read_text(encoding="utf-8"), source=f"{name}.toml")


def allowance_examples() -> tuple[str, ...]:
    """Names of the allowances that ship with the package.

    Examples
    --------
    >>> allowance_examples()
    ('ie-2013', 'ie-2013-car', 'us-irs-2025', 'us-irs-2025-by-category', 'za-regulation-23a')
    """
    found = (entry.name for entry in files("repayplan.data").joinpath(_FOLDER).iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in found))
