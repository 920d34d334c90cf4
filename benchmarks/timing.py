"""Timing of contenders in turn."""

import gc
import statistics
import time
from collections.abc import Callable, Iterable

from benchmarks.result import Figure


class Contender:
    """One thing measured: a name, what to run, and how many rows (or loans) one run makes.

    ``group`` says what it is among the others (repayplan, an exact loop, a library), ``note`` what it makes.
    """

    def __init__(
        self, name: str, work: Callable[[], object], count: int, *, group: str = "repayplan", note: str = ""
    ) -> None:
        self.name, self.work, self.count, self.group, self.note = name, work, count, group, note
        self.seconds: list[float] = []

    def once(self) -> None:
        """Run it and note the seconds; what it made is dropped before the next one runs."""
        gc.collect()
        start = time.perf_counter()
        made = self.work()
        self.seconds.append(time.perf_counter() - start)
        del made

    @property
    def each(self) -> float:
        """Median nanoseconds a row (or loan)."""
        return statistics.median(self.seconds) / self.count * 1e9

    @property
    def least(self) -> float:
        """Nanoseconds a row (or loan) in the fastest round: what noise has added to least."""
        return min(self.seconds) / self.count * 1e9

    def figure(self, scale: float = 1.0) -> Figure:
        """The median and how far the rounds lie apart, in nanoseconds times ``scale``."""
        low, high = (each / self.count * 1e9 * scale for each in (min(self.seconds), max(self.seconds)))
        return Figure(
            name=self.name,
            median=self.each * scale,
            low=low,
            high=high,
            of=self.count,
            group=self.group,
            note=self.note,
        )


def interleaved(contenders: Iterable[Contender], rounds: int) -> None:
    """Run each once to warm up, then all of them once in each round: a slow moment hits all alike."""
    contenders = list(contenders)
    for contender in contenders:
        contender.once()
        contender.seconds.clear()
    for _ in range(rounds):
        for contender in contenders:
            contender.once()


def alone(work: Callable[[], object], runs: int) -> list[float]:
    """Seconds of each of many short runs."""
    seconds = []
    gc.collect()
    for _ in range(runs):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return seconds
