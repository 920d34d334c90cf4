"""Agreements as pages: HTML from templates that a lender can replace, and PDF of the same."""

from __future__ import annotations

from pathlib import Path

from repayplan.ability.figures import one_rule
from repayplan.accounts.agreement import Agreement
from repayplan.accounts.signing import Signed
from repayplan.basics.errors import Language
from repayplan.edges.agreementsheet import agreement_document
from repayplan.edges.agreementwords import role_words
from repayplan.edges.pages import document_html, page_pdf


def agreement_html(
    made: Agreement | Signed, language: Language = "en", *, templates: str | Path | None = None
) -> str:
    """An agreement as a page of its own, from a Jinja2 template.

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
    InputError, ImportError
        As of :func:`~repayplan.document_html`.

    Notes
    -----
    A template sees what :func:`~repayplan.document_html` says, and ``fingerprint``; ``parties`` (``role``,
    ``name``, ``signers``); and ``agreement``, all data as in the JSON.
    """
    one_rule("made", made, Agreement, Signed)
    of = made.agreement if isinstance(made, Signed) else made
    parties = [
        {"role": role_words(role).said(language), "name": party.name, "signers": list(party.signers)}
        for role, party in of.parties.by_role.items()
    ]
    return document_html(
        agreement_document(made),
        language,
        templates=templates,
        fingerprint=of.fingerprint,
        parties=parties,
        agreement=of.as_dict(),
    )


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
        As of :func:`agreement_html`.
    font, face
        As of :func:`~repayplan.document_pdf`.

    Raises
    ------
    InputError, ImportError
        As of :func:`~repayplan.document_pdf`.
    """
    of = made.agreement if isinstance(made, Signed) else made
    page = agreement_html(made, language, templates=templates)
    return page_pdf(page, identifier=of.fingerprint, font=font, face=face)
