"""What an application form says of the lender, and what is filled in; what the applicant declares."""

from __future__ import annotations

from dataclasses import dataclass

from repayplan.ability.figures import one_text
from repayplan.ability.household import Household
from repayplan.accounts.clauses import Clause
from repayplan.accounts.parties import Party
from repayplan.basics.errors import Code, InputError
from repayplan.edges.letterparts import both_languages
from repayplan.edges.sheetparts import name_text
from repayplan.edges.words import Words
from repayplan.offers.hardship import tuple_of
from repayplan.plans.loan import Loan
from repayplan.reviews.application import Application


@dataclass(frozen=True, slots=True, kw_only=True)
class FormTerms:
    """What a lender's application form says that the policy doesn't.

    Parameters
    ----------
    lender
        Its name: text, or :class:`~repayplan.Words` where the languages have different ones.
    hand_in
        Where the form is handed in, with what, and until when.
    declarations
        What the applicant declares and consents to, a line each: :data:`STANDARD_DECLARATIONS`, say.

    Raises
    ------
    InputError
        One of them is missing, or two declarations have one code.

    Examples
    --------
    >>> terms = FormTerms(
    ...     lender=Words("Example Bank", "示例银行"),
    ...     hand_in=Words("At any branch, until 24 April 2026.", "请于2026年4月24日前交至任一网点。"),
    ...     declarations=STANDARD_DECLARATIONS,
    ... )
    >>> [each.code for each in terms.declarations][:3]
    ['true_and_complete', 'personal_data', 'credit_report']
    """

    lender: str | Words
    hand_in: Words
    declarations: tuple[Clause, ...]

    def __post_init__(self) -> None:
        name_text("terms.lender", self.lender)
        both_languages("terms.hand_in", self.hand_in)
        object.__setattr__(self, "declarations", tuple_of("terms.declarations", self.declarations, Clause))
        if not self.declarations:
            raise InputError(Code.MISSING, "terms.declarations", (), "at least one declaration")
        codes = [each.code for each in self.declarations]
        for i, code in enumerate(codes):
            if code in codes[:i]:
                raise InputError(Code.DUPLICATE, f"terms.declarations[{i}].code", code, "each code once")


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledForm:
    """What an applicant has stated.

    Parameters
    ----------
    applicant
        Who applies; with a contact.
    reference
        The number under which the lender keeps the loan.
    application, loan, household
        As :func:`~repayplan.review` takes them.

    Raises
    ------
    InputError
        One of them is missing, by its name.
    """

    applicant: Party
    reference: str
    application: Application
    loan: Loan
    household: Household

    def __post_init__(self) -> None:
        kinds = {"applicant": Party, "application": Application, "loan": Loan, "household": Household}
        for name, kind in kinds.items():
            value: object = getattr(self, name)
            if not isinstance(value, kind):
                code = Code.MISSING if value is None else Code.UNKNOWN_VALUE
                raise InputError(code, name, value, f"{kind.__name__} is needed here")
        one_text("reference", self.reference)


STANDARD_DECLARATIONS = (
    Clause(
        code="true_and_complete",
        en="What I have stated is true and complete, and the documents are genuine.",
        zh="本人填报的内容真实、完整，提交的材料真实有效。",
    ),
    Clause(
        code="personal_data",
        en="I consent that the lender uses my data, and what it says of my income, health and family, to"
        " decide on this application and to keep the plan, and for nothing else.",
        zh="本人同意贷款人为审查本申请及履行还款方案处理本人的个人信息，"
        "包括收入、健康及家庭情况等敏感个人信息，不作他用。",
    ),
    Clause(
        code="credit_report",
        en="I consent that the lender asks for my credit report for this application.",
        zh="本人授权贷款人为本申请查询本人的信用报告。",
    ),
    Clause(
        code="no_effect_yet",
        en="I know that the present contract goes on until a plan has been agreed on in writing.",
        zh="本人知悉，书面达成还款协议之前，原合同继续履行。",
    ),
    Clause(
        code="credit_record",
        en="I have been told what a plan does to my credit record.",
        zh="本人已知悉还款方案对征信记录的影响。",
    ),
    Clause(
        code="tell_changes",
        en="I tell the lender without delay if my income, address or telephone number changes.",
        zh="本人的收入、住址或联系方式发生变化时，将及时告知贷款人。",
    ),
)
"""Declarations to begin with. They are an example, not legal advice: nothing takes them unasked. Consent to
the use of sensitive personal data, and to a request for a credit report, is given for itself:
个人信息保护法 (2021), art. 29; 征信业管理条例 (2013), art. 18."""
