"""What rates are called in English and Chinese, and the form of the text that states one."""

from __future__ import annotations

import re

from repayplan.basics.conversion import PERIODS

ZH_NAMES = {"year": "年", "half_year": "半年", "quarter": "季", "month": "月", "week": "周", "day": "日"}
ZH_PERIODS = {"季度": "quarter"} | {han: name for name, han in ZH_NAMES.items()}
EN_PERIODS = {name.replace("_", "-"): name for name in PERIODS} | {"annum": "year", "half year": "half_year"}
ZH_KINDS = {"有效": "effective", "实际": "effective", "名义": "nominal"}
UNITS = {"%": 2, "‰": 3, "‱": 4, "bp": 4, "百": 2, "千": 3, "万": 4}
_DIGITS = "零一二三四五六七八九"
_D = "[一二两三四五六七八九]"
_HAN = re.compile(
    # 一百零五 is 105; 一百五, which people say for 150, is not read at all.
    rf"(?:(?P<h>{_D})百(?:零(?P<hu>{_D})|(?P<ht>{_D})十(?P<htu>{_D}?))?"
    rf"|(?P<t>{_D}?)(?P<ten>十)(?P<tu>{_D}?)|(?P<u>[零{_D[1:-1]}]))(?:点(?P<tail>[零{_D[1:-1]}]+))?"
)
RATE_TEXT = re.compile(
    rf"(?:(?P<zh_kind>{'|'.join(ZH_KINDS)})?(?P<zh_per>{'|'.join(ZH_PERIODS)})(?:利率|息)\s*:?\s*)?"
    r"(?P<about>[≈约])?\s*"
    r"(?:(?P<part>[百千万])分之(?P<parts>[0-9.]+|[十百点零〇两一二三四五六七八九]+)"
    r"|(?P<number>[+-]?[0-9.]+)\s*(?P<unit>%|‰|‱|bp)?)"
    r"(?:\s*\(?(?:一年)?(?P<zh_days>[0-9]+)天\)?)?"
    rf"(?:\s*(?:(?P<pa>p\.a\.)|(?:(?:a|per)\s+|/\s*)(?P<per>{'|'.join(EN_PERIODS)})(?:\s+of\s+(?P<days>[0-9]+))?))?"
    r"(?:\s+(?P<kind>nominal|effective))?"
)


def digits_of(text: str) -> str | None:
    """Digits, or a Chinese numeral below 1000 in digits: 二十四点五 is 24.5."""
    if text.isascii():
        return text
    found = _HAN.fullmatch(text.replace("〇", "零"))
    if found is None:
        return None
    digit = {han: i for i, han in enumerate(_DIGITS)} | {"两": 2}

    def value(*names: str) -> int:
        return sum(digit[found[name]] for name in names if found[name])

    tens = value("ht", "t") or (1 if found["ten"] else 0)  # 十五 is 15
    whole = 100 * value("h") + 10 * tens + value("hu", "htu", "tu", "u")
    return f"{whole}.{''.join(str(digit[han]) for han in found['tail'] or '')}"
