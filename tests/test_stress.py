"""Stress: against months followed one by one with the same random numbers, and against closed forms."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import cache
from math import ceil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import repayplan as rp
from examples import examples
from extras import needs
from repayplan import Buffer, IncomeLoss, RateRise, Shocks, SpendingShock, stress
from repayplan.basics.dates import FREQUENCIES
from repayplan.programmes import simulation
from repayplan.programmes import stress as module

POLICY = rp.Policy.example("consumer")
NO_RESERVE = replace(POLICY, contingency=rp.Contingency(share="0"))
"""All that a plan leaves above the need is what there is when something happens."""
HORIZONS = (3, 6, 12, 24)


def portfolio(seed, size, frequency="monthly"):
    rng = np.random.default_rng(seed)
    loans = rp.Loans.from_columns(
        principal=rp.minor(rng.integers(10**5, 3 * 10**6, size)),
        annual_rate=rng.integers(100, 2400, size) / 1e4,
        original_term=60,
        elapsed=10,
        unpaid=rng.integers(4, 50, size),
        next_due=np.datetime64("2026-01-01") + rng.integers(0, 27, size),
        frequency=frequency,
        columns={
            "region": rng.choice(["north", "south"], size),
            "savings": rp.minor(rng.integers(0, 10**5, size)),
        },
    )
    homes = rp.Households.from_columns(net_income=rng.integers(2200, 6000, size).astype(str))
    return loans, homes, rp.propose(loans, homes, POLICY).value


@cache
def drawn(seed, month, number, several):
    counter = [0, several, 0, 0]
    return np.random.Philox(key=[seed, month << 20 | number], counter=counter).random_raw(16 * 16).tolist()


def raw(seed, month, number, row, path):
    """64 random bits: of each 16 paths those of a row follow one another, and then those of the next."""
    return drawn(seed, month, number, path // 16)[row * 16 + path % 16]


def due_of(period):
    return period.due_date.year * 12 + period.due_date.month


def slow(offers, shocks, paths, seed, horizons, opening, put_by_most=None, earned=None):
    """Survivals (loans, horizons), month by month in plain Python.

    `earned`: the net income in cents of a row in a month, counted from the year 0; as assessed without it.
    """
    last = max(horizons)

    def halves(month, number, row, path):
        return divmod(raw(seed, month, number, row, path), 2**32)

    def happens(half, chance):
        return half < Fraction(chance) * 2**32 // 1

    rises = [raw(seed, 600, 0, 0, path) for path in range(paths)]
    tables = [offers.living] + [offers.living_with(rise.index) for rise in shocks.rates]
    out = []
    for i in np.flatnonzero(offers.offered).tolist():
        row = int(offers.row[i])
        assessed = int(offers.capacities.net_income[i])
        standing = [0] * len(horizons)
        for path in range(paths):
            scenario, chance = 0, Fraction(0)
            for k, rise in enumerate(shocks.rates, 1):
                before, chance = chance, chance + Fraction(rise.chance)
                if before * 2**32 // 1 <= rises[path] // 2**32 < chance * 2**32 // 1:
                    scenario = k
            table = tables[scenario]
            place = int(np.flatnonzero(table.row == row)[0])
            living = table.one(place)
            reserve = dict(zip(living, table.kept_back[table.offsets[place] :].tolist(), strict=False))
            period = {"monthly": 1, "weekly": 1, "quarterly": 3}[
                FREQUENCIES[offers.loans.frequency[row]].name
            ]
            per_month = {"monthly": Fraction(1), "weekly": Fraction(52, 12), "quarterly": Fraction(1, 3)}[
                FREQUENCIES[offers.loans.frequency[row]].name
            ]
            due = [due_of(p) for p in living]
            begin = due[0] - period + 1
            run_of, put_by, row_of_missed, broken = {}, opening[row], 0, None
            laid_aside = besides = lacking = 0
            for month in range(last):
                here = [p for p, d in zip(living, due, strict=True) if d == begin + month]
                if not here:
                    later = [(d, p) for p, d in zip(living, due, strict=True) if d > begin + month]
                    here = [later[0][1]] if later else []
                lost = spent = income = 0
                if here:
                    ends = here[0].due_date.year * 12 + here[0].due_date.month
                    # Of a period that had begun before 2026, when households are assessed, the months since.
                    months = [each for each in range(ends - period, ends) if each >= 2026 * 12]
                    income = sum(earned(row, each) if earned else assessed for each in months) // len(months)
                every = [(n, x) for n, x in enumerate(shocks.income)]
                every += [(2**16 + n, x) for n, x in enumerate(shocks.spending)]
                for number, shock in every:
                    beginning, ending = (0, 0)
                    ending, beginning = halves(month, number, row, path)
                    runs = run_of.get(number, False) and not happens(ending, shock.recovery)
                    run_of[number] = runs or happens(beginning, shock.chance)
                    if run_of[number] and isinstance(shock, IncomeLoss):
                        lost += ceil(income * Fraction(shock.share))
                    elif run_of[number]:
                        spent += int(shock.amount * 100)
                left = min((int(p.above * 100) + reserve[p] for p in here), default=0)
                left -= min(lost, income) + spent
                asks = max((ceil(Fraction(p.payment) * 100 * per_month) for p in here), default=0)
                laid_aside += asks
                balloon = ceil(living[-1].put_aside * 100 / period) if living[-1] in here else 0
                left, besides = left - balloon, besides + balloon
                # First what is lacking of what was to be laid aside, then what is put by.
                made_up = min(max(left, 0), lacking)
                left, lacking = left - made_up, lacking - made_up
                if left > 0 and shocks.buffer:
                    put_by += left * int(shocks.buffer.puts_by * 10_000) // 10_000
                    put_by = put_by if put_by_most is None else min(put_by, put_by_most)
                if left < 0 or lacking:
                    gone = max(-left, 0) + lacking
                    lacking = min(max(gone - put_by, 0), lacking + asks + balloon)
                    put_by = max(put_by - gone, 0)
                paying = [p for p in here if p.payment > 0 and due_of(p) == begin + month]
                there = laid_aside + besides - lacking
                # Each of them takes its part of what was to be laid aside, and a balloon what was for it.
                paid = [there * len(paying) >= laid_aside * n for n, _ in enumerate(paying, 1)]
                paid += [lacking == 0] * (besides > 0 and due[-1] == begin + month)
                for each in paid:
                    row_of_missed = 0 if each else row_of_missed + 1
                if paying:
                    laid_aside = besides = lacking = 0
                if paying and row_of_missed >= shocks.missed and broken is None:
                    broken = month
            for h, months in enumerate(horizons):
                standing[h] += broken is None or broken >= months
        out.append(standing)
    return out


SHOCK = Shocks(
    income=(
        IncomeLoss(chance="0.05", share="0.6", recovery="0.25"),
        IncomeLoss(chance="0.02", share="0.7", recovery="0.1"),
    ),
    spending=(SpendingShock(chance="0.1", amount="400"),),
    rates=(
        RateRise(chance="0.3", steps=(("2026-06-01", "0.05"),)),
        RateRise(chance="0.3", steps=(("2026-02-10", "0.02"), ("2027-01-01", "0.12"))),
    ),
    missed=2,
)


@pytest.mark.parametrize("frequency", ["monthly", "weekly", "quarterly"])
def test_the_same_as_month_by_month(frequency):
    loans, homes, offers = portfolio(1, 9, frequency)
    shocks = replace(SHOCK, buffer=Buffer(opening=rp.col("savings"), puts_by="0.2", most="700"))
    found = stress(offers, homes, shocks, paths=18, seed=5, horizons=HORIZONS).value
    opening = np.minimum(loans.extra["savings"].units, 70_000).tolist()
    assert found.standing.tolist() == slow(offers, shocks, 18, 5, HORIZONS, opening, 70_000)
    assert found.standing.min() < found.standing.max()


@given(
    seed=st.integers(0, 2**64 - 1),
    chance=st.integers(0, 100),
    recovery=st.integers(0, 100),
    share=st.integers(0, 100),
    missed=st.integers(1, 4),
    amount=st.integers(0, 200_000),
    puts_by=st.integers(0, 10_000),
)
@examples(15)
def test_any_shock_is_followed_month_by_month(seed, chance, recovery, share, missed, amount, puts_by):
    _, homes, offers = portfolio(seed % 97, 4)
    per = [Decimal(x) / 100 for x in (chance, share, recovery)]
    shocks = Shocks(
        income=(IncomeLoss(chance=per[0], share=per[1], recovery=per[2]),),
        spending=(SpendingShock(chance=per[2], amount=Decimal(amount) / 100, recovery=per[0]),),
        buffer=Buffer(opening="100", puts_by=Decimal(puts_by) / 10_000),
        missed=missed,
    )
    found = stress(offers, homes, shocks, paths=5, seed=seed, horizons=(1, 14)).value
    assert found.standing.tolist() == slow(offers, shocks, 5, seed, (1, 14), [10_000] * 4)


FORBEARING = replace(
    POLICY,
    limit=replace(POLICY.limit, percent="150"),
    concessions=(rp.Concession(step="forbear", percent="80", multiple="10"),),
)


@pytest.mark.parametrize(
    ("frequency", "missed", "owed"),
    [("monthly", 1, 5_000), ("monthly", 2, 5_000), ("weekly", 1, 1_500), ("quarterly", 1, 12_000)],
)
def test_what_was_forborne_is_paid_at_the_end_or_missed(frequency, missed, owed):
    size = 5
    loans = rp.Loans.from_columns(
        principal=(owed + np.arange(size) * 100).astype(str),
        annual_rate="0.1",
        original_term=60,
        elapsed=10,
        unpaid=[6, 7, 8, 9, 10],
        next_due="2026-01-20",
        frequency=frequency,
    )
    loans = loans.replace(extra={"savings": rp.minor(np.arange(size) * 25 * owed)})
    homes = rp.Households.from_columns(net_income=["2360"] * size)
    offers = rp.propose(loans, homes, FORBEARING).value
    assert (offers.put_aside > 0).sum() > 2
    shocks = Shocks(
        income=(IncomeLoss(chance="0.1", share="0.2", recovery="0.6"),),
        rates=(RateRise(chance="0.4", steps=(("2026-03-01", "0.05"),)),),
        buffer=Buffer(opening=rp.col("savings"), puts_by="0.9"),
        missed=missed,
    )
    horizons = (2, 5, 8, 30)
    found = stress(offers, homes, shocks, paths=8, seed=5, horizons=horizons).value
    assert found.standing.tolist() == slow(
        offers, shocks, 8, 5, horizons, loans.extra["savings"].units.tolist()
    )
    lent = replace(shocks, balloon="refinanced")
    refinanced = stress(offers, homes, lent, paths=8, seed=5, horizons=horizons).value
    assert refinanced.standing[:, -1].sum() > found.standing[:, -1].sum() > 0


def test_a_balloon_takes_what_is_above_the_need_and_what_is_put_by():
    """Nothing happens; what is due with the last payment comes from what is above the need and the buffer."""
    loan = rp.Loan(
        principal="9000", annual_rate="0.12", original_term=36, elapsed=24, unpaid=12, next_due="2026-01-31"
    )
    home = rp.Household(net_income="2500")
    step = rp.Concession(step="forbear", percent="60", multiple="500")
    policy = replace(FORBEARING, concessions=(step,), contingency=NO_RESERVE.contingency)
    offer = rp.propose(loan, home, policy)
    rows = offer.instalments
    last = offer.living[-1]
    enough = last.put_aside - last.above
    assert last.put_aside == 3500
    for opening, stands in ((enough, 2), (enough - Decimal("0.01"), 0)):
        shocks = Shocks(buffer=Buffer(opening=opening), missed=1)
        found = stress(offer, home, shocks, paths=2, seed=1, horizons=(rows - 1, rows))
        assert found.standing.tolist() == [[2, stands]]
        # It is missed once: a plan that bears one missed payment stands.
        assert stress(offer, home, replace(shocks, missed=2), paths=2, seed=1).standing.min() == 2
    lent = Shocks(missed=1, balloon="refinanced")
    assert stress(offer, home, lent, paths=2, seed=1).standing.min() == 2


ITEMS = (
    {"amount": 2900},
    {"amount": 800, "until": 6},
    {"amount": 900, "start": 5},
    {"amount": 500, "months": (1, 2, 6, 7, 8)},
)
"""Incomes of a household; in which month of 2026 they end or begin, or of which months of a year they are."""


def of_items(loans):
    """Households with one and another of these; and what they earn in a month, in cents."""
    size = len(loans)
    mine = [[k for k in range(len(ITEMS)) if k == 0 or (row >> (k - 1)) & 1] for row in range(size)]
    of = [(row, ITEMS[k]) for row in range(size) for k in mine[row]]
    items = rp.Items.from_columns(
        household=[row for row, _ in of],
        kind="net_income",
        category=[str(k) for row in range(size) for k in mine[row]],
        amount=[str(item["amount"]) for _, item in of],
        start=[f"2026-{item['start']:02}-01" if "start" in item else None for _, item in of],
        until=[f"2026-{item['until']:02}-28" if "until" in item else None for _, item in of],
        months=[" ".join(map(str, item.get("months", ()))) for _, item in of],
    )
    homes = rp.Households.from_columns(items=items, assessed="2026-01-05", size=size)

    def earned(row, month):
        year, number = divmod(month, 12)
        since = (year - 2026) * 12 + number + 1
        there = [
            item
            for k, item in enumerate(ITEMS)
            if k in mine[row]
            # An income that ends on the 28th doesn't cover a longer month wholly.
            and item.get("start", -999) <= since < item.get("until", 999)
            and number + 1 in item.get("months", range(1, 13))
        ]
        return 100 * sum(item["amount"] for item in there)

    return homes, earned


@pytest.mark.parametrize("frequency", ["monthly", "weekly", "quarterly"])
def test_what_falls_away_is_a_share_of_what_there_is_in_that_month(frequency):
    loans, _, _ = portfolio(13, 8, frequency)
    loans = loans.replace(principal=loans.principal // 8)
    homes, earned = of_items(loans)
    offers = rp.propose(loans, homes, POLICY).value
    assert offers.offered.sum() > 1
    loss = IncomeLoss(chance="0.2", share="0.3", recovery="0.4")
    shocks = Shocks(
        income=(loss, replace(loss, share=Decimal("0.8"))), buffer=Buffer(puts_by="0.3"), missed=1
    )
    found = stress(offers, homes, shocks, paths=12, seed=5, horizons=(4, 14)).value
    assert found.standing.tolist() == slow(offers, shocks, 12, 5, (4, 14), [0] * 8, earned=earned)
    assert found.standing.min() < found.standing.max()


@pytest.mark.parametrize(("frequency", "unpaid"), [("monthly", 24), ("quarterly", 12)])
def test_what_is_kept_back_for_contingencies_is_there_when_one_comes(frequency, unpaid):
    """The same plan of the same household stands as often, whatever the policy keeps back."""
    loan = rp.Loan(
        principal="9000",
        annual_rate="0.12",
        original_term=36,
        elapsed=12,
        unpaid=unpaid,
        next_due="2026-01-31",
        frequency=frequency,
    )
    items = [rp.Income("wage", "3600"), rp.Income("bonus", "250", months=(3, 7, 8)), rp.Cost("rent", "500")]
    home = rp.Household(items=items, assessed="2025-12-20")
    joint = (rp.Obligor(household=home), rp.Obligor(household=home, share="0.5"))
    for who, amount in ((home, "900"), (joint, "1400")):
        shocks = Shocks(
            income=(IncomeLoss(chance="0.1", share="0.1", recovery="0.5"),),
            spending=(SpendingShock(chance="0.3", amount=amount),),
            buffer=Buffer(opening="100", puts_by="0.1"),
            missed=1,
        )
        found, plans = [], []
        for share in ("0", "0.3"):
            policy = replace(POLICY, contingency=rp.Contingency(share=share, at_most=None))
            offer = rp.propose(loan, who, policy)
            plans.append(offer.case.plan)
            found.append(stress(offer, who, shocks, paths=20, seed=1, horizons=(3, 12)).standing.tolist())
        assert plans[0] == plans[1]
        assert found[0] == found[1]
        assert 0 < found[0][0][1] < 20


def test_income_that_has_ended_takes_nothing_with_it():
    """A household that lives on 2,000 of 4,000, and 2,000 of it end: half of it isn't 2,000."""
    loan = rp.Loan(
        principal="600", annual_rate="0", original_term=24, elapsed=12, unpaid=12, next_due="2026-02-28"
    )
    items = [rp.Income("wage", "3300"), rp.Income("second job", "3300", until="2026-02-28")]
    home = rp.Household(items=items, assessed="2026-01-10")
    offer = rp.propose(loan, home, NO_RESERVE)
    some = offer.living[2]
    spare = some.above / 3300
    share = (spare - Decimal("0.01")).quantize(Decimal("0.0001"))
    for each, stands in ((share, 2), (share + Decimal("0.02"), 0)):
        loss = IncomeLoss(chance="1", share=each, recovery="0")
        found = stress(offer, home, Shocks(income=(loss,), missed=1), paths=2, seed=1, horizons=(6,))
        assert found.standing.tolist() == [[stands]]


def test_without_anything_put_by_a_loss_of_everything_is_a_chain_of_coins():
    """Survival of m months is (1 - p)**m; as everybody's whole income is lost, in any of them."""
    _, homes, offers = portfolio(2, 200)
    loss = IncomeLoss(chance="0.02", share="1", recovery="1")
    found = stress(offers, homes, Shocks(income=(loss,), missed=1), paths=400, seed=3, horizons=(1, 3)).value
    table = found.table()
    for months, chance, error in zip(table["months"], table["chance"], table["standard_error"], strict=True):
        assert abs(chance - 0.98**months) < 5 * error
        # The paths of all loans are independent here: the error is that of so many coins.
        expected = (0.98**months * (1 - 0.98**months) / (400 * len(found))) ** 0.5
        assert abs(error - expected) < expected / 4


def test_a_rise_of_rates_hits_all_loans_of_a_path():
    _, homes, offers = portfolio(3, 40)
    rise = RateRise(chance="0.5", steps=(("2026-01-01", "0.5"),))
    found = stress(offers, homes, Shocks(rates=(rise,), missed=1), paths=300, seed=1, horizons=(24,)).value
    every = found.groups["all"].standing[0, 0]
    assert set(every.tolist()) == {len(found), every.min()}
    assert abs((every == len(found)).mean() - 0.5) < 0.15
    assert found.table()["standard_error"][0] > 0.005


def test_rates_that_rise_by_nothing_leave_what_they_left():
    _, _, offers = portfolio(4, 60)
    same = offers.living_with(rp.Index("none", ["1900-01-01"], ["0"], "own"))
    for name in ("row", "offsets", "payment", "above", "needed"):
        assert (getattr(same, name) == getattr(offers.living, name)).all()


def test_rates_that_have_risen_before_a_plan_begins_are_those_of_a_dearer_loan():
    loans, _homes, offers = portfolio(5, 30)
    risen = offers.living_with(rp.Index("more", ["1900-01-01"], ["0.03"], "own"))
    # The plan of each at its rate and 3 %, which no household was asked whether it can pay.
    rates = np.array([str(Decimal(int(rate)) / 10**10 + Decimal("0.03")) for rate in offers.annual_rate])
    keep = offers.offered
    made = rp.schedule(
        rp.Loans.from_columns(
            principal=rp.minor(offers.opening_balance[keep]),
            annual_rate=rates[keep],
            original_term=60,
            elapsed=10,
            unpaid=offers.instalments[keep],
            next_due=loans.next_due[offers.row[keep]],
            columns={"n": offers.instalments[keep]},
        ),
        [getattr(rp, name)(rp.col("n")) for name in POLICY.methods],
        template=offers.method[keep],
    ).value
    assert (risen.payment == made.by_loan()[0]["payment"]).all()


def test_what_else_is_asked_changes_no_path():
    loans, homes, offers = portfolio(6, 300)

    def ask(**more):
        return stress(offers, homes, SHOCK, **({"paths": 30, "seed": 9, "horizons": (6, 12)} | more)).value

    plain = ask()
    assert (ask(workers=2).standing == plain.standing).all()
    assert (ask(horizons=(6, 12, 60)).standing[:, :2] == plain.standing).all()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK", 7)
        patch.setattr(simulation, "CELLS", 90)
        pieces = ask(by=("region",))
    assert (pieces.standing == plain.standing).all()
    assert (pieces.groups["all"].standing == plain.groups["all"].standing).all()
    whole = pieces.groups["region"]
    assert (whole.standing.sum(axis=0) == plain.groups["all"].standing[0]).all()
    assert whole.names == ("north", "south")
    assert whole.loans.sum() == len(plain)
    never = IncomeLoss(chance="0", share="1", recovery="1")
    more = replace(SHOCK, income=(*SHOCK.income, never))
    assert (
        stress(offers, homes, more, paths=30, seed=9, horizons=(6, 12)).value.standing == plain.standing
    ).all()
    assert (ask(seed=10).standing != plain.standing).any()
    few = rp.propose(loans.take(np.arange(20)), homes.take(np.arange(20)), POLICY).value
    fewer = stress(few, homes.take(np.arange(20)), SHOCK, paths=30, seed=9, horizons=(6, 12)).value
    assert (fewer.standing == plain.standing[: len(fewer)]).all()


def test_more_paths_change_none_of_those_there_are():
    loans, homes, _ = portfolio(6, 40)
    loans = loans.replace(extra={"id": [str(row) for row in range(40)]})
    offers = rp.propose(loans, homes, POLICY).value

    def followed(paths):
        found = stress(offers, homes, SHOCK, paths=paths, seed=9, horizons=(12,), by="id").value
        return found.groups["id"].standing

    most = followed(70)
    for paths in (1, 8, 12, 17):
        assert (followed(paths) == most[..., :paths]).all()


def test_one_offer_is_the_first_of_a_batch():
    loan = rp.Loan(
        principal="9000", annual_rate="0.1", original_term=36, elapsed=6, unpaid=30, next_due="2026-03-31"
    )
    home = rp.Household(net_income="3500")
    offer = rp.propose(loan, home, POLICY)
    one = stress(offer, home, SHOCK, paths=50, seed=1)
    many = rp.propose(loan.batch, home.batch, POLICY).value
    assert (one.standing == stress(many, home.batch, SHOCK, paths=50, seed=1).value.standing).all()
    joint = [rp.Obligor(household=home), rp.Obligor(household=rp.Household(net_income="2600"))]
    both = rp.propose(loan, joint, POLICY)
    assert stress(both, joint, SHOCK, paths=50, seed=1).standing.shape == (1, 4)
    # One that is offered nothing, one that is offered the same plan, one that has more mouths to feed.
    others = [rp.Household(net_income="900"), rp.Household(net_income="3501"), replace(home, adults=2)]
    assert rp.propose(loan, others[1], POLICY).case.plan == offer.case.plan
    for other in (*others, joint):
        with pytest.raises(rp.InputError, match="the one that the offer was made to"):
            stress(offer, other, SHOCK, paths=5, seed=1)


def test_a_plan_chosen_from_a_menu_is_the_one_that_is_asked_about():
    loan = rp.Loan(
        principal="30000", annual_rate="0.12", original_term=36, elapsed=12, unpaid=24, next_due="2026-01-31"
    )
    home = rp.Household(net_income="3600", costs={"rent": "500"})
    cut = rp.Concession(step="cut_rate", by="0.01", floor="0.06")
    policy = replace(
        NO_RESERVE,
        limit=replace(POLICY.limit, percent="150"),
        concessions=(rp.Concession(step="extend"), cut),
    )
    menu = rp.menu(loan, home, policy, lattice=rp.Lattice(lengths=3, points=2))
    assert len(menu.alternatives) > 1
    for number in (0, len(menu.alternatives) - 1):
        offer = menu.offer(number)
        rows = (offer.instalments,)
        least = min(row.above for row in offer.living)
        for amount, stands in ((least, 2), (least + Decimal("0.01"), 0)):
            shocks = Shocks(spending=(SpendingShock(chance="1", amount=amount),), missed=1)
            found = stress(offer, home, shocks, paths=2, seed=1, horizons=rows, by="concession")
            assert found.standing.tolist() == [[stands]]
        uses = [step.step for step in offer.concessions if step.code is rp.Code.CONCESSION_CHOSEN]
        assert found.groups["concession"].names == (" + ".join(uses) or "none",)
    with pytest.raises(rp.InputError, match="the one that the offer was made to"):
        stress(offer, rp.Household(net_income="3700"), shocks, paths=2, seed=1)


@given(st.integers(0, 10**6), st.integers(1, 99), st.integers(1, 3))
@examples(10)
def test_worse_never_helps(seed, percent, missed):
    _, homes, offers = portfolio(seed % 89, 30)
    chance = Decimal(percent) / 100
    loss = IncomeLoss(chance=chance / 2, share="0.5", recovery="0.3")
    base = Shocks(income=(loss,), buffer=Buffer(opening="100", puts_by="0.1"), missed=missed)

    def standing(shocks):
        return stress(offers, homes, shocks, paths=20, seed=seed, horizons=(3, 12)).value.standing

    plain = standing(base)
    assert (plain[:, 0] >= plain[:, 1]).all()
    for worse in (
        replace(base, income=(replace(loss, chance=chance),)),
        replace(base, income=(replace(loss, share=Decimal("0.8")),)),
        replace(base, income=(replace(loss, recovery=Decimal("0.2")),)),
        replace(base, spending=(SpendingShock(chance=chance, amount="50"),)),
        replace(base, buffer=None),
        replace(base, buffer=replace(base.buffer, puts_by=Decimal(0))),
    ):
        assert (standing(worse) <= plain).all()
    assert (standing(replace(base, missed=missed + 1)) >= plain).all()


@pytest.mark.parametrize("frequency", ["monthly", "weekly"])
def test_chances_are_told_by_how_many_payments_are_put_by(frequency):
    loans, homes, offers = portfolio(8, 60, frequency)
    shocks = replace(SHOCK, buffer=Buffer(opening=rp.col("savings")))
    found = stress(offers, homes, shocks, paths=20, seed=4, by=("buffer",), bands=(1, 2, 10)).value
    per_month = {"monthly": Fraction(1), "weekly": Fraction(52, 12)}[frequency]
    of = {"<1": [], "1-<2": [], "2-<10": [], "10+": []}
    for place, row in enumerate(found.row.tolist()):
        payment = int(offers.instalment_after[offers.row == row][0])
        months = int(loans.extra["savings"].units[row]) // ceil(payment * per_month)
        band = "<1" if months < 1 else "1-<2" if months < 2 else "2-<10" if months < 10 else "10+"
        of[band].append(place)
    told = found.groups["buffer"]
    assert told.names == tuple(name for name, rows in of.items() if rows)
    assert len(told.names) >= 3
    assert told.loans.tolist() == [len(of[name]) for name in told.names]
    for name, standing in zip(told.names, told.standing, strict=True):
        assert standing.sum(axis=1).tolist() == found.standing[of[name]].sum(axis=0).tolist()
    one_word = stress(offers, homes, shocks, paths=20, seed=4, by="buffer", bands=[1, 2, 10]).value
    assert one_word.table("buffer")["chance"].tolist() == found.table("buffer")["chance"].tolist()


def test_steps_are_told_apart_by_what_they_are_of():
    loans = rp.Loans.from_columns(
        principal=["9000"] * 6,
        annual_rate="0.12",
        original_term=36,
        elapsed=12,
        unpaid=24,
        next_due="2026-01-31",
        fees=["0", "300", "0", "300", "0", "0"],
        penalty=["0", "0", "300", "300", "0", "0"],
    )
    homes = rp.Households.from_columns(net_income=["2440", "2440", "2440", "2440", "2422", "2404"])
    waived = [rp.Concession(step="waive", component=part, percent="100") for part in ("fees", "penalty")]
    cuts = [rp.Concession(step="cut_rate", by="0.01", floor=floor) for floor in ("0.08", "0.05")]
    policy = replace(NO_RESERVE, concessions=(*waived, *cuts))
    offers = rp.propose(loans, homes, policy).value
    found = stress(offers, homes, Shocks(missed=1), paths=2, seed=1, by="concession").value
    names = ["cut_rate", "cut_rate + cut_rate_2", "none", "waive_fees", "waive_fees + waive_penalty"]
    assert list(found.groups["concession"].names) == sorted([*names, "waive_penalty"])


def test_columns_are_told_apart_from_what_is_always_there():
    loans, homes, _ = portfolio(11, 3)
    extra = {
        "concession": ["a", "b", "c"],
        "all": ["a", "b", "c"],
        "buffer": ["a", "b", "c"],
        "branch": np.array(["x", None, ""], object),
        "code": [7, 8, 7],
        "day": np.array(["2026-01-01", "NaT", "2026-01-01"], "M8[D]"),
    }
    some = loans.replace(extra=extra)
    offers = rp.propose(some, homes, POLICY).value
    assert offers.offered.all()
    shocks = Shocks(buffer=Buffer(opening="1"), missed=1)
    for name in ("concession", "all", "buffer"):
        with pytest.raises(rp.InputError, match=f"by='{name}': a column by another name"):
            stress(offers, homes, shocks, paths=2, seed=1, by=name)
    found = stress(offers, homes, shocks, paths=2, seed=1, by=("branch", "code", "day")).value
    # As the segments of a sweep.
    axes = {"limit.percent": ["50"]}
    for name in ("branch", "code", "day"):
        assert found.groups[name].names == rp.sweep(some, homes, POLICY, axes, by=name).segments
    assert found.groups["branch"].names == ("", "x")


def test_differences_are_taken_path_by_path():
    loans, homes, offers = portfolio(8, 150)
    tighter = rp.propose(
        loans, homes, replace(POLICY, contingency=replace(POLICY.contingency, share=Decimal("0.5")))
    ).value
    one, two = (
        stress(o, homes, SHOCK, paths=200, seed=4, by=("concession",)).value for o in (offers, tighter)
    )
    none = one.difference(one)
    assert not none["chance"].any()
    assert not none["standard_error"].any()
    apart = two.difference(one)
    assert np.allclose(apart["chance"], two.table()["chance"] - one.table()["chance"], atol=2e-6)
    alone = np.hypot(one.table()["standard_error"], two.table()["standard_error"])
    assert (apart["standard_error"] < alone).all()
    assert (apart["loans"] == len(two)).all()
    assert (apart["loans_of_other"] == len(one)).all()
    shared = set(one.groups["concession"].names) & set(two.groups["concession"].names)
    assert set(two.difference(one, "concession")["group"]) == shared
    with pytest.raises(rp.InputError, match=r"other\.seed"):
        one.difference(stress(offers, homes, SHOCK, paths=200, seed=5).value)


def by_frequency(frequency, **shocks):
    """How many of two paths stand after each of 24 months, of a plan by the week, month or quarter."""
    loan = rp.Loan(
        principal="6000",
        annual_rate="0.1",
        original_term=200,
        elapsed=6,
        unpaid={"weekly": 150, "monthly": 36, "quarterly": 12}[frequency],
        next_due="2026-03-31",
        frequency=frequency,
    )
    home = rp.Household(net_income="4500")
    offer = rp.propose(loan, home, NO_RESERVE)
    found = stress(offer, home, Shocks(**shocks), paths=2, seed=1, horizons=range(1, 25))
    return found.standing[0].tolist(), offer


def test_instalments_are_counted_and_not_months():
    """Everything is lost from the first month on, for good."""
    loss = IncomeLoss(chance="1", share="1", recovery="0")
    # Due in months 0, 1, 2: the third breaks it.
    assert by_frequency("monthly", income=(loss,), missed=3)[0] == [2] * 2 + [0] * 22
    # Due in months 2, 5, 8, counted from the first of the first period.
    assert by_frequency("quarterly", income=(loss,), missed=1)[0] == [2] * 2 + [0] * 22
    assert by_frequency("quarterly", income=(loss,), missed=3)[0] == [2] * 8 + [0] * 16
    # On 31 March, 7, 14, 21, 28 April: the fifth breaks it in the second month.
    assert by_frequency("weekly", income=(loss,), missed=5)[0] == [2] + [0] * 23
    assert by_frequency("weekly", income=(loss,), missed=6)[0] == [2] * 2 + [0] * 22


def test_what_months_lack_is_short_when_the_payment_is_due():
    """Each month lacks 10 of what it is to lay aside."""
    _, offer = by_frequency("quarterly", missed=1)
    above = offer.living[0].above

    def stands(hit, **more):
        shock = SpendingShock(chance="1", amount=hit, recovery="1")
        return by_frequency("quarterly", spending=(shock,), missed=1, **more)[0]

    assert stands(above) == [2] * 24
    assert stands(above + 10) == [2] * 2 + [0] * 22
    # 90 are enough for three quarters.
    assert stands(above + 10, buffer=Buffer(opening="90")) == [2] * 11 + [0] * 13
    # Of what isn't laid aside no more can be lacking than the payment comes to: none of it is asked later.
    assert stands(above + 500, buffer=Buffer(opening="90")) == [2] * 2 + [0] * 22


def test_of_several_payments_in_a_month_those_count_that_cannot_be_paid():
    _, offer = by_frequency("weekly", missed=1)
    april = offer.living[1]
    week = april.payment
    # The money of a month is enough for all of its payments but one: never two in a row.
    hit = SpendingShock(chance="1", amount=april.above + (week / 2).quantize(Decimal("0.01")), recovery="1")
    assert by_frequency("weekly", spending=(hit,), missed=2)[0][3] == 2
    assert by_frequency("weekly", spending=(hit,), missed=1)[0][3] == 0
    # It is enough for none.
    hit = replace(hit, amount=april.above + 6 * week)
    assert by_frequency("weekly", spending=(hit,), missed=5)[0][:2] == [2, 0]


def test_a_plan_that_is_paid_off_stands():
    loan = rp.Loan(
        principal="900", annual_rate="0.1", original_term=36, elapsed=33, unpaid=3, next_due="2026-03-31"
    )
    home = rp.Household(net_income="3500")
    offer = rp.propose(loan, home, POLICY)
    rows = len(offer.schedule.rows)
    late = RateRise(chance="1", steps=(("2027-01-01", "1"),))
    loss = IncomeLoss(chance="1", share="1", recovery="0")
    assert stress(offer, home, Shocks(rates=(late,), missed=1), paths=4, seed=0).standing.tolist() == [
        [4] * 4
    ]
    after = stress(offer, home, Shocks(income=(loss,), missed=rows + 1), paths=4, seed=0, horizons=(rows, 60))
    assert after.standing.tolist() == [[4, 4]]
    gone = stress(
        offer, home, Shocks(income=(loss,), missed=rows), paths=4, seed=0, horizons=(rows - 1, rows)
    )
    assert gone.standing.tolist() == [[4, 0]]


@needs("polars")
def test_frames_and_one_path():
    _, homes, offers = portfolio(9, 12)
    found = stress(offers, homes, SHOCK, paths=1, seed=4, by=("region",)).value
    frame = found.to_frame("polars", by="region")
    assert frame.columns == ["group", "loans", "months", "chance", "standard_error"]
    assert frame["standard_error"].null_count() == len(frame) == 8
    assert frame["chance"].dtype.scale == 6


def test_bad_rows_leave_the_others_alone():
    loans, homes, offers = portfolio(10, 12)
    savings = loans.extra["savings"].units.astype(object) / 100
    text = np.array([f"{x:.2f}" for x in savings])
    bad = int(offers.row[offers.offered][3])
    text[bad] = "much"
    changed = loans.replace(extra={**loans.extra, "put_by": text})
    some = rp.propose(changed, homes, POLICY).value
    shocks = replace(SHOCK, buffer=Buffer(opening=rp.col("put_by")))
    got = stress(some, homes, shocks, paths=12, seed=2)
    plain = stress(
        offers, homes, replace(SHOCK, buffer=Buffer(opening=rp.col("savings"))), paths=12, seed=2
    ).value
    assert [(f.row, f.field, f.code) for f in got.failures] == [(bad, "buffer.opening", rp.Code.NOT_A_NUMBER)]
    assert (got.value.standing == plain.standing[plain.row != bad]).all()


def test_a_rate_that_changes_by_itself_is_refused_where_rates_rise():
    loan = rp.Loan(
        principal="9000",
        annual_rate=rp.SteppedRate((("2000-01-01", "0.05"),)),
        original_term=36,
        elapsed=6,
        unpaid=30,
        next_due="2026-03-31",
    )
    home = rp.Household(net_income="3500")
    offer = rp.propose(loan, home, POLICY)
    assert stress(offer, home, replace(SHOCK, rates=()), paths=4, seed=1).paths == 4
    with pytest.raises(rp.InputError, match=r"shocks.rates.*a fixed rate"):
        stress(offer, home, SHOCK, paths=4, seed=1)


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: IncomeLoss(chance="1.1", share="1", recovery="1"), "income_loss.chance"),
        (lambda: IncomeLoss(chance=0.1, share="1", recovery="1"), "income_loss.chance"),
        (lambda: SpendingShock(chance="1", amount="-1"), "spending_shock.amount"),
        (lambda: SpendingShock(chance="x", amount="1"), "spending_shock.chance"),
        (lambda: RateRise(chance="1", steps=()), "rate_rise.steps"),
        (lambda: RateRise(chance="1", steps=(("2026-01-01",),)), r"rate_rise.steps\[0\]"),
        (lambda: RateRise(chance="1", steps=(("soon", "0.1"),)), r"rate_rise.steps\[0\]"),
        (lambda: RateRise(chance="1", steps=(("2026-01-01", "2"),)), r"rate_rise.steps\[0\]"),
        (
            lambda: RateRise(chance="1", steps=(("2026-01-02", "0"), ("2026-01-02", "0"))),
            r"rate_rise.steps\[1\]",
        ),
        (lambda: Buffer(puts_by="0.12345"), "buffer.puts_by"),
        (lambda: Buffer(opening="-1"), "buffer.opening"),
        (lambda: Buffer(most="x"), "buffer.most"),
        (lambda: Shocks(missed=0), "shocks.missed"),
        (lambda: Shocks(missed=1, income=(1,)), "shocks.income"),
        (lambda: Shocks(missed=1, buffer="100"), "shocks.buffer"),
        (lambda: Shocks(missed=1, balloon="lent"), "shocks.balloon"),
        (
            lambda: Shocks(missed=1, rates=(RateRise(chance="0.6", steps=(("2026-01-01", "0"),)),) * 2),
            "shocks.rates",
        ),
    ],
)
def test_bad_shocks_are_refused(make, field):
    with pytest.raises(rp.InputError, match=field):
        make()


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"paths": 0}, "paths"),
        ({"seed": -1}, "seed"),
        ({"horizons": ()}, "horizons"),
        ({"horizons": (3, 3)}, r"horizons\[1\]"),
        ({"horizons": (601,)}, r"horizons\[0\]"),
        ({"horizons": 12}, "horizons=12"),
        ({"horizons": "12"}, "horizons='12'"),
        ({"bands": 3}, "bands=3"),
        ({"by": 5}, "by=5"),
        ({"by": (5,)}, r"by\[0\]=5"),
        ({"by": None}, "by: names"),
        ({"progress": 3}, "progress=3"),
        ({"by": ("colour",)}, "by"),
        ({"by": "buffer"}, r"shocks\.buffer"),
        ({"bands": (2, 1)}, r"bands\[1\]"),
        ({"bands": ()}, "bands"),
    ],
)
def test_bad_questions_are_refused(more, field):
    _, homes, offers = portfolio(11, 3)
    with pytest.raises(rp.InputError, match=field):
        stress(offers, homes, SHOCK, **({"paths": 4, "seed": 0} | more))
    with pytest.raises(rp.InputError, match="one of all"):
        stress(offers, homes, SHOCK, paths=4, seed=0).value.table("region")


def test_other_kinds_of_values_are_refused():
    loan = rp.Loan(
        principal="9000", annual_rate="0.1", original_term=36, elapsed=6, unpaid=30, next_due="2026-03-31"
    )
    home = rp.Household(net_income="1500")
    refusal = rp.propose(loan, home, POLICY)
    assert isinstance(refusal, rp.Infeasible)
    _, homes, offers = portfolio(11, 3)
    found = stress(offers, homes, SHOCK, paths=4, seed=0, by="concession").value
    assert set(found.groups) == {"all", "concession"}
    numbers = np.array([3, 6])
    same = stress(offers, homes, SHOCK, paths=np.int64(4), seed=np.int64(0), horizons=numbers).value
    assert same.horizons == (3, 6)
    assert (same.standing == found.standing[:, :2]).all()
    for ask, field in (
        (lambda: stress(refusal, home, SHOCK, paths=4, seed=0), "offers=Infeasible"),
        (lambda: stress(offers, homes, "x", paths=4, seed=0), "shocks='x'"),
        (lambda: stress(offers, home, SHOCK, paths=4, seed=0), "households=Household"),
        (lambda: stress(offers, None, SHOCK, paths=4, seed=0), "households: Households"),
        (lambda: found.table(["all"]), "by="),
        (lambda: found.difference("x"), "other='x'"),
    ):
        with pytest.raises(rp.InputError, match=field):
            ask()


def test_amounts_of_money_tell_groups_apart_as_text(monkeypatch):
    loans, homes, _ = portfolio(11, 4)
    some = loans.replace(extra={"debt": rp.minor(np.array([5, 123_456, 5, 0]))})
    offers = rp.propose(some, homes, POLICY).value
    assert offers.offered.all()
    found = stress(offers, homes, Shocks(missed=1), paths=3, seed=1, by="debt").value
    told = found.groups["debt"]
    assert dict(zip(told.names, told.loans.tolist(), strict=True)) == {"0.00": 1, "0.05": 2, "1234.56": 1}
    both = found.standing[[0, 2]].sum(axis=0)
    assert told.standing[told.names.index("0.05")].sum(axis=1).tolist() == both.tolist()
    monkeypatch.setattr(module, "MOST_GROUPS", 2)
    with pytest.raises(rp.InputError, match="at most 2 groups") as caught:
        stress(offers, homes, Shocks(missed=1), paths=3, seed=1, by="debt")
    assert (caught.value.code, caught.value.field) == (rp.Code.OUT_OF_RANGE, "by")


def test_an_offer_without_its_contract_is_refused():
    loan = rp.Loan(
        principal="9000", annual_rate="0.1", original_term=36, elapsed=6, unpaid=30, next_due="2026-03-31"
    )
    home = rp.Household(net_income="3500")
    offer = rp.propose(loan, home, POLICY)
    bare = replace(offer, case=replace(offer.case, contract=None))
    with pytest.raises(rp.InputError) as caught:
        stress(bare, home, SHOCK, paths=2, seed=1)
    assert (caught.value.code, caught.value.field) == (rp.Code.MISSING, "offer.case")
