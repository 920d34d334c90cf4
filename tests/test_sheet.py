"""The offer sheet: the same figures in both languages, in text and in HTML, and each of them right."""

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from unicodedata import east_asian_width

import pytest

import agreements as of
import programme
import repayplan as rp
from repayplan import Code, Document, InputError, SheetTerms, Words, offer_sheet, schedule
from repayplan.edges.documents import Entry, Section, Table
from repayplan.edges.latewords import late_rules
from repayplan.edges.words import Figure
from repayplan.offers.methods import METHODS

TERMS = SheetTerms(
    lender="Müller & Söhne <Bank>",
    issued="2026-01-05",
    accept_by="2026-01-19",
    expires=date(2026, 1, 20),
    late=of.OVERDUE,
    days_late=30,
    credit_record=Words("Reported as restructured.", "将报送为重组贷款。"),
    notes=(Words("You may ask for advice.", "您可以寻求咨询。"),),
)
LOAN = {
    "principal": "6000.00",
    "annual_rate": "0.12",
    "original_term": 36,
    "elapsed": 10,
    "unpaid": 26,
    "next_due": "2026-01-31",
    "currency": "EUR",
    "columns": {"status": "Late"},
}
HOME = rp.Household(net_income="1500", costs={"rent": "300"})


def cjk(text):
    return any("\u4e00" <= char <= "\u9fff" for char in text)


def made(method="equal_instalment", terms=TERMS, **change):
    loan = rp.Loan(**LOAN | change)
    policy = replace(rp.Policy.loads(programme.POLICY), methods=(method,))
    offer = rp.propose(loan, HOME, policy)
    before = schedule(loan, rp.equal_instalment(26))
    return loan, before, offer, offer_sheet(loan, before, offer, terms, reference="A-17")


ARREARS = {name: value for name, value in programme.ARREARS.items() if name != "overdue_principal"}
CASES = [{}, ARREARS, {"annual_rate": "0"}]


def values(sheet, section):
    (part,) = [each for each in sheet.sections if each.name == section]
    out = {entry.name: entry.figure.value for entry in part.entries}
    if part.table is not None and section == "comparison":
        names = [row[0].value.en for row in part.table.rows]
        out |= {
            name: tuple(cell.value for cell in row[1:])
            for name, row in zip(names, part.table.rows, strict=True)
        }
    return out


@pytest.mark.parametrize("change", CASES)
def test_the_plan_is_the_offers(change):
    _, before, offer, sheet = made(**change)
    plan = values(sheet, "plan")
    assert plan["opening_balance"] == offer.opening_balance
    for name in ("capitalised", "paid_first", "waived"):
        assert plan.get(name, 0) == getattr(offer, name)
    balance = before.rows[0].opening
    paid = [sum(row.payment for row in each.rows) for each in (before, offer.schedule)]
    arrears = sum(Decimal(value) for name, value in change.items() if name != "annual_rate")
    owed = balance + arrears
    assert owed == offer.opening_balance + offer.waived
    assert list(values(sheet, "comparison").values()) == [
        balance,
        owed,
        (offer.instalment_before, offer.instalment_after),
        (len(before), offer.instalments),
        tuple(each.rows[-1].due_date for each in (before, offer.schedule)),
        tuple(paid),
        tuple(each - owed for each in paid),
        tuple(
            each.effective_rate(year="365 days", drawn=owed, places=4) for each in (before, offer.schedule)
        ),
    ]
    assert values(sheet, "acceptance") == {"accept_by": date(2026, 1, 19), "expires": date(2026, 1, 20)}


@pytest.mark.parametrize("change", CASES)
def test_every_row_of_the_plan_adds_up(change):
    _, _, offer, sheet = made(**change)
    table = sheet.sections[-1].table
    rows = [dict(zip(table.names, (cell.value for cell in row), strict=True)) for row in table.rows]
    assert len(rows) == offer.instalments
    for row, want in zip(rows, offer.schedule.rows, strict=True):
        assert row["payment"] == row["principal"] + row["interest_paid"] + row.get("fee", 0) == want.payment
        assert (row["due_date"], row["closing"]) == (want.due_date, want.closing)
    assert ("fee" in table.names) is (sum(row.fee for row in offer.schedule.rows) > 0)


@pytest.mark.parametrize(
    ("name", "label"),
    [("apr_eu", "Annual percentage rate of charge"), ("apr_us", "Annual percentage rate"), (None, None)],
)
def test_the_annual_rate_is_the_one_that_is_asked_for(name, label):
    _, before, offer, sheet = made(terms=replace(TERMS, annual_rate=name), **ARREARS)
    rows = values(sheet, "comparison")
    if name is None:
        assert not any("rate" in row for row in rows)
        return
    want = tuple(getattr(each, name)(drawn=offer.owed, places=4) for each in (before, offer.schedule))
    assert rows[label] == want
    assert want[0] != want[1]


def test_where_no_rate_makes_the_payments_worth_what_is_owed_there_is_none():
    loan, before, offer, _ = made()
    columns = before.columns | {"payment": before.columns["payment"] * 10**9}
    dear = replace(before, columns=columns)
    rows = values(offer_sheet(loan, dear, offer, TERMS, reference="A-17"), "comparison")
    assert rows["Effective annual rate of all payments"][0] == Words("none", "无")


@pytest.mark.parametrize("treatment", ["capitalise", "pay_first", "carry", "first_instalments"])
@pytest.mark.parametrize("component", ["penalty", "fees", "overdue_interest", "accrued_interest"])
def test_what_is_owed_already_is_no_cost_of_credit(treatment, component):
    over = 4 if treatment == "first_instalments" else None
    part = rp.ArrearsPart(treatment=treatment, instalments=over)
    names = ("penalty", "fees", "overdue_interest", "accrued_interest")
    policy = replace(
        rp.Policy.loads(programme.POLICY),
        arrears=rp.ArrearsRule(**dict.fromkeys(names, part)),
        amortisation=rp.Amortisation(),
    )
    loan = rp.Loan(**LOAN | {"annual_rate": "0", component: "60", "principal": "1040"})
    offer = rp.propose(loan, HOME, policy)
    for before, owed in ((loan, "1100.00"), (replace(loan, **{component: "0"}), "1040.00")):
        contract = schedule(before, rp.equal_instalment(26))
        sheet = offer_sheet(loan, contract, offer, TERMS, reference="A-17")
        rows = values(sheet, "comparison")
        assert rows["owed"] == Decimal("1100.00")
        assert rows["All payments together"] == (Decimal(owed), Decimal("1100.00"))
        assert rows["Total cost to you (payments less what is owed)"] == (0, 0)
        assert rows["Effective annual rate of all payments"] == (0, 0)
    living, aside = values(sheet, "living"), Decimal(60 if treatment == "carry" else 0)
    assert living.get("due_at_end", 0) == offer.due_at_end == offer.living[-1].put_aside == aside
    assert sum(row.put_aside for row in offer.living) == aside
    last = offer.schedule.rows[-1]
    assert offer.living[-1].payment + offer.living[-1].put_aside == last.payment
    assert (
        ("put aside falls due" in sheet.text("en")) is ("挂账款随最后一期" in sheet.text("zh")) is (aside > 0)
    )


def test_the_least_that_is_left_to_live_on_and_when():
    loan, before, offer, sheet = made()
    least = values(sheet, "living")
    assert least["left_to_live_on"] == offer.left_to_live_on
    assert least["needed_to_live_on"] == offer.living[0].needed
    first = next(row.due_date for row in offer.living if row.left == offer.left_to_live_on)
    assert least["least_on"] == first
    short = replace(offer.living[4], left=offer.living[4].left - 7, needed=Decimal("912.34"))
    other = replace(offer, living=(*offer.living[:4], short, *offer.living[5:]))
    least = values(offer_sheet(loan, before, other, TERMS, reference="A-17"), "living")
    assert list(least.values()) == [short.left, short.due_date, short.needed]


def test_interest_that_joins_the_balance_is_shown_so_that_the_balance_adds_up():
    loan, before, offer, _ = made()
    plan = schedule(loan, rp.holiday(2, interest="capitalise") + rp.equal_instalment(24))
    sheet = offer_sheet(loan, before, replace(offer, schedule=plan), TERMS, reference="A-17")
    table, balance = sheet.sections[-1].table, plan.rows[0].opening
    assert "capitalised" in table.names
    for cells in table.rows:
        row = dict(zip(table.names, (cell.value for cell in cells), strict=True))
        balance += row["capitalised"] - row["principal"]
        assert row["closing"] == balance
    assert balance == 0


def test_the_policy_says_until_when_it_can_be_accepted():
    rule = rp.Acceptance(days=14, lapses_after=21, business_day="following")
    loan, before, offer, _ = made()
    terms = replace(TERMS, accept_by=None, expires=None)
    # 19 January 2026 is a Monday, and in this calendar no business day.
    calendar = rp.Holidays(
        ["2026-01-19"], name="own", source="example", first="2026-01-01", last="2026-12-31"
    )
    sheet = offer_sheet(
        loan, before, replace(offer, acceptance=rule), terms, reference="A-17", calendar=calendar
    )
    assert values(sheet, "acceptance") == {"accept_by": date(2026, 1, 20), "expires": date(2026, 1, 26)}
    with pytest.raises(InputError) as error:
        offer_sheet(loan, before, offer, terms, reference="A-17")
    assert (error.value.code, error.value.field) == (Code.MISSING, "acceptance")


def test_a_late_payment_is_worked_out():
    # 12 % and half as much again over 360 days, 30 days late: 1.5 %, of interest compounded.
    _, _, offer, sheet = made(**ARREARS)
    late, first = values(sheet, "late"), offer.schedule.rows[0]
    assert late["contract_rate"] == Decimal("0.12")
    assert (late["late_principal"], late["late_interest"]) == (first.principal, first.interest_paid)
    assert late["late_principal"] + late["late_interest"] + late["late_fee"] == first.payment
    cent = Decimal("0.01")
    assert late["charged_penalty"] == (first.principal * Decimal("0.015")).quantize(cent, "ROUND_HALF_UP")
    grown = first.interest_paid * (Decimal("1.0005") ** 30 - 1)
    assert late["charged_compound"] == grown.quantize(cent, "ROUND_HALF_UP")
    assert late["charged"] == late["charged_penalty"] + late["charged_compound"]
    # What it costs is said as the agreement says it, in both languages.
    for language, said in (("en", "at 18 % a year"), ("zh", "按年利率18%")):
        assert said in sheet.text(language)
        for sentence in late_rules(of.OVERDUE, offer.annual_rate, offer.schedule.rows[0].opening):
            assert sentence.said(language) in sheet.text(language)


FEE = rp.LateFee(amount="25", share="0.01")
CAPS = rp.OverdueCaps(of_principal="0.0005", source="own")
LATE = {
    "simple": replace(of.OVERDUE, compound=rp.OverdueLedger(on=("interest",), rate=of.HALF)),
    "none": replace(of.OVERDUE, compound=None),
    "daily": of.OVERDUE,
    "fee and grace": replace(of.OVERDUE, late_fee=FEE, grace_days=3, grace_reaches_back=True),
    "next day": replace(of.OVERDUE, first_day="next_day", day_count="ACT/365F", rounded="day", mode="up"),
    "bounds": replace(of.OVERDUE, caps=CAPS),
}


@pytest.mark.parametrize("rule", LATE)
@pytest.mark.parametrize(("days", "lent"), [(3, None), (30, "50000"), (400, None)])
def test_the_sheet_and_the_agreement_state_one_figure(rule, days, lent):
    """What a borrower is shown before signing is what is signed, to the cent."""
    offer = of.offer()
    loan = rp.Loan(**of.LOAN)
    dates = {"issued": "2026-03-02", "accept_by": "2026-03-16", "expires": "2026-03-17"}
    terms = replace(TERMS, late=LATE[rule], days_late=days, **dates)
    sheet = offer_sheet(
        loan, schedule(loan, rp.equal_instalment(18)), offer, terms, reference="A-17", lent=lent
    )
    signed = rp.draw_up(
        offer, of.PARTIES, replace(of.TERMS, overdue=LATE[rule], days_late=days), reference="A", lent=lent,
        **of.DATES,
    ).late  # fmt: skip
    stated = values(sheet, "late")
    assert (stated["late_due"], stated["days_late"]) == (signed.due_date, days)
    for name in ("principal", "interest", "fee"):
        assert stated.get(f"late_{name}", 0) == getattr(signed, name)
    charged = (signed.penalty, signed.compound, signed.late_fee)
    names = ("charged_penalty", "charged_compound", "charged_fee")
    assert tuple(stated.get(name, 0) for name in names) == charged
    assert stated["charged"] == sum(charged)
    assert (signed.charged > 0) is (days > LATE[rule].grace_days)


def test_the_late_payment_is_rounded_half_up_to_the_currencys_unit():
    # 1.5 % of 1.00 are one and a half cents; nothing is left of what bears no interest.
    once = rp.OverdueRate()
    rule = replace(of.OVERDUE, penalty=rp.OverdueLedger(on=("principal",), rate=once), compound=None)
    flat = {"annual_rate": "0.18", "principal": "1.00", "unpaid": 1}
    loan = rp.Loan(**LOAN | flat, start="2026-01-31")
    plan = schedule(loan, rp.equal_instalment(1))
    offer = replace(rp.propose(loan, HOME, rp.Policy.loads(programme.POLICY)), schedule=plan)
    sheet = offer_sheet(loan, plan, offer, replace(TERMS, late=rule), reference="A-17")
    late = values(sheet, "late")
    assert (late["late_principal"], late["charged_penalty"], late["charged"]) == (1, *[Decimal("0.02")] * 2)
    assert "charged_compound" not in late


class Cells(HTMLParser):
    """The text of every element that has any, in order; complains of an element that isn't closed."""

    def __init__(self, page):
        super().__init__()
        self.open, self.texts = [], []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag, _):
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if data.strip() and self.open[-1] != "style":
            self.texts.append(data)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("change", CASES)
def test_text_html_and_data_say_the_same(change, language):
    *_, sheet = made(**change)
    data = sheet.as_dict(language)
    assert json.loads(json.dumps(data, ensure_ascii=False)) == data
    text, page = sheet.text(language), Cells(sheet.html(language)).texts
    lines, after = text.splitlines(), 0
    for section in data["sections"]:
        lines = lines[lines.index(section["heading"]) + 1 :]
        after = page.index(section["heading"], after) + 1
        for note in section["notes"]:
            assert note in lines
            assert note in page[after:]
        for entry in section["entries"]:
            said = next(x for x in lines if x.startswith(entry["label"] + "  "))
            assert said.removeprefix(entry["label"]).strip() == entry["text"]
            assert page[page.index(entry["label"], after) + 1] == entry["text"]
        for row in section["rows"]:
            shown = [cell["text"].removesuffix(" EUR") for cell in row.values()]
            assert shown in [page[i : i + len(shown)] for i in range(after, len(page))]
            assert any(x.split() == " ".join(shown).split() for x in lines)
    assert TERMS.lender in text
    assert "Müller &amp; Söhne &lt;Bank&gt;" in sheet.html(language)


def test_lender_and_programme_have_a_name_in_each_language():
    both = {"lender": rp.Words("Bank", "银行"), "programme": rp.Words("Fresh start", "重新起步")}
    *_, sheet = made(terms=replace(TERMS, **both))
    for language, other in (("en", "zh"), ("zh", "en")):
        for words in both.values():
            assert words.said(language) in sheet.text(language)
            assert words.said(other) not in sheet.text(language)
    *_, same = made(terms=replace(TERMS, programme="Fresh start"))
    assert all("Fresh start" in same.text(language) for language in ("en", "zh"))
    assert "programme" not in [entry.name for entry in made()[-1].sections[0].entries]


def test_both_languages_have_the_same_figures_and_their_own_words():
    *_, sheet = made(**ARREARS)
    english, chinese = (sheet.as_dict(language)["sections"] for language in ("en", "zh"))
    for one, other in zip(english, chinese, strict=True):
        assert not cjk(one["heading"])
        assert cjk(other["heading"])
        for a, b in zip(one["entries"], other["entries"], strict=True):
            assert (a["name"], a["unit"]) == (b["name"], b["unit"])
            assert not cjk(a["label"] + a["text"])
            assert cjk(b["label"])
            assert a["value"] == b["value"] or (a["unit"] == "text" and cjk(b["value"]))
        assert len(one["rows"]) == len(other["rows"])
    assert not cjk(sheet.text("en"))


@pytest.mark.parametrize("method", METHODS)
def test_every_method_has_its_name(method):
    *_, sheet = made(method=method, principal="200.00")
    name = sheet.figure("plan", "method").value
    assert isinstance(name, Words)
    with pytest.raises(KeyError):
        sheet.figure("plan", "nothing")


def test_a_table_is_aligned_in_both_languages():
    *_, sheet = made()
    for language in ("en", "zh"):
        lines = sheet.text(language).splitlines()
        rows = lines[-len(sheet.sections[-1].table.rows) - 1 :]
        widths = {sum(2 if east_asian_width(char) in "WF" else 1 for char in row) for row in rows}
        assert len(widths) == 1


def test_a_document_of_ones_own():
    words = Words("Debt", "欠款")
    figures = (Figure(1234, "number"), Figure(Decimal("-1234.50"), "money"), Figure("x", "text"))
    table = Table(("a", "b", "c"), (words,) * 3, (figures,))
    entry = Entry("owed", words, Figure(Decimal("0E-8"), "money"))
    page = Document(
        title=words,
        currency="",
        sections=(Section(name="only", heading=words, entries=(entry,), table=table),),
    )
    assert page.text().splitlines()[-1].split() == ["1,234", "-1,234.50", "x"]
    assert page.figure("only", "owed").said("en", "") == "0.00000000"
    assert page.as_dict("zh")["sections"][0]["rows"][0]["b"]["value"] == "-1234.50"


# Faults


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"lender": None}, Code.MISSING, "lender"),
        ({"programme": 5}, Code.UNKNOWN_VALUE, "programme"),
        ({"issued": "5.1.2026"}, Code.NOT_A_DATE, "issued"),
        ({"accept_by": "2026-01-04"}, Code.DATES_OUT_OF_ORDER, "accept_by"),
        ({"expires": "2026-01-18"}, Code.DATES_OUT_OF_ORDER, "expires"),
        ({"days_late": 0}, Code.OUT_OF_RANGE, "days_late"),
        ({"days_late": 3661}, Code.OUT_OF_RANGE, "days_late"),
        ({"late": None}, Code.MISSING, "late"),
        ({"late": "0.5"}, Code.UNKNOWN_VALUE, "late"),
        ({"credit_record": "Reported."}, Code.UNKNOWN_VALUE, "credit_record"),
        ({"notes": ["Ask."]}, Code.UNKNOWN_VALUE, "notes"),
    ],
)
def test_terms_say_what_is_wrong_with_them(change, code, field):
    with pytest.raises(InputError) as error:
        replace(TERMS, **change)
    assert (error.value.code, error.value.field) == (code, field)


def test_an_offer_that_can_be_accepted_after_its_first_payment_is_due():
    terms = replace(TERMS, accept_by="2026-02-01", expires="2026-02-01")
    with pytest.raises(InputError) as error:
        made(terms=terms)
    assert (error.value.code, error.value.field) == (Code.DATES_OUT_OF_ORDER, "accept_by")
    assert error.value.limit == "<= 2026-01-31"


def test_a_loan_without_a_currency_or_a_number():
    loan, before, offer, _ = made()
    with pytest.raises(InputError) as error:
        offer_sheet(replace(loan, currency=None), before, offer, TERMS, reference="A-17")
    assert (error.value.code, error.value.field) == (Code.MISSING, "currency")
    with pytest.raises(InputError) as error:
        offer_sheet(loan, before, offer, TERMS, reference=None)
    assert (error.value.code, error.value.field) == (Code.MISSING, "reference")


@pytest.mark.parametrize(("en", "zh", "field"), [("", "无", "en"), ("None", " ", "zh"), ("None", None, "zh")])
def test_words_are_in_both_languages(en, zh, field):
    with pytest.raises(InputError) as error:
        Words(en, zh)
    assert (error.value.code, error.value.field) == (Code.MISSING, field)


def test_a_payment_that_is_late_bears_the_plans_rate_and_a_refusal_has_no_sheet():
    loan, before, offer, _ = made()
    cut = replace(offer, annual_rate=Decimal("0.06"))
    late = values(offer_sheet(loan, before, cut, TERMS, reference="A-17"), "late")
    assert late["contract_rate"] == Decimal("0.06")
    with pytest.raises(rp.InputError) as error:
        offer_sheet(loan, before, None, TERMS, reference="A-17")
    assert (error.value.code, error.value.field) == (rp.Code.MISSING, "offer")


def test_spending_that_is_asked_about_is_on_the_sheet():
    usual = rp.FixedAllowance(amount="250", frequency="monthly", covers=("rent",), source="own")
    asked = rp.Guideline(allowance=usual, above="question", below="declared")
    loan, policy = rp.Loan(**LOAN), replace(rp.Policy.loads(programme.POLICY), guidelines=(asked,))
    offer, before = rp.propose(loan, HOME, policy), schedule(loan, rp.equal_instalment(26))
    sheet = offer_sheet(loan, before, offer, TERMS, reference="A-17")
    (question,) = offer.questions
    for language in ("en", "zh"):
        assert question.text(language) in sheet.text(language)
    assert question.text() not in made()[3].text("en")


def test_a_consent_that_the_plan_waits_for_is_on_the_sheet_by_its_title():
    title = rp.ConsentTitle(consent="guarantor", en="the guarantor's", zh="保证人")
    base = rp.Policy.loads(programme.POLICY)
    own = {"columns": {"status": "Late", "guarantor": "missing", "pledgor": "missing"}}
    loan, home = rp.Loan(**LOAN | own), rp.Household(net_income="1150")
    before = schedule(loan, rp.equal_instalment(26))
    limit = replace(base.limit, consents=("guarantor", "pledgor"), consent_titles=(title,))
    offer = rp.propose(loan, home, replace(base, limit=limit))
    assert offer.extension > 0
    sheet = offer_sheet(loan, before, offer, TERMS, reference="A-17")
    assert "a written consent is missing: the guarantor's" in sheet.text("en")
    assert "缺少书面同意：保证人" in sheet.text("zh")
    assert "缺少书面同意：pledgor" in sheet.text("zh")  # without a title, by its column
    (plan,) = [each for each in sheet.sections if each.name == "plan"]
    assert plan.notes[0].zh == "下列书面同意齐备后，本方案方可生效。"
    given = rp.Loan(**LOAN | {"columns": {"status": "Late", "guarantor": "given", "pledgor": "not_needed"}})
    signed = rp.propose(given, home, replace(base, limit=limit))
    assert "书面同意" not in offer_sheet(given, before, signed, TERMS, reference="A-17").text("zh")


def test_a_refusal_because_of_the_status_calls_it_in_chinese():
    refused = rp.propose(
        rp.Loan(**LOAN | {"columns": {"status": "Paid"}}), HOME, rp.Policy.loads(programme.POLICY)
    )
    assert refused.reasons[0].text("zh").startswith("本贷款不符合办理条件：贷款状态为Paid")
    assert refused.reasons[0].text().startswith("the programme is not open to this loan: status is Paid")


def test_an_offer_or_a_contract_of_another_loan():
    loan, before, offer, _ = made(**ARREARS)
    alike = {"fees": ARREARS["penalty"], "penalty": ARREARS["fees"]}
    other, swapped = (rp.Loan(**LOAN | ARREARS | own) for own in ({"principal": "6000.01"}, alike))
    assert ARREARS["fees"] != ARREARS["penalty"]
    own = (
        {"principal": "5999"},
        alike,
        {"next_due": "2026-02-28"},
        {"elapsed": 9},
    )
    contracts = [schedule(rp.Loan(**LOAN | ARREARS | each), rp.equal_instalment(26)) for each in own]
    cases = [
        (other, before, "offer"),
        (swapped, before, "loan.penalty"),  # as much in all, but not of the same
        (loan, contracts[0], "before.balance"),
        (loan, contracts[1], "before.penalty"),
        (loan, contracts[2], "before.next_due"),
        (loan, contracts[3], "before.elapsed"),
    ]
    for mine, contract, field in cases:
        with pytest.raises(InputError) as error:
            offer_sheet(mine, contract, offer, TERMS, reference="A-17")
        assert (error.value.code, error.value.field) == (Code.UNKNOWN_VALUE, field)
    # Of a contract whose loan isn't known, the first due date is still looked at.
    unknown = replace(contracts[2], loan=None)
    with pytest.raises(InputError, match="next due when") as error:
        offer_sheet(loan, unknown, offer, TERMS, reference="A-17")
    assert (error.value.field, error.value.value) == ("before", date(2026, 2, 28))


EARNED_LOAN = rp.Loan(
    principal="3600", annual_rate="0.18", original_term=60, elapsed=20, unpaid=40, currency="GBP",
    next_due="2026-02-01", penalty="100", fees="33.33", overdue_interest="50",
)  # fmt: skip
BUDGET = rp.Policy.example("budget-plan")


@pytest.mark.parametrize(
    ("rule", "en", "zh"),
    [
        (
            {"earned": "at_completion", "claw_back": "all"},
            (
                "with the last payment of the plan. If the plan is broken, "
                "all that was given up is owed again."
            ),
            "减免以履行本计划为条件，付清最后一期时兑现；计划被违反的，已减免的款项全部恢复。",
        ),
        (
            {"earned": "each_year", "years": 3, "claw_back": "unearned", "principal": "50"},
            ("in 3 equal parts, one each year. If the plan is broken, what isn't earned yet is owed again."),
            "减免以履行本计划为条件，分3年等额兑现；计划被违反的，尚未兑现的减免不再兑现。",
        ),
    ],
)
def test_a_waiver_that_has_to_be_earned_is_not_called_final(rule, en, zh):
    policy = replace(BUDGET, earned_waiver=rp.EarnedWaiver(**rule))
    home = rp.Household(net_income="533", costs={"phone": "70"})
    offer = rp.propose(EARNED_LOAN, home, policy)
    assert offer.forgiven > 0 < offer.waived
    before = schedule(EARNED_LOAN, rp.equal_instalment(40))
    sheet = offer_sheet(EARNED_LOAN, before, offer, TERMS, reference="A")
    share = Decimal(rule.get("principal", 100)) / 100
    plan = values(sheet, "plan")
    assert plan["to_be_earned"] == offer.waived + offer.forgiven * share
    assert plan["earned_on"] == offer.schedule.rows[-1].due_date
    notes = next(part.notes for part in sheet.sections if part.name == "plan")
    assert len(notes) == 1
    assert notes[0].en.endswith(en)
    assert notes[0].zh == zh
    # The same words as in the agreement, and none where it is given at once.
    at_once = rp.propose(EARNED_LOAN, home, replace(policy, earned_waiver=None))
    plain = offer_sheet(EARNED_LOAN, before, at_once, TERMS, reference="A")
    assert "to_be_earned" not in values(plain, "plan")
    assert not next(part.notes for part in plain.sections if part.name == "plan")


def test_interest_that_a_holiday_waives_is_on_the_sheet():
    steps = (rp.Concession(step="extend"), rp.Concession(step="holiday", months=12, interest="waive"))
    policy = replace(rp.Policy.example("consumer-review"), concessions=steps)
    loan = rp.Loan(
        principal="9000", annual_rate="0.24", original_term=24, elapsed=6, unpaid=18, currency="CNY",
        next_due="2026-03-31",
    )  # fmt: skip
    pay = [rp.Income("benefit", "2000"), rp.Income("job", "1500", start="2027-03-01")]
    pay += [rp.Cost("rent", "100"), rp.Cost("food", "1900")]
    offer = rp.propose(loan, rp.Household(items=pay, assessed="2026-03-01"), policy)
    sheet = offer_sheet(loan, schedule(loan, rp.equal_instalment(18)), offer, TERMS, reference="A")
    assert values(sheet, "plan")["waived_interest"] == sum(row.waived for row in offer.schedule.rows) > 0


# The sheet of a conditional deal


def deal_of(down="500", days=10, *, income="1500", rounding=None, **change):
    """A loan, its contract, the deal for it and its policy."""
    loan = rp.Loan(**LOAN | {"start": "2025-12-31", "overdue_interest": "200"} | change)
    trial = rp.Trial(instalments=3, grace_days=14, down_days=days, down_amount=down)
    policy = replace(rp.Policy.loads(programme.POLICY), trial=trial)
    if rounding is not None:
        policy = replace(policy, rounding=rounding)
    home = replace(HOME, net_income=income)
    return loan, schedule(loan, rp.equal_instalment(26)), rp.conditional(loan, home, policy)


@pytest.mark.parametrize("by_month", [False, True])
def test_the_sheet_of_a_deal_says_that_payments_are_in_time_to_the_end_of_their_month(by_month):
    loan = rp.Loan(**LOAN | {"start": "2025-12-31"})
    rule = {"in_time": "month_end"} if by_month else {"grace_days": 14}
    policy = replace(rp.Policy.loads(programme.POLICY), trial=rp.Trial(instalments=2, **rule))
    deal = rp.conditional(loan, replace(HOME, net_income="1500"), policy)
    terms = replace(TERMS, issued="2025-12-20", accept_by="2025-12-30", expires="2025-12-31")
    sheet = offer_sheet(loan, schedule(loan, rp.equal_instalment(26)), deal, terms, reference="A-17")
    said = {"en": "to the last day of the month in which it is due", "zh": "到期日所在月份的最后一日"}
    assert all((words in sheet.text(language)) is by_month for language, words in said.items())
    if by_month:
        last = [row[3].value for row in section(sheet, "condition").table.rows]
        assert last == [date(2026, 1, 31), date(2026, 2, 28)]


def section(sheet, name):
    (found,) = [each for each in sheet.sections if each.name == name]
    return found


@pytest.mark.parametrize("unrounded", [False, True])
@pytest.mark.parametrize(("down", "days"), [("0", 0), ("500", 10), ("500", 0)])
def test_the_sheet_of_a_deal_says_what_has_to_be_paid_first(down, days, unrounded):
    rounding = rp.Rounding(instalment="none", interest="none") if unrounded else None
    loan, before, deal = deal_of(down, days, rounding=rounding)
    terms = replace(TERMS, issued="2025-12-20", accept_by="2025-12-30", expires="2025-12-31")
    sheet = offer_sheet(loan, before, deal, terms, reference="A-17")
    part = section(sheet, "condition")
    got = [tuple(cell.value for cell in row[1:]) for row in part.table.rows]
    want = [(row.payment, row.due_date, row.due_date + timedelta(14)) for row in deal.rows]
    if down != "0":
        first = date(2025, 12, 31) + timedelta(days)
        want.insert(0, (Decimal("500.00"), first, first + timedelta(14)))
    assert [row[:3] for row in got] == want
    assert [row[3] for row in got] == [each.owed_if_missed for each in deal.conditions]
    assert values(sheet, "condition") == {"effective_on": deal.rows[-1].due_date, "owed_then": deal.owed_then}
    for language in ("en", "zh"):
        shown = [sheet.text(language), sheet.html(language), sheet.markdown(language)]
        for text in shown:
            for amount, *days_of in want:
                assert f"{amount:,}" in text
                assert all(Figure(day, "date").said(language) in text for day in days_of)

    # From today on, everything that is paid: for what is owed today.
    paid = sum(row[0] for row in want) + deal.offer.schedule.totals["payment"]
    compared = values(sheet, "comparison")
    owed = Decimal("6200.00")
    assert compared["owed"] == owed
    assert compared["All payments together"] == (before.totals["payment"], paid)
    cost = compared["Total cost to you (payments less what is owed)"]
    assert cost == (before.totals["payment"] - before.owed, paid - owed)
    assert compared["Instalments still to be paid"] == (26, 3 + deal.offer.instalments)
    rows = [(row[1], row[0]) for row in want]
    rows += [(row.due_date, row.payment) for row in deal.offer.schedule.rows]
    worth = sum(
        float(amount) * (1 + float(compared["Effective annual rate of all payments"][1])) ** (-days / 365)
        for amount, days in ((amount, (day - date(2025, 12, 31)).days) for day, amount in rows)
    )
    assert worth == pytest.approx(float(owed), rel=1e-4)
    left = [*deal.today.living[:3], *deal.offer.living]
    assert values(sheet, "living")["left_to_live_on"] == min(row.left for row in left)


def test_a_deal_without_conditions_has_no_such_section():
    loan, before, deal = deal_of("0", original_term=26, elapsed=0, unpaid=1, income="9000")
    assert deal.conditions == ()
    before = schedule(loan, rp.equal_instalment(1))
    sheet = offer_sheet(loan, before, deal, replace(TERMS, annual_rate="apr_eu"), reference="A-17")
    assert "condition" not in [each.name for each in sheet.sections]


def test_a_deal_is_held_against_the_loan_of_today():
    loan, before, deal = deal_of()
    terms = replace(TERMS, accept_by="2026-01-10", expires="2026-01-10")
    assert offer_sheet(loan, before, deal, terms, reference="A-17")
    cases = [
        (loan, before, replace(deal, offer=an_infeasible()), terms, "offer"),  # nothing takes effect
        (deal.loan, before, deal, terms, "offer"),
        (replace(loan, elapsed=11), before, deal, terms, "loan.elapsed"),
        (loan, schedule(deal.loan, rp.equal_instalment(26)), deal, terms, "before"),
        (loan, before, deal, replace(terms, accept_by="2026-01-11", expires="2026-01-11"), "accept_by"),
    ]
    for *given, field in cases:
        with pytest.raises(InputError) as caught:
            offer_sheet(*given, reference="A-17")
        assert caught.value.field.startswith(field)


def an_infeasible():
    return rp.propose(rp.Loan(**LOAN), rp.Household(net_income="1"), rp.Policy.loads(programme.POLICY))


def test_the_last_day_to_accept_a_deal_is_its_policys():
    loan, before, deal = deal_of("0")
    terms = replace(TERMS, accept_by=None, expires=None)
    rule = rp.Acceptance(days=20, lapses_after=30, business_day="none")
    deal = replace(deal, today=replace(deal.today, acceptance=rule))
    sheet = offer_sheet(loan, before, deal, terms, reference="A-17")
    assert values(sheet, "acceptance") == {"accept_by": date(2026, 1, 25), "expires": date(2026, 1, 31)}


@pytest.mark.parametrize(("rate", "how"), [("apr_us", {"unit_period": "month"}), ("apr_eu", {})])
@pytest.mark.parametrize("down", ["0", "500"])
def test_the_rate_of_a_deal_whose_dates_are_moved(rate, how, down):
    moved = {"due_dates": rp.DueDates(business_day="following", calendar=rp.WEEKENDS)}
    loan, before, deal = deal_of(down, 0, **moved)
    terms = replace(
        TERMS, issued="2025-12-20", accept_by="2025-12-30", expires="2025-12-31", annual_rate=rate
    )
    sheet = offer_sheet(loan, before, deal, terms, reference="A-17")
    rows = (*deal.rows, *deal.offer.schedule.rows)
    assert str(rows[0].due_date) == "2026-02-02"  # for Saturday the 31st
    flows = [-deal.today.owed, *(row.payment for row in rows)]
    days = [loan.interest_from, *(row.due_date for row in rows)]
    assert list(values(sheet, "comparison").values())[-1][1] == getattr(rp, rate)(
        flows, days, places=4, **how
    )


def test_the_offer_of_a_deal_alone_says_that_it_is_under_one():
    _, _, deal = deal_of()
    before = schedule(deal.loan, rp.equal_instalment(26))
    terms = replace(TERMS, issued="2026-04-05", accept_by="2026-04-19", expires="2026-04-20")
    sheet = offer_sheet(deal.loan, before, deal.offer, terms, reference="A-17")
    (note,) = section(sheet, "plan").notes
    assert "takes effect when" in note.en


def test_the_worked_figure_is_bounded_by_the_day_of_the_contract():
    loan, before, offer, _ = made()
    bound = rp.Index("Bound", ["2015-01-01", "2025-01-01"], ["0.24", "0.12"], "own")
    late = replace(
        of.OVERDUE,
        penalty=rp.OverdueLedger(on=("principal",), rate=rp.OverdueRate(rate="10")),
        caps=rp.OverdueCaps(all_in_index=bound, source="own"),
    )
    terms = replace(TERMS, late=late, days_late=360)
    found = {
        day: offer_sheet(loan, before, offer, terms, reference="A-17", contracted=day)
        for day in ("2020-01-01", "2025-06-01", None)
    }
    old, newer, unsaid = (values(each, "late")["charged"] for each in found.values())
    assert old > newer == unsaid
    assert "1 × Bound of 2020-01-01 a year" in found["2020-01-01"].text("en")
    assert "1 × Bound a year" in found[None].text("en")
    with pytest.raises(rp.InputError) as caught:
        offer_sheet(loan, before, offer, terms, reference="A-17", contracted="soon")
    assert caught.value.field == "contracted"
