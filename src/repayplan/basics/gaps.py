"""Columns with gaps as arrays: as objects, so that no neighbour becomes a float."""

from __future__ import annotations

from math import isnan
from typing import Any

import numpy as np
import numpy.typing as npt

from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Bools


def from_frame(values: Any) -> npt.NDArray[Any]:
    """A column of pandas, polars or Arrow; with gaps as objects, so that no neighbour becomes a float."""
    nulls = getattr(values, "null_count", 0)
    if nulls() if callable(nulls) else nulls:
        return np.array(values.to_pylist() if hasattr(values, "to_pylist") else values.to_list(), np.object_)
    if hasattr(values, "isna") and hasattr(values.dtype, "na_value"):
        gaps = np.asarray(values.isna())
        if gaps.any():
            return gapped(gaps, values.to_numpy(np.object_))
    try:
        array: npt.NDArray[Any] = values.to_numpy(zero_copy_only=False)
    except TypeError:
        array = values.to_numpy()
    return array


def gapped(gaps: Bools, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Values as objects, None where there is a gap."""
    out = values.astype(np.object_)
    out[gaps] = None
    return out


def nan_as_gap(values: Any) -> Any:
    """A column in which a NaN is an empty cell, as pandas writes one; every other cell as it is.

    For columns of answers, which nobody computes: of amounts a NaN is a number that is wrong.

    Examples
    --------
    >>> nan_as_gap([5, float("nan"), None])
    [5, None, None]
    """
    cells = from_frame(values) if hasattr(values, "to_numpy") else values
    if isinstance(cells, np.ndarray) and cells.dtype.kind not in "fO":
        return values
    listed = cells.tolist() if isinstance(cells, np.ndarray) else list(cells)
    empty = [isinstance(cell, float) and isnan(cell) for cell in listed]
    if not any(empty):
        return values
    return [None if gone else cell for gone, cell in zip(empty, listed, strict=True)]


def as_held(name: str, column: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Texts or numbers that came as objects, as frames have them, as what they are; others as they came.

    Raises
    ------
    InputError
        There are empty cells among the objects.

    Examples
    --------
    >>> as_held("days", np.array([40, 5], object)).dtype.kind
    'i'
    """
    if column.dtype.kind == "T":
        return column.astype(np.str_)
    if column.dtype.kind != "O" or column.ndim != 1:
        return column
    cells = column.tolist()
    empty = sum(not isinstance(each, str) and str(each) in ("None", "nan", "<NA>", "NaT") for each in cells)
    if empty:
        raise InputError(Code.MISSING, name, empty, "no empty cell")
    for kinds in ((str,), (bool, int, float, np.bool_, np.integer, np.floating)):
        if all(isinstance(each, kinds) for each in cells):
            return np.array(cells)
    return column
