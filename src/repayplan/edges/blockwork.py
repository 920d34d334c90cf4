"""What is worked out of a block of rows: one function of a table, the same in a stream and on a cluster.

It is one class, since what is read, what comes out and how all that is said depend on the same settings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from repayplan.basics.arguments import one_number
from repayplan.basics.columns import Screen
from repayplan.basics.duedates import DueDates
from repayplan.basics.errors import Code, InputError
from repayplan.basics.money import MAX_UNITS, USUAL_DECIMALS, decimals_of
from repayplan.basics.outcome import Failures
from repayplan.basics.rounding import Rounding
from repayplan.edges.blockcolumns import dates_as_data, kept_as_text, readable, rescaled
from repayplan.edges.cells import RATE_DECIMALS, Column
from repayplan.edges.decisiontables import decisions, offered_rows
from repayplan.edges.fieldwants import Extra, of_household, of_loan
from repayplan.edges.framecolumns import opened
from repayplan.edges.framefields import households_from, loans_from
from repayplan.edges.framekind import FrameError, is_whole, mapped, named
from repayplan.edges.frames import arrow_table, need
from repayplan.edges.reading import DERIVED, LOAN_FIELDS, NEEDED, PLAN, STATUS, is_field, like
from repayplan.edges.results import failed_rows, loan_table, schedule_table
from repayplan.offers.policy import Policy
from repayplan.offers.proposing import propose
from repayplan.plans.loan import Loans
from repayplan.plans.schedule import schedule
from repayplan.plans.stage import Plan
from repayplan.plans.unknown import known

if TYPE_CHECKING:
    from types import ModuleType

MOST_DECIMALS = 8
"""Of a currency, and of unrounded plans."""
DIGITS = len(str(2 * MAX_UNITS))
"""Digits that every amount has room for, beside its decimals."""
FAILURES, SCHEDULES = "failures", "schedules"


@dataclass(frozen=True, kw_only=True)
class Work:
    """What is worked out of a table of loans: offers by a policy, or schedules of plans.

    It is called with a block of rows and answers with tables. The answer for a row is the same in whatever
    block it comes, and a Work can be pickled: it runs on threads, in other processes and on a cluster's
    machines as it is.

    Parameters
    ----------
    policy
        Offers are made by it (:func:`~repayplan.propose`); columns of the household stand beside the loan's.
    plan
        Instead: every loan is scheduled by this plan. Several, by name: the column ``plan`` says which.
    schedules
        Whether every row of every schedule is a result too.
    explained
        Of offers: whether reasons, and what would help where there is no offer, are worked out. Where many
        are refused this takes several times as long as the decision.
    columns
        Field to column name, for columns that aren't called as their field.
    given
        Field to a value for all rows.
    keep
        Columns of the source that all results have too, as text: an ``id``.
    extra, ignored
        ``"refuse"`` a column that is nobody's field, or ``"ignore"`` it; columns that are left out by name.
    places
        Decimals of the amounts in results; a loan in a currency with more of them fails. None: those that are
        given for all rows, else 2; 8 where plans are unrounded.
    rounding, due_dates
        Of plans; a policy says it itself.

    Raises
    ------
    InputError
        Neither policy nor plan, or both; a plan that has something unknown; a field that there isn't, or that
        is given twice; decimals that there can't be.

    Examples
    --------
    >>> import pyarrow
    >>> from repayplan import equal_instalment
    >>> work = Work(plan=equal_instalment(3), schedules=True, keep=("id",))
    >>> loans = {"id": ["A", "B"], "principal": ["300.00", "-1"], "annual_rate": ["0", "0"]}
    >>> more = {"original_term": [3, 3], "elapsed": [0, 0], "unpaid": [3, 3], "next_due": ["2026-01-31"] * 2}
    >>> made = work(pyarrow.table(loans | more))
    >>> made["schedules"].select(["id", "due_date", "payment"]).to_pylist()[0]
    {'id': 'A', 'due_date': datetime.date(2026, 1, 31), 'payment': Decimal('100.00')}
    >>> made["failures"]["message_en"].to_pylist()
    ['principal is negative (-1); it must be 0 to 10000000000000000']
    """

    policy: Policy | None = None
    plan: Plan | Mapping[str, Plan] | None = None
    schedules: bool = False
    explained: bool = True
    columns: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, Any] = field(default_factory=dict)
    keep: Iterable[str] = ()
    extra: str = "refuse"
    ignored: Iterable[str] = ()
    places: int | None = None
    rounding: Rounding = Rounding()
    due_dates: DueDates = DueDates()

    def __post_init__(self) -> None:
        """Checks what can be known to be wrong before there is a row."""
        if (self.policy is None) == (self.plan is None):
            raise InputError(Code.MISSING, "policy", None, "a policy or a plan is needed, and not both")
        if self.policy is not None and (self.rounding, self.due_dates) != (Rounding(), DueDates()):
            name = "rounding" if self.rounding != Rounding() else "due_dates"
            raise InputError(Code.DUPLICATE, name, None, "it goes with a plan; a policy has rules of its own")
        self._check_kinds()
        object.__setattr__(self, "keep", named("keep", self.keep))
        object.__setattr__(self, "ignored", named("ignored", self.ignored))
        named("columns", mapped("columns", self.columns).values())
        mapped("given", self.given)
        for plan in self._plans.values():
            plan.check()
            known(plan)
        for name in (*self.columns, *self.given):
            if of_loan(name) is None and (self.policy is None or of_household(name) is None):
                raise InputError(Code.UNKNOWN_VALUE, "field", name, f"{name} is no field{like(name)}")
            if name in self.columns and name in self.given:
                raise InputError(
                    Code.DUPLICATE, name, None, f"{name} is both a column and given for all rows"
                )
        for name, value in self.given.items():
            if np.ndim(value):
                raise InputError(Code.UNKNOWN_VALUE, name, None, "one value for all rows, no column")
        least = MOST_DECIMALS if self._unrounded else 0
        if not least <= self._places <= MOST_DECIMALS:
            rule = f"{least} to {MOST_DECIMALS}"
            raise InputError(Code.OUT_OF_RANGE, "places", str(self._places), rule, limit=rule)

    def _check_kinds(self) -> None:
        """That each argument is of a kind that it can be."""
        wrong: list[tuple[str, Any, str]] = []
        policy: Any = self.policy
        plans: Mapping[Any, Any] = self._plans
        if policy is not None and not isinstance(policy, Policy):
            wrong.append(("policy", policy, "a Policy is needed"))
        if self.plan is not None and not plans:
            wrong.append(("plan", self.plan, "at least one plan is needed"))
        for name, plan in plans.items():
            if not isinstance(name, str) or not isinstance(plan, Plan):
                wrong.append(("plan", self.plan, "a Plan is needed, or several by name"))
        if self.extra not in get_args(Extra):
            wrong.append(("extra", self.extra, f"one of {', '.join(get_args(Extra))}"))
        if self.places is not None and not is_whole(self.places):
            wrong.append(("places", self.places, f"a whole number: 0 to {MOST_DECIMALS}"))
        for field_, given, rule in wrong:
            raise InputError(Code.UNKNOWN_VALUE, field_, repr(given), rule)

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the results: ``decisions`` (of a plan ``loans``), ``failures``, perhaps ``schedules``."""
        return (self.main, FAILURES, *((SCHEDULES,) if self.schedules else ()))

    @cached_property
    def schemas(self) -> dict[str, Any]:
        """The ``pyarrow.Schema`` of each result, which doesn't depend on the rows."""
        pa = need("pyarrow", "arrow")
        names = [*NEEDED, "net_income", *self._further, *([PLAN] if self._several else [])]
        names += [STATUS] if self.policy is not None and self.policy.statuses else []
        wanted = {name: self.columns.get(name, name) for name in names if name not in self.given}
        every = dict.fromkeys((*self.columns.values(), *wanted.values(), *self.keep))
        none = pa.table({name: pa.array([], pa.string()) for name in every})
        return {name: table.schema for name, table in self(none).items()}

    def __call__(self, batch: Any, *, first: int = 0, unread: Failures | None = None) -> dict[str, Any]:
        """The results of a block, as tables of pyarrow by name.

        Parameters
        ----------
        batch
            A ``pyarrow.RecordBatch`` or ``Table``, or any other frame with an Arrow capsule.
        first
            The number of the block's first row: ``row`` counts from there.
        unread
            Rows of the block that whoever read it knows to be broken.

        Raises
        ------
        FrameError
            A column is missing, a stranger, or holds what its field can't be.
        """
        pa = need("pyarrow", "arrow")
        table, strange = readable(pa, pa.table(batch) if not isinstance(batch, pa.Table) else batch)
        broken = strange if unread is None else unread.and_then(strange)
        opened(table)  # whose names must be one column's each
        table = table.drop([name for name in self.ignored if name in table.column_names])
        kept = {name: kept_as_text(pa, table, name) for name in self.keep}
        if self.policy is None:
            made = self._scheduled(table, broken)
        else:
            made = self._proposed(table, broken, self.policy)
        return {name: self._arrow(pa, made[name], kept, first) for name in self.outputs}

    @property
    def settings(self) -> dict[str, Any]:
        """Everything that the results depend on, as data: of a policy its fingerprint."""
        return {
            "policy": None if self.policy is None else self.policy.fingerprint,
            "plan": {name: repr(plan) for name, plan in self._plans.items()} or None,
            "rounding": None if self.policy is not None else repr(self.rounding),
            "due_dates": None if self.policy is not None else dates_as_data(self.due_dates),
            "schedules": self.schedules,
            "explained": self.explained if self.policy is not None else None,
            "columns": dict(sorted(self.columns.items())),
            "given": {name: str(value) for name, value in sorted(self.given.items())},
            "keep": list(self.keep),
            "extra": self.extra,
            "ignored": sorted(self.ignored),
            "places": self._places,
        }

    def reads(self, names: Iterable[str]) -> list[str]:
        """Which columns of a source are read: fields, those that are kept, and whatever is to be refused."""
        used = {*self.columns.values(), *self.keep, *self._further, *([PLAN] if self._several else ())}
        of = (of_loan,) if self.policy is None else (of_loan, of_household)
        every, out = self.extra != "ignore", frozenset(self.ignored)
        wanted = [name for name in names if every or name in used or any(kind(name) for kind in of)]
        return [name for name in wanted if name not in out]

    @property
    def main(self) -> str:
        """Which of the results has one line for each loan."""
        return "loans" if self.policy is None else "decisions"

    @property
    def _plans(self) -> dict[str, Plan]:
        if self.plan is None:
            return {}
        return dict(self.plan) if isinstance(self.plan, Mapping) else {"plan": self.plan}

    @property
    def _several(self) -> bool:
        return len(self._plans) > 1

    @property
    def _further(self) -> tuple[str, ...]:
        """Columns that are no field of a loan, and are looked at."""
        if self.policy is not None:
            return tuple(self.policy.columns)
        named = dict.fromkeys(name for plan in self._plans.values() for name in plan.columns)
        return tuple(name for name in named if name not in (*DERIVED, *LOAN_FIELDS))

    @property
    def _unrounded(self) -> bool:
        return (self.rounding if self.policy is None else self.policy.rounding).unrounded

    @property
    def _places(self) -> int:
        if self.places is not None:
            return self.places
        if self._unrounded:
            return MOST_DECIMALS
        code = self.given.get("currency") if self.policy is None else self.policy.currency
        usual = decimals_of(code) if isinstance(code, str) else USUAL_DECIMALS
        return one_number("decimals", self.given.get("decimals", usual), 0, 0, MOST_DECIMALS)

    def _loans(self, table: Any, unread: Failures) -> Loans:
        """The block's loans; those that couldn't be read fail, and those with more decimals than results."""
        apart = {column for name, column in self.columns.items() if of_loan(name) is None}
        apart |= {name for name in self.keep if not is_field(name) and name not in self.columns.values()}
        further = (*self._further, *((PLAN,) if self._several else ()))
        apart -= set(further)
        options = {"rounding": self.rounding, "due_dates": self.due_dates} if self.policy is None else {}
        loans = loans_from(
            table.select([name for name in table.column_names if name not in apart]),
            columns={name: column for name, column in self.columns.items() if of_loan(name) is not None},
            further=further,
            extra=self.extra,  # type: ignore[arg-type]  # it says itself what is none
            **{name: value for name, value in self.given.items() if of_loan(name) is not None},
            **options,
        )
        most = self._places
        if not len(unread) and (loans.decimals <= most).all():
            return loans
        screen = Screen(len(loans))
        screen.adopt(unread)
        screen.adopt(loans.failures)
        shown = loans.decimals.astype(np.str_)
        screen.fault(loans.decimals > most, Code.OUT_OF_RANGE, "decimals", shown, f"0 to {most}")
        return loans.replace(good=screen.good, failures=screen.failures())

    def _proposed(self, table: Any, unread: Failures, policy: Policy) -> dict[str, dict[str, Column]]:
        loans = self._loans(table, unread)
        homes = households_from(
            table,
            columns={name: column for name, column in self.columns.items() if of_household(name) is not None},
            extra="ignore",  # what is nobody's field was refused with the loans
            **{name: value for name, value in self.given.items() if of_household(name) is not None},
        )
        outcome = propose(loans, homes, policy)
        found = outcome.value
        made = {
            self.main: decisions(found.row, found, explained=self.explained),
            FAILURES: failed_rows(outcome.failures),
        }
        if self.schedules:
            rows, offsets = found.schedules.by_loan()
            made[SCHEDULES] = offered_rows(None, found.row, found, rows, offsets)
        return made

    def _scheduled(self, table: Any, unread: Failures) -> dict[str, dict[str, Column]]:
        loans, plans = self._loans(table, unread), self._plans
        template = np.zeros(len(loans), np.int64)
        if self._several:
            screen = Screen(len(loans))
            screen.adopt(loans.failures)
            template = screen.choice(PLAN, loans.extra[PLAN], tuple(plans))
            loans = loans.replace(good=screen.good, failures=screen.failures())
        outcome = schedule(loans, tuple(plans.values()), template=template)
        found = outcome.value
        rows, offsets = found.by_loan()
        names = np.array(list(plans), np.str_)[template[found.row]]
        made = {
            self.main: loan_table(None, found.row, names, found, rows, offsets),
            FAILURES: failed_rows(outcome.failures),
        }
        if self.schedules:
            made[SCHEDULES] = schedule_table(None, found.row, found.decimals, rows)
        return made

    def _arrow(self, pa: ModuleType, table: Mapping[str, Column], kept: Mapping[str, Any], first: int) -> Any:
        """A table of results: what is kept before it, amounts with the decimals that all blocks have."""
        made, row = arrow_table(table), table["row"].values
        cells = {name: made[name] for name in made.column_names}
        cells["row"] = pa.array(row + first)
        kinds = {
            "money": pa.decimal128(DIGITS + self._places, self._places),
            "rate": pa.decimal128(DIGITS, RATE_DECIMALS),
        }
        for name, each in table.items():
            if each.kind in kinds:
                cells[name] = rescaled(pa, made[name], kinds[each.kind])
        for name in kept:
            if name in cells:
                raise FrameError(Code.DUPLICATE, "keep", "results have a column of that name", column=name)
        taken = pa.array(row)
        return pa.table({name: values.take(taken) for name, values in kept.items()} | cells)
