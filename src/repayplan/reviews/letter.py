"""What an applicant is told, and the opinion for the file, in English and Chinese from the same data."""

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
from repayplan.reviews.decision import Decision, Opinion
from repayplan.reviews.finding import Finding, fact_text, value_text
from repayplan.reviews.record import Record, goes_against, overrules

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
    "sheet": ("Opinion on application {id}, {programme}", "审核意见：申请编号{id}（{programme}）"),
    "rules": ("Rules: {fingerprint}", "所依据规则：{fingerprint}"),
    "review": ("Review of {on}: {result}", "{on}审查结果：{result}"),
    "findings": ("Findings:", "审查发现："),
    "none": ("none", "无"),
    "facts": ("Facts:", "依据的数据："),
    "fact": ("{name}: {value}", "{name}：{value}"),
    "internal": ("{text} (not told to the applicant)", "{text}（不告知申请人）"),
    "relief": (
        "Asked for: {owed} owed, {given_up} given up, {months} months of extension",
        "申请内容：欠款{owed}，减免{given_up}，展期{months}个月",
    ),
    "forborne": (
        "Put aside without interest until the last payment: {amount}",
        "免息暂缓至最后一期偿还的款项：{amount}",
    ),
    "deal": (
        "Under a deal: it takes effect when its down payment and trial payments are paid in time",
        "附条件方案：须按时付清首付款及试行期各期款项后方可生效",
    ),
    "rate_cut": ("The annual rate is lowered by {rate}", "年利率下调{rate}"),
    "opinion": ("Opinion of {at}: {verdict}", "{at}审核意见：{verdict}"),
    "decision": ("Decision of {at}: {verdict}", "{at}审批决定：{verdict}"),
    "by": ("By: {role}, {person}", "经办：{role}，{person}"),
    "against": ("Against the result of the review.", "与审查结果不一致。"),
    "overruled": ("Against the reviewer's opinion.", "与审核意见不一致。"),
    "reason": ("Reason: {text}", "理由：{text}"),
    "note": ("Note: {text}", "备注：{text}"),
    "result.approved": ("approved", "通过"),
    "result.declined": ("declined", "不通过"),
    "result.needs_evidence": ("needs evidence", "需补充材料"),
    "result.needs_person": ("needs a person", "需人工审查"),
    "verdict.approve": ("approve", "同意"),
    "verdict.return": ("return", "退回补充"),
    "verdict.refuse": ("refuse", "不同意"),
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


def opinion_sheet(record: Record, language: Language = "en") -> str:
    """The opinion for the file (审核意见): the newest review with all its findings and facts, and each step.

    Lines of plain text; :func:`~repayplan.review_opinion` is the document to be signed and kept.

    Parameters
    ----------
    record
        With at least one opinion.
    language
        ``"en"`` or ``"zh"``.

    Raises
    ------
    InputError
        There is no opinion yet, or there are no texts in the language.
    """
    one_rule("record", record, Record)
    if not any(isinstance(entry, Opinion) for entry in record.entries):
        raise InputError(Code.OUT_OF_TURN, "entries", "opinion sheet", limit="opinion")
    said, review = _Sayer(language), record.review
    lines = [_heading(said, "sheet", review), said("rules", fingerprint=review.fingerprint)]
    lines += [said("review", on=review.on, result=said(f"result.{review.result}"))]
    findings = [_for_the_file(said, finding) for finding in review.findings]
    lines += _listed(said("findings"), findings or [said("none")])
    rules = review.rules
    facts = [
        said("fact", name=fact_text(rules, name, language), value=value_text(rules, name, value, language))
        for name, value in review.facts.items()
    ]
    lines += _listed(said("facts"), facts or [said("none")])
    for before, entry in zip((None, *record.entries), record.entries, strict=False):
        if not isinstance(entry, Review):
            lines += _step(said, review, entry, before)
    return "\n".join(lines) + "\n"


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


def _for_the_file(said: _Sayer, finding: Finding) -> str:
    text = finding.text(said.language)
    return said("internal", text=text) if finding.internal else text


def _step(said: _Sayer, review: Review, entry: Opinion | Decision, before: object) -> list[str]:
    """An opinion or a decision with who made it, and the entry before it."""
    opinion = isinstance(entry, Opinion)
    verdict = said(f"verdict.{entry.verdict}")
    lines = [said("opinion" if opinion else "decision", at=entry.at.isoformat(), verdict=verdict)]
    if isinstance(entry, Opinion):
        relief = entry.relief
        lines += [said("relief", owed=relief.owed, given_up=relief.given_up, months=relief.extension_months)]
        lines += [said("deal")] * (relief.case is not None and relief.case.under is not None)
        lines += [said("forborne", amount=relief.forborne)] * bool(relief.forborne)
        lines += [said("rate_cut", rate=relief.rate_cut)] * bool(relief.rate_cut)
    else:
        lines += [said("against")] * goes_against(review, entry)
        lines += [said("overruled")] * (isinstance(before, Opinion) and overrules(before, entry))
        lines += [said("reason", text=ground.text(said.language)) for ground in entry.grounds]
    if isinstance(entry, Decision) and entry.reason is not None:
        lines += [said("reason", text=review.rules.reason(entry.reason).text(said.language))]
    roles = review.rules.reviewers if isinstance(entry, Opinion) else review.rules.authority
    title = next(each for each in roles if each.role == entry.role).title(said.language)
    lines += [said("by", role=title, person=entry.person)]
    return lines + ([said("note", text=entry.note)] if entry.note else [])
