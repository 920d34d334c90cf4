"""Dask for real, on threads: what it gives is what the verbs give in memory, row by row."""

import pytest

from clusters import OFFERS, PLANS, by_verb, differences
from extras import needs
from portfolios import as_arrow, rows
from repayplan import Code, InputError, Work, equal_instalment, on_dask
from repayplan.edges.framekind import FrameError

pytestmark = [
    needs("dask", "pyarrow", "pandas"),
    pytest.mark.filterwarnings("default"),  # Dask's own
]

SIZE = 240
CELLS = rows(SIZE)


def given(partitions, **more):
    import dask.dataframe

    return dask.dataframe.from_pandas(as_arrow(CELLS | more).to_pandas(), npartitions=partitions)


def collected(results):
    """Each result as a table of pyarrow; all are asked for together."""
    import dask
    import pyarrow as pa

    made = dask.compute(*results.values())
    return {
        name: pa.Table.from_pandas(each, preserve_index=False)
        for name, each in zip(results, made, strict=True)
    }


@pytest.mark.parametrize("partitions", [1, 3, 7])
@pytest.mark.parametrize("work", [OFFERS, PLANS], ids=["propose", "schedule"])
def test_it_gives_what_the_verbs_give_whatever_the_partitions(work, partitions):
    table = as_arrow(CELLS)
    found = collected(on_dask(given(partitions), work))
    assert tuple(found) == work.outputs
    assert differences(found, by_verb(work, table)) == []
    whole = {name: each.drop_columns(["row"]) for name, each in work(table).items()}
    assert differences(found, whole) == []
    for name, each in found.items():
        assert each.schema.remove_metadata() == whole[name].schema


def test_results_that_are_asked_for_together_are_worked_out_once(monkeypatch):
    import dask

    calls = []
    call = Work.__call__
    monkeypatch.setattr(Work, "__call__", lambda self, *args: calls.append(1) or call(self, *args))
    results = on_dask(given(3), PLANS)
    calls.clear()
    dask.compute(*results.values(), scheduler="synchronous")
    assert len(calls) == 3


def test_results_are_written_to_parquet_with_the_types_that_are_said(tmp_path):
    import dask
    from pyarrow import parquet

    results = on_dask(given(4), OFFERS)
    dask.compute(
        *(
            each.to_parquet(tmp_path / name, write_index=False, compute=False)
            for name, each in results.items()
        )
    )
    found = {name: parquet.read_table(tmp_path / name) for name in results}
    assert differences(found, by_verb(OFFERS, as_arrow(CELLS))) == []
    for name, each in OFFERS(as_arrow(CELLS)).items():
        assert found[name].schema.remove_metadata() == each.drop_columns(["row"]).schema


def test_parquet_of_decimals_and_dates_goes_in(tmp_path):
    import dask.dataframe
    import pyarrow as pa
    from pyarrow import parquet

    cells = zip(CELLS["principal"], CELLS["next_due"], strict=True)
    good = [at for at, (principal, due) in enumerate(cells) if principal != "-1" and "/" not in due]
    table = as_arrow(CELLS).take(good)
    kinds = {"principal": pa.decimal128(12, 2), "next_due": pa.date32(), "unpaid": pa.int32()}
    for name, kind in kinds.items():
        table = table.set_column(table.column_names.index(name), name, table[name].cast(kind))
    parquet.write_table(table, tmp_path / "loans.parquet", row_group_size=50)
    for options in ({}, {"dtype_backend": "pyarrow"}):
        frame = dask.dataframe.read_parquet(tmp_path / "loans.parquet", split_row_groups=True, **options)
        assert frame.npartitions > 1
        assert differences(collected(on_dask(frame, OFFERS)), by_verb(OFFERS, table)) == []


def test_rows_that_failed_have_the_ids_of_their_loans():
    failed = collected(on_dask(given(5), OFFERS))["failures"]
    assert "row" not in failed.column_names
    wrong = {cell for at, cell in enumerate(CELLS["id"]) if CELLS["principal"][at] == "-1"}
    assert wrong == {row["id"] for row in failed.to_pylist() if row["field"] == "principal"} != set()


def test_a_column_that_is_wrong_is_said_before_dask_begins():
    with pytest.raises(FrameError, match="there is no column principal"):
        on_dask(given(2).drop(columns="principal"), OFFERS)
    with pytest.raises(FrameError, match="colour"):
        on_dask(given(2, colour=["red"] * SIZE), OFFERS)


def test_loans_must_be_told_apart():
    with pytest.raises(InputError) as caught:
        on_dask(given(2), Work(plan=equal_instalment(3), extra="ignore"))
    assert (caught.value.code, caught.value.field) == (Code.MISSING, "keep")


def test_a_column_whose_name_is_no_text_is_named():
    import pandas as pd
    from dask import dataframe

    frame = dataframe.from_pandas(pd.DataFrame({"id": ["a"], 3: [1]}), npartitions=1)
    with pytest.raises(FrameError, match="a column is called 3"):
        on_dask(frame, OFFERS)
