"""What README promises to whoever copies from it: two commands, and figures that are right."""

import re
import shlex
import subprocess
import tomllib
from datetime import date
from pathlib import Path

import pytest

import oracle
from repayplan.edges.options import options_parser

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
CHECK = ROOT / ".ci" / "run"
HEADINGS = ("Run it", "Test it")

needs_check = pytest.mark.skipif(not CHECK.exists(), reason="a source archive has no .ci/run")


def sections():
    """Each `##` heading with the text under it."""
    head, *parts = re.split(r"^## (.+)\n", README, flags=re.MULTILINE)
    return {"": head} | dict(zip(parts[::2], parts[1::2], strict=True))


def blocks(text, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


def command(heading):
    (block,) = blocks(sections()[heading], "sh")
    return block


def test_there_are_two_commands_and_each_is_the_only_one_under_its_heading():
    found = {heading: len(blocks(text, "sh")) for heading, text in sections().items()}
    assert {heading: n for heading, n in found.items() if n} == {"Run it": 1, "Test it": 1}
    assert README.count("```sh") == 2
    for heading in HEADINGS:
        assert README.count(f"\n## {heading}\n") == 1
        assert command(heading).count("\n") == 1


@pytest.mark.parametrize("heading", HEADINGS)
def test_a_command_needs_nothing_but_python_and_pip(heading):
    steps = [shlex.split(step) for step in command(heading).split(" && ")]
    make, install, use = steps
    assert make == ["python3", "-m", "venv", ".venv"]
    assert install[:3] == [".venv/bin/pip", "install", "-e"]
    extra = re.fullmatch(r"\.\[(\w+)\]", install[3])[1]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert extra in project["optional-dependencies"]
    assert use[:2] == [".venv/bin/python", "-m"]


def test_the_commands_are_understood():
    parser = options_parser()
    *_, run = command("Run it").split(" && ")
    assert run.split()[2] == "repayplan"
    assert parser.parse_args(run.split()[3:]).command == "demo"
    *_, test = command("Test it").split(" && ")
    assert test.split()[2:] == ["pytest"]
    (own,) = blocks(sections()["Run it"], "text")
    assert own.split()[:3] == ["python", "-m", "repayplan"]
    options = parser.parse_args(own.split()[3:])
    assert (options.command, str(options.loans), str(options.policy), str(options.out)) == (
        "propose",
        "loans.csv",
        "policy.toml",
        "decisions",
    )


@needs_check
@pytest.mark.parametrize("heading", HEADINGS)
def test_the_check_reads_the_very_command(heading):
    script = CHECK.read_text(encoding="utf-8")
    reader = re.search(r"^readme_command\(\) \{\n.*?^\}\n", script, flags=re.MULTILINE | re.DOTALL)[0]
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", f'{reader}\nreadme_command "{heading}"'],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == (command(heading), "")


@needs_check
def test_the_check_runs_the_command_under_test_it():
    script = CHECK.read_text(encoding="utf-8")
    assert 'command=$(readme_command "Test it")' in script
    assert re.search(r'^[^#\n]*bash [^\n]*-c "\$command"$', script, flags=re.MULTILINE)


def test_the_figures_of_the_example_are_right():
    section = sections()["An example"]
    (code,), (shown,) = blocks(section, "python"), blocks(section, "text")
    # The loan as the prose and the code have it.
    for said in ('principal="12000.00"', 'annual_rate="0.12"', 'next_due="2026-01-31"'):
        assert said in code
    assert 'holiday(3, interest="capitalise") + equal_instalment(24)' in code
    terms = dict.fromkeys(oracle.MONEY, 0) | {"principal": 12_000_00, "annual_rate": 12 * 10**8}
    terms |= {"decimals": 2, "next_due": date(2026, 1, 31), "start": None, "residue": "last"}
    terms |= {"frequency": "monthly", "day_count": "periods", "first_stub": "short"}
    for what in ("instalment", "interest"):
        terms |= {f"{what}_mode": "half_up", f"{what}_multiple": 1}
    rest = {"kind": "holiday", "n": 3, "interest": "capitalise"}
    rows = oracle.oracle_schedule(terms, [rest, {"kind": "equal_instalment", "n": 24}])
    number, due, payment, closing = shown.split()
    assert (int(number), date.fromisoformat(due)) == (len(rows), rows[3]["due_date"])
    assert (payment, closing) == (f"{rows[3]['payment'] / 100:.2f}", f"{rows[-1]['closing'] / 100:.2f}")


def test_every_file_that_is_named_is_there():
    named = re.findall(r"\]\(([^)#:]+)\)|`((?:tests|docs|benchmarks)/[\w./]*)`", README)
    paths = [first or second for first, second in named]
    assert len(paths) >= 5
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_every_extra_that_is_named_is_there():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = set(re.findall(r"\.\[(\w+)\]", README))
    assert extras >= {"demo", "test"}
    assert extras <= set(project["optional-dependencies"])
