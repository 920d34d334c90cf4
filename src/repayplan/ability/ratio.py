"""Ratios as they are reported elsewhere, as exact fractions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, overload

import numpy as np

from repayplan.ability.capacity import NET_ONLY
from repayplan.ability.counting import as_assessed
from repayplan.ability.figures import SHARE_PLACES, decimal, texts
from repayplan.ability.household import Household
from repayplan.ability.households import Households, Item
from repayplan.ability.income import IncomeRule
from repayplan.ability.surplus import MAX_COSTS, earned_by
from repayplan.basics.arguments import one_number
from repayplan.basics.columns import Screen, money_of
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import to_decimal
from repayplan.basics.outcome import Bools, Failures, Ints, Outcome
from repayplan.kernel.accrue import MAX_DENOMINATOR, divide_product

NAMES = ("front_end", "back_end", "payment_to_gross", "payment_to_net")
MAX_PLACES = 18
"""Of decimals: so many fit int64."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """The ratios of one household; see :class:`Ratios`.

    Attributes
    ----------
    front_end, back_end, payment_to_gross
        Exact fractions; None: gross income isn't known.
    payment_to_net
        Exact fraction.
    residual_income
        Currency units a month, signed.
    """

    front_end: Fraction | None
    back_end: Fraction | None
    payment_to_gross: Fraction | None
    payment_to_net: Fraction
    residual_income: Decimal


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Ratios:
    """What households pay in proportion to what they earn, before and with a loan's payment; good rows only.

    Attributes
    ----------
    housing
        int64 minor units a month on housing, the payment too where the loan is on the home.
    debts
        Other debts and the payment where it isn't housing.
    payment, gross, net
        The payment, and income before and after tax.
    gross_given
        bool; where gross income is known. Where it isn't, ``gross`` is 0 and there is no ratio of it.
    """

    housing: Ints
    debts: Ints
    payment: Ints
    gross: Ints
    net: Ints
    gross_given: Bools
    decimals: Ints

    @property
    def residual_income(self) -> Ints:
        """Signed: net income less housing, debts and the payment; what is left to live on."""
        return self.net - self.housing - self.debts

    @property
    def missing(self) -> Failures:
        """Rows, by their number here, without the ratios of gross income: ``missing`` (``gross_income``)."""
        return Failures.at(np.flatnonzero(~self.gross_given), Code.MISSING, "gross_income", "")

    def known(self, name: str) -> Bools:
        """Where a ratio is known: that of net income everywhere, others where gross income is given.

        Raises
        ------
        ValueError
            The ratio has another name.
        """
        return self.gross_given | (NAMES[NAMES.index(name)] == "payment_to_net")

    def fraction(self, name: str) -> tuple[Ints, Ints]:
        """A ratio as numerators and denominators; these are 0 where it isn't :meth:`known`.

        ``front_end``: housing / gross income; ``back_end``: housing and debts / gross income;
        ``payment_to_gross``, ``payment_to_net``: the payment / income.
        """
        above = {"front_end": self.housing, "back_end": self.housing + self.debts}
        return above.get(name, self.payment), self.net if name == "payment_to_net" else self.gross

    def rounded(self, name: str, places: int = 4) -> Ints:
        """A ratio in units of ``10**-places``, half up, as int64; for reports, never to decide by.

        -1 where it isn't :meth:`known`.

        Parameters
        ----------
        name
            See :meth:`fraction`.
        places
            0 to 18.

        Raises
        ------
        ValueError
            The ratio has another name.
        InputError
            Places out of range, or a ratio that in so many doesn't fit: from ``2**63 // 10**places`` on.
        """
        known, (above, below) = self.known(name), self.fraction(name)
        above, below = np.where(known, above, 0), np.where(known, below, 1)
        unit = 10 ** one_number("places", places, 0, 0, MAX_PLACES)
        most = np.iinfo(np.int64).max // unit
        too_large = above // below >= most
        if too_large.any():
            i = int(np.argmax(too_large))
            raise InputError(Code.BEYOND_DOMAIN, name, f"{above[i]}/{below[i]}", limit=f"< {most}")
        quotient, rest = divide_product(above, np.full(len(above), unit), below)
        return np.where(known, quotient + (2 * rest >= below), -1)

    def within(self, name: str, most: Decimal | str) -> Bools:
        """Where a ratio is :meth:`known` and at most so much (``"0.31"``), exactly.

        Raises
        ------
        ValueError
            The ratio has another name, or the bound is no number from 0 of at most 12 decimals.
        """
        bound = Fraction(decimal("most", most, places=SHARE_PLACES))
        known, (above, below) = self.known(name), self.fraction(name)
        quotient, _ = divide_product(below, np.full(len(below), bound.numerator), bound.denominator)
        return np.asarray(known & (above <= quotient), np.bool_)

    def one(self, i: int) -> Ratio:
        """Row ``i`` for a person."""

        def exact(name: str) -> Fraction | None:
            above, below = self.fraction(name)
            return Fraction(int(above[i]), int(below[i])) if self.known(name)[i] else None

        return Ratio(
            front_end=exact("front_end"),
            back_end=exact("back_end"),
            payment_to_gross=exact("payment_to_gross"),
            payment_to_net=Fraction(int(self.payment[i]), int(self.net[i])),
            residual_income=to_decimal(int(self.residual_income[i]), int(self.decimals[i])),
        )

    def __len__(self) -> int:
        return len(self.gross)


@overload
def ratios(
    households: Household,
    *,
    housing: Sequence[str],
    payment: Any,
    home_loan: bool,
    income: IncomeRule = ...,
) -> Ratio: ...
@overload
def ratios(
    households: Households,
    *,
    housing: Sequence[str],
    payment: Any,
    home_loan: bool,
    income: IncomeRule = ...,
) -> Outcome[Ratios]: ...
def ratios(
    households: Household | Households,
    *,
    housing: Sequence[str],
    payment: Any,
    home_loan: bool,
    income: IncomeRule = NET_ONLY,
) -> Ratio | Outcome[Ratios]:
    """Debt to income, payment to income and residual income, with a loan's payment.

    Parameters
    ----------
    households
        One, or a batch.
    housing
        Categories of spending that are housing: rent, taxes and insurance of the home; each once.
    payment
        Currency units a month for this loan; in a batch, for all or one each.
    home_loan
        Whether the loan is on the home: its payment is housing then, and in the front-end ratio.
    income
        How income counts; see :func:`capacity`.

    Returns
    -------
    :class:`Ratio`, or an Outcome of :class:`Ratios`. A row has a code where net income or the cost of housing
    isn't known, where an income is nothing, and from 2**56 minor units of income a month. Where only gross
    income isn't known, the ratios of it are missing, and no others (:attr:`Ratios.missing`).

    Raises
    ------
    InputError
        A category of housing twice; for one household the same faults, raised.

    Examples
    --------
    The HAMP search with 4,000 a month before tax and 250 of taxes and insurance ends at 983.88: at most 31 %.

    >>> home = Household(gross_income="4000", net_income="3100", costs={"escrow": "250"}, other_debts="300")
    >>> got = ratios(home, housing=("escrow",), payment="983.88", home_loan=True)
    >>> float(got.front_end), float(got.back_end), got.residual_income
    (0.30847, 0.38347, Decimal('1566.12'))
    """
    if isinstance(households, Household):
        batch = households.batch
        return ratios(
            batch, housing=housing, payment=payment, home_loan=home_loan, income=income
        ).single().one(0)  # fmt: skip
    homely = texts("housing", housing)
    for category in homely:
        if homely.count(category) > 1:
            raise InputError(Code.DUPLICATE, "housing", category, "each category once")
    screen = Screen(len(households))
    screen.adopt(households.failures)
    paid = screen.money("payment", payment, households.decimals)
    plain = as_assessed(screen, households, income)
    net, gross = earned_by(screen, plain, income), plain.gross_income
    for field, amount in (("gross_income", gross.amount), ("net_income", net), ("payment", paid)):
        shown, most = (money_of(x, plain.decimals) for x in (amount, np.full(len(plain), MAX_DENOMINATOR)))
        screen.fault(amount >= MAX_DENOMINATOR, Code.BEYOND_DOMAIN, field, shown, most)
        nothing = (amount == 0) & (gross.given | (field != "gross_income")) & (field != "payment")
        screen.fault(nothing, Code.OUT_OF_RANGE, field, "0", "> 0")
    spent = np.zeros(len(plain), np.int64)
    none = Item(spent, spent > 0)
    for category in homely:
        cost = plain.costs.get(category, none)
        screen.fault(~cost.given, Code.MISSING, f"costs.{category}")
        spent = np.minimum(spent + cost.amount, MAX_COSTS + 1)
    most = money_of(np.full(len(plain), MAX_COSTS), plain.decimals)
    screen.fault(spent > MAX_COSTS, Code.BEYOND_DOMAIN, "costs", money_of(spent, plain.decimals), most)
    zero = np.zeros_like(paid)
    columns = {
        "housing": spent + (paid if home_loan else zero),
        "debts": plain.other_debts + (zero if home_loan else paid),
        "payment": paid,
        "gross": np.where(gross.given, gross.amount, 0),
        "gross_given": gross.given,
        "net": net,
        "decimals": plain.decimals,
    }
    row = np.flatnonzero(screen.good)
    return Outcome(Ratios(**{name: x[row] for name, x in columns.items()}), row, screen.failures())
