"""Rows whose principal is their stage's amount less their interest: the shortest loop over periods."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from repayplan.basics.outcome import Bools, Ints, any_of
from repayplan.kernel import accrue
from repayplan.kernel.amounts import amount_of
from repayplan.kernel.block import Block
from repayplan.kernel.periodic import accrual, last_amortising, rows_by_period, stages_of_work
from repayplan.kernel.rules import Amount
from repayplan.kernel.work import Work


def straight_rows(
    work: Work,
    rows: Ints,
    room: npt.NDArray[np.int64 | np.int32],
    *,
    store: bool,
    settle: bool,
    afterwards: bool,
) -> tuple[Block, Bools]:
    """Rows whose principal is their stage's amount less their interest: floats, of loans not watched.

    Amounts and interest are held with ``SHIFT`` added.
    """
    n, term, rules, shift = len(rows), work.term, work.rules, accrue.SHIFT
    left, offset = rows_by_period(term)
    active, at = left.tolist(), offset.tolist()
    narrow = room.dtype == np.int32
    closing = room[0] if narrow else room.view(np.float64)[0]
    balance, a = work.opening.astype(np.float64), np.zeros(n)
    u, p = np.empty(n), np.empty(n)
    amount, last = np.zeros((len(rules), n), np.int64), np.zeros(n, np.int64)
    capitals = any(rule.grows for rule in rules)
    capital, growing, nobody = np.zeros(n, np.bool_), False, np.zeros(n, np.bool_)
    sound = ~nobody
    wrong = np.zeros(n)  # the most that any principal is below 0
    plain = len(rules) == 1 and rules[0].amount is Amount.LEVEL
    tallied = not (store or plain)
    begin, peak, total = np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n, np.int64)
    accruing, add, subtract = accrual(work, floats=True, wide=False), np.add, np.subtract
    begins, edges = stages_of_work(work)
    for t, (here, there) in enumerate(pairwise(active)):
        for s, pos in edges.get(t, ()):
            amount[s, pos] = amount_of(work, s, t, pos, balance, begins)
            if work.extra_every is not None and s == last_amortising(rules):
                amount[s, pos] += work.extra_every[pos]
            a[pos] = amount[s, pos] + shift
            if capitals:
                capital[pos] = rules[s].grows
                growing = any_of(capital)
        accruing(t, here, balance, u, p)
        subtract(u, a, p)
        if afterwards:
            down = p[:there]
            if growing:  # what is capitalised aside; nobody is paid an instalment
                down = np.where(capital[:there] & (a[:there] >= shift), 0, down)
            np.maximum(wrong[:there], down, out=wrong[:there])
            sound[there:here] = balance[there:] > 0
        # What was the balance has room for the next interest: nothing is written where it is read.
        add(balance, p, u)
        balance, u = u, balance
        if there < here:
            last[there:here] = balance[there:] + (a[there:] - shift)
            if settle:
                balance[there:] = 0
        if store and narrow:
            closing[at[t] : at[t + 1]] = balance
        elif store:
            add(balance, shift, out=closing[at[t] : at[t + 1]])
        if tallied:
            paid = a - shift
            total[:here] += (p + paid).astype(np.int64)
            paid[there:] = last[there:here]
            np.maximum(peak[:here], paid.astype(np.int64), out=peak[:here])
            if t == 0:
                begin[:] = paid
        if there < here:
            a, balance, u, p = a[:there], balance[:there], u[:there], p[:there]
    if plain and not store:
        begin = np.where(term > 1, amount[0], last)
        peak = np.where(term > 1, np.maximum(amount[0], last), last)
        total = amount[0] * (term - 1) + last - work.opening
    block = Block(
        rows,
        left,
        offset,
        0 if narrow else accrue.SHIFT_BITS,
        work.opening,
        begins + work.lengths,
        None,
        room[0],
        amount,
        nobody,
        nobody,
        nobody,
        amount[-1],
        begin,
        peak,
        last,
        total,
        np.zeros((2, n), np.int64),
    )
    return block, sound & (wrong == 0) if afterwards else sound
