"""A folder of results: what happens to it meanwhile, in between, and through links (more in test_tables)."""

import os
from pathlib import Path

import pytest

from repayplan.basics.errors import Code
from repayplan.edges import folder as module
from repayplan.edges.folder import FolderError, check_target, whole_folder, write_pieces


def tree(folder):
    """Every file below a folder with its text."""
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }


def fill(folder, text="whole"):
    write_pieces(folder / "a.csv", [text.encode()])


def test_a_file_is_made_once_from_its_pieces(tmp_path):
    write_pieces(tmp_path / "a", iter([b"one ", b"", b"two"]))
    with pytest.raises(FileExistsError):
        write_pieces(tmp_path / "a", [b"three"])
    assert tree(tmp_path) == {"a": "one two"}


def work(out, meanwhile, **options):
    """Make a folder while something else happens."""
    with whole_folder(out, ours=["a.csv"], **options) as folder:
        fill(folder)
        meanwhile()


@pytest.mark.parametrize("overwrite", [True, False])
def test_what_somebody_writes_there_meanwhile_is_not_lost(tmp_path, overwrite):
    out = tmp_path / "out"

    def theirs():
        out.mkdir()
        (out / "theirs.txt").write_text("theirs")

    with pytest.raises(FolderError) as caught:
        work(out, theirs, overwrite=overwrite)
    assert caught.value.code is Code.DUPLICATE
    assert tree(tmp_path) == {"out/theirs.txt": "theirs"}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_of_two_that_make_the_same_folder_the_first_to_end_is_whole(tmp_path):
    out = tmp_path / "out"

    def quick():
        with whole_folder(out, ours=["a.csv"]) as folder:
            fill(folder, "quick")

    with pytest.raises(FolderError, match="not empty"):
        work(out, quick)
    assert tree(tmp_path) == {"out/a.csv": "quick"}


def test_a_file_put_in_its_place_meanwhile_stays(tmp_path):
    out = tmp_path / "out"
    with pytest.raises(FolderError, match="is no folder"):
        work(out, lambda: out.write_text("theirs"))
    assert tree(tmp_path) == {"out": "theirs"}


def test_the_target_is_where_it_was_when_the_work_began(tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    with whole_folder(Path("out")) as folder:
        fill(folder)
        monkeypatch.chdir(tmp_path / "elsewhere")
    assert tree(tmp_path) == {"out/a.csv": "whole"}


def test_a_link_to_a_folder_stays_a_link(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.csv").write_text("earlier")
    (tmp_path / "out").symlink_to(tmp_path / "real", target_is_directory=True)
    with whole_folder(tmp_path / "out", overwrite=True, ours=["a.csv"]) as folder:
        fill(folder)
    assert (tmp_path / "out").is_symlink()
    assert tree(tmp_path) == {"real/a.csv": "whole"}


def test_everything_is_on_disk_before_it_takes_its_place(tmp_path, monkeypatch):
    told, replace = [], Path.replace

    def fsync(handle):
        info = os.fstat(handle)
        told.extend(path.name for path in everything() if os.path.samestat(path.stat(), info))

    def everything():
        return [tmp_path, *tmp_path.rglob("*")]

    def noted(self, target):
        told.append("replaced")
        return replace(self, target)

    monkeypatch.setattr(module.os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", noted)
    with whole_folder(tmp_path / "out") as folder:
        fill(folder)
        (folder / "b.csv").write_text("")
        part = folder.name
    assert (sorted(told[:2]), told[2:]) == (["a.csv", "b.csv"], [part, "replaced", tmp_path.name])


@pytest.mark.parametrize("fault", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_fault_while_it_goes_to_disk_leaves_the_earlier_result(tmp_path, monkeypatch, fault):
    out = tmp_path / "out"
    out.mkdir()
    fill(out, "earlier")

    def fails(_):
        raise fault

    monkeypatch.setattr(module.os, "fsync", fails)
    with pytest.raises(type(fault)), whole_folder(out, overwrite=True, ours=["a.csv"]) as folder:
        fill(folder)
    assert tree(tmp_path) == {"out/a.csv": "earlier"}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_an_interruption_between_the_two_moves_leaves_the_earlier_result(tmp_path, monkeypatch):
    out = tmp_path / "out"
    out.mkdir()
    fill(out, "earlier")
    replace = Path.replace

    def interrupted(self, target):
        if self.suffix == ".part":
            assert not out.exists()
            raise KeyboardInterrupt
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt), whole_folder(out, overwrite=True, ours=["a.csv"]) as folder:
        fill(folder)
    assert tree(tmp_path) == {"out/a.csv": "earlier"}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize(
    ("make", "overwrite", "code"),
    [
        (lambda p: p.write_text("x"), True, Code.DUPLICATE),
        (lambda p: (p.mkdir(), fill(p)), False, Code.DUPLICATE),
        (lambda p: (p.mkdir(), fill(p), (p / "b.csv").write_text("x")), True, Code.DUPLICATE),
        (lambda p: (p.mkdir(), fill(p), (p / "charts").mkdir()), True, Code.DUPLICATE),
        (lambda p: p.parent.rmdir(), True, Code.MISSING),
    ],
    ids=["a file", "not empty", "a file of somebody's", "a folder of somebody's", "no parent"],
)
def test_a_refusal_names_the_folder_and_has_a_code(tmp_path, make, overwrite, code):
    out = tmp_path / "deep" / "out"
    out.parent.mkdir()
    make(out)
    with pytest.raises(FolderError) as caught:
        check_target(out, overwrite=overwrite, ours=["a.csv"])
    assert (caught.value.code, caught.value.field, caught.value.value) == (code, "out", str(out))
    assert str(caught.value) == f"{out}: {caught.value.rule}"


@pytest.mark.parametrize("overwrite", [True, False])
def test_a_folder_that_can_be_made_is_not_made_yet(tmp_path, overwrite):
    check_target(tmp_path / "out", overwrite=overwrite, ours=[])
    assert list(tmp_path.iterdir()) == []
