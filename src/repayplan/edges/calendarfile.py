"""What is to come of an account as a calendar that other programs read: iCalendar, RFC 5545."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from typing import Any

from repayplan.ability.figures import day, whole
from repayplan.accounts.agenda import AgendaEntry
from repayplan.basics.errors import Code, InputError, Language, which
from repayplan.edges.frames import need
from repayplan.offers.hardship import said

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
    said("reference", reference)
    for name, text in (("reference", reference), ("title", title)):
        if not text.isprintable():
            raise InputError(Code.UNKNOWN_VALUE, name, text, "text of one line")
    whole("sequence", sequence, 0, 2**31 - 1, "files")
    place, known = which(language), day("as_of", as_of)
    library = need("icalendar", "ics")
    calendar = library.Calendar()
    calendar.add("prodid", f"-//{_MARK}//{_MARK}//{language.upper()}")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", title or reference)
    stamp = datetime.combine(known, time(), UTC)
    for entry in entries:
        event = library.Event()
        event.add("uid", _uid(reference, entry))
        event.add("dtstamp", stamp)
        event.add("sequence", sequence)
        event.add("dtstart", entry.day)
        summary = _TITLES[entry.kind][place] + (": ", "：")[place] + entry.reason.text(language)
        event.add("summary", summary, {"language": language})
        event.add("categories", [_TITLES[entry.kind][place]])
        event.add("class", "PRIVATE")
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    out: bytes = calendar.to_ical()
    return out


def _uid(reference: str, entry: AgendaEntry) -> str:
    """Of a reminder, of what it reminds too: of one day there may be two."""
    about = f"-{entry.reason.limit}" if isinstance(entry.reason.limit, date) else ""
    return f"{entry.kind}-{entry.day}{about}-{reference}@{_MARK}"
