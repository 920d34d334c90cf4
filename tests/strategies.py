"""Hypothesis strategies for loans and plans over the whole domain, as the plain dicts of `oracle`.

`loan_of`, `plan_of` and `batch_of` make the package's objects of the same dicts.
"""

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
from hypothesis import strategies as st

import repayplan as rp
from repayplan.basics.calendars import WEEKENDS

FREQUENCIES = (
    "monthly",
    "bimonthly",
    "quarterly",
    "4-monthly",
    "semi-annual",
    "annual",
    "weekly",
    "fortnightly",
    "semi-monthly",
    "10-daily",
    "2-yearly",
)
DAY_COUNTS = (
    *(
        "periods",
        "30/360",
        "30U/360",
        "30E/360",
        "30E/360 ISDA",
        "ACT/360",
        "ACT/364",
        "ACT/365F",
        "ACT/365L",
    ),
    *("ACT/ACT ISDA", "ACT/ACT AFB", "ACT/ACT ICMA", "NL/365"),
)
FEW_DAY_COUNTS = ("periods", "30E/360", "ACT/365F", "ACT/ACT ISDA", "ACT/ACT ICMA")
"""One of each kind: whole periods, days over a year, two lengths of a year, the grid of due dates."""
MODES = ("half_up", "half_even", "up", "down")
MONEY = ("principal", "overdue_principal", "overdue_interest", "accrued_interest", "penalty", "fees")
LIMIT = 10**18

balances = st.one_of(
    st.integers(1, 200),
    st.integers(1, 10**7),
    st.integers(10**6, 10**12),
    st.integers(10**12, LIMIT // 10**4),
    st.integers(1, LIMIT),
)
rates = st.one_of(
    st.integers(0, 100).map(lambda percent: percent * 10**8),
    st.integers(0, 400).map(lambda eighths: eighths * 125 * 10**5),
    st.sampled_from((0, 1, 10**10 - 1, 10**10, 600_000_000, 1_200_000_000)),
    st.integers(0, 10**10),
)
month_ends = st.sampled_from(
    (date(2024, 1, 31), date(2024, 2, 29), date(2026, 2, 28), date(2026, 8, 30), date(2026, 12, 31))
)
due_dates = st.one_of(month_ends, st.dates(date(1950, 1, 1), date(2150, 12, 31)))


@st.composite
def loan_terms(draw, *, wide=True):
    """What is owed, and the conventions; not `wide`: ordinary amounts, so that nothing overflows."""
    decimals = draw(st.integers(0, 8))
    extras = st.one_of(st.just(0), st.just(0), st.integers(0, 10**6))
    terms = {name: draw(extras) for name in MONEY}
    terms["principal"] = draw(balances if wide else st.integers(1, 10**10))
    terms["annual_rate"] = draw(rates)
    terms["decimals"] = decimals
    terms["next_due"] = draw(due_dates)
    before = draw(st.one_of(st.none(), st.none(), st.integers(0, 45), st.integers(0, 800)))
    terms["start"] = terms["next_due"] - timedelta(days=before) if before is not None else None
    terms["frequency"] = draw(st.one_of(st.just("monthly"), st.sampled_from(FREQUENCIES)))
    terms["day_count"] = draw(st.sampled_from(DAY_COUNTS))
    terms["first_stub"] = draw(st.sampled_from(("short", "long")))
    terms["residue"] = draw(st.sampled_from(("last", "first", "spread", "shared")))
    draw_dates(draw, terms)
    terms["rate_steps"] = draw(rate_steps(terms)) if draw(st.integers(0, 2)) == 0 else None
    multiples = st.one_of(st.just(1), st.just(1), st.sampled_from((5, 10, 100, 10**decimals)))
    unrounded = draw(st.integers(0, 7)) == 0
    for what in ("instalment", "interest"):
        terms[f"{what}_mode"] = "none" if unrounded else draw(st.sampled_from(MODES))
        terms[f"{what}_multiple"] = 1 if unrounded else draw(multiples)
    of_fees = st.sampled_from((1, 10**decimals)) if unrounded else multiples
    terms |= {"fee_mode": draw(st.sampled_from(MODES)), "fee_multiple": draw(of_fees)}
    terms["interest_per"] = draw(st.sampled_from(("period", "period", "piece")))
    return terms


def draw_dates(draw, terms):
    """Rules for due dates, of one loan in three."""
    terms |= {"month_end": False, "business_day": "none", "adjusted": False}
    if draw(st.integers(0, 2)) == 0:
        terms["month_end"] = draw(st.booleans())
        terms["business_day"] = draw(st.sampled_from(BUSINESS_DAYS))
        terms["adjusted"] = draw(st.booleans())


@st.composite
def rate_steps(draw, terms):
    """A rate from long before the loan, and up to four later ones, now and then from a due date on."""
    due = terms["next_due"]
    cuts = st.one_of(st.integers(-45, 1500), st.integers(-45, 100), st.sampled_from((0, 28, 30, 31, 59)))
    days = sorted(draw(st.sets(cuts.map(lambda d: due + timedelta(days=d)), max_size=4)))
    sign = -1 if draw(st.integers(0, 4)) == 0 else 1  # a rate down to -1 is a year's whole balance
    every = st.one_of(rates, rates, rates.map(lambda rate: sign * min(rate, 9 * 10**9)))
    return [(day, draw(every)) for day in (due - timedelta(days=4000), *days)]


BUSINESS_DAYS = ("none", "following", "modified_following", "preceding", "modified_preceding")
SOLVED = ("equal_instalment", "equal_principal", "flat", "graduated", "seasonal")
lengths = st.one_of(st.integers(1, 6), st.integers(1, 40))


@st.composite
def stage_lists(draw, terms, lengths=lengths, ahead=2):
    """A plan for these terms: up to `ahead` stages, then one that repays."""
    owed = terms["principal"]

    def stage(kinds, shortest=0):
        kind = draw(st.sampled_from(kinds))
        n = max(shortest, draw(st.one_of(lengths, lengths, lengths, st.just(0))))
        made = {"kind": kind.removeprefix("given "), "n": max(shortest, n)}
        if kind == "holiday":
            how = ("capitalise", "capitalise_at_end", "defer", "waive")
            made["interest"] = draw(st.sampled_from(how))
            if made["interest"] == "defer":
                made["repay"] = draw(st.sampled_from(("first", "spread", "last")))
            if draw(st.integers(0, 2)) == 0:
                del made["n"]
                days = draw(st.one_of(st.integers(-40, 40), st.integers(0, 600), st.sampled_from((28, 59))))
                made["until"] = terms["next_due"] + timedelta(days=days)
        elif kind == "bullet":
            made["interest"] = draw(st.sampled_from(("simple", "compound")))
        elif kind == "flat" and draw(st.booleans()):
            made["interest"] = "total"
        elif kind == "given equal_instalment":
            made["amount"] = min(LIMIT, owed * draw(st.integers(100, 4000)) // (1000 * max(n, 1)) + 1)
            if draw(st.booleans()):
                made["shortfall"] = draw(st.sampled_from(("refuse", "capitalise")))
            if draw(st.booleans()):
                made["balloon"] = "rest"
        elif kind == "given equal_principal":
            made["amount"] = min(LIMIT, owed * draw(st.integers(100, 2000)) // (1000 * max(n, 1)) + 1)
            if draw(st.booleans()):
                made["balloon"] = "rest"
        elif kind in SOLVED and draw(st.integers(0, 4)) == 0:
            made["balloon"] = min(LIMIT, owed * draw(st.integers(0, 1050)) // 1000)
        elif kind == "fixed_payment":
            made["amount"] = min(LIMIT, owed * draw(st.integers(25, 1200)) // 1000 + 1)
            del made["n"]
            if draw(st.integers(0, 2)) == 0:
                made["merge_below"] = made["amount"] * draw(st.integers(0, 1100)) // 1000
        if kind == "equal_instalment" and draw(st.integers(0, 3)) == 0:
            made["at_least"] = min(LIMIT, owed * draw(st.integers(0, 3000)) // (1000 * max(n, 1)))
            if draw(st.booleans()):
                made["merge_below"] = min(LIMIT, owed * draw(st.integers(0, 1000)) // (1000 * max(n, 1)))
        if draw(st.integers(0, 5)) == 0:
            made["rate"] = draw(rates)
        draw_pattern(draw, kind, made, owed)
        if kind in ("equal_instalment", "graduated", "seasonal"):
            made["rate_change"] = draw(st.sampled_from(("resolve", "keep", "foresee")))
        if kind == "equal_instalment" and made["rate_change"] == "keep" and not made.get("amount"):
            made["shortfall"] = draw(st.sampled_from(("refuse", "capitalise")))
        return made

    unsolved = (
        "holiday",
        "holiday",
        "interest_only",
        "given equal_instalment",
        "given equal_principal",
        "custom",
    )
    last = draw(
        st.sampled_from(
            ("equal_instalment",) * 3
            + (
                "equal_principal",
                "flat",
                "interest_only",
                "bullet",
                "given equal_instalment",
                "given equal_principal",
                "graduated",
                "seasonal",
                "custom",
                "fixed_payment",
            )
        )
    )
    # How many rows a fixed payment takes depends on what a solved stage before it leaves, and the other
    # way round: such plans have no meaning here.
    before = unsolved if last == "fixed_payment" else unsolved + SOLVED
    return [stage(before) for _ in range(draw(st.integers(0, ahead)))] + [stage((last,), shortest=1)]


cycles = st.one_of(
    st.integers(1, 6), st.sets(st.integers(1, 12), min_size=1, max_size=5).map(sorted).map(tuple)
)


def draw_pattern(draw, kind, made, owed):
    """What single rows of a stage do."""
    if kind == "graduated":
        if draw(st.booleans()):
            made["growth"] = draw(st.integers(-(10**9), 10**9))
        else:
            made["step"] = owed * draw(st.integers(-50, 50)) // (10 * max(made["n"], 1) ** 2)
        made["every"] = draw(st.integers(1, 12))
    if kind == "seasonal":
        # Such a stage is refused where no row of it pays: of 12 months in a row one does.
        made["n"] = max(made["n"], 1)
        made["months"] = tuple(sorted(draw(st.sets(st.integers(1, 12), min_size=1, max_size=12))))
        made["between"] = draw(st.sampled_from(("interest", "nothing")))
    if kind in ("graduated", "seasonal") and draw(st.integers(0, 2)) == 0:
        made["shortfall"] = "capitalise"
    if kind == "custom":
        made["n"] = max(made["n"] % 12, 1)
        each = st.integers(0, 3000).map(lambda part: min(LIMIT, owed * part // (1000 * made["n"])))
        made["amounts"] = [draw(each) for _ in range(made["n"])]
        made["shortfall"] = draw(st.sampled_from(("refuse", "capitalise")))
        if draw(st.booleans()):
            made["balloon"] = "rest"
    if kind in ("equal_principal", "given equal_principal") and draw(st.integers(0, 2)) == 0:
        made["principal_on"] = draw(cycles)
    if kind in ("equal_principal", "given equal_principal", "interest_only") and draw(st.integers(0, 2)) == 0:
        made["interest_on"] = draw(cycles)


@st.composite
def moving(draw, terms):
    """A drawdown or a prepayment, on a due date now and then."""
    kind = draw(st.sampled_from(("drawdown", "prepayment")))
    days = st.one_of(st.integers(-40, 40), st.integers(0, 600), st.sampled_from((0, 28, 30, 31, 59)))
    amount = min(LIMIT // 10**4, terms["principal"] * draw(st.integers(1, 1500)) // 1000 + 1)
    made = {"kind": kind, "amount": amount, "on": terms["next_due"] + timedelta(days=draw(days))}
    if kind == "prepayment":
        made["then"] = draw(st.sampled_from(("lower", "shorten")))
    return made


@st.composite
def charged(draw, terms):
    """A fee."""
    made = {"kind": "fee", "of": "principal", "when": draw(st.sampled_from(("upfront", "each")))}
    if draw(st.booleans()):
        small = st.one_of(st.integers(0, 5000), st.just(terms["principal"] // 100))
        made["amount"] = draw(small)
    else:
        made["share"] = draw(st.one_of(st.integers(0, 500).map(lambda part: part * 10**6), rates))
        made["of"] = draw(st.sampled_from(("principal", "balance")))
    only_once = made["when"] == "upfront" and made["of"] == "principal"
    made["financed"] = only_once and draw(st.booleans())
    return made


@st.composite
def cases(draw, *, wide=True, lengths=lengths, ahead=2):
    """(terms, stages)."""
    terms = draw(loan_terms(wide=wide))
    stages = draw(stage_lists(terms, lengths=lengths, ahead=ahead))
    moves = draw(st.lists(moving(terms), max_size=2)) if draw(st.integers(0, 3)) == 0 else []
    fees = draw(st.lists(charged(terms), max_size=3)) if draw(st.integers(0, 3)) == 0 else []
    if draw(st.integers(0, 3)) == 0:
        part = draw(st.one_of(st.integers(0, 999), st.just(0), st.integers(990, 1050)))
        moves.append({"kind": "forbear", "amount": min(LIMIT, terms["principal"] * part // 1000)})
    if draw(st.integers(0, 3)) == 0:
        for name in sorted(draw(st.sets(st.sampled_from(MONEY[2:]), min_size=1))):
            how = (
                {"repay": "last"}
                if draw(st.booleans())
                else {"repay": "first", "over": draw(st.integers(1, 9))}
            )
            moves.append({"kind": "arrears", "of": name} | how)
    if any(
        move["kind"] in ("drawdown", "prepayment") for move in moves
    ):  # beside which interest isn't worked out once for all rows
        stages = [{k: v for k, v in s.items() if (s["kind"], k) != ("flat", "interest")} for s in stages]
    return terms, fees + moves + stages


SPOILS = (
    ({"principal": -5}, "negative"),
    ({"fees": -1}, "negative"),
    ({"annual_rate": 10**10 + 1}, "out_of_range"),
    ({"frequency": "hourly"}, "unknown_value"),
    ({"day_count": "ACT/ACT"}, "unknown_value"),
    ({"next_due": "2026-02-30"}, "not_a_date"),
    ({"next_due": None}, "missing"),
    ({"start": date(2199, 1, 1)}, "dates_out_of_order"),
    (dict.fromkeys(MONEY, 0), "nothing_owed"),
)


@st.composite
def spoiled(draw):
    """((terms, stages), code): a loan that every batch must refuse, and why."""
    terms, stages = draw(cases())
    fault, code = draw(st.sampled_from(SPOILS))
    return (terms | fault, stages), code


# Without hypothesis


def plain_terms(principal, annual_rate, **other):
    """A loan with nothing overdue, two decimals, monthly unless said otherwise."""
    terms = dict.fromkeys(MONEY, 0) | {"principal": principal, "annual_rate": annual_rate, "decimals": 2}
    terms |= {"next_due": date(2026, 1, 31), "start": None, "frequency": "monthly", "day_count": "periods"}
    terms |= {"first_stub": "short", "residue": "last"}
    for what in ("instalment", "interest"):
        terms |= {f"{what}_mode": "half_up", f"{what}_multiple": 1}
    return terms | other


TEMPLATES = (
    (("equal_instalment", {}),),
    (("equal_principal", {}),),
    (("flat", {}),),
    (("holiday", {"interest": "capitalise"}), ("equal_instalment", {})),
    (("holiday", {"interest": "defer", "repay": "spread"}), ("equal_principal", {})),
    (("holiday", {"interest": "capitalise_at_end"}), ("interest_only", {}), ("equal_instalment", {})),
    (("holiday", {"interest": "defer", "repay": "last"}), ("interest_only", {}), ("equal_instalment", {})),
    (("equal_principal", {}), ("holiday", {"interest": "waive"}), ("flat", {})),
    (("interest_only", {}), ("bullet", {"interest": "compound"})),
    (("interest_only", {}), ("fixed_payment", {})),
    (("equal_instalment", {"given": True}), ("equal_instalment", {})),
)


def random_portfolio(chance, size, day_count, copies=1):
    """[(terms, stages)], and the same as (Loans, templates, template); the loans repeated `copies` times."""
    every, template, numbers = [], [], []
    roundings = [random_rounding(chance) for _ in range(12)]
    for _ in range(size):
        terms = plain_terms(
            int(10 ** chance.uniform(0, 13)),
            chance.choice((0, chance.randrange(400) * 10**7, chance.randrange(3 * 10**9))),
            day_count=day_count,
            frequency=chance.choice(FREQUENCIES),
            next_due=date(2026, 1, 1) + timedelta(days=chance.randrange(800)),
            first_stub=chance.choice(("short", "long")),
            decimals=chance.choice((0, 2, 2, 3)),
            **chance.choice(roundings),
        )
        if chance.random() < 0.4:
            terms["start"] = terms["next_due"] - timedelta(days=chance.randrange(1, 120))
        if chance.random() < 0.4:
            terms |= {name: chance.randrange(10**5) for name in MONEY[1:]}
        which = chance.randrange(len(TEMPLATES))
        stages = []
        for kind, options in TEMPLATES[which]:
            stage = {"kind": kind, "n": chance.randrange(1 if kind != "holiday" else 0, 36)}
            if kind == "fixed_payment":
                stage = {"kind": kind, "amount": terms["principal"] // chance.randrange(1, 30) + 1}
            elif "given" in options:
                stage["amount"] = terms["principal"] // chance.randrange(5, 60) + 1
            stages.append(stage | {name: value for name, value in options.items() if name != "given"})
        every.append((terms, stages))
        template.append(which)
        numbers.append([(stage.get("n", 0), stage.get("amount", 0)) for stage in stages])
    loans, _, _ = batch_of(every * copies)
    plans = []
    for which, stages in enumerate(TEMPLATES):
        plan = None
        for place, (kind, options) in enumerate(stages):
            mine = [each[place] if w == which else (1, 1) for w, each in zip(template, numbers, strict=True)]
            n = np.array([length for length, _ in mine] * copies)
            amount = rp.minor(np.array([amount for _, amount in mine] * copies))
            stage = template_of(kind, n, amount, **options)
            plan = stage if plan is None else plan + stage
        plans.append(plan)
    return every, loans, plans, np.array(template * copies)


def random_rounding(chance):
    rounding = {"residue": chance.choice(("last", "first", "spread"))}
    for what in ("instalment", "interest"):
        rounding[f"{what}_mode"] = chance.choice(MODES)
        rounding[f"{what}_multiple"] = chance.choice((1, 1, 1, 5, 100)) if what == "instalment" else 1
    if chance.random() < 0.15:
        rounding |= {"instalment_mode": "none", "interest_mode": "none", "instalment_multiple": 1}
    return rounding


# The same as the package's objects


def template_of(kind, n, amount=None, *, given=False, **options):
    """A stage with one number for each loan."""
    if kind == "fixed_payment":
        return rp.fixed_payment(amount)
    if given:
        options["instalment"] = amount
    return getattr(rp, kind)(n, **options)


def money(units, decimals):
    return Decimal(units).scaleb(-decimals)


def rounding_of(terms):
    multiples = {}
    if terms["interest_mode"] != "none":
        for what in ("instalment_multiple", "interest_multiple"):
            if terms[what] != 1:
                multiples[what] = money(terms[what], terms["decimals"])
    if terms.get("fee_multiple", 1) != 1:
        multiples["fee_multiple"] = money(terms["fee_multiple"], terms["decimals"])
    return rp.Rounding(
        instalment=terms["instalment_mode"],
        interest=terms["interest_mode"],
        fee=terms.get("fee_mode", "half_up"),
        interest_per=terms.get("interest_per", "period"),
        residue=terms["residue"],
        **multiples,
    )


def due_dates_of(terms):
    return rp.DueDates(
        month_end=terms.get("month_end", False),
        business_day=terms.get("business_day", "none"),
        adjusted=terms.get("adjusted", False) and terms.get("business_day", "none") != "none",
        calendar=WEEKENDS,
        given=terms.get("given"),
    )


def rate_of(terms):
    steps = terms.get("rate_steps")
    if not steps:
        rate = money(terms["annual_rate"], 10)
        return rp.FixedRate(rp.Rate(rate)) if terms.get("says_period") else rate
    below = min(rate for _, rate in steps) < 0
    shown = [(day, money(rate, 10)) for day, rate in steps]
    shown = [(day, rate if rate <= 1 else rp.Rate(rate)) for day, rate in shown]
    return rp.SteppedRate(tuple(shown), negative=below)


def loan_of(terms):
    return rp.Loan(
        **{name: money(terms[name], terms["decimals"]) for name in MONEY},
        annual_rate=rate_of(terms),
        original_term=12,
        elapsed=2,
        unpaid=10,
        rounding=rounding_of(terms),
        due_dates=due_dates_of(terms),
        last_due=terms.get("last_due"),
        **{
            name: terms[name]
            for name in ("decimals", "next_due", "start", "frequency", "day_count", "first_stub")
        },
    )


def plan_of(stages, decimals):
    made = [_stage_of(stage, decimals) for stage in stages]
    plan = made[0]
    for stage in made[1:]:
        plan += stage
    return plan


def _stage_of(stage, decimals):
    amount = money(stage["amount"], decimals) if "amount" in stage else None
    rate = money(stage["rate"], 10) if "rate" in stage else None
    if stage["kind"] == "forbear":
        return rp.forbear(amount)
    if stage["kind"] == "arrears":
        return rp.arrears(stage["of"], repay=stage["repay"], over=stage.get("over"))
    if stage["kind"] == "fee":
        share = money(stage["share"], 10) if "share" in stage else None
        options = {name: stage[name] for name in ("of", "when", "financed")}
        return rp.fee(amount, share=share, **options)
    least = {name: money(stage[name], decimals) for name in ("at_least", "merge_below") if name in stage}
    if stage["kind"] == "fixed_payment":
        return rp.fixed_payment(amount, rate=rate, **least)
    if stage["kind"] in ("drawdown", "prepayment"):
        return getattr(rp, stage["kind"])(
            amount, **{name: stage[name] for name in ("on", "then") if name in stage}
        )
    names = ("interest", "repay", "shortfall", "rate_change", "every", "months", "between")
    names = (*names, "principal_on", "interest_on", "until")
    options = {"rate": rate} | least | {name: stage[name] for name in names if name in stage}
    if "growth" in stage:
        options["growth"] = money(stage["growth"], 10)
    if "step" in stage:
        options["step"] = money(stage["step"], decimals)
    if stage["kind"] == "custom":
        return rp.custom(
            [money(each, decimals) for each in stage["amounts"]], **options, **_left(stage, decimals)
        )
    options |= _left(stage, decimals)
    if amount is not None:
        options["principal" if stage["kind"] == "equal_principal" else "instalment"] = amount
    return getattr(rp, stage["kind"])(stage.get("n"), **options)


def _left(stage, decimals):
    left = stage.get("balloon")
    return {} if left is None else {"balloon": left if left == "rest" else money(left, decimals)}


def batch_of(every):
    """(Loans, plans, template) of a list of (terms, stages)."""
    terms = [each for each, _ in every]
    column = {name: [each[name] for each in terms] for name in terms[0]}
    roundings = [rounding_of(each) for each in terms]
    distinct = list(dict.fromkeys(roundings))
    rules = [due_dates_of(each) for each in terms]
    laws = list(dict.fromkeys(rules))
    given = [each.get("rate_steps") or each.get("says_period") for each in terms]
    paths = [rate_of(each) if has else None for each, has in zip(terms, given, strict=True)]
    different = list(dict.fromkeys(path for path in paths if path is not None))
    loans = rp.Loans.from_columns(
        **{name: rp.minor(np.array(column[name])) for name in MONEY},
        annual_rate=[0 if each.get("says_period") else money(each["annual_rate"], 10) for each in terms],
        original_term=12,
        elapsed=2,
        unpaid=10,
        rounding=tuple(distinct),
        rounding_index=[distinct.index(each) for each in roundings],
        due_dates=tuple(laws),
        due_index=[laws.index(each) for each in rules],
        last_due=[each.get("last_due") for each in terms],
        rate_paths=tuple(different),
        rate_index=[-1 if path is None else different.index(path) for path in paths],
        **{
            name: column[name]
            for name in ("decimals", "next_due", "start", "frequency", "day_count", "first_stub")
        },
    )
    plans = [plan_of(stages, each["decimals"]) for each, stages in every]
    return loans, plans, np.arange(len(every))
