"""``repayplan propose``: every applicant decided on, and the result written."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from repayplan import __version__
from repayplan.basics.errors import Language
from repayplan.edges import results
from repayplan.edges.decisiontables import decision_table, offered_rows
from repayplan.edges.folder import write_pieces
from repayplan.edges.progress import ProgressLine
from repayplan.edges.summary import Summary, summarise
from repayplan.edges.summarytext import text
from repayplan.edges.tables import Applicants
from repayplan.offers.policy import Policy
from repayplan.offers.proposing import propose

TABLES = ("decisions", "schedules", "rejected")
OURS = frozenset(
    {f"{name}.{kind}" for name in TABLES for kind in results.FORMATS} | {"summary.json", "summary.txt"}
)
"""Every file that ``propose`` may write: a folder with another one in it is never replaced."""


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
    decisions = decision_table(applicants.ids, row, proposals)
    tables = {
        "decisions": decisions,
        "schedules": offered_rows(applicants.ids, row, proposals, rows, offsets),
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
