"""A pytest session that collects the tests of some modules, and tries mutants on those that reach them."""

import inspect
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from bisect import bisect_right
from collections import Counter
from itertools import accumulate
from pathlib import Path

import pytest
from mutating import ROOT, SOURCE, digest, part, parts, probe, put

TRACES = ROOT / ".cache" / "mutants"
MEMORY = 6 * 2**30
LONGEST = 600
"""Seconds of the processor that all tests of one mutant may take."""
STUCK = 3_600
"""Seconds by the clock, many more than they ever take: a mutant that waits for nothing is ended."""
QUICK = 8
"""Seconds of the processor, traced, for the tests of a mutant that is seen while the package is imported."""
LATE = {-signal.SIGPROF, -signal.SIGXCPU, -signal.SIGALRM}
"""How a run ends that takes too long."""
SLOWEST = 8
"""Seconds of the processor, traced: a test above that isn't used."""


def say(text):
    """For whoever watches."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def importing():
    """Imports the package; the lines that this runs, as (file, line)."""
    run = set()

    def inside(frame, event, _):
        if event == "line":
            run.add((frame.f_code.co_filename, frame.f_lineno))
        return inside

    def called(frame, *_):
        return inside if frame.f_code.co_filename.startswith(str(SOURCE)) else None

    sys.settrace(called)
    import repayplan  # noqa: F401

    sys.settrace(None)
    return run


def own_text(item):
    """A hash of what a test says."""
    return digest(item.dtest.docstring if hasattr(item, "dtest") else inspect.getsource(item.function))


class Trial:
    """Plugin of a pytest session that, instead of running what was collected, tries mutants with it."""

    def __init__(self, name, modules, wanted, at_import, note, most):
        self.name, self.modules, self.wanted = name, modules, wanted
        self.at_import, self.note, self.most = at_import, note, most
        self.kills = Counter()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session):
        self.session = session
        session.config.option.maxfail = 0
        self.items = {item.nodeid: item for item in session.items}
        self.reach = self.reached()
        for mutant in self.wanted:
            verdict, test, seconds = self.tried(mutant)
            self.note(mutant, verdict, test, seconds)
        return True

    def forked(self, items, work):
        """What a process of its own found, as the status it ended with and what it wrote."""
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            try:
                os.close(reading)
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, 1)
                os.dup2(nowhere, 2)
                resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
                work(items, writing)
            except BaseException as error:  # noqa: BLE001 - a mutant may do anything
                os.write(writing, f"! {type(error).__name__}: {error}\n".encode()[:500])
                os._exit(3)
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading, encoding="utf-8", errors="replace") as pipe:
            told = pipe.read()
        return os.waitpid(child, 0)[1], told

    def run(self, items):
        """Runs tests as pytest does; yields each with the number of failures so far and its seconds."""
        for item, after in zip(items, [*items[1:], None], strict=True):
            began = time.process_time()
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
            yield item, self.session.testsfailed, time.process_time() - began

    def reached(self):
        """The tests that pass: seconds, and the lines they reach of each function.

        What a test reaches is kept from run to run while the test itself is as it was; and under the text
        of the functions, so that it holds when they are moved.
        """
        TRACES.mkdir(parents=True, exist_ok=True)
        needed = {part(mutant.module, mutant.line)[0] for mutant in self.wanted}
        by_file, kept = {}, {}
        for item in self.items.values():
            by_file.setdefault(item.path, {})[item.nodeid] = item
        for path, items in by_file.items():
            trace = TRACES / f"{self.name}-{path.stem}.json"
            known, old = json.loads(trace.read_text(encoding="utf-8")) if trace.exists() else ([], [])
            if not needed <= set(known):
                known, old = [hashed for module in self.modules for _, _, hashed in parts(module)], []
            old = [
                each
                for each in old
                if each["test"] in items and each["text"] == own_text(items[each["test"]])
            ]
            there = {each["test"] for each in old}
            if missing := [item for name, item in items.items() if name not in there]:
                status, told = self.forked(missing, self.traced)
                if os.waitstatus_to_exitcode(status):
                    raise RuntimeError(f"{path}: the trace ended with {status}: {told[-500:]}")
                old += [json.loads(line) for line in told.splitlines()]
                trace.write_text(json.dumps([known, old]), encoding="utf-8")
            kept |= {found["test"]: found for found in old}
            say(f"{path.stem}: {len(items)} tests, {sum(each['seconds'] for each in old):.0f} s traced")
        failed = [name for name, found in kept.items() if found["failed"]]
        if failed:
            say(f"{self.name}: fail without a mutant: {', '.join(failed)}")
        return {
            name: (found["seconds"], {hashed: set(lines) for hashed, lines in found["lines"].items()})
            for name, found in kept.items()
            if not found["failed"] and found["seconds"] <= SLOWEST
        }

    def traced(self, items, writing):
        """Writes a line for each test: what it took and reached."""
        failures, reached = 0, {module: set() for module in self.modules}
        for module, lines in reached.items():
            probe(module, lines.add)
        for item, failed, seconds in self.run(items):
            lines = {}
            for module, some in reached.items():
                for hashed, down in (part(module, line) for line in sorted(some)):
                    lines.setdefault(hashed, []).append(down)
                some.clear()
            found = {
                "test": item.nodeid,
                "text": own_text(item),
                "failed": failed > failures,
                "seconds": round(seconds, 3),
                "lines": lines,
            }
            os.write(writing, f"{json.dumps(found)}\n".encode())
            failures = failed

    def tried(self, mutant):
        """Verdict, the test that gave it, and seconds by the clock."""
        began = time.monotonic()
        function = part(mutant.module, mutant.line)[0]
        lines = range(mutant.span[0], mutant.span[1] + 1)
        down = {part(mutant.module, line)[1] for line in lines}
        names = [name for name, (_, at) in self.reach.items() if down & set(at.get(function, ()))]
        names = self.within(self.most, names)
        names.sort(key=lambda name: (self.reach[name][0] + 0.01) / (1 + 5 * self.kills[name, mutant.module]))
        verdict, test = self.swapped(mutant, names) if names else ("survived", "no test reaches it")
        if verdict == "survived" and any(
            (str(SOURCE / f"{mutant.module}.py"), line) in self.at_import for line in lines
        ):
            verdict, test = self.afresh(mutant)
        self.kills[test, mutant.module] += verdict == "killed"
        return verdict, test, time.monotonic() - began

    def within(self, most, names):
        """The quickest tests that take so many seconds together."""
        names = sorted(names, key=lambda name: self.reach[name][0])
        return names[: bisect_right([*accumulate(self.reach[name][0] for name in names)], most)]

    def swapped(self, mutant, names):
        """In a process forked from this one."""

        def work(items, writing):
            try:
                put(mutant)
            except LookupError as error:
                os.write(writing, f"? {type(error).__name__}: {error}\n".encode())
                os._exit(2)
            resource.setrlimit(resource.RLIMIT_CPU, (LONGEST, LONGEST + 10))
            signal.alarm(STUCK)
            for at, item in enumerate(items):
                os.write(writing, f"{at}\n".encode())
                signal.setitimer(signal.ITIMER_PROF, 3 + 10 * self.reach[item.nodeid][0])
                for _, failed, _ in self.run([item]):
                    if failed:
                        os._exit(1)

        status, told = self.forked([self.items[name] for name in names], work)
        last = told.splitlines()[-1] if told else "!"
        if last.startswith("?"):
            raise RuntimeError(f"{mutant.module}:{mutant.line} {mutant.after}: {last}")
        test = names[int(last)] if last.isdecimal() else last.removeprefix("! ")
        ended = os.waitstatus_to_exitcode(status)
        if ended == 0:
            return "survived", f"{len(names)} tests"
        return ("timeout" if ended in LATE else "killed"), test

    def afresh(self, mutant):
        """In a fresh interpreter, on a copy of the source: quick tests that reach anything of the module."""
        near = {hashed for _, _, hashed in parts(mutant.module)}
        names = [name for name, (_, at) in self.reach.items() if near & set(at) and name.startswith("tests/")]
        names, at_most = self.within(QUICK, names), 60 + 10 * QUICK
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "src"
            shutil.copytree(ROOT / "src", copy, ignore=shutil.ignore_patterns("__pycache__"))
            (copy / "repayplan" / f"{mutant.module}.py").write_text(mutant.text, encoding="utf-8")
            command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *names]
            path = os.pathsep.join([str(copy), *sys.path[1:]])
            try:
                done = subprocess.run(
                    command,
                    cwd=ROOT,
                    env=os.environ | {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
                    capture_output=True,
                    text=True,
                    preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (at_most, at_most + 10)),
                    timeout=STUCK,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                return "timeout", "at import"
        if done.returncode in LATE:
            return "timeout", "at import"
        if done.returncode == 0:
            return "survived", f"{len(names)} tests, from import on"
        failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
        return "killed", failed[0].split()[1] if failed else "at import"
