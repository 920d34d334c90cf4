"""What a limit says of loans and of plans for them, of one or of a batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from repayplan.basics.errors import Code
from repayplan.basics.outcome import Bools, Ints
from repayplan.basics.reason import Reason
from repayplan.offers.earlier import Gate

LIMITS: tuple[Code, ...] = (
    Code.LIMIT_SHARE,
    Code.LIMIT_EXTENSION_MONTHS,
    Code.LIMIT_TOTAL_MONTHS,
    Code.LIMIT_NEW_PLAN_MONTHS,
    Code.LIMIT_ORIGINAL_TERM,
    Code.LIMIT_REGULATOR,
    Code.LIMIT_LAST_DATE,
    Code.LIMIT_AGE,
    Code.LIMIT_DOMAIN,
)
"""The rules that can bind, as arrays number them; of equal ones the first is named."""


@dataclass(frozen=True, slots=True)
class Ceiling:
    """How long a plan of one loan may be.

    Attributes
    ----------
    longest, binding_limit
        The most instalments; 0 or less where nothing is left; and the rule that says so.
    by_rule
        The most that each rule allows by itself.
    """

    longest: int
    binding_limit: Code
    by_rule: dict[Code, int]


@dataclass(frozen=True, slots=True, eq=False)
class Ceilings:
    """The same of a batch: int64 columns, a value a good row; ``binding_limit`` indexes :data:`LIMITS`."""

    longest: Ints
    binding_limit: Ints
    by_rule: dict[Code, Ints]

    def __len__(self) -> int:
        return len(self.longest)

    def __iter__(self) -> Iterator[Ceiling]:
        return (self.one(i) for i in range(len(self)))

    def one(self, i: int) -> Ceiling:
        """Row ``i`` for a person."""
        each = {code: int(most[i]) for code, most in self.by_rule.items()}
        return Ceiling(int(self.longest[i]), LIMITS[int(self.binding_limit[i])], each)


@dataclass(frozen=True, slots=True)
class Permit:
    """Whether a limit allows a loan's plan.

    Attributes
    ----------
    allowed
        Whether it does.
    instalments
        Rows of the plan, those of holidays too.
    longest
        The most that the limit allows; 0 or less where nothing is left of it.
    reason
        The rule that binds, whether or not the plan breaks it, with both figures.
    gates
        Why the loan may not be restructured at all; empty where it may.
    pending
        Consents that the plan still waits for: needed where it extends the contract.
    """

    allowed: bool
    instalments: int
    longest: int
    reason: Reason
    gates: tuple[Reason, ...] = ()
    pending: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Permits:
    """The same of a batch: columns of one value per good row, in the caller's order.

    Attributes
    ----------
    instalments, longest
        int64, as of :class:`Permit`.
    binding_limit
        int64; indexes :data:`LIMITS`.
    gates
        What each gate found.
    pending
        bool by consent: where it is missing.
    titles
        What consents are called in English and Chinese, where the limit says so.
    """

    instalments: Ints
    longest: Ints
    binding_limit: Ints
    gates: tuple[Gate, ...]
    pending: Mapping[str, Bools]
    titles: Mapping[str, tuple[str, str]]

    @property
    def allowed(self) -> Bools:
        """bool; which plans the limit allows."""
        allowed = self.instalments <= self.longest
        for gate in self.gates:
            allowed = allowed & ~gate.closed
        return np.asarray(allowed, np.bool_)

    def __len__(self) -> int:
        return len(self.instalments)

    def __iter__(self) -> Iterator[Permit]:
        return (self.one(i) for i in range(len(self)))

    def one(self, i: int) -> Permit:
        """Row ``i`` for a person."""
        asked, longest = int(self.instalments[i]), int(self.longest[i])
        reason = Reason(LIMITS[int(self.binding_limit[i])], "instalments", asked, max(longest, 0))
        return Permit(
            bool(self.allowed[i]),
            asked,
            longest,
            reason,
            tuple(gate.reason(i) for gate in self.gates if gate.closed[i]),
            missing_consents(self.pending, i, self.titles),
        )


def missing_consents(
    pending: Mapping[str, Bools], i: int, titles: Mapping[str, tuple[str, str]]
) -> tuple[Reason, ...]:
    """A reason for each consent that loan ``i`` lacks."""
    lacking = (name for name, missing in pending.items() if missing[i])
    return tuple(Reason(Code.CONSENT_MISSING, name, names=titles) for name in lacking)
