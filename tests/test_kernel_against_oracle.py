"""The package against the oracle, through the public API only: every column, bit for bit."""

import random
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import MAX_TOTAL, OracleFailure, could_grow_to, oracle_schedule
from strategies import LIMIT, MODES, MONEY, batch_of, cases, loan_of, money, plan_of

import repayplan as rp

COLUMNS = (
    *("period", "due_date", "days", "opening", "interest", "interest_paid", "capitalised", "deferred"),
    *("waived", "principal", "fee", "payment", "closing"),
)


def expected(terms, stages):
    """The oracle's rows, or the code of its failure."""
    try:
        return oracle_schedule(terms, stages)
    except OracleFailure as failure:
        return failure.code


def columns_of(rows):
    return {
        name: np.array([row[name] for row in rows], "datetime64[D]" if name == "due_date" else np.int64)
        for name in COLUMNS
    }


def check_equal(columns, rows):
    assert not isinstance(rows, str), f"a schedule, where the oracle says {rows}"
    for name, column in columns_of(rows).items():
        assert columns[name].dtype == column.dtype, name
        np.testing.assert_array_equal(columns[name], column, err_msg=name)


def check_code(code, terms, stages, rows):
    """The code is the oracle's, or the plan is refused for amounts that could indeed grow too large."""
    if code == "beyond_domain" and rows != "beyond_domain":
        # LIMIT: money that mode none restates at 8 decimals must still be money.
        assert could_grow_to(terms, stages) >= min(LIMIT, MAX_TOTAL), (
            "refused, though it can't grow too large"
        )
    else:
        assert code == (rows if isinstance(rows, str) else "rows")


def check_batch(every, outcome):
    """Every row of the outcome is what the oracle says of that row alone."""
    columns, offsets = outcome.value.by_loan()
    codes = {failure.row: failure.code.value for failure in outcome.failures}
    assert sorted([*outcome.row.tolist(), *codes]) == list(range(len(every)))
    for row, code in codes.items():
        check_code(code, *every[row], expected(*every[row]))
    for place, row in enumerate(outcome.row):
        mine = slice(offsets[place], offsets[place + 1])
        check_equal({name: columns[name][mine] for name in COLUMNS}, expected(*every[row]))
        assert (columns["row"][mine] == row).all()


def schedules(every, **options):
    loans, plans, template = batch_of(every)
    return rp.schedule(loans, plans, template=template, **options)


def by_row(outcome):
    """{caller's row: its columns, or its code}."""
    found = {failure.row: failure.code.value for failure in outcome.failures}
    for place, row in enumerate(outcome.row.tolist()):
        columns = outcome.value.one(place).columns
        found[row] = {name: columns[name].tolist() for name in COLUMNS}
    return found


@given(cases())
def test_one_loan(case):
    terms, stages = case
    rows = expected(terms, stages)
    try:
        made = rp.schedule(loan_of(terms), plan_of(stages, terms["decimals"]))
    except rp.InputError as error:
        check_code(error.code.value, terms, stages, rows)
    else:
        check_equal(made.columns, rows)
        assert made.paid_off_early == (len(rows) > 1 and rows[-1]["opening"] == 0)


@given(st.lists(cases(), min_size=1, max_size=8))
def test_a_batch(every):
    check_batch(every, schedules(every))


@given(st.lists(cases(wide=False), min_size=2, max_size=6), st.randoms(use_true_random=False))
def test_a_row_is_the_same_in_any_company(every, chance):
    """Alone, in any order, among bad neighbours, by one thread or two."""
    together = by_row(schedules(every))
    alone = [by_row(schedules([case]))[0] for case in every]
    assert [together[i] for i in range(len(every))] == alone

    order = list(range(len(every)))
    chance.shuffle(order)
    shuffled = by_row(schedules([every[i] for i in order], workers=2))
    assert [shuffled[order.index(i)] for i in range(len(every))] == alone

    terms, stages = every[0]
    bad = [(terms | {"principal": -1}, stages), (terms | {"annual_rate": 10**10 + 1}, stages)]
    bad.append((terms | {"start": terms["next_due"] + timedelta(days=1)}, stages))
    among = by_row(schedules([bad[0], *every, *bad[1:]]))
    assert [among[i + 1] for i in range(len(every))] == alone
    codes = [among[0], among[len(every) + 1], among[len(every) + 2]]
    assert codes == ["negative", "out_of_range", "dates_out_of_order"]


@given(st.lists(cases(wide=False), min_size=1, max_size=6))
def test_every_view_shows_the_same_rows(every):
    value = schedules(every).value
    columns, offsets = value.by_loan()
    by_period = value.by_period()
    back = np.lexsort((by_period["period"], by_period["row"]))
    for name in (*COLUMNS, "row"):
        np.testing.assert_array_equal(by_period[name][back], columns[name], err_msg=name)
    for name, totals in value.totals().items():
        if name in columns:
            sums = [columns[name][a:b].sum() for a, b in zip(offsets, offsets[1:], strict=False)]
            np.testing.assert_array_equal(totals, sums, err_msg=name)


@given(st.lists(cases(wide=False), min_size=1, max_size=6))
def test_rows_add_up(every):
    """The identities a borrower can check, without the oracle."""
    outcome = schedules(every)
    columns, offsets = outcome.value.by_loan()
    c = {name: columns[name] for name in COLUMNS}
    assert (c["closing"] == c["opening"] + c["capitalised"] - c["principal"]).all()
    assert (c["payment"] == c["principal"] + c["interest_paid"] + c["fee"]).all()
    assert (c["interest"] == c["interest_paid"] + c["capitalised"] + c["deferred"] + c["waived"]).all()
    assert (c["payment"] >= 0).all()
    assert (c["principal"] >= 0).all()
    for place, row in enumerate(outcome.row):
        terms = every[row][0]
        finer = 10 ** (8 - terms["decimals"]) if terms["interest_mode"] == "none" else 1
        mine = {name: c[name][offsets[place] : offsets[place + 1]] for name in COLUMNS}
        assert mine["opening"][0] == (terms["principal"] + terms["overdue_principal"]) * finer
        assert (mine["opening"][1:] == mine["closing"][:-1]).all()
        assert mine["closing"][-1] == 0
        assert mine["principal"].sum() == mine["opening"][0] + mine["capitalised"].sum()
        assert mine["deferred"].sum() == -(terms["overdue_interest"] + terms["accrued_interest"]) * finer
        assert mine["fee"].sum() == (terms["fees"] + terms["penalty"]) * finer


# Many loans under one plan: ties, large balances and long terms that hypothesis draws seldom


def drawn(seed, n, *, lowest=1, highest=10**12, decimals=2, rates=None, **other):
    chance = random.Random(seed)  # noqa: S311 - no secret
    every = []
    for _ in range(n):
        terms = dict.fromkeys(MONEY, 0) | {
            "principal": int(lowest * (highest / lowest) ** chance.random()),
            "annual_rate": chance.choice(rates) if rates else chance.randrange(10**10),
            "decimals": decimals,
            "next_due": date(2026, 1, 31) + timedelta(days=chance.randrange(366)),
            "start": None,
            "frequency": "monthly",
            "day_count": "periods",
            "first_stub": "short",
            "instalment_mode": "half_up",
            "interest_mode": "half_up",
            "instalment_multiple": 1,
            "interest_multiple": 1,
            "residue": "last",
        }
        every.append(terms | other)
    return every


def check_one_plan(every, stages):
    check_batch([(terms, stages) for terms in every], schedules([(terms, stages) for terms in every]))


@pytest.mark.parametrize("mode", MODES)
def test_ties(mode):
    """6 % a year is 1/200 a month: one row in 200 lies exactly between two cents."""
    even = drawn(1, 60, highest=10**9, rates=(600_000_000, 1_200_000_000, 240_000_000), interest_mode=mode)
    check_one_plan(even, [{"kind": "equal_principal", "n": 24}])
    check_one_plan(even, [{"kind": "equal_instalment", "n": 36}])


@pytest.mark.parametrize("decimals", [0, 2, 8])
@pytest.mark.parametrize("day_count", ["periods", "ACT/365F"])
def test_large_balances(decimals, day_count):
    large = drawn(2, 60, lowest=10**13, highest=2 * 10**17, decimals=decimals, day_count=day_count)
    check_one_plan(large, [{"kind": "equal_instalment", "n": 24}])
    check_one_plan(large, [{"kind": "flat", "n": 5}])
    few = [terms | {"annual_rate": terms["annual_rate"] // 20, "instalment_mode": "up"} for terms in large]
    check_one_plan(
        few, [{"kind": "holiday", "n": 6, "interest": "capitalise"}, {"kind": "equal_instalment", "n": 30}]
    )


@pytest.mark.parametrize("residue", ["last", "first", "spread"])
@pytest.mark.parametrize("n", [360, 480])
def test_mortgages(n, residue):
    ordinary = [k * 10**8 // 8 for k in range(1, 97)]
    homes = drawn(3, 6, lowest=10**6, highest=10**9, rates=ordinary, residue=residue)
    check_one_plan(homes, [{"kind": "equal_instalment", "n": n}])


@pytest.mark.parametrize(
    ("frequency", "day_count", "rate", "stages"),
    [
        ("monthly", "periods", 300_000_000, [{"kind": "equal_instalment", "n": 3660}]),
        ("weekly", "ACT/360", 1_000_000_000, [{"kind": "equal_instalment", "n": 3660}]),
        ("fortnightly", "periods", 77_777_777, [{"kind": "equal_principal", "n": 3660}]),
        ("monthly", "30E/360", 10**7, [{"kind": "bullet", "n": 3660, "interest": "compound"}]),
        (
            "monthly",
            "30/360",
            500_000_000,
            [
                {"kind": "holiday", "n": 60, "interest": "defer", "repay": "spread"},
                {"kind": "flat", "n": 3600},
            ],
        ),
        ("weekly", "ACT/365F", 900_000_000, [{"kind": "fixed_payment", "amount": 180_000}]),
        ("annual", "ACT/365F", 5_000_000, [{"kind": "equal_instalment", "n": 3660}]),
    ],
)
def test_the_longest_terms(frequency, day_count, rate, stages):
    every = drawn(
        4, 1, lowest=10**8, highest=10**8 + 1, rates=(rate,), frequency=frequency, day_count=day_count
    )
    every.append(every[0] | {"interest_mode": "half_even", "instalment_mode": "up"})
    check_one_plan(every, stages)


@settings(max_examples=30)
@given(st.lists(cases(wide=False), min_size=1, max_size=6), st.data())
def test_a_template_with_columns_is_its_plans(every, data):
    """One template whose parameters are columns, against a plan for each loan."""
    months = data.draw(st.lists(st.integers(0, 5), min_size=len(every), max_size=len(every)))
    counts = data.draw(st.lists(st.integers(1, 30), min_size=len(every), max_size=len(every)))
    fate = data.draw(st.sampled_from(("capitalise", "defer", "waive")))
    plain = [
        (
            terms,
            [
                {"kind": "holiday", "n": m, "interest": fate, "repay": "spread"},
                {"kind": "equal_instalment", "n": n},
            ],
        )
        for (terms, _), m, n in zip(every, months, counts, strict=True)
    ]
    loans, _, _ = batch_of(plain)
    template = rp.holiday(np.array(months), interest=fate, repay="spread") + rp.equal_instalment(
        np.array(counts)
    )
    check_batch(plain, rp.schedule(loans, template))


@given(cases(wide=False))
def test_rows_for_people_are_the_columns(case):
    terms, stages = case
    try:
        made = rp.schedule(loan_of(terms), plan_of(stages, terms["decimals"]))
    except rp.InputError:
        return
    assert len(made.rows) == len(made.columns["period"])
    for name in COLUMNS:
        shown = [getattr(row, name) for row in made.rows]
        if name in ("period", "days", "due_date"):
            assert shown == made.columns[name].tolist()
        else:
            assert shown == [money(units, made.decimals) for units in made.columns[name].tolist()]
