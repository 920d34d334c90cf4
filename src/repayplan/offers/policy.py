"""A lender's rules put together: frozen values, read from and written to TOML."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from datetime import date
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, get_args

from repayplan.ability.allowance import AssumedCost, Contingency
from repayplan.ability.figures import decimal, texts
from repayplan.ability.income import Haircut, IncomeRule
from repayplan.ability.rule import AllowanceRule
from repayplan.ability.tables import allowance_of
from repayplan.basics.errors import Code, InputError, PolicyError
from repayplan.basics.money import MAX_DECIMALS
from repayplan.basics.rounding import Rounding
from repayplan.offers.limit import ExtensionLimit

Treatment = Literal["capitalise", "pay_first"]
METHODS = ("equal_instalment", "equal_principal", "flat", "interest_only")
"""Names of the ways of repaying that a policy may list."""


def _need(name: str, value: object, *kinds: type) -> None:
    """PolicyError unless the value is of one of the kinds."""
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        rule = f"{' or '.join(kind.__name__ for kind in kinds)} is needed here"
        raise PolicyError(Code.MISSING if value is None else Code.UNKNOWN_VALUE, name, value, rule)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrearsPart:
    """What becomes of one component of the arrears.

    Parameters
    ----------
    treatment
        ``"capitalise"``: joins the balance and bears interest; ``"pay_first"``: bears none and is paid
        with the first instalment.
    waive_percent
        Percent given up before that (``"50"``).
    """

    treatment: Treatment
    waive_percent: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        if self.treatment not in get_args(Treatment):
            rule = f"one of {', '.join(get_args(Treatment))}"
            raise InputError(Code.UNKNOWN_VALUE, "arrears.treatment", self.treatment, rule)
        part = decimal("arrears.waive_percent", self.waive_percent, most=100, places=4)
        object.__setattr__(self, "waive_percent", part)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrearsRule:
    """How each component owed besides principal enters the plan; overdue principal joins the balance."""

    overdue_interest: ArrearsPart
    accrued_interest: ArrearsPart
    penalty: ArrearsPart
    fees: ArrearsPart

    def __post_init__(self) -> None:
        for each in fields(self):
            _need(f"arrears.{each.name}", getattr(self, each.name), ArrearsPart)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """Something that the data don't say, in words, printed with every result."""

    en: str
    zh: str

    def __post_init__(self) -> None:
        for each in fields(self):
            _need(f"assumptions.{each.name}", getattr(self, each.name), str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The rules of a programme.

    Parameters
    ----------
    name, currency, decimals
        What it is called, and the currency that its amounts are in.
    allowance, income, contingency, assumed
        From income to capacity.
    limit
        How far a term may be extended.
    methods
        How plans are repaid, in the order in which they are tried.
    arrears
        How what is overdue enters the plan.
    rounding
        Of the new plan.
    statuses
        The loans' statuses to which the programme is open; None: all.
    assumptions
        What the figures rest on.

    Raises
    ------
    PolicyError
        Naming the key, the value and the rule.

    Examples
    --------
    >>> policy = Policy.example("lending-club-demo")
    >>> policy.limit.percent, policy.methods[0]
    (Decimal('50'), 'equal_instalment')
    >>> Policy.loads(policy.dumps()) == policy
    True
    """

    name: str
    currency: str
    decimals: int = 2
    methods: tuple[str, ...]
    statuses: tuple[str, ...] | None = None
    allowance: AllowanceRule
    limit: ExtensionLimit
    income: IncomeRule = field(default_factory=IncomeRule)
    contingency: Contingency
    rounding: Rounding
    arrears: ArrearsRule
    assumed: tuple[AssumedCost, ...] = ()
    assumptions: tuple[Assumption, ...] = ()

    def __post_init__(self) -> None:
        for key in ("name", "currency"):
            _need(key, getattr(self, key), str)
        _need("decimals", self.decimals, int)
        for key, kind in _NESTED.items():
            if key in self.__slots__:
                _need(key, getattr(self, key), kind)
        for key, kind in _LISTS.items():
            if key not in self.__slots__:
                continue
            _need(key, getattr(self, key), tuple, list)
            object.__setattr__(self, key, tuple(getattr(self, key)))
            for i, item in enumerate(getattr(self, key)):
                _need(f"{key}[{i}]", item, kind)
        if not 0 <= self.decimals <= MAX_DECIMALS:
            raise PolicyError(Code.OUT_OF_RANGE, "decimals", self.decimals, f"0 to {MAX_DECIMALS}")
        for name in ("methods",) if self.statuses is None else ("methods", "statuses"):
            object.__setattr__(self, name, texts(name, getattr(self, name)))
        if not self.methods:
            raise PolicyError(Code.MISSING, "methods", self.methods, "at least one method")
        for name in self.methods:
            if name not in METHODS:
                raise PolicyError(Code.UNKNOWN_VALUE, "methods", name, f"one of {', '.join(METHODS)}")
            if self.methods.count(name) > 1:
                raise PolicyError(Code.DUPLICATE, "methods", name, "each method once")
        for which in ("instalment", "interest", "fee"):
            self.rounding.multiple(which, self.decimals)

    @classmethod
    def load(cls, path: str | Path) -> Policy:
        """Reads a TOML file; what is wrong in it is named with the file and the key."""
        try:
            text = Path(path).read_text(encoding="utf-8-sig")  # some editors put a mark first
        except OSError as error:
            raise PolicyError(Code.MISSING, str(path), None, f"can't be read: {error.strerror}") from None
        except UnicodeDecodeError as error:
            raise PolicyError(Code.UNKNOWN_VALUE, str(path), None, f"not UTF-8: {error}") from None
        return cls.loads(text, source=str(path))

    @classmethod
    def loads(cls, text: str, *, source: str = "policy") -> Policy:
        """Reads TOML text; ``source`` names it in errors."""
        try:
            data = tomllib.loads(text, parse_float=Decimal)
        except tomllib.TOMLDecodeError as error:
            raise PolicyError(Code.UNKNOWN_VALUE, source, None, f"not TOML: {error}") from None
        made: Policy = _build(cls, data, source, "")
        return made

    @classmethod
    def example(cls, name: str) -> Policy:
        """A policy that ships with the package; ``Policy.examples()`` lists them."""
        resource = files("repayplan.data").joinpath(f"{name}.toml")
        if not resource.is_file():
            raise PolicyError(Code.UNKNOWN_VALUE, "example", name, f"one of {', '.join(cls.examples())}")
        return cls.loads(resource.read_text(encoding="utf-8"), source=f"{name}.toml")

    @classmethod
    def examples(cls) -> tuple[str, ...]:
        """Names of the policies that ship with the package."""
        found = (entry.name for entry in files("repayplan.data").iterdir())
        return tuple(sorted(name.removesuffix(".toml") for name in found if name.endswith(".toml")))

    def dumps(self) -> str:
        """The policy as TOML; :meth:`loads` gives it back."""
        return "\n".join(_lines(_plain(self), "")).strip() + "\n"

    def save(self, path: str | Path) -> None:
        """Writes the TOML file."""
        Path(path).write_text(self.dumps(), encoding="utf-8")

    @property
    def fingerprint(self) -> str:
        """SHA-256 over a canonical form: equal for equal rules, however they were written."""
        canonical = json.dumps(_plain(self), sort_keys=True, ensure_ascii=False, default=str)
        return hashlib.sha256(canonical.encode()).hexdigest()


_NESTED: dict[str, type] = {
    "allowance": AllowanceRule,
    "limit": ExtensionLimit,
    "income": IncomeRule,
    "contingency": Contingency,
    "rounding": Rounding,
    "arrears": ArrearsRule,
    **dict.fromkeys(("overdue_interest", "accrued_interest", "penalty", "fees"), ArrearsPart),
}
_LISTS: dict[str, type] = {"assumed": AssumedCost, "assumptions": Assumption, "haircuts": Haircut}


def _build(cls: type[Any], data: Mapping[str, Any], source: str, path: str) -> Any:
    """A value of ``cls`` from a TOML table; faults name the source and the dotted key."""
    known = {f.name: f for f in fields(cls)}
    values: dict[str, Any] = {}
    for key, value in data.items():
        where = f"{path}{key}"
        if key not in known:
            rule = f"{source}: no such key; there are {', '.join(known)}"
            raise PolicyError(Code.UNKNOWN_VALUE, where, value, rule)
        if key in _NESTED or key in _LISTS:
            tables = [value] if key in _NESTED else value
            if not isinstance(tables, list) or not all(isinstance(t, Mapping) for t in tables):
                raise PolicyError(Code.UNKNOWN_VALUE, where, value, f"{source}: a table is needed here")
        if key == "allowance":  # which rule it is follows from the keys of the table
            values[key] = allowance_of(value, source=source, path=where)
        elif key in _NESTED:
            values[key] = _build(_NESTED[key], value, source, f"{where}.")
        elif key in _LISTS:
            values[key] = tuple(
                _build(_LISTS[key], item, source, f"{where}[{i}].") for i, item in enumerate(value)
            )
        else:
            values[key] = tuple(value) if isinstance(value, list) else value
    for name, f in known.items():
        if name not in values and f.default is MISSING and f.default_factory is MISSING:
            raise PolicyError(Code.MISSING, f"{path}{name}", None, f"{source}: this key is needed")
    try:
        return cls(**values)
    except InputError as error:
        # A value names its own field; the file's path to the table stands before it.
        first, last = error.field.split(".")[0], error.field.split(".")[-1]
        inner = error.field if first in known else last if last in known else ""
        where = f"{path}{inner}" if inner else path.rstrip(".")
        raise PolicyError(error.code, where, error.value, f"{source}: {error.rule}") from None
    except TypeError as error:
        raise PolicyError(Code.UNKNOWN_VALUE, path.rstrip("."), None, f"{source}: {error}") from None


def _plain(value: Any) -> Any:
    """Values as TOML knows them: tables, lists, text, whole numbers; None left out."""
    if is_dataclass(value):
        pairs = ((f, getattr(value, f.name)) for f in fields(value))
        # An empty list says something of its own unless it is what is meant without the key.
        return {
            f.name: _plain(item) for f, item in pairs if item is not None and (item, f.default) != ((), ())
        }
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Decimal):
        text = f"{value:f}"  # normalize() would round to the ambient context
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, date):
        return value.isoformat()
    return value


def _lines(table: Mapping[str, Any], path: str) -> list[str]:
    """TOML lines of a table: its own keys first, then tables below it."""
    own, below = [], []
    for key, value in table.items():
        if isinstance(value, dict):
            below += ["", f"[{path}{key}]", *_lines(value, f"{path}{key}.")]
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for item in value:
                below += ["", f"[[{path}{key}]]", *_lines(item, f"{path}{key}.")]
        else:
            # TOML takes JSON's text, but for DEL, which must be escaped too.
            own.append(f"{key} = {json.dumps(value, ensure_ascii=False)}".replace("\x7f", "\\u007F"))
    return own + below
