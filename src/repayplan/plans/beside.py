"""What stands beside the instalments or between them: money drawn and prepaid, arrears, holidays, fees."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from repayplan.basics.errors import Code, InputError
from repayplan.kernel.rules import Interest, Rule
from repayplan.plans.arguments import check_option, number_of_periods, plan_of
from repayplan.plans.pattern import Levy, Of, When
from repayplan.plans.stage import Plan, Repay, Stage

HolidayInterest = Literal["capitalise", "capitalise_at_end", "defer", "waive"]
Then = Literal["lower", "shorten"]
Arrears = Literal["overdue_interest", "accrued_interest", "penalty", "fees"]
FirstOrLast = Literal["first", "last"]


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
    >>> from repayplan import equal_instalment
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
    >>> from repayplan import equal_instalment
    >>> prepayment("1000", on="2026-06-15", then="shorten") + equal_instalment(24)
    prepayment("1000", on="2026-06-15", then="shorten") + equal_instalment(24)
    """
    _dated("prepayment", on)
    check_option("prepayment", "then", then, Then)
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
    >>> from repayplan import equal_instalment
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
    >>> from repayplan import equal_instalment
    >>> arrears("overdue_interest", over=6) + arrears("fees", repay="last") + equal_instalment(24)
    arrears("overdue_interest", over=6) + arrears("fees", repay="last") + equal_instalment(24)
    """
    check_option("arrears", "of", of, Arrears)
    check_option("arrears", "repay", repay, FirstOrLast)
    if repay == "last" and over is not None:
        rule = "what is repaid with the last payment isn't spread"
        raise InputError(Code.UNKNOWN_VALUE, "arrears.over", over, rule)
    count = 1 if over is None else over
    if isinstance(count, (int, np.integer)):
        count = number_of_periods("arrears.over", count)
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
    >>> from repayplan import equal_instalment, equal_principal
    >>> holiday(3, interest="defer", repay="spread") + equal_principal(12)
    holiday(3, interest="defer", repay="spread") + equal_principal(12)
    >>> holiday(until="2026-09-30", interest="capitalise") + equal_instalment(24)
    holiday(until="2026-09-30", interest="capitalise") + equal_instalment(24)
    >>> holiday(3, interest="capitalise_at_end") + equal_instalment(24)
    holiday(3, interest="capitalise_at_end") + equal_instalment(24)
    """
    if (n is None) == (until is None):
        raise InputError(Code.MISSING, "holiday.n", rule="one of n and until is given")
    check_option("holiday", "interest", interest, HolidayInterest)
    if repay is not None:
        check_option("holiday", "repay", repay, Repay)
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
    return plan_of("holiday", rule, length, repay=repay or "first", option=interest, rate=rate, until=until)


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
    >>> from repayplan import equal_instalment
    >>> fee("25.00") + equal_instalment(24)
    fee("25.00") + equal_instalment(24)
    >>> fee(share="0.01", financed=True) + fee("2.50", when="each") + equal_instalment(24)
    fee(share="0.01", financed=True) + fee("2.50", when="each") + equal_instalment(24)
    """
    if (amount is None) == (share is None):
        raise InputError(Code.MISSING, "fee.amount", rule="one of amount and share is given")
    check_option("fee", "of", of, Of)
    check_option("fee", "when", when, When)
    if of != "principal" and share is None:
        raise InputError(Code.UNKNOWN_VALUE, "fee.of", of, "an amount is a share of nothing")
    if not isinstance(financed, bool):
        raise InputError(Code.UNKNOWN_VALUE, "fee.financed", financed, "True or False")
    if financed and (when, of) != ("upfront", "principal"):
        rule = "only a fee charged upfront, and no share of the balance, is added to it"
        raise InputError(Code.UNKNOWN_VALUE, "fee.financed", financed, rule)
    return Plan((), (Stage("fee", Rule(), amount=amount, levy=Levy(share, of, when, financed)),))
