"""What each of several households behind a loan pays of a plan, and has left to live on."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from repayplan.ability.joint import ROLES
from repayplan.ability.month import month_begin, month_of
from repayplan.ability.obligor import GUARANTOR, WHOLE
from repayplan.ability.obligors import Obligors
from repayplan.basics.columns import Screen
from repayplan.basics.dates import Days
from repayplan.basics.outcome import Bools, Ints
from repayplan.kernel.accrue import MAX_DENOMINATOR, divide_product
from repayplan.offers.living import CELLS, Living, LivingPeriod, PeriodMonths, left_by_row
from repayplan.offers.means import MOST_MONTHLY
from repayplan.offers.policy import Policy
from repayplan.offers.wayahead import way_ahead
from repayplan.plans.rows import Columns


@dataclass(frozen=True, slots=True, kw_only=True)
class ObligorPart:
    """What one of several households behind a loan pays of its plan, and has left.

    Attributes
    ----------
    role
        In what way it is liable.
    living
        By row of the plan; the payment is its part.
    """

    role: str
    living: tuple[LivingPeriod, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Parted:
    """The same of many loans.

    Attributes
    ----------
    each
        Of every household, those of a loan one after the other; its ``row`` is that of the loan.
    role
        int64, of each; into ``borrower``, ``co_borrower``, ``spouse``, ``guarantor``.
    together
        Of the loans: what all their households have left, and the payments whole. What is needed is what none
        of them has to give: of one that gives a part of what it can, the rest; of one that is short and isn't
        asked for anything, all that it has.

    Notes
    -----
    Borrowers, co-borrowers and spouses pay in proportion to what each can give in the period; guarantors, in
    the same way, what is missing then. Units are given out in the order of the households, so that the first
    ``n`` of them pay what is theirs together, rounded down. What nobody can give is asked of the first
    borrower: a plan that is offered asks nobody for more than it can give.
    """

    each: Living
    role: Ints
    together: Living

    def one(self, i: int) -> tuple[ObligorPart, ...]:
        """The households of loan ``i`` of these, for a person."""
        mine = np.flatnonzero(self.each.row == self.together.row[i]).tolist()
        return tuple(ObligorPart(role=ROLES[self.role[m]], living=self.each.one(m)) for m in mine)


def parted(
    rows: Columns,
    offsets: Ints,
    *,
    row: Ints,
    policy: Policy,
    behind: Obligors,
    decimals: Ints,
    frequency: Ints,
    finer: Ints,
) -> Parted:
    """What each household pays and has left in each row of schedules, and all of a loan together.

    Parameters
    ----------
    rows, offsets, row, policy, frequency, finer
        As :func:`~repayplan.offers.living.left_by_row` takes them.
    behind
        The households of these loans.
    decimals
        int64, of each loan; of the units of the payments.
    """
    due, payment, count = rows["agreed"], rows["payment"], np.diff(offsets)
    of, size = behind.of, len(behind.of)
    # The rows of each household are those of its loan.
    own = np.concatenate([[0], np.cumsum(count[of])])
    whose = np.repeat(np.arange(size), count[of])
    number = np.arange(len(whose)) - own[whose]
    source = offsets[of][whose] + number
    given, since = np.zeros(len(whose), np.int64), np.zeros(size, np.int64)
    for some in _blocks(count):
        mine = np.flatnonzero((of >= some[0]) & (of <= some[-1]))
        if len(mine):
            at = slice(int(own[mine[0]]), int(own[mine[-1] + 1]))
            ends = offsets[some[0] : some[-1] + 2]
            table, since[mine] = _given(policy, behind.take(some), due, ends, frequency[some], finer[some])
            given[at] = table[number[at], whose[at] - mine[0]]
    order = np.lexsort((whose, source))  # by payment, and within it in the order of the households
    begins = np.searchsorted(source[order], np.arange(len(payment)))
    paid = _parts(behind, payment, given, whose, order, begins)
    each = left_by_row(
        {
            "due_date": rows["due_date"][source],
            "agreed": due[source],
            "payment": paid,
            "put_aside": np.zeros_like(paid),
        },
        own,
        row=np.arange(size),
        policy=policy,
        households=behind.households,
        dated=np.ones(size, np.bool_),
        capacities=None,
        decimals=decimals[of],
        frequency=frequency[of],
        finer=finer[of],
    )
    partly = (behind.share != WHOLE)[whose]
    months = PeriodMonths(month_of(due[source]), frequency[of][whose], since[whose])
    spare, lacking = np.maximum(given - paid, 0), np.maximum(paid - given, 0)
    above = np.where(partly, _a_month(spare, months) + _a_month(-lacking, months), each.above)
    # Who is short and isn't asked for anything keeps all that it has.
    alone = (behind.count == 1)[of][whose]
    above = np.where(~partly & ~alone & (paid == 0) & (above < 0), 0, above)

    def summed(amount: Ints) -> Ints:
        return np.asarray(np.add.reduceat(amount[order], begins) if len(begins) else amount, np.int64)

    left, over = summed(each.left), summed(above)
    together = Living(
        row=row,
        decimals=decimals,
        offsets=offsets,
        due_date=rows["due_date"],
        payment=payment,
        left=left,
        needed=left - over,
        allowance=summed(each.allowance),
        above=over,
        put_aside=rows["put_aside"],
        income=summed(each.income),
    )
    apart = Living(
        row=row[of],
        decimals=each.decimals,
        offsets=own,
        due_date=each.due_date,
        payment=paid,
        left=each.left,
        needed=each.needed,
        allowance=each.allowance,
        above=each.above,
        put_aside=each.put_aside,
        income=each.income,
    )
    return Parted(each=apart, role=behind.role, together=together)


def _blocks(count: Ints) -> list[Ints]:
    """Loans, some at once, so that the tables of their periods aren't too large."""
    if not len(count):
        return []
    cells = len(count) * int(count.max()) * 4
    return np.array_split(np.arange(len(count)), -(-cells // CELLS))


def _a_month(amount: Ints, months: PeriodMonths) -> Ints:
    """Amounts of periods by the month, rounded down."""
    whole, rest = np.divmod(amount, months.num)
    return np.asarray(whole * months.den + rest * months.den // months.num, np.int64)


def _given(
    policy: Policy, behind: Obligors, due: Days, offsets: Ints, frequency: Ints, finer: Ints
) -> tuple[Ints, Ints]:
    """What each household of some loans can give in each period, and from which month on it is looked at.

    int64 (periods, households), and months since 1970-01.
    """
    of, count = behind.of, np.diff(offsets)
    first, last = due[offsets[:-1]][of], due[offsets[1:] - 1][of]
    way = way_ahead(behind.households, policy, np.arange(len(of)), frequency[of], first, last)
    table = way.table(Screen(len(of)), way.months, lambda can: can.surplus[None].copy())[:, 0]
    most = MOST_MONTHLY // finer[of]
    table = np.clip(table, -most, most)
    path = behind.path(month_begin(way.first), table, finer[of], 1, since=way.since, begun=way.begun)
    columns = np.full((int(count.max(initial=1)), len(count)), np.datetime64("NaT", "D"))
    column = np.repeat(np.arange(len(count)), count)
    columns[np.arange(len(column)) - (offsets[:-1] - offsets[0])[column], column] = due[
        offsets[0] : offsets[-1]
    ]
    found = path.members.per_period(frequency[of], columns, of)
    out = np.zeros((len(columns), len(of)), np.int64)
    out[:, found.row] = found.value
    return out, way.first + way.since


def _parts(behind: Obligors, payment: Ints, given: Ints, whose: Ints, order: Ints, begins: Ints) -> Ints:
    """What each household pays of each payment: exactly all of it together.

    Parameters
    ----------
    whose
        int64, of each part; the household.
    order, begins
        int64; the parts by payment, and where those of each begin in that order.
    """
    parts, left = np.zeros(len(given), np.int64), payment.copy()
    if not len(payment):
        return parts
    count = np.diff(np.append(begins, len(order)))
    mine = given[order]
    guarantor: Bools = (behind.role == GUARANTOR)[whose[order]]
    for tier in (~guarantor, guarantor):
        amount = np.where(tier, mine, 0)
        total = np.add.reduceat(amount, begins)
        running = np.cumsum(amount)
        upto = running - np.repeat(running[begins] - amount[begins], count)
        asked = np.minimum(left, total)
        fits = np.repeat((total > 0) & (total < MAX_DENOMINATOR), count)
        most = np.repeat(asked, count)
        den = np.where(fits, np.repeat(total, count), 1)
        share, _ = divide_product(np.where(fits, most, 0), np.where(fits, upto, 0), den)
        # Of totals beyond that the first households give all they can.
        paid = np.where(fits, share, np.minimum(upto, most))
        part = np.diff(paid, prepend=0)
        part[begins] = paid[begins]
        parts += part
        left = left - asked
    bears = behind.first[behind.of[whose[order]]] == whose[order]
    parts[bears] += left
    out = np.empty_like(parts)
    out[order] = parts
    return out
