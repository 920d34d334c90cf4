"""What being late costs, in sentences: an account's rules, in both languages."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from fractions import Fraction

from repayplan.accounts.agreedplan import LateFigure
from repayplan.accounts.latefee import LateFee
from repayplan.accounts.overduecaps import OverdueCaps
from repayplan.accounts.overduerate import OverdueLedger, OverdueRate, Settled
from repayplan.accounts.overduerule import FirstDay, OverdueMode, OverdueRule, Per
from repayplan.edges.documents import Entry
from repayplan.edges.orderwords import PARTS, joined_parts
from repayplan.edges.words import Figure, Words


def late_rules(
    rule: OverdueRule, contract: Decimal, lent: Decimal, contracted: date | None = None
) -> tuple[Words, ...]:
    """What being late costs, a sentence for each thing that the rule says.

    Parameters
    ----------
    rule
        The rule.
    contract
        The plan's annual rate, a fraction.
    lent
        The principal that bounds are reckoned of, currency units.
    contracted
        The day of the contract, where it is stated.

    Examples
    --------
    >>> from repayplan import OverdueLedger, OverdueRate, OverdueRule
    >>> rule = OverdueRule(
    ...     penalty=OverdueLedger(on=("principal",), rate=OverdueRate(multiplier="1.5")),
    ...     day_count="ACT/360",
    ...     first_day="due_date",
    ...     rounded="end",
    ...     mode="half_up",
    ... )
    >>> late_rules(rule, Decimal("0.12"), Decimal(12000))[0].en
    'Penalty interest is charged on overdue principal at 18 % a year.'
    """
    ledgers = (_ledger(name, ledger, contract) for name, ledger in rule.ledgers)
    return (
        *ledgers,
        _days(rule),
        *((_grace(rule),) if rule.grace_days else ()),
        *((_tolerance(rule.tolerance),) if rule.tolerance else ()),
        *((_late_fee(rule.late_fee),) if rule.late_fee is not None else ()),
        *(_caps(rule.caps, lent, contracted) if rule.caps is not None else ()),
        _rounded(rule),
    )


def late_entries(figure: LateFigure) -> tuple[Entry, ...]:
    """A worked figure: one instalment, and what is charged where it is paid late; no amount of 0 but the sum.

    Parameters
    ----------
    figure
        Of an agreement, or of a plan that is offered.
    """
    amounts = {f"late_{name}": getattr(figure, name) for name in ("principal", "interest", "fee")}
    amounts |= {"charged_penalty": figure.penalty, "charged_compound": figure.compound}
    amounts["charged_fee"] = figure.late_fee
    return (
        Entry("late_due", _W["late_due"], Figure(figure.due_date, "date")),
        Entry("days_late", _W["days_late"], Figure(figure.days, "days")),
        *(Entry(name, _W[name], Figure(value, "money")) for name, value in amounts.items() if value),
        Entry("charged", _W["charged"], Figure(figure.charged, "money")),
    )


def _ledger(name: str, ledger: OverdueLedger, contract: Decimal) -> Words:
    on, rate = joined_parts(ledger.on), _rate(ledger.rate, contract)
    what = PARTS["penalty" if name == "penalty" else "compound"]
    en = f"{what.en.capitalize()} is charged on overdue {on.en} at {rate.en}"
    zh = f"对逾期的{on.zh}按{rate.zh}计收{what.zh}"
    if ledger.in_term is not None:
        before = _rate(ledger.in_term, contract)
        en = (
            f"{what.en.capitalize()} is charged on overdue {on.en} at {before.en} up to the plan's last due"
            f" date, then, or from the day on which the balance is called in, at {rate.en}"
        )
        until, after = "计划末期到期日之前", "之后或自宣布提前到期之日起"
        zh = f"对逾期的{on.zh}，{until}按{before.zh}、{after}按{rate.zh}计收{what.zh}"
    settled = _SETTLED[ledger.settled]
    if settled is None:
        return Words(f"{en}.", f"{zh}。")
    day = ledger.settlement_day
    return Words(f"{en}, settled {settled.en.format(day=day)}.", f"{zh}，{settled.zh.format(day=day)}结算。")


def _rate(rate: OverdueRate, contract: Decimal) -> Words:
    """A rate as it is; of an index by its name, for it changes."""
    if rate.index is None:
        figure = _percent(rate.on(contract))
        return Words(f"{figure.said('en')} a year", f"年利率{figure.said('zh')}")
    times = "" if rate.multiplier == 1 else f"{rate.multiplier.normalize():f} × "
    more = [
        f" + {_percent(Fraction(rate.uplift)).said(language)}" if rate.uplift else ""
        for language in ("en", "zh")
    ]
    name = rate.index.name
    return Words(f"{times}{name}{more[0]} a year, as published", f"年利率{times}{name}{more[1]}（按公布值）")


def _percent(rate: Fraction) -> Figure:
    """A share that a person reads: a rate has no more than 14 decimals, so that this is exact."""
    return Figure(Decimal(int(rate * 10**_PLACES)).scaleb(-_PLACES), "percent")


_PLACES = 14


def _days(rule: OverdueRule) -> Words:
    first = _FIRST[rule.first_day]
    return Words(
        f"Days count from {first.en} on, without the day of payment, by {rule.day_count}.",
        f"自{first.zh}起计算，实际还款日不计，计日方法为{rule.day_count}。",
    )


def _rounded(rule: OverdueRule) -> Words:
    per, mode = _PER[rule.rounded], _MODES[rule.mode]
    return Words(f"Charges are rounded {per.en}, {mode.en}.", f"上述金额{per.zh}取整（{mode.zh}）。")


def _grace(rule: OverdueRule) -> Words:
    n = rule.grace_days
    back = (
        (
            "; what isn't paid in full by then is charged for these days as well",
            "；宽限期内未付清的，宽限期同样计收",
        )
        if rule.grace_reaches_back
        else ("; these days are never charged", "；宽限期不计收")
    )
    return Words(
        f"A payment up to {n} days after its due date is in time{back[0]}.",
        f"到期日后{n}天内付清的视为按期还款{back[1]}。",
    )


def _tolerance(amount: Decimal) -> Words:
    shown = f"{amount:f}"
    return Words(
        f"If no more than {shown} of an instalment is missing, it counts as paid; the rest joins the next.",
        f"当期欠缺不超过{shown}的，视为足额还款，欠缺部分并入下一期。",
    )


def _late_fee(fee: LateFee) -> Words:
    parts = []
    if fee.amount:
        parts.append((f"{fee.amount:f}", f"{fee.amount:f}"))
    if fee.share:
        share = _percent(Fraction(fee.share))
        parts.append((f"{share.said('en')} of what is unpaid", f"未付金额的{share.said('zh')}"))
    en, zh = (" + ".join(each) for each in zip(*parts, strict=True))
    if fee.minimum:
        en, zh = f"{en}, at least {fee.minimum:f}", f"{zh}，最低{fee.minimum:f}"
    if fee.maximum is not None:
        en, zh = f"{en}, at most {fee.maximum:f}", f"{zh}，最高{fee.maximum:f}"
    return Words(
        f"Each instalment that is still overdue after any days of grace costs a fee of {en}, once.",
        f"每期逾期（超过宽限期的）收取一次违约金：{zh}。",
    )


def _caps(caps: OverdueCaps, lent: Decimal, contracted: date | None) -> Iterable[Words]:
    """Each bound, and where it is written."""
    bounds, base = [], f"{lent:,f}"
    if caps.per_day is not None:
        yield Words(
            f"Each kind of interest for being late is at most {caps.per_day:f} a day for each instalment"
            f" ({caps.source}).",
            f"逾期产生的各项利息（罚息、复利）分别以每期每日{caps.per_day:f}为限（{caps.source}）。",
        )
    if caps.of_instalment is not None:
        share = _percent(Fraction(caps.of_instalment))
        bounds.append((f"{share.said('en')} of the instalment", f"该期应还金额的{share.said('zh')}"))
    if caps.of_principal is not None:
        share = _percent(Fraction(caps.of_principal))
        bounds.append((f"{share.said('en')} of a principal of {base}", f"本金{base}的{share.said('zh')}"))
    if caps.all_in is not None:
        rate = _percent(Fraction(caps.all_in))
        bounds.append(
            (
                f"together with all interest {rate.said('en')} a year of a principal of {base}",
                f"连同全部利息为本金{base}的年{rate.said('zh')}",
            )
        )
    if caps.all_in_index is not None:
        name = f"{caps.all_in_multiplier.normalize():f} × {caps.all_in_index.name}"
        en, zh = (
            (name, name) if contracted is None else (f"{name} of {contracted}", f"{name}（{contracted}）")
        )
        bounds.append(
            (
                f"together with all interest {en} a year of a principal of {base}",
                f"连同全部利息为本金{base}的年{zh}",
            )
        )
    for en, zh in bounds:
        yield Words(
            f"What being late costs is at most {en} ({caps.source}).",
            f"逾期产生的罚息、复利及违约金以{zh}为限（{caps.source}）。",
        )


_W = {
    "late_due": Words("Example: due", "示例：到期日"),
    "days_late": Words("Paid late by", "逾期天数"),
    "late_principal": Words("Overdue principal", "逾期本金"),
    "late_interest": Words("Overdue interest", "逾期利息"),
    "late_fee": Words("Overdue fees and penalty", "逾期费用及罚息"),
    "charged_penalty": Words("Charged: penalty interest", "加收：罚息"),
    "charged_compound": Words("Charged: interest on interest", "加收：复利"),
    "charged_fee": Words("Charged: late fee", "加收：违约金"),
    "charged": Words("Charged in all", "合计加收"),
}
_SETTLED: dict[Settled, Words | None] = {
    "never": None,
    "daily": Words("daily", "按日"),
    "monthly": Words("monthly on day {day}", "每月{day}日"),
    "quarterly": Words("on day {day} of the last month of each quarter", "每季度末月{day}日"),
}
_FIRST: dict[FirstDay, Words] = {
    "due_date": Words("the due date", "到期日"),
    "next_day": Words("the day after the due date", "到期日次日"),
}
_PER: dict[Per, Words] = {
    "day": Words("once a day", "按日"),
    "month": Words("once a month, at its end", "于每月月末"),
    "end": Words("once, when they are asked for or paid", "于计收时一次"),
}
_MODES: dict[OverdueMode, Words] = {
    "half_up": Words("half up", "四舍五入"),
    "half_even": Words("half to even", "四舍六入五成双"),
    "up": Words("up", "向上取整"),
    "down": Words("down", "向下取整"),
}
