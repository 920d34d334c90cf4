"""How a household's other creditors count beside the loan that is looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from repayplan.ability.figures import one_of, whole

ProRata = Literal["balance", "instalment"]
MOST_MONTHS = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditorRule:
    """How a household's other creditors count beside the loan that is looked at.

    Debts are those that are stated item by item (:class:`~repayplan.Debt`); one figure for other debts is
    paid in full before anything else.

    Parameters
    ----------
    pro_rata
        None: what every debt asks a month is paid in full before anything is paid on this loan. ``"balance"``
        or ``"instalment"``: that is so of debts with priority alone. What is left is shared among this loan
        and the other debts in proportion to what is owed, or to what is asked a month; this loan gets its
        share, rounded down. The claim of this loan is everything owed on it, or its present instalment.
    priority_arrears_months
        Over how many months from that of assessment on, which must be known, arrears of debts with priority
        are made up: each month's part, rounded up, is paid beside what the debt asks. None: a household that
        has such arrears is refused, as they can't be told from nothing.

    Raises
    ------
    InputError
        An unknown word, or a number of months that isn't 1 to 600.

    Notes
    -----
    Debts with priority (rent, energy, council tax) are dealt with first, and the others get the same part of
    what they claim: the usual practice of debt advice, as in the Standard Financial Statement.

    Examples
    --------
    Of 600 a month the energy supplier gets 40 and 120 in arrears over 12 months, this loan a third of 550.

    >>> from repayplan import Allowance, Debt, Household, capacity
    >>> energy = Debt("energy", "40", arrears="120", priority=True)
    >>> card = Debt("card", "90", balance="4000")
    >>> home = Household(net_income="1500", items=[energy, card], assessed="2026-01-15")
    >>> needs = Allowance(adult_first="900", adult_further="0", child="0", covers=(), source="own")
    >>> rule = CreditorRule(pro_rata="balance", priority_arrears_months=12)
    >>> can = capacity(home, needs, creditors=rule, claim="2000")
    >>> can.other_debts, can.payable
    (Decimal('416.67'), Decimal('183.33'))
    """

    pro_rata: ProRata | None = None
    priority_arrears_months: int | None = None

    def __post_init__(self) -> None:
        if self.pro_rata is not None:
            one_of("creditors.pro_rata", self.pro_rata, get_args(ProRata))
        if self.priority_arrears_months is not None:
            name = "creditors.priority_arrears_months"
            whole(name, self.priority_arrears_months, 1, MOST_MONTHS, "months")


IN_FULL = CreditorRule()
