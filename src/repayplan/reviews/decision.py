"""Opinions and decisions: what reviewers recommend, and what was decided."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from itertools import zip_longest
from typing import Literal, get_args

from repayplan.ability.figures import one_text
from repayplan.basics.dates import FIRST_YEAR, LAST_YEAR
from repayplan.basics.errors import Code, InputError
from repayplan.basics.reason import Reason
from repayplan.offers.case import Case
from repayplan.offers.hardship import said, tuple_of
from repayplan.reviews.authority import Relief

Verdict = Literal["approve", "return", "refuse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What a reviewer recommends (审核意见).

    Parameters
    ----------
    verdict
        ``approve``, ``return`` (to the applicant, for what is lacking) or ``refuse``.
    relief
        What is asked for.
    role, person
        Who gives it.
    at
        When: a time with its offset from UTC.
    note
        The reviewer's own words, if any.
    """

    verdict: Verdict
    relief: Relief
    role: str
    person: str
    at: datetime
    note: str = ""

    def __post_init__(self) -> None:
        _step(self.verdict, self.role, self.person, self.note)
        object.__setattr__(self, "at", as_moment(self.at))
        if not isinstance(self.relief, Relief):
            raise InputError(Code.MISSING, "relief", self.relief, "what is asked for")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What was decided.

    Parameters
    ----------
    verdict, role, person, at, note
        As of an :class:`Opinion`.
    fingerprint
        Of the policy in force.
    reason
        Code of one of the policy's ``overrides``, where the decision goes against the review's result or
        the opinion, or the review has no finding for it that may be told. That a person has to look at an
        application is no finding for a refusal.
    grounds
        Of a refusal because no plan is affordable: the reasons of the :class:`~repayplan.Infeasible`.
    case
        Whose these grounds are, and the reasons that it was refused for; needed where there are any.

    Raises
    ------
    InputError
        Naming the field, the value and the rule; grounds that aren't the refusal's, all of them in order.
    """

    verdict: Verdict
    role: str
    person: str
    at: datetime
    fingerprint: str
    reason: str | None = None
    note: str = ""
    grounds: tuple[Reason, ...] = ()
    case: Case | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        _step(self.verdict, self.role, self.person, self.note)
        object.__setattr__(self, "at", as_moment(self.at))
        object.__setattr__(self, "grounds", tuple_of("grounds", self.grounds, Reason))
        if self.grounds and self.verdict != "refuse":
            rule = "none: only a refusal has the reasons for which no plan is affordable"
            raise InputError(Code.UNKNOWN_VALUE, "grounds", self.grounds[0].code.value, rule)
        if self.grounds and self.case is None:
            raise InputError(Code.MISSING, "case", None, "whose the reasons are, as `Infeasible.case` says")
        if self.case is not None:
            _as_refused(self.grounds, self.case)
            # Equal reasons may call things by other names; what is told are the refusal's own.
            object.__setattr__(self, "grounds", self.case.refused or ())
        one_text("fingerprint", self.fingerprint)
        if self.reason is not None:
            one_text("reason", self.reason)


def _as_refused(grounds: tuple[Reason, ...], case: Case) -> None:
    """InputError unless these are the reasons, figures and order of the refusal that a case is of."""
    if grounds and case.granted is not None:
        rule = "that of a refusal: where there is an offer, a plan is affordable"
        raise InputError(Code.UNKNOWN_VALUE, "case", "an offer's", rule)
    for i, (found, stated) in enumerate(zip_longest(grounds, case.refused or ())):
        if found != stated:
            rule = "no more" if stated is None else f"as the refusal states it: {_shown(stated)}"
            code = Code.MISSING if found is None else Code.UNKNOWN_VALUE
            raise InputError(code, f"grounds[{i}]", found and _shown(found), rule)


def _shown(reason: Reason) -> str:
    """A reason by its code, what it is about, and its figures."""
    return f"{reason.code.value} ({reason.field}: {reason.value}, {reason.limit})"


def _step(verdict: str, role: str, person: str, note: str) -> None:
    """InputError unless what every step has is there."""
    if verdict not in get_args(Verdict):
        rule = f"one of {', '.join(get_args(Verdict))}"
        raise InputError(Code.UNKNOWN_VALUE, "verdict", verdict, rule)
    said("role", role)
    said("person", person)
    one_text("note", note)


def as_moment(value: datetime | str) -> datetime:
    """A time with its offset from UTC."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        if moment.utcoffset() is None:
            raise ValueError
    except (ValueError, AttributeError):
        rule = "a time with its offset from UTC, as 2026-03-02T10:00:00+08:00"
        raise InputError(Code.NOT_A_DATE, "at", value, rule) from None
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise InputError(Code.OUT_OF_RANGE, "at", value, f"a year from {FIRST_YEAR} to {LAST_YEAR}")
    return moment
