"""Would the tests notice? Small changes (mutants) of the modules that count money and days, tried on the tests.

    python tests/deep/mutants.py --sample 12
    python tests/deep/mutants.py --report

The changes are those that mutmut makes (`mutmut.mutation.file_mutation`): an operator, a number, a text, an
argument, an assignment of a function other than it is. As in mutmut, annotations, docstrings, decorators,
decorated functions (but class and static methods) and what stands outside of functions are left as they are;
so are texts with a space in them, which are words for people. How mutmut runs them, all at once in a copied
tree with a trampoline for each function, doesn't suit a sample, so they are run here: the tests of an area are
collected once, and tried once with a trace of which lines each of them reaches; then each mutant gets a
process of its own, forked from there, in which the changed function's code replaces the one in use, and those
tests run that reach the changed line, until one fails. One that lives, and
stands on a line that runs while the package is imported, is tried again in a copy of the source, in a fresh
interpreter. A test that takes ten times as long as usual
and three seconds more ends the run, and the mutant counts as killed.

Which mutants of a module are tried is drawn by `--seed`; a larger `--sample` holds the smaller one. What
became of each is a line of `results/mutants.jsonl`, under a hash of module and change, so that a run that was
ended goes on, and a changed module is tried anew. `--again` tries those that lived once more; `--why` writes
down why one lives; `--report` writes `results/mutants.md`. It needs `.[test]` and mutmut, and Unix.
"""

import argparse
import ast
import contextlib
import difflib
import hashlib
import inspect
import json
import os
import platform
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from importlib.metadata import version
from itertools import accumulate
from pathlib import Path
from types import FunctionType, ModuleType

import libcst as cst
import pytest
from libcst.metadata import MetadataWrapper, ParentNodeProvider, PositionProvider
from mutmut.mutation.file_mutation import create_mutations

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "repayplan"
RESULTS = Path(__file__).parent / "results"
LINES = RESULTS / "mutants.jsonl"
PAGE = RESULTS / "mutants.md"
TRACES = ROOT / ".cache" / "mutants"
MEMORY = 6 * 2**30
LONGEST = 600
"""Seconds by the clock that all tests of one mutant may take."""
QUICK = 20
"""Seconds of the processor, traced, that the tests of a mutant take that is seen while the package is imported."""
SLOWEST = 8
"""Seconds of the processor, traced: a test above that isn't used."""

AREAS = {
    "basics": (
        "basics/money basics/dates basics/daycount basics/actualdays basics/thirtydays basics/duedates basics/rate "
        "basics/ratepath basics/conversion basics/calendars basics/rounding basics/index",
        "money dates daycount rate rounding calendars rules due_day rate_steps dates_that_end columns cells digest",
    ),
    "ability": (
        "ability/capacity ability/allowance",
        "capacity capacity_path allowance allowance_rules household ratio living obligors joint",
    ),
    "accounts": (
        "accounts/overdue* accounts/allocation* kernel/replay* kernel/law kernel/charges kernel/near kernel/ticks "
        "kernel/clearing kernel/passing kernel/replanning kernel/books kernel/bookrules kernel/demands "
        "kernel/allocate kernel/trail kernel/payoff",
        "replay history halts late recast renewal early_repayment credit_stage mended_accounts changed_account "
        "fineract_accounts delinquency pastdue rolls arrears_repaid on_balance collection",
    ),
    "offers": ("offers/limit*", "limit limit_rules lender_caps obligors proposal summary policy"),
    "kernel": (
        "kernel/*",
        "kernel_against_oracle kernel_extremes kernel_heed leftover value levelrate solving solving_small "
        "solving_beside solving_given solving_parts present_instalment golden_methods actus actus_rules measures "
        "measures_moved ratio apportioning fees stages on_balance expected_value fineract one_of_batch oracle digest "
        "aside daycount rate",
    ),
}
"""Modules (those that no area before has) and test files, without `test_`; the modules' doctests come too."""


def say(text):
    """For whoever watches."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def listed(area):
    """Its modules, as names like `kernel/accrue`."""
    taken = set()
    for name, (patterns, _) in AREAS.items():
        found = [path for pattern in patterns.split() for path in sorted(SOURCE.glob(f"{pattern}.py"))]
        names = [
            path.relative_to(SOURCE).with_suffix("").as_posix() for path in found if path.stem != "__init__"
        ]
        names = [each for each in dict.fromkeys(names) if each not in taken]
        if name == area:
            return names
        taken.update(names)
    raise KeyError(area)


def digest(*texts):
    """A short hash."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


@lru_cache
def text_of(module):
    """Its source."""
    return (SOURCE / f"{module}.py").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Mutant:
    """A changed module; ``span``: the lines of which a test must reach one to see the change."""

    module: str
    function: str
    line: int
    span: tuple
    before: str
    after: str
    text: str

    @property
    def key(self):
        return digest(text_of(self.module), self.text)


@lru_cache
def parts(module):
    """Its functions, as (first line, last line, hash of the text)."""
    source = text_of(module)
    lines = source.splitlines()
    tree = ast.parse(source)
    nodes = [
        *tree.body,
        *(node for each in tree.body if isinstance(each, ast.ClassDef) for node in each.body),
    ]
    return [
        (node.lineno, node.end_lineno, digest(*lines[node.lineno - 1 : node.end_lineno]))
        for node in nodes
        if isinstance(node, ast.FunctionDef)
    ]


def part(module, line):
    """The function of a line, and how far down in it the line stands; None outside of functions."""
    for first, last, hashed in parts(module):
        if first <= line <= last:
            return hashed, line - first
    return None


def span(tree, line):
    """The lines of the innermost statement that a line belongs to, without those of statements inside it."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt):
            body = getattr(node, "body", None)
            last = node.end_lineno
            if body and not isinstance(node, ast.FunctionDef):
                last = max(body[0].lineno - 1, node.lineno)
            if node.lineno <= line <= last:
                found.append((node.lineno, last))
    return max(found, key=lambda each: (each[0], -each[1]))


def difference(before, after):
    """The lines that changed, as one text each."""
    lines = list(difflib.ndiff(before.splitlines(), after.splitlines()))
    return tuple(" ".join(each[2:].strip() for each in lines if each.startswith(sign)) for sign in "-+")


class Made:
    """All mutants of a module, in the order of a seed."""

    def __init__(self, module, seed):
        self.module, self.text = module, text_of(module)
        self.tree, made, _, _ = create_mutations(f"{module}.py", self.text)
        wrapper = MetadataWrapper(self.tree, unsafe_skip_copy=True)
        self.places, self.parents = wrapper.resolve_many((PositionProvider, ParentNodeProvider)).values()
        self.mutations = [
            each
            for each in made
            if isinstance(each.contained_by_top_level_function, cst.FunctionDef) and not self.words(each)
        ]
        self.parsed = ast.parse(self.text)
        random.Random(f"{seed} {module}").shuffle(self.mutations)

    @staticmethod
    def words(mutation):
        """Is it about words for people?"""
        node = mutation.original_node
        return isinstance(node, cst.SimpleString) and (" " in node.value or not node.value.isascii())

    def place(self, node):
        """The line where it stands; a sign has none of its own."""
        while node not in self.places:
            node = self.parents[node]
        return self.places[node].start.line

    def function(self, mutation):
        """Its name, with the class's."""
        names, node = [], mutation.contained_by_top_level_function
        while not isinstance(node, cst.Module):
            if isinstance(node, cst.FunctionDef | cst.ClassDef):
                names.append(node.name.value)
            node = self.parents[node]
        return ".".join(reversed(names))

    def __iter__(self):
        seen = set()
        was = compile(self.text, "", "exec")
        for mutation in self.mutations:
            text = self.tree.deep_replace(mutation.original_node, mutation.mutated_node).code
            if text in seen or compile(text, "", "exec") == was:
                continue
            seen.add(text)
            line = self.place(mutation.original_node)
            yield Mutant(
                self.module,
                self.function(mutation),
                line,
                span(self.parsed, line),
                *difference(self.text, text),
                text,
            )


def functions(module, name):
    """Functions by their qualified name, those of classes too."""

    def inside(space):
        for value in list(vars(space).values()):
            plain = inspect.unwrap(getattr(value, "__func__", value))
            if isinstance(plain, FunctionType) and plain.__module__ == name:
                yield plain.__qualname__, plain
            elif isinstance(value, type) and value.__module__ == name:
                yield from inside(value)

    return dict(inside(module))


def put(mutant):
    """Has the package in this process go by the mutant."""
    name = f"repayplan.{mutant.module.replace('/', '.')}"
    live = sys.modules[name]
    fresh = ModuleType(name)
    fresh.__file__, fresh.__package__ = live.__file__, live.__package__
    exec(compile(mutant.text, live.__file__, "exec"), fresh.__dict__)  # noqa: S102 - our own source, changed
    there = functions(fresh, name)
    changed = 0
    for qualified, function in functions(live, name).items():
        other = there[qualified]
        if function.__code__ != other.__code__:
            function.__code__ = other.__code__
            changed += 1
        for defaults in ("__defaults__", "__kwdefaults__"):
            if repr(getattr(function, defaults)) != repr(getattr(other, defaults)):
                setattr(function, defaults, getattr(other, defaults))
                changed += 1
    if not changed:
        raise LookupError(f"nothing changed in {mutant.function}")


class Area:
    """Plugin of a pytest session that, instead of running what was collected, tries mutants with it."""

    def __init__(self, name, wanted, at_import):
        self.name, self.wanted, self.at_import = name, wanted, at_import
        self.modules = listed(name)
        self.files = {str(SOURCE / f"{module}.py"): module for module in self.modules}
        self.kills = Counter()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session):
        self.session = session
        session.config.option.maxfail = 0
        self.items = {item.nodeid: item for item in session.items}
        self.reach = self.reached()
        for mutant in self.wanted:
            verdict, test, seconds = self.tried(mutant)
            note(mutant, verdict, test, seconds)
        return True

    def forked(self, items, work, before=None):
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

        A trace is kept from run to run while its test file is as it was, and names functions by their text,
        so that it holds when they are moved.
        """
        TRACES.mkdir(parents=True, exist_ok=True)
        needed = {part(mutant.module, mutant.line)[0] for mutant in self.wanted}
        by_file, kept = {}, {}
        for item in self.items.values():
            by_file.setdefault(item.path, []).append(item)
        for path, items in by_file.items():
            trace = TRACES / f"{self.name}-{path.stem}-{digest(path.read_text(encoding='utf-8'))}.jsonl"
            lines = trace.read_text(encoding="utf-8").splitlines() if trace.exists() else ["[]"]
            if not needed <= set(json.loads(lines[0])):
                known = [hashed for module in self.modules for _, _, hashed in parts(module)]
                status, told = self.forked(items, self.traced)
                if os.waitstatus_to_exitcode(status):
                    raise RuntimeError(f"{path}: the trace ended with {status}: {told[-500:]}")
                trace.write_text(f"{json.dumps(known)}\n{told}", encoding="utf-8")
                lines = ["", *told.splitlines()]
            kept |= {found["test"]: found for found in map(json.loads, lines[1:])}
            spent = sum(json.loads(line)["seconds"] for line in lines[1:])
            say(f"{path.stem}: {len(items)} tests, {spent:.0f} s traced")
        kept = {name: found for name, found in kept.items() if name in self.items}
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
        reached, failures = set(), 0

        def inside(frame, event, _):
            if event == "line":
                reached.add((frame.f_code.co_filename, frame.f_lineno))
            return inside

        def called(frame, _, __):
            return inside if frame.f_code.co_filename in self.files else None

        threading.settrace(called)
        sys.settrace(called)
        for item, failed, seconds in self.run(items):
            lines = {}
            for name, line in sorted(reached):
                if (place := part(self.files[name], line)) is not None:
                    lines.setdefault(place[0], []).append(place[1])
            found = {
                "test": item.nodeid,
                "failed": failed > failures,
                "seconds": round(seconds, 3),
                "lines": lines,
            }
            os.write(writing, f"{json.dumps(found)}\n".encode())
            failures = failed
            reached.clear()

    def tried(self, mutant):
        """Verdict, the test that gave it, and seconds by the clock."""
        began = time.monotonic()
        function = part(mutant.module, mutant.line)[0]
        lines = range(mutant.span[0], mutant.span[1] + 1)
        down = {part(mutant.module, line)[1] for line in lines}
        names = [name for name, (_, at) in self.reach.items() if down & set(at.get(function, ()))]
        names.sort(key=lambda name: (self.reach[name][0] + 0.01) / (1 + 5 * self.kills[name, mutant.module]))
        verdict, test = self.swapped(mutant, names) if names else ("survived", "no test reaches it")
        if verdict == "survived" and any(
            (str(SOURCE / f"{mutant.module}.py"), line) in self.at_import for line in lines
        ):
            verdict, test = self.afresh(mutant)
        self.kills[test, mutant.module] += verdict == "killed"
        return verdict, test, time.monotonic() - began

    def swapped(self, mutant, names):
        """In a process forked from this one."""

        def work(items, writing):
            try:
                put(mutant)
            except Exception as error:  # noqa: BLE001 - of which the other process hears
                os.write(writing, f"? {type(error).__name__}: {error}\n".encode())
                os._exit(2)
            signal.alarm(LONGEST)
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
        return ("timeout" if ended in {-signal.SIGPROF, -signal.SIGALRM} else "killed"), test

    def afresh(self, mutant):
        """In a fresh interpreter, on a copy of the source: the quick tests that reach anything of the module."""
        near = {hashed for _, _, hashed in parts(mutant.module)}
        names = [name for name, (_, at) in self.reach.items() if near & set(at) and name.startswith("tests/")]
        names.sort(key=lambda name: self.reach[name][0])
        spent = [*accumulate(self.reach[name][0] for name in names)]
        names = names[: bisect_right(spent, QUICK)]
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
                    timeout=60 + 10 * QUICK,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                return "timeout", "at import"
        if done.returncode == 0:
            return "survived", f"{len(names)} tests, from import on"
        failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
        return "killed", failed[0].split()[1] if failed else "at import"


def note(mutant, verdict, test, seconds):
    """Adds what became of one."""
    found = {
        "key": mutant.key,
        "source": digest(text_of(mutant.module)),
        "module": mutant.module,
        "function": mutant.function,
        "line": mutant.line,
        "before": mutant.before,
        "after": mutant.after,
        "verdict": verdict,
        "test": test,
        "seconds": round(seconds, 1),
        "day": f"{datetime.now(UTC):%Y-%m-%d}",
    }
    with LINES.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps(found, ensure_ascii=False) + "\n")
    say(f"{verdict} {mutant.module}:{mutant.line} {mutant.function} ({seconds:.1f} s, {test})")
    if verdict == "survived":
        say(f"    {mutant.key}\n    - {mutant.before}\n    + {mutant.after}")


def known():
    """What is known of each mutant, the last line of it."""
    lines = LINES.read_text(encoding="utf-8").splitlines() if LINES.exists() else []
    found = {}
    for line in lines:
        each = json.loads(line)
        found[each["key"]] = {"why": found.get(each["key"], {}).get("why", "")} | each
    return found


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


def work(area, wanted):
    """Tries mutants of one area in this process."""
    at_import = importing()
    tests = [f"tests/test_{name}.py" for name in AREAS[area][1].split()]
    doctests = [f"src/repayplan/{module}.py" for module in listed(area)]
    usual = ("-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--assert=plain")
    there = [each for each in (*tests, *doctests) if (ROOT / each).exists()]
    return pytest.main([*usual, *there], plugins=[Area(area, wanted, at_import)])


def cell(text):
    """Code inside a cell of a table."""
    short = text if len(text) <= 150 else f"{text[:147]}..."
    return f"`{short.replace('|', chr(92) + '|').replace('`', chr(39))}`" if text else ""


def report():
    """Writes the page."""
    from repayplan.programmes.proportions import wilson

    def share(killed, tried):
        found = wilson(killed, tried)
        low, high = (f"{100 * float(each):.0f}" for each in (found.low, found.high))
        return f"{100 * killed / tried:.1f} % ({low} to {high})"

    found = known()
    rows, lived, sums, reasons, days = [], [], Counter(), Counter(), set()
    for module in (each for area in AREAS for each in listed(area)):
        source = digest(text_of(module))
        tried = [each for each in found.values() if each["module"] == module and each["source"] == source]
        if not tried:
            continue
        made = Made(module, 0).mutations
        days.update(each["day"] for each in tried)
        killed = sum(each["verdict"] != "survived" for each in tried)
        late = sum(each["verdict"] == "timeout" for each in tried)
        sums.update(made=len(made), tried=len(tried), killed=killed, late=late)
        rows.append(
            f"| {module} | {len(made)} | {len(tried)} | {killed} | {late} | {share(killed, len(tried))} |"
        )
        for each in sorted(tried, key=lambda one: one["line"]):
            if each["verdict"] == "survived":
                kind, _, why = each["why"].partition(": ")
                reasons[kind or "not looked at"] += 1
                place = f"{module}.py:{each['line']}"
                lived.append(
                    f"| {place} | {cell(each['before'])} | {cell(each['after'])} | {kind or 'not looked at'} | {why} |"
                )
    names = ("mutmut", "numpy", "hypothesis", "pytest")
    by = f"repayplan {version('repayplan')}, Python {platform.python_version()}, " + ", ".join(
        f"{name} {version(name)}" for name in names
    )
    tried, killed = sums["tried"], sums["killed"]
    kinds = ", ".join(f"{count} {kind}" for kind, count in reasons.most_common())
    PAGE.write_text(
        f"""# Mutants of the modules that count money and days

Written by `python tests/deep/mutants.py --report` from `mutants.jsonl`; how it is done is said in the script.
{" to ".join(sorted({min(days), max(days)}))} (UTC), {by}. Killed includes those that made a test run far too
long ("late"). The interval is Wilson's, at 95 %, of the share among all mutants made; that of the whole is as
if each module had been drawn from alike, which it was not: as many were tried of a short module as of a long one.

**{killed} of {tried} killed: {share(killed, tried)}**, of {sums["made"]:,} mutants made. Lived: {tried - killed} ({kinds}).

| module | made | tried | killed | late | share killed |
| --- | --- | --- | --- | --- | --- |
"""
        + "\n".join(rows)
        + "\n\n## Those that lived\n\n| where | was | became | why | |\n| --- | --- | --- | --- | --- |\n"
        + "\n".join(lived)
        + "\n",
        encoding="utf-8",
    )
    say(f"{killed} of {tried}: {share(killed, tried)}; {kinds}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sample", type=int, default=12, help="mutants of each module (default: 12)")
    parser.add_argument("--seed", type=int, default=1, help="of the sample (default: 1)")
    parser.add_argument("--module", nargs="*", help="these alone, such as kernel/accrue")
    parser.add_argument("--area", nargs="*", choices=AREAS, help="these alone")
    parser.add_argument("--again", action="store_true", help="try those that lived once more")
    parser.add_argument("--report", action="store_true", help="write the page")
    parser.add_argument("--why", nargs=2, metavar=("KEY", "WHY"), help="e.g. 'equivalent: both are 0 there'")
    options = parser.parse_args()
    os.chdir(ROOT)
    RESULTS.mkdir(exist_ok=True)
    if options.report:
        return report()
    found = known()
    if options.why:
        key, why = options.why
        with LINES.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(found[key] | {"why": why}, ensure_ascii=False) + "\n")
        return None
    os.environ.setdefault("REPAYPLAN_HYPOTHESIS", "raw")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    for area in options.area or AREAS:
        wanted = []
        for module in listed(area):
            if options.module and module not in options.module:
                continue
            taken = [each for each, _ in zip(Made(module, options.seed), range(options.sample), strict=False)]
            wanted += [
                each
                for each in taken
                if each.key not in found or (options.again and found[each.key]["verdict"] == "survived")
            ]
        say(f"{area}: {len(wanted)} to try")
        if not wanted:
            continue
        child = os.fork()
        if not child:
            with contextlib.suppress(KeyboardInterrupt):
                os._exit(int(work(area, wanted)))
        if os.waitpid(child, 0)[1]:
            return 1
    return None


if __name__ == "__main__":
    sys.exit(main())
