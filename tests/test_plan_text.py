"""A plan's text is its repr read back; any other text is refused with a place and what was expected there."""

import doctest
import inspect
import time
import typing
from datetime import date
from decimal import Decimal, localcontext
from types import ModuleType

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from repayplan import (
    Code,
    InputError,
    Plan,
    Rate,
    bullet,
    col,
    custom,
    drawdown,
    equal_instalment,
    equal_principal,
    fixed_payment,
    flat,
    holiday,
    interest_only,
    minor,
)
from repayplan.basics.sizes import MAX_BRACKETS, MAX_PLAN, MAX_PLAN_NUMBER
from repayplan.plans.stagenames import CHINESE, LISTS, STAGES, UNCLEAR, stages_of
from repayplan.plans.text import parse_plan

# Plans of every stage, by the signatures of the stage functions

LENGTHS = st.integers(0, 4000)
DIGITS = st.from_regex(r"\A[0-9]{1,12}(\.[0-9]{1,8})?\Z")
COLUMNS = st.text(max_size=12).map(col)
AMOUNTS = st.one_of(st.integers(1, 10**18), DIGITS, DIGITS.map(Decimal), COLUMNS)


def choices(annotation):
    """Values of an argument, or None where the annotation doesn't say them."""
    if typing.get_origin(annotation) is typing.Literal:
        return st.sampled_from(typing.get_args(annotation))
    return AMOUNTS if annotation is typing.Any else None


@st.composite
def stage_plans(draw):
    """A plan of one stage; options that can't be guessed, or don't go together, are left out."""
    name = draw(st.sampled_from(sorted(STAGES)))
    made, hints = STAGES[name], typing.get_type_hints(STAGES[name])
    needed, options = {}, {}
    for parameter in inspect.signature(made).parameters.values():
        known = choices(hints[parameter.name])
        if parameter.name == "n":
            needed["n"] = draw(st.one_of(LENGTHS, COLUMNS))
        elif parameter.default is inspect.Parameter.empty:
            if known is None:
                return equal_instalment(1)  # the examples of its docstring are read back below
            needed[parameter.name] = draw(known)
        elif known is not None and draw(st.booleans()):
            options[parameter.name] = draw(known)
    try:
        return made(**needed, **options)
    except (InputError, TypeError):
        pass
    try:
        return made(**needed)
    except (InputError, TypeError):
        return equal_instalment(2)


def joined(parts):
    plan = parts[0]
    for part in parts[1:]:
        try:
            plan = plan + part
        except InputError:  # nothing follows a bullet
            return plan
    return plan


PLANS = st.lists(stage_plans(), min_size=1, max_size=4).map(joined)


def rules(plan):
    return [(each.name, each.rule, each.option) for each in plan.stages]


@given(PLANS)
@example(holiday(3, interest="defer", repay="spread") + fixed_payment("500.00"))
@example(interest_only(col("it's")) + flat(col('"it\'s" \\ \n\x00\u200b\ud800\U0001f600')))
@example(equal_instalment(12, instalment=Decimal("1E+3")) + bullet(0, interest="compound"))
def test_what_a_plan_prints_is_read_back(plan):
    again = parse_plan(repr(plan))
    assert repr(again) == repr(plan)
    assert rules(again) == rules(plan)
    assert (again, hash(again)) == (plan, hash(plan))


@given(PLANS, PLANS)
def test_plans_that_print_differently_are_different(one, other):
    assert (one == other) >= (repr(one) == repr(other))
    assert len({one, other}) == 2 - (one == other)


@pytest.mark.parametrize(
    ("one", "same"),
    [
        (
            equal_instalment(12, instalment="500"),
            equal_instalment(np.int64(12), instalment=Decimal("500.00")),
        ),
        (holiday(until=date(2026, 1, 31), interest="waive"), holiday(until="2026-01-31", interest="waive")),
        (flat(col("n")), flat(col("n"))),
        (flat([3, 4]), flat(np.array([3, 4]))),
        (fixed_payment(np.array(["1.5", "2"])), fixed_payment((1.5, 2))),
        (interest_only(3, rate=Rate("0.01", per="month")) + flat(3), interest_only(3, rate="0.12") + flat(3)),
    ],
)
def test_plans_are_equal_where_they_say_the_same(one, same):
    assert (one, hash(one)) == (same, hash(same))


@pytest.mark.parametrize(
    "other",
    [
        equal_instalment(13, instalment="500"),
        equal_instalment(12, instalment="500.01"),
        equal_instalment(12, instalment=col("500")),
        equal_instalment(12, instalment=["500"]),
        equal_instalment(12, instalment="500", shortfall="capitalise"),
        equal_instalment(12, instalment="500", rate_change="keep"),
        equal_instalment(12, instalment="500", balloon="rest"),
        equal_instalment(12),
        "equal_instalment(12, instalment=500)",
    ],
)
def test_plans_that_say_something_else_are_not_equal(other):
    assert equal_instalment(12, instalment="500") != other


@pytest.mark.parametrize("name", sorted(STAGES))
def test_a_stage_is_read_like_the_examples_of_its_docstring(name):
    tried = 0
    for shown in doctest.DocTestParser().get_examples(STAGES[name].__doc__):
        want = " ".join(shown.want.split())
        if shown.source.startswith(tuple(STAGES)) and want.startswith(tuple(STAGES)) and "<" not in want:
            assert repr(parse_plan(shown.source)) == want
            tried += 1
    assert tried


def test_a_float_is_read_back_as_its_digits():
    plan = parse_plan(repr(equal_instalment(12, instalment=500.1)))
    assert repr(plan) == 'equal_instalment(12, instalment="500.1")'
    assert plan.stages[0].amount == Decimal("500.1")
    assert parse_plan(repr(fixed_payment(1e22))).stages[0].amount == Decimal("1e22")


@pytest.mark.parametrize("column", [np.array([3, 4]), [3, 4], (3, 4)], ids=["array", "list", "tuple"])
def test_a_plan_that_holds_a_column_of_numbers_is_told_to_name_it(column):
    text = repr(holiday(2, interest="waive") + equal_instalment(column))
    error = refused(text)
    assert text.endswith("equal_instalment(<column of 2>)")
    assert place(error) == text.index("<")
    assert 'name the column, col("name")' in error.rule


@pytest.mark.parametrize("units", [0, 5, 50_000, -3, 10**18])
def test_an_amount_in_minor_units_is_read_back_as_that(units):
    plan = drawdown(minor(units), on="2026-06-15") + equal_instalment(12, balloon=minor(units))
    assert f"balloon=minor({units})" in repr(plan)
    read = parse_plan(repr(plan))
    assert read == plan
    assert read != drawdown(units, on="2026-06-15") + equal_instalment(12, balloon=units)
    assert read.stages[0].balloon.units == units
    mixed = custom((minor(units), "3"))
    assert parse_plan(repr(mixed)) == mixed


def test_many_amounts_in_minor_units_are_a_column():
    plan = equal_instalment(12, instalment=minor([5, 6]))
    assert repr(plan) == "equal_instalment(12, instalment=<column of 2>)"


# What is read


VARIANTS = [
    "flat(3)+equal_principal(12)",
    "  flat ( 3 )\n\t+ equal_principal\u3000(12 , )  ",
    "(flat(3)) + ((equal_principal(12)))",
    "(flat(n=3) + equal_principal(n=12))",
    "flat((3)) + equal_principal(((12)))",
    "flat(03) + equal_principal(12)",
    "等本等息（3）＋等额本金（12）",
    "flat（n＝3）＋ 等额本金(12，)",
]


@pytest.mark.parametrize("text", VARIANTS)
def test_spaces_brackets_and_full_width_marks_make_no_difference(text):
    assert repr(parse_plan(text)) == "flat(3) + equal_principal(12)"


@pytest.mark.parametrize("quotes", ['""', "''", "“”", "‘’"])
def test_text_stands_in_quotes_of_any_kind(quotes):
    left, right = quotes
    text = f"holiday(3, interest={left}defer{right}, repay={left}last{right}) + flat(col({left}期数{right}))"
    assert repr(parse_plan(text)) == 'holiday(3, interest="defer", repay="last") + flat(col(\'期数\'))'


def test_marks_in_quotes_stay_as_they_are():
    assert parse_plan("flat(col('a（1）＋“b”'))").stages[0].length == col("a（1）＋“b”")


@pytest.mark.parametrize("name", sorted(CHINESE))
def test_a_chinese_name_is_its_stage(name):
    made = parse_plan(f"{name}(6)")
    assert repr(made) == repr(STAGES[CHINESE[name]](6))


def test_chinese_and_english_names_mix_with_options():
    text = 'holiday(3, interest="capitalise") + 先息后本(6) + 到期一次还本付息(12, interest="compound")'
    wanted = holiday(3, interest="capitalise") + interest_only(6) + bullet(12, interest="compound")
    assert repr(parse_plan(text)) == repr(wanted)


NUMBERS = {
    "12": 12,
    "0": 0,
    "-12": -12,
    "- 12": -12,
    "－12": -12,
    "0.1": Decimal("0.1"),
    "500.00": Decimal("500.00"),
    ".5": Decimal("0.5"),
    "5.": Decimal(5),
    "-0.30": Decimal("-0.30"),
    "1e3": Decimal("1E+3"),
    "2.5E-07": Decimal("0.00000025"),
    "True": True,
    "False": False,
    "None": None,
    '"500"': "500",
    "'a\\'b\\\\\\n\\x41\\u671f\\U0001f600'": "a'b\\\nA期😀",
    "col('x')": col("x"),
    "(1)": 1,
    "(1,)": (1,),
    "[1]": (1,),
    "(1, 2.0)": (1, Decimal("2.0")),
    '[(1), "2", (-3), None, col("x"),]': (1, "2", -3, None, col("x")),
}


@pytest.mark.parametrize("text", list(NUMBERS))
def test_a_value_is_read_exactly(text):
    if isinstance(NUMBERS[text], tuple):
        got = parse_plan(f"custom({text})").stages[0].pattern.amounts
    else:
        got = parse_plan(f"fixed_payment({text})").stages[0].amount
    assert got == NUMBERS[text]
    assert type(got) is type(NUMBERS[text])
    assert not isinstance(got, Decimal) or got.as_tuple() == NUMBERS[text].as_tuple()


def test_no_ambient_context_rounds_a_number():
    with localcontext() as context:
        context.prec = 3
        got = parse_plan("fixed_payment(-123456789.0123456789)").stages[0].amount
    assert str(got) == "-123456789.0123456789"


def test_a_group_of_stages_is_a_plan_of_its_own():
    text = "(holiday(2, interest='waive') + (interest_only(3) + flat(4)))"
    assert repr(parse_plan(text)) == 'holiday(2, interest="waive") + interest_only(3) + flat(4)'


def test_a_plan_that_ends_with_a_holiday_is_read_and_refused_where_it_is_used():
    plan = parse_plan("holiday(2, interest='waive')")
    with pytest.raises(InputError, match="ends with a stage that repays"):
        plan.check()


# Which functions are stages


def test_the_stages_are_the_public_functions_that_return_a_plan():
    known = {equal_instalment, equal_principal, interest_only, flat, bullet, fixed_payment, holiday}
    assert known <= set(STAGES.values())
    assert {name: made.__name__ for name, made in STAGES.items()} == {name: name for name in STAGES}
    assert not {"col", "dataclass"} & set(STAGES)
    assert set(CHINESE.values()) <= set(STAGES)


def test_a_function_added_to_the_module_is_a_stage():
    module = ModuleType("more")
    source = (
        "def balloon(n) -> 'Plan': ...\ndef _hidden(n) -> 'Plan': ...\n"
        "def other(n) -> int: ...\ndef plain(n): ...\ndef typed(n) -> Plan: ..."
    )
    exec(source, module.__dict__ | {"Plan": Plan, "__name__": "more"}, module.__dict__)  # noqa: S102
    assert list(stages_of(module)) == ["balloon", "typed"]


# What is refused


def refused(text):
    with pytest.raises(InputError) as caught:
        parse_plan(text)
    assert (caught.value.code, caught.value.field) == (Code.UNKNOWN_VALUE, "plan")
    assert caught.value.value == text
    return caught.value


def place(error):
    """Where the rule says that the text is wrong; the caret must stand there too."""
    said, line, caret = error.rule.rsplit("\n", 2)
    at = int(said.split(" at character ")[1].split(";")[0].split(" ")[0]) - 1
    columns = [char for char in line for _ in range(2 if ord(char) > 0x2E80 and char.isprintable() else 1)]
    above = columns[len(caret) - 1 : len(caret)]
    assert caret.strip(" ") == "^"
    assert above == [char if char.isprintable() else "?" for char in error.value[at : at + 1]]
    assert ("(the end)" in said) == (at == len(error.value))
    return at


# The text, the part of it that is wrong ("" is the end), what was expected, and the note.
FAULTS = [
    ("", "", "a stage, such as equal_instalment(...),", ""),
    ("flat(3) + ", "", "a stage, such as", ""),
    ("flat(3) flat(4)", "flat(4)", '"+" and another stage, or the end,', ""),
    ("(flat(3)))", ")", '"+" and another stage', ""),
    ("(flat(3)", "", '"+" or ")"', ""),
    ("3 + flat(3)", "3 + ", "a stage, such as", ""),
    ("flat", "", '"(" after flat', ""),
    ("等额本息 + flat(3)", "+", '"(" after 等额本息', ""),
    ("flat(3", "", '"," or ")"', ""),
    ("flat(3 4)", "4", '"," or ")"', ""),
    ("flat(,)", ",", "a value", ""),
    ("flat(", "", "a value", ""),
    ("flat([1, 2)", ")", '"," or "]"', ""),
    ("flat((1, 2)", "", '"," or ")"', ""),
    ("flat(--3)", "-3", 'a number after "-"', ""),
    ('flat(-"3")', '"3"', 'a number after "-"', ""),
    ("equal_installment(24)", "equal", "a stage", "did you mean equal_instalment?"),
    ("Equal_Principal(24)", "Equal", "a stage", "did you mean equal_principal?"),
    ("flat(3) + intrest_only(24)", "intrest", "a stage", "did you mean interest_only?"),
    ("等额本息还款(24)", "等额", "a stage", "did you mean 等额本息?"),
    ("annuity(24)", "annuity", "a stage", "there are equal_instalment, "),
    ("组合还款(24)", "组合", "a stage", "there are 等额本息, 等额本金, "),
    ("col('x')", "col", "a stage", "a value of a stage's arguments"),
    ("minor(3)", "minor", "a stage", "a value of a stage's arguments"),
    ("flat(minor)", ")", '"(" after minor', ""),
    ("flat(minor(1.5))", "1.5", "a whole number of minor units", ""),
    ("flat(minor('1'))", "'1'", "a whole number of minor units", ""),
    ("flat(minor(1000000000000000001))", "1000000000000000001", "a whole number of minor units", ""),
    ("宽限期(3) + flat(3)", "宽限期", "a stage", "write interest_only(n) where interest is still paid"),
    ("停息缓还(3) + flat(3)", "停息", "a stage", 'holiday(n, interest="waive") where none is charged'),
    ("holiday(3, interest=capitalise)", "capitalise", "a value", "text stands in quotes"),
    ("flat(nan)", "nan", "a value", "text stands in quotes"),
    ("flat(flat(3))", "flat(3)", "a value", "join them by +"),
    ("flat(等额本息(3))", "等额", "a value", "join them by +"),
    ("flat(col)", ")", '"(" after col', ""),
    ("flat(col(x))", "x", "the name of a column in quotes", ""),
    ("flat(col('x', 1))", ", 1", '")"', ""),
    ('fixed_payment("500)', '"', 'text with a closing "', ""),
    ("fixed_payment(“500')", "“", "text with a closing ”", ""),
    ('flat(col("a\\q"))', "\\", "text", "a backslash stands before"),
    ('flat(col("\\U00110000"))', "\\", "text", "a backslash stands before"),
    ("flat(24期)", "期", "nothing after the number 24", "no unit"),
    ("flat(12%)", "%", "nothing after the number 12", "no per cent sign"),
    ("flat(1_000)", "_", "nothing after the number 1", "no separators"),
    ("flat(1.2.3)", ".3", "nothing after the number 1.2", ""),
    ("flat(1e1000)", "0)", "nothing after the number 1e100", ""),
    ("flat(２４)", "２", "a stage, a value or a mark", "digits are written 0 to 9"),
    ("flat(3); import os", ";", "a stage, a value or a mark", "';' is not used here"),
    ("\ufeffflat(3)", "\ufeff", "a stage, a value or a mark", "U+FEFF is not used here"),
    ("flat(n=3, n=4)", "n=4", "n once", ""),
    ("flat(n=3, 4)", "4", "name=value, since a named argument stands before it,", ""),
    ("flat(3, months=4)", "months", "flat(n, *, interest='each', balloon=None, rate", "there is no months"),
    ("holiday(3, intrest='waive')", "intrest", "holiday(n=None, *, until=None, in", "did you mean interest?"),
    ("flat(3) + holiday(3)", "holiday", "holiday(n=None, *, until=None, interest", "missing a required"),
    ("flat()", "flat", "flat(n, *, interest='each', balloon=None, rate=None)", "missing a required"),
    ("fixed_payment(1,200)", "fixed", "fixed_payment(amount, *, merge_below=None", "too many positional"),
    ("flat([1, 2])", "[1, 2]", "one value for n of flat", "a value for each loan is a column"),
    ("flat(3) + fixed_payment(())", "())", "one value for amount of fixed_payment", "a value for each loan"),
    ("flat(3, rate=('0.1', '0.2'))", "rate=", "one value for rate of flat", 'col("name")'),
    ("holiday(3, interest=(1, [2]))", "interest=", "one value for interest of holiday", ""),
    ("custom((1, 2), balloon=[3])", "balloon", "one value for balloon of custom", ""),
    ("custom(((1, 2), (3, 4)))", "((1", "a plain list for amounts of custom", "a value for each loan"),
    ("seasonal(3, months=(1, (2, 3)))", "months", "a plain list for months of seasonal", ""),
    ("equal_instalment(1, 2)", "equal", "equal_instalment(n, *, instalment=None", "too many positional"),
]


@pytest.mark.parametrize(("text", "wrong", "expected", "note"), FAULTS, ids=[each[0] for each in FAULTS])
def test_a_fault_is_told_with_its_place_and_what_was_expected(text, wrong, expected, note):
    error = refused(text)
    assert place(error) == (text.rindex(wrong) if wrong else len(text))
    assert error.rule.startswith(f"expected {expected}")
    assert note in error.rule


@pytest.mark.parametrize("name", sorted(UNCLEAR))
def test_what_to_write_for_an_unclear_name_can_be_read(name):
    assert name not in CHINESE
    assert parse_plan('holiday(3, interest="waive") + interest_only(3)')
    assert "holiday(n, interest=" in refused(f"{name}(3)").rule


def test_a_long_text_is_shown_around_its_fault():
    text = "flat(3) + " * 40 + "!\n\x1b" + " + flat(3)" * 40
    line, caret = refused(text).rule.splitlines()[1:]
    assert line.strip(" ").startswith("…")
    assert line.endswith("…")
    assert line[len(caret) - 1 :].startswith("! ? + flat(3)")
    assert len(line) < 100


OTHERS = [
    ("holiday(3, interest='capitalize')", "holiday.interest", Code.UNKNOWN_VALUE, "capitalize"),
    ("holiday(3, interest='defer', repay='now')", "holiday.repay", Code.UNKNOWN_VALUE, "now"),
    ("custom([])", "custom.amounts", Code.MISSING, None),
    ("bullet(3, interest=None)", "bullet.interest", Code.UNKNOWN_VALUE, None),
    ("flat(-3)", "flat.n", Code.OUT_OF_RANGE, -3),
    ("flat(True)", "flat.n", Code.OUT_OF_RANGE, True),
    ("bullet(3) + flat(3)", "plan", Code.UNKNOWN_VALUE, "bullet"),
    ("fixed_payment(3) + flat(3)", "plan", Code.UNKNOWN_VALUE, "fixed_payment"),
    ("flat(3) + fixed_payment(3)", "plan", Code.UNKNOWN_VALUE, "flat"),
]


@pytest.mark.parametrize(("text", "field", "code", "value"), OTHERS, ids=[each[0] for each in OTHERS])
def test_what_the_stages_refuse_passes_through(text, field, code, value):
    with pytest.raises(InputError) as caught:
        parse_plan(text)
    assert (caught.value.field, caught.value.code, caught.value.value) == (field, code, value)


@pytest.mark.parametrize("name", sorted(STAGES))
def test_a_list_is_read_only_where_a_parameter_is_one_by_nature(name):
    """A text is for any batch: a list for each loan's value has no number of loans to fit."""
    taken = inspect.signature(STAGES[name]).parameters
    assert {key for key in LISTS if key in taken} == {
        key for key, parameter in taken.items() if "tuple" in parameter.annotation or key == "amounts"
    }
    for key in taken:
        text = f"{name}({', '.join(f'{each}={[[4], [6]] if each == key else 3}' for each in taken)})"
        error = refused(text)
        assert f" for {key} of {name}" in error.rule


@pytest.mark.parametrize("fault", [TypeError, ValueError, AttributeError, KeyError, ZeroDivisionError])
def test_a_value_that_a_stage_stumbles_over_is_a_fault_of_the_text(fault, monkeypatch):
    def stumbles(n, *, rate=None) -> "Plan":
        raise fault("not this")

    monkeypatch.setattr("repayplan.plans.text.STAGES", {**STAGES, "stumbles": stumbles})
    error = refused("flat(3) + stumbles(None)")
    assert place(error) == 10
    assert error.rule.startswith("expected stumbles(n, *, rate=None) at character 11; ")
    assert "not this" in error.rule
    assert isinstance(error.__cause__, fault)


@pytest.mark.parametrize("given", [None, 24, b"flat(3)", ["flat(3)"], flat(3)])
def test_what_is_no_text_is_refused(given):
    with pytest.raises(InputError) as caught:
        parse_plan(given)
    assert (caught.value.code, caught.value.field) == (Code.UNKNOWN_VALUE, "plan")
    assert caught.value.value is given


# Limits


def test_a_text_has_at_most_ten_thousand_characters():
    text = "flat(3)" + " " * (MAX_PLAN - 7)
    assert repr(parse_plan(text)) == "flat(3)"
    with pytest.raises(InputError) as caught:
        parse_plan(text + " ")
    assert caught.value.rule == "expected at most 10000 characters, not 10001"
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("text", ["{}flat(3){}", "flat({}3{})", "custom({}3,{})"])
def test_brackets_are_at_most_fifty_deep(text):
    deep = MAX_BRACKETS - 1
    assert parse_plan(text.format("(" * deep, ")" * deep))
    error = refused(text.format("(" * (deep + 1), ")" * (deep + 1)))
    assert place(error) == error.value.rindex("(")
    assert error.rule.startswith("expected brackets at most 50 deep")


def test_closed_brackets_leave_room_for_others():
    assert len(parse_plan(" + ".join(["(flat((3)))"] * 200)).stages) == 200


def test_a_number_has_at_most_a_hundred_characters():
    assert parse_plan(f"flat({'9' * MAX_PLAN_NUMBER})").stages[0].length == 10**MAX_PLAN_NUMBER - 1
    error = refused(f"flat({'9' * (MAX_PLAN_NUMBER + 1)})")
    assert place(error) == 5
    assert error.rule.startswith("expected a number of at most 100 characters")


HOSTILE = {
    "stages": "flat(1)+" * 1249 + "flat(1)",
    "brackets": "(" * MAX_PLAN,
    "calls": "flat(" * 2000,
    "lists": "flat(" + "[" * 9000,
    "minus": "flat(" + "-" * 9000,
    "commas": "flat(" + "1," * 4900 + ")",
    "quotes": '"' * MAX_PLAN,
    "escapes": "flat('" + "\\'" * 4900,
    "spaces": " " * (MAX_PLAN - 1) + ";",
    "digits": "flat(" + "1" * 9000,
    "name": "equal_instalment" * 600,
    "keywords": "flat(" + ",".join(f"a{i}=1" for i in range(1200)) + ")",
    "exponents": "flat(9e999, 1e-999)",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=list(HOSTILE))
def test_hostile_text_is_read_or_refused_at_once(text):
    assert len(text) <= MAX_PLAN
    began = time.process_time()
    try:
        parse_plan(text)
    except InputError as error:
        assert error.code is Code.UNKNOWN_VALUE  # noqa: PT017
    assert time.process_time() - began < 2


# Random text

FRAGMENTS = st.sampled_from(
    [
        *STAGES,
        *CHINESE,
        *UNCLEAR,
        *"()[]（），,=＝+＋-. \n\\<>０期\"'“”‘’\x00\u3000\ud800",
        *("n", "interest", "repay", "instalment", "amount", "col", "True", "None", "nan", "__import__"),
        *("0", "3", "24", "1.5", "1e9", "9e999", '"waive"', "'defer'"),
        *("<column of 3>", "flat(3)", "holiday(3, interest='waive')", " + ", "col('x')", "(1, 2)"),
    ]
)


@given(st.one_of(st.text(), st.lists(FRAGMENTS, max_size=14).map("".join)))
def test_any_text_is_a_plan_or_an_input_error(text):
    try:
        plan = parse_plan(text)
    except InputError as error:
        assert str(error)  # noqa: PT017
    else:
        assert isinstance(plan, Plan)


@given(PLANS.map(repr), st.data())
def test_a_damaged_plan_is_a_plan_or_an_input_error(text, data):
    at = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(at, min(len(text), at + 3)))
    damaged = text[:at] + data.draw(FRAGMENTS | st.characters() | st.just("")) + text[end:]
    try:
        assert isinstance(parse_plan(damaged), Plan)
    except InputError as error:
        assert str(error)  # noqa: PT017
