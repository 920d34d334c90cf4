"""What rules say, for people: each field with value, unit and meaning, and what differs between two rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, is_dataclass
from itertools import zip_longest
from typing import Any, Literal

from repayplan.basics.errors import Language, which
from repayplan.basics.ruleshape import hints_of, kind_of
from repayplan.basics.rulewriting import inline
from repayplan.basics.tomlkeys import Path, dotted, quoted

Unit = Literal[
    "",
    "amount",
    "amount_monthly",
    "applications",
    "day_of_month",
    "days",
    "degrees",
    "documents",
    "fraction",
    "fraction_yearly",
    "months",
    "payments",
    "percent",
    "persons",
    "places",
    "plans",
    "restructures",
    "times",
    "years",
]
UNITS: Mapping[Unit, tuple[str, str]] = {
    "": ("", ""),
    "amount": ("currency units", "货币单位"),
    "amount_monthly": ("currency units a month", "货币单位/月"),
    "applications": ("applications", "件申请"),
    "day_of_month": ("day of the month", "日"),
    "days": ("days", "天"),
    "degrees": ("degrees", "档"),
    "documents": ("documents", "份文件"),
    "fraction": ("fraction, 0 to 1", "比例，0至1"),
    "fraction_yearly": ("fraction a year", "比例/年"),
    "months": ("months", "个月"),
    "payments": ("payments", "期"),
    "percent": ("%", "%"),
    "persons": ("persons", "人"),
    "places": ("decimals", "位小数"),
    "plans": ("plans", "个方案"),
    "restructures": ("restructures", "次"),
    "times": ("times", "倍"),
    "years": ("years", "年"),
}
"""What the number in a field counts, in English and Chinese; ``""`` where it is no number."""

SOURCE = ("source", "effective")
"""Fields in which a rule says where it is from, and since when it holds."""
_KEY, _VALUE, _BEFORE, _AFTER = ("key", "项目"), ("value", "值"), ("before", "原值"), ("after", "新值")
_UNIT, _MEANING, _SOURCE, _SINCE = (
    ("unit", "单位"),
    ("meaning", "含义"),
    ("Source: ", "来源："),
    ("from", "自"),
)
_UNSTATED = ("not stated, but where a rule names its own", "未注明（规则另有注明的除外）")
_NOT_SET, _NOTHING, _EQUAL = ("not set", "未设定"), ("(empty)", "（空）"), ("no differences", "没有差异")
_TRUE, _FALSE = ("yes", "是"), ("no", "否")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a field of a rule means.

    Parameters
    ----------
    en, zh
        In words, a line each.
    unit
        What its number counts; see :data:`UNITS`.
    """

    en: str
    zh: str
    unit: Unit = ""

    def text(self, language: Language = "en") -> str:
        """The words."""
        return (self.en, self.zh)[which(language)]


Meanings = Mapping[str, Meaning]
"""By the name of a dataclass and its field, ``"ExtensionLimit.percent"``."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that two rules say differently.

    Attributes
    ----------
    key
        Where, dotted: ``"limit.percent"``.
    before, after
        The two values; None where a rule doesn't say it.
    unit
        What a number there counts; see :data:`UNITS`.
    """

    key: str
    before: Any
    after: Any
    unit: Unit


class Changes(tuple[Change, ...]):
    """All that two rules say differently, in the order of their fields; empty where they are equal only."""

    __slots__ = ()

    def text(self, language: Language = "en") -> str:
        """A table in Markdown, one change a line."""
        place = which(language)
        if not self:
            return _EQUAL[place]
        rows = [
            (each.key, _said(each.before, place), _said(each.after, place), UNITS[each.unit][place])
            for each in self
        ]
        return "\n".join(_table([head[place] for head in (_KEY, _BEFORE, _AFTER, _UNIT)], rows))

    def __str__(self) -> str:
        return self.text()


def changes(before: Any, after: Any, meanings: Meanings) -> Changes:
    """What two rules of one dataclass say differently.

    Rules inside are compared field by field where they are of one form, in lists place by place; everything
    else as a whole.

    Examples
    --------
    >>> from repayplan.basics.rounding import Rounding
    >>> meanings = {f"Rounding.{name}": Meaning("", "") for name in hints_of(Rounding)}
    >>> print(changes(Rounding(), Rounding(interest="down"), meanings))
    | key | before | after | unit |
    | --- | --- | --- | --- |
    | interest | half_up | down |  |
    """
    if type(before) is not type(after):
        msg = f"a {type(before).__name__} is compared with another, not with a {type(after).__name__}"
        raise TypeError(msg)
    return Changes(_differing(before, after, (), "", meanings))


def _differing(before: Any, after: Any, path: Path, unit: Unit, meanings: Meanings) -> Iterator[Change]:
    if before == after:
        return
    if is_dataclass(before) and type(before) is type(after):
        for name, meaning in _fields(before, meanings):
            pair = getattr(before, name), getattr(after, name)
            yield from _differing(*pair, (*path, name), meaning.unit, meanings)
    elif isinstance(before, tuple) and isinstance(after, tuple) and _holds(before + after):
        for i, pair in enumerate(zip_longest(before, after)):
            yield from _differing(*pair, (*path, i), unit, meanings)
    elif isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in dict.fromkeys([*before, *after]):
            yield from _differing(before.get(key), after.get(key), (*path, key), unit, meanings)
    else:
        yield Change(dotted(path), before, after, unit)


def describe(rule: Any, title: str, meanings: Meanings, language: Language = "en") -> str:
    """A rule, and all rules in it, as Markdown: value, unit and meaning of every field, and the source.

    Parameters
    ----------
    rule
        A dataclass. Where it, or one in it, has a field ``source`` (and ``effective``), that is where it and
        what is inside come from; it is said once, before the rules that it is of.
    title
        The heading of the whole.
    meanings
        Of every field.
    language
        ``"en"`` or ``"zh"``.

    Examples
    --------
    >>> from repayplan.basics.rounding import Rounding
    >>> meanings = {f"Rounding.{name}": Meaning(f"{name}: how", "") for name in hints_of(Rounding)}
    >>> print(describe(Rounding(fee="up"), "Rounding", meanings).splitlines()[10])
    | fee | up |  | fee: how |
    """
    place = which(language)
    return "\n".join(_section(rule, (), _word(title), 1, meanings, place)) + "\n"


def _section(rule: Any, path: Path, title: str, depth: int, meanings: Meanings, place: int) -> Iterator[str]:
    rows, below = [], []
    for name, meaning in _fields(rule, meanings):
        value, at = getattr(rule, name), (*path, name)
        words = (meaning.en, meaning.zh)[place]
        for inner, part in _parts(value, at):
            if is_dataclass(part):
                below.append((inner, part, words))
            elif name not in SOURCE:
                rows.append((dotted(inner), _said(part, place), UNITS[meaning.unit][place], words))
    yield f"{'#' * min(depth, 6)} {title}"
    source, since = (getattr(rule, name, None) for name in SOURCE)
    if source is not None or depth == 1:
        said = _UNSTATED[place] if source is None else _word(source)
        dated = "" if since is None else f" ({_SINCE[place]} {since})"
        yield from ("", f"{_SOURCE[place]}{said}{dated}")
    if rows:
        yield ""
        yield from _table([head[place] for head in (_KEY, _VALUE, _UNIT, _MEANING)], rows)
    for at, each, words in below:
        yield ""
        yield from _section(each, at, f"`{dotted(at)}`: {words}", depth + 1, meanings, place)


def _fields(rule: Any, meanings: Meanings) -> Iterator[tuple[str, Meaning]]:
    kind = type(rule)
    return ((name, meanings[f"{kind.__name__}.{name}"]) for name in hints_of(kind))


def _holds(value: Any) -> bool:
    """Whether it is a rule, or a list or mapping with one in it."""
    if isinstance(value, Mapping | tuple):
        return any(map(_holds, value.values() if isinstance(value, Mapping) else value))
    return is_dataclass(value)


def _parts(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """A value, or what is in a list or mapping that holds rules, each with its path."""
    if isinstance(value, Mapping | tuple) and _holds(value):
        for key, item in value.items() if isinstance(value, Mapping) else enumerate(value):
            yield from _parts(item, (*path, key))
    else:
        yield path, value


def _said(value: Any, place: int) -> str:
    """A value in words."""
    if value is None:
        return _NOT_SET[place]
    if isinstance(value, bool):
        return (_TRUE if value else _FALSE)[place]
    if isinstance(value, tuple) and all(kind_of(item) for item in value):
        items = (
            quoted(item) if isinstance(item, str) and "," in item else _said(item, place) for item in value
        )
        return ", ".join(items) or _NOTHING[place]
    return _word(value) if isinstance(value, str) else inline(value).strip('"')


def _word(text: str) -> str:
    """Text as it is, or as TOML writes it where that couldn't be seen on one line."""
    return text if text and text.isprintable() and text == text.strip() else quoted(text)


def _table(head: Iterable[str], rows: Sequence[Iterable[str]]) -> Iterator[str]:
    head = list(head)
    for row in (head, ["---"] * len(head), *rows):
        cells = (cell.replace("|", "\\|") for cell in row)  # a bar would end the cell
        yield f"| {' | '.join(cells)} |"
