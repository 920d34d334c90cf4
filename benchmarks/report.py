"""The page of the documentation and its pictures, made of results."""

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks import machine
from benchmarks.result import Figure, Result, Table, shown

HERE = Path(__file__).parent
RESULTS = HERE / "results"
DOCS = HERE.parent / "docs"
PAGE, PICTURES, README = DOCS / "benchmarks.md", DOCS / "pictures", HERE / "README.md"
BEGIN, END = "<!-- missed: `report` writes what follows -->", "<!-- until here -->"
ORDER = ("rows", "shapes", "offers", "accounts", "cases", "frames", "sweep", "scaling", "streaming")
TITLES = {
    "rows": "Schedules beside loops and libraries",
    "shapes": "Other plans, and solving",
    "offers": "Offers",
    "accounts": "Accounts",
    "cases": "The register of cases",
    "frames": "Frames",
    "sweep": "Sweeps",
    "scaling": "Scaling",
    "streaming": "Parquet to Parquet",
}
PICTURE_OF = {
    "rows": ("benchmarks-rows.svg", "Nanoseconds a row of each contender, on a logarithmic axis"),
    "scaling": ("benchmarks-scaling.svg", "Time a row with more loans and longer terms; speed with threads"),
}
BARS_PICTURE = "benchmarks-bars.svg"
INTRO = """\
# Measured

What `python -m benchmarks all` found, as it was found: the program writes this page. How to run it on your
machine is in `benchmarks/README.md`, beside the program. Every contender of a section ran in turn, round by
round, and medians are compared; ± is half the distance between the fastest and the slowest round. Ratios say
more than times: most of them hold on other machines too. What a contender computes stands beside its figure:
floats that nobody rounded are less work than rows that are exact to the cent and add up.
"""
SMALL = """\
**Small sizes** (`--quick`): enough to see that all works. What is done once a call weighs more than in a
portfolio, so that ratios and bars say little."""
COLOURS = {"repayplan": "#1f4e79", "exact loop": "#f0a840", "library": "#d3dde8"}
MET, MISSED, QUIET = "#1f4e79", "#a84a00", "#666666"
STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "repayplan",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial", "Helvetica"],
    "axes.edgecolor": QUIET,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
}


def results(folder: Path) -> list[Result]:
    """The results of a folder, in the order of the page."""
    return [Result.read(path) for name in ORDER if (path := folder / f"{name}.json").exists()]


def write(folder: Path, page: Path, pictures: Path) -> list[Path]:
    """Write the page and its pictures; where matplotlib isn't installed, the page without them."""
    found = results(folder)
    drawn = draw(found, pictures) if found else []
    page.write_text(text_of(found, drawn, page.parent), "utf-8")
    return [page, *drawn]


def write_missed(folder: Path, readme: Path) -> Path:
    """Write the bars that were missed into the text that says how to read it, between its marks."""
    text = readme.read_text("utf-8")
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    readme.write_text("\n".join([before + BEGIN, *missed_lines(results(folder)), END]) + after, "utf-8")
    return readme


def missed_lines(found: Sequence[Result]) -> list[str]:
    """The bars that were missed, in Markdown, with the day of each area's run."""
    lines = [""]
    for result in found:
        lines += [
            f"- `{result.area}`, {result.machine['date']}: {_plain(check.name)} {shown(check.found)} "
            f"(bar {check.bar:g})"
            for check in result.checks
            if not check.met
        ]
    return [*lines, ""] if len(lines) > 1 else ["", "None.", ""]


def text_of(found: Sequence[Result], drawn: Sequence[Path], beside: Path) -> str:
    """The page in Markdown; ``drawn``: the pictures there are."""
    links = {path.name: Path(os.path.relpath(path, beside)).as_posix() for path in drawn}
    lines = [INTRO]
    lines += machines(found)
    lines += bars(found)
    if BARS_PICTURE in links:
        lines += [f"![What was found, as a share of its bar]({links[BARS_PICTURE]})", ""]
    for result in found:
        lines += [f"## {TITLES[result.area]}", "", f"{result.size}.", ""]
        for table in result.tables:
            lines += [*table_lines(table), ""]
        name, alternative = PICTURE_OF.get(result.area, ("", ""))
        if name in links:
            lines += [f"![{alternative}]({links[name]})", ""]
        lines += [line for note in result.notes for line in (_plain(note), "")]
        if result.left_out:
            lines += ["Left out:", ""]
            lines += [f"- {_plain(name)}: {_plain(why)}" for name, why in result.left_out.items()] + [""]
    return "\n".join(lines).rstrip() + "\n"


def machines(found: Sequence[Result]) -> list[str]:
    """The machine of the run, or of each area where they differ; and whether it was busy."""
    said: dict[str, list[str]] = {}
    for result in found:
        line = f"{machine.line(result.machine)}. {machine.busy_line(result.machine)}"
        said.setdefault(line, []).append(result.area)
    lines = []
    for line, areas in said.items():
        lines += [line if len(said) == 1 else f"**{', '.join(areas)}**: {line}", ""]
    if any(result.quick for result in found):
        lines += [SMALL, ""]
    versions = {name: each for result in found for name, each in result.machine["libraries"].items()}
    if versions:
        lines += [f"Versions: {', '.join(f'{name} {each}' for name, each in versions.items())}.", ""]
    return lines


def bars(found: Sequence[Result]) -> list[str]:
    """All bars, met and missed."""
    every = [(result.area, check) for result in found for check in result.checks]
    missed = sum(not check.met for _, check in every)
    lines = ["## The bars", "", f"{len(every) - missed} of {len(every)} are met, {missed} missed.", ""]
    lines += ["| area | what | found | bar | |", "| --- | --- | ---: | ---: | --- |"]
    lines += [
        f"| {area} | {_plain(check.name)} | {shown(check.found)} | "
        f"{'≥' if check.at_least else '≤'} {check.bar:g} | {'met' if check.met else '**missed**'} |"
        for area, check in every
    ]
    return [*lines, ""]


def table_lines(table: Table) -> list[str]:
    """A table in Markdown."""
    ratio = bool(table.yardstick) and table.multiple(table.figures[0]) is not None
    notes = any(each.note for each in table.figures)
    title = f"{table.title}, {table.unit}"
    heads = [title, "median", "±"]
    heads += [f"to {table.yardstick}"] if ratio else []
    heads += [table.counted] if table.counted else []
    sides = ["---", *["---:"] * (len(heads) - 1)]
    if notes:
        heads, sides = [*heads, "note"], [*sides, "---"]
    lines = [f"| {' | '.join(map(_plain, heads))} |", f"| {' | '.join(sides)} |"]
    for each in table.figures:
        cells = [_plain(each.name), shown(each.median), f"{each.spread / 2:.0%}"]
        cells += [shown(table.multiple(each) or 0.0)] if ratio else []
        cells += [f"{each.of:,}"] if table.counted else []
        cells += [_plain(each.note)] if notes else []
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _plain(text: str) -> str:
    return text.replace("|", "\\|")


def draw(found: Sequence[Result], folder: Path) -> list[Path]:
    """The pictures, as SVG; none where matplotlib isn't installed."""
    try:
        import matplotlib as mpl
    except ImportError:
        print("matplotlib isn't installed: no pictures")
        return []
    mpl.use("svg")
    folder.mkdir(parents=True, exist_ok=True)
    by_area, drawn = {result.area: result for result in found}, []
    with mpl.rc_context(STYLE):
        if any(result.checks for result in found):
            drawn.append(_bars_picture(found, folder / BARS_PICTURE))
        if "rows" in by_area:
            drawn.append(_rows_picture(by_area["rows"].tables[0], folder / PICTURE_OF["rows"][0]))
        if "scaling" in by_area:
            drawn.append(_scaling_picture(by_area["scaling"], folder / PICTURE_OF["scaling"][0]))
    return drawn


def _saved(figure: object, path: Path) -> Path:
    import matplotlib.pyplot as plt

    figure.savefig(path, metadata={"Date": None})  # type: ignore[attr-defined]
    plt.close(figure)  # type: ignore[arg-type]
    text = path.read_text("utf-8")
    # When and by what it was made is left out, so that the same picture is the same file.
    path.write_text(re.sub(r" <metadata>.*?</metadata>\n", "", text, flags=re.DOTALL), "utf-8")
    return path


def _rows_picture(table: Table, path: Path) -> Path:
    import matplotlib.pyplot as plt

    rows = sorted(table.figures, key=lambda each: -each.median)
    figure, axes = plt.subplots(figsize=(8.4, 0.28 * len(rows) + 1.1), layout="constrained")
    for at, each in enumerate(rows):
        axes.barh(at, each.median, color=COLOURS[each.group], edgecolor=QUIET, linewidth=0.4)
        axes.plot([each.low, each.high], [at, at], color=QUIET, linewidth=1)
        axes.text(max(each.high, each.median) * 1.15, at, shown(each.median), va="center", fontsize=8)
    axes.set(
        xscale="log", yticks=range(len(rows)), xlabel=table.unit, xlim=(None, 6 * max(r.high for r in rows))
    )
    axes.set_yticklabels([each.name for each in rows], fontsize=8)
    groups = [name for name in COLOURS if any(each.group == name for each in rows)]
    keys = [plt.Rectangle((0, 0), 1, 1, facecolor=COLOURS[name], edgecolor=QUIET) for name in groups]
    axes.legend(keys, groups, frameon=False, fontsize=8, loc="upper right")
    axes.spines[["top", "right"]].set_visible(False)
    return _saved(figure, path)


def _bars_picture(found: Sequence[Result], path: Path) -> Path:
    import matplotlib.pyplot as plt

    every = [check for result in found for check in result.checks if check.found > 0][::-1]
    figure, axes = plt.subplots(figsize=(8.4, 0.24 * len(every) + 1.1), layout="constrained")
    for at, check in enumerate(every):
        share = check.bar / check.found if check.at_least else check.found / check.bar
        colour, mark = (MET, "o") if check.met else (MISSED, "X")
        axes.plot([1, share], [at, at], color=colour, linewidth=1)
        axes.plot(share, at, mark, color=colour, markersize=5)
    axes.axvline(1, color=QUIET, linewidth=0.8)
    axes.set(xscale="log", yticks=range(len(every)), xlabel="found as a share of its bar (1: just met)")
    axes.set_yticklabels([check.name for check in every], fontsize=7)
    keys = [
        plt.Line2D([], [], marker=mark, color=colour, linestyle="none")
        for mark, colour in (("o", MET), ("X", MISSED))
    ]
    axes.legend(keys, ["met", "missed"], frameon=False, fontsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    return _saved(figure, path)


def _scaling_picture(result: Result, path: Path) -> Path:
    import matplotlib.pyplot as plt

    tables = {table.title: table for table in result.tables}
    wanted = [
        (title, unit, logarithmic)
        for title, unit, logarithmic in (
            ("with more loans", "loans", True),
            ("with longer terms", "months", False),
            ("with more threads", "threads", False),
        )
        if title in tables
    ]
    figure, panels = plt.subplots(
        1, len(wanted), figsize=(3.1 * len(wanted), 3.0), layout="constrained", squeeze=False
    )
    for axes, (title, unit, logarithmic) in zip(panels[0], wanted, strict=True):
        for name, points in _lines(tables[title], unit):
            axes.plot(*zip(*points, strict=True), marker="o", markersize=4, label=name)
        axes.set(xlabel=unit, ylabel=tables[title].unit, title=title, ylim=(0, None))
        if logarithmic:
            axes.set_xscale("log")
        if unit == "threads":
            axes.set_xticks(sorted({x for _, points in _lines(tables[title], unit) for x, _ in points}))
        axes.legend(frameon=False, fontsize=7)
        axes.spines[["top", "right"]].set_visible(False)
    return _saved(figure, path)


def _lines(table: Table, unit: str) -> Iterator[tuple[str, list[tuple[int, float]]]]:
    """Figures named "what, 1,000 loans" as a line for each what."""
    found: dict[str, list[tuple[int, float]]] = {}
    for each in table.figures:
        name, number = _named(each, unit)
        # Of threads, one is by definition as fast as one.
        found.setdefault(name, [(1, 1.0)] if unit == "threads" else []).append((number, each.median))
    yield from found.items()


def _named(figure: Figure, unit: str) -> tuple[str, int]:
    name, number = re.fullmatch(rf"(.*), ([\d,]+) {unit}", figure.name).groups()  # type: ignore[union-attr]
    return name, int(number.replace(",", ""))
