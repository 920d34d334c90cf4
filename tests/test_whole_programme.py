"""A whole programme, from intake to summing-up: what each part says agrees with every other, row by row.

``REPAYPLAN_APPLICANTS`` says of how many applicants: the tests of each change go through 40 of them,
`tests/deep/programme.py` through 500.
"""

import hashlib
import os
import re
from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache

import pytest

import repayplan as rp
from extras import needs
from recount import Recount
from repayplan import Code, Words
from repayplan.basics.calendars import WEEKENDS
from repayplan.programmes.casestages import CASE_KINDS
from repayplan.programmes.labels import LABELS
from simulated.closing import (
    FORM,
    case_file,
    documents,
    evaluated,
    letter_page,
    letter_pdf,
    reckoned_again,
    report,
)
from simulated.people import BOOKS, END
from simulated.programme import POLICY, PROGRAMME, RULE, run

SIZE = int(os.environ.get("REPAYPLAN_APPLICANTS", "40"))
AUTUMN = date(2026, 10, 20)


@cache
def made():
    return run(SIZE, seed=2032)


@cache
def written():
    return list(documents(made(), AUTUMN))


@cache
def now():
    return made().replayed(END)


@cache
def found():
    return evaluated(made())


def decided(verdict):
    return {i for i, each in made().records.items() if each.decision.verdict == verdict}


def outside():
    first, last = PROGRAMME.window(WEEKENDS)
    return {i for i, each in enumerate(made().people) if not first <= each.applied <= last}


def paid(i):
    """What came in for a plan: day and amount."""
    place = made().rows.index(i)
    return [(day, Decimal(amount)) for k, day, amount in made().paid if k == place]


def due_and_paid(i, day):
    """What fell due of a plan before a day, and what came in until then."""
    agreement = made().signed[i].agreement
    due = sum(each.payment for each in agreement.instalments if each.due_date < day)
    return due, sum(amount for when, amount in paid(i) if when <= day)


def test_every_step_is_taken_by_somebody():
    happened = Counter(each[1] for each in made().happened)
    assert set(CASE_KINDS) - set(happened) == {
        "closed",
        "reversal",
        "offer_expired",
    }  # offers expire themselves
    assert not made().states(END).refused_events
    results = {review.result for each in made().records.values() for review in each.entries[:1]}
    assert results == {"approved", "declined", "needs_evidence", "needs_person"}
    assert {each.behaviour for i, each in enumerate(made().people) if i in made().signed} == {
        *("in_time", "late", "in_part", "broken")
    }


def test_the_register_counts_who_was_refused_offered_and_signed():
    states = made().states(END)
    names = [RULE.stages[k].name for k in states.stage.tolist()]
    expected = []
    for i in range(len(made().people)):
        if i in outside() or i in decided("refuse"):
            expected.append("refused")
        else:
            expected.append("in_force" if i in made().signed else "expired")
    assert names == expected
    assert set(names) == {"refused", "in_force", "expired"}
    assert names.count("in_force") == len(made().rows) == found().accounts
    assert found().excluded == 0


def test_the_register_goes_through_the_stages_day_by_day():
    seen = {
        RULE.stages[k].name
        for day in [*(date(2026, 4, each) for each in range(1, 31)), END]
        for k in made().states(day).stage.tolist()
        if k >= 0
    }
    assert seen == {each.name for each in RULE.stages} - {"closed"}


def test_everybody_has_each_document_that_is_due_and_no_other():
    whose = {}
    for i, each in written():
        whose.setdefault(each.name, []).append(i)
    signed = set(made().signed)
    reviewed = set(range(len(made().people))) - outside()
    assert outside()
    late = set(whose["overdue_notice"])
    expected = {
        "application_form": reviewed,
        "review_opinion": reviewed,
        "refusal_letter": decided("refuse"),
        "offer_sheet": decided("approve"),
        "agreement": signed,
        "account_statement": signed,
        "payment_reminder": signed,
        "overdue_notice": late,
    }
    assert {name: set(each) for name, each in whose.items()} == expected
    assert all(len(each) == len(set(each)) for each in whose.values())
    # Who has paid less than fell due is told so; nobody who paid each instalment on its day is.
    short = {i for i in signed for due, paid in [due_and_paid(i, AUTUMN)] if paid < due}
    punctual = {i for i in signed if made().people[i].behaviour == "in_time"}
    assert short
    assert short <= late
    assert not late & punctual


FOREIGN = {"en": re.compile("[\u4e00-\u9fff]"), "zh": re.compile("[A-Za-z]{3,}")}
"""What a label, a heading or a sentence of this program isn't written with."""
NO_WORDS = re.compile(r"CNY|ACT/3|SHA-256|UTC")
MISSING = re.compile(r"\b(None|nan|NaT)\b|[{}]|<[a-z]")


def checked(document):
    """Nothing is missing from a document, each language has its own words, and both the same figures."""
    said = {language: document.as_dict(language) for language in ("en", "zh")}
    for language, data in said.items():
        whole = document.markdown(language)
        assert data["title"] in whole
        assert not MISSING.search(whole.replace("&lt;", ""))
        for section in data["sections"]:
            words = [section["heading"], *section["notes"], *(each["label"] for each in section["entries"])]
            texts = [each["text"] for each in section["entries"]]
            texts += [cell["text"] for row in section["rows"] for cell in row.values()]
            assert all(each.strip() for each in (*words, *texts))
            if language == "zh":
                assert not [each for each in words if FOREIGN["zh"].search(NO_WORDS.sub("", each))]
            else:
                assert not FOREIGN["en"].search(section["heading"] + "".join(words[-len(texts) :]))
        for section in document.sections:
            for head in section.table.head if section.table else ():
                assert not FOREIGN[language].search(head.said(language))
    figures = [
        [
            (each["unit"], each["value"])
            for section in data["sections"]
            for each in (*section["entries"], *(cell for row in section["rows"] for cell in row.values()))
            if each["unit"] not in ("text", "choice", "blank")
        ]
        for data in said.values()
    ]
    assert figures[0] == figures[1]


def test_every_document_is_whole_in_both_languages():
    for _, each in written():
        checked(each)
    checked(rp.application_form(POLICY, FORM))
    title = {"en": PROGRAMME.name, "zh": PROGRAMME.name_zh}
    for language, name in title.items():
        assert name in report(found()).markdown(language)
        text = re.sub(
            "<svg.*?</svg>|<style>.*?</style>|<[^>]+>", "", report(found()).html(language), flags=re.DOTALL
        )
        assert not MISSING.search(text)
        if language == "zh":
            assert not FOREIGN["zh"].findall(NO_WORDS.sub("", text))


def rows_of(document, section):
    return document.as_dict()["sections"][[each.name for each in document.sections].index(section)]["rows"]


def column(document, section, name):
    return [Decimal(row[name]["value"]) for row in rows_of(document, section)]


def expected_of(i, document):
    """What some figures of somebody's document are by what was given: section, name, value."""
    person, terms, record = made().people[i], made().terms[i], made().records[i]
    owed = sum(
        Decimal(terms[name]) for name in ("principal", "overdue_principal", "overdue_interest", "penalty")
    )
    offer, contract = made().decided[i], f"L-{person.id}"
    came = sum(amount for day, amount in paid(i) if day <= AUTUMN) if i in made().signed else 0
    agreed = made().signed[i].agreement.instalments if i in made().signed else ()
    coming = next((each for each in agreed if each.due_date > AUTUMN), None)
    if document.name == "application_form":
        yield from (("applicant", "name", person.name), ("office", "id", person.id))
        yield from (("loan", "reference", contract), ("loan", "owed", owed))
        yield from (
            ("loan", "instalment", Decimal(terms["instalment"])),
            ("household", "adults", min(person.heads, 2)),
        )
        yield ("household", "net_income", Decimal(made().homes[i]["net_income"]))
    elif document.name == "review_opinion":
        yield from (("case", "application", person.id), ("case", "owed", owed))
        yield ("facts", "declared_income", Decimal(made().homes[i]["net_income"]))
        last = max(each.name for each in document.sections if each.name.startswith("decision"))
        yield (last, "person", record.decision.person)
        if isinstance(offer, rp.Offer) and i in made().issued:
            yield ("plan", "instalments", len(offer.schedule.rows))
    elif document.name == "refusal_letter":
        yield from (("letter", "name", person.name), ("letter", "application", person.id))
        yield ("letter", "decided_on", record.decision.at.date())
    elif document.name == "offer_sheet":
        yield from (("plan", "reference", contract), ("comparison", "owed", owed))
        yield from (("plan", "issued", made().issued[i]), ("acceptance", "accept_by", made().until(i)))
        said = {each.name: each.figure.value for each in document.sections[0].entries}
        apart = sum(said.get(name, 0) for name in ("waived", "paid_first"))
        assert sum(column(document, "schedule", "principal")) == owed - apart
        assert column(document, "schedule", "closing")[-1] == 0
        assert column(document, "schedule", "payment") == [each.payment for each in offer.schedule.rows]
    elif document.name == "agreement":
        yield from (("agreement", "reference", contract), ("debt", "owed", owed))
        yield from (("plan", "instalments", len(agreed)), ("plan", "last_due", agreed[-1].due_date))
        yield ("plan", "total_paid", sum(column(document, "schedule", "payment")))
        assert sum(column(document, "schedule", "principal")) == document.figure("debt", "opening").value
    elif document.name == "account_statement":
        yield from (("letter", "borrower", person.name), ("letter", "as_of", AUTUMN))
        held = document.figure("standing", "held").value
        assert sum(column(document, "instalments", "paid")) + held == came
        assert sum(column(document, "payments", "amount")[:-1]) == came  # the last line is their sum
        owing = sum(
            Decimal(row["owed"]["value"])
            for row in rows_of(document, "instalments")
            if row["due_date"]["value"] <= str(AUTUMN)
        )
        yield ("standing", "fallen_due", owing)
        assert len(rows_of(document, "instalments")) == len(agreed)
    elif document.name == "payment_reminder":
        yield from (("letter", "reference", contract), ("due", "due", coming.due_date))
        yield ("due", "to_pay", coming.payment)
        also = [
            each.figure.value
            for part in document.sections
            for each in part.entries
            if each.name == "also_overdue"
        ]
        due, had = due_and_paid(i, AUTUMN)
        assert sum(also) >= due - had  # what is charged for being late is overdue too
    else:
        yield from (("letter", "borrower", person.name), ("overdue", "next_payment", coming.payment))
        yield ("overdue", "overdue", sum(column(document, "rows", "missing")))


def test_figures_of_every_document_are_those_that_were_given():
    kinds = Counter()
    for i, document in written():
        for section, name, value in expected_of(i, document):
            shown = document.figure(section, name).value
            assert (shown.zh if isinstance(shown, Words) else shown) == value, (i, document.name, name)
            kinds[document.name] += 1
    assert set(kinds) == {each.name for _, each in written()}
    assert min(kinds.values()) >= 3


@needs("jinja2")
def test_documents_are_pages_too():
    some = {each.name: (i, each) for i, each in written()}
    assert len(some) == 8
    for i, each in some.values():
        for language in ("en", "zh"):
            assert each.title.said(language) in letter_page(made(), i, each, language)


@needs("jinja2", "weasyprint", "fontTools", "pylopdf_fonts_zh_cn")
def test_a_letter_is_a_pdf():
    i, letter = next((i, each) for i, each in written() if each.name == "payment_reminder")
    assert letter_pdf(made(), i, letter).startswith(b"%PDF-")


def test_whoever_is_refused_is_told_why():
    letters = {i: each for i, each in written() if each.name == "refusal_letter"}
    assert len(letters) >= 5
    for i, letter in letters.items():
        record = made().records[i]
        (why,) = [each for each in letter.sections if each.name == "why"]
        told = {each.en for each in why.notes}
        declined = [each for each in record.review.findings if each.effect == "decline" and not each.internal]
        assert told
        assert {each.text() for each in declined} <= told
        assert {each.text() for each in record.decision.grounds} <= told
    states = made().states(END)
    for i in outside():
        assert Code.CASE_OUTSIDE_WINDOW in [each.code for each in states.one(i).reasons]


def test_what_came_in_is_what_payments_were_and_what_it_went_to():
    total = 0
    for k, i in enumerate(made().rows):
        came = sum(amount for _, amount in paid(i))
        units = int(now().columns.paid[k].sum() + now().columns.held[k])
        assert Decimal(units).scaleb(-2) == came
        total += came
    assert found().figure("recovered.total").amount == total
    parts = [each for each in found().figures if each.name == "recovered.part"]
    assert sum(each.amount for each in parts) == total


def test_accounts_of_the_batch_are_those_of_the_agreements():
    for k, i in list(enumerate(made().rows))[::8]:
        alone = rp.replay(made().signed[i].agreement.account(), made().payments_of(i), as_of=END)
        mine = now().one(k)
        assert sum(sum(each.to.values()) for each in alone.allocations) + alone.held == sum(
            amount for _, amount in paid(i)
        )
        for name in ("owed", "held", "payoff", "days_past_due", "next_payment", "instalments_left"):
            assert getattr(alone, name) == getattr(mine, name)


def test_the_ledger_is_of_the_same_accounts():
    ledger = made().ledger(END)
    place = {i: k for k, i in enumerate(made().rows)}
    for i in range(len(made().people)):
        line = ledger.one(i)
        if i in place:
            assert line["paid"] == sum(amount for _, amount in paid(i))
            assert line["days_past_due"] == now().columns.days_past_due[place[i]]
        else:
            assert line["paid"] is None


def test_figures_are_those_of_plain_loops():
    late, short, cash, due = 0, 0, Decimal(0), Decimal(0)
    since = date(2026, 9, 30)
    accounts = made().contracts.accounts
    for k, i in enumerate(made().rows):
        late += int(now().columns.days_past_due[k] >= 1)
        lines = range(accounts.offsets[i], accounts.offsets[i + 1])
        fell = sum(
            Decimal(int(accounts.principal[at] + accounts.interest[at])) / 100
            for at in lines
            if since < accounts.due[at].item() <= END
        )
        came = sum(amount for day, amount in paid(i) if since < day <= END)
        cash, due, short = cash + came, due + fell, short + (came < fell)
    figure = found().figure
    assert figure("overdue.count.plan.after").count == late
    assert figure("overdue.count.cash.after").count == short
    assert figure("cash.received.after").amount == cash
    assert figure("cash.received.after").value == (cash / due).quantize(Decimal("0.000001"))
    missed = [i for i in made().rows if made().people[i].missed > 1]  # the last fell due on the day itself
    assert figure("overdue.count.contract.before").count == len(missed)
    assert found().before_on == BOOKS


def test_every_figure_of_the_report_can_be_reckoned_from_its_rows():
    shown = Counter()
    for section in report(found()).as_dict("en")["sections"]:
        if section["name"] not in ("about", "goals"):
            shown.update(row["figure"]["text"] for row in section["rows"])
    assert shown == Counter(LABELS[each.name][0] for each in found().figures)
    again = Counter()
    for each in found().figures:
        again.update(reckoned_again(found(), each))
        rows = found().rows(each.name, each.group)
        if rows.of == "accounts" and "treated" not in rows.columns:
            assert set(rows.columns["row"].tolist()) <= set(range(len(made().rows)))
    assert again["count"] == sum(each.count is not None for each in found().figures)
    assert again["amount"] == sum(each.amount is not None for each in found().figures)
    assert again["value"] > 100


def test_every_figure_of_the_report_is_that_of_a_plain_count():
    again, kinds = Recount(made(), found()), Counter()
    for each in found().figures:
        said = (each.count, each.value, each.amount)
        for name, mine, theirs in zip(("count", "value", "amount"), again.of(each), said, strict=True):
            assert (mine is None) == (theirs is None), (each.name, each.group, name)
            if theirs is not None:
                # Shares are rounded to six decimals.
                near = Decimal("0.000001") if name == "value" else 0
                assert abs(Decimal(mine) - theirs) <= near, (each.name, each.group, name)
                kinds[name] += 1
    assert {each.name for each in found().figures} <= set(LABELS)
    assert min(kinds.values()) > 100


def test_a_figure_that_is_not_that_of_its_rows_is_found():
    figure = found().figure("on_time")
    with pytest.raises(ValueError, match="count"):
        reckoned_again(found(), replace(figure, count=figure.count + 1))
    share = found().figure("did.effect")
    with pytest.raises(ValueError, match="value"):
        reckoned_again(found(), replace(share, value=share.value + Decimal("0.001")))


@pytest.mark.parametrize("verdict", ["approve", "refuse"])
def test_a_case_is_archived_and_verifies(verdict, tmp_path):
    i = min(decided(verdict) if verdict == "refuse" else made().signed)
    rp.archive(case_file(made(), i), tmp_path / "case")
    assert not rp.verify(tmp_path / "case").faults
    path = tmp_path / "case" / "results" / "offer.json"
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    path.write_text(path.read_text(encoding="utf-8").replace("0", "1", 1), encoding="utf-8")
    faults = rp.verify(tmp_path / "case").faults
    assert {each.file for each in faults} == {"results/offer.json"}
    assert before != hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_same_seed_makes_the_same_programme():
    again = run(3, seed=2032)
    assert again.people == made().people[:3]
    assert again.terms == made().terms[:3]
