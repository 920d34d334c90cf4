"""What becomes of arrears in a new plan: the rule of a policy, component by component."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, get_args

from repayplan.ability.figures import decimal, whole
from repayplan.basics.errors import Code, InputError
from repayplan.basics.ruleshape import check_kinds
from repayplan.kernel.rules import MAX_PERIODS

Treatment = Literal["capitalise", "pay_first", "first_instalments", "carry"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrearsPart:
    """What becomes of one component of the arrears.

    Parameters
    ----------
    treatment
        ``"capitalise"``: joins the balance and bears interest. Of the others it bears none: ``"pay_first"``:
        is paid with the first instalment; ``"first_instalments"``: is spread over several, as even as whole
        units allow, the earlier ones the one unit more; ``"carry"``: is put aside, and due with the last.
    waive_percent
        Percent given up before that (``"50"``).
    instalments
        Of ``"first_instalments"``: over how many, or over all of a shorter plan.
    """

    treatment: Treatment
    waive_percent: Decimal = Decimal(0)
    instalments: int | None = None

    def __post_init__(self) -> None:
        if self.treatment not in get_args(Treatment):
            rule = f"one of {', '.join(get_args(Treatment))}"
            raise InputError(Code.UNKNOWN_VALUE, "arrears.treatment", self.treatment, rule)
        part = decimal("arrears.waive_percent", self.waive_percent, most=100, places=4)
        object.__setattr__(self, "waive_percent", part)
        spread = self.treatment == "first_instalments"
        if spread and self.instalments is None:
            raise InputError(Code.MISSING, "arrears.instalments", None, "first_instalments needs it")
        if self.instalments is not None:
            if not spread:
                rule = "only what is spread over the first_instalments has a number of them"
                raise InputError(Code.UNKNOWN_VALUE, "arrears.instalments", self.instalments, rule)
            whole("arrears.instalments", self.instalments, 1, MAX_PERIODS, "instalments")


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrearsRule:
    """How each component owed besides principal enters the plan; overdue principal joins the balance."""

    overdue_interest: ArrearsPart
    accrued_interest: ArrearsPart
    penalty: ArrearsPart
    fees: ArrearsPart

    def __post_init__(self) -> None:
        check_kinds(self, "arrears.")
