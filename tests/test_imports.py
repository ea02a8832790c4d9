"""Heavy packages are imported only where they are used: by command, in processes of their own, and by module."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import bayescale
from tests.golden import FOLDER

PACKAGE = Path(bayescale.__file__).parent
POSTERIOR = str(FOLDER / "plain.nc")
RUN = "n_params=1e11,n_tokens=2e12,family=a"
HEAVY = (
    "arviz",
    "arviz_plots",
    "arviz_stats",
    "duckdb",
    "icechunk",
    "matplotlib",
    "numba",
    "nutpie",
    "pymc",
    "pytensor",
    "scipy.optimize",
    "scipy.stats",
    "zarr",
)
#: What arviz-stats, which has the convergence diagnostics and Pareto smoothing, imports itself.
DIAGNOSTICS = {"arviz_stats", "scipy.optimize", "scipy.stats"}

#: Packages that no module may import while it is imported itself, with the modules that may.
ONLY_WHERE_USED = {
    "arviz": "",
    "arviz_plots": "",
    "arviz_stats": "",
    "duckdb": "",
    "icechunk": "maintenance/store/",
    "matplotlib": "plots/",
    "numba": "",
    "nutpie": "",
    "pymc": "scaling/model/pymc_model.py",
    "pytensor": "scaling/model/pymc_model.py",
    "scipy.interpolate": "",
    "scipy.optimize": "",
    "scipy.signal": "",
    "scipy.sparse": "",
    "scipy.stats": "",
    "zarr": "maintenance/store/",
}

LOADED = f"print('loaded', *[name for name in {HEAVY!r} if name in sys.modules])"
COMMAND = (
    "import sys\nfrom bayescale import cli\nsys.argv = ['bayescale', *sys.argv[1:]]\n"
    f"try:\n    cli.main()\nfinally:\n    {LOADED}"
)
CHECK = f"import sys, bayescale as bs\nbs.load({POSTERIOR!r}).check()\n{LOADED}"
#: Reads, checks and reports, as the report of a maintained model does.
REPORT = f"""
import sys, bayescale as bs
fit = bs.load({POSTERIOR!r})
target = [{{"n_params": 1e11, "n_tokens": 2e12, "family": "a"}}]
bs.loss_report(fit, fit.forecast(target), fit.check(target), title="imports").save(sys.argv[1])
{LOADED}
"""


def loaded(code: str, *words: str) -> set[str]:
    """The heavy packages that a process has loaded when it ends."""
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    word, *names = done.stdout.splitlines()[-1].split()
    assert word == "loaded"
    return set(names)


@pytest.mark.parametrize(
    ("words", "packages"),
    [
        (["--help"], set()),
        (["forecast", POSTERIOR, "--at", RUN], set()),
        (["compare", POSTERIOR, "--a", RUN, "--b", RUN], DIAGNOSTICS),  # a Monte Carlo error
        (["allocate", POSTERIOR, "--flops", "1e22"], {"scipy.optimize"}),
        (["risk", "example:tau_airline"], {"matplotlib", "scipy.optimize", "scipy.stats"}),  # figures, Sobol points
    ],
    ids=lambda value: str(value[0]) if isinstance(value, list) else "",
)
def test_a_command_loads_only_what_it_uses(words: list[str], packages: set[str]) -> None:
    assert loaded(COMMAND, *words) == packages


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert loaded(f"import sys, bayescale\n{LOADED}") == set()


def test_reading_and_checking_load_no_sampler() -> None:
    assert loaded(CHECK) == DIAGNOSTICS


def test_a_report_loads_no_sampler(tmp_path: Path) -> None:
    assert loaded(REPORT, str(tmp_path / "report.html")) == DIAGNOSTICS | {"matplotlib"}


def imported_at_once(body: list[ast.stmt]) -> Iterator[str]:
    """Modules that a module imports while it is imported itself: outside functions and outside TYPE_CHECKING."""
    for node in body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" not in ast.unparse(node.test):
            yield from imported_at_once(node.body + node.orelse)
        elif isinstance(node, ast.Try | ast.With):
            yield from imported_at_once(node.body)


@pytest.mark.parametrize("package", ONLY_WHERE_USED)
def test_modules_import_heavy_packages_in_functions(package: str) -> None:
    importing = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        for name in imported_at_once(ast.parse(path.read_text(encoding="utf-8")).body)
        if name == package or name.startswith(f"{package}.")
    }
    allowed = ONLY_WHERE_USED[package]
    assert not [path for path in importing if not allowed or not path.startswith(allowed)]
