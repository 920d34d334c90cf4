"""``repayplan stream``: files of any size, worked through part by part."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from repayplan.basics.duedates import DueDates
from repayplan.basics.errors import Code, InputError
from repayplan.basics.errors import which as language_place
from repayplan.edges import results
from repayplan.edges.blockwork import Work
from repayplan.edges.partfiles import CODECS
from repayplan.edges.planfile import PlanFile, dates_said
from repayplan.edges.portions import names_of
from repayplan.edges.progress import ProgressLine
from repayplan.edges.reading import EVERYTHING, Reading
from repayplan.edges.sources import find
from repayplan.edges.streaming import PART_ROWS, stream
from repayplan.edges.streamprogress import StreamProgress
from repayplan.edges.summarytext import line
from repayplan.offers.policy import Policy

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping

    from repayplan.basics.errors import Language
    from repayplan.edges.journal import Manifest

ID = "id"
"""A column that is kept without being asked for."""
_WORDS = {
    "read": ("Rows read", "读取行数"),
    "decisions": ("Decisions", "决定数"),
    "loans": ("Loans with a schedule", "已生成还款计划的贷款数"),
    "schedules": ("Rows of schedules", "还款计划行数"),
    "failures": ("Failed rows", "未受理的行"),
    "parts": ("Parts", "分段数"),
}


def add_options(run: argparse.ArgumentParser, positive: Callable[[str], int]) -> None:
    """The options of ``stream`` that no other command has."""
    run.add_argument(
        "source",
        nargs="+",
        metavar="SOURCE",
        help="Parquet or CSV: files, folders, patterns ('loans/*.parquet'), or a URI of an object store",
    )
    rules = run.add_mutually_exclusive_group(required=True)
    rules.add_argument("--policy", metavar="FILE", help="decide by these rules, TOML")
    rules.add_argument("--plan", metavar="PLAN", help="schedule by this plan, as of the command schedule")
    run.add_argument("--schedules", action="store_true", help="write every row of every schedule too")
    run.add_argument(
        "--no-reasons",
        action="store_true",
        help="leave out reasons and what would help: several times as fast",
    )
    run.add_argument(
        "--keep",
        action="append",
        default=[],
        metavar="COLUMN",
        help="a column that results have too (id has)",
    )
    run.add_argument("--format", choices=results.FORMATS, default="parquet", help="default: parquet")
    run.add_argument("--codec", choices=CODECS, default="zstd", help="of Parquet (default: zstd)")
    run.add_argument(
        "--part-rows",
        type=positive,
        default=PART_ROWS,
        metavar="N",
        help=f"in a part (default: {PART_ROWS:,})",
    )
    run.add_argument("--block-rows", type=positive, metavar="N", help="worked on at once")
    run.add_argument("--workers", type=positive, metavar="N", help="threads (default: one a processor)")
    run.add_argument("--language", choices=("en", "zh"), default="en", help="of what is said (default: en)")
    run.add_argument(
        "--out", required=True, metavar="DIR", help="folder for the results; a run goes on there"
    )
    run.add_argument("--overwrite", action="store_true", help="begin anew, and drop what is there of a run")


def run_stream(options: argparse.Namespace, reading: Reading, dates: Mapping[str, str]) -> str:
    """Works through a source; returns what is to be said of it."""
    with ProgressLine() as progress:
        progress("reading", 0, 0)
        work = _work(options, reading, dates)

        def told(far: StreamProgress) -> None:
            left = "" if far.left is None else f", {far.rate:,.0f} rows/s, {_span(far.left)} left"
            progress("working", far.done, far.total, left)

        made = stream(
            options.source,
            options.out,
            work,
            kind=options.format,
            codec=options.codec,
            part_rows=options.part_rows,
            block_rows=options.block_rows,
            workers=options.workers,
            overwrite=options.overwrite,
            progress=told,
        )
    return _said(made, options.language, options.out)


def _work(options: argparse.Namespace, reading: Reading, dates: Mapping[str, str]) -> Work:
    ignored = set(reading.ignored)
    own = (
        [ID] if ID in names_of(find(options.source, apart=Path(options.out))[0]) and ID not in ignored else []
    )
    keep = dict.fromkeys((*own, *options.keep))
    work = {
        "schedules": options.schedules,
        "columns": reading.mapping,
        "given": reading.constants,
        "keep": tuple(keep),
        "extra": "ignore" if EVERYTHING in ignored else "refuse",
        "ignored": tuple(sorted(ignored - {EVERYTHING})),
    }
    if options.policy is not None:
        if dates:
            rule = "due dates go with --plan; a policy has rules of its own"
            raise InputError(Code.DUPLICATE, "--due-dates", next(iter(dates)), rule)
        return Work(policy=Policy.load(options.policy), explained=not options.no_reasons, **work)
    plans = PlanFile.read(options.plan)
    if dates:
        if plans.due_dates != DueDates():
            raise InputError(
                Code.DUPLICATE, "--due-dates", next(iter(dates)), f"{options.plan} says it already"
            )
        plans = replace(plans, due_dates=dates_said(dates))
    return Work(plan=plans.plans, rounding=plans.rounding, due_dates=plans.due_dates, **work)


def _said(made: Manifest, language: Language, out: str) -> str:
    words = {name: both[language_place(language)] for name, both in _WORDS.items()}
    lines = [line(words[name], f"{count:,}", 0 if name == "read" else 2) for name, count in made.rows.items()]
    lines.append(line(words["parts"], f"{len(made.parts):,}"))
    where = {"en": f"Written to {out}{os.sep}", "zh": f"已写入{out}{os.sep}"}[language]
    return "\n".join((*lines, "", where))


def _span(seconds: float) -> str:
    """Seconds for a person."""
    whole = round(seconds)
    hours, minutes = divmod(whole // 60, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {whole % 60} s" if minutes else f"{whole} s"
