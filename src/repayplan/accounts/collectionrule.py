"""How what is past due is asked for: steps by days past due, and how often and when anybody is contacted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, time
from itertools import pairwise

from repayplan.ability.figures import each_once, one_of, texts, values, whole
from repayplan.basics.errors import Code, InputError
from repayplan.offers.hardship import said

_CLOCK = re.compile(r"\d\d:\d\d")
CHANNELS = ("call", "message", "email", "letter", "app", "visit", "other")
"""By what a borrower is contacted: by telephone, by a text or chat message, in writing, in person. A closed
list: a limit on a channel that is written in two ways would count half of the contacts."""
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionStep:
    """One step, taken once while something is past due.

    Parameters
    ----------
    name
        What it is called by.
    from_days
        Days past due from which it is taken.
    channel
        By what the borrower is contacted: one of :data:`CHANNELS`.
    repeat_days
        It is taken again after so many days, until the next step's turn; None: once.
    en, zh
        What is done, for people.

    Raises
    ------
    InputError
        A text that says nothing, a channel that isn't known, days out of range.
    """

    name: str
    from_days: int
    channel: str
    repeat_days: int | None = None
    en: str
    zh: str

    def __post_init__(self) -> None:
        for key in ("name", "en", "zh"):
            said(f"collection.steps.{key}", getattr(self, key))
        one_of("collection.steps.channel", self.channel, CHANNELS)
        whole("collection.steps.from_days", self.from_days, 1, 3_660, "days")
        if self.repeat_days is not None:
            whole("collection.steps.repeat_days", self.repeat_days, 1, 3_660, "days")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactLimit:
    """How often the borrower may be contacted through some channels.

    Parameters
    ----------
    channels
        Contacts through any of these count together.
    at_most, in_days
        No more than so many in so many days, the day of the contact among them.
    after_conversation
        None within so many days after one in which the borrower was spoken to, that day among them.

    Raises
    ------
    InputError
        No channel, one twice or one that isn't known; neither limit, or half of the first; a number out of
        range.
    """

    channels: tuple[str, ...]
    at_most: int | None = None
    in_days: int | None = None
    after_conversation: int | None = None

    def __post_init__(self) -> None:
        channels = texts("collection.limits.channels", self.channels)
        if not channels:
            raise InputError(Code.MISSING, "collection.limits.channels", None, "at least one channel")
        for i, each in enumerate(channels):
            one_of(f"collection.limits.channels[{i}]", each, CHANNELS)
        each_once("collection.limits.channels", channels, "each channel once")
        object.__setattr__(self, "channels", channels)
        if self.at_most is None and self.after_conversation is None:
            raise InputError(Code.MISSING, "collection.limits.at_most", None, "this or after_conversation")
        if (self.at_most is None) != (self.in_days is None):
            name = "at_most" if self.at_most is None else "in_days"
            raise InputError(Code.MISSING, f"collection.limits.{name}", None, "at_most and in_days together")
        for name, most in (("at_most", 1_000), ("in_days", 3_660), ("after_conversation", 3_660)):
            if getattr(self, name) is not None:
                whole(f"collection.limits.{name}", getattr(self, name), 1, most, "whole")


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionRule:
    """Steps by days past due, and the limits that they keep to.

    Parameters
    ----------
    steps
        From the first to the last, ``from_days`` rising.
    limits
        On contacts; none: there are none.
    earliest, latest
        The time of day, where the borrower is, from which and until which anybody is contacted: ``"08:00"``.
    quiet_weekdays, quiet_dates
        Days on which nobody is contacted.
    source
        Where the limits are written.

    Raises
    ------
    InputError
        No step, one twice or out of order; a time, weekday or date that can't be; every weekday is quiet.

    Examples
    --------
    >>> rule = CollectionRule.example("us-regulation-f")
    >>> rule.limits[0].at_most, rule.limits[0].in_days, rule.earliest
    (7, 7, '08:00')
    """

    steps: tuple[CollectionStep, ...]
    limits: tuple[ContactLimit, ...] = ()
    earliest: str = "00:00"
    latest: str = "23:59"
    quiet_weekdays: tuple[str, ...] = ()
    quiet_dates: tuple[date, ...] = ()
    source: str

    def __post_init__(self) -> None:
        steps = values("collection.steps", self.steps, CollectionStep, "CollectionStep s")
        for before, after in pairwise(steps):
            if after.from_days <= before.from_days:
                rule = f"more than {before.from_days}, of the step before"
                raise InputError(Code.OUT_OF_RANGE, "collection.steps.from_days", after.from_days, rule)
        each_once("collection.steps.name", [each.name for each in steps], "each step once")
        object.__setattr__(self, "steps", steps)
        limits = values("collection.limits", self.limits, ContactLimit, "ContactLimit s", some=False)
        object.__setattr__(self, "limits", limits)
        first, last = (_time(f"collection.{name}", getattr(self, name)) for name in ("earliest", "latest"))
        if last <= first:
            raise InputError(
                Code.OUT_OF_RANGE, "collection.latest", self.latest, f"later than {self.earliest}"
            )
        days = values("collection.quiet_weekdays", self.quiet_weekdays, str, "weekdays", some=False)
        for each in days:
            one_of("collection.quiet_weekdays", each, WEEKDAYS)
        if len(set(days)) == len(WEEKDAYS):
            shown = ", ".join(days)
            raise InputError(Code.OUT_OF_RANGE, "collection.quiet_weekdays", shown, "not all of them")
        object.__setattr__(self, "quiet_weekdays", days)
        dates = values("collection.quiet_dates", self.quiet_dates, date, "dates", some=False)
        object.__setattr__(self, "quiet_dates", dates)
        said("collection.source", self.source)

    @property
    def hours(self) -> tuple[time, time]:
        """The earliest and the latest time of day."""
        return time.fromisoformat(self.earliest), time.fromisoformat(self.latest)

    @classmethod
    def example(cls, name: str) -> CollectionRule:
        """Published limits with steps that are an example: ``"us-regulation-f"``.

        Raises
        ------
        InputError
            There is none of that name.
        """
        one_of("name", name, _EXAMPLES)
        return _EXAMPLES[name]


def _time(name: str, value: object) -> time:
    try:
        if not isinstance(value, str) or not _CLOCK.fullmatch(value):
            raise ValueError
        return time.fromisoformat(value)
    except ValueError:
        raise InputError(Code.UNKNOWN_VALUE, name, value, "a time of day, HH:MM") from None


_EXAMPLES = {
    "us-regulation-f": CollectionRule(
        steps=(
            CollectionStep(
                name="reminder", from_days=1, channel="message", en="a reminder by message", zh="短信提醒"
            ),
            CollectionStep(
                name="call",
                from_days=5,
                channel="call",
                repeat_days=3,
                en="a telephone call",
                zh="电话沟通",
            ),
            CollectionStep(
                name="letter", from_days=30, channel="letter", en="a written demand", zh="书面催告"
            ),
            CollectionStep(
                name="review", from_days=60, channel="call", en="a call to review the case", zh="电话回访评估"
            ),
        ),
        limits=(
            ContactLimit(channels=("call",), at_most=7, in_days=7),
            ContactLimit(channels=("call",), after_conversation=7),
        ),
        earliest="08:00",
        latest="21:00",
        source="Regulation F, 12 CFR 1006.14(b)(2) and 1006.6(b)(1)(i); the steps are an example",
    )
}
