"""What a plan is like that takes the place of several debts of one borrower: a policy's rule."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from repayplan.ability.figures import decimal, one_of, whole
from repayplan.basics.columns import RATE_DECIMALS
from repayplan.basics.dates import FREQUENCY_INDEX, FREQUENCY_NAMES, MONTHS_OF
from repayplan.basics.errors import Code, InputError
from repayplan.basics.ruleshape import check_kinds

RateOf = Literal["weighted", "lowest", "highest"]
DueDay = Literal["largest", "earliest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeRule:
    """How several debts of one borrower become one.

    Parameters
    ----------
    rate
        ``"weighted"``: the average of the debts' rates by what bears interest, rounded once; ``"lowest"`` or
        ``"highest"`` of them; or an annual rate, 0 to 1.
    rate_rounding, rate_multiple
        Of a weighted average: the mode, and the multiple (``"0.00125"``: an eighth of a percent); None:
        1e-10, the finest rate there is.
    original_term
        Whose original term the merged plan has, by which limits in shares are measured: the ``"shortest"``
        or the ``"longest"`` of the debts.
    maturity
        The original maturity from which extension is counted: that of the debt with the fewest instalments up
        to it (``"earliest"``) or the most (``"latest"``). The merged plan has as many, and the months of
        extension and the unpaid instalments of that debt.
    due_day
        When instalments fall due: as those of the ``"largest"`` debt; of that whose next one is the
        ``"earliest"``; or on a day of the month, 1 to 31, for the first time no earlier than any debt's next
        one.
    frequency
        How often they fall due; None: as the debts' do, which must agree.

    Raises
    ------
    InputError
        A value that isn't known, or out of its range; rounding of a rate that isn't an average.

    Notes
    -----
    As they are by default, term and maturity are those that leave least: no share of the original term, and
    no cap in months, on the extension or on the new plan's length, allows the merged plan more instalments
    than it allows any of the debts by itself. What a limit on the total term leaves depends on what has
    passed of it, and tiers may give a shorter term more.

    Where the rule's frequency isn't a debt's, its term is counted in whole periods of the plan, rounded down;
    its unpaid instalments likewise, rounded up; and its maturity by the plan's due dates up to the day.

    Federal consolidation loans for students in the United States have the weighted average, rounded up to an
    eighth of a percent: 20 U.S.C. 1087e(b)(8)(D).

    Examples
    --------
    >>> MergeRule(rate_rounding="up", rate_multiple="0.00125").rate
    'weighted'
    >>> MergeRule(rate="0.05", due_day=15).rate
    Decimal('0.05')
    """

    rate: RateOf | Decimal = "weighted"
    rate_rounding: Literal["half_up", "half_even", "up", "down"] = "half_up"
    rate_multiple: Decimal | None = None
    original_term: Literal["shortest", "longest"] = "shortest"
    maturity: Literal["earliest", "latest"] = "earliest"
    due_day: DueDay | int = "largest"
    frequency: str | None = None

    def __post_init__(self) -> None:
        if self.rate not in ("weighted", "lowest", "highest"):
            rate = decimal("merge.rate", self.rate, most=1, places=RATE_DECIMALS)
            object.__setattr__(self, "rate", rate)
        if self.rate_multiple is not None:
            multiple = decimal("merge.rate_multiple", self.rate_multiple, most=1, places=RATE_DECIMALS)
            if not multiple:
                rule = "more than 0, at most 1"
                raise InputError(Code.OUT_OF_RANGE, "merge.rate_multiple", self.rate_multiple, rule)
            object.__setattr__(self, "rate_multiple", multiple)
        if self.rate != "weighted" and (self.rate_multiple is not None or self.rate_rounding != "half_up"):
            given = self.rate_rounding if self.rate_multiple is None else self.rate_multiple
            field = "merge.rate_rounding" if self.rate_multiple is None else "merge.rate_multiple"
            raise InputError(Code.UNKNOWN_VALUE, field, given, "only a weighted average is rounded")
        if self.due_day not in ("largest", "earliest") and not isinstance(self.due_day, str):
            whole("merge.due_day", self.due_day, 1, 31, "days")
        check_kinds(self, "merge.")
        if self.frequency is not None:
            one_of("merge.frequency", self.frequency, FREQUENCY_INDEX, FREQUENCY_NAMES)
            if isinstance(self.due_day, int) and not MONTHS_OF[FREQUENCY_INDEX[self.frequency]]:
                rule = "no day of the month where periods aren't months"
                raise InputError(Code.UNKNOWN_VALUE, "merge.due_day", self.due_day, rule)

    @property
    def multiple(self) -> int:
        """Of the rate, in 1e-10."""
        return 1 if self.rate_multiple is None else int(Fraction(self.rate_multiple) * 10**RATE_DECIMALS)


CAUTIOUS = MergeRule()
"""The rule by default: the weighted average, the shortest term, the earliest maturity."""
