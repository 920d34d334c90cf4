"""Where a stream reads from: files in one order, parts that fit together, our words for what is broken."""

import csv
import io
import random
import re
import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples import examples
from extras import needs
from portfolios import as_csv, rows
from repayplan import Code, Policy, Work, equal_instalment, stream
from repayplan.edges import portions
from repayplan.edges.csvcuts import Cutter, read_cut
from repayplan.edges.files import TableError
from repayplan.edges.portions import index, names_of, parts_of
from repayplan.edges.sources import find

pytestmark = needs("pyarrow")

WORK = Work(policy=Policy.example("consumer"), keep=("id",), explained=False)
CELLS = rows(60)


@pytest.fixture
def tree(tmp_path):
    """Files in folders, hidden ones among them."""
    from pyarrow import parquet, table

    for name, size, group in (("a/1.parquet", 100, 13), ("a/b/2.parquet", 55, 1000), ("a/3.pq", 0, 10)):
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        cells = {"v": [f"{name} {at}" for at in range(size)], "a.b": list(range(size))}
        parquet.write_table(table(cells), path, row_group_size=group)
    (tmp_path / "in" / "z.csv").write_text("v,w\n" + "".join(f"z{at},{at}\n" for at in range(30)))
    for name in ("_log/x.txt", ".hidden.csv", "a/_SUCCESS"):
        path = tmp_path / "in" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
    return tmp_path / "in"


def link(path, name):
    """A symbolic link to a file or folder."""
    try:
        name.symlink_to(path)
    except OSError:
        pytest.skip("no symbolic links here")
    return name


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ("", ["a/1.parquet", "a/3.pq", "a/b/2.parquet", "z.csv"]),
        ("/a", ["1.parquet", "3.pq", "b/2.parquet"]),
        ("/z.csv", ["z.csv"]),
        ("/**/*.parquet", ["a/1.parquet", "a/b/2.parquet"]),
        ("/a/*.parquet", ["1.parquet"]),
        ("/?/[13].*", ["a/1.parquet", "a/3.pq"]),
        ("/a/[!13]*/*", ["b/2.parquet"]),
        ("/**", ["a/1.parquet", "a/3.pq", "a/b/2.parquet", "z.csv"]),
        ("/*.csv", ["z.csv"]),
    ],
)
def test_files_are_found_in_the_order_of_their_names(tree, given, names):
    assert [found.name for found in find(f"{tree}{given}")] == names
    assert [found.name for found in find(f"{tree.as_uri()}{given}")] == names


def test_a_path_that_exists_is_that_file(tree):
    for name in ("z[1].csv", "z1.csv", "z[[:alpha:]].csv", "z-.csv", "z&&.csv"):
        shutil.copy(tree / "z.csv", tree / name)

    def names(given):
        return [one.name for one in find(f"{tree}/{given}")]

    assert names("z[1].csv") == ["z[1].csv"]
    assert names("z[[:alpha:]].csv") == ["z[[:alpha:]].csv"]
    assert names("z[1-3].csv") == ["z1.csv"]
    assert names("z[*--].csv") == ["z-.csv"]
    assert names("z[&|~^][&].csv") == ["z&&.csv"]


def test_several_sources_are_read_in_the_order_given(tree):
    assert [one.name for one in find([tree / "z.csv", str(tree / "a" / "*.parquet")])] == [
        "z.csv",
        "1.parquet",
    ]
    shutil.copy(tree / "z.csv", tree / "a" / "z.csv")
    same = find([tree / "z.csv", tree / "a" / "z.csv"])
    assert [one.name for one in same] == [(tree / "z.csv").as_posix(), (tree / "a" / "z.csv").as_posix()]


def test_paths_may_be_in_a_file_system_of_pyarrow(tree, tmp_path):
    from pyarrow import fs

    below = fs.SubTreeFileSystem(str(tree), fs.LocalFileSystem())
    assert [one.name for one in find("a", below)] == ["1.parquet", "3.pq", "b/2.parquet"]
    (tree / "loans.csv").write_bytes(as_csv(CELLS))
    stream(tree / "loans.csv", tmp_path / "here", WORK)
    stream("loans.csv", tmp_path / "there", WORK, filesystem=below)
    for name in ("decisions/part-000000.parquet", "manifest.json"):
        assert (tmp_path / "here" / name).read_bytes() == (tmp_path / "there" / name).read_bytes()


def test_what_is_in_the_target_is_never_read(tree):
    from pyarrow import fs

    out, every = tree / "a", ["z.csv"]
    below = fs.SubTreeFileSystem(str(tree.parent), fs.LocalFileSystem())
    assert [one.name for one in find(tree, apart=tree / "a" / "b" / "..")] == every
    assert [one.name for one in find(f"{tree}/a/../**", apart=out)] == every
    assert [one.name for one in find("in", below, apart=out)] == every
    assert [one.name for one in find(str(tree), fs.LocalFileSystem(), apart=out)] == every
    assert [one.name for one in find(link(tree, tree.parent / "link"), apart=out)] == every
    assert [one.name for one in find(tree, apart=link(out, tree.parent / "out"))] == every
    for inside in (out, f"{out}/*.parquet"):
        with pytest.raises(TableError, match="no file"):
            find(inside, apart=out)
    with pytest.raises(TableError, match="in the folder that results are written to"):
        find(out / "1.parquet", apart=out)


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        (lambda t: t / "none.csv", Code.MISSING, "no such file"),
        (lambda t: f"{t}/none/*.csv", Code.MISSING, "no such file"),
        (lambda t: f"{t}/*.orc", Code.MISSING, "no file matches"),
        (lambda t: t / "_log", Code.UNKNOWN_VALUE, r"x\.txt in it is none of"),
        (lambda t: [t / "z.csv", t / "z.csv"], Code.DUPLICATE, "given twice"),
        (lambda t: [t / "z.csv", f"{t}/a/../z.csv"], Code.DUPLICATE, "given twice"),
        (lambda t: [t / "z.csv", link(t / "z.csv", t / "a" / "link.csv")], Code.DUPLICATE, "given twice"),
        (lambda t: [t / "a", link(t / "a", t / "link") / "1.parquet"], Code.DUPLICATE, "given twice"),
        (lambda t: f"{t}/x[z-a].csv", Code.UNKNOWN_VALUE, "no pattern: z-a is the wrong way round"),
        (lambda t: f"{t}/x[[:alpha:]].csv", Code.UNKNOWN_VALUE, "no pattern: classes"),
        (lambda t: f"{t}/x[!].csv", Code.UNKNOWN_VALUE, "no pattern: there is nothing"),
        (lambda _: [], Code.MISSING, "no file is given"),
        (lambda _: "nosuch://bucket/a.csv", Code.MISSING, "can't be looked up"),
    ],
)
def test_what_is_no_source_is_named(tree, given, code, words):
    with pytest.raises(TableError, match=words) as caught:
        find(given(tree))
    assert caught.value.code is code


def test_parts_fit_together_whichever_are_read(tree, monkeypatch):
    monkeypatch.setattr(portions, "BATCH", 7)
    files = [index(found, 17) for found in find(tree)]
    parts = parts_of(files)
    assert [part.rows for part in parts] == [17] * 5 + [15] + [17] * 3 + [4] + [17, 13]
    assert [part.start for part in parts[5:8]] == [85, 100, 117]

    def of(some):
        read = portions.read(files, some, lambda names: [name for name in names if name == "v"])
        return [(block.part.number, block.table["v"].to_pylist(), block.line.tolist()) for block in read]

    every = of(parts)
    sizes = (("a/1.parquet", 100), ("a/b/2.parquet", 55))
    want = [f"{name} {at}" for name, size in sizes for at in range(size)] + [f"z{at}" for at in range(30)]
    assert [cell for _, cells, _ in every for cell in cells] == want
    assert [line[0] for _, _, line in every] == [1, 18, 35, 52, 69, 86, 1, 18, 35, 52, 2, 19]
    draw = random.Random(5)  # noqa: S311 - no secret
    for _ in range(20):
        some = [part for part in parts if draw.random() < 0.5]
        assert of(some) == [each for each in every if each[0] in {part.number for part in some}]


def test_a_column_with_a_point_in_its_name_is_read(tree):
    files = [index(found, 60) for found in find(tree / "a" / "1.parquet")]
    read = portions.read(files, parts_of(files), lambda _: ["a.b"])
    assert [block.table.to_pydict() for block in read] == [{"a.b": [*range(60)]}, {"a.b": [*range(60, 100)]}]


CELL = st.sampled_from(["a", "", "x,y", 'q"q', "two\nlines", "é", "\r\nz", '""', "-1", "\t", "'", "\u2028"])


@given(
    lines=st.lists(st.lists(CELL, min_size=2, max_size=3), max_size=12),
    end=st.sampled_from(["\n", "\r\n"]),
    blank=st.integers(0, 5),
    quoted=st.booleans(),
    finished=st.booleans(),
    mark=st.booleans(),
    size=st.integers(1, 4),
    step=st.integers(1, 9),
)
@examples(500)
def test_csv_in_parts_is_what_python_reads(lines, end, blank, quoted, finished, mark, size, step):
    def cell(text):
        doubled = text.replace('"', '""')
        return f'"{doubled}"' if quoted or any(sign in text for sign in ',"\n\r') else text

    written = ["a,b,c", *(",".join(map(cell, line)) for line in lines)]
    written.insert(min(blank, len(written)), "")
    text = end.join(written) + (end if finished else "")
    data = (b"\xef\xbb\xbf" if mark else b"") + text.encode()
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    want = [(row if len(row) == 3 else None, reader.line_num) for row in reader if row][1:]
    cutter, found = Cutter("loans.csv", size), []
    for at in range(0, len(data), step):
        cutter.feed(data[at : at + step])
    cuts = cutter.cuts()
    for cut in cuts:
        table, failures, line = read_cut("loans.csv", data[cut.begin : cut.end], cut, cutter.header)
        bad = {failure.row for failure in failures}
        cells = [None if at in bad else list(row.values()) for at, row in enumerate(table.to_pylist())]
        found += zip(cells, line.tolist(), strict=True)
    assert found == want
    assert [cut.rows for cut in cuts[:-1]] == [size] * max(len(cuts) - 1, 0)


BROKEN = [
    (b"", Code.MISSING, "the file is empty"),
    (b"\n\n", Code.MISSING, "no header line"),
    (b"id,id\nA,1\n", Code.DUPLICATE, "more than one column is called id"),
    (b"id,\nA,1\n", Code.MISSING, "column 2 has no name"),
    (b'id,note\nA,"1\n', Code.UNKNOWN_VALUE, "never closed"),
    (b'id,note\nA,5" pipe\nB,6" pipe\n', Code.UNKNOWN_VALUE, "line 2: a quotation mark in a cell"),
    (b'id,note\nA,1\nB,"x"y\n', Code.UNKNOWN_VALUE, "line 3: a quotation mark in a cell"),
    (b"id,note\nA,1\rB,2\n", Code.UNKNOWN_VALUE, "line 2: a carriage return"),
    (b"id,note\nA,1\nB,\xff\n", Code.UNKNOWN_VALUE, "line 3: the text is not UTF-8"),
    (b"\xff\xfei\x00d\x00\n", Code.UNKNOWN_VALUE, "line 1: the text is not UTF-8"),
    (b"id,note\n", Code.MISSING, "there are no rows"),
    (b"PAR1 and nothing else", Code.UNKNOWN_VALUE, "can't be read"),
]


@pytest.mark.parametrize(("data", "code", "words"), BROKEN)
def test_a_broken_file_is_named_and_what_is_wrong_with_it(tmp_path, data, code, words):
    path = tmp_path / "loans.csv"
    path.write_bytes(data)
    all_rows = dict.fromkeys(("annual_rate", "original_term", "elapsed", "unpaid"), 1) | {
        "next_due": "2026-01-31"
    }
    work = Work(plan=equal_instalment(1), columns={"principal": "note"}, given=all_rows)
    with pytest.raises(TableError, match=words) as caught:
        stream(path, tmp_path / "out", work)
    assert caught.value.code is code
    assert str(caught.value).startswith("loans.csv: ")


def test_a_row_with_other_cells_than_the_header_fails_and_no_other(tmp_path):
    from pyarrow import parquet

    lines = as_csv({name: column[:6] for name, column in CELLS.items()}).decode().splitlines()
    lines[3] += ",more"
    lines[5] = "L-4"
    (tmp_path / "loans.csv").write_text("\n".join(lines))
    stream(tmp_path / "loans.csv", tmp_path / "out", WORK, part_rows=4, block_rows=2)
    read = [
        parquet.read_table(path).to_pylist() for path in sorted((tmp_path / "out" / "failures").iterdir())
    ]
    failed = [
        (row["row"], row["line"], row["code"]) for part in read for row in part if row["field"] == "row"
    ]
    assert failed == [(2, 4, "wrong_cells"), (4, 6, "wrong_cells")]
    decided = [
        row["id"]
        for path in sorted((tmp_path / "out" / "decisions").iterdir())
        for row in parquet.read_table(path).to_pylist()
    ]
    assert set(decided) <= {"L-0", "L-1", "L-3", "L-5"}


def test_a_column_that_is_wrong_is_said_before_anything_is_written(tmp_path):
    from pyarrow import array, parquet, table

    cells = {name: column[:6] for name, column in CELLS.items()}
    parquet.write_table(table(cells), tmp_path / "1.parquet")
    parquet.write_table(table(cells | {"next_due": array(range(6))}), tmp_path / "2.parquet")
    with pytest.raises(
        TableError, match=r"^2\.parquet: next_due: column 'next_due' \(int64\): dates are"
    ) as caught:
        stream(tmp_path / "*.parquet", tmp_path / "out", WORK)
    assert caught.value.code is Code.NOT_A_DATE
    assert not (tmp_path / "out").exists()


def test_broken_parquet_is_never_more_than_our_own_error(tmp_path):
    from pyarrow import parquet, table

    parquet.write_table(table(CELLS), tmp_path / "good.parquet", row_group_size=20)
    good, said = (tmp_path / "good.parquet").read_bytes(), set()
    for seed in range(60):
        draw, data = random.Random(seed), bytearray(good)  # noqa: S311 - no secret
        for _ in range(draw.randrange(1, 6)):
            data[draw.randrange(4, len(data))] = draw.randrange(256)
        if seed % 5 == 0:
            data = data[: draw.randrange(5, len(data))]
        (tmp_path / "bad.parquet").write_bytes(data)
        try:
            files = [index(found, 17) for found in find(tmp_path / "bad.parquet")]
            for block in portions.read(files, parts_of(files), lambda names: names):
                assert block.table.num_rows == block.part.rows
        except TableError as error:
            said.add(re.sub("rows .*", "rows", str(error).removeprefix("bad.parquet: "))[:4])
    assert said == {"rows", "can'"}


def test_the_names_of_columns_are_read_without_the_rest(tree):
    assert [names_of(found) for found in find(tree)] == [["v", "a.b"]] * 3 + [["v", "w"]]
    (tree / "b.csv").write_bytes(b'\xef\xbb\xbf\n"a\nb",c')
    assert names_of(find(tree / "b.csv")[0]) == ["a\nb", "c"]
