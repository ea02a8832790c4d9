"""The rules of ARCHITECTURE.md: import direction, the one module of random variables, the one call of the sampler."""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import bayescale

PACKAGE = Path(bayescale.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))

#: Each part may import from itself and from the parts of earlier rows, never from another part of its own row.
ORDER = (
    {"errors"},
    {"core"},
    {"data"},
    {"scaling_laws"},
    {"scaling", "risk", "horizon", "capability", "description"},
    {"loading"},
    {"calibration"},
    {"callbacks"},
    {"maintenance"},
    {"plots"},
    {"report"},
    {"demo"},
    {"cli"},
)
RANK = {part: rank for rank, parts in enumerate(ORDER) for part in parts}


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@cache
def imports(path: Path) -> frozenset[str]:
    """Every module (and, for `from a import b`, `a.b` too) that a file imports, wherever in the file it does."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return frozenset(names)


@cache
def calls(path: Path) -> frozenset[str]:
    """Every call as it is written: `pm.Normal`, `nutpie.sample`."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return frozenset(ast.unparse(node.func) for node in nodes if isinstance(node, ast.Call))


def test_every_part_has_its_place() -> None:
    parts = {part_of(path) for path in MODULES} - {"__init__", "__main__"}
    assert parts == set(RANK), f"place {sorted(parts ^ set(RANK))} in ORDER and in ARCHITECTURE.md"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_one_way(path: Path) -> None:
    if part_of(path) in ("__init__", "__main__"):
        return
    part = part_of(path)
    imported = {name.split(".")[1] for name in imports(path) if name.startswith("bayescale.")} - {part}
    upward = sorted(name for name in imported & set(RANK) if RANK[name] >= RANK[part])
    assert not upward, f"{part} imports {upward}, which do not come before it"


def test_one_module_creates_random_variables() -> None:
    users = {
        str(path.relative_to(PACKAGE)) for path in MODULES if any(n.split(".")[0] == "pymc" for n in imports(path))
    }
    assert users == {"scaling/model/pymc_model.py"}


def test_one_module_calls_the_sampler() -> None:
    samplers = {"pm.sample", "pymc.sample", "nutpie.sample"}
    callers = {str(path.relative_to(PACKAGE)) for path in MODULES if samplers & calls(path)}
    assert callers == {"scaling/sampling/nuts.py"}


def test_nothing_executes_stored_code() -> None:
    unsafe = {"pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}
    users = {str(p.relative_to(PACKAGE)): n for p in MODULES for n in imports(p) if n.split(".")[0] in unsafe}
    assert users == {}


def test_library_code_does_not_print() -> None:
    printing = {str(path.relative_to(PACKAGE)) for path in MODULES if "print" in calls(path)}
    assert printing == set()


@pytest.mark.parametrize("module", ["bayescale", "bayescale.cli"])
def test_import_is_light(module: str) -> None:
    heavy = ("numpy", "pandas", "pymc", "pytensor", "numba", "scipy", "xarray", "arviz", "matplotlib", "rich")
    code = f"import sys, {module}; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_public_names_exist() -> None:
    assert len(set(bayescale.__all__)) == len(bayescale.__all__)
    missing = [name for name in bayescale.__all__ if not hasattr(bayescale, name)]
    assert not missing
