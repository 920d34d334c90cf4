"""The summing-up of a programme for people, in English and Chinese from the figures of its evaluation."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from repayplan.ability.figures import one_currency, one_rule
from repayplan.basics.errors import Code, InputError, Language
from repayplan.basics.money import EXACT
from repayplan.edges.documents import Document, Section, Table
from repayplan.edges.words import Figure, Unit, Words
from repayplan.programmes.evaluation import Evaluation
from repayplan.programmes.figure import AMOUNTS
from repayplan.programmes.figure import Figure as Found
from repayplan.programmes.goal import Goal, Met
from repayplan.programmes.labels import FLAGS, GROUPS, LABELS, SECTIONS, section_of

_UNITS: dict[str, Unit] = {
    "survey.mean": "number",
    "did.cash": "money",
    "did.balance.before": "number",
    "did.balance.after": "number",
    "budget.cost_per_cured": "money",
}
"""Units of values that are no shares."""
_ROUNDED = {"percent": Decimal("0.001"), "number": Decimal("0.01")}
_HEAD = {
    "figure": Words("Figure", "指标"),
    "group": Words("Of", "分组"),
    "n": Words("n", "样本数"),
    "count": Words("Count", "数量"),
    "value": Words("Value", "数值"),
    "interval": Words("Interval", "置信区间"),
    "amount": Words("Amount", "金额"),
    "flags": Words("Remarks", "备注"),
}
_GOALS = {
    "figure": Words("Goal", "目标"),
    "group": Words("Of", "分组"),
    "bound": Words("Set", "设定值"),
    "reached": Words("Reached", "实际值"),
    "met": Words("Met", "是否达成"),
}
_TO: dict[Language, str] = {"en": " to ", "zh": "至"}
_NOTHING = Figure("", "text")
_NO_NUMBER = Figure("", "money")
"""Of a column of numbers, which stand at the right even where its first cell is empty."""


def summing_up(
    evaluation: Evaluation,
    *,
    programme: str | Words,
    currency: str,
    words: Mapping[str, Words] | None = None,
) -> Document:
    """What the programme achieved, as a document: goals, every figure with its n and interval, assumptions.

    Parameters
    ----------
    evaluation
        As :func:`~repayplan.evaluate` made it.
    programme
        What the programme is called.
    currency
        Of its amounts, by its code in ISO 4217: the evaluation's, where that knows it.
    words
        What the caller's own names are called: questions of the survey, and columns and their values that
        accounts were matched on. None, and what isn't among them: as they are.

    Returns
    -------
    :class:`~repayplan.Document`: ``.markdown("en" | "zh")``, ``.text(...)``, ``.html(...)`` and
    ``.as_dict(...)`` say the same.

    Raises
    ------
    InputError
        Something else in place of an evaluation or of words; a name that isn't text; no code of a currency,
        or one that the amounts aren't in.
    """
    one_rule("evaluation", evaluation, Evaluation)
    one_currency("currency", currency, evaluation.currency)
    name = programme if isinstance(programme, Words) else Words(programme, programme)
    if words is not None and not isinstance(words, Mapping):
        raise InputError(Code.UNKNOWN_VALUE, "words", words, "Words by name")
    for key, each in (words or {}).items():
        one_rule(f"words.{key}", each, Words)
    called = {**GROUPS, **{key: (each.en, each.zh) for key, each in (words or {}).items()}}
    rule = evaluation.rule
    level = f"{(rule.confidence * 100).normalize():f}"
    sections = [
        Section(
            name="about",
            heading=Words("What this is about", "说明"),
            notes=(
                Words(
                    f"{evaluation.accounts} accounts; {evaluation.excluded} more could not be worked out at "
                    "one of the looks and are in none of the figures.",
                    f"共{evaluation.accounts}个账户；"
                    f"另有{evaluation.excluded}个账户因某一时点无法计算，未计入任何指标。",
                ),
                Words(
                    f"Overdue: {rule.overdue_from_days} days past due or more. Default: "
                    f"{rule.default_from_days} or more. Cured by the plan: the last {rule.cured_after} "
                    f"instalments were paid in time. Cash is that of {rule.window_months} months.",
                    f"逾期：逾期{rule.overdue_from_days}天及以上；违约：逾期{rule.default_from_days}天及以上；"
                    f"按新计划恢复正常：最近{rule.cured_after}期均按期归还；现金按{rule.window_months}个月计。",
                ),
                Words(
                    "Under a new plan accounts aren't overdue any more without any payment; by the original "
                    "contract whoever pays a lower instalment stays overdue. Read both beside the cash that "
                    "came in.",
                    "重新安排还款计划会使账户在未还款的情况下即不再逾期；"
                    "按原合同，按较低金额还款的账户仍显示逾期。两种口径应与实收现金一并阅读。",
                ),
                Words(
                    f"Intervals have a confidence of {level} %. Of fewer than "
                    f"{rule.small_cell} cases a figure says little.",
                    f"区间的置信水平为{level}%。样本少于{rule.small_cell}时，指标参考意义有限。",
                ),
                Words(f"Amounts are in {currency}.", f"金额单位：{currency}。"),
            ),
        )
    ]
    unit = _smallest(evaluation)
    lines = {} if evaluation.budget is None else {x.name: x.names for x in evaluation.budget.lines}
    if evaluation.goals:
        rows = tuple(
            _goal(each, _words_of(each.goal.figure, lines, called), unit) for each in evaluation.goals
        )
        table = Table(tuple(_GOALS), tuple(_GOALS.values()), rows)
        sections.append(Section(name="goals", heading=Words("Goals", "目标达成情况"), table=table))
    for part, en, zh in SECTIONS:
        mine = [each for each in evaluation.figures if section_of(each.name) == part]
        if mine:
            rows = tuple(_row(each, _words_of(each.name, lines, called), unit) for each in mine)
            table = Table(tuple(_HEAD), tuple(_HEAD.values()), rows, grouped=True)
            notes: tuple[Words, ...] = ()
            if part == "did" and evaluation.compared is not None:
                notes = tuple(Words(one, two) for _, one, two in evaluation.compared.differences.assumptions)
            sections.append(Section(name=part, heading=Words(en, zh), notes=notes, table=table))
    title = Words(f"Summing-up: {name.en}", f"总结报告：{name.zh}")
    return Document(title=title, currency=currency, sections=tuple(sections))


def _smallest(evaluation: Evaluation) -> Decimal:
    """The unit of all amounts: that of the accounts, or of an amount of the budget that is finer."""
    amounts = [each.amount for each in evaluation.figures if each.amount is not None]
    exponents = [int(each.as_tuple().exponent) for each in amounts]
    return Decimal(1).scaleb(min((*exponents, -evaluation.trail.looks.decimals, 0)))


def _row(found: Found, words: Mapping[str, tuple[str, str]], smallest: Decimal) -> tuple[Figure, ...]:
    unit = _UNITS.get(found.name, "percent")
    interval = _NOTHING
    if found.low is not None and found.high is not None:
        low, high = (_shown(each, unit, smallest) for each in (found.low, found.high))
        # Between two figures that may be below 0, a dash would be taken for a sign.
        en, zh = (f"{low.said(language)}{to}{high.said(language)}" for language, to in _TO.items())
        interval = Figure(Words(en, zh), "text")
    flags = _NOTHING
    if found.flags:
        en, zh = (join.join(FLAGS[each][k] for each in found.flags) for k, join in enumerate((", ", "、")))
        flags = Figure(Words(en, zh), "text")
    return (
        Figure(Words(*LABELS[found.name]), "text"),
        _group(found.group, words),
        Figure(found.n, "number"),
        _NO_NUMBER if found.count is None else Figure(found.count, "number"),
        _NO_NUMBER if found.value is None else _shown(found.value, unit, smallest),
        interval,
        _NO_NUMBER if found.amount is None else _shown(found.amount, "money", smallest),
        flags,
    )


def _goal(met: Met, words: Mapping[str, tuple[str, str]], smallest: Decimal) -> tuple[Figure, ...]:
    goal = met.goal
    said = {None: Words("not known", "无法判断"), True: Words("yes", "是"), False: Words("no", "否")}[met.met]
    if met.met is not None and met.clear is False:
        said = Words(f"{said.en}, within the interval of error", f"{said.zh}（在误差区间之内）")
    return (
        Figure(Words(*LABELS[goal.figure]), "text"),
        _group(goal.group, words),
        Figure(goal_bound(goal), "text"),
        _NO_NUMBER if met.reached is None else _shown(met.reached, _unit(goal), smallest),
        Figure(said, "text"),
    )


def goal_bound(goal: Goal) -> Words:
    """What a goal sets, in words.

    Examples
    --------
    >>> goal_bound(Goal(figure="on_time", at_least="0.85")).en
    'at least 85 %'
    """
    least = goal.at_least is not None
    bound = goal.at_least if least else goal.at_most
    shown = Figure(bound if bound is not None else Decimal(0), _unit(goal))
    at = ("at least {}", "不低于{}") if least else ("at most {}", "不高于{}")
    return Words(at[0].format(shown.said("en")), at[1].format(shown.said("zh")))


def goal_words(goal: Goal, names: Mapping[str, tuple[str, str]]) -> Words:
    """What a goal's figure is called, with the group that it is of; ``names``: of lines of the budget."""
    label = Words(*LABELS[goal.figure])
    if not goal.group:
        return label
    group = _group(goal.group, _words_of(goal.figure, names, GROUPS))
    en, zh = (group.said(language) for language in ("en", "zh"))
    return Words(f"{label.en}: {en}", f"{label.zh}：{zh}")


def _unit(goal: Goal) -> Unit:
    return "money" if goal.figure in AMOUNTS else _UNITS.get(goal.figure, "percent")


def _shown(value: Decimal, unit: Unit, smallest: Decimal) -> Figure:
    """A figure as it is shown; money to the ``smallest`` unit, which only rounds what was divided."""
    shown = value.quantize(_ROUNDED.get(unit, smallest), context=EXACT)
    return Figure(shown or abs(shown), unit)  # what rounds to 0 has no sign


def _words_of(
    figure: str, lines: Mapping[str, tuple[str, str]], others: Mapping[str, tuple[str, str]]
) -> Mapping[str, tuple[str, str]]:
    """What groups of a figure are called: lines of the budget, or other words."""
    return lines if figure.startswith("budget.") else others


def _group(group: str, words: Mapping[str, tuple[str, str]]) -> Figure:
    if not group:
        return _NOTHING
    # A step from one range into another; a column that accounts were matched on, and a value of it.
    parts = re.split(r"( > |: )", group)
    en, zh = ("".join(words.get(part, (part, part))[k] for part in parts) for k in (0, 1))
    return Figure(Words(en, zh.replace(": ", "：")), "text")
