"""Options and flags of any kind that they can't be: refused by name, whatever comparing them would do."""

import numpy as np
import pytest

import repayplan as rp
from repayplan.basics.errors import which

PAIR, POINT = np.array([1, 2]), np.array(3)
CALENDAR = {"name": "c", "source": "s", "first": "2026-01-01", "last": "2026-12-31"}
INDEX = {"name": "LPR", "dates": ["2026-01-01"], "rates": ["0.03"], "source": "s"}
LPR = rp.Index(**INDEX)
OPTIONS = [
    ("equal_instalment.shortfall", lambda x: rp.equal_instalment(3, instalment="5", shortfall=x)),
    ("equal_instalment.rate_change", lambda x: rp.equal_instalment(3, rate_change=x)),
    ("seasonal.between", lambda x: rp.seasonal(3, months=(1,), between=x)),
    ("flat.interest", lambda x: rp.flat(3, interest=x)),
    ("holiday.interest", lambda x: rp.holiday(3, interest=x)),
    ("fee.of", lambda x: rp.fee(share="0.01", of=x)),
    ("fee.when", lambda x: rp.fee("1", when=x)),
    ("arrears.of", lambda x: rp.arrears(x, repay="last")),
    ("prepayment.then", lambda x: rp.prepayment("5", on="2026-03-01", then=x)),
    ("rounding.instalment", lambda x: rp.Rounding(instalment=x)),
    ("rounding.residue", lambda x: rp.Rounding(residue=x)),
    ("due_dates.business_day", lambda x: rp.DueDates(business_day=x)),
    ("due_dates.month_end", lambda x: rp.DueDates(month_end=x)),
    ("fee.financed", lambda x: rp.fee("1", financed=x)),
    ("linked.reset", lambda x: rp.LinkedRate(LPR, "0", reset=x)),
    ("concessions.step", lambda x: rp.Concession(step=x)),
    ("language", which),
]
NEGATIVE = [
    ("fixed", lambda x: rp.FixedRate("0.1", negative=x)),
    ("steps", lambda x: rp.SteppedRate((("2026-01-01", "0.1"),), negative=x)),
    ("promotional", lambda x: rp.PromotionalRate("0.1", "2026-01-01", then="0.2", negative=x)),
    ("linked", lambda x: rp.LinkedRate(LPR, "0", reset="publication", negative=x)),
]


@pytest.mark.parametrize(("field", "made"), OPTIONS, ids=[field for field, _ in OPTIONS])
def test_an_option_that_is_no_word_is_refused_by_its_name(field, made):
    for wrong in (PAIR, POINT, np.array(["a", "b"]), ["up"], {}, 2.5, "x"):
        with pytest.raises(rp.InputError) as error:
            made(wrong)
        assert (error.value.code, error.value.field) == (rp.Code.UNKNOWN_VALUE, field)


@pytest.mark.parametrize(("name", "made"), NEGATIVE, ids=[name for name, _ in NEGATIVE])
def test_whether_a_rate_may_be_negative_is_true_or_false(name, made):
    for wrong in ([], [1], 0, 1, "", "yes", None, PAIR):
        with pytest.raises(rp.InputError, match="True or False") as error:
            made(wrong)
        assert (error.value.code, error.value.field) == (rp.Code.UNKNOWN_VALUE, f"{name}.negative")
    assert (made(True).negative, made(False).negative) == (True, False)


@pytest.mark.parametrize("wrong", [5, None, POINT, [PAIR], [[5]], [5.0], [True], ["5"], [7], [-1]])
def test_a_weekend_that_is_no_list_of_weekdays_is_refused_by_name(wrong):
    with pytest.raises(rp.InputError) as error:
        rp.Holidays([], weekend=wrong, **CALENDAR)
    assert (error.value.code, error.value.field) == (rp.Code.OUT_OF_RANGE, "weekend")


def test_weekdays_may_be_those_of_numpy():
    for days in ([6, 5], np.array([5, 6]), {5, 6}, range(5, 7), iter((5, 6, 5))):
        found = rp.Holidays([], weekend=days, **CALENDAR).weekend
        assert found == (5, 6)
        assert {type(day) for day in found} == {int}
    assert rp.Holidays([], weekend=(), **CALENDAR).weekend == ()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"dates": POINT}, rp.Code.NOT_A_DATE),
        ({"working": POINT}, rp.Code.NOT_A_DATE),
        ({"dates": np.array([["2026-05-01"]])}, rp.Code.NOT_A_DATE),
        ({"first": PAIR}, rp.Code.UNKNOWN_VALUE),
        ({"last": ["2026-05-01"]}, rp.Code.UNKNOWN_VALUE),
        ({"name": PAIR}, rp.Code.MISSING),
        ({"name": 5}, rp.Code.MISSING),
        ({"source": " "}, rp.Code.MISSING),
    ],
)
def test_what_holidays_are_not_made_of_is_refused_by_name(change, code):
    with pytest.raises(rp.InputError) as error:
        rp.Holidays(**{"dates": []} | CALENDAR | change)
    assert (error.value.code, [error.value.field]) == (code, list(change))


@pytest.mark.parametrize(
    "dates", [POINT, np.array("2026-01-01"), np.array([["2026-01-01"]]), "2026-01-01", 5]
)
def test_dates_of_an_index_that_are_no_column_are_refused_by_name(dates):
    with pytest.raises(rp.InputError, match="a column of dates") as error:
        rp.Index(**INDEX | {"dates": dates})
    assert (error.value.code, error.value.field) == (rp.Code.UNKNOWN_VALUE, "index.dates")


def test_an_array_without_axes_is_the_number_that_it_holds():
    plan = rp.equal_instalment(np.array(3), instalment=np.array("500"), rate=np.array("0.1"))
    assert repr(plan) == 'equal_instalment(3, instalment="500", rate="0.1")'
    assert plan == rp.parse_plan(repr(plan))
    assert not plan.by_loan(())
