"""A font for the characters of a picture."""

from __future__ import annotations

from os import PathLike
from typing import Any

from repayplan.basics.errors import Code, InputError
from repayplan.edges.frames import need

Font = str | PathLike[str]
_SHOWN = 20
"""Characters that an error names."""
_CHINESE = (
    *("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "PingFang SC"),
    *("Hiragino Sans GB", "Microsoft YaHei", "SimHei", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei"),
    *("Droid Sans Fallback", "Arial Unicode MS", "Noto Sans CJK JP"),
)
"""Fonts of systems that have the characters of Chinese labels."""


def font_for(characters: str, font: Font | None) -> Any:
    """Properties of a font that has all characters; None where matplotlib's own has.

    Raises
    ------
    InputError
        The font isn't one, or lacks characters; without a font: none that is known here has them all.
    """
    manager = need("matplotlib.font_manager", "plot")
    wanted = {ord(each) for each in characters if not each.isspace()} | set(b"0123456789")
    if font is not None:
        path = str(font)
        try:
            known = _charmap(manager, path)
        except (OSError, RuntimeError) as error:
            raise InputError(Code.UNKNOWN_VALUE, "font", path, f"a font file: {error}") from None
        if wanted - known:
            raise _lacking(Code.UNKNOWN_VALUE, path, wanted - known)
        return manager.FontProperties(fname=path)
    own: set[int] = set()
    for family in manager.FontProperties().get_family():
        own |= _of_family(manager, family)
    if wanted <= own:
        return None
    for family in _CHINESE:
        if wanted <= _of_family(manager, family):
            return manager.FontProperties(family=[family])
    raise _lacking(Code.MISSING, None, wanted - own)


def _lacking(code: Code, path: str | None, characters: set[int]) -> InputError:
    """Names a few of the characters that no glyph is there for."""
    shown = sorted(characters)
    text = " ".join(map(chr, shown[:_SHOWN])) + (" ..." if len(shown) > _SHOWN else "")
    return InputError(code, "font", path, f"a font file with glyphs for {text}")


def _of_family(manager: Any, family: str) -> set[int]:
    """Characters of a family of fonts; none where it isn't installed."""
    try:
        path = manager.findfont(manager.FontProperties(family=[family]), fallback_to_default=False)
    except ValueError:
        return set()
    return _charmap(manager, path)


def _charmap(manager: Any, path: Any) -> set[int]:
    return set(manager.get_font(path).get_charmap())
