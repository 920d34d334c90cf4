"""The user's own allowances from a file: a TOML file of any rule, or a CSV file with a table in each row."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from repayplan.ability.allowance import Allowance
from repayplan.ability.selection import ByDate, ByRegion, Regional
from repayplan.ability.tables import loads_allowance
from repayplan.basics.errors import Code, InputError, PolicyError
from repayplan.basics.rulefile import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from repayplan.ability.rule import AllowanceRule

PERSONS = "persons_"
HEADS = ("adult_first", "adult_further", "child", "dependant")
FIGURES = ("further_person", *HEADS, "multiplier")
TEXTS = ("region", "effective", "source", "covers")


def load_allowance(
    path: str | Path, *, covers: Sequence[str] | None = None, source: str | None = None
) -> AllowanceRule:
    r"""An allowance from a file.

    A TOML file says one rule. A CSV file has a row for each table: ``persons_1``, ``persons_2``, ... and
    ``further_person``, or ``adult_first``, ``adult_further``, ``child`` and ``dependant``; ``multiplier``;
    where there are several, ``region`` or ``effective`` tell them apart. ``source`` and ``covers`` (names,
    ``;`` between) are columns too, or are given here for all rows. An empty cell isn't given. A row with a
    date holds from that day on (:class:`ByDate`), one alone too; one without holds on any day.

    Parameters
    ----------
    path
        A file that ends with ``.toml`` or ``.csv``.
    covers, source
        Of all rows of a CSV file without these columns; see :class:`Allowance`.

    Raises
    ------
    PolicyError
        The file can't be read, or is no table; names the file, and the key or the line and column.

    Examples
    --------
    >>> import tempfile
    >>> from repayplan import Household
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "dibao.csv"
    ...     _ = file.write_text("region,adult_first,adult_further,child\nA,1510,1510,1510\nB,9,9,9\n")
    ...     rule = load_allowance(file, covers=["food"], source="own")
    >>> rule.monthly(Household(region="B", net_income="1", adults=2))
    Decimal('18.00')
    """
    path = Path(path)
    text = text_of(path)
    if path.suffix.lower() == ".toml":
        return loads_allowance(text, source=str(path))
    given: dict[str, Any] = {} if covers is None else {"covers": tuple(covers)}
    if source is not None:
        given["source"] = source
    return _put_together(list(_rows(text, path, given)), path)


@dataclass(frozen=True, slots=True)
class _Row:
    """A table of the file, and where it stands."""

    line: int
    region: str
    allowance: Allowance


def _fault(path: Path, line: int, column: str, code: Code, value: object, rule: str) -> PolicyError:
    where = f"{path}, line {line}" + (f", column {column}" if column else "")
    return PolicyError(code, column or "row", value or None, f"{where}: {rule}")


def _rows(text: str, path: Path, given: Mapping[str, Any]) -> Iterator[_Row]:
    """The tables of a CSV file."""
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    try:
        names = [name.strip() for name in next(reader, [])]
        for i, name in enumerate(names):
            number = name.removeprefix(PERSONS)
            if name not in (*FIGURES, *TEXTS) and not (name != number and number.isdecimal()):
                known = ", ".join((f"{PERSONS}1 ...", *FIGURES, *TEXTS))
                raise _fault(path, 1, name, Code.UNKNOWN_VALUE, name, f"no such column; there are {known}")
            if name in given or name in names[:i]:
                raise _fault(path, 1, name, Code.DUPLICATE, name, "it is given more than once")
        for cells in reader:
            line = reader.line_num
            if not cells:
                continue
            if len(cells) != len(names):
                rule = f"{len(cells)} cells, the header has {len(names)}"
                raise _fault(path, line, "", Code.WRONG_CELLS, None, rule)
            filled = {name: cell.strip() for name, cell in zip(names, cells, strict=True) if cell.strip()}
            yield _Row(line, filled.pop("region", ""), _table(filled, dict(given), path, line))
    except csv.Error as error:
        raise _fault(path, reader.line_num, "", Code.UNKNOWN_VALUE, None, str(error)) from None


def _table(cells: dict[str, Any], given: dict[str, Any], path: Path, line: int) -> Allowance:
    """The allowance of one row."""
    if "covers" in cells:
        given["covers"] = tuple(name.strip() for name in cells.pop("covers").split(";"))
    persons = {int(n.removeprefix(PERSONS)): n for n in cells if n.startswith(PERSONS)}
    for k in range(1, len(persons) + 1):
        if k not in persons:
            raise _fault(
                path, line, f"{PERSONS}{k}", Code.MISSING, None, "an amount for every number up to the last"
            )
    amounts = {persons[k]: cells.pop(persons[k]) for k in sorted(persons)}
    if amounts:
        given["by_persons"] = tuple(amounts.values())
    for name in ("source", "covers"):
        if name not in cells and name not in given:
            raise _fault(path, line, name, Code.MISSING, None, "it is needed, as a column or for all rows")
    try:
        return Allowance(**(cells | given))
    except InputError as error:
        field = error.field.removeprefix("allowance").lstrip(".")
        if field.startswith("by_persons["):  # it is a column for each number
            field = list(amounts)[int(field.removeprefix("by_persons[").removesuffix("]"))]
        raise _fault(path, line, field, error.code, error.value, error.rule) from None


def _put_together(rows: list[_Row], path: Path) -> AllowanceRule:
    """One table as it is; several by region, those with a date by date."""
    if not rows:
        raise _fault(path, 1, "", Code.MISSING, None, "there are no rows under the header")
    regions = dict.fromkeys(row.region for row in rows)
    for row in rows:
        if len(regions) > 1 and not row.region:
            raise _fault(path, row.line, "region", Code.MISSING, None, "other rows have one")
    made = {region: _by_date([row for row in rows if row.region == region], path) for region in regions}
    if list(regions) == [""]:
        return made[""]
    try:
        return ByRegion(by_region=tuple(Regional(regions=(n,), allowance=rule) for n, rule in made.items()))
    except InputError as error:
        raise PolicyError(error.code, "covers", error.value, f"{path}: {error.rule}") from None


def _by_date(rows: list[_Row], path: Path) -> AllowanceRule:
    if len(rows) == 1 and rows[0].allowance.effective is None:
        return rows[0].allowance
    for row in rows:
        if row.allowance.effective is None:
            what = f"region {row.region}" if row.region else "tables"
            rule = f"there are several rows for {what}: each needs its date"
            raise _fault(path, row.line, "effective", Code.MISSING, None, rule)
    in_order = sorted(rows, key=lambda row: str(row.allowance.effective))
    for before, row in pairwise(in_order):
        if before.allowance.effective == row.allowance.effective:
            rule = f"line {before.line} has the same date"
            raise _fault(path, row.line, "effective", Code.DUPLICATE, row.allowance.effective, rule)
    try:
        return ByDate(by_date=tuple(row.allowance for row in in_order))
    except InputError as error:
        raise PolicyError(error.code, "covers", error.value, f"{path}: {error.rule}") from None
