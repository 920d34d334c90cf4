"""What a programme achieved: one table of figures, each with its n, and the goals held against them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import numpy as np

from repayplan.ability.figures import one_rule, values, whole
from repayplan.accounts.lateness import MOST_DAYS, Buckets
from repayplan.accounts.pastdue import ReportingRule, past_due
from repayplan.accounts.statement import Statements
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import to_decimal
from repayplan.basics.outcome import Ints, Texts
from repayplan.programmes.budget import Budget
from repayplan.programmes.bymonth import defaults, ended, overdue_by_month, rates_of, rolled, short_by_month
from repayplan.programmes.cash import received
from repayplan.programmes.comparison import Compared, Comparison, compare
from repayplan.programmes.figure import Figure, not_given, of_interval
from repayplan.programmes.followup import CreditFollowUp
from repayplan.programmes.goal import Goal, Met, held_against
from repayplan.programmes.incidence import Incidence
from repayplan.programmes.looks import Looks
from repayplan.programmes.proportions import quantile, wilson
from repayplan.programmes.redefault import redefault
from repayplan.programmes.rolls import RollRates
from repayplan.programmes.standing import month_ends, planned_since, taken
from repayplan.programmes.survey import Survey
from repayplan.programmes.tracing import FigureRows, Trail

LINES = frozenset(
    {f"budget.{name}" for name in ("plan", "actual", "forecast", "return")}
    | {f"budget.total_{name}" for name in ("plan", "actual", "forecast")}
)
"""Figures of budget lines, of which a few are no small cell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationRule:
    """What is called overdue, default and cure.

    Parameters
    ----------
    overdue_from_days, default_from_days
        Days past due from which an account is overdue, and from which a plan has defaulted.
    cured_after
        How many instalments of the plan have to be paid in time, the last ones, until an account that was
        overdue is cured by the plan.
    window_months
        How many months, up to each look, money received is held against money that fell due.
    buckets
        Ranges of days past due.
    small_cell
        A figure of fewer is flagged.
    confidence
        Of all intervals.

    Raises
    ------
    InputError
        A number that can't be.
    """

    overdue_from_days: int
    default_from_days: int
    cured_after: int
    window_months: int
    buckets: Buckets
    small_cell: int = 10
    confidence: Decimal = Decimal("0.95")

    def __post_init__(self) -> None:
        whole("evaluation.overdue_from_days", self.overdue_from_days, 1, MOST_DAYS, "days")
        whole("evaluation.default_from_days", self.default_from_days, 1, MOST_DAYS, "days")
        whole("evaluation.cured_after", self.cured_after, 1, 120, "instalments")
        whole("evaluation.window_months", self.window_months, 1, 120, "months")
        whole("evaluation.small_cell", self.small_cell, 1, 1_000_000, "accounts")
        ranges: object = self.buckets
        if not isinstance(ranges, Buckets):
            code = Code.MISSING if ranges is None else Code.UNKNOWN_VALUE
            raise InputError(code, "evaluation.buckets", ranges, "Buckets")
        quantile(self.confidence)
        object.__setattr__(self, "confidence", Decimal(self.confidence))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evaluation:
    """What a programme achieved.

    Attributes
    ----------
    rule
        By which.
    accounts, excluded
        How many accounts it is about, and how many couldn't be replayed at one of the looks and are in none
        of the figures.
    figures
        Every figure; what wasn't given is there too, and says so.
    goals
        What became of them.
    compared
        Groups, weights, balance and assumptions of the comparison; None: there is none.
    before_on, began, as_of
        The last day of the first look; the first day of the first plan; the last day of the second look.
    redefault
        Default by month on book.
    rolls
        Roll rates by the measure (``"contract"``, ``"plan"``), where there is a history of two month ends.
    budget
        As it was given.
    trail
        What :meth:`rows` are read from: the statements, and whatever else was given.
    """

    rule: EvaluationRule
    accounts: int
    excluded: int
    figures: tuple[Figure, ...]
    goals: tuple[Met, ...]
    compared: Compared | None
    before_on: date
    began: date
    as_of: date
    redefault: Incidence
    rolls: Mapping[str, RollRates]
    budget: Budget | None
    trail: Trail = field(repr=False)

    def figure(self, name: str, group: str = "") -> Figure:
        """One of the figures.

        Raises
        ------
        InputError
            There is none of that name and group.
        """
        for each in self.figures:
            if (each.name, each.group) == (name, group):
                return each
        raise InputError(
            Code.UNKNOWN_VALUE, "figure", f"{name} {group}".strip(), "a figure of the evaluation"
        )

    def rows(self, name: str, group: str = "") -> FigureRows:
        """The rows that a figure is reckoned from: which accounts it is of, and which of them it counts.

        With them a figure can be reckoned again. ``n`` is how many rows there are; of money, how many have a
        ``whole`` of more than 0; of payments, of how many accounts they are; of ``on_time``, which is of
        instalments, ``n`` is the sum of ``whole`` and ``count`` that of ``part``. ``count`` is how many rows
        are ``counted``, ``amount`` the sum of ``part``, and a share is ``counted`` of all, or ``part`` of
        ``whole``. A change is that of the two looks. Default again by
        month rests on the rows of the months before too, what a cured account cost on
        ``budget.total_actual``, and the return on ``recovered.total``.

        Parameters
        ----------
        name, group
            As of :meth:`figure`.

        Returns
        -------
        :class:`~repayplan.FigureRows`; without rows where what the figure needs wasn't given.

        Raises
        ------
        InputError
            There is no figure of that name and group.
        """
        return self.trail.rows(self.figure(name, group))

    @property
    def data(self) -> dict[str, Any]:
        """Everything for JSON: numbers of money and derived ones as exact text."""
        assumptions = () if self.compared is None else self.compared.differences.assumptions
        return {
            "rule": {
                "overdue_from_days": self.rule.overdue_from_days,
                "default_from_days": self.rule.default_from_days,
                "cured_after": self.rule.cured_after,
                "window_months": self.rule.window_months,
                "buckets": {
                    "from_days": list(self.rule.buckets.from_days),
                    "names": list(self.rule.buckets.names),
                },
                "small_cell": self.rule.small_cell,
                "confidence": f"{self.rule.confidence:f}",
            },
            "accounts": self.accounts,
            "excluded": self.excluded,
            "figures": [each.data for each in self.figures],
            "goals": [each.data for each in self.goals],
            "assumptions": [{"name": name, "en": en, "zh": zh} for name, en, zh in assumptions],
        }

    def to_json(self) -> str:
        """The same as text."""
        return json.dumps(self.data, ensure_ascii=False, indent=1)

    def to_frame(self, kind: Any = "pandas") -> Any:
        """The figures as a frame, a row each: name, label, group, n, count, value, interval, amount, flags.

        Parameters
        ----------
        kind
            As of :meth:`repayplan.plans.batch.Schedules.to_frame`.

        Raises
        ------
        InputError
            ``kind`` is no kind of frame.
        ImportError
            The library isn't installed; the message names the extra.
        """
        from repayplan.edges.frames import frame_of
        from repayplan.edges.results import evaluation_rows

        return frame_of(evaluation_rows(self), kind)


def evaluate(
    before: Statements,
    after: Statements,
    *,
    contract: Statements,
    rule: EvaluationRule,
    reporting: ReportingRule | None = None,
    comparison: Comparison | None = None,
    credit: CreditFollowUp | None = None,
    survey: Survey | None = None,
    budget: Budget | None = None,
    goals: Sequence[Goal] = (),
) -> Evaluation:
    """What became of the accounts of a programme.

    A new plan cures what is overdue at a stroke, without anybody paying. So overdue is measured three times:
    by the plan, by the original contract as if there were no plan, and by the money that came in against the
    money that fell due by that contract. By these two, whoever pays a lower instalment, as most plans say,
    stays overdue until what was first agreed is met.

    Parameters
    ----------
    before
        Accounts of the original contracts, replayed to the day before the programme (one day for all, or each
        account's own).
    after
        Accounts of the plans, replayed to the day of the evaluation with ``history=True``. Row ``i`` is the
        same borrower in all three.
    contract
        Accounts of the original contracts, replayed to that day with every payment, also those that were made
        under the plans; with ``history=True`` there are roll rates of them too.
    rule
        What is called overdue, default and cure.
    reporting
        Which days past due are reported: says whose credit records are better than the contract's.
    comparison
        Accounts outside the programme.
    credit, survey, budget
        What is known beside the accounts.
    goals
        What was to be reached.

    Returns
    -------
    :class:`Evaluation`. An account that couldn't be replayed at one of the looks is in none of the figures,
    and counted (``excluded``).

    Raises
    ------
    InputError
        Something of another kind; batches of different sizes, days in the wrong order, amounts of different
        units, no account at all, statements without history; a contract that is the plan itself, or that
        hasn't all payments of the plan; what the comparison or a goal needs isn't there.

    Examples
    --------
    Three borrowers owe three instalments of 100.00. On 10 March, with two of them unpaid, all agree to pay
    50.00 a month, and two of the three do.

    >>> import repayplan as rp
    >>> late = rp.OverdueRule(
    ...     penalty=rp.OverdueLedger(on=("principal",), rate=rp.OverdueRate(rate="0")),
    ...     day_count="ACT/365F",
    ...     first_day="due_date",
    ...     rounded="end",
    ...     mode="half_up",
    ... )
    >>> terms = rp.AccountTerms(overdue=late, allocation=rp.AllocationRule.example("civil-code-561"))
    >>> def accounts(start, amount, days):
    ...     return rp.Accounts.from_columns(
    ...         terms,
    ...         rate=["0"] * 3,
    ...         start=[start] * 3,
    ...         account=[i for i in range(3) for _ in days],
    ...         due_date=days * 3,
    ...         principal=[amount] * (3 * len(days)),
    ...         interest=["0"] * (3 * len(days)),
    ...     )
    >>> old = accounts("2025-12-31", "100", ["2026-01-31", "2026-02-28", "2026-03-31"])
    >>> new = accounts("2026-03-10", "50", [f"2026-{month:02}-10" for month in range(4, 10)])
    >>> paid = rp.Events.from_columns(
    ...     account=[0, 1, 0, 1],
    ...     kind="payment",
    ...     value_date=["2026-04-10", "2026-04-10", "2026-05-10", "2026-05-09"],
    ...     amount=["50"] * 4,
    ...     reference=["a", "b", "c", "d"],
    ... )
    >>> none = rp.Events.of([])
    >>> found = rp.evaluate(
    ...     rp.replay(old, none, as_of="2026-03-09").value,
    ...     rp.replay(new, paid, as_of="2026-05-31", history=True).value,
    ...     contract=rp.replay(old, paid, as_of="2026-05-31").value,
    ...     rule=rp.EvaluationRule(
    ...         overdue_from_days=1,
    ...         default_from_days=60,
    ...         cured_after=2,
    ...         window_months=3,
    ...         buckets=rp.Buckets.example("months"),
    ...     ),
    ... )
    >>> for name in ("overdue.count.plan.after", "overdue.count.contract.after", "cured.plan", "on_time"):
    ...     each = found.figure(name)
    ...     print(name, each.value, "of", each.n, each.flags)
    overdue.count.plan.after 0.333333 of 3 ('small',)
    overdue.count.contract.after 1.000000 of 3 ('small',)
    cured.plan 0.666667 of 3 ('small',)
    on_time 0.666667 of 6 ('small',)
    >>> found.figure("recovered.total").amount
    Decimal('200.00')
    """
    for name, each in (("before", before), ("after", after), ("contract", contract)):
        one_rule(name, each, Statements)
    one_rule("rule", rule, EvaluationRule)
    further: tuple[tuple[str, object, type[Any]], ...] = (
        ("reporting", reporting, ReportingRule),
        ("comparison", comparison, Comparison),
        ("credit", credit, CreditFollowUp),
        ("survey", survey, Survey),
        ("budget", budget, Budget),
    )
    for name, given, kind in further:
        if given is not None:
            one_rule(name, given, kind)
    asked: Any = goals
    goals = values(
        "goals", tuple(asked) if isinstance(asked, Iterable) else asked, Goal, "a Goal", some=False
    )
    size = len(after.accounts)
    for name, each in (("before", before), ("contract", contract)):
        if len(each.accounts) != size:
            raise InputError(Code.OUT_OF_RANGE, name, len(each.accounts), f"{size} accounts, as after")
    if credit is not None and len(credit) != size:
        raise InputError(Code.OUT_OF_RANGE, "credit.outcomes", len(credit), f"{size}: one for each account")
    row = np.intersect1d(np.intersect1d(before.row, after.row), contract.row)
    if not len(row):
        raise InputError(Code.MISSING, "after", 0, "an account or more that is in all three")
    before, after, contract = (
        taken(each, np.searchsorted(each.row, row)) for each in (before, after, contract)
    )
    if (contract.as_of != after.as_of).any():
        raise InputError(Code.DATES_OUT_OF_ORDER, "contract", contract.as_of.max(), "the same days as after")
    if (before.as_of >= after.as_of).any():
        raise InputError(Code.DATES_OUT_OF_ORDER, "before", before.as_of.max(), "a day before that of after")
    decimals = _one_unit(before, after, contract)
    _refuse_other_money(before, after, contract, decimals)
    looks = Looks(
        before=before,
        contract=contract,
        after=after,
        overdue_from_days=rule.overdue_from_days,
        window_months=rule.window_months,
        decimals=decimals,
        confidence=rule.confidence,
    )
    compared = None
    if comparison is not None:
        compared = compare(
            before,
            contract,
            comparison,
            overdue_from_days=rule.overdue_from_days,
            window_months=rule.window_months,
            confidence=rule.confidence,
        )
    first, last = planned_since(after).min().item(), after.as_of.max().item()
    days = month_ends(first, last)
    every = month_ends(contract.accounts.start[contract.row].min().item(), last)
    overdue = partial(
        overdue_by_month,
        overdue_from_days=rule.overdue_from_days,
        decimals=looks.decimals,
        confidence=rule.confidence,
    )
    by_book = redefault(after, default_from_days=rule.default_from_days, confidence=rule.confidence)
    both = {"contract": contract, "plan": after}
    rolls = {basis: rates_of(each, rule.buckets, days) for basis, each in both.items()}
    reported = None
    if reporting is not None:
        at_signing = before.columns.days_past_due
        reported = past_due(after, reporting, at_signing=at_signing, contract=contract).reported
    found = [
        *looks.overdue(),
        *overdue("contract", contract, every),
        *overdue("plan", after, days),
        *short_by_month(looks, every),
        *looks.ranges(rule.buckets),
        *looks.punctual(),
        *ended(after, confidence=rule.confidence),
        *looks.cured(rule.cured_after),
        *looks.recovered(),
        *defaults(by_book),
        *(
            figure
            for basis, each in both.items()
            for figure in rolled(f"roll.{basis}", each, rolls[basis], confidence=rule.confidence)
        ),
        *_protected(looks, reported, rule),
        *(
            tuple(not_given(f"credit.{name}") for name in ("known", "obtained", "refused"))
            if credit is None
            else credit.figures(row, confidence=rule.confidence)
        ),
        *((not_given("survey.response"),) if survey is None else survey.figures(confidence=rule.confidence)),
    ]
    if budget is None:
        found.append(not_given("budget.total_actual"))
    else:
        cured = next(each.count or 0 for each in found if each.name == "cured.contract")
        total = next(each.amount or Decimal(0) for each in found if each.name == "recovered.total")
        found += budget.figures(cured=cured, recovered=total)
    if compared is None:
        found.append(not_given("did.effect"))
    else:
        found += compared.figures()
    accounts = {"on_time": int(np.count_nonzero(looks.counted))}
    figures = tuple(
        each.flagged(0 if each.name in LINES else rule.small_cell, accounts=accounts.get(each.name, each.n))
        for each in found
    )
    return Evaluation(
        rule=rule,
        accounts=len(row),
        excluded=size - len(row),
        figures=figures,
        goals=held_against(goals, figures),
        compared=compared,
        before_on=before.as_of.max().item(),
        began=first,
        as_of=last,
        redefault=by_book,
        rolls={basis: each for basis, each in rolls.items() if each is not None},
        budget=budget,
        trail=Trail(
            looks=looks,
            row=row,
            buckets=rule.buckets,
            cured_after=rule.cured_after,
            default_from_days=rule.default_from_days,
            days=days,
            reported=reported,
            credit=credit,
            survey=survey,
            budget=budget,
            compared=compared,
        ),
    )


def _refuse_other_money(before: Statements, after: Statements, contract: Statements, decimals: int) -> None:
    """Refuses original contracts that don't know what was paid since the first look.

    Raises
    ------
    InputError
        They are the plans; or an account has less in them than in its plan. More is no error: a plan doesn't
        know what was paid before it began.
    """
    if contract.accounts is after.accounts and contract.events is after.events:
        raise InputError(Code.UNKNOWN_VALUE, "contract", "after", "the original contracts, not the plans")
    came, by_plan = (received(each, before.as_of, after.as_of) for each in (contract, after))
    for i in np.flatnonzero(came < by_plan)[:1].tolist():
        since, amount = before.as_of[i].item(), to_decimal(int(by_plan[i]), decimals)
        rule = f"{amount} or more: what after received of this account since {since}"
        field = f"contract[{int(after.row[i])}]"
        raise InputError(Code.OUT_OF_RANGE, field, to_decimal(int(came[i]), decimals), rule)


def _one_unit(*batches: Statements) -> int:
    """Decimals of all amounts, which can be added up only where they are of one currency."""
    decimals = {int(each) for batch in batches for each in np.unique(batch.accounts.decimals[batch.row])}
    currencies = {
        each
        for batch in batches
        if batch.accounts.loans is not None and "currency" in batch.accounts.loans.extra
        for each in np.unique(_each(batch.accounts.loans.extra["currency"], len(batch.accounts))[batch.row])
    }
    for name, found in (("decimals", decimals), ("currency", currencies)):
        if len(found) > 1:
            shown = ", ".join(sorted(str(each) for each in found))
            raise InputError(Code.UNKNOWN_VALUE, name, shown, "one for all: evaluate each by itself")
    return decimals.pop()


def _each(given: Any, size: int) -> Texts:
    """A column of text of which one value may stand for all."""
    return np.broadcast_to(np.asarray(given, np.str_), size)


def _protected(looks: Looks, reported: Ints | None, rule: EvaluationRule) -> list[Figure]:
    """Of accounts that are overdue by the contract, how many are reported as less late."""
    if reported is None:
        return [not_given("credit.protected")]
    by_contract = looks.contract.columns.days_past_due
    late = by_contract >= rule.overdue_from_days
    count = int(np.count_nonzero(late & (reported < by_contract)))
    share = wilson(count, np.count_nonzero(late), confidence=rule.confidence)
    return [of_interval("credit.protected", share, count=count)]
