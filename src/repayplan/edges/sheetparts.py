"""What the sheets for borrowers have in common: whose they are, and the words that they share."""

from __future__ import annotations

from collections.abc import Mapping

from repayplan.ability.figures import one_text
from repayplan.basics.errors import Code, InputError
from repayplan.edges.documents import Entry
from repayplan.edges.words import Figure, Words
from repayplan.offers.arrangements import EarnedWaiver
from repayplan.offers.methods import METHOD_WORDS
from repayplan.plans.loan import Loan

METHODS = {name: Words(*both) for name, both in METHOD_WORDS.items()}
"""What each method of repayment is called."""


def worded(both: Mapping[str, tuple[str, str]]) -> dict[str, Words]:
    """Texts by name, in English and Chinese, beside those that all sheets have."""
    return {name: Words(*texts) for name, texts in (_SHARED | dict(both)).items()}


def opening(loan: Loan, *, reference: str, programme: str | Words | None) -> tuple[str, tuple[Entry, ...]]:
    """The currency of a sheet and its first entries: the programme, where it is named, and the loan.

    Raises
    ------
    InputError
        The loan has no currency, or a name isn't text.
    """
    if not loan.currency:
        raise InputError(Code.MISSING, "currency", loan.currency, "the currency of the loan")
    one_text("reference", reference)
    named: list[tuple[str, str | Words]] = [("reference", reference)]
    if programme is not None:
        name_text("programme", programme)
        named.insert(0, ("programme", programme))
    entries = (Entry(name, Words(*_SHARED[name]), Figure(value, "text")) for name, value in named)
    return loan.currency, tuple(entries)


def name_text(field: str, value: object) -> None:
    """InputError unless a name is text, or Words where the languages have different ones."""
    if not isinstance(value, Words):
        one_text(field, value)


def earned_words(rule: EarnedWaiver) -> Words:
    """What of a waiver has to be earned, and when it is."""
    if rule.earned == "each_year":
        en = f"in {rule.years} equal parts, one each year"
        zh = f"分{rule.years}年等额兑现"
    else:
        en, zh = "with the last payment of the plan", "付清最后一期时兑现"
    taken = {
        "all": ("all that was given up is owed again", "已减免的款项全部恢复"),
        "unearned": ("what isn't earned yet is owed again", "尚未兑现的减免不再兑现"),
    }[rule.claw_back]
    return Words(
        f"What is given up has to be earned by keeping the plan: {en}. If the plan is broken, {taken[0]}.",
        f"减免以履行本计划为条件，{zh}；计划被违反的，{taken[1]}。",
    )


_SHARED = {
    "programme": ("Programme", "方案名称"),
    "reference": ("Loan", "贷款编号"),
    "method": ("Method of repayment", "还款方式"),
}
