"""Everything about one case as one value: what was given, decided and done, and how long it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from repayplan.ability.figures import day, decimal, values, whole
from repayplan.ability.household import Household
from repayplan.ability.obligor import Obligor
from repayplan.accounts.agreement import Agreement
from repayplan.accounts.clauses import one_line
from repayplan.accounts.event import Event
from repayplan.accounts.signing import Signed
from repayplan.basics.calendars import WEEKENDS, Calendar
from repayplan.basics.errors import Code, InputError
from repayplan.edges.casedata import as_data, from_data
from repayplan.edges.filenames import NAME_RULE, is_file_name
from repayplan.edges.retention import Retention
from repayplan.offers.hardship import one
from repayplan.offers.menu import NO_WISHES, USUAL
from repayplan.offers.offer import Infeasible, Offer
from repayplan.offers.policy import Policy
from repayplan.offers.strategy import Lattice
from repayplan.offers.wishes import Wishes
from repayplan.plans.loan import Loan
from repayplan.plans.yearly import Year
from repayplan.programmes.caseevent import CaseEvent
from repayplan.programmes.caserule import CaseRule
from repayplan.reviews.application import Application
from repayplan.reviews.assessment import Review
from repayplan.reviews.record import Record

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewInputs:
    """What one review was made of.

    Parameters
    ----------
    application
        As it was then.
    loan, household
        As they were then; None: those of the case.

    Raises
    ------
    InputError
        Something else.

    Examples
    --------
    >>> asked = Application(id="A-17", hardship="illness", applied_on="2026-03-02")
    >>> before = Household(net_income="2600")  # evidence that came later showed another income
    >>> ReviewInputs(application=asked, household=before).loan is None
    True
    """

    application: Application
    loan: Loan | None = None
    household: Household | tuple[Obligor, ...] | None = None

    def __post_init__(self) -> None:
        same(self, "application", Application)
        same(self, "loan", Loan)
        same(self, "household", Household, Obligor)


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuChoice:
    """Which plan of a :func:`~repayplan.menu` was chosen.

    Parameters
    ----------
    number
        Of the alternative, from 0.
    wishes, lattice, rate, year
        As they were given to :func:`~repayplan.menu`.

    Raises
    ------
    InputError
        A number or a rate that can't be one.

    Examples
    --------
    >>> MenuChoice(number=2, wishes=Wishes(at_most="900"), lattice=Lattice(lengths=12)).wishes.named
    ('at_most',)
    """

    number: int
    wishes: Wishes = NO_WISHES
    lattice: Lattice = USUAL
    rate: Decimal | None = None
    year: Year = "365 days"

    def __post_init__(self) -> None:
        whole("choice.number", self.number, 0, 10**6, "alternatives, counted from 0")
        one("choice.wishes", self.wishes, Wishes)
        one("choice.lattice", self.lattice, Lattice)
        if self.rate is not None:
            object.__setattr__(self, "rate", decimal("choice.rate", self.rate, most=10))


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """Everything about one case. All but the first three may be missing, unless something follows from it.

    Values that can be written in several ways (amounts as text or numbers) are kept as they are given.

    Parameters
    ----------
    id
        What the case is called.
    as_of
        The day of the archive: where the account stands, and the case, is worked out for it.
    retention
        How long it is kept.
    loan, household, policy
        What the plan is made of; several households are a tuple of :class:`~repayplan.Obligor`.
    reviews
        What each review of the record was made of, in their order: an :class:`~repayplan.Application`, or
        :class:`ReviewInputs` where loan or household were others then.
    record
        Reviews, opinions and decisions.
    offer
        What :func:`~repayplan.propose` says of loan, household and policy; or what was chosen.
    choice
        Where the offer was chosen from a menu: how.
    accept_by, calendar
        The last day to accept, where it isn't the policy's; and which days are business days, for that and
        for the register of cases.
    signed
        The agreement, with signatures and deliveries; an :class:`~repayplan.Agreement` has none yet.
    case_rule, case_events
        What cases go through, and what happened to this one.
    account_events
        What happened to the account since.
    documents
        Files by name, as bytes or as text (UTF-8): whatever was handed in or handed over.

    Raises
    ------
    InputError
        Naming the field: something else than is needed, what something follows from is missing, a calendar or
        day count that is no data, a document's name that isn't one on every system.

    Examples
    --------
    >>> import repayplan as rp
    >>> file = CaseFile(
    ...     id="A-17",
    ...     as_of="2026-03-05",
    ...     retention=Retention(until="2036-12-31", source="the lender's rules on files"),
    ...     documents={"note.txt": "came to the branch"},
    ... )
    >>> file.documents["note.txt"]
    b'came to the branch'
    """

    id: str
    as_of: date
    retention: Retention
    loan: Loan | None = None
    household: Household | tuple[Obligor, ...] | None = None
    policy: Policy | None = None
    reviews: tuple[ReviewInputs, ...] = ()
    record: Record | None = None
    offer: Offer | Infeasible | None = None
    choice: MenuChoice | None = None
    accept_by: date | None = None
    calendar: Calendar = WEEKENDS
    signed: Signed | None = None
    case_rule: CaseRule | None = None
    case_events: tuple[CaseEvent, ...] = ()
    account_events: tuple[Event, ...] = ()
    documents: Mapping[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        one_line("id", self.id)
        object.__setattr__(self, "as_of", day("as_of", self.as_of))
        one("retention", self.retention, Retention)
        if self.accept_by is not None:
            object.__setattr__(self, "accept_by", day("accept_by", self.accept_by))
        made: object = self.signed
        if isinstance(made, Agreement):
            object.__setattr__(self, "signed", Signed(agreement=made))
        for name, kinds in _KINDS.items():
            found = getattr(self, name)
            if found is not None and not isinstance(found, kinds):
                rule = f"{' or '.join(kind.__name__ for kind in kinds)} is needed here"
                raise InputError(Code.UNKNOWN_VALUE, name, type(found).__name__, rule)
        same(self, "loan", Loan)
        same(self, "household", Household, Obligor)
        listed: Any = self.reviews
        if isinstance(listed, (tuple, list)):
            listed = [ReviewInputs(application=x) if isinstance(x, Application) else x for x in listed]
        listed = values("reviews", listed, ReviewInputs, "Applications or ReviewInputs", some=False)
        object.__setattr__(self, "reviews", listed)
        for name, kind in (("case_events", CaseEvent), ("account_events", Event)):
            listed = values(name, getattr(self, name), kind, f"{kind.__name__} s", some=False)
            # Events hold nothing as it was given, but for households.
            listed = tuple(
                each if getattr(each, "household", None) is None else _as_read(each, kind, f"{name}[{i}]")
                for i, each in enumerate(listed)
            )
            object.__setattr__(self, name, listed)
        as_data(self.calendar, "calendar")
        object.__setattr__(self, "documents", _documents(self.documents))
        self._complete()

    def _complete(self) -> None:
        """InputError where something is there and what it follows from isn't."""
        needs = {
            "record": ("loan", "household", "policy", "reviews"),
            "offer": ("loan", "household", "policy"),
            "choice": ("offer",),
            "accept_by": ("signed",),
            "signed": ("offer",),
            "case_events": ("case_rule",),
            "account_events": ("signed",),
        }
        for name, needed in needs.items():
            if not getattr(self, name):
                continue
            for each in needed:
                if not getattr(self, each):
                    raise InputError(Code.MISSING, each, None, f"{name} can't be worked out without it")
        if self.record is not None:
            made = [entry for entry in self.record.entries if isinstance(entry, Review)]
            if len(made) != len(self.reviews):
                rule = f"as many as the record has reviews: {len(made)}"
                raise InputError(Code.OUT_OF_RANGE, "reviews", len(self.reviews), rule)


_KINDS: dict[str, tuple[type[Any], ...]] = {
    "policy": (Policy,),
    "record": (Record,),
    "offer": (Offer, Infeasible),
    "choice": (MenuChoice,),
    "calendar": (Calendar,),
    "signed": (Signed,),
    "case_rule": (CaseRule,),
}


def same(of: Any, name: str, *kinds: type[Any]) -> None:
    """Gives a field the value that its data reads as: an archive that is read back has an equal one.

    Raises
    ------
    InputError
        It isn't of one of these kinds, or data can't say it.
    """
    given = getattr(of, name)
    if given is None:
        return
    each = given if isinstance(given, (tuple, list)) else (given,)
    if not all(isinstance(item, kinds) for item in each):
        rule = f"{' or '.join(kind.__name__ for kind in kinds)} is needed here"
        raise InputError(Code.UNKNOWN_VALUE, name, type(given).__name__, rule)
    object.__setattr__(of, name, _as_read(given, (*kinds, tuple), name))


def _as_read(value: Any, kind: Any, name: str) -> Any:
    """The value that another's data reads as."""
    return from_data(as_data(value, name), kind, name)


def _documents(given: Any) -> dict[str, bytes]:
    if not isinstance(given, Mapping):
        raise InputError(Code.UNKNOWN_VALUE, "documents", type(given).__name__, "bytes or text by name")
    found: dict[str, bytes] = {}
    seen: dict[str, str] = {}
    for name, content in sorted(given.items(), key=lambda item: str(item[0])):
        if not is_file_name(name):
            raise InputError(Code.UNKNOWN_VALUE, "documents", name, NAME_RULE)
        # Some systems take two names for one that differ in case only.
        if (other := seen.setdefault(name.casefold(), name)) != name:
            raise InputError(Code.DUPLICATE, "documents", name, f"some systems take it for {other}")
        if not isinstance(content, (bytes, str)):
            raise InputError(Code.UNKNOWN_VALUE, f"documents.{name}", type(content).__name__, "bytes or text")
        found[name] = content.encode() if isinstance(content, str) else content
    return found
