"""The opinion on an application (审核意见) for the file, and the refusal for the applicant, as documents."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import get_args

from repayplan.accounts.parties import Party
from repayplan.basics.errors import Code, InputError, Language
from repayplan.edges.dealparts import condition_section
from repayplan.edges.documents import Document, Entry, Figure, Section, Table, Unit, Words, sentence
from repayplan.edges.factfigures import fact_entry, fact_figure
from repayplan.edges.letterparts import LetterTerms, help_section, moment, reason_words, signing
from repayplan.edges.sheetparts import METHODS, earned_words, name_text, worded
from repayplan.offers.case import plan_fingerprint
from repayplan.offers.conditional import Conditional
from repayplan.offers.letterrules import Wording
from repayplan.offers.offer import Offer
from repayplan.offers.reviewrules import Effect
from repayplan.offers.roles import Authority
from repayplan.reviews.assessment import Review
from repayplan.reviews.authority import Relief
from repayplan.reviews.finding import Finding
from repayplan.reviews.letter import answer_to
from repayplan.reviews.record import (
    Decision,
    Opinion,
    Record,
    goes_against,
    of_case,
    overrules,
)

_LANGUAGES: tuple[Language, ...] = get_args(Language)


def review_opinion(record: Record, *, offer: Offer | Conditional | None = None) -> Document:
    """The opinion on an application for the file (审核意见): every finding and figure, each step, by whom.

    Parameters
    ----------
    record
        With at least one opinion.
    offer
        The plan, or the deal, that the newest opinion is on: its figures and conditions stand in the opinion
        too. None: they don't.

    Returns
    -------
    :class:`~repayplan.Document`: ``.markdown("en" | "zh")``, ``.text(...)``, ``.html(...)`` and
    ``.as_dict(...)`` say the same. What isn't told to the applicant is marked so.

    Raises
    ------
    InputError
        There is no opinion yet (``out_of_turn``); the offer is of another case or policy, or isn't the one
        that the opinion is on (``other_case``, ``other_policy``, ``other_plan``).
    """
    opinions = [each for each in record.entries if isinstance(each, Opinion)]
    if not opinions:
        raise InputError(Code.OUT_OF_TURN, "entries", "opinion sheet", limit="opinion")
    review, asked = record.review, opinions[-1].relief
    plan = None if offer is None else _plan_of(record, asked, offer)
    sections = [
        _case(review),
        _findings(review),
        _facts(review),
        *([] if plan is None else [_plan(plan)]),
    ]
    counts = {Opinion: 0, Decision: 0}
    for before, each in zip((None, *record.entries), record.entries, strict=False):
        if isinstance(each, (Opinion, Decision)):
            counts[type(each)] += 1
            sections.append(_step(review, each, before, counts[type(each)]))
    sections += [
        _authority(review, asked, record.decision),
        _conditions(asked, plan),
        *([] if plan is None or plan[1] is None else [condition_section(plan[1])]),
        signing(_signers(review, opinions[-1], record.decision)),
    ]
    return Document(
        name="review_opinion",
        title=_W["opinion_title"],
        currency=review.policy.currency,
        sections=tuple(sections),
    )


def refusal_letter(
    decision: Review | Record, terms: LetterTerms, *, lender: str | Words, applicant: Party
) -> Document:
    """What a declined applicant is told: why, with every figure that may be told, rights, and how to appeal.

    It says what :func:`~repayplan.explain` says of a refusal, and where to get help.

    Parameters
    ----------
    decision
        A record that ends with a refusal; or a review that declines, where it alone decides.
    terms
        Whom to ask, and where to get help.
    lender
        Its name.
    applicant
        To whom it is written.

    Raises
    ------
    InputError
        Nothing is decided yet (``out_of_turn``), or the application wasn't declined; a name is missing.
    """
    told = answer_to(decision)
    if told.again is None:
        raise InputError(
            Code.UNKNOWN_VALUE, "decision", told.outcome, "declined: this letter is of a refusal"
        )
    name_text("lender", lender)
    if not isinstance(applicant, Party):
        raise InputError(Code.MISSING, "applicant", applicant, "Party: to whom it is written")
    review, letter = told.review, told.review.rules.letter
    again = Figure(told.again, "date")
    sections = (
        Section(
            name="letter",
            heading=_W["letter"],
            entries=(
                _entry("lender", lender, "text"),
                _entry("name", applicant.name, "text"),
                _entry("address", applicant.address, "text"),
                *_application(review),
                _entry("decided_on", told.on, "date"),
            ),
        ),
        Section(name="decision", heading=_W["decision"], notes=(_W["refused"],)),
        Section(name="why", heading=_W["why"], notes=tuple(map(_both, told.why))),
        *(
            (Section(name="also", heading=_W["also"], notes=tuple(map(_both, told.also))),)
            if told.also
            else ()
        ),
        Section(name="rights", heading=_W["rights"], notes=tuple(map(_both, letter.rights))),
        Section(
            name="again",
            heading=_W["again"],
            notes=(_both(letter.appeal),),
            entries=(Entry("apply_again", _W["apply_again"], again),),
        ),
        help_section(terms),
    )
    return Document(
        name="refusal_letter", title=_W["refusal_title"], currency=review.policy.currency, sections=sections
    )


def _entry(name: str, value: Decimal | int | date | Words | str, unit: Unit) -> Entry:
    return Entry(name, _W[name], Figure(value, unit))


def _both(wording: Wording) -> Words:
    return Words(wording.en, wording.zh)


def _application(review: Review) -> tuple[Entry, ...]:
    called = Words(review.policy.called("en"), review.policy.called("zh"))
    return (_entry("application", review.application, "text"), _entry("programme", called, "text"))


def _case(review: Review) -> Section:
    entries = (
        *_application(review),
        _entry("reviewed_on", review.on, "date"),
        _entry("result", _RESULTS[review.result], "text"),
        _entry("owed", review.case.owed, "money"),
        _entry("rules", review.fingerprint, "text"),
    )
    return Section(name="case", heading=_W["case"], entries=entries)


def _findings(review: Review) -> Section:
    """Every finding, the strongest first, with its figure and what that is held against."""
    names = ("effect", "finding", "figure", "limit", "told")
    rows = tuple(
        (
            Figure(_EFFECTS[_effect(each)], "text"),
            Figure(Words(each.en, each.zh), "text"),
            _found(review, each),
            _held_against(review, each),
            Figure(_W["no" if each.internal else "yes"], "text"),
        )
        for each in review.findings
    )
    if not rows:
        return Section(name="findings", heading=_W["findings"], notes=(_W["nothing_found"],))
    table = Table(names, tuple(_W[name] for name in names), rows)
    return Section(name="findings", heading=_W["findings"], table=table)


def _effect(finding: Finding) -> Effect:
    return finding.effect  # type: ignore[return-value]


def _found(review: Review, finding: Finding) -> Figure:
    """The figure found."""
    if finding.value is None:
        return Figure(_W["none"], "text")
    return _said(review, finding.field, (_day(finding.value),))


def _held_against(review: Review, finding: Finding) -> Figure:
    """What the figure is held against, in the same unit; of two bounds both."""
    for rule in review.rules.rules:
        if (rule.reason, rule.field, rule.other) == (finding.code, finding.field, None) and rule.wanted:
            between = rule.comparison == "between"
            return _said(review, rule.field, rule.wanted, _BETWEEN if between else _COMMA)
    return (
        _said(review, finding.field, (_day(finding.limit),)) if finding.limit else Figure(_W["none"], "text")
    )


_BETWEEN, _COMMA = (" to ", "至"), (", ", "、")


def _said(review: Review, name: str, values: Iterable[object], joined: tuple[str, str] = _COMMA) -> Figure:
    """Figures of a fact as text, for a column that holds several units."""
    figures = [fact_figure(review.rules, name, value) for value in values]
    currency = review.policy.currency
    texts = (
        between.join(each.said(language, currency) for each in figures)
        for between, language in zip(joined, _LANGUAGES, strict=True)
    )
    return Figure(Words(*texts), "text")


def _day(value: object) -> object:
    """A day that a finding holds as text."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _facts(review: Review) -> Section:
    entries = tuple(fact_entry(review.rules, name, value) for name, value in review.facts.items())
    notes = () if entries else (_W["no_facts"],)
    return Section(name="facts", heading=_W["facts"], notes=notes, entries=entries)


def _plan_of(record: Record, asked: Relief, given: Offer | Conditional) -> tuple[Offer, Conditional | None]:
    """The offer, which must be the one that the newest opinion is on."""
    deal, offer = (given, given.offer) if isinstance(given, Conditional) else (None, given)
    if not isinstance(offer, Offer):
        raise InputError(Code.MISSING, "offer", type(offer).__name__, "an Offer")
    of_case("offer", record.review, offer.case)
    wanted = None if asked.case is None else asked.case.plan
    found = plan_fingerprint(offer.schedule, offer.method, offer.annual_rate)
    if found != wanted:
        raise InputError(Code.OTHER_PLAN, "offer.plan", found, limit=wanted)
    return offer, deal


def _plan(plan: tuple[Offer, Conditional | None]) -> Section:
    offer, _ = plan
    rows = offer.schedule.rows
    entries = (
        _entry("method", METHODS[offer.method], "text"),
        _entry("annual_rate", offer.annual_rate, "percent"),
        _entry("instalments", offer.instalments, "instalments"),
        _entry("instalment_before", offer.instalment_before, "money"),
        _entry("instalment_after", offer.instalment_after, "money"),
        _entry("first_due", rows[0].due_date, "date"),
        _entry("last_due", rows[-1].due_date, "date"),
        _entry("capacity", offer.capacity, "money"),
        _entry("left_to_live_on", offer.left_to_live_on, "money"),
        _entry("total_paid", offer.schedule.totals["payment"], "money"),
    )
    asked = tuple(reason_words(reason) for reason in offer.questions)
    return Section(name="plan", heading=_W["plan"], notes=asked, entries=entries)


def _step(review: Review, step: Opinion | Decision, before: object, n: int) -> Section:
    """An opinion or a decision: what, by whom, when, and why."""
    opinion = isinstance(step, Opinion)
    kind = "opinion" if opinion else "decision"
    roles = review.rules.reviewers if opinion else review.rules.authority
    role = next(each for each in roles if each.role == step.role)
    entries = [
        Entry("verdict", _W[f"{kind}_verdict"], Figure(_VERDICTS[step.verdict], "text")),
        _entry("role", Words(role.en, role.zh), "text"),
        _entry("person", step.person, "text"),
        Entry("at", _W["at"], moment(step.at)),
    ]
    notes: list[Words] = []
    if isinstance(step, Decision):
        notes += [_W["against"]] * goes_against(review, step)
        notes += [_W["overruled"]] * (isinstance(before, Opinion) and overrules(before, step))
        notes += [reason_words(ground) for ground in step.grounds]
        if step.reason is not None:
            reason = review.rules.reason(step.reason)
            entries.append(_entry("reason", Words(reason.en, reason.zh), "text"))
    if step.note:
        entries.append(_entry("note", step.note, "text"))
    name = kind if n == 1 else f"{kind}_{n}"
    return Section(name=name, heading=_W[kind], notes=tuple(notes), entries=tuple(entries))


def _authority(review: Review, asked: Relief, decision: Decision | None) -> Section:
    """What is asked for beside the authority of whoever decided; before that, of whoever may."""
    rules, currency = review.rules, review.policy.currency
    if decision is not None:
        levels = [level for level in rules.authority if level.role == decision.role]
    else:
        may = asked.batch.deciders(rules)[:, 0]
        levels = [level for level, able in zip(rules.authority, may, strict=True) if able]
    names = ("conceded", "asked", *(f"up_to_{level.role}" for level in levels))
    up_to = (Words(f"Up to: {level.en}", f"{level.zh}权限") for level in levels)
    rows = tuple(
        (
            Figure(_ASKED[name], "text"),
            _as_text(getattr(asked, name), unit, currency),
            *(_bound(level, name, currency) for level in levels),
        )
        for name, unit in _UNITS.items()
    )
    notes: tuple[Words, ...] = () if levels else (_W["nobody"],)
    table = Table(names, (_W["conceded"], _W["asked"], *up_to), rows)
    return Section(name="authority", heading=_W["authority"], notes=notes, table=table)


_UNITS: dict[str, Unit] = {
    "owed": "money",
    "given_up": "money",
    "forborne": "money",
    "extension_months": "months",
    "rate_cut": "percent",
}
"""What is asked for, in its order."""


def _as_text(value: Decimal | int, unit: Unit, currency: str) -> Figure:
    """A figure of a column with several units."""
    figure = Figure(value, unit)
    return Figure(Words(*(figure.said(language, currency) for language in _LANGUAGES)), "text")


def _bound(level: Authority, name: str, currency: str) -> Figure:
    """Up to where a role may decide."""
    if name == "owed":
        return _as_text(level.largest_amount, "money", currency)
    if name == "extension_months":
        return _as_text(level.longest_extension_months, "months", currency)
    if name == "given_up":
        return _of_owed(level.deepest_concession)
    if name == "forborne" and level.largest_forbearance is not None:
        return _of_owed(level.largest_forbearance.scaleb(-2))
    if name == "rate_cut" and level.deepest_rate_cut is not None:
        return _as_text(level.deepest_rate_cut, "percent", currency)
    return Figure(_W["no_bound"], "text")


def _of_owed(share: Decimal) -> Figure:
    said = sentence("{share} of what is owed", "欠款的{share}", share=Figure(share, "percent"))
    return Figure(said, "text")


def _conditions(asked: Relief, plan: tuple[Offer, Conditional | None] | None) -> Section:
    """What has to come before the plan takes effect."""
    notes: list[Words] = []
    if asked.case is not None and asked.case.under is not None:
        notes.append(_W["deal"])
    if plan is not None:
        offer, earned = plan[0], plan[0].case.policy.earned_waiver
        notes += [reason_words(reason) for reason in offer.pending]
        notes += [earned_words(earned)] if earned is not None and offer.never_paid else []
    return Section(name="conditions", heading=_W["conditions"], notes=tuple(notes) or (_W["no_conditions"],))


def _signers(
    review: Review, opinion: Opinion, decision: Decision | None
) -> Iterable[tuple[Words, str | None]]:
    """Whoever gave the opinion, and whoever decided."""
    role = next(each for each in review.rules.reviewers if each.role == opinion.role)
    yield Words(role.en, role.zh), opinion.person
    if decision is None:
        yield _W["decides"], None
        return
    level = next(each for each in review.rules.authority if each.role == decision.role)
    yield Words(level.en, level.zh), decision.person


_RESULTS = {
    "approved": Words("approved", "通过"),
    "declined": Words("declined", "不通过"),
    "needs_evidence": Words("needs evidence", "需补充材料"),
    "needs_person": Words("needs a person", "需人工审查"),
}
_EFFECTS: dict[Effect, Words] = {
    "decline": Words("declines it", "不通过"),
    "needs_evidence": Words("needs evidence", "需补充材料"),
    "needs_person": Words("needs a person", "需人工审查"),
}
_VERDICTS = {
    "approve": Words("approve", "同意"),
    "return": Words("return, for what is lacking", "退回补充"),
    "refuse": Words("refuse", "不同意"),
}
_ASKED = {
    "owed": Words("Everything owed", "欠款总额"),
    "given_up": Words("Given up", "减免"),
    "forborne": Words("Put aside without interest", "免息暂缓"),
    "extension_months": Words("Extension", "展期"),
    "rate_cut": Words("Annual rate lowered by", "年利率下调"),
}
_W = worded(
    {
        "opinion_title": ("Opinion on an application", "审核意见"),
        "refusal_title": ("Decision on your application", "申请结果通知书"),
        "letter": ("This letter", "基本信息"),
        "lender": ("Lender", "贷款人"),
        "name": ("Name", "姓名"),
        "address": ("Address", "地址"),
        "application": ("Application", "申请编号"),
        "decided_on": ("Date of the decision", "决定日期"),
        "refused": (
            "We can't offer you a plan on this application. The reasons are below, and what you can do.",
            "本次申请未获批准。原因及您可以采取的做法如下。",
        ),
        "why": ("The reasons", "原因"),
        "also": ("Also found", "另有发现"),
        "rights": ("Your rights", "您的权利"),
        "again": ("Appeal, or apply again", "申诉与再次申请"),
        "apply_again": ("You may apply again from", "可再次申请的日期"),
        "case": ("The case", "申请概况"),
        "reviewed_on": ("Reviewed on", "审查日期"),
        "result": ("Result of the review", "审查结果"),
        "owed": ("Everything owed", "欠款总额"),
        "rules": ("Fingerprint of the rules (SHA-256)", "所依据规则的指纹（SHA-256）"),
        "findings": ("Findings", "审查发现"),
        "effect": ("Effect", "结论"),
        "finding": ("Finding", "发现"),
        "figure": ("Figure", "数值"),
        "limit": ("Held against", "标准"),
        "told": ("Told to the applicant", "是否告知申请人"),
        "yes": ("yes", "是"),
        "no": ("no", "否"),
        "none": ("none", "无"),
        "nothing_found": ("Nothing speaks against it.", "未发现不利情况。"),
        "facts": ("Facts", "依据的数据"),
        "no_facts": ("None was asked for.", "无。"),
        "plan": ("The plan", "还款方案"),
        "annual_rate": ("Rate, a year", "年利率"),
        "instalments": ("Instalments", "期数"),
        "instalment_before": ("Present instalment", "现每期还款"),
        "instalment_after": ("Largest instalment of the plan", "方案每期还款（最高一期）"),
        "first_due": ("First instalment due", "首期到期日"),
        "last_due": ("Last instalment due", "末期到期日"),
        "capacity": ("What the household can pay each period, at least", "家庭每期可承受的最低金额"),
        "left_to_live_on": ("Left to live on, a month, at least", "每月可用于生活的最低金额"),
        "total_paid": ("All payments together", "还款总额"),
        "opinion": ("Opinion", "审核意见"),
        "decision": ("Decision", "审批决定"),
        "opinion_verdict": ("The reviewer would", "审核意见"),
        "decision_verdict": ("Decided to", "审批决定"),
        "role": ("Role", "岗位"),
        "person": ("Name", "姓名"),
        "at": ("When", "时间"),
        "reason": ("Reason", "理由"),
        "note": ("Note", "备注"),
        "against": ("Against the result of the review.", "与审查结果不一致。"),
        "overruled": ("Against the reviewer's opinion.", "与审核意见不一致。"),
        "authority": ("What is asked for, and who may decide on it", "申请内容与审批权限"),
        "conceded": ("What", "项目"),
        "asked": ("Asked for", "申请"),
        "no_bound": ("no bound", "不限"),
        "nobody": ("Nobody of the policy may decide on it.", "超出全部审批岗位的权限。"),
        "conditions": ("Conditions", "附加条件"),
        "no_conditions": ("There are none.", "无。"),
        "deal": (
            "It takes effect when the down payment and the trial payments of the deal are paid in time.",
            "须按时付清首付款及试行期各期款项后方可生效。",
        ),
        "decides": ("Decides", "审批人"),
    }
)
