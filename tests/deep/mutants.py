"""Would the tests notice? Small changes (mutants) of the modules that count money and days, and the tests.

    python tests/deep/mutants.py --sample 12
    python tests/deep/mutants.py --report

The changes are those that mutmut makes (`mutmut.mutation.file_mutation`): an operator, a number, a text, an
argument or an assignment of a function is other than it was. As in mutmut, annotations, docstrings,
decorators, decorated functions (but class and static methods) and what stands outside of functions are left
as they are; so are texts with a space in them, which are words for people. mutmut runs all its mutants, in a
copied tree with a trampoline for each function; for a sample they are run here instead. The tests of an area
are collected once, and tried once with a trace of which lines each of them reaches; then each mutant gets a
process of its own, forked from there, in which the changed function's code replaces the one in use, and those
tests run that reach the changed line, until one fails. A mutant that lives, on a line that runs while the
package is imported, is tried again in a copy of the source, in a fresh interpreter. A test that takes ten
times as long as usual and three seconds more, of the processor, ends the run, and the mutant counts as
killed.

Which mutants of a module are tried is drawn by `--seed`; a larger `--sample` holds the smaller one. What
became of each is a line of `results/mutants.jsonl`, under a hash of module and change, so that a run that was
ended goes on, and a changed module is tried anew. `--again` tries those that lived once more; `--why` writes
down why one lives; `--report` writes `results/mutants.md`. It needs `.[test]` and mutmut, and Unix.
"""

import argparse
import contextlib
import json
import os
import platform
import sys
from collections import Counter
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pytest
from mutanttrial import Trial, importing, say
from mutating import ROOT, SOURCE, Made, digest, text_of

RESULTS = Path(__file__).parent / "results"
LINES = RESULTS / "mutants.jsonl"
PAGE = RESULTS / "mutants.md"

MODULES = {
    "basics": """
        basics/money basics/dates basics/daycount basics/actualdays basics/thirtydays basics/duedates
        basics/rate* basics/*rate basics/*rates basics/conversion basics/calendars basics/businessdays
        basics/jointcalendar basics/rounding basics/index""",
    "ability": "ability/capacit* ability/allowance",
    "accounts": """
        accounts/overdue* accounts/allocation* kernel/replay* kernel/law kernel/charges kernel/near
        kernel/ticks kernel/clearing kernel/passing kernel/replanning kernel/book*
        kernel/demands kernel/allocate kernel/trail kernel/payoff""",
    "offers": "offers/limit*",
    "rebates": "kernel/impliedrate",
    "shocks": "kernel/survival",
    "kernel": "kernel/*",
}
"""Areas, and their modules: those that no area before has."""
TESTS = {
    "basics": """
        money dates daycount rate rounding calendars rules due_day rate_steps dates_that_end columns
        cells refusals_in_words""",
    "ability": """
        capacity capacity_path allowance allowance_rules household ratio living obligors joint gross_lever
        guideline refusals_in_words""",
    "accounts": """
        replay history halts late recast renewal early_repayment credit_stage mended_accounts changed_account
        fineract_accounts delinquency pastdue rolls arrears_repaid on_balance collection refusals_in_words
        kernel_pieces""",
    "offers": "limit limit_rules lender_caps obligors loan_to_value earlier refusals_in_words",
    "rebates": "renewal",
    "shocks": "stress kernel_pieces",
    "kernel": """
        golden_methods rounding kernel_pieces leftover value levelrate solving_parts present_instalment
        actus measures ratio stages apportioning fees expected_value aside kernel_heed on_balance solving
        kernel_against_oracle totals schedule_views solving_given solving_beside solving_small concessions
        rules amortisation rate_steps""",
}
"""Test files of an area, without `test_`; the doctests of its modules come too."""


def listed(area):
    """Its modules, as names like `kernel/accrue`."""
    taken = set()
    for name, patterns in MODULES.items():
        found = [path for pattern in patterns.split() for path in sorted(SOURCE.glob(f"{pattern}.py"))]
        names = dict.fromkeys(path.relative_to(SOURCE).with_suffix("").as_posix() for path in found)
        names = [each for each in names if each not in taken and not each.endswith("__init__")]
        if name == area:
            return names
        taken.update(names)
    raise KeyError(area)


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


def work(area, wanted, more, most):
    """Tries mutants of one area in this process."""
    at_import = importing()
    tests = [f"tests/test_{name}.py" for name in (*TESTS[area].split(), *more)]
    doctests = [f"src/repayplan/{module}.py" for module in listed(area)]
    usual = ("-p", "no:terminal", "-p", "no:cacheprovider", "-p", "no:xdist", "--assert=plain")
    there = [each for each in (*tests, *doctests) if (ROOT / each).exists()]
    return pytest.main([*usual, *there], plugins=[Trial(area, listed(area), wanted, at_import, note, most)])


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
    for module in (each for area in MODULES for each in listed(area)):
        source = digest(text_of(module))
        tried = [each for each in found.values() if each["module"] == module and each["source"] == source]
        if not tried:
            continue
        days.update(each["day"] for each in tried)
        killed = sum(each["verdict"] != "survived" for each in tried)
        late = sum(each["verdict"] == "timeout" for each in tried)
        sums.update(tried=len(tried), killed=killed, late=late)
        rows.append(f"| {module} | {len(tried)} | {killed} | {late} | {share(killed, len(tried))} |")
        for each in sorted(tried, key=lambda one: one["line"]):
            if each["verdict"] == "survived":
                kind, _, why = each["why"].partition(": ")
                reasons[kind or "not looked at"] += 1
                kind = kind or "not looked at"
                change = f"{cell(each['before'])} | {cell(each['after'])}"
                lived.append(f"| {module}.py:{each['line']} | {change} | {kind} | {why} |")
    names = ("mutmut", "numpy", "hypothesis", "pytest")
    by = f"repayplan {version('repayplan')}, Python {platform.python_version()}, " + ", ".join(
        f"{name} {version(name)}" for name in names
    )
    tried, killed, when = sums["tried"], sums["killed"], " to ".join(sorted({min(days), max(days)}))
    kinds = ", ".join(f"{count} {kind}" for kind, count in reasons.most_common())
    same = reasons["equivalent"]
    text = f"""# Mutants of the modules that count money and days

Written by `python tests/deep/mutants.py --report` from `mutants.jsonl`; the script says how it is done.
{when} (UTC), {by}. "Killed" includes those that made a test run too long
("late"). Intervals are Wilson's, at 95 %, for the share among all mutants that can be made. That of the
whole is as if all had been drawn alike; but as many were tried of a short module as of a long one.

**{killed} of {tried} killed: {share(killed, tried)}**;
of those that aren't equivalent {share(killed, tried - same)}.
Lived: {tried - killed} ({kinds}).

| module | tried | killed | late | share killed |
| --- | --- | --- | --- | --- |
"""
    text += "\n".join(rows)
    text += (
        "\n\n## Those that lived\n\n| where | was | became | kind | why |\n| --- | --- | --- | --- | --- |\n"
    )
    PAGE.write_text(text + "\n".join(lived) + "\n", encoding="utf-8")
    say(f"{killed} of {tried}: {share(killed, tried)}; of those that differ {share(killed, tried - same)}")
    say(kinds)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sample", type=int, default=12, help="mutants of each module (default: 12)")
    parser.add_argument("--seed", type=int, default=1, help="of the sample (default: 1)")
    parser.add_argument("--module", nargs="*", help="these alone, such as kernel/accrue")
    parser.add_argument("--area", nargs="*", choices=MODULES, help="these alone")
    parser.add_argument(
        "--tests", nargs="*", default=(), help="more test files, such as kernel_against_oracle"
    )
    parser.add_argument(
        "--most",
        type=float,
        default=90,
        help="seconds of tests for each mutant, the quick ones (default: 90)",
    )
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
    for area in options.area or MODULES:
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
                os._exit(int(work(area, wanted, options.tests, options.most)))
        if os.waitpid(child, 0)[1]:
            return 1
    return None


if __name__ == "__main__":
    sys.exit(main())
