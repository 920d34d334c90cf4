"""The independent reference: schedules in whole numbers and exact fractions, one row after the other.

It is slow and made to be read. It never imports repayplan; the package never imports it. All money is
a whole number of minor units (cents for two decimals), all rates and parts of a year are `Fraction`s,
and whatever must be rounded is rounded in one place, `rounded`.

`terms` is a dict:
    principal, overdue_principal, overdue_interest, accrued_interest, penalty, fees   minor units
    annual_rate       whole multiples of 1e-10 (12 % is 1_200_000_000)
    decimals          0 to 8
    next_due, start   dates; start None: one period before next_due
    frequency, day_count, first_stub   names
    month_end, business_day, adjusted, last_due, given   where there is such a rule (weekends are no
                      business days)
    says_period       whether the rate is given as one that says its period (above 1 it has to)
    rate_steps        where the rate changes: [(date, rate from that day on), ...], instead of annual_rate
    instalment_mode, interest_mode     half_up, half_even, up, down; none for both: 8 decimals
    instalment_multiple, interest_multiple   minor units
    interest_per      piece: interest is rounded between any two moves, and where the rate changes
    fee_mode, fee_multiple   the same of fees, where it isn't half_up and 1
    residue           last, first, spread
`stages` is a list of dicts: `kind`, `n`, and where the kind has one, `amount` (given instalment or principal,
minor units), `balloon` (minor units, or rest), `until` (a date instead of `n`), `at_least` and `merge_below`
(minor units), `shortfall`, `interest`, `repay`, `rate`, `rate_change`; of a graduated one `growth` (multiples
of 1e-10) or `step` (minor units) and `every`; of a seasonal one `months`, `between`; of a custom one
`amounts`; `principal_on` and `interest_on`: every so many rows, or their numbers.
Among the stages, without rows: `forbear` with `amount`; `arrears` with `of` (a component), `repay` (first,
last) and `over` (how many of the first payments); `drawdown` and `prepayment` with `amount`, `on` (a
date), and `then` (lower, shorten); `fee` with `amount` or `share` (multiples of 1e-10), `of` (principal,
balance), `when` (upfront, each) and `financed`.
"""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from itertools import count, pairwise
from math import ceil, lcm

from dateutil.relativedelta import relativedelta

from year_fractions import apart, year_fraction_of

MAX_PERIODS = 3660
MAX_TOTAL = 2**62
MONEY = ("principal", "overdue_principal", "overdue_interest", "accrued_interest", "penalty", "fees")
OF_MONEY = ("amount", "balloon", "step", "at_least", "merge_below")
NOTES = ("stage", "pays", "short", "waits")
MOVES = ("drawdown", "prepayment")
BESIDE = (*MOVES, "fee", "forbear", "arrears")
LEVEL = ("equal_instalment", "graduated", "seasonal")
AMORTISING = (*LEVEL, "equal_principal", "flat", "custom", "fixed_payment")


class OracleFailure(Exception):  # noqa: N818 - a result like any other, not an error of the oracle
    """The plan can't be kept; `code` says why."""

    def __init__(self, code):
        self.code = code
        super().__init__(code)


# Rounding


def rounded(numerator, denominator, mode, multiple=1):
    """`numerator / denominator` to a whole multiple of `multiple`."""
    whole, rest = divmod(numerator, denominator * multiple)
    twice, all_of_it = 2 * rest, denominator * multiple
    away = {
        "down": False,
        "up": rest > 0,
        "half_up": twice >= all_of_it,
        "half_even": twice > all_of_it or (twice == all_of_it and whole % 2 == 1),
    }[mode]
    return (whole + away) * multiple


# Time


def days_between(day_count, first, last, maturity=None):
    """Days of the period from `first` to `last`."""
    if day_count.startswith("30"):
        counted = year_fraction_of(day_count, first, last, maturity=maturity)
        return int(counted * 360)
    if day_count == "NL/365":
        return int(year_fraction_of(day_count, first, last) * 365)
    return (last - first).days


def after(date, periods, frequency):
    """The date so many periods later (or earlier), the day cut to the month's end."""
    months, days = apart(frequency)
    if days:
        return date + timedelta(days=days * periods)
    if months:
        return date + relativedelta(months=months * periods)
    whole, odd = divmod(periods, 2)
    if not odd:
        return date + relativedelta(months=whole)
    if date.day <= 15:
        return date + relativedelta(months=whole, day=date.day + 15)
    return date + relativedelta(months=whole + 1, day=date.day - 15)


def business_day(date, rule):
    """The date, moved where it is a Saturday or a Sunday."""
    after_it = before_it = date
    while after_it.weekday() > 4:
        after_it += timedelta(days=1)
    while before_it.weekday() > 4:
        before_it -= timedelta(days=1)
    return {
        "none": date,
        "following": after_it,
        "preceding": before_it,
        "modified_following": after_it if after_it.month == date.month else before_it,
        "modified_preceding": before_it if before_it.month == date.month else after_it,
    }[rule]


def due_date(terms, k):
    """Due date k, before it is moved to a business day."""
    anchor, frequency = terms["next_due"], terms["frequency"]
    if terms.get("given"):
        place = terms["given"].index(anchor) + k
        if place >= len(terms["given"]):
            raise OracleFailure("beyond_calendar")
        return terms["given"][place]
    date = after(anchor, k, frequency)
    ends = (anchor + timedelta(days=1)).day == 1
    if terms.get("month_end") and frequency == "semi-monthly" and (ends or anchor.day == 15):
        k += ends  # counted from the 15th
        return anchor + relativedelta(months=k // 2, day=31 if k % 2 else 15)
    if terms.get("month_end") and apart(frequency)[0] and (anchor + timedelta(days=1)).day == 1:
        date += relativedelta(day=31)
    return date


def dated_lengths(terms, stages):
    """Stages with a number of rows where they have a date that they last until."""
    found, begins = [], 0
    for stage in stages:
        if "until" in stage:
            k, last = begins, stage["until"]
            while last is not None and falls_due_by(terms, k + late(terms), last):
                k += 1
                if k > MAX_PERIODS:
                    raise OracleFailure("out_of_range")
            stage = stage | {"n": k - begins}  # noqa: PLW2901
        found.append(stage)
        begins += stage.get("n", 0)
    return found


def falls_due_by(terms, k, last):
    """Whether due date k, before it is moved to a business day, is on or before a date."""
    given = terms.get("given")
    if given and given.index(terms["next_due"]) + k >= len(given):
        return False
    return due_date(terms, k) <= last


def rates_between(terms, first, last):
    """The days from `first` to `last` in parts with one rate each: [(rate, from, to), ...]."""
    steps = terms.get("rate_steps")
    if not steps:
        return [(Fraction(terms["annual_rate"], 10**10), first, last)]
    changes = [day for (_, before), (day, rate) in pairwise(steps) if rate != before]
    cuts = [first, *(day for day in changes if first < day < last), last]
    found = []
    for begin, end in pairwise(cuts):
        rate = [rate for day, rate in steps if day <= begin][-1]
        found.append((Fraction(rate, 10**10), begin, end))
    return found


def part_of(terms, place, begin, end):
    """The share of a year of a part of a period.

    `place`: where the period begins and ends, its share, whether it is the last.
    """
    first, last, share, final = place
    if (begin, end) == (first, last):
        return share
    if begin == end:
        return Fraction(0)
    if terms["day_count"] == "ACT/365L":  # the rule is about the whole period
        return share * (end - begin).days / (last - first).days
    day_count, frequency = terms["day_count"], terms["frequency"]
    if day_count == "periods":
        # Whole periods: 30-day months from the start, or days; the last part takes what is left.
        _, apart_days = apart(frequency)
        unit = 360 if not apart_days else 364 if apart_days % 7 == 0 else 365
        how = "30E/360" if not apart_days else "ACT/360"
        reached = [min(share, Fraction(days_between(how, first, day), unit)) for day in (begin, end)]
        return (share if end == last else reached[1]) - reached[0]

    def reached_by(day):
        """The share up to a day, counted from the start: so the parts add up to the whole."""
        if day == last:
            return share
        counted = year_fraction_of(
            day_count,
            first,
            day,
            anchor=terms["next_due"],
            frequency=frequency,
            month_end=terms.get("month_end", False),
            maturity=last if final else None,
        )
        return min(share, counted)

    return reached_by(end) - reached_by(begin)


def one_before(terms):
    """The date one period before the first due date."""
    date = due_date({**terms, "given": None}, -1)
    if terms.get("given") and terms["given"][0] < terms["next_due"]:
        date = terms["given"][terms["given"].index(terms["next_due"]) - 1]
    return date


def counted_from(terms):
    """Where interest begins unless that is said: at the date one period before, or where that is moved to."""
    before = one_before(terms)
    moved = business_day(before, terms.get("business_day", "none"))
    by_days = terms["day_count"] != "periods"  # otherwise a period is counted wherever it is moved
    return moved if terms.get("adjusted") and (by_days or moved <= terms["next_due"]) else before


def late(terms):
    """1 where the first period is joined to the second, so that every row falls due a period later."""
    before = counted_from(terms)
    return int(terms["first_stub"] == "long" and (terms["start"] or before) > before)


def timeline(terms, length=None, own_rates=()):
    """For each period in turn: its due date, its days, its interest factor, its share of a year, the rate at
    its end, the month that it falls due in by the frequency, where it begins and ends, a function that gives
    the factor of the rest of it from a day on, the rate that its stage has of its own, all rates in it, and
    a function that gives the share of the rest of it.

    `own_rates`: those that stages have, period by period, None where it is the loan's.
    """
    frequency, day_count = terms["frequency"], terms["day_count"]
    months, apart_days = apart(frequency)
    days_a_year = 364 if apart_days % 7 == 0 else 365
    whole_start = one_before(terms)
    start = terms["start"] or counted_from(terms)
    if start > terms["next_due"]:  # moved beyond the first due date: they collide
        raise OracleFailure("dates_out_of_order")
    moved = late(terms)
    previous = before = start
    for k in count():
        due = due_date(terms, k + moved)
        whole = k > 0 or start in (whole_start, counted_from(terms))
        if terms.get("last_due") and k + 1 == length:
            whole = whole and due == terms["last_due"]
            due = terms["last_due"]
        paid = business_day(due, terms.get("business_day", "none"))
        if terms.get("adjusted") and day_count != "periods":
            due = paid
        # Adjusted dates that fall on one day are one date, whatever is counted between them.
        day = paid if terms.get("adjusted") else due
        if day < before or (k > 0 and day == before):
            raise OracleFailure("dates_out_of_order")
        before = day
        if day_count != "periods":
            days = days_between(day_count, previous, due)
            share = year_fraction_of(
                day_count,
                previous,
                due,
                anchor=terms["next_due"],
                frequency=frequency,
                month_end=terms.get("month_end", False),
                maturity=due if k + 1 == length else None,
            )
            if day_count == "30E/360 ISDA":  # whose days the maturity decides
                days = int(share * 360)
        elif not whole:
            if not apart_days:
                days = days_between("30E/360", previous, due)
                share = Fraction(days, 360)
            else:
                days = (due - previous).days
                share = Fraction(days, days_a_year)
        elif apart_days:
            days, share = apart_days, Fraction(apart_days, days_a_year)
        elif months:
            days, share = 30 * months, Fraction(months, 12)
        else:
            days, share = 15, Fraction(1, 24)
        own = own_rates[k] if k < len(own_rates) else None
        place = (previous, due, share, k + 1 == length)

        def rest(day, own=own, place=place):
            """The factor from a day of the period to its end."""
            if own is not None:
                return Fraction(own, 10**10) * part_of(terms, place, day, place[1])
            parts = rates_between(terms, day, place[1])
            return sum(rate * part_of(terms, place, begin, end) for rate, begin, end in parts)

        if own is None:
            inside = [rate for rate, *_ in rates_between(terms, previous, due)]
        else:
            inside = [Fraction(own, 10**10)]
        at_end = inside[-1]
        ends = terms.get("last_due") and k + 1 == length
        month = (terms["last_due"] if ends else due_date(terms, k + moved)).month

        def left_from(day, place=place):
            """The share of the year from a day of the period to its end."""
            return part_of(terms, place, day, place[1])

        yield paid, days, rest(previous), share, at_end, month, previous, due, rest, own, inside, left_from
        previous = due


# The level instalment


def growth(factors):
    """What one unit lent, and one unit paid in every period, have grown to by the end.

    Both over the same denominator, and as three integers, because reducing fractions of thousands of
    digits would take minutes: (lent, paid, denominator).
    """
    q = lcm(*(f.denominator for f in factors)) if factors else 1
    lent, paid, denominator = 1, 0, 1
    for f in factors:
        one_and_f = q + f.numerator * (q // f.denominator)
        denominator *= q
        lent = lent * one_and_f
        paid = paid * one_and_f + denominator
    return lent, paid, denominator


# The recurrence


def finest_unit(terms, stages):
    """Terms and stages in the unit the schedule is stated in: for mode none, 8 decimals."""
    if terms["interest_mode"] != "none":
        return terms, stages
    finer = 10 ** (8 - terms["decimals"])
    exact = {"decimals": 8, "instalment_mode": "half_even", "interest_mode": "half_even"}
    exact |= {"instalment_multiple": 1, "interest_multiple": 1}
    exact["fee_multiple"] = terms.get("fee_multiple", 1) * (finer if terms.get("fee_multiple", 1) > 1 else 1)
    terms = terms | {name: terms[name] * finer for name in MONEY} | exact
    return terms, [
        s
        | {name: s[name] * finer for name in OF_MONEY if isinstance(s.get(name), int)}
        | ({"amounts": [amount * finer for amount in s["amounts"]]} if "amounts" in s else {})
        for s in stages
    ]


def not_below(stage, share):
    """The solved instalment, or what it may not be below."""
    least = stage.get("at_least") or 0
    return max(share, least) if least > 0 else share


def share_of(terms, stage, balance, factors):
    """`A`: the instalment, or the principal share, of a stage; `factors`: those it is solved over."""
    mode, multiple = terms["instalment_mode"], terms["instalment_multiple"]
    if stage.get("amount"):
        return stage["amount"]
    left = left_of(stage) if balance else 0
    if stage["kind"] == "equal_instalment":
        lent, paid, unit = growth(factors)
        return not_below(stage, rounded(balance * lent - left * unit, paid, mode, multiple))
    if stage["kind"] in ("equal_principal", "flat"):
        return rounded(balance - left, len(factors), mode, 1 if adds_on(stage) else multiple)
    return 0


def adds_on(stage):
    """Whether the stage's interest is worked out once for all of its rows."""
    return stage["kind"] == "flat" and stage.get("interest") == "total"


def added_on(terms, stage, balance, periods, begins):
    """The interest of each row of such a stage, and of its last."""
    n = stage["n"]
    total = signed(terms, sum(balance * periods[t][2] for t in range(begins, begins + n)))
    each = rounded(abs(total), n, terms["interest_mode"], terms["interest_multiple"])
    if each * (n - 1) > abs(total):
        each = rounded(abs(total), n, "down", terms["interest_multiple"])
    each = -each if total < 0 else each
    return each, total - each * (n - 1)


def known_factor(stage, periods, t, now):
    """The factor of period `t` as it is known when a stage's instalment is solved at the start of `now`.

    An instalment that is kept knows the rate at that start alone; another one what `now` bears.
    """
    if stage.get("rate_change") == "foresee":
        return periods[t][2]
    if stage.get("rate_change") == "keep":
        return periods[t][3] * periods[now][10][0]
    return periods[t][2] if t == now else periods[t][3] * periods[now][4]


def solved_over(stages, place, periods, begins, now):
    """Factors that the instalment of a stage is solved over at the start of period `now`.

    Those of its own periods and of the later stages that repay; after the first, all at the rate that is
    known then, unless the stage foresees every change.
    """
    stage, found, position = stages[place], [], begins
    for later in stages[place : place + 1] if isinstance(stage.get("balloon"), int) else stages[place:]:
        if later["kind"] == "fixed_payment":
            break
        if later["kind"] in AMORTISING:
            found += [t for t in range(position, position + later["n"]) if t >= now]
        position += later["n"]
    return [known_factor(stage, periods, t, now) for t in found]


def patterned(stages):
    """Whether single rows do something beside the rule of their stage: then each row is looked at."""
    kinds = ("graduated", "seasonal", "custom")
    return any(s["kind"] in kinds or s.get("principal_on") or s.get("interest_on") for s in stages)


def rises(stage, j):
    return stage["kind"] == "graduated" and j > 0 and j % stage["every"] == 0


def risen(terms, stage, share):
    """The instalment after a rise."""
    if "step" in stage:
        return share + stage["step"]
    grown = share * (10**10 + stage["growth"])
    return rounded(grown, 10**10, terms["instalment_mode"], terms["instalment_multiple"])


def of_cycle(on, j):
    return (j + 1) % on == 0 if isinstance(on, int) else j + 1 in on


def what_it_pays(stage, j, month, *, final):
    """rule, interest or nothing: what row j of a stage pays; `final`: it is the plan's last."""
    if stage["kind"] == "seasonal" and month not in stage["months"]:
        return stage["between"]
    if stage.get("principal_on") and not final and not of_cycle(stage["principal_on"], j):
        return "interest"
    return "rule"


def waits(stage, j):
    return bool(stage.get("interest_on")) and j < stage["n"] - 1 and not of_cycle(stage["interest_on"], j)


def check_patterns(stages, periods):
    """A stage that repays principal must do so in one of its rows; rows that are numbered are rows it has."""
    begins = 0
    for stage in stages:
        for numbers in (stage.get("principal_on"), stage.get("interest_on")):
            if isinstance(numbers, (list, tuple)) and 0 < stage["n"] < max(numbers):
                raise OracleFailure("out_of_range")
        if stage["kind"] in (*LEVEL, "equal_principal", "flat"):
            found = [
                what_it_pays(
                    stage, j, periods[begins + j][5], final=stage is stages[-1] and j == stage["n"] - 1
                )
                for j in range(stage["n"])
            ]
            if "rule" not in found:
                raise OracleFailure("out_of_range")
        begins += stage.get("n", 0)


def share_of_pattern(terms, stages, place, balance, periods, when, moved=(), *, prepaid=False, days_moved=()):
    """`A` where single rows do as they will; `when`: where the stage begins, and where it is solved; `moved`:
    principal that moves in the row in which it is solved, and on which days; `prepaid`: some has been.

    A payment is `A * w + c`, `w` and `c` growing with the instalments; the balance is worth all of them.
    """
    (begins, now), stage = when, stages[place]
    mode, multiple = terms["instalment_mode"], 1 if adds_on(stage) else terms["instalment_multiple"]
    if stage.get("amount"):
        return stage["amount"]
    if stage["kind"] not in (*LEVEL, "equal_principal", "flat"):
        return 0
    left, still = left_of(stage), balance + sum(amount for amount, _ in moved)
    if prepaid or still == 0:
        left = min(left, still)
    owed, per, w, c, payers, position = Fraction(balance), Fraction(0), Fraction(1), Fraction(0), 0, begins
    for later in stages[place : place + 1] if isinstance(stage.get("balloon"), int) else stages[place:]:
        if later["kind"] == "fixed_payment":
            break
        if later["kind"] in AMORTISING:
            for j in range(later["n"]):
                t = position + j
                if t < now:
                    continue
                factor = known_factor(stage, periods, t, now)
                final = later is stages[-1] and j == later["n"] - 1
                pays = what_it_pays(later, j, periods[t][5], final=final)
                if pays != "interest":
                    owed, per = owed * (1 + factor), per * (1 + factor)
                if t == now:
                    rests = [(amount, rest if pays != "interest" else 0) for amount, rest in moved]
                    if stage.get("rate_change") == "keep" and pays != "interest":
                        of_year = [periods[t][11](day) for day in days_moved]
                        rests = [
                            (amount, share * periods[now][10][0])
                            for (amount, _), share in zip(moved, of_year, strict=True)
                        ]
                    owed += sum(amount * (1 + rest) for amount, rest in rests)
                if rises(later, j) and t > now:
                    growth = 1 + Fraction(later.get("growth", 0), 10**10)
                    w, c = w * growth, c * growth + later.get("step", 0)
                if pays == "rule":
                    owed, per, payers = owed - c, per + w, payers + 1
        position += later["n"]
    if stage["kind"] in LEVEL:
        if per == 0:  # no row is left that pays it
            return 0
        if balance + sum(amount for amount, _ in moved) == 0:
            return not_below(stage, 0)
        first = (owed - left) / per
        return not_below(stage, rounded(first.numerator, first.denominator, mode, multiple))
    balance += sum(amount for amount, _ in moved)
    return rounded(balance - left, payers, mode, multiple)


def left_of(stage):
    """What a solved stage is to leave."""
    return stage["balloon"] if isinstance(stage.get("balloon"), int) else 0


def moves_of(terms, stages, periods):
    """What moves beside the instalments: for each, its period, its amount, the rest of the period from its
    date on, from which period on instalments are solved anew, its date, and whether it shortens the plan.
    """
    found = []
    if any(part["on"] < periods[0][6] for part in stages):
        raise OracleFailure("dates_out_of_order")
    for part in sorted(stages, key=lambda part: part["on"]):
        draws, day = part["kind"] == "drawdown", part["on"]
        inside = [t for t, p in enumerate(periods) if (day < p[7] if draws else day <= p[7])]
        if not inside:
            raise OracleFailure("out_of_range")
        t = inside[0]
        shorten = part.get("then") == "shorten"
        anew = None if shorten else t if draws or day < periods[t][7] else t + 1
        amount = part["amount"] if draws else -part["amount"]
        found.append((t, amount, periods[t][8](day), anew, day, shorten))
    return found


def moved_at(moves, t, balance, *, anew=False):
    """[(amount, rest of the period)] of what moves in a period; no more is repaid than is owed.

    `anew`: what its own instalment is solved with.
    """
    found = []
    for period, asked, rest, when, *_ in moves:
        if period == t and (when == t or not anew):
            amount = max(asked, -balance)
            balance += amount
            found.append((amount, rest))
    return found


def pieces_of(terms, period, base, moved):
    """The exact interest of each piece of a period between what moves and where the rate changes.

    `moved`: [(day, (amount, rest of the period))].
    """
    first, last, rest_from, own = period[6:10]
    changes = [day for (_, before), (day, rate) in pairwise(terms.get("rate_steps") or ()) if rate != before]
    changes = changes if own is None else []
    cuts = [(day, (0, rest_from(day))) for day in changes if first < day < last]
    left, found = period[2], []
    for _, (amount, rest) in sorted([*moved, *cuts], key=lambda each: each[0]):
        found.append(base * (left - rest))
        base, left = base + amount, rest
    return [*found, base * left]


def signed(terms, exact):
    """Rounded interest of either sign."""
    interest = rounded(
        abs(exact.numerator), exact.denominator, terms["interest_mode"], terms["interest_multiple"]
    )
    return -interest if exact < 0 else interest


def agreed_shares(terms, stages, periods, moves):
    """What is solved, by stage and period, if nothing shortens the plan; empty where nothing does."""
    made = {}
    if any(shorten for *_, shorten in moves) and stages[-1]["kind"] != "fixed_payment":
        kept = [move for move in moves if not move[-1]]
        run(terms, stages, periods, moves=kept, solved=made)
    return made


def run(terms, stages, periods, delta=0, *, trial=False, moves=(), stop=None, solved=None, agreed=()):
    """The rows' balances and interest, and `A` of the last stage.

    `delta` is added to the last stage's first row (residue first) or all its rows (residue spread).
    A `trial` goes on where the last stage's instalment doesn't cover a row's interest: that row repays
    nothing, and is marked. What is solved goes to `solved`, whatever it repays; or it is what was `agreed`.
    """
    rows, known = [], dict(agreed)

    def settled(place, t, share):
        if solved is not None:
            solved[place, t] = share
        return known.get((place, t), share)

    balance = lent_at_start(terms) + terms.get("financed", 0) - terms.get("aside", 0)
    for place, stage in enumerate(stages):
        kind, last_stage = stage["kind"], place == len(stages) - 1
        at_start = balance
        begins = len(rows)
        if patterned(stages) or moves:
            moved = moved_at(moves, begins, balance, anew=True)
            before = any(move[0] <= begins and move[1] < 0 for move in moves)
            when = (begins, begins)
            days_moved = [day for at, _, _, anew, day, _ in moves if at == anew == begins]
            share = share_of_pattern(
                terms, stages, place, balance, periods, when, moved, prepaid=before, days_moved=days_moved
            )
        else:
            share = share_of(terms, stage, balance, solved_over(stages, place, periods, begins, begins))
        if adds_on(stage):
            once = added_on(terms, stage, balance, periods, begins)
            paid = rounded(share + once[0], 1, terms["instalment_mode"], terms["instalment_multiple"])
            share = paid - once[0]
        share = settled(place, begins, share)
        idle = False  # whether nothing was owed when the instalment was solved
        for j in count() if kind == "fixed_payment" else range(stage["n"]):
            if len(rows) == MAX_PERIODS:
                raise OracleFailure("never_paid_off")
            due, days, factor, _, _, month, *_ = periods[len(rows)]
            opening, t = balance, len(rows)
            moved = moved_at(moves, t, balance)
            again = j > 0 and any(move[3] == t for move in moves) and not stage.get("amount")
            level = kind in LEVEL and not stage.get("amount")
            anew = stage.get("rate_change", "resolve") == "resolve" and j > 0
            by_move = again and kind in (*LEVEL, "equal_principal", "flat")
            if by_move or (level and anew and any(r != periods[t - 1][4] for r in periods[t][10])):
                if patterned(stages) or moves:
                    mine = moved_at(moves, t, balance, anew=True)
                    before = any(move[0] <= t and move[1] < 0 for move in moves)
                    when = (begins, t)
                    days_moved = [day for at, _, _, anew, day, _ in moves if at == anew == t]
                    share = share_of_pattern(
                        terms,
                        stages,
                        place,
                        balance,
                        periods,
                        when,
                        mine,
                        prepaid=before,
                        days_moved=days_moved,
                    )
                else:
                    factors = solved_over(stages, place, periods, begins, len(rows))
                    share = share_of(terms, stage, balance, factors)
                share = settled(place, t, share)
            elif kind == "graduated" and rises(stage, j):
                share = risen(terms, stage, share)
            elif kind == "custom":
                share = stage["amounts"][j]
            base = at_start if kind == "flat" and opening > 0 else opening
            grown = base * factor + sum(amount * rest for amount, rest in moved)
            at_start += sum(amount for amount, _ in moved)
            balance += sum(amount for amount, _ in moved)
            parts = [grown]
            if terms.get("interest_per") == "piece":
                days_moved = [day for at, *_, day, _ in moves if at == t]
                parts = pieces_of(terms, periods[t], base, list(zip(days_moved, moved, strict=True)))
            interest = sum(signed(terms, part) for part in parts)
            if adds_on(stage) and opening > 0:
                interest = once[1] if j == stage["n"] - 1 else once[0]
            if kind == "fixed_payment":
                later = any(move[0] > t and move[1] > 0 for move in moves)
                final = (balance + interest <= share and not later) or t + 1 == stop
            else:
                final = (last_stage and j == stage["n"] - 1) or t + 1 == stop

            pays = what_it_pays(stage, j, month, final=final)
            idle = share == 0 and not stage.get("amount") if j == 0 or again else idle
            amount, short, prepaid = share, False, False
            if last_stage and (terms["residue"] in ("spread", "shared") or j == 0):
                amount += delta
            if final:
                principal = balance
            elif pays != "rule":
                principal = 0
            elif kind in (*LEVEL, "custom", "fixed_payment"):
                principal, short = min(max(amount - interest, 0), balance), amount < interest
                prepaid = level and any(at == t == when and asked < 0 for at, asked, _, when, *_ in moves)
                if prepaid or stage.get("shortfall") == "capitalise":
                    # Nobody is paid an instalment; what is prepaid may lower it below that row's interest.
                    short = amount < 0
            elif kind in ("equal_principal", "flat"):
                principal, short = min(max(amount, 0), balance), amount < 0
            else:
                principal = 0
            sunk = "step" in stage and amount < 0 and not idle
            short |= sunk
            if sunk and solved is None and not (trial and last_stage):
                raise OracleFailure("instalment_below_zero")
            if short and solved is None and not (trial and last_stage):
                raise OracleFailure("negative_amortisation")

            fate = "interest_paid"
            if not final or (kind, stage.get("interest")) == ("holiday", "waive"):
                fate = {
                    ("holiday", "capitalise"): "capitalised",
                    ("holiday", "capitalise_at_end"): "deferred",
                    ("holiday", "defer"): "deferred",
                    ("holiday", "waive"): "waived",
                    ("bullet", "simple"): "deferred",
                    ("bullet", "compound"): "capitalised",
                }.get((kind, stage.get("interest")), "interest_paid")
                if pays == "nothing":
                    fate = "capitalised"
                elif waits(stage, j):
                    fate = "deferred"
            row = {"period": len(rows) + 1, "due_date": due, "days": days, "opening": opening}
            row |= {"interest": interest, "interest_paid": 0, "capitalised": 0, "deferred": 0, "waived": 0}
            row[fate] = interest
            if stage.get("interest") == "capitalise_at_end" and j == stage["n"] - 1 and not final:
                # All interest of the holiday joins what is owed, for the first time.
                waited = sum(earlier["deferred"] for earlier in rows if earlier["stage"] == place)
                row |= {"capitalised": waited + interest, "deferred": -waited}
            lowered = kind in LEVEL and not short and prepaid
            adds = stage.get("shortfall") == "capitalise" and not final and not lowered
            if pays == "rule" and adds and interest > amount:
                row |= {"capitalised": interest - amount, "interest_paid": amount}
            balance += row["capitalised"] - principal
            ending = principal + interest
            row["drawn"] = sum(amount for amount, _ in moved if amount > 0)
            principal -= sum(amount for amount, _ in moved if amount < 0)
            row |= {"principal": principal, "fee": 0, "payment": 0, "closing": balance}
            idle = pays == "nothing" or (kind == "custom" and share == 0)
            idle = idle or (fate == "deferred" and (pays == "interest" or kind == "interest_only"))
            something = final or (kind not in ("holiday", "bullet") and not idle)
            rows.append(
                row | {"stage": place, "pays": something, "short": short, "waits": fate == "deferred"}
            )
            if final:
                break
        if len(rows) == stop:
            return rows, share
        given_instalment = last_stage and ((stage.get("amount") and kind in LEVEL) or kind == "custom")
        if given_instalment and "balloon" not in stage and ending > 2 * share and solved is None:
            raise OracleFailure("balloon")
    return rows, share


def placed_residue(terms, stages, periods):
    """The `delta` that brings the last payment nearest to the others, by at most four corrections."""
    last = stages[-1]
    solved = last["kind"] in ("equal_instalment", "equal_principal", "flat") and not last.get("amount")
    if terms["residue"] == "last" or not solved or terms["placed_last"] or terms.get("moves"):
        return 0
    if terms["residue"] == "shared":
        return shared_residue(terms, stages, periods)
    # How far the last payment falls when `delta` rises by one: weight / unit.
    weight, unit = (last["n"] if terms["residue"] == "spread" else 1), 1
    if last["kind"] == "equal_instalment":
        length = sum(stage["n"] for stage in stages)
        factors = [period[2] for period in periods[length - last["n"] : length]]
        _, paid, unit = growth(factors)
        weight = paid
        if terms["residue"] == "first":
            weight, _, unit = growth(factors[1:])
    tried = []
    delta = 0
    for _ in range(5):
        rows, share = run(terms, stages, periods, delta, trial=True)
        ending = rows[-1]["principal"] + (rows[-1]["interest"] if last["kind"] == "equal_instalment" else 0)
        difference = ending - share - left_of(last) - (delta if terms["residue"] == "spread" else 0)
        if not any(row["short"] for row in rows):
            tried.append((abs(difference), len(tried), delta))
        correction = rounded(difference * unit, weight, "half_even", terms["instalment_multiple"])
        if correction == 0:
            break
        delta += correction
    if not tried:
        raise OracleFailure("negative_amortisation")
    return min(tried)[2]


def shared_residue(terms, stages, periods):
    """The `delta` that divides the difference among the instalments, once, if that makes it smaller."""
    last, tried = stages[-1], []
    delta = 0
    for _ in range(2):
        rows, share = run(terms, stages, periods, delta, trial=True)
        ending = rows[-1]["principal"] + (rows[-1]["interest"] if last["kind"] == "equal_instalment" else 0)
        difference = ending - share - left_of(last) - delta
        if not any(row["short"] for row in rows):
            tried.append((abs(difference), len(tried), delta))
        if abs(difference) <= last["n"] // 2:
            break
        each = rounded(abs(difference), last["n"], "half_even", terms["instalment_multiple"])
        delta = each if difference > 0 else -each
    if not tried:
        raise OracleFailure("negative_amortisation")
    return min(tried)[2]


def fee_of(terms, fee, balance):
    """What a fee is each time that it is charged; `balance`: what it may be a share of."""
    if "amount" in fee:
        return fee["amount"]
    mode, multiple = terms.get("fee_mode", "half_up"), terms.get("fee_multiple", 1)
    return rounded(balance * fee["share"], 10**10, mode, multiple)


def lent_at_start(terms):
    """What bears interest before any fee is financed."""
    return terms["principal"] + terms["overdue_principal"]


def financed_fees(terms, stages):
    """What is added to the balance at the start."""
    return sum(fee_of(terms, s, lent_at_start(terms)) for s in stages if s["kind"] == "fee" and s["financed"])


def charge_fees(terms, fees, rows):
    """Fees of the plan into the rows that pay them."""
    paying = [row for row in rows if row["pays"]]
    for row in paying:
        something = row["opening"] or row["drawn"] or row["principal"] + row["interest_paid"] + row["fee"]
        for fee in fees:
            if fee["financed"] or not (row is paying[0] if fee["when"] == "upfront" else something):
                continue
            first = row is rows[0]  # what is financed is drawn in it
            of_balance = fee["of"] == "balance" and not first
            base = row["opening"] + terms["aside"] if of_balance else lent_at_start(terms)
            row["fee"] += fee_of(terms, fee, base)


def repay_what_waits(terms, stages, rows, fees):
    """Deferred and carried interest, and fees owed at the start or charged, into the rows that repay them."""
    paying = [row for row in rows if row["pays"]]

    def repay(row, amount):
        row["interest_paid"] += amount
        row["deferred"] -= amount

    for place, stage in enumerate(stages):
        deferred = 0
        if stage.get("interest") in ("defer", "simple", "capitalise_at_end"):
            # Nothing is left of what has joined the balance.
            deferred = sum(row["deferred"] for row in rows if row["stage"] == place and not row["pays"])
        later = [row for row in paying if row["stage"] > place or row is rows[-1]]
        where = stage.get("repay", "last")
        if stage.get("interest") in ("defer", "simple", "capitalise_at_end") and deferred:
            if where == "first":
                repay(later[0], deferred)
            elif where == "spread":
                each = deferred // len(later)
                for row in later:
                    repay(row, each)
                repay(later[-1], deferred - each * len(later))
            else:
                repay(rows[-1], deferred)
    waiting = 0
    for row in rows:
        if stages[row["stage"]]["kind"] in ("equal_principal", "interest_only"):
            waiting += row["interest"] if row["waits"] else 0
        if waiting and not row["waits"]:
            repay(row, waiting)
            waiting = 0
    for name in ("overdue_interest", "accrued_interest", "fees", "penalty"):
        how = terms["arrears"].get(name, {"repay": "first"})
        last = how["repay"] == "last"
        into = rows[-1:] if last else paying[: how.get("over", 1)]
        each, more = divmod(terms[name], len(into))
        for number, row in enumerate(into):
            part = each + (number < more)
            if name in ("fees", "penalty"):
                row["fee"] += part
            else:
                repay(row, part)
    charge_fees(terms, fees, rows)
    for row in rows:
        row["payment"] = row["principal"] + row["interest_paid"] + row["fee"]


def merges_last(stages, moves, rows):
    """Whether the last payment is too small to stand alone, and is paid with the one before it."""
    last = rows[-1]
    if len(rows) < 2 or rows[-2]["stage"] != last["stage"] or any(t == len(rows) - 1 for t, *_ in moves):
        return False
    least = stages[last["stage"]].get("merge_below") or 0
    return last["opening"] + last["interest"] < least


def oracle_schedule(terms, stages):
    """All rows of a schedule, as dicts of whole minor units; raises `OracleFailure`."""
    terms, stages = finest_unit(dict(terms), stages)
    parts = [stage for stage in stages if stage["kind"] in MOVES]
    fees = [stage for stage in stages if stage["kind"] == "fee"]
    terms["financed"] = financed_fees(terms, stages)
    terms["placed_last"] = patterned(stages) or any("at_least" in stage for stage in stages)
    terms["aside"] = aside = sum(stage["amount"] for stage in stages if stage["kind"] == "forbear")
    terms["arrears"] = {stage["of"]: stage for stage in stages if stage["kind"] == "arrears"}
    stages = [stage for stage in stages if stage["kind"] not in BESIDE]
    stages = dated_lengths(terms, stages)
    stages = [stage for stage in stages if stage["kind"] == "fixed_payment" or stage["n"] > 0]
    if sum(terms[name] for name in MONEY) == 0:
        raise OracleFailure("nothing_owed")
    if aside and aside >= lent_at_start(terms):
        raise OracleFailure("out_of_range")
    unknown = stages[-1]["kind"] == "fixed_payment"
    length = MAX_PERIODS if unknown else sum(stage["n"] for stage in stages)
    own_rates = [stage.get("rate") for stage in stages for _ in range(stage.get("n", MAX_PERIODS))]
    periods, ended = [], None
    try:
        for _, period in zip(range(length), timeline(terms, length, own_rates), strict=False):
            periods.append(period)
    except OracleFailure as failure:
        # A payment until all is paid off may come to that before its dates end.
        if not unknown or len(periods) <= sum(stage.get("n", 0) for stage in stages):
            raise
        ended = failure
    check_patterns(stages, periods)
    terms["moves"] = moves = moves_of(terms, parts, periods)
    agreed = agreed_shares(terms, stages, periods, moves)
    delta = placed_residue(terms, stages, periods)
    try:
        rows, _ = run(terms, stages, periods, delta, moves=moves, agreed=agreed)
    except IndexError:
        raise ended or OracleFailure("never_paid_off") from None
    ends_early = any(s.get("at_least") or (s.get("merge_below") and s["kind"] in LEVEL) for s in stages)
    if any(shorten for *_, shorten in moves) or ends_early:
        stop = max([1, *(row["period"] + 1 for row in rows if row["closing"] > 0)])
        stop = max([stop, *(t + 1 for t, amount, *_ in moves if amount > 0)])
        rows, _ = run(terms, stages, periods, moves=moves, stop=stop, agreed=agreed)
    if merges_last(stages, moves, rows):
        rows, _ = run(terms, stages, periods, moves=moves, stop=len(rows) - 1, agreed=agreed)
    rows[-1]["principal"] += aside
    repay_what_waits(terms, stages, rows, fees)
    for row in rows:  # what bears no interest is owed until the last payment
        row["opening"] += aside
        row["closing"] += 0 if row is rows[-1] else aside
    rows[0]["opening"], rows[0]["drawn"] = lent_at_start(terms), rows[0]["drawn"] + terms["financed"]
    if sum(row["payment"] for row in rows) >= MAX_TOTAL:
        raise OracleFailure("beyond_domain")
    return [{name: value for name, value in row.items() if name not in NOTES} for row in rows]


def could_grow_to(terms, stages):
    """A generous bound on all that could ever be paid: nothing below it may be refused as too large.

    It lets everything owed grow by the largest factor in each row that capitalises, and bear that
    interest in every row.
    """
    terms, stages = finest_unit(terms, stages)
    stages = dated_lengths(terms, stages)
    length = max(1, sum(stage.get("n", 0) for stage in stages))
    on_grid = timeline(terms | {"given": None})
    largest = max(period[2] for _, period in zip(range(length), on_grid, strict=False))
    shares = timeline(terms | {"given": None, "annual_rate": 10**10, "rate_steps": None})
    owed_more = sum(stage["amount"] for stage in stages if stage["kind"] == "drawdown")
    for stage in stages:
        if stage.get("rate"):
            one_year = max(period[2] for _, period in zip(range(length), shares, strict=False))
            largest = max(largest, Fraction(stage["rate"], 10**10) * one_year)
    fees = [stage for stage in stages if stage["kind"] == "fee"]
    owed = sum(terms[name] for name in MONEY) + owed_more
    owed += sum(fee_of(terms, fee, owed) for fee in fees if fee["financed"])
    owed += length * (terms["interest_multiple"] + terms["instalment_multiple"])
    for stage in stages:
        grows = (
            stage.get("interest") in ("capitalise", "capitalise_at_end", "compound")
            or stage.get("between") == "nothing"
        )
        if grows or stage.get("shortfall") == "capitalise":
            for _ in range(stage["n"]):
                owed += ceil(owed * largest)
    owed += ceil(owed * largest * length)
    often = MAX_PERIODS if stages[-1]["kind"] == "fixed_payment" else length
    return owed + often * sum(fee_of(terms, fee, owed) for fee in fees if not fee["financed"])
