"""What a run found: figures with their spread, what they are held against, and the machine."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One thing measured: the median of the rounds, the least and the most."""

    name: str
    median: float
    low: float
    high: float
    of: int = 0
    group: str = "repayplan"
    note: str = ""

    @classmethod
    def among(cls, name: str, values: Sequence[float], **more: Any) -> "Figure":
        """The figure of several values of one thing."""
        ordered = sorted(values)
        middle = (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2
        return cls(name=name, median=middle, low=ordered[0], high=ordered[-1], **more)

    @property
    def spread(self) -> float:
        """How far the rounds lie apart, as a share of the median."""
        return (self.high - self.low) / self.median if self.median else 0.0


@dataclass(frozen=True, kw_only=True)
class Table:
    """Figures of one unit; those of a table with ``yardstick`` are shown as multiples of it too."""

    title: str
    unit: str
    figures: tuple[Figure, ...]
    yardstick: str = ""
    counted: str = ""

    def multiple(self, figure: Figure) -> float | None:
        """The figure as a multiple of the yardstick; None where there is none."""
        against = next((each.median for each in self.figures if each.name == self.yardstick), None)
        return None if not against else figure.median / against


@dataclass(frozen=True, kw_only=True)
class Check:
    """A ratio or figure beside the bar that it is held against."""

    name: str
    found: float
    bar: float
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Whether the bar is met."""
        return self.found >= self.bar if self.at_least else self.found <= self.bar


AT_LEAST = " (at least)"


def checks(found: Mapping[str, float], bars: Mapping[str, float]) -> tuple[Check, ...]:
    """What was found beside its bars; a bar whose name ends in "(at least)" is a lower one."""
    return tuple(
        Check(name=name.removesuffix(AT_LEAST), found=found[name], bar=bar, at_least=name.endswith(AT_LEAST))
        for name, bar in bars.items()
        if name in found
    )


@dataclass(frozen=True, kw_only=True)
class Result:
    """All that one area found in one run."""

    area: str
    about: str
    size: str
    machine: dict[str, Any]
    tables: tuple[Table, ...]
    checks: tuple[Check, ...] = ()
    notes: tuple[str, ...] = ()
    left_out: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    quick: bool = False

    def write(self, folder: Path) -> Path:
        """Write it as ``<area>.json``."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.area}.json"
        path.write_text(json.dumps(_rounded(asdict(self)), indent=1, ensure_ascii=False) + "\n", "utf-8")
        return path

    @classmethod
    def read(cls, path: Path) -> "Result":
        """Read what :meth:`write` wrote."""
        given = json.loads(path.read_text("utf-8"))
        tables = tuple(
            Table(**each | {"figures": tuple(Figure(**one) for one in each["figures"])})
            for each in given["tables"]
        )
        held = tuple(Check(**each) for each in given["checks"])
        return cls(**given | {"tables": tables, "checks": held, "notes": tuple(given["notes"])})

    def text(self) -> str:
        """The figures for a terminal."""
        lines = ["", f"== {self.area}: {self.about}", self.size]
        for table in self.tables:
            width = max(len(each.name) for each in table.figures) + 2
            heads = ["", f"{'to ' + table.yardstick}"] if table.yardstick else [""]
            lines += ["", f"{table.title or 'median of the rounds'}, {table.unit}{'; '.join(heads)}"]
            for each in table.figures:
                ratio = table.multiple(each)
                more = "" if ratio is None else f"{ratio:9.2f}"
                lines.append(
                    f"  {each.name:{width}}{shown(each.median):>12}{more}   +-{each.spread / 2:4.0%}"
                    f"{'   ' + each.note if each.note else ''}"
                )
        if self.checks:
            width = max(len(each.name) for each in self.checks) + 2
            lines.append("")
            for check in self.checks:
                bar = f"{'at least' if check.at_least else 'at most'} {check.bar:g}"
                said = "met" if check.met else "MISSED"
                lines.append(f"  {check.name:{width}}{shown(check.found):>10}   bar: {bar:14} {said}")
        lines += ["", *self.notes] if self.notes else []
        lines += [f"left out: {name}: {why}" for name, why in self.left_out.items()]
        return "\n".join(lines)


def shown(value: float) -> str:
    """A figure with three digits or more."""
    size = abs(value)
    places = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 1 else 3
    return f"{value:,.{places}f}"


def _rounded(value: Any) -> Any:
    """Floats with six digits: what is measured has no more, and the files stay readable."""
    if isinstance(value, dict):
        return {name: _rounded(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(each) for each in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value
