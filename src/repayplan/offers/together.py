"""What several debts of one borrower are together, as the columns of one loan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from repayplan.basics.columns import NO_SPREAD, RATE_DECIMALS, Screen
from repayplan.basics.dates import (
    FREQUENCIES,
    FREQUENCY_INDEX,
    PERIOD_MONTHS_DEN,
    PERIOD_MONTHS_NUM,
    Days,
    civil,
    month_heads,
)
from repayplan.basics.errors import Code
from repayplan.basics.money import Minor, as_text
from repayplan.basics.outcome import Bools, Ints, any_of
from repayplan.kernel.accrue import settle
from repayplan.offers.grouping import Debts
from repayplan.offers.mergerule import MergeRule
from repayplan.plans.beside import prepayment
from repayplan.plans.loan import Loans
from repayplan.plans.loanreading import STUBS
from repayplan.plans.methods import bullet
from repayplan.plans.schedule import schedule

_NAT = np.datetime64("NaT", "D")


def accrued_to(debts: Debts, day: Days, screen: Screen) -> Ints:
    """Interest of each debt from the day that its own runs from to the common one, in its first period.

    It is what that period's row has where all of the balance is prepaid on the day: the whole period's, less
    what runs from the day on.
    """
    loans, out = debts.loans, np.zeros(len(debts.loans), np.int64)
    keep = screen.good[debts.of]
    keep &= (loans.balance[debts.rows] > 0) & (loans.start[debts.rows] < day[debts.of])
    rows, of = debts.rows[keep], debts.of[keep]
    if not len(rows):
        return out
    # What isn't rounded in a schedule is so when it joins what is owed, in whole units: once, half to even.
    modes = tuple(
        replace(law, instalment="half_even", interest="half_even") if law.unrounded else law
        for law in loans.rounding
    )
    some = loans.take(rows).replace(last_due=np.full(len(rows), _NAT), rounding=modes)
    made = schedule(some, bullet(1) + prepayment(Minor(some.balance), on=day[of]))
    out[rows[made.row]] = made.value.totals()["interest"]
    screen.adopt(made.failures.moved(of))
    return out


def as_one(debts: Debts, parts: dict[str, Ints], rule: MergeRule, day: Days, screen: Screen) -> Loans:
    """The merged loans; what is wrong with a borrower's goes to the screen."""
    loans = debts.loans
    owed = sum(parts.values(), np.zeros(len(loans), np.int64))
    lead = debts.first(-owed, loans.next_due, loans.due_index)
    apart = debts.differ(loans.decimals)
    screen.fault(apart, Code.DEBTS_DIFFER, "decimals", debts.two(loans.decimals, loans.decimals))
    often = loans.frequency
    if rule.frequency is None:
        names = np.array([each.name for each in FREQUENCIES])[often]
        screen.fault(debts.differ(often), Code.DEBTS_DIFFER, "frequency", debts.two(often, names))
    else:
        often = np.full(len(loans), FREQUENCY_INDEX[rule.frequency])
    sums = {}
    for name, part in parts.items():
        sums[name], beyond = debts.total(part)
        screen.fault(beyond, Code.BEYOND_DOMAIN, name)
    due = lead if rule.due_day != "earliest" else debts.first(loans.next_due, -owed, loans.due_index)
    next_due, laws = loans.next_due[due], loans.due_dates
    alone = (debts.many == 1) & (loans.frequency[lead] == often[lead])
    if isinstance(rule.due_day, int):
        next_due, alone = _on_day(debts.earliest(loans.next_due), rule.due_day), alone & False
        laws = tuple(replace(law, day=rule.due_day, month_end=False, given=None) for law in laws)
    paid, beyond = debts.total(loans.instalment)
    unsaid = debts.any((loans.instalment == 0) | (loans.frequency != often)) | beyond
    grid = loans.take(debts.rows).replace(
        next_due=next_due[debts.of],
        due_dates=laws,
        due_index=loans.due_index[due][debts.of],
        frequency=often[debts.rows],
        late=np.zeros(len(debts.rows), np.int64),
    )
    rates, (terms, left) = _rates(debts, rule, screen), _terms(debts, rule, grid, alone)
    money: dict[str, Any] = {name: Minor(np.where(screen.good, amount, 0)) for name, amount in sums.items()}
    made = Loans.from_columns(
        **money,
        **rates,
        **terms,
        next_due=next_due,
        start=day,
        frequency=_named([each.name for each in FREQUENCIES], often[lead]),
        decimals=loans.decimals[lead],
        instalment=Minor(np.where(unsaid, 0, paid)),
        first_stub=_named(STUBS, loans.stub[due]),
        last_due=np.where(debts.differ(loans.last_due), _NAT, loans.last_due[due]),
        final_stub=_named(STUBS, loans.final_stub[due]),
        due_dates=laws,
        due_index=loans.due_index[due],
        rounding=loans.rounding,
        rounding_index=loans.rounding_index[lead],
    )
    screen.adopt(made.failures)
    made = made.replace(day_count=loans.day_count[lead], day_counts=loans.day_counts)
    # More instalments left than the term has: only the day of the last of them can say so.
    longer = screen.good & ~alone & (left > made.original_term)
    ends = made.unshifted(np.arange(debts.size), left - made.late - 1)
    screen.fault(longer & np.isnat(ends), Code.BEYOND_CALENDAR, "original_maturity")
    return made.replace(original_maturity=np.where(longer, ends, made.original_maturity))


def _named(names: Sequence[str], index: Ints) -> Any:
    """The name of each row's index; one for all where it is the same."""
    same = len(index) > 0 and bool((index == index[0]).all())
    return names[int(index[0])] if same else np.array(names)[index]


def _on_day(days: Days, day: int) -> Days:
    """The first date from each day on that is the day of its month, or the last of one that is shorter."""
    month = civil(days)[0]
    this, after = (
        (np.minimum(month_heads(each) + day, month_heads(each + 1)) - 1).astype("datetime64[D]")
        for each in (month, month + 1)
    )
    return np.where(this >= days, this, after)


def _rates(debts: Debts, rule: MergeRule, screen: Screen) -> dict[str, Any]:
    """What the merged loans' rates are, as columns of loans."""
    loans = debts.loans
    if isinstance(rule.rate, Decimal):
        return {"annual_rate": rule.rate}
    rate = loans.annual_rate
    if rule.rate == "weighted":
        fixed = _average(debts, rule)
    else:
        fixed = rate[debts.first(rate if rule.rate == "lowest" else -rate)]
    if not any_of(loans.rate_index >= 0):
        return {"annual_rate": Minor(fixed)}
    path = debts.any(loans.rate_index >= 0)
    apart = [debts.differ(each) for each in (loans.rate_index, loans.spread, loans.rate_anchor)]
    shown = debts.two(rate, as_text(rate, RATE_DECIMALS))
    screen.fault(path & np.logical_or.reduce(apart), Code.DEBTS_DIFFER, "annual_rate", shown)
    some = debts.first()
    above = loans.spread[some]
    spread = np.where(path & (above != NO_SPREAD), as_text(above, RATE_DECIMALS), "")
    return {
        "annual_rate": Minor(np.where(path, 0, fixed)),
        "rate_paths": loans.rate_paths,
        "rate_index": np.where(path, loans.rate_index[some], -1),
        "spread": spread if (spread != "").any() else None,
        "rate_anchor": np.where(path, loans.rate_anchor[some], _NAT),
    }


def _average(debts: Debts, rule: MergeRule) -> Ints:
    """Rates weighted with what bears interest, or with all that is owed where nothing does; rounded once.

    Long division, a binary digit of the rates at a time: nothing it holds reaches 2**63, since all that a
    loan owes stays below 2**61.
    """
    loans, out = debts.loans, np.zeros(debts.size, np.int64)
    bears, beyond = debts.total(loans.balance)
    weight = np.where(
        bears[debts.of] > 0, loans.balance[debts.rows], (loans.carried + loans.charges)[debts.rows]
    )
    whose, start = np.unique(debts.of, return_index=True)
    if not len(whose):
        return out
    rate, total = loans.annual_rate[debts.rows], np.add.reduceat(weight, start)
    divisor = np.maximum(total, 1)  # what is beyond the domain is refused
    quotient, rest = np.zeros_like(total), np.zeros_like(total)
    for place in reversed(range((10**RATE_DECIMALS).bit_length())):
        rest = 2 * rest + np.add.reduceat(np.where(rate >> place & 1, weight, 0), start)
        step = rest // divisor
        quotient, rest = 2 * quotient + step, rest - step * divisor
    out[whose] = settle(quotient, rest, divisor, rule.rate_rounding, rule.multiple)
    return np.where(beyond, 0, out)


def _terms(debts: Debts, rule: MergeRule, grid: Loans, alone: Bools) -> tuple[dict[str, Any], Ints]:
    """The counts by which extension is limited, and the due dates up to the original maturity.

    A debt alone keeps its own; ``grid`` has the merged plan's due dates for each of the debts.
    """
    loans, rows = debts.loans, debts.rows
    own, often = loans.frequency[rows], grid.frequency
    num = PERIOD_MONTHS_NUM[own] * PERIOD_MONTHS_DEN[often]
    den = PERIOD_MONTHS_DEN[own] * PERIOD_MONTHS_NUM[often]
    # In whole periods of the plan: a term that limits is rounded down, what is unpaid up.
    term, unpaid = loans.original_term.copy(), loans.unpaid.copy()
    left = loans.to_original_maturity + loans.late
    term[rows] = np.maximum(term[rows] * num // den, 1)
    unpaid[rows] = -(-unpaid[rows] * num // den)
    if any_of(own != often):
        last = loans.unshifted(rows, loans.to_original_maturity[rows] - 1)
        dated = loans.original_maturity[rows]
        counted = grid.due_by(np.where(np.isnat(dated), last, dated))
        left[rows] = np.where(own == often, left[rows], counted)
    sign = 1 if rule.original_term == "shortest" else -1
    way = 1 if rule.maturity == "earliest" else -1
    of = debts.first(way * left, way * loans.months_extended, way * unpaid)
    whole = term[debts.first(sign * term)]
    terms = {
        "original_term": whole,
        "elapsed": np.where(alone, loans.elapsed[of], np.maximum(whole - left[of], 0)),
        "unpaid": unpaid[of],
        "months_extended": loans.months_extended[of],
        "original_maturity": np.where(alone, loans.original_maturity[of], _NAT),
    }
    return terms, left[of]


def further(debts: Debts, screen: Screen) -> dict[str, Any]:
    """Further columns, a value a borrower; none where the debts don't agree, but for the currency a fault."""
    out = {}
    for name, values in debts.loans.extra.items():
        if isinstance(values, (str, bytes)) or not (isinstance(values, Minor) or hasattr(values, "__len__")):
            out[name] = values  # one for all
            continue
        column = _column(values, debts.loans)
        if name == "currency":
            text = Screen(len(column)).text(column)
            said = replace(
                debts, rows=debts.rows[text[debts.rows] != ""], of=debts.of[text[debts.rows] != ""]
            )
            screen.fault(said.differ(text), Code.DEBTS_DIFFER, name, said.two(text, text))
            out[name] = np.where(said.many > 0, text[said.first()], "")
            continue
        apart, kept = debts.differ(column), column[debts.first()]
        if any_of(apart):
            nothing: Any = {"U": "", "M": _NAT}.get(column.dtype.kind)
            kept = np.where(apart, nothing, kept if nothing is not None else kept.astype(np.object_))
        out[name] = kept
    return out


def _column(values: Any, loans: Loans) -> npt.NDArray[Any]:
    """A further column as an array."""
    if isinstance(values, Minor):
        return as_text(values.units, loans.decimals)
    return Screen(len(loans))._column(values)
