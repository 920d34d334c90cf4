"""What payments go to: the order of components, by instalment or across them, and what is paid in advance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from repayplan.ability.figures import one_of, rising, values, whole
from repayplan.accounts.component import Component, components
from repayplan.basics.errors import Code, InputError
from repayplan.offers.hardship import said

By = Literal["instalment", "component"]
BROUGHT_BY: dict[str, Literal["borrower", "guarantor", "lender"]] = {
    "payment": "borrower",
    "guarantor_payment": "guarantor",
    "goodwill": "lender",
    "early_repayment": "borrower",
}
"""Kinds of events that bring money, and whose it is: whatever asks for some of them chooses by that."""
MONEY_IN = tuple(BROUGHT_BY)
InAdvance = Literal["hold", "next", "last", "lower", "shorter"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentOrder:
    """One order of payment.

    Parameters
    ----------
    order
        All components, the first paid first.
    by
        ``"instalment"``: the oldest instalment is paid in full before the next, in each by the order;
        ``"component"``: the first component of all instalments, the oldest first, then the second.
    ahead
        All components in the order in which money in advance pays what hasn't fallen due; None: the same.

    Raises
    ------
    InputError
        A component that is missing or named twice.
    """

    order: tuple[Component, ...]
    by: By
    ahead: tuple[Component, ...] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "order", components("order", self.order, all_of_them=True))
        object.__setattr__(self, "ahead", _ahead("ahead", self.ahead))
        one_of("by", self.by, get_args(By))


def _ahead(name: str, given: object) -> tuple[Component, ...] | None:
    return None if given is None else components(name, given, all_of_them=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class LateOrder(PaymentOrder):
    """The order of payments of accounts that are late.

    Parameters
    ----------
    from_days
        From so many days past due on, before the payment.
    """

    from_days: int

    def __post_init__(self) -> None:
        PaymentOrder.__post_init__(self)
        whole("from_days", self.from_days, 1, 36_600, "days")


@dataclass(frozen=True, slots=True, kw_only=True)
class KindOrder(PaymentOrder):
    """The order of one kind of payment, however late the account is.

    Parameters
    ----------
    kind
        Of an event that brings money: ``"payment"``, ``"guarantor_payment"``, ``"goodwill"`` or
        ``"early_repayment"``, where that isn't enough to end the account; without an order of its own it has
        that of a payment.
    in_advance
        What becomes of its money for which nothing is due.
    """

    kind: str
    in_advance: InAdvance

    def __post_init__(self) -> None:
        PaymentOrder.__post_init__(self)
        one_of("kind", self.kind, MONEY_IN)
        one_of("in_advance", self.in_advance, get_args(InAdvance))


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationRule:
    """What payments go to.

    Parameters
    ----------
    order, by, ahead
        As of a :class:`PaymentOrder`; of all payments that no other order is for.
    late
        Orders of accounts that are late, by rising days.
    kinds
        Orders of kinds of payment.
    in_advance
        What becomes of money for which nothing is due: it is kept until something falls due (``"hold"``) and
        pays that by ``order`` as it would if it came in that day, or pays the ``"next"`` instalments, or the
        ``"last"`` ones first, one after the other in the order of the payment; or it repays principal at
        once, after interest that has accrued, and the instalments become ``"lower"`` or the plan
        ``"shorter"``.
    source
        Where the order is written.

    Raises
    ------
    InputError
        An order that isn't complete, days that don't rise, a kind that is there twice.

    Examples
    --------
    Article 561 of China's Civil Code, and card issuers' turn after 90 days:

    >>> AllocationRule.example("civil-code-561").order[:2]
    ('costs', 'fees')
    >>> [late.from_days for late in AllocationRule.example("card-china").late]
    [91]
    """

    order: tuple[Component, ...]
    by: By
    ahead: tuple[Component, ...] | None = None
    late: tuple[LateOrder, ...] = ()
    kinds: tuple[KindOrder, ...] = ()
    in_advance: InAdvance
    source: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "order", components("allocation.order", self.order, all_of_them=True))
        object.__setattr__(self, "ahead", _ahead("allocation.ahead", self.ahead))
        one_of("allocation.by", self.by, get_args(By))
        one_of("allocation.in_advance", self.in_advance, get_args(InAdvance))
        said("allocation.source", self.source)
        for name, kind in (("late", LateOrder), ("kinds", KindOrder)):
            rule = f"a list of {kind.__name__}"
            found = values(f"allocation.{name}", getattr(self, name), kind, rule, some=False)
            object.__setattr__(self, name, found)
        rising("allocation.late", [each.from_days for each in self.late], "later than before", ".from_days")
        named = [each.kind for each in self.kinds]
        for i, each in enumerate(named):
            if each in named[:i]:
                raise InputError(Code.DUPLICATE, f"allocation.kinds[{i}].kind", each, "each kind once")

    @classmethod
    def example(cls, name: str) -> AllocationRule:
        """A published order by its name, see :data:`ALLOCATION_EXAMPLES`.

        Raises
        ------
        InputError
            There is none of that name.
        """
        one_of("name", name, ALLOCATION_EXAMPLES)
        return ALLOCATION_EXAMPLES[name]


_COSTS_FIRST: tuple[Component, ...] = ("costs", "fees", "penalty", "compound", "interest", "principal")
_PENALTIES_FIRST: tuple[Component, ...] = ("penalty", "compound", "costs", "fees", "interest", "principal")
_PRINCIPAL_FIRST: tuple[Component, ...] = ("principal", "costs", "fees", "penalty", "compound", "interest")
_FEES_LAST: tuple[Component, ...] = ("penalty", "compound", "interest", "principal", "costs", "fees")
_INTEREST_FIRST: tuple[Component, ...] = ("interest", "compound", "penalty", "principal", "fees", "costs")
ALLOCATION_EXAMPLES: dict[str, AllocationRule] = {
    "civil-code-561": AllocationRule(
        order=_COSTS_FIRST,
        by="component",
        in_advance="hold",
        source="Civil Code of the People's Republic of China, article 561",
    ),
    "card-china": AllocationRule(
        order=_COSTS_FIRST,
        by="component",
        late=(LateOrder(from_days=91, order=_PRINCIPAL_FIRST, by="component"),),
        in_advance="hold",
        source="card issuers' terms in China: up to 90 days fees and interest first, from day 91 principal",
    ),
    "us-rule": AllocationRule(
        order=_INTEREST_FIRST,
        by="component",
        in_advance="next",
        source="United States Rule (Story v. Livingston, 38 U.S. 359): accrued interest, then principal",
    ),
    "fineract-standard": AllocationRule(
        order=_PENALTIES_FIRST,
        by="instalment",
        in_advance="next",
        source="Apache Fineract, PENALTIES_FEES_INTEREST_PRINCIPAL_ORDER",
    ),
    "fineract-fees-last": AllocationRule(
        order=_FEES_LAST,
        by="instalment",
        in_advance="next",
        source=(
            "Apache Fineract, DUE_PENALTY_INTEREST_PRINCIPAL_FEE_IN_ADVANCE_PENALTY_INTEREST_PRINCIPAL_FEE"
        ),
    ),
    "fineract-ahead-principal": AllocationRule(
        order=_PENALTIES_FIRST,
        ahead=("principal", "penalty", "compound", "costs", "fees", "interest"),
        by="instalment",
        in_advance="next",
        source=(
            "Apache Fineract, DUE_PENALTY_FEE_INTEREST_PRINCIPAL_IN_ADVANCE_PRINCIPAL_PENALTY_FEE_INTEREST"
        ),
    ),
}
"""Orders of payment by name."""
