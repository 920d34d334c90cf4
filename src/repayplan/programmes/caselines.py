"""Lines of the tracking ledger (台账): a row a case, with its plan, what was paid, how late it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from repayplan.accounts.collection import NextContacts
from repayplan.accounts.creditstatus import CREDIT_STATUS_WORDS, CREDIT_STATUSES, CreditStages
from repayplan.accounts.lateness import RiskClasses
from repayplan.accounts.pastdue import PastDues
from repayplan.accounts.statement import Statements
from repayplan.accounts.tracking import Tracks
from repayplan.basics.errors import Code, Language, which
from repayplan.basics.money import to_decimal
from repayplan.basics.outcome import Bools, Ints, Texts
from repayplan.kernel.allocate import Part
from repayplan.programmes.casestate import CaseStates
from repayplan.programmes.ledgercolumns import LEDGER_WARNINGS, LedgerColumn, Sort, dates, texts, words_of
from repayplan.programmes.onemoney import currency_of

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
            Of stages, channels, steps, statuses, classes and warnings; None: as rules and codes name them.
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
            **self._money(),
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
            statuses = words_of([(each, *CREDIT_STATUS_WORDS[each]) for each in CREDIT_STATUSES], language)
            out["credit_status"] = self._of("text", statuses[self.credit.status])
            out["credit_stage"] = self._of("count", self.credit.stage, self.credit.stage == 0)
        if self.class_rule is not None and self.classes is not None:
            out["risk_class"] = self._of("text", np.array(self.class_rule.called(language))[self.classes])
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
            ``"en"`` or ``"zh"``: headings, stages, channels, steps, statuses, classes and warnings for
            people. None: as rules and codes name them.

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

    def _money(self) -> dict[str, LedgerColumn]:
        """What amounts of a row are in: the currency where accounts know it; decimals where they differ."""
        accounts, row, found = self.statements.accounts, self.statements.row, {}
        currency = currency_of(accounts)
        if currency is not None:
            found["currency"] = self._of("text", currency[row])
        if len(np.unique(accounts.decimals[row])) > 1:
            found["decimals"] = self._of("count", accounts.decimals[row])
        return found

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
