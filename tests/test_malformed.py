"""Files and frames that somebody broke: our own error with file, row and column, or a failure of one row."""

import os
import random
from decimal import Decimal

import numpy as np
import pytest

import repayplan as rp
from extras import needs
from repayplan.edges import portions
from repayplan.edges.files import TableError, read_table
from repayplan.edges.framekind import FrameError
from repayplan.edges.sources import find

pytestmark = needs("pyarrow")

ROW = {"principal": "300", "annual_rate": "0", "original_term": 3, "elapsed": 0, "unpaid": 3}
ROW |= {"next_due": "2026-01-31"}
WORK = rp.Work(plan=rp.equal_instalment(3), extra="ignore", schedules=True)


def cells(**columns):
    """Columns of good loans, some of them exchanged."""
    size = len(next(iter(columns.values())))
    return {name: [value] * size for name, value in ROW.items()} | columns


def plain_parquet(path, **columns):
    """A file in which the bytes of its texts are as they are."""
    from pyarrow import parquet, table

    options = {"compression": "none", "use_dictionary": False, "write_statistics": False}
    parquet.write_table(table(cells(**columns)), path, store_schema=False, **options)
    return path.read_bytes()


BROKEN = [
    (b"40000", b"4\xff000", "UTF8"),
    (b"principal", b"princi\xffal", "utf-8|UTF|can't be read|can be read"),
    (None, b"\xff" * 30, "can't be read|can be read"),
]


@pytest.mark.parametrize(("old", "new", "words"), BROKEN, ids=["cell", "name", "thrift"])
def test_parquet_of_bytes_that_are_no_text_is_named(tmp_path, old, new, words):
    path = tmp_path / "loans.parquet"
    good = plain_parquet(path, principal=["30000", "40000"])
    footer = len(good) - 8 - int.from_bytes(good[-8:-4], "little")
    old = good[footer : footer + 30] if old is None else old
    assert old in good
    path.write_bytes(good.replace(old, new))
    with pytest.raises(TableError, match=words) as caught:
        read_table(path)
    assert str(caught.value).startswith(f"{path}: ")
    with pytest.raises(TableError, match=words) as caught:
        rp.stream(path, tmp_path / "out", WORK)
    assert str(caught.value).startswith("loans.parquet: ")


def test_flipped_bits_of_parquet_are_never_more_than_our_own_error(tmp_path):
    path, said = tmp_path / "loans.parquet", 0
    good = plain_parquet(path, principal=["30000", "40000"], note=["é", "x"])
    for seed in range(60):
        draw, data = random.Random(seed), bytearray(good)  # noqa: S311 - no secret
        for _ in range(draw.randrange(1, 4)):
            data[draw.randrange(4, len(data))] ^= 1 << draw.randrange(8)
        path.write_bytes(data)
        try:
            read_table(path)
        except TableError as error:
            said += str(error).startswith(f"{path}: ")
        try:
            files = [portions.index(found, 1) for found in find(path)]
            for block in portions.read(files, portions.parts_of(files), lambda names: names):
                WORK(block.table)
        except rp.InputError:
            said += 1
    assert said > 20


@pytest.mark.skipif(os.name != "posix", reason="names of files are text there")
def test_a_name_of_a_file_that_is_no_text_is_named(tmp_path):
    (tmp_path / "in").mkdir()
    try:
        (tmp_path / "in" / os.fsdecode(b"a\xff.csv")).write_text("principal\n")
    except OSError:
        pytest.skip("the file system takes no such name")
    with pytest.raises(TableError, match="a name in it is not UTF-8"):
        find(tmp_path / "in")


def test_text_of_arrow_that_is_not_utf8_is_named_with_its_row():
    import pyarrow as pa

    text = pa.Array.from_buffers(pa.string(), 3, pa.array([b"1.00", b"2.00", b"\xff"]).buffers())
    codes = pa.array([1, 1, 2], pa.int32())
    for column in (text, text.cast(pa.large_string()), pa.DictionaryArray.from_arrays(codes, text)):
        table = pa.table(cells(principal=column))
        with pytest.raises(FrameError, match=r"principal.*row 2: the text is not UTF-8") as caught:
            rp.Loans.from_frame(table)
        assert caught.value.column == "principal"
        with pytest.raises(FrameError, match=r"principal.*not UTF-8"):
            WORK(table)


def frames(kind, **columns):
    """The same columns in one kind of frame; those exchanged as that kind of column."""
    import pyarrow as pa

    table = pa.table(cells(**columns))
    kinds = {"dictionary": pa.dictionary(pa.int32(), pa.string()), "large": pa.large_string()}
    if kind == "view":
        kinds["view"] = pa.string_view()
    for name in columns:
        at = table.schema.get_field_index(name)
        if kind in kinds:
            table = table.set_column(at, name, table[name].cast(kinds[kind]))
    if kind in ("arrow", *kinds):
        return table
    if kind == "polars":
        return pytest.importorskip("polars").from_arrow(table)
    made = pytest.importorskip("pandas").DataFrame(cells(**columns))
    for name in columns:
        made[name] = made[name].astype("category" if kind == "category" else "object")
        if kind == "mixed":
            made.loc[0, name] = 300
    return made


BAD = [("3" * 1001, rp.Code.OUT_OF_RANGE), ("300\0", rp.Code.UNKNOWN_VALUE)]
KINDS = ["arrow", "large", "dictionary", "view", "polars", "category", "pandas", "mixed"]


@pytest.mark.parametrize(("cell", "code"), BAD, ids=["long", "NUL"])
@pytest.mark.parametrize("kind", KINDS)
def test_one_cell_that_is_no_data_fails_its_row_alone(kind, cell, code):
    if kind == "view" and not hasattr(pytest.importorskip("pyarrow"), "string_view"):
        pytest.skip("this pyarrow has no such type")
    frame = frames(kind, principal=["300", cell, "300", cell])
    loans = rp.Loans.from_frame(frame)
    assert [(each.row, each.code, each.field) for each in loans.failures] == [
        (1, code, "principal"),
        (3, code, "principal"),
    ]
    assert loans.good.tolist() == [True, False, True, False]
    if kind in ("arrow", "large", "dictionary", "view"):
        made = WORK(frame)
        assert made["loans"]["row"].to_pylist() == [0, 2]
        assert made["failures"]["code"].to_pylist() == [code, code]


def test_of_a_household_it_is_the_same_and_an_event_is_refused():
    frame = frames("arrow", net_income=["900", "900"], region=["CN-SH", "x" * 1001])
    homes = rp.Households.from_frame(frame)
    assert [(each.row, each.field) for each in homes.failures] == [(1, "region")]
    events = {"account": [0, 0], "kind": ["payment"] * 2, "value_date": ["2026-01-31"] * 2}
    events |= {"amount": ["1", "2"], "reference": ["a", "b\0"]}
    import pyarrow as pa

    with pytest.raises(FrameError, match="row 1: reference") as caught:
        rp.Events.from_frame(pa.table(events))
    assert caught.value.column == "reference"


WRONG = [[Decimal("NaN")], [float("nan")], [np.float64("nan"), 5], [Decimal("sNaN")], [Decimal("NaN"), None]]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
@pytest.mark.parametrize("first", [Decimal(300), 300])
def test_nan_among_objects_of_pandas_is_no_empty_cell(first, wrong):
    pandas = pytest.importorskip("pandas")
    given = [first, *wrong]
    column = pandas.Series(given, dtype=object)
    loans = rp.Loans.from_frame(pandas.DataFrame(cells(principal=given) | {"principal": column}))
    found = {each.row: each.code for each in loans.failures}
    assert found.pop(1) is rp.Code.NOT_FINITE
    assert found == {at: rp.Code.MISSING for at, cell in enumerate(given) if cell is None}
