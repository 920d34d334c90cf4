"""Loans in a DataFrame of Spark: the same block function, in its Python workers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from repayplan.basics.errors import Code
from repayplan.edges.blockwork import Work
from repayplan.edges.cluster import schemas_of, told_apart, worked
from repayplan.edges.framekind import FrameError
from repayplan.edges.frames import need

BATCH_ROWS = 10_000
"""Rows of a result that are handed to Spark at once."""
_PLAIN = {"string": "string", "int64": "bigint", "bool": "boolean", "date32[day]": "date"}


def on_spark(frame: Any, work: Work) -> Any:
    """Works through a DataFrame of Spark, in one pass for all results.

    Nothing is worked out until Spark is asked for it. Whatever the partitions, their order and how often
    Spark tries one again, a loan's results are the same.

    Parameters
    ----------
    frame
        A ``pyspark.sql.DataFrame``, classic or of Spark Connect. Columns that aren't read are dropped first,
        so that Spark doesn't read them from Parquet.
    work
        What is worked out. It keeps the columns that tell loans apart (``keep``): results, those of rows that
        failed too, have these instead of a row's number.

    Returns
    -------
    A DataFrame with a column of structs for each result, called as it; each row is of one result, and empty
    in the other columns. :func:`spark_results` takes it apart. Write it, or persist it, where more than one
    result is wanted: otherwise each of them is worked out anew.

    Raises
    ------
    InputError
        ``work`` keeps no column.
    FrameError
        No DataFrame; or a column is missing, a stranger, or holds what its field can't be. It is said at
        once, by the DataFrame's schema.
    ImportError
        pyspark or pyarrow isn't installed (extra ``spark``).

    Examples
    --------
    ``results = spark_results(on_spark(spark.read.parquet("loans"), work))``
    """
    if not hasattr(frame, "mapInArrow"):
        rule = f"{type(frame).__name__} is no DataFrame of Spark"
        raise FrameError(Code.UNKNOWN_VALUE, "frame", rule)
    told_apart(work)
    need("pyspark", "spark")
    names = work.reads(frame.columns)
    read = frame.select([_quoted(name) for name in names])
    next(worked(work, _in_arrow(read.schema).empty_table()))  # raises where a column isn't as it must be
    if any(sign in name for name in names for sign in ".`"):  # by which Spark itself doesn't find a column
        read = frame.selectExpr(*(f"{_quoted(name)} AS c{at}" for at, name in enumerate(names)))
    return read.mapInArrow(InSpark(work, tuple(names)), spark_schema(work))


def spark_results(made: Any) -> dict[str, Any]:
    """The results that a DataFrame of :func:`on_spark` holds, each as a DataFrame, by name.

    Parameters
    ----------
    made
        What :func:`on_spark` gave, as it is, persisted, or read again from where it was written.
    """
    return {
        name: made.where(f"{_quoted(name)} IS NOT NULL").select(f"{_quoted(name)}.*") for name in made.columns
    }


@dataclass(frozen=True, slots=True)
class InSpark:
    """What a Python worker of Spark runs: record batches in, record batches of all results out.

    Attributes
    ----------
    work
        What is worked out.
    names
        What the columns of the batches are called; empty: as they are there.
    """

    work: Work
    names: tuple[str, ...] = ()

    def __call__(self, batches: Iterable[Any]) -> Iterator[Any]:
        """Each batch has a struct for each result; a row is of one of them, and null in the others.

        Examples
        --------
        >>> import pyarrow
        >>> from repayplan import equal_instalment
        >>> given = {"annual_rate": 0, "original_term": 3, "elapsed": 0, "unpaid": 3}
        >>> work = Work(plan=equal_instalment(3), given=given | {"next_due": "2026-01-31"}, keep=("id",))
        >>> batch = pyarrow.record_batch({"id": ["A", "B"], "principal": ["300.00", "-1"]})
        >>> for made in InSpark(work)([batch]):
        ...     print([(name, cell["id"]) for row in made.to_pylist() for name, cell in row.items() if cell])
        [('loans', 'A')]
        [('failures', 'B')]
        """
        pa = need("pyarrow", "arrow")
        kinds = {name: pa.struct(list(schema)) for name, schema in schemas_of(self.work).items()}
        for batch in batches:
            table = pa.table(batch)
            for made in worked(self.work, table.rename_columns(self.names or table.column_names)):
                for name, table in made.items():
                    for each in table.combine_chunks().to_batches(max_chunksize=BATCH_ROWS):
                        structs = pa.StructArray.from_arrays(each.columns, fields=list(kinds[name]))
                        cells = {
                            other: structs if other == name else pa.nulls(len(each), kind)
                            for other, kind in kinds.items()
                        }
                        yield pa.record_batch(cells)


def spark_schema(work: Work) -> str:
    """The schema of what :func:`on_spark` gives, in Spark's words (DDL).

    Examples
    --------
    >>> from repayplan import equal_instalment
    >>> spark_schema(Work(plan=equal_instalment(3), keep=("id",)))[:64]
    '`loans` struct<`id`: string, `plan`: string, `instalments`: bigi'
    """
    said = []
    for name, schema in schemas_of(work).items():
        columns = ", ".join(f"{_quoted(each.name)}: {_kind(each.type)}" for each in schema)
        said.append(f"{_quoted(name)} struct<{columns}>")
    return ", ".join(said)


def _in_arrow(schema: Any) -> Any:
    """A schema of Spark as one of Arrow, for whose times Spark wants to know a zone: all it takes here."""
    pa, types = need("pyarrow", "arrow"), need("pyspark.sql.types", "spark")
    as_arrow = need("pyspark.sql.pandas.types", "spark").to_arrow_schema
    made = []
    for each in schema:
        if isinstance(each.dataType, types.TimestampType):
            made.append(pa.field(each.name, pa.timestamp("us", tz="UTC")))
            continue
        try:
            made += as_arrow(types.StructType([each]))
        except (AssertionError, TypeError):  # the latter is what Spark's own errors of types are
            kind = each.dataType.simpleString()
            rule = "Spark hands no such column over as Arrow"
            raise FrameError(Code.UNKNOWN_VALUE, "frame", rule, column=each.name, dtype=kind) from None
    return pa.schema(made)


def _kind(kind: Any) -> str:
    said = str(kind)
    if said not in _PLAIN:
        return f"decimal({kind.precision}, {kind.scale})"
    return _PLAIN[said]


def _quoted(name: str) -> str:
    return f"`{name.replace('`', '``')}`"
