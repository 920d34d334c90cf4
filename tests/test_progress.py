"""Progress on a terminal: not at once, not too often, over itself, and gone at the end."""

import io

import pytest

from repayplan.basics.blocks import run_blocks
from repayplan.edges.progress import INTERVAL, PATIENCE, ProgressLine


class Screen(io.StringIO):
    """A stream that is a terminal, or isn't."""

    def __init__(self, *, tty=True):
        super().__init__()
        self.tty = tty

    def isatty(self):
        return self.tty

    @property
    def lines(self):
        """What stood on the line, one after the other."""
        return [part.rstrip() for part in self.getvalue().split("\r")]


class Clock:
    """A clock that goes on when told to."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def test_a_short_run_shows_nothing(clock):
    screen = Screen()
    with ProgressLine(screen, clock) as progress:
        for done in range(50):
            clock.now += PATIENCE / 60
            progress("loans", done, 50)
    assert screen.getvalue() == ""


def test_a_long_run_shows_how_far_it_is(clock):
    screen = Screen()
    with ProgressLine(screen, clock) as progress:
        clock.now += PATIENCE
        progress("loans", 12_500, 1_000_000)
        clock.now += INTERVAL
        progress("writing", 0, 0)
        clock.now += INTERVAL
        progress("loans", 1_000_000, 1_000_000)
    shown = ["loans: 12,500 of 1,000,000 (1 %)", "writing ...", "loans: 1,000,000 of 1,000,000 (100 %)"]
    assert screen.lines == ["", *shown, "", ""]


def test_it_is_updated_at_intervals(clock):
    screen = Screen()
    with ProgressLine(screen, clock) as progress:
        clock.now += PATIENCE
        for done in range(100):
            progress("loans", done, 100)
            clock.now += INTERVAL / 4
        assert len(screen.lines) == 1 + 25
        assert screen.lines[-1] == "loans: 96 of 100 (96 %)"


def test_a_shorter_line_leaves_nothing_of_a_longer_one(clock):
    screen = Screen()
    with ProgressLine(screen, clock) as progress:
        clock.now += PATIENCE
        progress("a rather long word", 0, 0)
        clock.now += INTERVAL
        progress("short", 0, 0)
    widths = [len(part) for part in screen.getvalue().split("\r")]
    assert widths == [0, len("a rather long word ..."), len("a rather long word ..."), len("short ..."), 0]


@pytest.mark.parametrize("fault", [ValueError, KeyboardInterrupt])
def test_the_line_is_cleared_before_a_fault_is_told(clock, fault):
    screen = Screen()

    def breaks():
        with ProgressLine(screen, clock) as progress:
            clock.now += PATIENCE
            progress("loans", 1, 2)
            raise fault

    with pytest.raises(fault):
        breaks()
    assert screen.lines[-3:] == ["loans: 1 of 2 (50 %)", "", ""]


def test_what_is_no_terminal_gets_nothing(clock):
    screen = Screen(tty=False)
    with ProgressLine(screen, clock) as progress:
        clock.now += 10 * PATIENCE
        progress("loans", 1, 2)
    assert screen.getvalue() == ""


def test_it_is_on_standard_error_and_never_on_standard_output(clock, monkeypatch, capsys):
    screen = Screen()
    monkeypatch.setattr("sys.stderr", screen)
    with ProgressLine(clock=clock) as progress:
        clock.now += PATIENCE
        progress("loans", 1, 2)
    assert "loans: 1 of 2 (50 %)" in screen.getvalue()
    assert capsys.readouterr().out == ""


def test_it_can_be_told_by_blocks_of_work(clock):
    screen = Screen()
    with ProgressLine(screen, clock) as progress:

        def told(done, total):
            clock.now += PATIENCE
            progress("loans", done, total)

        run_blocks(abs, [-1, -2, -3], lambda job: -10 * job, progress=told)
    assert screen.lines[1:4] == [
        "loans: 10 of 60 (16 %)",
        "loans: 30 of 60 (50 %)",
        "loans: 60 of 60 (100 %)",
    ]
