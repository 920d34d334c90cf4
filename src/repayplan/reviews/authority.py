"""What is asked of whoever decides, and who has authority for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np

from repayplan.ability.figures import share_of, units_of
from repayplan.basics.columns import RATE_DECIMALS, Screen
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import MAX_DECIMALS, to_decimal, to_plain
from repayplan.basics.outcome import Bools, Ints
from repayplan.offers.case import Case
from repayplan.offers.offer import Offer
from repayplan.offers.proposal import Proposals
from repayplan.offers.reviewrules import ReviewRules
from repayplan.offers.roles import MOST_MONTHS, Authority

FROM_OFFER = "a concession comes from an offer: Relief.of(offer)"
_CONCEDED = ("given_up", "extension_months", "forborne", "rate_cut")


@dataclass(frozen=True, slots=True, eq=False)
class Reliefs:
    """What is asked for in a batch, int64.

    Attributes
    ----------
    owed
        Minor units; everything that is owed.
    given_up
        Minor units; what is never paid: waived, forgiven, and interest that the plan doesn't charge.
    extension_months
        Beyond the present maturity.
    decimals
        Of the currency.
    forborne
        Minor units; principal and arrears put aside without interest, which are paid in the end.
    rate_cut
        Multiples of 1e-10; by how much the annual rate is lower than the contract's.
    """

    owed: Ints
    given_up: Ints
    extension_months: Ints
    decimals: Ints
    forborne: Ints
    rate_cut: Ints

    @classmethod
    def of(cls, proposals: Proposals) -> Reliefs:
        """What the offers of a batch ask for; a row without an offer asks for nothing to be given up."""
        owed = proposals.opening_balance + proposals.waived
        lowered = proposals.loans.annual_rate[proposals.row] - proposals.annual_rate
        return cls(
            owed,
            proposals.never_paid,
            proposals.extension_months,
            proposals.decimals,
            proposals.forborne + np.where(proposals.offered, proposals.carried, 0),
            np.where(proposals.offered, lowered, 0),
        )

    def beyond(self, level: Authority) -> dict[str, Bools]:
        """Where a role's authority ends before what is asked for, by what ends it.

        What is never paid, what is put aside without interest, and what the rate is lowered by are three
        things, each with a bound of its own; the last two only where the role has one.

        Examples
        --------
        >>> officer = Authority(
        ...     role="officer",
        ...     en="Credit officer",
        ...     zh="信贷员",
        ...     largest_amount="50000",
        ...     longest_extension_months=12,
        ...     deepest_concession="0.1",
        ...     may_override=False,
        ... )
        >>> asked = Relief(owed="50000.00", given_up="5000.01", extension_months=12)
        >>> {name: mask.tolist() for name, mask in asked.batch.beyond(officer).items()}
        {'owed': [False], 'extension_months': [False], 'given_up': [True]}
        """
        ends = {
            "owed": self.owed > units_of(level.largest_amount, up=False)[self.decimals],
            "extension_months": self.extension_months > level.longest_extension_months,
            "given_up": self.given_up > share_of(self.owed, level.deepest_concession, up=False),
        }
        if (percent := level.largest_forbearance) is not None:
            ends["forborne"] = self.forborne > share_of(self.owed, percent.scaleb(-2), up=False)
        if (most := level.deepest_rate_cut) is not None:
            ends["rate_cut"] = self.rate_cut > int(most.scaleb(RATE_DECIMALS))
        return ends

    def deciders(self, rules: ReviewRules) -> Bools:
        """bool[roles, rows]: which roles of the policy, in its order, may decide on which rows."""
        over = [np.any(list(self.beyond(level).values()), axis=0) for level in rules.authority]
        return ~np.array(over, np.bool_).reshape(len(rules.authority), len(self.owed))


@dataclass(frozen=True, slots=True, kw_only=True)
class Relief:
    """What one application asks for.

    Parameters
    ----------
    owed
        Currency units; everything that is owed.
    given_up
        Currency units; how much the lender gives up: what is waived and forgiven of it, and the interest of
        a holiday that waives it.
    extension_months
        Months beyond the present maturity.
    decimals
        Of the currency.
    forborne
        Currency units; principal and arrears put aside without interest until the last payment.
    rate_cut
        By how much the annual rate is lower than the contract's, as a fraction (``"0.05"``).
    case
        Of the offer that it is taken from (:meth:`of`); None: it was typed. A record takes a concession from
        an offer only.

    Raises
    ------
    InputError
        Naming the field, the value and the rule; a figure that isn't the offer's.
    """

    owed: Decimal
    given_up: Decimal = Decimal(0)
    extension_months: int = 0
    decimals: int = 2
    forborne: Decimal = Decimal(0)
    rate_cut: Decimal = Decimal(0)
    case: Case | None = field(default=None, repr=False)
    batch: Reliefs = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        screen = Screen(1)
        d = screen.count("decimals", self.decimals, 0, MAX_DECIMALS)
        owed = screen.money("owed", self.owed, d)
        given_up = screen.money("given_up", self.given_up, d)
        months = screen.count("extension_months", self.extension_months, 0, MOST_MONTHS)
        forborne = screen.money("forborne", self.forborne, d)
        rate_cut = screen.rate("rate_cut", self.rate_cut)
        for failure in screen.failures():
            raise failure.error()
        places = int(d[0])
        object.__setattr__(self, "owed", to_decimal(int(owed[0]), places))
        object.__setattr__(self, "given_up", to_decimal(int(given_up[0]), places))
        object.__setattr__(self, "forborne", to_decimal(int(forborne[0]), places))
        object.__setattr__(self, "rate_cut", to_plain(int(rate_cut[0]), RATE_DECIMALS))
        object.__setattr__(self, "extension_months", int(months[0]))
        object.__setattr__(self, "decimals", places)
        object.__setattr__(self, "batch", Reliefs(owed, given_up, months, d, forborne, rate_cut))
        if self.case is not None:
            self._as_granted(self.case)

    def _as_granted(self, case: Case) -> None:
        """InputError where a figure isn't the one of the offer of this case; without an offer, nothing is."""
        of_nothing: dict[str, Decimal | int] = dict.fromkeys(_CONCEDED, 0)
        for name, figure in (of_nothing if case.granted is None else case.granted).items():
            if getattr(self, name) != figure:
                rule = FROM_OFFER if case.granted is None else f"as the offer grants it: {figure}"
                raise InputError(Code.UNKNOWN_VALUE, f"relief.{name}", getattr(self, name), rule)

    @classmethod
    def of(cls, offer: Offer) -> Relief:
        """What an offer asks for; that of a conditional deal, of everything that its loan owes today."""
        places = -int(offer.waived.as_tuple().exponent)
        cuts = (Decimal(step.before) - step.after for step in offer.concessions if step.step == "cut_rate")
        under = offer.case.under
        return cls(
            owed=offer.owed if under is None else under.owed,
            given_up=offer.never_paid,
            extension_months=offer.extension_months,
            decimals=places,
            forborne=offer.due_at_end,
            rate_cut=sum(cuts, Decimal(0)),
            case=offer.case,
        )

    @property
    def conceded(self) -> dict[str, Decimal | int]:
        """The concessions that are asked for, by name."""
        return {name: getattr(self, name) for name in _CONCEDED if getattr(self, name)}
