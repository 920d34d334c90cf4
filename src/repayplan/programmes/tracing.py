"""What a figure of an evaluation counts: the accounts, payments, steps, answers or lines behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from repayplan.accounts.component import COMPONENTS
from repayplan.accounts.lateness import Buckets
from repayplan.accounts.statement import Statements
from repayplan.basics.dates import Days
from repayplan.basics.money import EXACT
from repayplan.basics.outcome import Bools, Ints
from repayplan.programmes.budget import Budget
from repayplan.programmes.bymonth import by_cash_on, by_standing
from repayplan.programmes.cash import payments
from repayplan.programmes.comparison import Compared
from repayplan.programmes.figure import Figure
from repayplan.programmes.followup import OUTCOMES, CreditFollowUp
from repayplan.programmes.looks import BEFORE_PLAN, Look, Looks
from repayplan.programmes.redefault import CAUSES, plan_outcomes
from repayplan.programmes.rolls import steps
from repayplan.programmes.standing import ENDS, Standings
from repayplan.programmes.survey import Survey

Columns = dict[str, npt.NDArray[Any]]
Counted = Literal["accounts", "payments", "steps", "answers", "lines"]
_PARTS: tuple[str, ...] = COMPONENTS
MONEY = frozenset({"part", "whole", "part_before", "whole_before"})


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FigureRows:
    """The rows that a figure is reckoned from.

    Attributes
    ----------
    figure
        Of what.
    of
        What a row is: an account, a payment, an account's step from one month end to the next, somebody's
        answer, or a line of the budget.
    columns
        Arrays of one length, of these: ``row`` (int64, the account's row in the batch that was evaluated, or
        the place of the answer) or ``line`` (text); ``counted`` (bool, whether it is among the figure's
        ``count``) and ``counted_before``; ``part`` and ``whole`` (int64 minor units; instalments of
        ``on_time``; points of ``survey.mean``), ``part_before`` and ``whole_before``; ``event`` (its
        place among those of the contracts, of what money went to among those of the plans) and ``day`` of
        payments; ``day``, ``came_from``, ``came_to`` of steps. Beside a comparison group: ``treated``
        (bool; of the others ``row`` is that of their batch), ``weight``, ``before``, ``after`` and ``value``
        (float64).
    decimals
        Of ``part`` and ``whole`` where they are money; None: they aren't.
    """

    figure: Figure
    of: Counted
    columns: Mapping[str, npt.NDArray[Any]]
    decimals: int | None = None

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def to_frame(self, kind: Any = "pandas") -> Any:
        """The columns as a frame.

        Parameters
        ----------
        kind
            As of :meth:`repayplan.plans.batch.Schedules.to_frame`.
        """
        from repayplan.edges.cells import Column, column
        from repayplan.edges.frames import frame_of

        table: dict[str, Any] = {}
        for name, values in self.columns.items():
            if name in MONEY and self.decimals is not None:
                table[name] = Column(kind="money", values=values, decimals=self.decimals)
            elif values.dtype.kind == "f":
                table[name] = Column(kind="number", values=values)
            else:
                table[name] = column(values)
        return frame_of(table, kind)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Trail:
    """What an evaluation was made of, kept for :meth:`rows`.

    Attributes
    ----------
    looks, row
        The accounts that are in it, and int64, their rows in the batches that were given.
    buckets, cured_after, default_from_days
        Of its rule.
    days
        datetime64[D]; month ends since the first plan.
    reported
        int64; days past due that are reported of each account; None: no rule says so.
    credit, survey, budget, compared
        As they were given, or came of it.
    """

    looks: Looks
    row: Ints
    buckets: Buckets
    cured_after: int
    default_from_days: int
    days: Days
    reported: Ints | None
    credit: CreditFollowUp | None
    survey: Survey | None
    budget: Budget | None
    compared: Compared | None
    _none: Ints = field(default_factory=lambda: np.zeros(0, np.int64), repr=False)

    def rows(self, figure: Figure) -> FigureRows:
        """The rows of a figure; none where it wasn't given."""
        if "not_given" in figure.flags or not (figure.n or figure.group or figure.amount):
            return FigureRows(figure=figure, of="accounts", columns={"row": self._none})
        first, *rest = figure.name.split(".")
        find: dict[str, Callable[[Figure, list[str]], FigureRows]] = {
            "overdue": self._overdue,
            "cash": self._cash,
            "days": self._days,
            "on_time": self._on_time,
            "ended": self._ended,
            "cured": self._cured,
            "recovered": self._recovered,
            "redefault": self._redefault,
            "roll": self._roll,
            "credit": self._credit,
            "survey": self._survey,
            "budget": self._budget,
            "did": self._did,
        }
        return find[first](figure, rest)

    def _accounts(self, figure: Figure, some: Bools, *, money: bool = True, **columns: Any) -> FigureRows:
        mine = {"row": self.row[some]} | {name: values[some] for name, values in columns.items()}
        decimals = self.looks.decimals if money else None
        return FigureRows(figure=figure, of="accounts", columns=mine, decimals=decimals)

    def _overdue(self, figure: Figure, rest: list[str]) -> FigureRows:
        unit, basis, when = rest
        if when == "month":
            day = np.datetime64(figure.group, "D")
            return self._one_look(figure, unit, self._on(basis, day))
        if when != "change":
            return self._one_look(figure, unit, self.looks.look(basis, when))
        then, now = self.looks.look(basis, "before"), self.looks.look(basis, "after")
        if unit == "count":
            some = then.some & now.some
            return self._accounts(figure, some, counted_before=then.overdue, counted=now.overdue)
        return self._accounts(
            figure,
            (then.whole > 0) | (now.whole > 0),
            part_before=then.part,
            whole_before=then.whole,
            part=now.part,
            whole=now.whole,
        )

    def _on(self, basis: str, day: np.datetime64) -> Look:
        if basis == "cash":
            return by_cash_on(self.looks, day)
        statements = self.looks.contract if basis == "contract" else self.looks.after
        return by_standing(Standings.of(statements), day, self.looks.overdue_from_days)

    def _one_look(self, figure: Figure, unit: str, look: Look) -> FigureRows:
        if unit == "count":
            return self._accounts(figure, look.some, counted=look.overdue)
        return self._accounts(figure, look.whole > 0, part=look.part, whole=look.whole)

    def _cash(self, figure: Figure, rest: list[str]) -> FigureRows:
        due, came = self.looks.cash(rest[-1])
        return self._accounts(figure, (due > 0) | (came > 0), part=came, whole=due)

    def _days(self, figure: Figure, rest: list[str]) -> FigureRows:
        statements = self.looks.dated[".".join(rest)]
        place = self.buckets.place(statements.columns.days_past_due)
        mine = place == self.buckets.names.index(figure.group)
        balance = self.looks.by_days(statements).whole
        return self._accounts(figure, np.ones(len(mine), np.bool_), counted=mine, part=balance * mine)

    def _on_time(self, figure: Figure, _: list[str]) -> FigureRows:
        whole = self.looks.counted
        part = self.looks.after.columns.all_in_time
        return self._accounts(figure, whole > 0, money=False, part=part, whole=whole)

    def _ended(self, figure: Figure, _: list[str]) -> FigureRows:
        how, _days = Standings.of(self.looks.after).ended()
        counted = how == ENDS.index(figure.group)
        return self._accounts(figure, np.ones(len(how), np.bool_), counted=counted)

    def _cured(self, figure: Figure, rest: list[str]) -> FigureRows:
        late = self.looks.look("contract", "before").overdue
        return self._accounts(figure, late, counted=self.looks.well(rest[0], self.cured_after))

    def _recovered(self, figure: Figure, rest: list[str]) -> FigureRows:
        looks, since = self.looks, self.looks.before.as_of
        if rest[0] == "of_overdue":
            late = looks.before.columns.missing
            return self._accounts(figure, late > 0, part=np.minimum(looks.came, late), whole=late)
        if figure.group == BEFORE_PLAN:
            gap = looks.before_plan
            return self._accounts(figure, gap > 0, part=gap)
        known = looks.contract if rest[0] == "total" else looks.after
        which, of = payments(known, since, looks.after.as_of)
        columns = {"row": self.row[of], "event": which, "day": known.events.value_date[which]}
        if rest[0] == "total":
            columns["part"] = _amounts(known, which)
        elif figure.group == "held":
            columns["part"] = known.kept[which]
        else:
            columns["part"] = known.paid[:, _PARTS.index(figure.group)][which]
        return FigureRows(figure=figure, of="payments", columns=columns, decimals=looks.decimals)

    def _redefault(self, figure: Figure, rest: list[str]) -> FigureRows:
        month, cause = plan_outcomes(self.looks.after, default_from_days=self.default_from_days)
        k = int(figure.group)
        gone = (month == k) & (cause >= 0)
        counted = ~gone if rest[0] == "left" else gone & (cause == CAUSES.index(rest[0]))
        return self._accounts(figure, month >= k, counted=counted)

    def _roll(self, figure: Figure, rest: list[str]) -> FigureRows:
        names = np.array([*self.buckets.names, *ENDS])
        came_from, came_to = figure.group.split(" > ")
        statements = self.looks.contract if rest[0] == "contract" else self.looks.after
        found: dict[str, list[Any]] = {name: [] for name in ("row", "day", "came_from", "came_to", "part")}
        for step in steps(statements, self.buckets, self.days):
            mine = names[step.came_from] == came_from
            found["row"].append(self.row[step.account[mine]])
            found["day"].append(np.full(np.count_nonzero(mine), step.day))
            found["came_from"].append(names[step.came_from[mine]])
            found["came_to"].append(names[step.came_to[mine]])
            found["part"].append(step.balance[mine] * (names[step.came_to[mine]] == came_to))
        columns = {name: np.concatenate(values) for name, values in found.items()}
        columns["counted"] = columns["came_to"] == came_to
        return FigureRows(figure=figure, of="steps", columns=columns, decimals=self.looks.decimals)

    def _credit(self, figure: Figure, rest: list[str]) -> FigureRows:
        if rest[0] == "protected":
            assert self.reported is not None  # noqa: S101  (else the figure wasn't given)
            by_contract = self.looks.contract.columns.days_past_due
            late = by_contract >= self.looks.overdue_from_days
            return self._accounts(figure, late, counted=self.reported < by_contract)
        assert self.credit is not None  # noqa: S101
        outcome = self.credit.outcome(int(figure.group))[self.row]
        if rest[0] == "known":
            return self._accounts(figure, np.ones(len(outcome), np.bool_), counted=outcome < len(OUTCOMES))
        applied = outcome < OUTCOMES.index("not_applied")
        return self._accounts(figure, applied, counted=outcome == OUTCOMES.index(rest[0]))

    def _survey(self, figure: Figure, rest: list[str]) -> FigureRows:
        assert self.survey is not None  # noqa: S101
        columns: Columns
        if rest[0] == "response":
            row = np.arange(self.survey.invited)
            columns = {"row": row, "counted": row < self.survey.took_part}
        else:
            points, there = self.survey.points(figure.group)
            row = np.arange(len(points))
            if rest[0] == "answered":
                columns = {"row": row, "counted": there}
            elif rest[0] == "satisfied":
                columns = {"row": row[there], "counted": points[there] >= self.survey.satisfied_from}
            else:
                columns = {"row": row[there], "part": points[there]}
        return FigureRows(figure=figure, of="answers", columns=columns)

    def _budget(self, figure: Figure, rest: list[str]) -> FigureRows:
        assert self.budget is not None  # noqa: S101
        what = rest[0].removeprefix("total_")
        if what == "cost_per_cured":
            return self._cured(figure, ["contract"])
        lines = [line for line in self.budget.lines if figure.group in ("", line.name)]
        spent = [line.actual if what == "return" else getattr(line, what) for line in lines]
        known = [(line, each) for line, each in zip(lines, spent, strict=True) if each is not None]
        amounts = [each for line, part in known for each in (part, line.plan)]
        places = max((-int(each.as_tuple().exponent) for each in amounts), default=0)
        places = max(places, 0)
        columns = {
            "line": np.array([line.name for line, _ in known], np.str_),
            "part": np.array([_units(each, places) for _, each in known], np.int64),
            "whole": np.array([_units(line.plan, places) for line, _ in known], np.int64),
        }
        return FigureRows(figure=figure, of="lines", columns=columns, decimals=places)

    def _did(self, figure: Figure, rest: list[str]) -> FigureRows:
        assert self.compared is not None  # noqa: S101
        sides = self.compared.sides
        some = sides.weight > 0
        columns: Columns = {"treated": sides.treated, "row": sides.row, "weight": sides.weight}
        if rest[0] == "matched":
            some = sides.treated
            columns = {"row": sides.row, "counted": sides.weight > 0}
        elif rest[0] == "balance":
            some = np.ones(len(sides.row), np.bool_)
            name, _, value = figure.group.partition(": ")
            cells = sides.matched_on[name]
            columns["value"] = (cells == value if value else cells).astype(np.float64)
        elif rest[0] in ("treated", "comparison"):
            some = some & (sides.treated == (rest[0] == "treated"))
            columns["value"] = sides.overdue[:, -2 if rest[1] == "before" else -1]
        else:
            looks = sides.cash if rest[0] == "cash" else sides.overdue
            at = len(looks[0]) - 2
            if rest[0] == "trend":
                at = [day.isoformat() for day in self.compared.earlier].index(figure.group)
            columns["before"], columns["after"] = looks[:, at], looks[:, at + 1]
        mine = {name: values[some] for name, values in columns.items()}
        return FigureRows(figure=figure, of="accounts", columns=mine)


def _amounts(statements: Statements, which: Ints) -> Ints:
    return statements._amount[which]


def _units(amount: Decimal, places: int) -> int:
    return int(amount.scaleb(places, EXACT))
