"""Runs a stream in children that are killed with SIGKILL, again and again on one target, until one ends well.

    python killing.py SOURCE TARGET SEED WORKERS HOW

HOW is "calls": a child dies at the first call that it makes to the disk, the next at the second, and so on;
or "time": at a random moment. It prints how many were killed.
"""

import os
import random
import signal
import sys
import time
from importlib import import_module
from pathlib import Path

from portfolios import RUN
from repayplan import Work, col, equal_instalment, stream

WORK = Work(plan=equal_instalment(col("unpaid")), extra="ignore", keep=("id",), schedules=True)

CALLS = ((os, "fsync"), (os, "write"), (Path, "replace"), (Path, "unlink"), (Path, "mkdir"), (Path, "rmdir"))


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def count_down(calls):
    """Let so many calls to the disk pass, and die before the next one."""
    left = [calls]

    def counted(call):
        def made(*args, **options):
            if not left[0]:
                die()
            left[0] -= 1
            return call(*args, **options)

        return made

    for owner, name in CALLS:
        setattr(owner, name, counted(getattr(owner, name)))


def child(source, target, workers, calls):
    if calls is not None:
        count_down(calls)
    stream(source, target, WORK, workers=workers, **RUN)


def main():
    source, target, seed, workers, how = sys.argv[1:]
    draw, killed, longest = random.Random(int(seed)), 0, 0.3  # noqa: S311 - no secret
    # Read and worked out once, before there are children.
    for name in ("compute", "csv", "fs", "parquet"):
        import_module(f"pyarrow.{name}")
    assert WORK.schemas
    for turn in range(500):
        pid = os.fork()
        if not pid:
            try:
                child(source, target, int(workers), turn if how == "calls" else None)
            except BaseException:  # noqa: BLE001 - a child must not go on as if it were its parent
                sys.excepthook(*sys.exc_info())
                os._exit(1)
            os._exit(0)
        if how == "time":
            time.sleep(draw.uniform(0, longest))
            longest *= 1.2  # on a slow machine it must come to its end all the same
            os.kill(pid, signal.SIGKILL)
        status = os.waitpid(pid, 0)[1]
        if os.WIFEXITED(status):
            if os.WEXITSTATUS(status):
                sys.exit("a child failed")
            break
        killed += 1
    sys.stdout.write(str(killed))


if __name__ == "__main__":
    main()
