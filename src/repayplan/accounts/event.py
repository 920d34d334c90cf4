"""What happens to an account: an append-only list, each with the day it counts from and the day it was known.

Nothing is ever changed or taken out of the list. What was wrong is reversed by another entry, and a reversal
by a reversal of it.

An event is checked as a column of one, and columns are made of events: the two classes stand together, and
the reader of columns is long since what may stand in one depends on the kind of event.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from repayplan.ability.figures import decimal, values
from repayplan.ability.household import Household
from repayplan.ability.households import Households
from repayplan.accounts.component import COMPONENTS, Component, components
from repayplan.accounts.eventcells import (
    frequencies_of,
    is_given,
    joining,
    of_events,
    references_of,
)
from repayplan.accounts.eventkinds import (
    HALT_REASONS,
    KEEPS,
    KIND_INDEX,
    MOST_RATE,
    NEW_PLANS,
    WHILE_FROZEN,
    WITH_AMOUNT,
    EventKind,
    HaltReason,
    Keeps,
    WhileFrozen,
)
from repayplan.basics.arguments import flags_of, one_date, one_value, row_numbers, same_length
from repayplan.basics.columns import RATE_DECIMALS, Screen, beside
from repayplan.basics.dates import Days
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import MAX_DECIMALS, minor
from repayplan.basics.outcome import Bools, Failures, Ints
from repayplan.plans.stage import Plan

_CELLS = (
    *("kind", "reference", "component", "interest", "reason"),
    *("reverses", "frequency", "keeps", "correction"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened to an account.

    Parameters
    ----------
    kind
        One of :data:`EVENT_KINDS`. ``fee`` and ``cost`` are charged, and due, on their day. ``freeze``: no
        day from its own to ``until`` is charged for being late; without an ``until`` none is charged any more
        (the borrower's death, insolvency, a dispute). ``acceleration``: the whole balance falls due
        (提前到期). ``payment_failed`` and ``review``, which keeps the household as it was found, are records
        and change nothing. ``re_age``, ``re_amortise`` and ``reschedule``: a new plan takes the place of what
        hasn't fallen due. ``rate_change``: the contract's rate is another from its day on. ``drawdown``: so
        much more is lent and joins the principal. Both leave the due dates, and are no restructure.
        ``early_repayment``: money that is to end the account (提前结清); of its day it comes after everything
        but a settlement and a write-off. Where it is no less than the payoff that the statement of that day
        has, it pays exactly that, whatever the rule of money in advance: what has fallen due, interest as it
        has accrued and the ``rebate`` of the terms leaves it, fees of periods that have begun, and all
        principal, less what was kept before. The account is closed with zero; what is above it is kept. Where
        it is less, it ends nothing: it is a payment, and ``short`` of the statement says what it lacks. A
        charge for repaying early is a ``fee`` of the day. ``settlement``: what was paid is enough, the rest
        is given up. ``write_off``: the whole balance falls due and is the lender's loss; it
        stays owed, and isn't charged for any more.
    value_date
        The day from which it counts.
    booked
        The day on which it became known; None: the same day.
    amount
        Currency units, of events that have one; more than 0.
    reference
        What it is called by, once in an account.
    component
        Of a waiver: what is given up, first of what has fallen due, then of instalments to come.
    until
        Of a freeze: its last day; None: it goes on.
    interest
        Of a freeze: whether the contract's interest ``"runs"`` in its days or ``"stops"``, as it does where a
        petition for bankruptcy is accepted (中华人民共和国企业破产法, article 46). Where it stops, the
        instalments to come are solved anew without it from the first day on, and with it from the day after
        the last, on their dates and by the terms' ``recast``; neither is a restructure.
    reason
        Of a freeze: why, one of :data:`HALT_REASONS`; None: it isn't said. It changes no figure of the
        account by itself; statements say it, and rules may count days by it
        (:class:`~repayplan.CreditStageRule`).
    reverses
        Of a reversal: the reference of what didn't happen after all; it counts from the day of that. Neither
        its own value date nor its booking may be before that event's: what hasn't happened or isn't known
        yet can't be undone, and such a date is more likely a wrong reference
        (:func:`~repayplan.replay` gives the account a code, of one account an error). An event of a day to
        come is undone before it by a reversal with that value date, booked today.
    plan
        Of a new plan: its stages. None, where it is re-amortised: as many equal instalments as there were to
        come (one, where there were none), by the terms' ``recast``.
    first_due
        Of a new plan: when it first falls due; None: when the old one would have.
    rate
        Of a change of rate or a new plan: the contract's annual rate from its day on; None: as it was.
    frequency
        Of a new plan that has stages of its own: how often it falls due, as a loan's ``frequency`` says it;
        None: as it was. Another one than before counts the due dates from the plan's first, and stays for
        plans after it. Where the contract lists its due dates, or fixes their day of the month and the new
        ones aren't months apart, it can't be changed.
    keeps
        Of a change of rate, or where more is lent: ``"dates"``, the instalments are solved anew by the terms'
        ``recast`` for as many as there were to come (where nothing was to come, ``first_due`` says when what
        is lent falls due); ``"instalment"``, they stay what they were, until all is repaid, and the last
        takes the rest. For any other way the plan is re-amortised.
    correction
        Of a new plan: it puts right an error of the lender's, and isn't counted as a restructure.
    joins
        Of a new plan: which components of what has fallen due and isn't paid become principal of it. The rest
        stays due as it is. Interest that has accrued since falls due with its first instalment.
    household
        Of a review: the household as it was found.

    Raises
    ------
    InputError
        Something is missing, isn't known or belongs to another kind; an amount that isn't above 0; a freeze
        that ends before it begins.

    Examples
    --------
    >>> Event(kind="payment", value_date="2026-02-03", amount="500.00", reference="T1").booked
    datetime.date(2026, 2, 3)
    """

    kind: EventKind
    value_date: date
    booked: date | None = None
    amount: Decimal | None = None
    reference: str
    component: Component | None = None
    until: date | None = None
    interest: WhileFrozen = "runs"
    reason: HaltReason | None = None
    reverses: str | None = None
    plan: Plan | None = None
    first_due: date | None = None
    rate: Decimal | None = None
    frequency: str | None = None
    joins: tuple[Component, ...] = ()
    keeps: Keeps = "dates"
    correction: bool = False
    household: Household | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "value_date", one_date("value_date", self.value_date))
        booked = self.value_date if self.booked is None else one_date("booked", self.booked)
        object.__setattr__(self, "booked", booked)
        given: object = self.household
        if given is not None and not isinstance(given, Household):
            raise InputError(Code.UNKNOWN_VALUE, "household", type(given).__name__, "a Household")
        template: object = self.plan
        if template is not None and not isinstance(template, Plan):
            raise InputError(Code.UNKNOWN_VALUE, "plan", template, "a Plan: parse_plan reads text")
        if self.until is not None:
            object.__setattr__(self, "until", one_date("until", self.until))
        if self.first_due is not None:
            object.__setattr__(self, "first_due", one_date("first_due", self.first_due))
        if self.rate is not None:
            object.__setattr__(self, "rate", decimal("rate", self.rate, most=MOST_RATE, places=RATE_DECIMALS))
        joins: object = self.joins
        if not isinstance(joins, (tuple, list)) or joins:
            object.__setattr__(self, "joins", components("joins", joins, all_of_them=False))
        if self.amount is not None:
            amount = decimal("amount", self.amount, places=MAX_DECIMALS)
            if not amount:
                raise InputError(Code.OUT_OF_RANGE, "amount", self.amount, "more than 0", limit="> 0")
            object.__setattr__(self, "amount", amount)
        for name in _CELLS:
            one_value(name, getattr(self, name), "one value: many are Events", column=False)
        for failure in Events.of([self]).failures:
            raise failure.error()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Events:
    """Many of the same, in any order.

    Attributes
    ----------
    account
        int64; the row of the account that each is about.
    kind
        int64; index into :data:`EVENT_KINDS`.
    value_date, booked, until
        datetime64[D]; ``until`` is NaT where there is none.
    amount
        What was given, read by :func:`~repayplan.replay` in each account's currency.
    reference, reverses
        str, or int64 where they were given so; they are compared and ordered as text all the same.
    component
        int64; index into the components, -1 where there is none.
    plans, plan
        Templates of new plans, and int64: which of them each event has, -1 where it has none.
    first_due
        datetime64[D]; NaT where there is none.
    rate
        int64 multiples of 1e-10; -1 where there is none.
    frequency
        int64; index into :data:`~repayplan.basics.dates.FREQUENCIES`, -1 where it stays.
    joins
        bool (events, components).
    keeps, interest
        int64; index into :data:`KEEPS` and :data:`WHILE_FROZEN`.
    reason
        int64; index into :data:`HALT_REASONS`, -1 where there is none.
    correction
        bool.
    households, household
        Of reviews: :class:`~repayplan.Households` as columns, or of one account each :class:`Household`; and
        int64: which of them each event has, -1 where it has none.
    failures
        Events that can't be, by their row: their accounts have no statement.

    Examples
    --------
    >>> events = Events.from_columns(
    ...     account=[0, 0],
    ...     kind="payment",
    ...     value_date=["2026-02-03", "2026-03-40"],
    ...     amount=["500.00", "20"],
    ...     reference=["T1", "T2"],
    ... )
    >>> [(f.row, f.code.value, f.field) for f in events.failures]
    [(1, 'not_a_date', 'value_date')]
    """

    account: Ints
    kind: Ints
    value_date: Days
    booked: Days
    until: Days
    amount: Any
    reference: npt.NDArray[Any]
    reverses: npt.NDArray[Any]
    component: Ints
    plans: tuple[Plan, ...]
    plan: Ints
    first_due: Days
    rate: Ints
    frequency: Ints
    joins: Bools
    keeps: Ints
    correction: Bools
    interest: Ints
    reason: Ints
    households: Households | tuple[Household, ...]
    household: Ints
    failures: Failures

    def __len__(self) -> int:
        return len(self.account)

    def take(self, rows: Ints, amount: Ints) -> Events:
        """Events of one account, by themselves, with the amounts that they were read as."""
        names = ["kind", "value_date", "booked", "until", "reference", "reverses", "component"]
        names += ["plan", "first_due", "rate", "frequency", "joins", "keeps", "correction", "interest"]
        names += ["household", "reason"]
        return Events(
            plans=self.plans,
            households=self.households,
            account=np.zeros(len(rows), np.int64),
            **{name: getattr(self, name)[rows] for name in names},
            amount=minor(amount[rows]),
            failures=Failures.none(),
        )

    @classmethod
    def from_columns(
        cls,
        *,
        account: Any,
        kind: Any,
        value_date: Any,
        amount: Any,
        reference: Any,
        booked: Any = None,
        component: Any = None,
        until: Any = None,
        reverses: Any = None,
        plans: Sequence[Plan] = (),
        plan: Any = None,
        first_due: Any = None,
        rate: Any = None,
        frequency: Any = None,
        joins: Any = None,
        keeps: Any = "dates",
        correction: Any = False,
        interest: Any = "runs",
        reason: Any = None,
        households: Households | Sequence[Household] = (),
        household: Any = None,
    ) -> Events:
        """Events from columns, each with a value for every event or one for all.

        Parameters
        ----------
        account
            Row numbers of accounts.
        kind, value_date, amount, reference, booked, component, until, reverses
            As of an :class:`Event`; empty cells where an event has no such thing.
        first_due, rate, frequency, keeps
            The same.
        plans, plan
            Templates of new plans; the place of each event's, -1 where it has none.
        joins
            Components as of an :class:`Event`, the same for all new plans; or bool (events, components).
        correction
            bool.
        interest, reason
            As of an :class:`Event`.
        households, household
            Households of reviews; the row of each event's, -1 where it has none.

        Raises
        ------
        InputError
            An ``account`` that is no row number; something else among the plans or households; a column of
            another length; a ``correction`` that isn't bool.
        """
        of = row_numbers("account", account)
        size = len(of)
        columns = {"kind": kind, "value_date": value_date, "amount": amount, "reference": reference}
        columns |= {"booked": booked, "component": component, "until": until, "reverses": reverses}
        columns |= {"plan": plan, "first_due": first_due, "rate": rate, "keeps": keeps}
        columns |= {"frequency": frequency, "reason": reason}
        same_length(size, **columns, correction=correction, interest=interest, household=household)
        screen = Screen(size)
        templates = values("plans", _listed(plans), Plan, "a Plan", some=False)
        if not isinstance(households, Households):
            households = values("households", _listed(households), Household, "a Household", some=False)
        kinds = screen.choice("kind", kind, KIND_INDEX)
        days = screen.date("value_date", value_date)
        known = days if booked is None else screen.date("booked", booked, default=days)
        never = np.full(size, np.datetime64("NaT", "D"))
        ends = screen.date("until", until, default=never)
        parts = np.full(size, -1)
        if component is not None:
            parts = screen.choice("component", component, ("none", *COMPONENTS), default="none") - 1
        names = references_of(reference, screen)
        reversed_ones = references_of("" if reverses is None else reverses, screen)
        if names.dtype.kind == "U":
            screen.fault(names == "", Code.MISSING, "reference")
        money = np.isin(kinds, [KIND_INDEX[name] for name in WITH_AMOUNT])
        given = ~screen.missing(amount)
        screen.fault(money & ~given, Code.MISSING, "amount")
        screen.fault(~money & given, Code.UNKNOWN_VALUE, "amount", "", f"of {', '.join(WITH_AMOUNT)} only")
        for name, column, kind_of in (
            ("component", parts >= 0, "waiver"),
            ("until", ~np.isnat(ends), "freeze"),
            ("reverses", is_given(reversed_ones), "reversal"),
        ):
            needed = kinds == KIND_INDEX[kind_of]
            if name != "until":
                screen.fault(needed & ~column, Code.MISSING, name)
            screen.fault(~needed & column, Code.UNKNOWN_VALUE, name, "", f"of a {kind_of} only")
        new = np.isin(kinds, [KIND_INDEX[name] for name in NEW_PLANS])
        template = np.full(size, -1)
        if plan is not None:
            template = screen.count("plan", plan, -1, len(templates) - 1)
        screen.fault((kinds == KIND_INDEX["re_age"]) & (template < 0), Code.MISSING, "plan")
        screen.fault((kinds == KIND_INDEX["reschedule"]) & (template < 0), Code.MISSING, "plan")
        first = screen.date("first_due", first_due, default=never)
        screen.fault(first <= days, Code.DATES_OUT_OF_ORDER, "first_due", first, beside(">", days))
        rates = np.full(size, -1)
        if rate is not None:
            there = ~screen.missing(rate)
            rates = np.where(there, screen.rate("rate", rate, maximum=MOST_RATE, default=0), -1)
        screen.fault((kinds == KIND_INDEX["rate_change"]) & (rates < 0), Code.MISSING, "rate")
        often = frequencies_of(frequency, screen)
        kept = screen.choice("keeps", keeps, KEEPS)
        frozen = screen.choice("interest", interest, WHILE_FROZEN)
        why = np.full(size, -1)
        if reason is not None:
            why = screen.choice("reason", reason, ("none", *HALT_REASONS), default="none") - 1
        corrects = flags_of("correction", correction, size)
        for name, column, whose in (
            ("plan", template >= 0, NEW_PLANS),
            ("first_due", ~np.isnat(first), ("drawdown", *NEW_PLANS)),
            ("rate", rates >= 0, ("rate_change", *NEW_PLANS)),
            ("frequency", often >= 0, NEW_PLANS),
            ("keeps", kept > 0, ("rate_change", "drawdown")),
            ("correction", corrects, NEW_PLANS),
            ("interest", frozen > 0, ("freeze",)),
            ("reason", why >= 0, ("freeze",)),
        ):
            mine = np.isin(kinds, [KIND_INDEX[each] for each in whose])
            screen.fault(~mine & column, Code.UNKNOWN_VALUE, name, "", f"of {', '.join(whose)} only")
        # So many instalments as there were would take another time.
        screen.fault((often >= 0) & (template < 0), Code.MISSING, "plan")
        found = np.full(size, -1)
        if household is not None:
            found = screen.count("household", household, -1, len(households) - 1)
        reviews = kinds == KIND_INDEX["review"]
        screen.fault(reviews & (found < 0), Code.MISSING, "household")
        screen.fault(~reviews & (found >= 0), Code.UNKNOWN_VALUE, "household", "", "of a review only")
        if isinstance(households, Households) and len(households):
            screen.adopt(of_events(households.failures, found))
        screen.fault(ends < days, Code.DATES_OUT_OF_ORDER, "until", ends, beside(">=", days))
        return cls(
            account=of,
            kind=kinds,
            value_date=days,
            booked=known,
            until=ends,
            amount=amount,
            reference=names,
            reverses=reversed_ones,
            component=parts,
            plans=templates,
            plan=template,
            first_due=first,
            rate=rates,
            frequency=often,
            joins=joining(joins, new, screen),
            keeps=kept,
            correction=corrects,
            interest=frozen,
            reason=why,
            households=households,
            household=found,
            failures=screen.failures(),
        )

    @classmethod
    def from_frame(
        cls,
        frame: Any,
        *,
        columns: Mapping[str, str] | None = None,
        accounts: Any = None,
        extra: Literal["refuse", "ignore"] = "refuse",
        **given: Any,
    ) -> Events:
        """Reads a frame of any kind, as :meth:`repayplan.Loans.from_frame` does.

        Parameters
        ----------
        frame
            A row an event; its columns are called as :meth:`from_columns` calls the fields. References are
            text or whole numbers.
        columns, extra
            As for loans.
        accounts
            What the accounts are called, in their order: the column ``account`` then has these names. None:
            it has their row numbers.
        given
            Fields of one value for all events, and the options ``plans`` and ``joins`` of
            :meth:`from_columns`.

        Raises
        ------
        FrameError
            A column is missing, is nobody's, is there twice, or can't be its field; an event of no account.
        ImportError
            narwhals (extra ``frames``) or pyarrow (extra ``arrow``) isn't installed.

        Examples
        --------
        >>> import pyarrow
        >>> paid = pyarrow.table(
        ...     {
        ...         "account": ["B-2", "A-1"],
        ...         "value_date": [date(2026, 2, 3), date(2026, 2, 1)],
        ...         "amount": [Decimal("500.00"), Decimal("20.00")],
        ...         "reference": ["T1", "T2"],
        ...     }
        ... )
        >>> Events.from_frame(paid, accounts=["A-1", "B-2"], kind="payment").account
        array([1, 0])
        """
        from repayplan.edges.framefields import events_from

        return events_from(frame, columns=columns, accounts=accounts, extra=extra, **given)

    @classmethod
    def of(cls, events: Sequence[Event]) -> Events:
        """The events of one account.

        Raises
        ------
        InputError
            Something else among them.
        """
        events = values("events", _listed(events), Event, "Events of one account", some=False)
        columns: dict[str, Any] = {
            field.name: [getattr(event, field.name) for event in events] for field in fields(Event)
        }
        plans = [each for each in columns.pop("plan") if each is not None]
        place = iter(range(len(plans)))
        which = [-1 if event.plan is None else next(place) for event in events]
        joined = [[name in each for name in COMPONENTS] for each in columns["joins"]]
        columns["plan"] = which
        homes = [each for each in columns.pop("household") if each is not None]
        row = iter(range(len(homes)))
        columns["household"] = [-1 if event.household is None else next(row) for event in events]
        columns["joins"] = np.array(joined, np.bool_).reshape(len(events), len(COMPONENTS))
        return cls.from_columns(
            account=np.zeros(len(events), np.int64), plans=plans, households=homes, **columns
        )


def _listed(given: Any) -> Any:
    """Any iterable as a list; whatever else it is, as it is."""
    return list(given) if isinstance(given, Iterable) and not isinstance(given, str) else given
