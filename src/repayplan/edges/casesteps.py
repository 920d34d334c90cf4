"""What the files of a case's inputs hold, beside values of the package: the case, its steps, its contract."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from repayplan.accounts.agreementterms import AgreementTerms
from repayplan.accounts.consent import Consent
from repayplan.accounts.parties import Parties
from repayplan.accounts.signing import Delivery, Signature
from repayplan.edges.casefile import MenuChoice
from repayplan.edges.retention import Retention


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """``case.json``: the case itself."""

    id: str
    as_of: date
    retention: Retention
    proposed: bool = False
    choice: MenuChoice | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """A review in ``record.json``: the day."""

    reviewed_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an opinion asks for that isn't an offer's."""

    owed: Decimal
    given_up: Decimal = Decimal(0)
    extension_months: int = 0
    decimals: int = 2
    forborne: Decimal = Decimal(0)
    rate_cut: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opined:
    """An opinion; without ``relief`` it asks for what the offer grants."""

    opinion: str
    role: str
    person: str
    at: str
    note: str = ""
    relief: Asked | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision; ``as_refused``: for the reasons of the refusal by the policy."""

    decision: str
    role: str
    person: str
    at: str
    note: str = ""
    reason: str | None = None
    as_refused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """``record.json``."""

    steps: tuple[Reviewed | Opined | Decided, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """``agreement.json``: what an agreement is drawn up with beside the offer."""

    parties: Parties
    terms: AgreementTerms
    reference: str
    issued: date
    accepted_on: date
    dated: date
    accept_by: date | None = None
    lent: Decimal
    contracted: date | None = None
    consents: tuple[Consent, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedSteps:
    """``signatures.json``."""

    signatures: tuple[Signature, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
