"""Values put into rules by their path: each kind of place, all at once, and what is refused."""

from collections.abc import Mapping
from dataclasses import FrozenInstanceError, dataclass, field, replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given

import repayplan as rp
from repayplan import Code, InputError
from repayplan.basics.rulepath import value_at, with_values
from repayplan.basics.rulewords import changes
from repayplan.offers.meanings import MEANINGS
from test_policy import POLICY

STEPS = (
    rp.Concession(step="extend"),
    rp.Concession(step="cut_rate", by="0.01", floor="0.05"),
    rp.Concession(step="cut_rate", by="0.01", floor="0.02"),
    rp.Concession(step="forbear", percent="20"),
)
FORGIVE = rp.Concession(step="forgive", percent="5")
RULES = replace(rp.Policy.example("consumer"), concessions=STEPS)


@dataclass(frozen=True, kw_only=True)
class Inner:
    share: Decimal


@dataclass(frozen=True, kw_only=True)
class Outer:
    by_region: Mapping[str, Inner] = field(default_factory=dict)
    covers: tuple[str, ...] = ()


OUTER = Outer(by_region={"CN-SH": Inner(share=Decimal(1)), "CN": Inner(share=Decimal(2))}, covers=("a", "b"))


@pytest.mark.parametrize(
    ("rule", "path", "value", "held"),
    [
        (RULES, "limit.percent", "60", Decimal(60)),
        (RULES, "limit.percent", 60, Decimal(60)),
        (RULES, "limit.percent", np.int64(60), Decimal(60)),
        (RULES, "decimals", 3, 3),
        (RULES, "methods", ["flat"], ("flat",)),
        (RULES, "methods[0]", "flat", "flat"),
        (RULES, "concessions[2].floor", "0.01", Decimal("0.01")),
        (RULES, "concessions.forbear.percent", "5", Decimal(5)),
        (RULES, "concessions[3]", {"step": "forgive", "percent": "5"}, FORGIVE),
        (RULES, "limit", {"max_total_months": 60}, rp.ExtensionLimit(max_total_months=60)),
        (RULES, "contingency", rp.Contingency(share="0.2"), rp.Contingency(share="0.2")),
        (RULES, "acceptance", None, None),
        (OUTER, "by_region.CN-SH.share", "0.5", Decimal("0.5")),
        (OUTER, "by_region.CN", {"share": "0.5"}, Inner(share=Decimal("0.5"))),
        (OUTER, "covers.b", "c", "c"),
    ],
)  # fmt: skip
def test_a_value_in_each_kind_of_place(rule, path, value, held):
    before = repr(rule)
    made = with_values(rule, {path: value})
    if path != "covers.b":
        assert value_at(made, path) == held
    assert made != rule or value_at(rule, path) == held
    assert repr(rule) == before


def test_what_holds_values_is_checked_once_all_are_there():
    made = with_values(RULES, {"limit.percent": None, "limit.reading": None})
    assert (made.limit.percent, made.limit.reading) == (None, None)
    both = with_values(RULES, {"concessions[1].floor": "0.04", "concessions[2].floor": "0.03", "name": "x"})
    assert [step.floor for step in both.concessions[1:3]] == [Decimal("0.04"), Decimal("0.03")]
    assert both.name == "x"
    with pytest.raises(FrozenInstanceError):
        both.name = "y"


@pytest.mark.parametrize(
    ("path", "value", "code", "said"),
    [
        ("concessions.cut_rate.floor", "0.01", Code.UNKNOWN_VALUE, "several have this name"),
        ("concessions.holiday.months", 2, Code.UNKNOWN_VALUE, "there are extend, cut_rate"),
        ("concessions[4].floor", "0.01", Code.OUT_OF_RANGE, "there are 4 in the list"),
        ("concessions[3].percent", "200", Code.OUT_OF_RANGE, "0 to 100"),
        ("concessions[3].step", "forgave", Code.UNKNOWN_VALUE, "one of extend"),
        ("acceptance.days", 3, Code.UNKNOWN_VALUE, "nothing stands there"),
        ("name.en", "x", Code.UNKNOWN_VALUE, "a single value stands there"),
        ("decimals", "2", Code.UNKNOWN_VALUE, "a whole number is needed here"),
        ("decimals", 99, Code.OUT_OF_RANGE, "0 to"),
        ("methods[0]", "flatter", Code.UNKNOWN_VALUE, "one of equal_instalment"),
        ("contingency", "x", Code.UNKNOWN_VALUE, "a table is needed here"),
        ("", "x", Code.UNKNOWN_VALUE, "a dotted path"),
        (7, "x", Code.UNKNOWN_VALUE, "no such key"),
    ],
)
def test_what_is_refused_names_the_place_and_the_value(path, value, code, said):
    with pytest.raises(InputError) as caught:
        with_values(RULES, {path: value})
    assert caught.value.code is code
    assert said in caught.value.rule
    if isinstance(path, str) and path:
        assert (caught.value.field, caught.value.value) == (path, value)
        assert repr(value) in str(caught.value)


def test_no_such_key_of_a_mapping():
    with pytest.raises(InputError, match="there are CN-SH, CN"):
        with_values(OUTER, {"by_region.FR.share": "1"})


@given(POLICY, POLICY)
def test_all_that_differs_put_in_makes_the_other_policy(one, other):
    """Whatever `Policy.diff` names, `with_values` can put in its place."""
    paths = {}
    for each in changes(one, other, MEANINGS):
        head = each.key.split(".")[0].split("[")[0]
        paths[head] = getattr(other, head)
    assert with_values(one, paths) == other if paths else one == other
