"""Plans that begin with a holiday or with interest only: what is left of them when instalments begin."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from repayplan.basics.outcome import Ints
from repayplan.kernel.amortise import run
from repayplan.kernel.rules import Interest
from repayplan.kernel.work import Work
from repayplan.plans.beside import HolidayInterest, holiday
from repayplan.plans.laid import Laid
from repayplan.plans.methods import interest_only
from repayplan.plans.stage import Plan


@dataclass(frozen=True, slots=True)
class Pause:
    """Rows before instalments begin: first without any payment, then of interest only.

    Parameters
    ----------
    idle, only
        How many of each.
    interest
        What becomes of the interest of the rows without payment; deferred, it is paid with the first payment.
    """

    idle: int = 0
    only: int = 0
    interest: HolidayInterest = "capitalise"

    @property
    def rows(self) -> int:
        """Rows in all."""
        return self.idle + self.only


def begun(idle: int | Ints, only: int | Ints, interest: HolidayInterest, plan: Plan) -> Plan:
    """A plan with rows before it that pay nothing, and then rows that pay interest: as many for all, or each.

    Examples
    --------
    >>> from repayplan.plans.annuity import equal_instalment
    >>> begun(2, 0, "capitalise", equal_instalment(12))
    holiday(2, interest="capitalise") + equal_instalment(12)
    """
    if np.any(only):
        plan = interest_only(only) + plan
    return holiday(idle, interest=interest) + plan if np.any(idle) else plan


def paused(piece: Laid, pause: Pause, extra: Ints) -> tuple[Laid, Ints, Ints]:
    """Plans of one stage as they are when they begin after a pause.

    Parameters
    ----------
    piece
        The plans without it, prepared for as many rows as both together have, at least one more than the
        pause's.
    extra
        int64; paid with the first payment.

    Returns
    -------
    The plans, what is paid with their own first payment, and int64 (rows, loans): what each row of interest
    only pays.
    """
    work = piece.work
    stages = begun(pause.idle, pause.only, pause.interest, piece.plan).stages
    rules = [stage.rule for stage in stages[:-1]]
    lengths = [rows for rows in (pause.idle, pause.only) if rows]
    loans = len(work.opening)
    none = np.full((len(rules), loans), -1)
    prefix = replace(
        work,
        rules=tuple(rules),
        lengths=np.repeat(np.array(lengths)[:, None], loans, axis=1),
        amounts=none,
        balloons=none,
    )
    opening, extra = work.opening.copy(), extra.copy()
    paid = np.zeros((pause.only, loans), np.int64)
    for block in run(prefix, settle=False):
        rows = block.rows
        owed = extra[rows]
        for t in range(pause.rows):
            _, interest, closing = block.period(t)
            if t >= pause.idle:
                paid[t - pause.idle, rows] = interest + owed
                owed = np.zeros_like(owed)
            elif rules[0].interest is Interest.DEFERRED:
                owed = owed + interest
        opening[rows], extra[rows] = closing, owed
    return replace(piece, work=work_from(work, pause.rows, opening)), extra, paid


def work_from(work: Work, period: int, opening: Ints) -> Work:
    """The work as it is from a period on, with its opening balance; principal moves in the same periods."""
    moves = tuple(
        replace(
            move,
            period=np.where(move.period < period, -1, move.period - period),
            anew=np.where(move.anew < period, -1, move.anew - period),
        )
        for move in work.moves
    )
    if work.later is None:
        return replace(work, opening=opening, moves=moves, first=work.regular if period else work.first)
    rest, resets = work.later[period:], work.resets
    if resets is not None:
        resets = resets.since(period)
    return replace(
        work,
        opening=opening,
        moves=moves,
        first=work.units(period),
        later=rest if len(rest) else np.zeros_like(work.later[:1]),
        resets=resets,
    )
