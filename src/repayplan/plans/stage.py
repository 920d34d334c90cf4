"""Stages and their algebra: a plan is a sequence of stages and is read aloud like one."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, get_args

from repayplan.basics.errors import Code, InputError
from repayplan.kernel.work import MAX_PERIODS, Amount, Change, Interest, Rule

Repay = Literal["first", "spread", "last"]
HolidayInterest = Literal["capitalise", "defer", "waive"]
BulletInterest = Literal["simple", "compound"]
Shortfall = Literal["refuse", "capitalise"]
RateChange = Literal["resolve", "keep", "foresee"]
REST = "rest"
"""A balloon of whatever a given amount leaves."""


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

    def __repr__(self) -> str:
        parts = [] if self.name == "fixed_payment" else [_shown(self.length)]
        if self.name == "fixed_payment":
            parts.append(_shown(self.amount))
        elif self.amount is not None:
            what = "principal" if self.name == "equal_principal" else "instalment"
            parts.append(f"{what}={_shown(self.amount)}")
        if self.balloon is not None:
            parts.append(f"balloon={_shown(self.balloon)}")
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


def _shown(value: Any) -> str:
    if isinstance(value, (int, Column)):
        return repr(value)
    if isinstance(value, (str, Decimal)):
        return f'"{value}"'
    return f"<column of {len(value)}>" if hasattr(value, "__len__") else repr(value)


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Stages in order; ``+`` joins plans.

    Examples
    --------
    >>> holiday(3, interest="capitalise") + equal_instalment(24)
    holiday(3, interest="capitalise") + equal_instalment(24)
    """

    stages: tuple[Stage, ...]

    def __add__(self, other: Plan) -> Plan:
        if not isinstance(other, Plan):
            return NotImplemented
        ends = self.stages[-1].name
        if ends in ("bullet", "fixed_payment"):
            rule = "bullet and fixed_payment repay everything: nothing can follow them"
            raise InputError(Code.UNKNOWN_VALUE, "plan", ends, rule)
        stages = self.stages + other.stages
        solved = [s.name for s in stages if s.rule.amortises and s.amount is None]
        if solved and stages[-1].name == "fixed_payment":
            # Each would depend on the other: how much is left, and how many rows that takes.
            rule = "before fixed_payment nothing is solved: give the instalment"
            raise InputError(Code.UNKNOWN_VALUE, "plan", solved[0], rule)
        return Plan(stages)

    def __repr__(self) -> str:
        return " + ".join(map(repr, self.stages))

    def check(self) -> None:
        """Raises :class:`InputError` where the plan can't repay: it ends with a holiday."""
        if self.stages[-1].name == "holiday":
            rule = "a plan ends with a stage that repays what is owed, not with a holiday"
            raise InputError(Code.UNKNOWN_VALUE, "plan", repr(self), rule)


def _length(name: str, n: Any) -> Any:
    if isinstance(n, int) and (isinstance(n, bool) or n < 0):
        raise InputError(Code.OUT_OF_RANGE, f"{name}.n", n, f"a number of periods, 0 to {MAX_PERIODS}")
    return n


def _option(name: str, field: str, value: str, allowed: Any) -> None:
    if value not in get_args(allowed):
        rule = f"one of {', '.join(get_args(allowed))}"
        raise InputError(Code.UNKNOWN_VALUE, f"{name}.{field}", value, rule)


def _plan(name: str, rule: Rule, n: Any, **more: Any) -> Plan:
    return Plan((Stage(name, rule, _length(name, n), **more),))


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
    balloon
        What is to be left after the stage, in currency units: the next stage repays it, or the last
        payment of the plan. ``"rest"`` beside a given instalment: the last payment may be of any size.
    shortfall
        Of a given instalment that doesn't cover a period's interest: ``"refuse"``, or ``"capitalise"``
        what is missing (negative amortisation).
    rate
        Annual rate of these periods, a fraction, instead of the loan's.
    rate_change
        The instalment is solved as if the rate known then stayed. Where it changes: ``"resolve"`` it over
        the rest of the periods, ``"keep"`` it (the last payment takes the difference); or ``"foresee"``
        every change and solve one instalment for all of them.

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
    """
    _balloon("equal_instalment", instalment, balloon)
    _option("equal_instalment", "shortfall", shortfall, Shortfall)
    adds = shortfall == "capitalise"
    if adds and instalment is None:
        wanted = "a solved instalment has no shortfall; give the instalment"
        raise InputError(Code.UNKNOWN_VALUE, "equal_instalment.shortfall", shortfall, wanted)
    _option("equal_instalment", "rate_change", rate_change, RateChange)
    rule = Rule(Amount.LEVEL, net=True, adds=adds, change=Change[rate_change.upper()])
    return _plan("equal_instalment", rule, n, amount=instalment, balloon=balloon, rate=rate)


def equal_principal(n: Any, *, principal: Any = None, balloon: Any = None, rate: Any = None) -> Plan:
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

    Examples
    --------
    >>> equal_principal(12)
    equal_principal(12)
    >>> equal_principal(12, principal="100", balloon="rest")
    equal_principal(12, principal="100", balloon="rest")
    """
    _balloon("equal_principal", principal, balloon)
    return _plan("equal_principal", Rule(Amount.SHARE), n, amount=principal, balloon=balloon, rate=rate)


def interest_only(n: Any, *, rate: Any = None) -> Plan:
    """Interest only (先息后本): no principal in these periods; as last stage, all of it in the last.

    Parameters
    ----------
    n
        Periods.
    rate
        As for :func:`equal_instalment`.

    Examples
    --------
    >>> interest_only(6) + equal_instalment(24)
    interest_only(6) + equal_instalment(24)
    """
    return _plan("interest_only", Rule(), n, rate=rate)


def flat(n: Any, *, balloon: Any = None, rate: Any = None) -> Plan:
    """Flat (等本等息): equal principal, and each period the interest on the balance at the start.

    Parameters
    ----------
    n
        Periods.
    balloon, rate
        As for :func:`equal_instalment`.

    Examples
    --------
    >>> flat(12)
    flat(12)
    """
    _balloon("flat", None, balloon)
    return _plan("flat", Rule(Amount.SHARE, on_start=True), n, balloon=balloon, rate=rate)


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


def fixed_payment(amount: Any, *, rate: Any = None) -> Plan:
    """The same given payment until everything is paid off; the last one is what is left.

    Parameters
    ----------
    amount
        Currency units: a number, text or Decimal, :func:`col`, or one per loan. A loan that it would
        never pay off is refused with ``never_paid_off``.
    rate
        As for :func:`equal_instalment`.

    Examples
    --------
    >>> fixed_payment("500.00")
    fixed_payment("500.00")
    """
    return Plan((Stage("fixed_payment", Rule(Amount.GIVEN, net=True), 0, amount=amount, rate=rate),))


def holiday(n: Any, *, interest: HolidayInterest, repay: Repay = "first", rate: Any = None) -> Plan:
    """A payment holiday: nothing is paid for some periods.

    Parameters
    ----------
    n
        Periods; 0 for loans that have none.
    interest
        ``"capitalise"``: added to the balance, bearing interest; ``"defer"``: kept apart, bearing
        none; ``"waive"``: not charged.
    repay
        Where deferred interest is repaid: with the ``"first"`` payment after the holiday,
        ``"spread"`` over all that follow, or with the ``"last"``.
    rate
        As for :func:`equal_instalment`.

    Examples
    --------
    >>> holiday(3, interest="defer", repay="spread") + equal_principal(12)
    holiday(3, interest="defer", repay="spread") + equal_principal(12)
    """
    _option("holiday", "interest", interest, HolidayInterest)
    _option("holiday", "repay", repay, Repay)
    fate = {
        "capitalise": Interest.CAPITALISED,
        "defer": Interest.DEFERRED,
        "waive": Interest.WAIVED,
    }[interest]
    rule = Rule(net=fate is Interest.CAPITALISED, interest=fate, pays=False)
    return _plan("holiday", rule, n, repay=repay, option=interest, rate=rate)
