"""A lender's rules put together: frozen values, read from and written to TOML."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import cast

from repayplan.ability.allowance import AssumedCost, Contingency
from repayplan.ability.beside import IN_FULL, CreditorRule
from repayplan.ability.figures import decimal
from repayplan.ability.guideline import Guideline
from repayplan.ability.income import IncomeRule
from repayplan.ability.outlook import AS_IT_IS, Outlook
from repayplan.ability.rule import AllowanceRule
from repayplan.ability.target import PaymentTarget
from repayplan.basics.errors import Code, Language, PolicyError, which
from repayplan.basics.money import MAX_DECIMALS, USUAL_DECIMALS, decimals_of, is_currency
from repayplan.basics.rounding import Rounding
from repayplan.basics.rulefile import text_of
from repayplan.basics.ruleshape import check_kinds
from repayplan.basics.ruletext import read_rules
from repayplan.basics.rulewords import Changes, changes, describe
from repayplan.basics.rulewriting import UNSAID, canonical, write_rules
from repayplan.basics.writing import says_something
from repayplan.offers.acceptance import Acceptance
from repayplan.offers.amortisation import ANY, Amortisation
from repayplan.offers.arrangements import EarnedWaiver, InterimRule, Trial
from repayplan.offers.arrearsrule import ArrearsRule
from repayplan.offers.concession import EXTEND, PROPERTY_VALUE, Concession
from repayplan.offers.lengths import MOST_PERCENT, PERCENT_PLACES
from repayplan.offers.limit import ExtensionLimit
from repayplan.offers.meanings import MEANINGS
from repayplan.offers.mergerule import MergeRule
from repayplan.offers.methods import METHODS
from repayplan.offers.reviewrules import ReviewRules
from repayplan.offers.strategy import IN_ORDER, Strategy
from repayplan.plans.beside import Arrears


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """Something that the data don't say, in words, printed with every result."""

    en: str
    zh: str

    def __post_init__(self) -> None:
        check_kinds(self, "assumptions.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The rules of a programme.

    Parameters
    ----------
    name, name_zh, currency
        What it is called (in Chinese ``name_zh``, see :meth:`called`), and the currency of its amounts by its
        code in ISO 4217 (``"EUR"``).
    decimals
        Of the currency, 0 to 8; as it is, those of its minor unit in ISO 4217 (2 of EUR, 0 of JPY, 3 of KWD).
        Others are taken where they are said: amounts in whole HUF, or in a thousandth of a dollar.
    allowance, income, contingency, assumed, guidelines
        From income to capacity.
    outlook
        What is foreseen for all households in the months ahead.
    target
        What may be paid as a share of income, at most, or whatever is left; None: what is left.
    instalment_percent
        No payment of a plan is more than so many percent of the present instalment (``"80"``: a fifth less);
        None: nothing is said of it. What is put aside until the last isn't held against it.
    creditors
        How other creditors of a household count beside this loan.
    guarantors
        Whether what guarantors can pay counts, of loans with several households behind them.
    limit
        How far a term may be extended.
    methods
        How plans are repaid, in the order in which they are tried.
    concessions
        What is given up for a plan that is affordable, in order; as it is, more instalments alone.
    amortisation
        How fast a plan must repay principal at least.
    strategy
        Which of the affordable plans is offered; as it is, the one that the concessions come to in order.
    arrears
        How what is overdue enters the plan.
    rounding
        Of the new plan.
    statuses
        The loans' statuses to which the programme is open; None: all.
    assumptions
        What the figures rest on.
    acceptance
        How long an offer can be accepted; None: nothing is said of it.
    merge
        How several debts of one borrower become one (:func:`~repayplan.merge`); None: nothing is said of it.
    review
        How applications are reviewed and decided; None: :func:`~repayplan.review` has nothing to go by.

    interim
        Small payments for some months, then a review (:func:`~repayplan.interim`).
    trial
        What a borrower has to keep to before the concessions take effect (:func:`~repayplan.conditional`).
    earned_waiver
        What of a waiver has to be earned (:func:`~repayplan.earned_waiver`); None: it is given at once.

    Raises
    ------
    PolicyError
        Naming the key, the value and the rule.

    Examples
    --------
    >>> policy = Policy.example("lending-club-demo")
    >>> policy.limit.percent, policy.methods[0]
    (Decimal('50'), 'equal_instalment')
    >>> Policy.loads(policy.dumps()) == policy
    True
    """

    name: str
    name_zh: str | None = None
    currency: str
    decimals: int = field(default=cast("int", None), metadata={UNSAID: USUAL_DECIMALS})
    methods: tuple[str, ...]
    statuses: tuple[str, ...] | None = None
    allowance: AllowanceRule
    limit: ExtensionLimit
    income: IncomeRule = field(default_factory=IncomeRule)
    contingency: Contingency
    rounding: Rounding
    arrears: ArrearsRule
    concessions: tuple[Concession, ...] = (EXTEND,)
    amortisation: Amortisation = ANY
    strategy: Strategy = IN_ORDER
    assumed: tuple[AssumedCost, ...] = ()
    guidelines: tuple[Guideline, ...] = ()
    outlook: Outlook = AS_IT_IS
    target: PaymentTarget | None = None
    instalment_percent: Decimal | None = None
    creditors: CreditorRule = IN_FULL
    guarantors: bool = False
    assumptions: tuple[Assumption, ...] = ()
    acceptance: Acceptance | None = None
    merge: MergeRule | None = None
    review: ReviewRules | None = None
    interim: InterimRule | None = None
    trial: Trial | None = None
    earned_waiver: EarnedWaiver | None = None

    def __post_init__(self) -> None:
        if self.instalment_percent is not None:
            percent = decimal(
                "instalment_percent", self.instalment_percent, most=MOST_PERCENT, places=PERCENT_PLACES
            )
            if not percent:
                raise PolicyError(Code.OUT_OF_RANGE, "instalment_percent", percent, "more than 0")
            object.__setattr__(self, "instalment_percent", percent)
        said: int | None = self.decimals
        code: object = self.currency
        if said is None and isinstance(code, str):
            object.__setattr__(self, "decimals", decimals_of(code))
        check_kinds(self)
        if self.name_zh is not None and not says_something(self.name_zh):
            raise PolicyError(Code.MISSING, "name_zh", self.name_zh, "text, or nothing at all")
        if not is_currency(self.currency):
            rule = "an ISO 4217 code: three capital letters, EUR say"
            raise PolicyError(Code.UNKNOWN_VALUE, "currency", self.currency, rule)
        if not 0 <= self.decimals <= MAX_DECIMALS:
            raise PolicyError(Code.OUT_OF_RANGE, "decimals", self.decimals, f"0 to {MAX_DECIMALS}")
        if not self.methods:
            raise PolicyError(Code.MISSING, "methods", self.methods, "at least one method")
        for i, name in enumerate(self.methods):
            if name not in METHODS:
                raise PolicyError(Code.UNKNOWN_VALUE, f"methods[{i}]", name, f"one of {', '.join(METHODS)}")
            if name in self.methods[:i]:
                raise PolicyError(Code.DUPLICATE, f"methods[{i}]", name, "each method once")
        for i, step in enumerate(self.concessions):
            before = [(other.step, other.component) for other in self.concessions[:i]]
            if (step.step, step.component) in before and step.step != "cut_rate":
                rule = "each step once, but for cut_rate, and waive of each component once"
                raise PolicyError(Code.DUPLICATE, f"concessions[{i}].step", step.step, rule)
            floors = [other.floor for other in self.concessions[:i] if other.floor is not None]
            if step.floor is not None and floors and step.floor >= min(floors):
                rule = (
                    f"below {min(floors)}, the floor of the cut_rate before it: else nothing is left to cut"
                )
                raise PolicyError(Code.OUT_OF_RANGE, f"concessions[{i}].floor", step.floor, rule)
            if step.component is not None:
                treatment = getattr(self.arrears, step.component).treatment
                if treatment not in ("capitalise", "pay_first"):
                    # What is due later isn't among the payments that a waiver would lower, or not alone.
                    rule = "only what the arrears capitalise or pay first can be waived as a concession"
                    raise PolicyError(Code.UNKNOWN_VALUE, f"concessions[{i}].component", step.component, rule)
            if step.loan_to_value is not None and self.amortisation.largest_balloon is not None:
                rule = "none where a largest balloon is set: that is a share of the balance alone"
                field = f"concessions[{i}].loan_to_value"
                raise PolicyError(Code.UNKNOWN_VALUE, field, step.loan_to_value, rule)
        if self.columns.count(PROPERTY_VALUE) > 1:
            rule = "each column of the loans says one thing"
            raise PolicyError(Code.DUPLICATE, "limit", PROPERTY_VALUE, rule)
        cuts = ("forbear", "forgive")
        place = {step.step: i for i, step in enumerate(self.concessions) if step.step in cuts}
        if self.amortisation.largest_balloon is not None and list(place) == ["forbear", "forgive"]:
            # What is forborne would be a larger part of what is left.
            rule = "before forbear, where a largest balloon is set"
            raise PolicyError(Code.OUT_OF_TURN, f"concessions[{place['forgive']}].step", "forgive", rule)
        for amount in ("instalment", "interest", "fee"):
            self.rounding.multiple(amount, self.decimals)

    @classmethod
    def load(cls, path: str | Path) -> Policy:
        """Reads a TOML file; what is wrong in it is named with the file, the line and the key."""
        return cls.loads(text_of(path), source=str(path))

    @classmethod
    def loads(cls, text: str, *, source: str = "policy") -> Policy:
        """Reads TOML text; ``source`` names it in errors."""
        return read_rules(cls, text, source=source)

    @classmethod
    def example(cls, name: str) -> Policy:
        """A policy that ships with the package; ``Policy.examples()`` lists them."""
        known = cls.examples()  # of any other name a path could be made, to any file
        if name not in known:
            raise PolicyError(Code.UNKNOWN_VALUE, "example", name, f"one of {', '.join(known)}")
        resource = files("repayplan.data").joinpath(f"{name}.toml")
        return cls.loads(resource.read_text(encoding="utf-8"), source=f"{name}.toml")

    @classmethod
    def examples(cls) -> tuple[str, ...]:
        """Names of the policies that ship with the package."""
        found = (entry.name for entry in files("repayplan.data").iterdir())
        return tuple(sorted(name.removesuffix(".toml") for name in found if name.endswith(".toml")))

    def dumps(self) -> str:
        """The policy as TOML; :meth:`loads` gives it back."""
        return write_rules(self)

    def save(self, path: str | Path) -> None:
        """Writes the TOML file."""
        Path(path).write_text(self.dumps(), encoding="utf-8")

    def diff(self, other: Policy) -> Changes:
        """What another policy says differently: of each change the key, both values and the unit.

        Examples
        --------
        >>> from dataclasses import replace
        >>> policy = Policy.example("consumer")
        >>> print(policy.diff(replace(policy, methods=["flat"], limit=ExtensionLimit(max_total_months=60))))
        | key | before | after | unit |
        | --- | --- | --- | --- |
        | methods | equal_instalment, equal_principal | flat |  |
        | limit.percent | 50 | not set | % |
        | limit.reading | beyond_original_maturity | not set |  |
        | limit.max_total_months | not set | 60 | months |
        | limit.max_new_plan_months | 60 | not set | months |
        """
        return changes(self, other, MEANINGS)

    def describe(self, language: Language = "en") -> str:
        """All rules for a person, as Markdown: each with its value, unit, meaning and source.

        Parameters
        ----------
        language
            ``"en"`` or ``"zh"``.

        Examples
        --------
        >>> for line in Policy.example("consumer").describe("zh").splitlines():
        ...     if "limit.max" in line:
        ...         print(line)
        | limit.max_extension_months | 未设定 | 个月 | 原到期日至新到期日的最长期限 |
        | limit.max_total_months | 未设定 | 个月 | 原期限与全部展期合计的最长期限 |
        | limit.max_new_plan_months | 60 | 个月 | 新计划的最长期限 |
        """
        return describe(self, self.called(language), MEANINGS, language)

    def called(self, language: Language = "en") -> str:
        """Its name for a person; the same in Chinese where it has no other one there.

        Examples
        --------
        >>> policy = Policy.example("consumer")
        >>> policy.called("en"), policy.called("zh")
        ('Example: consumer loans, China', '示例：中国个人消费贷款')
        """
        return (self.name, self.name_zh or self.name)[which(language)]

    @property
    def steps(self) -> tuple[Concession, ...]:
        """The concessions as they are granted: no more is forborne than the largest balloon allows."""
        most = self.amortisation.largest_balloon
        if most is None:
            return self.concessions
        return tuple(
            replace(step, percent=min(step.percent, most))
            if step.step == "forbear" and step.percent is not None
            else step
            for step in self.concessions
        )

    @property
    def columns(self) -> tuple[str, ...]:
        """Further columns of the loans that the limit and the concessions look at."""
        return (*self.limit.columns, *((PROPERTY_VALUE,) if self.looks_at_value else ()))

    @property
    def looks_at_value(self) -> bool:
        """Whether a concession looks at the value of the property behind each loan."""
        return any(step.loan_to_value is not None for step in self.concessions)

    @property
    def joined(self) -> tuple[Arrears, ...]:
        """The components of the arrears that are capitalised and of which concessions may waive a part."""
        named = [step.component for step in self.concessions if step.component is not None]
        return tuple(name for name in named if getattr(self.arrears, name).treatment == "capitalise")

    @property
    def fingerprint(self) -> str:
        """SHA-256 over a canonical form: equal for equal rules, however they were written."""
        return hashlib.sha256(canonical(self).encode()).hexdigest()
