"""A mark for tests that need optional libraries, saying which."""

import importlib.util

import pytest


def needs(*libraries):
    """Mark a test that needs optional libraries; all are in the extra `test`, so it runs after `.[test]`.

    They are missing only where the package is tested on its own, with numpy and dateutil alone.
    """
    missing = [name for name in libraries if importlib.util.find_spec(name) is None]
    return pytest.mark.skipif(bool(missing), reason=f"optional: {', '.join(missing)} not installed")
