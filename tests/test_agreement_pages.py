"""Agreements for people: the same in both languages and every form, and what is put in can't act there."""

import ctypes
import re
import sys
from dataclasses import replace
from decimal import Decimal
from html.parser import HTMLParser
from typing import get_args

import pytest

import agreements as of
import repayplan as rp
from agreements import agreement, named, signed
from extras import needs
from repayplan import Code, InputError, agreement_document, agreement_html, agreement_pdf
from repayplan.accounts.allocationrule import InAdvance
from repayplan.accounts.terms import Rebate
from repayplan.edges import orderwords
from repayplan.edges.orderwords import payment_order

HTML, PDF = needs("jinja2"), needs("jinja2", "weasyprint", "fontTools", "pypdfium2", "pylopdf_fonts_zh_cn")
LANGUAGES = ("en", "zh")
HOSTILE = [
    "<script>alert(1)</script>",
    "</td></tr></table><img src=x onerror=alert(1)>",
    '" onload="alert(1)',
    "{{ 7 * 7 }}{% include 'x' %}",
    "&lt;b&gt; &#60;b&#62;",
    "*bold* _it_ `code` ~~gone~~ [link](javascript:alert(1)) ![x](y)",
    "a | b || c",
    "# heading",
    "1. one",
    "- item",
    "https://evil.example www.evil.example",
    "\\| \\*",
    "$x$ <!-- -->",
]


def cjk(text):
    return any("\u4e00" <= char <= "\u9fff" for char in text)


def with_text(text):
    """An agreement with a text in every field that takes one."""
    person = rp.Signatory(name=text, title=text, authority=text)
    lender = rp.Party(name=text, id_number=text, address=text, contact=text, signatories=(person,))
    borrower = rp.Party(name=text, id_number=f"{text}2", address=text, contact=text)
    both = {"en": text, "zh": text}
    clauses = rp.Clauses(
        **{
            part: (rp.Clause(code=f"{part}{text}", **both),)
            for part in ("lender_rights", "lender_duties", "borrower_rights", "borrower_duties", "late")
        }
    )
    caps = rp.OverdueCaps(all_in="0.36", source=text)
    terms = replace(
        of.TERMS,
        overdue=replace(of.OVERDUE, caps=caps),
        how_to_pay=rp.Wording(**both),
        credit_record=rp.Wording(**both),
        clauses=clauses,
        disputes=(rp.Clause(code=f"d{text}", **both),),
        requires=(),
    )
    consent = rp.Consent(code=text, person=text, on="2026-03-05")
    parties = rp.Parties(lender=lender, borrower=borrower)
    made = agreement(parties=parties, terms=terms, reference=text, consents=(consent,))
    borrowed = rp.Signed(agreement=made).sign("lender", person=text, on="2026-03-06")
    return made, borrowed


# The document.


def test_it_says_what_a_card_agreement_must_say():
    document = agreement_document(agreement())
    names = [section.name for section in document.sections]
    assert names == [
        *("agreement", "parties", "debt", "plan", "schedule"),
        *("lender_duties", "lender_rights", "borrower_duties", "borrower_rights"),
        *("late", "breach", "following", "payments", "disputes", "copies"),
    ]
    figures = {entry.name: entry.figure.value for section in document.sections for entry in section.entries}
    assert figures["owed"] == Decimal("31448.70")
    assert [figures[f"owed_{name}"] for name in ("principal", "interest", "penalty", "fees")] == [
        Decimal(each) for each in ("30800.00", "532.50", "66.20", "50.00")
    ]
    assert figures["currency"] == "CNY"
    assert figures["charged"] == figures["charged_penalty"] + figures["charged_compound"]
    assert (figures["interest_runs"].en, figures["fees_run"].en) == ("yes", "no")
    assert figures["fingerprint"] == agreement().fingerprint
    table = next(section.table for section in document.sections if section.name == "schedule")
    rows = [dict(zip(table.names, (cell.value for cell in row), strict=True)) for row in table.rows]
    for row, plan in zip(rows, agreement().instalments, strict=True):
        assert all(row[name] == getattr(plan, name) for name in table.names)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_in_its_language(language):
    english = named(name="Li Wei", address="Shanghai")
    person = replace(of.HEAD, name="Wang", title="Head", authority="POA 12")
    bank = replace(of.BANK, name="Bank", address="Shanghai", signatories=(person,))
    made = agreement(parties=replace(english, lender=bank, guarantors=()))
    made = rp.Signed(agreement=made).sign("lender", person="Wang", on="2026-03-06")
    for section in agreement_document(made).sections:
        texts = [section.heading, *section.notes, *(entry.label for entry in section.entries)]
        texts += [] if section.table is None else section.table.head
        for words in texts:
            assert cjk(words.said(language)) == (language == "zh"), words


def test_a_document_of_one_agreement_is_the_same_for_every_copy():
    assert agreement_document(agreement()) == agreement_document(
        rp.Agreement.from_json(agreement().to_json())
    )
    for language in LANGUAGES:
        text = agreement_document(agreement()).markdown(language)
        again = rp.Agreement.from_json(agreement().to_json(indent=None))
        assert agreement_document(again).markdown(language) == text
        assert agreement().fingerprint in text


def test_what_was_signed_stands_at_the_end():
    made = signed().deliver("borrower", person="李伟", on="2026-03-09", way="by_post")
    sections = agreement_document(made).sections
    before = agreement_document(agreement()).sections
    assert sections[: len(before)] == before
    signatures, deliveries = sections[len(before) :]
    said = [[figure.said("zh") for figure in row] for row in signatures.table.rows]
    assert said[1] == ["贷款人", "王芳", "分行行长：授权委托书2026年第12号", "2026年3月7日"]
    assert [row[1] for row in said] == ["李伟", "王芳", "李强"]
    said = [[figure.said("en") for figure in row] for row in deliveries.table.rows]
    assert said == [["Borrower", "李伟", "by post", "2026-03-09"]]
    assert len(agreement_document(rp.Signed(agreement=agreement())).sections) == len(before)


def notes(section, **changes):
    terms = replace(of.TERMS, **changes)
    sections = agreement_document(agreement(terms=terms)).sections
    return [note.en for each in sections if each.name == section for note in each.notes]


def test_days_that_break_no_plan_are_told():
    rule = rp.TrackingRule(broken_after_days=30, consequence="review", pauses=rp.HALT_REASONS)
    assert notes("breach", tracking=rule)[0] == (
        "The plan is broken when an instalment is overdue by 30 days. Days on which the account is halted "
        "for a death or insolvency proceedings or an order of a court or a dispute about the debt or a "
        "moratorium by law don't count."
    )


def test_breaches_are_told_plainly():
    rule = rp.TrackingRule(broken_after_missed=3, consequence="review")
    assert notes("breach", tracking=rule, notice_days=0) == [
        "The plan is broken when 3 instalments are overdue at once.",
        "What follows needs no further notice.",
        "Then the lender reviews the borrower's case.",
    ]
    rule = rp.TrackingRule(broken_after_missed=2, broken_after_days=60, consequence="concessions_end")
    found = notes("breach", tracking=rule)
    assert found[0].endswith("when 2 instalments are overdue at once or an instalment is overdue by 60 days.")
    assert "14 days" in found[1]
    assert found[2] == "Then what the lender conceded in this agreement ends."


def test_how_the_plan_is_followed_is_told():
    assert notes("following") == [
        "The lender reminds the borrower 7, 1 days before an instalment is due.",
        "The lender reminds the borrower 3 days after its due date, where it isn't paid.",
        "The lender looks at how the plan is kept every month.",
    ]
    rule = rp.TrackingRule(broken_after_days=60, consequence="review", review_months=3)
    assert notes("following", tracking=rule) == ["The lender looks at how the plan is kept every 3 months."]


EARNED = {
    ("at_completion", None, "all"): ("with the last payment", "all that was given up"),
    ("each_year", 3, "unearned"): ("in 3 equal parts", "what isn't earned yet"),
}


@pytest.mark.parametrize("case", EARNED)
def test_what_has_to_be_earned_is_said(case):
    earned, years, back = case
    rule = rp.EarnedWaiver(earned=earned, years=years, claw_back=back)
    made = of.offer(policy=replace(of.POLICY, earned_waiver=rule))
    found = agreement_document(rp.draw_up(made, of.PARTIES, of.TERMS, reference="L", **of.DATES))
    (note,) = next(section.notes for section in found.sections if section.name == "debt")
    assert all(part in note.en for part in EARNED[case])


def test_all_that_a_rule_of_lateness_says_is_told():
    index = rp.Index("LPR 1Y", ["2026-01-20"], ["0.03"], "PBOC")
    rule = rp.OverdueRule(
        penalty=rp.OverdueLedger(
            on=("principal", "interest"),
            rate=rp.OverdueRate(index=index, multiplier="4", uplift="0.01"),
            in_term=rp.OverdueRate(rate="0.18"),
        ),
        compound=rp.OverdueLedger(
            on=("fees", "compound"),
            rate=rp.OverdueRate(multiplier="1.3"),
            settled="quarterly",
            settlement_day=21,
        ),
        day_count="ACT/365F",
        first_day="next_day",
        grace_days=3,
        grace_reaches_back=True,
        tolerance="10",
        rounded="month",
        mode="half_even",
        late_fee=rp.LateFee(amount="5", share="0.05", minimum="10", maximum="100"),
        caps=rp.OverdueCaps(
            per_day="2",
            of_instalment="0.5",
            of_principal="1",
            all_in_index=index,
            all_in_multiplier="4",
            source="own",
        ),
    )
    order = rp.AllocationRule(
        order=("principal", "interest", "compound", "penalty", "fees", "costs"),
        by="instalment",
        late=(rp.LateOrder(from_days=91, order=of.TERMS.allocation.order, by="component"),),
        kinds=(
            rp.KindOrder(kind="goodwill", order=of.TERMS.allocation.order, by="component", in_advance="hold"),
        ),
        in_advance="last",
        source="own",
    )
    terms = replace(of.TERMS, overdue=rule, allocation=order)
    text = agreement_document(agreement(terms=terms)).text("en")
    for part in (
        "Penalty interest is charged on overdue principal and interest at 18 % a year up to the",
        "plan's last due date, then, or from the day on which the balance is called in, at 4 × LPR 1Y + 1 %",
        "1 % a year, as published",
        "Interest on interest is charged on overdue fees and interest on interest at 18.72 % a year, settled",
        "on day 21 of the last month of each quarter",
        "from the day after the due date on",
        "ACT/365F",
        "up to 3 days after its due date is in time; what isn't paid in full by then is charged for these",
        "no more than 10 of an instalment",
        "a fee of 5 + 5 % of what is unpaid, at least 10, at most 100, once",
        "rounded once a month, at its end, half to even",
        "Each kind of interest for being late is at most 2 a day for each instalment (own)",
        "at most 50 % of the instalment (own)",
        "at most 100 % of a principal of 31,332.50 (own)",
        "at most together with all interest 4 × LPR 1Y a year of a principal of 31,332.50 (own)",
        "Payments go to the oldest instalment first, and in each to principal, interest, interest on",
        "From 91 days past due on, payments go to costs of enforcement, fees, penalty interest",
        "Payments of the kind goodwill go to",
        "pays the last instalments first",
    ):
        assert part in text, part
    chinese = agreement_document(agreement(terms=terms)).text("zh")
    for part in (
        "本金31,332.50的100%",
        "本金31,332.50的年4 × LPR 1Y",
        "之后或自宣布提前到期之日起",
        "LPR 1Y",
        "18%",
        "18.72%",
        "91天",
        "21日",
        "goodwill",
        "最低10",
        "最高100",
        "分别以每期每日2为限（own）",
        "宽限期内未付清的，宽限期同样计收",
    ):
        assert part in chinese, part


def test_the_bound_by_the_day_is_what_each_kind_of_interest_comes_to():
    caps = rp.OverdueCaps(per_day="0.10", source="court")
    made = agreement(terms=replace(of.TERMS, overdue=replace(of.OVERDUE, caps=caps)))
    assert (made.late.penalty, made.late.compound) == (Decimal("3.00"), Decimal("3.00"))
    for language, said in (
        ("en", "Each kind of interest for being late is at most 0.10 a day for each instalment (court)."),
        ("zh", "逾期产生的各项利息（罚息、复利）分别以每期每日0.10为限（court）。"),
    ):
        assert said in agreement_document(made).text(language)


@pytest.mark.parametrize(("lent", "base"), [(None, "31,332.50"), ("50000", "50,000.00")])
def test_bounds_name_the_principal_that_they_are_reckoned_of(lent, base):
    caps = rp.OverdueCaps(of_principal="0.0003", source="own")
    made = agreement(terms=replace(of.TERMS, overdue=replace(of.OVERDUE, caps=caps)), lent=lent)
    most = (made.lent * Decimal("0.0003")).quantize(Decimal("0.01"), "ROUND_DOWN")
    assert (made.late.charged, f"{made.lent:,}") == (most, base)
    assert f"at most 0.03 % of a principal of {base} (own)" in agreement_document(made).text("en")
    assert f"本金{base}的0.03%" in agreement_document(made).text("zh")


@pytest.mark.parametrize("name", get_args(InAdvance))
def test_what_becomes_of_money_in_advance_is_said(name):
    order = replace(of.TERMS.allocation, in_advance=name)
    words = payment_order(order)
    assert words[-1] == orderwords.IN_ADVANCE[name]
    assert cjk(words[-1].zh)


@pytest.mark.parametrize("rebate", get_args(Rebate))
def test_what_is_owed_at_an_early_end_is_said(rebate):
    made = of.agreement(terms=replace(of.TERMS, rebate=rebate))
    for language in ("en", "zh"):
        words = {each: orderwords.EARLY_END[each].said(language) for each in get_args(Rebate)}
        text = agreement_document(made).text(language)
        assert [each for each in words if words[each] in text] == [rebate]
    assert cjk(orderwords.EARLY_END[rebate].zh)


# Markdown: nothing that is put in is markup.


def shown(markdown):
    """Text as CommonMark shows it: escapes taken away; markup that is left stays."""
    plain = re.sub(r"\\([!-/:-@\[-`{-~])", "\\1", markdown)
    for entity, char in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        plain = plain.replace(entity, char)
    return plain


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("language", LANGUAGES)
def test_markdown_says_hostile_texts_as_they_are(text, language):
    for made in with_text(text):
        markdown = agreement_document(made).markdown(language)
        bare = re.sub(r"\\.", "", markdown)
        assert "<" not in bare
        assert not re.search(r"[*_`~\[\]{}$!]", bare)
        assert not re.search(r"&(?!lt;|gt;|amp;)", bare)
        assert "://" not in bare
        assert "www." not in bare
        for line in markdown.splitlines():
            # What begins a line is the document's own: headings, lists, tables.
            assert re.match(r"(#{1,2} |- |\||[^#\-+|>0-9]|[0-9]+(?![.)](\s|$))|$)", line), line
            assert not re.match(r"\s", line)
        plain = agreement_document(with_text("Plain")[made is not with_text(text)[0]]).markdown(language)
        assert len(markdown.splitlines()) == len(plain.splitlines())
        columns = [line.count("|") for line in re.sub(r"\\.", "", plain).splitlines()]
        assert [line.count("|") for line in bare.splitlines()] == columns
        assert shown(markdown).count(text) >= 10


def test_markdown_of_the_agreement_reads_plainly():
    lines = agreement_document(agreement()).markdown("en").splitlines()
    assert lines[0] == "# Repayment agreement"
    assert "- Everything owed before this agreement: 31,448.70 CNY" in lines
    assert "- of it, interest: 532.50 CNY" in lines
    assert "| 1 | 2026-03-31 | 1,034.02 | 375.99 | 83.10 | 1,493.11 | 30,298.48 |" in lines


# HTML.


class Page(HTMLParser):
    """The tags, attributes and text of a page."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.tags, self.text, self.inside = [], [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, tuple(name for name, _ in attrs)))
        self.inside.append(tag)

    def handle_endtag(self, tag):
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data):
        if "style" not in self.inside and data.strip():
            self.text.append(data)


@HTML
@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_says_hostile_texts_as_they_are(text, language):
    for made, plain in zip(with_text(text), with_text("Plain"), strict=True):
        page, other = (Page(agreement_html(each, language)) for each in (made, plain))
        assert page.tags == other.tags
        assert sum(each.count(text) for each in page.text) >= 10


@HTML
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_says_what_the_document_says(language):
    page = Page(agreement_html(signed(), language))
    said = "\n".join(page.text)
    document = agreement_document(signed())
    for section in document.sections:
        texts = [section.heading.said(language), *(note.said(language) for note in section.notes)]
        for entry in section.entries:
            texts += [entry.label.said(language), entry.figure.said(language, document.currency)]
        if section.table is not None:
            texts += [cell.said(language) for row in section.table.rows for cell in row]
            texts += [words.said(language) for words in section.table.head]
        for text in texts:
            assert text in said
    html = agreement_html(signed(), language)
    assert f'<html lang="{"zh-CN" if language == "zh" else "en"}">' in html
    assert not re.search(r"https?:|<script|<link|url\(", html)


@HTML
def test_a_language_without_texts_is_refused():
    with pytest.raises(InputError):
        agreement_html(agreement(), "fr")


@HTML
def test_a_lender_replaces_templates(tmp_path):
    own = '{% extends "layout.html" %}{% block letterhead %}<header>示例银行</header>{% endblock %}'
    (tmp_path / "agreement.zh.html").write_text(own, encoding="utf-8")
    page = agreement_html(agreement(), "zh", templates=tmp_path)
    assert "<header>示例银行</header>" in page
    assert "还款计划表" in page
    assert agreement_html(agreement(), "en", templates=str(tmp_path)) == agreement_html(agreement(), "en")
    (tmp_path / "layout.html").write_text(
        "<p>{{ parties[1].name }}: {{ figures.plan.total_paid }}, {{ agreement.late.days }}</p>",
        encoding="utf-8",
    )
    (tmp_path / "agreement.en.html").write_text('{% include "layout.html" %}', encoding="utf-8")
    made = agreement(parties=named(name="<b>"))
    assert agreement_html(made, "en", templates=tmp_path) == "<p>&lt;b&gt;: 36,743.33 CNY, 30</p>"


@HTML
@pytest.mark.parametrize(
    "template",
    [
        "{{ figures.plan.no_such_figure }}",
        "{{ missing }}",
        "{% if %}",
        "{% include 'other.html' %}",
        "{{ agreement.__class__.__mro__ }}",
        "{% extends '../secret.html' %}",
    ],
)
def test_a_template_that_asks_for_what_isnt_there_is_refused(tmp_path, template):
    (tmp_path / "agreement.en.html").write_text(template, encoding="utf-8")
    (tmp_path.parent / "secret.html").write_text("secret", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        agreement_html(agreement(), templates=tmp_path)
    assert (caught.value.code, caught.value.field) == (Code.UNKNOWN_VALUE, "templates")


@HTML
def test_a_folder_that_isnt_there_or_isnt_text_is_refused(tmp_path):
    with pytest.raises(InputError) as caught:
        agreement_html(agreement(), templates=tmp_path / "none")
    assert (caught.value.code, caught.value.field) == (Code.MISSING, "templates")
    (tmp_path / "agreement.en.html").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError):
        agreement_html(agreement(), templates=tmp_path)


def test_without_the_extra_the_error_names_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(ImportError, match=r"repayplan\[documents\]"):
        agreement_html(agreement())
    assert "李伟" in agreement_document(agreement()).markdown("zh")


# PDF.


def font():
    from pylopdf_fonts_zh_cn import sans_path

    return sans_path()


def pages(made):
    import pypdfium2

    with pypdfium2.PdfDocument(made) as pdf:
        return [page.get_textpage().get_text_bounded() for page in pdf]


@PDF
@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_pdf_has_every_character_and_one_font(language):
    import pypdfium2
    from pypdfium2 import raw

    made = agreement_pdf(signed(), language, font=font())
    assert made == agreement_pdf(signed(), language, font=font())
    text = "".join(pages(made))
    document = agreement_document(signed())
    squeezed = re.sub(r"\s", "", text)
    for section in document.sections:
        for note in section.notes:
            assert re.sub(r"\s", "", note.said(language)) in squeezed
        for entry in section.entries:
            assert re.sub(r"\s", "", entry.figure.said(language, "CNY")) in squeezed
    assert "示例银行" in text
    for row in agreement().instalments:
        assert f"{row.payment:,}" in text
    names = set()
    with pypdfium2.PdfDocument(made) as pdf:
        for page in pdf:
            for part in page.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT]):
                face = raw.FPDFTextObj_GetFont(part.raw)
                size = raw.FPDFFont_GetBaseFontName(face, None, 0)
                name = ctypes.create_string_buffer(size)
                raw.FPDFFont_GetBaseFontName(face, name, size)
                names.add(name.value.decode())
    assert len(names) == 1
    assert next(iter(names)).endswith("page")


@PDF
def test_a_font_without_the_characters_is_refused(tmp_path):
    from fontTools.subset import Subsetter
    from fontTools.ttLib import TTFont

    few = TTFont(font())
    subsetter = Subsetter()
    subsetter.populate(unicodes=range(32, 127))
    subsetter.subset(few)
    latin = tmp_path / "latin.otf"
    few.save(latin)
    with pytest.raises(InputError) as caught:
        agreement_pdf(agreement(), "zh", font=latin)
    assert (caught.value.code, caught.value.field) == (Code.UNKNOWN_VALUE, "font")
    assert "上" in caught.value.rule
    for path in (tmp_path / "none.ttf", tmp_path):
        with pytest.raises(InputError) as caught:
            agreement_pdf(agreement(), font=path)
        assert caught.value.field == "font"
    (tmp_path / "text.ttf").write_text("no font", encoding="utf-8")
    with pytest.raises(InputError):
        agreement_pdf(agreement(), font=tmp_path / "text.ttf")


@PDF
@pytest.mark.parametrize("address", ["https://evil.example/x.png", "file:///etc/passwd"])
def test_a_pdf_fetches_nothing(tmp_path, address):
    own = f'{{% extends "layout.html" %}}{{% block letterhead %}}<img src="{address}">{{% endblock %}}'
    (tmp_path / "agreement.zh.html").write_text(own, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        agreement_pdf(agreement(), "zh", font=font(), templates=tmp_path)
    assert (caught.value.code, caught.value.field) == (Code.UNKNOWN_VALUE, "templates")


@PDF
def test_without_weasyprint_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(ImportError, match=r"repayplan\[documents\]"):
        agreement_pdf(agreement(), font=font())
