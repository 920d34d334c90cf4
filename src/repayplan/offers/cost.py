"""What a new plan costs the lender beside the contract, and the borrower: values, tests, gain or loss."""

from __future__ import annotations

from dataclasses import dataclass, fields
from decimal import Decimal
from fractions import Fraction
from typing import Any, get_args, overload

import numpy as np

from repayplan.ability.figures import SHARE_PLACES, decimal
from repayplan.basics.columns import RATE_DECIMALS, money_of
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import to_decimal
from repayplan.basics.outcome import Bools, Ints, Outcome
from repayplan.kernel.accrue import divide_product
from repayplan.offers.sides import Many, One, read_sides, summed
from repayplan.plans.batch import Schedules
from repayplan.plans.single import Schedule
from repayplan.plans.worth import diminished_obligation
from repayplan.plans.yearly import Year


@dataclass(frozen=True, slots=True, kw_only=True)
class ModificationRule:
    """How a lender values changed terms, and from where on a change is more than a change of terms.

    Parameters
    ----------
    year
        How due dates become years (see :func:`~repayplan.effective_rate`).
    diminished_above
        The part by which the value of a debt may fall before the obligation counts as diminished, so that
        the obligor is in default; the institution sets it, at most 0.01 (EBA/GL/2016/07, paragraph 51).
    substantial_from
        The part by which values differ from which on the terms are substantially different: 0.1 for
        liabilities (IFRS 9, B3.3.6); for a lender it is accounting policy, beside what isn't figures.

    Raises
    ------
    InputError
        A year that isn't known, or a part that isn't from 0 to 1.

    Examples
    --------
    >>> rule = ModificationRule(year="12 months", diminished_above="0.01", substantial_from="0.1")
    >>> rule.diminished_above
    Decimal('0.01')
    """

    year: Year
    diminished_above: Decimal
    substantial_from: Decimal

    def __post_init__(self) -> None:
        if self.year not in get_args(Year):
            raise InputError(Code.UNKNOWN_VALUE, "year", self.year, f"one of {', '.join(get_args(Year))}")
        for name in ("diminished_above", "substantial_from"):
            part = decimal(name, getattr(self, name), most=1, places=SHARE_PLACES)
            object.__setattr__(self, name, part)


@dataclass(frozen=True, slots=True, kw_only=True)
class LenderCost:
    """What a plan costs beside the contract, of one loan.

    Attributes
    ----------
    rate
        The original effective rate, at which both are valued.
    value_before, value_after
        What the contract's remaining flows, and the plan's, are worth on the day of valuation.
    lost
        The first less the second; below 0 where the plan is worth more.
    diminished_share, diminished
        ``lost / value_before``, and whether it is above the rule's bound.
    difference_share, substantial
        ``abs(value_after + net_fees - value_before) / value_before``, and whether it comes up to the rule's
        bound.
    carrying_before, derecognised, carrying_after
        Gross carrying amount before; what of it is forgiven and so is derecognised; and after: the plan's
        flows at the original rate.
    modification_gain
        ``carrying_after - (carrying_before - derecognised)``; a loss is below 0.
    cost_before, cost_after
        The total cost to the borrower, by the contract and by the plan: all that is paid from now on, less
        what is lent anew and all that is owed now, arrears among it; of the contract, the arrears that its
        schedule pays. Beside a plan that is no offer, what the contract starts from is what is owed.
        ``net_fees`` are part of the second. A menu and the offer sheet show the same cost.
    waived_interest
        Interest that accrues under the plan and is never charged.
    """

    rate: Decimal
    value_before: Decimal
    value_after: Decimal
    lost: Decimal
    diminished_share: Decimal
    diminished: bool
    difference_share: Decimal
    substantial: bool
    carrying_before: Decimal
    derecognised: Decimal
    carrying_after: Decimal
    modification_gain: Decimal
    cost_before: Decimal
    cost_after: Decimal
    waived_interest: Decimal


_SHARES = ("rate", "diminished_share", "difference_share")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LenderCosts:
    """The same of many loans: columns with a value for each good one.

    Attributes
    ----------
    decimals
        int64; of the minor units that amounts (int64) are in.
    rate, diminished_share, difference_share
        int64 in 1e-10.
    diminished, substantial
        bool.
    """

    decimals: Ints
    rate: Ints
    value_before: Ints
    value_after: Ints
    lost: Ints
    diminished_share: Ints
    diminished: Bools
    difference_share: Ints
    substantial: Bools
    carrying_before: Ints
    derecognised: Ints
    carrying_after: Ints
    modification_gain: Ints
    cost_before: Ints
    cost_after: Ints
    waived_interest: Ints

    def __len__(self) -> int:
        return len(self.rate)

    def one(self, i: int) -> LenderCost:
        """The figures of loan ``i`` of the good ones."""
        figures: dict[str, Any] = {}
        for each in fields(LenderCost):
            value = getattr(self, each.name)[i]
            places = RATE_DECIMALS if each.name in _SHARES else int(self.decimals[i])
            figures[each.name] = bool(value) if value.dtype == np.bool_ else to_decimal(value, places)
        return LenderCost(**figures)


@overload
def lender_cost(
    before: Schedule,
    plan: One,
    rule: ModificationRule,
    *,
    rate: Any,
    forgiven: Any = None,
    net_fees: Any = 0,
    carrying_amount: Any = None,
    on: Any = None,
) -> LenderCost: ...
@overload
def lender_cost(
    before: Schedules,
    plan: Many,
    rule: ModificationRule,
    *,
    rate: Any,
    forgiven: Any = None,
    net_fees: Any = 0,
    carrying_amount: Any = None,
    on: Any = None,
) -> Outcome[LenderCosts]: ...
def lender_cost(
    before: Schedule | Schedules,
    plan: One | Many,
    rule: ModificationRule,
    *,
    rate: Any,
    forgiven: Any = None,
    net_fees: Any = 0,
    carrying_amount: Any = None,
    on: Any = None,
) -> LenderCost | Outcome[LenderCosts]:
    """What a plan costs the lender beside the contract, by the rules for distressed restructurings.

    Parameters
    ----------
    before
        The contract's remaining schedule; many are found by the caller's row number.
    plan
        A schedule, an offer, or a debt's share of a merged plan; many of any. Columns of options have a
        value for each schedule of it.
    rule
        How it is valued, and the bounds.
    rate
        The original effective annual rate by the rule's ``year``: text, Decimal, ``minor(units)`` of 1e-10,
        or the Outcome of ``effective_rate`` of the contracts as they were signed.
    forgiven
        What is given up of what is owed, in currency units or ``minor(units)``; by default what the offer
        waives, and nothing beside a schedule.
    net_fees
        What the borrower pays the lender for the change on the day of valuation, less what is paid back.
    carrying_amount
        Gross carrying amount; by default ``value_before``.
    on
        The day of valuation; by default the one that the plan's interest runs from.

    Returns
    -------
    :class:`LenderCost`; of many loans an Outcome of :class:`LenderCosts` with the caller's row numbers.

    Raises
    ------
    InputError
        The contract is worth nothing, or flows can't be valued (see :func:`~repayplan.present_value`); more
        is forgiven than is carried; beside an offer, the contract isn't that of the loan that it is for: any
        figure differs but for rounding, or it has other arrears, and doesn't leave them out.
        In a batch a loan's fault is an entry of the failures instead, and
        ``missing`` where there is no contract or rate for a loan of the plan.
    TypeError
        One schedule beside many, or columns of the wrong length.

    Notes
    -----
    Values are rounded once, half to even, to the unit; shares are those of the rounded values, and the tests
    are decided on these values exactly. EBA/GL/2016/07, paragraph 51; IFRS 9, 5.4.3, B3.3.6 and, for what is
    forgiven, 3.2.3 and B3.2.16(r).

    Examples
    --------
    Five years at 5 % whose flows are all put off by two years:

    >>> from repayplan import Loan, bullet, holiday, interest_only, schedule
    >>> terms = {"annual_rate": "0.05", "original_term": 5, "elapsed": 0, "unpaid": 5, "frequency": "annual"}
    >>> loan = Loan(principal=100_000, next_due="2027-01-01", **terms)
    >>> contract = schedule(loan, interest_only(4) + bullet(1))
    >>> plan = schedule(loan, holiday(2, interest="waive") + interest_only(4) + bullet(1))
    >>> rule = ModificationRule(year="12 months", diminished_above="0.01", substantial_from="0.1")
    >>> cost = lender_cost(contract, plan, rule, rate=contract.effective_rate(year="12 months"))
    >>> cost.value_before, cost.value_after, cost.diminished_share, cost.diminished, cost.substantial
    (Decimal('100000.00'), Decimal('90702.95'), Decimal('0.0929705000'), True, False)
    """
    sides = read_sides(before, plan, rate, rule.year, on)
    fees = sides.money("net_fees", net_fees, 0, minimum=None)
    waived = sides.stated("waived", "forgiven")
    given_up = sides.money("forgiven", forgiven, 0 if waived is None else waived)
    old, new = (sides.value(each.amount, each.due, each.offsets) for each in (sides.before, sides.after))
    shares = [sides.taken(diminished_obligation(old, worth)) for worth in (new, new + fees)]
    carried = old if carrying_amount is None else sides.money("carrying_amount", carrying_amount, 0)
    shown = (money_of(units, sides.decimals) for units in (given_up, carried))
    sides.screen.fault(given_up > carried, Code.OUT_OF_RANGE, "forgiven", *shown)
    lost = old - new
    difference = np.abs(fees - lost)
    bound, rest = _part_of(old, rule.substantial_from)
    cost_before, cost_after = sides.costs
    columns = {
        "decimals": sides.decimals,
        "rate": sides.rate,
        "value_before": old,
        "value_after": new,
        "lost": lost,
        "diminished_share": shares[0],
        # Whole numbers: above x is above its floor, and from x on is from its ceiling on.
        "diminished": lost > _part_of(old, rule.diminished_above)[0],
        "difference_share": np.abs(shares[1]),
        "substantial": difference >= bound + (rest > 0),
        "carrying_before": carried,
        "derecognised": given_up,
        "carrying_after": new,
        "modification_gain": new - (carried - given_up),
        "cost_before": cost_before,
        "cost_after": cost_after + fees,
        "waived_interest": summed(sides.column("waived")),
    }
    outcome = sides.outcome(LenderCosts, columns)
    return outcome.single().one(0) if isinstance(before, Schedule) else outcome


def _part_of(amount: Ints, share: Decimal) -> tuple[Ints, Ints]:
    """Floor of a share of amounts, and what is left of a unit (0: nothing)."""
    part = Fraction(share)
    return divide_product(np.maximum(amount, 0), np.full(len(amount), part.numerator), part.denominator)
