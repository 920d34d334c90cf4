"""The application form (协商还款申请表), blank or filled in: the facts that a policy's review asks about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from repayplan.ability.figures import one_rule
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import to_decimal
from repayplan.edges.applicationfile import asked_beside
from repayplan.edges.documents import Document, Entry, Section, Table
from repayplan.edges.factfigures import category_figure, fact_figure, fact_label
from repayplan.edges.formfacts import kind_of, stated_facts
from repayplan.edges.formterms import FilledForm, FormTerms
from repayplan.edges.formwords import FORM_WORDS, KINDS
from repayplan.edges.letterparts import OF_PARTY, signing, to_party
from repayplan.edges.words import BLANK, Figure, Words
from repayplan.offers.facts import APPLIED, FACTS, WORDS
from repayplan.offers.hardship import EvidenceNeed
from repayplan.offers.policy import Policy
from repayplan.offers.reviewrules import ReviewRules

WISHES = ("requested_instalment", "requested_months", "requested_start")
HISTORY = ("days_past_due", "earlier_plans", "broken_plans", "last_plan", "last_plan_ended")
_HOME = ("adults", "children", "dependants", "tenure", "region")
_INCOME = ("gross_income", "net_income", "other_debts")
_OF_LOAN = ("owed", "instalment")
_LINES = 3
"""Empty lines of a blank form for what is spent a month."""


def application_form(policy: Policy, terms: FormTerms, filled: FilledForm | None = None) -> Document:
    """The form of a programme: every fact of an application, and the evidence that it has to show.

    Its facts, reasons for hardship and kinds of evidence are those of the policy's review, so that whoever
    fills it in states what is asked about.

    Parameters
    ----------
    policy
        With a section ``[review]``.
    terms
        What the lender adds.
    filled
        What an applicant has stated; None: a blank form, with places to be filled in by hand.

    Returns
    -------
    :class:`~repayplan.Document`, of the same fields blank or filled. A filled one has places for signatures
    only; what the review doesn't need, and isn't stated, says so.

    Raises
    ------
    InputError
        The policy has no review; of a filled form a fact that the review needs is missing, the reason for
        hardship or a kind of evidence isn't the policy's, or amounts are of another currency.

    Examples
    --------
    >>> from repayplan import STANDARD_DECLARATIONS, FormTerms, Policy, Words
    >>> terms = FormTerms(
    ...     lender="Example Bank",
    ...     hand_in=Words("At any branch.", "请交至任一网点。"),
    ...     declarations=STANDARD_DECLARATIONS,
    ... )
    >>> form = application_form(Policy.example("consumer-review"), terms)
    >>> print(form.markdown("zh").splitlines()[0])
    # 协商还款申请表
    """
    one_rule("policy", policy, Policy)
    one_rule("terms", terms, FormTerms)
    rules = policy.review
    if rules is None:
        raise InputError(Code.MISSING, "review", None, "the policy has no section [review]")
    known = _Stated(policy, rules, filled)
    sections = (
        _about(policy, terms),
        _applicant(filled),
        _loan(known),
        _household(known),
        _spending(policy, filled),
        known.section("hardship", ("hardship", "willing", *WISHES)),
        known.section("history", HISTORY, (FORM_WORDS["history_note"],)),
        _evidence(rules, filled),
        _declarations(terms),
        signing(
            (
                (FORM_WORDS["applicant_signs"], None if filled is None else filled.applicant.name),
                (FORM_WORDS["received_by"], None),
            )
        ),
        known.section("office", known.office),
    )
    return Document(
        name="application_form", title=FORM_WORDS["title"], currency=policy.currency, sections=sections
    )


class _Stated:
    """The facts of a form: what is stated of each, or a place for it."""

    def __init__(self, policy: Policy, rules: ReviewRules, filled: FilledForm | None) -> None:
        self.rules, self.filled = rules, filled
        self.facts: dict[str, object] = {} if filled is None else stated_facts(policy, rules, filled)
        own = tuple(name for name in asked_beside(rules) if name not in APPLIED)
        self.office = ("id", "applied_on", "evidenced_income", *own)
        asked = (
            c.field
            for rule in rules.rules
            if rule.when_missing != "passes"
            for condition in rule.conditions
            for c in condition.asked
        )
        self.needed = {"hardship", "applied_on", *asked}

    def entry(self, name: str) -> Entry:
        """One fact.

        Raises
        ------
        InputError
            The review needs it, and it isn't stated.
        """
        label = FORM_WORDS[name] if name in FORM_WORDS else fact_label(self.rules, name)
        if self.filled is None:
            return Entry(name, label, _to_fill_in(self.rules, name))
        value = self.facts.get(name)
        if value is None or value == "":
            if name in self.needed:
                raise InputError(Code.MISSING, name, None, "stated: the review of the policy needs it")
            return Entry(name, label, Figure(FORM_WORDS["not_stated"], "text"))
        if isinstance(value, (Words, str)) and name in ("id", "net_income", "gross_income"):
            return Entry(name, label, Figure(value, "text"))
        return Entry(name, label, fact_figure(self.rules, name, value))

    def section(self, name: str, facts: Iterable[str], notes: tuple[Words, ...] = ()) -> Section:
        """A part of the form."""
        entries = tuple(self.entry(each) for each in facts)
        return Section(name=name, heading=FORM_WORDS[f"{name}_part"], notes=notes, entries=entries)


def _to_fill_in(rules: ReviewRules, name: str) -> Figure:
    """A place to be filled in; words to choose from have a box each."""
    fact = FACTS.get(name)
    if name == "hardship":
        choice = [(each.en, each.zh) for each in rules.hardships]
    elif fact is not None and fact.kind == "flag":
        choice = [("yes", "是"), ("no", "否")]
    elif name in WORDS:
        choice = list(WORDS[name].values())
    else:
        return BLANK
    return Figure(Words(*("  ".join(f"{_BOX}{_KEPT}{each[k]}" for each in choice) for k in (0, 1))), "choice")


_BOX, _KEPT = "□", "\u00a0"
"""A box to tick, and a blank that keeps it on the line of its word."""


def _about(policy: Policy, terms: FormTerms) -> Section:
    entries = (
        Entry("lender", FORM_WORDS["lender"], Figure(terms.lender, "text")),
        Entry(
            "programme",
            FORM_WORDS["programme"],
            Figure(Words(policy.called("en"), policy.called("zh")), "text"),
        ),
    )
    return Section(name="about", heading=FORM_WORDS["about_part"], notes=(terms.hand_in,), entries=entries)


def _applicant(filled: FilledForm | None) -> Section:
    entries = (
        tuple(Entry(name, FORM_WORDS[name], BLANK) for name in OF_PARTY)
        if filled is None
        else to_party(filled.applicant)
    )
    return Section(name="applicant", heading=FORM_WORDS["applicant_part"], entries=entries)


def _loan(known: _Stated) -> Section:
    number = BLANK if known.filled is None else Figure(known.filled.reference, "text")
    entries = (Entry("reference", FORM_WORDS["reference"], number), *(known.entry(name) for name in _OF_LOAN))
    return Section(name="loan", heading=FORM_WORDS["loan_part"], entries=entries)


def _household(known: _Stated) -> Section:
    names = (*_HOME, "declared_income", *_INCOME)
    entries = tuple(known.entry(name) for name in names)
    return Section(name="household", heading=FORM_WORDS["household_part"], entries=entries)


def _spending(policy: Policy, filled: FilledForm | None) -> Section:
    """What the household spends a month by category, and items that are stated one by one."""
    names = ("kind", "category", "amount")
    rows: list[tuple[Figure, ...]]
    if filled is None:
        covered = [category_figure(name) for name in policy.allowance.covers]
        rows = [(Figure(KINDS["cost"], "text"), each, BLANK) for each in (*covered, *[BLANK] * _LINES)]
    else:
        home = filled.household
        rows = [
            (
                Figure(KINDS["cost"], "text"),
                category_figure(name),
                _amount(int(each.amount[0]), home.decimals),
            )
            for name, each in home.batch.costs.items()
            if each.given[0]
        ]
        listed = home.batch.items
        if listed is not None:
            rows += [
                (
                    Figure(KINDS[kind_of(item)], "text"),
                    category_figure(item.category),
                    _amount(int(units), home.decimals),
                )
                for item, units in zip(home.items, listed.declared, strict=True)
            ]
    table = Table(names, tuple(FORM_WORDS[name] for name in names), tuple(rows)) if rows else None
    notes = () if rows else (FORM_WORDS["no_spending"],)
    return Section(name="spending", heading=FORM_WORDS["spending_part"], notes=notes, table=table)


def _amount(units: int, decimals: int) -> Figure:
    return Figure(to_decimal(units, decimals), "money")


def _evidence(rules: ReviewRules, filled: FilledForm | None) -> Section:
    """Every need of evidence, by reason for hardship; of a filled form what was handed in for each."""
    names = ("wanted_for", "evidence", "handed_in")
    wanted: list[tuple[Words, EvidenceNeed]] = [(FORM_WORDS["everybody"], need) for need in rules.needs]
    for hardship in rules.hardships:
        if filled is None or hardship.code == filled.application.hardship:
            wanted += [(Words(hardship.en, hardship.zh), need) for need in hardship.needs]
    given: Mapping[str, Figure] = {} if filled is None else _handed_in(rules, filled)
    used = {kind for _, need in wanted for kind in need.any_of}
    rows = [
        (Figure(of, "text"), Figure(_one_of(rules, need), "text"), _shown(need, given, blank=filled is None))
        for of, need in wanted
    ]
    rows += [
        (Figure(FORM_WORDS["further"], "text"), Figure(_kind_words(rules, kind), "text"), figure)
        for kind, figure in given.items()
        if kind not in used
    ]
    table = Table(names, tuple(FORM_WORDS[name] for name in names), tuple(rows))
    return Section(
        name="evidence",
        heading=FORM_WORDS["evidence_part"],
        notes=(FORM_WORDS["evidence_note"],),
        table=table,
    )


def _handed_in(rules: ReviewRules, filled: FilledForm) -> dict[str, Figure]:
    """The documents that were handed in, by kind: the date and the number of each."""
    found = {}
    for kind, received in filled.application.batch.evidence.items():
        if received.given[0]:
            day, number = Figure(received.dated[0].item(), "date"), str(received.document[0])
            name = _kind_words(rules, kind)
            more = (f", {number}", f"，{number}") if number else ("", "")
            found[kind] = Figure(
                Words(f"{name.en}, {day.said('en')}{more[0]}", f"{name.zh}，{day.said('zh')}{more[1]}"),
                "text",
            )
    return found


def _shown(need: EvidenceNeed, given: Mapping[str, Figure], *, blank: bool) -> Figure:
    if blank:
        return Figure(_BOX, "choice")
    found = [given[kind] for kind in need.any_of if kind in given]
    if not found:
        return Figure(FORM_WORDS["not_handed_in"], "text")
    en, zh = ("; ".join(each.said("en") for each in found), "；".join(each.said("zh") for each in found))
    return Figure(Words(en, zh), "text")


def _kind_words(rules: ReviewRules, code: str) -> Words:
    kind = rules.kind(code)
    return Words(kind.en, kind.zh)


def _one_of(rules: ReviewRules, need: EvidenceNeed) -> Words:
    """The kinds that would do, each with how old it may be."""
    en, zh = [], []
    for kind in (rules.kind(code) for code in need.any_of):
        days = kind.valid_days
        en.append(kind.en if days is None else f"{kind.en} (no older than {days} days)")
        zh.append(kind.zh if days is None else f"{kind.zh}（{days}天内）")
    return Words(" or ".join(en), "或".join(zh))


def _declarations(terms: FormTerms) -> Section:
    notes = tuple(Words(f"{_BOX} {each.en}", f"{_BOX} {each.zh}") for each in terms.declarations)
    return Section(name="declarations", heading=FORM_WORDS["declarations_part"], notes=notes)
