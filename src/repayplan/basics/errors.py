"""The closed list of codes, and the exceptions that carry them."""

from __future__ import annotations

import json
import re
from enum import StrEnum
from typing import Literal, get_args

from repayplan.basics.codetexts import MUST_BE, RULE, TEXT
from repayplan.basics.sizes import MAX_RULE
from repayplan.basics.visible import shortened, visible

Language = Literal["en", "zh"]
_BOUNDS = re.compile(r"(?<=[0-9]) to (?=-?[0-9])")


class Code(StrEnum):
    """Every reason for which a row is refused, or a decision is what it is.

    Examples
    --------
    >>> Code.OUT_OF_RANGE.text("en", field="annual_rate", value="1.5", limit="0 to 1")
    'annual_rate is out of range (1.5); it must be 0 to 1'
    """

    # What is wrong with an input.
    MISSING = "missing"
    NOT_A_NUMBER = "not_a_number"
    NOT_FINITE = "not_finite"
    BOOLEAN = "boolean"
    NOT_WHOLE_UNITS = "not_whole_units"
    NEGATIVE = "negative"
    OUT_OF_RANGE = "out_of_range"
    NOT_A_DATE = "not_a_date"
    UNKNOWN_VALUE = "unknown_value"
    GROSS_WITHOUT_RULE = "gross_without_rule"
    NOTHING_OWED = "nothing_owed"
    BEYOND_DOMAIN = "beyond_domain"
    OTHER_CURRENCY = "other_currency"
    BEYOND_CALENDAR = "beyond_calendar"
    DATES_OUT_OF_ORDER = "dates_out_of_order"
    DUPLICATE = "duplicate"
    WRONG_CELLS = "wrong_cells"
    NO_HOUSEHOLD = "no_household"
    DEBTS_DIFFER = "debts_differ"
    # What is wrong with a plan for this loan.
    NEVER_PAID_OFF = "never_paid_off"
    NEGATIVE_AMORTISATION = "negative_amortisation"
    INSTALMENT_BELOW_ZERO = "instalment_below_zero"
    BALLOON = "balloon"
    # What is wrong with flows of money.
    NO_RATE = "no_rate"
    SEVERAL_RATES = "several_rates"
    # Why a decision is what it is.
    NOT_ELIGIBLE = "not_eligible"
    BELOW_ALLOWANCE = "below_allowance"
    NO_CAPACITY = "no_capacity"
    ABOVE_TARGET = "above_target"
    OVER_CAPACITY = "over_capacity"
    OVER_TARGET = "over_target"
    NO_PLAN = "no_plan"
    TOO_LITTLE_REPAID = "too_little_repaid"
    NO_PRINCIPAL = "no_principal"
    LARGE_BALLOON = "large_balloon"
    ABOVE_GUIDELINE = "above_guideline"
    LIMIT_EXHAUSTED = "limit_exhausted"
    LIMIT_SHARE = "limit_share"
    LIMIT_EXTENSION_MONTHS = "limit_extension_months"
    LIMIT_TOTAL_MONTHS = "limit_total_months"
    LIMIT_NEW_PLAN_MONTHS = "limit_new_plan_months"
    LIMIT_ORIGINAL_TERM = "limit_original_term"
    LIMIT_REGULATOR = "limit_regulator"
    LIMIT_LAST_DATE = "limit_last_date"
    LIMIT_AGE = "limit_age"
    LIMIT_DOMAIN = "limit_domain"
    GATE_PAYMENTS = "gate_payments"
    GATE_SPACING = "gate_spacing"
    GATE_WINDOW = "gate_window"
    GATE_COUNT = "gate_count"
    CONSENT_MISSING = "consent_missing"
    # What became of a step of a waterfall.
    CONCESSION_ENOUGH = "concession_enough"
    CONCESSION_EXHAUSTED = "concession_exhausted"
    CONCESSION_HELD_BACK = "concession_held_back"
    CONCESSION_BESIDE = "concession_beside"
    CONCESSION_SET_BACK = "concession_set_back"
    CONCESSION_NOT_NEEDED = "concession_not_needed"
    CONCESSION_NO_PERIOD = "concession_no_period"
    CONCESSION_BY_BALANCE = "concession_by_balance"
    CONCESSION_BY_VALUE = "concession_by_value"
    # What is said of an acceptance.
    OFFER_ACCEPTED = "offer_accepted"
    OFFER_TOO_LATE = "offer_too_late"
    OFFER_LAPSED = "offer_lapsed"
    # What has to come in before a concession takes effect, and whether it did.
    DEAL_DOWN_PAYMENT = "deal_down_payment"
    DEAL_TRIAL_PAYMENT = "deal_trial_payment"
    DEAL_MET = "deal_met"
    DEAL_OPEN = "deal_open"
    DEAL_BROKEN = "deal_broken"
    CONCESSION_CHOSEN = "concession_chosen"
    CONCESSION_NOT_TAKEN = "concession_not_taken"
    # What is said of an account that is followed.
    PAYMENT_DUE = "payment_due"
    PAYMENT_OVERDUE = "payment_overdue"
    PAID_IN_PART = "paid_in_part"
    PAID_LATER = "paid_later"
    BROKEN_BY_MISSED = "broken_by_missed"
    BROKEN_BY_DAYS = "broken_by_days"
    INCOME_FELL = "income_fell"
    REVIEW_DUE = "review_due"
    SHORT_OF_PAYOFF = "short_of_payoff"
    # Why an account is halted, until when, and what of it is.
    HALTED = "halted"
    HALTED_DEATH = "halted_death"
    HALTED_INSOLVENCY = "halted_insolvency"
    HALTED_COURT = "halted_court"
    HALTED_DISPUTE = "halted_dispute"
    HALTED_MORATORIUM = "halted_moratorium"
    HALTED_UNTIL = "halted_until"
    HALTED_INTEREST = "halted_interest"
    # Why nothing is done about what is past due, or not yet.
    COLLECT_NOTHING_LATE = "collect_nothing_late"
    COLLECT_NO_STEP = "collect_no_step"
    COLLECT_TURN = "collect_turn"
    COLLECT_FROZEN = "collect_frozen"
    COLLECT_STOPPED = "collect_stopped"
    COLLECT_OFTEN = "collect_often"
    COLLECT_SPOKEN = "collect_spoken"
    COLLECT_QUIET = "collect_quiet"
    # Why an exposure stands where it does, and what its cure or probation waits for.
    STAGE_SIGNED_LATE = "stage_signed_late"
    STAGE_JUDGED = "stage_judged"
    STAGE_DEFAULT = "stage_default"
    STAGE_RELAPSED = "stage_relapsed"
    STAGE_FORBORNE_AGAIN = "stage_forborne_again"
    STAGE_FORBORNE = "stage_forborne"
    STAGE_MATERIAL_DAYS = "stage_material_days"
    STAGE_DAYS = "stage_days"
    STAGE_RETURN = "stage_return"
    STAGE_CURE_ENDS = "stage_cure_ends"
    STAGE_PROBATION_ENDS = "stage_probation_ends"
    STAGE_PAST_DUE = "stage_past_due"
    STAGE_REPAID = "stage_repaid"
    STAGE_MONTHS_PAID = "stage_months_paid"
    # What is said of a case of a programme.
    CASE_OUTSIDE_WINDOW = "case_outside_window"
    CASE_DUPLICATE = "case_duplicate"
    CASE_OFFER_EXPIRED = "case_offer_expired"
    CASE_LATE = "case_late"
    CASE_LATE_WORKING_DAYS = "case_late_working_days"
    CASE_ITEM_MISSING = "case_item_missing"
    CASE_STEP_MISSING = "case_step_missing"
    CASE_REVIEW_MISSED = "case_review_missed"
    # Why a borrower's wishes can't be met.
    WISH_NOT_ALLOWED = "wish_not_allowed"
    WISH_NOT_AFFORDABLE = "wish_not_affordable"
    WISHES_TOGETHER = "wishes_together"
    # What is lacking for a decision on an application.
    EVIDENCE_MISSING = "evidence_missing"
    EVIDENCE_OUTDATED = "evidence_outdated"
    # Why a step on an application is refused.
    OUT_OF_TURN = "out_of_turn"
    SAME_PERSON = "same_person"
    NO_AUTHORITY = "no_authority"
    REASON_NEEDED = "reason_needed"
    OTHER_POLICY = "other_policy"
    OTHER_CASE = "other_case"
    OTHER_PLAN = "other_plan"
    OTHER_AGREEMENT = "other_agreement"
    # What is wrong with files that are read again.
    CHANGED = "changed"
    FOREIGN = "foreign"
    ROWS = "rows"
    SUMS = "sums"
    UNREADABLE = "unreadable"
    UNFINISHED = "unfinished"
    DAMAGED = "damaged"
    DIFFERS = "differs"

    def text(
        self, language: Language = "en", *, field: str = "", value: object = None, limit: object = None
    ) -> str:
        """The sentence for a person, with the figures put in.

        Parameters
        ----------
        language
            ``"en"`` or ``"zh"``.
        field, value
            What the code is about; shown where the sentence has a place for it.
        limit
            What the value was held against: bounds (``"0 to 1"``, ``"> 2026-01-31"``), the values that are
            allowed, a figure. Where the sentence has no place for it, it says the rule at the end.
        """
        place = which(language)
        said = TEXT[self][place]
        if "{limit}" not in said and limit not in (None, ""):
            said += RULE.get(self, MUST_BE)[place]
        if language == "zh" and isinstance(limit, str):
            limit = _BOUNDS.sub("至", limit)
        return said.format(field=field, value=value, limit=limit)


def which(language: Language) -> int:
    """Place of a language in pairs of texts.

    Raises
    ------
    InputError
        A language that there are no texts in.
    """
    languages = get_args(Language)
    if language not in languages:
        raise InputError(Code.UNKNOWN_VALUE, "language", language, f"one of {', '.join(languages)}")
    return languages.index(language)


_LONGEST = 80
"""Characters of a value of a policy that a message shows: beside it stand a file and a rule."""


def _as_in_file(value: object) -> str:
    """A value about as its file has it: text in quotes."""
    plain = isinstance(value, str | list | tuple | bool)
    return json.dumps(value, ensure_ascii=False, default=str) if plain else str(value)


class RepayplanError(ValueError):
    """Base of every exception raised by repayplan."""


class InputError(RepayplanError):
    """One input is not acceptable.

    Attributes
    ----------
    code
        The machine-readable :class:`Code`.
    field, value
        Which field, and what was given for it.
    rule
        The rule that it breaks, in words.
    limit
        The bounds or values allowed, where they are data beside the words; see :meth:`Code.text`.

    Examples
    --------
    >>> raise InputError(Code.NEGATIVE, "fees", "-1")
    Traceback (most recent call last):
    repayplan.basics.errors.InputError: fees='-1': fees is negative (-1) [negative]
    """

    def __init__(
        self,
        code: Code,
        field: str,
        value: object = None,
        rule: str | None = None,
        *,
        limit: object = None,
    ) -> None:
        self.code = code
        self.field = field
        self.value = value
        self.limit = limit
        name = shortened(field)
        said = rule if rule is not None else code.text(field=name, value=shortened(value), limit=limit)
        # A rule may have lines, as one that points at a place in a text, and names that the text has.
        lines = said if said.isprintable() else "\n".join(map(visible, said.split("\n")))
        self.rule = lines if len(lines) <= MAX_RULE else f"{lines[: MAX_RULE - 1]}…"
        given = "" if value is None else f"={shortened(value, write=repr)}"
        super().__init__(f"{name}{given}: {self.rule} [{code}]")


class PolicyError(InputError):
    """A policy (or a part of one) says something that cannot be meant.

    Attributes
    ----------
    source, line
        The text that says it, a file mostly, and the line of the key, counted from 1; None where it was said
        in Python, or where no line can be named.

    Examples
    --------
    >>> raise PolicyError(Code.OUT_OF_RANGE, "limit.percent", "-5", "0 or more", source="a.toml", line=14)
    Traceback (most recent call last):
    repayplan.basics.errors.PolicyError: a.toml:14: limit.percent = "-5": 0 or more [out_of_range]
    """

    def __init__(
        self,
        code: Code,
        field: str,
        value: object = None,
        rule: str | None = None,
        *,
        limit: object = None,
        source: str | None = None,
        line: int | None = None,
    ) -> None:
        super().__init__(code, field, value, rule, limit=limit)
        self.source, self.line = source, line
        if source is not None:
            place = source if line is None else f"{source}:{line}"
            name, given = shortened(field), shortened(value, _LONGEST, _as_in_file)
            key = "" if field == source else f"{name}: " if value is None else f"{name} = {given}: "
            self.args = (f"{place}: {key}{self.rule} [{code}]",)
