"""Loans laid out for the kernel, and which of their rows pay."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from repayplan.basics.columns import RATE_DECIMALS
from repayplan.basics.outcome import Bools, Ints, span
from repayplan.kernel.courses import Pays
from repayplan.kernel.exact import shared_by
from repayplan.kernel.work import Work
from repayplan.plans.arrears import Repaid
from repayplan.plans.factors import rates
from repayplan.plans.fees import Fee
from repayplan.plans.moves import On
from repayplan.plans.periodcounts import Counted
from repayplan.plans.stage import Plan


@dataclass(frozen=True, slots=True)
class Laid:
    """One piece of work: which of the caller's rows, their plan, and the days that are counted.

    ``unit`` days are one counted unit; where periods differ, ``days`` are theirs.
    ``sound`` are so many due dates of a payment until paid off, from the first on; None: all that may be.
    ``dues`` are the due dates by period and calendar (days since 1970), None where they aren't known yet.
    ``moved_on`` says when each of the work's moves moves.
    ``arrears`` says how what is owed beside the balance is repaid, where not with the first payment.
    ``aside`` is principal that isn't in the work, because it bears no interest; the last row repays it.
    """

    rows: Ints
    plan: Plan
    work: Work
    unit: int
    days: Counted | None
    fees: tuple[Fee, ...] = ()
    merges: Ints | None = None
    moved_on: tuple[On, ...] = ()
    dues: npt.NDArray[np.int32] | None = None
    sound: Ints | None = None
    aside: Ints | None = None
    arrears: tuple[Repaid, ...] = ()
    _at: Ints | slice | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def at(self) -> Ints | slice:
        """The rows, as a slice where they follow one another."""
        if self._at is None:
            object.__setattr__(self, "_at", span(self.rows))
        return self._at  # type: ignore[return-value]

    def take(self, keep: Ints) -> Laid:
        """The same for some of the loans."""
        fees = tuple(fee.take(keep) for fee in self.fees)
        merges = None if self.merges is None else self.merges[:, keep]
        return replace(
            self,
            rows=self.rows[keep],
            work=self.work.take(keep),
            days=None if self.days is None else self.days.take(keep),
            fees=fees,
            merges=merges,
            moved_on=tuple(on.take(keep) for on in self.moved_on),
            sound=None if self.sound is None else self.sound[keep],
            aside=None if self.aside is None else self.aside[keep],
            arrears=tuple(each.take(keep) for each in self.arrears),
        )

    def exchanged(self, keep: Ints, rows: Ints, opening: Ints, rate: tuple[Ints, Ints] | None) -> Laid | None:
        """The same of some of the loans, perhaps several times, that owe other balances at other rates.

        Parameters
        ----------
        rows
            Their numbers from now on.
        opening
            int64 minor units; no more than they owed.
        rate
            int64 annual rates (1e-10) that the work was laid out for, all of them, and those of ``keep`` from
            now on; None: they stay.

        Returns
        -------
        None where more of the work than that follows from them.
        """
        work, one = self.work, 10**RATE_DECIMALS
        beside = self.fees or self.moved_on or self.arrears or (self.days is not None and rate is not None)
        if beside or self.merges is not None or self.aside is not None or work.resets is not None:
            return None
        changed: dict[str, Any] = {"opening": opening}
        if rate is not None:
            before, after = rate
            # Of a year there are as many units as before.
            num, den = rates(after)
            changed |= {"num": num, "den": work.den * shared_by(before, one) // one * den}
        sound = None if self.sound is None else self.sound[keep]
        return replace(self, rows=rows, work=work.taking(keep, **changed), days=None, dues=None, sound=sound)


def first_paying(work: Work) -> Ints:
    """int64; the period of each loan's first row in which anything is paid."""
    if work.course is not None:
        return np.asarray(paying(work).argmax(axis=0), np.int64)
    begins = np.cumsum(work.lengths, axis=0) - work.lengths
    first = work.term - 1
    for s, rule in enumerate(work.rules):
        if rule.pays:
            first = np.where(work.lengths[s] > 0, np.minimum(first, begins[s]), first)
    return first


def paying(work: Work) -> Bools:
    """Bool (periods, loans); rows in which anything is paid, where single rows may do as they will."""
    t, begins = np.arange(int(work.term.max()))[:, None], np.cumsum(work.lengths, axis=0) - work.lengths
    out = np.zeros((len(t), len(work.term)), np.bool_)
    for s, rule in enumerate(work.rules):
        inside = (t >= begins[s]) & (t < begins[s] + work.lengths[s])
        pays = np.full(out.shape, rule.pays)
        if work.course is not None:
            kind, waits = work.course.pays[: len(t)], work.course.waits[: len(t)]
            nothing = (
                (kind == Pays.NOTHING)
                | (work.course.given[: len(t)] == 0)
                | (waits & ((kind == Pays.INTEREST) | (not rule.amortises)))
            )
            pays[: len(kind)] &= ~nothing
        out |= inside & pays
    return np.asarray((out & (t < work.term)) | (t == work.term - 1), np.bool_)


def pays_at(work: Work, order: Ints, t: Ints) -> Bools:
    """Whether anything is paid in rows: of loan ``order`` in period ``t``."""
    if work.course is not None:
        return np.asarray(paying(work)[t, order], np.bool_)
    final = t == work.term[order] - 1
    stage = (t >= np.cumsum(work.lengths, axis=0)[:, order]).sum(axis=0)
    pays = np.array([rule.pays for rule in work.rules])
    return np.asarray(final | pays[np.where(final, 0, stage)], np.bool_)


def payment_number(work: Work, order: Ints, t: Ints) -> tuple[Ints, Ints]:
    """How many rows before these pay anything, of loan ``order`` in period ``t``; and how many do in all."""
    if work.course is not None:
        every = paying(work)
        before = every.cumsum(axis=0) - every
        return np.asarray(before[t, order], np.int64), every.sum(axis=0)[order]
    begins, last = np.cumsum(work.lengths, axis=0) - work.lengths, work.term - 1
    number, count = np.zeros(len(order), np.int64), np.ones(len(last), np.int64)  # the last row always pays
    for begin, length, rule in zip(begins, work.lengths, work.rules, strict=True):
        if rule.pays:
            number += np.clip(t - begin[order], 0, length[order])
            count += np.clip(last - begin, 0, length)
    return number, count[order]
