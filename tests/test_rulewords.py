"""What rules say for people: every field with its meaning in both languages, and every difference."""

import re
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given

from repayplan import Code, InputError, Policy
from repayplan.basics.ruleshape import hints_of, rules_in, shape
from repayplan.basics.rulewords import UNITS, Meaning, changes, describe
from repayplan.basics.tomlkeys import dotted
from repayplan.offers.facts import FACTS, NUMBERS
from repayplan.offers.meanings import MEANINGS
from test_policy import POLICY
from test_policy import TEXT as POLICY_TEXT
from test_ruletext import PROGRAMME, Each, Greatest, Programme, Table, Times

WORDS = {
    f"{rule.__name__}.{name}": Meaning(f"the {name}", f"项目{name}", "amount" if name == "person" else "")
    for rule in rules_in(Programme)
    for name in hints_of(rule)
}
PLAIN = Programme(name="x", mode="plain", allowance=Each(person=Decimal(1)))


def test_every_field_of_a_policy_has_its_meaning_and_no_other():
    found = [f"{rule.__name__}.{name}" for rule in rules_in(Policy) for name in hints_of(rule)]
    assert [name for name in found if name not in MEANINGS] == []
    assert [name for name in MEANINGS if name not in found] == []
    assert len(set(found)) == len(found)


def chinese(text):
    return any("\u4e00" <= char <= "\u9fff" for char in text)


def test_meanings_are_in_both_languages():
    for name, meaning in MEANINGS.items():
        assert (meaning.text("en"), meaning.text("zh")) == (meaning.en, meaning.zh)
        assert not chinese(meaning.en), name
        assert chinese(meaning.zh), name
        assert "\n" not in meaning.en + meaning.zh


def test_every_number_of_a_policy_has_a_unit():
    for rule in rules_in(Policy):
        for name, hint in hints_of(rule).items():
            numbers = {Decimal, int} & {*shape(hint).leaves, *(shape(hint).items or ())}
            if name == "value":  # what a fact is compared with: what it counts depends on the fact
                continue
            assert bool(MEANINGS[f"{rule.__name__}.{name}"].unit) == bool(numbers), name
    used = {UNITS[meaning.unit][0] for meaning in MEANINGS.values()}
    assert used | {fact.unit("en") for fact in FACTS.values()} == {en for en, _ in UNITS.values()}
    for fact in FACTS.values():
        assert bool(fact.unit("en")) == bool(fact.unit("zh")) == (fact.kind in NUMBERS)


def test_every_word_that_a_field_may_be_is_explained():
    for rule in rules_in(Policy):
        for name, hint in hints_of(rule).items():
            meaning = MEANINGS[f"{rule.__name__}.{name}"]
            if "同上" in meaning.zh:  # the words of the field before
                continue
            missing = [word for word in shape(hint).words if word not in meaning.zh]
            assert missing == [], name


ROW = re.compile(r" \| ")  # a bar in a cell has a backslash before it, even after a space


def described(text):
    """The cells of each row below a heading, by the first."""
    rows = [ROW.split(line[2:-2]) for line in text.splitlines() if line.startswith("| ")]
    return {row[0]: row[1:] for row in rows if row[0] not in ("key", "项目", "---")}


@pytest.mark.parametrize("language", ["en", "zh"])
@given(POLICY)
def test_a_policy_is_described_field_by_field(language, policy):
    rows = described(policy.describe(language))
    for key, (_, unit, words) in rows.items():
        meaning = next(m for m in MEANINGS.values() if m.text(language) == words)
        assert unit == UNITS[meaning.unit][language == "zh"], key
    text = policy.describe(language)
    assert text.count("\n# ") == 0
    assert text.startswith("# ")
    expected = {
        f"{path}{name}"
        for path, rule in sections(policy)
        for name in hints_of(type(rule))
        if name not in ("source", "effective") and not holds_rules(getattr(rule, name))
    }
    assert set(rows) == expected


def sections(rule, path=""):
    """Each rule of a policy and what stands before the names of its fields."""
    yield path, rule
    for name in hints_of(type(rule)):
        value = getattr(rule, name)
        if hasattr(value, "__dataclass_fields__"):
            yield from sections(value, f"{path}{name}.")
        elif isinstance(value, tuple):
            for i, item in enumerate(value):
                if hasattr(item, "__dataclass_fields__"):
                    yield from sections(item, f"{path}{name}[{i}].")


def holds_rules(value):
    return hasattr(value, "__dataclass_fields__") or (
        isinstance(value, tuple) and any(hasattr(item, "__dataclass_fields__") for item in value)
    )


def test_values_are_said_in_the_language():
    policy = Policy.example("lending-club-demo")
    en, zh = described(policy.describe()), described(policy.describe("zh"))
    assert en["allowance.by_persons"][:2] == ["839, 1481, 1753, 2129", "currency units a month"]
    assert zh["allowance.by_persons"][:2] == ["839, 1481, 1753, 2129", "货币单位/月"]
    assert (en["allowance.child"][0], zh["allowance.child"][0]) == ("not set", "未设定")
    assert (
        "Source: IRS Collection Financial Standards, National Standards (from 2025-04-21)"
        in policy.describe()
    )
    assert "（规则另有注明的除外）" in policy.describe("zh")
    with pytest.raises(InputError) as caught:
        policy.describe("de")
    assert caught.value.code is Code.UNKNOWN_VALUE


def test_what_stands_beside_and_inside_rules_is_described():
    programme = replace(
        PLAIN,
        open=False,
        allowance=Greatest(
            greater_of=(Each(person=Decimal(1)), Times(rule=Table(persons=(), further=Decimal(2))))
        ),
        by_region={"a.b": Each(person=Decimal(3), since=date(2026, 1, 31))},
        bands=((Decimal(1), Decimal(2)),),
        mixed=(Decimal(4), Each(person=Decimal(5))),
        words={"w": (1, 2)},
    )
    text = describe(programme, "All", WORDS)
    rows = described(text)
    assert rows["open"][0] == "no"
    assert rows["bands"][0] == '[["1", "2"]]'
    assert rows["words"][0] == "{w = [1, 2]}"
    assert rows["mixed[0]"][0] == "4"
    assert rows["mixed[1].person"] == ["5", "currency units", "the person"]
    assert rows['by_region."a.b".since'][0] == "2026-01-31"
    assert rows["allowance.greater_of[1].rule.persons"][0] == "(empty)"
    assert "### `allowance.greater_of[1]`: the greater_of" in text
    assert "#### `allowance.greater_of[1].rule`: the rule" in text


@pytest.mark.parametrize(
    ("name", "shown"),
    [("a | b", r"a \| b"), ("a\nb", '"a\\nb"'), ("", '""'), (" a", '" a"'), ("中文", "中文")],
)
def test_no_text_breaks_the_table(name, shown):
    assert described(describe(replace(PLAIN, name=name), "x", WORDS))["name"][0] == shown
    found = changes(PLAIN, replace(PLAIN, name=name), WORDS)
    assert plain(found) == [("name", "x", name, "")]
    assert found.text().splitlines()[2] == f"| name | x | {shown} |  |"


def plain(found):
    return [(each.key, each.before, each.after, each.unit) for each in found]


@given(PROGRAMME, PROGRAMME)
def test_differences_are_all_that_is_between_two_rules(one, other):
    there, back = changes(one, other, WORDS), changes(other, one, WORDS)
    assert bool(there) == (one != other)
    assert {(c.key, repr(c.before), repr(c.after)) for c in there} == {
        (c.key, repr(c.after), repr(c.before)) for c in back
    }
    assert changes(one, one, WORDS) == ()
    for change in there:
        assert change.before != change.after
        assert any(held(one, key) == change.before for key in ways(one, change.key))


def ways(rule, key):
    """The paths of a rule that are written like a key."""
    return [path for path in every(rule) if dotted(path) == key] or [None]


def every(value, path=()):
    yield path
    if hasattr(value, "__dataclass_fields__"):
        inside = [(each.name, getattr(value, each.name)) for each in fields(value)]
    elif isinstance(value, dict):
        inside = value.items()
    else:
        inside = enumerate(value) if isinstance(value, tuple) else ()
    for key, item in inside:
        yield from every(item, (*path, key))


def held(value, path):
    """What a rule has at a path; None where it has nothing there."""
    if path is None:
        return None
    for key in path:
        value = getattr(value, key) if hasattr(value, "__dataclass_fields__") else value[key]
    return value


@given(POLICY, POLICY)
def test_policies_differ_where_their_fingerprints_do(one, other):
    assert bool(one.diff(other)) == (one.fingerprint != other.fingerprint)
    assert one.diff(Policy.loads(one.dumps())) == ()


def test_a_difference_has_key_values_and_unit():
    policy = Policy.loads(POLICY_TEXT)
    other = replace(
        policy,
        limit=replace(policy.limit, percent="25", max_total_months=60),
        arrears=replace(policy.arrears, penalty=replace(policy.arrears.penalty, waive_percent=100)),
        allowance=replace(policy.allowance, child="300"),
    )
    assert plain(policy.diff(other)) == [
        ("allowance.child", 250, 300, "amount_monthly"),
        ("limit.percent", 50, 25, "percent"),
        ("limit.max_total_months", None, 60, "months"),
        ("arrears.penalty.waive_percent", 50, 100, "percent"),
    ]
    assert policy.diff(other).text("zh").splitlines()[0] == "| 项目 | 原值 | 新值 | 单位 |"
    assert "| limit.max_total_months | 未设定 | 60 | 个月 |" in policy.diff(other).text("zh")
    assert str(policy.diff(policy)) == "no differences"


def test_another_form_is_one_change():
    other = replace(PLAIN, allowance=Table(persons=(Decimal(1),), further=Decimal(2)))
    assert plain(changes(PLAIN, other, WORDS)) == [("allowance", PLAIN.allowance, other.allowance, "")]
    assert (
        '| allowance | {person = "1"} | {persons = ["1"], further = "2"} |  |'
        in changes(PLAIN, other, WORDS).text()
    )


def test_only_rules_of_one_kind_are_compared():
    with pytest.raises(TypeError, match="Programme"):
        changes(PLAIN, PLAIN.allowance, WORDS)
