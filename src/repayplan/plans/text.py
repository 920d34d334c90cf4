"""The text form of plans: what a plan prints, read back. A small grammar of its own; nothing is evaluated."""

from __future__ import annotations

import difflib
import inspect
import re
from collections.abc import Iterable
from typing import Any

from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import MAX_UNITS, Minor, minor
from repayplan.basics.sizes import MAX_BRACKETS, MAX_PLAN, MAX_PLAN_NUMBER
from repayplan.plans.column import Column, col
from repayplan.plans.stage import Plan
from repayplan.plans.stagenames import CHINESE, LISTS, STAGES, UNCLEAR
from repayplan.plans.tokens import (
    BEFORE,
    CLOSING,
    ESCAPE,
    ESCAPED,
    KEYWORD,
    PLAIN,
    QUOTED,
    TOKEN,
    WORDS,
    Token,
    named_mark,
    number_of,
    pointed,
)


def parse_plan(text: str) -> Plan:
    """The plan that a text describes: the inverse of ``repr(plan)``.

    Stages are joined by ``+`` and may be grouped by round brackets. Each is written like the call of its
    function of a stage, or by its Chinese name (:data:`CHINESE`). Arguments are whole
    numbers, decimal numbers (read exactly, as Decimal), text in single or double quotes,
    ``col("name")``, ``minor(units)``, True, False, None, and where a parameter is a list by nature
    (:data:`LISTS`) tuples or lists of these (both are read as tuples). A text is for any batch, so no list
    in it holds a value for each loan: ``col("name")`` does. Full-width brackets, commas, plus, minus and
    equals signs and curved quotes count as the plain ones.

    Parameters
    ----------
    text
        At most :data:`~repayplan.basics.sizes.MAX_PLAN` characters, brackets at most
        :data:`~repayplan.basics.sizes.MAX_BRACKETS` deep.

    Returns
    -------
    The plan. Like one that is written in Python it may still end with a holiday; that is refused where it
    is used (:meth:`Plan.check`).

    Raises
    ------
    InputError
        Field ``plan``, code ``unknown_value``: the text is no plan. The rule says what was expected, at
        which character (counted from 1), and points at it. What the stage functions refuse, they refuse
        with their own field and code.

    Notes
    -----
    A plan that holds a column of numbers prints as ``<column of 3>`` and can't be read back; one that
    names its column, ``col("months")``, can. A float prints as a number, and is read back as the Decimal
    with the same digits.

    Examples
    --------
    >>> parse_plan('holiday(3, interest="capitalise") + equal_instalment(24)')
    holiday(3, interest="capitalise") + equal_instalment(24)
    >>> parse_plan("先息后本（6） ＋ 等额本息（col('months')）")
    interest_only(6) + equal_instalment(col('months'))
    >>> parse_plan("equal_installment(24)")
    Traceback (most recent call last):
    repayplan.basics.errors.InputError: plan='equal_installment(24)': expected a stage at character 1;
    there is no equal_installment, did you mean equal_instalment?
        equal_installment(24)
        ^ [unknown_value]
    """
    if not isinstance(text, str):
        raise InputError(Code.UNKNOWN_VALUE, "plan", text, 'text, such as "equal_instalment(24)"')
    if len(text) > MAX_PLAN:
        rule = f"expected at most {MAX_PLAN} characters, not {len(text)}"
        raise InputError(Code.UNKNOWN_VALUE, "plan", f"{text[:BEFORE]}…", rule)
    return _Reader(text).whole()


class _Reader:
    """Reads one text from left to right, a token ahead, by recursive descent.

    plan = part {"+" part}; part = "(" plan ")" | name "(" [argument {"," argument}] ")";
    argument = [name "="] value
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.depth = 0
        self.token = self._token(0)

    def whole(self) -> Plan:
        """The plan that the whole text is."""
        plan = self._plan()
        if self.token.kind != "end":
            raise self._fault(self.token.at, '"+" and another stage, or the end,')
        return plan

    def _plan(self) -> Plan:
        plan = self._part()
        while self._accept("+"):
            plan += self._part()
        return plan

    def _part(self) -> Plan:
        token = self.token
        if token.marks("("):
            self._open()
            plan = self._plan()
            self._close(")", '"+" or ")"')
            return plan
        if token.kind != "word":
            raise self._fault(token.at, f"a stage, such as {next(iter(STAGES))}(...),")
        name = CHINESE.get(token.value, token.value)
        if name not in STAGES:
            raise self._fault(token.at, "a stage", _unknown_stage(name))
        return self._call(name)

    def _call(self, name: str) -> Plan:
        """A stage function called with the arguments that follow."""
        called = self._advance()
        if not self.token.marks("("):
            raise self._fault(self.token.at, f'"(" after {called.value}')
        self._open()
        positional: list[Any] = []
        keywords: dict[str, Any] = {}
        places: dict[str | int, int] = {}
        while not self.token.marks(")"):
            token = self.token
            if token.kind == "word" and KEYWORD.match(self.text, token.end):
                if token.value in keywords:
                    raise self._fault(token.at, f"{token.value} once")
                self._advance()
                self._advance()
                places[token.value] = token.at
                keywords[token.value] = self._value()
            elif keywords:
                raise self._fault(token.at, "name=value, since a named argument stands before it,")
            else:
                places[len(positional)] = token.at
                positional.append(self._value())
            if not self._accept(","):
                break
        self._close(")", '"," or ")"')
        made, takes = STAGES[name], _signature(name)
        try:
            takes.bind(*positional, **keywords)
        except TypeError as error:
            at, note = called.at, str(error)
            for keyword in reversed([each for each in keywords if each not in takes.parameters]):
                at, note = places[keyword], f"there is no {keyword}{_nearest(keyword, takes.parameters)}"
            raise self._fault(at, f"{name}{takes}", note) from None
        for key, value in [*zip(takes.parameters, positional, strict=False), *keywords.items()]:
            each = value if key in LISTS else (value,)
            if isinstance(each, tuple) and any(isinstance(item, tuple) for item in each):
                at = places[key] if key in keywords else places[list(takes.parameters).index(key)]
                expected = f"{'a plain list' if key in LISTS else 'one value'} for {key} of {name}"
                raise self._fault(at, expected, 'a value for each loan is a column, col("name")')
        try:
            return made(*positional, **keywords)
        except InputError:
            raise
        except (TypeError, ValueError, ArithmeticError, AttributeError, LookupError) as error:
            # A value of a kind that the function can't compare or count: the text is at fault.
            raise self._fault(called.at, f"{name}{takes}", str(error)) from error

    def _value(self) -> Any:
        token = self.token
        if token.marks("(", "["):
            return self._sequence()
        if token.marks("-"):
            self._advance()
            if self.token.kind != "number":
                raise self._fault(self.token.at, 'a number after "-"')
            return number_of("-" + self._advance().value)
        if token.kind == "number":
            return number_of(self._advance().value)
        if token.kind == "text":
            return self._advance().value
        if token.kind == "word":
            return self._word()
        if token.kind == "column":
            note = 'numbers that a plan holds as a column have no text form; name the column, col("name")'
            raise self._fault(token.at, "a value", note)
        raise self._fault(token.at, "a value")

    def _word(self) -> Any:
        word = self.token
        if word.value in WORDS:
            self._advance()
            return WORDS[word.value]
        if word.value in STAGES or word.value in CHINESE:
            raise self._fault(word.at, "a value", "a stage is no argument of another; join them by +")
        if word.value not in ("col", "minor"):
            raise self._fault(word.at, "a value", "text stands in quotes")
        self._advance()
        if not self.token.marks("("):
            raise self._fault(self.token.at, f'"(" after {word.value}')
        self._open()
        made = self._name() if word.value == "col" else self._units()
        self._close(")", '")"')
        return made

    def _name(self) -> Column:
        if self.token.kind != "text":
            raise self._fault(self.token.at, "the name of a column in quotes")
        return col(self._advance().value)

    def _units(self) -> Minor:
        token = self.token
        units = self._value() if token.marks("-") or token.kind == "number" else None
        if type(units) is not int or abs(units) > MAX_UNITS:
            raise self._fault(token.at, "a whole number of minor units")
        return minor(units)

    def _sequence(self) -> Any:
        """A tuple or list as a tuple; what stands alone in round brackets as itself."""
        closing = ")" if self._open() == "(" else "]"
        items: list[Any] = []
        comma = closing == "]"
        while not self.token.marks(closing):
            items.append(self._value())
            if not self._accept(","):
                break
            comma = True
        self._close(closing, f'"," or "{closing}"')
        return items[0] if len(items) == 1 and not comma else tuple(items)

    def _open(self) -> str:
        if self.depth == MAX_BRACKETS:
            raise self._fault(self.token.at, f"brackets at most {MAX_BRACKETS} deep")
        self.depth += 1
        return self._advance().value

    def _close(self, mark: str, expected: str) -> None:
        if not self._accept(mark):
            raise self._fault(self.token.at, expected)
        self.depth -= 1

    def _accept(self, mark: str) -> bool:
        found = self.token.marks(mark)
        if found:
            self._advance()
        return found

    def _advance(self) -> Token:
        """The present token; the next one becomes the present one."""
        token = self.token
        self.token = self._token(token.end)
        return token

    def _token(self, start: int) -> Token:
        found = TOKEN.match(self.text, start)
        if found is None:
            at = start + len(self.text[start:]) - len(self.text[start:].lstrip())
            char = self.text[at]
            note = "digits are written 0 to 9" if char.isdecimal() else f"{named_mark(char)} is not used here"
            raise self._fault(at, "a stage, a value or a mark", note)
        kind = str(found.lastgroup)
        at, end, value = found.start(kind), found.end(), found[kind]
        if kind == "quote":
            return self._quoted(value, at)
        if kind == "number":
            if end - at > MAX_PLAN_NUMBER:
                raise self._fault(at, f"a number of at most {MAX_PLAN_NUMBER} characters")
            after = self.text[end : end + 1]
            if after.isalnum() or after in ("_", ".", "%", "％"):
                note = "it has no unit, no per cent sign and no separators"
                raise self._fault(end, f"nothing after the number {value}", note)
        return Token(kind, value.translate(PLAIN) if kind == "mark" else value, at, end)

    def _quoted(self, opening: str, at: int) -> Token:
        closing = CLOSING[opening]
        found = QUOTED[closing].match(self.text, at + 1)
        if found is None:
            raise self._fault(at, f"text with a closing {closing}")
        begin = found.start(1)

        def plain(escape: re.Match[str]) -> str:
            *codes, char = escape.groups()
            point = next((int(code, 16) for code in codes if code), -1)
            if point > 0x10FFFF or (char is not None and char not in ESCAPED):
                note = "a backslash stands before a quote, another backslash, n, r, t, x, u or U"
                raise self._fault(begin + escape.start(), "text", note)
            return ESCAPED[char] if char is not None else chr(point)

        return Token("text", ESCAPE.sub(plain, found[1]), at, found.end())

    def _fault(self, at: int, expected: str, note: str = "") -> InputError:
        end = " (the end)" if at == len(self.text) else ""
        more = f"; {note}" if note else ""
        line, caret = pointed(self.text, at)
        rule = f"expected {expected} at character {at + 1}{end}{more}\n    {line}\n    {caret}"
        return InputError(Code.UNKNOWN_VALUE, "plan", self.text, rule)


def _signature(name: str) -> inspect.Signature:
    """A stage's parameters and their defaults, without annotations."""
    signature = inspect.signature(STAGES[name])
    empty = inspect.Parameter.empty
    plain = [parameter.replace(annotation=empty) for parameter in signature.parameters.values()]
    return inspect.Signature(plain)


def _unknown_stage(name: str) -> str:
    """What to say of a name that is no stage."""
    if name in UNCLEAR:
        return f"{name} {UNCLEAR[name]}"
    if name in ("col", "minor"):
        return f"{name}(...) is a value of a stage's arguments"
    shown = name if len(name) <= BEFORE else f"{name[:BEFORE]}…"
    near = _nearest(name, [*STAGES, *CHINESE])
    return f"there is no {shown}{near or ', there are ' + ', '.join(STAGES if name.isascii() else CHINESE)}"


def _nearest(name: str, names: Iterable[str]) -> str:
    close = difflib.get_close_matches(name.lower(), list(names), 1)
    return f", did you mean {close[0]}?" if close else ""
