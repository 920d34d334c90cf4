"""The lines of keys in a TOML text, against the standard parser on texts written in every style."""

import json
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repayplan.basics.tomlkeys import dotted, key_lines, key_text, line_of, quoted

KEY = st.text(st.sampled_from("aZ1-_ .#=\"'[]{},中\\"), max_size=4)
NOISE = ['"', "'", '""', "''", "]", "[[", "}", "{", ",", " # ", " = ", "\\", "\t", "中", "[x]"]
LEAF = st.sampled_from(
    ["whole", "number", "truth", "day", "moment", "basic", "literal", "long", "long plain"]
)
VALUE = st.recursive(
    st.tuples(LEAF, st.lists(st.sampled_from([*NOISE, "\n"]), max_size=4).map("".join)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEY, inner, max_size=3),
    max_leaves=12,
)


class Writer:
    """Writes a document in a style drawn for each of its parts.

    Each leaf holds a number of its own, on the line on which the leaf begins: the line is then found without
    any knowledge of TOML. `expected` holds the numbers by path.
    """

    def __init__(self, data):
        self.data = data
        self.expected = {}

    def draw(self, *choices):
        return self.data.draw(st.sampled_from(choices))

    def key(self, key):
        written = [json.dumps(key, ensure_ascii=False)]
        if "'" not in key:
            written.append(f"'{key}'")
        if key_text(key) == key:
            written += [key, key]
        return self.draw(*written)

    def gap(self, newlines):
        return self.draw("", " ", "\t", *(["\n", ' # ] } \' """\n', "\n\n"] if newlines else []))

    def leaf(self, path, kind, noise):
        number = 100_000 + len(self.expected)
        self.expected[path] = number
        noise = noise if "long" in kind else noise.replace("\n", "")
        plain, escaped = noise.replace("'", ""), noise.replace("\\", "\\\\").replace('"', "")
        end = self.draw("", "x", '"', '""')  # quotes of the text itself may stand before the closing ones
        single = end.replace('"', "'")
        return {
            "whole": f"{number}",
            "number": f"{number}.5e-1",
            "truth": f"true # {number}\n",
            "day": f"2026-01-31 # {number}\n",
            "moment": f"2026-01-31 10:00:00.{number}",
            "basic": json.dumps(f"{number}{noise}", ensure_ascii=False),
            "literal": f"'{number}{plain}'",
            "long": f'"""{number}{escaped}\\""" "" \n{end}"""',
            "long plain": f"'''{number}{plain}\n ''x{single}'''",
        }[kind]

    def value(self, path, value, inline):
        """Inside an inline table no line ends but within a text or an array."""
        if isinstance(value, tuple):
            kind, noise = value
            return self.leaf(path, "whole" if inline and kind in ("truth", "day") else kind, noise)
        if isinstance(value, list):
            out = "["
            for i, item in enumerate(value):
                out += self.gap(not inline) + self.value((*path, i), item, inline) + self.gap(not inline)
                out += "," if i < len(value) - 1 else self.draw("", ",")
            return out + self.gap(not inline) + "]"
        pairs = [
            [self.key(key), self.gap(False), "=", self.gap(False), self.value((*path, key), item, True)]
            for key, item in value.items()
        ]
        return "{" + ",".join(self.gap(False) + "".join(pair) for pair in pairs) + self.gap(False) + "}"

    def table(self, path, header, table):
        """Lines of the table's own keys, then of tables below it."""
        own, below = "", ""
        for key, value in table.items():
            at, name = (*path, key), self.key(key)
            several = isinstance(value, list) and value and all(isinstance(v, dict) for v in value)
            style = self.draw("own", "table") if isinstance(value, dict) or several else "own"
            if style == "own" and isinstance(value, dict) and value and self.draw(True, False):
                for k, v in value.items():
                    own += f"{name}{self.gap(False)}.{self.gap(False)}{self.key(k)} = "
                    own += f"{self.value((*at, k), v, False)}{self.gap(False)}\n"
            elif style == "own":
                own += f"{self.gap(True)}{name} = {self.value(at, value, False)}{self.gap(False)}\n"
            elif several:
                for i, each in enumerate(value):
                    head = f"{header}{name}"
                    below += f"{self.gap(True)}[[{self.gap(False)}{head}]]{self.gap(False)}# x\n"
                    below += self.table((*at, i), f"{head} . ", each)
            else:
                head = f"{header}{name}"
                below += f"[{head}{self.gap(False)}]\n{self.table(at, f'{head}.', value)}"
        return own + below


def paths(value, path=()):
    """Every path of a parsed document."""
    yield path
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(item, dict | list):
            yield from paths(item, (*path, key))
        else:
            yield (*path, key)


@given(st.dictionaries(KEY, VALUE, max_size=4), st.data())
def test_every_key_of_a_random_document_is_found_in_its_line(document, data):
    writer = Writer(data)
    text = writer.table((), "", document)
    if data.draw(st.booleans()):
        text = text.replace("\n", "\r\n")
    found = key_lines(text)
    assert set(found) == set(paths(tomllib.loads(text)))
    lines = text.split("\n")
    for path, number in writer.expected.items():
        assert str(number) in lines[found[path] - 1]
    for path, line in found.items():
        assert line >= found[path[:-1]]


TEXT = """\
# a policy
name = "x"
limit.percent = "50"
note = \"\"\"
[limit]
"" more = 1\"\"\"\"\"
[allowance] # by persons
by_persons = [ # four
  "839", "1481",
  # none
  { "further one" = 1, 'x.y'.z = 2 },
]
[[assumed]]
share = 1
[assumed.of]
income = 2
[[assumed]]
share = 2026-01-31 10:00:00
[a.b.c]
[a]
d = ''
"""
LINES = [
    ((), 1),
    (("name",), 2),
    (("limit",), 3),
    (("limit", "percent"), 3),
    (("note",), 4),
    (("allowance",), 7),
    (("allowance", "by_persons"), 8),
    (("allowance", "by_persons", 0), 9),
    (("allowance", "by_persons", 1), 9),
    (("allowance", "by_persons", 2), 11),
    (("allowance", "by_persons", 2, "further one"), 11),
    (("allowance", "by_persons", 2, "x.y", "z"), 11),
    (("assumed", 0), 13),
    (("assumed", 0, "share"), 14),
    (("assumed", 0, "of", "income"), 16),
    (("assumed", 1), 17),
    (("assumed", 1, "share"), 18),
    (("a", "b", "c"), 19),
    (("a",), 20),
    (("a", "d"), 21),
]


@pytest.mark.parametrize(("path", "line"), LINES)
def test_a_text_with_everything_in_it(path, line):
    assert tomllib.loads(TEXT)
    assert key_lines(TEXT)[path] == line


def test_what_is_not_there_is_missed_where_it_should_stand():
    lines = key_lines(TEXT)
    assert line_of(("assumed", 1, "category"), lines) == 17
    assert line_of(("contingency", "share"), lines) == 1


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=8))
def test_a_key_is_written_so_that_it_is_read_back(key):
    assert tomllib.loads(f"{key_text(key)} = 1") == {key: 1}
    assert key_lines(f"{key_text(key)} = 1") == {(): 1, (key,): 1}


def test_a_path_is_written_with_dots():
    assert dotted(("by_region", "CN.SH", 0, "child")) == 'by_region."CN.SH"[0].child'
    assert dotted(()) == ""


@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
    | st.sampled_from(["\x85", "\u2028", "\U000e0001"])
)
def test_a_text_is_read_back_and_nothing_in_it_is_hidden(text):
    assert tomllib.loads(f"x = {quoted(text)}") == {"x": text}
    assert len(quoted(text).splitlines()) == 1
    assert "\u202e" not in quoted(f"{text}\u202e")
