"""A case worked out from the files of its inputs alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from repayplan.ability.household import Household
from repayplan.ability.obligor import Obligor
from repayplan.accounts.drawingup import draw_up
from repayplan.accounts.signing import Signed
from repayplan.basics.calendars import Calendar
from repayplan.basics.errors import Code, InputError, PolicyError
from repayplan.edges.casedata import from_data, from_json, refused
from repayplan.edges.casefile import CaseFile, ReviewInputs
from repayplan.edges.caseinputs import (
    ACCOUNT_EVENTS,
    AGREEMENT,
    CALENDAR,
    CASE,
    CASE_EVENTS,
    CASE_RULE,
    HOUSEHOLD,
    LOAN,
    POLICY,
    RECORD,
    REVIEWS,
    SIGNATURES,
    Inputs,
)
from repayplan.edges.casesteps import Contract, Decided, Head, Opined, Reviewed, SignedSteps, Steps
from repayplan.offers.menu import menu
from repayplan.offers.offer import Infeasible, Offer
from repayplan.offers.policy import Policy
from repayplan.offers.proposing import propose
from repayplan.plans.loan import Loan
from repayplan.programmes.caserule import CaseRule
from repayplan.reviews.application import Application
from repayplan.reviews.assessment import review
from repayplan.reviews.authority import Relief
from repayplan.reviews.decision import Decision, Opinion
from repayplan.reviews.record import Entry, Record


def case_from(files: Mapping[str, bytes], documents: Mapping[str, bytes], where: str = "") -> CaseFile:
    """The case, everything that was worked out of it worked out again.

    Raises
    ------
    PolicyError
        A file isn't what it has to be, or something can't be worked out from it; it names file and field.
    """
    of = Inputs(files, where)
    head: Head = of.record(Head, CASE)
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
        contract: Contract = of.record(Contract, AGREEMENT)
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


def _offer(head: Head, loan: Any, household: Any, policy: Any) -> Any:
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
    steps: Steps = of.record(Steps, RECORD)
    left, record = list(reviews), None
    for i, step in enumerate(steps.steps):
        with refused(source, f"steps[{i}]"):
            if isinstance(step, Reviewed):
                if not left or loan is None or household is None or policy is None:
                    raise PolicyError(Code.MISSING, "reviews", None, "what the review was made of")
                given = left.pop(0)
                behind = household if given.household is None else given.household
                seen = review(given.application, given.loan or loan, behind, policy, on=step.reviewed_on)
                entry: Entry = seen
            elif isinstance(step, Opined):
                entry = _opinion(step, offer)
            else:
                entry = _decision(step, offer, policy)
            record = Record((*(() if record is None else record.entries), entry))
    with refused(source):
        return Record(()) if record is None else record


def _opinion(step: Opined, offer: Offer | Infeasible | None) -> Opinion:
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


def _decision(step: Decided, offer: Offer | Infeasible | None, policy: Policy | None) -> Decision:
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
    contract: Contract,
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
    steps: SignedSteps = of.record(SignedSteps, SIGNATURES)
    with refused(of.source(SIGNATURES)):
        return Signed(agreement=made, signatures=steps.signatures, deliveries=steps.deliveries)
