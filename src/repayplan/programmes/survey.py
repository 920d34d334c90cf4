"""What borrowers said about the programme: each question with how many answered it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from repayplan.ability.figures import whole
from repayplan.basics.columns import Screen
from repayplan.basics.errors import Code, InputError
from repayplan.basics.gaps import nan_as_gap
from repayplan.basics.outcome import Bools, Ints
from repayplan.offers.hardship import said
from repayplan.programmes.figure import Figure, of_interval, rounded
from repayplan.programmes.proportions import MOST, wilson


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Survey:
    """Answers to questions.

    Parameters
    ----------
    invited
        How many were asked to take part.
    answers
        Of each question the answers, one for each who took part: whole numbers of the scale; an empty cell
        (None, NaN, ``""``) is no answer.
    scale
        The lowest and the highest answer.
    satisfied_from
        From which answer on somebody is satisfied.

    Raises
    ------
    InputError
        An answer off the scale, questions with answers of different numbers of people, more people than were
        invited, a scale that can't be.

    Examples
    --------
    >>> asked = Survey(invited=8, answers={"clear": [5, 4, None, 2]}, scale=(1, 5), satisfied_from=4)
    >>> for each in asked.figures():
    ...     print(each.name, each.n, each.count, round(each.value, 2))
    survey.response 8 4 0.50
    survey.satisfied 3 2 0.67
    survey.mean 3 None 3.67
    survey.answered 4 3 0.75
    """

    invited: int
    answers: Mapping[str, Any]
    scale: tuple[int, int]
    satisfied_from: int
    _read: dict[str, Ints] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        whole("survey.invited", self.invited, 0, MOST, "people")
        try:
            low, high = self.scale
        except (TypeError, ValueError):
            raise InputError(Code.UNKNOWN_VALUE, "survey.scale", self.scale, "two whole numbers") from None
        whole("survey.scale[0]", low, -1000, 999, "points")
        whole("survey.scale[1]", high, low + 1, 1000, "points")
        whole("survey.satisfied_from", self.satisfied_from, low, high, "points")
        if not self.answers:
            raise InputError(Code.MISSING, "survey.answers", None, "a question or more")
        if not isinstance(self.answers, Mapping):
            raise InputError(Code.UNKNOWN_VALUE, "survey.answers", self.answers, "answers by question")
        sizes, read = [], {}
        for question, given in self.answers.items():
            said("survey.answers", question)
            if isinstance(given, (str, bytes, Mapping)) or not hasattr(given, "__len__"):
                rule = "a column: a cell for each who took part"
                raise InputError(Code.UNKNOWN_VALUE, f"survey.answers.{question}", given, rule)
            cells = nan_as_gap(given)
            screen = Screen(len(cells))
            sizes.append(len(cells))
            answers = screen.count(f"survey.answers.{question}", cells, low, high, default=low)
            for failure in screen.failures():
                raise failure.error()
            read[question] = np.where(screen.missing(cells), low - 1, answers)
        for question, size in zip(read, sizes, strict=True):
            if size != sizes[0]:
                rule = f"{sizes[0]} cells, as the first question"
                raise InputError(Code.OUT_OF_RANGE, f"survey.answers.{question}", size, rule)
        if sizes[0] > self.invited:
            raise InputError(Code.OUT_OF_RANGE, "survey.invited", self.invited, f"{sizes[0]} or more")
        object.__setattr__(self, "_read", read)

    @property
    def took_part(self) -> int:
        """How many took part."""
        return len(next(iter(self._read.values())))

    def points(self, question: str) -> tuple[Ints, Bools]:
        """What each who took part answered, and whether there is an answer."""
        answers = self._read[question]
        return answers, answers >= self.scale[0]

    def figures(self, *, confidence: Any = "0.95") -> tuple[Figure, ...]:
        """How many took part, and question by question who is satisfied, the mean, and who answered."""
        size = self.took_part
        found = [
            of_interval("survey.response", wilson(size, self.invited, confidence=confidence), count=size)
        ]
        for question in self._read:
            answers, there = self.points(question)
            given = answers[there]
            n, happy = len(given), int(np.count_nonzero(given >= self.satisfied_from))
            share = wilson(happy, n, confidence=confidence)
            mean = rounded(int(given.sum()) / n) if n else None
            answered = wilson(n, size, confidence=confidence)
            found += [
                of_interval("survey.satisfied", share, group=question, count=happy),
                Figure(name="survey.mean", group=question, n=n, value=mean),
                of_interval("survey.answered", answered, group=question, count=n),
            ]
        return tuple(found)
