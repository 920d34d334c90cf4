"""What follows from a case's inputs, as files: decisions, plan, agreement, account, stage, and letters."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, get_args

from repayplan.accounts.component import COMPONENTS
from repayplan.accounts.replaying import replay
from repayplan.accounts.signing import Signed
from repayplan.accounts.statement import Statement
from repayplan.basics.errors import Language
from repayplan.basics.reason import Reason
from repayplan.edges.agreementsheet import agreement_document
from repayplan.edges.casedata import to_json
from repayplan.edges.casefile import CaseFile
from repayplan.edges.decisionletters import review_opinion
from repayplan.offers.case import Case
from repayplan.offers.offer import Offer
from repayplan.offers.policy import Policy
from repayplan.plans.single import Schedule
from repayplan.programmes.caseregister import case_register
from repayplan.reviews.decision import Opinion
from repayplan.reviews.letter import explain
from repayplan.reviews.record import Record

DECISIONS, OFFER, PLAN = "decisions.json", "offer.json", "plan.csv"
AGREEMENT, STATEMENT, ROWS, STAGE = "agreement.json", "statement.json", "statement-rows.csv", "case.json"
_BY_COMPONENT = ("asked", "paid", "waived", "owed")
_LANGUAGES: tuple[Language, ...] = get_args(Language)


def results_of(case: CaseFile) -> dict[str, bytes]:
    """The files of results, by name.

    Raises
    ------
    InputError
        The account, or the case, can't be replayed to the day of the archive.
    """
    found: dict[str, bytes] = {}
    if case.record is not None:
        found[DECISIONS] = to_json(plain(case.record))
        found |= _letters(case.record)
    if case.offer is not None:
        found[OFFER] = to_json(plain(case.offer))
    if isinstance(case.offer, Offer):
        found[PLAN] = _table(case.offer.schedule.rows)
    if case.signed is not None:
        found |= _agreed(case, case.signed)
    if case.case_rule is not None:
        state = case_register(
            case.id, case.case_events, case.case_rule, as_of=case.as_of, calendar=case.calendar
        )
        found[STAGE] = to_json(plain(state))
    return found


def _letters(record: Record) -> dict[str, bytes]:
    """What the applicant is told, and the opinion for the file, where there is one."""
    found = {}
    for language in _LANGUAGES:
        if record.decision is not None:
            found[f"letter.{language}.txt"] = explain(record, language).encode()
        if any(isinstance(entry, Opinion) for entry in record.entries):
            found[f"opinion.{language}.txt"] = review_opinion(record).text(language).encode()
    return found


def _agreed(case: CaseFile, signed: Signed) -> dict[str, bytes]:
    found = {AGREEMENT: to_json(json.loads(signed.to_json()))}
    for language in _LANGUAGES:
        found[f"agreement.{language}.md"] = agreement_document(signed).markdown(language).encode()
    if (now := statement_of(case)) is not None:
        found[STATEMENT] = to_json(plain(now, without=("rows",)))
        both = [(name, part) for name in _BY_COMPONENT for part in COMPONENTS]
        rows = (
            {
                "due_date": row.due_date,
                "plain": row.plain,
                "fallen_due": row.fallen_due,
                **{f"{name}_{part}": getattr(row, name)[part] for name, part in both},
                "rolled": row.rolled,
                "paid_on": row.paid_on,
            }
            for row in now.rows
        )
        found[ROWS] = _lines(list(rows))
    return found


def statement_of(case: CaseFile) -> Statement | None:
    """Where the account stands on the day of the archive; None: there is none yet.

    There is one from the day on which the agreement is in force, and wherever something happened to it.
    """
    if case.signed is None:
        return None
    of = case.signed.agreement
    runs = case.signed.in_force(case.as_of) and case.as_of >= of.interest_from
    if not runs and not case.account_events:
        return None
    return replay(of.account(case.loan), case.account_events, as_of=case.as_of)


def plain(value: Any, *, without: Sequence[str] = ()) -> Any:
    """Results as what JSON has: exact numbers and dates as text; whose a case is by its fingerprints.

    Rows of schedules, and policies, are files of their own.

    Examples
    --------
    >>> plain({"due": date(2026, 3, 31), "pay": Decimal("20.00")})
    {'due': '2026-03-31', 'pay': '20.00'}
    """
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    if isinstance(value, Record):
        return [{"step": type(entry).__name__.lower(), **plain(entry)} for entry in value.entries]
    if isinstance(value, Case):
        of = ("loan", "household", "owed", "plan", "granted")
        return {name: plain(getattr(value, name)) for name in of} | {"policy": value.policy.fingerprint}
    if is_dataclass(value):
        names = [
            each.name
            for each in fields(value)
            if (each.compare or each.name == "case") and each.name not in without
        ]
        items = ((name, getattr(value, name)) for name in names)
        found = {name: plain(item) for name, item in items if not isinstance(item, (Schedule, Policy))}
        if isinstance(value, Reason):
            found |= {language: value.text(language) for language in _LANGUAGES}
        return found
    msg = f"{type(value).__name__} is no result"
    raise TypeError(msg)


def _table(rows: Iterable[Any]) -> bytes:
    return _lines([{each.name: getattr(row, each.name) for each in fields(row)} for row in rows])


def _lines(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """CSV: a header, then a line a row; nothing is an empty cell."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(rows[0] if rows else ())
    for row in rows:
        writer.writerow("" if item is None else _cell(item) for item in row.values())
    return out.getvalue().encode()


def _cell(item: Any) -> str:
    return str(plain(item)).lower() if isinstance(item, bool) else str(plain(item))
