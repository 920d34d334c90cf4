"""What the pictures have in common: axes of money and of dates, words in both languages, their places.

The canvas is one class: all that is put on axes asks them for the same size, font and language.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from repayplan.basics.errors import Code, InputError, Language
from repayplan.edges.frames import need
from repayplan.edges.plotfonts import Font, font_for
from repayplan.edges.plotstyle import INK, LIGHT, PALE, QUIET
from repayplan.edges.summarytext import width
from repayplan.edges.words import Words

Axes = Any
"""matplotlib's ``Axes``: it is imported when something is drawn, not before."""
Floats = npt.NDArray[np.float64]
Side = Literal["x", "y"]
SIDES: tuple[Side, Side] = ("x", "y")
_GRID = "#e8e8e8"
UNIT = Words("currency units", "货币单位")
"""What amounts are in where nobody says their currency."""

_SCALES: dict[Language, tuple[tuple[float, str], ...]] = {
    "en": ((1e6, "million"), (1e9, "billion"), (1e12, "trillion")),
    "zh": ((1e4, "万"), (1e8, "亿"), (1e12, "万亿")),
}
_PLAIN = 1e7
"""Amounts from here on are shown in millions (万), so that the figures of an axis stay short."""
_LETTER = 0.62
"""Width of a digit or a Latin letter, by the size of its font; a Chinese character has two."""
_FEWEST_DAYS = 5
"""An axis of fewer days would count hours."""
_SHORT = 95
"""An axis of fewer days has single days on it."""
_GREY, _DARK = np.array([0.299, 0.587, 0.114]), 0.5
"""What colours weigh as grey; below which grey a figure in a cell is written in white."""
_CLOSING = "）：，、。；"
"""What begins no line."""
_SMALL = 0.833
"""A small letter, by the size of others."""


@dataclass(frozen=True, slots=True)
class Canvas:
    """Axes that are drawn on, and how words are put there.

    Attributes
    ----------
    axes
        matplotlib's.
    words, language, currency
        What labels say, by name; in which language; what amounts are in.
    font
        matplotlib's properties of the font of all words; None: those of its own settings.
    """

    axes: Axes
    words: Mapping[str, Words]
    language: Language
    currency: str
    font: Any

    @classmethod
    def on(
        cls,
        ax: Axes | None,
        words: Mapping[str, Words],
        *,
        language: Language,
        currency: str | None,
        font: Font | None,
        also: str = "",
    ) -> Canvas:
        """The axes that were given, or those of a new figure, once everything can be written there.

        ``also``: what is written beside the words, such as names of groups.

        Raises
        ------
        InputError
            Axes that are none; a language that there are no labels in; no font has their characters.
        ImportError
            matplotlib isn't installed; the message names the extra.
        """
        need("matplotlib", "plot")
        if ax is not None and not hasattr(ax, "spines"):
            raise InputError(Code.UNKNOWN_VALUE, "ax", ax, "Axes of matplotlib, as plt.subplots() makes them")
        unit = currency or UNIT.said(language)
        said = [unit, *(each.said(language) for each in words.values()), *(n for _, n in _SCALES[language])]
        properties = font_for("".join((*said, also)), font)
        if ax is None:
            _, ax = need("matplotlib.pyplot", "plot").subplots(layout="constrained")
        ax.spines[["top", "right"]].set_visible(False)
        ax.spines[["bottom", "left"]].set_color(QUIET)
        ax.set_axisbelow(True)
        return cls(ax, words, language, unit, properties)

    def said(self, name: str) -> str:
        """A word of the picture."""
        return self.words[name].said(self.language)

    def unit(self, top: float) -> tuple[float, str]:
        """By what amounts up to one are divided, so that they are short, and what they are in then."""
        worth = [each for each in _SCALES[self.language] if top >= max(10 * each[0], _PLAIN)]
        return (worth[-1][0], f"{worth[-1][1]} {self.currency}") if worth else (1.0, self.currency)

    def in_unit(self, name: str, unit: str) -> str:
        """A word of the picture, with what it is in; nothing: a plain figure."""
        if not unit:
            return self.said(name)
        return f"{self.said(name)} ({unit})" if self.language == "en" else f"{self.said(name)}（{unit}）"

    def money_axis(self, side: Side, name: str, decimals: int) -> None:
        """Labels an axis of amounts: what they are, in which currency; thousands are parted.

        Called once everything is drawn: large amounts are shown in millions, as the label then says.
        """
        ticker = need("matplotlib.ticker", "plot")
        scale, unit = self.unit(max(abs(each) for each in self._reach(side)))
        self._label(side, self.in_unit(name, unit))
        axis = self.axes.xaxis if side == "x" else self.axes.yaxis
        room = self._room("x", 11) if side == "x" else 6
        steps = [1, 2, 2.5, 5, 10] if decimals or scale > 1 else [1, 2, 5, 10]
        whole = not decimals and scale == 1  # there is no half a yen
        axis.set_major_locator(ticker.MaxNLocator(nbins=room, steps=steps, integer=whole))
        axis.set_major_formatter(
            ticker.FuncFormatter(lambda value, _: f"{value / scale:,.10g}".replace("-", "\N{MINUS SIGN}"))
        )
        self.axes.grid(axis=side, color=_GRID, linewidth=0.8)
        axis.set_tick_params(color=QUIET)

    def figures_axis(self, side: Side, name: str) -> None:
        """Labels an axis of plain figures; thousands are parted."""
        ticker = need("matplotlib.ticker", "plot")
        axis = self.axes.xaxis if side == "x" else self.axes.yaxis
        axis.set_major_locator(ticker.MaxNLocator(nbins=self._room("x", 7) if side == "x" else 6))
        axis.set_major_formatter(
            ticker.FuncFormatter(lambda value, _: f"{value:,.10g}".replace("-", "\N{MINUS SIGN}"))
        )
        self._label(side, self.said(name))
        self.axes.grid(axis=side, color=_GRID, linewidth=0.8)
        axis.set_tick_params(color=QUIET)

    def names_axis(self, side: Side, names: Sequence[str], label: str = "") -> None:
        """Names at 0, 1, 2 and so on of an axis, and what they are names of, as it is written."""
        axis = self.axes.xaxis if side == "x" else self.axes.yaxis
        axis.set_ticks(range(len(names)), names)
        axis.set_tick_params(color=QUIET)
        for text in axis.get_ticklabels():
            self._letter(text)
        if label:
            self._label(side, self.folded(label, int(self.points(side) / (_LETTER * self.size))))

    @staticmethod
    def folded(text: str, columns: int) -> str:
        """A long text on several lines of about so many letters."""
        if width(text) <= columns:
            return text
        space = " " if text.isascii() else ""
        words = text.split(space) if space else re.findall("（[^（）]*）|.", text)
        lines = [words[0]]
        for each in words[1:]:
            if width(f"{lines[-1]}{space}{each}") <= max(columns, 8) or each in _CLOSING:
                lines[-1] += f"{space}{each}"
            else:
                lines.append(each)
        return "\n".join(lines)

    def heading(self, name: str, unit: str = "") -> None:
        """What is shown, and in what, above the axes."""
        self._letter(self.axes.set_title(self.in_unit(name, unit), loc="left", fontsize="medium"))

    def fits(self, side: Side, texts: Sequence[str], places: int) -> bool:
        """Whether small texts stand beside one another at so many places along a side."""
        longest = max((width(each) for each in texts), default=0)
        letters = longest * _LETTER + 0.6 if side == "x" else 1.3
        return letters * _SMALL * self.size * places <= self.points(side)

    def colour_bar(self, unit: float) -> None:
        """What the colours of the table mean, figures divided by a unit."""
        ticker = need("matplotlib.ticker", "plot")
        bar = self.axes.figure.colorbar(self.axes.collections[-1], ax=self.axes)
        bar.outline.set_visible(False)
        bar.ax.yaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value / unit:,.10g}"))
        bar.ax.yaxis.set_tick_params(color=QUIET)

    def count_axis(self, name: str) -> None:
        """Labels the vertical axis, on which something is counted, from 0."""
        ticker = need("matplotlib.ticker", "plot")
        axis = self.axes.yaxis
        self.axes.set_ylim(0, max(1.08 * self._reach("y")[1], 1.0))
        axis.set_major_locator(ticker.MaxNLocator(nbins=6, steps=[1, 2, 5, 10], integer=True))
        self._label("y", self.said(name))
        self.axes.grid(axis="y", color=_GRID, linewidth=0.8)
        axis.set_tick_params(color=QUIET)

    def percent_axis(self, name: str) -> None:
        """Labels the vertical axis, on which there are per cent: no figure is above 100 or below 0.

        Marks begin where the axis does.
        """
        ticker = need("matplotlib.ticker", "plot")
        low, high = self._reach("y")
        low = min(low, self.axes.get_ylim()[0])
        # Of a low picture a legend takes more than half.
        most = min(max(int(self.points("y") / (4 * self.size)), 2), 6)
        places = ticker.MaxNLocator(nbins=most, steps=[1, 2, 2.5, 5, 10]).tick_values(
            max(low, 0), min(high, 100)
        )
        axis = self.axes.yaxis
        axis.set_major_locator(ticker.FixedLocator([each for each in places if 0 <= each <= 100]))
        axis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:.10g}"))
        self._label("y", self.said(name))
        self.axes.grid(axis="y", color=_GRID, linewidth=0.8)
        axis.set_tick_params(color=QUIET)

    def months_axis(self, name: str, months: Sequence[int], below: Mapping[int, str] | None = None) -> None:
        """Labels the horizontal axis, on which there are some numbers of months.

        ``below``: what stands under a month.
        """
        ticker = need("matplotlib.ticker", "plot")
        low, high = self._reach("x")
        edge = 0.04 * (high - low) or 1.0
        self.axes.set_xlim(low - edge, high + edge)
        room = (high - low) / max(self._room("x", 4) - 1, 1)
        shown: list[int] = []
        for each in months:
            if not shown or each - shown[-1] >= room:
                shown.append(each)
        self.axes.xaxis.set_major_locator(ticker.FixedLocator(shown))
        under = below or {}
        self.axes.xaxis.set_major_formatter(
            ticker.FuncFormatter(lambda value, _: f"{value:.0f}\n{under.get(round(value), '')}".rstrip())
        )
        self.axes.xaxis.set_tick_params(color=QUIET)
        self._label("x", self.said(name))

    def date_axis(self, name: str) -> None:
        """Labels the horizontal axis, on which days are matplotlib's numbers; called when all is drawn."""
        dates = need("matplotlib.dates", "plot")
        axis = self.axes.xaxis
        self.axes.xaxis_date()
        low, high = self._reach("x")
        edge = max(0.02 * (high - low), (_FEWEST_DAYS - (high - low)) / 2)
        self.axes.set_xlim(low - edge, high + edge)
        by_day = high - low < _SHORT
        room = self._room("x", 11 if by_day else 7.5)
        locator = dates.AutoDateLocator(minticks=3, maxticks=max(room, 4))
        # So that some interval fits, however few ticks there is room for.
        locator.intervald[dates.MONTHLY] = [1, 2, 3, 6, 12]
        locator.intervald[dates.DAILY] = [1, 2, 3, 7, 14, 31]
        axis.set_major_locator(locator)
        day = "%Y-%m-%d" if room >= 4 else "%m-%d\n%Y"
        shown = dates.AutoDateFormatter(locator, defaultfmt=day)
        shown.scaled = {365.0: "%Y", 30.0: "%Y-%m", 1.0: day}
        axis.set_major_formatter(shown)
        axis.set_tick_params(color=QUIET)
        self._label("x", self.said(name))

    def legend(self, *, floor: float | None = None) -> None:
        """A legend of what is labelled, if anything is, at the top, and room for it above what is drawn.

        Parameters
        ----------
        floor
            Where the vertical axis begins, if nothing is drawn below; None: a little below what is.
        """
        handles, labels = self.axes.get_legend_handles_labels()
        wide = [(width(label) * _LETTER + 5) * self.size for label in labels]
        fitting = (n for n in range(1, len(wide)) if _row(wide, n) < self.points("x"))
        lines = next(fitting, len(wide))
        share = min((1.7 * lines + 2.8) * self.size / self.points("y"), 0.7) if labels else 0.05
        low, high = self._reach("y")
        if floor is not None:
            low = min(low, floor)
        span = (high - low) or 1.0
        under = 0.0 if floor is not None and low == floor else 0.05 * span
        self.axes.set_ylim(low - under, high + span * share / (1 - share))
        if not labels:
            return
        made = self.axes.legend(
            handles,
            labels,
            loc="upper left",
            ncols=-(-len(labels) // lines),
            borderaxespad=0.2,
            framealpha=1.0,
            prop=self.font,
        )
        made.get_frame().set_linewidth(0)

    def legend_above(self) -> None:
        """A legend of what is labelled above the axes, where these have their first row at the top."""
        handles, labels = self.axes.get_legend_handles_labels()
        wide = [(width(label) * _LETTER + 5) * self.size for label in labels]
        fitting = (n for n in range(1, len(wide)) if _row(wide, n) < self.points("x"))
        lines = next(fitting, len(wide))
        self.axes.legend(
            handles,
            labels,
            loc="lower left",
            bbox_to_anchor=(0, 1),
            ncols=-(-len(labels) // max(lines, 1)),
            borderaxespad=0.2,
            frameon=False,
            prop=self.font,
        )

    def table(self, cells: Floats, texts: Mapping[tuple[int, int], str], reach: tuple[float, float]) -> None:
        """A cell for each figure, the darker the more, with its text by row and column; NaN is left empty.

        ``reach``: the figures that are white and as dark as can be.
        """
        colors = need("matplotlib.colors", "plot")
        scale = colors.LinearSegmentedColormap.from_list("cells", [LIGHT, PALE, INK])
        low, high = reach
        edges = [np.arange(size + 1) - 0.5 for size in (cells.shape[1], cells.shape[0])]
        self.axes.pcolormesh(
            *edges,
            np.ma.masked_invalid(cells),
            cmap=scale,
            vmin=low,
            vmax=high,
            edgecolors=LIGHT,
            linewidth=1,
        )
        for (row, column), text in texts.items():
            dark = _GREY @ scale((cells[row, column] - low) / (high - low))[:3] < _DARK
            color = LIGHT if dark else "black"
            made = self.axes.text(column, row, text, ha="center", va="center", color=color, fontsize="small")
            self._letter(made)

    def note(self, text: str, at: tuple[float, float], *, level: bool = False) -> None:
        """A short text beside a point, a little above it or ``level`` with it."""
        where = {"xytext": (6, 0), "va": "center"} if level else {"xytext": (6, 5)}
        ground = {"facecolor": LIGHT, "edgecolor": "none", "alpha": 0.8, "pad": 0.5}
        made = self.axes.annotate(
            text, at, textcoords="offset points", fontsize="small", bbox=ground, zorder=5, **where
        )
        self._letter(made)

    def _label(self, side: Side, text: str) -> None:
        self._letter(self.axes.set_xlabel(text) if side == "x" else self.axes.set_ylabel(text))

    def _letter(self, text: Any) -> None:
        """The font, in the size that a text has; a dollar sign is one, and begins no formula."""
        text.set_parse_math(False)
        if self.font is not None:
            size = text.get_fontsize()
            text.set_fontproperties(self.font)
            text.set_fontsize(size)

    def _reach(self, side: Side) -> tuple[float, float]:
        """From where to where something is drawn, on axes that share the side too."""
        shared = self.axes.get_shared_x_axes() if side == "x" else self.axes.get_shared_y_axes()
        boxes = [each.dataLim for each in shared.get_siblings(self.axes)]
        ends = np.array([box.intervalx if side == "x" else box.intervaly for box in boxes])
        return float(ends[:, 0].min()), float(ends[:, 1].max())  # an empty one is from inf to -inf

    def points(self, side: Side) -> float:
        """How long a side of the axes is, in points, before any layout that is still to come."""
        box = self.axes.get_window_extent()
        return float((box.width if side == "x" else box.height) * 72 / self.axes.figure.dpi)

    @property
    def size(self) -> float:
        """Of letters, in points."""
        return float(need("matplotlib", "plot").rcParams["font.size"])

    def _room(self, side: Side, letters: float) -> int:
        """How many numbers of so many letters stand beside one another."""
        return min(max(int(self.points(side) / (letters * _LETTER * self.size)), 2), 9)


def _row(widths: Sequence[float], lines: int) -> float:
    """How wide entries are in so many lines, filled column by column."""
    return sum(max(widths[i : i + lines]) for i in range(0, len(widths), lines))


def tenths(number: float) -> str:
    """A figure with one decimal; 0 is nothing, and what only rounds to it is said to be less than 0.1.

    Examples
    --------
    >>> [tenths(each) for each in (0, 0.04, -0.04, 2, 33.33)]
    ['0', '<0.1', '>-0.1', '2.0', '33.3']
    """
    text = f"{number:.1f}"
    if text not in ("0.0", "-0.0"):
        return text
    return "0" if number == 0 else "<0.1" if number > 0 else ">-0.1"
