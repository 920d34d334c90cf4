"""Progress of a long run on a terminal, and silence everywhere else."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Self, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

PATIENCE = 1.0
"""Seconds before anything is shown: a short run shows nothing."""
INTERVAL = 0.1
"""Seconds between two updates."""


class ProgressLine:
    """One line that is written over and over, on standard error, only where that is a terminal.

    Examples
    --------
    >>> import io
    >>> screen = io.StringIO()
    >>> with ProgressLine(screen) as progress:
    ...     progress("loans", 50, 100)
    >>> screen.getvalue()
    ''
    """

    def __init__(self, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._clock = clock
        self._next = clock() + PATIENCE
        self._shown = 0

    def __enter__(self) -> Self:
        """Starts; nothing is shown yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Clears the line."""
        self._write("")

    def __call__(self, what: str, done: int, total: int, more: str = "") -> None:
        """Shows how far it is, and more beside it, if it is time to."""
        now = self._clock()
        if now < self._next or not self._stream.isatty():
            return
        self._next = now + INTERVAL
        share = f" ({done * 100 // total} %)" if total else ""
        self._write(f"{what}: {done:,} of {total:,}{share}{more}" if total else f"{what} ...")

    def _write(self, line: str) -> None:
        if line or self._shown:
            self._stream.write("\r" + line.ljust(self._shown) + ("" if line else "\r"))
            self._stream.flush()
        self._shown = len(line)
