"""The answers of one call for an unknown: of one loan or many, and what is wrong with the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from repayplan.basics.blocks import asked, block_rows, run_blocks
from repayplan.basics.columns import RATE_DECIMALS, Screen
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import MAX_TOTAL, as_text, to_decimal, to_plain
from repayplan.basics.outcome import Bools, Failures, Ints, Outcome, all_of, any_of, brief, counted, span
from repayplan.kernel.rules import MAX_PERIODS
from repayplan.plans.annuity import SUNK
from repayplan.plans.arguments import REST
from repayplan.plans.column import Column
from repayplan.plans.loan import OWN_COLUMNS, Loan, Loans
from repayplan.plans.parameters import finest
from repayplan.plans.question import HIGH
from repayplan.plans.stage import Plan, Stage
from repayplan.plans.trial import Trial
from repayplan.plans.unknown import Blank, gives, refusal

PART = 65_536
"""Loans whose answers are looked for together: what they need stays in the cache, and in memory that the
part before them has used."""
Shown = str | npt.NDArray[np.str_] | Callable[[Ints], npt.NDArray[np.str_]]
"""What is shown of some rows."""


@dataclass(slots=True)
class Call:
    """One call: the batch, what is wrong with its rows, and the answers."""

    alone: bool
    loans: Loans
    screen: Screen
    value: Ints

    @classmethod
    def of(cls, loans: Loan | Loans, *, owing: bool = True) -> Call:
        """A call about loans; if ``owing``, those that owe nothing have no answer."""
        alone = isinstance(loans, Loan)
        fine = finest(loans.batch if isinstance(loans, Loan) else loans)
        screen = Screen(len(fine))
        screen.adopt(fine.failures)
        if owing:
            screen.fault(fine.balance == 0, Code.NOTHING_OWED, "principal", "0")
        return cls(alone, fine, screen, np.zeros(len(fine), np.int64))

    def part_by_part(self, plan: Plan, work: Callable[[Call, slice], object], workers: int) -> None:
        """Has ``work`` put the answers into parts of the call, on threads; it is told which loans they are.

        It is one part where the plan has a parameter for each loan of the batch.
        """

        def one(job: tuple[Call, slice]) -> tuple[int, Failures]:
            part, some = job
            work(part, some)
            return (0, Failures.none()) if part is self else (some.start, part.screen.failures())

        jobs = self._parts(plan, asked(workers))
        for start, failures in run_blocks(one, jobs, lambda job: len(job[0].loans), workers=workers):
            if len(failures):
                self.screen.adopt(failures.moved(np.arange(start, len(self.loans))))

    def _parts(self, plan: Plan, workers: int) -> Iterator[tuple[Call, slice]]:
        """Parts whose answers are their own, of about one size, one for each thread at least."""
        size, own = len(self.loans), OWN_COLUMNS.issuperset(plan.columns)
        step = block_rows(size, PART, workers)
        if step >= size or not own or plan.by_loan(self.loans.extra):
            yield self, slice(0, size)
            return
        for start in range(0, size, step):
            some = slice(start, min(start + step, size))
            rows = counted(some.start, some.stop)
            yield Call(self.alone, self.loans.take(rows), self.screen.part(some), self.value[some]), some

    def amount(self, name: str, given: Any) -> Ints:
        """An amount given beside the plan, of every loan."""
        if isinstance(given, Column):
            try:
                given = self.loans.column(given.name)
            except KeyError as error:
                raise InputError(Code.UNKNOWN_VALUE, "col", given.name, str(error.args[0])) from None
        return self.screen.money(name, self.loans.restated(given), self.loans.decimals, minimum=1)

    def groups(self) -> Iterator[Loans]:
        """The good rows by what decides how they are looked at, so that no neighbour changes that."""
        loans = self.loans
        laws = np.array([law.residue != "last" for law in loans.rounding])
        counts = np.array([count.on_grid + 2 * (count.year is not None) for count in loans.day_counts])
        moved = np.array([bool(law.shifts or law.given) for law in loans.due_dates])
        key = counts[brief(loans.day_count)]
        for flag in (
            laws[brief(loans.rounding_index)],
            moved[brief(loans.due_index)],
            brief(loans.rate_index >= 0),
            brief(~np.isnat(loans.last_due)),
            brief(loans.whole),
        ):
            key = 2 * key + flag
        good = self.screen.good.copy()
        for one in np.flatnonzero(np.bincount(key if len(key) == 1 else key[good])):
            group = good & (key == one)
            if any_of(group):
                yield loans.replace(good=group)

    def settle(self, trial: Trial, values: Ints, found: Bools, mild: Ints, field: str) -> None:
        """Takes over answers; of rows without one, says why not even a ``mild`` value does."""
        every = all_of(found)
        self.value[trial.at] = values if every else np.where(found, values, 0)
        if every:
            return
        rows, mild = trial.rows[~found], mild[~found]
        if not len(rows):
            return
        inner = Screen(len(self.loans))
        for _ in trial.laid(rows, mild, inner):
            pass
        left = inner.good[rows]
        self.screen.adopt(inner.failures())
        rows, mild = rows[left], mild[left]
        refused, sunk, figures = trial.short(rows, mild)
        places = self.loans.decimals[rows]
        shown = as_text(figures, places)
        self.refuse(rows, sunk, Code.INSTALMENT_BELOW_ZERO, SUNK, shown[0], "")
        self.refuse(rows, refused & ~sunk, Code.NEGATIVE_AMORTISATION, "plan", shown[0], shown[1])
        if trial.periods is not None:
            needed, allowed = trial.length(rows, mild), trial.periods[rows]
            bound = np.char.add(">= ", needed.astype(np.str_))
            self.refuse(rows, needed > allowed, Code.OUT_OF_RANGE, "periods", allowed.astype(np.str_), bound)
        over = trial.over(rows, mild, strict=False)
        unable = over >= HIGH
        last = trial.blank == Blank("length", len(trial.plan.stages) - 1)
        if trial.limit is not None and last and any(gives(stage) for stage in trial.plan.stages[:-1]):
            # However many follow, what is given before them is paid.
            above = np.flatnonzero(~unable & (trial.before(rows, mild) > trial.limit[rows]))
            least = over[above] + trial.limit[rows[above]]
            asked, needs = (as_text(figures, places[above]) for figures in (trial.limit[rows[above]], least))
            each = np.ones(len(above), np.bool_)
            self.refuse(rows[above], each, Code.OUT_OF_RANGE, field, asked, np.char.add(">= ", needs))
        if trial.limit is None or last:
            amount = trial.paid(rows) if trial.limit is None else trial.limit[rows]
            longest = trial.length(rows, mild).astype(np.str_)
            self.refuse(rows, ~unable, Code.NEVER_PAID_OFF, field, as_text(amount, places), longest)
        else:
            least = np.where(unable, 0, over) + trial.limit[rows]
            given, bounds = as_text(trial.limit[rows], places), np.char.add(">= ", as_text(least, places))
            self.refuse(rows, ~unable & (over > 0), Code.OUT_OF_RANGE, field, given, bounds)
            rest, twice = as_text(trial.final(rows, mild), places), as_text(2 * least, places)
            self.refuse(rows, ~unable, Code.BALLOON, field, rest, twice)
        owed, most = as_text(self.loans.balance[rows], places), as_text(MAX_TOTAL, places)
        self.refuse(rows, np.ones(len(rows), np.bool_), Code.BEYOND_DOMAIN, "principal", owed, most)

    def refuse(self, rows: Ints, mask: Bools, code: Code, field: str, value: Shown, limit: Shown) -> None:
        """Says what is wrong with some of the rows.

        Value and limit: text for all, one for each row, or a function that makes it for places in ``rows``.
        """
        at = np.flatnonzero(mask & self.screen.good[rows])
        if len(at):
            self.screen.adopt(Failures.at(rows[at], code, field, _shown(value, at), _shown(limit, at)))

    def outcome(self) -> Outcome[Ints]:
        """The answers of the good rows."""
        row = np.flatnonzero(self.screen.good)
        return Outcome(self.value[span(row)], row, self.screen.failures())

    def money(self, *, fine: bool = True) -> Any:
        """The answers as amounts, in the finest unit or the currency's: of one loan as a Decimal."""
        got = self.outcome()
        if not self.alone:
            return got
        finer = 1 if fine else int(self.loans.finer[0])
        places = int(self.loans.decimals[0]) - (len(str(finer)) - 1)
        return to_decimal(int(got.single()[0]), places)

    def whole(self) -> Any:
        """The answers as counts: of one loan as an int."""
        got = self.outcome()
        return int(got.single()[0]) if self.alone else got

    def rate(self) -> Any:
        """The answers as rates: of one loan as a Decimal."""
        got = self.outcome()
        return to_plain(int(got.single()[0]), RATE_DECIMALS) if self.alone else got


def _shown(text: Shown, at: Ints) -> str | npt.NDArray[np.str_]:
    if isinstance(text, str):
        return text
    return text(at) if callable(text) else text[at]


def held_against(call: Call, plan: Plan, instalment: Any, *, needed: bool = True) -> Ints | None:
    """What no regular payment may be above; None where the plan's last stage gives its payments."""
    last = plan.stages[-1]
    if gives(last):
        if instalment is not None:
            rule = "the plan gives it already"
            raise InputError(Code.UNKNOWN_VALUE, "instalment", instalment, rule)
        closed(plan)
        return None
    if instalment is None:
        if needed:
            rule = "the plan solves its instalment: say what it may be at most"
            raise InputError(Code.MISSING, "instalment", None, rule)
        return np.full(len(call.loans), HIGH // 2)
    return call.amount("instalment", instalment)


def closed(plan: Plan) -> None:
    """Raises where the last payment may be of any size."""
    if isinstance(plan.stages[-1].balloon, str) and plan.stages[-1].balloon == REST:
        rule = f"a last payment of any size (balloon={REST!r}) leaves nothing to be solved"
        raise refusal(plan, rule)


def given_field(stage: Stage) -> str:
    """What gives a stage's payments."""
    name = stage.name
    what = {"custom": "amounts", "equal_principal": "principal", "fixed_payment": "amount"}
    return f"{name}.{what.get(name, 'instalment')}"


def numbered_against(call: Call, plan: Plan, instalment: Any) -> Ints | None:
    """As :func:`held_against`, of plans whose number of rows is known."""
    if plan.stages[-1].name == "fixed_payment":
        raise refusal(plan, "a payment until all is paid off repays anything: give a number of instalments")
    return held_against(call, plan, instalment)


def at_most(longest: Any, least: int) -> None:
    """Raises where a bound on a number of periods isn't from ``least`` to the most there may be."""
    whole = isinstance(longest, (int, np.integer)) and not isinstance(longest, bool)
    if not whole or not least <= longest <= MAX_PERIODS:
        raise InputError(Code.OUT_OF_RANGE, "longest", longest, f"{least} to {MAX_PERIODS}")
