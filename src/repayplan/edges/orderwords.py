"""What payments go to, and what becomes of money in advance, in sentences in both languages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from repayplan.accounts.allocationrule import AllocationRule, InAdvance, PaymentOrder
from repayplan.accounts.component import Component
from repayplan.accounts.terms import Rebate
from repayplan.edges.words import Words

PARTS: dict[Component, Words] = {
    "costs": Words("costs of enforcement", "实现债权的费用"),
    "fees": Words("fees", "费用"),
    "penalty": Words("penalty interest", "罚息"),
    "compound": Words("interest on interest", "复利"),
    "interest": Words("interest", "利息"),
    "principal": Words("principal", "本金"),
}
"""What the components are called."""


def payment_order(rule: AllocationRule) -> tuple[Words, ...]:
    """What payments go to, in sentences.

    Examples
    --------
    >>> print(payment_order(AllocationRule.example("civil-code-561"))[0].zh)
    还款依次抵充实现债权的费用、费用、罚息、复利、利息、本金，每项均先抵充到期较早的各期。
    """
    late = (
        _order(
            each,
            f"From {each.from_days} days past due on, payments go to",
            f"逾期满{each.from_days}天起，还款依次抵充",
        )
        for each in rule.late
    )
    kinds = (
        _together(
            _order(each, f"Payments of the kind {each.kind} go to", f"类别为{each.kind}的款项依次抵充"),
            IN_ADVANCE[each.in_advance],
        )
        for each in rule.kinds
    )
    return (_order(rule, "Payments go to", "还款依次抵充"), *late, *kinds, IN_ADVANCE[rule.in_advance])


EARLY_END: dict[Rebate, Words] = {
    "actuarial": Words(
        "If everything is paid before its time, interest is owed only for the days that have passed by then.",
        "提前结清的，利息计算至结清之日止，此后各期利息不再收取。",
    ),
    "rule_of_78": Words(
        "If everything is paid before its time, interest is given back by the rule of 78: where u of the"
        " plan's t periods haven't begun, u(u + 1) / (t(t + 1)) of all its interest.",
        "提前结清的，利息按78法则退还：本计划共t期，其中u期尚未开始的，退还全部利息的u(u + 1) / (t(t + 1))。",
    ),
    "implied_rate": Words(
        "If everything is paid before its time, instalments to come are owed at what they are worth on that"
        " day, at the effective annual rate that the plan's own instalments imply.",
        "提前结清的，未到期各期按本计划各期还款所隐含的实际年利率折算为结清日的价值收取。",
    ),
}
"""What of the interest is owed at an early end."""


def _order(rule: AllocationRule | PaymentOrder, en: str, zh: str) -> Words:
    parts = [PARTS[each] for each in rule.order]
    named = (", ".join(each.en for each in parts), "、".join(each.zh for each in parts))
    if rule.ahead is not None:
        parts = [PARTS[each] for each in rule.ahead]
        coming = Words(
            f"Of what isn't due yet each instalment is paid in this order: {', '.join(e.en for e in parts)}.",
            f"提前清偿未到期的各期时，每期内依次为{'、'.join(e.zh for e in parts)}。",
        )
        return _together(_order(replace(rule, ahead=None), en, zh), coming)
    if rule.by == "component":
        return Words(
            f"{en} {named[0]}, in this order, of each the oldest first.",
            f"{zh}{named[1]}，每项均先抵充到期较早的各期。",
        )
    return Words(
        f"{en} the oldest instalment first, and in each to {named[0]}, in this order.",
        f"{zh}到期较早的各期，每期内依次为{named[1]}。",
    )


def _together(one: Words, other: Words) -> Words:
    return Words(f"{one.en} {other.en}", f"{one.zh}{other.zh}")


def joined_parts(parts: Iterable[Component]) -> Words:
    """Components in one phrase."""
    words = [PARTS[each] for each in parts]
    return Words(" and ".join(each.en for each in words), "和".join(each.zh for each in words))


IN_ADVANCE: dict[InAdvance, Words] = {
    "hold": Words(
        "Money for which nothing is due is kept until something falls due.",
        "提前支付的款项留存至下一到期日抵充。",
    ),
    "next": Words(
        "Money for which nothing is due pays the next instalments.",
        "提前支付的款项依次抵充以后各期。",
    ),
    "last": Words(
        "Money for which nothing is due pays the last instalments first.",
        "提前支付的款项自末期起倒序抵充。",
    ),
    "lower": Words(
        "Money for which nothing is due repays principal, and the instalments become lower.",
        "提前支付的款项用于提前归还本金，以后各期还款额相应降低。",
    ),
    "shorter": Words(
        "Money for which nothing is due repays principal, and the plan becomes shorter.",
        "提前支付的款项用于提前归还本金，还款期限相应缩短。",
    ),
}
