"""What a case was given, as files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from repayplan.accounts.signing import Signed
from repayplan.basics.errors import Code, PolicyError
from repayplan.basics.ruletext import read_record
from repayplan.basics.rulewriting import as_record
from repayplan.edges.casedata import as_data, from_data, from_json, refused, to_json
from repayplan.edges.casefile import CaseFile, ReviewInputs
from repayplan.edges.casesteps import Asked, Contract, Decided, Head, Opined, Reviewed, SignedSteps, Steps
from repayplan.reviews.assessment import Review
from repayplan.reviews.decision import Opinion
from repayplan.reviews.record import Entry

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


def inputs_of(case: CaseFile) -> dict[str, bytes]:
    """The files of inputs, by name."""
    head = Head(
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
        found[RECORD] = to_json(as_record(Steps(steps=steps)))
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


def _step(entry: Entry) -> Reviewed | Opined | Decided:
    if isinstance(entry, Review):
        return Reviewed(reviewed_on=entry.on)
    at = entry.at.isoformat()
    if isinstance(entry, Opinion):
        names = ("owed", "given_up", "extension_months", "decimals", "forborne", "rate_cut")
        relief = entry.relief
        asked = None if relief.case is not None else Asked(**{name: getattr(relief, name) for name in names})
        return Opined(
            opinion=entry.verdict,
            role=entry.role,
            person=entry.person,
            at=at,
            note=entry.note,
            relief=asked,
        )
    return Decided(
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
    contract = Contract(accept_by=accept_by, **{name: getattr(of, name) for name in names})
    steps = SignedSteps(signatures=signed.signatures, deliveries=signed.deliveries)
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
