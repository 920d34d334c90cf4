"""A household's months in plain Python: items as dictionaries, amounts in cents, one month at a time."""

from calendar import monthrange
from datetime import date, timedelta
from fractions import Fraction
from math import ceil, floor

IN_MONTHS = {
    "weekly": Fraction(52, 12),
    "fortnightly": Fraction(26, 12),
    "monthly": Fraction(1),
    "quarterly": Fraction(1, 3),
    "annual": Fraction(1, 12),
}


class Refused(Exception):  # noqa: N818
    """A code and a field instead of figures."""


def counts(item, year, month):
    """Whether an item counts in a month: income if it covers it wholly, the others if they touch it."""
    first, last = date(year, month, 1), date(year, month, monthrange(year, month)[1])
    start, until = item["start"] or date.min, item["until"] or date.max
    if item["months"] and month not in item["months"]:
        return False
    if item["kind"].endswith("income"):
        return start <= first and until >= last
    return start <= last and until >= first


def in_whole_months(home, item):
    """A deduction, that of an income it begins or ends with moved to where that counts from or until."""
    if item["kind"] != "deduction":
        return item
    begins, ends = (
        {other[name] for other in home if other["kind"] == "gross_income"} for name in ("start", "until")
    )
    start, until = item["start"], item["until"]
    if start and start in begins and start.day > 1:
        start = date(start.year, start.month, monthrange(start.year, start.month)[1]) + timedelta(1)
    if until and until in ends and (until + timedelta(1)).day > 1:
        until = until.replace(day=1) - timedelta(1)
    return item | {"start": start, "until": until}


def amount(item, evidence, haircuts):
    """What an item counts for, a month."""
    earned = item["kind"].endswith("income")
    declared, verified = (
        None if item[name] is None else (floor if earned else ceil)(item[name] * IN_MONTHS[item["frequency"]])
        for name in ("amount", "verified")
    )
    if evidence is None and verified not in (None, declared):
        raise Refused("missing", "income.evidence")
    if evidence == "verified" and verified is None:
        raise Refused("missing", "items.verified")
    used = declared
    if evidence == "verified" or (evidence == "lesser" and verified is not None and verified < declared):
        used = verified
    if earned and item["category"] in haircuts:
        used -= ceil(used * haircuts[item["category"]])
    return used


def month_of(home, year, month, *, net_of_gross=None, evidence=None, haircuts=None):
    """Net income, costs by category and debts of one month."""
    net = gross = deducted = debts = 0
    costs = {}
    kinds = {item["kind"] for item in home}
    for item in home:
        each = amount(item, evidence, haircuts or {})
        if item["kind"] == "cost":
            costs.setdefault(item["category"], 0)
        if not counts(in_whole_months(home, item), year, month):
            continue
        if item["kind"] == "net_income":
            net += each
        elif item["kind"] == "gross_income":
            gross += each
        elif item["kind"] == "deduction":
            deducted += each
        elif item["kind"] == "debt":
            debts += each
        else:
            costs[item["category"]] += each
    earners = [item for item in home if item["kind"] == "gross_income"]
    if earners and not any(counts(item, year, month) for item in earners):
        deducted = 0
    if "deduction" in kinds:
        if deducted > gross:
            raise Refused("out_of_range", "deductions")
        most = gross if net_of_gross is None else floor(gross * net_of_gross)
        return net + min(gross - deducted, most), costs, debts
    if "gross_income" in kinds:
        if net_of_gross is None:
            raise Refused("gross_without_rule", "gross_income")
        net += floor(gross * net_of_gross)
    return net, costs, debts


def payable(home, year, month, *, floor_=0, covers=(), stress=Fraction(0), upratings=(), **rules):
    """What can be paid in a month: ``floor_`` is the allowance, raised by each of the upratings in turn."""
    net, costs, debts = month_of(home, year, month, **rules)
    net -= ceil(net * stress)
    for rate in upratings:
        floor_ += ceil(floor_ * rate)
    covered = max(floor_, sum(cost for name, cost in costs.items() if name in covers))
    others = sum(cost for name, cost in costs.items() if name not in covers)
    return max(net - covered - others - debts, 0)
