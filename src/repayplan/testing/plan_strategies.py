"""Strategies of plans: every stage and option there is, read from the signatures of the stage functions."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from types import UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin, get_type_hints

from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import to_decimal, to_plain
from repayplan.plans.arguments import REST
from repayplan.plans.loan import Loan
from repayplan.plans.stage import Plan
from repayplan.plans.stagenames import STAGES
from repayplan.testing.draw import drawn, rates, strategy

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy


_REPAYS_NOTHING = ("holiday",)
_WITHOUT_ROWS = ("arrears", "forbear")
_FEW = 6


def plans(
    loan: Loan | None = None,
    *,
    stages: Sequence[str] | None = None,
    most: int = 3,
    longest: int = 36,
    options: Mapping[str, Any] | None = None,
) -> SearchStrategy[Plan]:
    """Plans of every stage and option that there is, one stage or several.

    What a stage takes is read from its signature, so that a new stage, and a new option whose values its
    type names, is drawn as soon as it exists. A stage that needs what no type says is left out, unless
    ``options`` says it.

    Parameters
    ----------
    loan
        Amounts are drawn in proportion to what it owes (1,000.00 without one), and a plan for a loan with
        a last due date has as many periods as end on it.
    stages
        Names of the stages to draw from; None: all.
    most
        Stages of a plan at most.
    longest
        Periods of a plan at most, as far as stages say their length (``fixed_payment`` and a holiday until a
        date don't).
    options
        By the name of an argument: a value, or a strategy of values, instead of what is drawn
        (``{"rate": None}``).

    Raises
    ------
    InputError
        A stage that isn't known, or none among them that a plan can end with.
    ImportError
        hypothesis isn't installed; the message names the extra.

    Notes
    -----
    Not every plan can be kept by every loan: :func:`cases` draws pairs of which it can.

    Examples
    --------
    >>> from hypothesis import given
    >>> @given(plans(stages=("holiday", "equal_instalment"), longest=12))
    ... def test_a_plan_ends_with_a_stage_that_repays(plan):
    ...     assert plan.stages[-1].name == "equal_instalment"
    >>> test_a_plan_ends_with_a_stage_that_repays()
    """
    names = tuple(STAGES) if stages is None else tuple(stages)
    for name in names:
        if name not in STAGES:
            raise InputError(Code.UNKNOWN_VALUE, "stages", name, limit=", ".join(STAGES))
    own = dict(options or {})
    if not list(filter(_ends, names)):
        raise InputError(Code.UNKNOWN_VALUE, "stages", names, "one of them repays: a plan ends with it")
    return strategy(lambda draw: _plan(draw, loan, names, most, longest, own))


@dataclass(frozen=True, slots=True)
class _Size:
    """What a stage is to repay, minor units, over how many periods; whether the plan's number is agreed."""

    owed: int
    decimals: int
    periods: int
    first: date
    agreed: bool

    def share(self, least: int, most: int) -> SearchStrategy[Decimal]:
        """Amounts of so many thousandths of an even share."""
        from hypothesis import strategies as st

        def amount(part: int) -> Decimal:
            return to_decimal(self.owed * part // (1000 * max(self.periods, 1)), self.decimals)

        return st.integers(least, most).map(amount)

    def whole(self, least: int, most: int) -> SearchStrategy[Decimal]:
        """Amounts of so many thousandths of what is owed."""
        return replace(self, periods=1).share(least, most)


def _plan(
    draw: DrawFn, loan: Loan | None, names: Sequence[str], most: int, longest: int, options: Mapping[str, Any]
) -> Plan:
    from hypothesis import reject
    from hypothesis import strategies as st

    owed, decimals, total = 100_000, 2, 0
    if loan is not None:
        owed, decimals = int(loan.batch.balance[0]), loan.decimals
        total = int(loan.batch.periods_left[0])
    size = _Size(owed, decimals, 1, date(2026, 1, 1) if loan is None else loan.interest_from, total > 0)
    names = [name for name in names if _drawable(name, size, options)]
    endings = list(filter(_ends, names)) or reject()
    if total:  # its length is given: by a stage that says how long it is
        endings = [name for name in endings if _length_of(name) is not None] or reject()
    total = total or draw(st.one_of(st.integers(1, min(_FEW, longest)), st.integers(1, longest)))
    ahead, left = [], total - 1
    for _ in range(draw(st.integers(0, most - 1))):
        name = draw(st.sampled_from(names))
        n = draw(st.integers(0, left))
        if _has_rows(name) and (_length_of(name) is None or (n == 0 and _length_of(name) != "n")):
            continue
        ahead.append(_stage(draw, name, n, replace(size, periods=total), options))
        left -= n if _has_rows(name) else 0
    name = draw(st.sampled_from(endings))
    plan = _stage(draw, name, left + 1, replace(size, periods=left + 1), options)
    plan.check()
    for part in reversed(ahead):
        try:
            plan = part + plan
        except InputError:  # nothing follows such a stage, or it can't stand before the last
            continue
    if loan is not None and loan.last_due is not None and sum(each.length for each in plan.stages) != total:
        reject()
    return plan


def _drawable(name: str, size: _Size, options: Mapping[str, Any]) -> bool:
    """Whether it is known, of all that a stage needs, which values that may have."""
    hints = get_type_hints(STAGES[name])
    needed = [p.name for p in inspect.signature(STAGES[name]).parameters.values() if p.default is p.empty]
    return all(
        each in ("n", *options) or _arguments(each, hints[each], 1, size) is not None for each in needed
    )


def _has_rows(name: str) -> bool:
    """Whether a stage has rows of its own: what happens on a date, a fee and the like have none."""
    return name not in _WITHOUT_ROWS and {"on", "financed"}.isdisjoint(
        inspect.signature(STAGES[name]).parameters
    )


def _ends(name: str) -> bool:
    """Whether a plan can end with a stage."""
    return _has_rows(name) and name not in _REPAYS_NOTHING


def _length_of(name: str) -> str | None:
    """The argument that says how many periods a stage has."""
    parameters = inspect.signature(STAGES[name]).parameters
    return next((each for each in ("n", "amounts") if each in parameters), None)


def _stage(draw: DrawFn, name: str, n: int, size: _Size, options: Mapping[str, Any]) -> Plan:
    """A stage of n periods with some of the options that it has."""
    from hypothesis import strategies as st

    made, given = STAGES[name], dict[str, Any]()
    known, hints = {}, get_type_hints(made)
    length = _lasts(draw, name, n, size, options)
    for parameter in inspect.signature(made).parameters.values():
        what = parameter.name
        if what in ("n", "until"):
            given |= length if what in length else {}
            continue
        values = _arguments(what, hints[what], n, size)
        if name == "forbear":  # less than all of it
            values = size.whole(0, 600)
        if what in options:
            given[what] = drawn(draw, options[what])
        elif values is not None:
            known[what] = values
            if parameter.default is parameter.empty or draw(st.integers(0, 3)) == 3:
                given[what] = draw(values)
    for _ in range(2 * len(known)):
        try:
            return made(**given)
        except InputError as error:  # what doesn't go together, or goes together only
            what = error.field.rpartition(".")[2]
            if what not in known:
                raise
            if what in given:
                del given[what]
            else:
                given[what] = draw(known[what])
    return made(**given)


def _lasts(draw: DrawFn, name: str, n: int, size: _Size, options: Mapping[str, Any]) -> dict[str, Any]:
    """How long a stage lasts: so many periods, or where it can and no end is agreed, until a date."""
    from hypothesis import strategies as st

    dated = "until" in inspect.signature(STAGES[name]).parameters and not size.agreed
    if not dated or not ("until" in options or draw(st.integers(0, 3)) == 3):
        return {"n": n}
    return {"until": drawn(draw, options.get("until", _arguments("until", Any, n, size)))}


def _arguments(name: str, hint: Any, n: int, size: _Size) -> SearchStrategy[Any] | None:
    """Values of an argument by its name, or else by its type; None where neither says them."""
    from hypothesis import strategies as st

    named: dict[str, Callable[[], SearchStrategy[Any]]] = {
        "rate": rates,
        "instalment": lambda: size.share(500, 4000).map(_at_least_one),
        "amount": lambda: size.share(500, 4000).map(_at_least_one),
        "principal": lambda: size.share(100, 2000).map(_at_least_one),
        "amounts": lambda: st.lists(size.share(0, 2000), min_size=n, max_size=n).map(tuple),
        "balloon": lambda: st.one_of(st.just(REST), size.whole(0, 1050)),
        "growth": lambda: st.integers(-100, 200).map(lambda each: to_plain(each, 3)),
        "step": lambda: size.share(-100, 200),
        "share": lambda: st.integers(1, 100).map(lambda each: to_plain(each, 3)),
        "at_least": lambda: size.share(10, 1500).map(_at_least_one),
        "merge_below": lambda: size.share(10, 500).map(_at_least_one),
        "over": lambda: st.integers(1, n + 2),
        "until": lambda: st.integers(0, 400).map(lambda days: size.first + timedelta(days)),
        "on": lambda: st.integers(0, 400).map(lambda days: size.first + timedelta(days)),
    }
    return named[name]() if name in named else _of_type(hint, 12 if name == "months" else n)


def _at_least_one(amount: Decimal) -> Decimal:
    """An amount, or the smallest one where it is zero."""
    return amount or amount + Decimal((0, (1,), int(amount.as_tuple().exponent)))


def _of_type(hint: Any, most: int) -> SearchStrategy[Any] | None:
    """Values of a type; numbers are from 1 to ``most``."""
    from hypothesis import strategies as st

    whole = st.integers(1, max(1, min(most, 12)))
    if get_origin(hint) is Literal:
        return st.sampled_from(get_args(hint))
    if hint is bool:
        return st.booleans()
    if hint is int:
        return whole
    if get_origin(hint) is tuple and get_args(hint) == (int, ...):
        return st.sets(whole, min_size=1).map(lambda each: tuple(sorted(each)))
    if isinstance(hint, UnionType) or get_origin(hint) is Union:
        every = [_of_type(part, most) for part in get_args(hint)]
        known = [part for part in every if part is not None]
        return st.one_of(*known) if known else None
    return None
