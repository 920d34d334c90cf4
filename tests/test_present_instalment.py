"""No payment above a part of the present instalment: as in a modification that stops at a cut of a fifth."""

from dataclasses import replace
from decimal import ROUND_HALF_UP, ROUND_UP, Decimal
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from examples import examples
from repayplan import Code

FLEX = replace(
    rp.Policy.example("mortgage-waterfall"),
    name="after a Flex Modification",
    target=None,
    instalment_percent="80",
    assumed=(),
    assumptions=(),
    concessions=(rp.Concession(step="extend"), rp.Concession(step="forbear", percent="30")),
    trial=None,
)
ANYBODY = rp.Household(net_income="50000")
CENT = Decimal("0.01")


def level(balance, rate, months, rounding=ROUND_HALF_UP):
    """The level instalment of so many months."""
    monthly = Fraction(rate) / 12
    exact = Fraction(balance) / months
    if monthly:
        exact = Fraction(balance) * monthly / (1 - (1 + monthly) ** -months)
    return (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(CENT, rounding)


def last_payment(balance, rate, months, instalment):
    """What is left for the last of so many months, interest rounded half a cent up."""
    left = Decimal(balance)
    for _ in range(months - 1):
        left += (left * Decimal(rate) / 12).quantize(CENT, ROUND_HALF_UP) - instalment
    return left + (left * Decimal(rate) / 12).quantize(CENT, ROUND_HALF_UP)


def largest(balance, rate, months, rounding=ROUND_HALF_UP):
    instalment = level(balance, rate, months, rounding)
    return max(instalment, last_payment(balance, rate, months, instalment))


def mortgage(rate):
    return rp.Loan(
        principal="180000", annual_rate=rate, original_term=360, elapsed=60, unpaid=300, next_due="2026-05-01"
    )


@pytest.mark.parametrize("up", [True, False])
@pytest.mark.parametrize(
    ("rate", "present", "most", "months", "other"),
    [
        ("0.03", "853.58", "682.86", 431, 433),
        ("0.04", "950.11", "760.08", 469, 469),
        ("0.06", "1159.74", "927.79", None, None),
    ],
)
def test_month_by_month_until_the_cut_is_reached(rate, present, most, months, other, up):
    # The level instalment over the 300 months left, and 80 % of it, rounded down to the cent.
    assert level(180_000, rate, 300) == Decimal(present)
    assert floor(Fraction(present) * 80) == int(Decimal(most) * 100)
    cap = Decimal(most)
    policy = replace(FLEX, rounding=rp.Rounding(instalment="up" if up else "half_up", interest="half_up"))

    def instalment(balance, n):
        return largest(balance, rate, n, ROUND_UP if up else ROUND_HALF_UP)

    lengths = (n for n in range(300, 481) if instalment(180_000, n) <= cap)
    got = rp.propose(mortgage(rate), ANYBODY, policy)
    assert (got.instalment_before, got.capacity) == (Decimal(present), cap)
    assert got.instalments == next(lengths, 480) == ((months if up else other) or 480)
    assert got.instalment_after <= cap
    if months:
        assert (got.forborne, got.instalment_after) == (0, instalment(180_000, got.instalments))
        # Rounded up, the last instalment is no larger than the others here: the rounded one alone decides.
        alone = next(n for n in range(300, 481) if level(180_000, rate, n, ROUND_UP) <= cap)
        assert not up or got.instalments == alone
        return
    # The longest isn't enough: no more is put aside than brings its instalment down to that.
    kept = 180_000 - got.forborne
    assert instalment(kept, 480) <= cap < instalment(kept + CENT, 480)


@pytest.mark.parametrize(("rate", "months", "aside"), [("0.03", 447, "0"), ("0.06", 480, "14747.85")])
def test_arrears_are_capitalised_first(rate, months, aside):
    """The loans of docs/guides/concessions.md: 176,400 and 3,600 of overdue interest."""
    loan = replace(mortgage(rate), principal="176400", overdue_interest="3600")
    got = rp.propose(loan, ANYBODY, FLEX)
    cap = Decimal(floor(Fraction(level(176_400, rate, 300)) * 80)) / 100
    assert got.capacity == cap
    kept = 180_000 - Decimal(aside)
    assert (got.instalments, got.forborne) == (months, Decimal(aside))
    assert got.instalment_after == largest(kept, rate, months) <= cap
    shorter = [n for n in range(300, months) if largest(180_000, rate, n) <= cap]
    assert shorter == []
    assert months < 480 or largest(kept + CENT, rate, 480) > cap


def cut(loan, home_can, policy):
    """Instalments and what is put aside by trying one after the other; None where nothing is enough."""
    present = loan.instalment or rp.schedule(loan, rp.equal_instalment(loan.unpaid)).rows[0].payment
    most = Decimal(floor(Fraction(present) * Fraction(policy.instalment_percent))) / 100
    most = min(most, home_can)
    plain = replace(loan, rounding=policy.rounding, instalment=None)

    def peak(some, n):
        return max(row.payment for row in rp.schedule(some, rp.equal_instalment(n)).rows)

    longest = policy.limit.longest(loan).longest
    for n in range(loan.unpaid, longest + 1):
        if peak(plain, n) <= most:
            return most, n, 0
    for cents in range(1, int(loan.principal * Decimal(policy.concessions[1].percent)) + 1):
        if peak(replace(plain, principal=loan.principal - Decimal(cents) / 100), longest) <= most:
            return most, longest, Decimal(cents) / 100
    return most, None, None


@st.composite
def loans(draw):
    unpaid = draw(st.integers(1, 8))
    principal = Decimal(draw(st.integers(100, 2_500))) / 100
    given_ = draw(st.booleans())
    return rp.Loan(
        principal=principal,
        annual_rate=draw(st.sampled_from(["0", "0.06", "0.24"])),
        original_term=unpaid,
        elapsed=0,
        unpaid=unpaid,
        next_due="2026-05-01",
        frequency=draw(st.sampled_from(["monthly", "weekly", "quarterly"])),
        instalment=(principal / unpaid * draw(st.sampled_from([1, 2]))).quantize(CENT) if given_ else None,
    )


SMALL = replace(FLEX, limit=rp.ExtensionLimit(percent="75", reading="beyond_original_maturity"))


@examples(40)
@given(
    st.lists(loans(), min_size=1, max_size=4), st.sampled_from(["80", "33.3333", "100", "120"]), st.booleans()
)
def test_the_first_plan_within_the_cut(many, percent, items):
    policy = replace(SMALL, instalment_percent=percent)
    # 12.00 a month: of the larger loans that binds first.
    pay = {"items": [rp.Income("pay", "12")], "assessed": "2026-04-01"} if items else {"net_income": "12"}
    home = rp.Household(**pay)
    free = rp.capacity(home, policy.allowance)
    got = [rp.propose(loan, home, policy) for loan in many]
    for loan, one in zip(many, got, strict=True):
        own = free.per_period(loan.frequency)
        most, n, aside = cut(loan, own, policy)
        assert one.capacity == most
        if n is None:
            assert isinstance(one, rp.Infeasible)
            codes = [reason.code for reason in one.reasons]
            assert (Code.OVER_TARGET in codes) == (most < own)
            assert (Code.OVER_CAPACITY in codes) == (most == own)
            assert Code.ABOVE_TARGET not in codes
            over = next(reason for reason in one.reasons if reason.code.startswith("over"))
            assert (over.limit, over.field) == (most, "instalment")
            continue
        assert (one.instalments, one.forborne) == (n, aside)
        *others, last = (row.payment for row in one.schedule.rows)
        assert max(*others, last - aside, 0) == one.instalment_after <= most
    columns = {
        name: [getattr(loan, name) for loan in many]
        for name in (
            "principal",
            "annual_rate",
            "original_term",
            "elapsed",
            "unpaid",
            "next_due",
            "frequency",
        )
    }
    columns["instalment"] = ["" if loan.instalment is None else str(loan.instalment) for loan in many]
    batch = rp.Loans.from_columns(**columns)
    if not items:
        homes = rp.Households.from_columns(net_income=["12"] * len(many))
        found = rp.propose(batch, homes, policy).value
        for i, one in enumerate(got):
            same = found.one(i)
            assert type(same) is type(one)
            assert (same.capacity, same.concessions) == (one.capacity, one.concessions)
            if isinstance(one, rp.Infeasible):
                assert (same.reasons, same.relaxations) == (one.reasons, one.relaxations)


def test_bound_in_every_period_of_a_household_whose_months_differ():
    pay = [rp.Income("pay", "600"), rp.Income("bonus", "4000", months=(6, 12))]
    home = rp.Household(items=pay, assessed="2026-04-01")
    loan = rp.Loan(
        principal="12000", annual_rate="0", original_term=12, elapsed=0, unpaid=12, next_due="2026-05-01"
    )
    policy = replace(FLEX, concessions=(rp.Concession(step="extend"),))
    got = rp.propose(loan, home, replace(policy, instalment_percent="50"))
    # 1,000 a month now, of which half: 24 months of 500, less than the 600 of most months.
    assert (got.capacity, got.instalments, got.instalment_after) == (500, 24, 500)
    leaner = rp.propose(loan, home, replace(policy, instalment_percent="70"))
    assert (leaner.capacity, leaner.instalments) == (600, 20)
    none = replace(policy, instalment_percent="50", limit=rp.ExtensionLimit(max_new_plan_months=23))
    refused = rp.propose(loan, home, none)
    assert [(r.code, r.limit) for r in refused.reasons][:1] == [(Code.OVER_TARGET, 500)]
    assert refused.relaxations["income"] is None
    assert refused.relaxations["months"] == 1
    assert refused.relaxations["principal_reduction"] == 500
    assert refused.shortfall == 0


def test_levers_make_a_plan_and_one_unit_less_does_not():
    policy = replace(
        FLEX, limit=rp.ExtensionLimit(max_new_plan_months=330), concessions=(rp.Concession(step="extend"),)
    )
    refused = rp.propose(mortgage("0.03"), ANYBODY, policy)
    assert [r.code for r in refused.reasons] == [Code.OVER_TARGET, Code.LIMIT_NEW_PLAN_MONTHS]
    lever = refused.relaxations
    assert lever["income"] is None
    assert lever["months"] == 433 - 330
    less = lever["principal_reduction"]
    assert lever["down_payment"] == less
    # What is paid at once lowers the balance, not the present instalment that the policy looks at.
    for change, kind in ((0, rp.Offer), (CENT, rp.Infeasible)):
        paid = replace(mortgage("0.03"), principal=180_000 - less + change, instalment="853.58")
        assert isinstance(rp.propose(paid, ANYBODY, policy), kind)


def test_beside_a_share_of_income_the_least_binds():
    policy = replace(
        FLEX, target=rp.PaymentTarget(share="0.4"), limit=rp.ExtensionLimit(max_new_plan_months=310)
    )
    for gross, net, most in (
        ("5000", "4000", "682.86"),
        ("1600", "4000", "640.00"),
        ("5000", "600", "600.00"),
    ):
        home = rp.Household(gross_income=gross, net_income=net)
        assert rp.propose(mortgage("0.03"), home, policy).capacity == Decimal(most)


def test_what_is_paid_first_counts_and_what_is_carried_does_not():
    loan = rp.Loan(
        principal="1000",
        annual_rate="0",
        original_term=10,
        elapsed=0,
        unpaid=10,
        next_due="2026-05-01",
        fees="30",
    )
    part = rp.ArrearsPart(treatment="pay_first")
    first = replace(
        FLEX, arrears=replace(FLEX.arrears, fees=part), concessions=(rp.Concession(step="extend"),)
    )
    got = rp.propose(loan, ANYBODY, first)
    # 80 at most, 30 of it beside the instalment: 50 a month.
    assert (got.instalments, got.instalment_after) == (20, 80)
    carry = replace(first, arrears=replace(FLEX.arrears, fees=rp.ArrearsPart(treatment="carry")))
    got = rp.propose(loan, ANYBODY, carry)
    assert (got.instalments, got.instalment_after) == (13, Decimal("76.96"))


def test_a_lattice_keeps_to_it():
    policy = replace(FLEX, strategy=rp.Strategy(aim="shortest", lattice=rp.Lattice(lengths=30)))
    got = rp.propose(mortgage("0.03"), ANYBODY, policy)
    assert got.instalment_after <= Decimal("682.86")
    found = rp.menu(mortgage("0.03"), ANYBODY, FLEX, lattice=rp.Lattice(lengths=30)).alternatives
    assert found
    assert all(plan.instalment <= Decimal("682.86") for plan in found)


@pytest.mark.parametrize("down", [None, "20000"])
def test_what_is_paid_on_trial_leaves_the_bound_as_it_is(down):
    policy = replace(FLEX, trial=rp.Trial(instalments=3, down_amount=down, grace_days=14))
    stated, unsaid = replace(mortgage("0.03"), instalment="853.58"), mortgage("0.03")
    first, second = (rp.conditional(loan, ANYBODY, policy) for loan in (stated, unsaid))
    for deal in (first, second):
        assert deal.today.capacity == deal.offer.capacity == Decimal("682.86")
        assert deal.offer.instalment_after <= Decimal("682.86")
    assert first.rows == second.rows
    assert first.offer.schedule.rows == second.offer.schedule.rows


def test_in_finer_units_where_nothing_is_rounded():
    policy = replace(FLEX, rounding=rp.Rounding(instalment="none", interest="none"))
    got = rp.propose(mortgage("0.03"), ANYBODY, policy)
    assert got.capacity == Decimal("682.86")
    assert got.instalments == 431


def test_a_loan_without_a_present_instalment():
    loan = rp.Loan(
        principal="1000", annual_rate="0.05", original_term=12, elapsed=12, unpaid=0, next_due="2026-05-01"
    )
    with pytest.raises(rp.InputError) as error:
        rp.propose(loan, ANYBODY, FLEX)
    assert (error.value.code, error.value.field) == (Code.MISSING, "instalment")
    both = rp.Loans.from_columns(
        principal=["1000", "1000"], annual_rate="0.05", original_term=12, elapsed=[12, 0], unpaid=[0, 12],
        next_due="2026-05-01",
    )  # fmt: skip
    got = rp.propose(both, rp.Households.from_columns(net_income=["5000"] * 2), FLEX)
    assert [(f.row, f.code) for f in got.failures] == [(0, Code.MISSING)]
    assert got.value.offered.tolist() == [True]


@pytest.mark.parametrize("percent", ["0", "-1", "10001", "80.00001"])
def test_what_is_no_percentage(percent):
    with pytest.raises(rp.InputError) as error:
        replace(FLEX, instalment_percent=percent)
    assert error.value.field == "instalment_percent"
    read = rp.Policy.loads(FLEX.dumps())
    assert read == FLEX
    assert read.fingerprint == FLEX.fingerprint != replace(FLEX, instalment_percent=None).fingerprint
