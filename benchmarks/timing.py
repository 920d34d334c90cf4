"""Timing of contenders in turn, and what ran them."""

import gc
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path


class Contender:
    """One thing measured: a name, what to run, and how many rows (or loans) one run makes."""

    def __init__(self, name: str, work: Callable[[], object], count: int) -> None:
        self.name, self.work, self.count = name, work, count
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


def interleaved(contenders: dict[str, Contender], rounds: int) -> None:
    """Run each once to warm up, then all of them once in each round."""
    for contender in contenders.values():
        contender.once()
        contender.seconds.clear()
    for _ in range(rounds):
        for contender in contenders.values():
            contender.once()


def processor() -> str:
    """The processor's own name, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def held(found: dict[str, float], bars: dict[str, float]) -> None:
    """Print what was found beside its bar."""
    width = max(map(len, bars))
    for name, bar in bars.items():
        if name in found:
            at_least = name.endswith("(at least)")
            good = found[name] >= bar if at_least else found[name] <= bar
            print(f"{name:{width}} {found[name]:8.2f}   bar {bar:5.2f}   {'ok' if good else 'MISSED'}")
