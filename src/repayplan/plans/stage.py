"""Stages and their algebra: a plan is a sequence of stages and is read aloud like one."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import Enum
from operator import index
from typing import Any, Literal, get_args

import numpy as np

from repayplan.basics.annualrate import annual_units
from repayplan.basics.columns import RATE_DECIMALS
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import Minor, to_plain
from repayplan.basics.rate import Rate
from repayplan.kernel.work import MAX_PERIODS, Amount, Change, Interest, Rule

Repay = Literal["first", "spread", "last"]
HolidayInterest = Literal["capitalise", "capitalise_at_end", "defer", "waive"]
FlatInterest = Literal["each", "total"]
BulletInterest = Literal["simple", "compound"]
Shortfall = Literal["refuse", "capitalise"]
RateChange = Literal["resolve", "keep", "foresee"]
Between = Literal["interest", "nothing"]
Then = Literal["lower", "shorten"]
Of = Literal["principal", "balance"]
Arrears = Literal["overdue_interest", "accrued_interest", "penalty", "fees"]
FirstOrLast = Literal["first", "last"]
When = Literal["upfront", "each"]
REST = "rest"
"""A balloon of whatever a given amount leaves."""
SUNK = "graduated.step"
"""What is at fault where a planned payment is below 0."""


@dataclass(frozen=True, slots=True)
class Column:
    """A parameter that each loan has its own value of, in the column of this name."""

    name: str

    def __repr__(self) -> str:
        return f"col({self.name!r})"


def col(name: str) -> Column:
    """A parameter taken per loan from the column ``name`` of the batch.

    Any numeric field of :class:`~repayplan.Loans` or any of its extra columns.

    Examples
    --------
    >>> equal_instalment(col("unpaid"))
    equal_instalment(col('unpaid'))
    """
    return Column(name)


def as_rate(field: str, asked: Any, found: Any) -> Any:
    """What was found of a rate; InputError where it is a column of amounts."""
    if isinstance(asked, Column) and isinstance(found, Minor):
        rule = "a column of rates: this one is of amounts"
        raise InputError(Code.UNKNOWN_VALUE, field, repr(asked), limit=rule)
    return found


@dataclass(frozen=True, slots=True)
class Pattern:
    """What single rows of a stage do beside its rule.

    Attributes
    ----------
    growth, step, every
        The instalment grows by a part of itself, or by an amount, every so many periods.
    months, between
        It is paid in these calendar months only; what the others pay.
    principal_on, interest_on
        Every so many periods, or the numbers of the periods (from 1), in which principal is repaid and
        interest paid; None: in all.
    amounts
        The payments, one a period (of one loan, or (loans, periods)).
    """

    growth: Any = None
    step: Any = None
    every: int = 1
    months: tuple[int, ...] | None = None
    between: Between = "interest"
    principal_on: int | tuple[int, ...] | None = None
    interest_on: int | tuple[int, ...] | None = None
    amounts: Any = None


@dataclass(frozen=True, slots=True)
class Levy:
    """How a fee is charged.

    Attributes
    ----------
    share, of
        A fraction of the principal at the start, or of the opening balance of the row; None: an amount.
    when
        Once, or with each instalment.
    financed
        Whether it is added to the balance.
    """

    share: Any
    of: Of
    when: When
    financed: bool


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """One stretch of a plan; made by the functions of this module, not directly."""

    name: str
    rule: Rule
    length: Any = 0
    amount: Any = None
    repay: Repay | None = None
    option: str | None = None
    balloon: Any = None
    rate: Any = None
    pattern: Pattern | None = None
    on: Any = None
    levy: Levy | None = None
    until: Any = None
    at_least: Any = None
    merge_below: Any = None

    def __repr__(self) -> str:
        if self.levy is not None:
            return f"{self.name}({', '.join(_levy_shown(self.amount, self.levy))})"
        if self.name == "forbear":
            return f"{self.name}({_shown(self.amount)})"
        if self.name == "arrears":
            how = ', repay="last"' if self.repay == "last" else f", over={_shown(self.length)}"
            return f'{self.name}("{self.option}"{how})'
        if self.on is not None:
            then = "" if self.option is None else f', then="{self.option}"'
            return f"{self.name}({_shown(self.amount)}, on={_shown(self.on)}{then})"
        parts = [] if self.name in ("fixed_payment", "custom") else [_shown(self.length)]
        if self.until is not None:
            parts = [f"until={_shown(self.until)}"]
        if self.pattern is not None:
            parts += _pattern_shown(self.name, self.pattern)
        if self.name == "fixed_payment":
            parts.append(_shown(self.amount))
        elif self.amount is not None:
            what = "principal" if self.name == "equal_principal" else "instalment"
            parts.append(f"{what}={_shown(self.amount)}")
        if self.balloon is not None:
            parts.append(f"balloon={_shown(self.balloon)}")
        for name in ("at_least", "merge_below"):
            if getattr(self, name) is not None:
                parts.append(f"{name}={_shown(getattr(self, name))}")
        if self.rule.adds:
            parts.append('shortfall="capitalise"')
        if self.option is not None:
            parts.append(f'interest="{self.option}"')
        if self.name == "holiday" and self.option == "defer":
            parts.append(f'repay="{self.repay}"')
        if self.rate is not None:
            parts.append(f"rate={_shown(self.rate)}")
        if self.rule.change is not Change.RESOLVE:
            parts.append(f'rate_change="{self.rule.change.name.lower()}"')
        return f"{self.name}({', '.join(parts)})"


def _pattern_shown(name: str, pattern: Pattern) -> list[str]:
    if name == "custom":
        return [_listed(pattern.amounts)]
    names = {"graduated": ("growth", "step", "every"), "seasonal": ("months", "between")}
    shown = names.get(name, ("principal_on", "interest_on"))
    values = [(what, getattr(pattern, what)) for what in shown]
    return [f"{what}={_listed(value)}" for what, value in values if value is not None]


def _levy_shown(amount: Any, levy: Levy) -> list[str]:
    parts = [_shown(amount) if levy.share is None else f"share={_shown(levy.share)}"]
    if levy.of != "principal":
        parts.append(f'of="{levy.of}"')
    if levy.when != "upfront":
        parts.append(f'when="{levy.when}"')
    return [*parts, "financed=True"] if levy.financed else parts


def _listed(value: Any) -> str:
    """A list of one value a period; one a loan is a column, which is not written out."""
    if not isinstance(value, tuple) or any(isinstance(each, (list, tuple)) for each in value):
        return _shown(value)
    inner = ", ".join(map(_shown, value))
    return f"({inner},)" if len(value) == 1 else f"({inner})"


def _shown(value: Any) -> str:
    if isinstance(value, (int, Column)):
        return repr(value)
    if isinstance(value, (str, Decimal, date)):
        escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    if isinstance(value, Minor):
        return f"<column of {value.units.size}>" if value.units.ndim else f"minor({value.units})"
    if hasattr(value, "item") and not hasattr(value, "__len__"):  # one number of numpy's
        return _shown(value.item())
    return f"<column of {len(value)}>" if hasattr(value, "__len__") else repr(value)


def _meant(value: Any) -> Any:
    """A part of a plan as what it means: numbers, dates and columns are the same however they are written."""
    if isinstance(value, (Column, bool, Enum)) or value is None:
        return value
    if isinstance(value, (int, float, Decimal, str)):
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            return value
        return number if number.is_finite() else str(value)
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value):
        return (type(value).__name__, *(_meant(getattr(value, each.name)) for each in fields(value)))
    if hasattr(value, "tolist"):  # numpy's
        return _meant(value.tolist())
    return tuple(map(_meant, value)) if hasattr(value, "__len__") else value


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Stages in order; ``+`` joins plans.

    Two plans are equal where they say the same, however their numbers and dates are written: 500 and
    ``"500.00"`` are the same amount. Columns are compared by name, or value by value where they are given.

    Examples
    --------
    >>> holiday(3, interest="capitalise") + equal_instalment(24)
    holiday(3, interest="capitalise") + equal_instalment(24)
    >>> equal_instalment(24, instalment=500) == equal_instalment(24, instalment="500.00")
    True
    """

    stages: tuple[Stage, ...]
    beside: tuple[Stage, ...] = ()
    """What has no rows of its own, such as a drawdown or a fee: its place among the stages doesn't matter."""

    def __add__(self, other: Plan) -> Plan:
        if not isinstance(other, Plan):
            return NotImplemented
        beside = self.beside + other.beside
        _arrears_once(beside)
        if not (self.stages and other.stages):
            return Plan(self.stages + other.stages, beside)
        ends = self.stages[-1].name
        if ends in ("bullet", "fixed_payment"):
            rule = "bullet and fixed_payment repay everything: nothing can follow them"
            raise InputError(Code.UNKNOWN_VALUE, "plan", ends, rule)
        stages = self.stages + other.stages
        _known_before_fixed(stages)
        return Plan(stages, beside)

    def __repr__(self) -> str:
        return " + ".join(map(repr, (*self.beside, *self.stages)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Plan):
            return NotImplemented
        return self is other or bool(
            _meant((self.stages, self.beside)) == _meant((other.stages, other.beside))
        )

    def __hash__(self) -> int:
        return hash(_meant((self.stages, self.beside)))

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the plan takes values from, by name, each once.

        Examples
        --------
        >>> (interest_only(col("wait")) + equal_instalment(col("unpaid"))).columns
        ('wait', 'unpaid')
        """
        return tuple(dict.fromkeys(_named([*self.beside, *self.stages])))

    @property
    def on_balance(self) -> bool:
        """Whether each period's interest is on its balance and falls due with it."""
        return all(each.name not in ("flat", "bullet") for each in self.stages)

    @property
    def own_rates(self) -> bool:
        """Whether a stage has a rate of its own."""
        return any(each.rate is not None for each in self.stages)

    def by_loan(self, columns: Container[str]) -> bool:
        """Whether any parameter is one a loan, or taken from one of these columns."""
        every = [*self.beside, *self.stages]
        return any(name in columns for name in _named(every)) or _by_loan(every)

    def check(self) -> None:
        """Raises :class:`InputError` where the plan can't be laid out.

        It has no stage, ends with a holiday, solves an instalment before a ``fixed_payment``, or moves
        principal beside interest that is added on.
        """
        if not self.stages:
            raise InputError(Code.MISSING, "plan", rule="a plan has a stage that repays what is owed")
        if self.stages[-1].name == "holiday":
            rule = "a plan ends with a stage that repays what is owed, not with a holiday"
            raise InputError(Code.UNKNOWN_VALUE, "plan", repr(self), rule)
        _known_before_fixed(self.stages)
        moved = [part.name for part in self.beside if part.on is not None]
        if moved and any(stage.rule.added_on for stage in self.stages):
            rule = "interest that is worked out once for all periods: nothing is drawn or prepaid beside it"
            raise InputError(Code.UNKNOWN_VALUE, "flat.interest", moved[0], rule)


def _arrears_once(beside: tuple[Stage, ...]) -> None:
    """Raises where the arrears of one component are repaid in two ways."""
    said = [part.option for part in beside if part.name == "arrears"]
    for name in said:
        if said.count(name) > 1:
            rule = "of each component it is said once how it is repaid"
            raise InputError(Code.DUPLICATE, "arrears.of", name, rule)


def _known_before_fixed(stages: tuple[Stage, ...]) -> None:
    """Raises where a stage is solved before one that goes on until everything is paid off."""
    solved = [s.name for s in stages if s.rule.solved and s.amount is None]
    if solved and stages[-1].name == "fixed_payment":
        # Each would depend on the other: how much is left, and how many rows that takes.
        rule = "before fixed_payment nothing is solved: give the instalment"
        raise InputError(Code.UNKNOWN_VALUE, "plan", solved[0], rule)


def _length(name: str, n: Any) -> Any:
    if isinstance(n, int) and (isinstance(n, bool) or n < 0):
        raise InputError(Code.OUT_OF_RANGE, f"{name}.n", n, f"a number of periods, 0 to {MAX_PERIODS}")
    return n


def _named(part: Any) -> Iterator[str]:
    """The names of the columns in a parameter, or in the parts that it has."""
    if isinstance(part, Column):
        yield part.name
    elif isinstance(part, (list, tuple)):
        for each in part:
            yield from _named(each)
    elif isinstance(part, (Stage, Pattern, Levy)):
        yield from _named([getattr(part, f.name) for f in fields(part)])


def _option(name: str, field: str, value: str, allowed: Any) -> None:
    if value not in get_args(allowed):
        rule = f"one of {', '.join(get_args(allowed))}"
        raise InputError(Code.UNKNOWN_VALUE, f"{name}.{field}", value, rule)


def _by_loan(part: Any) -> bool:
    """Whether a parameter, or a part of one, holds a value for each loan."""
    if isinstance(part, (Stage, Pattern, Levy)):
        return any(_by_loan(getattr(part, f.name)) for f in fields(part))
    if isinstance(part, (list, tuple)):
        return any(isinstance(each, (list, tuple)) or _by_loan(each) for each in part)
    if isinstance(part, Minor):
        return bool(part.units.ndim)
    return hasattr(part, "__len__") and not isinstance(part, str)


def _plan(name: str, rule: Rule, n: Any, *, rate: Any = None, **more: Any) -> Plan:
    if isinstance(rate, Rate):
        rate = to_plain(annual_units(f"{name}.rate", rate), RATE_DECIMALS)
    return Plan((Stage(name, rule, _length(name, n), rate=rate, **more),))


def _whole(value: Any) -> int:
    """A whole number, numpy's among them; 0 of anything else, which is none of those asked for."""
    try:
        return 0 if isinstance(value, (bool, np.bool_)) else index(value)
    except TypeError:
        return 0


def _periods(field: str, value: Any) -> int:
    if _whole(value) < 1:
        raise InputError(Code.OUT_OF_RANGE, field, value, "a number of periods, 1 or more")
    return _whole(value)


def _numbers(field: str, values: Any, most: int) -> tuple[int, ...]:
    """Different whole numbers from 1 on, in order."""
    numbers = [_whole(v) for v in (values if isinstance(values, (list, tuple)) else (values,))]
    good = numbers and all(1 <= v <= most for v in numbers) and len(set(numbers)) == len(numbers)
    if not good:
        raise InputError(Code.OUT_OF_RANGE, field, values, f"different whole numbers from 1 to {most}")
    return tuple(sorted(numbers))


def _cycles(name: str, principal_on: Any, interest_on: Any) -> Pattern | None:
    if principal_on is None and interest_on is None:
        return None
    return Pattern(
        principal_on=_cycle(f"{name}.principal_on", principal_on),
        interest_on=_cycle(f"{name}.interest_on", interest_on),
    )


def _cycle(field: str, value: Any) -> int | tuple[int, ...] | None:
    if value is None:
        return None
    if isinstance(value, (list, tuple)):
        return _numbers(field, value, MAX_PERIODS)
    return _periods(field, value)


def _balloon(name: str, given: Any, balloon: Any) -> None:
    """Refuses a balloon that can't be meant beside the amount."""
    if isinstance(balloon, str) and balloon == REST:
        if given is None:
            rule = f"{REST!r} goes with a given amount; of a solved one give what it is to leave"
            raise InputError(Code.UNKNOWN_VALUE, f"{name}.balloon", balloon, rule)
    elif given is not None and balloon is not None:
        rule = f"a given amount leaves what it leaves: {REST!r}, or no balloon"
        raise InputError(Code.UNKNOWN_VALUE, f"{name}.balloon", balloon, rule)


def equal_instalment(
    n: Any,
    *,
    instalment: Any = None,
    at_least: Any = None,
    merge_below: Any = None,
    balloon: Any = None,
    shortfall: Shortfall = "refuse",
    rate: Any = None,
    rate_change: RateChange = "resolve",
) -> Plan:
    """Equal instalments (等额本息): the same payment each period, interest first.

    Parameters
    ----------
    n
        Periods: an int, :func:`col`, or an array of one per loan.
    instalment
        The payment in currency units, where it is given instead of solved; the last one takes the rest.
    at_least
        In currency units: where the solved instalment is below it, it is paid instead. The plan then ends
        when everything is repaid, so that it may have fewer rows than are asked for. The residue of
        rounding stays with the last payment.
    merge_below
        Beside ``at_least``, as for :func:`fixed_payment`.
    balloon
        What is to be left after the stage, in currency units: the next stage repays it, or the last
        payment of the plan; at most what a prepayment has left. ``"rest"`` beside a given instalment: the
        last payment may be of any size.
    shortfall
        Of an instalment that is given, or kept while rates change, and doesn't cover a period's interest:
        ``"refuse"``, or ``"capitalise"`` what is missing (negative amortisation).
    rate
        Annual rate of these periods, a fraction or a nominal :class:`~repayplan.Rate`, instead of the loan's.
    rate_change
        The instalment is solved as if the rate known then stayed. Where it changes: ``"resolve"`` it over
        the rest of the periods, from that in which it changes; ``"keep"`` it as it is at the rate when its
        first period begins (the last payment takes the difference); or ``"foresee"`` every change and solve
        one instalment for all of them.

    Notes
    -----
    ``A = B f / (1 - (1 + f)**-n)`` where all periods are alike. A stage that isn't the last to
    repay principal is solved over its own periods and those of the later stages that do.

    Examples
    --------
    >>> equal_instalment(24)
    equal_instalment(24)
    >>> equal_instalment(36, balloon="5000") + equal_instalment(12)
    equal_instalment(36, balloon="5000") + equal_instalment(12)
    >>> equal_instalment(36, at_least="50", merge_below="10")
    equal_instalment(36, at_least="50", merge_below="10")
    """
    if at_least is not None and instalment is not None:
        wanted = "a given instalment is what it is; at_least is for a solved one"
        raise InputError(Code.UNKNOWN_VALUE, "equal_instalment.at_least", at_least, wanted)
    if merge_below is not None and at_least is None:
        wanted = "goes with at_least: without it the number of instalments is as agreed"
        raise InputError(Code.UNKNOWN_VALUE, "equal_instalment.merge_below", merge_below, wanted)
    _balloon("equal_instalment", instalment, balloon)
    _option("equal_instalment", "shortfall", shortfall, Shortfall)
    adds = shortfall == "capitalise"
    _option("equal_instalment", "rate_change", rate_change, RateChange)
    if adds and instalment is None and rate_change != "keep":
        wanted = (
            "a solved instalment has no shortfall, unless rates change and it is kept: rate_change='keep'"
        )
        raise InputError(Code.UNKNOWN_VALUE, "equal_instalment.shortfall", shortfall, wanted)
    rule = Rule(Amount.LEVEL, net=True, adds=adds, change=Change[rate_change.upper()])
    least: dict[str, Any] = {"at_least": at_least, "merge_below": merge_below}
    return _plan("equal_instalment", rule, n, amount=instalment, balloon=balloon, rate=rate, **least)


def graduated(
    n: Any,
    *,
    growth: Any = None,
    step: Any = None,
    every: int = 1,
    instalment: Any = None,
    balloon: Any = None,
    shortfall: Shortfall = "refuse",
    rate: Any = None,
    rate_change: RateChange = "resolve",
) -> Plan:
    """Instalments that grow (递增还款): by a part of themselves, or by an amount, every so many periods.

    Parameters
    ----------
    n
        Periods.
    growth
        By what part each grows, a fraction: ``"0.05"`` is 5 %; below 0 they fall. Rounded each time.
    step
        By what amount each grows, in currency units; below 0 they fall. A plan in which any payment would
        be below 0 is refused, whether the first is solved or given.
    every
        Periods from one rise to the next.
    instalment
        The first, where it is given instead of solved.
    balloon, shortfall, rate, rate_change
        As for :func:`equal_instalment`. A first instalment that is solved may not cover the interest
        either: ``shortfall="capitalise"`` allows that.

    Examples
    --------
    >>> graduated(36, growth="0.05", every=12)
    graduated(36, growth="0.05", every=12)
    """
    if (growth is None) == (step is None):
        raise InputError(Code.MISSING, "graduated.growth", rule="one of growth and step is given")
    _balloon("graduated", instalment, balloon)
    _option("graduated", "shortfall", shortfall, Shortfall)
    _option("graduated", "rate_change", rate_change, RateChange)
    pattern = Pattern(growth=growth, step=step, every=_periods("graduated.every", every))
    rule = Rule(Amount.LEVEL, net=True, adds=shortfall == "capitalise", change=Change[rate_change.upper()])
    return _plan("graduated", rule, n, amount=instalment, balloon=balloon, rate=rate, pattern=pattern)


def seasonal(
    n: Any,
    *,
    months: tuple[int, ...],
    between: Between = "interest",
    instalment: Any = None,
    balloon: Any = None,
    shortfall: Shortfall = "refuse",
    rate: Any = None,
    rate_change: RateChange = "resolve",
) -> Plan:
    """Equal instalments in some months of the year only, for income that comes with the season.

    Parameters
    ----------
    n
        Periods, those without an instalment too.
    months
        Calendar months (1 to 12) of the due dates on which instalments are paid.
    between
        What the others pay: ``"interest"``, or ``"nothing"``: it is capitalised. The plan's last row pays
        what is left, whatever its month.
    instalment, balloon, shortfall, rate, rate_change
        As for :func:`equal_instalment`.

    Examples
    --------
    >>> seasonal(24, months=(7, 8, 9, 10), between="nothing")
    seasonal(24, months=(7, 8, 9, 10), between="nothing")
    """
    _balloon("seasonal", instalment, balloon)
    _option("seasonal", "between", between, Between)
    _option("seasonal", "shortfall", shortfall, Shortfall)
    _option("seasonal", "rate_change", rate_change, RateChange)
    pattern = Pattern(months=_numbers("seasonal.months", months, 12), between=between)
    rule = Rule(Amount.LEVEL, net=True, adds=shortfall == "capitalise", change=Change[rate_change.upper()])
    return _plan("seasonal", rule, n, amount=instalment, balloon=balloon, rate=rate, pattern=pattern)


def custom(amounts: Any, *, balloon: Any = None, shortfall: Shortfall = "refuse", rate: Any = None) -> Plan:
    """Payments each of which is given, such as a negotiated list of promises.

    Parameters
    ----------
    amounts
        Currency units, one a period, :func:`col` among them; for a batch with a list for each loan,
        two-dimensional (loans, periods). As last stage, the last payment takes the rest. Dates of one's own:
        ``DueDates(given=...)`` of the loan.
    balloon
        ``"rest"``: the last payment may be of any size.
    shortfall, rate
        As for :func:`equal_instalment`.

    Examples
    --------
    >>> custom(("100", "100", "250.50")) + equal_instalment(12)
    custom(("100", "100", "250.50")) + equal_instalment(12)
    """
    _balloon("custom", amounts, balloon)
    _option("custom", "shortfall", shortfall, Shortfall)
    if isinstance(amounts, (list, tuple)):
        amounts = tuple(amounts)
        # Either one payment a period, or for each loan as many.
        lengths = {len(each) if isinstance(each, (list, tuple)) else -1 for each in amounts}
        if len(lengths) > 1:
            wanted = "one amount a period, or a list of as many for each loan"
            raise InputError(Code.UNKNOWN_VALUE, "custom.amounts", amounts, wanted)
        n = len(amounts) if lengths == {-1} else max(lengths, default=0)
    elif getattr(getattr(amounts, "units", amounts), "ndim", 0) in (1, 2):
        n = getattr(amounts, "units", amounts).shape[-1]
    else:
        raise InputError(Code.UNKNOWN_VALUE, "custom.amounts", amounts, "a list of amounts, one a period")
    if n == 0:
        raise InputError(Code.MISSING, "custom.amounts")
    rule = Rule(Amount.GIVEN, net=True, adds=shortfall == "capitalise")
    return _plan("custom", rule, n, balloon=balloon, rate=rate, pattern=Pattern(amounts=amounts))


def equal_principal(
    n: Any,
    *,
    principal: Any = None,
    balloon: Any = None,
    rate: Any = None,
    principal_on: int | tuple[int, ...] | None = None,
    interest_on: int | tuple[int, ...] | None = None,
) -> Plan:
    """Equal principal (等额本金): the same principal each period, and the interest on what is left.

    Parameters
    ----------
    n
        Periods.
    principal
        The principal of each, in currency units, where it is given instead of the balance's share; the
        last payment takes the rest.
    balloon, rate
        As for :func:`equal_instalment`.
    principal_on, interest_on
        Principal and interest on cycles of their own: every so many periods (``3``: in the third, the
        sixth, ...), or the numbers of the stage's periods; None: in all. Interest of the others waits for
        the next of them, or for the stage's last period, and bears none. The plan's last period pays both.

    Examples
    --------
    >>> equal_principal(12, principal_on=3)
    equal_principal(12, principal_on=3)
    >>> equal_principal(12)
    equal_principal(12)
    >>> equal_principal(12, principal="100", balloon="rest")
    equal_principal(12, principal="100", balloon="rest")
    """
    _balloon("equal_principal", principal, balloon)
    pattern = _cycles("equal_principal", principal_on, interest_on)
    rule = Rule(Amount.SHARE)
    return _plan("equal_principal", rule, n, amount=principal, balloon=balloon, rate=rate, pattern=pattern)


def interest_only(n: Any, *, rate: Any = None, interest_on: int | tuple[int, ...] | None = None) -> Plan:
    """Interest only (先息后本): no principal in these periods; as last stage, all of it in the last.

    Parameters
    ----------
    n
        Periods.
    rate
        As for :func:`equal_instalment`.
    interest_on
        As for :func:`equal_principal`.

    Examples
    --------
    >>> interest_only(6) + equal_instalment(24)
    interest_only(6) + equal_instalment(24)
    """
    return _plan("interest_only", Rule(), n, rate=rate, pattern=_cycles("interest_only", None, interest_on))


def flat(n: Any, *, interest: FlatInterest = "each", balloon: Any = None, rate: Any = None) -> Plan:
    """Flat (等本等息): equal principal, and each period the interest on the balance at the start.

    Parameters
    ----------
    n
        Periods.
    interest
        ``"each"``: each period's is rounded by itself. ``"total"`` (add-on interest): that of all periods is
        rounded as one amount and divided among them, and the last takes the rest. The share of principal
        and that of interest, each rounded to the unit, are an instalment together, rounded to its multiple.
        Nothing is drawn or prepaid beside it.
    balloon, rate
        As for :func:`equal_instalment`.

    Examples
    --------
    >>> flat(12)
    flat(12)
    >>> flat(12, interest="total")
    flat(12, interest="total")
    """
    _balloon("flat", None, balloon)
    _option("flat", "interest", interest, FlatInterest)
    rule = Rule(Amount.SHARE, on_start=True, added_on=interest == "total")
    option = "total" if rule.added_on else None
    return _plan("flat", rule, n, balloon=balloon, rate=rate, option=option)


def bullet(n: Any, *, interest: BulletInterest = "simple", rate: Any = None) -> Plan:
    """Principal and interest in one payment at the end (到期一次还本付息).

    Parameters
    ----------
    n
        Periods until then.
    interest
        ``"simple"``: each period's interest waits, bearing none; ``"compound"``: it is capitalised.
    rate
        As for :func:`equal_instalment`.

    Examples
    --------
    >>> bullet(12, interest="compound")
    bullet(12, interest="compound")
    """
    _option("bullet", "interest", interest, BulletInterest)
    if interest == "simple":
        rule = Rule(interest=Interest.DEFERRED, pays=False)
    else:
        rule = Rule(net=True, interest=Interest.CAPITALISED, pays=False)
    return _plan("bullet", rule, n, repay="last", option=interest, rate=rate)


def fixed_payment(amount: Any, *, merge_below: Any = None, rate: Any = None) -> Plan:
    """The same given payment until everything is paid off; the last one is what is left.

    Parameters
    ----------
    amount
        Currency units: a number, text or Decimal, :func:`col`, or one per loan. A loan that it would
        never pay off is refused with ``never_paid_off``.
    merge_below
        In currency units: a last payment (principal and interest) below it is paid with the one before it,
        a period earlier, and so is larger than the others. Not where there is none before it in the stage,
        nor where principal is drawn or repaid on its own in that last period.
    rate
        As for :func:`equal_instalment`.

    Examples
    --------
    >>> fixed_payment("500.00")
    fixed_payment("500.00")
    >>> fixed_payment("500.00", merge_below="10")
    fixed_payment("500.00", merge_below="10")
    """
    rule = Rule(Amount.GIVEN, net=True)
    return _plan("fixed_payment", rule, 0, amount=amount, merge_below=merge_below, rate=rate)


def drawdown(amount: Any, *, on: Any) -> Plan:
    """More is lent on a date: the balance bears its interest from then on, and instalments are solved anew.

    Parameters
    ----------
    amount
        Currency units, or one per loan.
    on
        The date, or one per loan (missing: none for that loan). Not before the loan's start.

    Examples
    --------
    >>> drawdown("5000", on="2026-06-15") + equal_instalment(24)
    drawdown("5000", on="2026-06-15") + equal_instalment(24)
    """
    _dated("drawdown", on)
    return Plan((), (Stage("drawdown", Rule(), 0, amount=amount, on=on),))


def _dated(name: str, on: Any) -> None:
    if on is None:
        raise InputError(Code.MISSING, f"{name}.on", None, "the date, or a column of dates")


def prepayment(amount: Any, *, on: Any, then: Then = "lower") -> Plan:
    """Principal repaid beside the instalments (提前还本), on a date.

    Parameters
    ----------
    amount, on
        As for :func:`drawdown`. Of more than is owed only what is owed is paid.
    then
        ``"lower"``: instalments that fall due later are solved anew; ``"shorten"``: they are those of the
        plan without the prepayment, and the plan ends when everything is repaid.

    Examples
    --------
    >>> prepayment("1000", on="2026-06-15", then="shorten") + equal_instalment(24)
    prepayment("1000", on="2026-06-15", then="shorten") + equal_instalment(24)
    """
    _dated("prepayment", on)
    _option("prepayment", "then", then, Then)
    return Plan((), (Stage("prepayment", Rule(), 0, amount=amount, on=on, option=then),))


def forbear(amount: Any) -> Plan:
    """Principal put aside (挂账): it bears no interest, and is repaid with the plan's last instalment.

    Instalments are those of the balance without it; several such parts add up. What is drawn isn't put aside,
    nor can what is put aside be prepaid: a prepayment repays at most what bears interest, and where it
    shortens the plan, what is put aside falls due with the plan's new last instalment. A fee that is a share
    of principal or balance is a share of both together.

    Parameters
    ----------
    amount
        Currency units, or one per loan; 0: nothing. Less than the principal and overdue principal at the
        start: something must be left to repay.

    Examples
    --------
    >>> forbear("5000") + equal_instalment(24)
    forbear("5000") + equal_instalment(24)
    """
    return Plan((), (Stage("forbear", Rule(), amount=amount),))


def arrears(of: Arrears, *, repay: FirstOrLast = "first", over: Any = None) -> Plan:
    """How a component of the arrears is repaid; of those that aren't named, all with the first payment.

    None of them bears interest. Overdue principal is none of these: it is in the balance.

    Parameters
    ----------
    of
        ``"overdue_interest"``, ``"accrued_interest"``, ``"penalty"`` or ``"fees"``.
    repay
        With the ``"first"`` payments, or all of it with the ``"last"``.
    over
        Over how many of the first payments: an int, :func:`col`, or one per loan; 1 unless given, and no more
        than the plan has. As even as whole minor units allow, the earlier payments the one unit more.

    Examples
    --------
    >>> arrears("overdue_interest", over=6) + arrears("fees", repay="last") + equal_instalment(24)
    arrears("overdue_interest", over=6) + arrears("fees", repay="last") + equal_instalment(24)
    """
    _option("arrears", "of", of, Arrears)
    _option("arrears", "repay", repay, FirstOrLast)
    if repay == "last" and over is not None:
        rule = "what is repaid with the last payment isn't spread"
        raise InputError(Code.UNKNOWN_VALUE, "arrears.over", over, rule)
    count = 1 if over is None else over
    if isinstance(count, (int, np.integer)):
        count = _periods("arrears.over", count)
    return Plan((), (Stage("arrears", Rule(), count, repay=repay, option=of),))


def holiday(
    n: Any = None,
    *,
    until: Any = None,
    interest: HolidayInterest,
    repay: Repay | None = None,
    rate: Any = None,
) -> Plan:
    """A payment holiday: nothing is paid for some periods.

    Parameters
    ----------
    n
        Periods; 0 for loans that have none.
    until
        A date, or one per loan, instead: through every period that falls due on or before it, as the due
        dates are before any shift to a business day. Missing, or before the stage's first due date: there is
        no holiday.
    interest
        ``"capitalise"``: added to the balance row by row, bearing interest; ``"capitalise_at_end"``: simple
        interest, which is kept apart and bears none in the holiday, and is added to the balance in one sum
        on its last due date; ``"defer"``: kept apart, bearing none; ``"waive"``: not charged.
    repay
        Where deferred interest is repaid, and only that: with the ``"first"`` payment after the holiday
        (the default), ``"spread"`` over all that follow, or with the ``"last"``.
    rate
        As for :func:`equal_instalment`.

    Examples
    --------
    >>> holiday(3, interest="defer", repay="spread") + equal_principal(12)
    holiday(3, interest="defer", repay="spread") + equal_principal(12)
    >>> holiday(until="2026-09-30", interest="capitalise") + equal_instalment(24)
    holiday(until="2026-09-30", interest="capitalise") + equal_instalment(24)
    >>> holiday(3, interest="capitalise_at_end") + equal_instalment(24)
    holiday(3, interest="capitalise_at_end") + equal_instalment(24)
    """
    if (n is None) == (until is None):
        raise InputError(Code.MISSING, "holiday.n", rule="one of n and until is given")
    _option("holiday", "interest", interest, HolidayInterest)
    if repay is not None:
        _option("holiday", "repay", repay, Repay)
        if interest != "defer":
            raise InputError(
                Code.UNKNOWN_VALUE, "holiday.repay", repay, "only deferred interest is repaid apart"
            )
    fate = {
        "capitalise": Interest.CAPITALISED,
        "capitalise_at_end": Interest.JOINED,
        "defer": Interest.DEFERRED,
        "waive": Interest.WAIVED,
    }[interest]
    rule = Rule(net=fate is Interest.CAPITALISED, interest=fate, pays=False)
    length = 0 if n is None else n
    return _plan("holiday", rule, length, repay=repay or "first", option=interest, rate=rate, until=until)


def fee(
    amount: Any = None,
    *,
    share: Any = None,
    of: Of = "principal",
    when: When = "upfront",
    financed: bool = False,
) -> Plan:
    """A fee (手续费) beside the instalments, which it doesn't change; several add up.

    Parameters
    ----------
    amount
        Currency units, or one per loan (0 for those that have none).
    share
        A fraction instead of an amount: ``"0.01"`` is 1 %. Rounded by :class:`~repayplan.Rounding`'s rule
        for fees.
    of
        What it is a share of: the ``"principal"`` at the start (overdue principal included, financed fees
        not), or the opening ``"balance"`` of the row in which it is paid.
    when
        ``"upfront"``: once, with the plan's first row that pays anything. ``"each"``: with each row that
        pays as its stage does, as long as there is anything to pay; none where nothing is paid, as in a
        holiday.
    financed
        Added to the balance at the start instead of paid: it bears interest and is repaid as principal.
        Only upfront, and no share of the balance.

    Examples
    --------
    >>> fee("25.00") + equal_instalment(24)
    fee("25.00") + equal_instalment(24)
    >>> fee(share="0.01", financed=True) + fee("2.50", when="each") + equal_instalment(24)
    fee(share="0.01", financed=True) + fee("2.50", when="each") + equal_instalment(24)
    """
    if (amount is None) == (share is None):
        raise InputError(Code.MISSING, "fee.amount", rule="one of amount and share is given")
    _option("fee", "of", of, Of)
    _option("fee", "when", when, When)
    if of != "principal" and share is None:
        raise InputError(Code.UNKNOWN_VALUE, "fee.of", of, "an amount is a share of nothing")
    if not isinstance(financed, bool):
        raise InputError(Code.UNKNOWN_VALUE, "fee.financed", financed, "True or False")
    if financed and (when, of) != ("upfront", "principal"):
        rule = "only a fee charged upfront, and no share of the balance, is added to it"
        raise InputError(Code.UNKNOWN_VALUE, "fee.financed", financed, rule)
    return Plan((), (Stage("fee", Rule(), amount=amount, levy=Levy(share, of, when, financed)),))
