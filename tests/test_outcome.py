"""Failures as a sequence of rows, one each, its first fault; and the good rows beside them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repayplan import Code, Failure, Failures, InputError, Loans, Outcome, equal_instalment, schedule
from repayplan.basics.outcome import CODES, MOST_KEPT, counted, in_order, places, span

ENTRIES = st.lists(
    st.builds(
        Failure,
        row=st.integers(0, 8),
        code=st.sampled_from(list(Code)),
        field=st.sampled_from(["fees", "principal", "a very long field name"]),
        value=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=6),
    ),
    max_size=12,
)


def first_of_each_row(entries):
    """What is left of them: the first of each row, by row."""
    kept = {}
    for entry in entries:
        kept.setdefault(entry.row, entry)
    return [kept[row] for row in sorted(kept)]


@given(ENTRIES)
def test_one_entry_a_row_its_first_in_order_of_row(entries):
    made, want = Failures.of(entries), first_of_each_row(entries)
    assert list(made) == want
    assert len(made) == len(want)
    assert made.row.tolist() == [entry.row for entry in want]
    assert made.code == [entry.code for entry in want]
    assert [made[i] for i in range(-len(want), len(want))] == want * 2
    assert bool(made) == bool(want)


@given(ENTRIES, st.integers(9, 12))
def test_a_mask_says_which_rows_failed(entries, size):
    mask = Failures.of(entries).mask(size)
    assert (len(mask), mask.dtype) == (size, np.dtype(np.bool_))
    assert set(np.flatnonzero(mask).tolist()) == {entry.row for entry in entries}


@given(st.lists(ENTRIES, max_size=4))
def test_of_several_steps_the_earlier_one_is_kept(steps):
    made = Failures.none().and_then(*(Failures.of(entries) for entries in steps))
    assert list(made) == first_of_each_row([entry for entries in steps for entry in entries])


@given(ENTRIES, st.permutations(range(9)))
def test_moved_to_the_rows_of_another_batch(entries, order):
    made = Failures.of(entries).moved(np.array(order))
    want = [Failure(order[e.row], e.code, e.field, e.value) for e in first_of_each_row(entries)]
    assert list(made) == sorted(want, key=lambda e: e.row)


@given(ENTRIES, st.slices(9))
def test_a_slice_is_failures_too(entries, cut):
    made = Failures.of(entries)[cut]
    assert isinstance(made, Failures)
    assert set(made) == set(first_of_each_row(entries)[cut])


@given(st.lists(st.integers(0, 20), unique=True, max_size=6), st.sampled_from(list(Code)))
def test_one_code_for_many_rows(rows, code):
    values = [str(row) for row in rows]
    made = Failures.at(np.array(rows, np.int64), code, "fees", np.array(values, np.str_))
    assert list(made) == [Failure(row, code, "fees", str(row)) for row in sorted(rows)]
    same = Failures.at(np.array(rows, np.int64), code, "fees", "x")
    assert [entry.value for entry in same] == ["x"] * len(rows)


def test_numbers_as_values_are_shown_as_text():
    made = Failures.at(np.array([4, 2]), Code.WRONG_CELLS, "row", np.array([3, 15]))
    assert [(entry.row, entry.value) for entry in made] == [(2, "15"), (4, "3")]


def test_no_failure_is_empty_whatever_is_asked_of_it():
    none = Failures.none()
    assert (len(none), list(none), none.code, none.row.tolist()) == (0, [], [], [])
    assert none.mask(3).tolist() == [False] * 3
    assert len(none.and_then()) == len(none.and_then(none, none)) == len(none.moved(np.arange(3))) == 0
    assert repr(none) == "Failures(0)"
    with pytest.raises(IndexError):
        none[0]


def test_it_is_shown_shortly():
    made = Failures.at(np.arange(7), Code.MISSING, "fees", "")
    shown = [f"row {i}: missing (fees)" for i in range(5)]
    assert repr(made) == f"Failures(7: {', '.join(shown)}, ...)"
    assert repr(made[:1]) == "Failures(1: row 0: missing (fees))"


def test_it_is_a_sequence():
    made = Failures.of([Failure(3, Code.MISSING, "fees", ""), Failure(1, Code.NEGATIVE, "fees", "-1")])
    entry = Failure(3, Code.MISSING, "fees", "")
    assert entry in made
    assert (made.index(entry), made.count(entry)) == (1, 1)
    assert list(reversed(made)) == list(made)[::-1]
    assert len({*made, *made}) == 2


@pytest.mark.parametrize("code", list(Code))
def test_a_failure_is_the_error_of_a_single_call(code):
    error = Failure(7, code, "fees", "-1").error()
    assert type(error) is InputError
    assert (error.code, error.field, error.value) == (code, "fees", "-1")
    assert error.rule == code.text(field="fees", value="-1")
    assert str(error) == f"fees='-1': {error.rule} [{code.value}]"


def test_arrays_number_the_codes_in_their_order():
    assert tuple(Code) == CODES
    assert len({code.value for code in CODES}) == len(CODES)


def test_an_outcome_of_one_is_its_value_or_its_fault():
    fine = Outcome("plan", np.array([0]), Failures.none())
    assert fine.single() == "plan"
    bad = Outcome("plan", np.array([], np.int64), Failures.at(np.array([0]), Code.NEGATIVE, "fees", "-1"))
    with pytest.raises(InputError) as caught:
        bad.single()
    assert (caught.value.code, caught.value.field, caught.value.value) == (Code.NEGATIVE, "fees", "-1")


@given(st.lists(st.sampled_from(["1000", "-1", "x", "0", ""]), min_size=1, max_size=8))
def test_good_rows_and_failures_make_up_the_batch(principals):
    loans = Loans.from_columns(
        principal=principals, annual_rate=0, original_term=3, elapsed=0, unpaid=3, next_due="2026-01-31"
    )
    outcome = schedule(loans, equal_instalment(3))
    good = [i for i, value in enumerate(principals) if value == "1000"]
    assert outcome.row.tolist() == good
    assert outcome.failures.row.tolist() == [i for i in range(len(principals)) if i not in good]
    assert len(outcome.value) == len(good)
    codes = {"-1": Code.NEGATIVE, "x": Code.NOT_A_NUMBER, "0": Code.NOTHING_OWED, "": Code.MISSING}
    assert outcome.failures.code == [codes[principals[row]] for row in outcome.failures.row]


@given(st.lists(st.integers(0, 3) | st.integers(-(2**63), 2**63 - 1), max_size=40))
def test_values_in_order_rise_and_equal_ones_stay_as_they_were(values):
    found = in_order(np.array(values, np.int64))
    assert found.tolist() == sorted(range(len(values)), key=values.__getitem__)


@given(mask=st.lists(st.booleans(), max_size=30), cut=st.integers(0, 4))
def test_places_of_a_mask_are_those_that_are_true_and_a_slice_where_they_follow_on(mask, cut):
    found = places(np.array(mask, np.bool_))
    assert found.tolist() == [i for i, true in enumerate(mask) if true]
    some = found[cut:]
    at = span(some)
    assert np.arange(len(mask))[at].tolist() == some.tolist()
    follow = len(some) > 0 and some.tolist() == list(range(some[0], some[0] + len(some)))
    assert isinstance(at, slice) == follow


@pytest.mark.parametrize("end", [20, MOST_KEPT, MOST_KEPT + 3])
def test_counted_numbers_are_no_slice_once_they_skip_or_fall(end):
    numbers = counted(2, end)
    assert np.array_equal(numbers, np.arange(2, end))
    assert span(numbers) == slice(2, end)
    assert span(counted(0, end)[5:9]) == slice(5, 9)
    for other in (numbers[::2], numbers[::-1]):
        assert span(other) is other
