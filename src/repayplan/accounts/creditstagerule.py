"""When an exposure is non-performing, how it is cured, and its stage of impairment: a supervisor's rule."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from typing import Literal

from repayplan.ability.figures import SHARE_PLACES, decimal, one_of, values, whole
from repayplan.accounts.eventkinds import NEW_PLANS, HaltReason, halt_reasons
from repayplan.basics.errors import Code, InputError
from repayplan.offers.hardship import said

MOST_MONTHS = 120
_MOST_DAYS = 36_600


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditStageRule:
    """Past due days, materiality, cure, probation and stages, all as figures.

    Parameters
    ----------
    default_after_days
        Non-performing after more than so many consecutive days on which a material amount is past due.
    material_amount, material_share
        An amount past due is material where it is more than the first, in currency units, and more than this
        share of what is outstanding.
    return_months
        An exposure that wasn't forborne performs again when so many months have passed since the last day of
        that, and nothing is past due by more than the days of default.
    cure_months
        A forborne one is cured no sooner than so many months after the latest of the new plan, the default,
        and the end of the plan's period of grace (the months before principal is asked for).
    cure_days
        Payments aren't regular, and the months count anew, where it is more than so many days past due.
    probation_months
        Then, and after a new plan for a performing exposure, it is on probation for at least so long.
    relapse_days
        On probation after default it is non-performing again when it is more than so many days past due, or
        gets a new plan. At the end of any probation it may not be so late.
    regular_share, regular_months, more_than
        Probation doesn't end before payments were made in this share of its time, counted in stretches of so
        many months (those between two instalments), each of more than this amount, in currency units.
    stage_2_after_days, stage_3_after_days
        The risk has risen significantly, and the asset is in default, when it is more than so many days past
        due, however little; None: the lender has rebutted the presumption.
    probation_stage
        The least stage on probation, 1 or 2. Non-performing is stage 3.
    forbearance
        Which changes of the plan are forbearance.
    pauses
        Freezes for one of these reasons pause the days past due, and those on which a material amount is: the
        days of such a freeze count for neither. Those of a freeze for another reason, or for none that is
        said, do.
    source
        Where that is written.

    Raises
    ------
    InputError
        A figure out of range, a stage that isn't one, a new plan that isn't known, no source.

    Examples
    --------
    >>> rule = CreditStageRule.example("eu-retail")
    >>> rule.default_after_days, str(rule.material_amount), rule.cure_months, rule.months_needed
    (90, '100', 12, 12)
    """

    default_after_days: int
    material_amount: Decimal
    material_share: Decimal
    return_months: int
    cure_months: int
    cure_days: int
    probation_months: int
    relapse_days: int
    regular_share: Decimal
    regular_months: int = 1
    more_than: Decimal = Decimal(0)
    stage_2_after_days: int | Literal["rebutted"]
    stage_3_after_days: int | Literal["rebutted"]
    probation_stage: int = 2
    forbearance: tuple[str, ...] = NEW_PLANS
    pauses: tuple[HaltReason, ...] = ()
    source: str

    def __post_init__(self) -> None:
        for name in ("default_after_days", "cure_days", "relapse_days"):
            whole(f"credit_stage.{name}", getattr(self, name), 0, _MOST_DAYS, "days")
        for name in ("stage_2_after_days", "stage_3_after_days"):
            if getattr(self, name) != "rebutted":
                whole(f"credit_stage.{name}", getattr(self, name), 0, _MOST_DAYS, "days")
        for name in ("return_months", "cure_months", "probation_months"):
            whole(f"credit_stage.{name}", getattr(self, name), 0, MOST_MONTHS, "months")
        whole("credit_stage.regular_months", self.regular_months, 1, 12, "months")
        whole("credit_stage.probation_stage", self.probation_stage, 1, 2, "a stage")
        for name in ("material_amount", "more_than"):
            object.__setattr__(self, name, decimal(f"credit_stage.{name}", getattr(self, name), places=8))
        for name in ("material_share", "regular_share"):
            share = decimal(f"credit_stage.{name}", getattr(self, name), most=1, places=SHARE_PLACES)
            object.__setattr__(self, name, share)
        kinds = values("credit_stage.forbearance", self.forbearance, str, "kinds of new plans")
        for each in kinds:
            one_of("credit_stage.forbearance", each, NEW_PLANS)
        if len(set(kinds)) < len(kinds):
            shown = ", ".join(kinds)
            raise InputError(Code.DUPLICATE, "credit_stage.forbearance", shown, "each kind once")
        object.__setattr__(self, "forbearance", kinds)
        object.__setattr__(self, "pauses", halt_reasons("credit_stage.pauses", self.pauses))
        said("credit_stage.source", self.source)

    @classmethod
    def example(cls, name: str) -> CreditStageRule:
        """A published rule: ``"eu-retail"``, retail exposures of banks in the European Union.

        Raises
        ------
        InputError
            There is none of that name.
        """
        one_of("name", name, _EXAMPLES)
        return _EXAMPLES[name]

    @property
    def months_needed(self) -> int:
        """In how many stretches of a probation payments must have been made."""
        return ceil(self.regular_share * self.probation_months / self.regular_months)


_EXAMPLES = {
    "eu-retail": CreditStageRule(
        default_after_days=90,
        material_amount=Decimal(100),
        material_share=Decimal("0.01"),
        return_months=3,
        cure_months=12,
        cure_days=30,
        probation_months=24,
        relapse_days=30,
        regular_share=Decimal("0.5"),
        # Paragraph 18: repayment that is suspended by law or other legal restrictions. What is in dispute
        # (paragraph 19) pauses only where a court or the like decides, which is for the lender to say.
        pauses=("court", "moratorium"),
        stage_2_after_days=30,
        stage_3_after_days=90,
        source=(
            "Commission Implementing Regulation (EU) 680/2014, annex V, paragraphs 213 to 265; Delegated "
            "Regulation (EU) 2018/171, articles 1 and 2; EBA/GL/2016/07, paragraphs 16 to 20 and 71 to 76; "
            "IFRS 9, 5.5.9 to 5.5.11, B5.5.20 and B5.5.37"
        ),
    )
}
