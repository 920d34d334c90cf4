"""Who signed an agreement, by what authority, and to whom each copy was delivered."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, get_args

from repayplan.ability.figures import day, one_of
from repayplan.accounts.agreement import Agreement, of_format, same_text
from repayplan.accounts.clauses import one_line
from repayplan.accounts.parties import Signatory
from repayplan.basics.errors import Code, InputError
from repayplan.basics.ruleshape import check_kinds
from repayplan.basics.ruletext import read_record
from repayplan.basics.rulewriting import as_record
from repayplan.reviews.record import same_person

Way = Literal["in_person", "by_post", "electronic"]
"""How a copy was delivered."""
FORMAT = "repayplan.signed/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A party's signature.

    Parameters
    ----------
    party
        ``lender``, ``borrower``, ``guarantor_1``, ...
    person
        Who signed.
    on
        When.
    fingerprint
        Of the copy that was signed.
    """

    party: str
    person: str
    on: date
    fingerprint: str

    def __post_init__(self) -> None:
        for name in ("party", "person", "fingerprint"):
            one_line(f"signature.{name}", getattr(self, name))
        object.__setattr__(self, "on", day("signature.on", self.on))


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A copy handed over.

    Parameters
    ----------
    party
        Whose copy it is.
    person
        Who received it.
    on, way
        When, and how: ``"in_person"``, ``"by_post"`` or ``"electronic"``.
    fingerprint
        Of the copy that was delivered.
    """

    party: str
    person: str
    on: date
    way: Way
    fingerprint: str

    def __post_init__(self) -> None:
        for name in ("party", "person", "fingerprint"):
            one_line(f"delivery.{name}", getattr(self, name))
        object.__setattr__(self, "on", day("delivery.on", self.on))
        one_of("delivery.way", self.way, get_args(Way))


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """An agreement with its signatures and deliveries, in order; each step makes a new value.

    It is in force from the day on which the last party signed. A copy is delivered when all have signed.
    What is read back from elsewhere is checked in the same way.

    Parameters
    ----------
    agreement
        What is signed.
    signatures, deliveries
        In the order in which they were made.

    Raises
    ------
    InputError
        ``duplicate``: a party signs twice, or gets two copies; ``no_authority``: whoever signs may not sign
        for the party; ``same_person``: one person signs for the lender and for another party;
        ``dates_out_of_order``: before the agreement's date, after a step that comes later, or after the first
        instalment is due; ``out_of_turn``: a copy is delivered before all have signed;
        ``other_agreement``: a copy with another fingerprint.

    Examples
    --------
    See :func:`~repayplan.draw_up` for an agreement; then ``Signed(agreement=agreement)
    .sign("lender", person="Wang Fang", on="2026-03-06").sign("borrower", person="Li Wei", on="2026-03-07")``.
    """

    agreement: Agreement
    signatures: tuple[Signature, ...] = ()
    deliveries: tuple[Delivery, ...] = ()

    def __post_init__(self) -> None:
        check_kinds(self)
        parties, last = self.agreement.parties.by_role, self.agreement.dated
        own = self.agreement.fingerprint if self.signatures or self.deliveries else ""
        for i, signature in enumerate(self.signatures):
            where = f"signatures[{i}]"
            one_of(f"{where}.party", signature.party, parties)
            if signature.party in [each.party for each in self.signatures[:i]]:
                raise InputError(Code.DUPLICATE, f"{where}.party", signature.party, "each party signs once")
            signers = parties[signature.party].signers
            if not any(same_person(signature.person, name) for name in signers):
                known = f"signed by {' or '.join(signers)}"
                raise InputError(Code.NO_AUTHORITY, f"{where}.person", signature.person, known)
            self._apart(where, signature, self.signatures[:i])
            _between(f"{where}.on", signature.on, last, self.agreement.first_due)
            same_text(f"{where}.fingerprint", signature.fingerprint, own)
            last = signature.on
        for i, delivery in enumerate(self.deliveries):
            where = f"deliveries[{i}]"
            one_of(f"{where}.party", delivery.party, parties)
            if delivery.party in [each.party for each in self.deliveries[:i]]:
                raise InputError(Code.DUPLICATE, f"{where}.party", delivery.party, "each party has one copy")
            if self.unsigned:
                rule = f"a copy is delivered when all have signed; not yet: {', '.join(self.unsigned)}"
                raise InputError(Code.OUT_OF_TURN, where, delivery.party, rule)
            _between(f"{where}.on", delivery.on, last, None)
            same_text(f"{where}.fingerprint", delivery.fingerprint, own)
            last = delivery.on

    @staticmethod
    def _apart(where: str, signature: Signature, before: tuple[Signature, ...]) -> None:
        """InputError where one person signs for both sides."""
        for each in before:
            sides = {each.party == "lender", signature.party == "lender"}
            if len(sides) == 2 and same_person(each.person, signature.person):
                rule = "nobody signs for the lender and for another party"
                raise InputError(Code.SAME_PERSON, f"{where}.person", signature.person, rule)

    def sign(self, party: str, *, person: str, on: date | str) -> Signed:
        """With a party's signature; see :class:`Signature`."""
        step = Signature(party=party, person=person, on=day("on", on), fingerprint=self.agreement.fingerprint)
        signatures = (*self.signatures, step)
        return Signed(agreement=self.agreement, signatures=signatures, deliveries=self.deliveries)

    def deliver(self, party: str, *, person: str, on: date | str, way: Way) -> Signed:
        """With the delivery of a party's copy; see :class:`Delivery`."""
        fingerprint = self.agreement.fingerprint
        step = Delivery(party=party, person=person, on=day("on", on), way=way, fingerprint=fingerprint)
        deliveries = (*self.deliveries, step)
        return Signed(agreement=self.agreement, signatures=self.signatures, deliveries=deliveries)

    @property
    def unsigned(self) -> tuple[str, ...]:
        """Parties that haven't signed."""
        signed = [each.party for each in self.signatures]
        return tuple(party for party in self.agreement.copies if party not in signed)

    @property
    def undelivered(self) -> tuple[str, ...]:
        """Parties that haven't their copy."""
        delivered = [each.party for each in self.deliveries]
        return tuple(party for party in self.agreement.copies if party not in delivered)

    @property
    def in_force_from(self) -> date | None:
        """From when on it is in force; None: not all have signed."""
        return None if self.unsigned else self.signatures[-1].on

    def in_force(self, on: date | str) -> bool:
        """Whether it is in force on a day."""
        begins = self.in_force_from
        return begins is not None and day("on", on) >= begins

    def authority(self, party: str) -> Signatory | None:
        """By what authority a party's signature was given; None: the party signed itself, or not yet.

        Raises
        ------
        InputError
            There is no such party.
        """
        parties = self.agreement.parties.by_role
        one_of("party", party, parties)
        signed = (each.person for each in self.signatures if each.party == party)
        return next((parties[party].signatory(person) for person in signed), None)

    def to_json(self, *, indent: int | None = 2) -> str:
        """JSON for machines: the agreement as :meth:`Agreement.to_json` has it, and what was recorded."""
        record: dict[str, Any] = {
            "format": FORMAT,
            "fingerprint": self.agreement.fingerprint,
            "agreement": self.agreement.as_dict(),
            "signatures": [as_record(each) for each in self.signatures],
            "deliveries": [as_record(each) for each in self.deliveries],
        }
        return json.dumps(record, ensure_ascii=False, indent=indent)

    @classmethod
    def from_json(cls, text: str, *, source: str = "signed agreement") -> Signed:
        """What :meth:`to_json` wrote.

        Raises
        ------
        PolicyError
            As of :meth:`Agreement.from_json`, or a step is refused.
        """
        read = read_record(_SealedSigned, text, source=source)
        return cls(agreement=read.agreement, signatures=read.signatures, deliveries=read.deliveries)


@dataclass(frozen=True, slots=True, kw_only=True)
class _SealedSigned(Signed):
    """The file of a signed agreement."""

    format: str
    fingerprint: str

    def __post_init__(self) -> None:
        Signed.__post_init__(self)
        of_format("format", self.format, FORMAT)
        same_text("fingerprint", self.fingerprint, self.agreement.fingerprint)


def _between(name: str, found: date, least: date, most: date | None) -> None:
    if found < least:
        raise InputError(Code.DATES_OUT_OF_ORDER, name, found, limit=f">= {least}")
    if most is not None and found > most:
        raise InputError(Code.DATES_OUT_OF_ORDER, name, found, limit=f"<= {most}")
