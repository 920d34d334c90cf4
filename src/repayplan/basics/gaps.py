"""Columns with gaps as arrays: as objects, so that no neighbour becomes a float."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

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
