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

from repayplan.basics.duedates import DueDates
from repayplan.basics.errors import Code, InputError, Language, RepayplanError
from repayplan.edges import demo, results, reviewing, scheduling, streamcommand
from repayplan.edges.applicationfile import asked_beside, read_applications
from repayplan.edges.bargain import menu_of
from repayplan.edges.cells import csv_bytes
from repayplan.edges.deciding import OURS, decide
from repayplan.edges.errorwords import in_chinese
from repayplan.edges.folder import FolderError, check_target, path_of, whole_folder, write_pieces
from repayplan.edges.frames import need
from repayplan.edges.options import WISHES, options_parser
from repayplan.edges.planfile import SUFFIX, PlanFile, dates_said
from repayplan.edges.progress import ProgressLine
from repayplan.edges.reading import Reading
from repayplan.edges.scheduling import write_schedules
from repayplan.edges.summarytext import text, written
from repayplan.edges.tables import Applicants, read_applicants, read_loans
from repayplan.edges.verification import verify
from repayplan.offers.policy import Policy
from repayplan.offers.strategy import Lattice
from repayplan.offers.wishes import Wishes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

DEMO_POLICY = "lending-club-demo.toml"
DEMO_OURS = OURS | {"loans.csv", "policy.toml"}
SCHEDULED = frozenset(f"{name}.{kind}" for name in scheduling.TABLES for kind in results.FORMATS)
"""Every file that ``schedule`` may write."""
REVIEWED = frozenset(f"{name}.{kind}" for name in reviewing.TABLES for kind in results.FORMATS)
"""Every file that ``review`` may write."""
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
    options = options_parser().parse_args(argv)
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
        said = f"interrupted, {left}"
        if _language(options) == "zh":
            said = "已中断，重新运行同一命令即可继续" if options.command == "stream" else "已中断"
        print(f"repayplan: {said}", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the summary has left; the files are written, and there is nobody to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (RepayplanError, ImportError, OSError) as error:
        return _fail(error, _language(options))
    return status or 0


def _language(options: argparse.Namespace) -> Language:
    """In which errors are said: of files that may be of any size in the one asked for, else English."""
    language: Language = options.language if options.command in ("stream", "verify") else "en"
    return language


def _fail(error: Exception, language: Language) -> int:
    """Says what is wrong in one line."""
    message = str(error)
    if isinstance(error, OSError) and error.filename:
        message = f"{error.filename}: {error.strerror}"
    begin = "repayplan: error: "
    if language == "zh":
        begin, message = "repayplan：错误：", in_chinese(error)
    print(begin + " ".join(message.split()), file=sys.stderr)
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
        if path is not None and path_of("file", path).resolve().parent == options.out.resolve():
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


def _report(said: str, out: Path, files: Sequence[str], language: Language, again: str = "") -> None:
    """What is to be said of a run, and where everything is."""
    _print(said)
    print(written(f"{out}{os.sep}", files, language, again), flush=True)


def _print(said: str) -> None:
    """Prints for a person."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # a terminal without Chinese shows marks, not a traceback
    print(said)
