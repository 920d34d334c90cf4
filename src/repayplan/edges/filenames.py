"""Names that a file may have on any system."""

from __future__ import annotations

import unicodedata

MOST_NAME = 200
"""Bytes of a document's name: file systems take 255."""
_RESERVED = {
    *("con", "conin$", "conout$", "prn", "aux", "nul"),
    *(f"{name}{i}" for name in ("com", "lpt") for i in "123456789¹²³"),
}
_NOT_IN_NAMES = frozenset('<>:"/\\|?*')
NAME_RULE = (
    "a file's name on every system: no path, none of <>:\"/\\|?*, no character that isn't seen, no blank or "
    f"dot at either end, no name that Windows keeps for itself, at most {MOST_NAME} bytes, in Unicode's NFC"
)


def is_file_name(name: object) -> bool:
    r"""Whether every system takes a text for the name of a file, and for the same one.

    Examples
    --------
    >>> [is_file_name(name) for name in ("审核意见.pdf", "../policy.toml", "nul.txt", "a\u202egpj.exe", "a.")]
    [True, False, False, False, False]
    """
    if not isinstance(name, str) or not name or name != name.strip(" ."):
        return False
    if any(char in _NOT_IN_NAMES or unicodedata.category(char)[0] == "C" for char in name):
        return False
    if any(unicodedata.category(char) in ("Zl", "Zp") for char in name):
        return False
    if name.split(".")[0].rstrip().casefold() in _RESERVED:
        return False
    return len(name.encode()) <= MOST_NAME and unicodedata.normalize("NFC", name) == name
