"""The opinion on an application (审核意见) for the file, as a document."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from repayplan.ability.figures import one_rule
from repayplan.basics.errors import Code, InputError
from repayplan.edges.dealparts import condition_section
from repayplan.edges.decisionwords import (
    ASKED,
    LANGUAGES,
    RESULTS,
    VERDICTS,
    WORDS,
    application_entries,
    entry_of,
)
from repayplan.edges.documents import Document, Entry, Section, Table
from repayplan.edges.findingtable import facts_section, findings_section
from repayplan.edges.letterparts import moment, reason_words, signing
from repayplan.edges.sheetparts import METHODS, earned_words
from repayplan.edges.words import Figure, Unit, Words, sentence
from repayplan.offers.case import plan_fingerprint
from repayplan.offers.conditional import Conditional
from repayplan.offers.offer import Offer
from repayplan.offers.roles import Authority
from repayplan.reviews.assessment import Review
from repayplan.reviews.authority import Relief
from repayplan.reviews.decision import Decision, Opinion
from repayplan.reviews.record import Record, goes_against, of_case, overrules


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
    one_rule("record", record, Record)
    opinions = [each for each in record.entries if isinstance(each, Opinion)]
    if not opinions:
        raise InputError(Code.OUT_OF_TURN, "entries", "opinion sheet", limit="opinion")
    review, asked = record.review, opinions[-1].relief
    plan = None if offer is None else _plan_of(record, asked, offer)
    sections = [
        _case(review),
        findings_section(review),
        facts_section(review),
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
        title=WORDS["opinion_title"],
        currency=review.policy.currency,
        sections=tuple(sections),
    )


def _case(review: Review) -> Section:
    entries = (
        *application_entries(review),
        entry_of("reviewed_on", review.on, "date"),
        entry_of("result", RESULTS[review.result], "text"),
        entry_of("owed", review.case.owed, "money"),
        entry_of("rules", review.fingerprint, "text"),
    )
    return Section(name="case", heading=WORDS["case"], entries=entries)


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
        entry_of("method", METHODS[offer.method], "text"),
        entry_of("annual_rate", offer.annual_rate, "percent"),
        entry_of("instalments", offer.instalments, "instalments"),
        entry_of("instalment_before", offer.instalment_before, "money"),
        entry_of("instalment_after", offer.instalment_after, "money"),
        entry_of("first_due", rows[0].due_date, "date"),
        entry_of("last_due", rows[-1].due_date, "date"),
        entry_of("capacity", offer.capacity, "money"),
        entry_of("left_to_live_on", offer.left_to_live_on, "money"),
        entry_of("total_paid", offer.schedule.totals["payment"], "money"),
    )
    asked = tuple(reason_words(reason) for reason in offer.questions)
    return Section(name="plan", heading=WORDS["plan"], notes=asked, entries=entries)


def _step(review: Review, step: Opinion | Decision, before: object, n: int) -> Section:
    """An opinion or a decision: what, by whom, when, and why."""
    opinion = isinstance(step, Opinion)
    kind = "opinion" if opinion else "decision"
    roles = review.rules.reviewers if opinion else review.rules.authority
    role = next(each for each in roles if each.role == step.role)
    entries = [
        Entry("verdict", WORDS[f"{kind}_verdict"], Figure(VERDICTS[step.verdict], "text")),
        entry_of("role", Words(role.en, role.zh), "text"),
        entry_of("person", step.person, "text"),
        Entry("at", WORDS["at"], moment(step.at)),
    ]
    notes: list[Words] = []
    if isinstance(step, Decision):
        notes += [WORDS["against"]] * goes_against(review, step)
        notes += [WORDS["overruled"]] * (isinstance(before, Opinion) and overrules(before, step))
        notes += [reason_words(ground) for ground in step.grounds]
        if step.reason is not None:
            reason = review.rules.reason(step.reason)
            entries.append(entry_of("reason", Words(reason.en, reason.zh), "text"))
    if step.note:
        entries.append(entry_of("note", step.note, "text"))
    name = kind if n == 1 else f"{kind}_{n}"
    return Section(name=name, heading=WORDS[kind], notes=tuple(notes), entries=tuple(entries))


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
            Figure(ASKED[name], "text"),
            _as_text(getattr(asked, name), unit, currency),
            *(_bound(level, name, currency) for level in levels),
        )
        for name, unit in _UNITS.items()
    )
    notes: tuple[Words, ...] = () if levels else (WORDS["nobody"],)
    table = Table(names, (WORDS["conceded"], WORDS["asked"], *up_to), rows)
    return Section(name="authority", heading=WORDS["authority"], notes=notes, table=table)


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
    return Figure(Words(*(figure.said(language, currency) for language in LANGUAGES)), "text")


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
    return Figure(WORDS["no_bound"], "text")


def _of_owed(share: Decimal) -> Figure:
    said = sentence("{share} of what is owed", "欠款的{share}", share=Figure(share, "percent"))
    return Figure(said, "text")


def _conditions(asked: Relief, plan: tuple[Offer, Conditional | None] | None) -> Section:
    """What has to come before the plan takes effect."""
    notes: list[Words] = []
    if asked.case is not None and asked.case.under is not None:
        notes.append(WORDS["deal"])
    if plan is not None:
        offer, earned = plan[0], plan[0].case.policy.earned_waiver
        notes += [reason_words(reason) for reason in offer.pending]
        notes += [earned_words(earned)] if earned is not None and offer.never_paid else []
    return Section(
        name="conditions", heading=WORDS["conditions"], notes=tuple(notes) or (WORDS["no_conditions"],)
    )


def _signers(
    review: Review, opinion: Opinion, decision: Decision | None
) -> Iterable[tuple[Words, str | None]]:
    """Whoever gave the opinion, and whoever decided."""
    role = next(each for each in review.rules.reviewers if each.role == opinion.role)
    yield Words(role.en, role.zh), opinion.person
    if decision is None:
        yield WORDS["decides"], None
        return
    level = next(each for each in review.rules.authority if each.role == decision.role)
    yield Words(level.en, level.zh), decision.person
