"""A mark for tests that need optional libraries, saying which."""

import importlib
import importlib.util
import warnings

import pytest


def needs(*libraries):
    """Mark a test that needs optional libraries; all are in the extra `test`, so it runs after `.[test]`.

    But for `statsmodels`, `lifelines`, `scipy`, `QuantLib` and `numpy_financial`, which stand in `dev`: what
    they confirm is tested against published figures and slow references too. The others are missing only
    where the package is tested on its own, with numpy and dateutil alone.
    """
    missing = [name for name in libraries if importlib.util.find_spec(name) is None]
    if not missing and "weasyprint" in libraries and (why := no_pango()):
        return pytest.mark.skip(reason=why)
    return pytest.mark.skipif(bool(missing), reason=f"optional: {', '.join(missing)} not installed")


def no_pango():
    """Why WeasyPrint can't be loaded, where it is installed: Pango is a library of the system, not of pip."""
    if importlib.util.find_spec("weasyprint") is None:
        return ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            importlib.import_module("weasyprint")
    except OSError as error:
        return f"the system has no Pango: {error}"
    return ""
