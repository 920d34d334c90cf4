"""Documents as data, in both languages: sections of labelled figures; text, Markdown and HTML of the same."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from typing import Any

from repayplan.basics.errors import Language, which
from repayplan.edges.summarytext import line, width
from repayplan.edges.words import Figure, Words


@dataclass(frozen=True, slots=True)
class Entry:
    """A labelled figure; ``name`` is its key for programs."""

    name: str
    label: Words
    figure: Figure


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of figures under a head; ``names`` are the columns' keys for programs.

    ``grouped``: a page shows a first cell that is that of the rows below too but once.
    """

    names: tuple[str, ...]
    head: tuple[Words, ...]
    rows: tuple[tuple[Figure, ...], ...]
    grouped: bool = False

    @property
    def numbers(self) -> tuple[bool, ...]:
        """Of each column, whether it holds numbers, which stand at the right; False without rows."""
        if not self.rows:
            return (False,) * len(self.names)
        return tuple(figure.unit not in ("text", "date", "choice", "blank") for figure in self.rows[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading, and under it sentences, entries and a table, each of which may be missing."""

    name: str
    heading: Words
    notes: tuple[Words, ...] = ()
    entries: tuple[Entry, ...] = ()
    table: Table | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What is handed to a person: every figure once, as data, and rendered from there.

    Parameters
    ----------
    title, currency, sections
        What it says; amounts are in the currency.
    name
        What programs, and the templates of its pages (:func:`~repayplan.document_html`), call it.

    Examples
    --------
    >>> from datetime import date
    >>> due = Entry("due", Words("Due", "到期日"), Figure(date(2026, 1, 31), "date"))
    >>> section = Section(name="dates", heading=Words("Dates", "日期"), entries=(due,))
    >>> made = Document(title=Words("Notice", "通知"), currency="CNY", sections=(section,))
    >>> made.as_dict("zh")["sections"][0]["entries"]
    [{'name': 'due', 'label': '到期日', 'value': '2026-01-31', 'unit': 'date', 'text': '2026年1月31日'}]
    """

    title: Words
    currency: str
    sections: tuple[Section, ...]
    name: str = "document"

    def figure(self, section: str, name: str) -> Figure:
        """The figure of an entry.

        Raises
        ------
        KeyError
            There is none.
        """
        for each in self.sections:
            for entry in each.entries:
                if (each.name, entry.name) == (section, name):
                    return entry.figure
        raise KeyError((section, name))

    def as_dict(self, language: Language = "en") -> dict[str, Any]:
        """For JSON: values as exact text, and as a person reads them."""

        def plain(figure: Figure) -> dict[str, str]:
            value = figure.value.said(language) if isinstance(figure.value, Words) else figure.value
            exact = f"{value:f}" if isinstance(value, Decimal) else str(value)
            return {"value": exact, "unit": figure.unit, "text": figure.said(language, self.currency)}

        def part(section: Section) -> dict[str, Any]:
            table = section.table
            return {
                "name": section.name,
                "heading": section.heading.said(language),
                "notes": [note.said(language) for note in section.notes],
                "entries": [
                    {"name": e.name, "label": e.label.said(language), **plain(e.figure)}
                    for e in section.entries
                ],
                "rows": []
                if table is None
                else [dict(zip(table.names, map(plain, row), strict=True)) for row in table.rows],
            }

        return {
            "name": self.name,
            "title": self.title.said(language),
            "language": language,
            "currency": self.currency,
            "sections": [part(section) for section in self.sections],
        }

    def to_json(self, language: Language = "en", *, indent: int | None = 2) -> str:
        """As JSON, of the same data as :meth:`as_dict`."""
        return json.dumps(self.as_dict(language), ensure_ascii=False, indent=indent)

    def text(self, language: Language = "en") -> str:
        """As lines for a person."""
        title = self.title.said(language)
        lines = [title, "=" * width(title)]
        for section in self.sections:
            heading = section.heading.said(language)
            lines += ["", heading, "-" * width(heading), *(note.said(language) for note in section.notes)]
            lines += [
                line(e.label.said(language), e.figure.said(language, self.currency)) for e in section.entries
            ]
            if section.table is not None:
                lines += _aligned(cells(section.table, language))
        return "\n".join(lines) + "\n"

    def markdown(self, language: Language = "en") -> str:
        r"""As plain Markdown (CommonMark, tables as GitHub has them); what is put in means nothing there.

        Examples
        --------
        >>> entry = Entry("lender", Words("Lender", "贷款人"), Figure("*A* | <b>", "text"))
        >>> section = Section(name="who", heading=Words("Who", "谁"), entries=(entry,))
        >>> made = Document(title=Words("Notice", "通知"), currency="CNY", sections=(section,))
        >>> print(made.markdown().splitlines()[-1])
        - Lender: \*A\* \| &lt;b&gt;
        """

        def said(words: Words) -> str:
            return _unmarked(words.said(language))

        lines = [f"# {said(self.title)}"]
        for section in self.sections:
            lines += ["", f"## {said(section.heading)}"]
            for note in section.notes:
                lines += ["", said(note)]
            if section.entries:
                values = ((e.label, e.figure.said(language, self.currency)) for e in section.entries)
                lines += ["", *(f"- {said(label)}: {_unmarked(value)}" for label, value in values)]
            if section.table is not None:
                head, *rows = [
                    f"| {' | '.join(map(_unmarked, row))} |" for row in cells(section.table, language)
                ]
                places = (" ---: |" if number else " --- |" for number in section.table.numbers)
                lines += ["", head, f"|{''.join(places)}", *rows]
        return "\n".join(lines) + "\n"

    def html(self, language: Language = "en", *, pictures: Mapping[str, str] | None = None) -> str:
        """As a page of its own, without scripts or anything from elsewhere.

        Parameters
        ----------
        language
            ``"en"`` or ``"zh"``.
        pictures
            HTML by the name of a section, under whose sentences it is put as it is.
        """

        def said(words: Words) -> str:
            return escape(words.said(language))

        body = [f"<h1>{said(self.title)}</h1>"]
        for section in self.sections:
            body += ["<section>", f"<h2>{said(section.heading)}</h2>"]
            body += [f"<p>{said(note)}</p>" for note in section.notes]
            if pictures and section.name in pictures:
                body.append(pictures[section.name])
            if section.entries:
                pairs = ((e.label, e.figure.said(language, self.currency)) for e in section.entries)
                body.append("<dl>")
                body += [f"<dt>{said(label)}</dt><dd>{escape(value)}</dd>" for label, value in pairs]
                body.append("</dl>")
            if section.table is not None:
                looks = ' class="grouped"' if section.table.grouped else ""
                body += [f"<table{looks}>", *_rows(section.table, language), "</table>"]
            body.append("</section>")
        tag = ("en", "zh-CN")[which(language)]
        return (
            f'<!DOCTYPE html>\n<html lang="{tag}">\n<head>\n<meta charset="utf-8">\n'
            f"<title>{said(self.title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
            + "\n".join(body)
            + "\n</body>\n</html>\n"
        )


_STYLE = (
    "body{max-width:56em;margin:2em auto;font-family:sans-serif}"
    "dl{display:grid;grid-template-columns:2fr 1fr}"
    "dd{margin:0;text-align:right}"
    "table{border-collapse:collapse}th,td{padding:.2em .5em;text-align:left;vertical-align:top}"
    "th{vertical-align:bottom;border-bottom:1px solid}tr+tr td{border-top:1px solid #ddd}"
    ".n{text-align:right;font-variant-numeric:tabular-nums}.s{white-space:nowrap}"
    ".grouped th:first-child{min-width:9em}.grouped td:last-child{white-space:normal;min-width:4em}"
    "@media print{body{margin:0;max-width:none;font-size:9pt}}"
    "figure{margin:1em 0}figcaption{color:#666}svg{width:100%;height:auto}"
    "figure,tr{break-inside:avoid}h2{break-after:avoid}"
)


_SHORT = 22
"""A cell of a table that is no wider is shown on one line."""
_MARKS = str.maketrans(
    {mark: f"\\{mark}" for mark in "\\`*_[]{}|~$#!"} | {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
)
_FIRST = re.compile(r"^(\s*)([-+=:]|[0-9]+[.)](?=\s|$))")
_LINK = re.compile(r":(?=//)|(?<=www)\.", re.IGNORECASE)


def _unmarked(text: str) -> str:
    """Text that Markdown shows as it is: no emphasis, links, tables, lists or HTML in it, on one line."""
    text = " ".join(text.splitlines()).translate(_MARKS)
    text = _LINK.sub(lambda found: f"\\{found[0]}", text)
    return _FIRST.sub(lambda found: f"{found[1]}{found[2][:-1]}\\{found[2][-1]}", text)


def cells(table: Table, language: Language) -> list[list[str]]:
    """The head and the rows as text; amounts without their currency, which every one would repeat."""
    head = [words.said(language) for words in table.head]
    return [head, *([figure.said(language) for figure in row] for row in table.rows)]


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns of which the first stands left and the others right."""
    widest = [max(width(row[i]) for row in rows) for i in range(len(rows[0]))]

    def cell(i: int, text: str) -> str:
        room = " " * (widest[i] - width(text))
        return room + text if i else text + room

    return ["  ".join(cell(i, text) for i, text in enumerate(row)).rstrip() for row in rows]


def _rows(table: Table, language: Language) -> list[str]:
    """Numbers stand at the right; a short text, as a date is, isn't broken."""
    head, *rows = cells(table, language)
    spans = [1] * len(rows)
    for i in reversed(range(1, len(rows))):
        if table.grouped and rows[i][0] == rows[i - 1][0]:
            spans[i - 1], spans[i] = spans[i - 1] + spans[i], 0

    def row(tag: str, texts: list[str], span: int = 1) -> str:
        made = []
        for k, (text, number) in enumerate(zip(texts, table.numbers, strict=True)):
            looks = [name for name, there in (("n", number), ("s", width(text) <= _SHORT)) if there]
            attributes = f' class="{" ".join(looks)}"' if looks else ""
            if not k and span != 1:
                attributes += f' rowspan="{span}"'
            if k or span:
                made.append(f"<{tag}{attributes}>{escape(text)}</{tag}>")
        return f"<tr>{''.join(made)}</tr>"

    body = (row("td", *each) for each in zip(rows, spans, strict=True))
    return [f"<thead>{row('th', head)}</thead>", "<tbody>", *body, "</tbody>"]
