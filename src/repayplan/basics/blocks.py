"""Cutting work into blocks, on one thread or several, with progress told to whoever asks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from itertools import accumulate
from typing import Any, TypeVar

import numpy as np

from repayplan.basics.errors import Code, InputError
from repayplan.basics.sizes import MAX_WORKERS

Job = TypeVar("Job")
Result = TypeVar("Result")
Progress = Callable[[int, int], None]
"""Called with rows done and rows in all."""


def check_workers(workers: Any) -> None:
    """InputError unless it is a number of threads.

    Examples
    --------
    >>> check_workers(0)
    Traceback (most recent call last):
    repayplan.basics.errors.InputError: workers=0: a whole number of threads, 1 to 1024 [out_of_range]
    """
    if not isinstance(workers, (int, np.integer)) or not 1 <= workers <= MAX_WORKERS:
        rule = f"a whole number of threads, 1 to {MAX_WORKERS}"
        raise InputError(Code.OUT_OF_RANGE, "workers", workers, rule)


def run_blocks(
    work: Callable[[Job], Result],
    jobs: Iterable[Job],
    size: Callable[[Job], int],
    *,
    workers: int = 1,
    progress: Progress | None = None,
) -> list[Result]:
    """``[work(job) for job in jobs]``, on ``workers`` threads; the result doesn't depend on how many.

    Parameters
    ----------
    work
        A function of one block; numpy releases the interpreter lock inside it.
    jobs
        The blocks; with several threads, the first are worked on while the last are still being made.
    size
        The rows in a block, for progress; all blocks are made first then, because it tells how many there
        are.

    Examples
    --------
    >>> run_blocks(abs, [-1, 2], abs, workers=2)
    [1, 2]
    """
    check_workers(workers)
    if progress is not None:
        jobs = list(jobs)
        ends = list(accumulate(map(size, jobs)))
    with ThreadPoolExecutor(workers) if workers > 1 else nullcontext() as pool:
        results = []
        for result in map(work, jobs) if pool is None else pool.map(work, jobs):
            results.append(result)
            if progress is not None:
                progress(ends[len(results) - 1], ends[-1])
    return results


def processors() -> int:
    """How many processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not every system says it
        return os.cpu_count() or 1
