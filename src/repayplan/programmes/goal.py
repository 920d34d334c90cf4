"""Goals that were set at the start, and whether they were met."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from repayplan.ability.figures import one_of, one_text
from repayplan.basics.errors import Code, InputError
from repayplan.programmes.figure import AMOUNTS, Figure, of_interval
from repayplan.programmes.labels import LABELS
from repayplan.programmes.proportions import wilson
from repayplan.programmes.redefault import CAUSES
from repayplan.programmes.standing import ENDS

_NO_SHARES = ("budget.", "cash.received.", "survey.mean", "did.cash", "did.balance.")
"""Money, points, and of cash due, of which more may come in than fell due."""
_MONTHS = re.compile("[1-9][0-9]{0,2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A figure of an evaluation that is to be at least, or at most, so much; set at the start of a programme.

    Parameters
    ----------
    figure, group
        Which: name and group of a :class:`~repayplan.programmes.figure.Figure`; without a group: of all.
    at_least, at_most
        The bound, one of the two: as text, int or Decimal; of a figure that is an amount
        (:data:`~repayplan.programmes.figure.AMOUNTS`) in currency units, of all others as its value is (0.3
        for 30 %). What was spent, and what it will come to, are amounts too.

    Of months, steps of roll rates and days to come a goal may name a group that isn't there yet.

    Raises
    ------
    InputError
        There is no figure of that name; no bound, both, or one that is no number; of a share a bound that no
        share can pass, as 85 where 0.85 is meant.

    Examples
    --------
    >>> goal = Goal(figure="on_time", at_least="0.85")
    >>> goal.reached_by(Decimal("0.9")), goal.reached_by(Decimal("0.8"))
    (True, False)
    """

    figure: str
    group: str = ""
    at_least: Decimal | None = None
    at_most: Decimal | None = None

    def __post_init__(self) -> None:
        one_of("goals.figure", self.figure, LABELS, "the figures of an evaluation, such as on_time")
        one_text("goals.group", self.group)
        if (self.at_least is None) == (self.at_most is None):
            raise InputError(Code.MISSING, "goals.at_least", None, "at_least or at_most, one of them")
        for name in ("at_least", "at_most"):
            value: Any = getattr(self, name)
            if value is None:
                continue
            try:
                if isinstance(value, (bool, float)):
                    raise TypeError
                number = Decimal(value)
            except (ArithmeticError, TypeError, ValueError):
                number = Decimal("nan")
            if not number.is_finite():
                raise InputError(Code.NOT_A_NUMBER, f"goals.{name}", value, "text, int, Decimal")
            within = _within(self.figure)
            if within is not None and not within[0] <= number <= within[1]:
                rule = f"{within[0]} to {within[1]}: {self.figure} is a share, 0.85 is 85 %"
                raise InputError(Code.OUT_OF_RANGE, f"goals.{name}", value, rule)
            object.__setattr__(self, name, number)

    def reached_by(self, value: Decimal) -> bool:
        """Whether a figure is on the right side of the bound."""
        if self.at_least is not None:
            return value >= self.at_least
        return self.at_most is not None and value <= self.at_most


def _within(figure: str) -> tuple[int, int] | None:
    """Between what a figure always is: a share, or the difference of two; None: it is none of these."""
    if figure in AMOUNTS or figure.startswith(_NO_SHARES):
        return None
    if figure.endswith(".change") or figure in ("did.effect", "did.trend"):
        # A difference in differences is of four shares.
        return (-2, 2) if figure.startswith("did.") else (-1, 1)
    return 0, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """What became of a goal.

    Attributes
    ----------
    goal
        Which.
    reached
        What the figure is; None: it isn't known.
    met
        Whether the figure is on the right side of the bound; None where it isn't known.
    clear
        Whether its whole interval is on the side that the figure is on; None where there is no interval.
    """

    goal: Goal
    reached: Decimal | None
    met: bool | None
    clear: bool | None

    @property
    def data(self) -> dict[str, Any]:
        """For JSON."""

        def text(value: Decimal | None) -> str | None:
            return None if value is None else f"{value:f}"

        return {
            "figure": self.goal.figure,
            "group": self.goal.group,
            "at_least": text(self.goal.at_least),
            "at_most": text(self.goal.at_most),
            "reached": text(self.reached),
            "met": self.met,
            "clear": self.clear,
        }


def held_against(
    goals: Iterable[Goal], figures: Iterable[Figure], *, buckets: Sequence[str] = (), confidence: Any = "0.95"
) -> tuple[Met, ...]:
    """What became of goals.

    A goal may be set for what hasn't happened yet (a month to come), or never did (a step from one range of
    days past due into another): the first isn't known, the second is 0 of those who could have. A month on
    book after that in which the last accounts to be looked at defaulted or ended is as that one: nothing more
    happens, and where accounts went out of sight before, they count as those did that were left.

    Parameters
    ----------
    goals, figures
        As of an evaluation.
    buckets
        Names of its ranges of days past due.
    confidence
        Of the interval of what never happened.

    Raises
    ------
    InputError
        There can be no such group of the figure; a figure for which nothing was given isn't known.

    Examples
    --------
    >>> rate = Figure(name="on_time", n=50, value=Decimal("0.8"), low=Decimal("0.7"), high=Decimal("0.9"))
    >>> (found,) = held_against([Goal(figure="on_time", at_least="0.75")], [rate])
    >>> found.met, found.clear
    (True, False)
    """
    known = {(each.name, each.group): each for each in figures}
    groups: dict[str, list[str]] = {}
    for name, group in known:
        groups.setdefault(name, []).append(group)
    found = []
    for goal in goals:
        figure = known.get((goal.figure, goal.group))
        rule = None if figure is not None else _groups_to_come(goal, buckets)
        if figure is None and rule is None:
            there = [each for each in groups.get(goal.figure, ()) if not _not_given(known[goal.figure, each])]
            rule = ", ".join(there)
        if rule:
            raise InputError(
                Code.UNKNOWN_VALUE, "goals.group", goal.group, f"a group of {goal.figure}: {rule}"
            )
        if figure is None and goal.figure.startswith("redefault."):
            figure = _final(goal, known)
        if figure is None and goal.figure.startswith("roll."):
            start = goal.group.partition(" > ")[0] + " > "
            of = [
                known[goal.figure, each].n for each in groups.get(goal.figure, ()) if each.startswith(start)
            ]
            never = wilson(0, max(of, default=0), confidence=confidence)
            figure = of_interval(goal.figure, never, group=goal.group, count=0)
        found.append(_met(goal, figure))
    return tuple(found)


def _final(goal: Goal, known: Mapping[tuple[str, str], Figure]) -> Figure | None:
    """The last month on book, where nobody is left to whom something could happen later; else None."""
    months = [int(group) for name, group in known if name == "redefault.left" and _MONTHS.fullmatch(group)]
    last = str(max(months, default=0))
    left = known.get(("redefault.left", last))
    ended = sum(known[f"redefault.{cause}", last].count or 0 for cause in CAUSES) if left else 0
    over = left is not None and left.n == ended and int(goal.group) > int(last)
    return known.get((goal.figure, last)) if over else None


def _not_given(figure: Figure) -> bool:
    return "not_given" in figure.flags


def _groups_to_come(goal: Goal, buckets: Sequence[str]) -> str | None:
    """Of figures whose groups come with time: ``""`` where a goal's is one, else which there are.

    None: all groups of the figure are there from the first.
    """
    family, group = goal.figure.partition(".")[0], goal.group
    if family in ("redefault", "credit") and goal.figure != "credit.protected":
        return "" if _MONTHS.fullmatch(group) else "a number of months, as 6"
    if goal.figure.endswith(".month"):
        return "" if _is_month_end(group) else "the last day of a month, as 2026-03-31"
    if family == "roll":
        steps = {f"{one} > {other}" for one in buckets for other in (*buckets, *ENDS)}
        return "" if group in steps else f"A > B of {', '.join(buckets)} into these or {', '.join(ENDS)}"
    return None


def _is_month_end(group: str) -> bool:
    try:
        day = date.fromisoformat(group)
    except ValueError:
        return False
    return len(group) == len("2026-03-31") and (day + timedelta(days=1)).day == 1


def _met(goal: Goal, figure: Figure | None) -> Met:
    reached = None if figure is None else figure.amount if figure.name in AMOUNTS else figure.value
    if figure is None or reached is None:
        return Met(goal=goal, reached=None, met=None, clear=None)
    met = goal.reached_by(reached)
    bounds = [each for each in (figure.low, figure.high) if each is not None]
    clear = all(goal.reached_by(each) == met for each in bounds) if bounds else None
    return Met(goal=goal, reached=reached, met=met, clear=clear)
