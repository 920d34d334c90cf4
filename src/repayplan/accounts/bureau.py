"""The monthly row that a credit bureau gets of an account, and what of earlier rows has to be corrected."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from repayplan.ability.figures import one_of, one_rule, rising, texts, values, whole
from repayplan.accounts.eventkinds import EVENT_KINDS, NEW_PLANS
from repayplan.accounts.lateness import MOST_DAYS
from repayplan.accounts.statement import Statement, Statements, day_of
from repayplan.basics.columns import Screen
from repayplan.basics.dates import FIRST_YEAR, LAST_YEAR, Days
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import to_decimal
from repayplan.basics.outcome import Ints
from repayplan.kernel.allocate import Part
from repayplan.offers.hardship import said

SPECIAL = ("new_plan", "guarantor_paid", "called_in", "repaid_early", "settled", "written_off")
"""Special transactions of a month; of several the last in this order is named."""
_MOST_REPORTED = (LAST_YEAR - FIRST_YEAR + 1) * 366
_BY_KIND = {
    **dict.fromkeys(NEW_PLANS, "new_plan"),
    "guarantor_payment": "guarantor_paid",
    "acceleration": "called_in",
    "settlement": "settled",
    "write_off": "written_off",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BureauRule:
    """How a credit bureau writes down where an account stands.

    Parameters
    ----------
    from_days, codes
        The first day past due of each status after the first, and the statuses' codes, one more.
    paid_off, settled, guarantor
        Codes of an account that is paid off (nothing is left to fall due, or it was repaid early), that ended
        otherwise (settled or written off), and of a month in which a guarantor paid.
    age_from
        Overdue principal is also told by age: the first day past due of each range.
    source
        Where the codes are written.

    Raises
    ------
    InputError
        Days that don't rise, codes that are missing, a text that is none.

    Examples
    --------
    >>> BureauRule.example("china").codes
    ('N', '1', '2', '3', '4', '5', '6', '7')
    """

    from_days: tuple[int, ...]
    codes: tuple[str, ...]
    paid_off: str
    settled: str
    guarantor: str
    age_from: tuple[int, ...]
    source: str

    def __post_init__(self) -> None:
        for name in ("from_days", "age_from"):
            days = values(f"bureau.{name}", getattr(self, name), int, "whole numbers of days")
            for i, each in enumerate(days):
                whole(f"bureau.{name}[{i}]", each, 1, MOST_DAYS, "days")
            rising(f"bureau.{name}", days, "later than before")
            object.__setattr__(self, name, days)
        codes = texts("bureau.codes", self.codes)
        if len(codes) != len(self.from_days) + 1:
            rule = f"{len(self.from_days) + 1} codes: one more than days"
            raise InputError(Code.OUT_OF_RANGE, "bureau.codes", len(codes), rule)
        object.__setattr__(self, "codes", codes)
        for name in ("paid_off", "settled", "guarantor", "source"):
            said(f"bureau.{name}", getattr(self, name))

    @classmethod
    def example(cls, name: str) -> BureauRule:
        """The codes of a bureau: ``"china"``, the credit reference centre of the People's Bank.

        Raises
        ------
        InputError
            There is none of that name.
        """
        one_of("name", name, _EXAMPLES)
        return _EXAMPLES[name]


_EXAMPLES = {
    "china": BureauRule(
        from_days=(1, 31, 61, 91, 121, 151, 181),
        codes=("N", "1", "2", "3", "4", "5", "6", "7"),
        paid_off="C",
        settled="G",
        guarantor="D",
        age_from=(31, 61, 91, 181),
        source="个人信用报告 (Credit Reference Center, PBOC): 还款状态; overdue principal by age",
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BureauRow:
    """One month of one account.

    Attributes
    ----------
    as_of
        The day of the statement: the month's last, by custom.
    status
        The code.
    days_past_due, instalments_overdue
        As they are reported, and how many instalments are overdue.
    overdue, by_age
        What is missing of overdue instalments, without charges for being late, and of its principal what is
        in each range of age.
    balance
        Principal, fallen due or not.
    special
        A special transaction of the month; None: there was none.
    """

    as_of: date
    status: str
    days_past_due: int
    instalments_overdue: int
    overdue: Decimal
    by_age: tuple[Decimal, ...]
    balance: Decimal
    special: str | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BureauRows:
    """The same of many accounts: a value each; amounts are int64 minor units.

    Attributes
    ----------
    rule
        By which.
    as_of
        datetime64[D].
    status
        str.
    days_past_due, instalments_overdue, overdue, balance
        int64.
    by_age
        int64 (accounts, ranges).
    special
        int64, index into :data:`SPECIAL`; -1: there was none.
    decimals
        int64.
    """

    rule: BureauRule
    as_of: Days
    status: npt.NDArray[np.str_]
    days_past_due: Ints
    instalments_overdue: Ints
    overdue: Ints
    by_age: Ints
    balance: Ints
    special: Ints
    decimals: Ints

    def __len__(self) -> int:
        return len(self.status)

    def one(self, i: int) -> BureauRow:
        """Of account ``i``."""
        places = int(self.decimals[i])
        special = int(self.special[i])
        return BureauRow(
            as_of=self.as_of[i].item(),
            status=str(self.status[i]),
            days_past_due=int(self.days_past_due[i]),
            instalments_overdue=int(self.instalments_overdue[i]),
            overdue=to_decimal(int(self.overdue[i]), places),
            by_age=tuple(to_decimal(int(each), places) for each in self.by_age[i]),
            balance=to_decimal(int(self.balance[i]), places),
            special=None if special < 0 else SPECIAL[special],
        )

    def differs(self, other: BureauRows) -> Ints:
        """Accounts of which other rows say something else: where these were sent, they have to be corrected.

        Parameters
        ----------
        other
            Of the same accounts and day, from what is known now.

        Raises
        ------
        InputError
            They aren't of the same accounts and day.
        """
        if len(other) != len(self) or (other.as_of != self.as_of).any():
            raise InputError(Code.OUT_OF_RANGE, "other", len(other), "of the same accounts, on the same day")
        apart = np.zeros(len(self), np.bool_)
        for each in fields(self):
            if each.name not in ("rule", "as_of", "decimals"):
                same = getattr(self, each.name) == getattr(other, each.name)
                apart |= ~(same if same.ndim == 1 else same.all(axis=1))
        return np.flatnonzero(apart)


@overload
def bureau_rows(statements: Statement, rule: BureauRule, *, reported: int | None = None) -> BureauRow: ...
@overload
def bureau_rows(statements: Statements, rule: BureauRule, *, reported: Any = None) -> BureauRows: ...
def bureau_rows(
    statements: Statement | Statements, rule: BureauRule, *, reported: Any = None
) -> BureauRow | BureauRows:
    """What a credit bureau gets of accounts for the month in which their statements are.

    Two replays of one day, one with ``known_on`` that day and one without, give what was sent and what is
    true: :meth:`BureauRows.differs` says which rows have to be corrected.

    Parameters
    ----------
    statements
        One, or those of a batch.
    rule
        How it is written down.
    reported
        Days past due as they are reported (:func:`~repayplan.past_due`, which may pause them); None: those of
        the plan. The status goes by them; amounts, ages and numbers of instalments are those of the calendar.

    Returns
    -------
    :class:`BureauRow`, or :class:`BureauRows` of a batch.

    Raises
    ------
    InputError
        Days that can't be; no rule.

    Examples
    --------
    >>> import repayplan as rp
    >>> from repayplan.testing import example_account
    >>> account = example_account()
    >>> row = bureau_rows(rp.replay(account, [], as_of="2026-03-31"), BureauRule.example("china"))
    >>> row.status, row.instalments_overdue, row.overdue, row.by_age[:2]
    ('2', 2, Decimal('200.00'), (Decimal('200.00'), Decimal('0.00')))
    """
    one_rule("rule", rule, BureauRule)
    if isinstance(statements, Statement):
        given = None if reported is None else [reported]
        return bureau_rows(statements.batch, rule, reported=given).one(0)
    columns = statements.columns
    days = columns.days_past_due
    if reported is not None:
        screen = Screen(len(statements))
        days = screen.count("reported", reported, 0, _MOST_REPORTED)
        for failure in screen.failures():
            raise failure.error()
    codes = np.array([*rule.codes, rule.paid_off, rule.settled, rule.guarantor])
    place = np.searchsorted(np.array(rule.from_days), days, side="right")
    special = _special(statements)
    place[special == SPECIAL.index("guarantor_paid")] = len(rule.codes) + 2
    # Money that is kept may cover all that is to come: such an account goes on until that has fallen due.
    over = (columns.payoff == 0) & (columns.instalments_left == 0) & np.isnat(columns.next_due)
    place[over] = len(rule.codes)
    place[~np.isnat(columns.closed)] = len(rule.codes) + 1
    repaid = ~np.isnat(columns.repaid_early)
    place[repaid & (columns.closed == columns.repaid_early)] = len(rule.codes)
    late = statements.late
    age = day_of(statements.as_of)[late.account] - day_of(late.due)
    ranges = np.searchsorted(np.array(rule.age_from), age, side="right") - 1
    by_age = np.zeros((len(days), len(rule.age_from)), np.int64)
    old = ranges >= 0
    np.add.at(by_age, (late.account[old], ranges[old]), late.principal[old])
    return BureauRows(
        rule=rule,
        as_of=statements.as_of,
        status=codes[place],
        days_past_due=days,
        instalments_overdue=columns.instalments_overdue,
        overdue=columns.missing,
        by_age=by_age,
        balance=columns.not_due + columns.owed[:, Part.PRINCIPAL],
        special=special,
        decimals=statements.accounts.decimals[statements.row],
    )


def _special(statements: Statements) -> Ints:
    """The special transaction of each account's month, -1 where there was none."""
    events, out = statements.events, np.full(len(statements), -1)
    place = np.full(len(statements.accounts), -1)
    place[statements.row] = np.arange(len(statements))
    meant = np.array([SPECIAL.index(_BY_KIND[kind]) if kind in _BY_KIND else -1 for kind in EVENT_KINDS])
    of = place[events.account]
    some = statements.holding
    some = some[(meant[events.kind[some]] >= 0) & ~events.correction[some]]
    when, until = events.value_date[some], statements.as_of[of[some]]
    month = when.astype("datetime64[M]") == until.astype("datetime64[M]")
    some = some[month & (when <= until)]
    np.maximum.at(out, of[some], meant[events.kind[some]])
    repaid = statements.columns.repaid_early.astype("datetime64[M]") == statements.as_of.astype(
        "datetime64[M]"
    )
    out[repaid] = np.maximum(out[repaid], SPECIAL.index("repaid_early"))
    return out
