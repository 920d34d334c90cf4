"""Rules as text, of dataclasses with every kind of hint: exact both ways, or refused with line and key."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, localcontext
from typing import Any, Literal, Optional, Union

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repayplan import Code, InputError, PolicyError
from repayplan.basics.ruleshape import check_kinds, misfits, rules_in, shape
from repayplan.basics.ruletext import read_record, read_rules
from repayplan.basics.rulewriting import as_record, canonical, inline, write_rules
from repayplan.basics.tomlkeys import key_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Each:
    """So much for each person; refuses what is negative by a name of its own, as the rules do."""

    person: Decimal
    child: Decimal | None = None
    since: date | None = None

    def __post_init__(self):
        if self.person < 0:
            raise InputError(Code.NEGATIVE, "each.person", self.person, "0 or more", limit="0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    persons: tuple[Decimal, ...]
    further: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Greatest:
    greater_of: "tuple[Rule, ...]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    rule: "Rule"
    multiplier: Decimal = Decimal(1)


Rule = Union[Each, Table, Greatest, Times]  # noqa: UP007  # the classes name it before it is made


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """A comparison with a value of any kind."""

    __test__ = False

    field: str
    value: str | bool | int | Decimal | date | tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    name: str
    mode: Literal["plain", "strict", 3]
    open: bool = True
    cap: Literal["none"] | Decimal = Decimal(5)
    most: int | None = None
    pair: tuple[date, Decimal] | None = None
    bands: tuple[tuple[Decimal, Decimal], ...] = ()
    allowance: Rule
    by_region: Mapping[str, Rule] = field(default_factory=dict)
    words: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    tests: tuple[Test, ...] = ()
    mixed: Optional[tuple[Decimal | Each, ...]] = None  # noqa: UP045  # as people write it too
    serial: int = field(default=7, init=False)


NUMBER = st.decimals(-(10**6), 10**6, places=3) | st.sampled_from([Decimal("1E+5"), Decimal("-0.00")])
WHOLE = st.integers(-(10**20), 10**20)
POSITIVE = st.decimals(0, 10**6, places=3)
DAY = st.dates(date(1, 1, 1), date(9999, 12, 31))
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6) | st.sampled_from(
    ["1", "0.5", "true", "2026-01-31", "none", "\x7f\r\n"]
)
EACH = st.builds(Each, person=POSITIVE, child=st.none() | NUMBER, since=st.none() | DAY)
RULE = st.recursive(
    EACH | st.builds(Table, persons=st.lists(NUMBER, max_size=3).map(tuple), further=NUMBER),
    lambda inner: (
        st.builds(Greatest, greater_of=st.lists(inner, max_size=3).map(tuple))
        | st.builds(Times, rule=inner, multiplier=NUMBER)
    ),
    max_leaves=5,
)
VALUE = TEXT | st.booleans() | WHOLE | NUMBER | DAY | st.lists(TEXT, max_size=2).map(tuple)
PROGRAMME = st.builds(
    Programme,
    name=TEXT,
    mode=st.sampled_from(["plain", "strict", 3]),
    open=st.booleans(),
    cap=st.just("none") | NUMBER,
    most=st.none() | WHOLE,
    pair=st.none() | st.tuples(DAY, NUMBER),
    bands=st.lists(st.tuples(NUMBER, NUMBER), max_size=2).map(tuple),
    allowance=RULE,
    by_region=st.dictionaries(TEXT, RULE, max_size=2),
    words=st.dictionaries(TEXT, st.lists(WHOLE, max_size=2).map(tuple), max_size=2),
    tests=st.lists(st.builds(Test, field=TEXT, value=VALUE), max_size=3).map(tuple),
    mixed=st.none() | st.lists(NUMBER | EACH, max_size=3).map(tuple),
)


def kinds(value):
    """A value with the kind of each part of it: True isn't 1 here, nor 1 Decimal("1.0")."""
    if isinstance(value, Mapping):
        return {key: kinds(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [kinds(item) for item in value]
    if hasattr(value, "__dataclass_fields__"):
        return type(value), [kinds(getattr(value, name)) for name in value.__dataclass_fields__]
    return type(value), value


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    up_to: int | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiers:
    """Refuses one entry of a list, by its place and its key, as the policy's rules do."""

    tiers: tuple[Tier, ...]
    wrong: str

    def __post_init__(self):
        raise InputError(Code.OUT_OF_RANGE, self.wrong)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiered:
    t: Tiers


@pytest.mark.parametrize(
    ("wrong", "key", "line"),
    [
        ("tiers", "t.tiers", 3),
        ("tiers[0].up_to", "t.tiers[0].up_to", 4),
        ("limit.tiers[1].names[1]", "t.tiers[1].names[1]", 9),
        ("tiers[2].up_to", "t.tiers[2].up_to", 12),  # not there: where the entry is
        ("tiers[1].name", "t", 1),  # no such key
        ("tiers[1][0]", "t", 1),
        ("elsewhere[0]", "t", 1),
    ],
)
def test_an_entry_of_a_list_is_found_by_its_place(wrong, key, line):
    text = f"""[t]
wrong = "{wrong}"
[[t.tiers]]
up_to = 12
[[t.tiers]]
up_to = 6
names = [
  "a",
  "b",
]

[[t.tiers]]
names = []
"""
    with pytest.raises(PolicyError) as caught:
        read_rules(Tiered, text, source="x.toml")
    assert (caught.value.field, caught.value.line) == (key, line)


@given(PROGRAMME)
def test_text_gives_the_rule_back(programme):
    with localcontext() as context:
        context.prec = 2
        text = write_rules(programme)
        again = read_rules(Programme, text, source="x")
    assert kinds(again) == kinds(programme)
    assert write_rules(again) == text
    assert canonical(again) == canonical(programme)


@given(PROGRAMME, PROGRAMME)
def test_canonical_text_is_equal_for_equal_rules_only(one, other):
    assert (canonical(one) == canonical(other)) == (kinds(one) == kinds(other))


@given(st.builds(Times, rule=RULE, multiplier=NUMBER))
def test_json_gives_the_rule_back(rule):
    record = as_record(rule)
    assert kinds(read_record(Times, json.dumps(record), source="a")) == kinds(rule)
    assert as_record(read_record(Times, json.dumps(record, indent=3), source="a")) == record


def test_json_leaves_out_what_is_as_by_default():
    rule = Times(rule=Each(person=Decimal("1.50"), child=None))
    assert as_record(rule) == {"rule": {"person": "1.5"}}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"person": 1', "not JSON"),
        ('{"person": 1, "person": 2}', 'the key "person" is there twice'),
        ('[{"person": 1}]', "one object is needed"),
        ("[" * 100_000, "too deep"),
        ('{"person": NaN}', "a number is needed"),
        ('{"person": 1, "child": "x"}', "a number is needed"),
        ('{"persons": 1}', "no such key"),
    ],
)
def test_what_isnt_json_of_the_rule_is_refused(text, words):
    with pytest.raises(PolicyError, match=words) as caught:
        read_record(Each, text, source="a.json")
    assert str(caught.value).startswith("a.json: ")


def test_json_doesnt_say_what_could_be_text():
    with pytest.raises(TypeError):
        as_record(Test(field="a", value=Decimal("1.5")))


@pytest.mark.parametrize(
    ("one", "other"), [("1.5", Decimal("1.5")), (1, Decimal(1)), (True, 1), ("2026-01-31", date(2026, 1, 31))]
)
def test_values_of_two_kinds_are_two_values(one, other):
    first, second = Test(field="x", value=one), Test(field="x", value=other)
    assert canonical(first) != canonical(second)
    for test in (first, second):
        assert kinds(read_rules(Test, write_rules(test), source="x")) == kinds(test)


def test_nothing_is_nothing_whatever_its_sign():
    zeros = [Test(field="x", value=Decimal(zero)) for zero in ("0", "-0", "-0.00", "0E+5")]
    assert len({canonical(test) for test in zeros}) == 1
    assert len({write_rules(test) for test in zeros}) == 1


START = 'name = "x"\nmode = "plain"\n'
PERSON = "allowance = { person = 5 }\n"


def read(text):
    return read_rules(Programme, text, source="rules.toml")


@pytest.mark.parametrize(
    ("table", "made"),
    [
        ("{ person = 5 }", Each(person=Decimal(5))),
        ('{ person = "5.10", since = 2026-01-31 }', Each(person=Decimal("5.1"), since=date(2026, 1, 31))),
        ('{ since = "2026-01-31", person = 0.1 }', Each(person=Decimal("0.1"), since=date(2026, 1, 31))),
        ("{ persons = [1, 2.5], further = 3 }", Table(persons=(1, Decimal("2.5")), further=3)),
        (
            "{ greater_of = [{ person = 1 }, { multiplier = 2, rule = { person = 3 } }] }",
            Greatest(
                greater_of=(
                    Each(person=Decimal(1)),
                    Times(rule=Each(person=Decimal(3)), multiplier=Decimal(2)),
                )
            ),
        ),
    ],
)
def test_the_keys_of_a_table_choose_its_form(table, made):
    assert read(f"{START}allowance = {table}").allowance == made


@dataclass(frozen=True, kw_only=True)
class Short:
    a: int


@dataclass(frozen=True, kw_only=True)
class Long:
    a: int
    b: int | None = None


@dataclass(frozen=True, kw_only=True)
class Holder:
    holds: Short | Long


# What is wrong, its line, key, code, and some words of the rule.
FAULTS = [
    (f"{START}", 1, "allowance", Code.MISSING, "this key is needed"),
    (f"{START}{PERSON}x = 1", 4, "x", Code.UNKNOWN_VALUE, "no such key; there are name, mode, open, cap"),
    (f"{START}{PERSON}serial = 1", 4, "serial", Code.UNKNOWN_VALUE, "no such key"),
    (f"{START}\n[allowance]\nperson = -1", 5, "allowance.person", Code.NEGATIVE, "0 or more"),
    (f"{START}\n[allowance]\nchild = 1", 4, "allowance.person", Code.MISSING, "this key is needed"),
    (f"{START}\n[allowance]\nadult = 1", 5, "allowance.adult", Code.UNKNOWN_VALUE, "or greater_of; or rule,"),
    (
        f"{START}allowance = {{ person = 1, further = 1 }}",
        3,
        "allowance",
        Code.UNKNOWN_VALUE,
        "no form has just these keys; there are person",
    ),
    (
        f"{START}[allowance]\ngreater_of = [\n {{ person = 1 }},\n {{ person = 'many' }},\n]",
        6,
        "allowance.greater_of[1].person",
        Code.UNKNOWN_VALUE,
        "a number is needed here",
    ),
    (
        f"{START}[[allowance.greater_of]]\nperson = 1\n[[allowance.greater_of]]\nperson = -1",
        6,
        "allowance.greater_of[1].person",
        Code.NEGATIVE,
        "0 or more",
    ),
    (f"{START}allowance = 5", 3, "allowance", Code.UNKNOWN_VALUE, "a table is needed here"),
    (f"{START}allowance = [5]", 3, "allowance", Code.UNKNOWN_VALUE, "a table is needed here"),
    (f"{START}{PERSON}open = 1", 4, "open", Code.UNKNOWN_VALUE, "true or false"),
    (f"{START}{PERSON}most = true", 4, "most", Code.UNKNOWN_VALUE, "a whole number"),
    (f"{START}{PERSON}most = 2.0", 4, "most", Code.UNKNOWN_VALUE, "a whole number"),
    (f"{START}{PERSON}most = '2'", 4, "most", Code.UNKNOWN_VALUE, "a whole number"),
    (f"{START}{PERSON}cap = 'many'", 4, "cap", Code.UNKNOWN_VALUE, "one of none or a number"),
    (f"{START}{PERSON}cap = true", 4, "cap", Code.UNKNOWN_VALUE, "one of none or a number"),
    (f"{START}{PERSON}cap = nan", 4, "cap", Code.UNKNOWN_VALUE, "a number"),
    (f"{START}{PERSON}cap = 1e9999999999999999999", 4, "cap", Code.UNKNOWN_VALUE, "a number"),
    (f"{START.replace('plain', 'plan')}{PERSON}", 2, "mode", Code.UNKNOWN_VALUE, "one of plain, strict, 3"),
    (f"name = 'x'\nmode = 3.0\n{PERSON}", 2, "mode", Code.UNKNOWN_VALUE, "one of plain, strict, 3"),
    (f"{START}{PERSON}bands = [[1, 2], [3]]", 4, "bands[1]", Code.UNKNOWN_VALUE, "2 in a list"),
    (f"{START}{PERSON}bands = [\n[1, 2],\n[3, 'x']]", 6, "bands[1][1]", Code.UNKNOWN_VALUE, "a number"),
    (f"{START}{PERSON}bands = 5", 4, "bands", Code.UNKNOWN_VALUE, "a list is needed here"),
    (f"{START}{PERSON}pair = [20260131, 1]", 4, "pair[0]", Code.UNKNOWN_VALUE, "a date, YYYY-MM-DD"),
    (f"{START}{PERSON}pair = [2026-01-31 10:00:00, 1]", 4, "pair[0]", Code.UNKNOWN_VALUE, "a date"),
    (f"{START}{PERSON}mixed = [1, {{}}]", 4, "mixed[1].person", Code.MISSING, "this key is needed"),
    (f"{START}{PERSON}[words]\n'a.b' = [1]\nc = 'x'", 6, "words.c", Code.UNKNOWN_VALUE, "a list"),
    (f"{START}{PERSON}[by_region.'CN.SH']\nperson = -1", 5, 'by_region."CN.SH".person', Code.NEGATIVE, "0"),
    (f"{START}{PERSON}by_region = 5", 4, "by_region", Code.UNKNOWN_VALUE, "a table"),
    (f"{START}{PERSON}[[tests]]\nfield = 'x'", 4, "tests[0].value", Code.MISSING, "needed"),
    (
        f"{START}{PERSON}tests = [{{ field = 'x', value = inf }}]",
        4,
        "tests[0].value",
        Code.UNKNOWN_VALUE,
        "text",
    ),
    ("a = 1\nb = = 2", 2, "rules.toml", Code.UNKNOWN_VALUE, "not TOML"),
    ("a = 1\nb = [", 2, "rules.toml", Code.UNKNOWN_VALUE, "not TOML"),
    ("a = 1\na = 2", 2, "rules.toml", Code.UNKNOWN_VALUE, "not TOML"),
]


@pytest.mark.parametrize(("text", "line", "key", "code", "words"), FAULTS)
def test_a_fault_names_line_and_key(text, line, key, code, words):
    with pytest.raises(PolicyError) as caught:
        read(text)
    error = caught.value
    assert (error.line, error.field, error.code) == (line, key, code)
    assert error.source == "rules.toml"
    assert words in error.rule
    assert str(error).startswith(f"rules.toml:{line}: ")
    assert str(error).endswith(f"{error.rule} [{code}]")


def test_a_value_is_shown_as_the_text_has_it():
    with pytest.raises(PolicyError) as caught:
        read(f"{START}[allowance]\nperson = '-5.10'")
    assert str(caught.value) == 'rules.toml:4: allowance.person = "-5.10": 0 or more [negative]'
    assert (caught.value.value, caught.value.limit) == ("-5.10", "0")
    with pytest.raises(PolicyError) as caught:
        read(f"{START}{PERSON}most = '{'9' * 200}'")
    assert len(str(caught.value)) < 200
    assert caught.value.value == "9" * 200


def test_several_forms_that_fit_are_refused():
    assert read_rules(Holder, "holds = { a = 1, b = 2 }", source="x").holds == Long(a=1, b=2)
    with pytest.raises(
        PolicyError, match="several forms have these keys; there are a; or a, \\[b\\]"
    ) as caught:
        read_rules(Holder, "\nholds = { a = 1 }", source="x")
    assert (caught.value.field, caught.value.line, caught.value.code) == ("holds", 2, Code.UNKNOWN_VALUE)


def test_a_number_of_thousands_of_digits_is_refused():
    with pytest.raises(PolicyError, match=r"^x: not TOML: ") as caught:
        read_rules(Programme, f"{START}{PERSON}most = {'9' * 5000}", source="x")
    assert caught.value.line is None


@pytest.mark.parametrize("text", ["x = " + "[" * 5000 + "]" * 5000, "x." * 5000 + "y = 1"])
def test_what_stands_too_deep_is_refused(text):
    with pytest.raises(PolicyError) as caught:
        read_rules(Programme, text, source="x")
    assert caught.value.field in ("x", "x.x")


@dataclass(frozen=True, kw_only=True)
class Careless:
    """Counts on a number, and checks nothing."""

    months: int
    name: str = ""

    def __post_init__(self):
        if self.months < 0:
            raise InputError(Code.NEGATIVE, "months", self.months)


def test_a_dataclass_that_trips_over_a_value_does_not_hide_what_is_wrong():
    with pytest.raises(PolicyError) as caught:
        read_rules(Careless, "name = 'x'\nmonths = '6'", source="x")
    assert (caught.value.field, caught.value.line) == ("months", 2)
    with pytest.raises(PolicyError) as caught:
        read_rules(Careless, "months = 6\nname = 5", source="x")
    assert (caught.value.field, caught.value.line) == ("name", 2)


@dataclass(frozen=True, kw_only=True)
class Broken:
    months: int

    def __post_init__(self):
        raise TypeError("a fault of the program")


@dataclass(frozen=True, kw_only=True)
class Lost:
    """None can't be written, since a text without the key means 6."""

    cap: int | None = 6


@dataclass(frozen=True, kw_only=True)
class Whole:
    """Holds a rule against what is beside it, and names what is inside."""

    inner: Lost
    most: int
    cap: int = 0

    def __post_init__(self):
        if self.inner.cap > self.most:
            raise InputError(Code.OUT_OF_RANGE, "inner.cap", self.inner.cap, "at most most")


@pytest.mark.parametrize(
    ("text", "line"), [("most = 5\ncap = 7\n[inner]\ncap = 7", 4), ("most = 5\n[inner]\n", 2)]
)
def test_a_fault_of_a_rule_inside_is_named_where_it_stands_or_should(text, line):
    with pytest.raises(PolicyError) as caught:
        read_rules(Whole, text, source="x")
    assert (caught.value.field, caught.value.line) == ("inner.cap", line)


def test_a_fault_of_the_program_is_not_blamed_on_the_text():
    with pytest.raises(TypeError, match="of the program"):
        read_rules(Broken, "months = 6", source="x")


TWO_LISTS = tuple[int, ...] | tuple[str, ...]


@pytest.mark.parametrize(
    "hint",
    [float, Any, list[int], dict[str, int], Mapping[int, str], TWO_LISTS, Each | Mapping[str, int]],
)
def test_a_hint_that_no_text_can_follow_is_a_fault_of_the_program(hint):
    with pytest.raises(TypeError):
        shape(hint)


def test_a_value_that_no_text_has_is_a_fault_of_the_program():
    with pytest.raises(TypeError, match=r"0\.5"):
        write_rules(Careless(months=0.5))
    with pytest.raises(TypeError, match="datetime"):
        write_rules(Test(field="x", value=datetime(2026, 1, 31)))  # noqa: DTZ001
    with pytest.raises(TypeError, match=r"Lost\.cap"):
        write_rules(Lost(cap=None))


def test_kinds_are_checked_in_python_too():
    made = Programme(name="x", mode=3, allowance=Each(person=Decimal(1)))
    check_kinds(made)
    for change, key, code in [
        ({"name": None}, "programme.name", Code.MISSING),
        ({"open": 1}, "programme.open", Code.UNKNOWN_VALUE),
        ({"bands": ((Decimal(1), 2),)}, "programme.bands[0][1]", Code.UNKNOWN_VALUE),
        ({"bands": [[Decimal(1), 2]]}, "programme.bands[0][1]", Code.UNKNOWN_VALUE),
        ({"words": {5: ()}}, "programme.words", Code.UNKNOWN_VALUE),
        ({"by_region": {"a.b": 5}}, 'programme.by_region."a.b"', Code.UNKNOWN_VALUE),
        ({"allowance": Holder(holds=Short(a=1))}, "programme.allowance", Code.UNKNOWN_VALUE),
    ]:
        values = {"name": "x", "mode": 3, "allowance": made.allowance, **change}
        with pytest.raises(PolicyError) as caught:
            check_kinds(Programme(**values), "programme.")
        assert (caught.value.field, caught.value.code) == (key, code)
        assert caught.value.line is None
    listed = Programme(name="x", mode=3, allowance=made.allowance, bands=[[Decimal(1), Decimal(2)]])
    check_kinds(listed)
    assert listed.bands == ((1, 2),)


def test_every_rule_in_a_rule_is_found():
    assert set(rules_in(Programme)) == {Programme, Each, Table, Greatest, Times, Test}


@given(PROGRAMME)
def test_what_fits_has_no_misfit(programme):
    assert list(misfits(Programme, programme)) == []


@given(VALUE | st.lists(VALUE, max_size=2) | st.dictionaries(TEXT, VALUE, max_size=2))
def test_a_value_on_one_line_is_toml(value):
    assert "\n" not in inline(value)
    assert "x" in tomllib.loads(f"x = {inline(value)}")
    assert tomllib.loads(f"x = {{ {key_text('a b')} = {inline(value)} }}")
