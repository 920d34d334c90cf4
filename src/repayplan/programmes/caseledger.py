"""The tracking ledger (台账): a row a case, with its plan, what was paid, how late it is, what comes next."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from repayplan.accounts.collection import NextContacts
from repayplan.accounts.creditstatus import CREDIT_STATUSES, CreditStages
from repayplan.accounts.lateness import RiskClasses
from repayplan.accounts.pastdue import PastDues
from repayplan.accounts.statement import Statements
from repayplan.accounts.tracking import Tracks
from repayplan.basics.columns import Screen
from repayplan.basics.errors import Code, InputError, Language, which
from repayplan.basics.money import to_decimal
from repayplan.basics.outcome import Bools, Ints, Texts
from repayplan.kernel.allocate import Part
from repayplan.programmes.casestate import CaseStates
from repayplan.programmes.ledgercolumns import LEDGER_WARNINGS, LedgerColumn, Sort, dates, texts, words_of

_NEVER = np.datetime64("NaT", "D")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CaseLedger:
    """One row a case, in their order.

    Attributes
    ----------
    states
        Where the cases stand.
    statements
        Of the accounts of those that have one.
    place
        int64; which of the statements each case has, -1: none.
    tracks, past_due, credit, next_contacts
        Of the same accounts; None where they weren't given.
    classes
        int64; place among the names of ``class_rule``, of each statement; None where that wasn't given.
    """

    states: CaseStates
    statements: Statements
    place: Ints
    tracks: Tracks | None = None
    past_due: PastDues | None = None
    credit: CreditStages | None = None
    next_contacts: NextContacts | None = None
    class_rule: RiskClasses | None = None
    classes: Ints | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return len(self.place)

    def __repr__(self) -> str:
        return f"CaseLedger({len(self)} cases, {int((self.place >= 0).sum())} with an account)"

    @property
    def decimals(self) -> Ints:
        """int64; of each case's currency, 2 where it has no account."""
        if not len(self.statements):
            return np.full(len(self), 2)
        found = self.statements.accounts.decimals[self.statements.row][self.place]
        return np.where(self.place >= 0, found, 2)

    def columns(self, language: Language | None = None) -> dict[str, LedgerColumn]:
        """The ledger by column, under the names of :data:`LEDGER_HEADINGS`; what wasn't given has none.

        Parameters
        ----------
        language
            Of stages, channels, steps and warnings; None: as rules and codes name them.
        """
        states, account = self.states, self.statements.columns
        stages = words_of([(each.name, each.en, each.zh) for each in states.rule.stages], language)
        channels = words_of([(each.name, each.en, each.zh) for each in states.rule.channels], language)
        out = {
            "case": texts(states.cases.id),
            "applicant": texts(states.cases.applicant),
            "contract": texts(states.cases.contract),
            "stage": texts(stages[states.stage]),
            "since": dates(states.since),
            "signed": dates(states.signed),
            "instalment": self._of("money", account.instalment),
            "instalments_left": self._of("count", account.instalments_left),
            "matures": self._of("date", account.matures),
            "next_due": self._of("date", account.next_payment_due),
            "next_payment": self._of("money", account.next_payment),
            "paid": self._of("money", account.paid.sum(axis=1) + account.held),
            "arrears": self._of("money", account.missing),
            "owed": self._of("money", account.owed.sum(axis=1)),
            "outstanding": self._of("money", account.not_due + account.owed[:, Part.PRINCIPAL]),
            "days_past_due": self._of("count", account.days_past_due),
        }
        if self.past_due is not None:
            if self.past_due.contract is not None:
                out["days_contract"] = self._of("count", self.past_due.contract)
            out["days_reported"] = self._of("count", self.past_due.reported)
        if self.credit is not None:
            out["credit_status"] = self._of("text", np.array(CREDIT_STATUSES)[self.credit.status])
            out["credit_stage"] = self._of("count", self.credit.stage, self.credit.stage == 0)
        if self.class_rule is not None and self.classes is not None:
            out["risk_class"] = self._of("text", np.array(self.class_rule.names)[self.classes])
        out["last_contact"] = dates(states.last_contact)
        out["channel"] = texts(channels[states.last_channel])
        if self.next_contacts is not None:
            steps = [(each.name, each.en, each.zh) for each in self.next_contacts.rule.steps]
            out["next_contact"] = self._of("date", self.next_contacts.may_be_on)
            out["next_step"] = self._of("text", words_of(steps, language)[self.next_contacts.step])
        if self.tracks is not None:
            out["next_reminder"] = self._of("date", self.tracks.next_reminder)
            out["next_review"] = self._of("date", self.tracks.next_review)
        out["reviews_missed"] = LedgerColumn("count", states.missed, np.isnat(states.signed))
        out["warnings"] = texts(self._warned(language))
        return out

    def warnings(self, i: int) -> tuple[Code, ...]:
        """Early warnings of case ``i``."""
        return tuple(code for code, there in self._warnings().items() if there[i])

    def one(self, i: int) -> dict[str, Any]:
        """The row of case ``i``: text, date, int or Decimal by column, None where there is none."""
        places = int(self.decimals[i])
        row: dict[str, Any] = {}
        for name, (kind, values, missing) in self.columns().items():
            value = None if missing[i] else values[i].item()
            row[name] = to_decimal(value, places) if kind == "money" and value is not None else value
        return row

    def to_frame(self, kind: Any = "pandas", *, language: Language | None = None) -> Any:
        """The ledger as a frame, a row a case.

        Parameters
        ----------
        kind
            ``"pandas"``, ``"polars"`` or ``"arrow"`` (each an extra).
        language
            ``"en"`` or ``"zh"``: headings, stages, channels, steps and warnings for people. None: as rules
            and codes name them.

        Raises
        ------
        InputError
            ``kind`` or ``language`` isn't known.
        ImportError
            The library isn't installed; the message names the extra.
        """
        from repayplan.edges.frames import frame_of
        from repayplan.edges.results import ledger_rows

        return frame_of(ledger_rows(self, language), kind)

    def _of(self, kind: Sort, values: npt.NDArray[Any], missing: Bools | None = None) -> LedgerColumn:
        """Figures of statements as those of their cases."""
        there = self.place >= 0
        if not len(values):
            empty = np.zeros(len(self), values.dtype)
            return LedgerColumn(kind, empty, ~there)
        found = values[np.where(there, self.place, 0)]
        if kind == "date":
            found = np.where(there, found, _NEVER)
            return LedgerColumn(kind, found, np.isnat(found))
        gone = ~there if missing is None else ~there | missing[np.where(there, self.place, 0)]
        return LedgerColumn(kind, found, gone | (found == "") if kind == "text" else gone)

    def _warnings(self) -> dict[Code, Bools]:
        """Which cases have each warning."""
        found = {
            Code.CASE_LATE: self.states.late_by > 0,
            Code.CASE_REVIEW_MISSED: self.states.missed > 0,
        }
        if self.tracks is not None:
            tracks = self.tracks
            broken = ~np.isnat(tracks.broken_on)
            of_accounts = {
                Code.PAID_IN_PART: tracks.part_paid,
                Code.PAID_LATER: tracks.later > 0,
                Code.INCOME_FELL: tracks.income >= 0,
                Code.BROKEN_BY_MISSED: broken & tracks.by_missed,
                Code.BROKEN_BY_DAYS: broken & ~tracks.by_missed,
            }
            for code, mask in of_accounts.items():
                mine = self._of("count", mask.astype(np.int64))
                found[code] = (mine.values > 0) & ~mine.missing
        return found

    def _warned(self, language: Language | None) -> Texts:
        """The warnings of each case in words, each combination of them made once."""
        every = self._warnings()
        bits = np.zeros(len(self), np.int64)
        for k, mask in enumerate(every.values()):
            bits |= mask.astype(np.int64) << k
        names = [code.value if language is None else LEDGER_WARNINGS[code][which(language)] for code in every]
        sets, of = np.unique(bits, return_inverse=True)
        comma = "、" if language == "zh" else ", "
        said = [comma.join(name for k, name in enumerate(names) if each >> k & 1) for each in sets.tolist()]
        return np.array([*said, ""], np.str_)[of.reshape(-1)]


def case_ledger(
    states: CaseStates,
    statements: Statements,
    account: Any,
    *,
    tracks: Tracks | None = None,
    past_due: PastDues | None = None,
    credit: CreditStages | None = None,
    classes: RiskClasses | None = None,
    next_contacts: NextContacts | None = None,
) -> CaseLedger:
    """The tracking ledger: the cases of a programme beside the accounts of their plans.

    Parameters
    ----------
    states
        Of the cases, on a day.
    statements
        Of the accounts of signed plans, replayed to that day.
    account
        The row of each case's account, -1 (or an empty cell) where it has none. One that couldn't be
        replayed has no figures.
    tracks
        What :func:`~repayplan.track` says of the statements: reminders, reviews, warnings.
    past_due
        What :func:`~repayplan.past_due` says of them.
    credit
        What :func:`~repayplan.credit_stage` says of them.
    classes
        Classes of risk; by the days past due that are reported where ``past_due`` is given, else by the
        plan's.
    next_contacts
        What :func:`~repayplan.next_contact` says of them, all of them.

    Raises
    ------
    InputError
        An account that isn't among those that were replayed, or is that of two cases; statements of another
        day, or figures of other statements.

    Examples
    --------
    >>> import repayplan as rp
    >>> from repayplan.basics.calendars import WEEKENDS
    >>> loan = {"principal": ["1200.00"], "annual_rate": "0", "original_term": 12, "elapsed": 0}
    >>> loans = rp.Loans.from_columns(**loan, unpaid=12, next_due="2026-04-30")
    >>> late = rp.OverdueRule(
    ...     penalty=rp.OverdueLedger(on=("principal",), rate=rp.OverdueRate(rate="0")),
    ...     day_count="ACT/360",
    ...     first_day="due_date",
    ...     rounded="end",
    ...     mode="half_up",
    ... )
    >>> terms = rp.AccountTerms(overdue=late, allocation=rp.AllocationRule.example("civil-code-561"))
    >>> accounts = rp.Accounts.of(rp.schedule(loans, rp.equal_instalment(12)).value, terms)
    >>> paid = rp.Events.from_columns(
    ...     account=[0], kind="payment", value_date="2026-04-30", amount="60.00", reference="1"
    ... )
    >>> cases = rp.Cases.from_columns(id=["A-1", "A-2"])
    >>> came = rp.CaseEvents.from_columns(
    ...     case=[0, 1], kind="received", at="2026-03-02", reference="1", channel="branch"
    ... )
    >>> rule, day = rp.CaseRule.example("negotiated-repayment"), "2026-05-10"
    >>> states = rp.case_register(cases, came, rule, as_of=day, calendar=WEEKENDS)
    >>> ledger = case_ledger(states, rp.replay(accounts, paid, as_of=day).value, [0, -1])
    >>> line = ledger.one(0)
    >>> line["paid"], line["arrears"], line["days_past_due"], line["warnings"]
    (Decimal('60.00'), Decimal('40.00'), 10, 'case_late')
    >>> ledger.one(1)["paid"] is None
    True
    """
    screen = Screen(len(states))
    rows = screen.count("account", account, -1, max(len(statements.accounts) - 1, 0), default=-1)
    for failure in screen.failures():
        raise InputError(failure.code, f"account[{failure.row}]", failure.value, limit=failure.limit)
    _refuse_shared(rows, states)
    today = np.datetime64(states.as_of, "D")
    if len(statements) and (statements.as_of != today).any():
        other = str(statements.as_of[statements.as_of != today][0])
        raise InputError(Code.OUT_OF_RANGE, "statements", other, f"statements of {today}, as of the cases")
    for name, given in (
        ("tracks", tracks),
        ("past_due", past_due),
        ("credit", credit),
        ("next_contacts", next_contacts),
    ):
        if given is not None and len(given) != len(statements):
            raise InputError(Code.OUT_OF_RANGE, name, len(given), f"of the same {len(statements)} statements")
    place = np.full(len(statements.accounts) + 1, -1)  # the last one is that of cases without an account
    place[statements.row] = np.arange(len(statements))
    of = None
    if classes is not None:
        days = statements.columns.days_past_due if past_due is None else past_due.reported
        of = classes.place(days, statements.columns.restructures)
    return CaseLedger(
        states=states,
        statements=statements,
        place=place[rows],
        tracks=tracks,
        past_due=past_due,
        credit=credit,
        next_contacts=next_contacts,
        class_rule=classes,
        classes=of,
    )


def _refuse_shared(account: Ints, states: CaseStates) -> None:
    """Refuses an account that two cases have: its money would be there twice.

    Raises
    ------
    InputError
        The second case, and in its rule the first.
    """
    there = np.flatnonzero(account >= 0)
    first = np.full(int(account.max(initial=-1)) + 1, len(account))
    np.minimum.at(first, account[there], there)
    again = there[first[account[there]] < there]
    for i in again[:1].tolist():
        rule = f"an account of one case: it is that of {states.cases.id[first[account[i]]]}"
        raise InputError(Code.DUPLICATE, f"account[{i}]", int(account[i]), rule)
