"""Which events hold: known by a day, called by one reference each, and not reversed."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from repayplan.accounts.event import Events
from repayplan.accounts.eventkinds import KIND_INDEX
from repayplan.basics.columns import Screen, beside
from repayplan.basics.dates import Days
from repayplan.basics.errors import Code
from repayplan.basics.outcome import Bools, Ints, all_of, any_of

DEEPEST = 64
"""Reversals of reversals of an event: no list that a person kept goes on like that."""


class Entries(NamedTuple):
    """What a list that is only added to says of its entries.

    Attributes
    ----------
    owner
        int64; whose each is.
    day, day_name
        datetime64[D], the day on which each happened; and what that is called.
    booked
        datetime64[D].
    reference, reverses
        str or int64; what each is called by, and of a reversal the entry that it reverses.
    reversal
        bool.
    """

    owner: Ints
    day: Days
    day_name: str
    booked: Days
    reference: npt.NDArray[Any]
    reverses: npt.NDArray[Any]
    reversal: Bools


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
    reversal = events.kind == KIND_INDEX["reversal"]
    days = events.value_date, "value_date"
    entries = Entries(events.account, *days, events.booked, events.reference, events.reverses, reversal)
    return standing(entries, known, screen, "account")


def standing(entries: Entries, known: Bools, screen: Screen, of: str) -> Bools:
    """Where entries hold: known, no reversals, and not reversed; what has a fault reverses nothing.

    Parameters
    ----------
    entries
        In any order. Of several of one reference the one that was booked first stands; of one day the first.
    known, screen
        As of :func:`holding`.
    of
        What they are of, in words.
    """
    _refuse_duplicates(entries, known, screen)
    holds = known.copy()
    undo = np.flatnonzero(known & entries.reversal & screen.good)
    if len(undo):
        target = _targets(entries, known & screen.good, undo, screen, of)
        depth = np.zeros(len(known), np.int64)
        for _ in range(DEEPEST):
            deeper = np.where(target >= 0, depth[target] + 1, 0)
            if (deeper == depth[undo]).all():
                break
            depth[undo] = deeper
        else:
            endless = np.zeros(len(known), np.bool_)
            endless[undo[depth[undo] >= DEEPEST]] = True
            screen.fault(endless, Code.UNKNOWN_VALUE, "reverses", entries.reverses, "no circle of reversals")
        for level in range(int(depth.max()), 0, -1):
            now = (depth[undo] == level) & (target >= 0)
            holds[target[now][holds[undo[now]]]] = False
    return np.asarray(holds & ~entries.reversal, np.bool_)


def _refuse_duplicates(entries: Entries, known: Bools, screen: Screen) -> None:
    names = entries.reference if all_of(known) else entries.reference[known]
    if all_of(names[1:] > names[:-1]):
        return
    ordered = np.sort(names)  # quicker than a set of them
    if not any_of(ordered[1:] == ordered[:-1]):
        return
    place = np.flatnonzero(known)
    _, code = np.unique(names, return_inverse=True)
    order = np.lexsort((place, entries.booked[place], code, entries.owner[place]))
    here = place[order]
    again = (code[order][1:] == code[order][:-1]) & (entries.owner[here][1:] == entries.owner[here][:-1])
    twice = np.zeros(len(known), np.bool_)
    twice[here[1:][again]] = True
    screen.fault(twice, Code.DUPLICATE, "reference", entries.reference.astype(np.str_))


def _targets(entries: Entries, some: Bools, undo: Ints, screen: Screen, of: str) -> Ints:
    """The entry that each reversal is about, among some of them; -1 where there is none."""
    seen = np.flatnonzero(some)
    words = np.concatenate((_text(entries.reference[seen]), _text(entries.reverses[undo])))
    _, code = np.unique(words, return_inverse=True)
    many = int(code.max(initial=0)) + 1
    key = entries.owner[seen] * many + code[: len(seen)]
    wanted = entries.owner[undo] * many + code[len(seen) :]
    order = np.argsort(key, kind="stable")
    at = np.minimum(np.searchsorted(key[order], wanted), len(seen) - 1)
    found = seen[order[at]]
    there = key[order[at]] == wanted
    unbooked = there & (entries.booked[found] > entries.booked[undo])
    early = there & (entries.day[found] > entries.day[undo])
    not_before = entries.day.copy()
    not_before[undo] = entries.day[found]
    names, days = entries.reverses, entries.day
    for code_of, wrong, field, shown, limit in (
        (Code.UNKNOWN_VALUE, ~there, "reverses", names, f"the reference of an event of the {of}"),
        (Code.DATES_OUT_OF_ORDER, unbooked, "reverses", names, "booked before it"),
        (Code.DATES_OUT_OF_ORDER, early, entries.day_name, days, beside(">=", not_before)),
    ):
        rows = np.zeros(len(some), np.bool_)
        rows[undo[wrong]] = True
        screen.fault(rows, code_of, field, shown.astype(np.str_), limit)
    return np.where(there & ~unbooked & ~early, found, -1)


def _text(names: npt.NDArray[Any]) -> npt.NDArray[np.str_]:
    return names.astype(np.str_)
