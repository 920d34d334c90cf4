"""The rules of a review as values: what can't be meant is refused, and TOML gives them back."""

from dataclasses import replace
from datetime import date
from decimal import Decimal, localcontext
from importlib.resources import files

import numpy as np
import pytest

import repayplan as rp
from repayplan import Code, Condition, InputError, Policy, PolicyError
from repayplan.basics.columns import Screen
from repayplan.basics.ruletext import read_rules
from repayplan.basics.rulewriting import canonical, write_rules
from repayplan.offers.factcolumn import Column
from repayplan.offers.facts import FACTS

POLICY = Policy.example("consumer-review")
RULES = POLICY.review
UNWILLING, UNWILLING_ZH = 'en = "there is no willingness to pay"', 'zh = "没有还款意愿"'
TEXT = files("repayplan.data").joinpath("consumer-review.toml").read_text(encoding="utf-8")


# Conditions


@pytest.mark.parametrize(
    ("given", "kind", "value"),
    [
        ({"field": "days_past_due", "value": "90.0"}, "count", 90),
        ({"field": "owed", "value": Decimal("1E+3")}, "money", 1000),
        ({"field": "surplus", "value": "-0.00"}, "money", 0),
        ({"field": "applied_on", "value": date(2026, 1, 31)}, "date", date(2026, 1, 31)),
        ({"field": "applied_on", "value": "2026-01-31"}, "date", date(2026, 1, 31)),
        ({"field": "willing", "value": True}, "flag", True),
        ({"field": "willing", "value": "false"}, "flag", False),
        ({"field": "last_plan", "value": " broken "}, "text", "broken"),
        ({"field": "income_difference", "value": "0.1000000"}, "share", Decimal("0.1")),
        # Of facts that are named by what they are about.
        ({"field": "cost_rent", "value": "700.50"}, "money", Decimal("700.5")),
        ({"field": "children_0_to_5", "value": 1}, "count", 1),
        ({"field": "evidence_payslip", "value": "2026-01-31"}, "date", date(2026, 1, 31)),
        # Of a column of one's own it is what is said.
        ({"field": "score", "value": 5, "kind": "number"}, "number", 5),
        ({"field": "score", "value": Decimal("0.50"), "kind": "number"}, "number", Decimal("0.5")),
        ({"field": "score", "value": "5", "kind": "text"}, "text", "5"),
        ({"field": "score", "value": "5", "kind": "count"}, "count", 5),
        ({"field": "employed", "value": False, "kind": "flag"}, "flag", False),
    ],
)
def test_a_value_is_kept_the_same_for_equal_values(given, kind, value):
    condition = Condition(comparison="=", **given)
    assert (condition.kind, condition.value, type(condition.value)) == (kind, value, type(value))
    assert condition.limit == (str(value).lower() if kind == "flag" else str(value))
    assert replace(condition) == condition


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"field": 5}, Code.UNKNOWN_VALUE, "condition.field"),
        ({"comparison": "=="}, Code.UNKNOWN_VALUE, "condition.comparison"),
        ({"value": ""}, Code.MISSING, "condition.value"),
        ({"value": None}, Code.MISSING, "condition.value"),
        ({"comparison": "is_missing"}, Code.UNKNOWN_VALUE, "condition.value"),
        ({"value": ("1",)}, Code.UNKNOWN_VALUE, "condition.value"),
        ({"comparison": "in"}, Code.UNKNOWN_VALUE, "condition.value"),
        ({"comparison": "in", "value": ()}, Code.MISSING, "condition.value"),
        ({"comparison": "in", "value": ["1", "many"]}, Code.NOT_A_NUMBER, "condition.value[1]"),
        ({"comparison": "between", "value": ["1"]}, Code.UNKNOWN_VALUE, "condition.value"),
        ({"comparison": "between", "value": ["2", "1"]}, Code.OUT_OF_RANGE, "condition.value"),
        ({"field": "days_pst_due"}, Code.UNKNOWN_VALUE, "condition.field"),
        ({"field": "cost_"}, Code.UNKNOWN_VALUE, "condition.field"),
        ({"value": "soon"}, Code.NOT_A_NUMBER, "condition.value"),
        ({"value": 0.5}, Code.NOT_A_NUMBER, "condition.value"),
        ({"value": True}, Code.NOT_A_NUMBER, "condition.value"),
        ({"value": "nan"}, Code.NOT_A_NUMBER, "condition.value"),
        ({"value": "1e999"}, Code.NOT_A_NUMBER, "condition.value"),
        ({"value": "1" * 101}, Code.NOT_A_NUMBER, "condition.value"),
        ({"value": "1", "kind": "text"}, Code.UNKNOWN_VALUE, "condition.kind"),
        ({"field": "x", "kind": "share"}, Code.UNKNOWN_VALUE, "condition.kind"),
        ({"field": "last_plan", "comparison": "<"}, Code.UNKNOWN_VALUE, "condition.comparison"),
        ({"field": "willing", "comparison": ">="}, Code.UNKNOWN_VALUE, "condition.comparison"),
        ({"field": "willing"}, Code.UNKNOWN_VALUE, "condition.value"),
        ({"field": "last_plan", "value": 5}, Code.UNKNOWN_VALUE, "condition.value"),
        ({"field": "applied_on", "value": "2026-02-30"}, Code.NOT_A_DATE, "condition.value"),
        ({"field": "income_difference", "value": "0.0000001"}, Code.NOT_WHOLE_UNITS, "condition.value"),
        ({"other": "unpaid"}, Code.UNKNOWN_VALUE, "condition.value"),
        ({"other": "owed", "value": ""}, Code.UNKNOWN_VALUE, "condition.other"),
        ({"other": "unpiad", "value": ""}, Code.UNKNOWN_VALUE, "condition.other"),
        ({"other": 5, "value": ""}, Code.UNKNOWN_VALUE, "condition.other"),
        ({"other": "unpaid", "value": "", "comparison": "in"}, Code.UNKNOWN_VALUE, "condition.comparison"),
        (
            {"field": "income_difference", "other": "spending_to_allowance", "value": ""},
            *(Code.UNKNOWN_VALUE, "condition.other"),
        ),
        (
            {"field": "annual_rate", "other": "own", "kind": "rate", "value": ""},
            *(Code.UNKNOWN_VALUE, "condition.other"),
        ),
    ],
)
def test_a_condition_that_cannot_be_meant_is_refused(given, code, field):
    with pytest.raises(InputError) as caught:
        Condition(**{"field": "days_past_due", "comparison": "=", "value": "1"} | given)
    assert (caught.value.code, caught.value.field) == (code, field)


@pytest.mark.parametrize(
    ("field", "comparison", "value", "kind"),
    [
        ("days_past_due", ">", "3", None),
        ("score", "=", "-1.5", "number"),
        ("owed", ">=", "1000.01", None),
        ("willing", "=", "true", None),
        ("next_due", "<", "2026-01-01", None),
        ("region", "in", '["A", "B"]', None),
        ("tier", "not_in", "[1, 3]", "count"),
        ("annual_rate", "between", "[0.05, 0.1]", None),
        ("region", "=", '"3"', None),
    ],
)
def test_a_value_stands_in_toml_as_toml_has_it(field, comparison, value, kind):
    rule = f"""field = "{field}"\ncomparison = "{comparison}"\nvalue = {value}\n"""
    rule += f'kind = "{kind}"\n' if kind else ""
    read = read_rules(Condition, rule, source="a.toml")
    assert write_rules(read).startswith(rule.removesuffix("\n"))
    assert read_rules(Condition, write_rules(read), source="a.toml") == read
    # In quotes it is the same, and money and rates are no binary fractions on the way.
    quoted = rule.replace(value, f'"{value}"') if value[0] not in '["' else rule
    again = read_rules(Condition, quoted, source="a.toml")
    assert (again, canonical(again)) == (read, canonical(read))


def test_an_amount_in_quotes_is_the_same_amount():
    rule = 'field = "owed"\ncomparison = ">"\nvalue = {}\n'
    read = [read_rules(Condition, rule.format(v), source="a") for v in ('"1000.00"', "1000.00", "1000")]
    assert read[0] == read[1] == read[2]
    assert write_rules(read[0]).splitlines()[2] == "value = 1000"


def test_a_misspelt_fact_is_named_with_its_line_and_what_was_meant():
    wrong = TEXT.replace('field = "days_past_due"', 'field = "days_pst_due"', 1)
    line = next(i for i, each in enumerate(wrong.splitlines(), 1) if "days_pst_due" in each)
    with pytest.raises(PolicyError, match="is days_past_due or last_due meant") as caught:
        Policy.loads(wrong, source="a.toml")
    assert (caught.value.line, caught.value.field) == (line, "review.rules[3].field")


def test_what_a_condition_holds_against_is_said():
    some = Condition(field="last_plan", comparison="in", value=("broken", "returned"))
    within = Condition(field="days_past_due", comparison="between", value=("1", 90))
    assert (some.limit, within.limit) == ("broken, returned", "1 to 90")
    assert Condition(field="willing", comparison="is_missing").limit == ""


def test_an_amount_is_compared_in_the_decimals_of_each_row():
    units, decimals = np.array([1000, 1001, 10, 11, 10_001]), np.array([2, 2, 0, 0, 3])
    owed = Column.money(units, np.ones(5, np.bool_), decimals)
    for how, held in (
        (">", [False, True, False, True, True]),
        ("<=", [True, False, True, False, False]),
        ("=", [True, False, True, False, False]),
    ):
        assert Condition(field="owed", comparison=how, value="10").holds(owed)[0].tolist() == held
    halves = Condition(field="owed", comparison="<", value="10.005").holds(owed)[0]
    assert halves.tolist() == [True, False, True, False, True]
    # 10.001 lies between; 10.00 and 10.01 don't.
    within = Condition(field="owed", comparison="between", value=("10.0005", "10.0095")).holds(owed)[0]
    assert within.tolist() == [False, False, False, False, True]
    assert not Condition(field="owed", comparison="=", value="10.0005").holds(owed)[0].any()


def test_no_binary_fraction_stands_for_a_number():
    column = Column.read(Screen(3), "score", "number", np.array([0.1, 0.3, 0.7]), np.zeros(3, np.int64))
    held = Condition(field="score", comparison="<=", value="0.3", kind="number").holds(column)[0]
    assert held.tolist() == [True, True, False]


def test_the_ambient_decimal_context_does_not_matter():
    with localcontext() as context:
        context.prec = 3
        assert Condition(field="owed", comparison=">", value="123456.78").value == Decimal("123456.78")
        assert Policy.loads(TEXT) == POLICY


def test_the_names_of_facts_are_keys():
    assert all(name.isidentifier() and name == name.lower() for name in FACTS)


# The section of a policy


def test_toml_gives_the_section_back():
    again = Policy.loads(POLICY.dumps())
    assert (again, again.fingerprint) == (POLICY, POLICY.fingerprint)
    assert replace(POLICY, review=None).fingerprint != POLICY.fingerprint
    assert Policy.loads(replace(POLICY, review=None).dumps()).review is None


@pytest.mark.parametrize(
    ("old", "new", "key", "code"),
    [
        ('comparison = "<="', 'comparison = "=<"', "review.rules[0].comparison", Code.UNKNOWN_VALUE),
        ('reason = "too_late"', 'reason = "late"', "review.rules[3].reason", Code.UNKNOWN_VALUE),
        ('reason = "too_late"', 'reason = ""', "review.rules[3].reason", Code.MISSING),
        ('effect = "decline"', 'effect = "refuse"', "review.rules[0].effect", Code.UNKNOWN_VALUE),
        (
            'when_missing = "passes"',
            'when_missing = "pass"',
            "review.rules[6].when_missing",
            Code.UNKNOWN_VALUE,
        ),
        ('code = "unwilling"', 'code = "can_pay"', "review.reasons[2].code", Code.DUPLICATE),
        ('code = "unwilling"', 'code = "no_capacity"', "review.reasons[2].code", Code.DUPLICATE),
        (UNWILLING_ZH, 'zh = "没有还款意愿{value}"', "review.reasons[2].zh", Code.UNKNOWN_VALUE),
        (
            UNWILLING,
            'en = "{who} is unwilling"',
            "review.reasons[2].en",
            Code.UNKNOWN_VALUE,
        ),
        (UNWILLING, 'en = "{value:d}"', "review.reasons[2].en", Code.UNKNOWN_VALUE),
        (UNWILLING, 'en = "{value"', "review.reasons[2].en", Code.UNKNOWN_VALUE),
        (UNWILLING, 'en = " "', "review.reasons[2].en", Code.MISSING),
        (UNWILLING_ZH, 'zh = "没有还款意愿"\ninternal = true', "review.rules[2].effect", Code.UNKNOWN_VALUE),
        ("internal = true", 'internal = "yes"', "review.reasons[7].internal", Code.UNKNOWN_VALUE),
        (
            "reapply_after_days = 180",
            "reapply_after_days = -1",
            "review.reasons[3].reapply_after_days",
            Code.OUT_OF_RANGE,
        ),
        ("valid_days = 180", "valid_days = 1.5", "review.evidence[4].valid_days", Code.OUT_OF_RANGE),
        ('code = "payslip"', 'code = "bank_statement"', "review.evidence[2].code", Code.DUPLICATE),
        (
            'any_of = ["identity_card"]',
            'any_of = ["passport"]',
            "review.needs[0].any_of[0]",
            Code.UNKNOWN_VALUE,
        ),
        ('any_of = ["identity_card"]', "any_of = []", "review.needs[0].any_of", Code.MISSING),
        (
            'any_of = ["death_certificate"]',
            'any_of = ["obituary"]',
            "review.hardships[5].needs[0].any_of[0]",
            Code.UNKNOWN_VALUE,
        ),
        ('code = "illness"', 'code = "death"', "review.hardships[5].code", Code.DUPLICATE),
        ('largest_amount = "50000"', "", "review.authority[0].largest_amount", Code.MISSING),
        (
            'largest_amount = "50000"',
            'largest_amount = "all"',
            "review.authority[0].largest_amount",
            Code.OUT_OF_RANGE,
        ),
        (
            "longest_extension_months = 12",
            "longest_extension_months = true",
            "review.authority[0].longest_extension_months",
            Code.OUT_OF_RANGE,
        ),
        (
            'deepest_concession = "0.05"',
            'deepest_concession = "5"',
            "review.authority[0].deepest_concession",
            Code.OUT_OF_RANGE,
        ),
        ("may_override = false", "may_override = 0", "review.authority[0].may_override", Code.UNKNOWN_VALUE),
        ('role = "committee"', 'role = "team_lead"', "review.authority[2].role", Code.DUPLICATE),
        ('code = "exceptional_hardship"', 'code = "unwilling"', "review.overrides[0].code", Code.DUPLICATE),
        (
            "[[review.overrides]]",
            "[[review.overrides]]\ninternal = true",
            "review.overrides[0].internal",
            Code.UNKNOWN_VALUE,
        ),
        ("[review.letter]", "[review.letters]", "review.letters", Code.UNKNOWN_VALUE),
        ("reapply_after_days = 90", "", "review.letter.reapply_after_days", Code.MISSING),
        ("appeal = {", "appeals = {", "review.letter.appeals", Code.UNKNOWN_VALUE),
        ("rights = [", "rights = 5\nothers = [", "review.letter.others", Code.UNKNOWN_VALUE),
    ],
)
def test_what_cannot_be_meant_is_refused_with_file_and_key(old, new, key, code):
    assert old in TEXT
    with pytest.raises(PolicyError) as caught:
        Policy.loads(TEXT.replace(old, new, 1), source="mine.toml")
    assert (caught.value.field, caught.value.code) == (key, code)
    assert "mine.toml" in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        # An entry of a list of rules, of a list inside it, and of one that is written on several lines.
        ("value = 360", 'value = "many"', "review.rules[3].value"),
        ('reason = "too_late"', 'reason = "late"', "review.rules[3].reason"),
        ("reapply_after_days = 180", "reapply_after_days = -1", "review.reasons[3].reapply_after_days"),
        (
            'comparison = "=", value = "broken"',
            'comparison = "<", value = "broken"',
            "review.rules[6].only_if[0].comparison",
        ),
        ('any_of = ["medical_bill"]', 'any_of = ["medical_bil"]', "review.hardships[2].needs[1].any_of[0]"),
        ('role = "committee"', 'role = "team_lead"', "review.authority[2].role"),
        ("[91, 360]", "[91, 'x']", "review.rules[4].value[1]"),
        (
            'field = "last_plan", comparison = "=", value = "broken"',
            'field = "evidence_passport", comparison = "is_missing"',
            "review.rules[6].only_if[0].field",
        ),
        (
            'field = "surplus"\ncomparison = "<="\nvalue = 0',
            'field = "evidence_passport"\ncomparison = "is_missing"\nvalue = ""',
            "review.rules[1].field",
        ),
    ],
)
def test_a_fault_in_a_list_names_the_line_of_the_entry(old, new, key):
    wrong = TEXT.replace(old, new, 1)
    with pytest.raises(PolicyError) as caught:
        Policy.loads(wrong, source="mine.toml")
    lines = zip(TEXT.splitlines(), wrong.splitlines(), strict=True)
    line = next(i for i, (before, after) in enumerate(lines, 1) if before != after)
    assert (caught.value.field, caught.value.line) == (key, line)
    assert str(caught.value).startswith(f"mine.toml:{line}: {key}")


@pytest.mark.parametrize(
    ("made", "field"),
    [
        (lambda: replace(RULES, letter=None), "letter"),
        (lambda: replace(RULES, rules=(5,)), "rules[0]"),
        (lambda: replace(RULES, rules="none"), "rules"),
        (lambda: replace(RULES.letter, appeal="write to us"), "letter.appeal"),
        (lambda: replace(RULES.rules[0], only_if=("x",)), "rules.only_if[0]"),
        (lambda: replace(RULES.hardships[0], needs=("payslip",)), "hardships.needs[0]"),
        (lambda: rp.Wording(en="yes", zh=None), "wording.zh"),
        (lambda: rp.Role(role="r", en="", zh="员"), "roles.en"),
    ],
)
def test_parts_of_the_wrong_class_are_refused(made, field):
    with pytest.raises(InputError) as caught:
        made()
    assert caught.value.field == field


def test_the_example_has_every_text_in_both_languages():
    texts = [*RULES.evidence, *RULES.hardships, *RULES.reasons, *RULES.reviewers, *RULES.authority]
    texts += [*RULES.overrides, *RULES.letter.rights, RULES.letter.appeal]
    for each in texts:
        assert any("\u4e00" <= char <= "\u9fff" for char in each.zh)
        assert each.en.isascii()
    assert {need.any_of for h in RULES.hardships for need in h.needs}
    assert all(hardship.needs for hardship in RULES.hardships)
    used = {code for h in RULES.hardships for need in h.needs for code in need.any_of}
    used |= {code for need in RULES.needs for code in need.any_of}
    assert used == {kind.code for kind in RULES.evidence}
    assert {rule.reason for rule in RULES.rules} == {reason.code for reason in RULES.reasons}
