"""Cutting work into blocks, on one thread or several, with progress told to whoever asks."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from itertools import accumulate
from operator import index
from typing import Any, TypeVar

from repayplan.basics.errors import Code, InputError
from repayplan.basics.sizes import MAX_WORKERS

Job = TypeVar("Job")
Result = TypeVar("Result")
Progress = Callable[[int, int], None]
"""Called with rows done and rows in all."""
FEWEST = 4_096
"""Rows that a thread is worth starting for."""
_thread = threading.local()


def threads(workers: int) -> ThreadPoolExecutor:
    """So many threads; what they call works on the thread that it is called on (:func:`asked`)."""
    return ThreadPoolExecutor(workers, initializer=_enter)


def _enter() -> None:
    _thread.inside = True


def asked(workers: Any) -> int:
    """The threads that are started for ``workers``: 1 on a thread of ours, so that calls in calls stay few.

    Raises
    ------
    InputError
        ``out_of_range``: no whole number from 1 on, or more threads than any machine has use for.

    Examples
    --------
    >>> asked(4), run_blocks(asked, [4, 4], int, workers=2)
    (4, [1, 1])
    """
    whole = hasattr(workers, "__index__") and not isinstance(workers, bool)
    if not whole or not 1 <= workers <= MAX_WORKERS:
        rule = f"a whole number of threads, 1 to {MAX_WORKERS}"
        raise InputError(Code.OUT_OF_RANGE, "workers", workers, rule)
    return 1 if getattr(_thread, "inside", False) else index(workers)


def block_rows(rows: int, most: int, workers: int) -> int:
    """Rows of a block where blocks may be of any size: no more than ``most``, and one a thread at least.

    A thread isn't worth starting for fewer than :data:`FEWEST` rows.

    Examples
    --------
    >>> block_rows(200_000, 131_072, 1), block_rows(200_000, 131_072, 3), block_rows(5_000, 131_072, 3)
    (100000, 66667, 5000)
    """
    blocks = max(-(-rows // most), min(workers, rows // FEWEST), 1)
    return max(-(-rows // blocks), 1)


def run_blocks(
    work: Callable[[Job], Result],
    jobs: Iterable[Job],
    size: Callable[[Job], int],
    *,
    workers: int = 1,
    progress: Progress | None = None,
) -> list[Result]:
    """``[work(job) for job in jobs]``, on ``workers`` threads; the result doesn't depend on how many.

    Within a block, a further call works on that block's thread, whatever ``workers`` it is given: no more
    threads are at work than the outermost call was given.

    Parameters
    ----------
    work
        A function of one block; numpy releases the interpreter lock inside it.
    jobs
        The blocks; with several threads, the first are worked on while the last are still being made.
    size
        The rows in a block, for progress; all blocks are made first then, because it tells how many there
        are.

    Raises
    ------
    InputError
        ``out_of_range``: ``workers`` is no whole number from 1 on; ``unknown_value``: ``progress`` is no
        function.

    Examples
    --------
    >>> run_blocks(abs, [-1, 2], abs, workers=2)
    [1, 2]
    """
    many = asked(workers)
    if progress is not None:
        _is_function(progress)
        jobs = list(jobs)
        ends = list(accumulate(map(size, jobs)))
    with threads(many) if many > 1 else nullcontext() as pool:
        results = []
        for result in map(work, jobs) if pool is None else pool.map(work, jobs):
            results.append(result)
            if progress is not None:
                progress(ends[len(results) - 1], ends[-1])
    return results


def _is_function(progress: object) -> None:
    if not callable(progress):
        rule = "a function of rows done and rows in all"
        raise InputError(Code.UNKNOWN_VALUE, "progress", progress, rule)


def processors() -> int:
    """How many processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not every system says it
        return os.cpu_count() or 1
