"""What single rows of stages pay, as the kernel wants it: by period and loan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from repayplan.basics.columns import Screen, beside
from repayplan.basics.dates import civil
from repayplan.basics.errors import Code
from repayplan.basics.outcome import Bools, Ints
from repayplan.kernel.courses import Course, Pays
from repayplan.plans.column import Column
from repayplan.plans.loan import Loans
from repayplan.plans.pattern import Pattern
from repayplan.plans.stage import Plan


def patterned(plan: Plan) -> bool:
    """Whether single rows of any stage do something beside its rule."""
    return any(stage.pattern is not None for stage in plan.stages)


def course(
    loans: Loans, rows: Ints, plan: Plan, lengths: Ints, read: Callable[[Any], Any], screen: Screen
) -> Course:
    """What single rows of a plan's stages pay.

    Parameters
    ----------
    loans, rows
        The batch, and the loans looked at.
    plan, lengths
        Their plan, and int64 (stages, len(rows)): rows of each of its stages.
    read
        Reads a parameter of a stage as a column of the whole batch.
    screen
        Of the whole batch; faults of the parameters go there.
    """
    inner = Screen(screen.size, rows)
    begins = np.cumsum(lengths, axis=0) - lengths
    of_patterns = [s for s, stage in enumerate(plan.stages) if stage.pattern is not None]
    periods = max(1, int((begins + lengths)[of_patterns].max(initial=0)))
    shape = (periods, len(rows))
    out = Course(
        np.zeros(shape, np.int8),
        np.zeros(shape, np.bool_),
        np.zeros(shape, np.int64),
        np.zeros(shape, np.int64),
        np.full(shape, -1),
    )
    t = np.arange(periods)[:, None]
    final = t == lengths.sum(axis=0) - 1
    if plan.stages[-1].name == "fixed_payment":  # its rows come after all of these
        final = np.zeros_like(final)
    for s, stage in enumerate(plan.stages):
        if stage.pattern is None:
            continue
        j = t - begins[s]  # row of the stage
        inside = np.asarray((j >= 0) & (j < lengths[s]), np.bool_)
        _rises(out, loans, rows, stage.name, stage.pattern, (j, inside), read, inner)
        if stage.pattern.months is not None:
            due, last = loans.unshifted(rows, t), loans.last_due[rows]
            month = civil(np.where(final & ~np.isnat(last), last, due))[0] % 12 + 1
            off = inside & ~np.isin(month, stage.pattern.months)
            out.pays[off] = Pays.INTEREST if stage.pattern.between == "interest" else Pays.NOTHING
        if stage.pattern.principal_on is not None:
            out.pays[inside & ~_on(stage.pattern.principal_on, j) & ~final] = Pays.INTEREST
        if stage.pattern.interest_on is not None:  # nothing waits beyond the stage
            out.waits[inside & ~_on(stage.pattern.interest_on, j) & (j < lengths[s] - 1)] = True
        if stage.pattern.amounts is not None:
            _given(out, loans, rows, stage.pattern.amounts, (j, inside), read, inner)
        _among(inner, rows, stage.name, stage.pattern, lengths[s])
        if stage.rule.solved:
            never = (lengths[s] > 0) & ~(inside & (out.pays == Pays.RULE)).any(axis=0)
            where = np.zeros(inner.size, np.bool_)
            where[rows[never]] = True
            what = "months" if stage.pattern.months is not None else "principal_on"
            given = str(getattr(stage.pattern, what))
            inner.fault(
                where, Code.OUT_OF_RANGE, f"{stage.name}.{what}", given, "a period of the stage among them"
            )
    screen.adopt(inner.failures())
    return out


def _among(screen: Screen, rows: Ints, name: str, pattern: Pattern, length: Ints) -> None:
    """Faults of loans whose stage has fewer periods than those that are numbered."""
    for what in ("principal_on", "interest_on"):
        numbers = getattr(pattern, what)
        if isinstance(numbers, tuple):
            beyond = (length > 0) & (length < numbers[-1])
            where, most = np.zeros(screen.size, np.bool_), np.ones(screen.size, np.int64)
            where[rows[beyond]], most[rows] = True, length
            limit = beside("1 to", most)
            screen.fault(where, Code.OUT_OF_RANGE, f"{name}.{what}", str(numbers), limit)


def _on(on: int | tuple[int, ...], j: Ints) -> Bools:
    """Whether a stage's rows are of a cycle, or among those that are numbered."""
    return np.asarray((j + 1) % on == 0 if isinstance(on, int) else np.isin(j + 1, on), np.bool_)


def _rises(
    out: Course,
    loans: Loans,
    rows: Ints,
    name: str,
    pattern: Pattern,
    place: tuple[Ints, Bools],
    read: Callable[[Any], Any],
    screen: Screen,
) -> None:
    j, inside = place
    rises = inside & (j > 0) & (j % pattern.every == 0)
    if pattern.growth is not None:
        growth = screen.growth(f"{name}.growth", read(pattern.growth))[rows]
        np.copyto(out.growth, growth, where=rises)
    if pattern.step is not None:
        step = screen.money(f"{name}.step", read(pattern.step), loans.decimals, minimum=None)[rows]
        np.copyto(out.step, step, where=rises)


def _given(
    out: Course,
    loans: Loans,
    rows: Ints,
    amounts: Any,
    place: tuple[Ints, Bools],
    read: Callable[[Any], Any],
    screen: Screen,
) -> None:
    j, inside = place
    for k, column in enumerate(_columns(loans, amounts, read)):
        units = screen.money("custom.amounts", column, loans.decimals)[rows]
        here = inside & (j == k)
        np.copyto(out.given, units, where=here)


def _columns(loans: Loans, amounts: Any, read: Callable[[Any], Any]) -> list[Any]:
    """What is paid in each row of a list of payments: one amount, or one a loan."""
    if isinstance(amounts, tuple) and any(isinstance(each, Column) for each in amounts):
        return [read(each) for each in amounts]
    amounts = loans.restated(amounts)
    table = np.asarray(getattr(amounts, "units", amounts))
    columns = [table[..., k] if table.ndim == 2 else table[..., k].item() for k in range(table.shape[-1])]
    return [type(amounts)(np.asarray(each)) for each in columns] if hasattr(amounts, "units") else columns
