"""What happens to an application: an append-only list, as that of an account, from intake to closing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from repayplan.ability.figures import texts, values
from repayplan.basics.arguments import one_date, row_numbers
from repayplan.basics.columns import Screen, beside
from repayplan.basics.dates import Days
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Failures, Ints, any_of
from repayplan.offers.hardship import said
from repayplan.programmes.caseclock import (
    DAY_SECONDS,
    EPOCH,
    NO_CLOCK,
    NO_INSTANT,
    SECOND,
    instants,
    moment_of,
)
from repayplan.programmes.cases import Cases, Names, names_in, references, rows_of
from repayplan.programmes.casestages import CASE_KIND_INDEX, CaseKind

WITH_CHANNEL = ("received", "contact")
_NEVER = np.datetime64("NaT", "D")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEvent:
    """One thing that happened to one application.

    Parameters
    ----------
    kind
        One of :data:`CASE_KINDS`.
    at
        The day, or a time with its offset from UTC: then the day is that of the place whose offset it is,
        and events of one day come in the order in which they happened, wherever that was.
    booked
        The day on which it became known; None: the same day.
    reference
        What it is called by, once in a case.
    channel, role
        Through what, and by whom, as the programme's rule names them; needed of what was received and of a
        contact (the channel).
    items
        What it brings, as the rule names it: documents, what was explained, what was acknowledged.
    until
        Of an offer: the last day on which it can be accepted; None: it doesn't expire by itself.
    reverses
        Of a reversal: the reference of what didn't happen after all; of its day, or of one before.
    moment
        The time, where one is known; ``at`` may be given as it.

    Raises
    ------
    InputError
        Something is missing, isn't known or belongs to another kind; a time without an offset; an offer that
        ends before it is made.

    Examples
    --------
    >>> told = CaseEvent(kind="contact", at="2026-03-02T16:30:00+08:00", reference="7", channel="telephone")
    >>> told.at, told.moment.hour, told.booked
    (datetime.date(2026, 3, 2), 16, datetime.date(2026, 3, 2))
    """

    kind: CaseKind
    at: date
    booked: date | None = None
    reference: str
    channel: str | None = None
    role: str | None = None
    items: tuple[str, ...] = ()
    until: date | None = None
    reverses: str | None = None
    moment: datetime | None = None

    def __post_init__(self) -> None:
        moment = moment_of(self.at)
        if moment is not None:
            object.__setattr__(self, "at", moment.date())
        object.__setattr__(self, "at", one_date("at", self.at))
        moment = moment_of(self.moment) if moment is None else moment
        if moment is not None and moment.date() != self.at:
            raise InputError(Code.DATES_OUT_OF_ORDER, "moment", str(moment), f"a time of {self.at}")
        object.__setattr__(self, "moment", moment)
        booked = self.at if self.booked is None else one_date("booked", self.booked)
        object.__setattr__(self, "booked", booked)
        object.__setattr__(self, "items", texts("items", self.items))
        if self.until is not None:
            object.__setattr__(self, "until", one_date("until", self.until))
        for name in ("reference", "channel", "role", "reverses"):
            if getattr(self, name) is not None:
                said(name, getattr(self, name))
        for failure in CaseEvents.of([self]).failures:
            raise failure.error()

    @property
    def clock(self) -> int:
        """Seconds of the day; -1 where no time is known."""
        if self.moment is None:
            return NO_CLOCK
        return self.moment.hour * 3600 + self.moment.minute * 60 + self.moment.second

    @property
    def instant(self) -> int | None:
        """The time everywhere: microseconds since 1970 began in UTC; None where no time is known."""
        return None if self.moment is None else (self.moment - EPOCH) // timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class CaseEvents:
    """Many of the same, in any order.

    Attributes
    ----------
    case
        int64; the row of the case that each is about.
    kind
        int64; index into :data:`CASE_KINDS`.
    at, booked, until
        datetime64[D]; ``until`` is NaT where there is none.
    clock
        int64 seconds of the day; -1 where no time is known.
    instant
        int64; what events of one day are ordered by: microseconds since 1970 began in UTC, or at the place
        of all clocks where only they are given; the lowest number where no time is known.
    reference, reverses
        str, or int64 where they were given so.
    channel, role, items
        Distinct names, and which of them each has; ``items`` are lists, their names separated by commas.
    failures
        Events that can't be, by their row: the register leaves them out.

    Examples
    --------
    >>> events = CaseEvents.from_columns(
    ...     case=[0, 0],
    ...     kind=["received", "completed"],
    ...     at=["2026-03-02", "2026-03-40"],
    ...     reference=[1, 2],
    ...     channel=["branch", ""],
    ... )
    >>> [(f.row, f.code.value, f.field) for f in events.failures]
    [(1, 'not_a_date', 'at')]
    """

    case: Ints
    kind: Ints
    at: Days
    clock: Ints
    instant: Ints
    booked: Days
    until: Days
    reference: npt.NDArray[Any]
    reverses: npt.NDArray[Any]
    channel: Names
    role: Names
    items: Names
    failures: Failures

    def __len__(self) -> int:
        return len(self.case)

    @classmethod
    def from_columns(
        cls,
        *,
        case: Any,
        kind: Any,
        at: Any,
        reference: Any,
        clock: Any = None,
        instant: Any = None,
        booked: Any = None,
        channel: Any = "",
        role: Any = "",
        items: Any = "",
        until: Any = None,
        reverses: Any = None,
        cases: Cases | None = None,
    ) -> CaseEvents:
        """Events from columns, each with a value for every event or one for all.

        Parameters
        ----------
        case
            Row numbers of cases, or their ids where ``cases`` are given.
        kind, at, reference, booked, channel, role, until, reverses
            As of a :class:`CaseEvent`, ``at`` as a day; empty cells where an event has no such thing.
        clock
            Seconds of the day; None, or empty cells: no time is known. All of one place, unless there are
            instants.
        instant
            Microseconds since 1970 began in UTC, for events of places with other offsets, or of parts of a
            second; None, or empty cells: what ``clock`` says.
        items
            Text; names separated by commas.
        cases
            Whose ids ``case`` has.

        Raises
        ------
        InputError
            A ``case`` that is no row number, or an id of none of the cases.
        """
        of = row_numbers("case", case) if cases is None else rows_of(case, cases)
        size = len(of)
        screen = Screen(size)
        kinds = screen.choice("kind", kind, CASE_KIND_INDEX)
        days = screen.date("at", at)
        seconds = np.full(size, NO_CLOCK)
        if clock is not None:
            seconds = screen.count("clock", clock, NO_CLOCK, DAY_SECONDS - 1, default=NO_CLOCK)
        local = days.astype(np.int64) * DAY_SECONDS + seconds
        when = np.where(seconds == NO_CLOCK, NO_INSTANT, local * SECOND)
        if instant is not None:
            when = instants(instant, when, days, screen)
        known = days if booked is None else screen.date("booked", booked, default=days)
        last = screen.date("until", until, default=np.full(size, _NEVER))
        called, undone = references(reference, screen), references(reverses, screen)
        if called.dtype.kind == "U":
            screen.fault(called == "", Code.MISSING, "reference")
        through, by, brings = (names_in(each, screen) for each in (channel, role, items))
        asks = np.isin(kinds, [CASE_KIND_INDEX[name] for name in WITH_CHANNEL])
        if any_of(through.names == ""):
            screen.fault(asks & (through.names == "")[through.of], Code.MISSING, "channel")
        undoes = kinds == CASE_KIND_INDEX["reversal"]
        given = undone != "" if undone.dtype.kind == "U" else np.ones(size, np.bool_)
        if undone.dtype.kind == "U" or any_of(undoes):
            screen.fault(undoes & ~given, Code.MISSING, "reverses")
        if undone.dtype.kind == "U":
            screen.fault(~undoes & given, Code.UNKNOWN_VALUE, "reverses", "", "of a reversal only")
        offers = kinds == CASE_KIND_INDEX["offer_made"]
        screen.fault(~offers & ~np.isnat(last), Code.UNKNOWN_VALUE, "until", "", "of offer_made only")
        screen.fault(last < days, Code.DATES_OUT_OF_ORDER, "until", last, beside(">=", days))
        return cls(
            case=of,
            kind=kinds,
            at=days,
            clock=seconds,
            instant=when,
            booked=known,
            until=last,
            reference=called,
            reverses=undone,
            channel=through,
            role=by,
            items=brings,
            failures=screen.failures(),
        )

    @classmethod
    def from_frame(
        cls,
        frame: Any,
        *,
        columns: Mapping[str, str] | None = None,
        cases: Cases | None = None,
        extra: Literal["refuse", "ignore"] = "refuse",
        **given: Any,
    ) -> CaseEvents:
        """Reads a frame of any kind, as :meth:`repayplan.Loans.from_frame` does.

        Parameters
        ----------
        frame
            A row an event; its columns are called as :meth:`from_columns` calls the fields.
        columns, extra
            As for loans.
        cases
            Whose ids the column ``case`` has; None: it has row numbers.
        given
            Fields of one value for all events.

        Raises
        ------
        FrameError
            A column is missing, is nobody's, is there twice, or can't be its field; an event of no case.
        ImportError
            narwhals (extra ``frames``) or pyarrow (extra ``arrow``) isn't installed.

        Examples
        --------
        >>> import pyarrow
        >>> came = pyarrow.table({"case": ["b", "a"], "at": [date(2026, 3, 3), date(2026, 3, 2)]})
        >>> cases = Cases.from_columns(id=["a", "b"])
        >>> CaseEvents.from_frame(came, cases=cases, kind="received", channel="app", reference=1).case
        array([1, 0])
        """
        from repayplan.edges.framefields import case_events_from

        return case_events_from(frame, columns=columns, cases=cases, extra=extra, **given)

    @classmethod
    def of(cls, events: Sequence[CaseEvent]) -> CaseEvents:
        """The events of one case.

        Raises
        ------
        InputError
            Something else among them.
        """
        given: Any = events
        given = list(given) if isinstance(given, Iterable) else given
        events = values("events", given, CaseEvent, "CaseEvents of one case", some=False)
        names = ("kind", "at", "booked", "reference", "until", "channel", "role", "reverses")
        columns: dict[str, Any] = {name: [getattr(event, name) for event in events] for name in names}
        return cls.from_columns(
            case=np.zeros(len(events), np.int64),
            clock=np.array([event.clock for event in events], np.int64),
            instant=[event.instant for event in events],
            items=[",".join(event.items) for event in events],
            **columns,
        )
