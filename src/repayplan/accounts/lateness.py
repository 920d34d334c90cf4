"""How late an account is called: ranges of days past due, and classes of risk."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from repayplan.ability.figures import each_once, one_of, rising, texts, values, whole
from repayplan.accounts.statement import Statement, Statements, of_accounts
from repayplan.basics.dates import FIRST_YEAR, LAST_YEAR
from repayplan.basics.errors import Code, InputError, Language, which
from repayplan.basics.outcome import Ints
from repayplan.offers.hardship import said

MOST_DAYS = 36_600
_MOST_PAST_DUE = (LAST_YEAR - FIRST_YEAR + 1) * 366
_MOST_RESTRUCTURES = 2**31


@dataclass(frozen=True, slots=True, kw_only=True)
class Buckets:
    """Ranges of days past due.

    Parameters
    ----------
    from_days
        The first day of each range after the first, rising; the first is from 0 on.
    names
        Of the ranges, one more than days.

    Raises
    ------
    InputError
        Days that don't rise, a name missing, too many or twice.

    Examples
    --------
    >>> buckets = Buckets.example("months")
    >>> [buckets.name(days) for days in (0, 1, 30, 31, 180, 181)]
    ['M0', 'M1', 'M1', 'M2', 'M6', 'M6+']
    """

    from_days: tuple[int, ...]
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        days = values("buckets.from_days", self.from_days, int, "whole numbers of days")
        for i, each in enumerate(days):
            whole(f"buckets.from_days[{i}]", each, 1, MOST_DAYS, "days")
        rising("buckets.from_days", days, "later than before")
        object.__setattr__(self, "from_days", days)
        names = texts("buckets.names", self.names)
        if len(names) != len(days) + 1:
            rule = f"{len(days) + 1} names: one more than days"
            raise InputError(Code.OUT_OF_RANGE, "buckets.names", len(names), rule)
        if len(set(names)) < len(names):
            raise InputError(Code.DUPLICATE, "buckets.names", ", ".join(names), "each name once")
        object.__setattr__(self, "names", names)

    @classmethod
    def example(cls, name: str) -> Buckets:
        """Ranges that are in use: ``"months"``, M0 to M6+ (China's card issuers).

        Raises
        ------
        InputError
            There is none of that name.
        """
        one_of("name", name, _EXAMPLES)
        return _EXAMPLES[name]

    def place(self, days_past_due: Ints) -> Ints:
        """The range of each, int64 index into the names."""
        return np.searchsorted(np.array(self.from_days, np.int64), days_past_due, side="right")

    def name(self, days_past_due: int) -> str:
        """The range of one.

        Raises
        ------
        InputError
            Days past due that aren't a whole number from 0 on.
        """
        _count("days_past_due", days_past_due, _MOST_PAST_DUE, "days")
        return self.names[int(self.place(np.array([days_past_due]))[0])]


def _count(name: str, value: Any, most: int, of: str) -> None:
    """InputError unless a value is a whole number from 0 on; numpy's are as good as Python's."""
    if value is None:
        raise InputError(Code.MISSING, name, None, of)
    whole(name, int(value) if isinstance(value, np.integer) else value, 0, most, of)


_EXAMPLES = {
    "months": Buckets(
        from_days=(1, 31, 61, 91, 121, 151, 181), names=("M0", "M1", "M2", "M3", "M4", "M5", "M6", "M6+")
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskClasses:
    """Classes of risk by days past due, and the least ones of loans whose plans were changed.

    Parameters
    ----------
    from_days, names
        As of :class:`Buckets`, from the best to the worst.
    technical_days
        So many days past due still count as none: a payment that was under way.
    once, again
        The least class of a loan that was restructured, and of one that was again; None: any.
    names_zh
        What the classes are called in Chinese, in the same order; none: as in English.
    source
        Where the classes are written.

    Raises
    ------
    InputError
        As of :class:`Buckets`; Chinese names that aren't one for each class, each once; a class that isn't
        one of the names, one after a second change that is better than after the first.

    Examples
    --------
    >>> five = RiskClasses.example("china-2023")
    >>> [five.name(days) for days in (7, 8, 90, 91, 271, 361)]
    ['normal', 'special mention', 'special mention', 'substandard', 'doubtful', 'loss']
    >>> five.name(0, restructures=1), five.name(0, restructures=2)
    ('special mention', 'substandard')
    >>> five.called("zh")
    ('正常', '关注', '次级', '可疑', '损失')
    """

    from_days: tuple[int, ...]
    names: tuple[str, ...]
    technical_days: int = 0
    once: str | None = None
    again: str | None = None
    names_zh: tuple[str, ...] = ()
    source: str

    def __post_init__(self) -> None:
        ranges = Buckets(from_days=self.from_days, names=self.names)
        object.__setattr__(self, "from_days", ranges.from_days)
        object.__setattr__(self, "names", ranges.names)
        object.__setattr__(self, "names_zh", texts("classes.names_zh", self.names_zh))
        if self.names_zh:
            said("classes.names_zh", *self.names_zh)
            if len(self.names_zh) != len(self.names):
                rule = f"{len(self.names)} names: one for each class"
                raise InputError(Code.OUT_OF_RANGE, "classes.names_zh", len(self.names_zh), rule)
            each_once("classes.names_zh", self.names_zh, "each name once")
        whole("classes.technical_days", self.technical_days, 0, MOST_DAYS, "days")
        for name in ("once", "again"):
            if getattr(self, name) is not None:
                one_of(f"classes.{name}", getattr(self, name), self.names)
        for first, second in pairwise(self._least):
            if second < first:
                raise InputError(
                    Code.OUT_OF_RANGE, "classes.again", self.again, f"not better than {self.once}"
                )
        said("classes.source", self.source)

    def called(self, language: Language | None) -> tuple[str, ...]:
        """What the classes are called in a language, from the best to the worst; None: ``names``.

        Raises
        ------
        InputError
            The language isn't known.
        """
        chinese = language is not None and which(language) == 1
        return self.names_zh if chinese and self.names_zh else self.names

    @property
    def _least(self) -> tuple[int, int, int]:
        once = 0 if self.once is None else self.names.index(self.once)
        return 0, once, once if self.again is None else self.names.index(self.again)

    @classmethod
    def example(cls, name: str) -> RiskClasses:
        """Published classes: ``"china-2023"``.

        Raises
        ------
        InputError
            There are none of that name.
        """
        one_of("name", name, _CLASSES)
        return _CLASSES[name]

    def place(self, days_past_due: Ints, restructures: Ints) -> Ints:
        """The class of each, int64 index into the names.

        Parameters
        ----------
        days_past_due, restructures
            int64; how late each is, and how often its plan was changed.
        """
        late = np.where(days_past_due <= self.technical_days, 0, days_past_due)
        by_days = np.searchsorted(np.array(self.from_days, np.int64), late, side="right")
        return np.asarray(np.maximum(by_days, np.array(self._least)[np.minimum(restructures, 2)]), np.int64)

    def name(self, days_past_due: int, *, restructures: int = 0) -> str:
        """The class of one.

        Raises
        ------
        InputError
            Days past due or restructures that aren't a whole number from 0 on.
        """
        _count("days_past_due", days_past_due, _MOST_PAST_DUE, "days")
        _count("restructures", restructures, _MOST_RESTRUCTURES, "restructures")
        return self.names[int(self.place(np.array([days_past_due]), np.array([restructures]))[0])]

    def of(self, statement: Statement) -> str:
        """The class of an account."""
        of_accounts(statement, Statement)
        return self.name(statement.days_past_due, restructures=statement.restructures)

    def of_all(self, statements: Statements) -> Ints:
        """The classes of a batch's accounts, int64 index into the names."""
        of_accounts(statements, Statements)
        columns = statements.columns
        return self.place(columns.days_past_due, columns.restructures)


_CLASSES = {
    "china-2023": RiskClasses(
        from_days=(1, 91, 271, 361),
        names=("normal", "special mention", "substandard", "doubtful", "loss"),
        technical_days=7,
        once="special mention",
        again="substandard",
        names_zh=("正常", "关注", "次级", "可疑", "损失"),
        source="商业银行金融资产风险分类办法 (2023), articles 10 to 13 and 17 to 20",
    )
}
