"""What a late payment costs, day by day, and the published example."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repayplan import Code, InputError, LateRule

RULE = LateRule(uplift="0.5", year_days=360, on_interest="daily")
amounts = st.integers(0, 10**9).map(lambda cents: Decimal(cents).scaleb(-2))
rates = st.integers(0, 10**10).map(lambda k: Decimal(k).scaleb(-10))
rules = st.builds(
    LateRule,
    uplift=st.integers(0, 1000).map(lambda percent: Decimal(percent) / 100),
    year_days=st.integers(360, 366),
    on_interest=st.sampled_from(("none", "simple", "daily")),
)


def day_by_day(rule, principal, interest, rate, days):
    daily = Fraction(rate) * (1 + Fraction(rule.uplift)) / rule.year_days
    on_principal, on_interest = Fraction(0), Fraction(0)
    for _ in range(days):
        on_principal += Fraction(principal) * daily
        base = {
            "none": Fraction(0),
            "simple": Fraction(interest),
            "daily": Fraction(interest) + on_interest,
        }
        on_interest += base[rule.on_interest] * daily
    return on_principal, on_interest


@given(rules, amounts, amounts, rates, st.integers(0, 40))
def test_a_charge_is_the_sum_of_its_days(rule, principal, interest, rate, days):
    got = rule.charge(principal, interest, rate=rate, days=days)
    assert got == day_by_day(rule, principal, interest, rate, days)


@given(amounts, amounts, rates, st.integers(0, 400), st.integers(0, 100))
def test_later_and_dearer_is_never_cheaper(principal, interest, rate, days, more):
    kinds = [replace(RULE, on_interest=kind) for kind in ("none", "simple", "daily")]
    charged = [sum(rule.charge(principal, interest, rate=rate, days=days)) for rule in kinds]
    assert charged == sorted(charged)
    at = [sum(RULE.charge(principal, interest, rate=rate, days=d)) for d in (days, days + more)]
    assert at == sorted(at)
    dearer = replace(RULE, uplift=RULE.uplift + Decimal(more) / 100)
    assert sum(dearer.charge(principal, interest, rate=rate, days=days)) >= at[0]


def test_the_published_example():
    # PBOC 银发〔2003〕251号 as worked by willexcounselling.com (2009): an instalment of 3,000, of which 1,800
    # interest, two days late at 5.508 % and half as much again.
    assert RULE.rate("0.05508") == Fraction("0.08262")
    one, two = (RULE.charge(1200, 1800, rate="0.05508", days=days) for days in (1, 2))
    assert two[0] == Fraction("0.5508")
    assert round(one[1], 4) == Fraction("0.4131")
    assert round(two[1] - one[1], 4) == Fraction("0.4132")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"uplift": None}, Code.MISSING),
        ({"uplift": "-0.1"}, Code.OUT_OF_RANGE),
        ({"year_days": 359}, Code.OUT_OF_RANGE),
        ({"year_days": 360.0}, Code.OUT_OF_RANGE),
        ({"on_interest": "weekly"}, Code.UNKNOWN_VALUE),
    ],
)
def test_a_rule_says_what_is_wrong_with_it(change, code):
    with pytest.raises(InputError) as error:
        replace(RULE, **change)
    assert (error.value.code, error.value.field) == (code, *change)


@pytest.mark.parametrize(
    ("change", "field"),
    [({"principal": "-1"}, "principal"), ({"interest": "x"}, "interest"), ({"rate": "1.5"}, "rate")]
    + [({"days": days}, "days") for days in (-1, 3661, True, 1.0)],
)
def test_what_cannot_be_charged(change, field):
    with pytest.raises(InputError) as error:
        RULE.charge(**{"principal": 1, "interest": 1, "rate": "0.1", "days": 1} | change)
    assert (error.value.code, error.value.field) == (Code.OUT_OF_RANGE, field)
