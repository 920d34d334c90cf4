"""Proposals against brute force: every length tried, every row worked out here in Fraction, by eye."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor

import numpy as np
import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given, settings
from hypothesis import strategies as st

from repayplan import (
    Allowance,
    ArrearsPart,
    ArrearsRule,
    Code,
    Contingency,
    ExtensionLimit,
    Household,
    Households,
    Infeasible,
    InputError,
    Loan,
    Loans,
    Offer,
    Policy,
    Rounding,
    interest_only,
    minor,
    propose,
    schedule,
)
from repayplan.offers.levers import LEVERS
from repayplan.offers.permits import LIMITS

# Independent arithmetic, in cents.

IN_MONTHS = {"monthly": Fraction(1), "quarterly": Fraction(3), "weekly": Fraction(12, 52)}
METHODS = ("equal_instalment", "equal_principal", "flat", "interest_only")


def near(x):
    """Half up."""
    return floor(x + Fraction(1, 2))


def payments(method, balance, rate, n, first):
    """All payments of a plan of n periods at a rate a period; `first` is paid with the first of them."""
    out, left = [], balance
    if method == "equal_instalment":
        growth = (1 + rate) ** n
        level = near(balance * rate * growth / (growth - 1)) if rate else near(Fraction(balance, n))
    for k in range(1, n + 1):
        interest = near((balance if method == "flat" else left) * rate)
        if method == "equal_instalment":
            part = level - interest
            if part < 0:
                return None
        else:
            part = 0 if method == "interest_only" else near(Fraction(balance, n))
        part = left if k == n else min(part, left)
        left -= part
        out.append(part + interest + (first if k == 1 else 0))
    assert left == 0
    return out


@dataclass(frozen=True)
class Case:
    """One applicant in plain integers (cents; rate in units of 0.01 %)."""

    principal: int
    rate: int
    term: int
    elapsed: int
    used: int
    frequency: str
    overdue: tuple[int, int, int, int]  # principal, interest, penalty, fees
    income: int
    share: int
    reading: str
    cap: int | None
    methods: tuple[str, ...]

    @property
    def balance(self):
        return self.principal + self.overdue[0] + self.overdue[1]

    @property
    def first(self):
        return self.overdue[2] - self.waived + self.overdue[3]

    @property
    def waived(self):
        return self.overdue[2] // 2

    @property
    def months(self):
        return IN_MONTHS[self.frequency]

    @property
    def surplus(self):
        before = self.income - 1_000_00
        return before - min(20_00, ceil(Fraction(max(before, 0), 10)))

    @property
    def payable(self):
        return max(self.surplus, 0)

    @property
    def capacity(self):
        return floor(self.payable * self.months)

    @property
    def left(self):
        return self.term - self.elapsed

    @property
    def contract(self):
        return self.left + floor(self.used / self.months)

    @property
    def shortest(self):
        return max(self.contract, 1)

    @property
    def longest(self):
        return self.raised(0)

    def raised(self, more):
        """The longest plan with every rule raised by so many months."""
        share = floor(Fraction(self.share, 100) * self.term)
        kinds = {
            "beyond_original_maturity": share + self.left,
            "total_term": share - self.term + self.left,
            "new_plan": share,
        }
        most = kinds[self.reading]
        most += floor(Fraction(more) / self.months)
        return most if self.cap is None else min(most, floor((self.cap + more) / self.months))

    def plan(self, method, n, *, rate=None, less=0):
        a_year = Fraction(self.rate if rate is None else rate, 10_000)
        return payments(method, self.balance - less, a_year * self.months / 12, n, self.first)

    def keeps(self, method, n, *, capacity=None, **changes):
        made = self.plan(method, n, **changes)
        return made is not None and max(made) <= (self.capacity if capacity is None else capacity)

    def best(self, *, longest=None, **changes):
        """The first method that has an affordable length, with its least one."""
        top = self.longest if longest is None else longest
        for method in self.methods:
            for n in range(self.shortest, top + 1):
                if self.keeps(method, n, **changes):
                    return method, n
        return None

    @property
    def policy(self):
        return Policy(
            name="test",
            currency="EUR",
            methods=self.methods,
            allowance=Allowance(
                adult_first="1000", adult_further="500", child="300", covers=("food",), source="own"
            ),
            contingency=Contingency(share="0.1", at_most="20"),
            limit=ExtensionLimit(percent=self.share, reading=self.reading, max_new_plan_months=self.cap),
            rounding=Rounding(),
            arrears=ArrearsRule(
                overdue_interest=ArrearsPart(treatment="capitalise"),
                accrued_interest=ArrearsPart(treatment="capitalise"),
                penalty=ArrearsPart(treatment="pay_first", waive_percent="50"),
                fees=ArrearsPart(treatment="pay_first"),
            ),
        )

    @property
    def loan(self):
        return Loan(
            principal=cents(self.principal),
            annual_rate=Decimal(self.rate).scaleb(-4),
            original_term=self.term,
            elapsed=self.elapsed,
            unpaid=max(self.contract, 1),
            months_extended=self.used,
            next_due="2026-01-31",
            frequency=self.frequency,
            **dict(zip(ARREARS, (cents(c) for c in self.overdue), strict=True)),
        )

    @property
    def household(self):
        return Household(net_income=cents(self.income))

    def propose(self):
        return propose(self.loan, self.household, self.policy)


ARREARS = ("overdue_principal", "overdue_interest", "penalty", "fees")


def cents(units):
    return Decimal(units).scaleb(-2)


@st.composite
def cases(draw, frequency=None, methods=None, income=None, principal=None):
    term = draw(st.integers(1, 18))
    reading = draw(st.sampled_from(["beyond_original_maturity", "total_term", "new_plan"]))
    some = st.one_of(st.just(0), st.integers(0, 9_999))
    return Case(
        principal=draw(st.integers(20_000, 600_000) if principal is None else principal),
        rate=draw(st.one_of(st.just(0), st.integers(0, 4_000))),
        term=term,
        elapsed=draw(st.integers(0, term + 4)),
        used=draw(st.one_of(st.just(0), st.integers(0, 6))),
        frequency=frequency or draw(st.sampled_from(sorted(IN_MONTHS))),
        overdue=tuple(draw(some) for _ in ARREARS),
        income=draw(st.integers(95_000, 190_000) if income is None else income),
        share=draw(st.integers(100 if reading == "total_term" else 20, 250)),
        reading=reading,
        cap=draw(st.one_of(st.none(), st.integers(1, 60))),
        methods=methods
        or tuple(draw(st.lists(st.sampled_from(METHODS), min_size=1, max_size=4, unique=True))),
    )


@settings(max_examples=300)
@given(cases())
def test_offered_is_the_least_and_infeasible_means_none(case):
    got, want = case.propose(), case.best()
    if want is None:
        assert isinstance(got, Infeasible)
    else:
        assert isinstance(got, Offer)
        assert (got.method, got.instalments) == want


@settings(max_examples=150)
@given(cases(income=st.integers(120_000, 300_000), principal=st.integers(10_000, 60_000)))
def test_an_offer_is_affordable_allowed_and_complete(case):
    got = case.propose()
    if isinstance(got, Infeasible):
        assert case.best() is None
        return
    rows = got.schedule.rows
    assert [int(r.payment * 100) for r in rows] == case.plan(got.method, got.instalments)
    assert len(rows) == got.instalments <= got.longest == case.longest
    assert max(r.payment for r in rows) == got.instalment_after <= got.capacity == cents(case.capacity)
    assert rows[-1].closing == 0
    assert sum(r.principal for r in rows) == rows[0].opening == cents(case.balance)
    assert sum(r.fee for r in rows) == got.paid_first == cents(case.first)
    assert sum(r.interest_paid for r in rows) == got.total_interest
    owed = case.principal + sum(case.overdue)
    assert got.opening_balance + got.waived == cents(owed)
    assert (got.waived, got.capitalised) == (cents(case.waived), cents(case.overdue[1]))
    assert got.opening_balance == rows[0].opening + got.paid_first
    assert got.extension == max(got.instalments - case.contract, 0)
    assert got.extension_months == ceil(got.extension * case.months)
    monthly = ceil(max(int(r.payment * 100) for r in rows) / case.months)
    assert got.left_to_live_on == cents(case.income - monthly) >= 1000
    assert LIMITS.index(got.binding_limit) in (0, 3)


@settings(max_examples=80)
@given(cases(income=st.integers(95_000, 140_000)))
def test_the_levers_of_an_infeasible_case(case):
    check_levers(case)


def check_levers(case):
    got = case.propose()
    if isinstance(got, Offer):
        return
    levers = got.relaxations
    assert tuple(levers) == LEVERS
    top = case.longest
    within = top >= case.shortest
    peaks = [
        max(plan)
        for method in case.methods
        for n in range(case.shortest, top + 1)
        if (plan := case.plan(method, n)) is not None
    ]
    # Income and shortfall: the lowest instalment of any allowed plan.
    if peaks:
        assert got.shortfall == cents(max(ceil(min(peaks) / case.months) - case.surplus, 0))
        more = int(levers["income"] * 100)
        assert replace(case, income=case.income + more).best()
        assert not replace(case, income=case.income + more - 1).best()
    else:
        assert levers["income"] is None
    # Rate: 0.01 % higher isn't enough.
    if levers["rate"] is None:
        assert not within or not case.best(rate=0)
    else:
        rate = int(levers["rate"] * 10_000)
        assert rate < case.rate
        assert case.best(rate=rate)
        assert not case.best(rate=rate + 1)
    # Principal: one unit less isn't enough.
    if case.first == 0:
        assert levers["down_payment"] == levers["principal_reduction"]
    if levers["principal_reduction"] is None:
        assert not within or not case.best(less=case.balance - 1)
    else:
        less = int(levers["principal_reduction"] * 100)
        assert 0 < less < case.balance
        assert case.best(less=less)
        # Rounding can make a smaller one do though the one below this doesn't.
        assert not any(case.best(less=smaller) for smaller in range(max(0, less - 25), less))


@settings(max_examples=60)
@given(cases(income=st.integers(101_000, 140_000), principal=st.integers(20_000, 200_000)))
def test_the_lever_of_months(case):
    got = case.propose()
    if isinstance(got, Offer):
        return
    least = None
    far = max(case.longest, case.shortest) + 120
    for method in case.methods:
        first = max(case.longest + 1, case.shortest)
        found = next((n for n in range(first, far) if case.keeps(method, n)), None)
        if found is not None and (least is None or found < least):
            least = found
    months = got.relaxations["months"]
    if least is not None:
        # Every rule is raised by so many months, and by one less isn't enough.
        assert case.raised(months) >= least > case.raised(months - 1)
    elif months is not None:
        assert months > (far - 1 - case.longest) * case.months


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_the_levers_of_a_long_cheap_loan(seed):
    # Over 300 months half a cent a month grows to more than the last months of extension save.
    case = replace(
        EXAMPLE,
        principal=40_000_00 + 1_234_56 * seed,
        rate=300 + 77 * seed,
        term=250,
        elapsed=0,
        share=20 + seed,
        income=1_150_00,
    )
    check_levers(case)


def test_levers_are_none_where_none_helps():
    case = replace(EXAMPLE, income=900_00)
    got = case.propose()
    assert got.reasons[0].code == Code.BELOW_ALLOWANCE
    assert got.relaxations | {"income": None} == dict.fromkeys(LEVERS)
    assert got.relaxations["income"] > 100
    assert got.capacity == 0


EXAMPLE = Case(
    principal=6_000_00,
    rate=1200,
    term=36,
    elapsed=10,
    used=0,
    frequency="monthly",
    overdue=(200_00, 50_00, 20_00, 10_00),
    income=1_220_00,
    share=50,
    reading="beyond_original_maturity",
    cap=None,
    methods=("equal_instalment", "equal_principal"),
)


def test_an_example_by_hand():
    # Capacity 220 - 20 = 200; 6,250.00 at 1 % a month. 26 instalments ask 273.05, 38 with 20.00 ask ...
    got = EXAMPLE.propose()
    least = next(
        n
        for n in range(26, 45)
        if max(payments("equal_instalment", 6_250_00, Fraction(1, 100), n, 20_00)) <= 200_00
    )
    assert (got.method, got.instalments, got.extension, got.longest) == (
        "equal_instalment",
        least,
        least - 26,
        44,
    )
    assert (got.capacity, got.opening_balance, got.waived, got.paid_first) == (200, 6270, 10, 20)
    assert got.binding_limit == Code.LIMIT_SHARE
    assert got.schedule.rows[0].due_date == date(2026, 1, 31)
    assert got.schedule.rows[1].due_date == date(2026, 2, 28)


def test_methods_are_tried_in_order():
    rich = replace(EXAMPLE, income=3_000_00)
    assert rich.propose().method == "equal_instalment"
    turned = replace(rich, methods=("equal_principal", "equal_instalment"))
    assert turned.propose().method == "equal_principal"
    # The last payment of interest only is the whole balance: the second method is the offer.
    other = replace(rich, methods=("interest_only", "flat"))
    assert other.propose().method == "flat"


def test_an_earlier_extension_uses_up_the_limit():
    got = replace(EXAMPLE, used=18).propose()
    assert (got.instalments, got.extension, got.longest) == (44, 0, 44)
    got = replace(EXAMPLE, used=20, income=9_000_00).propose()
    assert isinstance(got, Infeasible)
    assert [r.code for r in got.reasons] == [Code.LIMIT_EXHAUSTED]
    assert got.relaxations["months"] == 2
    assert [got.relaxations[k] for k in LEVERS[1:]] == [None] * 4


def test_a_loan_past_its_maturity():
    past = replace(EXAMPLE, elapsed=46, income=2_500_00)
    got = past.propose()
    assert (got.longest, got.instalments) == (8, past.best()[1])
    assert got.extension == got.instalments + 10


def test_reasons_and_their_text():
    got = replace(EXAMPLE, income=1_200_00).propose()
    codes = [r.code for r in got.reasons]
    assert codes == [Code.OVER_CAPACITY, Code.LIMIT_SHARE]
    assert "180.00" in got.reasons[0].text()
    assert "44" in got.reasons[1].text("zh")
    # Where no longer plan would do, the limit isn't why.
    beyond = replace(EXAMPLE, income=1_020_00).propose()
    assert [r.code for r in beyond.reasons] == [Code.OVER_CAPACITY]
    assert beyond.binding_limit == Code.LIMIT_SHARE
    exact = replace(EXAMPLE, income=1_000_00).propose()
    assert exact.reasons[0].code == Code.NO_CAPACITY


@pytest.mark.parametrize(
    ("cap", "share", "code"),
    [(40, 50, Code.LIMIT_NEW_PLAN_MONTHS), (44, 50, Code.LIMIT_SHARE), (None, 50, Code.LIMIT_SHARE)],
)
def test_the_binding_limit_is_named(cap, share, code):
    got = replace(EXAMPLE, cap=cap, share=share).propose()
    assert got.binding_limit == code


# Batches.

SIZE = 400
BATCH_POLICY = EXAMPLE.policy


def columns(size=SIZE, seed=5):
    rng = np.random.default_rng(seed)
    term = rng.integers(6, 60, size)
    return {
        "principal": rng.integers(100_00, 20_000_00, size),
        "annual_rate": rng.integers(0, 3600, size) / 10_000,
        "original_term": term,
        "elapsed": rng.integers(0, term),
        "overdue_principal": rng.integers(0, 500_00, size) * (rng.random(size) < 0.3),
        "overdue_interest": rng.integers(0, 50_00, size) * (rng.random(size) < 0.3),
        "penalty": rng.integers(0, 50_00, size) * (rng.random(size) < 0.3),
        "frequency": rng.choice(["monthly", "weekly", "quarterly"], size),
        "income": rng.integers(900_00, 2_500_00, size),
    }


MONEY = ("principal", "overdue_principal", "overdue_interest", "penalty")


def batch(c):
    money = {k: minor(c[k]) for k in MONEY}
    kept = {k: c[k] for k in ("annual_rate", "original_term", "elapsed", "frequency")}
    loans = Loans.from_columns(
        **money, **kept, unpaid=c["original_term"] - c["elapsed"], next_due="2026-01-31"
    )
    return loans, Households.from_columns(net_income=minor(c["income"]))


COLUMNS = (
    "decimals",
    "eligible",
    "offered",
    "method",
    "instalments",
    "extension",
    "extension_months",
    "instalment_before",
    "instalment_after",
    "capacity",
    "surplus",
    "below_allowance",
    "left_to_live_on",
    "opening_balance",
    "capitalised",
    "paid_first",
    "waived",
    "total_interest",
    "shortest",
    "longest",
    "binding_limit",
    "shortfall",
)


def figures(proposals):
    """Every figure of every row, levers among them, as one int64 table."""
    each = [np.asarray(getattr(proposals, name)).astype(np.int64) for name in COLUMNS]
    return np.stack([*each, *proposals.relaxations().values()], axis=1)


@pytest.fixture(scope="module")
def made():
    return propose(*batch(columns()), BATCH_POLICY)


def test_one_at_a_time_gives_the_rows_of_the_batch(made):
    c = columns()
    loans, _ = batch(c)
    assert 0 < made.value.offered.sum() < SIZE
    for row in range(0, SIZE, 7):
        home = Household(net_income=cents(int(c["income"][row])))
        alone = propose(loans.one(row), home, BATCH_POLICY)
        assert alone == made.value.one(row)


def test_schedules_of_the_batch_are_those_of_the_offers(made):
    p = made.value
    long, ends = p.schedules.by_loan()
    offered = np.flatnonzero(p.offered)
    assert p.schedules.row.tolist() == p.row[offered].tolist()
    last = p.schedules.one(len(offered) - 1)
    assert last.rows == p.one(int(offered[-1])).schedule.rows
    per_loan = np.split(long["payment"], ends[1:-1])
    assert [int(x.max()) for x in per_loan] == p.instalment_after[offered].tolist()
    assert (p.instalment_after[offered] <= p.capacity[offered]).all()
    assert (p.instalments[offered] <= p.longest[offered]).all()


def test_every_row_of_the_batch_by_brute_force(made):
    c = columns()
    for row in range(0, SIZE, 23):
        case = Case(
            principal=int(c["principal"][row]),
            rate=round(float(c["annual_rate"][row]) * 10_000),
            term=int(c["original_term"][row]),
            elapsed=int(c["elapsed"][row]),
            used=0,
            frequency=str(c["frequency"][row]),
            overdue=(*(int(c[k][row]) for k in ("overdue_principal", "overdue_interest", "penalty")), 0),
            income=int(c["income"][row]),
            share=50,
            reading="beyond_original_maturity",
            cap=None,
            methods=BATCH_POLICY.methods,
        )
        got = made.value.one(row)
        want = case.best()
        assert (None if isinstance(got, Infeasible) else (got.method, got.instalments)) == want


def test_workers_do_not_matter(made, monkeypatch):
    import repayplan.offers.proposing as module

    monkeypatch.setattr(module, "CHUNK", 64)
    calls = []
    again = propose(
        *batch(columns()), BATCH_POLICY, workers=2, progress=lambda done, of: calls.append((done, of))
    )
    assert np.array_equal(figures(again.value), figures(made.value))
    assert calls[-1] == (SIZE, SIZE)
    assert [d for d, _ in calls] == sorted(d for d, _ in calls)


def test_order_does_not_matter(made):
    order = np.random.default_rng(1).permutation(SIZE)
    mixed = propose(*batch({k: v[order] for k, v in columns().items()}), BATCH_POLICY)
    assert np.array_equal(figures(mixed.value), figures(made.value)[order])


def test_more_income_never_lowers_what_is_offered(made):
    c = columns()
    richer = propose(*batch(c | {"income": c["income"] + 100_00}), BATCH_POLICY).value
    before = made.value
    assert (richer.offered >= before.offered).all()
    both = before.offered & (richer.method == before.method)
    assert (richer.instalments <= before.instalments)[both].all()


def spoil(c, bad):
    """The columns as text with one bad figure in each of some rows."""
    text = {k: [str(cents(int(v))) for v in c[k]] for k in (*MONEY, "income")}
    text["annual_rate"] = [f"{float(r):.4f}" for r in c["annual_rate"]]
    rng = np.random.default_rng(2)
    values = ("nan", "-1", "", "x", "True", "0.001", "1e30", "inf")
    for row in bad:
        name = ("principal", "annual_rate", "penalty", "income")[int(rng.integers(4))]
        value = values[int(rng.integers(8))]
        text[name][row] = "-0.00000000001" if (name, value) == ("annual_rate", "0.001") else value
    loans = Loans.from_columns(
        **{k: text[k] for k in (*MONEY, "annual_rate")},
        **{k: c[k] for k in ("original_term", "elapsed", "frequency")},
        unpaid=c["original_term"] - c["elapsed"],
        next_due="2026-01-31",
    )
    return loans, Households.from_columns(net_income=text["income"])


def test_300_bad_rows_among_10_000():
    from repayplan import equal_instalment, schedule

    size = 10_000
    c = columns(size, seed=8)
    bad = np.sort(np.random.default_rng(3).choice(size, 300, replace=False))
    good = np.setdiff1d(np.arange(size), bad)
    clean, dirty = batch(c), spoil(c, bad)
    plan = equal_instalment(24)
    clean_rows, dirty_rows = schedule(clean[0], plan), schedule(dirty[0], plan)
    faulty = np.flatnonzero(~dirty[0].good)
    assert dirty_rows.failures.row.tolist() == faulty.tolist()
    assert dirty_rows.row.tolist() == np.flatnonzero(dirty[0].good).tolist()
    wide, narrow = clean_rows.value.by_loan()[0], dirty_rows.value.by_loan()[0]
    kept = np.isin(wide["row"], dirty_rows.row)
    for name in ("row", "opening", "interest", "principal", "payment", "closing"):
        assert np.array_equal(wide[name][kept], narrow[name])

    whole, part = propose(*clean, BATCH_POLICY), propose(*dirty, BATCH_POLICY)
    assert len(part.failures) == 300
    assert part.failures.row.tolist() == bad.tolist()
    assert all(isinstance(code, Code) for code in part.failures.code)
    assert part.row.tolist() == good.tolist()
    assert not len(whole.failures)
    assert np.array_equal(figures(part.value), figures(whole.value)[good])
    assert (whole.value.below_allowance | (whole.value.left_to_live_on >= 1_000_00)).all()


# What else a policy and its batch may hold.


def test_statuses_make_loans_eligible():
    policy = replace(BATCH_POLICY, statuses=("Late",))
    c = {k: v[:3] for k, v in columns().items()}
    loans, homes = batch(c | {"income": np.full(3, 90_000_00)})
    loans = loans.replace(extra={"status": ["Late", "Paid", "Late"]})
    got = propose(loans, homes, policy).value
    assert got.eligible.tolist() == [True, False, True]
    assert not got.offered[1]
    refused = got.one(1)
    assert [r.code for r in refused.reasons] == [Code.NOT_ELIGIBLE]
    assert refused.relaxations == {}
    with pytest.raises(InputError) as refused:
        propose(batch(c)[0], homes, policy)
    assert (refused.value.code, refused.value.field) == (Code.MISSING, "status")
    nobody = propose(loans, homes, replace(policy, statuses=()))
    assert not nobody.value.eligible.any()


def test_nothing_owed_and_wrong_decimals_have_codes():
    c = {k: v[:3] for k, v in columns().items()}
    for name in MONEY:
        c[name] = np.where([False, True, False], 0, c[name])
    loans, homes = batch(c)
    got = propose(loans, homes, BATCH_POLICY)
    assert [(f.row, f.code) for f in got.failures] == [(1, Code.NOTHING_OWED)]
    other = propose(loans, Households.from_columns(net_income=["2000"] * 3, decimals=[2, 2, 0]), BATCH_POLICY)
    assert [(f.row, f.code, f.field) for f in other.failures] == [
        (1, Code.NOTHING_OWED, "principal"),
        (2, Code.UNKNOWN_VALUE, "decimals"),
    ]


def test_misuse_is_the_programs_mistake():
    loans, homes = batch(columns())
    with pytest.raises(TypeError, match="400 loans, 1 households"):
        propose(loans, Households.from_columns(net_income="1"), BATCH_POLICY)
    with pytest.raises(TypeError, match="batch"):
        propose(EXAMPLE.loan, homes, BATCH_POLICY)


def test_one_loan_raises_its_fault():
    nothing = Loan(
        principal=0, annual_rate="0.1", original_term=12, elapsed=0, unpaid=12, next_due="2026-01-31"
    )
    with pytest.raises(InputError) as caught:
        propose(nothing, EXAMPLE.household, BATCH_POLICY)
    assert caught.value.code == Code.NOTHING_OWED
    with pytest.raises(InputError) as caught:
        propose(EXAMPLE.loan, Household(gross_income="2000"), BATCH_POLICY)
    assert caught.value.code == Code.GROSS_WITHOUT_RULE


def test_an_empty_batch():
    c = {k: v[:0] for k, v in columns().items()}
    loans = Loans.from_columns(
        **{k: minor(c[k]) for k in MONEY},
        annual_rate=c["annual_rate"],
        original_term=c["original_term"],
        elapsed=c["elapsed"],
        unpaid=c["elapsed"],
        next_due="2026-01-31",
    )
    got = propose(loans, Households.from_columns(net_income=minor(c["income"])), BATCH_POLICY)
    assert (len(got.value), len(got.failures)) == (0, 0)


@pytest.mark.parametrize(
    "rounding",
    [
        Rounding(instalment="up", interest="down"),
        Rounding(instalment="down", interest="up"),
        Rounding(instalment_multiple="1"),
        Rounding(instalment="up", instalment_multiple="10", interest_multiple="0.05"),
        Rounding(instalment_multiple="5", residue="first"),
        Rounding(instalment_multiple="5", residue="spread"),
        Rounding(instalment="none", interest="none"),
    ],
    ids=repr,
)
def test_other_roundings_offer_the_least_length_that_schedule_itself_confirms(rounding):
    from repayplan import equal_instalment, schedule

    policy = replace(BATCH_POLICY, rounding=rounding, methods=("equal_instalment",))
    for income in range(1_100_00, 1_420_00, 13_37):
        case = replace(EXAMPLE, income=income, methods=policy.methods)
        got = propose(case.loan, case.household, policy)
        plain = Loan(
            principal=cents(case.balance),
            annual_rate="0.12",
            original_term=36,
            elapsed=10,
            unpaid=26,
            next_due="2026-01-31",
            fees=cents(case.first),
            rounding=rounding,
        )

        def keeps(n, plain=plain, case=case):
            try:
                rows = schedule(plain, equal_instalment(n)).rows
            except InputError:
                return False
            return max(r.payment for r in rows) <= cents(case.capacity)

        least = next((n for n in range(26, 45) if keeps(n)), None)
        assert (got.instalments if isinstance(got, Offer) else None) == least


def test_day_counts_and_a_stub_are_confirmed_by_the_schedule():
    from repayplan import equal_principal, schedule

    policy = replace(BATCH_POLICY, methods=("equal_principal",))
    for day_count in ("30/360", "30E/360", "ACT/360", "ACT/365F"):
        for income in (1_250_00, 1_300_00, 1_330_00):
            given = {
                "annual_rate": "0.19",
                "original_term": 36,
                "elapsed": 10,
                "unpaid": 26,
                "next_due": "2026-03-31",
                "start": "2026-02-11",
                "day_count": day_count,
            }
            loan = Loan(principal="6250", **given)
            got = propose(loan, Household(net_income=cents(income)), policy)
            capacity = cents(income - 1_000_00 - 20_00)

            def keeps(n, loan=loan, capacity=capacity):
                return max(r.payment for r in schedule(loan, equal_principal(n)).rows) <= capacity

            least = next((n for n in range(26, 45) if keeps(n)), None)
            assert (got.instalments if isinstance(got, Offer) else None) == least


def test_very_large_incomes_do_not_wrap():
    policy = replace(BATCH_POLICY, rounding=Rounding(instalment="none", interest="none"))
    with pytest.raises(InputError) as caught:  # at 8 decimals such an income doesn't fit int64
        propose(EXAMPLE.loan, Household(net_income="3e15"), policy)
    assert (caught.value.code, caught.value.field) == (Code.BEYOND_DOMAIN, "net_income")
    rounded = propose(EXAMPLE.loan, Household(net_income="3e15"), BATCH_POLICY)
    assert isinstance(rounded, Offer)
    assert rounded.instalments == 26


def test_a_single_period_may_ask_less_than_any_longer_plan():
    # The first period is five days long: interest of a single instalment is less than of a whole month.
    loan = Loan(
        principal="4230",
        annual_rate="0.36",
        original_term=12,
        elapsed=12,
        unpaid=2,
        start="2026-01-26",
        next_due="2026-01-31",
    )
    policy = replace(
        BATCH_POLICY,
        methods=("interest_only",),
        rounding=Rounding(),
        limit=ExtensionLimit(max_new_plan_months=6),
        contingency=Contingency(share="0"),
        allowance=Allowance(adult_first="0", adult_further="0", child="0", covers=(), source="own"),
    )
    got = propose(loan, Household(net_income="4200"), policy)
    single = schedule(loan, interest_only(1)).rows[0].payment
    assert got.reasons[0].value == single
    assert got.relaxations["income"] == single - 4200
    less = got.relaxations["principal_reduction"]
    cheaper = replace(loan, principal=4230 - less)
    assert isinstance(propose(cheaper, Household(net_income="4200"), policy), Offer)
    more = replace(loan, principal=4230 - less + Decimal("0.01"))
    assert not isinstance(propose(more, Household(net_income="4200"), policy), Offer)


def test_a_down_payment_goes_to_what_is_paid_first():
    loan = Loan(
        principal="1000",
        penalty="500",
        annual_rate="0.12",
        original_term=36,
        elapsed=10,
        unpaid=11,
        next_due="2026-01-31",
    )
    rule = ArrearsPart(treatment="pay_first")
    policy = replace(
        BATCH_POLICY,
        methods=("equal_instalment",),
        rounding=Rounding(),
        arrears=ArrearsRule(overdue_interest=rule, accrued_interest=rule, penalty=rule, fees=rule),
        limit=ExtensionLimit(percent="0", reading="beyond_original_maturity"),
        contingency=Contingency(share="0"),
        allowance=Allowance(adult_first="0", adult_further="0", child="0", covers=(), source="own"),
    )
    got = propose(loan, Household(net_income="400"), policy)
    assert got.relaxations["principal_reduction"] is None
    paid = got.relaxations["down_payment"]
    assert 0 < paid < 500
    assert isinstance(propose(replace(loan, penalty=500 - paid), Household(net_income="400"), policy), Offer)
    one_less = replace(loan, penalty=500 - paid + Decimal("0.01"))
    assert not isinstance(propose(one_less, Household(net_income="400"), policy), Offer)


def test_a_long_first_period_uses_up_an_instalment_of_the_limit():
    given = {"principal": "12000", "annual_rate": "0.12", "original_term": 36, "elapsed": 10, "unpaid": 26}
    loan = Loan(**given, start="2026-01-15", next_due="2026-01-31", first_stub="long")
    policy = replace(
        BATCH_POLICY,
        rounding=Rounding(),
        limit=ExtensionLimit(percent="0", reading="beyond_original_maturity"),
    )
    by_count = propose(loan, Household(net_income="9000"), policy)
    by_date = propose(replace(loan, original_maturity="2028-02-29"), Household(net_income="9000"), policy)
    assert by_count.schedule.rows[-1].due_date.isoformat() == "2028-02-29"
    assert (by_count.instalments, by_count.longest) == (by_date.instalments, by_date.longest)


# Real dates and short first periods, again row by row.


def actual_payments(method, balance, factors, n, first):
    """As `payments`, each period with a factor of its own: numerators over one denominator, whole numbers."""
    nums, den = factors
    out, left = [], balance

    def half_up(top, bottom):
        return (2 * top + bottom) // (2 * bottom)

    if method == "equal_instalment":
        grown, per, one = balance, 0, 1
        for num in nums[:n]:
            grown, per, one = grown * (den + num), per * (den + num) + one * den, one * den
        level = half_up(grown, per)
    for k in range(1, n + 1):
        interest = half_up((balance if method == "flat" and left else left) * nums[k - 1], den)
        if method == "equal_instalment":
            part = level - interest
            if part < 0 and k < n:
                return None
        else:
            part = 0 if method == "interest_only" else half_up(balance, n)
        part = left if k == n else min(part, left)
        left -= part
        out.append(part + interest + (first if k == 1 else 0))
    return out


@dataclass(frozen=True)
class Dated:
    """A loan of so many cents whose first period is `stub` days long, by ACT/365F or in whole periods."""

    principal: int
    fees: int
    rate: int
    unpaid: int
    longest: int
    stub: int
    day_count: str
    method: str
    capacity: int

    def factors(self, rate, n):
        due = [date(2026, 1, 31) + relativedelta(months=k) for k in range(n)]
        if self.day_count == "ACT/365F":
            return [rate * d for d in (self.stub, *((b - a).days for a, b in pairwise(due)))], 10_000 * 365
        first = 30 if self.stub == 31 else self.stub - 1  # the 31st counts as the 30th
        return [rate * d for d in (first, *(30 for _ in due[1:]))], 10_000 * 360

    def fits(self, *, rate=None, balance=None, fees=None, lengths=None):
        """The first of some lengths whose every payment can be paid, by default of those allowed."""
        balance = self.principal if balance is None else balance
        fees = self.fees if fees is None else fees
        lengths = range(self.unpaid, self.longest + 1) if lengths is None else lengths
        factors = self.factors(self.rate if rate is None else rate, max(lengths))
        for n in lengths:
            made = actual_payments(self.method, balance, factors, n, fees)
            if made is not None and max(made) <= self.capacity:
                return n
        return None

    def propose(self):
        part = ArrearsPart(treatment="pay_first")
        policy = replace(
            BATCH_POLICY,
            methods=(self.method,),
            arrears=ArrearsRule(overdue_interest=part, accrued_interest=part, penalty=part, fees=part),
            limit=ExtensionLimit(max_new_plan_months=self.longest),
            contingency=Contingency(share="0"),
            allowance=Allowance(adult_first="0", adult_further="0", child="0", covers=(), source="own"),
        )
        loan = Loan(
            principal=cents(self.principal),
            fees=cents(self.fees),
            annual_rate=Decimal(self.rate).scaleb(-4),
            original_term=60,
            elapsed=60 - self.unpaid,
            unpaid=self.unpaid,
            start=date(2026, 1, 31) - timedelta(self.stub),
            next_due="2026-01-31",
            day_count=self.day_count,
        )
        return propose(loan, Household(net_income=cents(self.capacity)), policy)


@st.composite
def dated_cases(draw):
    unpaid = draw(st.integers(1, 14))
    longest = unpaid + draw(st.integers(0, 8))
    principal, rate = draw(st.integers(20_000, 500_000)), draw(st.integers(1, 4_000))
    share = draw(st.integers(50, 110)) * (Fraction(principal, longest) + Fraction(principal * rate, 120_000))
    return Dated(
        principal=principal,
        fees=draw(st.one_of(st.just(0), st.integers(1, 3_000))),
        rate=rate,
        unpaid=unpaid,
        longest=longest,
        stub=draw(st.integers(1, 31)),
        day_count=draw(st.sampled_from(["ACT/365F", "periods"])),
        method=draw(st.sampled_from(METHODS)),
        capacity=max(floor(share / 100), 1),
    )


@given(dated_cases())
def test_the_levers_of_real_dates_and_short_first_periods(case):
    got = case.propose()
    if isinstance(got, Offer):
        assert got.instalments == case.fits()
        return
    assert case.fits() is None
    levers = got.relaxations
    # Months: no length up to the one named does.
    longer = range(case.longest + 1, case.longest + 1 + min(levers["months"] or 60, 60))
    assert case.fits(lengths=longer) == (
        None if (levers["months"] or 61) > 60 else case.longest + levers["months"]
    )
    rate = levers["rate"]
    if rate is None:
        assert case.fits(rate=0) is None
    else:
        assert case.fits(rate=int(rate * 10_000)) is not None
        assert case.fits(rate=int(rate * 10_000) + 1) is None
    less = levers["principal_reduction"]
    if less is None:
        assert case.fits(balance=1) is None
    else:
        kept = case.principal - int(less * 100)
        assert case.fits(balance=kept) is not None
        assert not any(case.fits(balance=more) for more in range(kept + 1, min(kept + 150, case.principal)))
    paid = levers["down_payment"]
    if paid is not None:
        left = case.principal + case.fees - int(paid * 100)

        def after(left):
            kept = min(left, case.principal)
            return case.fits(balance=kept, fees=left - kept)

        assert after(left) is not None
        whole = case.principal + case.fees
        assert not any(after(more) for more in range(left + 1, min(left + 150, whole)))
    lowest = min(
        (
            max(made)
            for n in range(case.unpaid, case.longest + 1)
            if (
                made := actual_payments(case.method, case.principal, case.factors(case.rate, n), n, case.fees)
            )
        ),
        default=None,
    )
    assert levers["income"] == (None if lowest is None else cents(lowest - case.capacity))


def test_an_instalment_near_the_interest_for_ever_is_tried_over_all_lengths_there_are():
    # What the longest plans ask settles at a cent above their interest: the least of them is found, or none.
    for capacity in (2_010, 2_037, 2_039, 2_043):
        case = Dated(100_000, 0, 2_400, 12, 24, 28, "ACT/365F", "equal_instalment", capacity)
        months = case.propose().relaxations["months"]
        every = case.fits(lengths=range(25, 400))
        assert months == (None if every is None else every - 24)


def test_plans_of_one_instalment_are_looked_at_all_at_once(monkeypatch):
    from repayplan.offers import search

    size = 12
    rng = np.random.default_rng(4)
    loans = Loans.from_columns(
        principal=minor(rng.integers(5_000, 200_000, size)),
        annual_rate=rng.integers(1_000, 3_600, size) / 10_000,
        original_term=12,
        elapsed=0,
        unpaid=12,
        next_due="2026-01-31",
        start="2026-01-11",
        day_count=rng.choice(["ACT/365F", "periods"], size),
    )
    # About the interest of a month, for ever.
    income = np.rint(loans.principal * (loans.annual_rate / 10**10) * rng.uniform(0.081, 0.086, size))
    homes = Households.from_columns(net_income=minor(income.astype(np.int64)), adults=1)
    policy = replace(
        BATCH_POLICY,
        methods=("equal_instalment",),
        contingency=Contingency(share="0"),
        allowance=Allowance(adult_first="0", adult_further="0", child="0", covers=(), source="own"),
    )
    seen = []
    for rounds in (0, 10**9):
        monkeypatch.setattr(search, "ROUNDS", rounds)
        seen.append(propose(loans, homes, policy).value.relaxations()["months"])
    assert set(seen[0] > 0) == {True, False}
    assert np.array_equal(*seen)


# Amounts at the end of int64.


def days_apart(frequency, owed, income="1000"):
    """A refused loan of one instalment left."""
    policy = replace(
        BATCH_POLICY,
        methods=("equal_instalment", "flat"),
        limit=ExtensionLimit(percent="0", reading="beyond_original_maturity"),
    )
    loan = Loan(
        principal=cents(min(owed, 10**18)),
        overdue_principal=cents(min(max(owed - 10**18, 0), 10**18)),
        fees=cents(max(owed - 2 * 10**18, 0)),
        annual_rate="0",
        original_term=1,
        elapsed=0,
        unpaid=1,
        next_due="2026-01-31",
        frequency=frequency,
    )
    return propose(loan, Household(net_income=income), policy)


# A month is 364/12 days, 52/12 weeks: beyond these amounts it leaves int64.
@pytest.mark.parametrize(
    ("frequency", "most"), [("daily", (2**63 - 1) * 12 // 364), ("weekly", (2**63 - 1) * 12 // 52)]
)
def test_a_month_of_an_instalment_is_exact_or_refused(frequency, most):
    in_a_month = {"daily": Fraction(364, 12), "weekly": Fraction(52, 12)}[frequency]
    got = days_apart(frequency, most)
    assert got.shortfall == cents(ceil(most * in_a_month))
    assert got.relaxations["income"] is None
    small = days_apart(frequency, most // 16)
    assert small.shortfall == cents(ceil(most // 16 * in_a_month))
    assert small.relaxations["income"] == small.shortfall + 20
    with pytest.raises(InputError) as caught:
        days_apart(frequency, most + 1)
    assert (caught.value.code, caught.value.field) == (Code.BEYOND_DOMAIN, "instalment")
    assert (caught.value.value, caught.value.limit) == (str(cents(most + 1)), str(cents(most)))


def test_a_row_whose_month_leaves_int64_is_a_failure_among_others():
    units = np.array([10**18, 60_000, 10**18 // 2, 10**17])
    loans = Loans.from_columns(
        principal=minor(units),
        annual_rate="0.12",
        original_term=2,
        elapsed=0,
        unpaid=2,
        next_due="2026-01-31",
        frequency=["daily", "daily", "monthly", "daily"],
    )
    homes = Households.from_columns(net_income=["1500", "1500", "1500", "1500"])
    got = propose(loans, homes, BATCH_POLICY)
    assert [(f.row, f.code, f.field) for f in got.failures] == [(0, Code.BEYOND_DOMAIN, "instalment")]
    assert got.row.tolist() == got.value.row.tolist() == [1, 2, 3]
    for place, row in enumerate(got.row):
        alone = propose(loans.one(row), Household(net_income="1500"), BATCH_POLICY)
        assert alone == got.value.one(place)
