"""The block function on a cluster: what a worker there is given, and how a loan is told from the others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from repayplan.basics.errors import Code, InputError
from repayplan.edges.blockwork import Work
from repayplan.edges.streaming import BLOCK_ROWS, BLOCK_ROWS_WRITTEN

ROW = "row"
"""Left out of results: on a cluster nobody knows which row of all a row is, nor does it stay the same one."""


def told_apart(work: Work) -> None:
    """Checks that results say which loan they are about, by columns of the source.

    Raises
    ------
    InputError
        Nothing is kept.

    Examples
    --------
    >>> from repayplan import equal_instalment
    >>> told_apart(Work(plan=equal_instalment(3)))
    Traceback (most recent call last):
    repayplan.basics.errors.InputError: keep: name the columns that tell loans apart on a cluster [missing]
    """
    if not work.keep:
        raise InputError(Code.MISSING, "keep", None, "name the columns that tell loans apart on a cluster")


def schemas_of(work: Work) -> dict[str, Any]:
    """The ``pyarrow.Schema`` of each result, without ``row``."""
    return {name: schema.remove(schema.get_field_index(ROW)) for name, schema in work.schemas.items()}


def worked(work: Work, table: Any) -> Iterator[dict[str, Any]]:
    """The results of one piece of a frame, a block after the other, as tables of pyarrow without ``row``.

    One thread does it: how many pieces are worked on at once is the cluster's to say.

    Parameters
    ----------
    work
        What is worked out.
    table
        A ``pyarrow.Table`` or ``RecordBatch``, of any size.

    Examples
    --------
    >>> import pyarrow
    >>> from repayplan import equal_instalment
    >>> given = {"annual_rate": 0, "original_term": 3, "elapsed": 0, "unpaid": 3, "next_due": "2026-01-31"}
    >>> work = Work(plan=equal_instalment(3), given=given, keep=("id",))
    >>> [made] = worked(work, pyarrow.table({"id": ["A"], "principal": ["300.00"]}))
    >>> made["loans"].select(["id", "total_payment"]).to_pylist()
    [{'id': 'A', 'total_payment': Decimal('300.00')}]
    """
    size = BLOCK_ROWS_WRITTEN if work.schedules else BLOCK_ROWS
    for first in range(0, max(table.num_rows, 1), size):
        made = work(table.slice(first, size))
        yield {name: each.drop_columns([ROW]) for name, each in made.items()}
