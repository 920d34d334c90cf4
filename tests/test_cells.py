"""Cells of every kind, whole tables of them: what is written is read back exactly by csv and Decimal."""

import csv
import io
from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repayplan.basics.columns import Screen
from repayplan.basics.money import MAX_TOTAL, to_decimal
from repayplan.edges import cells
from repayplan.edges.cells import FORMULA, Column, column, csv_bytes, harmless, texts

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)
AWKWARD = st.one_of(TEXT, st.text(st.sampled_from(',"\n\r a'), max_size=6))
DATES = st.dates(date(1900, 1, 1), date(9999, 12, 31))
UNITS = st.integers(-MAX_TOTAL, MAX_TOTAL)
KINDS = ("text", "count", "money", "rate", "date", "flag")


def read(table):
    """The table as the csv module sees it: header and lines."""
    text = b"".join(csv_bytes(table)).decode("utf-8")
    head, *lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    return head, lines


@st.composite
def tables(draw):
    """Columns of every kind with gaps, and what their cells mean (None: empty)."""
    size = draw(st.integers(0, 12))

    def many(values):
        return draw(st.lists(values, min_size=size, max_size=size))

    given_ = {
        "text": many(AWKWARD),
        "count": many(UNITS),
        "money": many(UNITS),
        "rate": many(st.integers(0, 10**10)),
        "date": many(DATES),
        "flag": many(st.booleans()),
    }
    dtypes = {"text": np.str_, "date": "datetime64[D]", "flag": np.bool_}
    places = many(st.integers(0, 8))
    mixed = draw(st.booleans())
    d = np.array(places, np.int64) if mixed else 3
    gaps = {kind: draw(st.one_of(st.none(), st.just(many(st.booleans())))) for kind in KINDS}
    table, meant = {}, {}
    for kind in draw(st.permutations(KINDS)):
        values = np.array(given_[kind], dtypes.get(kind, np.int64))
        gap = gaps[kind]
        missing = None if gap is None else np.array(gap, np.bool_)
        table[kind] = Column(kind=kind, values=values, decimals=d if kind == "money" else 0, missing=missing)
        exact = {
            "money": [to_decimal(u, p if mixed else 3) for u, p in zip(given_["money"], places, strict=True)],
            "rate": [Decimal(u).scaleb(-10) for u in given_["rate"]],
        }.get(kind, given_[kind])
        meant[kind] = [None if gone else x for x, gone in zip(exact, gap or [False] * size, strict=True)]
    return table, meant


READ = {
    "text": str,
    "count": int,
    "money": Decimal,
    "rate": Decimal,
    "date": date.fromisoformat,
    "flag": {"true": True, "false": False}.__getitem__,
}


@given(tables())
def test_a_table_is_read_back_exactly(case):
    table, meant = case
    head, lines = read(table)
    assert head == list(table)
    for kind, found in zip(head, zip(*lines, strict=True) if lines else [()] * len(head), strict=True):
        want = ["" if x is None and kind == "text" else x for x in meant[kind]]
        assert [READ[kind](cell) if cell or kind == "text" else None for cell in found] == want
        if kind == "money":
            for cell, amount in zip(found, want, strict=True):
                assert amount is None or cell == format(amount, "f")


@given(tables())
def test_text_of_a_column_is_its_cells_without_quotes(case):
    table, _ = case
    _, lines = read(table)
    for name, cells_ in zip(table, zip(*lines, strict=True), strict=lines != []):
        assert texts(table[name]).tolist() == list(cells_)


@given(st.lists(AWKWARD, min_size=1, max_size=6))
def test_cells_are_quoted_only_where_they_must_be(values):
    table = {"a": column(np.array(values)), "b": column(np.arange(len(values)))}
    data = b"".join(csv_bytes(table)).removeprefix(b"a,b\n")
    lines = []
    for i, value in enumerate(values):
        special = any(char in value for char in ',"\r\n')
        doubled = value.replace('"', '""')
        lines.append(f'"{doubled}",{i}\n' if special else f"{value},{i}\n")
    assert data.decode("utf-8") == "".join(lines)


@given(st.lists(AWKWARD.filter(bool), min_size=1, max_size=5, unique=True))
def test_names_of_columns_are_quoted_too(names):
    names = [*names, "any other"]
    head, lines = read({name: column(np.array([True])) for name in names})
    assert (head, lines) == (names, [["true"] * len(names)])


@given(st.lists(st.integers(0, 10**10), min_size=1, max_size=10))
def test_a_rate_is_read_back_by_the_package(units):
    written = texts(Column(kind="rate", values=np.array(units)))
    screen = Screen(len(units))
    assert screen.rate("rate", written).tolist() == units
    assert len(screen.failures()) == 0


@given(st.lists(st.tuples(st.integers(-(10**18), 10**18), st.integers(0, 8)), min_size=1, max_size=10))
def test_money_is_read_back_by_the_package(rows):
    units, decimals = (np.array(part, np.int64) for part in zip(*rows, strict=True))
    written = texts(Column(kind="money", values=units, decimals=decimals))
    screen = Screen(len(rows))
    assert screen.money("amount", written, decimals, minimum=None).tolist() == units.tolist()
    assert len(screen.failures()) == 0


@pytest.mark.parametrize("size", [0, 1, 3, 4, 5, 8, 9])
def test_pieces_make_one_table(size, monkeypatch):
    monkeypatch.setattr(cells, "CHUNK", 4)
    money = Column(
        kind="money",
        values=np.arange(size) * 1000 - 1,
        decimals=np.arange(size) % 3,
        missing=np.arange(size) % 2 == 1,
    )
    table = {"n": column(np.arange(size)), "money": money, "text": column(np.arange(size).astype(np.str_))}
    pieces = list(csv_bytes(table))
    assert len(pieces) == 1 + -(-size // 4)
    _, lines = read(table)
    assert [line[0] for line in lines] == [line[2] for line in lines] == [str(i) for i in range(size)]
    want = [format(to_decimal(i * 1000 - 1, i % 3), "f") if i % 2 == 0 else "" for i in range(size)]
    assert [line[1] for line in lines] == want


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (np.array(["x"]), "text"),
        (np.array(["2026-01-31"], "datetime64[D]"), "date"),
        (np.array([True]), "flag"),
        (np.array([1]), "count"),
        (np.array([1], np.int8), "count"),
    ],
)
def test_the_kind_follows_from_the_dtype(values, kind):
    made = column(values)
    assert (made.kind, len(made), made.empty.tolist()) == (kind, 1, [False])


def test_a_part_keeps_its_own_decimals_and_gaps():
    whole = Column(
        kind="money",
        values=np.array([1, 2, 3]),
        decimals=np.array([0, 1, 2]),
        missing=np.array([True, False, False]),
    )
    assert texts(whole).tolist() == ["", "0.2", "0.03"]
    assert texts(whole.part(slice(1, 3))).tolist() == ["0.2", "0.03"]
    assert texts(whole.part(slice(0, 1))).tolist() == [""]


def test_a_column_one_byte_wide_is_quoted_whole():
    assert b"".join(csv_bytes({'"': column(np.array(['"']))})) == b'""""\n""""\n'


@given(st.lists(st.text(st.sampled_from("=+-@＝\t'a1.,5"), max_size=5), max_size=8))
def test_no_text_is_a_formula_and_none_is_lost(cells):
    values = np.array(cells, np.str_)
    made = harmless(column(values)).values.tolist()
    for before, after in zip(cells, made, strict=True):
        assert after in (before, "'" + before)
        if after == before and before[:1] in FORMULA and before:
            assert Decimal(before).is_finite()
    assert harmless(Column(kind="money", values=np.array([-5]), decimals=2)).values.tolist() == [-5]
