"""Events of cases held against the rule: what they say in its words, and which of them can't be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from repayplan.basics.calendars import Calendar, coverage
from repayplan.basics.columns import Screen
from repayplan.basics.dates import Days
from repayplan.basics.errors import Code
from repayplan.basics.outcome import Bools, Ints, any_of
from repayplan.programmes.caseevent import CaseEvents
from repayplan.programmes.caserule import CaseRule
from repayplan.programmes.cases import Names
from repayplan.programmes.casestages import CASE_KIND_INDEX, CASE_KINDS, CaseName


class Lists(NamedTuple):
    """What events say, as places in the rule's lists (-1: nothing), and their items as bits."""

    channel: Ints
    role: Ints
    items: Ints


def listed(events: CaseEvents, rule: CaseRule, screen: Screen) -> Lists:
    """What events say in the rule's words; faults of those that say something else."""
    channel = _places("channel", events.channel, rule.channels, screen)
    role = _places("role", events.role, rule.roles, screen)
    names = [item.name for item in rule.items]
    bits = np.zeros(len(events.items.names), np.int64)
    unknown = np.zeros(len(bits), np.bool_)
    for i, text in enumerate(events.items.names.tolist()):
        said_ones = [each.strip() for each in text.split(",")] if text else []
        unknown[i] = any(each not in names for each in said_ones)
        bits[i] = sum({1 << names.index(each) for each in said_ones if each in names})
    items = bits[events.items.of]
    shown = _shown(events.items)
    if any_of(unknown):
        screen.fault(unknown[events.items.of], Code.UNKNOWN_VALUE, "items", shown, ", ".join(names))
    if any_of(bits):
        may = np.zeros(len(CASE_KINDS), np.int64)
        for i, item in enumerate(rule.items):
            may[[CASE_KIND_INDEX[kind] for kind in item.brought_by]] |= 1 << i
        other = (items & ~may[events.kind]) != 0
        screen.fault(other, Code.UNKNOWN_VALUE, "items", shown, "what an event of its kind may bring")
    return Lists(channel, role, items)


def _places(field_name: str, given: Names, known: Sequence[CaseName], screen: Screen) -> Ints:
    """Names as places in a closed list, -1 for none; faults of those that aren't in it."""
    names = [each.name for each in known]
    place = np.array([names.index(each) if each in names else -1 for each in given.names.tolist()], np.int64)
    wrong = (place < 0) & (given.names != "")
    if any_of(wrong):
        screen.fault(wrong[given.of], Code.UNKNOWN_VALUE, field_name, _shown(given), ", ".join(names))
    return place[given.of]


def _shown(given: Names) -> Any:
    return lambda row: given.names[given.of[row]]


def refuse_uncovered(events: CaseEvents, calendar: Calendar, end: np.datetime64, screen: Screen) -> None:
    """Events on days that the calendar says nothing about."""
    if calendar.first is not None and len(events):
        early = (events.at < calendar.first) & (events.at <= end)
        screen.fault(early, Code.OUT_OF_RANGE, "at", events.at, coverage(calendar))


def refuse_out_of_turn(events: CaseEvents, rule: CaseRule, rows: Ints, stage: Ints, screen: Screen) -> None:
    """Events that may not come in the stage that their case was in."""
    if not len(rows):
        return
    may = [", ".join(CASE_KINDS[k] for k in np.flatnonzero(line >= 0)) or "none" for line in rule.table]
    wrong, place = np.zeros(len(events), np.bool_), np.zeros(len(events), np.int64)
    wrong[rows], place[rows] = True, stage
    kinds, follow = np.array(CASE_KINDS), np.array(may)
    screen.fault(
        wrong,
        Code.OUT_OF_TURN,
        "kind",
        lambda row: kinds[events.kind[row]],
        lambda row: follow[place[row]],
    )


def received_outside(rule: CaseRule, kind: Ints, at: Days) -> Bools:
    """Which events are applications that were received outside the window."""
    outside = np.zeros(len(kind), np.bool_)
    if rule.opens is not None:
        outside |= at < np.datetime64(rule.opens, "D")
    if rule.closes is not None:
        outside |= at > np.datetime64(rule.closes, "D")
    outside &= kind == CASE_KIND_INDEX["received"]
    return outside
