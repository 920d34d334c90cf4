"""The wheel under every Python and with the oldest and newest libraries, and a user's code under pyright.

    python tests/deep/versions.py                     # the Pythons on the path and of pyenv
    python tests/deep/versions.py --python python3.13 --tests tests/test_digest.py

For each Python from 3.11 on, with the lowest and the newest versions of what the package depends on, an
environment is made, the wheel installed without the source tree and without any extra, and the tests run
(those that need an extra skip). `tests/test_digest.py` is among them: all must find the same figures to the
cent. Last, pyright in its strict mode reads `tests/typed_usage.py` against the installed wheel.

What became of it is a line of `versions.md` beside this file, with the day; an environment that has a line of
this source and these tests, and passed, isn't tried again, so that a run that was ended goes on. `--anew`
begins from nothing. It needs the network, and `pip install build`.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RESULTS = Path(__file__).parent / "versions.md"
HEAD = """# Pythons and versions

Written by `python tests/deep/versions.py`: a line for each environment that the wheel was tested in, without
the source tree and without any extra, and one for what pyright says of a user's code.

| day (UTC) | Python | libraries | what ran | result | seconds | source |
| --- | --- | --- | --- | --- | --- | --- |
"""
OLDEST = ("numpy==1.26.4", "python-dateutil==2.9.0.post0")
NUMPY_1 = (3, 13)
"""From this Python on numpy 1.26 has no wheel."""
USUAL = ("tests",)
VERSIONS = "import numpy, dateutil; print(f'numpy {numpy.__version__}, dateutil {dateutil.__version__}')"
RUNNERS = ("pytest", "pytest-xdist", "hypothesis")
PYRIGHT = "pyright, strict, tests/typed_usage.py"


def say(text):
    """For whoever watches."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def pythons():
    """Interpreters from 3.11 on: by version, where they are."""
    found = {}
    folders = [Path(each) for each in os.environ["PATH"].split(os.pathsep)]
    folders += sorted((Path.home() / ".pyenv/versions").glob("*/bin"))
    for folder in folders:
        for path in sorted(folder.glob("python3.*")) if folder.is_dir() else ():
            if re.fullmatch(r"python3\.\d+", path.name) and (version := of_python(path)):
                found.setdefault(version[:2], path)
    return [path for version, path in sorted(found.items()) if version >= (3, 11)]


def of_python(path):
    """Its version, as numbers; empty where it doesn't run."""
    ask = "import sys; print(*sys.version_info[:3])"
    made = subprocess.run([path, "-c", ask], capture_output=True, text=True, check=False)
    return tuple(int(each) for each in made.stdout.split()) if made.returncode == 0 else ()


def fingerprint():
    """Of all that is tested and all that tests it."""
    digest = hashlib.sha256()
    for folder in ("src", "tests"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".py", ".toml", ".csv", ".json", ".txt"):
                digest.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def run(*command, **options):
    """A command that must succeed; what it printed."""
    made = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    if made.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}\n{made.stdout[-4000:]}{made.stderr[-4000:]}")
    return made.stdout


def wheel(into):
    """The wheel of this source."""
    run(sys.executable, "-m", "build", "--wheel", "--outdir", into, ROOT)
    return next(into.glob("repayplan-*.whl"))


def environment(python, made, libraries, scratch):
    """A new environment with the wheel, these libraries and what runs tests: its Python."""
    place = scratch / "environment"
    shutil.rmtree(place, ignore_errors=True)
    run(python, "-m", "venv", place)
    inside = place / "bin/python"
    run(inside, "-m", "pip", "install", "-q", "--disable-pip-version-check", made, *libraries)
    return inside


def tested(inside, tests, scratch):
    """What pytest said in its last line, and whether it passed."""
    place = scratch / "tests"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    for name in ("tests", "docs", "benchmarks", "pyproject.toml", "README.md", "CHANGELOG.md", "mkdocs.yml"):
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, place / name)
    command = [inside, "-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider", "-m", "not slow", *tests]
    told = os.environ | {"REPAYPLAN_HYPOTHESIS": "few"}
    made = subprocess.run(command, capture_output=True, text=True, check=False, cwd=place, env=told)
    lines = made.stdout.strip().splitlines() or [made.stderr.strip()[-200:]]
    if made.returncode:
        say("\n".join(lines[-40:]))
    return re.sub(r"^=+ | =+$| in [\d.]+s.*$", "", lines[-1]), made.returncode == 0


def read_by_pyright(inside):
    """The same of pyright."""
    run(inside, "-m", "pip", "install", "-q", "--disable-pip-version-check", "pyright")
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(ROOT / "tests/typed_usage.py", folder)
        settings = {"typeCheckingMode": "strict", "venvPath": str(inside.parents[2]), "venv": "environment"}
        (Path(folder) / "pyrightconfig.json").write_text(json.dumps(settings))
        command = [inside, "-m", "pyright", "-p", folder]
        made = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = made.stdout.strip().splitlines() or [made.stderr.strip()[-200:]]
    if made.returncode:
        say("\n".join(lines[-40:]))
    return lines[-1], made.returncode == 0


def main():
    """All environments; 1 where one didn't pass."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", action="append", help="an interpreter; several times")
    parser.add_argument("--tests", nargs="+", default=list(USUAL), help="what pytest is given: tests")
    parser.add_argument("--only", choices=("lowest", "newest"), help="one kind of versions: both")
    parser.add_argument("--anew", action="store_true", help="forget what was found")
    asked = parser.parse_args()
    if asked.anew or not RESULTS.exists():
        RESULTS.write_text(HEAD)
    source, failed, tests = fingerprint(), False, " ".join(asked.tests)
    with tempfile.TemporaryDirectory() as folder:
        scratch, made = Path(folder), None
        wanted = asked.python or pythons()
        kinds = [old for old, kind in ((True, "lowest"), (False, "newest")) if asked.only in (None, kind)]
        jobs = [(python, old) for python in wanted for old in kinds]
        for python, old in [*jobs, (wanted[-1], None)]:
            version = of_python(python)
            if old and version >= NUMPY_1:
                continue
            name, ran = ".".join(map(str, version)), PYRIGHT if old is None else tests
            kind = "lowest" if old else "newest"
            key = f"| {name} | {kind}"
            done = [
                line
                for line in RESULTS.read_text().splitlines()
                if key in line
                and f"| {ran} |" in line
                and line.endswith(f"| {source} |")
                and "passed" in line
            ]
            if done:
                say(f"{name}, {kind}: known")
                continue
            made, start = made or wheel(scratch), time.perf_counter()
            inside = environment(python, made, (*RUNNERS, *(OLDEST if old else ())), scratch)
            told, fine = read_by_pyright(inside) if old is None else tested(inside, asked.tests, scratch)
            what, used = "passed: " if fine else "FAILED: ", run(inside, "-c", VERSIONS).strip()
            line = (
                f"| {datetime.now(UTC):%Y-%m-%d} {key}: {used} | {ran} | {what}{told} "
                f"| {time.perf_counter() - start:.0f} | {source} |"
            )
            say(line)
            with RESULTS.open("a") as file:
                file.write(f"{line}\n")
            failed |= not fine
    sys.exit(failed)


if __name__ == "__main__":
    main()
