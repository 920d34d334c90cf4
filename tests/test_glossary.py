"""The glossary: one term, one meaning, in both languages."""

import re
from pathlib import Path

import pytest

from repayplan import glossary
from repayplan.basics.errors import Code

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def test_every_term_is_whole():
    for term in glossary():
        assert CHINESE.search(term.zh), term
        assert CHINESE.search(term.means_zh), term
        assert not CHINESE.search(term.en + term.means), term
        assert term.means.endswith("."), term
        assert term.means_zh.endswith("。"), term


@pytest.mark.parametrize("name", ["en", "zh", "means", "means_zh"])
def test_no_two_terms_are_called_or_mean_the_same(name):
    words = [getattr(term, name) for term in glossary()]
    assert len(set(words)) == len(words)


def test_the_languages_call_things_as_the_reasons_do():
    # What a borrower reads in a reason can be looked up.
    said = "".join(code.text("zh", field="", value="", limit="") for code in Code)
    chinese = {term.en: term.zh for term in glossary()}
    for term in ("application", "household", "principal", "extension", "restructuring", "overdue"):
        assert chinese[term] in said


def test_the_terms_ship_with_the_package():
    import repayplan

    assert (Path(repayplan.__file__).parent / "data" / "glossary" / "terms.toml").is_file()
