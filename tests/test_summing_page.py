"""The summing-up as a page: the tables of the document, and its pictures drawn into it."""

import re
from dataclasses import replace
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest

import repayplan as rp
from extras import needs
from repayplan import Code, InputError
from repayplan.basics.calendars import WEEKENDS
from test_evaluation import BUDGET, Comparison, others, result

pytestmark = needs("matplotlib")
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def found():
    first, then = others()
    all_of_it = result(
        comparison=Comparison(before=first, after=then, earlier=["2026-03-31"]),
        budget=BUDGET,
        goals=[rp.Goal(figure="on_time", at_least="0.5"), rp.Goal(figure="credit.protected", at_least="0.5")],
    )
    # One picture of each kind is enough here.
    few = tuple(each for each in all_of_it.figures if not each.name.startswith("overdue.balance"))
    return replace(all_of_it, figures=few, rolls={"plan": all_of_it.rolls["plan"]})


@pytest.fixture(scope="module")
def page(found):
    return rp.summing_up_page(found, programme="Spring & <co>", currency="CNY")


def test_the_page_is_the_document_with_pictures_in_it(found, page):
    document = rp.summing_up(found, programme="Spring & <co>", currency="CNY")
    assert re.sub(r"<figure>.*?</figure>\n?", "", page, flags=re.DOTALL) == document.html("en")
    sections = re.findall(r"<section>.*?</section>", page, re.DOTALL)
    drawn = {re.search("<h2>(.*?)</h2>", each)[1]: each.count("<figure>") for each in sections}
    assert {name: many for name, many in drawn.items() if many} == {
        "Overdue month by month": 1,
        "Default again": 1,
        "Roll rates": 1,
        "Budget": 1,
        "Beside a comparison group": 1,
    }


def test_the_page_needs_nothing_from_elsewhere(page):
    assert "<script" not in page
    assert "Spring &amp; &lt;co&gt;" in page
    links = set(re.findall(r'(?:href|src)="([^"]*)"|url\(([^)]*)\)', page))
    assert all((one or other).startswith("#") for one, other in links)
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids)) > 0
    assert {(one or other)[1:] for one, other in links} <= set(ids)
    for picture in re.findall(r"<svg.*?</svg>", page, re.DOTALL):
        root = ET.fromstring(picture)  # noqa: S314
        assert root.attrib["role"] == "img"
        assert root.attrib["aria-label"]
        assert "width" not in root.attrib
        assert root.find(f".//{SVG}path") is not None


def test_a_label_stands_once_beside_all_its_rows(found, page):
    label = "Overdue accounts, by the plan, on the last of each month"
    rows = [each for each in found.figures if each.name == "overdue.count.plan.month"]
    assert page.count(f">{label}<") == 1
    assert f'<td rowspan="{len(rows)}">{label}</td>' in page
    cells = re.findall(r"<td[^>]*>", page)
    assert len([each for each in cells if "rowspan" in each]) > 5


@needs("weasyprint")
def test_a_table_with_remarks_is_as_wide_as_the_paper_at_most(found):
    import weasyprint

    flags = ("small", "missing")
    long = replace(found.figure("overdue.count.cash.after"), amount=None, flags=flags)
    wide = replace(found.figure("overdue.count.cash.before"), amount=Decimal("123456789.00"))
    few = replace(found, figures=(wide, long), goals=())
    for language in ("en", "zh"):
        html = rp.summing_up(few, programme="Spring", currency="CNY").html(language)
        (page, *_) = weasyprint.HTML(string=html).render().pages
        boxes = [box for box in page._page_box.descendants() if box.element_tag in ("td", "th")]
        assert max(box.position_x + box.border_width() for box in boxes) < page.width - 37  # 1 cm


def test_the_same_evaluation_makes_the_same_page_in_chinese_with_its_dates():
    from pylopdf_fonts_zh_cn import sans_path

    plan = rp.timetable(rp.Programme.example("negotiated-repayment"), WEEKENDS, as_of="2026-04-20")
    bare = result()
    assert not bare.goals
    bare = replace(bare, rolls={}, figures=tuple(each for each in bare.figures if "month" not in each.name))
    how = {"currency": "CNY", "language": "zh", "timetable": plan, "font": sans_path()}
    made = rp.summing_up_page(bare, programme=rp.Words("Spring", "春风行动"), **how)
    assert made == rp.summing_up_page(bare, programme=rp.Words("Spring", "春风行动"), **how)
    assert '<html lang="zh-CN">' in made
    assert re.findall("<h2>(.*?)</h2>", made)[:3] == ["说明", "时间安排", "项目前后逾期情况"]
    captions = re.findall("<figcaption>(.*?)</figcaption>", made)
    assert captions == [
        "各阶段时间安排",
        "按账龄月的再次违约累计比例",
    ]
    assert '<td class="s">受理阶段</td>' in made


def test_another_language_is_refused(found):
    with pytest.raises(InputError) as caught:
        rp.summing_up_page(found, programme="Spring", currency="CNY", language="fr")
    assert (caught.value.code, caught.value.field) == (Code.UNKNOWN_VALUE, "language")
