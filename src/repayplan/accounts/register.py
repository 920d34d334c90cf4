"""Which events hold: known by a day, called by one reference each, and not reversed."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from repayplan.accounts.event import KIND_INDEX, Events
from repayplan.basics.columns import Screen, beside
from repayplan.basics.errors import Code
from repayplan.basics.outcome import Bools, Ints, all_of, any_of

DEEPEST = 64
"""Reversals of reversals of an event: no list that a person kept goes on like that."""


def holding(events: Events, known: Bools, screen: Screen) -> Bools:
    """Where events hold; faults of events that can't be go to their screen.

    Parameters
    ----------
    events
        In any order.
    known
        Those that were booked by the day that is asked for; the others aren't looked at.
    screen
        Of the events.
    """
    _refuse_duplicates(events, known, screen)
    holds = known.copy()
    undo = np.flatnonzero(known & (events.kind == KIND_INDEX["reversal"]) & screen.good)
    if len(undo):
        target = _targets(events, known, undo, screen)
        depth = np.zeros(len(events), np.int64)
        for _ in range(DEEPEST):
            deeper = np.where(target >= 0, depth[target] + 1, 0)
            if (deeper == depth[undo]).all():
                break
            depth[undo] = deeper
        else:
            endless = np.zeros(len(events), np.bool_)
            endless[undo[depth[undo] >= DEEPEST]] = True
            screen.fault(endless, Code.UNKNOWN_VALUE, "reverses", events.reverses, "no circle of reversals")
        for level in range(int(depth.max()), 0, -1):
            now = (depth[undo] == level) & (target >= 0)
            holds[target[now][holds[undo[now]]]] = False
    return np.asarray(holds & (events.kind != KIND_INDEX["reversal"]), np.bool_)


def _refuse_duplicates(events: Events, known: Bools, screen: Screen) -> None:
    names = events.reference if all_of(known) else events.reference[known]
    if all_of(names[1:] > names[:-1]):
        return
    ordered = np.sort(names)  # quicker than a set of them
    if not any_of(ordered[1:] == ordered[:-1]):
        return
    place = np.flatnonzero(known)
    _, code = np.unique(names, return_inverse=True)
    order = np.lexsort((place, events.booked[place], code, events.account[place]))
    here = place[order]
    again = (code[order][1:] == code[order][:-1]) & (events.account[here][1:] == events.account[here][:-1])
    twice = np.zeros(len(events), np.bool_)
    twice[here[1:][again]] = True
    screen.fault(twice, Code.DUPLICATE, "reference", events.reference.astype(np.str_))


def _targets(events: Events, known: Bools, undo: Ints, screen: Screen) -> Ints:
    """The event that each reversal is about; -1 where there is none."""
    seen = np.flatnonzero(known)
    words = np.concatenate((_text(events.reference[seen]), _text(events.reverses[undo])))
    _, code = np.unique(words, return_inverse=True)
    many = int(code.max(initial=0)) + 1
    key = events.account[seen] * many + code[: len(seen)]
    wanted = events.account[undo] * many + code[len(seen) :]
    order = np.argsort(key, kind="stable")
    at = np.minimum(np.searchsorted(key[order], wanted), len(seen) - 1)
    found = seen[order[at]]
    there = key[order[at]] == wanted
    unbooked = there & (events.booked[found] > events.booked[undo])
    early = there & (events.value_date[found] > events.value_date[undo])
    names, days = events.reverses, events.value_date
    not_before = days.copy()
    not_before[undo] = days[found]
    for code_of, wrong, field, shown, limit in (
        (Code.UNKNOWN_VALUE, ~there, "reverses", names, "the reference of an event of the account"),
        (Code.DATES_OUT_OF_ORDER, unbooked, "reverses", names, "booked before it"),
        (Code.DATES_OUT_OF_ORDER, early, "value_date", days, beside(">=", not_before)),
    ):
        rows = np.zeros(len(events), np.bool_)
        rows[undo[wrong]] = True
        screen.fault(rows, code_of, field, shown.astype(np.str_), limit)
    return np.where(there, found, -1)


def _text(names: npt.NDArray[Any]) -> npt.NDArray[np.str_]:
    return names.astype(np.str_)
