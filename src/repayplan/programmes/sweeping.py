"""A policy's rules moved over a portfolio: what each variant comes to, and what the differences are."""

from __future__ import annotations

from typing import Any

import numpy as np

from repayplan.ability.households import Households
from repayplan.ability.obligors import Obligors
from repayplan.basics.blocks import Progress, asked, block_rows, run_blocks
from repayplan.basics.columns import Screen
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Bools, Ints
from repayplan.offers.behind import OfLoans
from repayplan.offers.policy import Policy
from repayplan.offers.proposing import propose
from repayplan.plans.loan import Loans
from repayplan.programmes.decided import Decided
from repayplan.programmes.known import Block
from repayplan.programmes.lender import Lender, Worth
from repayplan.programmes.sharing import alike, decide
from repayplan.programmes.sweeptable import Sweep
from repayplan.programmes.tally import Tally, tallied
from repayplan.programmes.variants import Axes, variants

BLOCK = 131_072
"""Loans on which all variants decide before the next are looked at.

A few plans of a block may need thousands of rows, whatever the block's size: with a quarter of the loans, a
sweep of allowances took twice as long. A hundred variants hold some 0.4 GB beside the loans.
"""
MOST_SEGMENTS = 1_000
"""More labels than these are no segments."""


def sweep(
    loans: Loans,
    households: OfLoans,
    policy: Policy,
    axes: Axes,
    *,
    one_at_a_time: bool = False,
    by: str | None = None,
    lender: Lender | None = None,
    keep: bool = False,
    workers: int = 1,
    progress: Progress | None = None,
) -> Sweep:
    """What a policy would decide on a portfolio if some of its rules said something else.

    Every figure is that of a separate :func:`~repayplan.propose` by each variant. What variants agree on is
    worked out once: where only the limit moves, each loan is searched under the longest plans allowed, and
    again only where what was found doesn't settle the others.

    Parameters
    ----------
    loans, households
        Batches, as of :func:`~repayplan.propose`.
    policy
        The baseline; it stays as it is, and is decided by as well.
    axes
        The values of some rules, by dotted path as in the policy's text: ``{"limit.percent": ["20", "50"],
        "concessions.cut_rate.floor": ["0.02", "0.03"]}``; all combinations, the last axis fastest. Or a list
        of the combinations themselves.
    one_at_a_time
        Each value beside the baseline's of the other axes, instead of all combinations.
    by
        A column of the loans, or ``region`` or ``tenure`` of the households, by whose values the metrics
        are told apart as well.
    lender
        How contracts and plans are valued; None: nothing is said of the lender's loss.
    keep
        Whether :meth:`Sweep.changed` can be asked: 12 bytes a loan and variant are kept, and about 300 bytes
        a decision that differs.
    workers
        Threads, over blocks of loans; the result doesn't depend on it.
    progress
        Called with decisions made and decisions in all.

    Raises
    ------
    InputError
        Before anything is decided: a path that the policy doesn't have, or a value that it refuses, named
        with the path; a column that a variant looks at and the loans lack; an unknown column ``by``; no
        lender.
    TypeError
        The batches differ in length, or are no batches.

    Examples
    --------
    >>> from repayplan import Households, Loans
    >>> loans = Loans.from_columns(
    ...     principal=["12000", "9000", "20000"],
    ...     annual_rate="0.12",
    ...     original_term=36,
    ...     elapsed=10,
    ...     unpaid=26,
    ...     next_due="2026-01-31",
    ... )
    >>> homes = Households.from_columns(net_income=["2500", "2400", "2600"])
    >>> made = sweep(loans, homes, Policy.example("consumer"), {"limit.percent": ["0", "50", "100"]})
    >>> made.metric("offered"), made.metric("extension_mean")
    ([0, 2, 3], [None, 4.5, 10.0])
    """
    chosen = variants(policy, axes, one_at_a_time=one_at_a_time)
    _check_batches(loans, households)
    if not isinstance(lender, Lender | None):
        raise InputError(Code.UNKNOWN_VALUE, "lender", lender, "a Lender, or None")
    policies = [*(each.policy for each in chosen), policy]
    groups = alike(policies)
    none = np.zeros(0, np.int64)
    for group in groups:  # what is wrong with the whole of a call is said of no loans too
        propose(loans.take(none), households.take(none), policies[group[0]])
    segment, labels = _segments(loans, households, by)
    bad = loans.failures.mask(len(loans)) | households.failures.mask(len(loans))
    good = np.flatnonzero(~bad)
    rates = None if lender is None else lender.rates(len(loans))
    step = block_rows(len(good), BLOCK, asked(workers))
    parts = [good[start : start + step] for start in range(0, len(good), step)] or [good]

    def work(rows: Ints) -> tuple[list[list[Tally]], list[Decided]]:
        some = loans if len(rows) == len(loans) else loans.take(rows)
        homes = households if len(rows) == len(loans) else households.take(rows)
        worth = None
        if lender is not None and rates is not None:
            worth = Worth.of(lender, some, rates[0][rows], rates[1][rows])
        block, mine = Block.of(some, homes, worth), segment[rows]
        found: list[list[Tally]] = [[] for _ in policies]
        kept: list[Any] = [None] * len(policies)
        # What the ends of an axis are known by tells most of what lies between.
        for group in (*groups[:1], *groups[:0:-1][:1], *groups[1:-1]):
            for number, made in zip(group, decide(block, [policies[n] for n in group]), strict=True):
                found[number] = tallied(made, some.frequency, mine, len(labels))
                if keep:
                    kept[number] = made.small()
        return found, kept

    every = len(policies)
    made = run_blocks(work, parts, lambda rows: len(rows) * every, workers=workers, progress=progress)
    totals = [[_failed(segment, bad, number) for number in range(len(labels))] for _ in policies]
    for found, _ in made:
        for total, one in zip(totals, found, strict=True):
            for whole, each in zip(total, one, strict=True):
                whole.add(each)
    return Sweep(
        policy=policy,
        paths=tuple(chosen[0].values),
        variants=chosen,
        by=by,
        segments=labels,
        loans=len(loans),
        _tallies=totals,
        _valued=lender is not None,
        _kept=[(rows, kept) for rows, (_, kept) in zip(parts, made, strict=True)] if keep else None,
    )


def _check_batches(loans: object, households: object) -> None:
    """TypeError unless both are batches of one length."""
    if not isinstance(loans, Loans) or not isinstance(households, (Households, Obligors)):
        msg = "a batch of loans with a batch of households or obligors"
        raise TypeError(msg)
    if len(loans) != len(households):
        msg = f"{len(loans)} loans, {len(households)} households"
        raise TypeError(msg)


def _segments(loans: Loans, households: OfLoans, by: str | None) -> tuple[Ints, tuple[str, ...]]:
    """The number of each loan's segment, and their labels in order."""
    if by is None:
        return np.zeros(len(loans), np.int64), ("",)
    if by in loans.extra:
        values = Screen(len(loans)).text(loans.extra[by])
    elif isinstance(households, Households) and by in ("region", "tenure"):
        values = getattr(households, by)
    else:
        known = ", ".join((*loans.extra, "region", "tenure"))
        raise InputError(Code.UNKNOWN_VALUE, "by", by, f"a column of the loans, or of households: {known}")
    labels, number = np.unique(np.asarray(values, np.str_), return_inverse=True)
    if len(labels) > MOST_SEGMENTS:
        rule = f"at most {MOST_SEGMENTS} different labels, not {len(labels)}"
        raise InputError(Code.OUT_OF_RANGE, "by", by, rule)
    return number.reshape(-1), tuple(labels.tolist()) or ("",)


def _failed(segment: Ints, bad: Bools, number: int) -> Tally:
    """The loans of a segment that can't be decided on by any policy."""
    tally, count = Tally(), int((bad & (segment == number)).sum())
    tally.counts.update({"loans": count, "failed": count})
    return tally
