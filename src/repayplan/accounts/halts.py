"""Freezes of an account as people read them: since when, until when, why, and what becomes of interest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from repayplan.accounts.event import Events
from repayplan.accounts.eventkinds import HALT_REASONS, WHILE_FROZEN, HaltReason, WhileFrozen
from repayplan.basics.dates import Days
from repayplan.basics.errors import Code, Language
from repayplan.basics.outcome import Ints
from repayplan.basics.reason import Reason

_CODES = {
    "death": Code.HALTED_DEATH,
    "insolvency": Code.HALTED_INSOLVENCY,
    "court": Code.HALTED_COURT,
    "dispute": Code.HALTED_DISPUTE,
    "moratorium": Code.HALTED_MORATORIUM,
    None: Code.HALTED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Halt:
    """One freeze that has begun.

    Attributes
    ----------
    reference
        The event's.
    reason
        One of :data:`~repayplan.HALT_REASONS`; None: none is given.
    since, until
        Its first and last day; None: it goes on.
    interest
        Whether the contract's interest runs or stops.
    holds
        Whether it does on the day of the statement.

    Examples
    --------
    >>> halt = Halt(
    ...     reference="F-1", reason="death", since=date(2026, 3, 2), until=None, interest="stops", holds=True
    ... )
    >>> halt.text()
    "halted since 2026-03-02: the borrower has died; the contract's interest is stopped"
    >>> halt.text("zh")
    '自2026-03-02起中止：借款人死亡；合同利息停止计算'
    """

    reference: str
    reason: HaltReason | None
    since: date
    until: date | None
    interest: WhileFrozen
    holds: bool

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """The same as codes: why it is halted, until when, and that interest is stopped."""
        found = [Reason(_CODES[self.reason], "account", self.since)]
        if self.until is not None:
            found.append(Reason(Code.HALTED_UNTIL, "account", self.until))
        if self.interest == "stops":
            found.append(Reason(Code.HALTED_INTEREST, "account"))
        return tuple(found)

    def text(self, language: Language = "en") -> str:
        """The sentence for a person."""
        return {"en": "; ", "zh": "；"}[language].join(each.text(language) for each in self.reasons)


def halts_of(events: Events, freezes: Ints, as_of: Days) -> tuple[Halt, ...]:
    """Some freezes, by their first day.

    Parameters
    ----------
    events, freezes
        int64; the places of those that hold and have begun.
    as_of
        The day that is looked at.
    """
    order = freezes[np.lexsort((events.reference[freezes], events.value_date[freezes]))]
    return tuple(
        Halt(
            reference=str(events.reference[k]),
            reason=None if events.reason[k] < 0 else HALT_REASONS[events.reason[k]],
            since=events.value_date[k].item(),
            until=events.until[k].item(),
            interest=WHILE_FROZEN[events.interest[k]],
            holds=bool(np.isnat(events.until[k]) or events.until[k] >= as_of),
        )
        for k in order.tolist()
    )
