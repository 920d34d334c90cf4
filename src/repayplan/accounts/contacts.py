"""Contacts that were made with borrowers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from repayplan.ability.figures import one_of, one_text, values
from repayplan.accounts.collectionrule import CHANNELS
from repayplan.basics.arguments import flags_of, one_date, row_numbers, same_length
from repayplan.basics.columns import Screen
from repayplan.basics.dates import Days
from repayplan.basics.errors import Code, InputError
from repayplan.basics.outcome import Bools, Failures, Ints

_CHANNELS = ", ".join(CHANNELS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One time that the borrower was contacted, or that it was tried.

    Parameters
    ----------
    day, channel
        When, and by what: one of :data:`CHANNELS`.
    step
        The name of the step that it was; None: another one.
    conversation
        The borrower was spoken to.

    Raises
    ------
    InputError
        No date, a channel that isn't known, a step that isn't text, a ``conversation`` that isn't bool.
    """

    day: date
    channel: str
    step: str | None = None
    conversation: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "day", one_date("contacts.day", self.day))
        one_of("contacts.channel", self.channel, CHANNELS)
        if self.step is not None:
            one_text("contacts.step", self.step)
        spoken: object = self.conversation
        if not isinstance(spoken, bool):
            raise InputError(Code.UNKNOWN_VALUE, "contacts.conversation", spoken, "True or False")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Contacts:
    """Many of the same, in any order.

    Attributes
    ----------
    account
        int64; the row of the account that each is about.
    day
        datetime64[D].
    channel, step
        str; ``step`` is empty where a contact was none.
    conversation
        bool.
    failures
        Contacts that can't be, by their row.
    """

    account: Ints
    day: Days
    channel: npt.NDArray[np.str_]
    step: npt.NDArray[np.str_]
    conversation: Bools
    failures: Failures

    def __len__(self) -> int:
        return len(self.account)

    @classmethod
    def from_columns(
        cls, *, account: Any, day: Any, channel: Any, step: Any = "", conversation: Any = False
    ) -> Contacts:
        """Contacts from columns, each with a value for every contact or one for all.

        Parameters
        ----------
        account
            Row numbers of accounts.
        day, channel, step, conversation
            As of a :class:`Contact`; an empty ``step`` where it was none.

        Raises
        ------
        InputError
            An ``account`` that is no row number; ``conversation`` isn't bool; a column of another length.
        """
        of = row_numbers("account", account)
        size = len(of)
        same_length(size, day=day, channel=channel, step=step, conversation=conversation)
        screen = Screen(size)
        days = screen.date("day", day)
        channels = screen.text(channel)
        screen.fault(channels == "", Code.MISSING, "channel")
        screen.fault(~np.isin(channels, CHANNELS), Code.UNKNOWN_VALUE, "channel", channels, _CHANNELS)
        spoken = flags_of("conversation", conversation, size)
        return cls(
            account=of,
            day=days,
            channel=channels,
            step=screen.text(step),
            conversation=spoken,
            failures=screen.failures(),
        )

    @classmethod
    def of(cls, contacts: Sequence[Contact]) -> Contacts:
        """The contacts of one account.

        Raises
        ------
        InputError
            Something else among them.
        """
        given: Any = contacts
        given = list(given) if isinstance(given, Iterable) else given
        contacts = values("contacts", given, Contact, "Contacts of one account", some=False)
        return cls.from_columns(
            account=np.zeros(len(contacts), np.int64),
            day=[each.day for each in contacts],
            channel=[each.channel for each in contacts],
            step=["" if each.step is None else each.step for each in contacts],
            conversation=np.array([each.conversation for each in contacts], np.bool_),
        )
