"""A programme evaluated: every figure worked out from the accounts at three looks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

import numpy as np

from repayplan.ability.figures import one_currency, one_rule, values
from repayplan.accounts.pastdue import ReportingRule, past_due
from repayplan.accounts.statement import Statements
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Ints
from repayplan.programmes.budget import Budget
from repayplan.programmes.bymonth import defaults, ended, overdue_by_month, rates_of, rolled, short_by_month
from repayplan.programmes.comparison import OF_BOTH, Comparison, compare
from repayplan.programmes.evaluation import Evaluation, EvaluationRule
from repayplan.programmes.figure import Figure, not_given, of_interval
from repayplan.programmes.followup import CreditFollowUp
from repayplan.programmes.goal import Goal, held_against
from repayplan.programmes.looks import Looks
from repayplan.programmes.onemoney import known_currency, one_unit, refuse_other_money, refuse_own
from repayplan.programmes.proportions import wilson
from repayplan.programmes.redefault import redefault
from repayplan.programmes.standing import month_ends, planned_since, taken
from repayplan.programmes.survey import Survey
from repayplan.programmes.tracing import Trail

LINES = frozenset(
    {f"budget.{name}" for name in ("plan", "actual", "forecast", "return")}
    | {f"budget.total_{name}" for name in ("plan", "actual", "forecast")}
)
"""Figures of budget lines, of which a few are no small cell."""


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
        The accounts of ``before``, replayed to that day with every payment: those that were made before the
        programme, and those that were made under the plans; with ``history=True`` there are roll rates of
        them too.
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
        units, a budget of another currency, no account at all, statements without history; a contract that is
        the plan itself, that isn't that of ``before``, or that hasn't all payments of ``before`` and of the
        plan; what the comparison or a goal needs isn't there.

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
    if comparison is not None:
        # Of the first look by itself others may be just alike, as long as they pay otherwise later.
        refuse_own((comparison.after,), (after, contract))
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
    decimals = one_unit(before, after, contract)
    refuse_other_money(before, after, contract, decimals)
    currency = known_currency(before, after, contract)
    if budget is not None and budget.currency is not None:
        one_currency("budget.currency", budget.currency, currency)
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
    if compared is not None:
        accounts |= dict.fromkeys(OF_BOTH, compared.smaller)
    figures = tuple(
        each.flagged(0 if each.name in LINES else rule.small_cell, accounts=accounts.get(each.name, each.n))
        for each in found
    )
    return Evaluation(
        rule=rule,
        accounts=len(row),
        excluded=size - len(row),
        figures=figures,
        goals=held_against(goals, figures, buckets=rule.buckets.names, confidence=rule.confidence),
        compared=compared,
        before_on=before.as_of.max().item(),
        began=first,
        as_of=last,
        currency=currency or (None if budget is None else budget.currency),
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


def _protected(looks: Looks, reported: Ints | None, rule: EvaluationRule) -> list[Figure]:
    """Of accounts that are overdue by the contract, how many are reported as less late."""
    if reported is None:
        return [not_given("credit.protected")]
    by_contract = looks.contract.columns.days_past_due
    late = by_contract >= rule.overdue_from_days
    count = int(np.count_nonzero(late & (reported < by_contract)))
    share = wilson(count, np.count_nonzero(late), confidence=rule.confidence)
    return [of_interval("credit.protected", share, count=count)]
