"""Forms, letters and sheets for people: figures are those of the values, both languages say the same."""

import json
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

import agreements as of
import repayplan as rp
from examples import examples
from repayplan import Code, InputError, Words
from repayplan.edges.documents import Document, Entry, Section, Table
from repayplan.edges.factfigures import fact_figure
from repayplan.edges.letterparts import moment
from repayplan.edges.words import BLANK, Figure, sentence
from repayplan.offers.facts import APPLIED
from test_agreement_pages import HOSTILE, HTML, LANGUAGES, PDF, Page, cjk

POLICY = rp.Policy.example("consumer-review")
RULES = POLICY.review
WHO = replace(of.BORROWER, contact="138 0000 0000")
FORM = rp.FormTerms(
    lender=Words("Example Bank", "示例银行"),
    hand_in=Words("At any branch.", "请交至任一网点。"),
    declarations=rp.STANDARD_DECLARATIONS,
)
TERMS = rp.LetterTerms(
    contact=Words("Telephone 021-1.", "电话021-1。"),
    help=Words("Ask for a plan at any branch.", "可到任一网点申请协商还款。"),
)
ASKED = rp.Application(
    id="A-17",
    hardship="illness",
    applied_on="2026-03-02",
    evidence={
        "identity_card": ("2019-05-01", "3101"),
        "bank_statement": "2025-11-30",
        "medical_certificate": ("2026-02-11", "M-17"),
        "insurance_claim": "2026-02-12",
    },
    declared_income="8600",
    evidenced_income="7500",
    requested_months=36,
    days_past_due=100,
    broken_plans=0,
    willing=True,
)
LOAN = rp.Loan(**of.LOAN | {"principal": "21000", "instalment": "2350.00"})
HOME = rp.Household(
    adults=2,
    children=(4,),
    net_income="8600",
    costs={"rent": "900", "food": "2100"},
    other_debts="200",
    tenure="tenant",
    items=[rp.Cost("school", "2400", "annual")],
)
AT, LATER = "2026-03-05T10:00:00+08:00", "2026-03-06T16:20:00+08:00"


def filled(**change):
    given = {"applicant": WHO, "reference": "L-1", "application": ASKED, "loan": LOAN, "household": HOME}
    return rp.FilledForm(**given | change)


@cache
def offered():
    return rp.propose(LOAN, HOME, POLICY)


def decided(verdict="approve", *, person="Wu", note="", asked=ASKED, relief=None, **more):
    seen = rp.review(asked, LOAN, HOME, POLICY, on="2026-03-05")
    relief = rp.Relief.of(offered()) if relief is None else relief
    record = rp.Record((seen,)).opinion(verdict, relief, role="reviewer", person="Li", at=AT, note=note)
    if person is None:
        return record
    return record.decide(
        verdict, role="branch_manager", person=person, at=LATER, policy=POLICY, note=note, **more
    )


def approved(**more):
    return decided(reason="exceptional_hardship", **more)


def refused(**more):
    asked = replace(ASKED, days_past_due=400)
    return decided("refuse", asked=asked, relief=rp.Relief(owed=LOAN_OWED), **more)


LOAN_OWED = Decimal("22448.70")


def event(kind, reference, on, amount=None, **more):
    return rp.Event(kind=kind, reference=reference, value_date=on, amount=amount, **more)


EVENTS = (
    event("payment", "P-1", "2026-03-31", "1493.11"),
    event("payment", "P-2", "2026-04-10", "1000"),
    event("waiver", "W-1", "2026-05-02", "1", component="principal"),
    event("payment", "P-3", "2026-04-20", "900"),
    event("fee", "F-1", "2026-05-31", "50"),
    event("payment", "P-4", "2026-06-03", "10"),
)


def stands(as_of, events=EVENTS, **more):
    return rp.replay(of.agreement(**more).account(), list(events), as_of=as_of)


DOCUMENTS = {
    "application_form": lambda: rp.application_form(POLICY, FORM),
    "filled": lambda: rp.application_form(POLICY, FORM, filled()),
    "review_opinion": lambda: rp.review_opinion(approved(note="seen"), offer=offered()),
    "refusal_letter": lambda: rp.refusal_letter(refused(), TERMS, lender="Bank", applicant=WHO),
    "payment_reminder": lambda: rp.payment_reminder(of.agreement(), stands("2026-04-23"), TERMS),
    "overdue_notice": lambda: rp.overdue_notice(of.agreement(), stands("2026-07-20"), TERMS),
    "account_statement": lambda: rp.account_statement(of.signed(), stands("2026-07-20"), TERMS),
}


@cache
def made(name):
    return DOCUMENTS[name]()


def values(document, section):
    (part,) = [each for each in document.sections if each.name == section]
    return {entry.name: entry.figure.value for entry in part.entries}


def rows(document, section):
    (part,) = [each for each in document.sections if each.name == section]
    return [dict(zip(part.table.names, (cell.value for cell in row), strict=True)) for row in part.table.rows]


def notes(document, section, language="en"):
    return [n.said(language) for each in document.sections if each.name == section for n in each.notes]


def error(make):
    with pytest.raises(InputError) as caught:
        make()
    return caught.value.code, caught.value.field


# All of them


@pytest.mark.parametrize("name", DOCUMENTS)
def test_both_languages_have_the_same_fields_and_figures(name):
    english, chinese = (json.loads(made(name).to_json(language)) for language in LANGUAGES)
    assert english == made(name).as_dict("en")
    assert english["name"] == ("application_form" if name == "filled" else name)
    assert len(english["sections"]) == len(chinese["sections"])
    for one, other in zip(english["sections"], chinese["sections"], strict=True):
        assert (one["name"], len(one["notes"])) == (other["name"], len(other["notes"]))
        figures = [
            [*each["entries"], *(c for row in each["rows"] for c in row.values())] for each in (one, other)
        ]
        for each, its in zip(*figures, strict=True):
            assert (each.get("name"), each["unit"]) == (its.get("name"), its["unit"])
            if each["unit"] not in ("text", "choice"):
                assert each["value"] == its["value"]
    for section in made(name).sections:
        labels = [section.heading, *(entry.label for entry in section.entries)]
        labels += [] if section.table is None else section.table.head
        for words in labels:
            assert (cjk(words.en), cjk(words.zh)) == (False, True), words


@pytest.mark.parametrize("name", DOCUMENTS)
def test_only_a_form_and_places_to_sign_are_blank(name):
    for section in made(name).sections:
        found = [entry.figure for entry in section.entries]
        found += [] if section.table is None else [cell for row in section.table.rows for cell in row]
        if name != "application_form" and section.name != "signatures":
            assert all(figure.unit not in ("blank", "choice") for figure in found)
            assert all(figure.said("en").strip() for figure in found)


def test_a_letter_of_refusal_is_written_to_the_applicant():
    found = values(made("refusal_letter"), "letter")
    assert (found["name"], found["address"], found["application"]) == (WHO.name, WHO.address, "A-17")
    assert found["decided_on"] == date(2026, 3, 6)
    assert WHO.id_number not in made("refusal_letter").text("en")


def test_templates_of_agreements_and_offers_are_called_as_their_documents():
    assert rp.agreement_document(of.agreement()).name == "agreement"


def test_one_formatter_writes_figures_in_sentences_too():
    said = sentence(
        "{a}, {b}, {c}", "{a}、{b}、{c}", "CNY",
        a=Figure(Decimal("1234.50"), "money"), b=Figure(date(2026, 3, 5), "date"), c=Figure(3, "months"),
    )  # fmt: skip
    assert (said.en, said.zh) == ("1,234.50 CNY, 2026-03-05, 3 months", "1,234.50 CNY、2026年3月5日、3个月")
    at = moment(datetime.fromisoformat("2026-03-05T09:05:00-05:00"))
    assert (at.said("en"), at.said("zh")) == (
        "2026-03-05 09:05 (UTC-05:00)",
        "2026年3月5日09:05（UTC-05:00）",
    )
    assert BLANK.said("zh") == "_" * 12


# The form


def test_a_form_asks_about_every_fact_of_an_application_once():
    for name in ("application_form", "filled"):
        asked = [entry.name for section in made(name).sections for entry in section.entries]
        assert {each: asked.count(each) for each in APPLIED} == dict.fromkeys(APPLIED, 1)
        assert len(set(asked)) == len(asked)
    names = [
        [(s.name, [e.name for e in s.entries]) for s in made(n).sections]
        for n in ("application_form", "filled")
    ]
    assert names[0] == names[1]


def test_a_filled_form_says_what_was_stated():
    form = made("filled")
    figures = {entry.name: entry.figure.value for section in form.sections for entry in section.entries}
    for name in APPLIED:
        value = getattr(ASKED, name)
        if value is None:
            assert figures[name].en == "not stated"
        else:
            assert figures[name] == fact_figure(RULES, name, value).value
    assert figures["hardship"] == Words("serious illness", "重大疾病")
    assert (figures["owed"], figures["instalment"]) == (LOAN_OWED, Decimal("2350.00"))
    assert (figures["adults"], figures["children"], figures["dependants"]) == (2, 1, 0)
    assert (figures["net_income"], figures["other_debts"]) == (Decimal("8600.00"), Decimal("200.00"))
    assert [figures[name] for name in ("name", "id_number", "address", "contact")] == [
        *(WHO.name, WHO.id_number, WHO.address, WHO.contact)
    ]
    spent = [(row["category"], row["amount"]) for row in rows(form, "spending")]
    assert spent == [
        (Words("rent", "房租"), Decimal("900.00")),
        (Words("food", "食品"), Decimal("2100.00")),
        ("school", Decimal("200.00")),
    ]


def test_the_checklist_has_the_evidence_of_the_reasons():
    blank = rows(made("application_form"), "evidence")
    wanted = len(RULES.needs) + sum(len(each.needs) for each in RULES.hardships)
    assert len(blank) == wanted
    for hardship in RULES.hardships:
        mine = [row["evidence"].en for row in blank if row["wanted_for"].en == hardship.en]
        for text, need in zip(mine, hardship.needs, strict=True):
            assert all(RULES.kind(code).en in text for code in need.any_of)
    assert "bank statement (no older than 90 days)" in blank[1]["evidence"].en
    shown = [(row["wanted_for"].en, row["handed_in"].en) for row in rows(made("filled"), "evidence")]
    assert shown == [
        ("every application", "identity card, 2019-05-01, 3101"),
        ("every application", "bank statement, 2025-11-30"),
        ("serious illness", "medical certificate, 2026-02-11, M-17"),
        ("serious illness", "not handed in"),
        ("further", "insurance claim, 2026-02-12"),
    ]


def test_declarations_are_there_to_be_ticked_and_signed():
    for name in ("application_form", "filled"):
        said = notes(made(name), "declarations", "zh")
        assert said == [f"□ {each.zh}" for each in rp.STANDARD_DECLARATIONS]
    assert [row["person"] for row in rows(made("filled"), "signatures")] == ["李伟", ""]
    assert all(row["signature"] == "" for row in rows(made("filled"), "signatures"))


def test_what_is_said_beside_the_loan_stands_in_the_form():
    rule = rp.ReviewRule(
        field="channel", kind="text", comparison="=", value="x", reason="unwilling", effect="decline"
    )
    policy = replace(POLICY, review=replace(RULES, rules=(*RULES.rules, rule)))
    loan = rp.Loan(**of.LOAN | {"columns": {"days_past_due": "12", "channel": "app"}})
    asked = replace(ASKED, days_past_due=None)
    form = rp.application_form(policy, FORM, filled(application=asked, loan=loan))
    assert values(form, "history")["days_past_due"] == 12
    assert values(form, "office")["channel"] == Words("app", "app")
    listed = rp.Household(items=[rp.Income("pay", "5000"), rp.Income("bonus", "700", gross=True)])
    home = values(rp.application_form(POLICY, FORM, filled(household=listed)), "household")
    assert home["net_income"] == home["gross_income"] == Words("as listed below", "见下表")
    nothing = rp.Household(net_income="1")
    assert notes(rp.application_form(POLICY, FORM, filled(household=nothing)), "spending") == [
        "None is stated."
    ]


STATED = {
    "days_past_due": lambda: filled(application=replace(ASKED, days_past_due=None)),
    "broken_plans": lambda: filled(application=replace(ASKED, broken_plans=None)),
    "willing": lambda: filled(application=replace(ASKED, willing=None)),
    "applicant.contact": lambda: filled(applicant=of.BORROWER),
    "applicant": lambda: filled(applicant=None),
    "loan": lambda: filled(loan=None),
    "household": lambda: filled(household=None),
    "application": lambda: filled(application=None),
}


@pytest.mark.parametrize("name", STATED)
def test_a_filled_form_without_a_fact_is_refused_by_its_name(name):
    assert error(lambda: rp.application_form(POLICY, FORM, STATED[name]())) == (Code.MISSING, name)


WRONG = {
    "hardship": lambda: filled(application=replace(ASKED, hardship="boredom")),
    "evidence": lambda: filled(application=replace(ASKED, evidence={"letter": "2026-01-01"})),
    "loan.currency": lambda: filled(loan=rp.Loan(**of.LOAN | {"currency": "EUR"})),
    "household.decimals": lambda: filled(household=rp.Household(net_income="1", decimals=0)),
    "loan": lambda: filled(loan="a loan"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_form_of_another_policy_is_refused(name):
    assert error(lambda: rp.application_form(POLICY, FORM, WRONG[name]())) == (Code.UNKNOWN_VALUE, name)


TEXTS = {
    "terms.lender": lambda: replace(FORM, lender=None),
    "terms.hand_in": lambda: replace(FORM, hand_in=None),
    "terms.declarations": lambda: replace(FORM, declarations=()),
    "review": lambda: rp.application_form(rp.Policy.example("consumer"), FORM),
    "terms": lambda: rp.application_form(POLICY, None),
    "terms.help": lambda: replace(TERMS, help=None),
    "terms.contact": lambda: replace(TERMS, contact=None),
    "applicant": lambda: rp.refusal_letter(refused(), TERMS, lender="B", applicant=None),
    "lender": lambda: rp.refusal_letter(refused(), TERMS, lender=None, applicant=WHO),
    "agreement": lambda: rp.payment_reminder(None, stands("2026-04-23"), TERMS),
    "statement": lambda: rp.payment_reminder(of.agreement(), None, TERMS),
}


@pytest.mark.parametrize("name", TEXTS)
def test_what_a_lender_has_to_say_is_refused_by_its_name_where_it_is_missing(name):
    code, field = error(TEXTS[name])
    assert field == name
    assert code in (Code.MISSING, Code.UNKNOWN_VALUE)


def test_texts_in_one_language_or_twice_are_refused():
    assert error(lambda: replace(TERMS, help="Ask us.")) == (Code.UNKNOWN_VALUE, "terms.help")
    twice = (*rp.STANDARD_DECLARATIONS, rp.STANDARD_DECLARATIONS[0])
    assert error(lambda: replace(FORM, declarations=twice)) == (Code.DUPLICATE, "terms.declarations[6].code")


# The opinion and the refusal


def test_the_opinion_has_the_figures_of_the_review_and_the_plan():
    record, offer = approved(note="seen"), offered()
    document = rp.review_opinion(record, offer=offer)
    review = record.review
    assert values(document, "case")["owed"] == review.case.owed
    assert values(document, "case")["rules"] == POLICY.fingerprint
    facts = values(document, "facts")
    assert list(facts) == list(review.facts)
    for name, value in review.facts.items():
        assert facts[name] == (value if isinstance(value, (Decimal, date)) else facts[name])
    assert (facts["days_past_due"], facts["willing"].zh) == (100, "是")
    plan = values(document, "plan")
    for name in ("instalments", "instalment_before", "instalment_after", "annual_rate", "capacity"):
        assert plan[name] == getattr(offer, name)
    assert plan["total_paid"] == sum(row.payment for row in offer.schedule.rows)
    found = rows(document, "findings")
    assert [row["finding"].en for row in found] == [each.en for each in review.findings]
    assert [row["told"].en for row in found] == ["no" if f.internal else "yes" for f in review.findings]
    shown = {row["finding"].en.split(":")[0]: (row["figure"].zh, row["limit"].zh) for row in found}
    assert shown["100 days past due"] == ("100天", "91天至360天")
    assert shown["evidence is outdated"] == ("2025年11月30日", "2025年12月5日")
    assert shown["evidence is missing"] == ("无", "无")


def test_the_opinion_says_who_decided_and_by_what_authority():
    document = rp.review_opinion(approved(note="seen"), offer=offered())
    assert values(document, "opinion")["person"] == "Li"
    decision = values(document, "decision")
    assert (decision["verdict"].en, decision["person"], decision["role"].zh) == (
        "approve",
        "Wu",
        "支行负责人",
    )
    assert (decision["reason"].en, decision["note"]) == ("exceptional hardship, shown in person", "seen")
    assert notes(document, "decision") == ["Against the result of the review."]
    relief, bounds = rp.Relief.of(offered()), rows(document, "authority")
    assert [row["asked"].en for row in bounds] == [
        f"{relief.owed:,} CNY",
        f"{relief.given_up:,} CNY",
        "0.00 CNY",
        f"{relief.extension_months} months",
        "0 %",
    ]
    assert [row["up_to_branch_manager"].en for row in bounds] == [
        "200,000 CNY",
        "20 % of what is owed",
        "no bound",
        "36 months",
        "no bound",
    ]
    assert [row["person"] for row in rows(document, "signatures")] == ["Li", "Wu"]
    assert notes(document, "conditions") == ["There are none."]


def test_bounds_of_forbearance_and_of_rate_cuts_are_shown():
    level = replace(RULES.authority[1], largest_forbearance="20", deepest_rate_cut="0.05")
    record = approved()
    policy = replace(POLICY, review=replace(RULES, authority=(level,)))
    case = replace(record.review.case, policy=policy)
    seen = replace(record.review, policy=policy, fingerprint=policy.fingerprint, case=case)
    opened = rp.Record((seen,)).opinion(
        "refuse", rp.Relief(owed=LOAN_OWED), role="reviewer", person="L", at=AT
    )
    shown = [row["up_to_branch_manager"].zh for row in rows(rp.review_opinion(opened), "authority")]
    assert shown[1:] == ["欠款的20%", "欠款的20%", "36个月", "5%"]


def test_before_a_decision_those_are_named_who_may_decide():
    document = rp.review_opinion(decided(person=None))
    assert list(rows(document, "authority")[0])[2:] == [
        *("up_to_team_lead", "up_to_branch_manager", "up_to_committee")
    ]
    assert [row["person"] for row in rows(document, "signatures")] == ["Li", ""]
    assert "plan" not in [section.name for section in document.sections]


def test_an_opinion_of_a_deal_says_what_has_to_be_paid_first():
    policy = replace(POLICY, trial=rp.Trial(instalments=3, down_amount="500", grace_days=5))
    deal = rp.conditional(LOAN, HOME, policy)
    seen = rp.review(ASKED, LOAN, HOME, policy, on="2026-03-05")
    relief = rp.Relief.of(deal.offer)
    record = rp.Record((seen,)).opinion("approve", relief, role="reviewer", person="Li", at=AT)
    document = rp.review_opinion(record, offer=deal)
    assert [row["amount"] for row in rows(document, "condition")] == [each.amount for each in deal.conditions]
    assert "down payment and the trial payments" in notes(document, "conditions")[0]


def test_an_opinion_on_another_offer_or_none_is_refused():
    other = rp.propose(rp.Loan(**of.LOAN | {"principal": "20000"}), HOME, POLICY)
    assert error(lambda: rp.review_opinion(approved(), offer=other)) == (Code.OTHER_CASE, "offer.loan")
    bare = decided("refuse", relief=rp.Relief(owed=LOAN_OWED), reason="evidence_refuted")
    assert error(lambda: rp.review_opinion(bare, offer=offered())) == (Code.OTHER_PLAN, "offer.plan")
    seen = rp.Record((rp.review(ASKED, LOAN, HOME, POLICY, on="2026-03-05"),))
    assert error(lambda: rp.review_opinion(seen)) == (Code.OUT_OF_TURN, "entries")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_refusal_says_what_the_explanation_says(language):
    record = refused()
    document = rp.refusal_letter(record, TERMS, lender="Bank", applicant=WHO)
    lines = [line[2:] for line in rp.explain(record, language).splitlines() if line.startswith("- ")]
    said = [n for part in ("why", "also", "rights", "again") for n in notes(document, part, language)]
    assert said == lines
    again = document.figure("again", "apply_again").value
    assert again.isoformat() in rp.explain(record, language)
    internal = [f.text(language) for f in record.review.findings if f.internal]
    assert internal
    assert not any(text in document.text(language) for text in internal)


def test_a_refusal_for_want_of_a_plan_has_its_reasons():
    poor = replace(HOME, net_income="3000")
    why = rp.propose(LOAN, poor, POLICY)
    seen = rp.review(ASKED, LOAN, poor, POLICY, on="2026-03-05")
    record = rp.Record((seen,)).opinion(
        "refuse", rp.Relief(owed=LOAN_OWED), role="reviewer", person="Li", at=AT
    )
    record = record.decide(
        "refuse", role="branch_manager", person="Wu", at=LATER, policy=POLICY, infeasible=why
    )
    told = notes(rp.refusal_letter(record, TERMS, lender="Bank", applicant=WHO), "why")
    grounds = [reason.text() for reason in why.reasons]
    assert grounds
    assert told[-len(grounds) :] == grounds
    assert notes(rp.review_opinion(record), "decision") == grounds


def test_what_has_to_be_earned_or_asked_about_is_in_the_opinion():
    rule = rp.EarnedWaiver(earned="at_completion", claw_back="all")
    policy = replace(POLICY, earned_waiver=rule)
    offer = rp.propose(LOAN, HOME, policy)
    seen = rp.review(ASKED, LOAN, HOME, policy, on="2026-03-05")
    record = rp.Record((seen,)).opinion("approve", rp.Relief.of(offer), role="reviewer", person="Li", at=AT)
    (said,) = notes(rp.review_opinion(record, offer=offer), "conditions")
    assert "with the last payment of the plan" in said


def test_only_a_refusal_is_refused_in_a_letter():
    found = error(lambda: rp.refusal_letter(approved(), TERMS, lender="B", applicant=WHO))
    assert found == (Code.UNKNOWN_VALUE, "decision")
    opened = decided(person=None)
    assert error(lambda: rp.refusal_letter(opened, TERMS, lender="B", applicant=WHO))[0] is Code.OUT_OF_TURN


# Letters about an account


def parts(document, section, prefix):
    found = {name: value for name, value in values(document, section).items() if name.startswith(prefix)}
    return {name.removeprefix(prefix): value for name, value in found.items()}


def test_a_reminder_has_the_next_payment_by_component():
    statement = stands("2026-04-23", EVENTS[:1])
    due = values(rp.payment_reminder(of.agreement(), statement, TERMS), "due")
    assert (due["to_pay"], due["due"]) == (statement.next_payment, statement.next_payment_due)
    row = of.agreement().instalments[1]
    assert (due["of_it_principal"], due["of_it_interest"]) == (row.principal, row.interest)
    assert not {"held", "also_overdue"} & set(due)


def test_a_reminder_counts_what_is_held_and_charges_of_that_day():
    statement = stands("2026-04-23", EVENTS[:2])
    letter = rp.payment_reminder(of.agreement(), statement, TERMS)
    due = values(letter, "due")
    assert (due["held"], due["to_pay"]) == (Decimal("1000.00"), statement.next_payment)
    assert sum(parts(letter, "due", "of_it_").values()) - due["held"] == due["to_pay"]
    # More than one row is covered: what is left of it counts for the one after.
    much = stands("2026-04-23", [EVENTS[0], event("payment", "P", "2026-04-01", "2000")])
    due = values(rp.payment_reminder(of.agreement(), much, TERMS), "due")
    assert (due["due"], due["to_pay"]) == (date(2026, 5, 31), much.next_payment)
    assert due["held"] == Decimal(2000) - of.agreement().instalments[1].payment


def test_a_reminder_on_the_day_is_of_that_day_and_says_what_is_overdue():
    statement = stands("2026-04-30", [])
    due = values(rp.payment_reminder(of.agreement(), statement, TERMS), "due")
    assert (due["due"], due["to_pay"]) == (date(2026, 4, 30), of.agreement().instalments[1].payment)
    assert due["also_overdue"] == statement.overdue - due["to_pay"]
    assert len(notes(rp.payment_reminder(of.agreement(), statement, TERMS), "due")) == 2


def test_a_notice_says_what_is_overdue_since_when_and_what_follows():
    statement = stands("2026-07-20")
    document = rp.overdue_notice(of.agreement(), statement, TERMS)
    found = values(document, "overdue")
    assert found["overdue"] == statement.overdue
    components = {name: value for name, value in statement.owed.items() if value}
    assert {k: v for k, v in parts(document, "overdue", "overdue_").items() if k} == components
    assert found["days_past_due"] == statement.days_past_due
    assert found["oldest_due"] == statement.oldest_due
    assert found["instalments_overdue"] == statement.instalments_overdue
    assert (found["next_due"], found["next_payment"]) == (statement.next_payment_due, statement.next_payment)
    lines = rows(document, "rows")
    assert sum(row["missing"] for row in lines) == statement.overdue
    assert [row["number"] for row in lines] == ["3", "4"]
    said = notes(document, "following")
    assert said[0] == "By the agreement the plan has been broken since 2026-07-01: 2 instalments overdue."
    assert "The lender gives written notice of 14 days before anything follows." in said
    assert of.TERMS.how_to_pay.en in notes(document, "how_to_pay")
    assert notes(document, "help", "zh") == [TERMS.help.zh, TERMS.contact.zh]


def test_a_plan_that_isnt_broken_is_said_to_go_on():
    said = notes(rp.overdue_notice(of.agreement(), stands("2026-04-15", []), TERMS), "following", "zh")
    assert said[0] == "目前本计划尚未被视为违反；还清逾期款项后，计划照常履行。"
    terms = replace(of.TERMS, tracking=rp.TrackingRule(broken_after_days=30, consequence="review"))
    agreement = of.agreement(terms=terms)
    late = rp.replay(agreement.account(), [], as_of="2026-05-20")
    said = notes(rp.overdue_notice(agreement, late, TERMS), "following", "zh")
    assert said[0] == "按协议，本计划自2026年4月30日起视为违反：逾期达30天。"


@pytest.mark.parametrize(
    ("events", "en", "zh"),
    [
        (
            [event("write_off", "W", "2026-04-10")],
            [
                "The account was written off on {day}, and the plan ended that day: all of it is due.",
                "A write-off gives nothing up: {owed} stays owed. Since that day no interest is charged.",
            ],
            ["核销不等于免除债务：仍欠{owed}。自该日起不再计息。"],
        ),
        (
            [event("settlement", "S", "2026-04-10"), event("fee", "F", "2026-04-12", "50")],
            ["The account was closed on {day}, and the plan ended that day.", "{owed} is still owed."],
            ["尚欠{owed}。"],
        ),
    ],
)
def test_a_notice_of_an_account_that_was_closed_says_that_its_plan_has_ended(events, en, zh):
    statement = stands("2026-04-15", events)
    document = rp.overdue_notice(of.agreement(), statement, TERMS)
    figures = {"day": "2026-04-10", "owed": f"{statement.overdue:,} CNY"}
    assert notes(document, "following") == [each.format(**figures) for each in en]
    assert notes(document, "following", "zh")[1:] == [each.format(**figures) for each in zh]
    assert "goes on" not in document.text("en")
    assert "照常履行" not in document.text("zh")
    assert notes(document, "rows")[0].endswith("nothing is charged for being late any more.")


def test_a_notice_of_an_account_that_was_called_in_says_that_all_is_due():
    terms = replace(of.TERMS, tracking=rp.TrackingRule(broken_after_days=30, consequence="review"))
    called = stands("2026-04-15", [event("acceleration", "A", "2026-04-10")], terms=terms)
    assert rp.track(called).broken is None
    document = rp.overdue_notice(of.agreement(terms=terms), called, TERMS)
    said = notes(document, "following")
    assert said[0] == "The whole balance fell due on 2026-04-10: instalments to come no longer apply."
    assert notes(document, "following", "zh")[0] == "全部欠款已于2026年4月10日提前到期，不再按期还款。"
    # Broken before it was called in: both are true.
    both = stands("2026-08-01", [*EVENTS, event("acceleration", "A", "2026-07-20")])
    said = notes(rp.overdue_notice(of.agreement(), both, TERMS), "following")
    assert "broken since" in said[0]
    assert "fell due on 2026-07-20" in said[1]


def test_what_falls_due_today_isnt_overdue_and_a_fee_alone_is():
    statement = stands("2026-04-30", [])
    found = values(rp.overdue_notice(of.agreement(), statement, TERMS), "overdue")
    assert found["due_today"] == of.agreement().instalments[1].payment
    assert found["overdue"] == statement.overdue - found["due_today"]
    fee = stands("2026-04-15", [EVENTS[0], event("fee", "F", "2026-04-05", "50")])
    document = rp.overdue_notice(of.agreement(), fee, TERMS)
    found = values(document, "overdue")
    assert (found["overdue"], found["oldest_due"]) == (Decimal("50.00"), date(2026, 4, 5))
    assert (found["days_past_due"], found["instalments_overdue"]) == (10, 0)
    assert rows(document, "rows")[0]["number"] == Words("charge", "收费")


def test_what_is_halted_is_said():
    events = [*EVENTS, event("freeze", "Z", "2026-07-01", reason="dispute", until="2026-08-31")]
    for make, day in ((rp.overdue_notice, "2026-07-20"), (rp.account_statement, "2026-07-20")):
        statement = stands(day, events)
        document = make(of.agreement(), statement, TERMS)
        assert notes(document, "halts") == [statement.halts[0].text()]
        assert "2026年7月1日" in notes(document, "halts", "zh")[0]
    assert notes(rp.account_statement(of.agreement(), stands("2026-09-02", events), TERMS), "halts") == []


def test_nothing_is_reminded_of_where_nothing_is_to_be_paid():
    paid = [event("payment", "P", "2026-03-07", "40000"), event("settlement", "S", "2026-03-08")]
    done = stands("2026-03-09", paid)
    assert error(lambda: rp.payment_reminder(of.agreement(), done, TERMS))[0] is Code.NOTHING_OWED
    assert error(lambda: rp.overdue_notice(of.agreement(), done, TERMS))[0] is Code.NOTHING_OWED
    document = rp.account_statement(of.agreement(), done, TERMS)
    assert values(document, "standing")["closed"] == date(2026, 3, 8)
    called = stands("2026-05-20", [event("acceleration", "A", "2026-05-10")])
    assert values(rp.account_statement(of.agreement(), called, TERMS), "standing")["called"] == date(
        2026, 5, 10
    )


@pytest.mark.parametrize("make", [rp.payment_reminder, rp.overdue_notice, rp.account_statement])
def test_a_statement_of_another_account_is_refused(make):
    other = of.agreement(
        terms=replace(of.TERMS, tracking=rp.TrackingRule(broken_after_days=30, consequence="review"))
    )
    assert error(lambda: make(other, stands("2026-07-20"), TERMS)) == (Code.OTHER_AGREEMENT, "statement")
    plan = rp.draw_up(of.offer(principal="20000"), of.PARTIES, of.TERMS, reference="L", **of.DATES)
    assert error(lambda: make(plan, stands("2026-07-20"), TERMS)) == (Code.OTHER_AGREEMENT, "statement")


def test_a_statement_of_a_portfolio_is_one_of_its_accounts():
    account = of.agreement().account()
    made_of = rp.replay(account, list(EVENTS), as_of="2026-07-20").batch.one(0)
    assert rp.account_statement(of.agreement(), made_of, TERMS) == made("account_statement")


def test_a_statement_without_payments_says_so():
    document = rp.account_statement(of.agreement(), stands("2026-03-20", []), TERMS)
    assert notes(document, "payments") == ["None so far."]
    assert not notes(document, "components")


def test_a_statement_says_which_instalments_each_payment_went_to():
    lines = rows(made("account_statement"), "payments")
    shown = {
        str(line["reference"]): getattr(line["instalments"], "en", line["instalments"]) for line in lines
    }
    assert [shown[name] for name in ("P-1", "P-2", "W-1", "P-4")] == ["1", "–", "3", "3"]
    kept = next(line for line in lines if getattr(line["value_date"], "en", "") == "later")
    assert kept["instalments"] == Words("2, 3, charge", "2、3、收费")


def test_a_new_plan_takes_the_place_of_the_rows_before():
    account = of.agreement().account(rp.Loan(**of.LOAN))
    new = event("re_amortise", "N", "2026-06-15", plan=rp.equal_instalment(30), first_due="2026-07-31")
    statement = rp.replay(account, [*EVENTS[:2], new], as_of="2026-08-20")
    document = rp.account_statement(of.agreement(), statement, TERMS)
    lines = rows(document, "instalments")
    assert [line["number"] for line in lines] == [str(1 + i) for i in range(len(lines))]
    assert len(lines) == 3 + 30
    assert all(line["asked"] for line in lines)
    assert sum(line["paid"] for line in lines) == Decimal("2493.11")
    assert rows(document, "payments")[2]["instalments"] == Words("2", "2")  # kept until it fell due


def test_an_instalment_of_nothing_that_was_agreed_keeps_its_number():
    first, second, *rest = of.agreement().instalments
    parts = ("payment", "principal", "interest", "fee")
    nothing = replace(first, balance=of.agreement().opening, **dict.fromkeys(parts, Decimal(0)))
    both = replace(second, **{name: getattr(first, name) + getattr(second, name) for name in parts})
    agreed = replace(of.agreement(), instalments=(nothing, both, *rest))
    statement = rp.replay(agreed.account(), [], as_of="2026-04-15")
    lines = rows(rp.account_statement(agreed, statement, TERMS), "instalments")
    assert [line["number"] for line in lines] == [str(1 + i) for i in range(len(agreed.instalments))]
    assert [line["state"].en for line in lines[:2]] == ["nothing to pay", "to come"]


def test_a_statement_has_the_figures_of_the_account():
    statement = stands("2026-07-20")
    standing = values(rp.account_statement(of.agreement(), statement, TERMS), "standing")
    for name in (
        *("payoff", "not_due", "accrued_interest", "held", "days_past_due", "instalments_overdue"),
        *("instalments_left", "next_payment"),
    ):
        assert standing[name] == getattr(statement, name)
    assert (standing["fallen_due"], standing["next_due"]) == (statement.overdue, statement.next_payment_due)


SIDES = ("asked", "paid", "waived", "owed")
DAYS = st.dates(date(2026, 3, 6), date(2026, 9, 30))
ABOUT = ("value_date", "reference", "kind", "instalments", "amount")
PAYMENTS = st.lists(st.tuples(DAYS, st.integers(1, 300_000)), max_size=5)


@examples(15)
@given(PAYMENTS, DAYS)
def test_every_table_of_a_statement_adds_up(paid, as_of):
    events = [event("payment", f"P-{i}", on, Decimal(units).scaleb(-2)) for i, (on, units) in enumerate(paid)]
    statement = stands(as_of, events)
    document = rp.account_statement(of.agreement(), statement, TERMS)
    lines = rows(document, "instalments")
    assert len(lines) == len(statement.rows)
    for line, row in zip(lines, statement.rows, strict=True):
        assert [line.get(side, 0) for side in SIDES] == [sum(getattr(row, side).values()) for side in SIDES]
        assert line["asked"] == line["paid"] + line.get("waived", 0) + line["owed"]
        assert line["due_date"] == row.due_date
    *each, together = rows(document, "components")
    assert [together[side] for side in SIDES] == [sum(line[side] for line in each) for side in SIDES]
    assert together["owed"] == statement.overdue
    given_in = [row for row in events if row.value_date <= as_of]
    if not given_in:
        return
    *payments, total = rows(document, "payments")
    names = [name for name in total if name not in ABOUT]
    for line in (*payments, total):
        assert line["amount"] == sum(line[name] for name in names)
    assert total["amount"] == sum(row.amount for row in given_in)
    assert total.get("kept", 0) == statement.held
    assert total["amount"] - total.get("kept", 0) == sum(line["paid"] for line in lines)


@examples(15)
@given(PAYMENTS, DAYS)
def test_a_letter_asks_for_what_is_missing_and_nothing_else(paid, as_of):
    statement = stands(as_of, [event("payment", f"P-{i}", *each) for i, each in enumerate(paid)])
    today = sum(sum(row.owed.values()) for row in statement.rows if row.due_date == as_of)
    if statement.overdue > today:
        found = values(rp.overdue_notice(of.agreement(), statement, TERMS), "overdue")
        assert found["overdue"] == statement.overdue - today
        assert found.get("due_today", 0) == today
        assert found["days_past_due"] == statement.days_past_due
    else:
        assert error(lambda: rp.overdue_notice(of.agreement(), statement, TERMS))[0] is Code.NOTHING_OWED
    if today or statement.next_payment:
        due = values(rp.payment_reminder(of.agreement(), statement, TERMS), "due")
        assert due["to_pay"] == (today or statement.next_payment)


# Pages


@cache
def hostile(text):
    """Every document with a text in whatever takes one."""
    both = Words(text, text)
    who = rp.Party(name=text, id_number=text, address=text, contact=text)
    form = rp.FormTerms(lender=text, hand_in=both, declarations=(rp.Clause(code=text, en=text, zh=text),))
    terms = rp.LetterTerms(contact=both, help=both)
    agreement = of.agreement(
        parties=of.named(name=text, address=text),
        reference=text,
        terms=replace(of.TERMS, how_to_pay=rp.Wording(en=text, zh=text)),
    )
    events = [replace(each, reference=f"{text}{i}") for i, each in enumerate(EVENTS)]
    late = rp.replay(agreement.account(), events, as_of="2026-07-20")
    return (
        rp.application_form(
            POLICY, form, filled(applicant=who, reference=text, application=replace(ASKED, id=text))
        ),
        rp.review_opinion(approved(note=text, person=text), offer=offered()),
        rp.refusal_letter(refused(note=text), terms, lender=text, applicant=who),
        rp.payment_reminder(agreement, late, terms),
        rp.overdue_notice(agreement, late, terms),
        rp.account_statement(agreement, late, terms),
    )


@HTML
@pytest.mark.parametrize("text", [HOSTILE[1], HOSTILE[3] + HOSTILE[4] + HOSTILE[5]])
def test_what_is_put_in_is_nothing_but_text(text):
    for document, plain in zip(hostile(text), hostile("P" * len(text)), strict=True):
        for render in (rp.document_html, Document.html):
            page, other = Page(render(document, "zh")), Page(render(plain, "zh"))
            assert page.tags == other.tags
            assert sum(each.count(text) for each in page.text) >= 2
        lines = [each.markdown("en").splitlines() for each in (document, plain)]
        assert len(lines[0]) == len(lines[1])
        assert "<" not in "".join(lines[0])


@HTML
@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_page_says_what_the_document_says(name):
    for language in LANGUAGES:
        said = "\n".join(Page(rp.document_html(made(name), language)).text)
        for section in made(name).sections:
            texts = [section.heading.said(language), *(note.said(language) for note in section.notes)]
            figures = [entry.figure for entry in section.entries]
            texts += [entry.label.said(language) for entry in section.entries]
            if section.table is not None:
                figures += [cell for row in section.table.rows for cell in row]
                texts += [words.said(language) for words in section.table.head]
            for text in texts:
                assert text in said
            for figure in figures:
                assert (figure.said(language) in said) is (figure.unit != "blank")


@HTML
def test_a_lender_replaces_the_template_of_one_document_or_of_all(tmp_path):
    own = '{% extends "layout.html" %}{% block letterhead %}<header>示例银行</header>{% endblock %}'
    (tmp_path / "overdue_notice.zh.html").write_text(own, encoding="utf-8")
    pages = [
        rp.document_html(made(name), language, templates=tmp_path)
        for name, language in (("overdue_notice", "zh"), ("overdue_notice", "en"), ("payment_reminder", "zh"))
    ]
    assert ["<header>" in page for page in pages] == [True, False, False]
    (tmp_path / "document.html").write_text("{{ title }}: {{ figures.due.to_pay }}", encoding="utf-8")
    assert rp.document_html(made("payment_reminder"), templates=tmp_path).startswith(
        "Reminder of a payment: "
    )
    (tmp_path / "document.html").write_text("{{ parties }}", encoding="utf-8")
    assert error(lambda: rp.document_html(made("filled"), templates=tmp_path)) == (
        Code.UNKNOWN_VALUE,
        "templates",
    )


@PDF
def test_a_pdf_has_the_text_of_the_document():
    import pypdfium2
    from pylopdf_fonts_zh_cn import sans_path

    letter = made("payment_reminder")
    document = pypdfium2.PdfDocument(rp.document_pdf(letter, "zh", font=sans_path()))
    text = "".join(page.get_textpage().get_text_range() for page in document)
    for part in ("李伟", "L-2026-0417", letter.title.zh, letter.figure("due", "to_pay").said("zh", "CNY")):
        assert part in text
    document.close()


def test_a_table_of_blanks_has_no_numbers():
    table = Table(("a", "b"), (Words("A", "甲"), Words("B", "乙")), ((Figure(1, "number"), BLANK),))
    assert table.numbers == (True, False)
    entry = Entry("a", Words("A", "甲"), BLANK)
    section = Section(name="s", heading=Words("S", "节"), entries=(entry,), table=table)
    page = Document(title=Words("T", "题"), currency="CNY", sections=(section,))
    assert page.markdown().count("\\_" * 12) == 2
