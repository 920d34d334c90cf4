"""The mutants of a module, as mutmut makes them, and one of them put in the place of the module's code."""

import ast
import difflib
import hashlib
import inspect
import random
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import FunctionType, ModuleType

import libcst as cst
from libcst.metadata import MetadataWrapper, ParentNodeProvider, PositionProvider
from mutmut.mutation.file_mutation import create_mutations

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "repayplan"
PROBE = "__reached__"


def digest(*texts):
    """A short hash."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


@lru_cache
def text_of(module):
    """Its source."""
    return (SOURCE / f"{module}.py").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Mutant:
    """A changed module; ``span``: the lines of which a test must reach one to see the change."""

    module: str
    function: str
    line: int
    span: tuple
    before: str
    after: str
    text: str

    @property
    def key(self):
        return digest(text_of(self.module), self.text)


@lru_cache
def parts(module):
    """Its functions, as (first line, last line, hash of the text)."""
    source = text_of(module)
    lines = source.splitlines()
    tree = ast.parse(source)
    nodes = [
        *tree.body,
        *(node for each in tree.body if isinstance(each, ast.ClassDef) for node in each.body),
    ]
    return [
        (node.lineno, node.end_lineno, digest(*lines[node.lineno - 1 : node.end_lineno]))
        for node in nodes
        if isinstance(node, ast.FunctionDef)
    ]


def part(module, line):
    """The function of a line, and how far down in it the line stands; None outside of functions."""
    for first, last, hashed in parts(module):
        if first <= line <= last:
            return hashed, line - first
    return None


def span(tree, line):
    """The lines of the innermost statement that a line belongs to, without those of statements inside it."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt):
            body = getattr(node, "body", None)
            last = node.end_lineno
            if body and not isinstance(node, ast.FunctionDef):
                last = max(body[0].lineno - 1, node.lineno)
            if node.lineno <= line <= last:
                found.append((node.lineno, last))
    return max(found, key=lambda each: (each[0], -each[1]))


def difference(before, after):
    """The lines that changed, as one text each."""
    lines = list(difflib.ndiff(before.splitlines(), after.splitlines()))
    return tuple(" ".join(each[2:].strip() for each in lines if each.startswith(sign)) for sign in "-+")


def words(mutation):
    """Is it about words for people?"""
    node = mutation.original_node
    return isinstance(node, cst.SimpleString) and (" " in node.value or not node.value.isascii())


def mutations(module):
    """The tree of a module, and what can be changed in it."""
    tree, made, _, _ = create_mutations(f"{module}.py", text_of(module))
    inside = [each for each in made if isinstance(each.contained_by_top_level_function, cst.FunctionDef)]
    return tree, [each for each in inside if not words(each)]


class Made:
    """All mutants of a module, in the order of a seed."""

    def __init__(self, module, seed):
        self.module, self.text = module, text_of(module)
        self.tree, self.mutations = mutations(module)
        wrapper = MetadataWrapper(self.tree, unsafe_skip_copy=True)
        self.places, self.parents = wrapper.resolve_many((PositionProvider, ParentNodeProvider)).values()
        self.parsed = ast.parse(self.text)
        random.Random(f"{seed} {module}").shuffle(self.mutations)  # noqa: S311 - a sample

    def place(self, node):
        """The line where it stands; a sign has none of its own."""
        while node not in self.places:
            node = self.parents[node]
        return self.places[node].start.line

    def function(self, mutation):
        """Its name, with the class's."""
        names, node = [], mutation.contained_by_top_level_function
        while not isinstance(node, cst.Module):
            if isinstance(node, cst.FunctionDef | cst.ClassDef):
                names.append(node.name.value)
            node = self.parents[node]
        return ".".join(reversed(names))

    def __iter__(self):
        seen = set()
        was = compile(self.text, "", "exec")
        for mutation in self.mutations:
            text = self.tree.deep_replace(mutation.original_node, mutation.mutated_node).code
            if text in seen or compile(text, "", "exec") == was:
                continue
            seen.add(text)
            line = self.place(mutation.original_node)
            yield Mutant(
                self.module,
                self.function(mutation),
                line,
                span(self.parsed, line),
                *difference(self.text, text),
                text,
            )


def functions(module, name):
    """Functions by their qualified name, those of classes too."""

    def inside(space):
        for value in list(vars(space).values()):
            plain = inspect.unwrap(getattr(value, "__func__", value))
            if isinstance(plain, FunctionType) and plain.__module__ == name:
                yield plain.__qualname__, plain
            elif isinstance(value, type) and value.__module__ == name:
                yield from inside(value)

    return dict(inside(module))


def plain(defaults):
    """Those defaults that are figures or texts, in which a mutant can differ."""
    pairs = defaults.items() if isinstance(defaults, dict) else enumerate(defaults or ())
    return {name: each for name, each in pairs if isinstance(each, int | float | str | None)}


def swap(module, code, **names):
    """Has the functions of a module go by other code, which sees these names too; how many changed."""
    name = f"repayplan.{module.replace('/', '.')}"
    live = sys.modules[name]
    fresh = ModuleType(name)
    fresh.__dict__.update(names, __file__=live.__file__, __package__=live.__package__)
    try:
        exec(code, fresh.__dict__)  # noqa: S102 - our own source, changed
    except Exception as error:
        raise ImportError(f"{type(error).__name__}: {error}") from error
    live.__dict__.update(names)
    there, changed = functions(fresh, name), 0
    for qualified, function in functions(live, name).items():
        other = there[qualified]
        if function.__code__ != other.__code__:
            function.__code__ = other.__code__
            changed += 1
        for kind in ("__defaults__", "__kwdefaults__"):
            if plain(getattr(function, kind)) != plain(getattr(other, kind)):
                setattr(function, kind, getattr(other, kind))
                changed += 1
    return changed


def put(mutant):
    """Has the package in this process go by the mutant."""
    if not swap(mutant.module, compile(mutant.text, str(SOURCE / f"{mutant.module}.py"), "exec")):
        raise LookupError(f"nothing changed in {mutant.function}")


class Probes(ast.NodeTransformer):
    """Puts a call before each statement of each function, which is told its line."""

    def __init__(self):
        self.deep = 0

    def visit_FunctionDef(self, node):
        self.deep += 1
        self.generic_visit(node)
        self.deep -= 1
        return node

    def generic_visit(self, node):
        super().generic_visit(node)
        for field in ("body", "orelse", "finalbody"):
            statements = getattr(node, field, None)
            if self.deep and isinstance(statements, list):
                setattr(node, field, [new for each in statements for new in (self.probe(each), each)])
        return node

    @staticmethod
    def probe(statement):
        call = ast.Call(ast.Name(PROBE, ast.Load()), [ast.Constant(statement.lineno)], [])
        return ast.copy_location(ast.Expr(call), statement)


def probe(module, heard):
    """Has the functions of a module tell which lines they come to."""
    tree = ast.fix_missing_locations(Probes().visit(ast.parse(text_of(module))))
    swap(module, compile(tree, str(SOURCE / f"{module}.py"), "exec"), **{PROBE: heard})
