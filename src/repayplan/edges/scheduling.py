"""The schedules of a file of loans, written as tables, and what they come to in a few lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from repayplan.basics.dates import in_limbs
from repayplan.basics.errors import which as language_place
from repayplan.basics.money import to_decimal
from repayplan.edges import results
from repayplan.edges.summary import counts, total
from repayplan.edges.summarytext import line
from repayplan.plans.batch import Schedules
from repayplan.plans.monthly import CURRENCY, Groups
from repayplan.plans.schedule import schedule

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal
    from pathlib import Path

    from repayplan.basics.errors import Language
    from repayplan.edges.planfile import PlanFile
    from repayplan.edges.progress import ProgressLine
    from repayplan.edges.tables import Borrowed

TABLES = ("loans", "schedules", "rejected")
_WORDS = {
    "loans": ("Loans", "贷款数"),
    "scheduled": ("With a schedule", "已生成还款计划"),
    "rejected": ("Rejected rows", "未受理的行"),
    "rows": ("Rows of schedules", "还款计划行数"),
    "early": ("Paid off before the last row", "提前还清"),
    "principal": ("Principal", "本金合计"),
    "interest_paid": ("Interest paid", "利息合计"),
    "fee": ("Fees", "费用合计"),
    "payment": ("Payments", "还款合计"),
}
_TOTALS = ("principal", "interest_paid", "fee", "payment")


def write_schedules(
    read: Borrowed,
    plans: PlanFile,
    folder: Path,
    *,
    kind: str,
    workers: int,
    language: Language,
    progress: ProgressLine,
) -> tuple[str, list[str]]:
    """Schedules all loans and writes the tables :data:`TABLES`.

    Parameters
    ----------
    read, plans
        The loans, and the plans that they have.
    folder, kind
        Where to, and ``"csv"`` or ``"parquet"``.

    Returns
    -------
    What a person wants to know of it, and the names of the files.
    """
    outcome = schedule(
        read.loans,
        tuple(plans.plans.values()),
        template=read.template,
        workers=workers,
        progress=lambda done, all_: progress("scheduling", done, all_),
    )
    made = outcome.value
    failures = read.failures.and_then(outcome.failures.moved(read.row))
    progress("writing", 0, 0)
    rows, offsets = made.by_loan()
    row = read.row[made.row]
    plan = np.array(list(plans.plans), np.str_)[read.template[made.row]]
    tables = {
        "loans": results.loan_table(read.ids, row, plan, made, rows, offsets),
        "schedules": results.schedule_table(read.ids, row, made.decimals, rows),
        "rejected": results.rejected_table(read.ids, failures, language),
    }
    names = [results.write_table(folder, name, tables[name], kind) for name in TABLES]
    words = {name: both[language_place(language)] for name, both in _WORDS.items()}
    lines = [
        line(words["loans"], f"{len(read.ids):,}"),
        line(words["rejected"], f"{len(failures):,}", 2),
        *(line(code, f"{count:,}", 4) for code, count in counts([c.value for c in failures.code]).items()),
        line(words["scheduled"], f"{len(made):,}", 2),
    ]
    if len(plans.plans) > 1:
        lines += [line(name, f"{count:,}", 4) for name, count in counts(plan.tolist()).items()]
    lines += [
        line(words["rows"], f"{int(offsets[-1]):,}"),
        line(words["early"], f"{int(made.paid_off_early.sum()):,}"),
    ]
    lines += _sums(made, words)
    return "\n".join(lines) + "\n", names


def _sums(made: Schedules, words: Mapping[str, str]) -> list[str]:
    """What the schedules come to: amounts of different currencies, or of different units, don't add up."""
    sums, places = made.totals(), made.decimals
    if CURRENCY not in made.loans.extra:
        if len(np.unique(places)) != 1:
            return []
        return [line(words[n], f"{total(in_limbs(sums[n]), int(places[0])):,f}") for n in _TOTALS]
    groups = Groups.read(made.loans, np.arange(len(made)), ())
    out = []
    for g, code in enumerate(groups.names[CURRENCY].tolist()):
        mine = groups.of == g
        shown: dict[str, Decimal | None]
        if len(np.unique(places[mine])) > 1:  # one currency in two units: the finer one holds both
            scaled = {n: sums[n][mine].astype(object) * groups.scale[mine].astype(object) for n in _TOTALS}
            shown = {n: to_decimal(int(scaled[n].sum()), int(groups.decimals[g])) for n in _TOTALS}
        else:
            shown = {n: total(in_limbs(sums[n][mine]), int(groups.decimals[g])) for n in _TOTALS}
        out += [line(f"{words[n]} {code}".rstrip(), f"{shown[n]:,f}") for n in _TOTALS]
    return out
