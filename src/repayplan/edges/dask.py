"""Loans in a DataFrame of Dask: the same block function, on its workers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from repayplan.basics.errors import Code
from repayplan.edges.blockwork import Work
from repayplan.edges.cluster import schemas_of, told_apart, worked
from repayplan.edges.framecolumns import checked
from repayplan.edges.framekind import FrameError
from repayplan.edges.frames import need

if TYPE_CHECKING:
    from types import ModuleType


def on_dask(frame: Any, work: Work) -> dict[str, Any]:
    """Works through a DataFrame of Dask, partition by partition.

    Nothing is worked out until Dask is asked for it. Results that are asked for together
    (``dask.compute(*results.values())``) are worked out once. Whatever the partitions, a loan's results are
    the same.

    Parameters
    ----------
    frame
        A ``dask.dataframe.DataFrame``. Columns that aren't read are dropped first, so that Dask doesn't read
        them from Parquet.
    work
        What is worked out. It keeps the columns that tell loans apart (``keep``): results, those of rows that
        failed too, have these instead of a row's number, and nothing is known of their index.

    Returns
    -------
    A DataFrame of Dask for each result, by name, in types of Arrow: amounts are exact decimals.

    Raises
    ------
    InputError
        ``work`` keeps no column.
    FrameError
        No DataFrame of Dask; or a column is missing, a stranger, or holds what its field can't be. It is said
        at once, as far as the DataFrame's types tell.
    ImportError
        Dask, pandas or pyarrow isn't installed (extra ``dask``).

    Examples
    --------
    ``results = on_dask(dask.dataframe.read_parquet("loans", dtype_backend="pyarrow"), work)``
    """
    dask, frames = need("dask", "dask"), need("dask.dataframe", "dask")
    if not isinstance(frame, frames.DataFrame):
        rule = f"{type(frame).__name__} is no DataFrame of Dask"
        raise FrameError(Code.UNKNOWN_VALUE, "frame", rule)
    told_apart(work)
    checked(list(frame.columns))
    in_dask(work, frame._meta)  # raises where a column isn't as it must be
    parts = frame[work.reads(frame.columns)].to_delayed()
    # As a partial of it a Work is one thing, not a collection that Dask looks into.
    made = [dask.delayed(partial(in_dask, work))(part) for part in parts]
    return {
        name: frames.from_delayed([each[name] for each in made], meta=_pandas(schema.empty_table()))
        for name, schema in schemas_of(work).items()
    }


def in_dask(work: Work, part: Any) -> dict[str, Any]:
    """What a worker of Dask runs: a frame of pandas in, a frame of pandas for each result out.

    Examples
    --------
    >>> import pandas
    >>> from repayplan import equal_instalment
    >>> given = {"annual_rate": 0, "original_term": 3, "elapsed": 0, "unpaid": 3, "next_due": "2026-01-31"}
    >>> work = Work(plan=equal_instalment(3), given=given, keep=("id",))
    >>> made = in_dask(work, pandas.DataFrame({"id": ["A", "B"], "principal": ["300.00", "-1"]}))
    >>> made["failures"][["id", "code"]].to_dict("records")
    [{'id': 'B', 'code': 'negative'}]
    """
    pa = need("pyarrow", "arrow")
    cells = {name: _arrow(pa, name, part[name]) for name in part.columns}
    blocks = list(worked(work, pa.table(cells)))
    return {name: _pandas(pa.concat_tables([each[name] for each in blocks])) for name in work.outputs}


def _arrow(pa: ModuleType, name: str, cells: Any) -> Any:
    try:
        return pa.Array.from_pandas(cells)
    except (pa.ArrowException, TypeError, ValueError) as error:
        rule = f"Arrow has no type for all of its cells ({error})"
        raise FrameError(Code.UNKNOWN_VALUE, "frame", rule, column=name, dtype=str(cells.dtype)) from None


def _pandas(table: Any) -> Any:
    pandas = need("pandas", "dask")
    return table.to_pandas(types_mapper=pandas.ArrowDtype, use_threads=False)
