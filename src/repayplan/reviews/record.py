"""The record of an application: reviews, opinions and decisions in order, none of them ever changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from repayplan.basics.errors import Code, InputError
from repayplan.basics.writing import as_read
from repayplan.offers.case import Case
from repayplan.offers.offer import Infeasible
from repayplan.offers.policy import Policy
from repayplan.offers.roles import Authority
from repayplan.reviews.assessment import Review
from repayplan.reviews.authority import FROM_OFFER, Relief
from repayplan.reviews.decision import Decision, Opinion, Verdict, as_moment

Entry = Review | Opinion | Decision
_NAMES: dict[type, str] = {Review: "review", Opinion: "opinion", Decision: "decision"}


@dataclass(frozen=True, slots=True)
class Record:
    """Everything that was said about one application, in order; each step makes a new record.

    A review comes first. An opinion follows a review, or a decision to return; a decision follows an
    opinion and is made by another person, with authority for what is asked for. After a decision to
    approve or to refuse nothing follows. What was returned is approved on a new opinion only; and to approve
    what the reviewer would return, or refuse, needs a reason of the policy and the right to override. A
    record read back from elsewhere is checked in the same way.

    Opinions and decisions are of the case that was reviewed: what is owed is what that loan owes, and a
    concession, or the grounds of a refusal, come from an offer on that loan to that household by that policy.

    Parameters
    ----------
    entries
        Reviews, opinions and decisions.

    Raises
    ------
    InputError
        A step isn't the next one, or whoever takes it may not: ``out_of_turn``, ``same_person``,
        ``no_authority``, ``reason_needed``, ``other_policy``, ``other_case``, ``dates_out_of_order``.

    Examples
    --------
    >>> from repayplan import Application, Household, Loan, review
    >>> policy = Policy.example("consumer-review")
    >>> loan = Loan(
    ...     principal="9000", annual_rate="0.1", original_term=24, elapsed=6, unpaid=18, next_due="2026-03-31"
    ... )
    >>> asked = Application(id="a", hardship="illness", applied_on="2026-03-02")
    >>> seen = review(asked, loan, Household(net_income="2900"), policy, on="2026-03-05")
    >>> seen.result, seen.case.owed
    ('needs_evidence', Decimal('9000.00'))
    >>> record = Record((seen,)).opinion(
    ...     "refuse", Relief(owed="9000"), role="reviewer", person="Li", at="2026-03-05T10:00:00+08:00"
    ... )
    >>> at = "2026-03-06T09:30:00+08:00"
    >>> record.decide("refuse", role="team_lead", person="Wu", at=at, policy=policy).closed
    True
    >>> record.decide("refuse", role="team_lead", person="Li", at=at, policy=policy)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    repayplan.basics.errors.InputError: person='Li': ... can't decide on it (Li) [same_person]
    """

    entries: tuple[Entry, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "entries", tuple(self.entries))
        if not self.entries:
            raise InputError(Code.MISSING, "entries", None, "a review comes first")
        for n, entry in enumerate(self.entries):
            if type(entry) not in _NAMES:
                msg = f"a record holds reviews, opinions and decisions, not {type(entry).__name__}"
                raise TypeError(msg)
            _in_turn(self.entries[:n], entry)
            if isinstance(entry, Review) and n:
                _of_same_application(_last_review(self.entries[:n]), entry)
            _in_time(self.entries[:n], entry)
            before = self.entries[n - 1]
            if isinstance(entry, Opinion):
                _may_opine(_last_review(self.entries[:n]), entry)
            elif isinstance(entry, Decision) and isinstance(before, Opinion):
                _may_decide(_last_review(self.entries[:n]), before, entry)

    @property
    def review(self) -> Review:
        """The newest review."""
        return _last_review(self.entries)

    @property
    def decision(self) -> Decision | None:
        """The decision that stands at the end, if one does."""
        last = self.entries[-1]
        return last if isinstance(last, Decision) else None

    @property
    def closed(self) -> bool:
        """Whether it was decided to approve or to refuse."""
        return self.decision is not None and self.decision.verdict != "return"

    @property
    def approved(self) -> Relief | None:
        """What was approved; None: nothing is."""
        *_, before, last = (None, *self.entries)
        approves = isinstance(last, Decision) and last.verdict == "approve"
        return before.relief if approves and isinstance(before, Opinion) else None

    def reviewed(self, review: Review) -> Record:
        """With another review of the same application: when new evidence has come, say."""
        return Record((*self.entries, review))

    def opinion(
        self,
        verdict: Verdict,
        relief: Relief,
        *,
        role: str,
        person: str,
        at: datetime | str,
        note: str = "",
    ) -> Record:
        """With a reviewer's opinion; see :class:`Opinion`."""
        step = Opinion(verdict=verdict, relief=relief, role=role, person=person, at=as_moment(at), note=note)
        return Record((*self.entries, step))

    def decide(
        self,
        verdict: Verdict,
        *,
        role: str,
        person: str,
        at: datetime | str,
        policy: Policy,
        reason: str | None = None,
        note: str = "",
        infeasible: Infeasible | None = None,
    ) -> Record:
        """With a decision by the ``policy`` in force; see :class:`Decision`.

        ``infeasible``: what :func:`~repayplan.propose` said, where that is why one is refused. Such a refusal
        isn't against a review that approved, and needs no reason of the policy: it has its own.
        """
        step = Decision(
            verdict=verdict, role=role, person=person, at=as_moment(at),
            fingerprint=policy.fingerprint, reason=reason, note=note,
            grounds=() if infeasible is None else infeasible.reasons,
            case=None if infeasible is None else infeasible.case,
        )  # fmt: skip
        return Record((*self.entries, step))


def goes_against(review: Review, decision: Decision) -> bool:
    """Whether a decision is against the result of the review; where that needs a person, none is.

    Nor is a refusal because no plan is affordable: that is found after the review.
    """
    against = {"approve": ("declined", "needs_evidence"), "refuse": () if decision.grounds else ("approved",)}
    return review.result in against.get(decision.verdict, ())


def overrules(opinion: Opinion, decision: Decision) -> bool:
    """Whether a decision approves what the reviewer would refuse, or return for what is lacking."""
    return opinion.verdict != "approve" and decision.verdict == "approve"


def authority_of(review: Review, role: str) -> Authority | None:
    """The authority of a role under the rules of a review."""
    return next((level for level in review.rules.authority if level.role == role), None)


def _last_review(entries: tuple[Entry, ...]) -> Review:
    return next(entry for entry in reversed(entries) if isinstance(entry, Review))


def _in_turn(before: tuple[Entry, ...], entry: Entry) -> None:
    """InputError where this isn't a step that may follow."""
    last = before[-1] if before else None
    if last is None:
        follow: tuple[type, ...] = (Review,)
    elif isinstance(last, Opinion):
        follow = (Decision, Review)
    elif isinstance(last, Decision) and last.verdict != "return":
        follow = ()
    else:
        follow = (Opinion, Review)
    if type(entry) not in follow:
        expected = " or ".join(_NAMES[kind] for kind in follow) or "none, it is closed"
        raise InputError(Code.OUT_OF_TURN, "entries", _NAMES[type(entry)], limit=expected)


def _of_same_application(before: Review, review: Review) -> None:
    """InputError where two reviews are of two applications."""
    if review.application != before.application:
        rule = f"the record is of {before.application}"
        raise InputError(Code.UNKNOWN_VALUE, "application", review.application, rule)


def _in_time(before: tuple[Entry, ...], entry: Entry) -> None:
    """InputError where an entry is earlier than one before it; of a review only the day is known."""
    for last in before:
        by_day = isinstance(entry, Review) or isinstance(last, Review)
        early = _day(entry) < _day(last) if by_day else _moment_of(entry) < _moment_of(last)
        if early:
            name = "on" if isinstance(entry, Review) else "at"
            raise InputError(
                Code.DATES_OUT_OF_ORDER, name, str(getattr(entry, name)), limit=f">= {_moment_of(last)}"
            )


def _moment_of(entry: Entry) -> datetime | date:
    return entry.on if isinstance(entry, Review) else entry.at


def _day(entry: Entry) -> date:
    return entry.on if isinstance(entry, Review) else entry.at.date()


def _may_opine(review: Review, opinion: Opinion) -> None:
    known = ", ".join(reviewer.role for reviewer in review.rules.reviewers)
    if all(opinion.role != reviewer.role for reviewer in review.rules.reviewers):
        raise InputError(Code.UNKNOWN_VALUE, "role", opinion.role, f"one of {known}")
    relief = opinion.relief
    if relief.owed != review.case.owed:
        raise InputError(Code.OTHER_CASE, "relief.owed", relief.owed, limit=str(review.case.owed))
    if relief.case is not None:
        of_case("relief", review, relief.case)
    else:
        for name, value in relief.conceded.items():
            raise InputError(Code.UNKNOWN_VALUE, f"relief.{name}", value, FROM_OFFER)


def of_case(name: str, review: Review, case: Case) -> None:
    """InputError where something isn't of the case that was reviewed."""
    if not case.same_rules(review.policy):
        found = case.policy.fingerprint
        raise InputError(Code.OTHER_POLICY, f"{name}.policy", review.fingerprint, limit=found)
    own = case.under or case
    for key in ("loan", "household"):
        found, wanted = getattr(own, key), getattr(review.case, key)
        if found != wanted:
            raise InputError(Code.OTHER_CASE, f"{name}.{key}", found, limit=wanted)


def _may_decide(review: Review, opinion: Opinion, decision: Decision) -> None:
    """InputError where the decision isn't the decider's to make."""
    if decision.fingerprint != review.fingerprint:
        raise InputError(Code.OTHER_POLICY, "policy", review.fingerprint, limit=decision.fingerprint)
    if same_person(decision.person, opinion.person):
        raise InputError(Code.SAME_PERSON, "person", decision.person)
    if decision.case is not None:
        of_case("infeasible", review, decision.case)
    level = authority_of(review, decision.role)
    if level is None:
        known = ", ".join(each.role for each in review.rules.authority)
        raise InputError(Code.UNKNOWN_VALUE, "role", decision.role, f"one of {known}")
    ends = {
        "owed": level.largest_amount,
        "extension_months": level.longest_extension_months,
        "given_up": f"{level.deepest_concession} of what is owed",
        "forborne": f"{level.largest_forbearance} % of what is owed",
        "rate_cut": f"{level.deepest_rate_cut} a year",
    }
    for name, over in opinion.relief.batch.beyond(level).items():
        if over[0]:
            raise InputError(Code.NO_AUTHORITY, name, decision.role, limit=str(ends[name]))
    codes = [reason.code for reason in review.rules.overrides]
    overruled = overrules(opinion, decision)
    against = goes_against(review, decision) or overruled
    if against and not level.may_override:
        raise InputError(Code.NO_AUTHORITY, "override", decision.role)
    if decision.reason is None:
        if against or not _supported(review, decision):
            found = f"{review.result}, opinion {opinion.verdict}" if overruled else review.result
            raise InputError(Code.REASON_NEEDED, "reason", found, limit=", ".join(codes))
    elif decision.reason not in codes:
        raise InputError(Code.UNKNOWN_VALUE, "reason", decision.reason, f"one of {', '.join(codes)}")


def same_person(one: str, other: str) -> bool:
    """Whether two names are of one person, however written: blanks, case, width, unseen characters."""
    return as_read(one) == as_read(other)


def _supported(review: Review, decision: Decision) -> bool:
    """Whether there is something that may be told for the verdict; an approval needs nothing."""
    told = [finding.effect for finding in review.findings if not finding.internal]
    if decision.verdict == "return":
        return "needs_evidence" in told
    # That a person looks at it is no ground to refuse it.
    against = any(effect != "needs_person" for effect in told)
    return decision.verdict == "approve" or against or bool(decision.grounds)
