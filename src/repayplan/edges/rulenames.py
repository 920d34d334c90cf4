"""What the rules of a policy are called on pictures, by their dotted paths, in English and Chinese."""

from __future__ import annotations

import re
from typing import Any

from repayplan.basics.ruleshape import hints_of, shape
from repayplan.basics.rulewords import UNITS, Meaning
from repayplan.edges.metricwords import step_words
from repayplan.edges.words import Words
from repayplan.offers.meanings import MEANINGS
from repayplan.offers.policy import Policy

_PARTS = re.compile(r"\[([0-9]+)\]|([^.\[\]]+)")
_SHARES = ("", "fraction", "fraction_yearly")
"""Units that a figure is read without."""


def rule_words(path: str) -> Words:
    """What a rule is called: the meaning of its field, after that of what it stands in.

    Parameters
    ----------
    path
        As the text of a policy names it, ``"limit.percent"``; the rules of a list by number or name.

    Returns
    -------
    Words; of what no policy has, the path itself.

    Examples
    --------
    >>> rule_words("contingency.share").zh
    '从结余中预留的备用金：预留占结余的比例'
    >>> rule_words("concessions.cut_rate.floor").en
    "A lower rate: annual rate below which it isn't cut"
    """
    forms: tuple[type[Any], ...] = (Policy,)
    said: list[Words] = []
    unit = ("", "")
    for number, name in _PARTS.findall(path):
        form = next((each for each in forms if name in hints_of(each)), None)
        if number and said:
            last, n = _first_clause(said.pop()), int(number) + 1
            said.append(Words(f"{last.en} ({n})", f"{last.zh}（{n}）"))
        elif form is not None:
            meaning = MEANINGS[f"{form.__name__}.{name}"]
            said = [*(_first_clause(each) for each in said), _without_remarks(meaning)]
            unit = ("", "") if meaning.unit in _SHARES else UNITS[meaning.unit]
            forms = _within(hints_of(form)[name])
        elif said:  # one of a list, or of a table
            said = [step_words(name) or Words(name, name)]
    if not said:
        return Words(path, path)
    # A list of keys that may stand there is for those who read the policy's text.
    first, *rest = [each for each in said[-2:] if "_" not in each.en] or said[:1]
    en = ": ".join(
        [first.en[:1].upper() + first.en[1:], *(each.en[:1].lower() + each.en[1:] for each in rest)]
    )
    zh = "：".join(each.zh for each in (first, *rest))
    told = not unit[0] or unit[0] in en or (unit[0] == "%" and "percent" in en.lower())
    return Words(en, zh) if told else Words(f"{en} ({unit[0]})", f"{zh}（{unit[1]}）")


def _within(hint: Any) -> tuple[type[Any], ...]:
    """The rules that may stand in a field, or in the list or table in it."""
    of = shape(hint)
    inner = (*(of.items or ()), *(() if of.entries is None else (of.entries,)))
    return (*of.forms, *(form for each in inner for form in _within(each)))


def _without_remarks(meaning: Meaning) -> Words:
    """What a field means, without what is remarked behind it, such as the key of another field."""
    zh = re.split("[；：]", meaning.zh)[0]
    return Words(re.split("[;:]", meaning.en)[0], re.sub("，[^，]*[a-z_]+[^，]*$", "", zh))


def _first_clause(words: Words) -> Words:
    return Words(words.en.partition(",")[0], words.zh.partition("，")[0])
