"""What replaying the register of cases costs, in events a second, beside the replay of accounts.

Each case goes from intake to its second monthly review; some offers expire, some steps are out of turn, and
events come in no order. Beside it: accounts with as many payments, by the simple rules of `accounts.py`; and
plain Python that takes the same cases one by one, whose stages are compared with the register's.
"""

from datetime import date, timedelta

import numpy as np

import repayplan as rp
from benchmarks import machine
from benchmarks.accounts import END, PAID, book
from benchmarks.result import Result, Table, checks
from benchmarks.size import Size
from benchmarks.timing import Contender, interleaved
from repayplan.basics.calendars import WEEKENDS
from repayplan.programmes.casestages import CASE_KIND_INDEX, CASE_KINDS

SEED = 12
PATH = (
    *("received", "completed", "handed_over", "opinion", "approved", "offer_made", "offer_accepted"),
    *("signed", "copy_delivered", "contact", "monthly_review", "monthly_review"),
)
AS_OF = date(2026, 12, 31)
RULE = rp.CaseRule.example("negotiated-repayment")
REGISTER, ACCOUNTS, PLAIN = "register of cases", "accounts, simple rules", "plain Python"
BARS = {
    "case events to plain Python, in speed (at least)": 2.0,
    "case events to account events, in speed (at least)": 1.0,
}


def cases(size: int) -> tuple[rp.Cases, rp.CaseEvents]:
    """Cases and their events, shuffled."""
    random = np.random.default_rng(SEED)
    steps = len(PATH)
    kind = np.tile([CASE_KIND_INDEX[name] for name in PATH], (size, 1))
    odd = random.random((size, steps)) < 0.02
    kind[odd] = random.integers(0, len(CASE_KINDS) - 1, int(odd.sum()))
    kind[:, 0] = 0
    at = np.datetime64("2026-01-05") + np.cumsum(random.integers(0, 5, (size, steps)), axis=1)
    until = np.full((size, steps), np.datetime64("NaT", "D"))
    offers = kind == CASE_KIND_INDEX["offer_made"]
    until[offers] = at[offers] + random.integers(1, 10, int(offers.sum()))
    mixed = random.permutation(size * steps)
    needs = np.isin(kind, [CASE_KIND_INDEX[name] for name in ("received", "contact")])
    events = rp.CaseEvents.from_columns(
        case=np.repeat(np.arange(size), steps)[mixed],
        kind=np.array(CASE_KINDS)[kind.ravel()[mixed]],
        at=at.ravel()[mixed],
        until=until.ravel()[mixed],
        reference=np.arange(size * steps),
        channel=np.where(needs, "branch", "").ravel()[mixed],
    )
    number = np.arange(size)
    called = number.astype(np.str_)
    return rp.Cases.from_columns(id=called, applicant=called, contract="L"), events


def plain(events: rp.CaseEvents, size: int) -> list[str]:
    """The stage of the first cases, one after the other."""
    table = {(stage, step.kind): step.to or stage for step in RULE.steps for stage in (step.after or ("",))}
    some = np.flatnonzero(events.case < size)
    happened: list[list[tuple[date, int, int, date | None]]] = [[] for _ in range(size)]
    columns = (getattr(events, name)[some].tolist() for name in ("case", "at", "kind", "reference", "until"))
    for case, at, kind, reference, until in zip(*columns, strict=True):
        happened[case].append((at, kind, reference, until))
    found = []
    for mine in happened:
        stage, deadline = "", None
        for at, kind, _, until in [*sorted(mine, key=lambda each: each[:3]), (AS_OF, -1, 0, None)]:
            if deadline is not None and deadline + timedelta(days=1) <= at:
                stage, deadline = table[stage, "offer_expired"], None
            to = table.get((stage, CASE_KINDS[kind])) if kind >= 0 else None
            if to is None:
                continue
            stage = to
            deadline = until if CASE_KINDS[kind] == "offer_made" else deadline
            if (stage, "offer_expired") not in table:
                deadline = None
        found.append(stage)
    return found


def measure(size: Size) -> Result:
    """All of it in one interleaved run."""
    where = machine.here(size.load)
    batch, events = cases(size.loans)
    few = min(size.loans, 5_000)
    simple = book(max(len(events) // PAID, 1), full=False)

    def register() -> rp.CaseStates:
        return rp.case_register(batch, events, RULE, as_of=AS_OF, calendar=WEEKENDS)

    if register().table()["stage"][:few].tolist() != plain(events, few):
        msg = "plain Python finds something else"
        raise SystemExit(msg)

    run = [
        Contender(REGISTER, register, len(events)),
        Contender(ACCOUNTS, lambda: rp.replay(simple.accounts, simple.events, as_of=END), len(simple.amount)),
        Contender(PLAIN, lambda: plain(events, few), int((events.case < few).sum()), group="exact loop"),
    ]
    interleaved(run, size.rounds)
    one, accounts, python = (each.each for each in run)
    return Result(
        area="cases",
        about="the register of cases beside the replay of accounts and plain Python",
        size=(
            f"{size.loans:,} cases, {len(events):,} events; {len(simple.amount):,} payments; "
            f"{size.rounds} rounds"
        ),
        machine=where,
        tables=(
            Table(
                title="register",
                unit="ns an event",
                figures=tuple(each.figure() for each in run),
                yardstick=PLAIN,
                counted="events",
            ),
        ),
        checks=checks(dict(zip(BARS, (python / one, accounts / one), strict=True)), BARS),
    )
