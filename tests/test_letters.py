"""What applicants are told and what the file holds: the same data in both languages, nothing invented."""

import re
from dataclasses import replace
from datetime import date, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from repayplan import Code, InputError, Record, explain
from repayplan.reviews.letter import _TEXT, Told, apply_again
from test_record import AT, FINDINGS, LACKING, POLICY, RULES, SMALL, decide, finding, opened, review

FIGURES = re.compile(r"[0-9]+(?:[-.:][0-9]+)*")


def test_a_refusal_in_both_languages():
    seen = review("declined", findings=(finding(), LACKING, *FINDINGS["needs_person"]))
    record = decide(opened("declined", findings=seen.findings), "refuse", reason="evidence_refuted")
    assert explain(record) == (
        "Application A-1, Example: consumer loans with review, China\n"
        "Your application was declined on 2026-03-06.\n"
        "The reasons:\n"
        "- 400 days past due; this programme takes at most 360\n"
        "- what was stated could not be confirmed\n"
        "Also found:\n"
        "- evidence is missing: payslip\n"
        "Your rights:\n"
        "- You may ask how this decision was made, and ask that a person decides.\n"
        "- You may have wrong data about you corrected.\n"
        "You may apply again from 2026-09-02.\n"
        "How to appeal:\n"
        "- Write to the complaints office named in the contract.\n"
    )
    assert explain(record, "zh") == (
        "申请编号A-1（示例：中国个人消费贷款（含审查））\n"
        "您的申请于2026-03-06未获批准。\n"
        "原因：\n"
        "- 已逾期400天；本方案最多接受360天\n"
        "- 所申报的情况未能核实\n"
        "另有发现：\n"
        "- 缺少证明材料：工资单\n"
        "您的权利：\n"
        "- 您可以要求说明本决定的依据，并有权要求由人工作出决定。\n"
        "- 您可以要求更正有误的个人信息。\n"
        "您可以自2026-09-02起再次提出申请。\n"
        "申诉方式：\n"
        "- 请向合同中载明的投诉受理部门提出书面申诉。\n"
    )


def test_a_review_that_decides_by_itself():
    letter = explain(review("declined"))
    assert "declined on 2026-03-05" in letter
    assert explain(review("approved")).splitlines()[1] == "Your application was approved on 2026-03-05."
    asked = explain(review("needs_evidence")).splitlines()
    assert asked[2:] == ["What is needed:", "- evidence is missing: payslip"]
    person = explain(review("needs_person"))
    assert "passed on to a person" in person
    assert "income" not in person


def test_what_a_decision_says_is_told_and_not_what_the_review_said():
    approved = decide(opened("declined"), reason="exceptional_hardship")
    assert "approved on 2026-03-06" in explain(approved)
    assert "past due" not in explain(approved)
    back = decide(opened("needs_evidence"), "return")
    assert "returned to you on 2026-03-06" in explain(back)
    assert "- 缺少证明材料：工资单" in explain(back, "zh")
    person = decide(opened("needs_person"), "return", reason="evidence_refuted")
    assert explain(person).endswith("What is needed:\n- what was stated could not be confirmed\n")


def test_nothing_is_explained_before_it_is_decided():
    for record in (opened(), Record((review("declined"),))):
        with pytest.raises(InputError) as caught:
            explain(record)
        assert (caught.value.code, caught.value.limit) == (Code.OUT_OF_TURN, "decision")
    with pytest.raises(InputError) as caught:
        rp.review_opinion(Record((review(),)))
    assert (caught.value.code, caught.value.limit) == (Code.OUT_OF_TURN, "opinion")


def test_there_are_two_languages():
    with pytest.raises(InputError) as caught:
        explain(review("declined"), "fr")
    assert (caught.value.code, caught.value.field) == (Code.UNKNOWN_VALUE, "language")


CODES = [reason.code for reason in RULES.reasons]


@given(st.lists(st.sampled_from(CODES), min_size=1, max_size=5, unique=True), st.booleans())
def test_every_reason_that_may_be_told_is_told_and_no_other(codes, lacking):
    found = tuple(sorted((finding(code) for code in codes), key=lambda f: f.effect))
    found = (*found, *([LACKING] if lacking else []))
    seen = review("declined", findings=found)
    letters = {language: explain(seen, language) for language in ("en", "zh")}
    for language, letter in letters.items():
        for each in found:
            assert (f"- {each.text(language)}\n" in letter) is not each.internal
        assert letter.count(RULES.letter.appeal.text(language)) == 1
    # The same figures in the same order in both.
    assert FIGURES.findall(letters["en"]) == FIGURES.findall(letters["zh"])


@given(st.lists(st.one_of(st.none(), st.integers(0, 800)), max_size=4), st.integers(0, 800))
def test_one_may_apply_again_when_the_last_of_the_reasons_allows_it(days, usual):
    codes = CODES[: len(days)]
    reasons = tuple(
        replace(reason, reapply_after_days=days[i] if i < len(days) else None, internal=False)
        for i, reason in enumerate(RULES.reasons)
    )
    letter = replace(RULES.letter, reapply_after_days=usual)
    policy = replace(POLICY, review=replace(RULES, reasons=reasons, letter=letter))
    found = tuple(replace(finding(code), effect="decline", internal=False) for code in codes)
    day = date(2026, 3, 5)
    again = apply_again(review("declined", findings=found, policy=policy), day)
    wanted = [usual if each is None else each for each in days] or [usual]
    assert again == day + timedelta(days=max(wanted))
    late = rp.ReviewReason(code="own", en="own", zh="自", reapply_after_days=900)
    assert apply_again(review("declined", findings=found, policy=policy), day, late) == day + timedelta(
        days=900
    )


def opinion(record, language="en"):
    """The lines of an opinion, with one space between what stands beside another."""
    return [" ".join(line.split()) for line in rp.review_opinion(record).text(language).splitlines()]


def test_the_opinion_for_the_file():
    facts = {"hardship": "illness", "owed": 9000, "willing": False, "last_plan": None, "channel": "app"}
    findings = (finding(), *FINDINGS["needs_person"])
    record = Record((review("declined", facts=facts, findings=findings),))
    record = record.opinion("refuse", SMALL, role="reviewer", person="Li", at=AT, note="seen in person")
    record = decide(record, reason="exceptional_hardship")
    english, chinese = opinion(record), opinion(record, "zh")
    for line in (
        "Application A-1",
        f"Fingerprint of the rules (SHA-256) {POLICY.fingerprint}",
        "Result of the review declined",
        "Reason for hardship serious illness",
        "Willingness to pay no",
        "How the last plan ended not known",
        "The reviewer would refuse",
        "Name Li",
        "Note seen in person",
        "Against the result of the review.",
        "Against the reviewer's opinion.",
        "Decided to approve",
        "Reason exceptional hardship, shown in person",
        "Given up 100.00 CNY 20 % of what is owed",
        "Branch manager Wu ____________ ____________",
    ):
        assert line in english
    for line in (
        *("审查结果 不通过", "困难原因 重大疾病", "还款意愿 否", "上一方案的结果 未知"),
        *("审核意见 不同意", "审批决定 同意", "与审查结果不一致。", "理由 经当面核实的特殊困难"),
        "支行负责人 Wu ____________ ____________",
    ):
        assert line in chinese
    assert any("400 days past due; this programme takes at most 360" in line for line in english)
    (internal,) = [line for line in english if "declared and evidenced income differ" in line]
    assert internal.endswith(" no")


@pytest.mark.parametrize(
    ("given", "value", "en", "zh"),
    [
        ({"field": "days_past_due", "comparison": "between", "value": (91, 360)}, 100,
         "100, 91 to 360", "100，91至360"),
        ({"field": "last_plan", "comparison": "in", "value": ("broken", "cancelled")}, "broken",
         "broken, broken, cancelled", "已违约，已违约、已取消"),
        ({"field": "last_plan", "comparison": "!=", "value": "completed"}, "moved",
         "moved, completed", "moved，已履行完毕"),
        ({"field": "willing", "comparison": "=", "value": False}, False, "no, no", "否，否"),
        ({"field": "hardship", "comparison": "=", "value": "illness"}, "illness",
         "serious illness, serious illness", "重大疾病，重大疾病"),
        ({"field": "willing", "comparison": "is_missing"}, None, "not known, ", "未知，"),
    ],
)  # fmt: skip
def test_figures_of_a_reason_are_said_in_the_language_of_the_sentence(given, value, en, zh):
    said = rp.ReviewReason(code="why", en="{value}, {limit}", zh="{value}，{limit}")
    rules = replace(RULES, reasons=(said,), rules=())
    rule = rp.ReviewRule(reason="why", effect="decline", **given)
    found = rp.Finding.of_rule(rules, rule, value)
    assert (found.text("en"), found.text("zh")) == (en, zh)
    assert (found.value, found.limit) == (value, rule.limit)


def test_the_opinion_says_usual_words_in_both_languages():
    record = opened(facts={"last_plan": "broken"})
    assert "上一方案的结果 已违约" in opinion(record, "zh")
    assert "How the last plan ended broken" in opinion(record)


def test_the_opinion_of_a_case_that_nothing_speaks_against():
    lines = opinion(opened())
    assert "Result of the review approved" in lines
    assert lines[lines.index("Findings") + 2].startswith("Nothing")
    assert "Against the result of the review." not in lines


def test_the_texts_are_in_both_languages():
    for key, (en, zh) in _TEXT.items():
        assert set(re.findall(r"\{\w+\}", en)) == set(re.findall(r"\{\w+\}", zh)), key
        assert en.isascii()
        assert not zh.isascii()
    assert set(get_args(Told)) <= set(_TEXT)


def test_facts_stand_in_the_file_in_chinese():
    words = {
        "evidence_payslip": "证明材料工资单的日期 2026年2月1日",
        "frequency": "还款频率 每月",
        "first_stub": "首期零头处理 短期",
    }
    rules = tuple(
        rp.ReviewRule(field=name, comparison="is_missing", reason="unwilling", effect="decline")
        for name in words
    )
    policy = rp.Policy.example("consumer-review")
    policy = replace(policy, review=replace(policy.review, rules=rules))
    loan = rp.Loan(
        principal="9000", annual_rate="0.1", original_term=24, elapsed=6, unpaid=18, next_due="2026-03-31"
    )
    asked = rp.Application(
        id="a", hardship="death", applied_on="2026-03-02", evidence={"payslip": "2026-02-01"}
    )
    seen = rp.review(asked, loan, rp.Household(net_income="2900"), policy, on="2026-03-05")
    record = rp.Record((seen,)).opinion(
        "refuse", rp.Relief(owed="9000"), role="reviewer", person="Li", at="2026-03-05T10:00:00+08:00"
    )
    lines = opinion(record, "zh")
    for line in words.values():
        assert line in lines


@pytest.mark.parametrize(
    ("income", "english", "chinese"),
    [
        ("2700", "(0.00 a month); more than 0.00 is needed", "（每月0.00）；须高于0.00"),
        ("1000", "short of its minimum living allowance before paying anything", "差额1700.00"),
    ],
)
def test_what_a_household_lacks_is_said_without_a_rule_that_it_already_keeps(income, english, chinese):
    loan = rp.Loan(
        principal="12000", annual_rate="0.12", original_term=36, elapsed=6, unpaid=30, next_due="2026-01-31"
    )
    home = rp.Household(net_income=income, costs={"rent": "700"})
    first = rp.propose(loan, home, rp.Policy.example("consumer")).reasons[0]
    assert first.text().endswith(english)
    assert first.text("zh").endswith(chinese)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_that_a_person_looks_at_it_is_no_reason_for_a_refusal(language):
    """A finding that is told but only sends the application to a person isn't a ground: another is needed."""
    asked = rp.Application(
        id="A-1",
        hardship="death",
        applied_on="2026-03-02",
        evidence={"identity_card": "2019-05-01", "payslip": "2026-02-01", "death_certificate": "2026-01-20"},
        days_past_due=120,
        broken_plans=0,
        willing=True,
    )
    loan = rp.Loan(
        principal="9000", annual_rate="0.10", original_term=24, elapsed=6, unpaid=18, next_due="2026-03-31",
        instalment="550.00",
    )  # fmt: skip
    home = rp.Household(net_income="2900", costs={"rent": "400", "food": "1200"})
    policy = rp.Policy.example("consumer-review")
    seen = rp.review(asked, loan, home, policy, on="2026-03-05")
    assert [(found.effect, found.internal) for found in seen.findings] == [("needs_person", False)]
    opinion = rp.Record((seen,)).opinion(
        "refuse", rp.Relief(owed="9000"), role="reviewer", person="Li", at="2026-03-05T10:00:00+08:00"
    )
    step = {"role": "team_lead", "person": "Wu", "at": "2026-03-06T09:00:00+08:00", "policy": policy}
    with pytest.raises(InputError) as caught:
        opinion.decide("refuse", **step)
    assert caught.value.code is Code.REASON_NEEDED
    letter = rp.explain(opinion.decide("refuse", reason="evidence_refuted", **step), language)
    why, also = {"en": ("The reasons:\n", "Also found:\n"), "zh": ("原因：\n", "另有发现：\n")}[language]
    reason = policy.review.reason("evidence_refuted").text(language)
    assert f"{why}- {reason}\n{also}- {seen.findings[0].text(language)}\n" in letter
