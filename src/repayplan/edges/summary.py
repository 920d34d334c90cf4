"""What a credit officer reads after a run: how many, why not, how much longer, how much less a month."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from repayplan.basics.dates import LOW, Limbs, a_month_in_limbs, in_limbs
from repayplan.basics.money import to_decimal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repayplan.basics.outcome import Bools, Failures, Ints
    from repayplan.offers.proposal import Proposals
    from repayplan.plans.rows import Columns


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """Median and total of an amount over some loans; None: there are none, or their units differ."""

    median: Decimal | None
    total: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The figures of a run.

    Attributes
    ----------
    policy, policy_zh
        Name of the policy, in English and in Chinese.
    applicants, rejected, not_eligible, eligible, offered, infeasible
        Counts of loans; ``applicants = rejected + not_eligible + offered + infeasible``.
    rejected_by_code, reasons, methods
        Counts: rejected rows per code; infeasible loans per reason (a loan may have several); offers
        per method.
    extension_median, extended, extended_median, extension_most
        Months beyond the contract's present maturity: median over all offers; offers with any, their
        median and the largest.
    before, after, extended_before, extended_after
        Instalments of the offered loans, and of those with an extension: the present one and the
        largest of the plan, each by the month and rounded up, as the capacity counts it (52 weeks are
        12 months).
    raised
        Offers whose largest payment is above the present instalment (arrears are paid with it), both a
        period of the loan.
    rows
        Schedule rows written.
    breached
        Offered loans of which any row asks more than what the household has above its living
        allowance in the months of that row, recounted from the rows as written.
    relaxable
        For each lever: infeasible loans that it alone would make feasible.
    assumptions
        What the policy assumes where the data are silent.
    """

    policy: str
    policy_zh: str
    applicants: int
    rejected: int
    not_eligible: int
    eligible: int
    offered: int
    infeasible: int
    rejected_by_code: dict[str, int]
    reasons: dict[str, int]
    methods: dict[str, int]
    extension_median: Decimal | None
    extended: int
    extended_median: Decimal | None
    extension_most: int | None
    before: Money
    after: Money
    extended_before: Money
    extended_after: Money
    raised: int
    total_interest: Decimal | None
    waived: Decimal | None
    rows: int
    breached: int
    relaxable: dict[str, int]
    assumptions: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """For JSON: amounts as text, so that no reader turns them into floats."""

        def plain(value: Any) -> Any:
            if isinstance(value, Money):
                return {"median": plain(value.median), "total": plain(value.total)}
            return str(value) if isinstance(value, Decimal) else value

        return {name: plain(getattr(self, name)) for name in self.__dataclass_fields__}


def breached(proposals: Proposals, rows: Columns, offsets: Ints) -> Bools:
    """Whether any row of an offered schedule leaves the household less than its living allowance.

    Recounted from the rows as written and from the households' own figures (income, living costs,
    other debts, contingency) in the months of each row, not from the search's capacity.

    Parameters
    ----------
    proposals
        The decisions.
    rows, offsets
        ``proposals.schedules.by_loan()``.

    Returns
    -------
    bool per offered loan.
    """
    mine = np.flatnonzero(proposals.offered)
    if not len(mine):
        return np.zeros(0, np.bool_)
    paid = rows["payment"].copy()
    paid[offsets[1:] - 1] -= proposals.put_aside[mine]  # what is put aside until then isn't held against it
    most = np.maximum.reduceat(paid, offsets[:-1])
    often = proposals.loans.frequency[proposals.row[mine]]
    # What a payment takes of a month, rounded up: no rounding hides a cent.
    over = a_month_in_limbs(most, often).above(in_limbs(proposals.surplus[mine]))
    differs = proposals.dated[mine]
    return np.where(differs, proposals.recounted(rows, offsets).breached, over) if differs.any() else over


def summarise(
    proposals: Proposals,
    failures: Failures,
    rows: Columns,
    offsets: Ints,
    codes: npt.NDArray[np.str_],
    assumptions: Sequence[str],
) -> Summary:
    """Counts and medians of a run.

    Parameters
    ----------
    proposals, failures
        What was decided, and the rows without a decision.
    rows, offsets
        ``proposals.schedules.by_loan()``.
    codes
        The reasons of each decided row, joined by semicolons.
    assumptions
        Sentences of the policy.
    """
    offered = proposals.offered
    infeasible = proposals.eligible & ~offered
    extension = proposals.extension_months[offered]
    extended = extension > 0
    before, after = proposals.instalment_before[offered], proposals.instalment_after[offered]
    often = proposals.loans.frequency[proposals.row[offered]]
    # A weekly and a quarterly instalment say nothing together; what both take of a month does.
    month_before, month_after = (a_month_in_limbs(each, often) for each in (before, after))
    units = np.unique(proposals.decimals)
    places = int(units[0]) if len(units) == 1 else None
    return Summary(
        policy=proposals.policy.called("en"),
        policy_zh=proposals.policy.called("zh"),
        applicants=len(proposals) + len(failures),
        rejected=len(failures),
        not_eligible=int((~proposals.eligible).sum()),
        eligible=int(proposals.eligible.sum()),
        offered=int(offered.sum()),
        infeasible=int(infeasible.sum()),
        rejected_by_code=counts([code.value for code in failures.code]),
        reasons=counts([c for joined in codes[infeasible].tolist() for c in joined.split(";")]),
        methods=counts([proposals.methods[m] for m in proposals.method[offered]]),
        extension_median=_median(in_limbs(extension), 0),
        extended=int(extended.sum()),
        extended_median=_median(in_limbs(extension[extended]), 0),
        extension_most=int(extension.max()) if len(extension) else None,
        before=_money(month_before, places),
        after=_money(month_after, places),
        extended_before=_money(month_before.some(extended), places),
        extended_after=_money(month_after.some(extended), places),
        raised=int((after > before).sum()),
        total_interest=total(in_limbs(proposals.total_interest[offered]), places),
        waived=total(in_limbs(proposals.waived[offered]), places),
        rows=int(offsets[-1]),
        breached=int(breached(proposals, rows, offsets).sum()),
        relaxable={name: int((values >= 0).sum()) for name, values in proposals.relaxations().items()},
        assumptions=tuple(assumptions),
    )


def counts(names: Sequence[str]) -> dict[str, int]:
    """How often each name occurs, the most frequent first."""
    distinct, count = np.unique(np.array(names, np.str_), return_counts=True)
    return {str(distinct[i]): int(count[i]) for i in np.lexsort((distinct, -count))}


def _median(values: Limbs, decimals: int | None) -> Decimal | None:
    """The exact median: of an even number, the middle between the two in the middle."""
    size = len(values.high)
    if decimals is None or not size:
        return None
    order = np.lexsort((values.low, values.high))
    twice = values.whole(order[(size - 1) // 2]) + values.whole(order[size // 2])
    if twice % 2:
        return to_decimal(twice * 5, decimals + 1)
    return to_decimal(twice // 2, decimals)


def total(values: Limbs, decimals: int | None) -> Decimal | None:
    """The exact sum, however large."""
    total = (int(values.high.sum()) << LOW) + int(values.low.sum())
    return None if decimals is None else to_decimal(total, decimals)


def _money(values: Limbs, decimals: int | None) -> Money:
    return Money(median=_median(values, decimals), total=total(values, decimals))
