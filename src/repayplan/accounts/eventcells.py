"""Cells of columns of events, read: references, frequencies, components that join a plan."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from repayplan.accounts.component import COMPONENTS, components
from repayplan.accounts.eventkinds import NEW_PLANS
from repayplan.basics.columns import Screen
from repayplan.basics.dates import FREQUENCY_INDEX, FREQUENCY_NAMES
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Bools, Failures, Ints


def of_events(failures: Failures, household: Ints) -> Failures:
    """Faults of households as those of the events that have them."""
    if not len(failures):
        return failures
    some = np.flatnonzero(household >= 0)
    return failures.copied(household[some]).moved(some)


def frequencies_of(given: Any, screen: Screen) -> Ints:
    """Index of each event's frequency, -1 where it has none."""
    out = np.full(screen.size, -1)
    if given is None:
        return out
    there = ~screen.missing(given)
    index = screen.choice("frequency", given, FREQUENCY_INDEX, default="monthly", known=FREQUENCY_NAMES)
    return np.where(there, index, out)


def joining(given: Any, new: Bools, screen: Screen) -> Bools:
    """Which components join a new plan's principal, by event."""
    if given is None:
        given = ()
    if not isinstance(given, np.ndarray):
        names = components("joins", given, all_of_them=False) if given else ()
        given = np.broadcast_to([name in names for name in COMPONENTS], (len(new), len(COMPONENTS)))
    else:
        shape = (len(new), len(COMPONENTS))
        if given.dtype != np.bool_ or given.shape != shape:
            shown = f"{given.dtype} {given.shape}"
            raise InputError(Code.OUT_OF_RANGE, "joins", shown, f"bool of shape {shape}")
        wrong = ~new & given.any(axis=1)
        screen.fault(wrong, Code.UNKNOWN_VALUE, "joins", "", f"of {', '.join(NEW_PLANS)} only")
    return np.asarray(given & new[:, None], np.bool_)


def references_of(given: Any, screen: Screen) -> npt.NDArray[Any]:
    """References: whole numbers as they are, everything else as text."""
    if type(given) is np.ndarray and given.dtype == np.int64 and given.shape == (screen.size,):
        return given
    return screen.text(given)


def is_given(names: npt.NDArray[Any]) -> Bools:
    """Which references there are; a whole number always is one."""
    return names != "" if names.dtype.kind == "U" else np.ones(len(names), np.bool_)
