"""The register of cases, replayed to any date: where each stands, what is late, what is lacking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, overload

from repayplan.ability.figures import one_rule
from repayplan.basics.calendars import Calendar
from repayplan.basics.errors import Code, InputError
from repayplan.offers.hardship import said
from repayplan.programmes.caseevent import CaseEvent, CaseEvents
from repayplan.programmes.casereplay import CaseReplay
from repayplan.programmes.caserule import CaseRule
from repayplan.programmes.cases import Cases
from repayplan.programmes.casestate import CaseState, CaseStates


@overload
def case_register(
    cases: Cases,
    events: CaseEvents,
    rule: CaseRule,
    *,
    as_of: Any,
    calendar: Calendar,
    known_on: Any = None,
) -> CaseStates: ...
@overload
def case_register(
    cases: str,
    events: Sequence[CaseEvent],
    rule: CaseRule,
    *,
    as_of: Any,
    calendar: Calendar,
    known_on: Any = None,
) -> CaseState: ...
def case_register(
    cases: Cases | str,
    events: CaseEvents | Sequence[CaseEvent],
    rule: CaseRule,
    *,
    as_of: Any,
    calendar: Calendar,
    known_on: Any = None,
) -> CaseStates | CaseState:
    """Where cases stand on a day, from everything that happened to them up to it.

    Events of one case come in the order of their days; of one day those without a time come first, by kind
    (in the order of :data:`CASE_KINDS`), the others in the order in which they happened, wherever that was;
    what is left by
    reference. The order in which events are given doesn't matter. A reversal takes an event out as if it had
    never been in the list; its own day, which isn't before that of the event, changes nothing. An event that
    can't be, or may not come in the stage that its case is in, is left out and listed with its code; every
    other event counts. Of two with one reference the one that was booked first counts.

    An application that is received outside the rule's window is refused on that day. An offer whose last
    day is over has expired on the day after. Of several cases of the same applicant and contract that were
    received in the window, all but the first (of one day, the one whose id sorts first) are called
    duplicates; nothing is done about them. Months end on the day of the month of signing, which is the last
    of them; one that was over before the day asked for, or before the day on which the case was closed, and
    has no review in it, was missed.

    Parameters
    ----------
    cases
        A batch; or, for one, what it is called.
    events
        Of a batch :class:`CaseEvents`; of one :class:`CaseEvent` s.
    rule
        Stages, steps, time allowed, needs, lists, window.
    as_of
        The day.
    calendar
        Whose working days count.
    known_on
        Only events booked up to this day are looked at: what was known then. None: all.

    Returns
    -------
    :class:`CaseStates`, or :class:`CaseState` of one.

    Raises
    ------
    InputError
        A day that isn't one, or that the calendar doesn't cover; an event of no case.

    Examples
    --------
    >>> from repayplan.basics.calendars import WEEKENDS
    >>> rule = CaseRule.example("negotiated-repayment")
    >>> came = CaseEvent(kind="received", at="2026-03-02", reference="1", channel="branch")
    >>> state = case_register("A-7", [came], rule, as_of="2026-03-10", calendar=WEEKENDS)
    >>> state.stage.en, state.working_days["received"], str(state.due_by), state.late_by, state.next_step
    ('received', 6, '2026-03-09', 1, 'completed')
    >>> print(state.reasons[0].text())
    the stage (received) was to end by 2026-03-09; working days too late: 1
    """
    one_rule("rule", rule, CaseRule)
    one_rule("calendar", calendar, Calendar)
    if isinstance(cases, Cases):
        if not isinstance(events, CaseEvents):
            raise InputError(Code.UNKNOWN_VALUE, "events", type(events).__name__, "CaseEvents, for a batch")
        return CaseReplay.of(cases, events, rule, as_of, known_on, calendar).states()
    said("cases", cases)
    batch = CaseEvents.of(events) if not isinstance(events, CaseEvents) else events
    alone = Cases.from_columns(id=[cases])
    states = CaseReplay.of(alone, batch, rule, as_of, known_on, calendar).states()
    return replace(states.one(0), refused_events=tuple(states.refused_events))
