"""What a case was given, as files; and the case worked out from these files alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from repayplan.ability.household import Household
from repayplan.ability.obligor import Obligor
from repayplan.accounts.agreementterms import AgreementTerms
from repayplan.accounts.consent import Consent
from repayplan.accounts.drawingup import draw_up
from repayplan.accounts.parties import Parties
from repayplan.accounts.signing import Delivery, Signature, Signed
from repayplan.basics.calendars import Calendar
from repayplan.basics.errors import Code, InputError, PolicyError
from repayplan.basics.ruletext import read_record
from repayplan.basics.rulewriting import as_record
from repayplan.edges.casedata import as_data, from_data, from_json, refused, to_json
from repayplan.edges.casefile import CaseFile, MenuChoice, Retention, ReviewInputs
from repayplan.offers.menu import menu
from repayplan.offers.offer import Infeasible, Offer
from repayplan.offers.policy import Policy
from repayplan.offers.proposing import propose
from repayplan.plans.loan import Loan
from repayplan.programmes.caserule import CaseRule
from repayplan.reviews.application import Application
from repayplan.reviews.assessment import Review, review
from repayplan.reviews.authority import Relief
from repayplan.reviews.decision import Decision, Opinion
from repayplan.reviews.record import Entry, Record

CASE, LOAN, HOUSEHOLD, POLICY = "case.json", "loan.json", "household.json", "policy.toml"
CALENDAR, REVIEWS, RECORD = "calendar.json", "reviews.json", "record.json"
AGREEMENT, SIGNATURES = "agreement.json", "signatures.json"
CASE_RULE, CASE_EVENTS, ACCOUNT_EVENTS = "case-rule.toml", "case-events.json", "account-events.json"
INPUTS = (
    *(CASE, CALENDAR, LOAN, HOUSEHOLD, POLICY, REVIEWS, RECORD, AGREEMENT, SIGNATURES),
    *(CASE_RULE, CASE_EVENTS, ACCOUNT_EVENTS),
)
"""Every file of inputs that there may be."""
MOST_RULES = 2**20
"""Bytes of a file of rules in TOML."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head:
    """``case.json``: the case itself."""

    id: str
    as_of: date
    retention: Retention
    proposed: bool = False
    choice: MenuChoice | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reviewed:
    """A review in ``record.json``: the day."""

    reviewed_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What an opinion asks for that isn't an offer's."""

    owed: Decimal
    given_up: Decimal = Decimal(0)
    extension_months: int = 0
    decimals: int = 2
    forborne: Decimal = Decimal(0)
    rate_cut: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opined:
    """An opinion; without ``relief`` it asks for what the offer grants."""

    opinion: str
    role: str
    person: str
    at: str
    note: str = ""
    relief: _Asked | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Decided:
    """A decision; ``as_refused``: for the reasons of the refusal by the policy."""

    decision: str
    role: str
    person: str
    at: str
    note: str = ""
    reason: str | None = None
    as_refused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Steps:
    """``record.json``."""

    steps: tuple[_Reviewed | _Opined | _Decided, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Contract:
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
class _SignedSteps:
    """``signatures.json``."""

    signatures: tuple[Signature, ...] = ()
    deliveries: tuple[Delivery, ...] = ()


def inputs_of(case: CaseFile) -> dict[str, bytes]:
    """The files of inputs, by name."""
    head = _Head(
        id=case.id,
        as_of=case.as_of,
        retention=case.retention,
        proposed=case.offer is not None,
        choice=case.choice,
    )
    found = {CASE: to_json(as_record(head)), CALENDAR: to_json(as_data(case.calendar, "calendar"))}
    for name, value in ((LOAN, case.loan), (HOUSEHOLD, case.household)):
        if value is not None:
            found[name] = to_json(as_data(value, name))
    if case.policy is not None:
        found[POLICY] = case.policy.dumps().encode()
    if case.reviews:
        found[REVIEWS] = to_json([_review_data(each) for each in case.reviews])
    if case.record is not None:
        steps = tuple(_step(entry) for entry in case.record.entries)
        found[RECORD] = to_json(as_record(_Steps(steps=steps)))
    if case.signed is not None:
        found |= _agreed(case.signed, case.accept_by)
    if case.case_rule is not None:
        found[CASE_RULE] = case.case_rule.dumps().encode()
    for name, events in ((CASE_EVENTS, case.case_events), (ACCOUNT_EVENTS, case.account_events)):
        if events:
            found[name] = to_json(as_data(events, name))
    return found


def _review_data(of: ReviewInputs) -> dict[str, Any]:
    given = {"application": of.application, "loan": of.loan, "household": of.household}
    return {name: as_data(value, name) for name, value in given.items() if value is not None}


def _step(entry: Entry) -> _Reviewed | _Opined | _Decided:
    if isinstance(entry, Review):
        return _Reviewed(reviewed_on=entry.on)
    at = entry.at.isoformat()
    if isinstance(entry, Opinion):
        names = ("owed", "given_up", "extension_months", "decimals", "forborne", "rate_cut")
        relief = entry.relief
        asked = None if relief.case is not None else _Asked(**{name: getattr(relief, name) for name in names})
        return _Opined(
            opinion=entry.verdict,
            role=entry.role,
            person=entry.person,
            at=at,
            note=entry.note,
            relief=asked,
        )
    return _Decided(
        decision=entry.verdict,
        role=entry.role,
        person=entry.person,
        at=at,
        note=entry.note,
        reason=entry.reason,
        as_refused=entry.case is not None,
    )


def _agreed(signed: Signed, accept_by: date | None) -> dict[str, bytes]:
    of = signed.agreement
    names = (
        "parties",
        "terms",
        "reference",
        "issued",
        "accepted_on",
        "dated",
        "lent",
        "contracted",
        "consents",
    )
    contract = _Contract(accept_by=accept_by, **{name: getattr(of, name) for name in names})
    steps = _SignedSteps(signatures=signed.signatures, deliveries=signed.deliveries)
    return {AGREEMENT: to_json(as_record(contract)), SIGNATURES: to_json(as_record(steps))}


class Inputs:
    """Files of inputs, each read when it is asked for first.

    Parameters
    ----------
    files
        Their bytes by name.
    where
        What stands before the name in errors.
    """

    def __init__(self, files: Mapping[str, bytes], where: str = "") -> None:
        self.files, self.where = files, where

    def source(self, name: str) -> str:
        """What errors call a file."""
        return f"{self.where}{name}"

    def text(self, name: str) -> str:
        """A file that has to be there, as text."""
        source = self.source(name)
        if name not in self.files:
            raise PolicyError(Code.MISSING, source, None, "this file is needed", source=source)
        with refused(source):
            return self.files[name].decode()

    def record(self, kind: type[Any], name: str) -> Any:
        """A file of rules in JSON."""
        source = self.source(name)
        from_json(self.text(name).encode(), source)  # not too deep, not too long
        return read_record(kind, self.text(name), source=source)

    def data(self, kind: Any, name: str) -> Any:
        """A file of data; None where there is none."""
        if name not in self.files:
            return None
        source = self.source(name)
        return from_data(from_json(self.files[name], source), kind, source)

    def rules(self, read: Callable[..., Any], name: str) -> Any:
        """A file of rules in TOML; None where there is none."""
        if name not in self.files:
            return None
        source = self.source(name)
        if len(self.files[name]) > MOST_RULES:
            rule = f"at most {MOST_RULES} bytes are read"
            raise PolicyError(Code.OUT_OF_RANGE, source, None, rule, source=source)
        return read(self.text(name), source=source)


def case_from(files: Mapping[str, bytes], documents: Mapping[str, bytes], where: str = "") -> CaseFile:
    """The case, everything that was worked out of it worked out again.

    Raises
    ------
    PolicyError
        A file isn't what it has to be, or something can't be worked out from it; it names file and field.
    """
    of = Inputs(files, where)
    head: _Head = of.record(_Head, CASE)
    loan, household = of.data(Loan, LOAN), of.data((Household, tuple), HOUSEHOLD)
    policy: Policy | None = of.rules(Policy.loads, POLICY)
    calendar: Any = of.data(object, CALENDAR)
    with refused(of.source(CALENDAR)):
        if not isinstance(calendar, Calendar):
            raise InputError(Code.MISSING, "calendar", None, "which days are business days")
    reviews = _reviews(of)
    offer, record, signed, accept_by = None, None, None, None
    with refused(of.source(CASE), "offer"):
        offer = _offer(head, loan, household, policy)
    if RECORD in files:
        record = _record(of, reviews, loan, household, policy, offer)
    if AGREEMENT in files:
        contract: _Contract = of.record(_Contract, AGREEMENT)
        accept_by = contract.accept_by
        signed = _signed(of, contract, offer, record, calendar)
    case_rule = of.rules(CaseRule.loads, CASE_RULE)
    happened, paid = (of.data(tuple, name) or () for name in (CASE_EVENTS, ACCOUNT_EVENTS))
    with refused(of.source(CASE)):
        return CaseFile(
            id=head.id,
            as_of=head.as_of,
            retention=head.retention,
            loan=loan,
            household=household,
            policy=policy,
            reviews=reviews,
            record=record,
            offer=offer,
            choice=head.choice,
            accept_by=accept_by,
            calendar=calendar,
            signed=signed,
            case_rule=case_rule,
            case_events=happened,
            account_events=paid,
            documents=documents,
        )


def _offer(head: _Head, loan: Any, household: Any, policy: Any) -> Any:
    """The offer or refusal; what is missing for it is said there."""
    if not head.proposed:
        return None
    if head.choice is None:
        return propose(loan, household, policy)
    how = head.choice
    made = menu(loan, household, policy, wishes=how.wishes, lattice=how.lattice, rate=how.rate, year=how.year)
    return made.offer(how.number)


def _reviews(of: Inputs) -> tuple[ReviewInputs, ...]:
    if REVIEWS not in of.files:
        return ()
    source = of.source(REVIEWS)
    data = from_json(of.files[REVIEWS], source)
    if not isinstance(data, list):
        raise PolicyError(Code.UNKNOWN_VALUE, source, None, "a list is needed", source=source)
    found = []
    for i, each in enumerate(data):
        field = f"[{i}]"
        if not isinstance(each, dict) or not each.keys() <= _REVIEWED.keys() or "application" not in each:
            rule = f"a table of {', '.join(_REVIEWED)}, the first of which is needed"
            raise PolicyError(Code.UNKNOWN_VALUE, field, None, rule, source=source)
        given = {
            name: from_data(item, _REVIEWED[name], source, f"{field}.{name}") for name, item in each.items()
        }
        with refused(source, field):
            found.append(ReviewInputs(**given))
    return tuple(found)


_REVIEWED: dict[str, Any] = {"application": Application, "loan": Loan, "household": (Household, tuple)}


def _record(
    of: Inputs,
    reviews: tuple[ReviewInputs, ...],
    loan: Loan | None,
    household: Household | tuple[Obligor, ...] | None,
    policy: Policy | None,
    offer: Offer | Infeasible | None,
) -> Record:
    source = of.source(RECORD)
    steps: _Steps = of.record(_Steps, RECORD)
    left, record = list(reviews), None
    for i, step in enumerate(steps.steps):
        with refused(source, f"steps[{i}]"):
            if isinstance(step, _Reviewed):
                if not left or loan is None or household is None or policy is None:
                    raise PolicyError(Code.MISSING, "reviews", None, "what the review was made of")
                given = left.pop(0)
                behind = household if given.household is None else given.household
                seen = review(given.application, given.loan or loan, behind, policy, on=step.reviewed_on)
                entry: Entry = seen
            elif isinstance(step, _Opined):
                entry = _opinion(step, offer)
            else:
                entry = _decision(step, offer, policy)
            record = Record((*(() if record is None else record.entries), entry))
    with refused(source):
        return Record(()) if record is None else record


def _opinion(step: _Opined, offer: Offer | Infeasible | None) -> Opinion:
    if step.relief is None:
        if not isinstance(offer, Offer):
            raise PolicyError(Code.MISSING, "relief", None, "what is asked for: there is no offer")
        relief = Relief.of(offer)
    else:
        asked = step.relief
        relief = Relief(
            owed=asked.owed,
            given_up=asked.given_up,
            extension_months=asked.extension_months,
            decimals=asked.decimals,
            forborne=asked.forborne,
            rate_cut=asked.rate_cut,
        )
    at: Any = step.at
    verdict: Any = step.opinion
    return Opinion(verdict=verdict, relief=relief, role=step.role, person=step.person, at=at, note=step.note)


def _decision(step: _Decided, offer: Offer | Infeasible | None, policy: Policy | None) -> Decision:
    if policy is None:
        raise PolicyError(Code.MISSING, "policy", None, "the rules in force")
    if step.as_refused and not isinstance(offer, Infeasible):
        rule = "false: a plan within the policy is affordable"
        raise PolicyError(Code.UNKNOWN_VALUE, "as_refused", True, rule)
    at: Any = step.at
    verdict: Any = step.decision
    because = offer if step.as_refused and isinstance(offer, Infeasible) else None
    return Decision(
        verdict=verdict,
        role=step.role,
        person=step.person,
        at=at,
        fingerprint=policy.fingerprint,
        reason=step.reason,
        note=step.note,
        grounds=() if because is None else because.reasons,
        case=None if because is None else because.case,
    )


def _signed(
    of: Inputs,
    contract: _Contract,
    offer: Offer | Infeasible | None,
    record: Record | None,
    calendar: Calendar,
) -> Signed:
    with refused(of.source(AGREEMENT)):
        made = draw_up(
            offer,  # type: ignore[arg-type]  # that there is one is said there
            contract.parties,
            contract.terms,
            reference=contract.reference,
            issued=contract.issued,
            accepted_on=contract.accepted_on,
            dated=contract.dated,
            accept_by=contract.accept_by,
            lent=contract.lent,
            contracted=contract.contracted,
            consents=contract.consents,
            calendar=calendar,
            record=record,
        )
    steps: _SignedSteps = of.record(_SignedSteps, SIGNATURES)
    with refused(of.source(SIGNATURES)):
        return Signed(agreement=made, signatures=steps.signatures, deliveries=steps.deliveries)
