"""Instalments that are solved: level, growing, by season, in given proportions."""

from __future__ import annotations

from typing import Any, Literal

from repayplan.basics.errors import Code, InputError
from repayplan.kernel.rules import Amount, Change, Rule
from repayplan.plans.arguments import check_balloon, check_option, number_of_periods, numbers_of, plan_of
from repayplan.plans.pattern import Between, Pattern
from repayplan.plans.stage import Plan

Shortfall = Literal["refuse", "capitalise"]
RateChange = Literal["resolve", "keep", "foresee"]
SUNK = "graduated.step"
"""What is at fault where a planned payment is below 0."""


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
    check_balloon("equal_instalment", instalment, balloon)
    check_option("equal_instalment", "shortfall", shortfall, Shortfall)
    adds = shortfall == "capitalise"
    check_option("equal_instalment", "rate_change", rate_change, RateChange)
    if adds and instalment is None and rate_change != "keep":
        wanted = (
            "a solved instalment has no shortfall, unless rates change and it is kept: rate_change='keep'"
        )
        raise InputError(Code.UNKNOWN_VALUE, "equal_instalment.shortfall", shortfall, wanted)
    rule = Rule(Amount.LEVEL, net=True, adds=adds, change=Change[rate_change.upper()])
    least: dict[str, Any] = {"at_least": at_least, "merge_below": merge_below}
    return plan_of("equal_instalment", rule, n, amount=instalment, balloon=balloon, rate=rate, **least)


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
    check_balloon("graduated", instalment, balloon)
    check_option("graduated", "shortfall", shortfall, Shortfall)
    check_option("graduated", "rate_change", rate_change, RateChange)
    pattern = Pattern(growth=growth, step=step, every=number_of_periods("graduated.every", every))
    rule = Rule(Amount.LEVEL, net=True, adds=shortfall == "capitalise", change=Change[rate_change.upper()])
    return plan_of("graduated", rule, n, amount=instalment, balloon=balloon, rate=rate, pattern=pattern)


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
    check_balloon("seasonal", instalment, balloon)
    check_option("seasonal", "between", between, Between)
    check_option("seasonal", "shortfall", shortfall, Shortfall)
    check_option("seasonal", "rate_change", rate_change, RateChange)
    pattern = Pattern(months=numbers_of("seasonal.months", months, 12), between=between)
    rule = Rule(Amount.LEVEL, net=True, adds=shortfall == "capitalise", change=Change[rate_change.upper()])
    return plan_of("seasonal", rule, n, amount=instalment, balloon=balloon, rate=rate, pattern=pattern)


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
    check_balloon("custom", amounts, balloon)
    check_option("custom", "shortfall", shortfall, Shortfall)
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
    return plan_of("custom", rule, n, balloon=balloon, rate=rate, pattern=Pattern(amounts=amounts))
