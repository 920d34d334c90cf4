"""Other ways to repay: equal principal, interest only, flat interest, at the end, in given payments."""

from __future__ import annotations

from typing import Any, Literal

from repayplan.kernel.rules import Amount, Interest, Rule
from repayplan.plans.arguments import check_balloon, check_option, cycles_of, plan_of
from repayplan.plans.stage import Plan

FlatInterest = Literal["each", "total"]
BulletInterest = Literal["simple", "compound"]


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
    check_balloon("equal_principal", principal, balloon)
    pattern = cycles_of("equal_principal", principal_on, interest_on)
    rule = Rule(Amount.SHARE)
    return plan_of("equal_principal", rule, n, amount=principal, balloon=balloon, rate=rate, pattern=pattern)


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
    >>> from repayplan import equal_instalment
    >>> interest_only(6) + equal_instalment(24)
    interest_only(6) + equal_instalment(24)
    """
    return plan_of(
        "interest_only", Rule(), n, rate=rate, pattern=cycles_of("interest_only", None, interest_on)
    )


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
    check_balloon("flat", None, balloon)
    check_option("flat", "interest", interest, FlatInterest)
    rule = Rule(Amount.SHARE, on_start=True, added_on=interest == "total")
    option = "total" if rule.added_on else None
    return plan_of("flat", rule, n, balloon=balloon, rate=rate, option=option)


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
    check_option("bullet", "interest", interest, BulletInterest)
    if interest == "simple":
        rule = Rule(interest=Interest.DEFERRED, pays=False)
    else:
        rule = Rule(net=True, interest=Interest.CAPITALISED, pays=False)
    return plan_of("bullet", rule, n, repay="last", option=interest, rate=rate)


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
    return plan_of("fixed_payment", rule, 0, amount=amount, merge_below=merge_below, rate=rate)
