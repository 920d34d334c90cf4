"""The reviews of a file of applications, written as tables, and what they come to in a few lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from repayplan.basics.errors import Code
from repayplan.basics.errors import which as language_place
from repayplan.basics.outcome import Failures
from repayplan.edges import results
from repayplan.edges.cells import Column
from repayplan.edges.summarytext import line
from repayplan.reviews.assessment import review

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    import numpy.typing as npt

    from repayplan.basics.errors import Language
    from repayplan.basics.outcome import Ints
    from repayplan.edges.applicationfile import ReadApplications
    from repayplan.edges.tables import Applicants
    from repayplan.offers.policy import Policy
    from repayplan.reviews.assessment import Reviews

TABLES = ("reviews", "findings", "rejected")
_WORDS = {
    "policy": ("Policy: {}", "政策：{}"),
    "applications": ("Applications reviewed", "已审查的申请"),
    "approved": ("Approved", "通过"),
    "declined": ("Declined", "不通过"),
    "needs_evidence": ("Need evidence", "需补充材料"),
    "needs_person": ("Need a person", "需人工审查"),
    "rejected": ("Rejected rows", "未受理的行"),
}


def write_reviews(
    read: Applicants,
    asked: ReadApplications,
    policy: Policy,
    folder: Path,
    *,
    on: date | str,
    kind: str,
    language: Language,
) -> tuple[str, list[str]]:
    """Reviews all applications and writes the tables :data:`TABLES`.

    Parameters
    ----------
    read, asked
        Loans with their households, and the applications for them.
    policy, on
        The rules, and the day of the review.
    folder, kind, language
        Where to, ``"csv"`` or ``"parquet"``, and the language of sentences.

    Returns
    -------
    What a person wants to know of it, and the names of the files.
    """
    outcome = review(asked.applications, read.loans, read.households, policy, on=on)
    made = outcome.value
    without = asked.failures.and_then(outcome.failures)
    # Applications for no loan of the file come after its rows; one for a row with a fault has its code.
    strays = asked.strays[~np.isin(asked.strays, read.ids)]
    ids, beyond = np.concatenate([read.ids, strays]), len(read.ids) + np.arange(len(strays))
    failures = read.failures.and_then(
        without.moved(read.row), Failures.at(beyond, Code.UNKNOWN_VALUE, "id", strays)
    )
    tables = {
        "reviews": _reviews(made, read.row[made.row]),
        "findings": _findings(made, language),
        "rejected": results.rejected_table(ids, failures, language),
    }
    names = [results.write_table(folder, name, table, kind) for name, table in tables.items()]
    place = language_place(language)
    counts = [("applications", len(made)), *made.counts.items(), ("rejected", len(failures))]
    lines = [_WORDS["policy"][place].format(policy.called(language)), ""]
    lines += [line(_WORDS[name][place], f"{count:,}") for name, count in counts]
    return "\n".join(lines), names


def _texts(values: list[str]) -> Column:
    return Column(kind="text", values=np.array(values, np.str_))


def _reviews(made: Reviews, row: Ints) -> results.Table:
    """One line for each application: the result and the codes of its reasons."""
    every = list(made)
    codes = [";".join(dict.fromkeys(finding.code for finding in each.findings)) for each in every]
    return {
        "id": Column(kind="text", values=made.id),
        "row": Column(kind="count", values=row),
        "result": _texts([each.result for each in every]),
        "reasons": _texts(codes),
    }


def _findings(made: Reviews, language: Language) -> results.Table:
    """Every reason against an approval, with its figures."""
    every = [(each.application, finding) for each in made for finding in each.findings]
    told: npt.NDArray[np.bool_] = np.array([not finding.internal for _, finding in every], np.bool_)
    texts = {
        "id": [name for name, _ in every],
        "effect": [finding.effect for _, finding in every],
        "code": [finding.code for _, finding in every],
        "field": [finding.field for _, finding in every],
        "value": ["" if finding.value is None else str(finding.value) for _, finding in every],
        "limit": [finding.limit for _, finding in every],
        "text": [finding.text(language) for _, finding in every],
    }
    return {name: _texts(values) for name, values in texts.items()} | {
        "told": Column(kind="flag", values=told)
    }
