"""A batch of households as columns, by the month."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from repayplan.ability.itemkinds import GROSS
from repayplan.ability.items import Items
from repayplan.ability.month import MAX_MONTHLY, monthly
from repayplan.ability.ragged import Ages, rows_of
from repayplan.basics.arguments import by_name
from repayplan.basics.columns import Screen, money_of
from repayplan.basics.dates import (
    FREQUENCY_INDEX,
    FREQUENCY_NAMES,
    PERIOD_MONTHS_DEN,
    PERIOD_MONTHS_NUM,
    Days,
)
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import MAX_DECIMALS
from repayplan.basics.outcome import Bools, Failures, Ints, pick, span

MAX_PERSONS, MAX_AGE = 100, 150


@dataclass(frozen=True, slots=True)
class Item:
    """One kind of income or cost of every household: int64 monthly minor units, and where it is known."""

    amount: Ints
    given: Bools

    def take(self, rows: Ints | slice) -> Item:
        """Of some of the households."""
        return Item(self.amount[rows], self.given[rows])


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Households:
    """A batch of households as columns; made by :meth:`from_columns`. Bad rows keep their place.

    Attributes
    ----------
    adults, children, dependants
        int64 counts.
    ages
        Of the children, where they are known.
    net_income, gross_income
        Income a month after and before tax; two different figures, never mixed up.
    costs
        By category: what the household spends a month.
    other_debts
        int64 minor units a month for other debts, this loan excluded.
    tenure, region
        Text; how the home is held and where it is, as policies name it.
    assessed
        datetime64[D]; on which day the household was looked at, NaT where nobody said.
    items
        Incomes, costs and debts one by one, beside the figures above; None: there are none.
    own_claim, other_claims
        int64 minor units; what is claimed on the loan that is looked at, and by the creditors that share with
        it what is left. None: nothing is shared.
    """

    adults: Ints
    children: Ints
    dependants: Ints
    ages: Ages
    net_income: Item
    gross_income: Item
    costs: Mapping[str, Item]
    other_debts: Ints
    tenure: Any
    region: Any
    assessed: Days
    items: Items | None
    decimals: Ints
    good: Bools
    failures: Failures
    own_claim: Ints | None = None
    other_claims: Ints | None = None

    @classmethod
    def from_columns(
        cls,
        *,
        adults: Any = 1,
        children: Any = 0,
        ages: tuple[Any, Any] | None = None,
        dependants: Any = 0,
        net_income: Any = None,
        gross_income: Any = None,
        costs: Mapping[str, Any] | None = None,
        other_debts: Any = 0,
        tenure: Any = "",
        region: Any = "",
        assessed: Any = None,
        items: Items | None = None,
        decimals: Any = 2,
        size: int | None = None,
    ) -> Households:
        """Reads columns of any dtype, a list, or one value for all rows.

        Parameters
        ----------
        adults, children, dependants
            Counts; at least one adult. Dependants are other persons who live on the same income.
        ages
            Of the children, ``(household, age)``: two columns of one length, a row for each child; the number
            of the household's row, counted from 0, and years. Rules by age refuse households without.
        net_income, gross_income, other_debts
            Currency units: a column a month, or ``(column, frequency)``, or a mapping of names to
            either (several jobs, say), which are added up. Empty text or None: not known; of one part of
            several that is ``missing`` (0 where there is nothing of it).
        costs
            The same by category of spending.
        tenure, region
            Text, as the policy names them.
        assessed
            On which day the household was looked at: rules by date take the figures in force then, and of
            items that are dated those count that are there in that month.
            What it had left before then pays nothing of an offer.
        items
            A long table of incomes, costs and debts, which are added to the figures here.
        size
            Rows, where every value given is for all of them.

        Examples
        --------
        >>> homes = Households.from_columns(net_income=(["1500"], "weekly"), costs={"rent": ["900"]})
        >>> homes.net_income.amount, homes.costs["rent"].amount
        (array([650000]), array([90000]))
        """
        costs = by_name("costs", costs)
        if items is not None and not isinstance(items, Items):
            raise InputError(Code.UNKNOWN_VALUE, "items", items, "Items")
        every = [adults, children, dependants, tenure, region, assessed, decimals]
        for item in (net_income, gross_income, other_debts, *costs.values()):
            every += [part for pair in _parts("", item) for part in pair[1:]]
        rows = max((rows_of(v) for v in every), default=-1)
        screen = Screen((1 if rows < 0 else rows) if size is None else size)
        d = screen.count("decimals", decimals, 0, MAX_DECIMALS)
        debts = _item(screen, "other_debts", other_debts, d, up=True)
        heads = screen.count("adults", adults, 1, MAX_PERSONS)
        young = screen.count("children", children, 0, MAX_PERSONS)
        others = screen.count("dependants", dependants, 0, MAX_PERSONS)
        years = Ages.read(ages, screen, young, MAX_AGE)
        day = screen.date("assessed", assessed, np.datetime64("NaT", "D"))
        net = _item(screen, "net_income", net_income, d, up=False)
        gross = _item(screen, "gross_income", gross_income, d, up=False)
        spent = {
            category: _item(screen, f"costs.{category}", given, d, up=True)
            for category, given in costs.items()
        }
        earning = net.given | gross.given
        if items is not None:
            earning = earning | _read(screen, items, d)
        screen.fault(~earning, Code.MISSING, "net_income")
        screen.fault(~debts.given, Code.MISSING, "other_debts")
        return cls(
            adults=heads,
            children=young,
            dependants=others,
            ages=years,
            net_income=net,
            gross_income=gross,
            costs=spent,
            other_debts=debts.amount,
            tenure=np.broadcast_to(screen.text(tenure), screen.size),
            region=np.broadcast_to(screen.text(region), screen.size),
            assessed=day,
            items=items,
            decimals=d,
            good=screen.good,
            failures=screen.failures(),
        )

    @classmethod
    def from_frame(
        cls,
        frame: Any,
        *,
        columns: Mapping[str, str] | None = None,
        extra: Literal["refuse", "ignore"] = "refuse",
        **given: Any,
    ) -> Households:
        """Reads a frame of any kind, as :meth:`repayplan.Loans.from_frame` does.

        Fields are called as :meth:`from_columns` calls them; ``cost_rent`` is the spending in the category
        ``rent``, ``net_income_frequency`` says how often the income comes, and ``ages`` is a list of ages in
        each row, or text such as ``3 7 12``. Columns of the households' loans, and ``id``, may be there too.

        Parameters
        ----------
        frame
            A row a household.
        columns, extra
            As for loans.
        given
            Fields of one value for all rows, and the options ``items`` and ``costs`` of :meth:`from_columns`.

        Raises
        ------
        FrameError
            A column is missing, is nobody's, is there twice, or can't be its field.
        ImportError
            narwhals (extra ``frames``) or pyarrow (extra ``arrow``) isn't installed.

        Examples
        --------
        >>> import pandas
        >>> frame = pandas.DataFrame({"net_income": ["1500"], "cost_rent": ["900"], "ages": [[3, 7]]})
        >>> homes = Households.from_frame(frame, net_income_frequency="weekly", children=2)
        >>> homes.net_income.amount, homes.costs["rent"].amount, homes.ages.years
        (array([650000]), array([90000]), array([3, 7]))
        """
        from repayplan.edges.framefields import households_from

        return households_from(frame, columns=columns, extra=extra, **given)

    def __len__(self) -> int:
        return len(self.adults)

    @property
    def dated(self) -> Bools:
        """Whose items don't all count in every month."""
        out = np.zeros(len(self), np.bool_)
        if self.items is not None:
            out[self.items.of[self.items.dated]] = True
        return out

    def take(self, rows: Ints) -> Households:
        """Some of the rows, all of which are good."""
        at = span(rows)
        return Households(
            adults=self.adults[at],
            children=self.children[at],
            dependants=self.dependants[at],
            ages=self.ages.take(rows),
            net_income=self.net_income.take(at),
            gross_income=self.gross_income.take(at),
            costs={name: item.take(at) for name, item in self.costs.items()},
            other_debts=self.other_debts[at],
            tenure=pick(self.tenure, at),
            region=pick(self.region, at),
            assessed=self.assessed[at],
            items=None if self.items is None else self.items.take(rows),
            decimals=self.decimals[at],
            good=np.ones(len(rows), np.bool_),
            failures=Failures.none(),
            own_claim=None if self.own_claim is None else self.own_claim[rows],
            other_claims=None if self.other_claims is None else self.other_claims[rows],
        )


def _read(screen: Screen, items: Items, decimals: Ints) -> Bools:
    """Takes over the codes of items, and says which households have an income among them."""
    if len(items) and items.of[-1] >= screen.size:
        raise InputError(Code.NO_HOUSEHOLD, "items.household", int(items.of[-1]), f"0 to {screen.size - 1}")
    screen.adopt(items.failures)
    other = np.zeros(screen.size, np.bool_)
    other[items.of[items.decimals != decimals[items.of]]] = True
    screen.fault(other, Code.UNKNOWN_VALUE, "items.decimals", "", decimals)
    earning = np.zeros(screen.size, np.bool_)
    earning[items.of[items.kind <= GROSS]] = True
    return earning


Part = tuple[str, Any, Any]


def _parts(name: str, given: Any) -> list[Part]:
    """``(field, values, frequency)`` of each source that makes up one figure."""
    if isinstance(given, Mapping):
        return [part for key, value in given.items() for part in _parts(f"{name}.{key}", value)]
    if isinstance(given, tuple) and len(given) == 2:
        return [(name, given[0], given[1])]
    return [(name, given, "monthly")]


def _item(screen: Screen, name: str, given: Any, decimals: Ints, *, up: bool) -> Item:
    amount, known = np.zeros(screen.size, np.int64), np.zeros(screen.size, np.bool_)
    gaps = []
    for field_, values, frequency in () if given is None else _parts(name, given):
        often = screen.choice(f"{field_}.frequency", frequency, FREQUENCY_INDEX, known=FREQUENCY_NAMES)
        given_ = screen.money(field_, values, decimals, default=0)
        num, den = PERIOD_MONTHS_NUM[often], PERIOD_MONTHS_DEN[often]
        huge = given_ * (den / num) >= 2.0**61  # of days, say: by the month it might not fit int64
        bound = money_of(MAX_MONTHLY // den * num, decimals)
        screen.fault(huge, Code.BEYOND_DOMAIN, field_, money_of(given_, decimals), bound)
        total = amount + monthly(np.where(huge, 0, given_), often, up=up)
        most = money_of(np.full(screen.size, MAX_MONTHLY), decimals)
        screen.fault(total > MAX_MONTHLY, Code.BEYOND_DOMAIN, field_, money_of(total, decimals), most)
        amount = np.where(total > MAX_MONTHLY, 0, total)
        gap = screen.missing(values)
        known |= ~gap
        gaps.append((field_, gap))
    for field_, gap in gaps:  # one part of what is otherwise known: it must not count as nothing
        screen.fault(gap & known, Code.MISSING, field_)
    return Item(amount, known)
