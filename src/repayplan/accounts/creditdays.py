"""Days of accounts in stretches on which nothing changes that a rule of credit stages looks at."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from repayplan.ability.figures import share_of, units_of
from repayplan.accounts.allocationrule import BROUGHT_BY
from repayplan.accounts.creditstagerule import CreditStageRule
from repayplan.accounts.eventkinds import KIND_INDEX
from repayplan.accounts.history import History
from repayplan.accounts.pauses import PausedDays
from repayplan.accounts.statement import Statements, day_of
from repayplan.basics.dates import Days
from repayplan.basics.outcome import Bools, Ints
from repayplan.kernel.law import FOREVER

_SPAN = 1 << 24
_BY_BORROWER = tuple(kind for kind, whose in BROUGHT_BY.items() if whose == "borrower")
"""More days than there are between any two dates."""


class Stretches(NamedTuple):
    """Stretches of days, one after the other; an account's together. int64 and bool, one value each.

    Attributes
    ----------
    account
        Rising; counted among the statements.
    begins, ends
        Day numbers: the first and the last day.
    late
        Whether anything is past due.
    past_due
        Days past due on the first day, however little, without those that the rule pauses.
    material
        Whole days on which a material amount has been past due, up to and with the first day; the same.
    material_since
        The first day of that run of days, a day number, :data:`FOREVER` where there is none.
    defaulting
        More of them than the rule lets be.
    beyond_default, irregular, relapsing
        More days past due than those of default, of regular payments, and of a relapse.
    forborne
        A new plan came on the day.
    grace_until
        When the new plan's period of grace ends, a day number.
    to_repay
        Of a new plan: what was past due the day before; where nothing was, what was given up on the day.
    judged
        It was judged not likely to be paid on the day.
    paid
        What the borrower paid on the first day.
    """

    account: Ints
    begins: Ints
    ends: Ints
    late: Bools
    past_due: Ints
    material: Ints
    material_since: Ints
    defaulting: Bools
    beyond_default: Bools
    irregular: Bools
    relapsing: Bools
    forborne: Bools
    grace_until: Ints
    to_repay: Ints
    judged: Bools
    paid: Ints


def stretches(
    statements: Statements,
    history: History,
    rule: CreditStageRule,
    judged: Days,
    arrears: Ints,
    paused: PausedDays,
) -> Stretches:
    """The stretches of the accounts' days up to those of their statements.

    Parameters
    ----------
    statements, history
        The accounts, and their days.
    rule
        What is looked at.
    judged
        datetime64[D]; when each was judged not likely to be paid, NaT where it wasn't.
    arrears
        int64 minor units; what was past due of each when its plan was signed.
    paused
        Days that don't count.
    """
    of, since = history.account, day_of(history.since)
    end = day_of(statements.as_of)
    decimals = statements.accounts.decimals[statements.row]
    least = units_of(rule.material_amount, up=False)[decimals][of]
    material = history.late > np.maximum(least, share_of(history.outstanding, rule.material_share, up=False))
    run = _begun(of, since, material)
    known = ~np.isnat(history.oldest)
    oldest = np.where(known, day_of(history.oldest), 0)

    def after(days: Ints, count: int) -> Ints:
        """The first day before which more days count, from others on."""
        return paused.day(of, paused.counting(of, days) + count + 1)

    counts = sorted({rule.default_after_days, rule.cure_days, rule.relapse_days})
    cuts = [np.where(known, after(oldest, days), FOREVER) for days in counts]
    cuts.append(np.where(material, after(run, rule.default_after_days) - 1, FOREVER))
    fixed = np.where(np.isnat(judged), FOREVER, day_of(judged))
    cuts += [fixed[of], fixed[of] + 1]
    piece, begins, ends = history.cut(end, cuts)
    account = of[piece]
    now, tomorrow = paused.counting(account, begins), paused.counting(account, begins + 1)
    past_due = np.where(history.late[piece] > 0, now - paused.counting(account, oldest[piece]), 0)
    material_since = np.where(material[piece], run[piece], FOREVER)
    counted = np.where(material[piece], tomorrow - paused.counting(account, run[piece]), 0)
    at = _Places(account, begins)
    forborne, grace, to_repay = _new_plans(statements, history, rule, at, arrears, piece)
    return Stretches(
        account=account,
        begins=begins,
        ends=ends,
        late=history.late[piece] > 0,
        past_due=past_due,
        material=counted,
        material_since=material_since,
        defaulting=counted > rule.default_after_days,
        beyond_default=past_due > rule.default_after_days,
        irregular=past_due > rule.cure_days,
        relapsing=past_due > rule.relapse_days,
        forborne=forborne,
        grace_until=grace,
        to_repay=to_repay,
        judged=begins == fixed[account],
        paid=_summed(statements, at, _BY_BORROWER),
    )


class _Places:
    """Where a day of an account stands among stretches that begin on it."""

    def __init__(self, account: Ints, begins: Ints) -> None:
        self.low = int(begins.min(initial=0))
        self.key = account * _SPAN + (begins - self.low)

    def of(self, account: Ints, day: Ints) -> Ints:
        return np.searchsorted(self.key, account * _SPAN + (day - self.low))


def _begun(of: Ints, since: Ints, some: Bools) -> Ints:
    """The first day of the unbroken run of such stretches that each is in."""
    if not len(of):
        return since
    first = np.append(True, (of[1:] != of[:-1]) | (some[1:] != some[:-1]))
    return since[np.maximum.accumulate(np.where(first, np.arange(len(of)), 0))]


def _happened(statements: Statements, kinds: tuple[str, ...]) -> tuple[Ints, Ints]:
    """Places of the events that hold and are of some kinds, in their order, and the account of each."""
    events, which = statements.events, statements.holding
    which = which[np.isin(events.kind[which], [KIND_INDEX[kind] for kind in kinds])]
    which = which[~events.correction[which]]  # what only puts an error right is no forbearance
    return which, np.searchsorted(statements.row, events.account[which])


def _summed(statements: Statements, at: _Places, kinds: tuple[str, ...]) -> Ints:
    """Amounts of some kinds of events on the first day of each stretch."""
    which, account = _happened(statements, kinds)
    out = np.zeros(len(at.key), np.int64)
    np.add.at(out, at.of(account, day_of(statements.events.value_date[which])), statements._amount[which])
    return out


def _new_plans(
    statements: Statements,
    history: History,
    rule: CreditStageRule,
    at: _Places,
    arrears: Ints,
    piece: Ints,
) -> tuple[Bools, Ints, Ints]:
    """Where new plans came, when their grace ends, and what is to be repaid before they are cured."""
    which, account = _happened(statements, rule.forbearance)
    day = day_of(statements.events.value_date[which])
    place = at.of(account, day)
    forborne = np.zeros(len(at.key), np.bool_)
    forborne[place] = True
    grace, to_repay = np.zeros(len(at.key), np.int64), np.zeros(len(at.key), np.int64)
    np.maximum.at(grace, place, np.maximum(_grace(history, len(statements.events))[which], day))
    given_up = _summed(statements, at, ("waiver",))
    head = (
        np.append(True, history.account[1:] != history.account[:-1]) if len(piece) else np.zeros(0, np.bool_)
    )
    first = np.append(True, piece[1:] != piece[:-1]) if len(piece) else np.zeros(0, np.bool_)
    before = np.where(first, np.maximum(piece - 1, 0), piece)  # the day before is in the stretch before
    was = np.where(head[piece] & first, arrears[history.account[piece]], history.late[before])
    to_repay[place] = np.where(was[place] > 0, was[place], given_up[place])
    return forborne, grace, to_repay


def _grace(history: History, events: int) -> Ints:
    """When the period begins in which each event's new plan first asks for principal."""
    out = np.full(events, FOREVER)
    asks = history.principal > 0
    np.minimum.at(out, history.event[asks], day_of(history.begins[asks]))
    return np.where(out < FOREVER, out, 0)


def grace_of_plans(statements: Statements) -> Ints:
    """When the period begins in which each account's signed plan first asks for principal, a day number."""
    accounts = statements.accounts
    begins = np.concatenate((day_of(accounts.due)[:1], day_of(accounts.due)[:-1]))
    heads = accounts.offsets[:-1][accounts.offsets[:-1] < accounts.offsets[1:]]
    begins[heads] = day_of(accounts.start)[accounts.offsets[:-1] < accounts.offsets[1:]]
    whose = np.repeat(np.arange(len(accounts)), np.diff(accounts.offsets))
    out = np.full(len(accounts), FOREVER)
    asks = accounts.principal > 0
    np.minimum.at(out, whose[asks], begins[asks])
    return np.where(out < FOREVER, out, day_of(accounts.start))[statements.row]
