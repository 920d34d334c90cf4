"""Documents as pages: HTML from templates that a lender can replace, and PDF of the same.

The libraries are the extra ``documents``; without it a document is there as data, JSON and Markdown.
"""

from __future__ import annotations

import hashlib
import warnings
from base64 import b64encode
from functools import cache
from html import unescape
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Any

from repayplan.ability.figures import one_rule
from repayplan.basics.errors import Code, InputError, Language, which
from repayplan.basics.visible import shortened
from repayplan.edges.documents import Document, Section, cells
from repayplan.edges.words import Figure

_EXTRA = "install the extra: pip install 'repayplan[documents]'"
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
_TAGS = ("en", "zh-CN")
_ANY = "document.html"
_SHOWN = 12
"""Missing glyphs that an error names."""


def document_html(
    document: Document, language: Language = "en", *, templates: str | Path | None = None, **more: Any
) -> str:
    """A document as a page of its own, from a Jinja2 template.

    Whatever is put into a template is escaped, and what it asks for that isn't there is an error.

    Parameters
    ----------
    document
        Any: a form, a letter, a sheet.
    language
        ``"en"`` or ``"zh"``.
    templates
        A folder with a lender's own templates, UTF-8. The one that is taken is called as the document
        (:attr:`Document.name`) and its language: ``overdue_notice.zh.html``; where there is none,
        ``document.html``. All extend ``layout.html``. Those that the folder doesn't have are the package's.
    more
        What a template sees beside, by name.

    Raises
    ------
    InputError
        There are no texts in the language, the folder isn't there, or a template is wrong: it names the file.
    ImportError
        Jinja2 isn't installed: the extra ``documents``.

    Notes
    -----
    A template sees ``title``, ``tag`` (of the language), ``currency``; ``sections``, each with ``name``,
    ``heading``, ``notes``, ``entries`` (``name``, ``label``, and what cells have), ``head`` and ``rows``
    (cells with ``text`` and ``number``, and whether they are a ``blank`` to be filled in or a ``choice``);
    and ``figures``, the texts of entries by section and name.

    Examples
    --------
    >>> from repayplan import Words
    >>> note = Section(name="note", heading=Words("Note", "说明"), notes=(Words("<b> & co", "<b>与公司"),))
    >>> made = Document(title=Words("Notice", "通知"), currency="CNY", sections=(note,))
    >>> "&lt;b&gt; &amp; co" in document_html(made)
    True
    """
    one_rule("document", document, Document)
    place = which(language)
    name = f"{document.name}.{language}.html"
    try:
        from jinja2 import TemplateError
    except ImportError as error:
        raise ImportError(f"Jinja2 is needed: {_EXTRA}") from error
    sections = [_section(section, document, language) for section in document.sections]
    try:
        page: str = (
            _environment(templates)
            .select_template([name, _ANY])
            .render(
                title=document.title.said(language),
                tag=_TAGS[place],
                currency=document.currency,
                sections=sections,
                figures={each["name"]: {e["name"]: e["text"] for e in each["entries"]} for each in sections},
                **more,
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
        first, *others = cells(table, language)
        head = [{"text": text, "number": right} for text, right in zip(first, table.numbers, strict=True)]
        rows = [
            [
                {"text": text, "number": right, **_by_hand(figure)}
                for text, right, figure in zip(row, table.numbers, figures, strict=True)
            ]
            for row, figures in zip(others, table.rows, strict=True)
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
                "number": False,
                **_by_hand(entry.figure),
            }
            for entry in section.entries
        ],
        "head": head,
        "rows": rows,
    }


def _by_hand(figure: Figure) -> dict[str, bool]:
    """Whether it is filled in by hand, or chosen from."""
    return {name: figure.unit == name for name in ("blank", "choice")}


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
    found = files("repayplan.data").joinpath("pages").iterdir()
    return {each.name: each.read_text(encoding="utf-8") for each in found if each.name.endswith(".html")}


def document_pdf(
    document: Document,
    language: Language = "en",
    *,
    font: str | Path,
    face: int = 0,
    templates: str | Path | None = None,
) -> bytes:
    """A document as PDF: the page of :func:`document_html`, all of it in one font, which is embedded.

    The same document, templates and font make the same bytes.

    Parameters
    ----------
    document, language, templates
        As of :func:`document_html`. Pictures stand in a template as ``data:`` addresses; nothing else is
        fetched from anywhere.
    font
        A TrueType or OpenType file that has every character of the page: for Chinese Noto Sans SC, say.
    face
        Which font of a collection (``.ttc``) it is.

    Raises
    ------
    InputError
        As of :func:`document_html`; the font can't be read, or it lacks characters: it names them.
    ImportError
        WeasyPrint isn't installed, or not what it needs: the extra ``documents``.
    """
    page = document_html(document, language, templates=templates)
    return page_pdf(page, identifier=hashlib.sha256(page.encode()).hexdigest(), font=font, face=face)


def page_pdf(page: str, *, identifier: str, font: str | Path, face: int = 0) -> bytes:
    """A page as PDF, in one font.

    Parameters
    ----------
    page
        HTML.
    identifier
        By which readers tell files apart, hexadecimal text.
    font, face
        As of :func:`document_pdf`.

    Raises
    ------
    InputError, ImportError
        As of :func:`document_pdf`.
    """
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
        string=f"@font-face {{ font-family: page; src: url(data:font/otf;base64,{embedded}) }}"
        " * { font-family: page !important } @page { font-family: page }",
        font_config=fonts,
        url_fetcher=fetcher,
    )
    try:
        made_pdf: bytes = HTML(string=page, url_fetcher=fetcher).write_pdf(
            stylesheets=[style],
            font_config=fonts,
            pdf_identifier=identifier[:32].encode(),
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
