"""What an agreement says in words: clauses in both languages, as data that a lender replaces or adds to."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, fields, replace
from typing import Literal

from repayplan.basics.errors import Code, InputError, Language, which
from repayplan.basics.options import one_option
from repayplan.basics.ruleshape import check_kinds
from repayplan.basics.writing import says_something

Part = Literal["lender_rights", "lender_duties", "borrower_rights", "borrower_duties", "late"]
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that turn the direction of writing: with them a text can look like another one."""


def one_line(name: str, value: object) -> None:
    r"""InputError unless the value is text of one line that says something and shows all that it says.

    Examples
    --------
    >>> one_line("name", "Li\nWei")
    Traceback (most recent call last):
    repayplan.basics.errors.InputError: name='Li\nWei': one line of text, without control characters
    [unknown_value]
    """
    if value is None or (isinstance(value, str) and not says_something(value)):
        raise InputError(Code.MISSING, name, value, "text")
    if not isinstance(value, str):
        raise InputError(Code.UNKNOWN_VALUE, name, value, "text")
    if any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") or c in _TURNING for c in value):
        raise InputError(Code.UNKNOWN_VALUE, name, value, "one line of text, without control characters")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One sentence of an agreement, in both languages.

    Parameters
    ----------
    code
        What programs call it, and what is replaced by one of the same code.
    en, zh
        What it says.

    Raises
    ------
    InputError
        One of them isn't a line of text.

    Examples
    --------
    >>> Clause(code="court", en="Disputes go to the court at ...", zh="争议由……人民法院管辖。").text("zh")
    '争议由……人民法院管辖。'
    """

    code: str
    en: str
    zh: str

    def __post_init__(self) -> None:
        for name in ("code", "en", "zh"):
            one_line(f"clause.{name}", getattr(self, name))

    def text(self, language: Language) -> str:
        """In a language."""
        return (self.en, self.zh)[which(language)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clauses:
    """Both sides' rights and duties, and what is said of late payment.

    Parameters
    ----------
    lender_rights, lender_duties, borrower_rights, borrower_duties
        What each side may do, and has to.
    late
        What follows from a late payment, beside what it costs.

    Raises
    ------
    InputError
        A part without clauses, or a code that is there twice.

    Examples
    --------
    >>> own = Clause(
    ...     code="collection_stops", en="We don't call you while you pay.", zh="按时还款期间不催收。"
    ... )
    >>> clauses = STANDARD_CLAUSES.replaced(own)
    >>> [each.en for each in clauses.lender_duties if each.code == "collection_stops"]
    ["We don't call you while you pay."]
    >>> added = clauses.added("lender_rights", Clause(code="audit", en="...", zh="……"))
    >>> len(added.codes) - len(clauses.codes)
    1
    """

    lender_rights: tuple[Clause, ...]
    lender_duties: tuple[Clause, ...]
    borrower_rights: tuple[Clause, ...]
    borrower_duties: tuple[Clause, ...]
    late: tuple[Clause, ...]

    def __post_init__(self) -> None:
        check_kinds(self, "clauses.")
        for each in fields(self):
            if not getattr(self, each.name):
                raise InputError(Code.MISSING, f"clauses.{each.name}", (), "at least one clause")
        for i, code in enumerate(self.codes):
            if code in self.codes[:i]:
                raise InputError(Code.DUPLICATE, "clauses.code", code, "each code once")

    @property
    def codes(self) -> tuple[str, ...]:
        """Of all clauses, in order."""
        return tuple(clause.code for each in fields(self) for clause in getattr(self, each.name))

    def replaced(self, clause: Clause) -> Clauses:
        """With another clause in the place of the one that has its code.

        Raises
        ------
        InputError
            No clause has it.
        """
        if clause.code not in self.codes:
            raise InputError(
                Code.UNKNOWN_VALUE, "clause.code", clause.code, f"one of {', '.join(self.codes)}"
            )
        parts = {
            each.name: tuple(clause if one.code == clause.code else one for one in getattr(self, each.name))
            for each in fields(self)
        }
        return Clauses(**parts)

    def added(self, part: Part, *clauses: Clause) -> Clauses:
        """With more clauses at the end of a part.

        Raises
        ------
        InputError
            There is no such part, or a code is there already.
        """
        one_option("part", part, Part)
        return replace(self, **{part: (*getattr(self, part), *clauses)})


def _clauses(**texts: tuple[str, str]) -> tuple[Clause, ...]:
    return tuple(Clause(code=code, en=en, zh=zh) for code, (en, zh) in texts.items())


STANDARD_CLAUSES = Clauses(
    lender_rights=_clauses(
        receive_payments=(
            "The lender may ask for every payment of the plan on its due date.",
            "贷款人有权按还款计划表收取各期应还款项。",
        ),
        ask_about_means=(
            "The lender may ask the borrower for evidence of income and expenses when the plan is reviewed.",
            "贷款人有权在方案复核时要求借款人提供收支证明。",
        ),
    ),
    lender_duties=_clauses(
        collection_stops=(
            "While the borrower keeps to this agreement, nobody collects the debt from the borrower.",
            "借款人履行本协议期间，贷款人及其受托人停止催收。",
        ),
        confirms_payments=(
            "The lender confirms each payment and says what is still owed whenever the borrower asks.",
            "贷款人应确认每笔还款，并应借款人要求告知剩余欠款。",
        ),
        keeps_confidential=(
            "The lender uses what the borrower has told about the household for this agreement only.",
            "贷款人仅为履行本协议使用借款人提供的家庭信息，并予以保密。",
        ),
        discharges=(
            "With the last payment of the plan the debt is settled; the lender confirms that in writing.",
            "借款人付清还款计划表全部款项后，债务结清，贷款人出具书面结清证明。",
        ),
    ),
    borrower_rights=_clauses(
        pay_early=(
            "The borrower may pay a part earlier, or all that is left on any day, as this agreement says.",
            "借款人可以提前偿还部分欠款，也可以随时提前结清全部欠款，具体按本协议的约定执行。",
        ),
        ask_again=(
            "If things get worse, the borrower may ask for a review of the plan before a payment is missed.",
            "借款人情况恶化的，可以在逾期之前申请复核本方案。",
        ),
        complain=(
            "The borrower may complain to the lender, and to the authority that supervises it.",
            "借款人可以向贷款人投诉，也可以向其监管机构投诉。",
        ),
    ),
    borrower_duties=_clauses(
        pay_on_time=(
            "The borrower pays every instalment in full on its due date.",
            "借款人应按期足额偿还每期款项。",
        ),
        tell_changes=(
            "The borrower tells the lender without delay of a new address and of any change of income.",
            "借款人的地址或收入发生变化的，应及时告知贷款人。",
        ),
        true_statements=(
            "What the borrower has stated about the household is complete and true.",
            "借款人提供的家庭情况完整、真实。",
        ),
        no_new_card=(
            "Until the plan is fulfilled the borrower asks for no further card, and the lender issues none.",
            "本协议履行完毕之前，借款人不申领新卡，贷款人不再向其发放新卡。",
        ),
    ),
    late=_clauses(
        overdue_interest=(
            "Whatever is paid late costs more, by the rules that follow, until it is paid.",
            "逾期款项按下列规则加收，直至清偿之日止。",
        ),
        collection_resumes=(
            "As long as a payment is overdue, the lender may collect it.",
            "款项逾期期间，贷款人可以就逾期款项进行催收。",
        ),
    ),
)
"""Clauses to begin with. They are an example, not legal advice: nothing takes them unasked."""
CARD_INSTALMENTS = ("collection_stops", "no_new_card")
"""Clauses that an agreement on personalised instalments of a credit card must have (``requires``).

Collection stops while it is performed, and no new card is issued meanwhile: 商业银行信用卡业务监督管理办法
(2011), art. 70. What else the article asks for (balance, structure, currency, period, method, date and amount
of each instalment, whether interest and fees run), every agreement states.
"""
