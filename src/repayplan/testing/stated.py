"""What a plan states beside its instalments: fees, drawdowns, and interest that is capitalised or waived."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from repayplan.basics.columns import Screen
from repayplan.basics.outcome import Ints
from repayplan.kernel.courses import Pays
from repayplan.kernel.rules import Interest
from repayplan.kernel.work import Work
from repayplan.plans.fees import charged
from repayplan.plans.laid import Laid, first_paying, pays_at
from repayplan.plans.layout import lay_out
from repayplan.plans.loan import Loans
from repayplan.plans.stage import Plan
from repayplan.testing.finding import Finding
from repayplan.testing.identities import Rows


def of_plan(rows: Rows, batch: Loans, plan: Plan, aside: Ints, *, fees: bool) -> Iterator[Finding]:
    """What a plan states of a schedule of this loan, of which so much bears no interest."""
    c, size = rows.columns, int(rows.offsets[-1])
    laid = _laid(batch, plan, size)
    work, t, whose = laid.work, np.arange(size), np.zeros(size, np.int64)
    financed = sum(int(fee.amount[0]) for fee in laid.fees if fee.financed)
    drawn = np.where(t == 0, financed, 0)
    for move in work.moves:
        drawn += np.where(t == move.period[0], max(int(move.amount[0]), 0), 0)
    yield rows.finding("drawn", c["drawn"] != drawn, c["drawn"], drawn)
    waived, capitalised = _interest(rows, work, t)
    yield rows.finding("waived", c["waived"] != waived, c["waived"], waived)
    found = c["capitalised"]
    yield rows.finding("capitalised", found != capitalised, found, capitalised)
    if not fees:
        return
    charges = batch.charges
    owed = c["fee"] if int(charges[0]) else np.zeros_like(t)  # which rows pay what was owed isn't looked at
    something = (c["opening"] - aside + c["drawn"] != 0) | (c["principal"] + c["interest_paid"] + owed != 0)
    pays = (t == first_paying(work)[0], pays_at(work, whose, t) & something)
    fee = charged(laid.fees, whose, c["opening"], pays)
    if int(charges[0]):
        yield rows.sums("charged", "fee", charges + fee.sum())
    else:
        yield rows.finding("fee", c["fee"] != fee, c["fee"], fee)


def _laid(batch: Loans, plan: Plan, size: int) -> Laid:
    """The plan of the loan, over so many rows: the last stage has what the others leave."""
    screen = Screen(1)
    laid = list(lay_out(batch, (plan,), np.zeros(1, np.int64), screen))
    for failure in screen.failures():
        raise failure.error()
    work = laid[0].work
    begins = np.cumsum(work.lengths, axis=0) - work.lengths
    lengths = np.clip(size - begins, 0, work.lengths)
    lengths[-1] = size - lengths[:-1].sum(axis=0)
    return replace(laid[0], work=replace(work, lengths=lengths, stop=None))


def _interest(rows: Rows, work: Work, t: Ints) -> tuple[Ints, Ints]:
    """What of each row's interest is waived, and what capitalised."""
    c, final = rows.columns, t == len(t) - 1
    stage = np.minimum((t[:, None] >= np.cumsum(work.lengths[:, 0])).sum(axis=1), len(work.rules) - 1)
    fates = np.array([rule.interest for rule in work.rules])[stage]
    adds = np.array([rule.adds for rule in work.rules])[stage] & ~final
    capitalises = (fates == Interest.CAPITALISED) & ~final
    if work.course is not None:
        inside = t < len(work.course)
        kind = work.course.pays[np.where(inside, t, 0), 0]
        capitalises |= inside & (kind == Pays.NOTHING) & ~final
    # A shortfall, and interest that joins the balance in one sum, follow from the other columns.
    open_ = (adds | (fates == Interest.JOINED)) & ~capitalises
    capitalised = np.where(capitalises, c["interest"], np.where(open_, c["capitalised"], 0))
    return np.where(fates == Interest.WAIVED, c["interest"], 0), capitalised
