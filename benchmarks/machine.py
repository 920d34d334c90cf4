"""What ran the benchmarks: the machine, and the version of everything that took part."""

import os
import platform
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import repayplan
from repayplan.basics.blocks import processors

FLAGS = ("-O3", "-march=native")
QUIET = 1.2
"""A load below which nothing else worth naming ran."""
LIBRARIES = (
    *("numpy", "python-dateutil", "pandas", "polars", "pyarrow", "narwhals", "duckdb"),
    *("numpy-financial", "numba", "quantlib", "repaykit", "amortization", "mortgage", "pyloan"),
    *("jactus", "jax", "matplotlib"),
)


def compiler() -> str | None:
    """The C compiler, where there is one."""
    return shutil.which("gcc") or shutil.which("cc")


@cache
def compiler_line() -> str:
    """First line of the compiler's own description, with the flags used."""
    found = compiler()
    if found is None:
        return "no C compiler"
    out = subprocess.run([found, "--version"], check=True, capture_output=True, text=True).stdout
    return f"{out.splitlines()[0]} {' '.join(FLAGS)}"


def processor() -> str:
    """The processor's own name, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def memory() -> float:
    """Gigabytes of memory, 0 where the system doesn't say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    except (AttributeError, ValueError, OSError):
        return 0.0


def load() -> float | None:
    """Processes that wanted a processor in the last minute; None where the system doesn't say."""
    try:
        return os.getloadavg()[0]
    except (AttributeError, OSError):
        return None


def peak() -> float:
    """The most bytes of memory that this process has had; 0 where the system doesn't say."""
    try:
        import resource
    except ImportError:
        return 0.0
    # Of Linux in KiB; elsewhere in bytes.
    unit = 1024 if sys.platform.startswith("linux") else 1
    return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit)


def libraries() -> dict[str, str]:
    """The version of each library that takes part and is installed."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def here(before: float | None = None) -> dict[str, Any]:
    """The machine as a result holds it; ``before``: its load when the run began, if that was noted."""
    busy = load() if before is None else before
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "processor": processor(),
        "cores": processors(),
        "memory_gb": round(memory(), 1),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "repayplan": repayplan.__version__,
        "libraries": libraries(),
        "compiler": compiler_line(),
        "load": None if busy is None else round(busy, 2),
        "quiet": busy is not None and busy < QUIET,
    }


def line(machine: dict[str, Any]) -> str:
    """The machine in a sentence."""
    names = ("numpy", "pyarrow", "pandas", "polars")
    used = ", ".join(f"{name} {machine['libraries'][name]}" for name in names if name in machine["libraries"])
    return (
        f"{machine['date']}; {machine['processor']}, {machine['cores']} cores, {machine['memory_gb']:g} GB; "
        f"{machine['system']}; {machine['python']}, {used}; repayplan {machine['repayplan']}; "
        f"{machine['compiler']}"
    )


def busy_line(machine: dict[str, Any]) -> str:
    """What is to be said of the load at the start."""
    if machine["load"] is None:
        return "The system doesn't say how busy it was."
    if machine["quiet"]:
        return f"Nothing else ran (load {machine['load']} at the start)."
    return (
        f"**Taken under load** ({machine['load']} at the start): other programs took part of the machine. "
        "Ratios hold better than times, and both may be worse than on a quiet one."
    )
