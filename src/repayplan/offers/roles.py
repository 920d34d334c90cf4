"""Who may decide, and up to what."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from repayplan.ability.figures import SHARE_PLACES, decimal
from repayplan.basics.columns import RATE_DECIMALS
from repayplan.basics.errors import Code, InputError, Language, which
from repayplan.offers.hardship import said, whole

MOST_MONTHS = 1_200
PERCENT_PLACES = SHARE_PLACES - 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role of those who review and decide.

    Parameters
    ----------
    role
        What opinions and decisions call it.
    en, zh
        Its title.
    """

    role: str
    en: str
    zh: str

    def __post_init__(self) -> None:
        for key in ("role", "en", "zh"):
            said(f"roles.{key}", getattr(self, key))

    def title(self, language: Language) -> str:
        """Its title in a language."""
        return (self.en, self.zh)[which(language)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority(Role):
    """Up to where a role may decide.

    Parameters
    ----------
    role, en, zh
        As of a :class:`Role`.
    largest_amount
        Currency units; of everything that is owed.
    longest_extension_months
        Months beyond the present maturity.
    deepest_concession
        What may be given up, as a share of what is owed: waived and forgiven, and interest that a holiday
        waives (``"0.10"``).
    may_override
        Whether it may decide against the result of a review, with a reason.
    largest_forbearance
        Percent of what is owed that may be put aside without interest until the last payment, principal and
        arrears (``"20"``); None: any.
    deepest_rate_cut
        By how much the annual rate may be lower than the contract's, as a fraction (``"0.05"``: five
        percentage points); None: by any.
    """

    largest_amount: Decimal
    longest_extension_months: int
    deepest_concession: Decimal
    may_override: bool
    largest_forbearance: Decimal | None = None
    deepest_rate_cut: Decimal | None = None

    def __post_init__(self) -> None:
        Role.__post_init__(self)
        bounds = (("largest_forbearance", 100, PERCENT_PLACES), ("deepest_rate_cut", 1, RATE_DECIMALS))
        for key, most, places in bounds:
            if (value := getattr(self, key)) is not None:
                bound = decimal(f"authority.{key}", value, most=most, places=places)
                object.__setattr__(self, key, bound)
        amount = decimal("authority.largest_amount", self.largest_amount)
        share = decimal("authority.deepest_concession", self.deepest_concession, most=1, places=SHARE_PLACES)
        object.__setattr__(self, "largest_amount", amount)
        object.__setattr__(self, "deepest_concession", share)
        whole("authority.longest_extension_months", self.longest_extension_months, MOST_MONTHS)
        if not isinstance(self.may_override, bool):
            raise InputError(Code.UNKNOWN_VALUE, "authority.may_override", self.may_override, "true or false")
