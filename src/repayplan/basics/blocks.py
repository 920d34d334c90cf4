"""Cutting work into blocks, on one thread or several, with progress told to whoever asks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")
Progress = Callable[[int, int], None]
"""Called with rows done and rows in all."""


def run_blocks(
    work: Callable[[Job], Result],
    jobs: Sequence[Job],
    sizes: Sequence[int],
    *,
    workers: int = 1,
    progress: Progress | None = None,
) -> list[Result]:
    """``[work(job) for job in jobs]``, on ``workers`` threads; the result doesn't depend on how many.

    Parameters
    ----------
    work
        A function of one block; numpy releases the interpreter lock inside it.
    jobs, sizes
        The blocks, and the rows in each (for progress).

    Examples
    --------
    >>> run_blocks(abs, [-1, 2], [1, 1], workers=2)
    [1, 2]
    """
    if workers < 1:
        msg = f"workers={workers}: at least 1"
        raise ValueError(msg)
    total, done, results = sum(sizes), 0, []
    if workers == 1 or len(jobs) < 2:
        for job, size in zip(jobs, sizes, strict=True):
            results.append(work(job))
            done += size
            if progress is not None:
                progress(done, total)
        return results
    with ThreadPoolExecutor(workers) as pool:
        for result, size in zip(pool.map(work, jobs), sizes, strict=True):
            results.append(result)
            done += size
            if progress is not None:
                progress(done, total)
    return results
