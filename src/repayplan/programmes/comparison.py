"""The programme's accounts beside others that are like them: difference in differences of being overdue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from repayplan.ability.figures import one_rule
from repayplan.accounts.statement import Statements
from repayplan.basics.arguments import one_date
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Bools, Ints
from repayplan.programmes.cash import received, window_begin
from repayplan.programmes.differences import Difference, Differences, difference_in_differences
from repayplan.programmes.figure import Figure, rounded
from repayplan.programmes.matching import Matched, MatchRule, match
from repayplan.programmes.onemoney import one_unit
from repayplan.programmes.proportions import Floats
from repayplan.programmes.standing import Standings, taken

OF_BOTH = ("did.effect", "did.cash", "did.trend", "did.balance.before", "did.balance.after")
"""Figures of both groups, which say no more than the smaller of them does."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparison:
    """Accounts outside the programme, on the same two days.

    Parameters
    ----------
    before, after
        Their statements.
    match
        Which of them count; None: all, each once.
    treated, pool
        Columns to match on: of the programme's accounts, and of these, one cell for each account that was to
        be replayed (whether it could be or not).
    earlier
        Days before the first look, rising, on which both groups are looked at too: whether they went alike.
        They need statements replayed with ``history=True``.

    Raises
    ------
    InputError
        Statements, a rule or columns that aren't any; days that don't rise.
    """

    before: Statements
    after: Statements
    match: MatchRule | None = None
    treated: Mapping[str, Any] = field(default_factory=dict)
    pool: Mapping[str, Any] = field(default_factory=dict)
    earlier: Sequence[date] = ()

    def __post_init__(self) -> None:
        for name in ("before", "after"):
            one_rule(f"comparison.{name}", getattr(self, name), Statements)
        if self.match is not None:
            one_rule("comparison.match", self.match, MatchRule)
        for name in ("treated", "pool"):
            if not isinstance(getattr(self, name), Mapping):
                rule = "columns by name"
                raise InputError(Code.UNKNOWN_VALUE, f"comparison.{name}", getattr(self, name), rule)
        if not isinstance(self.earlier, Iterable):
            raise InputError(Code.UNKNOWN_VALUE, "comparison.earlier", self.earlier, "days")
        days = tuple(one_date("comparison.earlier", day) for day in self.earlier)
        if any(later <= sooner for sooner, later in pairwise(days)):
            raise InputError(Code.DATES_OUT_OF_ORDER, "comparison.earlier", days, "rising")
        object.__setattr__(self, "earlier", days)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sides:
    """The accounts of both groups, first those of the programme.

    Attributes
    ----------
    treated
        bool; whether an account is in the programme.
    row
        int64; its row in its batch.
    weight
        float64; 0 where it isn't among those that are compared.
    overdue
        float64 (accounts, looks): 1 where it is overdue; the earlier looks, before, and now.
    cash
        float64 (accounts, 2), currency units; what came in in the months before each look.
    matched_on
        Columns that were matched on.
    """

    treated: Bools
    row: Ints
    weight: Floats
    overdue: Floats
    cash: Floats
    matched_on: Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Compared:
    """What came of it.

    Attributes
    ----------
    differences
        Of the share of accounts that are overdue by the original contract.
    cash
        Of money received in the months before each look, currency units an account.
    matched
        The comparison group; None where all count.
    excluded
        Accounts outside the programme that couldn't be replayed on both days.
    earlier
        Days of the earlier looks.
    sides
        The accounts of both groups.
    """

    differences: Differences
    cash: Differences
    matched: Matched | None
    excluded: int
    earlier: tuple[date, ...]
    sides: Sides = field(repr=False)

    @property
    def smaller(self) -> int:
        """How many accounts the smaller group has."""
        return min(self.differences.treated_n, self.differences.comparison_n)

    def figures(self) -> tuple[Figure, ...]:
        """As figures of an evaluation."""
        found, n = self.differences, self.differences.treated_n + self.differences.comparison_n
        figures = [
            _difference("did.effect", "", found.effect, n),
            _difference("did.cash", "", self.cash.effect, n),
        ]
        for name, means, size in (
            ("treated", found.treated, found.treated_n),
            ("comparison", found.comparison, found.comparison_n),
        ):
            figures += [
                Figure(name=f"did.{name}.{when}", n=size, value=rounded(mean))
                for when, mean in zip(("before", "after"), means, strict=True)
            ]
        figures += [
            _difference("did.trend", day.isoformat(), moved, n)
            for day, moved in zip(self.earlier, found.trend, strict=True)
        ]
        if self.matched is not None:
            kept = int(np.count_nonzero(self.matched.treated))
            figures.append(
                Figure(
                    name="did.matched",
                    n=len(self.matched.treated),
                    count=kept,
                    value=rounded(kept / len(self.matched.treated)),
                )
            )
            for each in self.matched.balance:
                group = each.column if not each.value else f"{each.column}: {each.value}"
                figures += [
                    Figure(name=f"did.balance.{when}", group=group, n=n, value=rounded(value))
                    for when, value in (("before", each.before), ("after", each.after))
                ]
        return tuple(figures)


def compare(
    before: Statements,
    after: Statements,
    given: Comparison,
    *,
    overdue_from_days: int,
    window_months: int,
    confidence: Any,
) -> Compared:
    """The programme's accounts, both times by the original contract, beside others.

    Whoever pays less than the original contract asks, as most plans say, stays overdue by it: what came in
    is compared too, which no plan changes by itself.

    Raises
    ------
    InputError
        The others can't be compared: other days, another currency, no account, nobody alike, columns missing
        or of another length, statements without the history that earlier days need.
    """
    others, then, excluded = _same(given)
    one_unit(before, others, then, of="comparison.")
    for name, mine, theirs in (("before", before, others), ("after", after, then)):
        if set(np.unique(theirs.as_of).tolist()) - set(np.unique(mine.as_of).tolist()):
            raise InputError(
                Code.DATES_OUT_OF_ORDER, f"comparison.{name}", theirs.as_of.max(), "the programme's own days"
            )
    matched, columns = None, {}
    weight = np.ones(len(before) + len(others))
    if given.match is not None:
        treated = _cells("treated", given.treated, given.match, before)
        pool = _cells("pool", given.pool, given.match, others)
        matched = match(treated, pool, given.match)
        if not matched.treated.any():
            raise InputError(
                Code.MISSING, "comparison.match", 0, "an account that is like one of the programme's"
            )
        weight = np.concatenate((matched.treated, matched.pool))
        columns = {name: np.concatenate((treated[name], pool[name])) for name in given.match.columns}

    def overdue(mine: Ints, theirs: Ints) -> Floats:
        return (np.concatenate((mine, theirs)) >= overdue_from_days).astype(np.float64)

    def came(*both: Statements) -> Floats:
        sums = [received(each, window_begin(each.as_of, window_months), each.as_of) for each in both]
        places = [each.accounts.decimals[each.row] for each in both]
        return np.concatenate(sums) / 10.0 ** np.concatenate(places)

    group = np.repeat([True, False], [len(before), len(others)])
    looks = [overdue(*_on(before, others, day)) for day in given.earlier]
    looks.append(overdue(before.columns.days_past_due, others.columns.days_past_due))
    looks.append(overdue(after.columns.days_past_due, then.columns.days_past_due))
    cash = (came(before, others), came(after, then))
    return Compared(
        differences=difference_in_differences(
            looks[-2],
            looks[-1],
            group,
            weight=weight,
            earlier=np.column_stack(looks[:-2]) if given.earlier else None,
            confidence=confidence,
        ),
        cash=difference_in_differences(*cash, group, weight=weight, confidence=confidence),
        sides=Sides(
            treated=group,
            row=np.concatenate((before.row, others.row)),
            weight=weight,
            overdue=np.column_stack(looks),
            cash=np.column_stack(cash),
            matched_on=columns,
        ),
        matched=matched,
        excluded=excluded,
        earlier=tuple(given.earlier),
    )


def _same(given: Comparison) -> tuple[Statements, Statements, int]:
    """The same accounts on both days, and how many there are besides."""
    if len(given.before.accounts) != len(given.after.accounts):
        size = len(given.before.accounts)
        raise InputError(Code.OUT_OF_RANGE, "comparison.after", len(given.after.accounts), f"{size} accounts")
    _, first, second = np.intersect1d(given.before.row, given.after.row, return_indices=True)
    if not len(first):
        raise InputError(Code.MISSING, "comparison", 0, "an account or more")
    return taken(given.before, first), taken(given.after, second), len(given.before.accounts) - len(first)


def _cells(
    which: str, given: Mapping[str, Any], rule: MatchRule, of: Statements
) -> dict[str, npt.NDArray[Any]]:
    found = {}
    for name in rule.columns:
        if name not in given:
            raise InputError(Code.MISSING, f"comparison.{which}.{name}", None, "a column to match on")
        column = np.asarray(given[name])
        if column.ndim != 1:
            rule_text = f"a column: one cell for each of {len(of.accounts)} accounts"
            raise InputError(Code.UNKNOWN_VALUE, f"comparison.{which}.{name}", given[name], rule_text)
        if len(column) != len(of.accounts):
            rule_text = f"{len(of.accounts)}: one cell for each account"
            raise InputError(Code.OUT_OF_RANGE, f"comparison.{which}.{name}", len(column), rule_text)
        found[name] = column[of.row]
    return found


def _on(before: Statements, others: Statements, day: date) -> tuple[Ints, Ints]:
    """Days past due of both groups on an earlier day, on which all of them must be there."""
    found = []
    for name, statements in (("before", before), ("comparison.before", others)):
        standing = Standings.of(statements).on(np.datetime64(day, "D"))
        if not standing.seen.all():
            gone = int(np.count_nonzero(~standing.seen))
            raise InputError(Code.MISSING, name, gone, f"every account on {day.isoformat()}")
        found.append(standing.days)
    return found[0], found[1]


def _difference(name: str, group: str, found: Difference, n: int) -> Figure:
    return Figure(
        name=name,
        group=group,
        n=n,
        value=rounded(found.estimate),
        low=rounded(found.low),
        high=rounded(found.high),
    )
