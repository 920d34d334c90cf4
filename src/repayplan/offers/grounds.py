"""On what a refusal rests: what is known of each loan, and which reasons follow from it under a limit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from repayplan.basics.errors import Code
from repayplan.basics.outcome import Bools, Ints
from repayplan.kernel.rules import MAX_PERIODS
from repayplan.offers.permits import LIMITS

REASONS: tuple[Code, ...] = (
    *(Code.ABOVE_TARGET, Code.BELOW_ALLOWANCE, Code.NO_CAPACITY, Code.LIMIT_EXHAUSTED, Code.OVER_CAPACITY),
    *(Code.OVER_TARGET, Code.NO_PLAN, Code.TOO_LITTLE_REPAID, Code.NO_PRINCIPAL, Code.LARGE_BALLOON, *LIMITS),
)
"""All that may speak against a plan for a loan that is eligible."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Grounds:
    """What the reasons against offers are told by; bool, of each loan of a batch.

    Attributes
    ----------
    closed
        By code: to whom the programme isn't open, by its status or by an earlier restructure.
    below
        Whose household is short of its living costs before it pays anything.
    alone
        Whether a target alone says what can be paid, whatever is left.
    payable
        Who may pay anything, as a share of the present instalment.
    by_target
        Who could pay more there, but for the policy's targets.
    lowest
        Who has a plan within the limit that can be kept, affordable or not.
    longer
        Whom a plan would help that is longer than the limit allows.
    slow
        By code of a minimum of paying off: who has an affordable plan that misses it.
    """

    closed: Mapping[Code, Bools]
    below: Bools
    alone: bool
    payable: Bools
    by_target: Bools
    lowest: Bools
    longer: Bools
    slow: Mapping[Code, Bools]

    def take(self, rows: Ints) -> Grounds:
        """Of some of the loans."""
        own: dict[str, Any] = {}
        for each in fields(self):
            given = getattr(self, each.name)
            if isinstance(given, Mapping):
                own[each.name] = {code: mask[rows] for code, mask in given.items()}
            else:
                own[each.name] = given if isinstance(given, bool) else given[rows]
        return Grounds(**own)

    @classmethod
    def joined(cls, parts: Sequence[Grounds]) -> Grounds:
        """Of several batches by the same rules, one after the other."""

        def column(values: list[Bools]) -> Bools:
            return np.concatenate(values)

        def by_code(tables: list[Mapping[Code, Bools]]) -> dict[Code, Bools]:
            none = [np.zeros(len(part.below), np.bool_) for part in parts]
            codes = dict.fromkeys(code for table in tables for code in table)
            return {c: column([t.get(c, no) for t, no in zip(tables, none, strict=True)]) for c in codes}

        own: dict[str, Any] = {}
        for each in fields(cls):
            given = [getattr(part, each.name) for part in parts]
            if isinstance(given[0], Mapping):
                own[each.name] = by_code(given)
            else:
                own[each.name] = given[0] if isinstance(given[0], bool) else column(given)
        return cls(**own)

    def reasons(
        self, judged: Bools, shortest: Ints, longest: Ints, binding: Ints, capacity: Ints
    ) -> dict[Code, Bools]:
        """For each reason against an offer, in the order in which they are stated: whose it is (bool).

        Parameters
        ----------
        judged
            Who is eligible, and refused.
        shortest, longest, binding
            int64; between which lengths plans may lie, and by which rule of the limit.
        capacity
            int64; what can be paid in the leanest period.
        """
        nothing = judged & (capacity == 0) & self.payable
        exhausted = judged & (longest < shortest)
        searched = judged & ~exhausted
        kept = searched & self.lowest
        # A limit is a reason where a longer plan would be affordable, or might if there were one.
        held = searched & (self.longer | ((longest >= MAX_PERIODS) & (capacity > 0)))
        return {
            **self.closed,
            Code.ABOVE_TARGET: nothing & self.by_target,
            Code.BELOW_ALLOWANCE: judged & self.below & (not self.alone),
            Code.NO_CAPACITY: nothing & ~self.below & ~self.by_target,
            Code.LIMIT_EXHAUSTED: exhausted,
            Code.OVER_CAPACITY: kept & ~self.by_target,
            Code.OVER_TARGET: kept & self.by_target,
            Code.NO_PLAN: searched & ~self.lowest,
            **self.slow,
            **{code: held & (binding == i) for i, code in enumerate(LIMITS)},
        }
