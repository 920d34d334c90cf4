"""How an account is followed: when its plan is broken, when the borrower is reminded, when it is reviewed."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, get_args

from repayplan.ability.figures import SHARE_PLACES, decimal, one_of, values, whole
from repayplan.accounts.eventkinds import HaltReason, halt_reasons
from repayplan.basics.errors import Code, InputError

Consequence = Literal["acceleration", "concessions_end", "review"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingRule:
    """What the agreement says of keeping to the plan.

    Parameters
    ----------
    broken_after_missed
        The plan is broken when so many instalments are overdue at once, days of grace over; a balance that
        was called in counts as one.
    broken_after_days
        It is broken when one is so many days past due. In the days of grace only one counts of which more
        than the overdue rule's tolerance is missing: no more than that moves on to the next instalment when
        they are over. Where there is none to move to, it breaks the plan on the day after them.
    consequence
        What follows then, by the agreement: the whole balance may be called in (``"acceleration"``), what was
        conceded ends, or the case is reviewed. ``track`` says so; nothing happens by itself.
    remind_before, remind_after
        Days before an instalment falls due (0: on that day), and after the due date of each that isn't paid,
        on which the borrower is reminded.
    pauses
        Freezes for one of these reasons pause what is late, as where a law suspends what is to be repaid:
        their days don't count towards ``broken_after_days`` and ``remind_after``, and on none of them the
        borrower is reminded. A reminder before a due date that would come on one is left out. Days of a
        freeze for another reason, or for none that is said, count. How many instalments are overdue stays
        what it is.
    review_months
        The account is looked at once in so many months.
    income_drop
        A warning where the household's net income is less by this share or more than at the review before;
        None: that isn't looked at.

    Raises
    ------
    InputError
        Neither of the two by which a plan is broken; a figure out of range; days or reasons that are there
        twice; a reason that isn't known.
    """

    broken_after_missed: int | None = None
    broken_after_days: int | None = None
    consequence: Consequence
    remind_before: tuple[int, ...] = ()
    remind_after: tuple[int, ...] = ()
    pauses: tuple[HaltReason, ...] = ()
    review_months: int = 1
    income_drop: Decimal | None = None

    def __post_init__(self) -> None:
        if self.broken_after_missed is None and self.broken_after_days is None:
            rule = "this or broken_after_days"
            raise InputError(Code.MISSING, "tracking.broken_after_missed", None, rule)
        if self.broken_after_missed is not None:
            whole("tracking.broken_after_missed", self.broken_after_missed, 1, 120, "instalments")
        if self.broken_after_days is not None:
            whole("tracking.broken_after_days", self.broken_after_days, 1, 3_660, "days")
        one_of("tracking.consequence", self.consequence, get_args(Consequence))
        for name, least in (("remind_before", 0), ("remind_after", 1)):
            field = f"tracking.{name}"
            days = values(field, getattr(self, name), int, "whole numbers of days", some=False)
            for i, each in enumerate(days):
                whole(f"{field}[{i}]", each, least, 366, "days")
                if each in days[:i]:
                    raise InputError(Code.DUPLICATE, f"{field}[{i}]", each, "each day once")
            object.__setattr__(self, name, days)
        object.__setattr__(self, "pauses", halt_reasons("tracking.pauses", self.pauses))
        whole("tracking.review_months", self.review_months, 1, 12, "months")
        if self.income_drop is not None:
            share = decimal("tracking.income_drop", self.income_drop, most=1, places=SHARE_PLACES)
            object.__setattr__(self, "income_drop", share)
