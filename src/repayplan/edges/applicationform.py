"""The application form (协商还款申请表), blank or filled in: the facts that a policy's review asks about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from repayplan.ability.figures import one_text
from repayplan.ability.household import Household
from repayplan.accounts.clauses import Clause
from repayplan.accounts.parties import Party
from repayplan.basics.columns import Screen
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import to_decimal
from repayplan.edges.applicationfile import asked_beside
from repayplan.edges.documents import BLANK, Document, Entry, Figure, Section, Table, Words
from repayplan.edges.factfigures import category_figure, fact_figure, fact_label
from repayplan.edges.letterparts import OF_PARTY, both_languages, signing, to_party
from repayplan.edges.sheetparts import name_text, worded
from repayplan.offers.behind import present_instalment
from repayplan.offers.factcolumn import Column
from repayplan.offers.facts import APPLIED, FACTS, WORDS
from repayplan.offers.hardship import EvidenceNeed, tuple_of
from repayplan.offers.policy import Policy
from repayplan.offers.reviewrules import ReviewRules
from repayplan.plans.loan import Loan
from repayplan.reviews.application import Application

WISHES = ("requested_instalment", "requested_months", "requested_start")
HISTORY = ("days_past_due", "earlier_plans", "broken_plans", "last_plan", "last_plan_ended")
_HOME = ("adults", "children", "dependants", "tenure", "region")
_INCOME = ("gross_income", "net_income", "other_debts")
_OF_LOAN = ("owed", "instalment")
_LINES = 3
"""Empty lines of a blank form for what is spent a month."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormTerms:
    """What a lender's application form says that the policy doesn't.

    Parameters
    ----------
    lender
        Its name: text, or :class:`~repayplan.Words` where the languages have different ones.
    hand_in
        Where the form is handed in, with what, and until when.
    declarations
        What the applicant declares and consents to, a line each: :data:`STANDARD_DECLARATIONS`, say.

    Raises
    ------
    InputError
        One of them is missing, or two declarations have one code.

    Examples
    --------
    >>> terms = FormTerms(
    ...     lender=Words("Example Bank", "示例银行"),
    ...     hand_in=Words("At any branch, until 24 April 2026.", "请于2026年4月24日前交至任一网点。"),
    ...     declarations=STANDARD_DECLARATIONS,
    ... )
    >>> [each.code for each in terms.declarations][:3]
    ['true_and_complete', 'personal_data', 'credit_report']
    """

    lender: str | Words
    hand_in: Words
    declarations: tuple[Clause, ...]

    def __post_init__(self) -> None:
        name_text("terms.lender", self.lender)
        both_languages("terms.hand_in", self.hand_in)
        object.__setattr__(self, "declarations", tuple_of("terms.declarations", self.declarations, Clause))
        if not self.declarations:
            raise InputError(Code.MISSING, "terms.declarations", (), "at least one declaration")
        codes = [each.code for each in self.declarations]
        for i, code in enumerate(codes):
            if code in codes[:i]:
                raise InputError(Code.DUPLICATE, f"terms.declarations[{i}].code", code, "each code once")


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledForm:
    """What an applicant has stated.

    Parameters
    ----------
    applicant
        Who applies; with a contact.
    reference
        The number under which the lender keeps the loan.
    application, loan, household
        As :func:`~repayplan.review` takes them.

    Raises
    ------
    InputError
        One of them is missing, by its name.
    """

    applicant: Party
    reference: str
    application: Application
    loan: Loan
    household: Household

    def __post_init__(self) -> None:
        kinds = {"applicant": Party, "application": Application, "loan": Loan, "household": Household}
        for name, kind in kinds.items():
            value: object = getattr(self, name)
            if not isinstance(value, kind):
                code = Code.MISSING if value is None else Code.UNKNOWN_VALUE
                raise InputError(code, name, value, f"{kind.__name__} is needed here")
        one_text("reference", self.reference)


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
    >>> from repayplan import Policy
    >>> terms = FormTerms(
    ...     lender="Example Bank",
    ...     hand_in=Words("At any branch.", "请交至任一网点。"),
    ...     declarations=STANDARD_DECLARATIONS,
    ... )
    >>> form = application_form(Policy.example("consumer-review"), terms)
    >>> print(form.markdown("zh").splitlines()[0])
    # 协商还款申请表
    """
    rules = policy.review
    if rules is None:
        raise InputError(Code.MISSING, "review", None, "the policy has no section [review]")
    if not isinstance(terms, FormTerms):
        raise InputError(Code.MISSING, "terms", terms, "FormTerms")
    known = _Stated(policy, rules, filled)
    sections = (
        _about(policy, terms),
        _applicant(filled),
        _loan(known),
        _household(known),
        _spending(policy, filled),
        known.section("hardship", ("hardship", "willing", *WISHES)),
        known.section("history", HISTORY, (_W["history_note"],)),
        _evidence(rules, filled),
        _declarations(terms),
        signing(
            (
                (_W["applicant_signs"], None if filled is None else filled.applicant.name),
                (_W["received_by"], None),
            )
        ),
        known.section("office", known.office),
    )
    return Document(name="application_form", title=_W["title"], currency=policy.currency, sections=sections)


class _Stated:
    """The facts of a form: what is stated of each, or a place for it."""

    def __init__(self, policy: Policy, rules: ReviewRules, filled: FilledForm | None) -> None:
        self.rules, self.filled = rules, filled
        self.facts: dict[str, object] = {} if filled is None else _facts(policy, rules, filled)
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
        label = _W[name] if name in _W else fact_label(self.rules, name)
        if self.filled is None:
            return Entry(name, label, _to_fill_in(self.rules, name))
        value = self.facts.get(name)
        if value is None or value == "":
            if name in self.needed:
                raise InputError(Code.MISSING, name, None, "stated: the review of the policy needs it")
            return Entry(name, label, Figure(_W["not_stated"], "text"))
        if isinstance(value, (Words, str)) and name in ("id", "net_income", "gross_income"):
            return Entry(name, label, Figure(value, "text"))
        return Entry(name, label, fact_figure(self.rules, name, value))

    def section(self, name: str, facts: Iterable[str], notes: tuple[Words, ...] = ()) -> Section:
        """A part of the form."""
        entries = tuple(self.entry(each) for each in facts)
        return Section(name=name, heading=_W[f"{name}_part"], notes=notes, entries=entries)


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


def _facts(policy: Policy, rules: ReviewRules, filled: FilledForm) -> dict[str, object]:
    """Everything that is stated, by the names of facts.

    Raises
    ------
    InputError
        Of another policy: the reason for hardship, a kind of evidence, the currency or its decimals.
    """
    asked, loan, home = filled.application, filled.loan, filled.household
    known = [each.code for each in rules.hardships]
    if asked.hardship not in known:
        raise InputError(Code.UNKNOWN_VALUE, "hardship", asked.hardship, f"one of {', '.join(known)}")
    kinds = [each.code for each in rules.evidence]
    for kind in asked.batch.evidence:
        if kind not in kinds:
            raise InputError(Code.UNKNOWN_VALUE, "evidence", kind, f"one of {', '.join(kinds)}")
    if loan.currency not in ("", policy.currency):
        rule = f"the policy's: {policy.currency}"
        raise InputError(Code.UNKNOWN_VALUE, "loan.currency", loan.currency, rule)
    for part, of in (("application", asked), ("loan", loan), ("household", home)):
        if of.decimals != policy.decimals:
            rule = f"the policy's: {policy.decimals}"
            raise InputError(Code.UNKNOWN_VALUE, f"{part}.decimals", of.decimals, rule)
    instalment = int(present_instalment(loan.batch)[0])
    facts: dict[str, object] = {name: getattr(asked, name) for name in APPLIED}
    for name, value in (*asked.columns.items(), *(loan.columns or {}).items()):
        if facts.get(name) is None:
            facts[name] = _beside(name, value, policy.decimals)
    facts |= {"id": asked.id, "owed": to_decimal(int(loan.batch.owed[0]), loan.decimals)}
    facts["instalment"] = to_decimal(instalment, loan.decimals) if instalment else None
    facts |= {"adults": home.adults, "children": len(home.children), "dependants": home.dependants}
    facts |= {"tenure": home.tenure, "region": home.region}
    facts["other_debts"] = to_decimal(int(home.batch.other_debts[0]), home.decimals)
    listed = {_kind(each) for each in home.items}
    for name in ("gross_income", "net_income"):
        income = getattr(home.batch, name)
        if income.given[0]:
            facts[name] = to_decimal(int(income.amount[0]), home.decimals)
        elif name in listed:
            facts[name] = _W["as_listed"]
    return facts


def _beside(name: str, value: object, decimals: int) -> object:
    """A column beside the application or the loan: a fact of applications by its kind, others as they are."""
    if name not in APPLIED:
        return str(value)
    screen = Screen(1)
    column = Column.read(screen, name, APPLIED[name].kind, [value], np.array([decimals]))
    for failure in screen.failures():
        raise failure.error()
    return column.shown(0)


def _about(policy: Policy, terms: FormTerms) -> Section:
    entries = (
        Entry("lender", _W["lender"], Figure(terms.lender, "text")),
        Entry("programme", _W["programme"], Figure(Words(policy.called("en"), policy.called("zh")), "text")),
    )
    return Section(name="about", heading=_W["about_part"], notes=(terms.hand_in,), entries=entries)


def _applicant(filled: FilledForm | None) -> Section:
    entries = (
        tuple(Entry(name, _W[name], BLANK) for name in OF_PARTY)
        if filled is None
        else to_party(filled.applicant)
    )
    return Section(name="applicant", heading=_W["applicant_part"], entries=entries)


def _loan(known: _Stated) -> Section:
    number = BLANK if known.filled is None else Figure(known.filled.reference, "text")
    entries = (Entry("reference", _W["reference"], number), *(known.entry(name) for name in _OF_LOAN))
    return Section(name="loan", heading=_W["loan_part"], entries=entries)


def _household(known: _Stated) -> Section:
    names = (*_HOME, "declared_income", *_INCOME)
    entries = tuple(known.entry(name) for name in names)
    return Section(name="household", heading=_W["household_part"], entries=entries)


def _spending(policy: Policy, filled: FilledForm | None) -> Section:
    """What the household spends a month by category, and items that are stated one by one."""
    names = ("kind", "category", "amount")
    rows: list[tuple[Figure, ...]]
    if filled is None:
        covered = [category_figure(name) for name in policy.allowance.covers]
        rows = [(Figure(_KINDS["cost"], "text"), each, BLANK) for each in (*covered, *[BLANK] * _LINES)]
    else:
        home = filled.household
        rows = [
            (
                Figure(_KINDS["cost"], "text"),
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
                    Figure(_KINDS[_kind(item)], "text"),
                    category_figure(item.category),
                    _amount(int(units), home.decimals),
                )
                for item, units in zip(home.items, listed.declared, strict=True)
            ]
    table = Table(names, tuple(_W[name] for name in names), tuple(rows)) if rows else None
    notes = () if rows else (_W["no_spending"],)
    return Section(name="spending", heading=_W["spending_part"], notes=notes, table=table)


def _amount(units: int, decimals: int) -> Figure:
    return Figure(to_decimal(units, decimals), "money")


def _kind(item: Any) -> str:
    return "gross_income" if getattr(item, "gross", False) else str(item.kind)


def _evidence(rules: ReviewRules, filled: FilledForm | None) -> Section:
    """Every need of evidence, by reason for hardship; of a filled form what was handed in for each."""
    names = ("wanted_for", "evidence", "handed_in")
    wanted: list[tuple[Words, EvidenceNeed]] = [(_W["everybody"], need) for need in rules.needs]
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
        (Figure(_W["further"], "text"), Figure(_kind_words(rules, kind), "text"), figure)
        for kind, figure in given.items()
        if kind not in used
    ]
    table = Table(names, tuple(_W[name] for name in names), tuple(rows))
    return Section(name="evidence", heading=_W["evidence_part"], notes=(_W["evidence_note"],), table=table)


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
        return Figure(_W["not_handed_in"], "text")
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
    return Section(name="declarations", heading=_W["declarations_part"], notes=notes)


STANDARD_DECLARATIONS = (
    Clause(
        code="true_and_complete",
        en="What I have stated is true and complete, and the documents are genuine.",
        zh="本人填报的内容真实、完整，提交的材料真实有效。",
    ),
    Clause(
        code="personal_data",
        en="I consent that the lender uses my data, and what it says of my income, health and family, to"
        " decide on this application and to keep the plan, and for nothing else.",
        zh="本人同意贷款人为审查本申请及履行还款方案处理本人的个人信息，"
        "包括收入、健康及家庭情况等敏感个人信息，不作他用。",
    ),
    Clause(
        code="credit_report",
        en="I consent that the lender asks for my credit report for this application.",
        zh="本人授权贷款人为本申请查询本人的信用报告。",
    ),
    Clause(
        code="no_effect_yet",
        en="I know that the present contract goes on until a plan has been agreed on in writing.",
        zh="本人知悉，书面达成还款协议之前，原合同继续履行。",
    ),
    Clause(
        code="credit_record",
        en="I have been told what a plan does to my credit record.",
        zh="本人已知悉还款方案对征信记录的影响。",
    ),
    Clause(
        code="tell_changes",
        en="I tell the lender without delay if my income, address or telephone number changes.",
        zh="本人的收入、住址或联系方式发生变化时，将及时告知贷款人。",
    ),
)
"""Declarations to begin with. They are an example, not legal advice: nothing takes them unasked. Consent to
the use of sensitive personal data, and to a request for a credit report, is given for itself:
个人信息保护法 (2021), art. 29; 征信业管理条例 (2013), art. 18."""

_KINDS = {
    "net_income": Words("Net income", "净收入"),
    "gross_income": Words("Gross income", "税前收入"),
    "deduction": Words("Deduction from gross income", "税前扣除"),
    "cost": Words("Spending", "支出"),
    "debt": Words("Other debt", "其他债务"),
}
_W = worded(
    {
        "title": ("Application for a repayment plan", "协商还款申请表"),
        "about_part": ("This form", "填表说明"),
        "lender": ("Lender", "贷款人"),
        "applicant_part": ("The applicant", "申请人信息"),
        "name": ("Name", "姓名"),
        "id_number": ("Identity number", "证件号码"),
        "address": ("Address", "地址"),
        "contact": ("Telephone or e-mail", "联系方式"),
        "loan_part": ("The loan", "贷款信息"),
        "household_part": ("The household and its income", "家庭及收入情况"),
        "spending_part": ("Spending, and incomes and debts one by one, a month", "每月支出及收入、债务明细"),
        "kind": ("Kind", "类别"),
        "category": ("What for", "用途或来源"),
        "amount": ("Amount a month", "每月金额"),
        "no_spending": ("None is stated.", "未填报。"),
        "hardship_part": ("The hardship, and what is wished for", "困难原因与还款意愿"),
        "history_part": ("What was before", "以往情况"),
        "history_note": ("The lender may fill this in.", "本部分可由贷款人填写。"),
        "evidence_part": ("Evidence", "证明材料清单"),
        "evidence_note": (
            "One document of those named in each line is enough.",
            "每行所列材料提供其中一种即可。",
        ),
        "wanted_for": ("For", "适用情形"),
        "evidence": ("Evidence", "材料"),
        "handed_in": ("Handed in", "提交情况"),
        "everybody": ("every application", "所有申请"),
        "further": ("further", "其他"),
        "not_handed_in": ("not handed in", "未提交"),
        "not_stated": ("not stated", "未填报"),
        "as_listed": ("as listed below", "见下表"),
        "declarations_part": ("Declarations and consents, each to be ticked", "声明与授权（逐项勾选）"),
        "applicant_signs": ("Applicant", "申请人"),
        "received_by": ("Received by, for the lender", "贷款人受理人"),
        "office_part": ("For the lender", "贷款人填写"),
        "id": ("Number of the application", "申请编号"),
    }
)
