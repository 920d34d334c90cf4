"""Written consents that a plan waits for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from repayplan.ability.figures import day
from repayplan.accounts.clauses import one_line
from repayplan.basics.errors import Code, InputError
from repayplan.offers.offer import Offer


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """A written consent that the plan waited for.

    Parameters
    ----------
    code
        Which, as the offer's ``pending`` calls it.
    person
        Who gave it.
    on
        When.

    Raises
    ------
    InputError
        A text that isn't a line, or a day that isn't known.
    """

    code: str
    person: str
    on: date

    def __post_init__(self) -> None:
        for name in ("code", "person"):
            one_line(f"consent.{name}", getattr(self, name))
        object.__setattr__(self, "on", day("consent.on", self.on))


def check_consents(offer: Offer, given: tuple[Consent, ...]) -> None:
    """InputError unless each consent that an offer waits for is there."""
    codes = [consent.code for consent in given]
    for i, code in enumerate(codes):
        if code in codes[:i]:
            raise InputError(Code.DUPLICATE, f"consents[{i}].code", code, "each consent once")
    for reason in offer.pending:
        if reason.field not in codes:
            raise InputError(Code.CONSENT_MISSING, reason.field, None, reason.text())
