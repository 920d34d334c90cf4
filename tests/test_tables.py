"""Files in: what they must have, what is said where they don't; and a folder out, whole or not at all."""

import os
from datetime import date
from decimal import Decimal

import pytest

from extras import needs
from repayplan import AgeBand, Allowance, capacity
from repayplan.basics.errors import Code, InputError
from repayplan.edges.files import TableError, read_table
from repayplan.edges.folder import FolderError, whole_folder, write_pieces
from repayplan.edges.tables import read_applicants


@pytest.fixture
def write(tmp_path):
    def written(text, name="loans.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return written


def test_columns_that_an_allowance_may_need_are_read(write):
    head = (
        "principal,annual_rate,original_term,elapsed,unpaid,next_due,net_income,region,dependants,assessed\n"
    )
    line = "1000,0.1,12,2,10,2026-01-31,900,"
    homes = read_applicants(write(head + line + "CN-SH,2,2026-01-05\n" + line + ",0,\n")).households
    assert (homes.region.tolist(), homes.dependants.tolist()) == (["CN-SH", ""], [2, 0])
    assert [str(day) for day in homes.assessed] == ["2026-01-05", "NaT"]


# Files as they are


def test_ages_of_children_are_read_from_one_cell(write):
    given = {"principal": "1", "annual_rate": "0.1", "original_term": "9", "elapsed": "1", "unpaid": "8"}
    given["next_due"] = "2026-01-31"
    cells = ",".join(given.values())
    rows = ["a,3,3 7 12", 'b,1," 5,"', "c,0,", "d,2,", "e,2,3 7", "f,2,3", "g,1,x", "h,1,200", "i,0,4"]
    loans = write(f"id,{','.join(given)}\n" + "".join(f"{row[0]},{cells}\n" for row in rows))
    homes = write("id,net_income,children,ages\n" + "".join(f"{r[0]},2000{r[1:]}\n" for r in rows), "h.csv")
    got = read_applicants(loans, households=homes).households
    years = [got.ages.years[got.ages.of == row].tolist() for row in range(5)]
    assert years == [[3, 7, 12], [5], [], [], [3, 7]]
    assert [(f.row, f.code, f.field) for f in got.failures] == [
        (5, Code.UNKNOWN_VALUE, "ages"),
        (6, Code.NOT_A_NUMBER, "ages"),
        (7, Code.OUT_OF_RANGE, "ages"),
        (8, Code.UNKNOWN_VALUE, "ages"),
    ]
    bands = (AgeBand(under=6, each="10"), AgeBand(each="100"))
    rule = Allowance(adult_first="900", adult_further="0", child_by_age=bands, covers=(), source="own")
    can = capacity(got, rule)
    assert dict(zip(can.row.tolist(), (can.value.allowance / 100).tolist(), strict=True)) == {
        0: 1110, 1: 910, 2: 900, 4: 1010,
    }  # fmt: skip
    assert next((f.row, f.field) for f in can.failures) == (3, "ages")


def test_csv_cells_stay_text(write):
    table = read_table(write('\ufeffprincipal, note \r\n12.30,"a, ""b"""\r\n,\r\n\r\n0.10,c\r\n'))
    assert {name: cells.tolist() for name, cells in table.columns.items()} == {
        "principal": ["12.30", "", "0.10"],
        "note": ['a, "b"', "", "c"],
    }
    assert len(table.failures) == 0


def test_a_row_with_other_cells_than_the_header_is_a_failure_of_that_row(write):
    table = read_table(write("a,b\n1,2\n3\n4,5,6\n7,8\n"))
    assert [(f.row, f.code, f.value) for f in table.failures] == [
        (1, Code.WRONG_CELLS, "1"),
        (2, Code.WRONG_CELLS, "3"),
    ]
    assert table.columns["b"].tolist() == ["2", "", "", "8"]


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("", Code.MISSING, "no header"),
        ("a,b\n", Code.MISSING, "no rows"),
        ("a,,c\n1,2,3\n", Code.MISSING, "column 2 has no name"),
        ("a,b,a\n1,2,3\n", Code.DUPLICATE, "more than one column is called a"),
        ('a,b\n1,"2\n3,4\n', Code.UNKNOWN_VALUE, "line 3"),
        ('a,b\n1,"2' + "\n3,4" * 500 + '"\n', Code.OUT_OF_RANGE, "a cell of b has more than"),
    ],
)
def test_a_csv_that_is_no_table(write, text, code, said):
    path = write(text)
    with pytest.raises(TableError, match=said) as error:
        read_table(path)
    assert error.value.code is code
    assert str(error.value).startswith(str(path))


def test_text_in_another_encoding_is_refused(write):
    with pytest.raises(TableError, match="not UTF-8"):
        read_table(write("a\nmünchen\n", encoding="latin-1"))


@needs("pyarrow")
def test_parquet_columns_are_read_exactly(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = tmp_path / "loans.parquet"
    columns = {
        "decimal": pa.array([Decimal("12.30"), None]),
        "whole": pa.array([3, 4]),
        "gap": pa.array([3, None]),
        "real": pa.array([0.1, 0.25]),
        "real_gap": pa.array([0.1, None]),
        "day": pa.array([date(2026, 1, 31), None]),
        "word": pa.array(["x", None]).dictionary_encode(),
        "none": pa.nulls(2),
    }
    pq.write_table(pa.table(columns), path)
    got = read_table(path).columns
    assert {name: values.tolist() for name, values in got.items()} == {
        "decimal": ["12.30", ""],
        "whole": [3, 4],
        "gap": ["3", ""],
        "real": [0.1, 0.25],
        "real_gap": ["0.1", ""],
        "day": [date(2026, 1, 31), None],
        "word": ["x", ""],
        "none": ["", ""],
    }


@needs("pyarrow")
def test_a_parquet_file_that_cant_be_read(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = tmp_path / "loans.parquet"
    path.write_bytes(b"PAR1 cut short")
    with pytest.raises(TableError, match="not a Parquet file"):
        read_table(path)
    pq.write_table(pa.table({"a": [[1, 2]]}), path)
    with pytest.raises(TableError, match="column a holds list"):
        read_table(path)


def test_parquet_without_pyarrow_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    path = tmp_path / "x"
    path.write_bytes(b"PAR1")
    with pytest.raises(ImportError, match=r"repayplan\[arrow\]"):
        read_table(path)


# A folder out


def files(folder):
    return sorted(p.name for p in folder.iterdir())


def test_a_folder_appears_whole(tmp_path):
    with whole_folder(tmp_path / "out") as folder:
        write_pieces(folder / "a.csv", [b"one", b"two"])
        assert not (tmp_path / "out").exists()
    assert (tmp_path / "out" / "a.csv").read_bytes() == b"onetwo"
    assert files(tmp_path) == ["out"]


def breaks_off(fault):
    yield b"one"
    raise fault


@pytest.mark.parametrize("fault", [RuntimeError, KeyboardInterrupt])
def test_a_failure_midway_leaves_nothing(tmp_path, fault):
    with pytest.raises(fault), whole_folder(tmp_path / "out") as folder:
        write_pieces(folder / "a.csv", breaks_off(fault))
    assert files(tmp_path) == []


def test_a_failure_midway_leaves_the_earlier_result(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "a.csv").write_text("earlier")
    with pytest.raises(RuntimeError), whole_folder(out, overwrite=True, ours=["a.csv"]) as folder:
        write_pieces(folder / "a.csv", breaks_off(RuntimeError))
    assert files(tmp_path) == ["out"]
    assert (out / "a.csv").read_text() == "earlier"


def test_a_failure_at_the_last_step_leaves_the_earlier_result(tmp_path, monkeypatch):
    out = tmp_path / "out"
    out.mkdir()
    (out / "a.csv").write_text("earlier")
    path_type = type(out)
    replace = path_type.replace

    def refuses(self, target):
        if self.name.endswith(".part"):
            raise PermissionError(self)
        return replace(self, target)

    monkeypatch.setattr(path_type, "replace", refuses)
    with pytest.raises(PermissionError), whole_folder(out, overwrite=True, ours=["a.csv"]) as folder:
        (folder / "a.csv").write_text("later")
    assert files(tmp_path) == ["out"]
    assert (out / "a.csv").read_text() == "earlier"


def test_an_earlier_result_is_replaced_when_asked(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "a.csv").write_text("earlier")
    with whole_folder(out, overwrite=True, ours=["a.csv", "b.csv"]) as folder:
        (folder / "b.csv").write_text("later")
    assert files(out) == ["b.csv"]
    assert files(tmp_path) == ["out"]


def test_an_empty_folder_may_be_there(tmp_path):
    (tmp_path / "out").mkdir()
    with whole_folder(tmp_path / "out") as folder:
        (folder / "a").write_text("")
    assert files(tmp_path / "out") == ["a"]


@pytest.mark.parametrize(
    ("make", "overwrite", "said"),
    [
        (lambda p: p.write_text("x"), True, "is no folder"),
        (lambda p: (p.mkdir(), (p / "a.csv").write_text("x")), False, "not empty"),
        (lambda p: (p.mkdir(), (p / "thesis.doc").write_text("x")), True, "holds thesis.doc"),
        (lambda p: p.symlink_to(p.parent / "nowhere"), True, "is no folder"),
        (lambda p: (p.mkdir(), os.chdir(p)), True, "current folder"),
    ],
)
def test_nobodys_files_are_lost(tmp_path, make, overwrite, said, monkeypatch):
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "out"
    make(out)
    with pytest.raises(FolderError, match=said), whole_folder(out, overwrite=overwrite, ours=["a.csv"]):
        pytest.fail("never entered")
    assert files(tmp_path) == ["out"]


def test_the_parent_folder_must_be_there(tmp_path):
    with pytest.raises(FolderError, match="there is no folder"), whole_folder(tmp_path / "x" / "y"):
        pytest.fail("never entered")


def test_a_frequency_without_its_amount_is_refused(tmp_path):
    path = tmp_path / "loans.csv"
    path.write_text(
        "principal,annual_rate,original_term,elapsed,unpaid,next_due,net_income,cost_rent_frequency\n"
        "1000,0.1,12,2,10,2026-01-31,2000,weekly\n",
        encoding="utf-8",
    )
    with pytest.raises(InputError) as error:
        read_applicants(path)
    assert error.value.code is Code.MISSING
    assert "cost_rent_frequency without cost_rent" in str(error.value)


@pytest.mark.parametrize("homes", ["b,1,1\nc,5\n", "b,1,1\n", "b,1,1\n,2,1\n", "b,1,1\nc\nd\n"])
def test_a_loan_without_an_id_is_nobodys_whatever_lines_of_households_are_broken(write, homes):
    given = {"principal": "1", "annual_rate": "0.1", "original_term": "9", "elapsed": "1", "unpaid": "8"}
    given["next_due"] = "2026-01-31"
    cells = ",".join(given.values())
    loans = write(f"id,{','.join(given)}\nb,{cells}\n,{cells}\nc,{cells}\n")
    got = read_applicants(loans, households=write("id,net_income,adults\n" + homes, "homes.csv"))
    assert [(f.row, f.code, f.field, f.value) for f in got.failures] == [
        (1, Code.MISSING, "id", ""),
        (2, Code.NO_HOUSEHOLD, "id", "c"),
    ]
    assert got.row.tolist() == [0]
