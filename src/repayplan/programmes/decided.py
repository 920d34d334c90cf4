"""What a policy decides on a block of loans, in a pool that policies share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from repayplan.basics.outcome import Bools, Failures, Ints
from repayplan.offers.grounds import Grounds
from repayplan.offers.policy import Policy


@dataclass(frozen=True, eq=False)
class Pool:
    """Decisions on loans of a block, each perhaps shared by several policies; a column each."""

    columns: Mapping[str, Any]
    grounds: Grounds


@dataclass(frozen=True, eq=False)
class Decided:
    """What a policy decides on a block of loans.

    Attributes
    ----------
    at
        int64, of each loan of the block: the place of its decision in the pool; -1 where there is none.
    longest, binding
        int64, of each loan: what the limit says.
    failures
        The loans without a decision.
    """

    policy: Policy
    pool: Pool
    at: Ints
    longest: Ints
    binding: Ints
    failures: Failures

    def small(self) -> Decided:
        """The same in few bytes, to be kept."""
        few: list[Any] = [each.astype(np.int32) for each in (self.at, self.longest, self.binding)]
        return Decided(self.policy, self.pool, few[0], few[1], few[2], self.failures)

    @cached_property
    def row(self) -> Ints:
        """int64; the numbers of the loans with a decision."""
        return np.flatnonzero(self.at >= 0)

    @cached_property
    def where(self) -> Ints:
        """int64; the place in the pool of each of these."""
        return self.at[self.row]

    def column(self, name: str, some: Ints | None = None) -> Any:
        """A column of the loans with a decision, or of some of these."""
        if name in ("longest", "binding_limit"):
            own = (self.longest if name == "longest" else self.binding)[self.row]
            return own if some is None else own[some]
        if name == "degree":
            return self._degree if some is None else self._degree[some]
        return self.pool.columns[name][self.where if some is None else self.where[some]]

    @cached_property
    def _degree(self) -> Ints:
        """What is granted of each step; of those refused, the most: of ``extend``, what the limit allows."""
        degree, steps = self.pool.columns["degree"][self.where], self.policy.steps
        longest, shortest = self.column("longest"), self.column("shortest")
        taken = self.pool.columns["longest"][self.where] != longest
        refused = taken & self.column("eligible") & ~self.column("offered")
        degree[refused & (longest < shortest)] = 0
        for number, step in enumerate(steps):
            if step.step == "extend":
                open_ = refused & (longest >= shortest)
                degree[open_, number] = (longest - shortest)[open_]
        return np.asarray(degree, np.int64)

    def reasons(self, rows: Ints) -> dict[Any, Bools]:
        """For each reason against an offer: whose it is, of some of the loans with a decision."""
        names = ("shortest", "longest", "binding_limit", "capacity")
        judged = self.column("eligible", rows) & ~self.column("offered", rows)
        return self.pool.grounds.take(self.where[rows]).reasons(
            judged, *(self.column(name, rows) for name in names)
        )
