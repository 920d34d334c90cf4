"""What is to come of an account or a programme, as a calendar for other programs: iCalendar, RFC 5545."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from repayplan.ability.figures import day, one_rule, whole
from repayplan.accounts.agenda import AgendaEntry
from repayplan.basics.errors import Code, InputError, Language, which
from repayplan.edges.frames import need
from repayplan.offers.hardship import said
from repayplan.programmes.phases import PHASES
from repayplan.programmes.timetable import Timetable

_TITLES = {
    "due": ("Instalment due", "还款日"),
    "reminder": ("Reminder", "还款提醒"),
    "review": ("Review", "账户复核"),
}
_MARK = "repayplan"


def agenda_calendar(
    entries: Iterable[AgendaEntry],
    *,
    reference: str,
    as_of: Any,
    title: str = "",
    sequence: int = 0,
    language: Language = "en",
) -> bytes:
    """An iCalendar file (``.ics``) of what :func:`~repayplan.agenda` says of an account.

    Each entry is an event of a whole day that takes no time of anybody's. The same reference, kind and days
    give the same UID in every file, so that a calendar program puts a newer file in the place of an older
    one; entries that are gone stay where they were until they are deleted there.

    Parameters
    ----------
    entries
        Of one account.
    reference
        What the account is called: part of every UID, never twice.
    as_of
        The day of the statement, the stamp of every event.
    title
        What the calendar is called; "": as the reference.
    sequence
        The number of the file, more than that of each before.
    language
        ``"en"`` or ``"zh"``.

    Returns
    -------
    UTF-8, lines ended by CRLF and folded at 75 octets.

    Raises
    ------
    InputError
        A reference that says nothing, or holds control characters; a day or language that isn't one.
    ImportError
        The extra ``ics`` isn't installed.
    """
    place, calendar, stamp = _opened(reference, as_of, title, sequence, language)
    for entry in entries:
        _add(
            calendar,
            stamp,
            sequence,
            language,
            uid=_uid(reference, entry),
            begins=entry.day,
            summary=_TITLES[entry.kind][place] + (": ", "：")[place] + entry.reason.text(language),
            category=_TITLES[entry.kind][place],
        )
    out: bytes = calendar.to_ical()
    return out


def programme_calendar(
    timetable: Timetable,
    *,
    reference: str,
    title: str = "",
    sequence: int = 0,
    language: Language = "en",
) -> bytes:
    """An iCalendar file (``.ics``) of a programme: its phases, and the days by which its tasks are due.

    A phase is an event of all of its days; a task one of the day by which it is due. Tasks that are done are
    left out. The same reference and name give the same UID in every file: where a phase was moved, a newer
    file puts it on its new days.

    Parameters
    ----------
    timetable
        Its day is the stamp of every event.
    reference
        What the programme is called: part of every UID, never twice.
    title
        What the calendar is called; "": as the programme.
    sequence, language
        As of :func:`agenda_calendar`.

    Returns
    -------
    UTF-8, lines ended by CRLF and folded at 75 octets.

    Raises
    ------
    InputError
        A reference that says nothing, or holds control characters; a language that isn't one.
    ImportError
        The extra ``ics`` isn't installed.
    """
    one_rule("timetable", timetable, Timetable)
    title = title or timetable.programme.title(language)
    place, calendar, stamp = _opened(reference, timetable.as_of, title, sequence, language)
    for line in timetable.phases:
        name = PHASES[line.name][place]
        _add(
            calendar,
            stamp,
            sequence,
            language,
            uid=f"phase-{line.name}-{reference}@{_MARK}",
            begins=line.begins,
            ends=line.ends,
            summary=_owned(name, line.owners[place], place),
            category=name,
        )
    for task in timetable.tasks:
        if task.done is None:
            _add(
                calendar,
                stamp,
                sequence,
                language,
                uid=f"task-{task.name}-{reference}@{_MARK}",
                begins=task.due,
                summary=_owned((task.en, task.zh)[place], task.owners[place], place),
                category=PHASES[task.phase][place],
            )
    out: bytes = calendar.to_ical()
    return out


def _owned(name: str, owner: str, place: int) -> str:
    return f"{name}（{owner}）" if place else f"{name} ({owner})"


def _opened(
    reference: str, as_of: Any, title: str, sequence: int, language: Language
) -> tuple[int, Any, datetime]:
    """The place of the language, a calendar without events, and their stamp."""
    said("reference", reference)
    for name, text in (("reference", reference), ("title", title)):
        if not text.isprintable():
            raise InputError(Code.UNKNOWN_VALUE, name, text, "text of one line")
    whole("sequence", sequence, 0, 2**31 - 1, "files")
    place, known = which(language), day("as_of", as_of)
    calendar = need("icalendar", "ics").Calendar()
    calendar.add("prodid", f"-//{_MARK}//{_MARK}//{language.upper()}")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", title or reference)
    return place, calendar, datetime.combine(known, time(), UTC)


def _add(
    calendar: Any,
    stamp: datetime,
    sequence: int,
    language: Language,
    *,
    uid: str,
    begins: date,
    ends: date | None = None,
    summary: str,
    category: str,
) -> None:
    """An event of whole days that takes no time of anybody's."""
    event = need("icalendar", "ics").Event()
    event.add("uid", uid)
    event.add("dtstamp", stamp)
    event.add("sequence", sequence)
    event.add("dtstart", begins)
    if ends is not None:
        event.add("dtend", ends + timedelta(days=1))  # the day after the last one, RFC 5545, 3.6.1
    event.add("summary", summary, {"language": language})
    event.add("categories", [category])
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT")
    calendar.add_component(event)


def _uid(reference: str, entry: AgendaEntry) -> str:
    """Of a reminder, of what it reminds too: of one day there may be two."""
    about = f"-{entry.reason.limit}" if isinstance(entry.reason.limit, date) else ""
    return f"{entry.kind}-{entry.day}{about}-{reference}@{_MARK}"
