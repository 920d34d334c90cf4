"""The rows of laid-out work, and the loans whose plan can't be kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from repayplan.basics.errors import Code
from repayplan.basics.money import as_text
from repayplan.basics.outcome import Failures, any_of
from repayplan.kernel.amortise import run
from repayplan.plans.annuity import SUNK
from repayplan.plans.laid import Laid
from repayplan.plans.loan import Loans
from repayplan.plans.moves import moved_within
from repayplan.plans.residue import place_residue
from repayplan.plans.stored import Stored


def write(loans: Loans, laid: Laid, *, store: bool = True) -> tuple[list[Stored], Failures]:
    """The rows of one piece of work, or a tally of them only, and the loans whose plan can't be kept.

    A tally can't tell whether the last of given instalments becomes a balloon.
    """
    rounding = loans.rounding[int(loans.rounding_index[laid.rows[0]])]
    if rounding.residue != "last":
        laid = replace(laid, work=place_residue(laid.work, rounding.residue))
    stored = [Stored(laid, block) for block in run(laid.work, store=store)]
    decimals = int(loans.decimals[laid.rows[0]])
    failures = Failures.none().and_then(*(f for part in stored for f in faults(part, decimals)))
    return stored, failures


def faults(part: Stored, decimals: int) -> Iterator[Failures]:
    """The loans of a block whose plan can't be kept, with the figures that say why."""
    block, work = part.block, part.laid.work
    if any_of(block.negative):
        lacking = block.negative & ~block.sunk
        figures = as_text(block.short[:, lacking], decimals)
        yield Failures.at(part.rows[lacking], Code.NEGATIVE_AMORTISATION, "plan", *figures)
        planned = as_text(block.short[0, block.sunk], decimals)
        yield Failures.at(part.rows[block.sunk], Code.INSTALMENT_BELOW_ZERO, SUNK, planned)
    stage = part.laid.plan.stages[-1]
    custom = stage.name == "custom"
    if not work.rules[-1].net or stage.balloon is not None or stage.merge_below is not None:
        return
    if not custom and not work.given:
        return
    given = ((work.amounts[-1][block.rows] >= 0) | custom) & work.begun[block.rows]
    if any_of(given):
        opening, interest, _ = block.final(work.term)
        last = opening + interest
        if work.moves:  # what is drawn then is repaid with it; what is prepaid isn't the instalment's
            last = last + moved_within(work, block.rows, work.term[block.rows] - 1, opening)
        balloon = given & (last > 2 * block.regular)
        figures = as_text(np.stack((last, 2 * block.regular))[:, balloon], decimals)
        field = f"{stage.name}.{'amounts' if custom else 'instalment'}"
        yield Failures.at(part.rows[balloon], Code.BALLOON, field, *figures)
