"""Files of rules as text: read within a bound, whatever their size and kind."""

from __future__ import annotations

import io
from pathlib import Path

from repayplan.basics.errors import Code, PolicyError
from repayplan.basics.sizes import MAX_RULES

NO_PATH = "is no path: there is a sign in it that no name has"


def text_of(path: str | Path) -> str:
    """The text of a file of rules (UTF-8, with a byte order mark or without); no more than the bound is read.

    Raises
    ------
    PolicyError
        It names the file: it can't be read, has more than :data:`~repayplan.basics.sizes.MAX_RULES`
        characters, or isn't UTF-8, or the path is none.

    Examples
    --------
    >>> text_of("none.toml")
    Traceback (most recent call last):
    repayplan.basics.errors.PolicyError: none.toml: can't be read: No such file or directory [missing]
    """
    source = str(path)
    try:
        # A character takes 4 bytes at most; some editors put a mark of 3 first.
        raw = beginning(Path(path), 4 * MAX_RULES + 3)
        text = None if raw is None else raw.decode("utf-8-sig")
    except OSError as error:
        rule = f"can't be read: {error.strerror}"
        raise PolicyError(Code.MISSING, source, None, rule, source=source) from None
    except UnicodeDecodeError as error:
        rule, line = f"not UTF-8: {error}", 1 + error.object[: error.start].count(b"\n")
        raise PolicyError(Code.UNKNOWN_VALUE, source, None, rule, source=source, line=line) from None
    except ValueError:  # of NULs and of halves of surrogate pairs
        raise PolicyError(Code.UNKNOWN_VALUE, source, None, NO_PATH, source=source) from None
    if text is None or len(text) > MAX_RULES:
        rule = f"text of at most {MAX_RULES} characters"
        raise PolicyError(Code.OUT_OF_RANGE, source, None, rule, source=source)
    return io.StringIO(text, newline=None).read()  # every kind of line end is one, as of a text file


def beginning(path: Path, most: int) -> bytes | None:
    """The bytes of a file; None where it has more than so many, of which no more than one is read.

    Raises
    ------
    OSError, ValueError
        It can't be read; the path is none.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "a.txt"
    ...     _ = file.write_bytes(b"abc")
    ...     beginning(file, 3), beginning(file, 2)
    (b'abc', None)
    """
    with path.open("rb") as file:  # its size may say nothing: it grows, or is a pipe
        raw = file.read(most + 1)
    return raw if len(raw) <= most else None
