"""Agreements as pages: HTML from templates that a lender can replace, and PDF of the same.

The libraries are the extra ``documents``; without it an agreement is there as data, JSON and Markdown.
"""

from __future__ import annotations

import warnings
from base64 import b64encode
from functools import cache
from html import unescape
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Any

from repayplan.accounts.agreement import Agreement
from repayplan.accounts.signing import Signed
from repayplan.basics.errors import Code, InputError, Language, shortened, which
from repayplan.edges.agreementsheet import agreement_document, role_words
from repayplan.edges.documents import Document, Section, cells

_EXTRA = "install the extra: pip install 'repayplan[documents]'"
_TAGS = ("en", "zh-CN")
_OF_A_TEMPLATE = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    MemoryError,
)
"""What a template's own expressions may raise."""
_SHOWN = 12
"""Missing glyphs that an error names."""


def agreement_html(
    made: Agreement | Signed, language: Language = "en", *, templates: str | Path | None = None
) -> str:
    """An agreement as a page of its own, from a Jinja2 template.

    Whatever is put into a template is escaped, and what it asks for that isn't there is an error.

    Parameters
    ----------
    made
        The agreement, or a signed one.
    language
        ``"en"`` or ``"zh"``.
    templates
        A folder with a lender's own templates: ``agreement.en.html``, ``agreement.zh.html`` and
        ``layout.html``, UTF-8. Those that it doesn't have are the package's.

    Raises
    ------
    InputError
        There are no texts in the language, the folder isn't there, or a template is wrong: it names the file.
    ImportError
        Jinja2 isn't installed: the extra ``documents``.

    Notes
    -----
    A template sees ``title``, ``tag`` (of the language), ``currency`` and ``fingerprint``; ``sections``, each
    with ``name``, ``heading``, ``notes``, ``entries`` (``name``, ``label``, ``text``), ``head`` and ``rows``
    (cells with ``text`` and ``number``); ``figures``, the texts of entries by section and name; ``parties``
    (``role``, ``name``, ``signers``); and ``agreement``, all data as in the JSON.
    """
    place = which(language)
    of = made.agreement if isinstance(made, Signed) else made
    document = agreement_document(made)
    sections = [_section(section, document, language) for section in document.sections]
    name = f"agreement.{language}.html"
    try:
        from jinja2 import TemplateError
    except ImportError as error:
        raise ImportError(f"Jinja2 is needed: {_EXTRA}") from error
    try:
        page: str = (
            _environment(templates)
            .get_template(name)
            .render(
                title=document.title.said(language),
                tag=_TAGS[place],
                currency=document.currency,
                fingerprint=of.fingerprint,
                sections=sections,
                figures={each["name"]: {e["name"]: e["text"] for e in each["entries"]} for each in sections},
                parties=[
                    {
                        "role": role_words(role).said(language),
                        "name": party.name,
                        "signers": list(party.signers),
                    }
                    for role, party in of.parties.by_role.items()
                ],
                agreement=of.as_dict(),
            )
        )
    except InputError:  # of the folder
        raise
    except (TemplateError, *_OF_A_TEMPLATE) as error:
        where = getattr(error, "name", None) or name
        rule = f"not to be used: {shortened(error)}"
        raise InputError(Code.UNKNOWN_VALUE, "templates", str(where), rule) from None
    return page


def _section(section: Section, document: Document, language: Language) -> dict[str, Any]:
    """What a template sees of a section."""
    table = section.table
    head: list[dict[str, Any]] = []
    rows: list[list[dict[str, Any]]] = []
    if table is not None:
        head, *rows = [
            [{"text": text, "number": right} for text, right in zip(row, table.numbers, strict=True)]
            for row in cells(table, language)
        ]
    return {
        "name": section.name,
        "heading": section.heading.said(language),
        "notes": [note.said(language) for note in section.notes],
        "entries": [
            {
                "name": entry.name,
                "label": entry.label.said(language),
                "text": entry.figure.said(language, document.currency),
            }
            for entry in section.entries
        ],
        "head": head,
        "rows": rows,
    }


def _environment(templates: str | Path | None) -> Any:
    """Where templates are found: a lender's own, or else the package's."""
    from jinja2 import ChoiceLoader, DictLoader, FileSystemLoader, StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    own = [] if templates is None else [FileSystemLoader(_folder(templates))]
    return ImmutableSandboxedEnvironment(
        loader=ChoiceLoader([*own, DictLoader(_own_templates())]),
        autoescape=True,
        undefined=StrictUndefined,
    )


def _folder(templates: str | Path) -> Path:
    folder = Path(templates)
    try:
        there = folder.is_dir()
    except (OSError, ValueError):  # a name that no folder can have
        there = False
    if not there:
        raise InputError(Code.MISSING, "templates", str(templates), "a folder with templates")
    return folder


@cache
def _own_templates() -> dict[str, str]:
    """The package's, by name."""
    found = files("repayplan.data").joinpath("agreement").iterdir()
    return {each.name: each.read_text(encoding="utf-8") for each in found if each.name.endswith(".html")}


def agreement_pdf(
    made: Agreement | Signed,
    language: Language = "en",
    *,
    font: str | Path,
    face: int = 0,
    templates: str | Path | None = None,
) -> bytes:
    """An agreement as PDF: the page of :func:`agreement_html`, all of it in one font, which is embedded.

    The same agreement, templates and font make the same bytes.

    Parameters
    ----------
    made, language, templates
        As of :func:`agreement_html`. Pictures stand in a template as ``data:`` addresses; nothing else is
        fetched from anywhere.
    font
        A TrueType or OpenType file that has every character of the page: for Chinese Noto Sans SC, say.
    face
        Which font of a collection (``.ttc``) it is.

    Raises
    ------
    InputError
        As of :func:`agreement_html`; the font can't be read, or it lacks characters: it names them.
    ImportError
        WeasyPrint isn't installed, or not what it needs: the extra ``documents``.
    """
    of = made.agreement if isinstance(made, Signed) else made
    page = agreement_html(made, language, templates=templates)
    try:
        with warnings.catch_warnings():
            # It says which libraries of the system will be needed later on.
            warnings.simplefilter("ignore", DeprecationWarning)
            from weasyprint import CSS, HTML
            from weasyprint.text.fonts import FontConfiguration
            from weasyprint.urls import FatalURLFetchingError, URLFetcher
    except (ImportError, OSError) as error:  # OSError: the library of the system isn't there
        raise ImportError(f"WeasyPrint is needed: {_EXTRA}; it needs Pango ({error})") from error
    embedded = b64encode(_subset(page, Path(font), face)).decode()
    fonts = FontConfiguration()
    fetcher = URLFetcher(allowed_protocols=("data",), fail_on_errors=True)
    style = CSS(
        string=f"@font-face {{ font-family: agreement; src: url(data:font/otf;base64,{embedded}) }}"
        " * { font-family: agreement !important } @page { font-family: agreement }",
        font_config=fonts,
        url_fetcher=fetcher,
    )
    try:
        made_pdf: bytes = HTML(string=page, url_fetcher=fetcher).write_pdf(
            stylesheets=[style],
            font_config=fonts,
            pdf_identifier=of.fingerprint[:32].encode(),
            full_fonts=True,  # what the page doesn't need is gone already
        )
    except FatalURLFetchingError as error:
        raise InputError(Code.UNKNOWN_VALUE, "templates", str(error), "nothing from elsewhere") from None
    return made_pdf


def _subset(page: str, path: Path, face: int) -> bytes:
    """Those glyphs of a font that a page needs."""
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont, TTLibError

    try:
        font = TTFont(path, fontNumber=face, recalcTimestamp=False)  # the same bytes on every day
        known = font.getBestCmap() or {}
    except (OSError, TTLibError) as error:
        raise InputError(Code.UNKNOWN_VALUE, "font", str(path), f"a font file: {error}") from None
    # Numbers of pages and of lists are made from the style, and any of ASCII may be.
    wanted = {ord(char) for char in unescape(page) if not char.isspace()} | set(range(33, 127))
    if lacking := sorted(wanted - set(known)):
        shown = " ".join(map(chr, lacking[:_SHOWN])) + (" ..." if len(lacking) > _SHOWN else "")
        raise InputError(Code.UNKNOWN_VALUE, "font", str(path), f"a font with glyphs for {shown}")
    options = Options()
    options.hinting, options.notdef_outline = False, True
    # One glyph a character: of ligatures and other forms a reader's search would find nothing.
    options.layout_features = ["kern", "mark", "mkmk"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=wanted | {ord(" ")})
    subsetter.subset(font)
    out = BytesIO()
    font.save(out)
    return out.getvalue()
