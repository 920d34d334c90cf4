"""Business days, day by day in plain Python, and China's against a package that reads the same notices."""

import pickle
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from extras import needs
from repayplan import Code, InputError
from repayplan.basics.businessdays import LOOK, BusinessDay, adjust
from repayplan.basics.calendars import NO_CALENDAR, WEEKENDS, Holidays
from repayplan.basics.duedates import DueDates
from repayplan.basics.jointcalendar import joint
from repayplan.edges.calendars import OLDEST, _check_years, public_holidays
from repayplan.programmes.daycounter import DayCounter

CONVENTIONS = get_args(BusinessDay)
MOVING = [name for name in CONVENTIONS if name != "none"]
DAY = timedelta(days=1)
NOT_A_DAY = np.datetime64("NaT", "D")
DATES = st.dates(date(1950, 1, 1), date(2150, 12, 31))


def array(dates):
    return np.array(dates, "datetime64[D]")


def span(first, last):
    return [first + n * DAY for n in range((last - first).days + 1)]


# The oracle: one date, one step at a time


def moved(day, convention, opens, first=date.min, last=date.max):
    """Where one date moves to; None beyond the calendar."""
    if convention == "none":
        return day

    def seek(step):
        at = day
        while first <= at <= last and not opens(at):
            at += step
        return at

    forth = DAY if convention.endswith("following") else -DAY
    found = seek(forth)
    if convention.startswith("modified") and (found.year, found.month) != (day.year, day.month):
        found = seek(-forth)
    return found if first <= found <= last else None


def opens(calendar):
    """A calendar of given dates as a question about one date, from what it was given."""

    def asked(day):
        if day in calendar.working:
            return True
        return day not in calendar.dates and day.weekday() not in calendar.weekend

    return asked


@st.composite
def calendars(draw):
    """A span with holidays here and there, some in a row, and some days of the weekend made up for."""
    first = draw(DATES)
    days = span(first, first + draw(st.integers(0, 200)) * DAY)
    weekend = draw(st.sets(st.integers(0, 6), max_size=3))
    places = st.integers(0, len(days) - 1)
    closed = set(draw(st.lists(places, max_size=12)))
    for start in draw(st.lists(places, max_size=2)):
        closed |= set(range(start, min(start + draw(st.integers(1, 14)), len(days))))
    holidays = {days[n] for n in closed}
    made_up = {days[n] for n in draw(st.lists(places, max_size=8))} - holidays
    return Holidays(
        holidays,
        working={day for day in made_up if day.weekday() in weekend},
        weekend=weekend,
        name="drawn",
        source="drawn",
        first=days[0],
        last=days[-1],
    )


@given(calendars(), st.sampled_from(CONVENTIONS))
def test_every_date_moves_as_it_does_day_by_day(calendar, convention):
    first, last = calendar.first.item(), calendar.last.item()
    days = span(first - 5 * DAY, last + 5 * DAY)
    shifted, beyond = adjust(array(days), convention, calendar)
    assert (shifted.dtype, beyond.dtype) == (np.dtype("datetime64[D]"), np.dtype(np.bool_))
    # A date that the calendar doesn't cover stays where it is only if nobody looks at the calendar.
    want = [
        moved(day, convention, opens(calendar), first, last)
        if convention == "none" or first <= day <= last
        else None
        for day in days
    ]
    assert shifted.tolist() == want
    assert beyond.tolist() == [day is None for day in want]


@given(calendars())
def test_a_business_day_is_no_holiday_and_on_no_weekend_or_made_up_for(calendar):
    days = span(calendar.first.item(), calendar.last.item())
    assert calendar.business(array(days)).tolist() == [opens(calendar)(day) for day in days]


@given(st.lists(DATES, min_size=1, max_size=30), st.sampled_from(CONVENTIONS))
def test_weekends_move_as_day_by_day(days, convention):
    shifted, beyond = adjust(array(days), convention, WEEKENDS)
    assert shifted.tolist() == [moved(day, convention, lambda d: d.weekday() < 5) for day in days]
    assert not beyond.any()


def test_weekends_are_those_of_numpy_in_every_century():
    days = np.arange("1700-01-01", "2500-01-01", dtype="datetime64[D]")
    assert (WEEKENDS.business(days) == np.is_busday(days)).all()
    assert NO_CALENDAR.business(days).all()
    assert (WEEKENDS.first, WEEKENDS.last, NO_CALENDAR.first, NO_CALENDAR.last) == (None,) * 4


@given(calendars(), st.sampled_from(CONVENTIONS), st.randoms())
def test_a_date_moves_alike_alone_in_a_batch_and_in_any_order(calendar, convention, random):
    days = array(span(calendar.first.item(), calendar.last.item()))
    order = random.sample(range(len(days)), len(days))
    shifted, beyond = adjust(days, convention, calendar)
    for whole, part in zip((shifted, beyond), adjust(days[order], convention, calendar), strict=True):
        assert part.tolist() == whole[order].tolist()
    n = order[0]
    alone, off = adjust(days[n], convention, calendar)
    assert (alone.shape, off.shape) == ((), ())
    assert (alone.item(), off.item()) == (shifted[n].item(), beyond[n].item())


# Laws


@given(calendars(), st.sampled_from(MOVING))
def test_a_date_moved_is_a_business_day_and_moves_no_further(calendar, convention):
    days = array(span(calendar.first.item(), calendar.last.item()))
    shifted = adjust(days, convention, calendar)[0]
    kept = shifted[~np.isnat(shifted)]
    assert calendar.business(kept).all()
    again, beyond = adjust(kept, convention, calendar)
    assert (again == kept).all()
    assert not beyond.any()


@given(calendars())
def test_between_a_date_and_where_it_moves_there_is_no_business_day(calendar):
    days = span(calendar.first.item(), calendar.last.item())
    for convention, step in (("following", 1), ("preceding", -1)):
        shifted, beyond = adjust(array(days), convention, calendar)
        assert ((shifted >= array(days)) if step > 0 else (shifted <= array(days)))[~beyond].all()
        for day, to in zip(days, shifted.tolist(), strict=True):
            passed = [] if to is None else span(min(day, to), max(day, to))
            assert [opens(calendar)(each) for each in passed if each != to] == [False] * (len(passed) - 1)


@given(calendars(), st.sampled_from(["following", "preceding"]))
def test_a_later_date_never_moves_to_an_earlier_one(calendar, convention):
    shifted = adjust(array(span(calendar.first.item(), calendar.last.item())), convention, calendar)[0]
    assert (np.diff(shifted[~np.isnat(shifted)]) >= np.timedelta64(0, "D")).all()


@given(DATES, st.sampled_from(["modified_following", "modified_preceding"]))
def test_modified_never_leaves_the_month(day, convention):
    days = array(span(day, day + 70 * DAY))
    shifted = adjust(days, convention, WEEKENDS)[0]
    assert (shifted.astype("datetime64[M]") == days.astype("datetime64[M]")).all()


@given(calendars(), st.sampled_from(["modified_following", "modified_preceding"]))
def test_modified_leaves_only_a_month_without_a_business_day(calendar, convention):
    days = span(calendar.first.item(), calendar.last.item())
    months = {(day.year, day.month) for day in days if opens(calendar)(day)}
    for day, to in zip(days, adjust(array(days), convention, calendar)[0].tolist(), strict=True):
        if to is not None and (day.year, day.month) in months:
            assert (to.year, to.month) == (day.year, day.month)


@given(calendars())
def test_modified_is_the_one_or_the_other(calendar):
    days = array(span(calendar.first.item(), calendar.last.item()))
    after, before = (adjust(days, name, calendar)[0] for name in ("following", "preceding"))
    for name in ("modified_following", "modified_preceding"):
        shifted = adjust(days, name, calendar)[0]
        told = ~np.isnat(shifted)
        assert ((shifted == after) | (shifted == before))[told].all()


@given(st.lists(st.one_of(DATES, st.none())), st.sampled_from(CONVENTIONS))
def test_no_date_stays_none_and_isnt_beyond(days, convention):
    given_ = array(["NaT" if day is None else day for day in days])
    shifted, beyond = adjust(given_, convention, WEEKENDS)
    assert np.isnat(shifted).tolist() == [day is None for day in days]
    assert not beyond.any()
    assert WEEKENDS.business(given_).tolist() == [day is not None and day.weekday() < 5 for day in days]


# Cases

# New Year 2021 to 2023 in the euro area (TARGET is closed on 1 January; ECB, long-term calendar for TARGET
# closing days), and month ends. Dates of all four as by QuantLib 1.44.
NEW_YEAR = Holidays(
    [f"{year}-{day}" for year in (2021, 2022, 2023) for day in ("01-01", "12-25", "12-26")],
    name="TARGET, in winter",
    source="ECB, long-term calendar for TARGET closing days",
    first="2020-12-27",
    last="2023-12-31",
)


@pytest.mark.parametrize(
    ("day", "following", "modified_following", "preceding", "modified_preceding"),
    [
        ("2021-01-01", "2021-01-04", "2021-01-04", "2020-12-31", "2021-01-04"),  # a Friday
        ("2021-12-25", "2021-12-27", "2021-12-27", "2021-12-24", "2021-12-24"),  # a Saturday
        ("2022-01-01", "2022-01-03", "2022-01-03", "2021-12-31", "2022-01-03"),
        ("2022-12-31", "2023-01-02", "2022-12-30", "2022-12-30", "2022-12-30"),  # a Saturday
        ("2023-01-01", "2023-01-02", "2023-01-02", "2022-12-30", "2023-01-02"),  # a Sunday
        ("2021-01-31", "2021-02-01", "2021-01-29", "2021-01-29", "2021-01-29"),  # a Sunday
        ("2021-02-28", "2021-03-01", "2021-02-26", "2021-02-26", "2021-02-26"),  # a Sunday
        ("2021-05-01", "2021-05-03", "2021-05-03", "2021-04-30", "2021-05-03"),  # a Saturday
        ("2021-10-31", "2021-11-01", "2021-10-29", "2021-10-29", "2021-10-29"),  # a Sunday
        ("2021-06-30", "2021-06-30", "2021-06-30", "2021-06-30", "2021-06-30"),  # a Wednesday
        ("2021-06-12", "2021-06-14", "2021-06-14", "2021-06-11", "2021-06-11"),  # a Saturday
    ],
)
def test_cases(day, following, modified_following, preceding, modified_preceding):
    got = {name: str(adjust(array([day]), name, NEW_YEAR)[0][0]) for name in CONVENTIONS}
    assert got == {
        "none": day,
        "following": following,
        "modified_following": modified_following,
        "preceding": preceding,
        "modified_preceding": modified_preceding,
    }


def spring_2026():
    """Chinese New Year 2026: off from 15 to 23 February, at work on the Saturdays 14 and 28 February.

    General Office of the State Council, notice of 4 November 2025 on the holidays of 2026
    (https://www.gov.cn/gongbao/2025/issue_12406/202511/content_7048922.html).
    """
    return Holidays(
        span(date(2026, 2, 15), date(2026, 2, 23)),
        working=["2026-02-14", "2026-02-28"],
        name="CN spring 2026",
        source="State Council",
        first="2026-02-01",
        last="2026-03-31",
    )


@pytest.mark.parametrize(
    ("day", "convention", "to"),
    [
        ("2026-02-14", "following", "2026-02-14"),
        ("2026-02-15", "following", "2026-02-24"),
        ("2026-02-20", "modified_following", "2026-02-24"),
        ("2026-02-20", "preceding", "2026-02-14"),
        ("2026-02-28", "modified_following", "2026-02-28"),
        ("2026-03-01", "preceding", "2026-02-28"),
        ("2026-03-01", "modified_preceding", "2026-03-02"),
    ],
)
def test_on_a_saturday_made_up_for_one_pays(day, convention, to):
    assert str(adjust(array([day]), convention, spring_2026())[0][0]) == to


# What a calendar covers


@pytest.mark.parametrize(
    ("day", "convention", "to"),
    [
        # The calendar covers February and March; its first day is a Sunday, its last a Tuesday.
        ("2026-01-31", "following", None),
        ("2026-04-01", "preceding", None),
        ("2026-02-01", "following", "2026-02-02"),
        ("2026-02-01", "preceding", None),
        ("2026-02-01", "modified_preceding", "2026-02-02"),
        ("2026-03-31", "following", "2026-03-31"),
    ],
)
def test_a_date_that_needs_a_look_beyond_is_marked(day, convention, to):
    shifted, beyond = adjust(array([day]), convention, spring_2026())
    assert (str(shifted[0]), beyond[0]) == ("NaT" if to is None else to, to is None)


def test_what_lies_beyond_the_months_end_doesnt_matter_to_modified_following():
    # Saturday 31 January is the last date known: the next business day is in February, wherever it is.
    january = Holidays([], name="x", source="x", first="2026-01-01", last="2026-01-31")
    day = array(["2026-01-31"])
    assert adjust(day, "following", january)[1].tolist() == [True]
    assert adjust(day, "modified_following", january)[0].astype(str).tolist() == ["2026-01-30"]
    # Known to the 24th only, a Saturday: it could be a business day of January or none.
    shorter = replace(january, last="2026-01-24")
    assert adjust(array(["2026-01-24"]), "modified_following", shorter)[1].tolist() == [True]


@pytest.mark.parametrize("day", ["2026-01-31", "2026-04-01"])
def test_beyond_its_span_a_calendar_is_not_asked(day):
    with pytest.raises(InputError) as caught:
        spring_2026().business(array(["2026-02-02", day, "NaT"]))
    assert (caught.value.code, caught.value.field, caught.value.value) == (Code.OUT_OF_RANGE, "date", day)
    assert "2026-02-01 to 2026-03-31" in caught.value.rule


class Asked:
    """A user's own calendar: closed on the days given, and it counts for how many dates it is asked."""

    name, first, last = "asked", None, None

    def __init__(self, closed):
        self.closed, self.count = array(closed), 0

    def business(self, days):
        self.count += days.size
        return ~np.isin(days, self.closed)


def test_none_never_looks_and_gives_a_copy():
    calendar, days = Asked([]), array([["2026-01-31", "NaT"], ["9999-01-01", "0001-01-01"]])
    shifted, beyond = adjust(days, "none", calendar)
    assert calendar.count == 0
    assert shifted.astype(str).tolist() == days.astype(str).tolist()
    assert beyond.tolist() == [[False, False], [False, False]]
    shifted[0] = "2026-01-01"
    assert str(days[0, 0]) == "2026-01-31"


@pytest.mark.parametrize("convention", MOVING)
def test_dates_given_are_left_as_they_were(convention):
    days = array(["2026-01-31", "NaT"])
    days.flags.writeable = False
    moved, _ = adjust(days, convention, WEEKENDS)
    assert str(days[0]) == "2026-01-31" != str(moved[0])


def test_only_dates_still_on_their_way_are_looked_at_again():
    closed = span(date(2026, 5, 1), date(2026, 5, 5))
    calendar = Asked(closed)
    days = np.arange("2026-04-01", "2026-06-01", dtype="datetime64[D]")
    adjust(days, "following", calendar)
    assert calendar.count == len(days) + sum(range(1, len(closed) + 1))


def test_shapes_are_kept():
    days = np.arange("2026-01-01", "2026-01-25", dtype="datetime64[D]")
    flat = adjust(days, "following", WEEKENDS)[0]
    for shape in ((24,), (2, 12), (2, 3, 4), (24, 1)):
        shifted, beyond = adjust(days.reshape(shape), "following", WEEKENDS)
        assert (shifted.shape, beyond.shape) == (shape, shape)
        assert (shifted.reshape(-1) == flat).all()
    turned = adjust(days.reshape(2, 12).T, "following", WEEKENDS)[0]
    assert (turned == flat.reshape(2, 12).T).all()
    assert adjust(days[:0], "following", WEEKENDS)[0].shape == (0,)
    assert WEEKENDS.business(days.reshape(4, 6)).shape == (4, 6)
    assert NEW_YEAR.business(array("2021-01-01")).shape == ()


@pytest.mark.parametrize(("convention", "step"), [("following", DAY), ("preceding", -DAY)])
def test_sixty_days_without_a_business_day_pass_and_more_are_an_error(convention, step):
    day = date(2026, 3, 10)
    closed = [day + n * step for n in range(LOOK)]
    assert adjust(array([day]), convention, Asked(closed))[0].tolist() == [day + LOOK * step]
    with pytest.raises(InputError, match="within 60 days of every date; not so from 2026-03-10") as caught:
        adjust(array([day]), convention, Asked([*closed, day + LOOK * step]))
    assert (caught.value.code, caught.value.field, caught.value.value) == (
        Code.UNKNOWN_VALUE,
        "calendar",
        "asked",
    )


@pytest.mark.parametrize("convention", ["Following", "nearest", "", None])
def test_another_convention_is_refused(convention):
    with pytest.raises(InputError, match="modified_following") as caught:
        adjust(array(["2026-01-31"]), convention, WEEKENDS)
    assert (caught.value.code, caught.value.field) == (Code.UNKNOWN_VALUE, "business_day")


@pytest.mark.parametrize(
    "days",
    [
        ["2026-01-31"],
        np.array(["2026-01-31T12:00"], "datetime64[s]"),
        np.array([20000]),
        np.array(["2026-01"], "datetime64[M]"),
    ],
)
@pytest.mark.parametrize("convention", CONVENTIONS)
def test_what_isnt_dates_is_a_type_error(days, convention):
    with pytest.raises(TypeError, match=r"datetime64\[D\]"):
        adjust(days, convention, NEW_YEAR)
    for calendar in (NO_CALENDAR, WEEKENDS, NEW_YEAR, joint(WEEKENDS, NEW_YEAR)):
        with pytest.raises(TypeError, match=r"datetime64\[D\]"):
            calendar.business(days)


# Calendars as values

GIVEN = {"name": "x", "source": "a list", "first": "2026-01-01", "last": "2026-12-31"}


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"dates": ["2026-02-30"]}, Code.NOT_A_DATE, "dates"),
        ({"dates": "2026-01-01"}, Code.NOT_A_DATE, "dates"),
        ({"dates": array(["NaT"])}, Code.MISSING, "dates"),
        ({"dates": ["2026-01-01", "2027-01-01"]}, Code.OUT_OF_RANGE, "dates"),
        ({"dates": ["2025-12-31"]}, Code.OUT_OF_RANGE, "dates"),
        ({"working": ["soon"]}, Code.NOT_A_DATE, "working"),
        ({"working": ["2027-01-02"]}, Code.OUT_OF_RANGE, "working"),
        ({"dates": ["2026-05-09"], "working": [date(2026, 5, 9)]}, Code.DUPLICATE, "working"),
        ({"weekend": (5, 7)}, Code.OUT_OF_RANGE, "weekend"),
        ({"weekend": (-1,)}, Code.OUT_OF_RANGE, "weekend"),
        ({"name": ""}, Code.MISSING, "name"),
        ({"source": ""}, Code.MISSING, "source"),
        ({"first": None}, Code.MISSING, "first"),
        ({"last": None}, Code.MISSING, "last"),
        ({"first": "yesterday"}, Code.NOT_A_DATE, "first"),
        ({"last": "2201-01-01"}, Code.OUT_OF_RANGE, "last"),
        ({"last": "2025-12-31"}, Code.DATES_OUT_OF_ORDER, "last"),
    ],
)
def test_a_calendar_that_cant_be_meant_is_refused(change, code, field):
    with pytest.raises(InputError) as caught:
        Holidays(**({"dates": []} | GIVEN | change))
    assert (caught.value.code, caught.value.field) == (code, field)


def test_a_calendar_is_the_same_value_however_its_dates_are_given():
    days = [date(2026, 1, 1), date(2026, 5, 1)]
    one = Holidays(days, working=["2026-05-09"], **GIVEN)
    other = Holidays(
        array(["2026-05-01", "2026-01-01", "2026-05-01"]),
        working={date(2026, 5, 9)},
        weekend=[6, 5, 5],
        **(GIVEN | {"first": date(2026, 1, 1), "last": np.datetime64("2026-12-31")}),
    )
    assert (one, hash(one)) == (other, hash(other))
    assert one.dates == tuple(days)
    assert (one.working, one.weekend) == ((date(2026, 5, 9),), (5, 6))
    assert (str(one.first), str(one.last)) == ("2026-01-01", "2026-12-31")
    assert len({one, other, replace(one, name="y"), replace(one, dates=days[:1])}) == 3


def test_every_day_of_the_week_may_be_a_weekend_s_with_working_days_made_up_for_it():
    one = Holidays([], weekend=range(7), working=["2026-01-03"], **GIVEN)
    assert one.business(np.array(["2026-01-02", "2026-01-03"], "datetime64[D]")).tolist() == [False, True]


def test_a_calendar_cant_be_changed():
    with pytest.raises(AttributeError):
        NEW_YEAR.name = "other"
    with pytest.raises(ValueError, match="read-only"):
        NEW_YEAR._open[0] = True


@pytest.mark.parametrize("calendar", [NO_CALENDAR, WEEKENDS, NEW_YEAR, joint(NEW_YEAR, WEEKENDS)])
def test_a_calendar_goes_to_another_process_and_says_its_name(calendar):
    days = np.arange("2021-01-01", "2022-01-01", dtype="datetime64[D]")
    again = pickle.loads(pickle.dumps(calendar))  # noqa: S301
    assert (again, hash(again), repr(again)) == (calendar, hash(calendar), repr(calendar))
    assert (again.business(days) == calendar.business(days)).all()
    assert calendar.name in repr(calendar)


@given(calendars(), st.integers(-100, 100), st.sampled_from(CONVENTIONS))
def test_joint_days_are_those_of_each(one, days, convention):
    moved_by = days * DAY
    other = replace(
        one,
        dates=[day + moved_by for day in one.dates],
        working=[],
        weekend=(4,),
        first=one.first.item() + moved_by,
        last=one.last.item() + moved_by,
    )
    first, last = max(one.first, other.first), min(one.last, other.last)
    if last < first:
        with pytest.raises(InputError) as caught:
            joint(one, other)
        assert (caught.value.code, caught.value.field) == (Code.OUT_OF_RANGE, "calendars")
        return
    both = joint(one, other)
    assert (both.first, both.last, both.name) == (first, last, "drawn & drawn")
    covered = span(first.item(), last.item())

    def open_in_both(day):
        return opens(one)(day) and opens(other)(day)

    assert both.business(array(covered)).tolist() == [open_in_both(day) for day in covered]
    got = adjust(array(covered), convention, both)[0]
    assert got.tolist() == [
        moved(day, convention, open_in_both, first.item(), last.item()) for day in covered
    ]
    assert (adjust(array(covered), convention, joint(other, one))[0].astype(str) == got.astype(str)).all()


def test_a_joint_calendar_covers_what_all_of_them_cover():
    assert joint(WEEKENDS, NO_CALENDAR).first is joint(WEEKENDS).last is None
    with pytest.raises(InputError) as caught:
        joint(NEW_YEAR, spring_2026())
    named = f"{NEW_YEAR.name} & {spring_2026().name}"
    assert (caught.value.code, caught.value.value) == (Code.OUT_OF_RANGE, named)
    assert caught.value.rule == "calendars that cover some date together"
    both = joint(WEEKENDS, spring_2026())
    assert (str(both.first), str(both.last)) == ("2026-02-01", "2026-03-31")
    # Made up for in China, a Saturday elsewhere.
    assert both.business(array(["2026-02-28", "2026-02-27"])).tolist() == [False, True]
    assert adjust(array(["2026-04-01"]), "following", both)[1].tolist() == [True]
    with pytest.raises(InputError) as caught:
        joint()
    assert caught.value.code is Code.MISSING


# Public holidays


@needs("holidays", "chinese_calendar")
def test_china_is_open_on_the_days_of_another_package_day_by_day():
    import chinese_calendar

    china = public_holidays("CN", years=range(2004, 2027))
    days = span(date(2004, 1, 1), date(2026, 12, 31))
    ours = china.business(array(days)).tolist()
    differ = [day for day, open_ in zip(days, ours, strict=True) if chinese_calendar.is_workday(day) != open_]
    # From 2018 to 2026 there is none. Saturday 31 December 2005 was worked for Tuesday 3 January 2006, by the
    # notice on 2006 (https://web.archive.org/web/20221130214247/https://zh.wikisource.org/wiki/
    # 国务院办公厅关于2006年部分节假日安排的通知), and chinesecalendar leaves it out.
    assert differ == [date(2005, 12, 31)]


@needs("holidays")
def test_china_in_2026_is_as_the_state_council_says():
    # The same notice as above, in full.
    off = [
        "01-01 01-03",
        "02-15 02-23",
        "04-04 04-06",
        "05-01 05-05",
        "06-19 06-21",
        "09-25 09-27",
        "10-01 10-07",
    ]
    worked = ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"]
    free = {day for pair in off for day in span(*(date.fromisoformat(f"2026-{end}") for end in pair.split()))}
    want = [
        str(day)[5:] in worked or (day.weekday() < 5 and day not in free)
        for day in span(date(2026, 1, 1), date(2026, 12, 31))
    ]
    china = public_holidays("CN", years=2026)
    assert china.business(array(span(date(2026, 1, 1), date(2026, 12, 31)))).tolist() == want
    assert [str(day)[5:] for day in china.working] == worked
    assert (china.name, str(china.first), str(china.last)) == ("CN", "2026-01-01", "2026-12-31")
    assert "holidays" in china.source


@needs("holidays")
@pytest.mark.parametrize("years", [2000, 2099, [2026, 2099], range(1999, 2005), [1999, 2010]])
def test_a_year_of_china_without_its_notice_is_refused(years):
    with pytest.raises(InputError, match="known from 2001 to 20") as caught:
        public_holidays("CN", years=years)
    assert (caught.value.code, caught.value.field) == (Code.OUT_OF_RANGE, "years")


def test_a_holiday_decreed_ahead_is_no_notice():
    tables = {2026: ((1, 2, 1, 4), (2, 20, 2, 14)), 2027: (9, 3, "a day decreed for once")}
    rules = SimpleNamespace(has_substituted_holidays=True, special_public_holidays=tables)
    _check_years(rules, range(2026, 2027))
    with pytest.raises(InputError, match="known from 2026 to 2026") as caught:
        _check_years(rules, range(2026, 2028))
    assert caught.value.value == 2027


@needs("holidays")
@pytest.mark.parametrize(
    ("given_", "code", "field"),
    [
        ({"country": "XX"}, Code.UNKNOWN_VALUE, "country"),
        ({"country": "cn"}, Code.UNKNOWN_VALUE, "country"),
        ({"country": "HolidayBase"}, Code.UNKNOWN_VALUE, "country"),
        ({"country": "DE", "subdivision": "XX"}, Code.UNKNOWN_VALUE, "subdivision"),
        ({"country": "CN", "subdivision": "SH"}, Code.UNKNOWN_VALUE, "subdivision"),
        ({"years": []}, Code.MISSING, "years"),
        ({"years": 1949}, Code.OUT_OF_RANGE, "years"),
        ({"country": "US", "years": 1800}, Code.OUT_OF_RANGE, "years"),
        ({"country": "US", "years": range(2026, 3000)}, Code.OUT_OF_RANGE, "years"),
        ({"country": "HU", "years": 2099}, Code.OUT_OF_RANGE, "years"),
        ({"country": "MA", "years": 2090}, Code.OUT_OF_RANGE, "years"),  # by the moon: an estimate
        ({"country": "IN", "years": range(2020, 2091)}, Code.OUT_OF_RANGE, "years"),  # it warns
    ],
)
def test_what_the_package_doesnt_know_is_refused(given_, code, field):
    with pytest.raises(InputError) as caught:
        public_holidays(**({"country": "CN", "years": 2026} | given_))
    assert (caught.value.code, caught.value.field) == (code, field)


@needs("holidays")
def test_a_year_is_a_whole_number():
    assert public_holidays("CN", years=np.int64(2026)) == public_holidays("CN", years=2026)
    for years in ("2026", 2026.5, [2026.0], None):
        with pytest.raises(InputError, match="a year as a whole number") as caught:
            public_holidays("CN", years=years)
        assert (caught.value.code, caught.value.field) == (Code.UNKNOWN_VALUE, "years")


@needs("holidays")
def test_years_left_out_between_two_are_covered_too():
    assert public_holidays("CN", years=[2018, 2020]) == public_holidays("CN", years=range(2018, 2021))


@needs("holidays")
@pytest.mark.parametrize(
    ("country", "subdivision", "years"),
    [
        ("CN", None, (2018, 2020)),
        ("DE", "BY", (2024, 2026)),
        ("US", None, (2025, 2026)),
        ("AE", None, (2021, 2022)),
    ],
)
def test_business_days_are_the_working_days_of_the_package(country, subdivision, years):
    import holidays

    calendar = public_holidays(country, years=years, subdivision=subdivision)
    rules = holidays.country_holidays(country, subdiv=subdivision)
    days = span(date(years[0], 1, 1), date(years[-1], 12, 31))
    assert calendar.business(array(days)).tolist() == [rules.is_working_day(day) for day in days]


@needs("holidays")
def test_a_holiday_of_a_part_of_a_country_and_a_weekend_that_changed():
    epiphany = array(["2026-01-06"])
    bavaria = public_holidays("DE", years=2026, subdivision="BY")
    assert bavaria.name == "DE-BY"
    assert public_holidays("DE", years=2026).business(epiphany).tolist() == [True]
    assert bavaria.business(epiphany).tolist() == [False]
    # The Emirates' weekend was Friday and Saturday to the end of 2021, and is Saturday and Sunday since.
    emirates = public_holidays("AE", years=[2021, 2022])
    got = emirates.business(array(["2021-12-17", "2021-12-19", "2022-12-16", "2022-12-18"]))
    assert got.tolist() == [False, True, True, False]


def test_without_the_package_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "holidays", None)
    with pytest.raises(ImportError, match=r"repayplan\[calendar\]"):
        public_holidays("CN", years=2026)


@pytest.mark.parametrize("version", ["0.91", "0.108", "0.9.12"])
def test_a_release_with_wrong_days_is_refused(monkeypatch, version):
    monkeypatch.setitem(sys.modules, "holidays", SimpleNamespace(__version__=version))
    with pytest.raises(ImportError, match=rf"holidays {OLDEST} or newer.*repayplan\[calendar\]"):
        public_holidays("CN", years=2026)


@pytest.mark.parametrize("answer", [True, 1, [True], np.ones(2), None], ids=repr)
def test_a_calendar_of_ones_own_answers_for_each_date(answer):
    class Short:
        name, first, last = "short", None, None

        def business(self, _):
            return answer

    days = array([date(2026, 1, 30), date(2026, 1, 31)])
    for calendar in (Short(), joint(Short(), WEEKENDS)):
        with pytest.raises(InputError, match="one for each date") as caught:
            adjust(days, "following", calendar)
        assert (caught.value.code, caught.value.field) == (Code.UNKNOWN_VALUE, "calendar")
        assert str(caught.value.value).startswith("short: ")


def ends_at(first, last=None):
    return SimpleNamespace(name="c", first=first, last=last, business=WEEKENDS.business)


@pytest.mark.parametrize("end", ["2020-01-01", 5, NOT_A_DAY, datetime(2020, 1, 1, tzinfo=UTC)])
def test_a_calendar_of_ones_own_whose_ends_are_no_dates_is_refused_by_name(end):
    for wrong in (ends_at(end), ends_at(None, end)):
        for field, made in (
            ("due_dates.calendar", lambda c: DueDates(business_day="following", calendar=c)),
            ("calendars", lambda c: joint(WEEKENDS, c)),
            ("calendar", lambda c: adjust(array(["2026-01-31"]), "following", c)),
            ("calendar", lambda c: DayCounter.of(c, 0, 9, 3)),
        ):
            with pytest.raises(InputError, match="are dates, datetime64") as error:
                made(wrong)
            assert (error.value.code, error.value.field) == (Code.NOT_A_DATE, field)


def test_a_calendar_of_ones_own_may_end_at_a_date_of_pythons():
    plain, numpys = (ends_at(*(end(2026, m, 1) for m in (1, 4))) for end in (date, _numpys))
    days = array(["2026-01-31", "2026-05-02"])
    for one, other in zip(adjust(days, "following", plain), adjust(days, "following", numpys), strict=True):
        np.testing.assert_array_equal(one, other)
    assert adjust(days, "following", plain)[1].tolist() == [False, True]
    counted = [DayCounter.of(each, 20454, 20460, 3).upto.tolist() for each in (plain, numpys)]
    assert counted[0] == counted[1]


def _numpys(*parts):
    return np.datetime64(date(*parts), "D")
