"""What an applicant is told, in English and Chinese from the same data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from repayplan.ability.figures import one_rule
from repayplan.basics.errors import Code, InputError, Language, which
from repayplan.basics.reason import Reason
from repayplan.offers.letterrules import Wording
from repayplan.offers.reviewreason import ReviewReason
from repayplan.reviews.assessment import Review
from repayplan.reviews.finding import Finding
from repayplan.reviews.record import Record

Told = Literal["approved", "declined", "needs_evidence", "needs_person", "returned"]
_TEXT: dict[str, tuple[str, str]] = {
    "heading": ("Application {id}, {programme}", "申请编号{id}（{programme}）"),
    "approved": ("Your application was approved on {on}.", "您的申请已于{on}获得批准。"),
    "declined": ("Your application was declined on {on}.", "您的申请于{on}未获批准。"),
    "needs_evidence": (
        "On {on} your application could not be decided yet: something is lacking.",
        "截至{on}，您的申请尚缺材料，暂不能作出决定。",
    ),
    "needs_person": (
        "On {on} your application was passed on to a person, who will decide on it.",
        "您的申请已于{on}转由人工审查。",
    ),
    "returned": (
        "Your application was returned to you on {on}: something is lacking.",
        "您的申请已于{on}退回，请补充材料。",
    ),
    "why": ("The reasons:", "原因："),
    "also": ("Also found:", "另有发现："),
    "lacking": ("What is needed:", "需要补充："),
    "rights": ("Your rights:", "您的权利："),
    "again": ("You may apply again from {again}.", "您可以自{again}起再次提出申请。"),
    "appeal": ("How to appeal:", "申诉方式："),
}
_OUTCOMES: dict[str, Told] = {"approve": "approved", "return": "returned", "refuse": "declined"}


def explain(decision: Review | Record, language: Language = "en") -> str:
    """What an applicant is told: the outcome, every reason that may be told, and what can be done about it.

    A refusal states the reasons with their figures (why no plan is affordable, too), the rights, from when on
    to apply again, and how to appeal; the last three are the policy's texts. Nothing else is said.

    Parameters
    ----------
    decision
        A record that ends with a decision; or a review, where it alone decides.
    language
        ``"en"`` or ``"zh"``.

    Raises
    ------
    InputError
        The record doesn't end with a decision, or there are no texts in the language.

    Examples
    --------
    >>> from repayplan import Application, Household, Loan, Policy, review
    >>> loan = Loan(
    ...     principal="9000", annual_rate="0.1", original_term=24, elapsed=6, unpaid=18, next_due="2026-03-31"
    ... )
    >>> asked = Application(id="a", hardship="illness", applied_on="2026-03-02", days_past_due=400)
    >>> policy = Policy.example("consumer-review")
    >>> seen = review(asked, loan, Household(net_income="2900"), policy, on="2026-03-05")
    >>> for line in explain(seen, "zh").splitlines()[1:4]:
    ...     print(line)
    您的申请于2026-03-05未获批准。
    原因：
    - 已逾期400天；本方案最多接受360天
    """
    one_rule("decision", decision, Review, Record)
    told, said = answer_to(decision), _Sayer(language)
    lines = [_heading(said, "heading", told.review), said(told.outcome, on=told.on)]
    if told.again is not None:
        lines += _listed(said("why"), [each.text(language) for each in told.why])
        if told.also:
            lines += _listed(said("also"), [each.text(language) for each in told.also])
        letter = told.review.rules.letter
        lines += _listed(said("rights"), [right.text(language) for right in letter.rights])
        lines += [said("again", again=told.again)]
        lines += _listed(said("appeal"), [letter.appeal.text(language)])
    elif told.outcome in ("needs_evidence", "returned"):
        lines += _listed(said("lacking"), [each.text(language) for each in told.why])
    return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an applicant may be told, as data.

    Attributes
    ----------
    review
        The review that it goes back to.
    outcome
        ``approved``, ``declined``, ``needs_evidence``, ``needs_person`` or ``returned``.
    on
        The day.
    why
        Of a refusal, why; of what lacks something, what. Nothing internal is among it.
    also
        Of a refusal: what else was found.
    again
        Of a refusal: from when on to apply again. None: it is none.
    """

    review: Review
    outcome: Told
    on: date
    why: tuple[Wording, ...] = ()
    also: tuple[Wording, ...] = ()
    again: date | None = None


def answer_to(decision: Review | Record) -> Answer:
    """What an applicant may be told about a decision: :func:`explain` says it in words.

    Parameters
    ----------
    decision
        A record that ends with a decision; or a review, where it alone decides.

    Raises
    ------
    InputError
        The record doesn't end with a decision.
    """
    review, on, reason = _decided(decision)
    outcome: Told = review.result
    own: list[Finding | ReviewReason | Reason] = []
    if isinstance(decision, Record) and decision.decision is not None:
        outcome = _OUTCOMES[decision.decision.verdict]
        own = [*([reason] if reason else []), *decision.decision.grounds]
    grounds, others = _grounds(review)
    if outcome == "declined":
        again = apply_again(review, on, reason)
        why, also = _wordings((*grounds, *own)), _wordings(others)
        return Answer(review=review, outcome=outcome, on=on, why=why, also=also, again=again)
    if outcome in ("needs_evidence", "returned"):
        wanted = [each for each in review.findings if each.effect == "needs_evidence"]
        return Answer(review=review, outcome=outcome, on=on, why=_wordings((*wanted, *own)))
    return Answer(review=review, outcome=outcome, on=on)


def _wordings(said: Iterable[Finding | ReviewReason | Reason]) -> tuple[Wording, ...]:
    return tuple(Wording(en=each.text("en"), zh=each.text("zh")) for each in said)


def apply_again(review: Review, on: date, reason: ReviewReason | None = None) -> date:
    """From when on a declined applicant may apply again: the latest day that any of the reasons asks for.

    Parameters
    ----------
    review, on
        The review, and the day of the decision.
    reason
        The decision's own, if it has one.
    """
    rules = review.rules
    own = {each.code: each.reapply_after_days for each in rules.reasons}
    days = [own.get(finding.code) for finding in _grounds(review)[0]]
    days += [reason.reapply_after_days] if reason else []
    usual = rules.letter.reapply_after_days
    return on + timedelta(days=max((usual if each is None else each for each in days), default=usual))


def _grounds(review: Review) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """The findings that are told: those for which one is declined, or what is lacking, and the others.

    That a person looks at an application is never why it is declined.
    """
    told = tuple(finding for finding in review.findings if not finding.internal)
    effects = [finding.effect for finding in told]
    end = effects.count("decline") or effects.count("needs_evidence")
    return told[:end], told[end:]


class _Sayer:
    """Says the fixed sentences in one language."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._place = which(language)

    def __call__(self, key: str, **figures: object) -> str:
        return _TEXT[key][self._place].format(**figures)


def _decided(decision: Review | Record) -> tuple[Review, date, ReviewReason | None]:
    """The review, the day and the decider's own reason."""
    if isinstance(decision, Review):
        return decision, decision.on, None
    made, review = decision.decision, decision.review
    if made is None:
        raise InputError(Code.OUT_OF_TURN, "entries", "explanation", limit="decision")
    return review, made.at.date(), None if made.reason is None else review.rules.reason(made.reason)


def _heading(said: _Sayer, key: str, review: Review) -> str:
    return said(key, id=review.application, programme=review.policy.called(said.language))


def _listed(title: str, items: Iterable[str]) -> list[str]:
    """A title and what stands below it."""
    return [title, *(f"- {item}" for item in items)]
