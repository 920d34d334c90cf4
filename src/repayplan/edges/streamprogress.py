"""How far a stream is, how fast it goes, and how long it will take."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StreamProgress:
    """How far a stream is.

    Attributes
    ----------
    done, total
        Rows of the source; those that an earlier run has done count too.
    rate
        Rows a second of this run.
    left
        Seconds that it will take at this rate; None while there is none.
    """

    done: int
    total: int
    rate: float
    left: float | None


class Meter:
    """Counts rows, on any thread, and tells how far it is, on one."""

    def __init__(self, told: Callable[[StreamProgress], object] | None, total: int) -> None:
        self._told, self._total = told, total
        self._lock, self._begun = threading.Lock(), time.monotonic()
        self._before = self._done = self._last = 0

    def begin(self, before: int) -> None:
        """So many rows were done by an earlier run."""
        self._before = self._done = before
        self._begun, self._last = time.monotonic(), -1

    def add(self, rows: int) -> None:
        """So many more are done."""
        with self._lock:
            self._done += rows

    def tell(self) -> None:
        """Tells whoever wants to know, if there is news."""
        if self._told is None or self._done == self._last:
            return
        done = self._last = self._done
        rate = (done - self._before) / max(time.monotonic() - self._begun, 1e-9)
        left = (self._total - done) / rate if rate else None
        self._told(StreamProgress(done, self._total, rate, left))
