"""Measure the structure of the project: `python -m tools.structure [--list]`.

The rules behind each count stand here, so that the figures before and after a change compare.
"""

import argparse
import ast
import re
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from numpydoc.docscrape import NumpyDocString, Parameter

ROOT = Path(__file__).parents[1]
type Count = Callable[[], list[str]]

PACKAGE, TESTS = ROOT / "bayescale", ROOT / "tests"
MOST_MODULES, MOST_LINES, MOST_FUNCTION_LINES = 16, 300, 50
#: Names that say how a value was obtained instead of what it is.
EMPTY_NAMES = frozenset(
    [
        "one",
        "found",
        "own",
        "said",
        "told",
        "asked",
        "given",
        "shown",
        "what",
        "kept",
        "mine",
        "theirs",
        "ours",
        "whose",
        "made",
        "meant",
        "thing",
    ]
)
#: Modules that are tested through others: entry points, and modules without logic of their own.
NEED_NO_TEST = frozenset({"__main__", "cli/app"})


def modules() -> list[Path]:
    """Every module of the package, without `__init__.py`."""
    return sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py")


def _parsed(path: Path) -> ast.Module:
    return _tree(path.read_text(encoding="utf-8"))


@cache
def _tree(source: str) -> ast.Module:
    """The syntax tree of a source, parsed once for all counts."""
    return ast.parse(source)


def crowded_folders() -> list[str]:
    """Folders with more than 16 modules."""
    count = Counter(path.parent.relative_to(ROOT).as_posix() for path in modules())
    return [f"{folder}: {number}" for folder, number in sorted(count.items()) if number > MOST_MODULES]


def untested_modules() -> list[str]:
    """Modules without a test file of their name in the mirrored folder."""
    names = [path.relative_to(PACKAGE) for path in modules()]
    return [
        name.as_posix()
        for name in names
        if name.with_suffix("").as_posix() not in NEED_NO_TEST
        and not (TESTS / name.parent / f"test_{name.name}").exists()
        and _functions(_parsed(PACKAGE / name))
    ]


def long_modules() -> list[str]:
    """Modules of more than 300 lines."""
    count = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in modules()}
    return [f"{path.relative_to(ROOT)}: {lines}" for path, lines in count.items() if lines > MOST_LINES]


def long_functions() -> list[str]:
    """Functions of more than 50 lines, without the docstring and blank lines."""
    out = []
    for path, function in _all_functions():
        source = path.read_text(encoding="utf-8").splitlines()
        body = function.body[1:] if ast.get_docstring(function) else function.body
        if (
            body
            and sum(bool(line.strip()) for line in source[body[0].lineno - 1 : function.end_lineno])
            > MOST_FUNCTION_LINES
        ):
            out.append(f"{path.relative_to(ROOT)}:{function.lineno} {function.name}")
    return out


def empty_names() -> list[str]:
    """Variables, arguments and functions whose name says nothing."""
    out = []
    for path in modules():
        names: set[str] = set()
        for node in ast.walk(_parsed(path)):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names.add(node.id)
            elif isinstance(node, ast.arg):
                names.add(node.arg)
            elif isinstance(node, ast.FunctionDef | ast.ClassDef):
                names.add(node.name.lstrip("_"))
        if bad := sorted(names & EMPTY_NAMES):
            out.append(f"{path.relative_to(ROOT)}: {', '.join(bad)}")
    return out


def without_parameters() -> list[str]:
    """Public functions and methods whose Parameters section does not describe exactly their arguments.

    These are the rules PR01, PR02 and PR07 of numpydoc.
    """
    out = []
    for path, function in _public_functions():
        arguments = {name for name in _arguments(function) if name not in ("self", "cls")}
        entries = _section(function, "Parameters")
        documented = {name.strip().lstrip("*") for entry in entries for name in entry.name.split(",")}
        if arguments != documented or not all(entry.desc for entry in entries):
            out.append(f"{path.relative_to(ROOT)}:{function.lineno} {function.name}")
    return out


def without_returns() -> list[str]:
    """Public functions and methods that return a value, without a Returns section that describes it (RT01, RT03)."""
    out = []
    for path, function in _public_functions():
        annotation = "None" if function.returns is None else ast.unparse(function.returns)
        is_property = any("property" in ast.unparse(decorator) for decorator in function.decorator_list)
        if annotation in ("None", "NoReturn") or is_property:
            continue
        entries = _section(function, "Yields" if annotation.startswith("Iterator") and _yields(function) else "Returns")
        if not entries or not all(entry.desc for entry in entries):
            out.append(f"{path.relative_to(ROOT)}:{function.lineno} {function.name}")
    return out


def without_fields() -> list[str]:
    """Public dataclasses whose Parameters and Attributes sections do not describe exactly their public fields."""
    out = []
    for path in modules():
        for node in _parsed(path).body:
            if not isinstance(node, ast.ClassDef) or node.name.startswith("_") or "dataclass" not in _decorators(node):
                continue
            fields = {
                part.target.id
                for part in node.body
                if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name) and part.target.id[0] != "_"
            }
            entries = [*_section(node, "Parameters"), *_section(node, "Attributes")]
            documented = {name.strip() for entry in entries for name in entry.name.split(",")}
            if fields - documented:
                out.append(
                    f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {', '.join(sorted(fields - documented))}"
                )
    return out


def without_docstring() -> list[str]:
    """Public functions, methods, properties and classes without a docstring."""
    out = []
    for path in modules():
        for node in _parsed(path).body:
            members = [node, *node.body] if isinstance(node, ast.ClassDef) else [node]
            out += [
                f"{path.relative_to(ROOT)}:{member.lineno} {member.name}"
                for member in members
                if isinstance(member, ast.FunctionDef | ast.ClassDef)
                and not node.name.startswith("_")  # type: ignore[union-attr]
                and not member.name.startswith("_")
                and not ast.get_docstring(member)
                and not {"override", "overload"} & set(_decorators(member).split())
            ]
    return out


def import_cycles() -> list[str]:
    """Modules that import each other, imports for types and inside functions included."""
    graph: dict[str, set[str]] = {}
    names = {_dotted(path): path for path in PACKAGE.rglob("*.py")}
    for name, path in names.items():
        graph[name] = set()
        for node in ast.walk(_parsed(path)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("bayescale"):
                targets = {f"{node.module}.{alias.name}" for alias in node.names} & set(names)
                graph[name] |= targets or ({str(node.module)} & set(names))
    return [", ".join(sorted(part)) for part in _components(graph) if len(part) > 1]


def lines() -> dict[str, int]:
    """Lines of Python in the package, the tests and the rest that is tracked."""
    tracked = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True)
    count: Counter[str] = Counter()
    for name in tracked.stdout.split():
        count[name.split("/")[0]] += len((ROOT / name).read_text(encoding="utf-8").splitlines())
    return dict(count)


def _dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def _functions(tree: ast.Module) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def _all_functions() -> Iterator[tuple[Path, ast.FunctionDef]]:
    for path in modules():
        for function in _functions(_parsed(path)):
            yield path, function


def _public_functions() -> Iterator[tuple[Path, ast.FunctionDef]]:
    """Functions of modules and methods of public classes whose name has no leading underscore."""
    for path in modules():
        for node in _parsed(path).body:
            members = node.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_") else [node]
            for member in members:
                # help texts of options document a command, and the overridden method an override
                if (
                    isinstance(member, ast.FunctionDef)
                    and not member.name.startswith("_")
                    and not {"app.command", "override", "overload"} & set(re.findall(r"[\w.]+", _decorators(member)))
                ):
                    yield path, member


def _arguments(function: ast.FunctionDef) -> list[str]:
    arguments = function.args
    starred = [a.arg for a in (arguments.vararg, arguments.kwarg) if a is not None]
    return [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)] + starred


def _decorators(node: ast.FunctionDef | ast.ClassDef) -> str:
    return " ".join(ast.unparse(decorator) for decorator in node.decorator_list)


def _yields(function: ast.FunctionDef) -> bool:
    return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in ast.walk(function))


def _section(node: ast.FunctionDef | ast.ClassDef, section: str) -> list[Parameter]:
    """The entries of a section of a docstring."""
    docstring = ast.get_docstring(node)
    if docstring is None or not re.search(rf"^{section}\n-+$", docstring, re.MULTILINE):
        return []
    return list(NumpyDocString(docstring)[section])


def _components(graph: dict[str, set[str]]) -> list[set[str]]:
    """Strongly connected components (Tarjan)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    out: list[set[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for target in graph[node]:
            if target not in index:
                visit(target)
                low[node] = min(low[node], low[target])
            elif target in stack:
                low[node] = min(low[node], index[target])
        if low[node] == index[node]:
            part = set()
            while node not in part:
                part.add(stack.pop())
            out.append(part)

    for node in graph:
        if node not in index:
            visit(node)
    return out


COUNTS: dict[str, Count] = {
    "folders with more than 16 modules": crowded_folders,
    "modules without a test file of their name": untested_modules,
    "modules over 300 lines": long_modules,
    "functions over 50 lines": long_functions,
    "modules with names that say nothing": empty_names,
    "public functions without Parameters": without_parameters,
    "public functions without Returns": without_returns,
    "public dataclasses with fields not described": without_fields,
    "public definitions without a docstring": without_docstring,
    "import cycles, imports for types included": import_cycles,
}


def main() -> None:
    """Print every count, and with --list what is counted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--list", action="store_true", help="name what is counted")
    parser.add_argument("--under", default="", help="only below this folder, such as bayescale/data")
    arguments = parser.parse_args()
    for title, count in COUNTS.items():
        entries = [entry for entry in count() if arguments.under in entry]
        print(f"{len(entries):5}  {title}")
        if arguments.list:
            print(*(f"       {entry}" for entry in entries), sep="\n")
    print("lines of Python: " + ", ".join(f"{name} {number:,}" for name, number in lines().items()))


if __name__ == "__main__":
    main()
