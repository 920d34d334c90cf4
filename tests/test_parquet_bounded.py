"""Small Parquet files that mean gigabytes: refused before they are decoded, or not read at all."""

import pytest

from extras import needs
from repayplan import Code
from repayplan.edges.blockcolumns import readable
from repayplan.edges.files import TableError, read_table
from repayplan.edges.reading import Reading
from repayplan.edges.tablecolumns import columns_of

pytestmark = needs("pyarrow")
ROWS = 400


def table_with(path, *, stored=True, note="x" * (1 << 21), **columns):
    """A table of loans whose column note has one long text in every row, as a dictionary."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = {"id": [str(i) for i in range(ROWS)], "principal": ["1000"] * ROWS, **columns}
    table["note"] = pa.DictionaryArray.from_arrays(pa.array([0] * ROWS, pa.int32()), pa.array([note]))
    pq.write_table(pa.table(table), path, compression="zstd", store_schema=stored)
    return path


def held_little(do):
    """Whether Arrow never held 64 MiB more than before, unless it once had held as much already."""
    import pyarrow as pa

    pool = pa.default_memory_pool()
    most = max(pool.max_memory(), pool.bytes_allocated() + (1 << 26))
    do()
    return pool.max_memory() <= most


@pytest.mark.parametrize("stored", [True, False], ids=["a dictionary", "plain text"])
def test_a_long_text_of_many_rows_is_refused_before_it_is_many(tmp_path, stored):
    path = table_with(tmp_path / "b.parquet", stored=stored)
    assert path.stat().st_size < 20_000

    def refused():
        with pytest.raises(TableError, match="a cell of note has more than 1000 characters") as caught:
            read_table(path)
        assert caught.value.code is Code.OUT_OF_RANGE

    assert held_little(refused)  # decoded it takes 800 MB


def test_a_text_too_long_for_so_many_rows_is_refused(tmp_path, monkeypatch):
    path = table_with(tmp_path / "b.parquet", note="x" * 100)
    monkeypatch.setattr("repayplan.edges.files.MAX_COLUMN_BYTES", 4 * 100 * ROWS - 1)
    with pytest.raises(TableError, match="a cell of note has 100 characters, too many for each of 400 rows"):
        read_table(path)
    monkeypatch.setattr("repayplan.edges.files.MAX_COLUMN_BYTES", 4 * 100 * ROWS)
    assert read_table(path).columns["note"].tolist() == ["x" * 100] * ROWS


@pytest.mark.parametrize("ignored", ["note", "*"])
def test_a_column_that_is_ignored_is_not_read(tmp_path, ignored):
    path = table_with(tmp_path / "b.parquet")
    ids, columns, failures, _ = columns_of(path, None, Reading(ignored=(ignored,)))
    assert sorted(columns) == ["id", "principal"]
    assert (ids[-1], columns["principal"][-1], len(failures)) == ("399", "1000", 0)
    with pytest.raises(TableError, match="column note: note is no field"):
        columns_of(path, None, Reading())


def test_texts_with_gaps_are_read_as_before(tmp_path):
    import pyarrow as pa

    gaps = {"a": [None, "\u5143"] * 200, "b": pa.array([None] * ROWS, pa.string())}
    path = table_with(tmp_path / "b.parquet", note="n", **gaps)
    read = read_table(path).columns
    assert (read["a"][:2].tolist(), set(read["b"].tolist())) == (["", "\u5143"], {""})


def test_a_block_holds_no_long_text_many_times():
    import pyarrow as pa

    texts = pa.DictionaryArray.from_arrays(
        pa.array([0, 1] * 200, pa.int32()), pa.array(["x" * (1 << 21), "n"])
    )
    found = []
    assert held_little(lambda: found.extend(readable(pa, pa.table({"note": texts}))))
    table, failures = found
    assert table["note"].to_pylist() == [None, "n"] * 200
    assert (failures.row.tolist(), failures[0].code) == (list(range(0, 400, 2)), Code.OUT_OF_RANGE)
