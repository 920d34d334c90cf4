"""The field's terms as this library uses them, in English and Chinese."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A term with what it means.

    Attributes
    ----------
    en, zh
        The term in English and in Chinese.
    means, means_zh
        A sentence that says what it means, in each language.
    """

    en: str
    zh: str
    means: str
    means_zh: str


@cache
def glossary() -> tuple[Term, ...]:
    """The field's terms, in the order of a case's way: application, plan, agreement, account, evaluation.

    Returns
    -------
    tuple of Term

    Examples
    --------
    >>> from repayplan import glossary
    >>> chinese = {term.en: term.zh for term in glossary()}
    >>> chinese["equal instalments"], chinese["penalty interest"]
    ('等额本息', '罚息')
    """
    text = files("repayplan.data").joinpath("glossary", "terms.toml").read_text(encoding="utf-8")
    return tuple(Term(**each) for each in tomllib.loads(text)["term"])
