"""Policies: TOML in and out without loss, and whatever cannot be meant is refused with file and key."""

import tomllib
from collections import defaultdict
from dataclasses import FrozenInstanceError, is_dataclass, replace
from datetime import date, timedelta
from decimal import Decimal, localcontext

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repayplan import (
    Acceptance,
    AgeAtMaturity,
    AgeBand,
    Allowance,
    Amortisation,
    ArrearsPart,
    ArrearsRule,
    AssumedCost,
    Authority,
    Band,
    ByDate,
    ByRegion,
    Code,
    Concession,
    Condition,
    ConsentTitle,
    Contingency,
    CreditorRule,
    EarlierRestructures,
    EarnedWaiver,
    EquivalenceScale,
    EvidenceKind,
    EvidenceNeed,
    ExtensionLimit,
    ExtensionTier,
    FixedAllowance,
    GreaterOf,
    Guideline,
    Haircut,
    HardshipReason,
    IncomeBands,
    IncomeRule,
    InputError,
    InterimRule,
    Lattice,
    LesserOf,
    Letter,
    MergeRule,
    Multiple,
    Outlook,
    PaymentTarget,
    Policy,
    PolicyError,
    Regional,
    RegulatorCap,
    RepaidBy,
    ReviewReason,
    ReviewRule,
    ReviewRules,
    Role,
    Rounding,
    Strategy,
    Trial,
    Wording,
)
from repayplan.basics.ruleshape import hints_of, rules_in
from repayplan.basics.writing import says_something
from repayplan.offers.arrangements import ORDER, WAIVED
from repayplan.offers.laidout import METHODS
from repayplan.offers.methods import METHODS as POLICY_METHODS
from repayplan.offers.policy import Assumption

TEXT = """
name = "test"
currency = "EUR"
decimals = 2
methods = ["equal_instalment"]

[allowance]
adult_first = "900"
adult_further = "500"
child = "250"
covers = ["food"]
source = "own"

[limit]
percent = "50"
reading = "beyond_original_maturity"

[contingency]
share = "0.1"

[rounding]
instalment = "half_up"

[arrears]
overdue_interest = { treatment = "capitalise" }
accrued_interest = { treatment = "capitalise" }
penalty = { treatment = "pay_first", waive_percent = "50" }
fees = { treatment = "pay_first" }
"""

AMOUNT = st.decimals(0, 10**6, places=2)
SHARE = st.decimals(0, 1, places=6)
NAME = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
SOURCE = NAME.filter(says_something)
NAMES = st.lists(NAME, max_size=3).map(tuple)
PART = st.one_of(
    st.builds(
        ArrearsPart,
        treatment=st.sampled_from(["capitalise", "pay_first", "carry"]),
        waive_percent=st.decimals(0, 100, places=4),
    ),
    st.builds(ArrearsPart, treatment=st.just("first_instalments"), instalments=st.integers(1, 3660)),
)
MONTHS = st.one_of(st.none(), st.integers(0, 480))
ALLOWANCE = st.one_of(
    st.deferred(lambda: st.sampled_from(RULES)),
    st.builds(
        Allowance,
        by_persons=st.lists(AMOUNT, min_size=1, max_size=4).map(tuple),
        further_person=AMOUNT,
        covers=NAMES,
        source=SOURCE,
        effective=st.one_of(st.none(), st.dates(date(2000, 1, 1), date(2100, 1, 1))),
    ),
    st.builds(
        Allowance,
        adult_first=AMOUNT,
        adult_further=AMOUNT,
        child=AMOUNT,
        multiplier=SHARE,
        covers=NAMES,
        source=SOURCE,
    ),
)
OWN = {"covers": ("food",), "source": "own"}
FIXED = FixedAllowance(amount="900", frequency="monthly", covers=("rent",), source="city")
DATED = FixedAllowance(
    amount="50.5", frequency="weekly", covers=("rent",), source="own", effective="2025-01-01"
)
SCALES = [
    EquivalenceScale(
        base=base,
        adult_share=each,
        child_shares=(AgeBand(under=14, each="0.3"), AgeBand(each=each)),
        dependant_share=other,
        covers=(each,),
        source=each,
        effective=effective,
    )
    for base, each, other, effective in (("900", "0.5", None, None), ("800", "0.4", "0.2", "2024-05-01"))
]
BANDS = [
    IncomeBands(
        of=of,
        bands=(Band(above="0", base=base, share="0.1"), Band(above="6250", base="625", share=share)),
        covers=(of,),
        source=of,
        effective=effective,
    )
    for of, base, share, effective in (
        ("net_income", "0", "0.09", None),
        ("gross_income", "1", "0.08", "2025-01-01"),
    )
]
HEADS = [
    Allowance(
        adult_first="1",
        adult_further="1",
        child_by_age=(AgeBand(under=under, each="7"), AgeBand(each="9")),
        dependant=other,
        **OWN,
    )
    for under, other in ((6, "3"), (14, None))
]
RULES = [
    *SCALES,
    *BANDS,
    *HEADS,
    FIXED,
    DATED,
    FixedAllowance(amount="9", frequency="weekly", **OWN),
    Allowance(by_persons=("1", "2"), further_person="refused", **OWN),
    Multiple(multiple_of=FIXED, times="1.5"),
    DATED * "2",
    FIXED + DATED,
    FIXED + DATED + DATED,
    GreaterOf(greater_of=(FIXED, DATED)),
    GreaterOf(greater_of=(DATED, FIXED * "2")),
    LesserOf(lesser_of=(FIXED, DATED)),
    LesserOf(lesser_of=(DATED, FIXED)),
    ByRegion(by_region=(Regional(regions=("north",), allowance=FIXED),)),
    ByRegion(by_region=(Regional(regions=("south", "east"), allowance=DATED),)),
    ByDate(by_date=(DATED,)),
    ByDate(by_date=(DATED, replace(DATED, amount="60", effective="2026-01-01"))),
]
LIMIT = st.one_of(
    st.builds(
        ExtensionLimit,
        percent=st.decimals(100, 300, places=2),
        reading=st.sampled_from(["beyond_original_maturity", "total_term", "new_plan"]),
        max_extension_months=MONTHS,
        max_total_months=MONTHS,
        max_new_plan_months=MONTHS,
        by_original_term=st.sampled_from(
            [
                (),
                (ExtensionTier(max_months=36),),
                (ExtensionTier(up_to_months=12, percent="100"), ExtensionTier(percent="33.3333")),
            ]
        ),
        regulator=st.none() | st.builds(RegulatorCap, months=st.integers(0, 480), source=SOURCE),
        last_date=st.none() | st.dates(),
        age=st.none()
        | st.builds(
            AgeAtMaturity,
            years=st.integers(18, 90),
            born=st.sampled_from([("born",), ("born", "co_born")]),
            of=st.sampled_from(["oldest", "youngest"]),
        ),
        earlier=st.none()
        | st.builds(
            EarlierRestructures,
            least_payments=st.integers(0, 12),
            least_months_between=MONTHS,
            most=st.integers(1, 2),
            within_years=st.integers(1, 5),
            most_ever=st.none() | st.integers(1, 5),
            dates=st.sampled_from([("last", "before"), ("one", "two", "three")]),
        ),
        consents=st.sampled_from([("guarantor", "pledgor"), ("pledgor", "guarantor")]),
        consent_titles=st.sampled_from(
            [
                (),
                (ConsentTitle(consent="guarantor", en="the guarantor", zh="保证人"),),
                (ConsentTitle(consent="pledgor", en="the pledgor", zh="出质人"),),
            ]
        ),
        reversible_months=MONTHS,
    ),
    st.builds(ExtensionLimit, max_extension_months=st.integers(0, 480), max_total_months=MONTHS),
)
MODE = st.sampled_from(["half_up", "half_even", "up", "down"])
MULTIPLE = st.sampled_from([None, Decimal("0.05"), Decimal(10)])
FEES = {
    "fee": MODE,
    "fee_multiple": MULTIPLE,
    "residue": st.sampled_from(["last", "first", "spread", "shared"]),
}
ROUNDING = st.one_of(
    st.builds(
        Rounding,
        instalment=MODE,
        interest=MODE,
        instalment_multiple=MULTIPLE,
        interest_multiple=MULTIPLE,
        interest_per=st.sampled_from(["period", "piece"]),
        **FEES,
    ),
    st.builds(Rounding, instalment=st.just("none"), interest=st.just("none"), **FEES),
)
WATERFALL = st.lists(
    st.one_of(
        st.just(Concession(step="extend")),
        st.builds(Concession, step=st.just("cut_rate"), by=st.just(Decimal("0.00125")), floor=SHARE),
        st.builds(
            Concession,
            step=st.sampled_from(["forbear", "forgive"]),
            percent=st.decimals(0, 100, places=4),
            multiple=MULTIPLE,
        ),
        st.builds(
            Concession,
            step=st.just("forbear"),
            percent=st.decimals(0, 100, places=4),
            loan_to_value=st.decimals("0.0001", 500, places=4),
        ),
        st.builds(
            Concession,
            step=st.just("holiday"),
            months=st.integers(1, 60),
            interest=st.sampled_from(["capitalise", "capitalise_at_end", "defer", "waive"]),
        ),
        st.builds(Concession, step=st.just("interest_only"), months=st.integers(1, 60)),
        st.builds(
            Concession,
            step=st.just("waive"),
            component=st.sampled_from(["overdue_interest", "accrued_interest", "penalty", "fees"]),
            percent=st.decimals(0, 100, places=4),
            multiple=MULTIPLE,
        ),
    ),
    max_size=4,
    unique_by=lambda concession: concession.step,
)


def waterfall(steps, again):
    """Steps in an order that a policy may have; the rate perhaps cut again, to half the first floor."""
    after = [each for each in steps if again and each.floor]
    cuts = [replace(each, by=Decimal("0.01"), floor=each.floor / 2) for each in after]
    return (*sorted(steps, key=lambda each: each.step == "forbear"), *cuts)


AMORTISATION = st.builds(
    Amortisation,
    repaid_by=st.lists(
        st.builds(RepaidBy, months=st.integers(1, 480), percent=st.decimals("0.0001", 100, places=4)),
        max_size=3,
        unique_by=lambda share: share.months,
    ).map(tuple),
    longest_without_principal=st.one_of(st.none(), st.integers(0, 60)),
    largest_balloon=st.one_of(st.none(), st.decimals(0, 100, places=4)),
)


def review(word, days, *, flag):
    """Rules of a review that say something in every field, by the word, the days and the flag."""
    texts = {"en": f"the {word}", "zh": f"其{word}"}
    one = Condition(field="branch", comparison="in", value=(word, "north"), kind="text")
    return ReviewRules(
        evidence=(EvidenceKind(code=word, valid_days=days, **texts),),
        needs=(EvidenceNeed(any_of=(word,) * (1 + flag)),) if days else (),
        hardships=(HardshipReason(code=word, needs=(EvidenceNeed(any_of=(word,)),) * flag, **texts),),
        reasons=(
            ReviewReason(code=word, internal=flag, reapply_after_days=days, **texts),
            ReviewReason(code="told", **texts),
        ),
        rules=(
            ReviewRule(
                field=word,
                comparison="=" if flag else "!=",
                value=word,
                kind="text",
                reason=word,
                effect="needs_person",
                when_missing="passes" if flag else "needs_evidence",
                only_if=(
                    one,
                    Condition(field=word, comparison="<", value="7", kind="count"),
                    Condition(field="owed", comparison=">=", other=word, kind="money"),
                )
                * flag,
            ),
            ReviewRule(
                field="n", comparison="in", value=("3", word), kind="text", reason="told", effect="decline"
            ),
            ReviewRule(
                field="net_income", comparison=">", other="evidenced_income", reason="told", effect="decline"
            ),
            ReviewRule(
                field="annual_rate",
                comparison="between",
                value=(Decimal(days) / 10**6, days),
                reason="told",
                effect="needs_person",
            ),
            ReviewRule(
                field="m", comparison="=", value=flag, kind="flag", reason="told", effect="needs_person"
            ),
            ReviewRule(
                field="next_due",
                comparison="<=",
                value=date(2026, 1, 1) + timedelta(days),
                reason="told",
                effect="needs_person",
            ),
        ),
        reviewers=(Role(role=word, **texts),),
        authority=(
            Authority(
                role=word,
                largest_amount=Decimal(days),
                longest_extension_months=days,
                deepest_concession=Decimal(1) / 4 if flag else Decimal(0),
                may_override=flag,
                largest_forbearance=Decimal(days) / 100 if flag else None,
                deepest_rate_cut=Decimal(1) / 16 if flag else None,
                **texts,
            ),
        ),
        overrides=(ReviewReason(code="zzz", **texts),) * flag,
        letter=Letter(reapply_after_days=days, rights=(Wording(**texts),) * flag, appeal=Wording(**texts)),
    )


MERGE = st.builds(
    MergeRule,
    rate_rounding=MODE,
    rate_multiple=st.sampled_from([None, Decimal("0.00125")]),
    original_term=st.sampled_from(["shortest", "longest"]),
    maturity=st.sampled_from(["earliest", "latest"]),
    due_day=st.sampled_from(["largest", "earliest", 15]),
    frequency=st.sampled_from([None, "monthly"]),
) | st.builds(MergeRule, rate=st.sampled_from(["lowest", "highest"]) | st.decimals(0, 1, places=4))
ORDERS = st.lists(st.sampled_from(ORDER), min_size=1, max_size=7, unique=True).map(tuple)
INTERIM = st.builds(
    InterimRule,
    amount=st.integers(100, 200).map(Decimal),
    minimum=st.none() | st.integers(0, 100).map(Decimal),
    months=st.integers(1, 12),
    unpaid_interest=st.sampled_from(["defer", "capitalise", "waive"]),
    rate=st.none() | SHARE,
    order=ORDERS,
    review_days=st.integers(0, 30),
) | st.builds(
    InterimRule,
    minimum=AMOUNT,
    until=st.dates(date(2025, 1, 1), date(2027, 1, 1)),
    unpaid_interest=st.just("defer"),
)
TRIAL = st.builds(
    Trial,
    instalments=st.integers(1, 6),
    down_amount=st.none() | AMOUNT,
    down_days=st.integers(0, 30),
    grace_days=st.integers(0, 30),
    order=ORDERS,
) | st.builds(
    Trial, instalments=st.just(3), in_time=st.just("month_end"), down_percent=st.decimals(0, 100, places=4)
)
EARNED = st.builds(
    EarnedWaiver,
    **dict.fromkeys((*WAIVED, "principal"), st.decimals(0, 100, places=4)),
    earned=st.just("each_year"),
    years=st.integers(1, 5),
    claw_back=st.sampled_from(["all", "unearned"]),
) | st.builds(EarnedWaiver, earned=st.just("at_completion"), claw_back=st.just("all"))


def policy_of(*, concessions, arrears, amortisation, **rules):
    """A policy whose concessions waive only what its arrears allow, and look at a value or at a balloon."""
    if any(each.loan_to_value is not None for each in concessions):
        amortisation = replace(amortisation, largest_balloon=None)
    fit = ("capitalise", "pay_first")
    kept = [c for c in concessions if c.component is None or getattr(arrears, c.component).treatment in fit]
    return Policy(concessions=tuple(kept), arrears=arrears, amortisation=amortisation, **rules)


POLICY = st.builds(
    policy_of,
    merge=st.none() | MERGE,
    interim=st.none() | INTERIM,
    trial=st.none() | TRIAL,
    earned_waiver=st.none() | EARNED,
    concessions=st.builds(waterfall, WATERFALL, st.booleans()),
    amortisation=AMORTISATION,
    strategy=st.builds(
        Strategy,
        aim=st.sampled_from(["least_lender_cost", "least_borrower_cost", "shortest"]),
        lattice=st.none()
        | st.builds(
            Lattice,
            lengths=st.integers(1, 12),
            pauses=st.integers(1, 3),
            points=st.just("all") | st.integers(2, 9),
            most=st.integers(1, 1_000_000),
        ),
    )
    | st.just(Strategy()),
    review=st.sampled_from([None, review("a", 30, flag=True), review("b", 90, flag=False)]),
    name=NAME,
    name_zh=st.none() | st.sampled_from(["方案", "zh"]),
    currency=st.from_regex("[A-Z]{3}", fullmatch=True),
    decimals=st.sampled_from([2, 3, 8]),
    methods=st.lists(st.sampled_from(sorted(METHODS)), min_size=1, max_size=4, unique=True).map(tuple),
    statuses=st.one_of(st.none(), NAMES),
    allowance=ALLOWANCE,
    limit=LIMIT,
    income=st.builds(
        IncomeRule,
        net_of_gross=st.one_of(st.none(), SHARE),
        evidence=st.sampled_from([None, "declared", "verified", "lesser"]),
        haircuts=st.sampled_from([(), (Haircut(category="tips", share="0.25"),)])
        | st.builds(Haircut, category=NAME, share=SHARE).map(lambda one: (one,)),
    ),
    guidelines=st.sampled_from([None, *RULES]).flatmap(
        lambda rule: (
            st.just(())
            if rule is None
            else st.builds(
                Guideline,
                allowance=st.just(rule),
                above=st.sampled_from(["allow", "cap", "question"]),
                below=st.sampled_from(["declared", "guideline"]),
            ).map(lambda one: (one,))
        )
    ),
    outlook=st.builds(
        Outlook,
        stress=SHARE,
        uprating=SHARE,
        uprated_from=st.dates(date(2025, 1, 1), date(2027, 1, 1)),
    )
    | st.just(Outlook()),
    target=st.none()
    | st.builds(
        PaymentTarget,
        share=SHARE,
        of=st.sampled_from(["gross_income", "net_income"]),
        less=NAMES,
        alone=st.booleans(),
    ),
    instalment_percent=st.none() | st.decimals("0.0001", "10000", places=4),
    creditors=st.builds(
        CreditorRule,
        pro_rata=st.sampled_from([None, "balance", "instalment"]),
        priority_arrears_months=st.none() | st.integers(1, 600),
    ),
    guarantors=st.booleans(),
    acceptance=st.none()
    | st.builds(
        Acceptance,
        days=st.integers(0, 30),
        lapses_after=st.integers(30, 60),
        business_day=st.sampled_from(["none", "following", "modified_preceding"]),
    ),
    contingency=st.builds(Contingency, share=SHARE, at_most=st.one_of(st.none(), AMOUNT)),
    rounding=ROUNDING,
    arrears=st.builds(ArrearsRule, overdue_interest=PART, accrued_interest=PART, penalty=PART, fees=PART),
    assumed=st.lists(
        st.builds(
            AssumedCost,
            category=NAME,
            share=SHARE,
            of=st.sampled_from(["net_income", "gross_income"]),
            at_least=st.one_of(st.none(), AMOUNT),
            tenure=st.one_of(st.none(), NAMES),
        ),
        max_size=2,
    ).map(tuple),
    assumptions=st.lists(st.builds(Assumption, en=NAME, zh=NAME), max_size=2).map(tuple),
)


@given(POLICY)
def test_toml_gives_the_policy_back(policy):
    again = Policy.loads(policy.dumps())
    assert again == policy
    assert again.fingerprint == policy.fingerprint
    assert again.dumps() == policy.dumps()


def said(rule):
    """What every rule in a rule has in each of its fields, by the names of its dataclass and field."""
    for name in hints_of(type(rule)):
        value = getattr(rule, name)
        yield f"{type(rule).__name__}.{name}", value
        for inner in value if isinstance(value, tuple) else (value,):
            if is_dataclass(inner):
                yield from said(inner)


@pytest.mark.slow
def test_the_strategy_is_as_wide_as_a_policy():
    """So that "any policy" above means it: of each field, at least two values are tried."""
    seen = defaultdict(set)

    @settings(max_examples=500)
    @given(POLICY)
    def collect(policy):
        for name, value in said(policy):
            seen[name].add(repr(value))

    collect()
    names = [f"{rule.__name__}.{name}" for rule in rules_in(Policy) for name in hints_of(rule)]
    assert [name for name in names if len(seen[name]) < 2] == []


@pytest.mark.parametrize(
    ("currency", "decimals"),
    [("EUR", 2), ("XYZ", 2), ("JPY", 0), ("KRW", 0), ("CLP", 0), ("ISK", 0), ("VND", 0)]
    + [(code, 3) for code in ("KWD", "BHD", "OMR", "JOD", "TND", "IQD", "LYD")]
    + [("CLF", 4), ("UYW", 4)],
)
def test_decimals_are_those_of_the_currency_unless_the_policy_says_others(currency, decimals):
    """ISO 4217, list one."""
    text = TEXT.replace('"EUR"', f'"{currency}"')
    unsaid, said = Policy.loads(text.replace("decimals = 2\n", "")), Policy.loads(text)
    assert (unsaid.decimals, said.decimals) == (decimals, 2)
    explicit = replace(said, decimals=decimals)
    assert (unsaid, unsaid.fingerprint) == (explicit, explicit.fingerprint)
    assert (unsaid.fingerprint == said.fingerprint) is (decimals == 2)
    assert Policy.loads(unsaid.dumps()) == unsaid
    assert f"decimals = {decimals}\n" in unsaid.dumps()


@pytest.mark.parametrize("name", Policy.examples())
def test_examples_survive_a_file(name, tmp_path):
    policy = Policy.example(name)
    policy.save(tmp_path / "again.toml")
    assert Policy.load(tmp_path / "again.toml") == policy


def test_a_policy_has_a_name_in_each_language_or_the_same_in_both():
    policy = Policy.example("consumer")
    assert (policy.called("en"), policy.called("zh")) == (policy.name, policy.name_zh)
    assert policy.describe("zh").startswith(f"# {policy.name_zh}\n")
    assert policy.describe("en").startswith(f"# {policy.name}\n")
    alone = replace(policy, name_zh=None)
    assert alone.called("zh") == policy.name
    assert alone.describe("zh").startswith(f"# {policy.name}\n")
    with pytest.raises(PolicyError) as caught:
        replace(policy, name_zh=" ")
    assert (caught.value.code, caught.value.field) == (Code.MISSING, "name_zh")


FINGERPRINTS = {
    "consumer": "c2820d5f6c755905a0cf701fb9760c9b58ae9067288f2f2942035319172a308d",
    "lending-club-demo": "26c3cf4fc419a79ac3ce9c2260e7fd29d0b37238644c148339b0df50e0f402e2",
}


@pytest.mark.parametrize("name", FINGERPRINTS)
def test_fingerprints_are_what_they_were(name):
    """Lenders keep them beside their decisions: only a change of the example's rules may change one."""
    assert Policy.example(name).fingerprint == FINGERPRINTS[name]


def test_fingerprint_is_of_the_rules_and_not_of_how_they_are_written():
    policy = Policy.loads(TEXT)
    rewritten = TEXT.replace('"900"', '"900.00"').replace('share = "0.1"', "share = 0.10  # a tenth")
    assert Policy.loads(rewritten).fingerprint == policy.fingerprint
    assert replace(policy, name="other").fingerprint != policy.fingerprint
    nobody, everybody = replace(policy, statuses=()), replace(policy, statuses=None)
    assert nobody.fingerprint != everybody.fingerprint


def test_ambient_decimal_context_does_not_matter():
    policy = Policy.loads(TEXT.replace('"900"', '"123456.78"'))
    with localcontext() as context:
        context.prec = 3
        assert Policy.loads(policy.dumps()) == policy


def test_a_policy_is_frozen():
    policy = Policy.loads(TEXT)
    with pytest.raises(FrozenInstanceError):
        policy.name = "other"


FAULTS = [
    ('name = "test"', "", "name", Code.MISSING),
    ('name = "test"', "name = 5", "name", Code.UNKNOWN_VALUE),
    *(
        ('currency = "EUR"', f'currency = "{word}"', "currency", Code.UNKNOWN_VALUE)
        for word in ("", "euro", "eur", "EU", "EURO", "E1R", "ÉUR", "EU ", "€")
    ),
    ('currency = "EUR"', "currency = 978", "currency", Code.UNKNOWN_VALUE),
    ("decimals = 2", "decimals = 9", "decimals", Code.OUT_OF_RANGE),
    ("decimals = 2", "decimals = true", "decimals", Code.UNKNOWN_VALUE),
    ("decimals = 2", "decimals = 2.0", "decimals", Code.UNKNOWN_VALUE),
    ("decimals = 2", "decimal = 2", "decimal", Code.UNKNOWN_VALUE),
    ('methods = ["equal_instalment"]', "methods = []", "methods", Code.MISSING),
    ('methods = ["equal_instalment"]', 'methods = ["bullet"]', "methods[0]", Code.UNKNOWN_VALUE),
    ('methods = ["equal_instalment"]', 'methods = "equal_instalment"', "methods", Code.UNKNOWN_VALUE),
    (
        'methods = ["equal_instalment"]',
        'methods = ["flat", "flat"]',
        "methods[1]",
        Code.DUPLICATE,
    ),
    ('methods = ["equal_instalment"]', "methods = [1]", "methods[0]", Code.UNKNOWN_VALUE),
    ('methods = ["equal_instalment"]', "methods = [[]]", "methods[0]", Code.UNKNOWN_VALUE),
    (
        'methods = ["equal_instalment"]',
        'methods = ["equal_instalment"]\nstatuses = "Late"',
        "statuses",
        Code.UNKNOWN_VALUE,
    ),
    (
        'methods = ["equal_instalment"]',
        'methods = ["equal_instalment"]\nstatuses = [1]',
        "statuses[0]",
        Code.UNKNOWN_VALUE,
    ),
    ('covers = ["food"]', "", "allowance.covers", Code.MISSING),
    ('covers = ["food"]', 'covers = "food"', "allowance.covers", Code.UNKNOWN_VALUE),
    ('covers = ["food"]', "covers = 5", "allowance.covers", Code.UNKNOWN_VALUE),
    ('child = "250"', "", "allowance.child", Code.MISSING),
    ('child = "250"', 'child = "-1"', "allowance.child", Code.OUT_OF_RANGE),
    ('child = "250"', "child = nan", "allowance.child", Code.OUT_OF_RANGE),
    ('child = "250"', "child = inf", "allowance.child", Code.OUT_OF_RANGE),
    ('child = "250"', "child = true", "allowance.child", Code.OUT_OF_RANGE),
    ('child = "250"', 'child = "250"\nteenager = "300"', "allowance.teenager", Code.UNKNOWN_VALUE),
    ('child = "250"', 'child = "250"\nfurther_person = "1"', "allowance", Code.UNKNOWN_VALUE),
    ('source = "own"', 'source = "own"\neffective = "April"', "allowance.effective", Code.NOT_A_DATE),
    ('source = "own"', 'source = "own"\neffective = 2025', "allowance.effective", Code.NOT_A_DATE),
    ('source = "own"', 'source = ""', "allowance.source", Code.MISSING),
    ('source = "own"', 'source = " \\t"', "allowance.source", Code.MISSING),
    ('source = "own"', "source = []", "allowance.source", Code.UNKNOWN_VALUE),
    ('reading = "beyond_original_maturity"', "", "limit.reading", Code.MISSING),
    ('reading = "beyond_original_maturity"', 'reading = "total"', "limit.reading", Code.UNKNOWN_VALUE),
    ('reading = "beyond_original_maturity"', 'reading = "total_term"', "limit.percent", Code.OUT_OF_RANGE),
    ('percent = "50"\n', 'percent = "half"\n', "limit.percent", Code.OUT_OF_RANGE),
    (
        'percent = "50"\n',
        'percent = "50"\nmax_total_months = -1\n',
        "limit.max_total_months",
        Code.OUT_OF_RANGE,
    ),
    (
        'percent = "50"\n',
        'percent = "50"\nmax_total_months = 1.5\n',
        "limit.max_total_months",
        Code.OUT_OF_RANGE,
    ),
    ('share = "0.1"', 'share = "1.1"', "contingency.share", Code.OUT_OF_RANGE),
    ('share = "0.1"', "", "contingency.share", Code.MISSING),
    ('[contingency]\nshare = "0.1"', "", "contingency", Code.MISSING),
    ("decimals = 2", "decimals = 2\nincome = 5", "income", Code.UNKNOWN_VALUE),
    (
        "[contingency]",
        '[income]\nnet_of_gross = "1.2"\n[contingency]',
        "income.net_of_gross",
        Code.OUT_OF_RANGE,
    ),
    ('instalment = "half_up"', 'instalment = "nearest"', "rounding.instalment", Code.UNKNOWN_VALUE),
    (
        'instalment = "half_up"',
        'instalment_multiple = "0"',
        "rounding.instalment_multiple",
        Code.OUT_OF_RANGE,
    ),
    (
        'instalment = "half_up"',
        'instalment_multiple = "0.001"',
        "rounding.instalment_multiple",
        Code.NOT_WHOLE_UNITS,
    ),
    ('treatment = "pay_first" }', 'treatment = "waive" }', "arrears.fees.treatment", Code.UNKNOWN_VALUE),
    ('waive_percent = "50"', 'waive_percent = "101"', "arrears.penalty.waive_percent", Code.OUT_OF_RANGE),
    ('waive_percent = "50"', 'waive_percent = "0.00001"', "arrears.penalty.waive_percent", Code.OUT_OF_RANGE),
    ('waive_percent = "50"', "waive = 50", "arrears.penalty.waive", Code.UNKNOWN_VALUE),
    ('fees = { treatment = "pay_first" }', "", "arrears.fees", Code.MISSING),
    ('fees = { treatment = "pay_first" }', 'fees = "pay_first"', "arrears.fees", Code.UNKNOWN_VALUE),
    ("[rounding]", "assumed = 5\n[rounding]", "contingency.assumed", Code.UNKNOWN_VALUE),
    (
        "[rounding]",
        '[[assumed]]\ncategory = "rent"\nshare = "2"\n[rounding]',
        "assumed[0].share",
        Code.OUT_OF_RANGE,
    ),
    ("[rounding]", '[[assumptions]]\nen = "x"\n[rounding]', "assumptions[0].zh", Code.MISSING),
    ('currency = "EUR"', 'currency = "EUR"\nassumed = ["rent"]', "assumed[0]", Code.UNKNOWN_VALUE),
]


@pytest.mark.parametrize(("old", "new", "field", "code"), FAULTS)
def test_a_fault_names_file_key_and_rule(old, new, field, code):
    assert old in TEXT
    text = TEXT.replace(old, new, 1)
    with pytest.raises(PolicyError) as caught:
        Policy.loads(text, source="lender.toml")
    error = caught.value
    assert (error.field, error.code, error.source) == (field, code, "lender.toml")
    assert str(error).startswith(f"lender.toml:{error.line}: {field}")
    key = field.rpartition(".")[2].partition("[")[0]
    assert key in text.splitlines()[error.line - 1] or code is Code.MISSING
    assert isinstance(error, InputError)
    assert isinstance(error, ValueError)


def test_not_toml_and_no_file(tmp_path):
    with pytest.raises(PolicyError, match="not TOML"):
        Policy.loads("name = ", source="x")
    with pytest.raises(PolicyError, match="can't be read"):
        Policy.load(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes(b'\n\nname = "caf\xe9"')
    with pytest.raises(PolicyError, match=r"latin\.toml:3: not UTF-8"):
        Policy.load(tmp_path / "latin.toml")
    with pytest.raises(PolicyError, match="consumer"):
        Policy.example("none")


def test_a_byte_order_mark_is_no_fault(tmp_path):
    (tmp_path / "marked.toml").write_text(TEXT, encoding="utf-8-sig")
    assert Policy.load(tmp_path / "marked.toml") == Policy.loads(TEXT)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"limit": None}, "limit"),
        ({"allowance": "x"}, "allowance"),
        ({"rounding": None}, "rounding"),
        ({"arrears": None}, "arrears"),
        ({"decimals": "2"}, "decimals"),
        ({"name": 5}, "name"),
        ({"assumed": ({"category": "rent"},)}, "assumed[0]"),
        ({"assumptions": "none"}, "assumptions"),
    ],
)
def test_a_part_of_another_kind_is_refused_in_python_too(change, field):
    with pytest.raises(PolicyError) as caught:
        replace(Policy.loads(TEXT), **change)
    assert caught.value.field == field


def test_parts_of_arrears_and_assumptions_are_of_their_kind():
    part = ArrearsPart(treatment="pay_first")
    with pytest.raises(PolicyError) as caught:
        ArrearsRule(overdue_interest=part, accrued_interest=part, penalty="waive", fees=part)
    assert caught.value.field == "arrears.penalty"
    with pytest.raises(PolicyError) as caught:
        Assumption(en="yes", zh=None)
    assert caught.value.field == "assumptions.zh"


def test_every_method_of_a_policy_can_be_searched():
    assert set(POLICY_METHODS) == set(METHODS)


def test_the_demo_says_its_figures_in_both_languages():
    policy = Policy.example("lending-club-demo")
    shares = [policy.income.net_of_gross, *(rule.share for rule in policy.assumed)]
    for language in ("en", "zh"):
        said = " ".join(getattr(each, language) for each in policy.assumptions).replace(" %", "%")
        assert [share for share in shares if f"{share * 100:.0f}%" not in said] == []
    assert policy.allowance.by_persons == (839, 1481, 1753, 2129)
    assert (policy.allowance.further_person, policy.allowance.effective) == (394, date(2025, 4, 21))
    assert (policy.contingency.share, policy.contingency.at_most) == (Decimal("0.1"), 20)


def test_money_in_a_toml_file_is_exact_without_quotes():
    policy = Policy.loads(TEXT.replace('"250"', "250.10"))
    assert policy.allowance.child == Decimal("250.10")


def test_written_toml_is_toml():
    policy = replace(Policy.loads(TEXT), name='quote " backslash \\ del \x7f newline \n tab \t 中文 \x00')
    assert tomllib.loads(policy.dumps())["name"] == policy.name
